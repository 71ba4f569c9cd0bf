//! Backtests as tasks of AutoTrader: the same rules, on history. Everything else of his goes on to himself.

use super::driver::{Lab, Reach, perform};
use super::meter::{Pace, words};
use async_trait::async_trait;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Specialist, SpecialistKind, Task, TaskError};
use betty_trading::backtest::Progress;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Shortest time between two notes: a chat edits one message, and each edit counts against a limit.
const NOTE_EVERY: Duration = Duration::from_secs(2);

/// AutoTrader with a lab.
struct WithLab {
    inner: Arc<dyn Specialist>,
    lab: Lab,
}

/// Gives AutoTrader the lab; the others stay as they are.
#[must_use]
pub fn employ(specialists: Vec<Arc<dyn Specialist>>, lab: &Lab) -> Vec<Arc<dyn Specialist>> {
    let equip = |inner: Arc<dyn Specialist>| -> Arc<dyn Specialist> {
        match inner.kind() {
            SpecialistKind::AutoTrader => Arc::new(WithLab { inner, lab: lab.clone() }),
            _ => inner,
        }
    };
    specialists.into_iter().map(equip).collect()
}

#[async_trait]
impl Specialist for WithLab {
    fn kind(&self) -> SpecialistKind {
        self.inner.kind()
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Backtest(task) = task else { return self.inner.run(attempt, task).await };
        let (pace, note) = (Pace::new(NOTE_EVERY), attempt.progress.clone());
        let tell = move |progress: Progress| {
            if let Some(took) = pace.due(Instant::now(), progress) {
                note(&words(progress, took));
            }
        };
        let reach = Reach { stop: attempt.cancel.clone(), tell: Arc::new(tell), resume: None };
        let outcome = perform(&self.lab, attempt.desk.as_ref(), *task, &reach).await?;
        Ok(Done { report: outcome.finding.into_report(), effects: outcome.effects })
    }
}
