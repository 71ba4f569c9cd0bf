//! Random interleavings of everything the journal does, against a model that fits on one screen.

mod support;

use betty_bus::journal::{AttemptEnd, Finished, NewTask, TaskState};
use betty_bus::{Journal, TaskErrorKind, TaskId};
use betty_storage::Store;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use support::*;

const OWNERS: [&str; 3] = ["p1", "p2", "p3"];

/// How an attempt is ended.
#[derive(Debug, Clone, Copy)]
enum How {
    Done,
    Fail(TaskErrorKind),
    Retry(TaskErrorKind),
}

/// One call. Tasks are picked by index, modulo those there are.
#[derive(Debug, Clone)]
enum Op {
    Accept {
        attempts_max: u32,
        key: Option<u8>,
    },
    Claim {
        task: usize,
        owner: usize,
    },
    /// `behind` is subtracted from the current attempt's number.
    Finish {
        task: usize,
        behind: u32,
        how: How,
    },
    Cancel {
        task: usize,
    },
    Recover {
        owner: usize,
    },
    Deliver {
        nth: usize,
    },
    /// The process is replaced; nothing is closed.
    Reopen,
}

fn kinds() -> impl Strategy<Value = TaskErrorKind> {
    use TaskErrorKind as K;
    prop::sample::select(vec![
        K::Refused,
        K::Unavailable,
        K::Conflict,
        K::Deadline,
        K::Cancelled,
        K::Panic,
        K::Internal,
    ])
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let how = prop_oneof![Just(How::Done), kinds().prop_map(How::Fail), kinds().prop_map(How::Retry)];
    let op = prop_oneof![
        3 => (1_u32..4, prop::option::weighted(0.5, 0_u8..4)).prop_map(|(attempts_max, key)| Op::Accept { attempts_max, key }),
        6 => (0_usize..6, 0_usize..3).prop_map(|(task, owner)| Op::Claim { task, owner }),
        6 => (0_usize..6, prop_oneof![4 => Just(0_u32), 1 => 1_u32..3], how)
            .prop_map(|(task, behind, how)| Op::Finish { task, behind, how }),
        1 => (0_usize..6).prop_map(|task| Op::Cancel { task }),
        2 => (0_usize..3).prop_map(|owner| Op::Recover { owner }),
        1 => (0_usize..6).prop_map(|nth| Op::Deliver { nth }),
        1 => Just(Op::Reopen),
    ];
    prop::collection::vec(op, 1..50)
}

/// What the model knows of a task.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    attempts_max: u32,
    state: TaskState,
    attempts: Vec<(&'static str, String)>,
    marked: bool,
    /// `None` inside for a report, else the error's kind.
    end: Option<Option<TaskErrorKind>>,
}

#[derive(Default)]
struct Model {
    tasks: Vec<(TaskId, Known)>,
    keys: BTreeMap<u8, TaskId>,
    outbox: Vec<TaskId>,
    dead: Vec<TaskId>,
}

impl Model {
    fn end(&mut self, index: usize, end: Option<TaskErrorKind>) {
        let (id, task) = &mut self.tasks[index];
        task.end = Some(end);
        task.state = match end {
            None => TaskState::Done,
            Some(TaskErrorKind::Cancelled) => TaskState::Cancelled,
            Some(_) => TaskState::Failed,
        };
        self.outbox.push(*id);
        if matches!(end, Some(TaskErrorKind::Panic | TaskErrorKind::Internal | TaskErrorKind::Crashed)) {
            self.dead.push(*id);
        }
    }

    /// An attempt is over and another may follow; else the task ends as `otherwise`.
    fn again(&mut self, index: usize, otherwise: TaskErrorKind) -> Finished {
        let task = &mut self.tasks[index].1;
        let end = if task.marked {
            TaskErrorKind::Cancelled
        } else if task.attempts.len() < task.attempts_max as usize {
            task.state = TaskState::Queued;
            return Finished::Requeued;
        } else {
            otherwise
        };
        self.end(index, Some(end));
        Finished::Ended
    }
}

fn new(attempts_max: u32, key: Option<u8>) -> NewTask {
    NewTask { idempotency_key: key.map(|k| format!("key {k}")), ..new_task(attempts_max) }
}

