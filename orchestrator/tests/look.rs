//! `betty hedges`, `betty markets`, `betty monitor`: what they print, as text and as JSON, and how they end.

mod support;

use serde_json::Value;
use support::Home;

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {value}"))
}

/// A home in which a scan has run while the books stand still, with the best hedge of it.
fn scanned() -> (Home, Value) {
    let home = Home::new().configured("[market]\nsim_speed = 0\n");
    let (code, scan) = home.json(&["scan"]);
    assert_eq!(code, 0);
    let best = scan["hedges"][0].clone();
    (home, best)
}

#[test]
fn hedges_are_listed_shown_and_explained() {
    let (home, best) = scanned();
    let id = best["id"].to_string();
    home.run(&["hedges", "list"]).expect(0).says(&["Hedges: stored hedges", "net edge", "tier", "shares", "days"]);
    let (code, list) = home.json(&["hedges", "list", "--limit", "1"]);
    assert_eq!((code, text(&list, "/kind"), list["schema_version"].as_u64()), (0, "hedges", Some(1)));
    assert_eq!((list["hedges"].as_array().unwrap().len(), &list["hedges"][0]["key"]), (1, &best["key"]));
    home.run(&["hedges", "show", &id]).expect(0).says(&[&format!("Hedges: hedge {id}"), "net edge"]);
    let (code, shown) = home.json(&["hedges", "show", &id]);
    assert_eq!((code, &shown["hedges"][0]["cost"]), (0, &best["cost"]));
    let why = home.run(&["hedges", "why", &id]);
    why.expect(0).says(&["The proof HOLDS", "✓ ", "«", "rule text: ", "+ fee $", "all-in $", "void", "Prices lately"]);
    // As the chat says it.
    let chat = home.run(&["ask", &format!("!hedge_why {id}")]);
    let body = |out: &str| out.lines().filter(|l| !l.contains("task ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&chat.expect(0).out), body(&why.out));
}

#[test]
fn the_full_reasoning_as_json_adds_up_and_its_marks_are_the_texts() {
    let (home, best) = scanned();
    let (code, why) = home.json(&["hedges", "why", &best["id"].to_string()]);
    assert_eq!((code, text(&why, "/kind"), why["holds"].as_bool()), (0, "why", Some(true)));
    let money = |v: &Value| -> i64 {
        let (whole, part) = v.as_str().unwrap().split_once('.').unwrap_or((v.as_str().unwrap(), ""));
        let micros: i64 = format!("{part:0<6}").parse().unwrap();
        let whole: i64 = whole.parse().unwrap();
        if v.as_str().unwrap().starts_with('-') { whole * 1_000_000 - micros } else { whole * 1_000_000 + micros }
    };
    let costs = &why["costs"];
    assert_eq!(money(&costs["asks"]) + money(&costs["fees"]) + money(&costs["gas"]), money(&costs["total"]), "{costs}");
    let (mut asks, mut fees) = (0, 0);
    for book in why["books"].as_array().unwrap() {
        for level in book["levels"].as_array().unwrap() {
            asks += money(&level["amount"]);
            fees += money(&level["fee"]);
        }
    }
    assert_eq!((asks, fees), (money(&costs["asks"]), money(&costs["fees"])), "level by level");
    let worst = |void: bool| {
        let of = why["worlds"].as_array().unwrap().iter().filter(|w| void || w["void"] == false);
        of.map(|w| money(&w["after_cost"])).min().unwrap()
    };
    assert_eq!(worst(false), money(&why["hedge"]["worst_case"]));
    assert_eq!(worst(true), money(&why["hedge"]["worst_case_void"]));
    let marks = why["marks"].as_array().unwrap();
    assert!(!marks.is_empty());
    for mark in marks {
        let market = why["markets"].as_array().unwrap().iter().find(|m| m["market_id"] == mark["market_id"]).unwrap();
        let field = match text(mark, "/field") {
            "question" => market["question"].as_str().unwrap(),
            "description" => market["rules"].as_str().unwrap(),
            "group_title" => market["group_title"].as_str().unwrap(),
            _ => market["event"]["title"].as_str().unwrap(),
        };
        let (start, end) = (mark["start"].as_u64().unwrap() as usize, mark["end"].as_u64().unwrap() as usize);
        assert_eq!(&field[start..end], text(mark, "/text"));
    }
}

#[test]
fn each_scan_and_each_run_of_the_monitor_leaves_a_price() {
    let (home, best) = scanned();
    let id = best["id"].to_string();
    let (code, first) = home.json(&["hedges", "history", &id]);
    assert_eq!((code, text(&first, "/kind")), (0, "prices"));
    let points = first["points"].as_array().unwrap();
    assert_eq!(points.len(), 1, "{first}");
    assert_eq!((&points[0]["net_edge"], &points[0]["shares"]), (&best["net_edge"], &best["shares"]));
    assert_eq!(text(&points[0], "/state"), "pays");
    // The clock stands still, so another look falls into the same five minutes and replaces the point.
    let (code, monitor) = home.json(&["monitor", "--once", "--threshold", "0"]);
    assert_eq!((code, text(&monitor, "/kind")), (0, "monitor"));
    assert!(monitor["hedges"].as_array().unwrap().iter().any(|h| h["why"] == serde_json::json!(["past_threshold"])));
    let (_, again) = home.json(&["hedges", "history", &id, "--limit", "5"]);
    assert_eq!(again["points"].as_array().unwrap().len(), 1);
    home.run(&["hedges", "history", &id]).expect(0).says(&["Prices of hedge", "1 point", "net edge", "pays"]);
    home.run(&["ask", &format!("!hedge_history {id}")]).expect(0).says(&["Prices of hedge"]);
}

#[test]
fn markets_are_searched_and_shown_with_book_ladder_and_relations() {
    let (home, best) = scanned();
    let first = text(&best, "/legs/0/market_id").to_owned();
    let second = text(&best, "/legs/1/market_id").to_owned();
    let (code, few) = home.json(&["markets", "search", "--limit", "3"]);
    assert_eq!((code, few["markets"].as_array().unwrap().len()), (0, 3));
    let word = text(&best, "/legs/0/question").split_whitespace().find(|w| w.len() > 5).unwrap().to_owned();
    let (code, found) = home.json(&["markets", "search", &word]);
    assert!(code == 0 && !found["markets"].as_array().unwrap().is_empty(), "{word}: {found}");

    home.run(&["markets", "show", &first]).expect(0).says(&["Rule text: ", "fee rate", "ends"]);
    let (code, shown) = home.json(&["markets", "show", &first]);
    assert_eq!((code, text(&shown, "/market/market_id"), &shown["books"]), (0, first.as_str(), &Value::Null));

    home.run(&["markets", "book", &first]).expect(0).says(&["YES: ", "NO: ", "ask shares"]);
    let (code, book) = home.json(&["markets", "book", &first]);
    assert_eq!((code, text(&book, "/kind"), text(&book, "/books/0/side")), (0, "market", "YES"));
    let side = book["books"].as_array().unwrap().iter().find(|b| b["side"] == best["legs"][0]["side"]).unwrap();
    assert_eq!(side["asks"][0]["price"], best["legs"][0]["price"], "the book the hedge was priced on");

    let (code, related) = home.json(&["markets", "related", &first, "--limit", "100"]);
    assert_eq!((code, text(&related, "/kind")), (0, "related"));
    let row = related["related"].as_array().unwrap().iter().find(|r| r["market_id"] == *second);
    assert_eq!(row.expect("the other leg")["link"]["evidence"], "proven");
    home.run(&["markets", "related", &first]).expect(0).says(&["Related to market", "proven"]);

    let (code, ladder) = home.json(&["markets", "ladder", &first]);
    assert_eq!((code, text(&ladder, "/kind")), (0, "ladder"));
    let rungs = ladder["rungs"].as_array().unwrap();
    assert!(rungs.len() > 1 && rungs.iter().any(|r| r["market_id"] == *first), "{ladder}");
    home.run(&["markets", "ladder", &first]).expect(0).says(&["Ladder of market", "YES ask", " ←"]);
    home.run(&["ask", &format!("!market ladder {first}")]).expect(0).says(&["Ladder of market"]);
}

#[test]
fn what_cannot_be_done_has_its_name_and_its_code() {
    let home = Home::new();
    for args in [&["hedges", "show", "999"][..], &["hedges", "why", "999"], &["hedges", "history", "999"]] {
        home.run(args).expect(1).says(&["There is no hedge 999"]);
        let (code, value) = home.json(args);
        assert_eq!((code, text(&value, "/kind"), text(&value, "/error/kind")), (1, "error", "refused"));
    }
    for verb in ["show", "book", "ladder", "related"] {
        home.run(&["markets", verb, "999999999"]).expect(1).says(&["market 999999999"]);
        let (code, value) = home.json(&["markets", verb, "999999999"]);
        assert_eq!((code, text(&value, "/error/kind")), (1, "refused"), "{verb}");
    }
    // The last line tells the market's time, which goes on.
    let listed = || {
        let out = home.run(&["ask", "!task list"]).expect(0).out.clone();
        out.lines().filter(|l| !l.starts_with("PAPER")).map(str::to_owned).collect::<Vec<_>>()
    };
    let tasks = listed();
    assert!(tasks.len() > 10, "the tasks above: {tasks:?}");
    // What cannot be read is told before anything is started, and becomes no task.
    for args in [
        &["hedges"][..],
        &["hedges", "show"],
        &["hedges", "show", "none"],
        &["hedges", "why", "-1"],
        &["hedges", "why", "0"],
        &["hedges", "history", "1", "--limit", "0"],
        &["hedges", "history", "1", "--limit", "501"],
        &["hedges", "list", "--limit", "many"],
        &["markets", "show"],
        &["markets", "show", "not an id"],
        &["markets", "book", ""],
        &["markets", "related", "1", "--limit", "0"],
        &["monitor", "--threshold", "much"],
        &["monitor", "once"],
    ] {
        let ended = home.run(args);
        ended.expect(2);
        assert!(ended.err.starts_with("error: "), "{ended}");
    }
    home.run(&["hedges", "list", "--coverage", "101"]).expect(2).complains(&["--coverage", "from 0 to 100"]);
    home.run(&["monitor", "--once", "--threshold", "-1"]).expect(2);
    home.run(&["monitor", "--once", "--threshold", "101"]).expect(2).complains(&["--threshold", "from 0 to 100"]);
    let wrong = Home::new().configured("[monitor]\ninterval_min = -5\n");
    wrong.run(&["monitor", "--once"]).expect(2).complains(&["monitor.interval_min"]);
    assert_eq!(listed(), tasks);
    // Nothing upstream: another code.
    let away = Home::new().with("BETTY_MARKET_GAMMA", "http://127.0.0.1:1");
    away.run(&["markets", "search", "x", "--source", "live"]).expect(3);
    away.run(&["markets", "ladder", "1", "--source", "live"]).expect(3);
    // Nothing stored and nothing to watch is done.
    home.run(&["hedges", "list"]).expect(0).says(&["No active hedge is stored"]);
    home.run(&["monitor", "--once"]).expect(0).says(&["nothing to watch"]);
}

#[test]
fn without_once_the_monitor_goes_on_until_it_is_stopped_and_not_at_all_with_an_interval_of_none() {
    let home = Home::new();
    let mut running = home.spawn(&["monitor"]);
    running.until("Monitor: ");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(running.kill(), "it waits for the next run");
    let never = Home::new().configured("[monitor]\ninterval_min = 0\n");
    never.run(&["monitor"]).expect(0).says(&["Monitor: "]);
}

#[test]
fn what_is_known_by_counting_is_told_as_text_and_as_json() {
    let home = Home::new();
    home.run(&["kb", "calibration"]).expect(0).says(&["Nothing is written down yet", "59 events", "149"]);
    home.run(&["scan"]).expect(0);
    home.run(&["kb", "calibration"]).expect(0).says(&["known as", "proven", "at least", "PAPER"]);
    let (code, value) = home.json(&["kb", "calibration"]);
    assert_eq!((code, text(&value, "/kind")), (0, "calibration"));
    let rows = value["rows"].as_array().unwrap();
    assert!(
        !rows.is_empty() && rows.iter().all(|r| r["pairs"]["open"].as_u64().unwrap() > 0 && r["coverage"].is_null()),
        "{value}"
    );
    home.run(&["ask", "!knowledge calibration"]).expect(0).says(&["known as"]);
    home.run(&["kb"]).expect(2);
    home.run(&["kb", "calibration", "--history", "--source", "live"])
        .expect(2)
        .complains(&["live data has no history"]);
    home.run(&["kb", "nothing"]).expect(2);
}
