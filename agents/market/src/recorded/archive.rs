//! A recording as a whole: one file, or a folder of segments `000001.bettyrec`, `000002.bettyrec` and so on.

use super::format::Truncation;
use super::reader::RecordingReader;
use super::{Record, unusable};
use crate::source::{SourceError, SourceLabel};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

/// Digits in the name of a segment.
const NAME_DIGITS: usize = 6;

/// The file of a segment.
pub(super) fn segment_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:0NAME_DIGITS$}.bettyrec"))
}

/// The segments of a folder by number; files of other names are none.
pub(super) fn segments(folder: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|s| s.to_str()).filter(|s| s.len() == NAME_DIGITS);
        let number = stem.filter(|s| s.bytes().all(|b| b.is_ascii_digit())).and_then(|s| s.parse().ok());
        if let Some(number) = number.filter(|n| *n > 0 && path.extension().is_some_and(|e| e == "bettyrec")) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The files of a recording in order. Never empty.
pub(super) fn files(path: &Path) -> Result<Vec<(u32, PathBuf)>, SourceError> {
    if !path.is_dir() {
        return Ok(vec![(1, path.to_owned())]);
    }
    let found =
        segments(path).map_err(|e| unusable(path, format!("it cannot be read ({e}). Check its permissions")))?;
    if found.is_empty() {
        return Err(unusable(
            path,
            "the folder holds no segment of a recording (000001.bettyrec). Record into it first",
        ));
    }
    Ok(found)
}

/// The records of a recording, file after file. Stops where the rest cannot be trusted: see [`ArchiveReader::truncation`] and
/// [`ArchiveReader::hole`].
///
/// A folder from which the oldest segments were removed begins with the markets and books as they stood then.
#[derive(Debug)]
pub struct ArchiveReader {
    next: VecDeque<(u32, PathBuf)>,
    number: u32,
    current: RecordingReader,
    label: SourceLabel,
    folder: bool,
    /// Of the files before the current one.
    hash: Sha256,
    truncation: Option<Truncation>,
    hole: Option<String>,
    ended: bool,
}

impl ArchiveReader {
    /// Opens a `.bettyrec` or a folder of segments.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when there is none, or the first file cannot be used; see [`RecordingReader::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let mut next = VecDeque::from(files(path)?);
        let (number, first) = next.pop_front().unwrap_or((1, path.to_owned()));
        let current = RecordingReader::open(&first)?;
        Ok(Self {
            next,
            number,
            label: current.recorded_label().clone(),
            current,
            folder: path.is_dir(),
            hash: Sha256::new(),
            truncation: None,
            hole: None,
            ended: false,
        })
    }

    /// What kind of data was recorded.
    #[must_use]
    pub const fn recorded_label(&self) -> &SourceLabel {
        &self.label
    }

    /// Whether the end of the last file read was missing or damaged. Known once the iterator has ended.
    #[must_use]
    pub const fn truncation(&self) -> Option<Truncation> {
        self.truncation
    }

    /// Why files behind the last one read could not be used: one is missing, or not what the next was begun after. Known once the
    /// iterator has ended.
    #[must_use]
    pub fn hole(&self) -> Option<&str> {
        self.hole.as_deref()
    }

    /// SHA-256 of the bytes that were used of the file; of a folder, over those of its segments.
    pub(super) fn hash(&self) -> [u8; 32] {
        let last = self.current.hash();
        if self.folder { self.hash.clone().chain_update(last).finalize().into() } else { last }
    }

    /// Goes on with the next segment; false when there is none that can be used.
    fn advance(&mut self) -> bool {
        let cut = self.current.truncation();
        let Some((number, path)) = self.next.pop_front() else {
            self.truncation = cut;
            return false;
        };
        match self.follow(cut, number, &path) {
            Ok(Some(reader)) => {
                self.hash.update(self.current.hash());
                self.current = reader.continued();
                self.number = number;
                true
            }
            // Begun and not yet written when the machine stopped.
            Ok(None) => {
                self.truncation = Some(Truncation {
                    kept_bytes: 0,
                    dropped_bytes: std::fs::metadata(&path).map_or(0, |m| m.len()),
                    torn_tail: true,
                });
                false
            }
            Err(hole) => {
                self.truncation = cut;
                self.hole = Some(hole);
                false
            }
        }
    }

    fn follow(&self, cut: Option<Truncation>, number: u32, path: &Path) -> Result<Option<RecordingReader>, String> {
        if let Some(cut) = cut.filter(|cut| !cut.torn_tail) {
            return Err(format!("segment {} is damaged after {} bytes", self.number, cut.kept_bytes));
        }
        if number != self.number + 1 {
            return Err(format!("segment {} is missing, segment {number} is there", self.number + 1));
        }
        let reader = match RecordingReader::open_or_cut(path) {
            Ok(Some(reader)) => reader,
            Ok(None) if self.next.is_empty() => return Ok(None),
            Ok(None) => return Err(format!("segment {number} is cut off before its first record")),
            Err(error) => return Err(error.to_string()),
        };
        let (known, kept) = (reader.header().previous_bytes, self.current.kept_bytes());
        if known != Some(kept) {
            let known = known.map_or_else(|| "no segment".to_owned(), |k| format!("{k} bytes"));
            return Err(format!(
                "segment {} has {kept} bytes that can be read, and segment {number} was begun after {known}",
                self.number
            ));
        }
        Ok(Some(reader))
    }
}

impl Iterator for ArchiveReader {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while !self.ended {
            if let Some(record) = self.current.next() {
                return Some(record);
            }
            self.ended = !self.advance();
        }
        None
    }
}
