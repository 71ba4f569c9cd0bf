//! Killed at any instant: nothing accepted is lost, nothing is traded twice, the books balance.

mod support;

use betty_bus::journal::TaskState;
use betty_bus::{AccountName, Journal};
use betty_storage::{Store, StoreConfig};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::{Ended, Home, RUN_MAX, Running};

/// Kills in one test: enough to hit every phase of a run that takes about a second.
const KILLS: u64 = 12;
/// Attempts a task may take in all.
const ATTEMPTS_MAX: usize = 3;
/// Tasks read back; more than a test makes.
const TASKS_MAX: u32 = 500;

/// Reproducible dice: splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn kill_after(running: Running, ms: u64) -> bool {
    std::thread::sleep(Duration::from_millis(ms));
    running.kill()
}

/// A Betty who is left alone takes up everything that waits; then she is asked to leave.
fn settle(home: &Home) -> Ended {
    let mut betty = home.spawn::<&str>(&[]);
    betty.say(&["!paper_trade portfolio"]);
    betty.until("Portfolio: ");
    let began = Instant::now();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreConfig::file(home.data().join("betty.db"))).await.unwrap();
        while store.tasks(None, TASKS_MAX).await.unwrap().iter().any(|t| t.end.is_none())
            || !store.outbox("console", 50).await.unwrap().is_empty()
        {
            assert!(began.elapsed() < RUN_MAX, "what was accepted does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        store.close().await.unwrap();
    });
    betty.say(&["!quit"]);
    let ended = betty.end();
    ended.expect(0);
    ended
}

/// What must be true of a data directory whenever nobody works in it and the last run came to its end.
#[track_caller]
fn check(home: &Home) -> (usize, u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreConfig::file(home.data().join("betty.db"))).await.unwrap();
        let tasks = store.tasks(None, TASKS_MAX).await.unwrap();
        assert!(tasks.len() < TASKS_MAX as usize);
        for task in &tasks {
            let ended = matches!(task.state, TaskState::Done | TaskState::Failed | TaskState::Cancelled);
            assert!(ended && task.end.is_some(), "task {} ({}) has not ended", task.id, task.new.origin.line);
            assert!(task.attempts.len() <= ATTEMPTS_MAX, "task {} took {} attempts", task.id, task.attempts.len());
            let numbers: Vec<usize> = task.attempts.iter().map(|a| a.number as usize).collect();
            assert_eq!(numbers, (1..=task.attempts.len()).collect::<Vec<_>>(), "attempts of task {}", task.id);
            // At most one attempt wrote the end; every other one died with its process.
            let wrote = task.attempts.iter().filter(|a| a.outcome != "crashed").count();
            assert!(wrote <= 1, "task {}: {:?}", task.id, task.attempts);
            assert!(task.attempts.iter().all(|a| a.ended.is_some()), "task {}: {:?}", task.id, task.attempts);
        }
        for door in ["console", "cli"] {
            assert_eq!(store.outbox(door, 50).await.unwrap(), [], "every answer was delivered");
        }
        assert!(store.owners().await.unwrap().is_empty());
        let account = AccountName::new("simulated-7").unwrap();
        let ledger = store.verify_ledger(&account).await.unwrap();
        assert_eq!(ledger.sum, 0);
        // Never two positions, nor two ends of one, for one task: a task that opened names itself in the entry.
        let mut events: BTreeMap<String, u32> = BTreeMap::new();
        for row in betty_bus::Desk::ledger(&store, &account).await.unwrap() {
            let cause = match row.kind.as_str() {
                "hedge_opened" => row.event["entry_reason"].as_str().map(str::to_owned),
                "hedge_closed" => row.position.map(|p| format!("the end of position {p}")),
                _ => None,
            };
            if let Some(cause) = cause {
                *events.entry(cause).or_default() += 1;
            }
        }
        assert!(events.values().all(|n| *n == 1), "{events:?}");
        assert!(store.health().await.unwrap().problems.is_empty());
        store.close().await.unwrap();
        let crashed = tasks.iter().flat_map(|t| &t.attempts).filter(|a| a.outcome == "crashed").count();
        eprintln!("{} tasks, {crashed} attempts crashed, {} ledger entries", tasks.len(), ledger.entries);
        assert!(crashed > 0, "no kill met a running attempt");
        (tasks.len(), ledger.entries)
    })
}

#[test]
fn a_scan_killed_at_any_instant_is_taken_up_and_answered() {
    let home = Home::new();
    let mut dice = Dice(1);
    // How long an undisturbed run takes here, so that kills fall into all of it.
    let whole = home.run(&["scan"]).expect(0).took.as_millis() as u64;
    let mut killed = 0;
    for _ in 0..KILLS {
        let running = home.spawn(&["scan"]);
        killed += u64::from(kill_after(running, dice.below(whole + whole / 4)));
    }
    assert!(killed >= KILLS / 2, "only {killed} of {KILLS} runs were killed");
    settle(&home);
    // Answers of one-shot commands wait for the next one.
    home.run(&["scan"]).expect(0);
    let (tasks, _) = check(&home);
    assert!(tasks >= 2, "{tasks}");
}

#[test]
fn a_trade_killed_at_any_instant_is_made_once_or_not_at_all() {
    let home = Home::new();
    let mut dice = Dice(2);
    let lines = ["!paper_trade open 1 $20", "!paper_trade close 1", "!paper_trade open 2 $20", "!paper_trade close 2"];
    let whole = home.console::<&str>(&[], &lines[..1]).expect(0).took.as_millis() as u64;
    let mut killed = 0;
    for _ in 0..KILLS {
        let mut running = home.spawn::<&str>(&[]);
        running.say(&lines);
        killed += u64::from(kill_after(running, whole / 4 + dice.below(whole)));
    }
    assert!(killed >= KILLS / 2, "only {killed} of {KILLS} runs were killed");
    settle(&home).says(&["Portfolio: "]);
    let (tasks, entries) = check(&home);
    assert!(tasks >= 2 && entries >= 2, "{tasks} tasks, {entries} entries");
    // And it is whole: what is said of the account agrees with the ledger.
    let (code, ledger) = home.json(&["ask", "!paper_trade ledger"]);
    assert_eq!((code, &ledger["balanced"], ledger["entries"].as_u64()), (0, &true.into(), Some(entries)));
}
