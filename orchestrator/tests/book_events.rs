//! Book events on real actors, a real database and the simulated venue, whose clock the test moves.

use async_trait::async_trait;
use betty::runtime::handle::{Betty, Parts};
use betty::watch::driver::Watcher;
use betty::watch::{ASKER, Tell, is_quiet};
use betty_bus::journal::{NewTask, Origin, TaskRow, TaskState};
use betty_bus::task::{AutoTask, BookEvent, HedgeTask, RoundAfter};
use betty_bus::{AccountName, Desk, Journal, MessageKind, Report, Task};
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::source::{MarketEvent, MarketFilter, PricePoint, Subscription};
use betty_market::time::{Clock, SystemClock};
use betty_market::{Book, BookSide, Market, MarketId, MarketSource, SourceError, SourceLabel, Timestamp, TokenId};
use betty_specialists::{Execution, Setup};
use betty_storage::{Store, StoreConfig};
use betty_trading::{CostSettings, GasQuote, Limits};
use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// At most one round in this time.
const INTERVAL: Duration = Duration::from_secs(3);
/// How far the venue's clock jumps at once: prices drift apart and together again over hours.
const STEP_MS: u64 = 1_200_000;
/// Longest wait for anything.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The simulated venue, with its subscriptions counted and cut on demand.
struct Counted {
    venue: SimulatedSource,
    /// Whether followed books have asks. Until then they are kept, and come whole afterwards.
    asks: Arc<AtomicBool>,
    change: Arc<Notify>,
    open: Arc<AtomicUsize>,
    made: AtomicUsize,
    cut: Arc<Notify>,
}

struct Following {
    inner: Box<dyn Subscription>,
    kept: VecDeque<Book>,
    asks: Arc<AtomicBool>,
    change: Arc<Notify>,
    open: Arc<AtomicUsize>,
    cut: Arc<Notify>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Subscription for Following {
    async fn next(&mut self) -> Option<MarketEvent> {
        loop {
            let asks = self.asks.load(Ordering::SeqCst);
            if asks && let Some(book) = self.kept.pop_front() {
                return Some(MarketEvent::Book(book));
            }
            tokio::select! {
                () = self.cut.notified() => return None,
                () = self.change.notified() => {}
                event = self.inner.next() => match event {
                    Some(MarketEvent::Book(book)) if !asks => {
                        let bids = book.levels(BookSide::Bid).to_vec();
                        let without = Book::from_levels(book.token.clone(), book.at, book.depth, bids, []);
                        self.kept.push_back(book);
                        return Some(MarketEvent::Book(without));
                    }
                    event => return event,
                }
            }
        }
    }
    async fn set_tokens(&mut self, tokens: &[TokenId]) -> Result<(), SourceError> {
        self.inner.set_tokens(tokens).await
    }
}

#[async_trait]
impl MarketSource for Counted {
    fn label(&self) -> SourceLabel {
        self.venue.label()
    }
    fn now(&self) -> Timestamp {
        self.venue.now()
    }
    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        self.venue.markets(filter).await
    }
    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        self.venue.market(id).await
    }
    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        self.venue.books(tokens).await
    }
    async fn price_history(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError> {
        self.venue.price_history(token, from, to).await
    }
    async fn subscribe(&self, tokens: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        let inner = self.venue.subscribe(tokens).await?;
        self.open.fetch_add(1, Ordering::SeqCst);
        self.made.fetch_add(1, Ordering::SeqCst);
        let (asks, change) = (self.asks.clone(), self.change.clone());
        let kept = VecDeque::new();
        Ok(Box::new(Following { inner, kept, asks, change, open: self.open.clone(), cut: self.cut.clone() }))
    }
}

struct Office {
    betty: Betty,
    store: Arc<Store>,
    venue: Arc<Counted>,
    stop: CancellationToken,
    _dir: tempfile::TempDir,
}

