//! Trades, account and strategies as JSON: objects where the types hold tuples, so that keys stay readable.

use super::json::typed;
use betty_bus::report::{LedgerReport, OpenedReport, SettledReport, StrategiesReport};
use betty_trading::{Portfolio, Position};
use serde_json::{Value, json as object};

pub(super) fn opened(r: &OpenedReport) -> Value {
    let position = Position { opened: r.opened.clone(), end: None };
    let mut value = typed(r);
    if let Value::Object(map) = &mut value {
        map.insert("capital".to_owned(), typed(&position.capital()));
        map.insert("worst_case".to_owned(), typed(&position.worst_case()));
        map.insert("worst_case_void".to_owned(), typed(&position.worst_case_void()));
        map.insert("best_case".to_owned(), typed(&position.best_case()));
    }
    value
}

pub(super) fn settled(r: &SettledReport) -> Value {
    let waiting: Vec<Value> =
        r.waiting.iter().map(|(position, what)| object!({ "position": position, "waits_for": what })).collect();
    object!({ "settled": typed(&r.settled), "waiting": waiting, "cash": typed(&r.cash) })
}

pub(super) fn portfolio(p: &Portfolio) -> Value {
    let by_event: Vec<Value> = p
        .by_event
        .iter()
        .map(|(event, capital)| object!({ "event": event.as_str(), "capital": typed(capital) }))
        .collect();
    let mut value = typed(p);
    if let Value::Object(map) = &mut value {
        map.insert("by_event".to_owned(), by_event.into());
    }
    value
}

pub(super) fn ledger(r: &LedgerReport) -> Value {
    let rows: Vec<Value> = r
        .rows
        .iter()
        .map(|(number, row)| {
            let mut value = typed(row);
            if let Value::Object(map) = &mut value {
                map.insert("entry".to_owned(), (*number).into());
            }
            value
        })
        .collect();
    object!({
        "rows": rows,
        "entries": r.entries,
        "sum": typed(&r.sum),
        "balanced": r.sum == betty_market::Usdc::ZERO,
    })
}

pub(super) fn strategies(r: &StrategiesReport) -> Value {
    let rows: Vec<Value> = r
        .rows
        .iter()
        .map(|(name, version, what, built_in)| {
            object!({
                "name": name,
                "version": version,
                "description": what,
                "built_in": built_in,
                "active": *name == r.active,
            })
        })
        .collect();
    object!({ "active": r.active, "strategies": rows })
}
