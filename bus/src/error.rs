//! How an attempt can end other than well, as a value.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind one can match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskErrorKind {
    /// The answer is no, with its reason: a hedge that does not exist, a trade that breaks a limit. Never retried.
    Refused,
    /// The specialist cannot work in this configuration; the message names the setting. Never retried.
    NotConfigured,
    /// Something outside did not answer. Retried up to the task's cap.
    Unavailable,
    /// State changed between reading and writing. Retried up to the task's cap.
    Conflict,
    /// The deadline passed.
    Deadline,
    /// Cancelled by a person or by a stop.
    Cancelled,
    /// The attempt panicked: a defect. Ends as a dead letter.
    Panic,
    /// The process died while the attempt ran, and the cap was reached.
    Crashed,
    /// A defect that was noticed before it could panic.
    Internal,
}

impl TaskErrorKind {
    /// Whether another attempt can help.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Conflict)
    }

    /// Whether the end of the task is kept as a dead letter for a person to read and replay.
    #[must_use]
    pub const fn is_dead_letter(self) -> bool {
        matches!(self, Self::Panic | Self::Crashed | Self::Internal)
    }
}

/// A typed error with a message for people: what happened, why, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskError {
    /// What one can match on.
    pub kind: TaskErrorKind,
    /// For people.
    pub message: String,
}

impl TaskError {
    /// Any kind.
    #[must_use]
    pub fn new(kind: TaskErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A refusal.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(TaskErrorKind::Refused, message)
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TaskError {}

impl From<betty_market::SourceError> for TaskError {
    fn from(e: betty_market::SourceError) -> Self {
        use betty_market::SourceError as S;
        let kind = match &e {
            S::Unavailable { .. } | S::Malformed { .. } => TaskErrorKind::Unavailable,
            _ => TaskErrorKind::Refused,
        };
        Self::new(kind, e.to_string())
    }
}
