//! Backtests: history replayed through the rules that trade on paper, from the command line and from chat.
//!
//! * [`connect`]: the seams to the engine, the data and the renderers. [`tried`]: sweeps and walk-forward.
//! * [`settings`]: from a job to the configuration of a run. [`search`]: from typed parameters to sets.
//! * [`driver`]: opens data, counts trials, computes on threads, says what to store. [`specialist`]: the driver as a task of AutoTrader.
//! * [`args`], [`command`]: `betty backtest`. [`export`]: files, whole or not at all. [`meter`]: how far it is. [`resume`]: a sweep that goes on.
//! * [`failure`]: why there is no result.

pub mod args;
pub mod command;
pub mod connect;
pub mod driver;
pub mod export;
pub mod failure;
pub mod meter;
pub mod resume;
pub mod search;
pub mod settings;
pub mod specialist;
pub mod tried;
