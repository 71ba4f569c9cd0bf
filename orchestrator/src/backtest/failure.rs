//! Why a backtest came to nothing: one sentence each, with what to do, and the exit code it stands for.

use crate::program::{EXIT_FINDING, EXIT_UPSTREAM, EXIT_USAGE};
use betty_bus::{JournalError, PortError, TaskError, TaskErrorKind};

/// Interrupted at the keyboard or by a signal, as shells count it.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Something asked for cannot be meant: a strategy, a date, a parameter, a run id.
    #[error("{0}")]
    Usage(String),
    /// The data cannot be replayed: not there, empty, not of that time.
    #[error("{0}")]
    Data(String),
    /// Stopped before it was done.
    #[error("stopped before it was done; nothing was stored")]
    Stopped,
    /// The database.
    #[error("{0}")]
    Store(String),
    /// A panic in the computation: a defect.
    #[error("a defect ended the computation ({0}); nothing was stored")]
    Defect(String),
}

impl Failure {
    /// What the command line ends with.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => EXIT_USAGE,
            Self::Data(_) => EXIT_UPSTREAM,
            Self::Stopped => EXIT_INTERRUPTED,
            Self::Store(_) | Self::Defect(_) => EXIT_FINDING,
        }
    }
}

impl From<PortError> for Failure {
    fn from(e: PortError) -> Self {
        Self::Store(e.to_string())
    }
}

impl From<JournalError> for Failure {
    fn from(e: JournalError) -> Self {
        Self::Store(e.to_string())
    }
}

impl From<Failure> for TaskError {
    fn from(failure: Failure) -> Self {
        let kind = match failure {
            // Trying again does not bring other data.
            Failure::Usage(_) | Failure::Data(_) => TaskErrorKind::Refused,
            Failure::Stopped => TaskErrorKind::Cancelled,
            Failure::Store(_) => TaskErrorKind::Unavailable,
            Failure::Defect(_) => TaskErrorKind::Internal,
        };
        Self::new(kind, failure.to_string())
    }
}
