//! A line into a [`Command`]. Pure: the same line and the same rights give the same command, and no line panics.

use super::command::{Command, Values, build};
use super::route::words::after_mentions;
use super::route::{Routed, route};
use super::spec::{Arg, Group, Id, Kind, Row, Who};
use super::table::TABLE;
use super::token::{Token, tokens};
use super::usage::{UsageError, UsageKind};
use super::value::{Value, echo, looks_numeric};
use crate::clean::clean;
use betty_market::Usdc;

/// Longest line read, in characters: the longest message Discord lets anyone send.
pub const LINE_CHARS_MAX: usize = 4_000;

/// What the door established about the one who typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ParseContext {
    /// May use admin commands.
    pub admin: bool,
    /// Sits at the local console.
    pub console: bool,
}

impl ParseContext {
    /// Whether a command is for this person at this door.
    #[must_use]
    pub const fn may(self, who: Who) -> bool {
        match who {
            Who::Everyone => true,
            Who::Admin => self.admin,
            Who::Console => self.console,
        }
    }
}

/// Reads a line.
///
/// A line with `!` is a command or an error. A line without is a command when its first word names one and the rest
/// fits; otherwise it is plain words for Betty ([`Command::Free`]).
///
/// # Errors
/// [`UsageError`]: what was wrong, the command that was meant.
pub fn parse(line: &str, ctx: &ParseContext) -> Result<Command, UsageError> {
    let line = clean(line);
    let line = after_mentions(line.trim());
    if line.is_empty() || line == "!" {
        return Err(UsageError::new(UsageKind::Empty, "nothing was typed; `!help` lists every command"));
    }
    if line.chars().count() > LINE_CHARS_MAX {
        let what = format!("the line is longer than {LINE_CHARS_MAX} characters; say it shorter");
        return Err(UsageError::new(UsageKind::TooLong, what));
    }
    match line.strip_prefix('!') {
        Some(command) => explicit(command.trim_start(), *ctx),
        None => bare(line, *ctx),
    }
}

/// The row a line uses, for cooldowns and the log. Plain words use the row of `!betty`; `None` for unknown commands.
#[must_use]
pub fn row_of(line: &str) -> Option<&'static Row> {
    let line = clean(line);
    let line = after_mentions(line.trim());
    let Some(command) = line.strip_prefix('!') else {
        let free = matches!(parse(line, &ParseContext { admin: true, console: true }), Ok(Command::Free(_)));
        return if free { TABLE.iter().find(|row| row.id == Id::Betty) } else { row_at(line) };
    };
    row_at(command.trim_start())
}

fn row_at(line: &str) -> Option<&'static Row> {
    let (rows, rest) = find(line).ok()?;
    pick(&rows, &tokens(rest).unwrap_or_default())
}

fn bare(line: &str, ctx: ParseContext) -> Result<Command, UsageError> {
    let free = || Command::Free(line.to_owned());
    let Ok((rows, rest)) = find(line) else { return Ok(free()) };
    if !rows.iter().any(|row| ctx.may(row.who)) && !rest.is_empty() {
        return Ok(free());
    }
    let routed = || !matches!(route(line), Routed::Ask { .. });
    // "code review of my bot" begins with a command's name and is none: where a row takes any text, the grammar goes first.
    if rows.iter().any(|row| row.args.iter().any(|a| a.kind == Kind::Rest)) && routed() {
        return Ok(free());
    }
    match explicit(line, ctx) {
        Err(_) if routed() => Ok(free()),
        result => result,
    }
}

