//! One command, one answer, one exit code: what scripts and timers use.

mod support;

use support::{Home, dump};

#[test]
fn a_line_is_answered_with_its_exit_code() {
    let home = Home::new();
    for (line, code, says) in [
        ("!hedge_scan", 0, "Scan: "),
        ("find hedges with 95% coverage", 0, "coverage of at least 95%"),
        ("!find_hedges 0.95", 0, "coverage of at least 95%"),
        ("!paper_trade open 1", 0, "Position 1 opened"),
        ("!paper_trade portfolio", 0, "1 open, 0 ended"),
        ("!paper_trade close 1", 0, "Position 1 closed"),
        ("!paper_trade close 1", 1, "was not closed"),
        ("!size 999", 1, "There is no hedge 999"),
        ("Review my trading bot code", 2, "needs a language model"),
        ("!help", 0, "Betty's commands"),
        ("!doctor", 0, "nothing wrong"),
        ("!quit", 0, ""),
    ] {
        let ended = home.run(&["ask", line]);
        ended.expect(code).says(&[says]);
        assert_eq!(ended.err, "", "{line}");
        assert!(line == "!quit" || ended.out.contains("PAPER"), "{ended}");
    }
}

#[test]
fn a_set_that_pays_is_told_as_a_basket_and_opens_nothing() {
    let home = Home::new();
    let source = |bid| format!("recorded:{}", home.file("election.json", dump::election(bid)).display());
    // Three NOs cost 1.92 and two of them pay; two NOs cost 1.28 and one of them pays.
    let pays = source(0.36);
    let ended = home.run(&["scan", "--source", &pays]);
    ended.expect(0).says(&["no hedge of two legs pays now, one basket does", "1 of 1 set pays", "+4.16%", "3 NO"]);
    ended.says(&["at most one resolves YES", "not paper-traded", "depth unknown", "PAPER"]);
    assert!(!ended.out.contains("!paper_trade open"), "{ended}");
    let (code, scan) = home.json(&["scan", "--source", &pays]);
    assert_eq!((code, scan["hedges"].as_array().map(Vec::len), &scan["sets_priced"]), (0, Some(0), &1.into()));
    let basket = &scan["baskets"][0];
    // 2 × 100 − 3 × 64.
    assert_eq!((&basket["capital"], &basket["worst_case"]), (&"192.00".into(), &"8.00".into()));
    // A minimum edge of 5% is more than 8 of 192.
    let (_, scan) = home.json(&["scan", "--source", &pays, "--min-edge", "5"]);
    assert_eq!((&scan["baskets"], &scan["sets_refused"]["nothing_pays"]), (&serde_json::json!([]), &1.into()));
    home.run(&["ask", "!paper_trade open 1", "--source", &pays]).expect(1).says(&["no hedge 1"]);

    home.run(&["scan", "--source", &source(0.333)])
        .expect(0)
        .says(&["1 set of more than two markets priced, none pays"]);
}

#[test]
fn json_parses_carries_its_version_and_never_a_float_for_money() {
    let home = Home::new();
    for (line, code, kind) in [
        ("!hedge_scan", 0, "scan"),
        ("!hedge_status", 0, "status"),
        ("!hedge_db", 0, "hedges"),
        ("!hedge_why 1", 0, "why"),
        ("!scan_markets 3", 0, "markets"),
        ("!cost 1", 0, "cost"),
        ("!size 1", 0, "size"),
        ("!paper_trade open 1", 0, "opened"),
        ("!paper_trade portfolio", 0, "portfolio"),
        ("!paper_trade positions", 0, "positions"),
        ("!paper_trade ledger", 0, "ledger"),
        ("!paper_trade close 1", 0, "closed"),
        ("!auto_strategy list", 0, "strategies"),
        ("!auto_trade status", 0, "auto"),
        ("!auto_trade open", 0, "auto"),
        ("!auto_strategy diff balanced swing@1", 0, "diff"),
        ("!auto_strategy performance", 0, "performance"),
        ("!auto_strategy stats", 0, "performance"),
        ("!auto_strategy history", 0, "history"),
        ("!auto_strategy reasons", 0, "reasons"),
        ("!auto_strategy diff balanced@7 swing", 1, "error"),
        ("!paper_trade close 77", 1, "error"),
        ("!task list", 0, "card"),
        ("!nonsense", 2, "card"),
    ] {
        let (got, value) = home.json(&["ask", line]);
        assert_eq!((got, value["kind"].as_str()), (code, Some(kind)), "{line}: {value}");
        assert_eq!(value["schema_version"], 1, "{line}");
        assert_eq!(value["paper"], true, "{line}");
        for path in ["/cash", "/equity", "/opened/cost", "/capital", "/amount", "/costs/total", "/hedges/0/cost"] {
            let money = value.pointer(path);
            assert!(money.is_none_or(|m| m.is_string() || m.is_null()), "{line} {path}: {money:?}");
        }
    }
}

