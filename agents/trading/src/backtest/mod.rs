//! Replaying history through the code that trades on paper.
//!
//! * [`run`]: a whole backtest. [`run_cases`], [`lives`]: for searches over many. [`config`]: what it is run with. [`error`]: why it cannot be. [`report`]: what it says.
//! * `replay`: one pass through the data. `scene`: what is public at an instant. `lane`: one paper account under one assumption.
//! * [`study`]: what a history offered, without an account. [`fees`]: what a taker paid when, where the data does not say. `summary`: from books to numbers.
//!
//! A replay cannot see the future: markets carry no result ([`betty_market::MarketAsOf`]), and how they ended is opened by the settlement
//! alone, when it was public. Decisions, fills and ledger are those of the live paper account.

pub mod config;
pub mod error;
pub mod fees;
mod lane;
mod replay;
pub mod report;
mod scene;
pub mod study;
mod summary;

pub use config::RunConfig;
pub use error::BacktestError;
pub use fees::FeeBasis;
pub use report::{Case, CaseName, RunReport};

use crate::strategy::Strategy;
use betty_market::{Depth, History, HistoryEvent, MarketId, Timestamp, TokenId};
use lane::{Lane, LaneKind};
use replay::{Pass, replay};
use report::{REPORT_VERSION, Variant};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Milliseconds of history done.
    pub done: u64,
    /// Milliseconds of history in all.
    pub total: u64,
    /// What is being done.
    pub what: &'static str,
}

/// Told of progress now and then; answers whether to go on.
pub type Watcher<'a> = dyn Fn(Progress) -> bool + Sync + 'a;

/// The lanes of a run on data of some depth: cases first, then the variants of the main case.
fn kinds(depth: Depth) -> (Vec<LaneKind>, Vec<(&'static str, LaneKind)>) {
    let plain = |case| LaneKind { case, fees: FeeBasis::OfDate, hold: false, latency: 1 };
    let (cases, main) = match depth {
        Depth::Full => (vec![CaseName::Exact], CaseName::Exact),
        Depth::Unknown => (vec![CaseName::Pessimistic, CaseName::Expected, CaseName::Optimistic], CaseName::Expected),
    };
    let variants = vec![
        ("held to resolution", LaneKind { hold: true, ..plain(main) }),
        ("today's fees", LaneKind { fees: FeeBasis::Today, ..plain(main) }),
        ("double latency", LaneKind { latency: 2, ..plain(main) }),
    ];
    (cases.into_iter().map(plain).collect(), variants)
}

/// Runs a backtest: every case and variant, in as many threads as asked for. Same data and settings, same report, whatever the threads.
///
/// # Errors
/// [`BacktestError`]: settings out of range, data that cannot be read or contradicts itself, or the watcher said stop.
pub fn run(history: &dyn History, config: &RunConfig, watcher: &Watcher<'_>) -> Result<RunReport, BacktestError> {
    config.validate()?;
    let (first, last) = history.span();
    let (from, to) = (config.from.unwrap_or(first), config.to.unwrap_or(last));
    if from > last || to < first {
        return Err(BacktestError::PeriodOutside { first, last });
    }
    let (cases, variants) = kinds(history.depth());
    let lane = |kind: &LaneKind| Lane::new(config, *kind, history.label(), from.max(first));
    let lanes = cases.iter().chain(variants.iter().map(|(_, k)| k)).map(lane).collect::<Result<Vec<_>, _>>()?;
    let (pass, mut lanes) = replay_all(history, config, lanes, watcher)?;
    let variant_lanes = lanes.split_off(cases.len());
    let variants = variants
        .iter()
        .zip(&variant_lanes)
        .map(|((name, _), lane)| Variant {
            name: (*name).to_owned(),
            summary: summary::summary(lane, config.trials),
            ledger_hash: lane.ledger_hash(),
        })
        .collect();
    let (data_hash, rules_hash) = (history.data_hash(), config.rules_hash());
    let run_id = config::hex(&Sha256::digest(format!("{data_hash}\n{rules_hash}\n{}", config::CODE)));
    let events: Vec<Vec<String>> = lanes.iter().map(|l| l.events.clone()).collect();
    let fees_assumed = lanes.iter().any(|l| l.fees_assumed);
    let presumed = lanes.iter().any(|l| l.presumed).then_some(config.presumed_cases);
    let mut report = RunReport {
        schema_version: REPORT_VERSION,
        run_id: run_id.chars().take(16).collect(),
        data_hash,
        rules_hash,
        code: config::CODE.to_owned(),
        source: history.label(),
        strategy: config.strategy.reference(),
        strategy_toml: Strategy::to_toml(&config.strategy),
        settings: config.described(),
        cases: lanes.into_iter().map(|l| summary::case(l, &pass.refused, config.trials)).collect(),
        variants,
        coverage: pass.coverage,
        trials: config.trials,
        warnings: Vec::new(),
        verdict: String::new(),
    };
    report.warnings = summary::warnings(&report, history.depth(), presumed, fees_assumed);
    let main = report.main_case().and_then(|m| report.cases.iter().position(|c| c.name == m.name));
    report.verdict = main.map_or_else(String::new, |i| summary::verdict(&report.cases[i], &events[i]));
    Ok(report)
}

/// Runs the main case alone of many configurations, in the order given: for searches. Those that look at the same markets at the same
/// moments share one pass of the data. A case's intervals are those of [`run`].
///
/// # Errors
/// As [`run`].
pub fn run_cases(
    history: &dyn History,
    configs: &[RunConfig],
    watcher: &Watcher<'_>,
) -> Result<Vec<Case>, BacktestError> {
    let (first, last) = history.span();
    let main = match history.depth() {
        Depth::Full => CaseName::Exact,
        Depth::Unknown => CaseName::Expected,
    };
    let kind = LaneKind { case: main, fees: FeeBasis::OfDate, hold: false, latency: 1 };
    let mut cases: Vec<Option<Case>> = configs.iter().map(|_| None).collect();
    let mut left: Vec<usize> = (0..configs.len()).collect();
    while let Some(leader) = left.first().map(|i| &configs[*i]) {
        leader.validate()?;
        let from = leader.from.unwrap_or(first).max(first);
        if from > last || leader.to.is_some_and(|to| to < first) {
            return Err(BacktestError::PeriodOutside { first, last });
        }
        let (together, others): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|i| configs[**i].shares_pass_with(leader));
        for i in &together {
            configs[*i].validate()?;
        }
        let lanes = together.iter().map(|i| Lane::new(&configs[*i], kind, history.label(), from));
        let mut lanes = lanes.collect::<Result<Vec<_>, _>>()?;
        let pass = replay(history, leader, &mut lanes, watcher)?;
        for (i, lane) in together.iter().zip(lanes) {
            cases[*i] = Some(summary::case(lane, &pass.refused, configs[*i].trials));
        }
        left = others;
    }
    Ok(cases.into_iter().flatten().collect())
}

