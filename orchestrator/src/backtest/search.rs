//! Typed parameters into sets: every combination of some values, or random ones out of ranges.

use super::failure::Failure;
use super::settings;
use crate::commands::value::echo;
use betty_bus::task::BacktestSearch;
use betty_market::Usdc;
use betty_trading::Strategy;
use betty_trading::backtest::RunConfig;
use betty_trading::stats::SplitMix64;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Most parameters of one search: more dimensions than this no amount of sets explores.
pub const AXES_MAX: usize = 8;
/// Most values of one parameter.
pub const VALUES_MAX: usize = 1_000;
/// Most sets of one search.
pub const SETS_MAX: u64 = 10_000;
/// Steps of a range that names none.
const STEPS_DEFAULT: i64 = 100;
/// The finest step of a range, in millionths: strategies keep four decimals.
const STEP_MICROS_MIN: i64 = 100;

fn usage(text: impl Into<String>) -> Failure {
    Failure::Usage(text.into())
}

/// One parameter with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Its path: `size_pct`, `entry.min_net_edge_pct`, `exits[0].pct`, `limits.hedge_cap_pct`, `run.latency_ms`.
    pub name: String,
    /// As they will be set.
    pub values: Vec<String>,
}

/// Which combinations.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Picks {
    /// Every one, the last parameter running fastest.
    All,
    /// These, as places in the lists of values.
    Some(Vec<Vec<usize>>),
}

/// Numbered sets of parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    axes: Vec<Axis>,
    picks: Picks,
    len: u64,
}

impl Search {
    /// Reads a search and tries each value of each parameter on the configuration it will change.
    ///
    /// # Errors
    /// [`Failure::Usage`]: the parameter that is unknown, has no values or a value that cannot be used, or too many sets.
    pub fn parse(search: &BacktestSearch, base: &RunConfig) -> Result<Self, Failure> {
        if search.axes.len() > AXES_MAX {
            return Err(usage(format!("{} parameters are too many: give at most {AXES_MAX}", search.axes.len())));
        }
        let mut axes: Vec<Axis> = Vec::new();
        for text in &search.axes {
            let axis = read_axis(text)?;
            if axes.iter().any(|a| a.name == axis.name) {
                return Err(usage(format!("the parameter {} is given twice: list all its values at once", axis.name)));
            }
            for value in &axis.values {
                apply(&mut base.clone(), &axis.name, value)?;
            }
            axes.push(axis);
        }
        // The product of at most eight lists of at most a thousand stays inside 128 bits.
        let all: u128 = axes.iter().map(|a| a.values.len() as u128).product();
        let (len, picks) = match search.random {
            Some(_) if axes.is_empty() => {
                return Err(usage(
                    "random sets of what? Give at least one parameter with its range, such as size_pct=5..15",
                ));
            }
            Some(n) if u128::from(n) < all => {
                let picks = random(&axes, u64::from(n).min(SETS_MAX) as usize, base.seed);
                (picks.len() as u64, Picks::Some(picks))
            }
            _ => (u64::try_from(all).unwrap_or(u64::MAX), Picks::All),
        };
        if len > SETS_MAX || search.random.is_some_and(|n| u64::from(n) > SETS_MAX) {
            return Err(usage(format!(
                "{} sets are too many: one search tries at most {SETS_MAX}. Give fewer values, or random sets",
                search.random.map_or(all, u128::from)
            )));
        }
        Ok(Self { axes, picks, len })
    }

    /// Sets in it; 1 when there is no parameter.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing to try. There always is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its parameters.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The place of a set in each list of values; `None` beyond the last set. Sets whose places differ by one in one list are neighbours.
    #[must_use]
    pub fn places(&self, set: u64) -> Option<Vec<usize>> {
        match &self.picks {
            Picks::Some(picks) => picks.get(usize::try_from(set).ok()?).cloned(),
            Picks::All if set < self.len => {
                let mut rest = set;
                let mut places = vec![0; self.axes.len()];
                for (place, axis) in places.iter_mut().zip(&self.axes).rev() {
                    let n = axis.values.len() as u64;
                    *place = usize::try_from(rest % n).unwrap_or(0);
                    rest /= n;
                }
                Some(places)
            }
            Picks::All => None,
        }
    }

    /// The parameters of a set by name; empty beyond the last set.
    #[must_use]
    pub fn parameters(&self, set: u64) -> Vec<(String, String)> {
        self.parameters_at(&self.places(set).unwrap_or_default())
    }

    /// The parameters at places in the lists of values; a place beyond a list is left out.
    #[must_use]
    pub fn parameters_at(&self, places: &[usize]) -> Vec<(String, String)> {
        let named = self.axes.iter().zip(places);
        named.filter_map(|(a, at)| Some((a.name.clone(), a.values.get(*at)?.clone()))).collect()
    }

