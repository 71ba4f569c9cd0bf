//! Pairs that follow from several proofs: each holds in every consistent world, none is missed, and each falls with any text it rests on.

mod common;

use betty_hedging::basket::worlds;
use betty_hedging::chain::{CHAINS_MAX, LINKS_MAX};
use betty_hedging::{
    Evidence, Graph, Proof, RefusalReason, Relation, RuleId, ScanConfig, ScanInput, chains, prove_all, scan,
};
use betty_market::{
    Book, Depth, FeeSchedule, Level, Market, MarketId, NegRisk, NegRiskId, Outcome, Price, Shares, Timestamp, TokenId,
    Usdc,
};
use common::{bare, dump};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};

const NOW: &str = "2026-03-01T00:00:00Z";

fn price(e4: u16) -> Option<Price> {
    Some(Price::from_e4(e4).unwrap())
}

/// Candidates of one seat, of whom each may be elected by one of several days: ladders that a neg-risk group ties together.
fn pool(i: usize) -> Market {
    const DATES: [&str; 4] = ["June 1, 2026", "June 30, 2026", "July 31, 2026", "August 31, 2026"];
    let (who, date) = (["Lorn", "Vane", "Ostrey"][i / 4 % 3], DATES[i % 4]);
    let end = Timestamp::parse("2026-12-31T00:00:00Z");
    let mut m = if i < 12 {
        let mut m = bare(&format!("{i}"), &format!("Will {who} join the pact by {date}?"), end);
        m.description = Some(format!(
            "This market will resolve to \"Yes\" if {who} joins the pact by {date}, 11:59 PM ET. Otherwise, it will resolve to \"No\"."
        ));
        if i % 4 == 1 {
            m.neg_risk = Some(NegRisk { group: NegRiskId::new("g1").unwrap(), augmented: false, other: false });
        }
        m
    } else {
        let mut m = bare(&format!("{i}"), &format!("Will number {i} be elected?"), end);
        m.description =
            Some("This market will resolve to \"Yes\" if the candidate of the title is elected.".to_owned());
        m.neg_risk = Some(NegRisk { group: NegRiskId::new("g1").unwrap(), augmented: false, other: false });
        m
    };
    // YES and NO at 45 cents each: everything that holds comes near to paying.
    (m.best_ask, m.best_bid) = (price(4_500), price(5_500));
    m
}

fn tokens(proof: &Proof) -> BTreeSet<TokenId> {
    proof.legs.iter().map(|l| l.token.clone()).collect()
}

fn pays(outcome: Outcome, yes: bool) -> bool {
    (outcome == Outcome::Yes) == yes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chains_and_direct_proofs_are_exactly_what_every_world_covers(picked in prop::collection::btree_set(0..15_usize, 2..10)) {
        let markets: Vec<Market> = picked.into_iter().map(pool).collect();
        let discovery = prove_all(&markets);
        let found = chains(&discovery, &markets);
        let direct: BTreeSet<_> = discovery.proofs.iter().map(tokens).collect();
        let chained: BTreeSet<_> = found.iter().map(tokens).collect();
        prop_assert_eq!(chained.len(), found.len(), "each once");
        prop_assert!(direct.is_disjoint(&chained));
        let ids: Vec<MarketId> = markets.iter().map(|m| m.id.clone()).collect();
        let graph = Graph::build(markets.iter().cloned());
        let all = worlds(ids.len(), &graph.constraints(&ids), 4_096).unwrap();
        let sides = [Outcome::Yes, Outcome::No];
        let mut covered = BTreeSet::new();
        for (i, a) in markets.iter().enumerate() {
            for (j, b) in markets.iter().enumerate().skip(i + 1) {
                for (x, y) in sides.into_iter().flat_map(|x| sides.map(|y| (x, y))) {
                    if all.iter().all(|w| pays(x, w[i]) || pays(y, w[j])) {
                        covered.insert(BTreeSet::from([a.token(x).clone(), b.token(y).clone()]));
                    }
                }
            }
        }
        // Of a group only those with the highest bids are paired; what two of it exclude is no chain.
        let grouped = markets.iter().filter(|m| m.neg_risk.is_some()).map(|m| m.no.clone()).collect::<BTreeSet<_>>();
        let of_group = covered.iter().filter(|pair| pair.is_subset(&grouped));
        let together: BTreeSet<_> = direct.union(&chained).chain(of_group).cloned().collect();
        prop_assert_eq!(together, covered);
        for proof in &found {
            let c = &proof.certificate;
            prop_assert_eq!(c.rule, RuleId::Chain);
            prop_assert!(c.markets.len() >= 3 && c.markets.len() == c.text_hashes.len());
            prop_assert_eq!(c.evidence, Evidence::Proven);
            let deduced = graph.deduce(&c.markets[0], &c.markets[1]).expect("the graph deduces it too");
            let same = deduced.relation == c.relation && (c.relation != Relation::Implies || deduced.markets == c.markets[..2]);
            prop_assert!(same, "{:?} against {:?}", deduced, c);
        }
    }
}

