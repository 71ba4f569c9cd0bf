//! Dates as the venue's questions and rule texts write them, with what the words around them make of them.

use super::item::Item;
use super::token::Token;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the words name. A year that is not written is `None`: it is never guessed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// "June 30", "June 30, 2026", "2026-06-30".
    Day {
        /// Year, where written.
        year: Option<i32>,
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// "June", "June 2026".
    Month {
        /// Year, where written.
        year: Option<i32>,
        /// 1 to 12.
        month: u8,
    },
    /// "2026".
    Year(i32),
    /// "March 30-April 5".
    Days {
        /// Year, where written.
        year: Option<i32>,
        /// Month and day of the first day.
        from: (u8, u8),
        /// Month and day of the last day.
        to: (u8, u8),
    },
    /// "2025–26": a season that starts in one year and ends in the next; the year it ends in.
    Season(i32),
}

/// What the words before a date make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// "by D": cumulative.
    By,
    /// "by end of D", "by the end of D": cumulative.
    ByEndOf,
    /// "before D": cumulative.
    Before,
    /// "in D", "during D": a window.
    In,
    /// "on D": one day.
    On,
    /// "week of D": a window.
    WeekOf,
    /// "until D", "through D".
    Until,
    /// "between … and D": the end of a window whose start stands before.
    And,
    /// "between D …", "from D", "after D", "since D": the start of a window.
    From,
    /// Nothing of the kind.
    Bare,
}

/// A date in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateFact {
    /// What is named.
    pub when: When,
    /// What the words before make of it.
    pub role: Role,
    /// First byte, the preposition included.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// The last instant of a cumulative question, as a calendar day; `None` year where the text does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Deadline {
    /// Year, where known.
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(f, "????-{:02}-{:02}", self.month, self.day),
        }
    }
}

