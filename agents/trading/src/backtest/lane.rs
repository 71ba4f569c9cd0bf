//! One paper account in a replay, under one assumption. It sees the scene and decides with the code that trades on paper; several lanes
//! run side by side through one pass of the data and never meet.

mod exits;
mod legs;
mod orders;
mod tally;

use crate::auto::{Candidate, EntryReason, decide_guarded};
use crate::backtest::config::{Assumption, RunConfig};
use crate::backtest::error::BacktestError;
use crate::backtest::fees::FeeBasis;
use crate::backtest::report::{CaseName, EquityPoint, NakedLegs, TradeRow, Waterfall};
use crate::backtest::scene::{Pair, Scene};
use crate::breaker::Breakers;
use crate::cost::CostSettings;
use crate::entry::Entry;
use crate::ledger::{Account, AccountOpened, LedgerEvent, PositionId};
use crate::limits::Limits;
use crate::paper::{Desk, LegMarket};
use crate::stats::SplitMix64;
use crate::strategy::{ExitCondition, Strategy};
use betty_hedging::{Evidence, QuoteConfig, price_legs};
use betty_market::{Ending, MarketId, Outcome, SourceLabel, Timestamp, TokenId, Usdc};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// What a lane does differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneKind {
    pub(super) case: CaseName,
    pub(super) fees: FeeBasis,
    /// No exit but resolution.
    pub(super) hold: bool,
    /// Times the configured latency.
    pub(super) latency: i64,
}

/// Something a lane has to do later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A leg's order reaches the venue: the entry's number and the leg.
    Leg(u64, usize),
    /// Looks at an entry on one leg: its number.
    Look(u64),
    /// An exit's orders reach the venue.
    Exit(PositionId),
    /// Every leg of a position is paid.
    Payout(PositionId),
}

/// An entry whose orders are on their way, with the legs they are for.
struct InFlight {
    entry: Entry,
    decided_at: Timestamp,
    /// Markets and tokens of the legs, in their order.
    legs: Vec<(MarketId, TokenId, Outcome)>,
    /// Orders meet the next book of their token.
    next_quote: bool,
    /// Tells its orders from those of an earlier entry.
    number: u64,
    /// When it is looked at again.
    look_at: Option<Timestamp>,
}

/// What is known of a position beside the account.
#[derive(Default)]
struct Held {
    /// What the bids paid last.
    mark: Option<Usdc>,
    peak: Option<Usdc>,
    exit_sent: Option<(crate::exit::ExitReason, String)>,
    endings: BTreeMap<MarketId, Ending>,
}

/// One account.
pub(super) struct Lane<'c> {
    config: &'c RunConfig,
    pub(super) kind: LaneKind,
    assumption: Option<Assumption>,
    strategy: Strategy,
    limits: Limits,
    costs: CostSettings,
    pub(super) account: Account,
    breakers: Breakers,
    entry: Option<InFlight>,
    held: BTreeMap<PositionId, Held>,
    queue: BinaryHeap<Reverse<(Timestamp, u64, Due)>>,
    sequence: u64,
    dice: SplitMix64,
    /// SHA-256 over the ledger's events as journaled.
    ledger: Sha256,
    pub(super) trades: Vec<TradeRow>,
    /// The independent event each trade belongs to, for intervals.
    pub(super) events: Vec<String>,
    /// Whether a position rests on a relation that was read from questions alone.
    pub(super) presumed: bool,
    /// Whether a fee was assumed because the data states none.
    pub(super) fees_assumed: bool,
    /// Trades that left early, by a market whose end they wait for: what holding would have paid.
    watched: BTreeMap<MarketId, Vec<usize>>,
    watched_endings: BTreeMap<usize, BTreeMap<MarketId, Ending>>,
    pub(super) refused: BTreeMap<String, u64>,
    pub(super) equity: Vec<EquityPoint>,
    peak_equity: Usdc,
    pub(super) naked: NakedLegs,
    pub(super) waterfall: Waterfall,
    /// Sum over days of the share of equity in positions, millionths.
    exposure_sum_ppm: i64,
}

impl<'c> Lane<'c> {
    pub(super) fn new(
        config: &'c RunConfig,
        kind: LaneKind,
        source: SourceLabel,
        at: Timestamp,
    ) -> Result<Self, BacktestError> {
        let first = LedgerEvent::AccountOpened(AccountOpened { starting: config.limits.bankroll, source, at });
        let account = Account::open(&first).map_err(|error| BacktestError::Ledger { at, error })?;
        let mut strategy = config.strategy.clone();
        if kind.hold {
            strategy.exits = vec![ExitCondition::HoldToResolution];
        }
        let mut limits = config.limits.clone();
        let assumption = Assumption::of(kind.case);
        if assumption.is_some_and(|a| a.next_quote) {
            // Quotes come an hour apart: an order that meets the next one meets a book that is new, and its other leg waits as long.
            limits.book_age_ms_max = limits.book_age_ms_max.max(orders::NEXT_QUOTE_MS_MAX);
            limits.leg_gap_ms_max = limits.leg_gap_ms_max.max(orders::NEXT_QUOTE_MS_MAX);
        }
        let mut lane = Self {
            config,
            kind,
            assumption,
            strategy,
            limits,
            costs: config.costs.clone(),
            peak_equity: account.starting(),
            breakers: Breakers::new(account.starting(), &config.limits),
            account,
            entry: None,
            held: BTreeMap::new(),
            queue: BinaryHeap::new(),
            sequence: 0,
            dice: SplitMix64::new(config.seed),
            ledger: Sha256::new(),
            trades: Vec::new(),
            events: Vec::new(),
            presumed: false,
            fees_assumed: false,
            watched: BTreeMap::new(),
            watched_endings: BTreeMap::new(),
            refused: BTreeMap::new(),
            equity: Vec::new(),
            naked: NakedLegs::default(),
            waterfall: Waterfall::default(),
            exposure_sum_ppm: 0,
        };
        lane.note(&first);
        Ok(lane)
    }

