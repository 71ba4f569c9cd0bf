//! What comes in from the venue. Events are immutable and numbered by their feed.

use super::instrument::InstrumentId;
use super::order::Side;
use super::time::TimeNs;
use betty_market::{Book, BookSide, FeeSchedule, Level, Price, Resolution, Shares};

/// Feeds one engine can listen to; each numbers its own events.
pub const FEEDS_MAX: usize = 16;

/// A whole book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// Bids in any order.
    pub bids: Vec<Level>,
    /// Asks in any order.
    pub asks: Vec<Level>,
}

impl From<&Book> for Snapshot {
    fn from(book: &Book) -> Self {
        Self { bids: book.levels(BookSide::Bid).to_vec(), asks: book.levels(BookSide::Ask).to_vec() }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedKind {
    /// A level has a new total.
    Level {
        /// On which side.
        side: BookSide,
        /// The level.
        price: Price,
        /// Its new total; zero removes it.
        size: Shares,
        /// Closes the change: the book is consistent after this row. Rows of one change have one time and one instrument, and
        /// nothing matches or is shown to the strategy before the last.
        last: bool,
    },
    /// The whole book; ends a gap.
    Snapshot(Box<Snapshot>),
    /// Others traded.
    Trade {
        /// At which price.
        price: Price,
        /// How much.
        size: Shares,
        /// Who took, where the venue tells.
        taker: Option<Side>,
    },
    /// Changes of this instrument's book were lost: it is unknown until a snapshot. May skip sequence numbers.
    Gap,
    /// Changes of every book were lost. May skip sequence numbers.
    GapOfAll,
    /// The tick changed.
    Tick(Price),
    /// The fee schedule changed.
    Fees(FeeSchedule),
    /// Trading is over.
    Ended,
    /// The outcome is public.
    Outcome(Resolution),
    /// The outcome is contested.
    Disputed,
}

/// One event of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// When; never earlier than the one before.
    pub time: TimeNs,
    /// One more than the event before it from the same feed; the first is 0.
    pub sequence: u64,
    /// Whose.
    pub instrument: InstrumentId,
    /// Which feed, below [`FEEDS_MAX`]. At one instant, lower feeds come first.
    pub feed: u8,
    /// What.
    pub kind: FeedKind,
}
