//! The relation graph over a whole venue: markets, and the certificates that tie them.
//!
//! Markets lie in blocks (those that share a template, an entity, a group …), and certificates come from blocks alone. So a market that
//! comes, goes or changes makes only its own blocks be looked at again, and what the graph holds does not depend on the order in which
//! it was told: after any changes it equals the graph made from scratch.
//!
//! * [`deduce`]: what follows from several certificates together, with their chain.

pub mod deduce;

pub use deduce::Deduction;

use crate::basket::Constraint;
use crate::certificate::{Certificate, TextHash};
use crate::discover::{BlockKey, GROUPS, group_certificate, is_open, keys_of, prove_block};
use crate::facts::Reading;
use betty_market::{Market, MarketId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A market of the graph.
#[derive(Debug, Clone)]
struct Node {
    market: Market,
    hash: TextHash,
    keys: Vec<BlockKey>,
}

/// A block with what was proven in it.
#[derive(Debug, Clone, Default)]
struct Block {
    members: BTreeSet<MarketId>,
    ties: Vec<Certificate>,
}

/// What a change did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Certificates that do not stand any more: a text, date or flag they rest on changed, or a market is gone.
    pub voided: Vec<Certificate>,
    /// Certificates that are new.
    pub made: Vec<Certificate>,
    /// Markets that were read again, the changed one included.
    pub examined: usize,
}

/// The graph.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: BTreeMap<MarketId, Node>,
    blocks: HashMap<BlockKey, Block>,
}

impl Graph {
    /// Reads, proves and ties many markets at once. Resolved markets are left out; of two with one id the last counts.
    #[must_use]
    pub fn build(markets: impl IntoIterator<Item = Market>) -> Self {
        let markets: BTreeMap<MarketId, Market> =
            markets.into_iter().filter(is_open).map(|m| (m.id.clone(), m)).collect();
        // In the order of ids, as a change finds them too.
        let readings: Vec<Reading<'_>> = markets.values().map(Reading::of).collect();
        let keys: Vec<Vec<BlockKey>> = readings.iter().map(keys_of).collect();
        let mut members: HashMap<BlockKey, Vec<usize>> = HashMap::new();
        for (i, keys) in keys.iter().enumerate() {
            for key in keys {
                members.entry(*key).or_default().push(i);
            }
        }
        let mut blocks = HashMap::with_capacity(members.len());
        for (key, members) in members {
            let read: Vec<&Reading<'_>> = members.iter().map(|i| &readings[*i]).collect();
            let ties = ties(key, &read);
            blocks.insert(key, Block { members: read.iter().map(|r| r.market.id.clone()).collect(), ties });
        }
        let hashes: Vec<TextHash> = readings.iter().map(|r| r.text_hash().clone()).collect();
        drop(readings);
        let nodes = markets
            .into_iter()
            .zip(hashes.into_iter().zip(keys))
            .map(|((id, market), (hash, keys))| (id, Node { market, hash, keys }))
            .collect();
        Self { nodes, blocks }
    }

    /// Takes a market in, or its new state. Nothing is looked at again unless something changed that a proof may rest on; a market
    /// that has resolved is taken out.
    pub fn insert(&mut self, market: Market) -> Change {
        if !is_open(&market) {
            return self.remove(&market.id);
        }
        let hash = TextHash::of(&market);
        if let Some(node) = self.nodes.get_mut(&market.id)
            && node.hash == hash
            && listing(&node.market) == listing(&market)
        {
            node.market = market;
            return Change::default();
        }
        let id = market.id.clone();
        let keys = keys_of(&Reading::of(&market));
        let before = self.nodes.insert(id.clone(), Node { market, hash, keys: keys.clone() });
        let mut touched: BTreeSet<BlockKey> = keys.iter().copied().collect();
        for key in before.map(|n| n.keys).unwrap_or_default() {
            touched.insert(key);
            if !keys.contains(&key)
                && let Some(block) = self.blocks.get_mut(&key)
            {
                block.members.remove(&id);
            }
        }
        for key in keys {
            self.blocks.entry(key).or_default().members.insert(id.clone());
        }
        self.again(&touched)
    }

    /// Takes a market out.
    pub fn remove(&mut self, id: &MarketId) -> Change {
        let Some(node) = self.nodes.remove(id) else { return Change::default() };
        for key in &node.keys {
            if let Some(block) = self.blocks.get_mut(key) {
                block.members.remove(id);
            }
        }
        self.again(&node.keys.into_iter().collect())
    }

    /// Proves the given blocks again.
    fn again(&mut self, keys: &BTreeSet<BlockKey>) -> Change {
        let mut change = Change::default();
        let mut examined = BTreeSet::new();
        for key in keys {
            let Some(block) = self.blocks.get(key) else { continue };
            let readings: Vec<Reading<'_>> =
                block.members.iter().filter_map(|id| self.nodes.get(id)).map(|n| Reading::of(&n.market)).collect();
            let read: Vec<&Reading<'_>> = readings.iter().collect();
            let found = ties(*key, &read);
            examined.extend(block.members.iter().cloned());
            let Some(block) = self.blocks.get_mut(key) else { continue };
            let old = std::mem::replace(&mut block.ties, found);
            change.voided.extend(old.iter().filter(|c| !block.ties.contains(c)).cloned());
            change.made.extend(block.ties.iter().filter(|c| !old.contains(c)).cloned());
            if block.members.is_empty() {
                self.blocks.remove(key);
            }
        }
        // One certificate may come from two blocks.
        let made = std::mem::take(&mut change.made);
        for certificate in made {
            if !change.made.contains(&certificate) {
                change.made.push(certificate);
            }
        }
        change.examined = examined.len();
        change
    }

