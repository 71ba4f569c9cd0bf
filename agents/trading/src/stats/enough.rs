//! Whether there is enough data for a verdict, and how much is missing. "Not enough" is the honest default for months.

use super::estimate::{Estimate, Level, Undefined, finite};
use super::normal::{quantile, student_upper};
use super::rates::jeffreys;
use super::returns::Spread;
use std::fmt;

/// Fewest independent events any verdict rests on: below that even an interval clear of zero leans on one or two events.
pub const EVENTS_MIN: u64 = 20;
/// Probability with which the needed number of events would settle the question, if the effect is what it seems.
pub const POWER: f64 = 0.80;
/// Largest number of missing events that is told as a number.
pub const EVENTS_MORE_MAX: u64 = 1_000_000;

/// What the data allow to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies above the mark.
    Above,
    /// The whole interval lies below the mark.
    Below,
    /// The interval holds the mark, or there are too few events.
    NotEnough {
        /// Independent events so far.
        have: u64,
        /// About how many more are needed, at most [`EVENTS_MORE_MAX`].
        more: u64,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above => f.write_str("above, and the interval says so"),
            Self::Below => f.write_str("below, and the interval says so"),
            Self::NotEnough { more, .. } if *more >= EVENTS_MORE_MAX => {
                write!(
                    f,
                    "not enough data, need more than {EVENTS_MORE_MAX} more independent events: no effect to speak of"
                )
            }
            Self::NotEnough { more, .. } => write!(f, "not enough data, need about {more} more independent events"),
        }
    }
}

/// A verdict with the numbers it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventVerdict {
    /// The estimate, its interval and the number of independent events.
    pub estimate: Estimate,
    /// What it allows to say.
    pub verdict: Verdict,
}

/// Whether the mean of independent events is above or below zero. One number per event: sum the trades of an event first. The interval
/// is Student's. The number of events needed is `((z_tail + z_power) s / mean)²`, at least [`EVENTS_MIN`].
#[must_use]
pub fn mean_verdict(per_event: &[f64], level: Level) -> EventVerdict {
    let have = per_event.len() as u64;
    let undecided = |need: f64| not_enough(have, need);
    let spread = match Spread::of(per_event) {
        Ok(spread) => spread,
        Err(why) => return EventVerdict { estimate: Estimate::undefined(why, have), verdict: undecided(0.0) },
    };
    let Ok(stdev) = spread.stdev else {
        return EventVerdict { estimate: Estimate::plain(Ok(spread.mean), have), verdict: undecided(0.0) };
    };
    let half = student_upper(have - 1, level.tail()) * stdev / (have as f64).sqrt();
    let estimate = Estimate::with_interval(finite(spread.mean), spread.mean - half, spread.mean + half, have);
    let z = quantile(1.0 - level.tail()) + quantile(POWER);
    let need = if spread.mean == 0.0 { f64::INFINITY } else { (z * stdev / spread.mean).powi(2) };
    EventVerdict { estimate, verdict: decide(&estimate, 0.0, need) }
}

/// Whether a rate is above or below `break_even`, by the Jeffreys interval. The number of events needed is
/// `((z_tail √(q(1 − q)) + z_power √(p(1 − p))) / (p − q))²` with q the break-even rate and p the one seen (Fleiss, "Statistical Methods
/// for Rates and Proportions", 1981, section 2.2), at least [`EVENTS_MIN`].
#[must_use]
pub fn rate_verdict(successes: u64, n: u64, break_even: f64, level: Level) -> EventVerdict {
    let estimate = jeffreys(successes, n, level);
    if !(0.0..=1.0).contains(&break_even) {
        let why = Undefined::Inconsistent("a break-even rate outside 0 to 1");
        return EventVerdict { estimate: Estimate::undefined(why, n), verdict: not_enough(n, 0.0) };
    }
    let need = estimate.value.map_or(0.0, |p| {
        let q = break_even;
        let top = quantile(1.0 - level.tail()) * (q * (1.0 - q)).sqrt() + quantile(POWER) * (p * (1.0 - p)).sqrt();
        if p == q { f64::INFINITY } else { (top / (p - q)).powi(2) }
    });
    EventVerdict { estimate, verdict: decide(&estimate, break_even, need) }
}

fn decide(estimate: &Estimate, mark: f64, need: f64) -> Verdict {
    match estimate.interval {
        Some(i) if estimate.n >= EVENTS_MIN && i.low > mark => Verdict::Above,
        Some(i) if estimate.n >= EVENTS_MIN && i.high < mark => Verdict::Below,
        _ => not_enough(estimate.n, need),
    }
}

fn not_enough(have: u64, need: f64) -> Verdict {
    // The cast of infinity saturates.
    let need = (need.ceil() as u64).max(EVENTS_MIN);
    Verdict::NotEnough { have, more: need.saturating_sub(have).clamp(1, EVENTS_MORE_MAX) }
}
