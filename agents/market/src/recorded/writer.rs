//! Writing a `.bettyrec`.

use super::format::{BLOCK_EVENTS_MAX, FORMAT_VERSION, Header, Kind, MAGIC, MarketsBlock, frame, pack};
use super::index::{Index, Noted};
use super::packed::Encoder;
use super::reader::RecordingReader;
use super::standing::Standing;
use super::unusable;
use crate::market::Market;
use crate::source::{MarketEvent, SourceError, SourceLabel};
use crate::time::Timestamp;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Markets written in one frame; more go into further frames.
const MARKETS_PER_FRAME: usize = 2_000;
/// Bytes of a block, before compression, at which it is written although it has few events: whole books with thousands of levels.
const BLOCK_BYTES: usize = 1024 * 1024;
/// How far a clock may be set back without ending the recording, in milliseconds: corrections over the network are smaller. The last
/// instant stands until the clock has caught up.
pub const CLOCK_BACK_MS_MAX: i64 = 60_000;

/// How long a group is before the next begins with all books whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Groups {
    /// In bytes, at least.
    pub(super) bytes_min: u64,
    /// At least so many times as long as the whole books it began with: what those cost stays a small part.
    pub(super) per_key: u64,
}

impl Default for Groups {
    fn default() -> Self {
        Self { bytes_min: 64 * 1024, per_key: 8 }
    }
}

/// Appends to a recording. Events are packed in blocks: what is not synced or dropped cleanly is lost when the program stops.
///
/// The time of a recording does not run backwards: an instant that is up to [`CLOCK_BACK_MS_MAX`] before the last counts as the last.
#[derive(Debug)]
pub struct RecordingWriter {
    path: PathBuf,
    file: File,
    /// Where the file ends.
    bytes: u64,
    /// A file of the first version goes on in it.
    old: Option<Vec<(Timestamp, MarketEvent)>>,
    encoder: Encoder,
    /// What a key frame would say.
    standing: Standing,
    /// What was written of the group: its key books, and what followed. `None` when the next event begins one.
    group: Option<(u64, u64)>,
    last: Option<Timestamp>,
    /// Where every frame lies and what it holds, when someone wants to know.
    index: Option<Index>,
    groups: Groups,
    /// What is in the block so far.
    noted: Noted,
}

impl RecordingWriter {
    /// Begins a recording of a source. Refuses a file that is already there.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file exists or cannot be written.
    pub fn create(path: impl AsRef<Path>, label: &SourceLabel, created: Timestamp) -> Result<Self, SourceError> {
        let header =
            Header { version: FORMAT_VERSION, label: label.clone(), created, segment: None, previous_bytes: None };
        Self::begin(path.as_ref(), &header, Standing::default(), false)
    }

    /// Begins a segment, with everything that stands.
    pub(super) fn segment(path: &Path, header: &Header, standing: Standing) -> Result<Self, SourceError> {
        Self::begin(path, header, standing, true)
    }

