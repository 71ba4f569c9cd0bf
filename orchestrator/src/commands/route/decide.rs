//! Verb and object into a route.

use super::Routed;
use super::lexicon::{Noun, Verb, verb};
use super::phrase::{self, Phrase};
use super::words::{Sentence, Word, polite_prefix, without_closers};
use crate::commands::command::Command;
use crate::commands::parse::{ParseContext, parse};
use crate::commands::token::quote;
use betty_bus::Task;
use betty_bus::task::{CodeTask, ResearchTask, ReviewTask};

/// Longest text repeated inside an option, in characters. Longer ones are left out: nobody retypes them.
const OPTION_CHARS_MAX: usize = 200;

/// Runs a line through the same parser as typed commands, so that ranges and defaults are the table's.
fn go(line: &str) -> Routed {
    match parse(line, &ParseContext::default()) {
        Ok(Command::Task(task)) => Routed::Task(task),
        Ok(command) => Routed::Command(command),
        Err(e) => ask(format!("I cannot do that as said: {e}."), vec!["!help".into()]),
    }
}

fn ask(question: impl Into<String>, options: Vec<String>) -> Routed {
    Routed::Ask { question: question.into(), options }
}

/// One sentence, read.
struct Said<'a> {
    text: &'a str,
    verb_word: &'a str,
    after: &'a [Word],
    phrase: Phrase,
}

impl Said<'_> {
    fn research(&self) -> Routed {
        Routed::Task(Task::Research(ResearchTask { question: self.text.to_owned() }))
    }
    fn review(&self) -> Routed {
        Routed::Task(Task::Review(ReviewTask { subject: self.text.to_owned() }))
    }
    fn code(&self) -> Routed {
        Routed::Task(Task::Code(CodeTask { instruction: self.text.to_owned() }))
    }

    /// Options that carry the text, where it is short enough.
    fn with_text(&self, commands: &[&str]) -> Vec<String> {
        let short = self.text.chars().count() <= OPTION_CHARS_MAX && !self.text.contains('\n');
        let mut options: Vec<String> = commands
            .iter()
            .filter(|_| short)
            .map(|c| match *c {
                "scan_markets" | "hedge_scan" => format!("!{c} query={}", quote(self.text)),
                c => format!("!{c} {}", self.text),
            })
            .collect();
        options.push("!help".into());
        options
    }

    fn unsure(&self) -> Routed {
        ask(
            "I am not sure who should do that. Which of these do you mean?",
            self.with_text(&["research", "code", "review"]),
        )
    }

    /// Words with a meaning that no command here takes.
    fn unclear(&self, options: Vec<String>) -> Routed {
        let what = self.phrase.unclear();
        let what = crate::commands::value::echo(&what);
        ask(format!("I understand that, except for \"{what}\". Which of these do you mean?"), options)
    }

    /// "my", "your": about Betty's own things, which the web does not know.
    fn personal(&self) -> bool {
        self.after.iter().any(|w| matches!(w.low.as_str(), "my" | "our" | "your" | "you" | "i" | "me" | "we" | "us"))
    }
}

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

/// Splits at full stops and before a verb that follows "and", "then", "but" or a comma.
fn clauses(words: &[Word]) -> Vec<&[Word]> {
    let mut out = Vec::new();
    let mut from = 0;
    for i in 1..words.len() {
        let before = &words[i - 1];
        let joint = matches!(before.low.as_str(), "and" | "then" | "but") || before.ends;
        let lows: Vec<&str> = words[i..].iter().map(|w| w.low.as_str()).collect();
        let head = || {
            let skip = polite_prefix(&words[i..]);
            verb(&lows[skip..]).is_some_and(|(v, _)| !matches!(v, Verb::Wh | Verb::YesNo | Verb::HowMuch | Verb::Help))
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

fn argument(name: &str, value: Option<&String>) -> String {
    value.map(|v| format!(" {name}={}", quote(v))).unwrap_or_default()
}

fn scan(said: &Said<'_>) -> Routed {
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
    Some(ask(
        format!("What is {} here: a coverage, a count or a net edge?", crate::commands::value::echo(number)),
        options,
    ))
}

fn hedges(said: &Said<'_>) -> Routed {
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

fn monitor(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    if !p.clear() || p.coverage.is_some() || p.query.is_some() {
        return said.unclear(vec!["!hedge_monitor".into(), "!find_hedges".into()]);
    }
    go(&format!("!hedge_monitor{}", argument("threshold", p.edge.as_ref())))
}

/// Something of Betty's own, by its noun.
fn show(said: &Said<'_>) -> Routed {
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

fn analyze(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let mut markets = p.markets.clone();
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

fn review(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let code_word = |w: &String| super::lexicon::noun(w) == Some(Noun::Code) || is_software(w);
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

fn code(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    match p.noun {
        Some(Noun::Trade | Noun::Money | Noun::Position) => enter(said),
        Some(Noun::Hedge) if p.id.is_some() => enter(said),
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
fn enter(said: &Said<'_>) -> Routed {
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
fn leave(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let mut options = Vec::new();
    if let (Some(Noun::Position | Noun::Trade), Some(id)) = (p.noun, &p.id) {
        options.push(format!("!paper_trade close {id}"));
    }
    options.push("!paper_trade positions open".into());
    options.retain(|o| parse(o, &ParseContext::default()).is_ok());
    ask("I never close a position from plain words. Type the command with the position's number:", options)
}

fn control(said: &Said<'_>) -> Routed {
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

fn how_much(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let has = |words: &[&str]| said.after.iter().any(|w| words.contains(&w.low.as_str()));
    let hedge = p.noun == Some(Noun::Hedge) || p.later.contains(&Noun::Hedge);
    match &p.id {
        Some(id) if hedge && has(&["cost", "costs", "fee", "fees", "slippage", "pay"]) => go(&format!("!cost {id}")),
        Some(id) if hedge && (said.verb_word == "how") => go(&format!("!size {id}")),
        Some(id) if hedge => go(&format!("!hedge_why {id}")),
        _ => question(said),
    }
}

fn question(said: &Said<'_>) -> Routed {
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

fn yes_no(said: &Said<'_>) -> Routed {
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
fn verbless(said: &Said<'_>) -> Routed {
    let p = &said.phrase;
    let shown = p.clear() || p.which.iter().chain(&p.left).all(|w| matches!(w.as_str(), "open" | "closed"));
    let plain =
        !matches!(p.noun, None | Some(Noun::Code | Noun::Money | Noun::Trade | Noun::Market)) || p.head == "markets";
    if shown && plain && (p.noun != Some(Noun::Hedge) || p.id.is_some() || p.head != "hedge") {
        return show(said);
    }
    ask("What should I do with that?", said.with_text(&["scan_markets", "hedge_scan", "research"]))
}
