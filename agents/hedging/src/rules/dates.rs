//! R4: "by D" variants of one template. What has happened by an earlier date has happened by a later one.

use super::{Draft, Failure, Obligation, both_rules, quote_item, same_rules};
use crate::certificate::{Certificate, Field};
use crate::facts::date::{DateFact, Deadline, Role, When};
use crate::facts::item::{Item, align};
use crate::facts::number::{Direction, Unit, comparator};
use crate::facts::text::{Polarity, date_ladder_breaker, polarity, sentence_of};
use crate::facts::{Reading, YearFrom};
use crate::relation::{Evidence, Relation, RuleId};

/// Words for the moment a market was opened: its window starts then, whatever the texts have in common.
const CREATION: [&str; 5] = ["creation", "created", "issuance", "issued", "launch"];

/// Certifies that the question with the earlier deadline implies the one with the later. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R4);
    let slot = open_slot(&draft, a, b)?;
    let (da, db) = (date_at(&a.question, slot), date_at(&b.question, slot));
    let (Some(da), Some(db)) = (da, db) else { return draft.fail(Obligation::Form, "no date") };
    if !da.is_cumulative() || !db.is_cumulative() {
        let found = quote_item(a, Field::Question, a.question.get(slot));
        return draft.fail(Obligation::CumulativeWording, format!("{found} is a window or a day"));
    }
    draft.met(Obligation::SameTemplate);
    draft.met(Obligation::CumulativeWording);
    no_turn(&draft, a)?;
    draft.met(Obligation::NoTurn);

    let (Some(da), Some(db)) = (da.deadline(), db.deadline()) else {
        return draft.fail(Obligation::KnownDates, "the words name no calendar day");
    };
    let ((da, from_a), (db, from_b)) = borrow_year(a.dated(da), b.dated(db));
    let (first, second, d1, d2) = match da.cmp(&db) {
        std::cmp::Ordering::Less => (a, b, da, db),
        std::cmp::Ordering::Greater => (b, a, db, da),
        std::cmp::Ordering::Equal => return draft.fail(Obligation::Order, format!("both end on {da}")),
    };
    let evidence = match both_rules(first, second) {
        Some(rules) => {
            let weakest = from_a.min(from_b);
            if weakest < YearFrom::Rules {
                return draft.fail(Obligation::KnownDates, "neither question nor rule text writes the year");
            }
            draft.met(Obligation::KnownDates);
            on_rules(&mut draft, (first, d1), (second, d2), rules)?;
            Evidence::Proven
        }
        None => {
            if a.market.resolution_source != b.market.resolution_source {
                return draft.fail(Obligation::SameSource, "the venue names different sources");
            }
            draft.set("year_from", format!("{:?}", from_a.min(from_b)));
            Evidence::Presumed
        }
    };
    draft.met(Obligation::Order);
    draft.set("date_a", d1.to_string());
    draft.set("date_b", d2.to_string());
    for r in [first, second] {
        draft.span(r.span(Field::Question, r.question[slot].span()));
    }
    let sentence = format!(
        "\"{}\" resolves YES only on what happens by {d1}, and that has then also happened by {d2}: YES there forces YES on \"{}\".",
        first.market.question, second.market.question
    );
    Ok(draft.finish(Relation::Implies, evidence, &[first, second], sentence))
}

/// The one position at which the questions differ, a date.
fn open_slot(draft: &Draft, a: &Reading<'_>, b: &Reading<'_>) -> Result<usize, Failure> {
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    if !a.question.iter().any(|i| matches!(i, Item::Date(..))) {
        return draft.fail(Obligation::Form, "the question names no date");
    }
    let found = align(&a.question, &b.question).or_else(|at| {
        let (x, y) = (a.question.get(at), b.question.get(at));
        let (x, y) = (quote_item(a, Field::Question, x), quote_item(b, Field::Question, y));
        draft.fail(Obligation::SameTemplate, format!("{x} against {y}"))
    })?;
    match (found.dates.as_slice(), found.numbers.as_slice()) {
        ([slot], []) => Ok(*slot),
        ([], []) => draft.fail(Obligation::Order, "the questions name the same date"),
        _ => draft.fail(Obligation::SameTemplate, "more than one date, or a number, differs"),
    }
}

