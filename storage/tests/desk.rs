//! What specialists read, on both databases.

mod support;

use betty_bus::effect::ScanRow;
use betty_bus::journal::Finished;
use betty_bus::port::DecisionCount;
use betty_bus::port::StoredStrategy;
use betty_bus::{
    AccountName, DecisionRow, Desk, Effect, HedgeId, HedgePoint, Journal, JournalError, PriceState, Verdict,
};
use betty_market::{Shares, Timestamp};
use betty_storage::Store;
use std::collections::{BTreeMap, BTreeSet};
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
    numbers_are_stable_and_in_the_order_of_keys,
    racing_reservations_agree,
    hedges_come_best_first_and_keep_the_time_they_were_found,
    scans_and_accounts_of_different_data_do_not_mix,
    strategies_count_their_versions,
    settings_are_replaced,
    many_hedges_fit_into_one_end,
    older_versions_of_a_strategy_stay_readable,
    decisions_come_newest_first_and_the_oldest_go,
    a_hold_that_stays_the_same_is_stored_once,
    decisions_are_counted_by_reason,
    prices_come_back_oldest_first_and_one_a_slot,
    old_prices_lose_detail_and_then_go,
);

async fn write(store: &Store, effects: Vec<Effect>) -> Result<Finished, JournalError> {
    let id = running(store, 1).await;
    store.finish(id, 1, done("", effects), at(2)).await
}

fn name(text: &str) -> AccountName {
    AccountName::new(text).unwrap()
}

fn keys(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

async fn numbers_are_stable_and_in_the_order_of_keys(db: Arc<Db>) {
    let store = db.open().await;
    let live = name("live");
    assert!(store.hedge_ids(&live, &[]).await.unwrap().is_empty());
    let first = store.hedge_ids(&live, &keys(&["b", "a", "b"])).await.unwrap();
    assert_eq!(first[0], first[2]);
    assert_ne!(first[0], first[1]);
    let other = db.open().await;
    let again = other.hedge_ids(&live, &keys(&["a", "new 'quote'", "b"])).await.unwrap();
    assert_eq!((again[0], again[2]), (first[1], first[0]));
    let elsewhere = store.hedge_ids(&name("simulated-7"), &keys(&["a"])).await.unwrap();
    assert!(!again.contains(&elsewhere[0]), "the same key of other data is another hedge");
    assert_eq!(store.hedge(first[0]).await.unwrap(), None, "a number alone is no hedge");
    assert!(store.hedges(&live, 9).await.unwrap().is_empty());
}

async fn racing_reservations_agree(db: Arc<Db>) {
    let stores = [db.open().await, db.open().await];
    let all: Vec<String> = (0..700).map(|n| format!("k{n}")).collect();
    let mut racers = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (store, mut mine) = (stores[n % 2].clone(), all.clone());
        mine.rotate_left(n * 100);
        racers.spawn(async move {
            let mut ids = store.hedge_ids(&name("live"), &mine).await.unwrap();
            ids.rotate_right(n * 100);
            ids
        });
    }
    let got = racers.join_all().await;
    assert!(got.iter().all(|ids| *ids == got[0]));
    assert_eq!(got[0].iter().collect::<BTreeSet<_>>().len(), 700);
}

