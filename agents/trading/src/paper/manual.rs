//! Trades at prices typed in by a person: the first system's form. Explicit overrides, marked as such in the event and ever after.
//!
//! There is no book behind them, so depth is not checked and slippage is not known; fees come from the markets' own schedules all
//! the same. The coverage is the person's word and not a proof: the worst case is that nothing is paid.

use crate::cost::{CostBreakdown, CostInputs, CostLeg, CostSettings, FixedCosts};
use crate::exit::ExitReason;
use crate::kelly::kelly_binary;
use crate::ledger::{HedgeClosed, HedgeOpened, LegEntry, LegExit, PositionId, PriceMark};
use crate::paper::close::{CloseDecision, decided_close, held};
use crate::paper::open::{OpenDecision, Terms, decided, events, held_in, settles_at, sized, want};
use crate::paper::refusal::TradeRefusal;
use crate::paper::{Desk, OpenRequest};
use crate::strategy::Strategy;
use crate::units::{PPM, ratio_ppm};
use betty_hedging::{Tier, World};
use betty_market::{BookSide, FeeSchedule, Fill, Market, Outcome, Price, Shares, Timestamp, Usdc, Walk};

/// One leg typed in.
#[derive(Debug, Clone, Copy)]
pub struct ManualLeg<'a> {
    /// The market.
    pub market: &'a Market,
    /// Which outcome is bought.
    pub outcome: Outcome,
    /// At this price.
    pub price: Price,
}

/// A hedge typed in: target, cover, coverage, tier.
#[derive(Debug, Clone, Copy)]
pub struct ManualOpen<'a> {
    /// The position that is covered.
    pub target: ManualLeg<'a>,
    /// The position that covers it.
    pub cover: ManualLeg<'a>,
    /// Probability that at least one of the two pays, millionths, as the person states it.
    pub coverage_ppm: i64,
    /// The tier, as the person states it. Kept in words: nothing is proven, so the trade's own tier is [`Tier::Watch`].
    pub tier: Tier,
}

/// One price of a close typed in, with the market it is for.
#[derive(Debug, Clone, Copy)]
pub struct ManualPrice<'a> {
    /// The market.
    pub market: &'a Market,
    /// Sold at this price.
    pub price: Price,
}

/// Decides a position at prices typed in.
///
/// # Errors
/// [`TradeRefusal`]: bad price or coverage, a stated T0, a market without fee schedule or not open, a cost of a dollar or more, or a limit.
pub fn open_manual(
    desk: &Desk<'_>,
    manual: &ManualOpen<'_>,
    request: &OpenRequest<'_>,
) -> Result<OpenDecision, TradeRefusal> {
    if !(0..=PPM).contains(&manual.coverage_ppm) {
        return Err(TradeRefusal::BadCoverage { ppm: manual.coverage_ppm });
    }
    if manual.tier == Tier::T0 {
        return Err(TradeRefusal::StatedProof);
    }
    let legs = [manual.target, manual.cover];
    if manual.target.market.id == manual.cover.market.id && manual.target.outcome == manual.cover.outcome {
        return Err(TradeRefusal::LegMismatch { what: "target and cover are the same token".to_owned() });
    }
    let mut schedules = Vec::with_capacity(legs.len());
    for leg in &legs {
        let market = leg.market.id.clone();
        check_price(leg.price)?;
        if !leg.market.is_tradable() {
            return Err(TradeRefusal::NotTradable { market, status: leg.market.status });
        }
        schedules.push(leg.market.fee.ok_or(TradeRefusal::NoFeeSchedule { market })?);
    }
    let walks = |shares: Shares| -> Vec<Walk> {
        let legs = legs.iter().zip(&schedules);
        legs.map(|(leg, schedule)| fill(leg.price, shares, *schedule, BookSide::Ask)).collect()
    };
    let capital = |shares: Shares| capital_of(&walks(shares), desk.costs);
    let unit = Shares::whole(100);
    // All-in cost of one share of each leg, over a hundred of them so that fixed costs weigh as they do in a usual trade.
    let cost = Usdc::from_micros((capital(unit).micros() + 99) / 100);
    if cost >= Usdc::whole(1) {
        return Err(TradeRefusal::NoEdge { cost, payoff: Usdc::whole(1) });
    }
    let p = Usdc::from_micros(manual.coverage_ppm).to_f64();
    let want = want(request, || (crate::units::fraction_ppm(kelly_binary(p, cost.to_f64())), cost))?;
    let min_size = legs.iter().map(|l| l.market.min_size).max().unwrap_or(Shares::LOT).max(Shares::LOT);
    let markets = || legs.iter().map(|l| l.market);
    let hedge_key =
        format!("manual:{}:{}:{}:{}", legs[0].market.id, legs[0].outcome, legs[1].market.id, legs[1].outcome);
    let terms = Terms {
        want,
        depth: None,
        min_size,
        held: held_in(desk, &hedge_key, markets(), true),
        events: events(markets()),
        settles_at: settles_at(markets()),
    };
    let sizing = sized(desk, request, &terms, &capital)?;
    let walks = walks(sizing.shares);
    let sold = legs.iter().zip(&walks).map(|(l, w)| (l.market, l.price, w));
    let costs = costs(sold, BookSide::Ask, desk.costs, desk.now);
    let covered = sizing.shares.at_par();
    if covered < sizing.capital {
        return Err(TradeRefusal::CostsTakeEdge { shares: sizing.shares, capital: sizing.capital, payoff: covered });
    }
    let entries = legs.iter().zip(walks).map(|(leg, walk)| LegEntry {
        market: leg.market.id.clone(),
        question: leg.market.question.clone(),
        event: leg.market.event.as_ref().map(|e| e.id.clone()),
        outcome: leg.outcome,
        token: leg.market.token(leg.outcome).clone(),
        walk,
        best: leg.price,
        book_at: desk.now,
    });
    let event = HedgeOpened {
        position: desk.account.next_position(),
        hedge_id: None,
        hedge_key,
        label: format!("manual, stated {}", manual.tier),
        strategy: request.strategy.map(Strategy::reference),
        strategy_toml: request.strategy.map(Strategy::to_toml),
        confidence: request.confidence,
        entry_reason: request.reason.clone(),
        legs: entries.collect(),
        shares: sizing.shares,
        costs: costs.clone(),
        // Its worst case is a loss, and a negative net edge is never tiered.
        tier: Tier::Watch,
        evidence: None,
        coverage_ppm: manual.coverage_ppm,
        coverage_lower_ppm: 0,
        // Without a proof the worst case is that nothing is paid.
        net_edge_ppm: ratio_ppm(-sizing.capital, sizing.capital).unwrap_or(-PPM),
        certificate: None,
        prices: PriceMark::Manual,
        source: desk.account.source().clone(),
        worlds: manual_worlds(),
        settles_at: terms.settles_at,
        at: desk.now,
        snapshot: Vec::new(),
    };
    let notes = vec![
        "MANUAL PRICES: typed in, not from a book; depth was not checked".to_owned(),
        "coverage and tier are a person's word, not proven: the worst case is the whole capital, so the trade is not tiered"
            .to_owned(),
        sizing.words(),
    ];
    decided(desk, event, sizing, costs, notes)
}

