//! How an engine is set up.

use super::error::EngineError;
use super::time::TimeNs;
use betty_market::Usdc;

/// Most steps that settling one event may take: commands carried out and pending items come due.
pub const SETTLE_STEPS_MAX: u32 = 10_000;
/// Most starting cash.
pub const CASH_MAX: Usdc = Usdc::whole(1_000_000_000);

/// How resting orders are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueModel {
    /// By position: an order joins behind what is displayed, moves up with prints at its price and with what leaves the level, and
    /// fills when a print reaches it or the other side comes to its price.
    #[default]
    Position,
    /// Only when the market trades or quotes through its price.
    TradeThrough,
}

/// The settings of an engine. Everything that shapes a result is here, in the instruments, the latency model and the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// Starting cash.
    pub cash: Usdc,
    /// When the account was opened: the time of the first entry.
    pub opened: TimeNs,
    /// How resting orders are filled.
    pub queue: QueueModel,
    /// Part of the displayed depth not believed, millionths.
    pub haircut_ppm: u32,
    /// Oldest book an order is matched against, nanoseconds.
    pub book_age_ns_max: i64,
    /// Most steps that settling one event may take.
    pub settle_steps_max: u32,
    /// Whether entries of the ledger are kept until taken; balances are kept always.
    pub keep_entries: bool,
}

impl EngineConfig {
    /// Position queues, the whole depth believed, books of any age, entries kept.
    #[must_use]
    pub const fn new(cash: Usdc) -> Self {
        Self {
            cash,
            opened: TimeNs::MIN,
            queue: QueueModel::Position,
            haircut_ppm: 0,
            book_age_ns_max: i64::MAX,
            settle_steps_max: SETTLE_STEPS_MAX,
            keep_entries: true,
        }
    }

    pub(super) fn check(&self) -> Result<(), EngineError> {
        if self.cash.is_negative() || self.cash > CASH_MAX {
            return Err(EngineError::CashUnusable { cash: self.cash, max: CASH_MAX });
        }
        Ok(())
    }
}
