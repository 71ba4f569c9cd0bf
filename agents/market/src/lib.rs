//! The venue: what a market is, what its book says, and where both come from.
//!
//! * [`ids`], [`money`], [`time`]: the newtypes everything else is made of.
//! * [`market`]: markets, events, fee schedules and resolutions as the venue states them.
//! * [`fee`]: the taker fee formula. [`book`]: an L2 order book in integer ticks and the walk through it.
//! * [`source`]: the one seam through which market data enters, whatever it comes from. [`filter`]: what its filter means.
//! * [`gamma`], [`clob`]: tolerant parsers of the venue's answers and messages.
//! * [`history`]: recorded history as a replay consumes it, with the future sealed.
//! * [`live`]: the venue's own servers. [`recorded`]: recordings of them. [`sim`]: a simulated venue on loopback.
//!
//! This crate knows HTTP and websockets. It knows nothing of trading, hedging, actors or databases.

pub mod book;
pub mod clob;
pub mod fee;
pub mod filter;
pub mod gamma;
pub mod history;
pub mod ids;
mod json;
pub mod live;
pub mod market;
pub mod money;
pub mod recorded;
pub mod sim;
pub mod source;
pub mod time;

pub use book::{Book, BookSide, Depth, Fill, Level, Walk};
pub use fee::FeeSchedule;
pub use filter::filter_markets;
pub use history::{Ending, History, HistoryEvent, HistoryRecord, MarketAsOf, Records};
pub use ids::{ConditionId, EventId, MarketId, NegRiskId, TokenId};
pub use market::{EventRef, Market, MarketStatus, NegRisk, Outcome, Resolution};
pub use money::{MoneyError, Price, Shares, Usdc};
pub use source::{MarketFilter, MarketSource, SourceError, SourceLabel};
pub use time::Timestamp;

#[cfg(test)]
mod test_data;
