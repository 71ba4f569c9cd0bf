//! The message as the tap sees it: who, to whom, what, for which task, how big, how long, how it ended.

use crate::id::TaskId;
use crate::redact::redact;
use betty_market::Timestamp;
use serde::{Deserialize, Serialize};

/// What a message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A person's line came in at a door.
    Line,
    /// A task was accepted.
    Accepted,
    /// An attempt was handed to a specialist.
    Run,
    /// A specialist tells how far it is.
    Progress,
    /// An attempt ended.
    Ended,
    /// A task has ended and its answer lies in the outbox.
    Answer,
    /// A cancel.
    Cancel,
    /// Supervision: an actor started, restarted or gave up.
    Supervision,
    /// Somebody looked at the messages.
    Inspection,
}

/// Longest payload preview kept, in characters.
pub const PREVIEW_CHARS_MAX: usize = 240;

/// One message. The preview is redacted and cut when it is made, so nothing behind this type ever sees the raw text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Number in this process, from 1.
    pub seq: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// Sender.
    pub from: String,
    /// Receiver.
    pub to: String,
    /// What it does.
    pub kind: MessageKind,
    /// The task it belongs to.
    pub task: Option<TaskId>,
    /// Number of the message that caused it.
    pub cause: Option<u64>,
    /// Attempt of the task, from 1.
    pub attempt: Option<u32>,
    /// Size of the payload in bytes.
    pub bytes: usize,
    /// From the cause to this message, in milliseconds.
    pub latency_ms: Option<u64>,
    /// How it ended, for ends: `ok` or the error kind.
    pub outcome: Option<String>,
    preview: String,
}

impl Envelope {
    /// A message with an empty preview; the tap numbers it.
    #[must_use]
    pub fn new(at: Timestamp, from: impl Into<String>, to: impl Into<String>, kind: MessageKind) -> Self {
        Self {
            seq: 0,
            at,
            from: from.into(),
            to: to.into(),
            kind,
            task: None,
            cause: None,
            attempt: None,
            bytes: 0,
            latency_ms: None,
            outcome: None,
            preview: String::new(),
        }
    }

    /// Adds the task and attempt.
    #[must_use]
    pub fn task(mut self, task: TaskId, attempt: Option<u32>) -> Self {
        self.task = Some(task);
        self.attempt = attempt;
        self
    }

    /// Adds the payload's size and its redacted, cut preview.
    #[must_use]
    pub fn payload(mut self, text: &str) -> Self {
        self.bytes = text.len();
        self.preview = redact(text).chars().take(PREVIEW_CHARS_MAX).collect();
        self
    }

    /// Adds how it ended and how long it took.
    #[must_use]
    pub fn outcome(mut self, outcome: impl Into<String>, latency_ms: u64) -> Self {
        self.outcome = Some(outcome.into());
        self.latency_ms = Some(latency_ms);
        self
    }

    /// The redacted beginning of the payload.
    #[must_use]
    pub fn preview(&self) -> &str {
        &self.preview
    }
}