fn explicit(line: &str, ctx: ParseContext) -> Result<Command, UsageError> {
    let (rows, rest) = find(line).map_err(|unknown| unknown.sentence(ctx))?;
    if let Some(row) = rows.iter().find(|row| !ctx.may(row.who)) {
        let what = match row.who {
            Who::Console => format!("`!{}` works at the console only", row.name),
            _ => format!("`!{}` is for admins in the admin channel", row.name),
        };
        return Err(UsageError::new(UsageKind::NotAllowed, what));
    }
    if let [row] = rows[..]
        && row.takes_line()
    {
        return whole_line(row, rest);
    }
    let words = tokens(rest).map_err(|e| match rows.first() {
        Some(row) => UsageError::argument(row, e.to_string()),
        None => UsageError::new(UsageKind::Argument, e.to_string()),
    })?;
    match pick(&rows, &words) {
        Some(row) => fill(row, rest, words, ctx),
        None => Err(UsageError::new(UsageKind::Unknown, "`!help` lists every command")),
    }
}

/// Rows whose only argument is text take it as it stands, quotes and `=` included.
fn whole_line(row: &'static Row, rest: &str) -> Result<Command, UsageError> {
    let value = Kind::Rest.read(rest);
    if value.is_none() {
        return Err(missing(row, &row.args[0]));
    }
    finish(row, vec![value])
}

/// Commands that people will look for and that this version does not have: `name` or `name sub`.
const NOT_YET: &[&str] =
    &["memory", "knowledge", "spend", "task retry", "inspect tail", "inspect dead", "inspect replay"];

/// A name that is in no row.
struct Unknown {
    name: String,
    /// Set when the command exists and its second word does not.
    sub: Option<String>,
}

impl Unknown {
    fn sentence(self, ctx: ParseContext) -> UsageError {
        let whole = self.sub.as_ref().map_or_else(|| self.name.clone(), |sub| format!("{} {sub}", self.name));
        if NOT_YET.contains(&whole.as_str()) || NOT_YET.contains(&self.name.as_str()) {
            let what = format!("`!{whole}` is not in this version; `!help` lists what is");
            return UsageError::new(UsageKind::Unknown, what);
        }
        let visible = || TABLE.iter().filter(move |row| ctx.may(row.who));
        if let Some(first) = visible().find(|row| row.name == self.name) {
            let subs: Vec<&str> = distinct(visible().filter(|r| r.name == self.name).filter_map(|r| r.sub));
            let what = match &self.sub {
                Some(sub) => {
                    let near = nearest(sub, subs.iter().copied())
                        .map(|n| format!("; the nearest is `!{} {n}`", first.name))
                        .unwrap_or_default();
                    format!("`!{}` has no `{}`{near}; it takes {}", first.name, echo(sub), subs.join(", "))
                }
                None => format!("`!{}` needs one of {}", first.name, subs.join(", ")),
            };
            // The first row stands for the command; its usage line shows the shape.
            return UsageError::argument(first, what);
        }
        let names = visible().flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
        let near = nearest(&self.name, names).map(|n| format!("the nearest is `!{n}`, and ")).unwrap_or_default();
        let what = format!("there is no `!{}`; {near}`!help` lists every command", echo(&self.name));
        UsageError::new(UsageKind::Unknown, what)
    }
}

/// The existing word most like a typed one; `None` when none is near.
pub(crate) fn nearest<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Jaro-Winkler similarity below which a suggestion is a guess.
    const LIKE_MIN: f64 = 0.78;
    let typed = typed.to_lowercase();
    words
        .map(|word| (strsim::jaro_winkler(&typed, word), word))
        .filter(|(like, _)| *like >= LIKE_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.len().cmp(&a.1.len())))
        .map(|(_, word)| word)
}

pub(crate) fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut out = Vec::new();
    for word in words {
        if !out.contains(&word) {
            out.push(word);
        }
    }
    out
}

