//! CodeReviewer. Reviews code.

use crate::misrouted;
use crate::model::needs_model;
use async_trait::async_trait;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Specialist, SpecialistKind, Task, TaskError};

/// Registered so that its commands, help and routing are whole; it refuses until there is a model layer.
#[derive(Debug, Clone, Copy, Default)]
pub struct CodeReviewer;

#[async_trait]
impl Specialist for CodeReviewer {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::CodeReviewer
    }

    async fn run(&self, _: &Attempt, task: Task) -> Result<Done, TaskError> {
        match task {
            Task::Review(_) => Err(needs_model(self.kind(), "review code")),
            _ => Err(misrouted(self.kind())),
        }
    }
}
