//! Recording into a folder of segments.

use super::archive::{segment_path, segments};
use super::format::{FORMAT_VERSION, Header};
use super::index::index_path;
use super::reader::RecordingReader;
use super::standing::Standing;
use super::unusable;
use super::writer::{CLOCK_BACK_MS_MAX, Groups, RecordingWriter, lock};
use crate::market::Market;
use crate::source::{MarketEvent, SourceError, SourceLabel};
use crate::time::Timestamp;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A segment that has so many bytes is closed: small enough to copy and to read through in a second or two.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
const DAY_MS: i64 = 86_400_000;
/// Held by whoever writes.
const LOCK_NAME: &str = "recording.lock";

/// Appends to a folder of segments. A segment is closed when it is full or its day (UTC, by the source's clock) is over; an index is
/// then written beside it, and the next begins with the markets and books as they stand. So each can be read alone, and the oldest
/// can be removed. Every run of a recorder begins a segment of its own and leaves those before as they are.
#[derive(Debug)]
pub struct SegmentWriter {
    folder: PathBuf,
    label: SourceLabel,
    segment_bytes: u64,
    groups: Groups,
    number: u32,
    day: i64,
    /// `None` after an error: what it wrote is in the folder, and the next run goes on from there.
    writer: Option<RecordingWriter>,
    _lock: File,
}

/// What the next segment goes on from.
#[derive(Default)]
struct Before {
    number: u32,
    bytes: Option<u64>,
    last: Option<Timestamp>,
    standing: Standing,
}

impl SegmentWriter {
    /// Begins a recording in a folder, or goes on with it. Makes the folder, not those above it.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the folder holds something else or a recording of another source, when another program
    /// records into it, when its last segment is damaged, when its time is ahead of `now` by more than a corrected clock explains,
    /// or when the disk refuses.
    pub fn open(
        folder: impl AsRef<Path>,
        label: &SourceLabel,
        now: Timestamp,
        segment_bytes: u64,
    ) -> Result<Self, SourceError> {
        Self::open_with(folder.as_ref(), label, now, segment_bytes, Groups::default())
    }

    pub(super) fn open_with(
        folder: &Path,
        label: &SourceLabel,
        now: Timestamp,
        segment_bytes: u64,
        groups: Groups,
    ) -> Result<Self, SourceError> {
        let io = |e: io::Error| {
            unusable(folder, format!("it cannot be written ({e}). Check its permissions and the folder above it"))
        };
        if !folder.is_dir() {
            std::fs::create_dir(folder).map_err(io)?;
        }
        if segments(folder).map_err(io)?.is_empty() && has_others(folder).map_err(io)? {
            return Err(unusable(folder, "the folder holds something else. Give an empty folder, or a new name"));
        }
        let held = OpenOptions::new().create(true).append(true).open(folder.join(LOCK_NAME)).map_err(io)?;
        lock(folder, &held)?;
        let before = Self::before(folder, label)?;
        if let Some(last) = before.last.filter(|last| last.since(now) > CLOCK_BACK_MS_MAX) {
            return Err(unusable(
                folder,
                format!(
                    "it already reaches to {last}, and the clock of the source says {now}. Record into another folder"
                ),
            ));
        }
        let mut writer = Self {
            folder: folder.to_owned(),
            label: label.clone(),
            segment_bytes: segment_bytes.max(1),
            groups,
            number: before.number,
            day: 0,
            writer: None,
            _lock: held,
        };
        let at = before.last.map_or(now, |last| last.max(now));
        writer.begin(at, before.bytes, before.standing)?;
        Ok(writer)
    }

    /// Reads what the last run left. A segment that a crash left without a record of its own is removed: it says nothing new.
    fn before(folder: &Path, label: &SourceLabel) -> Result<Before, SourceError> {
        let io = |e: io::Error| unusable(folder, format!("it cannot be read ({e}). Check its permissions"));
        let mut found = segments(folder).map_err(io)?;
        while let Some((number, path)) = found.pop() {
            let Some(mut reader) = RecordingReader::open_or_cut(&path)? else {
                remove(&path).map_err(io)?;
                continue;
            };
            if reader.recorded_label().account() != label.account() {
                return Err(unusable(
                    folder,
                    format!(
                        "it is a recording of {}, not of {label}. Record into another folder",
                        reader.recorded_label()
                    ),
                ));
            }
            let mut standing = Standing::default();
            let mut last = reader.header().created;
            for record in reader.by_ref() {
                standing.take(&record);
                last = last.max(record.at());
            }
            if let Some(cut) = reader.truncation().filter(|cut| !cut.torn_tail) {
                return Err(unusable(
                    &path,
                    format!(
                        "it is damaged after {} bytes. Keep the folder, and record into another one",
                        cut.kept_bytes
                    ),
                ));
            }
            if !reader.begun() && (number == 1 || !found.is_empty()) {
                remove(&path).map_err(io)?;
                continue;
            }
            return Ok(Before { number, bytes: Some(reader.kept_bytes()), last: Some(last), standing });
        }
        Ok(Before::default())
    }

