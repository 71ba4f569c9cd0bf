//! A desk and a source that hold what a test puts into them: the ports themselves, without database and network.

use async_trait::async_trait;
use betty_bus::effect::{LedgerRow, ScanRow};
use betty_bus::port::{BacktestRow, DecisionCount, Desk, PortError, StoredStrategy};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{
    AccountName, CaseCount, CaseRow, DecisionRow, Effect, HedgeId, HedgePoint, Specialist, StoredHedge, Task,
    TaskError, TaskId, VerdictRow,
};
use betty_hedging::calibration::{CaseEnd, Class};
use betty_hedging::judge::VerdictKey;
use betty_market::source::{MarketFilter, PricePoint, Subscription};
use betty_market::{
    Book, ConditionId, Depth, EventId, EventRef, FeeSchedule, Level, Market, MarketId, MarketSource, MarketStatus,
    Price, Shares, SourceError, SourceLabel, Timestamp, TokenId,
};
use betty_specialists::Setup;
use betty_trading::backtest::RunReport;
use betty_trading::{CostSettings, GasQuote, Limits};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// 2027-01-15.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) hedges: BTreeMap<HedgeId, StoredHedge>,
    pub(crate) keys: Vec<String>,
    pub(crate) ledger: Vec<LedgerRow>,
    pub(crate) strategies: Vec<StoredStrategy>,
    /// Every version ever saved; a deletion leaves them.
    pub(crate) versions: Vec<StoredStrategy>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) decisions: Vec<DecisionRow>,
    pub(crate) prices: Vec<HedgePoint>,
    pub(crate) verdicts: Vec<VerdictRow>,
    /// Relations written down, how they stand, when they are looked at.
    pub(crate) cases: Vec<(CaseRow, CaseEnd, Option<Timestamp>)>,
}

#[derive(Debug, Default)]
pub(crate) struct Memory(pub(crate) Mutex<Stored>);

#[async_trait]
impl Desk for Memory {
    async fn hedge_ids(&self, _: &AccountName, keys: &[String]) -> Result<Vec<HedgeId>, PortError> {
        let mut stored = self.0.lock().unwrap();
        Ok(keys
            .iter()
            .map(|key| {
                if !stored.keys.contains(key) {
                    stored.keys.push(key.clone());
                }
                let at = stored.keys.iter().position(|k| k == key).unwrap();
                HedgeId::new(i64::try_from(at).unwrap() + 1).unwrap()
            })
            .collect())
    }
    async fn hedge(&self, id: HedgeId) -> Result<Option<StoredHedge>, PortError> {
        Ok(self.0.lock().unwrap().hedges.get(&id).cloned())
    }
    async fn hedges(&self, _: &AccountName, limit: u32) -> Result<Vec<StoredHedge>, PortError> {
        let stored = self.0.lock().unwrap();
        Ok(stored.hedges.values().filter(|s| s.gone.is_none()).take(limit as usize).cloned().collect())
    }
    async fn hedge_prices(&self, id: HedgeId, limit: u32) -> Result<Vec<HedgePoint>, PortError> {
        let stored = self.0.lock().unwrap();
        let mut found: Vec<_> = stored.prices.iter().filter(|p| p.hedge == id).cloned().collect();
        found.drain(..found.len().saturating_sub(limit as usize));
        Ok(found)
    }
    async fn verdicts(&self, keys: &[VerdictKey]) -> Result<Vec<VerdictRow>, PortError> {
        let stored = self.0.lock().unwrap();
        Ok(stored.verdicts.iter().filter(|v| keys.contains(&v.key)).cloned().collect())
    }
    async fn due_cases(&self, _: &AccountName, now: Timestamp, limit: u32) -> Result<Vec<CaseRow>, PortError> {
        let stored = self.0.lock().unwrap();
        let due = stored.cases.iter().filter(|(_, end, due)| *end == CaseEnd::Open && due.is_some_and(|d| d <= now));
        Ok(due.take(limit as usize).map(|(row, ..)| row.clone()).collect())
    }
    async fn case_counts(&self, _: &AccountName) -> Result<Vec<CaseCount>, PortError> {
        let mut counts: BTreeMap<(Class, CaseEnd), u64> = BTreeMap::new();
        for (row, end, _) in &self.0.lock().unwrap().cases {
            *counts.entry((row.class, *end)).or_default() += 1;
        }
        Ok(counts.into_iter().map(|((class, end), pairs)| CaseCount { class, end, pairs }).collect())
    }
    async fn ended_cases(&self, _: &AccountName) -> Result<Vec<(Class, String, CaseEnd)>, PortError> {
        let stored = self.0.lock().unwrap();
        let ended = stored.cases.iter().filter(|(_, end, _)| *end != CaseEnd::Open);
        Ok(ended.map(|(row, end, _)| (row.class, row.cluster.clone(), *end)).collect())
    }
    async fn last_scan(&self, _: &AccountName) -> Result<Option<ScanRow>, PortError> {
        Ok(None)
    }
    async fn ledger(&self, _: &AccountName) -> Result<Vec<LedgerRow>, PortError> {
        Ok(self.0.lock().unwrap().ledger.clone())
    }
    async fn strategies(&self) -> Result<Vec<StoredStrategy>, PortError> {
        Ok(self.0.lock().unwrap().strategies.clone())
    }
    async fn strategy_version(&self, name: &str, version: u32) -> Result<Option<StoredStrategy>, PortError> {
        let stored = self.0.lock().unwrap();
        Ok(stored.versions.iter().rev().find(|s| s.name == name && s.version == version).cloned())
    }
    async fn decisions(&self, _: &AccountName, limit: u32) -> Result<Vec<DecisionRow>, PortError> {
        Ok(self.0.lock().unwrap().decisions.iter().rev().take(limit as usize).cloned().collect())
    }
    async fn decision_counts(&self, _: &AccountName) -> Result<Vec<DecisionCount>, PortError> {
        let mut counts: Vec<DecisionCount> = Vec::new();
        for d in &self.0.lock().unwrap().decisions {
            let same = |c: &&mut DecisionCount| (&c.strategy, c.verdict, &c.kind) == (&d.strategy, d.verdict, &d.kind);
            match counts.iter_mut().find(same) {
                Some(count) => {
                    count.n += 1;
                    count.last_at = d.at;
                }
                None => counts.push(DecisionCount {
                    strategy: d.strategy.clone(),
                    verdict: d.verdict,
                    kind: d.kind.clone(),
                    n: 1,
                    first_at: d.at,
                    last_at: d.at,
                }),
            }
        }
        Ok(counts)
    }
    async fn setting(&self, key: &str) -> Result<Option<String>, PortError> {
        Ok(self.0.lock().unwrap().settings.get(key).cloned())
    }
    async fn backtests(&self, _: &str, _: u32) -> Result<Vec<BacktestRow>, PortError> {
        Ok(Vec::new())
    }
    async fn backtest_report(&self, _: &str) -> Result<Option<RunReport>, PortError> {
        Ok(None)
    }
    async fn backtest_count(&self) -> Result<u64, PortError> {
        Ok(0)
    }
    async fn backtest_trials(&self, _: &str, _: &str) -> Result<u64, PortError> {
        Ok(0)
    }
}

