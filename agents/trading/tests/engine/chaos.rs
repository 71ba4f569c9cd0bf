//! Hundreds of thousands of random events: whatever comes, the books add up, and the same input gives the same bytes.

use crate::support::*;
use betty_market::{BookSide, FeeSchedule, Level, Outcome, Price, Resolution, Shares, TokenId, Usdc};
use betty_trading::engine::{
    Context, Dice, Engine, EngineConfig, EngineError, Event, FeedEvent, FeedKind, Instrument, InstrumentId,
    LatencyModel, Ledger, LedgerAccount, OrderId, OrderNews, OrderRequest, Phase, Quantity, QueueModel, Side, Snapshot,
    Strategy, TimeInForce, TimeNs,
};
use proptest::prelude::*;

const START: Usdc = Usdc::whole(5_000);
const TICKS: [u16; 4] = [100, 10, 25, 50];
const RATES: [u32; 4] = [0, 40_000, 70_000, 1_000_000];

fn below(dice: &mut Dice, n: u64) -> u64 {
    dice.roll() % n
}

fn pick<T: Copy>(dice: &mut Dice, of: &[T]) -> T {
    of[below(dice, of.len() as u64) as usize]
}

/// Orders and cancels at random, and keeps its own account from the reports alone.
struct Chaos {
    dice: Dice,
    events: u64,
    given: Vec<OrderId>,
    cash: Usdc,
    held: Vec<Shares>,
    log: Vec<(TimeNs, Event)>,
    keep_log: bool,
    kinds: [u64; 6],
}

impl Chaos {
    fn new(seed: u64, keep_log: bool) -> Self {
        let (given, held, log) = (Vec::new(), Vec::new(), Vec::new());
        Self { dice: Dice::new(seed), events: 0, given, cash: START, held, log, keep_log, kinds: [0; 6] }
    }

    fn act(&mut self, ctx: &mut Context<'_>) {
        let dice = &mut self.dice;
        // The newest three for the most part; now and then one that has ended or never was.
        let count = ctx.instruments() as u64;
        let any = if below(dice, 20) == 0 { below(dice, count + 1) } else { count - 1 - below(dice, 3) };
        let id = InstrumentId::from_index(any as u32);
        match below(dice, 10) {
            0..=5 => {
                let tick = ctx.tick(id).map_or(100, Price::e4);
                let step = below(dice, u64::from(10_000 / tick) + 1) as u16;
                let off = if below(dice, 40) == 0 { 1 } else { 0 };
                let limit = Price::from_e4((step * tick + off).min(10_000)).unwrap();
                let side = if below(dice, 2) == 0 { Side::Buy } else { Side::Sell };
                let held = ctx.position(id).shares;
                let size = match below(dice, 16) {
                    0..=9 if side == Side::Sell => held,
                    15 => Shares::from_micros(below(dice, 90_000_000) as i64),
                    _ => Shares::from_micros(below(dice, 4_000) as i64 * 10_000),
                };
                let mut request = OrderRequest::market(id, side, size, limit);
                if below(dice, 12) == 0 {
                    request.quantity = Quantity::Spend(Usdc::from_micros(below(dice, 60_000_000) as i64));
                }
                let until = ctx.now().plus_nanos(below(dice, 600_000) as i64 * MS);
                request = request.lasting(match below(dice, 6) {
                    0 | 1 => TimeInForce::Fak,
                    2 => TimeInForce::Fok,
                    3 => TimeInForce::Gtd { until },
                    _ => TimeInForce::Gtc,
                });
                request.post_only = below(dice, if request.time_in_force == TimeInForce::Gtc { 4 } else { 40 }) == 0;
                self.given.push(ctx.submit(request));
            }
            6..=8 if !self.given.is_empty() => {
                let at = below(dice, self.given.len().min(64) as u64) as usize;
                ctx.cancel(self.given[self.given.len() - 1 - at]);
            }
            _ => ctx.wake_at(ctx.now().plus_nanos(below(dice, 50) as i64 * MS), 1),
        }
    }
}

impl Strategy for Chaos {
    fn on_event(&mut self, ctx: &mut Context<'_>, event: &Event) {
        self.events += 1;
        if self.keep_log {
            self.log.push((ctx.now(), *event));
        }
        match event {
            Event::Order(report) => {
                let kind = match report.news {
                    OrderNews::Rejected(_) => 0,
                    OrderNews::Delayed => 1,
                    OrderNews::Rested { .. } => 2,
                    OrderNews::Cancelled { .. } => 3,
                    OrderNews::Filled { fill, .. } => {
                        self.held.resize(ctx.instruments(), Shares::ZERO);
                        let held = &mut self.held[report.instrument.index()];
                        match report.side {
                            Side::Buy => (self.cash, *held) = (self.cash - fill.amount - fill.fee, *held + fill.shares),
                            Side::Sell => {
                                (self.cash, *held) = (self.cash + fill.amount - fill.fee, *held - fill.shares)
                            }
                        }
                        4 + usize::from(fill.maker)
                    }
                };
                self.kinds[kind] += 1;
            }
            Event::Settled(s) => {
                self.cash += s.payout;
                self.held[s.instrument.index()] = Shares::ZERO;
            }
            _ if below(&mut self.dice, 3) == 0 => self.act(ctx),
            _ => {}
        }
    }
}

