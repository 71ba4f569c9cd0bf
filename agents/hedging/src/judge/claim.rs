//! The relations a model is asked for, between a first and a second market.

use crate::certificate::Certificate;
use crate::relation::Relation;
use betty_market::{MarketId, Outcome};
use serde::{Deserialize, Serialize};

/// A claimed relation of two markets, in the words of the answer's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// YES on the first forces YES on the second.
    AImpliesB,
    /// YES on the second forces YES on the first.
    BImpliesA,
    /// Both resolve alike.
    Equivalent,
    /// Not both resolve YES.
    MutuallyExclusive,
    /// At least one resolves YES.
    Exhaustive,
}

/// One of the two markets of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// A joint outcome of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct World {
    /// How the first resolves.
    pub a: Outcome,
    /// How the second resolves.
    pub b: Outcome,
}

impl Claim {
    /// All of them, in the order of the schema.
    pub const ALL: [Self; 5] =
        [Self::AImpliesB, Self::BImpliesA, Self::Equivalent, Self::MutuallyExclusive, Self::Exhaustive];

    /// The name in answers and data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AImpliesB => "a_implies_b",
            Self::BImpliesA => "b_implies_a",
            Self::Equivalent => "equivalent",
            Self::MutuallyExclusive => "mutually_exclusive",
            Self::Exhaustive => "exhaustive",
        }
    }

    /// The same claim with the markets exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::AImpliesB => Self::BImpliesA,
            Self::BImpliesA => Self::AImpliesB,
            same => same,
        }
    }

    /// The relation, and whether the second market stands first in it.
    #[must_use]
    pub const fn relation(self) -> (Relation, bool) {
        match self {
            Self::AImpliesB => (Relation::Implies, false),
            Self::BImpliesA => (Relation::Implies, true),
            Self::Equivalent => (Relation::Equivalent, false),
            Self::MutuallyExclusive => (Relation::Excludes, false),
            Self::Exhaustive => (Relation::Exhausts, false),
        }
    }

    /// The joint outcomes that the claim says cannot be.
    #[must_use]
    pub fn excluded(self) -> Vec<World> {
        use Outcome::{No, Yes};
        let only = |a, b| World { a, b };
        match self {
            Self::AImpliesB => vec![only(Yes, No)],
            Self::BImpliesA => vec![only(No, Yes)],
            Self::Equivalent => vec![only(Yes, No), only(No, Yes)],
            Self::MutuallyExclusive => vec![only(Yes, Yes)],
            Self::Exhaustive => vec![only(No, No)],
        }
    }

    /// Whether a claim follows from this one: it excludes no world that this one allows.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        let mine = self.excluded();
        other.excluded().iter().all(|world| mine.contains(world))
    }

    /// What to buy, one share each, so that every world the claim allows pays a dollar: the sides of the first and the second.
    #[must_use]
    pub fn orientations(self) -> Vec<[Outcome; 2]> {
        // A world that cannot be is the one in which both legs lose.
        self.excluded().into_iter().map(|w| [other(w.a), other(w.b)]).collect()
    }

    /// What a certificate on the two markets claims; `None` when it is on others or says more than a claim can.
    #[must_use]
    pub fn all_of(certificate: &Certificate, a: &MarketId, b: &MarketId) -> Vec<Self> {
        let exchanged = match certificate.markets.as_slice() {
            [x, y] if x == a && y == b => false,
            [x, y] if x == b && y == a => true,
            _ => return Vec::new(),
        };
        let claims = match certificate.relation {
            Relation::Implies => vec![Self::AImpliesB],
            Relation::Excludes => vec![Self::MutuallyExclusive],
            Relation::Exhausts => vec![Self::Exhaustive],
            Relation::Partition => vec![Self::MutuallyExclusive, Self::Exhaustive],
            Relation::Equivalent | Relation::Union => vec![Self::Equivalent],
        };
        if exchanged { claims.into_iter().map(Self::mirrored).collect() } else { claims }
    }
}

const fn other(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Yes => Outcome::No,
        Outcome::No => Outcome::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_orientation_pays_in_every_world_that_is_allowed() {
        for claim in Claim::ALL {
            for sides in claim.orientations() {
                for a in [Outcome::Yes, Outcome::No] {
                    for b in [Outcome::Yes, Outcome::No] {
                        let allowed = !claim.excluded().contains(&World { a, b });
                        let pays = sides[0] == a || sides[1] == b;
                        assert!(!allowed || pays, "{claim:?} {sides:?} in {a:?} {b:?}");
                    }
                }
            }
            assert_eq!(claim.mirrored().mirrored(), claim);
            assert!(claim.covers(claim));
        }
        assert!(Claim::Equivalent.covers(Claim::AImpliesB) && !Claim::AImpliesB.covers(Claim::Equivalent));
        assert!(!Claim::AImpliesB.covers(Claim::BImpliesA));
    }
}
