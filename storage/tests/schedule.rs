//! Schedules on both databases: a slot is taken once, whoever asks, and never while the work of an earlier one goes on.

mod support;

use betty_bus::schedule::slot_key;
use betty_bus::{AccountName, Claimed, Definition, Job, Journal, Missed, ScheduleRow, Schedules, TaskId};
use betty_market::Timestamp;
use betty_storage::Store;
use std::sync::Arc;
use support::*;

macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() { super::on_sqlite(super::$check).await; }
        )+}
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() { super::on_postgres(stringify!($check), super::$check).await; }
        )+}
    };
}

on_both!(
    what_is_configured_is_kept_and_what_happened_survives_a_change,
    a_slot_is_taken_with_its_task_in_one_step,
    racing_processes_take_each_slot_once,
    an_earlier_slot_that_has_not_ended_keeps_the_next_from_running,
    what_a_person_wants_left_out_is_left_out_once,
    a_paused_schedule_takes_nothing_and_counts_anew_when_resumed,
    a_slot_can_be_passed_with_its_reason,
    a_slot_forgotten_by_a_clock_that_was_ahead_is_not_worked_twice,
    work_that_cannot_be_accepted_takes_no_slot,
    work_that_is_no_task_takes_its_slot_and_tells_what_came_of_it,
);

const SLOT: i64 = 60_000;

fn slot(n: i64) -> Timestamp {
    at(n * SLOT)
}

fn definition(name: &str, job: Job) -> Definition {
    Definition {
        name: name.to_owned(),
        timetable: "0 */6 * * *".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        missed: Missed::RunOnce,
        job,
    }
}

async fn with_scan(db: &Db) -> Store {
    let store = db.open().await;
    store.define(&account(), &[definition("scan", Job::Scan)], at(0)).await.unwrap();
    store
}

async fn claim(store: &Store, n: i64) -> Claimed {
    let mut work = new_task(1);
    work.at = slot(n).plus_millis(7);
    store.claim_slot(&account(), "scan", slot(n), work).await.unwrap()
}

fn accepted(claimed: Claimed) -> TaskId {
    match claimed {
        Claimed::Accepted(task) => task,
        other => panic!("not accepted: {other:?}"),
    }
}

async fn scan(store: &Store) -> ScheduleRow {
    store.schedules(&account()).await.unwrap().into_iter().find(|r| r.definition.name == "scan").unwrap()
}

async fn end(store: &Store, task: TaskId) {
    store.claim(task, "p1", at(1)).await.unwrap().expect("a claim");
    store.finish(task, 1, done("", Vec::new()), at(2)).await.unwrap();
}

async fn what_is_configured_is_kept_and_what_happened_survives_a_change(db: Arc<Db>) {
    let store = db.open().await;
    let mut all = vec![definition("scan", Job::Scan), definition("monitor", Job::Monitor { threshold_ppm: 50_000 })];
    store.define(&account(), &all, at(5)).await.unwrap();
    store.define(&account(), &all, at(6)).await.unwrap();
    let rows = store.schedules(&account()).await.unwrap();
    assert_eq!(rows.iter().map(|r| &r.definition).collect::<Vec<_>>(), [&all[1], &all[0]], "by name");
    let fresh = |r: &ScheduleRow| (r.since, r.paused, r.skip, r.fired_for, r.task, r.passed.clone());
    assert!(rows.iter().all(|r| fresh(r) == (at(5), false, None, None, None, None)), "{rows:?}");
    let task = accepted(claim(&store, 1).await);
    store.set_skip(&account(), "scan", slot(4)).await.unwrap();
    // Another threshold or rule leaves the times alone.
    all[0].missed = Missed::Skip;
    all[1].job = Job::Monitor { threshold_ppm: 1 };
    store.define(&account(), &all, at(70_000)).await.unwrap();
    let row = scan(&store).await;
    assert_eq!((row.definition.missed, row.since, row.skip), (Missed::Skip, at(5), Some(slot(4))));
    // Another timetable counts from now on, and what was taken stays taken.
    all[0].timetable = "0 3 * * *".to_owned();
    store.define(&account(), &all, at(80_000)).await.unwrap();
    let row = scan(&store).await;
    assert_eq!((row.since, row.skip, row.fired_for, row.task), (at(80_000), None, Some(slot(1)), Some(task)));
    assert_eq!((&row.definition, row.after()), (&all[0], at(80_000)));
    // Another kind of data has schedules of its own.
    let other = AccountName::new("simulated-7").unwrap();
    assert_eq!(store.schedules(&other).await.unwrap(), []);
    assert_eq!(store.claim_slot(&other, "scan", slot(9), new_task(1)).await.unwrap(), Claimed::Unknown);
    assert!(!store.set_paused(&other, "scan", true, at(0)).await.unwrap());
    assert!(!store.set_skip(&other, "scan", at(0)).await.unwrap());
}

