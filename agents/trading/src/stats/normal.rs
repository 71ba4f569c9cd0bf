//! Quantiles of the normal, Student and beta distributions, kept from panicking at the ends of their ranges.

use statrs::distribution::{Beta, ContinuousCDF, StudentsT};
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// Halvings that bring any bracket within [0, 1] below the spacing of floating point.
const HALVINGS: u32 = 120;
/// How far the distribution function at a quantile may be from the asked probability, relative to the smaller tail.
const QUANTILE_ERROR_MAX: f64 = 1e-11;

/// Probability that a standard normal variable is at most `x`.
pub(crate) fn cdf(x: f64) -> f64 {
    0.5 * erfc(-x / SQRT_2)
}

/// The value a standard normal variable is at most with probability `p`; infinite at 0 and 1.
pub(crate) fn quantile(p: f64) -> f64 {
    if p <= 0.0 {
        f64::NEG_INFINITY
    } else if p >= 1.0 {
        f64::INFINITY
    } else {
        -SQRT_2 * erfc_inv(2.0 * p)
    }
}

/// The upper quantile of Student's t with `freedom` degrees, at least 1, that leaves `tail` above it.
pub(crate) fn student_upper(freedom: u64, tail: f64) -> f64 {
    /// Above this the difference to the normal quantile is below one part in a million.
    const NORMAL_FROM: u64 = 1_000_000;
    if freedom >= NORMAL_FROM {
        return quantile(1.0 - tail);
    }
    StudentsT::new(0.0, 1.0, freedom.max(1) as f64).map_or(f64::NAN, |t| -t.inverse_cdf(tail.clamp(0.0, 1.0)))
}

/// Quantile of the beta distribution. The library's Newton iteration is checked against the distribution function and replaced by
/// bisection where it stopped early.
pub(crate) fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let Ok(beta) = Beta::new(a, b) else { return f64::NAN };
    let guess = beta.inverse_cdf(p.clamp(0.0, 1.0));
    let tail = p.min(1.0 - p).max(f64::MIN_POSITIVE);
    if (0.0..=1.0).contains(&guess) && (beta.cdf(guess) - p).abs() <= QUANTILE_ERROR_MAX * tail {
        return guess;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if beta.cdf(middle) < p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}