async fn hedges_come_best_first_and_keep_the_time_they_were_found(db: Arc<Db>) {
    let store = db.open().await;
    let live = name("live");
    let ids = store.hedge_ids(&live, &keys(&["a", "b", "c", "d"])).await.unwrap();
    let store_as = |edges: [i64; 4], quoted| Effect::Hedges {
        source: name("live"),
        hedges: ids
            .iter()
            .zip(["a", "b", "c", "d"])
            .zip(edges)
            .map(|((id, k), e)| (*id, hedge(k, e, quoted)))
            .collect(),
    };
    let order =
        async |limit| -> Vec<HedgeId> { store.hedges(&live, limit).await.unwrap().iter().map(|h| h.id).collect() };
    write(&store, vec![store_as([10, -5, 30, 10], at(1))]).await.unwrap();
    assert_eq!(order(9).await, [ids[2], ids[0], ids[3], ids[1]]);
    assert_eq!(order(2).await, [ids[2], ids[0]]);

    let gone = |id: HedgeId, why: &str| Effect::HedgesGone { gone: vec![(id, why.to_owned())] };
    let unknown = HedgeId::new(9_999).unwrap();
    write(&store, vec![gone(ids[2], "resolved"), gone(ids[2], "later"), gone(unknown, "never was")]).await.unwrap();
    assert_eq!(order(9).await, [ids[0], ids[3], ids[1]]);
    let left = store.hedge(ids[2]).await.unwrap().unwrap();
    assert_eq!((left.gone.as_deref(), left.source), (Some("resolved"), live.clone()));

    write(&store, vec![store_as([1, 2, 3, 4], at(500))]).await.unwrap();
    assert_eq!(order(9).await, [ids[3], ids[2], ids[1], ids[0]]);
    let back = store.hedge(ids[2]).await.unwrap().unwrap();
    assert_eq!((back.gone, back.found_at, back.priced_at), (None, at(1), at(500)));
    assert_eq!(back.hedge, hedge("c", 3, at(500)));
}

async fn scans_and_accounts_of_different_data_do_not_mix(db: Arc<Db>) {
    let store = db.open().await;
    let scan = |source: &str, markets| ScanRow {
        source: name(source),
        at: at(3),
        markets,
        candidates: 0,
        refused: BTreeMap::new(),
        hedges: 0,
    };
    let deposit = |account: &str, seq, micros| Effect::Ledger {
        account: name(account),
        expected_seq: seq,
        rows: vec![entry(micros, 0)],
    };
    let effects = vec![
        Effect::Scan(scan("live", 1)),
        Effect::Scan(scan("live", 2)),
        Effect::Scan(scan("simulated-7", 9)),
        deposit("live", 0, 5),
        deposit("simulated-7", 0, 6),
        deposit("live", 1, 7),
    ];
    write(&store, effects).await.unwrap();
    assert_eq!(store.last_scan(&name("live")).await.unwrap(), Some(scan("live", 2)));
    assert_eq!(store.last_scan(&name("simulated-7")).await.unwrap(), Some(scan("simulated-7", 9)));
    assert_eq!(store.last_scan(&name("recorded-a")).await.unwrap(), None);
    assert_eq!(store.ledger(&name("live")).await.unwrap(), [entry(5, 0), entry(7, 0)]);
    assert_eq!(store.ledger(&name("simulated-7")).await.unwrap(), [entry(6, 0)]);
    let too_many = scan("live", u64::MAX);
    assert!(matches!(write(&store, vec![Effect::Scan(too_many)]).await, Err(JournalError::Invariant(_))));
}

async fn strategies_count_their_versions(db: Arc<Db>) {
    let store = db.open().await;
    let save = |name: &str, version, toml: &str| Effect::SaveStrategy {
        name: name.to_owned(),
        version,
        toml: toml.to_owned(),
    };
    let stored =
        |name: &str, version, toml: &str| StoredStrategy { name: name.to_owned(), version, toml: toml.to_owned() };
    write(&store, vec![save("swing", 1, "a"), save("mine", 1, "b")]).await.unwrap();
    write(&store, vec![save("swing", 2, "c")]).await.unwrap();
    assert_eq!(store.strategies().await.unwrap(), [stored("mine", 1, "b"), stored("swing", 2, "c")]);
    for stale in [0, 1, 2, 4] {
        assert_eq!(write(&store, vec![save("swing", stale, "x")]).await, Err(JournalError::Conflict), "{stale}");
    }
    let delete = Effect::DeleteStrategy { name: "swing".to_owned() };
    write(&store, vec![delete.clone()]).await.unwrap();
    assert_eq!(store.strategies().await.unwrap(), [stored("mine", 1, "b")]);
    assert_eq!(write(&store, vec![delete]).await, Err(JournalError::Conflict), "it is gone already");
    // Whoever sees no strategy of that name begins at 1.
    write(&store, vec![save("swing", 1, "d")]).await.unwrap();
    assert_eq!(store.strategies().await.unwrap()[1], stored("swing", 1, "d"));
}

