//! The rule texts of markets on a match, in the venue's grammar: when it is played, what of it counts, what leads to YES, and what happens
//! when it is not played.
//!
//! Each sentence is of a kind that is known, or is kept as one that is not, to be the same in both texts.

use super::count::ONE;
use super::item::{Item, items};
use super::number::Direction;
use super::number::said;
use super::score::{Claim, MatchQuestion, Worth};
use super::text::{is_negation, words_at};
use std::ops::Range;

/// What of a match counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    /// 90 minutes and stoppage time.
    Regulation,
    /// The final score with overtime.
    WithOvertime,
}

/// What a score is counted in. Where a sport knows two of them, one does not tell the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Goals,
    Points,
    Runs,
}

impl Unit {
    /// The words for each.
    const WORDS: [(Self, [&str; 2]); 3] =
        [(Self::Goals, ["goal", "goals"]), (Self::Points, ["point", "points"]), (Self::Runs, ["run", "runs"])];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Goals => "goals",
            Self::Points => "points",
            Self::Runs => "runs",
        }
    }
}

/// A rule text on a match, by sentences (ranges of items).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MatchText {
    /// What stands behind "scheduled for".
    pub(crate) scheduled: Option<Range<usize>>,
    pub(crate) period: Option<Period>,
    /// What is counted, where a condition names it.
    pub(crate) unit: Option<Unit>,
    /// The sentences that say what leads to YES and to NO.
    pub(crate) conditions: Vec<Range<usize>>,
    /// What it pays, in half dollars, when the match is not played, and the words that say when that is.
    pub(crate) canceled: Option<(Worth, Range<usize>)>,
    /// The sentence that says that it waits for a match that is put off.
    pub(crate) waits: Option<Range<usize>>,
    /// Sentences on the source.
    pub(crate) sources: Vec<Range<usize>>,
    /// Every other sentence.
    pub(crate) others: Vec<Range<usize>>,
}

/// Why a text is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// What counts of the match, at this item.
    Period(usize),
    /// The condition, at this item.
    Condition(usize),
    /// A condition is missing.
    NoCondition,
    /// What happens to a match that is not played, at this item.
    NotPlayed(usize),
}

/// Words of a sentence that says what leads to an answer; names of the sides may stand beside them, nothing else.
const CONDITION: [&str; 60] = [
    "this",
    "the",
    "market",
    "will",
    "resolve",
    "resolves",
    "to",
    "if",
    "yes",
    "no",
    "over",
    "under",
    "wins",
    "win",
    "game",
    "match",
    "ends",
    "end",
    "in",
    "as",
    "a",
    "draw",
    "two",
    "both",
    "teams",
    "team",
    "combine",
    "combined",
    "score",
    "scores",
    "scored",
    "total",
    "of",
    "by",
    "or",
    "more",
    "than",
    "least",
    "at",
    "goals",
    "goal",
    "points",
    "point",
    "runs",
    "run",
    "within",
    "first",
    "minutes",
    "regular",
    "play",
    "regulation",
    "plus",
    "stoppage",
    "time",
    "and",
    "final",
    "otherwise",
    "is",
    "exact",
    "less",
];

/// Words of a sentence that says what of the match counts.
const PERIOD: [&str; 31] = [
    "this",
    "the",
    "market",
    "refers",
    "only",
    "to",
    "outcome",
    "result",
    "within",
    "first",
    "minutes",
    "of",
    "regular",
    "play",
    "regulation",
    "plus",
    "stoppage",
    "time",
    "will",
    "be",
    "is",
    "determined",
    "based",
    "on",
    "final",
    "score",
    "including",
    "any",
    "overtime",
    "periods",
    "and",
];

/// Words before "scheduled for", beside names.
const SCHEDULED: [&str; 8] = ["in", "the", "upcoming", "game", "match", "between", "and", "fixture"];

/// Words with which a text speaks of another part of the match, or of more than its score.
const OTHER_PERIOD: [&str; 20] = [
    "overtime",
    "extra",
    "penalties",
    "penalty",
    "shootout",
    "shootouts",
    "advance",
    "advances",
    "aggregate",
    "half",
    "halftime",
    "quarter",
    "set",
    "map",
    "inning",
    "innings",
    "awarded",
    "forfeit",
    "forfeited",
    "walkover",
];

fn is(item: &Item<'_>, text: &str) -> bool {
    item.word().is_some_and(|t| t.is(text))
}

