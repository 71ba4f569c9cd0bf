//! One hedge in full: the proof with the texts it was read from, the books walked, every world, every cost.

use super::explore::{bars, sum};
use super::marks::marked;
use super::num::{UNKNOWN, age, days, money, money_or, per_share, percent, percent_or, pnl, pnl_or, times};
use super::scan::block;
use super::words::{self, cut, quoted, small_print};
use crate::card::{Card, Table, Tone};
use betty_bus::TaskId;
use betty_bus::report::WhyReport;
use betty_hedging::calibration::with_leak;
use betty_hedging::{Evidence, Hedge, RuleId, Span, certificate::Field};
use betty_market::{Depth, Market, Usdc, Walk};

/// Most spans quoted.
const SPANS_MAX: usize = 40;

pub(super) fn why(task: TaskId, r: &WhyReport) -> Card {
    let (stored, hedge) = (&r.hedge, &r.hedge.hedge);
    let c = &hedge.certificate;
    let q = &hedge.quote;
    let mut card = Card::new(format!("Why hedge {}: {} {}", stored.id, c.rule, c.rule.title()));
    card.text.extend(block(stored.id, hedge));
    if r.holds {
        card.text.push(match c.rule {
            RuleId::Model => {
                "No proof: a model's word that withstood its questions. The texts are those it was asked about."
                    .to_owned()
            }
            _ => "The proof HOLDS: questions, rule texts, end dates and flags are those it was made from.".to_owned(),
        });
    } else {
        card = card.tone(Tone::Bad).text(
            "The proof does NOT hold any more: a question, rule text, end date or flag has changed, or a market is gone. It cannot be opened on this proof; scan again. Whoever holds it should read the rule texts below.",
        );
    }
    if let Some(gone) = &stored.gone {
        card = card.tone(Tone::Bad).text(format!("No longer found: {}", quoted(gone)));
    }
    card = card
        .field("net edge", percent(q.net_edge_ppm))
        .field("net edge per year", percent_or(q.edge_per_year_ppm))
        .field("size", format!("{} shares of each leg; up to {} keep the edge", q.shares, q.max_shares))
        .field("settles in", days(q.days))
        .field("worst case", pnl(q.worst_case))
        .field("worst case with voids", pnl(q.worst_case_void))
        .field("coverage", words::coverage(hedge.coverage, c.evidence))
        .field("rule", format!("{} {}", c.rule, c.rule.title()))
        .field("evidence", words::evidence(c.evidence))
        .field("relation", words::relation(c.relation))
        .field("found", stored.found_at.to_string())
        .field("last priced", stored.priced_at.to_string());
    card.table = Some(worlds(hedge));
    card.after.extend(leak(hedge));
    card.after.extend(c.obligations.iter().map(|o| format!("✓ {}", quoted(o))));
    for (name, value) in &c.parameters {
        card.after.push(format!("{}: {}", quoted(name), quoted(value)));
    }
    if r.holds {
        card.after.extend(r.markets.iter().flat_map(|m| texts(m, &c.spans)));
    } else {
        let shown = c.spans.iter().take(SPANS_MAX);
        card.after.extend(shown.map(|s| span(s, &r.markets)));
        if c.spans.len() > SPANS_MAX {
            card.after.push(format!("{} more places are not quoted.", c.spans.len() - SPANS_MAX));
        }
        for market in &r.markets {
            let rules = market.description.as_deref().map_or_else(|| UNKNOWN.to_owned(), |d| cut(d, 600));
            card.after.push(format!("Rule text of market {} “{}”: {rules}", market.id, quoted(&market.question)));
        }
    }
    card.after.extend(books(hedge));
    card.after.extend(costs(hedge));
    if !r.prices.is_empty() {
        let edges = r.prices.iter().filter_map(|p| p.net_edge_ppm);
        card.after.push(format!(
            "Prices lately: {} from {} to {}; `!hedge_history {}` lists them.",
            bars(&r.prices),
            percent_or(edges.clone().min()),
            percent_or(edges.max()),
            stored.id
        ));
    }
    if r.holds {
        card = card.hint(format!("!paper_trade open {}", stored.id)).hint(format!("!size {}", stored.id));
    } else {
        card = card.hint("!hedge_scan");
    }
    small_print(card, Some(&r.source), Some(stored.priced_at), task)
}

/// What becomes of the worst case when the relation itself may fail. A proof does not leak.
fn leak(hedge: &Hedge) -> Option<String> {
    if hedge.certificate.evidence == Evidence::Proven {
        return None;
    }
    let c = hedge.coverage;
    if c.n == 0 {
        return Some(
            "Leak: no relation like this one has been seen to its end yet, so how often they fail is not known."
                .to_owned(),
        );
    }
    // The share of failures, rounded up, in millionths.
    #[allow(clippy::cast_possible_truncation)]
    let fails = percent(((1.0 - c.lower) * 1e6).ceil() as i64);
    Some(format!(
        "Leak: if relations like this one fail as often as {} events allow ({fails}) and then pay nothing, the worst case comes to {} on average.",
        c.n,
        pnl(with_leak(&hedge.quote, c))
    ))
}

