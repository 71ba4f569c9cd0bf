//! A recording of Betty's own as history.

use super::archive::ArchiveReader;
use super::hashed::hex;
use super::{Record, Truncation, source_name, unusable};
use crate::book::Depth;
use crate::history::{Ending, History, HistoryEvent, HistoryRecord, MarketAsOf, Records};
use crate::ids::MarketId;
use crate::market::{Market, Resolution};
use crate::source::{MarketEvent, SourceError, SourceLabel};
use crate::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

/// A recording that was read through once and found sound: its time never runs backwards, nothing in its middle is damaged, and every
/// market that ends was listed before, with one result.
///
/// Markets and what happened come as they were recorded, at the time they were recorded. Both tokens of a market have books of their
/// own. A result, whether from an event or on a market's row, is one [`HistoryEvent::Ended`], public at its record's time. Trades have
/// no sizes.
///
/// What is appended afterwards is not part of it.
#[derive(Debug)]
pub struct RecordingHistory {
    path: PathBuf,
    label: SourceLabel,
    depth: Depth,
    span: (Timestamp, Timestamp),
    records: u64,
    hash: String,
    truncation: Option<Truncation>,
}

impl RecordingHistory {
    /// Reads a recording through, record by record, to see that it can be replayed.
    ///
    /// A torn end, as a crash leaves it, is left out with a warning.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file cannot be used (see [`ArchiveReader::open`]), holds nothing, or has a hole.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let mut replay = Replay::new(path, u64::MAX)?;
        let mut depth = Depth::Full;
        let mut span = None;
        for record in replay.by_ref() {
            let record = record?;
            let (first, _) = span.unwrap_or((record.at, record.at));
            span = Some((first, record.at));
            if matches!(&record.event, HistoryEvent::Book(book) if book.depth == Depth::Unknown) {
                depth = Depth::Unknown;
            }
        }
        let span = span.ok_or_else(|| unusable(path, "it holds no record. Record for longer, then replay it"))?;
        let truncation = replay.reader.truncation();
        if let Some(cut) = truncation {
            tracing::warn!(file = %path.display(), dropped_bytes = cut.dropped_bytes, "the recording was cut off while it was written; its last records are missing");
        }
        let name = source_name(path, replay.reader.recorded_label());
        Ok(Self {
            path: path.to_owned(),
            label: SourceLabel::Recorded { as_of: span.1, name },
            depth,
            span,
            records: replay.seq,
            hash: hex(&replay.reader.hash()),
            truncation,
        })
    }

    /// What of the file was not used, when it was cut off.
    #[must_use]
    pub const fn truncation(&self) -> Option<Truncation> {
        self.truncation
    }
}

impl History for RecordingHistory {
    fn label(&self) -> SourceLabel {
        self.label.clone()
    }

    /// [`Depth::Unknown`] as soon as one book's sizes are.
    fn depth(&self) -> Depth {
        self.depth
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        self.span
    }

    fn mirrors(&self) -> bool {
        false
    }

    /// SHA-256 of the bytes that were used: of the whole file, unless it was cut off. Of a folder: over those of its segments.
    fn data_hash(&self) -> String {
        self.hash.clone()
    }

    fn records(&self) -> Records<'_> {
        match Replay::new(&self.path, self.records) {
            Ok(replay) => Box::new(replay),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }
}

/// The records of a recording in order, checked on the way. Memory grows with the number of markets only.
struct Replay {
    path: PathBuf,
    reader: ArchiveReader,
    /// Markets listed so far, with their results.
    results: BTreeMap<MarketId, Option<Resolution>>,
    ready: VecDeque<(Timestamp, HistoryEvent)>,
    last: Option<Timestamp>,
    seq: u64,
    limit: u64,
    failed: bool,
}

