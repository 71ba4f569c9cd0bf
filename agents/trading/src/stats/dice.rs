//! Dice whose seed is passed in.

/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014; constants by Sebastiano Vigna). One seed,
/// one sequence, on every machine.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl SplitMix64 {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent sequence of its own for item `index` of `seed`: random access, so that no order of work shows.
    #[must_use]
    pub const fn for_item(seed: u64, index: u64) -> Self {
        let start = Self(seed).next();
        Self(Self(start ^ index.wrapping_mul(GOLDEN_GAMMA)).next())
    }

    /// The next 64 bits.
    #[must_use = "the sequence moves on"]
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, 0 for `n` = 0: the upper half of a 128-bit product (Lemire, "Fast Random Integer Generation in an
    /// Interval", 2019, without its rejection; the bias is below n / 2⁶⁴).
    #[must_use = "the sequence moves on"]
    pub const fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }

    /// A number in [0, 1) in steps of 2⁻⁵³.
    #[must_use = "the sequence moves on"]
    pub const fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // First outputs for seed 1234567 of Vigna's reference implementation.
        let mut dice = SplitMix64::new(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_below_a_bound_are_even_and_items_differ() {
        let mut counts = [0_u32; 7];
        let mut dice = SplitMix64::new(1);
        for _ in 0..70_000 {
            counts[dice.below(7) as usize] += 1;
        }
        assert!(counts.iter().all(|c| (9_500..10_500).contains(c)), "{counts:?}");
        assert_eq!(SplitMix64::new(1).below(0), 0);
        let firsts: std::collections::BTreeSet<u64> = (0..10_000).map(|i| SplitMix64::for_item(5, i).next()).collect();
        assert_eq!(firsts.len(), 10_000);
    }
}