async fn settings_are_replaced(db: Arc<Db>) {
    let store = db.open().await;
    assert_eq!(store.setting("auto").await.unwrap(), None);
    for value in ["on", "", "naïve \u{1F9EE}"] {
        write(&store, vec![Effect::Setting { key: "auto".to_owned(), value: value.to_owned() }]).await.unwrap();
        assert_eq!(store.setting("auto").await.unwrap().as_deref(), Some(value));
    }
}

async fn many_hedges_fit_into_one_end(db: Arc<Db>) {
    let store = db.open().await;
    let names: Vec<String> = (0..1_100).map(|n| format!("k{n}")).collect();
    let ids = store.hedge_ids(&name("live"), &names).await.unwrap();
    let hedges = ids.iter().zip(&names).zip(0..).map(|((id, k), edge)| (*id, hedge(k, edge, at(1)))).collect();
    write(&store, vec![Effect::Hedges { source: name("live"), hedges }]).await.unwrap();
    let got: Vec<HedgeId> = store.hedges(&name("live"), 5_000).await.unwrap().iter().map(|h| h.id).collect();
    assert!(got.iter().eq(ids.iter().rev()));
}

async fn older_versions_of_a_strategy_stay_readable(db: Arc<Db>) {
    let store = db.open().await;
    let save = |version, toml: &str| Effect::SaveStrategy { name: "mine".to_owned(), version, toml: toml.to_owned() };
    let version = async |n| store.strategy_version("mine", n).await.unwrap().map(|s| (s.name, s.version, s.toml));
    let is = |n, toml: &str| Some(("mine".to_owned(), n, toml.to_owned()));
    assert_eq!(version(1).await, None);
    write(&store, vec![save(1, "a"), save(2, "b")]).await.unwrap();
    assert_eq!((version(1).await, version(2).await, version(3).await), (is(1, "a"), is(2, "b"), None));
    write(&store, vec![Effect::DeleteStrategy { name: "mine".to_owned() }]).await.unwrap();
    assert_eq!(version(2).await, is(2, "b"), "trades that used it still name it");
    write(&store, vec![save(1, "c")]).await.unwrap();
    assert_eq!((version(1).await, version(2).await), (is(1, "c"), None), "its second life has one version");
    assert_eq!(store.strategy_version("yours", 1).await.unwrap(), None);
}

fn decision(n: i64, subject: &str, verdict: Verdict, kind: &str) -> DecisionRow {
    DecisionRow {
        at: at(n),
        subject: subject.to_owned(),
        strategy: Some("mine@1".to_owned()),
        verdict,
        kind: kind.to_owned(),
        words: format!("naïve \u{1F9EE} '{n}'"),
        numbers: serde_json::json!({ "edge_ppm": n, "of": ["a", null] }),
    }
}

fn decided(account: &str, rows: Vec<DecisionRow>, keep: u32) -> Effect {
    Effect::Decisions { account: name(account), rows, keep }
}

async fn decisions_come_newest_first_and_the_oldest_go(db: Arc<Db>) {
    let store = db.open().await;
    let live = name("live");
    assert!(store.decisions(&live, 9).await.unwrap().is_empty());
    let refused: Vec<DecisionRow> =
        (0..7).map(|n| decision(n, &format!("hedge {n}"), Verdict::Refuse, "no_edge")).collect();
    write(&store, vec![decided("live", refused.clone(), 100), decided("simulated-7", refused[..2].to_vec(), 100)])
        .await
        .unwrap();
    let newest = |rows: &[DecisionRow]| rows.iter().rev().cloned().collect::<Vec<_>>();
    assert_eq!(store.decisions(&live, 99).await.unwrap(), newest(&refused), "they come back as they went in");
    assert_eq!(store.decisions(&live, 2).await.unwrap(), newest(&refused[5..]));
    // One more, and four are kept: of this account, whatever others have.
    let last = DecisionRow { strategy: None, ..decision(9, "position 1", Verdict::Exit, "stop_loss") };
    write(&store, vec![decided("live", vec![last.clone()], 4)]).await.unwrap();
    let mut kept = refused[4..].to_vec();
    kept.push(last);
    assert_eq!(store.decisions(&live, 99).await.unwrap(), newest(&kept));
    assert_eq!(store.decisions(&name("simulated-7"), 99).await.unwrap(), newest(&refused[..2]));
    // More in one end than are kept.
    write(&store, vec![decided("live", refused.clone(), 3)]).await.unwrap();
    assert_eq!(store.decisions(&live, 99).await.unwrap(), newest(&refused[4..]));
    write(&store, vec![decided("live", Vec::new(), 0)]).await.unwrap();
    assert!(store.decisions(&live, 99).await.unwrap().is_empty());
}

