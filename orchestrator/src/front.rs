//! What a door needs of Betty: hand a line in, hear how it goes, deliver the answer.

use crate::card::Card;
use async_trait::async_trait;
use betty_bus::TaskId;
use betty_market::Timestamp;
use tokio::sync::broadcast;

/// Who asks, as the door established it. Permissions come from here and never from the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Stable id: a Discord user id, or `local`.
    pub id: String,
    /// May use admin commands: on Discord admin guild, channel and role together; always at the local console.
    pub admin: bool,
}

/// A line that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The door's name: `console`, `cli` or `discord`.
    pub door: &'static str,
    /// As typed. Untrusted.
    pub text: String,
    /// Who.
    pub asker: Asker,
    /// What the door needs to answer later, even after a restart.
    pub reply_to: serde_json::Value,
    /// Seen once: the chat message's id.
    pub idempotency_key: Option<String>,
    /// When it was written, if the door knows: lines that were missed come late and all at once. `None`: now.
    pub said_at: Option<Timestamp>,
}

/// What became of a line at once.
#[derive(Debug, Clone, PartialEq)]
pub enum Submitted {
    /// The whole answer.
    Answer(Box<Card>),
    /// A task was accepted and written down; the answer comes through the outbox.
    Accepted {
        /// Its number.
        task: TaskId,
        /// What to say meanwhile.
        ack: String,
    },
    /// The line was seen before, or is not for Betty: say nothing.
    Nothing,
    /// The person wants to leave (console only).
    Quit,
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressNote {
    /// The task.
    pub task: TaskId,
    /// In words.
    pub text: String,
}

/// An answer to deliver.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The outbox row; stays there until [`Front::delivered`].
    pub id: i64,
    /// The task.
    pub task: TaskId,
    /// What the door gave with the line.
    pub reply_to: serde_json::Value,
    /// The answer.
    pub card: Card,
}

/// Betty, as doors see her.
#[async_trait]
pub trait Front: Send + Sync {
    /// Hands a line in. Returns once it is answered or written down.
    async fn submit(&self, line: Line) -> Submitted;
    /// Follows progress from here on.
    fn progress(&self) -> broadcast::Receiver<ProgressNote>;
    /// Answers of a door that wait, oldest first.
    async fn waiting(&self, door: &str) -> Vec<Delivery>;
    /// Marks an answer as delivered. Call it after the door has shown it.
    async fn delivered(&self, id: i64);
    /// Whether no new work is started: what was accepted then waits, perhaps for the next start.
    async fn paused(&self) -> bool {
        false
    }
    /// Wakes whenever an answer was put into the outbox.
    fn outbox_changed(&self) -> broadcast::Receiver<()>;
    /// A small named value that survives restarts (the gateway session).
    async fn load(&self, key: &str) -> Option<String>;
    /// Stores a small named value.
    async fn store(&self, key: &str, value: &str);
}
