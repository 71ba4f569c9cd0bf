//! Work for the specialists who read and write text, and wishes that would change something: those are never carried
//! out from plain words, the answer is the command to type.

use super::Routed;
use super::lexicon::{Noun, noun};
use super::own::show;
use super::said::{Said, ask, go};
use crate::commands::parse::{ParseContext, parse};

pub(super) fn analyze(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let mut markets = p.markets.clone();
    // "the hedge between 553857 and 561234": two plain numbers that belong to nothing else.
    let others: Vec<&String> = p.left.iter().filter(|w| *w != "between").collect();
    if let (Some(a), [b]) = (&p.bare, &others[..])
        && p.noun == Some(Noun::Hedge)
        && [a, *b].iter().all(|n| n.bytes().all(|c| c.is_ascii_digit()))
    {
        markets = vec![a.clone(), (*b).clone()];
    }
    if p.noun == Some(Noun::Market) && p.id.as_ref().is_some_and(|id| !markets.contains(id)) {
        markets.insert(0, p.id.clone().unwrap_or_default());
    }
    match (p.noun, &p.id) {
        _ if markets.len() == 2 => go(&format!("!analyze {} {}", markets[0], markets[1])),
        (Some(Noun::Hedge), Some(id)) => go(&format!("!hedge_why {id}")),
        (Some(Noun::Code), _) => said.review(),
        (Some(Noun::Hedge), None) => {
            ask("Which hedge? Its number is in the list.", vec!["!find_hedges".into(), "!hedge_monitor".into()])
        }
        (Some(Noun::Market), _) => ask(
            "Two market ids tell what holds between them (`!analyze <a> <b>`). Which of these do you mean?",
            said.with_text(&["research"]).into_iter().chain(["!scan_markets".into()]).collect(),
        ),
        (Some(_), _) => show(said),
        (None, _) if p.any => said.research(),
        _ => ask("Analyse what?", vec!["!help analyze".into(), "!help research".into()]),
    }
}

pub(super) fn review(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let code_word = |w: &String| noun(w) == Some(Noun::Code) || is_software(w);
    let code = p.noun == Some(Noun::Code)
        || is_software(&p.head)
        || p.which.iter().chain(&p.left).any(code_word)
        || p.later.contains(&Noun::Code)
        || said.text.contains('/') && !said.text.contains("://");
    match (p.noun, &p.id) {
        _ if code => said.review(),
        (Some(Noun::Hedge), Some(id)) => go(&format!("!hedge_why {id}")),
        (Some(Noun::Position | Noun::Portfolio | Noun::Ledger | Noun::Strategy | Noun::Trade | Noun::Task), _) => {
            show(said)
        }
        (None, _) if !p.any => {
            ask("Review what? A file, a diff or a directory of the workspace.", vec!["!help review".into()])
        }
        _ => {
            ask("The CodeReviewer reads code, the Researcher the web. Which?", said.with_text(&["review", "research"]))
        }
    }
}

fn is_software(word: &str) -> bool {
    matches!(
        word,
        "bot"
            | "program"
            | "system"
            | "project"
            | "class"
            | "crate"
            | "library"
            | "api"
            | "app"
            | "service"
            | "directory"
            | "folder"
            | "tests"
            | "test"
            | "change"
            | "changes"
            | "engine"
            | "parser"
            | "config"
            | "branch"
    )
}

pub(super) fn code(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    match p.noun {
        Some(Noun::Trade | Noun::Money | Noun::Position) => enter(said),
        Some(Noun::Hedge) if p.id.is_some() => enter(said),
        // "set up a stop loss on position 3": about a position of the account, which the Coder does not touch.
        _ if p.id.is_some() && p.later.iter().any(|n| matches!(n, Noun::Position | Noun::Hedge)) => ask(
            "Exits and entries are rules of a strategy. Which of these do you mean?",
            vec!["!auto_help".into(), "!auto_strategy list".into(), "!paper_help".into()],
        ),
        Some(Noun::Strategy | Noun::Template) => ask(
            "A strategy is made from a template and saved with `!auto_strategy save`. Start from one, or have the Coder write code?",
            vec!["!auto_strategy template balanced".into(), "!auto_strategy list".into()]
                .into_iter()
                .chain(said.with_text(&["code"]))
                .collect(),
        ),
        Some(Noun::Scan) => ask(
            "Scan for hedges now?",
            vec!["!hedge_scan".into()].into_iter().chain(said.with_text(&["code"])).collect(),
        ),
        None if matches!(said.verb_word, "write" | "create" | "make" | "build")
            && matches!(
                p.head.as_str(),
                "report" | "summary" | "overview" | "analysis" | "comparison" | "essay" | "article"
            ) =>
        {
            ask(
                "Should the Researcher answer that, or the Coder build something?",
                said.with_text(&["research", "code"]),
            )
        }
        _ if p.any => said.code(),
        _ => ask("Build what?", vec!["!help code".into()]),
    }
}

