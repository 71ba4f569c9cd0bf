//! Work by the clock: a scan, the monitor, a daily note and a backup, each a row in the database with its timetable.
//!
//! * This file: what is configured, and which answers are told. [`timetable`]: when something is due. [`decide`]: what is to be done now.
//! * [`driver`]: the clock and the database around them. [`hand`]: a slot taken by a person or a timer of the system. [`backup`]: the one work that
//!   is no task.
//!
//! A slot of time is taken in the transaction that accepts its work, so it is worked once over all processes and doors that share a
//! database, and a kill in between loses neither. The work is a task like any other: it can be cancelled and is counted.

pub mod backup;
pub mod decide;
pub mod driver;
pub mod hand;
#[cfg(test)]
mod tests;
pub mod timetable;

use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::render::End;
use crate::watch::Tell;
use backup::Backups;
use betty_bus::journal::{NewTask, Origin};
use betty_bus::{AccountName, Definition, Job, JournalError, Missed, Report, ScheduleRow, Schedules as _, Task};
use betty_market::{SourceLabel, Timestamp};
use driver::Driver;
use std::sync::Arc;
use std::time::Duration;
use timetable::Timetable;
use tokio_util::sync::CancellationToken;

/// Who asks for scheduled work, as the journal names askers. No door names a person so.
pub const ASKER: &str = "schedule";
/// The names of all schedules, in the order people see them.
pub const NAMES: &[&str] = &["backup", "monitor", "note", "scan"];
/// The folder of backups in the data directory.
pub const BACKUPS: &str = "backups";

/// The schedules as configured.
///
/// # Errors
/// [`ConfigError`] naming the setting that cannot be used.
pub fn configured(config: &Config) -> Result<Vec<Definition>, ConfigError> {
    let zone = config.text("schedule.zone").unwrap_or("UTC").to_owned();
    Timetable::parse("", &zone).map_err(|why| config.bad("schedule.zone", &why))?;
    let timetable = |key: &str| {
        let text = config.text(key).unwrap_or_default().trim().to_owned();
        Timetable::parse(&text, &zone).map_err(|why| config.bad(key, &why))?;
        Ok(text)
    };
    let missed = match config.text("schedule.missed") {
        Some("skip") => Missed::Skip,
        _ => Missed::RunOnce,
    };
    let interval: u64 = config.get("monitor.interval_min")?;
    let threshold: f64 = config.get("monitor.threshold_pct")?;
    #[allow(clippy::cast_possible_truncation)] // bounded by the table of settings
    let threshold_ppm = (threshold * 10_000.0).round() as i64;
    let define = |name: &str, timetable, missed, job| Definition {
        name: name.to_owned(),
        timetable,
        zone: zone.clone(),
        missed,
        job,
    };
    let monitor = match timetable("schedule.monitor")? {
        // The interval says it, unless a timetable does; 0 is never in any case.
        text if text.is_empty() || interval == 0 => Timetable::of_interval(interval),
        text => text,
    };
    Ok(vec![
        define(
            "backup",
            timetable("schedule.backup")?,
            missed,
            Job::Backup { keep: config.get("schedule.backup_keep")? },
        ),
        // Prices of half an hour ago are of no use: the next look is soon enough.
        define("monitor", monitor, Missed::Skip, Job::Monitor { threshold_ppm }),
        define("note", timetable("schedule.note")?, missed, Job::Note),
        define("scan", timetable("schedule.scan")?, missed, Job::Scan),
    ])
}

/// The schedules of this Betty's kind of data, after what is configured was written down.
///
/// # Errors
/// When the database did not answer, or the configuration cannot be used, in words.
pub(crate) async fn rows(app: &App) -> Result<Vec<ScheduleRow>, String> {
    let definitions = configured(&app.config).map_err(|e| e.to_string())?;
    let source = account(app)?;
    let read = async {
        app.store.define(&source, &definitions, app.betty.clock.now()).await?;
        app.store.schedules(&source).await
    };
    let rows = read.await.map_err(|e: JournalError| e.to_string())?;
    // What an earlier version knew is left alone and not shown.
    Ok(rows.into_iter().filter(|r| NAMES.contains(&r.definition.name.as_str())).collect())
}

/// The kind of data whose schedules this Betty keeps; the error is a defect.
pub(crate) fn account(app: &App) -> Result<AccountName, String> {
    AccountName::new(app.source.label().account())
}

/// Whether the source stands still: then the clock leads to nothing.
pub(crate) fn stands_still(app: &App) -> bool {
    matches!(app.source.label(), SourceLabel::Recorded { .. })
}

/// What makes this Betty's backups.
pub(crate) fn backups(app: &App) -> Backups {
    Backups { store: app.store.clone(), dir: app.data_dir.join(BACKUPS) }
}

/// The work of a schedule, to be accepted with its slot.
pub(crate) fn work(task: Task, origin: Origin, deadline_ms: u64, at: Timestamp) -> NewTask {
    NewTask {
        task,
        origin,
        // The key is that of the slot.
        idempotency_key: None,
        parent: None,
        attempts_max: crate::reception::ATTEMPTS_MAX,
        deadline_ms,
        at,
    }
}

/// Whether an answer to scheduled work needs no telling: nothing of note was found, or something outside kept it from looking, which is
/// logged and tried again at the next slot. Scans are judged by [`crate::reception`], which can say what is new; a note is always told.
#[must_use]
pub fn is_quiet(asker: &str, end: &End) -> bool {
    let told = match end {
        Ok(Report::Monitor(report)) => crate::monitor::has_news(report),
        Ok(Report::Scan(report)) => !(report.hedges.is_empty() && report.baskets.is_empty()),
        Ok(_) => true,
        Err(error) => error.kind.is_dead_letter(),
    };
    asker == ASKER && !told
}

/// Starts the clock for as long as `stop` is not cancelled; `None` when the source is a recording, which stands still.
///
/// # Errors
/// [`ConfigError`] naming the setting.
pub fn start(
    app: &Arc<App>,
    tell: Tell,
    stop: CancellationToken,
) -> Result<Option<tokio::task::JoinHandle<()>>, ConfigError> {
    let definitions = configured(&app.config)?;
    if stands_still(app) {
        return Ok(None);
    }
    let driver = Driver {
        betty: app.betty.clone(),
        schedules: app.store.clone(),
        source: account(app).map_err(|why| app.config.bad("market.source", &why))?,
        definitions,
        backups: backups(app),
        sleep_max: driver::SLEEP_MAX,
        deadline: Duration::from_secs(app.config.get("betty.deadline_s")?),
        tell,
    };
    Ok(Some(tokio::spawn(driver.run(stop))))
}
