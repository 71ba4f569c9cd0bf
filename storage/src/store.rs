//! Opening a database, its one writer and its readers.

use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::migration::{self, Migrator};
use crate::sqlite::{self, ACQUIRE_TIMEOUT, BUSY_TIMEOUT, OPEN_RETRY_PAUSE, READERS_MAX, Role};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// An open database. Clones share its connections.
///
/// It implements [`betty_bus::Journal`] and [`betty_bus::Desk`]. A call that is dropped half way leaves nothing behind: its
/// transaction is rolled back.
#[derive(Clone, Debug)]
pub struct Store {
    /// One connection, so writers of this process queue here instead of failing in the database.
    pub(crate) writer: DatabaseConnection,
    /// Several connections that cannot write.
    pub(crate) reader: DatabaseConnection,
    /// The SQLite file.
    pub(crate) path: Option<PathBuf>,
}

impl Store {
    /// Opens a database, making the file and bringing the schema up to date where needed.
    ///
    /// Several processes may have the same database open; their writes take turns.
    ///
    /// # Errors
    /// A [`StoreError`] that says what to do. A database that cannot be used is left as it was.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        match config {
            StoreConfig::Sqlite(path) => Self::open_patiently(path).await,
            StoreConfig::Postgres(url) => Self::open_postgres(url).await?.migrated().await,
        }
    }

    /// Opens a file, again while another process has it: where two connections could wait for each other, as in the switch of a
    /// new file to its write-ahead log, SQLite answers "busy" without waiting for its own time-out.
    async fn open_patiently(path: &Path) -> Result<Self, StoreError> {
        let begun = Instant::now();
        loop {
            let opened = match Self::open_file(path).await {
                Ok(store) => store.migrated().await,
                Err(e) => Err(e),
            };
            match opened {
                Err(StoreError::Busy { .. }) if begun.elapsed() < BUSY_TIMEOUT => {
                    tokio::time::sleep(OPEN_RETRY_PAUSE).await;
                }
                end => return end,
            }
        }
    }

    async fn open_file(path: &Path) -> Result<Self, StoreError> {
        if !sqlite::prepare(path)? {
            sqlite::refuse_cut_off(path)?;
            let probe = sqlite::connect(path, Role::Probe).await?;
            let seen = look(&probe).await.map_err(|e| sqlite::opening(path, &e));
            // A probe that cannot be closed has nothing to lose.
            let _ = probe.close().await;
            match seen? {
                Seen::Foreign => return Err(StoreError::Foreign { path: path.to_owned() }),
                Seen::Newer { found, known } => return Err(StoreError::Newer { found, known }),
                Seen::Empty | Seen::Known => {}
            }
        }
        let writer = sqlite::connect(path, Role::Writer).await?;
        let reader = sqlite::connect(path, Role::Reader).await?;
        Ok(Self { writer, reader, path: Some(path.to_owned()) })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let connect = async |connections: u32| {
            let mut options = ConnectOptions::new(url);
            options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
            Database::connect(options).await
        };
        let writer = connect(1).await?;
        if let Seen::Newer { found, known } = look(&writer).await? {
            return Err(StoreError::Newer { found, known });
        }
        let reader = connect(READERS_MAX).await?;
        Ok(Self { writer, reader, path: None })
    }

    /// Applies what is missing of the schema in one transaction, after any other process that does the same.
    async fn migrated(self) -> Result<Self, StoreError> {
        let failed = |e: DbErr| match &self.path {
            Some(path) => sqlite::opening(path, &e),
            None => StoreError::from(e),
        };
        let txn = self.begin_write().await.map_err(failed)?;
        Migrator::up(&txn, None).await.map_err(failed)?;
        txn.commit().await.map_err(failed)?;
        Ok(self)
    }

    /// Begins a transaction that writes. At most one is open in a database at any time, over all processes: SQLite sees to it
    /// with `BEGIN IMMEDIATE`, PostgreSQL with an advisory lock. What is read inside therefore stays true until the commit.
    pub(crate) async fn begin_write(&self) -> Result<DatabaseTransaction, DbErr> {
        if self.backend() == DbBackend::Sqlite {
            let immediate = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            };
            return self.writer.begin_with_options(immediate).await;
        }
        // Read committed: each statement after the lock sees what the previous holder committed.
        let txn = self.writer.begin_with_config(Some(IsolationLevel::ReadCommitted), None).await?;
        txn.execute_unprepared("SELECT pg_advisory_xact_lock(hashtext('betty:' || current_schema()))").await?;
        Ok(txn)
    }

    /// Begins a transaction whose reads all see one moment.
    pub(crate) async fn begin_read(&self) -> Result<DatabaseTransaction, DbErr> {
        if self.backend() == DbBackend::Sqlite {
            return self.reader.begin().await;
        }
        self.reader.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Closes the connections after their present work. On SQLite the last one to close folds the write-ahead log into the file.
    ///
    /// # Errors
    /// [`StoreError::Database`]; nothing committed is lost by it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader.close().await?;
        self.writer.close().await?;
        Ok(())
    }
}

/// What a database holds before it is touched.
enum Seen {
    /// No tables.
    Empty,
    /// Tables, none of them ours.
    Foreign,
    /// A schema known here, complete or not.
    Known,
    /// Migrations not known here.
    Newer { found: String, known: String },
}

async fn look(db: &DatabaseConnection) -> Result<Seen, DbErr> {
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        let tables = match db.get_database_backend() {
            DbBackend::Sqlite => {
                let count = "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1";
                db.query_all_raw(Statement::from_string(DbBackend::Sqlite, count)).await?.len()
            }
            // A PostgreSQL schema may be shared with others; tables of our names make the migration fail by themselves.
            _ => 0,
        };
        return Ok(if tables == 0 { Seen::Empty } else { Seen::Foreign });
    }
    let known = migration::known();
    let applied: Vec<String> = seaql_migrations::Entity::find().all(db).await?.into_iter().map(|m| m.version).collect();
    let Some(found) = applied.iter().filter(|v| !known.contains(v)).max() else { return Ok(Seen::Known) };
    // Another program may keep its migrations in a table of the same name.
    if !applied.iter().any(|v| known.contains(v)) {
        return Ok(Seen::Foreign);
    }
    Ok(Seen::Newer { found: found.clone(), known: known.last().cloned().unwrap_or_default() })
}