    /// Adds an event to the ledger's hash.
    fn note(&mut self, event: &LedgerEvent) {
        // Plain values with text keys always serialise.
        self.ledger.update(serde_json::to_vec(event).unwrap_or_default());
        self.ledger.update(b"\n");
    }

    fn book(&mut self, event: &LedgerEvent, at: Timestamp) -> Result<(), BacktestError> {
        self.account.apply(event).map_err(|error| BacktestError::Ledger { at, error })?;
        let a = &self.account;
        debug_assert_eq!(a.cash() + a.positions_at_cost(), a.starting() + a.realised_real(), "the books balance");
        self.note(event);
        Ok(())
    }

    /// The hash of everything booked so far.
    pub(super) fn ledger_hash(&self) -> String {
        crate::backtest::config::hex(&self.ledger.clone().finalize())
    }

    fn refuse(&mut self, reason: impl Into<String>) {
        *self.refused.entry(reason.into()).or_default() += 1;
    }

    fn later(&mut self, at: Timestamp, due: Due) {
        self.sequence += 1;
        self.queue.push(Reverse((at, self.sequence, due)));
    }

    fn desk(&self, now: Timestamp) -> Desk<'_> {
        Desk { account: &self.account, limits: &self.limits, costs: &self.costs, now }
    }

    /// Forgets what was taken from the books of tokens that trade no more.
    pub(super) fn forget(&mut self, tokens: [&TokenId; 2]) {
        for token in tokens {
            self.account.forget_token(token);
        }
    }

    /// Prices a pair whose books are fresh and cheap enough at the touch, and decides.
    pub(super) fn consider(&mut self, scene: &Scene, pair: &Pair, now: Timestamp) -> Result<(), BacktestError> {
        if self.entry.is_some() {
            // One writer of an account at a time, as when trading live.
            self.refuse("another entry on its way");
            return Ok(());
        }
        let Some(legs) = self.legs_of(scene, pair, now) else {
            self.refuse("no_book");
            return Ok(());
        };
        let listed = pair.markets.iter().filter_map(|m| scene.listed(*m));
        self.fees_assumed |= listed.into_iter().any(|l| l.market.fee.is_none());
        let quote = QuoteConfig {
            max_age_ms: self.limits.book_age_ms_max,
            // What counts for an observation is one moment's prices, whatever an order may meet later.
            max_gap_ms: self.config.limits.leg_gap_ms_max,
            min_edge_ppm: i64::from(self.limits.min_edge_ppm),
            max_capital: None,
            max_shares: None,
            gas: self.costs.gas.per_basket,
        };
        let calibrated = match pair.proof.certificate.evidence {
            Evidence::Presumed => self.config.presumed_coverage(),
            _ => None,
        };
        let views = [0, 1].map(|i| (&legs[i].market, Some(&legs[i].book)));
        let hedge = match price_legs(&pair.proof, views, now, &quote, calibrated) {
            Ok(hedge) => hedge,
            Err(refusal) => {
                self.refuse(name_of(&refusal.reason));
                return Ok(());
            }
        };
        let markets: Vec<LegMarket<'_>> =
            legs.iter().map(|l| LegMarket { market: &l.market, book: Some(&l.book) }).collect();
        let candidate = Candidate { hedge_id: None, hedge: &hedge, legs: &markets, between: &[] };
        let decisions =
            decide_guarded(&self.desk(now), &self.breakers, &self.strategy, self.config.confidence, &[candidate]);
        for decision in decisions {
            match decision.open {
                Some(open) => {
                    if let LedgerEvent::HedgeOpened(draft) = open.event {
                        self.send(*draft, now);
                    }
                }
                None => self.refuse(reason_key(&decision.reason)),
            }
        }
        Ok(())
    }
}

/// The name of a closed set's value in data.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "unknown".to_owned(),
    }
}

/// Why a candidate was left, by name: the filter, or the refusal of the trade itself.
fn reason_key(reason: &EntryReason) -> String {
    let tagged = |value: &serde_json::Value, tag: &str| value.get(tag).and_then(|v| v.as_str()).map(str::to_owned);
    let value = serde_json::to_value(reason).unwrap_or_default();
    match reason {
        EntryReason::Refused { .. } => value.get("refusal").and_then(|r| tagged(r, "refusal")),
        _ => tagged(&value, "reason"),
    }
    .unwrap_or_else(|| "unknown".to_owned())
}
