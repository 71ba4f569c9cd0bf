//! The event loop.

use super::book::EngineBook;
use super::config::EngineConfig;
use super::core::{Core, Work};
use super::error::EngineError;
use super::event::Event;
use super::feed::{FeedEvent, FeedKind};
use super::instrument::{Instrument, InstrumentId, Phase};
use super::latency::LatencyModel;
use super::ledger::{Ledger, Position};
use super::lifecycle::Change;
use super::order::{Order, OrderId};
use super::strategy::{Context, Strategy};
use super::time::TimeNs;

/// One account on one or more feeds.
///
/// The same events give the same fills and the same ledger, whether they come from a recording or as they happen.
#[derive(Debug, Clone)]
pub struct Engine {
    core: Core,
}

impl Engine {
    /// Opens an account.
    ///
    /// # Errors
    /// [`EngineError::CashUnusable`].
    pub fn new(config: EngineConfig, latency: LatencyModel) -> Result<Self, EngineError> {
        config.check()?;
        let ledger = Ledger::open(config.cash, config.opened, config.keep_entries);
        Ok(Self { core: Core::new(config, latency, ledger) })
    }

    /// Adds an instrument, before or during a run. Its book is unknown until its first snapshot.
    ///
    /// # Errors
    /// [`EngineError::TickUnusable`], [`EngineError::FeesUnusable`], [`EngineError::MinimumNotInLots`],
    /// [`EngineError::TooManyInstruments`].
    pub fn register(&mut self, instrument: Instrument) -> Result<InstrumentId, EngineError> {
        self.core.register(instrument)
    }

    /// Takes in one event: first what was due before it, then the event itself, then all that follows from it.
    ///
    /// What is due at the very instant of the event comes after it.
    ///
    /// # Errors
    /// An [`EngineError`] for an event that cannot come now or here; nothing of the event has happened then. Only after
    /// [`EngineError::EndlessCommands`] it may have, and what the strategy still had pending is dropped.
    #[inline]
    pub fn feed<S: Strategy>(&mut self, strategy: &mut S, event: &FeedEvent) -> Result<(), EngineError> {
        self.core.admit(event)?;
        if let FeedKind::Level { side, price, size, last } = event.kind {
            if self.core.queue.next < event.time {
                self.run_until(strategy, event.time)?;
            }
            self.core.enter(event);
            if self.core.level(event.instrument, side, price, size, last) {
                self.publish(strategy, Event::Book { instrument: event.instrument })?;
            }
            return Ok(());
        }
        self.feed_other(strategy, event)
    }

    /// Everything but a level.
    #[inline(never)]
    fn feed_other<S: Strategy>(&mut self, strategy: &mut S, event: &FeedEvent) -> Result<(), EngineError> {
        let id = event.instrument;
        let change = match event.kind {
            FeedKind::Tick(tick) => Some(Change::Tick(tick)),
            FeedKind::Fees(fees) => Some(Change::Fees(fees)),
            FeedKind::Ended => Some(Change::Ended),
            FeedKind::Outcome(resolution) => Some(Change::Outcome(resolution)),
            FeedKind::Disputed => Some(Change::Disputed),
            FeedKind::Level { .. } | FeedKind::Snapshot(_) | FeedKind::Trade { .. } => None,
            FeedKind::Gap | FeedKind::GapOfAll => None,
        };
        // A payout due before the event can change the phase, so the check comes after what is due; that happened in any case.
        if self.core.queue.next < event.time {
            self.run_until(strategy, event.time)?;
        }
        if let Some(change) = &change {
            self.core.check_lifecycle(id, change, event.time)?;
        }
        self.core.enter(event);
        match (&event.kind, change) {
            (_, Some(change)) => self.core.lifecycle(id, change),
            (FeedKind::Snapshot(snapshot), _) => {
                self.core.snapshot(id, snapshot);
                return self.publish(strategy, Event::Book { instrument: id });
            }
            (&FeedKind::Trade { price, size, taker }, _) => {
                self.core.print(id, price, size, taker);
                return self.publish(strategy, Event::Trade { instrument: id, price, size, taker });
            }
            (FeedKind::Gap, _) => self.core.gap(id),
            (FeedKind::GapOfAll, _) => {
                for index in 0..self.core.markets.len() {
                    self.core.gap(InstrumentId(index as u32));
                }
            }
            _ => {}
        }
        self.settle(strategy)
    }

