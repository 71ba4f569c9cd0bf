//! Checks that a person or a schedule asks for: the file, the queue of answers, the ledger, a backup.

use crate::entity::{ledger_entry, outbox, posting};
use crate::error::StoreError;
use crate::sqlite::{self, Role};
use crate::store::Store;
use betty_bus::AccountName;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Statement, Value,
};
use sea_orm_migration::seaql_migrations;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// Problems listed by the integrity check; more say nothing new.
const PROBLEMS_MAX: u32 = 10;

/// How a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `SQLite` or `PostgreSQL`.
    pub kind: &'static str,
    /// The newest migration applied.
    pub schema: String,
    /// Bytes on disk, the write-ahead log included.
    pub bytes: u64,
    /// What the integrity check found; empty when sound. PostgreSQL has no such check and reports none.
    pub problems: Vec<String>,
}

/// What an audit of one paper account counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerCheck {
    /// Entries, numbered from 1 without a gap.
    pub entries: u64,
    /// Sum of all postings in micro-dollars. Zero, or the audit would have failed.
    pub sum: i128,
}

/// What an audit found wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerFault {
    /// An entry is missing.
    #[error("the ledger of {account} has no entry {seq}: it was changed by hand, restore the last backup")]
    Gap {
        /// The account.
        account: AccountName,
        /// The first missing number.
        seq: i64,
    },
    /// An entry does not balance.
    #[error(
        "entry {seq} of {account} is out of balance by {sum} millionths of a dollar: it was changed by hand, restore the last backup"
    )]
    Unbalanced {
        /// The account.
        account: AccountName,
        /// The first such entry.
        seq: i64,
        /// Its sum in micro-dollars.
        sum: i128,
    },
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sea_orm::DbErr> for LedgerFault {
    fn from(e: sea_orm::DbErr) -> Self {
        Self::Store(e.into())
    }
}

impl Store {
    /// Looks at the database: a quick integrity check, the schema, the size. Takes about a second per gigabyte.
    ///
    /// # Errors
    /// [`StoreError`] when it does not answer. Damage that can be told apart is in [`Health::problems`] instead.
    pub async fn health(&self) -> Result<Health, StoreError> {
        let schema = seaql_migrations::Entity::find()
            .order_by_desc(seaql_migrations::Column::Version)
            .one(&self.reader)
            .await?
            .map(|m| m.version)
            .unwrap_or_default();
        let Some(path) = &self.path else {
            let size = Statement::from_string(DbBackend::Postgres, "SELECT pg_database_size(current_database())");
            let row = self.reader.query_one_raw(size).await?;
            let bytes: i64 = row.map(|r| r.try_get_by_index(0)).transpose()?.unwrap_or_default();
            let bytes = u64::try_from(bytes).unwrap_or_default();
            return Ok(Health { kind: "PostgreSQL", schema, bytes, problems: Vec::new() });
        };
        let check = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA quick_check({PROBLEMS_MAX})"));
        let problems = match self.reader.query_all_raw(check).await {
            Ok(rows) => {
                let lines: Result<Vec<String>, _> = rows.iter().map(|r| r.try_get_by_index(0)).collect();
                lines?.into_iter().filter(|line| line != "ok").collect()
            }
            Err(e) => match sqlite::opening(path, &e) {
                StoreError::Damaged { cause, .. } => vec![cause],
                other => return Err(other),
            },
        };
        let size = |file: &Path| fs::metadata(file).map_or(0, |m| m.len());
        Ok(Health { kind: "SQLite", schema, bytes: size(path).saturating_add(size(&sqlite::log_of(path))), problems })
    }

    /// Answers not delivered yet, of all doors.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database does not answer.
    pub async fn outbox_depth(&self) -> Result<u64, StoreError> {
        Ok(outbox::Entity::find().filter(outbox::Column::DeliveredAt.is_null()).count(&self.reader).await?)
    }

    /// Audits a paper account: entries without a gap, postings that sum to zero in every entry and so in the account.
    ///
    /// # Errors
    /// The first [`LedgerFault`], in the order of entries.
    pub async fn verify_ledger(&self, account: &AccountName) -> Result<LedgerCheck, LedgerFault> {
        let txn = self.begin_read().await?;
        let entries: Vec<(i64, i64)> = ledger_entry::Entity::find()
            .select_only()
            .column(ledger_entry::Column::Id)
            .column(ledger_entry::Column::Seq)
            .filter(ledger_entry::Column::Account.eq(account.as_str()))
            .order_by_asc(ledger_entry::Column::Seq)
            .into_tuple()
            .all(&txn)
            .await?;
        let amounts: Vec<(i64, i64)> = posting::Entity::find()
            .select_only()
            .column(posting::Column::EntryId)
            .column(posting::Column::Amount)
            .join(JoinType::InnerJoin, posting::Relation::LedgerEntry.def())
            .filter(Expr::col((ledger_entry::Entity, ledger_entry::Column::Account)).eq(account.as_str()))
            .into_tuple()
            .all(&txn)
            .await?;
        let mut sums: HashMap<i64, i128> = HashMap::with_capacity(entries.len());
        for (entry, amount) in amounts {
            *sums.entry(entry).or_default() += i128::from(amount);
        }
        let mut total = 0_i128;
        for ((id, seq), expected) in entries.iter().zip(1_i64..) {
            if *seq != expected {
                return Err(LedgerFault::Gap { account: account.clone(), seq: expected });
            }
            let sum = sums.get(id).copied().unwrap_or_default();
            if sum != 0 {
                return Err(LedgerFault::Unbalanced { account: account.clone(), seq: *seq, sum });
            }
            total += sum;
        }
        Ok(LedgerCheck { entries: entries.len() as u64, sum: total })
    }

    /// Writes a copy of one moment of the SQLite database to a new file of mode 600, while work goes on.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the file exists or cannot be written, [`StoreError::BackupElsewhere`] on PostgreSQL. A copy
    /// that failed half way is removed.
    pub async fn backup_to(&self, target: &Path) -> Result<(), StoreError> {
        let Some(path) = &self.path else { return Err(StoreError::BackupElsewhere) };
        let unusable = |e: io::Error| StoreError::Unusable { path: target.to_owned(), cause: e.to_string() };
        let Some(name) = target.to_str() else {
            return Err(unusable(io::Error::other("its name is not valid UTF-8")));
        };
        sqlite::make_private_file(target).map_err(unusable)?;
        let copied = copy(path, name).await.map_err(|e| match e {
            Failed::Open(e) => e,
            Failed::Copy(e) => StoreError::Unusable { path: target.to_owned(), cause: e.to_string() },
        });
        // The copy is a backup only once it is on disk.
        let synced = copied.and_then(|()| fs::File::open(target).and_then(|f| f.sync_all()).map_err(unusable));
        if synced.is_err() {
            // The first error is the one to tell; an empty file left behind is refused by the next backup with its name.
            let _ = fs::remove_file(target);
        }
        synced
    }
}

/// Where a copy failed.
enum Failed {
    Open(StoreError),
    Copy(sea_orm::DbErr),
}

/// `VACUUM INTO` reads one moment and fills the empty file. It has a connection of its own: the writer stays free.
async fn copy(path: &Path, name: &str) -> Result<(), Failed> {
    let source = sqlite::connect(path, Role::Probe).await.map_err(Failed::Open)?;
    let vacuum = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [Value::from(name)]);
    let copied = source.execute_raw(vacuum).await;
    // The copy is complete or failed by now; closing changes neither.
    let _ = source.close().await;
    copied.map(drop).map_err(Failed::Copy)
}
