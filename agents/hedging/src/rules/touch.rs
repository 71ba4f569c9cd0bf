//! R6: touch and close. A price that ends a minute above a level has reached it, and what was reached in a week was reached in its month.
//!
//! Both questions name one thing and the rule texts read one series of candles, alike to the length of a candle: then the candle that
//! closes above the level is one of those whose highs are looked at. An official close and the candles of a feed are two sources.

use super::{Draft, Failure, Obligation, both_rules, quote_item};
use crate::certificate::{Certificate, Field as Text};
use crate::facts::date::When;
use crate::facts::item::Item;
use crate::facts::number::Direction;
use crate::facts::price::{Asked, Candles, Field, PriceQuestion, Window, candles, days_of_the_title};
use crate::facts::range::{End, Range};
use crate::facts::text::{sentence_of, sources, zones};
use crate::facts::{Reading, YearFrom};
use crate::relation::{Evidence, Relation, RuleId};
use chrono::{Datelike, NaiveDate};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most pairs of one block that are looked at: what has a price on every day of two weeks, with ten levels a day, has thousands.
pub(crate) const PAIRS_MAX: usize = 2_000;

/// How far a close may lie beyond a level to be looked at by the search: 3%.
const NEAR_PPM: i128 = 30_000;

/// Width of a class of levels, in logarithms: what lies within [`NEAR_PPM`] of each other falls into one class or into two that touch.
const CLASS: f64 = 0.03;

/// The keys of a question on a price: what has the price, with the class of each of its levels and the one above. Of one asset there are
/// hundreds of questions at a time; with one key for all, each new one would have them all read again.
pub(crate) fn keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    let Some((found, _)) = reading.price() else { return };
    let mut hash = DefaultHasher::new();
    for item in &reading.question[found.name.0..found.name.1] {
        match item {
            Item::Word(token) => token.text.chars().for_each(|c| c.to_ascii_lowercase().hash(&mut hash)),
            Item::Number(n) => n.value.hash(&mut hash),
            Item::Date(..) => {}
        }
    }
    let name = hash.finish();
    for (side, end) in [(0_u8, found.range.low), (1, found.range.high)] {
        let Some(end) = end else { continue };
        let value = end.least.value;
        // Only a key: equal keys of different levels cost time and prove nothing.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        let class = ((value.unsigned_abs().max(1) as f64).ln() / CLASS).floor() as i64;
        for class in [class, class + 1] {
            let mut hash = DefaultHasher::new();
            (name, side, value < 0, class).hash(&mut hash);
            out.push(hash.finish());
        }
    }
}

/// A touch, and something else that lies within its values and days, as far as the questions tell; with levels near each other. What
/// is far follows through the ladders between.
pub(crate) fn is_candidate(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    let (Some((x, Some(v))), Some((y, Some(w)))) = (a.price(), b.price()) else { return false };
    let fits = |(inner, own): (&PriceQuestion, Window), (outer, of): (&PriceQuestion, Window)| {
        let (Asked::Touch(_), true) = (outer.asked, inner.range.within(&outer.range)) else { return false };
        let inside = own.last <= of.last && of.first.is_none_or(|first| own.first.is_none_or(|own| first <= own));
        inside
            && match inner.asked {
                Asked::Close => distance(&inner.range, &outer.range) <= NEAR_PPM,
                // One window is the business of the ladders, and so are two levels.
                Asked::Touch(_) => {
                    own != of
                        && (own.first.is_some() || of.first.is_some())
                        && distance(&inner.range, &outer.range) == 0
                }
            }
    };
    fits((&x, v), (&y, w)) || fits((&y, w), (&x, v))
}

/// How far the edge of a range lies from a level, in millionths of the level.
fn distance(inner: &Range, level: &Range) -> i128 {
    let gap = |p: Option<End>, q: Option<End>| {
        let (p, q) = (p?.least.value, q?.least.value);
        (p - q).abs().checked_mul(1_000_000)?.checked_div(q.abs().max(1))
    };
    gap(inner.low, level.low).or_else(|| gap(inner.high, level.high)).unwrap_or(i128::MAX)
}

