//! A small Discord in one process: the REST routes the door uses and a gateway with identify, resume and replay.

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

pub(crate) const BOT: u64 = 4_242;
pub(crate) const GUILD: u64 = 1_001;
pub(crate) const CHANNEL: u64 = 2_001;
pub(crate) const ADMIN_CHANNEL: u64 = 2_002;
pub(crate) const ADMIN_ROLE: u64 = 3_001;
pub(crate) const USER: u64 = 5_001;

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) body: Value,
    pub(crate) raw: String,
    pub(crate) status: u16,
}

/// What the next requests get instead of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Status(u16),
    /// The message is made, but the answer is lost.
    LoseAnswer,
    Hang,
}

/// What a gateway connection does to its socket.
enum Push {
    Text(String),
    Drop,
    Close(u16),
}

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    faults: Vec<Fault>,
    nonces: HashMap<String, u64>,
    /// Content and embeds of what stands in the channels, by id.
    shown: HashMap<u64, Value>,
    connections: Vec<Instant>,
    identifies: Vec<Value>,
    resumes: Vec<Value>,
    client_closes: Vec<u16>,
    close_at_once: Option<u16>,
    silent: bool,
    session: Option<String>,
    buffer: Vec<(u64, String)>,
    seq: u64,
    next_id: u64,
    socket: Option<mpsc::UnboundedSender<Push>>,
}

pub(crate) struct Fake {
    inner: Mutex<Inner>,
    pub(crate) port: u16,
}

impl Fake {
    pub(crate) async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = Arc::new(Self { inner: Mutex::default(), port });
        let app = Router::new()
            .route("/", get(gateway))
            .route("/api/v10/users/@me", get(me))
            .route("/api/v10/channels/{channel}/messages", post(create))
            .route("/api/v10/channels/{channel}/messages/{message}", patch(edit))
            .route("/api/v10/channels/{channel}/typing", post(typing))
            .with_state(Arc::clone(&fake));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        fake
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn fail_next(&self, fault: Fault, count: usize) {
        self.lock().faults.extend(std::iter::repeat_n(fault, count));
    }

    pub(crate) fn close_at_once(&self, code: Option<u16>) {
        self.lock().close_at_once = code;
    }

    /// New connections are accepted and hear nothing.
    pub(crate) fn silent(&self, silent: bool) {
        self.lock().silent = silent;
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    pub(crate) fn created(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|c| c.method == "POST" && c.status == 200).collect()
    }

