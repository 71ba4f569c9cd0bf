//! From the end of trading to the money, and fee changes while orders are on the way.

use crate::support::*;
use betty_market::{FeeSchedule, Outcome, Resolution, Shares, Usdc};
use betty_trading::engine::{
    CancelReason, EngineConfig, EngineError, Event, FeedKind, Instrument, InstrumentId, LatencyModel, OrderNews, Phase,
    Rejection, Settlement,
};

const NO: InstrumentId = InstrumentId::from_index(1);

/// Ten YES at 0.42, with the money a second after the outcome.
fn holding(outcome: Outcome) -> Venue {
    let mut venue = Venue::new([Instrument { outcome, payout_delay_ns: 1_000 * MS, ..instrument() }]);
    venue.usual_book();
    venue.submit(buy("10", "0.42"));
    venue
}

fn settlement(venue: &Venue) -> Settlement {
    let settled = |(_, e): &(_, Event)| if let Event::Settled(s) = e { Some(*s) } else { None };
    venue.diary.0.iter().find_map(settled).expect("settled")
}

#[test]
fn each_outcome_pays_what_it_says() {
    use Resolution::{No, Void, Yes};
    let cases = [
        (Outcome::Yes, Yes, "10"),
        (Outcome::Yes, No, "0"),
        (Outcome::No, Yes, "0"),
        (Outcome::No, No, "10"),
        (Outcome::Yes, Void, "5"),
        (Outcome::No, Void, "5"),
    ];
    for (outcome, resolution, payout) in cases {
        let mut venue = holding(outcome);
        venue.ms = 5;
        venue.event(FeedKind::Outcome(resolution));
        venue.advance(1_005);
        let expected =
            Settlement { instrument: YES, resolution, shares: shares("10"), cost: usd("4.2"), payout: usd(payout) };
        assert_eq!(settlement(&venue), expected);
        assert_eq!(venue.cash(), usd("995.8") + usd(payout));
        assert_eq!(venue.engine.ledger().profit(), usd(payout) - usd("4.2"));
        assert_eq!(venue.engine.phase(YES), Some(Phase::Paid { resolution }));
        assert!(venue.engine.ledger().adds_up());
    }
}

#[test]
fn capital_is_released_at_the_payout_and_a_dispute_keeps_it() {
    let mut venue = holding(Outcome::Yes);
    venue.event(FeedKind::Ended);
    venue.ms = 100;
    venue.event(FeedKind::Outcome(Resolution::No));
    venue.ms = 600;
    venue.event(FeedKind::Disputed);
    venue.advance(50_000);
    assert_eq!((venue.cash(), venue.held()), (usd("995.8"), shares("10")), "the first outcome pays nothing");
    assert_eq!(venue.engine.ledger().inventory_at_cost(), usd("4.2"));
    venue.ms = 60_000;
    venue.event(FeedKind::Outcome(Resolution::Yes));
    venue.advance(60_999);
    assert_eq!(venue.cash(), usd("995.8"));
    venue.advance(61_000);
    assert_eq!((venue.cash(), venue.held()), (usd("1005.8"), Shares::ZERO));
}

#[test]
fn a_void_settles_both_tokens_at_fifty_cents() {
    let no = Instrument { outcome: Outcome::No, ..instrument() };
    let mut venue = Venue::new([instrument(), no]);
    for id in [YES, NO] {
        let snapshot = betty_trading::engine::Snapshot { bids: vec![], asks: vec![level("0.42", "10")] };
        venue.try_event(id, FeedKind::Snapshot(Box::new(snapshot))).unwrap();
        let mut request = buy("10", "0.42");
        request.instrument = id;
        venue.submit(request);
    }
    for id in [YES, NO] {
        venue.try_event(id, FeedKind::Outcome(Resolution::Void)).unwrap();
    }
    let settled: Vec<Settlement> =
        venue.diary.0.iter().filter_map(|(_, e)| if let Event::Settled(s) = e { Some(*s) } else { None }).collect();
    assert_eq!(settled.len(), 2);
    assert!(settled.iter().all(|s| s.payout == usd("5") && s.resolution == Resolution::Void));
    assert_eq!(venue.cash(), usd("1001.6"));
}

