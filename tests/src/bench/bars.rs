//! Price bars of a pair where the first outcome implies the second, for the sweep over parameter sets.
//!
//! With N a standard normal deviate and `z` the sum of 0.02 N so far:
//!
//! ```text
//! gap  = 0.02 + 0.05 sin(t / 173) + 0.35 × (mean of 51 deviates of 0.02 N)
//! base = 0.5 + 0.18 tanh(z / 2)
//! a    = base + gap / 2           b = base − gap / 2 + 0.02
//! ```
//!
//! both cut to 0.03 … 0.97 and rounded to mills, halves to even. All deviates of `z` are drawn first, then those of the gap. A deviate is
//! the sum of twelve uniforms of SplitMix64 less six (Irwin–Hall: variance 1, kurtosis 2.9). Sine and hyperbolic tangent are worked out
//! from basic operations, which give the same bytes on every machine.

use super::feed::SplitMix64;
use sha2::{Digest, Sha256};

/// Bars of the workload.
pub const BARS: usize = 20_000;
/// The seed of the workload.
pub const BARS_SEED: u64 = 7;
/// Deviates averaged for the gap.
const WINDOW: usize = 51;
/// Deviation of a step.
const STEP: f64 = 0.02;
/// Bars in a radian of the sine.
const PERIOD: f64 = 173.0;
/// Least and greatest price, dollars.
const PRICES: (f64, f64) = (0.03, 0.97);
/// Mills in a dollar.
const MILLS: f64 = 1_000.0;

/// Mid prices in mills of the first outcome and of the second.
#[must_use]
pub fn generate(bars: usize, seed: u64) -> (Vec<u16>, Vec<u16>) {
    let mut dice = SplitMix64::new(seed);
    let mut step = || STEP * normal(&mut dice);
    let common: Vec<f64> = (0..bars).map(|_| step()).collect();
    let noise: Vec<f64> = (0..bars + WINDOW - 1).map(|_| step()).collect();
    // The sine by turning a unit vector by one bar at a time.
    let (turn_sin, turn_cos) = small_sin_cos(1.0 / PERIOD);
    let (mut sin, mut cos, mut z) = (0.0_f64, 1.0_f64, 0.0_f64);
    let mut out = (Vec::with_capacity(bars), Vec::with_capacity(bars));
    for t in 0..bars {
        z += common[t];
        let drift = noise[t..t + WINDOW].iter().sum::<f64>() / WINDOW as f64;
        let gap = 0.02 + 0.05 * sin + 0.35 * drift;
        let base = 0.5 + 0.18 * tanh(z / 2.0);
        out.0.push(mills(base + 0.5 * gap));
        out.1.push(mills(base - 0.5 * gap + 0.02));
        (sin, cos) = (sin * turn_cos + cos * turn_sin, cos * turn_cos - sin * turn_sin);
    }
    out
}

/// SHA-256 of the bars in hexadecimal: both prices of each bar in mills, 16 bits little-endian.
#[must_use]
pub fn sha256(a: &[u16], b: &[u16]) -> String {
    let mut hash = Sha256::new();
    for (a, b) in a.iter().zip(b) {
        hash.update(a.to_le_bytes());
        hash.update(b.to_le_bytes());
    }
    format!("{:x}", hash.finalize())
}

fn normal(dice: &mut SplitMix64) -> f64 {
    let uniform = |bits: u64| (bits >> 11) as f64 / (1_u64 << 53) as f64;
    (0..12).map(|_| uniform(dice.next())).sum::<f64>() - 6.0
}

fn mills(price: f64) -> u16 {
    // Between 30 and 970.
    (price.clamp(PRICES.0, PRICES.1) * MILLS).round_ties_even() as u16
}

/// By their series, for angles below a tenth: five terms are exact to rounding.
fn small_sin_cos(x: f64) -> (f64, f64) {
    let square = x * x;
    let series = |first: f64| {
        (0..5).rev().fold(1.0, |sum, k| {
            let n = 2.0 * f64::from(k) + first;
            1.0 - sum * square / (n * (n + 1.0))
        })
    };
    (x * series(2.0), series(1.0))
}

/// `(e^2x − 1) / (e^2x + 1)`, the exponential by its series on a 256th of the argument, squared eight times.
fn tanh(x: f64) -> f64 {
    let part = (2.0 * x).clamp(-40.0, 40.0) / 256.0;
    let mut exp = (1..=14).rev().fold(1.0, |sum, n| 1.0 + sum * part / f64::from(n));
    for _ in 0..8 {
        exp *= exp;
    }
    (exp - 1.0) / (exp + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_functions_agree_with_the_library() {
        for i in -4_000..4_000 {
            let x = f64::from(i) / 250.0;
            assert!((tanh(x) - x.tanh()).abs() < 1e-12, "{x}");
        }
        for x in [0.0, 1.0 / PERIOD, 0.05, -0.1] {
            let (sin, cos) = small_sin_cos(x);
            assert!((sin - x.sin()).abs() < 1e-16 && (cos - x.cos()).abs() < 1e-15, "{x}");
        }
    }

    #[test]
    fn deviates_are_standard() {
        let mut dice = SplitMix64::new(1);
        let draws: Vec<f64> = (0..200_000).map(|_| normal(&mut dice)).collect();
        let moment = |k: i32| draws.iter().map(|x| x.powi(k)).sum::<f64>() / draws.len() as f64;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02 && moment(3).abs() < 0.03);
        assert!((moment(4) - 2.9).abs() < 0.06, "{}", moment(4));
    }

    #[test]
    fn the_bars_are_what_they_claim() {
        let (a, b) = generate(BARS, BARS_SEED);
        assert_eq!((a.len(), b.len()), (BARS, BARS));
        assert!(a.iter().chain(&b).all(|p| (30..=970).contains(p)));
        // Away from the cut the edge is gap − 0.02: the sine within a few mills of noise.
        for t in 0..BARS {
            let edge = f64::from(a[t]) - f64::from(b[t]);
            let sine = 50.0 * (t as f64 / PERIOD).sin();
            assert!((edge - sine).abs() < 8.0, "bar {t}: {edge} against {sine}");
        }
        // The noise is there: an average of 51 deviates, 1 mill of deviation and half a mill of rounding.
        let noise: Vec<f64> =
            (0..BARS).map(|t| f64::from(a[t]) - f64::from(b[t]) - 50.0 * (t as f64 / PERIOD).sin()).collect();
        let spread = (noise.iter().map(|x| x * x).sum::<f64>() / BARS as f64).sqrt();
        assert!((0.9..1.4).contains(&spread), "{spread}");
        assert_eq!(generate(BARS, BARS_SEED), (a, b));
        assert_ne!(generate(50, 8), generate(50, 7));
    }
}
