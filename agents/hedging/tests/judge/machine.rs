//! The order of questions and what each answer does.

use crate::{market, pair};
use betty_hedging::judge::{Ask, AskKind, Claim, Doubt, Judge, Standing, Step, Verdict, WrongAnswer, overruled};
use betty_market::{Market, Outcome};
use serde_json::{Value, json};

/// Answers every question with what `model` says until it is over.
fn judged(a: &Market, b: &Market, mut model: impl FnMut(Ask, [&Market; 2]) -> Value) -> Verdict {
    let mut judge = Judge::new(a, b);
    for _ in 0..20 {
        match judge.step() {
            Step::Ask(ask) => judge.answer(&model(ask, judge.shown(ask))).expect("an answer of the right form"),
            Step::Done(verdict) => return *verdict,
        }
    }
    panic!("it never ends");
}

fn quoted(a: &Market, b: &Market) -> Value {
    let words = |m: &Market| m.description.as_deref().unwrap_or_default().chars().take(30).collect::<String>();
    json!([{"market": "a", "text": words(a)}, {"market": "b", "text": words(b)}])
}

/// A model that believes in one claim between market 1 and market 2 and answers every question by it.
fn believer(claim: Claim) -> impl FnMut(Ask, [&Market; 2]) -> Value {
    move |ask, [a, b]| {
        let claim = if a.id.as_str() == "1" { claim } else { claim.mirrored() };
        let allowed = |x: Outcome, y: Outcome| !claim.excluded().iter().any(|w| w.a == x && w.b == y);
        match ask.kind {
            AskKind::Propose => json!({"relation": claim.name(), "reason": "by the rules", "quotes": quoted(a, b)}),
            AskKind::Refute { world } => {
                json!({"possible": allowed(world.a, world.b), "reason": "no way", "quotes": []})
            }
            AskKind::Must { given: (side, outcome), then, .. } => {
                let other = then.opposite();
                let possible = match side {
                    betty_hedging::judge::Side::A => allowed(outcome, other),
                    betty_hedging::judge::Side::B => allowed(other, outcome),
                };
                json!({"must": !possible, "reason": "by the rules", "quotes": []})
            }
        }
    }
}

#[test]
fn a_claim_that_withstands_every_question_is_verified() {
    let [a, b] = pair();
    for claim in Claim::ALL {
        for (x, y) in [(&a, &b), (&b, &a)] {
            let verdict = judged(x, y, believer(claim));
            assert_eq!((verdict.standing, verdict.claim), (Standing::Verified, Some(claim)), "{verdict:?}");
            assert!(verdict.doubts.is_empty() && verdict.conflict.is_none() && verdict.world.is_none());
            // Two proposals, one question for each world excluded, one turned round and one against.
            assert_eq!(verdict.questions as usize, 2 + claim.excluded().len() + 2);
            let certificate = verdict.certificate([x, y], "m").unwrap();
            assert!(certificate.still_holds(&[&a, &b]) && certificate.spans.len() == 2);
            assert_eq!(Claim::all_of(&certificate, &a.id, &b.id), [claim]);
        }
    }
}

#[test]
fn nothing_proposed_is_one_question() {
    let [a, b] = pair();
    let verdict = judged(&a, &b, |_, _| json!({"relation": "none", "reason": "apart", "quotes": []}));
    assert_eq!((verdict.standing, verdict.claim, verdict.questions), (Standing::None, None, 1));
    assert!(verdict.certificate([&a, &b], "m").is_none());
}

#[test]
fn a_described_world_rejects_the_claim_and_is_kept() {
    let [a, b] = pair();
    let mut model = believer(Claim::AImpliesB);
    let verdict = judged(&a, &b, |ask, shown| match ask.kind {
        AskKind::Refute { world } => {
            assert_eq!((world.a, world.b), (Outcome::Yes, Outcome::No));
            json!({"possible": true, "reason": "the cup is handed over without a match", "quotes": []})
        }
        _ => model(ask, shown),
    });
    assert_eq!(verdict.standing, Standing::Rejected);
    assert!(verdict.world.as_deref().unwrap().contains("without a match"));
    assert!(verdict.certificate([&a, &b], "m").is_none());
}

#[test]
fn disagreement_between_the_orders_is_a_hypothesis_and_ends_there() {
    let [a, b] = pair();
    for second in ["a_implies_b", "none", "equivalent"] {
        let verdict = judged(&a, &b, |ask, [a, b]| {
            assert_eq!(ask.kind, AskKind::Propose, "no further question");
            let name = if ask.exchanged { second } else { "a_implies_b" };
            json!({"relation": name, "reason": "", "quotes": quoted(a, b)})
        });
        assert_eq!((verdict.standing, verdict.questions), (Standing::Hypothesis, 2));
        assert_eq!(verdict.doubts, [Doubt::Order]);
    }
}

