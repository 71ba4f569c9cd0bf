//! Markets and books in, priced proofs out. The prover runs off the I/O threads.

use super::HedgeSpecialist;
use crate::account::account_name;
use betty_bus::specialist::Attempt;
use betty_bus::{CaseRow, TaskError, TaskErrorKind};
use betty_hedging::QuoteConfig;
use betty_hedging::calibration::Calibration;
use betty_hedging::discover::{prove_all, tokens_to_price};
use betty_hedging::scan::{self, ScanConfig, ScanInput};
use betty_market::{Book, Market, Timestamp, TokenId, Usdc};
use std::collections::{HashMap, HashSet};

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
    ) -> Result<Proven, TaskError> {
        let source = account_name(attempt)?;
        let calibration = super::calibration::known(attempt, &source).await?;
        let (discovery, markets) = blocking(move || (prove_all(&markets), markets)).await?;
        attempt.check()?;
        let tokens = tokens_to_price(&discovery, &markets);
        (attempt.progress)(&format!("{} pairs proven, reading {} books", discovery.proofs.len(), tokens.len()));
        let books: HashMap<TokenId, Book> =
            attempt.market.books(&tokens).await?.into_iter().map(|b| (b.token.clone(), b)).collect();
        attempt.check()?;
        let (now, config) = (attempt.market.now(), self.scan_config(min_edge_ppm, calibration));
        blocking(move || {
            let input = ScanInput { markets: &markets, books: &books, now, config };
            let report = scan::scan_proofs(&discovery, &input);
            let cases = super::calibration::written_down(&discovery, &markets, &source, now);
            Proven { report, cases, asked: tokens.into_iter().collect(), books, now }
        })
        .await
    }
}

/// A scan with what it was made from.
pub(super) struct Proven {
    pub(super) report: scan::ScanReport,
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
