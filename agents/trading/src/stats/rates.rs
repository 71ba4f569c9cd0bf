//! Intervals of a rate. Both behave at no wins and at all wins, where the textbook interval has no width (Brown, Cai, DasGupta,
//! "Interval Estimation for a Binomial Proportion", Statistical Science 16, 2001).

use super::estimate::{Estimate, Level, Undefined};
use super::normal::{beta_quantile, quantile};

const TOO_MANY: Undefined = Undefined::Inconsistent("more successes than trials");

fn rate(successes: u64, n: u64) -> Result<f64, Undefined> {
    match n {
        0 => Err(Undefined::NoObservations),
        _ if successes > n => Err(TOO_MANY),
        _ => Ok(successes as f64 / n as f64),
    }
}

/// The rate with Wilson's score interval (Wilson 1927):
/// `(p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)`.
#[must_use]
pub fn wilson(successes: u64, n: u64, level: Level) -> Estimate {
    let value = rate(successes, n);
    let Ok(p) = value else { return Estimate::plain(value, n) };
    let (z, count) = (quantile(1.0 - level.tail()), n as f64);
    let (centre, scale) = (p + z * z / (2.0 * count), 1.0 + z * z / count);
    let half = z * (p * (1.0 - p) / count + z * z / (4.0 * count * count)).sqrt();
    // The ends are exactly 0 and 1 at the extremes; rounding would leave them a hair inside.
    let low = if successes == 0 { 0.0 } else { ((centre - half) / scale).clamp(0.0, p) };
    let high = if successes == n { 1.0 } else { ((centre + half) / scale).clamp(p, 1.0) };
    Estimate::with_interval(value, low, high, n)
}

/// The rate with the Jeffreys interval: quantiles of Beta(successes + ½, failures + ½), the lower end 0 without successes and the
/// upper end 1 without failures.
#[must_use]
pub fn jeffreys(successes: u64, n: u64, level: Level) -> Estimate {
    let value = rate(successes, n);
    if value.is_err() {
        return Estimate::plain(value, n);
    }
    let (a, b) = (successes as f64 + 0.5, (n - successes) as f64 + 0.5);
    let low = if successes == 0 { 0.0 } else { beta_quantile(a, b, level.tail()) };
    let high = if successes == n { 1.0 } else { beta_quantile(a, b, 1.0 - level.tail()) };
    Estimate::with_interval(value, low, high, n)
}
