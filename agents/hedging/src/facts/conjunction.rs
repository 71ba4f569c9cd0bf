//! Questions that ask for two things at once: "Will Mara Voss win the Cup and reach the final of the League in 2026?"
//!
//! An "and" joins clauses, verbs, things or halves of a name, and only some of these may be taken apart. It is taken apart where "both"
//! says so, or where a known verb stands on either side; never beside words that speak of the two as one or make one depend on the other.

use super::item::Item;
use super::subject::behind_a_name;
use super::text::is_negation;

/// Verbs that the venue's questions use, in the form that stands behind "will".
const VERBS: [&str; 66] = [
    "acquire", "advance", "announce", "approve", "attack", "attend", "ban", "be", "beat", "become", "buy", "call",
    "close", "confirm", "control", "cut", "declare", "dip", "drop", "end", "enter", "fall", "finish", "get", "happen",
    "have", "hit", "hold", "host", "invade", "join", "launch", "lead", "leave", "lose", "make", "nominate", "open",
    "pass", "pay", "perform", "play", "post", "qualify", "raise", "reach", "record", "release", "resign", "resolve",
    "retire", "return", "rise", "run", "say", "score", "sell", "sign", "start", "stop", "strike", "take", "visit",
    "vote", "win", "withdraw",
];

/// Words under which two things cannot be taken apart.
const BINDING: [&str; 46] = [
    "or",
    "either",
    "unless",
    "if",
    "before",
    "after",
    "than",
    "only",
    "first",
    "last",
    "together",
    "combined",
    "combine",
    "total",
    "sum",
    "average",
    "joint",
    "jointly",
    "between",
    "difference",
    "gap",
    "same",
    "another",
    "other",
    "who",
    "which",
    "that",
    "whose",
    "when",
    "while",
    "until",
    "once",
    "per",
    "exactly",
    "fewer",
    "less",
    "at",
    "any",
    "one",
    "two",
    "more",
    "most",
    "merge",
    "versus",
    "vs",
    "respectively",
];

/// Which part of a conjunction a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    First,
    Second,
}

/// How a question joins two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Where "both" stands.
    both: Option<usize>,
    /// Where "and" stands.
    and: usize,
    /// Where the dates begin that end the question.
    dates: usize,
}

fn is(item: &Item<'_>, text: &str) -> bool {
    item.word().is_some_and(|t| t.is(text))
}

pub(crate) fn is_verb(item: &Item<'_>) -> bool {
    item.word().is_some_and(|t| VERBS.contains(&t.text))
}

