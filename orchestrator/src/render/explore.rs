//! One market, its book, its ladder, what is related to it, and what a hedge has cost over time.

use super::markets;
use super::num::{UNKNOWN, age, count, counted, date, days, money_or, percent, percent_or, price_at};
use super::words::{self, ROWS_MAX, cut, quoted, small_print};
use crate::card::{Card, Table, Tone};
use betty_bus::report::{LadderKind, LadderReport, Link, MarketReport, PricesReport, RelatedReport};
use betty_bus::{HedgePoint, PriceState, TaskId};
use betty_market::{Book, BookSide, Depth, Outcome, Price, Usdc};

/// Levels of each side of a book shown.
const LEVELS_MAX: usize = 10;
/// Characters of a question in a table.
const QUESTION_CHARS: usize = 80;
/// Characters of a rule text.
const RULES_CHARS: usize = 1_500;

pub(super) fn market(task: TaskId, r: &MarketReport) -> Card {
    let m = &r.market;
    let mut card = Card::new(format!("Market {}: {}", m.id, quoted(&m.question)));
    match &r.books {
        None => {
            for (name, value) in markets::facts(m) {
                card = card.field(name, value);
            }
            let rules = m.description.as_deref().map_or_else(|| UNKNOWN.to_owned(), |d| cut(d, RULES_CHARS));
            card.after.push(format!("Rule text: {rules}"));
            card = card.hint(format!("!market book {}", m.id)).hint(format!("!market related {}", m.id));
        }
        Some(books) => {
            let mut rows = Vec::new();
            for side in [Outcome::Yes, Outcome::No] {
                match books.iter().find(|(s, _)| *s == side) {
                    Some((_, book)) => {
                        card.text.push(about(side, book, r));
                        rows.extend(levels(side, book, m.tick));
                    }
                    None => card.text.push(format!("{side}: the venue has no book, so nothing can be priced.")),
                }
            }
            if !rows.is_empty() {
                let header = ["side", "bid shares", "bid", "ask", "ask shares"].map(str::to_owned).to_vec();
                card.table = Some(Table { header, rows, right: vec![1, 2, 3, 4] });
            }
            card = card.hint(format!("!market ladder {}", m.id));
        }
    }
    small_print(card, Some(&r.source), Some(r.at), task)
}

fn about(side: Outcome, book: &Book, r: &MarketReport) -> String {
    let mut text = format!("{side}: {} old", age(r.at.since(book.at)));
    let counts = [BookSide::Bid, BookSide::Ask].map(|s| book.levels(s).len());
    text.push_str(&format!(", {} of bids, {} of asks", levels_of(counts[0]), levels_of(counts[1])));
    if !book.in_sync {
        text.push_str(", changes were missed: not to be believed");
    }
    if book.depth == Depth::Unknown {
        text.push_str(&format!(", {}", words::DEPTH_UNKNOWN));
    }
    text.push('.');
    text
}

fn levels_of(n: usize) -> String {
    counted(n as u64, "level", "levels")
}

fn levels(side: Outcome, book: &Book, tick: Price) -> Vec<Vec<String>> {
    let (bids, asks) = (book.levels(BookSide::Bid), book.levels(BookSide::Ask));
    let cell = |level: Option<&betty_market::Level>| match level {
        Some(l) => (l.size.to_string(), price_at(l.price, tick)),
        None => (String::new(), String::new()),
    };
    (0..bids.len().max(asks.len()).min(LEVELS_MAX))
        .map(|i| {
            let ((bid_size, bid), (ask_size, ask)) = (cell(bids.get(i)), cell(asks.get(i)));
            vec![side.to_string(), bid_size, bid, ask, ask_size]
        })
        .collect()
}

fn kind_words(kind: LadderKind) -> &'static str {
    match kind {
        LadderKind::Chain => {
            "From the strongest claim to the weakest: each YES forces those below it wherever a proof is named."
        }
        LadderKind::Exclusive => "Members of one neg-risk event: at most one of them resolves YES.",
        LadderKind::Event => {
            "Markets of one event. No implication binds the one asked about; what holds between neighbours is named."
        }
        LadderKind::Alone => {
            "It stands alone: no implication, neg-risk group or event binds it to another open market."
        }
    }
}

