//! The plain definitions over a series of returns. They annualise whatever they are given; [`super::reported`] refuses short series.

use super::estimate::{Undefined, finite};
use betty_market::Usdc;
use std::num::NonZeroU32;

/// Periods a year of daily returns: these markets never close.
pub const DAYS_PER_YEAR: NonZeroU32 = NonZeroU32::new(365).unwrap();

/// Statistics of a series of simple returns, each a number or the reason why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnStats {
    /// Observations, missing ones not counted.
    pub n: u64,
    /// Mean return per period.
    pub mean: Result<f64, Undefined>,
    /// Sample deviation per period (n − 1).
    pub stdev: Result<f64, Undefined>,
    /// `mean / stdev × √periods`; undefined when the deviation is zero to rounding.
    pub sharpe: Result<f64, Undefined>,
    /// `√(Σ min(r, 0)² / n)` per period, over all observations.
    pub downside_deviation: Result<f64, Undefined>,
    /// `mean / downside deviation × √periods`.
    pub sortino: Result<f64, Undefined>,
    /// Largest `(peak − equity) / peak`; equity starts at 1 and the start counts as a peak.
    pub max_drawdown: Result<f64, Undefined>,
    /// `Π (1 + r) − 1`.
    pub total_return: Result<f64, Undefined>,
    /// `(1 + total return)^(periods / n) − 1`.
    pub cagr: Result<f64, Undefined>,
    /// `CAGR / largest drawdown`.
    pub calmar: Result<f64, Undefined>,
    /// `stdev × √periods`.
    pub volatility: Result<f64, Undefined>,
    /// Sum of gains over sum of losses.
    pub profit_factor: Result<f64, Undefined>,
    /// Gains over gains and losses; periods without either do not count.
    pub win_rate: Result<f64, Undefined>,
}

/// Mean and sample deviation; the deviation is `Ok(0)` when it is zero.
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) stdev: Result<f64, Undefined>,
    /// Largest deviation that is zero to rounding: what the rounding of the mean alone can make of equal observations.
    pub(crate) rounding: f64,
}

impl Spread {
    pub(crate) fn of(series: &[f64]) -> Result<Self, Undefined> {
        if series.is_empty() {
            return Err(Undefined::NoObservations);
        }
        let n = series.len() as f64;
        let mean = finite(series.iter().sum::<f64>() / n)?;
        let largest = series.iter().fold(0.0_f64, |m, r| m.max(r.abs()));
        let stdev = if series.len() < 2 {
            Err(Undefined::OneObservation)
        } else {
            finite((series.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
        };
        Ok(Self { mean, stdev, rounding: n * f64::EPSILON * largest })
    }

    /// The deviation, or that there is none to speak of.
    pub(crate) fn variation(&self) -> Result<f64, Undefined> {
        let stdev = self.stdev?;
        if stdev > self.rounding { Ok(stdev) } else { Err(Undefined::NoVariation) }
    }
}

impl ReturnStats {
    /// Of simple returns per period; `None` is a missing observation. An infinite return or one that is not a number makes
    /// everything [`Undefined::NotFinite`].
    #[must_use]
    pub fn of(returns: &[Option<f64>], periods_per_year: NonZeroU32) -> Self {
        let series: Vec<f64> = returns.iter().flatten().copied().collect();
        Self::of_known(&series, periods_per_year)
    }

    /// The same of a series without missing observations.
    #[must_use]
    pub fn of_known(series: &[f64], periods_per_year: NonZeroU32) -> Self {
        let n = series.len() as u64;
        let spread = match Spread::of(series) {
            _ if series.iter().any(|r| !r.is_finite()) => return Self::nothing(n, Undefined::NotFinite),
            Err(why) => return Self::nothing(n, why),
            Ok(spread) => spread,
        };
        let count = n as f64;
        let periods = f64::from(periods_per_year.get());
        let (mean, root) = (spread.mean, periods.sqrt());

        let downside = finite((series.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / count).sqrt());
        let sortino = downside.and_then(|d| if d > 0.0 { finite(mean / d * root) } else { Err(Undefined::NoLoss) });

        let (mut equity, mut peak, mut drawdown) = (1.0_f64, 1.0_f64, 0.0_f64);
        for r in series {
            equity *= 1.0 + r;
            peak = peak.max(equity);
            drawdown = drawdown.max((peak - equity) / peak);
        }
        let total_return = finite(equity - 1.0);
        let max_drawdown = finite(equity).and_then(|_| finite(drawdown));
        let cagr = total_return.and_then(|total| {
            if total < -1.0 { Err(Undefined::Ruined) } else { finite((1.0 + total).powf(periods / count) - 1.0) }
        });
        let calmar = max_drawdown.and_then(|fall| {
            if fall > 0.0 { cagr.and_then(|growth| finite(growth / fall)) } else { Err(Undefined::NoDrawdown) }
        });

        let gains: f64 = series.iter().filter(|r| **r > 0.0).sum();
        let losses: f64 = -series.iter().filter(|r| **r < 0.0).sum::<f64>();
        let (won, lost) = (series.iter().filter(|r| **r > 0.0).count(), series.iter().filter(|r| **r < 0.0).count());
        Self {
            n,
            mean: Ok(mean),
            stdev: spread.stdev,
            sharpe: spread.variation().and_then(|s| finite(mean / s * root)),
            downside_deviation: downside,
            sortino,
            max_drawdown,
            total_return,
            cagr,
            calmar,
            volatility: spread.stdev.and_then(|s| finite(s * root)),
            profit_factor: if losses > 0.0 { finite(gains / losses) } else { Err(Undefined::NoLoss) },
            win_rate: if won + lost > 0 { Ok(won as f64 / (won + lost) as f64) } else { Err(Undefined::NoGainOrLoss) },
        }
    }

    const fn nothing(n: u64, why: Undefined) -> Self {
        Self {
            n,
            mean: Err(why),
            stdev: Err(why),
            sharpe: Err(why),
            downside_deviation: Err(why),
            sortino: Err(why),
            max_drawdown: Err(why),
            total_return: Err(why),
            cagr: Err(why),
            calmar: Err(why),
            volatility: Err(why),
            profit_factor: Err(why),
            win_rate: Err(why),
        }
    }
}

/// Daily returns of an equity curve: the starting equity, then equity at the end of each day, `None` where it is not known. A day
/// after missing ones holds the return since the last known equity. After equity at or below zero there is nothing to earn a return
/// on: missing.
#[must_use]
pub fn daily_returns(starting: Usdc, equity: &[Option<Usdc>]) -> Vec<Option<f64>> {
    let mut last = starting;
    equity
        .iter()
        .map(|day| {
            let day = (*day)?;
            let base = std::mem::replace(&mut last, day);
            let change = day.micros() as f64 - base.micros() as f64;
            base.is_positive().then(|| change / base.micros() as f64)
        })
        .collect()
}