impl Replay {
    fn new(path: &Path, limit: u64) -> Result<Self, SourceError> {
        let reader = ArchiveReader::open(path)?;
        let (results, ready) = (BTreeMap::new(), VecDeque::new());
        Ok(Self { path: path.to_owned(), reader, results, ready, last: None, seq: 0, limit, failed: false })
    }

    fn hole(&self, what: &str, then: &str) -> SourceError {
        unusable(&self.path, format!("{what}. {then}"))
    }

    /// Reads one record more; false at the end.
    fn advance(&mut self) -> Result<bool, SourceError> {
        let Some(record) = self.reader.next() else {
            if let Some(hole) = self.reader.hole() {
                return Err(self.hole(hole, "Put the missing file back, or restore the damaged one from a copy"));
            }
            return match self.reader.truncation().filter(|cut| !cut.torn_tail) {
                Some(cut) => Err(self.hole(
                    &format!(
                        "it is damaged after {} bytes, with {} bytes behind that cannot be used",
                        cut.kept_bytes, cut.dropped_bytes
                    ),
                    "Restore it from a copy; a replay of a part would pass for the whole",
                )),
                None => Ok(false),
            };
        };
        let at = record.at();
        if let Some(last) = self.last.filter(|last| at < *last) {
            return Err(self.hole(
                &format!(
                    "its time runs backwards, from {} ms to {} ms: two recordings were joined, or a clock was set back",
                    last.millis(),
                    at.millis()
                ),
                "Record each span into a file of its own, and replay each alone",
            ));
        }
        self.last = Some(at);
        match record {
            Record::Markets { markets, .. } => {
                for market in markets {
                    self.market(at, market)?;
                }
            }
            Record::Event { event, .. } => self.event(at, event)?,
        }
        Ok(true)
    }

    fn market(&mut self, at: Timestamp, market: Market) -> Result<(), SourceError> {
        let (id, result) = (market.id.clone(), market.resolution);
        self.results.entry(id.clone()).or_default();
        self.ready.push_back((at, HistoryEvent::Market(Box::new(MarketAsOf::new(market, at)))));
        result.map_or(Ok(()), |result| self.ended(at, id, result))
    }

    fn event(&mut self, at: Timestamp, event: MarketEvent) -> Result<(), SourceError> {
        let event = match event {
            MarketEvent::Book(book) => HistoryEvent::Book(book),
            MarketEvent::Gap { token } => HistoryEvent::Gap { token },
            MarketEvent::Tick { token, tick } => HistoryEvent::Tick { token, tick },
            MarketEvent::Trade { token, price, .. } => HistoryEvent::Trade { token, price, shares: None },
            MarketEvent::Resolved { market, resolution } => return self.ended(at, market, resolution),
        };
        self.ready.push_back((at, event));
        Ok(())
    }

    fn ended(&mut self, at: Timestamp, market: MarketId, resolution: Resolution) -> Result<(), SourceError> {
        match self.results.get_mut(&market) {
            None => Err(self.hole(
                &format!("market {market} ends in it and was never listed: its beginning is missing"),
                "Replay the whole recording, from its first file on",
            )),
            Some(Some(known)) if *known != resolution => {
                let what = format!("market {market} ends in it as {known:?} and later as {resolution:?}");
                Err(self.hole(&what, "Find out which is right, and record the market anew"))
            }
            // Told again, by a row after the event or by the next run of the recorder.
            Some(Some(_)) => Ok(()),
            Some(unknown) => {
                *unknown = Some(resolution);
                let ending = Ending::new(resolution, at);
                self.ready.push_back((at, HistoryEvent::Ended { market, ending }));
                Ok(())
            }
        }
    }
}

impl Iterator for Replay {
    type Item = Result<HistoryRecord, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if self.failed || self.seq >= self.limit {
                return None;
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        if self.seq >= self.limit {
            return None;
        }
        let (at, event) = self.ready.pop_front()?;
        let seq = self.seq;
        self.seq += 1;
        Some(Ok(HistoryRecord { at, source: 0, seq, event }))
    }
}
