//! Every envelope passes here. Listeners that cannot keep up lose messages, never the sender its time.

use crate::envelope::Envelope;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// Envelopes kept for looking back.
pub const TAP_RING_MAX: usize = 10_000;
/// Envelopes a slow listener may lag behind before it loses the oldest.
pub const TAP_LAG_MAX: usize = 1_024;

struct Ring {
    next_seq: u64,
    kept: VecDeque<Envelope>,
}

/// A cheap handle to the tap; clones share it.
#[derive(Clone)]
pub struct Tap {
    ring: Arc<Mutex<Ring>>,
    live: broadcast::Sender<Envelope>,
}

impl Default for Tap {
    fn default() -> Self {
        let (live, _) = broadcast::channel(TAP_LAG_MAX);
        Self { ring: Arc::new(Mutex::new(Ring { next_seq: 1, kept: VecDeque::new() })), live }
    }
}

impl Tap {
    /// Numbers an envelope, keeps it and shows it to whoever listens. Returns its number.
    ///
    /// # Panics
    /// If a thread panicked while holding the ring, which only pushes and pops.
    pub fn record(&self, mut envelope: Envelope) -> u64 {
        let seq = {
            let mut ring = self.ring.lock().expect("tap ring poisoned");
            let seq = ring.next_seq;
            ring.next_seq += 1;
            envelope.seq = seq;
            if ring.kept.len() == TAP_RING_MAX {
                ring.kept.pop_front();
            }
            ring.kept.push_back(envelope.clone());
            seq
        };
        // No listener is not an error.
        let _ = self.live.send(envelope);
        seq
    }

    /// The last `limit` envelopes that match, oldest first.
    ///
    /// # Panics
    /// As [`Tap::record`].
    #[must_use]
    pub fn last(&self, limit: usize, matches: impl Fn(&Envelope) -> bool) -> Vec<Envelope> {
        let ring = self.ring.lock().expect("tap ring poisoned");
        let mut found: Vec<_> = ring.kept.iter().rev().filter(|e| matches(e)).take(limit).cloned().collect();
        found.reverse();
        found
    }

    /// Follows from here on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Envelope> {
        self.live.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::MessageKind;
    use betty_market::Timestamp;

    #[test]
    fn keeps_the_last_and_numbers_from_one() {
        let tap = Tap::default();
        for i in 0..TAP_RING_MAX + 5 {
            let e = Envelope::new(Timestamp::from_millis(i as i64), "a", "b", MessageKind::Run);
            assert_eq!(tap.record(e), i as u64 + 1);
        }
        let last = tap.last(2, |_| true);
        assert_eq!(last.iter().map(|e| e.seq).collect::<Vec<_>>(), [10_004, 10_005]);
        assert_eq!(tap.last(usize::MAX, |_| true).len(), TAP_RING_MAX);
    }
}