#[test]
fn a_size_says_which_limit_bound_and_is_what_the_trade_gets() {
    let home = Home::new();
    home.run(&["scan"]).expect(0);
    let args = ["size", "1", "--confidence", "HIGH", "--strategy", "balanced"];
    let size = home.run(&args);
    size.expect(0).says(&["How the size came about: size limited by", "← this bound", "alone it allows"]);
    let (code, value) = home.json(&args);
    assert_eq!((code, value["kind"].as_str(), value["hedge"].as_i64()), (0, Some("size"), Some(1)));
    assert!(value["sizing"]["derivation"].as_array().unwrap().iter().any(|s| s["bound"] == true), "{value}");
    assert!(value["sizing"]["capital"].is_string(), "{value}");
    home.run(&["size", "1", "--confidence", "huge"]).expect(2);
    home.run(&["size", "none"]).expect(2);
    home.run(&["size", "999"]).expect(1).says(&["There is no hedge 999"]);
    // The same lines as the trade itself prints, while the books stand as they stood.
    let still = Home::new().configured("[market]\nsim_speed = 0\n");
    still.run(&["scan"]).expect(0);
    let size = still.run(&args).out;
    let opened = still.run(&["ask", "!paper_trade open 1 HIGH balanced"]);
    for line in size.lines().filter(|l| l.starts_with('•') || l.starts_with("How the size")) {
        opened.says(&[line]);
    }
}

/// A strategy as a file would hold it.
const MINE: &str = r#"name = "mine"
author = "Ada"
size_pct = 5
exits = [{ use = "out" }, { type = "hold_to_resolution" }]

[conditions.out]
combined_or = [{ type = "target_profit_pct", pct = 4 }, { type = "time_based_exit", hours = 12 }]

[entry]
max_tier = "T1"
min_coverage_pct = 97
min_net_edge_pct = 0.5
min_depth_shares = 20
"#;

#[test]
fn a_strategy_of_many_lines_is_saved_from_a_file_and_from_the_console() {
    let home = Home::new();
    // As `betty ask "!auto_strategy save $(cat mine.toml)"` hands it over.
    let saved = home.run(&["ask", &format!("!auto_strategy save {MINE}")]);
    saved.expect(0).says(&["Strategy mine v1 saved"]);
    let changed = MINE.replace("hours = 12", "hours = 24");
    let mut lines = vec!["!auto_strategy save ```toml"];
    lines.extend(changed.lines());
    lines.extend(["```", "!auto_strategy diff mine@1 mine@2", "!auto_strategy show mine"]);
    home.console::<&str>(&[], &lines).expect(0).says(&[
        "Strategy mine v2 saved",
        "mine@1 and mine@2: 1 line differs",
        "(+4% profit or 12 h held)",
        "(+4% profit or 24 h held)",
        "author = \"Ada\"",
        "{ combined_or = [ { type = \"target_profit_pct\", pct = 4 }, { type = \"time_based_exit\", hours = 24 } ] }",
    ]);
    // What is wrong is named by its path, and version 2 stays the last.
    for (from, to, says) in [
        ("combined_or", "use = \"out\" #", "conditions.out.use: a cycle of conditions: out → out"),
        ("size_pct = 5", "size_pct = -5", "size_pct: is -5, must be from 0 to 100"),
        ("\"target_profit_pct\"", "\"profit\"", "conditions.out.combined_or[0].type: \"profit\" is not known"),
    ] {
        let bad = home.run(&["ask", &format!("!auto_strategy save {}", MINE.replacen(from, to, 1))]);
        bad.expect(1).says(&["was not saved", says]);
    }
    home.run(&["ask", "!auto_strategy show mine@3"]).expect(1).says(&["the latest is mine@2"]);
}

