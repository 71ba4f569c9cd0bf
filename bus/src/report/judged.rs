//! What a language model was asked about in a scan, and what that took.

use crate::purse::Spend;
use serde::{Deserialize, Serialize};

/// The model's part of a scan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JudgedReport {
    /// The model asked.
    pub model: String,
    /// Pairs of markets that share words and were weighed.
    pub weighed: u64,
    /// Near pairs that would pay if a relation held.
    pub paying: u64,
    /// Near pairs that would not.
    pub gated: u64,
    /// Markets whose texts speak to the reader, and which no model is shown.
    pub screened: u64,
    /// Pairs taken up, those in the store counted in.
    pub pairs: u64,
    /// Verdicts found in the store.
    pub known: u64,
    /// Verdicts of this scan.
    pub judged: u64,
    /// Among both: relations that withstood every question.
    pub verified: u64,
    /// Relations with something against them. Never traded.
    pub hypotheses: u64,
    /// Relations rejected.
    pub rejected: u64,
    /// Pairs without a relation.
    pub unrelated: u64,
    /// Pairs whose questions failed. Nothing of them is stored.
    pub failed: u64,
    /// Pairs not asked about any more.
    pub left_out: u64,
    /// Calls made.
    pub calls: u64,
    /// What they took.
    pub spent: Spend,
    /// What is left of the scan's caps.
    pub left_scan: Spend,
    /// What is left of the day's.
    pub left_day: Spend,
    /// Why not every pair was asked about, in words; `None` when all were.
    pub stopped: Option<String>,
    /// Claims that dates, numbers or groups contradicted, in words, a few. Written by a model in part: data.
    pub conflicts: Vec<String>,
}
