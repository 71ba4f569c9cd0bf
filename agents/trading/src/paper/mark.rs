//! What one could sell for now: the bids walked for the held size, fees out. Never mid, never `1 − mid`, never 0.

use crate::ledger::Position;
use crate::paper::Desk;
use crate::paper::basket::{Basket, LegMarket};
use betty_market::{BookSide, MarketId, Usdc};
use serde::{Deserialize, Serialize};

/// What one leg would bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegMark {
    /// The market.
    pub market: MarketId,
    /// What its bids pay for the held size, fee out; `None` when they do not take all of it.
    pub value: Option<Usdc>,
}

/// What a position would bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// All legs; `None` when one of them has none.
    pub value: Option<Usdc>,
    /// Leg by leg; empty when the books could not be used at all.
    pub legs: Vec<LegMark>,
    /// Why there is no value, in words.
    pub missing: Option<String>,
}

/// Marks a position. `legs` are the markets and books of its legs, in its order.
#[must_use]
pub fn mark(desk: &Desk<'_>, position: &Position, legs: &[LegMarket<'_>]) -> Mark {
    let shares = position.opened.shares;
    let tokens = position.opened.legs.iter().map(|l| &l.token);
    let basket = match Basket::new(desk, legs, tokens, BookSide::Bid) {
        Ok(basket) => basket,
        Err(refusal) => return Mark { value: None, legs: Vec::new(), missing: Some(refusal.to_string()) },
    };
    let walks = basket.walks(shares);
    let legs: Vec<LegMark> = basket
        .legs
        .iter()
        .zip(&walks)
        .map(|(leg, walk)| LegMark {
            market: leg.market.id.clone(),
            value: (walk.shares == shares).then(|| walk.net_proceeds()),
        })
        .collect();
    let value = legs.iter().map(|l| l.value).sum::<Option<Usdc>>();
    let thin = legs.iter().find(|l| l.value.is_none());
    let missing = thin.map(|l| format!("the bids of market {} do not take {shares} shares", l.market));
    Mark { value, legs, missing }
}
