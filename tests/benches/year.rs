//! A year and a quarter of the simulated venue, ten thousand markets, through a backtest: how fast, and that memory follows what is open and not how long the history is.
//!
//! Prints one line of JSON: records and markets per second, and the resident memory at each quarter of the year.

use betty_market::History;
use betty_market::sim::SimHistory;
use betty_tests::bench::measure::{is_full_run, load};
use betty_trading::backtest::{RunConfig, run};
use betty_trading::strategy::template;
use serde_json::json;
use std::sync::Mutex;
use std::time::Instant;

/// Somewhat more than a year: ten thousand markets are listed by then.
const DAYS: u32 = 460;
/// Every book is looked at four times a day.
const STEP_MS: i64 = 6 * 3_600_000;

/// A figure of this process in kilobytes, from the system's own account (Linux).
fn kilobytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

fn main() {
    if !is_full_run() {
        return;
    }
    let history = SimHistory::new(7, DAYS, STEP_MS);
    let config = RunConfig::new(template("balanced").expect("a template"));
    let quarters: Mutex<Vec<(u64, Option<u64>)>> = Mutex::new(Vec::new());
    let start = Instant::now();
    let report = run(&history, &config, &|progress| {
        let quarter = progress.done * 4 / progress.total.max(1);
        let mut seen = quarters.lock().expect("no panic while it was held");
        if seen.last().is_none_or(|(q, _)| *q < quarter) {
            seen.push((quarter, kilobytes("VmRSS:")));
        }
        true
    })
    .expect("a simulated year can be replayed");
    let seconds = start.elapsed().as_secs_f64();
    let case = &report.cases[0];
    let memory: Vec<_> = quarters.into_inner().expect("no panic while it was held");
    println!(
        "{}",
        json!({
            "bench": "year", "version": env!("CARGO_PKG_VERSION"), "days": DAYS, "step_ms": STEP_MS, "load": load(),
            "records": report.coverage.records, "markets": report.coverage.markets, "pairs": report.coverage.pairs,
            "observations": report.coverage.observations, "opened": case.summary.opened, "ended": case.summary.ended,
            "seconds": (seconds * 10.0).round() / 10.0, "records_per_s": (report.coverage.records as f64 / seconds).round(),
            "resident_kb_by_quarter": memory.iter().map(|(_, kb)| kb).collect::<Vec<_>>(), "peak_kb": kilobytes("VmHWM:"),
            "data_sha256": history.data_hash(), "ledger_sha256": case.ledger_hash,
        })
    );
}
