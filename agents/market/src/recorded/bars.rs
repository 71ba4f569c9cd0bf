//! A folder of daily bars over years as history: closes of finished markets, without books and without rule texts.

use super::bars_load::{Bar, BarMarket, Loaded, load};
use super::hashed::hex;
use super::{recording_name, top_of_book};
use crate::book::{Book, Depth};
use crate::gamma::MIN_SIZE_FALLBACK;
use crate::history::{Ending, History, HistoryEvent, HistoryRecord, MarketAsOf, Records};
use crate::market::{Market, MarketStatus};
use crate::money::Price;
use crate::source::{SourceError, SourceLabel};
use crate::time::Timestamp;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::path::Path;

/// How far the best bid is assumed below a bar's close and the best ask above it, in ten-thousandths of a dollar: one cent.
///
/// An ASSUMPTION, not data: bars have no bid and no ask. A cent is the venue's usual price step, so the narrowest spread that most
/// markets could show is assumed on either side; thin markets had wider ones. A price that would be 0 or less, 1 or more is no order.
pub const BAR_HALF_SPREAD_E4: u16 = 100;
/// A day of UTC, in milliseconds.
pub(super) const DAY_MS: i64 = 86_400_000;
/// The venue's finest price step, in ten-thousandths.
const FINEST_TICK_E4: u16 = 1;

/// What a folder of bars holds and its history does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BarsLeftOut {
    /// Rows of any file that cannot be used: an id, an instant or a price is missing or impossible, or an id was there before.
    pub rows: usize,
    /// Markets with bars and without a title: nothing is known of what they ask.
    pub untitled: usize,
    /// Markets with a title and without a bar.
    pub without_bars: usize,
    /// Markets whose outcomes have names other than Yes and No: which of them is the first token is not in the data.
    pub named_outcomes: usize,
    /// Markets that ended before their first bar was known, with their ends.
    pub ended_before_first_bar: usize,
    /// Bars of days that were not over when their market ended.
    pub bars_after_end: usize,
    /// Results that are neither Yes, No nor 50-50, of markets that are in the history.
    pub results: usize,
}

impl BarsLeftOut {
    /// Rows, markets, bars and results together.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.rows
            + self.untitled
            + self.without_bars
            + self.named_outcomes
            + self.ended_before_first_bar
            + self.bars_after_end
            + self.results
    }
}

/// Daily bars of Yes/No markets: a folder with `candles_1d.parquet`, `resolutions.parquet` and `titles.csv.gz`.
///
/// A bar is known when its day (UTC) is over, and not before, whatever instant of the day its row carries. Then it is a YES book of
/// [`BAR_HALF_SPREAD_E4`] around the close, of assumed sizes; where a day has a bar of NO alone, the close is the other side of that.
/// A day without a bar has no record. A market comes with its first bar and ends when it was resolved. A bar whose day was not over
/// when its market ended is left out, and a market that ended before its first bar was known is left out with its end: nobody who
/// goes by these bars could have traded it.
///
/// What the folder does not have: rule texts, events and groups, end dates, fee schedules (`None`, so nothing trades without a stated
/// assumption), categories, volumes. Closes are often middles between two steps, so they do not tell the step: every market has the
/// venue's finest. Where a token has no id, `bars:<market>:yes` or `bars:<market>:no` stands in.
///
/// Titles are one version each: when they were changed is not known.
#[derive(Debug)]
pub struct DailyBars {
    name: String,
    markets: Vec<BarMarket>,
    /// Indices of markets with an end, by the instant of it.
    ends: Vec<usize>,
    left_out: BarsLeftOut,
    hash: [u8; 32],
    span: (Timestamp, Timestamp),
}

impl DailyBars {
    /// Reads a folder. Not for an async context.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when a file is missing, cut off, damaged, or lacks a column.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, SourceError> {
        let folder = folder.as_ref();
        let Loaded { markets, left_out, hash } = load(folder)?;
        let mut ends: Vec<usize> = (0..markets.len()).filter(|i| markets[*i].end.is_some()).collect();
        ends.sort_by_key(|i| (markets[*i].end.map(|(at, _)| at), *i));
        let bars = || markets.iter().flat_map(|m| &m.bars).map(|b| b.known_at());
        let ended = markets.iter().filter_map(|m| m.end.map(|(at, _)| at));
        let first = bars().min().unwrap_or_default();
        let span = (first, bars().chain(ended).max().unwrap_or_default());
        Ok(Self { name: recording_name(&folder.join("markets")), markets, ends, left_out, hash, span })
    }

    /// How many markets are in the history.
    #[must_use]
    pub fn market_count(&self) -> usize {
        self.markets.len()
    }

    /// How many bars are in the history.
    #[must_use]
    pub fn bar_count(&self) -> usize {
        self.markets.iter().map(|m| m.bars.len()).sum()
    }

    /// What could not be used.
    #[must_use]
    pub const fn left_out(&self) -> BarsLeftOut {
        self.left_out
    }
}

