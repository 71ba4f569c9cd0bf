//! Stored hedges proven and priced again from fresh markets and books.

use super::prove::More;
use super::{HedgeSpecialist, STORED_MAX};
use crate::account::{Books, account_name};
use crate::legs::Fresh;
use betty_bus::report::{MonitorReport, MonitorRow, MonitorWhy};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Effect, HedgeId, HedgePoint, PriceState, Report, StoredHedge, TaskError};
use betty_hedging::{Hedge, HedgeQuote};
use betty_market::{Market, Shares, Timestamp, Usdc};
use betty_trading::Position;
use betty_trading::paper::{Desk, mark};
use std::collections::BTreeSet;

impl HedgeSpecialist {
    /// Prices every stored hedge, or the ones named, again from fresh markets and books.
    pub(super) async fn monitor(
        &self,
        attempt: &Attempt,
        threshold_ppm: i64,
        only: Option<&BTreeSet<HedgeId>>,
    ) -> Result<Done, TaskError> {
        let source = account_name(attempt)?;
        let mut stored = attempt.desk.hedges(&source, STORED_MAX).await?;
        // What is held is watched whether or not it still pays to open it.
        let books = Books::read(attempt, &self.setup.limits).await?;
        for id in books.account.open_positions().filter_map(|p| p.opened.hedge_id.and_then(HedgeId::new)) {
            if !stored.iter().any(|s| s.id == id) {
                stored.extend(attempt.desk.hedge(id).await?.filter(|s| s.source == source));
            }
        }
        stored.retain(|s| only.is_none_or(|only| only.contains(&s.id)));
        let (mut rows, mut fresh, mut gone, mut points) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for s in &stored {
            attempt.check()?;
            let priced = self.price_again(attempt, s).await?;
            let mut said = Said::about(s, &priced, threshold_ppm);
            let held = books.account.open_positions().filter(|p| p.opened.hedge_id == Some(s.id.get()));
            for position in held {
                said.add(self.than_at_entry(attempt, &books, position, &priced).await?);
            }
            points.push(priced.point(s.id, attempt.market.now()));
            rows.extend(said.row(s, priced.edge()));
            match priced {
                Priced::Gone(_, word) => gone.push((s.id, word)),
                Priced::Pays(hedge) => fresh.push((s.id, *hedge)),
                Priced::Waits(_) | Priced::PaysNot { .. } => {}
            }
        }
        let ends = super::calibration::followed(attempt, &source).await?;
        // The gravest first; those of one kind in the order of the list.
        rows.sort_by_key(|r: &MonitorRow| r.why.first().copied());
        let mut effects =
            vec![Effect::Hedges { source: source.clone(), hedges: fresh }, Effect::Prices { source, points }];
        if !gone.is_empty() {
            effects.push(Effect::HedgesGone { gone });
        }
        effects.extend(ends);
        let report = MonitorReport {
            source: attempt.market.label(),
            at: attempt.market.now(),
            threshold_ppm,
            watched: stored.len() as u64,
            rows,
        };
        Ok(Done { report: Report::Monitor(report), effects })
    }

    /// Whether an open position could be left, or added to, at better prices than it was entered at.
    async fn than_at_entry(
        &self,
        attempt: &Attempt,
        books: &Books,
        position: &Position,
        priced: &Priced,
    ) -> Result<Option<Reason>, TaskError> {
        if matches!(priced, Priced::Gone(..)) {
            return Ok(None);
        }
        let mut said = Vec::new();
        let legs: Vec<_> = position.opened.legs.iter().map(|l| (l.market.clone(), l.token.clone())).collect();
        let fresh = Fresh::fetch(attempt, &legs).await?;
        let desk = Desk {
            account: &books.account,
            limits: &self.setup.limits,
            costs: &self.setup.costs,
            now: attempt.market.now(),
        };
        // A leg that is not there any more has been told of already.
        if let Ok(legs) = fresh.leg_markets(&legs)
            && let Some(value) = mark(&desk, position, &legs).value
            && value > position.capital()
        {
            said.push(format!("its bids pay ${} now, ${} were put in", value.cents(), position.capital().cents()));
        }
        if let Priced::Pays(hedge) = priced {
            let now = per_share(hedge.quote.cost, hedge.quote.shares);
            let then = per_share(position.capital(), position.opened.shares);
            if now.zip(then).is_some_and(|(now, then)| now < then) {
                let text = |ppm: Option<i64>| Usdc::from_micros(ppm.unwrap_or_default()).to_string();
                said.push(format!("a pair costs {} now, {} at entry", text(now), text(then)));
            }
        }
        let words = format!("position {}: {}", position.id(), said.join("; "));
        Ok((!said.is_empty()).then_some((MonitorWhy::BetterThanEntry, words)))
    }

