//! The paper account: events in, double entry out, integers throughout.
//!
//! * [`event`]: what can happen, as journaled. [`posting`]: what each event moves between accounts; every set sums to zero.
//! * [`account`]: the state after a sequence of events; refuses what cannot be and then changes nothing.
//! * [`position`]: one hedge held or ended. `consumed`: what the account has already taken from the levels still displayed.
//!
//! No position has one leg: an open fills every leg with the same share count, a close sells all of every leg or is refused. Shares of
//! a leg whose counterpart was not to be had are given up again, and that is an event of its own, [`LegUnwound`].
//!
//! Costs are expensed when paid. So with *realised P&L after costs* = realised P&L − fees − gas − other costs,
//! cash + positions at cost = starting capital + realised P&L after costs, to the micro-dollar, after any sequence of events.

pub mod account;
mod consumed;
pub mod event;
pub mod position;
pub mod posting;

pub use account::{Account, LedgerError};
pub use event::{
    AMOUNT_MAX, AccountOpened, BookSnapshot, FILLS_MAX, HedgeClosed, HedgeOpened, HedgeSettled, LEGS_MAX, LedgerEvent,
    LegEntry, LegExit, LegOut, LegSettlement, LegUnwound, PositionId, PriceMark, SNAPSHOT_LEVELS,
};
pub use position::{Position, PositionEnd, PositionStatus};
pub use posting::{LedgerAccount, Posting, postings};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_unwound;
