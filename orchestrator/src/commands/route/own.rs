//! What Betty knows herself: hedges, markets, positions, strategies, tasks. Looking changes nothing.

use super::Routed;
use super::acts::enter;
use super::lexicon::{Noun, Verb, verb};
use super::said::{Said, ask, go};
use crate::commands::command::Command;
use crate::commands::parse::{ParseContext, parse};
use crate::commands::token::quote;
use crate::commands::value::echo;

fn argument(name: &str, value: Option<&String>) -> String {
    value.map(|v| format!(" {name}={}", quote(v))).unwrap_or_default()
}

pub(super) fn scan(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let hedges = p.noun == Some(Noun::Hedge) || p.later.contains(&Noun::Hedge) || !p.any && p.noun.is_none();
    if p.noun == Some(Noun::Code) {
        return said.review();
    }
    if !hedges && !matches!(p.noun, Some(Noun::Market | Noun::Scan)) {
        let query = p.query.clone().unwrap_or_else(|| {
            [p.unclear(), if p.which.is_empty() { String::new() } else { p.head.clone() }].join(" ")
        });
        let query = if query.trim().is_empty() { p.head.clone() } else { query };
        let query = quote(query.trim());
        return ask(
            "Scan for hedges, or browse markets?",
            vec![format!("!hedge_scan query={query}"), format!("!scan_markets query={query}")],
        );
    }
    if let Some(coverage) = &p.coverage {
        return ask(
            "A scan stores hedges of every coverage. List known ones at that coverage, or scan anew?",
            vec![format!("!find_hedges {coverage}"), "!hedge_scan".into()],
        );
    }
    if let Some(asked) = edge_or_number(said) {
        return asked;
    }
    if !p.clear() {
        return said.unclear(vec![format!("!hedge_scan query={}", quote(&p.unclear())), "!hedge_scan".into()]);
    }
    let command = if hedges || p.noun == Some(Noun::Scan) { "hedge_scan" } else { "scan_markets" };
    go(&format!("!{command}{}{}", argument("limit", p.limit.as_ref()), argument("query", p.query.as_ref())))
}

/// A net edge or a number without a unit, where no plain list takes it.
fn edge_or_number(said: &Said<'_>) -> Option<Routed> {
    let p = &said.phrase;
    if let Some(edge) = &p.edge {
        return Some(ask(
            "The monitor reports hedges by net edge. Is that it?",
            vec![format!("!hedge_monitor {edge}"), "!hedge_db".into()],
        ));
    }
    let number = p.bare.as_ref()?;
    let plain = number.trim_end_matches('%');
    let mut options = vec![format!("!find_hedges {number}")];
    if number.bytes().all(|b| b.is_ascii_digit()) {
        options.push(format!("!find_hedges limit={plain}"));
        options.push(format!("!hedge_scan {plain}"));
    } else {
        options.push(format!("!hedge_monitor {number}"));
    }
    options.retain(|o| parse(o, &ParseContext::default()).is_ok());
    options.push("!help hedge".into());
    Some(ask(format!("What is {} here: a coverage, a count or a net edge?", echo(number)), options))
}

pub(super) fn hedges(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    if let Some(id) = &p.id {
        let about =
            if p.later.contains(&Noun::Cost) || p.left.iter().any(|w| w == "cost") { "cost" } else { "hedge_why" };
        return go(&format!("!{about} {id}"));
    }
    if let Some(asked) = edge_or_number(said) {
        return asked;
    }
    if !p.clear() {
        return said.unclear(vec![
            format!("!hedge_scan query={}", quote(&p.unclear())),
            "!find_hedges".into(),
            "!hedge_db".into(),
        ]);
    }
    let limit = argument("limit", p.limit.as_ref());
    match (&p.query, &p.coverage) {
        (Some(query), None) => go(&format!("!hedge_scan{limit} query={}", quote(query))),
        (Some(query), Some(coverage)) => ask(
            "I can list known hedges at a coverage, or scan for words. Which?",
            vec![format!("!find_hedges {coverage}"), format!("!hedge_scan query={}", quote(query))],
        ),
        (None, Some(_)) => go(&format!("!find_hedges{}{limit}", argument("coverage", p.coverage.as_ref()))),
        (None, None) if matches!(said.verb_word, "find" | "search" | "look") => go(&format!("!find_hedges{limit}")),
        (None, None) => go(&format!("!hedge_db{limit}")),
    }
}

