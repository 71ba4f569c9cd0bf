//! Orders that take: prices, fees, consumption, times in force, refusals, latency.

use crate::support::*;
use betty_market::{BookSide, Level, Price, Shares, Usdc};
use betty_trading::engine::{
    CancelReason, CancelRefusal, Dice, Engine, EngineConfig, EngineError, Event, FeedKind, LatencyModel, OrderNews,
    OrderRequest, Quantity, Rejection, Side, TimeInForce,
};

#[test]
fn a_taker_gets_each_makers_price_and_pays_the_fee_of_each_fill() {
    let mut venue = Venue::new([instrument().with_fees(FEE_5)]);
    venue.usual_book();
    let id = venue.submit(buy("15", "0.50"));
    let fills = venue.fills(id);
    let rows: Vec<_> = fills.iter().map(|f| (f.price, f.shares, f.amount, f.fee, f.maker)).collect();
    // 10 × 0.05 × 0.42 × 0.58 = 0.1218; 5 × 0.05 × 0.43 × 0.57 = 0.061275, floored to 0.06127.
    assert_eq!(
        rows,
        [
            (price("0.42"), shares("10"), usd("4.2"), usd("0.1218"), false),
            (price("0.43"), shares("5"), usd("2.15"), usd("0.06127"), false),
        ]
    );
    assert_eq!(venue.cash(), usd("1000") - usd("6.35") - usd("0.18307"));
    assert_eq!(venue.engine.ledger().fees(), usd("0.18307"));
    assert_eq!(venue.engine.ledger().reserved(), Usdc::ZERO);
    assert!(venue.engine.open_orders().is_empty());
    // Sold at the bids: 10 at 0.40 and 5 at 0.39, cost 6.35.
    venue.submit(sell("15", "0.01"));
    assert_eq!(venue.held(), Shares::ZERO);
    assert_eq!(venue.engine.ledger().profit(), usd("5.95") - usd("6.35"));
}

#[test]
fn what_was_consumed_stays_consumed_until_the_level_changes() {
    let mut venue = Venue::usual();
    let first = venue.submit(buy("8", "0.42"));
    assert_eq!(venue.bought(first), shares("8"));
    let second = venue.submit(buy("8", "0.42"));
    assert_eq!(venue.bought(second), shares("2"));
    assert_eq!(venue.last_news(second), OrderNews::Cancelled { reason: CancelReason::Killed, left: shares("6") });
    // Another level's change and the same size again bring nothing back.
    venue.set(BookSide::Ask, "0.43", "5");
    venue.set(BookSide::Ask, "0.42", "10");
    let third = venue.submit(buy("8", "0.42"));
    assert_eq!(venue.bought(third), Shares::ZERO);
    venue.set(BookSide::Ask, "0.42", "9");
    let fourth = venue.submit(buy("8", "0.42"));
    assert_eq!(venue.bought(fourth), shares("8"));
}

#[test]
fn fill_or_kill_is_all_or_nothing() {
    let mut venue = Venue::usual();
    let fok = |size, worst| buy(size, worst).lasting(TimeInForce::Fok);
    let id = venue.submit(fok("41", "0.43"));
    assert_eq!(venue.news(id), [OrderNews::Cancelled { reason: CancelReason::NotFillable, left: shares("41") }]);
    let id = venue.submit(fok("11", "0.42"));
    assert_eq!(venue.bought(id), Shares::ZERO, "the rest lies beyond the worst price");
    let id = venue.submit(fok("40", "0.43"));
    assert_eq!(venue.bought(id), shares("40"));
    assert_eq!(venue.engine.ledger().reserved(), Usdc::ZERO);
    // Spending: 4.20 + 12.90 is what the whole book costs.
    let mut venue = Venue::usual();
    let spend = |dollars| OrderRequest::spend(YES, usd(dollars), price("0.43"));
    let id = venue.submit(spend("17.6").lasting(TimeInForce::Fok));
    assert_eq!(venue.bought(id), Shares::ZERO);
    let id = venue.submit(spend("8.51").lasting(TimeInForce::Fok));
    // 4.20 for 10, and 4.31 for ten shares and two lots more, with 0.0014 too little for another.
    assert_eq!(venue.bought(id), shares("20.02"));
    assert_eq!(venue.cash(), usd("1000") - usd("4.2") - usd("4.3086"));
}

