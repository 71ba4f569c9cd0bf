//! For tests: how SQLite means to run a statement.

use crate::config::StoreConfig;
use crate::store::Store;
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};
use tempfile::TempDir;

/// An empty database.
pub(crate) async fn fresh() -> (Store, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreConfig::file(dir.path().join("betty.db"))).await.unwrap();
    (store, dir)
}

/// The steps of a statement's plan.
pub(crate) struct Plan {
    sql: String,
    steps: Vec<String>,
}

impl Plan {
    /// It searches by this index, reads no table or index whole and sorts nothing.
    #[track_caller]
    pub(crate) fn uses(&self, index: &str) {
        let (sql, steps) = (&self.sql, &self.steps);
        assert!(!steps.is_empty(), "{sql}");
        assert!(steps.iter().any(|s| s.contains(index)), "{index} is not used by {sql}: {steps:?}");
        assert!(steps.iter().all(|s| !s.contains("TEMP B-TREE") && !s.starts_with("SCAN")), "{sql}: {steps:?}");
    }
}

/// Asks SQLite for its plan.
pub(crate) async fn plan(store: &Store, query: &impl QueryTrait) -> Plan {
    let built = query.build(DbBackend::Sqlite);
    let explain = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", built.sql),
        values: built.values.clone(),
        db_backend: DbBackend::Sqlite,
    };
    let rows = store.writer.query_all_raw(explain).await.unwrap();
    let steps = rows.iter().map(|r| r.try_get::<String>("", "detail").unwrap()).collect();
    Plan { sql: built.sql, steps }
}
