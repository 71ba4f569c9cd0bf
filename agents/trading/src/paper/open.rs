//! Opening a position from a hedge, at the books of the moment.

use crate::cost::CostBreakdown;
use crate::kelly::{Payout, kelly_multi};
use crate::ledger::account::settlement_day;
use crate::ledger::{BookSnapshot, HedgeOpened, LedgerEvent, LegEntry, PriceMark};
use crate::limits::Limits;
use crate::paper::basket::{Basket, LegMarket};
use crate::paper::refusal::TradeRefusal;
use crate::paper::{Desk, OpenRequest, SizeRequest};
use crate::portfolio::date_text;
use crate::sizing::{SizeLimit, Sizing, SizingInputs, Want, size};
use crate::strategy::Strategy;
use crate::units::{PPM, fraction_ppm, part_floor, pct, ratio_ppm};
use betty_hedging::{Evidence, Hedge, World};
use betty_market::{BookSide, Depth, EventId, Market, Shares, SourceLabel, Timestamp, Usdc};
use serde::{Deserialize, Serialize};

/// A position to be opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenDecision {
    /// What to journal and apply: always [`LedgerEvent::HedgeOpened`].
    pub event: LedgerEvent,
    /// How the size came about.
    pub sizing: Sizing,
    /// Every cost, line by line.
    pub costs: CostBreakdown,
    /// Capital put in, every cost in.
    pub capital: Usdc,
    /// Worst-case profit per dollar at this size, every cost in, millionths.
    pub net_edge_ppm: i64,
    /// What a person should know beside it.
    pub notes: Vec<String>,
}

