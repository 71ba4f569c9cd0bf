//! Coder. Writes code.

use crate::misrouted;
use crate::model::needs_model;
use async_trait::async_trait;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Specialist, SpecialistKind, Task, TaskError};

/// Registered so that its commands, help and routing are whole; it refuses until there is a model layer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Coder;

#[async_trait]
impl Specialist for Coder {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::Coder
    }

    async fn run(&self, _: &Attempt, task: Task) -> Result<Done, TaskError> {
        match task {
            Task::Code(_) => Err(needs_model(self.kind(), "write code")),
            _ => Err(misrouted(self.kind())),
        }
    }
}
