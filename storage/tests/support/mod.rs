//! What the storage tests share: a database of their own on SQLite or PostgreSQL, and small values to put into it.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its own part")]

use betty_bus::effect::{LedgerRow, PostingRow};
use betty_bus::journal::{AttemptEnd, NewTask, Origin, TaskRow};
use betty_bus::report::{HedgesReport, Report};
use betty_bus::task::{HedgeTask, PaperTask, Task};
use betty_bus::{AccountName, Effect, HedgeId, Journal, TaskError, TaskErrorKind, TaskId};
use betty_hedging::certificate::Certificate;
use betty_hedging::hedge::{Coverage, Hedge, HedgeQuote, Leg, Tier, World};
use betty_hedging::relation::{Evidence, Relation, RuleId};
use betty_market::{MarketId, Outcome, Shares, SourceLabel, Timestamp, TokenId, Usdc};
use betty_storage::{Store, StoreConfig};
use sea_orm::{ConnectionTrait, Database};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Where a PostgreSQL for tests is.
pub const POSTGRES_URL: &str = "BETTY_TEST_POSTGRES_URL";

/// A database that only one test uses.
pub enum Db {
    Sqlite(TempDir),
    Postgres { url: String, schema: String },
}

impl Db {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn config(&self) -> StoreConfig {
        match self {
            Self::Sqlite(dir) => StoreConfig::file(dir.path().join("betty.db")),
            Self::Postgres { url, schema } => {
                let separator = if url.contains('?') { '&' } else { '?' };
                StoreConfig::Postgres(format!("{url}{separator}options=-c%20search_path%3D{schema}"))
            }
        }
    }

    /// Another opening of the same database, as another process would have it.
    pub async fn open(&self) -> Store {
        Store::open(&self.config()).await.expect("the database opens")
    }
}

/// Runs a check on a SQLite database of its own.
pub async fn on_sqlite<F: Future<Output = ()>>(check: impl FnOnce(Arc<Db>) -> F) {
    check(Arc::new(Db::sqlite())).await;
}

/// Runs a check in a PostgreSQL schema of its own, which is dropped whether or not the check holds.
pub async fn on_postgres<F>(name: &str, check: impl FnOnce(Arc<Db>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = std::env::var(POSTGRES_URL) else {
        eprintln!("skipped: {POSTGRES_URL} is not set ({name})");
        return;
    };
    let schema = format!("betty_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(&url).await.expect("PostgreSQL answers");
    admin.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.expect("a schema");
    let outcome = tokio::spawn(check(Arc::new(Db::Postgres { url, schema: schema.clone() }))).await;
    admin.execute_unprepared(&format!("DROP SCHEMA {schema} CASCADE")).await.expect("the schema goes");
    if let Err(e) = outcome {
        std::panic::resume_unwind(e.into_panic());
    }
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + ms)
}

pub fn new_task(attempts_max: u32) -> NewTask {
    NewTask {
        task: Task::Hedge(HedgeTask::Find { coverage_ppm: 950_000, limit: 5 }),
        origin: Origin {
            door: "console".to_owned(),
            asker: "local".to_owned(),
            reply_to: serde_json::json!({ "channel": "12", "odd": "\u{0}\"'; --" }),
            line: "!find_hedges 95%".to_owned(),
        },
        idempotency_key: None,
        parent: None,
        attempts_max,
        deadline_ms: 30_000,
        at: at(0),
    }
}

pub fn report(title: &str) -> Report {
    Report::Hedges(HedgesReport { source: SourceLabel::Live, title: title.to_owned(), hedges: Vec::new(), stored: 3 })
}

pub fn done(title: &str, effects: Vec<Effect>) -> AttemptEnd {
    AttemptEnd::Done(report(title), effects)
}

pub fn error(kind: TaskErrorKind) -> TaskError {
    TaskError::new(kind, format!("because of {kind:?}"))
}

pub fn account() -> AccountName {
    AccountName::new("live").expect("a name")
}

/// An entry that moves `micros` from equity to cash; `skew` is what it fails to balance by.
pub fn entry(micros: i64, skew: i64) -> LedgerRow {
    let posting = |ledger: &str, amount| PostingRow { ledger: ledger.to_owned(), amount: Usdc::from_micros(amount) };
    LedgerRow {
        at: at(7),
        kind: "deposit".to_owned(),
        position: Some(4),
        event: serde_json::json!({ "deposit": micros, "note": "naïve \u{1F9EE}" }),
        postings: vec![posting("cash", micros), posting("equity", skew - micros)],
    }
}

pub fn ledger(expected_seq: u64, rows: Vec<LedgerRow>) -> Effect {
    Effect::Ledger { account: account(), expected_seq, rows }
}

/// A hedge by key, with the edge and the instant of its quote.
pub fn hedge(key: &str, net_edge_ppm: i64, quoted: Timestamp) -> Hedge {
    let market = MarketId::new("0x12").expect("an id");
    Hedge {
        key: key.to_owned(),
        legs: vec![Leg {
            market: market.clone(),
            question: "Will it rain?".to_owned(),
            outcome: Outcome::Yes,
            token: TokenId::new("77").expect("an id"),
        }],
        certificate: Certificate {
            rule: RuleId::R4,
            relation: Relation::Implies,
            evidence: Evidence::Proven,
            markets: vec![market],
            parameters: Default::default(),
            spans: Vec::new(),
            text_hashes: Vec::new(),
            obligations: vec!["same source".to_owned()],
            sentence: "If it rains by Monday it rains by Friday.".to_owned(),
        },
        worlds: vec![World { name: "A YES".to_owned(), payoff: Usdc::whole(1), void: false }],
        quote: HedgeQuote {
            shares: Shares::whole(10),
            legs: Vec::new(),
            fee: Usdc::ZERO,
            gas: Usdc::from_micros(1),
            cost: Usdc::from_micros(9_600_001),
            worst_case: Usdc::from_micros(399_999),
            worst_case_void: Usdc::from_micros(-1),
            net_edge_ppm,
            days: Some(12),
            edge_per_year_ppm: None,
            max_shares: Shares::whole(99),
            at: quoted,
        },
        coverage: Coverage { point: 1.0, lower: 0.5, n: 0 },
        tier: Tier::T0,
    }
}

pub fn paper_task() -> Task {
    Task::Paper(PaperTask::Open {
        hedge: HedgeId::new(3).expect("a number"),
        confidence: None,
        strategy: None,
        size: Some(Usdc::from_micros(i64::MAX)),
    })
}

pub async fn accept(store: &Store, new: NewTask) -> TaskId {
    let (id, fresh) = store.accept(new).await.expect("accepted");
    assert!(fresh);
    id
}

/// Accepts and claims a task; returns its number. The attempt is the first.
pub async fn running(store: &Store, attempts_max: u32) -> TaskId {
    let id = accept(store, new_task(attempts_max)).await;
    let claim = store.claim(id, "p1", at(1)).await.expect("an answer").expect("a claim");
    assert_eq!((claim.id, claim.attempt), (id, 1));
    id
}

pub async fn row(store: &Store, id: TaskId) -> TaskRow {
    store.task(id).await.expect("an answer").expect("a task")
}

/// The outcomes of a task's attempts, oldest first.
pub fn outcomes(row: &TaskRow) -> Vec<&str> {
    row.attempts.iter().map(|a| a.outcome.as_str()).collect()
}
