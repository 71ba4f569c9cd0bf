//! Backtests as JSON. A report is that of the trading core with its own `schema_version`, instants as texts; statistics are floats,
//! money is text, undefined is `null` with its reason.

use super::json::{SCHEMA_VERSION, typed};
use crate::backtest::driver::Finding;
use betty_bus::report::{BacktestReport, BacktestsReport, ComparisonReport, SweepReport, WalkForwardReport};
use betty_trading::backtest::RunReport;
use serde_json::{Value, json as object};

/// A report as people's programs read it.
#[must_use]
pub fn backtest_json(report: &RunReport) -> Value {
    let mut value = typed(report);
    // Pairs become objects, so that the instant is seen as one.
    let holes: Vec<Value> =
        report.coverage.holes.iter().map(|(at, ms)| object!({ "at": at.to_string(), "ms": ms })).collect();
    value["coverage"]["holes"] = holes.into();
    value
}

pub(super) fn backtest(r: &BacktestReport) -> Value {
    object!({
        "report": backtest_json(&r.run),
        "trades_left_out": r.trades_left_out,
        "stored_at": r.stored_at.map(|at| at.to_string()),
    })
}

pub(super) fn backtests(r: &BacktestsReport) -> Value {
    object!({ "backtests": typed(&r.rows), "stored": r.stored })
}

pub(super) fn comparison(r: &ComparisonReport) -> Value {
    object!({
        "comparable": r.unlike.is_none(),
        "unlike": r.unlike,
        "backtests": r.runs.iter().map(backtest).collect::<Vec<_>>(),
    })
}

fn named(parameters: &[(String, String)]) -> Value {
    Value::Object(parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect())
}

/// Gives rows their parameters by name.
fn with_parameters<'a>(rows: &mut Value, parameters: impl Iterator<Item = &'a [(String, String)]>) {
    for (row, parameters) in rows.as_array_mut().into_iter().flatten().zip(parameters) {
        row["parameters"] = named(parameters);
    }
}

pub(super) fn sweep(r: &SweepReport) -> Value {
    let mut value = typed(r);
    with_parameters(&mut value["rows"], r.rows.iter().map(|row| &row.parameters[..]));
    value
}

pub(super) fn walk_forward(r: &WalkForwardReport) -> Value {
    let mut value = typed(r);
    with_parameters(&mut value["windows"], r.windows.iter().map(|w| &w.parameters[..]));
    value
}

/// What the command line prints: the same objects as an answer of a task, and here with every trade.
#[must_use]
pub fn finding_json(finding: &Finding) -> Value {
    let whole = |report: &RunReport, at: Option<String>| object!({ "report": backtest_json(report), "trades_left_out": 0, "stored_at": at });
    let (kind, source, mut value) = match finding {
        Finding::Run(report) => ("backtest", Some(report.source.to_string()), whole(report, None)),
        Finding::Stored(report, at) => {
            ("backtest", Some(report.source.to_string()), whole(report, Some(at.to_string())))
        }
        Finding::List(r) => ("backtests", None, backtests(r)),
        Finding::Comparison(r) => ("comparison", r.runs.first().map(|run| run.run.source.to_string()), comparison(r)),
        Finding::Sweep(r) => ("sweep", Some(r.source.to_string()), sweep(r)),
        Finding::WalkForward(r) => ("walk_forward", Some(r.source.to_string()), walk_forward(r)),
    };
    value["schema_version"] = SCHEMA_VERSION.into();
    value["kind"] = kind.into();
    value["paper"] = true.into();
    value["source"] = source.into();
    value
}
