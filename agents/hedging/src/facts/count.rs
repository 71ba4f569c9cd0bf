//! Counts: "exactly 4 earthquakes", beside the ranges and thresholds that [`super::range`] reads.
//!
//! An exact count is a range with one value. Where one of two texts counts one thing and the other several, the words around the number
//! change with it ("is 1 earthquake", "are 4 earthquakes"): [`same_but_for_number`] knows that and nothing more.

use super::item::Item;
use super::number::{Sign, Unit};
use super::range::{End, Range, Stated, stated};
use super::text::is_negation;

/// One, in millionths.
pub(crate) const ONE: i128 = 1_000_000;

impl Range {
    /// The one value of an exact count.
    pub(crate) fn point(&self) -> Option<i128> {
        let (low, high) = (self.low?.exact()?, self.high?.exact()?);
        (low.value == high.value && !low.after && high.after).then_some(low.value)
    }
}

/// "exactly 4" at `items[i]`, or else the range named there.
pub(crate) fn counted(items: &[Item<'_>], i: usize) -> Option<Stated> {
    exact(items, i).or_else(|| stated(items, i))
}

fn exact(items: &[Item<'_>], i: usize) -> Option<Stated> {
    let Item::Number(n) = items.get(i)? else { return None };
    let word = |k: Option<usize>, text: &str| k.and_then(|k| items.get(k)?.word()).is_some_and(|t| t.is(text));
    let turned = i.checked_sub(2).is_some_and(|k| is_negation(&items[k]));
    // "exactly 4-5", "exactly 4 or 5", "exactly 4 and 5": more than one value.
    let goes_on = ["or", "and", "to"].iter().any(|w| word(Some(i + 1), w))
        || matches!(items.get(i + 1), Some(Item::Number(next)) if next.range);
    if !word(i.checked_sub(1), "exactly") || turned || goes_on || n.range || n.sign != Sign::None {
        return None;
    }
    let end = |after| Some(End::known(n.value, after));
    Some(Stated { range: Range { low: end(false), high: end(true), unit: n.unit }, from: i - 1, to: i + 1 })
}

/// The count a question asks for: the first number it names, whole and without a unit.
pub(crate) fn asked(question: &[Item<'_>]) -> Option<Stated> {
    let first = question.iter().position(|i| matches!(i, Item::Number(_)))?;
    let Item::Number(number) = question[first] else { return None };
    if number.unit != Unit::None || number.value % ONE != 0 || number.value < 0 {
        return None;
    }
    let found = counted(question, first)?;
    // What is counted stands behind: "4 earthquakes", "5 or more games".
    question.get(found.to)?.word()?;
    Some(found)
}

/// Forms of one word for one and for several.
const FORMS: [(&str, &str); 3] = [("is", "are"), ("was", "were"), ("has", "have")];

/// Whether two words are one, but that one text counts one thing and the other several.
pub(crate) fn same_but_for_number(a: &str, b: &str) -> bool {
    let longer = |a: &str, b: &str| {
        ["s", "es"].iter().any(|end| {
            b.len() == a.len() + end.len()
                && b.is_char_boundary(a.len())
                && b[..a.len()].eq_ignore_ascii_case(a)
                && b[a.len()..].eq_ignore_ascii_case(end)
        })
    };
    let form = |a: &str, b: &str| FORMS.iter().any(|(x, y)| a.eq_ignore_ascii_case(x) && b.eq_ignore_ascii_case(y));
    a.eq_ignore_ascii_case(b) || longer(a, b) || longer(b, a) || form(a, b) || form(b, a)
}

#[cfg(test)]
mod tests {
    use super::super::item::items;
    use super::*;

    fn point(text: &str) -> Option<i128> {
        asked(&items(text)).and_then(|found| found.range.point()).map(|v| v / ONE)
    }

    #[test]
    fn reads_an_exact_count_and_nothing_near_it() {
        assert_eq!(point("Will there be exactly 4 earthquakes of magnitude 6.5 or higher by March 22?"), Some(4));
        assert_eq!(point("Will Lorn Space have exactly 16 launches in April?"), Some(16));
        for text in [
            "Will there be not exactly 4 earthquakes?",
            "Will there be exactly 4 or 5 earthquakes?",
            "Will there be exactly 4-5 earthquakes?",
            "Will there be exactly 4+ earthquakes?",
            "Will there be 4 earthquakes?",
            "Will it be exactly $4 on Monday?",
            "Will it be exactly 4.5 points?",
            "Will it be exactly 4?",
            "Exactly what?",
        ] {
            assert_eq!(point(text), None, "{text}");
        }
    }

    #[test]
    fn one_and_several() {
        for (a, b) in [("earthquake", "Earthquakes"), ("is", "are"), ("launch", "launches"), ("occurs", "occur")] {
            assert!(same_but_for_number(a, b) && same_but_for_number(b, a) && same_but_for_number(a, a));
        }
        assert!(!same_but_for_number("eruption", "earthquake"));
        assert!(!same_but_for_number("win", "winner"));
        assert!(!same_but_for_number("", "é"));
    }
}
