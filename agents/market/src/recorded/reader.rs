//! Reading a `.bettyrec`.

use super::format::{
    FORMAT_VERSION, HEAD_BYTES, Header, HeaderVersion, Kind, MAGIC, MarketsBlock, Record, Step, Truncation, head,
    read_frame, unpack,
};
use super::index::{Index, Noted};
use super::packed::Decoder;
use super::unusable;
use crate::source::{MarketEvent, SourceError, SourceLabel};
use crate::time::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The records of one file, in the order they were written. Stops at the first frame that is not whole: see
/// [`RecordingReader::truncation`]. A later segment of a folder, read alone, begins with the markets and books as they stood then.
#[derive(Debug)]
pub struct RecordingReader {
    path: PathBuf,
    input: BufReader<File>,
    header: Header,
    file_bytes: u64,
    kept_bytes: u64,
    ready: VecDeque<Record>,
    decoder: Decoder,
    /// Something that is no key frame was read.
    begun: bool,
    /// Key frames at the beginning are records.
    alone: bool,
    /// What was read lies where, when someone wants to know.
    index: Option<Index>,
    ended: bool,
    truncation: Option<Truncation>,
    hash: Sha256,
}

impl RecordingReader {
    /// Opens a recording and reads its header.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file cannot be opened, is something else, is cut off or damaged within its header, or
    /// was written in a newer format.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        Self::open_or_cut(path)?.ok_or_else(|| {
            unusable(path, "it is cut off before its first record and holds nothing. Delete it and record anew")
        })
    }

    /// The same; `None` when the file ends within its header, or is nothing but zeros.
    pub(super) fn open_or_cut(path: &Path) -> Result<Option<Self>, SourceError> {
        let io =
            |e: std::io::Error| unusable(path, format!("it cannot be read ({e}). Check the path and its permissions"));
        let file = File::open(path).map_err(io)?;
        let file_bytes = file.metadata().map_err(io)?.len();
        let mut input = BufReader::new(file);
        let mut magic = Vec::new();
        (&mut input).take(MAGIC.len() as u64).read_to_end(&mut magic).map_err(io)?;
        if magic != MAGIC {
            if MAGIC.starts_with(&magic) || magic.iter().all(|b| *b == 0) && only_zeros(&mut input) {
                return Ok(None);
            }
            return Err(unusable(path, "it is not a Betty recording. Give a .bettyrec file"));
        }
        let payload = match read_frame(&mut input).map_err(io)? {
            Step::Frame(Kind::Header, payload) => payload,
            Step::End | Step::Torn => return Ok(None),
            Step::Frame(..) | Step::Damaged(_) => {
                return Err(unusable(
                    path,
                    "its header is damaged. Restore the file from a copy, or delete it and record anew",
                ));
            }
        };
        let header = header(&payload).map_err(|reason| unusable(path, reason))?;
        let mut hash = Sha256::new_with_prefix(MAGIC);
        let kept_bytes = MAGIC.len() as u64 + hash_frame(&mut hash, Kind::Header, &payload);
        Ok(Some(Self {
            path: path.to_owned(),
            input,
            header,
            file_bytes,
            kept_bytes,
            ready: VecDeque::new(),
            decoder: Decoder::default(),
            begun: false,
            alone: true,
            index: None,
            ended: false,
            truncation: None,
            hash,
        }))
    }

    /// What kind of data was recorded.
    #[must_use]
    pub const fn recorded_label(&self) -> &SourceLabel {
        &self.header.label
    }

    /// When the recording was begun, by its source's clock.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.header.created
    }

    /// Whether the end was missing or damaged. Known once the iterator has ended; `None` when every byte was used.
    #[must_use]
    pub const fn truncation(&self) -> Option<Truncation> {
        self.truncation
    }

    /// The same reader for one who has read the segments before: key frames are no records.
    #[must_use]
    pub(super) const fn continued(mut self) -> Self {
        self.alone = false;
        self
    }

    /// The same reader, noting what it reads.
    #[must_use]
    pub(super) fn indexed(mut self) -> Self {
        self.index = Some(Index::after(self.kept_bytes));
        self
    }

    /// The index of what was read so far.
    pub(super) fn take_index(&mut self) -> Index {
        self.index.take().unwrap_or_default()
    }

    pub(super) const fn header(&self) -> &Header {
        &self.header
    }

    /// Whether anything but key frames was read.
    pub(super) const fn begun(&self) -> bool {
        self.begun
    }

    /// Bytes of whole frames read so far, from the start of the file.
    pub(super) const fn kept_bytes(&self) -> u64 {
        self.kept_bytes
    }

    /// SHA-256 of those bytes.
    pub(super) fn hash(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    fn stop(&mut self, torn_tail: bool) {
        self.ended = true;
        let dropped_bytes = self.file_bytes.saturating_sub(self.kept_bytes);
        self.truncation =
            (dropped_bytes > 0).then_some(Truncation { kept_bytes: self.kept_bytes, dropped_bytes, torn_tail });
    }

    /// A crash can leave the last frame at its full length with another content, or a tail of zeros. Neither is damage in the middle.
    fn is_torn(&mut self, frame: Option<u64>) -> bool {
        let ends_the_file = frame.is_some_and(|bytes| self.kept_bytes + bytes >= self.file_bytes);
        ends_the_file || self.input.seek(SeekFrom::Start(self.kept_bytes)).is_ok() && only_zeros(&mut self.input)
    }

    /// Makes records of a frame; `None` when its payload is something else.
    fn unpack(&mut self, kind: Kind, payload: &[u8]) -> Option<()> {
        let mut noted = Noted::default();
        let mut starts_group = false;
        // Key frames come to nothing for one who has read what is before them.
        let told = !kind.is_key() || self.alone && !self.begun;
        let events = match kind {
            // A second header means two files were joined; its records follow, but whose they are is unknown.
            Kind::Header => return None,
            Kind::Markets | Kind::KeyMarkets => {
                let MarketsBlock { at, markets } = unpack::<MarketsBlock>(payload)?;
                if self.index.is_some() {
                    noted.markets(at, &markets);
                }
                if told {
                    self.ready.push_back(Record::Markets { at, markets });
                }
                Vec::new()
            }
            Kind::Events => unpack::<Vec<(Timestamp, MarketEvent)>>(payload)?,
            Kind::Packed | Kind::KeyBooks => {
                let block = self.decoder.unpack(payload, false)?;
                starts_group = block.starts_group;
                block.events
            }
        };
        if let Some(index) = &mut self.index {
            events.iter().for_each(|(at, event)| noted.event(*at, event));
            index.add(self.kept_bytes, (HEAD_BYTES + payload.len()) as u64, kind, starts_group, noted);
        }
        if told {
            self.ready.extend(events.into_iter().map(|(at, event)| Record::Event { at, event }));
        }
        Some(())
    }

    fn read_block(&mut self) {
        let step = match read_frame(&mut self.input) {
            Ok(step) => step,
            Err(error) => {
                tracing::warn!(file = %self.path.display(), %error, "the recording could not be read to its end");
                return self.stop(false);
            }
        };
        let (kind, payload) = match step {
            Step::End | Step::Torn => return self.stop(true),
            Step::Damaged(frame) => {
                let torn = self.is_torn(frame);
                return self.stop(torn);
            }
            Step::Frame(kind, payload) => (kind, payload),
        };
        self.begun |= !kind.is_key();
        let whole = self.unpack(kind, &payload);
        match whole {
            Some(()) => self.kept_bytes += hash_frame(&mut self.hash, kind, &payload),
            None => self.stop(false),
        }
    }
}