#[test]
fn a_scan_with_entries_on_trades_by_rule_and_the_kill_switch_stops_it() {
    let home = Home::new();
    home.run(&["ask", "!auto_trade on"]).expect(0).says(&["Entries by rule are on"]);
    home.run(&["scan"]).expect(0).says(&[
        "Scan: ",
        "After task 2: 0 positions checked, 0 ended",
        "stored hedges entered",
    ]);
    let (_, portfolio) = home.json(&["ask", "!paper_trade portfolio"]);
    let held = portfolio["open"].as_u64().unwrap();
    assert!(held >= 1, "{portfolio}");
    // One JSON value on standard output; what follows is told on standard error.
    let (code, value) = home.json(&["scan"]);
    assert_eq!((code, value["kind"].as_str()), (0, Some("scan")));
    let lines = [
        "!stop_all",
        "!paper_trade open 1",
        "!auto_trade status",
        "!paper_trade close 1",
        "!resume",
        "!auto_trade status",
    ];
    let session = home.console::<&str>(&[], &lines);
    session.expect(0).says(&[
        "The kill switch is on: nothing is entered any more",
        "Every entry is stopped (since ",
        "KILL SWITCH on since ",
        "Position 1 closed",
        "is lifted: entries are possible again",
        "breaker: drawdown limit",
        "breaker: stops in a row",
        "breaker: loss of the day",
    ]);
    // It holds over a restart until a person lifts it, and one command is enough to set it.
    home.run(&["ask", "!stop_all"]).expect(0).says(&["The kill switch is on"]);
    let refused = home.run(&["ask", "!paper_trade open 1"]);
    refused.expect(1).says(&["Every entry is stopped"]);
    let reasons = home.run(&["ask", "!auto_strategy reasons"]);
    reasons.expect(0).says(&["decisions by reason", "take"]);
    home.run(&["ask", "!resume"]).expect(0).says(&["is lifted"]);
    home.run(&["ask", "!resume"]).expect(0).says(&["The kill switch is off"]);
    home.run(&["ask", "!pause"]).expect(2).says(&["Not from here"]);
    home.run(&["ask", "!auto_strategy history"]).expect(0).says(&["1 ended trade, newest first", "closed by hand"]);
}

#[test]
fn a_scan_can_be_narrowed() {
    let home = Home::new();
    let (_, all) = home.json(&["scan"]);
    let (_, few) = home.json(&["scan", "--limit", "40"]);
    assert_eq!(few["markets"], 40);
    assert!(all["markets"].as_u64() > Some(40));
    let best = all["hedges"][0]["legs"][0]["question"].as_str().unwrap();
    let word = best.split_whitespace().find(|w| w.len() > 6 && w.chars().all(char::is_alphabetic)).unwrap();
    let (code, found) = home.json(&["scan", "--query", word]);
    assert_eq!(code, 0);
    assert!(found["markets"].as_u64() < all["markets"].as_u64(), "{word}");
    assert!(found["hedges"].as_array().unwrap().iter().any(|h| h["key"] == all["hedges"][0]["key"]), "{word}");
    // The best edge is below 50%, so nothing is listed at that; a scan that finds nothing is done, not failed.
    let (code, none) = home.json(&["scan", "--min-edge", "50"]);
    assert_eq!((code, none["hedges"].as_array().map(Vec::len)), (0, Some(0)));
}

#[test]
fn settings_are_shown_with_their_origin() {
    let home = Home::new()
        .configured("[limits]\nhedge_cap_pct = 7\n[betty]\nname = \"Ada\"\n")
        .with("BETTY_BETTY_NAME", "Eve");
    let shown = home.run(&["config", "show", "--origin", "--source", "simulated:3"]);
    shown.expect(0).says(&[
        "[limits]",
        "hedge_cap_pct = 7  # file ",
        "name = \"Eve\"  # environment BETTY_BETTY_NAME",
        "source = \"simulated:3\"  # flag --source",
        "cash_reserve_pct = 20  # default",
    ]);
    // What is shown without origins is a configuration file that says the same.
    let plain = home.run(&["config", "show"]);
    let file = home.file("shown.toml", &plain.expect(0).out);
    let again = Home::new().run(&["config", "show", "--config", file.to_str().unwrap()]);
    let table = |text: &str| text.parse::<toml::Table>().expect("what is shown is TOML");
    assert_eq!(table(&again.expect(0).out), table(&plain.out));
    let (code, value) = home.json(&["config", "show"]);
    assert_eq!((code, &value["kind"]), (0, &"config".into()));
    let cap = value["settings"].as_array().unwrap().iter().find(|s| s["key"] == "limits.hedge_cap_pct").unwrap();
    assert_eq!(cap["value"], "7");
    assert!(!home.data().join("betty.db").exists(), "showing settings starts nothing");
}

