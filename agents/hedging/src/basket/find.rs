//! Sets that could pay, and their baskets: cheap looks at the listed prices first, the linear programme on the books of what is left.

use super::{Basket, BasketInput, BasketMarket, BasketRefusal, Constraint, solve};
use crate::certificate::Certificate;
use crate::discover::settles;
use crate::hedge::{Coverage, Leg, Tier};
use crate::quote::{LegInput, QuoteConfig, days_to_settle, listed_ask, sound_asks};
use crate::relation::Relation;
use crate::tier::tier_of;
use betty_market::{Book, Depth, Market, MarketId, Outcome, Timestamp, TokenId, Usdc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Most markets of a set that is priced as a basket: worlds, programme and ticket grow with them.
pub const MEMBERS_MAX: usize = 40;
/// Dollars a set may cost too much at the listed prices and still have its books read: those prices are older than the books.
const NEAR: Usdc = Usdc::from_micros(10_000);

/// A set with a basket that pays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundBasket {
    /// Stable key: rule, relation and markets.
    pub key: String,
    /// Why it pays.
    pub certificate: Certificate,
    /// What is bought: the tokens, in the order of `basket.legs`.
    pub legs: Vec<Leg>,
    /// How much of each, and what it comes to.
    pub basket: Basket,
    /// Whether the sizes of all books bought from were real.
    pub depth: Depth,
    /// Days until the last leg is expected to settle, dispute buffer included; `None` where an end is not known.
    pub days: Option<u32>,
    /// How good it is.
    pub tier: Tier,
    /// When it was priced.
    pub at: Timestamp,
}

/// Stable key of a set.
#[must_use]
pub fn key(certificate: &Certificate) -> String {
    let ids: Vec<&str> = certificate.markets.iter().map(MarketId::as_str).collect();
    format!("{}:{:?}:{}", certificate.rule, certificate.relation, ids.join("+"))
}

/// The ways to buy a whole set, one share of each token: which sides, and the dollars that pay in every normal world.
fn ways(relation: Relation, members: usize) -> Vec<(Vec<Outcome>, i64)> {
    let (Ok(n), yes, no) = (i64::try_from(members), vec![Outcome::Yes; members], vec![Outcome::No; members]) else {
        return Vec::new();
    };
    let first = |side: Outcome, rest: Outcome| {
        let mut sides = vec![rest; members];
        sides[0] = side;
        sides
    };
    match relation {
        Relation::Excludes => vec![(no, n - 1)],
        Relation::Exhausts => vec![(yes, 1)],
        Relation::Partition => vec![(no, n - 1), (yes, 1)],
        // The whole against its parts: one dollar with NO of the whole, all but one NO of the parts with its YES.
        Relation::Union => vec![(first(Outcome::No, Outcome::Yes), 1), (first(Outcome::Yes, Outcome::No), n - 1)],
        Relation::Implies | Relation::Equivalent => Vec::new(),
    }
}

/// Whether one of the ways to buy a set costs, by the prices of the listings, at most a little more than it pays. Sets of two have
/// their pairs priced; sets that are too large, or of which a market takes no orders, cannot.
fn near(relation: Relation, members: &[&Market]) -> bool {
    if !(3..=MEMBERS_MAX).contains(&members.len()) || !members.iter().all(|m| m.is_tradable()) {
        return false;
    }
    ways(relation, members.len()).into_iter().any(|(sides, pays)| {
        let cost: Option<i64> = members.iter().zip(sides).map(|(m, side)| listed_ask(m, side)).sum();
        cost.is_some_and(|cost| cost * 100 <= pays * 1_000_000 + NEAR.micros())
    })
}

/// The sets whose books are worth reading, by the listed prices.
#[must_use]
pub fn worth_reading<'s>(sets: &'s [Certificate], markets: &HashMap<&MarketId, &Market>) -> Vec<&'s Certificate> {
    sets.iter()
        .filter(|c| {
            let members: Option<Vec<&Market>> = c.markets.iter().map(|id| markets.get(id).copied()).collect();
            members.is_some_and(|members| near(c.relation, &members))
        })
        .collect()
}

/// Prices a set on its books: the basket whose worst normal world gains most. A book that a pair would be refused for counts as one
/// without asks. Gas of the configuration is that of a pair; a basket pays it for every two markets begun.
///
/// # Errors
/// Why there is none, in one sentence.
pub fn price(
    certificate: &Certificate,
    markets: &HashMap<&MarketId, &Market>,
    books: &HashMap<TokenId, Book>,
    now: Timestamp,
    config: &QuoteConfig,
) -> Result<FoundBasket, BasketRefusal> {
    let members: Vec<&Market> = certificate.markets.iter().filter_map(|id| markets.get(id).copied()).collect();
    if members.len() != certificate.markets.len() || !certificate.still_holds(&members) {
        return Err(BasketRefusal::NotProven);
    }
    if members.iter().any(|m| !m.is_tradable()) {
        return Err(BasketRefusal::NotOpen);
    }
    let asks = |market, outcome| {
        let book = books.get(Market::token(market, outcome));
        sound_asks(&LegInput { market, outcome, book }, now, config).unwrap_or_default()
    };
    let tradable: Option<Vec<BasketMarket<'_>>> = members
        .iter()
        .map(|m| {
            let (yes, no) = (asks(m, Outcome::Yes), asks(m, Outcome::No));
            Some(BasketMarket { yes, no, fee: m.fee?, min_size: m.min_size })
        })
        .collect();
    let pairs = i64::try_from(members.len().div_ceil(2)).unwrap_or(i64::MAX);
    let input = BasketInput {
        markets: tradable.ok_or(BasketRefusal::NoFeeSchedule)?,
        constraints: vec![Constraint { relation: certificate.relation, members: (0..members.len()).collect() }],
        max_capital: config.max_capital,
        gas: Usdc::from_micros(config.gas.micros().saturating_mul(pairs)),
        min_edge_ppm: config.min_edge_ppm,
    };
    let basket = solve(&input)?;
    let held: Vec<&Market> = basket.legs.iter().map(|leg| members[leg.market]).collect();
    let legs: Vec<Leg> = held
        .iter()
        .zip(&basket.legs)
        .map(|(m, leg)| Leg {
            market: m.id.clone(),
            question: m.question.clone(),
            outcome: leg.outcome,
            token: m.token(leg.outcome).clone(),
        })
        .collect();
    let bought = || legs.iter().filter_map(|leg| books.get(&leg.token));
    let stamps = || bought().map(|book| book.at);
    if stamps().max().zip(stamps().min()).is_some_and(|(last, first)| last.since(first) > config.max_gap_ms) {
        return Err(BasketRefusal::Apart);
    }
    let depth = if bought().any(|book| book.depth == Depth::Unknown) { Depth::Unknown } else { Depth::Full };
    let days = days_to_settle(settles(&held, now), now);
    // No cases are counted of sets: what is less than proven earns no tier.
    let tier = tier_of(certificate.evidence, basket.worst, Coverage { point: 0.0, lower: 0.0, n: 0 });
    Ok(FoundBasket {
        key: key(certificate),
        certificate: certificate.clone(),
        legs,
        basket,
        depth,
        days,
        tier,
        at: now,
    })
}
