//! Whether the best asks of a set can pay at all, without a programme.
//!
//! By duality nothing can be gained where some probabilities of the worlds make no token worth more than it costs. Only a token's cheapest
//! level matters for that. Of one relation the probabilities of the markets that worlds can bring about are known (the convex hull of
//! its outcomes), so it is a look at intervals: YES at 40 cents and NO at 65 let a market's probability lie in 35% to 40%.

use super::Constraint;
use super::programme::ProgrammeLevel;
use crate::relation::Relation;
use std::collections::HashSet;

/// What rounding of floats may hide, dollars a share: a basket that gains less is none.
const HAIR: f64 = 1e-12;

/// The least and the greatest probability of YES at which neither token is worth more than it costs.
type Interval = (f64, f64);

/// Whether anything can be gained; true where it is not known. Markets no relation names may be anything.
pub(super) fn may_pay(markets: usize, levels: &[ProgrammeLevel], constraints: &[Constraint]) -> bool {
    let mut cheapest = vec![f64::INFINITY; 2 * markets];
    for level in levels {
        let cost = &mut cheapest[level.token];
        *cost = cost.min(level.cost);
    }
    let of = |market: usize| -> Interval { ((1.0 - cheapest[2 * market + 1]).max(0.0), cheapest[2 * market].min(1.0)) };
    if (0..markets).map(of).any(|(least, most)| least > most + HAIR) {
        return true;
    }
    match constraints {
        [] => false,
        [only] if only.members.iter().collect::<HashSet<_>>().len() == only.members.len() => {
            let members: Vec<Interval> = only.members.iter().map(|m| of(*m)).collect();
            !possible(only.relation, &members)
        }
        _ => true,
    }
}

/// Whether a relation allows probabilities within these intervals.
fn possible(relation: Relation, members: &[Interval]) -> bool {
    let least = |of: &[Interval]| of.iter().map(|i| i.0).sum::<f64>();
    let most = |of: &[Interval]| of.iter().map(|i| i.1).sum::<f64>();
    let (at_most_one, at_least_one) = (least(members) <= 1.0 + HAIR, most(members) >= 1.0 - HAIR);
    match relation {
        Relation::Excludes => at_most_one,
        Relation::Exhausts => at_least_one,
        Relation::Partition => at_most_one && at_least_one,
        Relation::Implies => {
            // Each is at least as probable as the one before.
            let mut floor = 0.0_f64;
            members.iter().all(|(low, high)| {
                floor = floor.max(*low);
                floor <= high + HAIR
            })
        }
        Relation::Equivalent => {
            let low = members.iter().map(|i| i.0).fold(0.0, f64::max);
            members.iter().all(|(_, high)| low <= high + HAIR)
        }
        Relation::Union => {
            let Some(((low, high), parts)) = members.split_first() else { return true };
            least(parts) <= high + HAIR && most(parts) >= low - HAIR
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::programme::optimum;
    use super::super::worlds::worlds;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// The programme says the same, whichever tokens have asks and however many levels.
        #[test]
        fn it_says_what_the_programme_says(
            kind in 0_usize..6, members in 2_usize..6, free in 0_usize..2,
            asks in prop::collection::vec(prop::collection::vec((1_u32..100, 1_u32..50), 0..3), 14),
        ) {
            use Relation as R;
            let relation = [R::Excludes, R::Exhausts, R::Partition, R::Implies, R::Equivalent, R::Union][kind];
            let count = members + free;
            let levels: Vec<ProgrammeLevel> = asks
                .iter()
                .take(2 * count)
                .enumerate()
                .flat_map(|(token, book)| {
                    book.iter().map(move |(cents, size)| ProgrammeLevel {
                        token,
                        cost: f64::from(*cents) / 100.0,
                        size: f64::from(*size),
                    })
                })
                .collect();
            let constraints = [Constraint { relation, members: (0..members).collect() }];
            let all = worlds(count, &constraints, 4_096).unwrap();
            let gains = optimum(&levels, &all, None).unwrap().worst > 1e-9;
            prop_assert_eq!(may_pay(count, &levels, &constraints), gains);
        }
    }

    #[test]
    fn what_is_not_known_may_pay() {
        let level = |token| ProgrammeLevel { token, cost: 0.99, size: 1.0 };
        let levels = [level(0), level(1), level(2), level(3)];
        let one = |members: &[usize]| Constraint { relation: Relation::Excludes, members: members.to_vec() };
        assert!(!may_pay(2, &levels, &[one(&[0, 1])]));
        assert!(may_pay(2, &levels, &[one(&[0, 1]), one(&[1, 0])]), "two relations are the programme's");
        assert!(may_pay(2, &levels, &[one(&[0, 0])]), "a market named twice as well");
        assert!(!may_pay(2, &levels, &[]), "nothing ties them");
    }
}
