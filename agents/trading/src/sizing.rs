//! How much of an opportunity: the sizing order, step by step, each step with what it would have allowed.
//!
//! `want = bankroll × min(kelly_fraction × f × confidence, cap)`; then free cash above the reserve, depth at the last price that
//! keeps the edge, exposure by event and by settlement date, open positions; rounded down to the venue's lot, the same count on
//! every leg; refused under the minimum.

use crate::limits::{Confidence, Limits};
use crate::units::{PPM, dollars, part_floor, pct};
use betty_market::{EventId, Shares, Usdc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The limits of the sizing order, in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeLimit {
    /// A size given by the person, instead of Kelly.
    Asked,
    /// The fractional Kelly stake times confidence.
    Kelly,
    /// The strategy's share of the bankroll times confidence.
    Strategy,
    /// Most in one hedge.
    HedgeCap,
    /// Cash above the reserve.
    Reserve,
    /// Shares on the book up to the last price that keeps the edge.
    Depth,
    /// Exposure to an event.
    EventCap,
    /// Exposure to a settlement date.
    DateCap,
    /// Open positions.
    OpenPositions,
    /// The venue's lot.
    Lot,
    /// The venue's minimum.
    Minimum,
}

impl SizeLimit {
    /// The limit in words, to follow "size limited by".
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Asked => "the size asked for",
            Self::Kelly => "Kelly",
            Self::Strategy => "the strategy's size",
            Self::HedgeCap => "the cap per hedge",
            Self::Reserve => "the cash reserve",
            Self::Depth => "depth",
            Self::EventCap => "the cap per event",
            Self::DateCap => "the cap per settlement date",
            Self::OpenPositions => "the number of open positions",
            Self::Lot => "the venue's lot",
            Self::Minimum => "the venue's minimum",
        }
    }
}

impl fmt::Display for SizeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// One step of the derivation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which limit.
    pub limit: SizeLimit,
    /// Dollars of capital this limit alone would have allowed; `None` for one that is not about dollars.
    pub allowed: Option<Usdc>,
    /// Whether it reduced the size left by the steps before. The first step bound when none after it did.
    pub bound: bool,
    /// The step in words, with its numbers.
    pub words: String,
}

/// A size with its derivation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizing {
    /// Shares of every leg, whole lots. Zero when a limit left nothing.
    pub shares: Shares,
    /// Dollars for them, every cost in.
    pub capital: Usdc,
    /// Every step in order.
    pub derivation: Vec<Step>,
}

impl Sizing {
    /// The limits that bound, in order.
    pub fn bound(&self) -> impl Iterator<Item = SizeLimit> + '_ {
        self.derivation.iter().filter(|s| s.bound).map(|s| s.limit)
    }

    /// The last limit that bound: the one that set the size.
    #[must_use]
    pub fn decisive(&self) -> Option<SizeLimit> {
        self.bound().last()
    }

    /// `size limited by depth` or `size limited by the cap per hedge, then depth`.
    #[must_use]
    pub fn words(&self) -> String {
        let names: Vec<&str> = self.bound().map(SizeLimit::title).collect();
        format!("size limited by {}", names.join(", then "))
    }
}

/// What the size starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// Fractional Kelly: `f` in millionths, and the strategy's share of the bankroll in millionths, when there is one.
    Kelly {
        /// The full Kelly fraction on pessimistic odds, millionths.
        f_ppm: i64,
        /// Most of the bankroll the strategy stakes, millionths.
        strategy_ppm: Option<i64>,
    },
    /// Dollars named by a person.
    Capital(Usdc),
    /// Shares named by a person.
    Shares(Shares),
}

