//! The walk of ordinary books at about twice the speed: sizes in whole lots above zero, linear fees, at most [`LEVELS_MAX`] levels a
//! side.
//!
//! Books are merged by blocks of [`BLOCK`] levels instead of level by level. While the last levels of both present blocks are together
//! worth taking, so is every pair of levels before them, and the block that ends first is taken whole. The blocks around the limit are
//! then merged the same way, level by level. A block is priced when it is taken, so that the multiplications of one block run while the
//! next comparison waits for its sums, and which leg it belongs to is never a branch: that is anyone's guess. Sizes stay in
//! micro-shares until they are priced.
//!
//! The likely bound is the five 64-bit multiplications a level (lots, amount, rate, fee and its floor), of which a core begins one a
//! cycle; processor counters have not confirmed it. `cargo bench -p betty-tests --bench walk` on a loaded machine: 4.2 million mixed
//! walks per processor-second where the walk level by level made 2.2 million. The 6 million to reach have not been measured there.
//!
//! Whether the books were ordinary is seen while the levels are priced. If not, the answer is `None` and the general walk gives it.

use super::{FEE_STEP, LOT, Rate, SizeWalk, UNIT_PER_E4};
use betty_market::{Level, Price, Shares, Usdc};

/// Most levels a side: keeps every sum below within 64 bits.
const LEVELS_MAX: usize = 1_024;
/// Levels taken at once. Eight are a little faster where whole books are taken, but leave more to the walk level by level.
const BLOCK: usize = 4;
/// Highest rate in millionths: up to it the cost of a share with its fee rises with the price.
const RATE_PPM_MAX: u32 = 1_000_000;
/// Most lots at a level: 170 million shares, far beyond any book, and 1,024 such levels cost less than 2^58 micro-dollars.
const LOTS_MAX: u64 = 1 << 34;
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

/// Micro-shares of a block; wraps only for sizes that are refused when they are taken.
#[inline]
fn total<const N: usize>(block: &[Level; N]) -> u64 {
    block.iter().fold(0, |sum: u64, level| sum.wrapping_add(micros(level)))
}

/// Micro-shares of the block after the present one, 0 where there is none.
#[inline]
fn total_of_second<const N: usize>(rest: &[Level]) -> u64 {
    rest.get(N..).and_then(<[Level]>::first_chunk::<N>).map_or(0, total)
}

/// Micro-dollars without fee, and the floored fee in steps of 0.00001 dollar.
#[derive(Clone, Copy, Default)]
struct Bill {
    amount: u64,
    fee_steps: u64,
}

impl Bill {
    /// Wraps only for sizes that are refused.
    #[inline]
    fn add(&mut self, other: Self) {
        self.amount = self.amount.wrapping_add(other.amount);
        self.fee_steps = self.fee_steps.wrapping_add(other.fee_steps);
    }
}

/// One leg: the asks not yet taken, and what was paid for those that were.
struct Leg<'a> {
    rest: &'a [Level],
    /// Micro-shares taken: where the present level begins.
    begin: u64,
    bill: Bill,
    /// All `lots - 1` seen, or-ed: an empty level shows as one of 64 bits.
    bits: u64,
    /// Millionths.
    rate: u64,
    /// The rate at a price of nothing: `rate × (1 − p)` is `rate_at_0 − rate × p`.
    rate_at_0: u64,
}

impl<'a> Leg<'a> {
    fn of(asks: &'a [Level], rate: Rate) -> Option<Self> {
        let rate = u64::from(rate.linear.filter(|r| *r <= RATE_PPM_MAX && asks.len() <= LEVELS_MAX)?);
        let rate_at_0 = rate * u64::from(Price::SCALE);
        Some(Self { rest: asks, begin: 0, bill: Bill::default(), bits: 0, rate, rate_at_0 })
    }

    /// The cost of one share with its unrounded fee in [`super::UNIT`]s.
    #[inline]
    fn cost(&self, level: &Level) -> i64 {
        let p = u64::from(level.price.e4());
        (p * (UNIT_PER_E4 as u64 + self.rate_at_0 - self.rate * p)) as i64
    }

    #[inline]
    fn price(&self, level: &Level, lots: u64) -> Bill {
        let p = u64::from(level.price.e4());
        // A lot is 10,000 micro-shares and a price 1/10,000 dollar: their product is micro-dollars.
        let amount = p.wrapping_mul(lots);
        Bill { amount, fee_steps: amount.wrapping_mul(self.rate_at_0 - self.rate * p) / FEE_STEP }
    }

