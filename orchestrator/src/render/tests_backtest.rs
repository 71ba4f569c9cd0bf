//! Cards and JSON of backtests: ten lines in a chat, a range where there is no number, no line broken by what others wrote.

use super::fixtures::task;
use super::fixtures_backtest::{every_backtest, exact, idle, priced};
use super::{backtest_card, card, exit_code, finding_json, json};
use crate::backtest::driver::Finding;
use crate::card::{Card, Tone};
use betty_bus::Report;
use betty_bus::report::BacktestReport;
use betty_trading::backtest::RunReport;
use serde_json::Value;

/// Lines as a chat shows them: an embed draws a paragraph's lines, a table with its head and rule, hints after an empty line.
fn lines(card: &Card) -> usize {
    let text: usize = card.text.iter().map(|t| t.lines().count()).sum::<usize>() + card.text.len().saturating_sub(1);
    let table = card.table.as_ref().map_or(0, |t| t.rows.len() + 2);
    let hints = if card.hints.is_empty() { 0 } else { 2 };
    1 + text + 2 * card.fields.len() + table + card.after.len() + hints + 1
}

fn show(report: RunReport) -> Card {
    card(task(), &Ok(Report::Backtest(Box::new(BacktestReport::of(report, None)))))
}

#[test]
fn a_chat_gets_at_most_ten_lines() {
    let long = "é\u{202e}\r\n@everyone ".repeat(2_000);
    for what in ["a warning", "", "a\nb\nc\nd\ne", long.as_str()] {
        for report in every_backtest(what) {
            let name = format!("{report:?}").chars().take(30).collect::<String>();
            let card = card(task(), &Ok(report));
            assert!(lines(&card) <= 10, "{name}: {card:#?}");
        }
    }
}

#[test]
fn a_run_says_what_came_of_it() {
    let shown = show(exact("00aa11bb22cc33dd", "two markets of one event"));
    assert_eq!((shown.title.as_str(), shown.tone), ("Backtest 00aa11bb: +3.20% on $1,000.00", Tone::Good));
    for needed in [
        "Not enough data: about 60 more",
        "42 opened, 40 ended, 2 open; 31 won, 77.5% (90%: 65% to 87.5%)",
        "Largest fall 4.2% (90%: 2% to 8%); Sharpe 1.25 (90%: 0.25 to 2.12)",
        "62.5% (90%: 25% to 87.5%)",
        // 52 − 10 − 2 − 7.999 − 0.001 = 32.
        "+$52.00 at the middle of the books, spread -$10.00, slippage -$2.00, fee -$8.00, leg risk -$0.001, net +$32.00",
        "balanced v1 on 2027-01-15 to 2027-01-29: 1,240 markets, 31 priced of 57 pairs; trial 3 on this data",
        "Note: two markets of one event (and 1 more in the report)",
    ] {
        assert!(shown.text[0].contains(needed), "{needed}: {}", shown.text[0]);
    }
    assert!(!shown.text[0].contains("a range"), "books with sizes give a number");
}

#[test]
fn prices_alone_give_a_range_and_no_trade_no_statistics() {
    let shown = show(priced("00aa", "w"));
    assert!(shown.title.contains("+0.40%"), "the expected case: {}", shown.title);
    let range = "this is a range: pessimistic -1.20%, expected +0.40%, optimistic +7.00%";
    assert!(shown.text[0].contains(range), "{}", shown.text[0]);
    let shown = show(idle("00aa"));
    assert_eq!((shown.title.as_str(), shown.tone), ("Backtest 00aa: +0.00% on $1,000.00", Tone::Plain));
    for needed in ["0 opened, 0 ended, 0 open; 0 won, — (no trades)", "Largest fall — (no trades)", "no costs"] {
        assert!(shown.text[0].contains(needed), "{needed}: {}", shown.text[0]);
    }
}

#[test]
fn a_search_shows_its_best_and_its_last() {
    for report in every_backtest("w") {
        let chat = card(task(), &Ok(report.clone()));
        let command = backtest_card(&report);
        match &report {
            Report::Sweep(r) if r.usable => {
                assert!(
                    chat.text[0].contains(
                        "size_pct=0 entry.min_net_edge_pct=0.5: +3.20%, held out -0.10%, neighbours —, 40 trades"
                    ),
                    "{}",
                    chat.text[0]
                );
                assert!(command.text[0].lines().count() > chat.text[0].lines().count());
                assert_eq!(chat.title, "Sweep of balanced v1: 27 sets, trial 30 on this data");
            }
            Report::WalkForward(r) if r.usable => {
                assert_eq!(
                    (chat.title.as_str(), chat.tone),
                    ("Walk-forward of balanced v1: 9 windows, net -$27.00", Tone::Bad)
                );
                assert!(chat.text[0].contains("5 windows earlier are not shown"), "{}", chat.text[0]);
                assert!(!command.text[0].contains("not shown"));
            }
            Report::Sweep(_) | Report::WalkForward(_) => assert_eq!(chat.tone, Tone::Bad),
            _ => {}
        }
        assert!(command.footer.starts_with("PAPER") && !command.footer.contains("task"), "{}", command.footer);
    }
}

#[test]
fn only_what_cannot_be_used_is_a_negative_verdict() {
    for report in every_backtest("w") {
        let negative = match &report {
            Report::Comparison(r) => r.unlike.is_some(),
            Report::Sweep(r) => !r.usable,
            Report::WalkForward(r) => !r.usable,
            _ => false,
        };
        let name = format!("{report:?}").chars().take(30).collect::<String>();
        assert_eq!(exit_code(&Ok(report)), u8::from(negative), "{name}");
    }
}

#[test]
fn json_has_every_trade_on_the_command_line_and_none_in_a_task() {
    let report = exact("00aa11bb22cc33dd", "w");
    let whole = finding_json(&Finding::Run(Box::new(report.clone())));
    for (key, want) in [("schema_version", Value::from(1)), ("kind", "backtest".into()), ("paper", true.into())] {
        assert_eq!(whole[key], want, "{key}");
    }
    let trade = &whole["report"]["cases"][0]["trades"][0];
    assert_eq!((&trade["decided_at"], &trade["net"]), (&"2027-01-15T08:00:00Z".into(), &"1.00".into()));
    assert_eq!(whole["trades_left_out"], 0);
    assert_eq!(whole["report"]["coverage"]["from"], "2027-01-15T08:00:00Z");
    let hole = &whole["report"]["coverage"]["holes"][0];
    assert_eq!((&hole["at"], &hole["ms"]), (&"2027-01-16T08:00:00Z".into(), &172_800_000.into()));
    let value = json(task(), &Ok(Report::Backtest(Box::new(BacktestReport::of(report, None)))));
    assert_eq!(value["report"]["cases"][0]["trades"], Value::Array(Vec::new()));
    assert_eq!(value["trades_left_out"], 1);
    // Apart from the trades and the task's number, both are one object.
    let mut same = whole;
    same["report"]["cases"][0]["trades"] = Value::Array(Vec::new());
    same["trades_left_out"] = 1.into();
    same["task"] = value["task"].clone();
    assert_eq!(same, value);
}

#[test]
fn every_report_comes_back_from_the_journal() {
    for report in every_backtest("w") {
        let text = serde_json::to_string(&report).expect("a report has JSON");
        let back: Report = serde_json::from_str(&text).expect("what was written");
        assert_eq!(back, report);
    }
}