pub(super) fn monitor(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    if !p.clear() || p.coverage.is_some() || p.query.is_some() {
        return said.unclear(vec!["!hedge_monitor".into(), "!find_hedges".into()]);
    }
    go(&format!("!hedge_monitor{}", argument("threshold", p.edge.as_ref())))
}

/// Something of Betty's own, by its noun.
pub(super) fn show(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let Some(noun) = p.noun else {
        if p.coverage.is_some() && p.clear() {
            return hedges(said);
        }
        let web = matches!(
            p.head.as_str(),
            "information" | "info" | "news" | "article" | "articles" | "research" | "data" | "sources" | "competitors"
        );
        return if web { said.research() } else { find_what(said) };
    };
    let state = ["open", "closed"].into_iter().find(|s| p.which.iter().chain(&p.left).any(|w| w == s));
    let rest: Vec<&String> =
        p.which.iter().chain(&p.left).filter(|w| !matches!(w.as_str(), "open" | "closed")).collect();
    match noun {
        Noun::Hedge => hedges(said),
        Noun::Cost | Noun::Size if p.id.is_some() => {
            let id = p.id.clone().unwrap_or_default();
            go(&format!("!{} {id}", if noun == Noun::Cost { "cost" } else { "size" }))
        }
        Noun::Cost | Noun::Size => {
            ask("Of which hedge? Its number is in the list.", vec!["!find_hedges".into(), "!help cost".into()])
        }
        Noun::Market if !p.clear() || !p.markets.is_empty() || p.id.is_some() => {
            let words = if p.unclear().is_empty() { said.text.to_owned() } else { p.unclear() };
            said.unclear(vec![format!("!scan_markets query={}", quote(&words)), "!scan_markets".into()])
        }
        Noun::Market => {
            go(&format!("!scan_markets{}{}", argument("limit", p.limit.as_ref()), argument("query", p.query.as_ref())))
        }
        Noun::Strategy | Noun::Template => {
            let name = p.id.clone().or_else(|| (p.which.len() == 1).then(|| p.which[0].clone()));
            match (noun, name) {
                (Noun::Template, Some(name)) => go(&format!("!auto_strategy template {name}")),
                (Noun::Strategy, Some(name)) => go(&format!("!auto_strategy show {name}")),
                (Noun::Template, None) => {
                    ask("Which template?", vec!["!auto_strategy template balanced".into(), "!auto_help".into()])
                }
                _ => go("!auto_strategy list"),
            }
        }
        Noun::Code => {
            if matches!(p.head.as_str(), "bug" | "bugs") {
                said.review()
            } else {
                said.unsure()
            }
        }
        Noun::Scan => scan(said),
        Noun::Task if p.id.is_some() => go(&format!("!task show {}", p.id.clone().unwrap_or_default())),
        _ if !rest.is_empty() => said.unclear(own(noun, state)),
        Noun::Money | Noun::Coverage | Noun::Exit | Noun::Trading => find_what(said),
        Noun::Help => Routed::Command(Command::Help(None)),
        Noun::Status if p.later.contains(&Noun::Task) && p.id.is_some() => {
            go(&format!("!task show {}", p.id.clone().unwrap_or_default()))
        }
        Noun::Status if p.later.contains(&Noun::Hedge) && p.id.is_some() => hedges(said),
        Noun::Status if p.later.contains(&Noun::Hedge) => go("!hedge_status"),
        _ => match own(noun, state).first() {
            Some(line) => go(line),
            None => find_what(said),
        },
    }
}

