//! Verb and object into a route.

use super::Routed;
use super::acts::{analyze, code, control, enter, leave, review};
use super::lexicon::{Noun, Verb, verb};
use super::own::{how_much, monitor, question, scan, show, verbless, yes_no};
use super::phrase;
use super::said::{OPTION_CHARS_MAX, Said, ask, go};
use super::words::{Sentence, Word, polite_prefix, without_closers};
use crate::commands::command::Command;
use crate::commands::parse::{ParseContext, parse};

/// Decides where a sentence goes.
pub(super) fn decide(sentence: &Sentence) -> Routed {
    let text = sentence.text.as_str();
    if text.starts_with('!') {
        let own = parse(text, &ParseContext::default()).is_ok() && text.chars().count() <= OPTION_CHARS_MAX;
        return ask("That is a command. Type it by itself.", vec![if own { text.to_owned() } else { "!help".into() }]);
    }
    let words = without_closers(&sentence.words);
    if words.is_empty() {
        return ask(
            "What should I do?",
            vec!["!hedge_scan".into(), "!find_hedges".into(), "!paper_trade portfolio".into(), "!help".into()],
        );
    }
    let clauses = clauses(words);
    let first = clauses[0];
    let lows: Vec<&str> = first.iter().map(|w| w.low.as_str()).collect();
    let found = verb(&lows);
    let used = found.map_or(0, |(_, n)| n);
    let after = &first[used..];
    let said = Said { text, verb_word: lows[0], after, phrase: phrase::read(text, after) };
    if found.map(|f| f.0) == Some(Verb::Negated) {
        return negated(&said);
    }
    if let Some(asked) = several(found.map(|f| f.0), &clauses, &said) {
        return asked;
    }
    let Some((verb, _)) = found else { return verbless(&said) };
    by_verb(verb, &said)
}

/// Words of the longest phrase that stands for a verb.
const VERB_WORDS_MAX: usize = 5;

/// Splits at full stops and before a verb that follows "and", "then", "but" or a comma.
fn clauses(words: &[Word]) -> Vec<&[Word]> {
    let mut out = Vec::new();
    let mut from = 0;
    for i in 1..words.len() {
        let before = &words[i - 1];
        let joint = matches!(before.low.as_str(), "and" | "then" | "but") || before.ends;
        let head = || {
            let after = &words[i + polite_prefix(&words[i..])..];
            let lows: Vec<&str> = after.iter().take(VERB_WORDS_MAX).map(|w| w.low.as_str()).collect();
            verb(&lows).is_some_and(|(v, _)| !matches!(v, Verb::Wh | Verb::YesNo | Verb::HowMuch | Verb::Help))
        };
        if before.stops || joint && head() {
            out.push(&words[from..i]);
            from = i;
        }
    }
    out.push(&words[from..]);
    // The joining words belong to neither side.
    for clause in &mut out {
        while let [rest @ .., last] = *clause
            && matches!(last.low.as_str(), "and" | "then" | "but")
            && !rest.is_empty()
        {
            *clause = rest;
        }
    }
    out
}