    /// The configuration of a set.
    ///
    /// # Errors
    /// [`Failure::Usage`] when values that are fine alone cannot be used together.
    pub fn config(&self, set: u64, base: &RunConfig) -> Result<RunConfig, Failure> {
        self.config_at(&self.places(set).unwrap_or_default(), base)
    }

    /// The configuration at places in the lists of values.
    ///
    /// # Errors
    /// As [`Self::config`].
    pub fn config_at(&self, places: &[usize], base: &RunConfig) -> Result<RunConfig, Failure> {
        let mut config = base.clone();
        for (name, value) in self.parameters_at(places) {
            apply(&mut config, &name, &value)?;
        }
        Ok(config)
    }
}

fn read_axis(text: &str) -> Result<Axis, Failure> {
    let shown = echo(text);
    let Some((name, values)) = text.split_once('=') else {
        return Err(usage(format!("{shown:?} is no parameter: write it as size_pct=5,10,15")));
    };
    let (name, values) = (name.trim(), values.trim());
    if name.is_empty() || values.is_empty() {
        return Err(usage(format!(
            "{shown:?} has no {}: write it as size_pct=5,10,15",
            if name.is_empty() { "name" } else { "values" }
        )));
    }
    let values = match values.split_once("..") {
        Some((low, rest)) => range(name, low, rest)?,
        None => values.split(',').map(|v| v.trim().to_owned()).collect(),
    };
    if values.iter().any(String::is_empty) {
        return Err(usage(format!("{name} has an empty value: write it as {name}=5,10,15")));
    }
    if values.len() > VALUES_MAX {
        return Err(usage(format!("{name} has {} values: give at most {VALUES_MAX}", values.len())));
    }
    let distinct: BTreeSet<&String> = values.iter().collect();
    if distinct.len() != values.len() {
        return Err(usage(format!("{name} has a value twice: every set must be another one")));
    }
    Ok(Axis { name: name.to_owned(), values })
}

/// `low..high` or `low..high:step`, both ends included where the step meets them.
fn range(name: &str, low: &str, rest: &str) -> Result<Vec<String>, Failure> {
    let (high, step) = rest.split_once(':').map_or((rest, None), |(h, s)| (h, Some(s)));
    let number = |text: &str| {
        let n = text.trim().parse::<Usdc>().map(Usdc::micros);
        n.map_err(|_| {
            usage(format!("{:?} in the range of {name} is no number: write it as {name}=5..15:5", echo(text)))
        })
    };
    let (low, high) = (number(low)?, number(high)?);
    if low >= high {
        return Err(usage(format!("the range of {name} runs backwards: write the smaller number first")));
    }
    let span = high.saturating_sub(low);
    let step = match step {
        Some(step) => number(step)?,
        // A round step, so that whole numbers stay whole where they can.
        None => (span / STEPS_DEFAULT).max(STEP_MICROS_MIN) / STEP_MICROS_MIN * STEP_MICROS_MIN,
    };
    if step < STEP_MICROS_MIN {
        return Err(usage(format!("the step of {name} must be at least 0.0001")));
    }
    let n = usize::try_from(span / step).unwrap_or(usize::MAX);
    if n >= VALUES_MAX {
        return Err(usage(format!("the range of {name} has more than {VALUES_MAX} values: give a larger step")));
    }
    Ok((0..=n as i64).map(|i| plain(low + i * step)).collect())
}

