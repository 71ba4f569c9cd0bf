//! Strategies by name: saved ones first, the five templates behind them. And the small settings that trading by rule reads.

use betty_bus::TaskError;
use betty_bus::port::{Desk, PortError};
use betty_bus::specialist::Attempt;
use betty_trading::strategy::{TEMPLATES, template};
use betty_trading::{Confidence, Strategy};

/// The setting that names the strategy used when none is named.
pub(crate) const ACTIVE: &str = "strategy.active";
/// The one used before any was loaded.
pub(crate) const ACTIVE_DEFAULT: &str = "balanced";
/// The setting that lets scans and monitors be followed by a round: `on` or `off`.
const ENTRIES: &str = "auto.entries";
/// The setting that stops every entry until a person lifts it; empty or absent while entries are possible, else since when and by whom.
pub const KILL_SWITCH: &str = "auto.kill_switch";

/// Whether scans and monitors are followed by a round; `None` before anybody said so.
///
/// # Errors
/// When storage does not answer.
pub(crate) async fn entries(desk: &dyn Desk) -> Result<Option<bool>, PortError> {
    Ok(desk.setting(ENTRIES).await?.map(|word| word == "on"))
}

/// The write that lets scans and monitors be followed by a round, or not.
pub(crate) fn set_entries(on: bool) -> betty_bus::Effect {
    betty_bus::Effect::Setting { key: ENTRIES.to_owned(), value: if on { "on" } else { "off" }.to_owned() }
}

/// Since when and by whom every entry is stopped; `None` when it is not.
///
/// # Errors
/// When storage does not answer. Whoever asks must then not enter.
pub async fn kill_switch(desk: &dyn Desk) -> Result<Option<String>, PortError> {
    Ok(desk.setting(KILL_SWITCH).await?.filter(|text| !text.is_empty()))
}

/// Refuses while the kill switch is on.
pub(crate) async fn entries_possible(attempt: &Attempt) -> Result<(), TaskError> {
    match kill_switch(attempt.desk.as_ref()).await? {
        None => Ok(()),
        Some(since) => Err(TaskError::refused(format!(
            "every entry is stopped ({since}); nothing was opened. Positions can be closed and settled as ever; `!resume` in the admin channel lifts it"
        ))),
    }
}

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

fn read(toml: &str, version: u32) -> Result<Strategy, String> {
    Strategy::from_toml(toml)
        .map(|s| Strategy { version, ..s })
        .map_err(|e| format!("cannot be read: {e}. Save it again with `!auto_strategy save`"))
}

/// Every strategy: saved, then templates that no saved one replaces.
pub(crate) async fn every(attempt: &Attempt) -> Result<Vec<Named>, TaskError> {
    every_of(attempt.desk.as_ref()).await
}

async fn every_of(desk: &dyn Desk) -> Result<Vec<Named>, TaskError> {
    let mut all: Vec<Named> = Vec::new();
    for stored in desk.strategies().await? {
        let version = version_of(&stored.name, stored.version);
        let strategy = read(&stored.toml, version);
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

/// One strategy by name, or one version of it: `mine@2`. Versions count as trades keep them.
pub(crate) async fn find_version(attempt: &Attempt, text: &str) -> Result<Strategy, TaskError> {
    let Some((name, number)) = text.split_once('@') else { return find(attempt, text).await };
    let number: u32 = number.parse().map_err(|_| {
        TaskError::refused(format!("{text:?} names no version: write a name, @ and a number, as mine@2"))
    })?;
    if let Some(built_in) = template(name).filter(|t| t.version == number) {
        return Ok(built_in);
    }
    let first = version_of(name, 0);
    let stored = match number.checked_sub(first).filter(|n| *n > 0) {
        Some(n) => attempt.desk.strategy_version(name, n).await?,
        None => None,
    };
    match stored {
        Some(stored) => {
            read(&stored.toml, number).map_err(|why| TaskError::refused(format!("the saved strategy {text:?} {why}")))
        }
        None => {
            let latest = find(attempt, name).await?.version;
            let why = format!("there is no version {number} of {name}; the latest is {name}@{latest}");
            Err(TaskError::refused(why))
        }
    }
}

/// `mine@2`, as decisions and diffs name a strategy.
pub(crate) fn at_version(name: &str, version: u32) -> String {
    format!("{name}@{version}")
}

/// The name of the strategy that is used when none is named.
pub(crate) async fn active(attempt: &Attempt) -> Result<String, TaskError> {
    Ok(attempt.desk.setting(ACTIVE).await?.unwrap_or_else(|| ACTIVE_DEFAULT.to_owned()))
}
