//! `betty backtest` and `!backtest`, as their user runs them.

mod support;

use betty_bus::Effect;
use betty_market::Timestamp;
use betty_storage::{Store, StoreConfig};
use betty_trading::backtest::RunReport;
use betty_trading::strategy::template;
use serde_json::{Value, json};
use std::path::Path;
use support::{Home, dump, snapshot};

/// Usage or configuration.
const USAGE: i32 = 2;
/// Data that cannot be replayed.
const DATA: i32 = 3;

/// A report made by hand.
fn report(run_id: &str, data_hash: &str, roi_ppm: i64) -> RunReport {
    let figure = |value: Option<f64>| json!({ "value": value, "interval": null, "n": 4, "undefined": "too few" });
    let summary = json!({
        "starting": "1000", "ending": "1010", "gross": "12", "net": "10", "roi_ppm": roi_ppm,
        "opened": 5, "ended": 4, "open": 1, "wins": 3,
        "win_rate": figure(Some(0.75)), "return_per_trade": figure(None), "sharpe": figure(None), "sortino": figure(None),
        "max_drawdown": figure(Some(0.125)), "cagr": figure(None), "calmar": figure(None), "profit_factor": figure(None),
        "psr": figure(None), "deflated_sharpe": figure(None),
        "exposure_ppm": 1, "held_ms_mean": null, "return_per_day_ppm": null,
    });
    let zero = "0";
    let case = json!({
        "name": "exact", "summary": summary, "ledger_hash": "f",
        "equity": [{ "at": 1_767_225_600_000_i64, "equity": "1000", "cash": "900", "drawdown_ppm": 0, "open": 1 }],
        "waterfall": { "at_mid": "12", "spread": "-2", "slippage": zero, "fee": zero, "gas": zero, "leg_risk": zero, "other": zero, "net": "10" },
        "trades": [], "exits": {}, "scenarios": {}, "refused": { "spread": 7 },
        "naked": { "entries": 5, "one_legged": 0, "completed": 0, "unwound": 0, "unfilled": 0, "total_ms": 0, "longest_ms": 0, "loss": zero },
    });
    let strategy = template("balanced").unwrap();
    serde_json::from_value(json!({
        "schema_version": 1, "run_id": run_id, "data_hash": data_hash, "rules_hash": "e".repeat(64), "code": "0.1.0",
        "source": { "kind": "recorded", "as_of": 0, "name": "day" },
        "strategy": strategy.reference(), "strategy_toml": strategy.to_toml(), "settings": {},
        "cases": [case], "variants": [],
        "coverage": {
            "from": 1_767_225_600_000_i64, "to": 1_767_830_400_000_i64, "records": 9, "markets": 3, "filtered": 0, "ended": 0,
            "candidates": 2, "pairs": 1, "priced": 1, "observations": 4, "gaps": 0, "holes": [],
        },
        "trials": 2, "warnings": ["few events"], "verdict": "not enough data",
    }))
    .expect("the values of a report")
}

/// Puts reports into the database as a run would.
fn keep(home: &Home, reports: Vec<RunReport>) {
    std::fs::create_dir_all(home.data()).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&StoreConfig::file(home.data().join("betty.db"))).await.unwrap();
        for report in reports {
            let effects = vec![Effect::Backtest(Box::new(report))];
            store.write_backtest(effects, Timestamp::from_secs(1_800_000_000)).await.unwrap();
        }
        store.close().await.unwrap();
    });
}

fn source(path: &Path) -> String {
    format!("recorded:{}", path.display())
}