async fn a_hold_that_stays_the_same_is_stored_once(db: Arc<Db>) {
    let store = db.open().await;
    let hold = |n, position: u64, kind: &str| decision(n, &format!("position {position}"), Verdict::Hold, kind);
    let other_rules = DecisionRow { strategy: Some("mine@2".to_owned()), ..hold(6, 1, "no_bid") };
    let rounds = [
        // Both are new; the second of the same end changes nothing.
        vec![hold(1, 1, "no_exit"), hold(1, 2, "no_exit"), hold(1, 1, "no_exit")],
        vec![hold(2, 1, "no_exit"), hold(2, 2, "no_bid")],
        vec![hold(3, 1, "no_exit"), hold(3, 2, "no_bid")],
        vec![hold(4, 1, "no_bid"), decision(4, "position 2", Verdict::Exit, "stop_loss")],
        // After another decision about it, the same reason is news again.
        vec![hold(5, 2, "no_bid"), hold(5, 1, "no_bid"), other_rules],
    ];
    for rows in rounds {
        write(&store, vec![decided("live", rows, 100)]).await.unwrap();
    }
    let stored: Vec<(i64, String, String)> = store
        .decisions(&name("live"), 99)
        .await
        .unwrap()
        .into_iter()
        .rev()
        .map(|d| (d.at.since(at(0)), d.subject, d.kind))
        .collect();
    let want = [
        (1, "position 1", "no_exit"),
        (1, "position 2", "no_exit"),
        (2, "position 2", "no_bid"),
        (4, "position 1", "no_bid"),
        (4, "position 2", "stop_loss"),
        (5, "position 2", "no_bid"),
        (6, "position 1", "no_bid"),
    ];
    assert_eq!(stored, want.map(|(n, s, k)| (n, s.to_owned(), k.to_owned())));
    // Refusals of the same hedge are each a decision of their own.
    let again = || decided("simulated-7", vec![decision(1, "hedge 1", Verdict::Refuse, "tier")], 100);
    write(&store, vec![again(), again()]).await.unwrap();
    assert_eq!(store.decisions(&name("simulated-7"), 9).await.unwrap().len(), 2);
}

