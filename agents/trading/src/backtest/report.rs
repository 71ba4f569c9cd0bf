//! What a backtest says: plain values, serialised as they stand, rendered elsewhere.
//!
//! Price-only data gives a range, not a number: such a report has three [`Case`]s, data with real depth has one.

use crate::exit::ExitReason;
use crate::strategy::StrategyRef;
use betty_market::{MarketId, Outcome, Price, Shares, SourceLabel, Timestamp, Usdc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Version of the JSON form of [`RunReport`].
pub const REPORT_VERSION: u32 = 1;

/// Under which assumption about what the data does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseName {
    /// Books with real sizes: no assumption.
    Exact,
    /// Price-only: thin books, each leg a tick worse.
    Pessimistic,
    /// Price-only: the quoted price for a usual size.
    Expected,
    /// Price-only: the quoted price for any size the caps allow.
    Optimistic,
}

impl fmt::Display for CaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Pessimistic => "pessimistic",
            Self::Expected => "expected",
            Self::Optimistic => "optimistic",
        })
    }
}

/// A number that may be undefined, with its interval and the count it rests on. Undefined is null with its reason, never infinity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The estimate.
    pub value: Option<f64>,
    /// 90% interval, where one is defined.
    pub interval: Option<(f64, f64)>,
    /// Observations: trades for rates, days for daily statistics, independent events where the interval is clustered.
    pub n: u64,
    /// Why there is no value, in words.
    pub undefined: Option<String>,
}

/// The headline numbers of one replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Cash at the start.
    pub starting: Usdc,
    /// Equity at the end: cash plus what the bids paid last for open positions; one that never had bids for its size counts at cost.
    pub ending: Usdc,
    /// Profit of ended trades before any cost.
    pub gross: Usdc,
    /// Profit of ended trades after every cost.
    pub net: Usdc,
    /// `ending / starting − 1`, millionths.
    pub roi_ppm: i64,
    /// Trades opened.
    pub opened: u64,
    /// Trades ended.
    pub ended: u64,
    /// Trades still open at the end.
    pub open: u64,
    /// Of ended trades, those with a net profit above zero.
    pub wins: u64,
    /// Rate of wins; Jeffreys interval.
    pub win_rate: Figure,
    /// Mean net return per trade; interval by bootstrap over events.
    pub return_per_trade: Figure,
    /// Annualised Sharpe ratio of daily returns, 365 periods, risk-free 0.
    pub sharpe: Figure,
    /// Annualised Sortino ratio; the downside runs over all observations.
    pub sortino: Figure,
    /// Largest fall of equity from its peak, fraction; the start counts as a peak.
    pub max_drawdown: Figure,
    /// Compound growth a year.
    pub cagr: Figure,
    /// CAGR over largest drawdown.
    pub calmar: Figure,
    /// Gains over losses of ended trades.
    pub profit_factor: Figure,
    /// Probability that the true Sharpe ratio is above zero.
    pub psr: Figure,
    /// The same against the best of all trials run on this data.
    pub deflated_sharpe: Figure,
    /// Mean share of equity in positions, millionths.
    pub exposure_ppm: i64,
    /// Mean milliseconds a trade was held.
    pub held_ms_mean: Option<i64>,
    /// Net return per dollar and day locked, millionths.
    pub return_per_day_ppm: Option<i64>,
}

/// Equity at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquityPoint {
    /// The instant, midnight UTC after the day, or the end of the run.
    pub at: Timestamp,
    /// Cash plus what the bids would pay.
    pub equity: Usdc,
    /// Cash.
    pub cash: Usdc,
    /// Fall from the highest equity so far, millionths.
    pub drawdown_ppm: i64,
    /// Open positions.
    pub open: u32,
}

/// From gross to net. Every line is a sum over ended trades, costs below zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waterfall {
    /// Profit had every leg traded at the middle of its book, no cost at all.
    pub at_mid: Usdc,
    /// From the middle to the best price.
    pub spread: Usdc,
    /// From the best price through the levels behind it.
    pub slippage: Usdc,
    /// Venue fees.
    pub fee: Usdc,
    /// Gas and its buffer.
    pub gas: Usdc,
    /// The charge and the loss for the moment between two legs.
    pub leg_risk: Usdc,
    /// Everything else.
    pub other: Usdc,
    /// What is left.
    pub net: Usdc,
}

/// One leg of a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeLeg {
    /// The market.
    pub market: MarketId,
    /// The question. Untrusted text.
    pub question: String,
    /// What was bought.
    pub outcome: Outcome,
    /// Best ask at entry.
    pub entry: Price,
    /// Best bid at exit; `None` when it was paid out.
    pub exit: Option<Price>,
}

