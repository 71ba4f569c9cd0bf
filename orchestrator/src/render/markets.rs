//! Markets, and what holds between two of them.

use super::num::{UNKNOWN, count, counted, date, price_at};
use super::words::{self, ROWS_MAX, cut, quoted, small_print};
use crate::card::{Card, Table, Tone};
use betty_bus::TaskId;
use betty_bus::report::{AnalysisReport, MarketsReport};
use betty_market::{Market, MarketStatus};

/// A market's state in words.
const fn status(status: MarketStatus) -> &'static str {
    match status {
        MarketStatus::Open => "open",
        MarketStatus::Halted => "halted",
        MarketStatus::Proposed => "challenge window",
        MarketStatus::Disputed => "disputed",
        MarketStatus::Resolved => "resolved",
    }
}

/// A market's facts by name.
pub(super) fn facts(m: &Market) -> Vec<(&'static str, String)> {
    let price = |p: Option<betty_market::Price>| p.map_or_else(|| UNKNOWN.to_owned(), |p| price_at(p, m.tick));
    let dollars = |v: Option<u64>| v.map_or_else(|| UNKNOWN.to_owned(), |v| format!("${}", count(v)));
    vec![
        ("state", status(m.status).to_owned()),
        ("ends", date(m.end)),
        ("listed YES bid and ask", format!("{} / {}", price(m.best_bid), price(m.best_ask))),
        ("fee rate", m.fee.map_or_else(|| UNKNOWN.to_owned(), |f| f.rate_text())),
        ("tick", m.tick.to_string()),
        ("least order", format!("{} shares", m.min_size)),
        ("volume", dollars(m.volume_usd)),
        ("event", m.event.as_ref().map_or_else(|| UNKNOWN.to_owned(), |e| quoted(&e.title))),
        ("source of the resolution", m.resolution_source.as_deref().map_or_else(|| UNKNOWN.to_owned(), quoted)),
    ]
}

fn row(m: &Market) -> Vec<String> {
    let price = |p: Option<betty_market::Price>| p.map_or_else(|| UNKNOWN.to_owned(), |p| price_at(p, m.tick));
    vec![
        m.id.to_string(),
        quoted(&m.question),
        price(m.best_bid),
        price(m.best_ask),
        m.fee.map_or_else(|| UNKNOWN.to_owned(), |f| f.rate_text()),
        m.min_size.to_string(),
        m.volume_usd.map_or_else(|| UNKNOWN.to_owned(), |v| format!("${}", count(v))),
        date(m.end),
        status(m.status).to_owned(),
    ]
}

pub(super) fn markets(task: TaskId, r: &MarketsReport) -> Card {
    let mut card = Card::new(counted(r.markets.len() as u64, "market", "markets"));
    if r.markets.is_empty() {
        card = card.text("No open market matches these words. Fewer words match more.");
        return small_print(card.hint("!scan_markets 10"), Some(&r.source), None, task);
    }
    card = card.text("YES prices as the venue lists them, not an order book: nothing is traded on them.");
    let header = ["id", "question", "bid", "ask", "fee rate", "min shares", "volume", "ends", "state"];
    card.table = Some(Table {
        header: header.map(str::to_owned).to_vec(),
        rows: r.markets.iter().take(ROWS_MAX).map(row).collect(),
        right: vec![0, 2, 3, 4, 5, 6],
    });
    if r.markets.len() > ROWS_MAX {
        card.after.push(format!("{} more are not shown.", count((r.markets.len() - ROWS_MAX) as u64)));
    }
    if let [a, b, ..] = r.markets.as_slice() {
        card = card.hint(format!("!analyze {} {}", a.id, b.id));
    }
    small_print(card.hint("!hedge_scan"), Some(&r.source), None, task)
}

pub(super) fn analysis(task: TaskId, r: &AnalysisReport) -> Card {
    let mut card = match &r.relation {
        Some(_) => Card::new("A relation holds").tone(Tone::Good),
        None => Card::new("No relation is proven"),
    };
    for (id, question) in &r.markets {
        card = card.field(format!("market {id}"), quoted(question));
    }
    match &r.relation {
        Some(relation) => {
            let words = words::analysed(relation);
            let mut first = words.chars();
            let upper = first.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            card = card.text(format!("{upper}{}.", first.as_str()));
        }
        None => {
            card = card.text(
                "No: no rule proves anything between these two, so nothing is assumed. It does not mean that they are unrelated.",
            );
        }
    }
    card.text.extend(r.proofs.iter().map(|p| cut(p, 1_000)));
    if !r.failed.is_empty() {
        card.after.push("What each rule would have needed:".to_owned());
        card.after.extend(r.failed.iter().map(|f| format!("✗ {}", quoted(f))));
    }
    card = card.hint(if r.relation.is_some() { "!hedge_scan" } else { "!scan_markets 10" });
    small_print(card, Some(&r.source), None, task)
}
