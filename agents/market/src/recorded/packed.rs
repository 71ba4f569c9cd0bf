//! Blocks of events as bytes: numbers in variable length, books as what changed since the token's book before.
//!
//! ```text
//! block  = starts_group:u8 known:varint event*           `known` tokens were numbered before this block, from 0
//! event  = at:zigzag (number << 3 | kind):varint [name] body     at: since the event before, since 0 for the first
//!          name: when the number is the next new one, how the token is called
//! kind 0   whole book: stamp:zigzag flags:u8 side side          stamp: book's time since `at`; bids, then asks
//! kind 1   changed book: the same, a size of 0 takes the level away
//! kind 2   gap           kind 4  trade: e4:varint stamp:zigzag
//! kind 3   tick: token:name e4:varint          kind 5  resolved: market:name how:u8          their number is 0
//! side   = count:varint (gap:varint size:varint)*        gap: ranks from the level before; rank: e4 of an ask, 10,000 − e4 of a bid
//! size   = lots << 1, or micro-shares << 1 | 1
//! name   = length:varint bytes
//! ```
//!
//! Ticks and results are rare and last: they name what they are about, so that each can be understood alone.
//!
//! Numbers and books before hold within a group. The first block of a group says so, and a group of a file that already has books
//! begins with all of them whole. A reader that passes over a block of a group still understands the tokens it did not miss.

use super::format::FRAME_BYTES_MAX;
use crate::book::{Book, BookSide, Depth, Level};
use crate::ids::{MarketId, TokenId};
use crate::market::Resolution;
use crate::money::{Price, Shares};
use crate::source::MarketEvent;
use crate::time::Timestamp;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use std::collections::HashMap;
use std::io::{self, Read, Write};

const WHOLE: u64 = 0;
const CHANGED: u64 = 1;
const GAP: u64 = 2;
const TICK: u64 = 3;
const TRADE: u64 = 4;
const RESOLVED: u64 = 5;
const KIND_BITS: u32 = 3;

const UNKNOWN_DEPTH: u8 = 1;
const IN_SYNC: u8 = 2;

/// Packs events into blocks of a group.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    body: Vec<u8>,
    events: usize,
    last: i64,
    numbers: HashMap<TokenId, u64>,
    /// The next block is not the first of its group.
    within: bool,
}

impl Encoder {
    /// Begins a group: the next block needs nothing before it. What was not taken is dropped.
    pub(super) fn begin_group(&mut self) {
        *self = Self { body: std::mem::take(&mut self.body), ..Self::default() };
    }

    /// Whether the next block builds on one before it.
    pub(super) const fn within(&self) -> bool {
        self.within
    }

    /// Events in the block so far.
    pub(super) const fn events(&self) -> usize {
        self.events
    }

    /// Bytes of the block so far, before compression.
    pub(super) fn bytes(&self) -> usize {
        self.body.len()
    }

    /// Adds an event. `before` is the token's book before, when it is in this group.
    pub(super) fn push(&mut self, at: Timestamp, event: &MarketEvent, before: Option<&Book>) {
        if self.events == 0 {
            self.body.clear();
            self.body.push(u8::from(!self.within));
            put(&mut self.body, self.numbers.len() as u64);
            self.last = 0;
        }
        self.events += 1;
        put_signed(&mut self.body, at.millis().wrapping_sub(self.last));
        self.last = at.millis();
        match event {
            MarketEvent::Book(book) => self.book(at, book, before),
            MarketEvent::Gap { token } => self.head(token, GAP),
            MarketEvent::Tick { token, tick } => {
                put(&mut self.body, TICK);
                put_name(&mut self.body, token.as_str());
                put(&mut self.body, u64::from(tick.e4()));
            }
            MarketEvent::Trade { token, price, at: stamp } => {
                self.head(token, TRADE);
                put(&mut self.body, u64::from(price.e4()));
                put_signed(&mut self.body, stamp.millis().wrapping_sub(at.millis()));
            }
            MarketEvent::Resolved { market, resolution } => {
                put(&mut self.body, RESOLVED);
                put_name(&mut self.body, market.as_str());
                self.body.push(match resolution {
                    Resolution::Yes => 0,
                    Resolution::No => 1,
                    Resolution::Void => 2,
                });
            }
        }
    }

    /// The block, compressed; `None` when there is no event.
    pub(super) fn take(&mut self) -> Option<io::Result<Vec<u8>>> {
        if self.events == 0 {
            return None;
        }
        self.events = 0;
        self.within = true;
        let mut deflate = DeflateEncoder::new(Vec::with_capacity(self.body.len() / 2), Compression::default());
        Some(deflate.write_all(&self.body).and_then(|()| deflate.finish()))
    }