#[test]
fn the_haircut_and_lots_bound_what_is_taken() {
    let config = EngineConfig { haircut_ppm: 500_000, ..EngineConfig::new(Usdc::whole(1_000)) };
    let mut venue = Venue::with(config, LatencyModel::zero(), [instrument()]);
    venue.book(&[], &[("0.42", "10.037")]);
    let id = venue.submit(buy("9", "0.99"));
    assert_eq!(venue.bought(id), shares("5.01"));
}

#[test]
fn every_refusal_before_the_wire_says_which() {
    let mut venue = Venue::usual();
    venue.advance(1_000);
    let off_tick = |text| Rejection::OffTick { price: price(text), tick: price("0.01") };
    assert_eq!(venue.rejection(buy("10", "0.425")), off_tick("0.425"));
    assert_eq!(venue.rejection(buy("10", "1")), off_tick("1"));
    assert_eq!(venue.rejection(sell("10", "0")), off_tick("0"));
    assert_eq!(venue.rejection(buy("5.001", "0.42")), Rejection::OffLot { shares: shares("5.001") });
    let below = |text| Rejection::BelowMinimum { shares: shares(text), minimum: shares("5") };
    assert_eq!(venue.rejection(buy("4.99", "0.42")), below("4.99"));
    assert_eq!(venue.rejection(buy("0", "0.42")), below("0"));
    assert_eq!(venue.rejection(buy("-5", "0.42")), below("-5"));
    assert_eq!(venue.rejection(OrderRequest::spend(YES, usd("2"), price("0.42"))), below("4.76"));
    assert_eq!(venue.rejection(OrderRequest::spend(YES, usd("-2"), price("0.42"))), below("0"));
    assert_eq!(venue.rejection(buy("1000000000.01", "0.42")), Rejection::TooLarge);
    assert_eq!(venue.rejection(buy("10", "0.42").post_only()), Rejection::PostOnlyMustRest);
    let mut request = sell("10", "0.42");
    request.quantity = Quantity::Spend(usd("50"));
    assert_eq!(venue.rejection(request), Rejection::SpendMustBuyAtOnce);
    request = OrderRequest::spend(YES, usd("50"), price("0.42")).lasting(TimeInForce::Gtc);
    assert_eq!(venue.rejection(request), Rejection::SpendMustBuyAtOnce);
    let insufficient = Rejection::InsufficientCash { needed: usd("1000.02"), free: usd("1000") };
    assert_eq!(venue.rejection(buy("2381", "0.42")), insufficient);
    assert_eq!(
        venue.rejection(sell("5", "0.01")),
        Rejection::InsufficientShares { needed: shares("5"), free: Shares::ZERO }
    );
    let until = at(1_000 + 179_999);
    assert_eq!(
        venue.rejection(bid("5", "0.40").lasting(TimeInForce::Gtd { until })),
        Rejection::ExpiryTooSoon { until }
    );
    let mut nowhere = buy("5", "0.42");
    nowhere.instrument = betty_trading::engine::InstrumentId::from_index(9);
    assert_eq!(venue.rejection(nowhere), Rejection::UnknownInstrument);
    assert!(venue.engine.ledger().adds_up());
    assert_eq!((venue.cash(), venue.engine.ledger().reserved()), (usd("1000"), Usdc::ZERO));
    assert_eq!(Rejection::MarketEnded.to_string(), "the market has ended");
}

