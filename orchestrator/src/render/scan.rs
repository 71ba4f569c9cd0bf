//! Scans and lists of hedges: found, stored, priced again.

use super::num::{UNKNOWN, count, counted, days, money, per_share, percent, percent_or, pnl, until};
use super::words::{self, ROWS_MAX, cut, depth_unknown, quoted, small_print};
use super::{basket, judged};
use crate::card::{Card, Table, Tone};
use betty_bus::report::{HedgesReport, MonitorReport, MonitorWhy, ScanReport, StatusReport};
use betty_bus::{HedgeId, StoredHedge, TaskId};
use betty_hedging::Hedge;
use betty_market::Timestamp;

/// Most characters of the legs of a hedge in a table.
const LEGS_CHARS_MAX: usize = 140;
/// Most characters of the first question there.
const FIRST_CHARS_MAX: usize = 75;
/// Most characters of what sets another question off from it.
const DIFFERENCE_CHARS_MAX: usize = 40;

/// Columns of a list of hedges. The tier stands between its net edge, size and days.
const HEADER: [&str; 11] = [
    "id",
    "net edge",
    "tier",
    "all-in per pair",
    "shares",
    "cost",
    "worst case",
    "worst with voids",
    "days",
    "coverage",
    "legs",
];

fn row(id: HedgeId, hedge: &Hedge) -> Vec<String> {
    let q = &hedge.quote;
    let first = hedge.legs.first().map_or("", |l| l.question.as_str());
    let question = |i: usize, l: &betty_hedging::Leg| match i {
        0 => cut(first, FIRST_CHARS_MAX),
        _ => words::difference(&l.question, first, DIFFERENCE_CHARS_MAX),
    };
    let legs: Vec<String> =
        hedge.legs.iter().enumerate().map(|(i, l)| format!("{} “{}”", l.outcome, question(i, l))).collect();
    vec![
        id.to_string(),
        percent(q.net_edge_ppm),
        hedge.tier.to_string(),
        per_share(q.cost, q.shares),
        format!("{}{}", q.shares, if depth_unknown(hedge) { "*" } else { "" }),
        money(q.cost),
        pnl(q.worst_case),
        pnl(q.worst_case_void),
        days(q.days),
        words::coverage(hedge.coverage, hedge.certificate.evidence),
        cut(&legs.join(" + "), LEGS_CHARS_MAX),
    ]
}

fn table<'a>(hedges: impl Iterator<Item = (HedgeId, &'a Hedge)>) -> Table {
    Table {
        header: HEADER.map(str::to_owned).to_vec(),
        rows: hedges.take(ROWS_MAX).map(|(id, h)| row(id, h)).collect(),
        right: vec![0, 1, 3, 4, 5, 6, 7, 8],
    }
}

/// What a list says beside its rows: how many are left out, and what the star means.
fn list_notes<'a>(card: Card, hedges: impl Iterator<Item = &'a Hedge> + Clone, more: &str) -> Card {
    let mut card = card;
    if hedges.clone().take(ROWS_MAX).any(depth_unknown) {
        card.after.push(words::depth_note());
    }
    let total = hedges.count();
    if total > ROWS_MAX {
        card.after.push(format!("{} more are not shown: {more}", count((total - ROWS_MAX) as u64)));
    }
    card
}

/// A hedge in a few lines: what to buy, why it pays, what it costs and can cost.
pub(super) fn block(id: HedgeId, hedge: &Hedge) -> Vec<String> {
    let q = &hedge.quote;
    let legs: Vec<String> = hedge.legs.iter().enumerate().map(|(i, l)| words::leg(l, q.legs.get(i))).collect();
    let c = &hedge.certificate;
    let mut lines = vec![
        format!(
            "Hedge {id}: {}.",
            words::tier(hedge.tier, &percent(q.net_edge_ppm), &format!("{} shares of each leg", q.shares), q.days)
        ),
        format!("Buy {}.", legs.join(" and ")),
        format!(
            "Why it pays ({} {}, {}): {}",
            c.rule,
            c.rule.title(),
            words::evidence(c.evidence),
            cut(&c.sentence, 1_000)
        ),
        format!(
            "All-in cost {} ({} per pair, fees {}, gas {}); worst case {}, with voids {}; coverage {}; net edge per year {}.",
            money(q.cost),
            per_share(q.cost, q.shares),
            money(q.fee),
            money(q.gas),
            pnl(q.worst_case),
            pnl(q.worst_case_void),
            words::coverage(hedge.coverage, c.evidence),
            percent_or(q.edge_per_year_ppm),
        ),
    ];
    if depth_unknown(hedge) {
        lines.push(format!("Top of book only, {}.", words::DEPTH_UNKNOWN));
    }
    lines
}

