//! Why a database cannot be opened, and how a driver's errors become the journal's.

use betty_bus::{JournalError, PortError};
use sea_orm::{DbErr, RuntimeErr};
use std::path::PathBuf;

/// Why a store cannot be opened, checked or copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The setting names no database.
    #[error("the database setting cannot be used: {0}. Give the path of a file, or a URL that begins with postgres://")]
    Setting(String),
    /// The file is not a SQLite database, or is damaged.
    #[error(
        "{path} is not a readable database ({cause}): put the last backup in its place, or move the file away to start with an empty one"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader met.
        cause: String,
    },
    /// The file is a SQLite database of another program.
    #[error("{path} is a database of another program and was left as it is: choose another file or another --data-dir")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory cannot be made or written.
    #[error(
        "{path} cannot be used as the database ({cause}): check the rights on it and its directory, and the free disk space"
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// A newer version of Betty wrote this database.
    #[error(
        "the database was written by a newer Betty (schema {found}, this one knows up to {known}) and was left as it is: install that version, or choose another --data-dir"
    )]
    Newer {
        /// Newest schema found.
        found: String,
        /// Newest schema known here.
        known: String,
    },
    /// The database did not answer.
    #[error(
        "the database did not answer: {0}. Free disk space and the rights on the data directory are the usual causes"
    )]
    Database(String),
    /// Another connection held the file. SQLite says so at once where waiting could lock both out, as when a new file is
    /// switched to its write-ahead log.
    #[error("{path} is held by another process ({cause}): wait for it to finish, or choose another --data-dir")]
    Busy {
        /// The file.
        path: PathBuf,
        /// What the database said.
        cause: String,
    },
    /// This kind of database is copied with its own tools.
    #[error("PostgreSQL is backed up with its own tools: use pg_dump")]
    BackupElsewhere,
}

impl From<StoreError> for JournalError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Newer { found, known } => Self::Newer { found, known },
            StoreError::Database(text) => Self::Database(text),
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(e: DbErr) -> Self {
        Self::Database(explain(&e))
    }
}

/// SQLite's primary result codes that mean something to a person.
pub(crate) mod sqlite_code {
    pub(crate) const BUSY: i32 = 5;
    pub(crate) const READONLY: i32 = 8;
    pub(crate) const IOERR: i32 = 10;
    pub(crate) const CORRUPT: i32 = 11;
    pub(crate) const FULL: i32 = 13;
    pub(crate) const CANTOPEN: i32 = 14;
    pub(crate) const NOTADB: i32 = 26;
}

/// SQLite's primary result code behind an error, if SQLite reported it.
pub(crate) fn sqlite_code(e: &DbErr) -> Option<i32> {
    let (DbErr::Conn(r) | DbErr::Exec(r) | DbErr::Query(r)) = e else { return None };
    let RuntimeErr::SqlxError(e) = r else { return None };
    let e = e.as_database_error()?;
    e.try_downcast_ref::<sea_orm::SqlxSqliteError>()?;
    // Extended codes keep the primary one in their low byte.
    Some(e.code()?.parse::<i32>().ok()? & 0xff)
}

/// What happened, with the usual remedy where the code tells one.
pub(crate) fn explain(e: &DbErr) -> String {
    let remedy = match sqlite_code(e) {
        Some(sqlite_code::BUSY) => "; another process held it for too long",
        Some(sqlite_code::FULL) => "; the disk is full",
        Some(sqlite_code::CORRUPT | sqlite_code::NOTADB) => {
            "; the file is damaged: stop Betty and put the last backup in its place"
        }
        _ => "",
    };
    format!("{e}{remedy}")
}

/// A driver's error as the journal tells it.
pub(crate) fn db(e: DbErr) -> JournalError {
    JournalError::Database(explain(&e))
}

/// A driver's error as the desk tells it.
pub(crate) fn port(e: DbErr) -> PortError {
    PortError(explain(&e))
}
