//! Where the database is.

use crate::error::StoreError;
use std::fmt;
use std::path::PathBuf;

/// Which database to open.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// One SQLite file; made, with its directory, when absent.
    Sqlite(PathBuf),
    /// A PostgreSQL database by URL. Its schema is the first of the connection's search path.
    Postgres(String),
}

impl StoreConfig {
    /// Reads a database setting: `postgres://…` and `postgresql://…` are URLs, `sqlite:path` and anything without a scheme
    /// is a file.
    ///
    /// # Errors
    /// [`StoreError::Setting`] for an empty text or another scheme.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if text.contains("://") => {
                // Only the scheme is repeated: the rest may hold a password.
                let scheme = text.split("://").next().unwrap_or_default();
                return Err(StoreError::Setting(format!("{scheme}:// is not a known kind of database")));
            }
            None => text,
        };
        if path.is_empty() {
            return Err(StoreError::Setting("it names no file".to_owned()));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// A SQLite file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::Sqlite(path.into())
    }
}

impl fmt::Debug for StoreConfig {
    /// A PostgreSQL URL may hold a password, so it is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths_are_told_apart() {
        for (text, want) in [
            ("betty.db", StoreConfig::file("betty.db")),
            ("sqlite:data/betty.db", StoreConfig::file("data/betty.db")),
            ("sqlite:///var/lib/betty/b.db", StoreConfig::file("/var/lib/betty/b.db")),
            ("/srv/odd?name%20.db", StoreConfig::file("/srv/odd?name%20.db")),
            ("postgres://u:p@h/d", StoreConfig::Postgres("postgres://u:p@h/d".to_owned())),
            ("postgresql://h/d", StoreConfig::Postgres("postgresql://h/d".to_owned())),
        ] {
            assert_eq!(StoreConfig::parse(text).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_opened_is_refused_without_repeating_secrets() {
        for bad in ["", "  ", "sqlite:", "sqlite://"] {
            assert!(matches!(StoreConfig::parse(bad), Err(StoreError::Setting(_))), "{bad:?}");
        }
        let e = StoreConfig::parse("mysql://u:hunter2@h/d").unwrap_err().to_string();
        assert!(e.contains("mysql") && !e.contains("hunter2"), "{e}");
        let shown = format!("{:?}", StoreConfig::parse("postgres://u:hunter2@h/d").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
