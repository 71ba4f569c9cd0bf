//! `bus/SEMANTICS.md`, heading by heading, on SQLite always and on PostgreSQL when `BETTY_TEST_POSTGRES_URL` is set.

mod support;

use betty_bus::effect::ScanRow;
use betty_bus::journal::{AttemptEnd, Claim, Finished, TaskState};
use betty_bus::{Desk, Effect, HedgeId, Journal, JournalError, TaskErrorKind, TaskId};
use betty_storage::Store;
use std::collections::BTreeMap;
use std::sync::Arc;
use support::*;

/// Makes one test per database from each check, and the list of headings they stand for.
macro_rules! conformance {
    ($($heading:literal => $($check:ident),+;)+) => {
        mod sqlite {
            $($(
                #[doc = $heading]
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() { super::on_sqlite(super::$check).await; }
            )+)+
        }
        mod postgres {
            $($(
                #[doc = $heading]
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() { super::on_postgres(stringify!($check), super::$check).await; }
            )+)+
        }
        const HEADINGS: &[&str] = &[$($heading),+];
    };
}

conformance! {
    "Accept means committed" => accepted_tasks_are_read_back_by_another_opening;
    "An idempotency key is accepted once" => the_same_key_makes_one_task, keys_race_to_one_task;
    "Attempts run at least once, the end happens once" => one_of_many_claims_wins, the_end_is_written_once;
    "The attempt cap belongs to the task" => retries_stop_at_the_cap, crashes_and_retries_share_the_cap;
    "A late attempt is fenced" => only_the_current_attempt_ends_the_task;
    "Effects are atomic with the end" => a_refused_effect_writes_nothing, effects_are_there_with_the_end,
        a_follow_up_is_accepted_with_the_end;
    "The ledger is gapless and balanced" => appends_are_numbered_and_come_back_exactly, a_stale_append_conflicts,
        unbalanced_postings_are_refused, racing_appends_leave_no_gap;
    "A dead process is recovered once" => recovery_closes_only_its_owner_and_only_once;
    "A cancelled task does not run again" => queued_ends_running_is_marked, a_cancel_survives_a_crash;
    "Answers are delivered at least once" => answers_stay_until_delivered;
    "Order is per task" => lists_are_ordered, attempts_never_overlap;
    "Everything is bounded" => lists_keep_their_limit, too_large_is_refused;
    "Defects become dead letters" => only_defects_leave_a_letter;
}

/// Every heading has a check and every check a heading; the last one lists what there is no check for.
#[test]
fn headings_are_those_of_the_page() {
    let page = include_str!("../../bus/SEMANTICS.md");
    let promised: Vec<&str> =
        page.lines().filter_map(|l| l.strip_prefix("## ")).filter(|h| *h != "What is not guaranteed").collect();
    assert_eq!(promised, HEADINGS);
}

async fn accepted_tasks_are_read_back_by_another_opening(db: Arc<Db>) {
    let store = db.open().await;
    let parent = accept(&store, new_task(1)).await;
    let mut new = new_task(u32::MAX);
    new.task = paper_task();
    new.parent = Some(parent);
    new.idempotency_key = Some("message 7".to_owned());
    new.deadline_ms = i64::MAX as u64;
    let id = accept(&store, new.clone()).await;
    // Not closed: a killed process does not close either.
    let other = db.open().await;
    let got = row(&other, id).await;
    assert_eq!((got.new, got.state, got.attempts, got.end), (new.clone(), TaskState::Queued, vec![], None));

    for bad in [
        NewTaskChange::NoAttempts.apply(new.clone()),
        NewTaskChange::UnknownParent.apply(new.clone()),
        NewTaskChange::EndlessDeadline.apply(new),
    ] {
        assert!(matches!(store.accept(bad).await, Err(JournalError::Invariant(_))));
    }
    assert_eq!(other.tasks(None, 10).await.unwrap().len(), 2, "a refused task leaves nothing");
}

/// The ways in which a task can be impossible.
enum NewTaskChange {
    NoAttempts,
    UnknownParent,
    EndlessDeadline,
}

