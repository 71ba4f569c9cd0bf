//! A scan of recorded markets: what is proven there, what must not be, and a paper trade on it.

mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use support::{Home, recorded};

const DUMP: &str = "gamma-2026-02-07/markets.json.gz";
const CROSS: &str = "pairs/cross_event_pairs.json";
const LADDERS: &str = "pairs/ladder_pairs.jsonl";

/// Two markets; for an implication the one that forces the other comes first.
type Pair = (String, String);

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_else(|| panic!("{key} in {row}")).to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("recorded text")
}

/// Labelled pairs of implied markets of which the forcing one is bid above the other's ask: buying NO of the first and YES of the
/// second at the opposite sides costs less than the dollar that one of them pays.
fn must_be_found(rows: &[Value]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for row in rows.iter().filter(|r| r["strictly_necessary"] == true) {
        let (first, second) = match row["relation"].as_str() {
            Some("a_implies_b") => ("a", "b"),
            Some("b_implies_a") => ("b", "a"),
            _ => continue,
        };
        let bid = row[format!("{first}_yes_bid")].as_f64();
        let ask = row[format!("{second}_yes_ask")].as_f64();
        if bid.zip(ask).is_some_and(|(bid, ask)| bid > ask) {
            pairs.push((text(row, first), text(row, second)));
        }
    }
    pairs
}

/// Labelled pairs that are almost certain and must not be called certain.
fn almost_certain(cross: &[Value]) -> BTreeSet<Pair> {
    cross.iter().filter(|r| r["strictly_necessary"] == false).map(|r| (text(r, "a"), text(r, "b"))).collect()
}

/// Those, and the hard negatives.
fn must_not_be_proven(cross: &[Value], ladders: &str) -> BTreeSet<Pair> {
    let ladders = ladders.lines().map(|l| serde_json::from_str::<Value>(l).expect("a labelled pair"));
    let none: Vec<Pair> =
        ladders.filter(|r| r["label"] == "none").map(|r| (text(&r, "a_id"), text(&r, "b_id"))).collect();
    assert!(!none.is_empty());
    almost_certain(cross).into_iter().chain(none).collect()
}

fn legs(hedge: &Value) -> Vec<(String, String)> {
    let legs = hedge["legs"].as_array().expect("legs");
    legs.iter().map(|l| (text(l, "market_id"), text(l, "side"))).collect()
}

/// Amounts are decimal texts: no float may have touched them.
fn is_decimal(value: &Value) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let Some(text) = value.as_str() else { return false };
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(text),
    }
}

