//! A Betty who does what the test says.

use async_trait::async_trait;
use betty::card::Card;
use betty::front::{Delivery, Front, Line, ProgressNote, Submitted};
use betty_bus::TaskId;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use tokio::sync::broadcast;

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    seen: HashSet<String>,
    tasks: Vec<Line>,
    outbox: Vec<Delivery>,
    delivered: Vec<i64>,
    values: HashMap<String, String>,
    next_row: i64,
}

/// `!task …` is accepted and waits for [`Script::finish`]; `!panic` is a defect; everything else is answered at once with what was said.
pub(crate) struct Script {
    state: Mutex<State>,
    progress: broadcast::Sender<ProgressNote>,
    changed: broadcast::Sender<()>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), progress: broadcast::channel(64).0, changed: broadcast::channel(16).0 }
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.state.lock().unwrap().lines.clone()
    }

    pub(crate) fn delivered_rows(&self) -> Vec<i64> {
        self.state.lock().unwrap().delivered.clone()
    }

    pub(crate) fn waiting_rows(&self) -> usize {
        self.state.lock().unwrap().outbox.len()
    }

    pub(crate) fn value(&self, key: &str) -> Option<String> {
        self.state.lock().unwrap().values.get(key).cloned()
    }

    pub(crate) fn note(&self, task: i64, text: &str) {
        _ = self.progress.send(ProgressNote { task: TaskId::new(task).unwrap(), text: text.to_owned() });
    }

    /// Puts the answer of a task into the outbox.
    pub(crate) fn finish(&self, task: i64, card: Card) {
        let mut state = self.state.lock().unwrap();
        let reply_to = state.tasks[usize::try_from(task).unwrap() - 1].reply_to.clone();
        state.next_row += 1;
        let id = state.next_row;
        state.outbox.push(Delivery { id, task: TaskId::new(task).unwrap(), reply_to, card });
        drop(state);
        _ = self.changed.send(());
    }
}

#[async_trait]
impl Front for Script {
    async fn submit(&self, line: Line) -> Submitted {
        assert!(!line.text.starts_with("!panic"), "as the test asked");
        let mut state = self.state.lock().unwrap();
        if let Some(key) = &line.idempotency_key
            && !state.seen.insert(key.clone())
        {
            return Submitted::Nothing;
        }
        state.lines.push(line.clone());
        if line.text.starts_with("!task") {
            state.tasks.push(line);
            let task = TaskId::new(i64::try_from(state.tasks.len()).unwrap()).unwrap();
            return Submitted::Accepted { task, ack: "on it".to_owned() };
        }
        Submitted::Answer(Card::new("Heard").text(line.text).into())
    }

    fn progress(&self) -> broadcast::Receiver<ProgressNote> {
        self.progress.subscribe()
    }

    async fn waiting(&self, door: &str) -> Vec<Delivery> {
        assert_eq!(door, "discord");
        self.state.lock().unwrap().outbox.clone()
    }

    async fn delivered(&self, id: i64) {
        let mut state = self.state.lock().unwrap();
        state.outbox.retain(|row| row.id != id);
        state.delivered.push(id);
    }

    fn outbox_changed(&self) -> broadcast::Receiver<()> {
        self.changed.subscribe()
    }

    async fn load(&self, key: &str) -> Option<String> {
        self.value(key)
    }

    async fn store(&self, key: &str, value: &str) {
        self.state.lock().unwrap().values.insert(key.to_owned(), value.to_owned());
    }
}
