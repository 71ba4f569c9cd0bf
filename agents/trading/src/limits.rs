//! The one set of trading limits, all configurable, all validated.

use crate::units::{HOUR_MS, PPM};
use betty_market::Usdc;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How sure the trader is. Multiplies the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Half the size.
    Low,
    /// Seven tenths of the size.
    #[default]
    Medium,
    /// The whole size.
    High,
}

impl Confidence {
    /// The multiplier in millionths.
    #[must_use]
    pub const fn ppm(self) -> i64 {
        match self {
            Self::Low => 500_000,
            Self::Medium => 700_000,
            Self::High => PPM,
        }
    }

    /// The multiplier in words: `1.0`, `0.7`, `0.5`.
    #[must_use]
    pub const fn multiplier(self) -> &'static str {
        match self {
            Self::Low => "0.5",
            Self::Medium => "0.7",
            Self::High => "1.0",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
        })
    }
}

/// Why a text is no confidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no confidence: give high, medium or low")]
pub struct ConfidenceError(String);

impl FromStr for Confidence {
    type Err = ConfidenceError;
    fn from_str(text: &str) -> Result<Self, ConfidenceError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "low" | "l" => Ok(Self::Low),
            "medium" | "med" | "m" => Ok(Self::Medium),
            "high" | "h" => Ok(Self::High),
            _ => Err(ConfidenceError(text.chars().take(40).collect())),
        }
    }
}

/// Longest age of a book that may be configured, milliseconds: a day.
pub const BOOK_AGE_MS_MAX: i64 = 86_400_000;

/// Most open positions that may be configured.
pub const OPEN_POSITIONS_MAX: u32 = 10_000;

/// Largest starting bankroll, dollars: keeps every sum of the ledger far inside its integers.
pub const BANKROLL_MAX: Usdc = Usdc::whole(1_000_000_000);

/// Most stops in a row that may be configured.
pub const STOP_STREAK_MAX: u32 = 1_000;

/// Longest pause of entries that may be configured, milliseconds: a year.
pub const COOLDOWN_MS_MAX: i64 = 365 * 86_400_000;

/// What may be traded. Percentages are of the bankroll: cash plus positions at cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Cash of a new paper account.
    pub bankroll: Usdc,
    /// Most of the bankroll in one hedge, percent.
    pub hedge_cap_pct: u32,
    /// Always in cash, percent.
    pub cash_reserve_pct: u32,
    /// Most positions open at once.
    pub open_positions_max: u32,
    /// Most of the bankroll in hedges that touch one event, percent.
    pub event_cap_pct: u32,
    /// Most of the bankroll in hedges that settle on one UTC date, percent.
    pub date_cap_pct: u32,
    /// Part of the Kelly stake that is used, percent.
    pub kelly_fraction_pct: u32,
    /// Least probability that a hedge's logic is wrong, millionths: what keeps Kelly from staking everything on a proof.
    pub logic_failure_ppm: u32,
    /// Assumed probability that a market ends void (50-50), millionths.
    pub void_ppm: u32,
    /// Least worst-case profit per dollar of the last share bought, millionths.
    pub min_edge_ppm: u32,
    /// Part of the displayed depth that is not believed, percent.
    pub depth_haircut_pct: u32,
    /// Oldest book that may be traded on, milliseconds.
    pub book_age_ms_max: i64,
    /// Largest distance in time between the books of two legs, milliseconds.
    pub leg_gap_ms_max: i64,
    /// Breaker: fall of realised equity from its peak that pauses entries by rule, percent; 0 is off.
    pub drawdown_pct: u32,
    /// Breaker: this many stops in a row pause entries by rule; 0 is off.
    pub stop_streak: u32,
    /// Breaker: loss of one UTC day that ends entries by rule until the next, percent of realised equity; 0 is off.
    pub day_loss_pct: u32,
    /// How long a drawdown or a streak of stops pauses entries by rule, milliseconds.
    pub breaker_cooldown_ms: i64,
    /// How long a hedge that was sold is not entered again by rule, milliseconds; 0 is off.
    pub reentry_cooldown_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bankroll: Usdc::whole(1_000),
            hedge_cap_pct: 10,
            cash_reserve_pct: 20,
            open_positions_max: 20,
            event_cap_pct: 20,
            date_cap_pct: 30,
            kelly_fraction_pct: 25,
            logic_failure_ppm: 1_000,
            void_ppm: 1_000,
            min_edge_ppm: 0,
            depth_haircut_pct: 0,
            book_age_ms_max: 120_000,
            leg_gap_ms_max: 60_000,
            drawdown_pct: 15,
            stop_streak: 3,
            day_loss_pct: 5,
            breaker_cooldown_ms: 24 * HOUR_MS,
            reentry_cooldown_ms: 6 * HOUR_MS,
        }
    }
}

/// A limit outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("limits.{field} is {value}, allowed is {allowed}: correct the configuration")]
pub struct LimitsError {
    /// The setting.
    pub field: &'static str,
    /// What it is.
    pub value: String,
    /// What it may be.
    pub allowed: String,
}

