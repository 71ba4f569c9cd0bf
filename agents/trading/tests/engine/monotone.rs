//! What must never improve a result: less depth, more latency where prices do not turn, a higher fee. Every comparison fills the
//! same shares, since losing less by trading less is no improvement.

use crate::support::*;
use betty_market::{BookSide, FeeSchedule, Level, Price, Resolution, Shares, Usdc};
use betty_trading::engine::{
    EngineConfig, FeedKind, LatencyModel, OrderId, OrderNews, OrderRequest, QueueModel, Side, Snapshot, TimeInForce,
};
use proptest::prelude::*;

/// How a run differs from another.
#[derive(Debug, Clone, Copy)]
struct Frictions {
    haircut_ppm: u32,
    latency_ms: i64,
    rate_ppm: u32,
}

/// A book around a mid in cents: levels of the given whole shares, a cent apart.
fn ladder(mid: u16, sizes: &[i64]) -> FeedKind {
    let level =
        |cents: u16, size: i64| Level { price: Price::from_e4(cents * 100).unwrap(), size: Shares::whole(size) };
    let bids = (0..).zip(sizes).map(|(i, size)| level(mid - i, *size)).collect();
    let asks = (0..).zip(sizes).map(|(i, size)| level(mid + 1 + i, *size)).collect();
    FeedKind::Snapshot(Box::new(Snapshot { bids, asks }))
}

fn open(f: Frictions) -> Venue {
    let config = EngineConfig { haircut_ppm: f.haircut_ppm, ..EngineConfig::new(Usdc::whole(10_000)) };
    let spec = instrument().with_fees(FeeSchedule::linear(f.rate_ppm));
    Venue::with(config, LatencyModel::constant(f.latency_ms * MS), [spec])
}

/// Profit after fees of buying at the first event of a rising market and holding to the payout.
fn buy_into_a_rise(f: Frictions, steps: &[u8], sizes: &[i64], want: i64) -> Usdc {
    let mut venue = open(f);
    let mut mid = 30;
    venue.event(ladder(mid, sizes));
    let id = venue.submit(OrderRequest::market(YES, Side::Buy, Shares::whole(want), price("0.99")));
    for step in steps {
        venue.ms += 10;
        mid += u16::from(*step);
        venue.event(ladder(mid, sizes));
    }
    venue.advance(venue.ms + 1_000);
    assert_eq!(venue.bought(id), Shares::whole(want), "the same shares in every run");
    venue.event(FeedKind::Outcome(Resolution::Yes));
    venue.cash() - Usdc::whole(10_000)
}

/// Profit after fees of selling at the first event of a falling market, bought before on a standing one.
fn sell_into_a_fall(f: Frictions, steps: &[u8], sizes: &[i64], want: i64) -> Usdc {
    let mut venue = open(f);
    let mut mid = 70;
    venue.event(ladder(mid, sizes));
    venue.submit(OrderRequest::market(YES, Side::Buy, Shares::whole(want), price("0.99")));
    venue.advance(10_000);
    let id = venue.submit(OrderRequest::market(YES, Side::Sell, Shares::whole(want), price("0.01")));
    for step in steps {
        venue.ms += 10;
        mid -= u16::from(*step);
        venue.event(ladder(mid, sizes));
    }
    venue.advance(venue.ms + 1_000);
    assert_eq!(venue.bought(id), Shares::whole(want), "the same shares in every run");
    venue.cash() - Usdc::whole(10_000)
}

type Run = fn(Frictions, &[u8], &[i64], i64) -> Usdc;

fn frictions() -> impl Strategy<Value = Frictions> {
    (0_u32..=500_000, 0_i64..300, 0_u32..200_000).prop_map(|(haircut_ppm, latency_ms, rate_ppm)| Frictions {
        haircut_ppm,
        latency_ms,
        rate_ppm,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn friction_never_pays(
        a in frictions(), b in frictions(), steps in prop::collection::vec(0_u8..2, 25),
        sizes in prop::collection::vec(20_i64..120, 12), want in 5_i64..120,
    ) {
        // Half of twelve levels of twenty shares are 120: even the thinnest book holds the order.
        for run in [buy_into_a_rise, sell_into_a_fall] as [Run; 2] {
            let base = run(a, &steps, &sizes, want);
            let pairs = [
                Frictions { haircut_ppm: a.haircut_ppm.max(b.haircut_ppm), ..a },
                Frictions { latency_ms: a.latency_ms.max(b.latency_ms), ..a },
                Frictions { rate_ppm: a.rate_ppm.max(b.rate_ppm), ..a },
            ];
            for worse in pairs {
                prop_assert!(run(worse, &steps, &sizes, want) <= base);
            }
        }
    }

    /// Filling only on trade-through is the stricter model: an order never has more of its shares by it.
    #[test]
    fn trade_through_never_fills_more_than_position(
        news in prop::collection::vec((0_u8..3, 36_u16..46, 0_i64..30), 1..60),
    ) {
        let start = |queue| {
            let config = EngineConfig { queue, ..EngineConfig::new(Usdc::whole(1_000)) };
            let mut venue = Venue::with(config, LatencyModel::zero(), [instrument()]);
            venue.usual_book();
            let id = venue.submit(bid("50", "0.41"));
            (venue, id)
        };
        let mut both = [start(QueueModel::Position), start(QueueModel::TradeThrough)];
        for (kind, cents, size) in news {
            let filled = both.each_mut().map(|(venue, id)| {
                let (price, size) = (Price::from_e4(cents * 100).unwrap(), Shares::whole(size));
                venue.event(match kind {
                    0 => FeedKind::Trade { price, size, taker: Some(Side::Sell) },
                    1 => FeedKind::Level { side: BookSide::Ask, price, size, last: true },
                    _ => FeedKind::Level { side: BookSide::Bid, price, size, last: true },
                });
                venue.bought(*id)
            });
            prop_assert!(filled[1] <= filled[0], "{filled:?}");
        }
    }

    /// Post-only orders are makers or nothing, and fill-or-kill orders are whole or nothing, whatever the book.
    #[test]
    fn post_only_never_takes_and_fill_or_kill_is_never_partial(
        news in prop::collection::vec((any::<bool>(), 38_u16..48, 0_i64..30), 1..30),
        orders in prop::collection::vec((any::<bool>(), 36_u16..50, 5_i64..60), 1..20),
    ) {
        let mut venue = Venue::usual();
        let mut given: Vec<(OrderId, bool, Shares)> = Vec::new();
        for ((on_bid, cents, size), (post_only, limit, want)) in news.into_iter().zip(orders.into_iter().cycle()) {
            let side = if on_bid { BookSide::Bid } else { BookSide::Ask };
            let price = Price::from_e4(cents * 100).unwrap();
            venue.event(FeedKind::Level { side, price, size: Shares::whole(size), last: true });
            let (limit, want) = (Price::from_e4(limit * 100).unwrap(), Shares::whole(want));
            let request = OrderRequest::limit(YES, Side::Buy, want, limit);
            let request = if post_only { request.post_only() } else { request.lasting(TimeInForce::Fok) };
            given.push((venue.submit(request), post_only, want));
        }
        for (id, post_only, want) in given {
            if post_only {
                prop_assert!(venue.fills(id).iter().all(|f| f.maker));
            } else {
                let bought = venue.bought(id);
                prop_assert!(bought == want || bought == Shares::ZERO);
                let ended_in_a_fill = matches!(venue.last_news(id), OrderNews::Filled { .. });
                prop_assert_eq!(ended_in_a_fill, bought == want);
            }
        }
    }
}
