//! One typed task per specialist: everything a specialist is told, parsed and bounded before it is accepted.

use crate::id::{HedgeId, TaskId};
use crate::specialist::SpecialistKind;
use betty_market::{MarketId, Price, Timestamp, Usdc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What Betty can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Task {
    /// For HedgeSpecialist.
    Hedge(HedgeTask),
    /// For Researcher.
    Research(ResearchTask),
    /// For CodeReviewer.
    Review(ReviewTask),
    /// For Coder.
    Code(CodeTask),
    /// For AutoTrader.
    Auto(AutoTask),
    /// For PaperTrader.
    Paper(PaperTask),
    /// For CostCalculator.
    Cost(CostTask),
    /// For PositionSizer.
    Size(SizeTask),
    /// For AutoTrader, who trades by rules: the same rules on history.
    Backtest(Box<BacktestTask>),
}

impl Task {
    /// Who does it.
    #[must_use]
    pub const fn specialist(&self) -> SpecialistKind {
        match self {
            Self::Hedge(_) => SpecialistKind::HedgeSpecialist,
            Self::Research(_) => SpecialistKind::Researcher,
            Self::Review(_) => SpecialistKind::CodeReviewer,
            Self::Code(_) => SpecialistKind::Coder,
            Self::Auto(_) | Self::Backtest(_) => SpecialistKind::AutoTrader,
            Self::Paper(_) => SpecialistKind::PaperTrader,
            Self::Cost(_) => SpecialistKind::CostCalculator,
            Self::Size(_) => SpecialistKind::PositionSizer,
        }
    }

    /// Whether it writes to a paper account. Such tasks run one at a time.
    #[must_use]
    pub const fn writes_account(&self) -> bool {
        matches!(
            self,
            Self::Paper(
                PaperTask::Open { .. } | PaperTask::OpenManual { .. } | PaperTask::Close { .. } | PaperTask::Settle
            ) | Self::Auto(AutoTask::Open { .. } | AutoTask::Check | AutoTask::Round { .. } | AutoTask::Close { .. })
        )
    }
}

impl Task {
    /// Whether it computes for minutes rather than waits. Such tasks run one at a time, so that the rest of Betty keeps her processor.
    #[must_use]
    pub fn computes_long(&self) -> bool {
        match self {
            Self::Backtest(task) => {
                matches!(
                    **task,
                    BacktestTask::Run { .. } | BacktestTask::Sweep { .. } | BacktestTask::WalkForward { .. }
                )
            }
            _ => false,
        }
    }
}

/// Find, price and watch hedges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum HedgeTask {
    /// Prove and price over the venue, and store what was found.
    Scan {
        /// Words that must occur in a market's text.
        query: Option<String>,
        /// At most this many markets, by volume; `None` is all.
        limit: Option<u32>,
        /// Least net edge of a listed hedge, millionths.
        min_edge_ppm: i64,
    },
    /// Stored hedges at or above a coverage.
    Find {
        /// Least coverage (lower bound), millionths: `950_000` is 95%.
        coverage_ppm: u32,
        /// At most this many.
        limit: u32,
    },
    /// What holds between two markets, and why or why not.
    Analyze {
        /// The first market.
        a: MarketId,
        /// The second.
        b: MarketId,
    },
    /// Re-price stored hedges now.
    Monitor {
        /// Report hedges whose net edge is at least this, millionths.
        threshold_ppm: i64,
    },
    /// Re-price some stored hedges, whose books have changed.
    Reprice {
        /// The hedges.
        hedges: BTreeSet<HedgeId>,
        /// Report hedges whose net edge is at least this, millionths.
        threshold_ppm: i64,
    },
    /// A short status: last scan, counts by tier.
    Status {
        /// At most this many hedges.
        limit: u32,
    },
    /// How often relations that were written down have held.
    Calibration,
    /// The full reasoning of one stored hedge.
    Why {
        /// The hedge.
        hedge: HedgeId,
    },
    /// One stored hedge as it was last priced.
    Show {
        /// The hedge.
        hedge: HedgeId,
    },
    /// What a stored hedge has cost over time.
    History {
        /// The hedge.
        hedge: HedgeId,
        /// At most this many points, the newest.
        limit: u32,
    },
    /// One market as the venue lists it.
    Market {
        /// The market.
        market: MarketId,
    },
    /// The books of a market's two sides.
    Book {
        /// The market.
        market: MarketId,
    },
    /// The ladder or event a market stands on, with asks and the relations between neighbours.
    Ladder {
        /// The market.
        market: MarketId,
    },
    /// What the prover finds between a market and all others.
    Related {
        /// The market.
        market: MarketId,
        /// At most this many of what holds, and of what failed.
        limit: u32,
    },
    /// Browse markets.
    Markets {
        /// Words that must occur in a market's text.
        query: Option<String>,
        /// At most this many.
        limit: u32,
    },
}

