//! A recording at an instant and from there on, for chosen tokens, without reading it from the beginning.

use super::archive::files;
use super::format::{Kind, MarketsBlock, Step, read_frame, unpack};
use super::index::{Entry, Index};
use super::packed::Decoder;
use super::reader::RecordingReader;
use super::standing::Standing;
use super::{Record, unusable};
use crate::book::Book;
use crate::ids::TokenId;
use crate::market::Market;
use crate::source::{MarketEvent, SourceError};
use crate::time::Timestamp;
use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A recording, file or folder, for reading in any place.
#[derive(Debug)]
pub struct Recording {
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    number: u32,
    path: PathBuf,
    created: Timestamp,
    /// Bytes of the segment before, as this one knows them.
    previous_bytes: Option<u64>,
    index: OnceLock<Arc<Index>>,
}

impl Segment {
    fn index(&self) -> Result<Arc<Index>, SourceError> {
        if let Some(index) = self.index.get() {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(Index::of(&self.path)?);
        Ok(Arc::clone(self.index.get_or_init(|| index)))
    }
}

/// What stood at an instant, and what came after it.
#[derive(Debug)]
pub struct Seek<'a> {
    /// Open markets that have one of the tokens, by id.
    pub markets: Vec<Market>,
    /// The tokens' books, by token. One after a gap is not in sync.
    pub books: Vec<Book>,
    /// What was recorded later about the tokens and their markets, in order.
    pub records: SeekRecords<'a>,
}

impl Recording {
    /// Opens a `.bettyrec` or a folder of segments. Indices are read when they are needed; a file without one is read through then.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when a file cannot be used; see [`RecordingReader::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let files = files(path)?;
        let count = files.len();
        let mut segments = Vec::with_capacity(count);
        for (i, (number, path)) in files.into_iter().enumerate() {
            match RecordingReader::open_or_cut(&path)? {
                Some(reader) => {
                    let (created, previous_bytes) = (reader.created(), reader.header().previous_bytes);
                    segments.push(Segment { number, path, created, previous_bytes, index: OnceLock::new() });
                }
                // Begun and not yet written when the machine stopped.
                None if i > 0 && i + 1 == count => {}
                None => return Err(unusable(&path, "it is cut off before its first record. Restore it from a copy")),
            }
        }
        Ok(Self { segments })
    }

    /// Markets and books of the tokens as they stood at an instant, all records of that instant taken, and the records after it.
    /// Reads the frames that have to do with the tokens, from the last whole books before the instant on.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when a file cannot be read or is damaged where it is read.
    pub fn seek(&self, at: Timestamp, tokens: &BTreeSet<TokenId>) -> Result<Seek<'_>, SourceError> {
        let mut first = self.segments.partition_point(|s| s.created <= at).saturating_sub(1);
        // A segment that was begun and not gone on with says nothing that the one before does not say.
        while first > 0 && !self.segments[first].index()?.begun() {
            first -= 1;
        }
        let mut records = SeekRecords {
            segments: &self.segments[first..],
            cursor: None,
            filter: Filter { tokens: tokens.clone(), standing: Standing::default() },
            ready: VecDeque::new(),
            alone: true,
            bytes_read: 0,
            failed: false,
        };
        records.settle(at)?;
        let standing = &records.filter.standing;
        let markets = standing.markets.values().cloned().collect();
        let books = standing.books.values().cloned().collect();
        Ok(Seek { markets, books, records })
    }
}

/// Keeps what has to do with the tokens.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) tokens: BTreeSet<TokenId>,
    pub(super) standing: Standing,
}

impl Filter {
    pub(super) fn pass(&mut self, record: Record) -> Option<Record> {
        let record = match record {
            Record::Markets { at, mut markets } => {
                markets.retain(|m| self.tokens.contains(&m.yes) || self.tokens.contains(&m.no));
                (!markets.is_empty()).then_some(Record::Markets { at, markets })
            }
            Record::Event { at, event } => {
                let about = match &event {
                    MarketEvent::Book(book) => self.tokens.contains(&book.token),
                    MarketEvent::Gap { token } | MarketEvent::Trade { token, .. } => self.tokens.contains(token),
                    MarketEvent::Tick { token, .. } => self.tokens.contains(token) || self.standing.owns(token),
                    MarketEvent::Resolved { market, .. } => self.standing.markets.contains_key(market),
                };
                about.then_some(Record::Event { at, event })
            }
        }?;
        self.standing.take(&record);
        Some(record)
    }
}

/// The records after an instant. An item that cannot be read ends the iteration.
#[derive(Debug)]
pub struct SeekRecords<'a> {
    segments: &'a [Segment],
    cursor: Option<Cursor>,
    filter: Filter,
    ready: VecDeque<Record>,
    /// Nothing before the first segment was read: its key frames count.
    alone: bool,
    bytes_read: u64,
    failed: bool,
}

/// A place in a segment.
#[derive(Debug)]
struct Cursor {
    number: u32,
    path: PathBuf,
    file: BufReader<File>,
    index: Arc<Index>,
    wanted: BTreeSet<u32>,
    next: usize,
    decoder: Decoder,
}

