//! The labelled pairs of real questions: what must be shown is shown, what must not be never is.

mod common;

use betty_hedging::{Evidence, Relation, analyze};
use betty_market::{Market, Timestamp};
use common::{bare, dump, recorded};
use serde_json::Value;
use std::collections::BTreeMap;

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// Least share of the labelled implications that must be presumed from the questions alone.
const RECALL_MIN: f64 = 0.97;

#[test]
fn ladder_pairs_are_presumed_and_never_proven() {
    let Some(bytes) = recorded("pairs/ladder_pairs.jsonl", "ladder_pairs_are_presumed_and_never_proven") else {
        return;
    };
    let rows: Vec<Value> =
        String::from_utf8(bytes).unwrap().lines().map(|l| serde_json::from_str(l).expect("a row")).collect();
    let (mut implications, mut found) = (0, 0);
    let mut misses = Vec::new();
    for row in &rows {
        let [a, b] = ["a", "b"].map(|x| {
            let end = Timestamp::parse(text(row, &format!("{x}_end")));
            bare(text(row, &format!("{x}_id")), text(row, &format!("{x}_question")), end)
        });
        let analysis = analyze(&a, &b);
        let shown = analysis.relation.as_ref();
        // No rule text: nothing is ever proven.
        assert!(shown.is_none_or(|c| c.evidence == Evidence::Presumed), "{row}");
        let direction = shown.filter(|c| c.relation == Relation::Implies).map(|c| c.markets[0] == a.id);
        match text(row, "label") {
            "a_implies_b" | "b_implies_a" => {
                implications += 1;
                let wanted = text(row, "label") == "a_implies_b";
                assert_ne!(direction, Some(!wanted), "the wrong way round: {row}");
                if direction == Some(wanted) {
                    found += 1;
                } else {
                    misses.push((text(row, "a_question"), text(row, "b_question"), analysis.failed));
                }
            }
            // The group id that makes them exclusive is not in this file: silence is right, and so is what their ranges show.
            "mutually_exclusive" => {
                assert!(shown.is_none_or(|c| c.relation == Relation::Excludes), "a false relation: {row}");
            }
            "none" => assert!(shown.is_none(), "a false relation: {row}"),
            other => panic!("unknown label {other}"),
        }
    }
    for (a, b, failed) in &misses {
        eprintln!("missed: {a} | {b}: {}", failed.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }
    eprintln!("{found} of {implications} labelled implications presumed");
    assert!(implications > 200);
    assert!(f64::from(found) >= RECALL_MIN * f64::from(implications), "{found} of {implications}");
}

#[test]
fn cross_event_pairs_hold_on_their_rule_texts() {
    const NAME: &str = "cross_event_pairs_hold_on_their_rule_texts";
    let (Some(markets), Some(bytes)) = (dump(NAME), recorded("pairs/cross_event_pairs.json", NAME)) else { return };
    let by_id: BTreeMap<&str, &Market> = markets.iter().map(|m| (m.id.as_str(), m)).collect();
    let rows: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let mut tally: BTreeMap<(String, bool, bool), u32> = BTreeMap::new();
    for row in &rows {
        let (a, b) = (by_id[text(row, "a")], by_id[text(row, "b")]);
        let necessary = row["strictly_necessary"].as_bool().expect("a label");
        let analysis = analyze(a, b);
        let label = text(row, "relation");
        let nba = a.question.contains("NBA") && b.question.contains("NBA");
        *tally.entry((label.to_owned(), necessary, analysis.relation.is_some())).or_default() += 1;
        let Some(found) = &analysis.relation else {
            assert!(!(nba && necessary), "not proven: {row}: {:?}", analysis.failed);
            continue;
        };
        assert!(necessary, "called certain and is not: {row}: {}", found.sentence);
        assert_eq!(found.evidence, Evidence::Proven, "{row}");
        match label {
            "a_implies_b" => assert!(found.relation == Relation::Implies && found.markets[0] == a.id, "{row}"),
            "b_implies_a" => assert!(found.relation == Relation::Implies && found.markets[0] == b.id, "{row}"),
            "mutually_exclusive" => assert_eq!(found.relation, Relation::Excludes, "{row}"),
            other => panic!("unknown label {other}"),
        }
        assert!(found.still_holds(&[a, b]));
        assert!(!found.spans.is_empty() || found.relation == Relation::Excludes);
        for span in &found.spans {
            let market = by_id[span.market.as_str()];
            let field = match span.field {
                betty_hedging::certificate::Field::Question => market.question.as_str(),
                _ => market.description.as_deref().unwrap(),
            };
            assert!(field.get(span.start..span.end).is_some_and(|t| !t.is_empty()), "{span:?}");
        }
    }
    eprintln!("{tally:?}");
}
