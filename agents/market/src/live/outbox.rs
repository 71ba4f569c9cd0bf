//! Events waiting for a slow consumer, bounded without losing state.

use crate::ids::TokenId;
use crate::source::MarketEvent;
use std::collections::{HashSet, VecDeque};

/// Trades waiting at most; the oldest fall away. Trades inform, they carry no state.
const TRADES_MAX: usize = 1_000;

/// A queue in which a newer word on a book replaces the older one, so that its length is bounded by the tokens followed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<MarketEvent>,
    trades: usize,
}

/// The token whose state an event tells.
fn state_of(event: &MarketEvent) -> Option<(&TokenId, bool)> {
    match event {
        MarketEvent::Book(book) => Some((&book.token, true)),
        MarketEvent::Gap { token } => Some((token, true)),
        MarketEvent::Tick { token, .. } => Some((token, false)),
        MarketEvent::Trade { .. } | MarketEvent::Resolved { .. } => None,
    }
}

impl Outbox {
    pub(crate) fn push(&mut self, event: MarketEvent) {
        if let Some(key) = state_of(&event) {
            self.queue.retain(|old| state_of(old) != Some(key));
        } else if matches!(event, MarketEvent::Trade { .. }) {
            self.trades += 1;
            if self.trades > TRADES_MAX {
                let oldest = self.queue.iter().position(|e| matches!(e, MarketEvent::Trade { .. }));
                oldest.and_then(|i| self.queue.remove(i));
                self.trades -= 1;
            }
        } else if self.queue.contains(&event) {
            return;
        }
        self.queue.push_back(event);
    }

    pub(crate) fn pop(&mut self) -> Option<MarketEvent> {
        let event = self.queue.pop_front();
        if matches!(event, Some(MarketEvent::Trade { .. })) {
            self.trades -= 1;
        }
        event
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Forgets what was to be told of tokens nobody follows any more.
    pub(crate) fn forget(&mut self, gone: &[TokenId]) {
        let gone: HashSet<&TokenId> = gone.iter().collect();
        self.queue.retain(|e| match e {
            MarketEvent::Trade { token, .. } => !gone.contains(token),
            other => state_of(other).is_none_or(|(token, _)| !gone.contains(token)),
        });
        self.trades = self.queue.iter().filter(|e| matches!(e, MarketEvent::Trade { .. })).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Book;
    use crate::money::Price;
    use crate::time::Timestamp;

    fn token(n: u32) -> TokenId {
        TokenId::new(n.to_string()).unwrap()
    }

    fn book(n: u32, at: i64) -> MarketEvent {
        MarketEvent::Book(Book::empty(token(n), Timestamp::from_millis(at)))
    }

    fn trade(at: i64) -> MarketEvent {
        MarketEvent::Trade { token: token(1), price: Price::ONE, at: Timestamp::from_millis(at) }
    }

    fn drain(mut outbox: Outbox) -> Vec<MarketEvent> {
        std::iter::from_fn(|| outbox.pop()).collect()
    }

    #[test]
    fn the_newest_word_on_a_book_replaces_the_older() {
        let mut outbox = Outbox::default();
        let gap = MarketEvent::Gap { token: token(1) };
        let tick = MarketEvent::Tick { token: token(1), tick: Price::ONE };
        for event in [book(1, 1), book(2, 1), tick.clone(), gap.clone(), book(2, 2), gap.clone()] {
            outbox.push(event);
        }
        assert_eq!(drain(outbox), [tick, book(2, 2), gap]);
    }

    #[test]
    fn trades_are_bounded_and_the_oldest_fall_away() {
        let mut outbox = Outbox::default();
        outbox.push(book(1, 0));
        for at in 0..=TRADES_MAX as i64 {
            outbox.push(trade(at));
        }
        let events = drain(outbox);
        assert_eq!(events.len(), TRADES_MAX + 1);
        assert_eq!(events[..2], [book(1, 0), trade(1)]);
    }

    #[test]
    fn forgets_what_is_no_longer_followed() {
        let mut outbox = Outbox::default();
        for event in [book(1, 1), trade(1), book(2, 1)] {
            outbox.push(event);
        }
        outbox.forget(&[token(1)]);
        assert_eq!(outbox.trades, 0);
        assert_eq!(drain(outbox), [book(2, 1)]);
    }
}
