//! The engine's workloads give the right result, in linear work.

#[path = "../benches/engine/mod.rs"]
mod engine;

use betty_tests::bench::deltas::{self, CHURN_ROWS, REPLAY_ROWS};
use betty_tests::bench::feed::{self, FEED_SEED};

#[test]
fn the_replay_equals_the_slow_reference() {
    for (rows, seed) in [(REPLAY_ROWS, FEED_SEED), (20_000, 7), (20_000, 8)] {
        let rows = feed::generate(rows, seed);
        let slow = deltas::slow_reference(&rows);
        let run = engine::replay(&engine::events(&rows));
        assert_eq!(engine::result(&run), slow);
        if seed == FEED_SEED {
            assert!(slow.trades >= 10 && slow.fills > slow.trades, "{slow:?}");
        }
    }
}

#[test]
fn the_same_feed_gives_the_same_bytes() {
    let events = engine::events(&feed::generate(CHURN_ROWS, FEED_SEED));
    let bytes = || -> Vec<u8> {
        let (engine, _) = engine::churn(&events, 5_000, 90_000);
        engine.ledger().entries().iter().flat_map(|e| e.to_bytes()).collect()
    };
    let first = bytes();
    assert!(first.len() > 5_000 * 69);
    assert!(first == bytes());
}

/// Work counted in steps, not in seconds: an order costs the same number of them however many there are.
#[test]
fn a_hundred_thousand_orders_take_linear_work() {
    let rows = feed::generate(CHURN_ROWS, FEED_SEED);
    let (events, changes) = (engine::events(&rows), engine::changes(&rows));
    let work = |orders: u64| {
        let (engine, strategy) = engine::churn(&events, orders, changes);
        assert_eq!((strategy.given(), strategy.other), (orders, 0), "every order is filled whole");
        assert!(strategy.fills >= orders && engine.ledger().adds_up());
        engine.work().total()
    };
    let idle = work(0);
    assert_eq!(idle, events.len() as u64);
    let each: Vec<f64> = [1_000, 10_000, 100_000].map(|n| (work(n) - idle) as f64 / n as f64).to_vec();
    for steps in &each {
        assert!(*steps < each[0] * 1.2 && *steps < 5.0, "steps per order: {each:?}");
    }
}
