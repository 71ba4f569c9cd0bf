//! One file per table. All numbers are 64-bit, times are milliseconds since the Unix epoch, documents are JSON text.
//!
//! The modules are private to the crate; `pub` inside them is what the derives expect.
#![allow(unreachable_pub, missing_docs)]

pub mod attempt;
pub mod backtest;
pub mod backtest_trial;
pub mod dead_letter;
pub mod decision;
pub mod hedge;
pub mod hedge_key;
pub mod ledger_entry;
pub mod model_call;
pub mod model_day;
pub mod outbox;
pub mod posting;
pub mod price_history;
pub mod relation_case;
pub mod scan;
pub mod schedule;
pub mod setting;
pub mod strategy;
pub mod task;
pub mod verdict;
