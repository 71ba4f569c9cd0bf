//! A strategy from TOML. Every fault is named by the path to it: `exits[1].combined_and[0].hours: …`.

use crate::strategy::condition::{CONDITIONS, ConditionInfo, ExitCondition, NESTING_MAX};
use crate::strategy::{CONDITIONS_MAX, DESCRIPTION_CHARS_MAX, EntryFilters, Strategy, StrategyName};
use crate::units::{HOUR_MS, PPM, pct_number};
use betty_hedging::Tier;
use betty_market::Shares;
use toml::{Table, Value};

/// Longest strategy text, bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The step of durations: a hundredth of an hour, in milliseconds.
pub(crate) const HUNDREDTH_HOUR_MS: i64 = HOUR_MS / 100;

/// Longest holding time, hours: ten years.
const HOURS_MAX: i64 = 87_600;

/// Largest profit or ROI target, percent.
const TARGET_PCT_MAX: i64 = 1_000;

/// Most days ahead.
const DAYS_MAX: i64 = 3_650;

/// Largest depth asked for, shares.
const DEPTH_MAX: i64 = 1_000_000;

/// Furthest edit distance, as likeness from 0 to 1, at which a name is suggested.
const LIKENESS_MIN: f64 = 0.6;

/// A fault of a strategy's text, with the path to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct StrategyError {
    /// Where, such as `exits[1].combined_and[0].hours`; `strategy` for the text as a whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

type Parsed<T> = Result<T, StrategyError>;

fn fault<T>(path: &str, problem: impl Into<String>) -> Parsed<T> {
    Err(StrategyError { path: path.to_owned(), problem: problem.into() })
}

/// Reads and validates a strategy.
///
/// # Errors
/// The first fault found, with its path.
pub fn parse(text: &str) -> Parsed<Strategy> {
    if text.len() > TEXT_BYTES_MAX {
        return fault("strategy", format!("{} bytes are too long, at most {TEXT_BYTES_MAX} are read", text.len()));
    }
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(e) => return fault("strategy", format!("not valid TOML: {}", e.to_string().trim_end())),
    };
    only_keys(&table, "", &["name", "version", "description", "size_pct", "exits", "entry"])?;
    let name = string(&table, "", "name")?;
    let name = StrategyName::new(name).or_else(|e| fault("name", e.to_string()))?;
    let version = match table.get("version") {
        None => 1,
        Some(_) => number(&table, "", "version", 0, 1, i64::from(u32::MAX))?,
    };
    let description = if table.contains_key("description") { string(&table, "", "description")? } else { "" };
    if description.chars().count() > DESCRIPTION_CHARS_MAX || description.chars().any(char::is_control) {
        return fault("description", format!("must be one line of at most {DESCRIPTION_CHARS_MAX} characters"));
    }
    let size_ppm = number(&table, "", "size_pct", 4, 0, 100)?;
    if size_ppm == 0 {
        return fault("size_pct", "is 0: a strategy that stakes nothing trades nothing");
    }
    let entry = match table.get("entry") {
        Some(Value::Table(entry)) => parse_entry(entry)?,
        Some(_) => return fault("entry", "must be a table"),
        None => {
            return fault("entry", "is missing: give max_tier, min_coverage_pct, min_net_edge_pct, min_depth_shares");
        }
    };
    let exits = match table.get("exits") {
        Some(value) => parse_list(value, "exits", 0)?,
        None => {
            return fault(
                "exits",
                "is missing: give at least one condition, such as { type = \"hold_to_resolution\" }",
            );
        }
    };
    Ok(Strategy {
        name,
        version: u32::try_from(version).unwrap_or(u32::MAX),
        description: description.to_owned(),
        entry,
        size_ppm,
        exits,
    })
}

