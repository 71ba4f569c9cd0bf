//! Strategies by name: saved ones first, the five templates behind them.

use betty_bus::specialist::Attempt;
use betty_bus::{Desk, TaskError};
use betty_trading::strategy::{TEMPLATES, template};
use betty_trading::{Confidence, Strategy};

/// The setting that names the strategy used when none is named.
pub(crate) const ACTIVE: &str = "strategy.active";
/// The one used before any was loaded.
pub(crate) const ACTIVE_DEFAULT: &str = "balanced";
/// The setting that lets schedules enter by rule.
pub(crate) const ENTRIES: &str = "auto.entries";

/// Reads a confidence; MEDIUM when none is given.
pub(crate) fn confidence(text: Option<&str>) -> Result<Confidence, TaskError> {
    text.map_or(Ok(Confidence::default()), |t| {
        t.parse().map_err(|e: betty_trading::limits::ConfidenceError| TaskError::refused(e.to_string()))
    })
}

/// The version of a name as trades keep it. A template is a version of its name too, so what is saved under it counts on from there
/// and `balanced v1` never means two things.
pub(crate) fn version_of(name: &str, stored: u32) -> u32 {
    template(name).map_or(0, |t| t.version).saturating_add(stored)
}

/// What is known by a name.
#[derive(Debug)]
pub(crate) struct Named {
    /// The name.
    pub(crate) name: String,
    /// The version, as trades keep it.
    pub(crate) version: u32,
    /// Whether it is a template.
    pub(crate) built_in: bool,
    /// The strategy, or why the saved text cannot be read. One bad text is no reason to refuse the others.
    pub(crate) strategy: Result<Strategy, String>,
}

/// Every strategy: saved, then templates that no saved one replaces.
pub(crate) async fn every(attempt: &Attempt) -> Result<Vec<Named>, TaskError> {
    every_of(attempt.desk.as_ref()).await
}

async fn every_of(desk: &dyn Desk) -> Result<Vec<Named>, TaskError> {
    let mut all: Vec<Named> = Vec::new();
    for stored in desk.strategies().await? {
        let version = version_of(&stored.name, stored.version);
        let strategy = Strategy::from_toml(&stored.toml)
            .map(|s| Strategy { version, ..s })
            .map_err(|e| format!("cannot be read: {e}. Save it again with `!auto_strategy save`"));
        all.push(Named { name: stored.name, version, built_in: false, strategy });
    }
    for name in TEMPLATES {
        if let (false, Some(built_in)) = (all.iter().any(|s| s.name == name), template(name)) {
            all.push(Named {
                name: name.to_owned(),
                version: built_in.version,
                built_in: true,
                strategy: Ok(built_in),
            });
        }
    }
    Ok(all)
}

/// One strategy by name.
pub(crate) async fn find(attempt: &Attempt, name: &str) -> Result<Strategy, TaskError> {
    find_in(attempt.desk.as_ref(), name).await
}

/// A strategy by name, saved or built in; the active one when no name is given.
///
/// # Errors
/// When there is none of that name, its text cannot be read, or storage does not answer.
pub async fn strategy_named(desk: &dyn Desk, name: Option<&str>) -> Result<Strategy, TaskError> {
    match name {
        Some(name) => find_in(desk, name).await,
        None => {
            let active = desk.setting(ACTIVE).await?;
            find_in(desk, active.as_deref().unwrap_or(ACTIVE_DEFAULT)).await
        }
    }
}

async fn find_in(desk: &dyn Desk, name: &str) -> Result<Strategy, TaskError> {
    let all = every_of(desk).await?;
    let known: Vec<&str> = all.iter().map(|s| s.name.as_str()).collect();
    let message = format!("there is no strategy {name:?}. There are: {}", known.join(", "));
    match all.into_iter().find(|s| s.name == name).map(|s| s.strategy) {
        Some(Ok(strategy)) => Ok(strategy),
        Some(Err(why)) => Err(TaskError::refused(format!("the saved strategy {name:?} {why}"))),
        None => Err(TaskError::refused(message)),
    }
}

/// The name of the strategy that is used when none is named.
pub(crate) async fn active(attempt: &Attempt) -> Result<String, TaskError> {
    Ok(attempt.desk.setting(ACTIVE).await?.unwrap_or_else(|| ACTIVE_DEFAULT.to_owned()))
}
