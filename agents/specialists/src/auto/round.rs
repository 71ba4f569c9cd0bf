//! One look at the account: exits of what is held, then entries of what passes, each decision with its numbers.

use super::record::{Record, Sent, held};
use crate::Setup;
use crate::account::Books;
use crate::execution::{execute, words};
use crate::hedge::{HedgeSpecialist, Priced};
use crate::legs::{Fresh, hedge_legs, stored_hedge};
use crate::misrouted;
use crate::paper::{mark_of, position_legs, settle_all};
use crate::strategies::{entries, kill_switch};
use betty_bus::effect::DECISIONS_KEPT_MAX;
use betty_bus::report::{AutoReport, AutoRow};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{AccountName, Effect, HedgeId, Report, SpecialistKind, StoredHedge, TaskError, TaskErrorKind};
use betty_market::Usdc;
use betty_trading::ledger::LedgerEvent;
use betty_trading::{
    Breakers, Candidate, Confidence, Desk, ExitCheck, Marked, Position, PositionId, Strategy, check, decide_guarded,
    paper,
};
use serde_json::json;
use std::sync::Arc;

/// Stored hedges looked at in one round of entries.
pub const CANDIDATES_MAX: u32 = 50;

/// The setting that keeps a position's highest mark.
pub(super) fn peak_key(account: &AccountName, position: PositionId) -> String {
    format!("peak.{account}.{position}")
}

/// Which stored hedges are decided about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which<'a> {
    /// The best, as last priced.
    Best,
    /// One.
    One(HedgeId),
    /// These, proven and priced again first: their books are known to have changed.
    Changed(&'a [HedgeId]),
}

/// An open position whose exits can be checked.
struct Seen<'a> {
    position: &'a Position,
    strategy: Option<Strategy>,
    mark: Option<Usdc>,
    peak: Option<Usdc>,
}

/// The strategy a position was opened with, as it was then; `None` when it was opened without one.
pub(super) fn snapshot(position: &Position) -> Result<Option<Strategy>, String> {
    let opened = &position.opened;
    match (&opened.strategy_toml, &opened.strategy) {
        (Some(toml), _) => Strategy::from_toml(toml)
            .map(Some)
            .map_err(|e| format!("the strategy it was opened with cannot be read, so it is held: {e}")),
        (None, Some(reference)) => Err(format!(
            "the text of {reference} was not kept with it, so it is held to resolution or until a person closes it"
        )),
        (None, None) => Ok(None),
    }
}

/// The account as of now, and what was decided about it so far.
pub(super) struct Round<'a> {
    attempt: &'a Attempt,
    setup: &'a Arc<Setup>,
    books: Books,
    rows: Vec<AutoRow>,
    record: Record,
    effects: Vec<Effect>,
}

impl<'a> Round<'a> {
    pub(super) async fn begin(attempt: &'a Attempt, setup: &'a Arc<Setup>) -> Result<Self, TaskError> {
        let books = Books::read(attempt, &setup.limits).await?;
        Ok(Self { attempt, setup, books, rows: Vec::new(), record: Record::default(), effects: Vec::new() })
    }

    /// Says what led to this round; kept with each decision.
    pub(super) fn after(&mut self, after: String) {
        self.record.after(after);
    }

    /// The stored hedges of these numbers as they are priced now; what is found is stored, and what is no hedge any more says so.
    async fn changed(&mut self, ids: &[HedgeId]) -> Result<Vec<StoredHedge>, TaskError> {
        let hedges = HedgeSpecialist::new(self.setup.clone());
        let (mut stored, mut fresh, mut gone, mut points) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for id in ids {
            self.attempt.check()?;
            // One that is not there any more was about to be decided about, and is simply none.
            let Some(mut s) = self.attempt.desk.hedge(*id).await? else { continue };
            if s.source != self.books.name || s.gone.is_some() {
                continue;
            }
            let priced = hedges.price_again(self.attempt, &s).await?;
            points.push(priced.point(s.id, self.attempt.market.now()));
            match priced {
                Priced::Gone(_, word) => {
                    gone.push((s.id, word));
                    continue;
                }
                Priced::Pays(hedge) => {
                    fresh.push((s.id, (*hedge).clone()));
                    s.hedge = *hedge;
                }
                // Decided about as it was priced last: the trade itself meets the books and says what is wrong with them.
                Priced::Waits(_) | Priced::PaysNot { .. } => {}
            }
            stored.push(s);
        }
        if !points.is_empty() {
            self.effects.push(Effect::Prices { source: self.books.name.clone(), points });
        }
        if !fresh.is_empty() {
            self.effects.push(Effect::Hedges { source: self.books.name.clone(), hedges: fresh });
        }
        if !gone.is_empty() {
            self.effects.push(Effect::HedgesGone { gone });
        }
        Ok(stored)
    }

