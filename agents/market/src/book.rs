//! An L2 order book of one token, in integer prices, and the walk through it.

use crate::fee::FeeSchedule;
use crate::ids::TokenId;
use crate::money::{Price, Shares, Usdc};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A price with what rests there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Price of one share.
    pub price: Price,
    /// Shares resting, always above zero inside a [`Book`].
    pub size: Shares,
}

/// Which side of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookSide {
    /// Buyers.
    Bid,
    /// Sellers.
    Ask,
}

/// How much the source knows behind the best price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Every level is known.
    Full,
    /// Only the best prices are known; sizes are assumptions and marked as such.
    Unknown,
}

/// What is wrong with a book, when it cannot be traded on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BookFault {
    /// The best bid is at or above the best ask.
    #[error("the book is crossed (bid {bid} at or above ask {ask})")]
    Crossed {
        /// Best bid.
        bid: Price,
        /// Best ask.
        ask: Price,
    },
    /// Older than allowed.
    #[error("the book is stale ({age_ms} ms old, at most {max_ms} ms allowed)")]
    Stale {
        /// Age in milliseconds.
        age_ms: i64,
        /// The limit in milliseconds.
        max_ms: i64,
    },
    /// No ask, no bid, or neither.
    #[error("the book has no {missing:?} side")]
    OneSided {
        /// The empty side.
        missing: BookSide,
    },
    /// Updates were missed; unknown until the next snapshot.
    #[error("updates of the book were missed; it is unknown until the next snapshot")]
    Gap,
}

/// The book of one token. Levels are kept best first on both sides and sizes are above zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// The token.
    pub token: TokenId,
    /// When the venue stamped it.
    pub at: Timestamp,
    /// Whether sizes are real.
    pub depth: Depth,
    /// False after a detected gap, until a snapshot.
    pub in_sync: bool,
    bids: Vec<Level>,
    asks: Vec<Level>,
}

/// One fill of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The level's price.
    pub price: Price,
    /// Shares taken there.
    pub shares: Shares,
    /// Dollars for them: rounded up for a buy, down for a sell. Without fee.
    pub amount: Usdc,
    /// The taker fee of this fill.
    pub fee: Usdc,
}

/// What taking from a book came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Walk {
    /// Level by level, best first.
    pub fills: Vec<Fill>,
    /// Shares taken in all; less than asked when the book ran out.
    pub shares: Shares,
    /// Dollars before fees.
    pub amount: Usdc,
    /// Fees in all.
    pub fee: Usdc,
}

impl Walk {
    /// What a buyer pays, fees in.
    #[must_use]
    pub fn cost(&self) -> Usdc {
        self.amount + self.fee
    }

    /// What a seller keeps, fees out.
    #[must_use]
    pub fn net_proceeds(&self) -> Usdc {
        self.amount - self.fee
    }

    fn push(&mut self, level: Level, take: Shares, side: BookSide, schedule: FeeSchedule) {
        let amount = match side {
            BookSide::Ask => level.price.cost_of(take),
            BookSide::Bid => level.price.proceeds_of(take),
        };
        let fee = schedule.fee(level.price, take);
        self.fills.push(Fill { price: level.price, shares: take, amount, fee });
        self.shares += take;
        self.amount += amount;
        self.fee += fee;
    }
}

impl Book {
    /// An empty book in sync.
    #[must_use]
    pub const fn empty(token: TokenId, at: Timestamp) -> Self {
        Self { token, at, depth: Depth::Full, in_sync: true, bids: Vec::new(), asks: Vec::new() }
    }

    /// Builds a book from levels in any order; levels of the same price add up, empty ones fall away.
    #[must_use]
    pub fn from_levels(
        token: TokenId,
        at: Timestamp,
        depth: Depth,
        bids: impl IntoIterator<Item = Level>,
        asks: impl IntoIterator<Item = Level>,
    ) -> Self {
        fn tidy(levels: impl IntoIterator<Item = Level>, best_high: bool) -> Vec<Level> {
            let mut levels: Vec<Level> = levels.into_iter().filter(|l| l.size.is_positive()).collect();
            levels.sort_by_key(|l| l.price);
            if best_high {
                levels.reverse();
            }
            levels.dedup_by(|next, kept| {
                let same = next.price == kept.price;
                if same {
                    kept.size = Shares::from_micros(kept.size.micros().saturating_add(next.size.micros()));
                }
                same
            });
            levels
        }
        Self { token, at, depth, in_sync: true, bids: tidy(bids, true), asks: tidy(asks, false) }
    }

