//! The account: at a glance, position by position, entry by entry.

use super::num::{UNKNOWN, age, count, counted, days, money, money_or, percent_or, pnl, pnl_or, ratio_ppm};
use super::trade::{MANUAL, days_left, scenario, stated, tone};
use super::words::{ROWS_MAX, cut, exact, quoted, quoted_leg, small_print};
use crate::card::{Card, Table, Tone};
use betty_bus::TaskId;
use betty_bus::report::{LedgerReport, PositionsReport};
use betty_market::Usdc;
use betty_trading::ledger::PositionStatus;
use betty_trading::{Portfolio, PositionRow};

pub(super) fn portfolio(task: TaskId, p: &Portfolio) -> Card {
    let mut card = Card::new(match p.equity {
        Some(equity) => format!("Portfolio: {} at the bids, net {} realised", money(equity), pnl(p.realised_real)),
        None => format!("Portfolio: net {} realised", pnl(p.realised_real)),
    })
    .tone(tone(Some(p.realised_real)))
    .field("net result, realised", pnl(p.realised_real))
    .field("return, realised", percent_or(p.roi_ppm))
    .field("equity at the bids", money_or(p.equity))
    .field("unrealised at the bids", pnl_or(p.unrealised))
    .field("cash", money(p.cash))
    .field("positions at cost", money(p.positions_at_cost))
    .field("bankroll at cost", money(p.bankroll))
    .field("worth at the bids", money_or(p.mark_value))
    .field("ended positions, gross", pnl(p.realised_gross))
    .field("costs paid", money(p.costs_paid))
    .field("put in at the start", money(p.starting))
    .field("positions", format!("{} open, {} ended", p.open, p.ended));
    if !p.unmarked.is_empty() {
        let ids: Vec<String> = p.unmarked.iter().take(ROWS_MAX).map(ToString::to_string).collect();
        card = card.text(format!(
            "Position {} has no bid for the held size now, so what everything is worth is not known ({UNKNOWN}).",
            ids.join(", ")
        ));
    }
    if p.open == 0 && p.ended == 0 {
        card = card.text("No trade yet.").hint("!hedge_scan");
    }
    if !p.by_date.is_empty() {
        let rows = p.by_date.iter().take(ROWS_MAX);
        let rows = rows.map(|d| vec![d.date.clone().unwrap_or_else(|| UNKNOWN.to_owned()), money(d.capital)]);
        card.table = Some(Table {
            header: ["settles", "capital"].map(str::to_owned).to_vec(),
            rows: rows.collect(),
            right: vec![1],
        });
    }
    if !p.by_event.is_empty() {
        let shown = p.by_event.iter().take(ROWS_MAX);
        let parts: Vec<String> = shown.map(|(event, capital)| format!("{event} {}", money(*capital))).collect();
        card.after.push(format!("Capital by event: {}", parts.join(", ")));
    }
    card = card.hint("!paper_trade positions open").hint("!paper_trade ledger 20");
    small_print(card, Some(&p.source), None, task)
}

fn row(r: &PositionRow) -> Vec<String> {
    let state = match r.status {
        PositionStatus::Open => "open".to_owned(),
        PositionStatus::Closed | PositionStatus::Settled => {
            r.exit_reason.map_or_else(|| "ended".to_owned(), |e| e.info().title.to_owned())
        }
    };
    let result = if r.status == PositionStatus::Open {
        format!("{} at the bids", pnl_or(r.unrealised))
    } else {
        format!("{} net", pnl_or(r.real_pnl))
    };
    vec![
        r.position.to_string(),
        format!("{state}{}", if r.manual { " MANUAL" } else { "" }),
        result,
        // Worst-case profit per dollar at entry, every cost in: the net edge the position was opened at.
        percent_or(r.worst_case.and_then(|w| ratio_ppm(w, r.capital))),
        stated(&r.label).map_or_else(|| r.tier.to_string(), |s| format!("{} (stated {s})", r.tier)),
        r.shares.to_string(),
        days(days_left(r)),
        money(r.capital),
        pnl_or(r.worst_case),
        pnl_or(r.worst_case_void),
        pnl_or(r.best_case),
        age(r.held_ms),
    ]
}

