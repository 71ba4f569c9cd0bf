//! The rules that share one way of finding candidates: a key that makes blocks, and a proof inside a block.
//!
//! A rule that is written here is tried by the analysis of two markets, by the search over many, and counted by its keys in
//! [`crate::block_keys`]. R1 to R5 and R9 have searches of their own, because their blocks are walked in an order.

use super::{Failure, brackets, conjunction, counts, match_book, tiles, touch, twins};
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::relation::RuleId;

/// A rule on two markets.
pub(crate) struct PairRule {
    /// Its name.
    pub(crate) id: RuleId,
    /// Adds the keys of the blocks a market belongs to. Markets that share one are looked at; equal keys of different things cost
    /// time and prove nothing.
    pub(crate) keys: fn(&Reading<'_>, &mut Vec<u64>),
    /// Whether a pair of one block has the rule's shape. A pair that has it and fails is counted as refused.
    pub(crate) is_candidate: fn(&Reading<'_>, &Reading<'_>) -> bool,
    /// The proof; the order of the two is found, not given.
    pub(crate) prove: for<'m> fn(&Reading<'m>, &Reading<'m>) -> Result<Certificate, Failure>,
    /// Most pairs of one block that are looked at.
    pub(crate) pairs_max: usize,
}

/// A rule on more than two markets.
pub(crate) struct SetRule {
    /// Adds the keys of the blocks a market belongs to.
    pub(crate) keys: fn(&Reading<'_>, &mut Vec<u64>),
    /// Every set that the rule proves in one block.
    pub(crate) prove: for<'r, 'm> fn(&[&'r Reading<'m>]) -> Vec<Certificate>,
}

/// The rules on two markets, in the order they are tried.
pub(crate) const PAIR_RULES: &[PairRule] = &[
    PairRule {
        id: RuleId::R12,
        keys: twins::keys,
        is_candidate: twins::is_candidate,
        prove: twins::prove,
        pairs_max: twins::PAIRS_MAX,
    },
    PairRule {
        id: RuleId::R7,
        keys: brackets::keys,
        is_candidate: brackets::is_candidate,
        prove: brackets::prove,
        pairs_max: brackets::PAIRS_MAX,
    },
    PairRule {
        id: RuleId::R8,
        keys: counts::keys,
        is_candidate: counts::is_candidate,
        prove: counts::prove,
        pairs_max: counts::PAIRS_MAX,
    },
    PairRule {
        id: RuleId::R6,
        keys: touch::keys,
        is_candidate: touch::is_candidate,
        prove: touch::prove,
        pairs_max: touch::PAIRS_MAX,
    },
    PairRule {
        id: RuleId::R10,
        keys: conjunction::keys,
        is_candidate: conjunction::is_candidate,
        prove: conjunction::prove,
        pairs_max: conjunction::PAIRS_MAX,
    },
    PairRule {
        id: RuleId::R11,
        keys: match_book::keys,
        is_candidate: match_book::is_candidate,
        prove: match_book::prove,
        pairs_max: match_book::PAIRS_MAX,
    },
];

/// The rules on more than two markets.
pub(crate) const SET_RULES: &[SetRule] = &[SetRule { keys: brackets::set_keys, prove: tiles::prove }];