fn law(ledger: &Ledger) {
    assert!(ledger.adds_up());
    let (cash, at_cost) = (ledger.cash(), ledger.inventory_at_cost());
    assert_eq!(cash + at_cost + ledger.fees() - ledger.profit(), START);
    assert!(!cash.is_negative() && ledger.reserved() <= cash);
}

/// A venue that does everything a venue may do, and now and then what it may not.
struct World {
    dice: Dice,
    engine: Engine,
    strategy: Chaos,
    ms: i64,
    sequence: u64,
    /// Lets time pass between events, as a live driver does.
    pauses: Option<Dice>,
    refused: u64,
}

impl World {
    fn new(seed: u64, keep_log: bool, pauses: Option<Dice>) -> Self {
        let mut dice = Dice::new(seed);
        let mut config = EngineConfig::new(START);
        config.haircut_ppm = pick(&mut dice, &[0, 250_000]);
        config.queue = pick(&mut dice, &[QueueModel::Position, QueueModel::TradeThrough]);
        let latency = match below(&mut dice, 3) {
            0 => LatencyModel::zero(),
            1 => LatencyModel::constant(7 * MS),
            _ => LatencyModel::jittered(2 * MS, 30 * MS, Dice::new(seed)),
        };
        let engine = Engine::new(config, latency).unwrap();
        let strategy = Chaos::new(seed ^ 1, keep_log);
        let mut world = Self { dice, engine, strategy, ms: 0, sequence: 0, pauses, refused: 0 };
        for _ in 0..3 {
            world.list();
        }
        world
    }

    fn list(&mut self) {
        let dice = &mut self.dice;
        let tick = Price::from_e4(pick(dice, &TICKS)).unwrap();
        let outcome = pick(dice, &[Outcome::Yes, Outcome::No]);
        let mut instrument = Instrument::new(TokenId::new("1").unwrap(), outcome, tick);
        instrument.fees = FeeSchedule::linear(pick(dice, &RATES));
        instrument.min_size = pick(dice, &[Shares::LOT, Shares::whole(5)]);
        instrument.venue_delay_ns = pick(dice, &[0, 0, 20 * MS]);
        instrument.payout_delay_ns = pick(dice, &[0, 500 * MS]);
        self.engine.register(instrument).unwrap();
    }

    /// A price near fifty cents, sometimes between the ticks.
    fn price(&mut self, side: BookSide) -> Price {
        let depth = below(&mut self.dice, 12) as u16 * 100;
        let fine = if below(&mut self.dice, 30) == 0 { 5 } else { 0 };
        let drift = (self.ms / 400 % 30) as u16 * 100;
        let touch = if side == BookSide::Bid { 3_500 + drift - depth } else { 3_600 + drift + depth };
        Price::from_e4(touch + fine).unwrap()
    }

    fn size(&mut self) -> Shares {
        if below(&mut self.dice, 4) == 0 {
            Shares::ZERO
        } else {
            Shares::from_micros(below(&mut self.dice, 40_000_000) as i64)
        }
    }

    fn kind(&mut self, id: InstrumentId) -> FeedKind {
        let side = pick(&mut self.dice, &[BookSide::Bid, BookSide::Ask]);
        let waits = matches!(self.engine.phase(id), Some(Phase::Ended | Phase::Disputed));
        if waits && below(&mut self.dice, 20) == 0 {
            return FeedKind::Outcome(pick(&mut self.dice, &[Resolution::Yes, Resolution::No, Resolution::Void]));
        }
        match below(&mut self.dice, 1_000) {
            0..=599 => FeedKind::Level { side, price: self.price(side), size: self.size(), last: true },
            600..=849 => {
                let price = self.price(side);
                let taker = pick(&mut self.dice, &[None, Some(Side::Buy), Some(Side::Sell)]);
                FeedKind::Trade { price, size: self.size(), taker }
            }
            850..=949 => {
                let mut levels = |side| (0..6).map(|_| Level { price: self.price(side), size: self.size() }).collect();
                let (bids, asks) = (levels(BookSide::Bid), levels(BookSide::Ask));
                FeedKind::Snapshot(Box::new(Snapshot { bids, asks }))
            }
            950..=964 => FeedKind::Gap,
            965 => FeedKind::GapOfAll,
            966..=975 => FeedKind::Fees(FeeSchedule::linear(pick(&mut self.dice, &RATES))),
            976..=985 => FeedKind::Tick(Price::from_e4(pick(&mut self.dice, &TICKS)).unwrap()),
            986 | 987 => FeedKind::Ended,
            988 => FeedKind::Disputed,
            _ => FeedKind::Tick(Price::from_e4(3).unwrap()),
        }
    }