async fn a_slot_is_taken_with_its_task_in_one_step(db: Arc<Db>) {
    let store = with_scan(&db).await;
    let task = accepted(claim(&store, 3).await);
    let key = row(&store, task).await.new.idempotency_key;
    assert_eq!(key, Some(slot_key(&account(), "scan", slot(3))));
    let seen = scan(&store).await;
    assert_eq!((seen.fired_for, seen.fired_at), (Some(slot(3)), Some(slot(3).plus_millis(7))));
    assert_eq!((seen.task, &seen.passed), (Some(task), &None));
    end(&store, task).await;
    // It, and whatever lies before it, is gone; another process sees the same.
    for n in [3, 2] {
        assert_eq!(claim(&db.open().await, n).await, Claimed::Taken(Box::new(seen.clone())));
    }
    assert_eq!(store.tasks(None, 9).await.unwrap().len(), 1);
    assert_ne!(accepted(claim(&store, 4).await), task);
}

async fn racing_processes_take_each_slot_once(db: Arc<Db>) {
    with_scan(&db).await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = db.open().await;
        racers.spawn(async move {
            let mut won = Vec::new();
            for n in 1..=15 {
                if let Claimed::Accepted(task) = claim(&store, n).await {
                    end(&store, task).await;
                    won.push(task);
                }
            }
            won
        });
    }
    let mut won: Vec<i64> = racers.join_all().await.concat().iter().map(|t| t.get()).collect();
    won.sort_unstable();
    let store = db.open().await;
    let tasks = store.tasks(None, 99).await.unwrap();
    // Some slots may pass as overlaps while another process ends its task, but none leads to two.
    assert_eq!(won, (1..=i64::try_from(tasks.len()).unwrap()).collect::<Vec<_>>());
    let mut keys: Vec<_> = tasks.iter().map(|t| t.new.idempotency_key.clone().unwrap()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!((keys.len(), scan(&store).await.fired_for), (won.len(), Some(slot(15))));
}

async fn an_earlier_slot_that_has_not_ended_keeps_the_next_from_running(db: Arc<Db>) {
    let store = with_scan(&db).await;
    let first = accepted(claim(&store, 1).await);
    assert_eq!(claim(&store, 2).await, Claimed::Overlap(first), "it waits");
    store.claim(first, "p1", at(1)).await.unwrap().unwrap();
    assert_eq!(claim(&store, 3).await, Claimed::Overlap(first), "it runs");
    let seen = scan(&store).await;
    assert_eq!((seen.fired_for, seen.task), (Some(slot(3)), Some(first)));
    assert!(seen.passed.unwrap().contains(&format!("task {first}")), "the reason is kept");
    assert!(matches!(claim(&store, 3).await, Claimed::Taken(_)), "the slot is gone all the same");
    store.finish(first, 1, done("", Vec::new()), at(2)).await.unwrap();
    let next = accepted(claim(&store, 4).await);
    assert_eq!((scan(&store).await.task, scan(&store).await.passed), (Some(next), None));
}

async fn what_a_person_wants_left_out_is_left_out_once(db: Arc<Db>) {
    let store = with_scan(&db).await;
    assert!(store.set_skip(&account(), "scan", slot(2)).await.unwrap());
    let first = accepted({
        // A slot before it is left out as well: up to the one named.
        assert_eq!(claim(&store, 1).await, Claimed::Skipped);
        assert_eq!(claim(&store, 2).await, Claimed::Skipped);
        assert!(scan(&store).await.passed.unwrap().contains("a person"));
        claim(&store, 3).await
    });
    assert_eq!(scan(&store).await.task, Some(first));
}

