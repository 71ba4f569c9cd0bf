//! AutoTrader. Strategies, and trading by rule: every candidate and every open position ends as one decision with its numbers.
//!
//! * This file: which task is what. `round`: exits and entries. `record`: decisions as they are shown and stored.
//! * `manage`: strategies by name. `review`: how they did. [`follow_up`]: what a finished scan or monitor leads to.
//! * [`interest`]: what of the venue could change a decision, for whoever follows its books.

pub mod interest;
mod manage;
mod record;
mod review;
mod round;

pub use crate::strategies::{KILL_SWITCH, kill_switch};
pub use round::CANDIDATES_MAX;

use crate::account::Books;
use crate::paper::{PaperTrader, close_position};
use crate::strategies::{active, entries, entries_possible, find, set_entries};
use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::port::{Desk, PortError};
use betty_bus::report::NoteReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::{AutoTask, HedgeTask, RoundAfter};
use betty_bus::{HedgeId, Report, Specialist, SpecialistKind, Task, TaskError, TaskId};
use betty_trading::{ExitReason, Strategy};
use round::{Round, Which};
use std::sync::Arc;

/// Trades by rules.
#[derive(Debug, Clone)]
pub struct AutoTrader {
    setup: Arc<Setup>,
    trader: PaperTrader,
}

fn note(title: impl Into<String>, text: impl Into<String>) -> Report {
    Report::Note(NoteReport { title: title.into(), text: text.into() })
}

/// What a task that ended well leads to: a round, after a scan or a monitor, while entries are on. The orchestrator accepts it with the
/// end of that task, so nobody has to ask and a kill loses neither.
///
/// # Errors
/// When storage does not answer.
pub async fn follow_up(desk: &dyn Desk, id: TaskId, task: &Task) -> Result<Option<Task>, PortError> {
    let looks = matches!(task, Task::Hedge(HedgeTask::Scan { .. } | HedgeTask::Monitor { .. }));
    let on = looks && entries(desk).await? == Some(true);
    Ok(on.then_some(Task::Auto(AutoTask::Round { after: RoundAfter::Task(id) })))
}

/// Of so many, so many: `2 of 9 stored hedges entered`.
fn entered(looked: usize, taken: usize, word: &str) -> String {
    format!("{taken} of {looked} stored hedges {word}")
}

fn checked(checked: usize, ended: usize) -> String {
    format!("{checked} positions checked, {ended} ended")
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

    async fn open(&self, attempt: &Attempt, hedge: Option<HedgeId>, name: Option<&str>) -> Result<Done, TaskError> {
        if entries(attempt.desk.as_ref()).await? == Some(false) {
            return Err(TaskError::refused("entries by rule are off; `!auto_trade on` allows them again"));
        }
        entries_possible(attempt).await?;
        let strategy = Self::strategy(attempt, name).await?;
        let mut round = Round::begin(attempt, &self.setup).await?;
        let (looked, taken) = round.entries(hedge.map_or(Which::Best, Which::One), &strategy, true).await?;
        round.done(entered(looked, taken, "entered"), strategy.reference().to_string()).await
    }

    async fn status(&self, attempt: &Attempt) -> Result<Done, TaskError> {
        let strategy = Self::strategy(attempt, None).await?;
        let mut round = Round::begin(attempt, &self.setup).await?;
        let (looked, taken) = round.entries(Which::Best, &strategy, false).await?;
        round.look(entered(looked, taken, "would be entered"), strategy.reference().to_string()).await
    }

    async fn check(&self, attempt: &Attempt) -> Result<Done, TaskError> {
        let mut round = Round::begin(attempt, &self.setup).await?;
        let (looked, ended) = round.exits().await?;
        round.done(checked(looked, ended), "each position's own, as it was when it was opened".to_owned()).await
    }

    /// Exits first: what is sold frees cash, and nothing may stop it. Entries only if they are still on by now.
    /// After book events only the hedges they were about are decided about, unless an exit has freed cash for any.
    async fn round(&self, attempt: &Attempt, after: RoundAfter) -> Result<Done, TaskError> {
        let mut round = Round::begin(attempt, &self.setup).await?;
        round.after(after.to_string());
        let changed = after.hedges();
        let (looked, ended) = round.exits().await?;
        let mut title = format!("After {after}: {}", checked(looked, ended));
        let mut rules = "exits: each position's own".to_owned();
        let which = match &after {
            RoundAfter::Events { .. } if ended == 0 => Which::Changed(&changed),
            RoundAfter::Events { .. } | RoundAfter::Task(_) => Which::Best,
        };
        let none = matches!(which, Which::Changed([]));
        if !none && entries(attempt.desk.as_ref()).await? == Some(true) {
            let strategy = Self::strategy(attempt, None).await?;
            let (looked, taken) = round.entries(which, &strategy, true).await?;
            title = format!("{title}, {}", entered(looked, taken, "entered"));
            rules = format!("{}; {rules}", strategy.reference());
        }
        round.acts_first();
        round.done(title, rules).await
    }
}

fn switch(on: bool) -> Done {
    let report = if on {
        note(
            "Entries by rule are on",
            "From now on every scan and every monitor is followed by a round: exits are checked, then what passes the active strategy is \
             entered on paper. While Betty runs, a change of a book that could change a decision leads to one as well. `!auto_trade open` does so at once. `!auto_trade status` shows what stands in the way.",
        )
    } else {
        note(
            "Entries by rule are off",
            "Nothing follows a scan any more. Exits are checked all the same, by `!auto_trade check` and when a book of an open position \
             moves while Betty runs; `!auto_trade on` allows entries again.",
        )
    };
    Done { report, effects: vec![set_entries(on)] }
}

#[async_trait]
impl Specialist for AutoTrader {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::AutoTrader
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Auto(task) = task else { return Err(misrouted(self.kind())) };
        match task {
            AutoTask::Open { hedge, strategy } => self.open(attempt, hedge, strategy.as_deref()).await,
            AutoTask::Status => self.status(attempt).await,
            AutoTask::Check => self.check(attempt).await,
            AutoTask::Round { after } => self.round(attempt, after).await,
            AutoTask::Close { position } => {
                let books = Books::read(attempt, &self.setup.limits).await?;
                close_position(&self.trader, attempt, books, position, None, ExitReason::Manual, "closed by a person")
                    .await
            }
            AutoTask::On => Ok(switch(true)),
            AutoTask::Off => Ok(switch(false)),
            AutoTask::StrategyList => manage::list(attempt).await,
            AutoTask::StrategyShow { name } => manage::show(attempt, name.as_deref()).await,
            AutoTask::StrategyDiff { left, right } => manage::compare(attempt, &left, &right).await,
            AutoTask::StrategyLoad { name } => manage::load(attempt, name).await,
            AutoTask::StrategySave { toml } => manage::save(attempt, &toml).await,
            AutoTask::StrategyDelete { name } => manage::delete(attempt, &name).await,
            AutoTask::StrategyTemplate { name } => manage::show_template(&name),
            AutoTask::Performance { strategy } => review::performance(attempt, &self.setup, strategy, false).await,
            AutoTask::Stats { strategy } => review::performance(attempt, &self.setup, strategy, true).await,
            AutoTask::History { limit } => review::history(attempt, &self.setup, limit).await,
            AutoTask::Reasons { strategy } => review::reasons(attempt, strategy).await,
        }
    }
}
