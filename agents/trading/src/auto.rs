//! The AutoTrader's logic: entries and exits by rule, nothing without one. Refusals are data too: every candidate and every open
//! position ends as one decision with its reason and numbers.

use crate::breaker::{Breaker, Breakers, Trip};
use crate::cost::CostSettings;
use crate::ledger::{Account, Position, PositionId};
use crate::limits::{Confidence, Limits};
use crate::paper::{Desk, LegMarket, OpenDecision, OpenRequest, TradeRefusal, open};
use crate::strategy::{Category, ExitDecision, PositionView, Strategy, evaluate};
use crate::units::pct;
use betty_hedging::{Hedge, Tier};
use betty_market::{MarketId, Shares, Timestamp, Usdc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A hedge the AutoTrader may enter, with fresh data of its legs.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The stored hedge, when it is stored.
    pub hedge_id: Option<i64>,
    /// The hedge.
    pub hedge: &'a Hedge,
    /// Markets and books of its legs, in its order.
    pub legs: &'a [LegMarket<'a>],
    /// The markets beside its legs that its proof rests on.
    pub between: &'a [&'a betty_market::Market],
}

/// Why a candidate was taken or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum EntryReason {
    /// Every filter passed and the limits left a size.
    Taken {
        /// What the filters saw, in words with numbers.
        words: String,
    },
    /// The same hedge is held already.
    AlreadyHeld {
        /// By this position.
        position: PositionId,
    },
    /// The tier is worse than the strategy takes.
    Tier {
        /// The hedge's.
        tier: Tier,
        /// The worst one taken.
        max: Tier,
    },
    /// The lower bound of coverage is below the strategy's.
    Coverage {
        /// The hedge's, millionths.
        lower_ppm: i64,
        /// The least taken, millionths.
        min_ppm: i64,
    },
    /// The net edge is below the strategy's.
    NetEdge {
        /// The hedge's at the size found, millionths.
        edge_ppm: i64,
        /// The least taken, millionths.
        min_ppm: i64,
    },
    /// Fewer shares keep the edge than the strategy asks for.
    Depth {
        /// Shares there.
        depth: Shares,
        /// The least taken.
        min: Shares,
    },
    /// It settles later than the strategy waits, or nobody knows when.
    Days {
        /// Days, where known.
        days: Option<u32>,
        /// The most waited.
        max: u32,
    },
    /// A market is about none of the strategy's categories.
    Category {
        /// The market.
        market: MarketId,
        /// What the strategy takes.
        wanted: Vec<Category>,
    },
    /// The same hedge was sold a short while ago.
    Cooling {
        /// The position that was.
        position: PositionId,
        /// It may be entered again from then on.
        until: Timestamp,
    },
    /// A circuit breaker has tripped.
    Halted {
        /// Which, since when, why and until when.
        trip: Trip,
    },
    /// The trade itself was refused.
    Refused {
        /// Why.
        refusal: TradeRefusal,
    },
}

impl fmt::Display for EntryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { words } => f.write_str(words),
            Self::AlreadyHeld { position } => write!(f, "already held as position {position}"),
            Self::Tier { tier, max } => write!(f, "tier {tier}, the strategy takes {max} at worst"),
            Self::Coverage { lower_ppm, min_ppm } => {
                write!(f, "coverage at least {}, the strategy wants {}", pct(*lower_ppm), pct(*min_ppm))
            }
            Self::NetEdge { edge_ppm, min_ppm } => {
                write!(f, "net edge {}, the strategy wants {}", pct(*edge_ppm), pct(*min_ppm))
            }
            Self::Depth { depth, min } => write!(f, "{depth} shares keep the edge, the strategy wants {min}"),
            Self::Days { days: Some(days), max } => write!(f, "settles in {days} days, the strategy waits {max}"),
            Self::Days { days: None, max } => write!(f, "no known end, the strategy waits {max} days"),
            Self::Category { market, wanted } => {
                let wanted: Vec<&str> = wanted.iter().map(Category::as_str).collect();
                write!(f, "market {market} is about none of the strategy's categories ({})", wanted.join(", "))
            }
            Self::Cooling { position, until } => {
                write!(f, "sold as position {position} a short while ago, entered again from {until} at the earliest")
            }
            Self::Halted { trip } => write!(f, "a circuit breaker pauses entries by rule ({trip})"),
            Self::Refused { refusal } => write!(f, "{refusal}"),
        }
    }
}

