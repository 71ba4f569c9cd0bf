//! Verdicts, relations followed to their end, and the day's budget of model calls, on both databases.

mod support;

use betty_bus::{AccountName, CallRecord, CaseEnded, CaseRow, Desk, Effect, Journal, Purse, Spend, TaskId, VerdictRow};
use betty_hedging::calibration::{Basis, CaseEnd, Class};
use betty_hedging::judge::{Claim, Standing, Verdict, VerdictKey};
use betty_hedging::{Relation, RuleId};
use betty_market::{MarketId, Timestamp, Usdc};
use betty_storage::{ModelPurse, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
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
    the_first_verdict_of_a_key_is_kept,
    a_relation_is_written_down_once_and_ends_once,
    a_day_s_budget_is_never_overdrawn_by_racing_calls,
    what_a_killed_call_had_set_aside_stays_spent_and_a_new_day_begins_full,
);

async fn write(store: &Store, effects: Vec<Effect>) {
    let id = running(store, 1).await;
    store.finish(id, 1, done("", effects), at(2)).await.unwrap();
}

fn live() -> AccountName {
    AccountName::new("live").unwrap()
}

fn id(text: &str) -> MarketId {
    MarketId::new(text).unwrap()
}

fn verdict(key: &str, reason: &str) -> VerdictRow {
    // The hash of a text is made by the crate it belongs to: any will do here.
    let hash = serde_json::from_value(serde_json::json!("00")).unwrap();
    let other = serde_json::from_value(serde_json::json!("11")).unwrap();
    VerdictRow {
        key: serde_json::from_value::<VerdictKey>(serde_json::json!(key)).unwrap(),
        model: "m".to_owned(),
        at: at(1),
        verdict: Verdict {
            markets: [id("1"), id("2")],
            hashes: [hash, other],
            claim: Some(Claim::AImpliesB),
            standing: Standing::Rejected,
            reason: reason.to_owned(),
            world: Some("it rains".to_owned()),
            doubts: Vec::new(),
            conflict: None,
            quotes: vec![(0, "it's \"quoted\"".to_owned())],
            questions: 3,
        },
    }
}

async fn the_first_verdict_of_a_key_is_kept(db: Arc<Db>) {
    let store = db.open().await;
    let many: Vec<VerdictRow> = (0..250).map(|n| verdict(&format!("k{n}"), "first")).collect();
    write(&store, vec![Effect::Verdicts { rows: many.clone() }]).await;
    write(&store, vec![Effect::Verdicts { rows: vec![verdict("k7", "second"), verdict("new", "third")] }]).await;
    let keys: Vec<VerdictKey> = ["k7", "new", "none"].map(|k| verdict(k, "").key).to_vec();
    let mut found = store.verdicts(&keys).await.unwrap();
    found.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(found, [verdict("k7", "first"), verdict("new", "third")]);
    assert!(store.verdicts(&[]).await.unwrap().is_empty());
    let all: Vec<VerdictKey> = many.iter().map(|r| r.key.clone()).collect();
    assert_eq!(db.open().await.verdicts(&all).await.unwrap().len(), 250);
}

async fn a_relation_is_written_down_once_and_ends_once(db: Arc<Db>) {
    let store = db.open().await;
    let class = Class { rule: RuleId::R4, basis: Basis::Presumed };
    let case = |a: &str, cluster: &str, n, due: Option<i64>| {
        let markets = [id(a), id("9")];
        CaseRow::new(live(), class, Relation::Implies, markets, cluster.to_owned(), at(n), due.map(at))
    };
    let rows = vec![case("1", "e1", 1, Some(50)), case("2", "e1", 1, Some(40)), case("3", "e2", 1, None)];
    write(&store, vec![Effect::Cases { rows: rows.clone() }]).await;
    // Found again later: the first writing counts.
    write(&store, vec![Effect::Cases { rows: vec![case("1", "e1", 7, Some(1))] }]).await;
    assert!(store.due_cases(&live(), at(39), 9).await.unwrap().is_empty());
    assert_eq!(store.due_cases(&live(), at(40), 9).await.unwrap(), rows[1..2]);
    let both = [rows[1].clone(), rows[0].clone()];
    assert_eq!(store.due_cases(&live(), at(50), 9).await.unwrap(), both, "the longest due first");
    assert_eq!(store.due_cases(&live(), at(50), 1).await.unwrap(), both[..1]);
    let ends = |n: usize, end, due| Effect::CaseEnds {
        source: live(),
        ends: vec![CaseEnded { key: rows[n].key.clone(), end, due: at(due) }],
    };
    // One is not over yet and is looked at again later; the other has held, and a second end changes nothing.
    write(&store, vec![ends(1, CaseEnd::Open, 90), ends(0, CaseEnd::Held, 0), ends(0, CaseEnd::Failed, 0)]).await;
    assert!(store.due_cases(&live(), at(89), 9).await.unwrap().is_empty());
    assert_eq!(store.due_cases(&live(), at(90), 9).await.unwrap(), rows[1..2]);
    write(&store, vec![ends(1, CaseEnd::Failed, 0)]).await;
    let mut found = store.ended_cases(&live()).await.unwrap();
    found.sort();
    let row = |end| (class, "e1".to_owned(), end);
    assert_eq!(found, [row(CaseEnd::Held), row(CaseEnd::Failed)]);
    let counts = store.case_counts(&live()).await.unwrap();
    let pairs = |end| counts.iter().filter(|c| c.class == class && c.end == end).map(|c| c.pairs).sum::<u64>();
    assert_eq!([CaseEnd::Open, CaseEnd::Held, CaseEnd::Failed, CaseEnd::Void].map(pairs), [1, 1, 1, 0]);
    let other = AccountName::new("simulated-7").unwrap();
    assert!(store.ended_cases(&other).await.unwrap().is_empty());
    assert!(store.due_cases(&other, at(99), 9).await.unwrap().is_empty());
}

