//! The few fields of a chat completion that are sent and read. Tolerant: what is not needed is not looked at.

use serde::Deserialize;
use serde_json::{Value, json};

/// How an endpoint is asked for an object, from the strictest down. What it rejects is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `response_format: json_schema`: the endpoint sees to the form.
    Schema,
    /// `response_format: json_object`: it sees to it that it is an object.
    Object,
    /// Words alone; the object is taken out of the text.
    Words,
}

/// Which of the two names of the longest answer an endpoint knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// `max_tokens`, known to nearly all.
    Tokens,
    /// `max_completion_tokens`, asked for by reasoning models.
    CompletionTokens,
}

/// One message of a conversation.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) role: &'static str,
    pub(super) text: String,
}

/// The body of a request.
pub(super) fn body(
    model: &str,
    messages: &[Message],
    (schema_name, schema): (&str, &Value),
    form: Form,
    limit: (Limit, u32),
) -> Value {
    let messages: Vec<Value> = messages.iter().map(|m| json!({"role": m.role, "content": m.text})).collect();
    let mut out = json!({"model": model, "messages": messages, "stream": false});
    let name = match limit.0 {
        Limit::Tokens => "max_tokens",
        Limit::CompletionTokens => "max_completion_tokens",
    };
    out[name] = limit.1.into();
    match form {
        Form::Schema => {
            let strict = json!({"name": schema_name, "strict": true, "schema": schema});
            out["response_format"] = json!({"type": "json_schema", "json_schema": strict});
        }
        Form::Object => out["response_format"] = json!({"type": "json_object"}),
        Form::Words => {}
    }
    out
}

/// What is read of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Completion {
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    #[serde(default)]
    pub(super) usage: Option<Counts>,
}

/// One choice; one is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) message: Option<Said>,
    #[serde(default)]
    pub(super) finish_reason: Option<String>,
}

/// What was said.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    pub(super) content: Option<String>,
    #[serde(default)]
    pub(super) refusal: Option<String>,
}

/// Tokens as the endpoint counts them.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Counts {
    #[serde(default)]
    pub(super) prompt_tokens: Option<u64>,
    #[serde(default)]
    pub(super) completion_tokens: Option<u64>,
}