impl History for DailyBars {
    fn label(&self) -> SourceLabel {
        SourceLabel::Recorded { as_of: self.span.1, name: self.name.clone() }
    }

    fn depth(&self) -> Depth {
        Depth::Unknown
    }

    /// From the end of the first bar's day to the end of the last one's or the last result.
    fn span(&self) -> (Timestamp, Timestamp) {
        self.span
    }

    fn mirrors(&self) -> bool {
        true
    }

    /// SHA-256 over the SHA-256 of `candles_1d.parquet`, that of `resolutions.parquet` and that of the titles.
    fn data_hash(&self) -> String {
        hex(&self.hash)
    }

    fn records(&self) -> Records<'_> {
        Box::new(BarRecords::new(self).map(Ok::<_, SourceError>))
    }
}

/// Best bid and ask that are assumed around a close.
pub(super) fn around(close: Price) -> (Option<Price>, Option<Price>) {
    let order = |e4: u16| Price::from_e4(e4).ok().filter(|p| *p > Price::ZERO && *p < Price::ONE);
    (close.e4().checked_sub(BAR_HALF_SPREAD_E4).and_then(order), order(close.e4() + BAR_HALF_SPREAD_E4))
}

impl BarMarket {
    /// The market as a bar shows it, open and without a result.
    fn as_of(&self, bar: Bar) -> MarketAsOf {
        let at = bar.known_at();
        let (best_bid, best_ask) = around(bar.close);
        let market = Market {
            id: self.id.clone(),
            condition: self.condition.clone(),
            yes: self.yes.clone(),
            no: self.no.clone(),
            question: self.question.clone(),
            description: None,
            resolution_source: None,
            group_title: None,
            event: None,
            neg_risk: None,
            start: None,
            end: None,
            status: MarketStatus::Open,
            resolution: None,
            fee: None,
            tick: Price::from_e4(FINEST_TICK_E4).unwrap_or(Price::ONE),
            min_size: MIN_SIZE_FALLBACK,
            best_bid,
            best_ask,
            volume_usd: None,
            liquidity_usd: None,
            updated: Some(at),
        };
        MarketAsOf::new(market, at)
    }

    fn book(&self, bar: Bar) -> Option<Book> {
        let (bid, ask) = around(bar.close);
        top_of_book(self.yes.clone(), bar.known_at(), bid, ask)
    }
}

/// Merges the markets' bars into one order: time, then market. Memory grows with the number of markets only.
struct BarRecords<'a> {
    bars: &'a DailyBars,
    /// The next bar of each market: when it is known, which market, which of its bars.
    next: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    /// How many ends are done.
    ended: usize,
    ready: VecDeque<(Timestamp, HistoryEvent)>,
    seq: u64,
}

impl<'a> BarRecords<'a> {
    fn new(bars: &'a DailyBars) -> Self {
        let first = |(i, m): (usize, &BarMarket)| Some(Reverse((m.bars.first()?.known_at(), i, 0)));
        let next = bars.markets.iter().enumerate().filter_map(first).collect::<Vec<_>>().into();
        Self { bars, next, ended: 0, ready: VecDeque::new(), seq: 0 }
    }

    /// Takes the earliest bar or end. At equal times bars come first: a market is known before it ends.
    fn advance(&mut self) -> Option<()> {
        let markets = &self.bars.markets;
        let bar_at = self.next.peek().map(|Reverse((at, ..))| *at);
        let end = self.bars.ends.get(self.ended).map(|i| &markets[*i]).and_then(|m| m.end.map(|end| (m, end)));
        if let Some((market, (at, resolution))) = end
            && bar_at.is_none_or(|bar| at < bar)
        {
            self.ended += 1;
            let ending = Ending::new(resolution, at);
            self.ready.push_back((at, HistoryEvent::Ended { market: market.id.clone(), ending }));
            return Some(());
        }
        let Reverse((at, i, nth)) = self.next.pop()?;
        let market = &markets[i];
        if let Some(later) = market.bars.get(nth + 1) {
            self.next.push(Reverse((later.known_at(), i, nth + 1)));
        }
        let bar = market.bars[nth];
        if nth == 0 {
            self.ready.push_back((at, HistoryEvent::Market(Box::new(market.as_of(bar)))));
        }
        if let Some(book) = market.book(bar) {
            self.ready.push_back((at, HistoryEvent::Book(book)));
        }
        Some(())
    }
}

impl Iterator for BarRecords<'_> {
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
