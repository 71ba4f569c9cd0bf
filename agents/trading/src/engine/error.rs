//! What is wrong with a feed, a registration or a strategy, as opposed to an order the venue refuses.

use super::instrument::{INSTRUMENTS_MAX, InstrumentId, Phase};
use super::time::{Source, TimeNs};
use betty_market::{Price, Shares, Usdc};

/// Why the engine did not take something in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The number was never given out.
    #[error("instrument {} is not registered; register it before its first event", instrument.index())]
    UnknownInstrument {
        /// The number.
        instrument: InstrumentId,
    },
    /// No room for another.
    #[error("more than {INSTRUMENTS_MAX} instruments; split the universe over several engines")]
    TooManyInstruments,
    /// A tick must divide a dollar.
    #[error("a tick of {tick} does not divide a dollar; take the tick from the venue's market data")]
    TickUnusable {
        /// The tick.
        tick: Price,
    },
    /// A schedule outside what the fee formula covers.
    #[error(
        "a fee rate of {rate_ppm} ppm with exponent {exponent} is not one the venue's formula covers; check the parser"
    )]
    FeesUnusable {
        /// Rate, millionths.
        rate_ppm: u32,
        /// Exponent.
        exponent: u8,
    },
    /// A minimum must be some whole lots.
    #[error("a minimum order of {min_size} shares is not a positive number of whole lots of 0.01")]
    MinimumNotInLots {
        /// The minimum.
        min_size: Shares,
    },
    /// Starting cash out of range.
    #[error("starting cash of {cash} is not between 0 and {max} dollars")]
    CashUnusable {
        /// As given.
        cash: Usdc,
        /// The most.
        max: Usdc,
    },
    /// An event earlier than what already happened.
    #[error(
        "{source_name:?} sent an event of {got} after the engine had reached {reached}; sort the feed or stamp it on arrival"
    )]
    TimeRunsBackwards {
        /// Whose event.
        source_name: Source,
        /// Its time.
        got: TimeNs,
        /// Where the engine is.
        reached: TimeNs,
    },
    /// An event was lost or came twice.
    #[error("feed {feed} sent number {got} where {expected} was due; report the loss with a gap event and a snapshot")]
    SequenceHole {
        /// The feed.
        feed: u8,
        /// The number due.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// A feed number outside the range.
    #[error("feed number {feed} is not below {max}")]
    UnknownFeed {
        /// The feed.
        feed: u8,
        /// The number of feeds.
        max: usize,
    },
    /// Rows of one change of the book were not closed before something else came.
    #[error("a change of the book of instrument {} was begun at {at} and not closed before the next event; mark its last row", instrument.index())]
    ChangeNotClosed {
        /// The instrument whose change is open.
        instrument: InstrumentId,
        /// Its time.
        at: TimeNs,
    },
    /// An outcome before the market opened.
    #[error("instrument {} has an outcome at {at}, before it opens at {opens}; one of the two times is wrong", instrument.index())]
    OutcomeBeforeMarket {
        /// The instrument.
        instrument: InstrumentId,
        /// The outcome's time.
        at: TimeNs,
        /// When the market opens.
        opens: TimeNs,
    },
    /// An event that cannot happen in this phase.
    #[error("instrument {} cannot see {what} while {phase:?}", instrument.index())]
    WrongPhase {
        /// The instrument.
        instrument: InstrumentId,
        /// What came.
        what: &'static str,
        /// Where the instrument stands.
        phase: Phase,
    },
    /// Commands and reports that never end.
    #[error(
        "the strategy's commands did not come to rest within {limit} steps at {at}; what was still pending is dropped"
    )]
    EndlessCommands {
        /// The limit.
        limit: u32,
        /// When.
        at: TimeNs,
    },
}
