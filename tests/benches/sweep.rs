//! One rule over 20,000 bars of a pair for many parameter sets: the trades, and return, Sharpe ratio, drawdown and win rate of each set.
//!
//! Two kernels with the same trades are measured: `index` visits trades only, `plain` visits every bar. After divan's table it prints one
//! line of JSON: bar-sets (bars times sets) per second on the wall and per second of processor time, on one thread and on two, as the
//! median, least and greatest of [`RUNS`] runs; the highest memory at each number of sets; how often the sets of each range trade; and the
//! hash of the bars.

use betty_tests::bench::bars::{self, BARS, BARS_SEED};
use betty_tests::bench::measure::{RUN_S_MIN, Spread, is_full_run, load};
use betty_trading::sweep::{Axis, BarResult, BarRule, PairBars, Space, Sweep};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Instant;

/// Measured runs of each figure.
const RUNS: usize = 5;
/// Bar-sets per second to reach.
const TARGET: u64 = 60_000_000;
/// Parameter sets. The bar-by-bar kernel is measured up to the second.
const SETS: [u64; 3] = [200, 10_000, 100_000];
/// Best sets kept.
const KEEP: usize = 20;
/// The seed of the sets.
const SETS_SEED: u64 = 42;
/// Ticks of the kernel's account of processor time in a second (`USER_HZ`, 100 on every Linux).
const TICKS_PER_S: f64 = 100.0;

/// Where parameters are drawn from: entry, take, stop, hold, each from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Region {
    /// Small targets and stops: as many trades as the bars give.
    Fast,
    /// Everything.
    Mixed,
    /// Far targets and stops: positions held through many bars.
    Slow,
}

const REGIONS: [Region; 3] = [Region::Fast, Region::Mixed, Region::Slow];

impl Region {
    fn space(self, sets: u64) -> Space {
        let [entry, take, stop, hold] = match self {
            Self::Fast => [(-40, 30), (1, 8), (1, 8), (2, 60)],
            Self::Mixed => [(-20, 50), (1, 60), (1, 60), (2, 600)],
            Self::Slow => [(0, 45), (30, 90), (30, 90), (300, 2_000)],
        };
        let axis = |name: &str, (from, to)| Axis::new(name, from, to, 1).expect("ranges run upwards");
        let axes = vec![
            axis("entry_mills", entry),
            axis("take_mills", take),
            axis("stop_mills", stop),
            axis("hold_bars", hold),
        ];
        Space::random(axes, sets, SETS_SEED).expect("four axes of different names")
    }
}

type Kernel = fn(&PairBars, &BarRule) -> BarResult;
const KERNELS: [(&str, Kernel); 2] = [("index", PairBars::evaluate), ("plain", PairBars::evaluate_plain)];

fn main() {
    divan::main();
    if is_full_run() {
        println!("{}", report());
    }
}

fn workload() -> PairBars {
    let (a, b) = bars::generate(BARS, BARS_SEED);
    PairBars::new(&a, &b).expect("the generator stays within a dollar")
}

fn sweep(bars: &PairBars, space: &Space, threads: usize, kernel: Kernel) -> Sweep<BarResult> {
    let threads = NonZeroUsize::new(threads).expect("at least one thread");
    let mut sweep = Sweep::new(space.clone(), KEEP);
    sweep.run(threads, |set| kernel(bars, &BarRule::from_set(set)), |_| ControlFlow::Continue(()));
    sweep
}

/// Items are bar-sets.
#[divan::bench(args = REGIONS, sample_count = 10)]
fn index(bencher: Bencher<'_, '_>, region: Region) {
    let (bars, space) = (workload(), region.space(SETS[0]));
    bencher
        .counter(ItemsCount::new(BARS as u64 * SETS[0]))
        .bench_local(|| black_box(sweep(&bars, black_box(&space), 1, PairBars::evaluate)));
}

/// Items are bar-sets.
#[divan::bench(args = REGIONS, sample_count = 10)]
fn plain(bencher: Bencher<'_, '_>, region: Region) {
    let (bars, space) = (workload(), region.space(SETS[0]));
    bencher
        .counter(ItemsCount::new(BARS as u64 * SETS[0]))
        .bench_local(|| black_box(sweep(&bars, black_box(&space), 1, PairBars::evaluate_plain)));
}

