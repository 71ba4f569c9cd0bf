//! From a job to the configuration of a run: defaults, settings by name, and their checks.

use super::failure::Failure;
use crate::commands::parse::nearest;
use crate::commands::table::{LATENCY_MS_MAX, THREADS_MAX};
use betty_bus::task::BacktestJob;
use betty_market::Usdc;
use betty_trading::backtest::RunConfig;
use betty_trading::{CostSettings, Limits, Strategy};
use serde_json::Value;

/// Longest text of a filter, characters.
const FILTER_CHARS_MAX: usize = 200;

/// The settings of the run itself, by the name after `run.`: least and most.
const RUN_NUMBERS: [(&str, i64, i64); 8] = [
    ("latency_ms", 0, LATENCY_MS_MAX as i64),
    ("latency_jitter_ms", 0, LATENCY_MS_MAX as i64),
    ("leg_deadline_ms", 0, 86_400_000),
    ("leg_band_ppm", 0, 1_000_000),
    ("payout_delay_ms", 0, 2_592_000_000),
    ("scan_every_ms", 60_000, 2_592_000_000),
    ("presumed_cases", 0, 1_000_000),
    ("seed", 0, i64::MAX),
];

fn usage(text: impl Into<String>) -> Failure {
    Failure::Usage(text.into())
}

/// The configuration of a run, every setting checked. `trials` is set by whoever knows the data.
///
/// # Errors
/// [`Failure::Usage`] naming the setting.
pub fn configure(
    job: &BacktestJob,
    strategy: Strategy,
    limits: &Limits,
    costs: &CostSettings,
) -> Result<RunConfig, Failure> {
    let mut config = RunConfig {
        limits: limits.clone(),
        costs: costs.clone(),
        from: job.from,
        to: job.to,
        query: filter("the query", job.query.as_deref())?,
        category: filter("the category", job.category.as_deref())?,
        threads: threads(job.threads)?,
        ..RunConfig::new(strategy)
    };
    if let (Some(from), Some(to)) = (job.from, job.to)
        && from >= to
    {
        return Err(usage(format!(
            "the period runs backwards: it begins at {from} and ends at {to}. Give the earlier instant as from"
        )));
    }
    for setting in &job.set {
        let (name, value) = setting
            .split_once('=')
            .ok_or_else(|| usage(format!("{setting:?} is no setting: write it as limits.hedge_cap_pct=5")))?;
        apply(&mut config, name.trim(), value.trim())?;
    }
    // What has a flag of its own wins over the same thing as a setting.
    if let Some(bankroll) = job.bankroll {
        config.limits.bankroll = bankroll;
    }
    if let Some(latency) = job.latency_ms {
        number(&mut config, "latency_ms", &latency.to_string())?;
    }
    config.seed = job.seed.unwrap_or(config.seed);
    config.limits.validate().map_err(|e| usage(e.to_string()))?;
    config.costs.validate().map_err(|e| usage(e.to_string()))?;
    Ok(config)
}

fn threads(asked: Option<u32>) -> Result<usize, Failure> {
    match asked {
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX as usize)),
        Some(n) if (1..=THREADS_MAX).contains(&n) => Ok(n as usize),
        Some(n) => Err(usage(format!("{n} threads cannot be used: give 1 to {THREADS_MAX}"))),
    }
}

fn filter(what: &str, text: Option<&str>) -> Result<Option<String>, Failure> {
    match text.map(str::trim) {
        None => Ok(None),
        Some("") => Err(usage(format!("{what} is empty: give a word, or leave it out"))),
        Some(t) if t.chars().count() > FILTER_CHARS_MAX => {
            Err(usage(format!("{what} is longer than {FILTER_CHARS_MAX} characters: give fewer words")))
        }
        Some(t) => Ok(Some(t.to_owned())),
    }
}

/// Changes one setting by its name: `limits.…`, `costs.…` or `run.…`.
///
/// # Errors
/// [`Failure::Usage`] naming the setting, with the nearest one that exists.
pub fn apply(config: &mut RunConfig, name: &str, value: &str) -> Result<(), Failure> {
    match name.split_once('.') {
        Some(("limits", key)) => {
            let mut fields = serde_json::to_value(&config.limits).unwrap_or_default();
            put(&mut fields, name, key, value, &[])?;
            config.limits =
                serde_json::from_value(fields).map_err(|e| usage(format!("{name} = {value:?} cannot be used: {e}")))?;
            config.limits.validate().map_err(|e| usage(e.to_string()))
        }
        Some(("costs", key)) => {
            let mut fields = serde_json::to_value(&config.costs).unwrap_or_default();
            // Gas comes with its source and age, so it is configured and not typed.
            put(&mut fields, name, key, value, &["gas"])?;
            config.costs =
                serde_json::from_value(fields).map_err(|e| usage(format!("{name} = {value:?} cannot be used: {e}")))?;
            config.costs.validate().map_err(|e| usage(e.to_string()))
        }
        Some(("run", "confidence")) => {
            config.confidence = value.parse().map_err(|e| usage(format!("run.confidence: {e}")))?;
            Ok(())
        }
        Some(("run", "category")) => {
            config.category = filter("run.category", Some(value))?;
            Ok(())
        }
        Some(("run", key)) => number(config, key, value),
        _ => Err(usage(format!("there is no setting {name:?}: settings begin with limits., costs. or run."))),
    }
}

