//! The hot path: walking the asks of two books at equal shares, once, in integers, without allocating.
//!
//! Ordinary books take the walk in `fast`, everything else the one here.

mod fast;

use betty_market::{FeeSchedule, Level, Price, Shares, Usdc};

/// Units of the internal per-share cost in one dollar: price (1e-4) times fee rate (1e-6) times its variance (1e-8)
/// meet at 1e-14, so the cost of a share with its fee is exact for schedules of exponent 1.
const UNIT: i64 = 100_000_000_000_000;
/// `UNIT` per ten-thousandth of a dollar.
const UNIT_PER_E4: i64 = UNIT / Price::SCALE as i64;
/// Micro-shares in one lot of 0.01 share, the venue's size step.
const LOT: i64 = Shares::LOT.micros();
/// Units in a micro-dollar.
const UNIT_PER_MICRO: i64 = UNIT / 1_000_000;
/// Lots × rate × variance per 0.00001 dollar of fee: 1e2 lots a share, 1e6, 1e8 and 1e-5.
const FEE_STEP: u64 = 100_000_000_000;

/// What a walk of both legs came to. Amounts are exact to the micro-dollar for whole lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SizeWalk {
    /// Common size in shares, whole lots.
    pub shares: Shares,
    /// Dollars for the first leg, without fee.
    pub amount_a: Usdc,
    /// Fee of the first leg, floored per level.
    pub fee_a: Usdc,
    /// Dollars for the second leg, without fee.
    pub amount_b: Usdc,
    /// Fee of the second leg, floored per level.
    pub fee_b: Usdc,
    /// Levels of the first leg that were touched.
    pub levels_a: usize,
    /// Levels of the second leg that were touched.
    pub levels_b: usize,
    /// True when the walk ended because the next pair of levels earns too little, false when a book ran out.
    pub ended_by_edge: bool,
}

impl SizeWalk {
    /// Everything paid: amounts and fees of both legs.
    #[must_use]
    pub fn cost(&self) -> Usdc {
        self.amount_a + self.fee_a + self.amount_b + self.fee_b
    }
}

/// The fee rate as the hot path uses it.
#[derive(Clone, Copy)]
struct Rate {
    fee: FeeSchedule,
    /// The rate in millionths where the exponent is 1, else `None`.
    linear: Option<u32>,
}

impl Rate {
    const fn of(fee: FeeSchedule) -> Self {
        Self { fee, linear: if fee.exponent == 1 { Some(fee.rate_ppm) } else { None } }
    }

    /// The cost of one share with its unrounded fee, in [`UNIT`]s, rounded up where the exponent is not 1.
    #[inline]
    fn unit_cost(self, price: Price) -> i64 {
        let p = i64::from(price.e4());
        let variance = p * (i64::from(Price::SCALE) - p);
        p * UNIT_PER_E4
            + self.linear.map_or_else(|| unit_fee_general(variance, self.fee), |rate| i64::from(rate) * variance)
    }

    /// The floored fee of one fill in micro-dollars, the same as [`FeeSchedule::fee`] for whole lots.
    #[inline]
    fn fill_fee(self, price: Price, lots: i64) -> i64 {
        let p = u64::from(price.e4());
        if let Some(rate) = self.linear
            && let (value, false) = (u64::from(rate) * (p * (u64::from(Price::SCALE) - p))).overflowing_mul(lots as u64)
        {
            return (value / FEE_STEP * 10) as i64;
        }
        self.fee.fee(price, Shares::from_micros(lots.saturating_mul(LOT))).micros()
    }
}

#[cold]
fn unit_fee_general(variance: i64, fee: FeeSchedule) -> i64 {
    let mut value = i128::from(fee.rate_ppm) * 100_000_000;
    for _ in 0..fee.exponent {
        value = (value * i128::from(variance) + 99_999_999) / 100_000_000;
    }
    i64::try_from(value).unwrap_or(UNIT)
}

/// Whole lots resting at a level.
#[inline]
fn lots_at(level: &Level) -> i64 {
    level.size.micros().max(0) / LOT
}

