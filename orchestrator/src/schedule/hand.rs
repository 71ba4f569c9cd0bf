//! A slot taken by hand: `!schedule run`, and `betty schedule run` in a timer of the system. It is the slot the service would take, so
//! whoever comes second does nothing.

use super::backup::Backups;
use super::timetable::Timetable;
use super::{account, backups, rows, work};
use crate::app::App;
use betty_bus::journal::Origin;
use betty_bus::{Claimed, Job, ScheduleRow, Schedules as _, TaskId};
use betty_market::Timestamp;

/// How the outcome of work begins that failed.
pub(crate) const FAILED: &str = "failed";

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Run {
    /// The work is accepted.
    Accepted(TaskId),
    /// It was done here and now, in a sentence.
    Done(String),
    /// Nothing is done, in a sentence; that is as it should be.
    Nothing(String),
}

/// A schedule by name with its timetable.
///
/// # Errors
/// A sentence: no such schedule, or the database did not answer.
pub(crate) async fn named(app: &App, name: &str) -> Result<(ScheduleRow, Timetable), String> {
    let rows = rows(app).await?;
    let row = rows.into_iter().find(|r| r.definition.name == name);
    let row = row.ok_or_else(|| format!("there is no schedule {name:?}; there are {}", super::NAMES.join(", ")))?;
    let table = Timetable::parse(&row.definition.timetable, &row.definition.zone)?;
    Ok((row, table))
}

/// Takes the latest slot and accepts its work, unless it was taken before.
///
/// # Errors
/// A sentence: no such schedule, one that is off, or the database did not answer.
pub(crate) async fn run(app: &App, name: &str, origin: Origin) -> Result<Run, String> {
    let (row, table) = named(app, name).await?;
    let now = app.betty.clock.now();
    let Some(slot) = table.latest(now) else {
        return Err(format!(
            "{name} is never due: {}",
            if matches!(table, Timetable::Off) {
                "it is off in the configuration"
            } else {
                "its timetable has no past"
            }
        ));
    };
    let at = table.local(slot);
    let Some(task) = row.definition.job.task() else {
        let source = account(app)?;
        let begun = app.store.begin_slot(&source, name, slot, now).await.map_err(|e| e.to_string())?;
        let (Claimed::Begun, Job::Backup { keep }) = (&begun, &row.definition.job) else {
            return nothing(name, begun, &table, &at, now);
        };
        let outcome = copied(&backups(app), slot, *keep).await;
        let (Ok(words) | Err(words)) = &outcome;
        app.store.end_slot(&source, name, slot, words).await.map_err(|e| e.to_string())?;
        return outcome.map(Run::Done);
    };
    let deadline = app.config.get::<u64>("betty.deadline_s").map_err(|e| e.to_string())?;
    let work = work(task, origin, deadline.saturating_mul(1_000), now);
    let claimed = app.store.claim_slot(&account(app)?, name, slot, work.clone()).await.map_err(|e| e.to_string())?;
    if let Claimed::Accepted(task) = claimed {
        app.betty.accepted(task, &work);
        return Ok(Run::Accepted(task));
    }
    nothing(name, claimed, &table, &at, now)
}

/// Makes a copy of the database; what came of it in a sentence.
///
/// # Errors
/// What came of it, when that is no copy.
pub(crate) async fn copied(backups: &Backups, slot: Timestamp, keep: u32) -> Result<String, String> {
    let made = backups.make(slot, keep).await;
    if let Err(why) = &made {
        tracing::error!(why, "the backup failed");
    }
    made.map_err(|why| format!("{FAILED}: {why}"))
}

/// Why a slot led to no work here.
fn nothing(name: &str, claimed: Claimed, table: &Timetable, at: &str, now: Timestamp) -> Result<Run, String> {
    let next = || until(table, now);
    Ok(match claimed {
        Claimed::Accepted(_) | Claimed::Begun => return Err(format!("{name} cannot be run by this version")),
        Claimed::Taken(row) if row.fired_for.is_some_and(|taken| taken > now) => Run::Nothing(format!(
            "A slot in the future was taken, {}: the clock was ahead. `!schedule resume {name}` forgets it.",
            row.fired_for.map_or_else(String::new, |t| table.local(t))
        )),
        Claimed::Taken(row) => Run::Nothing(match (row.passed, row.task) {
            (Some(outcome), _) if row.definition.job.task().is_none() => {
                format!("The slot of {at} was taken already: {outcome}. {}", next())
            }
            (Some(why), _) => format!("The slot of {at} is over without a run: {why}. {}", next()),
            (None, Some(task)) => format!("The slot of {at} has run already, as task {task}. {}", next()),
            (None, None) => format!("The slot of {at} was taken already. {}", next()),
        }),
        Claimed::Overlap(task) => Run::Nothing(format!(
            "Task {task} of an earlier slot has not ended, so the slot of {at} passes without a run. {}",
            next()
        )),
        Claimed::Skipped => Run::Nothing(format!("The slot of {at} is left out, as asked. {}", next())),
        Claimed::Paused => Run::Nothing(format!("{name} is paused. `!schedule resume {name}` starts it again.")),
        Claimed::Unknown => return Err(format!("there is no schedule {name:?} any more")),
    })
}

/// When it is due next, as a sentence.
pub(crate) fn until(table: &Timetable, now: Timestamp) -> String {
    table.next(now).map_or_else(|| "It is never due again.".to_owned(), |t| format!("Next: {}.", table.local(t)))
}
