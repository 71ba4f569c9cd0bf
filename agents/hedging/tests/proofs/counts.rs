//! R8.

use crate::common::bare;
use crate::support::{in_group, market, proven, refused, with, with_question, with_rules, without_rules};
use betty_hedging::{Evidence, Obligation, Relation, RuleId, analyze, prove_all};
use betty_market::{Market, Timestamp};
use proptest::prelude::*;

const RULE: RuleId = RuleId::R8;

/// The launches of an invented company in one month, with the count as question and rule text write it.
fn launches(id: &str, count: &str) -> Market {
    let noun = if count.ends_with(" 1") { "rocket flight" } else { "rocket flights" };
    market(
        id,
        &format!("Will Lorn Space make {count} {noun} of class 10 or more in April 2026?"),
        &format!(
            "This market will resolve to \"Yes\" if Lorn Space makes {count} {noun} of class 10 or more between April 1, 2026, 12:00 AM ET and April 30, 2026, 11:59 PM ET. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market will be the flight log of Lorn Space."
        ),
    )
}

#[test]
fn an_exact_count_lies_in_every_range_around_it() {
    let four = launches("4", "exactly 4");
    for wider in ["3 or more", "4 or more", "at least 4", "more than 3", "at most 4", "fewer than 5", "less than 9"] {
        let found = proven(&four, &launches("w", wider), RULE, Relation::Implies);
        assert!(found.sentence.contains("exactly 4"), "{}", found.sentence);
    }
    let seven = launches("7", "exactly 7");
    let range = with(
        &launches("r", "5-9"),
        "if Lorn Space makes 5-9",
        "if Lorn Space makes between 5 (inclusive) and 9 (inclusive)",
    );
    proven(&seven, &range, RULE, Relation::Implies);
}

#[test]
fn two_counts_exclude_each_other() {
    let four = launches("4", "exactly 4");
    for other in ["exactly 5", "exactly 1", "exactly 0", "5 or more", "more than 4", "fewer than 4", "at most 3"] {
        proven(&four, &launches("o", other), RULE, Relation::Excludes);
    }
    let none = launches("0", "exactly 0");
    proven(&none, &launches("o", "more than 0"), RULE, Relation::Excludes);
}

#[test]
fn exactly_is_not_at_least() {
    // Nothing follows for an exact count from a threshold below it.
    let found = analyze(&launches("3", "3 or more"), &launches("4", "exactly 4")).relation.unwrap();
    assert_eq!((found.relation, found.markets[0].as_str()), (Relation::Implies, "4"));
    // One number, once exact and once a range with that edge unsaid.
    let open = with(&launches("r", "4-9"), "makes 4-9", "makes between 4 and 9");
    refused(&launches("4", "exactly 4"), &open, RULE, Obligation::KnownEdges);
    // The question is exact, the rule text is not.
    let loose = with_rules(&launches("4", "exactly 4"), "exactly 4", "at least 4");
    refused(&loose, &launches("6", "exactly 6"), RULE, Obligation::StatedInRules);
    // A number without "exactly" is no exact count.
    refused(&with(&launches("4", "exactly 4"), "exactly 4", "4"), &launches("6", "exactly 6"), RULE, Obligation::Form);
}

#[test]
fn another_counter_window_source_or_threshold_is_refused() {
    let (four, more) = (launches("4", "exactly 4"), launches("3", "3 or more"));
    refused(&four, &with(&more, "rocket flights", "balloon flights"), RULE, Obligation::SameTemplate);
    refused(&four, &with(&more, "April", "May"), RULE, Obligation::SameTemplate);
    refused(&four, &with(&more, "of class 10 or more", "of class 20 or more"), RULE, Obligation::SameTemplate);
    refused(&four, &with_rules(&more, "April 1,", "April 2,"), RULE, Obligation::SameRules);
    refused(&four, &with_rules(&more, "April 30,", "June 30,"), RULE, Obligation::SameRules);
    refused(&four, &with_rules(&more, "flight log of Lorn Space", "Lorn Gazette"), RULE, Obligation::SameRules);
    refused(&four, &with_rules(&more, "PM ET", "PM UTC"), RULE, Obligation::SameZone);
    refused(&four, &with_rules(&more, "makes 3 or more", "makes 2 or more"), RULE, Obligation::StatedInRules);
    let mut elsewhere = more.clone();
    elsewhere.resolution_source = Some("https://gazette.example/".to_owned());
    refused(&four, &elsewhere, RULE, Obligation::SameSource);
}