/// Decides whether and how much of a hedge to buy. `legs` are the markets and books of the hedge's legs, in its order.
///
/// # Errors
/// [`TradeRefusal`], in the order: evidence and proof, markets and books, edge, Kelly, limits, minimum, account.
pub fn open(
    desk: &Desk<'_>,
    hedge_id: Option<i64>,
    hedge: &Hedge,
    legs: &[LegMarket<'_>],
    request: &OpenRequest<'_>,
) -> Result<OpenDecision, TradeRefusal> {
    check_evidence(hedge, legs, request.between, desk.account.source())?;
    let basket = Basket::new(desk, legs, tokens(hedge).into_iter(), BookSide::Ask)?;
    for (leg, ready) in hedge.legs.iter().zip(&basket.legs) {
        if leg.market != ready.market.id || leg.token != *ready.market.token(leg.outcome) {
            return Err(TradeRefusal::LegMismatch {
                what: format!("leg {} is not market {}", leg.market, ready.market.id),
            });
        }
    }
    let payoff = least_payoff(&hedge.worlds, false);
    let min_edge_ppm =
        i64::from(desk.limits.min_edge_ppm).max(request.strategy.map_or(0, |s| s.entry.min_net_edge_ppm));
    let depth = basket.depth_keeping_edge(payoff, min_edge_ppm).floor_to_lot();
    if !depth.is_positive() {
        return Err(no_edge(&basket, payoff));
    }
    let capital = |shares: Shares| basket.capital(shares, desk.costs);
    let kelly = || kelly_stake(hedge, desk, depth, payoff, &capital);
    let want = want(request, kelly)?;
    let terms = Terms {
        want,
        depth: Some(depth),
        min_size: basket.min_size(),
        held: held_in(desk, &hedge.key, legs.iter().map(|l| l.market), false),
        events: events(legs.iter().map(|l| l.market)),
        settles_at: settles_at(legs.iter().map(|l| l.market)),
    };
    let sizing = sized(desk, request, &terms, &capital)?;
    let walks = basket.walks(sizing.shares);
    let costs = basket.costs(&walks, desk.costs, desk.now);
    let worst = part_floor(payoff, sizing.shares.micros());
    if worst < sizing.capital {
        return Err(TradeRefusal::CostsTakeEdge { shares: sizing.shares, capital: sizing.capital, payoff: worst });
    }
    let net_edge_ppm = ratio_ppm(worst - sizing.capital, sizing.capital).unwrap_or(0);
    let snapshot = basket.legs.iter().zip(&walks).map(|(l, w)| BookSnapshot::of(l.shown, w.fills.len() + 1)).collect();
    let notes = notes(hedge, &basket, request.strategy, &sizing, desk.limits);
    let entries = hedge.legs.iter().zip(basket.legs.iter().zip(walks));
    let event = HedgeOpened {
        position: desk.account.next_position(),
        hedge_id,
        hedge_key: hedge.key.clone(),
        label: format!("{} {}, {}", hedge.certificate.rule, hedge.certificate.rule.title(), hedge.tier),
        strategy: request.strategy.map(Strategy::reference),
        strategy_toml: request.strategy.map(Strategy::to_toml),
        confidence: request.confidence,
        entry_reason: request.reason.clone(),
        legs: entries
            .map(|(leg, (ready, walk))| LegEntry {
                market: leg.market.clone(),
                question: leg.question.clone(),
                event: ready.market.event.as_ref().map(|e| e.id.clone()),
                outcome: leg.outcome,
                token: leg.token.clone(),
                best: ready.book.best_ask().map(|l| l.price).unwrap_or_default(),
                walk,
                book_at: ready.shown.at,
            })
            .collect(),
        shares: sizing.shares,
        costs: costs.clone(),
        tier: hedge.tier,
        evidence: Some(hedge.certificate.evidence),
        coverage_ppm: fraction_ppm(hedge.coverage.point),
        coverage_lower_ppm: fraction_ppm(hedge.coverage.lower),
        net_edge_ppm,
        certificate: Some(hedge.certificate.sentence.clone()),
        prices: PriceMark::Book,
        source: desk.account.source().clone(),
        worlds: hedge.worlds.clone(),
        settles_at: terms.settles_at,
        at: desk.now,
        snapshot,
    };
    decided(desk, event, sizing, costs, notes)
}

fn tokens(hedge: &Hedge) -> Vec<&betty_market::TokenId> {
    hedge.legs.iter().map(|l| &l.token).collect()
}

/// Hypotheses are never traded, presumed relations never on live data, and a proof must still stand on the texts of now.
fn check_evidence(
    hedge: &Hedge,
    legs: &[LegMarket<'_>],
    between: &[&Market],
    source: &SourceLabel,
) -> Result<(), TradeRefusal> {
    let evidence = hedge.certificate.evidence;
    match evidence {
        Evidence::Hypothesis => {
            return Err(TradeRefusal::EvidenceTooWeak { evidence, place: "anywhere".to_owned() });
        }
        Evidence::Presumed if *source == SourceLabel::Live => {
            return Err(TradeRefusal::EvidenceTooWeak { evidence, place: "on live data".to_owned() });
        }
        Evidence::Presumed | Evidence::Verified | Evidence::Proven => {}
    }
    let markets: Vec<&Market> = legs.iter().map(|l| l.market).chain(between.iter().copied()).collect();
    if hedge.certificate.still_holds(&markets) { Ok(()) } else { Err(TradeRefusal::ProofVoided) }
}

/// The least payoff per share of every leg; nothing when no world is listed.
pub(crate) fn least_payoff(worlds: &[World], with_void: bool) -> Usdc {
    worlds.iter().filter(|w| with_void || !w.void).map(|w| w.payoff).min().unwrap_or(Usdc::ZERO)
}

fn no_edge(basket: &Basket<'_>, payoff: Usdc) -> TradeRefusal {
    match basket.first_share() {
        Some(cost) => TradeRefusal::NoEdge { cost, payoff },
        // The side was there when the book was checked: what is displayed, the account has taken already.
        None => TradeRefusal::TooSmall { shares: Shares::ZERO, minimum: basket.min_size(), limit: SizeLimit::Depth },
    }
}

/// The full Kelly fraction on pessimistic odds, millionths, and the cost per share it was computed at.
///
/// Odds: the logic fails with the larger of `1 − lower bound of coverage` and the assumed failure rate, and then pays nothing; a void
/// pays the least void world; else the least normal world is paid. The cost per share is that of the largest size the cap per hedge
/// allows, so that slippage counts.
fn kelly_stake(
    hedge: &Hedge,
    desk: &Desk<'_>,
    depth: Shares,
    payoff: Usdc,
    capital: &dyn Fn(Shares) -> Usdc,
) -> (i64, Usdc) {
    let limits = desk.limits;
    let cap = part_floor(desk.account.bankroll(), i64::from(limits.hedge_cap_pct) * (PPM / 100));
    let shares = crate::sizing::most_lots(cap, depth, capital).max(Shares::LOT);
    // Micro-dollars per share, rounded up.
    let micros = i128::from(capital(shares).micros()) * i128::from(PPM);
    let share_micros = i128::from(shares.micros());
    let cost = Usdc::from_micros(crate::units::clamp((micros + share_micros - 1) / share_micros));
    let fail_ppm = (PPM - fraction_ppm(hedge.coverage.lower)).max(i64::from(limits.logic_failure_ppm));
    let void_ppm = i64::from(limits.void_ppm).min(PPM - fail_ppm);
    let void_payoff = least_payoff(&hedge.worlds, true);
    let per_dollar = |paid: Usdc| paid.to_f64() / cost.to_f64();
    let p = |ppm: i64| Usdc::from_micros(ppm).to_f64();
    let table = [
        Payout { p: p(PPM - fail_ppm - void_ppm), per_dollar: per_dollar(payoff) },
        Payout { p: p(void_ppm), per_dollar: per_dollar(void_payoff) },
        Payout { p: p(fail_ppm), per_dollar: 0.0 },
    ];
    (fraction_ppm(kelly_multi(&table).unwrap_or(0.0)), cost)
}

/// What the size starts from; Kelly is only asked when no size was named.
pub(crate) fn want(request: &OpenRequest<'_>, kelly: impl FnOnce() -> (i64, Usdc)) -> Result<Want, TradeRefusal> {
    match request.size {
        Some(SizeRequest::Capital(asked)) if asked.is_positive() => Ok(Want::Capital(asked)),
        Some(SizeRequest::Shares(asked)) if asked.is_positive() => Ok(Want::Shares(asked)),
        Some(_) => Err(TradeRefusal::BadSize),
        None => match kelly() {
            (f_ppm, cost) if f_ppm <= 0 => Err(TradeRefusal::KellyZero { cost }),
            (f_ppm, _) => Ok(Want::Kelly { f_ppm, strategy_ppm: request.strategy.map(|s| s.size_ppm) }),
        },
    }
}

/// What sizing needs to know of a trade.
pub(crate) struct Terms {
    pub(crate) want: Want,
    pub(crate) depth: Option<Shares>,
    pub(crate) min_size: Shares,
    /// Capital in the same hedge already.
    pub(crate) held: Usdc,
    pub(crate) events: Vec<EventId>,
    pub(crate) settles_at: Option<Timestamp>,
}

/// Runs the sizing order and refuses what it leaves too small.
pub(crate) fn sized(
    desk: &Desk<'_>,
    request: &OpenRequest<'_>,
    terms: &Terms,
    capital: &dyn Fn(Shares) -> Usdc,
) -> Result<Sizing, TradeRefusal> {
    let (account, limits) = (desk.account, desk.limits);
    if account.open_count() >= limits.open_positions_max {
        return Err(TradeRefusal::PositionsFull { open: account.open_count(), max: limits.open_positions_max });
    }
    let by_event = account.exposure_by_event();
    let in_event = |e: &EventId| (e.clone(), by_event.get(e).copied().unwrap_or(Usdc::ZERO));
    let event_exposure: Vec<_> = terms.events.iter().map(in_event).collect();
    let on_day = account.exposure_by_day().get(&settlement_day(terms.settles_at)).copied().unwrap_or(Usdc::ZERO);
    let date = date_text(terms.settles_at);
    let sizing = size(&SizingInputs {
        bankroll: account.bankroll(),
        cash: account.cash(),
        open_positions: account.open_count(),
        hedge_exposure: terms.held,
        event_exposure: &event_exposure,
        date_exposure: (on_day, &date),
        want: terms.want,
        confidence: request.confidence,
        depth: terms.depth,
        min_size: terms.min_size,
        limits,
        capital,
    });
    if sizing.shares < terms.min_size {
        let limit = sizing.decisive().unwrap_or(SizeLimit::Minimum);
        return Err(TradeRefusal::TooSmall { shares: sizing.shares, minimum: terms.min_size, limit });
    }
    Ok(sizing)
}

/// Capital in open positions of the same hedge.
pub(crate) fn held_in<'a>(desk: &Desk<'_>, key: &str, markets: impl Iterator<Item = &'a Market>, manual: bool) -> Usdc {
    let markets: Vec<_> = markets.map(|m| &m.id).collect();
    desk.account.exposure_to_hedge(key, &markets, manual)
}

/// The events of some markets, each once.
pub(crate) fn events<'a>(markets: impl Iterator<Item = &'a Market>) -> Vec<EventId> {
    let mut events: Vec<EventId> = markets.filter_map(|m| m.event.as_ref()).map(|e| e.id.clone()).collect();
    events.sort_unstable();
    events.dedup();
    events
}

