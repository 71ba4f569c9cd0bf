//! A text as a row of items: words, dates, numbers. Two texts of one template differ in their slots only.

use super::date::{self, DateFact, Role};
use super::number::{self, Number};
use super::token::{Token, tokens};
use std::hash::{DefaultHasher, Hash, Hasher};

/// One item of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item<'t> {
    /// A word, compared without case.
    Word(Token<'t>),
    /// A number with its unit.
    Number(Number),
    /// A date with its role.
    Date(DateFact, u32),
}

impl<'t> Item<'t> {
    pub(crate) fn word(&self) -> Option<&Token<'t>> {
        match self {
            Self::Word(token) => Some(token),
            _ => None,
        }
    }

    pub(crate) fn sentence(&self) -> u32 {
        match self {
            Self::Word(token) => token.sentence,
            Self::Number(number) => number.sentence,
            Self::Date(_, sentence) => *sentence,
        }
    }

    pub(crate) fn span(&self) -> (usize, usize) {
        match self {
            Self::Word(token) => (token.start, token.end()),
            Self::Number(number) => (number.start, number.end),
            Self::Date(date, _) => (date.start, date.end),
        }
    }

    /// The same thing said: words without case, numbers and dates by value and role.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Word(a), Self::Word(b)) => a.is(b.text),
            (Self::Number(a), Self::Number(b)) => a.same(b),
            (Self::Date(a, _), Self::Date(b, _)) => a.when == b.when && a.role == b.role,
            _ => false,
        }
    }
}

/// Reads a text into items.
pub(crate) fn items(text: &str) -> Vec<Item<'_>> {
    let tokens = tokens(text);
    let mut out: Vec<Item<'_>> = Vec::with_capacity(tokens.len());
    let mut i = 0;
    while i < tokens.len() {
        let before = i.checked_sub(1).map(|k| &tokens[k]);
        if let Some((when, len)) = date::parse(&tokens, i, before) {
            let (role, words) = date::role(&out);
            let start = if words > 0 { out[out.len() - words].span().0 } else { tokens[i].start };
            out.truncate(out.len() - words);
            let end = tokens[i + len - 1].end();
            out.push(Item::Date(DateFact { when, role, start, end }, tokens[i].sentence));
            i += len;
        } else if let Some((number, prefix, len)) = number::parse(&tokens, i) {
            // Currency and comparison signs in front were read as words a moment ago: they are part of the number.
            out.truncate(out.len() - prefix);
            out.push(Item::Number(number));
            i += len;
        } else {
            out.push(Item::Word(tokens[i]));
            i += 1;
        }
    }
    out
}

/// Which slots a template leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    Dates,
    Numbers,
}

/// A hash of the text with the values of its open slots left out. Equal templates have equal hashes; the rules check
/// again, so a collision costs time and proves nothing.
pub(crate) fn template_hash(items: &[Item<'_>], open: Open) -> u64 {
    let mut hash = DefaultHasher::new();
    for item in items {
        match item {
            Item::Word(token) => {
                for c in token.text.chars() {
                    c.to_ascii_lowercase().hash(&mut hash);
                }
                0_u8.hash(&mut hash);
            }
            Item::Number(number) => {
                1_u8.hash(&mut hash);
                number.unit.hash(&mut hash);
                if open != Open::Numbers {
                    number.value.hash(&mut hash);
                }
            }
            Item::Date(date, _) => {
                2_u8.hash(&mut hash);
                date.role.hash(&mut hash);
                if open != Open::Dates {
                    date.when.hash(&mut hash);
                }
            }
        }
    }
    hash.finish()
}

/// The template as people read it: `Will X happen by <date>`.
pub(crate) fn template_text(text: &str, items: &[Item<'_>]) -> String {
    let mut out = String::with_capacity(text.len());
    for item in items {
        if !out.is_empty() {
            out.push(' ');
        }
        match item {
            Item::Word(token) => out.push_str(token.text),
            Item::Number(_) => out.push_str("<number>"),
            Item::Date(date, _) => out.push_str(match date.role {
                Role::By => "by <date>",
                Role::ByEndOf => "by end of <date>",
                Role::Before => "before <date>",
                Role::In => "in <date>",
                Role::On => "on <date>",
                Role::WeekOf => "week of <date>",
                Role::Until => "until <date>",
                Role::And => "and <date>",
                Role::From => "from <date>",
                Role::Bare => "<date>",
            }),
        }
    }
    out
}

/// Two texts laid beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alignment {
    /// Positions at which a number differs.
    pub(crate) numbers: Vec<usize>,
    /// Positions at which a date differs.
    pub(crate) dates: Vec<usize>,
}

/// Lays two texts beside each other.
///
/// # Errors
/// The position of the first item that differs and is no slot, or whose slot is of another kind, unit or role.
pub(crate) fn align(a: &[Item<'_>], b: &[Item<'_>]) -> Result<Alignment, usize> {
    let mut out = Alignment { numbers: Vec::new(), dates: Vec::new() };
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        if x.same(y) {
            continue;
        }
        match (x, y) {
            (Item::Number(n), Item::Number(m)) if n.unit == m.unit && n.sign == m.sign => out.numbers.push(i),
            (Item::Date(d, _), Item::Date(e, _)) if d.role == e.role => out.dates.push(i),
            _ => return Err(i),
        }
    }
    if a.len() == b.len() { Ok(out) } else { Err(a.len().min(b.len())) }
}