    #[inline]
    fn take<const N: usize>(&mut self, block: &[Level; N]) {
        let (mut bill, mut bits) = (Bill::default(), 0);
        for level in block {
            let lots = exact_lots(micros(level));
            bits |= lots.wrapping_sub(1);
            bill.add(self.price(level, lots));
        }
        self.bill.add(bill);
        self.bits |= bits;
    }

    /// Takes the levels, and the part of the last one, that are missing up to `end`; says whether that emptied the book, or `None`
    /// where the book holds less.
    #[inline]
    fn take_until(&mut self, end: u64) -> Option<bool> {
        let mut part = end.wrapping_sub(self.begin);
        while let Some((level, rest)) = self.rest.split_first_chunk::<1>()
            && part >= total(level)
        {
            self.take(level);
            part -= total(level);
            self.rest = rest;
        }
        let Some((level, rest)) = self.rest.split_first() else { return (part == 0).then_some(true) };
        self.bits |= exact_lots(micros(level)).wrapping_sub(1);
        self.bill.add(self.price(level, exact_lots(part)));
        if part > 0 {
            self.rest = rest;
        }
        Some(false)
    }

    /// Whether every size seen is a plain number of lots above zero whose fee was counted in 64 bits.
    #[inline]
    fn is_ordinary(&self) -> bool {
        self.bits < LOTS_MAX && (self.bits + 1).checked_mul(self.rate * VARIANCE_MAX).is_some()
    }

    fn amount(&self) -> Usdc {
        Usdc::from_micros(self.bill.amount as i64)
    }

    fn fee(&self) -> Usdc {
        Usdc::from_micros((self.bill.fee_steps * 10) as i64)
    }
}

/// See [`super::largest_common_size`]; `None` for what only the general walk can do.
pub(super) fn walk(asks_a: &[Level], rate_a: Rate, asks_b: &[Level], rate_b: Rate, limit: i64) -> Option<SizeWalk> {
    let mut legs = [Leg::of(asks_a, rate_a)?, Leg::of(asks_b, rate_b)?];
    take_blocks::<BLOCK>(&mut legs, limit);
    let stopped = take_blocks::<1>(&mut legs, limit);
    let [a, b] = &mut legs;
    // The walk ends where the later of the present levels begins.
    let end = a.begin.max(b.begin);
    let (empty_a, empty_b) = (a.take_until(end)?, b.take_until(end)?);
    (a.is_ordinary() && b.is_ordinary()).then(|| SizeWalk {
        shares: Shares::from_micros(end as i64),
        amount_a: a.amount(),
        fee_a: a.fee(),
        amount_b: b.amount(),
        fee_b: b.fee(),
        levels_a: asks_a.len() - a.rest.len(),
        levels_b: asks_b.len() - b.rest.len(),
        ended_by_edge: stopped && !empty_a && !empty_b,
    })
}