#[test]
fn every_bound_that_prices_break_is_found_with_its_proof_and_nothing_else_is_called_proven() {
    let test = "every_bound_that_prices_break_is_found_with_its_proof_and_nothing_else_is_called_proven";
    let (Some(dump), Some(cross), Some(ladders)) =
        (recorded(DUMP, test), recorded(CROSS, test), recorded(LADDERS, test))
    else {
        return;
    };
    let cross: Vec<Value> = serde_json::from_str(&read(&cross)).expect("labelled pairs");
    let (wanted, forbidden) = (must_be_found(&cross), must_not_be_proven(&cross, &read(&ladders)));
    assert!(!wanted.is_empty(), "the recording breaks at least one bound");

    let home = Home::new();
    let source = format!("recorded:{}", dump.display());
    let (code, scan) = home.json(&["scan", "--source", &source]);
    assert_eq!(code, 0, "{scan}");
    assert_eq!(scan["schema_version"], 1);
    assert_eq!(scan["kind"], "scan");
    assert_eq!(scan["paper"], true);
    assert!(text(&scan, "source").starts_with("RECORDED gamma-2026-02-07 as of 2026-02-07T"));
    let hedges = scan["hedges"].as_array().expect("hedges");

    for (first, second) in &wanted {
        let buys = [(first.clone(), "NO".to_owned()), (second.clone(), "YES".to_owned())];
        let found = hedges.iter().find(|h| legs(h) == buys).unwrap_or_else(|| panic!("{first} forces {second}"));
        assert_eq!(found["evidence"], "proven");
        let sentence = text(&found["certificate"], "sentence");
        assert!(sentence.contains(" forces YES on ") && sentence.ends_with('.'), "{sentence}");
        for leg in found["legs"].as_array().unwrap() {
            assert!(sentence.contains(&text(leg, "question")), "{sentence}");
        }
        assert!(!found["certificate"]["obligations"].as_array().unwrap().is_empty());
        assert_eq!(found["depth"], "unknown", "a dump of best prices knows no depth");
    }

    for hedge in hedges {
        for key in ["cost", "fee", "gas", "worst_case", "worst_case_void", "net_edge", "shares"] {
            assert!(is_decimal(&hedge[key]), "{key} = {} is not a decimal text", hedge[key]);
        }
        for leg in hedge["legs"].as_array().unwrap() {
            assert!(is_decimal(&leg["price"]), "{leg}");
        }
        assert!(!text(hedge, "net_edge").starts_with('-'), "listed is what pays: {hedge}");
        let ids: Vec<String> = legs(hedge).into_iter().map(|(id, _)| id).collect();
        let labelled = |(a, b): &Pair| ids.contains(a) && ids.contains(b);
        assert!(hedge["evidence"] != "proven" || !forbidden.iter().any(labelled), "{hedge}");
    }

    // Nothing is lost on the way: each candidate is listed or refused for one reason.
    let refused: u64 = scan["refused"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(hedges.len() as u64 + refused, scan["candidates"].as_u64().unwrap(), "{scan}");
}

#[test]
fn the_almost_certain_is_never_called_certain_when_asked_outright() {
    let test = "the_almost_certain_is_never_called_certain_when_asked_outright";
    let (Some(dump), Some(cross)) = (recorded(DUMP, test), recorded(CROSS, test)) else { return };
    let cross: Vec<Value> = serde_json::from_str(&read(&cross)).expect("labelled pairs");
    let forbidden = almost_certain(&cross);
    assert!(!forbidden.is_empty());
    let lines: Vec<String> = forbidden.iter().map(|(a, b)| format!("!analyze {a} {b}")).collect();
    let source = format!("recorded:{}", dump.display());
    let ended = Home::new().console(&["--source", &source], &lines.iter().map(String::as_str).collect::<Vec<_>>());
    ended.expect(0);
    let answers = |title: &str| ended.out.lines().filter(|l| *l == title).count();
    assert_eq!(answers("+ good: A relation holds"), 0, "{ended}");
    assert_eq!(answers("No relation is proven"), lines.len(), "{ended}");

    // The same question about pairs of which one really forces the other.
    let wanted = must_be_found(&cross);
    let lines: Vec<String> = wanted.iter().map(|(a, b)| format!("!analyze {a} {b}")).collect();
    let ended = Home::new().console(&["--source", &source], &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let answers = ended.expect(0).out.lines().filter(|l| *l == "+ good: A relation holds").count();
    assert_eq!(answers, wanted.len(), "{ended}");
}

#[test]
fn a_recorded_hedge_is_opened_watched_and_closed_to_the_cent() {
    let Some(dump) = recorded(DUMP, "a_recorded_hedge_is_opened_watched_and_closed_to_the_cent") else { return };
    let home = Home::new();
    let source = format!("recorded:{}", dump.display());
    let ended = home.console(
        &["--source", &source],
        &[
            "!paper_trade open 1 $40",
            "!paper_trade portfolio",
            "!paper_trade positions",
            "!paper_trade close 1",
            "!paper_trade positions",
            "!paper_trade ledger",
        ],
    );
    ended.expect(0);
    ended.says(&["RECORDED gamma-2026-02-07", "PAPER", "Position 1 opened", "Positions: 1 open, 0 ended"]);
    ended.says(&["Position 1 closed", "Positions: 0 open, 1 ended", "sum of all postings: 0.00, balanced"]);
    assert!(!ended.out.contains("SIMULATED"), "{ended}");
    // Said with the scan, the trade and the close: the sizes are assumptions.
    assert!(ended.out.matches("depth unknown").count() >= 3, "{ended}");

    let (code, ledger) = home.json(&["ask", "!paper_trade ledger 20", "--source", &source]);
    assert_eq!(code, 0, "{ledger}");
    assert_eq!(ledger["balanced"], true);
    let kinds: Vec<String> = ledger["rows"].as_array().unwrap().iter().map(|r| text(r, "kind")).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    let micros = |value: &Value| -> i128 {
        let text = value.as_str().unwrap();
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |t| (-1, t));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        sign * format!("{whole}{part:0<6}").parse::<i128>().unwrap()
    };
    for row in ledger["rows"].as_array().unwrap() {
        let sum: i128 = row["postings"].as_array().unwrap().iter().map(|p| micros(&p["amount"])).sum();
        assert_eq!(sum, 0, "{row}");
    }

    // Another kind of data is another account.
    let (_, other) = home.json(&["ask", "!paper_trade positions"]);
    assert_eq!(other["positions"].as_array().map(Vec::len), Some(0), "{other}");
}