    fn step(&mut self) {
        let instruments = self.strategy_instruments();
        // The newest three are alive for the most part.
        let id = InstrumentId::from_index((instruments - 1 - below(&mut self.dice, 3)) as u32);
        let from = self.ms;
        self.ms += below(&mut self.dice, 12) as i64;
        if let Some(pauses) = &mut self.pauses
            && self.ms > from + 1
        {
            let to = from + below(pauses, (self.ms - from) as u64) as i64;
            self.engine.advance_to(&mut self.strategy, at(to.max(from))).unwrap();
        }
        let kind = self.kind(id);
        let rows = if matches!(kind, FeedKind::Level { .. }) { 1 + below(&mut self.dice, 3) } else { 1 };
        for row in 0..rows {
            let mut kind = kind.clone();
            if let FeedKind::Level { side, price, size, last } = &mut kind {
                *last = row + 1 == rows;
                if row > 0 {
                    (*price, *size) = (self.price(*side), self.size());
                }
            }
            let event = FeedEvent { time: at(self.ms), sequence: self.sequence, instrument: id, feed: 0, kind };
            match self.engine.feed(&mut self.strategy, &event) {
                Ok(()) => self.sequence += 1,
                Err(EngineError::WrongPhase { .. } | EngineError::TickUnusable { .. }) => self.refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        if matches!(self.engine.phase(id), Some(Phase::Paid { .. })) && below(&mut self.dice, 3) == 0 {
            self.list();
        }
        law(self.engine.ledger());
        assert_eq!(self.engine.ledger().cash(), self.strategy.cash, "the reports tell all that moves cash");
    }

    fn strategy_instruments(&mut self) -> u64 {
        let mut count = 0;
        while self.engine.phase(InstrumentId::from_index(count)).is_some() {
            count += 1;
        }
        u64::from(count)
    }

    fn run(&mut self, steps: u32) {
        for _ in 0..steps {
            self.step();
        }
    }

    /// Ends every market and waits for the money: nothing may be left anywhere.
    fn wind_up(&mut self) {
        for index in 0..self.strategy_instruments() {
            let instrument = InstrumentId::from_index(index as u32);
            self.ms += 1;
            if matches!(self.engine.phase(instrument), Some(Phase::Open | Phase::Ended | Phase::Disputed)) {
                let kind = FeedKind::Outcome(Resolution::Void);
                let event = FeedEvent { time: at(self.ms), sequence: self.sequence, instrument, feed: 0, kind };
                self.engine.feed(&mut self.strategy, &event).unwrap();
                self.sequence += 1;
            }
        }
        self.engine.advance_to(&mut self.strategy, at(self.ms + 1_000_000)).unwrap();
        let ledger = self.engine.ledger();
        law(ledger);
        assert!(self.engine.open_orders().is_empty());
        assert_eq!((ledger.reserved(), ledger.inventory_at_cost()), (Usdc::ZERO, Usdc::ZERO));
        assert_eq!(ledger.cash(), START + ledger.profit() - ledger.fees());
        let mut sums = [0; 5];
        for (entry, sequence) in ledger.entries().iter().zip(0..) {
            assert_eq!((entry.postings.iter().sum::<i64>(), entry.sequence), (0, sequence));
            sums.iter_mut().zip(entry.postings).for_each(|(s, p)| *s += p);
        }
        for (account, sum) in LedgerAccount::ALL.into_iter().zip(sums) {
            assert_eq!(ledger.balance(account).micros(), sum, "{account:?}");
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.engine.ledger().entries().iter().flat_map(|e| e.to_bytes()).collect()
    }
}

#[test]
fn the_books_add_up_after_half_a_million_random_events() {
    let (mut events, mut kinds, mut refused, mut instruments) = (0, [0; 6], 0, 0);
    // Many short runs: a random trader is broke before long.
    for seed in 0..160 {
        let mut world = World::new(seed, false, None);
        world.run(2_000);
        world.wind_up();
        events += world.engine.work().feed_events + world.strategy.events;
        refused += world.refused;
        instruments += world.strategy.held.len();
        kinds.iter_mut().zip(world.strategy.kinds).for_each(|(a, b)| *a += b);
    }
    assert!(events >= 500_000, "{events}");
    // Every kind of news came often enough to mean something: rejected, delayed, rested, cancelled, filled, filled as maker.
    assert!(kinds.iter().all(|k| *k > 1_000), "{kinds:?}");
    assert!(refused > 500 && instruments > 600, "{refused} {instruments}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Replaying is doing the same again; and time that passes between events, as it does live, changes nothing.
    #[test]
    fn the_same_input_gives_the_same_fills_and_bytes_live_or_not(seed in any::<u64>()) {
        let run = |pauses| {
            let mut world = World::new(seed, true, pauses);
            world.run(800);
            world
        };
        let [first, again, live] = [None, None, Some(Dice::new(seed))].map(run);
        prop_assert!(first.bytes() == again.bytes() && first.strategy.log == again.strategy.log);
        // The live driver may already have seen something due after the last event.
        let last = first.engine.now();
        let upto = |world: &World| world.strategy.log.iter().filter(|(t, _)| *t <= last).copied().collect::<Vec<_>>();
        prop_assert!(upto(&first) == upto(&live));
        prop_assert!(first.bytes() == live.bytes());
    }
}
