//! Why an order is refused or ends: closed lists, each with its message.

use super::time::TimeNs;
use betty_market::{Price, Shares, Usdc};

/// Why an order was not taken. Nothing of it was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The number was never given out.
    #[error("the instrument is not registered")]
    UnknownInstrument,
    /// Before the market's opening instant.
    #[error("the market opens at {opens}")]
    NotOpenYet {
        /// When it opens.
        opens: TimeNs,
    },
    /// Trading is over.
    #[error("the market has ended")]
    MarketEnded,
    /// A price that is not a multiple of the tick, or not inside 0 … 1.
    #[error("{price} is not a price on the tick of {tick}")]
    OffTick {
        /// The price asked for.
        price: Price,
        /// The tick in force.
        tick: Price,
    },
    /// A size that is not in whole lots.
    #[error("{shares} shares are not whole lots of 0.01")]
    OffLot {
        /// The size asked for.
        shares: Shares,
    },
    /// Below the instrument's minimum.
    #[error("{shares} shares are below the market's minimum of {minimum}")]
    BelowMinimum {
        /// The size asked for; for an amount of dollars, the shares it buys at the worst price.
        shares: Shares,
        /// The minimum.
        minimum: Shares,
    },
    /// Above what the engine's integers are kept within.
    #[error("the order or the account would exceed the range of amounts")]
    TooLarge,
    /// An amount of dollars buys; it does not sell, rest or wait.
    #[error("an amount of dollars can only be spent by an order that buys at once (FAK or FOK)")]
    SpendMustBuyAtOnce,
    /// Post-only orders rest.
    #[error("post-only goes with good-till-cancelled or good-till-date")]
    PostOnlyMustRest,
    /// A good-till-date order ends too soon.
    #[error("good-till-date must lie at least three minutes ahead; {until} does not")]
    ExpiryTooSoon {
        /// The date asked for.
        until: TimeNs,
    },
    /// Buying power is short.
    #[error("the order needs {needed} dollars with fees at its worst price; {free} are free")]
    InsufficientCash {
        /// Reserved for the order if it were taken.
        needed: Usdc,
        /// Cash not reserved for other orders.
        free: Usdc,
    },
    /// More sold than held: there is no short selling.
    #[error("{needed} shares to sell; {free} are held and not already for sale")]
    InsufficientShares {
        /// The size asked for.
        needed: Shares,
        /// Held and not in other sell orders.
        free: Shares,
    },
    /// The book has a gap, or no snapshot came yet.
    #[error("the book is unknown until the next snapshot")]
    BookUnknown,
    /// The best bid is not below the best ask.
    #[error("the book is crossed")]
    BookCrossed,
    /// The book has not changed for too long.
    #[error("the book is {age_ms} ms old; the limit is {max_ms} ms")]
    BookStale {
        /// Its age, milliseconds.
        age_ms: i64,
        /// The limit, milliseconds.
        max_ms: i64,
    },
    /// A post-only order would take.
    #[error("a post-only order would match at {best}")]
    WouldTake {
        /// The best opposing price.
        best: Price,
    },
}

/// Why an order that was taken ended with something unfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelReason {
    /// The strategy asked.
    #[error("cancelled on request")]
    Requested,
    /// Fill-and-kill: what the book did not hold within the worst price is dropped.
    #[error("fill-and-kill: nothing more to match within the worst price")]
    Killed,
    /// Fill-or-kill: the book does not hold all of it within the worst price, so nothing was filled.
    #[error("fill-or-kill: the book does not hold all of it within the worst price")]
    NotFillable,
    /// A good-till-date order reached its end, a minute before its date.
    #[error("good-till-date ended")]
    Expired,
    /// Trading is over.
    #[error("the market has ended")]
    MarketEnded,
    /// The fee was raised and the free cash does not cover the difference.
    #[error("the fee was raised and free cash does not cover the order any more")]
    FeeRaised,
}

/// Why a cancel did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    /// Filled, cancelled or refused before, or never submitted.
    #[error("there is no such open order")]
    NotOpen,
    /// The cancel overtook its order on the wire.
    #[error("the order has not reached the venue yet")]
    NotArrived,
    /// The venue holds the order back before its match.
    #[error("the venue holds the order back and does not take a cancel meanwhile")]
    InVenueDelay,
}
