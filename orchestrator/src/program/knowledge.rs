//! `betty kb calibration --history`: the relations that the texts of a history show, against how its markets ended.

use super::{EXIT_DONE, EXIT_USAGE, fail, stop_on_signal};
use crate::backtest::connect;
use crate::backtest::failure::{EXIT_INTERRUPTED, Failure};
use crate::config::Config;
use crate::config::resolve::SourceChoice;
use crate::console::{render, style_here};
use crate::render::{calibration_card, calibration_json};
use betty_bus::report::{CalibrationReport, CalibrationRow};
use betty_hedging::calibration::{CaseEnd, Class, calibrate, cluster_of, tallies};
use betty_hedging::prove_all;
use betty_market::history::{History, HistoryEvent};
use betty_market::{Market, MarketId, Resolution};
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio_util::sync::CancellationToken;

/// Reads the configured source and prints what it tells.
pub(super) async fn run(config: &Config, json: bool) -> u8 {
    let choice: SourceChoice = match config.get("market.source") {
        Ok(SourceChoice::Live) => {
            return fail(
                json,
                EXIT_USAGE,
                "live data has no history: give --source recorded:PATH or --source simulated, or leave --history out",
            );
        }
        Ok(choice) => choice,
        Err(e) => return fail(json, EXIT_USAGE, &e.to_string()),
    };
    let stop = stop_on_signal();
    let work = tokio::task::spawn_blocking(move || {
        let history = connect::open(&choice)?;
        counted(history.as_ref(), &stop)
    });
    match work.await.unwrap_or_else(|e| Err(Failure::Defect(e.to_string()))) {
        Ok(report) if json => crate::say!("{}", calibration_json(&report)),
        Ok(report) => crate::say!("{}", render(&calibration_card(&report), style_here())),
        Err(Failure::Stopped) => return EXIT_INTERRUPTED,
        Err(failure) => return fail(json, failure.exit_code(), &failure.to_string()),
    }
    EXIT_DONE
}

/// Proves among the first texts of all markets and counts by the results.
fn counted(history: &dyn History, stop: &CancellationToken) -> Result<CalibrationReport, Failure> {
    let mut first: BTreeMap<MarketId, Market> = BTreeMap::new();
    let mut results: HashMap<MarketId, Resolution> = HashMap::new();
    for record in history.records() {
        let record = record.map_err(|e| connect::failure(e.into()))?;
        if stop.is_cancelled() {
            return Err(Failure::Stopped);
        }
        match record.event {
            HistoryEvent::Market(market) => {
                let market = market.into_market();
                first.entry(market.id.clone()).or_insert(market);
            }
            HistoryEvent::Ended { market, ending } => {
                results.extend(ending.reveal(record.at).map(|result| (market, result)));
            }
            _ => {}
        }
    }
    let markets: Vec<Market> = first.into_values().collect();
    let by_id: HashMap<&MarketId, &Market> = markets.iter().map(|m| (&m.id, m)).collect();
    let mut seen: HashSet<(Class, [&MarketId; 2])> = HashSet::new();
    let mut cases: Vec<(Class, String, CaseEnd)> = Vec::new();
    let discovery = prove_all(&markets);
    for proof in &discovery.proofs {
        let certificate = &proof.certificate;
        let class = Class { rule: certificate.rule, basis: certificate.evidence.into() };
        let [a, b] = certificate.markets.as_slice() else { continue };
        let Some(market) = by_id.get(a).filter(|_| seen.insert((class, [a, b]))) else { continue };
        let end = CaseEnd::of(certificate.relation, results.get(a).copied(), results.get(b).copied());
        cases.push((class, cluster_of(market), end));
    }
    let mut pairs: BTreeMap<Class, BTreeMap<CaseEnd, u64>> = BTreeMap::new();
    for (class, _, end) in &cases {
        *pairs.entry(*class).or_default().entry(*end).or_default() += 1;
    }
    let tally = tallies(cases.iter().map(|(class, cluster, end)| (*class, cluster.as_str(), *end)));
    let bounds = calibrate(&tally);
    let rows = pairs.into_iter().map(|(class, pairs)| {
        let bound = bounds.iter().find(|b| b.class == class);
        CalibrationRow {
            class,
            pairs: pairs.into_iter().collect(),
            tally: bound.map(|b| b.tally).unwrap_or_default(),
            coverage: bound.and_then(|b| b.coverage),
        }
    });
    Ok(CalibrationReport { source: history.label(), at: history.span().1, rows: rows.collect(), followed: 0 })
}