/// A question for the web.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResearchTask {
    /// The question as asked. Untrusted text.
    pub question: String,
}

/// Something to review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewTask {
    /// What to review, as asked. Untrusted text.
    pub subject: String,
}

/// Something to implement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeTask {
    /// The instruction as given. Untrusted text.
    pub instruction: String,
}

/// Strategies and rule-driven trading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum AutoTask {
    /// Enter by rule: one hedge, or the best that pass.
    Open {
        /// One stored hedge, or all of them.
        hedge: Option<HedgeId>,
        /// A strategy's name; the loaded one when absent.
        strategy: Option<String>,
    },
    /// What it would do and why, without doing it.
    Status,
    /// Check every open position against its exits, and close what a rule says.
    Check,
    /// What a finished scan or monitor leads to while entries are on, and a change of a book that is followed: exits are checked, then
    /// what passes is entered.
    Round {
        /// What led to it.
        after: RoundAfter,
    },
    /// Close one position now.
    Close {
        /// The position.
        position: u64,
    },
    /// Let scans and monitors be followed by a round.
    On,
    /// Stop entering; exits still run.
    Off,
    /// Strategies: list them.
    StrategyList,
    /// Strategies: show one.
    StrategyShow {
        /// Its name, or one version of it (`mine@2`); the loaded one when absent.
        name: Option<String>,
    },
    /// Strategies: what differs between two, line by line.
    StrategyDiff {
        /// A name, or one version of it: `mine@1`.
        left: String,
        /// A name, or one version of it.
        right: String,
    },
    /// How strategies did, by strategy.
    Performance {
        /// One strategy's name, whatever its version; all when absent.
        strategy: Option<String>,
    },
    /// How trades did, by scenario and by exit reason.
    Stats {
        /// One strategy's name, whatever its version; all when absent.
        strategy: Option<String>,
    },
    /// Ended trades with why they were entered and why they ended.
    History {
        /// At most this many, the newest.
        limit: u32,
    },
    /// Stored decisions, counted by reason.
    Reasons {
        /// One strategy's name, whatever its version; all when absent.
        strategy: Option<String>,
    },
    /// Strategies: make one the active one.
    StrategyLoad {
        /// Its name.
        name: String,
    },
    /// Strategies: save a TOML text under its name.
    StrategySave {
        /// The TOML text. Untrusted.
        toml: String,
    },
    /// Strategies: delete one; never the active one.
    StrategyDelete {
        /// Its name.
        name: String,
    },
    /// Strategies: print a template as TOML.
    StrategyTemplate {
        /// The template's name.
        name: String,
    },
}

/// What led to a round. A task is written as its number alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RoundAfter {
    /// The end of this scan or monitor.
    Task(TaskId),
    /// Changes on the venue, each once, however often they happened since the last round.
    Events {
        /// What changed.
        events: BTreeSet<BookEvent>,
    },
}

impl RoundAfter {
    /// The stored hedges that changes were about, in the order of their numbers; none after a task.
    #[must_use]
    pub fn hedges(&self) -> Vec<HedgeId> {
        match self {
            Self::Task(_) => Vec::new(),
            Self::Events { events } => events
                .iter()
                .filter_map(|e| match e {
                    BookEvent::Cheap { hedge } => Some(*hedge),
                    _ => None,
                })
                .collect(),
        }
    }
}

impl fmt::Display for RoundAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Events named in a line; the rest is counted.
        const NAMED_MAX: usize = 3;
        match self {
            Self::Task(id) => write!(f, "task {id}"),
            Self::Events { events } => {
                let named: Vec<String> = events.iter().take(NAMED_MAX).map(ToString::to_string).collect();
                write!(f, "book events: {}", named.join(", "))?;
                match events.len().saturating_sub(NAMED_MAX) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}

/// A change on the venue that could change what a rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum BookEvent {
    /// A market of an open position resolved.
    Resolved {
        /// The market.
        market: MarketId,
    },
    /// An exit of an open position's strategy holds.
    ExitHolds {
        /// The position.
        position: u64,
    },
    /// What the bids pay for an open position moved.
    MarkMoved {
        /// The position.
        position: u64,
    },
    /// The best asks of a stored hedge together cost less than it pays at worst, by the least edge of the active strategy, or of the monitor while
    /// entries by rule are off.
    Cheap {
        /// The hedge.
        hedge: HedgeId,
    },
}

