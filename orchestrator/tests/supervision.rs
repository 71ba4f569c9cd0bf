//! Betty's actors on a real database and a real (simulated) venue, with specialists that fail in every way one can.

use async_trait::async_trait;
use betty::runtime::dispatcher::RUNNING_PER_SPECIALIST_MAX;
use betty::runtime::handle::{Betty, Parts};
use betty_bus::effect::{LedgerRow, PostingRow};
use betty_bus::journal::{AttemptEnd, Claim, DeadLetter, Finished, NewTask, Origin, OutboxRow, TaskRow, TaskState};
use betty_bus::report::NoteReport;
use betty_bus::specialist::Done;
use betty_bus::task::{AutoTask, CodeTask, HedgeTask, PaperTask, ResearchTask, ReviewTask, RoundAfter};
use betty_bus::{
    AccountName, Attempt, Desk, Effect, Journal, JournalError, MessageKind, Report, Specialist, SpecialistKind, Task,
    TaskError, TaskErrorKind, TaskId,
};
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::time::{Clock, SystemClock};
use betty_market::{Timestamp, Usdc};
use betty_specialists::Setup;
use betty_storage::{Store, StoreConfig};
use betty_trading::{CostSettings, GasQuote, Limits};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Attempts a task may take in all.
const ATTEMPTS_MAX: u32 = 3;
/// A deadline no healthy attempt comes near.
const PATIENT: Duration = Duration::from_secs(30);
/// Longest wait for anything to end.
const WAIT_MAX: Duration = Duration::from_secs(40);

/// Does what the question says.
struct Scripted;

fn account() -> AccountName {
    AccountName::new("scripted").unwrap()
}

fn entry() -> LedgerRow {
    let posting = |ledger: &str, micros| PostingRow { ledger: ledger.to_owned(), amount: Usdc::from_micros(micros) };
    LedgerRow {
        at: Timestamp::from_secs(1),
        kind: "scripted".to_owned(),
        position: None,
        event: serde_json::json!({}),
        postings: vec![posting("cash", 5), posting("capital", -5)],
    }
}

fn done(text: &str, effects: Vec<Effect>) -> Done {
    let note = NoteReport { title: text.to_owned(), text: String::new() };
    Done { report: Report::Note(note), effects }
}

#[async_trait]
impl Specialist for Scripted {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::Researcher
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Research(ResearchTask { question }) = task else { unreachable!("routed by kind") };
        match question.as_str() {
            "panic" => panic!("scripted with the key sk-{}", "k".repeat(24)),
            "hang" => std::future::pending().await,
            "refuse" => Err(TaskError::refused("the answer is no")),
            "third time" if attempt.number < 3 => {
                Err(TaskError::new(TaskErrorKind::Unavailable, format!("attempt {} found nobody", attempt.number)))
            }
            "never" => Err(TaskError::new(TaskErrorKind::Unavailable, "nobody is ever there")),
            "until cancelled" => {
                (attempt.progress)("waiting");
                attempt.cancel.cancelled().await;
                attempt.check()?;
                unreachable!("it was cancelled");
            }
            // Works out its entry on a ledger that is one entry behind, until its second attempt.
            "conflict" => {
                let there = attempt.desk.ledger(&account()).await?.len() as u64;
                let expected_seq = if attempt.number == 1 { there + 1 } else { there };
                Ok(done("booked", vec![Effect::Ledger { account: account(), expected_seq, rows: vec![entry()] }]))
            }
            "unbalanced" => {
                let mut row = entry();
                row.postings.pop();
                let expected_seq = attempt.desk.ledger(&account()).await?.len() as u64;
                Ok(done("booked", vec![Effect::Ledger { account: account(), expected_seq, rows: vec![row] }]))
            }
            _ => Ok(done("answered", Vec::new())),
        }
    }
}

/// The real journal, but the next so many claims and ends meet a database that does not answer.
struct Shaky {
    store: Arc<Store>,
    failing: Arc<AtomicU32>,
}

