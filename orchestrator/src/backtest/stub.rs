//! Stands where the replay engine will be: the same names, and an answer that says so. [`super::connect`] is the only user.

use betty_market::{History, SourceError, Timestamp};
use betty_trading::backtest::RunReport;
use betty_trading::{Confidence, CostSettings, Limits, Strategy};

/// What to replay and how.
#[derive(Debug, Clone, PartialEq)]
pub struct RunConfig {
    /// The strategy.
    pub strategy: Strategy,
    /// The trading limits.
    pub limits: Limits,
    /// Costs that do not depend on the book.
    pub costs: CostSettings,
    /// Multiplies the size.
    pub confidence: Confidence,
    /// First instant; the data's own when absent.
    pub from: Option<Timestamp>,
    /// The instant it ends before; the data's own when absent.
    pub to: Option<Timestamp>,
    /// Words that must occur in a market's text.
    pub query: Option<String>,
    /// Only markets of this category.
    pub category: Option<String>,
    /// Milliseconds from a decision to the match of one leg.
    pub latency_ms: i64,
    /// Most milliseconds added to it at random.
    pub latency_jitter_ms: i64,
    /// Milliseconds a hedge may stand on one leg.
    pub leg_deadline_ms: i64,
    /// How much dearer than decided the second leg may be completed, millionths.
    pub leg_band_ppm: i64,
    /// Milliseconds between two scans for pairs.
    pub scan_every_ms: i64,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads; the result does not depend on it.
    pub threads: usize,
    /// Trials on this data so far, this one included.
    pub trials: u64,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Done of it.
    pub done: u64,
    /// Of this many; 0 when nobody knows.
    pub total: u64,
    /// What is being done.
    pub what: &'static str,
}

/// Why a run did not come to a report.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// There is no engine.
    #[error("this build has no replay engine, so nothing was run; install a version that has one")]
    NotThereYet,
    /// The data could not be read to its end.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Says that there is no engine.
///
/// # Errors
/// [`BacktestError::NotThereYet`], after the history was found readable.
pub fn run(
    history: &dyn History,
    _config: &RunConfig,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<RunReport, BacktestError> {
    progress(Progress { done: 0, total: 1, what: "reading" });
    if let Some(first) = history.records().next() {
        first?;
    }
    Err(BacktestError::NotThereYet)
}