    fn begin(&mut self, at: Timestamp, previous: Option<u64>, standing: Standing) -> Result<(), SourceError> {
        self.number += 1;
        self.day = at.millis().div_euclid(DAY_MS);
        let header = Header {
            version: FORMAT_VERSION,
            label: self.label.clone(),
            created: at,
            segment: Some(self.number),
            previous_bytes: previous,
        };
        let path = segment_path(&self.folder, self.number);
        self.writer = Some(RecordingWriter::segment(&path, &header, standing)?.with_groups(self.groups));
        // So that a crash does not lose the name of a file whose content is safe.
        if let Err(error) = File::open(&self.folder).and_then(|folder| folder.sync_all()) {
            tracing::debug!(folder = %self.folder.display(), %error, "the folder could not be synced");
        }
        Ok(())
    }

    /// Closes the segment: synced, with its index.
    fn end(&mut self) -> Result<(u64, Standing), SourceError> {
        let mut writer = self.writer.take().ok_or_else(|| self.stopped())?;
        writer.sync()?;
        let bytes = writer.bytes();
        let (standing, index) = writer.finish()?;
        let path = segment_path(&self.folder, self.number);
        if let Some(Err(error)) = index.map(|index| index.write(&path)) {
            tracing::warn!(file = %path.display(), %error, "an index could not be written; it will be made when it is needed");
        }
        Ok((bytes, standing))
    }

    fn stopped(&self) -> SourceError {
        unusable(&self.folder, "an earlier error ended the recording. Start it again")
    }

    /// The segment that a record of this instant belongs into.
    fn at(&mut self, at: Timestamp) -> Result<&mut RecordingWriter, SourceError> {
        let writer = self.writer.as_ref().ok_or_else(|| self.stopped())?;
        let at = writer.last().map_or(at, |last| last.max(at));
        if writer.bytes() >= self.segment_bytes || at.millis().div_euclid(DAY_MS) > self.day {
            let (bytes, standing) = self.end()?;
            self.begin(at, Some(bytes), standing)?;
        }
        if self.writer.is_none() {
            return Err(self.stopped());
        }
        self.writer.as_mut().ok_or_else(|| unusable(&self.folder, "it is closed"))
    }

    /// Writes markets as they stand.
    ///
    /// # Errors
    /// As [`RecordingWriter::write_markets`].
    pub fn write_markets(&mut self, at: Timestamp, markets: &[Market]) -> Result<(), SourceError> {
        self.at(at)?.write_markets(at, markets)
    }

    /// Notes an event; it reaches the disk with its block.
    ///
    /// # Errors
    /// As [`RecordingWriter::write_event`].
    pub fn write_event(&mut self, at: Timestamp, event: &MarketEvent) -> Result<(), SourceError> {
        self.at(at)?.write_event(at, event)
    }

    /// Writes what is noted and waits until the disk has it.
    ///
    /// # Errors
    /// As [`RecordingWriter::sync`].
    pub fn sync(&mut self) -> Result<(), SourceError> {
        match &mut self.writer {
            Some(writer) => writer.sync(),
            None => Err(self.stopped()),
        }
    }

    /// Closes the last segment with its index, as dropping does, and tells what went wrong.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the disk refuses the last events.
    pub fn close(mut self) -> Result<(), SourceError> {
        self.end().map(|_| ())
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        if self.writer.is_some()
            && let Err(error) = self.end()
        {
            tracing::error!(%error, "the last events of a recording were lost");
        }
    }
}

/// Whether a folder has anything but what a recorder leaves before its first segment.
fn has_others(folder: &Path) -> io::Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        if entry?.file_name() != LOCK_NAME {
            return Ok(true);
        }
    }
    Ok(false)
}

fn remove(segment: &Path) -> io::Result<()> {
    tracing::warn!(file = %segment.display(), "a segment that a crash left without records was removed");
    match std::fs::remove_file(index_path(segment)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    std::fs::remove_file(segment)
}
