//! Why a position ended: a closed set, one value for every closed trade, and one table that help, docs and reports are made from.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The one reason of one ended position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// Every leg resolved; the hedge was held to its end.
    HoldToResolution,
    /// A leg's market was void and paid 50 cents.
    Void,
    /// The outcome was one the proof had excluded.
    LogicWrong,
    /// The profit target was reached.
    TargetProfitPct,
    /// The return target after all costs was reached.
    TargetRoiThreshold,
    /// The holding time was over.
    TimeBasedExit,
    /// The loss limit was reached.
    StopLoss,
    /// The value fell from its highest mark.
    TrailingStop,
    /// All conditions of a combination held.
    CombinedAnd,
    /// One condition of a combination held.
    CombinedOr,
    /// A rule text changed, so the proof no longer stands.
    ProofVoided,
    /// The books dry up.
    LiquidityStop,
    /// A person closed it.
    Manual,
    /// Trading was stopped altogether.
    StopAll,
}

/// What kind of stop an exit was. A proven hedge that gets cheaper is a better hedge, so a stop says what it reacted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// The price moved.
    Price,
    /// The logic no longer holds.
    Logic,
    /// One can no longer sell.
    Liquidity,
}

impl fmt::Display for StopKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Price => "price stop",
            Self::Logic => "logic stop",
            Self::Liquidity => "liquidity stop",
        })
    }
}

/// One row of the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitReasonInfo {
    /// The reason.
    pub reason: ExitReason,
    /// Its name in data and commands.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it means, one sentence.
    pub meaning: &'static str,
    /// What kind of stop it is, when it is one.
    pub stop: Option<StopKind>,
}

const fn row(
    reason: ExitReason,
    name: &'static str,
    title: &'static str,
    stop: Option<StopKind>,
    meaning: &'static str,
) -> ExitReasonInfo {
    ExitReasonInfo { reason, name, title, meaning, stop }
}

/// Every exit reason, in the order of the enum.
pub const EXIT_REASONS: [ExitReasonInfo; 14] = [
    row(
        ExitReason::HoldToResolution,
        "hold_to_resolution",
        "held to resolution",
        None,
        "Every leg resolved and paid what its outcome pays.",
    ),
    row(ExitReason::Void, "void", "void", None, "At least one market ended 50-50, so its leg paid 50 cents a share."),
    row(
        ExitReason::LogicWrong,
        "logic_wrong",
        "logic wrong",
        None,
        "The markets resolved in a way the proof had excluded: read the rule texts again.",
    ),
    row(
        ExitReason::TargetProfitPct,
        "target_profit_pct",
        "profit target",
        None,
        "What the bids pay for the position exceeded its price by the target, fees of selling out.",
    ),
    row(
        ExitReason::TargetRoiThreshold,
        "target_roi_threshold",
        "ROI target",
        None,
        "The return on all capital put in, every cost counted, reached the target.",
    ),
    row(
        ExitReason::TimeBasedExit,
        "time_based_exit",
        "time",
        None,
        "The position was held as long as the strategy allows.",
    ),
    row(
        ExitReason::StopLoss,
        "stop_loss",
        "stop loss",
        Some(StopKind::Price),
        "What the bids pay fell below the position's price by the limit.",
    ),
    row(
        ExitReason::TrailingStop,
        "trailing_stop",
        "trailing stop",
        Some(StopKind::Price),
        "What the bids pay fell by the limit from its highest mark.",
    ),
    row(
        ExitReason::CombinedAnd,
        "combined_and",
        "combination (all)",
        None,
        "Every condition of a combination held at once.",
    ),
    row(ExitReason::CombinedOr, "combined_or", "combination (any)", None, "One condition of a combination held."),
    row(
        ExitReason::ProofVoided,
        "proof_voided",
        "proof voided",
        Some(StopKind::Logic),
        "A question, rule text, end date or flag changed, so the proof had to be made again and was not.",
    ),
    row(
        ExitReason::LiquidityStop,
        "liquidity_stop",
        "liquidity stop",
        Some(StopKind::Liquidity),
        "The bids became too thin to wait any longer.",
    ),
    row(ExitReason::Manual, "manual", "closed by hand", None, "A person closed the position."),
    row(
        ExitReason::StopAll,
        "stop_all",
        "trading stopped",
        None,
        "Trading was stopped altogether and positions were closed.",
    ),
];

impl ExitReason {
    /// The reason's row of the manual.
    #[must_use]
    pub const fn info(self) -> &'static ExitReasonInfo {
        &EXIT_REASONS[self as usize]
    }

    /// The name used in data and commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.info().title
    }

    /// What kind of stop it is, when it is one.
    #[must_use]
    pub const fn stop_kind(self) -> Option<StopKind> {
        self.info().stop
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// A name that is no exit reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no exit reason: see the list of reasons")]
pub struct UnknownExitReason(String);

impl FromStr for ExitReason {
    type Err = UnknownExitReason;
    fn from_str(text: &str) -> Result<Self, UnknownExitReason> {
        let found = EXIT_REASONS.iter().find(|r| r.name == text);
        found.map(|r| r.reason).ok_or_else(|| UnknownExitReason(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_enum() {
        for (i, row) in EXIT_REASONS.iter().enumerate() {
            assert_eq!(row.reason as usize, i, "{}", row.name);
            assert_eq!(serde_json::to_string(&row.reason).unwrap(), format!("\"{}\"", row.name));
            assert_eq!(row.name.parse(), Ok(row.reason));
        }
        // One past the last value is none: the table is complete.
        assert_eq!(ExitReason::StopAll as usize + 1, EXIT_REASONS.len());
        assert!("profit".parse::<ExitReason>().is_err());
    }

    #[test]
    fn stops_say_what_they_react_to() {
        assert_eq!(ExitReason::StopLoss.stop_kind(), Some(StopKind::Price));
        assert_eq!(ExitReason::ProofVoided.stop_kind(), Some(StopKind::Logic));
        assert_eq!(ExitReason::LiquidityStop.stop_kind(), Some(StopKind::Liquidity));
        assert_eq!(ExitReason::Manual.stop_kind(), None);
    }
}
