//! R10.

use crate::support::{market, proven, refused, with, with_rules, without_rules};
use betty_hedging::{Evidence, Obligation, Relation, RuleId, analyze};
use betty_market::{Market, Timestamp};
use proptest::prelude::*;

const RULE: RuleId = RuleId::R10;

/// A market whose rule text is its question told, in the venue's manner.
fn told(id: &str, asked: &str, told: &str) -> Market {
    market(
        id,
        &format!("Will {asked} in 2026?"),
        &format!(
            "This market will resolve to \"Yes\" if {told} between January 1, 2026, 12:00 AM ET and December 31, 2026, 11:59 PM ET. Otherwise, this market will resolve to \"No\".\n\nA friendly game does not count.\n\nThe resolution source for this market will be the Halden Committee."
        ),
    )
}

fn whole() -> Market {
    told(
        "1",
        "Mara Voss win the Halden Cup and reach the Lorn final",
        "Mara Voss wins the Halden Cup and reaches the Lorn final",
    )
}
fn first() -> Market {
    told("2", "Mara Voss win the Halden Cup", "Mara Voss wins the Halden Cup")
}
fn second() -> Market {
    told("3", "Mara Voss reach the Lorn final", "Mara Voss reaches the Lorn final")
}

#[test]
fn two_things_need_each_of_them() {
    let found = proven(&whole(), &first(), RULE, Relation::Implies);
    assert_eq!(found.parameters["besides"], "and reach the Lorn final");
    proven(&whole(), &second(), RULE, Relation::Implies);
    // The halves say nothing on each other.
    assert!(analyze(&first(), &second()).relation.is_none());
}

#[test]
fn both_of_two() {
    let both = told("1", "both Lorn and Vane win a medal", "both Lorn and Vane win a medal");
    proven(&both, &told("2", "Lorn win a medal", "Lorn wins a medal"), RULE, Relation::Implies);
    proven(&both, &told("3", "Vane win a medal", "Vane wins a medal"), RULE, Relation::Implies);
    let things =
        told("1", "Lorn win both the Halden Cup and the Vane Cup", "Lorn wins both the Halden Cup and the Vane Cup");
    proven(&things, &told("2", "Lorn win the Halden Cup", "Lorn wins the Halden Cup"), RULE, Relation::Implies);
    proven(&things, &told("3", "Lorn win the Vane Cup", "Lorn wins the Vane Cup"), RULE, Relation::Implies);
}

#[test]
fn a_component_that_differs_by_a_word_is_refused() {
    refused(&whole(), &with(&first(), "the Halden Cup", "a Halden Cup"), RULE, Obligation::SameTemplate);
    refused(&whole(), &with(&first(), "Mara Voss", "Tom Voss"), RULE, Obligation::SameTemplate);
    refused(&whole(), &with(&second(), "Lorn final", "Lorn semifinal"), RULE, Obligation::SameTemplate);
    refused(&whole(), &with(&first(), "in 2026?", "in 2027?"), RULE, Obligation::SameTemplate);
    refused(&whole(), &with_rules(&first(), "wins the Halden", "enters the Halden"), RULE, Obligation::SameRules);
    refused(&whole(), &with_rules(&first(), "December 31", "November 30"), RULE, Obligation::SameRules);
    refused(&whole(), &with_rules(&first(), "does not count", "does count"), RULE, Obligation::SameRules);
    refused(&whole(), &with_rules(&first(), "Halden Committee", "Halden Gazette"), RULE, Obligation::SameRules);
    refused(&whole(), &with_rules(&first(), "PM ET", "PM UTC"), RULE, Obligation::SameRules);
    let other = with_rules(&whole(), "and reaches the Lorn final", "and reaches the Vane final");
    refused(&other, &first(), RULE, Obligation::StatedInRules);
    let mut elsewhere = first();
    elsewhere.resolution_source = Some("https://gazette.example/".to_owned());
    refused(&whole(), &elsewhere, RULE, Obligation::SameSource);
}

#[test]
fn and_or_are_two_words() {
    let loose = with_rules(&whole(), "Cup and reaches", "Cup or reaches");
    refused(&loose, &first(), RULE, Obligation::StatedInRules);
    let either = |m: Market| with_rules(&m, "if Mara Voss wins", "if either Tom Voss retires or Mara Voss wins");
    refused(&either(whole()), &either(first()), RULE, Obligation::Polarity);
    let or = told(
        "1",
        "Mara Voss win the Halden Cup or reach the Lorn final",
        "Mara Voss wins the Halden Cup or reaches the Lorn final",
    );
    refused(&or, &first(), RULE, Obligation::Form);
}