    fn head(&mut self, token: &TokenId, kind: u64) {
        let next = self.numbers.len() as u64;
        let known = self.numbers.get(token).copied();
        put(&mut self.body, known.unwrap_or(next) << KIND_BITS | kind);
        if known.is_none() {
            self.numbers.insert(token.clone(), next);
            put_name(&mut self.body, token.as_str());
        }
    }

    fn book(&mut self, at: Timestamp, book: &Book, before: Option<&Book>) {
        let mut tidy;
        let book = if is_tidy(book) {
            book
        } else {
            // Only a book read from a file that something else wrote can be so.
            let [bids, asks] = SIDES.map(|side| book.levels(side).to_vec());
            tidy = Book::from_levels(book.token.clone(), book.at, book.depth, bids, asks);
            tidy.in_sync = book.in_sync;
            &tidy
        };
        let before = before.filter(|b| is_tidy(b) && self.numbers.contains_key(&b.token));
        let changed = before.map(|b| SIDES.map(|side| changes(b.levels(side), book.levels(side), side)));
        let levels = book.levels(BookSide::Bid).len() + book.levels(BookSide::Ask).len();
        let changed = changed.filter(|[bids, asks]| bids.len() + asks.len() < levels);
        self.head(&book.token, if changed.is_some() { CHANGED } else { WHOLE });
        put_signed(&mut self.body, book.at.millis().wrapping_sub(at.millis()));
        let depth = if book.depth == Depth::Unknown { UNKNOWN_DEPTH } else { 0 };
        self.body.push(depth | if book.in_sync { IN_SYNC } else { 0 });
        match changed {
            Some(sides) => sides.iter().for_each(|changes| put_side(&mut self.body, changes)),
            None => {
                for side in SIDES {
                    let levels: Vec<_> =
                        book.levels(side).iter().map(|l| (rank(l.price, side), l.size.micros())).collect();
                    put_side(&mut self.body, &levels);
                }
            }
        }
    }
}

/// Reads the blocks of a group.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// By number; `None` for those of blocks that were passed over.
    tokens: Vec<Option<(TokenId, Option<Book>)>>,
}

/// What a block turned out to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) starts_group: bool,
    pub(super) events: Vec<(Timestamp, MarketEvent)>,
}

impl Decoder {
    /// Forgets the group, as its next block would.
    pub(super) fn begin_group(&mut self) {
        self.tokens.clear();
    }

    /// Unpacks a block; `None` when it is none. With `partial` events of tokens that blocks passed over would have named are left out.
    pub(super) fn unpack(&mut self, packed: &[u8], partial: bool) -> Option<Unpacked> {
        let mut body = Vec::new();
        DeflateDecoder::new(packed).take(FRAME_BYTES_MAX as u64 + 1).read_to_end(&mut body).ok()?;
        if body.len() > FRAME_BYTES_MAX {
            return None;
        }
        let mut bytes = Bytes(&body);
        let starts_group = match bytes.byte()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        if starts_group {
            self.begin_group();
        }
        let known = usize::try_from(bytes.number()?).ok()?;
        if known < self.tokens.len() || known > self.tokens.len() && !partial || known > TOKENS_MAX {
            return None;
        }
        self.tokens.resize(known, None);
        let mut unpacked = Unpacked { starts_group, events: Vec::new() };
        let mut last = 0_i64;
        while !bytes.0.is_empty() {
            last = last.wrapping_add(bytes.signed()?);
            let at = Timestamp::from_millis(last);
            match self.event(&mut bytes, at)? {
                Some(event) => unpacked.events.push((at, event)),
                None if partial => {}
                None => return None,
            }
        }
        Some(unpacked)
    }