fn report() -> Value {
    let (a, b) = bars::generate(BARS, BARS_SEED);
    let start = Instant::now();
    let bars = PairBars::new(&a, &b).expect("the generator stays within a dollar");
    let index_ms = start.elapsed().as_secs_f64() * 1e3;
    let regions: serde_json::Map<String, Value> =
        REGIONS.iter().map(|r| (format!("{r:?}").to_lowercase(), region(&bars, *r))).collect();
    json!({
        "bench": "sweep", "version": env!("CARGO_PKG_VERSION"), "bars": BARS, "runs": RUNS,
        "target_bar_sets_per_s": TARGET, "load": load(), "index_ms": (index_ms * 100.0).round() / 100.0,
        "edges": { "least": bars.edges().iter().min(), "greatest": bars.edges().iter().max() },
        "regions": regions, "bars_sha256": bars::sha256(&a, &b),
    })
}

fn region(bars: &PairBars, region: Region) -> Value {
    let mut out = serde_json::Map::new();
    out.insert("trading".into(), trading(bars, &region.space(SETS[1])));
    for (name, kernel) in KERNELS {
        for sets in SETS.into_iter().filter(|k| name == "index" || *k <= SETS[1]) {
            let space = region.space(sets);
            let reset = reset_peak();
            let figures = [1, 2].map(|threads| measure_sweep(bars, &space, threads, kernel));
            let peak = peak_kib();
            let same = sweep(bars, &space, 1, kernel) == sweep(bars, &space, 2, kernel);
            assert!(same, "the number of threads shows");
            let [one, two] = figures;
            let figure = json!({
                "million_bar_sets_per_s": { "1_thread": one, "2_threads": two },
                "peak_kib": peak, "peak_is_of_this_alone": reset,
            });
            out.insert(format!("{name}_{sets}"), figure);
        }
    }
    out.into()
}

/// How often sets of a region trade, so that a figure from sets that never do would show as one.
fn trading(bars: &PairBars, space: &Space) -> Value {
    let results: Vec<BarResult> = (0..space.len()).map(|k| bars.evaluate(&BarRule::from_set(&space.set(k)))).collect();
    let mut trades: Vec<u32> = results.iter().map(|r| r.trades).collect();
    trades.sort_unstable();
    let sum: u64 = trades.iter().map(|t| u64::from(*t)).sum();
    let never = trades.iter().filter(|t| **t == 0).count();
    let exits = [0, 1, 2].map(|e| results.iter().map(|r| u64::from(r.exits[e])).sum::<u64>());
    let held: u64 = (0..space.len().min(500))
        .flat_map(|k| bars.trades(&BarRule::from_set(&space.set(k))))
        .map(|t| u64::from(t.left - t.entered))
        .sum();
    json!({
        "trades_per_set": {
            "mean": sum / space.len(), "least": trades.first(), "median": trades[trades.len() / 2], "greatest": trades.last(),
        },
        "sets_without_a_trade_ppm": never as u64 * 1_000_000 / space.len(),
        "exits": { "target": exits[0], "stop": exits[1], "time": exits[2] },
        "part_of_bars_held_ppm": held * 1_000_000 / (space.len().min(500) * BARS as u64),
    })
}

/// Millions of bar-sets per second of [`RUNS`] runs, each of as many whole sweeps as fill [`RUN_S_MIN`] and more: the process' account of
/// processor time, which counts all threads, moves in steps of a hundredth of a second.
fn measure_sweep(bars: &PairBars, space: &Space, threads: usize, kernel: Kernel) -> Value {
    let work = || {
        black_box(sweep(bars, black_box(space), threads, kernel));
    };
    let (start, mut repeats) = (Instant::now(), 0_u32);
    while repeats == 0 || start.elapsed().as_secs_f64() < 2.0 * RUN_S_MIN {
        work();
        repeats += 1;
    }
    let million = space.len() as f64 * BARS as f64 * f64::from(repeats) / 1e6;
    let runs: Vec<(f64, Option<f64>)> = (0..RUNS)
        .map(|_| {
            let (cpu, wall) = (process_cpu_s(), Instant::now());
            (0..repeats).for_each(|_| work());
            let wall_s = wall.elapsed().as_secs_f64();
            (wall_s, process_cpu_s().zip(cpu).map(|(after, before)| after - before).filter(|s| *s > 0.0))
        })
        .collect();
    let rate = |seconds: Vec<f64>| Spread::of(seconds.into_iter().map(|s| million / s)).map(|s| s.json(1.0, 0));
    json!({
        "wall": rate(runs.iter().map(|r| r.0).collect()),
        "cpu": rate(runs.iter().filter_map(|r| r.1).collect()),
    })
}

/// Processor seconds of all threads of this process so far, ended ones included (Linux).
fn process_cpu_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in brackets and may hold spaces; user and system time are the 12th and 13th fields after it.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_S)
}

/// Starts the account of highest memory anew; false where the system does not let us, and the highest is of everything so far.
fn reset_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// Highest resident memory since the last reset, KiB (Linux).
fn peak_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}