fn split_word(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

/// The rows a line can mean by its first words (more than one where a subcommand has forms), and what follows them.
fn find(line: &str) -> Result<(Vec<&'static Row>, &str), Unknown> {
    let (word, rest) = split_word(line);
    let word = word.to_lowercase();
    let unknown = |sub: Option<&str>| Unknown { name: word.clone(), sub: sub.map(str::to_owned) };
    let alias = TABLE.iter().find(|row| row.aliases.contains(&word.as_str()));
    let name = match alias {
        Some(row) => row.name,
        None => TABLE.iter().find(|row| row.name == word).map(|row| row.name).ok_or_else(|| unknown(None))?,
    };
    let named: Vec<&'static Row> = TABLE.iter().filter(|row| row.name == name).collect();
    if named.iter().all(|row| row.sub.is_none()) {
        return Ok((named, rest));
    }
    let (sub, after) = split_word(rest);
    let lower = sub.to_lowercase();
    let mut rows: Vec<_> =
        named.iter().copied().filter(|r| r.form.is_some() && r.sub_form().as_deref() == Some(&lower)).collect();
    if rows.is_empty() {
        rows = named.iter().copied().filter(|r| r.sub == Some(&lower)).collect();
    }
    match (rows.is_empty(), alias) {
        (false, _) => Ok((rows, after)),
        (true, Some(row)) => Ok((named.into_iter().filter(|r| r.sub == row.sub).collect(), rest)),
        (true, None) => Err(unknown((!sub.is_empty()).then_some(sub))),
    }
}

/// Chooses between the forms of one subcommand by the shape of the arguments: `open 1 HIGH` has a word where
/// `open 553857 0.62 561234 …` has a price.
fn pick(rows: &[&'static Row], words: &[Token]) -> Option<&'static Row> {
    let (plain, formed) = (rows.iter().find(|r| r.form.is_none()), rows.iter().find(|r| r.form.is_some()));
    let (Some(plain), Some(formed)) = (plain, formed) else { return rows.first().copied() };
    let own_key = |token: &Token| {
        let has = |row: &Row| row.args.iter().any(|a| Some(a.name) == token.key.as_deref());
        has(formed) && !has(plain)
    };
    let positional: Vec<&Token> = words.iter().filter(|t| t.key.is_none()).collect();
    let priced = positional.len() >= 3 && !positional[1].quoted && looks_numeric(&positional[1].text);
    Some(if priced || words.iter().any(own_key) { formed } else { plain })
}

/// Puts the words into the row's places: keys first, then in order. An optional argument steps aside for a word it
/// cannot take when a later one can, so `!hedge_scan bitcoin` and `!paper_trade open 1 $50` mean what they say.
fn fill(row: &'static Row, rest: &str, words: Vec<Token>, ctx: ParseContext) -> Result<Command, UsageError> {
    let mut values: Vec<Option<Value>> = vec![None; row.args.len()];
    let mut plain = Vec::new();
    let has_rest = row.args.iter().any(|a| a.kind == Kind::Rest);
    for token in words {
        let place = token.key.as_ref().and_then(|key| row.args.iter().position(|a| a.name == key));
        match (place, &token.key) {
            (Some(i), _) if values[i].is_some() => {
                return Err(UsageError::argument(row, format!("`{}` is given twice", row.args[i].name)));
            }
            (Some(i), _) => values[i] = Some(read(row, &row.args[i], &token)?),
            (None, Some(key)) if !has_rest => {
                let names: Vec<_> = row.args.iter().map(|a| a.name).collect();
                let takes = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
                let what = format!("`{}` takes no `{}`; it takes {takes}", row.title(), echo(key));
                return Err(UsageError::argument(row, what));
            }
            (None, _) => plain.push(token),
        }
    }
    let mut plain = plain.into_iter().peekable();
    for (i, arg) in row.args.iter().enumerate() {
        if values[i].is_some() {
            continue;
        }
        let Some(token) = plain.peek() else { break };
        if arg.kind == Kind::Rest {
            let left: Vec<Token> = plain.by_ref().collect();
            values[i] = Kind::Rest.read(&joined(rest, &left));
            break;
        }
        if arg.kind == Kind::Topic {
            let topic: Vec<String> = plain.by_ref().map(|t| t.text).collect();
            values[i] = Some(topic_value(row, &topic.join(" "), ctx)?);
            break;
        }
        // A word `name=value` whose name is no argument is text, not the value of whatever comes next.
        if token.key.is_some() && !arg.required {
            continue;
        }
        match read(row, arg, token) {
            Ok(value) => {
                values[i] = Some(value);
                plain.next();
            }
            Err(e) if arg.required => return Err(e),
            Err(e) => {
                let later = row.args[i + 1..].iter().zip(&values[i + 1..]);
                let fits = later.clone().any(|(a, v)| v.is_none() && takes(a, token));
                if !fits {
                    return Err(e);
                }
            }
        }
    }
    if let Some(extra) = plain.next() {
        let what = match row.args.len() {
            0 => format!("`{}` takes no arguments, but `{}` follows", row.title(), echo(&extra.text)),
            _ => format!("`{}` is one argument too many", echo(&extra.text)),
        };
        return Err(UsageError::argument(row, what));
    }
    for (arg, value) in row.args.iter().zip(&mut values) {
        if value.is_none() {
            *value = arg.default.and_then(|text| arg.kind.read(text));
        }
        if value.is_none() && arg.required {
            return Err(missing(row, arg));
        }
    }
    finish(row, values)
}

fn finish(row: &'static Row, values: Vec<Option<Value>>) -> Result<Command, UsageError> {
    build(row, &Values { args: row.args, values }).ok_or_else(|| {
        // The only rows whose arguments depend on each other are those with two typed prices.
        UsageError::argument(row, "give both prices or none")
    })
}

fn missing(row: &'static Row, arg: &Arg) -> UsageError {
    UsageError::argument(row, format!("`{}` is missing: {}", arg.name, arg.help))
}

/// Whether a later argument would take a word. A number that is out of range is no text: it is an error of the number.
fn takes(arg: &Arg, token: &Token) -> bool {
    match arg.kind {
        Kind::Rest => token.quoted || token.text.parse::<Usdc>().is_err(),
        kind => (!token.quoted || kind.takes_quoted()) && kind.read(&token.text).is_some(),
    }
}

fn read(row: &'static Row, arg: &Arg, token: &Token) -> Result<Value, UsageError> {
    // A key says which argument is meant, so there quoting does not.
    let may = !token.quoted || arg.kind.takes_quoted() || token.key.is_some();
    may.then(|| arg.kind.read(&token.text)).flatten().ok_or_else(|| {
        let what = format!("`{}` is not a valid {}: it must be {}", echo(&token.text), arg.name, arg.kind.describe());
        UsageError::argument(row, what)
    })
}

fn topic_value(row: &'static Row, topic: &str, ctx: ParseContext) -> Result<Value, UsageError> {
    let value = Kind::Topic.read(topic);
    match &value {
        Some(Value::Text(t)) if super::help::topic_rows(t, ctx).is_some() => {}
        _ => {
            let names = TABLE.iter().filter(|r| ctx.may(r.who)).map(|r| r.name);
            let near = nearest(topic.trim_start_matches('!'), names.chain(Group::ALL.iter().map(|g| g.key())));
            let near = near.map(|n| format!("; the nearest is `!help {n}`")).unwrap_or_default();
            return Err(UsageError::argument(row, format!("there is no help on `{}`{near}", echo(topic))));
        }
    }
    value.ok_or_else(|| missing(row, &row.args[0]))
}

/// The text of the remaining words: as typed when nothing was taken out between them.
fn joined(rest: &str, left: &[Token]) -> String {
    match left {
        [only] if only.quoted && only.key.is_none() => only.text.clone(),
        [first, .., last] if rest[first.end..last.start].split_whitespace().count() + 2 == left.len() => {
            rest[first.start..last.end].to_owned()
        }
        _ => left.iter().map(|t| &rest[t.start..t.end]).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_later_versions_say_so_and_none_of_them_exists() {
        let ctx = ParseContext { admin: true, console: true };
        for name in NOT_YET {
            for line in [format!("!{name}"), format!("!{name} 3")] {
                let error = parse(&line, &ctx).expect_err(name);
                assert!(error.what.contains("not in this version"), "{line}: {}", error.what);
            }
        }
    }
}
