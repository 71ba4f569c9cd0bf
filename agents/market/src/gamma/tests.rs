//! Rows by hand, rows as recorded, and rows spoiled in every way.

use super::*;
use crate::fee::FeeSchedule;
use crate::market::{Market, MarketStatus, Resolution};
use crate::test_data;
use crate::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn row(extra: Value) -> Value {
    let mut row = json!({
        "id": "1", "conditionId": "0xc", "question": " Will it rain? ", "outcomes": "[\"Yes\", \"No\"]",
        "clobTokenIds": "[\"11\", \"12\"]", "active": true, "closed": false, "acceptingOrders": true,
    });
    for (key, value) in extra.as_object().unwrap() {
        row[key] = value.clone();
    }
    row
}

fn market(extra: Value) -> Market {
    parse_market(&row(extra)).unwrap()
}

#[test]
fn reads_json_in_strings_and_numbers_as_strings() {
    let m = market(json!({
        "orderPriceMinTickSize": "0.001", "orderMinSize": "15", "bestBid": 0.04, "bestAsk": "0.05", "volume": "1067832.94",
        "liquidityNum": 19209.4, "endDate": "2025-12-31T12:00:00Z", "startDateIso": "2025-01-05", "groupItemTitle": "<250k",
        "description": " rules ", "resolutionSource": "", "updatedAt": "2026-02-07T20:57:04.974481Z", "unknown": [{}],
    }));
    assert_eq!((m.yes.as_str(), m.no.as_str(), m.question.as_str()), ("11", "12", "Will it rain?"));
    assert_eq!((m.tick.e4(), m.min_size.micros()), (10, 15_000_000));
    assert_eq!((m.best_bid.unwrap().e4(), m.best_ask.unwrap().e4()), (400, 500));
    assert_eq!((m.volume_usd, m.liquidity_usd), (Some(1_067_832), Some(19_209)));
    assert_eq!(m.end, Timestamp::parse("2025-12-31T12:00:00Z"));
    assert_eq!(m.start, Timestamp::parse("2025-01-05"));
    assert_eq!((m.description.as_deref(), m.resolution_source), (Some("rules"), None));
    assert_eq!(m.updated.unwrap().to_string(), "2026-02-07T20:57:04Z");
}

#[test]
fn empty_sides_are_none_and_missing_rules_fall_back() {
    let m = market(json!({"bestBid": 0, "bestAsk": 1, "orderPriceMinTickSize": 0, "orderMinSize": null}));
    assert_eq!((m.best_bid, m.best_ask), (None, None));
    assert_eq!((m.tick.e4(), m.min_size), (TICK_FALLBACK_E4, MIN_SIZE_FALLBACK));
}

#[test]
fn each_missing_identity_field_is_named() {
    for field in ["id", "conditionId", "question", "outcomes", "clobTokenIds"] {
        for spoil in [None, Some(Value::Null), Some(json!("")), Some(json!({}))] {
            let mut row = row(json!({}));
            match &spoil {
                None => drop(row.as_object_mut().unwrap().remove(field)),
                Some(value) => row[field] = value.clone(),
            }
            assert_eq!(parse_market(&row), Err(RowError::Missing { field }), "{spoil:?}");
        }
    }
    assert_eq!(parse_market(&json!([])), Err(RowError::NotAnObject));
    assert!(matches!(parse_market(&row(json!({"id": "a b"}))), Err(RowError::Invalid { field: "id", .. })));
}

#[test]
fn only_two_distinct_outcomes_in_their_order_are_a_market() {
    let refused = |extra| parse_market(&row(extra)).unwrap_err();
    assert_eq!(refused(json!({"outcomes": ["A", "B", "C"]})), RowError::NotBinary { field: "outcomes", count: 3 });
    assert_eq!(refused(json!({"clobTokenIds": ["1"]})), RowError::NotBinary { field: "clobTokenIds", count: 1 });
    assert_eq!(refused(json!({"clobTokenIds": ["1", "1"]})), RowError::SameToken);
    assert_eq!(refused(json!({"outcomes": ["No", "Yes"]})), RowError::ReversedOutcomes);
    // As JSON numbers the 78 digits of a token would be rounded: refused rather than traded under a wrong name.
    assert_eq!(refused(json!({"clobTokenIds": [1, 2]})), RowError::Missing { field: "clobTokenIds" });
    assert_eq!(market(json!({"outcomes": ["Sangal", "zeste"]})).yes.as_str(), "11");
}

