//! Money at work: costs, sizing, fills, ledger, strategies and exits. No I/O, no clock, no dice.
//!
//! * [`cost`]: what a trade costs, line by line, each with its source and age.
//! * [`limits`], [`kelly`], [`sizing`]: how much of it, and which limit said so.
//! * [`ledger`]: the event-sourced paper account, double entry in integers. [`portfolio`]: what it looks like to people.
//! * [`paper`]: the decisions to open, close, settle and mark. A decision is a [`ledger::LedgerEvent`] or a [`paper::TradeRefusal`].
//! * [`backtest`]: history replayed through the same decisions.
//! * [`engine`]: order by order: books, queues, matching, settlement and a ledger of its own.
//! * [`entry`]: the legs of a hedge as orders, one of which may stay alone.
//! * [`stats`]: statistics of returns with intervals and reasons. [`sweep`]: many parameter sets over the same data, honestly counted.
//! * [`strategy`]: strategies as data, in TOML; [`exit`]: the closed set of exit reasons; [`auto`]: entries and exits by rule.
//! * [`breaker`]: what pauses entries after losses; [`performance`]: how strategies did.
//!
//! Paper only: nothing here can place an order.

pub mod auto;
pub mod backtest;
pub mod breaker;
pub mod cost;
pub mod engine;
pub mod entry;
pub mod exit;
pub mod kelly;
pub mod ledger;
pub mod limits;
pub mod paper;
pub mod performance;
pub mod portfolio;
pub mod sizing;
pub mod stats;
pub mod strategy;
pub mod sweep;

mod units;

pub use auto::{Candidate, EntryDecision, EntryReason, ExitCheck, Marked, check, decide_entries, decide_guarded};
pub use breaker::{Breaker, Breakers, Standing, Trip};
pub use cost::{CostBreakdown, CostInputs, CostKind, CostLeg, CostLine, CostSettings, GasQuote};
pub use exit::{EXIT_REASONS, ExitReason, StopKind};
pub use ledger::{
    Account, LedgerAccount, LedgerError, LedgerEvent, Position, PositionId, Posting, PriceMark, postings,
};
pub use limits::{Confidence, Limits, LimitsError};
pub use paper::{
    CloseDecision, Desk, LegMarket, Mark, OpenDecision, OpenRequest, SettleDecision, SizeRequest, TradeRefusal,
};
pub use performance::{Group, Performance, Rate};
pub use portfolio::{Portfolio, PositionFilter, PositionRow};
pub use sizing::{SizeLimit, Sizing, Step};
pub use strategy::{
    EntryFilters, ExitCondition, ExitDecision, PositionView, Strategy, StrategyError, StrategyName, StrategyRef,
};
pub use units::dollars;
