//! Any OpenAI-compatible endpoint.
//!
//! * This file: one request from its first try to its answer. `transport`: the way to the endpoint. `wire`: what is sent and read.
//!   `retry`: what is tried again.
//!
//! async-openai carries the requests, with types of our own: its typed ones fail on fields that other servers leave out.

mod retry;
mod transport;
mod wire;

use crate::error::{LlmError, LlmErrorKind};
use crate::model::Model;
use crate::price::Price;
use crate::request::{Answer, Request, Usage};
use crate::schema;
use crate::secret::ApiKey;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use transport::{Status, TooLong, Transport};
use wire::{Completion, Form, Limit, Message};

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Characters of a wrong answer shown to the model for its repair.
const SHOWN_CHARS_MAX: usize = 2_000;

/// Where an endpoint is and what it asks.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its base address, with the version: `https://api.example.com/v1`.
    pub base_url: String,
    /// Its key; local ones need none.
    pub key: Option<ApiKey>,
    /// The model's name.
    pub model: String,
    /// What its tokens cost.
    pub price: Price,
}

/// Numbers from 0 to 1 that spread retries.
pub type Dice = Arc<dyn Fn() -> f64 + Send + Sync>;

/// A model behind an OpenAI-compatible endpoint.
#[derive(Clone)]
pub struct OpenAi {
    client: async_openai::Client<OpenAIConfig>,
    endpoint: Endpoint,
    dice: Dice,
    /// What the endpoint was found to take; shared, so that it is found out once.
    form: Arc<AtomicU8>,
    limit: Arc<AtomicU8>,
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl OpenAi {
    /// Sets a client up. Nothing is sent.
    ///
    /// # Errors
    /// [`LlmErrorKind::Setup`] when the HTTP client cannot be made.
    pub fn new(endpoint: Endpoint, dice: Dice) -> Result<Self, LlmError> {
        // One provider for the whole program; the first one in stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_MAX)
            // A redirect would take the key to another place.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| LlmError::new(LlmErrorKind::Setup, format!("its HTTP client cannot be made: {e}")))?;
        let key = endpoint.key.as_ref().map_or("", ApiKey::expose);
        let config =
            OpenAIConfig::new().with_api_base(endpoint.base_url.trim_end_matches('/')).with_api_key(key.to_owned());
        let transport = Transport { client: client.clone() };
        let client = async_openai::Client::build(client, config).with_http_service(transport);
        Ok(Self { client, endpoint, dice, form: Arc::default(), limit: Arc::default() })
    }

    fn form(&self) -> Form {
        match self.form.load(Ordering::Relaxed) {
            0 => Form::Schema,
            1 => Form::Object,
            _ => Form::Words,
        }
    }

    fn limit(&self) -> Limit {
        if self.limit.load(Ordering::Relaxed) == 0 { Limit::Tokens } else { Limit::CompletionTokens }
    }

    /// Whether an endpoint's refusal is about the dialect it was spoken to in; the next plainer one is then remembered.
    fn plainer(&self, status: &Status) -> bool {
        if !matches!(status.code, 400 | 404 | 415 | 422) {
            return false;
        }
        let said = status.said.to_lowercase();
        if said.contains("max_completion_tokens") && self.limit() == Limit::Tokens {
            self.limit.store(1, Ordering::Relaxed);
            return true;
        }
        let about_form = ["response_format", "json_schema", "json_object", "schema", "structured"];
        let next = match self.form() {
            Form::Schema => 1,
            Form::Object => 2,
            Form::Words => return false,
        };
        let about = about_form.iter().any(|w| said.contains(w));
        if about {
            self.form.store(next, Ordering::Relaxed);
        }
        about
    }

    fn error(&self, kind: LlmErrorKind, what: &str) -> LlmError {
        let clean = self.endpoint.key.as_ref().map_or_else(|| what.to_owned(), |key| key.clean(what));
        LlmError::new(kind, clean)
    }

    /// One call with its retries: what was said, and what all tries took.
    async fn call(&self, request: &Request, messages: &[Message], until: Instant) -> Result<(String, Usage), LlmError> {
        let mut tried = 0;
        let mut spent = Usage::default();
        loop {
            let (form, limit) = (self.form(), (self.limit(), request.output_tokens_max));
            let schema = (request.schema_name.as_str(), &request.schema);
            let body = wire::body(&self.endpoint.model, messages, schema, form, limit);
            tried += 1;
            let error = match self.client.chat().create_byot::<_, Completion>(body).await {
                Ok(completion) => {
                    let usage = usage(&completion, request);
                    return match said(completion) {
                        Ok(text) => Ok((text, spent + usage)),
                        Err(why) => Err(LlmError { usage: spent + usage, ..self.error(LlmErrorKind::BadAnswer, &why) }),
                    };
                }
                Err(error) => error,
            };
            let failed = failed(&error);
            if let Failed::Status(status) = &failed
                && self.plainer(status)
            {
                // Another dialect is no retry: nothing was computed.
                tried -= 1;
                continue;
            }
            let (kind, retry, asked) = failed.judged();
            if failed.may_have_cost() {
                spent = spent + Usage { output_tokens: 0, ..request.estimate() };
            }
            let left = until.saturating_duration_since(Instant::now());
            let wait = retry.then(|| retry::wait(tried, asked, left, (self.dice)())).flatten();
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    let tries = if tried == 1 { String::new() } else { format!(" after {tried} tries") };
                    let what = format!("{failed}{tries}");
                    return Err(LlmError { usage: spent, ..self.error(kind, &what) });
                }
            }
        }
    }

    async fn answered(&self, request: &Request, until: Instant) -> Result<(serde_json::Value, Usage, bool), LlmError> {
        let system = Message { role: "system", text: request.system.clone() };
        let user = Message { role: "user", text: request.user.clone() };
        let mut messages = vec![system, user];
        let (text, usage) = self.call(request, &messages, until).await?;
        let wrong = match read(&request.schema, &text) {
            Ok(value) => return Ok((value, usage, false)),
            Err(wrong) => wrong,
        };
        // One attempt at repair, with what was wrong.
        messages.push(Message { role: "assistant", text: text.chars().take(SHOWN_CHARS_MAX).collect() });
        messages.push(Message {
            role: "user",
            text: format!(
                "That is not of the form asked for: {wrong}. Answer again with one JSON object and nothing else, by this schema: {}",
                request.schema
            ),
        });
        let again = self.call(request, &messages, until).await;
        let (text, more) = again.map_err(|e| LlmError { usage: usage + e.usage, ..e })?;
        match read(&request.schema, &text) {
            Ok(value) => Ok((value, usage + more, true)),
            Err(wrong) => Err(LlmError {
                usage: usage + more,
                ..self.error(LlmErrorKind::BadAnswer, &format!("it was not of the form asked for, twice: {wrong}"))
            }),
        }
    }
}