pub(super) fn scan(task: TaskId, r: &ScanReport) -> Card {
    let found = r.hedges.len() as u64;
    let funnel = format!(
        "{} → {} → {}",
        counted(r.markets, "market", "markets"),
        counted(r.candidates, "candidate", "candidates"),
        counted(found, "hedge", "hedges")
    );
    let Some((best_id, best)) = r.hedges.first() else {
        let (title, tone) = match r.baskets.len() as u64 {
            0 => ("Scan: no hedge pays now".to_owned(), Tone::Plain),
            1 => ("Scan: no hedge of two legs pays now, one basket does".to_owned(), Tone::Good),
            n => (format!("Scan: no hedge of two legs pays now, {} baskets do", count(n)), Tone::Good),
        };
        let card = Card::new(title).tone(tone).text(funnel).text(if r.candidates == 0 {
            "No two of these markets have the form of a relation that could be proven, so there was nothing to price."
        } else {
            "Every candidate pair was refused: none can be bought now, fees and gas in, with a worst case of at least zero."
        });
        let mut card = card.hint("!hedge_status").hint("!scan_markets 10");
        card.text.extend(words::refusals(&r.refused));
        card.text.extend(basket::none_pays(r));
        card.text.extend(judged::lines(r.judged.as_deref()));
        card.below = basket::section(r).map(Box::new);
        return small_print(card, Some(&r.source), Some(r.at), task);
    };
    let mut card = Card::new(format!(
        "Scan: {}, best net edge {}",
        counted(found, "hedge", "hedges"),
        percent(best.quote.net_edge_ppm)
    ))
    .tone(Tone::Good)
    .text(funnel);
    card.table = Some(table(r.hedges.iter().map(|(id, h)| (*id, h))));
    let mut best_lines = block(*best_id, best);
    // The note on the list says it of every row with a star.
    if depth_unknown(best) {
        best_lines.pop();
    }
    card.after.extend(best_lines);
    card = list_notes(card, r.hedges.iter().map(|(_, h)| h), "`!find_hedges 95% 10` narrows the list.");
    card.after.extend(words::refusals(&r.refused));
    card.after.extend(basket::none_pays(r));
    card.after.extend(judged::lines(r.judged.as_deref()));
    card.below = basket::section(r).map(Box::new);
    card = card.hint(format!("!paper_trade open {best_id}")).hint(format!("!hedge_why {best_id}"));
    small_print(card, Some(&r.source), Some(r.at), task)
}

/// What a scan by the clock found for the first time, in short.
pub(super) fn digest(task: TaskId, r: &ScanReport, new: &[(HedgeId, &Hedge)]) -> Card {
    let baskets = r.baskets.len() as u64;
    let baskets = (baskets > 0).then(|| counted(baskets, "basket pays", "baskets pay"));
    let title = match (new.iter().map(|(_, h)| h.quote.net_edge_ppm).max(), &baskets) {
        (Some(best), _) => {
            format!(
                "Scan by the clock: {}, best net edge {}",
                counted(new.len() as u64, "new hedge", "new hedges"),
                percent(best)
            )
        }
        (None, Some(baskets)) => format!("Scan by the clock: {baskets}"),
        (None, None) => "Scan by the clock: nothing new".to_owned(),
    };
    let mut card = Card::new(title).tone(Tone::Good).text(format!(
        "{} now in all among {}.",
        counted(r.hedges.len() as u64, "hedge", "hedges"),
        counted(r.markets, "market", "markets")
    ));
    if let Some((first, _)) = new.first() {
        card.table = Some(table(new.iter().copied()));
        card = list_notes(card, new.iter().map(|(_, h)| *h), "`!hedge_db` lists all.");
        card = card.hint(format!("!hedge_why {first}")).hint(format!("!paper_trade open {first}"));
    }
    card.below = basket::section(r).map(Box::new);
    small_print(card.hint("!hedge_db"), Some(&r.source), Some(r.at), task)
}

fn last_priced(hedges: &[StoredHedge]) -> Option<Timestamp> {
    hedges.iter().map(|h| h.priced_at).max()
}

pub(super) fn hedges(task: TaskId, r: &HedgesReport) -> Card {
    let mut card = Card::new(format!("Hedges: {}", quoted(&r.title)));
    let at = last_priced(&r.hedges);
    let Some(best) = r.hedges.first() else {
        card = card.text(if r.stored == 0 {
            "No active hedge is stored. A scan stores what it finds.".to_owned()
        } else {
            format!("None of the {} matches.", counted(r.stored, "active hedge", "active hedges"))
        });
        return small_print(card.hint("!hedge_scan"), Some(&r.source), at, task);
    };
    card = card.text(format!(
        "{} of {} stored. Prices are those of the time each was last priced; `!hedge_monitor` prices them again.",
        counted(r.hedges.len() as u64, "hedge", "hedges"),
        count(r.stored)
    ));
    card.table = Some(table(r.hedges.iter().map(|h| (h.id, &h.hedge))));
    for gone in r.hedges.iter().take(ROWS_MAX).filter_map(|h| h.gone.as_ref().map(|why| (h.id, why))) {
        card.after.push(format!("Hedge {} is no longer found: {}", gone.0, quoted(gone.1)));
    }
    card = list_notes(card, r.hedges.iter().map(|h| &h.hedge), "narrow the list with `!find_hedges 95% 10`.");
    card = card.hint(format!("!hedge_why {}", best.id)).hint(format!("!paper_trade open {}", best.id));
    small_print(card, Some(&r.source), at, task)
}

