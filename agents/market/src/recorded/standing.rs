//! What stands after some records: open markets and the books that nobody changed since.

use super::Record;
use crate::book::Book;
use crate::ids::{MarketId, TokenId};
use crate::market::{Market, MarketStatus};
use crate::source::MarketEvent;
use std::collections::BTreeMap;

/// Markets that have not ended and books, after the records taken so far. Grows with the number of open markets only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) markets: BTreeMap<MarketId, Market>,
    owners: BTreeMap<TokenId, MarketId>,
    pub(super) books: BTreeMap<TokenId, Book>,
}

impl Standing {
    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::Markets { markets, .. } => self.list(markets),
            Record::Event { event, .. } => self.event(event),
        }
    }

    pub(super) fn list(&mut self, markets: &[Market]) {
        for market in markets {
            if market.status == MarketStatus::Resolved || market.resolution.is_some() {
                self.end(&market.id);
                for token in [&market.yes, &market.no] {
                    self.books.remove(token);
                }
                continue;
            }
            for token in [&market.yes, &market.no] {
                self.owners.insert(token.clone(), market.id.clone());
            }
            self.markets.insert(market.id.clone(), market.clone());
        }
    }

    pub(super) fn event(&mut self, event: &MarketEvent) {
        match event {
            MarketEvent::Book(book) => {
                self.books.insert(book.token.clone(), book.clone());
            }
            MarketEvent::Gap { token } => {
                if let Some(book) = self.books.get_mut(token) {
                    book.in_sync = false;
                }
            }
            MarketEvent::Tick { token, tick } => {
                if let Some(market) = self.owners.get(token).and_then(|id| self.markets.get_mut(id)) {
                    market.tick = *tick;
                }
            }
            MarketEvent::Trade { .. } => {}
            MarketEvent::Resolved { market, .. } => self.end(market),
        }
    }

    /// Whether a token belongs to an open market.
    pub(super) fn owns(&self, token: &TokenId) -> bool {
        self.owners.contains_key(token)
    }

    fn end(&mut self, id: &MarketId) {
        if let Some(market) = self.markets.remove(id) {
            for token in [&market.yes, &market.no] {
                self.owners.remove(token);
                self.books.remove(token);
            }
        }
    }
}
