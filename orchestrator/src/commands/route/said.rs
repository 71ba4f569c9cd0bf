//! One sentence, read, and the answers every part of the grammar gives.

use super::Routed;
use super::phrase::Phrase;
use super::words::Word;
use crate::commands::command::Command;
use crate::commands::parse::{ParseContext, parse};
use crate::commands::token::quote;
use crate::commands::value::echo;
use betty_bus::Task;
use betty_bus::task::{CodeTask, ResearchTask, ReviewTask};

/// Longest text repeated inside an option, in characters. Longer ones are left out: nobody retypes them.
pub(super) const OPTION_CHARS_MAX: usize = 200;

/// Runs a line through the same parser as typed commands, so that ranges and defaults are the table's.
pub(super) fn go(line: &str) -> Routed {
    match parse(line, &ParseContext::default()) {
        Ok(Command::Task(task)) => Routed::Task(task),
        Ok(command) => Routed::Command(command),
        Err(e) => ask(format!("I cannot do that as said: {e}."), vec!["!help".into()]),
    }
}

pub(super) fn ask(question: impl Into<String>, options: Vec<String>) -> Routed {
    Routed::Ask { question: question.into(), options }
}

/// One sentence, read.
pub(super) struct Said<'a> {
    pub(super) text: &'a str,
    pub(super) verb_word: &'a str,
    pub(super) after: &'a [Word],
    pub(super) phrase: Phrase,
}

impl Said<'_> {
    pub(super) fn research(&self) -> Routed {
        Routed::Task(Task::Research(ResearchTask { question: self.text.to_owned() }))
    }
    pub(super) fn review(&self) -> Routed {
        Routed::Task(Task::Review(ReviewTask { subject: self.text.to_owned() }))
    }
    pub(super) fn code(&self) -> Routed {
        Routed::Task(Task::Code(CodeTask { instruction: self.text.to_owned() }))
    }

    /// Options that carry the text, where it is short enough.
    pub(super) fn with_text(&self, commands: &[&str]) -> Vec<String> {
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

    pub(super) fn unsure(&self) -> Routed {
        ask(
            "I am not sure who should do that. Which of these do you mean?",
            self.with_text(&["research", "code", "review"]),
        )
    }

    /// Words with a meaning that no command here takes.
    pub(super) fn unclear(&self, options: Vec<String>) -> Routed {
        let what = self.phrase.unclear();
        let what = echo(&what);
        ask(format!("I understand that, except for \"{what}\". Which of these do you mean?"), options)
    }

    /// "my", "your": about Betty's own things, which the web does not know.
    pub(super) fn personal(&self) -> bool {
        self.after.iter().any(|w| matches!(w.low.as_str(), "my" | "our" | "your" | "you" | "i" | "me" | "we" | "us"))
    }
}