pub(super) fn monitor(task: TaskId, r: &MonitorReport) -> Card {
    let watched = counted(r.watched, "hedge", "hedges");
    let mut card = Card::new(format!("Monitor: {} of {watched} to look at", count(r.rows.len() as u64)));
    card = card.text(format!(
        "{watched} priced again at the present asks, threshold {}; net edges are after fees and gas.",
        percent(r.threshold_ppm)
    ));
    if r.rows.is_empty() {
        card = card.text(if r.watched == 0 {
            "No active hedge is stored, so there was nothing to watch. A scan stores what it finds."
        } else {
            "None is past the threshold, resolved, disputed, changed in its rules, or better than at entry."
        });
        return small_print(card.hint("!hedge_scan"), Some(&r.source), Some(r.at), task);
    }
    let rows = r.rows.iter().take(ROWS_MAX);
    card.table = Some(Table {
        header: ["id", "why", "net edge now", "before", "what", "legs"].map(str::to_owned).to_vec(),
        rows: rows
            .map(|m| {
                let legs: Vec<String> = m.legs.iter().map(|l| cut(l, 45)).collect();
                vec![
                    m.id.to_string(),
                    m.why.iter().map(|w| w.title()).collect::<Vec<_>>().join(", "),
                    percent_or(m.now_ppm),
                    percent(m.before_ppm),
                    quoted(&m.words),
                    cut(&legs.join(" + "), LEGS_CHARS_MAX),
                ]
            })
            .collect(),
        right: vec![0, 2, 3],
    });
    if r.rows.len() > ROWS_MAX {
        card.after.push(format!("{} more are not shown.", count((r.rows.len() - ROWS_MAX) as u64)));
    }
    let void = r.rows.iter().filter(|m| m.why.contains(&MonitorWhy::RulesChanged)).count();
    if void > 0 {
        card = card.tone(Tone::Bad).text(format!(
            "The rules of {} have changed: the proof is void. Whoever holds one should read the rule texts now.",
            counted(void as u64, "hedge", "hedges")
        ));
    }
    if let Some(first) = r.rows.first() {
        card = card.hint(format!("!hedge_why {}", first.id));
    }
    small_print(card, Some(&r.source), Some(r.at), task)
}

pub(super) fn status(task: TaskId, r: &StatusReport) -> Card {
    let active: u64 = r.by_tier.values().sum();
    let mut card = Card::new(format!("Hedges: {} active", count(active)));
    let at = r.last_scan.as_ref().map(|s| s.at).or_else(|| last_priced(&r.hedges));
    match &r.last_scan {
        None => card = card.text("No scan has run on this data yet.").hint("!hedge_scan"),
        Some(s) => {
            card = card.text(format!(
                "Last scan at {}: {} → {} → {}.",
                s.at,
                counted(s.markets, "market", "markets"),
                counted(s.candidates, "candidate", "candidates"),
                counted(s.hedges, "hedge", "hedges")
            ));
            card.text.extend(words::refusals(&s.refused));
        }
    }
    // A tier never stands alone: beside each count the numbers of the best hedge of that tier.
    for (tier, n) in r.by_tier.iter().filter(|(_, n)| **n > 0) {
        let best = r.hedges.iter().find(|h| h.hedge.tier.to_string() == *tier);
        let numbers = best.map_or_else(
            || format!("net edge {UNKNOWN}, size {UNKNOWN}, {} (none of them is on this list)", until(None)),
            |h| {
                let q = &h.hedge.quote;
                let (edge, until) = (percent(q.net_edge_ppm), until(q.days));
                format!("the best is hedge {}: net edge {edge}, size {} shares, {until}", h.id, q.shares)
            },
        );
        card = card.field(format!("tier {}", quoted(tier)), format!("{} active; {numbers}", count(*n)));
    }
    if let Some(best) = r.hedges.first() {
        card.table = Some(table(r.hedges.iter().map(|h| (h.id, &h.hedge))));
        card = list_notes(card, r.hedges.iter().map(|h| &h.hedge), "`!find_hedges 95% 10` narrows the list.");
        card = card.hint(format!("!hedge_why {}", best.id)).hint(format!("!paper_trade open {}", best.id));
    }
    small_print(card, Some(&r.source), at, task)
}
