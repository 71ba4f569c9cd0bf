//! A scripted endpoint: an HTTP server on loopback that answers as the test says and keeps what it was asked.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its own part")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One answer of the endpoint.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A completion with this content and usage.
    Says(String, Option<(u64, u64)>),
    /// A status with a body and headers.
    Status(u16, String, Vec<(&'static str, String)>),
    /// A body as it is, with status 200.
    Raw(String),
    /// Nothing, for longer than any test waits.
    Hangs,
    /// Half a body, and then nothing.
    HangsHalfWay,
    /// More than anybody should read.
    Floods,
}

pub fn says(value: &Value) -> Reply {
    Reply::Says(value.to_string(), Some((100, 20)))
}

/// What the endpoint was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub body: Value,
    pub key: Option<String>,
}

impl Asked {
    /// The last message of the conversation.
    pub fn user(&self) -> String {
        let messages = self.body["messages"].as_array().expect("messages");
        messages.last().expect("a message")["content"].as_str().expect("a text").to_owned()
    }
}

type Script = Box<dyn FnMut(&Asked) -> Reply + Send>;

struct Shared {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
}

/// The server; it stops with the test's runtime.
#[derive(Clone)]
pub struct Scripted {
    shared: Arc<Shared>,
    pub base_url: String,
}

impl Scripted {
    /// Answers each request by a function of what was asked.
    pub async fn by(script: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let shared = Arc::new(Shared { script: Mutex::new(Box::new(script)), asked: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { shared, base_url }
    }

    /// Answers with these, in order; a request beyond them fails the test by an answer of no use.
    pub async fn of(replies: Vec<Reply>) -> Self {
        let mut replies = replies.into_iter();
        Self::by(move |_| replies.next().unwrap_or_else(|| Reply::Raw("the script is over".to_owned()))).await
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("the requests").clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let key = headers.get("authorization").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let asked = Asked { body: serde_json::from_slice(&body).expect("JSON"), key };
    let reply = (shared.script.lock().expect("the script"))(&asked);
    shared.asked.lock().expect("the requests").push(asked);
    let whole = |status: u16, body: String| {
        Response::builder().status(StatusCode::from_u16(status).expect("a status")).body(Body::from(body)).expect("it")
    };
    match reply {
        Reply::Says(content, usage) => {
            let usage = usage.map(|(i, o)| json!({"prompt_tokens": i, "completion_tokens": o}));
            let mut value =
                json!({"choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]});
            if let Some(usage) = usage {
                value["usage"] = usage;
            }
            whole(200, value.to_string())
        }
        Reply::Status(status, body, headers) => {
            let mut response = whole(status, body);
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().expect("a header"));
            }
            response
        }
        Reply::Raw(body) => whole(200, body),
        Reply::Hangs => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            whole(200, String::new())
        }
        Reply::HangsHalfWay => {
            let first =
                futures_util::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"{\"choices\": [")) });
            let never = futures_util::stream::pending();
            Response::new(Body::from_stream(futures_util::StreamExt::chain(first, never)))
        }
        Reply::Floods => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            Response::new(Body::from_stream(futures_util::stream::repeat_with(move || {
                Ok::<_, std::io::Error>(chunk.clone())
            })))
        }
    }
}
