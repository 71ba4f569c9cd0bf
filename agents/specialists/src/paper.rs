//! PaperTrader. Opens, closes, settles and shows the paper account. Every fill is walked through the book of the moment; every write is
//! an effect, so that a kill leaves all of a trade or none of it.

use crate::account::Books;
use crate::execution::{execute, words};
use crate::legs::{Fresh, hedge_legs, stored_hedge};
use crate::strategies::{confidence, entries_possible, find};
use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::report::{ClosedReport, LedgerReport, NoteReport, OpenedReport, PositionsReport, SettledReport};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::PaperTask;
use betty_bus::{HedgeId, Report, Specialist, SpecialistKind, Task, TaskError};
use betty_hedging::Tier;
use betty_market::{MarketId, Outcome, Price, Resolution, Shares, TokenId, Usdc};
use betty_trading::entry::{EntryEnd, EntryHow};
use betty_trading::ledger::LedgerEvent;
use betty_trading::paper::{self, ManualLeg, ManualOpen, ManualPrice};
use betty_trading::portfolio::{Marks, positions};
use betty_trading::{
    Desk, ExitReason, OpenDecision, OpenRequest, Portfolio, Position, PositionFilter, PositionId, PositionRow,
    SizeRequest, Sizing,
};
use std::sync::Arc;

/// Keeps the paper account.
#[derive(Debug, Clone)]
pub struct PaperTrader {
    setup: Arc<Setup>,
}

/// The typed part of a manual open.
struct Typed {
    target: MarketId,
    target_price: Price,
    cover: MarketId,
    cover_price: Price,
    coverage_ppm: u32,
    tier: String,
}

impl PaperTrader {
    /// With the configured limits and costs.
    #[must_use]
    pub const fn new(setup: Arc<Setup>) -> Self {
        Self { setup }
    }

    fn desk<'a>(&'a self, attempt: &Attempt, books: &'a Books) -> Desk<'a> {
        Desk {
            account: &books.account,
            limits: &self.setup.limits,
            costs: &self.setup.costs,
            now: attempt.market.now(),
        }
    }

    async fn open(
        &self,
        attempt: &Attempt,
        id: HedgeId,
        sure: Option<String>,
        strategy: Option<String>,
        size: Option<Usdc>,
    ) -> Result<Done, TaskError> {
        entries_possible(attempt).await?;
        let stored = stored_hedge(attempt, id).await?;
        let strategy = match &strategy {
            Some(name) => Some(find(attempt, name).await?),
            None => None,
        };
        let legs = hedge_legs(&stored.hedge);
        (attempt.progress)("reading both books");
        let fresh = Fresh::of(attempt, [&stored.hedge]).await?;
        attempt.check()?;
        let books = Books::read(attempt, &self.setup.limits).await?;
        let request = OpenRequest {
            confidence: confidence(sure.as_deref())?,
            strategy: strategy.as_ref(),
            size: size.map(SizeRequest::Capital),
            reason: format!("asked for by a person in task {}", attempt.task),
            between: &fresh.between(&stored.hedge),
        };
        let decision = paper::open(
            &self.desk(attempt, &books),
            Some(id.get()),
            &stored.hedge,
            &fresh.leg_markets(&legs)?,
            &request,
        )
        .map_err(|refusal| TaskError::refused(format!("hedge {id} was not opened: {refusal}")))?;
        let OpenDecision { event: LedgerEvent::HedgeOpened(draft), sizing, notes, .. } = decision else {
            return Err(misrouted(SpecialistKind::PaperTrader));
        };
        (attempt.progress)("the orders are on their way");
        let planned = draft.shares;
        let end = execute(attempt, &self.setup, &books.account, *draft).await?;
        entered(books, end, planned, sizing, notes)
    }

