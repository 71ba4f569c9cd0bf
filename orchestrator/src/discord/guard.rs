//! Keeps the gateway from being stormed. The client reconnects at once after an accepted connection was closed, as often
//! as it happens; this says how long to wait before it may. Time and dice are passed in.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Most connections within [`WINDOW`], even if each became a session. Without sessions the waits alone keep it to five.
const CONNECTIONS_MAX: usize = 10;
/// Over which connections are counted.
const WINDOW: Duration = Duration::from_secs(30);
/// A session that ends sooner counts as none.
const SESSION_MIN: Duration = Duration::from_secs(1);
/// The wait after the first connection that never became a session; doubles with each further one.
const WAIT_MIN: Duration = Duration::from_secs(1);
/// Longest wait before jitter.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Jitter on top of a wait, as a divisor: up to a quarter.
const JITTER_DIVISOR: u32 = 4;

/// Counts connections and closes.
#[derive(Debug)]
pub(super) struct ReconnectGuard {
    /// Closes since the last session that lasted.
    failures: u32,
    /// When the present connection became a session.
    good: Option<Instant>,
    /// When the last connections began, oldest first.
    connections: VecDeque<Instant>,
}

impl ReconnectGuard {
    /// The first connection begins now.
    pub(super) fn new(now: Instant) -> Self {
        Self { failures: 0, good: None, connections: VecDeque::from([now]) }
    }

    /// READY or RESUMED arrived.
    pub(super) const fn good(&mut self, now: Instant) {
        self.good = Some(now);
    }

    /// A connection that said nothing for long was given up and another begins now.
    pub(super) fn renewed(&mut self, now: Instant) {
        self.good = None;
        self.begins(now);
    }

    /// The connection ended. How long to wait before the next; `jitter` is a fraction from 0 to 1.
    pub(super) fn closed(&mut self, now: Instant, jitter: f64) -> Duration {
        let mut wait = Duration::ZERO;
        if self.good.take().is_some_and(|since| now - since >= SESSION_MIN) {
            self.failures = 0;
        } else {
            let doublings = self.failures.min(10); // 2^10 s is past the limit already
            self.failures = self.failures.saturating_add(1);
            wait = (WAIT_MIN * 2u32.pow(doublings)).min(WAIT_MAX);
            wait += (wait / JITTER_DIVISOR).mul_f64(jitter.clamp(0.0, 1.0));
        }
        if self.connections.len() >= CONNECTIONS_MAX {
            // The oldest has to leave the window first.
            let free = self.connections[0] + WINDOW;
            wait = wait.max(free.saturating_duration_since(now));
        }
        self.begins(now + wait);
        wait
    }

    fn begins(&mut self, at: Instant) {
        self.connections.push_back(at);
        while self.connections.len() > CONNECTIONS_MAX {
            self.connections.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The most connections in any window of 30 s, counted by brute force.
    fn densest(times: &[Instant]) -> usize {
        times
            .iter()
            .map(|start| times.iter().filter(|t| *t >= start && t.duration_since(*start) < WINDOW).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_server_that_closes_at_once_sees_few_connections() {
        let start = Instant::now();
        let mut now = start;
        let mut guard = ReconnectGuard::new(now);
        let mut connections = vec![now];
        while now - start < Duration::from_secs(600) {
            now += guard.closed(now, 0.0);
            connections.push(now);
        }
        let at: Vec<u64> = connections.iter().take(8).map(|c| c.duration_since(start).as_secs()).collect();
        assert_eq!(at, [0, 1, 3, 7, 15, 31, 63, 123]); // sums of 1, 2, 4, 8, 16, 32, 60
        assert_eq!(densest(&connections), 5);
    }

    #[test]
    fn one_lost_session_is_resumed_at_once() {
        let now = Instant::now();
        let mut guard = ReconnectGuard::new(now);
        guard.good(now);
        let now = now + SESSION_MIN;
        assert_eq!(guard.closed(now, 1.0), Duration::ZERO);
        assert_eq!(guard.closed(now, 0.0), WAIT_MIN, "no session in between");
        guard.good(now);
        assert_eq!(guard.closed(now, 0.0), WAIT_MIN * 2, "a session that ends at once is none");
        guard.good(now);
        assert_eq!(guard.closed(now + Duration::from_secs(60), 0.5), Duration::ZERO);
    }

    proptest! {
        /// Whatever the server does, and however good the sessions look: at most 10 connections in 30 s, 5 if none is good.
        #[test]
        fn never_a_storm(steps in prop::collection::vec((any::<bool>(), 0u64..20_000, 0.0f64..1.0), 1..80)) {
            let mut now = Instant::now();
            let mut guard = ReconnectGuard::new(now);
            let mut connections = vec![now];
            let limit = if steps.iter().any(|(good, ..)| *good) { CONNECTIONS_MAX } else { 5 };
            for (good, alive_ms, jitter) in steps {
                if good {
                    guard.good(now);
                }
                now += Duration::from_millis(alive_ms);
                let wait = guard.closed(now, jitter);
                prop_assert!(wait <= WAIT_MAX + WAIT_MAX / JITTER_DIVISOR);
                now += wait;
                connections.push(now);
            }
            prop_assert!(densest(&connections) <= limit);
        }
    }
}
