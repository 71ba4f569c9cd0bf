//! Posting and editing messages: limits are waited for, hiccups are tried again where a repeat is harmless.

use super::config::{DiscordConfig, Endpoint};
use super::dice::jitter;
use super::page::Page;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};
use twilight_http::Client;
use twilight_http::error::{Error as HttpError, ErrorType};
use twilight_http::request::{Form, Request};
use twilight_http::routing::Route;
use twilight_model::channel::message::AllowedMentions;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(4);
/// How often a request is repeated after 500, 502, 503, 504, a timeout or a lost connection.
const RETRIES_MAX: u32 = 3;
/// The wait before the first repeat; doubles, with up to half of it as jitter.
const RETRY_WAIT_MIN: Duration = Duration::from_millis(250);
/// How often one request may be sent again by the client itself after a 429.
const RATE_LIMITED_MAX: u32 = 8;
/// A repeat after less than this did not wait for anything: the 429 was a global one, which the client's limiter forgets.
const REPEAT_GAP_MIN: Duration = Duration::from_millis(200);
/// The wait in that case.
const RATE_LIMITED_WAIT: Duration = Duration::from_secs(2);
/// Longest wait that a server's header can ask for before the next request.
const GATE_MAX: Duration = Duration::from_secs(60);
/// The message flag that hides link previews.
const SUPPRESS_EMBEDS: u64 = 1 << 2;

/// Why a request did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RestError {
    /// 401: the token is refused. Nothing will work.
    Unauthorized,
    /// 403: not in this channel.
    Forbidden,
    /// 404: the message or channel is gone.
    NotFound,
    /// Another 4xx: the same request will never work. Status and Discord's code.
    Rejected(u16, u64),
    /// It may work later.
    Busy,
}

/// What a message shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Show<'a> {
    /// One or a few lines, already clean.
    Text(&'a str),
    /// An embed, perhaps with a file.
    Page(&'a Page),
}

/// Which limit a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Create,
    Edit,
}

/// The REST client. Build it inside the runtime.
#[derive(Debug)]
pub(super) struct Rest {
    client: Client,
    /// When the next request of a kind may go out in a channel, told by the last answer's headers. The client's own
    /// limiter learns only from refusals, so that every burst would cost one.
    gates: Mutex<HashMap<(Kind, u64), Instant>>,
}

#[derive(Deserialize)]
struct WithId {
    id: String,
}

impl Rest {
    pub(super) fn new(config: &DiscordConfig, endpoint: Option<&Endpoint>) -> Self {
        let mut builder = Client::builder()
            .token(config.token.reveal().to_owned())
            .timeout(REQUEST_TIMEOUT)
            .default_allowed_mentions(AllowedMentions::default());
        if let Some(endpoint) = endpoint {
            builder = builder.proxy(endpoint.api.clone(), endpoint.plain);
        }
        Self { client: builder.build(), gates: Mutex::default() }
    }

    /// The bot's own user id. Asked once; also the cheapest way to learn that a token is refused.
    pub(super) async fn me(&self) -> Result<u64, RestError> {
        let response = self.client.current_user().await.map_err(|e| classify(&e))?;
        id_of(&response.bytes().await.map_err(|_| RestError::Busy)?)
    }

    /// Shows "Betty is typing". Best effort.
    pub(super) async fn typing(&self, channel: u64) {
        let request = Request::from_route(&Route::CreateTypingTrigger { channel_id: channel });
        if let Err(error) = self.send(request).await {
            tracing::debug!(channel, ?error, "typing was not shown");
        }
    }

    /// Posts a message, as a reply if `reply` is given. The nonce makes a repeat harmless: Discord returns the first message.
    pub(super) async fn create(
        &self,
        channel: u64,
        show: Show<'_>,
        reply: Option<u64>,
        nonce: &str,
    ) -> Result<u64, RestError> {
        let (mut body, file) = body(show);
        body["nonce"] = json!(nonce);
        body["enforce_nonce"] = json!(true);
        if let Some(message) = reply {
            body["message_reference"] = json!({ "message_id": message.to_string(), "channel_id": channel.to_string(), "fail_if_not_exists": false });
        }
        self.retried(Kind::Create, channel, &Route::CreateMessage { channel_id: channel }, &body, file, RETRIES_MAX)
            .await
    }

    /// Edits a message. `retry` is off for progress: the next note replaces a lost one.
    pub(super) async fn edit(&self, channel: u64, message: u64, show: Show<'_>, retry: bool) -> Result<u64, RestError> {
        let (mut body, file) = body(show);
        // What the message showed before has to go.
        match show {
            Show::Text(_) => body["embeds"] = json!([]),
            Show::Page(_) => body["content"] = Value::Null,
        }
        let route = Route::UpdateMessage { channel_id: channel, message_id: message };
        self.retried(Kind::Edit, channel, &route, &body, file, if retry { RETRIES_MAX } else { 0 }).await
    }