impl Shaky {
    fn answer(&self) -> Result<(), JournalError> {
        let failing = self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if failing { Err(JournalError::Database("the disk is away".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Journal for Shaky {
    async fn accept(&self, new: NewTask) -> Result<(TaskId, bool), JournalError> {
        self.store.accept(new).await
    }
    async fn claim(&self, task: TaskId, owner: &str, at: Timestamp) -> Result<Option<Claim>, JournalError> {
        self.answer()?;
        self.store.claim(task, owner, at).await
    }
    async fn finish(
        &self,
        task: TaskId,
        attempt: u32,
        end: AttemptEnd,
        at: Timestamp,
    ) -> Result<Finished, JournalError> {
        self.answer()?;
        self.store.finish(task, attempt, end, at).await
    }
    async fn cancel(&self, task: TaskId, why: &str, at: Timestamp) -> Result<bool, JournalError> {
        self.store.cancel(task, why, at).await
    }
    async fn owners(&self) -> Result<Vec<String>, JournalError> {
        self.store.owners().await
    }
    async fn recover(&self, owner: &str, at: Timestamp) -> Result<Vec<TaskId>, JournalError> {
        self.store.recover(owner, at).await
    }
    async fn queued(&self, limit: u32) -> Result<Vec<TaskId>, JournalError> {
        self.answer()?;
        self.store.queued(limit).await
    }
    async fn task(&self, id: TaskId) -> Result<Option<TaskRow>, JournalError> {
        self.store.task(id).await
    }
    async fn tasks(&self, asker: Option<&str>, limit: u32) -> Result<Vec<TaskRow>, JournalError> {
        self.store.tasks(asker, limit).await
    }
    async fn outbox(&self, door: &str, limit: u32) -> Result<Vec<OutboxRow>, JournalError> {
        self.store.outbox(door, limit).await
    }
    async fn delivered(&self, outbox_id: i64, at: Timestamp) -> Result<(), JournalError> {
        self.store.delivered(outbox_id, at).await
    }
    async fn set_setting(&self, key: &str, value: &str) -> Result<(), JournalError> {
        self.store.set_setting(key, value).await
    }
    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, JournalError> {
        self.store.dead_letters(limit).await
    }
}

struct Office {
    betty: Betty,
    store: Arc<Store>,
    /// How many of the next claims, ends and looks into the queue fail.
    failing: Arc<AtomicU32>,
    _dir: TempDir,
}

fn ask(question: &str) -> Task {
    Task::Research(ResearchTask { question: question.to_owned() })
}

fn new_task(task: Task, deadline: Duration) -> NewTask {
    NewTask {
        task,
        origin: Origin {
            door: "test".to_owned(),
            asker: "somebody".to_owned(),
            reply_to: serde_json::Value::Null,
            line: "as scripted".to_owned(),
        },
        idempotency_key: None,
        parent: None,
        attempts_max: ATTEMPTS_MAX,
        deadline_ms: deadline.as_millis() as u64,
        at: SystemClock.now(),
    }
}

impl Office {
    /// All eight but the Coder; the Researcher is scripted.
    /// One given specialist stands in the place of the real one of its kind.
    async fn open_with(instead: Option<Arc<dyn Specialist>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&StoreConfig::file(dir.path().join("betty.db"))).await.unwrap());
        let venue = SimulatedSource::start(SimConfig { speed: 0.0, ..SimConfig::default() }).await.unwrap();
        let setup = Setup {
            limits: Limits::default(),
            costs: CostSettings::new(GasQuote::relayer()),
            execution: betty_specialists::Execution::default(),
            model: None,
        };
        let mut specialists = betty_specialists::all(&setup);
        specialists.retain(|s| !matches!(s.kind(), SpecialistKind::Researcher | SpecialistKind::Coder));
        specialists.push(Arc::new(Scripted));
        if let Some(instead) = instead {
            specialists.retain(|s| s.kind() != instead.kind());
            specialists.push(instead);
        }
        let failing = Arc::new(AtomicU32::new(0));
        let betty = Betty::start(Parts {
            journal: Arc::new(Shaky { store: store.clone(), failing: failing.clone() }),
            desk: store.clone(),
            market: Arc::new(venue),
            clock: Arc::new(SystemClock),
            specialists,
            owner: "1-1".to_owned(),
        });
        Self { betty, store, failing, _dir: dir }
    }

    async fn accept(&self, task: Task) -> TaskId {
        self.betty.accept(new_task(task, PATIENT)).await.unwrap().0
    }

    async fn end(&self, id: TaskId) -> TaskRow {
        let ended = tokio::time::timeout(WAIT_MAX, self.betty.wait(id)).await.expect("it ends").unwrap();
        ended.expect("it is in the journal")
    }

    async fn ask(&self, question: &str) -> TaskRow {
        self.end(self.accept(ask(question)).await).await
    }

    /// Ends with an error of this kind, after this many attempts; returns its message.
    #[track_caller]
    fn failed(row: &TaskRow, kind: TaskErrorKind, attempts: usize) -> String {
        let error = row.end.as_ref().unwrap().as_ref().expect_err("it failed");
        assert_eq!((error.kind, row.attempts.len()), (kind, attempts), "{error}");
        error.message.clone()
    }

    async fn until(&self, what: &str, is: impl AsyncFn(&Self) -> bool) {
        let began = Instant::now();
        while !is(self).await {
            assert!(began.elapsed() < WAIT_MAX, "never: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn runs(&self, n: usize) {
        self.until("running", async |o| o.betty.load(None).await.unwrap().running == n).await;
    }

    /// Waits until an attempt of it runs: claimed, not only handed out.
    async fn started(&self, id: TaskId) {
        self.until("started", async |o| o.store.task(id).await.unwrap().is_some_and(|t| t.state == TaskState::Running))
            .await;
    }

    async fn dead_letters(&self) -> Vec<TaskId> {
        self.store.dead_letters(99).await.unwrap().into_iter().map(|d| d.task).collect()
    }
}

/// Runs a check as the program runs: actors on this thread, work on the workers of one runtime.
fn check<F: Future<Output = ()>>(what: impl FnOnce(Office) -> F) {
    check_with(None, what);
}

fn check_with<F: Future<Output = ()>>(instead: Option<Arc<dyn Specialist>>, what: impl FnOnce(Office) -> F) {
    let system = actix::System::with_tokio_rt(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    system.block_on(async { what(Office::open_with(instead).await).await });
}

#[test]
fn a_panic_is_one_clear_message_and_a_dead_letter_and_the_others_go_on() {
    check(async |office: Office| {
        let scan = office.accept(Task::Hedge(HedgeTask::Scan { query: None, limit: Some(50), min_edge_ppm: 0 })).await;
        let mut panicked = Vec::new();
        for _ in 0..8 {
            panicked.push(office.accept(ask("panic")).await);
        }
        for id in &panicked {
            let message = Office::failed(&office.end(*id).await, TaskErrorKind::Panic, 1);
            assert!(message.contains("Researcher hit a defect") && message.contains("dead letter"), "{message}");
            assert!(
                message.contains("[redacted]") && !message.contains("kkkk"),
                "secrets in a panic do not leave: {message}"
            );
        }
        let mut dead = office.dead_letters().await;
        dead.sort();
        assert_eq!(dead, panicked);
        // The same specialist and the others work on; no actor had to be restarted for it.
        assert!(office.ask("anything").await.end.unwrap().is_ok());
        assert!(office.end(scan).await.end.unwrap().is_ok());
        let paper = office.accept(Task::Paper(PaperTask::Portfolio)).await;
        assert!(office.end(paper).await.end.unwrap().is_ok());
        for actor in office.betty.actors() {
            assert_eq!((actor.state.as_str(), actor.restarts), ("running", 0), "{}", actor.name);
            assert!(actor.tasks.is_empty(), "{}", actor.name);
        }
    });
}

/// Trades by rule until it is asked to check.
struct PanickyTrader;

#[async_trait]
impl Specialist for PanickyTrader {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::AutoTrader
    }

    async fn run(&self, _: &Attempt, task: Task) -> Result<Done, TaskError> {
        assert!(!matches!(task, Task::Auto(AutoTask::Check)), "a rule met what it was not made for");
        Ok(done("decided", Vec::new()))
    }
}

#[test]
fn trading_by_rule_waits_for_a_person_after_its_first_panic_and_nobody_else_does() {
    check_with(Some(Arc::new(PanickyTrader)), async |office: Office| {
        let well = office.accept(Task::Auto(AutoTask::Status)).await;
        assert!(office.end(well).await.end.unwrap().is_ok());
        let check = office.accept(Task::Auto(AutoTask::Check)).await;
        Office::failed(&office.end(check).await, TaskErrorKind::Panic, 1);
        // What went well before is refused now, without being run.
        let after = office.accept(Task::Auto(AutoTask::Status)).await;
        let message = Office::failed(&office.end(after).await, TaskErrorKind::Internal, 1);
        assert!(message.contains("AutoTrader") && message.contains("waits for a person"), "{message}");
        let stopped: Vec<String> =
            office.betty.actors().into_iter().filter(|a| a.state != "running").map(|a| a.name).collect();
        assert_eq!(stopped, ["AutoTrader"]);
        let paper = office.accept(Task::Paper(PaperTask::Portfolio)).await;
        assert!(office.end(paper).await.end.unwrap().is_ok());
        // Every answer that was put into the outbox passes the tap, right after it was written.
        let all = [well, check, after, paper];
        office
            .until("every answer on the tap", async |o| {
                let answers = o.betty.tap.last(99, |e| e.kind == MessageKind::Answer);
                all.iter().all(|id| answers.iter().filter(|e| e.task == Some(*id)).count() == 1)
            })
            .await;
    });
}

#[test]
fn what_does_not_finish_in_time_is_stopped_and_told() {
    check(async |office: Office| {
        for question in ["hang", "until cancelled"] {
            let began = Instant::now();
            let new = new_task(ask(question), Duration::from_millis(1_000));
            let id = office.betty.accept(new).await.unwrap().0;
            let message = Office::failed(&office.end(id).await, TaskErrorKind::Deadline, 1);
            assert!(message.contains("within 1 s") && message.contains("nothing was written"), "{message}");
            assert!(began.elapsed() >= Duration::from_secs(1) && began.elapsed() < Duration::from_secs(10));
        }
        assert!(office.dead_letters().await.is_empty(), "a deadline is no defect");
        assert!(office.ask("anything").await.end.unwrap().is_ok());
    });
}

#[test]
fn a_cancelled_task_ends_whether_it_listens_runs_or_waits() {
    check(async |office: Office| {
        let deaf = office.accept(ask("hang")).await;
        let polite = office.accept(ask("until cancelled")).await;
        office.started(deaf).await;
        office.started(polite).await;
        assert_eq!(office.betty.load(None).await.unwrap().running, RUNNING_PER_SPECIALIST_MAX);
        let waiting = office.accept(ask("anything")).await;
        assert_eq!(office.betty.load(Some(waiting)).await.unwrap().place, Some(1));
        for id in [waiting, deaf, polite] {
            assert!(office.betty.cancel(id, "not wanted any more").await.unwrap());
            let row = office.end(id).await;
            assert_eq!(row.state, TaskState::Cancelled);
            Office::failed(&row, TaskErrorKind::Cancelled, usize::from(id != waiting));
            assert!(!office.betty.cancel(id, "again").await.unwrap(), "an ended task stays as it is");
        }
        // Everything at once.
        let all = [office.accept(ask("hang")).await, office.accept(ask("until cancelled")).await];
        for id in all {
            office.started(id).await;
        }
        assert_eq!(office.betty.cancel_all("enough").await.unwrap(), 2);
        for id in all {
            Office::failed(&office.end(id).await, TaskErrorKind::Cancelled, 1);
        }
        assert!(office.ask("anything").await.end.unwrap().is_ok());
        assert!(office.dead_letters().await.is_empty());
    });
}

#[test]
fn outside_failures_are_tried_again_up_to_the_cap_and_refusals_never() {
    check(async |office: Office| {
        let row = office.ask("third time").await;
        assert_eq!((row.state, row.attempts.len()), (TaskState::Done, 3));
        let message = Office::failed(&office.ask("never").await, TaskErrorKind::Unavailable, ATTEMPTS_MAX as usize);
        assert_eq!(message, "nobody is ever there");
        let message = Office::failed(&office.ask("refuse").await, TaskErrorKind::Refused, 1);
        assert_eq!(message, "the answer is no");
        assert!(office.dead_letters().await.is_empty());
    });
}

#[test]
fn a_conflict_is_worked_out_again_and_a_broken_invariant_is_a_defect() {
    check(async |office: Office| {
        let row = office.ask("conflict").await;
        assert_eq!((row.state, row.attempts.len()), (TaskState::Done, 2));
        assert_eq!(row.attempts[0].outcome, "conflict");
        assert_eq!(office.store.verify_ledger(&account()).await.unwrap().entries, 1);

        let row = office.ask("unbalanced").await;
        Office::failed(&row, TaskErrorKind::Internal, 1);
        assert_eq!(office.dead_letters().await, [row.id]);
        assert_eq!(office.store.verify_ledger(&account()).await.unwrap().entries, 1, "nothing of it was written");
    });
}

#[test]
fn a_key_is_accepted_once_however_many_ask_at_once() {
    check(async |office: Office| {
        let keyed = || NewTask { idempotency_key: Some("message 7".to_owned()), ..new_task(ask("conflict"), PATIENT) };
        let asked = (0..8).map(|_| {
            let (betty, new) = (office.betty.clone(), keyed());
            tokio::spawn(async move { betty.accept(new).await.unwrap() })
        });
        let answers: Vec<(TaskId, bool)> =
            futures_util::future::join_all(asked).await.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|(id, _)| *id == answers[0].0));
        assert_eq!(answers.iter().filter(|(_, new)| *new).count(), 1);
        office.end(answers[0].0).await;
        assert_eq!(office.betty.accept(keyed()).await.unwrap(), (answers[0].0, false), "after its end as well");
        assert_eq!(office.store.verify_ledger(&account()).await.unwrap().entries, 1);
        assert_eq!(office.store.tasks(None, 99).await.unwrap().len(), 1);
    });
}

#[test]
fn a_pause_keeps_what_waits_and_a_drain_leaves_it_to_the_next_start() {
    check(async |office: Office| {
        office.betty.set_paused(true);
        let waiting = [office.accept(ask("one")).await, office.accept(ask("two")).await];
        tokio::time::sleep(Duration::from_millis(100)).await;
        let load = office.betty.load(Some(waiting[1])).await.unwrap();
        assert_eq!((load.running, load.waiting, load.paused, load.place), (0, 2, true, Some(2)));
        office.betty.set_paused(false);
        for id in waiting {
            assert!(office.end(id).await.end.unwrap().is_ok());
        }
        // A drain waits for what runs, as long as it may, and starts nothing more.
        let slow = office.accept(ask("until cancelled")).await;
        office.started(slow).await;
        assert_eq!(office.betty.drain(Duration::from_millis(50)).await, 1);
        let late = office.accept(ask("late")).await;
        office.betty.cancel(slow, "enough").await.unwrap();
        assert_eq!(office.betty.drain(WAIT_MAX).await, 0);
        assert_eq!(office.store.queued(99).await.unwrap(), [late]);
    });
}

#[test]
fn every_end_is_one_answer_and_an_answer_is_delivered_once() {
    check(async |office: Office| {
        let mut asked = Vec::new();
        for question in ["anything", "refuse", "panic", "third time", "never", "conflict"] {
            asked.push(office.accept(ask(question)).await);
        }
        for id in &asked {
            office.end(*id).await;
        }
        let answers = office.store.outbox("test", 99).await.unwrap();
        let mut told: Vec<TaskId> = answers.iter().map(|a| a.task).collect();
        told.sort();
        assert_eq!(told, asked, "one each, whatever the number of attempts");
        for answer in &answers {
            let row = office.store.task(answer.task).await.unwrap().unwrap();
            assert_eq!(Some(&answer.end), row.end.as_ref());
            office.store.delivered(answer.id, SystemClock.now()).await.unwrap();
        }
        assert!(office.store.outbox("test", 99).await.unwrap().is_empty());
        assert!(office.store.outbox("console", 99).await.unwrap().is_empty(), "no other door hears of it");
    });
}

#[test]
fn who_is_not_there_is_told_and_who_has_no_model_says_so() {
    check(async |office: Office| {
        let code = office.accept(Task::Code(CodeTask { instruction: "write a bot".to_owned() })).await;
        let message = Office::failed(&office.end(code).await, TaskErrorKind::Internal, 1);
        assert!(message.contains("Coder"), "{message}");
        let review = office.accept(Task::Review(ReviewTask { subject: "my bot".to_owned() })).await;
        let message = Office::failed(&office.end(review).await, TaskErrorKind::NotConfigured, 1);
        assert!(message.contains("language model"), "{message}");
    });
}

#[test]
fn trades_asked_for_all_at_once_are_made_in_turn_and_balance() {
    check(async |office: Office| {
        let scan = office.accept(Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 })).await;
        let Some(Ok(Report::Scan(report))) = office.end(scan).await.end else { panic!("a scan") };
        assert!(report.hedges.len() >= 2);
        let size = Some(Usdc::from_micros(20_000_000));
        let mut opens = Vec::new();
        for (hedge, _) in report.hedges.iter().cycle().take(6) {
            let open = PaperTask::Open { hedge: *hedge, confidence: None, strategy: None, size };
            opens.push(office.accept(Task::Paper(open)).await);
        }
        let mut opened = 0;
        for id in opens {
            let row = office.end(id).await;
            // One that is refused by a limit is refused by its first attempt: they never collide.
            assert_eq!(row.attempts.len(), 1);
            opened += u64::from(matches!(row.end, Some(Ok(Report::Opened(_)))));
        }
        assert!(opened >= 2, "{opened}");
        let ledger = office.store.verify_ledger(&AccountName::new("simulated-7").unwrap()).await.unwrap();
        assert_eq!((ledger.entries, ledger.sum), (opened + 1, 0), "the account's opening, and one entry each");
    });
}

fn scan() -> Task {
    Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 })
}

