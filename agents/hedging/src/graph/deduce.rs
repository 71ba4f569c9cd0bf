//! What follows from several certificates together: A implies B and B excludes C, so A excludes C.
//!
//! Each relation is a set of steps between statements "this market resolves YES" and "… NO". A statement that is reached from another
//! follows from it, and the way there is the chain of certificates. This is the implication graph of two-clause satisfiability
//! (Aspvall, Plass, Tarjan 1979): for relations between two markets it misses nothing that holds in every consistent world.

use super::Graph;
use crate::certificate::Certificate;
use crate::relation::{Evidence, Relation};
use betty_market::MarketId;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

/// A relation that follows from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deduction {
    /// What follows, between the two markets in this order.
    pub relation: Relation,
    /// The two markets, antecedent first for [`Relation::Implies`].
    pub markets: [MarketId; 2],
    /// The weakest evidence of the chain.
    pub evidence: Evidence,
    /// The certificates it follows from, in the order of the argument, each once.
    pub chain: Vec<Certificate>,
}

/// "This market resolves YES" or "… NO".
type Statement<'g> = (&'g MarketId, bool);

/// Whether a certificate lets one statement follow from another.
pub(crate) fn follows(certificate: &Certificate, from: (&MarketId, bool), to: (&MarketId, bool)) -> bool {
    let mut out = Vec::new();
    // A statement of the certificate's own markets, so that lifetimes agree.
    let Some(id) = certificate.markets.iter().find(|id| *id == from.0) else { return false };
    steps(certificate, (id, from.1), &mut out);
    out.contains(&to)
}

/// What a certificate lets follow from a statement.
fn steps<'g>(certificate: &'g Certificate, (id, yes): Statement<'g>, out: &mut Vec<Statement<'g>>) {
    let all = &certificate.markets;
    let others = || all.iter().filter(move |other| *other != id);
    match certificate.relation {
        Relation::Implies => {
            for pair in all.windows(2) {
                if yes && pair[0] == *id {
                    out.push((&pair[1], true));
                } else if !yes && pair[1] == *id {
                    out.push((&pair[0], false));
                }
            }
        }
        Relation::Excludes if yes => out.extend(others().map(|o| (o, false))),
        Relation::Partition if yes => out.extend(others().map(|o| (o, false))),
        Relation::Exhausts | Relation::Partition if !yes && all.len() == 2 => out.extend(others().map(|o| (o, true))),
        Relation::Equivalent => out.extend(others().map(|o| (o, yes))),
        Relation::Union => {
            let Some((whole, parts)) = all.split_first() else { return };
            if whole == id {
                if !yes {
                    out.extend(parts.iter().map(|p| (p, false)));
                } else if let [only] = parts {
                    out.push((only, true));
                }
            } else if yes {
                out.push((whole, true));
                out.extend(parts.iter().filter(|p| *p != id).map(|p| (p, false)));
            } else if let [_] = parts {
                out.push((whole, false));
            }
        }
        Relation::Excludes | Relation::Exhausts | Relation::Partition => {}
    }
}

impl Graph {
    /// What holds between two markets by the certificates of their component, with the shortest chain; `None` where nothing follows.
    #[must_use]
    pub fn deduce(&self, a: &MarketId, b: &MarketId) -> Option<Deduction> {
        let ((a, _), (b, _)) = (self.nodes.get_key_value(a)?, self.nodes.get_key_value(b)?);
        if a == b {
            return None;
        }
        let (from_yes, from_no) = (self.reach((a, true)), self.reach((a, false)));
        let back = self.reach((b, true));
        let forth = from_yes.way((b, true));
        let home = back.way((a, true));
        let excluded = from_yes.way((b, false));
        let exhausted = from_no.way((b, true));
        let (relation, markets, chain) = match (forth, home, excluded, exhausted) {
            (Some(x), Some(y), ..) => (Relation::Equivalent, [a, b], [x, y].concat()),
            (Some(x), ..) => (Relation::Implies, [a, b], x),
            (_, Some(y), ..) => (Relation::Implies, [b, a], y),
            (.., Some(x), Some(y)) => (Relation::Partition, [a, b], [x, y].concat()),
            (.., Some(x), None) => (Relation::Excludes, [a, b], x),
            (.., Some(y)) => (Relation::Exhausts, [a, b], y),
            _ => return None,
        };
        let mut kept: Vec<Certificate> = Vec::with_capacity(chain.len());
        for certificate in chain {
            if !kept.contains(certificate) {
                kept.push(certificate.clone());
            }
        }
        let evidence = kept.iter().map(|c| c.evidence).min()?;
        Some(Deduction { relation, markets: markets.map(Clone::clone), evidence, chain: kept })
    }

    /// Everything that follows from a statement, nearest first.
    fn reach<'g>(&'g self, start: Statement<'g>) -> Reach<'g> {
        let mut came: HashMap<Statement<'g>, Option<(Statement<'g>, &'g Certificate)>> = HashMap::from([(start, None)]);
        let mut left = VecDeque::from([start]);
        let mut next = Vec::new();
        while let Some(at) = left.pop_front() {
            for certificate in self.ties_of(at.0) {
                steps(certificate, at, &mut next);
                for statement in next.drain(..) {
                    if let Entry::Vacant(place) = came.entry(statement) {
                        place.insert(Some((at, certificate)));
                        left.push_back(statement);
                    }
                }
            }
        }
        Reach(came)
    }
}

/// How each statement was come by.
struct Reach<'g>(HashMap<Statement<'g>, Option<(Statement<'g>, &'g Certificate)>>);

impl<'g> Reach<'g> {
    /// The certificates on the way to a statement; `None` where it does not follow.
    fn way(&self, to: Statement<'g>) -> Option<Vec<&'g Certificate>> {
        let mut out = Vec::new();
        let mut at = self.0.get(&to)?;
        while let Some((before, certificate)) = at {
            out.push(*certificate);
            at = self.0.get(before)?;
        }
        out.reverse();
        Some(out)
    }
}
