//! One typed task per specialist: everything a specialist is told, parsed and bounded before it is accepted.

use crate::id::{HedgeId, TaskId};
use crate::specialist::SpecialistKind;
use betty_market::{MarketId, Price, Usdc};
use serde::{Deserialize, Serialize};

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
            Self::Auto(_) => SpecialistKind::AutoTrader,
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
    /// A short status: last scan, counts by tier.
    Status {
        /// At most this many hedges.
        limit: u32,
    },
    /// The full reasoning of one stored hedge.
    Why {
        /// The hedge.
        hedge: HedgeId,
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
    /// What a finished scan or monitor leads to while entries are on: exits are checked, then what passes is entered.
    Round {
        /// The task that led to it.
        after: TaskId,
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
