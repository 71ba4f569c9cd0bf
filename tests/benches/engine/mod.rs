//! The workloads' feed as events of the engine, and their strategies. Shared by the benchmarks and by the test of their result.

// Each of the targets that share this uses its part of it.
#![allow(dead_code, unreachable_pub)]

use betty_market::{FeeSchedule, Outcome, Price, Shares, TokenId, Usdc};
use betty_tests::bench::deltas::{
    CASH, ENTRY_E4, FEE_RATE_PPM, HELD_EVENTS_MAX, ORDER_LOTS, RuleResult, STOP_E4, TAKE_PROFIT_E4, WORST_E4,
};
use betty_tests::bench::feed::Row;
use betty_trading::engine::{
    Context, Engine, EngineConfig, EntryKind, Event, FeedEvent, FeedKind, Instrument, InstrumentId, LatencyModel,
    OrderNews, OrderRequest, Side, Strategy, TimeNs,
};

/// The only instrument.
pub const TOKEN: InstrumentId = InstrumentId::from_index(0);
/// What an order buys.
pub const ORDER: Shares = Shares::from_micros(ORDER_LOTS * Shares::LOT.micros());

/// Rows decoded into the engine's events, after an empty snapshot that starts the book.
pub fn events(rows: &[Row]) -> Vec<FeedEvent> {
    let time = |row: &Row| TimeNs::from_nanos(i64::try_from(row.ts_ns).expect("before the year 2262"));
    let empty = FeedKind::Snapshot(Box::default());
    let start =
        rows.first().map(|row| FeedEvent { time: time(row), sequence: 0, instrument: TOKEN, feed: 0, kind: empty });
    let row = |(row, sequence): (&Row, u64)| FeedEvent {
        time: time(row),
        sequence,
        instrument: TOKEN,
        feed: 0,
        kind: FeedKind::Level { side: row.side, price: row.price(), size: row.size(), last: row.last },
    };
    start.into_iter().chain(rows.iter().zip(1..).map(row)).collect()
}

/// An account with the workload's cash and fee, without latency, keeping every entry of its ledger.
pub fn engine(cash: Usdc) -> Engine {
    let mut engine = Engine::new(EngineConfig::new(cash), LatencyModel::zero()).expect("cash in range");
    let token = TokenId::new("1").expect("a plain number is a token id");
    let instrument = Instrument::new(token, Outcome::Yes, e4(100)).with_fees(FeeSchedule::linear(FEE_RATE_PPM));
    assert_eq!(engine.register(instrument), Ok(TOKEN));
    engine
}

pub fn e4(e4: u16) -> Price {
    Price::from_e4(e4).expect("below a dollar")
}

/// Buys and sells at whatever the book holds.
pub fn market(side: Side, shares: Shares) -> OrderRequest {
    let worst = e4(WORST_E4[usize::from(side == Side::Sell)]);
    OrderRequest::market(TOKEN, side, shares, worst)
}

/// The rule of the replay.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rule {
    held_events: u32,
    filled_orders: u64,
    last_order: u64,
}

impl Strategy for Rule {
    #[inline]
    fn on_event(&mut self, ctx: &mut Context<'_>, event: &Event) {
        match event {
            Event::Book { .. } => self.on_book(ctx),
            Event::Order(report) => {
                if matches!(report.news, OrderNews::Filled { .. }) {
                    self.filled_orders += u64::from(report.id.serial() != self.last_order);
                    self.last_order = report.id.serial();
                    self.held_events = 0;
                }
            }
            _ => {}
        }
    }
}

impl Rule {
    #[inline]
    fn on_book(&mut self, ctx: &mut Context<'_>) {
        let Some(book) = ctx.book(TOKEN) else { return };
        let held = ctx.position(TOKEN).shares;
        if held == Shares::ZERO {
            let ask = book.best_price(Side::Buy.takes());
            if ask.is_some_and(|a| (ENTRY_E4[0]..=ENTRY_E4[1]).contains(&a.e4())) {
                ctx.submit(market(Side::Buy, ORDER));
            }
        } else {
            self.held_events += 1;
            let bid = book.best_price(Side::Sell.takes());
            let out = bid.is_some_and(|b| b.e4() >= TAKE_PROFIT_E4 || b.e4() <= STOP_E4);
            if out || self.held_events >= HELD_EVENTS_MAX {
                ctx.submit(market(Side::Sell, held));
            }
        }
    }
}

/// Replays the rule.
pub fn replay(events: &[FeedEvent]) -> (Engine, Rule) {
    let (mut engine, mut rule) = (engine(Usdc::whole(CASH)), Rule::default());
    engine.run(&mut rule, events).expect("the feed is in order");
    (engine, rule)
}

/// What a replay came to.
pub fn result((engine, rule): &(Engine, Rule)) -> RuleResult {
    let ledger = engine.ledger();
    assert!(ledger.adds_up());
    let fills = ledger.entries().iter().filter(|e| matches!(e.kind, EntryKind::Buy | EntryKind::Sell)).count() as u64;
    RuleResult {
        trades: rule.filled_orders,
        fills,
        fees: ledger.fees().micros(),
        cash: ledger.cash().micros(),
        held_lots: engine.position(TOKEN).shares.micros() / Shares::LOT.micros(),
    }
}

/// Gives `orders` market orders of ten shares, spread evenly over `events` changes of the book: buys until it holds a hundred
/// shares, then sells until it holds fewer than thirty.
#[derive(Debug, Clone, Copy)]
pub struct Churn {
    orders: u64,
    events: u64,
    seen: u64,
    given: u64,
    sells: bool,
    /// Fills reported.
    pub fills: u64,
    /// Anything reported that is not a fill.
    pub other: u64,
}

impl Churn {
    /// For a feed with this many changes.
    pub const fn new(orders: u64, events: u64) -> Self {
        Self { orders, events, seen: 0, given: 0, sells: false, fills: 0, other: 0 }
    }

    /// Orders given.
    pub const fn given(&self) -> u64 {
        self.given
    }
}

impl Strategy for Churn {
    #[inline]
    fn on_event(&mut self, ctx: &mut Context<'_>, event: &Event) {
        match event {
            // The snapshot that starts the book is empty: there is nothing to trade with yet.
            Event::Book { .. } if ctx.book(TOKEN).is_none_or(|b| b.best_price(Side::Buy.takes()).is_none()) => {}
            Event::Book { .. } => {
                self.seen += 1;
                while self.given * self.events < self.orders * self.seen && self.given < self.orders {
                    let held = ctx.position(TOKEN).shares;
                    self.sells = held >= Shares::whole(100) || self.sells && held >= Shares::whole(30);
                    ctx.submit(market(if self.sells { Side::Sell } else { Side::Buy }, ORDER));
                    self.given += 1;
                }
            }
            Event::Order(report) if matches!(report.news, OrderNews::Filled { .. }) => self.fills += 1,
            _ => self.other += 1,
        }
    }
}

/// Replays a feed with many orders.
pub fn churn(events: &[FeedEvent], orders: u64, changes: u64) -> (Engine, Churn) {
    let (mut engine, mut strategy) = (engine(Usdc::whole(1_000_000)), Churn::new(orders, changes));
    engine.run(&mut strategy, events).expect("the feed is in order");
    (engine, strategy)
}

/// Changes of the book in a feed: each calls the strategy once.
pub fn changes(rows: &[Row]) -> u64 {
    rows.iter().filter(|r| r.last).count() as u64
}
