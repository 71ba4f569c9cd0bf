//! One pass through the data: records in their total order, ticks between them, lanes that react.

use crate::backtest::config::RunConfig;
use crate::backtest::error::BacktestError;
use crate::backtest::lane::Lane;
use crate::backtest::report::DataCoverage;
use crate::backtest::scene::{Change, Scene, Slot, Universe};
use crate::backtest::{Progress, Watcher};
use crate::units::DAY_MS;
use betty_hedging::RefusalReason;
use betty_market::{History, HistoryEvent, Market, MarketId, Timestamp};
use std::collections::BTreeMap;

/// Records between two reports of progress.
const PROGRESS_EVERY: u64 = 4_096;
/// Ten-thousandths of a dollar: what a pair pays at least in every normal world.
const PAYS_E4: u16 = 10_000;

/// What a pass found beside the lanes' own results.
pub(super) struct Pass {
    pub(super) coverage: DataCoverage,
    /// Observations refused before any lane looked, by reason.
    pub(super) refused: BTreeMap<String, u64>,
}

/// Counts of what never reaches a lane.
#[derive(Default)]
struct Sieve {
    no_book: u64,
    stale: u64,
    spread: u64,
    not_proven: u64,
}

impl Sieve {
    fn named(&self) -> BTreeMap<String, u64> {
        let named = [
            (RefusalReason::NoBook, self.no_book),
            (RefusalReason::Stale, self.stale),
            (RefusalReason::Spread, self.spread),
            (RefusalReason::LogicNotProven, self.not_proven),
        ];
        let name = |r: RefusalReason| serde_json::to_value(r).ok().and_then(|v| v.as_str().map(str::to_owned));
        named.into_iter().filter(|(_, n)| *n > 0).filter_map(|(r, n)| Some((name(r)?, n))).collect()
    }
}

/// The first instant after `at` that is a multiple of `every` since 1970.
fn next_multiple(at: Timestamp, every_ms: i64) -> Timestamp {
    Timestamp::from_millis((at.millis().div_euclid(every_ms) + 1).saturating_mul(every_ms))
}

struct Walk<'a, 'c> {
    config: &'a RunConfig,
    from: Timestamp,
    scene: Scene,
    lanes: &'a mut [Lane<'c>],
    sieve: Sieve,
    next_scan: Timestamp,
    next_day: Timestamp,
}

impl Walk<'_, '_> {
    /// Lets time pass up to an instant: scans, ends of days, and what the lanes have waiting.
    fn pass_to(&mut self, at: Timestamp) -> Result<(), BacktestError> {
        loop {
            let tick = self.next_scan.min(self.next_day);
            if tick > at {
                break;
            }
            for lane in self.lanes.iter_mut() {
                lane.run_due(&self.scene, tick)?;
            }
            if tick == self.next_scan {
                self.scan(tick)?;
                self.next_scan = next_multiple(tick, self.config.scan_every_ms);
            }
            if tick == self.next_day {
                if tick > self.from {
                    self.lanes.iter_mut().for_each(|l| l.day_ends(tick));
                }
                self.next_day = next_multiple(tick, DAY_MS);
            }
        }
        self.lanes.iter_mut().try_for_each(|lane| lane.run_due(&self.scene, at))
    }

    fn scan(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        let (new, refused) = self.scene.discover();
        self.sieve.not_proven += refused;
        if now < self.from {
            return Ok(());
        }
        for pair in new {
            self.observe(pair, now)?;
        }
        for lane in self.lanes.iter_mut() {
            lane.watch(&self.scene, None, now);
        }
        Ok(())
    }

    /// Looks at a pair: counted as refused when its books are not of one moment or cost too much at the touch, else shown to the lanes.
    fn observe(&mut self, slot: Slot, now: Timestamp) -> Result<(), BacktestError> {
        let Some(pair) = self.scene.pair(slot) else { return Ok(()) };
        let limits = &self.config.limits;
        let touch = |i: usize| self.scene.touch(pair.markets[i], pair.proof.legs[i].outcome);
        let (Some((ask_a, at_a)), Some((ask_b, at_b))) = (touch(0), touch(1)) else {
            self.sieve.no_book += 1;
            return Ok(());
        };
        let old = now.since(at_a.min(at_b)) > limits.book_age_ms_max;
        if old || at_a.since(at_b).abs() > limits.leg_gap_ms_max {
            self.sieve.stale += 1;
            return Ok(());
        }
        self.scene.observed(slot);
        if ask_a.saturating_add(ask_b) >= PAYS_E4 {
            self.sieve.spread += 1;
            return Ok(());
        }
        let Some(pair) = self.scene.pair(slot) else { return Ok(()) };
        self.lanes.iter_mut().try_for_each(|lane| lane.consider(&self.scene, pair, now))
    }

