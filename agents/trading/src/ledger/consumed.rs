//! What the account has already taken from levels that are still displayed.
//!
//! A paper fill does not remove anything from the venue's book, so a second trade would take the same shares again. What was taken
//! from a level therefore stays taken, for every hedge of the account, until the level shows another size.
//!
//! Counted per token and side. That an ask of one token is also a bid of the other token of its market is not followed up: it would
//! matter only to an account that sells one side of a market right after buying the other.

use crate::ledger::event::{BookSnapshot, HedgeClosed, HedgeOpened, LegOut, LegUnwound};
use betty_market::{Book, BookSide, Level, Price, Shares, TokenId, Walk};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    /// What the level showed when it was taken from.
    seen: Shares,
    taken: Shares,
}

/// Per token: levels taken from, asks and bids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Consumed(BTreeMap<TokenId, [BTreeMap<Price, Taken>; 2]>);

impl Consumed {
    pub(crate) fn opened(&mut self, e: &HedgeOpened) {
        for leg in &e.legs {
            self.note(&leg.token, BookSide::Ask, &leg.walk, &e.snapshot);
        }
    }

    pub(crate) fn closed(&mut self, e: &HedgeClosed) {
        for leg in &e.legs {
            self.note(&leg.token, BookSide::Bid, &leg.walk, &e.snapshot);
        }
    }

    pub(crate) fn unwound(&mut self, e: &LegUnwound) {
        self.note(&e.token, BookSide::Ask, &e.bought, &e.snapshot);
        if let LegOut::Sold { walk } = &e.out {
            self.note(&e.token, BookSide::Bid, walk, &e.snapshot);
        }
    }

    /// Forgets a token that trades no more.
    pub(crate) fn forget(&mut self, token: &TokenId) {
        self.0.remove(token);
    }

    fn note(&mut self, token: &TokenId, side: BookSide, walk: &Walk, snapshots: &[BookSnapshot]) {
        let Some(snapshot) = snapshots.iter().find(|s| s.token == *token) else { return };
        let levels = &mut self.0.entry(token.clone()).or_default()[side as usize];
        for fill in &walk.fills {
            let Some(seen) = snapshot.size_at(side, fill.price) else { continue };
            let taken = levels.entry(fill.price).or_insert(Taken { seen, taken: Shares::ZERO });
            if taken.seen != seen {
                *taken = Taken { seen, taken: Shares::ZERO };
            }
            taken.taken = Shares::from_micros(taken.taken.micros().saturating_add(fill.shares.micros()));
        }
    }

    pub(crate) fn tradable(&self, book: &Book, haircut_pct: u32) -> Book {
        let believed = |size: Shares| {
            let kept = i128::from(size.micros()) * i128::from(100_u32.saturating_sub(haircut_pct)) / 100;
            Shares::from_micros(crate::units::clamp(kept)).floor_to_lot()
        };
        let left = |side: BookSide| -> Vec<Level> {
            let taken = self.0.get(&book.token).map(|sides| &sides[side as usize]);
            let level = |l: &Level| {
                let gone =
                    taken.and_then(|t| t.get(&l.price)).filter(|t| t.seen == l.size).map_or(Shares::ZERO, |t| t.taken);
                Level { price: l.price, size: believed(l.size - gone.min(l.size)) }
            };
            book.levels(side).iter().map(level).collect()
        };
        let mut tradable =
            Book::from_levels(book.token.clone(), book.at, book.depth, left(BookSide::Bid), left(BookSide::Ask));
        tradable.in_sync = book.in_sync;
        tradable
    }
}
