//! The hot path: walking the asks of two books at equal shares, once, in integers, without allocating.

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

/// The cost of one share with its unrounded fee, in [`UNIT`]s, rounded up where the exponent is 2.
fn unit_cost(price: Price, fee: FeeSchedule) -> i64 {
    let p = i64::from(price.e4());
    let variance = p * (i64::from(Price::SCALE) - p);
    let fee = if fee.exponent == 1 { i64::from(fee.rate_ppm) * variance } else { unit_fee_general(variance, fee) };
    p * UNIT_PER_E4 + fee
}

#[cold]
fn unit_fee_general(variance: i64, fee: FeeSchedule) -> i64 {
    let mut value = i128::from(fee.rate_ppm) * 100_000_000;
    for _ in 0..fee.exponent {
        value = (value * i128::from(variance) + 99_999_999) / 100_000_000;
    }
    i64::try_from(value).unwrap_or(UNIT)
}

/// The floored fee of one fill, the same as [`FeeSchedule::fee`] for whole lots.
fn fill_fee(price: Price, lots: i64, fee: FeeSchedule) -> i64 {
    let p = u64::from(price.e4());
    let rate = u64::from(fee.rate_ppm) * (p * (u64::from(Price::SCALE) - p));
    if fee.exponent == 1
        && let Some(value) = u64::try_from(lots).ok().and_then(|lots| lots.checked_mul(rate))
    {
        return (value / FEE_STEP * 10) as i64;
    }
    fee.fee(price, Shares::from_micros(lots.saturating_mul(LOT))).micros()
}

/// One side of the merge.
struct Cursor<'a> {
    levels: &'a [Level],
    fee: FeeSchedule,
    next: usize,
    price: Price,
    unit: i64,
    /// Lots still there at this level.
    left: i64,
    /// Lots taken at this level.
    taken: i64,
    amount: i64,
    fees: i64,
}

impl<'a> Cursor<'a> {
    fn new(levels: &'a [Level], fee: FeeSchedule) -> Self {
        Self { levels, fee, next: 0, price: Price::ZERO, unit: 0, left: 0, taken: 0, amount: 0, fees: 0 }
    }

    /// Books what was taken at the present level.
    fn settle(&mut self) {
        if self.taken > 0 {
            // A lot is 10,000 micro-shares and a price 1/10,000 dollar: their product is micro-dollars.
            self.amount = self.amount.saturating_add(self.taken.saturating_mul(i64::from(self.price.e4())));
            self.fees = self.fees.saturating_add(fill_fee(self.price, self.taken, self.fee));
            self.taken = 0;
        }
    }

    /// Stands on a level with something left. False when the book has run out.
    fn ready(&mut self) -> bool {
        while self.left == 0 {
            self.settle();
            let Some(level) = self.levels.get(self.next) else { return false };
            self.next += 1;
            self.price = level.price;
            self.unit = unit_cost(level.price, self.fee);
            self.left = level.size.micros() / LOT;
        }
        true
    }
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
    let (mut a, mut b) = (Cursor::new(asks_a, fee_a), Cursor::new(asks_b, fee_b));
    let mut lots: i64 = 0;
    let mut ended_by_edge = false;
    while a.ready() && b.ready() {
        if a.unit + b.unit > limit {
            ended_by_edge = true;
            break;
        }
        let take = a.left.min(b.left);
        a.left -= take;
        a.taken += take;
        b.left -= take;
        b.taken += take;
        lots = lots.saturating_add(take);
    }
    a.settle();
    b.settle();
    let touched = |c: &Cursor<'_>| if lots == 0 { 0 } else { c.next };
    SizeWalk {
        shares: Shares::from_micros(lots.saturating_mul(LOT)),
        amount_a: Usdc::from_micros(a.amount),
        fee_a: Usdc::from_micros(a.fees),
        amount_b: Usdc::from_micros(b.amount),
        fee_b: Usdc::from_micros(b.fees),
        levels_a: touched(&a),
        levels_b: touched(&b),
        ended_by_edge,
    }
}

/// The most a pair of shares may cost, in [`UNIT`]s: `payoff / (1 + edge)` rounded down, and always below the payoff.
fn unit_limit(payoff: Usdc, min_edge_ppm: i64) -> i64 {
    let payoff = i128::from(payoff.micros()) * i128::from(UNIT_PER_MICRO);
    let limit = payoff * 1_000_000 / i128::from(min_edge_ppm.max(0).saturating_add(1_000_000));
    i64::try_from(limit.min(payoff - 1)).unwrap_or(i64::MAX)
}

/// The cost of one share of each leg at the best asks: `(without fee, with fee)` in units of 1e-14 dollar.
pub(crate) fn best_pair_cost(a: Level, fee_a: FeeSchedule, b: Level, fee_b: FeeSchedule) -> (i64, i64) {
    let bare = (i64::from(a.price.e4()) + i64::from(b.price.e4())) * UNIT_PER_E4;
    (bare, unit_cost(a.price, fee_a) + unit_cost(b.price, fee_b))
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
