//! What a two-legged hedge costs at the asks now: the size, the cost with fees and gas, the worst case.
//!
//! The order of the checks is the order of the refusals: leg alive, fee known, book there, book sound, then the money.

use crate::hedge::{HedgeQuote, LegQuote, World};
use crate::refusal::RefusalReason;
use crate::walk::{best_pair_cost, in_units, largest_common_size};
use crate::worlds::least_payoffs;
use betty_market::book::BookFault;
use betty_market::{Book, BookSide, FeeSchedule, Level, Market, Outcome, Shares, Timestamp, Usdc, Walk};

/// Oldest book priced, in milliseconds.
pub const BOOK_AGE_MS_MAX: i64 = 120_000;
/// Largest distance in time between the two books, in milliseconds: apart, they are not one moment's prices.
pub const BOOK_GAP_MS_MAX: i64 = 60_000;
/// Days added to the expected settlement: the oracle takes two hours undisputed and four to six days with a token vote;
/// 1 to 1.3% are disputed, so two days is a rounded-up ordinary case and not the tail.
pub const DISPUTE_BUFFER_DAYS: u32 = 2;
/// Days a year of the annualised edge.
const DAYS_PER_YEAR: i64 = 365;
/// Millionths in one.
const PPM: i64 = 1_000_000;

/// Limits and costs of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteConfig {
    /// Oldest book accepted, milliseconds.
    pub max_age_ms: i64,
    /// Largest time between the two books, milliseconds.
    pub max_gap_ms: i64,
    /// Least marginal and least net edge, millionths of the cost.
    pub min_edge_ppm: i64,
    /// Most dollars in one hedge, gas included.
    pub max_capital: Option<Usdc>,
    /// Most shares of each leg.
    pub max_shares: Option<Shares>,
    /// Gas of the whole basket.
    pub gas: Usdc,
}

impl Default for QuoteConfig {
    fn default() -> Self {
        Self {
            max_age_ms: BOOK_AGE_MS_MAX,
            max_gap_ms: BOOK_GAP_MS_MAX,
            min_edge_ppm: 0,
            max_capital: None,
            max_shares: None,
            gas: Usdc::ZERO,
        }
    }
}

/// A leg as the caller has it.
#[derive(Debug, Clone, Copy)]
pub struct LegInput<'a> {
    /// The market.
    pub market: &'a Market,
    /// Which outcome is bought.
    pub outcome: Outcome,
    /// The book of that outcome's token, when there is one.
    pub book: Option<&'a Book>,
}

/// Why there is no hedge at these prices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotQuoted {
    /// The reason, of the closed set.
    pub reason: RefusalReason,
    /// What the venue's smallest order would come to, where the books were sound and deep enough: for the watch list.
    pub at_minimum: Option<Box<HedgeQuote>>,
}

impl From<RefusalReason> for NotQuoted {
    fn from(reason: RefusalReason) -> Self {
        Self { reason, at_minimum: None }
    }
}

/// A leg whose book has passed every check.
#[derive(Clone, Copy)]
struct Sound<'a> {
    book: &'a Book,
    fee: FeeSchedule,
    min_size: Shares,
}

fn sound<'a>(leg: &LegInput<'a>, now: Timestamp, config: &QuoteConfig) -> Result<Sound<'a>, RefusalReason> {
    if !leg.market.is_tradable() {
        return Err(RefusalReason::LegDead);
    }
    let fee = leg.market.fee.ok_or(RefusalReason::NoFeeSchedule)?;
    let book = leg.book.filter(|b| b.token == *leg.market.token(leg.outcome)).ok_or(RefusalReason::NoBook)?;
    // A stamp from the future is as little this moment's as an old one.
    if book.at.since(now) > config.max_gap_ms {
        return Err(RefusalReason::Stale);
    }
    book.check(now, config.max_age_ms, BookSide::Ask).map_err(|fault| match fault {
        BookFault::Crossed { .. } => RefusalReason::Crossed,
        BookFault::OneSided { .. } => RefusalReason::NoDepth,
        // A gap makes the book unknown until the next snapshot: as good as old.
        _ => RefusalReason::Stale,
    })?;
    if book.best_bid().is_none() {
        return Err(RefusalReason::OneSided);
    }
    Ok(Sound { book, fee, min_size: leg.market.min_size })
}

/// The asks of a leg whose book passes every check a pair's book has to pass.
pub(crate) fn sound_asks<'a>(leg: &LegInput<'a>, now: Timestamp, config: &QuoteConfig) -> Option<&'a [Level]> {
    sound(leg, now, config).ok().map(|s| s.book.levels(BookSide::Ask))
}

/// What a token costs by its market's listing, ten-thousandths of a dollar. The ask of NO mirrors the bid of YES.
pub(crate) fn listed_ask(market: &Market, side: Outcome) -> Option<i64> {
    match side {
        Outcome::Yes => market.best_ask.map(|p| i64::from(p.e4())),
        Outcome::No => market.best_bid.map(|p| 10_000 - i64::from(p.e4())),
    }
}

/// Rounds up to a whole lot.
fn ceil_to_lot(shares: Shares) -> Shares {
    let floor = shares.floor_to_lot();
    if floor == shares { floor } else { floor + Shares::LOT }
}

