//! Open markets, page by page.

use super::Venue;
use super::config::join;
use super::http::HttpError;
use super::limits::Route;
use crate::filter::{filter_markets, matches};
use crate::gamma::{self, Parsed};
use crate::ids::EventId;
use crate::market::Market;
use crate::source::{MarketFilter, SourceError};
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Rows asked for per page; the venue clamps to this silently.
pub const PAGE_ROWS: usize = 100;
/// Pages read at most: half a million markets, more than twice what was open in September 2026.
pub const PAGES_MAX: usize = 5_000;
/// Neg-risk events whose number of markets is looked up for one answer, at most.
pub const EVENT_LOOKUPS_MAX: usize = 200;
/// Lookups under way at once.
const EVENT_LOOKUPS_AT_ONCE: usize = 8;

impl Venue {
    /// Open markets by volume from the top. Pages are asked for in that order, so that a limit ends the paging; where the venue
    /// does not keep the order, everything is read.
    pub(super) async fn open_markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        let mut markets: Vec<Market> = Vec::new();
        let mut seen = HashSet::new();
        let mut found = 0_usize;
        let mut floor = u64::MAX;
        let mut ordered = true;
        let mut sorted = true;
        let mut cursor: Option<String> = None;
        let mut complete = false;
        for _ in 0..PAGES_MAX {
            let page = match self.page(cursor.as_deref(), ordered).await {
                // The order is a convenience whose name the venue may change; the listing must not depend on it.
                Err(HttpError { refused: true, error }) if ordered && cursor.is_none() => {
                    tracing::warn!(%error, "the venue refused the order by volume; everything is read instead");
                    (ordered, sorted) = (false, false);
                    self.page(None, ordered).await?
                }
                page => page?,
            };
            for rejected in &page.rejected {
                tracing::debug!(id = rejected.id.as_deref().unwrap_or("?"), reason = %rejected.reason, "a market row was refused");
            }
            for market in page.markets {
                let volume = market.volume_usd.unwrap_or(0);
                sorted &= volume <= floor;
                floor = volume;
                if matches(&market, filter.query.as_deref()) && seen.insert(market.id.clone()) {
                    found += 1;
                    markets.push(market);
                }
            }
            let enough = sorted && filter.limit.is_some_and(|limit| found >= limit as usize);
            let next = page.next_cursor;
            // A cursor that does not move would page for ever.
            complete = enough || next.is_none() || next == cursor;
            if complete {
                break;
            }
            cursor = next;
        }
        if !complete {
            tracing::warn!(pages = PAGES_MAX, markets = markets.len(), "the listing was cut off at the page limit");
        }
        let mut markets = filter_markets(markets, filter);
        self.count_events(&mut markets).await;
        Ok(markets)
    }

    async fn page(&self, cursor: Option<&str>, ordered: bool) -> Result<Parsed, HttpError> {
        let mut url = join(&self.gamma, &["markets", "keyset"]);
        url.query_pairs_mut().append_pair("limit", &PAGE_ROWS.to_string()).append_pair("closed", "false");
        if ordered {
            url.query_pairs_mut().append_pair("order", "volumeNum").append_pair("ascending", "false");
        }
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("after_cursor", cursor);
        }
        let body = self.http.get(Route::GammaMarkets, url).await?;
        gamma::parse_markets(&body).map_err(|e| {
            let error = SourceError::Malformed { what: "/markets/keyset".to_owned(), reason: e.to_string() };
            HttpError { error, refused: false }
        })
    }

    /// Fills in how many markets each neg-risk event has: without it no set of its outcomes is known to be complete. Best effort:
    /// what cannot be learned stays `None`.
    async fn count_events(&self, markets: &mut [Market]) {
        let unknown: BTreeSet<EventId> = markets
            .iter()
            .filter(|m| m.neg_risk.is_some())
            .filter_map(|m| m.event.as_ref().filter(|e| e.market_count.is_none()).map(|e| e.id.clone()))
            .collect();
        let counts: BTreeMap<EventId, u32> = stream::iter(unknown.into_iter().take(EVENT_LOOKUPS_MAX))
            .map(|id| async move { self.event_count(&id).await.map(|n| (id, n)) })
            .buffer_unordered(EVENT_LOOKUPS_AT_ONCE)
            .filter_map(|counted| async move { counted })
            .collect()
            .await;
        for event in markets.iter_mut().filter_map(|m| m.event.as_mut()) {
            if let Some(count) = counts.get(&event.id) {
                event.market_count.get_or_insert(*count);
            }
        }
    }

    async fn event_count(&self, id: &EventId) -> Option<u32> {
        let body = self.http.get(Route::GammaEvents, join(&self.gamma, &["events", id.as_str()])).await.ok()?;
        let event: Value = serde_json::from_slice(&body).ok()?;
        u32::try_from(event.get("markets")?.as_array()?.len()).ok().filter(|n| *n > 0)
    }
}
