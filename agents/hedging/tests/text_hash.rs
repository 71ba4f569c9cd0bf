//! A certificate stands on texts, dates, tokens and flags: each change of one voids it, prices do not.

mod common;

use betty_hedging::{TextHash, analyze};
use betty_market::{ConditionId, EventId, EventRef, Market, NegRisk, NegRiskId, Price, Shares, Timestamp, TokenId};
use common::bare;

/// One named change of a market.
type Change = (&'static str, fn(&mut Market));

fn ladder() -> [Market; 2] {
    [("1", "200"), ("2", "100")].map(|(id, threshold)| {
        let question = format!("Will the price of Coin be above ${threshold} on April 20, 2026?");
        bare(id, &question, Timestamp::parse("2026-04-20"))
    })
}

const VOID: [Change; 15] = [
    ("condition", |m| m.condition = ConditionId::new("other").unwrap()),
    ("YES token", |m| m.yes = TokenId::new("other").unwrap()),
    ("NO token", |m| m.no = TokenId::new("other").unwrap()),
    ("question", |m| m.question.push(' ')),
    ("a rule text where there was none", |m| m.description = Some("Resolves by Coin's own price.".to_owned())),
    ("an empty rule text where there was none", |m| m.description = Some(String::new())),
    ("resolution source", |m| m.resolution_source = Some("https://example.org".to_owned())),
    ("an empty source where there was none", |m| m.resolution_source = Some(String::new())),
    ("event's title", |m| {
        m.event = Some(EventRef {
            id: EventId::new("7").unwrap(),
            title: "Another".to_owned(),
            slug: "another".to_owned(),
            series: None,
            market_count: None,
        });
    }),
    ("label", |m| m.group_title = Some("200".to_owned())),
    ("start", |m| m.start = Timestamp::parse("2026-01-01")),
    ("end", |m| m.end = Timestamp::parse("2026-04-21")),
    ("no end", |m| m.end = None),
    ("group", |m| m.neg_risk = Some(group(false, false))),
    ("flags", |m| m.neg_risk = Some(group(true, false))),
];

fn group(augmented: bool, other: bool) -> NegRisk {
    NegRisk { group: NegRiskId::new("g").unwrap(), augmented, other }
}

#[test]
fn every_change_of_what_a_proof_rests_on_voids_it() {
    let [high, low] = ladder();
    let certificate = analyze(&high, &low).relation.expect("a ladder");
    assert!(certificate.still_holds(&[&high, &low]) && certificate.still_holds(&[&low, &high]));
    assert!(!certificate.still_holds(&[&high]), "a market is gone");
    for (name, change) in VOID {
        for which in 0..2 {
            let mut markets = ladder();
            change(&mut markets[which]);
            assert!(!certificate.still_holds(&[&markets[0], &markets[1]]), "{name} of {which}");
        }
    }
}

#[test]
fn all_changes_differ_from_each_other() {
    let mut hashes = vec![TextHash::of(&ladder()[0])];
    for (_, change) in VOID {
        let [mut market, _] = ladder();
        change(&mut market);
        hashes.push(TextHash::of(&market));
    }
    for flags in [group(true, true), group(false, true)] {
        let [mut market, _] = ladder();
        market.neg_risk = Some(flags);
        hashes.push(TextHash::of(&market));
    }
    let count = hashes.len();
    hashes.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}

#[test]
fn a_text_does_not_run_into_the_next() {
    let [mut a, mut b] = ladder();
    b = Market {
        question: a.question.clone(),
        condition: a.condition.clone(),
        yes: a.yes.clone(),
        no: a.no.clone(),
        ..b
    };
    (a.description, a.resolution_source) = (Some("ab".to_owned()), Some("c".to_owned()));
    (b.description, b.resolution_source) = (Some("a".to_owned()), Some("bc".to_owned()));
    assert_ne!(TextHash::of(&a), TextHash::of(&b));
}

#[test]
fn prices_and_volume_change_nothing() {
    let [high, low] = ladder();
    let certificate = analyze(&high, &low).relation.expect("a ladder");
    let mut moved = high.clone();
    moved.best_bid = Price::from_e4(4_000).ok();
    moved.best_ask = Price::from_e4(4_100).ok();
    moved.volume_usd = Some(7);
    moved.liquidity_usd = Some(7);
    moved.updated = Timestamp::parse("2026-04-19");
    moved.min_size = Shares::whole(15);
    assert!(certificate.still_holds(&[&moved, &low]));
}
