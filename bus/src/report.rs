//! One typed result each. Doors render them; nothing here is text for a screen.

mod calibration;
mod explore;
mod judged;

pub use calibration::{CalibrationReport, CalibrationRow};
pub use explore::{
    LadderKind, LadderReport, Link, MarketReport, MonitorWhy, PricesReport, RelatedReport, RelatedRow, Rung,
    UnprovenRow,
};
pub use judged::JudgedReport;

use crate::effect::LedgerRow;
use crate::id::HedgeId;
use crate::port::{BacktestRow, DecisionCount, HedgePoint, StoredHedge};
use betty_hedging::Hedge;
use betty_hedging::basket::FoundBasket;
use betty_market::{Market, MarketId, SourceLabel, Timestamp, Usdc};
use betty_trading::backtest::RunReport;
use betty_trading::ledger::{HedgeClosed, HedgeOpened, HedgeSettled};
use betty_trading::strategy::Difference;
use betty_trading::{CostBreakdown, Group, Portfolio, PositionRow, Sizing, Standing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a task came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// A scan.
    Scan(ScanReport),
    /// Stored hedges.
    Hedges(HedgesReport),
    /// One hedge in full.
    Why(Box<WhyReport>),
    /// Markets.
    Markets(MarketsReport),
    /// One market, perhaps with its books.
    Market(Box<MarketReport>),
    /// The ladder or event a market stands on.
    Ladder(LadderReport),
    /// What the prover finds between one market and all others.
    Related(RelatedReport),
    /// What a stored hedge has cost over time.
    Prices(Box<PricesReport>),
    /// What holds between two markets.
    Analysis(AnalysisReport),
    /// Stored hedges, priced again.
    Monitor(MonitorReport),
    /// The last scan and what is stored.
    Status(StatusReport),
    /// A position was opened.
    Opened(Box<OpenedReport>),
    /// A position was closed.
    Closed(Box<ClosedReport>),
    /// Resolved positions were paid out.
    Settled(SettledReport),
    /// The account.
    Portfolio(Box<Portfolio>),
    /// Positions.
    Positions(PositionsReport),
    /// The last entries of the ledger.
    Ledger(LedgerReport),
    /// What a trade would cost.
    Cost(CostReport),
    /// What size a hedge would get.
    Size(SizeReport),
    /// What the rules decided.
    Auto(AutoReport),
    /// Strategies.
    Strategies(StrategiesReport),
    /// A strategy's text.
    Strategy(StrategyReport),
    /// What differs between two strategies.
    Diff(DiffReport),
    /// How strategies did.
    Performance(Box<PerformanceReport>),
    /// Ended trades with their reasons.
    History(HistoryReport),
    /// Decisions, counted by reason.
    Reasons(ReasonsReport),
    /// How often relations have held.
    Calibration(CalibrationReport),
    /// Something small was done.
    Note(NoteReport),
    /// One backtest.
    Backtest(Box<BacktestReport>),
    /// Stored backtests.
    Backtests(BacktestsReport),
    /// Backtests side by side.
    Comparison(Box<ComparisonReport>),
    /// Many sets of parameters.
    Sweep(Box<SweepReport>),
    /// Sets chosen on one window and tried on the next.
    WalkForward(Box<WalkForwardReport>),
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// What a language model was asked about; `None` when none is configured.
    #[serde(default)]
    pub judged: Option<Box<JudgedReport>>,
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// Markets examined.
    pub markets: u64,
    /// Candidate pairs examined.
    pub candidates: u64,
    /// Hedges, best first, with their numbers.
    pub hedges: Vec<(HedgeId, Hedge)>,
    /// Every other candidate, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Baskets over more than two markets, best first. They are told and not stored: they have no number, and nothing opens them. Empty
    /// in reports written before they were told.
    #[serde(default)]
    pub baskets: Vec<FoundBasket>,
    /// Sets of more than two markets whose books were looked at; each is a basket or counted in `sets_refused`.
    #[serde(default)]
    pub sets_priced: u64,
    /// Every other set that was looked at, by reason.
    #[serde(default)]
    pub sets_refused: BTreeMap<String, u64>,
}