/// Commands that show something of Betty's own.
fn own(noun: Noun, state: Option<&str>) -> Vec<String> {
    let line = match noun {
        Noun::Position | Noun::Trade => {
            return vec![format!("!paper_trade positions {}", state.unwrap_or_default()).trim_end().to_owned()];
        }
        Noun::Portfolio => "!paper_trade portfolio",
        Noun::Ledger => "!paper_trade ledger",
        Noun::Task => "!task list",
        Noun::Status => "!status",
        Noun::Dashboard => "!hedge_dashboard",
        _ => "!help",
    };
    vec![line.to_owned()]
}

fn find_what(said: &Said<'_>) -> Routed {
    ask("What should I look through for that?", said.with_text(&["scan_markets", "hedge_scan", "research"]))
}

pub(super) fn how_much(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let has = |words: &[&str]| said.after.iter().any(|w| words.contains(&w.low.as_str()));
    let hedge = p.noun == Some(Noun::Hedge) || p.later.contains(&Noun::Hedge);
    match &p.id {
        Some(id) if hedge && p.money.is_some() => ask(
            "Costs and sizes are worked out at the size the rules give. Which of these do you mean?",
            vec![format!("!cost {id}"), format!("!size {id}"), "!help hedge".into()],
        ),
        Some(id) if hedge && has(&["cost", "costs", "fee", "fees", "slippage", "pay"]) => go(&format!("!cost {id}")),
        Some(id) if hedge && (said.verb_word == "how") => go(&format!("!size {id}")),
        Some(id) if hedge => go(&format!("!hedge_why {id}")),
        _ => question(said),
    }
}

pub(super) fn question(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let plural = p.head.ends_with('s') || p.head.ends_with("opportunities");
    let whole = matches!(p.noun, Some(Noun::Portfolio | Noun::Ledger | Noun::Status | Noun::Dashboard));
    let ours = match p.noun {
        Some(Noun::Cost | Noun::Size) => p.id.is_some(),
        Some(Noun::Hedge | Noun::Position | Noun::Task) => p.id.is_some() || plural && !p.indefinite,
        Some(Noun::Market | Noun::Strategy | Noun::Template | Noun::Trade) => plural && said.personal(),
        _ => whole && !p.indefinite,
    };
    let state = p.which.iter().chain(&p.left).all(|w| matches!(w.as_str(), "open" | "closed"));
    if ours && (p.clear() || state || said.personal()) {
        return show(said);
    }
    if said.personal() {
        return ask(
            "Which of these do you mean?",
            said.with_text(&["research"])
                .into_iter()
                .chain(["!status".into(), "!paper_trade portfolio".into()])
                .collect(),
        );
    }
    if !p.any && p.noun.is_none() {
        return said.unsure();
    }
    said.research()
}

pub(super) fn yes_no(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let there = matches!(
        (said.verb_word, said.after.first().map(|w| w.low.as_str())),
        ("are" | "is", Some("there")) | ("do" | "have", Some("you" | "we" | "i"))
    );
    if there && p.noun == Some(Noun::Hedge) && p.clear() {
        return hedges(said);
    }
    if said.verb_word == "should" {
        // "should I buy hedge 3": a trade as a question.
        let lows: Vec<&str> = said.after.iter().map(|w| w.low.as_str()).collect();
        if let Some((Verb::Enter | Verb::Leave, _)) = lows.get(1..).and_then(verb) {
            return enter(said);
        }
    }
    ask(
        "I do not answer that by guessing. Look at markets, scan for hedges, or ask the Researcher?",
        said.with_text(&["scan_markets", "hedge_scan", "research"]),
    )
}

/// No verb: a noun phrase is a wish to see it, when nothing in it is unexplained.
pub(super) fn verbless(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let shown = p.clear() || p.which.iter().chain(&p.left).all(|w| matches!(w.as_str(), "open" | "closed"));
    let plain =
        !matches!(p.noun, None | Some(Noun::Code | Noun::Money | Noun::Trade | Noun::Market)) || p.head == "markets";
    if shown && plain && (p.noun != Some(Noun::Hedge) || p.id.is_some() || p.head != "hedge") {
        return show(said);
    }
    ask("What should I do with that?", said.with_text(&["scan_markets", "hedge_scan", "research"]))
}