/// What the basket pays in every world, and what is left of it.
fn worlds(hedge: &Hedge) -> Table {
    let q = &hedge.quote;
    let rows = hedge.worlds.iter().map(|w| {
        let pays = times(w.payoff, q.shares);
        vec![
            quoted(&w.name),
            if w.void { "void" } else { "normal" }.to_owned(),
            money(w.payoff),
            money_or(pays),
            pnl_or(pays.and_then(|p| p.checked_sub(q.cost))),
        ]
    });
    Table {
        header: ["world", "kind", "a pair pays", "all pay", "after cost"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        right: vec![2, 3, 4],
    }
}

/// The texts of a market with the places marked that the proof was read from. Question and rule text always, the others where a place is.
fn texts(market: &Market, spans: &[Span]) -> Vec<String> {
    let fields = [
        (Field::Question, "question", Some(market.question.as_str())),
        (Field::GroupTitle, "label", market.group_title.as_deref()),
        (Field::EventTitle, "event title", market.event.as_ref().map(|e| e.title.as_str())),
        (Field::Description, "rule text", Some(market.description.as_deref().unwrap_or(UNKNOWN))),
    ];
    let lines = fields.into_iter().filter_map(|(field, name, text)| {
        let own = spans.iter().filter(|s| s.market == market.id && s.field == field);
        let ranges: Vec<(usize, usize)> = own.map(|s| (s.start, s.end)).collect();
        let always = matches!(field, Field::Question | Field::Description);
        let text = text.filter(|_| always || !ranges.is_empty())?;
        Some(format!("Market {}, {name}: {}", market.id, marked(text, &ranges)))
    });
    lines.collect()
}

/// The piece of text a parameter was read from, by byte offsets into the text as it is now.
fn span(span: &Span, markets: &[Market]) -> String {
    let (name, text) = match markets.iter().find(|m| m.id == span.market) {
        None => return format!("market {}: it is gone, so its text cannot be quoted", span.market),
        Some(m) => match span.field {
            Field::Question => ("question", Some(m.question.as_str())),
            Field::GroupTitle => ("label", m.group_title.as_deref()),
            Field::Description => ("rule text", m.description.as_deref()),
            Field::EventTitle => ("event title", m.event.as_ref().map(|e| e.title.as_str())),
        },
    };
    match text.and_then(|t| t.get(span.start..span.end)) {
        Some(piece) => format!("market {}, {name}, at that place now: “{}”", span.market, quoted(piece)),
        None => format!("market {}, {name}: the text has changed, that place is not there any more", span.market),
    }
}

/// Each book as it was walked.
fn books(hedge: &Hedge) -> impl Iterator<Item = String> + '_ {
    let q = &hedge.quote;
    hedge.legs.iter().zip(&q.legs).map(move |(leg, l)| {
        let depth = match l.depth {
            Depth::Full => String::new(),
            Depth::Unknown => format!(" ({})", words::DEPTH_UNKNOWN),
        };
        format!(
            "Book of {}: best ask {}, {} old when walked{depth}: {}",
            words::side(leg.outcome, &leg.question),
            l.best_ask,
            age(q.at.since(l.book_at)),
            levels(&l.walk)
        )
    })
}

/// What was taken level by level: price, shares, amount and the fee of each.
fn levels(walk: &Walk) -> String {
    let taken = walk.fills.iter().take(words::FILLS_SHOWN);
    let mut parts: Vec<String> =
        taken.map(|f| format!("{} at {} = {} + fee {}", f.shares, f.price, money(f.amount), money(f.fee))).collect();
    if walk.fills.len() > words::FILLS_SHOWN {
        parts.push(format!("{} more levels", walk.fills.len() - words::FILLS_SHOWN));
    }
    format!("{}; in all {} for {} and fees {}", parts.join(", "), walk.shares, money(walk.amount), money(walk.fee))
}

/// Every cost of the quote.
fn costs(hedge: &Hedge) -> Vec<String> {
    let q = &hedge.quote;
    let slippage = q
        .legs
        .iter()
        .map(|l| l.walk.amount.checked_sub(l.best_ask.cost_of(l.walk.shares)))
        .try_fold(Usdc::ZERO, |sum, s| sum.checked_add(s?));
    vec![format!(
        "Costs: {}, which is {} per pair; slippage beyond the best asks, in the asks already, {}. Buffer, proxy and leg risk come on top when it is opened: `!cost` lists them.",
        sum(q.legs.iter().try_fold(Usdc::ZERO, |s, l| s.checked_add(l.walk.amount)), q.fee, q.gas, q.cost),
        per_share(q.cost, q.shares),
        money_or(slippage)
    )]
}
