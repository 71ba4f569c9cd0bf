//! Opening what is there, what is not, and what should not be touched.

mod support;

use betty_bus::{DecisionRow, Desk, Effect, Journal, JournalError, Verdict};
use betty_storage::{Store, StoreConfig, StoreError};
use sea_orm::{ConnectionTrait, Database};
use std::fs;
use std::path::{Path, PathBuf};
use support::*;
use tempfile::tempdir;

async fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&StoreConfig::file(path)).await
}

/// Runs SQL on a file as another program would.
async fn sql(path: &Path, statement: &str) {
    let db = Database::connect(format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}

/// A closed database with enough rows for many pages.
async fn filled(dir: &Path) -> PathBuf {
    let path = dir.join("betty.db");
    let store = open(&path).await.unwrap();
    for n in 0..40 {
        let mut new = new_task(1);
        new.origin.line = "x".repeat(4_000 + n);
        accept(&store, new).await;
    }
    store.close().await.unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 100_000);
    path
}

#[tokio::test]
async fn a_new_file_is_private_and_opens_again() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a/b/betty ?%20#.db");
    let store = open(&path).await.unwrap();
    let id = accept(&store, new_task(1)).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        for file in fs::read_dir(path.parent().unwrap()).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        // A file that others could read is closed to them.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let again = open(&path).await.unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(row(&again, id).await.new, new_task(1));
    }
    let health = store.health().await.unwrap();
    assert_eq!((health.kind, health.problems.len()), ("SQLite", 0));
    assert_eq!(health.schema, "m0007_knowledge");
    assert!(health.bytes > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_make_the_same_file_at_once() {
    for _ in 0..5 {
        let dir = tempdir().unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let path = dir.path().join("betty.db");
            racers.spawn(async move {
                let store = open(&path).await.unwrap();
                accept(&store, new_task(1)).await
            });
        }
        let mut ids: Vec<i64> = racers.join_all().await.iter().map(|id| id.get()).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn the_settings_hold_on_every_connection() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("betty.db");
    let store = open(&path).await.unwrap();
    let header = fs::read(&path).unwrap();
    assert_eq!(header[18..20], [2, 2], "bytes 18 and 19 of the file say WAL");
    // While another process writes, a writer waits for it instead of failing.
    let other = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    let txn = sea_orm::TransactionTrait::begin(&other).await.unwrap();
    txn.execute_unprepared("INSERT INTO setting VALUES ('k', 'v')").await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.accept(new_task(1)).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    assert_eq!(store.setting("k").await.unwrap(), None, "readers do not wait and see what is committed");
    txn.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(store.setting("k").await.unwrap().as_deref(), Some("v"));
}

#[tokio::test]
async fn a_newer_database_is_left_as_it_is() {
    let dir = tempdir().unwrap();
    let path = filled(dir.path()).await;
    sql(&path, "INSERT INTO seaql_migrations VALUES ('m9999_future', 0)").await;
    let before = fs::read(&path).unwrap();
    let refused = open(&path).await.unwrap_err();
    let want = StoreError::Newer { found: "m9999_future".to_owned(), known: "m0007_knowledge".to_owned() };
    assert_eq!(refused, want);
    assert!(matches!(JournalError::from(refused), JournalError::Newer { .. }));
    assert!(fs::read(&path).unwrap() == before, "nothing was touched");
}

#[tokio::test]
async fn a_newer_postgres_schema_is_left_as_it_is() {
    on_postgres("a_newer_postgres_schema_is_left_as_it_is", async |db: std::sync::Arc<Db>| {
        db.open().await;
        let StoreConfig::Postgres(url) = db.config() else { unreachable!("a PostgreSQL database") };
        let admin = Database::connect(url).await.unwrap();
        admin.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m9999_future', 0)").await.unwrap();
        assert!(matches!(Store::open(&db.config()).await, Err(StoreError::Newer { .. })));
    })
    .await;
}

/// What a version without decisions left behind: the same file without what came with them and after, and without those migrations' names.
const BEFORE_DECISIONS: [&str; 11] = [
    "DROP TABLE decision",
    "DROP TABLE backtest",
    "DROP TABLE backtest_trial",
    "DROP TABLE price_history",
    "DROP TABLE verdict",
    "DROP TABLE relation_case",
    "DROP TABLE model_day",
    "DROP TABLE model_call",
    "DROP INDEX hedge_best",
    "CREATE INDEX hedge_source_gone_net_edge_ppm ON hedge (source, gone, net_edge_ppm)",
    "DELETE FROM seaql_migrations WHERE version >= 'm0004'",
];

/// Fills a database, takes it back to the version before decisions, and opens it again: everything is there and decisions can be kept.
async fn a_database_without_decisions_gets_them(db: std::sync::Arc<Db>) {
    let store = db.open().await;
    let waiting = accept(&store, new_task(3)).await;
    let id = running(&store, 1).await;
    let strategy = Effect::SaveStrategy { name: "mine".to_owned(), version: 1, toml: "a = 1".to_owned() };
    store.finish(id, 1, done("", vec![ledger(0, vec![entry(5, 0)]), strategy]), at(2)).await.unwrap();
    let old = row(&store, id).await;
    store.close().await.unwrap();
    let url = match db.config() {
        StoreConfig::Postgres(url) => url,
        StoreConfig::Sqlite(path) => format!("sqlite://{}?mode=rwc", path.display()),
    };
    let admin = Database::connect(url).await.unwrap();
    for statement in BEFORE_DECISIONS {
        admin.execute_unprepared(statement).await.unwrap();
    }
    admin.close().await.unwrap();

    let store = db.open().await;
    assert_eq!(store.health().await.unwrap().schema, "m0007_knowledge");
    assert_eq!(row(&store, id).await, old);
    assert_eq!(store.queued(9).await.unwrap(), [waiting]);
    assert_eq!(store.ledger(&account()).await.unwrap(), [entry(5, 0)]);
    assert_eq!(store.strategies().await.unwrap().len(), 1);
    let decision = DecisionRow {
        at: at(1),
        subject: "hedge 1".to_owned(),
        strategy: None,
        verdict: Verdict::Refuse,
        kind: "tier".to_owned(),
        words: "w".to_owned(),
        numbers: serde_json::Value::Null,
    };
    let effect = Effect::Decisions { account: account(), rows: vec![decision.clone()], keep: 9 };
    let id = running(&store, 1).await;
    store.finish(id, 1, done("", vec![effect]), at(3)).await.unwrap();
    assert_eq!(store.decisions(&account(), 9).await.unwrap(), [decision]);
}

#[tokio::test]
async fn an_older_sqlite_file_is_brought_up_to_date() {
    on_sqlite(a_database_without_decisions_gets_them).await;
}

#[tokio::test]
async fn an_older_postgres_schema_is_brought_up_to_date() {
    on_postgres("an_older_postgres_schema_is_brought_up_to_date", a_database_without_decisions_gets_them).await;
}

#[tokio::test]
async fn databases_of_others_are_left_as_they_are() {
    let dir = tempdir().unwrap();
    for (name, statement) in [
        ("plain.db", "CREATE TABLE notes (text)"),
        (
            "migrated.db",
            "CREATE TABLE seaql_migrations (version varchar PRIMARY KEY, applied_at bigint); INSERT INTO seaql_migrations VALUES ('m2022_other', 0)",
        ),
    ] {
        let path = dir.path().join(name);
        sql(&path, statement).await;
        let before = fs::read(&path).unwrap();
        assert_eq!(open(&path).await.unwrap_err(), StoreError::Foreign { path: path.clone() });
        assert!(fs::read(&path).unwrap() == before, "nothing was touched in {name}");
    }
}

#[tokio::test]
async fn what_is_not_a_database_is_told_and_kept() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("betty.db");
    for content in [b"hello".to_vec(), vec![0; 8_192], vec![0xff; 100_000]] {
        fs::write(&path, &content).unwrap();
        let told = open(&path).await.unwrap_err();
        assert!(matches!(told, StoreError::Damaged { .. }), "{told:?}");
        assert!(told.to_string().contains("backup"), "{told}");
        assert!(fs::read(&path).unwrap() == content, "the file is kept");
    }
}

