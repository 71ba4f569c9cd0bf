//! What a strategy is told.

use super::instrument::{InstrumentId, Phase};
use super::order::{OrderId, Side};
use super::reject::{CancelReason, CancelRefusal, Rejection};
use betty_market::{FeeSchedule, Price, Resolution, Shares, Usdc};

/// One thing that happened. The time is [`Context::now`](super::Context::now).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A book changed and is consistent again. Fills it caused were reported before.
    Book {
        /// Whose.
        instrument: InstrumentId,
    },
    /// Changes of a book were lost; it is unknown until its next [`Event::Book`].
    Gap {
        /// Whose.
        instrument: InstrumentId,
    },
    /// Others traded.
    Trade {
        /// What.
        instrument: InstrumentId,
        /// At which price.
        price: Price,
        /// How much.
        size: Shares,
        /// Who took, where the venue tells.
        taker: Option<Side>,
    },
    /// The tick changed.
    Tick {
        /// Whose.
        instrument: InstrumentId,
        /// From now on.
        tick: Price,
    },
    /// The fee schedule changed.
    Fees {
        /// Whose.
        instrument: InstrumentId,
        /// From now on.
        fees: FeeSchedule,
    },
    /// The instrument entered another phase.
    Phase {
        /// Which.
        instrument: InstrumentId,
        /// Where it stands now.
        phase: Phase,
    },
    /// News of an order.
    Order(OrderReport),
    /// A cancel did nothing.
    CancelRefused {
        /// Of this order.
        id: OrderId,
        /// Why.
        refusal: CancelRefusal,
    },
    /// A settlement was paid.
    Settled(Settlement),
    /// A timer the strategy had set.
    Timer {
        /// As given to [`Context::wake_at`](super::Context::wake_at).
        tag: u64,
    },
}

/// News of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderReport {
    /// Which.
    pub id: OrderId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// The strategy's mark.
    pub tag: u64,
    /// What.
    pub news: OrderNews,
}

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderNews {
    /// Not taken. The last news of this order.
    Rejected(Rejection),
    /// It would match and the venue holds it back first.
    Delayed,
    /// On the book.
    Rested {
        /// Shares still to fill.
        left: Shares,
        /// Shares of others before it at its price.
        queue_ahead: Shares,
    },
    /// A fill. The last news of this order when nothing is left.
    Filled {
        /// The fill.
        fill: OrderFill,
        /// Shares still to fill.
        left: Shares,
    },
    /// Ended with something unfilled. The last news of this order.
    Cancelled {
        /// Why.
        reason: CancelReason,
        /// Shares not filled; for an amount of dollars, the most the rest of it could have bought.
        left: Shares,
    },
}

/// One fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderFill {
    /// The maker's price.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// Shares times price; exact, since fills are whole lots.
    pub amount: Usdc,
    /// The taker's fee; nothing for a maker.
    pub fee: Usdc,
    /// Whether the order had been resting.
    pub maker: bool,
}

/// A settlement paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// Of what.
    pub instrument: InstrumentId,
    /// How the market ended. A void pays fifty cents a share whichever token it is.
    pub resolution: Resolution,
    /// Shares held.
    pub shares: Shares,
    /// What they had cost, without fees.
    pub cost: Usdc,
    /// What they paid.
    pub payout: Usdc,
}
