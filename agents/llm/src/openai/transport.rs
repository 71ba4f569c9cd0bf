//! The one way to the endpoint: the service that async-openai sends through. It takes the place of that crate's own, which retries three
//! times where nobody sees it; it bounds what is read, and tells a failure by its status.

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::{Client, Response};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Longest answer read, in bytes: a hundred times what the longest question can be answered with.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Characters kept of what an endpoint says about a failure.
const SAID_CHARS_MAX: usize = 300;

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) code: u16,
    /// How long the endpoint asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// What it said, cut. Text from outside.
    pub(super) said: String,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the endpoint answered {}: {}", self.code, self.said)
    }
}

impl Error for Status {}

/// An answer that does not end.
#[derive(Debug)]
pub(super) struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the endpoint's answer is longer than {BODY_BYTES_MAX} bytes")
    }
}

impl Error for TooLong {}

#[derive(Debug, Clone)]
pub(super) struct Transport {
    pub(super) client: Client,
}

impl tower_service::Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let client = self.client.clone();
        Box::pin(async move {
            let mut response = client.execute(request.build().await?).await?;
            let status = response.status();
            let retry_after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.trim().parse().ok());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > BODY_BYTES_MAX {
                    return Err(OpenAIError::Boxed(Box::new(TooLong)));
                }
                body.extend_from_slice(&chunk);
            }
            if !status.is_success() {
                let said = String::from_utf8_lossy(&body);
                let said = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID_CHARS_MAX).collect();
                let retry_after = retry_after.map(Duration::from_secs);
                return Err(OpenAIError::Boxed(Box::new(Status { code: status.as_u16(), retry_after, said })));
            }
            Ok(Response::from(http::Response::new(body)))
        })
    }
}
