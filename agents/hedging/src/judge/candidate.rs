//! Pairs worth a question: near each other in words and time, not settled by the rules, and paying at today's prices if related.
//!
//! Cheap to dear. Names and words that few markets share make blocks; what is shared is weighed by how rare it is (inverse document
//! frequency, Spärck Jones 1972); each market keeps its nearest few; the price gate leaves those of which some relation would pay.

use super::ask::fits;
use super::claim::Claim;
use super::screen::speaks_to_the_reader;
use crate::discover::{Discovery, is_open};
use crate::facts::token::tokens;
use betty_market::{Market, MarketId, MarketStatus, Outcome, Price, Shares};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Most markets that may share a word before it says nothing about them.
const SHARED_BY_MAX: usize = 60;
/// Least letters of a word that counts; numbers and short words are no names.
const LETTERS_MIN: usize = 4;
/// Words of the rule text that count beside the question's: its beginning says what it is about.
const RULE_WORDS: usize = 40;
/// Most days between the ends of two markets.
const APART_DAYS_MAX: i64 = 400;
/// Share size at which the fee of the gate is taken; one share's is floored to nothing on small prices.
const GATE_SHARES: Shares = Shares::from_micros(100_000_000);
const DAY_MS: i64 = 86_400_000;

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunt {
    /// Least net edge some relation would have to leave, millionths of a dollar a share.
    pub min_edge_ppm: i64,
    /// Most it may leave. Of any two prices some relation would pay; one that would pay this much is contradicted by everybody who
    /// trades there, and asking after it would find the model's errors and not the market's.
    pub max_edge_ppm: i64,
    /// Neighbours kept of each market.
    pub neighbours_max: usize,
    /// Pairs in all, best first.
    pub pairs_max: usize,
    /// Pairs that do not pay and are judged all the same, for calibration.
    pub sample: usize,
    /// Chooses the sample: equal seeds, equal sample.
    pub seed: u64,
}

impl Default for Hunt {
    fn default() -> Self {
        Self { min_edge_ppm: 5_000, max_edge_ppm: 100_000, neighbours_max: 6, pairs_max: 200, sample: 0, seed: 0 }
    }
}

/// A pair worth a question. Markets stand in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The two.
    pub markets: [MarketId; 2],
    /// How near they are: higher is nearer. Compares within one search only.
    pub score: u64,
    /// Relations that would pay at today's prices; empty for one of the sample.
    pub pays: Vec<Claim>,
}

/// What a search for candidates came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidates {
    /// The pairs, those that could pay first, nearest first.
    pub pairs: Vec<Candidate>,
    /// Pairs that share something and were weighed.
    pub weighed: u64,
    /// Near pairs that could pay, beyond the cap too.
    pub paying: u64,
    /// Near pairs that no relation would make pay.
    pub gated: u64,
    /// Markets left out because their texts speak to the reader.
    pub screened: u64,
}

/// Looks for candidates among markets whose proofs are known.
#[must_use]
pub fn candidates(markets: &[Market], known: &Discovery, hunt: &Hunt) -> Candidates {
    let mut out = Candidates::default();
    let mut seen = HashSet::with_capacity(markets.len());
    let mut open: Vec<&Market> = Vec::with_capacity(markets.len());
    for m in markets.iter().filter(|m| is_open(m) && m.status == MarketStatus::Open && fits(m)) {
        if !seen.insert(&m.id) {
            continue;
        }
        if speaks_to_the_reader(m).is_some() {
            out.screened += 1;
        } else {
            open.push(m);
        }
    }
    open.sort_by(|a, b| a.id.cmp(&b.id));
    let settled: HashSet<[&MarketId; 2]> = known
        .proofs
        .iter()
        .map(|p| {
            let [a, b] = p.legs.each_ref().map(|leg| &leg.market);
            if a <= b { [a, b] } else { [b, a] }
        })
        .collect();
    let near = nearest(&open, hunt.neighbours_max, &mut out.weighed);
    let mut sample = Vec::new();
    for (i, j, score) in near {
        let (a, b) = (open[i], open[j]);
        if settled.contains(&[&a.id, &b.id]) {
            continue;
        }
        let pays: Vec<Claim> = Claim::ALL.into_iter().filter(|c| could_pay(a, b, *c, hunt)).collect();
        let candidate = Candidate { markets: [a.id.clone(), b.id.clone()], score, pays };
        if candidate.pays.is_empty() {
            out.gated += 1;
            sample.push(candidate);
        } else {
            out.paying += 1;
            out.pairs.push(candidate);
        }
    }
    out.pairs.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.markets.cmp(&b.markets)));
    out.pairs.truncate(hunt.pairs_max);
    sample.sort_by_cached_key(|c| dice(hunt.seed, &c.markets));
    sample.truncate(hunt.sample.min(hunt.pairs_max.saturating_sub(out.pairs.len())));
    out.pairs.append(&mut sample);
    out
}