#[async_trait]
impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.endpoint.model
    }

    fn price(&self) -> Price {
        self.endpoint.price
    }

    async fn ask(&self, request: &Request) -> Result<Answer, LlmError> {
        let begun = Instant::now();
        let until = begun + request.deadline;
        match tokio::time::timeout(request.deadline, self.answered(request, until)).await {
            Ok(Ok((value, usage, repaired))) => Ok(Answer { value, usage, latency: begun.elapsed(), repaired }),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let what = format!("no whole answer within {} s", request.deadline.as_secs_f64());
                // What was sent is paid for, answer or not; how much was computed nobody tells.
                Err(LlmError { usage: request.estimate(), ..LlmError::new(LlmErrorKind::Timeout, what) })
            }
        }
    }
}

fn read(schema: &serde_json::Value, text: &str) -> Result<serde_json::Value, String> {
    let value = schema::object_in(text).ok_or("it holds no JSON object")?;
    schema::check(schema, &value)?;
    Ok(value)
}

/// What the endpoint counts, or the estimate.
fn usage(completion: &Completion, request: &Request) -> Usage {
    match completion.usage.and_then(|u| u.prompt_tokens.zip(u.completion_tokens)) {
        Some((input_tokens, output_tokens)) => Usage { input_tokens, output_tokens, estimated: false },
        None => request.estimate(),
    }
}

fn said(completion: Completion) -> Result<String, String> {
    let choice = completion.choices.into_iter().next().ok_or("the endpoint gave no choice")?;
    let cut = choice.finish_reason.as_deref() == Some("length");
    let message = choice.message.ok_or("the endpoint gave no message")?;
    if let Some(refusal) = message.refusal.filter(|r| !r.trim().is_empty()) {
        return Err(format!("the model declined: {}", refusal.chars().take(200).collect::<String>()));
    }
    match message.content {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ if cut => Err("the longest answer allowed was used up before anything was said".to_owned()),
        _ => Err("the answer is empty".to_owned()),
    }
}

/// A failure as the endpoint or the way to it tells it.
enum Failed<'e> {
    Status(&'e Status),
    TooLong,
    Unreadable,
    Connection(String, bool),
}

fn failed(error: &OpenAIError) -> Failed<'_> {
    match error {
        OpenAIError::Boxed(inner) => match (inner.downcast_ref::<Status>(), inner.downcast_ref::<TooLong>()) {
            (Some(status), _) => Failed::Status(status),
            (None, Some(_)) => Failed::TooLong,
            (None, None) => Failed::Connection(inner.to_string(), false),
        },
        OpenAIError::JSONDeserialize(..) => Failed::Unreadable,
        OpenAIError::Reqwest(e) => Failed::Connection(chain(e), e.is_connect()),
        other => Failed::Connection(other.to_string(), false),
    }
}

/// An error with what lies below it: reqwest's own words do not say why.
fn chain(error: &reqwest::Error) -> String {
    let mut out = error.to_string();
    let mut below = std::error::Error::source(error);
    while let Some(e) = below {
        out = format!("{out}: {e}");
        below = e.source();
    }
    out
}

impl Failed<'_> {
    /// The kind, whether another try may help, and the wait that was asked for.
    fn judged(&self) -> (LlmErrorKind, bool, Option<Duration>) {
        match self {
            Self::Status(s) => match s.code {
                401 | 403 => (LlmErrorKind::Forbidden, false, None),
                429 => (LlmErrorKind::RateLimited, true, s.retry_after),
                408 | 500..=599 => (LlmErrorKind::Unavailable, true, s.retry_after),
                _ => (LlmErrorKind::Refused, false, None),
            },
            Self::TooLong | Self::Unreadable => (LlmErrorKind::BadAnswer, false, None),
            Self::Connection(..) => (LlmErrorKind::Unavailable, true, None),
        }
    }

    /// Whether the endpoint may have read the question and charge for it.
    const fn may_have_cost(&self) -> bool {
        match self {
            Self::Status(s) => s.code >= 500,
            Self::TooLong | Self::Unreadable => true,
            Self::Connection(_, before_sending) => !*before_sending,
        }
    }
}

impl fmt::Display for Failed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(f),
            Self::TooLong => TooLong.fmt(f),
            Self::Unreadable => f.write_str("the endpoint's answer is no chat completion"),
            Self::Connection(why, _) => write!(f, "the endpoint cannot be reached: {why}"),
        }
    }
}
