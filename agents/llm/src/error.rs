//! Why there is no answer.

use crate::request::Usage;
use std::error::Error;
use std::fmt;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LlmErrorKind {
    /// The deadline passed.
    Timeout,
    /// The endpoint does not accept the key.
    Forbidden,
    /// The endpoint says that too much was asked, after the retries there was time for.
    RateLimited,
    /// The endpoint cannot be reached or fails, after the retries there was time for.
    Unavailable,
    /// The endpoint refuses the request: a name, a size, a field it does not know.
    Refused,
    /// The answer is not of the form asked for, and neither is the one after it.
    BadAnswer,
    /// The client cannot be set up.
    Setup,
}

impl LlmErrorKind {
    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Refused => "refused",
            Self::BadAnswer => "bad_answer",
            Self::Setup => "setup",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Timeout => "a slower model needs a longer llm.call_s_max",
            Self::Forbidden => "check llm.api_key and that it may use the model",
            Self::RateLimited => "wait, or ask for a higher limit",
            Self::Unavailable => "check llm.base_url and the endpoint's own state",
            Self::Refused => "check llm.model and what the endpoint can do",
            Self::BadAnswer => "a larger model, or one with structured output, answers in the form asked for",
            Self::Setup => "check the settings under [llm]",
        }
    }
}

/// A failed request.
#[derive(Debug)]
pub struct LlmError {
    /// What kind.
    pub kind: LlmErrorKind,
    /// What happened, in words. What the endpoint said is cut and cleaned of the key.
    pub what: String,
    /// What the attempts took, by the endpoint's word or by estimate.
    pub usage: Usage,
    /// Below it.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl LlmError {
    pub(crate) fn new(kind: LlmErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), usage: Usage::default(), source: None }
    }
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the language model gave no answer: {}; {}", self.what, self.kind.advice())
    }
}

impl Error for LlmError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn Error + 'static))
    }
}
