//! Writing a `.bettyrec`.

use super::format::{BLOCK_EVENTS_MAX, FORMAT_VERSION, Header, Kind, MAGIC, MarketsBlock, frame, pack};
use super::reader::RecordingReader;
use super::unusable;
use crate::market::Market;
use crate::source::{MarketEvent, SourceError, SourceLabel};
use crate::time::Timestamp;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Markets written in one frame; more go into further frames.
const MARKETS_PER_FRAME: usize = 2_000;

/// Appends to a recording. Events are packed in blocks: what is not synced or dropped cleanly is lost when the program stops.
#[derive(Debug)]
pub struct RecordingWriter {
    path: PathBuf,
    file: File,
    block: Vec<(Timestamp, MarketEvent)>,
}

impl RecordingWriter {
    /// Begins a recording of a source. Refuses a file that is already there.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file exists or cannot be written.
    pub fn create(path: impl AsRef<Path>, label: &SourceLabel, created: Timestamp) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => unusable(path, "it is already there. Append to it, or give another name"),
            _ => unusable(path, format!("it cannot be created ({e}). Check that the folder exists and can be written")),
        })?;
        lock(path, &file)?;
        let mut writer = Self { path: path.to_owned(), file, block: Vec::new() };
        let header = Header { version: FORMAT_VERSION, label: label.clone(), created };
        let first = serde_json::to_vec(&header).map_err(io::Error::from).and_then(|json| frame(Kind::Header, &json));
        let bytes = first.map(|frame| [&MAGIC[..], &frame].concat());
        writer.append(bytes)?;
        writer.sync()?;
        Ok(writer)
    }

    /// Goes on with a recording. A tail torn by a crash is cut off first.
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
        while reader.next().is_some() {}
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
        Ok(Self { path: path.to_owned(), file, block: Vec::new() })
    }

    /// Writes markets as they stand. Events written before come before them in the file.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the disk refuses.
    pub fn write_markets(&mut self, at: Timestamp, markets: &[Market]) -> Result<(), SourceError> {
        self.flush_block()?;
        for part in markets.chunks(MARKETS_PER_FRAME) {
            let block = MarketsBlock { at, markets: part.to_vec() };
            self.append(pack(&block).and_then(|payload| frame(Kind::Markets, &payload)))?;
        }
        Ok(())
    }

    /// Notes an event; it reaches the file with its block.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the block is full and the disk refuses it.
    pub fn write_event(&mut self, at: Timestamp, event: &MarketEvent) -> Result<(), SourceError> {
        self.block.push((at, event.clone()));
        if self.block.len() >= BLOCK_EVENTS_MAX { self.flush_block() } else { Ok(()) }
    }

    /// Writes what is noted and waits until the disk has it.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the disk refuses.
    pub fn sync(&mut self) -> Result<(), SourceError> {
        self.flush_block()?;
        self.file.sync_data().map_err(|e| self.disk(&e))
    }

    pub(super) fn flush_block(&mut self) -> Result<(), SourceError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let packed = pack(&self.block).and_then(|payload| frame(Kind::Events, &payload));
        // Cleared whatever comes: after a failed write the end of the file is unknown, and a second try would write behind it.
        self.block.clear();
        self.append(packed)
    }

    /// One write per frame, and none after a failed one left its half behind.
    fn append(&mut self, bytes: io::Result<Vec<u8>>) -> Result<(), SourceError> {
        let bytes = bytes.map_err(|e| self.disk(&e))?;
        let end = self.file.stream_position().map_err(|e| self.disk(&e))?;
        self.file.write_all(&bytes).map_err(|e| {
            // A half frame in the middle would hide everything written after it.
            let restored = self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::Start(end)));
            if let Err(error) = restored {
                tracing::error!(file = %self.path.display(), %error, "a half-written frame could not be taken back");
            }
            self.disk(&e)
        })
    }

    fn disk(&self, error: &io::Error) -> SourceError {
        unusable(&self.path, format!("it cannot be written ({error}). Free some space, then append to it again"))
    }
}

/// One writer at a time; the lock goes with the file handle.
fn lock(path: &Path, file: &File) -> Result<(), SourceError> {
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