/// One trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRow {
    /// The position's number.
    pub position: u64,
    /// Rule and tier at entry, the scenario.
    pub label: String,
    /// The legs.
    pub legs: Vec<TradeLeg>,
    /// Shares of every leg.
    pub shares: Shares,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When the last leg was in.
    pub opened_at: Timestamp,
    /// When it ended; `None` while open.
    pub ended_at: Option<Timestamp>,
    /// Everything put in.
    pub capital: Usdc,
    /// Worst-case profit promised at entry.
    pub worst_case: Option<Usdc>,
    /// Profit before costs.
    pub gross: Option<Usdc>,
    /// Profit after costs.
    pub net: Option<Usdc>,
    /// Net over capital, millionths.
    pub roi_ppm: Option<i64>,
    /// Why it ended.
    pub exit: Option<ExitReason>,
    /// Why it was entered, with numbers.
    pub entry_reason: String,
    /// The rule that ended it, with numbers.
    pub exit_words: String,
    /// Milliseconds with only one leg held.
    pub naked_ms: i64,
    /// Net profit had it been held to resolution; `None` where the data does not tell how the markets ended.
    pub held_net: Option<Usdc>,
}

/// Trades of one group: an exit reason, a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRow {
    /// Trades.
    pub n: u64,
    /// Net profit.
    pub net: Usdc,
    /// Rate of wins.
    pub win_rate: Figure,
    /// Mean net return per trade.
    pub return_per_trade: Figure,
}

/// How often and how long hedges stood on one leg.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NakedLegs {
    /// Entries sent.
    pub entries: u64,
    /// Of them, those that stood on one leg for a moment.
    pub one_legged: u64,
    /// Completed within the band.
    pub completed: u64,
    /// Unwound at a loss.
    pub unwound: u64,
    /// Nothing was filled.
    pub unfilled: u64,
    /// Milliseconds on one leg, all entries together.
    pub total_ms: i64,
    /// The longest.
    pub longest_ms: i64,
    /// Loss of unwinding.
    pub loss: Usdc,
}

/// One replay under one assumption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub name: CaseName,
    /// Headline numbers.
    pub summary: Summary,
    /// Equity by day.
    pub equity: Vec<EquityPoint>,
    /// From gross to net.
    pub waterfall: Waterfall,
    /// Trades in the order they were opened.
    pub trades: Vec<TradeRow>,
    /// Ended trades by exit reason.
    pub exits: BTreeMap<ExitReason, GroupRow>,
    /// Ended trades by scenario.
    pub scenarios: BTreeMap<String, GroupRow>,
    /// One-legged moments.
    pub naked: NakedLegs,
    /// Decisions not to trade, by reason; every observation of a pair is an entry or here.
    pub refused: BTreeMap<String, u64>,
    /// SHA-256 of the ledger's events as journaled, line by line: equal runs have equal hashes.
    pub ledger_hash: String,
}

/// What the data covers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataCoverage {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub to: Timestamp,
    /// Records read.
    pub records: u64,
    /// Markets seen.
    pub markets: u64,
    /// Markets left out by the filters.
    pub filtered: u64,
    /// Markets whose end the data holds.
    pub ended: u64,
    /// Candidate pairs.
    pub candidates: u64,
    /// Pairs proven or presumed.
    pub pairs: u64,
    /// Pairs whose two books were fresh at the same moment at least once.
    pub priced: u64,
    /// Observations of a pair at which both books were fresh.
    pub observations: u64,
    /// Books made unknown by a gap.
    pub gaps: u64,
    /// Spans without any record longer than a day: start and length in milliseconds.
    pub holes: Vec<(Timestamp, i64)>,
}

/// The same run with one thing changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// What was changed, in words: `held to resolution`, `today's fees`, `double latency`.
    pub name: String,
    /// What came of it.
    pub summary: Summary,
    /// SHA-256 of its ledger.
    pub ledger_hash: String,
}

/// A whole backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// [`REPORT_VERSION`].
    pub schema_version: u32,
    /// Hash of data, rules and code, the first 16 hexadecimal digits.
    pub run_id: String,
    /// SHA-256 of the data.
    pub data_hash: String,
    /// SHA-256 of everything configured.
    pub rules_hash: String,
    /// Version of the code that ran.
    pub code: String,
    /// What kind of data.
    pub source: SourceLabel,
    /// The strategy.
    pub strategy: StrategyRef,
    /// Its text.
    pub strategy_toml: String,
    /// What else was configured, by name.
    pub settings: BTreeMap<String, String>,
    /// One case, or three on price-only data, pessimistic first.
    pub cases: Vec<Case>,
    /// The expected or exact case with one thing changed.
    pub variants: Vec<Variant>,
    /// What the data covers.
    pub coverage: DataCoverage,
    /// Trials run on this data so far, this one included.
    pub trials: u64,
    /// What a reader must know, in words.
    pub warnings: Vec<String>,
    /// One line: what the numbers allow to say.
    pub verdict: String,
}

impl RunReport {
    /// The case that headlines: exact, else expected.
    #[must_use]
    pub fn main_case(&self) -> Option<&Case> {
        let by = |name| self.cases.iter().find(|c| c.name == name);
        by(CaseName::Exact).or_else(|| by(CaseName::Expected)).or_else(|| self.cases.first())
    }
}
