//! Numbers with unit and magnitude, and the comparison the words around them make.

use super::item::Item;
use super::token::Token;
use serde::{Deserialize, Serialize};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nothing named.
    None,
    /// US dollars (or whatever `$` means in the text).
    Dollar,
    /// Euros.
    Euro,
    /// Pounds sterling.
    Pound,
    /// Per cent.
    Percent,
    /// Hundredths of a per cent.
    BasisPoint,
    /// Degrees Celsius.
    Celsius,
    /// Degrees Fahrenheit.
    Fahrenheit,
}

/// A sign of comparison directly at the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// No sign.
    None,
    /// `>`
    Above,
    /// `<`
    Below,
    /// `≥` or a trailing `+`.
    AtLeast,
    /// `≤`
    AtMost,
}

/// A number in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// Millionths of the unit, magnitude worked in: `$500M` is 500,000,000 dollars.
    pub value: i128,
    /// The unit.
    pub unit: Unit,
    /// A sign directly at it.
    pub sign: Sign,
    /// A dash ties it to the number before: the upper end of a range.
    pub range: bool,
    /// First byte, currency sign included.
    pub start: usize,
    /// One past the last byte, unit included.
    pub end: usize,
    pub(crate) sentence: u32,
    /// A magnitude was written at it: `100b`, `1 million`.
    pub(crate) scaled: bool,
}

impl Number {
    /// Same value, unit and sign.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.value == other.value && self.unit == other.unit && self.sign == other.sign && self.range == other.range
    }
}

/// Which way a threshold points: YES for all values beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Above, at least, reach, hit (HIGH).
    Up,
    /// Below, at most, dip to, hit (LOW).
    Down,
}

/// A comparison: direction, and whether the edge itself is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Comparator {
    /// Which way.
    pub direction: Direction,
    /// True for above and below, false for at least and at most.
    pub strict: bool,
}

/// Digits accepted in a number.
const DIGITS_MAX: usize = 21;

fn magnitude(text: &str) -> Option<i128> {
    const SCALES: [(&str, i128); 11] = [
        ("k", 1_000),
        ("thousand", 1_000),
        ("m", 1_000_000),
        ("mn", 1_000_000),
        ("million", 1_000_000),
        ("b", 1_000_000_000),
        ("bn", 1_000_000_000),
        ("billion", 1_000_000_000),
        ("t", 1_000_000_000_000),
        ("tn", 1_000_000_000_000),
        ("trillion", 1_000_000_000_000),
    ];
    SCALES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, scale)| *scale)
}

/// Parses `1,234.5` into millionths.
fn millionths(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = whole.bytes().filter(|b| *b != b',').count();
    let grouped = whole.contains(',');
    let groups_ok = !grouped
        || whole.split(',').enumerate().all(|(i, g)| if i == 0 { (1..=3).contains(&g.len()) } else { g.len() == 3 });
    let digits_ok = fraction.bytes().all(|b| b.is_ascii_digit())
        && whole.bytes().all(|b| b.is_ascii_digit() || b == b',')
        && plain > 0
        && plain <= DIGITS_MAX
        && fraction.len() <= 6;
    if !digits_ok || !groups_ok {
        return None;
    }
    let mut value: i128 = 0;
    for b in whole.bytes().filter(|b| *b != b',').chain(fraction.bytes()) {
        value = value * 10 + i128::from(b - b'0');
    }
    for _ in fraction.len()..6 {
        value *= 10;
    }
    Some(value)
}

