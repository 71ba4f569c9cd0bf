//! The language model out of the configuration, and what it may cost.

use crate::config::{Config, ConfigError};
use betty_bus::Spend;
use betty_llm::{ApiKey, Endpoint, OpenAi, Price};
use betty_market::Usdc;
use betty_market::time::Clock;
use betty_specialists::{ModelLimits, ModelSetup};
use betty_storage::{ModelPurse, Store};
use betty_trading::stats::SplitMix64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is said of the model where Betty says what is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelState {
    /// It is asked.
    On(String),
    /// It is not, for this reason.
    Off(String),
}

impl ModelState {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::On(words) => words.clone(),
            Self::Off(why) => format!("off ({why})"),
        }
    }
}

/// Sets the model up; `None` with the reason when none is configured. Nothing is sent.
///
/// # Errors
/// [`ConfigError`] naming the setting: a price that is not told, a key file that cannot be read.
pub fn model_setup(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(Option<ModelSetup>, ModelState), ConfigError> {
    let off = |why: &str| Ok((None, ModelState::Off(why.to_owned())));
    let (base_url, model) = match (config.text("llm.base_url"), config.text("llm.model")) {
        (Some(base_url), Some(model)) => (base_url.to_owned(), model.to_owned()),
        (None, None) => return off("none configured: llm.base_url and llm.model"),
        (Some(_), None) => return off("llm.model is not set"),
        (None, Some(_)) => return off("llm.base_url is not set"),
    };
    let key = config.secret("llm.api_key", env)?.map(|text| ApiKey::new(&text));
    let price = Price {
        input_micros_per_mtok: price(config, "llm.usd_per_mtok_in")?,
        output_micros_per_mtok: price(config, "llm.usd_per_mtok_out")?,
    };
    let endpoint = Endpoint { base_url, key, model: model.clone(), price };
    let seed = clock.now().millis().unsigned_abs() ^ u64::from(std::process::id()).rotate_left(32);
    let dice = Mutex::new(SplitMix64::new(seed));
    let dice = move || dice.lock().unwrap_or_else(std::sync::PoisonError::into_inner).unit();
    let client = match OpenAi::new(endpoint, Arc::new(dice)) {
        Ok(client) => client,
        Err(e) => return Ok((None, ModelState::Off(e.to_string()))),
    };
    let day = Spend { tokens: config.get("llm.day_tokens_max")?, usd: config.get::<Usdc>("llm.day_usd_max")? };
    // Half of an attempt's time at most: reading, proving and pricing need the rest.
    let deadline = Duration::from_secs(config.get("betty.deadline_s")?);
    let asked = Duration::from_secs(config.get("llm.scan_s_max")?);
    let limits = ModelLimits {
        scan: Spend { tokens: config.get("llm.scan_tokens_max")?, usd: config.get::<Usdc>("llm.scan_usd_max")? },
        scan_pairs_max: config.get("llm.scan_pairs_max")?,
        scan_time_max: asked.min(deadline / 2),
        scan_sample: config.get("llm.scan_sample")?,
        calls_at_a_time: config.get("llm.calls_at_a_time")?,
        call_time_max: Duration::from_secs(config.get("llm.call_s_max")?),
        output_tokens_max: config.get("llm.output_tokens_max")?,
    };
    let words = format!(
        "{model}, asked about hedges that no rule shows: at most ${} and {} tokens a scan, ${} and {} a day",
        limits.scan.usd.cents(),
        limits.scan.tokens,
        day.usd.cents(),
        day.tokens
    );
    let (of_purse, of_calls) = (clock.clone(), clock.clone());
    let setup = ModelSetup {
        model: Arc::new(client),
        purse: Arc::new(ModelPurse::new(store.clone(), day, Arc::new(move || of_purse.now()))),
        limits,
        now: Arc::new(move || of_calls.now()),
    };
    Ok((Some(setup), ModelState::On(words)))
}

/// Micro-dollars for a million tokens, from dollars.
fn price(config: &Config, key: &str) -> Result<i64, ConfigError> {
    if config.text(key).is_none() {
        return Err(config.bad(key, "say what a million tokens cost in dollars, 0 for a model of your own: without it no cap on dollars can hold"));
    }
    let dollars = config.get::<Usdc>(key)?;
    if dollars.is_negative() {
        return Err(config.bad(key, "a price is not below 0"));
    }
    Ok(dollars.micros())
}
