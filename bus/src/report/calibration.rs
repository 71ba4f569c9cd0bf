//! How often relations written down before they ended have held.

use betty_hedging::Coverage;
use betty_hedging::calibration::{CaseEnd, Class, Tally};
use betty_market::{SourceLabel, Timestamp};
use serde::{Deserialize, Serialize};

/// One class of relations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationRow {
    /// Rule and basis.
    pub class: Class,
    /// How many pairs stand where.
    pub pairs: Vec<(CaseEnd, u64)>,
    /// Events put to the test.
    pub tally: Tally,
    /// Share held and lower bound; `None` before the first test.
    pub coverage: Option<Coverage>,
}

/// Every class of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// By rule.
    pub rows: Vec<CalibrationRow>,
    /// Relations looked at just now; how they ended is counted from the next time on.
    pub followed: u64,
}
