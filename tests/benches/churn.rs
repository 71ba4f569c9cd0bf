//! 100,000 rows with none to 100,000 market orders: what one order costs must not depend on how many there are.
//!
//! The cost of an order is the time of a run less that of the run without orders, divided by the orders. After divan's table it
//! prints one line of JSON with the cost by number of orders and, within each of [`ROUNDS`] rounds, how the cost of an order grows from
//! the fewest orders to the most, and the dearest to the cheapest. Rare orders cost more than frequent ones, not less: they find the
//! processor's branch predictor and caches set for rows without orders.

mod engine;

use betty_tests::bench::deltas::CHURN_ROWS;
use betty_tests::bench::feed::{self, FEED_SEED};
use betty_tests::bench::measure::{Run, Spread, is_full_run, load, measure};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};

/// Rounds, each measuring every number of orders.
const ROUNDS: usize = 7;
/// Orders in a run.
const ORDERS: [u64; 4] = [0, 1_000, 10_000, 100_000];
/// An order costs at most this many times as much among 100,000 as among 1,000.
const TARGET_RATIO: f64 = 1.5;

fn main() {
    divan::main();
    if is_full_run() {
        println!("{}", report());
    }
}

/// Items are rows.
#[divan::bench(args = ORDERS)]
fn orders(bencher: Bencher<'_, '_>, orders: u64) {
    let rows = feed::generate(CHURN_ROWS, FEED_SEED);
    let (events, changes) = (engine::events(&rows), engine::changes(&rows));
    bencher.counter(ItemsCount::new(events.len())).bench_local(|| engine::churn(black_box(&events), orders, changes));
}

/// Processor and wall time of one run of every set, measured one right after another.
type Round = [Run; ORDERS.len()];

fn report() -> Value {
    let rows = feed::generate(CHURN_ROWS, FEED_SEED);
    let (events, changes) = (engine::events(&rows), engine::changes(&rows));
    let run = |orders| {
        black_box(engine::churn(black_box(&events), orders, changes));
    };
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..ROUNDS {
        // The middle of a few runs of each; the machine drifts less within a round than between rounds.
        rounds.push(ORDERS.map(|orders| middle(measure(1, || run(orders)))));
    }
    // The processor's time where the system tells it: the machine is shared.
    let time_s = |run: &Run| run.cpu_s.unwrap_or(run.wall_s);
    let cost_ns = |round: &Round, set: usize| (time_s(&round[set]) - time_s(&round[0])) * 1e9 / ORDERS[set] as f64;
    let ratio = |round: &Round| {
        let costs = Spread::of((1..ORDERS.len()).map(|set| cost_ns(round, set)));
        costs.map_or(f64::NAN, |s| s.max / s.min)
    };
    // Interference only ever adds time, so the least times are those of the work itself.
    let least_s = |set: usize| rounds.iter().map(|r| time_s(&r[set])).fold(f64::INFINITY, f64::min);
    let least_ns = |set: usize| (least_s(set) - least_s(0)) * 1e9 / ORDERS[set] as f64;
    let growth = |round: &Round| cost_ns(round, ORDERS.len() - 1) / cost_ns(round, 1);
    let sets: Vec<Value> = (0..ORDERS.len())
        .map(|set| {
            let (engine, strategy) = engine::churn(&events, ORDERS[set], changes);
            let cost = (set > 0).then(|| Spread::of(rounds.iter().map(|r| cost_ns(r, set)))).flatten();
            json!({
                "orders": ORDERS[set], "fills": strategy.fills, "final_cash_micros": engine.ledger().cash().micros(),
                "cpu_ms": Spread::of(rounds.iter().map(|r| time_s(&r[set]))).map(|s| s.json(1e3, 3)),
                "ns_per_order": cost.map(|s| s.json(1.0, 1)),
                "ns_per_order_of_least": (set > 0).then(|| (least_ns(set) * 10.0).round() / 10.0),
            })
        })
        .collect();
    json!({
        "bench": "churn", "version": env!("CARGO_PKG_VERSION"), "rows": rows.len(), "rounds": ROUNDS, "load": load(),
        "sets": sets, "target_ratio_max": TARGET_RATIO,
        "growth_from_fewest_to_most": Spread::of(rounds.iter().map(growth)).map(|s| s.json(1.0, 2)),
        "dearest_to_cheapest": Spread::of(rounds.iter().map(ratio)).map(|s| s.json(1.0, 2)),
        "feed_sha256": feed::sha256(&rows),
    })
}

/// The run of middle processor time.
fn middle(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.cpu_s.unwrap_or(a.wall_s).total_cmp(&b.cpu_s.unwrap_or(b.wall_s)));
    runs[runs.len() / 2]
}