/// Stored hedges that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HedgesReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// Above the list, in words: "coverage at least 95%".
    pub title: String,
    /// Best first.
    pub hedges: Vec<StoredHedge>,
    /// Active hedges in all, before the filter.
    pub stored: u64,
}

/// One hedge with both rule texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhyReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// As stored.
    pub hedge: StoredHedge,
    /// The markets as they are now, in the order of the certificate.
    pub markets: Vec<Market>,
    /// Whether the proof still stands on those texts.
    pub holds: bool,
    /// What it has cost lately, oldest first; empty in reports written before it was kept.
    #[serde(default)]
    pub prices: Vec<HedgePoint>,
}

/// Markets that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarketsReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// By volume.
    pub markets: Vec<Market>,
}

/// What holds between two markets, and why or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// Ids and questions, in the order asked.
    pub markets: Vec<(MarketId, String)>,
    /// The relation in words, as seen from the first market; `None` where nothing is proven.
    pub relation: Option<String>,
    /// The proof's sentence, with the rule and evidence before it.
    pub proofs: Vec<String>,
    /// Each rule that came near, with the obligation that failed.
    pub failed: Vec<String>,
}

/// One hedge priced again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorRow {
    /// Its number.
    pub id: HedgeId,
    /// Its legs in words.
    pub legs: Vec<String>,
    /// Net edge when last stored, millionths.
    pub before_ppm: i64,
    /// Net edge now; `None` when it cannot be priced.
    pub now_ppm: Option<i64>,
    /// Every word why it is reported, the gravest first; empty in reports written before it was kept.
    #[serde(default)]
    pub why: Vec<MonitorWhy>,
    /// The same in sentences, with the numbers.
    pub words: String,
}

/// Stored hedges, priced again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The market's time.
    pub at: Timestamp,
    /// The threshold asked for, millionths.
    pub threshold_ppm: i64,
    /// Hedges looked at.
    pub watched: u64,
    /// Those worth a word.
    pub rows: Vec<MonitorRow>,
}

/// The last scan and what is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The last scan; `None` before the first.
    pub last_scan: Option<crate::effect::ScanRow>,
    /// Active hedges by tier.
    pub by_tier: BTreeMap<String, u64>,
    /// The best of them.
    pub hedges: Vec<StoredHedge>,
}

/// A position was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedReport {
    /// As the ledger keeps it.
    pub opened: HedgeOpened,
    /// How the size came about.
    pub sizing: Sizing,
    /// What a person should know beside it.
    pub notes: Vec<String>,
    /// Cash after it.
    pub cash: Usdc,
}

/// A position was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedReport {
    /// As the ledger keeps it.
    pub closed: HedgeClosed,
    /// The position after it.
    pub row: PositionRow,
    /// Cash after it.
    pub cash: Usdc,
}

/// Resolved positions were paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// As the ledger keeps them.
    pub settled: Vec<HedgeSettled>,
    /// Positions that wait, with what they wait for.
    pub waiting: Vec<(u64, String)>,
    /// Cash after it.
    pub cash: Usdc,
}

/// Positions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionsReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// Newest first.
    pub rows: Vec<PositionRow>,
}

/// The last entries of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// Oldest first, with their numbers in the account.
    pub rows: Vec<(u64, LedgerRow)>,
    /// Entries in all.
    pub entries: u64,
    /// Sum of all postings; zero, or the books are broken.
    pub sum: Usdc,
}

/// What a trade would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The hedge.
    pub hedge: HedgeId,
    /// Shares of every leg it was worked out for.
    pub shares: betty_market::Shares,
    /// Dollars at the asks, without costs.
    pub amount: Usdc,
    /// Line by line.
    pub costs: CostBreakdown,
}

/// What size a hedge would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The hedge.
    pub hedge: HedgeId,
    /// The size with its derivation.
    pub sizing: Option<Sizing>,
    /// Why there is none.
    pub refusal: Option<String>,
}

