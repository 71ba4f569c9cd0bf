//! `betty scan --history`: what a history offered, from arguments to an exit code.

use super::{EXIT_DONE, EXIT_USAGE, fail, stop_on_signal};
use crate::backtest::connect;
use crate::backtest::failure::{EXIT_INTERRUPTED, Failure};
use crate::backtest::meter::Meter;
use crate::cli::PastArgs;
use crate::config::Config;
use crate::config::resolve::SourceChoice;
use crate::console::{render, style_here};
use crate::render::study::{study_cards, study_json};
use betty_market::Timestamp;
use betty_trading::backtest::study::{HistoryStudy, StudyConfig, study};

/// Looks through the configured source and prints what it found.
pub(super) async fn run(config: &Config, json: bool, query: Option<String>, past: &PastArgs) -> u8 {
    let asked = match read(config, query, past) {
        Ok(asked) => asked,
        Err(why) => return fail(json, EXIT_USAGE, &why),
    };
    match look(asked).await {
        Ok(found) if json => crate::say!("{}", study_json(&found)),
        Ok(found) => study_cards(&found).iter().for_each(|card| crate::say!("{}", render(card, style_here()))),
        Err(Failure::Stopped) => return EXIT_INTERRUPTED,
        Err(failure) => return fail(json, failure.exit_code(), &failure.to_string()),
    }
    EXIT_DONE
}

fn read(config: &Config, query: Option<String>, past: &PastArgs) -> Result<(SourceChoice, StudyConfig), String> {
    let choice: SourceChoice = config.get("market.source").map_err(|e| e.to_string())?;
    if matches!(choice, SourceChoice::Live) {
        return Err("live data has no history: give --source recorded:PATH or --source simulated".to_owned());
    }
    let date = |flag: &str, text: &Option<String>| {
        text.as_deref()
            .map(|t| {
                Timestamp::parse(t)
                    .ok_or_else(|| format!("{flag} {t:?} cannot be used: it must be a date such as 2026-03-25"))
            })
            .transpose()
    };
    Ok((
        choice,
        StudyConfig {
            from: date("--from", &past.from)?,
            to: date("--to", &past.to)?,
            query,
            category: past.category.clone(),
            named_max: usize::from(past.rows),
            ..StudyConfig::default()
        },
    ))
}

async fn look((choice, config): (SourceChoice, StudyConfig)) -> Result<HistoryStudy, Failure> {
    let meter = std::sync::Arc::new(Meter::here());
    let (shown, stop) = (meter.clone(), stop_on_signal());
    let work = tokio::task::spawn_blocking(move || {
        let history = connect::open(&choice)?;
        let watcher = |progress| {
            shown.show(progress);
            !stop.is_cancelled()
        };
        study(history.as_ref(), &config, &watcher).map_err(connect::failure)
    });
    let ended = work.await;
    meter.clear();
    ended.unwrap_or_else(|e| Err(Failure::Defect(e.to_string())))
}
