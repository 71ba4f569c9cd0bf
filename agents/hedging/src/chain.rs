//! Pairs that follow from several proofs in a row: A implies B and B excludes C, so one of NO A and NO C pays.
//!
//! Such a pair is worth a look where the market between has a wide spread: what buying both proofs apart would lose there, the chain
//! does not pay. Proofs and sets make steps between statements "this market resolves YES" and "… NO" (the implication graph of
//! two-clause satisfiability, Aspvall, Plass, Tarjan 1979); whatever is reached in more than one step, is not shown by one proof, and
//! comes near to paying at the listed prices, is written out with the proofs on its way.
//!
//! Each step is a proof on two markets. A market between that ends void breaks the chain, which is in the worst case with voids.

use crate::certificate::{Certificate, TextHash};
use crate::discover::{Discovery, Proof, analyze, bought, prove_all};
use crate::facts::Reading;
use crate::graph::deduce::follows;
use crate::quote::listed_ask;
use crate::relation::{Relation, RuleId};
use betty_market::{Market, MarketId, Outcome, TokenId};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Most proofs in a row.
pub const LINKS_MAX: usize = 4;
/// Most chains of one search, by the listed prices; the dearest are left out.
pub const CHAINS_MAX: usize = 500;
/// Ten-thousandths of a dollar the two tokens may cost together at the listed prices, which are older than the books.
const NEAR: i64 = 10_100;

/// Everything among the markets that can be bought as a pair: what one proof shows, and what follows from several.
#[must_use]
pub fn discover_all(markets: &[Market]) -> Discovery {
    let mut discovery = prove_all(markets);
    let chained = chains(&discovery, markets);
    discovery.proofs.extend(chained);
    discovery
}

/// The pairs that follow from the proofs and sets of a discovery made from the same markets, and come near to paying; cheapest first.
#[must_use]
pub fn chains(discovery: &Discovery, markets: &[Market]) -> Vec<Proof> {
    let steps = Steps::of(discovery, markets);
    let mut found = Vec::new();
    for from in 0..steps.markets.len() * 2 {
        steps.from(from, &mut found);
    }
    found.sort_by(|x, y| (x.cost, &x.way).cmp(&(y.cost, &y.way)));
    found.iter().filter_map(|chain| steps.proof(chain)).take(CHAINS_MAX).collect()
}

/// "Market `n / 2` resolves YES" when even, "… NO" when odd. Markets are numbered in the order of their ids.
type Statement = usize;

const fn side(statement: Statement) -> Outcome {
    if statement.is_multiple_of(2) { Outcome::Yes } else { Outcome::No }
}

/// A chain with what its two tokens cost at the listed prices, ten-thousandths of a dollar.
struct Chain {
    cost: i64,
    way: Vec<Statement>,
}

