//! R7: ranges and thresholds of one quantity, on invented markets in the venue's wording. What they prove, and what they must refuse.

mod common;

use betty_hedging::{Certificate, Evidence, Obligation, Relation, RuleId, analyze, prove_all};
use betty_market::{Market, Timestamp};
use common::bare;
use proptest::prelude::*;

fn end(day: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(day).unwrap())
}

/// A market on the visitors of an invented park, with the range as question and rule text write it.
fn visitors(id: &str, asked: &str, told: &str) -> Market {
    let mut m = bare(id, &format!("Will Lorn Park have {asked} visitors in 2026?"), end("2026-12-31"));
    m.description = Some(format!(
        "This market will resolve to \"Yes\" if Lorn Park reports {told} visitors for the year 2026. Otherwise, this market will resolve to \"No\".\n\nThe resolution source will be the annual report of Lorn Park."
    ));
    m
}

fn shown(a: &Market, b: &Market) -> Option<(Relation, Evidence, bool)> {
    let found = analyze(a, b).relation?;
    assert_eq!(found.rule, RuleId::R7, "{}", found.sentence);
    assert!(!found.spans.is_empty() && !found.obligations.is_empty() && found.still_holds(&[a, b]));
    Some((found.relation, found.evidence, found.markets[0] == a.id))
}

#[track_caller]
fn refused(a: &Market, b: &Market, obligation: Obligation) {
    for (x, y) in [(a, b), (b, a)] {
        let analysis = analyze(x, y);
        assert!(analysis.relation.is_none(), "shown: {:?}", analysis.relation);
        let failure = analysis.failed.iter().find(|f| f.rule == RuleId::R7).expect("the rule was tried");
        assert_eq!(failure.obligation, obligation, "{failure}");
    }
}

fn low() -> Market {
    visitors("1", "less than 250,000", "less than 250,000")
}
fn middle() -> Market {
    visitors("2", "250,000-500,000", "between 250,000 (inclusive) and 500,000 (exclusive)")
}
fn upper() -> Market {
    visitors("3", "500,000-750,000", "between 500,000 (inclusive) and 750,000 (exclusive)")
}
fn top() -> Market {
    visitors("4", "750,000 or more", "750,000 or more")
}
fn half() -> Market {
    visitors("5", "500,000 or more", "500,000 or more")
}

#[test]
fn a_range_implies_the_threshold_it_lies_above_and_excludes_the_one_below() {
    use Evidence::Proven;
    assert_eq!(shown(&upper(), &half()), Some((Relation::Implies, Proven, true)));
    assert_eq!(shown(&half(), &upper()), Some((Relation::Implies, Proven, false)));
    assert_eq!(shown(&middle(), &half()), Some((Relation::Excludes, Proven, true)));
    assert_eq!(shown(&middle(), &upper()), Some((Relation::Excludes, Proven, true)));
    assert_eq!(shown(&low(), &top()), Some((Relation::Excludes, Proven, true)));
    let rest = visitors("6", "less than 500,000", "less than 500,000");
    assert_eq!(shown(&rest, &half()), Some((Relation::Partition, Proven, true)));
    let more = visitors("7", "more than 400,000", "more than 400,000");
    assert_eq!(shown(&rest, &more), Some((Relation::Exhausts, Proven, true)));
    // Strict above and at or above are two thresholds of one number.
    let above = visitors("8", "above 500,000", "above 500,000");
    assert_eq!(shown(&above, &half()), Some((Relation::Implies, Proven, true)));
}

#[test]
fn without_rule_texts_an_open_edge_decides_nothing() {
    let plain =
        |id: &str, asked: &str| bare(id, &format!("Will Lorn Park have {asked} visitors in 2026?"), end("2026-12-31"));
    let range = plain("1", "between 500,000 and 750,000");
    assert_eq!(shown(&range, &plain("2", "500,000 or more")), Some((Relation::Implies, Evidence::Presumed, true)));
    refused(&range, &plain("3", "above 500,000"), Obligation::KnownEdges);
    refused(&range, &plain("4", "between 750,000 and 900,000"), Obligation::KnownEdges);
    assert_eq!(shown(&range, &plain("5", "above 750,000")), Some((Relation::Excludes, Evidence::Presumed, true)));
}

#[test]
fn the_date_that_one_question_leaves_out_must_stand_in_both_rule_texts() {
    let mut undated = upper();
    undated.question = "Will Lorn Park have 500,000-750,000 visitors?".to_owned();
    assert_eq!(shown(&undated, &half()), Some((Relation::Implies, Evidence::Proven, true)));
    undated.end = end("2027-06-30");
    refused(&undated, &half(), Obligation::SameInstant);
    let mut other = upper();
    other.question = "Will Lorn Park have 500,000-750,000 visitors in 2027?".to_owned();
    refused(&other, &half(), Obligation::SameInstant);
    let mut textless = undated.clone();
    (textless.description, textless.end) = (None, end("2026-12-31"));
    let mut half_textless = half();
    half_textless.description = None;
    refused(&textless, &half_textless, Obligation::SameTemplate);
}

