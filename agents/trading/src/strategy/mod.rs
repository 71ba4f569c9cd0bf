//! Strategies as data: what to enter, how much, when to leave. Versioned, in TOML, validated with the path to each fault.
//!
//! * [`condition`]: the eight exit conditions and their table. [`parse`](parse()) and [`print`](print()): TOML in and out.
//! * [`category`]: what a market is about. [`diff`](diff()): what differs between two strategies.
//! * [`templates`]: the five that come with the program. [`evaluate`](evaluate()): which exit fires now.

pub mod category;
pub mod condition;
mod diff;
mod evaluate;
mod parse;
mod print;
mod templates;

pub use category::Category;
pub use condition::{CONDITIONS, ConditionInfo, ExitCondition, NESTING_MAX};
pub use diff::{Difference, diff};
pub use evaluate::{ExitDecision, PositionView, evaluate};
pub use parse::{StrategyError, parse};
pub use print::print;
pub use templates::{TEMPLATES, template, templates};

use betty_hedging::Tier;
use betty_market::Shares;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest strategy name, bytes.
pub const NAME_BYTES_MAX: usize = 32;

/// Longest description, characters.
pub const DESCRIPTION_CHARS_MAX: usize = 300;

/// Longest author, characters.
pub const AUTHOR_CHARS_MAX: usize = 64;

/// Most categories of an entry filter.
pub const CATEGORIES_MAX: usize = 16;

/// Most exit conditions in one list.
pub const CONDITIONS_MAX: usize = 16;

/// Most named conditions of one text: a chain of uses is at most this deep.
pub const CONDITIONS_NAMED_MAX: usize = 32;

/// Most conditions of a strategy once every use is written out, those inside combinations counted: a few names that use each other
/// could otherwise make thousands.
pub const CONDITIONS_TOTAL_MAX: usize = 256;

/// A strategy's name: 1 to 32 of `a-z`, `0-9`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StrategyName(Box<str>);

/// A text that is no strategy name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no strategy name: use 1 to {NAME_BYTES_MAX} of a-z, 0-9, _ and -")]
pub struct StrategyNameError(String);

impl StrategyName {
    /// Checks and wraps a name.
    ///
    /// # Errors
    /// [`StrategyNameError`] when the text is empty, too long or holds another character.
    pub fn new(text: &str) -> Result<Self, StrategyNameError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(StrategyNameError(text.chars().take(40).collect()))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StrategyName {
    type Error = StrategyNameError;
    fn try_from(text: String) -> Result<Self, StrategyNameError> {
        Self::new(&text)
    }
}

impl From<StrategyName> for String {
    fn from(name: StrategyName) -> Self {
        name.0.into_string()
    }
}

impl FromStr for StrategyName {
    type Err = StrategyNameError;
    fn from_str(text: &str) -> Result<Self, StrategyNameError> {
        Self::new(text)
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A strategy as a trade remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StrategyRef {
    /// Its name.
    pub name: StrategyName,
    /// Its version then.
    pub version: u32,
}

impl fmt::Display for StrategyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

/// What a hedge must be to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryFilters {
    /// Worst tier accepted.
    pub max_tier: Tier,
    /// Least lower bound of coverage, millionths.
    pub min_coverage_ppm: i64,
    /// Least worst-case profit per dollar, every cost in, millionths.
    pub min_net_edge_ppm: i64,
    /// Least shares on every leg at prices that keep the edge.
    pub min_depth: Shares,
    /// Most days until the last leg is expected to settle; a hedge without a known end fails when this is set.
    pub max_days: Option<u32>,
    /// What every leg's market must be about, one of these; empty takes any.
    #[serde(default)]
    pub categories: Vec<Category>,
}

/// A strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strategy {
    /// Its name.
    pub name: StrategyName,
    /// Its version, from 1; storage raises it on every change.
    pub version: u32,
    /// What it is for, one line.
    pub description: String,
    /// Who wrote it, where they say so.
    #[serde(default)]
    pub author: Option<String>,
    /// What it enters.
    pub entry: EntryFilters,
    /// Most of the bankroll in one hedge, millionths. The account's own cap binds as well.
    pub size_ppm: i64,
    /// When it leaves: the first condition that holds, in this order.
    pub exits: Vec<ExitCondition>,
}

impl Strategy {
    /// Name and version, as trades keep them.
    #[must_use]
    pub fn reference(&self) -> StrategyRef {
        StrategyRef { name: self.name.clone(), version: self.version }
    }

    /// Reads a strategy from TOML; see [`parse()`].
    ///
    /// # Errors
    /// [`StrategyError`] with the path to the fault.
    pub fn from_toml(text: &str) -> Result<Self, StrategyError> {
        parse(text)
    }

    /// Writes it as TOML; reading that back gives the same strategy.
    #[must_use]
    pub fn to_toml(&self) -> String {
        print(self)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_named;
