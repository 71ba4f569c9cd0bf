//! From a report to what doors show: a [`Card`], a JSON value, an exit code. Pure functions; no I/O, no clock.
//!
//! * `scan`: scans and lists of hedges. `basket`: baskets in a scan. `hedge`: one hedge in full. `markets`: markets and what holds between two.
//! * `explore`: one market, its book, ladder and relations, prices over time. `marks`: texts with places marked.
//! * `backtest`: history replayed. `study`: what a history offered. `review`: how strategies did.
//! * `trade`: trades made and trades worked out. `account`: the account. `auto`: rules and strategies. `error`: other ends.
//! * [`json`](json()): the same ends as JSON with a stable schema. [`num`]: numbers as people read them. `words`: shared wording.
//!
//! A tier is never shown without net edge, size and days; every card says PAPER and, where known, the kind of data and its time.

mod account;
mod auto;
pub(crate) mod backtest;
mod basket;
mod calibration;
mod error;
mod explore;
mod hedge;
mod json;
mod json_backtest;
mod json_basket;
mod json_explore;
mod json_trade;
mod judged;
mod markets;
mod marks;
pub mod num;
mod review;
mod scan;
pub(crate) mod study;
mod trade;
mod words;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod fixtures_backtest;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_backtest;
#[cfg(test)]
mod tests_json;

pub use calibration::calibration_card;
pub use json::{SCHEMA_VERSION, json};
pub use json_backtest::{backtest_json, finding_json};
pub use json_explore::calibration_json;

use crate::card::Card;
use betty_bus::report::{LadderKind, ScanReport};
use betty_bus::{HedgeId, Report, TaskError, TaskErrorKind, TaskId};
use betty_hedging::Hedge;
use betty_market::{SourceLabel, Usdc};

/// How a task ended.
pub type End = Result<Report, TaskError>;

/// The card of an end.
#[must_use]
pub fn card(task: TaskId, end: &End) -> Card {
    let report = match end {
        Ok(report) => report,
        Err(e) => return error::card(task, e),
    };
    match report {
        Report::Scan(r) => scan::scan(task, r),
        Report::Hedges(r) => scan::hedges(task, r),
        Report::Monitor(r) => scan::monitor(task, r),
        Report::Status(r) => scan::status(task, r),
        Report::Why(r) => hedge::why(task, r),
        Report::Markets(r) => markets::markets(task, r),
        Report::Market(r) => explore::market(task, r),
        Report::Ladder(r) => explore::ladder(task, r),
        Report::Related(r) => explore::related(task, r),
        Report::Calibration(r) => calibration::calibration(task, r),
        Report::Prices(r) => explore::prices(task, r),
        Report::Analysis(r) => markets::analysis(task, r),
        Report::Opened(r) => trade::opened(task, r),
        Report::Closed(r) => trade::closed(task, r),
        Report::Settled(r) => trade::settled(task, r),
        Report::Cost(r) => trade::cost(task, r),
        Report::Size(r) => trade::size(task, r),
        Report::Portfolio(r) => account::portfolio(task, r),
        Report::Positions(r) => account::positions(task, r),
        Report::Ledger(r) => account::ledger(task, r),
        Report::Auto(r) => auto::auto(task, r),
        Report::Strategies(r) => auto::strategies(task, r),
        Report::Strategy(r) => auto::strategy(task, r),
        Report::Diff(r) => auto::diff(task, r),
        Report::Performance(r) => review::performance(task, r),
        Report::History(r) => review::history(task, r),
        Report::Reasons(r) => review::reasons(task, r),
        Report::Note(r) => auto::note(task, r),
        Report::Backtest(_)
        | Report::Backtests(_)
        | Report::Comparison(_)
        | Report::Sweep(_)
        | Report::WalkForward(_) => {
            let card = backtest::card(report, backtest::CHAT_ROWS_MAX).unwrap_or_default();
            words::small_print(card, source_of(report), None, task)
        }
    }
}

/// The card of a scan by the clock: what it found for the first time.
pub(crate) fn scan_digest(task: TaskId, report: &ScanReport, new: &[(HedgeId, &Hedge)]) -> Card {
    scan::digest(task, report, new)
}

/// The kind of data of a report about backtests.
fn source_of(report: &Report) -> Option<&SourceLabel> {
    match report {
        Report::Backtest(r) => Some(&r.run.source),
        Report::Comparison(r) => r.runs.first().map(|run| &run.run.source),
        Report::Sweep(r) => Some(&r.source),
        Report::WalkForward(r) => Some(&r.source),
        _ => None,
    }
}

/// Whether the card of an end says by itself what data it is about.
#[must_use]
pub fn names_its_data(end: &End) -> bool {
    end.as_ref().is_ok_and(|report| source_of(report).is_some())
}

/// The card of a report about backtests as the command line shows it: with more rows, and without a task, of which there is none.
#[must_use]
pub fn backtest_card(report: &Report) -> Card {
    let card = backtest::card(report, words::ROWS_MAX).unwrap_or_default();
    let source = source_of(report).map(|s| format!(" · {}", words::quoted(&s.to_string())));
    card.footer(format!("PAPER{}", source.unwrap_or_default()))
}

/// The exit code of an end: 0 done, 1 a negative verdict, a refusal or a defect, 2 configuration, 3 upstream unavailable.
///
/// A scan that finds nothing is done, and so is a backtest without a trade. A relation that is not proven, a market
/// without any, without a ladder or without a book, a proof that no longer stands, a size that is refused, books that do not balance, runs that cannot be compared and searches without a usable result are
/// negative verdicts.
#[must_use]
pub fn exit_code(end: &End) -> u8 {
    let negative = match end {
        Ok(Report::Analysis(r)) => r.relation.is_none(),
        Ok(Report::Market(r)) => r.books.as_ref().is_some_and(Vec::is_empty),
        Ok(Report::Ladder(r)) => r.kind == LadderKind::Alone,
        Ok(Report::Related(r)) => r.found == 0,
        Ok(Report::Why(r)) => !r.holds,
        Ok(Report::Size(r)) => r.sizing.is_none(),
        Ok(Report::Ledger(r)) => r.sum != Usdc::ZERO,
        Ok(Report::Comparison(r)) => r.unlike.is_some(),
        Ok(Report::Sweep(r)) => !r.usable,
        Ok(Report::WalkForward(r)) => !r.usable,
        Ok(_) => false,
        Err(e) => {
            return match e.kind {
                TaskErrorKind::NotConfigured => 2,
                TaskErrorKind::Unavailable | TaskErrorKind::Deadline => 3,
                TaskErrorKind::Refused
                | TaskErrorKind::Conflict
                | TaskErrorKind::Cancelled
                | TaskErrorKind::Panic
                | TaskErrorKind::Crashed
                | TaskErrorKind::Internal => 1,
            };
        }
    };
    u8::from(negative)
}