impl NewTaskChange {
    fn apply(self, mut new: betty_bus::journal::NewTask) -> betty_bus::journal::NewTask {
        new.idempotency_key = None;
        match self {
            Self::NoAttempts => new.attempts_max = 0,
            Self::UnknownParent => new.parent = TaskId::new(999),
            Self::EndlessDeadline => new.deadline_ms = u64::MAX,
        }
        new
    }
}

async fn the_same_key_makes_one_task(db: Arc<Db>) {
    let (a, b) = (db.open().await, db.open().await);
    let mut new = new_task(1);
    new.idempotency_key = Some("slot 06:00".to_owned());
    let id = accept(&a, new.clone()).await;
    new.task = paper_task();
    assert_eq!(b.accept(new.clone()).await.unwrap(), (id, false));
    assert_eq!(row(&a, id).await.new.task, new_task(1).task, "the first one stays");
    new.idempotency_key = None;
    assert_ne!(accept(&b, new.clone()).await, accept(&a, new).await);
}

async fn keys_race_to_one_task(db: Arc<Db>) {
    let stores = [db.open().await, db.open().await];
    let mut racers = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = stores[n % 2].clone();
        let mut new = new_task(1);
        new.idempotency_key = Some("slot 12:00".to_owned());
        racers.spawn(async move { store.accept(new).await.unwrap() });
    }
    let all = racers.join_all().await;
    assert_eq!(all.iter().filter(|(_, fresh)| *fresh).count(), 1);
    assert!(all.iter().all(|(id, _)| *id == all[0].0));
}

async fn one_of_many_claims_wins(db: Arc<Db>) {
    let stores = [db.open().await, db.open().await];
    for _ in 0..5 {
        let id = accept(&stores[0], new_task(3)).await;
        let mut racers = tokio::task::JoinSet::new();
        for n in 0..8 {
            let store = stores[n % 2].clone();
            racers.spawn(async move { store.claim(id, &format!("p{n}"), at(1)).await.unwrap() });
        }
        let won: Vec<Claim> = racers.join_all().await.into_iter().flatten().collect();
        assert_eq!(won, [Claim { id, attempt: 1, new: new_task(3) }]);
        assert_eq!(row(&stores[1], id).await.attempts.len(), 1);
    }
    assert_eq!(stores[0].claim(TaskId::new(999).unwrap(), "p", at(1)).await.unwrap(), None);
}

async fn the_end_is_written_once(db: Arc<Db>) {
    let store = db.open().await;
    let id = running(&store, 3).await;
    assert_eq!(store.finish(id, 1, done("first", vec![]), at(2)).await.unwrap(), Finished::Ended);
    let ended = row(&store, id).await;
    assert_eq!((ended.state, &ended.end), (TaskState::Done, &Some(Ok(report("first")))));
    assert_eq!(ended.attempts[0].ended, Some(at(2)));
    assert_eq!(outcomes(&ended), ["ok"]);
    for end in [
        done("second", vec![]),
        AttemptEnd::Failed(error(TaskErrorKind::Panic)),
        AttemptEnd::Retry(error(TaskErrorKind::Unavailable)),
    ] {
        assert_eq!(store.finish(id, 1, end, at(3)).await.unwrap(), Finished::Fenced);
    }
    assert!(!store.cancel(id, "late", at(4)).await.unwrap());
    assert_eq!(store.claim(id, "p2", at(5)).await.unwrap(), None);
    assert_eq!(row(&store, id).await, ended);
    assert_eq!(store.outbox("console", 9).await.unwrap().len(), 1);
}