#[test]
fn what_cannot_be_run_is_told_before_anything_is_written() {
    let home = Home::new();
    let whole = source(&home.file("whole.json", dump::plain()));
    let missing = source(&home.path("not-there.bettyrec"));
    let faulty = home.file(
        "faulty.toml",
        "name = \"x\"\nsize_pct = 5\nexits = [{ type = \"stop_loss\", pct = 900 }]\n[entry]\nmax_tier = \"T1\"\nmin_coverage_pct = 95\nmin_net_edge_pct = 1\nmin_depth_shares = 5\n",
    );
    let faulty = faulty.to_str().unwrap();
    let folder = home.path("no/such/report.html");
    let folder = folder.to_str().unwrap();
    let grid = |values: &'static str| vec!["sweep", "--grid", values];
    let cases: Vec<(Vec<&str>, &str, i32, &[&str])> = vec![
        (vec!["run", "--strategy", "nonsense"], &whole, USAGE, &["there is no strategy \"nonsense\"", "balanced"]),
        (vec!["run", "--strategy", "No Name"], &whole, USAGE, &["neither a name nor a TOML file"]),
        (vec!["run", "--strategy", "missing.toml"], &whole, USAGE, &["missing.toml cannot be read"]),
        (vec!["run", "--strategy", faulty], &whole, USAGE, &["exits[0].pct", "template balanced"]),
        (vec!["run", "--from", "2026-02-02", "--to", "2026-02-01"], &whole, USAGE, &["runs backwards"]),
        (vec!["run", "--from", "yesterday"], &whole, USAGE, &["--from", "2026-02-07"]),
        (vec!["run", "--bankroll", "0"], &whole, USAGE, &["--bankroll", "dollars above 0"]),
        (vec!["run", "--set", "limits.hedge_cap=5"], &whole, USAGE, &["did you mean limits.hedge_cap_pct"]),
        (vec!["run", "--query", " "], &whole, USAGE, &["the query is empty"]),
        (vec!["run"], "live", USAGE, &["live data has none", "betty record"]),
        (vec!["run"], &missing, DATA, &["not-there.bettyrec", "cannot be found"]),
        (vec!["sweep"], &whole, USAGE, &["at least one parameter"]),
        (grid("size_pct"), &whole, USAGE, &["write it as size_pct=5,10,15"]),
        (grid("size_pct="), &whole, USAGE, &["no values"]),
        (grid("sise_pct=5"), &whole, USAGE, &["did you mean \"size_pct\""]),
        (grid("entry.min_net_edge_pct=0..100:0.001"), &whole, USAGE, &["more than 1000 values"]),
        (
            vec!["sweep", "--grid", "size_pct=0.1..100:0.1", "--grid", "limits.hedge_cap_pct=1..100:1"],
            &whole,
            USAGE,
            &["100000 sets are too many", "at most 10000"],
        ),
        (vec!["sweep", "--grid", "size_pct=5", "--held-out", "60%"], &whole, USAGE, &["60%", "0 to 50"]),
        (vec!["sweep", "--grid", "size_pct=5", "--held-out", "some"], &whole, USAGE, &["--held-out", "25%"]),
        (vec!["sweep", "--random", "5"], &whole, USAGE, &["at least one parameter"]),
        (vec!["walk-forward", "--train", "7"], &whole, USAGE, &["--train", "7d"]),
        (vec!["walk-forward", "--test", "0d"], &whole, USAGE, &["longer than nothing"]),
        (vec!["show", "00aa"], &whole, USAGE, &["there is no backtest 00aa", "betty backtest list"]),
        (vec!["show", "12"], &whole, USAGE, &["first 4 digits"]),
        (vec!["compare", "00aa", "11bb"], &whole, USAGE, &["there is no backtest 00aa"]),
        (vec!["run", "--html", folder], &whole, USAGE, &["does not exist"]),
        (vec!["run", "--out", faulty], &whole, USAGE, &["is a file: name a folder"]),
    ];
    let before = snapshot(&home.path(""));
    let own = |files: Vec<(std::path::PathBuf, Vec<u8>)>| -> Vec<_> {
        files.into_iter().filter(|(path, _)| !path.starts_with(home.data())).collect()
    };
    for (args, source, code, says) in &cases {
        let args = [&["backtest"], &args[..], &["--source", *source]].concat();
        let ended = home.run(&args);
        ended.expect(*code).complains(says);
        assert_eq!(ended.out, "", "{args:?}: {ended}");
        let (told, value) = home.json(&args);
        assert_eq!((told, &value["kind"]), (*code, &"error".into()), "{args:?}: {value}");
    }
    assert_eq!(own(snapshot(&home.path(""))), own(before), "nothing was written beside the data directory");
    home.run(&["backtest", "list"]).expect(0).says(&["There are none yet", "PAPER"]);
    // What clap can tell by itself.
    for args in [
        &["backtest"][..],
        &["backtest", "compare", "00aa"],
        &["backtest", "run", "--threads", "65"],
        &["backtest", "run", "--latency-ms", "-1"],
        &["backtest", "sweep", "--random", "0"],
    ] {
        home.run(args).expect(USAGE);
    }
}

