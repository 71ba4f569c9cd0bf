//! `betty analyze`: two markets, and files of pairs against their labels.

mod support;

use serde_json::{Value, json};
use support::{Home, dump, recorded};

/// Usage or configuration.
const USAGE: i32 = 2;
/// Least share of labelled implications and exclusives that must be shown.
const RECALL_MIN: f64 = 0.97;

fn rows(home: &Home, source: &str, file: &str) -> Vec<Value> {
    let ended = home.run(&["--source", source, "analyze", "--pairs", file]);
    ended.expect(0);
    let mut whole: Value = serde_json::from_str(&ended.out).expect("one JSON value");
    assert_eq!(whole.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()), Some(vec!["pairs".to_owned()]));
    serde_json::from_value(whole["pairs"].take()).expect("rows")
}

#[test]
fn labelled_ladders_are_answered_in_their_order() {
    const NAME: &str = "labelled_ladders_are_answered_in_their_order";
    let (Some(quotes), Some(file)) =
        (recorded("quotes-2026-03-22_04-11", NAME), recorded("pairs/ladder_pairs.jsonl", NAME))
    else {
        return;
    };
    let text = std::fs::read_to_string(&file).expect("recorded text");
    let labels: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).expect("a row")).collect();
    let found = rows(&Home::new(), &format!("recorded:{}", quotes.display()), &file.display().to_string());
    assert_eq!(found.len(), labels.len());
    let (mut wanted, mut shown) = (0, 0);
    for (label, row) in labels.iter().zip(&found) {
        assert_eq!((&label["a_id"], &label["b_id"]), (&row["a"], &row["b"]), "the file's order");
        let (right, got) = (label["label"].as_str().unwrap(), row["relation"].as_str().unwrap());
        if right == "none" {
            assert_eq!((got, &row["evidence"], &row["rule"]), ("none", &Value::Null, &Value::Null), "{label}");
        } else {
            wanted += 1;
            shown += u32::from(got == right);
            assert!(got == right || got == "none", "{got} for {label}");
            assert!(got == "none" || row["evidence"] == "presumed", "no rule text, no proof: {row}");
        }
        assert!(row["reason"].as_str().is_some_and(|r| r.len() > 10), "{row}");
    }
    eprintln!("{shown} of {wanted} labelled relations shown");
    assert!(f64::from(shown) >= RECALL_MIN * f64::from(wanted), "{shown} of {wanted}");
}

#[test]
fn labelled_pairs_across_events_are_never_called_certain_wrongly() {
    const NAME: &str = "labelled_pairs_across_events_are_never_called_certain_wrongly";
    let (Some(markets), Some(file)) =
        (recorded("gamma-2026-02-07/markets.json.gz", NAME), recorded("pairs/cross_event_pairs.json", NAME))
    else {
        return;
    };
    let text = std::fs::read_to_string(&file).expect("recorded text");
    let labels: Vec<Value> = serde_json::from_str(&text).expect("an array");
    let found = rows(&Home::new(), &format!("recorded:{}", markets.display()), &file.display().to_string());
    assert_eq!(found.len(), labels.len());
    for (label, row) in labels.iter().zip(&found) {
        assert_eq!((&label["a"], &label["b"]), (&row["a"], &row["b"]), "the file's order");
        let got = row["relation"].as_str().unwrap();
        let certain = label["strictly_necessary"] == true;
        assert!(got == "none" || certain && label["relation"] == got && row["evidence"] == "proven", "{label}: {row}");
        if got == "none" && certain {
            eprintln!("missed: {} {}: {}", label["a_question"], label["b_question"], row["reason"]);
        }
    }
    let shown = found.iter().filter(|r| r["relation"] != "none").count();
    eprintln!(
        "{shown} of {} pairs across events proven",
        labels.iter().filter(|l| l["strictly_necessary"] == true).count()
    );
    assert!(shown >= 49);
}

#[test]
fn two_ids_are_answered_like_the_chat_answers_them() {
    let home = Home::new();
    let source = format!("recorded:{}", home.file("m.json", dump::plain()).display());
    let (code, found) = home.json(&["--source", &source, "analyze", "1", "2"]);
    assert!([0, 1].contains(&code), "{found}");
    assert!(["analysis", "error"].contains(&found["kind"].as_str().unwrap_or_default()), "{found}");
    home.run(&["analyze", "1"]).expect(USAGE);
    home.run(&["analyze"]).expect(USAGE);
    home.run(&["analyze", "1", "2", "--pairs", "x"]).expect(USAGE);
}

#[test]
fn an_unknown_market_is_a_row_and_a_bad_file_is_an_error() {
    let home = Home::new();
    let source = format!("recorded:{}", home.file("m.json", dump::plain()).display());
    let file = home.file("p.jsonl", "{\"a\":\"999999991\",\"b\":\"999999992\"}\n").display().to_string();
    let found = rows(&home, &source, &file);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["relation"], &found[0]["evidence"]), (&json!("none"), &json!(null)));
    assert!(found[0]["reason"].as_str().unwrap().contains("999999991"), "{}", found[0]);
    let empty = home.file("e.json", "").display().to_string();
    assert!(rows(&home, &source, &empty).is_empty());
    let bad = home.file("bad.jsonl", "{\"a\":\"1\",\"b\":\"2\"}\noops\n").display().to_string();
    home.run(&["--source", &source, "analyze", "--pairs", &bad]).expect(USAGE).complains(&[
        "bad.jsonl",
        "line 2",
        "oops",
    ]);
    home.run(&["--source", &source, "analyze", "--pairs", "nowhere.json"]).expect(USAGE).complains(&["nowhere.json"]);
    let binary = home.file("b.json", [0xff_u8, 0xfe, 0x00]).display().to_string();
    home.run(&["--source", &source, "analyze", "--pairs", &binary]).expect(USAGE).complains(&["UTF-8"]);
}