async fn retries_stop_at_the_cap(db: Arc<Db>) {
    let store = db.open().await;
    let id = accept(&store, new_task(2)).await;
    for (attempt, want) in [(1, Finished::Requeued), (2, Finished::Ended)] {
        assert_eq!(store.claim(id, "p1", at(1)).await.unwrap().unwrap().attempt, attempt);
        let end = AttemptEnd::Retry(error(TaskErrorKind::Unavailable));
        assert_eq!(store.finish(id, attempt, end, at(2)).await.unwrap(), want);
    }
    assert_eq!(store.claim(id, "p1", at(3)).await.unwrap(), None);
    let ended = row(&store, id).await;
    assert_eq!((ended.state, &ended.end), (TaskState::Failed, &Some(Err(error(TaskErrorKind::Unavailable)))));
    assert_eq!(outcomes(&ended), ["unavailable", "unavailable"]);
    assert!(store.dead_letters(9).await.unwrap().is_empty(), "a failure outside is not a defect");
}

async fn crashes_and_retries_share_the_cap(db: Arc<Db>) {
    let mut store = db.open().await;
    let id = accept(&store, new_task(3)).await;
    for attempt in 1..=3 {
        let owner = format!("boot {attempt}");
        assert_eq!(store.claim(id, &owner, at(1)).await.unwrap().unwrap().attempt, attempt);
        if attempt == 2 {
            let end = AttemptEnd::Retry(error(TaskErrorKind::Conflict));
            assert_eq!(store.finish(id, 2, end, at(2)).await.unwrap(), Finished::Requeued);
        } else {
            // The process is gone; the next one finds the attempt.
            store = db.open().await;
            assert_eq!(store.recover(&owner, at(3)).await.unwrap(), [id]);
        }
    }
    assert_eq!(store.claim(id, "boot 4", at(4)).await.unwrap(), None);
    let ended = row(&store, id).await;
    assert_eq!(outcomes(&ended), ["crashed", "conflict", "crashed"]);
    let told = ended.end.unwrap().unwrap_err();
    assert_eq!((ended.state, told.kind), (TaskState::Failed, TaskErrorKind::Crashed));
    let letters = store.dead_letters(9).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].task, &letters[0].error, letters[0].at), (id, &told, at(3)));
    assert_eq!(letters[0].work, new_task(3).task);
    assert_eq!(store.outbox("console", 9).await.unwrap()[0].end, Err(told));
}

async fn only_the_current_attempt_ends_the_task(db: Arc<Db>) {
    let store = db.open().await;
    let id = running(&store, 5).await;
    let fenced = async |attempt, why: &str| {
        let before = row(&store, id).await;
        let end = done("late", vec![Effect::Setting { key: "late".to_owned(), value: why.to_owned() }]);
        assert_eq!(store.finish(id, attempt, end, at(2)).await.unwrap(), Finished::Fenced, "{why}");
        assert_eq!(row(&store, id).await, before, "{why}");
    };
    fenced(0, "no such attempt").await;
    fenced(2, "not begun").await;
    fenced(u32::MAX, "not begun").await;
    store.recover("p1", at(2)).await.unwrap();
    fenced(1, "recovered, nobody runs it").await;
    store.claim(id, "p2", at(3)).await.unwrap().unwrap();
    fenced(1, "recovered, another runs").await;
    assert_eq!(store.finish(id, 2, done("current", vec![]), at(4)).await.unwrap(), Finished::Ended);
    fenced(2, "ended").await;
    assert_eq!(store.setting("late").await.unwrap(), None);
    let unknown = TaskId::new(999).unwrap();
    assert_eq!(store.finish(unknown, 1, done("", vec![]), at(5)).await.unwrap(), Finished::Fenced);
}

/// Effects of every kind that are fine by themselves.
async fn good_effects(store: &Store) -> (HedgeId, Vec<Effect>) {
    let id = store.hedge_ids(&account(), &["k1".to_owned()]).await.unwrap()[0];
    let scan = ScanRow {
        source: account(),
        at: at(1),
        markets: 50,
        candidates: 7,
        refused: BTreeMap::from([("no \"book\"".to_owned(), 6)]),
        hedges: 1,
    };
    let effects = vec![
        Effect::Scan(scan),
        Effect::Hedges { source: account(), hedges: vec![(id, hedge("k1", 40, at(1)))] },
        Effect::SaveStrategy { name: "mine".to_owned(), version: 1, toml: "a = 1".to_owned() },
        Effect::Setting { key: "auto".to_owned(), value: "on".to_owned() },
        ledger(0, vec![entry(5, 0)]),
    ];
    (id, effects)
}

