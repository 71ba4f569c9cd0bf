//! The exit conditions: one table for parser, help and docs.

use crate::exit::ExitReason;
use crate::units::{pct, signed_pct};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Deepest nesting of combinations: a combination inside a combination inside a combination.
pub const NESTING_MAX: usize = 3;

/// When to leave a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExitCondition {
    /// Never before every leg has resolved.
    HoldToResolution,
    /// The bids pay at least this much more than the shares cost, millionths of that cost.
    TargetProfitPct {
        /// Millionths.
        pct_ppm: i64,
    },
    /// Selling now returns at least this much on everything put in, every cost counted, millionths.
    TargetRoiThreshold {
        /// Millionths.
        roi_ppm: i64,
    },
    /// Held at least this long.
    TimeBasedExit {
        /// Milliseconds.
        held_ms: i64,
    },
    /// The bids pay at least this much less than the shares cost, millionths of that cost.
    StopLoss {
        /// Millionths, above zero.
        pct_ppm: i64,
    },
    /// What the bids pay fell at least this much from its highest mark, millionths of that mark.
    TrailingStop {
        /// Millionths, above zero.
        pct_ppm: i64,
    },
    /// Every one of these holds.
    CombinedAnd {
        /// At least one.
        of: Vec<ExitCondition>,
    },
    /// At least one of these holds.
    CombinedOr {
        /// At least one.
        of: Vec<ExitCondition>,
    },
}

/// One row of the table of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionInfo {
    /// Its name in TOML and commands.
    pub name: &'static str,
    /// Its parameter in TOML; `None` for one without.
    pub parameter: Option<&'static str>,
    /// An example in TOML.
    pub example: &'static str,
    /// When it holds, one sentence.
    pub meaning: &'static str,
    /// The reason a position gets when it fires.
    pub reason: ExitReason,
}

/// Every exit condition.
pub const CONDITIONS: [ConditionInfo; 8] = [
    ConditionInfo {
        name: "hold_to_resolution",
        parameter: None,
        example: "{ type = \"hold_to_resolution\" }",
        meaning: "Holds once every leg has resolved.",
        reason: ExitReason::HoldToResolution,
    },
    ConditionInfo {
        name: "target_profit_pct",
        parameter: Some("pct"),
        example: "{ type = \"target_profit_pct\", pct = 15 }",
        meaning: "Holds when the bids, fees out, pay at least pct percent more than the shares cost.",
        reason: ExitReason::TargetProfitPct,
    },
    ConditionInfo {
        name: "target_roi_threshold",
        parameter: Some("roi_pct"),
        example: "{ type = \"target_roi_threshold\", roi_pct = 4 }",
        meaning: "Holds when selling now returns at least roi_pct percent on everything put in, every cost counted.",
        reason: ExitReason::TargetRoiThreshold,
    },
    ConditionInfo {
        name: "time_based_exit",
        parameter: Some("hours"),
        example: "{ type = \"time_based_exit\", hours = 48 }",
        meaning: "Holds when the position is at least that many hours old.",
        reason: ExitReason::TimeBasedExit,
    },
    ConditionInfo {
        name: "stop_loss",
        parameter: Some("pct"),
        example: "{ type = \"stop_loss\", pct = 10 }",
        meaning: "Holds when the bids, fees out, pay at least pct percent less than the shares cost.",
        reason: ExitReason::StopLoss,
    },
    ConditionInfo {
        name: "trailing_stop",
        parameter: Some("pct"),
        example: "{ type = \"trailing_stop\", pct = 10 }",
        meaning: "Holds when what the bids pay fell at least pct percent from its highest mark.",
        reason: ExitReason::TrailingStop,
    },
    ConditionInfo {
        name: "combined_and",
        parameter: Some("combined_and"),
        example: "{ combined_and = [ { type = \"target_profit_pct\", pct = 20 }, { type = \"time_based_exit\", hours = 72 } ] }",
        meaning: "Holds when every condition inside holds.",
        reason: ExitReason::CombinedAnd,
    },
    ConditionInfo {
        name: "combined_or",
        parameter: Some("combined_or"),
        example: "{ combined_or = [ { type = \"target_profit_pct\", pct = 15 }, { type = \"time_based_exit\", hours = 48 } ] }",
        meaning: "Holds when at least one condition inside holds.",
        reason: ExitReason::CombinedOr,
    },
];

impl ExitCondition {
    /// The condition's row of the table.
    #[must_use]
    pub const fn info(&self) -> &'static ConditionInfo {
        &CONDITIONS[match self {
            Self::HoldToResolution => 0,
            Self::TargetProfitPct { .. } => 1,
            Self::TargetRoiThreshold { .. } => 2,
            Self::TimeBasedExit { .. } => 3,
            Self::StopLoss { .. } => 4,
            Self::TrailingStop { .. } => 5,
            Self::CombinedAnd { .. } => 6,
            Self::CombinedOr { .. } => 7,
        }]
    }

    /// The reason a position gets when this fires.
    #[must_use]
    pub const fn reason(&self) -> ExitReason {
        self.info().reason
    }
}

impl fmt::Display for ExitCondition {
    /// `+15% profit`, `(+20% profit and 72 h held)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HoldToResolution => f.write_str("hold to resolution"),
            Self::TargetProfitPct { pct_ppm } => write!(f, "{} profit", signed_pct(*pct_ppm)),
            Self::TargetRoiThreshold { roi_ppm } => write!(f, "{} ROI", signed_pct(*roi_ppm)),
            Self::TimeBasedExit { held_ms } => write!(f, "{} held", crate::units::hours(*held_ms)),
            Self::StopLoss { pct_ppm } => write!(f, "{} stop loss", pct(-*pct_ppm)),
            Self::TrailingStop { pct_ppm } => write!(f, "{} trailing stop", pct(*pct_ppm)),
            Self::CombinedAnd { of } => write_joined(f, of, " and "),
            Self::CombinedOr { of } => write_joined(f, of, " or "),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, of: &[ExitCondition], word: &str) -> fmt::Result {
    f.write_str("(")?;
    for (i, condition) in of.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        write!(f, "{condition}")?;
    }
    f.write_str(")")
}