/// A question with its place.
struct Side<'r, 'm> {
    reading: &'r Reading<'m>,
    asked: PriceQuestion,
    window: Window,
    range: Range,
}

/// Certifies that one question on a price forces a question on a touch. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R6);
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    let (Some((x, v)), Some((y, w))) = (a.price(), b.price()) else {
        return draft.fail(Obligation::Form, "not both questions ask for a price that is reached or closes somewhere");
    };
    let touches = |q: &PriceQuestion| matches!(q.asked, Asked::Touch(_));
    if !touches(&x) && !touches(&y) {
        return draft.fail(Obligation::Form, "neither question asks for a price that is reached");
    }
    draft.met(Obligation::Form);
    same_name(&draft, (a, &x), (b, &y))?;
    draft.met(Obligation::SameEntity);
    if x.range.unit != y.range.unit {
        return draft.fail(Obligation::SameTemplate, "the units differ");
    }
    if let (Asked::Touch(p), Asked::Touch(q)) = (x.asked, y.asked)
        && p != q
    {
        return draft.fail(Obligation::Direction, "one is reached from below, the other from above");
    }
    let (inner, outer) = order(&draft, (a, x, v), (b, y, w))?;
    if inner.reading.market.resolution_source != outer.reading.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    let evidence = match both_rules(inner.reading, outer.reading) {
        Some(rules) => {
            on_rules(&mut draft, &inner, &outer, rules)?;
            Evidence::Proven
        }
        None => {
            // A "close" is what an exchange says it is, a touch what a feed shows.
            if !inner.asked.plain {
                return draft
                    .fail(Obligation::SameSource, "no rule text says that the close is read where the touch is");
            }
            in_window(&draft, &inner, &outer)?;
            Evidence::Presumed
        }
    };
    draft.met_with(Obligation::KnownDates, year_from(inner.window.year.min(outer.window.year)));
    draft.met_with(Obligation::InWindow, &format!("{} to {}", shown(inner.window), shown(outer.window)));
    for (name, side) in [("a", &inner), ("b", &outer)] {
        let r = side.reading;
        let place = |(from, to): (usize, usize)| (r.question[from].span().0, r.question[to - 1].span().1);
        draft.set(&format!("values_{name}"), text(r, place(side.asked.values)));
        draft.set(&format!("days_{name}"), shown(side.window));
        for part in [side.asked.name, side.asked.values, (side.asked.date, side.asked.date + 1)] {
            draft.span(r.span(Text::Question, place(part)));
        }
    }
    let (p, q) = (&inner.reading.market.question, &outer.reading.market.question);
    let sentence = match inner.asked.asked {
        Asked::Close => format!(
            "A price that stands there on {} was reached within {}: YES on \"{p}\" forces YES on \"{q}\".",
            shown(inner.window),
            shown(outer.window)
        ),
        Asked::Touch(_) => format!(
            "What is reached within {} is reached within {}: YES on \"{p}\" forces YES on \"{q}\".",
            shown(inner.window),
            shown(outer.window)
        ),
    };
    Ok(draft.finish(Relation::Implies, evidence, &[inner.reading, outer.reading], sentence))
}

fn text<'m>(r: &Reading<'m>, (start, end): (usize, usize)) -> &'m str {
    r.market.question.get(start..end).unwrap_or_default()
}

fn shown(window: Window) -> String {
    match window.first {
        Some(first) if first == window.last => first.to_string(),
        Some(first) => format!("{first} – {}", window.last),
        None => format!("the opening – {}", window.last),
    }
}

const fn year_from(year: YearFrom) -> &'static str {
    match year {
        YearFrom::Question | YearFrom::Rules => "written",
        _ => "the year is that of the venue's end dates, which fall on these days",
    }
}

