//! Stored backtests, on both databases.

mod support;

use betty_bus::effect::BacktestTrials;
use betty_bus::{Desk, Effect, Journal, JournalError};
use betty_market::{SourceLabel, Timestamp, Usdc};
use betty_storage::Store;
use betty_storage::backtest::{BACKTESTS_KEPT_MAX, EXPERIMENT_BYTES_MAX};
use betty_trading::backtest::RunReport;
use betty_trading::backtest::report::{
    Case, CaseName, DataCoverage, EquityPoint, Figure, NakedLegs, REPORT_VERSION, Summary, Waterfall,
};
use betty_trading::strategy::template;
use std::collections::BTreeMap;
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
    a_report_comes_back_as_it_went_in,
    the_same_run_is_one_row,
    the_main_case_headlines,
    a_run_is_found_by_its_first_digits,
    the_oldest_make_room,
    a_pinned_one_stays,
    trials_are_counted_once_an_experiment,
    what_is_no_report_is_refused,
    it_is_written_with_the_end_of_its_task,
);

fn figure(value: Option<f64>) -> Figure {
    let undefined = value.is_none().then(|| "nothing to divide by".to_owned());
    Figure { value, interval: value.map(|v| (v - 0.5, v + 0.5)), n: 7, undefined }
}

fn case(name: CaseName, ending: i64, drawdown: Option<f64>) -> Case {
    let (starting, ending) = (Usdc::whole(1_000), Usdc::whole(ending));
    Case {
        name,
        summary: Summary {
            starting,
            ending,
            gross: Usdc::from_micros(5_000_001),
            net: Usdc::from_micros(-3_999_999),
            roi_ppm: -4_000,
            opened: 9,
            ended: 8,
            open: 1,
            wins: 3,
            win_rate: figure(Some(0.375)),
            return_per_trade: figure(Some(-0.25)),
            sharpe: figure(None),
            sortino: figure(None),
            max_drawdown: figure(drawdown),
            cagr: figure(None),
            calmar: figure(None),
            profit_factor: figure(Some(0.5)),
            psr: figure(Some(0.25)),
            deflated_sharpe: figure(Some(0.125)),
            exposure_ppm: 120_000,
            held_ms_mean: Some(86_400_000),
            return_per_day_ppm: Some(-100),
        },
        equity: vec![EquityPoint { at: at(1), equity: ending, cash: starting, drawdown_ppm: 4_000, open: 1 }],
        waterfall: Waterfall { fee: Usdc::from_micros(-1), ..Waterfall::default() },
        trades: Vec::new(),
        exits: BTreeMap::new(),
        scenarios: BTreeMap::new(),
        naked: NakedLegs::default(),
        refused: BTreeMap::from([("spread".to_owned(), 12)]),
        ledger_hash: "f".repeat(64),
    }
}

fn report(run_id: &str) -> RunReport {
    let strategy = template("balanced").expect("a template");
    RunReport {
        schema_version: REPORT_VERSION,
        run_id: run_id.to_owned(),
        data_hash: "d".repeat(64),
        rules_hash: "e".repeat(64),
        code: "0.1.0".to_owned(),
        source: SourceLabel::Recorded { as_of: at(0), name: "naïve \u{1F9EE}".to_owned() },
        strategy: strategy.reference(),
        strategy_toml: strategy.to_toml(),
        settings: BTreeMap::from([("seed".to_owned(), "1".to_owned())]),
        cases: vec![
            case(CaseName::Pessimistic, 900, Some(0.5)),
            case(CaseName::Expected, 996, Some(0.25)),
            case(CaseName::Optimistic, 1_100, None),
        ],
        variants: Vec::new(),
        coverage: DataCoverage { from: at(0), to: at(5), records: 42, ..DataCoverage::default() },
        trials: 3,
        warnings: vec!["'; DROP TABLE backtest; --".to_owned()],
        verdict: "not enough data".to_owned(),
    }
}

async fn keep(store: &Store, report: RunReport, when: Timestamp) -> Result<(), JournalError> {
    store.write_backtest(vec![Effect::Backtest(Box::new(report))], when).await
}

async fn ids(store: &Store, run: &str) -> Vec<String> {
    store.backtests(run, 1_000).await.unwrap().into_iter().map(|r| r.run_id).collect()
}

