//! R12.

use crate::support::{in_event, in_group, market, proven, refused, with, with_rules, without_rules};
use betty_hedging::{Evidence, Obligation, Relation, RuleId, analyze};
use betty_market::{Market, Timestamp};

const RULE: RuleId = RuleId::R12;

fn twin(id: &str) -> Market {
    market(
        id,
        "Will Valdoria host the 2030 Halden Games?",
        "This market will resolve to \"Yes\" if the Halden Committee awards the 2030 Games to Valdoria by November 30, 2026, 11:59 PM ET. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market will be the Halden Committee.",
    )
}

#[test]
fn a_question_listed_twice_ends_alike() {
    let found = proven(&twin("1"), &twin("2"), RULE, Relation::Equivalent);
    assert!(found.sentence.contains("listed twice"));
    // White space, capitals and the shape of quotation marks say nothing.
    let mut other = twin("2");
    other.question = "Will VALDORIA host the 2030 Halden Games ?".to_owned();
    other.description = other.description.map(|d| d.replace("\"Yes\"", "“Yes”").replace("\n\n", " \n"));
    proven(&twin("1"), &other, RULE, Relation::Equivalent);
    // Two events with names of their own may list one question.
    let (a, b) = (in_event(twin("1"), "7", "Halden Games 2030"), in_event(twin("2"), "8", "Who hosts what?"));
    proven(&a, &b, RULE, Relation::Equivalent);
}

#[test]
fn both_sides_are_offered() {
    let found = betty_hedging::prove_all(&[twin("1"), twin("2")]);
    assert_eq!(found.proofs.len(), 2, "YES here with NO there, and the other way round");
}

#[test]
fn without_rule_text_nothing_is_shown() {
    refused(&without_rules(&twin("1")), &twin("2"), RULE, Obligation::SameText);
    refused(&without_rules(&twin("1")), &without_rules(&twin("2")), RULE, Obligation::SameText);
}

#[test]
fn a_question_that_is_a_heading_needs_the_same_event() {
    for question in ["Will the match end in a draw?", "Games Total: O/U 2.5", "First Blood in Game 2?"] {
        let one = |id, event: &str| in_event(market(id, question, "Resolves by the official result."), id, event);
        refused(&one("1", "Lorn against Vane"), &one("2", "Hald against Vane"), RULE, Obligation::SamePlace);
        proven(&one("1", "Lorn against Vane"), &one("2", "Lorn against Vane"), RULE, Relation::Equivalent);
    }
}

#[test]
fn another_word_number_date_or_answer_is_another_question() {
    let a = twin("1");
    refused(&a, &with(&twin("2"), "Valdoria", "Quistan"), RULE, Obligation::SameQuestion);
    refused(&a, &with(&twin("2"), "2030", "2034"), RULE, Obligation::SameQuestion);
    for (from, to) in [
        ("November 30", "November 29"),
        ("awards", "announces"),
        ("awards the 2030 Games to Valdoria", "awards the 2030 Games to Quistan"),
        ("to \"No\".\n", "to \"No\". If the Games are cancelled, this market resolves to \"Other\".\n"),
        ("will be the Halden Committee.", "will be the Halden Gazette."),
        ("by November 30", "before November 30"),
    ] {
        refused(&a, &with_rules(&twin("2"), from, to), RULE, Obligation::SameText);
    }
    refused(&a, &with_rules(&twin("2"), "PM ET", "PM UTC"), RULE, Obligation::SameZone);
}

#[test]
fn source_and_end_must_be_the_same() {
    let (a, mut b) = (twin("1"), twin("2"));
    b.resolution_source = Some("https://gazette.example/".to_owned());
    refused(&a, &b, RULE, Obligation::SameSource);
    b = twin("2");
    b.end = Timestamp::parse("2026-12-30");
    refused(&a, &b, RULE, Obligation::SameInstant);
    b.end = None;
    refused(&a, &b, RULE, Obligation::SameInstant);
}

#[test]
fn a_neg_risk_group_has_its_own_say() {
    refused(&twin("1"), &in_group(twin("2"), "g"), RULE, Obligation::OutsideGroups);
    refused(&in_group(twin("1"), "h"), &in_group(twin("2"), "g"), RULE, Obligation::OutsideGroups);
    // In one group at most one resolves YES: what R2 says is right, and R12 stays silent.
    let (a, b) = (in_group(twin("1"), "g"), in_group(twin("2"), "g"));
    assert_eq!(analyze(&a, &b).relation.unwrap().relation, Relation::Excludes);
}

#[test]
fn one_market_is_no_twin_of_itself() {
    let (a, mut b) = (twin("1"), twin("2"));
    b.condition = a.condition.clone();
    refused(&a, &b, RULE, Obligation::Distinct);
    let mut b = twin("2");
    b.no = a.yes.clone();
    refused(&a, &b, RULE, Obligation::Distinct);
}

#[test]
fn words_that_point_elsewhere_need_the_same_surroundings() {
    let video = |id, start: Option<&str>| {
        let mut m = market(
            id,
            "Will Mara Voss get a million views on her next video?",
            "Resolves to \"Yes\" if her next video has at least 1,000,000 views on day 1.",
        );
        m.start = start.and_then(Timestamp::parse);
        m
    };
    let a = video("1", Some("2026-01-01"));
    proven(&a, &video("2", Some("2026-01-01")), RULE, Relation::Equivalent);
    refused(&a, &video("2", Some("2026-01-09")), RULE, Obligation::SameStart);
    refused(&a, &video("2", None), RULE, Obligation::SameStart);

    let listed = |id, label: Option<&str>, event: &str| {
        let mut m = market(id, "Will the Party win?", "Resolves to \"Yes\" if the listed party wins on May 3, 2026.");
        m.group_title = label.map(str::to_owned);
        in_event(m, event, event)
    };
    let a = listed("1", Some("Blue"), "e1");
    proven(&a, &listed("2", Some("Blue"), "e1"), RULE, Relation::Equivalent);
    refused(&a, &listed("2", Some("Red"), "e1"), RULE, Obligation::SamePlace);
    refused(&a, &listed("2", None, "e1"), RULE, Obligation::SamePlace);
    refused(&a, &listed("2", Some("Blue"), "e2"), RULE, Obligation::SamePlace);
}

proptest::proptest! {
    /// Any change of one character of what is asked ends the proof, but for white space, capitals and punctuation of the question.
    #[test]
    fn no_proof_survives_damage(at in 0_usize..400, letter in "[a-z0-9%$€]", field in 0_u8..3) {
        let (a, mut b) = (twin("1"), twin("2"));
        let damage = |text: &str| {
            let at = at % text.len();
            let old = text[at..].chars().next().unwrap();
            (!old.to_string().eq_ignore_ascii_case(&letter) && !old.is_whitespace()).then(|| format!("{}{letter}{}", &text[..at], &text[at + 1..]))
        };
        let damaged = match field {
            0 => damage(&b.question.clone()).map(|t| b.question = t),
            1 => damage(&b.description.clone().unwrap()).map(|t| b.description = Some(t)),
            _ => { b.end = Timestamp::parse("2026-12-31").map(|t| t.plus_millis(1 + at as i64)); Some(()) }
        };
        let found = analyze(&a, &b).relation;
        if damaged.is_some() {
            proptest::prop_assert!(found.is_none_or(|c| c.evidence != Evidence::Proven));
        }
    }
}
