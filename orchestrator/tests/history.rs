//! `betty scan --history`: what a history offered, counted and named.

mod support;

use serde_json::Value;
use support::{Home, recorded};

/// Usage or configuration.
const USAGE: i32 = 2;

#[test]
fn the_recorded_quotes_are_counted_and_stale_gains_named() {
    const NAME: &str = "the_recorded_quotes_are_counted_and_stale_gains_named";
    let Some(quotes) = recorded("quotes-2026-03-22_04-11", NAME) else { return };
    let source = format!("recorded:{}", quotes.display());
    let home = Home::new();
    let (code, found) = home.json(&["--source", &source, "scan", "--history", "--rows", "1000"]);
    assert_eq!((code, &found["kind"]), (0, &Value::from("history")));
    let study = &found["study"];
    let n = |relation: &str, key: &str| study["relations"][relation][key].as_u64().expect("a count");
    eprintln!("{}", study["relations"]);
    // The folder holds 43,204 markets; its ladders alone give thousands of pairs.
    assert_eq!(study["coverage"]["markets"], 43_204);
    assert!(n("implies", "pairs") > 1_000 && n("implies", "together") > 1_000);
    for relation in study["relations"].as_object().expect("relations").keys() {
        assert_eq!(n(relation, "proven"), 0, "no rule text, no proof: {relation}");
        assert!(n(relation, "looks") >= n(relation, "together") + n(relation, "apparent"));
        assert!(n(relation, "together") >= n(relation, "before_fees") + n(relation, "one_sided"));
        assert!(n(relation, "before_fees") >= n(relation, "after_fees"));
        assert!(n(relation, "before_fees") >= n(relation, "todays_fees"));
        let fates: u64 = ["held", "gone", "never_together"].iter().map(|f| n(relation, &format!("apparent_{f}"))).sum();
        assert_eq!(n(relation, "apparent"), fates, "each apparent gain has one fate: {relation}");
    }
    // What could be bought rests on fresh books only; what could not says why.
    let (fresh, gap) = (&study["book_age_ms_max"].as_i64().unwrap(), study["leg_gap_ms_max"].as_i64().unwrap());
    let ages = |offer: &Value| [0, 1].map(|i| offer["ages_ms"][i].as_i64().expect("an age"));
    let executable = study["executable"].as_array().unwrap();
    assert!(!executable.is_empty());
    for offer in executable {
        let [a, b] = ages(offer);
        assert!(a.max(b) <= *fresh && (a - b).abs() <= gap && offer["verdict"] == "together", "{offer}");
    }
    let apparent = study["apparent"].as_array().unwrap();
    assert!(!apparent.is_empty());
    for offer in apparent {
        let [a, b] = ages(offer);
        let stale = a.max(b) > *fresh || (a - b).abs() > gap;
        assert!(stale != (offer["verdict"] == "one_sided"), "{offer}");
        assert!(offer["after_fees"].is_null(), "{offer}");
    }
}

#[test]
fn history_needs_history_and_dates_that_are_dates() {
    let home = Home::new();
    home.run(&["--source", "live", "scan", "--history"]).expect(USAGE).complains(&["live data has no history"]);
    home.run(&["scan", "--history", "--from", "soon"]).expect(USAGE).complains(&["--from", "soon", "2026-03-25"]);
    home.run(&["scan", "--from", "2026-03-25"]).expect(USAGE);
    home.run(&["scan", "--history", "--limit", "5"]).expect(USAGE);
    home.run(&["scan", "--history", "--from", "2026-02-01", "--to", "2026-01-01"]).expect(USAGE);
}

#[test]
fn a_period_of_the_simulated_venue_prints_its_counts() {
    let home = Home::new();
    home.run(&["scan", "--history", "--from", "2026-01-05", "--to", "2026-01-08", "--rows", "2"]).expect(0).says(&[
        "History: ",
        "observed together",
        "after today's fees",
        "SIMULATED",
        "Largest gains",
    ]);
    assert!(!home.data().join("betty.db").exists(), "looking through history stores nothing");
}

#[test]
fn the_rules_are_counted_against_how_recorded_markets_ended() {
    const NAME: &str = "the_rules_are_counted_against_how_recorded_markets_ended";
    let Some(quotes) = recorded("quotes-2026-03-22_04-11", NAME) else { return };
    let source = format!("recorded:{}", quotes.display());
    let home = Home::new();
    let (code, found) = home.json(&["--source", &source, "kb", "calibration", "--history"]);
    assert_eq!((code, &found["kind"], &found["schema_version"]), (0, &Value::from("calibration"), &Value::from(1)));
    let rows = found["rows"].as_array().unwrap();
    let mut tested = 0;
    for row in rows {
        eprintln!("{row}");
        let n = |key: &str| row[key].as_u64().unwrap();
        let pairs = |end: &str| row["pairs"][end].as_u64().unwrap_or(0);
        // A neg-risk group is a fact of the venue and needs no text; everything else is presumed without one.
        assert!(row["basis"] == "presumed" || row["rule"] == "R2" || row["rule"] == "R3", "{row}");
        assert!(n("events") <= pairs("held") + pairs("failed") && n("failures") <= pairs("failed"), "{row}");
        assert_eq!(row["coverage"].is_null(), n("events") == 0, "{row}");
        tested += n("events");
    }
    assert!(tested >= 30, "{tested} events put to the test");
    home.run(&["--source", &source, "kb", "calibration", "--history"])
        .expect(0)
        .says(&["at least", "RECORDED", "share"]);
}