    pub(crate) fn edits(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|c| c.method == "PATCH" && c.status == 200).collect()
    }

    /// What stands in the channels, oldest first.
    pub(crate) fn shown(&self) -> Vec<Value> {
        let mut all: Vec<(u64, Value)> = self.lock().shown.clone().into_iter().collect();
        all.sort_by_key(|(id, _)| *id);
        all.into_iter().map(|(_, body)| body).collect()
    }

    pub(crate) fn forget_messages(&self) {
        self.lock().shown.clear();
    }

    pub(crate) fn connections(&self) -> Vec<Instant> {
        self.lock().connections.clone()
    }

    pub(crate) fn identifies(&self) -> Vec<Value> {
        self.lock().identifies.clone()
    }

    pub(crate) fn resumes(&self) -> Vec<Value> {
        self.lock().resumes.clone()
    }

    pub(crate) fn client_closes(&self) -> Vec<u16> {
        self.lock().client_closes.clone()
    }

    /// The session ends, as after a long absence.
    pub(crate) fn forget_session(&self) {
        self.lock().session = None;
    }

    pub(crate) fn drop_socket(&self) {
        self.push(Push::Drop);
    }

    pub(crate) fn close_socket(&self, code: u16) {
        self.push(Push::Close(code));
    }

    /// Op 7 or 9 and the like.
    pub(crate) fn op(&self, op: u8, d: &Value) {
        self.push(Push::Text(json!({ "op": op, "d": d, "s": null, "t": null }).to_string()));
    }

    fn push(&self, push: Push) {
        if let Some(socket) = &self.lock().socket {
            _ = socket.send(push);
        }
    }

    /// A snowflake of now.
    fn snowflake(inner: &mut Inner) -> u64 {
        let ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64 - 1_420_070_400_000;
        inner.next_id += 1;
        (ms << 22) | inner.next_id
    }

    /// A person writes; `change` may alter the event. Kept for a resume if nobody is connected.
    pub(crate) fn say_with(&self, content: &str, change: impl FnOnce(&mut Value)) -> u64 {
        let mut inner = self.lock();
        let id = Self::snowflake(&mut inner);
        let mut event = json!({
            "id": id.to_string(), "channel_id": CHANNEL.to_string(), "guild_id": GUILD.to_string(), "type": 0, "content": content,
            "author": { "id": USER.to_string(), "username": "alice", "discriminator": "0", "avatar": null, "global_name": null },
            "member": { "roles": [], "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false, "flags": 0 },
            "timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": null, "tts": false, "mention_everyone": false,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": false
        });
        change(&mut event);
        self.dispatch(&mut inner, "MESSAGE_CREATE", &event);
        id
    }

    pub(crate) fn say(&self, content: &str) -> u64 {
        self.say_with(content, |_| {})
    }

    /// The same event once more, as a replay would bring it.
    pub(crate) fn repeat_last(&self) {
        let mut inner = self.lock();
        let (_, text) = inner.buffer.last().unwrap().clone();
        let mut event: Value = serde_json::from_str(&text).unwrap();
        let d = event["d"].take();
        self.dispatch(&mut inner, "MESSAGE_CREATE", &d);
    }

    /// The last message again as an edit of it.
    pub(crate) fn edit_last(&self) {
        let mut inner = self.lock();
        let (_, text) = inner.buffer.last().unwrap().clone();
        let mut event: Value = serde_json::from_str(&text).unwrap();
        let d = event["d"].take();
        self.dispatch(&mut inner, "MESSAGE_UPDATE", &d);
    }

    fn dispatch(&self, inner: &mut Inner, t: &str, d: &Value) {
        inner.seq += 1;
        let text = json!({ "op": 0, "t": t, "s": inner.seq, "d": d }).to_string();
        let seq = inner.seq;
        inner.buffer.push((seq, text.clone()));
        if let Some(socket) = &inner.socket {
            _ = socket.send(Push::Text(text));
        }
    }
}

fn answer(fake: &Fake, method: &'static str, message: Option<u64>, raw: &Bytes) -> (Option<Fault>, Response) {
    let raw = String::from_utf8_lossy(raw).into_owned();
    // A form's first part is the body.
    let start = raw.find('{').unwrap_or(0);
    let body = serde_json::Deserializer::from_str(&raw[start..])
        .into_iter::<Value>()
        .next()
        .and_then(Result::ok)
        .unwrap_or_default();
    let mut inner = fake.lock();
    let fault = (!inner.faults.is_empty()).then(|| inner.faults.remove(0));
    let mut status = match fault {
        Some(Fault::Status(status)) => status,
        Some(Fault::Hang) => 0,
        _ => 200,
    };
    let mut id = message.unwrap_or(0);
    if status == 200 {
        if method == "POST" {
            let nonce = body["nonce"].as_str().unwrap_or_default().to_owned();
            assert!(body["enforce_nonce"] == true && (1..=25).contains(&nonce.len()), "{body}");
            id = match inner.nonces.get(&nonce) {
                Some(first) => *first,
                None => Fake::snowflake(&mut inner),
            };
            inner.nonces.insert(nonce, id);
            inner.shown.insert(id, body.clone());
        } else if let Some(shown) = inner.shown.get_mut(&id) {
            for (key, value) in body.as_object().unwrap() {
                shown[key] = value.clone();
            }
        } else {
            status = 404;
        }
    }
    inner.calls.push(Call { method, body, raw, status });
    let code = StatusCode::from_u16(status.max(200)).unwrap();
    let json = if status == 200 { json!({ "id": id.to_string() }) } else { json!({ "message": "no", "code": 0 }) };
    (fault, (code, axum::Json(json)).into_response())
}

async fn finish((fault, response): (Option<Fault>, Response)) -> Response {
    match fault {
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::LoseAnswer) => StatusCode::BAD_GATEWAY.into_response(),
        _ => response,
    }
}

fn authorised(headers: &HeaderMap) -> bool {
    headers
        .get("authorization")
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("Bot ") && !v.ends_with("refused"))
}

