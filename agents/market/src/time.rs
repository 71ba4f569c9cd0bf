//! Instants. Logic receives them; only edges read a clock.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Wraps seconds since the Unix epoch, saturating.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 (`2026-02-07T20:57:04Z`) or a bare date (`2026-02-07`, midnight UTC).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(t) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(t.timestamp_millis()));
        }
        let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(Self(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()))
    }

    /// `self + millis`, saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to `self`; negative when `self` is the earlier one. Saturating.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole days from `earlier` to `self`, rounded up, at least 0.
    #[must_use]
    pub const fn days_since(self, earlier: Self) -> u32 {
        const DAY_MS: i64 = 86_400_000;
        let ms = self.since(earlier);
        if ms <= 0 { 0 } else { ((ms - 1) / DAY_MS + 1) as u32 }
    }

    /// The calendar form, when it lies within chrono's range.
    #[must_use]
    pub fn to_datetime(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC to the second, `2026-02-07T20:57:04Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_datetime() {
            Some(t) => f.write_str(&t.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// Where "now" comes from. Edges implement it; tests hold it still.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(Utc::now().timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_both_forms_and_prints_one() {
        let t = Timestamp::parse("2026-02-07T20:57:04.974481Z").unwrap();
        assert_eq!(t.to_string(), "2026-02-07T20:57:04Z");
        assert_eq!(Timestamp::parse("2026-02-07").unwrap().to_string(), "2026-02-07T00:00:00Z");
        assert_eq!(Timestamp::parse("soon"), None);
    }

    #[test]
    fn days_round_up_and_never_go_below_zero() {
        let t = Timestamp::from_secs(0);
        assert_eq!(Timestamp::from_millis(1).days_since(t), 1);
        assert_eq!(Timestamp::from_secs(86_400).days_since(t), 1);
        assert_eq!(Timestamp::from_secs(86_401).days_since(t), 2);
        assert_eq!(t.days_since(Timestamp::from_secs(9)), 0);
    }
}
