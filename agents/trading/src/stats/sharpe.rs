//! How sure one may be of a Sharpe ratio. Everything here is per period, not annualised.
//!
//! Bailey, López de Prado, "The Sharpe Ratio Efficient Frontier" (2012) and "The Deflated Sharpe Ratio: Correcting for Selection Bias,
//! Backtest Overfitting and Non-Normality" (2014). Kurtosis is the plain one: 3 for a normal distribution.

use super::estimate::{Estimate, Interval, Level, Undefined, finite};
use super::normal::{cdf, quantile};
use super::returns::Spread;
use serde::{Deserialize, Serialize};

/// The Euler–Mascheroni constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// The first four moments of returns per period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Observations, at least 2.
    pub n: u64,
    /// Mean.
    #[serde(with = "super::exact")]
    pub mean: f64,
    /// Sample deviation (n − 1), above zero.
    #[serde(with = "super::exact")]
    pub stdev: f64,
    /// `m₃ / m₂^1.5` of the central moments over n.
    #[serde(with = "super::exact")]
    pub skewness: f64,
    /// `m₄ / m₂²` of the central moments over n; a normal distribution has 3.
    #[serde(with = "super::exact")]
    pub kurtosis: f64,
}

impl Moments {
    /// Of returns per period.
    ///
    /// # Errors
    /// Fewer than two observations, no variation, or a value that is not finite.
    pub fn of(series: &[f64]) -> Result<Self, Undefined> {
        let spread = Spread::of(series)?;
        let stdev = spread.variation()?;
        let n = series.len() as f64;
        let central = |power: i32| series.iter().map(|r| (r - spread.mean).powi(power)).sum::<f64>() / n;
        Self::new(series.len() as u64, spread.mean, stdev, [central(2), central(3), central(4)])
    }

    /// Of sums of powers: Σr, Σr², Σr³, Σr⁴ over `n` observations. Exact enough where the mean is not much larger than the deviation,
    /// as with returns per bar.
    ///
    /// # Errors
    /// Fewer than two observations, no variation beyond rounding, or a value that is not finite.
    pub fn of_sums(n: u64, sums: [f64; 4]) -> Result<Self, Undefined> {
        match n {
            0 => return Err(Undefined::NoObservations),
            1 => return Err(Undefined::OneObservation),
            _ => {}
        }
        let count = n as f64;
        let [a, b, c, d] = sums.map(|s| s / count);
        let m2 = b - a * a;
        if m2.is_nan() || m2 <= count * f64::EPSILON * b {
            return Err(if m2.is_nan() { Undefined::NotFinite } else { Undefined::NoVariation });
        }
        let m3 = c - 3.0 * a * b + 2.0 * a.powi(3);
        let m4 = d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * a.powi(4);
        Self::new(n, a, (m2 * count / (count - 1.0)).sqrt(), [m2, m3, m4])
    }

    fn new(n: u64, mean: f64, stdev: f64, [m2, m3, m4]: [f64; 3]) -> Result<Self, Undefined> {
        // Scaled before the powers, so that returns near 1e-90 do not underflow.
        let root = m2.sqrt();
        let (skewness, kurtosis) = (m3 / root / root / root, m4 / m2 / m2);
        Ok(Self {
            n,
            mean: finite(mean)?,
            stdev: finite(stdev)?,
            skewness: finite(skewness)?,
            kurtosis: finite(kurtosis)?,
        })
    }

    /// Mean over deviation, per period.
    #[must_use]
    pub fn sharpe(&self) -> f64 {
        self.mean / self.stdev
    }

    /// Squared standard error of the Sharpe ratio times (n − 1): `1 − γ₃ SR + (γ₄ − 1)/4 SR²` (Mertens 2002). Never below zero, as
    /// kurtosis is at least skewness² + 1.
    fn error_factor(&self) -> f64 {
        let ratio = self.sharpe();
        (1.0 - self.skewness * ratio + (self.kurtosis - 1.0) / 4.0 * ratio * ratio).max(0.0)
    }

