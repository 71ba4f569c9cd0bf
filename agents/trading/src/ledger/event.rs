//! What can happen to a paper account. Journaled as JSON; an account is nothing but the replay of these.

use crate::cost::CostBreakdown;
use crate::exit::ExitReason;
use crate::limits::Confidence;
use crate::strategy::StrategyRef;
use betty_hedging::{Evidence, Tier, World};
use betty_market::{
    Book, BookSide, Depth, EventId, Level, MarketId, Outcome, Price, Resolution, Shares, SourceLabel, Timestamp,
    TokenId, Usdc, Walk,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Most legs of a position.
pub const LEGS_MAX: usize = 64;

/// Most fills of one leg.
pub const FILLS_MAX: usize = 10_000;

/// Levels of a side kept in a book snapshot; more when the trade took more.
pub const SNAPSHOT_LEVELS: usize = 10;

/// Largest amount in one leg, fill or cost, in micro-units (a billion dollars or shares): [`LEGS_MAX`] of them stay far inside an `i64`.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// The number of a position within its account, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PositionId(u64);

impl PositionId {
    /// Wraps a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PositionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A text that is no position number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no position number: give one such as 3 or #3")]
pub struct PositionIdError(String);

impl FromStr for PositionId {
    type Err = PositionIdError;
    fn from_str(text: &str) -> Result<Self, PositionIdError> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        digits.parse().map(Self).map_err(|_| PositionIdError(text.chars().take(40).collect()))
    }
}

/// Where the prices of a trade came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceMark {
    /// Walked through the order book.
    Book,
    /// Given by a person: an explicit override, shown as such wherever the trade is shown.
    Manual,
}

impl fmt::Display for PriceMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Book => "from the book",
            Self::Manual => "MANUAL PRICES",
        })
    }
}

/// The top of a book at the moment of a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookSnapshot {
    /// Whose book.
    pub token: TokenId,
    /// When the venue stamped it.
    pub at: Timestamp,
    /// Whether its sizes were real.
    pub depth: Depth,
    /// Best first, [`SNAPSHOT_LEVELS`] or as many as the trade took.
    pub bids: Vec<Level>,
    /// Best first, [`SNAPSHOT_LEVELS`] or as many as the trade took.
    pub asks: Vec<Level>,
}

impl BookSnapshot {
    /// Keeps the top of a book, at least `levels` deep where the book is.
    #[must_use]
    pub fn of(book: &Book, levels: usize) -> Self {
        let top = |side| book.levels(side).iter().take(levels.max(SNAPSHOT_LEVELS)).copied().collect();
        Self {
            token: book.token.clone(),
            at: book.at,
            depth: book.depth,
            bids: top(BookSide::Bid),
            asks: top(BookSide::Ask),
        }
    }

    /// What rested at a price, when the snapshot reaches that far.
    #[must_use]
    pub fn size_at(&self, side: BookSide, price: Price) -> Option<Shares> {
        let levels = match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        };
        levels.iter().find(|l| l.price == price).map(|l| l.size)
    }
}

/// The first event of every account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// Cash put in.
    pub starting: Usdc,
    /// What kind of data this account trades on.
    pub source: SourceLabel,
    /// When.
    pub at: Timestamp,
}

/// One leg as bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegEntry {
    /// The market.
    pub market: MarketId,
    /// Its question. Untrusted text.
    pub question: String,
    /// Its event, when it has one.
    pub event: Option<EventId>,
    /// Which outcome was bought.
    pub outcome: Outcome,
    /// The token of that outcome.
    pub token: TokenId,
    /// The fills.
    pub walk: Walk,
    /// Best ask at that moment, or the manual price.
    pub best: Price,
    /// When the book was stamped; the moment of the trade for a manual price.
    pub book_at: Timestamp,
}

/// A hedge was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HedgeOpened {
    /// Its number in this account.
    pub position: PositionId,
    /// The stored hedge; `None` for one typed in by hand.
    pub hedge_id: Option<i64>,
    /// The hedge's stable key.
    pub hedge_key: String,
    /// The scenario in words, such as `R4 date ladder, T0`.
    pub label: String,
    /// The strategy and its version, when one was used.
    pub strategy: Option<StrategyRef>,
    /// How sure the trader was.
    pub confidence: Confidence,
    /// Why it was opened, in words.
    pub entry_reason: String,
    /// Every leg, each with `shares` shares.
    pub legs: Vec<LegEntry>,
    /// Shares of every leg.
    pub shares: Shares,
    /// Every cost with source and age.
    pub costs: CostBreakdown,
    /// Tier at entry.
    pub tier: Tier,
    /// How well the relation was known; `None` for one typed in by hand.
    pub evidence: Option<Evidence>,
    /// Point estimate of coverage at entry, millionths.
    pub coverage_ppm: i64,
    /// Lower bound of coverage at entry, millionths.
    pub coverage_lower_ppm: i64,
    /// Worst-case profit per dollar at this size, all costs in, millionths.
    pub net_edge_ppm: i64,
    /// The proof in one sentence; `None` for a hedge typed in by hand.
    pub certificate: Option<String>,
    /// The strategy it was entered with, whole, as TOML: its exits are those of this text, whatever is saved under the name later.
    /// `None` for a trade entered without one, and in entries written before this was kept.
    #[serde(default)]
    pub strategy_toml: Option<String>,
    /// From the book or by hand.
    pub prices: PriceMark,
    /// What kind of data it was.
    pub source: SourceLabel,
    /// Every world with the payoff of one share of each leg.
    pub worlds: Vec<World>,
    /// End date of the last leg, where one is known.
    pub settles_at: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
    /// The books at that moment; empty for manual prices.
    pub snapshot: Vec<BookSnapshot>,
}