fn same_name<'m>(
    draft: &Draft,
    (a, x): (&Reading<'m>, &PriceQuestion),
    (b, y): (&Reading<'m>, &PriceQuestion),
) -> Result<(), Failure> {
    let (p, q) = (&a.question[x.name.0..x.name.1], &b.question[y.name.0..y.name.1]);
    if p.len() == q.len() && p.iter().zip(q).all(|(i, j)| i.same(j)) {
        return Ok(());
    }
    let place = |items: &[Item<'_>]| items.first().zip(items.last()).map_or((0, 0), |(f, l)| (f.span().0, l.span().1));
    draft.fail(Obligation::SameEntity, format!("\"{}\" against \"{}\"", text(a, place(p)), text(b, place(q))))
}

/// Which of the two lies within the other: by days, then by values.
fn order<'r, 'm>(
    draft: &Draft,
    (a, x, v): (&'r Reading<'m>, PriceQuestion, Option<Window>),
    (b, y, w): (&'r Reading<'m>, PriceQuestion, Option<Window>),
) -> Result<(Side<'r, 'm>, Side<'r, 'm>), Failure> {
    let side = |reading: &'r Reading<'m>, asked: PriceQuestion, window: Option<Window>| {
        let window = window.filter(|w| w.year > YearFrom::Assumed);
        let Some(window) = window else {
            let found = quote_item(reading, Text::Question, reading.question.get(asked.date));
            return draft.fail(Obligation::KnownDates, format!("{found} names no calendar days, or no year is known"));
        };
        Ok(Side { reading, asked, window, range: asked.range })
    };
    let (a, b) = (side(a, x, v)?, side(b, y, w)?);
    let turned = match (a.asked.asked, b.asked.asked) {
        (Asked::Close, _) => false,
        (_, Asked::Close) => true,
        // Two touches: the shorter window is the stronger claim.
        _ => {
            let start = |s: &Side<'_, '_>| s.window.first.unwrap_or(NaiveDate::MIN);
            if a.window == b.window {
                return draft.fail(Obligation::Form, "two levels of one window are a ladder");
            }
            a.window.last > b.window.last || a.window.last == b.window.last && start(&a) < start(&b)
        }
    };
    let (inner, outer) = if turned { (b, a) } else { (a, b) };
    if !inner.range.within(&outer.range) {
        return draft.fail(Obligation::KnownEdges, "the values of the first do not all lie at or beyond the level");
    }
    Ok((inner, outer))
}

/// The days of one lie within those of the other.
fn in_window(draft: &Draft, inner: &Side<'_, '_>, outer: &Side<'_, '_>) -> Result<(), Failure> {
    if inner.window.last > outer.window.last {
        let found = format!("{} against {}", shown(inner.window), shown(outer.window));
        return draft.fail(Obligation::InWindow, found);
    }
    let opened = |side: &Side<'_, '_>| side.reading.market.start.and_then(|s| s.to_datetime()).map(|t| t.date_naive());
    // A window that opens with the market opens during that day, in whatever zone.
    let (first, later) = match (inner.window.first, outer.window.first) {
        (Some(own), Some(of)) => (of <= own, true),
        (Some(own), None) => (opened(outer).is_some_and(|of| of < own), opened(outer).is_some()),
        (None, Some(of)) => (opened(inner).is_some_and(|own| of < own), opened(inner).is_some()),
        (None, None) => {
            let starts = outer.reading.market.start.zip(inner.reading.market.start);
            (starts.is_some_and(|(of, own)| of <= own), starts.is_some())
        }
    };
    match (first, later) {
        (true, _) => Ok(()),
        (false, true) => {
            draft.fail(Obligation::InWindow, format!("{} against {}", shown(inner.window), shown(outer.window)))
        }
        (false, false) => {
            draft.fail(Obligation::SameStart, "a window opens with its market, whose first day is unknown")
        }
    }
}

/// Obligations on the rule texts: one series of candles, the levels and days of the questions, nothing else that decides.
fn on_rules<'m>(
    draft: &mut Draft,
    inner: &Side<'_, 'm>,
    outer: &Side<'_, 'm>,
    (ri, ro): (&[Item<'_>], &[Item<'_>]),
) -> Result<(), Failure> {
    let (zi, zo) = (zones(ri), zones(ro));
    if zi != zo || zi.len() != 1 {
        return draft.fail(Obligation::SameZone, format!("{} against {}", zi.join(", "), zo.join(", ")));
    }
    draft.met_with(Obligation::SameZone, zi[0]);
    let (ci, ki) = told(draft, inner, ri)?;
    let (co, ko) = told(draft, outer, ro)?;
    draft.met(Obligation::StatedInRules);
    let series = |c: &Candles| [c.source.clone(), c.length.clone(), c.pair.clone()];
    if series(&ci) != series(&co) {
        let found = [&ci, &co].map(|c| format!("candles of {} by {}", c.pair, c.source));
        return draft.fail(Obligation::SameSource, found.join(" against "));
    }
    // A close lies between low and high of its candle, and a high above the close of its own.
    if ci.field != co.field && ci.field != Field::Close {
        return draft.fail(Obligation::SameSource, "the two read different numbers of a candle");
    }
    draft.met_with(Obligation::SameSource, &format!("{} candles of {}", co.source, co.pair));
    if !ki.range.within(&ko.range) {
        return draft.fail(Obligation::KnownEdges, "the level itself counts in the first and not in the second");
    }
    draft.met(Obligation::KnownEdges);
    in_window(draft, &ki, &ko)?;
    for (side, rules, read) in [(inner, ri, &ci), (outer, ro, &co)] {
        only_condition(draft, side.reading, rules, read)?;
        let ends = (rules[read.sentence.0].span().0, rules[read.sentence.1 - 1].span().1);
        draft.span(side.reading.span(Text::Description, ends));
    }
    draft.met(Obligation::NoOtherClause);
    Ok(())
}

/// What the rule text says of one side, laid beside its question: the candles it reads, and the side with the text's edge and days.
fn told<'r, 'm>(draft: &Draft, side: &Side<'r, 'm>, rules: &[Item<'_>]) -> Result<(Candles, Side<'r, 'm>), Failure> {
    let r = side.reading;
    let Some(read) = candles(rules) else {
        return draft.fail(Obligation::StatedInRules, "a rule text does not read candles in a way that is known");
    };
    let fits = match side.asked.asked {
        Asked::Touch(Direction::Up) => read.any && read.direction == Direction::Up && read.field != Field::Low,
        Asked::Touch(Direction::Down) => read.any && read.direction == Direction::Down && read.field != Field::High,
        Asked::Close => !read.any && read.field == Field::Close,
    };
    if !fits {
        let found = quote_item(r, Text::Description, rules.get(read.sentence.0));
        return draft
            .fail(Obligation::Direction, format!("the sentence that begins with {found} reads something else"));
    }
    let range = told_range(draft, side, &read)?;
    let sentence = &rules[read.sentence.0..read.sentence.1];
    let window = told_window(draft, side, sentence)?;
    Ok((read, Side { reading: r, asked: side.asked, window, range }))
}

/// The values that count, with the edge the text gives them.
fn told_range(draft: &Draft, side: &Side<'_, '_>, read: &Candles) -> Result<Range, Failure> {
    let end = match (side.range.low, side.range.high) {
        (Some(end), None) if read.direction == Direction::Up => end,
        (None, Some(end)) if read.direction == Direction::Down => end,
        _ => return draft.fail(Obligation::StatedInRules, "question and rule text ask for different values"),
    };
    let value = end.least.value;
    if read.level.is_some_and(|n| n.value != value || n.unit != side.range.unit) {
        return draft.fail(Obligation::StatedInRules, "question and rule text name different levels");
    }
    let edge = Some(End::known(value, read.strict == (read.direction == Direction::Up)));
    Ok(match read.direction {
        Direction::Up => Range { low: edge, high: None, unit: side.range.unit },
        Direction::Down => Range { low: None, high: edge, unit: side.range.unit },
    })
}

/// The days the text names: those of the title, or written out and then the same.
fn told_window(draft: &Draft, side: &Side<'_, '_>, sentence: &[Item<'_>]) -> Result<Window, Failure> {
    let asked = side.window;
    let mut days = Vec::new();
    for item in sentence {
        let Item::Date(date, _) = item else { continue };
        match date.when {
            When::Day { year, month, day } => {
                let year = year.unwrap_or_else(|| asked.last.year());
                days.extend(NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day)));
            }
            _ => return draft.fail(Obligation::KnownDates, "the rule text names a date that is no day"),
        }
    }
    let known = match (days.as_slice(), side.asked.asked) {
        ([], _) if days_of_the_title(sentence) => return Ok(asked),
        ([only], _) => *only == asked.last && asked.first == Some(*only),
        ([_, last], Asked::Touch(_)) => *last == asked.last,
        _ => false,
    };
    if !known {
        return draft.fail(Obligation::StatedInRules, "question and rule text name different days");
    }
    match days.as_slice() {
        [first, last] if first <= last => {
            if !whole_days(sentence) {
                return draft.fail(Obligation::SameStart, "the window opens or closes during a day");
            }
            if asked.first.is_some_and(|f| f != *first) {
                return draft.fail(Obligation::StatedInRules, "question and rule text open on different days");
            }
            Ok(Window { first: Some(*first), ..asked })
        }
        [_] => match side.asked.asked {
            Asked::Touch(_) if !whole_days(sentence) => {
                draft.fail(Obligation::SameStart, "the window opens or closes during a day")
            }
            _ => Ok(asked),
        },
        _ => draft.fail(Obligation::StatedInRules, "question and rule text name different days"),
    }
}

/// The clock times of a sentence are none, or the first and the last of a day.
fn whole_days(sentence: &[Item<'_>]) -> bool {
    let times: Vec<(&str, bool)> = sentence
        .iter()
        .enumerate()
        .filter_map(|(i, item)| {
            let text = item
                .word()
                .map(|t| t.text)
                .filter(|t| t.contains(':') && t.starts_with(|c: char| c.is_ascii_digit()))?;
            let after = sentence.get(i + 1).and_then(Item::word).is_some_and(|t| t.is("pm"));
            Some((text, after))
        })
        .collect();
    let opens = |(text, pm): (&str, bool)| !pm && ["00:00", "0:00", "12:00"].contains(&text);
    let closes = |(text, pm): (&str, bool)| text == "23:59" || pm && text == "11:59";
    match times[..] {
        [] => true,
        [first, last] => opens(first) && closes(last) && (first.0 != "12:00" || says_am(sentence)),
        _ => false,
    }
}

fn says_am(sentence: &[Item<'_>]) -> bool {
    sentence
        .windows(2)
        .any(|pair| pair[0].word().is_some_and(|t| t.is("12:00")) && pair[1].word().is_some_and(|t| t.is("am")))
}

/// No sentence but the condition and "otherwise" leads to an answer, and those on the source name the candles' source.
fn only_condition(draft: &Draft, r: &Reading<'_>, rules: &[Item<'_>], read: &Candles) -> Result<(), Failure> {
    let own = rules[read.sentence.0].sentence();
    for (i, item) in rules.iter().enumerate().filter(|(_, item)| item.sentence() != own) {
        let Some(token) = item.word() else { continue };
        let answers = ["resolve", "resolves", "resolved", "yes"].iter().any(|w| token.is(w));
        let sentence = &rules[sentence_of(rules, i)];
        let otherwise = sentence.first().and_then(Item::word).is_some_and(|t| t.is("otherwise"));
        if answers && !otherwise {
            let found = quote_item(r, Text::Description, sentence.first());
            return draft.fail(Obligation::NoOtherClause, format!("the sentence that begins with {found}"));
        }
    }
    for range in sources(rules) {
        let named = read.source.split(' ').all(|name| {
            rules[range.clone()].iter().any(|i| i.word().is_some_and(|t| t.text.to_lowercase().starts_with(name)))
        });
        if !named {
            let found = quote_item(r, Text::Description, rules.get(range.start));
            return draft
                .fail(Obligation::SameSource, format!("the sentence that begins with {found} names another source"));
        }
    }
    Ok(())
}