/// "Lorn by June 1" implies "Lorn by June 30", which excludes "Vane by June 30". The market between has a spread of 20 cents.
fn three() -> Vec<Market> {
    let mut three: Vec<Market> = [0, 1, 5].into_iter().map(pool).collect();
    for (m, (bid, ask)) in three.iter_mut().zip([(5_500, 5_600), (4_500, 6_500), (5_500, 5_700)]) {
        (m.best_bid, m.best_ask) = (price(bid), price(ask));
        m.fee = Some(FeeSchedule::FREE);
    }
    three
}

fn books(markets: &[Market]) -> HashMap<TokenId, Book> {
    let at = Timestamp::parse(NOW).unwrap();
    let level = |price: Price| Level { price, size: Shares::whole(100) };
    markets
        .iter()
        .flat_map(|m| {
            let yes = Book::from_levels(m.yes.clone(), at, Depth::Full, m.best_bid.map(level), m.best_ask.map(level));
            let no = yes.mirrored(m.no.clone());
            [(m.yes.clone(), yes), (m.no.clone(), no)]
        })
        .collect()
}

fn input<'a>(markets: &'a [Market], books: &'a HashMap<TokenId, Book>) -> ScanInput<'a> {
    ScanInput { markets, books, now: Timestamp::parse(NOW).unwrap(), config: ScanConfig::default() }
}

#[test]
fn a_chain_over_a_wide_spread_pays_where_neither_of_its_proofs_does() {
    let markets = three();
    let books = books(&markets);
    let report = scan(&input(&markets, &books));
    let [hedge] = &report.hedges[..] else { panic!("{:#?}", report.hedges) };
    let c = &hedge.certificate;
    assert_eq!((c.rule, c.relation, c.evidence), (RuleId::Chain, Relation::Excludes, Evidence::Proven));
    assert_eq!(c.markets, [&markets[0].id, &markets[2].id, &markets[1].id].map(Clone::clone));
    assert_eq!(hedge.key, "Chain:NO-0:NO-5");
    // NO at 45 cents and NO at 45 cents: 90 cents for a dollar, 100 shares; the gas of the configuration goes off.
    assert_eq!(hedge.quote.shares, Shares::whole(100));
    assert_eq!(hedge.quote.worst_case, Usdc::whole(10) - hedge.quote.gas);
    // The market between void, both others YES: nothing is paid.
    assert_eq!(hedge.quote.worst_case_void, Usdc::ZERO - hedge.quote.cost);
    assert!(hedge.worlds.iter().any(|w| w.void && w.payoff == Usdc::ZERO && w.name.contains("between VOID")));
    assert!(c.sentence.contains("R4") && c.sentence.contains("R2"), "{}", c.sentence);
}

#[test]
fn a_changed_text_of_any_market_of_the_chain_voids_it() {
    let markets = three();
    let books = books(&markets);
    let mut discovery = prove_all(&markets);
    let found = chains(&discovery, &markets);
    assert_eq!(found.len(), 1);
    discovery.proofs = found;
    for changed in 0..3 {
        let mut markets = markets.clone();
        markets[changed].description = Some("Something else.".to_owned());
        let report = betty_hedging::scan_proofs(&discovery, &input(&markets, &books));
        assert!(report.hedges.is_empty());
        assert!(report.refused.contains_key(&RefusalReason::LogicNotProven));
    }
    let two: Vec<Market> = markets.iter().filter(|m| m.id.as_str() != "1").cloned().collect();
    assert!(
        betty_hedging::scan_proofs(&discovery, &input(&two, &books)).hedges.is_empty(),
        "the market between is gone"
    );
}

#[test]
fn dear_and_untradable_tokens_are_left_alone() {
    let mut markets = three();
    markets[0].best_bid = price(4_000);
    assert!(chains(&prove_all(&markets), &markets).is_empty(), "60 and 45 cents");
    let mut markets = three();
    markets[2].best_bid = None;
    assert!(chains(&prove_all(&markets), &markets).is_empty(), "nobody asks for its NO");
    assert!(chains(&prove_all(&[]), &[]).is_empty());
}

#[test]
fn chains_of_the_dump_hold_by_its_graph() {
    let Some(mut markets) = dump("chains_of_the_dump_hold_by_its_graph") else { return };
    // At the prices of that day none comes near; at these all do.
    assert!(chains(&prove_all(&markets), &markets).is_empty());
    for m in &mut markets {
        (m.best_ask, m.best_bid) = (price(4_500), price(5_500));
    }
    let found = chains(&prove_all(&markets), &markets);
    assert!(!found.is_empty() && found.len() <= CHAINS_MAX);
    let graph = Graph::build(markets.iter().cloned());
    for proof in &found {
        let [a, b] = [&proof.certificate.markets[0], &proof.certificate.markets[1]];
        let deduced = graph.deduce(a, b).expect("the graph deduces it too");
        assert_eq!(deduced.relation, proof.certificate.relation, "{proof:?}");
        assert!(proof.certificate.markets.len() <= LINKS_MAX + 1);
    }
}