/// A number that starts at `tokens[i]`: the number, how many sign tokens before it belong to it, how many tokens it takes.
pub(crate) fn parse(tokens: &[Token<'_>], i: usize) -> Option<(Number, usize, usize)> {
    let token = tokens.get(i)?;
    if !token.text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let cut = token.text.find(|c: char| c.is_alphabetic()).unwrap_or(token.text.len());
    let (number, suffix) = token.text.split_at(cut);
    let mut value = millionths(number)?;
    let (mut unit, mut scaled) = (Unit::None, false);
    match suffix {
        "" => {}
        "bps" => unit = Unit::BasisPoint,
        _ => (value, scaled) = (value.checked_mul(magnitude(suffix)?)?, true),
    }
    let mut len = 1;
    let at = |k: usize| tokens.get(i + k).filter(|t| !t.dash);
    if suffix.is_empty()
        && let Some(scale) = at(len).filter(|t| t.text.len() > 2).and_then(|t| magnitude(t.text))
    {
        (value, scaled) = (value.checked_mul(scale)?, true);
        len += 1;
    }
    match at(len).map(|t| t.text) {
        Some("%") => (unit, len) = (Unit::Percent, len + 1),
        Some("bps") => (unit, len) = (Unit::BasisPoint, len + 1),
        Some("°") => {
            let degrees = [("C", Unit::Celsius), ("F", Unit::Fahrenheit)];
            if let Some((_, u)) = degrees.iter().find(|(c, _)| at(len + 1).is_some_and(|t| t.text == *c)) {
                (unit, len) = (*u, len + 2);
            }
        }
        _ => {}
    }
    let mut sign = Sign::None;
    if at(len).is_some_and(|t| t.text == "+" && !t.spaced) {
        (sign, len) = (Sign::AtLeast, len + 1);
    }
    let (prefix, before_sign, currency) = prefix(tokens, i);
    if before_sign != Sign::None {
        sign = before_sign;
    }
    if currency != Unit::None {
        unit = currency;
    }
    let first = &tokens[i - prefix];
    let tied = i - prefix > 0 && tokens[i - prefix - 1].text.contains(|c: char| c.is_ascii_digit());
    let degree_tied = i - prefix > 0 && ["%", "C", "F", "°"].contains(&tokens[i - prefix - 1].text);
    let range = first.dash && (tied || degree_tied);
    if first.dash && !range && first.spaced {
        value = -value;
    }
    let end = tokens[i + len - 1].end();
    let number = Number { value, unit, sign, range, start: first.start, end, sentence: token.sentence, scaled };
    Some((number, prefix, len))
}

/// Currency and comparison signs directly before a number.
fn prefix(tokens: &[Token<'_>], i: usize) -> (usize, Sign, Unit) {
    let (mut count, mut sign, mut unit) = (0, Sign::None, Unit::None);
    while let Some(token) = i.checked_sub(count + 1).map(|k| &tokens[k]) {
        // A dash or a space between sign and number: the sign belongs to something else.
        if tokens[i - count].dash || tokens[i - count].spaced && unit == Unit::None && count == 0 && token.text == "$" {
            break;
        }
        match token.text {
            "$" if unit == Unit::None => unit = Unit::Dollar,
            "€" if unit == Unit::None => unit = Unit::Euro,
            "£" if unit == Unit::None => unit = Unit::Pound,
            ">" if sign == Sign::None => sign = Sign::Above,
            "<" if sign == Sign::None => sign = Sign::Below,
            "≥" if sign == Sign::None => sign = Sign::AtLeast,
            "≤" if sign == Sign::None => sign = Sign::AtMost,
            _ => break,
        }
        count += 1;
    }
    (count, sign, unit)
}

/// Phrases before a number, longest first where one ends in another.
const BEFORE: [(&[&str], Direction, bool); 40] = [
    (&["greater", "than", "or", "equal", "to"], Direction::Up, false),
    (&["higher", "than", "or", "equal", "to"], Direction::Up, false),
    (&["more", "than", "or", "equal", "to"], Direction::Up, false),
    (&["above", "or", "equal", "to"], Direction::Up, false),
    (&["equal", "to", "or", "greater", "than"], Direction::Up, false),
    (&["equal", "to", "or", "higher", "than"], Direction::Up, false),
    (&["equal", "to", "or", "more", "than"], Direction::Up, false),
    (&["equal", "to", "or", "above"], Direction::Up, false),
    (&["at", "or", "above"], Direction::Up, false),
    (&["less", "than", "or", "equal", "to"], Direction::Down, false),
    (&["lower", "than", "or", "equal", "to"], Direction::Down, false),
    (&["below", "or", "equal", "to"], Direction::Down, false),
    (&["equal", "to", "or", "less", "than"], Direction::Down, false),
    (&["equal", "to", "or", "lower", "than"], Direction::Down, false),
    (&["equal", "to", "or", "below"], Direction::Down, false),
    (&["at", "or", "below"], Direction::Down, false),
    (&["greater", "than"], Direction::Up, true),
    (&["higher", "than"], Direction::Up, true),
    (&["more", "than"], Direction::Up, true),
    (&["less", "than"], Direction::Down, true),
    (&["fewer", "than"], Direction::Down, true),
    (&["lower", "than"], Direction::Down, true),
    (&["at", "least"], Direction::Up, false),
    (&["at", "most"], Direction::Down, false),
    (&["hit", "high"], Direction::Up, false),
    (&["hit", "low"], Direction::Down, false),
    (&["dip", "to"], Direction::Down, false),
    (&["dips", "to"], Direction::Down, false),
    (&["drop", "to"], Direction::Down, false),
    (&["fall", "to"], Direction::Down, false),
    (&["rise", "to"], Direction::Up, false),
    (&["above"], Direction::Up, true),
    (&["over"], Direction::Up, true),
    (&["exceed"], Direction::Up, true),
    (&["exceeds"], Direction::Up, true),
    (&["exceeding"], Direction::Up, true),
    (&["below"], Direction::Down, true),
    (&["under"], Direction::Down, true),
    (&["reach"], Direction::Up, false),
    (&["reaches"], Direction::Up, false),
];

/// Phrases after a number.
const AFTER: [(&[&str], Direction, bool); 13] = [
    (&["or", "more"], Direction::Up, false),
    (&["or", "higher"], Direction::Up, false),
    (&["or", "above"], Direction::Up, false),
    (&["or", "greater"], Direction::Up, false),
    (&["or", "over"], Direction::Up, false),
    (&["and", "above"], Direction::Up, false),
    (&["or", "better"], Direction::Up, false),
    (&["or", "less"], Direction::Down, false),
    (&["or", "lower"], Direction::Down, false),
    (&["or", "below"], Direction::Down, false),
    (&["or", "fewer"], Direction::Down, false),
    (&["and", "below"], Direction::Down, false),
    (&["or", "under"], Direction::Down, false),
];

/// What is said around a number: the comparison, and how many items before and after it belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) comparator: Comparator,
    pub(crate) before: usize,
    pub(crate) after: usize,
}

/// The comparison made at `items[i]`: by a sign, by the words before, by the words after. `None` where nothing says
/// which way, where two of them disagree, and for the ends of a range.
pub(crate) fn comparator(items: &[Item<'_>], i: usize) -> Option<Comparator> {
    said(items, i).map(|s| s.comparator)
}

/// The comparison made at `items[i]` with the words that make it.
pub(crate) fn said(items: &[Item<'_>], i: usize) -> Option<Said> {
    let Item::Number(number) = items.get(i)? else { return None };
    let word = |k: usize, text: &str| items.get(k).and_then(Item::word).is_some_and(|t| t.is(text));
    let next_is_range = matches!(items.get(i + 1), Some(Item::Number(n)) if n.range);
    if number.range || next_is_range || i.checked_sub(1).is_some_and(|k| word(k, "between")) {
        return None;
    }
    // "between X and Y": Y is the end of a range.
    if i >= 2 && word(i - 1, "and") && matches!(items[i - 2], Item::Number(_)) {
        return None;
    }
    let sign = match number.sign {
        Sign::None => None,
        Sign::Above => Some((Direction::Up, true)),
        Sign::Below => Some((Direction::Down, true)),
        Sign::AtLeast => Some((Direction::Up, false)),
        Sign::AtMost => Some((Direction::Down, false)),
    };
    let before = BEFORE.iter().find(|(phrase, ..)| {
        i >= phrase.len() && phrase.iter().enumerate().all(|(k, text)| word(i - phrase.len() + k, text))
    });
    // "no more than 5", "not above 5": the phrase is turned round.
    let turned = |k: usize| ["no", "not", "never"].iter().any(|w| word(k, w));
    if before.is_some_and(|(phrase, ..)| i > phrase.len() && turned(i - phrase.len() - 1)) {
        return None;
    }
    let after = AFTER.iter().find(|(phrase, ..)| phrase.iter().enumerate().all(|(k, text)| word(i + 1 + k, text)));
    let all = [sign, before.map(|(_, d, s)| (*d, *s)), after.map(|(_, d, s)| (*d, *s))];
    let mut known = all.iter().flatten();
    let (direction, strict) = *known.next()?;
    known.all(|(d, _)| *d == direction).then_some(Said {
        comparator: Comparator { direction, strict },
        before: before.map_or(0, |(phrase, ..)| phrase.len()),
        after: after.map_or(0, |(phrase, ..)| phrase.len()),
    })
}