fn refused() -> Response {
    (StatusCode::UNAUTHORIZED, axum::Json(json!({ "message": "401: Unauthorized", "code": 0 }))).into_response()
}

async fn me(headers: HeaderMap) -> Response {
    if !authorised(&headers) {
        return refused();
    }
    axum::Json(json!({ "id": BOT.to_string(), "username": "betty" })).into_response()
}

async fn create(State(fake): State<Arc<Fake>>, headers: HeaderMap, raw: Bytes) -> Response {
    if !authorised(&headers) {
        return refused();
    }
    finish(answer(&fake, "POST", None, &raw)).await
}

async fn edit(State(fake): State<Arc<Fake>>, Path((_, message)): Path<(u64, u64)>, raw: Bytes) -> Response {
    finish(answer(&fake, "PATCH", Some(message), &raw)).await
}

async fn typing() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn gateway(State(fake): State<Arc<Fake>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| serve(fake, socket))
}

async fn serve(fake: Arc<Fake>, mut socket: WebSocket) {
    let (close, silent) = {
        let mut inner = fake.lock();
        inner.connections.push(Instant::now());
        (inner.close_at_once, inner.silent)
    };
    if silent {
        while socket.recv().await.is_some_and(|message| message.is_ok()) {}
        return;
    }
    let shut = |code: u16| Message::Close(Some(CloseFrame { code, reason: "scripted".into() }));
    if let Some(code) = close {
        _ = socket.send(shut(code)).await;
        _ = tokio::time::timeout(Duration::from_millis(200), socket.recv()).await;
        return;
    }
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": 41_250 }, "s": null, "t": null });
    if socket.send(Message::Text(hello.to_string().into())).await.is_err() {
        return;
    }
    let (sender, mut pushes) = mpsc::unbounded_channel();
    loop {
        tokio::select! {
            push = pushes.recv() => match push {
                Some(Push::Text(text)) => if socket.send(Message::Text(text.into())).await.is_err() { return },
                Some(Push::Close(code)) => { _ = socket.send(shut(code)).await; }
                Some(Push::Drop) | None => return,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    for out in heard(&fake, &serde_json::from_str(&text).unwrap(), &sender) {
                        if socket.send(Message::Text(out.into())).await.is_err() { return }
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    fake.lock().client_closes.push(frame.map_or(0, |f| f.code));
                    return;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
}

fn heard(fake: &Fake, message: &Value, sender: &mpsc::UnboundedSender<Push>) -> Vec<String> {
    let mut inner = fake.lock();
    match message["op"].as_u64() {
        Some(1) => vec![json!({ "op": 11, "d": null, "s": null, "t": null }).to_string()],
        Some(2) => {
            inner.identifies.push(message["d"].clone());
            let id = format!("session{}", inner.identifies.len());
            inner.session = Some(id.clone());
            inner.seq = 1;
            inner.buffer.clear();
            inner.socket = Some(sender.clone());
            vec![json!({ "op": 0, "t": "READY", "s": 1, "d": {
                "v": 10, "session_id": id, "resume_gateway_url": format!("ws://127.0.0.1:{}", fake.port),
                "guilds": [{ "id": GUILD.to_string(), "unavailable": true }], "application": { "id": "7", "flags": 0 },
                "user": { "id": BOT.to_string(), "username": "betty", "discriminator": "0", "avatar": null, "bot": true, "mfa_enabled": false,
                          "accent_color": null, "banner": null, "global_name": null },
            }}).to_string()]
        }
        Some(6) => {
            inner.resumes.push(message["d"].clone());
            if inner.session.as_deref() != message["d"]["session_id"].as_str() {
                return vec![json!({ "op": 9, "d": false, "s": null, "t": null }).to_string()];
            }
            inner.socket = Some(sender.clone());
            let seen = message["d"]["seq"].as_u64().unwrap();
            let mut out: Vec<String> =
                inner.buffer.iter().filter(|(seq, _)| *seq > seen).map(|(_, text)| text.clone()).collect();
            inner.seq += 1;
            out.push(json!({ "op": 0, "t": "RESUMED", "s": inner.seq, "d": {} }).to_string());
            out
        }
        _ => Vec::new(),
    }
}
