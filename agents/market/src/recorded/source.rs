//! A `.bettyrec`, or a folder of them, as a source.

use super::archive::ArchiveReader;
use super::{Record, Truncation, source_name, stands_still, unusable};
use crate::book::Book;
use crate::filter::filter_markets;
use crate::ids::{MarketId, TokenId};
use crate::market::{Market, MarketStatus};
use crate::money::Price;
use crate::source::{MarketEvent, MarketFilter, MarketSource, PricePoint, SourceError, SourceLabel, Subscription};
use crate::time::Timestamp;
use async_trait::async_trait;
use std::collections::HashMap;
use std::path::Path;

/// Time between points of a price history kept in memory, in milliseconds: a minute, the finest the venue itself keeps.
pub const HISTORY_STEP_MS: i64 = 60_000;

/// A recording standing at one instant: markets, books and past prices as of then.
#[derive(Debug)]
pub struct RecordedSource {
    name: String,
    as_of: Timestamp,
    truncation: Option<Truncation>,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    markets: HashMap<MarketId, Market>,
    /// The market each token belongs to.
    owners: HashMap<TokenId, MarketId>,
    books: HashMap<TokenId, Book>,
    history: HashMap<TokenId, Vec<PricePoint>>,
}

impl RecordedSource {
    /// Opens a recording at its last instant.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file cannot be used; see [`ArchiveReader::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        Self::open_at(path, Timestamp::from_millis(i64::MAX))
    }

    /// Opens a recording at an instant: nothing recorded later is known.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file cannot be used or holds nothing up to that instant.
    pub fn open_at(path: impl AsRef<Path>, at: Timestamp) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let mut reader = ArchiveReader::open(path)?;
        let mut state = State::default();
        let mut last = None;
        for record in reader.by_ref() {
            if record.at() <= at {
                last = last.max(Some(record.at()));
                state.take(record);
            }
        }
        let last = last.ok_or_else(|| {
            unusable(
                path,
                if at.millis() == i64::MAX {
                    "it is cut off before its first whole record. Delete it and record or import anew".to_owned()
                } else {
                    format!("it holds nothing up to {at}. Choose a later instant")
                },
            )
        })?;
        if let Some(cut) = reader.truncation() {
            tracing::warn!(file = %path.display(), dropped_bytes = cut.dropped_bytes, "the recording is not whole; its beginning is used");
        }
        if let Some(hole) = reader.hole() {
            tracing::warn!(file = %path.display(), hole, "the recording has a hole; what is before it is used");
        }
        let name = source_name(path, reader.recorded_label());
        let as_of = if at.millis() == i64::MAX { last } else { at };
        Ok(Self { name, as_of, truncation: reader.truncation(), state })
    }

    /// What of the file was not used, when it was cut off or damaged.
    #[must_use]
    pub const fn truncation(&self) -> Option<Truncation> {
        self.truncation
    }
}

impl State {
    fn take(&mut self, record: Record) {
        match record {
            Record::Markets { markets, .. } => {
                for market in markets {
                    for token in [&market.yes, &market.no] {
                        self.owners.insert(token.clone(), market.id.clone());
                    }
                    self.markets.insert(market.id.clone(), market);
                }
            }
            Record::Event { at, event } => self.event(at, event),
        }
    }

    fn event(&mut self, at: Timestamp, event: MarketEvent) {
        match event {
            MarketEvent::Book(book) => {
                if let Some(price) = mid(&book) {
                    self.point(&book.token, at, price);
                }
                self.books.insert(book.token.clone(), book);
            }
            MarketEvent::Gap { token } => {
                if let Some(book) = self.books.get_mut(&token) {
                    book.in_sync = false;
                }
            }
            MarketEvent::Tick { token, tick } => {
                if let Some(market) = self.owners.get(&token).and_then(|id| self.markets.get_mut(id)) {
                    market.tick = tick;
                }
            }
            MarketEvent::Trade { token, price, at } => self.point(&token, at, price),
            MarketEvent::Resolved { market, resolution } => {
                if let Some(market) = self.markets.get_mut(&market) {
                    market.status = MarketStatus::Resolved;
                    market.resolution = Some(resolution);
                    for token in [&market.yes, &market.no] {
                        self.books.remove(token);
                    }
                }
            }
        }
    }

    /// Keeps the last price of each step.
    fn point(&mut self, token: &TokenId, at: Timestamp, price: Price) {
        let points = self.history.entry(token.clone()).or_default();
        let step = |t: Timestamp| t.millis().div_euclid(HISTORY_STEP_MS);
        match points.last_mut() {
            Some(last) if step(last.at) == step(at) && at >= last.at => *last = PricePoint { at, price },
            // The venue's clock and ours differ a little; a point from before the last step would break the order.
            Some(last) if at < last.at => {}
            _ => points.push(PricePoint { at, price }),
        }
    }
}

/// The middle of a two-sided book, rounded down.
fn mid(book: &Book) -> Option<Price> {
    let (bid, ask) = (book.best_bid()?.price, book.best_ask()?.price);
    Price::from_e4((bid.e4() + ask.e4()) / 2).ok()
}

#[async_trait]
impl MarketSource for RecordedSource {
    fn label(&self) -> SourceLabel {
        SourceLabel::Recorded { as_of: self.as_of, name: self.name.clone() }
    }

    fn now(&self) -> Timestamp {
        self.as_of
    }

    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        let open = self.state.markets.values().filter(|m| m.status != MarketStatus::Resolved).cloned().collect();
        Ok(filter_markets(open, filter))
    }

    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        let found = self.state.markets.get(id).cloned();
        found.ok_or_else(|| SourceError::NotFound { what: format!("market {id}") })
    }

    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        Ok(tokens.iter().filter_map(|t| self.state.books.get(t)).cloned().collect())
    }

    async fn price_history(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError> {
        let points = self.state.history.get(token).map_or(&[][..], Vec::as_slice);
        Ok(points.iter().filter(|p| p.at >= from && p.at <= to).copied().collect())
    }

    async fn subscribe(&self, _: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        Err(stands_still())
    }
}
