//! What a rule text says beside its slots: time zones, sources, negations, which answer a sentence leads to.

use super::item::Item;

/// Time zones as the venue writes them.
const ZONES: [&str; 14] =
    ["ET", "EST", "EDT", "UTC", "GMT", "CET", "CEST", "PT", "PST", "PDT", "CT", "BST", "JST", "IST"];

/// The time zones named, in order of appearance, each once.
pub(crate) fn zones(items: &[Item<'_>]) -> Vec<&'static str> {
    let mut out = Vec::new();
    for token in items.iter().filter_map(Item::word) {
        if let Some(zone) = ZONES.iter().find(|z| **z == token.text)
            && !out.contains(zone)
        {
            out.push(*zone);
        }
    }
    out
}

/// Words that turn a statement round. A later deadline or another threshold then works the other way.
const NEGATIONS: [&str; 17] = [
    "no",
    "not",
    "never",
    "without",
    "unless",
    "except",
    "excluding",
    "neither",
    "nor",
    "none",
    "nobody",
    "fail",
    "fails",
    "fewer",
    "isn't",
    "doesn't",
    "won't",
];

pub(crate) fn is_negation(item: &Item<'_>) -> bool {
    item.word().is_some_and(|t| NEGATIONS.iter().any(|n| t.is(n)))
}

/// Words in a question under which a later date is not the weaker claim.
const LASTING: [&str; 24] = [
    "abstain",
    "clean",
    "continue",
    "continues",
    "delay",
    "delays",
    "exactly",
    "keep",
    "keeps",
    "last",
    "lasts",
    "leading",
    "remain",
    "remains",
    "stable",
    "stay",
    "stays",
    "still",
    "survive",
    "survives",
    "trail",
    "unbeaten",
    "unbroken",
    "unchanged",
];

/// Words in a question that speak of how many do something, of the one who does it most or least, or of what is not done. More time, or a
/// nearer threshold, lets more of them do it, and makes the claim weaker for none of these.
const CROWD: [&str; 33] = [
    "alone",
    "avoid",
    "avoids",
    "denied",
    "denies",
    "deny",
    "every",
    "everybody",
    "everyone",
    "exclusively",
    "few",
    "fewest",
    "lack",
    "lacks",
    "lowest",
    "majority",
    "minority",
    "odd",
    "oldest",
    "only",
    "prevent",
    "prevents",
    "rarely",
    "refuse",
    "refuses",
    "seldom",
    "slowest",
    "unable",
    "unlikely",
    "unwilling",
    "withhold",
    "withholds",
    "youngest",
];

/// Numbers in letters: "at most two players" counts players, "at most 5" is a threshold.
const COUNTED: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// Such words that mean something else beside a neighbour: "at most", "capture all of Lorn", "a free app", "the first half", "hold an
/// election", "ban more".
fn is_crowd(question: &[Item<'_>], at: usize) -> bool {
    let is = |k: Option<usize>, list: &[&str]| {
        k.and_then(|k| question.get(k)).and_then(Item::word).is_some_and(|t| list.iter().any(|w| t.is(w)))
    };
    let (here, next) = (Some(at), Some(at + 1));
    let ends = !matches!(question.get(at + 1), Some(Item::Word(_) | Item::Number(_)));
    is(here, &CROWD)
        || is(here, &["most"]) && (!is(at.checked_sub(1), &["at"]) || is(next, &COUNTED))
        || is(here, &["to"]) && is(at.checked_sub(1), &["up"]) && is(next, &COUNTED)
        || is(here, &["all"]) && at == 1
        || is(here, &["free"]) && is(next, &["of", "from"])
        || is(here, &["half"]) && is(next, &["of"])
        || is(here, &["hold", "holds"]) && (ends || is(next, &["out"]))
        || is(here, &["ban", "limit", "cap"]) && is(next, &["on"])
}

/// Words in a question under which a nearer threshold is not the weaker claim: a race between two of them, or how many lie beyond it.
const RACING: [&str; 9] = ["before", "even", "exactly", "first", "just", "precisely", "short", "single", "until"];

fn first_word<'i, 't>(question: &'i [Item<'t>], list: &[&str]) -> Option<&'i Item<'t>> {
    let breaks = |item: &Item<'_>| is_negation(item) || item.word().is_some_and(|t| list.iter().any(|w| t.is(w)));
    question.iter().enumerate().find(|(i, item)| breaks(item) || is_crowd(question, *i)).map(|(_, item)| item)
}

/// A word of the question that keeps "by a later date" from being the weaker claim.
pub(crate) fn date_ladder_breaker<'i, 't>(question: &'i [Item<'t>]) -> Option<&'i Item<'t>> {
    first_word(question, &LASTING)
}

/// A word of the question that keeps a nearer threshold from being the weaker claim.
pub(crate) fn threshold_ladder_breaker<'i, 't>(question: &'i [Item<'t>]) -> Option<&'i Item<'t>> {
    first_word(question, &RACING)
}

