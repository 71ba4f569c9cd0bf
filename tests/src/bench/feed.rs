//! A synthetic L2 feed of one token, defined by integers alone so that any language can make the same bytes.
//!
//! The mid walks on the half tick: best bid `m`, best ask `m + 1`, ten levels a side. Each event changes one level's size (98%) or
//! moves the mid by one tick (2%): the consumed level goes, a new best appears on the other side, and the far levels follow.

use betty_market::{BookSide, Price, Shares};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The seed of the published workload.
pub const FEED_SEED: u64 = 42;
/// Levels on each side.
pub const FEED_LEVELS: u16 = 10;
/// Bytes of one record.
pub const RECORD_BYTES: usize = 21;
/// Ten-thousandths of a dollar in one tick of the feed.
const TICK_E4: u16 = 100;
/// First time stamp, nanoseconds.
const T0_NS: u64 = 1_750_000_000_000_000_000;
/// Time between events, nanoseconds.
const STEP_NS: u64 = 5_000_000;
/// The mid starts here and stays between these ticks.
const MID_START: u16 = 40;
const MID_MIN: u16 = 15;
const MID_MAX: u16 = 84;

/// Sebastiano Vigna's SplitMix64.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, by remainder: the tiny bias is part of the definition.
    ///
    /// # Panics
    /// When `n` is 0.
    pub const fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// What a row does to its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A new level.
    Add = 1,
    /// A new size.
    Update = 2,
    /// The level is gone.
    Delete = 3,
}

/// One change of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Nanoseconds since 1970.
    pub ts_ns: u64,
    /// Which side.
    pub side: BookSide,
    /// Price in ticks of 0.01.
    pub price_ticks: u16,
    /// New size in hundredths of a share; 0 deletes the level.
    pub size_centi: i64,
    /// What it does.
    pub action: Action,
    /// True when the book is consistent again after this row.
    pub last: bool,
}

impl Row {
    /// The level's price.
    ///
    /// # Panics
    /// Above 100 ticks, which the generator never makes.
    #[must_use]
    pub fn price(&self) -> Price {
        Price::from_e4(self.price_ticks * TICK_E4).expect("the feed stays below a dollar")
    }

    /// The level's new size.
    #[must_use]
    pub const fn size(&self) -> Shares {
        Shares::from_micros(self.size_centi * Shares::LOT.micros())
    }

    /// The little-endian record: time, side (1 bid, 2 ask), ticks, size, action, last.
    #[must_use]
    pub fn record(&self) -> [u8; RECORD_BYTES] {
        let mut out = [0; RECORD_BYTES];
        out[..8].copy_from_slice(&self.ts_ns.to_le_bytes());
        out[8] = match self.side {
            BookSide::Bid => 1,
            BookSide::Ask => 2,
        };
        out[9..11].copy_from_slice(&self.price_ticks.to_le_bytes());
        out[11..19].copy_from_slice(&self.size_centi.to_le_bytes());
        out[19] = self.action as u8;
        out[20] = u8::from(self.last);
        out
    }
}

/// The feed's state between events.
struct Feed {
    dice: SplitMix64,
    /// Best bid in ticks.
    mid: u16,
    ts_ns: u64,
    rows: Vec<Row>,
}

impl Feed {
    /// 1 to 500 whole shares.
    fn size(&mut self) -> i64 {
        100 * (1 + self.dice.below(500) as i64)
    }

    fn push(&mut self, side: BookSide, price_ticks: u16, size_centi: i64, action: Action, last: bool) {
        self.rows.push(Row { ts_ns: self.ts_ns, side, price_ticks, size_centi, action, last });
    }

    /// One level is consumed at `gone`, the far one at `far` drops out, and one appears on each side.
    fn shift(&mut self, gone: (BookSide, u16), far: (BookSide, u16), new: [(BookSide, u16); 2]) {
        self.push(gone.0, gone.1, 0, Action::Delete, false);
        self.push(far.0, far.1, 0, Action::Delete, false);
        for (i, (side, ticks)) in new.into_iter().enumerate() {
            let size = self.size();
            self.push(side, ticks, size, Action::Add, i == 1);
        }
    }

    fn step(&mut self) {
        use BookSide::{Ask, Bid};
        self.ts_ns += STEP_NS;
        let (kind, m) = (self.dice.below(1_000), self.mid);
        if kind < 980 {
            let side = if self.dice.below(2) == 0 { Bid } else { Ask };
            let k = self.dice.below(u64::from(FEED_LEVELS)) as u16;
            let ticks = if side == Bid { m - k } else { m + 1 + k };
            let size = self.size();
            self.push(side, ticks, size, Action::Update, true);
        } else if kind < 990 && m < MID_MAX {
            self.mid += 1;
            self.shift((Ask, m + 1), (Bid, m - 9), [(Bid, m + 1), (Ask, m + 11)]);
        } else if kind >= 990 && m > MID_MIN {
            self.mid -= 1;
            self.shift((Bid, m), (Ask, m + 10), [(Ask, m), (Bid, m - 10)]);
        }
    }
}

/// At least `rows` rows: an event is never cut, so up to three more.
#[must_use]
pub fn generate(rows: usize, seed: u64) -> Vec<Row> {
    let mut feed =
        Feed { dice: SplitMix64::new(seed), mid: MID_START, ts_ns: T0_NS, rows: Vec::with_capacity(rows + 3) };
    for i in 0..FEED_LEVELS {
        let size = feed.size();
        feed.push(BookSide::Bid, MID_START - i, size, Action::Add, false);
        let size = feed.size();
        feed.push(BookSide::Ask, MID_START + 1 + i, size, Action::Add, i + 1 == FEED_LEVELS);
    }
    while feed.rows.len() < rows {
        feed.step();
    }
    feed.rows
}

/// SHA-256 of the records, one after another, in hexadecimal.
#[must_use]
pub fn sha256(rows: &[Row]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        hash.update(row.record());
    }
    format!("{:x}", hash.finalize())
}

/// What stands on each side after all rows, by price in ticks: the plainest book there is, for comparison.
#[must_use]
pub fn plain_book(rows: &[Row]) -> [BTreeMap<u16, i64>; 2] {
    let mut sides = [BTreeMap::new(), BTreeMap::new()];
    for row in rows {
        let side = &mut sides[usize::from(row.side == BookSide::Ask)];
        if row.size_centi == 0 {
            side.remove(&row.price_ticks);
        } else {
            side.insert(row.price_ticks, row.size_centi);
        }
    }
    sides
}
