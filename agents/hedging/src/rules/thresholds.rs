//! R5: above or below N, everything else the same. Above the higher implies above the lower; below is the mirror image.

use super::{Draft, Failure, Obligation, both_rules, quote_item, same_rules};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::date::When;
use crate::facts::item::{Item, align};
use crate::facts::number::{Comparator, Direction, Number, Unit, comparator};
use crate::facts::text::{Polarity, polarity, threshold_ladder_breaker};
use crate::relation::{Evidence, Relation, RuleId};

/// How far the venue's end dates may lie apart where the texts name no day, in milliseconds: two days.
const END_SLACK_MS: i64 = 2 * 86_400_000;

/// Certifies that the question with the harder threshold implies the one with the easier. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R5);
    let slot = open_slot(&draft, a, b)?;
    let (Some(na), Some(nb)) = (number_at(&a.question, slot), number_at(&b.question, slot)) else {
        return draft.fail(Obligation::Form, "no number");
    };
    draft.met(Obligation::SameTemplate);
    let (ca, cb) = (comparator(&a.question, slot), comparator(&b.question, slot));
    let (Some(ca), Some(cb)) = (ca, cb) else {
        let found = quote_item(a, Field::Question, a.question.get(slot));
        return draft.fail(Obligation::Direction, format!("nothing says above or below {found}"));
    };
    if ca.direction != cb.direction {
        return draft.fail(Obligation::Direction, "one is above, the other below");
    }
    if ca.strict != cb.strict {
        return draft.fail(Obligation::SameEdge, "one is strict, the other inclusive");
    }
    draft.met_with(Obligation::Direction, if ca.direction == Direction::Up { "at or above" } else { "at or below" });
    draft.met_with(Obligation::SameEdge, if ca.strict { "strict" } else { "inclusive" });
    if let Some(item) = threshold_ladder_breaker(&a.question) {
        return draft.fail(Obligation::NoTurn, quote_item(a, Field::Question, Some(item)));
    }
    if let Some(item) = turned_by_a_count(&a.question, slot..slot + 1) {
        let found = quote_item(a, Field::Question, Some(item));
        return draft.fail(Obligation::NoTurn, format!("{found} is counted among what lies beyond the threshold"));
    }
    draft.met(Obligation::NoTurn);
    let (hard, easy, n1, n2) = if implies(ca, &na, &nb) { (a, b, na, nb) } else { (b, a, nb, na) };
    let evidence = match both_rules(hard, easy) {
        Some(rules) => {
            on_rules(&mut draft, (hard, &n1), (easy, &n2), ca, rules)?;
            Evidence::Proven
        }
        None => {
            if a.market.resolution_source != b.market.resolution_source {
                return draft.fail(Obligation::SameSource, "the venue names different sources");
            }
            same_end(&draft, a, b)?;
            Evidence::Presumed
        }
    };
    draft.met(Obligation::SameInstant);
    for (name, r, n) in [("threshold_a", hard, &n1), ("threshold_b", easy, &n2)] {
        draft.set(name, r.market.question.get(n.start..n.end).unwrap_or_default());
        draft.span(r.span(Field::Question, (n.start, n.end)));
    }
    let (x, y) = (&hard.market.question[n1.start..n1.end], &easy.market.question[n2.start..n2.end]);
    let way = if ca.direction == Direction::Up { "above" } else { "below" };
    let sentence = format!(
        "One number, read once: whatever lies {way} {x} also lies {way} {y}, so YES on \"{}\" forces YES on \"{}\".",
        hard.market.question, easy.market.question
    );
    Ok(draft.finish(Relation::Implies, evidence, &[hard, easy], sentence))
}

/// Another number of the question that a nearer threshold can only raise: "exactly 4 earthquakes of magnitude 7 or higher" says nothing
/// on magnitude 6, where there may be more. `own` are the items that name the threshold.
pub(super) fn turned_by_a_count<'i, 't>(question: &'i [Item<'t>], own: std::ops::Range<usize>) -> Option<&'i Item<'t>> {
    question.iter().enumerate().filter(|(i, _)| !own.contains(i)).find_map(|(i, item)| {
        let Item::Number(number) = item else { return None };
        let before = i.checked_sub(1).and_then(|k| question[k].word());
        let two_sided = number.range || matches!(question.get(i + 1), Some(Item::Number(next)) if next.range);
        let said = comparator(question, i);
        // "Will 4 flights of class 20 or more …": four, or at least four? "Phase 2" and "S&P 500" are names.
        let counts = said.is_none()
            && i < own.start
            && number.unit == Unit::None
            && before.is_some_and(|t| t.is("will") || t.text.starts_with(char::is_lowercase))
            && question.get(i + 1).and_then(Item::word).is_some_and(|t| t.text.starts_with(char::is_lowercase));
        let capped = two_sided || counts || before.is_some_and(|t| t.is("exactly") || t.is("between"));
        let down = said.is_some_and(|c| c.direction == Direction::Down);
        (capped || down).then_some(item)
    })
}

