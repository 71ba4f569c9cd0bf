//! A sentence into words, with mentions, greetings and politeness taken away.

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case, without punctuation around it.
    pub(super) low: String,
    /// A comma, a full stop or the like followed: the phrase ends here.
    pub(super) ends: bool,
    /// A full stop, `;`, `?`, `!` or a line break followed: the sentence ends here.
    pub(super) stops: bool,
    /// First byte in [`Sentence::text`], punctuation included.
    pub(super) start: usize,
    /// Byte after the last, punctuation left out.
    pub(super) end: usize,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// As said, without mentions and spaces around it.
    pub(super) text: String,
    /// The words that mean something.
    pub(super) words: Vec<Word>,
}

/// Openers that carry no meaning. Longest first.
const POLITE: &[&[&str]] = &[
    &["i", "would", "like", "you", "to"],
    &["i", "would", "like", "to"],
    &["i'd", "like", "you", "to"],
    &["i'd", "like", "to"],
    &["i", "want", "you", "to"],
    &["i", "need", "you", "to"],
    &["i", "want", "to"],
    &["i", "need", "to"],
    &["can", "you", "help", "me"],
    &["would", "you", "mind"],
    &["help", "me", "to"],
    &["go", "ahead", "and"],
    &["can", "you"],
    &["could", "you"],
    &["would", "you"],
    &["will", "you"],
    &["can", "we"],
    &["could", "we"],
    &["can", "i"],
    &["could", "i"],
    &["may", "i"],
    &["help", "me"],
    &["let", "us"],
    &["let", "me"],
    &["time", "to"],
    &["i", "want"],
    &["i", "need"],
    &["please"],
    &["pls"],
    &["plz"],
    &["kindly"],
    &["let's"],
    &["lets"],
    &["just"],
    &["now"],
    &["then"],
    &["and"],
    &["also"],
    &["so"],
    &["ok"],
    &["okay"],
    &["hey"],
    &["hi"],
    &["hello"],
    &["yo"],
    &["betty"],
    &["quickly"],
    &["maybe"],
    &["first"],
    &["next"],
    &["try", "to"],
];
/// Closers that carry no meaning.
const CLOSERS: &[&str] = &["please", "pls", "plz", "thanks", "thank", "you", "thx", "betty", "now", "asap", "today"];

/// Reads a cleaned text.
pub(super) fn read(text: &str) -> Sentence {
    let text = without_mentions(text).trim().to_owned();
    let mut words = split(&text);
    let skipped = polite_prefix(&words);
    words.drain(..skipped);
    Sentence { text, words }
}

/// How many words at the beginning are only polite.
pub(super) fn polite_prefix(words: &[Word]) -> usize {
    let mut at = 0;
    'more: loop {
        for opener in POLITE {
            if words.len() - at >= opener.len() && opener.iter().zip(&words[at..]).all(|(o, w)| *o == w.low) {
                at += opener.len();
                continue 'more;
            }
        }
        return at;
    }
}

/// The words without polite ones at the end.
pub(super) fn without_closers(words: &[Word]) -> &[Word] {
    let mut end = words.len();
    while end > 0 && CLOSERS.contains(&words[end - 1].low.as_str()) {
        end -= 1;
    }
    &words[..end]
}

/// Discord's mentions, `<@123>` and `<@!123>`, are addresses and no words.
fn without_mentions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<@") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let inner = after.trim_start_matches(['!', '&']);
        let digits = inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match inner[digits..].strip_prefix('>') {
            Some(tail) if digits > 0 => rest = tail,
            _ => {
                out.push_str("<@");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text after the mentions it begins with: `<@123> find_hedges` addresses Betty and means the rest.
pub(crate) fn after_mentions(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some((inside, rest)) = text.strip_prefix("<@").and_then(|t| t.split_once('>')) {
        let digits = inside.trim_start_matches(['!', '&']);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        text = rest.trim_start();
    }
    text
}

fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        for piece in line.split_whitespace() {
            // split_whitespace yields slices of the line in order, so the search starts where the last one ended.
            let start = at + text[at..].find(piece).unwrap_or(0);
            at = start + piece.len();
            push(piece, start, &mut words);
        }
        if line.ends_with('\n')
            && let Some(last) = words.last_mut()
        {
            (last.ends, last.stops) = (true, true);
        }
    }
    words
}

fn push(piece: &str, start: usize, words: &mut Vec<Word>) {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '%' | '$' | '#' | '≥' | '>' | '=' | '≤' | '<' | '!');
    let left = piece.trim_start_matches(|c: char| !(keep(c) || c == '-' || c == '.' && starts_decimal(piece)));
    let tail = piece
        .trim_end_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '%' | '$' | '=' | '>' | '<' | '≥' | '≤')));
    let from = piece.len() - left.len();
    let core = if tail.len() > from { &piece[from..tail.len()] } else { "" };
    let trailing = &piece[tail.len().max(from).min(piece.len())..];
    let stops = trailing.contains(['.', ';', '?', '!']);
    let ends = stops || trailing.contains([',', ':', ')', '—', '–']) || core.is_empty();
    if core.is_empty() {
        if let Some(last) = words.last_mut() {
            last.ends |= ends;
            last.stops |= stops;
        }
        return;
    }
    // "95 %" is one number.
    if core == "%"
        && let Some(last) = words.last_mut()
        && last.low.ends_with(|c: char| c.is_ascii_digit())
    {
        last.low.push('%');
        (last.ends, last.stops, last.end) = (ends, stops, start + from + core.len());
        return;
    }
    let low = core.to_lowercase().replace(['’', '‘'], "'");
    words.push(Word { low, ends, stops, start, end: start + from + core.len() });
}

fn starts_decimal(piece: &str) -> bool {
    piece.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