async fn a_refused_effect_writes_nothing(db: Arc<Db>) {
    let store = db.open().await;
    let (hedge_id, good) = good_effects(&store).await;
    let stranger = HedgeId::new(999).unwrap();
    let hedges = |list| Effect::Hedges { source: account(), hedges: list };
    let conflicts = [
        ledger(7, vec![entry(1, 0)]),
        Effect::SaveStrategy { name: "mine".to_owned(), version: 3, toml: String::new() },
        Effect::DeleteStrategy { name: "unknown".to_owned() },
    ];
    let defects = [
        ledger(1, vec![entry(1, 0), entry(1, 1)]),
        hedges(vec![(stranger, hedge("k9", 1, at(1)))]),
        hedges(vec![(hedge_id, hedge("another key", 1, at(1)))]),
        Effect::Hedges {
            source: betty_bus::AccountName::new("simulated-7").unwrap(),
            hedges: vec![(hedge_id, hedge("k1", 1, at(1)))],
        },
        hedges(vec![(hedge_id, hedge("k1", 1, at(1))), (hedge_id, hedge("k1", 2, at(1)))]),
    ];
    let id = running(&store, 2).await;
    let before = row(&store, id).await;
    for (bad, conflict) in conflicts.map(|e| (e, true)).into_iter().chain(defects.map(|e| (e, false))) {
        let mut effects = good.clone();
        effects.push(bad.clone());
        let refused = store.finish(id, 1, done("never", effects), at(2)).await.unwrap_err();
        match refused {
            JournalError::Conflict => assert!(conflict, "{bad:?}"),
            JournalError::Invariant(_) => assert!(!conflict, "{bad:?}"),
            other => panic!("{other:?} for {bad:?}"),
        }
        assert_eq!(row(&store, id).await, before, "{bad:?}");
        assert_eq!(store.last_scan(&account()).await.unwrap(), None, "{bad:?}");
        assert_eq!(store.hedge(hedge_id).await.unwrap(), None, "{bad:?}");
        assert!(store.strategies().await.unwrap().is_empty(), "{bad:?}");
        assert_eq!(store.setting("auto").await.unwrap(), None, "{bad:?}");
        assert!(store.ledger(&account()).await.unwrap().is_empty(), "{bad:?}");
        assert!(store.outbox("console", 9).await.unwrap().is_empty(), "{bad:?}");
    }
    // The attempt still runs, so its driver can say how it ends.
    let end = AttemptEnd::Retry(error(TaskErrorKind::Conflict));
    assert_eq!(store.finish(id, 1, end, at(3)).await.unwrap(), Finished::Requeued);
}

async fn a_follow_up_is_accepted_with_the_end(db: Arc<Db>) {
    let store = db.open().await;
    let next = |of: TaskId| {
        let mut new = new_task(2);
        (new.parent, new.idempotency_key) = (Some(of), Some(format!("after-{of}")));
        new
    };
    let follow = |of: TaskId| Effect::FollowUp(Box::new(next(of)));
    // Refused with the rest of it.
    let id = running(&store, 2).await;
    let refused = store.finish(id, 1, done("never", vec![follow(id), ledger(7, vec![entry(1, 0)])]), at(2)).await;
    assert_eq!(refused, Err(JournalError::Conflict));
    assert!(store.queued(9).await.unwrap().is_empty());
    // There with the end, once, under the number its key names.
    store.finish(id, 1, done("ended", vec![follow(id), follow(id)]), at(2)).await.unwrap();
    let queued = store.queued(9).await.unwrap();
    assert_eq!(queued.len(), 1);
    assert_eq!(row(&store, queued[0]).await.new, next(id));
    assert_eq!(store.accept(next(id)).await.unwrap(), (queued[0], false));
    // A cancelled end leads to nothing.
    let cancelled = running(&store, 1).await;
    store.cancel(cancelled, "enough", at(2)).await.unwrap();
    store.finish(cancelled, 1, done("late", vec![follow(cancelled)]), at(3)).await.unwrap();
    assert_eq!(store.queued(9).await.unwrap(), queued);
    // A parent that does not exist is a defect, whoever names it.
    let id = running(&store, 1).await;
    let lost = follow(TaskId::new(9_999).unwrap());
    let refused = store.finish(id, 1, done("never", vec![lost]), at(4)).await;
    assert!(matches!(refused, Err(JournalError::Invariant(_))), "{refused:?}");
}

