//! The schema: which keys are there, that money is text, that nothing is a float but a probability or a statistic.

use super::fixtures::{NOW, Scene, every_error, every_report, task};
use super::{SCHEMA_VERSION, json};
use betty_bus::Report;
use betty_market::{Depth, Usdc};
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Calls with the path of every value.
fn walk(path: &str, value: &Value, see: &mut dyn FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                see(path, key, item);
                walk(&format!("{path}.{key}"), item, see);
            }
        }
        Value::Array(items) => items.iter().for_each(|i| walk(path, i, see)),
        _ => {}
    }
}

#[test]
fn a_scan_has_exactly_the_agreed_keys() {
    let scene = Scene::new();
    let value = json(task(), &Ok(Report::Scan(scene.scan_report())));
    assert_eq!(
        keys(&value),
        [
            "at",
            "baskets",
            "candidates",
            "hedges",
            "kind",
            "markets",
            "model",
            "paper",
            "refused",
            "schema_version",
            "sets_priced",
            "sets_refused",
            "source",
            "task"
        ]
    );
    assert_eq!((&value["baskets"], &value["sets_priced"]), (&Value::Array(Vec::new()), &0.into()));
    assert_eq!(value["kind"], "scan");
    assert_eq!(value["source"], "SIMULATED (seed 7)");
    assert_eq!(value["at"], NOW.to_string());
    assert_eq!(value["refused"]["spread"], 1_200);
    let hedge = &value["hedges"][0];
    assert_eq!(
        keys(hedge),
        [
            "certificate",
            "cost",
            "coverage",
            "days",
            "depth",
            "evidence",
            "fee",
            "gas",
            "id",
            "key",
            "legs",
            "net_edge",
            "relation",
            "rule",
            "shares",
            "tier",
            "worst_case",
            "worst_case_void"
        ]
    );
    // The sums of the worked example.
    for (key, text) in [
        ("cost", "118.70496"),
        ("fee", "1.90496"),
        ("gas", "0.00"),
        ("worst_case", "1.29504"),
        ("worst_case_void", "-58.70496"),
        ("shares", "120"),
        ("evidence", "proven"),
        ("rule", "R4"),
        ("relation", "implies"),
        ("tier", "T0"),
        ("depth", "full"),
        // 1.29504 / 118.70496 = 0.01090974…
        ("net_edge", "0.010909"),
    ] {
        assert_eq!(hedge[key], text, "{key}");
    }
    assert_eq!(hedge["id"], 3);
    assert_eq!(keys(&hedge["certificate"]), ["obligations", "parameters", "sentence"]);
    assert_eq!(keys(&hedge["coverage"]), ["lower", "n", "point"]);
    let leg = &hedge["legs"][0];
    assert_eq!(keys(leg), ["market_id", "price", "question", "side", "token_id"]);
    assert_eq!((&leg["side"], &leg["price"], &leg["token_id"]), (&"NO".into(), &"0.71".into(), &"101-no".into()));
    let assumed = json(task(), &Ok(Report::Scan(Scene::with("the Bridge ceremony", Depth::Unknown).scan_report())));
    assert_eq!(assumed["hedges"][0]["depth"], "unknown");
}

#[test]
fn a_basket_has_exactly_the_agreed_keys() {
    let value = json(task(), &Ok(Report::Scan(Scene::new().scan_with_basket(Depth::Full))));
    assert_eq!((&value["sets_priced"], &value["sets_refused"]["nothing_pays"]), (&2.into(), &1.into()));
    let basket = &value["baskets"][0];
    assert_eq!(
        keys(basket),
        [
            "at",
            "capital",
            "certificate",
            "days",
            "depth",
            "evidence",
            "fee",
            "gas",
            "key",
            "legs",
            "market_ids",
            "net_edge",
            "relation",
            "rule",
            "tier",
            "worlds",
            "worst_case",
            "worst_case_void"
        ]
    );
    // The sums beside the fixture.
    for (key, text) in [
        ("capital", "97.3824"),
        ("fee", "1.3824"),
        ("gas", "0.00"),
        ("worst_case", "2.6176"),
        ("worst_case_void", "-72.3824"),
        ("net_edge", "0.026879"),
        ("evidence", "proven"),
        ("rule", "R2"),
        ("relation", "excludes"),
        ("tier", "T0"),
        ("depth", "full"),
    ] {
        assert_eq!(basket[key], text, "{key}");
    }
    assert_eq!(keys(&basket["certificate"]), ["obligations", "parameters", "sentence"]);
    assert_eq!(basket["legs"].as_array().map(Vec::len), Some(3));
    let leg = &basket["legs"][0];
    assert_eq!(
        keys(leg),
        ["cost", "fee", "levels", "marginal_price", "market_id", "price", "question", "shares", "side", "token_id"]
    );
    for (key, text) in [("side", "NO"), ("token_id", "301-no"), ("shares", "50"), ("cost", "32.00"), ("price", "0.64")]
    {
        assert_eq!(leg[key], text, "{key}");
    }
    assert_eq!((&leg["marginal_price"], leg["levels"].as_array().map(Vec::len)), (&"0.64".into(), Some(1)));
    assert_eq!(keys(&leg["levels"][0]), ["cost", "fee", "price", "shares"]);
    // None of the three wins, or one does.
    let worlds = basket["worlds"].as_array().expect("worlds");
    assert_eq!(worlds.len(), 4);
    assert_eq!(keys(&worlds[0]), ["after_cost", "pays", "probability", "yes"]);
    assert_eq!((&worlds[0]["yes"], &worlds[0]["pays"]), (&Value::Array(Vec::new()), &"150.00".into()));
    let sum: f64 = worlds.iter().map(|w| w["probability"].as_f64().expect("a probability")).sum();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
}