#[test]
fn the_end_cancels_whatever_is_open_wherever_it_is() {
    let latency = LatencyModel::constant(10 * MS);
    let delayed = Instrument { venue_delay_ns: 100 * MS, ..instrument() };
    let mut venue = Venue::with(EngineConfig::new(Usdc::whole(1_000)), latency, [delayed]);
    venue.usual_book();
    let resting = venue.submit(bid("10", "0.40"));
    let held_back = venue.submit(buy("10", "0.42"));
    venue.advance(10);
    let on_the_wire = venue.submit(buy("10", "0.42"));
    venue.event(FeedKind::Ended);
    for id in [resting, held_back, on_the_wire] {
        let ended = OrderNews::Cancelled { reason: CancelReason::MarketEnded, left: shares("10") };
        assert_eq!(venue.last_news(id), ended);
    }
    assert_eq!(venue.engine.ledger().reserved(), Usdc::ZERO);
    venue.advance(1_000);
    assert_eq!(venue.held(), Shares::ZERO);
    assert_eq!(venue.rejection(buy("10", "0.42")), Rejection::MarketEnded);
}

#[test]
fn the_order_of_a_markets_life_is_checked() {
    let opens = at(50);
    let mut venue = Venue::new([Instrument { opens, ..instrument() }]);
    venue.usual_book();
    assert_eq!(venue.rejection(buy("5", "0.42")), Rejection::NotOpenYet { opens });
    assert_eq!(
        venue.try_event(YES, FeedKind::Outcome(Resolution::Yes)),
        Err(EngineError::OutcomeBeforeMarket { instrument: YES, at: at(0), opens })
    );
    venue.ms = 50;
    let wrong = |what, phase| Err(EngineError::WrongPhase { instrument: YES, what, phase });
    assert_eq!(venue.try_event(YES, FeedKind::Disputed), wrong("a dispute", Phase::Open));
    venue.event(FeedKind::Ended);
    assert_eq!(venue.try_event(YES, FeedKind::Ended), wrong("its end", Phase::Ended));
    venue.event(FeedKind::Outcome(Resolution::Yes));
    let paid = Phase::Paid { resolution: Resolution::Yes };
    let again = "another outcome without a dispute";
    assert_eq!(venue.try_event(YES, FeedKind::Outcome(Resolution::No)), wrong(again, paid));
    assert_eq!(venue.try_event(YES, FeedKind::Disputed), wrong("a dispute", paid));
    let tick = price("0.03");
    assert_eq!(venue.try_event(YES, FeedKind::Tick(tick)), Err(EngineError::TickUnusable { tick }));
    let free = FeeSchedule { rate_ppm: 0, exponent: 7 };
    assert_eq!(venue.try_event(YES, FeedKind::Fees(free)), Err(EngineError::FeesUnusable { rate_ppm: 0, exponent: 7 }));
}

#[test]
fn the_fee_is_that_of_the_match_and_binds_more_cash_or_ends_the_order() {
    let latency = LatencyModel::constant(10 * MS);
    let mut venue = Venue::with(EngineConfig::new(usd("4.4")), latency.clone(), [instrument()]);
    venue.usual_book();
    let id = venue.submit(buy("10", "0.42"));
    venue.event(FeedKind::Fees(FEE_5));
    assert_eq!(venue.engine.ledger().reserved(), usd("4.3218"));
    venue.advance(10);
    assert_eq!(venue.fills(id)[0].fee, usd("0.1218"));

    let mut venue = Venue::with(EngineConfig::new(usd("4.3")), latency, [instrument()]);
    venue.usual_book();
    let id = venue.submit(buy("10", "0.42"));
    venue.event(FeedKind::Fees(FEE_5));
    assert_eq!(venue.last_news(id), OrderNews::Cancelled { reason: CancelReason::FeeRaised, left: shares("10") });
    assert_eq!(venue.engine.ledger().reserved(), Usdc::ZERO);
}
