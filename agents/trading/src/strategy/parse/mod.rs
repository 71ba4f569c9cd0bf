//! A strategy from TOML. Every fault is named by the path to it: `exits[1].combined_and[0].hours: …`.
//!
//! * This file: the strategy and its entry filters. `conditions`: exits, with named conditions written out. `field`: single fields.

mod conditions;
mod field;

use crate::strategy::category::Category;
use crate::strategy::{AUTHOR_CHARS_MAX, CATEGORIES_MAX, DESCRIPTION_CHARS_MAX, EntryFilters, Strategy, StrategyName};
use crate::units::{HOUR_MS, PPM};
use betty_hedging::Tier;
use betty_market::Shares;
use conditions::Conditions;
use field::{line, number, only_keys, string};
use toml::{Table, Value};

/// Longest strategy text, bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The step of durations: a hundredth of an hour, in milliseconds.
pub(crate) const HUNDREDTH_HOUR_MS: i64 = HOUR_MS / 100;

/// Most days ahead.
const DAYS_MAX: i64 = 3_650;

/// Largest depth asked for, shares.
const DEPTH_MAX: i64 = 1_000_000;

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
    only_keys(&table, "", &["name", "version", "description", "author", "size_pct", "exits", "entry", "conditions"])?;
    let name = string(&table, "", "name")?;
    let name = StrategyName::new(name).or_else(|e| fault("name", e.to_string()))?;
    let version = match table.get("version") {
        None => 1,
        Some(_) => number(&table, "", "version", 0, 1, i64::from(u32::MAX))?,
    };
    let description = line(&table, "description", DESCRIPTION_CHARS_MAX)?;
    let author = line(&table, "author", AUTHOR_CHARS_MAX)?;
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
    let none = Table::new();
    let named = match table.get("conditions") {
        None => &none,
        Some(Value::Table(named)) => named,
        Some(_) => return fault("conditions", "must be a table of named conditions"),
    };
    let mut conditions = Conditions::new(named)?;
    let exits = match table.get("exits") {
        Some(value) => conditions.exits(value)?,
        None => {
            return fault(
                "exits",
                "is missing: give at least one condition, such as { type = \"hold_to_resolution\" }",
            );
        }
    };
    conditions.all_used()?;
    Ok(Strategy {
        name,
        version: u32::try_from(version).unwrap_or(u32::MAX),
        description: description.to_owned(),
        author: (!author.is_empty()).then(|| author.to_owned()),
        entry,
        size_ppm,
        exits,
    })
}

fn parse_entry(entry: &Table) -> Parsed<EntryFilters> {
    only_keys(
        entry,
        "entry.",
        &["max_tier", "min_coverage_pct", "min_net_edge_pct", "min_depth_shares", "max_days", "categories"],
    )?;
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
        categories: entry.get("categories").map(parse_categories).transpose()?.unwrap_or_default(),
    })
}

fn parse_categories(value: &Value) -> Parsed<Vec<Category>> {
    let path = "entry.categories";
    let Value::Array(items) = value else { return fault(path, "must be a list such as [\"crypto\", \"nba\"]") };
    if items.is_empty() || items.len() > CATEGORIES_MAX {
        let problem =
            format!("has {} categories: give 1 to {CATEGORIES_MAX}, or leave it out to take any", items.len());
        return fault(path, problem);
    }
    let mut categories = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let at = format!("{path}[{i}]");
        let Value::String(text) = item else { return fault(&at, "must be a text in quotes") };
        let category = Category::new(text).or_else(|e| fault(&at, e.to_string()))?;
        if categories.contains(&category) {
            return fault(&at, format!("{text:?} is given twice"));
        }
        categories.push(category);
    }
    Ok(categories)
}

// Percentages of four decimals are exactly millionths.
const _: () = assert!(PPM == 100 * 10_000);
