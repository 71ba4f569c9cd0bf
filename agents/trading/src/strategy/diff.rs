//! What differs between two strategies, line by line, in the strategy's own terms.

use crate::strategy::{EntryFilters, ExitCondition, Strategy};
use crate::units::pct;
use serde::{Deserialize, Serialize};

/// One line that differs. A side that has no such line is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which line, as in the TOML: `size_pct`, `entry.max_days`, `exits`.
    pub path: String,
    /// In the first strategy.
    pub left: Option<String>,
    /// In the second.
    pub right: Option<String>,
}

/// The lines in which two strategies differ, in the order of the text. Name and version are not lines of it: two versions of one
/// strategy that do the same differ in nothing.
#[must_use]
pub fn diff(left: &Strategy, right: &Strategy) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut field = |path: &str, left: Option<String>, right: Option<String>| {
        if left != right {
            out.push(Difference { path: path.to_owned(), left, right });
        }
    };
    let text = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    field("description", text(&left.description), text(&right.description));
    field("author", left.author.clone(), right.author.clone());
    field("size_pct", Some(pct(left.size_ppm)), Some(pct(right.size_ppm)));
    for ((path, left), (_, right)) in filters(&left.entry).into_iter().zip(filters(&right.entry)) {
        field(path, left, right);
    }
    out.extend(exits(&left.exits, &right.exits));
    out
}

fn filters(entry: &EntryFilters) -> [(&'static str, Option<String>); 6] {
    let categories: Vec<&str> = entry.categories.iter().map(super::Category::as_str).collect();
    [
        ("entry.max_tier", Some(format!("{} at worst", entry.max_tier))),
        ("entry.min_coverage_pct", Some(format!("coverage at least {}", pct(entry.min_coverage_ppm)))),
        ("entry.min_net_edge_pct", Some(format!("net edge at least {}", pct(entry.min_net_edge_ppm)))),
        ("entry.min_depth_shares", Some(format!("at least {} shares", entry.min_depth))),
        ("entry.max_days", entry.max_days.map(|d| format!("at most {d} days"))),
        ("entry.categories", (!categories.is_empty()).then(|| categories.join(", "))),
    ]
}

/// Exits that are not on both sides in the same order, by the longest common subsequence; the first that holds decides, so order is
/// meaning. Lines that went and lines that came at the same place stand beside each other.
fn exits(left: &[ExitCondition], right: &[ExitCondition]) -> Vec<Difference> {
    // common[i][j]: length of the longest common subsequence of left[i..] and right[j..].
    let mut common = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] =
                if left[i] == right[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut went, mut came, mut out) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let same = i < left.len() && j < right.len() && left[i] == right[j];
        let over = i == left.len() && j == right.len();
        if same || over {
            for k in 0..went.len().max(came.len()) {
                let line = |of: &[String]| of.get(k).cloned();
                out.push(Difference { path: "exits".to_owned(), left: line(&went), right: line(&came) });
            }
            went.clear();
            came.clear();
        }
        if over {
            return out;
        }
        if same {
            i += 1;
            j += 1;
        } else if j == right.len() || i < left.len() && common[i + 1][j] >= common[i][j + 1] {
            went.push(left[i].to_string());
            i += 1;
        } else {
            came.push(right[j].to_string());
            j += 1;
        }
    }
}
