//! How long a command takes from the decision to the venue.

/// A deterministic generator of numbers: Sebastiano Vigna's SplitMix64. The seed comes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Time on the wire of each order and each cancel: a base plus a jitter drawn evenly from zero to its maximum.
///
/// The venue's own delay before a match is the instrument's (`venue_delay_ns`) and comes on top. Commands may overtake each other
/// when the jitter exceeds the time between them, as on a real wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatencyModel {
    base_ns: i64,
    jitter_ns: i64,
    dice: Dice,
}

impl LatencyModel {
    /// Commands arrive at the instant they are given.
    #[must_use]
    pub const fn zero() -> Self {
        Self::constant(0)
    }

    /// The same for every command; below zero counts as zero.
    #[must_use]
    pub const fn constant(ns: i64) -> Self {
        Self::jittered(ns, 0, Dice::new(0))
    }

    /// `base_ns` plus an even draw from `0..=jitter_ns`; below zero counts as zero.
    #[must_use]
    pub const fn jittered(base_ns: i64, jitter_ns: i64, dice: Dice) -> Self {
        let (base_ns, jitter_ns) = (if base_ns < 0 { 0 } else { base_ns }, if jitter_ns < 0 { 0 } else { jitter_ns });
        Self { base_ns, jitter_ns, dice }
    }

    /// The latency of the next command in nanoseconds. Rolls the dice only where there is jitter.
    #[allow(clippy::cast_sign_loss)]
    pub(super) const fn sample(&mut self) -> i64 {
        if self.jitter_ns == 0 {
            return self.base_ns;
        }
        // The high part of the product spreads 64 random bits over the range.
        let range = self.jitter_ns as u128 + 1;
        let drawn = (self.dice.roll() as u128 * range) >> 64;
        self.base_ns.saturating_add(drawn as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // First outputs for seed 1234567, as published with the reference implementation.
        let mut dice = Dice::new(1_234_567);
        let drawn: [u64; 3] = std::array::from_fn(|_| dice.roll());
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn samples_stay_in_range_and_reach_both_ends() {
        let mut model = LatencyModel::jittered(10, 3, Dice::new(1));
        let drawn: Vec<i64> = (0..200).map(|_| model.sample()).collect();
        assert!((10..=13).all(|ns| drawn.contains(&ns)) && drawn.iter().all(|ns| (10..=13).contains(ns)));
        assert_eq!(LatencyModel::constant(7).sample(), 7);
        assert_eq!(LatencyModel::constant(-7).sample(), 0);
    }
}
