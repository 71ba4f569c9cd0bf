//! The relation graph: after any changes it is the graph made from scratch, and what it deduces holds in every consistent world.

mod common;

use betty_hedging::basket::worlds;
use betty_hedging::{Change, Evidence, Graph, Relation, RuleId, TextHash};
use betty_market::{Market, MarketId, MarketStatus, NegRisk, NegRiskId, Timestamp};
use common::{bare, dump};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn end(day: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(day).unwrap())
}

fn id(text: &str) -> MarketId {
    MarketId::new(text).unwrap()
}

/// One of a few dozen invented markets: two date ladders, ranges and thresholds of two quantities, a neg-risk group.
fn pool(i: usize) -> Market {
    const DATES: [&str; 4] = ["June 1, 2026", "June 30, 2026", "July 31, 2026", "August 31, 2026"];
    const RANGES: [&str; 8] = [
        "less than 200",
        "between 200 (inclusive) and 400 (exclusive)",
        "between 400 (inclusive) and 600 (exclusive)",
        "600 or more",
        "400 or more",
        "more than 100",
        "less than 400",
        "between 250 and 350",
    ];
    let text =
        |what: &str| format!("This market will resolve to \"Yes\" if {what}. Otherwise, it will resolve to \"No\".");
    let (kind, k) = (i / 8, i % 8);
    let mut m = match kind {
        0 => {
            let (who, date) = (["Valdoria", "Lorn"][k / 4], DATES[k % 4]);
            let mut m = bare("0", &format!("Will {who} join the pact by {date}?"), end("2026-12-31"));
            m.description = Some(text(&format!("{who} joins the pact by {date}, 11:59 PM ET")));
            m
        }
        1 | 2 => {
            let park = ["Lorn Park", "Vane Park"][kind - 1];
            let mut m = bare("0", &format!("Will {park} have {} visitors in 2026?", RANGES[k]), end("2026-12-31"));
            m.description = Some(text(&format!("{park} reports {} visitors for the year 2026", RANGES[k])));
            m
        }
        _ => {
            let mut m = bare("0", &format!("Will candidate number {k} of Lorn be elected?"), end("2026-12-31"));
            m.description = Some(text("the candidate of the title is elected"));
            m.neg_risk = Some(NegRisk { group: NegRiskId::new("g1").unwrap(), augmented: false, other: false });
            m
        }
    };
    let own = bare(&format!("{i}"), "", None);
    (m.id, m.condition, m.yes, m.no) = (own.id, own.condition, own.yes, own.no);
    m
}

const POOL: usize = 32;

/// Everything that can be asked of a graph.
fn state(graph: &Graph) -> (usize, String, Vec<BTreeSet<MarketId>>) {
    (graph.len(), format!("{:#?}", graph.certificates()), graph.components())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn after_any_changes_it_is_the_graph_made_from_scratch(steps in prop::collection::vec((0..POOL, 0_u8..5), 1..50)) {
        let mut graph = Graph::default();
        let mut there: Vec<Option<Market>> = vec![None; POOL];
        for (i, what) in steps {
            let mut market = pool(i);
            match what {
                // Comes, or comes again.
                0 | 1 => {}
                // Another text, another question.
                2 => market.description = market.description.map(|d| d.replace("2026", "2027")),
                3 => market.question = pool((i + 8) % POOL).question,
                _ => {
                    graph.remove(&market.id);
                    there[i] = None;
                    continue;
                }
            }
            let change = graph.insert(market.clone());
            if there[i].as_ref() == Some(&market) {
                prop_assert_eq!(change, Change::default());
            }
            there[i] = Some(market);
        }
        prop_assert_eq!(state(&graph), state(&Graph::build(there.into_iter().flatten())));
    }

    /// Among the markets of a component, by all joint outcomes that its certificates allow.
    #[test]
    fn what_is_deduced_holds_in_every_world_and_nothing_is_missed(picked in prop::collection::btree_set(0..POOL, 2..9)) {
        let graph = Graph::build(picked.into_iter().map(pool));
        for component in graph.components() {
            let ids: Vec<MarketId> = component.into_iter().collect();
            let ties = graph.constraints(&ids);
            let all = worlds(ids.len(), &ties, 4_096).unwrap();
            let two_sided = ties.iter().all(|c| c.members.len() == 2
                || matches!(c.relation, Relation::Excludes | Relation::Equivalent | Relation::Implies));
            for (i, a) in ids.iter().enumerate() {
                for (j, b) in ids.iter().enumerate().filter(|(j, _)| *j != i) {
                    let holds = |test: fn(bool, bool) -> bool| all.iter().all(|w| test(w[i], w[j]));
                    match graph.deduce(a, b) {
                        Some(found) => {
                            let flipped = found.markets[0] == *b;
                            prop_assert!(match (found.relation, flipped) {
                                (Relation::Implies, false) => holds(|a, b| !a || b),
                                (Relation::Implies, true) => holds(|a, b| !b || a),
                                (Relation::Excludes, _) => holds(|a, b| !(a && b)),
                                (Relation::Exhausts, _) => holds(|a, b| a || b),
                                (Relation::Partition, _) => holds(|a, b| a != b),
                                (Relation::Equivalent, _) => holds(|a, b| a == b),
                                (Relation::Union, _) => false,
                            }, "{found:#?}");
                            prop_assert!(!found.chain.is_empty());
                            prop_assert_eq!(found.evidence, found.chain.iter().map(|c| c.evidence).min().unwrap());
                        }
                        None if two_sided => {
                            prop_assert!(!holds(|a, b| !a || b) && !holds(|a, b| !b || a) && !holds(|a, b| !(a && b)) && !holds(|a, b| a || b), "{a} {b}");
                        }
                        None => {}
                    }
                }
            }
        }
    }
}

