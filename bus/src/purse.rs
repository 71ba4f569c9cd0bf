//! What model calls may cost, and what they did cost. Money is set aside before a call and settled after it, in the database: a kill between
//! the two leaves it set aside, so that a restart cannot spend a day's budget twice.

use crate::id::TaskId;
use crate::port::PortError;
use async_trait::async_trait;
use betty_market::{Timestamp, Usdc};
use serde::{Deserialize, Serialize};

/// Tokens and dollars together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spend {
    /// Tokens, in and out.
    pub tokens: u64,
    /// Dollars.
    pub usd: Usdc,
}

/// Money set aside for one call. Settle it, or it stays spent.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The day it counts on: days since the Unix epoch, UTC.
    pub day: i64,
    /// What was set aside.
    pub reserved: Spend,
}

/// What is known of a call when it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The task it belonged to.
    pub task: TaskId,
    /// When it was begun, machine time.
    pub at: Timestamp,
    /// The prompt's name.
    pub prompt: String,
    /// The prompt's content hash.
    pub prompt_hash: String,
    /// The model asked.
    pub model: String,
    /// Tokens sent.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// What it cost.
    pub usd: Usdc,
    /// Milliseconds until the answer or the failure.
    pub latency_ms: u64,
    /// `ok`, or the kind of failure.
    pub outcome: String,
}

/// The day's budget.
#[async_trait]
pub trait Purse: Send + Sync {
    /// Sets money aside for a call; `Err` inside is what is left today when that is less than wanted.
    async fn reserve(&self, want: Spend) -> Result<Result<Ticket, Spend>, PortError>;
    /// Gives back what a call did not use, or books what it used more, and keeps the record.
    async fn settle(&self, ticket: Ticket, call: CallRecord) -> Result<(), PortError>;
    /// What is left today.
    async fn left(&self) -> Result<Spend, PortError>;
}
