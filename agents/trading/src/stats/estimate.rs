//! A number with its interval, the count it rests on, and the reason in words when there is none.

use crate::backtest::report::Figure;
use serde::{Deserialize, Serialize};

/// Why a statistic has no value. Shown to people as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Undefined {
    /// An empty series.
    #[error("no observations yet")]
    NoObservations,
    /// A spread needs two.
    #[error("only one observation, a spread needs two")]
    OneObservation,
    /// The deviation is zero to rounding.
    #[error("no variation: all observations are equal")]
    NoVariation,
    /// Nothing was lost.
    #[error("no losses yet")]
    NoLoss,
    /// Equity never fell below a peak.
    #[error("no drawdown yet")]
    NoDrawdown,
    /// Every observation is zero.
    #[error("no gain and no loss yet")]
    NoGainOrLoss,
    /// Equity below zero has no growth rate.
    #[error("the account lost more than it had, so there is no growth rate")]
    Ruined,
    /// Too little history to annualise.
    #[error("only {days} days of history, at least {need} are needed before anything is annualised")]
    TooShort {
        /// Days with an observation.
        days: u64,
        /// Days needed.
        need: u64,
    },
    /// Too few of something else.
    #[error("only {have} {what}, at least {need} are needed")]
    TooFew {
        /// What is counted, plural.
        what: &'static str,
        /// How many there are.
        have: u64,
        /// How many are needed.
        need: u64,
    },
    /// An input is infinite or not a number, or the result is too large to represent.
    #[error("an observation is not a finite number, or the result is too large to represent")]
    NotFinite,
    /// The inputs contradict each other.
    #[error("the inputs contradict each other: {0}")]
    Inconsistent(&'static str),
}

/// `value`, unless it is infinite or not a number.
pub(crate) fn finite(value: f64) -> Result<f64, Undefined> {
    if value.is_finite() { Ok(value) } else { Err(Undefined::NotFinite) }
}

/// A two-sided confidence level, above 0 and below 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level(f64);

impl Level {
    /// 90%, the level of every interval in a report.
    pub const NINETY: Self = Self(0.90);
    /// 95%.
    pub const NINETY_FIVE: Self = Self(0.95);

    /// A level; `None` unless 0 < `level` < 1.
    #[must_use]
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level as a fraction.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The probability left in each tail.
    #[must_use]
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

/// The ends of an interval, `low ≤ high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies within, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A statistic as it is reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number, or why there is none.
    pub value: Result<f64, Undefined>,
    /// Its interval, where one is defined.
    pub interval: Option<Interval>,
    /// What it rests on: trials of a rate, days of a daily statistic, independent events where the interval is clustered.
    pub n: u64,
}

impl Estimate {
    /// A value without an interval.
    #[must_use]
    pub const fn plain(value: Result<f64, Undefined>, n: u64) -> Self {
        Self { value, interval: None, n }
    }

    /// No value.
    #[must_use]
    pub const fn undefined(why: Undefined, n: u64) -> Self {
        Self { value: Err(why), interval: None, n }
    }

    /// A value with the ends of its interval; no interval when an end is not finite or there is no value.
    #[must_use]
    pub fn with_interval(value: Result<f64, Undefined>, low: f64, high: f64, n: u64) -> Self {
        let interval =
            (value.is_ok() && low.is_finite() && high.is_finite() && low <= high).then_some(Interval { low, high });
        Self { value, interval, n }
    }
}

impl From<Estimate> for Figure {
    fn from(estimate: Estimate) -> Self {
        Self {
            value: estimate.value.ok(),
            interval: estimate.interval.map(|i| (i.low, i.high)),
            n: estimate.n,
            undefined: estimate.value.err().map(|why| why.to_string()),
        }
    }
}