/// Whether beyond `a` implies beyond `b`.
const fn implies(c: Comparator, a: &Number, b: &Number) -> bool {
    match c.direction {
        Direction::Up => a.value >= b.value,
        Direction::Down => a.value <= b.value,
    }
}

fn open_slot(draft: &Draft, a: &Reading<'_>, b: &Reading<'_>) -> Result<usize, Failure> {
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    if !a.question.iter().any(|i| matches!(i, Item::Number(_))) {
        return draft.fail(Obligation::Form, "the question names no number");
    }
    let found = align(&a.question, &b.question).or_else(|at| {
        let (x, y) = (a.question.get(at), b.question.get(at));
        let (x, y) = (quote_item(a, Field::Question, x), quote_item(b, Field::Question, y));
        draft.fail(Obligation::SameTemplate, format!("{x} against {y}"))
    })?;
    match (found.numbers.as_slice(), found.dates.as_slice()) {
        ([slot], []) => Ok(*slot),
        (_, [_, ..]) => draft.fail(Obligation::SameInstant, "the questions name different dates"),
        ([], []) => draft.fail(Obligation::Form, "the questions name the same number"),
        _ => draft.fail(Obligation::SameTemplate, "more than one number differs"),
    }
}

fn number_at(items: &[Item<'_>], at: usize) -> Option<Number> {
    match items.get(at) {
        Some(Item::Number(number)) => Some(*number),
        _ => None,
    }
}

/// The venue's end dates agree: the fallback where the texts name no full date.
pub(super) fn same_end(draft: &Draft, a: &Reading<'_>, b: &Reading<'_>) -> Result<(), Failure> {
    match (a.market.end, b.market.end) {
        (Some(x), Some(y)) if x.since(y).abs() <= END_SLACK_MS => Ok(()),
        (Some(x), Some(y)) => draft.fail(Obligation::SameInstant, format!("they end on {x} and {y}")),
        _ => draft.fail(Obligation::SameInstant, "an end date is missing"),
    }
}

pub(super) fn names_a_year(items: &[Item<'_>]) -> bool {
    items.iter().any(|i| match i {
        Item::Date(d, _) => match d.when {
            When::Day { year, .. } | When::Month { year, .. } | When::Days { year, .. } => year.is_some(),
            When::Year(_) | When::Season(_) => true,
        },
        _ => false,
    })
}

/// Obligations on the rule texts, harder threshold first.
fn on_rules<'m>(
    draft: &mut Draft,
    (hard, n1): (&Reading<'m>, &Number),
    (easy, n2): (&Reading<'m>, &Number),
    asked: Comparator,
    (r1, r2): (&[Item<'_>], &[Item<'_>]),
) -> Result<(), Failure> {
    let differ = same_rules(draft, hard, easy, (r1, r2))?;
    if let Some(at) = differ.dates.first() {
        let (x, y) =
            (quote_item(hard, Field::Description, r1.get(*at)), quote_item(easy, Field::Description, r2.get(*at)));
        return draft.fail(Obligation::SameInstant, format!("{x} against {y}"));
    }
    if !names_a_year(r1) && !names_a_year(&hard.question) {
        same_end(draft, hard, easy)?;
    }
    let mut stated = false;
    for at in differ.numbers {
        let quoted = quote_item(hard, Field::Description, r1.get(at));
        let (Some(x), Some(y)) = (number_at(r1, at), number_at(r2, at)) else {
            return draft.fail(Obligation::SameRules, "a number against no number");
        };
        let (Some(cx), Some(cy)) = (comparator(r1, at), comparator(r2, at)) else {
            return draft.fail(Obligation::Direction, format!("the rule text does not say above or below {quoted}"));
        };
        if cx != cy {
            return draft.fail(Obligation::SameEdge, format!("the rule texts compare {quoted} differently"));
        }
        let follows = match polarity(r1, at) {
            Polarity::Forward => implies(cx, &x, &y),
            // "NO if below N": the condition must follow the other way.
            Polarity::Backward => implies(cx, &y, &x),
            Polarity::Unclear => false,
        };
        if !follows {
            return draft.fail(Obligation::Polarity, format!("the sentence around {quoted}"));
        }
        if x.value == n1.value
            && y.value == n2.value
            && polarity(r1, at) == Polarity::Forward
            && cx.direction == asked.direction
        {
            stated = true;
            draft.span(hard.span(Field::Description, (x.start, x.end)));
            draft.span(easy.span(Field::Description, (y.start, y.end)));
        }
    }
    if !stated {
        return draft
            .fail(Obligation::StatedInRules, "the question's numbers do not stand at one place of the rule texts");
    }
    draft.met(Obligation::StatedInRules);
    draft.met(Obligation::Polarity);
    Ok(())
}
