//! Actors, messages and tasks for admins. The parser refuses these commands to everybody else; each look is itself recorded.

use super::Reception;
use super::answers::state_words;
use crate::card::{Card, Table};
use crate::clean::clean_cut;
use crate::commands::MessageFilter;
use crate::front::Asker;
use betty_bus::{Envelope, MessageKind, TaskId};

/// Characters of a payload shown in a list.
const PREVIEW_CHARS: usize = 80;
/// Messages shown for one task.
const TASK_MESSAGES_MAX: usize = 200;

fn table(header: &[&str], rows: Vec<Vec<String>>, right: &[usize]) -> Table {
    Table { header: header.iter().map(|h| (*h).to_owned()).collect(), rows, right: right.to_vec() }
}

fn kind_word(kind: MessageKind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn message_row(e: &Envelope) -> Vec<String> {
    vec![
        e.seq.to_string(),
        e.at.to_string(),
        format!("{} → {}", e.from, e.to),
        kind_word(e.kind),
        e.task.map_or_else(|| "—".to_owned(), |t| t.to_string()),
        e.attempt.map_or_else(|| "—".to_owned(), |a| a.to_string()),
        e.bytes.to_string(),
        e.latency_ms.map_or_else(|| "—".to_owned(), |ms| format!("{ms} ms")),
        e.outcome.clone().unwrap_or_else(|| "—".to_owned()),
        clean_cut(e.preview(), PREVIEW_CHARS),
    ]
}

const MESSAGE_HEADER: [&str; 10] =
    ["#", "at", "from → to", "kind", "task", "try", "bytes", "took", "outcome", "payload"];

impl Reception {
    fn audit(&self, asker: &Asker, what: &str) {
        let betty = &self.app.betty;
        tracing::info!(asker = asker.id, what, "inspection");
        betty
            .tap
            .record(Envelope::new(betty.clock.now(), asker.id.as_str(), "tap", MessageKind::Inspection).payload(what));
    }

    pub(super) fn actors(&self, asker: &Asker) -> Card {
        self.audit(asker, "actors");
        let rows = self.app.betty.actors();
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|a| {
                let tasks: Vec<String> = a.tasks.iter().map(ToString::to_string).collect();
                vec![
                    a.name.clone(),
                    a.state.clone(),
                    if tasks.is_empty() { "—".to_owned() } else { tasks.join(", ") },
                    a.mailbox.to_string(),
                    a.restarts.to_string(),
                    a.ended.to_string(),
                    a.last_error.as_deref().map_or_else(|| "—".to_owned(), |e| clean_cut(e, PREVIEW_CHARS)),
                ]
            })
            .collect();
        let mut card = Card::new(format!("Actors ({})", rows.len()));
        card.table =
            Some(table(&["actor", "state", "tasks", "mailbox", "restarts", "ended", "last error"], rows, &[3, 4, 5]));
        card.hint("!inspect messages").hint("!inspect task <task>")
    }

    pub(super) fn messages(&self, filter: &MessageFilter, asker: &Asker) -> Card {
        self.audit(asker, "messages");
        let found = self.app.betty.tap.last(filter.limit as usize, |e| filter.matches(e));
        if found.is_empty() {
            return Card::new("Messages").text("None match since this start.");
        }
        let mut card = Card::new(format!("Messages, oldest first ({})", found.len()));
        card.table = Some(table(&MESSAGE_HEADER, found.iter().map(message_row).collect(), &[0, 6, 7]));
        card
    }

    pub(super) async fn inspect_task(&self, id: TaskId, asker: &Asker) -> Card {
        self.audit(asker, &format!("task {id}"));
        let row = match self.visible(id, asker).await {
            Ok(row) => row,
            Err(card) => return card,
        };
        let mut card = Card::new(format!("Task {id}: {}", state_words(row.state)))
            .field("Line", clean_cut(&row.new.origin.line, 200))
            .field("From", format!("{} {}", row.new.origin.door, row.new.origin.asker))
            .field("Specialist", row.new.task.specialist().to_string())
            .field("Accepted", row.new.at.to_string())
            .field("Deadline", format!("{} s an attempt", row.new.deadline_ms / 1_000));
        if let Some(parent) = row.new.parent {
            card = card.field("Part of", format!("task {parent}"));
        }
        for a in &row.attempts {
            let took = a.ended.map_or_else(|| "running".to_owned(), |end| format!("{} ms", end.since(a.started)));
            card = card.field(
                format!("Attempt {} of {}", a.number, row.new.attempts_max),
                format!("{} · {took} · {}", a.outcome, a.owner),
            );
        }
        if let Some(Err(error)) = &row.end {
            card = card.field("Ended with", clean_cut(&error.message, 500));
        }
        let found = self.app.betty.tap.last(TASK_MESSAGES_MAX, |e| e.task == Some(id));
        if !found.is_empty() {
            card.table = Some(table(&MESSAGE_HEADER, found.iter().map(message_row).collect(), &[0, 6, 7]));
        }
        card
    }
}