impl HedgeOpened {
    /// Dollars paid for the shares, without any cost.
    #[must_use]
    pub fn at_cost(&self) -> Usdc {
        self.legs.iter().map(|l| l.walk.amount).sum()
    }

    /// Everything put in: shares and costs.
    #[must_use]
    pub fn capital(&self) -> Usdc {
        self.at_cost() + self.costs.charged()
    }
}

/// One leg as sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegExit {
    /// The market.
    pub market: MarketId,
    /// The token sold.
    pub token: TokenId,
    /// The fills.
    pub walk: Walk,
    /// Best bid at that moment, or the manual price.
    pub best: Price,
    /// When the book was stamped; the moment of the trade for a manual price.
    pub book_at: Timestamp,
}

/// A hedge was sold before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HedgeClosed {
    /// Which one.
    pub position: PositionId,
    /// What its shares had cost, as on the books.
    pub at_cost: Usdc,
    /// Every leg, in the position's order.
    pub legs: Vec<LegExit>,
    /// Every cost with source and age.
    pub costs: CostBreakdown,
    /// The one reason.
    pub reason: ExitReason,
    /// The rule that fired, with its numbers, in words.
    pub rule: String,
    /// From the book or by hand.
    pub prices: PriceMark,
    /// When.
    pub at: Timestamp,
    /// The books at that moment; empty for manual prices.
    pub snapshot: Vec<BookSnapshot>,
}

impl HedgeClosed {
    /// Dollars got for the shares, before any cost.
    #[must_use]
    pub fn proceeds(&self) -> Usdc {
        self.legs.iter().map(|l| l.walk.amount).sum()
    }
}

/// How one leg ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegSettlement {
    /// The market.
    pub market: MarketId,
    /// The outcome held.
    pub outcome: Outcome,
    /// How the market ended.
    pub resolution: Resolution,
    /// What this leg paid.
    pub payout: Usdc,
}

/// Every leg resolved and paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HedgeSettled {
    /// Which one.
    pub position: PositionId,
    /// What its shares had cost, as on the books.
    pub at_cost: Usdc,
    /// Every leg, in the position's order.
    pub legs: Vec<LegSettlement>,
    /// What all legs paid.
    pub payout: Usdc,
    /// The one reason: held to resolution, void, or logic wrong.
    pub reason: ExitReason,
    /// In words; says so when a leg was void.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// How the shares of a leg that stayed alone left the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum LegOut {
    /// Sold into the bids.
    Sold {
        /// The fills.
        walk: Walk,
    },
    /// Its market ended first.
    Paid {
        /// How it ended.
        resolution: Resolution,
        /// What it paid.
        payout: Usdc,
    },
    /// Nobody bid for it in time: counted as lost, so that no result is too good.
    WrittenOff,
}

impl LegOut {
    /// What came back, before fees.
    #[must_use]
    pub const fn returned(&self) -> Usdc {
        match self {
            Self::Sold { walk } => walk.amount,
            Self::Paid { payout, .. } => *payout,
            Self::WrittenOff => Usdc::ZERO,
        }
    }

    /// The fee of selling.
    #[must_use]
    pub const fn fee(&self) -> Usdc {
        match self {
            Self::Sold { walk } => walk.fee,
            Self::Paid { .. } | Self::WrittenOff => Usdc::ZERO,
        }
    }
}

/// Shares of one leg were bought, their counterpart was not to be had, and they were given up again. Never part of a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegUnwound {
    /// The hedge they were meant for.
    pub hedge_key: String,
    /// The market.
    pub market: MarketId,
    /// The outcome bought.
    pub outcome: Outcome,
    /// The token of that outcome.
    pub token: TokenId,
    /// The fills of buying.
    pub bought: Walk,
    /// How they left.
    pub out: LegOut,
    /// Milliseconds they stood alone.
    pub naked_ms: i64,
    /// Why, in words.
    pub words: String,
    /// When they left.
    pub at: Timestamp,
    /// The books bought from and sold to.
    pub snapshot: Vec<BookSnapshot>,
}

impl LegUnwound {
    /// Profit after fees: a loss as a rule.
    #[must_use]
    pub fn net(&self) -> Usdc {
        self.out.returned() - self.out.fee() - self.bought.cost()
    }
}

/// Anything that changes an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LedgerEvent {
    /// The account came into being.
    AccountOpened(AccountOpened),
    /// A hedge was bought.
    HedgeOpened(Box<HedgeOpened>),
    /// A hedge was sold before its end.
    HedgeClosed(Box<HedgeClosed>),
    /// Every leg resolved and paid.
    HedgeSettled(Box<HedgeSettled>),
    /// A leg that stayed alone was given up.
    LegUnwound(Box<LegUnwound>),
}

impl LedgerEvent {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::AccountOpened(e) => e.at,
            Self::HedgeOpened(e) => e.at,
            Self::HedgeClosed(e) => e.at,
            Self::HedgeSettled(e) => e.at,
            Self::LegUnwound(e) => e.at,
        }
    }

    /// The position it is about; `None` for the opening of the account and for a leg that never became one.
    #[must_use]
    pub fn position(&self) -> Option<PositionId> {
        match self {
            Self::AccountOpened(_) | Self::LegUnwound(_) => None,
            Self::HedgeOpened(e) => Some(e.position),
            Self::HedgeClosed(e) => Some(e.position),
            Self::HedgeSettled(e) => Some(e.position),
        }
    }

    /// Its name in data.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AccountOpened(_) => "account_opened",
            Self::HedgeOpened(_) => "hedge_opened",
            Self::HedgeClosed(_) => "hedge_closed",
            Self::HedgeSettled(_) => "hedge_settled",
            Self::LegUnwound(_) => "leg_unwound",
        }
    }
}
