//! Quotes: the worked example through the whole path, every refusal, caps, gas, time.

mod common;

use betty_hedging::worlds::pair_worlds;
use betty_hedging::{HedgeQuote, LegInput, NotQuoted, QuoteConfig, RefusalReason, Relation, quote_pair};
use betty_market::{
    Book, Depth, FeeSchedule, Level, Market, MarketStatus, Outcome, Price, Shares, Timestamp, TokenId, Usdc,
};
use common::bare;

fn now() -> Timestamp {
    Timestamp::parse("2026-02-07T12:00:00Z").unwrap()
}

fn levels(raw: &[(u16, i64)]) -> Vec<Level> {
    raw.iter().map(|(e4, n)| Level { price: Price::from_e4(*e4).unwrap(), size: Shares::whole(*n) }).collect()
}

fn book(token: &TokenId, bids: &[(u16, i64)], asks: &[(u16, i64)]) -> Book {
    Book::from_levels(token.clone(), now(), Depth::Full, levels(bids), levels(asks))
}

/// A ⇒ B with its two books: NO(A) and YES(B), fee rate 4%.
struct Case {
    a: Market,
    b: Market,
    book_a: Option<Book>,
    book_b: Option<Book>,
    config: QuoteConfig,
    settles: Option<Timestamp>,
}

fn worked() -> Case {
    let market = |id: &str| {
        let mut m = bare(id, "?", None);
        m.fee = Some(FeeSchedule::linear(40_000));
        m
    };
    let (a, b) = (market("1"), market("2"));
    let book_a = book(&a.no, &[(7_000, 50)], &[(7_100, 80), (7_200, 300)]);
    let book_b = book(&b.yes, &[(2_500, 50)], &[(2_600, 120), (2_750, 200)]);
    Case { a, b, book_a: Some(book_a), book_b: Some(book_b), config: QuoteConfig::default(), settles: None }
}

impl Case {
    fn quote(&self) -> Result<HedgeQuote, NotQuoted> {
        let sides = [Outcome::No, Outcome::Yes];
        let legs = [
            LegInput { market: &self.a, outcome: sides[0], book: self.book_a.as_ref() },
            LegInput { market: &self.b, outcome: sides[1], book: self.book_b.as_ref() },
        ];
        quote_pair(&legs, &pair_worlds(Relation::Implies, sides), self.settles, now(), &self.config)
    }

    #[track_caller]
    fn refuses(&self, reason: RefusalReason) -> NotQuoted {
        let refusal = self.quote().expect_err("a refusal");
        assert_eq!(refusal.reason, reason);
        refusal
    }
}

#[test]
fn the_worked_example() {
    let mut case = worked();
    case.settles = Timestamp::parse("2026-02-17T12:00:00Z");
    let q = case.quote().unwrap();
    assert_eq!(q.shares, Shares::whole(120));
    assert_eq!(q.cost.cents(), "118.70");
    assert_eq!(q.worst_case.micros(), 1_295_040);
    assert_eq!(q.fee.micros(), 981_440 + 923_520);
    // 1.29504 / 118.70496 = 1.0909…%
    assert_eq!(q.net_edge_ppm, 10_909);
    // One leg void, the other lost: 60 dollars back of 118.70.
    assert_eq!(q.worst_case_void.cents(), "-58.70");
    // Ten days to the end and two for the oracle; 10,909 × 365 / 12.
    assert_eq!((q.days, q.edge_per_year_ppm), (Some(12), Some(331_815)));
    assert_eq!(q.max_shares, Shares::whole(120));
    assert!(q.legs.iter().all(|l| l.walk.shares == q.shares && l.depth == Depth::Full));
}

#[test]
fn without_an_end_there_are_no_days() {
    let q = worked().quote().unwrap();
    assert_eq!((q.days, q.edge_per_year_ppm), (None, None));
}

#[test]
fn caps_bind_and_the_rest_stays_exact() {
    let mut case = worked();
    case.config.max_shares = Some("50.009".parse().unwrap());
    let q = case.quote().unwrap();
    assert_eq!(q.shares, Shares::whole(50));
    // 50·0.71 + 50·0.26 = 48.50; fees 0.4118 and 0.3848.
    assert_eq!(q.cost, "49.2966".parse().unwrap());
    assert_eq!(q.max_shares, Shares::whole(120), "what the book would allow is still told");

    let mut case = worked();
    case.config.max_capital = Some(Usdc::whole(60));
    case.config.gas = "0.10".parse().unwrap();
    let q = case.quote().unwrap();
    assert!(q.cost <= Usdc::whole(60) && q.gas == case.config.gas);
    // One lot more costs 0.00986: it would not fit.
    assert!(q.cost + "0.00986".parse().unwrap() > Usdc::whole(60));
    case.config.max_capital = Some(Usdc::whole(4));
    case.refuses(RefusalReason::Minimum);
}

