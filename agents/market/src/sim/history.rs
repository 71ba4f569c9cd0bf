//! The simulated world as history: made while it is read, from its seed, at any length.

use super::calendar::GENESIS;
use super::world::{Announcement, MarketIx, World};
use crate::book::Depth;
use crate::gamma::parse_market;
use crate::history::{Ending, History, HistoryEvent, HistoryRecord, MarketAsOf, Records};
use crate::ids::TokenId;
use crate::money::{Price, Shares};
use crate::source::SourceLabel;
use crate::time::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt::Write;

/// Longest history, in days.
pub const DAYS_MAX: u32 = 3_660;
/// Shortest step between two looks at every book, milliseconds.
pub const STEP_MS_MIN: i64 = 60_000;

/// Days of the simulated venue. Every book is seen as it stands at the end of each step, so mispricings shorter than a step are mostly
/// missed, as a recorder that polls misses them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimHistory {
    seed: u64,
    days: u32,
    step_ms: i64,
}

impl SimHistory {
    /// `days` days from the world's beginning, looked at every `step_ms` milliseconds. Both are cut to [`DAYS_MAX`] and [`STEP_MS_MIN`].
    #[must_use]
    pub fn new(seed: u64, days: u32, step_ms: i64) -> Self {
        Self { seed, days: days.clamp(1, DAYS_MAX), step_ms: step_ms.max(STEP_MS_MIN) }
    }
}

impl History for SimHistory {
    fn label(&self) -> SourceLabel {
        SourceLabel::Simulated { seed: self.seed }
    }

    fn depth(&self) -> Depth {
        Depth::Full
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        (GENESIS, GENESIS.plus_millis(i64::from(self.days) * 86_400_000))
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn data_hash(&self) -> String {
        let parameters = format!("{}\n{self:?}", env!("CARGO_PKG_VERSION"));
        Sha256::digest(parameters).iter().fold(String::new(), |mut out, b| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{b:02x}");
            out
        })
    }

    fn records(&self) -> Records<'_> {
        let (_, end) = self.span();
        let mut stream =
            Stream { world: World::new(self.seed), end, step_ms: self.step_ms, ready: VecDeque::new(), seq: 0 };
        let open: Vec<MarketIx> = stream.world.open_markets().collect();
        open.into_iter().for_each(|market| stream.market(market));
        Box::new(stream.map(Ok))
    }
}

struct Stream {
    world: World,
    end: Timestamp,
    step_ms: i64,
    ready: VecDeque<HistoryRecord>,
    seq: u64,
}

impl Stream {
    fn push(&mut self, at: Timestamp, event: HistoryEvent) {
        self.ready.push_back(HistoryRecord { at, source: 0, seq: self.seq, event });
        self.seq += 1;
    }

    /// A market's row as of the world's present; one that the parser refuses does not exist, as on the venue.
    fn market(&mut self, market: MarketIx) {
        let now = self.world.now();
        if let Ok(row) = parse_market(&self.world.market_json(market, true)) {
            self.push(now, HistoryEvent::Market(Box::new(MarketAsOf::new(row, now))));
        }
    }

    fn step(&mut self) {
        let to = self.world.now().plus_millis(self.step_ms).min(self.end);
        let events = self.world.advance(to);
        // Rows and ends are public at the end of the step: a row shows the present, not the moment of its announcement.
        let (mut rows, mut ends) = (Vec::new(), Vec::new());
        for event in events {
            let m = event.market.at();
            let token = |world: &World| TokenId::new(world.markets[m].tokens[0].as_str()).ok();
            let seen = match event.what {
                Announcement::Listed | Announcement::Proposed | Announcement::Disputed => {
                    rows.push(event.market);
                    None
                }
                Announcement::Resolved(resolution) => {
                    ends.push((event.market, resolution));
                    None
                }
                Announcement::Repriced => self.world.book(m, 0).map(HistoryEvent::Book),
                Announcement::TickChanged => {
                    let tick = Price::from_e4(self.world.tick_e4(m, event.at.millis())).ok();
                    token(&self.world).zip(tick).map(|(token, tick)| HistoryEvent::Tick { token, tick })
                }
                Announcement::Traded { price, lots, .. } => token(&self.world).map(|token| {
                    let shares = Some(Shares::from_micros(i64::from(lots) * Shares::LOT.micros()));
                    HistoryEvent::Trade { token, price, shares }
                }),
            };
            if let Some(seen) = seen {
                self.push(event.at, seen);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().for_each(|market| self.market(market));
        for (market, resolution) in ends {
            if let Ok(row) = parse_market(&self.world.market_json(market, true)) {
                self.push(to, HistoryEvent::Ended { market: row.id, ending: Ending::new(resolution, to) });
            }
            self.world.retire(market);
        }
    }
}

impl Iterator for Stream {
    type Item = HistoryRecord;

    fn next(&mut self) -> Option<HistoryRecord> {
        while self.ready.is_empty() && self.world.now() < self.end {
            self.step();
        }
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_month_is_in_order_and_every_end_had_a_beginning() {
        let history = SimHistory::new(7, 30, 6 * 3_600_000);
        let (mut before, mut seen, mut ended, mut books) = (None, HashSet::new(), 0, 0);
        for record in history.records() {
            let record = record.unwrap();
            assert!(before < Some(record.order()), "records are in their total order");
            before = Some(record.order());
            match record.event {
                HistoryEvent::Market(market) => {
                    assert_eq!(market.market().resolution, None);
                    seen.insert(market.market().id.clone());
                }
                HistoryEvent::Ended { market, ending } => {
                    assert!(seen.contains(&market));
                    assert!(ending.reveal(record.at).is_some());
                    ended += 1;
                }
                HistoryEvent::Book(book) => {
                    assert!(book.at <= record.at);
                    books += 1;
                }
                _ => {}
            }
        }
        assert!(seen.len() > 1_240 && ended > 100 && books > 50_000, "{} {ended} {books}", seen.len());
    }

    #[test]
    fn it_is_the_same_every_time() {
        let history = SimHistory::new(3, 2, 3_600_000);
        let all = |h: &SimHistory| h.records().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(all(&history), all(&history.clone()));
        assert_eq!(history.data_hash(), history.clone().data_hash());
        assert_ne!(history.data_hash(), SimHistory::new(4, 2, 3_600_000).data_hash());
    }
}
