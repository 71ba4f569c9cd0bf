//! Messages and answers as recorded, and spoiled.

use super::ws::{Frame, Message, parse_frame};
use super::*;
use crate::market::Resolution;
use crate::test_data;
use proptest::prelude::*;
use serde_json::{Value, json};

fn recorded(file: &str) -> Option<Value> {
    let path = test_data::find(&format!("ws-2026-09/{file}"), file)?;
    Some(serde_json::from_slice(&test_data::read(&path)).unwrap())
}

fn frame(value: &Value) -> Frame {
    parse_frame(&value.to_string())
}

#[test]
fn reads_one_of_each_recorded_kind() {
    let one = |file: &str| recorded(file).map(|v| (frame(&v), v));
    let Some((book, raw)) = one("ws_book_snapshot_captured.json") else { return };
    let [Message::Book(b)] = &book.messages[..] else { panic!("{book:?}") };
    assert_eq!(b.levels(crate::BookSide::Ask).len(), raw["asks"].as_array().unwrap().len());
    assert_eq!(
        b.best_bid().unwrap().price.to_string(),
        raw["bids"].as_array().unwrap().last().unwrap()["price"].as_str().unwrap()
    );

    let (trade, raw) = one("ws_market_last_trade_msg.json").unwrap();
    let [Message::Trade { price, .. }] = &trade.messages[..] else { panic!("{trade:?}") };
    assert_eq!(price.to_string(), raw["price"].as_str().unwrap());

    let (tick, raw) = one("ws_market_tick_size_msg.json").unwrap();
    let [Message::Tick { tick, .. }] = &tick.messages[..] else { panic!("{tick:?}") };
    assert_eq!(tick.to_string(), raw["new_tick_size"].as_str().unwrap());

    let (resolved, raw) = one("ws_market_resolved_msg.json").unwrap();
    let [Message::Resolved { market, resolution, .. }] = &resolved.messages[..] else { panic!("{resolved:?}") };
    assert_eq!((market.as_str(), *resolution), (raw["id"].as_str().unwrap(), Resolution::Yes));

    for passed_over in ["ws_market_best_bid_ask_msg.json", "ws_market_new_market_msg.json"] {
        let (frame, _) = one(passed_over).unwrap();
        assert_eq!((frame.messages.len(), frame.ignored, frame.malformed), (0, 1, 0), "{passed_over}");
    }
}

#[test]
fn the_recorded_burst_is_read_whole() {
    let Some(burst) = recorded("ws_market_price_change_crossing_burst.json") else { return };
    let whole = frame(&burst);
    let rows = burst.as_array().unwrap();
    assert_eq!((whole.messages.len(), whole.ignored, whole.malformed), (rows.len(), 0, 0));
    for (row, message) in rows.iter().zip(&whole.messages) {
        assert_eq!(frame(row).messages, std::slice::from_ref(message), "one by one or in an array, the same");
        if let Message::Changes { at, changes } = message {
            assert_eq!(at.millis().to_string(), row["timestamp"].as_str().unwrap());
            assert_eq!(changes.len(), row["price_changes"].as_array().unwrap().len());
        }
    }
}

#[test]
fn the_recorded_book_and_history_are_read_whole() {
    let Some(folder) = test_data::find("api-2026-10/clob/venue", "order book answers") else { return };
    let raw: Value = serde_json::from_slice(&test_data::read(&folder.join("book.json"))).unwrap();
    let book = parse_book(&raw).unwrap();
    for (side, key) in [(crate::BookSide::Bid, "bids"), (crate::BookSide::Ask, "asks")] {
        // Sent worst first, kept best first.
        let sent: Vec<(f64, f64)> = raw[key]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(|l| (l["price"].as_str().unwrap().parse().unwrap(), l["size"].as_str().unwrap().parse().unwrap()))
            .collect();
        let kept: Vec<(f64, f64)> = book.levels(side).iter().map(|l| (l.price.to_f64(), l.size.to_f64())).collect();
        assert_eq!(kept, sent);
    }
    let bytes = test_data::read(&folder.join("prices_history.json"));
    let raw: Value = serde_json::from_slice(&bytes).unwrap();
    let points = parse_history(&bytes).unwrap();
    let sent = raw["history"].as_array().unwrap();
    assert_eq!(points.len(), sent.len());
    for (point, row) in points.iter().zip(sent) {
        assert_eq!(point.at.millis(), row["t"].as_i64().unwrap() * 1_000);
        assert!((point.price.to_f64() - row["p"].as_f64().unwrap()).abs() <= 0.000_05);
    }
}

