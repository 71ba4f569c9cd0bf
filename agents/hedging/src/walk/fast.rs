//! The walk of ordinary books at twice the speed: sizes in whole lots above zero, linear fees, at most [`LEVELS_MAX`] levels a side.
//!
//! Three things make it fast. Both books are merged in micro-shares, without turning any size into lots on the way. The next size of
//! each side is loaded before it is known which side is exhausted, so a step waits for no memory. And costs, which only rise, are
//! looked at once in [`BLOCK`] steps; the block that crosses the limit is walked again step by step.
//!
//! Whether the books were ordinary is seen while the levels are priced. If not, the answer is `None` and the general walk gives it.

use super::{FEE_STEP, LOT, Rate, SizeWalk, UNIT_PER_E4};
use betty_market::{Level, Price, Shares, Usdc};

/// Most levels a side: keeps every sum below within 64 bits.
const LEVELS_MAX: usize = 1_024;
/// Steps between looks at the cost. Four and eight measure the same, longer blocks repeat more.
const BLOCK: usize = 8;
/// Highest rate in millionths: up to it the cost of a share with its fee rises with the price.
const RATE_PPM_MAX: u32 = 1_000_000;
/// Most bits of a level's lots: 170 million shares, far beyond any book, and 1,024 such levels cost less than 2^58 micro-dollars.
const LOT_BITS_MAX: u32 = 34;
/// The largest `price × (1 − price)` in 1e-8.
const VARIANCE_MAX: u64 = 25_000_000;
/// The inverse of 625 modulo 2^64. A lot is 625 × 2^4 micro-shares: multiplying by this and rotating by four divides exactly, and
/// yields more than 50 bits for whatever is not a multiple of a lot.
const INVERSE_625: u64 = inverse(625);
const _: () = assert!(LOT == 625 << 4 && INVERSE_625.wrapping_mul(625) == 1);

/// The inverse of an odd number modulo 2^64: each step of Newton's method doubles the right bits, beginning with three.
const fn inverse(odd: u64) -> u64 {
    let (mut x, mut step) = (odd, 0);
    while step < 5 {
        x = x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x)));
        step += 1;
    }
    x
}

/// One leg: its asks, and `cost(p) = p × (base − rate × p)` in [`super::UNIT`]s.
struct Side<'a> {
    asks: &'a [Level],
    rate_ppm: u32,
    rate: i64,
    base: i64,
}

impl<'a> Side<'a> {
    fn of(asks: &'a [Level], rate: Rate) -> Option<Self> {
        let rate_ppm = rate.linear.filter(|r| *r <= RATE_PPM_MAX && asks.len() <= LEVELS_MAX)?;
        let rate = i64::from(rate_ppm);
        Some(Self { asks, rate_ppm, rate, base: UNIT_PER_E4 + rate * i64::from(Price::SCALE) })
    }

    /// The cost of one share with its unrounded fee.
    #[inline]
    fn cost(&self, level: &Level) -> i64 {
        let p = i64::from(level.price.e4());
        p * (self.base - self.rate * p)
    }

    /// Micro-shares at a level, none past the end.
    #[inline]
    fn size(&self, at: usize) -> u64 {
        self.asks.get(at).map_or(0, micros)
    }

    /// Amount, fee and levels touched of the first `full` levels and `part` micro-shares of the next; `None` where a size up to and
    /// with that next level is no plain number of lots above zero.
    #[inline]
    fn price(&self, full: usize, part: u64) -> Option<(Usdc, Usdc, usize)> {
        let (mut amount, mut fee_steps) = (0_u64, 0_u64);
        // Less one: an empty level shows as one of 64 bits, and `lots` is at most 2 to the bits of `lots - 1`.
        let mut bits = self.asks.get(full).map_or(0, |l| exact_lots(micros(l)).wrapping_sub(1));
        let mut fill = |level: &Level, micros: u64| {
            let (p, lots) = (u64::from(level.price.e4()), exact_lots(micros));
            bits |= lots.wrapping_sub(1);
            // Wraps only for sizes that are refused below.
            amount = amount.wrapping_add(p.wrapping_mul(lots));
            let per_lot = u64::from(self.rate_ppm) * (p * (u64::from(Price::SCALE) - p));
            fee_steps = fee_steps.wrapping_add(per_lot.wrapping_mul(lots) / FEE_STEP);
        };
        let (before, after) = self.asks.split_at_checked(full)?;
        for level in before {
            fill(level, micros(level));
        }
        let mut touched = full;
        if let (Some(level), true) = (after.first(), part > 0) {
            fill(level, part);
            touched += 1;
        }
        let lot_bits = u64::BITS - bits.leading_zeros();
        let per_lot_bits = u64::BITS - (u64::from(self.rate_ppm) * VARIANCE_MAX).leading_zeros();
        let ordinary = lot_bits <= LOT_BITS_MAX && lot_bits + per_lot_bits <= u64::BITS;
        ordinary.then(|| (Usdc::from_micros(amount as i64), Usdc::from_micros((fee_steps * 10) as i64), touched))
    }
}