    /// Levels of a side, best first.
    #[must_use]
    pub fn levels(&self, side: BookSide) -> &[Level] {
        match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        }
    }

    /// The best bid.
    #[must_use]
    pub fn best_bid(&self) -> Option<Level> {
        self.bids.first().copied()
    }

    /// The best ask.
    #[must_use]
    pub fn best_ask(&self) -> Option<Level> {
        self.asks.first().copied()
    }

    /// Sets a level's new total; zero removes it. Returns whether anything changed.
    pub fn set(&mut self, side: BookSide, price: Price, size: Shares) -> bool {
        let levels = match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        };
        // Changes cluster at the touch, and books are short: a scan from the best beats a binary search.
        let at = levels.iter().position(|l| match side {
            BookSide::Bid => l.price <= price,
            BookSide::Ask => l.price >= price,
        });
        match at {
            Some(i) if levels[i].price == price => {
                if !size.is_positive() {
                    levels.remove(i);
                } else if levels[i].size == size {
                    return false;
                } else {
                    levels[i].size = size;
                }
                true
            }
            _ if !size.is_positive() => false,
            Some(i) => {
                levels.insert(i, Level { price, size });
                true
            }
            None => {
                levels.push(Level { price, size });
                true
            }
        }
    }

    /// Checks that the book can be traded on at `now`.
    ///
    /// # Errors
    /// The first [`BookFault`] found: gap, staleness (`max_age_ms`), a missing side (`need`), a cross.
    pub fn check(&self, now: Timestamp, max_age_ms: i64, need: BookSide) -> Result<(), BookFault> {
        if !self.in_sync {
            return Err(BookFault::Gap);
        }
        let age_ms = now.since(self.at);
        if age_ms > max_age_ms {
            return Err(BookFault::Stale { age_ms, max_ms: max_age_ms });
        }
        if self.levels(need).is_empty() {
            return Err(BookFault::OneSided { missing: need });
        }
        match (self.best_bid(), self.best_ask()) {
            (Some(bid), Some(ask)) if bid.price >= ask.price => {
                Err(BookFault::Crossed { bid: bid.price, ask: ask.price })
            }
            _ => Ok(()),
        }
    }

    /// Takes up to `shares` from a side ([`BookSide::Ask`] to buy, [`BookSide::Bid`] to sell), fee per level.
    #[must_use]
    pub fn take(&self, side: BookSide, shares: Shares, schedule: FeeSchedule) -> Walk {
        let mut walk = Walk::default();
        let mut left = shares;
        for level in self.levels(side) {
            if !left.is_positive() {
                break;
            }
            let take = left.min(level.size);
            walk.push(*level, take, side, schedule);
            left -= take;
        }
        walk
    }

    /// Buys for up to `budget` dollars before fees, in whole lots of 0.01 share.
    #[must_use]
    pub fn spend(&self, budget: Usdc, schedule: FeeSchedule) -> Walk {
        let mut walk = Walk::default();
        let mut left = budget;
        for level in &self.asks {
            let whole = level.price.cost_of(level.size);
            let take = if whole <= left || level.price == Price::ZERO {
                level.size
            } else {
                let micros = i128::from(left.micros()) * i128::from(Price::SCALE) / i128::from(level.price.e4());
                Shares::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)).floor_to_lot().min(level.size)
            };
            if !take.is_positive() {
                break;
            }
            walk.push(*level, take, BookSide::Ask, schedule);
            left -= level.price.cost_of(take);
            if take < level.size {
                break;
            }
        }
        walk
    }

    /// The book of the other token: YES and NO books of a market mirror each other.
    #[must_use]
    pub fn mirrored(&self, token: TokenId) -> Self {
        let flip = |levels: &[Level]| {
            levels.iter().map(|l| Level { price: l.price.complement(), size: l.size }).collect::<Vec<_>>()
        };
        Self {
            token,
            at: self.at,
            depth: self.depth,
            in_sync: self.in_sync,
            bids: flip(&self.asks),
            asks: flip(&self.bids),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn token() -> TokenId {
        TokenId::new("1").unwrap()
    }

    fn level(e4: u16, shares: i64) -> Level {
        Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(shares) }
    }

    fn book() -> Book {
        Book::from_levels(
            token(),
            Timestamp::from_millis(1_000),
            Depth::Full,
            [level(6_900, 10), level(7_000, 50)],
            [level(7_200, 300), level(7_100, 80), level(7_300, 0)],
        )
    }

    #[test]
    fn best_first_and_empty_levels_dropped() {
        let book = book();
        assert_eq!(book.best_ask().unwrap().price.e4(), 7_100);
        assert_eq!(book.best_bid().unwrap().price.e4(), 7_000);
        assert_eq!(book.levels(BookSide::Ask).len(), 2);
    }

    #[test]
    fn walks_level_by_level_with_the_fee_of_each() {
        // 80 at 0.71 and 40 at 0.72: 56.80 + 28.80; fees 0.04·80·0.71·0.29 and 0.04·40·0.72·0.28.
        let walk = book().take(BookSide::Ask, Shares::whole(120), FeeSchedule::linear(40_000));
        assert_eq!(walk.amount, "85.60".parse().unwrap());
        assert_eq!(walk.fee, "0.98144".parse().unwrap());
        assert_eq!(walk.fills.len(), 2);
    }

    #[test]
    fn names_each_fault() {
        let mut book = book();
        let now = Timestamp::from_millis(2_000);
        assert_eq!(book.check(now, 1_000, BookSide::Ask), Ok(()));
        assert!(matches!(book.check(now, 999, BookSide::Ask), Err(BookFault::Stale { age_ms: 1_000, .. })));
        book.set(BookSide::Bid, Price::from_e4(7_100).unwrap(), Shares::whole(1));
        assert!(matches!(book.check(now, 1_000, BookSide::Ask), Err(BookFault::Crossed { .. })));
        book.in_sync = false;
        assert_eq!(book.check(now, 1_000, BookSide::Ask), Err(BookFault::Gap));
        let empty = Book::empty(token(), now);
        assert!(matches!(empty.check(now, 0, BookSide::Bid), Err(BookFault::OneSided { missing: BookSide::Bid })));
    }

    #[test]
    fn mirrors_twice_to_itself() {
        let book = book();
        assert_eq!(book.mirrored(token()).mirrored(token()), book);
    }

    proptest! {
        #[test]
        fn set_keeps_order_and_agrees_with_a_map(
            changes in prop::collection::vec((any::<bool>(), 0_u16..=40, 0_i64..4), 0..200),
        ) {
            let mut book = Book::empty(token(), Timestamp::default());
            let mut map: [BTreeMap<u16, i64>; 2] = [BTreeMap::new(), BTreeMap::new()];
            for (bid, price, size) in changes {
                let side = if bid { BookSide::Bid } else { BookSide::Ask };
                book.set(side, Price::from_e4(price).unwrap(), Shares::whole(size));
                if size == 0 { map[usize::from(bid)].remove(&price); } else { map[usize::from(bid)].insert(price, size); }
            }
            let asks: Vec<_> = map[0].iter().map(|(p, s)| level(*p, *s)).collect();
            let bids: Vec<_> = map[1].iter().rev().map(|(p, s)| level(*p, *s)).collect();
            prop_assert_eq!(book.levels(BookSide::Ask), &asks[..]);
            prop_assert_eq!(book.levels(BookSide::Bid), &bids[..]);
        }

        #[test]
        fn spending_stays_within_the_budget(
            asks in prop::collection::vec((1_u16..10_000, 1_i64..500), 1..20), budget in 0_i64..2_000,
        ) {
            let book = Book::from_levels(token(), Timestamp::default(), Depth::Full, [], asks.into_iter().map(|(p, s)| level(p, s)));
            let walk = book.spend(Usdc::whole(budget), FeeSchedule::FREE);
            prop_assert!(walk.amount <= Usdc::whole(budget));
            // What is left buys less than a lot at the next level, or the book is empty.
            let taken = walk.shares;
            let total: Shares = book.levels(BookSide::Ask).iter().map(|l| l.size).sum();
            prop_assert!(taken == total || (Usdc::whole(budget) - walk.amount) < Usdc::from_micros(10_000));
        }
    }
}