impl fmt::Display for BookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolved { market } => write!(f, "market {market} resolved"),
            Self::ExitHolds { position } => write!(f, "an exit of position {position} holds"),
            Self::MarkMoved { position } => write!(f, "the mark of position {position} moved"),
            Self::Cheap { hedge } => write!(f, "hedge {hedge} has become cheap"),
        }
    }
}

/// The paper account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum PaperTask {
    /// Open from a stored hedge at the live book.
    Open {
        /// The hedge.
        hedge: HedgeId,
        /// `HIGH`, `MEDIUM` or `LOW`.
        confidence: Option<String>,
        /// A strategy's name.
        strategy: Option<String>,
        /// Dollars to put in; the sizer decides when absent.
        size: Option<Usdc>,
    },
    /// Open at prices the user typed. Marked as manual everywhere.
    OpenManual {
        /// The market whose NO is bought… see `cover`.
        target: MarketId,
        /// Price of the target leg.
        target_price: Price,
        /// The market that covers it.
        cover: MarketId,
        /// Price of the cover leg.
        cover_price: Price,
        /// Coverage the user claims, millionths.
        coverage_ppm: u32,
        /// Tier the user claims.
        tier: String,
        /// `HIGH`, `MEDIUM` or `LOW`.
        confidence: Option<String>,
        /// A strategy's name.
        strategy: Option<String>,
    },
    /// Close at the live bids, or at typed prices.
    Close {
        /// The position.
        position: u64,
        /// Typed prices of the two legs; marked as manual.
        manual: Option<[Price; 2]>,
    },
    /// Pay out every position whose markets have resolved.
    Settle,
    /// Cash, positions and result.
    Portfolio,
    /// Positions.
    Positions {
        /// `Some(true)` open ones, `Some(false)` ended ones.
        open: Option<bool>,
    },
    /// The last entries of the ledger.
    Ledger {
        /// At most this many.
        limit: u32,
    },
}

/// What an intended trade would cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostTask {
    /// The stored hedge.
    pub hedge: HedgeId,
}

/// What size an opportunity would get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeTask {
    /// The stored hedge.
    pub hedge: HedgeId,
    /// `HIGH`, `MEDIUM` or `LOW`.
    pub confidence: Option<String>,
    /// A strategy's name.
    pub strategy: Option<String>,
}

/// History replayed through the rules that trade on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum BacktestTask {
    /// One run; its report is stored under its run id.
    Run {
        /// What to replay. A field of its own: beside the tag of [`Task`] a job's `to` would be lost.
        job: BacktestJob,
    },
    /// Many sets of parameters on the same data.
    Sweep {
        /// What every set shares.
        job: BacktestJob,
        /// The sets.
        search: BacktestSearch,
    },
    /// Sets chosen on one window and tried on the next, again and again.
    WalkForward {
        /// What every window shares.
        job: BacktestJob,
        /// The sets; without parameters the strategy is tried as it is.
        search: BacktestSearch,
        /// The windows.
        windows: BacktestWindows,
    },
    /// Stored runs, newest first.
    List {
        /// At most this many.
        limit: u32,
    },
    /// One stored run.
    Show {
        /// Its run id, or the first digits of it.
        run: String,
    },
    /// Stored runs side by side.
    Compare {
        /// Their run ids, or the first digits of each.
        runs: Vec<String>,
    },
}

/// Which strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BacktestStrategy {
    /// The active one.
    Active,
    /// A saved one or a template, by name.
    Named(String),
    /// A TOML text. Untrusted.
    Toml(String),
}

/// What to replay. Absent is the default of the driver or the whole of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestJob {
    /// The strategy.
    pub strategy: BacktestStrategy,
    /// `recorded:PATH` or `simulated[:SEED]`; the configured source when absent.
    pub source: Option<String>,
    /// First instant.
    pub from: Option<Timestamp>,
    /// Last instant.
    pub to: Option<Timestamp>,
    /// Words that must occur in a market's text.
    pub query: Option<String>,
    /// Only markets of this category.
    pub category: Option<String>,
    /// Cash at the start.
    pub bankroll: Option<Usdc>,
    /// Milliseconds from a decision to the match of one leg.
    pub latency_ms: Option<u32>,
    /// Threads.
    pub threads: Option<u32>,
    /// Seed of everything random: latency jitter, bootstraps, random sets.
    pub seed: Option<u64>,
    /// Settings of the run as typed, `limits.hedge_cap_pct=5`.
    pub set: Vec<String>,
}

