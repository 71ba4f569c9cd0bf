//! Presumed relations among thousands of recorded questions, against how the markets really ended.

mod common;

use betty_hedging::{Evidence, Relation, RuleId, prove_all};
use betty_market::{Resolution, Timestamp};
use common::{bare, recorded};
use std::collections::{BTreeMap, HashMap};

/// Relations of which a member came true, at least: fewer would be no test.
const TESTED_MIN: u32 = 30;

#[test]
fn no_recorded_outcome_contradicts_a_presumed_relation() {
    let Some(bytes) =
        recorded("quotes-2026-03-22_04-11/markets.csv.gz", "no_recorded_outcome_contradicts_a_presumed_relation")
    else {
        return;
    };
    let mut ends = HashMap::new();
    let mut markets = Vec::new();
    for row in csv::Reader::from_reader(&bytes[..]).deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let outcome = match row["outcome"].as_str() {
            "Yes" => Some(Resolution::Yes),
            "No" => Some(Resolution::No),
            _ => None,
        };
        let market = bare(&row["market_id"], row["question"].trim(), Timestamp::parse(&row["end_date"]));
        if let Some(outcome) = outcome {
            ends.insert(market.id.clone(), outcome);
        }
        markets.push(market);
    }
    let discovery = prove_all(&markets);
    assert!(discovery.proofs.iter().all(|p| p.certificate.evidence == Evidence::Presumed));
    let mut tally: BTreeMap<RuleId, [u32; 3]> = BTreeMap::new();
    for p in &discovery.proofs {
        let [a, b] = &p.certificate.markets[..] else { panic!("two markets") };
        let counts = tally.entry(p.certificate.rule).or_default();
        counts[0] += 1;
        let (Some(end_a), Some(end_b)) = (ends.get(a), ends.get(b)) else { continue };
        let yes = [end_a, end_b].map(|end| *end == Resolution::Yes);
        // Only a true antecedent tests an implication, and only a true member an exclusion.
        let (tests, holds) = match p.certificate.relation {
            Relation::Implies => (yes[0], yes[1]),
            Relation::Excludes => (yes[0] || yes[1], !(yes[0] && yes[1])),
            Relation::Equivalent => (true, yes[0] == yes[1]),
            Relation::Exhausts => (true, yes[0] || yes[1]),
            Relation::Partition => (true, yes[0] != yes[1]),
            Relation::Union => panic!("no relation of two"),
        };
        counts[1] += u32::from(tests);
        if tests && !holds {
            counts[2] += 1;
            eprintln!("contradicted: {}", p.certificate.sentence);
        }
    }
    eprintln!(
        "{} markets, {} with an outcome; pairs, tested, contradicted by rule: {tally:?}",
        markets.len(),
        ends.len()
    );
    let tested: u32 = tally.values().map(|c| c[1]).sum();
    let contradicted: u32 = tally.values().map(|c| c[2]).sum();
    assert!(tested >= TESTED_MIN, "{tested} pairs tested");
    assert_eq!(contradicted, 0, "of {tested}");
}