/// Puts a value into the field of its name, in the form the field has: text for money, a number else.
fn put(fields: &mut Value, name: &str, key: &str, value: &str, never: &[&str]) -> Result<(), Failure> {
    let Value::Object(map) = fields else { return Err(usage(format!("there is no setting {name:?}"))) };
    let section = name.split('.').next().unwrap_or_default();
    let known: Vec<&str> = map.keys().map(String::as_str).filter(|k| !never.contains(k)).collect();
    if !known.contains(&key) {
        let near = nearest(key, known.iter().copied()).map(|n| format!("; did you mean {section}.{n}?"));
        let all = known.join(", ");
        return Err(usage(format!(
            "there is no setting {name:?}{}. Of {section} there are {all}",
            near.unwrap_or_default()
        )));
    }
    let whole = || value.parse::<i64>().ok().map(Value::from);
    let amount = || value.trim_start_matches('$').parse::<Usdc>().ok().map(|a| Value::from(a.to_string()));
    let new = match &map[key] {
        Value::Number(_) => whole().ok_or("a whole number"),
        _ => amount().ok_or("an amount in dollars"),
    };
    let new = new.map_err(|what| usage(format!("{name} = {value:?} cannot be used: it must be {what}")))?;
    map.insert(key.to_owned(), new);
    Ok(())
}

fn number(config: &mut RunConfig, key: &str, value: &str) -> Result<(), Failure> {
    let names = || RUN_NUMBERS.iter().map(|(name, ..)| *name).chain(["confidence", "category"]);
    let Some((_, low, high)) = RUN_NUMBERS.iter().find(|(name, ..)| *name == key) else {
        let near = nearest(key, names()).map(|n| format!("; did you mean run.{n}?")).unwrap_or_default();
        let all = names().collect::<Vec<_>>().join(", ");
        return Err(usage(format!("there is no setting \"run.{key}\"{near}. Of run there are {all}")));
    };
    let number = value.parse::<i64>().ok().filter(|n| (low..=high).contains(&n)).ok_or_else(|| {
        usage(format!("run.{key} = {value:?} cannot be used: it must be a whole number from {low} to {high}"))
    })?;
    match key {
        "latency_ms" => config.latency_ms = number,
        "latency_jitter_ms" => config.latency_jitter_ms = number,
        "leg_deadline_ms" => config.entry.deadline_ms = number,
        "leg_band_ppm" => config.entry.band_ppm = number,
        "payout_delay_ms" => config.payout_delay_ms = number,
        "presumed_cases" => config.presumed_cases = number.unsigned_abs(),
        "scan_every_ms" => config.scan_every_ms = number,
        _ => config.seed = number.unsigned_abs(),
    }
    Ok(())
}