/// The last end date; unknown when any is.
pub(crate) fn settles_at<'a>(markets: impl Iterator<Item = &'a Market>) -> Option<Timestamp> {
    markets.map(|m| m.end).collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// Tries the event on a copy of the account's books, so that a decision can always be applied.
pub(crate) fn decided(
    desk: &Desk<'_>,
    event: HedgeOpened,
    sizing: Sizing,
    costs: CostBreakdown,
    notes: Vec<String>,
) -> Result<OpenDecision, TradeRefusal> {
    let (capital, net_edge_ppm) = (sizing.capital, event.net_edge_ppm);
    let event = LedgerEvent::HedgeOpened(Box::new(event));
    desk.account.accepts(&event).map_err(|e| TradeRefusal::Ledger { reason: e.to_string() })?;
    Ok(OpenDecision { event, sizing, costs, capital, net_edge_ppm, notes })
}

fn notes(
    hedge: &Hedge,
    basket: &Basket<'_>,
    strategy: Option<&Strategy>,
    sizing: &Sizing,
    limits: &Limits,
) -> Vec<String> {
    let mut notes = vec![sizing.words()];
    if let Some(strategy) = strategy {
        let cap_ppm = i64::from(limits.hedge_cap_pct) * (PPM / 100);
        if strategy.size_ppm > cap_ppm {
            let (own, cap) = (pct(strategy.size_ppm), limits.hedge_cap_pct);
            notes.push(format!(
                "{} names {own} of the bankroll; the cap of {cap}% per hedge binds all the same",
                strategy.name
            ));
        }
    }
    if basket.legs.iter().any(|l| l.shown.depth == Depth::Unknown) {
        notes.push("the data holds best prices only: the sizes behind them are assumptions".to_owned());
    }
    if hedge.certificate.evidence == Evidence::Presumed {
        notes.push("the relation is presumed: the data carries no rule text to prove it on".to_owned());
    }
    notes
}