#[test]
fn stored_runs_are_listed_shown_and_compared() {
    let home = Home::new();
    let (a, b) = ("d".repeat(64), "c".repeat(64));
    keep(
        &home,
        vec![
            report("00aa11bb22cc33dd", &a, 10_000),
            report("00aa99bb22cc33dd", &a, -5_000),
            report("77aa11bb22cc33dd", &b, 0),
        ],
    );
    let list = home.run(&["backtest", "list"]);
    list.expect(0).says(&["77aa11bb", "00aa99bb", "00aa11bb", "+1.00%", "-0.50%", "balanced v1"]);
    assert!(list.out.find("77aa11bb") < list.out.find("00aa11bb"), "newest first: {list}");
    let (code, value) = home.json(&["backtest", "list", "--limit", "2"]);
    assert_eq!((code, value["kind"].as_str(), value["stored"].as_u64()), (0, Some("backtests"), Some(3)));
    let rows = value["backtests"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["net"], &rows[0]["at"]), (2, &"10.00".into(), &"2027-01-15T08:00:00Z".into()));
    assert_eq!(rows[0]["max_drawdown_ppm"], 125_000);

    let shown = home.run(&["backtest", "show", "00aa11"]);
    shown.expect(0).says(&[
        "Backtest 00aa11bb: +1.00% on $1,000.00",
        "not enough data",
        "RECORDED day",
        "PAPER",
        "Note: few events",
    ]);
    let (code, value) = home.json(&["backtest", "show", "00AA11"]);
    assert_eq!((code, &value["report"]["run_id"]), (0, &"00aa11bb22cc33dd".into()));
    assert_eq!(
        (&value["paper"], &value["schema_version"], &value["source"]),
        (&true.into(), &1.into(), &"RECORDED day as of 1970-01-01T00:00:00Z".into())
    );
    home.run(&["backtest", "show", "00aa"]).expect(USAGE).complains(&[
        "more than one run id",
        "00aa11bb22cc33dd",
        "00aa99bb22cc33dd",
        "more digits",
    ]);

    home.run(&["backtest", "compare", "00aa11", "00aa99"]).expect(0).says(&["2 backtests side by side", "12.5%"]);
    // On other data the answer is that they cannot be compared, and the numbers stand beside it.
    let unlike = home.run(&["backtest", "compare", "00aa11", "77aa"]);
    unlike.expect(1).says(&["Not comparable: they ran on different data", "+1.00%", "+0.00%"]);
    let (code, value) = home.json(&["backtest", "compare", "00aa11", "77aa"]);
    assert_eq!((code, &value["comparable"]), (1, &false.into()));
    home.run(&["backtest", "compare", "00aa11", "00aa11bb"]).expect(USAGE).complains(&["named twice"]);

    // The same in chat.
    home.run(&["ask", "!backtest list"]).expect(0).says(&["77aa11bb"]);
    let ask = home.run(&["ask", "!backtest show 00aa11"]);
    ask.expect(0).says(&["+1.00% on $1,000.00", "RECORDED day"]);
    assert!(!ask.out.contains("SIMULATED"), "the card says what the run was on, not what Betty runs on: {ask}");
    home.run(&["ask", "!backtest compare 00aa11 77aa"]).expect(1).says(&["Not comparable"]);
    home.run(&["ask", "!backtest show 00aa"]).expect(1).says(&["more than one run id"]);
    home.run(&["ask", "!backtest run source=recorded:missing.bettyrec"]).expect(1).says(&["cannot be found"]);
    home.run(&["ask", "!backtest sweep balanced sise_pct=5,10"]).expect(1).says(&["did you mean \"size_pct\""]);
}

