//! Repeated runs with their spread. Processor time stands beside wall time because machines are shared.

use serde_json::{Value, json};
use std::time::Instant;

/// Fewest runs a figure is quoted from.
pub const RUNS_MIN: usize = 5;

/// Shortest run in seconds: the scheduler's account moves in steps of up to 4 milliseconds.
pub const RUN_S_MIN: f64 = 0.2;

/// One measured run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Seconds on the clock.
    pub wall_s: f64,
    /// Seconds this thread had a processor; `None` where the system does not tell.
    pub cpu_s: Option<f64>,
}

/// Median, least and greatest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number, the mean of the middle two.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of some values; `None` of none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut v: Vec<f64> = values.into_iter().collect();
        v.sort_by(f64::total_cmp);
        let (min, max) = (*v.first()?, *v.last()?);
        let mid = v.len() / 2;
        let median = if v.len().is_multiple_of(2) { f64::midpoint(v[mid - 1], v[mid]) } else { v[mid] };
        Some(Self { median, min, max })
    }

    /// As JSON, each figure multiplied by `scale` and rounded to `decimals`.
    #[must_use]
    pub fn json(&self, scale: f64, decimals: i32) -> Value {
        let unit = 10_f64.powi(decimals);
        let round = |x: f64| match (x * scale * unit).round() {
            whole if decimals == 0 => json!(whole as i64),
            scaled => json!(scaled / unit),
        };
        json!({ "median": round(self.median), "min": round(self.min), "max": round(self.max) })
    }
}

/// Measures `work` in `runs` runs, at least [`RUNS_MIN`], each of as many repetitions as fill [`RUN_S_MIN`]; figures are per
/// repetition. The repetitions are counted out first, which warms the caches too.
pub fn measure(runs: usize, mut work: impl FnMut()) -> Vec<Run> {
    let (start, mut repeats) = (Instant::now(), 0_u32);
    while repeats == 0 || start.elapsed().as_secs_f64() < RUN_S_MIN {
        work();
        repeats += 1;
    }
    let each = f64::from(repeats);
    (0..runs.max(RUNS_MIN))
        .map(|_| {
            let (cpu, wall) = (cpu_s(), Instant::now());
            (0..repeats).for_each(|_| work());
            let wall_s = wall.elapsed().as_secs_f64() / each;
            Run { wall_s, cpu_s: cpu_s().zip(cpu).map(|(after, before)| (after - before) / each) }
        })
        .collect()
}

/// Spread of the wall time, and of the processor time where it is known.
#[must_use]
pub fn spreads(runs: &[Run]) -> (Option<Spread>, Option<Spread>) {
    (Spread::of(runs.iter().map(|r| r.wall_s)), Spread::of(runs.iter().filter_map(|r| r.cpu_s)))
}

/// Processor seconds of this thread so far, from the scheduler's own account (Linux).
fn cpu_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|ns| ns / 1e9)
}

/// The machine's load averages over 1, 5 and 15 minutes, so that a figure from a busy machine shows as one.
#[must_use]
pub fn load() -> Option<String> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

/// Whether cargo runs benchmarks, and all of them: under `cargo test` or with a filter there is nothing to print.
#[must_use]
pub fn is_full_run() -> bool {
    let mut args = std::env::args().skip(1).peekable();
    args.peek().is_some() && args.all(|a| a == "--bench")
}
