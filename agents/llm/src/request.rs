//! What is asked and what comes back.

use serde_json::Value;
use std::ops::Add;
use std::time::Duration;

/// Which prompt a request was made from: its name, and the hash of its content as its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptId {
    /// The prompt's name.
    pub name: String,
    /// SHA-256 of its file, hex.
    pub hash: String,
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Where the text comes from.
    pub prompt: PromptId,
    /// What the model is told about its part.
    pub system: String,
    /// The question.
    pub user: String,
    /// A name for the form of the answer: letters, digits, underscores.
    pub schema_name: String,
    /// The form of the answer as JSON schema, of the kind [`crate::schema::check`] reads.
    pub schema: Value,
    /// Most tokens of one answer.
    pub output_tokens_max: u32,
    /// For everything: waiting, retries, reading, repair.
    pub deadline: Duration,
}

/// Bytes of text that make one token, by which a call is estimated before it is made. English has about four; markup and numbers less.
const BYTES_PER_TOKEN: u64 = 3;
/// Tokens that the form of a conversation adds.
const OVERHEAD_TOKENS: u64 = 64;

impl Request {
    /// Tokens that one call would take at most, by estimate: the text's length, the schema's, and the longest answer.
    #[must_use]
    pub fn estimate(&self) -> Usage {
        let schema = self.schema.to_string().len();
        let bytes = self.system.len() + self.user.len() + schema;
        Usage {
            input_tokens: bytes as u64 / BYTES_PER_TOKEN + OVERHEAD_TOKENS,
            output_tokens: u64::from(self.output_tokens_max),
            estimated: true,
        }
    }
}

/// Tokens of one call or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Sent.
    pub input_tokens: u64,
    /// Received.
    pub output_tokens: u64,
    /// Whether a part is an estimate because the endpoint did not tell.
    pub estimated: bool,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            estimated: self.estimated || other.estimated,
        }
    }
}

/// One answer, of the form asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What was said. Written by a model: data.
    pub value: Value,
    /// What it took, a repair counted in.
    pub usage: Usage,
    /// From the first byte sent to the last byte read.
    pub latency: Duration,
    /// Whether the first answer was not of the form asked for.
    pub repaired: bool,
}
