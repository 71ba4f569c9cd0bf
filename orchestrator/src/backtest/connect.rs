//! The seams: one small function for each part of a backtest that lives in another crate.
//!
//! * `replay`: the engine. `open`: where history comes from. `html`, `csv`, `png`, `text`: how a report looks outside of a card.

use super::failure::Failure;
use crate::config::resolve::SourceChoice;
use betty_market::History;
use betty_market::sim::SimHistory;
use betty_report::{Theme, charts, data, page};
use betty_trading::backtest::{BacktestError, RunConfig, RunReport, Watcher, run};
use std::sync::Arc;

/// Days of the simulated venue that are replayed, from its beginning.
const SIMULATED_DAYS: u32 = 90;
/// Milliseconds between two looks at every simulated book: four a day, as a scheduled scan has them.
const SIMULATED_STEP_MS: i64 = 6 * 3_600_000;
/// Columns of the plain text below a card.
const TEXT_WIDTH: usize = 100;

/// Opens history. Reads files: not for an async context.
///
/// # Errors
/// [`Failure::Data`] in one sentence.
pub(crate) fn open(choice: &SourceChoice) -> Result<Arc<dyn History>, Failure> {
    match choice {
        SourceChoice::Recorded(path) => {
            betty_market::recorded::open_history(path).map_err(|e| Failure::Data(e.to_string()))
        }
        SourceChoice::Simulated(seed) => Ok(Arc::new(SimHistory::new(*seed, SIMULATED_DAYS, SIMULATED_STEP_MS))),
        SourceChoice::Live => Err(Failure::Usage(NO_LIVE_HISTORY.to_owned())),
    }
}

/// Why live data is not replayed.
pub(crate) const NO_LIVE_HISTORY: &str = "a backtest replays history, and live data has none: record some with `betty record --out day.bettyrec`, then give recorded:day.bettyrec as the source";

/// Replays once.
///
/// # Errors
/// [`Failure`] in one sentence.
pub(crate) fn replay(history: &dyn History, config: &RunConfig, watcher: &Watcher<'_>) -> Result<RunReport, Failure> {
    run(history, config, watcher).map_err(failure)
}

/// What the engine's errors mean at the command line.
pub(crate) fn failure(e: BacktestError) -> Failure {
    match e {
        BacktestError::Stopped => Failure::Stopped,
        BacktestError::Limits(_)
        | BacktestError::Costs(_)
        | BacktestError::Setting { .. }
        | BacktestError::PeriodReversed { .. } => Failure::Usage(e.to_string()),
        BacktestError::Ledger { .. } => Failure::Defect(e.to_string()),
        other => Failure::Data(other.to_string()),
    }
}

/// The whole report as one HTML file without anything from elsewhere.
pub(crate) fn html(report: &RunReport) -> String {
    page(report, &[])
}

/// Tables by file name.
pub(crate) fn csv(report: &RunReport) -> Vec<(String, String)> {
    [
        ("trades.csv", data::trades_csv(report)),
        ("equity.csv", data::equity_csv(report)),
        ("refusals.csv", data::refusals_csv(report)),
    ]
    .map(|(name, table)| (name.to_owned(), table))
    .into()
}

/// The equity chart as PNG; `None` when it cannot be drawn.
pub(crate) fn png(report: &RunReport) -> Option<Vec<u8>> {
    match charts::equity(report).png(Theme::Light, 1) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            tracing::warn!(%error, "a chart could not be drawn");
            None
        }
    }
}

/// More of the report as plain text, printed below the card on the command line.
pub(crate) fn text(report: &RunReport) -> String {
    betty_report::text::full(report, TEXT_WIDTH).join("\n")
}
