//! From the programme's solution to a basket that can be ordered: rounded down to lots, counted in integers, refused if it does not pay.

use super::gate::may_pay;
use super::programme::{ProgrammeLevel, optimum};
use super::refusal::BasketRefusal;
use super::worlds::{void_worlds, worlds};
use super::{BasketInput, BasketMarket, WORLDS_MAX};
use betty_market::{Fill, Level, Outcome, Price, Shares, Usdc};
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
    /// Level by level, best first, the last one perhaps in part; never empty.
    pub fills: Vec<Fill>,
}

impl BasketLeg {
    /// The dearest price that is paid.
    #[must_use]
    pub fn marginal(&self) -> Option<Price> {
        self.fills.last().map(|f| f.price)
    }

    /// Dollars it pays when its market resolves so; `None` is a void market, which pays a half.
    #[must_use]
    pub fn pays(&self, yes: Option<bool>) -> Usdc {
        match yes {
            None => self.shares.at_half(),
            Some(yes) if yes == (self.outcome == Outcome::Yes) => self.shares.at_par(),
            Some(_) => Usdc::ZERO,
        }
    }

    /// The best ask.
    #[must_use]
    pub fn best_ask(&self) -> Option<Price> {
        self.fills.first().map(|f| f.price)
    }
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
    /// Dollars gained or lost in the worst world with void markets, or `None` when several relations leave too many of those to look at.
    pub worst_with_voids: Option<Usdc>,
    /// The worst normal world by the programme, before rounding: dollars, an upper bound for `worst` to within the fees' floors.
    pub optimum: f64,
    /// Every normal world.
    pub worlds: Vec<BasketWorld>,
}

impl Basket {
    /// Dollars of fees.
    #[must_use]
    pub fn fee(&self) -> Usdc {
        self.legs.iter().map(|l| l.fee).sum()
    }

    /// Dollars of gas.
    #[must_use]
    pub fn gas(&self) -> Usdc {
        self.capital - self.legs.iter().map(|l| l.cost + l.fee).sum::<Usdc>()
    }

    /// `worst / capital`, millionths, rounded down.
    #[must_use]
    pub fn net_edge_ppm(&self) -> i64 {
        let micros = i128::from(self.worst.micros()) * 1_000_000;
        i64::try_from(micros.div_euclid(i128::from(self.capital.micros().max(1)))).unwrap_or(i64::MIN)
    }
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
/// A minimum edge raises what every level costs: a level is then taken only where it earns that much, as with pairs, and the implied
/// probabilities are those of the raised prices.
///
/// # Errors
/// [`BasketRefusal`] in one sentence. A basket that gains nothing in the worst world, or less than the minimum edge, is refused.
pub fn solve(input: &BasketInput<'_>) -> Result<Basket, BasketRefusal> {
    let count = input.markets.len();
    if count < 2 {
        return Err(BasketRefusal::TooFew);
    }
    if let Some(bad) = input.constraints.iter().flat_map(|c| &c.members).find(|m| **m >= count) {
        return Err(BasketRefusal::UnknownMember(*bad, count));
    }
    #[allow(clippy::cast_precision_loss)]
    let (edge, mut levels) = (input.min_edge_ppm.max(0) as f64 / 1e6, Vec::new());
    for (i, market) in input.markets.iter().enumerate() {
        for (k, side) in SIDES.into_iter().enumerate() {
            levels.extend(asks(market, side).iter().filter(|l| l.size.is_positive()).map(|l| ProgrammeLevel {
                token: 2 * i + k,
                cost: (l.price.to_f64() + fee_rate(market, l.price)) * (1.0 + edge),
                size: l.size.to_f64(),
            }));
        }
    }
    if !may_pay(count, &levels, &input.constraints) {
        return Err(BasketRefusal::NothingPays);
    }
    let normal = worlds(count, &input.constraints, WORLDS_MAX)?;
    let capital = input.max_capital.map(|c| (c - input.gas).to_f64().max(0.0) * (1.0 + edge));
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
    let worlds: Vec<BasketWorld> = normal
        .into_iter()
        .zip(&found.probabilities)
        .map(|(yes, probability)| {
            let known: Vec<Option<bool>> = yes.iter().map(|y| Some(*y)).collect();
            BasketWorld { pays: held(&legs, &known), yes, probability: *probability }
        })
        .collect();
    let least = worlds.iter().map(|w| w.pays).min().unwrap_or(Usdc::ZERO);
    let spent: f64 = levels.iter().zip(&found.shares).map(|(l, x)| l.cost * x).sum();
    let optimum = found.worst + spent * edge / (1.0 + edge);
    let mut basket = Basket { legs, capital, worst: least - capital, worst_with_voids: None, optimum, worlds };
    if !basket.worst.is_positive() || basket.net_edge_ppm() < input.min_edge_ppm {
        return Err(BasketRefusal::TooSmall(basket.worst));
    }
    let voids = match &input.constraints[..] {
        [only] if (0..count).all(|market| only.members.contains(&market)) => {
            Some(least_with_a_void(&basket.legs, count))
        }
        many => void_worlds(count, many, WORLDS_MAX)
            .ok()
            .map(|v| v.iter().map(|w| held(&basket.legs, w)).min().unwrap_or(least)),
    };
    basket.worst_with_voids = voids.map(|pays| pays.min(least) - capital);
    Ok(basket)
}

/// Dollars that legs pay in a world.
fn held(legs: &[BasketLeg], world: &[Option<bool>]) -> Usdc {
    legs.iter().map(|leg| leg.pays(world[leg.market])).sum()
}

/// The least that legs pay when a market is void and one relation ties them all: a void member leaves the others free, so each of them
/// ends at its worst, and the void one is that which then pays the least more. The same as over [`void_worlds`], without listing them.
fn least_with_a_void(legs: &[BasketLeg], count: usize) -> Usdc {
    let of = |market: usize, outcome: Option<bool>| -> Usdc {
        legs.iter().filter(|l| l.market == market).map(|l| l.pays(outcome)).sum()
    };
    let worst = |market| of(market, Some(true)).min(of(market, Some(false)));
    let all: Usdc = (0..count).map(worst).sum();
    let one: Usdc = (0..count).map(|market| of(market, None) - worst(market)).min().unwrap_or(Usdc::ZERO);
    all + one
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
    let mut leg = BasketLeg { market: place, outcome, shares, cost: Usdc::ZERO, fee: Usdc::ZERO, fills: Vec::new() };
    let mut left = shares;
    for level in asks(market, outcome).iter().filter(|l| l.size.is_positive()) {
        let taken = left.min(level.size);
        let (amount, fee) = (level.price.cost_of(taken), market.fee.fee(level.price, taken));
        leg.cost += amount;
        leg.fee += fee;
        leg.fills.push(Fill { price: level.price, shares: taken, amount, fee });
        left -= taken;
        if !left.is_positive() {
            break;
        }
    }
    Some(leg)
}
