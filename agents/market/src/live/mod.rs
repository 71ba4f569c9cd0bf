//! The venue's own servers: Gamma for markets, the order book service for books and history, and the websocket market channel.
//!
//! * [`LiveConfig`], [`LiveSource`]: where to connect, and the [`MarketSource`] that does.
//! * `http`: one request with its time-outs, size cap and retries. `limits`: the published rate limits. `tls`: the provider.
//! * `keeper`: books kept from messages, as a plain state machine. `socket`: the task that owns the websocket.
//!   `outbox`: events waiting for a slow consumer.

mod config;
mod http;
mod keeper;
mod limits;
mod listing;
mod outbox;
mod socket;
mod tls;

pub use config::{CLOB_BASE, CONNECT_TIMEOUT, GAMMA_BASE, LiveConfig, PING_INTERVAL, REQUEST_TIMEOUT, WS_BASE};
pub use http::{ANSWER_BYTES_MAX, REQUEST_TRIES_MAX, RETRY_AFTER_MAX, RETRY_DELAY};
pub use limits::LIMIT_WINDOW;
pub use listing::{EVENT_LOOKUPS_MAX, PAGE_ROWS, PAGES_MAX};
pub use socket::{EVENTS_MAX, FRAME_BYTES_MAX, RECONNECT_MAX, RECONNECT_MIN, SUBSCRIBE_BATCH};
pub use tls::init_tls;

use crate::book::Book;
use crate::clob;
use crate::gamma;
use crate::ids::{MarketId, TokenId};
use crate::market::Market;
use crate::source::{MarketFilter, MarketSource, PricePoint, SourceError, SourceLabel, Subscription};
use crate::time::Timestamp;
use async_trait::async_trait;
use http::{Http, HttpError};
use limits::Route;
use reqwest::Url;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// Tokens asked for in one `/books` request: the venue's documented maximum.
pub const BOOKS_BATCH: usize = 500;
/// Longest window of one `/prices-history` request, in milliseconds: 15 days.
pub const HISTORY_WINDOW_MS: i64 = 15 * 86_400_000;
/// Most windows of one history question: about four years, longer than the venue keeps prices.
pub const HISTORY_WINDOWS_MAX: usize = 100;

/// The venue, live.
pub struct LiveSource {
    config: LiveConfig,
    ws: Url,
    venue: Arc<Venue>,
}

impl fmt::Debug for LiveSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSource").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The servers of one venue, shared with the tasks of its subscriptions.
#[derive(Debug)]
pub(crate) struct Venue {
    http: Http,
    gamma: Url,
    clob: Url,
}

impl LiveSource {
    /// Builds the client. Nothing is sent yet; the first question tells whether the venue can be reached.
    ///
    /// # Errors
    /// [`SourceError::Unsupported`] when an address is not one, or no client can be built.
    pub fn connect(config: LiveConfig) -> Result<Self, SourceError> {
        let gamma = config::base(&config.gamma, "gamma", &["http", "https"])?;
        let clob = config::base(&config.clob, "clob", &["http", "https"])?;
        let ws = config::join(&config::base(&config.ws, "ws", &["ws", "wss"])?, &["ws", "market"]);
        let http = Http::new(&config)?;
        let venue = Arc::new(Venue { http, gamma, clob });
        Ok(Self { venue, ws, config })
    }
}

#[async_trait]
impl MarketSource for LiveSource {
    fn label(&self) -> SourceLabel {
        self.config.label.clone()
    }

    fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        self.venue.open_markets(filter).await
    }

    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        let url = config::join(&self.venue.gamma, &["markets", id.as_str()]);
        let what = format!("market {id}");
        let body = match self.venue.http.get(Route::GammaMarkets, url).await {
            Err(HttpError { error: SourceError::NotFound { .. }, .. }) => return Err(SourceError::NotFound { what }),
            other => other?,
        };
        let malformed = |reason: String| SourceError::Malformed { what: what.clone(), reason };
        let row: Value = serde_json::from_slice(&body).map_err(|e| malformed(e.to_string()))?;
        let market = gamma::parse_market(&row).map_err(|e| malformed(e.to_string()))?;
        if market.id != *id {
            return Err(malformed(format!("the answer is market {}", market.id)));
        }
        Ok(market)
    }

    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        self.venue.books(tokens).await
    }

    async fn price_history(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError> {
        let mut points = Vec::new();
        let mut start = from;
        for _ in 0..HISTORY_WINDOWS_MAX {
            if start > to {
                break;
            }
            let end = start.plus_millis(HISTORY_WINDOW_MS).min(to);
            points.extend(self.venue.history_window(token, start, end).await?);
            start = end.plus_millis(1);
        }
        points.retain(|p| p.at >= from && p.at <= to);
        clob::sort_points(&mut points);
        Ok(points)
    }

    /// Starts the task at once; a venue that is down shows as silence and in the log until it is back.
    async fn subscribe(&self, tokens: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        let LiveConfig { connect_timeout, ping_interval, .. } = self.config;
        let venue = Arc::clone(&self.venue);
        Ok(Box::new(socket::spawn(venue, self.ws.clone(), connect_timeout, ping_interval, tokens)))
    }
}

impl Venue {
    /// Books in batches; each token is asked for once, and only books that were asked for are kept.
    pub(crate) async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        let mut wanted: HashSet<&TokenId> = HashSet::with_capacity(tokens.len());
        let unique: Vec<&TokenId> = tokens.iter().filter(|t| wanted.insert(t)).collect();
        let mut books = Vec::with_capacity(unique.len());
        for batch in unique.chunks(BOOKS_BATCH) {
            let body = Value::Array(batch.iter().map(|t| json!({"token_id": t.as_str()})).collect());
            let url = config::join(&self.clob, &["books"]);
            let answer = self.http.post_read(Route::ClobBooks, url, &body).await?;
            let (found, refused) = clob::parse_books(&answer)
                .map_err(|reason| SourceError::Malformed { what: "/books".to_owned(), reason })?;
            for reason in refused {
                tracing::warn!(%reason, "a book of the venue was refused");
            }
            // Removing while keeping drops books nobody asked for and the second of two for one token.
            books.extend(found.into_iter().filter(|b| wanted.remove(&b.token)));
        }
        Ok(books)
    }

    async fn history_window(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError> {
        let mut url = config::join(&self.clob, &["prices-history"]);
        url.query_pairs_mut()
            .append_pair("market", token.as_str())
            .append_pair("startTs", &from.millis().div_euclid(1_000).to_string())
            .append_pair("endTs", &to.millis().div_euclid(1_000).to_string())
            .append_pair("fidelity", &fidelity_minutes(to.since(from)).to_string());
        let answer = self.http.get(Route::ClobHistory, url).await?;
        clob::parse_history(&answer)
            .map_err(|reason| SourceError::Malformed { what: "/prices-history".to_owned(), reason })
    }
}

/// Minutes between points: a minute within a day, ten within a window, so that no answer exceeds about 2,200 points.
const fn fidelity_minutes(span_ms: i64) -> u32 {
    if span_ms <= 86_400_000 { 1 } else { 10 }
}

#[cfg(test)]
mod tests;
