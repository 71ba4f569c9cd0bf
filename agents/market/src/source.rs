//! The one seam through which market data enters.

use crate::book::Book;
use crate::ids::{MarketId, TokenId};
use crate::market::{Market, Resolution};
use crate::money::Price;
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of data a source yields. Everything shown to people carries it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceLabel {
    /// The embedded venue: nothing in it is real.
    Simulated {
        /// The seed it was made from.
        seed: u64,
    },
    /// Recorded data of one span of time.
    Recorded {
        /// The instant the recording stands at.
        as_of: Timestamp,
        /// A short name of the recording, never a path.
        name: String,
    },
    /// The venue's own servers.
    Live,
}

impl SourceLabel {
    /// The paper account that belongs to this kind of data, so that simulated and real prices never share a ledger.
    #[must_use]
    pub fn account(&self) -> String {
        match self {
            Self::Simulated { seed } => format!("simulated-{seed}"),
            Self::Recorded { name, .. } => format!("recorded-{name}"),
            Self::Live => "live".to_owned(),
        }
    }
}

impl fmt::Display for SourceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulated { seed } => write!(f, "SIMULATED (seed {seed})"),
            Self::Recorded { as_of, name } => write!(f, "RECORDED {name} as of {as_of}"),
            Self::Live => f.write_str("LIVE data"),
        }
    }
}

/// Which markets to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketFilter {
    /// Words that must all occur in question, label or event title, case-insensitively.
    pub query: Option<String>,
    /// At most this many, by volume from the top. `None` is all of them.
    pub limit: Option<u32>,
}

/// A point of a price history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePoint {
    /// When.
    pub at: Timestamp,
    /// The mid or last price, as the venue keeps it. Never tradable.
    pub price: Price,
}

/// Why a source could not answer. Messages say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The venue could not be reached or answered with an error after the allowed attempts.
    #[error("the venue did not answer {what}: {reason}. Check the connection, or start with --source simulated")]
    Unavailable {
        /// What was asked.
        what: String,
        /// Why it failed.
        reason: String,
    },
    /// No such market or book.
    #[error("the source has no {what}")]
    NotFound {
        /// What was asked.
        what: String,
    },
    /// The answer made no sense.
    #[error("the answer to {what} could not be read: {reason}")]
    Malformed {
        /// What was asked.
        what: String,
        /// What was wrong.
        reason: String,
    },
    /// A file of a recording could not be used.
    #[error("the recording {name} cannot be used: {reason}")]
    Recording {
        /// File name.
        name: String,
        /// What was wrong and what to do.
        reason: String,
    },
    /// The source cannot do this at all.
    #[error("{0}")]
    Unsupported(String),
}

/// Something that happened on the venue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum MarketEvent {
    /// A book after a snapshot or a change.
    Book(Book),
    /// A book cannot be trusted until the next snapshot.
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
        /// When.
        at: Timestamp,
    },
    /// A market ended.
    Resolved {
        /// The market.
        market: MarketId,
        /// How.
        resolution: Resolution,
    },
}

/// A running subscription. Dropping it ends it.
#[async_trait]
pub trait Subscription: Send {
    /// The next event; `None` when the source has ended.
    async fn next(&mut self) -> Option<MarketEvent>;
    /// Replaces the set of tokens, in place.
    async fn set_tokens(&mut self, tokens: &[TokenId]) -> Result<(), SourceError>;
}

/// Market data, whatever it comes from.
#[async_trait]
pub trait MarketSource: Send + Sync {
    /// What kind of data this is.
    fn label(&self) -> SourceLabel;
    /// The source's present: the machine's clock when live, the venue's when simulated, the recording's instant else.
    fn now(&self) -> Timestamp;
    /// Open markets.
    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError>;
    /// One market, open or ended.
    async fn market(&self, id: &MarketId) -> Result<Market, SourceError>;
    /// Books of the tokens that have one, in any order. A token without a book is left out, never made up.
    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError>;
    /// Past prices of a token between two instants.
    async fn price_history(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError>;
    /// Follows books.
    async fn subscribe(&self, tokens: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError>;
}
