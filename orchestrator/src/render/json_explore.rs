//! Markets, books, ladders, relations and histories of prices as JSON.

use super::json::{at, fraction, market, stored, typed};
use betty_bus::HedgePoint;
use betty_bus::report::{CalibrationReport, LadderReport, Link, MarketReport, PricesReport, RelatedReport, WhyReport};
use betty_hedging::certificate::Field;
use betty_market::{Book, BookSide, Outcome, Usdc};
use serde_json::{Value, json as object};

pub(super) fn one(r: &MarketReport) -> Value {
    let books = r.books.as_ref().map(|b| b.iter().map(|(side, book)| one_book(*side, book)).collect::<Vec<_>>());
    object!({ "at": at(r.at), "market": market(&r.market), "books": books })
}

fn one_book(side: Outcome, book: &Book) -> Value {
    let levels = |side: BookSide| -> Vec<Value> {
        let of = book.levels(side).iter();
        of.map(|l| object!({ "price": l.price.to_string(), "shares": l.size.to_string() })).collect()
    };
    object!({
        "side": side.to_string(),
        "token_id": book.token.as_str(),
        "at": at(book.at),
        "in_sync": book.in_sync,
        "depth": typed(&book.depth),
        "bids": levels(BookSide::Bid),
        "asks": levels(BookSide::Ask),
    })
}

fn link(l: &Link) -> Value {
    object!({
        "relation": l.relation,
        "evidence": typed(&l.evidence),
        "rule": l.rule.to_string(),
        "sentence": l.sentence,
    })
}

pub(super) fn ladder(r: &LadderReport) -> Value {
    let rungs: Vec<Value> = r
        .rungs
        .iter()
        .map(|rung| {
            object!({
                "market_id": rung.market.id.as_str(),
                "question": rung.market.question,
                "end": rung.market.end.map(at),
                "yes_ask": rung.yes_ask.map(|p| p.to_string()),
                "no_ask": rung.no_ask.map(|p| p.to_string()),
                "next": rung.next.as_ref().map(link),
            })
        })
        .collect();
    object!({
        "at": at(r.at),
        "market_id": r.market.as_str(),
        "ladder": typed(&r.kind),
        "rungs": rungs,
        "left_out": r.left_out,
    })
}

/// The calibration of a whole history as JSON, of which there is no task.
#[must_use]
pub fn calibration_json(r: &CalibrationReport) -> Value {
    let mut out = calibration(r);
    if let Value::Object(map) = &mut out {
        map.insert("schema_version".to_owned(), super::SCHEMA_VERSION.into());
        map.insert("kind".to_owned(), "calibration".into());
        map.insert("paper".to_owned(), true.into());
        map.insert("source".to_owned(), r.source.to_string().into());
    }
    out
}

pub(super) fn calibration(r: &CalibrationReport) -> Value {
    let rows: Vec<Value> = r
        .rows
        .iter()
        .map(|row| {
            let pairs: serde_json::Map<String, Value> =
                row.pairs.iter().map(|(end, n)| (end.name().to_owned(), (*n).into())).collect();
            object!({
                "rule": row.class.rule.to_string(),
                "title": row.class.rule.title(),
                "basis": row.class.basis.name(),
                "pairs": pairs,
                "events": row.tally.held + row.tally.failed,
                "failures": row.tally.failed,
                "coverage": row.coverage.map(|c| object!({ "point": c.point, "lower": c.lower, "n": c.n })),
            })
        })
        .collect();
    object!({ "at": at(r.at), "rows": rows, "followed": r.followed })
}

pub(super) fn related(r: &RelatedReport) -> Value {
    let rows: Vec<Value> = r
        .rows
        .iter()
        .map(|row| object!({ "market_id": row.market.as_str(), "question": row.question, "link": link(&row.link) }))
        .collect();
    let unproven: Vec<Value> = r
        .unproven
        .iter()
        .map(|u| object!({ "market_id": u.market.as_str(), "question": u.question, "why": u.why }))
        .collect();
    object!({
        "at": at(r.at),
        "market_id": r.market.as_str(),
        "question": r.question,
        "compared": r.compared,
        "found": r.found,
        "related": rows,
        "failed": r.failed,
        "unproven": unproven,
    })
}

fn point(p: &HedgePoint) -> Value {
    object!({
        "at": at(p.at),
        "cost_per_pair": p.cost_ppm.map(fraction),
        "net_edge": p.net_edge_ppm.map(fraction),
        "shares": p.shares.map(|s| s.to_string()),
        "state": p.state.name(),
    })
}

pub(super) fn points(points: &[HedgePoint]) -> Value {
    points.iter().map(point).collect()
}

pub(super) fn prices(r: &PricesReport) -> Value {
    object!({ "hedge": stored(&r.hedge), "points": points(&r.points) })
}

/// Each place the proof was read from: byte offsets into the market's text, and the piece that stands there now.
pub(super) fn marks(r: &WhyReport) -> Value {
    let piece = |s: &betty_hedging::Span| {
        let m = r.markets.iter().find(|m| m.id == s.market)?;
        let text = match s.field {
            Field::Question => Some(m.question.as_str()),
            Field::GroupTitle => m.group_title.as_deref(),
            Field::Description => m.description.as_deref(),
            Field::EventTitle => m.event.as_ref().map(|e| e.title.as_str()),
        };
        text?.get(s.start..s.end).map(str::to_owned)
    };
    let spans = r.hedge.hedge.certificate.spans.iter();
    spans
        .map(|s| {
            object!({
                "market_id": s.market.as_str(),
                "field": typed(&s.field),
                "start": s.start,
                "end": s.end,
                "text": piece(s),
            })
        })
        .collect()
}

/// The books as they were walked, level by level.
pub(super) fn walked(r: &WhyReport) -> Value {
    let hedge = &r.hedge.hedge;
    hedge
        .legs
        .iter()
        .zip(&hedge.quote.legs)
        .map(|(leg, l)| {
            let levels: Vec<Value> = l
                .walk
                .fills
                .iter()
                .map(|f| {
                    object!({
                        "price": f.price.to_string(),
                        "shares": f.shares.to_string(),
                        "amount": f.amount.to_string(),
                        "fee": f.fee.to_string(),
                    })
                })
                .collect();
            object!({
                "market_id": leg.market.as_str(),
                "side": leg.outcome.to_string(),
                "best_ask": l.best_ask.to_string(),
                "at": at(l.book_at),
                "depth": typed(&l.depth),
                "levels": levels,
                "amount": l.walk.amount.to_string(),
                "fee": l.walk.fee.to_string(),
            })
        })
        .collect()
}

/// Every cost to the total.
pub(super) fn costs(r: &WhyReport) -> Value {
    let q = &r.hedge.hedge.quote;
    let asks = q.legs.iter().try_fold(Usdc::ZERO, |sum, l| sum.checked_add(l.walk.amount));
    object!({
        "asks": asks.map(|a| a.to_string()),
        "fees": q.fee.to_string(),
        "gas": q.gas.to_string(),
        "total": q.cost.to_string(),
    })
}