    fn begin(path: &Path, header: &Header, standing: Standing, indexed: bool) -> Result<Self, SourceError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => unusable(path, "it is already there. Append to it, or give another name"),
            _ => unusable(path, format!("it cannot be created ({e}). Check that the folder exists and can be written")),
        })?;
        lock(path, &file)?;
        let mut writer = Self::over(path, file, 0, standing);
        writer.last = header.segment.filter(|n| *n > 1).map(|_| header.created);
        let first = serde_json::to_vec(&header).map_err(io::Error::from).and_then(|json| frame(Kind::Header, &json));
        let bytes = first.map(|frame| [&MAGIC[..], &frame].concat());
        writer.append(bytes)?;
        writer.index = indexed.then(|| Index::after(writer.bytes));
        if header.segment.is_some() && (!writer.standing.markets.is_empty() || !writer.standing.books.is_empty()) {
            let markets: Vec<_> = writer.standing.markets.values().cloned().collect();
            writer.append_markets(Kind::KeyMarkets, header.created, &markets)?;
            writer.begin_group(header.created)?;
        }
        writer.sync()?;
        Ok(writer)
    }

    fn over(path: &Path, file: File, bytes: u64, standing: Standing) -> Self {
        Self {
            path: path.to_owned(),
            file,
            bytes,
            old: None,
            encoder: Encoder::default(),
            standing,
            group: None,
            last: None,
            index: None,
            groups: Groups::default(),
            noted: Noted::default(),
        }
    }

    /// Goes on with a recording, in the version it was begun in. A tail torn by a crash is cut off first.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file cannot be read or written, was written in another format, or is damaged before its
    /// end: cutting there would destroy what follows.
    pub fn open_append(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let io =
            |e: io::Error| unusable(path, format!("it cannot be written ({e}). Check its permissions and the disk"));
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
        // Before reading: the tail of another writer is not torn, only unfinished.
        lock(path, &file)?;
        let mut reader = RecordingReader::open(path)?;
        let mut standing = Standing::default();
        let mut last: Option<Timestamp> = None;
        for record in reader.by_ref() {
            last = last.max(Some(record.at()));
            standing.take(&record);
        }
        if let Some(cut) = reader.truncation() {
            if !cut.torn_tail {
                return Err(unusable(
                    path,
                    format!(
                        "it is damaged after {} bytes, with {} bytes behind. Keep it as it is, and record into a new file",
                        cut.kept_bytes, cut.dropped_bytes
                    ),
                ));
            }
            tracing::warn!(file = %path.display(), bytes = cut.dropped_bytes, "the torn tail of a recording was cut off");
            file.set_len(reader.kept_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        }
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let old = (reader.header().version == 1).then(Vec::new);
        let mut writer = Self::over(path, file, reader.kept_bytes(), standing);
        (writer.old, writer.last) = (old, last);
        Ok(writer)
    }

    /// The same writer with groups of another length.
    #[must_use]
    pub(super) const fn with_groups(mut self, groups: Groups) -> Self {
        self.groups = groups;
        self
    }

    /// Events go into frames of the first version from here on, to compare.
    #[cfg(test)]
    pub(super) fn force_first_version(&mut self) {
        self.old = Some(Vec::new());
    }

    /// Where its time has come to; `None` before the first record.
    #[must_use]
    pub const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Bytes in the file.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes markets as they stand. Events written before come before them in the file.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the disk refuses, or the clock was set far back.
    pub fn write_markets(&mut self, at: Timestamp, markets: &[Market]) -> Result<(), SourceError> {
        let at = self.stamp(at)?;
        self.flush_block()?;
        self.standing.list(markets);
        self.append_markets(Kind::Markets, at, markets)
    }

    /// Notes an event; it reaches the file with its block.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the block is full and the disk refuses it, or the clock was set far back.
    pub fn write_event(&mut self, at: Timestamp, event: &MarketEvent) -> Result<(), SourceError> {
        let at = self.stamp(at)?;
        if let Some(block) = &mut self.old {
            block.push((at, event.clone()));
            return if block.len() >= BLOCK_EVENTS_MAX { self.flush_block() } else { Ok(()) };
        }
        let Groups { bytes_min, per_key } = self.groups;
        let over = |(key, since): (u64, u64)| since >= bytes_min.max(per_key.saturating_mul(key));
        if self.encoder.events() == 0 && self.group.is_none_or(over) {
            self.begin_group(at)?;
        }
        self.note(at, event);
        self.standing.event(event);
        let full = self.encoder.events() >= BLOCK_EVENTS_MAX || self.encoder.bytes() >= BLOCK_BYTES;
        if full { self.flush_block() } else { Ok(()) }
    }

    /// Writes what is noted and waits until the disk has it.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the disk refuses.
    pub fn sync(&mut self) -> Result<(), SourceError> {
        self.flush_block()?;
        self.file.sync_data().map_err(|e| self.disk(&e))
    }

    /// Ends the file: what stood at its end, and the frames in it.
    pub(super) fn finish(mut self) -> Result<(Standing, Option<Index>), SourceError> {
        self.sync()?;
        Ok((std::mem::take(&mut self.standing), self.index.take()))
    }

    /// The instant under which a record is written.
    fn stamp(&mut self, at: Timestamp) -> Result<Timestamp, SourceError> {
        let last = self.last.unwrap_or(at);
        if last.since(at) > CLOCK_BACK_MS_MAX {
            return Err(unusable(
                &self.path,
                format!(
                    "it already reaches to {last}, and the clock of the source says {at}. Record under another name"
                ),
            ));
        }
        self.last = Some(last.max(at));
        Ok(last.max(at))
    }

    fn note(&mut self, at: Timestamp, event: &MarketEvent) {
        let before = if let MarketEvent::Book(book) = event { self.standing.books.get(&book.token) } else { None };
        self.encoder.push(at, event, before);
        if self.index.is_some() {
            self.noted.event(at, event);
        }
    }

    /// Begins a group with every book that stands.
    fn begin_group(&mut self, at: Timestamp) -> Result<(), SourceError> {
        self.encoder.begin_group();
        self.group = None;
        let start = self.bytes;
        let books: Vec<_> = self.standing.books.values().cloned().map(MarketEvent::Book).collect();
        for book in &books {
            self.encoder.push(at, book, None);
            if self.index.is_some() {
                self.noted.event(at, book);
            }
            if self.encoder.events() >= BLOCK_EVENTS_MAX || self.encoder.bytes() >= BLOCK_BYTES {
                self.write_block(Kind::KeyBooks)?;
            }
        }
        self.write_block(Kind::KeyBooks)?;
        self.group = Some((self.bytes - start, 0));
        Ok(())
    }

    pub(super) fn flush_block(&mut self) -> Result<(), SourceError> {
        if let Some(block) = self.old.as_mut().filter(|b| !b.is_empty()) {
            // Cleared whatever comes: after a failed write the end of the file is unknown, and a second try would write behind it.
            let packed = pack(&std::mem::take(block)).and_then(|payload| frame(Kind::Events, &payload));
            return self.append(packed);
        }
        let before = self.bytes;
        self.write_block(Kind::Packed)?;
        if let Some((_, since)) = &mut self.group {
            *since += self.bytes - before;
        }
        Ok(())
    }

    fn write_block(&mut self, kind: Kind) -> Result<(), SourceError> {
        let starts_group = !self.encoder.within();
        let Some(block) = self.encoder.take() else { return Ok(()) };
        let noted = std::mem::take(&mut self.noted);
        let written = self.append_noted(kind, block, starts_group, noted);
        if written.is_err() {
            // What follows would build on a block that is not there.
            self.encoder.begin_group();
            self.group = None;
        }
        written
    }

    fn append_markets(&mut self, kind: Kind, at: Timestamp, markets: &[Market]) -> Result<(), SourceError> {
        for part in markets.chunks(MARKETS_PER_FRAME) {
            let block = MarketsBlock { at, markets: part.to_vec() };
            let mut noted = Noted::default();
            noted.markets(at, part);
            self.append_noted(kind, pack(&block), false, noted)?;
        }
        Ok(())
    }

    fn append_noted(
        &mut self,
        kind: Kind,
        payload: io::Result<Vec<u8>>,
        starts_group: bool,
        noted: Noted,
    ) -> Result<(), SourceError> {
        let offset = self.bytes;
        self.append(payload.and_then(|payload| frame(kind, &payload)))?;
        if let Some(index) = &mut self.index {
            index.add(offset, self.bytes - offset, kind, starts_group, noted);
        }
        Ok(())
    }

    /// One write per frame, and none after a failed one left its half behind.
    fn append(&mut self, bytes: io::Result<Vec<u8>>) -> Result<(), SourceError> {
        let bytes = bytes.map_err(|e| self.disk(&e))?;
        let end = self.bytes;
        self.put(&bytes).map_err(|e| {
            // A half frame in the middle would hide everything written after it.
            let restored = self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::Start(end)));
            if let Err(error) = restored {
                tracing::error!(file = %self.path.display(), %error, "a half-written frame could not be taken back");
            }
            self.disk(&e)
        })?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        let bytes = match full_disk::room_for(bytes) {
            Ok(bytes) => bytes,
            Err(part) => {
                self.file.write_all(part)?;
                return Err(io::ErrorKind::StorageFull.into());
            }
        };
        self.file.write_all(bytes)
    }

    fn disk(&self, error: &io::Error) -> SourceError {
        unusable(&self.path, format!("it cannot be written ({error}). Free some space, then append to it again"))
    }
}

