//! Why a line means nothing: what was wrong, the usage line and one example.

use super::spec::Row;

/// The kind of a usage error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageKind {
    /// Nothing was typed.
    Empty,
    /// The line is longer than Betty reads.
    TooLong,
    /// No such command or subcommand.
    Unknown,
    /// Not for this person or at this door.
    NotAllowed,
    /// An argument is missing, wrong or too much.
    Argument,
}

/// A line that means nothing. [`super::help::usage_card`] shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct UsageError {
    /// Its kind.
    pub kind: UsageKind,
    /// One sentence: what was wrong and, where the usage line does not tell, what to do.
    pub what: String,
    /// The command that was meant, when it is known.
    pub row: Option<&'static Row>,
}

impl UsageError {
    pub(crate) fn new(kind: UsageKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), row: None }
    }

    pub(crate) fn argument(row: &'static Row, what: impl Into<String>) -> Self {
        Self { kind: UsageKind::Argument, what: what.into(), row: Some(row) }
    }
}