#[test]
fn a_claim_that_does_not_hold_turned_round_is_a_hypothesis() {
    let [a, b] = pair();
    let mut model = believer(Claim::AImpliesB);
    let verdict = judged(&a, &b, |ask, shown| match ask.kind {
        AskKind::Must { expected: true, .. } => json!({"must": false, "reason": "", "quotes": []}),
        _ => model(ask, shown),
    });
    assert_eq!((verdict.standing, verdict.doubts), (Standing::Hypothesis, vec![Doubt::Contrapositive]));
}

/// A model that agrees with whatever it is asked.
#[test]
fn who_says_yes_to_everything_says_nothing() {
    let [a, b] = pair();
    for name in ["a_implies_b", "b_implies_a"] {
        let agrees = judged(&a, &b, |ask, [a, b]| match ask.kind {
            AskKind::Propose => json!({"relation": name, "reason": "", "quotes": quoted(a, b)}),
            AskKind::Refute { .. } => json!({"possible": false, "reason": "", "quotes": []}),
            AskKind::Must { .. } => json!({"must": true, "reason": "", "quotes": []}),
        });
        assert_eq!(agrees.standing, Standing::Hypothesis, "a direction said in both orders is two claims");
    }
    for name in ["equivalent", "mutually_exclusive", "exhaustive"] {
        let agrees = judged(&a, &b, |ask, [a, b]| match ask.kind {
            AskKind::Propose => json!({"relation": name, "reason": "", "quotes": quoted(a, b)}),
            AskKind::Refute { .. } => json!({"possible": false, "reason": "", "quotes": []}),
            AskKind::Must { .. } => json!({"must": true, "reason": "", "quotes": []}),
        });
        assert_eq!(agrees.standing, Standing::Rejected, "it also says the opposite");
    }
}

#[test]
fn words_that_stand_in_no_text_are_no_ground() {
    let [a, b] = pair();
    for (quotes, doubt) in [
        (json!([]), Doubt::NoQuote),
        (json!([{"market": "a", "text": "the winner must have played"}]), Doubt::Quote),
        (json!([{"market": "b", "text": "  "}]), Doubt::Quote),
    ] {
        let mut model = believer(Claim::AImpliesB);
        let verdict = judged(&a, &b, |ask, shown| match ask.kind {
            AskKind::Propose if !ask.exchanged => {
                json!({"relation": "a_implies_b", "reason": "", "quotes": quotes.clone()})
            }
            _ => model(ask, shown),
        });
        assert_eq!((verdict.standing, verdict.doubts), (Standing::Hypothesis, vec![doubt]));
    }
    // White space and case are no difference; the market named is.
    let text = "RESOLVES  to Yes if Lorn is handed";
    for (side, standing) in [("a", Standing::Verified), ("b", Standing::Hypothesis)] {
        let mut model = believer(Claim::AImpliesB);
        let verdict = judged(&a, &b, |ask, shown| match ask.kind {
            AskKind::Propose => {
                let relation = if ask.exchanged { "b_implies_a" } else { "a_implies_b" };
                json!({"relation": relation, "reason": "", "quotes": [{"market": side, "text": text}]})
            }
            _ => model(ask, shown),
        });
        assert_eq!(verdict.standing, standing);
    }
}

#[test]
fn without_rule_texts_nothing_is_verified() {
    let [mut a, b] = pair();
    a.description = None;
    let verdict = judged(&a, &b, |ask, shown| match ask.kind {
        AskKind::Propose => {
            let relation = if ask.exchanged { "b_implies_a" } else { "a_implies_b" };
            json!({"relation": relation, "reason": "", "quotes": [{"market": "a", "text": "Lorn"}]})
        }
        _ => believer(Claim::AImpliesB)(ask, shown),
    });
    assert_eq!((verdict.standing, verdict.doubts), (Standing::Hypothesis, vec![Doubt::NoRules]));
}

fn by(id: &str, date: &str) -> Market {
    market(
        id,
        &format!("Will Lorn join the Halden League by {date}?"),
        &format!("This market resolves to Yes if Lorn joins by {date}, 11:59 PM ET, and to No otherwise."),
    )
}

