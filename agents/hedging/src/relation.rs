//! What can hold between markets, by which rule, and how well it is known.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A logical relation between markets, in the order the certificate lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The first resolving YES forces the second to resolve YES.
    Implies,
    /// At most one resolves YES.
    Excludes,
    /// At least one resolves YES.
    Exhausts,
    /// Exactly one resolves YES.
    Partition,
    /// All resolve alike.
    Equivalent,
    /// The first resolves YES exactly when one of the others does, and no two others do. What brackets and a threshold make.
    Union,
}

/// How well a relation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A model's word only; never traded.
    Hypothesis,
    /// A model's word, adversarially checked.
    Verified,
    /// The rule holds on the question, but the source carries no rule text to check the rest. Never T0, never traded live.
    Presumed,
    /// A deterministic rule with every obligation met on the rule texts.
    Proven,
}

/// The rules, by the names the documentation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RuleId {
    /// A market's two tokens.
    R1,
    /// Exclusivity inside a neg-risk event.
    R2,
    /// Exhaustiveness of a complete neg-risk event.
    R3,
    /// "By D" variants of one template.
    R4,
    /// Above or below N at the same instant.
    R5,
    /// "Hit K by D" and "close above K on a day before D".
    R6,
    /// Contiguous ranges that add up to a threshold.
    R7,
    /// "Exactly k" and "k or more".
    R8,
    /// Nested stages of a competition.
    R9,
    /// "A and B" against A and against B.
    R10,
    /// Markets on the score of one match.
    R11,
    /// One question listed twice.
    R12,
    /// Several proofs in a row; see [`crate::chain`].
    Chain,
    /// No rule: a language model proposed it, and it survived refutation or did not.
    Model,
}

impl RuleId {
    /// The rule's name in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::R1 => "complement",
            Self::R2 => "neg-risk exclusivity",
            Self::R3 => "exhaustive set",
            Self::R4 => "date ladder",
            Self::R5 => "threshold ladder",
            Self::R6 => "touch and close",
            Self::R7 => "brackets and thresholds",
            Self::R8 => "counts",
            Self::R9 => "nested stages",
            Self::R10 => "conjunction",
            Self::R11 => "match book",
            Self::R12 => "twin listing",
            Self::Chain => "proofs in a row",
            Self::Model => "read by a model",
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