fn kind_name(kind: TaskErrorKind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

async fn step(store: &Store, model: &mut Model, op: Op) {
    match op {
        Op::Accept { attempts_max, key } => {
            let (id, fresh) = store.accept(new(attempts_max, key)).await.unwrap();
            match key.and_then(|k| model.keys.get(&k)) {
                Some(first) => assert_eq!((id, fresh), (*first, false)),
                None => {
                    assert!(fresh && model.tasks.last().is_none_or(|(last, _)| *last < id));
                    let known =
                        Known { attempts_max, state: TaskState::Queued, attempts: vec![], marked: false, end: None };
                    model.tasks.push((id, known));
                    model.keys.extend(key.map(|k| (k, id)));
                }
            }
        }
        Op::Claim { task, owner } if !model.tasks.is_empty() => {
            let index = task % model.tasks.len();
            let (id, known) = &mut model.tasks[index];
            let got = store.claim(*id, OWNERS[owner], at(1)).await.unwrap();
            let may = known.state == TaskState::Queued && known.attempts.len() < known.attempts_max as usize;
            assert_eq!(got.is_some(), may);
            if let Some(claim) = got {
                known.state = TaskState::Running;
                known.attempts.push((OWNERS[owner], "running".to_owned()));
                assert_eq!((claim.id, claim.attempt as usize), (*id, known.attempts.len()));
            }
        }
        Op::Finish { task, behind, how } if !model.tasks.is_empty() => {
            let index = task % model.tasks.len();
            let (id, known) = &mut model.tasks[index];
            let number = (known.attempts.len() as u32).saturating_sub(behind);
            let (end, outcome) = match how {
                How::Done => (done("end", vec![]), "ok".to_owned()),
                How::Fail(kind) => (AttemptEnd::Failed(error(kind)), kind_name(kind)),
                How::Retry(kind) => (AttemptEnd::Retry(error(kind)), kind_name(kind)),
            };
            let got = store.finish(*id, number, end, at(2)).await.unwrap();
            let want = if known.state != TaskState::Running || number as usize != known.attempts.len() {
                Finished::Fenced
            } else {
                known.attempts.last_mut().unwrap().1 = outcome;
                let marked = known.marked;
                match how {
                    How::Done if marked => {
                        model.tasks[index].1.attempts.last_mut().unwrap().1 = kind_name(TaskErrorKind::Cancelled);
                        model.end(index, Some(TaskErrorKind::Cancelled));
                        Finished::Ended
                    }
                    How::Done => {
                        model.end(index, None);
                        Finished::Ended
                    }
                    How::Fail(kind) => {
                        model.end(index, Some(kind));
                        Finished::Ended
                    }
                    How::Retry(kind) => model.again(index, kind),
                }
            };
            assert_eq!(got, want);
        }
        Op::Cancel { task } if !model.tasks.is_empty() => {
            let index = task % model.tasks.len();
            let (id, known) = &mut model.tasks[index];
            let got = store.cancel(*id, "stop", at(3)).await.unwrap();
            assert_eq!(got, matches!(known.state, TaskState::Queued | TaskState::Running));
            match known.state {
                TaskState::Queued => model.end(index, Some(TaskErrorKind::Cancelled)),
                TaskState::Running => known.marked = true,
                _ => {}
            }
        }
        Op::Recover { owner } => {
            let got = store.recover(OWNERS[owner], at(4)).await.unwrap();
            let lost = (OWNERS[owner], "running".to_owned());
            let mut want = vec![];
            for index in 0..model.tasks.len() {
                let (id, known) = &mut model.tasks[index];
                if known.attempts.last() == Some(&lost) {
                    want.push(*id);
                    known.attempts.last_mut().unwrap().1 = "crashed".to_owned();
                    model.again(index, TaskErrorKind::Crashed);
                }
            }
            assert_eq!(got, want);
        }
        Op::Deliver { nth } if !model.outbox.is_empty() => {
            let nth = nth % model.outbox.len();
            let answer = store.outbox("console", u32::MAX).await.unwrap()[nth].id;
            store.delivered(answer, at(5)).await.unwrap();
            model.outbox.remove(nth);
        }
        // Nothing to pick from; the process is replaced by the caller.
        _ => {}
    }
}

/// Everything stored is what the model says.
async fn compare(store: &Store, model: &Model) {
    let mut stored = store.tasks(None, u32::MAX).await.unwrap();
    stored.reverse();
    assert_eq!(stored.len(), model.tasks.len());
    for (task, (id, known)) in stored.iter().zip(&model.tasks) {
        assert_eq!((task.id, task.state), (*id, known.state));
        let attempts: Vec<_> = task.attempts.iter().map(|a| (a.owner.as_str(), a.outcome.clone())).collect();
        assert_eq!(attempts, known.attempts);
        assert!(
            task.attempts
                .iter()
                .zip(1..)
                .all(|(a, n)| a.number == n && (a.ended.is_none() == (a.outcome == "running")))
        );
        assert_eq!(task.end.as_ref().map(|e| e.as_ref().err().map(|e| e.kind)), known.end);
    }
    let waiting: Vec<TaskId> =
        model.tasks.iter().filter(|(_, k)| k.state == TaskState::Queued).map(|(id, _)| *id).collect();
    assert_eq!(store.queued(u32::MAX).await.unwrap(), waiting);
    let answers: Vec<TaskId> = store.outbox("console", u32::MAX).await.unwrap().iter().map(|a| a.task).collect();
    assert_eq!(answers, model.outbox);
    let mut dead: Vec<TaskId> = store.dead_letters(u32::MAX).await.unwrap().iter().map(|d| d.task).collect();
    dead.reverse();
    assert_eq!(dead, model.dead);
    let mut owners: Vec<&str> =
        model.tasks.iter().flat_map(|(_, k)| &k.attempts).filter(|a| a.1 == "running").map(|a| a.0).collect();
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(store.owners().await.unwrap(), owners);
}

async fn play(db: &Db, ops: Vec<Op>) {
    let mut store = db.open().await;
    let mut model = Model::default();
    for op in ops {
        if matches!(op, Op::Reopen) {
            store = db.open().await;
        }
        step(&store, &mut model, op).await;
    }
    compare(&store, &model).await;
}

fn cases(count: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn any_interleaving_agrees_with_the_model_on_sqlite() {
    let runtime = runtime();
    cases(64)
        .run(&ops(), |ops| {
            runtime.block_on(on_sqlite(async |db: std::sync::Arc<Db>| play(&db, ops).await));
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_interleaving_agrees_with_the_model_on_postgres() {
    let name = "any_interleaving_agrees_with_the_model_on_postgres";
    if std::env::var(POSTGRES_URL).is_err() {
        eprintln!("skipped: {POSTGRES_URL} is not set ({name})");
        return;
    }
    let runtime = runtime();
    cases(12)
        .run(&ops(), |ops| {
            runtime.block_on(on_postgres(name, |db: std::sync::Arc<Db>| async move { play(&db, ops).await }));
            Ok(())
        })
        .unwrap();
}
