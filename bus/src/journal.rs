//! The journal: accept, claim, finish, recover. Storage implements it; the orchestrator drives it.

use crate::effect::Effect;
use crate::error::TaskError;
use crate::id::TaskId;
use crate::report::Report;
use crate::task::Task;
use async_trait::async_trait;
use betty_market::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a task came from and where its answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `console`, `discord`, `cli` or `schedule`.
    pub door: String,
    /// Who asked, as the door names people: a user id, or `local`.
    pub asker: String,
    /// What the door needs to answer, in its own format: channel and message ids. No secrets.
    pub reply_to: serde_json::Value,
    /// The line as given, redacted.
    pub line: String,
}

/// A task to accept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewTask {
    /// What to do.
    pub task: Task,
    /// For whom.
    pub origin: Origin,
    /// The same key is accepted once: a chat message id, a schedule's slot.
    pub idempotency_key: Option<String>,
    /// The task this one belongs to.
    pub parent: Option<TaskId>,
    /// Attempts allowed in all, at least 1, over all processes.
    pub attempts_max: u32,
    /// Milliseconds one attempt may run.
    pub deadline_ms: u64,
    /// When it was accepted, machine time.
    pub at: Timestamp,
}

/// Where a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Accepted, waiting for an attempt.
    Queued,
    /// An attempt runs.
    Running,
    /// Ended well.
    Done,
    /// Ended otherwise.
    Failed,
    /// Ended by a person or a stop.
    Cancelled,
}

/// One attempt as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// From 1.
    pub number: u32,
    /// Which process ran it.
    pub owner: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// `running`, `ok`, or the error kind; `crashed` when its process died.
    pub outcome: String,
}

/// A task as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRow {
    /// Its number.
    pub id: TaskId,
    /// As accepted.
    pub new: NewTask,
    /// Where it is.
    pub state: TaskState,
    /// Attempts, oldest first.
    pub attempts: Vec<AttemptRow>,
    /// The end, once there is one.
    pub end: Option<Result<Report, TaskError>>,
}

/// The right to run one attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The task.
    pub id: TaskId,
    /// This attempt, counted before it runs.
    pub attempt: u32,
    /// As accepted.
    pub new: NewTask,
}

/// An answer waiting to be delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Its number.
    pub id: i64,
    /// The task.
    pub task: TaskId,
    /// Where it goes.
    pub origin: Origin,
    /// The answer.
    pub end: Result<Report, TaskError>,
}

/// An end that a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its number.
    pub id: i64,
    /// The task.
    pub task: TaskId,
    /// When.
    pub at: Timestamp,
    /// What it was to do.
    pub work: Task,
    /// Why it ended.
    pub error: TaskError,
}

/// How an attempt ended, to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptEnd {
    /// Well: the report and its effects end the task.
    Done(Report, Vec<Effect>),
    /// Otherwise, and the task ends with it.
    Failed(TaskError),
    /// Otherwise, and the task is queued again while attempts are left; at the cap it ends with the error.
    Retry(TaskError),
}

/// What became of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The task has ended; the answer is in the outbox.
    Ended,
    /// The task waits for its next attempt.
    Requeued,
    /// The attempt was not the current one, or the task had ended: nothing was written.
    Fenced,
}

/// Why the journal refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The database did not answer.
    #[error(
        "the database did not answer: {0}. Free disk space and the rights on the data directory are the usual causes"
    )]
    Database(String),
    /// State changed between reading and writing: the effects were not applied, nor was the end.
    #[error("the account changed while the trade was worked out; nothing was written")]
    Conflict,
    /// The effects break an invariant, such as postings that do not sum to zero. A defect; nothing was written.
    #[error("the result breaks an invariant: {0}; nothing was written")]
    Invariant(String),
    /// A newer version of Betty wrote this database.
    #[error(
        "the database was written by a newer Betty (schema {found}, this one knows up to {known}): install that version, or choose another --data-dir"
    )]
    Newer {
        /// Schema found.
        found: String,
        /// Newest schema known here.
        known: String,
    },
}

/// Accept, claim, finish, recover. Each call is one transaction.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes a task. Returns its number, and whether it is new (false: the idempotency key was seen before).
    async fn accept(&self, new: NewTask) -> Result<(TaskId, bool), JournalError>;
    /// Counts an attempt and hands it out, if the task is queued and its cap not reached; else `None`.
    async fn claim(&self, task: TaskId, owner: &str, at: Timestamp) -> Result<Option<Claim>, JournalError>;
    /// Writes the end of an attempt with its effects, the answer in the outbox and, for defects, a dead letter.
    async fn finish(
        &self,
        task: TaskId,
        attempt: u32,
        end: AttemptEnd,
        at: Timestamp,
    ) -> Result<Finished, JournalError>;
    /// Ends a task that is not running, or marks a running one; returns whether it had not ended yet.
    async fn cancel(&self, task: TaskId, why: &str, at: Timestamp) -> Result<bool, JournalError>;
    /// Owners with running attempts.
    async fn owners(&self) -> Result<Vec<String>, JournalError>;
    /// Closes the running attempts of a dead owner as crashed and queues their tasks, or ends them at the cap. Returns their tasks.
    async fn recover(&self, owner: &str, at: Timestamp) -> Result<Vec<TaskId>, JournalError>;
    /// Tasks that wait, oldest first.
    async fn queued(&self, limit: u32) -> Result<Vec<TaskId>, JournalError>;
    /// One task.
    async fn task(&self, id: TaskId) -> Result<Option<TaskRow>, JournalError>;
    /// Tasks, newest first; of one asker when given.
    async fn tasks(&self, asker: Option<&str>, limit: u32) -> Result<Vec<TaskRow>, JournalError>;
    /// Answers not delivered yet, oldest first, of one door.
    async fn outbox(&self, door: &str, limit: u32) -> Result<Vec<OutboxRow>, JournalError>;
    /// Marks an answer as delivered.
    async fn delivered(&self, outbox_id: i64, at: Timestamp) -> Result<(), JournalError>;
    /// Sets a small named value outside any task: how far a simulated venue has come, a door's session.
    async fn set_setting(&self, key: &str, value: &str) -> Result<(), JournalError>;
    /// Dead letters, newest first.
    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, JournalError>;
}
