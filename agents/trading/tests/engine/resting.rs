//! Orders that rest: queue position, prints, quotes that come to them, expiry, post-only.

use crate::support::*;
use betty_market::{BookSide, Price, Shares, Usdc};
use betty_trading::engine::{
    CancelReason, EngineConfig, FeedKind, LatencyModel, OrderId, OrderNews, QueueModel, Rejection, Side, TimeInForce,
};

fn ahead(venue: &Venue, id: OrderId) -> Shares {
    venue.engine.order(id).unwrap().queue_ahead()
}

#[test]
fn an_order_joins_behind_what_is_displayed_and_fills_when_prints_reach_it() {
    let mut venue = Venue::usual();
    let id = venue.submit(bid("6", "0.40"));
    assert_eq!(venue.news(id), [OrderNews::Rested { left: shares("6"), queue_ahead: shares("10") }]);
    venue.print("0.40", "7", Side::Sell);
    assert_eq!((ahead(&venue, id), venue.bought(id)), (shares("3"), Shares::ZERO));
    // The display follows the print and tells nothing new.
    venue.set(BookSide::Bid, "0.40", "3");
    assert_eq!(ahead(&venue, id), shares("3"));
    venue.print("0.40", "5", Side::Sell);
    assert_eq!(venue.bought(id), shares("2"));
    let fill = venue.fills(id)[0];
    assert_eq!((fill.price, fill.fee, fill.maker), (price("0.40"), Usdc::ZERO, true));
    venue.print("0.40", "100", Side::Sell);
    assert_eq!(venue.bought(id), shares("6"));
    assert!(venue.engine.open_orders().is_empty());
    assert_eq!(venue.cash(), usd("1000") - usd("2.4"));
}

#[test]
fn what_leaves_the_level_is_first_taken_to_have_stood_behind() {
    let mut venue = Venue::usual();
    let id = venue.submit(bid("6", "0.40"));
    venue.set(BookSide::Bid, "0.40", "25");
    assert_eq!(ahead(&venue, id), shares("10"), "who comes later stands behind");
    venue.set(BookSide::Bid, "0.40", "12");
    assert_eq!(ahead(&venue, id), shares("10"), "13 left from behind");
    venue.set(BookSide::Bid, "0.40", "4");
    assert_eq!(ahead(&venue, id), shares("4"), "no more than is there");
    venue.set(BookSide::Bid, "0.40", "90");
    assert_eq!(ahead(&venue, id), shares("4"));
    venue.set(BookSide::Bid, "0.40", "0");
    assert_eq!(ahead(&venue, id), Shares::ZERO);
    assert_eq!(venue.bought(id), Shares::ZERO, "being first is not being filled");
}

#[test]
fn a_snapshot_moves_queues_like_changes_do() {
    let mut venue = Venue::usual();
    let [a, b] = [venue.submit(bid("6", "0.40")), venue.submit(bid("6", "0.39"))];
    venue.book(&[("0.40", "3"), ("0.39", "50")], &[("0.42", "10")]);
    assert_eq!((ahead(&venue, a), ahead(&venue, b)), (shares("3"), shares("20")));
}

#[test]
fn own_orders_at_one_price_stand_in_line() {
    let mut venue = Venue::usual();
    let first = venue.submit(bid("6", "0.40"));
    venue.set(BookSide::Bid, "0.40", "14");
    let second = venue.submit(bid("6", "0.40"));
    // Before the second: 14 of others and the first.
    venue.print("0.40", "12", Side::Sell);
    assert_eq!((venue.bought(first), venue.bought(second)), (shares("2"), Shares::ZERO));
    assert_eq!(ahead(&venue, second), shares("4"));
    venue.print("0.40", "9", Side::Sell);
    assert_eq!((venue.bought(first), venue.bought(second)), (shares("6"), shares("1")));
}

#[test]
fn only_prints_against_the_side_move_its_queue() {
    let mut venue = Venue::usual();
    let id = venue.submit(bid("6", "0.40"));
    venue.print("0.40", "16", Side::Buy);
    assert_eq!(ahead(&venue, id), shares("10"));
    venue.event(FeedKind::Trade { price: price("0.40"), size: shares("16"), taker: None });
    assert_eq!(ahead(&venue, id), shares("10"), "whoever took is not guessed");
}

#[test]
fn a_print_beyond_the_price_fills_for_its_size_at_the_orders_price() {
    let mut venue = Venue::usual();
    let [a, b] = [venue.submit(bid("6", "0.40")), venue.submit(bid("6", "0.41"))];
    venue.event(FeedKind::Trade { price: price("0.39"), size: shares("8"), taker: None });
    assert_eq!((venue.bought(b), venue.bought(a)), (shares("6"), shares("2")), "the better price first");
    assert_eq!(venue.fills(a)[0].price, price("0.40"));
    let mut venue = Venue::usual();
    venue.submit(buy("10", "0.42"));
    let id = venue.submit(offer("10", "0.42"));
    venue.print("0.43", "3", Side::Buy);
    assert_eq!(venue.bought(id), shares("3"));
}

#[test]
fn an_ask_that_comes_to_a_resting_bid_fills_it_and_is_consumed() {
    let mut venue = Venue::usual();
    let [a, b] = [venue.submit(bid("6", "0.41")), venue.submit(bid("6", "0.41"))];
    venue.set(BookSide::Ask, "0.41", "8");
    assert_eq!((venue.bought(a), venue.bought(b)), (shares("6"), shares("2")));
    let taker = venue.submit(buy("5", "0.41"));
    assert_eq!(venue.bought(taker), Shares::ZERO, "nothing is left of it");
    venue.set(BookSide::Ask, "0.41", "8");
    assert_eq!(venue.bought(b), shares("2"), "the same display is the same shares");
    venue.set(BookSide::Ask, "0.41", "9");
    assert_eq!(venue.bought(b), shares("6"));
}

