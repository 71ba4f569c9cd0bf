//! When a round is asked for: what happens in between is gathered, one round runs at a time, and a failed one is tried again later.

use betty_bus::task::BookEvent;
use betty_market::Timestamp;
use std::collections::BTreeSet;

/// First wait after a round that ended in an error, milliseconds; doubles.
pub const BACKOFF_MIN_MS: i64 = 10_000;
/// Longest such wait.
pub const BACKOFF_MAX_MS: i64 = 600_000;

/// What waits for a round, what one is about, and when the next may be asked for. Machine time throughout.
#[derive(Debug, Clone)]
pub struct Pace {
    interval_ms: i64,
    waiting: BTreeSet<BookEvent>,
    running: Option<BTreeSet<BookEvent>>,
    asked: Option<Timestamp>,
    not_before: Option<Timestamp>,
    failures: u32,
}

impl Pace {
    /// At most one round per interval.
    #[must_use]
    pub const fn new(interval_ms: i64) -> Self {
        Self { interval_ms, waiting: BTreeSet::new(), running: None, asked: None, not_before: None, failures: 0 }
    }

    /// These could change a decision. Told twice before a round, they count once.
    pub fn note(&mut self, events: BTreeSet<BookEvent>) {
        self.waiting.extend(events);
    }

    /// When a round is to be asked for, perhaps in the past; `None` while nothing waits or a round runs. A resolution does not wait for the
    /// interval, but for the end of a round and after a failure like everything else.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        if self.waiting.is_empty() || self.running.is_some() {
            return None;
        }
        let urgent = self.waiting.iter().any(|e| matches!(e, BookEvent::Resolved { .. }));
        let paced = self.asked.filter(|_| !urgent).map(|at| at.plus_millis(self.interval_ms));
        Some(paced.max(self.not_before).unwrap_or(Timestamp::from_millis(0)))
    }

    /// What a round is to be asked for about, when it is time. The round counts as running from here on.
    pub fn ask(&mut self, now: Timestamp) -> Option<BTreeSet<BookEvent>> {
        if self.due()? > now {
            return None;
        }
        let events = std::mem::take(&mut self.waiting);
        (self.asked, self.not_before) = (Some(now), None);
        self.running = Some(events.clone());
        Some(events)
    }

    /// The round ended well, or somebody cancelled it.
    pub fn ended(&mut self) {
        (self.running, self.failures) = (None, 0);
    }

    /// No round may run now: what it was to be about waits another interval.
    pub fn postponed(&mut self, now: Timestamp) {
        self.waiting.extend(self.running.take().into_iter().flatten());
        self.not_before = self.not_before.max(Some(now.plus_millis(self.interval_ms)));
    }

    /// The round ended in an error: what it was about waits, longer each time.
    pub fn failed(&mut self, now: Timestamp) {
        self.waiting.extend(self.running.take().into_iter().flatten());
        let wait = BACKOFF_MIN_MS.saturating_mul(1_i64 << self.failures.min(10)).min(BACKOFF_MAX_MS);
        self.failures += 1;
        self.not_before = Some(now.plus_millis(wait.max(self.interval_ms)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_bus::HedgeId;
    use betty_market::MarketId;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn moved(position: u64) -> BookEvent {
        BookEvent::MarkMoved { position }
    }

    fn cheap(hedge: i64) -> BookEvent {
        BookEvent::Cheap { hedge: HedgeId::new(hedge).unwrap() }
    }

    fn resolved() -> BookEvent {
        BookEvent::Resolved { market: MarketId::new("512").unwrap() }
    }

    fn note(pace: &mut Pace, events: &[BookEvent]) {
        pace.note(events.iter().cloned().collect());
    }

    fn asked(pace: &mut Pace, ms: i64) -> Option<Vec<BookEvent>> {
        pace.ask(at(ms)).map(|e| e.into_iter().collect())
    }

    #[test]
    fn one_round_an_interval_with_everything_gathered_in_between() {
        let mut pace = Pace::new(5_000);
        assert_eq!((pace.due(), asked(&mut pace, 0)), (None, None), "nothing happened");
        note(&mut pace, &[cheap(3)]);
        assert_eq!(asked(&mut pace, 0), Some(vec![cheap(3)]), "the first is not kept waiting");
        for ms in [1, 100, 4_000] {
            note(&mut pace, &[moved(1), cheap(3)]);
            assert_eq!((pace.due(), asked(&mut pace, ms)), (None, None), "one runs");
        }
        // A round longer than the interval is never doubled.
        assert_eq!(asked(&mut pace, 60_000), None);
        pace.ended();
        assert_eq!(pace.due(), Some(at(5_000)));
        assert_eq!(asked(&mut pace, 60_000), Some(vec![moved(1), cheap(3)]), "each once");
        pace.ended();
        note(&mut pace, &[moved(2)]);
        assert_eq!((asked(&mut pace, 64_999), asked(&mut pace, 65_000)), (None, Some(vec![moved(2)])));
        pace.ended();
        assert_eq!(asked(&mut pace, 999_999), None, "what was asked for is not asked for again");
    }

    #[test]
    fn a_resolution_does_not_wait_for_the_interval_and_takes_the_others_along() {
        let mut pace = Pace::new(5_000);
        note(&mut pace, &[moved(1)]);
        assert!(asked(&mut pace, 0).is_some());
        note(&mut pace, &[moved(2), resolved()]);
        assert_eq!(asked(&mut pace, 10), None, "never two");
        pace.ended();
        assert_eq!(asked(&mut pace, 11), Some(vec![resolved(), moved(2)]));
    }

    #[test]
    fn a_failed_round_is_tried_again_later_and_later_and_a_good_one_starts_anew() {
        let mut pace = Pace::new(5_000);
        let mut now = 0;
        for wait in [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000] {
            note(&mut pace, &[resolved()]);
            assert_eq!(asked(&mut pace, now), Some(vec![resolved()]));
            pace.failed(at(now));
            assert_eq!(asked(&mut pace, now + wait - 1), None, "{wait}");
            now += wait;
        }
        assert!(asked(&mut pace, now).is_some());
        pace.ended();
        note(&mut pace, &[moved(1)]);
        assert!(asked(&mut pace, now + 5_000).is_some());
        pace.failed(at(now));
        assert_eq!(pace.due(), Some(at(now + BACKOFF_MIN_MS)));
        // An interval longer than the backoff holds as well.
        let mut slow = Pace::new(60_000);
        note(&mut slow, &[moved(1)]);
        assert!(asked(&mut slow, 0).is_some());
        slow.failed(at(0));
        assert_eq!(slow.due(), Some(at(60_000)));
    }

    #[test]
    fn what_is_postponed_is_not_lost() {
        let mut pace = Pace::new(5_000);
        note(&mut pace, &[cheap(3)]);
        pace.postponed(at(0));
        note(&mut pace, &[resolved()]);
        assert_eq!(asked(&mut pace, 4_999), None);
        assert_eq!(asked(&mut pace, 5_000), Some(vec![resolved(), cheap(3)]));
        pace.postponed(at(5_000));
        assert_eq!(asked(&mut pace, 10_000), Some(vec![resolved(), cheap(3)]));
    }
}
