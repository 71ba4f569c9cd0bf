//! The simulated venue, through the client: what a scan of it finds, and that no proof is ever contradicted by an outcome.

use betty_hedging::{
    Evidence, Obligation, Relation, RuleId, ScanConfig, ScanInput, Tier, prove_all, scan_proofs, tokens_to_price,
};
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::{MarketFilter, MarketId, MarketSource, Resolution};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const DAY_MS: u64 = 86_400_000;
/// Pairs followed to their outcome: each costs two requests.
const FOLLOWED: usize = 120;

async fn venue(seed: u64, day: u64) -> SimulatedSource {
    let config = SimConfig { seed, speed: 0.0, start_elapsed_ms: day * DAY_MS, ..SimConfig::default() };
    SimulatedSource::start(config).await.expect("a free port on loopback")
}

#[tokio::test]
async fn a_scan_finds_each_kind_and_refuses_each_trap() {
    let source = venue(11, 20).await;
    let markets = source.markets(&MarketFilter::default()).await.unwrap();
    let discovery = prove_all(&markets);
    let rules: BTreeSet<RuleId> = discovery.proofs.iter().map(|p| p.certificate.rule).collect();
    assert!(rules.is_superset(&BTreeSet::from([RuleId::R2, RuleId::R4, RuleId::R5, RuleId::R9])), "{rules:?}");
    assert!(
        discovery.proofs.iter().all(|p| p.certificate.evidence == Evidence::Proven),
        "the venue carries rule texts"
    );
    let traps: BTreeSet<Obligation> = discovery.refused.iter().map(|r| r.failure.obligation).collect();
    for trap in [Obligation::CumulativeWording, Obligation::SameStart, Obligation::SameSource] {
        assert!(traps.contains(&trap), "{trap:?} is one of the venue's traps");
    }
    let tokens = tokens_to_price(&discovery, &markets);
    let books: HashMap<_, _> = source.books(&tokens).await.unwrap().into_iter().map(|b| (b.token.clone(), b)).collect();
    let input = ScanInput { markets: &markets, books: &books, now: source.now(), config: ScanConfig::default() };
    let report = scan_proofs(&discovery, &input);
    assert_eq!(report.hedges.len() as u64 + report.refused.values().sum::<u64>(), report.scanned_pairs);
    for h in &report.hedges {
        assert!(h.tier == Tier::T0 && !h.quote.worst_case.is_negative() && h.quote.days.is_some(), "{}", h.key);
    }
    eprintln!(
        "{} markets, {} pairs, {} hedges, {:?}",
        markets.len(),
        report.scanned_pairs,
        report.hedges.len(),
        report.refused
    );
}

#[tokio::test]
async fn no_outcome_contradicts_a_proof() {
    let source = venue(11, 5).await;
    let markets = source.markets(&MarketFilter::default()).await.unwrap();
    let discovery = prove_all(&markets);
    // Every kind of proof gets its share.
    let mut taken: BTreeMap<RuleId, usize> = BTreeMap::new();
    let followed: Vec<_> = discovery
        .proofs
        .iter()
        .filter(|p| {
            let n = taken.entry(p.certificate.rule).or_default();
            *n += 1;
            *n <= FOLLOWED / 4
        })
        .collect();
    source.venue().sim_clock().advance_by(560 * DAY_MS);
    let ids: BTreeSet<&MarketId> = followed.iter().flat_map(|p| &p.certificate.markets).collect();
    let mut ends: BTreeMap<&MarketId, Resolution> = BTreeMap::new();
    for id in ids {
        if let Some(resolution) = source.market(id).await.unwrap().resolution {
            ends.insert(id, resolution);
        }
    }
    let (mut checked, mut antecedents) = (0, 0);
    for p in followed {
        let [a, b] = &p.certificate.markets[..] else { panic!("two markets") };
        let (Some(x), Some(y)) = (ends.get(a), ends.get(b)) else { continue };
        // A void market says nothing about the other.
        if *x == Resolution::Void || *y == Resolution::Void {
            continue;
        }
        checked += 1;
        let (x, y) = (*x == Resolution::Yes, *y == Resolution::Yes);
        antecedents += u32::from(x);
        let holds = match p.certificate.relation {
            Relation::Implies => !x || y,
            Relation::Excludes => !(x && y),
            Relation::Exhausts => x || y,
            Relation::Partition => x != y,
            Relation::Equivalent | Relation::Union => x == y,
        };
        assert!(holds, "contradicted: {} ({x}, {y})", p.certificate.sentence);
    }
    eprintln!("{checked} proofs followed to the end, {antecedents} with the antecedent true");
    assert!(checked > FOLLOWED / 2 && antecedents > 0);
}