fn any(sentence: &[Item<'_>], list: &[&str]) -> bool {
    sentence.iter().any(|i| list.iter().any(|w| is(i, w)))
}

fn phrase(sentence: &[Item<'_>], words: &[&str]) -> bool {
    sentence.windows(words.len()).any(|w| w.iter().zip(words).all(|(i, t)| is(i, t)))
}

/// Reads a text beside its question. `sides` are the names that both questions know.
pub(crate) fn read(
    rules: &[Item<'_>],
    question: &MatchQuestion<'_>,
    sides: [Option<&str>; 2],
) -> Result<MatchText, Unread> {
    let mut out = MatchText::default();
    let mut yes = false;
    let mut start = 0;
    while start < rules.len() {
        let number = rules[start].sentence();
        let end = rules[start..].iter().position(|i| i.sentence() != number).map_or(rules.len(), |n| start + n);
        let sentence = &rules[start..end];
        if let Some(at) = sentence.windows(2).position(|w| is(&w[0], "scheduled") && is(&w[1], "for")) {
            let plain = |i: &Item<'_>| {
                let name = i
                    .word()
                    .is_some_and(|t| t.text.starts_with(char::is_uppercase) && t.text.chars().all(char::is_alphabetic));
                let side = sides.into_iter().flatten().flat_map(items).any(|n| n.same(i));
                name || side || any(std::slice::from_ref(i), &SCHEDULED)
            };
            if out.scheduled.is_some()
                || any(sentence, &["resolve", "resolves"])
                || !words_at(sentence, 0, &["in", "the", "upcoming"])
                || !sentence[..at].iter().all(plain)
            {
                return Err(Unread::Condition(start));
            }
            out.scheduled = Some(start + at + 2..end);
        } else if any(sentence, &["canceled", "cancelled"]) {
            let (worth, till) = not_played(sentence, question).ok_or(Unread::NotPlayed(start))?;
            if out.canceled.replace((worth, start..start + till)).is_some() {
                return Err(Unread::NotPlayed(start));
            }
        } else if any(sentence, &["postponed", "delayed", "rescheduled", "suspended", "abandoned"]) {
            let waits = phrase(sentence, &["will", "remain", "open", "until"]) && any(sentence, &["completed"]);
            if !waits || any(sentence, &["resolve", "resolves"]) || out.waits.replace(start..end).is_some() {
                return Err(Unread::NotPlayed(start));
            }
        } else if any(sentence, &["source", "statistics", "reporting", "official"]) {
            if any(sentence, &["resolve", "resolves", "yes"]) {
                return Err(Unread::Condition(start));
            }
            out.sources.push(start..end);
        } else if any(sentence, &["resolve", "resolves"]) {
            yes |= condition(sentence, question, sides).ok_or(Unread::Condition(start))?;
            out.conditions.push(start..end);
            for (unit, _) in Unit::WORDS.iter().filter(|(_, words)| any(sentence, words)) {
                if out.unit.replace(*unit).is_some_and(|before| before != *unit) {
                    return Err(Unread::Condition(start));
                }
            }
            same_period(&mut out, sentence, start)?;
        } else if same_period(&mut out, sentence, start)? {
            if !sentence.iter().all(|i| matches!(i, Item::Number(_)) || any(std::slice::from_ref(i), &PERIOD)) {
                return Err(Unread::Period(start));
            }
        } else if any(sentence, &OTHER_PERIOD) {
            return Err(Unread::Period(start));
        } else {
            out.others.push(start..end);
        }
        start = end;
    }
    if yes { Ok(out) } else { Err(Unread::NoCondition) }
}

/// Takes in what a sentence says of the part that counts; a text that says two things is not read.
fn same_period(out: &mut MatchText, sentence: &[Item<'_>], start: usize) -> Result<bool, Unread> {
    let Some(period) = period_of(sentence) else { return Ok(false) };
    match out.period.replace(period) {
        Some(before) if before != period => Err(Unread::Period(start)),
        _ => Ok(true),
    }
}

/// What a sentence says of the part of the match that counts: one of two things the venue writes, and nothing besides.
fn period_of(sentence: &[Item<'_>]) -> Option<Period> {
    const WAYS: [&[&str]; 4] = [
        &["minutes", "of", "regular", "play", "plus", "stoppage", "time"],
        &["minutes", "of", "regulation", "plus", "stoppage", "time"],
        &["minutes", "of", "regulation", "time", "plus", "stoppage", "time"],
        &["minutes", "plus", "stoppage", "time"],
    ];
    let ninety = sentence.iter().enumerate().any(|(i, item)| {
        matches!(item, Item::Number(n) if n.value == 90_000_000)
            && WAYS.iter().any(|way| words_at(sentence, i + 1, way))
    });
    if ninety && !any(sentence, &OTHER_PERIOD) {
        return Some(Period::Regulation);
    }
    let final_score = phrase(sentence, &["final", "score", "including", "any", "overtime"]);
    let rest: Vec<&str> = OTHER_PERIOD.into_iter().filter(|w| *w != "overtime").collect();
    (final_score && !any(sentence, &rest) && !sentence.iter().any(is_negation)).then_some(Period::WithOvertime)
}

/// What a market pays when the match is not played, and how many items say when.
fn not_played(sentence: &[Item<'_>], question: &MatchQuestion<'_>) -> Option<(Worth, usize)> {
    let at = sentence.iter().position(|i| is(i, "resolve") || is(i, "resolves"))?;
    let answer: Vec<&Item<'_>> =
        sentence[at + 1..].iter().filter(|i| !["to", "as", "the"].iter().any(|w| is(i, w))).collect();
    let number = |i: &Item<'_>| match i {
        Item::Number(n) => Some(n.value / ONE),
        _ => None,
    };
    let worth = match answer[..] {
        [only] if is(only, "yes") || is(only, "over") => (2, 2),
        [only] if is(only, "no") || is(only, "under") => (0, 0),
        [a, b] => match (number(a)?, number(b)?) {
            (50, 50) => (1, 1),
            (0, 0) if matches!(question.claim, Claim::Exact(..)) => question.claim.worth(0, 0),
            _ => return None,
        },
        _ => return None,
    };
    Some((worth, clause_end(sentence, at)))
}

/// Where the words before "this market will resolve" and its like end.
fn clause_end(sentence: &[Item<'_>], resolve: usize) -> usize {
    let before = |at: usize, list: &[&str]| at > 0 && any(&sentence[at - 1..at], list);
    let at = resolve - usize::from(before(resolve, &["will"]));
    if before(at, &["market"]) && before(at - 1, &["this", "the"]) { at - 2 } else { resolve }
}

/// A sentence that says what leads to an answer: true where it is the question's own condition and leads to YES, false where it says
/// what the other case leads to. `None` where it says anything else.
fn condition(sentence: &[Item<'_>], question: &MatchQuestion<'_>, sides: [Option<&str>; 2]) -> Option<bool> {
    let names: Vec<Vec<Item<'_>>> = sides.into_iter().flatten().map(items).collect();
    let in_name = |item: &Item<'_>| names.iter().flatten().any(|n| n.same(item));
    let own = question.own()[0].map(items).unwrap_or_default();
    let otherwise = sentence.first().is_some_and(|i| is(i, "otherwise") || is(i, "else"));
    if otherwise {
        // "Otherwise, this market will resolve to …": what it leads to is NO, or the other side.
        let to = sentence.iter().position(|i| is(i, "to"))?;
        let (lead, answer) = (&sentence[..to], &sentence[to + 1..]);
        let plain = lead
            .iter()
            .all(|i| any(std::slice::from_ref(i), &["otherwise", "else", "this", "the", "market", "will", "resolve"]));
        let to_no = matches!(answer, [only] if is(only, "no") || is(only, "under"));
        let to_own = answer.len() == own.len() && answer.iter().zip(&own).all(|(a, b)| a.same(b));
        let to_other = matches!(question.claim, Claim::Margin(..))
            && !answer.is_empty()
            && !to_own
            && !any(answer, &["yes", "over", "if"]);
        return (plain && (to_no || to_other)).then_some(false);
    }
    let known = |item: &Item<'_>| match item {
        Item::Word(t) => CONDITION.iter().any(|w| t.is(w)) || in_name(item),
        Item::Number(_) => true,
        Item::Date(..) => false,
    };
    if !sentence.iter().all(known) {
        return None;
    }
    let (asked, answer) = parted(sentence)?;
    // "The first 90 minutes" is the whole match; "the first game" is a part of something else.
    let partial = asked
        .iter()
        .enumerate()
        .any(|(i, item)| is(item, "first") && !matches!(asked.get(i + 1), Some(Item::Number(_))));
    if partial {
        return None;
    }
    let answers = |list: &[&str]| answer.len() == 1 && any(answer, list);
    // Numbers that say something: not those of a name, nor the minutes of a match.
    let numbers: Vec<_> = asked
        .iter()
        .enumerate()
        .filter_map(|(i, item)| match item {
            Item::Number(n)
                if in_name(item) || n.value == 90_000_000 && asked.get(i + 1).is_some_and(|m| is(m, "minutes")) =>
            {
                None
            }
            Item::Number(n) => Some((i, *n)),
            _ => None,
        })
        .collect();
    let named = |name: &[Item<'_>]| {
        !name.is_empty() && asked.windows(name.len()).any(|w| w.iter().zip(name).all(|(x, y)| x.same(y)))
    };
    let wins = any(asked, &["win", "wins"]);
    // "… by 2 or more goals", "at least 3 points": how many, where the sentence compares once.
    let at_least = || {
        let [(i, n)] = numbers[..] else { return None };
        let said = said(asked, i)?.comparator;
        let whole = n.value % ONE == 0;
        let least = u32::try_from(n.value / ONE).ok()? + u32::from(said.strict);
        let counted = Unit::WORDS.iter().any(|(_, words)| any(&asked[i + 1..], words));
        (said.direction == Direction::Up && (whole || said.strict) && counted).then_some(least)
    };
    let plain = numbers.is_empty() && !any(asked, &["by", "or"]);
    let fits = match question.claim {
        Claim::Win(_) => wins && plain && named(&own) && answers(&["yes"]),
        Claim::Moneyline(_) => {
            let tail = !answer.is_empty()
                && answer.len() <= own.len()
                && own[own.len() - answer.len()..].iter().zip(answer).all(|(x, y)| x.same(y));
            if wins && plain && !named(&own) {
                // The other side's own sentence.
                let other = question.own()[1].map(items).unwrap_or_default();
                let to_other = !answer.is_empty()
                    && answer.len() <= other.len()
                    && other[other.len() - answer.len()..].iter().zip(answer).all(|(x, y)| x.same(y));
                return (named(&other) && to_other && !tail).then_some(false);
            }
            wins && plain && named(&own) && tail
        }
        Claim::Draw => any(asked, &["draw"]) && !wins && plain && answers(&["yes"]),
        Claim::Total(least) if answers(&["under"]) => {
            // "If the combined total is less than 3, …": the other case.
            let [(i, n)] = numbers[..] else { return None };
            let said = said(asked, i)?.comparator;
            let most = n.value / ONE - i128::from(said.strict);
            let fits = n.value % ONE == 0 && said.direction == Direction::Down && most + 1 == i128::from(least);
            return (fits && any(asked, &["combine", "combined", "total"])).then_some(false);
        }
        Claim::Total(least) => {
            any(asked, &["combine", "combined", "total"])
                && !wins
                && answers(&["over", "yes"])
                && at_least() == Some(least)
        }
        Claim::Margin(_, least) => {
            let to_own = answer.len() == own.len() && answer.iter().zip(&own).all(|(x, y)| x.same(y));
            wins && named(&own) && (to_own || answers(&["yes"])) && phrase(asked, &["by"]) && at_least() == Some(least)
        }
        Claim::BothScore => {
            let one = numbers.is_empty() || at_least() == Some(1);
            (phrase(asked, &["both", "teams", "score"]) || phrase(asked, &["both", "teams", "will", "score"]))
                && one
                && answers(&["yes"])
        }
        Claim::Exact(a, b) => {
            let told: Vec<i128> = numbers.iter().map(|(_, n)| n.value / ONE).collect();
            any(asked, &["score"])
                && !wins
                && answers(&["yes"])
                && told == [i128::from(a), i128::from(b)]
                && in_order(asked, question)
        }
    };
    fits.then_some(true)
}

/// The first side is named before the first number of goals and the second behind the last.
fn in_order(asked: &[Item<'_>], question: &MatchQuestion<'_>) -> bool {
    let place = |name: Option<&str>| {
        let name = items(name?);
        asked.windows(name.len().max(1)).position(|w| w.iter().zip(&name).all(|(x, y)| x.same(y)))
    };
    place(question.teams[0]).zip(place(question.teams[1])).is_some_and(|(one, two)| one < two)
}

/// Condition and answer of "If X, this market will resolve to Y" and "This market will resolve to Y if X".
fn parted<'i, 't>(sentence: &'i [Item<'t>]) -> Option<(&'i [Item<'t>], &'i [Item<'t>])> {
    let resolve = sentence.iter().position(|i| is(i, "resolve") || is(i, "resolves"))?;
    let again = sentence[resolve + 1..].iter().any(|i| is(i, "resolve") || is(i, "resolves"));
    let to = resolve + 1;
    let mut ifs = sentence.iter().enumerate().filter(|(_, i)| is(i, "if")).map(|(i, _)| i);
    let at = ifs.next()?;
    if again || ifs.next().is_some() || !is(sentence.get(to)?, "to") {
        return None;
    }
    if at > resolve {
        return Some((&sentence[at + 1..], &sentence[to + 1..at]));
    }
    // "If Lorn FC wins, this market will resolve …": the words before "this market" are the condition.
    let head = Some(clause_end(sentence, resolve)).filter(|h| *h < resolve && *h > at)?;
    (at == 0).then_some((&sentence[1..head], &sentence[to + 1..]))
}