impl Iterator for RecordingReader {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while self.ready.is_empty() && !self.ended {
            self.read_block();
        }
        self.ready.pop_front()
    }
}

/// Hashes the bytes of a frame that was read; answers how many they are.
fn hash_frame(hash: &mut Sha256, kind: Kind, payload: &[u8]) -> u64 {
    hash.update(head(kind, payload));
    hash.update(payload);
    (HEAD_BYTES + payload.len()) as u64
}

fn header(payload: &[u8]) -> Result<Header, String> {
    let damaged = |e: serde_json::Error| format!("its header cannot be read ({e}). Restore the file from a copy");
    let HeaderVersion { version } = serde_json::from_slice(payload).map_err(damaged)?;
    if version > FORMAT_VERSION {
        return Err(format!(
            "it was written in format {version}, and this program reads up to format {FORMAT_VERSION}. Update Betty to read it"
        ));
    }
    serde_json::from_slice(payload).map_err(damaged)
}

/// Whether everything left of the input is zero.
fn only_zeros(input: &mut impl BufRead) -> bool {
    loop {
        let length = match input.fill_buf() {
            Ok([]) => return true,
            Ok(bytes) if bytes.iter().all(|b| *b == 0) => bytes.len(),
            _ => return false,
        };
        input.consume(length);
    }
}