async fn a_report_comes_back_as_it_went_in(db: Arc<Db>) {
    let store = db.open().await;
    keep(&store, report("00aa11bb22cc33dd"), at(1)).await.unwrap();
    let other = db.open().await;
    assert_eq!(other.backtest_report("00aa11bb22cc33dd").await.unwrap(), Some(report("00aa11bb22cc33dd")));
    assert_eq!(other.backtest_report("00aa").await.unwrap(), None, "a whole id, not its beginning");
}

async fn the_same_run_is_one_row(db: Arc<Db>) {
    let store = db.open().await;
    keep(&store, report("aa"), at(1)).await.unwrap();
    keep(&store, report("bb"), at(2)).await.unwrap();
    // More trials were run on the data meanwhile; nothing else of an equal run differs.
    keep(&store, RunReport { trials: 9, ..report("aa") }, at(3)).await.unwrap();
    assert_eq!(ids(&store, "").await, ["bb", "aa"], "it keeps its place");
    let row = store.backtests("aa", 1).await.unwrap().remove(0);
    assert_eq!((row.at, row.trials), (at(1), 9));
    assert_eq!(store.backtest_report("aa").await.unwrap().unwrap().trials, 9);
    assert_eq!(store.backtest_count().await.unwrap(), 2);
}

async fn the_main_case_headlines(db: Arc<Db>) {
    let store = db.open().await;
    keep(&store, report("aa"), at(1)).await.unwrap();
    let row = store.backtests("", 10).await.unwrap().remove(0);
    assert_eq!((row.starting, row.ending), (Usdc::whole(1_000), Usdc::whole(996)), "the expected case");
    assert_eq!((row.net, row.roi_ppm), (Usdc::from_micros(-3_999_999), -4_000));
    assert_eq!((row.opened, row.ended, row.wins, row.trials), (9, 8, 3, 3));
    assert_eq!(row.max_drawdown_ppm, Some(250_000));
    assert_eq!((row.from, row.to, row.pinned), (at(0), at(5), false));
    assert_eq!((row.strategy.as_str(), row.code.as_str()), ("balanced v1", "0.1.0"));
    let mut exact = report("cc");
    exact.cases = vec![case(CaseName::Exact, 1_007, None)];
    keep(&store, exact, at(2)).await.unwrap();
    let row = store.backtests("cc", 1).await.unwrap().remove(0);
    assert_eq!((row.ending, row.max_drawdown_ppm), (Usdc::whole(1_007), None));
}

async fn a_run_is_found_by_its_first_digits(db: Arc<Db>) {
    let store = db.open().await;
    for run in ["aa11", "aa22", "ab33"] {
        keep(&store, report(run), at(1)).await.unwrap();
    }
    assert_eq!(ids(&store, "aa").await, ["aa22", "aa11"]);
    assert_eq!(ids(&store, "ab33").await, ["ab33"]);
    assert_eq!(store.backtests("a", 2).await.unwrap().len(), 2, "the caller's limit holds");
    // What could mean something to the database means nothing.
    for odd in ["%", "_a11", "a'", "AA", "aa11 ", "\u{0}", &"a".repeat(200)] {
        assert_eq!(ids(&store, odd).await, [""; 0], "{odd:?}");
    }
}

async fn the_oldest_make_room(db: Arc<Db>) {
    let store = db.open().await;
    for n in 0..=BACKTESTS_KEPT_MAX {
        keep(&store, report(&format!("{n:08x}")), at(1)).await.unwrap();
    }
    assert_eq!(store.backtest_count().await.unwrap(), BACKTESTS_KEPT_MAX as u64);
    assert_eq!(ids(&store, "00000000").await, [""; 0], "the first one went");
    assert_eq!(ids(&store, "00000001").await, ["00000001"]);
}

