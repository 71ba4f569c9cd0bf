//! Exit conditions out of TOML, references to named ones written out on the way.
//!
//! `[conditions.take]` names a condition and `{ use = "take" }` stands for it wherever a condition may stand, in another named one too.
//! What comes out holds no names: a strategy kept with a trade stands by itself.

use super::field::{near, number, only_keys, shown, string, unknown};
use super::{HUNDREDTH_HOUR_MS, Parsed, fault};
use crate::strategy::condition::{CONDITIONS, ConditionInfo, ExitCondition, NESTING_MAX};
use crate::strategy::{CONDITIONS_MAX, CONDITIONS_NAMED_MAX, CONDITIONS_TOTAL_MAX, StrategyName};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Longest holding time, hours: ten years.
const HOURS_MAX: i64 = 87_600;

/// Largest profit or ROI target, percent.
const TARGET_PCT_MAX: i64 = 1_000;

/// What a condition's table may begin with.
const FORMS: [&str; 4] = ["type", "combined_and", "combined_or", "use"];

/// The named conditions of one text, and what was read of them so far.
pub(super) struct Conditions<'a> {
    named: &'a Table,
    used: BTreeSet<&'a str>,
    /// Names being written out now, outermost first: one that comes again is a cycle.
    open: Vec<&'a str>,
    /// Conditions made so far.
    total: usize,
}

impl<'a> Conditions<'a> {
    /// Checks the names.
    pub(super) fn new(named: &'a Table) -> Parsed<Self> {
        if named.len() > CONDITIONS_NAMED_MAX {
            let problem = format!("has {} names, at most {CONDITIONS_NAMED_MAX} are allowed", named.len());
            return fault("conditions", problem);
        }
        for name in named.keys() {
            // Named like strategies, so that a path to a fault reads as one word.
            if let Err(e) = StrategyName::new(name) {
                return fault(&format!("conditions.{}", shown(name)), e.to_string().replace("strategy name", "name"));
            }
        }
        Ok(Self { named, used: BTreeSet::new(), open: Vec::new(), total: 0 })
    }

    /// The conditions in the order given.
    pub(super) fn exits(&mut self, value: &'a Value) -> Parsed<Vec<ExitCondition>> {
        self.list(value, "exits", 0)
    }

    /// A named condition that nothing uses would be lost on the next save, so it is a fault; what is wrong inside it comes first.
    pub(super) fn all_used(mut self) -> Parsed<()> {
        let named = self.named;
        let unused: Vec<&str> = named.keys().map(String::as_str).filter(|n| !self.used.contains(n)).collect();
        for name in &unused {
            self.by_name(name, "conditions", 0)?;
        }
        match unused.first() {
            Some(name) => fault(
                &format!("conditions.{name}"),
                format!("is used nowhere: write {{ use = {name:?} }} in exits, or take it out"),
            ),
            None => Ok(()),
        }
    }

    /// A list of conditions; `depth` combinations lie around it.
    fn list(&mut self, value: &'a Value, path: &str, depth: usize) -> Parsed<Vec<ExitCondition>> {
        let Value::Array(items) = value else { return fault(path, "must be a list of conditions") };
        if items.is_empty() {
            return fault(path, "is empty: give at least one condition");
        }
        if items.len() > CONDITIONS_MAX {
            return fault(path, format!("has {} conditions, at most {CONDITIONS_MAX} are allowed", items.len()));
        }
        let mut conditions = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            conditions.push(self.condition(item, &format!("{path}[{i}]"), depth)?);
        }
        Ok(conditions)
    }

    fn condition(&mut self, value: &'a Value, path: &str, depth: usize) -> Parsed<ExitCondition> {
        let Value::Table(table) = value else {
            return fault(path, "must be a table such as { type = \"stop_loss\", pct = 10 }");
        };
        let prefix = format!("{path}.");
        if table.contains_key("use") {
            only_keys(table, &prefix, &["use"])?;
            return self.by_name(string(table, &prefix, "use")?, &format!("{prefix}use"), depth);
        }
        self.total += 1;
        if self.total > CONDITIONS_TOTAL_MAX {
            let problem = format!("makes more than {CONDITIONS_TOTAL_MAX} conditions once every use is written out");
            return fault(path, problem);
        }
        for name in ["combined_and", "combined_or"] {
            let Some(inner) = table.get(name) else { continue };
            only_keys(table, &prefix, &[name])?;
            let at = format!("{prefix}{name}");
            if depth >= NESTING_MAX {
                return fault(&at, format!("combinations are nested deeper than {NESTING_MAX}"));
            }
            let of = self.list(inner, &at, depth + 1)?;
            let and = name == "combined_and";
            return Ok(if and { ExitCondition::CombinedAnd { of } } else { ExitCondition::CombinedOr { of } });
        }
        let Some(kind) = table.get("type") else {
            if let Some(key) = table.keys().find(|k| !FORMS.contains(&k.as_str()) && near(k, &FORMS).is_some()) {
                return fault(&format!("{prefix}{key}"), unknown(key, &FORMS));
            }
            return fault(
                path,
                "has no type: give type = \"…\", combined_and = [ … ], combined_or = [ … ] or use = \"…\"",
            );
        };
        let at = format!("{prefix}type");
        let Value::String(kind) = kind else { return fault(&at, "must be the name of a condition in quotes") };
        let names: Vec<&str> = CONDITIONS.iter().map(|c| c.name).collect();
        let Some(info) = CONDITIONS.iter().find(|c| c.name == kind) else {
            return fault(&at, format!("{} The conditions are {}", unknown(&shown(kind), &names), names.join(", ")));
        };
        leaf(info, table, path, &prefix)
    }

    /// A named condition, written out where it is used.
    fn by_name(&mut self, name: &'a str, path: &str, depth: usize) -> Parsed<ExitCondition> {
        if let Some(first) = self.open.iter().position(|n| *n == name) {
            let mut cycle: Vec<&str> = self.open[first..].to_vec();
            cycle.push(name);
            return fault(path, format!("a cycle of conditions: {}. A condition cannot use itself", cycle.join(" → ")));
        }
        let Some(body) = self.named.get(name) else {
            let names: Vec<&str> = self.named.keys().map(String::as_str).collect();
            let known = if names.is_empty() {
                "There is no [conditions.…] in this text".to_owned()
            } else {
                format!("Named here: {}", names.join(", "))
            };
            return fault(path, format!("{} {known}", unknown(&shown(name), &names)));
        };
        self.used.insert(name);
        self.open.push(name);
        let condition = self.condition(body, &format!("conditions.{name}"), depth);
        self.open.pop();
        condition
    }
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