    async fn open_manual(
        &self,
        attempt: &Attempt,
        typed: Typed,
        sure: Option<String>,
        strategy: Option<String>,
    ) -> Result<Done, TaskError> {
        entries_possible(attempt).await?;
        let strategy = match &strategy {
            Some(name) => Some(find(attempt, name).await?),
            None => None,
        };
        let target = attempt.market.market(&typed.target).await?;
        let cover = attempt.market.market(&typed.cover).await?;
        let books = Books::read(attempt, &self.setup.limits).await?;
        let leg = |market, price| ManualLeg { market, outcome: Outcome::Yes, price };
        let manual = ManualOpen {
            target: leg(&target, typed.target_price),
            cover: leg(&cover, typed.cover_price),
            coverage_ppm: i64::from(typed.coverage_ppm),
            tier: tier(&typed.tier)?,
        };
        let request = OpenRequest {
            confidence: confidence(sure.as_deref())?,
            strategy: strategy.as_ref(),
            size: None,
            reason: format!("typed in by a person in task {}, prices by hand", attempt.task),
            between: &[],
        };
        let decision = paper::open_manual(&self.desk(attempt, &books), &manual, &request)
            .map_err(|refusal| TaskError::refused(format!("nothing was opened: {refusal}")))?;
        opened(books, decision)
    }

    async fn close(&self, attempt: &Attempt, number: u64, manual: Option<[Price; 2]>) -> Result<Done, TaskError> {
        let books = Books::read(attempt, &self.setup.limits).await?;
        close_position(self, attempt, books, number, manual, ExitReason::Manual, "closed by a person").await
    }

    async fn settle(&self, attempt: &Attempt) -> Result<Done, TaskError> {
        let mut books = Books::read(attempt, &self.setup.limits).await?;
        let (settled, waiting) = settle_all(attempt, &self.setup, &mut books).await?;
        let report = SettledReport { source: attempt.market.label(), settled, waiting, cash: books.cash() };
        Ok(Done { report: Report::Settled(report), effects: books.into_effects() })
    }

    /// What the bids pay for every open position now.
    async fn marks(&self, attempt: &Attempt, books: &Books) -> Result<Marks, TaskError> {
        let mut marks = Marks::new();
        for position in books.account.open_positions() {
            let mark = mark_of(attempt, &self.setup, books, position).await?;
            marks.insert(position.id(), mark);
        }
        Ok(marks)
    }

    async fn ledger(attempt: &Attempt, limit: u32) -> Result<Done, TaskError> {
        let all = attempt.desk.ledger(&crate::account::account_name(attempt)?).await?;
        let sum = all.iter().flat_map(|r| &r.postings).map(|p| p.amount).sum();
        let entries = all.len() as u64;
        let skip = all.len().saturating_sub(limit as usize);
        let rows = all.into_iter().enumerate().skip(skip).map(|(i, row)| (i as u64 + 1, row)).collect();
        Ok(Done::read(Report::Ledger(LedgerReport { source: attempt.market.label(), rows, entries, sum })))
    }
}

/// Pays out every open position whose markets have all resolved; says of the others what they wait for.
pub(crate) async fn settle_all(
    attempt: &Attempt,
    setup: &Setup,
    books: &mut Books,
) -> Result<(Vec<betty_trading::ledger::HedgeSettled>, Vec<(u64, String)>), TaskError> {
    let open: Vec<Position> = books.account.open_positions().cloned().collect();
    let (mut settled, mut waiting) = (Vec::new(), Vec::new());
    for position in open {
        attempt.check()?;
        let mut resolutions: Vec<(MarketId, Resolution)> = Vec::new();
        let mut missing = Vec::new();
        for leg in &position.opened.legs {
            // One market that cannot be read is one position that waits; the others are paid.
            match attempt.market.market(&leg.market).await {
                Ok(market) => match market.resolution {
                    Some(resolution) => resolutions.push((market.id, resolution)),
                    None => missing.push(format!("market {} is {}", market.id, status_words(market.status))),
                },
                Err(e) => missing.push(format!("market {} cannot be read now: {e}", leg.market)),
            }
        }
        if !missing.is_empty() {
            waiting.push((position.id().get(), missing.join("; ")));
            continue;
        }
        let desk =
            Desk { account: &books.account, limits: &setup.limits, costs: &setup.costs, now: attempt.market.now() };
        let decision = match paper::settle(&desk, position.id(), &resolutions) {
            Ok(decision) => decision,
            Err(refusal) => {
                waiting.push((position.id().get(), refusal.to_string()));
                continue;
            }
        };
        if let LedgerEvent::HedgeSettled(event) = &decision.event {
            settled.push((**event).clone());
        }
        books.append(decision.event)?;
    }
    Ok((settled, waiting))
}

