//! Work that is cut off, and much of it at once.

mod support;

use betty_bus::journal::{AttemptEnd, Finished, TaskState};
use betty_bus::{Desk, Effect, Journal, TaskErrorKind, TaskId};
use betty_storage::Store;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::*;
use tokio::runtime::Builder;

/// The end that each of these tasks is given: an answer, a setting named after the task, and a dead letter's absence.
fn marked(id: TaskId) -> AttemptEnd {
    done("end", vec![Effect::Setting { key: format!("task {id}"), value: "done".to_owned() }])
}

/// Either all of an end is there or none of it. Returns whether it is.
async fn whole(store: &Store, id: TaskId) -> bool {
    let task = row(store, id).await;
    let ended = task.state == TaskState::Done;
    assert!(ended || task.state == TaskState::Running, "{task:?}");
    assert_eq!(task.end.is_some(), ended);
    assert_eq!(outcomes(&task), [if ended { "ok" } else { "running" }]);
    assert_eq!(store.setting(&format!("task {id}")).await.unwrap().is_some(), ended);
    let answers = store.outbox("console", u32::MAX).await.unwrap();
    assert_eq!(answers.iter().filter(|a| a.task == id).count(), usize::from(ended));
    ended
}

async fn wait(turns: u32) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

async fn dropped_calls_leave_all_or_nothing(db: Arc<Db>) {
    let store = db.open().await;
    let (mut cut, mut ended) = (0, 0);
    // Patience is counted in turns of the scheduler, far finer than a timer, and follows the disk: a little more after a call that was
    // cut off, a little less after one that came through, so that the drops fall around the commit however fast that is.
    let mut turns = 0_u32;
    for _ in 0..1_000 {
        let id = running(&store, 2).await;
        let in_time = tokio::select! {
            biased;
            finished = store.finish(id, 1, marked(id), at(2)) => Some(finished),
            () = wait(turns) => None,
        };
        turns = if in_time.is_some() { turns * 3 / 4 } else { turns + turns / 4 + 1 };
        // A call that was dropped may be committing at this moment: another write waits for it.
        store.delivered(0, at(3)).await.unwrap();
        let is_whole = whole(&store, id).await;
        match in_time {
            Some(finished) => {
                assert_eq!((finished.unwrap(), is_whole), (Finished::Ended, true));
                ended += 1;
            }
            None => cut += 1,
        }
        if ended >= 20 && cut >= 20 {
            return;
        }
    }
    panic!("{cut} calls were cut off and {ended} were not: too few of one kind to say anything");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_calls_leave_all_or_nothing_on_sqlite() {
    on_sqlite(dropped_calls_leave_all_or_nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_calls_leave_all_or_nothing_on_postgres() {
    on_postgres("dropped_calls_leave_all_or_nothing_on_postgres", dropped_calls_leave_all_or_nothing).await;
}

/// The runtime goes away under a writer, as when a process ends without closing anything.
#[test]
fn a_store_that_vanishes_leaves_all_or_nothing() {
    let db = Db::sqlite();
    for step in 0..30 {
        let doomed = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let id = doomed.block_on(async {
            let store = db.open().await;
            let id = running(&store, 2).await;
            tokio::spawn(async move { store.finish(id, 1, marked(id), at(2)).await });
            tokio::time::sleep(Duration::from_micros(step * 150)).await;
            id
        });
        doomed.shutdown_timeout(Duration::ZERO);
        let next = Builder::new_current_thread().enable_all().build().unwrap();
        next.block_on(async {
            let store = db.open().await;
            let ended = whole(&store, id).await;
            // Where it had not ended, the next process recovers it and ends it.
            let recovered = store.recover("p1", at(3)).await.unwrap();
            assert_eq!(recovered, if ended { vec![] } else { vec![id] });
            if !ended {
                assert_eq!(store.claim(id, "p2", at(4)).await.unwrap().unwrap().attempt, 2);
                assert_eq!(store.finish(id, 2, marked(id), at(5)).await.unwrap(), Finished::Ended);
            }
            assert!(store.health().await.unwrap().problems.is_empty());
        });
    }
}

/// Two openings of one database, and far more work at once than there are connections.
async fn two_hundred_at_once(db: Arc<Db>) {
    const TASKS: usize = 200;
    let stores = [db.open().await, db.open().await];
    let began = Instant::now();
    let mut work = tokio::task::JoinSet::new();
    for n in 0..TASKS {
        let (mine, other) = (stores[n % 2].clone(), stores[(n + 1) % 2].clone());
        work.spawn(async move {
            let id = accept(&mine, new_task(2)).await;
            let (a, b) = tokio::join!(mine.claim(id, "a", at(1)), other.claim(id, "b", at(1)));
            let claims: Vec<_> = [a.unwrap(), b.unwrap()].into_iter().flatten().collect();
            assert_eq!(claims.len(), 1, "exactly one wins");
            if n % 4 == 0 {
                let end = AttemptEnd::Retry(error(TaskErrorKind::Unavailable));
                assert_eq!(other.finish(id, 1, end, at(2)).await.unwrap(), Finished::Requeued);
                assert_eq!(other.claim(id, "c", at(3)).await.unwrap().unwrap().attempt, 2);
            }
            let attempt = if n % 4 == 0 { 2 } else { 1 };
            let (a, b) =
                tokio::join!(mine.finish(id, attempt, marked(id), at(4)), other.finish(id, attempt, marked(id), at(4)));
            let ends = [a.unwrap(), b.unwrap()];
            assert!(ends.contains(&Finished::Ended) && ends.contains(&Finished::Fenced), "{ends:?}");
            id
        });
    }
    let ids: BTreeSet<TaskId> = work.join_all().await.into_iter().collect();
    eprintln!("{TASKS} contended tasks in {:?} on {:?}", began.elapsed(), db.config());
    assert_eq!(ids.len(), TASKS);
    let answers = stores[0].outbox("console", u32::MAX).await.unwrap();
    assert_eq!(answers.iter().map(|a| a.task).collect::<BTreeSet<_>>(), ids);
    assert_eq!(answers.len(), TASKS);
    for task in stores[1].tasks(None, u32::MAX).await.unwrap() {
        assert_eq!(task.state, TaskState::Done);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_at_once_on_sqlite() {
    on_sqlite(two_hundred_at_once).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_at_once_on_postgres() {
    on_postgres("two_hundred_at_once_on_postgres", two_hundred_at_once).await;
}

/// Tells how fast one task after another is accepted, claimed and ended, each step on disk before the next.
#[tokio::test]
async fn one_after_another() {
    const TASKS: u32 = 100;
    let db = Db::sqlite();
    let store = db.open().await;
    let began = Instant::now();
    for _ in 0..TASKS {
        let id = running(&store, 1).await;
        store.finish(id, 1, marked(id), at(2)).await.unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    eprintln!("{:.0} tasks per second, one after another, three commits each", f64::from(TASKS) / seconds);
    assert_eq!(store.outbox_depth().await.unwrap(), u64::from(TASKS));
}