impl BacktestJob {
    /// A strategy on the whole of the configured data.
    #[must_use]
    pub const fn new(strategy: BacktestStrategy) -> Self {
        Self {
            strategy,
            source: None,
            from: None,
            to: None,
            query: None,
            category: None,
            bankroll: None,
            latency_ms: None,
            threads: None,
            seed: None,
            set: Vec::new(),
        }
    }
}

/// Which sets of parameters to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestSearch {
    /// Parameters as typed: `size_pct=5,10,15`, or for random sets `size_pct=5..15`.
    pub axes: Vec<String>,
    /// This many random sets instead of every combination.
    pub random: Option<u32>,
    /// Part of the data, its end, that no set is chosen by, percent.
    pub held_out_pct: u32,
}

/// The windows of a walk-forward, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestWindows {
    /// Sets are chosen on this much.
    pub train_ms: i64,
    /// And tried on this much after it.
    pub test_ms: i64,
    /// Leave out of the choice what is still open when the test begins.
    pub purge: bool,
    /// Left out between the two.
    pub embargo_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_comes_back_with_what_led_to_it_and_a_number_alone_is_a_task() {
        let round = |after| Task::Auto(AutoTask::Round { after });
        let (three, seven) = (HedgeId::new(3).unwrap(), TaskId::new(7).unwrap());
        let events: BTreeSet<BookEvent> = [
            BookEvent::Cheap { hedge: three },
            BookEvent::MarkMoved { position: 1 },
            BookEvent::ExitHolds { position: 2 },
            BookEvent::Resolved { market: MarketId::new("512").unwrap() },
        ]
        .into();
        let after = RoundAfter::Events { events };
        assert_eq!(after.hedges(), [three]);
        assert_eq!(
            after.to_string(),
            "book events: market 512 resolved, an exit of position 2 holds, the mark of position 1 moved and 1 more"
        );
        for task in [round(after), round(RoundAfter::Task(seven))] {
            let text = serde_json::to_string(&task).unwrap();
            assert_eq!(serde_json::from_str::<Task>(&text).unwrap(), task, "{text}");
        }
        // As earlier versions wrote it.
        let old = r#"{"to":"auto","do":"round","after":7}"#;
        assert_eq!(serde_json::from_str::<Task>(old).unwrap(), round(RoundAfter::Task(seven)));
        assert_eq!(RoundAfter::Task(seven).to_string(), "task 7");
    }

    /// Tags and fields share one JSON object where enums are nested: a task that does not come back is a task that is lost.
    #[test]
    fn backtests_come_back_as_they_were_written() {
        let job = BacktestJob {
            strategy: BacktestStrategy::Toml("name = \"x\"".to_owned()),
            source: Some("simulated:3".to_owned()),
            from: Some(Timestamp::from_secs(1)),
            to: Some(Timestamp::from_secs(2)),
            query: Some("fed".to_owned()),
            category: Some("crypto".to_owned()),
            bankroll: Some(Usdc::whole(5)),
            latency_ms: Some(6),
            threads: Some(7),
            seed: Some(u64::MAX),
            set: vec!["limits.void_ppm=8".to_owned()],
        };
        let search = BacktestSearch { axes: vec!["size_pct=5".to_owned()], random: Some(9), held_out_pct: 10 };
        let windows = BacktestWindows { train_ms: 1, test_ms: 2, purge: true, embargo_ms: 3 };
        let plain = BacktestJob::new(BacktestStrategy::Active);
        let named = BacktestJob::new(BacktestStrategy::Named("swing".to_owned()));
        for (task, long) in [
            (BacktestTask::Run { job: job.clone() }, true),
            (BacktestTask::Run { job: plain }, true),
            (BacktestTask::Sweep { job: named, search: search.clone() }, true),
            (BacktestTask::WalkForward { job, search, windows }, true),
            (BacktestTask::List { limit: 3 }, false),
            (BacktestTask::Show { run: "00aa".to_owned() }, false),
            (BacktestTask::Compare { runs: vec!["00aa".to_owned(), "11bb".to_owned()] }, false),
        ] {
            let task = Task::Backtest(Box::new(task));
            let text = serde_json::to_string(&task).unwrap();
            assert_eq!(serde_json::from_str::<Task>(&text).unwrap(), task, "{text}");
            assert_eq!(task.computes_long(), long, "{text}");
            assert_eq!((task.specialist(), task.writes_account()), (SpecialistKind::AutoTrader, false));
        }
    }
}