impl Memory {
    /// Applies what a task wants written.
    pub(crate) fn write(&self, effects: Vec<Effect>) {
        let mut stored = self.0.lock().unwrap();
        for effect in effects {
            match effect {
                Effect::Scan(_) | Effect::Backtest(_) | Effect::BacktestTrials(_) => {}
                Effect::Hedges { source, hedges } => {
                    for (id, hedge) in hedges {
                        let source = source.clone();
                        let row = StoredHedge { id, source, hedge, found_at: NOW, priced_at: NOW, gone: None };
                        stored.hedges.insert(id, row);
                    }
                }
                Effect::Verdicts { rows } => {
                    for row in rows {
                        if !stored.verdicts.iter().any(|v| v.key == row.key) {
                            stored.verdicts.push(row);
                        }
                    }
                }
                Effect::Cases { rows } => {
                    for row in rows {
                        if !stored.cases.iter().any(|(c, ..)| c.key == row.key) {
                            let due = row.due;
                            stored.cases.push((row, CaseEnd::Open, due));
                        }
                    }
                }
                Effect::CaseEnds { ends, .. } => {
                    for ended in ends {
                        let found =
                            stored.cases.iter_mut().find(|(c, end, _)| c.key == ended.key && *end == CaseEnd::Open);
                        if let Some((_, end, due)) = found {
                            (*end, *due) = (ended.end, Some(ended.due));
                        }
                    }
                }
                Effect::Prices { points, .. } => stored.prices.extend(points),
                Effect::HedgesGone { gone } => {
                    for (id, why) in gone {
                        stored.hedges.get_mut(&id).unwrap().gone.get_or_insert(why);
                    }
                }
                Effect::Ledger { expected_seq, rows, .. } => {
                    assert_eq!(expected_seq, stored.ledger.len() as u64);
                    stored.ledger.extend(rows);
                }
                Effect::SaveStrategy { name, version, toml } => {
                    let last = stored.strategies.iter().find(|s| s.name == name).map_or(0, |s| s.version);
                    assert_eq!(version, last + 1, "storage takes the next version only");
                    stored.strategies.retain(|s| s.name != name);
                    stored.strategies.push(StoredStrategy { name, version, toml });
                    let saved = stored.strategies.last().cloned();
                    stored.versions.extend(saved);
                }
                // What storage does with them is tested there.
                Effect::Decisions { rows, .. } => stored.decisions.extend(rows),
                Effect::FollowUp(_) => panic!("specialists ask for no other task"),
                Effect::DeleteStrategy { name } => stored.strategies.retain(|s| s.name != name),
                Effect::Setting { key, value } => {
                    stored.settings.insert(key, value);
                }
            }
        }
    }
}

/// Markets and books as the test last put them.
#[derive(Debug, Default)]
pub(crate) struct Venue {
    pub(crate) markets: Vec<Market>,
    pub(crate) books: BTreeMap<TokenId, Book>,
    /// Markets the venue does not answer about.
    pub(crate) silent: BTreeSet<MarketId>,
}

