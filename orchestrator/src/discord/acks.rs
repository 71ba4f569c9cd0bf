//! Which message stands for which running task: edited for progress and for the answer, also after a restart.

use crate::front::Front;
use betty_bus::TaskId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Where they are kept, all in one value.
pub(super) const ACKS_KEY: &str = "discord.acks";
/// Most tasks that are remembered; beyond, the oldest gets its answer in a new message.
const ACKS_MAX: usize = 200;

/// One acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ack {
    pub(super) channel: u64,
    pub(super) message: u64,
    /// What it says, before progress.
    pub(super) text: String,
}

/// All of them.
pub(super) struct Acks {
    front: Arc<dyn Front>,
    known: Mutex<BTreeMap<i64, Ack>>,
}

impl Acks {
    pub(super) async fn load(front: Arc<dyn Front>) -> Self {
        let known = front.load(ACKS_KEY).await.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { front, known: Mutex::new(known) }
    }

    pub(super) async fn get(&self, task: TaskId) -> Option<Ack> {
        self.known.lock().await.get(&task.get()).cloned()
    }

    pub(super) async fn put(&self, task: TaskId, ack: Ack) {
        let mut known = self.known.lock().await;
        known.insert(task.get(), ack);
        while known.len() > ACKS_MAX {
            known.pop_first();
        }
        self.save(&known).await;
    }

    pub(super) async fn remove(&self, task: TaskId) {
        let mut known = self.known.lock().await;
        if known.remove(&task.get()).is_some() {
            self.save(&known).await;
        }
    }

    async fn save(&self, known: &BTreeMap<i64, Ack>) {
        if let Ok(text) = serde_json::to_string(known) {
            self.front.store(ACKS_KEY, &text).await;
        }
    }
}
