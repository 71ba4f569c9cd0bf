//! Why a trade was not made. A closed set; each value is a sentence that says what to do.

use crate::ledger::PositionId;
use crate::sizing::SizeLimit;
use betty_hedging::Evidence;
use betty_market::{MarketId, MarketStatus, Price, Shares, Usdc, book::BookFault};
use serde::{Deserialize, Serialize};

/// Why a trade was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum TradeRefusal {
    /// The legs given are not those of the hedge or position.
    #[error("the data given is not that of the legs ({what}): read the markets and books of this hedge again")]
    LegMismatch {
        /// What does not fit.
        what: String,
    },
    /// A relation of this kind is not traded here.
    #[error("the relation is only {evidence:?}: it is not traded {place}. Wait for a proof")]
    EvidenceTooWeak {
        /// How well it is known.
        evidence: Evidence,
        /// Where it is not traded.
        place: String,
    },
    /// The texts the proof stands on have changed.
    #[error("the proof no longer stands: a question, rule text, end date or flag has changed. Scan again")]
    ProofVoided,
    /// A leg's market takes no orders.
    #[error("market {market} takes no orders ({status:?}): wait until it does or settle what is held")]
    NotTradable {
        /// The market.
        market: MarketId,
        /// Its state.
        status: MarketStatus,
    },
    /// A leg has no book.
    #[error("market {market} has no order book: no book, no trade. Try again later, or give prices by hand")]
    NoBook {
        /// The market.
        market: MarketId,
    },
    /// A leg's book cannot be traded on.
    #[error("market {market}: {fault}. Try again with a fresh book")]
    BadBook {
        /// The market.
        market: MarketId,
        /// What is wrong with it.
        fault: BookFault,
    },
    /// The books of the legs are too far apart in time.
    #[error("the books of the legs are {gap_ms} ms apart, at most {max_ms} ms are allowed: fetch them together")]
    LegGap {
        /// Milliseconds between oldest and newest.
        gap_ms: i64,
        /// The limit.
        max_ms: i64,
    },
    /// A leg's market carries no fee schedule.
    #[error("market {market} carries no fee schedule, so the fee is not known: no trade until the venue states one")]
    NoFeeSchedule {
        /// The market.
        market: MarketId,
    },
    /// Nothing can be bought at a price that keeps the edge.
    #[error(
        "one share of every leg costs {cost} with fees and pays at least {payoff}: no share keeps the edge asked for. Wait for better asks"
    )]
    NoEdge {
        /// First share of every leg, fees in.
        cost: Usdc,
        /// The least it pays.
        payoff: Usdc,
    },
    /// At the size found, the costs take the edge.
    #[error(
        "{shares} shares of every leg cost {capital} with all costs and pay at least {payoff}: a sure loss. Wait for better asks or lower costs"
    )]
    CostsTakeEdge {
        /// Shares of every leg.
        shares: Shares,
        /// Capital, every cost in.
        capital: Usdc,
        /// The least it pays.
        payoff: Usdc,
    },
    /// Kelly on pessimistic odds stakes nothing.
    #[error(
        "Kelly stakes nothing: at {cost} a share the edge does not pay for the assumed failures. Wait for a better price, or name a size"
    )]
    KellyZero {
        /// All-in cost of one share of every leg.
        cost: Usdc,
    },
    /// As many positions are open as are allowed.
    #[error("{open} positions are open and {max} are allowed: close one first")]
    PositionsFull {
        /// Positions open.
        open: u32,
        /// The limit.
        max: u32,
    },
    /// What the limits leave is under the venue's minimum.
    #[error("only {shares} shares are left by {limit}, the venue's minimum is {minimum}: free that limit or wait")]
    TooSmall {
        /// Shares left.
        shares: Shares,
        /// The minimum.
        minimum: Shares,
        /// The limit that set the size.
        limit: SizeLimit,
    },
    /// A named size that is none.
    #[error("a size must be above zero: name dollars or shares")]
    BadSize,
    /// A price typed in that no trade can have.
    #[error("{price} is no price to trade at: give one above 0 and below 1")]
    BadPrice {
        /// The price.
        price: Price,
    },
    /// A coverage typed in that is none.
    #[error("a coverage of {ppm} ppm is none: give one from 0% to 100%")]
    BadCoverage {
        /// Millionths.
        ppm: i64,
    },
    /// A person states the tier of proofs.
    #[error("T0 is for proofs and cannot be stated: state T1, T2, T3 or WATCH, or open a proven hedge")]
    StatedProof,
    /// No such position.
    #[error("there is no position {position}: list the positions to see their numbers")]
    UnknownPosition {
        /// The number.
        position: PositionId,
    },
    /// The position has ended.
    #[error("position {position} has ended already: nothing was changed")]
    NotOpen {
        /// The number.
        position: PositionId,
    },
    /// The bids do not take the whole position.
    #[error(
        "the bids of market {market} take {there} of {need} shares: every leg is sold whole or none is. Wait for bids, or hold to resolution"
    )]
    NoBid {
        /// The market.
        market: MarketId,
        /// Shares held.
        need: Shares,
        /// Shares the bids take.
        there: Shares,
    },
    /// A leg has not resolved.
    #[error("market {market} has not resolved yet: a hedge settles when every leg has")]
    Unresolved {
        /// The market.
        market: MarketId,
    },
    /// The costs of selling are more than the cash and the proceeds.
    #[error("selling costs {costs} and brings {proceeds}: cash of {cash} does not cover the rest")]
    CostsExceedCash {
        /// Costs of selling.
        costs: Usdc,
        /// What selling brings.
        proceeds: Usdc,
        /// Cash at hand.
        cash: Usdc,
    },
    /// The books of the account do not take the trade.
    #[error("the account does not take the trade: {reason}")]
    Ledger {
        /// What it said.
        reason: String,
    },
}
