//! Of whom a question speaks: "Will Lorn Space make …" names one, "Will any rider win …" leaves it open, "Will few riders win …" does
//! neither.
//!
//! What follows for one thing need not follow for a crowd: of "few riders win four stages" nothing follows for three. So only two forms
//! are known, and every other one is no subject. A list of words that are dangerous could never be complete.

use super::item::Item;
use super::text::indefinite;

/// Words that speak of a crowd, of none, or of a choice; no name begins with one or holds one.
const NO_NAME: [&str; 38] = [
    "a",
    "all",
    "alone",
    "an",
    "and",
    "another",
    "any",
    "anybody",
    "anyone",
    "both",
    "each",
    "either",
    "every",
    "everybody",
    "everyone",
    "exactly",
    "few",
    "fewer",
    "half",
    "least",
    "less",
    "majority",
    "many",
    "minority",
    "more",
    "most",
    "multiple",
    "neither",
    "no",
    "nobody",
    "none",
    "one",
    "only",
    "or",
    "several",
    "some",
    "two",
    "three",
];

fn is(item: Option<&Item<'_>>, list: &[&str]) -> bool {
    item.and_then(Item::word).is_some_and(|t| list.iter().any(|w| t.is(w)))
}

/// Where the word behind the subject stands, when the question is "Will <a name> …" or "Will there …".
pub(crate) fn behind_a_name(question: &[Item<'_>]) -> Option<usize> {
    if !is(question.first(), &["will"]) {
        return None;
    }
    if is(question.get(1), &["there"]) {
        return Some(2);
    }
    let from = if is(question.get(1), &["the"]) { 2 } else { 1 };
    let named = |item: &Item<'_>| match item {
        Item::Word(t) => {
            let capital = t.text.starts_with(|c: char| c.is_uppercase() || c.is_numeric());
            capital && !is(Some(item), &NO_NAME)
        }
        Item::Number(_) | Item::Date(..) => false,
    };
    let names = question.get(from..)?.iter().take_while(|i| named(i)).count();
    let behind = from + names;
    (names > 0 && behind < question.len() && !is(question.get(behind), &NO_NAME)).then_some(behind)
}

/// The same for "Will any rider …" and "Will a rider …": a word that leaves open of whom, and one more for what.
pub(crate) fn behind_anybody(question: &[Item<'_>]) -> Option<usize> {
    const ALONE: [&str; 4] = ["someone", "somebody", "anyone", "anybody"];
    const BEFORE: [&str; 5] = ["a", "an", "any", "some", "another"];
    match question {
        [will, who, ..] if is(Some(will), &["will"]) && is(Some(who), &ALONE) => Some(2),
        [will, who, what, ..] if is(Some(will), &["will"]) && is(Some(who), &BEFORE) && !is(Some(what), &NO_NAME) => {
            Some(3)
        }
        _ => None,
    }
}

/// A word that lets a number behind a named subject be one of several: of which day, which of two, which pad. "Or" between numbers
/// ("6.5 or higher") is a comparison and no choice.
pub(crate) fn one_of_several<'i, 't>(question: &'i [Item<'t>]) -> Option<&'i Item<'t>> {
    const PLACES: [&str; 8] = ["at", "from", "in", "on", "over", "with", "within", "by"];
    const KNOWN: [&str; 6] = ["close", "least", "midnight", "most", "noon", "the"];
    const COMPARED: [&str; 8] = ["above", "below", "fewer", "greater", "higher", "less", "lower", "more"];
    const SEVERAL: [&str; 9] = ["consecutive", "multiple", "once", "one", "per", "row", "several", "twice", "two"];
    let place = |i: usize| {
        let to = question.get(i + 1);
        let definite = match to {
            // "At least" is a comparison, and there is one noon.
            Some(Item::Word(t)) => KNOWN.iter().any(|w| t.is(w)) || t.text.starts_with(char::is_uppercase),
            // "Within 24 hours": any 24.
            Some(Item::Number(_)) => !is(question.get(i), &["within", "over"]),
            _ => true,
        };
        is(question.get(i), &PLACES) && !definite
    };
    let choice = |i: usize| is(question.get(i), &["or"]) && !is(question.get(i + 1), &COMPARED);
    indefinite(question).or_else(|| {
        (0..question.len()).find(|i| place(*i) || choice(*i) || is(question.get(*i), &SEVERAL)).map(|i| &question[i])
    })
}

#[cfg(test)]
mod tests {
    use super::super::item::items;
    use super::*;

    #[test]
    fn a_name_is_known_by_its_capitals() {
        let verb = |text: &str| {
            let all = items(text);
            behind_a_name(&all).and_then(|i| all[i].word().map(|t| t.text.to_owned()))
        };
        assert_eq!(verb("Will Mara Voss win the Cup?").as_deref(), Some("win"));
        assert_eq!(verb("Will the Lorn Rangers win the Cup?").as_deref(), Some("win"));
        assert_eq!(verb("Will there be exactly 4 earthquakes?").as_deref(), Some("be"));
        assert_eq!(verb("Will Mara Voss rarely win?").as_deref(), Some("rarely"), "the verb is looked at by the rule");
        for text in [
            "Will few riders win?",
            "Will Few Riders win?",
            "Will only Mara Voss win?",
            "Will Lorn or Vane win?",
            "Will Lorn and Vane win?",
            "Will a rider win?",
            "Will the number of riders rise?",
            "Who wins?",
        ] {
            assert_eq!(verb(text), None, "{text}");
        }
    }

    #[test]
    fn one_of_several_is_told_from_a_comparison() {
        for text in [
            "exactly 4 flights on consecutive days",
            "exactly 4 flights from a pad",
            "Will Lorn or Vane make exactly 4 flights",
            "4 flights at once",
            "4 flights per day",
            "exactly 4 flights within 24 hours",
        ] {
            assert!(one_of_several(&items(text)).is_some(), "{text}");
        }
        for text in [
            "exactly 4 earthquakes of magnitude 6.5 or higher worldwide",
            "exactly 4 stages of the Halden Tour",
            "5 or more goals in the Cup",
        ] {
            assert!(one_of_several(&items(text)).is_none(), "{text}");
        }
    }
}