impl Office {
    async fn open(report_ppm: Option<i64>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&StoreConfig::file(dir.path().join("betty.db"))).await.unwrap());
        let venue = SimulatedSource::start(SimConfig { speed: 0.0, ..SimConfig::default() }).await.unwrap();
        let (open, cut) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (asks, change) = (Arc::default(), Arc::new(Notify::new()));
        let venue = Arc::new(Counted { venue, asks, change, open, made: AtomicUsize::new(0), cut });
        let setup = Setup {
            limits: Limits::default(),
            costs: CostSettings::new(GasQuote::relayer()),
            execution: Execution::default(),
            model: None,
        };
        let betty = Betty::start(Parts {
            journal: store.clone(),
            desk: store.clone(),
            market: venue.clone(),
            clock: Arc::new(SystemClock),
            specialists: betty_specialists::all(&setup),
            owner: "1-1".to_owned(),
        });
        let watcher = Watcher {
            betty: betty.clone(),
            limits: setup.limits,
            costs: setup.costs,
            interval: INTERVAL,
            report_ppm,
            deadline: Duration::from_secs(30),
            tell: Tell::console("1-1"),
        };
        let stop = CancellationToken::new();
        tokio::spawn(watcher.run(stop.clone()));
        Self { betty, store, venue, stop, _dir: dir }
    }

    async fn run(&self, task: Task) -> TaskRow {
        let new = NewTask {
            task,
            origin: Origin {
                door: "test".to_owned(),
                asker: "somebody".to_owned(),
                reply_to: serde_json::Value::Null,
                line: "as scripted".to_owned(),
            },
            idempotency_key: None,
            parent: None,
            attempts_max: 3,
            deadline_ms: 30_000,
            at: SystemClock.now(),
        };
        let id = self.betty.accept(new).await.unwrap().0;
        let row = tokio::time::timeout(WAIT_MAX, self.betty.wait(id)).await.expect("it ends").unwrap().unwrap();
        assert_eq!(row.state, TaskState::Done, "{row:?}");
        row
    }

    /// Rounds after book events, oldest first.
    async fn rounds(&self) -> Vec<TaskRow> {
        let mut rows = self.store.tasks(None, 999).await.unwrap();
        rows.retain(|r| r.new.origin.asker == ASKER);
        rows.reverse();
        rows
    }

    fn followed(&self) -> usize {
        self.venue.open.load(Ordering::SeqCst)
    }

    async fn until(&self, what: &str, mut is: impl AsyncFnMut(&Self) -> bool) {
        let began = Instant::now();
        while !is(self).await {
            assert!(began.elapsed() < WAIT_MAX, "never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Runs a check as the program runs: actors on this thread, work on the workers of one runtime.
fn check<F: Future<Output = ()>>(what: impl FnOnce(Office) -> F) {
    check_reporting(None, what);
}

/// The same with stored hedges reported from a net edge on while entries are off.
fn check_reporting<F: Future<Output = ()>>(report_ppm: Option<i64>, what: impl FnOnce(Office) -> F) {
    let system = actix::System::with_tokio_rt(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    system.block_on(async { what(Office::open(report_ppm).await).await });
}

#[test]
fn a_changed_book_leads_to_one_round_an_interval_and_nothing_is_entered_twice() {
    check(async |office: Office| {
        let account = AccountName::new("simulated-7").unwrap();
        office.run(Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 })).await;
        let clock = office.venue.venue.venue().sim_clock();
        clock.advance_by(60_000);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let made = office.venue.made.load(Ordering::SeqCst);
        assert_eq!(
            (made, office.rounds().await.len()),
            (0, 0),
            "entries are off and nothing is held: nothing is followed"
        );

        office.run(Task::Auto(AutoTask::On)).await;
        office.until("followed", async |o| o.followed() == 1).await;
        // The books have arrived without their asks; now they change to what they are.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(office.rounds().await.is_empty(), "nothing can be bought yet");
        office.venue.asks.store(true, Ordering::SeqCst);
        office.venue.change.notify_one();
        office.until("a round after a book event", async |o| !o.rounds().await.is_empty()).await;
        let first = office.rounds().await.remove(0);
        let Task::Auto(AutoTask::Round { after: RoundAfter::Events { events } }) = &first.new.task else {
            panic!("{first:?}")
        };
        assert!(events.iter().all(|e| matches!(e, BookEvent::Cheap { .. })), "{events:?}");
        assert!(first.new.origin.line.starts_with("book events: hedge "), "{}", first.new.origin.line);
        let accepted = office.betty.tap.last(99, |e| e.kind == MessageKind::Accepted && e.task == Some(first.id));
        assert_eq!(accepted.len(), 1);
        assert!(accepted[0].preview().contains("book events: hedge "), "{}", accepted[0].preview());
        let row = tokio::time::timeout(WAIT_MAX, office.betty.wait(first.id)).await.unwrap().unwrap().unwrap();
        let Some(Ok(Report::Auto(report))) = &row.end else { panic!("{row:?}") };
        assert!(report.title.starts_with("After book events: hedge "), "{}", report.title);
        assert!(!report.rows.is_empty());
        let decided = office.store.decisions(&account, 99).await.unwrap();
        assert!(!decided.is_empty());
        assert!(decided.iter().all(|d| d.numbers["after"].as_str().is_some_and(|a| a.starts_with("book events"))));
        // Other hedges changed at the same time: with the first, or together after the interval.
        tokio::time::sleep(INTERVAL / 2).await;
        assert_eq!(office.rounds().await.len(), 1, "one round within the interval");
        for _ in 0..20 {
            clock.advance_by(STEP_MS);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        office.stop.cancel();
        office.betty.idle(WAIT_MAX).await;

        let rounds = office.rounds().await;
        let interval_ms = INTERVAL.as_millis() as i64;
        for pair in rounds.windows(2) {
            let gap = pair[1].new.at.since(pair[0].new.at);
            assert!(gap >= interval_ms, "{gap} ms between {} and {}", pair[0].id, pair[1].id);
        }
        assert!(rounds.iter().all(|r| r.state == TaskState::Done && r.attempts.len() == 1), "{rounds:?}");
        let acted = rounds.iter().filter(|r| !is_quiet(&r.new.origin, r.end.as_ref().unwrap())).count();
        let ledger = office.store.ledger(&account).await.unwrap();
        let opened: Vec<String> =
            ledger.iter().filter_map(|row| row.event["hedge_key"].as_str().map(str::to_owned)).collect();
        assert!(acted >= 1 && !opened.is_empty(), "{} rounds, {acted} acted, entered {opened:?}", rounds.len());
        let once: BTreeSet<&String> = opened.iter().collect();
        assert_eq!(once.len(), opened.len(), "nothing is entered twice: {opened:?}");
        office.store.verify_ledger(&account).await.unwrap();
    });
}

#[test]
fn a_subscription_that_ends_is_made_again_and_dropped_when_nothing_is_of_interest() {
    check(async |office: Office| {
        office.run(Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 })).await;
        office.run(Task::Auto(AutoTask::On)).await;
        office.until("followed", async |o| o.followed() == 1).await;
        office.venue.cut.notify_one();
        office.until("followed again", async |o| o.venue.made.load(Ordering::SeqCst) == 2).await;
        assert_eq!(office.followed(), 1);
        office.run(Task::Auto(AutoTask::Off)).await;
        office.until("not followed any more", async |o| o.followed() == 0).await;
        assert!(office.rounds().await.is_empty());
    });
}

#[test]
fn with_entries_off_a_hedge_that_has_become_cheaper_is_priced_again_and_nothing_is_entered() {
    check_reporting(Some(0), async |office: Office| {
        office.venue.asks.store(true, Ordering::SeqCst);
        office.run(Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 })).await;
        office.until("followed though entries are off", async |o| o.followed() == 1).await;
        assert!(office.rounds().await.is_empty(), "the prices are those of the scan");
        let clock = office.venue.venue.venue().sim_clock();
        office
            .until("a report after book events", async |o| {
                clock.advance_by(STEP_MS);
                tokio::time::sleep(Duration::from_millis(100)).await;
                !o.rounds().await.is_empty()
            })
            .await;
        let first = office.rounds().await.remove(0);
        let Task::Hedge(HedgeTask::Reprice { hedges, threshold_ppm: 0 }) = &first.new.task else { panic!("{first:?}") };
        let row = tokio::time::timeout(WAIT_MAX, office.betty.wait(first.id)).await.unwrap().unwrap().unwrap();
        let Some(Ok(Report::Monitor(report))) = &row.end else { panic!("{row:?}") };
        assert!(!hedges.is_empty() && report.watched == hedges.len() as u64, "{hedges:?}: {report:?}");
        assert!(report.rows.iter().all(|r| hedges.contains(&r.id)));
        let mut priced = false;
        for id in hedges {
            priced |= office.store.hedge_prices(*id, 99).await.unwrap().len() >= 2;
        }
        assert!(priced, "the history of prices has the new one beside the scan's");
        office.stop.cancel();
        office.betty.idle(WAIT_MAX).await;
        let rounds = office.rounds().await;
        assert!(rounds.iter().all(|r| matches!(r.new.task, Task::Hedge(HedgeTask::Reprice { .. }))), "{rounds:?}");
        let account = AccountName::new("simulated-7").unwrap();
        assert!(office.store.ledger(&account).await.unwrap().is_empty());
    });
}