/// What the first `lots` of a side cost: amount and fees in micro-dollars, and the levels touched.
#[inline]
fn take(levels: &[Level], rate: Rate, lots: i64) -> (i64, i64, usize) {
    let (mut amount, mut fees, mut left, mut touched) = (0_i64, 0_i64, lots, 0);
    for level in levels {
        if left <= 0 {
            break;
        }
        let part = lots_at(level).min(left);
        left -= part;
        // A lot is 10,000 micro-shares and a price 1/10,000 dollar: their product is micro-dollars.
        amount = amount.saturating_add(part.saturating_mul(i64::from(level.price.e4())));
        fees = fees.saturating_add(rate.fill_fee(level.price, part));
        touched += 1;
    }
    (amount, fees, touched)
}

/// The largest common size whose marginal pair of shares still earns at least `min_edge_ppm` per dollar spent, and what
/// that size costs. A pair that earns nothing is never taken, whatever the minimum.
///
/// Asks must stand best first, as [`betty_market::Book`] keeps them. With `min_edge_ppm` 0 the size is the one that
/// maximises profit: the cost of a share with its fee rises with its price, so the marginal edge only falls along the
/// walk. The per-fill floor of the fee can hide at most 0.00001 dollar a level from that statement.
///
/// Sizes below a lot (0.01 share) at a level are left out. Amounts saturate instead of overflowing.
#[must_use]
pub fn largest_common_size(
    asks_a: &[Level],
    fee_a: FeeSchedule,
    asks_b: &[Level],
    fee_b: FeeSchedule,
    payoff_per_share: Usdc,
    min_edge_ppm: i64,
) -> SizeWalk {
    let limit = unit_limit(payoff_per_share, min_edge_ppm);
    let (rate_a, rate_b) = (Rate::of(fee_a), Rate::of(fee_b));
    fast::walk(asks_a, rate_a, asks_b, rate_b, limit).unwrap_or_else(|| general(asks_a, rate_a, asks_b, rate_b, limit))
}

/// The walk for whatever the books hold: sizes with dust below a lot, fees of another exponent, amounts that saturate.
fn general(asks_a: &[Level], rate_a: Rate, asks_b: &[Level], rate_b: Rate, limit: i64) -> SizeWalk {
    let (lots, ended_by_edge) = common_lots((asks_a, rate_a), (asks_b, rate_b), limit);
    let (amount_a, fees_a, levels_a) = take(asks_a, rate_a, lots);
    let (amount_b, fees_b, levels_b) = take(asks_b, rate_b, lots);
    SizeWalk {
        shares: Shares::from_micros(lots.saturating_mul(LOT)),
        amount_a: Usdc::from_micros(amount_a),
        fee_a: Usdc::from_micros(fees_a),
        amount_b: Usdc::from_micros(amount_b),
        fee_b: Usdc::from_micros(fees_b),
        levels_a,
        levels_b,
        ended_by_edge,
    }
}

/// Merges both sides: the lots up to the first pair of levels that costs more than `limit`, and whether one did.
#[inline]
fn common_lots((a, rate_a): (&[Level], Rate), (b, rate_b): (&[Level], Rate), limit: i64) -> (i64, bool) {
    let (mut i, mut j, mut lots) = (0, 0, 0_i64);
    // Lots of each side up to and with the present level.
    let (mut sum_a, mut sum_b) = (a.first().map_or(0, lots_at), b.first().map_or(0, lots_at));
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if rate_a.unit_cost(x.price) + rate_b.unit_cost(y.price) > limit {
            return (lots, true);
        }
        lots = sum_a.min(sum_b);
        // Both may be exhausted at once. Written without branches: which side it is, is anyone's guess.
        let (next_a, next_b) = (usize::from(sum_a == lots), usize::from(sum_b == lots));
        i += next_a;
        j += next_b;
        sum_a = sum_a.saturating_add(a.get(i).map_or(0, lots_at) * next_a as i64);
        sum_b = sum_b.saturating_add(b.get(j).map_or(0, lots_at) * next_b as i64);
    }
    (lots, false)
}

/// The most a pair of shares may cost, in [`UNIT`]s: `payoff / (1 + edge)` rounded down, and always below the payoff.
fn unit_limit(payoff: Usdc, min_edge_ppm: i64) -> i64 {
    let spend = min_edge_ppm.max(0).saturating_add(1_000_000);
    let units = i128::from(payoff.micros()) * i128::from(UNIT_PER_MICRO);
    if let (Ok(units), Ok(spend)) = (i64::try_from(units), u32::try_from(spend))
        && units >= 0
    {
        // Two divisions of 64 bits take a fraction of the time of one of 128: units = whole × spend + rest.
        let spend = i64::from(spend);
        let (whole, rest) = (units / spend, units % spend);
        return (whole * 1_000_000 + rest * 1_000_000 / spend).min(units - 1);
    }
    let limit = units * 1_000_000 / i128::from(spend);
    i64::try_from(limit.min(units - 1)).unwrap_or(if units > 0 { i64::MAX } else { i64::MIN })
}

