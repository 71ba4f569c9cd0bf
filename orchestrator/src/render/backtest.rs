//! Backtests: one run, lists, comparisons, sweeps, walk-forwards. In a chat each is at most ten lines; the numbers behind them are
//! in the JSON and in the exported files.

use super::num::{UNKNOWN, count, counted, date, money, percent, percent_or, pnl, probability};
use super::words::{cut, quoted};
use crate::card::{Card, Table, Tone};
use betty_bus::report::{
    BacktestReport, BacktestsReport, ComparisonReport, SweepReport, SweepRow, WalkForwardReport, WindowRow,
};
use betty_bus::{BacktestRow, Report};
use betty_market::Usdc;
use betty_trading::backtest::report::{Case, Figure, Summary};
use std::cmp::Ordering;

/// Digits of a run id that people see.
pub(crate) const RUN_DIGITS: usize = 8;
/// Rows of a search in a chat.
pub(super) const CHAT_ROWS_MAX: usize = 4;
/// Lines of text in a chat that leave room for a hint.
const LINES_WITH_HINT_MAX: usize = 6;
/// Most characters of a set's parameters on one line.
const PARAMETERS_CHARS_MAX: usize = 120;

/// The first digits of a run id.
pub(crate) fn short(run_id: &str) -> &str {
    run_id.get(..RUN_DIGITS).unwrap_or(run_id)
}

/// The card of any report about backtests; `None` for another one. `rows` bounds the rows of searches.
pub(super) fn card(report: &Report, rows: usize) -> Option<Card> {
    Some(match report {
        Report::Backtest(r) => run(r),
        Report::Backtests(r) => list(r),
        Report::Comparison(r) => comparison(r),
        Report::Sweep(r) => sweep(r, rows),
        Report::WalkForward(r) => walk_forward(r, rows),
        _ => return None,
    })
}

fn tone(result: i64) -> Tone {
    match result.cmp(&0) {
        Ordering::Greater => Tone::Good,
        Ordering::Less => Tone::Bad,
        Ordering::Equal => Tone::Plain,
    }
}

/// A statistic to two decimals with its interval, or why there is none.
fn number(f: &Figure) -> String {
    figure(f, |v| format!("{v:.2}"))
}

fn figure(f: &Figure, show: impl Fn(f64) -> String) -> String {
    let Some(value) = f.value.filter(|v| v.is_finite()) else {
        return match &f.undefined {
            Some(why) => format!("{UNKNOWN} ({})", quoted(why)),
            None => UNKNOWN.to_owned(),
        };
    };
    match f.interval.filter(|(low, high)| low.is_finite() && high.is_finite()) {
        Some((low, high)) => format!("{} (90%: {} to {})", show(value), show(low), show(high)),
        None => show(value),
    }
}

fn warning(warnings: &[String]) -> Option<String> {
    let first = quoted(warnings.first()?);
    Some(match warnings.len() - 1 {
        0 => format!("Note: {first}"),
        more => format!("Note: {first} (and {more} more in the report)"),
    })
}

/// One paragraph of lines, with a hint when there is room for it.
fn paragraph(card: Card, lines: Vec<String>, hints: &[String]) -> Card {
    let room = lines.len() <= LINES_WITH_HINT_MAX;
    let card = card.text(lines.join("\n"));
    if room { hints.iter().cloned().fold(card, Card::hint) } else { card }
}

fn trades(s: &Summary) -> String {
    format!(
        "Trades: {} opened, {} ended, {} open; {} won, {}",
        count(s.opened),
        count(s.ended),
        count(s.open),
        count(s.wins),
        figure(&s.win_rate, probability)
    )
}

fn costs(case: &Case) -> String {
    let w = &case.waterfall;
    let parts = [
        ("spread", w.spread),
        ("slippage", w.slippage),
        ("fee", w.fee),
        ("gas", w.gas),
        ("leg risk", w.leg_risk),
        ("other", w.other),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(_, v)| *v != Usdc::ZERO).map(|(name, v)| format!("{name} {}", money(*v))).collect();
    let parts = if parts.is_empty() { "no costs".to_owned() } else { parts.join(", ") };
    format!("Ended trades: {} at the middle of the books, {parts}, net {}", pnl(w.at_mid), pnl(w.net))
}

fn run(r: &BacktestReport) -> Card {
    let report = &r.run;
    let title = format!("Backtest {}", quoted(short(&report.run_id)));
    let Some(case) = report.main_case() else {
        return Card::new(title).tone(Tone::Bad).text("It holds no case, so there is nothing to show.");
    };
    let s = &case.summary;
    let mut lines = vec![quoted(&report.verdict)];
    if report.cases.len() > 1 {
        let range: Vec<String> =
            report.cases.iter().map(|c| format!("{} {}", c.name, percent(c.summary.roi_ppm))).collect();
        lines.push(format!("Only prices were recorded, so this is a range: {}", range.join(", ")));
    }
    lines.push(trades(s));
    lines.push(format!(
        "Largest fall {}; Sharpe {}; chance that it is above 0 after all trials {}",
        figure(&s.max_drawdown, probability),
        number(&s.sharpe),
        figure(&s.deflated_sharpe, probability)
    ));
    lines.push(costs(case));
    let c = &report.coverage;
    lines.push(format!(
        "{} on {} to {}: {}, {} priced of {}; trial {} on this data",
        quoted(&report.strategy.to_string()),
        date(Some(c.from)),
        date(Some(c.to)),
        counted(c.markets, "market", "markets"),
        count(c.priced),
        counted(c.pairs, "pair", "pairs"),
        count(report.trials)
    ));
    lines.extend(warning(&report.warnings));
    let card = Card::new(format!("{title}: {} on {}", percent(s.roi_ppm), money(s.starting))).tone(tone(s.roi_ppm));
    paragraph(card, lines, &["!backtest list".to_owned()])
}

