//! The benchmarks' inputs are what they claim, and what is timed on them is right.

use betty_hedging::{SizeWalk, largest_common_size};
use betty_market::{BookSide, FeeSchedule, Level, Shares, Usdc};
use betty_tests::bench::feed::{self, FEED_LEVELS, FEED_SEED};
use betty_tests::bench::measure::Spread;
use betty_tests::bench::pairs::{LEVELS, LOTS_MAX, PAIRS, Pair, PairSpec, Reach, two_sided_book};

/// Micro-shares in a lot of 0.01 share.
const LOT: i64 = Shares::LOT.micros();

fn walk(pair: &Pair) -> SizeWalk {
    largest_common_size(pair.asks(0), pair.fees[0], pair.asks(1), pair.fees[1], Usdc::whole(1), pair.min_edge_ppm)
}

#[test]
fn the_feed_is_the_published_one() {
    let rows = feed::generate(500_000, FEED_SEED);
    assert_eq!(rows.len(), 500_000);
    let hash = feed::sha256(&rows);
    assert!(hash.starts_with("be555730ae9191c9"), "{hash}");
}

#[test]
fn the_book_follows_the_feed() {
    let rows = feed::generate(20_000, FEED_SEED);
    let mut book = two_sided_book(0, 0);
    for row in &rows {
        book.set(row.side, row.price(), row.size());
        if row.last {
            let [bids, asks] = [BookSide::Bid, BookSide::Ask].map(|side| book.levels(side));
            assert_eq!((bids.len(), asks.len()), (usize::from(FEED_LEVELS), usize::from(FEED_LEVELS)));
            assert_eq!(asks[0].price.e4() - bids[0].price.e4(), 100, "best bid and best ask are a tick apart");
        }
    }
    let [bids, asks] = feed::plain_book(&rows);
    let levels =
        |side| book.levels(side).iter().map(|l| (l.price.e4() / 100, l.size.micros() / LOT)).collect::<Vec<_>>();
    assert_eq!(levels(BookSide::Bid), bids.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(levels(BookSide::Ask), asks.into_iter().collect::<Vec<_>>());
}

#[test]
fn the_pairs_are_what_they_claim() {
    for reach in [Reach::Mixed, Reach::Whole, Reach::Venue] {
        let pairs = PairSpec::workload(reach).generate();
        assert_eq!(pairs.len(), PAIRS);
        for pair in &pairs {
            for leg in [0, 1] {
                let asks = pair.asks(leg);
                assert_eq!(asks.len(), LEVELS);
                assert!(asks.windows(2).all(|w| w[0].price < w[1].price));
                assert!(asks.iter().all(|l| l.price.e4() < 10_000 && l.size.micros() % LOT == 0));
            }
        }
        let walks: Vec<SizeWalk> = pairs.iter().map(walk).collect();
        match reach {
            // Every pair until one of its books is empty.
            Reach::Whole => assert!(walks.iter().all(|w| !w.ended_by_edge && w.levels_a.max(w.levels_b) == LEVELS)),
            // Some pay nothing, some use a whole book, and every tenth of the way between is there.
            Reach::Mixed => {
                assert!(walks.iter().any(|w| w.shares == Shares::ZERO) && walks.iter().any(|w| !w.ended_by_edge));
                for tenth in 0..10 {
                    let part = LEVELS / 10;
                    assert!(walks.iter().any(|w| w.levels_a / part == tenth), "no walk ends in tenth {tenth}");
                }
            }
            // Cents, a few levels at most, and both outcomes at the touch.
            Reach::Venue => {
                let cents =
                    |pair: &Pair| [0, 1].iter().all(|&leg| pair.asks(leg).iter().all(|l| l.price.e4() % 100 == 0));
                assert!(pairs.iter().all(cents));
                assert!(walks.iter().all(|w| w.ended_by_edge && w.levels_a + w.levels_b <= 12));
                let taken = walks.iter().filter(|w| w.shares.is_positive()).count();
                assert!((PAIRS / 3..PAIRS * 9 / 10).contains(&taken), "{taken} of {PAIRS} take anything");
            }
        }
    }
    let book = two_sided_book(LEVELS, 1);
    assert_eq!([BookSide::Bid, BookSide::Ask].map(|side| book.levels(side).len()), [LEVELS, LEVELS]);
    assert!(book.best_bid().unwrap().price < book.best_ask().unwrap().price);
}

/// A dollar in units of 1e-14.
const DOLLAR: i128 = 10_i128.pow(14);

/// A share's cost with its fee in 1e-14 dollar, exact: price (1e-4), and rate (1e-6) times variance (1e-8).
fn unit_cost(level: &Level, fee: FeeSchedule) -> i128 {
    let p = i128::from(level.price.e4());
    p * 10_i128.pow(10) + i128::from(fee.rate_ppm) * p * (10_000 - p)
}

/// The definition, lot by lot: take one more of each while the pair of lots, unrounded fees in, earns the minimum on its cost and
/// anything at all; then price each leg level by level with the fee of each fill floored to 0.00001 dollar.
fn brute_force(pair: &Pair) -> SizeWalk {
    let mut at = [0_usize; 2];
    let mut left = [0, 1].map(|leg| pair.asks(leg).first().map_or(0, |l| l.size.micros() / LOT));
    let (mut lots, mut ended_by_edge) = (0_i64, false);
    while let (Some(a), Some(b)) = (pair.asks(0).get(at[0]), pair.asks(1).get(at[1])) {
        let cost = unit_cost(a, pair.fees[0]) + unit_cost(b, pair.fees[1]);
        if cost >= DOLLAR || (DOLLAR - cost) * 1_000_000 < cost * i128::from(pair.min_edge_ppm) {
            ended_by_edge = true;
            break;
        }
        lots += 1;
        for leg in [0, 1] {
            left[leg] -= 1;
            if left[leg] == 0 {
                at[leg] += 1;
                left[leg] = pair.asks(leg).get(at[leg]).map_or(0, |l| l.size.micros() / LOT);
            }
        }
    }
    let priced = [0, 1].map(|leg| {
        let (mut amount, mut fee, mut need, mut touched) = (0_i128, 0_i128, lots, 0);
        for level in pair.asks(leg) {
            if need == 0 {
                break;
            }
            let part = need.min(level.size.micros() / LOT);
            let p = i128::from(level.price.e4());
            amount += i128::from(part) * p;
            // lots / 1e2 × rate / 1e6 × p(1 − p) / 1e8, in whole 1e-5 dollars, then in micro-dollars.
            fee += i128::from(part) * i128::from(pair.fees[leg].rate_ppm) * p * (10_000 - p) / 10_i128.pow(11) * 10;
            need -= part;
            touched += 1;
        }
        let money = |micros: i128| Usdc::from_micros(i64::try_from(micros).unwrap());
        (money(amount), money(fee), touched)
    });
    let [(amount_a, fee_a, levels_a), (amount_b, fee_b, levels_b)] = priced;
    let shares = Shares::from_micros(lots * LOT);
    SizeWalk { shares, amount_a, fee_a, amount_b, fee_b, levels_a, levels_b, ended_by_edge }
}

/// The edge of a pair of lots in millionths of its cost, rounded down; `None` where it earns nothing.
fn edge_ppm(pair: &Pair, at: [usize; 2]) -> Option<i64> {
    let cost: i128 = [0, 1].iter().map(|&leg| unit_cost(&pair.asks(leg)[at[leg]], pair.fees[leg])).sum();
    (cost < DOLLAR).then(|| i64::try_from((DOLLAR - cost) * 1_000_000 / cost).unwrap())
}

#[test]
fn the_walk_equals_brute_force_on_small_books() {
    let (mut walks, mut inside) = (0, 0);
    for levels in 0..=6 {
        for reach in [Reach::Mixed, Reach::Whole] {
            let spec = PairSpec { pairs: 400, levels, lots_max: 40, reach, seed: 7 + levels as u64 };
            for (i, mut pair) in spec.generate().into_iter().enumerate() {
                // The edge some pair of levels has, to the millionth, and one more: where the walk must and must not go on.
                let at = [i % levels.max(1), i / 7 % levels.max(1)];
                let edge = if levels == 0 { None } else { edge_ppm(&pair, at) };
                for min_edge_ppm in edge.map_or([0, 5_000], |e| [e, e + 1]) {
                    pair.min_edge_ppm = min_edge_ppm;
                    let walk = walk(&pair);
                    assert_eq!(walk, brute_force(&pair), "{pair:?}");
                    walks += 1;
                    inside += i64::from(walk.shares.is_positive() && walk.ended_by_edge);
                }
            }
        }
    }
    assert!(inside * 3 > walks, "only {inside} of {walks} walks ended inside a book by their edge");
}

#[test]
fn the_walk_equals_brute_force_on_the_workload_and_agrees_with_the_book() {
    for reach in [Reach::Mixed, Reach::Whole, Reach::Venue] {
        let spec = PairSpec { pairs: 12, levels: LEVELS, lots_max: LOTS_MAX / 50, reach, seed: 3 };
        for pair in spec.generate() {
            let walk = walk(&pair);
            assert_eq!(walk, brute_force(&pair));
            let [a, b] = [0, 1].map(|leg| pair.books[leg].take(BookSide::Ask, walk.shares, pair.fees[leg]));
            assert_eq!(
                (a.shares, a.amount, a.fee, a.fills.len()),
                (walk.shares, walk.amount_a, walk.fee_a, walk.levels_a)
            );
            assert_eq!(
                (b.shares, b.amount, b.fee, b.fills.len()),
                (walk.shares, walk.amount_b, walk.fee_b, walk.levels_b)
            );
        }
    }
}

#[test]
fn a_spread_is_median_least_and_greatest() {
    assert_eq!(Spread::of([]), None);
    assert_eq!(Spread::of([3.0, 1.0, 9.0]), Some(Spread { median: 3.0, min: 1.0, max: 9.0 }));
    assert_eq!(Spread::of([4.0, 1.0, 2.0, 9.0]), Some(Spread { median: 3.0, min: 1.0, max: 9.0 }));
}