#[test]
fn fees_come_from_the_market_alone() {
    let fee = |extra| market(extra).fee;
    let linear = Some(FeeSchedule::linear(40_000));
    let schedule = json!({"exponent": 1, "rate": 0.04, "takerOnly": true, "rebateRate": 0.25});
    assert_eq!(fee(json!({"feesEnabled": true, "feeSchedule": schedule})), linear);
    assert_eq!(fee(json!({"feeSchedule": {"exponent": "1", "rate": "0.04"}})), linear);
    assert_eq!(
        fee(json!({"feeSchedule": {"exponent": 2, "rate": 0.25}})),
        Some(FeeSchedule { rate_ppm: 250_000, exponent: 2 })
    );
    assert_eq!(fee(json!({"feesEnabled": false})), Some(FeeSchedule::FREE));
    assert_eq!(fee(json!({"feesEnabled": false, "feeSchedule": schedule})), Some(FeeSchedule::FREE));
    // Unknown costs stay unknown.
    assert_eq!(fee(json!({"takerBaseFee": 1000, "makerBaseFee": 1000})), None);
    assert_eq!(fee(json!({"feesEnabled": true, "takerBaseFee": 1000})), None);
    assert_eq!(fee(json!({"feesEnabled": true, "feeSchedule": null})), None);
    for bad in
        [json!({"rate": 0.04, "exponent": 3}), json!({"rate": 0.04, "exponent": 0.5}), json!({"rate": -0.1}), json!({})]
    {
        assert_eq!(fee(json!({"feeSchedule": bad})), None, "{bad}");
    }
}

#[test]
fn status_follows_flags_and_oracle() {
    let status = |extra| market(extra).status;
    assert_eq!(status(json!({})), MarketStatus::Open);
    assert_eq!(status(json!({"umaResolutionStatuses": "[]"})), MarketStatus::Open);
    for halted in [
        json!({"acceptingOrders": false}),
        json!({"acceptingOrders": null}),
        json!({"active": false}),
        json!({"enableOrderBook": false}),
        json!({"archived": true}),
        json!({"closed": true}),
    ] {
        assert_eq!(status(halted.clone()), MarketStatus::Halted, "{halted}");
    }
    assert_eq!(status(json!({"umaResolutionStatus": "proposed"})), MarketStatus::Proposed);
    assert_eq!(status(json!({"umaResolutionStatuses": "[\"proposed\", \"disputed\"]"})), MarketStatus::Disputed);
    assert_eq!(status(json!({"umaResolutionStatus": "challenged", "closed": true})), MarketStatus::Disputed);
}

#[test]
fn only_closed_markets_with_payout_prices_are_resolved() {
    let end = |extra| {
        let m = market(extra);
        (m.status, m.resolution)
    };
    let closed = |prices: [&str; 2]| json!({"closed": true, "outcomePrices": json!(prices).to_string()});
    assert_eq!(end(closed(["1", "0"])), (MarketStatus::Resolved, Some(Resolution::Yes)));
    assert_eq!(end(closed(["0", "1"])), (MarketStatus::Resolved, Some(Resolution::No)));
    assert_eq!(end(closed(["0.5", "0.5"])), (MarketStatus::Resolved, Some(Resolution::Void)));
    assert_eq!(end(closed(["0.9995", "0.0005"])), (MarketStatus::Halted, None));
    assert_eq!(end(json!({"outcomePrices": ["1", "0"]})), (MarketStatus::Open, None));
    let mut disputed = closed(["1", "0"]);
    disputed["umaResolutionStatus"] = json!("disputed");
    assert_eq!(end(disputed), (MarketStatus::Disputed, None));
}

#[test]
fn the_embedded_event_gives_series_and_neg_risk() {
    let m = market(json!({
        "negRisk": true, "negRiskMarketID": "0xg", "negRiskOther": true,
        "events": [{"id": 7, "title": " T ", "slug": "t", "negRiskAugmented": true, "series": [{"slug": "s"}]}],
    }));
    let event = m.event.unwrap();
    assert_eq!((event.id.as_str(), event.title.as_str(), event.series.as_deref()), ("7", "T", Some("s")));
    assert_eq!(event.market_count, None);
    let group = m.neg_risk.unwrap();
    assert_eq!((group.group.as_str(), group.augmented, group.other), ("0xg", true, true));
    assert!(market(json!({"negRisk": false, "negRiskMarketID": "0xg"})).neg_risk.is_none());
    assert!(market(json!({"events": [null]})).event.is_none());
}

