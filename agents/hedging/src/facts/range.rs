//! Ranges of one quantity: "between 250 and 500", "46-47°F", "2,000 or more", with edges that the words leave open kept open.
//!
//! A range lies between two cuts of the number line. A cut stands just before or just after a value, so that an inclusive lower edge
//! at 5 is the cut before 5 and an exclusive one the cut after it; then "no overlap" and "no gap" are comparisons of cuts. Where the
//! words do not say whether an edge is in, both cuts are kept, and each question about the range takes the one that makes it harder.

use super::item::Item;
use super::number::{Direction, Number, Said, Unit, said};
use serde::{Deserialize, Serialize};

/// A place between two values of the number line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cut {
    /// Millionths of the unit.
    pub value: i128,
    /// Just after the value, else just before it.
    pub after: bool,
}

/// One end of a range: the earliest and the latest place it can mean. Equal where the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct End {
    /// The lowest place it can mean.
    pub least: Cut,
    /// The highest.
    pub most: Cut,
}

impl End {
    pub(crate) const fn known(value: i128, after: bool) -> Self {
        Self { least: Cut { value, after }, most: Cut { value, after } }
    }

    const fn open(value: i128) -> Self {
        Self { least: Cut { value, after: false }, most: Cut { value, after: true } }
    }

    /// The one place it means, where the words say.
    #[must_use]
    pub fn exact(&self) -> Option<Cut> {
        (self.least == self.most).then_some(self.least)
    }
}

/// A range of a quantity. `None` has no end on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    /// Where it begins.
    pub low: Option<End>,
    /// Where it ends.
    pub high: Option<End>,
    /// What is counted.
    pub unit: Unit,
}

impl Range {
    /// Whether every value of this range certainly lies in the other.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        let low = match (self.low, other.low) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(of)) => own.least >= of.most,
        };
        let high = match (self.high, other.high) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(of)) => own.most <= of.least,
        };
        low && high && self.unit == other.unit
    }

    /// Whether no value certainly lies in both.
    #[must_use]
    pub fn apart(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| a.high.zip(b.low).is_some_and(|(high, low)| high.most <= low.least);
        self.unit == other.unit && (before(self, other) || before(other, self))
    }

    /// Whether every value certainly lies in one of the two.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        let joined = |a: &Self, b: &Self| {
            a.low.is_none() && b.high.is_none() && a.high.zip(b.low).is_some_and(|(high, low)| low.most <= high.least)
        };
        self.unit == other.unit && (joined(self, other) || joined(other, self))
    }

    /// The same values named, whether the edges are in or not.
    pub(crate) fn names(&self, other: &Self) -> bool {
        let value = |end: Option<End>| end.map(|e| e.least.value);
        self.unit == other.unit && value(self.low) == value(other.low) && value(self.high) == value(other.high)
    }

    /// Open edges by the convention that a value between two ranges counts to the higher one.
    pub(crate) fn to_the_higher(self) -> Self {
        let end = |e: End| if e.exact().is_some() { e } else { End { least: e.least, most: e.least } };
        Self { low: self.low.map(end), high: self.high.map(end), ..self }
    }

    /// Each edge moved to the next whole value where only whole values occur: then 46-47 and 48-49 have no gap.
    pub(crate) fn whole(self) -> Self {
        let cut =
            |c: Cut| if c.after && c.value % WHOLE == 0 { Cut { value: c.value + WHOLE, after: false } } else { c };
        let end = |e: End| End { least: cut(e.least), most: cut(e.most) };
        Self { low: self.low.map(end), high: self.high.map(end), ..self }
    }
}

/// One, in millionths.
const WHOLE: i128 = 1_000_000;

/// A range in a text: the items `from..to` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) range: Range,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