/// Pairs in which at least one is among the other's nearest, as positions with `i < j`.
fn nearest(open: &[&Market], neighbours_max: usize, weighed: &mut u64) -> Vec<(usize, usize, u64)> {
    let words: Vec<Vec<String>> = open.iter().map(|m| terms(m)).collect();
    let mut lists: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, own) in words.iter().enumerate() {
        for word in own {
            lists.entry(word).or_default().push(i);
        }
    }
    let total = open.len().max(1) as f64;
    // Thousandths, so that the order of addition changes nothing.
    let weight = |list: &[usize]| ((total / list.len() as f64).ln() * 1_000.0).round().max(0.0) as u64;
    let own: Vec<u64> =
        words.iter().map(|w| w.iter().map(|t| lists.get(t.as_str()).map_or(0, |l| weight(l))).sum()).collect();
    let mut kept: HashMap<(usize, usize), u64> = HashMap::new();
    let mut shared: HashMap<usize, u64> = HashMap::new();
    for (i, m) in open.iter().enumerate() {
        shared.clear();
        for word in &words[i] {
            let Some(list) = lists.get(word.as_str()).filter(|l| l.len() <= SHARED_BY_MAX) else { continue };
            let worth = weight(list);
            for &j in list.iter().filter(|j| **j != i) {
                *shared.entry(j).or_default() += worth;
            }
        }
        *weighed += shared.keys().filter(|j| **j > i).count() as u64;
        let mut row: Vec<(u64, usize)> = shared
            .iter()
            .filter(|(j, _)| comparable(m, open[**j]))
            // What two share, of what they have: between nothing and a million.
            .map(|(j, worth)| (worth * 1_000_000 / own[i].max(own[*j]).max(1), *j))
            .collect();
        row.sort_unstable_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
        for (score, j) in row.into_iter().take(neighbours_max) {
            kept.insert((i.min(j), i.max(j)), score);
        }
    }
    let mut pairs: Vec<(usize, usize, u64)> = kept.into_iter().map(|((i, j), score)| (i, j, score)).collect();
    pairs.sort_unstable();
    pairs
}

/// Names and words of a market, lower case, each once.
fn terms(market: &Market) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: &str, most: usize| {
        for token in tokens(text).iter().take(most) {
            let word = token.text.to_lowercase();
            let name = token.text.starts_with(char::is_uppercase);
            let long = word.chars().filter(|c| c.is_alphabetic()).count() >= LETTERS_MIN;
            if (long || name) && word.chars().any(char::is_alphabetic) && !COMMON.contains(&word.as_str()) {
                out.push(word);
            }
        }
    };
    add(&market.question, usize::MAX);
    add(market.description.as_deref().unwrap_or_default(), RULE_WORDS);
    if let Some(event) = &market.event {
        add(&event.title, usize::MAX);
        out.push(format!("event:{}", event.id.as_str()));
        out.extend(event.series.as_ref().map(|s| format!("series:{s}")));
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Words that stand in every rule text.
const COMMON: [&str; 32] = [
    "will",
    "this",
    "market",
    "resolve",
    "resolves",
    "otherwise",
    "between",
    "before",
    "after",
    "with",
    "from",
    "that",
    "than",
    "have",
    "been",
    "which",
    "their",
    "there",
    "then",
    "official",
    "yes",
    "the",
    "following",
    "according",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "december",
    "november",
];

/// Whether two markets can be legs of one hedge that the rules do not look after: not two members of one neg-risk group, and ending
/// within a year or so of each other.
fn comparable(a: &Market, b: &Market) -> bool {
    let grouped = a.neg_risk.as_ref().zip(b.neg_risk.as_ref()).is_some_and(|(x, y)| x.group == y.group);
    let near = a.end.zip(b.end).is_none_or(|(x, y)| x.since(y).abs() <= APART_DAYS_MAX * DAY_MS);
    !grouped && near && a.condition != b.condition
}

/// Whether a claim, if it held, would leave an edge within the bounds at the listed prices with the venue's fees. Prices that are not told gate
/// nothing out and let nothing in: such a pair cannot be bought.
fn could_pay(a: &Market, b: &Market, claim: Claim, hunt: &Hunt) -> bool {
    let ask = |m: &Market, side: Outcome| -> Option<Price> {
        match side {
            Outcome::Yes => m.best_ask,
            Outcome::No => m.best_bid.map(Price::complement),
        }
    };
    claim.orientations().into_iter().any(|sides| {
        let cost = [(a, sides[0]), (b, sides[1])].into_iter().try_fold(0_i64, |sum, (m, side)| {
            let price = ask(m, side)?;
            let fee = m.fee?.fee(price, GATE_SHARES);
            sum.checked_add(price.cost_of(GATE_SHARES).micros())?.checked_add(fee.micros())
        });
        let pays = GATE_SHARES.at_par().micros();
        let edge_ppm = |cost: i64| (pays - cost).saturating_mul(1_000_000) / pays;
        cost.is_some_and(|cost| (hunt.min_edge_ppm..=hunt.max_edge_ppm).contains(&edge_ppm(cost)))
    })
}

/// A number that tells pairs apart the same way every time.
fn dice(seed: u64, markets: &[MarketId; 2]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for id in markets {
        hash.update((id.as_str().len() as u64).to_le_bytes());
        hash.update(id.as_str().as_bytes());
    }
    hash.finalize().into()
}