/// Both books walked for the same number of shares; `None` where one of them runs out.
fn walk_both(legs: &[Sound<'_>; 2], shares: Shares) -> Option<[Walk; 2]> {
    let walks = legs.map(|leg| leg.book.take(BookSide::Ask, shares, leg.fee));
    walks.iter().all(|w| w.shares == shares).then_some(walks)
}

/// The largest size up to `shares` whose cost with gas is within `capital`. Cost rises with size, so halving finds it.
fn cap_by_capital(legs: &[Sound<'_>; 2], shares: Shares, capital: Usdc, gas: Usdc) -> Shares {
    let fits = |lots: i64| {
        let size = Shares::from_micros(lots * Shares::LOT.micros());
        walk_both(legs, size).is_some_and(|w| w[0].cost() + w[1].cost() + gas <= capital)
    };
    let (mut low, mut high) = (0, shares.micros() / Shares::LOT.micros());
    if fits(high) {
        return shares;
    }
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    Shares::from_micros(low * Shares::LOT.micros())
}

/// What a size is worth and when.
struct Terms {
    normal: Usdc,
    with_void: Usdc,
    max_shares: Shares,
    days: Option<u32>,
    now: Timestamp,
    gas: Usdc,
}

/// `shares` baskets at `per_share` dollars each, rounded down.
fn payoff(per_share: Usdc, shares: Shares) -> Usdc {
    let micros = i128::from(per_share.micros()) * i128::from(shares.micros()) / i128::from(PPM);
    Usdc::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn price(legs: &[Sound<'_>; 2], shares: Shares, terms: &Terms) -> Option<HedgeQuote> {
    let walks = walk_both(legs, shares)?;
    let fee = walks[0].fee + walks[1].fee;
    let cost = walks[0].cost() + walks[1].cost() + terms.gas;
    let worst_case = payoff(terms.normal, shares) - cost;
    let net_edge = i128::from(worst_case.micros()) * i128::from(PPM);
    let net_edge_ppm = i64::try_from(net_edge.div_euclid(i128::from(cost.micros().max(1)))).unwrap_or(i64::MIN);
    let per_year = |days: u32| net_edge_ppm.saturating_mul(DAYS_PER_YEAR) / i64::from(days.max(1));
    let quotes = walks.into_iter().zip(legs).map(|(walk, leg)| {
        let best_ask = leg.book.best_ask()?.price;
        Some(LegQuote { walk, best_ask, book_at: leg.book.at, depth: leg.book.depth })
    });
    Some(HedgeQuote {
        shares,
        legs: quotes.collect::<Option<Vec<_>>>()?,
        fee,
        gas: terms.gas,
        cost,
        worst_case,
        worst_case_void: payoff(terms.with_void, shares) - cost,
        net_edge_ppm,
        days: terms.days,
        edge_per_year_ppm: terms.days.map(per_year),
        max_shares: terms.max_shares,
        at: terms.now,
    })
}

/// Days until the last leg is expected to settle, [`DISPUTE_BUFFER_DAYS`] included; at least the buffer.
#[must_use]
pub fn days_to_settle(settles: Option<Timestamp>, now: Timestamp) -> Option<u32> {
    settles.map(|end| end.days_since(now).saturating_add(DISPUTE_BUFFER_DAYS))
}

/// Prices a two-legged hedge at the present asks, at equal shares of both legs.
///
/// The recommended size maximises the guaranteed profit subject to the configured caps, the depth of both books and the
/// minimum edge. `worlds` come from [`crate::worlds::pair_worlds`]; `settles` is the expected end of the last leg.
///
/// # Errors
/// [`NotQuoted`] with the first reason that holds, in the order alive, fee schedule, book, soundness, spread, fee, size,
/// gas. Where the books allow, the quote at the venue's smallest order comes along.
pub fn quote_pair(
    inputs: &[LegInput<'_>; 2],
    worlds: &[World],
    settles: Option<Timestamp>,
    now: Timestamp,
    config: &QuoteConfig,
) -> Result<HedgeQuote, NotQuoted> {
    let legs = [sound(&inputs[0], now, config)?, sound(&inputs[1], now, config)?];
    if legs[0].book.at.since(legs[1].book.at).abs() > config.max_gap_ms {
        return Err(RefusalReason::Stale.into());
    }
    let (Some(best_a), Some(best_b)) = (legs[0].book.best_ask(), legs[1].book.best_ask()) else {
        return Err(RefusalReason::NoDepth.into());
    };
    let (normal, with_void) = least_payoffs(worlds);
    let asks = legs.map(|leg| leg.book.levels(BookSide::Ask));
    let walk = largest_common_size(asks[0], legs[0].fee, asks[1], legs[1].fee, normal, config.min_edge_ppm);
    let days = days_to_settle(settles, now);
    let terms = Terms { normal, with_void, max_shares: walk.shares, days, now, gas: config.gas };
    let smallest = ceil_to_lot(legs[0].min_size.max(legs[1].min_size).max(Shares::LOT));
    let refuse = |reason| {
        let at_minimum = price(&legs, smallest, &terms).map(Box::new);
        Err(NotQuoted { reason, at_minimum })
    };

    let pays = i128::from(in_units(normal)) * i128::from(PPM);
    let earns = |unit: i64| i128::from(unit) * i128::from(PPM + config.min_edge_ppm.max(0)) <= pays;
    let (bare, with_fee) = best_pair_cost(best_a, legs[0].fee, best_b, legs[1].fee);
    if bare >= in_units(normal) || !earns(bare) {
        return refuse(RefusalReason::Spread);
    }
    if with_fee >= in_units(normal) || !earns(with_fee) {
        return refuse(RefusalReason::Fee);
    }
    let mut shares = config.max_shares.map_or(walk.shares, |cap| walk.shares.min(cap.floor_to_lot()));
    if let Some(capital) = config.max_capital {
        shares = cap_by_capital(&legs, shares, capital, config.gas);
    }
    if shares < smallest {
        return refuse(RefusalReason::Minimum);
    }
    match price(&legs, shares, &terms) {
        Some(quote) if !quote.worst_case.is_negative() && quote.net_edge_ppm >= config.min_edge_ppm => Ok(quote),
        _ => refuse(RefusalReason::Gas),
    }
}