/// Micro-shares at a level; a negative size becomes a huge one, which is not ordinary.
#[inline]
fn micros(level: &Level) -> u64 {
    level.size.micros() as u64
}

/// Micro-shares as lots, or a number of more than 50 bits where they are not whole lots.
#[inline]
const fn exact_lots(micros: u64) -> u64 {
    micros.wrapping_mul(INVERSE_625).rotate_right(4)
}

/// `value` when `yes`, else 0, without a branch: which side is exhausted is anyone's guess.
#[inline]
const fn only_if(yes: bool, value: u64) -> u64 {
    (yes as u64).wrapping_neg() & value
}

/// Where a merge stands: the level of each side, and micro-shares of each side up to and with that level.
#[derive(Clone, Copy)]
struct At {
    i: usize,
    j: usize,
    sum_a: u64,
    sum_b: u64,
}

impl At {
    /// Past the level that is exhausted first, or both; the sizes of the next levels are given.
    #[inline]
    fn next(&mut self, next_a: u64, next_b: u64) {
        let (a, b) = (self.sum_a <= self.sum_b, self.sum_b <= self.sum_a);
        // Wraps only for sizes that are refused when they are priced.
        self.sum_a = self.sum_a.wrapping_add(only_if(a, next_a));
        self.sum_b = self.sum_b.wrapping_add(only_if(b, next_b));
        self.i += usize::from(a);
        self.j += usize::from(b);
    }
}

/// See [`super::largest_common_size`]; `None` for what only the general walk can do.
#[inline]
pub(super) fn walk(asks_a: &[Level], rate_a: Rate, asks_b: &[Level], rate_b: Rate, limit: i64) -> Option<SizeWalk> {
    let (a, b) = (Side::of(asks_a, rate_a)?, Side::of(asks_b, rate_b)?);
    let mut at = At { i: 0, j: 0, sum_a: a.size(0), sum_b: b.size(0) };
    skip_blocks(&a, &b, limit, &mut at);
    let mut ended_by_edge = false;
    while let (Some(x), Some(y)) = (a.asks.get(at.i), b.asks.get(at.j)) {
        if a.cost(x) + b.cost(y) > limit {
            ended_by_edge = true;
            break;
        }
        at.next(a.size(at.i + 1), b.size(at.j + 1));
    }
    // Where the present level of each side begins; the walk ends at the later one.
    let begin_a = at.sum_a.wrapping_sub(a.size(at.i));
    let begin_b = at.sum_b.wrapping_sub(b.size(at.j));
    let end = begin_a.max(begin_b);
    let (amount_a, fee_a, levels_a) = a.price(at.i, end - begin_a)?;
    let (amount_b, fee_b, levels_b) = b.price(at.j, end - begin_b)?;
    let shares = Shares::from_micros(end as i64);
    Some(SizeWalk { shares, amount_a, fee_a, amount_b, fee_b, levels_a, levels_b, ended_by_edge })
}