#[derive(Debug, Default)]
pub(crate) struct Source(pub(crate) Mutex<Venue>);

#[async_trait]
impl MarketSource for Source {
    fn label(&self) -> SourceLabel {
        SourceLabel::Simulated { seed: 7 }
    }
    fn now(&self) -> Timestamp {
        NOW
    }
    async fn markets(&self, _: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        let venue = self.0.lock().unwrap();
        Ok(venue.markets.iter().filter(|m| m.is_tradable()).cloned().collect())
    }
    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        let venue = self.0.lock().unwrap();
        let what = format!("market {id}");
        if venue.silent.contains(id) {
            return Err(SourceError::Unavailable { what, reason: "no answer".to_owned() });
        }
        venue.markets.iter().find(|m| m.id == *id).cloned().ok_or(SourceError::NotFound { what })
    }
    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        let venue = self.0.lock().unwrap();
        Ok(tokens.iter().filter_map(|t| venue.books.get(t).cloned()).collect())
    }
    async fn price_history(&self, _: &TokenId, _: Timestamp, _: Timestamp) -> Result<Vec<PricePoint>, SourceError> {
        Err(SourceError::Unsupported("no history".to_owned()))
    }
    async fn subscribe(&self, _: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        Err(SourceError::Unsupported("no stream".to_owned()))
    }
}

pub(crate) fn level(e4: u16, shares: i64) -> Level {
    Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(shares) }
}

fn market(id: &str, what: &str, event: &str, date: &str, end: &str) -> Market {
    Market {
        id: MarketId::new(id).unwrap(),
        condition: ConditionId::new(format!("0x{id}")).unwrap(),
        yes: TokenId::new(format!("{id}-yes")).unwrap(),
        no: TokenId::new(format!("{id}-no")).unwrap(),
        question: format!("Will {what} happen by {date}, 2027?"),
        description: Some(format!(
            "This market will resolve to \"Yes\" if {what} happens by {date}, 2027, 11:59 PM ET. Otherwise, this market will resolve to \"No\"."
        )),
        resolution_source: None,
        group_title: Some(date.to_owned()),
        event: Some(EventRef {
            id: EventId::new(event).unwrap(),
            title: "When?".to_owned(),
            slug: format!("when-{event}"),
            series: None,
            market_count: Some(2),
        }),
        neg_risk: None,
        start: None,
        end: Timestamp::parse(end),
        status: MarketStatus::Open,
        resolution: None,
        fee: Some(FeeSchedule::linear(40_000)),
        tick: Price::from_e4(10).unwrap(),
        min_size: Shares::whole(5),
        best_bid: None,
        best_ask: None,
        volume_usd: None,
        liquidity_usd: None,
        updated: None,
    }
}

/// The ports with two date ladders on them: markets 101 and 102, 201 and 202.
pub(crate) struct World {
    pub(crate) desk: Arc<Memory>,
    pub(crate) source: Arc<Source>,
    pub(crate) setup: Arc<Setup>,
}

impl World {
    pub(crate) fn new() -> Self {
        let costs = CostSettings { leg_risk_ppm: 0, ..CostSettings::new(GasQuote::relayer()) };
        let world = Self {
            desk: Arc::default(),
            source: Arc::default(),
            setup: Arc::new(Setup {
                limits: Limits::default(),
                costs,
                execution: betty_specialists::Execution::default(),
                model: None,
            }),
        };
        for (what, event, ids) in
            [("the Bridge ceremony", "77", ["101", "102"]), ("the Dam opening", "88", ["201", "202"])]
        {
            let dates = [("March 31", "2027-03-31"), ("June 30", "2027-06-30")];
            for (id, (date, end)) in ids.iter().zip(dates) {
                world.source.0.lock().unwrap().markets.push(market(id, what, event, date, end));
            }
            world.book(&format!("{}-no", ids[0]), 7_000, 7_100);
            world.book(&format!("{}-yes", ids[1]), 2_400, 2_500);
        }
        world
    }

    /// Puts a book of 500 shares on either side.
    pub(crate) fn book(&self, token: &str, bid: u16, ask: u16) {
        let token = TokenId::new(token).unwrap();
        let book = Book::from_levels(token.clone(), NOW, Depth::Full, [level(bid, 500)], [level(ask, 500)]);
        self.source.0.lock().unwrap().books.insert(token, book);
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Market)) {
        let mut venue = self.source.0.lock().unwrap();
        change(venue.markets.iter_mut().find(|m| m.id.as_str() == id).unwrap());
    }

    /// Runs a task and writes what it wants written.
    pub(crate) async fn run(&self, specialist: &dyn Specialist, task: Task) -> Result<Done, TaskError> {
        let attempt = Attempt {
            task: TaskId::new(1).unwrap(),
            number: 1,
            cancel: CancellationToken::new(),
            market: self.source.clone(),
            desk: self.desk.clone(),
            progress: Arc::new(|_| {}),
        };
        let done = specialist.run(&attempt, task).await?;
        self.desk.write(done.effects.clone());
        Ok(done)
    }
}