/// Micro-units as a decimal without needless zeros: `5`, `0.25`.
fn plain(micros: i64) -> String {
    let text = Usdc::from_micros(micros).to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Distinct random combinations, fewer than there are in all; the same seed gives the same ones.
fn random(axes: &[Axis], n: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut dice = SplitMix64::new(seed);
    let mut seen = BTreeSet::new();
    let mut picks = Vec::with_capacity(n);
    // When nearly all combinations are wanted, the last ones take many throws; the bound ends a bad streak with a few sets less.
    for _ in 0..n.saturating_mul(64) {
        if picks.len() == n {
            break;
        }
        let pick: Vec<usize> = axes.iter().map(|a| (dice.next() % a.values.len() as u64) as usize).collect();
        if seen.insert(pick.clone()) {
            picks.push(pick);
        }
    }
    picks
}

/// Sets one parameter: a setting of the run, or a field of the strategy by its path in TOML.
fn apply(config: &mut RunConfig, name: &str, value: &str) -> Result<(), Failure> {
    let section = name.split('.').next().unwrap_or_default();
    if matches!(section, "limits" | "costs" | "run") {
        return settings::apply(config, name, value);
    }
    if matches!(name, "name" | "version" | "description") {
        return Err(usage(format!("{name} is no parameter of a search: it changes nothing that is traded")));
    }
    // What the strategy prints, it reads: both belong to one format.
    let mut table: Table = config.strategy.to_toml().parse().map_err(|e| usage(format!("the strategy: {e}")))?;
    let field = place(&mut table, name)?;
    *field = match (value.parse::<i64>(), value.parse::<f64>()) {
        (Ok(whole), _) => Value::Integer(whole),
        (_, Ok(number)) if number.is_finite() => Value::Float(number),
        _ => Value::String(value.to_owned()),
    };
    let text = toml::to_string(&table).map_err(|e| usage(format!("{name} = {value:?} cannot be used: {e}")))?;
    config.strategy =
        Strategy::from_toml(&text).map_err(|e| usage(format!("{name} = {value:?} cannot be used: {e}")))?;
    Ok(())
}

/// The field at a path. A last name that is not there is made, so that the strategy's own check tells what it knows.
fn place<'a>(table: &'a mut Table, path: &str) -> Result<&'a mut Value, Failure> {
    let nowhere = || {
        usage(format!(
            "there is no parameter {:?} in this strategy: `!auto_strategy show` prints its fields",
            echo(path)
        ))
    };
    let (first, rest) = path.split_once('.').map_or((path, None), |(f, r)| (f, Some(r)));
    let (name, index) = match first.split_once('[') {
        None => (first, None),
        Some((name, index)) => {
            let index: usize = index.strip_suffix(']').and_then(|i| i.parse().ok()).ok_or_else(nowhere)?;
            (name, Some(index))
        }
    };
    if name.is_empty() {
        return Err(nowhere());
    }
    let last = rest.is_none() && index.is_none();
    let value = match table.entry(name) {
        toml::map::Entry::Occupied(entry) => entry.into_mut(),
        toml::map::Entry::Vacant(entry) if last => entry.insert(Value::Boolean(false)),
        toml::map::Entry::Vacant(_) => return Err(nowhere()),
    };
    let value = match (index, value) {
        (None, value) => value,
        (Some(i), Value::Array(items)) => items.get_mut(i).ok_or_else(nowhere)?,
        _ => return Err(nowhere()),
    };
    match (rest, value) {
        (None, value) => Ok(value),
        (Some(rest), Value::Table(inner)) => place(inner, rest),
        _ => Err(nowhere()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::configure;
    use super::*;
    use betty_bus::task::{BacktestJob, BacktestStrategy};
    use betty_trading::strategy::template;
    use betty_trading::{CostSettings, GasQuote, Limits};
    use proptest::prelude::*;

    fn base() -> RunConfig {
        let job = BacktestJob::new(BacktestStrategy::Active);
        let costs = CostSettings::new(GasQuote::relayer());
        configure(&job, template("balanced").unwrap(), &Limits::default(), &costs).unwrap()
    }

    fn parse(axes: &[&str], random: Option<u32>) -> Result<Search, Failure> {
        let axes = axes.iter().map(|a| (*a).to_owned()).collect();
        Search::parse(&BacktestSearch { axes, random, held_out_pct: 0 }, &base())
    }

    #[test]
    fn a_grid_is_every_combination_with_the_last_running_fastest() {
        let search = parse(&["size_pct=5,10", "entry.min_net_edge_pct=0.25,0.5,1"], None).unwrap();
        assert_eq!(search.len(), 6);
        let all: Vec<String> =
            (0..6).map(|n| search.parameters(n).into_iter().map(|(_, v)| v).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(all, ["5 0.25", "5 0.5", "5 1", "10 0.25", "10 0.5", "10 1"]);
        assert_eq!(search.places(6), None);
        let config = search.config(4, &base()).unwrap();
        assert_eq!((config.strategy.size_ppm, config.strategy.entry.min_net_edge_ppm), (100_000, 5_000));
        assert_eq!(config.limits, base().limits, "nothing else changes");
    }

    #[test]
    fn paths_reach_exits_limits_costs_and_the_run() {
        let search = parse(
            &[
                "exits[1].pct=7",
                "exits[0].combined_or[1].hours=12",
                "limits.hedge_cap_pct=3",
                "run.latency_ms=9",
                "entry.max_tier=T1",
                "entry.max_days=30",
            ],
            None,
        )
        .unwrap();
        let config = search.config(0, &base()).unwrap();
        let text = config.strategy.to_toml();
        assert!(text.contains("pct = 7") && text.contains("hours = 12") && text.contains("T1"), "{text}");
        assert_eq!((config.limits.hedge_cap_pct, config.latency_ms), (3, 9));
        assert_eq!(config.strategy.entry.max_days, Some(30));
    }

    #[test]
    fn ranges_have_steps() {
        let values = |text: &str| parse(&[text], None).unwrap().axes()[0].values.clone();
        assert_eq!(values("size_pct=5..15:5"), ["5", "10", "15"]);
        assert_eq!(values("size_pct=5..14:5"), ["5", "10"]);
        assert_eq!(values("entry.min_net_edge_pct=0.25..0.5:0.125"), ["0.25", "0.375", "0.5"]);
        assert_eq!(values("size_pct=1..2").len(), 101);
        assert_eq!(values("size_pct=1..2")[1], "1.01");
    }

    #[test]
    fn random_sets_are_distinct_and_the_same_for_the_same_seed() {
        let search = parse(&["size_pct=1..20:1", "limits.hedge_cap_pct=1..20:1"], Some(150)).unwrap();
        assert_eq!(search.len(), 150);
        let sets: BTreeSet<_> = (0..150).map(|n| search.parameters(n)).collect();
        assert_eq!(sets.len(), 150);
        assert_eq!(search, parse(&["size_pct=1..20:1", "limits.hedge_cap_pct=1..20:1"], Some(150)).unwrap());
        // More than there are is every one of them.
        assert_eq!(parse(&["size_pct=1,2,3"], Some(500)).unwrap(), parse(&["size_pct=1,2,3"], None).unwrap());
    }

    #[test]
    fn what_cannot_be_searched_is_told_with_the_remedy() {
        for (axes, random, says) in [
            (&["size_pct"][..], None, "write it as size_pct=5,10,15"),
            (&["size_pct="], None, "no values"),
            (&["=5"], None, "no name"),
            (&["size_pct=5,,7"], None, "empty value"),
            (&["size_pct=5,5"], None, "a value twice"),
            (&["size_pct=5", "size_pct=7"], None, "given twice"),
            (&["size_pct=5,400"], None, "size_pct"),
            (&["size_pct=lots"], None, "must be a number"),
            (&["size_pct=5..lots"], None, "no number"),
            (&["size_pct=15..5"], None, "runs backwards"),
            (&["size_pct=5..15:0"], None, "at least 0.0001"),
            (&["size_pct=5..15:-1"], None, "at least 0.0001"),
            (&["size_pct=1..99:0.001"], None, "more than 1000 values"),
            (&["entry.min_net_edg_pct=1"], None, "did you mean \"min_net_edge_pct\""),
            (&["sise_pct=1"], None, "did you mean \"size_pct\""),
            (&["exit.pct=1"], None, "there is no parameter"),
            (&["exits[9].pct=1"], None, "there is no parameter"),
            (&["exits[x].pct=1"], None, "there is no parameter"),
            (&["exits[18446744073709551616].pct=1"], None, "there is no parameter"),
            (&["size_pct.x=1"], None, "there is no parameter"),
            (&["limits.hedge_cup_pct=1"], None, "did you mean limits.hedge_cap_pct"),
            (&["name=a,b"], None, "changes nothing"),
            (&["size_pct=1..100:1", "limits.hedge_cap_pct=1..100:1", "run.seed=1,2"], None, "20000 sets are too many"),
            (&["size_pct=1..100:0.1", "limits.hedge_cap_pct=1..100:1"], Some(10_001), "too many"),
            (&[], Some(5), "at least one parameter"),
        ] {
            match parse(axes, random) {
                Err(Failure::Usage(what)) => assert!(what.contains(says), "{axes:?}: {what}"),
                other => panic!("{axes:?}: {other:?}"),
            }
        }
        assert!(parse(&["run.seed=1"; AXES_MAX + 1], None).unwrap_err().to_string().contains("at most 8"));
        assert_eq!(parse(&[], None).unwrap().len(), 1, "without parameters there is one set: the strategy as it is");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), value in "[ -~]{0,20}") {
            let _ = parse(&[&text], None);
            let _ = parse(&[&format!("{text}={value}")], Some(3));
            let _ = parse(&[&format!("size_pct={value}..{value}:{value}")], None);
        }

        #[test]
        fn sets_are_distinct(a in 1_usize..6, b in 1_usize..6, c in 1_usize..6) {
            let list = |n: usize| (1..=n).map(|v| v.to_string()).collect::<Vec<_>>().join(",");
            let axes = [format!("size_pct={}", list(a)), format!("run.seed={}", list(b)), format!("limits.hedge_cap_pct={}", list(c))];
            let search = parse(&axes.each_ref().map(String::as_str), None).unwrap();
            prop_assert_eq!(search.len(), (a * b * c) as u64);
            let sets: BTreeSet<_> = (0..search.len()).map(|n| search.parameters(n)).collect();
            prop_assert_eq!(sets.len() as u64, search.len());
        }
    }
}
