//! Markets and books in, priced proofs out. The prover runs off the I/O threads.

use super::HedgeSpecialist;
use super::judging::{self, Judged};
use crate::account::account_name;
use betty_bus::specialist::Attempt;
use betty_bus::{CaseRow, TaskError, TaskErrorKind};
use betty_hedging::calibration::Calibration;
use betty_hedging::discover::tokens_to_price;
use betty_hedging::scan::{self, ScanConfig, ScanInput};
use betty_hedging::{Certificate, Proof, QuoteConfig, RuleId, discover_all, proofs_of};
use betty_market::{Book, Market, MarketId, Timestamp, TokenId, Usdc};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl HedgeSpecialist {
    pub(super) fn scan_config(&self, min_edge_ppm: i64, calibration: Calibration) -> ScanConfig {
        let (limits, costs) = (&self.setup.limits, &self.setup.costs);
        let gas = costs.gas.per_basket.micros();
        let buffered = gas + gas * i64::from(costs.gas_buffer_pct) / 100;
        ScanConfig {
            quote: QuoteConfig {
                max_age_ms: limits.book_age_ms_max,
                max_gap_ms: limits.leg_gap_ms_max,
                min_edge_ppm,
                gas: Usdc::from_micros(buffered),
                ..QuoteConfig::default()
            },
            calibration,
            ..ScanConfig::default()
        }
    }

    /// Proves and prices among the given markets; the prover runs off the I/O threads.
    pub(super) async fn prove(
        &self,
        attempt: &Attempt,
        markets: Vec<Market>,
        min_edge_ppm: i64,
        more: More,
    ) -> Result<Proven, TaskError> {
        let source = account_name(attempt)?;
        let calibration = super::calibration::known(attempt, &source).await?;
        let (mut discovery, markets) = blocking(move || (discover_all(&markets), markets)).await?;
        attempt.check()?;
        let by_rules = discovery.proofs.len();
        // What a model said before is priced again wherever its texts still stand.
        let (mut kept, ask) = match more {
            More::Kept(kept) => (kept, false),
            More::KeptAndAsk(kept) => (kept, true),
        };
        kept.retain(|c| c.rule == RuleId::Model);
        let (mut markets, mut judged) = (markets, None);
        if let Some(setup) = self.setup.model.as_ref().filter(|_| ask) {
            let (pool, known) = (Arc::new(markets), Arc::new(discovery));
            judged = Some(judging::judged(setup, attempt, &source, (&pool, &known), min_edge_ppm).await?);
            // Shared with work that has ended.
            markets = Arc::try_unwrap(pool).unwrap_or_else(|shared| (*shared).clone());
            discovery = Arc::try_unwrap(known).unwrap_or_else(|shared| (*shared).clone());
        }
        let new = judged.as_mut().map(|j| std::mem::take(&mut j.proofs)).unwrap_or_default();
        let mut legs: HashSet<[TokenId; 2]> = discovery.proofs.iter().map(legs_of).collect();
        for proof in new.into_iter().chain(kept_proofs(kept, &markets)) {
            // What a rule shows as well is the rule's.
            if legs.insert(legs_of(&proof)) {
                discovery.proofs.push(proof);
            }
        }
        let tokens = tokens_to_price(&discovery, &markets);
        (attempt.progress)(&format!("{by_rules} pairs proven, reading {} books", tokens.len()));
        let books: HashMap<TokenId, Book> =
            attempt.market.books(&tokens).await?.into_iter().map(|b| (b.token.clone(), b)).collect();
        attempt.check()?;
        let (now, config) = (attempt.market.now(), self.scan_config(min_edge_ppm, calibration));
        blocking(move || {
            let input = ScanInput { markets: &markets, books: &books, now, config };
            let report = scan::scan_proofs(&discovery, &input);
            let cases = super::calibration::written_down(&discovery, &markets, &source, now);
            Proven { report, judged, cases, asked: tokens.into_iter().collect(), books, now }
        })
        .await
    }
}

/// What is priced beside what the rules show.
pub(super) enum More {
    /// What a model said before.
    Kept(Vec<Certificate>),
    /// That, and what it says now.
    KeptAndAsk(Vec<Certificate>),
}

fn legs_of(proof: &Proof) -> [TokenId; 2] {
    let [a, b] = proof.legs.each_ref().map(|l| l.token.clone());
    if a <= b { [a, b] } else { [b, a] }
}

fn kept_proofs(kept: Vec<Certificate>, markets: &[Market]) -> Vec<Proof> {
    let by_id: HashMap<&MarketId, &Market> = markets.iter().map(|m| (&m.id, m)).collect();
    kept.into_iter()
        .filter_map(|certificate| {
            let [a, b] = certificate.markets.as_slice() else { return None };
            let (a, b) = (*by_id.get(a)?, *by_id.get(b)?);
            certificate.still_holds(&[a, b]).then(|| proofs_of(certificate, a, b))
        })
        .flatten()
        .collect()
}

/// A scan with what it was made from.
pub(super) struct Proven {
    pub(super) report: scan::ScanReport,
    /// What a model added, when it was asked.
    pub(super) judged: Option<Judged>,
    /// What was shown between two markets, to be written down.
    pub(super) cases: Vec<CaseRow>,
    /// The tokens of every proven pair: their books were asked for.
    pub(super) asked: HashSet<TokenId>,
    pub(super) books: HashMap<TokenId, Book>,
    pub(super) now: Timestamp,
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TaskError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => Ok(value),
        // A panic in the prover is the attempt's panic: it ends as one.
        Err(join) => match join.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(TaskError::new(TaskErrorKind::Cancelled, "the work was dropped because Betty stops")),
        },
    }
}
