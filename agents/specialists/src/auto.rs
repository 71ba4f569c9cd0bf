//! AutoTrader. Strategies, and trading by rule: every candidate and every open position ends as one decision with its numbers.

use crate::account::Books;
use crate::legs::{Fresh, hedge_legs, stored_hedge};
use crate::paper::{PaperTrader, close_position, mark_of, settle_all};
use crate::strategies::{ACTIVE, ENTRIES, active, every, find, version_of};
use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::report::{AutoReport, AutoRow, NoteReport, StrategiesReport, StrategyReport};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::AutoTask;
use betty_bus::{
    AccountName, Effect, HedgeId, Report, Specialist, SpecialistKind, StoredHedge, Task, TaskError, TaskErrorKind,
};
use betty_market::Usdc;
use betty_trading::strategy::template;
use betty_trading::{
    Candidate, Confidence, Desk, ExitReason, Marked, Position, PositionId, Strategy, check, decide_entries, dollars,
    paper,
};
use std::sync::Arc;

/// Stored hedges looked at in one round of entries.
pub const CANDIDATES_MAX: u32 = 50;

/// Trades by rules.
#[derive(Debug, Clone)]
pub struct AutoTrader {
    setup: Arc<Setup>,
    trader: PaperTrader,
}

/// The setting that keeps a position's highest mark.
fn peak_key(account: &AccountName, position: PositionId) -> String {
    format!("peak.{account}.{position}")
}

/// An open position whose exits can be checked.
struct Seen<'a> {
    position: &'a Position,
    strategy: Option<Strategy>,
    mark: Option<Usdc>,
    peak: Option<Usdc>,
}

