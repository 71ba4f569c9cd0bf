//! An end as JSON with a stable schema: [`SCHEMA_VERSION`] on every object, keys in snake_case.
//!
//! Money, prices and shares are decimal texts, never floats; fractions called `net_edge` are decimal texts of the fraction, those
//! whose name ends in `_ppm` are integers in millionths. Instants are RFC 3339 texts in UTC. Unknown is `null`, never 0. The only
//! floats are the probabilities of `coverage` and of the worlds of a basket, and the statistics of backtests.

use super::num::times;
use super::{End, error, json_backtest, json_basket, json_explore, json_trade};
use betty_bus::report::{
    AnalysisReport, HedgesReport, MarketsReport, MonitorReport, ScanReport, StatusReport, WhyReport,
};
use betty_bus::{HedgeId, Report, StoredHedge, TaskError, TaskId};
use betty_hedging::calibration::with_leak;
use betty_hedging::{Coverage, Evidence, Hedge, HedgeQuote, LegQuote};
use betty_market::{Depth, Market, SourceLabel, Timestamp, Usdc};
use serde::Serialize;
use serde_json::{Map, Value, json as object};

/// Version of the schema. It changes when a key goes or changes its meaning, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// An end as JSON.
#[must_use]
pub fn json(task: TaskId, end: &End) -> Value {
    let report = match end {
        Ok(report) => report,
        Err(e) => return of_error(task, e),
    };
    let (kind, source, body) = match report {
        Report::Scan(r) => ("scan", Some(&r.source), scan(r)),
        Report::Hedges(r) => ("hedges", Some(&r.source), hedges(r)),
        Report::Why(r) => ("why", Some(&r.source), why(r)),
        Report::Markets(r) => ("markets", Some(&r.source), markets(r)),
        Report::Market(r) => ("market", Some(&r.source), json_explore::one(r)),
        Report::Ladder(r) => ("ladder", Some(&r.source), json_explore::ladder(r)),
        Report::Related(r) => ("related", Some(&r.source), json_explore::related(r)),
        Report::Calibration(r) => ("calibration", Some(&r.source), json_explore::calibration(r)),
        Report::Prices(r) => ("prices", Some(&r.source), json_explore::prices(r)),
        Report::Analysis(r) => ("analysis", Some(&r.source), analysis(r)),
        Report::Monitor(r) => ("monitor", Some(&r.source), monitor(r)),
        Report::Status(r) => ("status", Some(&r.source), status(r)),
        Report::Opened(r) => ("opened", Some(&r.opened.source), json_trade::opened(r)),
        Report::Closed(r) => ("closed", None, typed(&**r)),
        Report::Settled(r) => ("settled", Some(&r.source), json_trade::settled(r)),
        Report::Portfolio(r) => ("portfolio", Some(&r.source), json_trade::portfolio(r)),
        Report::Positions(r) => ("positions", Some(&r.source), object!({ "positions": typed(&r.rows) })),
        Report::Ledger(r) => ("ledger", Some(&r.source), json_trade::ledger(r)),
        Report::Cost(r) => ("cost", Some(&r.source), typed(r)),
        Report::Size(r) => ("size", Some(&r.source), typed(r)),
        Report::Auto(r) => ("auto", Some(&r.source), typed(r)),
        Report::Strategies(r) => ("strategies", None, json_trade::strategies(r)),
        Report::Strategy(r) => ("strategy", None, typed(r)),
        Report::Diff(r) => ("diff", None, typed(r)),
        Report::Performance(r) => ("performance", Some(&r.source), typed(&**r)),
        Report::History(r) => ("history", Some(&r.source), typed(r)),
        Report::Reasons(r) => ("reasons", Some(&r.source), typed(r)),
        Report::Note(r) => ("note", None, typed(r)),
        Report::Backtest(r) => ("backtest", Some(&r.run.source), json_backtest::backtest(r)),
        Report::Backtests(r) => ("backtests", None, json_backtest::backtests(r)),
        Report::Comparison(r) => {
            ("comparison", r.runs.first().map(|run| &run.run.source), json_backtest::comparison(r))
        }
        Report::Sweep(r) => ("sweep", Some(&r.source), json_backtest::sweep(r)),
        Report::WalkForward(r) => ("walk_forward", Some(&r.source), json_backtest::walk_forward(r)),
    };
    let mut out = head(kind, task);
    if let Value::Object(body) = body {
        out.extend(body);
    }
    // After the body, so that the label is the same text everywhere.
    out.insert("source".to_owned(), source.map_or(Value::Null, label));
    Value::Object(out)
}