    /// Takes in a whole feed.
    ///
    /// # Errors
    /// The first [`EngineError`].
    pub fn run<'e, S: Strategy>(
        &mut self,
        strategy: &mut S,
        events: impl IntoIterator<Item = &'e FeedEvent>,
    ) -> Result<(), EngineError> {
        events.into_iter().try_for_each(|event| self.feed(strategy, event))
    }

    /// Lets time pass without an event: everything due up to `to`, inclusive, happens. Feed events must then come later.
    ///
    /// # Errors
    /// [`EngineError::EndlessCommands`]; [`EngineError::ChangeNotClosed`] in the middle of a change of a book.
    pub fn advance_to<S: Strategy>(&mut self, strategy: &mut S, to: TimeNs) -> Result<(), EngineError> {
        self.check_closed()?;
        let beyond = to.plus_nanos(1);
        self.core.floor = self.core.floor.max((beyond, 0));
        self.run_until(strategy, beyond)?;
        self.core.now = self.core.now.max(to);
        Ok(())
    }

    /// Lets someone outside the strategy act at the present instant, as a person does who cancels an order.
    ///
    /// # Errors
    /// [`EngineError::EndlessCommands`]; [`EngineError::ChangeNotClosed`] in the middle of a change of a book.
    pub fn act<S: Strategy, R>(
        &mut self,
        strategy: &mut S,
        act: impl FnOnce(&mut Context<'_>) -> R,
    ) -> Result<R, EngineError> {
        self.check_closed()?;
        let result = act(&mut Context { core: &mut self.core });
        self.settle(strategy)?;
        Ok(result)
    }

    fn check_closed(&self) -> Result<(), EngineError> {
        match self.core.change_is_open() {
            Some(instrument) => Err(EngineError::ChangeNotClosed { instrument, at: self.core.floor.0 }),
            None => Ok(()),
        }
    }

    /// Everything due before `end`, each at its instant.
    #[cold]
    fn run_until<S: Strategy>(&mut self, strategy: &mut S, end: TimeNs) -> Result<(), EngineError> {
        while self.core.queue.next < end {
            // Settling runs all that is due at this instant, which becomes the present.
            self.core.now = self.core.now.max(self.core.queue.next);
            self.settle(strategy)?;
        }
        Ok(())
    }

    /// Hands over an event, after the reports of what it caused, and settles.
    #[inline]
    fn publish<S: Strategy>(&mut self, strategy: &mut S, event: Event) -> Result<(), EngineError> {
        if !self.core.outbox.is_empty() {
            self.deliver(strategy);
        }
        strategy.on_event(&mut Context { core: &mut self.core }, &event);
        if self.core.commands.is_empty() && self.core.queue.next > self.core.now {
            return Ok(());
        }
        self.settle(strategy)
    }

    fn deliver<S: Strategy>(&mut self, strategy: &mut S) {
        while let Some(event) = self.core.outbox.pop_front() {
            strategy.on_event(&mut Context { core: &mut self.core }, &event);
        }
    }

    /// Carries out commands and what is due now, and reports, until nothing is pending.
    #[inline(never)]
    fn settle<S: Strategy>(&mut self, strategy: &mut S) -> Result<(), EngineError> {
        let limit = self.core.config.settle_steps_max;
        let mut steps = 0;
        loop {
            self.deliver(strategy);
            if let Some(command) = self.core.commands.pop_front() {
                self.core.carry_out(command);
            } else if self.core.queue.next <= self.core.now {
                self.core.next_due();
            } else {
                return Ok(());
            }
            steps += 1;
            if steps > limit {
                self.core.drop_pending();
                return Err(EngineError::EndlessCommands { limit, at: self.core.now });
            }
        }
    }

    /// The present instant.
    #[must_use]
    pub const fn now(&self) -> TimeNs {
        self.core.now
    }

    /// The books of the account.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.core.ledger
    }

    /// The books of the account, to take entries out of.
    pub const fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.core.ledger
    }

    /// The book of an instrument.
    #[must_use]
    pub fn book(&self, id: InstrumentId) -> Option<&EngineBook> {
        self.core.markets.get(id.index()).map(|m| &m.book)
    }

    /// What is held of an instrument.
    #[must_use]
    pub fn position(&self, id: InstrumentId) -> Position {
        self.core.ledger.position(id)
    }

    /// Where an instrument stands.
    #[must_use]
    pub fn phase(&self, id: InstrumentId) -> Option<Phase> {
        self.core.markets.get(id.index()).map(|m| m.phase)
    }

    /// An order that is alive.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.core.orders.get(id)
    }

    /// Alive orders in the order they were submitted.
    #[must_use]
    pub fn open_orders(&self) -> Vec<OrderId> {
        self.core.orders.alive()
    }

    /// When the next pending item is due; [`TimeNs::MAX`] when nothing is. A live driver wakes up then.
    #[must_use]
    pub const fn next_due(&self) -> TimeNs {
        self.core.queue.next
    }

    /// Steps of work done so far.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.core.work
    }
}
