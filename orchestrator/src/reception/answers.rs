//! Cards of the commands that need no specialist: status and one's own tasks.

use super::{Reception, may_see};
use crate::card::{Card, Table, Tone};
use crate::clean::clean_cut;
use crate::front::Asker;
use betty_bus::TaskId;
use betty_bus::journal::{TaskRow, TaskState};

/// Tasks listed.
const TASKS_MAX: u32 = 20;
/// Characters of a line shown in a list.
const LINE_CHARS: usize = 60;

pub(super) const fn state_words(state: TaskState) -> &'static str {
    match state {
        TaskState::Queued => "waiting",
        TaskState::Running => "running",
        TaskState::Done => "done",
        TaskState::Failed => "failed",
        TaskState::Cancelled => "cancelled",
    }
}

impl Reception {
    pub(super) async fn status(&self) -> Card {
        let app = &self.app;
        let mut card = Card::new(format!("{} · PAPER", self.name()));
        card = match app.betty.load(None).await {
            Some(load) => card.field(
                "Work",
                format!(
                    "{} running, {} waiting{}",
                    load.running,
                    load.waiting,
                    if load.paused { ", PAUSED" } else { "" }
                ),
            ),
            None => card.tone(Tone::Bad).field("Work", "Betty's own actor has given up: start her again"),
        };
        let troubled: Vec<String> = app
            .betty
            .actors()
            .into_iter()
            .filter(|a| a.state != "running")
            .map(|a| format!("{}: {}", a.name, a.state))
            .collect();
        if !troubled.is_empty() {
            card = card.tone(Tone::Bad).field("Actors in trouble", troubled.join("; "));
        }
        for (name, value) in crate::app::what_is_on(app) {
            card = card.field(name, value);
        }
        card.hint("!hedge_status").hint("!paper_trade portfolio").hint("!task list")
    }

    pub(super) async fn task_list(&self, asker: &Asker) -> Card {
        let whose = (!asker.admin).then_some(asker.id.as_str());
        let rows = match self.app.betty.journal.tasks(whose, TASKS_MAX).await {
            Ok(rows) => rows,
            Err(e) => return Card::refused("No list", e.to_string()),
        };
        if rows.is_empty() {
            return Card::new("Tasks").text("There are none yet.");
        }
        let table = Table {
            header: ["task", "state", "for", "attempts", "line"].map(str::to_owned).to_vec(),
            rows: rows
                .iter()
                .map(|r| {
                    vec![
                        r.id.to_string(),
                        state_words(r.state).to_owned(),
                        r.new.task.specialist().to_string(),
                        format!("{}/{}", r.attempts.len(), r.new.attempts_max),
                        clean_cut(&r.new.origin.line, LINE_CHARS),
                    ]
                })
                .collect(),
            right: vec![0, 3],
        };
        let mut card = Card::new(format!("Tasks, newest first ({})", rows.len()));
        card.table = Some(table);
        card.hint("!task show <task>")
    }

    pub(super) async fn visible(&self, id: TaskId, asker: &Asker) -> Result<TaskRow, Card> {
        match self.app.betty.journal.task(id).await {
            Ok(Some(row)) if may_see(&row, asker) => Ok(row),
            // The same answer for a task of somebody else: numbers tell nothing.
            Ok(_) => {
                Err(Card::refused("No such task", format!("There is no task {id} of yours. `!task list` lists them.")))
            }
            Err(e) => Err(Card::refused("No answer", e.to_string())),
        }
    }

    pub(super) async fn task_show(&self, id: TaskId, asker: &Asker) -> Card {
        let row = match self.visible(id, asker).await {
            Ok(row) => row,
            Err(card) => return card,
        };
        match &row.end {
            Some(end) => {
                let mut card = crate::render::card(id, end);
                card.text.insert(
                    0,
                    format!(
                        "Task {id}: {}, attempt {} of {}, asked for with `{}`.",
                        state_words(row.state),
                        row.attempts.len(),
                        row.new.attempts_max,
                        clean_cut(&row.new.origin.line, LINE_CHARS)
                    ),
                );
                card
            }
            None => Card::new(format!("Task {id} is {}", state_words(row.state)))
                .field("Line", clean_cut(&row.new.origin.line, 200))
                .field("Specialist", row.new.task.specialist().to_string())
                .field("Attempts", format!("{} of {}", row.attempts.len(), row.new.attempts_max))
                .hint(format!("!task cancel {id}")),
        }
    }

    pub(super) async fn task_cancel(&self, id: TaskId, asker: &Asker) -> Card {
        if let Err(card) = self.visible(id, asker).await {
            return card;
        }
        match self.app.betty.cancel(id, "cancelled by the one who asked").await {
            Ok(true) => Card::new(format!("Task {id} is being cancelled")).text("Nothing of it will be written."),
            Ok(false) => Card::refused("Too late", format!("Task {id} has ended already.")),
            Err(e) => Card::refused("Not cancelled", e.to_string()),
        }
    }
}