#[test]
fn a_minimum_edge_binds_the_margin() {
    let mut case = worked();
    // The second pair of levels earns 0.4258%, the first 1.4269%.
    case.config.min_edge_ppm = 10_000;
    let q = case.quote().unwrap();
    assert_eq!(q.shares, Shares::whole(80));
    assert!(q.net_edge_ppm >= 14_000);
    case.config.min_edge_ppm = 20_000;
    case.refuses(RefusalReason::Fee);
    case.config.min_edge_ppm = 40_000;
    case.refuses(RefusalReason::Spread);
}

#[test]
fn every_refusal_has_its_reason() {
    let mut case = worked();
    case.b.status = MarketStatus::Halted;
    case.refuses(RefusalReason::LegDead);

    let mut case = worked();
    case.a.fee = None;
    case.refuses(RefusalReason::NoFeeSchedule);

    let mut case = worked();
    case.book_b = None;
    case.refuses(RefusalReason::NoBook);
    // The book of another token is no book.
    case.book_b = Some(book(&case.b.no, &[(2_500, 1)], &[(2_600, 120)]));
    case.refuses(RefusalReason::NoBook);

    let mut case = worked();
    case.book_a = Some(book(&case.a.no, &[(7_000, 50)], &[]));
    case.refuses(RefusalReason::NoDepth);
    case.book_a = Some(book(&case.a.no, &[], &[(7_100, 80)]));
    case.refuses(RefusalReason::OneSided);
    case.book_a = Some(book(&case.a.no, &[(7_100, 50)], &[(7_100, 80)]));
    case.refuses(RefusalReason::Crossed);

    let mut case = worked();
    case.book_a.as_mut().unwrap().at = now().plus_millis(-120_001);
    case.refuses(RefusalReason::Stale);
    // Fresh enough each, but a minute and more apart.
    case.book_a.as_mut().unwrap().at = now().plus_millis(-60_001);
    case.refuses(RefusalReason::Stale);
    case.book_a.as_mut().unwrap().at = now().plus_millis(-60_000);
    case.quote().unwrap();
    case.book_a.as_mut().unwrap().at = now().plus_millis(60_001);
    case.refuses(RefusalReason::Stale);
    let mut case = worked();
    case.book_b.as_mut().unwrap().in_sync = false;
    case.refuses(RefusalReason::Stale);
}

#[test]
fn price_refusals_carry_the_quote_at_the_smallest_order() {
    let mut case = worked();
    case.book_b = Some(book(&case.b.yes, &[(2_500, 50)], &[(2_900, 120)]));
    let near = case.refuses(RefusalReason::Spread).at_minimum.unwrap();
    // Five shares at 0.71 and 0.29 cost five dollars and the fees 0.04118 and 0.04118.
    assert_eq!(near.shares, Shares::whole(5));
    assert_eq!(near.worst_case.micros(), -82_360);
    assert!(near.net_edge_ppm < 0);

    // 0.71 + 0.28 is under a dollar, the fees are not: 0.008236 + 0.008064.
    case.book_b = Some(book(&case.b.yes, &[(2_500, 50)], &[(2_800, 120)]));
    assert!(case.refuses(RefusalReason::Fee).at_minimum.is_some());

    let mut case = worked();
    case.config.gas = "1.30".parse().unwrap();
    assert!(case.refuses(RefusalReason::Gas).at_minimum.is_some());
    case.config.gas = "1.29".parse().unwrap();
    assert_eq!(case.quote().unwrap().worst_case.micros(), 5_040);

    let mut case = worked();
    case.book_b = Some(book(&case.b.yes, &[(2_500, 50)], &[(2_600, 4)]));
    assert!(case.refuses(RefusalReason::Minimum).at_minimum.is_none(), "four shares are not five");
    case.a.min_size = Shares::whole(4);
    case.b.min_size = Shares::whole(1);
    assert_eq!(case.quote().unwrap().shares, Shares::whole(4));
}

#[test]
fn less_depth_or_a_higher_fee_never_pays_more() {
    let base = worked().quote().unwrap().worst_case;
    let mut case = worked();
    case.book_a = Some(book(&case.a.no, &[(7_000, 50)], &[(7_100, 40), (7_200, 300)]));
    assert!(case.quote().unwrap().worst_case < base);
    let mut case = worked();
    case.a.fee = Some(FeeSchedule::linear(50_000));
    assert!(case.quote().unwrap().worst_case < base);
}