#[test]
fn every_end_carries_the_head() {
    let reports = every_report("the Bridge ceremony", Depth::Full);
    let mut kinds = std::collections::BTreeSet::new();
    for report in reports {
        let tag = serde_json::to_value(&report).expect("a report")["report"].clone();
        let value = json(task(), &Ok(report));
        assert_eq!(value["schema_version"], SCHEMA_VERSION);
        assert_eq!((&value["task"], &value["paper"]), (&12.into(), &true.into()));
        assert_eq!(value["kind"], tag, "the kind is the report's own name");
        assert!(value["source"].is_string() || value["source"].is_null());
        kinds.insert(tag.as_str().expect("a name").to_owned());
    }
    assert_eq!(kinds.len(), 33, "{kinds:?}");
    for (kind, end) in every_error() {
        let value = json(task(), &end);
        assert_eq!((&value["kind"], &value["schema_version"]), (&"error".into(), &SCHEMA_VERSION.into()));
        assert_eq!(value["error"]["kind"], serde_json::to_value(kind).expect("a kind"));
        assert_eq!(value["error"]["message"], "what happened, why, what to do");
    }
}

#[test]
fn money_is_text_keys_are_snake_case_and_only_estimates_are_floats() {
    const MONEY: [&str; 41] = [
        "cost",
        "fee",
        "gas",
        "worst_case",
        "worst_case_void",
        "best_case",
        "price",
        "amount",
        "cash",
        "capital",
        "at_cost",
        "payout",
        "total",
        "slippage",
        "spread",
        "gas_buffer",
        "proxy",
        "leg_risk",
        "payoff",
        "mark",
        "unrealised",
        "gross_pnl",
        "real_pnl",
        "costs_paid",
        "realised_gross",
        "realised_real",
        "starting",
        "bankroll",
        "equity",
        "mark_value",
        "positions_at_cost",
        "sum",
        "allowed",
        "best_ask",
        "best_bid",
        "shares",
        "net_edge",
        "min_size",
        "pays",
        "after_cost",
        "marginal_price",
    ];
    let mut texts = 0;
    for report in every_report("the Bridge ceremony", Depth::Full) {
        let kind = format!("{report:?}").chars().take(20).collect::<String>();
        let value = json(task(), &Ok(report));
        walk("", &value, &mut |path, key, item| {
            // Estimates of a backtest are statistics, and undefined ones say why.
            let statistic = matches!(key, "value" | "sharpe")
                && path.starts_with(".report") | path.contains("rows") | path.contains("backtests");
            let implied = key == "probability" && path == ".baskets.worlds";
            assert!(
                !item.is_f64() || path.ends_with(".coverage") || implied || statistic,
                "{kind}: {path}.{key} is a float"
            );
            // Names of refusals, tiers, parameters, settings and scenarios are data.
            let named_by_data = ["refused", "sets_refused", "by_tier", "parameters", "settings", "scenarios"];
            if named_by_data.iter().any(|name| path.ends_with(&format!(".{name}"))) {
                return;
            }
            let snake = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            assert!(snake, "{kind}: {path}.{key}");
            if MONEY.contains(&key) {
                assert!(!item.is_number(), "{kind}: {path}.{key} is a number");
                if let Some(text) = item.as_str() {
                    assert!(text.parse::<Usdc>().is_ok(), "{kind}: {path}.{key} = {text}");
                    texts += 1;
                }
            }
            if key == "at" || key.ends_with("_at") || key == "as_of" {
                let ok = item.is_null() || item.as_str().and_then(betty_market::Timestamp::parse).is_some();
                assert!(ok, "{kind}: {path}.{key} = {item}");
            }
        });
    }
    assert!(texts > 200, "{texts}");
}

#[test]
fn a_ledger_and_a_portfolio_have_objects_where_the_types_have_tuples() {
    for report in every_report("the Bridge ceremony", Depth::Full) {
        let value = json(task(), &Ok(report));
        match value["kind"].as_str() {
            Some("ledger") => {
                assert_eq!(value["balanced"], true);
                if let Some(first) = value["rows"].get(0) {
                    assert_eq!((&first["entry"], &first["kind"]), (&1.into(), &"account_opened".into()));
                }
            }
            Some("portfolio") => {
                if let Some(first) = value["by_event"].get(0) {
                    assert_eq!(keys(first), ["capital", "event"]);
                    assert!(value["equity"].is_null(), "no marks were given");
                }
            }
            Some("settled") => {
                if let Some(first) = value["waiting"].get(0) {
                    assert_eq!(keys(first), ["position", "waits_for"]);
                }
            }
            Some("strategies") => {
                assert_eq!(value["strategies"][1]["name"], "balanced");
                assert_eq!(value["strategies"][1]["active"], true);
            }
            _ => {}
        }
    }
}
