//! Pairs of books for the walk of two legs: the largest common size whose edge stays at or above a minimum.

use super::feed::SplitMix64;
use betty_market::{Book, BookSide, Depth, FeeSchedule, Level, Price, Shares, Timestamp, TokenId};
use sha2::{Digest, Sha256};

/// Levels of each book in the workload.
pub const LEVELS: usize = 50;
/// Pairs walked in turn: 1.6 MB of levels, more than the fast caches hold and more branches than a predictor learns by heart.
pub const PAIRS: usize = 1_024;
/// The seed of the workload.
pub const PAIRS_SEED: u64 = 42;
/// The least edge asked for, millionths: half a percent.
pub const MIN_EDGE_PPM: i64 = 5_000;
/// Most lots of 0.01 share at a level: 500 shares.
pub const LOTS_MAX: u64 = 50_000;
/// Ten-thousandths of a dollar in one tick of these books.
const TICK_E4: u64 = 10;
/// Most ticks between neighbouring levels.
const GAP_TICKS_MAX: u64 = 3;
/// Fee rates drawn from, millionths.
const RATES_PPM: [u32; 5] = [0, 30_000, 40_000, 50_000, 70_000];
/// Best asks of the first leg, ten-thousandths of a dollar.
const FIRST_ASK_E4: std::ops::Range<u64> = 2_000..5_501;
/// With this many ten-thousandths between the best pair and a dollar, the edge holds through both books of [`LEVELS`] levels:
/// they climb by 50 × 3 ticks each at most, fees add 350 at most and the edge takes 50.
const ROOM_WHOLE_E4: u64 = 4_000;
/// Below this many, anything from nothing to both whole books can be taken.
const ROOM_MIXED_E4: u64 = 2_401;
/// A cent in ten-thousandths of a dollar, the usual tick of the venue.
const CENT_E4: u64 = 100;
/// Below this many cents between the best pair and a dollar on books as the venue has them: now and then a few, seldom more.
const ROOM_VENUE_CENTS: u64 = 7;

/// How far the walks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From nothing to everything.
    Mixed,
    /// Until a book runs out: the most work a pair can be.
    Whole,
    /// Nothing, or the first few levels: 50 levels a cent apart from close below half a dollar, with at most six cents to earn.
    Venue,
}

/// What a set of pairs is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairSpec {
    /// How many pairs.
    pub pairs: usize,
    /// Levels of each book.
    pub levels: usize,
    /// Most lots at a level.
    pub lots_max: u64,
    /// How far the walks go.
    pub reach: Reach,
    /// Everything follows from it.
    pub seed: u64,
}

impl PairSpec {
    /// The workload.
    #[must_use]
    pub const fn workload(reach: Reach) -> Self {
        Self { pairs: PAIRS, levels: LEVELS, lots_max: LOTS_MAX, reach, seed: PAIRS_SEED }
    }

    /// Makes the pairs.
    #[must_use]
    pub fn generate(self) -> Vec<Pair> {
        let mut dice = SplitMix64::new(self.seed);
        (0..self.pairs).map(|_| self.pair(&mut dice)).collect()
    }

    fn pair(self, dice: &mut SplitMix64) -> Pair {
        let bests = match self.reach {
            Reach::Mixed => between(dice, |dice| dice.below(ROOM_MIXED_E4)),
            Reach::Whole => between(dice, |_| ROOM_WHOLE_E4),
            Reach::Venue => {
                let cents = dice.below(ROOM_VENUE_CENTS);
                let below_half = dice.below(cents + 1);
                [below_half, cents - below_half].map(|cents| 5_000 - CENT_E4 * cents)
            }
        };
        let (tick, gap_max) = match self.reach {
            Reach::Mixed | Reach::Whole => (TICK_E4, GAP_TICKS_MAX),
            Reach::Venue => (CENT_E4, 1),
        };
        let mut rate = || FeeSchedule::linear(RATES_PPM[dice.below(RATES_PPM.len() as u64) as usize]);
        let fees = [rate(), rate()];
        let books = bests.map(|best| {
            let asks = ladder(dice, best, (tick, gap_max), self.levels, self.lots_max);
            Book::from_levels(token(), Timestamp::default(), Depth::Full, [], asks)
        });
        Pair { books, fees, min_edge_ppm: MIN_EDGE_PPM }
    }
}

/// The best asks of both legs, the first drawn from [`FIRST_ASK_E4`], the other with the room drawn next left below a dollar.
fn between(dice: &mut SplitMix64, room: impl FnOnce(&mut SplitMix64) -> u64) -> [u64; 2] {
    let first = FIRST_ASK_E4.start + dice.below(FIRST_ASK_E4.end - FIRST_ASK_E4.start);
    [first, 10_000 - first - room(dice)]
}

/// Two books to buy from at equal shares.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The books of the two legs; only asks are filled.
    pub books: [Book; 2],
    /// The fee schedules of the two legs.
    pub fees: [FeeSchedule; 2],
    /// The least marginal edge, millionths of the cost.
    pub min_edge_ppm: i64,
}

impl Pair {
    /// Asks of a leg, best first.
    #[must_use]
    pub fn asks(&self, leg: usize) -> &[Level] {
        self.books[leg].levels(BookSide::Ask)
    }
}

/// A book of `levels` levels on both sides around 0.50.
#[must_use]
pub fn two_sided_book(levels: usize, seed: u64) -> Book {
    let mut dice = SplitMix64::new(seed);
    let asks = ladder(&mut dice, 5_000, (TICK_E4, GAP_TICKS_MAX), levels, LOTS_MAX);
    // The mirrored ladder begins a tick lower: 1 − 0.501.
    let bids = ladder(&mut dice, 5_010, (TICK_E4, GAP_TICKS_MAX), levels, LOTS_MAX);
    let bids = bids.into_iter().map(|l| Level { price: l.price.complement(), size: l.size });
    Book::from_levels(token(), Timestamp::default(), Depth::Full, bids, asks)
}

/// SHA-256 of the pairs in hexadecimal: per pair both fee rates, the edge, then price (1e-4) and size (1e-6) of every ask of both
/// legs, little-endian.
#[must_use]
pub fn sha256(pairs: &[Pair]) -> String {
    let mut hash = Sha256::new();
    for pair in pairs {
        for fee in pair.fees {
            hash.update(fee.rate_ppm.to_le_bytes());
        }
        hash.update(pair.min_edge_ppm.to_le_bytes());
        for level in pair.asks(0).iter().chain(pair.asks(1)) {
            hash.update(level.price.e4().to_le_bytes());
            hash.update(level.size.micros().to_le_bytes());
        }
    }
    format!("{:x}", hash.finalize())
}

fn token() -> TokenId {
    TokenId::new("1").expect("a plain number is a token id")
}

/// Rising prices from `best`, each level one to so many ticks above the last; ticks in ten-thousandths of a dollar.
fn ladder(dice: &mut SplitMix64, best: u64, (tick, gap_max): (u64, u64), levels: usize, lots_max: u64) -> Vec<Level> {
    let mut e4 = best;
    let mut out = Vec::with_capacity(levels);
    for _ in 0..levels {
        let lots = 1 + dice.below(lots_max) as i64;
        let price = u16::try_from(e4).ok().and_then(|e4| Price::from_e4(e4).ok()).expect("ladders end below a dollar");
        out.push(Level { price, size: Shares::from_micros(lots * Shares::LOT.micros()) });
        e4 += tick * (1 + dice.below(gap_max));
    }
    out
}
