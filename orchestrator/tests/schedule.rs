//! Work by the clock, on real actors and a real database, with a clock that runs fast.

mod support;

use async_trait::async_trait;
use betty::runtime::handle::{Betty, Parts};
use betty::schedule::ASKER;
use betty::schedule::backup::Backups;
use betty::schedule::driver::Driver;
use betty::watch::{Tell, is_quiet};
use betty_bus::journal::{TaskRow, TaskState};
use betty_bus::report::MonitorReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::HedgeTask;
use betty_bus::{
    AccountName, Definition, Job, Journal, Missed, Report, ScheduleRow, Schedules, Specialist, SpecialistKind, Task,
    TaskError,
};
use betty_market::Timestamp;
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::time::Clock;
use betty_storage::{Store, StoreConfig};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::Home;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// One minute of the clock below.
const MINUTE: Duration = Duration::from_millis(200);
const MINUTE_MS: i64 = 60_000;
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A clock that began at a time and runs 300 times as fast as the machine's.
struct Fast(Timestamp, Instant);

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        let passed = self.1.elapsed().as_micros() * u128::try_from(MINUTE_MS).unwrap() / MINUTE.as_micros();
        self.0.plus_millis(i64::try_from(passed).unwrap())
    }
}

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
    clock: Arc<Fast>,
    stop: CancellationToken,
    dir: tempfile::TempDir,
}

fn source() -> AccountName {
    AccountName::new("simulated-7").unwrap()
}

