//! The bootstrap by event: trades on one event win and lose together, so whole events are drawn, never single trades (Davison,
//! Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).

use super::dice::SplitMix64;
use super::estimate::{Estimate, Level, Undefined, finite};
use super::normal::{cdf, student_upper};
use std::collections::BTreeMap;

/// Resamples unless asked otherwise: the 5% tail then rests on a hundred of them.
pub const RESAMPLES: u32 = 2_000;
/// Least part of resamples in which the statistic must be defined for an interval to be given.
const DEFINED_MIN: f64 = 0.95;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Resamples drawn.
    pub resamples: u32,
    /// Level of the interval.
    pub level: Level,
    /// Everything random follows from it.
    pub seed: u64,
}

impl Bootstrap {
    /// [`RESAMPLES`] at 90%.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { resamples: RESAMPLES, level: Level::NINETY, seed }
    }
}

/// A statistic of observations grouped by event, with a bootstrap interval over events; `n` counts events. The statistic may be
/// undefined for some resamples (`Err`); when it is for more than 5% of them there is no interval. Nor is there with one event.
///
/// The interval is the percentile interval, expanded for few events: its tails are `Φ(−√(n / (n − 1)) t)` with Student's t of n − 1
/// degrees, which makes it exact for the mean of normal clusters up to the resampling (Hesterberg, "What Teachers Should Know About the
/// Bootstrap", The American Statistician 69, 2015).
#[must_use]
pub fn cluster_bootstrap<K: Ord, T: Copy>(
    observations: impl IntoIterator<Item = (K, T)>,
    settings: Bootstrap,
    statistic: impl Fn(&[T]) -> Result<f64, Undefined>,
) -> Estimate {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for (event, value) in observations {
        groups.entry(event).or_default().push(value);
    }
    let clusters: Vec<Vec<T>> = groups.into_values().collect();
    let n = clusters.len() as u64;
    if n == 0 {
        return Estimate::undefined(Undefined::NoObservations, 0);
    }
    let all: Vec<T> = clusters.iter().flatten().copied().collect();
    let value = statistic(&all).and_then(finite);
    if value.is_err() || n < 2 {
        return Estimate::plain(value, n);
    }
    let mut dice = SplitMix64::new(settings.seed);
    let mut sample = Vec::with_capacity(all.len());
    let draws = (0..settings.resamples).map(|_| {
        sample.clear();
        for _ in 0..n {
            sample.extend_from_slice(&clusters[dice.below(n) as usize]);
        }
        statistic(&sample)
    });
    let draws = Draws::collect(draws);
    draws.interval(value, settings.level, n)
}

/// The mean over all observations, with events as clusters.
#[must_use]
pub fn mean_by_event<K: Ord>(observations: impl IntoIterator<Item = (K, f64)>, settings: Bootstrap) -> Estimate {
    cluster_bootstrap(observations, settings, |sample| match sample.len() {
        0 => Err(Undefined::NoObservations),
        len => finite(sample.iter().sum::<f64>() / len as f64),
    })
}

/// `Σ numerator / Σ denominator` with events as clusters: net profit per dollar put in, per dollar and day.
#[must_use]
pub fn ratio_by_event<K: Ord>(
    observations: impl IntoIterator<Item = (K, (f64, f64))>,
    settings: Bootstrap,
) -> Estimate {
    cluster_bootstrap(observations, settings, |sample| {
        let (top, bottom) = sample.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        if bottom == 0.0 { Err(Undefined::Inconsistent("the denominators sum to zero")) } else { finite(top / bottom) }
    })
}

/// The statistic of every resample in which it is defined, in ascending order.
pub(crate) struct Draws {
    sorted: Vec<f64>,
    drawn: usize,
}

impl Draws {
    pub(crate) fn collect(draws: impl Iterator<Item = Result<f64, Undefined>>) -> Self {
        let mut drawn = 0;
        let mut sorted: Vec<f64> = draws.inspect(|_| drawn += 1).flatten().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted, drawn }
    }

    /// `value` with the expanded percentile interval for `n` independent units.
    pub(crate) fn interval(&self, value: Result<f64, Undefined>, level: Level, n: u64) -> Estimate {
        if n < 2 || self.sorted.is_empty() || (self.sorted.len() as f64) < DEFINED_MIN * self.drawn as f64 {
            return Estimate::plain(value, n);
        }
        let stretch = (n as f64 / (n as f64 - 1.0)).sqrt();
        let tail = cdf(-stretch * student_upper(n - 1, level.tail()));
        Estimate::with_interval(value, self.quantile(tail), self.quantile(1.0 - tail), n)
    }

    /// Linear between order statistics.
    fn quantile(&self, p: f64) -> f64 {
        let at = p.clamp(0.0, 1.0) * (self.sorted.len() - 1) as f64;
        let (below, part) = (at.floor() as usize, at.fract());
        let low = self.sorted[below];
        let high = self.sorted[(below + 1).min(self.sorted.len() - 1)];
        low + (high - low) * part
    }
}
