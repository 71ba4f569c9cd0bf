//! Circuit breakers: entries by rule pause after losses, exits never do. Worked out from the account's ended trades alone, so the live
//! account, a replay and a test that see the same trades see the same breakers.
//!
//! * [`Breakers`]: the state, fed trade by trade in the order they ended. It does not grow with the account's history, but for one
//!   entry per hedge that was ever sold.
//! * [`Breaker`]: the closed set. [`Standing`]: one of them now, with its numbers. [`Trip`]: since when, why, until when.
//!
//! What counts as realised equity is the starting cash plus the net result of every ended trade. Open positions do not count: a mark
//! moves with every bid, and a hedge that got cheaper is no loss yet.

use crate::ledger::account::settlement_day;
use crate::ledger::{Account, Position, PositionEnd, PositionId};
use crate::limits::Limits;
use crate::units::{DAY_MS, PPM, dollars, pct, ratio_ppm};
use betty_market::{Timestamp, Usdc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What pauses entries by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Realised equity fell too far from its peak.
    Drawdown,
    /// Too many stops in a row.
    StopStreak,
    /// Too large a loss on one UTC day.
    DayLoss,
}

impl Breaker {
    /// All of them, in the order people see them.
    pub const ALL: [Self; 3] = [Self::Drawdown, Self::StopStreak, Self::DayLoss];

    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drawdown => "drawdown",
            Self::StopStreak => "stop_streak",
            Self::DayLoss => "day_loss",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Drawdown => "drawdown limit",
            Self::StopStreak => "stops in a row",
            Self::DayLoss => "loss of the day",
        }
    }
}

impl fmt::Display for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// A breaker that has tripped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Which.
    pub breaker: Breaker,
    /// The trade whose end made it trip.
    pub position: PositionId,
    /// When that was.
    pub at: Timestamp,
    /// From then on entries are possible again.
    #[serde(rename = "until_at")]
    pub until: Timestamp,
    /// Why, with its numbers.
    pub words: String,
}

impl fmt::Display for Trip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; entries by rule again from {}", self.breaker, self.words, self.until)
    }
}

/// One breaker as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub breaker: Breaker,
    /// What it measures now: millionths for a drawdown and a loss of the day, a count for stops in a row.
    pub measured: i64,
    /// At which it trips, in the same unit; 0 is off.
    pub limit: i64,
    /// The trip that holds now.
    pub trip: Option<Trip>,
}

impl Standing {
    /// The numbers in words: `3.2% below the peak, trips at 15%`.
    #[must_use]
    pub fn words(&self) -> String {
        if let Some(trip) = &self.trip {
            return format!("TRIPPED at {}: {}; entries by rule again from {}", trip.at, trip.words, trip.until);
        }
        let limit = match (self.limit, self.breaker) {
            (0, _) => "off".to_owned(),
            (n, Breaker::StopStreak) => format!("trips at {n}"),
            (ppm, _) => format!("trips at {}", pct(ppm)),
        };
        match self.breaker {
            Breaker::Drawdown => format!("realised equity {} below its peak, {limit}", pct(self.measured)),
            Breaker::StopStreak => format!("{} in a row, {limit}", self.measured),
            Breaker::DayLoss => format!("{} lost today (UTC), {limit}", pct(self.measured)),
        }
    }
}

/// The breakers of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakers {
    drawdown_ppm: i64,
    stop_streak: u32,
    day_loss_ppm: i64,
    cooldown_ms: i64,
    reentry_ms: i64,
    equity: Usdc,
    /// The highest realised equity since the start or since the drawdown breaker last tripped.
    peak: Usdc,
    stops: u32,
    /// The UTC day of the last end, with the equity it began with.
    day: Option<(i64, Usdc)>,
    /// The last trip of each.
    trips: BTreeMap<Breaker, Trip>,
    /// When each hedge was last sold, and the position that was.
    sold: BTreeMap<String, (Timestamp, PositionId)>,
}

/// A percentage of the limits in millionths.
const fn percent(pct: u32) -> i64 {
    pct as i64 * (PPM / 100)
}

impl Breakers {
    /// Before the first trade.
    #[must_use]
    pub fn new(starting: Usdc, limits: &Limits) -> Self {
        Self {
            drawdown_ppm: percent(limits.drawdown_pct),
            stop_streak: limits.stop_streak,
            day_loss_ppm: percent(limits.day_loss_pct),
            cooldown_ms: limits.breaker_cooldown_ms,
            reentry_ms: limits.reentry_cooldown_ms,
            equity: starting,
            peak: starting,
            stops: 0,
            day: None,
            trips: BTreeMap::new(),
            sold: BTreeMap::new(),
        }
    }

