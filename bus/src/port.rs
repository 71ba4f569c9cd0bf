//! The read side of what is stored, as specialists see it.

use crate::effect::{LedgerRow, ScanRow};
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
    /// A small named value.
    async fn setting(&self, key: &str) -> Result<Option<String>, PortError>;
}