async fn effects_are_there_with_the_end(db: Arc<Db>) {
    let store = db.open().await;
    let (hedge_id, good) = good_effects(&store).await;
    let Effect::Scan(scan) = good[0].clone() else { unreachable!("the first effect is a scan") };
    let id = running(&store, 1).await;
    assert_eq!(store.finish(id, 1, done("all", good), at(2)).await.unwrap(), Finished::Ended);
    let other = db.open().await;
    assert_eq!(other.last_scan(&account()).await.unwrap(), Some(scan));
    assert_eq!(other.hedge(hedge_id).await.unwrap().unwrap().hedge, hedge("k1", 40, at(1)));
    assert_eq!(other.strategies().await.unwrap()[0].toml, "a = 1");
    assert_eq!(other.setting("auto").await.unwrap().as_deref(), Some("on"));
    assert_eq!(other.ledger(&account()).await.unwrap(), [entry(5, 0)]);
    assert_eq!(other.outbox("console", 9).await.unwrap()[0].end, Ok(report("all")));
}

async fn finish_with(store: &Store, effect: Effect) -> Result<Finished, JournalError> {
    let id = running(store, 1).await;
    store.finish(id, 1, done("", vec![effect]), at(2)).await
}

async fn appends_are_numbered_and_come_back_exactly(db: Arc<Db>) {
    let store = db.open().await;
    let mut bare = entry(0, 0);
    (bare.postings, bare.position) = (Vec::new(), None);
    let first = vec![entry(i64::MAX, 0), bare, entry(i64::MIN + 1, 0)];
    finish_with(&store, ledger(0, first.clone())).await.unwrap();
    finish_with(&store, ledger(3, vec![])).await.unwrap();
    finish_with(&store, ledger(3, vec![entry(123_456_789, 0)])).await.unwrap();
    let mut want = first;
    want.push(entry(123_456_789, 0));
    assert_eq!(store.ledger(&account()).await.unwrap(), want);
    let check = store.verify_ledger(&account()).await.unwrap();
    assert_eq!((check.entries, check.sum), (4, 0));
    let other = betty_bus::AccountName::new("simulated-7").unwrap();
    assert_eq!(store.verify_ledger(&other).await.unwrap().entries, 0);
}

async fn a_stale_append_conflicts(db: Arc<Db>) {
    let store = db.open().await;
    finish_with(&store, ledger(0, vec![entry(1, 0), entry(2, 0)])).await.unwrap();
    for stale in [0, 1, 3, u64::from(u32::MAX)] {
        let got = finish_with(&store, ledger(stale, vec![entry(3, 0)])).await;
        assert_eq!(got, Err(JournalError::Conflict), "{stale}");
    }
    assert_eq!(store.ledger(&account()).await.unwrap().len(), 2);
}

async fn unbalanced_postings_are_refused(db: Arc<Db>) {
    let store = db.open().await;
    for skew in [1, -1] {
        let got = finish_with(&store, ledger(0, vec![entry(10, 0), entry(10, skew)])).await;
        assert!(matches!(got, Err(JournalError::Invariant(_))), "{got:?}");
    }
    // A sum that would wrap around to zero in 64 bits is not zero.
    let mut wrapping = entry(0, 0);
    for posting in &mut wrapping.postings {
        posting.amount = betty_market::Usdc::from_micros(i64::MIN);
    }
    assert!(matches!(finish_with(&store, ledger(0, vec![wrapping])).await, Err(JournalError::Invariant(_))));
    assert!(store.ledger(&account()).await.unwrap().is_empty());
}

