//! Takes slots while Betty serves: the clock and the database around one decision for each schedule.

use super::backup::Backups;
use super::decide::{Decision, decide};
use super::timetable::Timetable;
use super::{ASKER, NAMES, work};
use crate::runtime::handle::Betty;
use crate::watch::{Tell, nobody_told};
use betty_bus::journal::Origin;
use betty_bus::{AccountName, Claimed, Definition, Job, JournalError, ScheduleRow, Schedules};
use betty_market::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longest sleep: a schedule that was resumed elsewhere, or a clock that was changed, is noticed after this.
pub const SLEEP_MAX: Duration = Duration::from_secs(30);
/// Shortest sleep: a slot that cannot be taken now is not asked for in a hot loop.
const SLEEP_MIN: Duration = Duration::from_millis(20);

/// What the driver needs.
pub struct Driver {
    /// Work, journal and clock.
    pub betty: Betty,
    /// Which slots were taken.
    pub schedules: Arc<dyn Schedules>,
    /// The kind of data whose schedules are driven.
    pub source: AccountName,
    /// As configured.
    pub definitions: Vec<Definition>,
    /// What makes copies of the database.
    pub backups: Backups,
    /// Longest sleep between two looks.
    pub sleep_max: Duration,
    /// For one attempt.
    pub deadline: Duration,
    /// Where answers go.
    pub tell: Tell,
}

impl Driver {
    /// Takes slots until `stop`. While Betty is paused, and for a specialist that has given up, none is taken: another process may do the
    /// work, and what passes is missed like any other.
    pub async fn run(self, stop: CancellationToken) {
        let mut defined = false;
        loop {
            if !defined {
                let written = self.schedules.define(&self.source, &self.definitions, self.betty.clock.now()).await;
                defined = written.inspect_err(|e| tracing::warn!(%e, "schedules could not be written")).is_ok();
            }
            let next = match self.round().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "schedules could not be read");
                    None
                }
            };
            if self.tell.is_nobody() {
                nobody_told(&self.betty).await;
            }
            let wait = next.map_or(i64::MAX, |at| at.since(self.betty.clock.now()).max(0));
            let wait = Duration::from_millis(wait.unsigned_abs()).max(SLEEP_MIN).min(self.sleep_max);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Looks at every schedule once; gives the next instant at which one is due.
    async fn round(&self) -> Result<Option<Timestamp>, JournalError> {
        let rows = self.schedules.schedules(&self.source).await?;
        let mut next = None::<Timestamp>;
        for row in rows.iter().filter(|r| !r.paused && NAMES.contains(&r.definition.name.as_str())) {
            let d = &row.definition;
            let table = match Timetable::parse(&d.timetable, &d.zone) {
                Ok(table) => table,
                Err(why) => {
                    tracing::warn!(schedule = d.name, why, "a schedule written by another version cannot be read");
                    continue;
                }
            };
            let due = match decide(&table, row.after(), self.betty.clock.now(), d.missed) {
                Decision::Wait { until } => until,
                Decision::Fire { slot, missed } => {
                    self.fire(row, slot, missed).await?;
                    table.next(slot)
                }
                Decision::Pass { slot, missed } => {
                    let why = format!("{missed} passed while nobody was there to begin");
                    let at = self.betty.clock.now();
                    if self.schedules.pass_slot(&self.source, &d.name, slot, &why, at).await? {
                        tracing::info!(schedule = d.name, %slot, missed, "missed, and not made up for");
                    }
                    table.next(slot)
                }
            };
            next = match (next, due) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(next)
    }

    async fn fire(&self, row: &ScheduleRow, slot: Timestamp, missed: u32) -> Result<(), JournalError> {
        let d = &row.definition;
        let task = match d.job.task() {
            Some(task) => task,
            None => return self.chore(d, slot).await,
        };
        let specialist = task.specialist().to_string();
        let given_up = self.betty.actors().iter().any(|a| a.name == specialist && a.state != "running");
        let paused = self.betty.load(None).await.is_none_or(|load| load.paused);
        if given_up || paused {
            return Ok(());
        }
        let origin = Origin {
            door: self.tell.door().to_owned(),
            asker: ASKER.to_owned(),
            reply_to: self.tell.reply_to().clone(),
            line: format!("{} by the clock, {slot}", d.name),
        };
        let deadline = u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX);
        let work = work(task, origin, deadline, self.betty.clock.now());
        match self.schedules.claim_slot(&self.source, &d.name, slot, work.clone()).await? {
            Claimed::Accepted(task) => {
                tracing::info!(schedule = d.name, %slot, missed, %task, "begun");
                self.betty.accepted(task, &work);
            }
            Claimed::Overlap(task) => {
                tracing::warn!(schedule = d.name, %slot, %task, "the run before has not ended, so this slot passes without one");
            }
            Claimed::Skipped => tracing::info!(schedule = d.name, %slot, "left out, as asked"),
            // Another process was first, or a person has just paused it.
            Claimed::Taken(_) | Claimed::Paused | Claimed::Unknown | Claimed::Begun => {}
        }
        Ok(())
    }

    /// Begins work that is no task. It goes on beside the clock; a kill leaves its slot taken and its row saying that it had begun.
    async fn chore(&self, d: &Definition, slot: Timestamp) -> Result<(), JournalError> {
        let Job::Backup { keep } = d.job else { return Ok(()) };
        if self.schedules.begin_slot(&self.source, &d.name, slot, self.betty.clock.now()).await? != Claimed::Begun {
            return Ok(());
        }
        let (backups, schedules) = (self.backups.clone(), self.schedules.clone());
        let (source, name) = (self.source.clone(), d.name.clone());
        tokio::spawn(async move {
            let outcome = super::hand::copied(&backups, slot, keep).await;
            let words = outcome.unwrap_or_else(|why| why);
            if let Err(error) = schedules.end_slot(&source, &name, slot, &words).await {
                tracing::warn!(%error, schedule = name, "what came of a slot could not be kept");
            }
        });
        Ok(())
    }
}
