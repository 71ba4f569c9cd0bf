//! The read side of what is stored, as specialists see it.

use crate::effect::{DecisionRow, LedgerRow, ScanRow, Verdict};
use crate::id::{AccountName, HedgeId};
use crate::knowledge::{CaseCount, CaseRow, VerdictRow};
use async_trait::async_trait;
use betty_hedging::calibration::{CaseEnd, Class};
use betty_hedging::judge::VerdictKey;
use betty_hedging::{Hedge, HedgeQuote};
use betty_market::{Shares, Timestamp, Usdc};
use betty_trading::backtest::RunReport;
use serde::{Deserialize, Serialize};

/// Storage could not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the database did not answer: {0}. Free disk space and the rights on the data directory are the usual causes")]
pub struct PortError(pub String);

impl From<PortError> for crate::error::TaskError {
    fn from(e: PortError) -> Self {
        Self::new(crate::error::TaskErrorKind::Unavailable, e.to_string())
    }
}

/// A hedge as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredHedge {
    /// Its number.
    pub id: HedgeId,
    /// Which kind of data it was found in.
    pub source: AccountName,
    /// As last priced.
    pub hedge: Hedge,
    /// First found.
    pub found_at: Timestamp,
    /// Last priced.
    pub priced_at: Timestamp,
    /// Why it is no longer found; `None` while active.
    pub gone: Option<String>,
}

/// How a hedge stood at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceState {
    /// It pays at this price.
    Pays,
    /// It does not; the numbers are those of the smallest order, where it could be priced.
    PaysNot,
    /// A market of it is disputed or in its challenge window.
    Waits,
    /// It is none any more: resolved, missing, or its texts have changed.
    Gone,
}

impl PriceState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pays, Self::PaysNot, Self::Waits, Self::Gone];

    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::PaysNot => "pays_not",
            Self::Waits => "waits",
            Self::Gone => "gone",
        }
    }
}

/// What a hedge cost at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HedgePoint {
    /// The hedge.
    pub hedge: HedgeId,
    /// The market's time.
    pub at: Timestamp,
    /// All-in cost of one share of every leg, millionths of a dollar, rounded up; `None` when it could not be priced.
    pub cost_ppm: Option<i64>,
    /// Net edge, millionths; `None` when it could not be priced.
    pub net_edge_ppm: Option<i64>,
    /// Shares of every leg it was priced for.
    pub shares: Option<Shares>,
    /// How it stood.
    pub state: PriceState,
}

impl HedgePoint {
    /// The point of a quote.
    #[must_use]
    pub fn of(hedge: HedgeId, quote: &HedgeQuote, state: PriceState) -> Self {
        let shares = i128::from(quote.shares.micros());
        let cost = i128::from(quote.cost.micros()) * 1_000_000;
        let cost_ppm = (shares > 0).then(|| cost.div_euclid(shares) + i128::from(cost.rem_euclid(shares) > 0));
        Self {
            hedge,
            at: quote.at,
            cost_ppm: cost_ppm.and_then(|c| i64::try_from(c).ok()),
            net_edge_ppm: Some(quote.net_edge_ppm),
            shares: Some(quote.shares),
            state,
        }
    }

    /// A point without a price.
    #[must_use]
    pub const fn unpriced(hedge: HedgeId, at: Timestamp, state: PriceState) -> Self {
        Self { hedge, at, cost_ppm: None, net_edge_ppm: None, shares: None, state }
    }
}

/// A stored strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredStrategy {
    /// Its name.
    pub name: String,
    /// Latest version.
    pub version: u32,
    /// The TOML text.
    pub toml: String,
}

/// The headline numbers of a stored backtest: those of its main case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestRow {
    /// Hash of data, rules and code.
    pub run_id: String,
    /// When it was first stored, machine time.
    pub at: Timestamp,
    /// What kind of data, in words.
    pub source: String,
    /// The strategy with its version.
    pub strategy: String,
    /// SHA-256 of the data.
    pub data_hash: String,
    /// SHA-256 of everything configured.
    pub rules_hash: String,
    /// Version of the code that ran.
    pub code: String,
    /// First instant of the data.
    pub from: Timestamp,
    /// Last instant of the data.
    pub to: Timestamp,
    /// Cash at the start.
    pub starting: Usdc,
    /// Equity at the end.
    pub ending: Usdc,
    /// Net result of ended trades.
    pub net: Usdc,
    /// Return, millionths.
    pub roi_ppm: i64,
    /// Trades opened.
    pub opened: u64,
    /// Trades ended.
    pub ended: u64,
    /// Ended trades with a profit.
    pub wins: u64,
    /// Largest fall of equity, millionths; `None` where it is not defined.
    pub max_drawdown_ppm: Option<i64>,
    /// Trials on this data when it ran.
    pub trials: u64,
    /// Whether it is kept for good.
    pub pinned: bool,
}

