//! Random events and recordings for property tests.

use crate::book::{Book, Depth, Level};
use crate::gamma::parse_market;
use crate::ids::{MarketId, TokenId};
use crate::market::{Market, MarketStatus, Resolution};
use crate::money::{Price, Shares};
use crate::recorded::Record;
use crate::source::MarketEvent;
use crate::time::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use std::ops::Range;

/// Markets that random records are about.
pub(super) const MARKETS: u32 = 4;

/// A market with tokens `<id>1` and `<id>2`.
pub(super) fn market(id: u32) -> Market {
    parse_market(&json!({"id": id, "conditionId": "0x1", "question": "Q?", "outcomes": ["Yes", "No"],
        "clobTokenIds": [format!("{id}1"), format!("{id}2")], "acceptingOrders": true}))
    .unwrap()
}

pub(super) fn token() -> impl Strategy<Value = TokenId> {
    (1..=MARKETS, 1..=2).prop_map(|(market, side)| TokenId::new(format!("{market}{side}")).unwrap())
}

fn level() -> impl Strategy<Value = Level> {
    let size = prop_oneof![
        4 => (1_i64..50).prop_map(|lots| lots * 10_000),
        2 => 1_i64..90_000_000,
        1 => Just(i64::MAX),
    ];
    let price = prop_oneof![8 => 0_u16..=25, 1 => 9_990_u16..=10_000].prop_map(|e4| Price::from_e4(e4).unwrap());
    (price, size).prop_map(|(price, size)| Level { price, size: Shares::from_micros(size) })
}

fn resolution() -> impl Strategy<Value = Resolution> {
    prop_oneof![Just(Resolution::Yes), Just(Resolution::No), Just(Resolution::Void)]
}

/// One event of any kind.
pub(super) fn event() -> impl Strategy<Value = MarketEvent> {
    let levels = || prop::collection::vec(level(), 0..14);
    let stamp = || prop_oneof![9 => 0_i64..1_000_000, 1 => any::<i64>()].prop_map(Timestamp::from_millis);
    let price = || (0_u16..=10_000).prop_map(|e4| Price::from_e4(e4).unwrap());
    prop_oneof![
        12 => (token(), stamp(), any::<(bool, bool)>(), levels(), levels()).prop_map(|(token, at, (full, in_sync), bids, asks)| {
            let depth = if full { Depth::Full } else { Depth::Unknown };
            let mut book = Book::from_levels(token, at, depth, bids, asks);
            book.in_sync = in_sync;
            MarketEvent::Book(book)
        }),
        1 => token().prop_map(|token| MarketEvent::Gap { token }),
        1 => (token(), price()).prop_map(|(token, tick)| MarketEvent::Tick { token, tick }),
        2 => (token(), price(), stamp()).prop_map(|(token, price, at)| MarketEvent::Trade { token, price, at }),
        1 => (1..=MARKETS, resolution()).prop_map(|(id, resolution)| {
            MarketEvent::Resolved { market: MarketId::new(id.to_string()).unwrap(), resolution }
        }),
    ]
}

/// Events at any times.
pub(super) fn events(count: Range<usize>) -> impl Strategy<Value = Vec<(Timestamp, MarketEvent)>> {
    let at = prop_oneof![9 => 0_i64..1_000_000, 1 => any::<i64>()].prop_map(Timestamp::from_millis);
    prop::collection::vec((at, event()), count)
}

/// An event, or markets as they are listed with their results.
type What = Result<MarketEvent, Vec<(u32, Option<Resolution>)>>;

/// Records whose time does not run backwards; many share an instant.
pub(super) fn records(count: Range<usize>) -> impl Strategy<Value = Vec<Record>> {
    let markets = prop::collection::vec((1..=MARKETS, prop::option::weighted(0.1, resolution())), 0..4);
    let what = prop_oneof![8 => event().prop_map(Ok), 1 => markets.prop_map(Err)];
    let step = prop_oneof![Just(0_i64), 1_i64..2_000];
    prop::collection::vec((step, what), count).prop_map(|steps| {
        let mut now = 86_400_000 - 20_000;
        let record = |(step, what): (i64, What)| {
            now += step;
            let at = Timestamp::from_millis(now);
            match what {
                Ok(event) => Record::Event { at, event },
                Err(rows) => {
                    let markets = rows.into_iter().map(|(id, resolution)| {
                        let status = if resolution.is_some() { MarketStatus::Resolved } else { MarketStatus::Open };
                        Market { resolution, status, ..market(id) }
                    });
                    Record::Markets { at, markets: markets.collect() }
                }
            }
        };
        steps.into_iter().map(record).collect()
    })
}