#[test]
fn cash_and_shares_are_bound_by_open_orders_and_freed_by_cancels() {
    let mut venue = Venue::usual();
    let first = venue.submit(bid("1500", "0.41"));
    assert_eq!(venue.engine.ledger().reserved(), usd("615"));
    let Rejection::InsufficientCash { free, .. } = venue.rejection(bid("1000", "0.41")) else { panic!() };
    assert_eq!(free, usd("385"));
    venue.cancel(first);
    assert_eq!(venue.last_news(first), OrderNews::Cancelled { reason: CancelReason::Requested, left: shares("1500") });
    assert_eq!(venue.engine.ledger().reserved(), Usdc::ZERO);
    venue.submit(buy("10", "0.42"));
    let offered = venue.submit(offer("6", "0.60"));
    let Rejection::InsufficientShares { free, .. } = venue.rejection(sell("5", "0.01")) else { panic!() };
    assert_eq!(free, shares("4"));
    venue.cancel(offered);
    venue.submit(sell("10", "0.01"));
    assert_eq!(venue.held(), Shares::ZERO);
    venue.cancel(offered);
    let refused = Event::CancelRefused { id: offered, refusal: CancelRefusal::NotOpen };
    assert_eq!(venue.diary.0.last().unwrap().1, refused);
}

#[test]
fn a_book_that_is_unknown_crossed_or_old_matches_nothing() {
    let mut venue = Venue::new([instrument()]);
    assert_eq!(venue.rejection(buy("5", "0.99")), Rejection::BookUnknown, "before the first snapshot");
    venue.set(BookSide::Ask, "0.42", "10");
    assert_eq!(venue.rejection(buy("5", "0.99")), Rejection::BookUnknown, "a change is no snapshot");
    venue.usual_book();
    let resting = venue.submit(bid("5", "0.41"));
    venue.event(FeedKind::Gap);
    assert_eq!(venue.rejection(buy("5", "0.99")), Rejection::BookUnknown);
    venue.print("0.30", "100", Side::Sell);
    assert_eq!(venue.bought(resting), Shares::ZERO, "not even by a print");
    venue.usual_book();
    venue.set(BookSide::Bid, "0.42", "1");
    assert_eq!(venue.rejection(buy("5", "0.99")), Rejection::BookCrossed);
    assert_eq!(venue.bought(resting), Shares::ZERO);
    venue.set(BookSide::Bid, "0.42", "0");
    let id = venue.submit(buy("5", "0.99"));
    assert_eq!(venue.bought(id), shares("5"));

    let config = EngineConfig { book_age_ns_max: 500 * MS, ..EngineConfig::new(Usdc::whole(1_000)) };
    let mut venue = Venue::with(config, LatencyModel::zero(), [instrument()]);
    venue.usual_book();
    venue.advance(500);
    let id = venue.submit(buy("5", "0.99"));
    assert_eq!(venue.bought(id), shares("5"));
    venue.advance(501);
    assert_eq!(venue.rejection(buy("5", "0.99")), Rejection::BookStale { age_ms: 501, max_ms: 500 });
}

#[test]
fn an_order_meets_the_book_of_its_arrival_and_loses_ties() {
    let config = EngineConfig::new(Usdc::whole(1_000));
    let mut venue = Venue::with(config, LatencyModel::constant(5 * MS), [instrument()]);
    venue.usual_book();
    let id = venue.submit(buy("5", "0.99"));
    venue.ms = 5;
    // The ask is gone at the very instant of the arrival.
    venue.set(BookSide::Ask, "0.42", "0");
    assert_eq!(venue.fills(id)[0].price, price("0.43"));
    let id = venue.submit(buy("5", "0.99"));
    venue.ms = 11;
    venue.set(BookSide::Ask, "0.42", "100");
    assert_eq!(venue.fills(id)[0].price, price("0.43"), "it arrived before");
    let when = venue.diary.0.iter().rfind(|(_, e)| matches!(e, Event::Order(r) if r.id == id)).unwrap().0;
    assert_eq!(when, at(10));
}

#[test]
fn the_venue_holds_back_what_would_match_and_takes_no_cancel_meanwhile() {
    let delayed = betty_trading::engine::Instrument { venue_delay_ns: 1_000 * MS, ..instrument() };
    let mut venue = Venue::new([delayed]);
    venue.usual_book();
    let taker = venue.submit(buy("5", "0.45"));
    assert_eq!(venue.news(taker), [OrderNews::Delayed]);
    venue.cancel(taker);
    let refused = Event::CancelRefused { id: taker, refusal: CancelRefusal::InVenueDelay };
    assert_eq!(venue.diary.0.last().unwrap().1, refused);
    let maker = venue.submit(bid("5", "0.41"));
    assert!(matches!(venue.news(maker)[..], [OrderNews::Rested { .. }]), "nothing to hold back");
    venue.ms = 10;
    venue.set(BookSide::Ask, "0.42", "0");
    venue.advance(1_000);
    assert_eq!(venue.fills(taker)[0].price, price("0.43"));
}

