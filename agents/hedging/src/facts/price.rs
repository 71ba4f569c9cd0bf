//! Questions on a price: "Will Bitcoin reach $72,000 in March?" asks for a touch, "Will the price of Bitcoin be above $70,000 on March 22?"
//! for the price at one instant; and the rule texts that read both off the candles of one market.

use super::Reading;
use super::YearFrom;
use super::date::{DateFact, Deadline, Role, When};
use super::item::Item;
use super::number::{Direction, Number, Unit, said};
use super::range::{End, Range, stated, touches};
use super::text::{sentence_of, words_at};
use super::token::Token;
use chrono::{Datelike, NaiveDate};

/// What a question asks of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Reaching a level at some time of the window.
    Touch(Direction),
    /// Lying in a range at one instant of one day.
    Close,
}

/// A question on a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PriceQuestion {
    pub(crate) asked: Asked,
    /// The values that count; the edge of a touch is in.
    pub(crate) range: Range,
    /// Items that name what has the price.
    pub(crate) name: (usize, usize),
    /// Items that name the values.
    pub(crate) values: (usize, usize),
    /// The item that names the day or window.
    pub(crate) date: usize,
    /// "The price of X be …", which no venue-given close answers.
    pub(crate) plain: bool,
}

fn word(items: &[Item<'_>], i: usize, text: &str) -> bool {
    items.get(i).and_then(Item::word).is_some_and(|t| t.is(text))
}

/// What a question asks of a price; `None` where it has another form.
pub(crate) fn of_question(items: &[Item<'_>]) -> Option<PriceQuestion> {
    if !word(items, 0, "will") {
        return None;
    }
    let date = items.len().checked_sub(1).filter(|i| matches!(items[*i], Item::Date(..)))?;
    touch(items, date).or_else(|| close(items, date))
}

fn is_words(items: &[Item<'_>], from: usize, to: usize) -> bool {
    from < to && items[from..to].iter().all(|i| !matches!(i, Item::Date(..)))
}

fn touch(items: &[Item<'_>], date: usize) -> Option<PriceQuestion> {
    // The level is the last number: names hold numbers too ("S&P 500").
    let at = items[..date].iter().rposition(|i| matches!(i, Item::Number(_)))?;
    let Item::Number(n) = items[at] else { return None };
    let (direction, from, to) = match said(items, at) {
        Some(found) if touches(items, at, &found) && !found.comparator.strict => {
            (found.comparator.direction, at - found.before, at + 1 + found.after)
        }
        Some(_) => return None,
        None if word(items, at - 1, "hit") => match () {
            () if word(items, at + 1, "high") => (Direction::Up, at - 1, at + 2),
            () if word(items, at + 1, "low") => (Direction::Down, at - 1, at + 2),
            () => return None,
        },
        None => return None,
    };
    let range = match direction {
        Direction::Up => Range { low: Some(End::known(n.value, false)), high: None, unit: n.unit },
        Direction::Down => Range { low: None, high: Some(End::known(n.value, true)), unit: n.unit },
    };
    (to == date && is_words(items, 1, from)).then_some(PriceQuestion {
        asked: Asked::Touch(direction),
        range,
        name: (1, from),
        values: (from, to),
        date,
        plain: true,
    })
}

fn close(items: &[Item<'_>], date: usize) -> Option<PriceQuestion> {
    let Item::Date(DateFact { when: When::Day { .. }, role: Role::On, .. }, _) = items[date] else { return None };
    let mut at = items[..date].iter().position(|i| matches!(i, Item::Number(n) if n.unit != Unit::None))?;
    let found = loop {
        if at >= date {
            return None;
        }
        match stated(items, at) {
            Some(found) => break found,
            None => at += 1,
        }
    };
    let plain = words_at(items, 1, &["the", "price", "of"]);
    let name = if plain && word(items, found.from - 1, "be") {
        (4, found.from - 1)
    } else {
        let at = usize::from(word(items, found.from - 1, "at"));
        let verb = found.from.checked_sub(1 + at)?;
        if !word(items, verb, "close") {
            return None;
        }
        (1, verb)
    };
    (found.to == date && is_words(items, name.0, name.1)).then_some(PriceQuestion {
        asked: Asked::Close,
        range: found.range,
        name,
        values: (found.from, found.to),
        date,
        plain,
    })
}

/// The days a question looks at. `first` is `None` where the window opens with the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) first: Option<NaiveDate>,
    pub(crate) last: NaiveDate,
    /// Where the year comes from.
    pub(crate) year: YearFrom,
}

fn day(at: Deadline) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(at.year?, u32::from(at.month), u32::from(at.day))
}

/// The days that the date at the end of a question means.
pub(crate) fn window(reading: &Reading<'_>, date: &DateFact) -> Option<Window> {
    let dated = |year, month, day_of_month| {
        let (at, from) = reading.dated(Deadline { year, month, day: day_of_month });
        Some((day(at)?, from))
    };
    let month_end = |year: Option<i32>, month: u8| {
        // February is never asked for without a year here: without one its end is not known.
        let known = year.or((month != 2).then_some(2001))?;
        let next = NaiveDate::from_ymd_opt(known + i32::from(month == 12), u32::from(month % 12 + 1), 1)?;
        u8::try_from(next.pred_opt()?.day()).ok()
    };
    let whole = |first: Option<NaiveDate>, (last, year)| Some(Window { first, last, year });
    match (date.role, date.when) {
        (Role::On, When::Day { year, month, day }) => {
            let (at, from) = dated(year, month, day)?;
            whole(Some(at), (at, from))
        }
        (Role::Bare | Role::On | Role::In, When::Days { year, from, to }) => {
            let last = dated(year, to.0, to.1)?;
            let first_year = last.0.year() - i32::from(from.0 > to.0);
            whole(Some(NaiveDate::from_ymd_opt(first_year, u32::from(from.0), u32::from(from.1))?), last)
        }
        (Role::In, When::Month { year, month }) => {
            let last = dated(year, month, month_end(year, month)?)?;
            whole(Some(last.0.with_day(1)?), last)
        }
        (Role::In, When::Year(year)) => {
            whole(NaiveDate::from_ymd_opt(year, 1, 1), (NaiveDate::from_ymd_opt(year, 12, 31)?, YearFrom::Question))
        }
        (Role::By | Role::ByEndOf, _) => {
            let at = date.deadline()?;
            whole(None, dated(at.year, at.month, at.day)?)
        }
        (Role::Before, _) => {
            let at = date.deadline()?;
            let (last, from) = dated(at.year, at.month, at.day)?;
            whole(None, (last.pred_opt()?, from))
        }
        _ => None,
    }
}

/// The number of a candle that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    High,
    Low,
    Close,
}

/// What the sentence that leads to YES reads off the candles of one market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candles {
    /// Whose candles: the words between "any" or "the" and the length.
    pub(crate) source: String,
    /// Length of a candle, as written.
    pub(crate) length: String,
    /// The pair that is traded, letters only.
    pub(crate) pair: String,
    pub(crate) field: Field,
    /// "Any candle", else one.
    pub(crate) any: bool,
    /// Direction and strictness as the sentence says.
    pub(crate) direction: Direction,
    pub(crate) strict: bool,
    /// The level where the sentence writes it; `None` for "the price specified in the title".
    pub(crate) level: Option<Number>,
    /// Items of the sentence.
    pub(crate) sentence: (usize, usize),
}

/// Comparisons between "price" and a level.
const COMPARISONS: [(&[&str], Direction, bool); 16] = [
    (&["equal", "to", "or", "greater", "than"], Direction::Up, false),
    (&["equal", "to", "or", "higher", "than"], Direction::Up, false),
    (&["equal", "to", "or", "above"], Direction::Up, false),
    (&["greater", "than", "or", "equal", "to"], Direction::Up, false),
    (&["at", "or", "above"], Direction::Up, false),
    (&["higher", "than"], Direction::Up, true),
    (&["greater", "than"], Direction::Up, true),
    (&["above"], Direction::Up, true),
    (&["equal", "to", "or", "less", "than"], Direction::Down, false),
    (&["equal", "to", "or", "lower", "than"], Direction::Down, false),
    (&["equal", "to", "or", "below"], Direction::Down, false),
    (&["less", "than", "or", "equal", "to"], Direction::Down, false),
    (&["at", "or", "below"], Direction::Down, false),
    (&["lower", "than"], Direction::Down, true),
    (&["less", "than"], Direction::Down, true),
    (&["below"], Direction::Down, true),
];

/// Ways to point at the level of the question.
const TITLE_LEVELS: [&[&str]; 4] = [
    &["the", "price", "specified", "in", "the", "title"],
    &["the", "price", "specified", "in", "the", "question"],
    &["the", "listed", "price"],
    &["the", "price", "in", "the", "title"],
];

/// The candles that the first sentence which leads to YES reads. `None` for any other grammar.
pub(crate) fn candles(rules: &[Item<'_>]) -> Option<Candles> {
    let candle = (0..rules.len()).find(|i| word(rules, *i, "candle") && word(rules, i + 1, "for"))?;
    let range = sentence_of(rules, candle);
    let (start, end) = (range.start, range.end);
    let sentence = &rules[..end];
    let yes = (start..candle).find(|i| words_at(sentence, *i, &["resolve", "to", "yes", "if"]))?;
    let opens = yes + 4;
    let any = word(sentence, opens, "any");
    if !any && !word(sentence, opens, "the") {
        return None;
    }
    // "Binance 1 minute candle": the length are the number and the word before "candle".
    let length = candle.checked_sub(2).filter(|at| *at > opens + 1)?;
    let (Item::Number(count), Item::Word(unit)) = (&sentence[length], &sentence[length + 1]) else { return None };
    let source: Vec<&str> =
        sentence[opens + 1..length].iter().map(|i| i.word().map(|t| t.text)).collect::<Option<_>>()?;
    let ends = ["on", "between", "during", "from", "in", "at", "has", "within"];
    let pair_end = (candle + 2..end).find(|i| {
        sentence[*i]
            .word()
            .is_none_or(|t| t.text.starts_with(|c: char| c.is_ascii_digit()) || ends.iter().any(|w| t.is(w)))
    })?;
    let pair = pair(sentence[candle + 2..pair_end].iter().filter_map(Item::word))?;
    let field_at = (pair_end..end).find(|i| words_at(sentence, *i, &["has", "a", "final"]))? + 3;
    let field = [("high", Field::High), ("low", Field::Low), ("close", Field::Close)]
        .into_iter()
        .find(|(name, _)| word(sentence, field_at, name))?
        .1;
    let level_at = field_at + 2;
    if !word(sentence, field_at + 1, "price") {
        return None;
    }
    let (direction, strict, level, to) = level(sentence, level_at)?;
    // Nothing but the end may follow: "… on two days" would be another condition.
    (to == end).then(|| Candles {
        source: source.join(" ").to_lowercase(),
        length: format!("{} {}", count.value, unit.text.to_lowercase()),
        pair,
        field,
        any,
        direction,
        strict,
        level,
        sentence: (start, end),
    })
}

fn level(sentence: &[Item<'_>], at: usize) -> Option<(Direction, bool, Option<Number>, usize)> {
    // "of $120,000.00 or higher"
    if word(sentence, at, "of")
        && let Some(Item::Number(n)) = sentence.get(at + 1)
    {
        let found = said(sentence, at + 1)?;
        return Some((found.comparator.direction, found.comparator.strict, Some(*n), at + 2 + found.after));
    }
    let (phrase, direction, strict) = COMPARISONS.iter().find(|(phrase, ..)| words_at(sentence, at, phrase))?;
    let at = at + phrase.len();
    if let Some(Item::Number(n)) = sentence.get(at) {
        return Some((*direction, *strict, Some(*n), at + 1));
    }
    let title = TITLE_LEVELS.iter().find(|title| words_at(sentence, at, title))?;
    Some((*direction, *strict, None, at + title.len()))
}

/// The traded pair among the words of an instrument: "Bitcoin (BTCUSDT)", "BTC/USDT" and "BTC-USDT" are one.
fn pair<'i, 't: 'i>(words: impl Iterator<Item = &'i Token<'t>>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for token in words {
        let plain = token.text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
        match all.last_mut() {
            Some(last) if token.dash => last.extend(plain),
            _ => all.push(plain.collect()),
        }
    }
    let traded = |w: &&String| ["usdt", "usdc", "usd"].iter().any(|q| w.len() > q.len() && w.ends_with(q));
    let mut named = all.iter().filter(traded);
    match (named.next(), named.next()) {
        (Some(one), None) => Some(one.clone()),
        (None, _) if !all.is_empty() => Some(all.join(" ")),
        _ => None,
    }
}

/// The sentence says that the days are those of the title.
pub(crate) fn days_of_the_title(sentence: &[Item<'_>]) -> bool {
    const WAYS: [&[&str]; 5] = [
        &["date", "specified", "in", "the", "title"],
        &["date", "range", "specified", "in", "the", "title"],
        &["month", "specified", "in", "the", "title"],
        &["date", "specified", "in", "the", "question"],
        &["dates", "specified", "in", "the", "title"],
    ];
    (0..sentence.len()).any(|i| WAYS.iter().any(|way| words_at(sentence, i, way)))
}

#[cfg(test)]
mod tests {
    use super::super::item::items;
    use super::*;

    fn asked(text: &str) -> Option<(Asked, String)> {
        let row = items(text);
        let found = of_question(&row)?;
        let name = row[found.name.0..found.name.1].iter().map(|i| &text[i.span().0..i.span().1]).collect::<Vec<_>>();
        Some((found.asked, name.join(" ")))
    }

    #[test]
    fn reads_the_venues_questions() {
        let (up, down) = (Asked::Touch(Direction::Up), Asked::Touch(Direction::Down));
        for (text, kind, name) in [
            ("Will Lorncoin reach $72,000 on March 22?", up, "Lorncoin"),
            ("Will Lorncoin dip to $68,000 March 16-22?", down, "Lorncoin"),
            ("Will Lorncoin reach $72,000 March 30-April 5?", up, "Lorncoin"),
            ("Will Lorncoin reach $150,000 in March?", up, "Lorncoin"),
            ("Will Lorn Oil (LO) hit (HIGH) $200 by end of March?", up, "Lorn Oil LO"),
            ("Will Lorn Index (LRN) hit 17400 (LOW) in March?", down, "Lorn Index LRN"),
            ("Will the price of Lorncoin be above $66,000 on March 22?", Asked::Close, "Lorncoin"),
            ("Will the price of Lorncoin be between $62,000 and $64,000 on March 22?", Asked::Close, "Lorncoin"),
            ("Will Lorn Works (LRN) close above $380 on March 23?", Asked::Close, "Lorn Works LRN"),
        ] {
            assert_eq!(asked(text), Some((kind, name.to_owned())), "{text}");
        }
    }

    #[test]
    fn leaves_everything_else_alone() {
        for text in [
            "Will Lorncoin hit $72,000 on March 22?",
            "Will Mara Voss hit 115 million views by March 31?",
            "Will the Lorn reach 1.8M Halden crowns by March 31?",
            "Will Lorncoin reach $72,000?",
            "Will Lorn Works (LRN) finish week of March 23 above $230?",
            "Will Lorncoin reach the final in March?",
            "Will the price of Lorncoin be above $66,000 by March 22?",
            "Lorncoin above 2,000 on March 22, 1PM ET?",
            "",
        ] {
            assert_eq!(asked(text), None, "{text}");
        }
    }

    #[test]
    fn reads_candles_and_nothing_else() {
        let read = |text: &str| candles(&items(text));
        let touch = read("This market will immediately resolve to \"Yes\" if any Halbourse 1-minute candle for LRN/USDT during the date range specified in the title has a final \"High\" price equal to or greater than the price specified in the title. Otherwise it resolves to \"No\".").unwrap();
        let close = read("This market will resolve to \"Yes\" if the Halbourse 1 minute candle for Lorncoin (LRNUSDT) 12:00 in the ET timezone (noon) on the date specified in the title has a final \"Close\" price higher than $72,000. Otherwise it resolves to \"No\".").unwrap();
        assert_eq!((&touch.source, &touch.length, &touch.pair), (&close.source, &close.length, &close.pair));
        assert_eq!((touch.any, touch.field, touch.strict, touch.level), (true, Field::High, false, None));
        assert_eq!((close.any, close.field, close.strict), (false, Field::Close, true));
        assert_eq!(close.level.unwrap().value, 72_000_000_000);
        let of = read("resolve to \"Yes\" if any Halbourse 1 minute candle for LRN-USD has a final \"Low\" price of $5.00 or lower.").unwrap();
        assert_eq!((of.direction, of.strict, of.pair.as_str()), (Direction::Down, false, "lrnusd"));
        for text in [
            "resolve to \"Yes\" if the official closing price for Lorn Works (LRN) is higher than the listed price.",
            "resolve to \"No\" if any Halbourse 1 minute candle for LRN/USDT has a final \"High\" price above $5.",
            "resolve to \"Yes\" if any Halbourse 1 minute candle for LRN/USDT has a final \"High\" price above $5 on two days.",
            "resolve to \"Yes\" if any Halbourse candle for LRN/USDT has a final \"High\" price above $5.",
            "resolve to \"Yes\" if any Halbourse 1 minute candle for LRN/USDT has a final \"High\" price not above $5.",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