#[test]
fn unknown_kinds_are_counted_and_broken_ones_name_their_tokens() {
    let sent = json!([
        {"event_type": "next_years_kind", "asset_id": "7"}, {"asset_id": "7"}, 7, null,
        {"event_type": "price_change", "timestamp": "1", "price_changes": [{"asset_id": "7", "side": "HOLD", "price": "0.5", "size": "1"}]},
        {"event_type": "book", "asset_id": "8", "timestamp": "1", "bids": [{"price": "2", "size": "1"}]},
        {"event_type": "market_resolved", "id": "1", "assets_ids": ["7", "8"], "winning_asset_id": "9"},
    ]);
    let frame = frame(&sent);
    assert_eq!((frame.messages.len(), frame.ignored, frame.malformed), (0, 2, 5));
    let doubtful: Vec<_> = frame.doubtful.iter().map(crate::TokenId::as_str).collect();
    assert_eq!(doubtful, ["7", "8"]);
    assert_eq!(parse_frame("INVALID OPERATION").malformed, 1);
}

/// Replaces what the path leads to.
fn spoil(value: &mut Value, path: &[prop::sample::Index], with: Option<Value>) {
    let Some((step, rest)) = path.split_first() else {
        *value = with.unwrap_or(Value::Null);
        return;
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let i = step.index(items.len());
            spoil(&mut items[i], rest, with);
        }
        Value::Object(object) if !object.is_empty() => {
            let key = object.keys().nth(step.index(object.len())).unwrap().clone();
            match (rest.is_empty(), with) {
                (true, None) => drop(object.remove(&key)),
                (_, with) => spoil(&mut object[&key], rest, with),
            }
        }
        other => *other = with.unwrap_or(Value::Null),
    }
}

fn by_hand() -> Value {
    json!([
        {"event_type": "book", "asset_id": "7", "timestamp": "1", "bids": [{"price": "0.4", "size": "1"}], "asks": []},
        {"event_type": "price_change", "timestamp": "2", "price_changes": [
            {"asset_id": "7", "side": "BUY", "price": "0.5", "size": "0", "best_bid": "0.4", "best_ask": "1"}]},
        {"event_type": "last_trade_price", "asset_id": "7", "price": "0.5", "timestamp": "3"},
        {"event_type": "tick_size_change", "asset_id": "7", "new_tick_size": "0.001", "timestamp": "4"},
        {"event_type": "market_resolved", "id": "1", "assets_ids": ["7", "8"], "winning_asset_id": "8"},
    ])
}

proptest! {
    #[test]
    fn spoiled_messages_never_panic_and_books_stay_possible(
        changes in prop::collection::vec((
            prop::collection::vec(any::<prop::sample::Index>(), 1..5),
            prop_oneof![
                Just(None), Just(Some(Value::Null)), Just(Some(json!([[], {}]))), any::<f64>().prop_map(|f| Some(json!(f))),
                any::<i64>().prop_map(|i| Some(json!(i.to_string()))), any::<String>().prop_map(|s| Some(json!(s))),
                "[01]?\\.[0-9]{0,6}".prop_map(|s| Some(json!(s))),
            ],
        ), 1..8),
    ) {
        let mut value = by_hand();
        for (path, with) in changes {
            spoil(&mut value, &path, with);
        }
        let frame = frame(&value);
        let sent = value.as_array().map_or(1, Vec::len);
        prop_assert_eq!(frame.messages.len() + (frame.ignored + frame.malformed) as usize, sent);
        let mut walks = Vec::new();
        for message in frame.messages {
            if let Message::Book(book) = message {
                for level in [crate::BookSide::Bid, crate::BookSide::Ask].iter().flat_map(|s| book.levels(*s)) {
                    prop_assert!(level.price > crate::Price::ZERO && level.price < crate::Price::ONE);
                    prop_assert!(level.size.is_positive() && level.size <= LEVEL_SHARES_MAX);
                }
                walks.push(book.take(crate::BookSide::Bid, LEVEL_SHARES_MAX, crate::FeeSchedule { rate_ppm: 1_000_000, exponent: 2 }));
            }
        }
        prop_assert!(walks.len() <= sent);
    }

    #[test]
    fn any_text_is_a_frame(text in any::<String>(), cut in 0_usize..900) {
        let _ = parse_frame(&text);
        let whole = by_hand().to_string();
        if cut < whole.len() {
            prop_assert_eq!(parse_frame(&whole[..cut]).malformed, 1);
        }
    }
}
