//! What a row of the command table holds.

/// Names a row to the code that builds its command. One variant per row, so a row without a meaning does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the rows of the table say what each does
pub enum Id {
    Betty,
    HedgeScan,
    ScanMarkets,
    FindHedges,
    HedgeMonitor,
    HedgeStatus,
    HedgeDb,
    HedgeWhy,
    HedgeShow,
    HedgeHistory,
    Calibration,
    MarketShow,
    MarketBook,
    MarketLadder,
    MarketRelated,
    HedgeDashboard,
    HedgeHelp,
    Analyze,
    Cost,
    Size,
    PaperOpen,
    PaperOpenManual,
    PaperClose,
    PaperSettle,
    PaperPortfolio,
    PaperPositions,
    PaperLedger,
    PaperHelp,
    StrategyList,
    StrategyShow,
    StrategyLoad,
    StrategySave,
    StrategyDelete,
    StrategyTemplate,
    StrategyDiff,
    StrategyPerformance,
    StrategyStats,
    StrategyHistory,
    StrategyReasons,
    AutoOpen,
    AutoStatus,
    AutoCheck,
    AutoClose,
    AutoOn,
    AutoOff,
    AutoHelp,
    BacktestRun,
    BacktestList,
    BacktestShow,
    BacktestCompare,
    BacktestSweep,
    BacktestWalkForward,
    Research,
    Review,
    Code,
    TaskList,
    TaskShow,
    TaskCancel,
    InspectActors,
    InspectMessages,
    InspectTask,
    ScheduleList,
    ScheduleRun,
    SchedulePause,
    ScheduleResume,
    ScheduleSkip,
    Pause,
    Resume,
    StopAll,
    Doctor,
    Status,
    Help,
    Quit,
}

/// Who may use a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone the door lets in.
    Everyone,
    /// Admins: the door established it, never the text.
    Admin,
    /// Only at the local console.
    Console,
}

/// Where help lists a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Free text and the three text specialists.
    Ask,
    /// Finding and understanding hedges.
    Hedge,
    /// The paper account.
    Paper,
    /// Strategies and rule-driven trading.
    Auto,
    /// Tasks, state, help.
    General,
    /// Admins only.
    Admin,
}

impl Group {
    /// All, in the order help shows them.
    pub const ALL: [Self; 6] = [Self::Ask, Self::Hedge, Self::Paper, Self::Auto, Self::General, Self::Admin];

    /// The word after `!help`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Hedge => "hedge",
            Self::Paper => "paper",
            Self::Auto => "auto",
            Self::General => "general",
            Self::Admin => "admin",
        }
    }

    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ask => "Ask Betty",
            Self::Hedge => "Hedges",
            Self::Paper => "Paper trading",
            Self::Auto => "Strategies and automatic paper trading",
            Self::General => "Tasks and help",
            Self::Admin => "Administration",
        }
    }
}

/// The type and range of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, both ends allowed.
    Count {
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// A probability above 0% up to 100%: `95%`, `95` and `0.95` are the same.
    Coverage,
    /// A profit per dollar from 0% to 100%: `5%`, `5` and `0.05` are the same.
    Edge,
    /// A stored hedge: `3` or `#3`.
    Hedge,
    /// A task: `12` or `#12`.
    Task,
    /// A paper position: `2` or `#2`.
    Position,
    /// The venue's id of a market, such as `553857`.
    Market,
    /// A price between 0 and 1 dollar: `0.62`, `$0.62` or `62c`.
    Price {
        /// Whether 0 and 1 themselves are allowed.
        ends: bool,
    },
    /// Dollars above zero: `50`, `$50` or `$1,250.50`.
    Money,
    /// One of some words, in any case.
    Choice(&'static [&'static str]),
    /// `T0` to `T3` or `WATCH`; `1` and `tier1` mean `T1`.
    Tier,
    /// A strategy's name: 1 to 32 of `a-z 0-9 _ -`, at least one of them a letter.
    Name,
    /// A strategy's name, or one version of it: `mine@2`.
    Version,
    /// A command or a group of commands, for help.
    Topic,
    /// One word.
    Word,
    /// An instant: `2026-02-07`, which is midnight UTC, or `2026-02-07T12:00:00Z`.
    Date,
    /// A span of time: `7d`, `12h`, `30min`, `45s`; `0d` is none.
    Span,
    /// The run id of a stored backtest, or at least its first four digits.
    Run,
    /// Data that can be replayed: `simulated`, `simulated:SEED` or `recorded:NAME`.
    History,
    /// Settings of a run, `limits.hedge_cap_pct=5`; several are separated by `;`.
    Settings,
    /// Everything to the end of the line.
    Rest,
}

/// One argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg {
    /// Its name, also its key in `name=value`.
    pub name: &'static str,
    /// Type and range.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// Used when it is not given.
    pub default: Option<&'static str>,
    /// In words, for help; at most 100 characters (Discord's limit of an option's description).
    pub help: &'static str,
}

/// One row: a command, or one subcommand in one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What builds it.
    pub id: Id,
    /// The word after `!`.
    pub name: &'static str,
    /// The second word.
    pub sub: Option<&'static str>,
    /// A second form of the same subcommand; `sub_form` names it where forms cannot share a name.
    pub form: Option<&'static str>,
    /// Short names. An alias of a row with a subcommand also stands for the command's name.
    pub aliases: &'static [&'static str],
    /// Arguments in order.
    pub args: &'static [Arg],
    /// Who may.
    pub who: Who,
    /// Seconds one person waits between two uses; 0 is none. Admins and the console do not wait.
    pub cooldown_s: u32,
    /// One line, at most 100 characters (Discord's limit of a command's description).
    pub help: &'static str,
    /// A line that works, with `!`.
    pub example: &'static str,
    /// Where help lists it.
    pub group: Group,
}

impl Row {
    /// `!paper_trade open`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.sub {
            Some(sub) => format!("!{} {sub}", self.name),
            None => format!("!{}", self.name),
        }
    }

    /// `!paper_trade open <hedge> [confidence] [strategy] [size]`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut line = self.title();
        for arg in self.args {
            let (open, close) = if arg.required { ('<', '>') } else { ('[', ']') };
            line.push(' ');
            line.push(open);
            line.push_str(arg.name);
            line.push(close);
        }
        line
    }

    /// The subcommand where each form needs a name of its own: `open_manual`.
    #[must_use]
    pub fn sub_form(&self) -> Option<String> {
        self.sub.map(|sub| self.form.map_or_else(|| sub.to_owned(), |form| format!("{sub}_{form}")))
    }

    /// Whether its only argument takes the line as it stands.
    #[must_use]
    pub const fn takes_line(&self) -> bool {
        matches!(self.args, [Arg { kind: Kind::Rest, .. }])
    }
}
