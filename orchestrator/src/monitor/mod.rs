//! The monitor by the clock: while Betty serves, stored hedges are priced again every `monitor.interval_min`.
//!
//! * This file: its settings, and which of its answers are told. [`timer`]: the clock and the journal.
//!
//! A run is a task like any other, so it can be cancelled, is counted, and survives a kill. It is accepted once a slot over all processes
//! that share a database, and never while the one before has not ended.

pub mod timer;

use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::render::End;
use crate::watch::Tell;
use betty_bus::Report;
use betty_bus::report::{MonitorReport, MonitorWhy};
use betty_market::SourceLabel;
use std::sync::Arc;
use std::time::Duration;
use timer::Timer;
use tokio_util::sync::CancellationToken;

/// Who asks for these runs, as the journal names askers. No door names a person so.
pub const ASKER: &str = "monitor timer";

/// What is configured of the monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// From one run to the next; `None` is never.
    pub interval: Option<Duration>,
    /// Hedges whose net edge is at least this are reported, millionths.
    pub threshold_ppm: i64,
}

impl Settings {
    /// From the configuration.
    ///
    /// # Errors
    /// [`ConfigError`] naming the setting.
    pub fn read(config: &Config) -> Result<Self, ConfigError> {
        let minutes: u64 = config.get("monitor.interval_min")?;
        let threshold: f64 = config.get("monitor.threshold_pct")?;
        #[allow(clippy::cast_possible_truncation)] // bounded by the table of settings
        let threshold_ppm = (threshold * 10_000.0).round() as i64;
        Ok(Self { interval: (minutes > 0).then(|| Duration::from_secs(minutes * 60)), threshold_ppm })
    }
}

/// Whether a report has something that a person who did not ask should be told.
fn has_news(report: &MonitorReport) -> bool {
    let ordinary = |why: &MonitorWhy| matches!(why, MonitorWhy::Better | MonitorWhy::PaysNot);
    report.rows.iter().any(|row| !row.why.iter().all(ordinary))
}

/// Whether an answer to a run by the clock needs no telling: nothing of note was found, or something outside kept it from looking, which is
/// logged and tried again at the next slot.
#[must_use]
pub fn is_quiet(asker: &str, end: &End) -> bool {
    let told = match end {
        Ok(Report::Monitor(report)) => has_news(report),
        Ok(_) => true,
        Err(error) => error.kind.is_dead_letter(),
    };
    asker == ASKER && !told
}

/// Starts the timer for as long as `stop` is not cancelled; `None` when `monitor.interval_min` is 0 or the source is a recording, which
/// stands still.
///
/// # Errors
/// [`ConfigError`] naming the setting.
pub fn start(
    app: &Arc<App>,
    tell: Tell,
    stop: CancellationToken,
) -> Result<Option<tokio::task::JoinHandle<()>>, ConfigError> {
    let settings = Settings::read(&app.config)?;
    let recorded = matches!(app.source.label(), SourceLabel::Recorded { .. });
    let Some(interval) = settings.interval.filter(|_| !recorded) else { return Ok(None) };
    let timer = Timer {
        betty: app.betty.clone(),
        interval,
        threshold_ppm: settings.threshold_ppm,
        deadline: Duration::from_secs(app.config.get("betty.deadline_s")?),
        tell,
    };
    Ok(Some(tokio::spawn(timer.run(stop))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_bus::report::MonitorRow;
    use betty_bus::{HedgeId, TaskError, TaskErrorKind};
    use betty_market::Timestamp;

    #[test]
    fn only_what_a_person_should_know_is_told_without_being_asked_for() {
        let report = |whys: &[&[MonitorWhy]]| {
            let row = |why: &&[MonitorWhy]| MonitorRow {
                id: HedgeId::new(1).unwrap(),
                legs: Vec::new(),
                before_ppm: 0,
                now_ppm: None,
                why: why.to_vec(),
                words: String::new(),
            };
            Ok(Report::Monitor(MonitorReport {
                source: SourceLabel::Live,
                at: Timestamp::default(),
                threshold_ppm: 0,
                watched: 1,
                rows: whys.iter().map(row).collect(),
            }))
        };
        use MonitorWhy as W;
        for quiet in [report(&[]), report(&[&[W::PaysNot], &[W::Better]])] {
            assert!(is_quiet(ASKER, &quiet) && !is_quiet("somebody", &quiet));
        }
        for why in [W::RulesChanged, W::Resolved, W::Disputed, W::Missing, W::BetterThanEntry, W::PastThreshold] {
            assert!(!is_quiet(ASKER, &report(&[&[W::PaysNot], &[why, W::Better]])), "{why:?}");
        }
        let failed = |kind| Err(TaskError::new(kind, "x"));
        assert!(is_quiet(ASKER, &failed(TaskErrorKind::Unavailable)));
        assert!(!is_quiet(ASKER, &failed(TaskErrorKind::Panic)));
    }
}