struct Steps<'d> {
    markets: Vec<&'d Market>,
    /// What follows from a statement by one proof on two markets.
    pairs: Vec<Vec<(Statement, &'d Certificate)>>,
    /// The sets a market lies in of which at most one resolves YES.
    sets_of: Vec<Vec<usize>>,
    sets: Vec<Vec<usize>>,
    /// Tokens that one proof shows together.
    direct: HashSet<[&'d TokenId; 2]>,
    /// What the token that pays in a statement costs.
    asks: Vec<Option<i64>>,
}

impl<'d> Steps<'d> {
    fn of(discovery: &'d Discovery, markets: &'d [Market]) -> Self {
        let certificates = || discovery.proofs.iter().map(|p| &p.certificate);
        let tied: HashSet<&MarketId> = certificates().chain(&discovery.sets).flat_map(|c| &c.markets).collect();
        let listed: BTreeMap<&MarketId, &Market> =
            markets.iter().filter(|m| tied.contains(&m.id)).map(|m| (&m.id, m)).collect();
        let place: HashMap<&MarketId, usize> = listed.keys().enumerate().map(|(i, id)| (*id, i)).collect();
        let markets: Vec<&Market> = listed.into_values().collect();
        let mut pairs: Vec<Vec<(Statement, &Certificate)>> = vec![Vec::new(); markets.len() * 2];
        let mut direct = HashSet::new();
        for proof in &discovery.proofs {
            let [x, y] = proof.legs.each_ref();
            direct.insert(ordered(&x.token, &y.token));
            let (Some(a), Some(b)) = (place.get(&x.market), place.get(&y.market)) else { continue };
            // The legs cover each other: where one fails, the other pays.
            let [pays_a, pays_b] = [(a, x), (b, y)].map(|(m, leg)| m * 2 + usize::from(leg.outcome == Outcome::No));
            pairs[pays_a ^ 1].push((pays_b, &proof.certificate));
            pairs[pays_b ^ 1].push((pays_a, &proof.certificate));
        }
        let excludes = discovery.sets.iter().filter(|c| matches!(c.relation, Relation::Excludes | Relation::Partition));
        let sets: Vec<Vec<usize>> =
            excludes.map(|c| c.markets.iter().filter_map(|id| place.get(id).copied()).collect()).collect();
        let mut sets_of = vec![Vec::new(); markets.len()];
        for (n, set) in sets.iter().enumerate() {
            set.iter().for_each(|m| sets_of[*m].push(n));
        }
        let ask = |s: Statement| Some(markets[s / 2]).filter(|m| m.is_tradable()).and_then(|m| listed_ask(m, side(s)));
        let asks = (0..markets.len() * 2).map(ask).collect();
        Self { markets, pairs, sets_of, sets, direct, asks }
    }

    /// Everything that follows from a statement in more than one step, nearest first, where the token that pays if it fails and the one
    /// that pays in what follows are cheap enough. Every chain is found from its lower market alone: what follows from the other end is
    /// the same pair.
    fn from(&self, start: Statement, out: &mut Vec<Chain>) {
        let Some(first) = self.asks[start ^ 1].filter(|ask| *ask < NEAR) else { return };
        let mut came: HashMap<Statement, (Statement, usize)> = HashMap::from([(start, (start, 0))]);
        let mut left = VecDeque::from([start]);
        let mut seen_sets = HashSet::new();
        while let Some(at) = left.pop_front() {
            let depth = came[&at].1 + 1;
            if depth > LINKS_MAX {
                break;
            }
            let mut reach = |to: Statement| {
                if came.contains_key(&to) {
                    return;
                }
                came.insert(to, (at, depth));
                left.push_back(to);
                let cost = self.asks[to].map(|ask| ask + first);
                if let Some(cost) = cost.filter(|c| depth > 1 && *c <= NEAR && to / 2 > start / 2)
                    && !self.direct.contains(&ordered(self.token(start ^ 1), self.token(to)))
                {
                    out.push(Chain { cost, way: way(&came, to) });
                }
            };
            self.pairs[at].iter().for_each(|(to, _)| reach(*to));
            if at.is_multiple_of(2) {
                for set in &self.sets_of[at / 2] {
                    // Met a second time it adds one statement: that the first member met does not resolve YES.
                    if seen_sets.insert((*set, false)) || seen_sets.insert((*set, true)) {
                        self.sets[*set].iter().filter(|m| **m != at / 2).for_each(|m| reach(m * 2 + 1));
                    }
                }
            }
        }
    }

    fn token(&self, statement: Statement) -> &'d TokenId {
        self.markets[statement / 2].token(side(statement))
    }

    /// The proof on two markets that a step rests on; `None` where only a larger set shows it.
    fn link(&self, from: Statement, to: Statement) -> Option<Certificate> {
        if let Some((_, certificate)) = self.pairs[from].iter().find(|(s, _)| *s == to) {
            return Some((*certificate).clone());
        }
        let [a, b] = [from, to].map(|s| self.markets[s / 2]);
        let shown = analyze(a, b).relation.filter(|c| c.markets.len() == 2)?;
        let named = |s: Statement| (&self.markets[s / 2].id, side(s) == Outcome::Yes);
        follows(&shown, named(from), named(to)).then_some(shown)
    }

    fn proof(&self, chain: &Chain) -> Option<Proof> {
        let links: Option<Vec<Certificate>> = chain.way.windows(2).map(|w| self.link(w[0], w[1])).collect();
        let links = links?;
        let (start, end) = (*chain.way.first()?, *chain.way.last()?);
        let (x, y) = (start ^ 1, end);
        // The sides bought say what was shown; an implication names its antecedent first.
        let (relation, x, y) = match (side(x), side(y)) {
            (Outcome::No, Outcome::Yes) => (Relation::Implies, x, y),
            (Outcome::Yes, Outcome::No) => (Relation::Implies, y, x),
            (Outcome::No, Outcome::No) => (Relation::Excludes, x, y),
            (Outcome::Yes, Outcome::Yes) => (Relation::Exhausts, x, y),
        };
        let between = chain.way[1..chain.way.len() - 1].iter().map(|s| s / 2);
        let mut all = vec![x / 2, y / 2];
        for m in between {
            if !all.contains(&m) {
                all.push(m);
            }
        }
        let all: Vec<&Market> = all.into_iter().map(|m| self.markets[m]).collect();
        let certificate = joined(relation, &all, &links)?;
        let [a, b] = [x, y].map(|s| Reading::of(self.markets[s / 2]));
        Some(bought(certificate, &a, &b, [side(x), side(y)]))
    }
}

/// One certificate of a whole chain: as well known as its weakest link, resting on every text of it.
fn joined(relation: Relation, markets: &[&Market], links: &[Certificate]) -> Option<Certificate> {
    let numbered = || links.iter().enumerate().map(|(i, link)| (i + 1, link));
    let step =
        |(n, link): (usize, &Certificate)| format!("({n}, {} {}) {}", link.rule, link.rule.title(), link.sentence);
    Some(Certificate {
        rule: RuleId::Chain,
        relation,
        evidence: links.iter().map(|l| l.evidence).min()?,
        markets: markets.iter().map(|m| m.id.clone()).collect(),
        parameters: numbered().map(|(n, link)| (format!("link_{n}"), link.rule.to_string())).collect(),
        spans: links.iter().flat_map(|l| &l.spans).cloned().collect(),
        text_hashes: markets.iter().map(|m| TextHash::of(m)).collect(),
        obligations: numbered()
            .flat_map(|(n, link)| link.obligations.iter().map(move |o| format!("({n}, {}) {o}", link.rule)))
            .collect(),
        sentence: format!("{} proofs in a row: {}", links.len(), numbered().map(step).collect::<Vec<_>>().join(" ")),
    })
}

fn ordered<'t>(a: &'t TokenId, b: &'t TokenId) -> [&'t TokenId; 2] {
    if a <= b { [a, b] } else { [b, a] }
}

/// The statements on the way to one, the start first.
fn way(came: &HashMap<Statement, (Statement, usize)>, to: Statement) -> Vec<Statement> {
    let mut out = vec![to];
    let mut at = to;
    while let Some((before, depth)) = came.get(&at)
        && *depth > 0
    {
        out.push(*before);
        at = *before;
    }
    out.reverse();
    out
}