async fn decisions_are_counted_by_reason(db: Arc<Db>) {
    let store = db.open().await;
    let rows = vec![
        decision(3, "hedge 1", Verdict::Refuse, "tier"),
        decision(1, "hedge 2", Verdict::Refuse, "tier"),
        decision(5, "hedge 3", Verdict::Refuse, "no_edge"),
        decision(6, "hedge 4", Verdict::Take, "taken"),
        DecisionRow { strategy: None, ..decision(7, "position 1", Verdict::Exit, "void") },
    ];
    write(&store, vec![decided("live", rows, 100), decided("recorded-a", vec![], 100)]).await.unwrap();
    let count = |strategy: Option<&str>, verdict, kind: &str, n, first, last| DecisionCount {
        strategy: strategy.map(str::to_owned),
        verdict,
        kind: kind.to_owned(),
        n,
        first_at: at(first),
        last_at: at(last),
    };
    let want = [
        count(Some("mine@1"), Verdict::Refuse, "tier", 2, 1, 3),
        count(Some("mine@1"), Verdict::Take, "taken", 1, 6, 6),
        count(Some("mine@1"), Verdict::Refuse, "no_edge", 1, 5, 5),
        count(None, Verdict::Exit, "void", 1, 7, 7),
    ];
    assert_eq!(store.decision_counts(&name("live")).await.unwrap(), want);
    assert!(store.decision_counts(&name("recorded-a")).await.unwrap().is_empty());
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// A point at a time counted from a midnight that is the beginning of a slot.
fn point(hedge: HedgeId, ms: i64, edge: i64) -> HedgePoint {
    HedgePoint {
        hedge,
        at: Timestamp::from_millis(20_500 * DAY_MS + ms),
        cost_ppm: Some(1_000_000 - edge),
        net_edge_ppm: Some(edge),
        shares: Some(Shares::whole(10)),
        state: PriceState::Pays,
    }
}

fn priced(source: &str, points: Vec<HedgePoint>) -> Effect {
    Effect::Prices { source: name(source), points }
}

async fn prices_come_back_oldest_first_and_one_a_slot(db: Arc<Db>) {
    let store = db.open().await;
    let ids = store.hedge_ids(&name("live"), &keys(&["a", "b"])).await.unwrap();
    let read = async |id, limit| store.hedge_prices(id, limit).await.unwrap();
    assert!(read(ids[0], 9).await.is_empty());
    let at = |n: i64, edge| point(ids[0], n * MINUTE_MS, edge);
    let unpriced = HedgePoint::unpriced(ids[1], at(2, 0).at, PriceState::Waits);
    // Minutes 1 and 4 share a slot of five, and the later one stays whatever the order; 5 begins the next.
    write(&store, vec![priced("live", vec![at(4, 44), at(1, 11), at(5, -55), unpriced.clone()])]).await.unwrap();
    assert_eq!(read(ids[0], 9).await, [at(4, 44), at(5, -55)]);
    assert_eq!(read(ids[1], 9).await, [unpriced]);
    // Another run in the same slot replaces it.
    write(&store, vec![priced("live", vec![at(6, 66), at(11, 77)])]).await.unwrap();
    assert_eq!(read(ids[0], 9).await, [at(4, 44), at(6, 66), at(11, 77)]);
    assert_eq!(read(ids[0], 2).await, [at(6, 66), at(11, 77)], "the newest ones");
    write(&store, vec![priced("live", Vec::new())]).await.unwrap();
    let nobody = HedgePoint { hedge: HedgeId::new(9_999).unwrap(), ..at(1, 1) };
    write(&store, vec![priced("live", vec![nobody])]).await.expect_err("no number was reserved");
}

async fn old_prices_lose_detail_and_then_go(db: Arc<Db>) {
    let store = db.open().await;
    let live = store.hedge_ids(&name("live"), &keys(&["a"])).await.unwrap()[0];
    let other = store.hedge_ids(&name("simulated-7"), &keys(&["a"])).await.unwrap()[0];
    let days = |of: &[HedgePoint]| -> Vec<i64> {
        of.iter().map(|p| p.at.since(point(live, 0, 0).at) / (60 * MINUTE_MS)).collect()
    };
    // Three points on each of days 0, 1 and 2: at 1, 12 and 23 o'clock.
    let hours = [1, 12, 23, 25, 36, 47, 49, 60, 71];
    let all = |id| hours.iter().map(|h| point(id, h * 60 * MINUTE_MS, *h)).collect::<Vec<_>>();
    write(&store, vec![priced("live", all(live)), priced("simulated-7", all(other))]).await.unwrap();
    assert_eq!(days(&store.hedge_prices(live, 99).await.unwrap()), hours);
    // On day 9 the days before day 2 stand by their last point alone, those of other data as they were.
    write(&store, vec![priced("live", vec![point(live, 9 * DAY_MS, 1)])]).await.unwrap();
    assert_eq!(days(&store.hedge_prices(live, 99).await.unwrap()), [23, 47, 49, 60, 71, 9 * 24]);
    assert_eq!(days(&store.hedge_prices(other, 99).await.unwrap()), hours);
    // 450 days after day 1, day 0 is gone and day 1 is the oldest.
    write(&store, vec![priced("live", vec![point(live, 451 * DAY_MS, 1)])]).await.unwrap();
    assert_eq!(days(&store.hedge_prices(live, 99).await.unwrap()), [47, 71, 9 * 24, 451 * 24]);
}
