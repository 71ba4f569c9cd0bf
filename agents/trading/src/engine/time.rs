//! Instants of the engine in nanoseconds, and the total order of everything that happens.

use betty_market::Timestamp;
use std::fmt;

/// Nanoseconds in a millisecond.
const NS_PER_MS: i64 = 1_000_000;

/// Nanoseconds since 1970-01-01T00:00:00Z. Reaches to the year 2262.
///
/// The engine counts nanoseconds because recorded feeds do; [`Timestamp`] counts milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TimeNs(i64);

impl TimeNs {
    /// Before everything.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything.
    pub const MAX: Self = Self(i64::MAX);

    /// Wraps nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The same instant, saturating at the ends of the range.
    #[must_use]
    pub const fn from_timestamp(at: Timestamp) -> Self {
        Self(at.millis().saturating_mul(NS_PER_MS))
    }

    /// Nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The millisecond this instant lies in.
    #[must_use]
    pub const fn timestamp(self) -> Timestamp {
        Timestamp::from_millis(self.0.div_euclid(NS_PER_MS))
    }

    /// `self + nanos`, saturating.
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Nanoseconds from `earlier` to `self`, saturating; negative when `self` is the earlier one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<Timestamp> for TimeNs {
    fn from(at: Timestamp) -> Self {
        Self::from_timestamp(at)
    }
}

impl fmt::Display for TimeNs {
    /// Seconds since the Unix epoch with nine decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0.div_euclid(1_000_000_000), self.0.rem_euclid(1_000_000_000))
    }
}

/// Where something that happens comes from; at the same instant the earlier one in this list comes first.
///
/// News from the venue therefore comes before an order that arrives at the same instant: a tie is a race lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A feed, by its number.
    Feed(u8),
    /// The end of a good-till-date order.
    Expiry,
    /// An order or a cancel reaches the venue, or leaves its delay.
    Arrival,
    /// Money of a settlement is released.
    Payout,
    /// A timer of the strategy.
    Timer,
}

/// The total order of events: time, then source, then the source's own sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    /// When.
    pub time: TimeNs,
    /// From where.
    pub source: Source,
    /// Its number there.
    pub sequence: u64,
}
