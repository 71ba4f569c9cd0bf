//! A market as the venue states it, after tolerant parsing: every field is typed, every doubt is an `Option`.

use crate::fee::FeeSchedule;
use crate::ids::{ConditionId, EventId, MarketId, NegRiskId, TokenId};
use crate::money::{Price, Shares};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One of a binary market's two outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// The first token.
    Yes,
    /// The second token.
    No,
}

impl Outcome {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "YES",
            Self::No => "NO",
        })
    }
}

/// Where a market is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketStatus {
    /// Open and taking orders.
    Open,
    /// Listed, but no orders are taken now.
    Halted,
    /// An outcome was proposed; the challenge window runs.
    Proposed,
    /// The proposal was disputed: capital stays locked.
    Disputed,
    /// Final; see [`Market::resolution`].
    Resolved,
}

/// How a market ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// YES pays a dollar.
    Yes,
    /// NO pays a dollar.
    No,
    /// Both pay fifty cents.
    Void,
}

/// The event a market belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// The venue's id.
    pub id: EventId,
    /// Title as shown, trimmed.
    pub title: String,
    /// The event's own slug.
    pub slug: String,
    /// Slug of the recurring series, when there is one.
    pub series: Option<String>,
    /// How many markets the event has, where the source tells; needed to know that a set is complete.
    pub market_count: Option<u32>,
}

/// Membership in a neg-risk group: at most one member resolves YES.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegRisk {
    /// The shared group.
    pub group: NegRiskId,
    /// New outcomes can be named later: a set built from today's members is not exhaustive.
    pub augmented: bool,
    /// This member is the catch-all "Other".
    pub other: bool,
}

/// A binary market. Built by the parsers of this crate only from answers whose identity fields are whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Gamma's id.
    pub id: MarketId,
    /// The on-chain condition.
    pub condition: ConditionId,
    /// The YES token.
    pub yes: TokenId,
    /// The NO token.
    pub no: TokenId,
    /// The question, trimmed. Untrusted text.
    pub question: String,
    /// The rule text; `None` where the source carries none (then nothing can be Proven). Untrusted text.
    pub description: Option<String>,
    /// Where the answer will be read; empty counts as absent.
    pub resolution_source: Option<String>,
    /// The short label inside its event ("≥ 5 %", "June 30", "Oklahoma City Thunder").
    pub group_title: Option<String>,
    /// The event.
    pub event: Option<EventRef>,
    /// The neg-risk group, when the market is in one.
    pub neg_risk: Option<NegRisk>,
    /// First trading day.
    pub start: Option<Timestamp>,
    /// The venue's end date. A fallback only: the rule text is the authority.
    pub end: Option<Timestamp>,
    /// State.
    pub status: MarketStatus,
    /// The result, when final.
    pub resolution: Option<Resolution>,
    /// What a taker pays. `None` when the answer carried neither `feeSchedule` nor `feesEnabled`: then no trade.
    pub fee: Option<FeeSchedule>,
    /// Smallest price step.
    pub tick: Price,
    /// Smallest order, in shares.
    pub min_size: Shares,
    /// Best bid of the YES token as Gamma shows it; not a book.
    pub best_bid: Option<Price>,
    /// Best ask of the YES token as Gamma shows it; not a book.
    pub best_ask: Option<Price>,
    /// Dollars traded so far, whole dollars, where told.
    pub volume_usd: Option<u64>,
    /// Dollars resting near the mid, whole dollars, where told.
    pub liquidity_usd: Option<u64>,
    /// When the source last changed this row.
    pub updated: Option<Timestamp>,
}

impl Market {
    /// The token of an outcome.
    #[must_use]
    pub const fn token(&self, outcome: Outcome) -> &TokenId {
        match outcome {
            Outcome::Yes => &self.yes,
            Outcome::No => &self.no,
        }
    }

    /// Whether orders can be matched now.
    #[must_use]
    pub const fn is_tradable(&self) -> bool {
        matches!(self.status, MarketStatus::Open)
    }
}
