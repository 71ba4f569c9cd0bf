//! What is stored, and markets as the venue lists them.

use super::{HedgeSpecialist, STORED_MAX};
use crate::account::account_name;
use crate::legs::stored_hedge;
use betty_bus::report::{HedgesReport, MarketsReport, PricesReport, StatusReport, WhyReport};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{HedgeId, Report, TaskError};
use betty_market::MarketFilter;
use std::collections::BTreeMap;

/// Prices told with the full reasoning of a hedge; its history has more.
const WHY_POINTS: u32 = 12;

impl HedgeSpecialist {
    pub(super) async fn find(attempt: &Attempt, coverage_ppm: u32, limit: u32) -> Result<Done, TaskError> {
        let all = attempt.desk.hedges(&account_name(attempt)?, STORED_MAX).await?;
        let stored = all.len() as u64;
        let least = f64::from(coverage_ppm) / 1e6;
        let hedges = all.into_iter().filter(|s| s.hedge.coverage.lower >= least).take(limit as usize).collect();
        let title = match coverage_ppm {
            0 => "stored hedges".to_owned(),
            ppm => format!("hedges with a coverage of at least {}%", f64::from(ppm) / 1e4),
        };
        Ok(Done::read(Report::Hedges(HedgesReport { source: attempt.market.label(), title, hedges, stored })))
    }

    pub(super) async fn why(attempt: &Attempt, id: HedgeId) -> Result<Done, TaskError> {
        let hedge = stored_hedge(attempt, id).await?;
        let mut markets = Vec::new();
        for id in &hedge.hedge.certificate.markets {
            match attempt.market.market(id).await {
                Ok(market) => markets.push(market),
                Err(betty_market::SourceError::NotFound { .. }) => {}
                Err(e) => return Err(e.into()),
            }
        }
        let holds = hedge.hedge.certificate.still_holds(&markets.iter().collect::<Vec<_>>());
        let prices = attempt.desk.hedge_prices(hedge.id, WHY_POINTS).await?;
        Ok(Done::read(Report::Why(Box::new(WhyReport {
            source: attempt.market.label(),
            hedge,
            markets,
            holds,
            prices,
        }))))
    }

    pub(super) async fn show(attempt: &Attempt, id: HedgeId) -> Result<Done, TaskError> {
        let hedge = stored_hedge(attempt, id).await?;
        let stored = attempt.desk.hedges(&account_name(attempt)?, STORED_MAX).await?.len() as u64;
        let title = format!("hedge {id}");
        let report = HedgesReport { source: attempt.market.label(), title, hedges: vec![hedge], stored };
        Ok(Done::read(Report::Hedges(report)))
    }

    pub(super) async fn history(attempt: &Attempt, id: HedgeId, limit: u32) -> Result<Done, TaskError> {
        let hedge = stored_hedge(attempt, id).await?;
        let points = attempt.desk.hedge_prices(id, limit).await?;
        Ok(Done::read(Report::Prices(Box::new(PricesReport { source: attempt.market.label(), hedge, points }))))
    }

    pub(super) async fn status(attempt: &Attempt, limit: u32) -> Result<Done, TaskError> {
        let source = account_name(attempt)?;
        let mut hedges = attempt.desk.hedges(&source, STORED_MAX).await?;
        let mut by_tier = BTreeMap::new();
        for s in &hedges {
            *by_tier.entry(s.hedge.tier.to_string()).or_insert(0) += 1;
        }
        hedges.truncate(limit as usize);
        let last_scan = attempt.desk.last_scan(&source).await?;
        Ok(Done::read(Report::Status(StatusReport { source: attempt.market.label(), last_scan, by_tier, hedges })))
    }

    pub(super) async fn markets(attempt: &Attempt, query: Option<String>, limit: u32) -> Result<Done, TaskError> {
        let markets = attempt.market.markets(&MarketFilter { query, limit: Some(limit) }).await?;
        Ok(Done::read(Report::Markets(MarketsReport { source: attempt.market.label(), markets })))
    }
}
