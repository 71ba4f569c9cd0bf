//! Rules and strategies, and small things done.

use super::num::{UNKNOWN, count, counted};
use super::words::{ROWS_MAX, cut, quoted, small_print};
use crate::card::{Card, Table, Tone};
use betty_bus::TaskId;
use betty_bus::report::{AutoReport, DiffReport, NoteReport, StrategiesReport, StrategyReport};

/// Most characters of a reason in the table of decisions.
const REASON_CHARS_MAX: usize = 400;

pub(super) fn auto(task: TaskId, r: &AutoReport) -> Card {
    let entries = if r.entries_on {
        "Entries are on: every scan and monitor is followed by a round of exits and entries (`!auto_trade off` ends that)."
    } else {
        "Entries are off: nothing follows a scan (`!auto_trade on` lets every scan and monitor be followed by a round)."
    };
    let mut card = Card::new(quoted(&r.title))
        .text(entries)
        .text("Exits are checked in every round and by `!auto_trade check`. While the console or `betty run` serves, changed books of open positions lead to rounds too, with entries on or off (`auto.book_events`).")
        .field("strategy", quoted(&r.strategy))
        .field("entries", if r.entries_on { "on" } else { "off" });
    if let Some(since) = &r.kill_switch {
        card = card.tone(Tone::Bad).text(format!(
            "KILL SWITCH on {}: nothing is entered; exits, settlements and closes go through. `!resume` in the admin channel lifts it.",
            quoted(since)
        ));
    }
    card = card.field(
        "kill switch",
        r.kill_switch.as_ref().map_or_else(|| "off".to_owned(), |s| format!("ON, {}", quoted(s))),
    );
    for standing in &r.breakers {
        if standing.trip.is_some() {
            card = card.tone(Tone::Bad);
        }
        card = card.field(format!("breaker: {}", standing.breaker), cut(&standing.words(), REASON_CHARS_MAX));
    }
    if r.rows.is_empty() {
        card = card.text("Nothing was there to decide about.");
    } else {
        card.table = Some(Table {
            header: ["about", "decision", "rule and numbers"].map(str::to_owned).to_vec(),
            rows: r
                .rows
                .iter()
                .take(ROWS_MAX)
                .map(|d| vec![quoted(&d.about), quoted(&d.decision), cut(&d.reason, REASON_CHARS_MAX)])
                .collect(),
            right: Vec::new(),
        });
    }
    if r.rows.len() > ROWS_MAX {
        card.after.push(format!("{} more are not shown.", count((r.rows.len() - ROWS_MAX) as u64)));
    }
    card = card.hint("!paper_trade portfolio").hint("!auto_strategy list");
    small_print(card, Some(&r.source), None, task)
}

pub(super) fn strategies(task: TaskId, r: &StrategiesReport) -> Card {
    let mut card = Card::new(counted(r.rows.len() as u64, "strategy", "strategies"))
        .text(format!("{} is used when none is named.", quoted(&r.active)));
    let row = |(name, version, what, built_in): &(String, u32, String, bool)| {
        let used = if *name == r.active { " (active)" } else { "" };
        let origin = if *built_in { "template".to_owned() } else { format!("saved, version {version}") };
        vec![format!("{}{used}", quoted(name)), origin, quoted(what)]
    };
    card.table = Some(Table {
        header: ["name", "from", "what it does"].map(str::to_owned).to_vec(),
        rows: r.rows.iter().map(row).collect(),
        right: Vec::new(),
    });
    card = card.hint(format!("!auto_strategy show {}", quoted(&r.active))).hint("!auto_trade status");
    small_print(card, None, None, task)
}

pub(super) fn strategy(task: TaskId, r: &StrategyReport) -> Card {
    let version = if r.version == 0 { "template, not saved".to_owned() } else { format!("version {}", r.version) };
    // Its lines are its meaning, so they stay; what else is in it, doors clean.
    let card = Card::new(format!("Strategy {}", quoted(&r.name)))
        .text(r.toml.trim_end())
        .field("state", version)
        .hint(format!("!auto_strategy load {}", quoted(&r.name)));
    small_print(card, None, None, task)
}

pub(super) fn note(task: TaskId, r: &NoteReport) -> Card {
    let card = Card::new(quoted(&r.title)).tone(Tone::Good).text(cut(&r.text, 2_000));
    small_print(card, None, None, task)
}

pub(super) fn diff(task: TaskId, r: &DiffReport) -> Card {
    let (left, right) = (quoted(&r.left), quoted(&r.right));
    let mut card =
        Card::new(format!("{left} and {right}: {}", counted(r.lines.len() as u64, "line differs", "lines differ")));
    if r.lines.is_empty() {
        card = card.text("They trade alike: no line differs but name and version.");
    } else {
        let side =
            |text: &Option<String>| text.as_ref().map_or_else(|| UNKNOWN.to_owned(), |t| cut(t, REASON_CHARS_MAX));
        card.table = Some(Table {
            header: vec!["line".to_owned(), left.clone(), right.clone()],
            rows: r.lines.iter().map(|d| vec![quoted(&d.path), side(&d.left), side(&d.right)]).collect(),
            right: Vec::new(),
        });
        card.after
            .push(format!("{UNKNOWN}: no such line. Exits are tried in their order; the first that holds decides."));
    }
    card = card.hint(format!("!auto_strategy show {left}")).hint(format!("!auto_strategy show {right}"));
    small_print(card, None, None, task)
}
