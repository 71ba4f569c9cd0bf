//! The monitor: its settings, and which of its answers are worth a word to somebody who did not ask. When it runs by the clock is a matter
//! of [`crate::schedule`].

use crate::config::{Config, ConfigError};
use betty_bus::report::{MonitorReport, MonitorWhy};
use std::time::Duration;

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
pub(crate) fn has_news(report: &MonitorReport) -> bool {
    let ordinary = |why: &MonitorWhy| matches!(why, MonitorWhy::Better | MonitorWhy::PaysNot);
    report.rows.iter().any(|row| !row.why.iter().all(ordinary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{ASKER, is_quiet};
    use betty_bus::report::MonitorRow;
    use betty_bus::{HedgeId, Report, TaskError, TaskErrorKind};
    use betty_market::{SourceLabel, Timestamp};

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
