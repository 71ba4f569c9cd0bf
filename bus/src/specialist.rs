//! What a specialist is, and what one attempt may reach.

use crate::effect::Effect;
use crate::error::{TaskError, TaskErrorKind};
use crate::id::TaskId;
use crate::port::Desk;
use crate::report::Report;
use crate::task::Task;
use async_trait::async_trait;
use betty_market::MarketSource;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The eight, in the order people see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SpecialistKind {
    /// Proves and prices hedges.
    HedgeSpecialist,
    /// Answers questions from the web.
    Researcher,
    /// Reviews code.
    CodeReviewer,
    /// Writes code.
    Coder,
    /// Trades by rules.
    AutoTrader,
    /// Keeps the paper account.
    PaperTrader,
    /// Prices what a trade costs.
    CostCalculator,
    /// Decides sizes.
    PositionSizer,
}

impl SpecialistKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::HedgeSpecialist,
        Self::Researcher,
        Self::CodeReviewer,
        Self::Coder,
        Self::AutoTrader,
        Self::PaperTrader,
        Self::CostCalculator,
        Self::PositionSizer,
    ];
}

impl fmt::Display for SpecialistKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Tells how far an attempt is. Never waits; a listener that is gone is not an error.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// Everything one attempt may reach. Nothing else: no clock, no database, no chat.
#[derive(Clone)]
pub struct Attempt {
    /// The task.
    pub task: TaskId,
    /// From 1. The fencing token: a late result of an older attempt is refused.
    pub number: u32,
    /// Ends when the task is cancelled, its deadline passes or Betty stops.
    pub cancel: CancellationToken,
    /// Market data.
    pub market: Arc<dyn MarketSource>,
    /// What is stored, to read.
    pub desk: Arc<dyn Desk>,
    /// Tells how far it is.
    pub progress: Progress,
}

impl Attempt {
    /// Ends the attempt here when it was cancelled. Call it between steps of long work.
    ///
    /// # Errors
    /// [`TaskErrorKind::Cancelled`].
    pub fn check(&self) -> Result<(), TaskError> {
        if self.cancel.is_cancelled() {
            return Err(TaskError::new(TaskErrorKind::Cancelled, "cancelled before it was done; nothing was written"));
        }
        Ok(())
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("task", &self.task).field("number", &self.number).finish_non_exhaustive()
    }
}

/// A result with the writes that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// For the one who asked.
    pub report: Report,
    /// Applied in the transaction that ends the task: all of them or none.
    pub effects: Vec<Effect>,
}

impl Done {
    /// A result that writes nothing.
    #[must_use]
    pub const fn read(report: Report) -> Self {
        Self { report, effects: Vec::new() }
    }
}

/// One specialist: a task in, a result or a typed error out. It reads through the attempt and writes only through effects.
#[async_trait]
pub trait Specialist: Send + Sync {
    /// Which one.
    fn kind(&self) -> SpecialistKind;
    /// Does the task.
    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError>;
}