fn number(items: &[Item<'_>], i: usize) -> Option<Number> {
    match items.get(i)? {
        Item::Number(n) => Some(*n),
        _ => None,
    }
}

fn word(items: &[Item<'_>], i: usize, text: &str) -> bool {
    items.get(i).and_then(Item::word).is_some_and(|t| t.is(text))
}

/// Words that speak of reaching a value at some time: a statement on an extreme, not on the quantity itself.
const TOUCHES: [&str; 12] =
    ["hit", "hits", "reach", "reaches", "dip", "dips", "drop", "drops", "fall", "falls", "rise", "rises"];

/// Whether the comparison at `items[i]` is one of reaching.
pub(crate) fn touches(items: &[Item<'_>], i: usize, said: &Said) -> bool {
    items[i - said.before..i].iter().any(|item| item.word().is_some_and(|t| TOUCHES.iter().any(|w| t.is(w))))
}

/// A word on an edge right after a number: whether the edge is in.
fn noted(items: &[Item<'_>], i: usize) -> Option<bool> {
    if word(items, i, "inclusive") {
        Some(true)
    } else if word(items, i, "exclusive") {
        Some(false)
    } else {
        None
    }
}

/// The unit of both ends: "$50-100b" writes it once.
fn shared(a: Unit, b: Unit) -> Option<Unit> {
    match (a, b) {
        (Unit::None, u) | (u, Unit::None) => Some(u),
        (x, y) => (x == y).then_some(x),
    }
}

/// Words behind two numbers with a dash that make a score of them, not a range: "win 4-1 in the series", "a 3-1 record".
const NOT_COUNTED: [&str; 31] = [
    "in",
    "on",
    "at",
    "by",
    "to",
    "for",
    "against",
    "over",
    "before",
    "after",
    "and",
    "or",
    "with",
    "during",
    "this",
    "the",
    "as",
    "if",
    "when",
    "from",
    "vs",
    "win",
    "victory",
    "loss",
    "defeat",
    "series",
    "sweep",
    "lead",
    "score",
    "scoreline",
    "record",
];

/// Whether what stands at `items[i]` is the thing that bare numbers before it count: a word in small letters.
fn counts_a_thing(items: &[Item<'_>], i: usize) -> bool {
    items
        .get(i)
        .and_then(Item::word)
        .is_some_and(|t| t.text.starts_with(char::is_lowercase) && !NOT_COUNTED.iter().any(|w| t.is(w)))
}

/// The range that is named with the number at `items[i]`, its lower end where it has two.
pub(crate) fn stated(items: &[Item<'_>], i: usize) -> Option<Stated> {
    let n = number(items, i)?;
    if let Some(said) = said(items, i) {
        if touches(items, i, &said) {
            return None;
        }
        let end = |after: bool| End::known(n.value, after);
        let (low, high) = match (said.comparator.direction, said.comparator.strict) {
            (Direction::Up, strict) => (Some(end(strict)), None),
            (Direction::Down, strict) => (None, Some(end(!strict))),
        };
        let to = i + 1 + said.after;
        // "above 5 (inclusive)" says two things: not read.
        return noted(items, to).is_none().then_some(Stated {
            range: Range { low, high, unit: n.unit },
            from: i - said.before,
            to,
        });
    }
    let between = i > 0 && word(items, i - 1, "between");
    let note = noted(items, i + 1);
    let mut at = i + 1 + usize::from(note.is_some());
    if between && word(items, at, "and") {
        at += 1;
    } else if !number(items, at).is_some_and(|m| m.range) {
        return None;
    }
    let m = number(items, at)?;
    let unit = shared(n.unit, m.unit)?;
    // "$50-100b": the magnitude is meant for both numbers and written at one. What is not written is not read.
    if n.value >= m.value || n.sign != m.sign || n.scaled != m.scaled {
        return None;
    }
    let last = noted(items, at + 1);
    if !between && unit == Unit::None && !n.scaled && !counts_a_thing(items, at + 1 + usize::from(last.is_some())) {
        return None;
    }
    let end = |value: i128, noted: Option<bool>, low: bool| match noted {
        None => End::open(value),
        Some(within) => End::known(value, within != low),
    };
    Some(Stated {
        range: Range { low: Some(end(n.value, note, true)), high: Some(end(m.value, last, false)), unit },
        from: i - usize::from(between),
        to: at + 1 + usize::from(last.is_some()),
    })
}

/// A text as a row of items and ranges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Piece<'i, 't> {
    /// Anything else.
    Item(&'i Item<'t>),
    /// A range, with the number of items before it.
    Range(Stated),
}

/// Reads the ranges out of a text.
pub(crate) fn pieces<'i, 't>(items: &'i [Item<'t>]) -> Vec<Piece<'i, 't>> {
    pieces_by(items, stated)
}

/// The same by another reader of what is named with a number.
pub(crate) fn pieces_by<'i, 't>(
    items: &'i [Item<'t>],
    read: fn(&[Item<'_>], usize) -> Option<Stated>,
) -> Vec<Piece<'i, 't>> {
    let mut out: Vec<Piece<'i, 't>> = Vec::with_capacity(items.len());
    let mut i = 0;
    while i < items.len() {
        match read(items, i) {
            // Words before the number belong to the range and were taken a moment ago.
            Some(found) => {
                out.truncate(out.len() - (i - found.from));
                out.push(Piece::Range(found));
                i = found.to;
            }
            None => {
                out.push(Piece::Item(&items[i]));
                i += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::item::items;
    use super::*;
    use proptest::prelude::*;

    fn one(text: &str) -> Option<Range> {
        let items = items(text);
        let mut found = pieces(&items).into_iter().filter_map(|p| match p {
            Piece::Range(stated) => Some(stated.range),
            Piece::Item(_) => None,
        });
        let first = found.next();
        assert_eq!(found.next(), None, "{text}");
        first
    }

    /// Value and side of each end, in whole units: `(low, high)`, `i` in, `o` out, `?` not said.
    fn shown(text: &str) -> String {
        let Some(range) = one(text) else { return "none".to_owned() };
        let end = |e: Option<End>, low: bool| match e {
            None => "*".to_owned(),
            Some(e) => {
                let side = e.exact().map_or("?", |c| if c.after == low { "o" } else { "i" });
                format!("{}{side}", e.least.value / WHOLE)
            }
        };
        format!("{}..{}", end(range.low, true), end(range.high, false))
    }

    #[test]
    fn edges_are_what_the_words_say_and_no_more() {
        for (text, wanted) in [
            ("removes between 250 (inclusive) and 500 (exclusive) people", "250i..500o"),
            ("be between $62,000 and $64,000 on March 22", "62000?..64000?"),
            ("temperature be between 46-47°F on March 22", "46?..47?"),
            ("temperature be 46-47°F", "46?..47?"),
            ("post 200-219 tweets this week", "200?..219?"),
            ("the final be Lorn 1 - 2 Vane", "none"),
            ("win the series 1-4", "none"),
            ("finish the season 2-15 in the league", "none"),
            ("have a 1-3 record", "none"),
            ("collect between $100b and $200b", "100000000000?..200000000000?"),
            ("be 2,000,000 or more people", "2000000i..*"),
            ("above $5", "5o..*"),
            ("at or above $5", "5i..*"),
            ("less than 250,000", "*..250000o"),
            ("53°F or below", "*..53i"),
            (">$6B", "6000000000o..*"),
            ("reach $72,000", "none"),
            ("dip to $72,000", "none"),
            ("no more than 5", "none"),
            ("be 5 people", "none"),
            ("between 9 and 5 people", "none"),
            ("cut between $50-100b in spending", "none"),
            ("cut between $50b and $100b in spending", "50000000000?..100000000000?"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn whole_values_leave_no_gap() {
        let [a, b] = ["46-47°F", "48-49°F"].map(|t| one(t).unwrap());
        assert!(a.apart(&b) && !a.within(&b));
        let closed = |text: &str| one(text).unwrap().whole();
        let (a, b) =
            (closed("between 46 (inclusive) and 47 (inclusive)"), closed("between 48 (inclusive) and 49 (inclusive)"));
        assert_eq!(a.high.unwrap().exact(), b.low.unwrap().exact());
        let (a, b) = (closed("at most 46"), closed("at least 47"));
        assert!(a.cover(&b) && a.apart(&b));
    }

    fn range() -> impl Strategy<Value = Range> {
        let end = prop::option::of((0_i128..6, 0..3_u8));
        (end.clone(), end).prop_map(|(low, high)| {
            let end = |(value, kind): (i128, u8)| match kind {
                0 => End::known(value, false),
                1 => End::known(value, true),
                _ => End::open(value),
            };
            Range { low: low.map(end), high: high.map(end), unit: Unit::None }
        })
    }

    /// Every reading of a range's open edges, as a set of points: values and the gaps between them.
    fn readings(r: &Range) -> Vec<Vec<bool>> {
        let ends = |e: Option<End>| {
            e.map_or(vec![None], |e| {
                if e.exact().is_some() { vec![Some(e.least)] } else { vec![Some(e.least), Some(e.most)] }
            })
        };
        let mut out = Vec::new();
        for low in ends(r.low) {
            for high in ends(r.high) {
                // Point 2v+1 is the value v, point 2v+2 what lies between v and v+1; the cut before v lies at 2v+1, after it at 2v+2.
                let place = |c: Cut| 2 * c.value + 1 + i128::from(c.after);
                out.push(
                    (0..14).map(|p| low.is_none_or(|c| p >= place(c)) && high.is_none_or(|c| p < place(c))).collect(),
                );
            }
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Against every point of every reading.
        #[test]
        fn relations_hold_under_every_reading(a in range(), b in range()) {
            let all = |holds: &dyn Fn(&[bool], &[bool]) -> bool| {
                readings(&a).iter().all(|x| readings(&b).iter().all(|y| holds(x, y)))
            };
            let each = |f: fn(bool, bool) -> bool| move |x: &[bool], y: &[bool]| x.iter().zip(y).all(|(p, q)| f(*p, *q));
            if a.within(&b) { prop_assert!(all(&each(|p, q| !p || q))); }
            if a.apart(&b) { prop_assert!(all(&each(|p, q| !(p && q)))); }
            if a.cover(&b) { prop_assert!(all(&each(|p, q| p || q))); }
            // And nothing is missed: what holds under every reading of two ranges that are not empty is found.
            let some = |r: &Range| readings(r).iter().all(|x| x.iter().any(|p| *p));
            if some(&a) && some(&b) {
                prop_assert_eq!(a.within(&b), all(&each(|p, q| !p || q)));
                prop_assert_eq!(a.apart(&b), all(&each(|p, q| !(p && q))));
            }
        }
    }
}