/// Tasks that a task led to, oldest first.
async fn led_to(office: &Office, id: TaskId) -> Vec<TaskRow> {
    let mut rows = office.store.tasks(None, 99).await.unwrap();
    rows.retain(|r| r.new.parent == Some(id));
    rows.reverse();
    rows
}

#[test]
fn a_scan_is_followed_by_one_round_while_entries_are_on() {
    check(async |office: Office| {
        let quiet = office.accept(scan()).await;
        office.end(quiet).await;
        office.betty.idle(WAIT_MAX).await;
        assert!(led_to(&office, quiet).await.is_empty(), "entries were never switched on");
        let on = office.accept(Task::Auto(AutoTask::On)).await;
        office.end(on).await;

        let first = office.accept(scan()).await;
        office.end(first).await;
        // Accepted with the end: whoever sees the end sees it.
        let followed = led_to(&office, first).await;
        assert_eq!(followed.len(), 1);
        assert_eq!(followed[0].new.task, Task::Auto(AutoTask::Round { after: RoundAfter::Task(first) }));
        let Some(Ok(Report::Auto(report))) = office.end(followed[0].id).await.end else { panic!("a round") };
        let entered = report.rows.iter().filter(|r| r.decision == "enter").count();
        assert!(entered >= 1, "{report:?}");
        let account = AccountName::new("simulated-7").unwrap();
        assert_eq!(office.store.decisions(&account, 99).await.unwrap().len(), report.rows.len());
        assert_eq!(office.store.ledger(&account).await.unwrap().len(), entered + 1);
        // The answer goes where the scan's went.
        let told: Vec<TaskId> = office.store.outbox("test", 99).await.unwrap().iter().map(|a| a.task).collect();
        assert!(told.contains(&first) && told.contains(&followed[0].id), "{told:?}");

        // What runs at once is one round each, and the account has one writer at a time.
        let scans = [office.accept(scan()).await, office.accept(scan()).await];
        for id in scans {
            office.end(id).await;
        }
        office.betty.idle(WAIT_MAX).await;
        for id in scans {
            let followed = led_to(&office, id).await;
            assert_eq!(followed.len(), 1);
            assert_eq!((followed[0].state, followed[0].attempts.len()), (TaskState::Done, 1));
            assert!(led_to(&office, followed[0].id).await.is_empty(), "a round leads to nothing");
        }
        office.store.verify_ledger(&account).await.unwrap();
        // A scan that is cancelled, or refused, leads to nothing.
        office.betty.set_paused(true);
        let cancelled = office.accept(scan()).await;
        office.betty.cancel(cancelled, "enough").await.unwrap();
        office.betty.set_paused(false);
        office.betty.idle(WAIT_MAX).await;
        assert!(led_to(&office, cancelled).await.is_empty());
    });
}

#[test]
fn a_database_that_is_away_for_a_moment_loses_nothing() {
    check(async |office: Office| {
        // The claim fails, the first look into the queue too, then the end twice: the task is still done once.
        for away in [1, 2] {
            office.failing.store(away, Ordering::SeqCst);
            let row = office.ask("anything").await;
            assert_eq!((row.state, row.attempts.len()), (TaskState::Done, 1));
        }
        let id = office.accept(ask("until cancelled")).await;
        office.started(id).await;
        office.failing.store(2, Ordering::SeqCst);
        office.betty.cancel(id, "enough").await.unwrap();
        assert_eq!(office.end(id).await.state, TaskState::Cancelled);
        assert_eq!(office.failing.load(Ordering::SeqCst), 0);
        office.runs(0).await;
    });
}
