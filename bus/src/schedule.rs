//! Work by the clock: what is done when, and which slot of time was taken last. Storage keeps it; the orchestrator asks.
//!
//! A *slot* is an instant at which a schedule is due. Each is taken by one process, once, whatever becomes of the work.

use crate::id::{AccountName, TaskId};
use crate::journal::{JournalError, NewTask};
use crate::task::{HedgeTask, PaperTask, Task};
use async_trait::async_trait;
use betty_market::Timestamp;
use serde::{Deserialize, Serialize};

/// What becomes of a slot that passed while nothing ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Nothing: the next slot is soon enough.
    Skip,
    /// The latest is made up for, once, however many there were.
    RunOnce,
}

impl Missed {
    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::RunOnce => "run_once",
        }
    }
}

/// What a schedule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Job {
    /// Prove and price over the whole venue.
    Scan,
    /// Price stored hedges again.
    Monitor {
        /// Report hedges whose net edge is at least this, millionths.
        threshold_ppm: i64,
    },
    /// Say how the paper account stands.
    Note,
    /// Copy the database. No specialist does it.
    Backup {
        /// Copies kept, the newest.
        keep: u32,
    },
}

impl Job {
    /// The work itself, where it is one for a specialist.
    #[must_use]
    pub const fn task(&self) -> Option<Task> {
        Some(match self {
            Self::Scan => Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 }),
            Self::Monitor { threshold_ppm } => Task::Hedge(HedgeTask::Monitor { threshold_ppm: *threshold_ppm }),
            Self::Note => Task::Paper(PaperTask::Portfolio),
            Self::Backup { .. } => return None,
        })
    }
}

/// What is configured of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name, unique for each kind of data.
    pub name: String,
    /// When it is due, as text; empty is never.
    pub timetable: String,
    /// The time zone of the timetable, such as `Europe/Berlin`.
    pub zone: String,
    /// What becomes of missed slots.
    pub missed: Missed,
    /// What it does.
    pub job: Job,
}

/// A schedule as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRow {
    /// As configured by whoever started last.
    pub definition: Definition,
    /// Whether a person paused it.
    pub paused: bool,
    /// A person wants slots up to this one left out.
    pub skip: Option<Timestamp>,
    /// Slots up to here do not count as missed: the schedule was made, changed or resumed then.
    pub since: Timestamp,
    /// The last slot taken, written before its work ran.
    pub fired_for: Option<Timestamp>,
    /// When it was taken.
    pub fired_at: Option<Timestamp>,
    /// The task of the last slot that led to one.
    pub task: Option<TaskId>,
    /// Why the last slot taken led to no task, or what came of work that is none; `None` when it led to one.
    pub passed: Option<String>,
}

impl ScheduleRow {
    /// The instant after which slots are due.
    #[must_use]
    pub fn after(&self) -> Timestamp {
        self.fired_for.map_or(self.since, |slot| slot.max(self.since))
    }
}

/// What became of an attempt to take a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It was free, and its work is accepted.
    Accepted(TaskId),
    /// It was free and is now taken for work that is no task.
    Begun,
    /// It, or a later one, was taken before: nothing was written.
    Taken(Box<ScheduleRow>),
    /// It was free and is now taken without work: the task of an earlier slot has not ended.
    Overlap(TaskId),
    /// It was free and is now taken without work: a person wanted it left out.
    Skipped,
    /// A person paused the schedule: nothing was written.
    Paused,
    /// There is no such schedule.
    Unknown,
}

/// Schedules of one kind of data each. Every call is one transaction.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Writes what is configured. A schedule that is new, or due at other times than before, counts from `at`.
    async fn define(&self, source: &AccountName, definitions: &[Definition], at: Timestamp)
    -> Result<(), JournalError>;
    /// All, by name.
    async fn schedules(&self, source: &AccountName) -> Result<Vec<ScheduleRow>, JournalError>;
    /// Takes a slot and accepts its work in one transaction, unless it was taken, is to be left out, or would overlap. The key of the
    /// work is that of the slot, whatever `work` says.
    async fn claim_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        work: NewTask,
    ) -> Result<Claimed, JournalError>;
    /// Takes a slot for work that is no task; what comes of it is told with [`Self::end_slot`], and until then that it has begun.
    async fn begin_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        at: Timestamp,
    ) -> Result<Claimed, JournalError>;
    /// Keeps what came of the work of a slot, unless a later one was taken meanwhile.
    async fn end_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        outcome: &str,
    ) -> Result<(), JournalError>;
    /// Takes a slot without work and keeps why; false when it was taken before, or the schedule is paused or unknown.
    async fn pass_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        why: &str,
        at: Timestamp,
    ) -> Result<bool, JournalError>;
    /// Pauses or resumes; false when there is no such schedule. A resumed one counts from `at`: what passed meanwhile is not missed, and a
    /// slot that was taken while the clock was ahead is forgotten.
    async fn set_paused(
        &self,
        source: &AccountName,
        name: &str,
        paused: bool,
        at: Timestamp,
    ) -> Result<bool, JournalError>;
    /// Leaves out the slots up to this one; false when there is no such schedule.
    async fn set_skip(&self, source: &AccountName, name: &str, slot: Timestamp) -> Result<bool, JournalError>;
}

/// The key that lets the work of a slot be accepted once.
#[must_use]
pub fn slot_key(source: &AccountName, name: &str, slot: Timestamp) -> String {
    format!("schedule:{source}:{name}:{}", slot.millis())
}