#[test]
fn a_cancel_that_overtakes_its_order_is_refused() {
    // With this seed the order takes longer than the cancel given right after it.
    let seed = (0..).find(|s| {
        let mut dice = Dice::new(*s);
        dice.roll() > dice.roll()
    });
    let latency = LatencyModel::jittered(0, 100 * MS, Dice::new(seed.unwrap()));
    let mut venue = Venue::with(EngineConfig::new(Usdc::whole(1_000)), latency, [instrument()]);
    venue.usual_book();
    let id = venue.submit(bid("5", "0.30"));
    venue.cancel(id);
    venue.advance(101);
    let refused = Event::CancelRefused { id, refusal: CancelRefusal::NotArrived };
    assert!(venue.diary.0.iter().any(|(_, e)| *e == refused));
    assert!(matches!(venue.last_news(id), OrderNews::Rested { .. }));
}

#[test]
fn rows_of_one_change_are_one() {
    let mut venue = Venue::usual();
    let resting = venue.submit(bid("10", "0.41"));
    let shown = venue.diary.0.len();
    let row = |side, at: &str, size, last| FeedKind::Level { side, price: price(at), size: shares(size), last };
    // In the middle the book is crossed, and the ask at 0.41 is there for a moment only.
    venue.event(row(BookSide::Ask, "0.41", "50", false));
    venue.event(row(BookSide::Ask, "0.39", "50", false));
    let foreign = venue.try_event(YES, FeedKind::Ended);
    assert_eq!(foreign, Err(EngineError::ChangeNotClosed { instrument: YES, at: at(0) }));
    venue.ms = 1;
    assert!(matches!(
        venue.try_event(YES, row(BookSide::Ask, "0.39", "0", true)),
        Err(EngineError::ChangeNotClosed { .. })
    ));
    venue.ms = 0;
    assert_eq!(venue.diary.0.len(), shown, "nothing is shown before the last row");
    venue.event(row(BookSide::Ask, "0.39", "0", false));
    venue.event(row(BookSide::Ask, "0.41", "0", true));
    assert_eq!(venue.diary.0[shown..].len(), 1);
    assert_eq!(venue.bought(resting), Shares::ZERO);
}

#[test]
fn a_feed_that_breaks_its_word_is_an_error_and_changes_nothing() {
    use betty_trading::engine::{FeedEvent, Idle, InstrumentId};
    let mut venue = Venue::usual();
    venue.ms = 10;
    venue.set(BookSide::Ask, "0.42", "11");
    let kind = || FeedKind::Level { side: BookSide::Ask, price: price("0.42"), size: shares("1"), last: true };
    let event = |ms, sequence, instrument, feed| FeedEvent { time: at(ms), sequence, instrument, feed, kind: kind() };
    let mut try_one = |event: FeedEvent| venue.engine.feed(&mut Idle, &event).unwrap_err();
    assert!(matches!(try_one(event(9, 2, YES, 0)), EngineError::TimeRunsBackwards { .. }));
    assert_eq!(try_one(event(10, 3, YES, 0)), EngineError::SequenceHole { feed: 0, expected: 2, got: 3 });
    assert_eq!(try_one(event(10, 1, YES, 0)), EngineError::SequenceHole { feed: 0, expected: 2, got: 1 });
    let nine = InstrumentId::from_index(9);
    assert_eq!(try_one(event(10, 2, nine, 0)), EngineError::UnknownInstrument { instrument: nine });
    assert_eq!(try_one(event(10, 0, YES, 16)), EngineError::UnknownFeed { feed: 16, max: 16 });
    let ask = |venue: &Venue| venue.engine.book(YES).unwrap().best(BookSide::Ask).unwrap();
    assert_eq!(ask(&venue), level("0.42", "11"));
    // A gap may leave numbers out; after it the feed goes on from there.
    let gap = FeedEvent { kind: FeedKind::Gap, ..event(10, 7, YES, 0) };
    venue.engine.feed(&mut Idle, &gap).unwrap();
    venue.engine.feed(&mut Idle, &event(10, 8, YES, 0)).unwrap();
    // At one instant the lower feed comes first.
    venue.engine.feed(&mut Idle, &event(10, 0, YES, 3)).unwrap();
    assert!(matches!(venue.engine.feed(&mut Idle, &event(10, 0, YES, 2)), Err(EngineError::TimeRunsBackwards { .. })));
    let message = EngineError::SequenceHole { feed: 0, expected: 2, got: 3 }.to_string();
    assert_eq!(message, "feed 0 sent number 3 where 2 was due; report the loss with a gap event and a snapshot");
}