fn has_verb(items: &[Item<'_>]) -> bool {
    items.iter().any(is_verb)
}

/// Where the verb of "Will <a name> <verb> …" stands, a verb that is known and means what it says: of "Mara Voss rarely wins two cups"
/// or "… promises to win two cups" nothing follows for one.
fn plain_verb(question: &[Item<'_>]) -> Option<usize> {
    behind_a_name(question).filter(|v| is_verb(&question[*v]))
}

/// Whether what stands behind a verb is a thing and no further deed ("call for a plan to …").
fn is_thing(items: &[Item<'_>]) -> bool {
    !has_verb(items) && !items.iter().any(|i| is(i, "to"))
}

fn begins_small(items: &[Item<'_>]) -> bool {
    match items.first() {
        None | Some(Item::Date(..)) => true,
        Some(Item::Word(t)) => t.text.starts_with(char::is_lowercase),
        Some(Item::Number(_)) => false,
    }
}

/// How a question joins two things; `None` where it does not, or where they may not be taken apart.
pub(crate) fn joined(question: &[Item<'_>]) -> Option<Joined> {
    let mut ands = question.iter().enumerate().filter(|(_, i)| is(i, "and")).map(|(i, _)| i);
    let and = ands.next().filter(|_| ands.next().is_none())?;
    let bound = |i: &Item<'_>| is_negation(i) || i.word().is_some_and(|t| BINDING.iter().any(|w| t.is(w)));
    if !is(question.first()?, "will") || question.iter().any(bound) || and + 1 >= question.len() {
        return None;
    }
    let dates = question.iter().rposition(|i| !matches!(i, Item::Date(..)))? + 1;
    let mut boths = question.iter().enumerate().filter(|(_, i)| is(i, "both")).map(|(i, _)| i);
    let both = boths.next();
    let apart = match both {
        // A number in front would be of the two together: "100 units of both".
        Some(at) => {
            // Behind a verb that is not known it would be of the two as well: "fail to win both".
            let known = at == 1 || plain_verb(question).is_some_and(|v| v + 1 == at);
            boths.next().is_none()
                && at + 1 < and
                && known
                && !question[..at].iter().any(|i| matches!(i, Item::Number(_)))
        }
        None => {
            let left = plain_verb(question).is_some_and(|v| v < and && is_thing(&question[v + 1..and]));
            let right = dates > and + 1 && has_verb(&question[and + 1..dates]);
            left && right && !question[and + 1..dates].iter().any(|i| is(i, "to"))
        }
    };
    apart.then_some(Joined { both, and, dates })
}

fn equal(a: &[Item<'_>], b: &[Item<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.same(y))
}

/// Which part of the joined question the other one is, with the items of the joined question that the part leaves out.
pub(crate) fn part(whole: &[Item<'_>], how: Joined, question: &[Item<'_>]) -> Option<(Part, std::ops::Range<usize>)> {
    let Joined { both, and, dates } = how;
    let rest = &whole[and + 1..];
    match both {
        Some(at) => {
            let (lead, first) = (&whole[..at], &whole[at + 1..and]);
            let begins = question.len() > at && equal(&question[..at], lead);
            if begins && equal(&question[at..], rest) {
                return Some((Part::Second, at + 1..and + 1));
            }
            let tail = question.get(at + first.len()..).filter(|t| t.len() < rest.len() && begins_small(t))?;
            let cut = whole.len() - tail.len();
            let fits = begins && equal(&question[at..at + first.len()], first) && equal(tail, &whole[cut..]);
            fits.then_some((Part::First, and..cut))
        }
        None => {
            let left = &whole[..and];
            let dated = left.iter().any(|i| matches!(i, Item::Date(..)));
            // A date at the end is that of both, unless the first has its own.
            let cut = if dated { whole.len() } else { dates };
            let end = left.len().min(question.len());
            if equal(&question[..end], left) && equal(&question[end..], &whole[cut..]) {
                return Some((Part::First, and..cut));
            }
            let lead = question.len().checked_sub(rest.len()).filter(|n| *n >= 1 && *n < and)?;
            let (before, out) = (&whole[..lead], &whole[lead..and]);
            let fits = equal(&question[..lead], before) && equal(&question[lead..], rest);
            // A clause of its own, or a second verb of the same subject.
            let shared = rest.first().is_some_and(is_verb);
            let apart = if shared { plain_verb(whole) == Some(lead) } else { lead == 1 };
            (fits && apart && !has_verb(before) && has_verb(out)).then_some((Part::Second, lead..and + 1))
        }
    }
}

/// The row of items each possible part would have, for the keys of a joined question.
pub(crate) fn parts<'t>(whole: &[Item<'t>], how: Joined) -> Vec<Vec<Item<'t>>> {
    let Joined { both, and, dates } = how;
    let without = |from: usize, to: usize| -> Vec<Item<'t>> {
        let kept = whole.iter().enumerate().filter(|(i, _)| !(from..to).contains(i) && Some(*i) != both);
        kept.map(|(_, item)| *item).collect()
    };
    match both {
        Some(at) => {
            let mut out = vec![without(at + 1, and + 1)];
            out.extend((and + 2..=whole.len()).map(|to| without(and, to)));
            out
        }
        None => {
            let mut out = vec![without(and, dates), without(and, whole.len())];
            out.extend((1..and).map(|from| without(from, and + 1)));
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::items;
    use super::*;

    fn found(whole: &str, question: &str) -> Option<Part> {
        let (whole, question) = (items(whole), items(question));
        let how = joined(&whole)?;
        let (part, out) = part(&whole, how, &question)?;
        assert!(!out.is_empty() && out.end <= whole.len());
        assert!(parts(&whole, how).iter().any(|p| equal(p, &question)), "not among the parts");
        Some(part)
    }

    #[test]
    fn takes_apart_what_may_be_taken_apart() {
        let both = "Will both Lorn and Vane win a medal in 2026?";
        assert_eq!(found(both, "Will Lorn win a medal in 2026?"), Some(Part::First));
        assert_eq!(found(both, "Will Vane win a medal in 2026?"), Some(Part::Second));
        let verbs = "Will Mara Voss win the Cup and reach the final in 2026?";
        assert_eq!(found(verbs, "Will Mara Voss win the Cup in 2026?"), Some(Part::First));
        assert_eq!(found(verbs, "Will Mara Voss reach the final in 2026?"), Some(Part::Second));
        let clauses = "Will Lorncoin hit $5 and Vanecoin hit $7 by June 30?";
        assert_eq!(found(clauses, "Will Lorncoin hit $5 by June 30?"), Some(Part::First));
        assert_eq!(found(clauses, "Will Vanecoin hit $7 by June 30?"), Some(Part::Second));
        let things = "Will Lorn win both the Halden Cup and the Vane Cup?";
        assert_eq!(found(things, "Will Lorn win the Halden Cup?"), Some(Part::First));
        assert_eq!(found(things, "Will Lorn win the Vane Cup?"), Some(Part::Second));
    }

    #[test]
    fn an_and_inside_a_name_or_a_sum_is_left_alone() {
        for (whole, question) in [
            ("Will Trinidad and Tobago win the Cup?", "Will Trinidad win the Cup?"),
            ("Will Trinidad and Tobago win the Cup?", "Will Tobago win the Cup?"),
            ("Will Lorn beat Trinidad and Tobago?", "Will Lorn beat Trinidad?"),
            ("Will Lorn beat Saint Vincent and the Grenadines?", "Will Lorn beat Saint Vincent?"),
            ("Will it be between 2 and 3 in June?", "Will it be between 2 in June?"),
            ("Will sales of bread and butter rise?", "Will sales of butter rise?"),
            ("Will bread and butter cost over $5?", "Will butter cost over $5?"),
            ("Will Mara and Tom together win 5 games?", "Will Mara win 5 games?"),
            ("Will both Mara and Tom combined win 5 games?", "Will Mara win 5 games?"),
            ("Will Lorn sign a treaty and Vane or Hald join it?", "Will Lorn sign a treaty?"),
            ("Will Lorn win and not lose a game?", "Will Lorn win?"),
            ("Will Lorn sell 100 units of both bread and butter?", "Will Lorn sell 100 units of bread?"),
            ("Will both Ann and Bob Smith retire?", "Will Ann Smith retire?"),
            ("Will Lorn win and Vane win and Hald win?", "Will Lorn win?"),
            ("Will Lorn and Vane sign a treaty?", "Will Lorn sign a treaty?"),
        ] {
            assert_eq!(found(whole, question), None, "{whole} | {question}");
        }
    }

    #[test]
    fn a_word_or_a_date_that_differs_is_another_question() {
        let whole = "Will Mara Voss win the Cup and reach the final in 2026?";
        for question in [
            "Will Mara Voss win a Cup in 2026?",
            "Will Mara Voss win the Cup in 2027?",
            "Will Mara Voss win the Cup?",
            "Will Tom Voss reach the final in 2026?",
            "Will Mara Voss win the Cup and reach the final in 2026?",
        ] {
            assert_eq!(found(whole, question), None, "{question}");
        }
        // Each with its date.
        let dated = "Will Lorn win by May 31 and Vane win by June 30?";
        assert_eq!(found(dated, "Will Lorn win by May 31?"), Some(Part::First));
        assert_eq!(found(dated, "Will Vane win by June 30?"), Some(Part::Second));
        assert_eq!(found(dated, "Will Lorn win by June 30?"), None);
    }
}
