//! The recorded questions: bare ones are never proven, and what the rule on twins shows in the dump can be counted.

use crate::common::{bare, dump, recorded};
use betty_hedging::{Evidence, RuleId, prove_all};
use betty_market::{Market, Timestamp};
use std::collections::BTreeMap;

#[test]
fn every_twin_of_the_dump_has_one_text() {
    let Some(markets) = dump("every_twin_of_the_dump_has_one_text") else { return };
    let of = |id: &betty_market::MarketId| markets.iter().find(|m| m.id == *id).unwrap();
    for proof in prove_all(&markets).proofs.iter().filter(|p| p.certificate.rule == RuleId::R12) {
        let [a, b] = [0, 1].map(|i| of(&proof.certificate.markets[i]));
        eprintln!("{}", proof.certificate.sentence);
        assert_eq!((&a.description, a.end), (&b.description, b.end));
    }
}

#[test]
fn bare_questions_are_never_proven_and_never_twins() {
    let Some(bytes) =
        recorded("quotes-2026-03-22_04-11/markets.csv.gz", "bare_questions_are_never_proven_and_never_twins")
    else {
        return;
    };
    let rows = csv::Reader::from_reader(&bytes[..]).into_deserialize::<BTreeMap<String, String>>();
    let markets: Vec<Market> = rows
        .map(|row| row.expect("a row"))
        .map(|row| bare(&row["market_id"], row["question"].trim(), Timestamp::parse(&row["end_date"])))
        .collect();
    let proofs = prove_all(&markets).proofs;
    assert!(proofs.iter().all(|p| p.certificate.evidence == Evidence::Presumed && p.certificate.rule != RuleId::R12));
}
