//! Many parameter sets over the same data, counted honestly.
//!
//! * [`space`]: which sets: a grid or random draws, numbered, so that set `k` is the same whoever asks. [`run`]: evaluates them on
//!   several threads, keeps the best, and can stop and go on. [`tally`]: what is kept.
//! * [`choice`]: the best set as it must be shown: on data it was not chosen on first, beside its neighbours, deflated by the number of
//!   trials. [`mod@walk_forward`]: train and test windows that share nothing.
//! * [`bars`]: a kernel for one rule over bars of a pair. `bars_index`: what lets it skip bars. `fall`: drawdown without visiting every
//!   bar.
//!
//! No clock: progress is told as counts, and whoever shows it measures time.

pub mod bars;
mod bars_index;
pub mod choice;
mod fall;
pub mod run;
pub mod space;
pub mod tally;
pub mod walk_forward;

pub use bars::{BarExit, BarResult, BarRule, BarTrade, BarsError, PairBars};
pub use choice::{Choice, Plateau, PlateauVerdict, hold_out};
pub use run::{Progress, Sweep};
pub use space::{Axis, Space, SpaceError};
pub use tally::{Running, Scored, Trial};
pub use walk_forward::{Fold, Life, Purged, Schedule, Split, WalkForwardError, Window, split, walk_forward};
