//! Strategies by name: saved ones first, the five templates behind them.

use betty_bus::TaskError;
use betty_bus::specialist::Attempt;
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

/// Every strategy: saved, then templates that no saved one replaces. The flag tells a template.
pub(crate) async fn every(attempt: &Attempt) -> Result<Vec<(Strategy, bool)>, TaskError> {
    let mut all = Vec::new();
    for stored in attempt.desk.strategies().await? {
        let mut strategy = Strategy::from_toml(&stored.toml).map_err(|e| {
            TaskError::refused(format!(
                "the saved strategy {:?} cannot be read: {e}. Save it again with `!auto_strategy save`",
                stored.name
            ))
        })?;
        strategy.version = stored.version;
        all.push((strategy, false));
    }
    for name in TEMPLATES {
        if let (false, Some(built_in)) = (all.iter().any(|(s, _)| s.name.as_str() == name), template(name)) {
            all.push((built_in, true));
        }
    }
    Ok(all)
}

/// One strategy by name.
pub(crate) async fn find(attempt: &Attempt, name: &str) -> Result<Strategy, TaskError> {
    let all = every(attempt).await?;
    let known: Vec<&str> = all.iter().map(|(s, _)| s.name.as_str()).collect();
    let message = format!("there is no strategy {name:?}. There are: {}", known.join(", "));
    all.into_iter().find(|(s, _)| s.name.as_str() == name).map(|(s, _)| s).ok_or_else(|| TaskError::refused(message))
}

/// The name of the strategy that is used when none is named.
pub(crate) async fn active(attempt: &Attempt) -> Result<String, TaskError> {
    Ok(attempt.desk.setting(ACTIVE).await?.unwrap_or_else(|| ACTIVE_DEFAULT.to_owned()))
}
