//! A scan: every candidate pair ends as a hedge or as one refusal, and the counts add up.

use crate::discover::{Discovery, Proof, prove_all};
use crate::hedge::{Hedge, HedgeQuote};
use crate::quote::{LegInput, QuoteConfig, quote_pair};
use crate::refusal::RefusalReason;
use crate::relation::Evidence;
use crate::rules::Obligation;
use crate::tier::{coverage, tier};
use crate::worlds::pair_worlds;
use betty_market::{Book, Market, MarketId, Timestamp, TokenId};
use std::collections::{BTreeMap, HashMap};

/// Refused but priced hedges kept for the watch list unless configured otherwise.
pub const WATCH_DEFAULT: usize = 50;

/// What a scan is run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanConfig {
    /// Limits and costs of each quote.
    pub quote: QuoteConfig,
    /// Most entries of the watch list.
    pub watch: usize,
}

impl Default for ScanConfig {
    fn default() -> Self {
        Self { quote: QuoteConfig::default(), watch: WATCH_DEFAULT }
    }
}

/// Everything a scan needs.
#[derive(Debug, Clone)]
pub struct ScanInput<'a> {
    /// The markets.
    pub markets: &'a [Market],
    /// Books by token; a missing one is a refusal, never made up.
    pub books: &'a HashMap<TokenId, Book>,
    /// The source's present.
    pub now: Timestamp,
    /// Limits.
    pub config: ScanConfig,
}

/// What a scan came to. `hedges.len()` and the counts of `refused` add up to `scanned_pairs`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanReport {
    /// Pairs that can be bought now without a loss in any normal world: by tier, then net edge, best first.
    pub hedges: Vec<Hedge>,
    /// Pairs refused on price, quoted at the venue's smallest order; nearest to paying first. Counted in `refused`.
    pub watch: Vec<Hedge>,
    /// How many pairs ended under each reason.
    pub refused: BTreeMap<RefusalReason, u64>,
    /// Among those with [`RefusalReason::LogicNotProven`]: which obligation failed.
    pub obligations: BTreeMap<Obligation, u64>,
    /// Candidate pairs in all.
    pub scanned_pairs: u64,
    /// Pairs with a certificate, whatever they cost.
    pub proven: u64,
    /// Pairs whose rule holds on the questions alone.
    pub presumed: u64,
    /// Markets looked at.
    pub markets: u64,
}

/// Finds, proves and prices every candidate pair.
#[must_use]
pub fn scan(input: &ScanInput<'_>) -> ScanReport {
    scan_proofs(&prove_all(input.markets), input)
}

/// Prices the pairs of a discovery made from the same markets; the caller has fetched the books of
/// [`crate::discover::tokens_to_price`] in between. A proof whose texts have changed since is refused.
#[must_use]
pub fn scan_proofs(discovery: &Discovery, input: &ScanInput<'_>) -> ScanReport {
    let markets: HashMap<&MarketId, &Market> = input.markets.iter().map(|m| (&m.id, m)).collect();
    let mut report = ScanReport {
        scanned_pairs: (discovery.proofs.len() + discovery.refused.len()) as u64,
        markets: input.markets.len() as u64,
        ..ScanReport::default()
    };
    for refused in &discovery.refused {
        *report.refused.entry(RefusalReason::LogicNotProven).or_default() += 1;
        *report.obligations.entry(refused.failure.obligation).or_default() += 1;
    }
    for proof in &discovery.proofs {
        match proof.certificate.evidence {
            Evidence::Proven => report.proven += 1,
            _ => report.presumed += 1,
        }
        match price_proof(proof, &markets, input) {
            Ok(hedge) => report.hedges.push(hedge),
            Err((reason, near)) => {
                *report.refused.entry(reason).or_default() += 1;
                report.watch.extend(near);
            }
        }
    }
    let order =
        |a: &Hedge, b: &Hedge| (a.tier, -a.quote.net_edge_ppm, &a.key).cmp(&(b.tier, -b.quote.net_edge_ppm, &b.key));
    report.hedges.sort_by(order);
    report.watch.sort_by(order);
    report.watch.truncate(input.config.watch);
    report
}

/// Prices one proof again: for a monitor that holds its certificates.
///
/// # Errors
/// The reason, and the quote at the smallest order where there is one.
pub fn price_proof(
    proof: &Proof,
    markets: &HashMap<&MarketId, &Market>,
    input: &ScanInput<'_>,
) -> Result<Hedge, (RefusalReason, Option<Hedge>)> {
    let [Some(a), Some(b)] = proof.legs.each_ref().map(|leg| markets.get(&leg.market).copied()) else {
        return Err((RefusalReason::LegDead, None));
    };
    if !proof.certificate.still_holds(&[a, b]) {
        return Err((RefusalReason::LogicNotProven, None));
    }
    let sides = proof.legs.each_ref().map(|leg| leg.outcome);
    let worlds = pair_worlds(proof.certificate.relation, sides);
    let legs = [(a, sides[0]), (b, sides[1])].map(|(market, outcome)| LegInput {
        market,
        outcome,
        book: input.books.get(market.token(outcome)),
    });
    let settles = match proof.settles {
        Some(end) if end >= input.now => Some(end),
        passed => passed.max(proof.settles_latest),
    };
    let hedge = |quote: HedgeQuote| {
        let evidence = proof.certificate.evidence;
        let coverage = coverage(evidence, &quote, None);
        Hedge {
            key: proof.key(),
            legs: proof.legs.to_vec(),
            certificate: proof.certificate.clone(),
            worlds: worlds.clone(),
            tier: tier(evidence, &quote, coverage),
            coverage,
            quote,
        }
    };
    match quote_pair(&legs, &worlds, settles, input.now, &input.config.quote) {
        Ok(quote) => Ok(hedge(quote)),
        Err(refusal) => Err((refusal.reason, refusal.at_minimum.map(|quote| hedge(*quote)))),
    }
}
