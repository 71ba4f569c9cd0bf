//! Which exit fires now. Every boundary is inclusive: a target of 5% fires at exactly 5%.

use crate::exit::ExitReason;
use crate::ledger::Position;
use crate::strategy::condition::ExitCondition;
use crate::units::{PPM, hours, pct, ratio_ppm, signed_pct};
use betty_market::{Timestamp, Usdc};
use serde::{Deserialize, Serialize};

/// What the conditions look at. Anything that is not known is `None`, and a condition on it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionView {
    /// What the bids pay for all legs, fees of selling out; `None` when a leg has no bid for the held size.
    pub value: Option<Usdc>,
    /// The highest such value since entry, the present one included.
    pub peak: Option<Usdc>,
    /// `value / at cost − 1`, millionths.
    pub pnl_ppm: Option<i64>,
    /// `(value − capital) / capital` with every entry cost in the capital, millionths.
    pub roi_ppm: Option<i64>,
    /// How far the value is below its peak, millionths of the peak.
    pub fall_ppm: Option<i64>,
    /// Milliseconds held.
    pub held_ms: i64,
    /// Whether every leg has resolved.
    pub resolved: bool,
}

impl PositionView {
    /// Looks at a position. `mark` is what the bids pay for it now, `peak` the highest mark recorded before.
    #[must_use]
    pub fn new(position: &Position, mark: Option<Usdc>, peak: Option<Usdc>, resolved: bool, now: Timestamp) -> Self {
        let peak = mark.max(peak);
        let gain = |base: Usdc| ratio_ppm(mark? - base, base);
        Self {
            value: mark,
            peak,
            pnl_ppm: gain(position.at_cost()),
            roi_ppm: gain(position.capital()),
            fall_ppm: mark.zip(peak).and_then(|(value, peak)| ratio_ppm(peak - value, peak)),
            held_ms: position.held_ms(now),
            resolved,
        }
    }

    /// What is known, in words, for a position that stays.
    #[must_use]
    pub fn words(&self) -> String {
        match self.pnl_ppm {
            Some(pnl) => format!("no exit: profit {}, held {}", signed_pct(pnl), hours(self.held_ms)),
            None => format!("no exit: no bid for the held size, held {}", hours(self.held_ms)),
        }
    }
}

/// An exit that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitDecision {
    /// The reason the position gets.
    pub reason: ExitReason,
    /// The rule that fired, as the strategy states it.
    pub rule: String,
    /// The numbers it fired on.
    pub numbers: String,
}

impl ExitDecision {
    /// Rule and numbers in one line.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{}: {}", self.rule, self.numbers)
    }
}

/// The first condition that holds, in the list's order; `None` when none does.
#[must_use]
pub fn evaluate(exits: &[ExitCondition], view: &PositionView) -> Option<ExitDecision> {
    exits.iter().find(|c| holds(c, view)).map(|condition| ExitDecision {
        reason: condition.reason(),
        rule: condition.to_string(),
        numbers: numbers(condition, view),
    })
}

fn holds(condition: &ExitCondition, view: &PositionView) -> bool {
    match condition {
        ExitCondition::HoldToResolution => view.resolved,
        ExitCondition::TargetProfitPct { pct_ppm } => view.pnl_ppm.is_some_and(|p| p >= *pct_ppm),
        ExitCondition::TargetRoiThreshold { roi_ppm } => view.roi_ppm.is_some_and(|r| r >= *roi_ppm),
        ExitCondition::TimeBasedExit { held_ms } => view.held_ms >= *held_ms,
        // Compared on the loss as a fraction of cost; `pnl` was rounded towards minus infinity, so exactly −10% is −100,000.
        ExitCondition::StopLoss { pct_ppm } => view.pnl_ppm.is_some_and(|p| p <= -*pct_ppm),
        ExitCondition::TrailingStop { pct_ppm } => view.fall_ppm.is_some_and(|f| f >= *pct_ppm),
        ExitCondition::CombinedAnd { of } => !of.is_empty() && of.iter().all(|c| holds(c, view)),
        ExitCondition::CombinedOr { of } => of.iter().any(|c| holds(c, view)),
    }
}

/// What the condition looked at, in words.
fn numbers(condition: &ExitCondition, view: &PositionView) -> String {
    let known = |ppm: Option<i64>| ppm.map_or_else(|| "unknown (no bid)".to_owned(), signed_pct);
    match condition {
        ExitCondition::HoldToResolution => {
            if view.resolved {
                "every leg has resolved".to_owned()
            } else {
                "not resolved".to_owned()
            }
        }
        ExitCondition::TargetProfitPct { .. } | ExitCondition::StopLoss { .. } => {
            format!("profit {}", known(view.pnl_ppm))
        }
        ExitCondition::TargetRoiThreshold { .. } => format!("ROI {}", known(view.roi_ppm)),
        ExitCondition::TimeBasedExit { .. } => format!("held {}", hours(view.held_ms)),
        ExitCondition::TrailingStop { .. } => match (view.fall_ppm, view.value, view.peak) {
            (Some(fall), Some(value), Some(peak)) => {
                format!("{} below the highest mark ({} after {})", pct(fall.clamp(0, PPM)), value.cents(), peak.cents())
            }
            _ => "no mark".to_owned(),
        },
        ExitCondition::CombinedAnd { of } => of.iter().map(|c| numbers(c, view)).collect::<Vec<_>>().join(", "),
        ExitCondition::CombinedOr { of } => {
            of.iter().filter(|c| holds(c, view)).map(|c| numbers(c, view)).collect::<Vec<_>>().join(", ")
        }
    }
}
