//! A slot taken by hand: `!schedule run`, and `betty schedule run` in a timer of the system. It is the slot the service would take, so
//! whoever comes second does nothing.

use super::timetable::Timetable;
use super::{account, rows, work};
use crate::app::App;
use betty_bus::journal::Origin;
use betty_bus::{Claimed, ScheduleRow, Schedules as _, TaskId};
use betty_market::Timestamp;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Run {
    /// The work is accepted.
    Accepted(TaskId),
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
            if matches!(table, Timetable::Off) { "it is off in the configuration" } else { "its timetable has no past" }
        ));
    };
    let next = || until(&table, slot.max(now));
    let deadline = app.config.get::<u64>("betty.deadline_s").map_err(|e| e.to_string())?;
    let work = work(&row.definition.job, origin, deadline.saturating_mul(1_000), now);
    let claimed = app.store.claim_slot(&account(app)?, name, slot, work.clone()).await.map_err(|e| e.to_string())?;
    let at = table.local(slot);
    Ok(match claimed {
        Claimed::Accepted(task) => {
            app.betty.accepted(task, &work);
            Run::Accepted(task)
        }
        Claimed::Taken(row) if row.fired_for.is_some_and(|taken| taken > now) => Run::Nothing(format!(
            "A slot in the future was taken, {}: the clock was ahead. `!schedule resume {name}` forgets it.",
            row.fired_for.map_or_else(String::new, |t| table.local(t))
        )),
        Claimed::Taken(row) => Run::Nothing(match (row.passed, row.task) {
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