#[test]
fn an_event_object_counts_its_markets_and_lends_them_its_facts() {
    let mut second = row(json!({"negRisk": true}));
    second["id"] = json!("2");
    let event = json!({
        "id": "7", "title": "T", "slug": "t", "negRisk": true, "negRiskMarketID": "0xg", "negRiskAugmented": false,
        "markets": [row(json!({"negRisk": true})), second, {"id": "3"}],
    });
    let parsed = parse_event_markets(&event);
    assert_eq!((parsed.markets.len(), parsed.rejected.len()), (2, 1));
    assert_eq!(parsed.rejected[0].id.as_deref(), Some("3"));
    for m in &parsed.markets {
        assert_eq!(m.event.as_ref().unwrap().market_count, Some(3));
        assert_eq!(m.neg_risk.as_ref().unwrap().group.as_str(), "0xg");
    }
    let page = json!({"events": [event], "next_cursor": "c"}).to_string();
    let page = parse_markets(page.as_bytes()).unwrap();
    assert_eq!((page.markets.len(), page.next_cursor.as_deref()), (2, Some("c")));
}

#[test]
fn accepts_every_shape_of_answer_and_refuses_the_rest() {
    let one = row(json!({}));
    for answer in [
        json!([one]),
        json!({"markets": [one]}),
        json!({"data": [one], "next_cursor": null}),
        json!({"markets": [one], "next_cursor": ""}),
        json!({"markets": [one], "next_cursor": "LTE="}),
        one.clone(),
    ] {
        let parsed = parse_markets(answer.to_string().as_bytes()).unwrap();
        assert_eq!((parsed.markets.len(), parsed.next_cursor), (1, None), "{answer}");
    }
    for bad in ["", "[", "7", "null", "{}", "{\"markets\":7}", "<html>"] {
        assert!(parse_markets(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

/// The recorded rows as raw JSON.
fn recorded() -> Option<Vec<Value>> {
    let dump = test_data::find("gamma-2026-02-07/markets.json.gz", "gamma rows")?;
    let october = test_data::find("api-2026-10/clob/venue", "gamma rows of October")?;
    let mut rows: Vec<Value> = serde_json::from_slice(&test_data::read(&dump)).unwrap();
    rows.extend(serde_json::from_slice::<Vec<Value>>(&test_data::read(&october.join("gamma_markets.json"))).unwrap());
    let event: Value = serde_json::from_slice(&test_data::read(&october.join("gamma_event.json"))).unwrap();
    rows.extend(event["markets"].as_array().unwrap().clone());
    Some(rows)
}

/// Compares every typed field with the raw text, read in another way.
#[test]
fn every_recorded_row_parses_and_says_the_same() {
    let Some(rows) = recorded() else { return };
    assert!(rows.len() > 500, "{}", rows.len());
    for raw in &rows {
        let m = parse_market(raw).unwrap_or_else(|e| panic!("{e}: {}", raw["id"]));
        let tokens: Vec<String> = serde_json::from_str(raw["clobTokenIds"].as_str().unwrap()).unwrap();
        assert_eq!([m.yes.as_str(), m.no.as_str()], [&tokens[0], &tokens[1]]);
        assert_eq!(m.id.as_str(), raw["id"].as_str().unwrap());
        assert_eq!(m.condition.as_str(), raw["conditionId"].as_str().unwrap());
        assert_eq!(m.question, raw["question"].as_str().unwrap().trim());
        assert_eq!(m.description.as_deref(), raw["description"].as_str().map(str::trim).filter(|d| !d.is_empty()));
        assert_eq!(m.tick.to_f64(), raw["orderPriceMinTickSize"].as_f64().unwrap());
        assert_eq!(m.min_size.to_f64(), raw["orderMinSize"].as_f64().unwrap());
        assert_eq!(m.best_bid.map(|p| p.to_f64()), raw["bestBid"].as_f64());
        assert_eq!(m.best_ask.map(|p| p.to_f64()), raw["bestAsk"].as_f64());
        assert_eq!(m.neg_risk.is_some(), raw["negRisk"].as_bool().unwrap_or(false));
        assert_eq!(m.status, MarketStatus::Open);
        assert_eq!(m.fee.unwrap().rate_ppm > 0, raw["feesEnabled"].as_bool().unwrap());
        assert_eq!(m.end.is_some(), raw["endDate"].as_str().is_some());
        if let Some(end) = m.end {
            let raw_end = raw["endDate"].as_str().unwrap();
            assert_eq!(end.to_string()[..19], raw_end[..19]);
        }
        if let Some(event) = raw["events"].get(0) {
            let parsed = m.event.unwrap();
            assert_eq!(parsed.id.as_str(), event["id"].as_str().unwrap());
            assert_eq!(parsed.series.as_deref(), event["seriesSlug"].as_str());
            if let Some(group) = m.neg_risk {
                assert_eq!(group.group.as_str(), event["negRiskMarketID"].as_str().unwrap());
                assert_eq!(group.augmented, event["negRiskAugmented"].as_bool().unwrap());
            }
        }
    }
}

#[test]
fn the_recorded_event_answer_lends_its_markets_the_count() {
    let Some(path) = test_data::find("api-2026-10/clob/venue/gamma_event.json", "gamma event") else { return };
    let bytes = test_data::read(&path);
    let raw: Value = serde_json::from_slice(&bytes).unwrap();
    let listed = raw["markets"].as_array().unwrap().len();
    let parsed = parse_markets(&bytes).unwrap();
    assert_eq!((parsed.markets.len(), parsed.rejected.len()), (listed, 0));
    for m in parsed.markets {
        assert_eq!(m.event.unwrap().market_count, u32::try_from(listed).ok());
        assert!(m.neg_risk.unwrap().augmented);
        assert_eq!(m.fee, Some(FeeSchedule::linear(40_000)));
    }
}

/// Other answers of the same day have no markets in them; none may upset the parser.
#[test]
fn foreign_answers_do_no_harm() {
    let Some(folder) = test_data::find("api-2026-10", "foreign answers") else { return };
    let mut folders = vec![folder];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                files += 1;
                let bytes = test_data::read(&path);
                let gamma = path.file_name().unwrap().to_str().unwrap().starts_with("gamma_");
                let found = parse_markets(&bytes).map_or(0, |p| p.markets.len());
                assert_eq!(found > 0, gamma, "{}", path.display());
                let _ = crate::clob::parse_books(&bytes);
                let _ = crate::clob::ws::parse_frame(&String::from_utf8_lossy(&bytes));
            }
        }
    }
    assert!(files > 40, "{files}");
}

fn spoil() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(Value::Null)),
        Just(Some(json!({}))),
        Just(Some(json!([]))),
        Just(Some(json!([[null, {}], 7]))),
        any::<bool>().prop_map(|b| Some(json!(b))),
        any::<f64>().prop_map(|f| Some(json!(f))),
        any::<i64>().prop_map(|i| Some(json!(i))),
        any::<String>().prop_map(|s| Some(json!(s))),
        "\\[(\"[a-zA-Z0-9.]{0,4}\",?){0,3}\\]".prop_map(|s| Some(json!(s))),
    ]
}

