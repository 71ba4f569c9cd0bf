//! The seams: one small function for each part of a backtest that lives in another crate.
//!
//! * [`engine`]: what replays. * [`open`]: where history comes from. * [`sweep`], [`walk_forward`]: searches.
//! * [`html`], [`csv`], [`png`], [`text`]: how a report looks outside of a card.

use super::failure::Failure;
use super::resume::Resume;
use super::search::Search;
pub use super::stub as engine;
use crate::config::resolve::SourceChoice;
use betty_bus::report::{SweepRow, WindowRow};
use betty_bus::task::BacktestWindows;
use betty_market::History;
use betty_trading::backtest::RunReport;
use engine::{BacktestError, RunConfig, Watcher};
use std::sync::Arc;

/// Whether [`engine`] is the real one. Tests of whole runs wait for it by name.
pub const CONNECTED: bool = false;

/// Opens history. Reads files: not for an async context.
///
/// # Errors
/// [`Failure::Data`] in one sentence.
pub(crate) fn open(choice: &SourceChoice) -> Result<Arc<dyn History>, Failure> {
    match choice {
        SourceChoice::Recorded(path) => {
            // The recording itself is looked at first, so that a wrong path is told as such.
            betty_market::recorded::open_recorded(path).map_err(|e| Failure::Data(e.to_string()))?;
            Err(Failure::NotThereYet("replaying a recording"))
        }
        SourceChoice::Simulated(_) => Err(Failure::NotThereYet("replaying the simulated venue")),
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
    engine::run(history, config, watcher).map_err(failure)
}

/// What the engine's errors mean at the command line: settings were checked before, so what is left is the data.
fn failure(e: BacktestError) -> Failure {
    match e {
        BacktestError::Stopped => Failure::Stopped,
        other => Failure::Data(other.to_string()),
    }
}

/// What a sweep works on.
#[derive(Clone, Copy)]
pub(crate) struct SweepInput<'a> {
    /// The data.
    pub(crate) history: &'a dyn History,
    /// What every set shares. Its `trials` already count every set.
    pub(crate) base: &'a RunConfig,
    /// The sets.
    pub(crate) search: &'a Search,
    /// The end of the data that no set is chosen by, percent.
    pub(crate) held_out_pct: u32,
    /// Where its state is kept, and what it was.
    pub(crate) resume: Option<&'a Resume>,
    /// Told how far it is; answers whether to go on.
    pub(crate) watcher: &'a Watcher<'a>,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Searched<Row> {
    /// The rows: the best sets in any order, windows in time.
    pub(crate) rows: Vec<Row>,
    /// What a reader must know.
    pub(crate) warnings: Vec<String>,
    /// Whether anything is worth a second look.
    pub(crate) usable: bool,
    /// One line.
    pub(crate) verdict: String,
}

/// Tries every set.
///
/// # Errors
/// [`Failure`].
pub(crate) fn sweep(input: SweepInput<'_>) -> Result<Searched<SweepRow>, Failure> {
    let SweepInput { history, base, search, held_out_pct, resume, watcher } = input;
    let _ = (history.span(), base.seed, search.len(), held_out_pct, resume.map(|r| r.state.is_some()), watcher);
    Err(Failure::NotThereYet("a sweep"))
}

/// Chooses on one window, tries on the next.
///
/// # Errors
/// [`Failure`].
pub(crate) fn walk_forward(
    history: &dyn History,
    base: &RunConfig,
    search: &Search,
    windows: BacktestWindows,
    watcher: &Watcher<'_>,
) -> Result<Searched<WindowRow>, Failure> {
    let _ = (history, base, search, windows, watcher);
    Err(Failure::NotThereYet("a walk-forward"))
}

/// The whole report as one HTML file without anything from elsewhere; `None` while there is no such renderer.
pub(crate) fn html(report: &RunReport) -> Option<String> {
    let _ = report;
    None
}

/// Tables by file name; `None` while there is no such renderer.
pub(crate) fn csv(report: &RunReport) -> Option<Vec<(String, String)>> {
    let _ = report;
    None
}

/// The equity chart as PNG; `None` while there is no such renderer, or nothing to draw.
pub(crate) fn png(report: &RunReport) -> Option<Vec<u8>> {
    let _ = report;
    None
}

/// More of the report as plain text, printed below the card on the command line; `None` while there is no such renderer.
pub(crate) fn text(report: &RunReport) -> Option<String> {
    let _ = report;
    None
}

/// Which of the renderers this build has: HTML, CSV, PNG.
pub(crate) const RENDERERS: [(&str, bool); 3] = [("--html", false), ("--csv", false), ("--png", false)];
