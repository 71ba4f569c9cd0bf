//! One request with its time-outs, size cap and retries. The only retry layer of the crate.

use super::limits::{Limits, Route};
use super::{LiveConfig, tls};
use crate::source::SourceError;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Attempts at one request, the first included.
pub const REQUEST_TRIES_MAX: u32 = 3;
/// Wait before the second attempt; doubles for the third. Jittered down by up to a half.
pub const RETRY_DELAY: Duration = Duration::from_millis(400);
/// Longest wait a `Retry-After` of the venue is followed for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(10);
/// Largest answer read, after decompression, in bytes. A page of 100 events with long rules stays below 10 MB.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Redirects followed; the venue uses none.
const REDIRECTS_MAX: usize = 2;

/// A client of one venue.
#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    limits: Limits,
}

/// Why a request came to nothing.
#[derive(Debug)]
pub(crate) struct HttpError {
    /// What callers of the source are told.
    pub(crate) error: SourceError,
    /// The venue understood and said no (4xx): the same question will not do better.
    pub(crate) refused: bool,
}

impl From<HttpError> for SourceError {
    fn from(e: HttpError) -> Self {
        e.error
    }
}

/// Why one attempt failed, and whether another may help.
struct Failure {
    reason: String,
    retry: bool,
    wait: Option<Duration>,
    /// The status, when the venue answered with one.
    status: Option<StatusCode>,
}

impl Http {
    pub(crate) fn new(config: &LiveConfig) -> Result<Self, SourceError> {
        tls::init_tls();
        let mut builder = Client::builder()
            .user_agent(concat!("betty/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.connect_timeout)
            .timeout(config.request_timeout)
            .redirect(redirect::Policy::limited(REDIRECTS_MAX));
        if [&config.gamma, &config.clob].iter().all(|base| is_loopback(base)) {
            // A proxy of the machine cannot reach its loopback.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|e| SourceError::Unsupported(format!("no HTTP client: {}", chain(&e))))?;
        Ok(Self { client, limits: Limits::new() })
    }

    /// GET of an idempotent route.
    pub(crate) async fn get(&self, route: Route, url: Url) -> Result<Vec<u8>, HttpError> {
        let what = url.path().to_owned();
        self.run(route, &what, || self.client.request(Method::GET, url.clone())).await
    }

    /// POST that only reads.
    pub(crate) async fn post_read(
        &self,
        route: Route,
        url: Url,
        body: &serde_json::Value,
    ) -> Result<Vec<u8>, HttpError> {
        let what = url.path().to_owned();
        self.run(route, &what, || self.client.request(Method::POST, url.clone()).json(body)).await
    }

    async fn run(&self, route: Route, what: &str, request: impl Fn() -> RequestBuilder) -> Result<Vec<u8>, HttpError> {
        let mut tried = 0;
        loop {
            self.limits.ready(route).await;
            tried += 1;
            let failure = match attempt(request()).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let refused = failure.status.is_some_and(|s| s.is_client_error()) && !failure.retry;
            if failure.status == Some(StatusCode::NOT_FOUND) {
                return Err(HttpError { error: SourceError::NotFound { what: what.to_owned() }, refused });
            }
            if !failure.retry || tried >= REQUEST_TRIES_MAX {
                let reason = format!("{} (attempt {tried} of {REQUEST_TRIES_MAX})", failure.reason);
                let error = SourceError::Unavailable { what: what.to_owned(), reason };
                return Err(HttpError { error, refused });
            }
            let wait = failure.wait.unwrap_or_else(|| jittered(RETRY_DELAY * 2_u32.pow(tried - 1)));
            tracing::debug!(what, tried, reason = %failure.reason, wait_ms = wait.as_millis() as u64, "request is repeated");
            tokio::time::sleep(wait).await;
        }
    }
}

async fn attempt(request: RequestBuilder) -> Result<Vec<u8>, Failure> {
    let response = request.send().await.map_err(|e| transport(&e))?;
    let status = response.status();
    if status.is_success() {
        return body(response).await;
    }
    let retry = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY | StatusCode::REQUEST_TIMEOUT);
    Err(Failure { reason: format!("HTTP {status}"), retry, wait: retry_after(&response), status: Some(status) })
}

async fn body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| transport(&e))? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            let reason = format!("the answer is longer than {ANSWER_BYTES_MAX} bytes");
            return Err(Failure { reason, retry: false, wait: None, status: None });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Connections refused, reset and timed out may do better next time; a request that cannot be built never will.
fn transport(error: &reqwest::Error) -> Failure {
    let retry = !error.is_builder() && !error.is_redirect();
    Failure { reason: chain(error), retry, wait: None, status: None }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let secs = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(secs).min(RETRY_AFTER_MAX))
}

/// The error with its causes and without its address, which may be long.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "timed out".to_owned() } else { String::new() };
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(e) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&e.to_string());
        cause = e.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

/// Between a half and the whole of `wait`, at random.
pub(crate) fn jittered(wait: Duration) -> Duration {
    // A fresh RandomState hashes to random bits; that is all the chance needed here.
    let bits = RandomState::new().hash_one(0_u8);
    let part = f64::from((bits & 0xffff) as u32) / f64::from(0xffff);
    wait.mul_f64(0.5 + part / 2.0)
}

/// Whether an address points at this machine.
fn is_loopback(base: &str) -> bool {
    Url::parse(base).ok().and_then(|u| u.host_str().map(str::to_owned)).is_some_and(|host| {
        host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_its_half() {
        let wait = Duration::from_millis(1_000);
        let drawn: Vec<_> = (0..200).map(|_| jittered(wait)).collect();
        assert!(drawn.iter().all(|d| (wait / 2..=wait).contains(d)));
        assert!(drawn.iter().any(|d| *d != drawn[0]), "two hundred equal draws are no jitter");
    }

    #[test]
    fn knows_its_own_machine() {
        for base in ["http://127.0.0.1:80", "http://localhost:1", "http://[::1]:9/x"] {
            assert!(is_loopback(base), "{base}");
        }
        for base in ["https://gamma-api.polymarket.com", "http://10.0.0.1", "nonsense"] {
            assert!(!is_loopback(base), "{base}");
        }
    }
}