#[test]
fn the_count_must_work_towards_yes() {
    let turned = |m: Market| {
        with_rules(
            &with_rules(&m, "resolve to \"Yes\" if", "resolve to \"No\" if"),
            "resolve to \"No\".\n",
            "resolve to \"Yes\".\n",
        )
    };
    refused(&turned(launches("4", "exactly 4")), &turned(launches("3", "3 or more")), RULE, Obligation::Polarity);
    // A word in the question that turns it round, and a race.
    let without = |m: Market| with(&m, "in April 2026?", "without a failure in April 2026?");
    refused(&without(launches("4", "exactly 4")), &without(launches("3", "3 or more")), RULE, Obligation::NoTurn);
    let race = |m: Market| with(&m, "in April 2026?", "before Vane Space in April 2026?");
    refused(&race(launches("4", "exactly 4")), &race(launches("3", "3 or more")), RULE, Obligation::NoTurn);
}

#[test]
fn a_count_of_somebody_excludes_nothing() {
    // One rider may win four stages and another five.
    let rider = |id: &str, count: &str| {
        market(
            id,
            &format!("Will any rider win {count} stages of the Halden Tour in 2026?"),
            &format!(
                "This market will resolve to \"Yes\" if any rider wins {count} stages of the Halden Tour in 2026. Otherwise, this market will resolve to \"No\"."
            ),
        )
    };
    refused(&rider("4", "exactly 4"), &rider("5", "exactly 5"), RULE, Obligation::SameEntity);
    proven(&rider("4", "exactly 4"), &rider("3", "3 or more"), RULE, Relation::Implies);
    // The same for ranges.
    refused(&rider("4", "at most 4"), &rider("5", "at least 6"), RuleId::R7, Obligation::SameEntity);
}

#[test]
fn a_count_of_a_crowd_says_nothing_and_one_of_several_excludes_nothing() {
    let (four, five, three) = ("exactly 4", "exactly 5", "3 or more");
    // Nothing follows for three of what holds of few for four, and a deed that is wanted, planned or shunned is not done.
    for who in [
        "few companies make",
        "two companies make",
        "multiple companies make",
        "only Lorn Space make",
        "Lorn or Vane make",
        "one of the companies make",
        "Lorn Space plan to make",
        "Lorn Space avoid a need to make",
        "Lorn Space rarely make",
    ] {
        let of = |id: &str, count: &str| with_question(&launches(id, count), "Lorn Space make", who);
        refused(&of("4", four), &of("3", three), RULE, Obligation::SameEntity);
        refused(&of("4", four), &of("5", five), RULE, Obligation::SameEntity);
    }
    // Four on one day, and five on another.
    for when in [
        "on consecutive days",
        "over a weekend",
        "from a pad",
        "from one of its pads",
        "at once",
        "per day",
        "within 24 hours",
    ] {
        let of = |id: &str, count: &str| {
            with(&launches(id, count), "rocket flights of class 10 or more", &format!("rocket flights {when}"))
        };
        refused(&of("4", four), &of("5", five), RULE, Obligation::SameEntity);
    }
}

#[test]
fn a_threshold_beside_an_exact_count_is_no_ladder() {
    // Exactly four of class 20 leaves open how many there are of class 10.
    let (a, b) =
        (launches("4", "exactly 4"), with(&launches("5", "exactly 4"), "of class 10 or more", "of class 20 or more"));
    refused(&a, &b, RuleId::R5, Obligation::NoTurn);
    let (a, b) =
        (launches("4", "at most 4"), with(&launches("5", "at most 4"), "of class 10 or more", "of class 20 or more"));
    refused(&a, &b, RuleId::R5, Obligation::NoTurn);
    let (a, b) =
        (launches("4", "at least 4"), with(&launches("5", "at least 4"), "of class 10 or more", "of class 20 or more"));
    assert_eq!(analyze(&a, &b).relation.unwrap().markets, [b.id.clone(), a.id.clone()]);
}

