//! The object of a sentence and the conditions on it.

use super::lexicon::{Noun, is_about, is_breaker, is_filler, noun};
use super::words::Word;

/// What a clause says after its verb.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    /// What the object's head noun is.
    pub(super) noun: Option<Noun>,
    /// The head word itself.
    pub(super) head: String,
    /// Whether there is an object at all.
    pub(super) any: bool,
    /// The object is meant in general: "a hedge".
    pub(super) indefinite: bool,
    /// "hedge 3", "position #2".
    pub(super) id: Option<String>,
    /// Words before the head that say which.
    pub(super) which: Vec<String>,
    /// Nouns that follow the head in later phrases: "markets *for hedges*", "cost *of hedge 3*".
    pub(super) later: Vec<Noun>,
    /// Coverage as typed, for the command's own reading.
    pub(super) coverage: Option<String>,
    /// Net edge as typed.
    pub(super) edge: Option<String>,
    /// How many.
    pub(super) limit: Option<String>,
    /// Text after "about", in the case it was typed.
    pub(super) query: Option<String>,
    /// Dollars as typed.
    pub(super) money: Option<String>,
    /// Plain numbers that name markets.
    pub(super) markets: Vec<String>,
    /// Words with a meaning nobody claimed.
    pub(super) left: Vec<String>,
    /// A number without a unit: coverage or count?
    pub(super) bare: Option<String>,
}

impl Phrase {
    /// Whether every word was understood.
    pub(super) fn clear(&self) -> bool {
        self.left.is_empty() && self.which.is_empty() && self.bare.is_none() && self.money.is_none()
    }

