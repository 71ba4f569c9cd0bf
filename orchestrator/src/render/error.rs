//! Ends other than well: what kind, what happened, what to do.

use super::words::{cut, sentence, small_print};
use crate::card::{Card, Tone};
use betty_bus::{TaskError, TaskErrorKind, TaskId};

/// Most characters of a message.
const MESSAGE_CHARS_MAX: usize = 2_000;

/// The kind of an end in words.
pub(super) const fn title(kind: TaskErrorKind) -> &'static str {
    match kind {
        TaskErrorKind::Refused => "Refused",
        TaskErrorKind::NotConfigured => "Not configured",
        TaskErrorKind::Unavailable => "Unavailable",
        TaskErrorKind::Conflict => "Changed meanwhile",
        TaskErrorKind::Deadline => "Timed out",
        TaskErrorKind::Cancelled => "Cancelled",
        TaskErrorKind::Panic | TaskErrorKind::Crashed | TaskErrorKind::Internal => "A defect",
    }
}

pub(super) fn card(task: TaskId, e: &TaskError) -> Card {
    let message = sentence(&cut(&e.message, MESSAGE_CHARS_MAX));
    let message = if message.is_empty() { "No reason was given.".to_owned() } else { message };
    let mut card = Card::refused(title(e.kind), message);
    match e.kind {
        TaskErrorKind::Refused => {}
        TaskErrorKind::NotConfigured => card = card.hint("!doctor"),
        TaskErrorKind::Unavailable | TaskErrorKind::Deadline => {
            card = card.tone(Tone::Bad).hint("!doctor").hint(format!("!task show {task}"));
        }
        TaskErrorKind::Conflict | TaskErrorKind::Cancelled => card = card.hint(format!("!task show {task}")),
        TaskErrorKind::Panic | TaskErrorKind::Crashed | TaskErrorKind::Internal => {
            card = card
                .tone(Tone::Bad)
                .text("This is a defect of Betty and not of what was asked. Nothing of it was written; it is kept as a dead letter.")
                .hint(format!("!inspect task {task}"));
        }
    }
    small_print(card, None, None, task)
}
