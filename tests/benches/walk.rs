//! The walk of two 50-level books in integers with the fee floored per level: the largest common size whose edge holds.
//!
//! After divan's table it prints one line of JSON: walks per second as the median, least and greatest of [`RUNS`] runs, on the wall
//! and on the processor, with the hash of the input.

use betty_hedging::{SizeWalk, largest_common_size};
use betty_market::{BookSide, Usdc};
use betty_tests::bench::measure::{Spread, is_full_run, load, measure};
use betty_tests::bench::pairs::{self, Pair, PairSpec, Reach};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};

/// Measured runs of each set.
const RUNS: usize = 9;
/// Walks per second to reach.
const TARGET: u64 = 6_000_000;
const REACHES: [Reach; 3] = [Reach::Mixed, Reach::Whole, Reach::Venue];

fn main() {
    divan::main();
    if is_full_run() {
        println!("{}", report());
    }
}

fn walk(pair: &Pair) -> SizeWalk {
    largest_common_size(pair.asks(0), pair.fees[0], pair.asks(1), pair.fees[1], Usdc::whole(1), pair.min_edge_ppm)
}

/// Both legs taken through the general walk of the book, fills and all, at the size found.
fn take_both(pair: &Pair, size: &SizeWalk) -> [betty_market::Walk; 2] {
    [0, 1].map(|leg| pair.books[leg].take(BookSide::Ask, size.shares, pair.fees[leg]))
}

/// Items are walks.
#[divan::bench(args = REACHES)]
fn common_size(bencher: Bencher<'_, '_>, reach: Reach) {
    let pairs = PairSpec::workload(reach).generate();
    bencher.counter(ItemsCount::new(pairs.len())).bench_local(|| {
        for pair in black_box(&pairs) {
            black_box(walk(pair));
        }
    });
}

/// Items are pairs, both legs of each taken.
#[divan::bench(args = REACHES)]
fn book_take_of_both_legs(bencher: Bencher<'_, '_>, reach: Reach) {
    let pairs = PairSpec::workload(reach).generate();
    let sizes: Vec<SizeWalk> = pairs.iter().map(walk).collect();
    bencher.counter(ItemsCount::new(pairs.len())).bench_local(|| {
        for (pair, size) in pairs.iter().zip(&sizes) {
            black_box(take_both(black_box(pair), size));
        }
    });
}

fn report() -> Value {
    let [mixed, whole, venue] = REACHES.map(set);
    json!({
        "bench": "walk", "version": env!("CARGO_PKG_VERSION"), "levels": pairs::LEVELS, "pairs": pairs::PAIRS,
        "runs": RUNS, "target_walks_per_s": TARGET, "load": load(),
        "mixed": mixed, "whole": whole, "venue": venue,
    })
}

fn set(reach: Reach) -> Value {
    let pairs = PairSpec::workload(reach).generate();
    let walks: Vec<SizeWalk> = pairs.iter().map(walk).collect();
    let touched: usize = walks.iter().map(|w| w.levels_a + w.levels_b).sum();
    let runs = measure(RUNS, || {
        for pair in black_box(&pairs) {
            black_box(walk(pair));
        }
    });
    let count = pairs.len() as f64;
    let rate = |seconds: Vec<f64>| Spread::of(seconds.into_iter().map(|s| count / s)).map(|s| s.json(1.0, 0));
    json!({
        "walks_per_s": rate(runs.iter().map(|r| r.wall_s).collect()),
        "walks_per_cpu_s": rate(runs.iter().filter_map(|r| r.cpu_s).collect()),
        "cpu_ns_per_walk": Spread::of(runs.iter().filter_map(|r| r.cpu_s)).map(|s| s.json(1e9 / count, 1)),
        "levels_touched_per_walk": (touched as f64 / pairs.len() as f64 * 10.0).round() / 10.0,
        "input_sha256": pairs::sha256(&pairs),
    })
}
