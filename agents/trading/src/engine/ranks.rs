//! A set of ranks with its greatest member at hand: which price levels of a side are occupied, the best one first.

/// Ranks count from 1; 0 means none. The greater, the better the price.
#[derive(Debug, Clone)]
pub(super) struct RankSet {
    words: Box<[u64]>,
    best: u32,
}

impl RankSet {
    /// An empty set for ranks up to `top`.
    pub(super) fn new(top: u32) -> Self {
        Self { words: vec![0; top as usize / 64 + 1].into_boxed_slice(), best: 0 }
    }

    /// The greatest rank, 0 when empty.
    #[inline]
    pub(super) const fn best(&self) -> u32 {
        self.best
    }

    #[inline]
    pub(super) fn contains(&self, rank: u32) -> bool {
        self.words[rank as usize / 64] & (1 << (rank % 64)) != 0
    }

    #[inline]
    pub(super) fn insert(&mut self, rank: u32) {
        self.words[rank as usize / 64] |= 1 << (rank % 64);
        self.best = self.best.max(rank);
    }

    #[inline]
    pub(super) fn remove(&mut self, rank: u32) {
        self.words[rank as usize / 64] &= !(1 << (rank % 64));
        if rank == self.best {
            self.best = self.below(rank);
        }
    }

    /// The greatest rank below `rank`, 0 when there is none.
    #[inline]
    pub(super) fn below(&self, rank: u32) -> u32 {
        let mut word = rank as usize / 64;
        let mut bits = self.words[word] & ((1 << (rank % 64)) - 1);
        while bits == 0 {
            if word == 0 {
                return 0;
            }
            word -= 1;
            bits = self.words[word];
        }
        word as u32 * 64 + 63 - bits.leading_zeros()
    }

    /// Greatest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(self.best), |rank| Some(self.below(*rank))).take_while(|rank| *rank != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_tree(changes in prop::collection::vec((any::<bool>(), 1_u32..=200), 0..300)) {
            let (mut ranks, mut tree) = (RankSet::new(200), BTreeSet::new());
            for (insert, rank) in changes {
                if insert { ranks.insert(rank); tree.insert(rank); } else { ranks.remove(rank); tree.remove(&rank); }
                prop_assert_eq!(ranks.best(), tree.last().copied().unwrap_or(0));
                prop_assert_eq!(ranks.contains(rank), insert);
            }
            prop_assert_eq!(ranks.iter().collect::<Vec<_>>(), tree.into_iter().rev().collect::<Vec<_>>());
        }
    }
}