fn date_at(items: &[Item<'_>], at: usize) -> Option<DateFact> {
    match items.get(at) {
        Some(Item::Date(date, _)) => Some(*date),
        _ => None,
    }
}

/// Nothing in the question makes a later date the stronger claim.
fn no_turn(draft: &Draft, a: &Reading<'_>) -> Result<(), Failure> {
    if let Some(item) = date_ladder_breaker(&a.question) {
        return draft.fail(Obligation::NoTurn, quote_item(a, Field::Question, Some(item)));
    }
    for (i, item) in a.question.iter().enumerate() {
        let Item::Number(number) = item else { continue };
        let turns = match comparator(&a.question, i) {
            // "fewer than 5 by D" can be true early and false later; a price below a level stays touched.
            Some(c) => c.direction == Direction::Down && number.unit == Unit::None,
            // An exact count or a range can be passed. "Gemini 3.5" and "Phase 2" are names.
            None => {
                let word = i.checked_sub(1).and_then(|k| a.question[k].word());
                let named = word.is_some_and(|t| {
                    !t.is("will") && !t.is("between") && t.text.starts_with(|c: char| c.is_uppercase() || c == '#')
                });
                !named || number.range
            }
        };
        if turns {
            let found = quote_item(a, Field::Question, Some(item));
            return draft.fail(Obligation::NoTurn, format!("{found} is a count that can be passed"));
        }
    }
    Ok(())
}

type Dated = (Deadline, YearFrom);

/// Gives a date without a year the year of the other, marked as assumed.
fn borrow_year((a, from_a): Dated, (b, from_b): Dated) -> (Dated, Dated) {
    let lend = |x: Deadline, from: YearFrom, year| {
        if x.year.is_some() { (x, from) } else { (Deadline { year, ..x }, YearFrom::Assumed) }
    };
    (lend(a, from_a, b.year), lend(b, from_b, a.year))
}

/// Obligations on the rule texts, earlier deadline first.
fn on_rules<'m>(
    draft: &mut Draft,
    (first, d1): (&Reading<'m>, Deadline),
    (second, d2): (&Reading<'m>, Deadline),
    (r1, r2): (&[Item<'_>], &[Item<'_>]),
) -> Result<(), Failure> {
    let differ = same_rules(draft, first, second, (r1, r2))?;
    if let Some(at) = differ.numbers.first() {
        let (x, y) =
            (quote_item(first, Field::Description, r1.get(*at)), quote_item(second, Field::Description, r2.get(*at)));
        return draft.fail(Obligation::SameRules, format!("{x} against {y}"));
    }
    let mut stated = false;
    for at in differ.dates {
        let (Some(x), Some(y)) = (date_at(r1, at), date_at(r2, at)) else {
            return draft.fail(Obligation::SameRules, "a date against no date");
        };
        let (Some(kx), Some(ky)) = (day_of(x, d1), day_of(y, d2)) else {
            return draft.fail(Obligation::KnownDates, "a date of the rule text is no calendar day");
        };
        let (qx, qy) =
            (quote_item(first, Field::Description, r1.get(at)), quote_item(second, Field::Description, r2.get(at)));
        match x.role {
            Role::From if kx < ky => {
                return draft.fail(Obligation::SameStart, format!("one window opens {qx}, the other {qy}"));
            }
            Role::From => {}
            Role::By | Role::ByEndOf | Role::Before | Role::Until | Role::And if kx <= ky => {
                if polarity(r1, at) != Polarity::Forward {
                    return draft.fail(Obligation::Polarity, format!("the sentence around {qx}"));
                }
            }
            _ => return draft.fail(Obligation::SameRules, format!("{qx} against {qy}")),
        }
        if x.role != Role::From && kx == d1 && ky == d2 {
            stated = true;
            draft.span(first.span(Field::Description, r1[at].span()));
            draft.span(second.span(Field::Description, r2[at].span()));
        }
        same_opening(draft, first, second, r1, at)?;
    }
    if !stated {
        return draft
            .fail(Obligation::StatedInRules, format!("no \"by {d1}\" and \"by {d2}\" at one place of the rule texts"));
    }
    draft.met(Obligation::StatedInRules);
    draft.met(Obligation::Polarity);
    draft.met(Obligation::SameStart);
    Ok(())
}

/// The calendar day a date of the rule text means; the question's year where the text leaves it out.
fn day_of(date: DateFact, question: Deadline) -> Option<Deadline> {
    let day = match date.when {
        When::Day { year, month, day } => Deadline { year, month, day },
        _ => date.deadline()?,
    };
    Some(Deadline { year: day.year.or(question.year), ..day })
}

/// A window that opens with the market opens earlier for the later deadline, or not at all later.
fn same_opening(
    draft: &Draft,
    first: &Reading<'_>,
    second: &Reading<'_>,
    rules: &[Item<'_>],
    at: usize,
) -> Result<(), Failure> {
    let sentence = &rules[sentence_of(rules, at)];
    let word = |i: &Item<'_>, list: &[&str]| i.word().is_some_and(|t| list.iter().any(|w| t.is(w)));
    let opens_with_market = sentence.iter().any(|i| word(i, &CREATION))
        && sentence.iter().any(|i| word(i, &["between", "from", "after", "since", "following"]));
    if !opens_with_market {
        return Ok(());
    }
    match (first.market.start, second.market.start) {
        (Some(s1), Some(s2)) if s2 <= s1 => Ok(()),
        (Some(s1), Some(s2)) => draft.fail(Obligation::SameStart, format!("the windows open at {s1} and {s2}")),
        _ => draft.fail(Obligation::SameStart, "the windows open with the markets, whose first day is unknown"),
    }
}
