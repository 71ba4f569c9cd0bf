//! From the programme's solution to a basket that can be ordered: rounded down to lots, counted in integers, refused if it does not pay.

use super::programme::{ProgrammeError, ProgrammeLevel, optimum};
use super::worlds::{TooManyWorlds, void_worlds, worlds};
use super::{BasketInput, BasketMarket, WORLDS_MAX};
use betty_market::{Level, Outcome, Price, Shares, Usdc};
use serde::{Deserialize, Serialize};

/// Millionths of a share that the solver's value may lie under a whole lot and still count as that lot.
const SLACK: f64 = 1e-6;

/// One token of a basket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketLeg {
    /// The market, by its place in the input.
    pub market: usize,
    /// Which side.
    pub outcome: Outcome,
    /// Shares.
    pub shares: Shares,
    /// Dollars paid at the asks.
    pub cost: Usdc,
    /// Dollars of fees, floored fill by fill.
    pub fee: Usdc,
    /// The dearest level that is taken.
    pub marginal: Price,
    /// Levels taken, the last one perhaps in part.
    pub levels: usize,
}

/// One joint outcome without a void market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BasketWorld {
    /// Which markets resolve YES.
    pub yes: Vec<bool>,
    /// Dollars the basket pays.
    pub pays: Usdc,
    /// The probability that the books imply, from the programme's dual. An estimate, not money.
    pub probability: f64,
}

/// A basket that pays in every world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basket {
    /// What to buy, by market, YES before NO.
    pub legs: Vec<BasketLeg>,
    /// Dollars in all: asks, fees, gas.
    pub capital: Usdc,
    /// Dollars gained in the worst normal world.
    pub worst: Usdc,
    /// Dollars gained or lost in the worst world with void markets, or `None` when there are too many of those to look at.
    pub worst_with_voids: Option<Usdc>,
    /// The worst normal world by the programme, before rounding: dollars, an upper bound for `worst` to within the fees' floors.
    pub optimum: f64,
    /// Every normal world.
    pub worlds: Vec<BasketWorld>,
}

/// Why there is no basket.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BasketRefusal {
    /// Fewer than two markets are not tied together.
    #[error("a basket needs at least two markets")]
    TooFew,
    /// A relation names a market that is not there.
    #[error("a relation names market {0} of a basket of {1}")]
    UnknownMember(usize, usize),
    /// Too many joint outcomes.
    #[error(transparent)]
    Worlds(#[from] TooManyWorlds),
    /// The programme.
    #[error(transparent)]
    Programme(#[from] ProgrammeError),
    /// The certificate does not stand on the markets as they are.
    #[error("the set is not proven: a text, date or flag changed, or a market is missing")]
    NotProven,
    /// A market takes no orders.
    #[error("a market of the set takes no orders")]
    NotOpen,
    /// A market's fee is not known.
    #[error("a market of the set carries no fee schedule")]
    NoFeeSchedule,
    /// The books are not of one moment.
    #[error("the books are too far apart in time to be one moment's prices")]
    Apart,
    /// Nothing pays at these asks.
    #[error("at these asks no basket pays more than it costs in every world")]
    NothingPays,
    /// What pays is smaller than the venue's smallest orders, or is eaten up by rounding, fees and gas.
    #[error("what pays is too small: after rounding to lots and smallest orders the worst world gains {0}")]
    TooSmall(Usdc),
}

/// The asks of a token.
const fn asks<'a>(market: &BasketMarket<'a>, outcome: Outcome) -> &'a [Level] {
    match outcome {
        Outcome::Yes => market.yes,
        Outcome::No => market.no,
    }
}

const SIDES: [Outcome; 2] = [Outcome::Yes, Outcome::No];