    /// Standard error of the Sharpe ratio per period.
    #[must_use]
    pub fn sharpe_error(&self) -> f64 {
        (self.error_factor() / (self.n as f64 - 1.0)).sqrt()
    }
}

/// The Sharpe ratio per period with its interval, normal with the standard error of Mertens (2002).
#[must_use]
pub fn sharpe_interval(moments: &Moments, level: Level) -> Estimate {
    let (ratio, half) = (moments.sharpe(), quantile(1.0 - level.tail()) * moments.sharpe_error());
    Estimate::with_interval(finite(ratio), ratio - half, ratio + half, moments.n)
}

/// Probability that the true Sharpe ratio per period is above `benchmark`:
/// `Φ((SR − SR*) √(n − 1) / √(1 − γ₃ SR + (γ₄ − 1)/4 SR²))`.
#[must_use]
pub fn probabilistic_sharpe(moments: &Moments, benchmark: f64) -> Estimate {
    let error = moments.sharpe_error();
    let value =
        if error > 0.0 { finite(cdf((moments.sharpe() - benchmark) / error)) } else { Err(Undefined::NoVariation) };
    Estimate::plain(value, moments.n)
}

/// The Sharpe ratio per period that the best of `trials` without any skill shows in expectation, where `variance` is that of the
/// Sharpe ratios of the trials: `√V [(1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))]`. One trial is no selection: 0.
///
/// # Errors
/// No trials, or a variance below zero or not finite.
pub fn expected_best_sharpe(variance: f64, trials: u64) -> Result<f64, Undefined> {
    if variance < 0.0 {
        return Err(Undefined::Inconsistent("a variance below zero"));
    }
    let variance = finite(variance)?;
    match trials {
        0 => Err(Undefined::NoObservations),
        1 => Ok(0.0),
        _ => {
            // Φ⁻¹(1 − x) = −Φ⁻¹(x), which keeps its digits for many trials.
            let at = |x: f64| -quantile(x);
            let n = trials as f64;
            let best = (1.0 - EULER_GAMMA) * at(1.0 / n) + EULER_GAMMA * at(1.0 / (n * std::f64::consts::E));
            finite(variance.sqrt() * best)
        }
    }
}

/// Probability that the true Sharpe ratio is above what the best of all `trials` without skill would show: the probabilistic Sharpe
/// ratio against [`expected_best_sharpe`]. `trials` counts every trial ever run on the data.
#[must_use]
pub fn deflated_sharpe(moments: &Moments, variance: f64, trials: u64) -> Estimate {
    match expected_best_sharpe(variance, trials) {
        Ok(benchmark) => probabilistic_sharpe(moments, benchmark),
        Err(why) => Estimate::undefined(why, moments.n),
    }
}

/// Periods needed until a Sharpe ratio as seen is above `benchmark` with one-sided confidence `confidence`:
/// `1 + (1 − γ₃ SR + (γ₄ − 1)/4 SR²) (z / (SR − SR*))²` (Bailey, López de Prado 2012).
///
/// # Errors
/// The Sharpe ratio is not above the benchmark, or the confidence is not between ½ and 1.
pub fn min_track_record(moments: &Moments, benchmark: f64, confidence: f64) -> Result<f64, Undefined> {
    if !(0.5..1.0).contains(&confidence) {
        return Err(Undefined::Inconsistent("a confidence outside ½ to 1"));
    }
    let above = moments.sharpe() - benchmark;
    if above <= 0.0 {
        return Err(Undefined::Inconsistent("a Sharpe ratio at or below the benchmark never gets above it"));
    }
    finite(1.0 + moments.error_factor() * (quantile(confidence) / above).powi(2))
}

impl Interval {
    /// Both ends times a factor above zero, as from periods to years.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}
