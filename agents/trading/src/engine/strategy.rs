//! What a strategy implements, and what it may see and do.

use super::book::EngineBook;
use super::core::{Command, Core};
use super::event::Event;
use super::instrument::{Instrument, InstrumentId, Phase};
use super::ledger::{Ledger, Position};
use super::order::{Order, OrderId, OrderRequest};
use super::time::TimeNs;
use betty_market::{FeeSchedule, Price, Usdc};

/// Trades on events. Whether they are live, simulated or history cannot be told from here.
pub trait Strategy {
    /// Something happened. Orders and cancels go through the context; what becomes of them comes back as events.
    fn on_event(&mut self, ctx: &mut Context<'_>, event: &Event);
}

/// Does nothing: for feeding an engine that is only looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Idle;

impl Strategy for Idle {
    fn on_event(&mut self, _: &mut Context<'_>, _: &Event) {}
}

/// The engine as a strategy sees it: the past and the present, nothing of the future.
#[derive(Debug)]
pub struct Context<'a> {
    pub(super) core: &'a mut Core,
}

impl Context<'_> {
    /// The present instant.
    #[must_use]
    #[inline]
    pub const fn now(&self) -> TimeNs {
        self.core.now
    }

    /// How many instruments there are; their ids run from 0.
    #[must_use]
    pub const fn instruments(&self) -> usize {
        self.core.markets.len()
    }

    /// An instrument as it was registered.
    #[must_use]
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.core.markets.get(id.index()).map(|m| &m.spec)
    }

    /// The tick in force.
    #[must_use]
    pub fn tick(&self, id: InstrumentId) -> Option<Price> {
        self.core.markets.get(id.index()).map(|m| m.tick)
    }

    /// The fee schedule in force.
    #[must_use]
    pub fn fees(&self, id: InstrumentId) -> Option<FeeSchedule> {
        self.core.markets.get(id.index()).map(|m| m.fees)
    }

    /// Where an instrument stands between opening and payout.
    #[must_use]
    pub fn phase(&self, id: InstrumentId) -> Option<Phase> {
        self.core.markets.get(id.index()).map(|m| m.phase)
    }

    /// A book as displayed, with what this account could still take of it.
    #[must_use]
    #[inline]
    pub fn book(&self, id: InstrumentId) -> Option<&EngineBook> {
        self.core.markets.get(id.index()).map(|m| &m.book)
    }

    /// What is held of an instrument.
    #[must_use]
    #[inline]
    pub fn position(&self, id: InstrumentId) -> Position {
        self.core.ledger.position(id)
    }

    /// Dollars at hand, those reserved for open orders included.
    #[must_use]
    pub const fn cash(&self) -> Usdc {
        self.core.ledger.cash()
    }

    /// Dollars free for new orders.
    #[must_use]
    pub const fn buying_power(&self) -> Usdc {
        Usdc::from_micros(self.core.ledger.free_micros())
    }

    /// The books of the account.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.core.ledger
    }

    /// An order that is alive.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.core.orders.get(id)
    }

    /// Gives an order. Its first news tells whether it was taken.
    pub fn submit(&mut self, request: OrderRequest) -> OrderId {
        let id = self.core.orders.add(request);
        self.core.commands.push_back(Command::Submit(id));
        id
    }

    /// Asks the venue to cancel an order. Travels like an order; the order may fill meanwhile.
    pub fn cancel(&mut self, id: OrderId) {
        self.core.commands.push_back(Command::Cancel(id));
    }

    /// Asks for [`Event::Timer`] at an instant, at once when it has passed.
    pub fn wake_at(&mut self, at: TimeNs, tag: u64) {
        self.core.commands.push_back(Command::Wake { at, tag });
    }
}
