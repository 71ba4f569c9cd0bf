//! History: what a source recorded, record by record in one total order, as a replay consumes it.
//!
//! Two types keep the future out of a replay. [`MarketAsOf`] holds what was public of a market at an instant and nothing of how it ended.
//! [`Ending`] holds how it ended and shows it to nobody before it was public.

use crate::book::{Book, Depth};
use crate::ids::{MarketId, TokenId};
use crate::market::{Market, MarketStatus, Resolution};
use crate::money::{Price, Shares};
use crate::source::{SourceError, SourceLabel};
use crate::time::Timestamp;

/// A market as it was public at an instant: never with a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketAsOf {
    market: Market,
    as_of: Timestamp,
}

impl MarketAsOf {
    /// What was public of a market at `as_of`. A result, if the row carries one, is taken off: it belongs to an [`Ending`].
    #[must_use]
    pub fn new(mut market: Market, as_of: Timestamp) -> Self {
        market.resolution = None;
        if market.status == MarketStatus::Resolved {
            market.status = MarketStatus::Halted;
        }
        Self { market, as_of }
    }

    /// The market.
    #[must_use]
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The market, without the instant.
    #[must_use]
    pub fn into_market(self) -> Market {
        self.market
    }

    /// When this was public.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }
}

/// How a market ended, sealed until it was public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    resolution: Resolution,
    public_at: Timestamp,
}

impl Ending {
    /// Seals a result until `public_at`.
    #[must_use]
    pub const fn new(resolution: Resolution, public_at: Timestamp) -> Self {
        Self { resolution, public_at }
    }

    /// The result, to one who asks when it is public; `None` before.
    #[must_use]
    pub fn reveal(&self, now: Timestamp) -> Option<Resolution> {
        (now >= self.public_at).then_some(self.resolution)
    }

    /// When it became public.
    #[must_use]
    pub const fn public_at(&self) -> Timestamp {
        self.public_at
    }
}

/// One thing that history holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryEvent {
    /// A market as first seen, or as changed since: status, texts, end date, fee schedule.
    Market(Box<MarketAsOf>),
    /// A book after a snapshot or a change.
    Book(Book),
    /// A book cannot be trusted until its next snapshot.
    Gap {
        /// The token.
        token: TokenId,
    },
    /// The tick changed.
    Tick {
        /// The token.
        token: TokenId,
        /// From here on.
        tick: Price,
    },
    /// A trade was printed.
    Trade {
        /// The token.
        token: TokenId,
        /// Its price.
        price: Price,
        /// Its size, where told.
        shares: Option<Shares>,
    },
    /// A market ended.
    Ended {
        /// The market.
        market: MarketId,
        /// How, sealed.
        ending: Ending,
    },
}

/// A record with its place in the total order: time, then source, then sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRecord {
    /// When it was known.
    pub at: Timestamp,
    /// Which of several merged sources it comes from; 0 with one.
    pub source: u16,
    /// Rises within a source.
    pub seq: u64,
    /// What happened.
    pub event: HistoryEvent,
}

impl HistoryRecord {
    /// The key of the total order.
    #[must_use]
    pub const fn order(&self) -> (Timestamp, u16, u64) {
        (self.at, self.source, self.seq)
    }
}

/// Records in the total order; an item that cannot be read ends the iteration.
pub type Records<'a> = Box<dyn Iterator<Item = Result<HistoryRecord, SourceError>> + Send + 'a>;

/// Recorded or generated history that can be replayed from its beginning, any number of times, with the same records every time.
pub trait History: Send + Sync {
    /// What kind of data this is.
    fn label(&self) -> SourceLabel;
    /// Whether books hold real sizes. [`Depth::Unknown`] is price-only data: a replay of it is a range, not a number.
    fn depth(&self) -> Depth;
    /// First and last instant.
    fn span(&self) -> (Timestamp, Timestamp);
    /// Whether the book of a market's NO token is its YES book mirrored: then only YES books are in the records.
    fn mirrors(&self) -> bool;
    /// SHA-256 of the data (or of the generator's parameters) in hexadecimal: equal data, equal hash.
    fn data_hash(&self) -> String;
    /// The records from the beginning. Memory must not grow with the length of the history.
    fn records(&self) -> Records<'_>;
    /// What kind of market it is (`sports`, `crypto`), where the data says so: a guess of whoever recorded it, for assumptions that
    /// go by category, never part of a decision.
    fn category(&self, _market: &MarketId) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_sealed_until_it_is_public() {
        let ending = Ending::new(Resolution::Yes, Timestamp::from_secs(10));
        assert_eq!(ending.reveal(Timestamp::from_millis(9_999)), None);
        assert_eq!(ending.reveal(Timestamp::from_secs(10)), Some(Resolution::Yes));
    }
}
