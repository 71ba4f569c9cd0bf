//! `betty hedges`, `betty markets`, `betty monitor`: from arguments to a task.

use super::{EXIT_USAGE, fail, oneshot, stop_on_signal};
use crate::backtest::failure::EXIT_INTERRUPTED;
use crate::cli::{HedgesCommand, MarketsCommand};
use crate::config::Config;
use crate::monitor;
use betty_bus::Task;
use betty_bus::task::HedgeTask;
use std::path::PathBuf;

/// A percentage from 0 to 100 in millionths.
fn ppm(flag: &str, percent: f64) -> Result<u32, String> {
    if !(0.0..=100.0).contains(&percent) {
        return Err(format!("{flag} is a percentage from 0 to 100"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok((percent * 10_000.0).round() as u32)
}

/// Stored hedges.
pub(super) async fn hedges(config: Config, data_dir: PathBuf, json: bool, command: &HedgesCommand) -> u8 {
    let task = match command {
        HedgesCommand::List { coverage, limit } => match ppm("--coverage", *coverage) {
            Ok(coverage_ppm) => HedgeTask::Find { coverage_ppm, limit: *limit },
            Err(why) => return fail(json, EXIT_USAGE, &why),
        },
        HedgesCommand::Show { hedge } => HedgeTask::Show { hedge: *hedge },
        HedgesCommand::Why { hedge } => HedgeTask::Why { hedge: *hedge },
        HedgesCommand::History { hedge, limit } => HedgeTask::History { hedge: *hedge, limit: *limit },
    };
    oneshot::task(config, data_dir, json, Task::Hedge(task), "betty hedges").await
}

/// Markets.
pub(super) async fn markets(config: Config, data_dir: PathBuf, json: bool, command: &MarketsCommand) -> u8 {
    let task = match command {
        MarketsCommand::Search { query, limit } => {
            let words = query.join(" ");
            HedgeTask::Markets { query: (!words.trim().is_empty()).then_some(words), limit: *limit }
        }
        MarketsCommand::Show { market } => HedgeTask::Market { market: market.clone() },
        MarketsCommand::Book { market } => HedgeTask::Book { market: market.clone() },
        MarketsCommand::Ladder { market } => HedgeTask::Ladder { market: market.clone() },
        MarketsCommand::Related { market, limit } => HedgeTask::Related { market: market.clone(), limit: *limit },
    };
    oneshot::task(config, data_dir, json, Task::Hedge(task), "betty markets").await
}

/// Re-prices stored hedges now and, unless once is enough or the interval is 0, again and again until stopped. While it waits nothing is
/// open, so another Betty can use the data directory.
pub(super) async fn monitor(config: Config, data_dir: PathBuf, json: bool, once: bool, threshold: Option<f64>) -> u8 {
    let settings = match monitor::Settings::read(&config) {
        Ok(settings) => settings,
        Err(e) => return fail(json, EXIT_USAGE, &e.to_string()),
    };
    let threshold_ppm = match threshold.map(|t| ppm("--threshold", t)).transpose() {
        Ok(given) => given.map_or(settings.threshold_ppm, i64::from),
        Err(why) => return fail(json, EXIT_USAGE, &why),
    };
    loop {
        let task = Task::Hedge(HedgeTask::Monitor { threshold_ppm });
        let code = oneshot::task(config.clone(), data_dir.clone(), json, task, "betty monitor").await;
        // What does not pass by waiting ends it; an upstream that does not answer is tried again.
        let Some(interval) = settings.interval.filter(|_| !once && code != EXIT_USAGE && code != EXIT_INTERRUPTED)
        else {
            return code;
        };
        let stop = stop_on_signal();
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = stop.cancelled() => return code,
        }
    }
}
