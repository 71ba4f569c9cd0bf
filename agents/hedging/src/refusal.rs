//! Why a candidate does not end as a hedge. A closed set: each scanned pair ends as a hedge or as one of these.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The reason of one refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The rule's shape fits, but an obligation on the texts failed.
    LogicNotProven,
    /// A leg's market takes no orders.
    LegDead,
    /// A leg's book is missing altogether.
    NoBook,
    /// A leg has no asks.
    NoDepth,
    /// A leg has asks but no bids: nothing to sell into, so the ask says little.
    OneSided,
    /// A leg's book is older than allowed, or the two legs are too far apart in time.
    Stale,
    /// A leg's book is crossed.
    Crossed,
    /// A leg's market carries no fee schedule.
    NoFeeSchedule,
    /// The asks alone cost at least what the worst world pays.
    Spread,
    /// Cheap enough before fees, not after.
    Fee,
    /// Cheap enough after fees, not after gas at the size the book allows.
    Gas,
    /// Fewer shares than the venue's minimum are there at a price that keeps the edge.
    Minimum,
}

impl RefusalReason {
    /// The reason in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::LogicNotProven => "logic not proven",
            Self::LegDead => "a leg takes no orders",
            Self::NoBook => "a leg has no book",
            Self::NoDepth => "no asks on a leg",
            Self::OneSided => "no bids on a leg",
            Self::Stale => "book too old",
            Self::Crossed => "book crossed",
            Self::NoFeeSchedule => "no fee schedule",
            Self::Spread => "asks cost at least the worst payout",
            Self::Fee => "fee takes the edge",
            Self::Gas => "gas takes the edge",
            Self::Minimum => "under the minimum size",
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