const fn status_words(status: betty_market::MarketStatus) -> &'static str {
    use betty_market::MarketStatus as S;
    match status {
        S::Open => "still open",
        S::Halted => "halted and not resolved",
        S::Proposed => "in its challenge window",
        S::Disputed => "disputed: the capital stays locked until the vote",
        S::Resolved => "resolved without a readable result",
    }
}

/// What the bids pay for a position now; `None` without enough bids.
pub(crate) async fn mark_of(
    attempt: &Attempt,
    setup: &Setup,
    books: &Books,
    position: &Position,
) -> Result<Option<Usdc>, TaskError> {
    attempt.check()?;
    let legs = position_legs(position);
    let fresh = Fresh::fetch(attempt, &legs).await?;
    let desk = Desk { account: &books.account, limits: &setup.limits, costs: &setup.costs, now: attempt.market.now() };
    Ok(match fresh.leg_markets(&legs) {
        Ok(markets) => paper::mark(&desk, position, &markets).value,
        Err(_) => None,
    })
}

/// The legs of a position.
pub(crate) fn position_legs(position: &Position) -> Vec<(MarketId, TokenId)> {
    position.opened.legs.iter().map(|l| (l.market.clone(), l.token.clone())).collect()
}

/// Closes a position at the bids, or at typed prices.
pub(crate) async fn close_position(
    trader: &PaperTrader,
    attempt: &Attempt,
    mut books: Books,
    number: u64,
    manual: Option<[Price; 2]>,
    reason: ExitReason,
    rule: &str,
) -> Result<Done, TaskError> {
    let id = PositionId::new(number);
    let Some(position) = books.account.position(id).cloned() else {
        return Err(TaskError::refused(format!(
            "there is no position {number} in the account {}. `!paper_trade positions` lists them",
            books.name
        )));
    };
    let legs = position_legs(&position);
    let fresh = Fresh::fetch(attempt, &legs).await?;
    let markets = fresh.leg_markets(&legs)?;
    let desk = trader.desk(attempt, &books);
    let decision = match manual {
        None => paper::close(&desk, id, &markets, reason, rule),
        Some(prices) => {
            let typed: Vec<ManualPrice<'_>> =
                markets.iter().zip(prices).map(|(m, price)| ManualPrice { market: m.market, price }).collect();
            paper::close_manual(&desk, id, &typed, rule)
        }
    }
    .map_err(|refusal| TaskError::refused(format!("position {number} was not closed: {refusal}")))?;
    let LedgerEvent::HedgeClosed(closed) = &decision.event else {
        return Err(misrouted(SpecialistKind::PaperTrader));
    };
    let closed = (**closed).clone();
    books.append(decision.event)?;
    let after = books.account.position(id).unwrap_or(&position);
    let report = ClosedReport { closed, row: PositionRow::of(after, None, attempt.market.now()), cash: books.cash() };
    Ok(Done { report: Report::Closed(Box::new(report)), effects: books.into_effects() })
}