/// The cost of one share of each leg at the best asks: `(without fee, with fee)` in units of 1e-14 dollar.
pub(crate) fn best_pair_cost(a: Level, fee_a: FeeSchedule, b: Level, fee_b: FeeSchedule) -> (i64, i64) {
    let bare = (i64::from(a.price.e4()) + i64::from(b.price.e4())) * UNIT_PER_E4;
    (bare, Rate::of(fee_a).unit_cost(a.price) + Rate::of(fee_b).unit_cost(b.price))
}

/// A dollar amount in units of 1e-14 dollar, saturating.
pub(crate) fn in_units(amount: Usdc) -> i64 {
    amount.micros().saturating_mul(UNIT_PER_MICRO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::{Book, BookSide, Depth, Timestamp, TokenId};
    use proptest::prelude::*;

    fn level(e4: u16, shares: i64) -> Level {
        Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(shares) }
    }

    fn book(levels: &[Level]) -> Book {
        Book::from_levels(TokenId::new("1").unwrap(), Timestamp::default(), Depth::Full, [], levels.iter().copied())
    }

    /// The worked example of the method: fee rate 4%, A implies B.
    #[test]
    fn worked_example_to_the_cent() {
        let fee = FeeSchedule::linear(40_000);
        let no_a = [level(7_100, 80), level(7_200, 300)];
        let yes_b = [level(2_600, 120), level(2_750, 200)];
        let walk = largest_common_size(&no_a, fee, &yes_b, fee, Usdc::whole(1), 0);
        assert_eq!(walk.shares, Shares::whole(120));
        // 80·0.71 + 40·0.72 = 85.60 and 120·0.26 = 31.20; fees 0.65888 + 0.32256 and 0.92352.
        assert_eq!(walk.amount_a, "85.60".parse().unwrap());
        assert_eq!(walk.fee_a, "0.98144".parse().unwrap());
        assert_eq!(walk.amount_b, "31.20".parse().unwrap());
        assert_eq!(walk.fee_b, "0.92352".parse().unwrap());
        assert_eq!(walk.cost().cents(), "118.70");
        assert_eq!((walk.shares.at_par() - walk.cost()).micros(), 1_295_040);
        assert!(walk.ended_by_edge);
    }

    #[test]
    fn a_minimum_edge_stops_earlier() {
        // First pair costs 0.985932 (edge 1.4269%), second 0.99576 (edge 0.4258%).
        let fee = FeeSchedule::linear(40_000);
        let a = [level(7_100, 80), level(7_200, 300)];
        let b = [level(2_600, 120), level(2_750, 200)];
        let size = |edge| largest_common_size(&a, fee, &b, fee, Usdc::whole(1), edge).shares;
        assert_eq!(size(4_258), Shares::whole(120));
        assert_eq!(size(4_259), Shares::whole(80));
        assert_eq!(size(14_268), Shares::whole(80));
        assert_eq!(size(14_269), Shares::ZERO);
    }

    #[test]
    fn nothing_is_taken_for_nothing() {
        let a = [level(5_000, 10)];
        let b = [level(5_000, 10)];
        let walk = largest_common_size(&a, FeeSchedule::FREE, &b, FeeSchedule::FREE, Usdc::whole(1), 0);
        assert_eq!(walk, SizeWalk { ended_by_edge: true, ..SizeWalk::default() });
        let empty = largest_common_size(&a, FeeSchedule::FREE, &[], FeeSchedule::FREE, Usdc::whole(1), 0);
        assert_eq!(empty, SizeWalk::default());
    }

    fn levels() -> impl Strategy<Value = Vec<Level>> {
        prop::collection::vec((1_u16..=9_999, 1_i64..=400), 0..6).prop_map(|raw| {
            let levels: Vec<Level> = raw
                .into_iter()
                .map(|(p, lots)| Level { price: Price::from_e4(p).unwrap(), size: Shares::from_micros(lots * LOT) })
                .collect();
            book(&levels).levels(BookSide::Ask).to_vec()
        })
    }

    fn fee() -> impl Strategy<Value = FeeSchedule> {
        prop_oneof![
            (0_u32..=80_000).prop_map(FeeSchedule::linear),
            (0_u32..=250_000).prop_map(|rate_ppm| FeeSchedule { rate_ppm, exponent: 2 }),
        ]
    }

    proptest! {
        /// Every size on small books, priced by the book's own walk, against the answer.
        #[test]
        fn agrees_with_brute_force(a in levels(), b in levels(), fee_a in fee(), fee_b in fee()) {
            let walk = largest_common_size(&a, fee_a, &b, fee_b, Usdc::whole(1), 0);
            let (book_a, book_b) = (book(&a), book(&b));
            let profit = |lots: i64| {
                let shares = Shares::from_micros(lots * LOT);
                let (wa, wb) = (book_a.take(BookSide::Ask, shares, fee_a), book_b.take(BookSide::Ask, shares, fee_b));
                (wa.shares == shares && wb.shares == shares).then(|| shares.at_par() - wa.cost() - wb.cost())
            };
            let lots = walk.shares.micros() / LOT;
            let got = profit(lots).unwrap();
            // The walk's own arithmetic is the book's, to the micro-dollar.
            prop_assert_eq!(got, walk.shares.at_par() - walk.cost());
            let total = |l: &[Level]| l.iter().map(|l| l.size.micros() / LOT).sum::<i64>();
            let most = total(&a).min(total(&b));
            let best = (0..=most).filter_map(profit).max().unwrap();
            // The floor of the fee may hide up to 0.00001 dollar per level touched.
            let slack = Usdc::from_micros(10 * (a.len() + b.len()) as i64);
            prop_assert!(got + slack >= best, "{got} at {lots} lots, best {best}");
            prop_assert!(!got.is_negative());
        }

        /// The limit is the largest cost that leaves the edge and earns anything, whatever the payoff and the edge.
        #[test]
        fn the_limit_is_the_largest_cost_that_keeps_the_edge(
            payoff in prop_oneof![0_i64..=3_000_000, 92_000_000_000_i64..93_000_000_000, any::<i64>()],
            edge in prop_oneof![-5_i64..50_000, 4_290_000_000_i64..4_300_000_000, any::<i64>()],
        ) {
            let limit = i128::from(unit_limit(Usdc::from_micros(payoff), edge));
            let payoff = i128::from(payoff) * i128::from(UNIT_PER_MICRO);
            let keeps = |cost: i128| {
                let spend = i128::from(edge.max(0).saturating_add(1_000_000));
                // cost × (1 + edge) ≤ payoff; above 2^100 it is no matter of an i64 any more.
                cost < payoff && cost.checked_mul(spend).is_some_and(|all| all <= payoff * 1_000_000)
            };
            if payoff > 0 {
                prop_assert!(keeps(limit));
                prop_assert!(limit == i128::from(i64::MAX) || !keeps(limit + 1));
            } else {
                prop_assert!(limit < 0);
            }
        }

        /// At a given minimum edge the next lot would earn less than it, and the last one earned at least that.
        #[test]
        fn stops_exactly_at_the_minimum_edge(a in levels(), b in levels(), rate in 0_u32..=80_000, edge in 0_i64..200_000) {
            let fee = FeeSchedule::linear(rate);
            let lots = largest_common_size(&a, fee, &b, fee, Usdc::whole(1), edge).shares.micros() / LOT;
            let level_at = |levels: &[Level], lot: i64| {
                let mut left = lot;
                levels.iter().find(|l| { left -= l.size.micros() / LOT; left < 0 }).copied()
            };
            let keeps = |lot: i64| -> Option<bool> {
                let (la, lb) = (level_at(&a, lot)?, level_at(&b, lot)?);
                let unit = |p: Price| { let p = p.to_f64(); p + f64::from(rate) / 1e6 * p * (1.0 - p) };
                let margin = 1.0 - (unit(la.price) + unit(lb.price)) * (1.0 + edge as f64 / 1e6);
                // Too near to call in floating point: no statement.
                (margin.abs() > 1e-12).then_some(margin > 0.0)
            };
            if lots > 0 { prop_assert_ne!(keeps(lots - 1), Some(false)); }
            prop_assert_ne!(keeps(lots), Some(true));
        }
    }
}
