//! The journal, the ledger and everything else that must survive a kill.
//!
//! * [`store`]: opening a database, its one writer and its readers. [`config`]: where it is. [`error`]: why it cannot be opened.
//! * `journal`: accept, claim, finish, cancel, recover, and the lists; each write is one transaction.
//! * `effects`: the writes of a result, applied in the transaction that ends its task.
//! * [`backtest`]: stored backtests and the count of trials. `decisions`: what rules decided.
//! * `knowledge`: verdicts of a model, relations followed to their end. [`purse`]: what model calls take of a day's budget.
//! * `schedule`: which slot of time was taken by what task.
//! * `desk`: what specialists may read. [`health`]: checks, sizes, the audit of the ledger, a backup.
//! * `entity`: one file per table. `migration`: the schema's history; it only grows.
//!
//! The guarantees are those of `bus/SEMANTICS.md`; `tests/conformance.rs` checks them on SQLite and on PostgreSQL.
//! SQLite runs in WAL mode with `synchronous = FULL`; money and times are 64-bit integers, documents are JSON text.

pub mod backtest;
pub mod config;
mod decisions;
mod desk;
mod effects;
mod entity;
pub mod error;
pub mod health;
mod journal;
mod json;
mod knowledge;
mod migration;
#[cfg(test)]
mod plan;
mod prices;
pub mod purse;
mod schedule;
mod sqlite;
pub mod store;

pub use config::StoreConfig;
pub use error::StoreError;
pub use health::{Health, LedgerCheck};
pub use purse::ModelPurse;
pub use store::Store;
