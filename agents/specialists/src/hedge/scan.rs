//! A scan over the venue: everything that pays now is stored, and what a whole scan did not find any more is marked as gone.

use super::prove::More;
use super::{HedgeSpecialist, STORED_MAX};
use crate::account::account_name;
use betty_bus::effect::ScanRow;
use betty_bus::report::ScanReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Effect, HedgeId, HedgePoint, PriceState, Report, TaskError};
use betty_hedging::calibration::Calibration;
use betty_hedging::{Hedge, QuoteConfig, RuleId};
use betty_market::book::BookFault;
use betty_market::{Book, BookSide, MarketFilter, Timestamp, TokenId};
use std::collections::{BTreeMap, HashMap, HashSet};

impl HedgeSpecialist {
    pub(super) async fn scan(
        &self,
        attempt: &Attempt,
        query: Option<String>,
        limit: Option<u32>,
        min_edge_ppm: i64,
    ) -> Result<Done, TaskError> {
        // What pays less than the edge asked for is still there.
        let whole = query.is_none() && limit.is_none() && min_edge_ppm <= 0;
        (attempt.progress)("reading the markets");
        let markets = attempt.market.markets(&MarketFilter { query, limit }).await?;
        (attempt.progress)(&format!("{} markets read, looking for proofs", markets.len()));
        let source = account_name(attempt)?;
        let stored = attempt.desk.hedges(&source, STORED_MAX).await?;
        let kept = stored.iter().map(|s| s.hedge.certificate.clone()).filter(|c| c.rule == RuleId::Model).collect();
        let proven = self.prove(attempt, markets, min_edge_ppm, More::KeptAndAsk(kept)).await?;
        let scanned = proven.report;
        let keys: Vec<String> = scanned.hedges.iter().map(|h| h.key.clone()).collect();
        let ids = attempt.desk.hedge_ids(&source, &keys).await?;
        let hedges: Vec<(HedgeId, Hedge)> = ids.into_iter().zip(scanned.hedges).collect();
        let (asked, books, now) = (proven.asked, proven.books, proven.now);
        let refused: BTreeMap<String, u64> = scanned.refused.iter().map(|(r, n)| (snake(*r), *n)).collect();
        let at = attempt.market.now();
        let mut points: Vec<HedgePoint> =
            hedges.iter().map(|(id, h)| HedgePoint::of(*id, &h.quote, PriceState::Pays)).collect();
        let watch: HashMap<String, Hedge> = scanned.watch.into_iter().map(|h| (h.key.clone(), h)).collect();
        let mut effects = vec![
            Effect::Scan(ScanRow {
                source: source.clone(),
                at,
                markets: scanned.markets,
                candidates: scanned.scanned_pairs,
                refused: refused.clone(),
                hedges: hedges.len() as u64,
            }),
            Effect::Hedges { source: source.clone(), hedges: hedges.clone() },
        ];
        let mut cases = proven.cases;
        let judged = proven.judged.map(|judged| {
            if !judged.verdicts.is_empty() {
                effects.push(Effect::Verdicts { rows: judged.verdicts });
            }
            cases.extend(judged.cases);
            Box::new(judged.report)
        });
        if !cases.is_empty() {
            effects.push(Effect::Cases { rows: cases });
        }
        if whole {
            let quote = self.scan_config(min_edge_ppm, Calibration::default()).quote;
            // Only a scan of everything can say that a hedge is not there any more.
            let mut gone: Vec<(HedgeId, String)> = Vec::new();
            for s in stored {
                let found = hedges.iter().any(|(id, _)| *id == s.id);
                if found || !can_say(&s.hedge, &asked, &books, now, &quote) {
                    continue;
                }
                points.push(match watch.get(&s.hedge.key) {
                    Some(near) => HedgePoint::of(s.id, &near.quote, PriceState::PaysNot),
                    None => HedgePoint::unpriced(s.id, at, PriceState::PaysNot),
                });
                gone.push((s.id, format!("not found at a price that pays in the scan of {at}")));
            }
            if !gone.is_empty() {
                effects.push(Effect::HedgesGone { gone });
            }
        }
        effects.push(Effect::Prices { source, points });
        let report = ScanReport {
            judged,
            source: attempt.market.label(),
            at,
            markets: scanned.markets,
            candidates: scanned.scanned_pairs,
            hedges,
            refused,
            baskets: scanned.baskets,
            sets_priced: scanned.sets_priced,
            sets_refused: scanned.sets_refused,
        };
        Ok(Done { report: Report::Scan(report), effects })
    }
}

/// The reason as it stands in data.
fn snake(reason: betty_hedging::RefusalReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(text)) => text,
        _ => reason.title().replace(' ', "_"),
    }
}

/// Whether a scan that did not find a stored hedge can say that it is not there: it can when the pair is not proven any more, and
/// when it was priced on books that could be believed. A book that was missing, old, crossed or in a gap says nothing.
fn can_say(
    hedge: &Hedge,
    asked: &HashSet<TokenId>,
    books: &HashMap<TokenId, Book>,
    now: Timestamp,
    config: &QuoteConfig,
) -> bool {
    if !hedge.legs.iter().all(|l| asked.contains(&l.token)) {
        return true;
    }
    let mut stamps = Vec::with_capacity(hedge.legs.len());
    for leg in &hedge.legs {
        let Some(book) = books.get(&leg.token) else { return false };
        match book.check(now, config.max_age_ms, BookSide::Ask) {
            // No asks is an answer: nothing can be bought there.
            Ok(()) | Err(BookFault::OneSided { .. }) => stamps.push(book.at),
            Err(_) => return false,
        }
    }
    let span = stamps.iter().max().zip(stamps.iter().min());
    span.is_none_or(|(last, first)| last.since(*first) <= config.max_gap_ms)
}