/// Stored decisions that have strategy, verdict and reason in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionCount {
    /// The strategy and its version, `balanced@1`; `None` where none applied.
    pub strategy: Option<String>,
    /// What was decided.
    pub verdict: Verdict,
    /// The reason's name in data.
    pub kind: String,
    /// How many.
    pub n: u64,
    /// The oldest of them.
    pub first_at: Timestamp,
    /// The newest of them.
    pub last_at: Timestamp,
}

/// What specialists may read. Every list is bounded by its caller.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Numbers for hedges by stable key, new ones reserved. The only call that may write: numbers without a hedge are harmless.
    async fn hedge_ids(&self, source: &AccountName, keys: &[String]) -> Result<Vec<HedgeId>, PortError>;
    /// One hedge.
    async fn hedge(&self, id: HedgeId) -> Result<Option<StoredHedge>, PortError>;
    /// Active hedges of a source, best net edge first.
    async fn hedges(&self, source: &AccountName, limit: u32) -> Result<Vec<StoredHedge>, PortError>;
    /// What a hedge has cost: the newest points, oldest of them first.
    async fn hedge_prices(&self, id: HedgeId, limit: u32) -> Result<Vec<HedgePoint>, PortError>;
    /// Kept verdicts by key; unknown keys are left out.
    async fn verdicts(&self, keys: &[VerdictKey]) -> Result<Vec<VerdictRow>, PortError>;
    /// Relations of a source that have not ended and are due, the longest due first.
    async fn due_cases(&self, source: &AccountName, now: Timestamp, limit: u32) -> Result<Vec<CaseRow>, PortError>;
    /// How many relations of a source stand where.
    async fn case_counts(&self, source: &AccountName) -> Result<Vec<CaseCount>, PortError>;
    /// How the relations of a source ended: class, event and end, each once for an event.
    async fn ended_cases(&self, source: &AccountName) -> Result<Vec<(Class, String, CaseEnd)>, PortError>;
    /// The last scan of a source.
    async fn last_scan(&self, source: &AccountName) -> Result<Option<ScanRow>, PortError>;
    /// Every entry of an account, oldest first.
    async fn ledger(&self, account: &AccountName) -> Result<Vec<LedgerRow>, PortError>;
    /// Saved strategies by name, without deleted ones.
    async fn strategies(&self) -> Result<Vec<StoredStrategy>, PortError>;
    /// One version of a strategy, older ones and deleted ones too; where a name began anew after a deletion, of its latest life.
    async fn strategy_version(&self, name: &str, version: u32) -> Result<Option<StoredStrategy>, PortError>;
    /// Stored decisions of an account, newest first.
    async fn decisions(&self, account: &AccountName, limit: u32) -> Result<Vec<DecisionRow>, PortError>;
    /// All stored decisions of an account, counted; most frequent first, then by verdict, reason and strategy.
    async fn decision_counts(&self, account: &AccountName) -> Result<Vec<DecisionCount>, PortError>;
    /// A small named value.
    async fn setting(&self, key: &str) -> Result<Option<String>, PortError>;
    /// Stored backtests whose run id begins with these digits, newest first. No digits are all of them.
    async fn backtests(&self, run: &str, limit: u32) -> Result<Vec<BacktestRow>, PortError>;
    /// The full report of a stored backtest, by its whole run id.
    async fn backtest_report(&self, run_id: &str) -> Result<Option<RunReport>, PortError>;
    /// Backtests stored in all.
    async fn backtest_count(&self) -> Result<u64, PortError>;
    /// Sets of rules tried on the data of a hash, apart from those of one experiment.
    async fn backtest_trials(&self, data_hash: &str, except: &str) -> Result<u64, PortError>;
}
