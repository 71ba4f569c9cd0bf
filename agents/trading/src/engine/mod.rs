//! The order-level engine: one account, its orders and its books, driven by events. The live paper account, the auto-trader and the
//! backtest run on it, and a [`Strategy`] cannot tell which of them it runs in.
//!
//! * [`Engine`]: the event loop. Everything happens in one total order: [`EventKey`] (time, source, sequence).
//! * [`FeedEvent`]: what comes in. [`Event`]: what a strategy is told. [`Context`]: what it may see and do.
//! * [`Instrument`]: what is traded, under a small number, from its opening over dispute and outcome to the payout.
//! * [`EngineBook`]: integer ticks in dense arrays; what this account took stays taken until the level changes.
//! * [`OrderRequest`]: market and limit orders, FAK, FOK, GTC, GTD, post-only; [`Rejection`], [`CancelReason`] and
//!   [`CancelRefusal`] are the closed lists of what can become of them.
//! * [`LatencyModel`]: decision → wire → venue delay → match. [`QueueModel`]: when resting orders fill.
//! * [`Ledger`]: double entry in micro-dollars.
//!
//! # How the venue is taken to behave
//!
//! * A taker gets the maker's price and pays the fee of each fill; a maker pays none.
//! * An order is checked twice, when it is given and when it arrives, because the tick, the fee, the book and the market can change
//!   on the way. A book that is unknown, crossed or too old matches nothing, and orders that arrive at it are refused.
//! * The venue's delay holds back only orders that would match on arrival.
//! * When the tick changes, resting orders off the new tick stay; orders on the way are refused. The venue does not document this.
//! * A buy binds the most it can cost, worst price and fee; a sell binds its shares. Cash never goes below zero and nothing is sold
//!   short. A fee that rises while an order is on the way binds more, or ends the order.
//! * Own orders are not in the feed's book, so they neither meet each other nor stand in the way of others.

mod book;
mod config;
mod core;
mod error;
mod event;
mod feed;
mod fees;
mod instrument;
mod latency;
mod ledger;
mod lifecycle;
mod matching;
mod order;
mod queue;
mod ranks;
mod reject;
mod resting;
mod run;
mod strategy;
mod time;
mod venue;

pub use self::core::Work;
pub use book::{BookStatus, EngineBook};
pub use config::{CASH_MAX, EngineConfig, QueueModel, SETTLE_STEPS_MAX};
pub use error::EngineError;
pub use event::{Event, OrderFill, OrderNews, OrderReport, Settlement};
pub use feed::{FEEDS_MAX, FeedEvent, FeedKind, Snapshot};
pub use fees::FEE_RATE_PPM_MAX;
pub use instrument::{INSTRUMENTS_MAX, Instrument, InstrumentId, MIN_SIZE_DEFAULT, Phase, payout_of};
pub use latency::{Dice, LatencyModel};
pub use ledger::{ENTRY_BYTES, Entry, EntryKind, Ledger, LedgerAccount, Position};
pub use order::{
    GTD_AHEAD_MIN_NS, GTD_ENDS_EARLY_NS, ORDER_SHARES_MAX, Order, OrderId, OrderRequest, OrderState, Quantity, Side,
    TimeInForce,
};
pub use reject::{CancelReason, CancelRefusal, Rejection};
pub use run::Engine;
pub use strategy::{Context, Idle, Strategy};
pub use time::{EventKey, Source, TimeNs};
