//! Dice without a dependency: SplitMix64, a hash for random access, and the two functions the latent paths need.
//!
//! Everything here uses only IEEE basic operations and square roots, so one seed gives the same bytes on every machine.

/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

const fn finalize(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A well-mixed value from two: random access where a stream would force an order.
pub(crate) const fn mix(a: u64, b: u64) -> u64 {
    finalize(a.wrapping_add(GOLDEN_GAMMA) ^ finalize(b.wrapping_add(GOLDEN_GAMMA)))
}

/// A hash as a number in [0, 1).
#[allow(clippy::cast_precision_loss)]
pub(crate) fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// A hash as a nearly normal number: the sum of four uniforms, scaled to variance one.
pub(crate) fn normal(hash: u64) -> f64 {
    const SQRT_3: f64 = 1.732_050_807_568_877_2;
    let part = |shift: u32| f64::from(((hash >> shift) & 0xffff) as u16) / 65_536.0;
    // The centre of sixteen-bit uniforms lies half a step below one half.
    (part(0) + part(16) + part(32) + part(48) - 2.0 + 2.0 / 65_536.0) * SQRT_3
}

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        finalize(self.0)
    }

    /// A number below `n`; 0 for `n` = 0. The bias for the small `n` used here is below 2⁻⁵⁰.
    pub(crate) const fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.next() % n }
    }

    /// A number of `low..=high`.
    pub(crate) const fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.next())
    }

    pub(crate) fn normal(&mut self) -> f64 {
        normal(self.next())
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// # Panics
    /// On an empty list, which the generators never pass.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u64) as usize]
    }

    /// An index with probability proportional to its weight.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

/// e^x without the platform's mathematical library, whose last digit differs between machines.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn exp(x: f64) -> f64 {
    const LN_2: f64 = std::f64::consts::LN_2;
    /// Beyond this the result leaves the range a probability weight needs.
    const LIMIT: f64 = 600.0;
    let x = x.clamp(-LIMIT, LIMIT);
    let k = (x / LN_2).round();
    let r = x - k * LN_2;
    // |r| ≤ 0.35: fourteen Taylor terms are below one unit in the last place.
    let mut sum = 1.0;
    for n in (1..=14).rev() {
        sum = 1.0 + sum * r / f64::from(n);
    }
    sum * f64::from_bits(((1023 + k as i64) as u64) << 52)
}

/// Halvings of the Lévy construction: a life of 180 days is resolved to four minutes.
const LEVY_DEPTH: u32 = 16;

/// A standard Brownian path on [0, 1], at any point without the points before it (Lévy's construction by midpoints).
pub(crate) fn brownian(seed: u64, u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    let (mut left, mut right, mut at_left, mut at_right) = (0.0, 1.0, 0.0, normal(mix(seed, 0)));
    let mut node: u64 = 1;
    let mut deviation = 0.5;
    for _ in 0..LEVY_DEPTH {
        let mid = (left + right) / 2.0;
        let at_mid = (at_left + at_right) / 2.0 + deviation * normal(mix(seed, node));
        if u < mid {
            (right, at_right) = (mid, at_mid);
            node *= 2;
        } else {
            (left, at_left) = (mid, at_mid);
            node = node * 2 + 1;
        }
        deviation *= std::f64::consts::FRAC_1_SQRT_2;
    }
    at_left + (at_right - at_left) * (u - left) / (right - left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_matches_the_published_sequence() {
        // First outputs for seed 1234567 of the reference implementation by Sebastiano Vigna.
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.next(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn exponential_agrees_with_the_library() {
        for i in -2_000..2_000 {
            let x = f64::from(i) * 0.017;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "{x}");
        }
    }

    #[test]
    fn brownian_paths_have_the_right_variance_and_independent_increments() {
        const PATHS: u64 = 4_000;
        let (mut end, mut half, mut cross) = (0.0, 0.0, 0.0);
        for seed in 0..PATHS {
            let a = brownian(mix(9, seed), 0.3);
            let b = brownian(mix(9, seed), 0.7);
            half += a * a;
            end += b * b;
            cross += a * (b - a);
        }
        let n = PATHS as f64;
        assert!((half / n - 0.3).abs() < 0.03, "{}", half / n);
        assert!((end / n - 0.7).abs() < 0.06, "{}", end / n);
        assert!((cross / n).abs() < 0.03, "{}", cross / n);
    }
}
