//! The state behind an engine, and how news from the venue changes it.

use super::book::{BookStatus, EngineBook};
use super::config::EngineConfig;
use super::error::EngineError;
use super::event::Event;
use super::feed::{FEEDS_MAX, FeedEvent, FeedKind, Snapshot};
use super::instrument::{INSTRUMENTS_MAX, Instrument, InstrumentId, Phase};
use super::latency::LatencyModel;
use super::ledger::Ledger;
use super::order::{OrderId, Orders, Side};
use super::queue::DueQueue;
use super::resting::Resting;
use super::time::{Source, TimeNs};
use betty_market::{BookSide, FeeSchedule, Price, Shares};
use std::collections::VecDeque;

/// Room for this many commands and reports is made at the start.
const CAPACITY: usize = 64;

/// Steps of work done so far: grows in proportion to the input, whatever the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Feed events taken in.
    pub feed_events: u64,
    /// Commands carried out.
    pub commands: u64,
    /// Pending items that came due.
    pub due: u64,
    /// Price levels looked at in search of a match.
    pub levels: u64,
    /// Resting orders looked at.
    pub resting: u64,
}

impl Work {
    /// All steps.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.feed_events + self.commands + self.due + self.levels + self.resting
    }
}

/// What a strategy ordered and the engine has not carried out yet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    Submit(OrderId),
    Cancel(OrderId),
    Wake { at: TimeNs, tag: u64 },
}

/// One instrument as it is now.
#[derive(Debug, Clone)]
pub(super) struct MarketState {
    pub(super) spec: Instrument,
    pub(super) tick: Price,
    pub(super) fees: FeeSchedule,
    pub(super) phase: Phase,
    /// Counts outcomes, so that a payout revoked by a dispute finds itself outdated.
    pub(super) round: u32,
    pub(super) book: EngineBook,
    pub(super) buys: Resting,
    pub(super) sells: Resting,
    /// Ranks with resting orders whose level changed since the book was last consistent.
    touched: Vec<(Side, u32)>,
}

impl MarketState {
    pub(super) const fn resting(&self, side: Side) -> &Resting {
        match side {
            Side::Buy => &self.buys,
            Side::Sell => &self.sells,
        }
    }

    pub(super) const fn resting_mut(&mut self, side: Side) -> &mut Resting {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    /// The rank of a price that is known to lie on the grid, because the grid is never coarser than any tick there was.
    pub(super) fn rank(&self, side: BookSide, price: Price) -> u32 {
        self.book.rank(side, price).expect("the grid holds every order's price")
    }

    #[cold]
    #[inline(never)]
    pub(super) fn refine(&mut self, price: Price) {
        let before = self.book.top();
        self.book.refine(price);
        let (top, factor) = (self.book.top(), self.book.top() / before);
        if factor > 1 {
            self.buys.refine(factor, top);
            self.sells.refine(factor, top);
            self.touched.iter_mut().for_each(|(_, rank)| *rank *= factor);
        }
    }
}

/// Whether an event reports a loss, and so may leave out numbers.
const fn may_skip(event: &FeedEvent) -> bool {
    matches!(event.kind, FeedKind::Gap | FeedKind::GapOfAll)
}

/// Whether an event is a further row of the change of the book that is open.
fn continues(open: InstrumentId, event: &FeedEvent, at: TimeNs) -> bool {
    event.instrument == open && event.time == at && matches!(event.kind, FeedKind::Level { .. } | FeedKind::Snapshot(_))
}

/// Whether an event ends the change of the book that is open by giving it up.
fn closes(open: InstrumentId, event: &FeedEvent) -> bool {
    match event.kind {
        FeedKind::Gap => event.instrument == open,
        FeedKind::GapOfAll => true,
        _ => false,
    }
}

#[derive(Debug, Clone)]
pub(super) struct Core {
    pub(super) now: TimeNs,
    pub(super) config: EngineConfig,
    pub(super) latency: LatencyModel,
    pub(super) markets: Vec<MarketState>,
    pub(super) orders: Orders,
    pub(super) queue: DueQueue,
    pub(super) commands: VecDeque<Command>,
    /// News for the strategy, oldest first.
    pub(super) outbox: VecDeque<Event>,
    pub(super) ledger: Ledger,
    pub(super) work: Work,
    /// The next number of each feed.
    expected: [u64; FEEDS_MAX],
    /// Feed events come no earlier than this, by time and then by feed.
    pub(super) floor: (TimeNs, u8),
    /// The instrument whose change of the book is open.
    open_change: Option<InstrumentId>,
}

impl Core {
    pub(super) fn new(config: EngineConfig, latency: LatencyModel, ledger: Ledger) -> Self {
        let opened = config.opened;
        Self {
            now: opened,
            config,
            latency,
            markets: Vec::new(),
            orders: Orders::default(),
            queue: DueQueue::new(),
            commands: VecDeque::with_capacity(CAPACITY),
            outbox: VecDeque::with_capacity(CAPACITY),
            ledger,
            work: Work::default(),
            expected: [0; FEEDS_MAX],
            floor: (opened, 0),
            open_change: None,
        }
    }

