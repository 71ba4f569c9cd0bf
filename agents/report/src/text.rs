//! A run in plain lines: at most ten for a chat, more for a terminal. No markup: a door escapes what its chat would read as such.

use crate::charts::costs;
use crate::words::{
    self, Form, UNKNOWN, badge, count, counted, money, one_line, percent, shortened, signed_ppm, span, wrap,
};
use betty_trading::backtest::report::{Figure, GroupRow, Summary};
use betty_trading::backtest::{Case, CaseName, RunReport};
use betty_trading::dollars;
use std::collections::BTreeMap;

/// Most lines of [`summary`].
pub const SUMMARY_LINES: usize = 10;

/// Most characters of one line of [`summary`], so that ten of them fit into one message of a chat.
const SUMMARY_CHARS: usize = 190;

/// The figures of a summary that carry an interval or a reason, with their names, in the order of every report.
pub(crate) fn figures(s: &Summary) -> [(&'static str, &Figure, Form); 10] {
    [
        ("win rate", &s.win_rate, Form::Rate),
        ("mean return per trade", &s.return_per_trade, Form::Return),
        ("largest drawdown", &s.max_drawdown, Form::Rate),
        ("Sharpe ratio a year", &s.sharpe, Form::Ratio),
        ("Sortino ratio a year", &s.sortino, Form::Ratio),
        ("growth a year (CAGR)", &s.cagr, Form::Return),
        ("Calmar ratio", &s.calmar, Form::Ratio),
        ("profit factor", &s.profit_factor, Form::Ratio),
        ("probability that Sharpe is above zero", &s.psr, Form::Rate),
        ("the same against the best of all trials", &s.deflated_sharpe, Form::Rate),
    ]
}

/// The numbers of a summary without an interval: name, value, count.
pub(crate) fn other_figures(s: &Summary) -> [(&'static str, String, Option<u64>); 7] {
    #[allow(clippy::cast_precision_loss)]
    let exposure = percent(s.exposure_ppm as f64 / 1e6);
    [
        ("trades opened", count(s.opened), None),
        ("trades ended", count(s.ended), None),
        ("trades still open", count(s.open), None),
        ("trades won", count(s.wins), Some(s.ended)),
        ("mean share of equity in positions", exposure, None),
        ("mean time held", s.held_ms_mean.map_or_else(|| UNKNOWN.to_owned(), span), Some(s.ended)),
        (
            "net return per dollar and day locked",
            s.return_per_day_ppm.map_or_else(|| UNKNOWN.to_owned(), |ppm| format!("{} ({ppm} ppm)", signed_ppm(ppm))),
            Some(s.ended),
        ),
    ]
}

fn range(report: &RunReport) -> Option<(&Case, &Case)> {
    let of = |name| report.cases.iter().find(|c| c.name == name);
    Some((of(CaseName::Pessimistic)?, of(CaseName::Optimistic)?))
}

/// A run in at most ten lines of plain text: the mark and the verdict first.
#[must_use]
pub fn summary(report: &RunReport) -> Vec<String> {
    let mut lines = vec![
        format!("{} · backtest of {} · run {}", badge(&report.source), report.strategy, one_line(&report.run_id)),
        one_line(&report.verdict),
    ];
    if let Some(case) = report.main_case() {
        let s = &case.summary;
        let which = if report.cases.len() > 1 { format!(" ({})", case.name) } else { String::new() };
        let range = range(report).map_or(String::new(), |(low, high)| {
            format!("; {} pessimistic to {} optimistic", money(low.summary.net), money(high.summary.net))
        });
        lines.push(format!("Net {}{which}, {} on {}{range}", money(s.net), signed_ppm(s.roi_ppm), dollars(s.starting)));
        lines.push(format!(
            "{} ended, {} open; win rate {}",
            counted(s.ended, "trade"),
            count(s.open),
            words::figure(&s.win_rate, Form::Rate)
        ));
        lines.push(format!("Return per trade {}", words::figure(&s.return_per_trade, Form::Return)));
        lines.push(format!(
            "Largest drawdown {}; Sharpe {}",
            words::figure(&s.max_drawdown, Form::Rate),
            words::figure(&s.sharpe, Form::Ratio)
        ));
        lines.push(format!(
            "Sharpe above zero with probability {}; against {} {}",
            words::figure(&s.psr, Form::Rate),
            counted(report.trials, "trial"),
            words::figure(&s.deflated_sharpe, Form::Rate)
        ));
        lines.push(format!("Costs: {} before, {} after", money(s.gross), money(s.net)));
        if let Some((reason, row)) = case.exits.iter().max_by_key(|(_, row)| row.n) {
            let others = case.exits.len().saturating_sub(1) as u64;
            lines.push(format!(
                "Most exits: {} (n = {}); {}",
                reason.title(),
                count(row.n),
                counted(others, "other reason")
            ));
        }
    }
    if let Some(first) = report.warnings.first() {
        let more = report.warnings.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        lines.push(format!("Read first: {}{more}", shortened(&one_line(first), SUMMARY_CHARS - 40)));
    }
    lines.truncate(SUMMARY_LINES);
    lines.into_iter().map(|l| shortened(&l, SUMMARY_CHARS)).collect()
}

/// Lines of a terminal, none wider than the width asked for (at least 40).
struct Lines {
    width: usize,
    out: Vec<String>,
}

impl Lines {
    fn heading(&mut self, text: &str) {
        self.out.push(String::new());
        self.out.extend(wrap(&text.to_uppercase(), self.width));
    }

    fn words(&mut self, text: &str) {
        self.hanging("", &one_line(text), 0);
    }

    /// A label and a value; what does not fit on the line goes on below it, indented.
    fn pair(&mut self, label: &str, value: &str) {
        let column = (self.width / 2).min(42);
        if label.chars().count() + 2 > column {
            self.words(label);
            self.hanging("  ", value, 2);
        } else {
            let padding = " ".repeat(column - label.chars().count());
            self.hanging(&format!("{label}{padding}"), value, column.min(self.width / 2));
        }
    }

    fn hanging(&mut self, first: &str, text: &str, indent: usize) {
        let room = self.width.saturating_sub(indent.max(first.chars().count())).max(8);
        for (i, line) in wrap(text, room).into_iter().enumerate() {
            let before = if i == 0 { first.to_owned() } else { " ".repeat(indent) };
            self.out.push(format!("{before}{line}").trim_end().to_owned());
        }
    }
}

/// A run for a terminal of the given width: plain lines, the verdict first.
#[must_use]
pub fn full(report: &RunReport, width: usize) -> Vec<String> {
    let mut lines = Lines { width: width.max(40), out: Vec::new() };
    let identity = format!("{} · backtest of {} · run {}", badge(&report.source), report.strategy, report.run_id);
    lines.words(&identity);
    lines.words(&report.verdict);
    for warning in &report.warnings {
        lines.hanging("! ", &one_line(warning), 2);
    }
    if let Some(case) = report.main_case() {
        of_case(&mut lines, report, case);
    }
    if !report.variants.is_empty() {
        lines.heading("The same run with one thing changed");
        for variant in &report.variants {
            lines.pair(&one_line(&variant.name), &short(&variant.summary));
        }
    }
    let c = &report.coverage;
    lines.heading("Data");
    lines.pair("span", &format!("{} to {}", words::day(c.from), words::day(c.to)));
    let holes: i64 = c.holes.iter().fold(0, |sum, (_, ms)| sum.saturating_add(*ms));
    lines.pair("holes longer than a day", &format!("{}, {} in all", c.holes.len(), span(holes)));
    let funnel = [("markets", c.markets), ("candidate pairs", c.candidates), ("pairs", c.pairs), ("priced", c.priced)];
    for (name, n) in funnel.into_iter().chain([("observations", c.observations), ("gaps", c.gaps)]) {
        lines.pair(name, &count(n));
    }
    lines.heading("What was run");
    for (name, value) in [("data", &report.data_hash), ("rules", &report.rules_hash), ("code", &report.code)] {
        lines.pair(name, &one_line(value));
    }
    lines.pair("trials on this data", &count(report.trials));
    lines.out
}

fn short(s: &Summary) -> String {
    format!("net {}, {}, {} ended", money(s.net), signed_ppm(s.roi_ppm), counted(s.ended, "trade"))
}

fn of_case(lines: &mut Lines, report: &RunReport, case: &Case) {
    let s = &case.summary;
    let which = if report.cases.len() > 1 { format!(" ({} case)", case.name) } else { String::new() };
    lines.heading(&format!("Headline numbers{which}"));
    lines.pair("net profit of ended trades", &money(s.net));
    lines.pair("gross profit of ended trades", &money(s.gross));
    lines.pair("equity", &format!("{} to {}, {}", dollars(s.starting), dollars(s.ending), signed_ppm(s.roi_ppm)));
    for (name, value, _) in other_figures(s) {
        lines.pair(name, &value);
    }
    for (name, figure, form) in figures(s) {
        lines.pair(name, &words::figure(figure, form));
    }
    if report.cases.len() > 1 {
        lines.heading("Range over the cases");
        for case in &report.cases {
            lines.pair(&case.name.to_string(), &short(&case.summary));
        }
    }
    lines.heading("From gross to net");
    lines.pair("at the middle of the books", &money(case.waterfall.at_mid));
    for (name, amount) in costs(&case.waterfall) {
        lines.pair(name, &money(amount));
    }
    lines.pair("net", &money(case.waterfall.net));
    let exits: BTreeMap<String, &GroupRow> = case.exits.iter().map(|(e, r)| (e.title().to_owned(), r)).collect();
    groups(lines, "Exit reasons", exits.iter().map(|(name, row)| (name, *row)).collect());
    groups(lines, "Scenarios", case.scenarios.iter().collect());
    if !case.refused.is_empty() {
        lines.heading("Refused candidates");
        let mut refused: Vec<_> = case.refused.iter().collect();
        refused.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (reason, n) in refused {
            lines.pair(&one_line(reason), &count(*n));
        }
    }
    let n = &case.naked;
    lines.heading("One-legged moments");
    lines.pair("entries", &format!("{}, on one leg {}", count(n.entries), count(n.one_legged)));
    let ends =
        format!("{} completed, {} unwound, {} unfilled", count(n.completed), count(n.unwound), count(n.unfilled));
    lines.pair("ended", &ends);
    lines.pair("time", &format!("{} in all, longest {}", span(n.total_ms), span(n.longest_ms)));
    lines.pair("result of unwinding", &money(n.loss));
}

fn groups(lines: &mut Lines, heading: &str, mut rows: Vec<(&String, &GroupRow)>) {
    if rows.is_empty() {
        return;
    }
    lines.heading(heading);
    rows.sort_by(|a, b| b.1.n.cmp(&a.1.n).then(a.0.cmp(b.0)));
    for (name, row) in rows {
        let thin = if row.n < words::THIN { ", thin" } else { "" };
        let value = format!(
            "n = {}{thin}, net {}, won {}",
            count(row.n),
            money(row.net),
            words::value(&row.win_rate, Form::Rate)
        );
        lines.pair(&one_line(name), &value);
    }
}
