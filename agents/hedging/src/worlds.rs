//! The consistent joint outcomes of two markets under a relation, and what a basket pays in each.

use crate::certificate::Certificate;
use crate::hedge::World;
use crate::relation::Relation;
use betty_market::{Outcome, Usdc};

/// Dollars a share of the losing, void and winning side pays.
const PAYS: [Usdc; 3] = [Usdc::ZERO, Usdc::from_micros(500_000), Usdc::from_micros(1_000_000)];

/// How one market ended, from the side of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    No,
    Void,
    Yes,
}

impl End {
    const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Void];

    const fn name(self) -> &'static str {
        match self {
            Self::No => "NO",
            Self::Void => "VOID",
            Self::Yes => "YES",
        }
    }

    const fn pays(self, side: Outcome) -> Usdc {
        match (self, side) {
            (Self::Void, _) => PAYS[1],
            (Self::Yes, Outcome::Yes) | (Self::No, Outcome::No) => PAYS[2],
            (Self::Yes, Outcome::No) | (Self::No, Outcome::Yes) => PAYS[0],
        }
    }
}

/// Whether the relation allows this normal joint outcome.
const fn allowed(relation: Relation, a: bool, b: bool) -> bool {
    match relation {
        Relation::Implies => !a || b,
        Relation::Excludes => !(a && b),
        Relation::Exhausts => a || b,
        Relation::Partition => a != b,
        Relation::Equivalent | Relation::Union => a == b,
    }
}

/// Every consistent world of two markets, normal ones first, each with what one share of both legs pays.
///
/// A void market says nothing about the other: with one leg void the other may end either way, whatever the relation.
#[must_use]
pub fn pair_worlds(relation: Relation, sides: [Outcome; 2]) -> Vec<World> {
    let mut worlds = Vec::with_capacity(8);
    for void in [false, true] {
        for a in End::ALL {
            for b in End::ALL {
                let is_void = a == End::Void || b == End::Void;
                if is_void != void || !is_void && !allowed(relation, a == End::Yes, b == End::Yes) {
                    continue;
                }
                worlds.push(World {
                    name: format!("A {}, B {}", a.name(), b.name()),
                    payoff: a.pays(sides[0]) + b.pays(sides[1]),
                    void,
                });
            }
        }
    }
    worlds
}

/// The worlds of two markets that a certificate may reach over others: when one of those ends void, it says nothing about the two.
#[must_use]
pub fn worlds_of(certificate: &Certificate, sides: [Outcome; 2]) -> Vec<World> {
    let mut worlds = pair_worlds(certificate.relation, sides);
    if certificate.markets.len() > sides.len() {
        for (a, b) in [(End::Yes, End::Yes), (End::Yes, End::No), (End::No, End::Yes), (End::No, End::No)] {
            if !allowed(certificate.relation, a == End::Yes, b == End::Yes) {
                worlds.push(World {
                    name: format!("A {}, B {}, a market between VOID", a.name(), b.name()),
                    payoff: a.pays(sides[0]) + b.pays(sides[1]),
                    void: true,
                });
            }
        }
    }
    worlds
}

/// The least payoff of one basket over normal worlds and over all worlds.
#[must_use]
pub fn least_payoffs(worlds: &[World]) -> (Usdc, Usdc) {
    let least = |normal_only: bool| {
        worlds.iter().filter(|w| !(normal_only && w.void)).map(|w| w.payoff).min().unwrap_or(Usdc::ZERO)
    };
    (least(true), least(false))
}

/// The sides to buy so that the basket pays at least a dollar in every normal world; two orientations where both do.
#[must_use]
pub const fn orientations(relation: Relation) -> &'static [[Outcome; 2]] {
    use Outcome::{No, Yes};
    match relation {
        Relation::Implies => &[[No, Yes]],
        Relation::Excludes => &[[No, No]],
        Relation::Exhausts => &[[Yes, Yes]],
        Relation::Partition => &[[Yes, Yes], [No, No]],
        Relation::Equivalent | Relation::Union => &[[No, Yes], [Yes, No]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELATIONS: [Relation; 5] =
        [Relation::Implies, Relation::Excludes, Relation::Exhausts, Relation::Partition, Relation::Equivalent];

    #[test]
    fn every_orientation_pays_a_dollar_in_every_normal_world() {
        for relation in RELATIONS {
            for sides in orientations(relation) {
                let worlds = pair_worlds(relation, *sides);
                let (normal, with_void) = least_payoffs(&worlds);
                assert_eq!(normal, Usdc::whole(1), "{relation:?} {sides:?}");
                // One void leg pays 0.50, and the other may lose.
                assert_eq!(with_void, "0.5".parse().unwrap(), "{relation:?} {sides:?}");
            }
        }
    }

    #[test]
    fn no_other_side_of_an_implication_is_covered() {
        use Outcome::{No, Yes};
        for sides in [[Yes, No], [Yes, Yes], [No, No]] {
            assert_eq!(least_payoffs(&pair_worlds(Relation::Implies, sides)).0, Usdc::ZERO, "{sides:?}");
        }
    }

    #[test]
    fn an_implication_has_three_normal_worlds_and_five_void_ones() {
        let worlds = pair_worlds(Relation::Implies, [Outcome::No, Outcome::Yes]);
        assert_eq!(worlds.iter().filter(|w| !w.void).count(), 3);
        assert_eq!(worlds.iter().filter(|w| w.void).count(), 5);
        let pays: Vec<_> = worlds.iter().map(|w| (w.name.as_str(), w.payoff.to_string())).collect();
        assert!(pays.contains(&("A NO, B YES", "2.00".to_owned())));
        assert!(pays.contains(&("A VOID, B VOID", "1.00".to_owned())));
    }
}
