//! R12: one question listed twice. What is asked, by whom it is answered and until when are the same to the letter: both end alike.
//!
//! The words alone are not enough. A question can point at what stands around it ("the match", "his next video", "the listed
//! candidate"): then it must also stand in the same place.

use super::{Draft, Failure, Obligation, both_rules, quote_item};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::item::{Item, align};
use crate::facts::text::zones;
use crate::facts::token::is_dash;
use crate::relation::{Evidence, Relation, RuleId};
use std::hash::{DefaultHasher, Hasher};

/// Most pairs of one question that are looked at. A question without a name of its own ("Will the match end in a draw?") may stand
/// in hundreds of events.
pub(crate) const PAIRS_MAX: usize = 100;

/// Words whose meaning hangs on the day the market opened.
const SINCE_OPENING: [&str; 16] = [
    "next",
    "latest",
    "upcoming",
    "current",
    "currently",
    "another",
    "again",
    "new",
    "now",
    "today",
    "tomorrow",
    "creation",
    "created",
    "issuance",
    "issued",
    "launch",
];

/// Words that point at a label or at the event around the market.
const POINTERS: [&str; 6] = ["listed", "named", "above", "specified", "corresponding", "titled"];

/// The key of a question: its letters and digits without case. Signs count too, so that "below 0" and "below −0" stay apart at no cost.
pub(crate) fn keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    let mut hash = DefaultHasher::new();
    for item in &reading.question {
        let (start, end) = item.span();
        for byte in reading.market.question.as_bytes().get(start..end).unwrap_or_default() {
            hash.write_u8(byte.to_ascii_lowercase());
        }
        hash.write_u8(0);
    }
    out.push(hash.finish());
}

/// The same question, letter for letter.
pub(crate) fn is_candidate(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    a.market.condition != b.market.condition && same_question(a, b)
}

fn same_question(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    align(&a.question, &b.question).is_ok_and(|found| found.numbers.is_empty() && found.dates.is_empty())
}

/// Certifies that two markets ask one question.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R12);
    let shared = [&a.market.yes, &a.market.no].into_iter().any(|t| *t == b.market.yes || *t == b.market.no);
    if a.market.id == b.market.id || a.market.condition == b.market.condition || shared {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    draft.met(Obligation::Distinct);
    if a.question.is_empty() {
        return draft.fail(Obligation::Form, "no question");
    }
    if !same_question(a, b) {
        let at = a.question.iter().zip(&b.question).position(|(x, y)| !x.same(y));
        let at = at.unwrap_or_else(|| a.question.len().min(b.question.len()));
        let (x, y) = (a.question.get(at), b.question.get(at));
        let (x, y) = (quote_item(a, Field::Question, x), quote_item(b, Field::Question, y));
        return draft.fail(Obligation::SameQuestion, format!("{x} against {y}"));
    }
    draft.met(Obligation::SameQuestion);
    if let Some(found) = a.market.neg_risk.as_ref().or(b.market.neg_risk.as_ref()) {
        return draft.fail(Obligation::OutsideGroups, format!("a member of \"{}\"", found.group));
    }
    draft.met(Obligation::OutsideGroups);
    same_end(&mut draft, a, b)?;
    if a.market.resolution_source != b.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    // A question alone does not tell what it is about: "Games Total: O/U 2.5" stands in hundreds of matches.
    let Some((ra, rb)) = both_rules(a, b) else {
        return draft.fail(Obligation::SameText, "a rule text is missing");
    };
    let (za, zb) = (zones(ra), zones(rb));
    if za != zb {
        return draft.fail(Obligation::SameZone, format!("{} against {}", za.join(", "), zb.join(", ")));
    }
    draft.met(Obligation::SameZone);
    same_text(&mut draft, a, b, (ra, rb))?;
    draft.met(Obligation::SameSource);
    same_place(&mut draft, a, b, ra)?;
    for r in [a, b] {
        draft.span(r.span(Field::Question, (0, r.market.question.len())));
        if let Some(text) = &r.market.description {
            draft.span(r.span(Field::Description, (0, text.len())));
        }
    }
    let sentence = format!(
        "\"{}\" is listed twice, as markets {} and {}, with one end and one rule text, word for word: both resolve alike.",
        a.market.question, a.market.id, b.market.id,
    );
    Ok(draft.finish(Relation::Equivalent, Evidence::Proven, &[a, b], sentence))
}

