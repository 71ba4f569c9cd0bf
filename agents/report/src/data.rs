//! The data of a run for other programs: CSV of trades, equity and refusals, and JSON.
//!
//! Money is a plain decimal in dollars with all its digits, instants are RFC 3339 in UTC, an unknown value is an empty cell. Text from
//! outside cannot become a formula: a cell that a spreadsheet would evaluate begins with an apostrophe.

use betty_trading::backtest::RunReport;
use std::fmt::Display;

/// Text as a cell that no spreadsheet evaluates: an apostrophe goes before `=`, `+`, `-`, `@` and the controls and full-width forms
/// that some read as one of these.
fn guarded(text: &str) -> String {
    let risky = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let first = text.trim_start_matches([' ', '\u{a0}']).chars().next();
    if first.is_some_and(risky) { format!("'{text}") } else { text.to_owned() }
}

/// Rows of cells by RFC 4180, lines ended by CR LF.
#[derive(Debug, Default)]
struct Rows {
    out: String,
    started: bool,
}

impl Rows {
    fn raw(&mut self, cell: &str) {
        if std::mem::replace(&mut self.started, true) {
            self.out.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            self.out.push('"');
            self.out.push_str(&cell.replace('"', "\"\""));
            self.out.push('"');
        } else {
            self.out.push_str(cell);
        }
    }

    /// Words from outside.
    fn text(&mut self, text: &str) {
        self.raw(&guarded(text));
    }

    /// A number, an instant, a word of ours.
    fn value(&mut self, value: impl Display) {
        self.raw(&value.to_string());
    }

    fn maybe(&mut self, value: Option<impl Display>) {
        self.raw(&value.map(|v| v.to_string()).unwrap_or_default());
    }

    fn end(&mut self) {
        self.out.push_str("\r\n");
        self.started = false;
    }

    fn head(names: &[&str]) -> Self {
        let mut rows = Self::default();
        for name in names {
            rows.raw(name);
        }
        rows
    }
}

/// Every trade of every case. Legs are columns: as many groups as the trade with the most legs has.
#[must_use]
pub fn trades_csv(report: &RunReport) -> String {
    let legs = report.cases.iter().flat_map(|c| &c.trades).map(|t| t.legs.len()).max().unwrap_or(0);
    let mut rows = Rows::head(&[
        "case",
        "position",
        "label",
        "decided_at",
        "opened_at",
        "ended_at",
        "shares",
        "capital",
        "worst_case",
        "gross",
        "net",
        "roi_ppm",
        "exit",
        "entry_reason",
        "exit_words",
        "naked_ms",
        "held_net",
    ]);
    for i in 1..=legs {
        for name in ["market", "question", "outcome", "entry", "exit"] {
            rows.raw(&format!("leg{i}_{name}"));
        }
    }
    rows.end();
    for case in &report.cases {
        for t in &case.trades {
            rows.value(case.name);
            rows.value(t.position);
            rows.text(&t.label);
            rows.value(t.decided_at);
            rows.value(t.opened_at);
            rows.maybe(t.ended_at);
            rows.value(t.shares);
            rows.value(t.capital);
            rows.maybe(t.worst_case);
            rows.maybe(t.gross);
            rows.maybe(t.net);
            rows.maybe(t.roi_ppm);
            rows.maybe(t.exit.map(|e| e.name()));
            rows.text(&t.entry_reason);
            rows.text(&t.exit_words);
            rows.value(t.naked_ms);
            rows.maybe(t.held_net);
            for i in 0..legs {
                match t.legs.get(i) {
                    Some(leg) => {
                        rows.text(&leg.market.to_string());
                        rows.text(&leg.question);
                        rows.value(leg.outcome);
                        rows.value(leg.entry);
                        rows.maybe(leg.exit);
                    }
                    None => (0..5).for_each(|_| rows.raw("")),
                }
            }
            rows.end();
        }
    }
    rows.out
}

/// Equity by day of every case.
#[must_use]
pub fn equity_csv(report: &RunReport) -> String {
    let mut rows = Rows::head(&["case", "at", "equity", "cash", "drawdown_ppm", "open"]);
    rows.end();
    for case in &report.cases {
        for p in &case.equity {
            rows.value(case.name);
            rows.value(p.at);
            rows.value(p.equity);
            rows.value(p.cash);
            rows.value(p.drawdown_ppm);
            rows.value(p.open);
            rows.end();
        }
    }
    rows.out
}

/// Refusals of every case by reason.
#[must_use]
pub fn refusals_csv(report: &RunReport) -> String {
    let mut rows = Rows::head(&["case", "reason", "n"]);
    rows.end();
    for case in &report.cases {
        for (reason, n) in &case.refused {
            rows.value(case.name);
            rows.text(reason);
            rows.value(n);
            rows.end();
        }
    }
    rows.out
}

/// The report as it stands, indented.
///
/// # Errors
/// [`serde_json::Error`] when a value cannot be written; every report's can.
pub fn json(report: &RunReport) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_evaluates_begins_with_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "Will it rain?", "1-2", "a=b"] {
            assert_eq!(guarded(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(cells in proptest::collection::vec(any::<String>(), 1..5)) {
            let mut rows = Rows::default();
            rows.raw("x");
            cells.iter().for_each(|c| rows.text(c));
            rows.end();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rows.out.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record.len(), cells.len() + 1);
            for (i, cell) in cells.iter().enumerate() {
                prop_assert_eq!(&record[i + 1], &guarded(cell));
            }
        }
    }
}