async fn racing_appends_leave_no_gap(db: Arc<Db>) {
    let stores = [db.open().await, db.open().await];
    let mut racers = tokio::task::JoinSet::new();
    for n in 0..8_i64 {
        let store = stores[n as usize % 2].clone();
        racers.spawn(async move {
            let id = running(&store, 1).await;
            loop {
                let seq = store.ledger(&account()).await.unwrap().len() as u64;
                match store.finish(id, 1, done("", vec![ledger(seq, vec![entry(n, 0)])]), at(2)).await {
                    Ok(finished) => break assert_eq!(finished, Finished::Ended),
                    Err(e) => assert_eq!(e, JournalError::Conflict),
                }
            }
        });
    }
    racers.join_all().await;
    assert_eq!(stores[0].verify_ledger(&account()).await.unwrap().entries, 8);
    let mut events: Vec<i64> =
        stores[1].ledger(&account()).await.unwrap().iter().map(|r| r.event["deposit"].as_i64().unwrap()).collect();
    events.sort_unstable();
    assert_eq!(events, [0, 1, 2, 3, 4, 5, 6, 7], "nobody's entry was lost or doubled");
}

async fn recovery_closes_only_its_owner_and_only_once(db: Arc<Db>) {
    let store = db.open().await;
    let left = running(&store, 2).await;
    let capped = running(&store, 1).await;
    let alive = accept(&store, new_task(2)).await;
    store.claim(alive, "p2", at(1)).await.unwrap().unwrap();
    assert_eq!(store.owners().await.unwrap(), ["p1", "p2"]);
    assert_eq!(store.recover("p1", at(5)).await.unwrap(), [left, capped]);
    assert_eq!(store.owners().await.unwrap(), ["p2"]);
    let after = store.tasks(None, 9).await.unwrap();
    assert_eq!(row(&store, left).await.state, TaskState::Queued);
    assert_eq!(row(&store, left).await.attempts[0].ended, Some(at(5)));
    assert_eq!(row(&store, capped).await.state, TaskState::Failed);
    assert_eq!(row(&store, alive).await.state, TaskState::Running);
    for owner in ["p1", "nobody", ""] {
        assert!(store.recover(owner, at(6)).await.unwrap().is_empty());
    }
    assert_eq!(store.tasks(None, 9).await.unwrap(), after);
    assert_eq!(store.dead_letters(9).await.unwrap().len(), 1);
    assert_eq!(store.outbox("console", 9).await.unwrap().len(), 1);
}

