//! Betty put together: data directory, database, market data, specialists, actors.
//!
//! * [`start`]: everything in order, with one sentence for each thing that can be wrong.
//! * [`market`]: the market source the configuration names. [`trading`]: limits and costs out of the configuration.

pub mod market;
pub mod start;
pub mod trading;

pub use start::{App, StartError};
