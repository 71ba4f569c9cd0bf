//! The taker fee of a fill, exactly as [`FeeSchedule::fee`] says, in 64 bits where they suffice.

use betty_market::{FeeSchedule, Price, Shares, Usdc};

/// Highest rate accepted, millionths: at a rate of 1 a seller's fee reaches the proceeds. The venue caps its fee far below.
pub const FEE_RATE_PPM_MAX: u32 = 1_000_000;

/// Lots × ppm × variance (1e-8) in one unit of 0.00001 dollar: `1e-2 × 1e-6 × 1e-8 = 1e-16`, so 1e11 of them.
const PER_FEE_UNIT: u64 = 100_000_000_000;
/// Micro-dollars in the unit a fee is floored to.
const FEE_UNIT_MICROS: i64 = 10;

/// The fee in micro-dollars of `lots` (0.01 share each) at `price_e4`.
#[allow(clippy::cast_sign_loss)]
pub(super) fn fee_micros(schedule: FeeSchedule, price_e4: u16, lots: i64) -> i64 {
    if schedule.rate_ppm == 0 {
        return 0;
    }
    if schedule.exponent == 1 {
        let p = u64::from(price_e4);
        let weight = u64::from(schedule.rate_ppm) * (p * (u64::from(Price::SCALE) - p));
        if let Some(value) = (lots as u64).checked_mul(weight) {
            return (value / PER_FEE_UNIT) as i64 * FEE_UNIT_MICROS;
        }
    }
    let shares = Shares::from_micros(lots * Shares::LOT.micros());
    schedule.fee(Price::from_e4(price_e4).unwrap_or(Price::ONE), shares).micros()
}

/// The most the fees of buying `lots` at or below `limit_e4` can come to, however the fills fall.
///
/// `p(1 − p)` peaks at one half, and floors of parts never exceed the floor of the whole.
pub(super) fn fee_micros_max(schedule: FeeSchedule, limit_e4: u16, lots: i64) -> i64 {
    fee_micros(schedule, limit_e4.min(Price::SCALE / 2), lots)
}

/// The most the fees of spending `spend` micro-dollars can come to: `rate × (1 − p) ≤ rate` of each dollar.
pub(super) fn fee_micros_max_of_spend(schedule: FeeSchedule, spend: i64) -> i64 {
    crate::units::part_ceil(Usdc::from_micros(spend), i64::from(schedule.rate_ppm)).micros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_schedule(
            rate in 0_u32..=FEE_RATE_PPM_MAX, exponent in 0_u8..=2, e4 in 0_u16..=10_000,
            lots in prop_oneof![0_i64..100_000, 0_i64..=100_000_000_000],
        ) {
            let schedule = FeeSchedule { rate_ppm: rate, exponent };
            let exact = schedule.fee(Price::from_e4(e4).unwrap(), Shares::from_micros(lots * 10_000)).micros();
            prop_assert_eq!(fee_micros(schedule, e4, lots), exact);
        }

        #[test]
        fn the_bound_holds_for_any_split(
            rate in 0_u32..=FEE_RATE_PPM_MAX, exponent in 1_u8..=2, limit in 1_u16..10_000,
            fills in prop::collection::vec((1_i64..50_000, 0_u16..10_000), 1..8),
        ) {
            let schedule = FeeSchedule { rate_ppm: rate, exponent };
            let (mut fees, mut lots, mut spent) = (0, 0, 0);
            for (part, below) in fills {
                let e4 = limit - below % limit;
                fees += fee_micros(schedule, e4, part);
                lots += part;
                spent += part * i64::from(e4);
            }
            prop_assert!(fees <= fee_micros_max(schedule, limit, lots));
            prop_assert!(fees <= fee_micros_max_of_spend(schedule, spent));
        }
    }
}