fn link(link: &Link) -> String {
    let arrow = match link.relation.as_str() {
        "a_implies_b" => "YES forces the next",
        "b_implies_a" => "follows from the next",
        "mutually_exclusive" => "not both with the next",
        "exhaustive" => "one of it and the next",
        "equivalent" => "the same as the next",
        other => return quoted(other),
    };
    format!("{arrow} ({}, {})", link.rule, words::evidence(link.evidence))
}

pub(super) fn ladder(task: TaskId, r: &LadderReport) -> Card {
    let n = r.rungs.len() as u64;
    let mut card = Card::new(format!("Ladder of market {}: {}", r.market, counted(n, "market", "markets")));
    card = card.text(kind_words(r.kind));
    let ask = |p: Option<Price>, tick| p.map_or_else(|| UNKNOWN.to_owned(), |p| price_at(p, tick));
    let rows = r.rungs.iter().map(|rung| {
        let m = &rung.market;
        vec![
            format!("{}{}", m.id, if m.id == r.market { " ←" } else { "" }),
            cut(&m.question, QUESTION_CHARS),
            ask(rung.yes_ask, m.tick),
            ask(rung.no_ask, m.tick),
            date(m.end),
            rung.next.as_ref().map_or_else(|| UNKNOWN.to_owned(), link),
        ]
    });
    let header = ["id", "question", "YES ask", "NO ask", "ends", "and the next"].map(str::to_owned).to_vec();
    card.table = Some(Table { header, rows: rows.collect(), right: vec![2, 3] });
    if r.left_out > 0 {
        card.after.push(format!("{} more are left out, farthest from the one asked about.", count(r.left_out)));
    }
    for rung in r.rungs.iter().filter(|x| x.market.id == r.market) {
        card.after.extend(rung.next.iter().map(|l| cut(&l.sentence, 1_000)));
    }
    small_print(card.hint(format!("!market related {}", r.market)), Some(&r.source), Some(r.at), task)
}

pub(super) fn related(task: TaskId, r: &RelatedReport) -> Card {
    let title = format!("Related to market {}: {} proven", r.market, count(r.found));
    let mut card = Card::new(title).text(format!(
        "“{}” compared with {} that share an event, entity or wording with it; {} failed an obligation.",
        quoted(&r.question),
        counted(r.compared, "open market", "open markets"),
        count(r.failed)
    ));
    if r.rows.is_empty() {
        card = card
            .text("No rule proves anything between it and another open market. It does not mean that it is unrelated.");
    } else {
        card = card.tone(Tone::Good);
        let header = ["id", "question", "relation", "rule", "evidence"].map(str::to_owned).to_vec();
        let rows = r.rows.iter().take(ROWS_MAX).map(|row| {
            vec![
                row.market.to_string(),
                cut(&row.question, QUESTION_CHARS),
                words::analysed(&row.link.relation),
                format!("{} {}", row.link.rule, row.link.rule.title()),
                words::evidence(row.link.evidence).to_owned(),
            ]
        });
        card.table = Some(Table { header, rows: rows.collect(), right: Vec::new() });
        let hidden = r.found.saturating_sub(r.rows.len().min(ROWS_MAX) as u64);
        if hidden > 0 {
            card.after.push(format!("{} more are not shown.", count(hidden)));
        }
    }
    let failed = r.unproven.iter().take(ROWS_MAX);
    card.after.extend(failed.map(|u| format!("✗ market {} “{}”: {}", u.market, quoted(&u.question), quoted(&u.why))));
    if let Some(first) = r.rows.first() {
        card = card.hint(format!("!analyze {} {}", r.market, first.market));
    }
    small_print(card.hint(format!("!market ladder {}", r.market)), Some(&r.source), Some(r.at), task)
}

pub(super) const fn state(state: PriceState) -> &'static str {
    match state {
        PriceState::Pays => "pays",
        PriceState::PaysNot => "pays not",
        PriceState::Waits => "disputed or proposed",
        PriceState::Gone => "gone",
    }
}

