//! Why a backtest cannot be run.

use crate::cost::CostSettingsError;
use crate::ledger::LedgerError;
use crate::limits::LimitsError;
use betty_market::{MarketId, SourceError, Timestamp};

/// Why a backtest cannot be run or had to stop. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BacktestError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] SourceError),
    /// A limit is outside its range.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// A cost is outside its range.
    #[error(transparent)]
    Costs(#[from] CostSettingsError),
    /// The period begins after it ends.
    #[error("the period begins at {from} and ends at {to}: give a beginning before the end")]
    PeriodReversed {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// The period and the data have nothing in common.
    #[error("the data runs from {first} to {last}, and none of it lies in the period asked for: choose another period")]
    PeriodOutside {
        /// First instant of the data.
        first: Timestamp,
        /// Last instant of the data.
        last: Timestamp,
    },
    /// A setting that is no setting.
    #[error("{setting} is {value}, allowed is {allowed}: correct it")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// There is nothing to replay.
    #[error("the data holds no record in that period: choose another period or other data")]
    Empty,
    /// A record stands before one that came earlier.
    #[error(
        "the records are out of order: one of {at} follows one of {before}. The recording has a hole or was joined from two; use it up to there with a period that ends before {before}"
    )]
    OutOfOrder {
        /// The late record.
        at: Timestamp,
        /// The one before it.
        before: Timestamp,
    },
    /// A market ends that never began.
    #[error(
        "market {market} ends at {at} and was never seen before: the recording misses its beginning. Begin the period later"
    )]
    EndingWithoutMarket {
        /// The market.
        market: MarketId,
        /// When it ended.
        at: Timestamp,
    },
    /// The ledger refused an event: a defect.
    #[error("the ledger refused an event at {at}: {error}. This is a defect of the program; nothing was written")]
    Ledger {
        /// When.
        at: Timestamp,
        /// What it said.
        error: LedgerError,
    },
    /// Asked to stop.
    #[error("the backtest was stopped before its end; nothing was written")]
    Stopped,
}