fn head(kind: &str, task: TaskId) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("schema_version".to_owned(), SCHEMA_VERSION.into());
    out.insert("kind".to_owned(), kind.into());
    out.insert("task".to_owned(), task.get().into());
    out.insert("paper".to_owned(), true.into());
    out
}

fn of_error(task: TaskId, e: &TaskError) -> Value {
    let mut out = head("error", task);
    let error = object!({ "kind": typed(&e.kind), "title": error::title(e.kind), "message": e.message });
    out.insert("error".to_owned(), error);
    Value::Object(out)
}

fn label(source: &SourceLabel) -> Value {
    source.to_string().into()
}

/// A typed value as it serialises, with instants as texts.
pub(super) fn typed(value: &impl Serialize) -> Value {
    // The types of reports are structs, enums, texts, numbers and maps with text keys: they always serialise.
    let mut value = serde_json::to_value(value).unwrap_or_default();
    instants(&mut value);
    value
}

/// Whether a key of the shared types holds an instant.
fn is_instant(key: &str) -> bool {
    matches!(key, "at" | "as_of" | "from" | "to") || ["_at", "_from", "_to"].iter().any(|end| key.ends_with(end))
}

/// Turns the milliseconds of instants into RFC 3339 texts.
fn instants(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(instants),
        Value::Object(map) => {
            for (key, item) in map.iter_mut() {
                match item.as_i64().filter(|_| is_instant(key)) {
                    Some(millis) => *item = at(Timestamp::from_millis(millis)),
                    None => instants(item),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(super) fn at(at: Timestamp) -> Value {
    at.to_string().into()
}

/// Millionths as a decimal text of the fraction: `0.010989`.
pub(super) fn fraction(ppm: i64) -> Value {
    Usdc::from_micros(ppm).to_string().into()
}

fn coverage(c: Coverage) -> Value {
    object!({ "point": c.point, "lower": c.lower, "n": c.n })
}

fn depth(legs: &[LegQuote]) -> &'static str {
    depth_name(if legs.iter().any(|l| l.depth == Depth::Unknown) { Depth::Unknown } else { Depth::Full })
}

pub(super) const fn depth_name(depth: Depth) -> &'static str {
    match depth {
        Depth::Unknown => "unknown",
        Depth::Full => "full",
    }
}

fn leg_price(q: &HedgeQuote, leg: usize) -> Value {
    q.legs.get(leg).map_or(Value::Null, |l| l.best_ask.to_string().into())
}

/// A hedge as a scan lists it.
fn hedge(id: HedgeId, h: &Hedge) -> Map<String, Value> {
    let (c, q) = (&h.certificate, &h.quote);
    let legs: Vec<Value> = h
        .legs
        .iter()
        .enumerate()
        .map(|(i, leg)| {
            object!({
                "market_id": leg.market.as_str(),
                "question": leg.question,
                "side": leg.outcome.to_string(),
                "price": leg_price(q, i),
                "token_id": leg.token.as_str(),
            })
        })
        .collect();
    let value = object!({
        "id": id.get(),
        "key": h.key,
        "evidence": typed(&c.evidence),
        "rule": c.rule.to_string(),
        "relation": typed(&c.relation),
        "tier": h.tier.to_string(),
        "legs": legs,
        "certificate": {
            "sentence": c.sentence,
            "obligations": c.obligations,
            "parameters": c.parameters,
        },
        "shares": q.shares.to_string(),
        "cost": q.cost.to_string(),
        "fee": q.fee.to_string(),
        "gas": q.gas.to_string(),
        "worst_case": q.worst_case.to_string(),
        "worst_case_void": q.worst_case_void.to_string(),
        "net_edge": fraction(q.net_edge_ppm),
        "days": q.days,
        "depth": depth(&q.legs),
        "coverage": coverage(h.coverage),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(super) fn stored(s: &StoredHedge) -> Value {
    let mut out = hedge(s.id, &s.hedge);
    out.insert("found_at".to_owned(), at(s.found_at));
    out.insert("priced_at".to_owned(), at(s.priced_at));
    out.insert("gone".to_owned(), typed(&s.gone));
    Value::Object(out)
}

fn scan(r: &ScanReport) -> Value {
    object!({
        "at": at(r.at),
        "markets": r.markets,
        "candidates": r.candidates,
        "hedges": r.hedges.iter().map(|(id, h)| Value::Object(hedge(*id, h))).collect::<Vec<_>>(),
        "refused": r.refused,
        "baskets": r.baskets.iter().map(json_basket::basket).collect::<Vec<_>>(),
        "sets_priced": r.sets_priced,
        "sets_refused": r.sets_refused,
        "model": r.judged.as_deref().map(typed),
    })
}

fn hedges(r: &HedgesReport) -> Value {
    object!({
        "title": r.title,
        "stored": r.stored,
        "hedges": r.hedges.iter().map(stored).collect::<Vec<_>>(),
    })
}

pub(super) fn market(m: &Market) -> Value {
    object!({
        "market_id": m.id.as_str(),
        "condition_id": m.condition.as_str(),
        "question": m.question,
        "rules": m.description,
        "resolution_source": m.resolution_source,
        "group_title": m.group_title,
        "event": m.event.as_ref().map(|e| object!({ "id": e.id.as_str(), "title": e.title })),
        "yes_token_id": m.yes.as_str(),
        "no_token_id": m.no.as_str(),
        "status": typed(&m.status),
        "resolution": typed(&m.resolution),
        "end": m.end.map(at),
        "tick": m.tick.to_string(),
        "min_size": m.min_size.to_string(),
        "fee_rate": m.fee.map(|f| f.rate_text()),
        "best_bid": m.best_bid.map(|p| p.to_string()),
        "best_ask": m.best_ask.map(|p| p.to_string()),
        "volume_usd": m.volume_usd.map(|v| v.to_string()),
        "liquidity_usd": m.liquidity_usd.map(|v| v.to_string()),
    })
}

fn why(r: &WhyReport) -> Value {
    let h = &r.hedge.hedge;
    let c = &h.certificate;
    let text_hashes: Vec<&str> = c.text_hashes.iter().map(betty_hedging::TextHash::as_str).collect();
    let worlds: Vec<Value> = h
        .worlds
        .iter()
        .map(|w| {
            let pays = times(w.payoff, h.quote.shares);
            object!({
                "name": w.name,
                "payoff": w.payoff.to_string(),
                "void": w.void,
                "pays": pays.map(|p| p.to_string()),
                "after_cost": pays.and_then(|p| p.checked_sub(h.quote.cost)).map(|p| p.to_string()),
            })
        })
        .collect();
    object!({
        "hedge": stored(&r.hedge),
        "holds": r.holds,
        "spans": typed(&c.spans),
        "marks": json_explore::marks(r),
        "books": json_explore::walked(r),
        "costs": json_explore::costs(r),
        "prices": json_explore::points(&r.prices),
        "text_hashes": text_hashes,
        "worlds": worlds,
        "with_leak": (c.evidence != Evidence::Proven && h.coverage.n > 0)
            .then(|| with_leak(&h.quote, h.coverage).to_string()),
        "quote": typed(&h.quote),
        "markets": r.markets.iter().map(market).collect::<Vec<_>>(),
    })
}

fn markets(r: &MarketsReport) -> Value {
    object!({ "markets": r.markets.iter().map(market).collect::<Vec<_>>() })
}

fn analysis(r: &AnalysisReport) -> Value {
    let markets: Vec<Value> =
        r.markets.iter().map(|(id, question)| object!({ "market_id": id.as_str(), "question": question })).collect();
    object!({
        "markets": markets,
        "proven": r.relation.is_some(),
        "relation": r.relation,
        "proofs": r.proofs,
        "failed": r.failed,
    })
}

fn monitor(r: &MonitorReport) -> Value {
    let rows: Vec<Value> = r
        .rows
        .iter()
        .map(|m| {
            object!({
                "id": m.id.get(),
                "legs": m.legs,
                "net_edge_before": fraction(m.before_ppm),
                "net_edge": m.now_ppm.map(fraction),
                "why": m.why.iter().map(|w| w.name()).collect::<Vec<_>>(),
                "words": m.words,
            })
        })
        .collect();
    object!({ "at": at(r.at), "threshold": fraction(r.threshold_ppm), "watched": r.watched, "hedges": rows })
}

fn status(r: &StatusReport) -> Value {
    let last_scan = r.last_scan.as_ref().map(|s| {
        object!({
            "at": at(s.at),
            "markets": s.markets,
            "candidates": s.candidates,
            "hedges": s.hedges,
            "refused": s.refused,
        })
    });
    object!({
        "last_scan": last_scan,
        "by_tier": r.by_tier,
        "hedges": r.hedges.iter().map(stored).collect::<Vec<_>>(),
    })
}