/// Words that leave open of whom or of which time something is said.
const INDEFINITE: [&str; 11] =
    ["any", "some", "someone", "somebody", "anyone", "anybody", "another", "either", "single", "each", "every"];

/// A word that leaves open of whom or of which time the question speaks: "any day", "Will a team …", "in a month".
pub(crate) fn indefinite<'i, 't>(question: &'i [Item<'t>]) -> Option<&'i Item<'t>> {
    const BEFORE: [&str; 8] = ["will", "in", "on", "be", "by", "for", "at", "during"];
    let is = |item: &Item<'_>, list: &[&str]| item.word().is_some_and(|t| list.iter().any(|w| t.is(w)));
    question.iter().enumerate().find_map(|(i, item)| {
        let article = is(item, &["a", "an"]) && i.checked_sub(1).is_some_and(|k| is(&question[k], &BEFORE));
        (article || is(item, &INDEFINITE)).then_some(item)
    })
}

/// Positions of the items of one sentence.
pub(crate) fn sentence_of(items: &[Item<'_>], at: usize) -> std::ops::Range<usize> {
    let number = items[at].sentence();
    let start = items[..at].iter().rposition(|i| i.sentence() != number).map_or(0, |i| i + 1);
    let end = items[at..].iter().position(|i| i.sentence() != number).map_or(items.len(), |i| at + i);
    start..end
}

/// What a condition in a sentence does to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polarity {
    /// When the condition holds, the answer tends to YES: "YES if X by D", "NO if not X by D".
    Forward,
    /// When it holds, the answer tends to NO: "NO if X".
    Backward,
    /// The words do not tell.
    Unclear,
}

/// The polarity of the sentence around an item.
///
/// `Forward` for a sentence that leads to YES without negation or to NO with one, and for a sentence that leads to neither
/// and negates nothing (an explanation of terms).
pub(crate) fn polarity(items: &[Item<'_>], at: usize) -> Polarity {
    polarity_of(items, at..at)
}

/// The polarity of the sentence around some items, which say nothing themselves: "fewer than 5" is a range, no negation.
pub(crate) fn polarity_of(items: &[Item<'_>], own: std::ops::Range<usize>) -> Polarity {
    let range = sentence_of(items, own.start);
    let first = range.start;
    let sentence = &items[range];
    let (mut yes, mut no, mut negated) = (false, false, false);
    for (i, item) in sentence.iter().enumerate().filter(|(i, _)| !own.contains(&(first + i))) {
        let Some(token) = item.word() else { continue };
        let answers = i > 0
            && sentence[i - 1].word().is_some_and(|t| ["to", "a", "as", "for", "resolve"].iter().any(|w| t.is(w)));
        if token.is("yes") {
            yes = true;
        } else if token.is("no") && answers {
            no = true;
        } else if token.is("otherwise") {
            // "…, otherwise to No": the rest of the sentence is the other case.
            break;
        } else if is_negation(item) {
            negated = true;
        }
    }
    match (yes, no, negated) {
        (_, false, false) | (false, true, true) => Polarity::Forward,
        (false, true, false) => Polarity::Backward,
        _ => Polarity::Unclear,
    }
}

/// Sentences that say where the answer is read: item ranges of those that speak of a source.
pub(crate) fn sources(items: &[Item<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let Some(token) = item.word() else { continue };
        let names = (token.is("source") || token.is("sources"))
            && i > 0
            && items[i - 1].word().is_some_and(|t| t.is("resolution") || t.is("price") || t.is("market's"));
        let reports = token.is("reporting") || token.is("according");
        if names || reports {
            let range = sentence_of(items, i);
            if out.last() != Some(&range) {
                out.push(range);
            }
        }
    }
    out
}

/// True where the words `phrase` stand at `items[at..]`, without case.
pub(crate) fn words_at(items: &[Item<'_>], at: usize, phrase: &[&str]) -> bool {
    phrase.iter().enumerate().all(|(k, text)| items.get(at + k).and_then(Item::word).is_some_and(|t| t.is(text)))
}
