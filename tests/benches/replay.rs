//! A feed of 500,000 rows replayed through the order-level engine under one rule: book, matching with partial fills and remembered
//! depth, fee, ledger with every entry kept.
//!
//! Rows are decoded into events before the clock starts; opening the account and registering the instrument are timed. After divan's
//! table it prints one line of JSON: rows per second as the median, least and greatest of [`RUNS`] runs, on the wall and on the
//! processor, with the result of the rule and the hash of the feed.

mod engine;

use betty_tests::bench::deltas::REPLAY_ROWS;
use betty_tests::bench::feed::{self, FEED_SEED};
use betty_tests::bench::measure::{Spread, is_full_run, load, measure};
use betty_trading::engine::{FeedEvent, Idle};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};

/// Measured runs.
const RUNS: usize = 9;
/// Rows per second to reach.
const TARGET: u64 = 15_000_000;
/// Rows of divan's table.
const ROWS: usize = 100_000;

fn main() {
    divan::main();
    if is_full_run() {
        println!("{}", report());
    }
}

fn decoded(rows: usize) -> Vec<FeedEvent> {
    engine::events(&feed::generate(rows, FEED_SEED))
}

/// Items are rows.
#[divan::bench]
fn rule(bencher: Bencher<'_, '_>) {
    let events = decoded(ROWS);
    bencher.counter(ItemsCount::new(events.len())).bench_local(|| engine::replay(black_box(&events)));
}

/// The same feed with nobody trading: the book and the event loop alone.
#[divan::bench]
fn idle(bencher: Bencher<'_, '_>) {
    let events = decoded(ROWS);
    bencher.counter(ItemsCount::new(events.len())).bench_local(|| {
        let mut engine = engine::engine(betty_market::Usdc::whole(1));
        engine.run(&mut Idle, black_box(&events)).map(|()| engine)
    });
}

fn report() -> Value {
    let rows = feed::generate(REPLAY_ROWS, FEED_SEED);
    let events = engine::events(&rows);
    let run = engine::replay(&events);
    let (result, entries) = (engine::result(&run), run.0.ledger().entry_count());
    let runs = measure(RUNS, || {
        black_box(engine::replay(black_box(&events)));
    });
    let count = rows.len() as f64;
    let rate = |seconds: Vec<f64>| Spread::of(seconds.into_iter().map(|s| count / s)).map(|s| s.json(1.0, 0));
    json!({
        "bench": "replay", "version": env!("CARGO_PKG_VERSION"), "rows": rows.len(), "runs": RUNS,
        "target_rows_per_s": TARGET, "load": load(),
        "rows_per_s": rate(runs.iter().map(|r| r.wall_s).collect()),
        "rows_per_cpu_s": rate(runs.iter().filter_map(|r| r.cpu_s).collect()),
        "cpu_ns_per_row": Spread::of(runs.iter().filter_map(|r| r.cpu_s)).map(|s| s.json(1e9 / count, 2)),
        "trades": result.trades, "fills": result.fills, "ledger_entries": entries,
        "fees_micros": result.fees, "final_cash_micros": result.cash, "held_lots": result.held_lots,
        "feed_sha256": feed::sha256(&rows),
    })
}
