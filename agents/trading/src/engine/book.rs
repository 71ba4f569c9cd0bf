//! The engine's book of one instrument: dense arrays by integer tick, what is displayed and what this account has taken of it.
//!
//! An array index is a *rank*: the better the price, the greater, on both sides alike (a bid's price in grid steps, an ask's
//! distance from a dollar). A price maps to its rank by one multiplication, an update is one store, and the best level is kept
//! beside it. At a tick of 0.01 a side takes 1.6 kB, at 0.001 it takes 16 kB, at 0.0001 160 kB.
//!
//! The grid is at first the tick. A level between the steps makes it finer, once: a book never loses a level to its grid.

use super::feed::Snapshot;
use super::ranks::RankSet;
use super::time::TimeNs;
use betty_market::{BookSide, Level, Price, Shares};

/// Millionths in a whole.
const PPM: i64 = 1_000_000;
/// Micro-shares in a lot.
pub(super) const LOT: i64 = Shares::LOT.micros();
const SCALE: u32 = Price::SCALE as u32;

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Micro-shares the venue shows.
    displayed: i64,
    /// Micro-shares this account took since the level last changed; whole lots.
    consumed: i64,
}

/// One side.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    cells: Box<[Cell]>,
    pub(super) present: RankSet,
}

impl Ladder {
    fn new(top: u32) -> Self {
        Self { cells: vec![Cell::default(); top as usize + 1].into_boxed_slice(), present: RankSet::new(top) }
    }

    /// A level's new total. What was consumed stays so while the total is the same.
    #[inline]
    fn set(&mut self, rank: u32, size: i64) -> bool {
        let cell = &mut self.cells[rank as usize];
        let before = cell.displayed;
        if before == size {
            return false;
        }
        *cell = Cell { displayed: size, consumed: 0 };
        if before == 0 {
            self.present.insert(rank);
        } else if size == 0 {
            self.present.remove(rank);
        }
        true
    }

    #[inline]
    pub(super) fn displayed(&self, rank: u32) -> i64 {
        self.cells[rank as usize].displayed
    }

    /// Whole lots that can be taken: what is believed of the display, less what was consumed.
    #[inline]
    fn available_lots(&self, rank: u32, haircut_ppm: u32) -> i64 {
        let cell = self.cells[rank as usize];
        let believed = if haircut_ppm == 0 {
            cell.displayed
        } else {
            let kept = i128::from(PPM) - i128::from(haircut_ppm);
            (i128::from(cell.displayed) * kept / i128::from(PPM)) as i64
        };
        (believed - cell.consumed).max(0) / LOT
    }

    #[inline]
    pub(super) fn consume_lots(&mut self, rank: u32, lots: i64) {
        self.cells[rank as usize].consumed += lots * LOT;
    }
}

/// Why a book matches nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookStatus {
    /// It can be traded on.
    Good,
    /// Changes were lost, or no snapshot came yet.
    Unknown,
    /// The best bid is not below the best ask.
    Crossed,
}

/// The book of one instrument.
#[derive(Debug, Clone)]
pub struct EngineBook {
    /// Ten-thousandths of a dollar in one step.
    grid_e4: u32,
    /// `2^32 / grid`, rounded up: turns the division into a multiplication, exact for prices up to a dollar.
    reciprocal: u64,
    /// Steps in a dollar.
    top: u32,
    bids: Ladder,
    asks: Ladder,
    known: bool,
    changed: TimeNs,
    haircut_ppm: u32,
    /// One slot per rank, all zero between snapshots.
    scratch: Vec<i64>,
}

impl EngineBook {
    pub(super) fn new(grid_e4: u32, haircut_ppm: u32) -> Self {
        let top = SCALE / grid_e4;
        Self {
            grid_e4,
            reciprocal: (1_u64 << 32).div_ceil(u64::from(grid_e4)),
            top,
            bids: Ladder::new(top),
            asks: Ladder::new(top),
            known: false,
            changed: TimeNs::MIN,
            haircut_ppm: haircut_ppm.min(PPM as u32),
            scratch: Vec::new(),
        }
    }

    /// Ranks run from 1 to this.
    pub(super) const fn top(&self) -> u32 {
        self.top
    }