fn parse_entry(entry: &Table) -> Parsed<EntryFilters> {
    only_keys(entry, "entry.", &["max_tier", "min_coverage_pct", "min_net_edge_pct", "min_depth_shares", "max_days"])?;
    let max_tier = match string(entry, "entry.", "max_tier")? {
        "T0" => Tier::T0,
        "T1" => Tier::T1,
        "T2" => Tier::T2,
        "T3" => Tier::T3,
        "Watch" => return fault("entry.max_tier", "Watch is never traded by rule: give T0, T1, T2 or T3"),
        other => return fault("entry.max_tier", format!("{other:?} is no tier: give T0, T1, T2 or T3")),
    };
    let max_days = match entry.get("max_days") {
        None => None,
        Some(_) => u32::try_from(number(entry, "entry.", "max_days", 0, 1, DAYS_MAX)?).ok(),
    };
    let depth = number(entry, "entry.", "min_depth_shares", 2, 0, DEPTH_MAX)?;
    Ok(EntryFilters {
        max_tier,
        min_coverage_ppm: number(entry, "entry.", "min_coverage_pct", 4, 0, 100)?,
        min_net_edge_ppm: number(entry, "entry.", "min_net_edge_pct", 4, 0, 100)?,
        min_depth: Shares::from_micros(depth * Shares::LOT.micros()),
        max_days,
    })
}

/// A list of conditions; `depth` combinations lie around it.
fn parse_list(value: &Value, path: &str, depth: usize) -> Parsed<Vec<ExitCondition>> {
    let Value::Array(items) = value else { return fault(path, "must be a list of conditions") };
    if items.is_empty() {
        return fault(path, "is empty: give at least one condition");
    }
    if items.len() > CONDITIONS_MAX {
        return fault(path, format!("has {} conditions, at most {CONDITIONS_MAX} are allowed", items.len()));
    }
    let mut conditions = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        conditions.push(parse_condition(item, &format!("{path}[{i}]"), depth)?);
    }
    Ok(conditions)
}

fn parse_condition(value: &Value, path: &str, depth: usize) -> Parsed<ExitCondition> {
    let Value::Table(table) = value else {
        return fault(path, "must be a table such as { type = \"stop_loss\", pct = 10 }");
    };
    let prefix = format!("{path}.");
    for name in ["combined_and", "combined_or"] {
        let Some(inner) = table.get(name) else { continue };
        only_keys(table, &prefix, &[name])?;
        let at = format!("{prefix}{name}");
        if depth >= NESTING_MAX {
            return fault(&at, format!("combinations are nested deeper than {NESTING_MAX}"));
        }
        let of = parse_list(inner, &at, depth + 1)?;
        let and = name == "combined_and";
        return Ok(if and { ExitCondition::CombinedAnd { of } } else { ExitCondition::CombinedOr { of } });
    }
    let Some(kind) = table.get("type") else {
        let known = ["type", "combined_and", "combined_or"];
        if let Some(key) = table.keys().find(|k| !known.contains(&k.as_str()) && near(k, &known).is_some()) {
            return fault(&format!("{prefix}{key}"), unknown(key, &known));
        }
        return fault(path, "has no type: give type = \"…\", combined_and = [ … ] or combined_or = [ … ]");
    };
    let at = format!("{prefix}type");
    let Value::String(kind) = kind else { return fault(&at, "must be the name of a condition in quotes") };
    let names: Vec<&str> = CONDITIONS.iter().map(|c| c.name).collect();
    let Some(info) = CONDITIONS.iter().find(|c| c.name == kind) else {
        let shown: String = kind.chars().take(40).collect();
        return fault(&at, format!("{} The conditions are {}", unknown(&shown, &names), names.join(", ")));
    };
    leaf(info, table, path, &prefix)
}

