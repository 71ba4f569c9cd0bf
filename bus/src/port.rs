//! The read side of what is stored, as specialists see it.

use crate::effect::{DecisionRow, LedgerRow, ScanRow, Verdict};
use crate::id::{AccountName, HedgeId};
use async_trait::async_trait;
use betty_hedging::Hedge;
use betty_market::Timestamp;
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
}
