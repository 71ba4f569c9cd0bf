//! Researcher. Answers questions from the web.

use crate::misrouted;
use crate::model::needs_model;
use async_trait::async_trait;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Specialist, SpecialistKind, Task, TaskError};

/// Registered so that its commands, help and routing are whole; it refuses until there is a model layer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Researcher;

#[async_trait]
impl Specialist for Researcher {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::Researcher
    }

    async fn run(&self, _: &Attempt, task: Task) -> Result<Done, TaskError> {
        match task {
            Task::Research(_) => Err(needs_model(self.kind(), "research a question")),
            _ => Err(misrouted(self.kind())),
        }
    }
}
