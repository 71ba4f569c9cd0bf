//! A hedge: legs with equal share counts, what they pay in each world, what they cost now, and how good that is.

use crate::certificate::Certificate;
use betty_market::{Depth, MarketId, Outcome, Price, Shares, Timestamp, TokenId, Usdc, Walk};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One position of the basket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The market.
    pub market: MarketId,
    /// Its question, for people. Untrusted text.
    pub question: String,
    /// Which outcome is bought.
    pub outcome: Outcome,
    /// The token of that outcome.
    pub token: TokenId,
}

/// One consistent joint outcome and what one share of every leg pays in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// In words: "A YES, B YES".
    pub name: String,
    /// Dollars paid by one share of every leg together.
    pub payoff: Usdc,
    /// True for worlds in which a market is void (50-50).
    pub void: bool,
}

/// The probability of being paid at least the all-in cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Point estimate, 0 to 1.
    pub point: f64,
    /// 95% one-sided lower bound, 0 to 1.
    pub lower: f64,
    /// Independent resolved cases behind the bound; 0 for a proof, whose bound comes from logic and not from counting.
    pub n: u32,
}

/// How good a hedge is. Never shown without net edge, size and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// Proven, and the worst case is at least zero.
    T0,
    /// Lower bound of coverage at least 95%.
    T1,
    /// At least 90%.
    T2,
    /// At least 85%.
    T3,
    /// Everything else; net edge below zero is always here.
    Watch,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What one leg of a quote takes from its book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegQuote {
    /// The book walked.
    pub walk: Walk,
    /// Best ask at that moment.
    pub best_ask: Price,
    /// When the book was stamped.
    pub book_at: Timestamp,
    /// Whether sizes were real.
    pub depth: Depth,
}

/// The price of a hedge at one size and one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HedgeQuote {
    /// Shares of every leg.
    pub shares: Shares,
    /// One per leg, in the hedge's order.
    pub legs: Vec<LegQuote>,
    /// Fees of all fills.
    pub fee: Usdc,
    /// Gas counted in, whole basket.
    pub gas: Usdc,
    /// Everything: asks, fees, gas.
    pub cost: Usdc,
    /// Least payoff minus cost, markets resolving normally.
    pub worst_case: Usdc,
    /// Least payoff minus cost when a market may also be void.
    pub worst_case_void: Usdc,
    /// `worst_case / cost`, millionths.
    pub net_edge_ppm: i64,
    /// Days until the last leg is expected to settle, dispute buffer included; `None` where no end is known.
    pub days: Option<u32>,
    /// `net_edge × 365 / days`, millionths; `None` without days.
    pub edge_per_year_ppm: Option<i64>,
    /// The most shares whose marginal pair still earns at least the minimum edge.
    pub max_shares: Shares,
    /// When it was made.
    pub at: Timestamp,
}

/// A proven basket with its quote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hedge {
    /// Stable key: rule, markets and sides. The same hedge found again has the same key.
    pub key: String,
    /// What is bought, equal shares each.
    pub legs: Vec<Leg>,
    /// Why it pays.
    pub certificate: Certificate,
    /// Every consistent joint outcome, void ones at the end.
    pub worlds: Vec<World>,
    /// Price at the recommended size.
    pub quote: HedgeQuote,
    /// Probability of being paid.
    pub coverage: Coverage,
    /// How good it is.
    pub tier: Tier,
}
