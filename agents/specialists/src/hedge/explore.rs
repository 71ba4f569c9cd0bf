//! Looking around: one market, its books, the ladder it stands on, what is related to it.

use super::HedgeSpecialist;
use super::analyze::relation_words;
use super::prove::blocking;
use betty_bus::report::{LadderKind, LadderReport, Link, MarketReport, RelatedReport, RelatedRow, Rung, UnprovenRow};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Report, TaskError};
use betty_hedging::discover::{analyze, block_keys, prove_among};
use betty_hedging::{Certificate, Obligation, Relation};
use betty_market::{Book, Market, MarketFilter, MarketId, Outcome, TokenId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Most rungs of a ladder shown, those around the market asked about.
const RUNGS_MAX: usize = 40;
/// Most markets compared with one.
const COMPARED_MAX: usize = 500;

impl HedgeSpecialist {
    pub(super) async fn market(attempt: &Attempt, id: MarketId, with_books: bool) -> Result<Done, TaskError> {
        let market = attempt.market.market(&id).await?;
        let books = if with_books {
            let read = attempt.market.books(&[market.yes.clone(), market.no.clone()]).await?;
            let side = |b: &Book| if b.token == market.yes { Outcome::Yes } else { Outcome::No };
            let mut sides: Vec<(Outcome, Book)> = read.into_iter().map(|b| (side(&b), b)).collect();
            sides.sort_by_key(|(side, _)| *side != Outcome::Yes);
            Some(sides)
        } else {
            None
        };
        let (source, at) = (attempt.market.label(), attempt.market.now());
        Ok(Done::read(Report::Market(Box::new(MarketReport { source, at, market, books }))))
    }

    pub(super) async fn ladder(attempt: &Attempt, id: MarketId) -> Result<Done, TaskError> {
        let (market, pool) = neighbours(attempt, &id).await?;
        let (kind, mut members, left_out, links) = blocking(move || arranged(&market, pool)).await?;
        attempt.check()?;
        let tokens: Vec<TokenId> = members.iter().flat_map(|m| [m.yes.clone(), m.no.clone()]).collect();
        let books: HashMap<TokenId, Book> =
            attempt.market.books(&tokens).await?.into_iter().map(|b| (b.token.clone(), b)).collect();
        let ask = |token: &TokenId| books.get(token).and_then(Book::best_ask).map(|level| level.price);
        let rungs = members.drain(..).zip(links).map(|(market, next)| {
            let (yes_ask, no_ask) = (ask(&market.yes), ask(&market.no));
            Rung { market, yes_ask, no_ask, next }
        });
        let rungs = rungs.collect();
        let (source, at) = (attempt.market.label(), attempt.market.now());
        Ok(Done::read(Report::Ladder(LadderReport { source, at, market: id, kind, rungs, left_out })))
    }

    pub(super) async fn related(attempt: &Attempt, id: MarketId, limit: u32) -> Result<Done, TaskError> {
        let (market, mut pool) = neighbours(attempt, &id).await?;
        pool.truncate(COMPARED_MAX);
        let (source, at, question) = (attempt.market.label(), attempt.market.now(), market.question.clone());
        let compared = pool.len() as u64;
        let (mut rows, mut unproven) = blocking(move || compared_with(&market, &pool)).await?;
        let (found, failed) = (rows.len() as u64, unproven.len() as u64);
        rows.truncate(limit as usize);
        unproven.truncate(limit as usize);
        let report = RelatedReport { source, at, market: id, question, compared, rows, found, unproven, failed };
        Ok(Done::read(Report::Related(report)))
    }
}

/// A market and the open ones that could have to do with it: candidates of the prover, and those of its event.
async fn neighbours(attempt: &Attempt, id: &MarketId) -> Result<(Market, Vec<Market>), TaskError> {
    // The market itself first: one that is not there is told before anything else is read.
    let market = attempt.market.market(id).await?;
    (attempt.progress)("reading the markets");
    let all = attempt.market.markets(&MarketFilter { query: None, limit: None }).await?;
    attempt.check()?;
    let pool = {
        let market = market.clone();
        blocking(move || {
            let keys: HashSet<u64> = block_keys(&market).into_iter().collect();
            let event = market.event.as_ref().map(|e| &e.id);
            let near = |m: &Market| {
                event.is_some() && m.event.as_ref().map(|e| &e.id) == event
                    || block_keys(m).iter().any(|k| keys.contains(k))
            };
            all.into_iter().filter(|m| m.id != market.id && near(m)).collect()
        })
        .await?
    };
    Ok((market, pool))
}

fn link(certificate: &Certificate, a: &Market, b: &Market) -> Link {
    Link {
        relation: relation_words(certificate, a, b),
        evidence: certificate.evidence,
        rule: certificate.rule,
        sentence: certificate.sentence.clone(),
    }
}

/// What is proven between a market and each of the others, and which candidates failed.
fn compared_with(market: &Market, pool: &[Market]) -> (Vec<RelatedRow>, Vec<UnprovenRow>) {
    let (mut rows, mut unproven) = (Vec::new(), Vec::new());
    for other in pool {
        let analysis = analyze(market, other);
        let (id, question) = (other.id.clone(), other.question.clone());
        if let Some(certificate) = &analysis.relation {
            rows.push(RelatedRow { market: id, question, link: link(certificate, market, other) });
        // A rule whose form is another one has nothing to say; the last that had says how near it came.
        } else if let Some(f) = analysis.failed.iter().rev().find(|f| f.obligation != Obligation::Form) {
            let why = format!("{} {}: {} ({})", f.rule, f.rule.title(), f.obligation, f.detail);
            unproven.push(UnprovenRow { market: id, question, why });
        }
    }
    (rows, unproven)
}

type Arranged = (LadderKind, Vec<Market>, u64, Vec<Option<Link>>);

/// The members of the ladder of a market in their order, those left out, and what holds between neighbours.
fn arranged(market: &Market, pool: Vec<Market>) -> Arranged {
    let all: Vec<Market> = std::iter::once(market.clone()).chain(pool).collect();
    let chain = chain(market, &all);
    let group = |m: &Market| m.neg_risk.as_ref().map(|n| n.group.clone());
    let event = |m: &Market| m.event.as_ref().map(|e| e.id.clone());
    let same = |key: &dyn Fn(&Market) -> Option<String>| -> Vec<Market> {
        let own = key(market);
        let mut members: Vec<Market> = all.iter().filter(|m| own.is_some() && key(m) == own).cloned().collect();
        members.sort_by(|a, b| (a.end, a.id.as_str().len(), &a.id).cmp(&(b.end, b.id.as_str().len(), &b.id)));
        members
    };
    let (kind, mut members) = if chain.len() > 1 {
        (LadderKind::Chain, chain)
    } else {
        let exclusive = same(&|m| group(m).map(|g| g.as_str().to_owned()));
        let listed = same(&|m| event(m).map(|e| e.as_str().to_owned()));
        match (exclusive.len(), listed.len()) {
            (2.., _) => (LadderKind::Exclusive, exclusive),
            (_, 2..) => (LadderKind::Event, listed),
            _ => (LadderKind::Alone, vec![market.clone()]),
        }
    };
    let left_out = members.len().saturating_sub(RUNGS_MAX);
    if left_out > 0 {
        let at = members.iter().position(|m| m.id == market.id).unwrap_or(0);
        let first = at.saturating_sub(RUNGS_MAX / 2).min(left_out);
        members = members.split_off(first);
        members.truncate(RUNGS_MAX);
    }
    let mut links: Vec<Option<Link>> = members
        .windows(2)
        .map(|pair| analyze(&pair[0], &pair[1]).relation.map(|c| link(&c, &pair[0], &pair[1])))
        .collect();
    links.push(None);
    (kind, members, left_out as u64, links)
}

/// The markets bound to one by implications, the strongest claim first.
fn chain(market: &Market, all: &[Market]) -> Vec<Market> {
    let discovery = prove_among(all);
    let mut implies: BTreeMap<&MarketId, BTreeSet<&MarketId>> = BTreeMap::new();
    let mut beside: BTreeMap<&MarketId, BTreeSet<&MarketId>> = BTreeMap::new();
    for certificate in discovery.proofs.iter().map(|p| &p.certificate) {
        let (Relation::Implies, [a, b]) = (certificate.relation, certificate.markets.as_slice()) else { continue };
        implies.entry(a).or_default().insert(b);
        beside.entry(a).or_default().insert(b);
        beside.entry(b).or_default().insert(a);
    }
    let reached = |from: &'_ MarketId, edges: &BTreeMap<&MarketId, BTreeSet<&MarketId>>| -> BTreeSet<MarketId> {
        let (mut seen, mut open) = (BTreeSet::from([from.clone()]), vec![from.clone()]);
        while let Some(id) = open.pop() {
            for next in edges.get(&id).into_iter().flatten() {
                if seen.insert((*next).clone()) {
                    open.push((*next).clone());
                }
            }
        }
        seen
    };
    let bound = reached(&market.id, &beside);
    let mut members: Vec<Market> = all.iter().filter(|m| bound.contains(&m.id)).cloned().collect();
    // Whoever implies most is the strongest; of equals the earlier end.
    members.sort_by_cached_key(|m| (usize::MAX - reached(&m.id, &implies).len(), m.end, m.id.clone()));
    members
}
