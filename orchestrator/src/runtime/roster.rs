//! What every actor is doing, for `!inspect actors` and `!status`.

use betty_bus::TaskId;
use betty_bus::redact::redact;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One actor as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorRow {
    /// Its name.
    pub name: String,
    /// `running`, `restarting` or `gave up`, with what a person can do.
    pub state: String,
    /// Restarts since this process began.
    pub restarts: u32,
    /// The last error, redacted.
    pub last_error: Option<String>,
    /// Tasks it works on now.
    pub tasks: Vec<TaskId>,
    /// Attempts it has ended.
    pub ended: u64,
    /// Messages waiting in its mailbox, as counted at the sender and the handler.
    pub mailbox: usize,
}

/// Shared and cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Roster(Arc<Mutex<BTreeMap<String, ActorRow>>>);

impl Roster {
    fn with(&self, name: &str, change: impl FnOnce(&mut ActorRow)) {
        let mut rows = self.0.lock().expect("roster poisoned");
        let row = rows.entry(name.to_owned()).or_insert_with(|| ActorRow {
            name: name.to_owned(),
            state: "running".to_owned(),
            restarts: 0,
            last_error: None,
            tasks: Vec::new(),
            ended: 0,
            mailbox: 0,
        });
        change(row);
    }

    /// An actor started.
    pub fn started(&self, name: &str) {
        self.with(name, |row| "running".clone_into(&mut row.state));
    }

    /// An actor failed and is restarted.
    pub fn restarted(&self, name: &str, error: &str) {
        tracing::warn!(actor = name, error = %redact(error), "actor restarted");
        self.with(name, |row| {
            row.restarts += 1;
            row.last_error = Some(redact(error));
        });
    }

    /// An actor failed too often.
    pub fn gave_up(&self, name: &str, error: &str) {
        tracing::error!(actor = name, error = %redact(error), "actor given up");
        self.with(name, |row| {
            "gave up: start Betty again after reading the dead letters".clone_into(&mut row.state);
            row.last_error = Some(redact(error));
        });
    }

    /// A message was sent to an actor.
    pub fn sent(&self, name: &str) {
        self.with(name, |row| row.mailbox += 1);
    }

    /// An attempt begins.
    pub fn began(&self, name: &str, task: TaskId) {
        self.with(name, |row| {
            row.mailbox = row.mailbox.saturating_sub(1);
            row.tasks.push(task);
        });
    }

    /// An attempt ended; `error` when not well.
    pub fn ended(&self, name: &str, task: TaskId, error: Option<&str>) {
        self.with(name, |row| {
            row.tasks.retain(|t| *t != task);
            row.ended += 1;
            if let Some(error) = error {
                row.last_error = Some(redact(error));
            }
        });
    }

    /// All of them, by name.
    ///
    /// # Panics
    /// If a thread panicked while holding the roster, which only copies small values.
    #[must_use]
    pub fn snapshot(&self) -> Vec<ActorRow> {
        self.0.lock().expect("roster poisoned").values().cloned().collect()
    }
}
