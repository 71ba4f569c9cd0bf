//! The reference vectors: fees, walks and Kelly stakes computed elsewhere and confirmed by public libraries, and fees as settled on
//! chain. They are read where they lie and skipped, by name, where they do not.

use betty_market::{Book, BookSide, Depth, FeeSchedule, Level, Price, Shares, Timestamp, TokenId, Usdc};
use betty_trading::kelly::{Payout, kelly_binary, kelly_multi};
use serde_json::Value;
use std::path::PathBuf;

fn data(file: &str, test: &str) -> Option<Value> {
    let root = std::env::var_os("BETTY_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    match std::fs::read_to_string(root.join(file)) {
        Ok(text) => Some(serde_json::from_str(&text).expect("a recorded file is JSON")),
        Err(_) => {
            eprintln!("skipped: recorded data not found ({test})");
            None
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn rate(text: &str) -> FeeSchedule {
    let rate: Usdc = text.parse().unwrap();
    FeeSchedule::linear(u32::try_from(rate.micros()).unwrap())
}

#[test]
fn fees_match_the_reference() {
    let Some(data) = data("vectors/execution.json", "fees_match_the_reference") else { return };
    let fees = data["fees"].as_array().unwrap();
    assert_eq!(fees.len(), 21);
    for case in fees {
        let fee =
            rate(text(case, "rate")).fee(text(case, "price").parse().unwrap(), text(case, "shares").parse().unwrap());
        assert_eq!(fee, text(case, "floor").parse().unwrap(), "{case}");
    }
}

#[test]
fn fees_match_every_settlement_on_chain() {
    let Some(data) = data("fees/onchain_taker_fees.json", "fees_match_every_settlement_on_chain") else { return };
    let fills = data.as_array().unwrap();
    assert!(!fills.is_empty());
    for fill in fills {
        // A taker who buys gives dollars and takes shares; one who sells gives shares.
        let shares = if text(fill, "side") == "BUY" { "taker_amount_filled" } else { "maker_amount_filled" };
        let shares = Shares::from_micros(text(fill, shares).parse().unwrap());
        let fee = rate(text(fill, "fee_rate")).fee(text(fill, "price").parse().unwrap(), shares);
        assert_eq!(fee.micros().to_string(), text(fill, "fee"), "{fill}");
    }
}

fn levels(side: &Value) -> Vec<Level> {
    let level = |pair: &Value| Level {
        price: Price::from_e4(u16::try_from(pair[0].as_u64().unwrap() * 100).unwrap()).unwrap(),
        size: Shares::from_micros(pair[1].as_i64().unwrap() * Shares::LOT.micros()),
    };
    side.as_array().unwrap().iter().map(level).collect()
}

fn close_to(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[test]
fn walks_match_the_reference() {
    let Some(data) = data("vectors/execution.json", "walks_match_the_reference") else { return };
    let walks = data["walks"].as_array().unwrap();
    assert_eq!(walks.len(), 14);
    for case in walks {
        let token = TokenId::new("1").unwrap();
        let book =
            Book::from_levels(token, Timestamp::default(), Depth::Full, levels(&case["bids"]), levels(&case["asks"]));

        // The reference spends to the last fraction of a share; the venue sells whole lots of 0.01. So the walk may hold up to one
        // lot less, and its cost may be lower by the price of that lot. Where the book runs out both are exact.
        let buy = &case["buy"];
        let walk = book.spend(Usdc::whole(case["spend_usd"].as_i64().unwrap()), FeeSchedule::FREE);
        let exact: f64 = text(buy, "shares").parse().unwrap();
        let missing = exact - walk.shares.to_f64();
        let spent: f64 = text(buy, "cost").parse().unwrap();
        assert!((-1e-6..0.01).contains(&missing), "shares {exact} against {}", walk.shares);
        assert!((-1e-6..0.01).contains(&(spent - walk.amount.to_f64())), "cost {spent} against {}", walk.amount);
        assert_eq!(walk.fills.len() as u64, buy["levels"].as_u64().unwrap());
        if buy["partial"].as_bool().unwrap() {
            assert!(close_to(missing, 0.0, 1e-9) && close_to(walk.amount.to_f64(), spent, 1e-9));
        }
        let average = walk.amount.to_f64() / walk.shares.to_f64();
        assert!(close_to(average, buy["avg"].as_f64().unwrap(), 1e-4));
        let best = book.best_ask().unwrap().price.to_f64();
        assert!(close_to((average / best - 1.0) * 1e4, buy["slippage_bps_vs_best_ask"].as_f64().unwrap(), 1.0));

        let sell = &case["sell"];
        let asked = Shares::whole(case["sell_shares"].as_i64().unwrap());
        let walk = book.take(BookSide::Bid, asked, FeeSchedule::FREE);
        assert_eq!(walk.shares, text(sell, "shares").parse().unwrap());
        assert_eq!(walk.amount, text(sell, "proceeds").parse().unwrap());
        assert_eq!(walk.fills.len() as u64, sell["levels"].as_u64().unwrap());
        assert_eq!(walk.shares < asked, sell["partial"].as_bool().unwrap());
    }
}

#[test]
fn binary_kelly_matches_the_reference() {
    let Some(data) = data("vectors/execution.json", "binary_kelly_matches_the_reference") else { return };
    let cases = data["kelly_binary"].as_array().unwrap();
    assert_eq!(cases.len(), 16);
    for case in cases {
        let number = |key: &str| case[key].as_f64();
        let cost = number("effective_cost").or(number("cost")).unwrap();
        let f = kelly_binary(number("p").unwrap(), cost);
        assert!(close_to(f, number("f").unwrap(), 1e-12), "{f} in {case}");
    }
}

#[test]
fn kelly_over_a_payoff_table_matches_the_reference() {
    let Some(data) = data("vectors/execution.json", "kelly_over_a_payoff_table_matches_the_reference") else { return };
    let cases = data["kelly_multi"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let payout =
            |o: &Value| Payout { p: o["p"].as_f64().unwrap(), per_dollar: o["payout_per_dollar"].as_f64().unwrap() };
        let table: Vec<Payout> = case["outcomes"].as_array().unwrap().iter().map(payout).collect();
        let f = kelly_multi(&table).unwrap();
        assert!(close_to(f, case["f"].as_f64().unwrap(), 1e-9), "{f} in {case}");
    }
}
