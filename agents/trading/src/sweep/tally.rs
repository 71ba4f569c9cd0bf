//! What a sweep keeps: the best sets and running moments, however many sets there are.

use crate::stats::{Moments, exact};
use serde::{Deserialize, Serialize};

/// A result that can be ranked.
pub trait Scored {
    /// What a sweep looks for the most of; `None` where it is undefined. Not-a-number counts as undefined.
    fn objective(&self) -> Option<f64>;

    /// Moments of its returns per period, for the deflated Sharpe ratio; `None` where there is no variation.
    fn moments(&self) -> Option<Moments>;
}

/// One evaluated set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial<R> {
    /// Its number in the space.
    pub index: u64,
    /// One value an axis.
    pub set: Vec<i64>,
    /// What came of it.
    pub result: R,
}

/// Running mean and variance (Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    n: u64,
    #[serde(with = "exact")]
    mean: f64,
    #[serde(with = "exact")]
    squares: f64,
}

impl Running {
    /// Takes one value in. Values that are not finite are left out.
    pub fn push(&mut self, value: f64) {
        if value.is_finite() {
            self.n += 1;
            let before = value - self.mean;
            self.mean += before / self.n as f64;
            self.squares += before * (value - self.mean);
        }
    }

    /// How many values.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// Their mean; `None` of none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then_some(self.mean)
    }

    /// Their sample variance (n − 1); `None` of fewer than two.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.n > 1).then(|| self.squares / (self.n as f64 - 1.0))
    }
}

/// Everything a sweep knows after its first `done` sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally<R> {
    pub(crate) done: u64,
    pub(crate) undefined: u64,
    keep: usize,
    /// Best first; of equals the lower number.
    pub(crate) best: Vec<Trial<R>>,
    pub(crate) objectives: Running,
    pub(crate) sharpes: Running,
}

impl<R: Scored> Tally<R> {
    pub(crate) const fn new(keep: usize) -> Self {
        Self { done: 0, undefined: 0, keep, best: Vec::new(), objectives: ZERO, sharpes: ZERO }
    }

    /// Takes in set number `done`. `set` is asked for only when the result is kept.
    pub(crate) fn push(&mut self, result: R, set: impl FnOnce(u64) -> Vec<i64>) {
        let index = self.done;
        self.done += 1;
        if let Some(moments) = result.moments() {
            self.sharpes.push(moments.sharpe());
        }
        let Some(objective) = objective_of(&result) else {
            self.undefined += 1;
            return;
        };
        self.objectives.push(objective);
        let at = self.best.partition_point(|t| objective_of(&t.result).is_some_and(|o| o >= objective));
        if at < self.keep {
            self.best.insert(at, Trial { index, set: set(index), result });
            self.best.truncate(self.keep);
        }
    }
}

const ZERO: Running = Running { n: 0, mean: 0.0, squares: 0.0 };

/// The objective, with not-a-number as undefined.
pub(crate) fn objective_of(result: &impl Scored) -> Option<f64> {
    result.objective().filter(|o| !o.is_nan())
}
