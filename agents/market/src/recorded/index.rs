//! Where in a file what lies: for each frame its place, its span of time and the tokens that occur in it.
//!
//! ```text
//! file   = "BETTYIDX" crc32(payload):u32 payload           little endian; payload = deflate(body)
//! body   = header[13] last[13] start:varint                heads of the recording's first and last frame; where the second lies
//!          count:varint (length:varint bytes)*             names of tokens
//!          count:varint (bytes:varint kind:u8 flags:u8 first:zigzag span:varint count:varint gap:varint*)*
//! ```
//!
//! It lies beside its segment and is written when that is closed. It is never the authority: what is missing, damaged or does not fit
//! the file beside it is made again from the file, and a block that turns out to hold something else is an error of its own.

use super::format::{HEAD_BYTES, Kind, MAGIC, crc};
use super::packed::{Bytes, put, put_name, put_signed};
use super::reader::RecordingReader;
use crate::ids::TokenId;
use crate::market::Market;
use crate::source::{MarketEvent, SourceError};
use crate::time::Timestamp;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const INDEX_MAGIC: &[u8; 8] = b"BETTYIDX";
/// Largest index read, in bytes after unpacking.
const INDEX_BYTES_MAX: u64 = 256 * 1024 * 1024;
const STARTS_GROUP: u8 = 1;
const HAS_RESULTS: u8 = 2;
const HAS_TICKS: u8 = 4;

/// What is noted of a frame while its content is at hand.
#[derive(Debug, Default)]
pub(super) struct Noted {
    span: Option<(Timestamp, Timestamp)>,
    tokens: BTreeSet<TokenId>,
    results: bool,
    ticks: bool,
}

impl Noted {
    pub(super) fn event(&mut self, at: Timestamp, event: &MarketEvent) {
        self.at(at);
        match event {
            MarketEvent::Book(book) => self.token(&book.token),
            MarketEvent::Gap { token } | MarketEvent::Trade { token, .. } => self.token(token),
            MarketEvent::Tick { token, .. } => {
                self.token(token);
                self.ticks = true;
            }
            MarketEvent::Resolved { .. } => self.results = true,
        }
    }

    pub(super) fn markets(&mut self, at: Timestamp, markets: &[Market]) {
        self.at(at);
        for market in markets {
            self.token(&market.yes);
            self.token(&market.no);
        }
    }

    fn at(&mut self, at: Timestamp) {
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    fn token(&mut self, token: &TokenId) {
        if !self.tokens.contains(token) {
            self.tokens.insert(token.clone());
        }
    }
}

/// One frame after the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) kind: Kind,
    pub(super) starts_group: bool,
    /// Some market ends in it: of interest whatever the tokens are.
    pub(super) results: bool,
    /// The price step of some token changes in it.
    pub(super) ticks: bool,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// Numbers of the tokens in it, rising.
    tokens: Vec<u32>,
}

impl Entry {
    /// Whether it has any of the tokens, given by their numbers.
    pub(super) fn has(&self, tokens: &BTreeSet<u32>) -> bool {
        self.tokens.iter().any(|t| tokens.contains(t))
    }
}

/// The frames of a file in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    names: Vec<TokenId>,
    numbers: BTreeMap<TokenId, u32>,
    pub(super) entries: Vec<Entry>,
    /// Where the last of them ends: the bytes of the file that count.
    pub(super) kept_bytes: u64,
}

impl Index {
    /// The index of a file that has so many bytes yet.
    pub(super) fn after(header_bytes: u64) -> Self {
        Self { kept_bytes: header_bytes, ..Self::default() }
    }

    pub(super) fn add(&mut self, offset: u64, bytes: u64, kind: Kind, starts_group: bool, noted: Noted) {
        let mut tokens: Vec<u32> = noted.tokens.iter().map(|token| self.number(token)).collect();
        tokens.sort_unstable();
        let (first, last) = noted.span.unwrap_or_default();
        let Noted { results, ticks, .. } = noted;
        self.entries.push(Entry { offset, bytes, kind, starts_group, results, ticks, first, last, tokens });
        self.kept_bytes = offset + bytes;
    }

    fn number(&mut self, token: &TokenId) -> u32 {
        if let Some(number) = self.numbers.get(token) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(token.clone());
        self.numbers.insert(token.clone(), number);
        number
    }

    /// The numbers of the tokens that occur at all.
    pub(super) fn numbers(&self, tokens: &BTreeSet<TokenId>) -> BTreeSet<u32> {
        tokens.iter().filter_map(|t| self.numbers.get(t)).copied().collect()
    }

    /// Whether the file has a frame of its own: without one, its key frames may not be all there.
    pub(super) fn begun(&self) -> bool {
        self.entries.iter().any(|e| !e.kind.is_key())
    }

    /// The last group that begins before an entry and whose key frames are all there: something was built on them.
    pub(super) fn group_before(&self, until: usize) -> usize {
        let opening = self.entries.iter().take_while(|e| e.kind.is_key()).count();
        let whole = |i: usize| {
            let rest = self.entries.get(i + 1..).unwrap_or_default();
            let group = rest.iter().take_while(|e| !e.starts_group);
            let mut own = group.filter(|e| !e.kind.is_key());
            // Without its opening a file has nothing more; in the middle a full disk can part key frames from what follows.
            self.entries[i].kind == Kind::Packed
                || if i < opening { own.next().is_some() } else { own.any(|e| e.kind == Kind::Packed) }
        };
        (0..until).rev().find(|i| self.entries[*i].starts_group && whole(*i)).unwrap_or(0)
    }