/// When each market was first and last seen, and when its end was public: for windows that may not share one.
///
/// # Errors
/// When the data cannot be read.
pub fn lives(history: &dyn History) -> Result<BTreeMap<MarketId, (Timestamp, Timestamp)>, BacktestError> {
    let mut owners: HashMap<TokenId, MarketId> = HashMap::new();
    let mut lives: BTreeMap<MarketId, (Timestamp, Timestamp)> = BTreeMap::new();
    for record in history.records() {
        let record = record?;
        let at = record.at;
        let seen = match record.event {
            HistoryEvent::Market(market) => {
                let market = market.into_market();
                owners.insert(market.yes, market.id.clone());
                owners.insert(market.no, market.id.clone());
                Some(market.id)
            }
            HistoryEvent::Book(book) => owners.get(&book.token).cloned(),
            HistoryEvent::Ended { market, .. } => Some(market),
            HistoryEvent::Gap { .. } | HistoryEvent::Tick { .. } | HistoryEvent::Trade { .. } => None,
        };
        if let Some(id) = seen {
            lives.entry(id).or_insert((at, at)).1 = at;
        }
    }
    Ok(lives)
}

/// Runs the lanes in one pass per thread. What a pass finds beside them is the same in each.
fn replay_all<'c>(
    history: &dyn History,
    config: &'c RunConfig,
    mut lanes: Vec<Lane<'c>>,
    watcher: &Watcher<'_>,
) -> Result<(Pass, Vec<Lane<'c>>), BacktestError> {
    let threads = config.threads.min(lanes.len()).max(1);
    let each = lanes.len().div_ceil(threads);
    let mut passes: Vec<Result<Pass, BacktestError>> = Vec::new();
    std::thread::scope(|scope| {
        let running: Vec<_> =
            lanes.chunks_mut(each).map(|part| scope.spawn(move || replay(history, config, part, watcher))).collect();
        passes =
            running.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect();
    });
    let mut first = None;
    for pass in passes {
        let pass = pass?;
        first.get_or_insert(pass);
    }
    first.map(|pass| (pass, lanes)).ok_or(BacktestError::Empty)
}