/// What tells an experiment from others: equal settings, equal digits. Threads and trials do not belong to it.
///
/// FNV-1a over 128 bits (Fowler, Noll, Vo): enough to tell a person's experiments apart, and no secret depends on it.
#[must_use]
pub fn experiment(kind: &str, config: &RunConfig, more: &[String]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let plain = RunConfig { threads: 1, trials: 1, ..config.clone() };
    let text = format!("{kind}\n{}\n{plain:?}\n{more:?}", plain.strategy.to_toml());
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{kind}-{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_bus::task::BacktestStrategy;
    use betty_market::Timestamp;
    use betty_trading::strategy::template;
    use betty_trading::{Confidence, GasQuote};

    fn of(job: &BacktestJob) -> Result<RunConfig, Failure> {
        let costs = CostSettings::new(GasQuote::relayer());
        configure(job, template("balanced").expect("a template"), &Limits::default(), &costs)
    }

    fn with(set: &[&str]) -> Result<RunConfig, Failure> {
        let set = set.iter().map(|s| (*s).to_owned()).collect();
        of(&BacktestJob { set, ..BacktestJob::new(BacktestStrategy::Active) })
    }

    #[test]
    fn settings_by_name_reach_their_place_and_flags_win() {
        let config = with(&[
            "limits.hedge_cap_pct=7",
            "limits.bankroll=2500.50",
            "costs.proxy = 0.01",
            "costs.leg_risk_ppm=0",
            "run.latency_ms=40",
            "run.leg_deadline_ms=41",
            "run.leg_band_ppm=42",
            "run.payout_delay_ms=43",
            "run.scan_every_ms=60001",
            "run.presumed_cases=45",
            "run.seed=9",
            "run.confidence=high",
            "run.category=crypto",
        ])
        .unwrap();
        assert_eq!((config.limits.hedge_cap_pct, config.limits.bankroll.to_string()), (7, "2500.50".to_owned()));
        assert_eq!(config.costs.proxy, Some(Usdc::from_micros(10_000)));
        assert_eq!((config.costs.leg_risk_ppm, config.latency_ms, config.seed), (0, 40, 9));
        assert_eq!((config.entry.deadline_ms, config.entry.band_ppm, config.payout_delay_ms), (41, 42, 43));
        assert_eq!((config.scan_every_ms, config.presumed_cases), (60_001, 45));
        assert_eq!((config.confidence, config.category.as_deref()), (Confidence::High, Some("crypto")));
        let job = BacktestJob {
            bankroll: Some(Usdc::whole(50)),
            latency_ms: Some(3),
            set: vec!["limits.bankroll=9".to_owned(), "run.latency_ms=40".to_owned()],
            ..BacktestJob::new(BacktestStrategy::Active)
        };
        let config = of(&job).unwrap();
        assert_eq!((config.limits.bankroll, config.latency_ms), (Usdc::whole(50), 3));
    }

    #[test]
    fn every_limit_can_be_set_by_its_own_value() {
        let fields = serde_json::to_value(Limits::default()).unwrap();
        for (key, value) in fields.as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(with(&[&format!("limits.{key}={text}")]).unwrap().limits, Limits::default(), "{key}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_with_the_remedy() {
        for (setting, says) in [
            ("limits.hedge_cap=5", "did you mean limits.hedge_cap_pct?"),
            ("limits.hedge_cap_pct=400", "1 to 100"),
            ("limits.hedge_cap_pct=many", "a whole number"),
            ("limits.bankroll=rich", "an amount in dollars"),
            ("limits.bankroll=-5", "limits.bankroll"),
            ("costs.gas=1", "there is no setting \"costs.gas\""),
            ("costs.leg_risk_ppm=99999999", "costs.leg_risk_ppm"),
            ("run.latncy_ms=5", "did you mean run.latency_ms?"),
            ("run.latency_ms=-1", "from 0 to"),
            ("run.scan_every_ms=1", "from 60000 to"),
            ("run.confidence=very", "high, medium or low"),
            ("size_pct=5", "limits., costs. or run."),
            ("nonsense", "write it as"),
        ] {
            let told = with(&[setting]).unwrap_err();
            assert!(matches!(&told, Failure::Usage(what) if what.contains(says)), "{setting}: {told}");
        }
        let day = |n: i64| Some(Timestamp::from_secs(n * 86_400));
        let job = BacktestJob { from: day(2), to: day(1), ..BacktestJob::new(BacktestStrategy::Active) };
        assert!(of(&job).unwrap_err().to_string().contains("runs backwards"));
        let job = BacktestJob { from: day(1), to: day(1), ..job };
        assert!(of(&job).is_err(), "a period of no length");
        let job = BacktestJob { query: Some("  ".to_owned()), ..BacktestJob::new(BacktestStrategy::Active) };
        assert!(of(&job).unwrap_err().to_string().contains("the query is empty"));
        for threads in [0, THREADS_MAX + 1] {
            let job = BacktestJob { threads: Some(threads), ..BacktestJob::new(BacktestStrategy::Active) };
            assert!(of(&job).unwrap_err().to_string().contains("1 to 64"));
        }
    }

    #[test]
    fn an_experiment_is_told_by_its_settings_and_not_by_its_threads() {
        let base = with(&[]).unwrap();
        let id = experiment("run", &base, &[]);
        assert_eq!(id, experiment("run", &RunConfig { threads: 7, trials: 99, ..base.clone() }, &[]));
        let others = [
            experiment("sweep", &base, &[]),
            experiment("run", &base, &["size_pct=5".to_owned()]),
            experiment("run", &RunConfig { seed: 2, ..base.clone() }, &[]),
            experiment("run", &with(&["limits.void_ppm=7"]).unwrap(), &[]),
        ];
        let all: std::collections::BTreeSet<_> = others.iter().chain([&id]).collect();
        assert_eq!(all.len(), 5, "{all:?}");
        assert!(id.len() <= betty_storage::backtest::EXPERIMENT_BYTES_MAX);
    }
}