/// Everything sizing needs. `capital` is what buying that many shares of every leg takes, every cost in; it must not fall as shares
/// grow.
pub struct SizingInputs<'a> {
    /// Cash plus positions at cost.
    pub bankroll: Usdc,
    /// Dollars at hand.
    pub cash: Usdc,
    /// Positions open now.
    pub open_positions: u32,
    /// Capital already in open positions of this very hedge: the cap per hedge counts them.
    pub hedge_exposure: Usdc,
    /// Capital already in each event the hedge touches.
    pub event_exposure: &'a [(EventId, Usdc)],
    /// Capital already settling on the hedge's date, and that date in words.
    pub date_exposure: (Usdc, &'a str),
    /// What to start from.
    pub want: Want,
    /// How sure the trader is.
    pub confidence: Confidence,
    /// Shares on every leg up to the last price that keeps the edge; `None` for manual prices, whose depth is unknown.
    pub depth: Option<Shares>,
    /// The venue's minimum, the larger one of the legs.
    pub min_size: Shares,
    /// The limits.
    pub limits: &'a Limits,
    /// All-in capital for a share count.
    pub capital: &'a dyn Fn(Shares) -> Usdc,
}

/// Most shares any search considers: a hundred million, more than any market has issued.
const SHARES_MAX: Shares = Shares::whole(100_000_000);

struct Run {
    left: Option<Usdc>,
    steps: Vec<Step>,
}

impl Run {
    fn limit(&mut self, limit: SizeLimit, allowed: Usdc, words: String) {
        let allowed = allowed.max(Usdc::ZERO);
        let bound = self.left.is_some_and(|left| allowed < left);
        self.left = Some(self.left.map_or(allowed, |left| left.min(allowed)));
        self.steps.push(Step { limit, allowed: Some(allowed), bound, words });
    }
}

/// Derives the size. The result may be zero shares or below the minimum; then [`Sizing::decisive`] names the limit to blame and the
/// last step says that the minimum was missed.
#[must_use]
pub fn size(inputs: &SizingInputs<'_>) -> Sizing {
    let mut run = Run { left: None, steps: Vec::new() };
    let shares_cap = want(inputs, &mut run);
    let limits = inputs.limits;
    let percent_of = |pct: u32| part_floor(inputs.bankroll, i64::from(pct) * (PPM / 100));

    let cap = percent_of(limits.hedge_cap_pct);
    let room = cap - inputs.hedge_exposure;
    let mut words = format!("at most {}% of the bankroll of {}", limits.hedge_cap_pct, dollars(inputs.bankroll));
    if inputs.hedge_exposure.is_positive() {
        words.push_str(&format!(" ({}), {} is in already", dollars(cap), dollars(inputs.hedge_exposure)));
    }
    words.push_str(&format!(": {}", dollars(room.max(Usdc::ZERO))));
    run.limit(SizeLimit::HedgeCap, room, words);

    let reserve = percent_of(limits.cash_reserve_pct);
    let free = inputs.cash - reserve;
    run.limit(
        SizeLimit::Reserve,
        free,
        format!(
            "cash {} less the reserve of {}% ({}): {}",
            dollars(inputs.cash),
            limits.cash_reserve_pct,
            dollars(reserve),
            dollars(free.max(Usdc::ZERO))
        ),
    );

    let depth_cap = inputs.depth.map_or(SHARES_MAX, |d| d.min(SHARES_MAX));
    match inputs.depth {
        Some(depth) => {
            let at_depth = (inputs.capital)(depth_cap);
            let words = format!("{depth} shares on every leg at prices that keep the edge: {}", dollars(at_depth));
            run.limit(SizeLimit::Depth, if depth.is_positive() { at_depth } else { Usdc::ZERO }, words);
        }
        None => run.steps.push(Step {
            limit: SizeLimit::Depth,
            allowed: None,
            bound: false,
            words: "manual prices: depth was not checked".to_owned(),
        }),
    }

    for (event, exposure) in inputs.event_exposure {
        let cap = percent_of(limits.event_cap_pct);
        let room = cap - *exposure;
        let words = format!(
            "event {event}: at most {}% ({}), {} is in already: {}",
            limits.event_cap_pct,
            dollars(cap),
            dollars(*exposure),
            dollars(room.max(Usdc::ZERO))
        );
        run.limit(SizeLimit::EventCap, room, words);
    }
    let (exposure, date) = inputs.date_exposure;
    let cap = percent_of(limits.date_cap_pct);
    let room = cap - exposure;
    let words = format!(
        "settling on {date}: at most {}% ({}), {} is in already: {}",
        limits.date_cap_pct,
        dollars(cap),
        dollars(exposure),
        dollars(room.max(Usdc::ZERO))
    );
    run.limit(SizeLimit::DateCap, room, words);

    let full = inputs.open_positions >= limits.open_positions_max;
    if full {
        run.left = Some(Usdc::ZERO);
    }
    run.steps.push(Step {
        limit: SizeLimit::OpenPositions,
        allowed: full.then_some(Usdc::ZERO),
        bound: full,
        words: format!("{} of {} positions are open", inputs.open_positions, limits.open_positions_max),
    });
    finish(inputs, run, depth_cap.min(shares_cap))
}

