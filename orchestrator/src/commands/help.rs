//! Help and usage cards, made from the table.

use super::parse::{ParseContext, distinct};
use super::spec::{Arg, Group, Row, Who};
use super::table::TABLE;
use super::usage::{UsageError, UsageKind};
use super::value::echo;
use crate::card::Card;

/// Said under every help card.
const FOOTER: &str = "PAPER: no real orders are possible · <must be given> [may be left out]";

/// The rows a help topic names, as far as this person may see them: a group's key, a command, a command and its
/// subcommand, or an alias. `None` when there are none.
#[must_use]
pub fn topic_rows(topic: &str, ctx: ParseContext) -> Option<Vec<&'static Row>> {
    let topic = topic.trim().trim_start_matches('!').to_lowercase();
    let (name, sub) = match topic.split_once(char::is_whitespace) {
        Some((name, sub)) => (name, Some(sub.trim())),
        None => (topic.as_str(), None),
    };
    let rows = |wanted: &dyn Fn(&Row) -> bool| -> Vec<&'static Row> {
        TABLE.iter().filter(|row| ctx.may(row.who) && wanted(row)).collect()
    };
    let mut found = Vec::new();
    if sub.is_none() {
        found = rows(&|row| row.group.key() == name);
    }
    if found.is_empty() {
        let of_name = |row: &Row| row.name == name || row.aliases.contains(&name);
        found = match sub {
            Some(sub) => {
                let name = TABLE.iter().find(|row| of_name(row)).map_or(name, |row| row.name);
                rows(&|row| row.name == name && (row.sub == Some(sub) || row.sub_form().as_deref() == Some(sub)))
            }
            None => {
                let named = rows(&|row| row.name == name);
                if named.is_empty() { rows(&|row| row.aliases.contains(&name)) } else { named }
            }
        };
    }
    (!found.is_empty()).then_some(found)
}

/// Help: all commands by group, a group, or one command in full. Commands a person may not use are not listed.
#[must_use]
pub fn help_card(topic: Option<&str>, ctx: ParseContext) -> Card {
    let Some(topic) = topic else { return overview(ctx) };
    match topic_rows(topic, ctx).as_deref() {
        Some([row]) => details(row),
        Some(rows) => list(rows),
        None => Card::refused("Help", format!("There is no help on `{}`.", echo(topic))).hint("!help"),
    }
}

fn overview(ctx: ParseContext) -> Card {
    let mut card = Card::new("Betty's commands").text(
        "Commands begin with `!`. `!betty` takes plain words. `!help <command>` shows one in full, `!help <group>` a group.",
    );
    for group in Group::ALL {
        let rows: Vec<&Row> = TABLE.iter().filter(|r| r.group == group && ctx.may(r.who)).collect();
        if rows.is_empty() {
            continue;
        }
        let mut lines = Vec::new();
        for name in distinct(rows.iter().map(|r| r.name)) {
            let of_name: Vec<&&Row> = rows.iter().filter(|r| r.name == name).collect();
            lines.push(match of_name[..] {
                // The overview has the first words alone: a field of an embed is short.
                [row] if row.sub.is_none() => {
                    let first = row.help.split([';', ':', ',']).next().unwrap_or_default();
                    format!("`{}` {first}", row.usage())
                }
                _ => format!("`!{name}` {}", distinct(of_name.iter().filter_map(|r| r.sub)).join(" · ")),
            });
        }
        card = card.field(format!("{} (!help {})", group.title(), group.key()), lines.join("\n"));
    }
    card.hint("!hedge_scan").hint("!help paper").footer(FOOTER)
}

fn list(rows: &[&Row]) -> Card {
    let first = rows[0];
    let one_command = rows.iter().all(|r| r.name == first.name);
    let title = if one_command { format!("Help: !{}", first.name) } else { format!("Help: {}", first.group.title()) };
    let mut card = Card::new(title);
    for row in rows {
        card = card.field(format!("`{}`", row.usage()), format!("{}\nexample: `{}`", row.help, row.example));
    }
    card.hint(format!("!help {}", first.title().trim_start_matches('!'))).footer(FOOTER)
}

fn details(row: &Row) -> Card {
    let mut card = Card::new(format!("Help: {}", row.title()))
        .text(format!("{}.", row.help))
        .field("usage", format!("`{}`", row.usage()));
    for arg in row.args {
        card = card.field(arg.name, describe(arg));
    }
    card = card.field("example", format!("`{}`", row.example));
    if !row.aliases.is_empty() {
        card = card.field("also", row.aliases.iter().map(|a| format!("`!{a}`")).collect::<Vec<_>>().join(" "));
    }
    if row.cooldown_s > 0 {
        card = card.field("wait", format!("{} s between two uses", row.cooldown_s));
    }
    let who = match row.who {
        Who::Everyone => "everyone",
        Who::Admin => "admins, in the admin channel",
        Who::Console => "the console only",
    };
    card.field("who", who).footer(FOOTER)
}

fn describe(arg: &Arg) -> String {
    let need = match (arg.required, arg.default) {
        (true, _) => "required".to_owned(),
        (false, Some(default)) => format!("default {default}"),
        (false, None) => "optional".to_owned(),
    };
    format!("{} ({}; {need})", arg.help, arg.kind.describe())
}

/// A usage error as people see it: what was wrong, the usage line, one example.
#[must_use]
pub fn usage_card(error: &UsageError) -> Card {
    let mut sentence: String = error.what.clone();
    if let Some(first) = sentence.get(..1) {
        let upper = first.to_uppercase();
        sentence.replace_range(..1, &upper);
    }
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    let title = match error.kind {
        UsageKind::Empty => "Nothing to do",
        UsageKind::TooLong => "Too long",
        UsageKind::Unknown => "No such command",
        UsageKind::NotAllowed => "Not allowed here",
        UsageKind::Argument => "That does not fit",
    };
    let mut card = Card::refused(title, sentence);
    if let Some(row) = error.row {
        card = card.field("usage", format!("`{}`", row.usage())).field("example", format!("`{}`", row.example));
        card = card.hint(format!("!help {}", row.title().trim_start_matches('!')));
    }
    card
}

/// The answer to `!hedge_dashboard`.
#[must_use]
pub fn dashboard_card() -> Card {
    Card::refused("No dashboard", "This version has no dashboard. `!status`, `!hedge_status` and `!paper_trade portfolio` show the same numbers here.")
        .hint("!status")
        .hint("!hedge_status")
        .hint("!paper_trade portfolio")
}