#[test]
fn commands_without_end_are_a_named_error() {
    use betty_trading::engine::{Context, FeedEvent, Strategy};
    /// Answers every rejection with the same order.
    struct Stubborn;
    impl Strategy for Stubborn {
        fn on_event(&mut self, ctx: &mut Context<'_>, _: &Event) {
            ctx.submit(buy("1", "0.42"));
        }
    }
    let config = EngineConfig { settle_steps_max: 100, ..EngineConfig::new(Usdc::whole(1)) };
    let mut engine = Engine::new(config, LatencyModel::zero()).unwrap();
    engine.register(instrument()).unwrap();
    let kind = FeedKind::Snapshot(Box::default());
    let event = FeedEvent { time: at(0), sequence: 0, instrument: YES, feed: 0, kind };
    let result = engine.feed(&mut Stubborn, &event);
    assert_eq!(result, Err(EngineError::EndlessCommands { limit: 100, at: at(0) }));
    assert!(engine.open_orders().len() <= 1 && engine.ledger().adds_up());
}

#[test]
fn registration_refuses_what_cannot_be_traded() {
    use betty_market::FeeSchedule;
    use betty_trading::engine::Instrument;
    let mut engine = Engine::new(EngineConfig::new(Usdc::whole(1)), LatencyModel::zero()).unwrap();
    for bad in ["0", "1", "0.03", "0.0003"] {
        let tick = price(bad);
        assert_eq!(engine.register(Instrument { tick, ..instrument() }), Err(EngineError::TickUnusable { tick }));
    }
    for (rate_ppm, exponent) in [(1_000_001, 1), (1, 0), (1, 3)] {
        let refused = engine.register(instrument().with_fees(FeeSchedule { rate_ppm, exponent }));
        assert_eq!(refused, Err(EngineError::FeesUnusable { rate_ppm, exponent }));
    }
    for bad in ["0", "-5", "0.001"] {
        let min_size = shares(bad);
        let refused = engine.register(Instrument { min_size, ..instrument() });
        assert_eq!(refused, Err(EngineError::MinimumNotInLots { min_size }));
    }
    for tick in ["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"] {
        engine.register(Instrument { tick: price(tick), ..instrument() }).unwrap();
    }
    let cash = usd("-0.01");
    assert!(matches!(
        Engine::new(EngineConfig::new(cash), LatencyModel::zero()),
        Err(EngineError::CashUnusable { .. })
    ));
}

#[test]
fn a_level_between_the_ticks_is_kept() {
    let mut venue = Venue::usual();
    let resting = venue.submit(bid("10", "0.41"));
    venue.submit(buy("5", "0.42"));
    venue.set(BookSide::Ask, "0.415", "7");
    let asks: Vec<Level> = venue.engine.book(YES).unwrap().available(BookSide::Ask).collect();
    assert_eq!(asks, [level("0.415", "7"), level("0.42", "5"), level("0.43", "30")]);
    venue.set(BookSide::Ask, "0.41", "3");
    assert_eq!(venue.bought(resting), shares("3"), "the resting order moved with the grid");
    let id = venue.submit(buy("10", "0.42"));
    let prices: Vec<Price> = venue.fills(id).iter().map(|f| f.price).collect();
    assert_eq!(prices, [price("0.415"), price("0.42")]);
    venue.cancel(resting);
    assert!(venue.engine.open_orders().is_empty());
    assert_eq!(venue.rejection(bid("10", "0.415")), Rejection::OffTick { price: price("0.415"), tick: price("0.01") });
}
