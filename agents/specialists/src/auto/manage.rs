//! Strategies: listing, showing, comparing, saving, deleting.

use super::note;
use crate::strategies::{ACTIVE, active, at_version, every, find, find_version, version_of};
use betty_bus::report::{DiffReport, StrategiesReport, StrategyReport};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Effect, Report, TaskError};
use betty_trading::Strategy;
use betty_trading::strategy::{TEMPLATES, diff, template};

pub(super) async fn list(attempt: &Attempt) -> Result<Done, TaskError> {
    let rows = every(attempt).await?.into_iter();
    let rows =
        rows.map(|s| (s.name, s.version, s.strategy.map_or_else(|why| why, |s| s.description), s.built_in)).collect();
    Ok(Done::read(Report::Strategies(StrategiesReport { active: active(attempt).await?, rows })))
}

fn shown(strategy: &Strategy) -> Done {
    let (name, version) = (strategy.name.to_string(), strategy.version);
    Done::read(Report::Strategy(StrategyReport { name, version, toml: strategy.to_toml() }))
}

pub(super) async fn show(attempt: &Attempt, name: Option<&str>) -> Result<Done, TaskError> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => active(attempt).await?,
    };
    Ok(shown(&find_version(attempt, &name).await?))
}

pub(super) fn show_template(name: &str) -> Result<Done, TaskError> {
    let Some(strategy) = template(name) else {
        return Err(TaskError::refused(format!("there is no template {name:?}. There are: {}", TEMPLATES.join(", "))));
    };
    let toml = strategy.to_toml();
    Ok(Done::read(Report::Strategy(StrategyReport { name: name.to_owned(), version: 0, toml })))
}

pub(super) async fn compare(attempt: &Attempt, left: &str, right: &str) -> Result<Done, TaskError> {
    let (left, right) = (find_version(attempt, left).await?, find_version(attempt, right).await?);
    let named = |s: &Strategy| at_version(s.name.as_str(), s.version);
    let report = DiffReport { left: named(&left), right: named(&right), lines: diff(&left, &right) };
    Ok(Done::read(Report::Diff(report)))
}

pub(super) async fn load(attempt: &Attempt, name: String) -> Result<Done, TaskError> {
    let strategy = find(attempt, &name).await?;
    Ok(Done {
        report: note(format!("Strategy {} is active", strategy.reference()), strategy.description),
        effects: vec![Effect::Setting { key: ACTIVE.to_owned(), value: name }],
    })
}

pub(super) async fn save(attempt: &Attempt, toml: &str) -> Result<Done, TaskError> {
    let mut strategy = Strategy::from_toml(toml).map_err(|e| {
        TaskError::refused(format!(
            "the strategy was not saved: {e}. `!auto_strategy template balanced` prints one that works"
        ))
    })?;
    let name = strategy.name.to_string();
    let last = attempt.desk.strategies().await?.into_iter().find(|s| s.name == name).map_or(0, |s| s.version);
    strategy.version = version_of(&name, last + 1);
    let effect = Effect::SaveStrategy { name: name.clone(), version: last + 1, toml: strategy.to_toml() };
    let before = match strategy.version.checked_sub(1).filter(|v| *v > 0) {
        Some(before) => {
            format!(" `!auto_strategy diff {name}@{before} {name}@{}` shows what changed.", strategy.version)
        }
        None => String::new(),
    };
    let report = note(
        format!("Strategy {} saved", strategy.reference()),
        format!("`!auto_strategy load {name}` makes it the one that is used when none is named.{before}"),
    );
    Ok(Done { report, effects: vec![effect] })
}

pub(super) async fn delete(attempt: &Attempt, name: &str) -> Result<Done, TaskError> {
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
