//! Stored hedges proven and priced again from fresh markets and books.

use super::{HedgeSpecialist, STORED_MAX};
use crate::account::{Books, account_name};
use betty_bus::report::{MonitorReport, MonitorRow};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Effect, HedgeId, Report, StoredHedge, TaskError};
use betty_hedging::Hedge;
use betty_market::Market;

impl HedgeSpecialist {
    /// Prices every stored hedge again from fresh markets and books.
    pub(super) async fn monitor(&self, attempt: &Attempt, threshold_ppm: i64) -> Result<Done, TaskError> {
        let source = account_name(attempt)?;
        let mut stored = attempt.desk.hedges(&source, STORED_MAX).await?;
        // What is held is watched whether or not it still pays to open it.
        let books = Books::read(attempt, &self.setup.limits).await?;
        for id in books.account.open_positions().filter_map(|p| p.opened.hedge_id.and_then(HedgeId::new)) {
            if !stored.iter().any(|s| s.id == id) {
                stored.extend(attempt.desk.hedge(id).await?.filter(|s| s.source == source));
            }
        }
        let (mut rows, mut fresh_hedges, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for s in &stored {
            attempt.check()?;
            let row = |now_ppm, words: String| MonitorRow {
                id: s.id,
                legs: s.hedge.legs.iter().map(|l| format!("{} {}", l.outcome, l.question)).collect(),
                before_ppm: s.hedge.quote.net_edge_ppm,
                now_ppm,
                words,
            };
            match self.price_again(attempt, s).await? {
                Priced::Gone(word) => {
                    gone.push((s.id, word.clone()));
                    rows.push(row(None, word));
                }
                Priced::Waits(word) => rows.push(row(None, word)),
                Priced::Pays(hedge) => {
                    let now = hedge.quote.net_edge_ppm;
                    if now >= threshold_ppm {
                        rows.push(row(Some(now), "past the profit threshold".to_owned()));
                    } else if now > s.hedge.quote.net_edge_ppm {
                        rows.push(row(Some(now), "better than when it was stored".to_owned()));
                    }
                    fresh_hedges.push((s.id, *hedge));
                }
                Priced::PaysNot { near, word } => rows.push(row(near, word)),
            }
        }
        let mut effects = vec![Effect::Hedges { source, hedges: fresh_hedges }];
        if !gone.is_empty() {
            effects.push(Effect::HedgesGone { gone });
        }
        let report = MonitorReport {
            source: attempt.market.label(),
            at: attempt.market.now(),
            threshold_ppm,
            watched: stored.len() as u64,
            rows,
        };
        Ok(Done { report: Report::Monitor(report), effects })
    }

    /// Proves and prices one stored hedge again from fresh markets and books.
    pub(crate) async fn price_again(&self, attempt: &Attempt, stored: &StoredHedge) -> Result<Priced, TaskError> {
        let markets = match self.legs_of(attempt, stored).await? {
            Ok(markets) => markets,
            Err(missing) => return Ok(Priced::Gone(missing)),
        };
        if let Some(word) = resolved(&markets) {
            return Ok(Priced::Gone(word));
        }
        if !stored.hedge.certificate.still_holds(&markets.iter().collect::<Vec<_>>()) {
            let word = "a question, rule text, end date or flag changed: the proof no longer stands".to_owned();
            return Ok(Priced::Gone(word));
        }
        if let Some(word) = pending(&markets) {
            // Not the end yet: a dispute can send the market back to trading.
            return Ok(Priced::Waits(word));
        }
        let scanned = self.prove(attempt, markets, 0).await?.report;
        Ok(match scanned.hedges.into_iter().find(|h| h.key == stored.hedge.key) {
            Some(hedge) => Priced::Pays(Box::new(hedge)),
            None => {
                let near = scanned.watch.iter().find(|h| h.key == stored.hedge.key).map(|h| h.quote.net_edge_ppm);
                let reasons: Vec<String> = scanned.refused.keys().map(ToString::to_string).collect();
                Priced::PaysNot { near, word: format!("does not pay now: {}", reasons.join(", ")) }
            }
        })
    }

    /// The markets of a stored hedge as they are now, or which one is missing.
    async fn legs_of(&self, attempt: &Attempt, stored: &StoredHedge) -> Result<Result<Vec<Market>, String>, TaskError> {
        let mut markets = Vec::new();
        for leg in &stored.hedge.legs {
            match attempt.market.market(&leg.market).await {
                Ok(market) => markets.push(market),
                Err(betty_market::SourceError::NotFound { .. }) => {
                    return Ok(Err(format!("market {} is not in this source any more", leg.market)));
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Ok(markets))
    }
}

/// What became of a stored hedge that was proven and priced again.
pub(crate) enum Priced {
    /// It is none any more, for this reason.
    Gone(String),
    /// A market of it is between trading and its end.
    Waits(String),
    /// It pays, at this price.
    Pays(Box<Hedge>),
    /// It does not pay now.
    PaysNot {
        /// Its net edge at the smallest order, millionths, where it could be priced.
        near: Option<i64>,
        /// Why, in words.
        word: String,
    },
}

/// Whether a market has ended.
fn resolved(markets: &[Market]) -> Option<String> {
    let ended = markets.iter().find(|m| m.status == betty_market::MarketStatus::Resolved);
    ended.map(|m| format!("market {} has resolved", m.id))
}

/// What a trader should know of markets that are about to end.
fn pending(markets: &[Market]) -> Option<String> {
    use betty_market::MarketStatus as S;
    markets.iter().find_map(|m| match m.status {
        S::Disputed => Some(format!("market {} is disputed: capital would stay locked until the vote", m.id)),
        S::Proposed => Some(format!("market {} is in its challenge window", m.id)),
        S::Open | S::Halted | S::Resolved => None,
    })
}