async fn a_pinned_one_stays(db: Arc<Db>) {
    use sea_orm::{ConnectionTrait, Database};
    let store = db.open().await;
    keep(&store, report("00000000"), at(1)).await.unwrap();
    // There is no command for it yet, so the row is changed by hand.
    let url = match &*db {
        Db::Sqlite(dir) => format!("sqlite://{}", dir.path().join("betty.db").display()),
        Db::Postgres { url, schema } => format!("{url}?options=-c%20search_path%3D{schema}"),
    };
    let hand = Database::connect(url).await.unwrap();
    hand.execute_unprepared("UPDATE backtest SET pinned = TRUE").await.unwrap();
    hand.close().await.unwrap();
    // Stored again, it is still pinned.
    keep(&store, report("00000000"), at(2)).await.unwrap();
    for n in 1..=BACKTESTS_KEPT_MAX + 1 {
        keep(&store, report(&format!("{n:08x}")), at(3)).await.unwrap();
    }
    assert_eq!(store.backtest_count().await.unwrap(), BACKTESTS_KEPT_MAX as u64 + 1);
    assert!(store.backtests("00000000", 1).await.unwrap()[0].pinned);
    assert_eq!(ids(&store, "00000001").await, [""; 0]);
}

async fn trials_are_counted_once_an_experiment(db: Arc<Db>) {
    let store = db.open().await;
    let count = |data: &str, experiment: &str, sets| {
        Effect::BacktestTrials(BacktestTrials { data_hash: data.into(), experiment: experiment.into(), sets })
    };
    assert_eq!(store.backtest_trials("d1", "").await.unwrap(), 0);
    let effects = vec![count("d1", "run a", 1), count("d1", "sweep b", 100), count("d2", "run a", 1)];
    store.write_backtest(effects, at(1)).await.unwrap();
    assert_eq!(store.backtest_trials("d1", "").await.unwrap(), 101);
    assert_eq!(store.backtest_trials("d1", "sweep b").await.unwrap(), 1);
    // The same experiment again counts once; one that got further counts what it reached.
    store.write_backtest(vec![count("d1", "run a", 1), count("d1", "sweep b", 40)], at(2)).await.unwrap();
    assert_eq!(store.backtest_trials("d1", "").await.unwrap(), 101);
    store.write_backtest(vec![count("d1", "sweep b", 150)], at(3)).await.unwrap();
    assert_eq!(store.backtest_trials("d1", "").await.unwrap(), 151);
    assert_eq!(store.backtest_trials("d2", "").await.unwrap(), 1);
    let long = store.write_backtest(vec![count("d1", &"x".repeat(EXPERIMENT_BYTES_MAX + 1), 1)], at(4)).await;
    assert!(matches!(long, Err(JournalError::Invariant(_))));
    let many = store.write_backtest(vec![count("d1", "c", u64::MAX)], at(4)).await;
    assert!(matches!(many, Err(JournalError::Invariant(_))));
}

async fn what_is_no_report_is_refused(db: Arc<Db>) {
    let store = db.open().await;
    let mut empty = report("aa");
    empty.cases.clear();
    for bad in [empty, report(""), report("AA"), report("a%"), report(&"a".repeat(65))] {
        assert!(matches!(keep(&store, bad, at(1)).await, Err(JournalError::Invariant(_))));
    }
    let other =
        vec![Effect::Backtest(Box::new(report("aa"))), Effect::Setting { key: "a".to_owned(), value: "b".to_owned() }];
    assert!(matches!(store.write_backtest(other, at(1)).await, Err(JournalError::Invariant(_))));
    assert_eq!(store.backtest_count().await.unwrap(), 0);
    assert_eq!(store.setting("a").await.unwrap(), None);
}

async fn it_is_written_with_the_end_of_its_task(db: Arc<Db>) {
    let store = db.open().await;
    let id = running(&store, 1).await;
    let effects = vec![
        Effect::Backtest(Box::new(report("aa"))),
        Effect::BacktestTrials(BacktestTrials { data_hash: "d".into(), experiment: "a".into(), sets: 2 }),
    ];
    // An end that is refused writes none of it.
    let mut refused = effects.clone();
    refused.push(ledger(0, vec![entry(5, 1)]));
    assert!(matches!(store.finish(id, 1, done("", refused), at(2)).await, Err(JournalError::Invariant(_))));
    assert_eq!((store.backtest_count().await.unwrap(), store.backtest_trials("d", "").await.unwrap()), (0, 0));
    store.finish(id, 1, done("", effects), at(2)).await.unwrap();
    assert_eq!(store.backtest_trials("d", "").await.unwrap(), 2);
    assert_eq!(store.backtests("", 9).await.unwrap()[0].at, at(2));
}
