//! Stands where the replay engine will be: its names and defaults, and an answer that says so. [`super::connect`] is the only user.

use betty_market::{History, SourceError, Timestamp};
use betty_trading::backtest::RunReport;
use betty_trading::{Confidence, CostSettings, GasQuote, Limits, Strategy};

/// How long and how dearly a missing leg is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryPolicy {
    /// Milliseconds a hedge may stand on one leg before the excess is sold.
    pub deadline_ms: i64,
    /// How much worse than planned the missing shares may be, millionths of the planned price.
    pub band_ppm: i64,
}

/// What to replay and how.
#[derive(Debug, Clone)]
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
    /// Last instant; the data's own when absent.
    pub to: Option<Timestamp>,
    /// Words that must occur in a market's text.
    pub query: Option<String>,
    /// Only markets of this category.
    pub category: Option<String>,
    /// Milliseconds from a decision to the match of one leg.
    pub latency_ms: i64,
    /// Most milliseconds added to it at random.
    pub latency_jitter_ms: i64,
    /// What happens on one leg.
    pub entry: EntryPolicy,
    /// Milliseconds from the end of the last leg to its payout.
    pub payout_delay_ms: i64,
    /// Milliseconds between two scans for pairs.
    pub scan_every_ms: i64,
    /// Relations read from questions alone rest on this many cases without a failure.
    pub presumed_cases: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads; the result does not depend on it.
    pub threads: usize,
    /// Trials on this data so far, this one included.
    pub trials: u64,
}

impl RunConfig {
    /// Defaults around a strategy.
    #[must_use]
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            limits: Limits::default(),
            costs: CostSettings::new(GasQuote::relayer()),
            confidence: Confidence::High,
            from: None,
            to: None,
            query: None,
            category: None,
            latency_ms: 250,
            latency_jitter_ms: 250,
            entry: EntryPolicy { deadline_ms: 30_000, band_ppm: 20_000 },
            payout_delay_ms: 7_200_000,
            scan_every_ms: 21_600_000,
            presumed_cases: 100,
            seed: 7,
            threads: 1,
            trials: 1,
        }
    }
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

/// Told of progress now and then; answers whether to go on.
pub type Watcher<'a> = dyn Fn(Progress) -> bool + Sync + 'a;

/// Why a run did not come to a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BacktestError {
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] SourceError),
    /// Asked to stop.
    #[error("the backtest was stopped before its end; nothing was written")]
    Stopped,
}

/// Says that there is no engine.
///
/// # Errors
/// Always, after the history was found readable.
pub fn run(history: &dyn History, _config: &RunConfig, watcher: &Watcher<'_>) -> Result<RunReport, BacktestError> {
    if !watcher(Progress { done: 0, total: 1, what: "reading" }) {
        return Err(BacktestError::Stopped);
    }
    if let Some(first) = history.records().next() {
        first?;
    }
    let what = "this build has no replay engine, so nothing was run; install a version that has one";
    Err(SourceError::Unsupported(what.to_owned()).into())
}
