//! The joint outcomes of many markets that the relations between them allow: depth first, pruned, with a cap.

use crate::relation::Relation;

/// A relation between markets, by their places in the basket, in the order the certificate lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// What holds.
    pub relation: Relation,
    /// Between which.
    pub members: Vec<usize>,
}

/// There are more worlds than can be looked at. A basket whose worlds are not all known is refused, never approximated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {0} joint outcomes: leave markets out")]
pub struct TooManyWorlds(pub usize);

impl Constraint {
    /// Whether outcomes known so far can still be completed as far as this relation goes. `None` is not known yet.
    #[must_use]
    fn allows(&self, known: &[Option<bool>]) -> bool {
        let of = |i: &usize| known.get(*i).copied().flatten();
        let count = |wanted: Option<bool>, members: &[usize]| members.iter().filter(|i| of(i) == wanted).count();
        let (yes, no, open) =
            (count(Some(true), &self.members), count(Some(false), &self.members), count(None, &self.members));
        match self.relation {
            // Chains of more than two: each forces the next.
            Relation::Implies => {
                self.members.windows(2).all(|w| !(of(&w[0]) == Some(true) && of(&w[1]) == Some(false)))
            }
            Relation::Excludes => yes <= 1,
            Relation::Exhausts => yes + open >= 1,
            Relation::Partition => yes <= 1 && yes + open >= 1,
            Relation::Equivalent => yes == 0 || no == 0,
            Relation::Union => {
                let Some((first, parts)) = self.members.split_first() else { return true };
                let (parts_yes, parts_open) = (count(Some(true), parts), count(None, parts));
                parts_yes <= 1
                    && match of(first) {
                        Some(true) => parts_yes + parts_open >= 1,
                        Some(false) => parts_yes == 0,
                        None => true,
                    }
            }
        }
    }
}

/// Every consistent joint outcome of `markets` markets, none of them void; YES is true. In lexicographic order, NO first.
///
/// # Errors
/// [`TooManyWorlds`] beyond `most`.
pub fn worlds(markets: usize, constraints: &[Constraint], most: usize) -> Result<Vec<Vec<bool>>, TooManyWorlds> {
    let mut out = Vec::new();
    let mut known = vec![None; markets];
    descend(0, &mut known, constraints, &mut |known| {
        out.push(known.iter().map(|k| k.unwrap_or(false)).collect());
        out.len() <= most
    });
    if out.len() > most { Err(TooManyWorlds(most)) } else { Ok(out) }
}

fn descend(
    at: usize,
    known: &mut [Option<bool>],
    constraints: &[Constraint],
    found: &mut impl FnMut(&[Option<bool>]) -> bool,
) -> bool {
    if at == known.len() {
        return found(known);
    }
    for outcome in [false, true] {
        known[at] = Some(outcome);
        // Only relations of this market can have become impossible.
        let possible = constraints.iter().filter(|c| c.members.contains(&at)).all(|c| c.allows(known));
        if possible && !descend(at + 1, known, constraints, found) {
            known[at] = None;
            return false;
        }
    }
    known[at] = None;
    true
}

/// Every consistent joint outcome in which at least one market is void: `None` is void, and says nothing about the others, so a
/// relation with a void member binds nobody.
///
/// # Errors
/// [`TooManyWorlds`] beyond `most`.
pub fn void_worlds(
    markets: usize,
    constraints: &[Constraint],
    most: usize,
) -> Result<Vec<Vec<Option<bool>>>, TooManyWorlds> {
    let mut out = Vec::new();
    // Sets of void markets, as bits; beyond 20 markets the cap is reached long before.
    if markets > 20 {
        return Err(TooManyWorlds(most));
    }
    for void in 1_u32..1 << markets {
        let is_void = |i: usize| void >> i & 1 == 1;
        let left: Vec<usize> = (0..markets).filter(|i| !is_void(*i)).collect();
        let place = |i: &usize| left.iter().position(|l| l == i);
        let bound: Vec<Constraint> = constraints
            .iter()
            .filter_map(|c| {
                let members = c.members.iter().map(place).collect::<Option<Vec<_>>>()?;
                Some(Constraint { relation: c.relation, members })
            })
            .collect();
        let room = most - out.len();
        for normal in worlds(left.len(), &bound, room).map_err(|_| TooManyWorlds(most))? {
            let mut world = vec![None; markets];
            for (i, outcome) in left.iter().zip(normal) {
                world[*i] = Some(outcome);
            }
            out.push(world);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tie(relation: Relation, members: &[usize]) -> Constraint {
        Constraint { relation, members: members.to_vec() }
    }

    #[test]
    fn a_ladder_of_n_rungs_has_one_world_more_and_a_partition_of_m_has_m() {
        for n in 2..9 {
            let ladder: Vec<Constraint> = (1..n).map(|i| tie(Relation::Implies, &[i - 1, i])).collect();
            assert_eq!(worlds(n, &ladder, 100).unwrap().len(), n + 1);
            let all: Vec<usize> = (0..n).collect();
            assert_eq!(worlds(n, &[tie(Relation::Implies, &all)], 100).unwrap().len(), n + 1);
            assert_eq!(worlds(n, &[tie(Relation::Partition, &all)], 100).unwrap().len(), n);
            assert_eq!(worlds(n, &[tie(Relation::Excludes, &all)], 100).unwrap().len(), n + 1);
            assert_eq!(worlds(n, &[tie(Relation::Equivalent, &all)], 100).unwrap().len(), 2);
            assert_eq!(worlds(n, &[tie(Relation::Exhausts, &all)], 1_000).unwrap().len(), (1 << n) - 1);
            // The first is the union of the others: none of them, or it with one of them.
            assert_eq!(worlds(n, &[tie(Relation::Union, &all)], 100).unwrap().len(), n);
        }
    }

    #[test]
    fn pruning_loses_no_world() {
        let ties = [
            tie(Relation::Implies, &[0, 1]),
            tie(Relation::Excludes, &[1, 2, 3]),
            tie(Relation::Exhausts, &[3, 4]),
            tie(Relation::Union, &[5, 0, 2]),
        ];
        // All 64 joint outcomes, each checked when it is complete.
        let slow: Vec<Vec<bool>> = (0_u32..64)
            .map(|bits| (0..6).map(|i| bits >> (5 - i) & 1 == 1).collect::<Vec<bool>>())
            .filter(|w| {
                let [a, b, c, d, e, f] = w[..] else { unreachable!() };
                (!a || b) && [b, c, d].iter().filter(|x| **x).count() <= 1 && (d || e) && f == (a || c) && !(a && c)
            })
            .collect();
        assert_eq!(worlds(6, &ties, 64).unwrap(), slow);
    }

    #[test]
    fn too_many_worlds_are_refused() {
        assert_eq!(worlds(13, &[], 4_096), Err(TooManyWorlds(4_096)));
        assert_eq!(worlds(12, &[], 4_096).unwrap().len(), 4_096);
        assert_eq!(void_worlds(13, &[], 100), Err(TooManyWorlds(100)));
    }

    #[test]
    fn void_worlds_of_two_are_those_of_a_pair() {
        let found = void_worlds(2, &[tie(Relation::Implies, &[0, 1])], 100).unwrap();
        // One void: the other may end either way, whatever the relation; or both are.
        assert_eq!(found.len(), 5);
    }
}
