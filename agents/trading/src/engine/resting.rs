//! This account's resting orders of one side of one book: a queue per price, best price first.

use super::order::{NIL, Orders};
use super::ranks::RankSet;

/// Queues by rank, as lists through the slots of the orders.
#[derive(Debug, Clone)]
pub(super) struct Resting {
    heads: Vec<u32>,
    tails: Vec<u32>,
    pub(super) ranks: RankSet,
}

impl Resting {
    /// Without room: that is made when the first order rests, since most instruments never see one.
    pub(super) fn new() -> Self {
        Self { heads: Vec::new(), tails: Vec::new(), ranks: RankSet::new(0) }
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.ranks.best() == 0
    }

    #[inline]
    pub(super) fn holds(&self, rank: u32) -> bool {
        !self.is_empty() && self.ranks.contains(rank)
    }

    /// The first order at a rank; [`NIL`] when there is none.
    pub(super) fn first(&self, rank: u32) -> u32 {
        self.heads.get(rank as usize).copied().unwrap_or(NIL)
    }

    pub(super) fn push(&mut self, orders: &mut Orders, top: u32, rank: u32, slot: u32) {
        if self.heads.is_empty() {
            let room = top as usize + 1;
            *self = Self { heads: vec![NIL; room], tails: vec![NIL; room], ranks: RankSet::new(top) };
        }
        let tail = std::mem::replace(&mut self.tails[rank as usize], slot);
        let order = orders.at_mut(slot);
        (order.prev, order.next) = (tail, NIL);
        if tail == NIL {
            self.heads[rank as usize] = slot;
            self.ranks.insert(rank);
        } else {
            orders.at_mut(tail).next = slot;
        }
    }

    pub(super) fn remove(&mut self, orders: &mut Orders, rank: u32, slot: u32) {
        let order = orders.at_mut(slot);
        let (prev, next) = (order.prev, order.next);
        (order.prev, order.next) = (NIL, NIL);
        if prev == NIL {
            self.heads[rank as usize] = next;
        } else {
            orders.at_mut(prev).next = next;
        }
        if next == NIL {
            self.tails[rank as usize] = prev;
        } else {
            orders.at_mut(next).prev = prev;
        }
        if self.heads[rank as usize] == NIL {
            self.ranks.remove(rank);
        }
    }

    /// The same queues on a grid finer by `factor`, whose ranks are greater by it.
    pub(super) fn refine(&mut self, factor: u32, top: u32) {
        if self.is_empty() {
            *self = Self::new();
            return;
        }
        let room = top as usize + 1;
        let mut finer = Self { heads: vec![NIL; room], tails: vec![NIL; room], ranks: RankSet::new(top) };
        for rank in self.ranks.iter() {
            let to = rank * factor;
            finer.heads[to as usize] = self.heads[rank as usize];
            finer.tails[to as usize] = self.tails[rank as usize];
            finer.ranks.insert(to);
        }
        *self = finer;
    }
}