    /// Decides about stored hedges; sends the orders of what is taken and books what came of them, unless this only looks. Returns how
    /// many were looked at and how many taken. While every entry is stopped none is looked at, and that is the one decision.
    pub(super) async fn entries(
        &mut self,
        which: Which<'_>,
        strategy: &Strategy,
        send: bool,
    ) -> Result<(usize, usize), TaskError> {
        let (attempt, reference) = (self.attempt, strategy.reference());
        if let Some(since) = kill_switch(attempt.desk.as_ref()).await? {
            let row = self.record.killed(attempt.market.now(), &reference, &since);
            self.rows.push(row);
            return Ok((0, 0));
        }
        let stored: Vec<StoredHedge> = match which {
            Which::One(id) => vec![stored_hedge(attempt, id).await?],
            Which::Best => attempt.desk.hedges(&self.books.name, CANDIDATES_MAX).await?,
            Which::Changed(ids) => self.changed(ids).await?,
        };
        let fresh = Fresh::of(attempt, stored.iter().map(|s| &s.hedge)).await?;
        attempt.check()?;
        let now = attempt.market.now();
        let mut ready = Vec::new();
        for s in &stored {
            match fresh.leg_markets(&hedge_legs(&s.hedge)) {
                Ok(markets) => ready.push((s, markets, fresh.between(&s.hedge))),
                Err(e) => {
                    let row = self.record.unreadable_hedge(now, &reference, s.id.get(), &e.message);
                    self.rows.push(row);
                }
            }
        }
        let candidates: Vec<Candidate<'_>> = ready
            .iter()
            .map(|(s, m, between)| Candidate { hedge_id: Some(s.id.get()), hedge: &s.hedge, legs: m, between })
            .collect();
        let desk = Desk { account: &self.books.account, limits: &self.setup.limits, costs: &self.setup.costs, now };
        let breakers = Breakers::of(desk.account, desk.limits);
        let decisions = decide_guarded(&desk, &breakers, strategy, Confidence::default(), &candidates);
        let mut taken = 0;
        for decision in decisions {
            let sent = match &decision.open {
                Some(open) if send => Some(self.send(&open.event).await?),
                _ => None,
            };
            taken += usize::from(sent.as_ref().map_or(decision.take, |s| s.held));
            let row = self.record.entry(now, &reference, &decision, sent.as_ref());
            self.rows.push(row);
        }
        Ok((stored.len(), taken))
    }

    /// Sends the orders of a decision and books what came of them.
    async fn send(&mut self, event: &LedgerEvent) -> Result<Sent, TaskError> {
        let LedgerEvent::HedgeOpened(draft) = event else { return Err(misrouted(SpecialistKind::AutoTrader)) };
        let end = execute(self.attempt, self.setup, &self.books.account, (**draft).clone()).await?;
        let words = words(&end, draft.shares);
        let held = end.events.iter().any(|e| matches!(e, LedgerEvent::HedgeOpened(_)));
        for event in end.events {
            self.books.append(event)?;
        }
        Ok(Sent { held, words })
    }

    /// Pays out what has resolved, then checks every open position against the exits of the strategy it was opened with. Returns how
    /// many were checked and how many ended. Nothing stops it: no breaker, no switch.
    pub(super) async fn exits(&mut self) -> Result<(usize, usize), TaskError> {
        let attempt = self.attempt;
        let (settled, _) = settle_all(attempt, self.setup, &mut self.books).await?;
        for s in &settled {
            let strategy = self.books.account.position(s.position).and_then(|p| p.opened.strategy.clone());
            let numbers = json!({ "payout": s.payout, "at_cost": s.at_cost });
            let row = self.record.exit(s.at, s.position, strategy.as_ref(), s.reason, &s.words, numbers);
            self.rows.push(row);
        }
        let open: Vec<Position> = self.books.account.open_positions().cloned().collect();
        let mut seen: Vec<Seen<'_>> = Vec::new();
        for position in &open {
            match self.see(position).await? {
                Ok(it) => seen.push(it),
                Err((kind, why)) => self.hold(position, kind, why, None),
            }
        }
        let marked: Vec<Marked<'_>> = seen
            .iter()
            .map(|s| Marked {
                position: s.position,
                strategy: s.strategy.as_ref(),
                mark: s.mark,
                peak: s.peak,
                resolved: false,
            })
            .collect();
        let mut ended = settled.len();
        for result in check(&marked, attempt.market.now()) {
            let Some(position) = open.iter().find(|p| p.id() == result.position) else { continue };
            ended += usize::from(self.apply(position, &result).await?);
        }
        Ok((open.len() + settled.len(), ended))
    }

