//! Where the venue is and how long to wait for it.

use crate::source::{SourceError, SourceLabel};
use crate::time::{Clock, SystemClock};
use reqwest::Url;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Gamma: markets and events.
pub const GAMMA_BASE: &str = "https://gamma-api.polymarket.com";
/// The order book service.
pub const CLOB_BASE: &str = "https://clob.polymarket.com";
/// The websocket service; `/ws/market` is appended.
pub const WS_BASE: &str = "wss://ws-subscriptions-clob.polymarket.com";
/// Longest wait for a connection, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for a whole answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Time between two `PING`s on the websocket, as documented; one that stays unanswered until the next ends the connection.
pub const PING_INTERVAL: Duration = Duration::from_secs(10);

/// Everything a [`super::LiveSource`] needs to know. `Default` is the real venue.
#[derive(Clone)]
pub struct LiveConfig {
    /// Base address of Gamma, `http://` or `https://`.
    pub gamma: String,
    /// Base address of the order book service, `http://` or `https://`.
    pub clob: String,
    /// Base address of the websocket service, `ws://` or `wss://`, without `/ws/market`.
    pub ws: String,
    /// What the data is called: a simulated venue on loopback must not pass for the real one.
    pub label: SourceLabel,
    /// The source's present. The machine's clock, unless a simulated venue has its own.
    pub clock: Arc<dyn Clock>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer.
    pub request_timeout: Duration,
    /// Time between two `PING`s.
    pub ping_interval: Duration,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            gamma: GAMMA_BASE.to_owned(),
            clob: CLOB_BASE.to_owned(),
            ws: WS_BASE.to_owned(),
            label: SourceLabel::Live,
            clock: Arc::new(SystemClock),
            connect_timeout: CONNECT_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            ping_interval: PING_INTERVAL,
        }
    }
}

impl fmt::Debug for LiveConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveConfig")
            .field("gamma", &self.gamma)
            .field("clob", &self.clob)
            .field("ws", &self.ws)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Checks a base address.
pub(super) fn base(text: &str, name: &str, schemes: &[&str]) -> Result<Url, SourceError> {
    let refuse = |why: String| {
        let wanted = schemes.join(":// or ");
        SourceError::Unsupported(format!(
            "the {name} address {text:?} cannot be used: {why}. Give one that starts with {wanted}://"
        ))
    };
    let url = Url::parse(text.trim_end_matches('/')).map_err(|e| refuse(e.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(refuse(format!("its scheme is {}", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(refuse("it names no host".to_owned()));
    }
    Ok(url)
}

/// A base address with path segments appended, escaped where needed.
pub(super) fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // An address with a host, as `base` made sure, always has a path.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_base_address() {
        for bad in ["", "gamma", "ftp://host", "file:///etc", "http://", "ws://host"] {
            let error = base(bad, "gamma", &["http", "https"]).unwrap_err().to_string();
            assert!(error.contains("gamma") && error.contains("https"), "{error}");
        }
    }

    #[test]
    fn joins_with_and_without_a_path_and_escapes() {
        let plain = base("http://127.0.0.1:9/", "gamma", &["http"]).unwrap();
        assert_eq!(join(&plain, &["markets", "1/../2?x"]).as_str(), "http://127.0.0.1:9/markets/1%2F..%2F2%3Fx");
        let nested = base("http://h/api/v1", "gamma", &["http"]).unwrap();
        assert_eq!(join(&nested, &["books"]).as_str(), "http://h/api/v1/books");
    }
}
