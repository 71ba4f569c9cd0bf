//! Writes that belong to a result. Specialists return them; storage applies them in the transaction that ends the task.

use crate::id::{AccountName, HedgeId};
use crate::journal::NewTask;
use crate::knowledge::{CaseEnded, CaseRow, VerdictRow};
use crate::port::HedgePoint;
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

/// Decisions kept of one account, the newest: about 40 days of a scan of 50 hedges every half hour.
pub const DECISIONS_KEPT_MAX: u32 = 100_000;

/// What a rule decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A hedge was entered.
    Take,
    /// A hedge was not entered.
    Refuse,
    /// A position ended.
    Exit,
    /// A position stays.
    Hold,
}

impl Verdict {
    /// All of them, in the order people see them.
    pub const ALL: [Self; 4] = [Self::Take, Self::Refuse, Self::Exit, Self::Hold];

    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Refuse => "refuse",
            Self::Exit => "exit",
            Self::Hold => "hold",
        }
    }
}

/// One decision of a rule with its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// When, in the market's time.
    pub at: Timestamp,
    /// What about: `hedge 3`, `position 1`, `entries`.
    pub subject: String,
    /// The strategy and its version, `balanced@1`; `None` where none applied.
    pub strategy: Option<String>,
    /// What was decided.
    pub verdict: Verdict,
    /// The reason's name in data, from a closed set: `tier`, `no_book`, `stop_loss`, `no_exit`, …
    pub kind: String,
    /// The reason in words.
    pub words: String,
    /// The numbers it rests on.
    pub numbers: serde_json::Value,
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
    /// Keeps what hedges cost at an instant: one point a hedge and five minutes, the last one. Points lose detail with age.
    Prices {
        /// The account name of the source.
        source: AccountName,
        /// The points.
        points: Vec<HedgePoint>,
    },
    /// Keeps verdicts under their keys; a key that is known keeps its first verdict.
    Verdicts {
        /// What was judged.
        rows: Vec<VerdictRow>,
    },
    /// Writes relations down. The first writing of a key is kept.
    Cases {
        /// The relations.
        rows: Vec<CaseRow>,
    },
    /// Tells how relations written down have ended, or when to look again. The first end is kept.
    CaseEnds {
        /// The account name of the source.
        source: AccountName,
        /// Which, and how.
        ends: Vec<CaseEnded>,
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
    /// Stores decisions of rules. A position that stays for the same reason and strategy as at its last decision is not stored again.
    Decisions {
        /// The account.
        account: AccountName,
        /// What was decided, in order.
        rows: Vec<DecisionRow>,
        /// How many of the account's decisions are kept, the newest.
        keep: u32,
    },
    /// Accepts another task in the same transaction: whoever sees the end finds the task, and a kill loses neither.
    FollowUp(Box<NewTask>),
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