#[test]
fn counter_examples_are_refused() {
    let with = |from: &str, to: &str| {
        let mut m = upper();
        m.description = m.description.map(|d| d.replace(from, to));
        assert_ne!(m.description, upper().description);
        m
    };
    // Another year, another park, another source in the rule text alone.
    refused(&with("the year 2026", "the year 2025"), &half(), Obligation::SameRules);
    refused(&with("annual report of Lorn Park", "Daily Clarion"), &half(), Obligation::SameRules);
    refused(&with("visitors for", "paying visitors for"), &half(), Obligation::SameRules);
    // The rule text names another range than the question.
    refused(&with("750,000 (exclusive)", "800,000 (exclusive)"), &half(), Obligation::StatedInRules);
    // The condition works towards NO in one sentence of both.
    let turned = |m: Market| Market {
        description: m.description.map(|d| {
            d.replace("resolve to \"Yes\" if", "resolve to \"No\" if")
                .replace("resolve to \"No\".\n", "resolve to \"Yes\".\n")
        }),
        ..m
    };
    refused(&turned(upper()), &turned(half()), Obligation::Polarity);
    // Reaching a value at some time is not ending in a range.
    let touch = bare("9", "Will Lorn Park reach 500,000 visitors in 2026?", end("2026-12-31"));
    refused(&upper(), &touch, Obligation::Form);
    // Question and rule text disagree on the edge.
    let loose = visitors("10", "more than 500,000", "at least 500,000");
    refused(&middle(), &loose, Obligation::SameEdge);
    // Overlap in part.
    refused(&upper(), &visitors("11", "less than 600,000", "less than 600,000"), Obligation::KnownEdges);
    // A race is no ladder.
    let first = bare("12", "Will Lorn Park have 500,000 or more visitors before Vane Park in 2026?", end("2026-12-31"));
    let second = bare(
        "13",
        "Will Lorn Park have between 500,000 and 600,000 visitors before Vane Park in 2026?",
        end("2026-12-31"),
    );
    refused(&second, &first, Obligation::NoTurn);
}

#[test]
fn a_clause_that_leads_to_no_keeps_ranges_from_covering_everything() {
    let clause = |m: Market| Market {
        description: m
            .description
            .map(|d| format!("{d}\n\nIf no report is published by June 2027, this market will resolve to \"No\".")),
        ..m
    };
    let rest = visitors("6", "less than 500,000", "less than 500,000");
    refused(&clause(rest.clone()), &clause(half()), Obligation::AlwaysCounted);
    assert_eq!(shown(&clause(middle()), &clause(half())), Some((Relation::Excludes, Evidence::Proven, true)));
}

fn sets(markets: &[Market]) -> Vec<Certificate> {
    let mut found = prove_all(markets).sets;
    found.sort_by_key(|c| c.markets.len());
    found
}

fn ids(certificate: &Certificate) -> Vec<&str> {
    certificate.markets.iter().map(|m| m.as_str()).collect()
}

#[test]
fn ranges_side_by_side_are_a_partition_and_add_up_to_a_threshold() {
    let found = sets(&[half(), top(), low(), middle(), upper()]);
    let of = |relation| found.iter().filter(|c| c.relation == relation).map(ids).collect::<Vec<_>>();
    assert_eq!(of(Relation::Union), [["5", "3", "4"]]);
    assert_eq!(of(Relation::Partition), [["1", "2", "3", "4"]]);
    assert!(found.iter().all(|c| c.evidence == Evidence::Proven && c.rule == RuleId::R7));
    // A gap, an overlap, and an edge of which nothing is said.
    assert!(sets(&[top(), low(), middle()]).is_empty());
    assert_eq!(sets(&[half(), top(), low(), middle()]).iter().map(ids).collect::<Vec<_>>(), [["1", "2", "5"]]);
    let wide = visitors("3", "500,000-800,000", "between 500,000 (inclusive) and 800,000 (exclusive)");
    assert!(sets(&[top(), low(), middle(), wide]).is_empty());
    let open = visitors("3", "500,000-750,000", "between 500,000 and 750,000");
    assert!(sets(&[top(), low(), middle(), open]).is_empty());
}