fn leaf(info: &ConditionInfo, table: &Table, path: &str, prefix: &str) -> Parsed<ExitCondition> {
    let mut keys = vec!["type"];
    keys.extend(info.parameter);
    only_keys(table, prefix, &keys)?;
    let above_zero = |key: &str, value: i64| {
        if value > 0 { Ok(value) } else { fault(&format!("{prefix}{key}"), "must be above 0") }
    };
    Ok(match info.name {
        "hold_to_resolution" => ExitCondition::HoldToResolution,
        "target_profit_pct" => ExitCondition::TargetProfitPct {
            pct_ppm: above_zero("pct", number(table, prefix, "pct", 4, 0, TARGET_PCT_MAX)?)?,
        },
        "target_roi_threshold" => ExitCondition::TargetRoiThreshold {
            roi_ppm: above_zero("roi_pct", number(table, prefix, "roi_pct", 4, 0, TARGET_PCT_MAX)?)?,
        },
        "time_based_exit" => {
            let hundredths = above_zero("hours", number(table, prefix, "hours", 2, 0, HOURS_MAX)?)?;
            ExitCondition::TimeBasedExit { held_ms: hundredths * HUNDREDTH_HOUR_MS }
        }
        "stop_loss" => {
            ExitCondition::StopLoss { pct_ppm: above_zero("pct", number(table, prefix, "pct", 4, 0, 100)?)? }
        }
        "trailing_stop" => {
            ExitCondition::TrailingStop { pct_ppm: above_zero("pct", number(table, prefix, "pct", 4, 0, 100)?)? }
        }
        name => return fault(path, format!("write {name} as {}", info.example)),
    })
}

fn string<'a>(table: &'a Table, prefix: &str, key: &str) -> Parsed<&'a str> {
    let path = format!("{prefix}{key}");
    match table.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => fault(&path, "must be a text in quotes"),
        None => fault(&path, "is missing"),
    }
}

/// A number from `low` to `high` with at most `decimals` decimals, scaled by `10^decimals`.
fn number(table: &Table, prefix: &str, key: &str, decimals: u32, low: i64, high: i64) -> Parsed<i64> {
    let path = format!("{prefix}{key}");
    let range = format!("must be from {low} to {high}");
    let scale = 10_i64.pow(decimals);
    let scaled = match table.get(key) {
        None => return fault(&path, format!("is missing: a number from {low} to {high}")),
        Some(Value::Integer(whole)) => match whole.checked_mul(scale) {
            Some(scaled) => scaled,
            None => return fault(&path, range),
        },
        Some(Value::Float(value)) => {
            #[allow(clippy::cast_precision_loss)]
            let exact = value * scale as f64;
            // Inside the range first: beyond it a float has no decimals to speak of.
            #[allow(clippy::cast_precision_loss)]
            if !(low as f64..=high as f64).contains(value) {
                return fault(&path, format!("is {value}, {range}"));
            }
            if (exact - exact.round()).abs() > 1e-4 {
                return fault(&path, format!("has more than {decimals} decimals"));
            }
            #[allow(clippy::cast_possible_truncation)]
            {
                exact.round() as i64
            }
        }
        Some(_) => return fault(&path, "must be a number without quotes"),
    };
    if (low * scale..=high * scale).contains(&scaled) {
        Ok(scaled)
    } else {
        fault(&path, format!("is {}, {range}", pct_number(scaled.saturating_mul(10_000 / scale))))
    }
}

/// Refuses keys that are not known, with the nearest known one.
fn only_keys(table: &Table, prefix: &str, known: &[&str]) -> Parsed<()> {
    match table.keys().find(|k| !known.contains(&k.as_str())) {
        None => Ok(()),
        Some(key) => {
            let shown: String = key.chars().take(40).collect();
            fault(&format!("{prefix}{shown}"), format!("{} Known here: {}", unknown(&shown, known), known.join(", ")))
        }
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    match near(name, known) {
        Some(best) => format!("{name:?} is not known; did you mean {best:?}?"),
        None => format!("{name:?} is not known."),
    }
}

/// The known name most like a mistyped one, when there is one. A name that contains the other counts as alike.
fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |k: &str| {
        let name = name.to_ascii_lowercase();
        let contains = name.len() >= 4 && (k.contains(&name) || name.contains(k));
        strsim::jaro_winkler(&name, k).max(if contains { 1.0 } else { 0.0 })
    };
    let scored = known.iter().map(|k| (likeness(k), *k));
    let best = scored.fold((0.0_f64, None), |best, (score, k)| if score > best.0 { (score, Some(k)) } else { best });
    best.1.filter(|_| best.0 >= LIKENESS_MIN)
}

// Percentages of four decimals are exactly millionths.
const _: () = assert!(PPM == 100 * 10_000);