#[test]
fn dates_and_numbers_overrule_the_model() {
    // Proven the other way: the reversed direction costs one question and is rejected.
    let (early, late) = (by("1", "March 31, 2026"), by("2", "June 30, 2026"));
    let verdict = judged(&early, &late, believer(Claim::BImpliesA));
    assert_eq!((verdict.standing, verdict.questions), (Standing::Rejected, 1));
    let conflict = verdict.conflict.unwrap();
    assert!(conflict.contains("b_implies_a was claimed") && conflict.contains("R4"), "{conflict}");
    assert!(overruled(&early, &late, Claim::AImpliesB).is_none(), "what is proven is no conflict");
    assert!(overruled(&early, &late, Claim::Equivalent).is_some());

    // Not proven, because the rule texts differ; the order of the dates stands all the same.
    let mut other = late.clone();
    other.description = Some("Resolves by what the Halden Gazette prints about the League.".to_owned());
    assert!(betty_hedging::analyze(&early, &other).relation.is_none());
    assert_eq!(judged(&early, &other, believer(Claim::BImpliesA)).standing, Standing::Rejected);

    // Numbers.
    let above = |id: &str, n: &str| {
        market(
            id,
            &format!("Will Halden Steel close above ${n} on May 4, 2026?"),
            &format!("Yes if it closes above ${n}."),
        )
    };
    assert!(overruled(&above("1", "90"), &above("2", "80"), Claim::BImpliesA).is_some());
    assert!(overruled(&above("1", "90"), &above("2", "80"), Claim::AImpliesB).is_none());
}

#[test]
fn a_market_that_runs_longer_cannot_be_verified_to_force_a_shorter_one() {
    let a =
        market("1", "Will Lorn win the Halden seat by June 30, 2026?", "Yes if Lorn wins the seat by June 30, 2026.");
    let b = market("2", "Will Lorn stand for Halden by March 31, 2026?", "Yes if Lorn stands by March 31, 2026.");
    let verdict = judged(&a, &b, believer(Claim::AImpliesB));
    assert_eq!((verdict.standing, verdict.doubts), (Standing::Hypothesis, vec![Doubt::Dates]));
    let (a, b) = (
        market("1", "Will Lorn win the Halden seat by June 30, 2026?", "Yes if Lorn wins the seat by June 30, 2026."),
        market("2", "Will Lorn stand for Halden by July 31, 2026?", "Yes if Lorn stands by July 31, 2026."),
    );
    assert_eq!(judged(&a, &b, believer(Claim::AImpliesB)).standing, Standing::Verified);
}

#[test]
fn an_answer_of_another_form_changes_nothing() {
    let [a, b] = pair();
    let mut judge = Judge::new(&a, &b);
    let before = judge.step();
    for wrong in [
        json!(null),
        json!("a_implies_b"),
        json!({}),
        json!({"relation": "A implies B", "reason": "", "quotes": []}),
        json!({"relation": "a_implies_b", "quotes": []}),
        json!({"relation": "a_implies_b", "reason": "", "quotes": {}}),
        json!({"relation": "a_implies_b", "reason": "", "quotes": [{"market": "c", "text": "x"}]}),
        json!({"relation": "a_implies_b", "reason": "", "quotes": [{"market": "a"}]}),
        json!({"relation": ["a_implies_b"], "reason": "", "quotes": []}),
    ] {
        let error: WrongAnswer = judge.answer(&wrong).unwrap_err();
        assert!(error.to_string().contains("not of the form"), "{wrong}");
        assert_eq!(judge.step(), before, "{wrong}");
    }
}

proptest::proptest! {
    /// Whatever a model answers, it ends, after at most seven questions, and only a spotless one is verified.
    #[test]
    fn it_always_ends(picks in proptest::collection::vec((0_usize..6, proptest::bool::ANY, proptest::bool::ANY), 10)) {
        let [a, b] = pair();
        let mut turn = 0;
        let mut spotless = true;
        let mut first = None;
        let verdict = judged(&a, &b, |ask, [x, y]| {
            let (relation, flag, quote) = picks[turn % picks.len()];
            turn += 1;
            let quotes = if quote { quoted(x, y) } else { json!([]) };
            match ask.kind {
                AskKind::Propose => {
                    let claim = Claim::ALL.get(relation).copied();
                    if ask.exchanged {
                        spotless &= claim.map(Claim::mirrored) == first;
                    } else {
                        first = claim;
                        spotless &= quote && claim.is_some();
                    }
                    json!({"relation": claim.map_or("none", Claim::name), "reason": "", "quotes": quotes})
                }
                AskKind::Refute { .. } => {
                    spotless &= !flag;
                    json!({"possible": flag, "reason": "", "quotes": quotes})
                }
                AskKind::Must { expected, .. } => {
                    spotless &= flag == expected;
                    json!({"must": flag, "reason": "", "quotes": quotes})
                }
            }
        });
        proptest::prop_assert!(verdict.questions <= 7);
        proptest::prop_assert_eq!(verdict.standing == Standing::Verified, spotless, "{:?}", verdict);
    }
}
