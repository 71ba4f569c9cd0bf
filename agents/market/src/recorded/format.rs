//! The `.bettyrec` format, version 2, and what is left of version 1.
//!
//! ```text
//! file   = "BETTYREC" frame*                the first frame is the header
//! frame  = length:u32 kind:u8 head:u32 body:u32 payload[length]          little endian
//!          head = crc32(length, kind); body = crc32(payload)
//! kind 0   header: JSON {"version", "label", "created"}; in a folder also {"segment", "previous_bytes"}
//! kind 1   markets: deflate of JSON {"at", "markets": [...]}
//! kind 2   events of version 1: deflate of JSON [[at, event], ...], at most BLOCK_EVENTS_MAX
//! kind 3   events: deflate of a block of `packed`
//! kind 4   key markets: as kind 1, the open markets as they stand at the beginning of a segment
//! kind 5   key books: as kind 3, every book as it stands at the beginning of a group
//! ```
//!
//! Frames are only appended, each with one write. A reader stops at the first frame that is not whole. The head has its own
//! checksum so that a torn tail (a whole head, a missing end) can be told from damage in the middle, which a writer must not cut off.
//!
//! Key frames repeat what the frames before them say; they are records only to one who begins to read at them.

use crate::market::Market;
use crate::source::{MarketEvent, SourceLabel};
use crate::time::Timestamp;
use flate2::{Compression, Crc, read::DeflateDecoder, write::DeflateEncoder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// The format this program writes and the newest it reads.
pub const FORMAT_VERSION: u32 = 2;
/// Largest payload of a frame, in bytes, packed and unpacked.
pub const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Events packed into one frame; at most so many are lost when the machine stops before [`super::RecordingWriter::sync`].
pub const BLOCK_EVENTS_MAX: usize = 256;

pub(super) const MAGIC: &[u8; 8] = b"BETTYREC";
pub(super) const HEAD_BYTES: usize = 13;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Markets,
    Events,
    Packed,
    KeyMarkets,
    KeyBooks,
}

impl Kind {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Header => 0,
            Self::Markets => 1,
            Self::Events => 2,
            Self::Packed => 3,
            Self::KeyMarkets => 4,
            Self::KeyBooks => 5,
        }
    }

    pub(super) const fn of(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Header),
            1 => Some(Self::Markets),
            2 => Some(Self::Events),
            3 => Some(Self::Packed),
            4 => Some(Self::KeyMarkets),
            5 => Some(Self::KeyBooks),
            _ => None,
        }
    }

    /// Whether it repeats what was written before.
    pub(super) const fn is_key(self) -> bool {
        matches!(self, Self::KeyMarkets | Self::KeyBooks)
    }
}

/// The first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) label: SourceLabel,
    pub(super) created: Timestamp,
    /// Which segment of a folder this is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) segment: Option<u32>,
    /// How many bytes of the segment before count: what this one was begun after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous_bytes: Option<u64>,
}

/// The version alone, read before anything a newer format may have changed.
#[derive(Debug, Deserialize)]
pub(super) struct HeaderVersion {
    pub(super) version: u32,
}

/// Payload of a markets frame.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MarketsBlock {
    pub(super) at: Timestamp,
    pub(super) markets: Vec<Market>,
}

/// One recorded thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Markets as they stood.
    Markets {
        /// When they were recorded.
        at: Timestamp,
        /// The markets.
        markets: Vec<Market>,
    },
    /// Something that happened.
    Event {
        /// When it was recorded, by the source's clock.
        at: Timestamp,
        /// What.
        event: MarketEvent,
    },
}

impl Record {
    /// When it was recorded.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Markets { at, .. } | Self::Event { at, .. } => *at,
        }
    }
}

/// Where and why reading ended before the end of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// Bytes read and kept, from the start of the file.
    pub kept_bytes: u64,
    /// Bytes after them that were not used.
    pub dropped_bytes: u64,
    /// True when the file was cut off while a frame was written; false when bytes in the middle are damaged.
    pub torn_tail: bool,
}

/// One attempt at a frame.
#[derive(Debug)]
pub(super) enum Step {
    Frame(Kind, Vec<u8>),
    End,
    /// Not whole: the file ends within it.
    Torn,
    /// Not what was written. With the frame's whole length when its head can be trusted.
    Damaged(Option<u64>),
}

/// Builds a frame.
pub(super) fn frame(kind: Kind, payload: &[u8]) -> io::Result<Vec<u8>> {
    if payload.len() > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a frame would exceed its size limit"));
    }
    Ok([&head(kind, payload), payload].concat())
}

/// The head of a frame whose payload is not longer than [`FRAME_BYTES_MAX`].
pub(super) fn head(kind: Kind, payload: &[u8]) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    // The limit on frames is far below what the length field holds.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    head[..4].copy_from_slice(&length.to_le_bytes());
    head[4] = kind.byte();
    let sum = crc(&head[..5]);
    head[5..9].copy_from_slice(&sum.to_le_bytes());
    head[9..].copy_from_slice(&crc(payload).to_le_bytes());
    head
}

/// Reads the next frame.
pub(super) fn read_frame(reader: &mut impl Read) -> io::Result<Step> {
    let mut head = [0; HEAD_BYTES];
    match fill(reader, &mut head)? {
        0 => return Ok(Step::End),
        HEAD_BYTES => {}
        _ => return Ok(Step::Torn),
    }
    let word = |from: usize| u32::from_le_bytes([head[from], head[from + 1], head[from + 2], head[from + 3]]);
    let length = word(0) as usize;
    let (Some(kind), true) = (Kind::of(head[4]), crc(&head[..5]) == word(5) && length <= FRAME_BYTES_MAX) else {
        return Ok(Step::Damaged(None));
    };
    let mut payload = vec![0; length];
    if fill(reader, &mut payload)? < length {
        return Ok(Step::Torn);
    }
    let whole = (HEAD_BYTES + length) as u64;
    Ok(if crc(&payload) == word(9) { Step::Frame(kind, payload) } else { Step::Damaged(Some(whole)) })
}

/// Reads until the buffer is full or the input ends; answers how much there was.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

pub(super) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Packs a value as deflated JSON.
pub(super) fn pack(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, value)?;
    encoder.flush()?;
    encoder.finish()
}

/// Unpacks what [`pack`] made; `None` when it is something else or unpacks to more than [`FRAME_BYTES_MAX`].
pub(super) fn unpack<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    let mut json = Vec::new();
    DeflateDecoder::new(payload).take(FRAME_BYTES_MAX as u64 + 1).read_to_end(&mut json).ok()?;
    if json.len() > FRAME_BYTES_MAX {
        return None;
    }
    serde_json::from_slice(&json).ok()
}