/// The report and effects of orders that came to their end.
fn entered(
    mut books: Books,
    end: EntryEnd,
    planned: Shares,
    sizing: Sizing,
    mut notes: Vec<String>,
) -> Result<Done, TaskError> {
    let words = words(&end, planned);
    let mut held = None;
    for event in end.events {
        if let LedgerEvent::HedgeOpened(opened) = &event {
            held = Some((**opened).clone());
        }
        books.append(event)?;
    }
    let report = match (held, words) {
        (Some(opened), words) => {
            notes.extend(words);
            Report::Opened(Box::new(OpenedReport { opened, sizing, notes, cash: books.cash() }))
        }
        (None, Some(words)) if end.how == EntryHow::Unwound => {
            Report::Note(NoteReport { title: "Not opened: one leg stayed alone".to_owned(), text: words })
        }
        (None, words) => return Err(TaskError::refused(words.unwrap_or_else(|| "nothing was bought".to_owned()))),
    };
    Ok(Done { report, effects: books.into_effects() })
}

/// The report and effects of an open at typed prices.
pub(crate) fn opened(mut books: Books, decision: OpenDecision) -> Result<Done, TaskError> {
    let LedgerEvent::HedgeOpened(event) = &decision.event else { return Err(misrouted(SpecialistKind::PaperTrader)) };
    let opened = (**event).clone();
    books.append(decision.event)?;
    let report = OpenedReport { opened, sizing: decision.sizing, notes: decision.notes, cash: books.cash() };
    Ok(Done { report: Report::Opened(Box::new(report)), effects: books.into_effects() })
}

fn tier(text: &str) -> Result<Tier, TaskError> {
    let digit = text.trim().trim_start_matches(['t', 'T', 'i', 'I', 'e', 'E', 'r', 'R', ' ']);
    match digit {
        _ if text.trim().eq_ignore_ascii_case("watch") => Ok(Tier::Watch),
        // Refused with its reason by the trade itself.
        "0" => Ok(Tier::T0),
        "1" => Ok(Tier::T1),
        "2" => Ok(Tier::T2),
        "3" => Ok(Tier::T3),
        _ => Err(TaskError::refused(format!(
            "{text:?} is no tier: give T1, T2, T3 or WATCH (T0 is for proofs and cannot be typed in)"
        ))),
    }
}

#[async_trait]
impl Specialist for PaperTrader {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::PaperTrader
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Paper(task) = task else { return Err(misrouted(self.kind())) };
        match task {
            PaperTask::Open { hedge, confidence, strategy, size } => {
                self.open(attempt, hedge, confidence, strategy, size).await
            }
            PaperTask::OpenManual {
                target,
                target_price,
                cover,
                cover_price,
                coverage_ppm,
                tier,
                confidence,
                strategy,
            } => {
                let typed = Typed { target, target_price, cover, cover_price, coverage_ppm, tier };
                self.open_manual(attempt, typed, confidence, strategy).await
            }
            PaperTask::Close { position, manual } => self.close(attempt, position, manual).await,
            PaperTask::Settle => self.settle(attempt).await,
            PaperTask::Portfolio => {
                let books = Books::read(attempt, &self.setup.limits).await?;
                let marks = self.marks(attempt, &books).await?;
                Ok(Done::read(Report::Portfolio(Box::new(Portfolio::of(&books.account, &marks)))))
            }
            PaperTask::Positions { open } => {
                let filter = match open {
                    None => PositionFilter::All,
                    Some(true) => PositionFilter::Open,
                    Some(false) => PositionFilter::Closed,
                };
                let books = Books::read(attempt, &self.setup.limits).await?;
                let marks = self.marks(attempt, &books).await?;
                let rows = positions(&books.account, filter, &marks, attempt.market.now());
                Ok(Done::read(Report::Positions(PositionsReport { source: attempt.market.label(), rows })))
            }
            PaperTask::Ledger { limit } => Self::ledger(attempt, limit).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_tiers_are_what_they_say() {
        for (text, want) in
            [("T0", Tier::T0), ("T1", Tier::T1), ("tier 2", Tier::T2), ("3", Tier::T3), ("WATCH", Tier::Watch)]
        {
            assert_eq!(tier(text).unwrap(), want, "{text}");
        }
        for text in ["", "T4", "best", "watching"] {
            assert!(tier(text).unwrap_err().message.contains("is no tier"), "{text}");
        }
    }
}