    /// Those of an account with all its ended trades. Takes time in proportion to them; a replay feeds [`Breakers::ended`] instead.
    #[must_use]
    pub fn of(account: &Account, limits: &Limits) -> Self {
        let mut breakers = Self::new(account.starting(), limits);
        let mut ended: Vec<&Position> = account.positions().filter(|p| !p.is_open()).collect();
        ended.sort_by_key(|p| (p.ended_at(), p.id()));
        for position in ended {
            breakers.ended(position);
        }
        breakers
    }

    /// A trade has ended. To be told in the order of ends; one that is still open changes nothing.
    pub fn ended(&mut self, position: &Position) {
        let (Some(at), Some(net), Some(reason)) = (position.ended_at(), position.real_pnl(), position.exit_reason())
        else {
            return;
        };
        let today = settlement_day(Some(at)).unwrap_or_default();
        if self.day.is_none_or(|(day, _)| day != today) {
            self.day = Some((today, self.equity));
        }
        // Sums of the ledger stay far inside its integers; an impossible one must not stop trading from being judged.
        self.equity = self.equity.checked_add(net).unwrap_or(self.equity);
        let trip = |breaker, until, words| Trip { breaker, position: position.id(), at, until, words };

        self.stops = if reason.stop_kind().is_some() { self.stops.saturating_add(1) } else { 0 };
        if self.stop_streak > 0 && self.stops >= self.stop_streak {
            let words = format!("{} trades in a row ended by a stop, {} are the limit", self.stops, self.stop_streak);
            let until = at.plus_millis(self.cooldown_ms);
            self.trips.insert(Breaker::StopStreak, trip(Breaker::StopStreak, until, words));
        }

        self.peak = self.peak.max(self.equity);
        let fall = ratio_ppm(self.peak - self.equity, self.peak).unwrap_or_default();
        if self.drawdown_ppm > 0 && fall >= self.drawdown_ppm {
            let words = format!(
                "realised equity fell {} from {} to {}, {} is the limit",
                pct(fall),
                dollars(self.peak),
                dollars(self.equity),
                pct(self.drawdown_ppm)
            );
            let until = at.plus_millis(self.cooldown_ms);
            self.trips.insert(Breaker::Drawdown, trip(Breaker::Drawdown, until, words));
            // Without entries equity cannot come back, so the next fall is measured from here.
            self.peak = self.equity;
        }

        let lost = self.lost(today);
        if self.day_loss_ppm > 0 && lost >= self.day_loss_ppm {
            let words = format!(
                "{} of realised equity lost on one UTC day, {} is the limit",
                pct(lost),
                pct(self.day_loss_ppm)
            );
            let until = Timestamp::from_millis((today + 1).saturating_mul(DAY_MS));
            self.trips.insert(Breaker::DayLoss, trip(Breaker::DayLoss, until, words));
        }

        if matches!(position.end, Some(PositionEnd::Closed(_))) {
            self.sold.insert(position.opened.hedge_key.clone(), (at, position.id()));
        }
    }

    /// Loss of a UTC day so far as a part of the equity it began with, millionths; 0 for a day without a loss.
    fn lost(&self, day: i64) -> i64 {
        let Some((of, began)) = self.day else { return 0 };
        if of != day {
            return 0;
        }
        // An account with nothing left at the start of a day has lost all there is to lose.
        ratio_ppm(began - self.equity, began).unwrap_or(PPM).max(0)
    }

    /// Every breaker as it stands now.
    #[must_use]
    pub fn standings(&self, now: Timestamp) -> Vec<Standing> {
        let today = settlement_day(Some(now)).unwrap_or_default();
        let fall = ratio_ppm(self.peak - self.equity, self.peak).unwrap_or(PPM).max(0);
        Breaker::ALL
            .into_iter()
            .map(|breaker| {
                let (measured, limit) = match breaker {
                    Breaker::Drawdown => (fall, self.drawdown_ppm),
                    Breaker::StopStreak => (i64::from(self.stops), i64::from(self.stop_streak)),
                    Breaker::DayLoss => (self.lost(today), self.day_loss_ppm),
                };
                let trip = self.trips.get(&breaker).filter(|t| now < t.until).cloned();
                Standing { breaker, measured, limit, trip }
            })
            .collect()
    }

    /// The trip that holds longest now; `None` when entries are possible.
    #[must_use]
    pub fn tripped(&self, now: Timestamp) -> Option<&Trip> {
        self.trips.values().filter(|t| now < t.until).max_by_key(|t| (t.until, t.breaker))
    }

    /// Until when a hedge is not entered again because it was just sold, and the position that was.
    #[must_use]
    pub fn cooling(&self, hedge_key: &str, now: Timestamp) -> Option<(PositionId, Timestamp)> {
        let (at, position) = self.sold.get(hedge_key)?;
        let until = at.plus_millis(self.reentry_ms);
        (now < until).then_some((*position, until))
    }
}

#[cfg(test)]
mod tests;