    /// The words that were not understood, in order.
    pub(super) fn unclear(&self) -> String {
        self.which.iter().chain(&self.left).chain(&self.money).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

fn strip_comparator(word: &str) -> &str {
    word.trim_start_matches(['≥', '>', '=', '#'])
}

/// Whether a word is a number, a per cent or an amount.
pub(super) fn is_number(word: &str) -> bool {
    let word = strip_comparator(word).trim_start_matches(['$', '<', '≤', '-']).trim_end_matches('%');
    word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
}

/// Reads the words of one clause after its verb. `text` is the whole sentence, to take the query from as typed.
pub(super) fn read(text: &str, words: &[Word]) -> Phrase {
    let mut phrase = Phrase::default();
    let mut at = 0;
    // "scan *for* hedges": the first preposition has no object before it.
    while at < words.len() && (is_breaker(&words[at].low) || words[at].low == "me") && !is_comparative(&words[at].low) {
        at += 1;
    }
    let start = at;
    // "hedge 3 cost" ends before its verb; in "the cost" the same word is the object.
    let object_here =
        |at: usize| words[at].low == "cost" && matches!(words[at - 1].low.as_str(), "the" | "a" | "its" | "total");
    while at < words.len() && !(at > start && is_breaker(&words[at].low) && !object_here(at)) {
        at += 1;
        if words[at - 1].ends {
            break;
        }
    }
    object(&words[start..at], &mut phrase);
    conditions(text, words, start, at, &mut phrase);
    phrase
}

fn is_comparative(word: &str) -> bool {
    matches!(
        word,
        "above" | "over" | "under" | "below" | "than" | "limit" | "with" | "about" | "without" | "every" | "between"
    )
}

/// The object: the last noun of its phrase is its head, as English has it.
fn object(words: &[Word], phrase: &mut Phrase) {
    let lows: Vec<&str> = words.iter().map(|w| w.low.as_str()).collect();
    let content: Vec<usize> = (0..lows.len()).filter(|i| !is_number(lows[*i]) && !is_trailing(lows[*i])).collect();
    let last = content.last().copied();
    // "strategy balanced", "hedge 3": a noun that takes a name or number after it.
    let named = content.iter().rev().nth(1).copied().filter(|i| {
        matches!(noun(lows[*i]), Some(Noun::Strategy | Noun::Template)) && last.is_some_and(|l| noun(lows[l]).is_none())
    });
    let Some(mut head) = last else { return };
    // "hedges available", "positions right now": fillers may follow the head.
    if noun(lows[head]).is_none() && is_filler(lows[head]) {
        head = content.iter().rev().copied().find(|i| !is_filler(lows[*i])).unwrap_or(head);
    }
    if let Some(i) = named {
        phrase.id = last.map(|l| lows[l].to_owned());
        head = i;
    }
    // "95% coverage": the coverage is a condition and the object is still to come.
    if noun(lows[head]) == Some(Noun::Coverage) && lows.iter().any(|w| is_number(w)) {
        return;
    }
    phrase.any = true;
    phrase.head = lows[head].trim_end_matches("'s").to_owned();
    phrase.noun = noun(lows[head]);
    phrase.indefinite = lows[..head].iter().any(|w| matches!(*w, "a" | "an"))
        || lows[head].ends_with("age") && phrase.noun == Some(Noun::Coverage);
    // "hedge 3" has a number; in "hedges 3" nobody knows what the 3 is.
    if phrase.noun.is_some() && phrase.id.is_none() && !lows[head].ends_with('s') {
        phrase.id = lows
            .get(head + 1)
            .filter(|w| is_number(w) && !w.contains(['%', '$', '.']))
            .map(|w| strip_comparator(w).to_owned());
    }
    let name = named.and(last);
    for (i, low) in lows.iter().enumerate() {
        let mine = i == head || Some(i) == name || is_number(low) || is_filler(low) || is_trailing(low);
        if !mine && noun(low) != Some(Noun::Coverage) && !is_hedge_word(low) {
            phrase.which.push((*low).to_owned());
        }
    }
    // "hedge status", "hedge scan": the modifier decides between two commands.
    if lows[..head].iter().any(|w| is_hedge_word(w)) && phrase.noun != Some(Noun::Hedge) {
        phrase.later.push(Noun::Hedge);
    }
}

fn is_hedge_word(word: &str) -> bool {
    noun(word) == Some(Noun::Hedge)
}

fn is_trailing(word: &str) -> bool {
    matches!(
        word,
        "right" | "now" | "please" | "available" | "today" | "thanks" | "there" | "currently" | "here" | "me" | "again"
    )
}

fn conditions(text: &str, words: &[Word], start: usize, after_object: usize, phrase: &mut Phrase) {
    let low = |i: usize| words.get(i).map_or("", |w| w.low.as_str());
    let id_at = phrase.id.as_ref().and_then(|id| (start..after_object).find(|i| strip_comparator(low(*i)) == id));
    let mut i = start;
    while i < words.len() {
        let word = low(i);
        let in_object = i < after_object;
        if Some(i) == id_at {
            i += 1;
        } else if is_number(word) {
            number(words, i, phrase);
            i += 1;
        } else if in_object {
            i += 1;
        } else if is_about(word)
            && phrase.query.is_none()
            && !is_number(low(i + 1))
            && i + 1 < words.len()
            && noun(low(i + 1)).is_none()
        {
            i = query(text, words, i + 1, phrase);
        } else {
            other(words, i, phrase);
            i += 1;
        }
    }
}

/// Text after "about", up to a condition or the end of the phrase.
fn query(text: &str, words: &[Word], from: usize, phrase: &mut Phrase) -> usize {
    let mut to = from;
    while to < words.len() {
        let word = words[to].low.as_str();
        if to > from && matches!(word, "with" | "limit" | "above" | "over" | "and" | "or" | "but")
            || matches!(word, "please" | "thanks")
        {
            break;
        }
        to += 1;
        if words[to - 1].ends {
            break;
        }
    }
    let skip = usize::from(matches!(words[from].low.as_str(), "the" | "a" | "an") && to > from + 1);
    if to > from {
        phrase.query = text.get(words[from + skip].start..words[to - 1].end).map(str::to_owned);
    }
    to
}

fn number(words: &[Word], i: usize, phrase: &mut Phrase) {
    let low = |k: isize| -> &str {
        usize::try_from(i as isize + k).ok().and_then(|n| words.get(n)).map_or("", |w| w.low.as_str())
    };
    let word = words[i].low.as_str();
    let plain = strip_comparator(word).to_owned();
    let before: Vec<&str> = (1..=4).map(|k| low(-k)).collect();
    // "at most 95%", "below 90%", "<95%": Betty keeps least values only.
    let upper = word.starts_with(['<', '≤'])
        || matches!(before[0], "below" | "under" | "<" | "≤" | "<=")
        || matches!((before[1], before[0]), ("less" | "lower" | "smaller" | "fewer", "than") | ("at", "most"))
        || matches!(low(1), "or") && matches!(low(2), "less" | "lower" | "below" | "under");
    let after: Vec<&str> = (1..=3).map(low).collect();
    // The measure a number belongs to: named right after it, or named before it with only comparing words between.
    let measure = |names: &[&str]| {
        names.contains(&after[0])
            || names.contains(&after[1]) && matches!(after[0], "minimum" | "net" | "of" | "min" | "lower" | "least")
            || before
                .iter()
                .position(|b| names.contains(b))
                .is_some_and(|n| before[..n].iter().all(|b| is_comparing(b)))
    };
    let coverage = measure(&["coverage", "cover", "covered"]);
    let edge = measure(&["edge", "profit", "return", "roi", "margin"]);
    let count_noun = matches!(noun(after[0]), Some(Noun::Hedge | Noun::Market | Noun::Position | Noun::Task))
        || matches!(after[0], "results" | "rows" | "entries" | "items")
        || !after[0].is_empty() && is_filler(after[0]) && matches!(noun(after[1]), Some(Noun::Hedge | Noun::Market));
    let limit_word = matches!(before[0], "limit" | "top" | "first" | "max" | "maximum" | "only")
        || matches!((before[1], before[0]), ("at", "most") | ("up", "to") | ("limit", "of" | "to") | ("limited", "to"));
    let slot = if word.starts_with('$') || matches!(after[0], "dollars" | "usd" | "bucks" | "usdc") {
        &mut phrase.money
    } else if coverage && !upper {
        &mut phrase.coverage
    } else if edge && !upper {
        &mut phrase.edge
    } else if !word.contains(['%', '.']) && (limit_word || count_noun && !upper) && !coverage && !edge {
        &mut phrase.limit
    } else if is_market_number(words, i) {
        phrase.markets.push(plain);
        return;
    } else {
        if upper {
            phrase.left.push(format!("{} {word}", if before[0].is_empty() { "below" } else { before[0] }));
        } else if phrase.bare.is_none() {
            phrase.bare = Some(plain);
        } else {
            phrase.left.push(plain);
        }
        return;
    };
    if slot.is_some() {
        // Two numbers for one measure: a range, which no command takes.
        phrase.left.push(plain);
    } else {
        *slot = Some(plain);
    }
}

fn is_comparing(word: &str) -> bool {
    matches!(
        word,
        "of" | "at"
            | "least"
            | "above"
            | "over"
            | "more"
            | "than"
            | "minimum"
            | "min"
            | ">="
            | "≥"
            | ">"
            | "="
            | "is"
            | "a"
            | "greater"
            | "from"
            | "to"
            | "higher"
    )
}

/// "markets 553857 and 561234": numbers after the word market.
fn is_market_number(words: &[Word], i: usize) -> bool {
    words[..i].iter().rev().take(4).any(|w| noun(&w.low) == Some(Noun::Market))
        && words[i].low.bytes().all(|b| b.is_ascii_digit())
}

fn other(words: &[Word], i: usize, phrase: &mut Phrase) {
    let word = words[i].low.as_str();
    if let Some(found) = noun(word) {
        if phrase.noun.is_none() && !phrase.any {
            phrase.noun = Some(found);
            phrase.any = true;
            word.clone_into(&mut phrase.head);
        } else {
            phrase.later.push(found);
        }
        let next = words.get(i + 1).map_or("", |w| w.low.as_str());
        if phrase.id.is_none()
            && is_number(next)
            && !next.contains(['%', '$', '.'])
            && matches!(found, Noun::Hedge | Noun::Position | Noun::Task)
        {
            phrase.id = Some(strip_comparator(next).to_owned());
        }
        return;
    }
    let quiet = is_filler(word)
        || is_comparing(word)
        || matches!(
            word,
            "with"
                | "limit"
                | "limited"
                | "most"
                | "edge"
                | "profit"
                | "return"
                | "roi"
                | "margin"
                | "cover"
                | "covered"
                | "net"
                | "or"
                | "better"
                | "results"
                | "rows"
                | "dollars"
                | "usd"
                | "usdc"
                | "bucks"
                | "max"
                | "maximum"
                | "only"
                | "first"
                | "that"
                | "which"
                | "show"
                | "them"
                | "lower"
                | "bound"
                | "have"
                | "items"
        );
    if !quiet {
        phrase.left.push(word.to_owned());
    }
}