/// Days of a month; February counts 29 so that no written date is refused.
const fn month_days(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The last day of a month in a year; without a year February ends on the 28th.
fn month_end(year: Option<i32>, month: u8) -> u8 {
    let leap = year.is_some_and(|y| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    if month == 2 && !leap { 28 } else { month_days(month) }
}

impl DateFact {
    /// True for the wordings under which a later date can only add ways to resolve YES.
    #[must_use]
    pub const fn is_cumulative(&self) -> bool {
        matches!(self.role, Role::By | Role::ByEndOf | Role::Before)
    }

    /// The deadline a cumulative wording sets. `None` for windows and for wordings whose day is unclear ("by June").
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        let at = |year, month, day| Some(Deadline { year, month, day });
        match (self.role, self.when) {
            (Role::By | Role::ByEndOf | Role::Before, When::Day { year, month, day }) => at(year, month, day),
            (Role::ByEndOf, When::Month { year, month }) => at(year, month, month_end(year, month)),
            (Role::ByEndOf, When::Year(year)) => at(Some(year), 12, 31),
            (Role::Before, When::Month { year, month }) => at(year, month, 1),
            (Role::Before, When::Year(year)) => at(Some(year), 1, 1),
            _ => None,
        }
    }
}

const MONTHS: [(&str, &str); 12] = [
    ("January", "Jan"),
    ("February", "Feb"),
    ("March", "Mar"),
    ("April", "Apr"),
    ("May", "May"),
    ("June", "Jun"),
    ("July", "Jul"),
    ("August", "Aug"),
    ("September", "Sep"),
    ("October", "Oct"),
    ("November", "Nov"),
    ("December", "Dec"),
];

/// Years accepted as such; other four-digit numbers are numbers.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// The month a capitalised token names. "may" and "march" in lower case are verbs.
fn month(token: &Token<'_>) -> Option<u8> {
    let text = token.text;
    if !text.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let at = MONTHS
        .iter()
        .position(|(long, short)| token.is(long) || token.is(short) || *short == "Sep" && token.is("Sept"))?;
    u8::try_from(at + 1).ok()
}

fn digits(token: &Token<'_>) -> Option<i32> {
    let ok = (1..=4).contains(&token.text.len()) && token.text.bytes().all(|b| b.is_ascii_digit());
    ok.then(|| token.text.parse().ok()).flatten()
}

fn day(token: &Token<'_>, month: u8) -> Option<u8> {
    let text = token.text;
    let bare = ["st", "nd", "rd", "th"].iter().find_map(|s| text.strip_suffix(s)).unwrap_or(text);
    let day: u8 = (bare.len() <= 2).then(|| bare.parse().ok()).flatten()?;
    (1..=month_days(month)).contains(&day).then_some(day)
}

fn year(token: &Token<'_>) -> Option<i32> {
    (token.text.len() == 4).then(|| digits(token)).flatten().filter(|y| YEARS.contains(y))
}

/// A date that starts at `tokens[i]`, and how many tokens it takes. `before` is the word in front.
pub(crate) fn parse(tokens: &[Token<'_>], i: usize, before: Option<&Token<'_>>) -> Option<(When, usize)> {
    let at = |k: usize| tokens.get(i + k);
    let first = at(0)?;
    if let Some(y) = year(first) {
        return parse_from_year(y, at(1), at(2), before, at(1).is_some_and(|t| t.is("%")));
    }
    let month_1 = month(first)?;
    let Some(day_1) = at(1).filter(|t| !t.dash).and_then(|t| day(t, month_1)) else {
        if let Some(y) = at(1).filter(|t| !t.dash).and_then(year) {
            return Some((When::Month { year: Some(y), month: month_1 }, 2));
        }
        let named = before.is_some_and(|t| ["in", "by", "before", "of", "during", "end"].iter().any(|w| t.is(w)));
        return named.then_some((When::Month { year: None, month: month_1 }, 1));
    };
    let with_year = |k: usize| match at(k).filter(|t| !t.dash).and_then(year) {
        Some(y) => (Some(y), k + 1),
        None => (None, k),
    };
    if let Some(next) = at(2).filter(|t| t.dash) {
        if let Some(day_2) = day(next, month_1) {
            let (year, len) = with_year(3);
            return Some((When::Days { year, from: (month_1, day_1), to: (month_1, day_2) }, len));
        }
        if let Some(month_2) = month(next)
            && let Some(day_2) = at(3).and_then(|t| day(t, month_2))
        {
            let (year, len) = with_year(4);
            return Some((When::Days { year, from: (month_1, day_1), to: (month_2, day_2) }, len));
        }
    }
    let (year, len) = with_year(2);
    Some((When::Day { year, month: month_1, day: day_1 }, len))
}

/// "2026", "2026-04-12", "2025–26", "2025–2026".
fn parse_from_year(
    y: i32,
    second: Option<&Token<'_>>,
    third: Option<&Token<'_>>,
    before: Option<&Token<'_>>,
    percent: bool,
) -> Option<(When, usize)> {
    if percent || before.is_some_and(|t| ["$", "€", "£", "#", ">", "<", "≥", "≤"].contains(&t.text)) {
        return None;
    }
    if let Some(next) = second.filter(|t| t.dash) {
        let value = digits(next)?;
        if next.text.len() == 2
            && let Some(last) = third.filter(|t| t.dash && t.text.len() == 2)
            && let (Ok(month @ 1..=12), Some(d)) = (u8::try_from(value), digits(last))
        {
            let day = u8::try_from(d).ok().filter(|d| (1..=month_days(month)).contains(d))?;
            return Some((When::Day { year: Some(y), month, day }, 3));
        }
        let end = if next.text.len() == 2 { y / 100 * 100 + value } else { value };
        return (end == y + 1).then_some((When::Season(end), 2));
    }
    Some((When::Year(y), 1))
}

/// The role the words at the end of `items` give a date, and how many of them belong to it.
pub(crate) fn role(items: &[Item<'_>]) -> (Role, usize) {
    let word = |back: usize, text: &str| {
        items.len().checked_sub(back).and_then(|i| items[i].word()).is_some_and(|t| t.is(text))
    };
    if word(1, "of") && word(2, "end") {
        let the = usize::from(word(3, "the"));
        if word(3 + the, "by") {
            return (Role::ByEndOf, 3 + the);
        }
    }
    if word(1, "of") && word(2, "week") {
        return (Role::WeekOf, 2);
    }
    let simple = [
        ("by", Role::By),
        ("before", Role::Before),
        ("in", Role::In),
        ("during", Role::In),
        ("on", Role::On),
        ("until", Role::Until),
        ("through", Role::Until),
        ("and", Role::And),
        ("between", Role::From),
        ("from", Role::From),
        ("after", Role::From),
        ("since", Role::From),
    ];
    simple.iter().find(|(text, _)| word(1, text)).map_or((Role::Bare, 0), |(_, role)| (*role, 1))
}
