//! A strategy as TOML, in the form [`parse`](super::parse()) reads.

use crate::strategy::parse::HUNDREDTH_HOUR_MS;
use crate::strategy::{ExitCondition, Strategy};
use crate::units::pct_number;
use std::fmt::Write as _;

/// Writes a strategy as TOML; reading it back gives the same strategy.
#[must_use]
pub fn print(strategy: &Strategy) -> String {
    let entry = &strategy.entry;
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("name = \"{}\"", strategy.name));
    line(format!("version = {}", strategy.version));
    line(format!("description = {}", toml::Value::String(strategy.description.clone())));
    if let Some(author) = &strategy.author {
        line(format!("author = {}", toml::Value::String(author.clone())));
    }
    line(format!("size_pct = {}", pct_number(strategy.size_ppm)));
    line("exits = [".to_owned());
    for exit in &strategy.exits {
        let mut text = String::new();
        write_condition(&mut text, exit);
        line(format!("    {text},"));
    }
    line("]".to_owned());
    line(String::new());
    line("[entry]".to_owned());
    line(format!("max_tier = \"{}\"", entry.max_tier));
    line(format!("min_coverage_pct = {}", pct_number(entry.min_coverage_ppm)));
    line(format!("min_net_edge_pct = {}", pct_number(entry.min_net_edge_ppm)));
    line(format!("min_depth_shares = {}", entry.min_depth));
    if let Some(days) = entry.max_days {
        line(format!("max_days = {days}"));
    }
    if !entry.categories.is_empty() {
        let categories: Vec<String> = entry.categories.iter().map(|c| format!("\"{c}\"")).collect();
        line(format!("categories = [{}]", categories.join(", ")));
    }
    out
}

fn write_condition(out: &mut String, condition: &ExitCondition) {
    let name = condition.info().name;
    // Writing to a string cannot fail.
    let _ = match condition {
        ExitCondition::HoldToResolution => write!(out, "{{ type = \"{name}\" }}"),
        ExitCondition::TargetProfitPct { pct_ppm: ppm }
        | ExitCondition::StopLoss { pct_ppm: ppm }
        | ExitCondition::TrailingStop { pct_ppm: ppm }
        | ExitCondition::TargetRoiThreshold { roi_ppm: ppm } => {
            let parameter = condition.info().parameter.unwrap_or_default();
            write!(out, "{{ type = \"{name}\", {parameter} = {} }}", pct_number(*ppm))
        }
        ExitCondition::TimeBasedExit { held_ms } => {
            write!(out, "{{ type = \"{name}\", hours = {} }}", hours_number(*held_ms))
        }
        ExitCondition::CombinedAnd { of } | ExitCondition::CombinedOr { of } => {
            let _ = write!(out, "{{ {name} = [");
            for (i, inner) in of.iter().enumerate() {
                out.push_str(if i == 0 { " " } else { ", " });
                write_condition(out, inner);
            }
            write!(out, " ] }}")
        }
    };
}

/// Milliseconds as a number of hours in the parser's step of a hundredth of an hour.
fn hours_number(ms: i64) -> String {
    pct_number(ms / HUNDREDTH_HOUR_MS * 100)
}