async fn a_paused_schedule_takes_nothing_and_counts_anew_when_resumed(db: Arc<Db>) {
    let store = with_scan(&db).await;
    assert!(store.set_paused(&account(), "scan", true, at(1)).await.unwrap());
    assert_eq!(claim(&store, 1).await, Claimed::Paused);
    assert!(!store.pass_slot(&account(), "scan", slot(1), "late", slot(1)).await.unwrap());
    assert_eq!((scan(&store).await.fired_for, store.tasks(None, 9).await.unwrap().len()), (None, 0));
    assert!(store.set_paused(&account(), "scan", false, slot(2)).await.unwrap());
    assert_eq!((scan(&store).await.paused, scan(&store).await.since), (false, slot(2)));
    // Resuming what runs changes nothing.
    store.set_paused(&account(), "scan", false, slot(3)).await.unwrap();
    assert_eq!(scan(&store).await.since, slot(2));
    accepted(claim(&store, 4).await);
}

async fn a_slot_can_be_passed_with_its_reason(db: Arc<Db>) {
    let store = with_scan(&db).await;
    let pass =
        async |n: i64| store.pass_slot(&account(), "scan", slot(n), &"late ".repeat(900), slot(n)).await.unwrap();
    assert!(pass(2).await && !pass(2).await && !pass(1).await);
    let seen = scan(&store).await;
    assert_eq!((seen.fired_for, seen.task), (Some(slot(2)), None));
    assert!(seen.passed.as_ref().is_some_and(|w| w.starts_with("late") && w.len() < 400), "bounded");
    assert_eq!(claim(&store, 2).await, Claimed::Taken(Box::new(seen)));
}

async fn a_slot_forgotten_by_a_clock_that_was_ahead_is_not_worked_twice(db: Arc<Db>) {
    let store = with_scan(&db).await;
    let early = accepted(claim(&store, 1_000).await);
    end(&store, early).await;
    // The clock is right again: everything up to there counts as taken, until a person resumes.
    assert!(matches!(claim(&store, 5).await, Claimed::Taken(_)));
    store.set_paused(&account(), "scan", false, slot(5)).await.unwrap();
    let now = accepted(claim(&store, 6).await);
    end(&store, now).await;
    assert_ne!(now, early);
    assert_eq!(accepted(claim(&store, 1_000).await), early, "its work was done then");
    assert_eq!(store.tasks(None, 9).await.unwrap().len(), 2);
}

async fn work_that_cannot_be_accepted_takes_no_slot(db: Arc<Db>) {
    let store = with_scan(&db).await;
    store.claim_slot(&account(), "scan", slot(1), new_task(0)).await.unwrap_err();
    assert_eq!(scan(&store).await.fired_for, None, "both or neither");
    accepted(claim(&store, 1).await);
}

async fn work_that_is_no_task_takes_its_slot_and_tells_what_came_of_it(db: Arc<Db>) {
    let store = db.open().await;
    store.define(&account(), &[definition("backup", Job::Backup { keep: 7 })], at(0)).await.unwrap();
    let begin = async |n: i64| store.begin_slot(&account(), "backup", slot(n), slot(n)).await.unwrap();
    let seen = async || store.schedules(&account()).await.unwrap().remove(0);
    assert_eq!(begin(1).await, Claimed::Begun);
    assert_eq!(seen().await.passed.as_deref(), Some("begun, and not ended"), "what a kill leaves");
    assert_eq!(
        (begin(1).await, begin(0).await),
        (Claimed::Taken(Box::new(seen().await)), Claimed::Taken(Box::new(seen().await)))
    );
    store.end_slot(&account(), "backup", slot(1), "copied").await.unwrap();
    assert_eq!((seen().await.fired_for, seen().await.passed.as_deref()), (Some(slot(1)), Some("copied")));
    store.set_skip(&account(), "backup", slot(2)).await.unwrap();
    assert_eq!((begin(2).await, begin(3).await), (Claimed::Skipped, Claimed::Begun));
    // A late word about an older slot is not taken for one about this.
    store.end_slot(&account(), "backup", slot(1), "late").await.unwrap();
    assert_eq!(seen().await.passed.as_deref(), Some("begun, and not ended"));
    store.set_paused(&account(), "backup", true, slot(4)).await.unwrap();
    assert_eq!(begin(5).await, Claimed::Paused);
    assert_eq!(store.begin_slot(&account(), "none", slot(5), slot(5)).await.unwrap(), Claimed::Unknown);
    assert!(store.tasks(None, 9).await.unwrap().is_empty());
}
