//! Registration data for slash commands, made from the table, and a slash command back into a line.

use super::spec::{Arg, Kind, Row, Who};
use super::table::TABLE;
use super::token::quote;
use super::value::{SETTINGS_CHARS_MAX, WORD_CHARS_MAX};

/// A slash command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashCommand {
    /// 1 to 32 of `a-z 0-9 _ -`.
    pub name: &'static str,
    /// At most 100 characters.
    pub description: String,
    /// Whether to hide it from members who are no administrators. Only a courtesy: rights are checked when it runs.
    pub admin: bool,
    /// Its options; empty when it has subcommands.
    pub options: Vec<SlashOption>,
    /// Its subcommands.
    pub subs: Vec<SlashSub>,
}

/// A subcommand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashSub {
    /// As [`SlashCommand::name`].
    pub name: String,
    /// At most 100 characters.
    pub description: &'static str,
    /// Its options.
    pub options: Vec<SlashOption>,
}

/// An option. Required ones come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashOption {
    /// As [`SlashCommand::name`].
    pub name: &'static str,
    /// At most 100 characters.
    pub description: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Its type.
    pub kind: SlashKind,
}

/// The type of an option. Amounts, prices and shares of 100 are text, so that no float ever holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlashKind {
    /// A whole number.
    Integer {
        /// Least.
        min: i64,
        /// Most; `None` where only the store knows.
        max: Option<i64>,
    },
    /// Text of at most this many characters.
    Text {
        /// Most characters.
        max_chars: u16,
    },
    /// One of these.
    Choice(&'static [&'static str]),
}

/// Longest free text of a slash option, in characters.
pub const SLASH_TEXT_CHARS_MAX: u16 = 2_000;

/// All commands but those of the console.
#[must_use]
pub fn slash_commands() -> Vec<SlashCommand> {
    let mut out: Vec<SlashCommand> = Vec::new();
    for row in TABLE.iter().filter(|row| row.who != Who::Console) {
        let Some(sub) = row.sub_form() else {
            out.push(SlashCommand {
                name: row.name,
                description: row.help.to_owned(),
                admin: row.who == Who::Admin,
                options: options(row),
                subs: Vec::new(),
            });
            continue;
        };
        let sub = SlashSub { name: sub, description: row.help, options: options(row) };
        match out.iter_mut().find(|c| c.name == row.name) {
            Some(command) => command.subs.push(sub),
            None => out.push(SlashCommand {
                name: row.name,
                description: row.group.title().to_owned(),
                admin: row.who == Who::Admin,
                options: Vec::new(),
                subs: vec![sub],
            }),
        }
    }
    out
}

fn options(row: &Row) -> Vec<SlashOption> {
    let mut options: Vec<SlashOption> = row.args.iter().map(option).collect();
    options.sort_by_key(|o| !o.required);
    options
}

fn option(arg: &Arg) -> SlashOption {
    let kind = match arg.kind {
        Kind::Count { min, max } => SlashKind::Integer { min: i64::from(min), max: Some(i64::from(max)) },
        Kind::Hedge | Kind::Task | Kind::Position => SlashKind::Integer { min: 1, max: None },
        Kind::Choice(words) => SlashKind::Choice(words),
        Kind::Rest => SlashKind::Text { max_chars: SLASH_TEXT_CHARS_MAX },
        Kind::History | Kind::Settings => SlashKind::Text { max_chars: SETTINGS_CHARS_MAX as u16 },
        Kind::Market => SlashKind::Text { max_chars: betty_market::ids::ID_BYTES_MAX as u16 },
        Kind::Coverage
        | Kind::Edge
        | Kind::Price { .. }
        | Kind::Money
        | Kind::Tier
        | Kind::Name
        | Kind::Version
        | Kind::Topic
        | Kind::Date
        | Kind::Span
        | Kind::Run
        | Kind::Word => SlashKind::Text { max_chars: WORD_CHARS_MAX as u16 },
    };
    SlashOption { name: arg.name, description: arg.help, required: arg.required, kind }
}

/// A slash command as the line a person would have typed, for the same parser. Values are quoted, so nothing in one
/// can become another argument.
#[must_use]
pub fn slash_line(name: &str, sub: Option<&str>, options: &[(&str, String)]) -> String {
    let mut line = format!("!{name}");
    if let Some(sub) = sub {
        line.push(' ');
        line.push_str(sub);
    }
    let row = TABLE.iter().find(|row| row.name == name && row.sub_form().as_deref() == sub);
    for (key, value) in options {
        line.push(' ');
        if row.is_some_and(Row::takes_line) {
            line.push_str(value);
        } else {
            line.push_str(key);
            line.push('=');
            line.push_str(&quote(value));
        }
    }
    line
}
