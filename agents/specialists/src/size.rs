//! PositionSizer. The size an opportunity would get, with the whole derivation: which limit bound, and what each would have allowed.

use crate::account::Books;
use crate::legs::{Fresh, hedge_legs, stored_hedge};
use crate::strategies::{confidence, find};
use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::report::SizeReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Report, Specialist, SpecialistKind, Task, TaskError};
use betty_trading::{Desk, OpenRequest, paper};
use std::sync::Arc;

/// Decides sizes.
#[derive(Debug, Clone)]
pub struct PositionSizer {
    setup: Arc<Setup>,
}

impl PositionSizer {
    /// With the configured limits and costs.
    #[must_use]
    pub const fn new(setup: Arc<Setup>) -> Self {
        Self { setup }
    }
}

#[async_trait]
impl Specialist for PositionSizer {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::PositionSizer
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Size(task) = task else { return Err(misrouted(self.kind())) };
        let stored = stored_hedge(attempt, task.hedge).await?;
        let strategy = match &task.strategy {
            Some(name) => Some(find(attempt, name).await?),
            None => None,
        };
        let legs = hedge_legs(&stored.hedge);
        let fresh = Fresh::of(attempt, [&stored.hedge]).await?;
        let books = Books::read(attempt, &self.setup.limits).await?;
        let desk = Desk {
            account: &books.account,
            limits: &self.setup.limits,
            costs: &self.setup.costs,
            now: attempt.market.now(),
        };
        let request = OpenRequest {
            confidence: confidence(task.confidence.as_deref())?,
            strategy: strategy.as_ref(),
            size: None,
            reason: "sizing only".to_owned(),
            between: &fresh.between(&stored.hedge),
        };
        // The sizer is the trade itself, worked out and not booked: it cannot say anything else than the trade would do.
        let decided = paper::open(&desk, Some(task.hedge.get()), &stored.hedge, &fresh.leg_markets(&legs)?, &request);
        let (sizing, refusal) = match decided {
            Ok(decision) => (Some(decision.sizing), None),
            Err(refusal) => (None, Some(refusal.to_string())),
        };
        Ok(Done::read(Report::Size(SizeReport { source: attempt.market.label(), hedge: task.hedge, sizing, refusal })))
    }
}
