//! A basket of a scan as JSON: money, prices and shares as decimal texts in the units of a hedge.

use super::json::{at, depth_name, fraction, typed};
use betty_hedging::Leg;
use betty_hedging::basket::{BasketLeg, FoundBasket};
use betty_market::MarketId;
use serde_json::{Value, json as object};

pub(super) fn basket(found: &FoundBasket) -> Value {
    let (c, b) = (&found.certificate, &found.basket);
    object!({
        "key": found.key,
        "evidence": typed(&c.evidence),
        "rule": c.rule.to_string(),
        "relation": typed(&c.relation),
        "tier": found.tier.to_string(),
        "certificate": {
            "sentence": c.sentence,
            "obligations": c.obligations,
            "parameters": c.parameters,
        },
        "market_ids": c.markets.iter().map(MarketId::as_str).collect::<Vec<_>>(),
        "legs": found.legs.iter().zip(&b.legs).map(|(l, q)| leg(l, q)).collect::<Vec<_>>(),
        "capital": b.capital.to_string(),
        "fee": b.fee().to_string(),
        "gas": b.gas().to_string(),
        "worst_case": b.worst.to_string(),
        "worst_case_void": b.worst_with_voids.map(|w| w.to_string()),
        "net_edge": fraction(b.net_edge_ppm()),
        "days": found.days,
        "depth": depth_name(found.depth),
        "worlds": worlds(found),
        "at": at(found.at),
    })
}

/// A leg with the levels it takes; `price` is the best ask as with a hedge, `marginal_price` the dearest level.
fn leg(leg: &Leg, quote: &BasketLeg) -> Value {
    let levels: Vec<Value> = quote
        .fills
        .iter()
        .map(|f| {
            object!({
                "price": f.price.to_string(),
                "shares": f.shares.to_string(),
                "cost": f.amount.to_string(),
                "fee": f.fee.to_string(),
            })
        })
        .collect();
    object!({
        "market_id": leg.market.as_str(),
        "question": leg.question,
        "side": leg.outcome.to_string(),
        "token_id": leg.token.as_str(),
        "shares": quote.shares.to_string(),
        "price": quote.best_ask().map(|p| p.to_string()),
        "marginal_price": quote.marginal().map(|p| p.to_string()),
        "levels": levels,
        "cost": quote.cost.to_string(),
        "fee": quote.fee.to_string(),
    })
}

/// Every normal world by the markets that resolve YES in it. The probability is what the asks imply, and the solver's dust below zero is
/// none.
fn worlds(found: &FoundBasket) -> Vec<Value> {
    let markets = &found.certificate.markets;
    let worlds = found.basket.worlds.iter().map(|w| {
        let yes = markets.iter().zip(&w.yes).filter(|(_, yes)| **yes).map(|(id, _)| id.as_str());
        object!({
            "yes": yes.collect::<Vec<_>>(),
            "pays": w.pays.to_string(),
            "after_cost": (w.pays - found.basket.capital).to_string(),
            "probability": w.probability.max(0.0),
        })
    });
    worlds.collect()
}