#[test]
fn words_that_count_from_the_opening_need_one_opening() {
    let since = |id: &str, count: &str, start: Option<&str>| {
        let mut m = with_rules(&launches(id, count), "between April 1, 2026, 12:00 AM ET", "between market creation");
        m.start = start.and_then(Timestamp::parse);
        m
    };
    let four = since("4", "exactly 4", Some("2026-04-01"));
    proven(&four, &since("3", "3 or more", Some("2026-04-01")), RULE, Relation::Implies);
    refused(&four, &since("3", "3 or more", Some("2026-04-05")), RULE, Obligation::SameStart);
    refused(&four, &since("3", "3 or more", None), RULE, Obligation::SameStart);
}

#[test]
fn bare_questions_are_presumed_where_they_end_together() {
    let (four, three) = (without_rules(&launches("4", "exactly 4")), without_rules(&launches("3", "3 or more")));
    let found = analyze(&four, &three).relation.unwrap();
    assert_eq!((found.rule, found.relation, found.evidence), (RULE, Relation::Implies, Evidence::Presumed));
    let later = Market { end: Timestamp::parse("2027-03-01"), ..three.clone() };
    refused(&four, &later, RULE, Obligation::SameInstant);
    // As the venue words it, one earthquake and several.
    let quakes = |id: &str, count: &str| {
        bare(
            id,
            &format!("Will there be {count} of magnitude 6.5 or higher worldwide by March 22?"),
            Timestamp::parse("2026-03-22"),
        )
    };
    let found = analyze(&quakes("1", "exactly 1 earthquake"), &quakes("2", "exactly 2 earthquakes")).relation.unwrap();
    assert_eq!((found.rule, found.relation), (RULE, Relation::Excludes));
}

#[test]
fn members_of_one_group_are_left_to_the_group() {
    let (a, b) = (in_group(launches("4", "exactly 4"), "g"), in_group(launches("5", "exactly 5"), "g"));
    assert_eq!(analyze(&a, &b).relation.unwrap().rule, RuleId::R2);
    assert!(prove_all(&[a, b]).refused.iter().all(|r| r.failure.rule != RULE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is shown of two counts holds for every count.
    #[test]
    fn every_relation_holds_for_every_count(a in 0_u32..7, b in 0_u32..7, kinds in (0_u8..6, 0_u8..6), textless in any::<bool>()) {
        let read = |kind: u8, k: u32| match kind {
            0 | 1 => format!("exactly {k}"),
            2 => format!("{k} or more"),
            3 => format!("more than {k}"),
            4 => format!("fewer than {k}"),
            _ => format!("at most {k}"),
        };
        let holds = |kind: u8, k: u32, n: u32| match kind { 0 | 1 => n == k, 2 => n >= k, 3 => n > k, 4 => n < k, _ => n <= k };
        let made = |id: &str, kind: u8, k: u32| {
            let m = launches(id, &read(kind, k));
            if textless { without_rules(&m) } else { m }
        };
        let (x, y) = (made("1", kinds.0, a), made("2", kinds.1, b));
        if let Some(found) = analyze(&x, &y).relation {
            for n in 0..12 {
                let one = |id: &betty_market::MarketId| if id.as_str() == "1" { holds(kinds.0, a, n) } else { holds(kinds.1, b, n) };
                let (p, q) = (one(&found.markets[0]), one(&found.markets[1]));
                prop_assert!(match found.relation {
                    Relation::Implies => !p || q,
                    Relation::Excludes => !(p && q),
                    Relation::Exhausts => p || q,
                    Relation::Equivalent => p == q,
                    _ => p != q,
                }, "{n}: {}", found.sentence);
            }
        }
    }

    /// A change of one character of either text may end the proof; it never makes a count of something else.
    #[test]
    fn no_proof_survives_damage(at in 0_usize..400, letter in "[a-z0-9%$€]", in_rules in any::<bool>()) {
        let (a, mut b) = (launches("1", "exactly 4"), launches("2", "3 or more"));
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