/// One writer at a time; the lock goes with the file handle.
pub(super) fn lock(path: &Path, file: &File) -> Result<(), SourceError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            Err(unusable(path, "another program is recording into it. Stop that one, or give another name"))
        }
        // Some file systems have no locks; they record all the same.
        Err(TryLockError::Error(error)) => {
            tracing::debug!(file = %path.display(), %error, "the recording could not be locked");
            Ok(())
        }
    }
}

impl Drop for RecordingWriter {
    fn drop(&mut self) {
        if let Err(error) = self.flush_block() {
            tracing::error!(%error, "the last events of a recording were lost");
        }
    }
}

/// A disk that is full after so many bytes, for tests: what fits is written, as a real one does.
#[cfg(test)]
pub(super) mod full_disk {
    use std::cell::Cell;

    thread_local! {
        pub(in super::super) static ROOM: Cell<Option<usize>> = const { Cell::new(None) };
    }

    pub(super) fn room_for(bytes: &[u8]) -> Result<&[u8], &[u8]> {
        let Some(room) = ROOM.get() else { return Ok(bytes) };
        let fits = room.min(bytes.len());
        ROOM.set(Some(room - fits));
        if fits == bytes.len() { Ok(bytes) } else { Err(&bytes[..fits]) }
    }
}