impl Cursor {
    fn open(segment: &Segment, tokens: &BTreeSet<TokenId>) -> Result<Self, SourceError> {
        let index = segment.index()?;
        let file = File::open(&segment.path).map_err(|e| {
            unusable(&segment.path, format!("it cannot be read ({e}). Check the path and its permissions"))
        })?;
        let wanted = index.numbers(tokens);
        let decoder = Decoder::default();
        let (number, path) = (segment.number, segment.path.clone());
        Ok(Self { number, path, file: BufReader::new(file), index, wanted, next: 0, decoder })
    }

    fn wants(&self, entry: &Entry) -> bool {
        // Results name markets, and a tick is its market's, whichever of the two tokens it was told of.
        entry.results || entry.ticks || entry.has(&self.wanted)
    }

    /// Reads the records of a frame.
    fn read(&mut self, entry: &Entry) -> Result<Vec<Record>, SourceError> {
        let damaged =
            |path: &Path| unusable(path, format!("it is damaged after {} bytes. Restore it from a copy", entry.offset));
        let step = self.file.seek(SeekFrom::Start(entry.offset)).and_then(|_| read_frame(&mut self.file));
        let payload = match step {
            Ok(Step::Frame(kind, payload)) if kind == entry.kind => payload,
            Ok(_) => return Err(damaged(&self.path)),
            Err(e) => return Err(unusable(&self.path, format!("it cannot be read ({e}). Check the disk"))),
        };
        let events = |events: Vec<(Timestamp, MarketEvent)>| {
            events.into_iter().map(|(at, event)| Record::Event { at, event }).collect()
        };
        match entry.kind {
            Kind::Header => None,
            Kind::Markets | Kind::KeyMarkets => unpack::<MarketsBlock>(&payload)
                .map(|MarketsBlock { at, markets }| vec![Record::Markets { at, markets }]),
            Kind::Events => unpack::<Vec<(Timestamp, MarketEvent)>>(&payload).map(events),
            Kind::Packed | Kind::KeyBooks => self
                .decoder
                .unpack(&payload, true)
                .filter(|block| block.starts_group == entry.starts_group)
                .map(|block| events(block.events)),
        }
        .ok_or_else(|| damaged(&self.path))
    }
}

impl SeekRecords<'_> {
    /// Bytes of frames read so far.
    #[must_use]
    pub const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Goes to the instant: takes what stands into the filter and leaves what comes after ready.
    fn settle(&mut self, at: Timestamp) -> Result<(), SourceError> {
        let Some((segment, rest)) = self.segments.split_first() else { return Ok(()) };
        self.segments = rest;
        let mut cursor = Cursor::open(segment, &self.filter.tokens)?;
        let index = Arc::clone(&cursor.index);
        let until = index.entries.partition_point(|e| e.first <= at);
        let group = index.group_before(until);
        for (i, entry) in index.entries[..until].iter().enumerate() {
            if entry.starts_group {
                cursor.decoder.begin_group();
            }
            if i == group {
                // Whatever was known of books is told again from here on.
                self.filter.standing.books.clear();
            }
            // Before the group only what lasts is of interest: markets, ticks, results.
            let lasting = matches!(entry.kind, Kind::Markets | Kind::KeyMarkets) || entry.results || entry.ticks;
            if !cursor.wants(entry) || i < group && !lasting || entry.kind == Kind::KeyBooks && i < group {
                continue;
            }
            self.bytes_read += entry.bytes;
            for record in cursor.read(entry)? {
                if record.at() <= at {
                    let _ = self.filter.pass(record);
                } else {
                    self.ready.push_back(record);
                }
            }
        }
        cursor.next = until;
        self.cursor = Some(cursor);
        self.alone = until == 0;
        Ok(())
    }

    /// Reads the next frame of interest; false at the end.
    fn advance(&mut self) -> Result<bool, SourceError> {
        let Some(cursor) = &mut self.cursor else { return Ok(false) };
        let index = Arc::clone(&cursor.index);
        let Some(entry) = index.entries.get(cursor.next) else {
            let Some((segment, rest)) = self.segments.split_first() else { return Ok(false) };
            self.segments = rest;
            self.alone = false;
            if (cursor.number + 1, Some(index.kept_bytes)) != (segment.number, segment.previous_bytes) {
                return Err(unusable(
                    &segment.path,
                    "the segment before it is missing or not whole. Put it back, or restore it from a copy",
                ));
            }
            self.cursor = Some(Cursor::open(segment, &self.filter.tokens)?);
            return Ok(true);
        };
        cursor.next += 1;
        if entry.starts_group {
            cursor.decoder.begin_group();
        }
        if !entry.kind.is_key() {
            // Read alone, a segment's key frames end with the first frame that is none.
            let told = cursor.wants(entry);
            self.alone = false;
            if told {
                self.bytes_read += entry.bytes;
                self.ready.extend(cursor.read(entry)?);
            }
        } else if cursor.wants(entry) && (entry.kind == Kind::KeyBooks || self.alone) {
            self.bytes_read += entry.bytes;
            let records = cursor.read(entry)?;
            if self.alone {
                self.ready.extend(records);
            }
        }
        Ok(true)
    }
}

impl Iterator for SeekRecords<'_> {
    type Item = Result<Record, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some(record) = self.ready.pop_front() {
                if let Some(record) = self.filter.pass(record) {
                    return Some(Ok(record));
                }
            }
            if self.failed {
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
    }
}
