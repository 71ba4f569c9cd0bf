//! Asks for a run of the monitor in every slot of time: the clock and the journal around one decision.

use super::ASKER;
use crate::reception::ATTEMPTS_MAX;
use crate::runtime::handle::Betty;
use crate::watch::{Tell, nobody_told};
use betty_bus::journal::{NewTask, Origin};
use betty_bus::task::HedgeTask;
use betty_bus::{SpecialistKind, Task, TaskId};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the timer needs.
pub struct Timer {
    /// Journal and clock.
    pub betty: Betty,
    /// One run in this time, at the multiples of it since 1970: 30 minutes are :00 and :30.
    pub interval: Duration,
    /// Report hedges whose net edge is at least this, millionths.
    pub threshold_ppm: i64,
    /// For one attempt of a run.
    pub deadline: Duration,
    /// Where answers go.
    pub tell: Tell,
}

impl Timer {
    /// Asks until `stop`. A slot passes without a run while the one before has not ended, while Betty is paused, and while the specialist
    /// has given up; it is not made up for.
    pub async fn run(self, stop: CancellationToken) {
        let interval_ms = i64::try_from(self.interval.as_millis()).unwrap_or(i64::MAX).max(1);
        let mut before = None;
        let mut slot = self.betty.clock.now().millis().div_euclid(interval_ms);
        loop {
            let now = self.betty.clock.now().millis();
            // A clock that was set back waits; one that jumped ahead skips what it jumped over.
            slot = slot.max(now.div_euclid(interval_ms)).saturating_add(1);
            let wait = slot.saturating_mul(interval_ms).saturating_sub(now).min(interval_ms);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())) => {}
            }
            if let Some(task) = before.take() {
                if !self.has_ended(task).await {
                    tracing::warn!(%task, "monitor: the run before has not ended, so this slot passes without one");
                    before = Some(task);
                    continue;
                }
                if self.tell.is_nobody() {
                    nobody_told(&self.betty).await;
                }
            }
            before = self.ask(slot).await;
        }
    }

    /// Whether a run is over. While nobody can say, none is begun.
    async fn has_ended(&self, task: TaskId) -> bool {
        match self.betty.journal.task(task).await {
            Ok(row) => row.is_none_or(|r| r.end.is_some()),
            Err(error) => {
                tracing::warn!(%task, %error, "monitor: the run before could not be read");
                false
            }
        }
    }

    async fn ask(&self, slot: i64) -> Option<TaskId> {
        let hedges = SpecialistKind::HedgeSpecialist.to_string();
        let given_up = self.betty.actors().iter().any(|a| a.name == hedges && a.state != "running");
        let paused = self.betty.load(None).await.is_none_or(|load| load.paused);
        if given_up || paused {
            return None;
        }
        let task = NewTask {
            origin: Origin {
                door: self.tell.door().to_owned(),
                asker: ASKER.to_owned(),
                reply_to: self.tell.reply_to().clone(),
                line: "monitor by the clock".to_owned(),
            },
            task: Task::Hedge(HedgeTask::Monitor { threshold_ppm: self.threshold_ppm }),
            idempotency_key: Some(format!(
                "monitor-{}-{}-{slot}",
                self.betty.market.label().account(),
                self.interval.as_millis()
            )),
            parent: None,
            attempts_max: ATTEMPTS_MAX,
            deadline_ms: u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX),
            at: self.betty.clock.now(),
        };
        match self.betty.accept(task).await {
            // Another process may have asked for it: its run is waited for as if it were one's own.
            Ok((id, _)) => Some(id),
            Err(error) => {
                tracing::warn!(%error, "monitor: a run could not be accepted");
                None
            }
        }
    }
}