/// A wish to open a position. Never done from plain words.
pub(super) fn enter(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let open_list = said.verb_word == "open" && p.head == "positions" && p.id.is_none() && p.clear();
    if open_list {
        return go("!paper_trade positions open");
    }
    if p.noun == Some(Noun::Dashboard) {
        return go("!hedge_dashboard");
    }
    let named = (p.noun == Some(Noun::Hedge) || p.later.contains(&Noun::Hedge)).then_some(p.id.as_ref()).flatten();
    let Some(id) = named else {
        return ask(
            "I never trade from plain words. Choose a hedge, then type `!paper_trade open <hedge>`; it is paper money only.",
            vec!["!find_hedges".into(), "!hedge_scan".into(), "!help paper_trade open".into()],
        );
    };
    let confidence = said
        .after
        .iter()
        .find(|w| matches!(w.low.as_str(), "high" | "medium" | "low"))
        .map(|w| format!(" {}", w.low.to_uppercase()));
    let size = p.money.as_ref().map(|m| format!(" size={m}")).unwrap_or_default();
    let line = format!("!paper_trade open {id}{}{size}", confidence.unwrap_or_default());
    let mut options = vec![line, format!("!hedge_why {id}"), format!("!size {id}")];
    options.retain(|o| parse(o, &ParseContext::default()).is_ok());
    options.push("!help paper_trade open".into());
    ask("I never trade from plain words. To open it with paper money, type the command:", options)
}

/// A wish to close a position. Never done from plain words.
pub(super) fn leave(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let mut options = Vec::new();
    if let (Some(Noun::Position | Noun::Trade), Some(id)) = (p.noun, &p.id) {
        options.push(format!("!paper_trade close {id}"));
    }
    options.push("!paper_trade positions open".into());
    options.retain(|o| parse(o, &ParseContext::default()).is_ok());
    ask("I never close a position from plain words. Type the command with the position's number:", options)
}

pub(super) fn control(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let has = |words: &[&str]| said.after.iter().any(|w| words.contains(&w.low.as_str()));
    let name = p.id.clone().or_else(|| (p.which.len() == 1).then(|| p.which[0].clone()));
    let strategy = p.noun == Some(Noun::Strategy);
    let line = match (said.verb_word, name) {
        ("load" | "activate" | "use" | "switch", Some(name)) if strategy => format!("!auto_strategy load {name}"),
        ("delete" | "remove", Some(name)) if strategy => format!("!auto_strategy delete {name}"),
        (_, _) if strategy => "!auto_strategy list".into(),
        ("start" | "run", _) if has(&["scan", "scanning", "scanner"]) => "!hedge_scan".into(),
        (verb, _) if has(&["trading", "auto-trading", "autotrading", "entries", "auto", "auto-trade"]) => {
            let off = has(&["off"]) || matches!(verb, "disable" | "stop" | "pause" | "halt" | "kill" | "shut");
            format!("!auto_trade {}", if off { "off" } else { "on" })
        }
        ("pause", _) => "!pause".into(),
        ("resume" | "start", _) if said.after.is_empty() || has(&["betty", "work", "everything"]) => "!resume".into(),
        ("stop" | "halt" | "shut" | "kill", _) => "!stop_all".into(),
        _ => return said.unsure(),
    };
    let admin = ParseContext { admin: true, console: false };
    let options = if parse(&line, &admin).is_ok() { vec![line, "!help".into()] } else { vec!["!help".into()] };
    ask("That changes how I work, so I do it only when it is typed as a command:", options)
}
