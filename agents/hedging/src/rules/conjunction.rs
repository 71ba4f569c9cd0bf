//! R10: "A and B" implies A, and implies B.
//!
//! The rule text of the whole must be the rule text of the part, word for word, but for the other half in the sentence that leads to YES:
//! then whatever both texts have besides works in both alike.

use super::thresholds::{names_a_year, same_end};
use super::twins::same_opening;
use super::{Draft, Failure, Obligation, both_rules, quote_item};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::conjunction::{Part, joined, part, parts};
use crate::facts::count::same_but_for_number;
use crate::facts::item::Item;
use crate::facts::text::{Polarity, polarity, sentence_of};
use crate::relation::{Evidence, Relation, RuleId};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// Most pairs of one block that are looked at.
pub(crate) const PAIRS_MAX: usize = 100;

fn key(items: &[Item<'_>]) -> u64 {
    let mut hash = DefaultHasher::new();
    for item in items {
        match item {
            Item::Word(token) => token.text.bytes().for_each(|b| hash.write_u8(b.to_ascii_lowercase())),
            Item::Number(n) => n.value.hash(&mut hash),
            Item::Date(d, _) => d.when.hash(&mut hash),
        }
        hash.write_u8(0);
    }
    hash.finish()
}

/// The keys of a question: itself, and what it joins.
pub(crate) fn keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    if !reading.question.first().and_then(Item::word).is_some_and(|t| t.is("will")) {
        return;
    }
    match joined(&reading.question) {
        Some(how) => {
            out.extend(parts(&reading.question, how).iter().map(|p| key(p)));
            out.sort_unstable();
            out.dedup();
        }
        None => out.push(key(&reading.question)),
    }
}

/// One joins two things of which the other is one.
pub(crate) fn is_candidate(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    of(a, b).is_some() || of(b, a).is_some()
}

fn of(whole: &Reading<'_>, question: &Reading<'_>) -> Option<(Part, Range<usize>)> {
    part(&whole.question, joined(&whole.question)?, &question.question)
}

/// Certifies that a question which joins two things implies the question on one of them. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R10);
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    let how = (joined(&a.question), joined(&b.question));
    if how.0.is_none() && how.1.is_none() {
        return draft.fail(Obligation::Form, "neither question joins two things that may be taken apart");
    }
    let found = of(a, b).map(|f| (a, b, f)).or_else(|| of(b, a).map(|f| (b, a, f)));
    let Some((whole, half, (which, out))) = found else {
        return draft.fail(Obligation::SameTemplate, "one question is no part of the other, word for word");
    };
    draft.met(Obligation::Form);
    draft.met(Obligation::SameTemplate);
    if whole.market.resolution_source != half.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    let evidence = match both_rules(whole, half) {
        Some(rules) => {
            on_rules(&mut draft, (whole, &whole.question[out.clone()], which), half, rules)?;
            Evidence::Proven
        }
        None => {
            same_end(&draft, whole, half)?;
            Evidence::Presumed
        }
    };
    draft.met(Obligation::SameInstant);
    let place =
        |r: &Reading<'_>, range: Range<usize>| (r.question[range.start].span().0, r.question[range.end - 1].span().1);
    let left = place(whole, out);
    draft.set("besides", whole.market.question.get(left.0..left.1).unwrap_or_default());
    draft.span(whole.span(Field::Question, left));
    draft.span(half.span(Field::Question, place(half, 0..half.question.len())));
    let (p, q) = (&whole.market.question, &half.market.question);
    let sentence = format!("Two things together need each of them: YES on \"{p}\" forces YES on \"{q}\".");
    Ok(draft.finish(Relation::Implies, evidence, &[whole, half], sentence))
}

/// The text of the whole is that of the part, but for the other half in one sentence that leads to YES.
fn on_rules<'m>(
    draft: &mut Draft,
    (whole, out, which): (&Reading<'m>, &[Item<'_>], Part),
    half: &Reading<'m>,
    (rw, rh): (&[Item<'_>], &[Item<'_>]),
) -> Result<(), Failure> {
    // "both" goes with the other half.
    let spoken = |item: &Item<'_>| !item.word().is_some_and(|t| t.is("both"));
    let two: Vec<Item<'_>> = rw.iter().copied().filter(spoken).collect();
    let extra = two.len().checked_sub(rh.len()).filter(|n| *n == out.len());
    let Some(extra) = extra else {
        return draft.fail(Obligation::SameRules, "the rule texts differ in more than the other half");
    };
    let alike = |x: &Item<'_>, y: &Item<'_>| match (x, y) {
        _ if x.same(y) => true,
        (Item::Word(p), Item::Word(q)) => same_but_for_number(p.text, q.text),
        _ => false,
    };
    let fits = |at: usize| {
        let cut = &two[at..at + extra];
        let and = match which {
            Part::First => cut.first(),
            Part::Second => cut.last(),
        };
        and.is_some_and(|i| i.word().is_some_and(|t| t.is("and"))) && cut.iter().zip(out).all(|(x, y)| alike(x, y))
    };
    let Some(at) = (0..=rh.len()).find(|at| fits(*at)) else {
        return draft.fail(Obligation::StatedInRules, "no place of the rule text joins what the question joins");
    };
    let sentence = two[at].sentence();
    let rest = two[..at].iter().chain(&two[at + extra..]);
    for (x, y) in rest.zip(rh) {
        // One of two "wins" where both "win", in the sentence itself.
        if !(x.same(y) || x.sentence() == sentence && alike(x, y)) {
            let (p, q) =
                (quote_item(whole, Field::Description, Some(x)), quote_item(half, Field::Description, Some(y)));
            return draft.fail(Obligation::SameRules, format!("{p} against {q}"));
        }
    }
    draft.met(Obligation::SameRules);
    draft.met(Obligation::SameSource);
    draft.met(Obligation::SameZone);
    let leads = two[sentence_of(&two, at)].iter().any(|i| i.word().is_some_and(|t| t.is("yes")));
    if !leads || polarity(&two, at) != Polarity::Forward {
        let found = quote_item(whole, Field::Description, two.get(at));
        return draft.fail(Obligation::Polarity, format!("the sentence around {found}"));
    }
    let joins = |items: &[Item<'_>]| items.iter().any(|i| i.word().is_some_and(|t| t.is("or") || t.is("either")));
    if joins(&two[sentence_of(&two, at)]) {
        return draft.fail(Obligation::Polarity, "the sentence says \"or\"");
    }
    draft.met(Obligation::StatedInRules);
    draft.met(Obligation::Polarity);
    if !names_a_year(rh) && !names_a_year(&half.question) {
        same_end(draft, whole, half)?;
    }
    same_opening(draft, whole, half, rh)?;
    let ends = (two[at].span().0, two[at + extra - 1].span().1);
    draft.span(whole.span(Field::Description, ends));
    Ok(())
}
