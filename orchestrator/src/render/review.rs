//! How strategies did: performance, ended trades, decisions by reason.

use super::num::{UNKNOWN, age, count, counted, money, percent_or, pnl, pnl_or};
use super::trade::scenario;
use super::words::{ROWS_MAX, cut, quoted, small_print};
use crate::card::{Card, Table};
use betty_bus::TaskId;
use betty_bus::report::{HistoryReport, PerformanceReport, ReasonsReport};
use betty_trading::{Group, Rate};

/// Most characters of a rule in the list of ended trades.
const RULE_CHARS_MAX: usize = 160;

/// `71.4% [44.2% to 87.3%]`, or "—" without cases.
fn rate(rate: &Rate) -> String {
    let tenths = |ppm: i64| format!("{}.{}%", ppm / 10_000, ppm / 1_000 % 10);
    match (rate.ppm, rate.low_ppm, rate.high_ppm) {
        (Some(p), Some(low), Some(high)) => format!("{} [{} to {}]", tenths(p), tenths(low), tenths(high)),
        _ => UNKNOWN.to_owned(),
    }
}

fn group(by: &str, g: &Group) -> Vec<String> {
    vec![
        by.to_owned(),
        quoted(&g.name),
        count(g.n),
        count(g.events),
        rate(&g.wins),
        pnl(g.net),
        percent_or(g.roi_ppm),
        percent_or(g.mean_roi_ppm),
        g.held_ms_mean.map_or_else(|| UNKNOWN.to_owned(), age),
    ]
}

pub(super) fn performance(task: TaskId, r: &PerformanceReport) -> Card {
    let whose = r.strategy.as_ref().map_or_else(String::new, |s| format!(" of {}", quoted(s)));
    let mut card = Card::new(format!("{}{whose}", counted(r.total.n, "ended trade", "ended trades")))
        .field("win rate", rate(&r.total.wins))
        .field("net result", pnl(r.total.net))
        .field("return on capital", percent_or(r.total.roi_ppm))
        .field("mean return of a trade", percent_or(r.total.mean_roi_ppm))
        .field("held on average", r.total.held_ms_mean.map_or_else(|| UNKNOWN.to_owned(), age))
        .field("still open, not counted", count(r.open));
    match &r.total.undefined {
        Some(why) => card = card.text(format!("{UNKNOWN}: {}.", quoted(why))),
        None => {
            card = card.text("Rates come with their 90% score interval.").text(
                "Means have no interval yet: trades on one event are not independent, so theirs needs a bootstrap over events.",
            );
        }
    }
    let rows: Vec<Vec<String>> =
        r.sections.iter().flat_map(|s| s.groups.iter().map(|g| group(&s.by, g))).take(ROWS_MAX).collect();
    let all: usize = r.sections.iter().map(|s| s.groups.len()).sum();
    if !rows.is_empty() {
        card.table = Some(Table {
            header: ["by", "which", "trades", "events", "win rate [90%]", "net", "return", "mean return", "held"]
                .map(str::to_owned)
                .to_vec(),
            rows,
            right: vec![2, 3, 5, 6, 7, 8],
        });
    }
    if all > ROWS_MAX {
        card.after.push(format!("{} more are not shown.", count((all - ROWS_MAX) as u64)));
    }
    card = card.hint("!auto_strategy stats").hint("!auto_strategy history").hint("!auto_strategy reasons");
    small_print(card, Some(&r.source), None, task)
}

pub(super) fn history(task: TaskId, r: &HistoryReport) -> Card {
    let mut card = Card::new(format!("{}, newest first", counted(r.ended, "ended trade", "ended trades")));
    if r.rows.is_empty() {
        card = card.text("No trade has ended yet.");
    } else {
        let rows = r.rows.iter().take(ROWS_MAX).map(|h| {
            let row = &h.row;
            let by = row.strategy.as_ref().map_or_else(|| "by hand".to_owned(), ToString::to_string);
            let manual = if row.manual { " MANUAL" } else { "" };
            vec![
                format!("{}{manual}", row.position),
                quoted(&by),
                scenario(row),
                row.exit_reason.map_or_else(|| UNKNOWN.to_owned(), |e| e.title().to_owned()),
                cut(row.exit_words.as_deref().unwrap_or(UNKNOWN), RULE_CHARS_MAX),
                age(row.held_ms),
                money(row.capital),
                pnl_or(row.real_pnl),
                percent_or(row.roi_ppm),
            ]
        });
        card.table = Some(Table {
            header: [
                "position",
                "entered by",
                "scenario",
                "ended by",
                "rule and numbers",
                "held",
                "capital",
                "net",
                "return",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: rows.collect(),
            right: vec![0, 5, 6, 7, 8],
        });
    }
    let left = r.ended.saturating_sub(r.rows.len().min(ROWS_MAX) as u64);
    if left > 0 && !r.rows.is_empty() {
        card.after.push(format!("{} older ones are not shown.", count(left)));
    }
    card = card.hint("!auto_strategy performance").hint("!paper_trade positions closed");
    small_print(card, Some(&r.source), None, task)
}

pub(super) fn reasons(task: TaskId, r: &ReasonsReport) -> Card {
    let n = r.rows.iter().map(|c| c.n).sum();
    let whose = r.strategy.as_ref().map_or_else(String::new, |s| format!(" of {}", quoted(s)));
    let mut card = Card::new(format!("{}{whose} by reason", counted(n, "decision", "decisions")));
    if r.rows.is_empty() {
        card = card.text("No rule has decided anything yet.").hint("!auto_trade open").hint("!auto_trade check");
    } else {
        card.table = Some(Table {
            header: ["decision", "reason", "strategy", "times", "last"].map(str::to_owned).to_vec(),
            rows: r
                .rows
                .iter()
                .take(ROWS_MAX)
                .map(|c| {
                    vec![
                        c.verdict.name().to_owned(),
                        quoted(&c.kind.replace('_', " ")),
                        c.strategy.as_ref().map_or_else(|| UNKNOWN.to_owned(), |s| quoted(s)),
                        count(c.n),
                        c.last_at.to_string(),
                    ]
                })
                .collect(),
            right: vec![3],
        });
        if r.rows.len() > ROWS_MAX {
            card.after.push(format!("{} more reasons are not shown.", count((r.rows.len() - ROWS_MAX) as u64)));
        }
        if let Some((of, after)) = r.after_events.filter(|(_, after)| *after > 0) {
            card.after.push(format!("Of the newest {}, {} were made after book events.", count(of), count(after)));
        }
        card.after.push(format!(
            "The newest {} decisions are kept. A position held for the same reason as before counts once.",
            count(r.kept_max)
        ));
        card = card.hint("!auto_strategy performance").hint("!auto_trade status");
    }
    small_print(card, Some(&r.source), None, task)
}
