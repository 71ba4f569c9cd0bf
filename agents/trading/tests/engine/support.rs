//! A small venue for the tests: one or more instruments, events written one call each, a strategy that follows a script.

use betty_market::{BookSide, FeeSchedule, Level, Outcome, Price, Shares, TokenId, Usdc};
use betty_trading::engine::{
    Context, Engine, EngineConfig, EngineError, Event, FeedEvent, FeedKind, Instrument, InstrumentId, LatencyModel,
    OrderFill, OrderId, OrderNews, OrderRequest, Rejection, Side, Snapshot, Strategy, TimeNs,
};

pub(crate) const MS: i64 = 1_000_000;
pub(crate) const YES: InstrumentId = InstrumentId::from_index(0);

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

pub(crate) fn usd(text: &str) -> Usdc {
    text.parse().unwrap()
}

pub(crate) fn at(ms: i64) -> TimeNs {
    TimeNs::from_nanos(ms * MS)
}

pub(crate) fn level(at: &str, size: &str) -> Level {
    Level { price: price(at), size: shares(size) }
}

pub(crate) fn instrument() -> Instrument {
    Instrument::new(TokenId::new("1").unwrap(), Outcome::Yes, price("0.01"))
}

/// Writes down everything it is told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Diary(pub(crate) Vec<(TimeNs, Event)>);

impl Strategy for Diary {
    fn on_event(&mut self, ctx: &mut Context<'_>, event: &Event) {
        assert!(ctx.ledger().adds_up(), "after {event:?}");
        self.0.push((ctx.now(), *event));
    }
}

/// An engine with a diary, at an instant that each call moves on.
pub(crate) struct Venue {
    pub(crate) engine: Engine,
    pub(crate) diary: Diary,
    pub(crate) ms: i64,
    sequence: u64,
}

impl Venue {
    pub(crate) fn new(instruments: impl IntoIterator<Item = Instrument>) -> Self {
        Self::with(EngineConfig::new(Usdc::whole(1_000)), LatencyModel::zero(), instruments)
    }

    pub(crate) fn with(
        config: EngineConfig,
        latency: LatencyModel,
        instruments: impl IntoIterator<Item = Instrument>,
    ) -> Self {
        let mut engine = Engine::new(config, latency).unwrap();
        for instrument in instruments {
            engine.register(instrument).unwrap();
        }
        Self { engine, diary: Diary::default(), ms: 0, sequence: 0 }
    }

    /// With a book of 10 at 0.40 and 20 at 0.39 to sell to, 10 at 0.42 and 30 at 0.43 to buy from.
    pub(crate) fn usual() -> Self {
        let mut venue = Self::new([instrument()]);
        venue.usual_book();
        venue
    }

    pub(crate) fn usual_book(&mut self) {
        self.book(&[("0.40", "10"), ("0.39", "20")], &[("0.42", "10"), ("0.43", "30")]);
    }

    pub(crate) fn try_event(&mut self, instrument: InstrumentId, kind: FeedKind) -> Result<(), EngineError> {
        let event = FeedEvent { time: at(self.ms), sequence: self.sequence, instrument, feed: 0, kind };
        let result = self.engine.feed(&mut self.diary, &event);
        if result.is_ok() {
            self.sequence += 1;
        }
        result
    }

    pub(crate) fn event(&mut self, kind: FeedKind) {
        self.try_event(YES, kind).unwrap();
    }

    pub(crate) fn book(&mut self, bids: &[(&str, &str)], asks: &[(&str, &str)]) {
        let side = |levels: &[(&str, &str)]| levels.iter().map(|(p, s)| level(p, s)).collect();
        self.event(FeedKind::Snapshot(Box::new(Snapshot { bids: side(bids), asks: side(asks) })));
    }

    pub(crate) fn set(&mut self, side: BookSide, price_text: &str, size: &str) {
        self.event(FeedKind::Level { side, price: price(price_text), size: shares(size), last: true });
    }

    pub(crate) fn print(&mut self, price_text: &str, size: &str, taker: Side) {
        self.event(FeedKind::Trade { price: price(price_text), size: shares(size), taker: Some(taker) });
    }

    pub(crate) fn submit(&mut self, request: OrderRequest) -> OrderId {
        self.engine.act(&mut self.diary, |ctx| ctx.submit(request)).unwrap()
    }

    pub(crate) fn cancel(&mut self, id: OrderId) {
        self.engine.act(&mut self.diary, |ctx| ctx.cancel(id)).unwrap();
    }

    pub(crate) fn advance(&mut self, ms: i64) {
        self.ms = ms;
        self.engine.advance_to(&mut self.diary, at(ms)).unwrap();
        self.ms += 1;
    }

    pub(crate) fn news(&self, id: OrderId) -> Vec<OrderNews> {
        let of = |(_, e): &(TimeNs, Event)| match e {
            Event::Order(report) if report.id == id => Some(report.news),
            _ => None,
        };
        self.diary.0.iter().filter_map(of).collect()
    }

    pub(crate) fn last_news(&self, id: OrderId) -> OrderNews {
        *self.news(id).last().expect("an order has news")
    }

    pub(crate) fn fills(&self, id: OrderId) -> Vec<OrderFill> {
        let fill = |n: OrderNews| if let OrderNews::Filled { fill, .. } = n { Some(fill) } else { None };
        self.news(id).into_iter().filter_map(fill).collect()
    }

    pub(crate) fn bought(&self, id: OrderId) -> Shares {
        self.fills(id).iter().map(|f| f.shares).sum()
    }

    /// Submits and returns the rejection.
    pub(crate) fn rejection(&mut self, request: OrderRequest) -> Rejection {
        let id = self.submit(request);
        match self.last_news(id) {
            OrderNews::Rejected(rejection) => rejection,
            other => panic!("not rejected: {other:?}"),
        }
    }

    pub(crate) fn held(&self) -> Shares {
        self.engine.position(YES).shares
    }

    pub(crate) fn cash(&self) -> Usdc {
        self.engine.ledger().cash()
    }
}

pub(crate) fn buy(size: &str, worst: &str) -> OrderRequest {
    OrderRequest::market(YES, Side::Buy, shares(size), price(worst))
}

pub(crate) fn sell(size: &str, worst: &str) -> OrderRequest {
    OrderRequest::market(YES, Side::Sell, shares(size), price(worst))
}

pub(crate) fn bid(size: &str, at: &str) -> OrderRequest {
    OrderRequest::limit(YES, Side::Buy, shares(size), price(at))
}

pub(crate) fn offer(size: &str, at: &str) -> OrderRequest {
    OrderRequest::limit(YES, Side::Sell, shares(size), price(at))
}

pub(crate) const FEE_5: FeeSchedule = FeeSchedule::linear(50_000);