    #[inline]
    pub(super) const fn side(&self, side: BookSide) -> &Ladder {
        match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        }
    }

    #[inline]
    pub(super) const fn side_mut(&mut self, side: BookSide) -> &mut Ladder {
        match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        }
    }

    /// The rank of a price, or `None` between two steps of the grid.
    #[inline]
    pub(super) const fn rank(&self, side: BookSide, price: Price) -> Option<u32> {
        let e4 = price.e4() as u64;
        let steps = ((e4 * self.reciprocal) >> 32) as u32;
        if steps * self.grid_e4 != e4 as u32 {
            return None;
        }
        Some(match side {
            BookSide::Bid => steps,
            BookSide::Ask => self.top - steps,
        })
    }

    #[inline]
    pub(super) const fn e4(&self, side: BookSide, rank: u32) -> u16 {
        let steps = match side {
            BookSide::Bid => rank,
            BookSide::Ask => self.top - rank,
        };
        (steps * self.grid_e4) as u16
    }

    #[inline]
    pub(super) fn price(&self, side: BookSide, rank: u32) -> Price {
        Price::from_e4(self.e4(side, rank)).unwrap_or(Price::ONE)
    }

    /// Sets a level on the grid; `None` when the price lies between two steps and [`Self::refine`] must come first.
    #[inline]
    pub(super) fn set(&mut self, side: BookSide, price: Price, size: Shares, at: TimeNs) -> Option<bool> {
        let rank = self.rank(side, price)?;
        self.changed = at;
        // A bid at nothing and an ask at a dollar are no offers.
        Some(rank != 0 && self.side_mut(side).set(rank, size.micros().max(0)))
    }

    /// Makes the grid fine enough for a price. Levels keep what they show and what was consumed of them.
    pub(super) fn refine(&mut self, price: Price) {
        let grid_e4 = gcd(self.grid_e4, u32::from(price.e4()));
        if grid_e4 == self.grid_e4 {
            return;
        }
        let mut finer = Self::new(grid_e4, self.haircut_ppm);
        (finer.known, finer.changed) = (self.known, self.changed);
        for side in [BookSide::Bid, BookSide::Ask] {
            for rank in self.side(side).present.iter() {
                let cell = self.side(side).cells[rank as usize];
                let to = finer.rank(side, self.price(side, rank)).expect("the finer grid holds every coarse step");
                let ladder = finer.side_mut(side);
                ladder.cells[to as usize] = cell;
                ladder.present.insert(to);
            }
        }
        *self = finer;
    }

    /// Replaces every level. A level that shows what it showed before keeps what was consumed of it.
    pub(super) fn load(&mut self, snapshot: &Snapshot, at: TimeNs) {
        for level in snapshot.bids.iter().chain(&snapshot.asks) {
            self.refine(level.price);
        }
        for (side, levels) in [(BookSide::Bid, &snapshot.bids), (BookSide::Ask, &snapshot.asks)] {
            let mut wanted = std::mem::take(&mut self.scratch);
            wanted.resize(self.top as usize + 1, 0);
            for level in levels {
                if let Some(rank) = self.rank(side, level.price) {
                    let total = &mut wanted[rank as usize];
                    *total = total.saturating_add(level.size.micros().max(0));
                }
            }
            for rank in 1..=self.top {
                self.side_mut(side).set(rank, std::mem::take(&mut wanted[rank as usize]));
            }
            wanted[0] = 0;
            self.scratch = wanted;
        }
        (self.known, self.changed) = (true, at);
    }

    pub(super) const fn forget(&mut self) {
        self.known = false;
    }

    /// Whole lots that can be taken at a rank.
    #[inline]
    pub(super) fn available_lots(&self, side: BookSide, rank: u32) -> i64 {
        self.side(side).available_lots(rank, self.haircut_ppm)
    }

    /// The best rank with something to take, 0 when there is none.
    #[inline]
    pub(super) fn first_available(&self, side: BookSide) -> u32 {
        self.available_from(side, self.side(side).present.best())
    }

    /// The next rank after `rank` with something to take, 0 when there is none.
    #[inline]
    pub(super) fn next_available(&self, side: BookSide, rank: u32) -> u32 {
        self.available_from(side, self.side(side).present.below(rank))
    }

    #[inline]
    fn available_from(&self, side: BookSide, mut rank: u32) -> u32 {
        while rank != 0 && self.available_lots(side, rank) == 0 {
            rank = self.side(side).present.below(rank);
        }
        rank
    }

    /// Whether it can be traded on.
    #[must_use]
    #[inline]
    pub const fn status(&self) -> BookStatus {
        let (bid, ask) = (self.bids.present.best(), self.asks.present.best());
        if !self.known {
            BookStatus::Unknown
        } else if bid != 0 && ask != 0 && bid + ask >= self.top {
            BookStatus::Crossed
        } else {
            BookStatus::Good
        }
    }

    /// When the venue last said something about it.
    #[must_use]
    pub const fn changed(&self) -> TimeNs {
        self.changed
    }

    /// The best displayed price of a side, whatever this account has taken there.
    #[must_use]
    #[inline]
    pub fn best_price(&self, side: BookSide) -> Option<Price> {
        let rank = self.side(side).present.best();
        (rank != 0).then(|| self.price(side, rank))
    }

    /// The best displayed level of a side.
    #[must_use]
    #[inline]
    pub fn best(&self, side: BookSide) -> Option<Level> {
        let rank = self.side(side).present.best();
        (rank != 0).then(|| self.level(side, rank))
    }

    fn level(&self, side: BookSide, rank: u32) -> Level {
        Level { price: self.price(side, rank), size: Shares::from_micros(self.side(side).displayed(rank)) }
    }

    /// Displayed levels, best first.
    pub fn levels(&self, side: BookSide) -> impl Iterator<Item = Level> + '_ {
        self.side(side).present.iter().map(move |rank| self.level(side, rank))
    }

    /// What an order could take, best first: whole lots, less the haircut and what this account has consumed.
    pub fn available(&self, side: BookSide) -> impl Iterator<Item = Level> + '_ {
        self.side(side).present.iter().filter_map(move |rank| {
            let lots = self.available_lots(side, rank);
            (lots > 0).then(|| Level { price: self.price(side, rank), size: Shares::from_micros(lots * LOT) })
        })
    }
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::{Book, Timestamp, TokenId};
    use proptest::prelude::*;

    fn price(e4: u16) -> Price {
        Price::from_e4(e4).unwrap()
    }

    #[test]
    fn every_price_has_its_rank_on_every_grid() {
        for grid in [1_u32, 5, 10, 25, 50, 100, 1_000] {
            let book = EngineBook::new(grid, 0);
            for e4 in 0..=10_000_u16 {
                for side in [BookSide::Bid, BookSide::Ask] {
                    let rank = book.rank(side, price(e4));
                    assert_eq!(rank.is_some(), u32::from(e4).is_multiple_of(grid), "{e4} on {grid}");
                    assert!(rank.is_none_or(|r| book.e4(side, r) == e4));
                }
            }
        }
    }

    proptest! {
        /// The market crate's book is the plain one: sorted vectors.
        #[test]
        fn agrees_with_the_plain_book(
            changes in prop::collection::vec((any::<bool>(), 1_u16..100, 0_i64..4, prop::bool::weighted(0.05)), 0..200),
        ) {
            let mut plain = Book::empty(TokenId::new("1").unwrap(), Timestamp::default());
            let mut book = EngineBook::new(100, 0);
            for (bid, cents, size, off_grid) in changes {
                let side = if bid { BookSide::Bid } else { BookSide::Ask };
                let at = price(cents * 100 + u16::from(off_grid) * 5);
                let size = Shares::whole(size);
                let changed = plain.set(side, at, size);
                let set = book.set(side, at, size, TimeNs::MIN).unwrap_or_else(|| {
                    book.refine(at);
                    book.set(side, at, size, TimeNs::MIN).unwrap()
                });
                prop_assert_eq!(set, changed);
            }
            for side in [BookSide::Bid, BookSide::Ask] {
                prop_assert_eq!(book.levels(side).collect::<Vec<_>>(), plain.levels(side).to_vec());
                prop_assert_eq!(book.best(side), plain.levels(side).first().copied());
            }
            let crossed = matches!((plain.best_bid(), plain.best_ask()), (Some(b), Some(a)) if b.price >= a.price);
            book.known = true;
            prop_assert_eq!(book.status() == BookStatus::Crossed, crossed);
        }
    }

    #[test]
    fn consumption_lasts_until_the_display_changes_and_survives_a_snapshot_that_shows_the_same() {
        let mut book = EngineBook::new(100, 0);
        let shown =
            |size| Snapshot { bids: vec![], asks: vec![Level { price: price(4_000), size: Shares::whole(size) }] };
        let lots = |book: &EngineBook| book.asks.available_lots(60, 0);
        book.load(&shown(10), TimeNs::MIN);
        book.asks.consume_lots(60, 400);
        assert_eq!(lots(&book), 600);
        book.load(&shown(10), TimeNs::MIN);
        assert_eq!(lots(&book), 600, "the same display");
        book.set(BookSide::Ask, price(4_000), Shares::whole(10), TimeNs::MIN);
        assert_eq!(lots(&book), 600, "an update to the same size is no change");
        book.refine(price(4_005));
        assert_eq!(book.available(BookSide::Ask).next().unwrap().size, Shares::whole(6));
        book.load(&shown(9), TimeNs::MIN);
        assert_eq!(book.available(BookSide::Ask).next().unwrap().size, Shares::whole(9));
    }

    #[test]
    fn the_haircut_rounds_down_to_lots() {
        let mut book = EngineBook::new(100, 300_000);
        book.set(BookSide::Bid, price(4_000), "10.015".parse().unwrap(), TimeNs::MIN);
        // 70% of 10.015 is 7.0105: 701 lots.
        assert_eq!(book.available(BookSide::Bid).next().unwrap().size, "7.01".parse().unwrap());
    }
}
