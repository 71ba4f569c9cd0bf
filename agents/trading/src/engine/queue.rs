//! What is still to happen, in the total order.

use super::instrument::InstrumentId;
use super::order::OrderId;
use super::time::{EventKey, Source, TimeNs};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Room for this many pending items is made at the start.
const CAPACITY: usize = 1_024;

#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    /// An order reaches the venue.
    Arrive(OrderId),
    /// An order leaves the venue's delay.
    Match(OrderId),
    /// A cancel reaches the venue.
    Cancel(OrderId),
    /// A good-till-date order ends.
    Expire(OrderId),
    /// A settlement pays; void when the instrument is in another round by then.
    Payout { instrument: InstrumentId, round: u32 },
    /// A timer the strategy set, with its tag.
    Wake(u64),
}

impl Due {
    const fn source(self) -> Source {
        match self {
            Self::Expire(_) => Source::Expiry,
            Self::Arrive(_) | Self::Match(_) | Self::Cancel(_) => Source::Arrival,
            Self::Payout { .. } => Source::Payout,
            Self::Wake(_) => Source::Timer,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Item {
    key: EventKey,
    due: Due,
}

// The sequence is unique, so the key alone decides.
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// A heap of what is due, with the time of the next beside it so that the feed compares one number per row.
#[derive(Debug, Clone)]
pub(super) struct DueQueue {
    heap: BinaryHeap<Reverse<Item>>,
    sequence: u64,
    /// When the next item is due; [`TimeNs::MAX`] when nothing is.
    pub(super) next: TimeNs,
}

impl DueQueue {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::with_capacity(CAPACITY), sequence: 0, next: TimeNs::MAX }
    }

    pub(super) fn push(&mut self, time: TimeNs, due: Due) {
        let key = EventKey { time, source: due.source(), sequence: self.sequence };
        self.sequence += 1;
        self.heap.push(Reverse(Item { key, due }));
        self.next = self.next.min(time);
    }

    pub(super) fn pop(&mut self) -> Option<(TimeNs, Due)> {
        let Reverse(item) = self.heap.pop()?;
        self.next = self.heap.peek().map_or(TimeNs::MAX, |Reverse(i)| i.key.time);
        Some((item.key.time, item.due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_by_source_and_then_by_order_of_arrival() {
        let mut queue = DueQueue::new();
        let at = TimeNs::from_nanos;
        queue.push(at(5), Due::Wake(1));
        queue.push(at(5), Due::Cancel(OrderId::new(7, 0)));
        queue.push(at(5), Due::Arrive(OrderId::new(8, 1)));
        queue.push(at(5), Due::Expire(OrderId::new(9, 2)));
        queue.push(at(4), Due::Wake(2));
        assert_eq!(queue.next, at(4));
        let order: Vec<String> = std::iter::from_fn(|| queue.pop()).map(|(_, due)| format!("{due:?}")).collect();
        let first_words: Vec<&str> = order.iter().map(|d| d.split('(').next().unwrap()).collect();
        assert_eq!(first_words, ["Wake", "Expire", "Cancel", "Arrive", "Wake"]);
        assert_eq!(queue.next, TimeNs::MAX);
    }
}