    /// Reads a file through; the index of what can be used of it.
    pub(super) fn scan(path: &Path) -> Result<Self, SourceError> {
        let mut reader = RecordingReader::open(path)?.indexed();
        while reader.next().is_some() {}
        Ok(reader.take_index())
    }

    /// The index beside a segment, or a new one when that cannot be used.
    pub(super) fn of(segment: &Path) -> Result<Self, SourceError> {
        match Self::read(segment) {
            Ok(Some(index)) => Ok(index),
            other => {
                let reason =
                    other.err().map_or("missing, damaged or older than its segment".to_owned(), |e| e.to_string());
                tracing::debug!(file = %segment.display(), reason, "an index is made anew");
                Self::scan(segment)
            }
        }
    }

    /// The index beside a segment; `None` when it is not that of the segment as it is.
    fn read(segment: &Path) -> io::Result<Option<Self>> {
        let bytes = std::fs::read(index_path(segment))?;
        let Some(payload) = bytes.strip_prefix(INDEX_MAGIC) else { return Ok(None) };
        let Some((sum, payload)) = payload.split_at_checked(4) else { return Ok(None) };
        if sum != crc(payload).to_le_bytes() {
            return Ok(None);
        }
        let mut body = Vec::new();
        DeflateDecoder::new(payload).take(INDEX_BYTES_MAX).read_to_end(&mut body)?;
        let Some((index, heads)) = Self::parse(&body) else { return Ok(None) };
        let Some(last) = index.entries.last() else { return Ok(None) };
        let mut file = File::open(segment)?;
        let fits = file.metadata()?.len() == index.kept_bytes
            && head_at(&mut file, MAGIC.len() as u64)? == heads[0]
            && head_at(&mut file, last.offset)? == heads[1];
        Ok(fits.then_some(index))
    }

    fn parse(body: &[u8]) -> Option<(Self, [[u8; HEAD_BYTES]; 2])> {
        let mut bytes = Bytes(body);
        let heads = [bytes.array()?, bytes.array()?];
        let mut offset = bytes.number()?;
        let mut index = Self::default();
        for number in 0..bytes.number()? {
            if u64::from(index.number(&TokenId::new(bytes.name()?).ok()?)) != number {
                return None;
            }
        }
        let mut before = 0_i64;
        for _ in 0..bytes.number()? {
            let length = bytes.number()?;
            let kind = Kind::of(bytes.byte()?)?;
            let flags = bytes.byte()?;
            let first = before.wrapping_add(bytes.signed()?);
            before = first.checked_add_unsigned(bytes.number()?)?;
            let mut tokens = Vec::new();
            let mut number = 0_u64;
            for i in 0..bytes.number()? {
                number = number.checked_add(bytes.number()?).filter(|n| *n < index.names.len() as u64)?;
                if i > 0 && u64::from(*tokens.last()?) >= number {
                    return None;
                }
                tokens.push(u32::try_from(number).ok()?);
            }
            index.entries.push(Entry {
                offset,
                bytes: length,
                kind,
                starts_group: flags & STARTS_GROUP != 0,
                results: flags & HAS_RESULTS != 0,
                ticks: flags & HAS_TICKS != 0,
                first: Timestamp::from_millis(first),
                last: Timestamp::from_millis(before),
                tokens,
            });
            offset = offset.checked_add(length)?;
        }
        index.kept_bytes = offset;
        bytes.0.is_empty().then_some((index, heads))
    }

    /// Writes the index beside its closed segment, whole or not at all.
    pub(super) fn write(&self, segment: &Path) -> io::Result<()> {
        let Some(last) = self.entries.last() else { return Ok(()) };
        let mut file = File::open(segment)?;
        let mut body = Vec::new();
        body.extend_from_slice(&head_at(&mut file, MAGIC.len() as u64)?);
        body.extend_from_slice(&head_at(&mut file, last.offset)?);
        put(&mut body, self.entries[0].offset);
        put(&mut body, self.names.len() as u64);
        self.names.iter().for_each(|name| put_name(&mut body, name.as_str()));
        put(&mut body, self.entries.len() as u64);
        let mut before = 0_i64;
        for entry in &self.entries {
            put(&mut body, entry.bytes);
            body.push(entry.kind.byte());
            let flag = |set: bool, flag: u8| if set { flag } else { 0 };
            body.push(
                flag(entry.starts_group, STARTS_GROUP)
                    | flag(entry.results, HAS_RESULTS)
                    | flag(entry.ticks, HAS_TICKS),
            );
            put_signed(&mut body, entry.first.millis().wrapping_sub(before));
            before = entry.last.millis();
            put(&mut body, entry.last.millis().abs_diff(entry.first.millis()));
            put(&mut body, entry.tokens.len() as u64);
            let mut number = 0;
            for token in &entry.tokens {
                put(&mut body, u64::from(token - number));
                number = *token;
            }
        }
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(&body)?;
        let payload = deflate.finish()?;
        let bytes = [&INDEX_MAGIC[..], &crc(&payload).to_le_bytes(), &payload].concat();
        let path = index_path(segment);
        let half = path.with_extension("bettyidx-new");
        let mut file = File::create(&half)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(half, path)
    }
}

/// Where the index of a segment lies.
pub(super) fn index_path(segment: &Path) -> PathBuf {
    segment.with_extension("bettyidx")
}

fn head_at(file: &mut File, offset: u64) -> io::Result<[u8; HEAD_BYTES]> {
    let mut head = [0; HEAD_BYTES];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut head)?;
    Ok(head)
}
