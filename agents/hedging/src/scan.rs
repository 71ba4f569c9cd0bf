//! A scan: every candidate pair ends as a hedge or as one refusal, and the counts add up.

use crate::basket::{BasketRefusal, FoundBasket, find};
use crate::calibration::Calibration;
use crate::certificate::TextHash;
use crate::chain::discover_all;
use crate::discover::{Discovery, Proof, still_ahead};
use crate::hedge::{Coverage, Hedge, HedgeQuote, Tier};
use crate::quote::{LegInput, NotQuoted, QuoteConfig, quote_pair};
use crate::refusal::RefusalReason;
use crate::relation::Evidence;
use crate::rules::Obligation;
use crate::tier::{coverage, tier};
use crate::worlds::worlds_of;
use betty_market::{Book, Market, MarketId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Refused but priced hedges kept for the watch list unless configured otherwise.
pub const WATCH_DEFAULT: usize = 50;

/// What a scan is run with.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanConfig {
    /// Limits and costs of each quote.
    pub quote: QuoteConfig,
    /// How often relations that are less than proven have held; empty when nothing was counted yet.
    pub calibration: Calibration,
    /// Most entries of the watch list.
    pub watch: usize,
}

impl Default for ScanConfig {
    fn default() -> Self {
        Self { quote: QuoteConfig::default(), calibration: Calibration::default(), watch: WATCH_DEFAULT }
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// Pairs that can be bought now without a loss in any normal world: by tier, then net edge, best first.
    pub hedges: Vec<Hedge>,
    /// Pairs refused on price, quoted at the venue's smallest order; nearest to paying first. Counted in `refused`.
    pub watch: Vec<Hedge>,
    /// Sets of more than two markets with a basket that gains in every normal world: by tier, then gain, best first.
    #[serde(default)]
    pub baskets: Vec<FoundBasket>,
    /// Sets whose listed prices came near to paying, and whose books were looked at: `baskets.len()` and the counts of `sets_refused`
    /// add up to it.
    #[serde(default)]
    pub sets_priced: u64,
    /// How many of those ended under each [`BasketRefusal::name`].
    #[serde(default)]
    pub sets_refused: BTreeMap<String, u64>,
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

/// Finds, proves and prices every candidate pair, and those that follow from several proofs.
#[must_use]
pub fn scan(input: &ScanInput<'_>) -> ScanReport {
    scan_proofs(&discover_all(input.markets), input)
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
    let calibrated = |proof: &Proof| input.config.calibration.coverage(&proof.certificate);
    // Texts are hashed once a market, and only the watch list's first entries are written out in full.
    let mut hashes: HashMap<&MarketId, TextHash> = HashMap::new();
    let mut near = Vec::new();
    for proof in &discovery.proofs {
        match proof.certificate.evidence {
            Evidence::Proven => report.proven += 1,
            _ => report.presumed += 1,
        }
        let certificate = &proof.certificate;
        let unchanged = certificate.markets.iter().zip(&certificate.text_hashes).all(|(id, hash)| {
            markets.get(id).is_some_and(|m| hashes.entry(&m.id).or_insert_with(|| TextHash::of(m)) == hash)
        });
        let found =
            if unchanged { quote_proof(proof, &markets, input) } else { Err(RefusalReason::LogicNotProven.into()) };
        match found {
            Ok(quote) => report.hedges.push(hedge(proof, quote, calibrated(proof))),
            Err(refusal) => {
                *report.refused.entry(refusal.reason).or_default() += 1;
                near.extend(refusal.at_minimum.map(|quote| (quote, proof)));
            }
        }
    }
    report.hedges.sort_by(|a, b| (a.tier, -a.quote.net_edge_ppm, &a.key).cmp(&(b.tier, -b.quote.net_edge_ppm, &b.key)));
    near.sort_by_cached_key(|(quote, proof)| (-quote.net_edge_ppm, proof.key()));
    near.truncate(input.config.watch);
    price_sets(&mut report, discovery, &markets, input);
    report.watch = near
        .into_iter()
        .map(|(quote, proof)| Hedge { tier: Tier::Watch, ..hedge(proof, *quote, calibrated(proof)) })
        .collect();
    report
}

/// Prices the sets whose listed prices come near to paying: each ends as a basket or is counted under a reason.
fn price_sets(
    report: &mut ScanReport,
    discovery: &Discovery,
    markets: &HashMap<&MarketId, &Market>,
    input: &ScanInput<'_>,
) {
    let sets = find::worth_reading(&discovery.sets, markets);
    report.sets_priced = sets.len() as u64;
    let mut refuse = |why: &BasketRefusal| *report.sets_refused.entry(why.name().to_owned()).or_default() += 1;
    let mut found: Vec<FoundBasket> = sets
        .into_iter()
        .filter_map(|set| {
            find::price(set, markets, input.books, input.now, &input.config.quote).map_err(|why| refuse(&why)).ok()
        })
        .collect();
    found.sort_by(|a, b| (a.tier, -a.basket.worst, &a.key).cmp(&(b.tier, -b.basket.worst, &b.key)));
    // The same orders can follow from two rules, or from a set and a larger one: they are told once.
    let mut seen = HashSet::new();
    found.retain(|b| {
        let new = seen.insert(b.legs.iter().map(|l| l.token.clone()).collect::<BTreeSet<_>>());
        if !new {
            refuse(&BasketRefusal::Same);
        }
        new
    });
    report.baskets = found;
}

/// Prices one proof again: for a monitor that holds its certificates.
///
/// # Errors
/// The reason; a proof whose texts have changed since is [`RefusalReason::LogicNotProven`].
pub fn price_proof(
    proof: &Proof,
    markets: &HashMap<&MarketId, &Market>,
    input: &ScanInput<'_>,
) -> Result<Hedge, NotQuoted> {
    let seen: Vec<&Market> = proof.certificate.markets.iter().filter_map(|id| markets.get(id).copied()).collect();
    if !proof.certificate.still_holds(&seen) {
        return Err(RefusalReason::LogicNotProven.into());
    }
    let calibrated = input.config.calibration.coverage(&proof.certificate);
    quote_proof(proof, markets, input).map(|quote| hedge(proof, quote, calibrated))
}

/// Prices one proof on the two markets and books given, in the order of its legs; for a replay that voids its proofs itself when a text
/// changes. `calibrated` is the coverage known of relations that are less than proven.
///
/// # Errors
/// The reason it is no hedge at these prices.
pub fn price_legs(
    proof: &Proof,
    legs: [(&Market, Option<&Book>); 2],
    now: Timestamp,
    config: &QuoteConfig,
    calibrated: Option<Coverage>,
) -> Result<Hedge, NotQuoted> {
    let sides = proof.legs.each_ref().map(|leg| leg.outcome);
    let [a, b] = legs;
    let inputs = [(a, sides[0]), (b, sides[1])].map(|((market, book), outcome)| LegInput { market, outcome, book });
    let worlds = worlds_of(&proof.certificate, sides);
    let quote = quote_pair(&inputs, &worlds, settles(proof, now), now, config)?;
    Ok(hedge(proof, quote, calibrated))
}

fn settles(proof: &Proof, now: Timestamp) -> Option<Timestamp> {
    still_ahead(proof.settles, proof.settles_latest, now)
}

fn quote_proof(
    proof: &Proof,
    markets: &HashMap<&MarketId, &Market>,
    input: &ScanInput<'_>,
) -> Result<HedgeQuote, NotQuoted> {
    let [Some(a), Some(b)] = proof.legs.each_ref().map(|leg| markets.get(&leg.market).copied()) else {
        return Err(RefusalReason::LegDead.into());
    };
    let sides = proof.legs.each_ref().map(|leg| leg.outcome);
    let legs = [(a, sides[0]), (b, sides[1])].map(|(market, outcome)| LegInput {
        market,
        outcome,
        book: input.books.get(market.token(outcome)),
    });
    quote_pair(&legs, &worlds_of(&proof.certificate, sides), settles(proof, input.now), input.now, &input.config.quote)
}

fn hedge(proof: &Proof, quote: HedgeQuote, calibrated: Option<Coverage>) -> Hedge {
    let evidence = proof.certificate.evidence;
    let coverage = coverage(evidence, &quote, calibrated);
    Hedge {
        key: proof.key(),
        legs: proof.legs.to_vec(),
        certificate: proof.certificate.clone(),
        worlds: worlds_of(&proof.certificate, proof.legs.each_ref().map(|leg| leg.outcome)),
        tier: tier(evidence, &quote, coverage),
        coverage,
        quote,
    }
}