#[tokio::test]
async fn a_truncated_database_is_told() {
    let dir = tempdir().unwrap();
    let path = filled(dir.path()).await;
    let whole = fs::read(&path).unwrap();
    // In the middle of the header, of the first page, at a page's end, in a late page.
    for keep in [50, 1_000, 4_096 * 3, whole.len() - 1_000] {
        fs::write(&path, &whole[..keep]).unwrap();
        let told = open(&path).await.map(drop);
        assert!(matches!(told, Err(StoreError::Damaged { .. })), "{keep} bytes: {told:?}");
        assert_eq!(fs::read(&path).unwrap().len(), keep);
    }
}

#[tokio::test]
async fn damage_inside_is_found_by_the_health_check() {
    let dir = tempdir().unwrap();
    let path = filled(dir.path()).await;
    let mut bytes = fs::read(&path).unwrap();
    let from = bytes.len() - 40_000;
    bytes[from..].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let store = open(&path).await.unwrap();
    let health = store.health().await.unwrap();
    assert!(!health.problems.is_empty());
    // Reading it is an error that names the remedy, not a panic and not a shorter list.
    let told = store.tasks(None, 99).await.unwrap_err().to_string();
    assert!(told.contains("backup"), "{told}");
}

#[tokio::test]
async fn places_that_cannot_hold_a_file_are_told() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [dir.path().to_owned(), file.join("betty.db"), dir.path().join("n".repeat(300))] {
        let told = open(&path).await.unwrap_err();
        assert!(matches!(told, StoreError::Unusable { .. }), "{path:?}: {told:?}");
        assert!(matches!(JournalError::from(told), JournalError::Database(_)));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_directory_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let inner = dir.path().join("data");
    fs::create_dir(&inner).unwrap();
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o555)).unwrap();
    // The kernel's own file system refuses new files even to the superuser, who may write to the other one.
    let mut refusing = vec![];
    if fs::write(inner.join("probe"), "").is_err() {
        refusing.push(inner.join("betty.db"));
    }
    if Path::new("/proc/self").exists() {
        refusing.push(PathBuf::from("/proc/self/betty.db"));
    }
    if refusing.is_empty() {
        eprintln!("skipped: no directory here refuses this user (a_read_only_directory_is_told)");
    }
    for path in refusing {
        let told = open(&path).await.unwrap_err();
        assert!(matches!(told, StoreError::Unusable { .. }), "{path:?}: {told:?}");
    }
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_backup_is_a_database_of_one_moment() {
    let dir = tempdir().unwrap();
    let path = filled(dir.path()).await;
    let store = open(&path).await.unwrap();
    let target = dir.path().join("it's a backup.db");
    store.backup_to(&target).await.unwrap();
    let later = accept(&store, new_task(1)).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let copy = open(&target).await.unwrap();
    assert!(copy.health().await.unwrap().problems.is_empty());
    assert_eq!(copy.task(later).await.unwrap(), None);
    let known = store.tasks(None, 99).await.unwrap();
    assert_eq!(copy.tasks(None, 99).await.unwrap(), known[1..]);

    let before = fs::read(&target).unwrap();
    assert!(matches!(store.backup_to(&target).await, Err(StoreError::Unusable { .. })), "never over an older one");
    assert!(fs::read(&target).unwrap() == before);
    let nowhere = dir.path().join("no/such/dir/b.db");
    assert!(matches!(store.backup_to(&nowhere).await, Err(StoreError::Unusable { .. })));
}

#[tokio::test]
async fn a_ledger_changed_by_hand_fails_its_audit() {
    use betty_storage::health::LedgerFault;
    let dir = tempdir().unwrap();
    let path = dir.path().join("betty.db");
    let store = open(&path).await.unwrap();
    let id = running(&store, 1).await;
    let rows = vec![entry(5, 0), entry(6, 0), entry(7, 0)];
    store.finish(id, 1, done("", vec![ledger(0, rows)]), at(2)).await.unwrap();
    store.verify_ledger(&account()).await.unwrap();
    sql(&path, "UPDATE posting SET amount = amount + 3 WHERE entry_id = 2 AND line = 0").await;
    let fault = store.verify_ledger(&account()).await.unwrap_err();
    assert_eq!(fault, LedgerFault::Unbalanced { account: account(), seq: 2, sum: 3 });
    sql(&path, "DELETE FROM posting WHERE entry_id = 2; DELETE FROM ledger_entry WHERE id = 2").await;
    let fault = store.verify_ledger(&account()).await.unwrap_err();
    assert_eq!(fault, LedgerFault::Gap { account: account(), seq: 2 });
}