/// Takes blocks of `N` levels in the order in which they end, while the last levels of the present blocks cost at most `limit`
/// together. True when they cost more, false when a leg has no whole block left.
///
/// A block is taken only up to where the other leg's present block ends, so the bound covers every pair of levels passed. A size that
/// is not ordinary can spoil that order, but only if it is taken itself, here or by [`Leg::take_until`], which refuses the books.
#[inline]
fn take_blocks<const N: usize>(legs: &mut [Leg<'_>; 2], limit: i64) -> bool {
    let [a, b] = &*legs;
    let (Some(block_a), Some(block_b)) = (a.rest.first_chunk::<N>(), b.rest.first_chunk::<N>()) else { return false };
    let mut costs = [a.cost(&block_a[N - 1]), b.cost(&block_b[N - 1])];
    // Where the present blocks end, and what the ones behind them hold: summed a step ahead, so that no comparison waits for memory.
    let (mut end_a, mut end_b) = (a.begin.wrapping_add(total(block_a)), b.begin.wrapping_add(total(block_b)));
    let (mut next_a, mut next_b) = (total_of_second::<N>(a.rest), total_of_second::<N>(b.rest));
    loop {
        if costs[0] + costs[1] > limit {
            return true;
        }
        // The sign of the difference, 1 when the second leg's block ends first, and the same as a mask: numbers, not a condition,
        // because the compiler turns an index made of a condition into a branch.
        let first = end_b.wrapping_sub(end_a) >> 63;
        let mask = first.wrapping_neg();
        let begin = end_a.min(end_b);
        end_a = end_a.wrapping_add(next_a & !mask);
        end_b = end_b.wrapping_add(next_b & mask);
        let leg = &mut legs[first as usize];
        let Some((block, rest)) = leg.rest.split_first_chunk::<N>() else { return false };
        leg.take(block);
        leg.rest = rest;
        leg.begin = begin;
        let Some(present) = rest.first_chunk::<N>() else { return false };
        costs[first as usize] = leg.cost(&present[N - 1]);
        let next = total_of_second::<N>(rest);
        next_a = (next_a & mask) | (next & !mask);
        next_b = (next_b & !mask) | (next & mask);
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

    /// A die for tests: the xorshift of 64 bits.
    struct Die(u64);

    impl Die {
        fn below(&mut self, n: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % n
        }

        /// A book of up to 30 levels, prices rising or level, from the whole range; `odd` sizes in a hundred are not ordinary.
        /// Sizes from a small range make both legs end levels and blocks together.
        fn book(&mut self, odd: u64) -> Vec<Level> {
            let (levels, most, step) =
                (self.below(31), [2, 8, 300, 1 << 30][self.below(4) as usize], 1 + self.below(150));
            let best = [100, 4_000, 9_999][self.below(3) as usize];
            let mut e4 = 1 + self.below(best);
            let level = |_| {
                e4 = (e4 + self.below(step)).min(9_999);
                let odd_sizes = [0, -LOT, LOT - 1, LOT + 1, 15_000, i64::MAX, i64::MIN, LOT << 34, LOT << 40];
                let size = if self.below(100) < odd {
                    odd_sizes[self.below(odd_sizes.len() as u64) as usize]
                } else {
                    (1 + self.below(most) as i64) * LOT
                };
                Level { price: Price::from_e4(e4 as u16).unwrap(), size: Shares::from_micros(size) }
            };
            (0..levels).map(level).collect()
        }
    }

    /// Where this walk answers, it answers as the general one, and it answers for ordinary books: 300,000 pairs of books.
    #[test]
    fn equals_the_general_walk_on_ordinary_and_odd_books() {
        let mut die = Die(0x9E37_79B9_7F4A_7C15);
        let (mut inside, mut together, mut emptied, mut deep, mut odd_answers, mut refusals) = (0, 0, 0, 0, 0, 0);
        for _ in 0..300_000 {
            let odd = [0, 1, 20][die.below(3) as usize];
            let (a, b) = (die.book(odd), die.book(odd));
            let mut rate = || Rate::of(FeeSchedule::linear([0, 40_000, 77_777, 1_000_000][die.below(4) as usize]));
            let (ra, rb) = (rate(), rate());
            // A limit some pair of levels meets exactly or misses by one unit, or that of an edge; payoffs from nothing to two dollars.
            let limit = match (a.get(die.below(30) as usize), b.get(die.below(30) as usize)) {
                (Some(x), Some(y)) => ra.unit_cost(x.price) + rb.unit_cost(y.price) - die.below(2) as i64,
                _ => unit_limit(Usdc::from_micros(die.below(2_000_001) as i64), die.below(50_000) as i64),
            };
            let (fast, general) = (walk(&a, ra, &b, rb, limit), general(&a, ra, &b, rb, limit));
            let Some(fast) = fast else {
                // Refused only for a size that is not ordinary, or one whose fee takes more than 64 bits.
                let lots_max = u64::MAX / (1_000_000 * VARIANCE_MAX) / 2;
                let all = a.iter().chain(&b).map(|l| l.size.micros());
                let plain = all.clone().all(|m| m > 0 && m % LOT == 0 && (m / LOT) as u64 <= lots_max);
                assert!(!plain, "{a:?} {b:?}");
                refusals += 1;
                continue;
            };
            assert_eq!(fast, general, "{limit}: {a:?} {b:?}");
            // Levels of both legs that end at the size found.
            let ends = |side: &[Level]| {
                let mut sum = 0;
                side.iter().any(|l| {
                    sum += exact_lots_or_0(l);
                    sum * LOT == fast.shares.micros()
                })
            };
            inside += i32::from(fast.ended_by_edge && fast.shares.is_positive());
            together += i32::from(fast.shares.is_positive() && ends(&a) && ends(&b));
            emptied += i32::from(!fast.ended_by_edge && fast.shares.is_positive());
            deep += i32::from(fast.levels_a.min(fast.levels_b) > 2 * BLOCK);
            odd_answers += i32::from(odd > 0);
        }
        for seen in [inside, together, emptied, deep, odd_answers, refusals] {
            assert!(seen > 10_000, "{:?}", (inside, together, emptied, deep, odd_answers, refusals));
        }
    }

    /// Whole lots, 0 for sizes that are none.
    fn exact_lots_or_0(level: &Level) -> i64 {
        level.size.micros().clamp(0, LOT << 40) / LOT
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