#[test]
fn an_and_inside_a_name_or_of_two_together_is_no_conjunction() {
    for (two, one) in [
        ("Trinidad and Tobago win the Halden Cup", "Trinidad win the Halden Cup"),
        ("Lorn beat Trinidad and Tobago", "Lorn beat Trinidad"),
        ("Mara Voss and Tom Voss together win 5 games", "Mara Voss win 5 games"),
        ("Lorn and Vane sign a treaty", "Lorn sign a treaty"),
        ("the total of bread and butter sold rise and hit 5 tons", "the total of bread and butter sold rise"),
    ] {
        refused(&told("1", two, two), &told("2", one, one), RULE, Obligation::Form);
    }
}

#[test]
fn only_a_plain_deed_of_somebody_with_a_name_is_taken_apart() {
    // Who wins both cups rarely may win one often; what keeps somebody from both need not keep him from either.
    for who in [
        "few players",
        "Few Players",
        "a minority of players",
        "Mara Voss rarely",
        "Mara Voss sooner",
        "Mara Voss avoid a need to",
        "Mara Voss be unable to",
        "Mara Voss be banned for a plan to",
        "Mara Voss promise to",
        "Mara Voss prevent Tom Hald to",
    ] {
        let two = format!("{who} win the Halden Cup and reach the Lorn final");
        for one in [format!("{who} win the Halden Cup"), format!("{who} reach the Lorn final")] {
            refused(&told("1", &two, &two), &told("2", &one, &one), RULE, Obligation::Form);
        }
    }
    let both = "Mara Voss avoid both the Halden Cup and the Vane Cup";
    let one = "Mara Voss avoid the Halden Cup";
    refused(&told("1", both, both), &told("2", one, one), RULE, Obligation::Form);
}

#[test]
fn the_condition_must_work_towards_yes() {
    let turned = |m: Market| {
        with_rules(
            &with_rules(&m, "resolve to \"Yes\" if", "resolve to \"No\" if"),
            "resolve to \"No\".\n",
            "resolve to \"Yes\".\n",
        )
    };
    refused(&turned(whole()), &turned(first()), RULE, Obligation::Polarity);
    let negated = |m: Market| with_rules(&m, "if Mara Voss", "if it is not the case that Mara Voss");
    refused(&negated(whole()), &negated(first()), RULE, Obligation::Polarity);
}

#[test]
fn bare_questions_are_presumed_where_they_end_together() {
    let found = analyze(&without_rules(&whole()), &without_rules(&second())).relation.unwrap();
    assert_eq!((found.rule, found.relation, found.evidence), (RULE, Relation::Implies, Evidence::Presumed));
    let later = Market { end: Timestamp::parse("2027-06-30"), ..without_rules(&first()) };
    refused(&without_rules(&whole()), &later, RULE, Obligation::SameInstant);
}

#[test]
fn what_counts_from_the_opening_needs_one_opening() {
    let fresh = |m: Market, start: Option<&str>| {
        let m = with_rules(&m, "between January 1, 2026, 12:00 AM ET", "between market creation");
        Market { start: start.and_then(Timestamp::parse), ..m }
    };
    let day = Some("2026-01-05");
    proven(&fresh(whole(), day), &fresh(first(), day), RULE, Relation::Implies);
    refused(&fresh(whole(), day), &fresh(first(), Some("2026-02-01")), RULE, Obligation::SameStart);
}

proptest! {
    /// A change of one character of the part's question or text ends the proof.
    #[test]
    fn no_proof_survives_damage(at in 0_usize..500, letter in "[a-z0-9%$€]", in_rules in any::<bool>()) {
        let (a, mut b) = (whole(), first());
        let damage = |text: &str| {
            let at = at % text.len();
            let old = text[at..].chars().next()?;
            let same = old.to_string().eq_ignore_ascii_case(&letter) || !old.is_alphanumeric();
            (!same).then(|| format!("{}{letter}{}", &text[..at], &text[at + 1..]))
        };
        let damaged = if in_rules {
            damage(&b.description.clone().unwrap()).map(|t| b.description = Some(t))
        } else {
            damage(&b.question.clone()).map(|t| b.question = t)
        };
        if damaged.is_some() {
            let found = analyze(&a, &b).relation;
            prop_assert!(found.is_none_or(|c| c.evidence != Evidence::Proven), "{} | {}", b.question, b.description.unwrap());
        }
    }
}