impl Limits {
    /// Checks every limit.
    ///
    /// # Errors
    /// The first one outside its range.
    pub fn validate(&self) -> Result<(), LimitsError> {
        let bankroll_ok = self.bankroll.is_positive() && self.bankroll <= BANKROLL_MAX;
        if !bankroll_ok {
            let allowed = format!("above 0 and at most {BANKROLL_MAX}");
            return Err(LimitsError { field: "bankroll", value: self.bankroll.to_string(), allowed });
        }
        let ranges: [(&'static str, i64, i64, i64); 17] = [
            ("hedge_cap_pct", i64::from(self.hedge_cap_pct), 1, 100),
            ("cash_reserve_pct", i64::from(self.cash_reserve_pct), 0, 99),
            ("open_positions_max", i64::from(self.open_positions_max), 1, i64::from(OPEN_POSITIONS_MAX)),
            ("event_cap_pct", i64::from(self.event_cap_pct), 1, 100),
            ("date_cap_pct", i64::from(self.date_cap_pct), 1, 100),
            ("kelly_fraction_pct", i64::from(self.kelly_fraction_pct), 1, 100),
            ("logic_failure_ppm", i64::from(self.logic_failure_ppm), 0, PPM),
            ("void_ppm", i64::from(self.void_ppm), 0, PPM / 2),
            ("min_edge_ppm", i64::from(self.min_edge_ppm), 0, PPM),
            ("depth_haircut_pct", i64::from(self.depth_haircut_pct), 0, 99),
            ("book_age_ms_max", self.book_age_ms_max, 1, BOOK_AGE_MS_MAX),
            ("leg_gap_ms_max", self.leg_gap_ms_max, 0, BOOK_AGE_MS_MAX),
            ("drawdown_pct", i64::from(self.drawdown_pct), 0, 100),
            ("stop_streak", i64::from(self.stop_streak), 0, i64::from(STOP_STREAK_MAX)),
            ("day_loss_pct", i64::from(self.day_loss_pct), 0, 100),
            ("breaker_cooldown_ms", self.breaker_cooldown_ms, 1, COOLDOWN_MS_MAX),
            ("reentry_cooldown_ms", self.reentry_cooldown_ms, 0, COOLDOWN_MS_MAX),
        ];
        match ranges.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => {
                Err(LimitsError { field, value: value.to_string(), allowed: format!("{low} to {high}") })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_documented_ones_and_valid() {
        let limits = Limits::default();
        limits.validate().unwrap();
        assert_eq!(limits.bankroll, Usdc::whole(1_000));
        assert_eq!((limits.hedge_cap_pct, limits.cash_reserve_pct, limits.open_positions_max), (10, 20, 20));
        assert_eq!((limits.event_cap_pct, limits.date_cap_pct), (20, 30));
        assert_eq!((limits.drawdown_pct, limits.stop_streak, limits.day_loss_pct), (15, 3, 5));
        assert_eq!((limits.breaker_cooldown_ms, limits.reentry_cooldown_ms), (24 * HOUR_MS, 6 * HOUR_MS));
    }

    #[test]
    fn each_limit_is_checked_by_name() {
        type Break = fn(&mut Limits);
        let cases: [(&str, Break); 18] = [
            ("bankroll", |l| l.bankroll = Usdc::ZERO),
            ("hedge_cap_pct", |l| l.hedge_cap_pct = 101),
            ("cash_reserve_pct", |l| l.cash_reserve_pct = 100),
            ("open_positions_max", |l| l.open_positions_max = 0),
            ("event_cap_pct", |l| l.event_cap_pct = 0),
            ("date_cap_pct", |l| l.date_cap_pct = 200),
            ("kelly_fraction_pct", |l| l.kelly_fraction_pct = 0),
            ("logic_failure_ppm", |l| l.logic_failure_ppm = 1_000_001),
            ("void_ppm", |l| l.void_ppm = 500_001),
            ("min_edge_ppm", |l| l.min_edge_ppm = 1_000_001),
            ("depth_haircut_pct", |l| l.depth_haircut_pct = 100),
            ("book_age_ms_max", |l| l.book_age_ms_max = 0),
            ("leg_gap_ms_max", |l| l.leg_gap_ms_max = -1),
            ("drawdown_pct", |l| l.drawdown_pct = 101),
            ("stop_streak", |l| l.stop_streak = 1_001),
            ("day_loss_pct", |l| l.day_loss_pct = 101),
            ("breaker_cooldown_ms", |l| l.breaker_cooldown_ms = 0),
            ("reentry_cooldown_ms", |l| l.reentry_cooldown_ms = -1),
        ];
        for (field, spoil) in cases {
            let mut limits = Limits::default();
            spoil(&mut limits);
            assert_eq!(limits.validate().unwrap_err().field, field);
        }
    }

    #[test]
    fn unknown_settings_are_refused_and_missing_ones_default() {
        assert!(toml::from_str::<Limits>("hedge_cap = 5").is_err());
        let limits: Limits = toml::from_str("bankroll = \"2500\"\nhedge_cap_pct = 5").unwrap();
        assert_eq!((limits.bankroll, limits.hedge_cap_pct, limits.date_cap_pct), (Usdc::whole(2_500), 5, 30));
    }

    #[test]
    fn confidence_is_read_and_refused() {
        assert_eq!("HIGH".parse(), Ok(Confidence::High));
        assert_eq!(" med ".parse(), Ok(Confidence::Medium));
        assert!("very".parse::<Confidence>().unwrap_err().to_string().contains("high, medium or low"));
        assert_eq!(
            [Confidence::High, Confidence::Medium, Confidence::Low].map(Confidence::ppm),
            [1_000_000, 700_000, 500_000]
        );
    }
}