/// Several wishes in one line: one at a time, so that none is dropped silently.
fn several(first: Option<Verb>, clauses: &[&[Word]], said: &Said<'_>) -> Option<Routed> {
    let text_task = matches!(first, Some(Verb::Research | Verb::Review | Verb::Code));
    for clause in &clauses[1..] {
        let clause = without_closers(&clause[polite_prefix(clause)..]);
        if clause.is_empty() {
            continue;
        }
        let lows: Vec<&str> = clause.iter().map(|w| w.low.as_str()).collect();
        let found = verb(&lows).map(|(v, _)| v);
        let other = match found {
            // "but don't open anything": nothing is opened anyway.
            Some(Verb::Negated) => !lows.iter().any(|w| matches!(verb(&[w]), Some((Verb::Enter | Verb::Leave, _)))),
            _ if !text_task => true,
            // The following sentences of a text task are its details, unless they are plainly another specialist's.
            Some(Verb::Code) => {
                first != found && matches!(lows[0], "implement" | "build" | "develop" | "refactor" | "fix" | "code")
            }
            Some(Verb::Scan | Verb::Research | Verb::Review | Verb::Enter | Verb::Leave) => first != found,
            _ => false,
        };
        if other {
            let all = || {
                let texts: Option<Vec<String>> = clauses
                    .iter()
                    .map(|c| Some(format!("!betty {}", said.text.get(c.first()?.start..c.last()?.end)?)))
                    .collect();
                texts.filter(|t| t.len() <= 4 && t.iter().all(|o| o.chars().count() <= OPTION_CHARS_MAX))
            };
            let options = all().unwrap_or_else(|| vec!["!help".into()]);
            return Some(ask("That is more than one wish. One at a time, please: which first?", options));
        }
    }
    None
}

fn by_verb(verb: Verb, said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    match verb {
        Verb::Scan => scan(said),
        // Showing a scan is not running one.
        Verb::Show if p.noun == Some(Noun::Scan) => {
            let last = p.which.iter().chain(&p.left).all(|w| matches!(w.as_str(), "last" | "previous" | "recent"));
            if last { go("!hedge_status") } else { said.unclear(vec!["!hedge_status".into(), "!hedge_scan".into()]) }
        }
        Verb::Show => show(said),
        Verb::Monitor => match (p.noun, &p.id) {
            (Some(Noun::Hedge), None) => monitor(said),
            (Some(Noun::Hedge), Some(id)) => ask(
                "All active hedges are re-priced together. Which of these do you mean?",
                vec!["!hedge_monitor".into(), format!("!hedge_why {id}")],
            ),
            (Some(Noun::Exit), _) => {
                ask("Checking exits may close paper positions. Type it to confirm:", vec!["!auto_trade check".into()])
            }
            (Some(Noun::Code), _) => said.review(),
            (Some(_), _) => show(said),
            (None, _) if said.verb_word == "check" && p.any => said.unsure(),
            _ => ask("What should I watch?", vec!["!hedge_monitor".into(), "!paper_trade positions open".into()]),
        },
        Verb::Analyze => analyze(said),
        Verb::Explain | Verb::Why => match (p.noun, &p.id) {
            (Some(Noun::Hedge), Some(id)) => go(&format!("!hedge_why {id}")),
            (Some(Noun::Position | Noun::Task | Noun::Portfolio), _) if said.verb_word != "why" => show(said),
            _ if !p.any || said.personal() => ask(
                "Which hedge do you mean? Its number is in the list.",
                vec!["!find_hedges".into(), "!hedge_db".into(), "!help".into()],
            ),
            _ => said.research(),
        },
        Verb::Research if p.any => said.research(),
        Verb::Research => ask("Research what?", vec!["!help research".into()]),
        Verb::Review => review(said),
        Verb::Code => code(said),
        Verb::Enter => enter(said),
        Verb::Leave => leave(said),
        Verb::Settle => {
            ask("Settling writes to the paper account. Type it to confirm:", vec!["!paper_trade settle".into()])
        }
        Verb::Cancel => match (p.noun, &p.id) {
            (Some(Noun::Task), Some(id)) if p.clear() => go(&format!("!task cancel {id}")),
            _ => ask("Cancel which task? Its number is in the list.", vec!["!task list".into()]),
        },
        Verb::Control => control(said),
        Verb::Help => Routed::Command(Command::Help(None)),
        Verb::HowMuch => how_much(said),
        Verb::Wh => question(said),
        Verb::YesNo => yes_no(said),
        Verb::Negated => negated(said),
    }
}

fn negated(_: &Said<'_>) -> Routed {
    ask(
        "That says what not to do, so I do nothing. What should I do instead?",
        vec!["!hedge_scan".into(), "!paper_trade portfolio".into(), "!auto_trade off".into(), "!help".into()],
    )
}