#[test]
fn a_chain_of_certificates_is_told_in_its_order() {
    // "Between 400 and 600" implies "400 or more", which excludes "less than 200" … directly too; so the middle is taken out of the
    // direct rule's reach: a date ladder of three whose ends no rule ties, because they have different openings of the text.
    let graph = Graph::build([pool(0), pool(1), pool(2)]);
    let found = graph.deduce(&id("0"), &id("2")).unwrap();
    assert_eq!(
        (found.relation, found.chain.len()),
        (Relation::Implies, 1),
        "the direct certificate is the shortest chain"
    );
    // Without a rule of its own between them: a member of the group and another one, then nothing.
    let graph = Graph::build([pool(0), pool(24), pool(25)]);
    assert!(graph.deduce(&id("0"), &id("24")).is_none());
    assert_eq!(graph.deduce(&id("24"), &id("25")).unwrap().relation, Relation::Excludes);
}

#[test]
fn a_chain_through_another_rule_is_deduced() {
    // A twin condition by hand: "400 or more" stands in a neg-risk group with a candidate of which no range rule knows.
    let mut half = pool(12);
    half.neg_risk = Some(NegRisk { group: NegRiskId::new("g1").unwrap(), augmented: false, other: false });
    let graph = Graph::build([pool(10), half, pool(24)]);
    let found = graph.deduce(&id("10"), &id("24")).unwrap();
    assert_eq!((found.relation, found.evidence), (Relation::Excludes, Evidence::Proven));
    let rules: Vec<RuleId> = found.chain.iter().map(|c| c.rule).collect();
    assert_eq!(rules, [RuleId::R7, RuleId::R2], "the range implies the threshold, which excludes the candidate");
    assert_eq!(found.chain[0].markets, [id("10"), id("12")]);
}

#[test]
fn a_change_voids_what_rested_on_it_and_looks_at_neighbours_only() {
    let mut graph = Graph::build((0..POOL).map(pool));
    let mut changed = pool(1);
    changed.description = changed.description.map(|d| d.replace("joins", "leaves"));
    let rested: Vec<_> = graph.ties_of(&id("1")).into_iter().cloned().collect();
    assert_eq!(rested.len(), 3, "one with each other date");
    let change = graph.insert(changed.clone());
    assert_eq!(change.voided.len(), 3);
    assert!(change.voided.iter().all(|c| rested.contains(c)) && change.made.is_empty());
    assert!(change.voided.iter().all(|c| !c.still_holds(&[&changed, &pool(0), &pool(2), &pool(3)])));
    assert!(change.examined <= 8, "{} looked at: its ladder, not the venue", change.examined);
    assert!(graph.ties_of(&id("1")).is_empty());
    // What is not part of a proof changes nothing.
    let mut priced = changed.clone();
    priced.best_bid = Some("0.4".parse().unwrap());
    assert_eq!(TextHash::of(&priced), TextHash::of(&changed));
    assert_eq!(graph.insert(priced.clone()), Change::default());
    assert_eq!(graph.market(&id("1")), Some(&priced), "but the newest listing is kept");
    // Back again, and out by its end.
    assert_eq!(graph.insert(pool(1)).made.len(), 3);
    let mut ended = pool(1);
    ended.status = MarketStatus::Resolved;
    assert_eq!(graph.insert(ended).voided.len(), 3);
    assert_eq!(graph.len(), POOL - 1);
    assert_eq!(graph.remove(&id("nothing")), Change::default());
}

#[test]
fn the_recorded_markets_make_the_same_graph_one_by_one() {
    let Some(markets) = dump("the_recorded_markets_make_the_same_graph_one_by_one") else { return };
    let whole = Graph::build(markets.iter().cloned());
    let mut grown = Graph::default();
    for market in markets.iter().rev().step_by(2).chain(markets.iter().rev().skip(1).step_by(2)) {
        grown.insert(market.clone());
    }
    assert_eq!(state(&grown), state(&whole));
    let sizes: Vec<usize> = whole.components().iter().map(BTreeSet::len).collect();
    eprintln!("{} markets, {} certificates, components {sizes:?}", whole.len(), whole.certificates().len());
    assert!(sizes.iter().sum::<usize>() > 100);
}