    /// `Some(None)` when the event is whole but cannot be told whose it is.
    fn event(&mut self, bytes: &mut Bytes<'_>, at: Timestamp) -> Option<Option<MarketEvent>> {
        let head = bytes.number()?;
        let kind = head & ((1 << KIND_BITS) - 1);
        if kind == RESOLVED {
            let market = MarketId::new(bytes.name()?).ok()?;
            let resolution = match bytes.byte()? {
                0 => Resolution::Yes,
                1 => Resolution::No,
                2 => Resolution::Void,
                _ => return None,
            };
            return (head == RESOLVED).then_some(Some(MarketEvent::Resolved { market, resolution }));
        }
        if kind == TICK {
            let token = TokenId::new(bytes.name()?).ok()?;
            let tick = bytes.price()?;
            return (head == TICK).then_some(Some(MarketEvent::Tick { token, tick }));
        }
        let number = usize::try_from(head >> KIND_BITS).ok()?;
        if number == self.tokens.len() && number < TOKENS_MAX {
            self.tokens.push(Some((TokenId::new(bytes.name()?).ok()?, None)));
        }
        let slot = self.tokens.get_mut(number)?;
        let token = slot.as_ref().map(|(token, _)| token.clone());
        Some(match kind {
            WHOLE | CHANGED => {
                let stamp = Timestamp::from_millis(at.millis().wrapping_add(bytes.signed()?));
                let flags = bytes.byte()?;
                if flags & !(UNKNOWN_DEPTH | IN_SYNC) != 0 {
                    return None;
                }
                let sides = (bytes.side(BookSide::Bid)?, bytes.side(BookSide::Ask)?);
                let depth = if flags & UNKNOWN_DEPTH == 0 { Depth::Full } else { Depth::Unknown };
                let Some((token, before)) = slot else { return Some(None) };
                let mut book = if kind == WHOLE {
                    if sides.0.iter().chain(&sides.1).any(|l| !l.size.is_positive()) {
                        return None;
                    }
                    Book::from_levels(token.clone(), stamp, depth, sides.0, sides.1)
                } else {
                    let Some(mut book) = before.take() else { return Some(None) };
                    for (side, levels) in [(BookSide::Bid, sides.0), (BookSide::Ask, sides.1)] {
                        for level in levels {
                            book.set(side, level.price, level.size);
                        }
                    }
                    (book.at, book.depth) = (stamp, depth);
                    book
                };
                book.in_sync = flags & IN_SYNC != 0;
                *before = Some(book.clone());
                Some(MarketEvent::Book(book))
            }
            GAP => token.map(|token| MarketEvent::Gap { token }),
            TRADE => {
                let price = bytes.price()?;
                let at = Timestamp::from_millis(at.millis().wrapping_add(bytes.signed()?));
                token.map(|token| MarketEvent::Trade { token, price, at })
            }
            _ => return None,
        })
    }
}

/// Most tokens numbered in a group: far above what one subscription follows.
const TOKENS_MAX: usize = 1 << 20;
const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];

/// Rises from the best level on.
fn rank(price: Price, side: BookSide) -> u64 {
    u64::from(match side {
        BookSide::Bid => price.complement().e4(),
        BookSide::Ask => price.e4(),
    })
}

fn is_tidy(book: &Book) -> bool {
    SIDES.into_iter().all(|side| {
        let levels = book.levels(side);
        levels.iter().all(|l| l.size.is_positive())
            && levels.is_sorted_by(|a, b| rank(a.price, side) < rank(b.price, side))
    })
}

/// The levels that differ, by rank, with their new sizes.
fn changes(before: &[Level], after: &[Level], side: BookSide) -> Vec<(u64, i64)> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut changes = Vec::new();
    loop {
        let rank = |l: &&Level| rank(l.price, side);
        match (before.peek().map(rank), after.peek().map(rank)) {
            (None, None) => return changes,
            (Some(old), new) if new.is_none_or(|new| old < new) => {
                before.next();
                changes.push((old, 0));
            }
            (old, Some(new)) => {
                let was = if old == Some(new) { before.next() } else { None };
                if let Some(level) = after.next().filter(|l| was.is_none_or(|w| w.size != l.size)) {
                    changes.push((new, level.size.micros()));
                }
            }
            (Some(_), None) => {}
        }
    }
}

pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Small magnitudes of either sign become small numbers.
pub(super) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, ((number << 1) ^ (number >> 63)) as u64);
}

pub(super) fn put_name(bytes: &mut Vec<u8>, name: &str) {
    put(bytes, name.len() as u64);
    bytes.extend_from_slice(name.as_bytes());
}

fn put_side(bytes: &mut Vec<u8>, levels: &[(u64, i64)]) {
    put(bytes, levels.len() as u64);
    let mut last = 0;
    for (rank, micros) in levels {
        put(bytes, rank - last);
        last = *rank;
        let (micros, lot) = (micros.unsigned_abs(), Shares::LOT.micros().unsigned_abs());
        put(bytes, if micros.is_multiple_of(lot) { (micros / lot) << 1 } else { (micros << 1) | 1 });
    }
}