impl EntryReason {
    /// The reason's name in data; refusals of the trade itself are all `refused` here and say more inside.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "taken",
            Self::AlreadyHeld { .. } => "already_held",
            Self::Tier { .. } => "tier",
            Self::Coverage { .. } => "coverage",
            Self::NetEdge { .. } => "net_edge",
            Self::Depth { .. } => "depth",
            Self::Days { .. } => "days",
            Self::Category { .. } => "category",
            Self::Cooling { .. } => "cooling",
            Self::Halted { trip } => match trip.breaker {
                Breaker::Drawdown => "halted_drawdown",
                Breaker::StopStreak => "halted_stop_streak",
                Breaker::DayLoss => "halted_day_loss",
            },
            Self::Refused { .. } => "refused",
        }
    }
}

/// What became of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryDecision {
    /// The stored hedge, when it is stored.
    pub hedge_id: Option<i64>,
    /// The hedge's stable key.
    pub hedge_key: String,
    /// Whether it is entered.
    pub take: bool,
    /// Why.
    pub reason: EntryReason,
    /// The trade, when it is entered. Its event assumes that those before it in the list were applied.
    pub open: Option<Box<OpenDecision>>,
}

/// Decides about every candidate behind the account's circuit breakers: while one has tripped nothing is entered, and a hedge that was
/// sold a short while ago is not entered again. Otherwise [`decide_entries`].
#[must_use]
pub fn decide_guarded(
    desk: &Desk<'_>,
    breakers: &Breakers,
    strategy: &Strategy,
    confidence: Confidence,
    candidates: &[Candidate<'_>],
) -> Vec<EntryDecision> {
    let guard = |candidate: &Candidate<'_>| {
        let held = || desk.account.open_positions().any(|p| p.opened.hedge_key == candidate.hedge.key);
        match (breakers.tripped(desk.now), breakers.cooling(&candidate.hedge.key, desk.now)) {
            (Some(trip), _) => Some(EntryReason::Halted { trip: trip.clone() }),
            // Held again since, by hand: then that is the reason.
            (None, Some((position, until))) if !held() => Some(EntryReason::Cooling { position, until }),
            (None, _) => None,
        }
    };
    decide(desk, strategy, confidence, candidates, &guard)
}