/// One decision of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoRow {
    /// What it is about: `hedge 3`, `position 1`.
    pub about: String,
    /// `enter`, `refuse`, `hold`, `exit`.
    pub decision: String,
    /// The rule with its numbers.
    pub reason: String,
    /// The reason's name in data; empty in reports written before it was kept.
    #[serde(default)]
    pub kind: String,
}

/// What the rules decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// In words: "checked 2 open positions".
    pub title: String,
    /// The strategy used.
    pub strategy: String,
    /// Whether schedules may enter by rule.
    pub entries_on: bool,
    /// Every decision, refusals too.
    pub rows: Vec<AutoRow>,
    /// Since when and by whom every entry is stopped; `None` when it is not.
    #[serde(default)]
    pub kill_switch: Option<String>,
    /// The circuit breakers as they stand.
    #[serde(default)]
    pub breakers: Vec<Standing>,
}

/// Strategies by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategiesReport {
    /// The one that is used when none is named.
    pub active: String,
    /// Name, version, description, whether built in.
    pub rows: Vec<(String, u32, String, bool)>,
}

/// A strategy's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyReport {
    /// Its name.
    pub name: String,
    /// Its version; 0 for a template that was not saved.
    pub version: u32,
    /// As TOML.
    pub toml: String,
}

/// What differs between two strategies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffReport {
    /// The first, `mine@1`.
    pub left: String,
    /// The second.
    pub right: String,
    /// The lines that differ, in the order of the text.
    pub lines: Vec<Difference>,
}

/// Ended trades counted by one thing they have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformanceSection {
    /// `strategy`, `scenario` or `exit reason`.
    pub by: String,
    /// Most trades first.
    pub groups: Vec<Group>,
}

/// How strategies did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformanceReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The one strategy asked about; `None` for all trades.
    pub strategy: Option<String>,
    /// All trades counted.
    pub total: Group,
    /// The same trades, divided.
    pub sections: Vec<PerformanceSection>,
    /// Trades still open, which count nowhere above.
    pub open: u64,
}

/// An ended trade with why it was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// The position.
    pub row: PositionRow,
    /// Why it was opened, in words.
    pub entry_reason: String,
}

/// Ended trades with their reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// Newest end first.
    pub rows: Vec<HistoryRow>,
    /// Trades ended in all.
    pub ended: u64,
}

/// Stored decisions, counted by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonsReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The one strategy asked about; `None` for all.
    pub strategy: Option<String>,
    /// Most frequent first.
    pub rows: Vec<DecisionCount>,
    /// How many decisions are kept, the newest.
    pub kept_max: u64,
    /// Of so many of the newest, how many were made after book events; `None` in reports of earlier versions.
    #[serde(default)]
    pub after_events: Option<(u64, u64)>,
}

/// Something small was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteReport {
    /// One line.
    pub title: String,
    /// One paragraph.
    pub text: String,
}

/// One backtest. Its trades are left out: they are in the stored report, and a journal is no place for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// The report with empty lists of trades. Not called `report`: that is the name of the tag.
    pub run: RunReport,
    /// Trades that were left out of all its cases together.
    pub trades_left_out: u64,
    /// When it was stored; `None` for a run that has just ended.
    pub stored_at: Option<Timestamp>,
}

impl BacktestReport {
    /// Takes the trades out of a report.
    #[must_use]
    pub fn of(mut run: RunReport, stored_at: Option<Timestamp>) -> Self {
        let mut trades_left_out = 0;
        for case in &mut run.cases {
            trades_left_out += case.trades.len() as u64;
            case.trades = Vec::new();
        }
        Self { run, trades_left_out, stored_at }
    }
}

/// Stored backtests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestsReport {
    /// Newest first.
    pub rows: Vec<BacktestRow>,
    /// Stored in all.
    pub stored: u64,
}

/// Backtests side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonReport {
    /// In the order asked, without their trades.
    pub runs: Vec<BacktestReport>,
    /// Why they cannot be compared; `None` when they can: a result on other data is another question.
    pub unlike: Option<String>,
}

