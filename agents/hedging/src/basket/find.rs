//! Sets that could pay, and their baskets: cheap looks at the listed prices first, the linear programme on the books of what is left.

use super::{Basket, BasketInput, BasketMarket, BasketRefusal, Constraint, solve};
use crate::certificate::Certificate;
use crate::hedge::Leg;
use crate::relation::Relation;
use betty_market::{Book, BookSide, Market, MarketId, MarketStatus, Outcome, Timestamp, TokenId, Usdc};
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
    if !(3..=MEMBERS_MAX).contains(&members.len()) || !members.iter().all(|m| m.status == MarketStatus::Open) {
        return false;
    }
    // The NO ask mirrors the YES bid.
    let ask = |m: &Market, side: Outcome| match side {
        Outcome::Yes => m.best_ask.map(|p| i64::from(p.e4())),
        Outcome::No => m.best_bid.map(|p| 10_000 - i64::from(p.e4())),
    };
    ways(relation, members.len()).into_iter().any(|(sides, pays)| {
        let cost: Option<i64> = members.iter().zip(sides).map(|(m, side)| ask(m, side)).sum();
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

/// What a basket is priced with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The present.
    pub now: Timestamp,
    /// Oldest book that counts, in milliseconds; an older one counts as one without asks.
    pub max_age_ms: i64,
    /// Largest distance in time between the books a basket buys from, in milliseconds.
    pub max_gap_ms: i64,
    /// Dollars of gas for one pair of orders; a basket pays it for every two legs begun.
    pub gas: Usdc,
    /// Most dollars spent.
    pub max_capital: Option<Usdc>,
}

/// Prices a set on its books: the basket whose worst normal world gains most.
///
/// # Errors
/// Why there is none, in one sentence.
pub fn price(
    certificate: &Certificate,
    markets: &HashMap<&MarketId, &Market>,
    books: &HashMap<TokenId, Book>,
    terms: &Terms,
) -> Result<FoundBasket, BasketRefusal> {
    let members: Vec<&Market> = certificate.markets.iter().filter_map(|id| markets.get(id).copied()).collect();
    if members.len() != certificate.markets.len() || !certificate.still_holds(&members) {
        return Err(BasketRefusal::NotProven);
    }
    let fresh = |token: &TokenId| {
        books
            .get(token)
            .filter(|book| book.check(terms.now, terms.max_age_ms, BookSide::Ask).is_ok())
            .map_or(&[][..], |book| book.levels(BookSide::Ask))
    };
    if members.iter().any(|m| m.status != MarketStatus::Open) {
        return Err(BasketRefusal::NotOpen);
    }
    let tradable: Option<Vec<BasketMarket<'_>>> = members
        .iter()
        .map(|m| Some(BasketMarket { yes: fresh(&m.yes), no: fresh(&m.no), fee: m.fee?, min_size: m.min_size }))
        .collect();
    let pairs = i64::try_from(members.len().div_ceil(2)).unwrap_or(i64::MAX);
    let input = BasketInput {
        markets: tradable.ok_or(BasketRefusal::NoFeeSchedule)?,
        constraints: vec![Constraint { relation: certificate.relation, members: (0..members.len()).collect() }],
        max_capital: terms.max_capital,
        gas: Usdc::from_micros(terms.gas.micros().saturating_mul(pairs)),
    };
    let basket = solve(&input)?;
    let legs: Vec<Leg> = basket
        .legs
        .iter()
        .map(|leg| {
            let m = members[leg.market];
            Leg {
                market: m.id.clone(),
                question: m.question.clone(),
                outcome: leg.outcome,
                token: m.token(leg.outcome).clone(),
            }
        })
        .collect();
    let stamps = || legs.iter().filter_map(|leg| books.get(&leg.token)).map(|book| book.at);
    if stamps().max().zip(stamps().min()).is_some_and(|(last, first)| last.since(first) > terms.max_gap_ms) {
        return Err(BasketRefusal::Apart);
    }
    Ok(FoundBasket { key: key(certificate), certificate: certificate.clone(), legs, basket, at: terms.now })
}