/// Spoils fields anywhere in a row, its event included.
fn spoiled(mut row: Value, changes: &[(prop::sample::Index, bool, Option<Value>)]) -> Value {
    for (index, inside, change) in changes {
        let target = if *inside { row["events"].get_mut(0) } else { Some(&mut row) };
        let Some(object) = target.and_then(Value::as_object_mut).filter(|o: &&mut Map<_, _>| !o.is_empty()) else {
            continue;
        };
        let key = object.keys().nth(index.index(object.len())).unwrap().clone();
        match change {
            None => drop(object.remove(&key)),
            Some(value) => drop(object.insert(key, value.clone())),
        }
    }
    row
}

proptest! {
    #[test]
    fn spoiled_rows_never_panic_and_whatever_parses_is_whole(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), spoil()), 1..12),
        pick in any::<prop::sample::Index>(),
    ) {
        let by_hand = vec![row(json!({"events": [{"id": "7", "title": "T"}], "feeSchedule": {"rate": 0.04}, "bestBid": 0.4}))];
        // The recorded rows are read once; the data may be absent.
        static RECORDED: std::sync::OnceLock<Option<Vec<Value>>> = std::sync::OnceLock::new();
        let rows = RECORDED.get_or_init(recorded).as_ref().unwrap_or(&by_hand);
        let row = spoiled(rows[pick.index(rows.len())].clone(), &changes);
        if let Ok(m) = parse_market(&row) {
            prop_assert!(m.yes != m.no && !m.question.is_empty());
            prop_assert!(m.tick > crate::Price::ZERO && m.min_size.is_positive());
            prop_assert_eq!(m.resolution.is_some(), m.status == MarketStatus::Resolved);
            let again: Market = serde_json::from_str(&serde_json::to_string(&m).unwrap()).unwrap();
            prop_assert_eq!(again, m);
        }
        let answer = parse_markets(&serde_json::to_vec(&[row.clone(), row]).unwrap()).unwrap();
        prop_assert_eq!(answer.markets.len() + answer.rejected.len(), 2);
    }

    #[test]
    fn cut_and_random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..300) {
        let _ = parse_markets(&bytes);
        let text = json!([row(json!({}))]).to_string();
        if cut < text.len() {
            prop_assert!(parse_markets(&text.as_bytes()[..cut]).is_err());
        }
    }
}
