//! Trades made: opened, closed, settled. Trades worked out and not made: cost, size.

use super::num::{UNKNOWN, age, counted, date, money, per_share, percent, percent_or, pnl_or, probability};
use super::words::{self, cut, quoted, small_print};
use crate::card::{Card, Table, Tone};
use betty_bus::TaskId;
use betty_bus::report::{ClosedReport, CostReport, OpenedReport, SettledReport, SizeReport};
use betty_hedging::Evidence;
use betty_hedging::quote::days_to_settle;
use betty_market::{Depth, Outcome, Resolution, Usdc};
use betty_trading::ledger::{HedgeOpened, HedgeSettled, PositionStatus};
use betty_trading::{Position, PositionRow, PriceMark};

/// What shouts on every trade at typed prices.
pub(super) const MANUAL: &str =
    "MANUAL PRICES: typed in by a person, not from an order book. Depth and slippage are not known.";

/// A profit by word and colour, not by colour alone.
pub(super) fn tone(result: Option<Usdc>) -> Tone {
    match result {
        Some(r) if r.is_positive() => Tone::Good,
        Some(r) if r.is_negative() => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// How likely the pay is, with what stands behind the number. A stored trade keeps no count of cases.
fn coverage(o: &HedgeOpened) -> String {
    let fraction = |ppm: i64| probability(Usdc::from_micros(ppm).to_f64());
    match o.evidence {
        None => format!("{} as stated, not proven", fraction(o.coverage_ppm)),
        Some(Evidence::Proven) if o.coverage_lower_ppm > 0 => {
            format!("{} by proof", fraction(o.coverage_lower_ppm))
        }
        Some(_) if o.coverage_lower_ppm <= 0 => format!("{UNKNOWN} (no counted cases)"),
        Some(_) => {
            format!("{} [at least {}; n with the hedge]", fraction(o.coverage_ppm), fraction(o.coverage_lower_ppm))
        }
    }
}

pub(super) fn opened(task: TaskId, r: &OpenedReport) -> Card {
    let o = &r.opened;
    let manual = o.prices == PriceMark::Manual;
    let position = Position { opened: o.clone(), end: None };
    let until = days_to_settle(o.settles_at, o.at);
    let mut card =
        Card::new(format!("Position {} opened{}", o.position, if manual { " at MANUAL PRICES" } else { "" }))
            .tone(if manual { Tone::Bad } else { Tone::Good });
    if manual {
        card = card.text(MANUAL);
    }
    card = card.text(format!(
        "{} shares of each leg for {} all in: {}{}.",
        o.shares,
        money(o.capital()),
        words::tier(o.tier, &percent(o.net_edge_ppm), &format!("{} shares of each leg", o.shares), until),
        // The tier a person stated stays beside the trade's own, which is never tiered without a proof.
        stated(&o.label).map_or_else(String::new, |s| format!(" (manual, stated {s})"))
    ));
    for leg in &o.legs {
        card.text.push(format!(
            "Bought {} (market {}), {}: {}",
            words::side(leg.outcome, &leg.question),
            leg.market,
            if manual {
                format!("typed price {}", leg.best)
            } else {
                format!("best ask {}, book {} old", leg.best, age(o.at.since(leg.book_at)))
            },
            words::fills(&leg.walk)
        ));
    }
    if let Some(sentence) = &o.certificate {
        card.text.push(format!("Why it pays: {}", cut(sentence, 1_000)));
    }
    if o.snapshot.iter().any(|s| s.depth == Depth::Unknown) {
        card.text.push(format!("Top of book only, {}.", words::DEPTH_UNKNOWN));
    }
    card = card
        .field("worst case", pnl_or(position.worst_case()))
        .field("worst case with voids", pnl_or(position.worst_case_void()))
        .field("best case", pnl_or(position.best_case()))
        .field("capital", money(o.capital()))
        .field("all-in per pair", per_share(o.capital(), o.shares))
        .field("costs of trading", money(o.costs.total))
        .field("coverage", coverage(o))
        .field("evidence", o.evidence.map_or("as stated by a person", words::evidence))
        .field("settles", date(o.settles_at))
        .field("confidence", o.confidence.to_string())
        .field("strategy", o.strategy.as_ref().map_or_else(|| UNKNOWN.to_owned(), ToString::to_string))
        .field("entry reason", quoted(&o.entry_reason))
        .field("cash left", money(r.cash));
    card.table = Some(words::cost_table(&o.costs));
    card.after.extend(words::sizing(&r.sizing));
    card.after.extend(r.notes.iter().map(|n| format!("Note: {}", quoted(n))));
    card = card.hint("!paper_trade portfolio").hint(format!("!paper_trade close {}", o.position));
    small_print(card, Some(&o.source), Some(o.at), task)
}

/// Profit, gross, costs and why, of an ended position.
fn result_fields(card: Card, row: &PositionRow) -> Card {
    card.field("net result", pnl_or(row.real_pnl))
        .field("return", percent_or(row.roi_ppm))
        .field("gross result", pnl_or(row.gross_pnl))
        .field("costs of entry and exit", money(row.costs))
        .field("capital", money(row.capital))
        .field("held", age(row.held_ms))
}

pub(super) fn closed(task: TaskId, r: &ClosedReport) -> Card {
    let (c, row) = (&r.closed, &r.row);
    let mut card = Card::new(format!(
        "Position {} closed: net {}{}",
        c.position,
        pnl_or(row.real_pnl),
        if row.manual { " at MANUAL PRICES" } else { "" }
    ))
    .tone(tone(row.real_pnl));
    if row.manual {
        card = card.text(MANUAL);
    }
    let info = c.reason.info();
    card = card.text(format!("Why: {}. {}", info.title, info.meaning)).text(format!("Rule: {}", quoted(&c.rule)));
    for (i, leg) in c.legs.iter().enumerate() {
        let name = row.legs.get(i).map_or_else(|| format!("market {}", leg.market), |l| words::quoted_leg(l));
        card.text.push(format!(
            "Sold {name} (market {}), {}: {}",
            leg.market,
            if c.prices == PriceMark::Manual {
                format!("typed price {}", leg.best)
            } else {
                format!("best bid {}, book {} old", leg.best, age(c.at.since(leg.book_at)))
            },
            words::fills(&leg.walk)
        ));
    }
    if c.snapshot.iter().any(|s| s.depth == Depth::Unknown) {
        card.text.push("Top of book only: depth unknown, whether the bids take this size is an assumption.".to_owned());
    }
    card = result_fields(card, row)
        .field("proceeds", money(c.proceeds()))
        .field("shares had cost", money(c.at_cost))
        .field("cash now", money(r.cash));
    card.table = Some(words::cost_table(&c.costs));
    card = card.hint("!paper_trade portfolio").hint("!paper_trade positions closed");
    small_print(card, None, Some(c.at), task)
}

fn settled_row(s: &HedgeSettled) -> impl Iterator<Item = Vec<String>> + '_ {
    s.legs.iter().map(|leg| {
        let ended = match leg.resolution {
            Resolution::Yes => "YES",
            Resolution::No => "NO",
            Resolution::Void => "VOID: 0.50 a share",
        };
        let held = match leg.outcome {
            Outcome::Yes => "YES",
            Outcome::No => "NO",
        };
        vec![s.position.to_string(), leg.market.to_string(), held.to_owned(), ended.to_owned(), money(leg.payout)]
    })
}

pub(super) fn settled(task: TaskId, r: &SettledReport) -> Card {
    let at = r.settled.iter().map(|s| s.at).max();
    let mut card = Card::new(if r.settled.is_empty() {
        "Nothing to pay out".to_owned()
    } else {
        format!("{} paid out", counted(r.settled.len() as u64, "position", "positions"))
    });
    let gross = |s: &HedgeSettled| s.payout.checked_sub(s.at_cost);
    if !r.settled.is_empty() {
        let sum = r.settled.iter().try_fold(Usdc::ZERO, |sum, s| sum.checked_add(gross(s)?));
        card = card.tone(tone(sum)).text(format!(
            "Result {} before the costs of entry; `!paper_trade positions closed` shows it after every cost.",
            pnl_or(sum)
        ));
    }
    for s in &r.settled {
        let title = s.reason.info().title;
        card.text.push(format!(
            "Position {}: {} paid for shares that had cost {}: {} ({title}). {}",
            s.position,
            money(s.payout),
            money(s.at_cost),
            pnl_or(gross(s)),
            cut(&s.words, 600)
        ));
    }
    if r.settled.iter().any(|s| s.legs.iter().any(|l| l.resolution == Resolution::Void)) {
        card = card.text("A void market pays 0.50 a share to both sides.");
    }
    if !r.settled.is_empty() {
        card.table = Some(Table {
            header: ["position", "market", "held", "ended", "paid"].map(str::to_owned).to_vec(),
            rows: r.settled.iter().flat_map(settled_row).collect(),
            right: vec![0, 4],
        });
    }
    if r.settled.is_empty() && r.waiting.is_empty() {
        card = card.text("No position is open.");
    }
    card.after.extend(r.waiting.iter().map(|(p, what)| format!("Position {p} waits: {}", quoted(what))));
    card = card.field("cash now", money(r.cash)).hint("!paper_trade portfolio");
    small_print(card, Some(&r.source), at, task)
}

pub(super) fn cost(task: TaskId, r: &CostReport) -> Card {
    let all_in = r.amount.checked_add(r.costs.charged());
    let mut card =
        Card::new(format!("Hedge {} costs {} all in", r.hedge, all_in.map_or_else(|| UNKNOWN.to_owned(), money)))
            .text(format!(
                "{} shares of each leg: {} at the asks, slippage in, and {} on top.",
                r.shares,
                money(r.amount),
                money(r.costs.charged())
            ))
            .field("all-in per pair", all_in.map_or_else(|| UNKNOWN.to_owned(), |c| per_share(c, r.shares)))
            .field("costs in all", money(r.costs.total))
            .field("spread, not charged", r.costs.spread.map_or_else(|| UNKNOWN.to_owned(), money));
    card.table = Some(words::cost_table(&r.costs));
    card = card.hint(format!("!size {}", r.hedge)).hint(format!("!paper_trade open {}", r.hedge));
    small_print(card, Some(&r.source), None, task)
}

pub(super) fn size(task: TaskId, r: &SizeReport) -> Card {
    let card = match (&r.sizing, &r.refusal) {
        (Some(s), _) => {
            let mut card =
                Card::new(format!("Hedge {}: {} shares of each leg for {}", r.hedge, s.shares, money(s.capital)));
            card.text.extend(words::sizing(s));
            card.hint(format!("!paper_trade open {}", r.hedge)).hint(format!("!cost {}", r.hedge))
        }
        (None, refusal) => {
            let why = refusal.as_deref().unwrap_or("No reason was given.");
            Card::refused(format!("Hedge {} gets no size", r.hedge), words::sentence(&cut(why, 1_000)))
                .hint(format!("!hedge_why {}", r.hedge))
                .hint("!paper_trade portfolio")
        }
    };
    small_print(card, Some(&r.source), None, task)
}

/// The tier a person stated for a trade typed in, from its label.
pub(super) fn stated(label: &str) -> Option<String> {
    label.strip_prefix("manual, stated ").map(quoted)
}

/// Scenario of a position without the tier at its end, which is shown with its numbers instead.
pub(super) fn scenario(row: &PositionRow) -> String {
    if stated(&row.label).is_some() {
        return "manual".to_owned();
    }
    let tail = format!(", {}", row.tier);
    let label = row.label.strip_suffix(" as stated").unwrap_or(&row.label);
    quoted(label.strip_suffix(tail.as_str()).unwrap_or(label))
}

/// Days until a held position is expected to settle, dispute buffer included; "—" once it has ended or where no end is known.
pub(super) fn days_left(row: &PositionRow) -> Option<u32> {
    let now = row.opened_at.plus_millis(row.held_ms);
    (row.status == PositionStatus::Open).then(|| days_to_settle(row.settles_at, now)).flatten()
}