/// One set of parameters with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepRow {
    /// Its number in the search, from 0.
    pub set: u64,
    /// Parameters by name, as given.
    pub parameters: Vec<(String, String)>,
    /// Return over the part that sets were chosen by, millionths.
    pub roi_ppm: i64,
    /// Net result over that part.
    pub net: Usdc,
    /// Trades ended.
    pub ended: u64,
    /// Annualised Sharpe ratio, where defined.
    pub sharpe: Option<f64>,
    /// Largest fall of equity, millionths, where defined.
    pub max_drawdown_ppm: Option<i64>,
    /// Return over the part that was held out, millionths.
    pub held_out_roi_ppm: Option<i64>,
    /// Mean return of the neighbouring sets, millionths: a peak without neighbours is luck.
    pub neighbours_roi_ppm: Option<i64>,
}

/// Many sets of parameters on the same data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The strategy the sets were made from.
    pub strategy: String,
    /// SHA-256 of the data.
    pub data_hash: String,
    /// Sets in the search.
    pub sets: u64,
    /// Trials on this data so far, these included.
    pub trials: u64,
    /// Best first by the part that was held out, where there is one; the best of a bounded number.
    pub rows: Vec<SweepRow>,
    /// What a reader must know.
    pub warnings: Vec<String>,
    /// Whether any set is worth a second look.
    pub usable: bool,
    /// One line: what the numbers allow to say.
    pub verdict: String,
}

/// One window of a walk-forward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowRow {
    /// First instant of the part that chose.
    pub train_from: Timestamp,
    /// First instant of the part that tried.
    pub test_from: Timestamp,
    /// Its end.
    pub test_to: Timestamp,
    /// The set that was chosen.
    pub parameters: Vec<(String, String)>,
    /// Its return where it was chosen, millionths.
    pub train_roi_ppm: i64,
    /// Its return where it was tried, millionths.
    pub test_roi_ppm: i64,
    /// Its net result there.
    pub test_net: Usdc,
    /// Trades ended there.
    pub ended: u64,
}

/// Sets chosen on one window and tried on the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardReport {
    /// What kind of data.
    pub source: SourceLabel,
    /// The strategy the sets were made from.
    pub strategy: String,
    /// SHA-256 of the data.
    pub data_hash: String,
    /// Trials on this data so far, these included.
    pub trials: u64,
    /// In time.
    pub windows: Vec<WindowRow>,
    /// Net result of all parts that tried.
    pub net: Usdc,
    /// What a reader must know.
    pub warnings: Vec<String>,
    /// Whether there was anything to judge.
    pub usable: bool,
    /// One line: what the numbers allow to say.
    pub verdict: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results are kept in the journal, so those of earlier versions must still be read.
    #[test]
    fn a_decision_report_of_an_earlier_version_is_read() {
        let old = r#"{"report":"auto","source":{"kind":"simulated","seed":7},"title":"t","strategy":"balanced v1","entries_on":true,
            "rows":[{"about":"hedge 3","decision":"refuse","reason":"no edge"}]}"#;
        let label = serde_json::to_value(SourceLabel::Simulated { seed: 7 }).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(old).unwrap();
        value["source"] = label;
        let Report::Auto(report) = serde_json::from_value(value).unwrap() else { panic!("decisions") };
        assert_eq!((report.kill_switch, report.breakers, report.rows[0].kind.as_str()), (None, Vec::new(), ""));
    }

    #[test]
    fn a_scan_of_an_earlier_version_is_read_and_has_no_baskets() {
        let old = serde_json::json!({
            "report": "scan", "source": SourceLabel::Simulated { seed: 7 }, "at": 1_800_000_000_000_i64, "markets": 3, "candidates": 2,
            "hedges": [], "refused": { "spread": 2 },
        });
        let Report::Scan(report) = serde_json::from_value(old).unwrap() else { panic!("a scan") };
        assert_eq!((report.baskets.len(), report.sets_priced, report.sets_refused.len()), (0, 0, 0));
        assert_eq!(report.refused["spread"], 2);
        let again = serde_json::to_value(Report::Scan(report.clone())).unwrap();
        assert_eq!(serde_json::from_value::<Report>(again).unwrap(), Report::Scan(report));
    }
}
