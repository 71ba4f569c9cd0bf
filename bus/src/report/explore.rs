//! Results of looking around: one market, its book, the ladder it stands on, what is related to it, and what a hedge has cost.

use crate::id::HedgeId;
use crate::port::HedgePoint;
use betty_hedging::{Evidence, RuleId};
use betty_market::{Book, Market, MarketId, Outcome, SourceLabel, Timestamp};
use serde::{Deserialize, Serialize};

/// One market, with its books when they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarketReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// As the venue lists it now.
    pub market: Market,
    /// The book of each side; a side is absent where the venue has none. `None` when books were not asked for.
    pub books: Option<Vec<(Outcome, Book)>>,
}

/// What holds between two markets, as a line of a list has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `a_implies_b`, `b_implies_a`, `mutually_exclusive`, `exhaustive` or `equivalent`; the first market is A.
    pub relation: String,
    /// How well it is known.
    pub evidence: Evidence,
    /// The rule that shows it.
    pub rule: RuleId,
    /// The proof in one sentence.
    pub sentence: String,
}

/// One rung of a ladder or member of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// The market.
    pub market: Market,
    /// Best ask of YES now; `None` without a book or without asks.
    pub yes_ask: Option<betty_market::Price>,
    /// Best ask of NO now.
    pub no_ask: Option<betty_market::Price>,
    /// What is proven between this one and the next; `None` where nothing is, and for the last.
    pub next: Option<Link>,
}

/// What binds the members of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LadderKind {
    /// Each rung implies a later one.
    Chain,
    /// Members of one neg-risk event: at most one of them resolves YES.
    Exclusive,
    /// Markets the venue lists under one event; what holds between them is said rung by rung.
    Event,
    /// It stands alone.
    Alone,
}

/// The ladder or event a market stands on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LadderReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// The market asked about.
    pub market: MarketId,
    /// What binds them.
    pub kind: LadderKind,
    /// From the strongest claim to the weakest where they form a chain, else in the venue's order.
    pub rungs: Vec<Rung>,
    /// Members left out because there are too many.
    pub left_out: u64,
}

/// A market related to another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedRow {
    /// The other market.
    pub market: MarketId,
    /// Its question.
    pub question: String,
    /// What holds; the market asked about is A.
    pub link: Link,
}

/// A candidate that failed an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnprovenRow {
    /// The other market.
    pub market: MarketId,
    /// Its question.
    pub question: String,
    /// The rule, the obligation and what was found instead, in words.
    pub why: String,
}

/// What the prover finds between one market and all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelatedReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// The market asked about.
    pub market: MarketId,
    /// Its question.
    pub question: String,
    /// Markets that were compared with it.
    pub compared: u64,
    /// What holds, at most as many as were asked for.
    pub rows: Vec<RelatedRow>,
    /// How many there are in all.
    pub found: u64,
    /// Candidates that failed, at most as many as were asked for.
    pub unproven: Vec<UnprovenRow>,
    /// How many failed in all.
    pub failed: u64,
}

/// What a stored hedge has cost over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PricesReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// As stored.
    pub hedge: crate::port::StoredHedge,
    /// Oldest first, the newest of what is kept.
    pub points: Vec<HedgePoint>,
}

impl PricesReport {
    /// The hedge's number.
    #[must_use]
    pub const fn id(&self) -> HedgeId {
        self.hedge.id
    }
}

/// The word why a hedge is reported by the monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorWhy {
    /// A question, rule text, end date or flag changed: the certificate is void.
    RulesChanged,
    /// A market of it has resolved.
    Resolved,
    /// A market of it is disputed, or in its challenge window.
    Disputed,
    /// A market of it is not in the source any more.
    Missing,
    /// An open paper position: what can be got for it, or what more of it costs, is better than at entry.
    BetterThanEntry,
    /// Its net edge is at or past the threshold.
    PastThreshold,
    /// Its net edge is better than when it was last stored.
    Better,
    /// It does not pay now.
    PaysNot,
}

impl MonitorWhy {
    /// The word in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RulesChanged => "rules_changed",
            Self::Resolved => "resolved",
            Self::Disputed => "disputed",
            Self::Missing => "missing",
            Self::BetterThanEntry => "better_than_entry",
            Self::PastThreshold => "past_threshold",
            Self::Better => "better",
            Self::PaysNot => "pays_not",
        }
    }

    /// The word as people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RulesChanged => "RULES CHANGED",
            Self::Resolved => "resolved",
            Self::Disputed => "disputed",
            Self::Missing => "missing",
            Self::BetterThanEntry => "better than at entry",
            Self::PastThreshold => "past the threshold",
            Self::Better => "better",
            Self::PaysNot => "pays not",
        }
    }
}