fn row(r: &BacktestRow) -> Vec<String> {
    vec![
        quoted(short(&r.run_id)),
        cut(&r.strategy, 18),
        percent(r.roi_ppm),
        pnl(r.net),
        count(r.ended),
        date(Some(r.at)),
    ]
}

fn list(r: &BacktestsReport) -> Card {
    let Some(newest) = r.rows.first() else {
        return Card::new("Backtests").text("There are none yet.").hint("!backtest run").hint("!help backtest run");
    };
    let mut card = Card::new(format!("Backtests, newest first ({} of {})", r.rows.len(), count(r.stored)));
    card.table = Some(Table {
        header: ["run", "strategy", "return", "net", "ended", "stored"].map(str::to_owned).to_vec(),
        rows: r.rows.iter().map(row).collect(),
        right: vec![2, 3, 4],
    });
    card.hint(format!("!backtest show {}", quoted(short(&newest.run_id))))
}

fn comparison(r: &ComparisonReport) -> Card {
    let mut card = match &r.unlike {
        None => Card::new(format!("{} side by side", counted(r.runs.len() as u64, "backtest", "backtests"))),
        Some(why) => Card::new(format!("Not comparable: {}", quoted(why))).tone(Tone::Bad),
    };
    let summaries: Vec<Option<&Summary>> = r.runs.iter().map(|run| run.run.main_case().map(|c| &c.summary)).collect();
    let line = |name: &str, show: &dyn Fn(&Summary) -> String| {
        let values = summaries.iter().map(|s| s.map_or_else(|| UNKNOWN.to_owned(), show));
        std::iter::once(name.to_owned()).chain(values).collect::<Vec<_>>()
    };
    let plain = |f: &Figure, show: &dyn Fn(f64) -> String| {
        f.value.filter(|v| v.is_finite()).map_or_else(|| UNKNOWN.to_owned(), show)
    };
    let strategies = r.runs.iter().map(|run| cut(&run.run.strategy.to_string(), 18));
    let runs = r.runs.iter().map(|run| quoted(short(&run.run.run_id)));
    card.table = Some(Table {
        header: std::iter::once("run".to_owned()).chain(runs).collect(),
        rows: vec![
            std::iter::once("strategy".to_owned()).chain(strategies).collect(),
            line("return", &|s| percent(s.roi_ppm)),
            line("net", &|s| pnl(s.net)),
            line("ended", &|s| count(s.ended)),
            line("largest fall", &|s| plain(&s.max_drawdown, &probability)),
            line("Sharpe", &|s| plain(&s.sharpe, &|v| format!("{v:.2}"))),
        ],
        right: (1..=r.runs.len()).collect(),
    });
    card
}

/// `size_pct=5 entry.min_net_edge_pct=0.5`, or that nothing was changed.
fn parameters(parameters: &[(String, String)]) -> String {
    let text = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    if text.is_empty() { "as it is".to_owned() } else { cut(&text, PARAMETERS_CHARS_MAX) }
}

fn set(r: &SweepRow) -> String {
    let mut text = format!("{}: {}", parameters(&r.parameters), percent(r.roi_ppm));
    if let Some(held_out) = r.held_out_roi_ppm {
        text.push_str(&format!(", held out {}", percent(held_out)));
    }
    text.push_str(&format!(
        ", neighbours {}, {}",
        percent_or(r.neighbours_roi_ppm),
        counted(r.ended, "trade", "trades")
    ));
    text
}

fn sweep(r: &SweepReport, rows: usize) -> Card {
    let title = format!(
        "Sweep of {}: {}, trial {} on this data",
        quoted(&r.strategy),
        counted(r.sets, "set", "sets"),
        count(r.trials)
    );
    let mut lines = vec![quoted(&r.verdict)];
    lines.extend(r.rows.iter().take(rows).map(set));
    lines.extend(warning(&r.warnings));
    let tone = if r.usable { Tone::Plain } else { Tone::Bad };
    Card::new(title).tone(tone).text(lines.join("\n"))
}

fn window(w: &WindowRow) -> String {
    format!(
        "{} to {}: {}: {} where chosen, {} where tried, {}",
        date(Some(w.test_from)),
        date(Some(w.test_to)),
        parameters(&w.parameters),
        percent(w.train_roi_ppm),
        percent(w.test_roi_ppm),
        counted(w.ended, "trade", "trades")
    )
}

fn walk_forward(r: &WalkForwardReport, rows: usize) -> Card {
    let windows = counted(r.windows.len() as u64, "window", "windows");
    let mut lines = vec![quoted(&r.verdict)];
    // The last ones: what was tried most recently.
    let hidden = r.windows.len().saturating_sub(rows);
    if hidden > 0 {
        lines.push(format!("{} earlier are not shown", counted(hidden as u64, "window", "windows")));
    }
    lines.extend(r.windows.iter().skip(hidden).map(window));
    lines.extend(warning(&r.warnings));
    let tone = if r.usable { tone(r.net.micros()) } else { Tone::Bad };
    Card::new(format!("Walk-forward of {}: {windows}, net {}", quoted(&r.strategy), pnl(r.net)))
        .tone(tone)
        .text(lines.join("\n"))
}