    /// What is known of a position now, or why its exits cannot be checked: one market that cannot be read is one position that is
    /// held, and the others are checked.
    async fn see<'p>(&self, position: &'p Position) -> Result<Result<Seen<'p>, (&'static str, String)>, TaskError> {
        let strategy = match snapshot(position) {
            Ok(strategy) => strategy,
            Err(why) => return Ok(Err((held::NO_RULES, why))),
        };
        let mark = match mark_of(self.attempt, self.setup, &self.books, position).await {
            Ok(mark) => mark,
            Err(e) if e.kind == TaskErrorKind::Cancelled => return Err(e),
            Err(e) => {
                return Ok(Err((held::UNREADABLE, format!("its exits could not be checked: {}", e.message))));
            }
        };
        let peak = self.attempt.desk.setting(&peak_key(&self.books.name, position.id())).await?;
        Ok(Ok(Seen { position, strategy, mark, peak: peak.and_then(|p| p.parse().ok()) }))
    }

    fn hold(&mut self, position: &Position, kind: &'static str, words: String, checked: Option<&ExitCheck>) {
        let now = self.attempt.market.now();
        let strategy = position.opened.strategy.as_ref();
        let row = self.record.hold(now, position.id(), strategy, kind, words, checked.map(|c| &c.view));
        self.rows.push(row);
    }

    /// Ends a position whose exit fired, where its bids take it. True when it ended.
    async fn apply(&mut self, position: &Position, checked: &ExitCheck) -> Result<bool, TaskError> {
        let Some(exit) = &checked.exit else {
            if let Some(peak) = checked.view.peak {
                let key = peak_key(&self.books.name, checked.position);
                self.effects.push(Effect::Setting { key, value: peak.to_string() });
            }
            let kind = match (position.opened.strategy.is_some(), checked.view.value.is_some()) {
                (false, _) => held::NO_STRATEGY,
                (true, false) => held::NO_BID,
                (true, true) => held::NO_EXIT,
            };
            self.hold(position, kind, checked.words.clone(), Some(checked));
            return Ok(false);
        };
        let legs = position_legs(position);
        let sold = match Fresh::fetch(self.attempt, &legs).await {
            Err(e) if e.kind == TaskErrorKind::Cancelled => return Err(e),
            Err(e) => Err(e.message),
            Ok(fresh) => {
                let desk = Desk {
                    account: &self.books.account,
                    limits: &self.setup.limits,
                    costs: &self.setup.costs,
                    now: self.attempt.market.now(),
                };
                fresh.leg_markets(&legs).map_err(|e| e.message).and_then(|markets| {
                    paper::close(&desk, position.id(), &markets, exit.reason, &checked.words).map_err(|e| e.to_string())
                })
            }
        };
        match sold {
            Ok(decision) => {
                let numbers = json!({
                    "view": checked.view,
                    "proceeds": decision.proceeds,
                    "real_pnl": decision.real_pnl,
                });
                self.books.append(decision.event)?;
                let (now, strategy) = (self.attempt.market.now(), position.opened.strategy.as_ref());
                let row = self.record.exit(now, position.id(), strategy, exit.reason, &checked.words, numbers);
                self.rows.push(row);
                Ok(true)
            }
            Err(why) => {
                let words = format!("{}; but it cannot be sold now: {why}", checked.words);
                self.hold(position, held::CANNOT_SELL, words, Some(checked));
                Ok(false)
            }
        }
    }

    /// The report alone: nothing of what was decided is written.
    pub(super) async fn look(self, title: String, strategy: String) -> Result<Done, TaskError> {
        Ok(Done { effects: Vec::new(), ..self.done(title, strategy).await? })
    }

    /// The report with everything decided, to be written as one.
    pub(super) async fn done(self, title: String, strategy: String) -> Result<Done, TaskError> {
        let desk = self.attempt.desk.as_ref();
        let report = AutoReport {
            source: self.attempt.market.label(),
            title,
            strategy,
            entries_on: entries(desk).await? == Some(true),
            rows: self.rows,
            kill_switch: kill_switch(desk).await?,
            breakers: Breakers::of(&self.books.account, &self.setup.limits).standings(self.attempt.market.now()),
        };
        let rows = self.record.into_rows();
        let mut effects = self.effects;
        if !rows.is_empty() {
            effects.push(Effect::Decisions { account: self.books.name.clone(), rows, keep: DECISIONS_KEPT_MAX });
        }
        effects.extend(self.books.into_effects());
        Ok(Done { report: Report::Auto(report), effects })
    }

    /// Puts what was done before what was left, for people who read the first lines.
    pub(super) fn acts_first(&mut self) {
        self.rows.sort_by_key(|r| !matches!(r.decision.as_str(), "exit" | "enter"));
    }
}
