//! Plain words into a task, a command or one short question. Deterministic: a small grammar, no model.
//!
//! The route comes from the verb at the head of the sentence and the noun that is its object, never from a word found
//! anywhere: "review my trading bot code" is a review because its verb is "review" and its object is "code".
//! Every condition the sentence names must be understood, or Betty asks. A trade is never guessed: the answer is the
//! exact command to type.
//!
//! * `words`: sentence into words, politeness taken away. `lexicon`: verbs and nouns. `phrase`: the object and
//!   its conditions. `decide`: verb and object into a route. `own`: what Betty knows herself. `acts`: text tasks,
//!   and wishes that would change something. `said`: what those parts share.

mod acts;
mod decide;
mod lexicon;
mod own;
mod phrase;
mod said;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use super::command::Command;
use crate::clean::clean;
use betty_bus::Task;

/// Longest free text routed, in characters. A longer one is a document, not a wish.
pub const FREE_CHARS_MAX: usize = 2_000;

/// Where plain words lead.
#[derive(Debug, Clone, PartialEq)]
pub enum Routed {
    /// To a specialist.
    Task(Task),
    /// To a command.
    Command(Command),
    /// To one short question.
    Ask {
        /// The question.
        question: String,
        /// Commands to choose from, as one would type them. Each of them parses.
        options: Vec<String>,
    },
}

/// Routes plain words. Never panics; what is not understood is asked about.
#[must_use]
pub fn route(text: &str) -> Routed {
    if text.chars().count() > FREE_CHARS_MAX {
        let question = format!(
            "That is longer than {FREE_CHARS_MAX} characters, which is more than I read as one wish. Say it shorter, or use `!research`, `!review` or `!code` with the text."
        );
        return Routed::Ask { question, options: vec!["!help ask".into()] };
    }
    let text = clean(text);
    decide::decide(&words::read(&text))
}