/// The first steps: what is wanted. Returns the most shares that were asked for.
fn want(inputs: &SizingInputs<'_>, run: &mut Run) -> Shares {
    match inputs.want {
        Want::Capital(asked) => {
            run.limit(SizeLimit::Asked, asked, format!("asked for {}", dollars(asked)));
            SHARES_MAX
        }
        Want::Shares(asked) => {
            let asked = asked.clamp(Shares::ZERO, SHARES_MAX);
            let capital = (inputs.capital)(asked);
            run.limit(SizeLimit::Asked, capital, format!("asked for {asked} shares: {}", dollars(capital)));
            asked
        }
        Want::Kelly { f_ppm, strategy_ppm } => {
            let (fraction, confidence) = (inputs.limits.kelly_fraction_pct, inputs.confidence);
            let scaled = i128::from(f_ppm.clamp(0, PPM)) * i128::from(fraction) * i128::from(confidence.ppm());
            let stake_ppm = crate::units::clamp(scaled / (100 * i128::from(PPM)));
            let kelly = part_floor(inputs.bankroll, stake_ppm);
            let words = format!(
                "{fraction}% of Kelly {} × {} for {confidence} confidence = {} of {}: {}",
                pct(f_ppm),
                confidence.multiplier(),
                pct(stake_ppm),
                dollars(inputs.bankroll),
                dollars(kelly)
            );
            run.limit(SizeLimit::Kelly, kelly, words);
            if let Some(strategy) = strategy_ppm {
                let own_ppm = part_floor(Usdc::from_micros(strategy), confidence.ppm()).micros();
                let own = part_floor(inputs.bankroll, own_ppm);
                let words = format!(
                    "the strategy stakes {} × {} for {confidence} confidence: {}",
                    pct(strategy),
                    confidence.multiplier(),
                    dollars(own)
                );
                run.limit(SizeLimit::Strategy, own, words);
            }
            SHARES_MAX
        }
    }
}

/// Turns dollars into lots and judges the minimum.
fn finish(inputs: &SizingInputs<'_>, mut run: Run, shares_cap: Shares) -> Sizing {
    let left = run.left.unwrap_or(Usdc::ZERO);
    let shares = most_lots(left, shares_cap, inputs.capital);
    let capital = if shares.is_positive() { (inputs.capital)(shares) } else { Usdc::ZERO };
    run.steps.push(Step {
        limit: SizeLimit::Lot,
        allowed: None,
        bound: false,
        words: format!(
            "rounded down to lots of {}: {shares} shares of every leg for {}",
            Shares::LOT,
            dollars(capital)
        ),
    });
    let none_bound = !run.steps.iter().any(|s| s.bound);
    if let Some(first) = run.steps.first_mut().filter(|_| none_bound) {
        first.bound = true;
    }
    let under = shares < inputs.min_size;
    run.steps.push(Step {
        limit: SizeLimit::Minimum,
        allowed: None,
        bound: false,
        words: if under {
            format!("under the venue's minimum of {} shares", inputs.min_size)
        } else {
            format!("the venue's minimum of {} shares is met", inputs.min_size)
        },
    });
    Sizing { shares, capital, derivation: run.steps }
}

/// The most whole lots, at most `cap`, whose capital is within `budget`. Binary search: capital does not fall as shares grow.
pub(crate) fn most_lots(budget: Usdc, cap: Shares, capital: &dyn Fn(Shares) -> Usdc) -> Shares {
    let lot = Shares::LOT.micros();
    let (mut low, mut high) = (0_i64, cap.micros().max(0) / lot);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if capital(Shares::from_micros(middle * lot)) <= budget {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Shares::from_micros(low * lot)
}

#[cfg(test)]
mod tests;