fn same_end(draft: &mut Draft, a: &Reading<'_>, b: &Reading<'_>) -> Result<(), Failure> {
    match (a.market.end, b.market.end) {
        (Some(x), Some(y)) if x == y => {
            draft.met_with(Obligation::SameInstant, &x.to_string());
            draft.set("end", x.to_string());
            Ok(())
        }
        (Some(x), Some(y)) => draft.fail(Obligation::SameInstant, format!("they end on {x} and {y}")),
        _ => draft.fail(Obligation::SameInstant, "an end date is missing"),
    }
}

/// A text as it counts: without white space, quotation marks in one form, dashes in one form, letters without case.
fn plain(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| match c {
        '“' | '”' | '„' => '"',
        '’' | '‘' => '\'',
        c if is_dash(c) => '-',
        c => c.to_ascii_lowercase(),
    })
}

fn same_text<'m>(
    draft: &mut Draft,
    a: &Reading<'m>,
    b: &Reading<'m>,
    (ra, rb): (&[Item<'_>], &[Item<'_>]),
) -> Result<(), Failure> {
    let (ta, tb) = (a.market.description.as_deref(), b.market.description.as_deref());
    let (ta, tb) = (ta.unwrap_or_default(), tb.unwrap_or_default());
    if plain(ta).eq(plain(tb)) {
        draft.met(Obligation::SameText);
        return Ok(());
    }
    let at = ra.iter().zip(rb).position(|(x, y)| !x.same(y)).unwrap_or_else(|| ra.len().min(rb.len()));
    let (x, y) = (quote_item(a, Field::Description, ra.get(at)), quote_item(b, Field::Description, rb.get(at)));
    draft.fail(Obligation::SameText, format!("{x} against {y}"))
}

fn first_of<'i, 't>(items: &'i [Item<'t>], list: &[&str]) -> Option<&'i Item<'t>> {
    items.iter().find(|i| i.word().is_some_and(|t| list.iter().any(|w| t.is(w))))
}

/// A sentence of its own with a word with a capital past the first: a name of somebody or something. Months are dates, not words; what
/// is no sentence ("Games Total: O/U 2.5") is a heading below an event, however it is written.
fn names_something(question: &[Item<'_>]) -> bool {
    let mut words = question.iter().filter_map(Item::word);
    words.next().is_some_and(|t| t.is("will")) && words.any(|t| t.text.starts_with(char::is_uppercase))
}

/// Where words count from the day a market opened, both opened at once.
pub(super) fn same_opening(
    draft: &mut Draft,
    a: &Reading<'_>,
    b: &Reading<'_>,
    rules: &[Item<'_>],
) -> Result<(), Failure> {
    let relative = [&a.question[..], rules].into_iter().find_map(|items| first_of(items, &SINCE_OPENING));
    if let Some(token) = relative.and_then(Item::word) {
        let opened = a.market.start.zip(b.market.start);
        if opened.is_none_or(|(x, y)| x != y) {
            let detail = format!("\"{}\" counts from the opening, and the days differ or are unknown", token.text);
            return draft.fail(Obligation::SameStart, detail);
        }
        draft.met(Obligation::SameStart);
    }
    Ok(())
}

/// What the words leave to the surroundings is the same too: the opening day, the label, the event.
fn same_place<'m>(draft: &mut Draft, a: &Reading<'m>, b: &Reading<'m>, rules: &[Item<'_>]) -> Result<(), Failure> {
    same_opening(draft, a, b, rules)?;
    let label = |r: &Reading<'m>| r.market.group_title.as_deref().map(str::trim).filter(|t| !t.is_empty());
    let labels = (label(a), label(b));
    let pointed = first_of(rules, &POINTERS).or_else(|| first_of(&a.question, &POINTERS));
    let labels_fit = match labels {
        (Some(x), Some(y)) => plain(x).eq(plain(y)),
        // A label against none adds nothing unless the text points at it.
        (None, Some(_)) | (Some(_), None) => pointed.is_none(),
        (None, None) => true,
    };
    if !labels_fit {
        let (x, y) = (labels.0.unwrap_or("none"), labels.1.unwrap_or("none"));
        return draft.fail(Obligation::SamePlace, format!("the labels are \"{x}\" and \"{y}\""));
    }
    let titles = a.market.event.as_ref().zip(b.market.event.as_ref()).map(|(x, y)| (&x.title, &y.title));
    let same_event = titles.is_some_and(|(x, y)| plain(x).eq(plain(y)));
    // Nameless questions and texts that point elsewhere live off their event.
    if (!names_something(&a.question) || pointed.is_some()) && !same_event {
        return draft.fail(Obligation::SamePlace, "the words point at an event that differs or is unknown");
    }
    draft.met(Obligation::SamePlace);
    Ok(())
}
