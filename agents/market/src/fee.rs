//! The taker fee, from the market's own schedule.

use crate::money::{Price, Shares, Usdc};
use serde::{Deserialize, Serialize};

/// What the venue charges a taker. Makers pay nothing.
///
/// `fee = floor5(shares × rate × (p × (1 − p))^exponent)`, in dollars floored to five decimals, per fill. The formula and the
/// floor reproduce 21 of 21 fees settled on chain in September 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// Millionths: `40_000` is a rate of 0.04.
    pub rate_ppm: u32,
    /// 1 on everything current; 2 on the fifteen-minute crypto markets of early 2026.
    pub exponent: u8,
}

/// Largest exponent accepted from the venue: keeps the integer arithmetic within `i128`.
pub const FEE_EXPONENT_MAX: u8 = 2;

impl FeeSchedule {
    /// No fee, as `feesEnabled: false` states.
    pub const FREE: Self = Self { rate_ppm: 0, exponent: 1 };

    /// A schedule with exponent 1.
    #[must_use]
    pub const fn linear(rate_ppm: u32) -> Self {
        Self { rate_ppm, exponent: 1 }
    }

    /// The fee of one fill. Exact in integers; a multiple of 0.00001 dollar.
    ///
    /// # Panics
    /// On an exponent above [`FEE_EXPONENT_MAX`], which the parser refuses.
    #[must_use]
    pub fn fee(&self, price: Price, shares: Shares) -> Usdc {
        assert!(self.exponent <= FEE_EXPONENT_MAX, "fee exponent above the supported maximum");
        let p = i128::from(price.e4());
        let variance_e8 = p * (i128::from(Price::SCALE) - p);
        let mut value = i128::from(shares.micros()) * i128::from(self.rate_ppm);
        let mut scale: i128 = 1_000_000;
        for _ in 0..self.exponent {
            value *= variance_e8;
            scale *= 100_000_000;
        }
        // Micro-dollars to units of 0.00001 dollar and back: the venue's floor.
        Usdc::from_micros(i64::try_from(value / (scale * 10) * 10).expect("fee overflow"))
    }

    /// The rate as a decimal text, `0.04`.
    #[must_use]
    pub fn rate_text(&self) -> String {
        Usdc::from_micros(i64::from(self.rate_ppm)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example() {
        // Buy 7.042251 shares at 0.71 under rate 0.05: 0.07249 dollars.
        let fee = FeeSchedule::linear(50_000).fee("0.71".parse().unwrap(), "7.042251".parse().unwrap());
        assert_eq!(fee, "0.07249".parse().unwrap());
    }

    #[test]
    fn nothing_at_the_ends_and_nothing_when_free() {
        let shares = Shares::whole(1_000_000);
        assert_eq!(FeeSchedule::linear(70_000).fee(Price::ZERO, shares), Usdc::ZERO);
        assert_eq!(FeeSchedule::linear(70_000).fee(Price::ONE, shares), Usdc::ZERO);
        assert_eq!(FeeSchedule::FREE.fee("0.5".parse().unwrap(), shares), Usdc::ZERO);
    }

    #[test]
    fn squared_schedule() {
        // 100 × 0.25 × 0.25² = 1.5625
        let schedule = FeeSchedule { rate_ppm: 250_000, exponent: 2 };
        assert_eq!(schedule.fee("0.5".parse().unwrap(), Shares::whole(100)), "1.5625".parse().unwrap());
    }
}