#[test]
fn whole_degrees_leave_no_gap_between_their_ranges() {
    let town = |id: &str, asked: &str, told: &str, whole: bool| {
        let mut m = bare(id, &format!("Will the highest temperature in Lorn be {asked} on June 3?"), end("2026-06-03"));
        let measure =
            if whole { " The resolution source measures temperatures to whole degrees Fahrenheit." } else { "" };
        m.description = Some(format!(
            "This market resolves to \"Yes\" if the highest temperature in Lorn is {told} on June 3, 2026. Otherwise it will resolve to \"No\".{measure}"
        ));
        m
    };
    let all = |whole| {
        [
            town("1", "45°F or below", "45°F or below", whole),
            town("2", "between 46-47°F", "between 46°F (inclusive) and 47°F (inclusive)", whole),
            town("3", "48°F or higher", "48°F or higher", whole),
        ]
    };
    assert_eq!(sets(&all(true)).iter().map(ids).collect::<Vec<_>>(), [["1", "2", "3"]]);
    assert!(sets(&all(false)).is_empty());
}

#[test]
fn a_value_between_two_ranges_belongs_to_the_higher_one_where_the_text_says_so() {
    let coin = |id: &str, asked: &str, says: bool| {
        let mut m = bare(id, &format!("Will the price of Lorncoin be {asked} on June 3?"), end("2026-06-03"));
        let rule = if says {
            " If the price falls exactly between two brackets, this market will resolve to the higher range bracket."
        } else {
            ""
        };
        m.description = Some(format!(
            "This market resolves to \"Yes\" if the close of June 3, 2026 is {asked}. Otherwise it will resolve to \"No\".{rule}"
        ));
        m
    };
    let all = |says| {
        ["less than $20", "between $20 and $30", "between $30 and $40", "$40 or more"]
            .iter()
            .enumerate()
            .map(|(i, a)| coin(&format!("{i}"), a, says))
            .collect::<Vec<_>>()
    };
    assert_eq!(sets(&all(true)).iter().map(ids).collect::<Vec<_>>(), [["0", "1", "2", "3"]]);
    assert!(sets(&all(false)).is_empty());
}

/// Whether a value, in halves, lies in a range.
type Holds = Box<dyn Fn(u32) -> bool>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Ladders of random ranges: whatever is shown holds for every value.
    #[test]
    fn every_relation_holds_for_every_value(cuts in prop::collection::vec((0_u32..12, any::<bool>(), 0_u32..12, any::<bool>(), 0_u8..3), 2..7), textless in any::<bool>()) {
        let mut held: Vec<(Market, Holds)> = Vec::new();
        for (i, (a, a_in, b, b_in, kind)) in cuts.into_iter().enumerate() {
            let (a, b) = (10 * a.min(b), 10 * (a.max(b) + 1));
            let side = |within: bool| if within { "inclusive" } else { "exclusive" };
            // Values in halves, so that what lies between two whole ones is seen.
            let (told, holds): (String, Holds) = match kind {
                0 => (format!("between {a} ({}) and {b} ({})", side(a_in), side(b_in)), Box::new(move |v| (v > 2 * a || a_in && v == 2 * a) && (v < 2 * b || b_in && v == 2 * b))),
                1 => (if a_in { format!("at least {a}") } else { format!("more than {a}") }, Box::new(move |v| v > 2 * a || a_in && v == 2 * a)),
                _ => (if b_in { format!("at most {b}") } else { format!("less than {b}") }, Box::new(move |v| v < 2 * b || b_in && v == 2 * b)),
            };
            let mut m = visitors(&format!("{i}"), &told, &told);
            if textless { m.description = None; }
            held.push((m, holds));
        }
        let markets: Vec<Market> = held.iter().map(|(m, _)| m.clone()).collect();
        let found = prove_all(&markets);
        let value = |id: &betty_market::MarketId, v: u32| held.iter().find(|(m, _)| m.id == *id).is_some_and(|(_, holds)| holds(v));
        for certificate in found.proofs.iter().map(|p| &p.certificate).chain(&found.sets) {
            for v in 0..300 {
                let yes: Vec<bool> = certificate.markets.iter().map(|m| value(m, v)).collect();
                let count = yes.iter().filter(|y| **y).count();
                let holds = match certificate.relation {
                    Relation::Implies => !yes[0] || yes[1],
                    Relation::Excludes => count <= 1,
                    Relation::Exhausts => count >= 1,
                    Relation::Partition => count == 1,
                    Relation::Equivalent => count == 0 || count == yes.len(),
                    Relation::Union => count <= 2 && yes[0] == (yes[1..].iter().filter(|y| **y).count() == 1),
                };
                prop_assert!(holds, "{v}/2: {}", certificate.sentence);
            }
        }
    }
}
