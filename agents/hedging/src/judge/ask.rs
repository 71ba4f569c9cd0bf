//! What is asked, in which form it is answered, and how an answer is read. Market text goes out as data and comes back as quotes that are
//! looked for in it.

use super::claim::{Claim, Side, World};
use betty_market::Market;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Part of the key of a stored verdict: raised when the questions, their order or the reading of answers changes.
pub const SCHEMA_VERSION: u32 = 1;

/// Longest rule text sent, in characters; the venue's are a few thousand.
const RULES_CHARS_MAX: usize = 8_000;
/// Longest reason, world or quote kept of an answer, in characters.
const TEXT_CHARS_MAX: usize = 600;
/// Most quotes read of an answer.
const QUOTES_MAX: usize = 8;

/// One question to the model about two markets, in the order it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub enum AskKind {
    /// Which relation holds, if any.
    Propose,
    /// Describe this joint outcome, which a claim says cannot be. The claim's reasons are not shown.
    Refute {
        /// The outcome.
        world: World,
    },
    /// Suppose one side resolved so: must the other then resolve so?
    Must {
        /// Which market is supposed, and how it resolved.
        given: (Side, betty_market::Outcome),
        /// How the other one would have to resolve.
        then: betty_market::Outcome,
        /// The answer a sound claim needs.
        expected: bool,
    },
}

/// A question with the order in which the markets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// What is asked.
    pub kind: AskKind,
    /// True when the second market is shown as the first. `kind` speaks of the markets as shown.
    pub exchanged: bool,
}

impl AskKind {
    /// The prompt's name.
    #[must_use]
    pub const fn prompt(self) -> &'static str {
        match self {
            Self::Propose => "hedge_propose",
            Self::Refute { .. } => "hedge_refute",
            Self::Must { .. } => "hedge_must",
        }
    }

    /// The schema of the answer: strict, every field required.
    #[must_use]
    pub fn schema(self) -> Value {
        let quotes = json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "market": {"type": "string", "enum": ["a", "b"]},
                    "text": {"type": "string"}
                },
                "required": ["market", "text"],
                "additionalProperties": false
            }
        });
        let (first, kind) = match self {
            Self::Propose => {
                let names: Vec<&str> = Claim::ALL.iter().map(|c| c.name()).chain(["none"]).collect();
                ("relation", json!({"type": "string", "enum": names}))
            }
            Self::Refute { .. } => ("possible", json!({"type": "boolean"})),
            Self::Must { .. } => ("must", json!({"type": "boolean"})),
        };
        json!({
            "type": "object",
            "properties": {first: kind, "reason": {"type": "string"}, "quotes": quotes},
            "required": [first, "reason", "quotes"],
            "additionalProperties": false
        })
    }
}

/// A piece of a market's text that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Whose text, as shown.
    pub market: Side,
    /// The words.
    pub text: String,
}

/// An answer, read strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The relation of a proposal; `None` for "none" and for the other questions.
    pub relation: Option<Claim>,
    /// Yes or no of the other questions.
    pub yes: bool,
    /// Why, or the world described. Written by a model: data.
    pub reason: String,
    /// What it rests on.
    pub quotes: Vec<Quote>,
}

/// An answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the model's answer is not of the form asked for: {0}")]
pub struct WrongAnswer(pub String);

impl Answer {
    /// Reads an answer to a question.
    ///
    /// # Errors
    /// [`WrongAnswer`] with what was missing or of another kind. Nothing is guessed.
    pub fn read(kind: AskKind, value: &Value) -> Result<Self, WrongAnswer> {
        let wrong = |what: &str| WrongAnswer(what.to_owned());
        let object = value.as_object().ok_or_else(|| wrong("it is no object"))?;
        let reason = object.get("reason").and_then(Value::as_str).ok_or_else(|| wrong("\"reason\" is no text"))?;
        let (mut relation, mut yes) = (None, false);
        match kind {
            AskKind::Propose => {
                let name = object.get("relation").and_then(Value::as_str);
                let name = name.ok_or_else(|| wrong("\"relation\" is no text"))?;
                relation = Claim::ALL.into_iter().find(|c| c.name() == name);
                if relation.is_none() && name != "none" {
                    return Err(wrong("\"relation\" is none of the names allowed"));
                }
            }
            AskKind::Refute { .. } => yes = flag(object, "possible")?,
            AskKind::Must { .. } => yes = flag(object, "must")?,
        }
        let rows = object.get("quotes").and_then(Value::as_array).ok_or_else(|| wrong("\"quotes\" is no list"))?;
        let mut quotes = Vec::with_capacity(rows.len().min(QUOTES_MAX));
        for row in rows.iter().take(QUOTES_MAX) {
            let market = match row.get("market").and_then(Value::as_str) {
                Some("a") => Side::A,
                Some("b") => Side::B,
                _ => return Err(wrong("a quote names no market")),
            };
            let text = row.get("text").and_then(Value::as_str).ok_or_else(|| wrong("a quote has no text"))?;
            quotes.push(Quote { market, text: cut(text) });
        }
        Ok(Self { relation, yes, reason: cut(reason), quotes })
    }

    /// Quotes that do not stand in the texts of the markets as shown, white space and case aside.
    #[must_use]
    pub fn unfounded<'q>(&'q self, a: &Market, b: &Market) -> Vec<&'q Quote> {
        let [a, b] = [a, b].map(|m| plain(&describe(m)));
        self.quotes
            .iter()
            .filter(|q| {
                let said = plain(&q.text);
                let text = if q.market == Side::A { &a } else { &b };
                said.is_empty() || !text.contains(&said)
            })
            .collect()
    }
}

fn flag(object: &serde_json::Map<String, Value>, name: &str) -> Result<bool, WrongAnswer> {
    object
        .get(name)
        .and_then(Value::as_bool)
        .ok_or_else(|| WrongAnswer(format!("\"{name}\" is neither true nor false")))
}

fn cut(text: &str) -> String {
    text.trim().chars().take(TEXT_CHARS_MAX).collect()
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().replace(['“', '”'], "\"").replace('’', "'")
}

/// Whether a market's rule text is shown in full. What stands behind a cut may be the exception that matters, so nothing is asked about
/// such a market.
pub(super) fn fits(market: &Market) -> bool {
    market.description.as_deref().is_some_and(|d| d.chars().nth(RULES_CHARS_MAX).is_none())
}

/// A market as a model is shown it: question, label, event, dates, source and rules. All of it text from outside.
#[must_use]
pub fn describe(market: &Market) -> String {
    let mut out = format!("Question: {}\n", market.question);
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
            let _ = writeln!(out, "{name}: {value}");
        }
    };
    line("Label", market.group_title.as_deref());
    line("Event", market.event.as_ref().map(|e| e.title.as_str()));
    line("Listed end", market.end.map(|t| t.to_string()).as_deref());
    line("Source", market.resolution_source.as_deref());
    let rules = market.description.as_deref().map(|d| d.chars().take(RULES_CHARS_MAX).collect::<String>());
    line("Rules", rules.as_deref());
    out
}