/// The net edges as a line of bars from the lowest to the highest; `·` where it could not be priced.
pub(super) fn bars(points: &[HedgePoint]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let edges = || points.iter().filter_map(|p| p.net_edge_ppm);
    let (Some(low), Some(high)) = (edges().min(), edges().max()) else { return "·".repeat(points.len()) };
    let span = i128::from(high) - i128::from(low);
    let bar = |edge: i64| {
        let place = if span == 0 { 3 } else { (i128::from(edge) - i128::from(low)) * 7 / span };
        usize::try_from(place).ok().and_then(|i| BARS.get(i)).copied().unwrap_or('·')
    };
    points.iter().map(|p| p.net_edge_ppm.map_or('·', bar)).collect()
}

pub(super) fn prices(task: TaskId, r: &PricesReport) -> Card {
    let q = &r.hedge.hedge.quote;
    let mut card =
        Card::new(format!("Prices of hedge {}: {}", r.id(), counted(r.points.len() as u64, "point", "points")));
    let legs: Vec<String> = r.hedge.hedge.legs.iter().map(|l| words::side(l.outcome, &l.question)).collect();
    card = card.text(format!(
        "{}. Last priced: net edge {}, size {} shares, {} to settlement.",
        legs.join(" and "),
        percent(q.net_edge_ppm),
        q.shares,
        days(q.days)
    ));
    if r.points.is_empty() {
        card = card.text("Nothing has been kept yet: each scan and each run of the monitor keeps a point.");
        return small_print(card.hint("!hedge_monitor"), Some(&r.source), Some(r.hedge.priced_at), task);
    }
    let edges = || r.points.iter().filter_map(|p| p.net_edge_ppm);
    card = card.text(format!(
        "Net edge {} · lowest {}, highest {}",
        bars(&r.points),
        percent_or(edges().min()),
        percent_or(edges().max())
    ));
    let newest = r.points.iter().skip(r.points.len().saturating_sub(ROWS_MAX));
    let rows = newest.map(|p| {
        vec![
            p.at.to_string(),
            percent_or(p.net_edge_ppm),
            p.cost_ppm.map_or_else(|| UNKNOWN.to_owned(), |c| Usdc::from_micros(c).to_string()),
            p.shares.map_or_else(|| UNKNOWN.to_owned(), |s| s.to_string()),
            state(p.state).to_owned(),
        ]
    });
    let header = ["at", "net edge", "all-in per pair", "shares", "state"].map(str::to_owned).to_vec();
    card.table = Some(Table { header, rows: rows.collect(), right: vec![1, 2, 3] });
    if r.points.len() > ROWS_MAX {
        card.after.push(format!("{} older points are in the bars alone.", count((r.points.len() - ROWS_MAX) as u64)));
    }
    let at = r.points.last().map(|p| p.at);
    small_print(card.hint(format!("!hedge_why {}", r.id())), Some(&r.source), at, task)
}

/// The sum of costs in one line: `asks $116.80 + fees $1.90 + gas $0.00 = all-in $118.70`.
pub(super) fn sum(asks: Option<Usdc>, fee: Usdc, gas: Usdc, cost: Usdc) -> String {
    let [fee, gas, cost] = [fee, gas, cost].map(|c| money_or(Some(c)));
    format!("asks {} + fees {fee} + gas {gas} = all-in {cost}", money_or(asks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_bus::HedgeId;
    use betty_market::Timestamp;

    #[test]
    fn bars_span_from_the_lowest_to_the_highest() {
        let point = |edge: Option<i64>| HedgePoint {
            net_edge_ppm: edge,
            ..HedgePoint::unpriced(HedgeId::new(1).unwrap(), Timestamp::default(), PriceState::Pays)
        };
        let of = |edges: &[Option<i64>]| bars(&edges.iter().map(|e| point(*e)).collect::<Vec<_>>());
        assert_eq!(of(&[Some(-70), None, Some(0), Some(-35)]), "▁·█▄");
        assert_eq!(of(&[Some(5), Some(5)]), "▄▄");
        assert_eq!(of(&[None, None]), "··");
        assert_eq!(of(&[Some(i64::MIN), Some(i64::MAX)]), "▁█");
        assert_eq!(of(&[]), "");
    }
}