/// Nothing is proven, so every combination of two legs is possible.
fn manual_worlds() -> Vec<World> {
    let world = |name: &str, dollars, void| World { name: name.to_owned(), payoff: Usdc::whole(dollars), void };
    vec![
        world("neither pays", 0, false),
        world("one pays", 1, false),
        world("both pay", 2, false),
        World {
            name: "one is void, the other does not pay".to_owned(),
            payoff: Usdc::from_micros(500_000),
            void: true,
        },
        world("both are void", 1, true),
        World { name: "one is void, the other pays".to_owned(), payoff: Usdc::from_micros(1_500_000), void: true },
    ]
}

/// Decides to sell a position at prices typed in, one per leg in the position's order.
///
/// # Errors
/// [`TradeRefusal`]: an unknown or ended position, markets that are not its legs, a bad price, a missing fee schedule.
pub fn close_manual(
    desk: &Desk<'_>,
    position: PositionId,
    prices: &[ManualPrice<'_>],
    rule: &str,
) -> Result<CloseDecision, TradeRefusal> {
    let held = held(desk.account, position)?;
    let entries = &held.opened.legs;
    if prices.len() != entries.len() || prices.iter().zip(entries).any(|(p, l)| p.market.id != l.market) {
        let what = format!("{} prices for the {} legs of position {position}", prices.len(), entries.len());
        return Err(TradeRefusal::LegMismatch { what });
    }
    let mut legs = Vec::with_capacity(prices.len());
    for (manual, entry) in prices.iter().zip(entries) {
        check_price(manual.price)?;
        let Some(schedule) = manual.market.fee else {
            return Err(TradeRefusal::NoFeeSchedule { market: manual.market.id.clone() });
        };
        legs.push(LegExit {
            market: entry.market.clone(),
            token: entry.token.clone(),
            walk: fill(manual.price, held.opened.shares, schedule, BookSide::Bid),
            best: manual.price,
            book_at: desk.now,
        });
    }
    let sold = prices.iter().zip(&legs).map(|(p, l)| (p.market, p.price, &l.walk));
    let costs = costs(sold, BookSide::Bid, desk.costs, desk.now);
    let event = HedgeClosed {
        position,
        at_cost: held.at_cost(),
        legs,
        costs,
        reason: ExitReason::Manual,
        rule: rule.to_owned(),
        prices: PriceMark::Manual,
        at: desk.now,
        snapshot: Vec::new(),
    };
    decided_close(desk, held, event)
}

fn check_price(price: Price) -> Result<(), TradeRefusal> {
    if price > Price::ZERO && price < Price::ONE { Ok(()) } else { Err(TradeRefusal::BadPrice { price }) }
}

fn fill(price: Price, shares: Shares, schedule: FeeSchedule, side: BookSide) -> Walk {
    let amount = match side {
        BookSide::Ask => price.cost_of(shares),
        BookSide::Bid => price.proceeds_of(shares),
    };
    let fee = schedule.fee(price, shares);
    Walk { fills: vec![Fill { price, shares, amount, fee }], shares, amount, fee }
}

fn capital_of(walks: &[Walk], settings: &CostSettings) -> Usdc {
    let fixed = FixedCosts::of(settings, walks.iter().map(|w| w.amount)).total(settings);
    walks.iter().map(Walk::cost).sum::<Usdc>() + fixed
}

fn costs<'a>(
    legs: impl Iterator<Item = (&'a Market, Price, &'a Walk)>,
    side: BookSide,
    settings: &CostSettings,
    now: Timestamp,
) -> CostBreakdown {
    let leg = |(market, best, walk): (&Market, Price, &Walk)| CostLeg {
        label: market.id.to_string(),
        side,
        walk: walk.clone(),
        best,
        opposite: None,
        book_at: now,
    };
    CostInputs { legs: legs.map(leg).collect(), settings: settings.clone(), manual_prices: true }.calculate(now)
}