async fn queued_ends_running_is_marked(db: Arc<Db>) {
    let store = db.open().await;
    let waiting = accept(&store, new_task(2)).await;
    assert!(store.cancel(waiting, "stop", at(3)).await.unwrap());
    let ended = row(&store, waiting).await;
    assert_eq!((ended.state, ended.attempts.len()), (TaskState::Cancelled, 0));
    let told = ended.end.unwrap().unwrap_err();
    assert_eq!((told.kind, told.message.as_str()), (TaskErrorKind::Cancelled, "stop"));
    assert_eq!(store.outbox("console", 9).await.unwrap()[0].end, Err(told));
    assert!(!store.cancel(waiting, "again", at(4)).await.unwrap());
    assert!(!store.cancel(TaskId::new(999).unwrap(), "unknown", at(4)).await.unwrap());
    assert_eq!(store.claim(waiting, "p1", at(5)).await.unwrap(), None);

    let retried = running(&store, 9).await;
    let late = running(&store, 9).await;
    for id in [retried, late] {
        assert!(store.cancel(id, "stop", at(3)).await.unwrap());
        assert!(store.cancel(id, "another reason", at(3)).await.unwrap(), "it has not ended yet");
        assert_eq!(row(&store, id).await.state, TaskState::Running);
    }
    let end = AttemptEnd::Retry(error(TaskErrorKind::Unavailable));
    assert_eq!(store.finish(retried, 1, end, at(4)).await.unwrap(), Finished::Ended);
    let ended = row(&store, retried).await;
    assert_eq!((ended.state, ended.end.unwrap().unwrap_err().message.as_str()), (TaskState::Cancelled, "stop"));
    // A result that comes after the cancel is not used, and nothing of it is written.
    let write = Effect::Setting { key: "late".to_owned(), value: "written".to_owned() };
    assert_eq!(store.finish(late, 1, done("too late", vec![write]), at(4)).await.unwrap(), Finished::Ended);
    let ended = row(&store, late).await;
    assert_eq!((ended.state, ended.end.unwrap().unwrap_err().message.as_str()), (TaskState::Cancelled, "stop"));
    assert_eq!(store.setting("late").await.unwrap(), None);

    let obeyed = running(&store, 9).await;
    store.cancel(obeyed, "stop", at(3)).await.unwrap();
    let end = AttemptEnd::Failed(error(TaskErrorKind::Cancelled));
    assert_eq!(store.finish(obeyed, 1, end, at(4)).await.unwrap(), Finished::Ended);
    assert_eq!(row(&store, obeyed).await.state, TaskState::Cancelled);
    assert!(store.dead_letters(9).await.unwrap().is_empty());
}

async fn a_cancel_survives_a_crash(db: Arc<Db>) {
    let store = db.open().await;
    let id = running(&store, 9).await;
    store.cancel(id, "stop", at(2)).await.unwrap();
    let other = db.open().await;
    assert_eq!(other.recover("p1", at(3)).await.unwrap(), [id]);
    let ended = row(&other, id).await;
    assert_eq!((ended.state, outcomes(&ended)), (TaskState::Cancelled, vec!["crashed"]));
    assert!(other.dead_letters(9).await.unwrap().is_empty());
}

async fn answers_stay_until_delivered(db: Arc<Db>) {
    let store = db.open().await;
    let id = running(&store, 1).await;
    assert!(store.outbox("console", 9).await.unwrap().is_empty(), "no answer before the end");
    store.finish(id, 1, done("answer", vec![]), at(2)).await.unwrap();
    let other = db.open().await;
    let waiting = other.outbox("console", 9).await.unwrap();
    assert_eq!(waiting, store.outbox("console", 9).await.unwrap(), "reading does not take it away");
    assert_eq!((waiting.len(), waiting[0].task), (1, id));
    assert_eq!((&waiting[0].origin, &waiting[0].end), (&new_task(1).origin, &Ok(report("answer"))));
    assert!(other.outbox("discord", 9).await.unwrap().is_empty());
    assert_eq!(store.outbox_depth().await.unwrap(), 1);
    for outbox_id in [waiting[0].id, waiting[0].id, 999] {
        other.delivered(outbox_id, at(3)).await.unwrap();
    }
    assert!(store.outbox("console", 9).await.unwrap().is_empty());
    assert_eq!(store.outbox_depth().await.unwrap(), 0);
}

async fn lists_are_ordered(db: Arc<Db>) {
    let store = db.open().await;
    let (a, b, c) =
        (accept(&store, new_task(2)).await, accept(&store, new_task(2)).await, accept(&store, new_task(2)).await);
    assert_eq!(store.queued(9).await.unwrap(), [a, b, c]);
    // Ended in another order than accepted; the one that is retried keeps its place.
    store.claim(a, "p1", at(1)).await.unwrap().unwrap();
    store.finish(a, 1, AttemptEnd::Retry(error(TaskErrorKind::Unavailable)), at(2)).await.unwrap();
    assert_eq!(store.queued(9).await.unwrap(), [a, b, c]);
    for id in [c, a, b] {
        store.cancel(id, "stop", at(3)).await.unwrap();
    }
    assert!(store.queued(9).await.unwrap().is_empty());
    let answers: Vec<TaskId> = store.outbox("console", 9).await.unwrap().iter().map(|r| r.task).collect();
    assert_eq!(answers, [c, a, b]);
    let newest: Vec<TaskId> = store.tasks(None, 9).await.unwrap().iter().map(|r| r.id).collect();
    assert_eq!(newest, [c, b, a]);
}

