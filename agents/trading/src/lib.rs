//! Money at work: costs, sizing, fills, ledger, strategies and exits. No I/O, no clock, no dice.
//!
//! * [`cost`]: what a trade costs, line by line, each with its source and age.
//! * [`limits`], [`kelly`], [`sizing`]: how much of it, and which limit said so.
//! * [`ledger`]: the event-sourced paper account, double entry in integers. [`portfolio`]: what it looks like to people.
//! * [`paper`]: the decisions to open, close, settle and mark. A decision is a [`ledger::LedgerEvent`] or a [`paper::TradeRefusal`].
//! * [`backtest`]: history replayed through the same decisions.
//! * [`engine`]: the order-level engine on which live paper, auto-trading and backtest run alike.
//! * [`strategy`]: strategies as data, in TOML; [`exit`]: the closed set of exit reasons; [`auto`]: entries and exits by rule.
//!
//! Paper only: nothing here can place an order.

pub mod auto;
pub mod backtest;
pub mod cost;
pub mod engine;
pub mod exit;
pub mod kelly;
pub mod ledger;
pub mod limits;
pub mod paper;
pub mod portfolio;
pub mod sizing;
pub mod strategy;

mod units;

pub use auto::{Candidate, EntryDecision, EntryReason, ExitCheck, Marked, check, decide_entries};
pub use cost::{CostBreakdown, CostInputs, CostKind, CostLeg, CostLine, CostSettings, GasQuote};
pub use exit::{EXIT_REASONS, ExitReason, StopKind};
pub use ledger::{
    Account, LedgerAccount, LedgerError, LedgerEvent, Position, PositionId, Posting, PriceMark, postings,
};
pub use limits::{Confidence, Limits, LimitsError};
pub use paper::{
    CloseDecision, Desk, LegMarket, Mark, OpenDecision, OpenRequest, SettleDecision, SizeRequest, TradeRefusal,
};
pub use portfolio::{Portfolio, PositionFilter, PositionRow};
pub use sizing::{SizeLimit, Sizing, Step};
pub use strategy::{
    EntryFilters, ExitCondition, ExitDecision, PositionView, Strategy, StrategyError, StrategyName, StrategyRef,
};
pub use units::dollars;
