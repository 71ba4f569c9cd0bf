//! A quotes folder as history.

use super::hashed::hex;
use super::quotes::{Data, QuotesSet, finer};
use super::top_of_book;
use crate::book::Depth;
use crate::history::{Ending, History, HistoryEvent, HistoryRecord, MarketAsOf, Records};
use crate::ids::MarketId;
use crate::market::Resolution;
use crate::money::Price;
use crate::source::{SourceError, SourceLabel};
use crate::time::Timestamp;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The whole set, whatever instant it stands at.
///
/// A market comes with its first quote, open and with what that quote says; each quote with a bid or an ask is a YES book. A quote of
/// a mid alone has no record but the market's first. When a quote needs a finer price step than those before, a
/// [`HistoryEvent::Tick`] of the YES token precedes it (the step is the market's, so it is the NO token's too). A market whose quotes
/// cease has no record of that: its book grows old. Results are those reported as YES or NO; where only the name of the winner is
/// known, or the last price was taken for a result, the market has no end here.
///
/// Question, end date and group are those of the markets file, which keeps one version: when they were changed is not known.
impl History for QuotesSet {
    fn label(&self) -> SourceLabel {
        SourceLabel::Recorded { as_of: self.span().1, name: self.name.clone() }
    }

    fn depth(&self) -> Depth {
        Depth::Unknown
    }

    /// From the first quote to the last quote or result.
    fn span(&self) -> (Timestamp, Timestamp) {
        let columns = &self.data.columns;
        let first = (0..self.data.markets.len()).map(|i| columns.get(columns.range(i).start).at).min();
        let ended = endings(&self.data).into_iter().map(|e| e.at).max();
        (first.unwrap_or(self.data.last), ended.map_or(self.data.last, |t| t.max(self.data.last)))
    }

    fn mirrors(&self) -> bool {
        true
    }

    /// SHA-256 over the SHA-256 of `markets.csv.gz` and that of `quotes.csv.gz`.
    fn data_hash(&self) -> String {
        hex(&self.data.hash)
    }

    fn records(&self) -> Records<'_> {
        Box::new(QuoteRecords::new(&self.data).map(Ok::<_, SourceError>))
    }

    /// The recorder's guess.
    fn category(&self, market: &MarketId) -> Option<&str> {
        self.data.by_id.get(market).and_then(|i| self.data.markets[*i].category.as_deref())
    }
}

struct End {
    at: Timestamp,
    market: usize,
    resolution: Resolution,
}

/// Known results by time, none before its market's first quote.
fn endings(data: &Data) -> Vec<End> {
    let mut ends: Vec<End> = Vec::new();
    for (market, row) in data.markets.iter().enumerate() {
        if let (Some(resolution), Some(at)) = (row.resolution, row.resolved_at) {
            let first = data.columns.get(data.columns.range(market).start).at;
            ends.push(End { at: at.max(first), market, resolution });
        }
    }
    ends.sort_by_key(|e| (e.at, e.market));
    ends
}

/// Merges the markets' quotes, which lie market by market, into one order: time, then market. Memory grows with the number of
/// markets only.
struct QuoteRecords<'a> {
    data: &'a Data,
    /// The next quote of each market: when, which market, which quote.
    next: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    ends: VecDeque<End>,
    /// The step of each market's quotes so far.
    ticks: Vec<Price>,
    ready: VecDeque<(Timestamp, HistoryEvent)>,
    seq: u64,
}

impl<'a> QuoteRecords<'a> {
    fn new(data: &'a Data) -> Self {
        let first = |market| {
            let quote = data.columns.range(market).start;
            Reverse((data.columns.get(quote).at, market, quote))
        };
        let count = data.markets.len();
        Self {
            data,
            next: (0..count).map(first).collect::<Vec<_>>().into(),
            ends: endings(data).into(),
            ticks: vec![Price::ONE; count],
            ready: VecDeque::new(),
            seq: 0,
        }
    }

    /// Takes the earliest quote or result. At equal times quotes come first: a market is known before it ends.
    fn advance(&mut self) -> Option<()> {
        let quote_at = self.next.peek().map(|Reverse((at, ..))| *at);
        if self.ends.front().is_some_and(|e| quote_at.is_none_or(|q| e.at < q)) {
            let End { at, market, resolution } = self.ends.pop_front()?;
            let ended = HistoryEvent::Ended {
                market: self.data.markets[market].id.clone(),
                ending: Ending::new(resolution, at),
            };
            self.ready.push_back((at, ended));
            return Some(());
        }
        let Reverse((at, market, i)) = self.next.pop()?;
        let (columns, row) = (&self.data.columns, &self.data.markets[market]);
        let range = columns.range(market);
        if i + 1 < range.end {
            self.next.push(Reverse((columns.get(i + 1).at, market, i + 1)));
        }
        let quote = columns.get(i);
        let before = self.ticks[market];
        let tick = finer(before, quote);
        self.ticks[market] = tick;
        if i == range.start {
            let market = MarketAsOf::new(row.quoted(quote), at);
            self.ready.push_back((at, HistoryEvent::Market(Box::new(market))));
        } else if tick != before {
            self.ready.push_back((at, HistoryEvent::Tick { token: row.yes.clone(), tick }));
        }
        if let Some(book) = top_of_book(row.yes.clone(), at, quote.bid, quote.ask) {
            self.ready.push_back((at, HistoryEvent::Book(book)));
        }
        Some(())
    }
}

impl Iterator for QuoteRecords<'_> {
    type Item = HistoryRecord;

    fn next(&mut self) -> Option<HistoryRecord> {
        while self.ready.is_empty() {
            self.advance()?;
        }
        let (at, event) = self.ready.pop_front()?;
        let seq = self.seq;
        self.seq += 1;
        Some(HistoryRecord { at, source: 0, seq, event })
    }
}