/// Goes on by whole blocks while the pair of levels at the end of the block is still worth taking, and so all before it.
#[inline]
fn skip_blocks(a: &Side<'_>, b: &Side<'_>, limit: i64, at: &mut At) {
    // Chunks of a fixed length, and remainders that never bind: the compiler sees that no index is out of range.
    while let (Some(chunk_a), Some(chunk_b)) = (
        a.asks.get(at.i..).and_then(<[Level]>::first_chunk::<{ BLOCK + 1 }>),
        b.asks.get(at.j..).and_then(<[Level]>::first_chunk::<{ BLOCK + 1 }>),
    ) {
        let mut ahead = At { i: 0, j: 0, ..*at };
        for _ in 0..BLOCK {
            ahead.next(micros(&chunk_a[ahead.i % BLOCK + 1]), micros(&chunk_b[ahead.j % BLOCK + 1]));
        }
        if a.cost(&chunk_a[ahead.i.min(BLOCK)]) + b.cost(&chunk_b[ahead.j.min(BLOCK)]) > limit {
            return;
        }
        *at = At { i: at.i + ahead.i, j: at.j + ahead.j, ..ahead };
    }
}

#[cfg(test)]
mod tests {
    use super::super::{general, unit_limit};
    use super::*;
    use betty_market::FeeSchedule;
    use proptest::prelude::*;

    #[test]
    fn lots_are_divided_exactly() {
        for lots in [0, 1, 2, 625, 9_999, 10_000, 1_u64 << 34] {
            assert_eq!(exact_lots(lots * 10_000), lots);
        }
        for micros in [1, 16, 625, 9_999, 10_001, 20_008, u64::MAX] {
            assert!(exact_lots(micros) >> 50 > 0, "{micros} is not whole lots");
        }
    }

    /// Rising prices; sizes in lots, some with dust, some empty, some huge or negative: whatever a caller can write down.
    fn levels() -> impl Strategy<Value = Vec<Level>> {
        let size = prop_oneof![
            60 => (1_i64..=300).prop_map(|lots| lots * LOT),
            1 => 0_i64..30_000,
            1 => prop_oneof![Just(0), Just(-LOT), Just(i64::MAX), Just(i64::MIN), Just(LOT << 40)],
        ];
        (prop::collection::vec((1_u16..=60, size), 0..40), 1_000_u16..4_500).prop_map(|(raw, mut e4)| {
            let level = |(step, micros)| {
                e4 += step;
                Level { price: Price::from_e4(e4).unwrap(), size: Shares::from_micros(micros) }
            };
            raw.into_iter().map(level).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Where this walk answers, it answers as the general one; where every size is whole lots, it answers.
        #[test]
        fn agrees_with_the_general_walk(
            a in levels(), b in levels(), rate_a in 0_u32..=1_000_000, rate_b in 0_u32..=80_000, edge in 0_i64..400_000,
        ) {
            let (ra, rb) = (Rate::of(FeeSchedule::linear(rate_a)), Rate::of(FeeSchedule::linear(rate_b)));
            let limit = unit_limit(Usdc::whole(1), edge);
            let ordinary = a.iter().chain(&b).all(|l| (1..=300 * LOT).contains(&l.size.micros()) && l.size.micros() % LOT == 0);
            let fast = walk(&a, ra, &b, rb, limit);
            prop_assert!(fast.is_some() || !ordinary);
            if let Some(fast) = fast {
                prop_assert_eq!(fast, general(&a, ra, &b, rb, limit));
            }
        }
    }

    #[test]
    fn leaves_the_extraordinary_to_the_general_walk() {
        let level = |e4, micros| Level { price: Price::from_e4(e4).unwrap(), size: Shares::from_micros(micros) };
        let (free, limit) = (Rate::of(FeeSchedule::FREE), unit_limit(Usdc::whole(1), 0));
        let plain = [level(4_000, LOT)];
        assert!(walk(&plain, free, &plain, free, limit).is_some());
        for odd in [0, LOT + 1, LOT - 1, -LOT, LOT << 35] {
            assert_eq!(walk(&[level(4_000, odd)], free, &plain, free, limit), None, "{odd} micro-shares");
        }
        let long = vec![level(4_000, LOT); LEVELS_MAX + 1];
        assert_eq!(walk(&plain, free, &long, free, limit), None);
        for fee in [FeeSchedule { rate_ppm: 10, exponent: 2 }, FeeSchedule::linear(RATE_PPM_MAX + 1)] {
            assert_eq!(walk(&plain, Rate::of(fee), &plain, free, limit), None);
        }
    }
}