#[test]
fn a_stored_run_is_exported_whole() {
    let home = Home::new();
    keep(&home, vec![report("00aa11bb22cc33dd", "d", 10_000)]);
    let out = home.path("new/folder");
    let shown = home.run(&["backtest", "show", "00aa", "--out", out.to_str().unwrap()]);
    shown.expect(0).says(&["written: ", "report.json"]);
    let text = std::fs::read_to_string(out.join("report.json")).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&value["run_id"], &value["coverage"]["from"]),
        (&"00aa11bb22cc33dd".into(), &"2026-01-01T00:00:00Z".into())
    );
    let toml = std::fs::read_to_string(out.join("strategy.toml")).unwrap();
    assert_eq!(toml, template("balanced").unwrap().to_toml());
    for (path, _) in snapshot(&out) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.starts_with('.') && !name.ends_with(".part"), "{name} was left behind");
    }
    // With --json, standard output is the report alone.
    let (code, _) = home.json(&["backtest", "show", "00aa", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 0);
}

/// A recording of the simulated venue.
fn recording(home: &Home) -> String {
    let out = home.path("venue.bettyrec");
    home.run(&["record", "--for", "3", "--out", out.to_str().unwrap(), "--limit", "60"]).expect(0);
    source(&out)
}

#[test]
fn a_run_is_stored_once_and_is_the_same_with_any_number_of_threads() {
    let home = Home::new();
    let source = recording(&home);
    let run = |threads: &str| home.json(&["backtest", "run", "--source", &source, "--threads", threads]);
    let (code, one) = run("1");
    assert_eq!((code, &one["kind"]), (0, &"backtest".into()), "no trade is a result too: {one}");
    assert_eq!(one["report"]["trials"], 1);
    assert_eq!(run("2").1, one);
    let (_, list) = home.json(&["backtest", "list"]);
    assert_eq!(list["stored"], 1);
    let id = one["report"]["run_id"].as_str().unwrap();
    let (_, shown) = home.json(&["backtest", "show", &id[..8]]);
    assert_eq!(shown["report"], one["report"]);
    // Another setting is another run, and the second trial on this data.
    let (_, other) = home.json(&["backtest", "run", "--source", &source, "--set", "limits.hedge_cap_pct=3"]);
    assert_ne!(other["report"]["run_id"], one["report"]["run_id"]);
    assert_eq!(other["report"]["trials"], 2);
    // A run of the first again is still a trial among two, not a third.
    assert_eq!(run("1").1["report"]["trials"], 2);
}

#[test]
fn a_period_outside_the_data_is_told_with_what_there_is() {
    let home = Home::new();
    let source = recording(&home);
    let ended = home.run(&["backtest", "run", "--source", &source, "--from", "2020-01-01", "--to", "2020-02-01"]);
    ended.expect(DATA).complains(&["covers 2026-01-05", "2020-01-01", "within"]);
    home.run(&["backtest", "list"]).expect(0).says(&["There are none yet"]);
}

#[test]
fn a_run_in_chat_is_a_task_with_an_answer() {
    let home = Home::new();
    let source = recording(&home);
    let line = format!("!backtest run balanced source=\"{source}\" seed=3");
    home.run(&["ask", &line]).expect(0).says(&["Backtest ", "balanced v1", "RECORDED", "trial 1 on this data"]);
    home.run(&["backtest", "list"]).expect(0).says(&["balanced v1"]);
}