#[test]
fn the_doctor_finds_a_new_installation_well_and_a_neglected_one_not() {
    let home = Home::new();
    home.run(&["doctor"]).expect(0).says(&["nothing wrong", "PAPER only", "balanced", "sound"]);
    let (code, value) = home.json(&["doctor"]);
    assert_eq!((code, &value["schema_version"], &value["kind"]), (0, &1.into(), &"doctor".into()));
    let findings = value["findings"].as_array().unwrap();
    assert!(findings.iter().all(|f| f["severity"] == "ok" || f["severity"] == "note"), "{value}");
    for check in ["paper", "data_dir", "database", "ledger", "outbox", "market", "gas", "prompts", "discord", "model"] {
        assert!(findings.iter().any(|f| f["id"] == check), "{check}");
    }
    #[cfg(unix)]
    {
        std::fs::set_permissions(home.data(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        home.run(&["doctor"]).expect(1).says(&["other users may read", "chmod 700"]);
    }
    let home = Home::new().with("BETTY_MARKET_GAMMA", "http://127.0.0.1:1");
    home.run(&["doctor", "--source", "live"]).expect(1).says(&["ERROR", "did not answer"]);
}

#[test]
fn a_dump_becomes_a_recording_that_scans_the_same() {
    let home = Home::new();
    let (dump, out) = (home.file("small.json.gz", dump::gzip()), home.path("small.bettyrec"));
    let (dump, out) = (dump.to_str().unwrap(), out.to_str().unwrap());
    let (code, told) = home.json(&["import", dump, "--out", out]);
    assert_eq!((code, &told["kind"]), (0, &"import".into()));
    assert_eq!((told["markets"].as_u64(), told["events"].as_u64()), (Some(3), Some(6)), "two books a market");
    let scan = |path: &str| {
        let (code, mut scan) = home.json(&["scan", "--source", &format!("recorded:{path}")]);
        assert_eq!(code, 0, "{scan}");
        let hedges = scan["hedges"].as_array_mut().unwrap();
        // Each recording is a source of its own, so its hedges have numbers of their own.
        hedges.iter_mut().for_each(|h| h["id"] = 0.into());
        (scan["markets"].clone(), scan["candidates"].clone(), scan["hedges"].clone(), scan["refused"].clone())
    };
    let (from_dump, from_recording) = (scan(dump), scan(out));
    assert_eq!(from_dump, from_recording);
    // By hand: NO of the $500M rung at 1 - 0.60 and YES of the $300M rung at 0.42 cost 0.82 a pair that pays at least 1.
    let hedges = from_dump.2.as_array().unwrap();
    assert_eq!(hedges.len(), 1, "{hedges:?}");
    let prices: Vec<&str> =
        hedges[0]["legs"].as_array().unwrap().iter().map(|l| l["price"].as_str().unwrap()).collect();
    assert_eq!(prices, ["0.40", "0.42"]);
    // 100 shares are assumed where no size is known; trading was free.
    let hedge = &hedges[0];
    assert_eq!(
        (&hedge["shares"], &hedge["cost"], &hedge["worst_case"]),
        (&"100".into(), &"82.00".into(), &"18.00".into())
    );
    assert_eq!(hedges[0]["evidence"], "proven");
}

#[test]
fn what_was_recorded_can_be_scanned() {
    let home = Home::new();
    let out = home.path("venue.bettyrec");
    let out = out.to_str().unwrap();
    let recorded = home.run(&["record", "--for", "2", "--out", out, "--limit", "60"]);
    recorded.expect(0).says(&["60 markets and ", "venue.bettyrec"]);
    let (code, scan) = home.json(&["scan", "--source", &format!("recorded:{out}")]);
    assert_eq!((code, &scan["markets"]), (0, &60.into()), "{scan}");
    assert!(
        scan["source"].as_str().unwrap().starts_with("RECORDED simulated-7-venue as of 2026-01-05T00:00:0"),
        "{scan}"
    );
    assert!(scan["candidates"].as_u64() > Some(0), "books were recorded with the markets: {scan}");
    // A second session is appended, not written over.
    let size = std::fs::metadata(out).unwrap().len();
    home.run(&["record", "--for", "1", "--out", out, "--limit", "60"]).expect(0);
    assert!(std::fs::metadata(out).unwrap().len() > size);
    home.run(&["scan", "--source", &format!("recorded:{out}")]).expect(0);
}