async fn attempts_never_overlap(db: Arc<Db>) {
    let store = db.open().await;
    let id = accept(&store, new_task(4)).await;
    for attempt in 1..=4 {
        let claim = store.claim(id, "p1", at(10 * attempt)).await.unwrap().unwrap();
        assert_eq!(i64::from(claim.attempt), attempt);
        assert_eq!(store.claim(id, "p2", at(10 * attempt + 1)).await.unwrap(), None, "one runs already");
        let end = AttemptEnd::Retry(error(TaskErrorKind::Unavailable));
        store.finish(id, claim.attempt, end, at(10 * attempt + 5)).await.unwrap();
    }
    let attempts = row(&store, id).await.attempts;
    assert_eq!(attempts.iter().map(|a| a.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(attempts.windows(2).all(|w| w[0].ended.unwrap() < w[1].started));
}

async fn lists_keep_their_limit(db: Arc<Db>) {
    let store = db.open().await;
    for _ in 0..5 {
        let id = running(&store, 1).await;
        store.finish(id, 1, AttemptEnd::Failed(error(TaskErrorKind::Internal)), at(2)).await.unwrap();
    }
    let mut new = new_task(1);
    new.origin.asker = "someone else".to_owned();
    let other = accept(&store, new).await;
    accept(&store, new_task(1)).await;
    for limit in [0_u32, 1, 2] {
        let n = limit as usize;
        assert_eq!(store.queued(limit).await.unwrap().len(), n);
        assert_eq!(store.tasks(None, limit).await.unwrap().len(), n);
        assert_eq!(store.outbox("console", limit).await.unwrap().len(), n);
        assert_eq!(store.dead_letters(limit).await.unwrap().len(), n);
    }
    let theirs = store.tasks(Some("someone else"), u32::MAX).await.unwrap();
    assert_eq!(theirs.iter().map(|t| t.id).collect::<Vec<_>>(), [other]);
}

async fn too_large_is_refused(db: Arc<Db>) {
    let store = db.open().await;
    let id = running(&store, 1).await;
    let huge = "x".repeat(64 * 1024 * 1024);
    assert!(matches!(store.finish(id, 1, done(&huge, vec![]), at(2)).await, Err(JournalError::Invariant(_))));
    assert_eq!(row(&store, id).await.state, TaskState::Running);
    let mut new = new_task(1);
    new.origin.line = huge;
    assert!(matches!(store.accept(new).await, Err(JournalError::Invariant(_))));
}

async fn only_defects_leave_a_letter(db: Arc<Db>) {
    use TaskErrorKind as K;
    let store = db.open().await;
    let kinds = [
        (K::Refused, "refused", false),
        (K::NotConfigured, "not_configured", false),
        (K::Unavailable, "unavailable", false),
        (K::Conflict, "conflict", false),
        (K::Deadline, "deadline", false),
        (K::Cancelled, "cancelled", false),
        (K::Panic, "panic", true),
        (K::Internal, "internal", true),
    ];
    for (kind, name, defect) in kinds {
        // The same at the cap, whether the driver gave up or would have tried again.
        for end in [AttemptEnd::Failed(error(kind)), AttemptEnd::Retry(error(kind))] {
            let id = running(&store, 1).await;
            let before = store.dead_letters(99).await.unwrap().len();
            assert_eq!(store.finish(id, 1, end, at(2)).await.unwrap(), Finished::Ended);
            assert_eq!(outcomes(&row(&store, id).await), [name]);
            let letters = store.dead_letters(99).await.unwrap();
            assert_eq!(letters.len() - before, usize::from(defect), "{kind:?}");
            if defect {
                assert_eq!((letters[0].task, &letters[0].error), (id, &error(kind)), "newest first");
            }
        }
    }
}