    /// How many markets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A market.
    #[must_use]
    pub fn market(&self, id: &MarketId) -> Option<&Market> {
        self.nodes.get(id).map(|n| &n.market)
    }

    /// Every certificate, each once, in an order that follows from the markets alone.
    #[must_use]
    pub fn certificates(&self) -> Vec<&Certificate> {
        once(self.blocks.values().flat_map(|b| &b.ties))
    }

    /// The certificates that tie a market to others.
    #[must_use]
    pub fn ties_of(&self, id: &MarketId) -> Vec<&Certificate> {
        let blocks = self.nodes.get(id).into_iter().flat_map(|n| &n.keys).filter_map(|key| self.blocks.get(key));
        once(blocks.flat_map(|b| &b.ties).filter(|c| c.markets.contains(id)))
    }

    /// The markets that a market is tied to, directly or through others, itself included; in the order of their ids. Empty for a
    /// market that is not there.
    #[must_use]
    pub fn component(&self, id: &MarketId) -> BTreeSet<MarketId> {
        let mut seen = BTreeSet::new();
        let mut left: Vec<&MarketId> = self.nodes.get_key_value(id).map(|(id, _)| id).into_iter().collect();
        while let Some(id) = left.pop() {
            if seen.insert(id.clone()) {
                left.extend(self.ties_of(id).into_iter().flat_map(|c| &c.markets));
            }
        }
        seen
    }

    /// Every component of at least two markets, in the order of their first ids.
    #[must_use]
    pub fn components(&self) -> Vec<BTreeSet<MarketId>> {
        let mut sets = Sets::over(self.nodes.keys());
        for certificate in self.blocks.values().flat_map(|b| &b.ties) {
            for pair in certificate.markets.windows(2) {
                sets.join(&pair[0], &pair[1]);
            }
        }
        sets.all()
    }

    /// What ties the given markets among each other, by their places, for a basket. A certificate that reaches beyond them counts only
    /// where its part of them says something of its own.
    #[must_use]
    pub fn constraints(&self, markets: &[MarketId]) -> Vec<Constraint> {
        use crate::relation::Relation as R;
        let place: HashMap<&MarketId, usize> = markets.iter().enumerate().map(|(i, id)| (id, i)).collect();
        let ties = once(markets.iter().flat_map(|id| self.ties_of(id)));
        ties.into_iter()
            .filter_map(|c| {
                let members: Vec<usize> = c.markets.iter().filter_map(|id| place.get(id).copied()).collect();
                let whole = members.len() == c.markets.len();
                let relation = match c.relation {
                    R::Partition if !whole => R::Excludes,
                    relation @ (R::Exhausts | R::Union) if !whole => {
                        let _ = relation;
                        return None;
                    }
                    relation => relation,
                };
                (members.len() >= 2).then_some(Constraint { relation, members })
            })
            .collect()
    }
}

/// What of a market's listing a proof reads beside its texts: its event's title, and how many markets the event has.
fn listing(market: &Market) -> Option<(&str, Option<u32>)> {
    market.event.as_ref().map(|e| (e.title.as_str(), e.market_count))
}

/// What a block proves. A group speaks as a whole: which two of it could pay is a question of prices, not of the graph.
fn ties((kind, _): BlockKey, members: &[&Reading<'_>]) -> Vec<Certificate> {
    if members.len() < 2 {
        return Vec::new();
    }
    if kind == GROUPS {
        return group_certificate(members).into_iter().collect();
    }
    let found = prove_block(kind, members);
    let mut ties: Vec<Certificate> = Vec::with_capacity(found.proofs.len() + found.sets.len());
    for certificate in found.proofs.into_iter().map(|p| p.certificate).chain(found.sets) {
        if ties.last() != Some(&certificate) {
            ties.push(certificate);
        }
    }
    ties
}

/// Each certificate once, by rule and markets.
fn once<'c>(all: impl Iterator<Item = &'c Certificate>) -> Vec<&'c Certificate> {
    let mut out: BTreeMap<_, &Certificate> = BTreeMap::new();
    for certificate in all {
        out.entry((certificate.rule, &certificate.markets, certificate.relation as u8)).or_insert(certificate);
    }
    out.into_values().collect()
}

/// Disjoint sets of markets.
struct Sets<'g> {
    place: HashMap<&'g MarketId, usize>,
    ids: Vec<&'g MarketId>,
    parent: Vec<usize>,
}

impl<'g> Sets<'g> {
    fn over(ids: impl Iterator<Item = &'g MarketId>) -> Self {
        let ids: Vec<&MarketId> = ids.collect();
        Self { place: ids.iter().enumerate().map(|(i, id)| (*id, i)).collect(), parent: (0..ids.len()).collect(), ids }
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    fn join(&mut self, a: &MarketId, b: &MarketId) {
        if let (Some(a), Some(b)) = (self.place.get(a).copied(), self.place.get(b).copied()) {
            let (a, b) = (self.root(a), self.root(b));
            self.parent[a.max(b)] = a.min(b);
        }
    }

    fn all(mut self) -> Vec<BTreeSet<MarketId>> {
        let mut sets: BTreeMap<usize, BTreeSet<MarketId>> = BTreeMap::new();
        for i in 0..self.ids.len() {
            let root = self.root(i);
            sets.entry(root).or_default().insert(self.ids[i].clone());
        }
        sets.into_values().filter(|s| s.len() > 1).collect()
    }
}