fn every_minute(missed: Missed) -> Definition {
    Definition {
        name: "monitor".to_owned(),
        timetable: "* * * * *".to_owned(),
        zone: "UTC".to_owned(),
        missed,
        job: Job::Monitor { threshold_ppm: 50_000 },
    }
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
        let clock = Arc::new(Fast(Timestamp::parse("2026-02-07T12:00:30Z").unwrap(), Instant::now()));
        Self { store, venue, slow, clock, stop: CancellationToken::new(), dir }
    }

    /// A Betty on this database, as another process would be, with a driver.
    fn betty(&self, owner: &str, missed: Missed) -> Betty {
        let betty = Betty::start(Parts {
            journal: self.store.clone(),
            desk: self.store.clone(),
            market: self.venue.clone(),
            clock: self.clock.clone(),
            specialists: vec![Arc::new(Fake(self.slow.clone()))],
            owner: owner.to_owned(),
        });
        let driver = Driver {
            betty: betty.clone(),
            schedules: self.store.clone(),
            source: source(),
            definitions: vec![every_minute(missed)],
            backups: self.backups(),
            sleep_max: Duration::from_millis(10),
            deadline: Duration::from_secs(20),
            tell: Tell::nobody(),
        };
        tokio::spawn(driver.run(self.stop.clone()));
        betty
    }

    fn backups(&self) -> Backups {
        Backups { store: self.store.clone(), dir: self.dir.path().join("backups") }
    }

    async fn asked(&self) -> Vec<TaskRow> {
        let rows = self.store.tasks(None, 999).await.unwrap();
        assert!(rows.iter().all(|r| r.new.origin.asker == ASKER));
        rows
    }

    async fn row(&self) -> ScheduleRow {
        self.store.schedules(&source()).await.unwrap().remove(0)
    }

    async fn until(&self, what: &str, mut is: impl AsyncFnMut(&Self) -> bool) {
        let began = Instant::now();
        while !is(self).await {
            assert!(began.elapsed() < WAIT_MAX, "never: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn runs(&self) -> usize {
        self.slow.runs.load(Ordering::SeqCst)
    }
}

#[actix::test]
async fn a_run_in_every_slot_that_nobody_is_bothered_with() {
    let office = Office::open(1_000).await;
    let _betty = office.betty("1-1", Missed::Skip);
    office.until("three runs", async |o| o.runs() >= 3).await;
    office.stop.cancel();
    office.until("ended", async |o| o.asked().await.iter().all(|r| r.state == TaskState::Done)).await;
    for row in office.asked().await {
        assert!(is_quiet(&row.new.origin, row.end.as_ref().unwrap()), "nothing of note was found");
    }
    let row = office.row().await;
    assert!(row.fired_for.is_some_and(|slot| slot.millis() % MINUTE_MS == 0 && slot > row.since), "{row:?}");
    let runs = office.runs();
    tokio::time::sleep(MINUTE * 3).await;
    assert_eq!(office.runs(), runs, "it was stopped");
}

#[actix::test]
async fn no_run_begins_while_one_has_not_ended_and_the_slots_say_why() {
    let office = Office::open(0).await;
    let _betty = office.betty("1-1", Missed::Skip);
    office.until("the first run", async |o| o.runs() == 1).await;
    let first = office.row().await;
    tokio::time::sleep(MINUTE * 4).await;
    assert_eq!((office.runs(), office.asked().await.len()), (1, 1), "some slots passed without another");
    let row = office.row().await;
    assert!(row.fired_for > first.fired_for && row.task == first.task);
    assert!(row.passed.unwrap().contains("had not ended"));
    office.slow.permits.add_permits(1);
    office.until("the next one", async |o| o.runs() == 2).await;
    assert_eq!((office.slow.most.load(Ordering::SeqCst), office.row().await.passed), (1, None));
    office.stop.cancel();
    office.slow.permits.add_permits(100);
}

#[actix::test]
async fn two_processes_on_one_database_share_each_slot() {
    let office = Office::open(1_000).await;
    let _both = (office.betty("1-1", Missed::Skip), office.betty("2-2", Missed::Skip));
    office.until("some runs", async |o| o.runs() >= 4).await;
    office.stop.cancel();
    let rows = office.asked().await;
    let keys: std::collections::BTreeSet<_> = rows.iter().map(|r| r.new.idempotency_key.clone().unwrap()).collect();
    assert_eq!(keys.len(), rows.len(), "one task a slot");
    assert!(office.runs() <= rows.len(), "and each ran once");
}

#[actix::test]
async fn a_paused_betty_asks_for_nothing_and_leaves_the_slot_to_others() {
    let office = Office::open(1_000).await;
    let betty = office.betty("1-1", Missed::Skip);
    betty.set_paused(true);
    tokio::time::sleep(MINUTE * 4).await;
    assert!(office.asked().await.len() <= 1, "at most one that was on its way");
    let before = office.asked().await.len();
    betty.set_paused(false);
    office.until("it goes on", async |o| o.asked().await.len() > before).await;
    office.stop.cancel();
}

#[actix::test]
async fn a_schedule_paused_by_a_person_takes_no_slot_in_any_process() {
    let office = Office::open(1_000).await;
    office.store.define(&source(), &[every_minute(Missed::RunOnce)], office.clock.now()).await.unwrap();
    office.store.set_paused(&source(), "monitor", true, office.clock.now()).await.unwrap();
    let _both = (office.betty("1-1", Missed::RunOnce), office.betty("2-2", Missed::RunOnce));
    tokio::time::sleep(MINUTE * 4).await;
    assert_eq!((office.asked().await.len(), office.row().await.fired_for), (0, None));
    let resumed = office.clock.now();
    office.store.set_paused(&source(), "monitor", false, resumed).await.unwrap();
    office.until("it goes on", async |o| o.runs() >= 1).await;
    office.stop.cancel();
    // What passed meanwhile was not made up for.
    assert!(office.row().await.fired_for.is_some_and(|slot| slot > resumed));
}

#[actix::test]
async fn a_backup_is_made_beside_the_clock_and_its_row_says_what_came_of_it() {
    let office = Office::open(0).await;
    let backup = Definition {
        name: "backup".to_owned(),
        timetable: "* * * * *".to_owned(),
        job: Job::Backup { keep: 2 },
        ..every_minute(Missed::RunOnce)
    };
    office.store.define(&source(), &[backup], office.clock.now()).await.unwrap();
    // The monitor's first run never ends, and keeps nothing else from its time.
    let _betty = office.betty("1-1", Missed::Skip);
    let copies = || std::fs::read_dir(office.backups().dir).map_or(0, |dir| dir.count());
    let row = async || office.store.schedules(&source()).await.unwrap().remove(0);
    let began = Instant::now();
    while copies() < 2 || row().await.passed.is_none_or(|p| !p.ends_with("2 kept")) {
        assert!(began.elapsed() < WAIT_MAX, "never: {:?}", row().await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    office.stop.cancel();
    assert_eq!((row().await.task, office.runs()), (None, 1));
    office.slow.permits.add_permits(100);
}

/// Makes a schedule whose last slots passed while nothing ran: an hour ago it was resumed.
async fn an_hour_of_nobody(missed: Missed, timetable: &str) -> (Office, Timestamp) {
    let office = Office::open(1_000).await;
    let mut definition = every_minute(missed);
    definition.timetable = timetable.to_owned();
    let hour_ago = office.clock.now().plus_millis(-60 * MINUTE_MS);
    office.store.define(&source(), &[definition.clone()], hour_ago).await.unwrap();
    let driver = Driver {
        betty: Betty::start(Parts {
            journal: office.store.clone(),
            desk: office.store.clone(),
            market: office.venue.clone(),
            clock: office.clock.clone(),
            specialists: vec![Arc::new(Fake(office.slow.clone()))],
            owner: "1-1".to_owned(),
        }),
        schedules: office.store.clone(),
        source: source(),
        definitions: vec![definition],
        backups: office.backups(),
        sleep_max: Duration::from_millis(10),
        deadline: Duration::from_secs(20),
        tell: Tell::nobody(),
    };
    tokio::spawn(driver.run(office.stop.clone()));
    office.until("decided", async |o| o.row().await.fired_for.is_some()).await;
    let slot = office.row().await.fired_for.unwrap();
    (office, slot)
}

#[actix::test]
async fn what_was_missed_is_made_up_for_once_or_not_at_all_as_the_rule_says() {
    // Every ten minutes until 11:59, and not again before tomorrow: five slots of the last hour, all over.
    let timetable = "*/10 11 * * *";
    let last = Timestamp::parse("2026-02-07T11:50:00Z").unwrap();
    let (office, slot) = an_hour_of_nobody(Missed::RunOnce, timetable).await;
    office.until("one run", async |o| o.runs() == 1).await;
    assert_eq!((slot, office.asked().await.len()), (last, 1));
    office.stop.cancel();

    let (office, slot) = an_hour_of_nobody(Missed::Skip, timetable).await;
    let row = office.row().await;
    assert_eq!((slot, row.task, office.asked().await.len()), (last, None, 0));
    // It began at 11:00:30, after the slot of 11:00.
    assert!(row.passed.as_ref().is_some_and(|why| why.starts_with("5 passed")), "{row:?}");
    office.stop.cancel();
}

const YEARLY: &str = "[schedule]\nscan = \"0 0 1 1 *\"\nzone = \"Europe/Berlin\"\n";

#[test]
fn a_timer_of_the_system_and_the_service_share_the_slot() {
    let home = Home::new().configured(YEARLY);
    home.run(&["schedule", "run", "scan"]).expect(0).says(&["Scan: ", "PAPER"]);
    let again = home.run(&["schedule", "run", "scan"]);
    again.expect(0).says(&["Nothing to do for scan", "has run already, as task 1", "Next: ", "00:00 CET", "PAPER"]);
    let (code, list) = home.json(&["schedule", "list"]);
    assert_eq!((code, list["kind"].as_str(), list["paper"].as_bool()), (0, Some("schedules"), Some(true)));
    let scan = list["schedules"].as_array().unwrap().iter().find(|s| s["name"] == "scan").unwrap();
    assert_eq!((&scan["last"]["task"], &scan["missed"]), (&1.into(), &"run_once".into()), "{scan}");
    assert!(scan["last"]["slot"].as_str().unwrap().ends_with("-12-31T23:00:00Z"), "{scan}");
    assert!(scan["next"].as_str().unwrap().ends_with("-12-31T23:00:00Z") && scan["next"] != scan["last"]["slot"]);
    // The service sees that it was worked, and so does whoever asks her.
    let told = home.console::<&str>(&[], &["!schedule run scan", "!schedule list", "!quit"]);
    told.expect(0).says(&["has run already, as task 1", "January", "Europe/Berlin", "run once"]);
}

#[test]
fn paused_skipped_and_off_schedules_say_so_and_do_nothing() {
    let home = Home::new().configured("[schedule]\nscan = \"0 0 1 1 *\"\nnote = \"\"\n[monitor]\ninterval_min = 0\n");
    home.run(&["schedule", "pause", "scan"]).expect(0).says(&["scan is paused"]);
    home.run(&["schedule", "run", "scan"]).expect(0).says(&["scan is paused", "!schedule resume scan"]);
    home.run(&["schedule", "resume", "scan"]).expect(0).says(&["scan is resumed", "Next: "]);
    home.run(&["schedule", "skip", "scan"]).expect(0).says(&["is left out"]);
    let state = |name: &str| {
        let (_, list) = home.json(&["schedule", "list"]);
        list["schedules"].as_array().unwrap().iter().find(|s| s["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!(
        (state("scan"), state("note"), state("monitor")),
        ("on, next one left out".into(), "off".into(), "off".into())
    );
    for name in ["note", "monitor"] {
        home.run(&["schedule", "run", name]).expect(2).says(&["off in the configuration"]);
    }
    home.run(&["schedule", "skip", "note"]).expect(2).says(&["never due"]);
    home.run(&["schedule", "run", "everything"]).expect(2);
    assert_eq!(home.json(&["ask", "!task list"]).1["card"]["table"], serde_json::Value::Null, "nothing ran");
}

#[test]
fn wrong_timetables_are_told_with_their_setting() {
    for (toml, says) in [
        ("[schedule]\nscan = \"every day\"\n", "schedule.scan"),
        ("[schedule]\nnote = \"0 8 * *\"\n", "five fields"),
        ("[schedule]\nzone = \"Berlin\"\n", "schedule.zone"),
        ("[schedule]\nmissed = \"twice\"\n", "schedule.missed"),
    ] {
        let home = Home::new().configured(toml);
        home.run(&["schedule", "list"]).expect(2);
        home.console::<&str>(&[], &["!quit"]).expect(2).complains(&[says]);
    }
}

#[tokio::test]
async fn a_slot_that_passed_while_nothing_ran_is_made_up_for_and_only_what_is_new_is_told() {
    // The venue stands still, so what the scan finds is found for the first time, whoever is first to store it.
    let home = Home::new().configured("[market]\nsim_speed = 0\n[schedule]\nscan = \"0 0 1 1 *\"\n");
    let (_, list) = home.json(&["schedule", "list"]);
    assert_eq!(list["schedules"][3]["last"], serde_json::Value::Null);
    let store = Store::open(&StoreConfig::file(home.data().join("betty.db"))).await.unwrap();
    // As if the schedule had been resumed two years ago.
    let long_ago =
        Timestamp::from_millis(betty_market::time::SystemClock.now().millis() - 2 * 366 * 24 * 60 * MINUTE_MS);
    for paused in [true, false] {
        assert!(store.set_paused(&source(), "scan", paused, long_ago).await.unwrap());
    }
    store.close().await.unwrap();
    let home = tokio::task::spawn_blocking(move || {
        let mut running = home.spawn::<&str>(&[]);
        running.until("Scan by the clock: ");
        running.say(&["!quit"]);
        let ended = running.end();
        ended.expect(0).says(&["new hedges, best net edge", "SIMULATED", "PAPER"]);
        assert_eq!(ended.out.matches("Scan by the clock: ").count(), 1, "{ended}");
        home
    });
    let home = home.await.unwrap();
    let store = Store::open(&StoreConfig::file(home.data().join("betty.db"))).await.unwrap();
    let asked: Vec<_> = store.tasks(Some(ASKER), 9).await.unwrap();
    assert_eq!(asked.len(), 1, "once, though two slots had passed: {asked:?}");
}

#[test]
fn a_backup_by_hand_is_a_database_that_opens_and_is_made_once_a_slot() {
    let home = Home::new().configured("[schedule]\nbackup = \"0 0 1 1 *\"\n");
    home.run(&["scan"]).expect(0);
    home.run(&["schedule", "run", "backup"]).expect(0).says(&["backup is done", "looked through; 1 kept", "PAPER"]);
    home.run(&["schedule", "run", "backup"]).expect(0).says(&["was taken already", "looked through"]);
    let copies: Vec<_> = std::fs::read_dir(home.data().join("backups")).unwrap().map(|f| f.unwrap().path()).collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    // Restored: in the place of the database, it has the scan.
    let other = Home::new();
    std::fs::create_dir_all(other.data()).unwrap();
    std::fs::copy(&copies[0], other.data().join("betty.db")).unwrap();
    other.run(&["hedges", "list"]).expect(0).says(&["hedges of"]);
}