#[test]
fn with_trade_through_only_a_touch_is_not_enough() {
    let config = EngineConfig { queue: QueueModel::TradeThrough, ..EngineConfig::new(Usdc::whole(1_000)) };
    let mut venue = Venue::with(config, LatencyModel::zero(), [instrument()]);
    venue.usual_book();
    let id = venue.submit(bid("6", "0.41"));
    venue.print("0.41", "100", Side::Sell);
    venue.set(BookSide::Ask, "0.41", "8");
    assert_eq!(venue.bought(id), Shares::ZERO);
    venue.print("0.40", "1", Side::Sell);
    assert_eq!(venue.bought(id), shares("1"));
    venue.book(&[], &[("0.40", "3")]);
    assert_eq!(venue.bought(id), shares("4"));
    assert!(venue.fills(id).iter().all(|f| f.price == price("0.41")));
}

#[test]
fn a_limit_order_takes_what_it_can_and_rests_the_rest() {
    let mut venue = Venue::new([instrument().with_fees(FEE_5)]);
    venue.usual_book();
    let id = venue.submit(bid("16", "0.42"));
    let fee = usd("0.1218");
    assert_eq!(venue.fills(id)[0].fee, fee);
    assert_eq!(venue.last_news(id), OrderNews::Rested { left: shares("6"), queue_ahead: Shares::ZERO });
    assert_eq!(venue.engine.ledger().reserved(), usd("2.52"), "as a maker it binds no fee");
    venue.print("0.41", "6", Side::Sell);
    assert_eq!(venue.engine.ledger().fees(), fee);
    assert_eq!(venue.cash(), usd("1000") - usd("6.72") - fee);
}

#[test]
fn post_only_never_takes() {
    let mut venue = Venue::usual();
    let best = price("0.42");
    assert_eq!(venue.rejection(bid("5", "0.42").post_only()), Rejection::WouldTake { best });
    assert_eq!(venue.rejection(bid("5", "0.60").post_only()), Rejection::WouldTake { best });
    let id = venue.submit(bid("5", "0.41").post_only());
    assert!(matches!(venue.last_news(id), OrderNews::Rested { .. }));
    // Not even a level this account has emptied itself: the venue still shows it.
    venue.submit(buy("10", "0.42"));
    assert_eq!(venue.rejection(bid("5", "0.42").post_only()), Rejection::WouldTake { best });
    assert_eq!(venue.rejection(offer("5", "0.40").post_only()), Rejection::WouldTake { best: price("0.40") });
}

#[test]
fn good_till_date_ends_a_minute_early() {
    let mut venue = Venue::usual();
    let minute = 60_000;
    let id = venue.submit(bid("5", "0.40").lasting(TimeInForce::Gtd { until: at(3 * minute) }));
    assert_eq!(venue.engine.next_due(), at(2 * minute));
    venue.advance(2 * minute - 1);
    assert!(venue.engine.order(id).is_some());
    venue.advance(2 * minute);
    assert_eq!(venue.last_news(id), OrderNews::Cancelled { reason: CancelReason::Expired, left: shares("5") });
    assert_eq!(venue.diary.0.last().unwrap().0, at(2 * minute));
    assert_eq!(venue.engine.ledger().reserved(), Usdc::ZERO);
    // At the instant of its end, news from the venue still comes first.
    let mut venue = Venue::usual();
    let id = venue.submit(bid("5", "0.41").lasting(TimeInForce::Gtd { until: at(3 * minute) }));
    venue.ms = 2 * minute;
    venue.set(BookSide::Ask, "0.41", "1");
    assert_eq!(venue.bought(id), shares("1"));
    assert!(matches!(venue.last_news(id), OrderNews::Cancelled { .. }));
    // One that is two minutes on the wire is over when it arrives.
    let latency = LatencyModel::constant(2 * minute * MS);
    let mut venue = Venue::with(EngineConfig::new(Usdc::whole(1_000)), latency, [instrument()]);
    venue.usual_book();
    let id = venue.submit(bid("5", "0.40").lasting(TimeInForce::Gtd { until: at(3 * minute) }));
    venue.advance(2 * minute);
    assert!(matches!(venue.last_news(id), OrderNews::Rejected(Rejection::ExpiryTooSoon { .. })));
}

#[test]
fn a_new_tick_binds_new_orders_and_leaves_resting_ones() {
    let mut venue = Venue::new([betty_trading::engine::Instrument { tick: price("0.001"), ..instrument() }]);
    venue.usual_book();
    let id = venue.submit(bid("5", "0.411"));
    let tick: Price = price("0.01");
    venue.event(FeedKind::Tick(tick));
    assert_eq!(venue.rejection(bid("5", "0.412")), Rejection::OffTick { price: price("0.412"), tick });
    venue.print("0.41", "9", Side::Sell);
    assert_eq!(venue.bought(id), shares("5"));
    // To a finer tick and back while an order is on the wire.
    let latency = LatencyModel::constant(10 * MS);
    let mut venue = Venue::with(EngineConfig::new(Usdc::whole(1_000)), latency, [instrument()]);
    venue.usual_book();
    let early = venue.submit(bid("5", "0.40"));
    venue.advance(10);
    venue.event(FeedKind::Tick(price("0.001")));
    let late = venue.submit(bid("5", "0.405"));
    venue.event(FeedKind::Tick(tick));
    venue.advance(30);
    let refused = Rejection::OffTick { price: price("0.405"), tick };
    assert_eq!(venue.last_news(late), OrderNews::Rejected(refused));
    venue.print("0.39", "9", Side::Sell);
    assert_eq!(venue.bought(early), shares("5"), "it moved to the finer grid with the book");
}
