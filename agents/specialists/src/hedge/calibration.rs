//! Relations written down before they end, followed until they have, and counted.

use super::HedgeSpecialist;
use crate::account::account_name;
use betty_bus::report::{CalibrationReport, CalibrationRow};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{AccountName, CaseEnded, CaseRow, Effect, Report, TaskError};
use betty_hedging::calibration::{Calibration, CaseEnd, Class, calibrate, cluster_of, tallies};
use betty_hedging::{Certificate, Discovery, Relation};
use betty_market::{Market, MarketId, SourceError, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Relations of one class and event written down in one scan: an event counts once, more of them only guard against voids.
const PER_CLUSTER_MAX: u8 = 3;
/// Relations written down in one scan.
const PER_SCAN_MAX: usize = 5_000;
/// Relations looked at again in one round: at most two markets each are read.
const FOLLOWED_MAX: u32 = 40;
/// How long until a market that should have ended and has not is looked at again.
const AGAIN_MS: i64 = 86_400_000;

/// The relations of a discovery between two markets, a few of each class and event.
pub(super) fn written_down(
    discovery: &Discovery,
    markets: &[Market],
    source: &AccountName,
    at: Timestamp,
) -> Vec<CaseRow> {
    let by_id: HashMap<&MarketId, &Market> = markets.iter().map(|m| (&m.id, m)).collect();
    let mut counted: HashMap<(Class, String), u8> = HashMap::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut out = Vec::new();
    for proof in &discovery.proofs {
        let certificate = &proof.certificate;
        let class = Class { rule: certificate.rule, basis: certificate.evidence.into() };
        let Some(row) = case(class, certificate, &by_id, source, at).filter(|row| seen.insert(row.key.clone())) else {
            continue;
        };
        let of_event = counted.entry((class, row.cluster.clone())).or_default();
        if *of_event < PER_CLUSTER_MAX {
            *of_event += 1;
            out.push(row);
        }
        if out.len() == PER_SCAN_MAX {
            break;
        }
    }
    out
}

/// A certificate on two markets as a case.
fn case(
    class: Class,
    certificate: &Certificate,
    markets: &HashMap<&MarketId, &Market>,
    source: &AccountName,
    at: Timestamp,
) -> Option<CaseRow> {
    let [a, b] = certificate.markets.as_slice() else { return None };
    row(class, certificate.relation, [a.clone(), b.clone()], markets, source, at)
}

/// A relation between two markets as a case, the first named first.
pub(super) fn row(
    class: Class,
    relation: Relation,
    pair: [MarketId; 2],
    markets: &HashMap<&MarketId, &Market>,
    source: &AccountName,
    at: Timestamp,
) -> Option<CaseRow> {
    let (first, second) = (*markets.get(&pair[0])?, *markets.get(&pair[1])?);
    let due = first.end.zip(second.end).map(|(x, y)| x.max(y));
    Some(CaseRow::new(source.clone(), class, relation, pair, cluster_of(first), at, due))
}

/// Looks at the relations that are due. A market that does not answer leaves its relations for the next time.
pub(super) async fn followed(attempt: &Attempt, source: &AccountName) -> Result<Option<Effect>, TaskError> {
    let now = attempt.market.now();
    let due = attempt.desk.due_cases(source, now, FOLLOWED_MAX).await?;
    let mut known: BTreeMap<MarketId, Option<Market>> = BTreeMap::new();
    let mut ends = Vec::with_capacity(due.len());
    for case in due {
        attempt.check()?;
        let mut results = Vec::with_capacity(2);
        for id in &case.markets {
            if !known.contains_key(id) {
                let market = match attempt.market.market(id).await {
                    Ok(market) => Some(market),
                    Err(SourceError::NotFound { .. }) => None,
                    Err(e) => return Err(e.into()),
                };
                known.insert(id.clone(), market);
            }
            results.push(known.get(id).and_then(Option::as_ref).and_then(|m| m.resolution));
        }
        let end = match results[..] {
            [a, b] => CaseEnd::of(case.relation, a, b),
            _ => CaseEnd::Open,
        };
        ends.push(CaseEnded { key: case.key, end, due: now.plus_millis(AGAIN_MS) });
    }
    Ok((!ends.is_empty()).then(|| Effect::CaseEnds { source: source.clone(), ends }))
}

/// What tiers are given from now.
pub(super) async fn known(attempt: &Attempt, source: &AccountName) -> Result<Calibration, TaskError> {
    let ended = attempt.desk.ended_cases(source).await?;
    Ok(Calibration::of(&tallies(ended.iter().map(|(class, cluster, end)| (*class, cluster.as_str(), *end)))))
}

impl HedgeSpecialist {
    /// Counts what was written down, after a look at what is due.
    pub(super) async fn calibration(attempt: &Attempt) -> Result<Done, TaskError> {
        let source = account_name(attempt)?;
        (attempt.progress)("looking at relations that should have ended");
        let effect = followed(attempt, &source).await?;
        let just: &[CaseEnded] = match &effect {
            Some(Effect::CaseEnds { ends, .. }) => ends,
            _ => &[],
        };
        let followed = just.len() as u64;
        let ended = attempt.desk.ended_cases(&source).await?;
        let counts = attempt.desk.case_counts(&source).await?;
        let tally = tallies(ended.iter().map(|(class, cluster, end)| (*class, cluster.as_str(), *end)));
        let bounds = calibrate(&tally);
        let classes: std::collections::BTreeSet<Class> = counts.iter().map(|c| c.class).collect();
        let rows = classes.into_iter().map(|class| {
            let bound = bounds.iter().find(|b| b.class == class);
            let pairs = counts.iter().filter(|c| c.class == class).map(|c| (c.end, c.pairs)).collect();
            CalibrationRow {
                class,
                pairs,
                tally: bound.map(|b| b.tally).unwrap_or_default(),
                coverage: bound.and_then(|b| b.coverage),
            }
        });
        let report = CalibrationReport {
            source: attempt.market.label(),
            at: attempt.market.now(),
            rows: rows.collect(),
            followed,
        };
        Ok(Done { report: Report::Calibration(report), effects: effect.into_iter().collect() })
    }
}