    /// Proves and prices one stored hedge again from fresh markets and books.
    pub(crate) async fn price_again(&self, attempt: &Attempt, stored: &StoredHedge) -> Result<Priced, TaskError> {
        let markets = match self.markets_of(attempt, stored).await? {
            Ok(markets) => markets,
            Err(missing) => return Ok(Priced::Gone(MonitorWhy::Missing, missing)),
        };
        if let Some(word) = resolved(&markets) {
            return Ok(Priced::Gone(MonitorWhy::Resolved, word));
        }
        if !stored.hedge.certificate.still_holds(&markets.iter().collect::<Vec<_>>()) {
            let word = "a question, rule text, end date or flag changed: the proof no longer stands".to_owned();
            return Ok(Priced::Gone(MonitorWhy::RulesChanged, word));
        }
        if let Some(word) = pending(&markets) {
            // Not the end yet: a dispute can send the market back to trading.
            return Ok(Priced::Waits(word));
        }
        let kept = More::Kept(vec![stored.hedge.certificate.clone()]);
        let scanned = self.prove(attempt, markets, 0, kept).await?.report;
        Ok(match scanned.hedges.into_iter().find(|h| h.key == stored.hedge.key) {
            Some(hedge) => Priced::Pays(Box::new(hedge)),
            None => {
                let near = scanned.watch.into_iter().find(|h| h.key == stored.hedge.key).map(|h| Box::new(h.quote));
                let reasons: Vec<String> = scanned.refused.keys().map(ToString::to_string).collect();
                Priced::PaysNot { near, word: format!("does not pay now: {}", reasons.join(", ")) }
            }
        })
    }

    /// The markets a stored hedge rests on as they are now, or which one is missing.
    async fn markets_of(
        &self,
        attempt: &Attempt,
        stored: &StoredHedge,
    ) -> Result<Result<Vec<Market>, String>, TaskError> {
        let mut markets = Vec::new();
        for id in &stored.hedge.certificate.markets {
            match attempt.market.market(id).await {
                Ok(market) => markets.push(market),
                Err(betty_market::SourceError::NotFound { .. }) => {
                    return Ok(Err(format!("market {id} is not in this source any more")));
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
    Gone(MonitorWhy, String),
    /// A market of it is between trading and its end.
    Waits(String),
    /// It pays, at this price.
    Pays(Box<Hedge>),
    /// It does not pay now.
    PaysNot {
        /// What the smallest order would come to, where it could be priced.
        near: Option<Box<HedgeQuote>>,
        /// Why, in words.
        word: String,
    },
}

impl Priced {
    /// The net edge now, millionths, where it could be priced.
    fn edge(&self) -> Option<i64> {
        match self {
            Self::Pays(hedge) => Some(hedge.quote.net_edge_ppm),
            Self::PaysNot { near, .. } => near.as_ref().map(|q| q.net_edge_ppm),
            Self::Gone(..) | Self::Waits(_) => None,
        }
    }

    /// What is kept of it in the history of prices.
    pub(crate) fn point(&self, id: HedgeId, at: Timestamp) -> HedgePoint {
        match self {
            Self::Pays(hedge) => HedgePoint::of(id, &hedge.quote, PriceState::Pays),
            Self::PaysNot { near: Some(quote), .. } => HedgePoint::of(id, quote, PriceState::PaysNot),
            Self::PaysNot { near: None, .. } => HedgePoint::unpriced(id, at, PriceState::PaysNot),
            Self::Waits(_) => HedgePoint::unpriced(id, at, PriceState::Waits),
            Self::Gone(..) => HedgePoint::unpriced(id, at, PriceState::Gone),
        }
    }
}

/// The word why, and a sentence with the numbers.
type Reason = (MonitorWhy, String);

/// What there is to say about one hedge; nothing is the ordinary case.
struct Said(Vec<Reason>);

impl Said {
    fn about(stored: &StoredHedge, priced: &Priced, threshold_ppm: i64) -> Self {
        Self(match priced {
            Priced::Gone(why, word) => vec![(*why, word.clone())],
            Priced::Waits(word) => vec![(MonitorWhy::Disputed, word.clone())],
            Priced::PaysNot { word, .. } => vec![(MonitorWhy::PaysNot, word.clone())],
            Priced::Pays(hedge) if hedge.quote.net_edge_ppm >= threshold_ppm => {
                vec![(MonitorWhy::PastThreshold, "past the profit threshold".to_owned())]
            }
            Priced::Pays(hedge) if hedge.quote.net_edge_ppm > stored.hedge.quote.net_edge_ppm => {
                vec![(MonitorWhy::Better, "better than when it was stored".to_owned())]
            }
            Priced::Pays(_) => Vec::new(),
        })
    }

    fn add(&mut self, reason: Option<Reason>) {
        self.0.extend(reason);
    }

    fn row(mut self, stored: &StoredHedge, now_ppm: Option<i64>) -> Option<MonitorRow> {
        self.0.sort_by_key(|(why, _)| *why);
        let mut why: Vec<MonitorWhy> = self.0.iter().map(|(why, _)| *why).collect();
        why.dedup();
        (!why.is_empty()).then(|| MonitorRow {
            id: stored.id,
            legs: stored.hedge.legs.iter().map(|l| format!("{} {}", l.outcome, l.question)).collect(),
            before_ppm: stored.hedge.quote.net_edge_ppm,
            now_ppm,
            why,
            words: self.0.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("; "),
        })
    }
}

/// Dollars for one share of every leg, millionths; `None` without shares.
fn per_share(cost: Usdc, shares: Shares) -> Option<i64> {
    let micros = i128::from(shares.micros());
    let each = (micros > 0).then(|| i128::from(cost.micros()) * 1_000_000 / micros)?;
    i64::try_from(each).ok()
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