    async fn retried(
        &self,
        kind: Kind,
        channel: u64,
        route: &Route<'_>,
        body: &Value,
        file: Option<&(&'static str, Vec<u8>)>,
        retries: u32,
    ) -> Result<u64, RestError> {
        let mut attempt = 0;
        loop {
            let gate = self.gates.lock().ok().and_then(|gates| gates.get(&(kind, channel)).copied());
            if let Some(gate) = gate {
                sleep_until(gate).await;
            }
            let result = match self.send(request(route, body, file)?).await {
                Ok(response) => {
                    let wait = wait_of(&response);
                    if let Ok(mut gates) = self.gates.lock() {
                        match wait {
                            Some(wait) => gates.insert((kind, channel), Instant::now() + wait),
                            None => gates.remove(&(kind, channel)),
                        };
                    }
                    // The message exists by now: an answer that cannot be read is no reason to post it again without a nonce.
                    response.bytes().await.map_err(|_| RestError::Busy).and_then(|bytes| id_of(&bytes))
                }
                Err(error) => Err(error),
            };
            match result {
                Err(RestError::Busy) if attempt < retries => {
                    let wait = RETRY_WAIT_MIN * 2u32.pow(attempt);
                    sleep(wait + (wait / 2).mul_f64(jitter())).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    /// One request. The client repeats it by itself after a 429, without end and for a global one without a pause: such
    /// a repeat is taken back before it is sent, and the door waits.
    async fn send(&self, request: Request) -> Result<twilight_http::Response<Value>, RestError> {
        let mut future = self.client.request::<Value>(request);
        let sent = Mutex::new((0, None::<Instant>));
        future.set_pre_flight(move || {
            let Ok(mut sent) = sent.lock() else { return false };
            let now = Instant::now();
            let (count, last) = *sent;
            *sent = (count + 1, Some(now));
            count < RATE_LIMITED_MAX && last.is_none_or(|last| now - last >= REPEAT_GAP_MIN)
        });
        match future.await {
            Ok(response) => Ok(response),
            Err(error) => {
                if matches!(error.kind(), ErrorType::RequestCanceled) {
                    sleep(RATE_LIMITED_WAIT).await;
                }
                Err(classify(&error))
            }
        }
    }
}

fn request(route: &Route<'_>, body: &Value, file: Option<&(&'static str, Vec<u8>)>) -> Result<Request, RestError> {
    let builder = Request::builder(route);
    let builder = match file {
        None => builder.json(body),
        Some((name, bytes)) => {
            let mut body = body.clone();
            body["attachments"] = json!([{ "id": "0", "filename": name }]);
            let text = body.to_string();
            builder.form(Form::new().json_part(b"payload_json", text.as_bytes()).file_part(
                b"files[0]",
                name.as_bytes(),
                bytes,
            ))
        }
    };
    builder.build().map_err(|_| RestError::Rejected(0, 0))
}

/// The body of a message. Built here rather than by the client's builder, which has no `enforce_nonce`; so mentions are
/// switched off here as well as on the client.
fn body<'a>(show: Show<'a>) -> (Value, Option<&'a (&'static str, Vec<u8>)>) {
    let mentions = json!({ "parse": [], "replied_user": false });
    match show {
        Show::Text(text) => {
            let flags = if text.contains("://") { SUPPRESS_EMBEDS } else { 0 };
            (json!({ "content": text, "flags": flags, "allowed_mentions": mentions }), None)
        }
        // A link inside an embed has no preview. The flag would hide the embed itself.
        Show::Page(page) => {
            (json!({ "embeds": [page.embed], "flags": 0, "allowed_mentions": mentions }), page.file.as_ref())
        }
    }
}

fn id_of(bytes: &[u8]) -> Result<u64, RestError> {
    serde_json::from_slice::<WithId>(bytes).ok().and_then(|with| with.id.parse().ok()).ok_or(RestError::Busy)
}

/// How long to wait when the answer says that nothing is left.
fn wait_of<T>(response: &twilight_http::Response<T>) -> Option<Duration> {
    let header = |name: &str| {
        response
            .headers()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    };
    if header("x-ratelimit-remaining")?.parse::<u32>().ok()? > 0 {
        return None;
    }
    let seconds = header("x-ratelimit-reset-after")?.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(GATE_MAX))
}

fn classify(error: &HttpError) -> RestError {
    match error.kind() {
        ErrorType::Unauthorized => RestError::Unauthorized,
        ErrorType::Response { status, error, .. } => {
            let code = match error {
                twilight_http::api_error::ApiError::General(general) => general.code,
                _ => 0,
            };
            match status.get() {
                401 => RestError::Unauthorized,
                403 => RestError::Forbidden,
                404 => RestError::NotFound,
                status @ 400..500 => RestError::Rejected(status, code),
                _ => RestError::Busy,
            }
        }
        ErrorType::Validation | ErrorType::BuildingRequest | ErrorType::CreatingHeader { .. } | ErrorType::Json => {
            RestError::Rejected(0, 0)
        }
        // Timeouts, lost connections, refusals for too many 429, and pages of a proxy that are no JSON.
        _ => RestError::Busy,
    }
}
