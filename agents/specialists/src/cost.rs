//! CostCalculator. What an intended trade would cost, line by line, each with its source and age.

use crate::account::Books;
use crate::legs::{Fresh, hedge_legs, stored_hedge};
use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::report::CostReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Report, Specialist, SpecialistKind, Task, TaskError};
use betty_market::BookSide;
use betty_trading::{CostInputs, CostLeg};
use std::sync::Arc;

/// Prices what a trade costs beyond the best price.
#[derive(Debug, Clone)]
pub struct CostCalculator {
    setup: Arc<Setup>,
}

impl CostCalculator {
    /// With the configured costs.
    #[must_use]
    pub const fn new(setup: Arc<Setup>) -> Self {
        Self { setup }
    }
}

#[async_trait]
impl Specialist for CostCalculator {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::CostCalculator
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Cost(task) = task else { return Err(misrouted(self.kind())) };
        let stored = stored_hedge(attempt, task.hedge).await?;
        let legs = hedge_legs(&stored.hedge);
        let fresh = Fresh::fetch(attempt, &legs).await?;
        let account = Books::read(attempt, &self.setup.limits).await?.account;
        let shares = stored.hedge.quote.shares;
        let mut cost_legs = Vec::with_capacity(legs.len());
        for (leg, market) in stored.hedge.legs.iter().zip(fresh.leg_markets(&legs)?) {
            let no = |why: &str| {
                TaskError::refused(format!(
                    "the {} of market {} {why}, so the trade cannot be priced",
                    leg.outcome, leg.market
                ))
            };
            let book = market.book.ok_or_else(|| no("has no book"))?;
            let schedule = market.market.fee.ok_or_else(|| no("carries no fee schedule"))?;
            let book = account.tradable(book, self.setup.limits.depth_haircut_pct);
            book.check(attempt.market.now(), self.setup.limits.book_age_ms_max, BookSide::Ask)
                .map_err(|fault| no(&format!("cannot be used: {fault}")))?;
            let walk = book.take(BookSide::Ask, shares, schedule);
            if walk.shares < shares {
                return Err(no(&format!("has {} of {shares} shares on its asks", walk.shares)));
            }
            cost_legs.push(CostLeg {
                label: format!("{} {}", leg.outcome, leg.market),
                side: BookSide::Ask,
                best: book.best_ask().map(|l| l.price).unwrap_or_default(),
                opposite: book.best_bid().map(|l| l.price),
                book_at: book.at,
                walk,
            });
        }
        let amount = cost_legs.iter().map(|l| l.walk.amount).sum();
        let inputs = CostInputs { legs: cost_legs, settings: self.setup.costs.clone(), manual_prices: false };
        let costs = inputs.calculate(attempt.market.now());
        Ok(Done::read(Report::Cost(CostReport {
            source: attempt.market.label(),
            hedge: task.hedge,
            shares,
            amount,
            costs,
        })))
    }
}
