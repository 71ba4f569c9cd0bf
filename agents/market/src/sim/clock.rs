//! The venue's clock: simulated time as a function of the machine's, or moved by hand.

use super::calendar::GENESIS;
use crate::time::{Clock, Timestamp};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Fastest speed accepted: a simulated day in a second.
pub const SPEED_MAX: f64 = 86_400.0;

#[derive(Debug)]
struct State {
    /// Milliseconds since genesis at `since`.
    base_ms: i64,
    since: Instant,
    speed: f64,
}

/// Simulated time = start + speed × wall time. It never runs backwards.
#[derive(Debug)]
pub struct SimClock(Mutex<State>);

impl SimClock {
    /// A clock that stands `elapsed_ms` after genesis now and runs at `speed`; see [`set_speed`](Self::set_speed).
    #[must_use]
    pub fn new(elapsed_ms: u64, speed: f64) -> Self {
        let base_ms = i64::try_from(elapsed_ms).unwrap_or(i64::MAX);
        Self(Mutex::new(State { base_ms, since: Instant::now(), speed: tame(speed) }))
    }

    /// A clock that only moves by [`advance_by`](Self::advance_by).
    #[must_use]
    pub fn manual(elapsed_ms: u64) -> Self {
        Self::new(elapsed_ms, 0.0)
    }

    /// Milliseconds since genesis.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        u64::try_from(state.elapsed()).unwrap_or(0)
    }

    /// Runs at another speed from now on: simulated milliseconds per millisecond, 0 to [`SPEED_MAX`]. What is no number, or
    /// below zero, counts as 0 (stopped).
    pub fn set_speed(&self, speed: f64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.base_ms = state.elapsed();
        state.since = Instant::now();
        state.speed = tame(speed);
    }

    /// Jumps forward.
    pub fn advance_by(&self, millis: u64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.base_ms = state.base_ms.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX));
    }
}

impl State {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    fn elapsed(&self) -> i64 {
        let wall_ms = self.since.elapsed().as_micros() as f64 / 1_000.0;
        self.base_ms.saturating_add((wall_ms * self.speed) as i64)
    }
}

fn tame(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.0, SPEED_MAX) } else { 0.0 }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        GENESIS.plus_millis(i64::try_from(self.elapsed_ms()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_it_moves_only_when_told() {
        let clock = SimClock::manual(5);
        assert_eq!(clock.elapsed_ms(), 5);
        clock.advance_by(60_000);
        assert_eq!(clock.now(), GENESIS.plus_millis(60_005));
    }

    #[test]
    fn a_change_of_speed_never_jumps_back() {
        let clock = SimClock::new(1_000, 1e9);
        let before = clock.elapsed_ms();
        clock.set_speed(f64::NAN);
        let stopped = clock.elapsed_ms();
        assert!(stopped >= before && stopped >= 1_000);
        clock.set_speed(-3.0);
        assert_eq!(clock.elapsed_ms(), stopped);
    }
}