const DAY_MS: i64 = 86_400_000;

fn spend(tokens: u64, cents: i64) -> Spend {
    Spend { tokens, usd: Usdc::from_micros(cents * 10_000) }
}

fn record(input: u64, output: u64, cents: i64) -> CallRecord {
    CallRecord {
        task: TaskId::new(1).unwrap(),
        at: at(1),
        prompt: "hedge_propose".to_owned(),
        prompt_hash: "00".to_owned(),
        model: "m".to_owned(),
        input_tokens: input,
        output_tokens: output,
        usd: Usdc::from_micros(cents * 10_000),
        latency_ms: 12,
        outcome: "ok".to_owned(),
    }
}

async fn a_day_s_budget_is_never_overdrawn_by_racing_calls(db: Arc<Db>) {
    let cap = spend(1_000, 100);
    let purse = async || ModelPurse::new(db.open().await, cap, Arc::new(|| Timestamp::from_millis(5 * DAY_MS)));
    let purses = [purse().await, purse().await];
    let mut racers = tokio::task::JoinSet::new();
    for n in 0..40 {
        let purse = purses[n % 2].clone();
        racers.spawn(async move {
            match purse.reserve(spend(90, 3)).await.unwrap() {
                Ok(ticket) => Some(ticket),
                Err(left) => {
                    assert!(left.tokens < 90 || left.usd < spend(0, 3).usd, "{left:?}");
                    None
                }
            }
        });
    }
    let mut tickets = Vec::new();
    while let Some(got) = racers.join_next().await {
        tickets.extend(got.unwrap());
    }
    // 11 × 90 tokens fit into 1,000; the dollars would have allowed 33.
    assert_eq!(tickets.len(), 11);
    assert_eq!(purses[0].left().await.unwrap(), spend(10, 67));
    for ticket in tickets {
        purses[1].settle(ticket, record(30, 10, 1)).await.unwrap();
    }
    assert_eq!(purses[0].left().await.unwrap(), spend(1_000 - 11 * 40, 100 - 11));
    // A call that used more than it set aside is booked in full, and what is left is never below nothing.
    let ticket = purses[0].reserve(spend(1, 1)).await.unwrap().unwrap();
    purses[0].settle(ticket, record(5_000, 0, 500)).await.unwrap();
    assert_eq!(purses[0].left().await.unwrap(), spend(0, 0));
    assert_eq!(purses[0].reserve(spend(1, 0)).await.unwrap(), Err(spend(0, 0)));
}

async fn what_a_killed_call_had_set_aside_stays_spent_and_a_new_day_begins_full(db: Arc<Db>) {
    let clock = Arc::new(AtomicI64::new(9 * DAY_MS - 1));
    let purse = async || {
        let clock = clock.clone();
        let now = Arc::new(move || Timestamp::from_millis(clock.load(Ordering::SeqCst)));
        ModelPurse::new(db.open().await, spend(100, 10), now)
    };
    let first = purse().await;
    let kept = first.reserve(spend(40, 4)).await.unwrap().unwrap();
    drop(first);
    // Another start of the program: the ticket of a call that never ended counts.
    let second = purse().await;
    assert_eq!(second.left().await.unwrap(), spend(60, 6));
    clock.store(9 * DAY_MS, Ordering::SeqCst);
    assert_eq!(second.left().await.unwrap(), spend(100, 10));
    // Settled after midnight, it counts on its own day.
    second.settle(kept, record(1, 1, 1)).await.unwrap();
    assert_eq!(second.left().await.unwrap(), spend(100, 10));
    clock.store(9 * DAY_MS - 1, Ordering::SeqCst);
    assert_eq!(second.left().await.unwrap(), spend(98, 9));
}