    pub(super) fn register(&mut self, spec: Instrument) -> Result<InstrumentId, EngineError> {
        spec.check()?;
        if self.markets.len() == INSTRUMENTS_MAX {
            return Err(EngineError::TooManyInstruments);
        }
        let id = InstrumentId(self.markets.len() as u32);
        let (tick, fees) = (spec.tick, spec.fees);
        let book = EngineBook::new(u32::from(tick.e4()), self.config.haircut_ppm);
        let (buys, sells) = (Resting::new(), Resting::new());
        let (phase, round, touched) = (Phase::Open, 0, Vec::new());
        self.markets.push(MarketState { spec, tick, fees, phase, round, book, buys, sells, touched });
        self.ledger.add_instrument();
        Ok(id)
    }

    /// Checks that an event may come now. Changes nothing.
    #[inline]
    pub(super) fn admit(&self, event: &FeedEvent) -> Result<(), EngineError> {
        let feed = usize::from(event.feed);
        if event.instrument.index() < self.markets.len()
            && feed < FEEDS_MAX
            && (event.time, event.feed) >= self.floor
            && (event.sequence == self.expected[feed] || may_skip(event) && event.sequence > self.expected[feed])
            && self.open_change.is_none_or(|open| closes(open, event) || continues(open, event, self.floor.0))
        {
            return Ok(());
        }
        Err(self.inadmissible(event))
    }

    #[cold]
    fn inadmissible(&self, event: &FeedEvent) -> EngineError {
        let (feed, instrument) = (event.feed, event.instrument);
        let Some(&expected) = self.expected.get(usize::from(feed)) else {
            return EngineError::UnknownFeed { feed, max: FEEDS_MAX };
        };
        if instrument.index() >= self.markets.len() {
            EngineError::UnknownInstrument { instrument }
        } else if (event.time, feed) < self.floor {
            EngineError::TimeRunsBackwards { source_name: Source::Feed(feed), got: event.time, reached: self.floor.0 }
        } else if let Some(open) = self.open_change
            && !closes(open, event)
            && !continues(open, event, self.floor.0)
        {
            EngineError::ChangeNotClosed { instrument: open, at: self.floor.0 }
        } else {
            EngineError::SequenceHole { feed, expected, got: event.sequence }
        }
    }

    /// Moves to the instant of an admitted event and counts it.
    #[inline]
    pub(super) fn enter(&mut self, event: &FeedEvent) {
        self.now = event.time;
        self.floor = (event.time, event.feed);
        self.expected[usize::from(event.feed)] = event.sequence.wrapping_add(1);
        self.work.feed_events += 1;
    }

    /// Whether rows of a change of the book are still to come.
    pub(super) const fn change_is_open(&self) -> Option<InstrumentId> {
        self.open_change
    }

    /// One row of a change. Returns whether the book is consistent again.
    #[inline]
    pub(super) fn level(&mut self, id: InstrumentId, side: BookSide, price: Price, size: Shares, last: bool) -> bool {
        let now = self.now;
        let market = &mut self.markets[id.index()];
        if market.book.set(side, price, size, now).is_none() {
            market.refine(price);
            market.book.set(side, price, size, now);
        }
        let has_orders = !(market.buys.is_empty() && market.sells.is_empty());
        if has_orders {
            self.touch(id, side, price);
        }
        self.open_change = if last { None } else { Some(id) };
        if last && has_orders {
            self.book_settled(id);
        }
        last
    }

    fn touch(&mut self, id: InstrumentId, side: BookSide, price: Price) {
        let market = &mut self.markets[id.index()];
        let rests = if side == BookSide::Bid { Side::Buy } else { Side::Sell };
        let rank = market.rank(side, price);
        if market.resting(rests).holds(rank) {
            market.touched.push((rests, rank));
        }
    }

    pub(super) fn snapshot(&mut self, id: InstrumentId, snapshot: &Snapshot) {
        let now = self.now;
        let market = &mut self.markets[id.index()];
        for level in snapshot.bids.iter().chain(&snapshot.asks) {
            market.refine(level.price);
        }
        market.book.load(snapshot, now);
        for side in [Side::Buy, Side::Sell] {
            let ranks: Vec<u32> = market.resting(side).ranks.iter().collect();
            market.touched.extend(ranks.into_iter().map(|rank| (side, rank)));
        }
        self.open_change = None;
        self.book_settled(id);
    }

    pub(super) fn gap(&mut self, id: InstrumentId) {
        self.markets[id.index()].book.forget();
        self.open_change = None;
        self.outbox.push_back(Event::Gap { instrument: id });
    }

    /// Gives up what the strategy ordered and the engine has not carried out.
    pub(super) fn drop_pending(&mut self) {
        while let Some(command) = self.commands.pop_front() {
            if let Command::Submit(id) = command {
                self.orders.remove(id);
            }
        }
    }

    /// The book is consistent: queues shrink to what is displayed, and resting orders it has reached are filled.
    fn book_settled(&mut self, id: InstrumentId) {
        let market = &mut self.markets[id.index()];
        while let Some((side, rank)) = market.touched.pop() {
            let displayed = market.book.side(side.rests()).displayed(rank);
            let mut slot = market.resting(side).first(rank);
            while slot != super::order::NIL {
                // A decrease is first taken to have happened behind: only what no longer fits before the order has left.
                let order = self.orders.at_mut(slot);
                order.ahead = order.ahead.min(displayed);
                slot = order.next;
                self.work.resting += 1;
            }
        }
        if self.markets[id.index()].book.status() == BookStatus::Good {
            self.match_resting(id);
        }
    }
}
