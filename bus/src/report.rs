//! One typed result each. Doors render them; nothing here is text for a screen.

use crate::id::HedgeId;
use crate::port::StoredHedge;
use betty_hedging::Hedge;
use betty_market::{Market, SourceLabel, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a task came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// A scan.
    Scan(ScanReport),
    /// Stored hedges.
    Hedges(HedgesReport),
    /// One hedge in full.
    Why(Box<WhyReport>),
    /// Markets.
    Markets(MarketsReport),
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// Markets examined.
    pub markets: u64,
    /// Candidate pairs examined.
    pub candidates: u64,
    /// Hedges, best first, with their numbers.
    pub hedges: Vec<(HedgeId, Hedge)>,
    /// Every other candidate, by reason.
    pub refused: BTreeMap<String, u64>,
}

/// Stored hedges that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HedgesReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// Above the list, in words: "coverage at least 95%".
    pub title: String,
    /// Best first.
    pub hedges: Vec<StoredHedge>,
    /// Active hedges in all, before the filter.
    pub stored: u64,
}

/// One hedge with both rule texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhyReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// As stored.
    pub hedge: StoredHedge,
    /// The markets as they are now, in the order of the certificate.
    pub markets: Vec<Market>,
    /// Whether the proof still stands on those texts.
    pub holds: bool,
}

/// Markets that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarketsReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// By volume.
    pub markets: Vec<Market>,
}