    fn book(&mut self, slot: Slot, now: Timestamp) -> Result<(), BacktestError> {
        let Some(listed) = self.scene.listed(slot) else { return Ok(()) };
        let id = listed.market.id.clone();
        for lane in self.lanes.iter_mut() {
            lane.entry_sees(&self.scene, &id, now)?;
            lane.watch(&self.scene, Some(&id), now);
        }
        let pairs = self.scene.listed(slot).map(|l| l.pairs.clone()).unwrap_or_default();
        pairs.into_iter().try_for_each(|pair| self.observe(pair, now))
    }

    fn ended(&mut self, market: &MarketId, ending: betty_market::Ending, now: Timestamp) -> Result<(), BacktestError> {
        self.scene.coverage.ended += 1;
        let dropped: Option<Market> = self.scene.drop_market(market);
        for lane in self.lanes.iter_mut() {
            lane.market_ends(&self.scene, market, ending, now)?;
            if let Some(market) = &dropped {
                lane.forget([&market.yes, &market.no]);
            }
        }
        Ok(())
    }
}

/// Runs the lanes through the data once.
pub(super) fn replay(
    history: &dyn History,
    config: &RunConfig,
    lanes: &mut [Lane<'_>],
    watcher: &Watcher<'_>,
) -> Result<Pass, BacktestError> {
    let (first, last) = history.span();
    let from = config.from.unwrap_or(first).max(first);
    let to = config.to.unwrap_or(last).min(last);
    let universe = Universe::new(config);
    let mut walk = Walk {
        config,
        from,
        scene: Scene::new(universe, history.mirrors()),
        lanes,
        sieve: Sieve::default(),
        next_scan: next_multiple(first.plus_millis(-1), config.scan_every_ms),
        next_day: next_multiple(first, DAY_MS),
    };
    let mut before = None;
    let mut seen = std::collections::HashSet::new();
    let (total, mut count) = (u64::try_from(to.since(first)).unwrap_or(0), 0_u64);
    for record in history.records() {
        let record = record?;
        if let Some(before) = before
            && record.order() < before
        {
            return Err(BacktestError::OutOfOrder { at: record.at, before: before.0 });
        }
        before = Some(record.order());
        if record.at > to {
            break;
        }
        count += 1;
        if count.is_multiple_of(PROGRESS_EVERY) {
            let done = u64::try_from(record.at.since(first)).unwrap_or(0);
            if !watcher(Progress { done, total, what: "replaying" }) {
                return Err(BacktestError::Stopped);
            }
        }
        walk.pass_to(record.at)?;
        match record.event {
            HistoryEvent::Ended { market, ending } => {
                if !seen.remove(&market) {
                    return Err(BacktestError::EndingWithoutMarket { market, at: record.at });
                }
                walk.scene.take(record.at, HistoryEvent::Ended { market: market.clone(), ending }, |_| None);
                walk.ended(&market, ending, record.at)?;
            }
            event => {
                if let HistoryEvent::Market(market) = &event {
                    seen.insert(market.market().id.clone());
                }
                let change = walk.scene.take(record.at, event, |id| history.category(id).map(str::to_owned));
                if let Change::Book(slot, _) = change
                    && record.at >= from
                {
                    walk.book(slot, record.at)?;
                }
            }
        }
    }
    if count == 0 {
        return Err(BacktestError::Empty);
    }
    // What is due at the very last instant is done; the last, broken day is closed.
    walk.pass_to(to)?;
    for lane in walk.lanes.iter_mut() {
        lane.run_due(&walk.scene, to.plus_millis(1))?;
        lane.day_ends(to);
    }
    let mut coverage = walk.scene.coverage;
    (coverage.from, coverage.to) = (from, to);
    Ok(Pass { coverage, refused: walk.sieve.named() })
}