/// What is left to read.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return None;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(super) fn name(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (name, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(name).ok()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn price(&mut self) -> Option<Price> {
        Price::from_e4(u16::try_from(self.number()?).ok()?).ok()
    }

    fn side(&mut self, side: BookSide) -> Option<Vec<Level>> {
        let count = usize::try_from(self.number()?).ok()?;
        // Two bytes a level at least, and no two levels of a rank.
        if count > self.0.len() / 2 {
            return None;
        }
        let mut levels = Vec::with_capacity(count);
        let mut rank = 0_u64;
        for i in 0..count {
            let gap = self.number()?;
            rank = rank.checked_add(gap).filter(|_| i == 0 || gap > 0)?;
            let price = Price::from_e4(u16::try_from(rank).ok()?).ok()?;
            let price = if side == BookSide::Bid { price.complement() } else { price };
            let code = self.number()?;
            let micros = if code & 1 == 0 { (code >> 1).checked_mul(Shares::LOT.micros() as u64)? } else { code >> 1 };
            levels.push(Level { price, size: Shares::from_micros(i64::try_from(micros).ok()?) });
        }
        Some(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::{event, events};
    use super::*;
    use proptest::prelude::*;

    /// Packs events as a writer does, `per` to a block, a group every `group` blocks without its books.
    fn pack(events: &[(Timestamp, MarketEvent)], per: usize, group: usize) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::default();
        let mut books: HashMap<TokenId, Book> = HashMap::new();
        let mut blocks = Vec::new();
        for (i, part) in events.chunks(per).enumerate() {
            if i % group == 0 {
                encoder.begin_group();
                books.clear();
            }
            for (at, event) in part {
                let before = if let MarketEvent::Book(b) = event { books.get(&b.token) } else { None };
                encoder.push(*at, event, before);
                if let MarketEvent::Book(b) = event {
                    books.insert(b.token.clone(), b.clone());
                }
            }
            blocks.push(encoder.take().unwrap().unwrap());
        }
        blocks
    }

    #[test]
    fn numbers_of_every_length_come_back() {
        for number in (0..64).flat_map(|s| [1_u64 << s, (1 << s) - 1, u64::MAX >> s]) {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            put_signed(&mut bytes, number as i64);
            let mut read = Bytes(&bytes);
            assert_eq!((read.number(), read.signed()), (Some(number), Some(number as i64)));
            assert!(read.0.is_empty());
        }
        assert_eq!(Bytes(&[0xff; 9]).number(), None, "cut");
        assert_eq!(Bytes(&[0xff; 10]).number(), None, "too large");
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(events in events(0..60), per in 1_usize..20, group in 1_usize..5) {
            let mut decoder = Decoder::default();
            let mut found = Vec::new();
            for block in pack(&events, per, group) {
                found.extend(decoder.unpack(&block, false).unwrap().events);
            }
            prop_assert_eq!(found, events);
        }

        /// Blocks without a token can be passed over: nothing of the token is lost or changed.
        #[test]
        fn blocks_of_others_can_be_passed_over(events in events(1..80), per in 1_usize..6, pick in any::<prop::sample::Index>()) {
            let of = |e: &MarketEvent| match e {
                MarketEvent::Book(b) => Some(b.token.clone()),
                MarketEvent::Gap { token } | MarketEvent::Tick { token, .. } | MarketEvent::Trade { token, .. } => Some(token.clone()),
                MarketEvent::Resolved { .. } => None,
            };
            let wanted = of(&pick.get(&events).1);
            let blocks = pack(&events, per, usize::MAX);
            let mut decoder = Decoder::default();
            let mut found = Vec::new();
            for (block, part) in blocks.iter().zip(events.chunks(per)) {
                if part.iter().any(|(_, e)| of(e) == wanted) {
                    found.extend(decoder.unpack(block, true).unwrap().events.into_iter().filter(|(_, e)| of(e) == wanted));
                }
            }
            let expected: Vec<_> = events.iter().filter(|(_, e)| of(e) == wanted).cloned().collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), partial in any::<bool>()) {
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflate.write_all(&bytes).unwrap();
            let _ = Decoder::default().unpack(&deflate.finish().unwrap(), partial);
            let _ = Decoder::default().unpack(&bytes, partial);
        }

        #[test]
        fn a_changed_byte_of_a_block_never_panics(first in event(), second in event(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
            let mut encoder = Encoder::default();
            encoder.push(Timestamp::from_millis(5), &first, None);
            encoder.push(Timestamp::from_millis(6), &second, None);
            let mut body = encoder.body.clone();
            let i = at.index(body.len());
            body[i] = to;
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflate.write_all(&body).unwrap();
            let _ = Decoder::default().unpack(&deflate.finish().unwrap(), false);
        }
    }
}
