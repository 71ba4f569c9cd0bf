//! HedgeSpecialist. Proves, prices and watches hedges: fetches markets and books, hands them to the prover, stores what was found.
//!
//! * `prove`: markets and books in, priced proofs out. `scan`: over the venue. `monitor`: stored hedges again.
//! * `analyze`: two markets. `explore`: one market, its book, its ladder, what is related to it.
//! * `calibration`: relations written down, followed and counted.
//! * `judging`: what a language model is asked about, and what is done with its word.
//! * `stored`: what is stored, and markets as the venue lists them.

mod analyze;
mod calibration;
mod explore;
mod judging;
mod monitor;
mod prove;
mod scan;
mod stored;

pub(crate) use monitor::Priced;

use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::HedgeTask;
use betty_bus::{Specialist, SpecialistKind, Task, TaskError};
use std::sync::Arc;

/// Stored hedges read in one task.
pub const STORED_MAX: u32 = 1_000;

/// Proves, prices and watches hedges.
#[derive(Debug, Clone)]
pub struct HedgeSpecialist {
    setup: Arc<Setup>,
}

impl HedgeSpecialist {
    /// With the configured limits and costs.
    #[must_use]
    pub const fn new(setup: Arc<Setup>) -> Self {
        Self { setup }
    }
}

#[async_trait]
impl Specialist for HedgeSpecialist {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::HedgeSpecialist
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Hedge(task) = task else { return Err(misrouted(self.kind())) };
        match task {
            HedgeTask::Scan { query, limit, min_edge_ppm } => self.scan(attempt, query, limit, min_edge_ppm).await,
            HedgeTask::Find { coverage_ppm, limit } => Self::find(attempt, coverage_ppm, limit).await,
            HedgeTask::Analyze { a, b } => Self::analyze(attempt, a, b).await,
            HedgeTask::Monitor { threshold_ppm } => self.monitor(attempt, threshold_ppm, None).await,
            HedgeTask::Reprice { hedges, threshold_ppm } => self.monitor(attempt, threshold_ppm, Some(&hedges)).await,
            HedgeTask::Status { limit } => Self::status(attempt, limit).await,
            HedgeTask::Calibration => Self::calibration(attempt).await,
            HedgeTask::Why { hedge } => Self::why(attempt, hedge).await,
            HedgeTask::Show { hedge } => Self::show(attempt, hedge).await,
            HedgeTask::History { hedge, limit } => Self::history(attempt, hedge, limit).await,
            HedgeTask::Market { market } => Self::market(attempt, market, false).await,
            HedgeTask::Book { market } => Self::market(attempt, market, true).await,
            HedgeTask::Ladder { market } => Self::ladder(attempt, market).await,
            HedgeTask::Related { market, limit } => Self::related(attempt, market, limit).await,
            HedgeTask::Markets { query, limit } => Self::markets(attempt, query, limit).await,
        }
    }
}