/// The strategy a position was opened with, as it was then; `None` when it was opened without one.
fn snapshot(position: &Position) -> Result<Option<Strategy>, String> {
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

fn note(title: impl Into<String>, text: impl Into<String>) -> Report {
    Report::Note(NoteReport { title: title.into(), text: text.into() })
}

impl AutoTrader {
    /// With the configured limits and costs.
    #[must_use]
    pub fn new(setup: Arc<Setup>) -> Self {
        Self { trader: PaperTrader::new(setup.clone()), setup }
    }

    async fn strategy(attempt: &Attempt, name: Option<&str>) -> Result<Strategy, TaskError> {
        match name {
            Some(name) => find(attempt, name).await,
            None => find(attempt, &active(attempt).await?).await,
        }
    }

    async fn entries_on(attempt: &Attempt) -> Result<bool, TaskError> {
        Ok(attempt.desk.setting(ENTRIES).await?.as_deref() == Some("on"))
    }

    /// Decides about stored hedges; books what is taken unless this only looks.
    async fn enter(
        &self,
        attempt: &Attempt,
        hedge: Option<HedgeId>,
        strategy: Strategy,
        look_only: bool,
    ) -> Result<Done, TaskError> {
        let stored: Vec<StoredHedge> = match hedge {
            Some(id) => vec![stored_hedge(attempt, id).await?],
            None => attempt.desk.hedges(&crate::account::account_name(attempt)?, CANDIDATES_MAX).await?,
        };
        let legs: Vec<_> = stored.iter().flat_map(|s| hedge_legs(&s.hedge)).collect();
        let fresh = Fresh::fetch(attempt, &legs).await?;
        attempt.check()?;
        let mut books = Books::read(attempt, &self.setup.limits).await?;
        let mut rows = Vec::new();
        let mut ready = Vec::new();
        for s in &stored {
            match fresh.leg_markets(&hedge_legs(&s.hedge)) {
                Ok(markets) => ready.push((s, markets)),
                Err(e) => rows.push(AutoRow {
                    about: format!("hedge {}", s.id),
                    decision: "refuse".into(),
                    reason: e.message,
                }),
            }
        }
        let candidates: Vec<Candidate<'_>> =
            ready.iter().map(|(s, m)| Candidate { hedge_id: Some(s.id.get()), hedge: &s.hedge, legs: m }).collect();
        let decisions = decide_entries(
            &strategy,
            Confidence::default(),
            &candidates,
            &books.account,
            &self.setup.limits,
            &self.setup.costs,
            attempt.market.now(),
        );
        for decision in decisions {
            let about = decision.hedge_id.map_or_else(|| decision.hedge_key.clone(), |id| format!("hedge {id}"));
            let (word, mut reason) = (if decision.take { "enter" } else { "refuse" }, decision.reason.to_string());
            if let Some(open) = decision.open {
                reason = format!("{reason}; {} shares for {}", open.sizing.shares, dollars(open.capital));
                if !look_only {
                    books.append(open.event)?;
                }
            }
            rows.push(AutoRow { about, decision: word.into(), reason });
        }
        let taken = rows.iter().filter(|r| r.decision == "enter").count();
        let title = if look_only {
            format!("{taken} of {} stored hedges would be entered", rows.len())
        } else {
            format!("{taken} of {} stored hedges entered", rows.len())
        };
        let report = AutoReport {
            source: attempt.market.label(),
            title,
            strategy: strategy.reference().to_string(),
            entries_on: Self::entries_on(attempt).await?,
            rows,
        };
        Ok(Done { report: Report::Auto(report), effects: if look_only { Vec::new() } else { books.into_effects() } })
    }

    /// Pays out what has resolved, then checks every open position against the exits of the strategy it was opened with.
    async fn check(&self, attempt: &Attempt) -> Result<Done, TaskError> {
        let mut books = Books::read(attempt, &self.setup.limits).await?;
        let (settled, _) = settle_all(attempt, &self.setup, &mut books).await?;
        let mut rows: Vec<AutoRow> = settled
            .iter()
            .map(|s| AutoRow {
                about: format!("position {}", s.position),
                decision: "exit".into(),
                reason: s.words.clone(),
            })
            .collect();
        let open: Vec<Position> = books.account.open_positions().cloned().collect();
        let mut seen: Vec<Seen<'_>> = Vec::new();
        for position in &open {
            let hold = |reason: String| AutoRow {
                about: format!("position {}", position.id()),
                decision: "hold".into(),
                reason,
            };
            let strategy = match snapshot(position) {
                Ok(strategy) => strategy,
                Err(why) => {
                    rows.push(hold(why));
                    continue;
                }
            };
            // One market that cannot be read is one position that is held; the others are checked.
            let mark = match mark_of(attempt, &self.setup, &books, position).await {
                Ok(mark) => mark,
                Err(e) if e.kind == TaskErrorKind::Cancelled => return Err(e),
                Err(e) => {
                    rows.push(hold(format!("its exits could not be checked: {}", e.message)));
                    continue;
                }
            };
            let peak = attempt.desk.setting(&peak_key(&books.name, position.id())).await?;
            seen.push(Seen { position, strategy, mark, peak: peak.and_then(|p| p.parse().ok()) });
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
        let checks = check(&marked, attempt.market.now());
        let mut effects = Vec::new();
        for result in checks {
            let about = format!("position {}", result.position);
            let Some(exit) = result.exit else {
                if let Some(peak) = result.view.peak {
                    let key = peak_key(&books.name, result.position);
                    effects.push(Effect::Setting { key, value: peak.to_string() });
                }
                rows.push(AutoRow { about, decision: "hold".into(), reason: result.words });
                continue;
            };
            let Some(position) = open.iter().find(|p| p.id() == result.position) else { continue };
            let legs = crate::paper::position_legs(position);
            let fresh = match Fresh::fetch(attempt, &legs).await {
                Ok(fresh) => fresh,
                Err(e) => {
                    let reason = format!("{}; but it cannot be sold now: {}", result.words, e.message);
                    rows.push(AutoRow { about, decision: "hold".into(), reason });
                    continue;
                }
            };
            let markets = match fresh.leg_markets(&legs) {
                Ok(markets) => markets,
                Err(e) => {
                    let reason = format!("{}; but it cannot be sold now: {}", result.words, e.message);
                    rows.push(AutoRow { about, decision: "hold".into(), reason });
                    continue;
                }
            };
            let desk = Desk {
                account: &books.account,
                limits: &self.setup.limits,
                costs: &self.setup.costs,
                now: attempt.market.now(),
            };
            match paper::close(&desk, result.position, &markets, exit.reason, &result.words) {
                Ok(decision) => {
                    books.append(decision.event)?;
                    rows.push(AutoRow { about, decision: "exit".into(), reason: result.words });
                }
                Err(refusal) => {
                    let reason = format!("{}; but it cannot be sold now: {refusal}", result.words);
                    rows.push(AutoRow { about, decision: "hold".into(), reason });
                }
            }
        }
        let exits = rows.iter().filter(|r| r.decision == "exit").count();
        let report = AutoReport {
            source: attempt.market.label(),
            title: format!("{} positions checked, {exits} ended", open.len() + settled.len()),
            strategy: "each position's own, as it was when it was opened".to_owned(),
            entries_on: Self::entries_on(attempt).await?,
            rows,
        };
        effects.extend(books.into_effects());
        Ok(Done { report: Report::Auto(report), effects })
    }

    async fn save(attempt: &Attempt, toml: &str) -> Result<Done, TaskError> {
        let mut strategy = Strategy::from_toml(toml).map_err(|e| {
            TaskError::refused(format!(
                "the strategy was not saved: {e}. `!auto_strategy template balanced` prints one that works"
            ))
        })?;
        let name = strategy.name.to_string();
        let last = attempt.desk.strategies().await?.into_iter().find(|s| s.name == name).map_or(0, |s| s.version);
        strategy.version = version_of(&name, last + 1);
        let effect = Effect::SaveStrategy { name: name.clone(), version: last + 1, toml: strategy.to_toml() };
        let report = note(
            format!("Strategy {} saved", strategy.reference()),
            format!("`!auto_strategy load {name}` makes it the one that is used when none is named."),
        );
        Ok(Done { report, effects: vec![effect] })
    }

    async fn delete(attempt: &Attempt, name: &str) -> Result<Done, TaskError> {
        if active(attempt).await? == name {
            return Err(TaskError::refused(format!(
                "{name} is the active strategy and was not deleted. Load another first with `!auto_strategy load`"
            )));
        }
        if !attempt.desk.strategies().await?.iter().any(|s| s.name == name) {
            let why = if template(name).is_some() { "is a built-in template" } else { "does not exist" };
            return Err(TaskError::refused(format!("strategy {name:?} {why}, so there is nothing to delete")));
        }
        Ok(Done {
            report: note(format!("Strategy {name} deleted"), "Trades that used it keep their snapshot."),
            effects: vec![Effect::DeleteStrategy { name: name.to_owned() }],
        })
    }
}

#[async_trait]
impl Specialist for AutoTrader {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::AutoTrader
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Auto(task) = task else { return Err(misrouted(self.kind())) };
        let switch = |on: bool| Done {
            report: if on {
                note(
                    "Entries by rule are on",
                    "`!auto_trade open` enters what passes the active strategy. Exits are checked by `!auto_trade check`.",
                )
            } else {
                note(
                    "Entries by rule are off",
                    "Exits are checked by `!auto_trade check` all the same; `!auto_trade on` allows entries again.",
                )
            },
            effects: vec![Effect::Setting { key: ENTRIES.to_owned(), value: if on { "on" } else { "off" }.to_owned() }],
        };
        match task {
            AutoTask::Open { hedge, strategy } => {
                if attempt.desk.setting(ENTRIES).await?.as_deref() == Some("off") {
                    return Err(TaskError::refused("entries by rule are off; `!auto_trade on` allows them again"));
                }
                let strategy = Self::strategy(attempt, strategy.as_deref()).await?;
                self.enter(attempt, hedge, strategy, false).await
            }
            AutoTask::Status => {
                let strategy = Self::strategy(attempt, None).await?;
                self.enter(attempt, None, strategy, true).await
            }
            AutoTask::Check => self.check(attempt).await,
            AutoTask::Close { position } => {
                let books = Books::read(attempt, &self.setup.limits).await?;
                close_position(&self.trader, attempt, books, position, None, ExitReason::Manual, "closed by a person")
                    .await
            }
            AutoTask::On => Ok(switch(true)),
            AutoTask::Off => Ok(switch(false)),
            AutoTask::StrategyList => {
                let rows = every(attempt).await?.into_iter();
                let rows = rows
                    .map(|s| (s.name, s.version, s.strategy.map_or_else(|why| why, |s| s.description), s.built_in))
                    .collect();
                Ok(Done::read(Report::Strategies(StrategiesReport { active: active(attempt).await?, rows })))
            }
            AutoTask::StrategyShow { name } => {
                let s = Self::strategy(attempt, name.as_deref()).await?;
                let toml = s.to_toml();
                Ok(Done::read(Report::Strategy(StrategyReport { name: s.name.to_string(), version: s.version, toml })))
            }
            AutoTask::StrategyLoad { name } => {
                let strategy = find(attempt, &name).await?;
                Ok(Done {
                    report: note(format!("Strategy {} is active", strategy.reference()), strategy.description),
                    effects: vec![Effect::Setting { key: ACTIVE.to_owned(), value: name }],
                })
            }
            AutoTask::StrategySave { toml } => Self::save(attempt, &toml).await,
            AutoTask::StrategyDelete { name } => Self::delete(attempt, &name).await,
            AutoTask::StrategyTemplate { name } => {
                let s = template(&name).ok_or_else(|| {
                    TaskError::refused(format!(
                        "there is no template {name:?}. There are: {}",
                        betty_trading::strategy::TEMPLATES.join(", ")
                    ))
                })?;
                Ok(Done::read(Report::Strategy(StrategyReport { name, version: 0, toml: s.to_toml() })))
            }
        }
    }
}