/// Decides about every candidate. Best edge per year first, then by key, so that the order given changes nothing; each entry counts
/// against the limits of the next. The account itself is not changed.
#[must_use]
pub fn decide_entries(
    strategy: &Strategy,
    confidence: Confidence,
    candidates: &[Candidate<'_>],
    account: &Account,
    limits: &Limits,
    costs: &CostSettings,
    now: Timestamp,
) -> Vec<EntryDecision> {
    decide(&Desk { account, limits, costs, now }, strategy, confidence, candidates, &|_| None)
}

fn decide(
    desk: &Desk<'_>,
    strategy: &Strategy,
    confidence: Confidence,
    candidates: &[Candidate<'_>],
    guard: &dyn Fn(&Candidate<'_>) -> Option<EntryReason>,
) -> Vec<EntryDecision> {
    let mut ordered: Vec<&Candidate<'_>> = candidates.iter().collect();
    ordered.sort_by(|a, b| {
        let rank = |c: &Candidate<'_>| (c.hedge.quote.edge_per_year_ppm, c.hedge.quote.net_edge_ppm);
        rank(b).cmp(&rank(a)).then_with(|| a.hedge.key.cmp(&b.hedge.key)).then_with(|| a.hedge_id.cmp(&b.hedge_id))
    });
    let mut account = desk.account.trial();
    let mut decisions = Vec::with_capacity(ordered.len());
    for candidate in ordered {
        let desk = Desk { account: &account, ..*desk };
        let decided = match guard(candidate) {
            Some(reason) => Err(reason),
            None => decide_entry(strategy, confidence, candidate, &desk),
        };
        let (reason, open) = match decided {
            Ok((words, open)) => (EntryReason::Taken { words }, Some(open)),
            Err(reason) => (reason, None),
        };
        let (reason, open) = match open {
            // The decision was tried on this very account, so the books take it; were they not to, it is a refusal like any other.
            Some(open) => match account.apply(&open.event) {
                Ok(()) => (reason, Some(Box::new(open))),
                Err(e) => (EntryReason::Refused { refusal: TradeRefusal::Ledger { reason: e.to_string() } }, None),
            },
            None => (reason, None),
        };
        decisions.push(EntryDecision {
            hedge_id: candidate.hedge_id,
            hedge_key: candidate.hedge.key.clone(),
            take: open.is_some(),
            reason,
            open,
        });
    }
    decisions
}

fn decide_entry(
    strategy: &Strategy,
    confidence: Confidence,
    candidate: &Candidate<'_>,
    desk: &Desk<'_>,
) -> Result<(String, OpenDecision), EntryReason> {
    let (hedge, entry) = (candidate.hedge, &strategy.entry);
    if let Some(held) = desk.account.open_positions().find(|p| p.opened.hedge_key == hedge.key) {
        return Err(EntryReason::AlreadyHeld { position: held.id() });
    }
    if let Some(reason) = filter(strategy, hedge).or_else(|| off_category(strategy, candidate.legs)) {
        return Err(reason);
    }
    let words = format!(
        "{}: tier {} (at worst {}), coverage at least {} (wanted {}), net edge {} (wanted {})",
        strategy.reference(),
        hedge.tier,
        entry.max_tier,
        pct(crate::units::fraction_ppm(hedge.coverage.lower)),
        pct(entry.min_coverage_ppm),
        pct(hedge.quote.net_edge_ppm),
        pct(entry.min_net_edge_ppm),
    );
    let request = OpenRequest {
        confidence,
        strategy: Some(strategy),
        size: None,
        reason: words.clone(),
        between: candidate.between,
    };
    let decision = open(desk, candidate.hedge_id, hedge, candidate.legs, &request)
        .map_err(|refusal| EntryReason::Refused { refusal })?;
    if decision.net_edge_ppm < entry.min_net_edge_ppm {
        return Err(EntryReason::NetEdge { edge_ppm: decision.net_edge_ppm, min_ppm: entry.min_net_edge_ppm });
    }
    Ok((words, decision))
}

/// The first entry filter of a strategy that a hedge fails, on its quote; `None` when it passes.
#[must_use]
pub fn filter(strategy: &Strategy, hedge: &Hedge) -> Option<EntryReason> {
    let entry = &strategy.entry;
    let lower_ppm = crate::units::fraction_ppm(hedge.coverage.lower);
    let quote = &hedge.quote;
    if hedge.tier > entry.max_tier {
        return Some(EntryReason::Tier { tier: hedge.tier, max: entry.max_tier });
    }
    if lower_ppm < entry.min_coverage_ppm {
        return Some(EntryReason::Coverage { lower_ppm, min_ppm: entry.min_coverage_ppm });
    }
    if quote.net_edge_ppm < entry.min_net_edge_ppm {
        return Some(EntryReason::NetEdge { edge_ppm: quote.net_edge_ppm, min_ppm: entry.min_net_edge_ppm });
    }
    if quote.max_shares < entry.min_depth {
        return Some(EntryReason::Depth { depth: quote.max_shares, min: entry.min_depth });
    }
    match entry.max_days {
        Some(max) if quote.days.is_none_or(|days| days > max) => Some(EntryReason::Days { days: quote.days, max }),
        _ => None,
    }
}

/// The category filter of a strategy, on the markets of the legs; `None` when every one of them passes.
#[must_use]
pub fn off_category(strategy: &Strategy, legs: &[LegMarket<'_>]) -> Option<EntryReason> {
    let wanted = &strategy.entry.categories;
    if wanted.is_empty() {
        return None;
    }
    let off = legs.iter().find(|leg| !wanted.iter().any(|c| c.matches(leg.market)))?;
    Some(EntryReason::Category { market: off.market.id.clone(), wanted: wanted.clone() })
}

/// One open position with what is known of it now.
#[derive(Debug, Clone, Copy)]
pub struct Marked<'a> {
    /// The position.
    pub position: &'a Position,
    /// The strategy whose exits apply: the one it was opened with, as it was then. `None` is held to resolution.
    pub strategy: Option<&'a Strategy>,
    /// What the bids pay now.
    pub mark: Option<Usdc>,
    /// The highest mark recorded before.
    pub peak: Option<Usdc>,
    /// Whether every leg has resolved.
    pub resolved: bool,
}

/// What became of one open position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitCheck {
    /// The position.
    pub position: PositionId,
    /// What the conditions saw. Its `peak` is to be recorded for the next check.
    pub view: PositionView,
    /// The exit that fired.
    pub exit: Option<ExitDecision>,
    /// In words with numbers, whether it fired or not.
    pub words: String,
}

/// Checks the exits of open positions; the result is in the order of their numbers, whatever the order given. A position that has
/// ended is left out.
#[must_use]
pub fn check(positions: &[Marked<'_>], now: Timestamp) -> Vec<ExitCheck> {
    let mut seen = BTreeSet::new();
    let mut checks: Vec<ExitCheck> = positions
        .iter()
        .filter(|m| m.position.is_open() && seen.insert(m.position.id()))
        .map(|m| {
            let view = PositionView::new(m.position, m.mark, m.peak, m.resolved, now);
            let exit = m.strategy.and_then(|s| evaluate(&s.exits, &view));
            let words = match (&exit, m.strategy) {
                (Some(exit), _) => exit.words(),
                (None, Some(_)) => view.words(),
                (None, None) => format!("opened without a strategy, so held to resolution; {}", view.words()),
            };
            ExitCheck { position: m.position.id(), view, exit, words }
        })
        .collect();
    checks.sort_by_key(|c| c.position);
    checks
}
