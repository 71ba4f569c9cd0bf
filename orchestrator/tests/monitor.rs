//! The monitor by the clock, on real actors and a real database.

use async_trait::async_trait;
use betty::monitor::ASKER;
use betty::monitor::timer::Timer;
use betty::runtime::handle::{Betty, Parts};
use betty::watch::{Tell, is_quiet};
use betty_bus::journal::{TaskRow, TaskState};
use betty_bus::report::MonitorReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::HedgeTask;
use betty_bus::{Journal, Report, Specialist, SpecialistKind, Task, TaskError};
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::time::SystemClock;
use betty_storage::{Store, StoreConfig};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

const INTERVAL: Duration = Duration::from_millis(150);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Counts its runs, and ends one for each permit.
struct Slow {
    runs: AtomicUsize,
    most: AtomicUsize,
    now: AtomicUsize,
    permits: Semaphore,
}

struct Fake(Arc<Slow>);

#[async_trait]
impl Specialist for Fake {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::HedgeSpecialist
    }
    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        assert_eq!(task, Task::Hedge(HedgeTask::Monitor { threshold_ppm: 50_000 }));
        self.0.runs.fetch_add(1, Ordering::SeqCst);
        self.0.most.fetch_max(self.0.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.0.permits.acquire().await.unwrap().forget();
        self.0.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Done::read(Report::Monitor(MonitorReport {
            source: attempt.market.label(),
            at: attempt.market.now(),
            threshold_ppm: 50_000,
            watched: 0,
            rows: Vec::new(),
        })))
    }
}

struct Office {
    store: Arc<Store>,
    venue: Arc<SimulatedSource>,
    slow: Arc<Slow>,
    stop: CancellationToken,
    _dir: tempfile::TempDir,
}

impl Office {
    async fn open(permits: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&StoreConfig::file(dir.path().join("betty.db"))).await.unwrap());
        let venue = Arc::new(SimulatedSource::start(SimConfig { speed: 0.0, ..SimConfig::default() }).await.unwrap());
        let slow = Arc::new(Slow {
            runs: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            permits: Semaphore::new(permits),
        });
        Self { store, venue, slow, stop: CancellationToken::new(), _dir: dir }
    }

    /// A Betty on this database, as another process would be, with a timer.
    fn betty(&self, owner: &str) -> Betty {
        let betty = Betty::start(Parts {
            journal: self.store.clone(),
            desk: self.store.clone(),
            market: self.venue.clone(),
            clock: Arc::new(SystemClock),
            specialists: vec![Arc::new(Fake(self.slow.clone()))],
            owner: owner.to_owned(),
        });
        let timer = Timer {
            betty: betty.clone(),
            interval: INTERVAL,
            threshold_ppm: 50_000,
            deadline: Duration::from_secs(20),
            tell: Tell::nobody(),
        };
        tokio::spawn(timer.run(self.stop.clone()));
        betty
    }

    async fn asked(&self) -> Vec<TaskRow> {
        let rows = self.store.tasks(None, 999).await.unwrap();
        assert!(rows.iter().all(|r| r.new.origin.asker == ASKER));
        rows
    }

    async fn until(&self, what: &str, mut is: impl AsyncFnMut(&Self) -> bool) {
        let began = Instant::now();
        while !is(self).await {
            assert!(began.elapsed() < WAIT_MAX, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn runs(&self) -> usize {
        self.slow.runs.load(Ordering::SeqCst)
    }
}

#[actix::test]
async fn a_run_in_every_slot_that_nobody_is_bothered_with() {
    let office = Office::open(1_000).await;
    let _betty = office.betty("1-1");
    office.until("three runs", async |o| o.runs() >= 3).await;
    office.stop.cancel();
    office.until("ended", async |o| o.asked().await.iter().all(|r| r.state == TaskState::Done)).await;
    for row in office.asked().await {
        assert!(is_quiet(&row.new.origin, row.end.as_ref().unwrap()), "nothing of note was found");
    }
    let runs = office.runs();
    tokio::time::sleep(INTERVAL * 3).await;
    assert_eq!(office.runs(), runs, "it was stopped");
}

#[actix::test]
async fn no_run_begins_while_one_has_not_ended() {
    let office = Office::open(0).await;
    let _betty = office.betty("1-1");
    office.until("the first run", async |o| o.runs() == 1).await;
    tokio::time::sleep(INTERVAL * 5).await;
    assert_eq!((office.runs(), office.asked().await.len()), (1, 1), "five slots passed without another");
    office.slow.permits.add_permits(1);
    office.until("the next one", async |o| o.runs() == 2).await;
    assert_eq!(office.slow.most.load(Ordering::SeqCst), 1);
    office.stop.cancel();
    office.slow.permits.add_permits(100);
}

#[actix::test]
async fn two_processes_on_one_database_share_each_slot() {
    let office = Office::open(1_000).await;
    let _both = (office.betty("1-1"), office.betty("2-2"));
    office.until("some runs", async |o| o.runs() >= 4).await;
    office.stop.cancel();
    let rows = office.asked().await;
    let keys: std::collections::BTreeSet<_> = rows.iter().map(|r| r.new.idempotency_key.clone().unwrap()).collect();
    assert_eq!(keys.len(), rows.len(), "one task a slot");
    assert!(office.runs() <= rows.len(), "and each ran once");
}

#[actix::test]
async fn a_paused_betty_asks_for_nothing() {
    let office = Office::open(1_000).await;
    let betty = office.betty("1-1");
    betty.set_paused(true);
    tokio::time::sleep(INTERVAL * 4).await;
    assert!(office.asked().await.len() <= 1, "at most one that was on its way");
    let before = office.asked().await.len();
    betty.set_paused(false);
    office.until("it goes on", async |o| o.asked().await.len() > before).await;
    office.stop.cancel();
}