pub(super) fn positions(task: TaskId, r: &PositionsReport) -> Card {
    let open = r.rows.iter().filter(|p| p.status == PositionStatus::Open).count();
    let mut card = Card::new(format!("Positions: {open} open, {} ended", r.rows.len() - open));
    if r.rows.is_empty() {
        card = card.text("None. Positions come from stored hedges: `!hedge_db` lists them.").hint("!hedge_db 20");
        return small_print(card, Some(&r.source), None, task);
    }
    if r.rows.iter().any(|p| p.manual) {
        card = card.text(MANUAL);
    }
    let header = [
        "position",
        "state",
        "result",
        "net edge",
        "tier",
        "shares",
        "days",
        "capital",
        "worst case",
        "with voids",
        "best case",
        "held",
    ];
    card.table = Some(Table {
        header: header.map(str::to_owned).to_vec(),
        rows: r.rows.iter().take(ROWS_MAX).map(row).collect(),
        right: vec![0, 2, 3, 5, 6, 7, 8, 9, 10, 11],
    });
    for p in r.rows.iter().take(ROWS_MAX) {
        let legs: Vec<String> = p.legs.iter().map(|l| quoted_leg(&cut(l, 90))).collect();
        let ended = p.exit_words.as_deref().map_or_else(String::new, |w| format!("; ended: {}", quoted(w)));
        card.after.push(format!("Position {} ({}): {}{ended}", p.position, scenario(p), legs.join(" + ")));
    }
    if r.rows.len() > ROWS_MAX {
        card.after.push(format!("{} more are not shown.", count((r.rows.len() - ROWS_MAX) as u64)));
    }
    if let Some(first) = r.rows.iter().find(|p| p.status == PositionStatus::Open) {
        card = card.hint(format!("!paper_trade close {}", first.position));
    }
    let now = r.rows.iter().filter(|p| p.status == PositionStatus::Open);
    let now = now.map(|p| p.opened_at.plus_millis(p.held_ms)).max();
    small_print(card.hint("!paper_trade portfolio"), Some(&r.source), now, task)
}

pub(super) fn ledger(task: TaskId, r: &LedgerReport) -> Card {
    let balanced = r.sum == Usdc::ZERO;
    let mut card = Card::new(format!("Ledger: {}", counted(r.entries, "entry", "entries")));
    if r.rows.is_empty() {
        card = card.text("No entry yet: an account comes into being with its first trade.");
    } else {
        card.table = Some(Table {
            header: ["entry", "time", "what", "position", "postings"].map(str::to_owned).to_vec(),
            rows: r
                .rows
                .iter()
                .map(|(number, row)| {
                    let postings: Vec<String> =
                        row.postings.iter().map(|p| format!("{} {}", quoted(&p.ledger), exact(p.amount))).collect();
                    vec![
                        number.to_string(),
                        row.at.to_string(),
                        quoted(&row.kind).replace('_', " "),
                        row.position.map_or_else(|| UNKNOWN.to_owned(), |p| p.to_string()),
                        postings.join(", "),
                    ]
                })
                .collect(),
            right: vec![0, 3],
        });
        if (r.rows.len() as u64) < r.entries {
            card = card.text(format!("The last {} of {}.", count(r.rows.len() as u64), count(r.entries)));
        }
    }
    let check = format!("sum of all postings: {}", exact(r.sum));
    if balanced {
        card.after.push(format!("{check}, balanced"));
    } else {
        card = card.tone(Tone::Bad);
        card.after.push(format!("{check}, NOT BALANCED: the books are broken. Stop trading and run `!doctor`."));
        card = card.hint("!doctor");
    }
    let at = r.rows.last().map(|(_, row)| row.at);
    small_print(card.hint("!paper_trade portfolio"), Some(&r.source), at, task)
}
