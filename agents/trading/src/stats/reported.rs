//! The statistics as people see them: with intervals, and nothing annualised before there is a month of history.

use super::bootstrap::{Bootstrap, Draws};
use super::dice::SplitMix64;
use super::estimate::{Estimate, Undefined};
use super::rates::jeffreys;
use super::returns::{DAYS_PER_YEAR, ReturnStats};
use super::sharpe::{Moments, deflated_sharpe, probabilistic_sharpe};

/// Days with an observation below which nothing is annualised.
pub const DAYS_MIN: u64 = 30;

/// Figures of daily returns. Intervals are 90% unless the settings say otherwise, by the circular block bootstrap of days (Politis,
/// Romano 1992) with blocks of ⌈n^(1/3)⌉ days, as neighbouring days share positions; that of the rate of winning days is Jeffreys'.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// Mean daily return.
    pub mean: Estimate,
    /// Daily deviation.
    pub stdev: Estimate,
    /// Return over the whole history.
    pub total_return: Estimate,
    /// Largest fall from a peak. The interval is that of a history of the same length, not of a longer one.
    pub max_drawdown: Estimate,
    /// Sum of daily gains over sum of daily losses.
    pub profit_factor: Estimate,
    /// Part of winning days among days with a gain or a loss; `n` counts those.
    pub win_rate: Estimate,
    /// Annualised.
    pub sharpe: Estimate,
    /// Annualised.
    pub sortino: Estimate,
    /// Growth a year.
    pub cagr: Estimate,
    /// Growth a year over largest drawdown.
    pub calmar: Estimate,
    /// Annualised deviation.
    pub volatility: Estimate,
    /// Probability that the true Sharpe ratio is above zero. Not annualised, but refused with it: fewer days say nothing.
    pub psr: Estimate,
    moments: Result<Moments, Undefined>,
}

impl Reported {
    /// Of daily returns, `None` where a day is missing.
    #[must_use]
    pub fn of(daily: &[Option<f64>], settings: Bootstrap) -> Self {
        let series: Vec<f64> = daily.iter().flatten().copied().collect();
        let stats = ReturnStats::of_known(&series, DAYS_PER_YEAR);
        let n = stats.n;
        let draws = resample(&series, settings);
        let plain = |of: fn(&ReturnStats) -> Result<f64, Undefined>| {
            let drawn = Draws::collect(draws.iter().map(of));
            drawn.interval(of(&stats), settings.level, n)
        };
        let annual = |of: fn(&ReturnStats) -> Result<f64, Undefined>| {
            // An empty series says that it is empty, which is the better reason.
            match n {
                0 => Estimate::undefined(Undefined::NoObservations, 0),
                1..DAYS_MIN => Estimate::undefined(Undefined::TooShort { days: n, need: DAYS_MIN }, n),
                _ => plain(of),
            }
        };
        let moments = match n {
            0 => Err(Undefined::NoObservations),
            1..DAYS_MIN => Err(Undefined::TooShort { days: n, need: DAYS_MIN }),
            _ => Moments::of(&series),
        };
        let won = series.iter().filter(|r| **r > 0.0).count() as u64;
        let moved = series.iter().filter(|r| **r != 0.0).count() as u64;
        let win_rate = match stats.win_rate {
            Ok(_) => jeffreys(won, moved, settings.level),
            Err(why) => Estimate::undefined(why, moved),
        };
        Self {
            mean: plain(|s| s.mean),
            stdev: plain(|s| s.stdev),
            total_return: plain(|s| s.total_return),
            max_drawdown: plain(|s| s.max_drawdown),
            profit_factor: plain(|s| s.profit_factor),
            win_rate,
            sharpe: annual(|s| s.sharpe),
            sortino: annual(|s| s.sortino),
            cagr: annual(|s| s.cagr),
            calmar: annual(|s| s.calmar),
            volatility: annual(|s| s.volatility),
            psr: match &moments {
                Ok(m) => probabilistic_sharpe(m, 0.0),
                Err(why) => Estimate::undefined(*why, n),
            },
            moments,
        }
    }

    /// The deflated Sharpe ratio after `trials` on the same data whose daily Sharpe ratios have this `variance`.
    #[must_use]
    pub fn deflated(&self, variance: f64, trials: u64) -> Estimate {
        match &self.moments {
            Ok(m) => deflated_sharpe(m, variance, trials),
            Err(why) => Estimate::undefined(*why, self.mean.n),
        }
    }
}

/// Statistics of every resample; none where an interval makes no sense.
fn resample(series: &[f64], settings: Bootstrap) -> Vec<ReturnStats> {
    let n = series.len();
    if n < 2 || series.iter().any(|r| !r.is_finite()) {
        return Vec::new();
    }
    let block = ((n as f64).cbrt().ceil() as usize).max(1);
    let mut dice = SplitMix64::new(settings.seed);
    let mut sample = Vec::with_capacity(n + block);
    (0..settings.resamples)
        .map(|_| {
            sample.clear();
            while sample.len() < n {
                let start = dice.below(n as u64) as usize;
                sample.extend((0..block).map(|i| series[(start + i) % n]));
            }
            sample.truncate(n);
            ReturnStats::of_known(&sample, DAYS_PER_YEAR)
        })
        .collect()
}
