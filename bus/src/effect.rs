//! Writes that belong to a result. Specialists return them; storage applies them in the transaction that ends the task.

use crate::id::{AccountName, HedgeId};
use betty_hedging::Hedge;
use betty_market::{Timestamp, Usdc};
use betty_trading::backtest::RunReport;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A change of one ledger account of the double entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingRow {
    /// Name of the ledger account (`cash`, `fees`, …).
    pub ledger: String,
    /// Debit above zero, credit below.
    pub amount: Usdc,
}

/// One event of a paper account with its postings, which sum to zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// When it happened, in the market's time.
    pub at: Timestamp,
    /// The event's kind, for listing.
    pub kind: String,
    /// The position it concerns.
    pub position: Option<u64>,
    /// The event itself, as the trading crate serialises it.
    pub event: serde_json::Value,
    /// The double entry.
    pub postings: Vec<PostingRow>,
}

/// What a scan looked at and how it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanRow {
    /// The account name of the source, which tells kinds of data apart.
    pub source: AccountName,
    /// The market's time.
    pub at: Timestamp,
    /// Markets examined.
    pub markets: u64,
    /// Candidate pairs examined.
    pub candidates: u64,
    /// Candidates that were refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Hedges listed.
    pub hedges: u64,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "write", rename_all = "snake_case")]
pub enum Effect {
    /// Stores a scan.
    Scan(ScanRow),
    /// Stores or refreshes hedges under numbers reserved before.
    Hedges {
        /// The account name of the source.
        source: AccountName,
        /// The hedges with their reserved numbers.
        hedges: Vec<(HedgeId, Hedge)>,
    },
    /// Marks stored hedges as no longer found, with the reason in words.
    HedgesGone {
        /// Which, and why.
        gone: Vec<(HedgeId, String)>,
    },
    /// Appends to a paper account, only if nobody appended in between.
    Ledger {
        /// The account.
        account: AccountName,
        /// Entries the account had when it was read.
        expected_seq: u64,
        /// What to append.
        rows: Vec<LedgerRow>,
    },
    /// Saves a strategy's new version.
    SaveStrategy {
        /// Its name.
        name: String,
        /// The version, one more than the last.
        version: u32,
        /// The TOML text.
        toml: String,
    },
    /// Deletes a strategy; its versions stay readable for the trades that used them.
    DeleteStrategy {
        /// Its name.
        name: String,
    },
    /// Sets a small named value.
    Setting {
        /// Its name.
        key: String,
        /// Its value.
        value: String,
    },
    /// Stores a backtest under its run id; the same run again is the same row. The oldest that are not pinned make room.
    Backtest(Box<RunReport>),
    /// Counts the sets of rules that an experiment tried on some data; the same experiment again counts once.
    BacktestTrials(BacktestTrials),
}

/// How many sets of rules an experiment tried on some data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestTrials {
    /// SHA-256 of the data.
    pub data_hash: String,
    /// What tells the experiment from others: equal settings, equal text.
    pub experiment: String,
    /// Sets it tried.
    pub sets: u64,
}