/// Finds the basket whose worst normal world gains most.
///
/// # Errors
/// [`BasketRefusal`] in one sentence. A basket that gains nothing in the worst world is refused.
pub fn solve(input: &BasketInput<'_>) -> Result<Basket, BasketRefusal> {
    let count = input.markets.len();
    if count < 2 {
        return Err(BasketRefusal::TooFew);
    }
    if let Some(bad) = input.constraints.iter().flat_map(|c| &c.members).find(|m| **m >= count) {
        return Err(BasketRefusal::UnknownMember(*bad, count));
    }
    let normal = worlds(count, &input.constraints, WORLDS_MAX)?;
    let mut levels = Vec::new();
    for (i, market) in input.markets.iter().enumerate() {
        for (k, side) in SIDES.into_iter().enumerate() {
            levels.extend(asks(market, side).iter().filter(|l| l.size.is_positive()).map(|l| ProgrammeLevel {
                token: 2 * i + k,
                cost: l.price.to_f64() + fee_rate(market, l.price),
                size: l.size.to_f64(),
            }));
        }
    }
    let capital = input.max_capital.map(|c| (c - input.gas).to_f64().max(0.0));
    let found = optimum(&levels, &normal, capital)?;
    if found.worst <= 0.0 {
        return Err(BasketRefusal::NothingPays);
    }
    let mut wanted = vec![0.0; 2 * count];
    for (level, shares) in levels.iter().zip(&found.shares) {
        wanted[level.token] += shares;
    }
    let mut legs = Vec::new();
    for (token, shares) in wanted.into_iter().enumerate() {
        let market = &input.markets[token / 2];
        legs.extend(leg(market, token / 2, SIDES[token % 2], shares));
    }
    let capital = legs.iter().map(|l| l.cost + l.fee).sum::<Usdc>() + input.gas;
    let held = |outcome: &[Option<bool>]| -> Usdc {
        legs.iter()
            .map(|leg| match outcome[leg.market] {
                None => leg.shares.at_half(),
                Some(yes) if yes == (leg.outcome == Outcome::Yes) => leg.shares.at_par(),
                Some(_) => Usdc::ZERO,
            })
            .sum()
    };
    let worlds: Vec<BasketWorld> = normal
        .into_iter()
        .zip(&found.probabilities)
        .map(|(yes, probability)| {
            let known: Vec<Option<bool>> = yes.iter().map(|y| Some(*y)).collect();
            BasketWorld { pays: held(&known), yes, probability: *probability }
        })
        .collect();
    let least = worlds.iter().map(|w| w.pays).min().unwrap_or(Usdc::ZERO);
    let worst = least - capital;
    if !worst.is_positive() {
        return Err(BasketRefusal::TooSmall(worst));
    }
    let voids = void_worlds(count, &input.constraints, WORLDS_MAX).ok();
    let worst_with_voids = voids.map(|v| v.iter().map(|w| held(w)).min().unwrap_or(least).min(least) - capital);
    Ok(Basket { legs, capital, worst, worst_with_voids, optimum: found.worst, worlds })
}

/// Dollars of fee a share, before the venue's floor.
fn fee_rate(market: &BasketMarket<'_>, price: Price) -> f64 {
    let p = price.to_f64();
    f64::from(market.fee.rate_ppm) / 1e6 * (p * (1.0 - p)).powi(i32::from(market.fee.exponent))
}

/// Takes shares from the best level on, in whole lots; nothing when that is under the smallest order.
fn leg(market: &BasketMarket<'_>, place: usize, outcome: Outcome, shares: f64) -> Option<BasketLeg> {
    let there: Shares = asks(market, outcome).iter().map(|l| l.size).sum();
    #[allow(clippy::cast_possible_truncation)]
    let micros = ((shares + SLACK) * 1e6).floor() as i64;
    let shares = Shares::from_micros(micros).min(there).floor_to_lot();
    if !shares.is_positive() || shares < market.min_size {
        return None;
    }
    let mut leg = BasketLeg {
        market: place,
        outcome,
        shares,
        cost: Usdc::ZERO,
        fee: Usdc::ZERO,
        marginal: Price::ONE,
        levels: 0,
    };
    let mut left = shares;
    for level in asks(market, outcome).iter().filter(|l| l.size.is_positive()) {
        let taken = left.min(level.size);
        leg.cost += level.price.cost_of(taken);
        leg.fee += market.fee.fee(level.price, taken);
        leg.marginal = level.price;
        leg.levels += 1;
        left -= taken;
        if !left.is_positive() {
            break;
        }
    }
    Some(leg)
}
