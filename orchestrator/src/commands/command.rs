//! What a line can mean, and how a row's values become it.

use super::spec::{Arg, Group, Id, Row};
use super::value::Value;
use betty_bus::task::{
    AutoTask, BacktestJob, BacktestSearch, BacktestStrategy, BacktestTask, BacktestWindows, CodeTask, CostTask,
    HedgeTask, PaperTask, ResearchTask, ReviewTask, SizeTask,
};
use betty_bus::{Envelope, HedgeId, MessageKind, Task, TaskId};
use betty_market::{MarketId, Price, Timestamp, Usdc};

/// What a line means.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Work for a specialist.
    Task(Task),
    /// Plain words for Betty to route.
    Free(String),
    /// Help: all, a group or a command.
    Help(Option<String>),
    /// Where the dashboard is.
    Dashboard,
    /// Is Betty well.
    Status,
    /// Check everything.
    Doctor,
    /// List tasks.
    TaskList,
    /// Show one task.
    TaskShow(TaskId),
    /// Cancel one task.
    TaskCancel(TaskId),
    /// Actors and their state.
    InspectActors,
    /// Messages between actors.
    InspectMessages {
        /// Which.
        filter: MessageFilter,
    },
    /// One task's messages.
    InspectTask(TaskId),
    /// What runs by the clock.
    Schedule(ScheduleCommand),
    /// Start no new work.
    Pause,
    /// Start work again, and lift the kill switch.
    Resume,
    /// Cancel everything and stop every entry until a person resumes.
    StopAll,
    /// Leave the console.
    Quit,
}

/// What about what runs by the clock. Names are those of the schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleCommand {
    /// All of them.
    List,
    /// Do the work of the latest slot, unless it was done.
    Run(String),
    /// Take no slot until it is resumed.
    Pause(String),
    /// Take slots again, from now on.
    Resume(String),
    /// Leave the next slot out.
    Skip(String),
}

/// Which messages an inspection shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFilter {
    /// At most this many, the newest.
    pub limit: u32,
    /// Only from or to this actor, in any case.
    pub actor: Option<String>,
    /// Only this kind.
    pub kind: Option<MessageKind>,
    /// Only of this task.
    pub task: Option<TaskId>,
}

impl MessageFilter {
    /// Whether a message is wanted.
    #[must_use]
    pub fn matches(&self, envelope: &Envelope) -> bool {
        self.actor
            .as_ref()
            .is_none_or(|a| a.eq_ignore_ascii_case(&envelope.from) || a.eq_ignore_ascii_case(&envelope.to))
            && self.kind.is_none_or(|k| k == envelope.kind)
            && self.task.is_none_or(|t| Some(t) == envelope.task)
    }
}

fn message_kind(word: &str) -> Option<MessageKind> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// A row's checked values, one place per argument. A type that does not fit reads as absent.
pub(crate) struct Values<'a> {
    pub(crate) args: &'a [Arg],
    pub(crate) values: Vec<Option<Value>>,
}

macro_rules! getter {
    ($name:ident, $variant:ident, $type:ty) => {
        fn $name(&self, name: &str) -> Option<$type> {
            match self.get(name)? {
                Value::$variant(v) => Some(v.clone()),
                _ => None,
            }
        }
    };
}

impl Values<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        let place = self.args.iter().position(|a| a.name == name)?;
        self.values.get(place)?.as_ref()
    }
    getter!(count, Count, u32);
    getter!(ppm, Ppm, u32);
    getter!(hedge, Hedge, HedgeId);
    getter!(task, Task, TaskId);
    getter!(position, Position, u64);
    getter!(market, Market, MarketId);
    getter!(price, Price, Price);
    getter!(money, Money, Usdc);
    getter!(at, At, Timestamp);
    getter!(millis, Millis, i64);
    getter!(text, Text, String);
}

/// What the commands that replay have in common.
fn job(v: &Values<'_>) -> BacktestJob {
    let settings = v.text("set").unwrap_or_default();
    BacktestJob {
        source: v.text("source"),
        from: v.at("from"),
        to: v.at("to"),
        query: v.text("query"),
        bankroll: v.money("bankroll"),
        latency_ms: v.count("latency_ms"),
        threads: v.count("threads"),
        seed: v.count("seed").map(u64::from),
        set: settings.split(';').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect(),
        ..BacktestJob::new(v.text("strategy").map_or(BacktestStrategy::Active, BacktestStrategy::Named))
    }
}

fn search(v: &Values<'_>) -> BacktestSearch {
    let grid = v.text("grid").unwrap_or_default();
    BacktestSearch {
        axes: grid.split([' ', ';']).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        random: v.count("random"),
        // Windows that follow each other hold nothing else out.
        held_out_pct: v.count("held_out").unwrap_or(0),
    }
}

/// Makes a row's command out of its values. `None` when a required value is absent, which the parser rules out.
pub(crate) fn build(row: &Row, v: &Values<'_>) -> Option<Command> {
    let hedge = |task| Command::Task(Task::Hedge(task));
    let paper = |task| Command::Task(Task::Paper(task));
    let auto = |task| Command::Task(Task::Auto(task));
    let backtest = |task| Command::Task(Task::Backtest(Box::new(task)));
    let help = |group: Group| Command::Help(Some(group.key().to_owned()));
    Some(match row.id {
        Id::Betty => Command::Free(v.text("task")?),
        Id::Research => Command::Task(Task::Research(ResearchTask { question: v.text("question")? })),
        Id::Review => Command::Task(Task::Review(ReviewTask { subject: v.text("subject")? })),
        Id::Code => Command::Task(Task::Code(CodeTask { instruction: v.text("instruction")? })),
        Id::HedgeScan => hedge(HedgeTask::Scan { query: v.text("query"), limit: v.count("limit"), min_edge_ppm: 0 }),
        Id::ScanMarkets => hedge(HedgeTask::Markets { query: v.text("query"), limit: v.count("limit")? }),
        Id::FindHedges => hedge(HedgeTask::Find { coverage_ppm: v.ppm("coverage")?, limit: v.count("limit")? }),
        Id::HedgeMonitor => hedge(HedgeTask::Monitor { threshold_ppm: i64::from(v.ppm("threshold")?) }),
        Id::HedgeStatus => hedge(HedgeTask::Status { limit: v.count("limit")? }),
        Id::HedgeDb => hedge(HedgeTask::Find { coverage_ppm: 0, limit: v.count("limit")? }),
        Id::HedgeWhy => hedge(HedgeTask::Why { hedge: v.hedge("hedge")? }),
        Id::HedgeShow => hedge(HedgeTask::Show { hedge: v.hedge("hedge")? }),
        Id::Calibration => hedge(HedgeTask::Calibration),
        Id::HedgeHistory => hedge(HedgeTask::History { hedge: v.hedge("hedge")?, limit: v.count("limit")? }),
        Id::MarketShow => hedge(HedgeTask::Market { market: v.market("market")? }),
        Id::MarketBook => hedge(HedgeTask::Book { market: v.market("market")? }),
        Id::MarketLadder => hedge(HedgeTask::Ladder { market: v.market("market")? }),
        Id::MarketRelated => hedge(HedgeTask::Related { market: v.market("market")?, limit: v.count("limit")? }),
        Id::Analyze => hedge(HedgeTask::Analyze { a: v.market("a")?, b: v.market("b")? }),
        Id::Cost => Command::Task(Task::Cost(CostTask { hedge: v.hedge("hedge")? })),
        Id::Size => Command::Task(Task::Size(SizeTask {
            hedge: v.hedge("hedge")?,
            confidence: v.text("confidence"),
            strategy: v.text("strategy"),
        })),
        Id::HedgeDashboard => Command::Dashboard,
        Id::HedgeHelp => help(Group::Hedge),
        Id::PaperOpen => paper(PaperTask::Open {
            hedge: v.hedge("hedge")?,
            confidence: v.text("confidence"),
            strategy: v.text("strategy"),
            size: v.money("size"),
        }),
        Id::PaperOpenManual => paper(PaperTask::OpenManual {
            target: v.market("target")?,
            target_price: v.price("target_price")?,
            cover: v.market("cover")?,
            cover_price: v.price("cover_price")?,
            coverage_ppm: v.ppm("coverage")?,
            tier: v.text("tier")?,
            confidence: v.text("confidence"),
            strategy: v.text("strategy"),
        }),
        Id::PaperClose => {
            let manual = match (v.price("target_price"), v.price("cover_price")) {
                (Some(target), Some(cover)) => Some([target, cover]),
                (None, None) => None,
                _ => return None,
            };
            paper(PaperTask::Close { position: v.position("position")?, manual })
        }
        Id::PaperSettle => paper(PaperTask::Settle),
        Id::PaperPortfolio => paper(PaperTask::Portfolio),
        Id::PaperPositions => paper(PaperTask::Positions { open: v.text("state").map(|s| s == "open") }),
        Id::PaperLedger => paper(PaperTask::Ledger { limit: v.count("limit")? }),
        Id::PaperHelp => help(Group::Paper),
        Id::StrategyList => auto(AutoTask::StrategyList),
        Id::StrategyShow => auto(AutoTask::StrategyShow { name: v.text("name") }),
        Id::StrategyLoad => auto(AutoTask::StrategyLoad { name: v.text("name")? }),
        Id::StrategySave => auto(AutoTask::StrategySave { toml: unfenced(&v.text("toml")?).to_owned() }),
        Id::StrategyDelete => auto(AutoTask::StrategyDelete { name: v.text("name")? }),
        Id::StrategyTemplate => auto(AutoTask::StrategyTemplate { name: v.text("name")? }),
        Id::StrategyDiff => auto(AutoTask::StrategyDiff { left: v.text("left")?, right: v.text("right")? }),
        Id::StrategyPerformance => auto(AutoTask::Performance { strategy: v.text("strategy") }),
        Id::StrategyStats => auto(AutoTask::Stats { strategy: v.text("strategy") }),
        Id::StrategyHistory => auto(AutoTask::History { limit: v.count("limit")? }),
        Id::StrategyReasons => auto(AutoTask::Reasons { strategy: v.text("strategy") }),
        Id::AutoOpen => auto(AutoTask::Open { hedge: v.hedge("hedge"), strategy: v.text("strategy") }),
        Id::AutoStatus => auto(AutoTask::Status),
        Id::AutoCheck => auto(AutoTask::Check),
        Id::AutoClose => auto(AutoTask::Close { position: v.position("position")? }),
        Id::AutoOn => auto(AutoTask::On),
        Id::AutoOff => auto(AutoTask::Off),
        Id::AutoHelp => help(Group::Auto),
        Id::BacktestRun => backtest(BacktestTask::Run { job: job(v) }),
        Id::BacktestList => backtest(BacktestTask::List { limit: v.count("limit")? }),
        Id::BacktestShow => backtest(BacktestTask::Show { run: v.text("run")? }),
        Id::BacktestCompare => {
            let more = ["c", "d", "e"].into_iter().filter_map(|name| v.text(name));
            backtest(BacktestTask::Compare { runs: [v.text("a")?, v.text("b")?].into_iter().chain(more).collect() })
        }
        Id::BacktestSweep => backtest(BacktestTask::Sweep { job: job(v), search: search(v) }),
        Id::BacktestWalkForward => backtest(BacktestTask::WalkForward {
            job: job(v),
            search: search(v),
            windows: BacktestWindows {
                train_ms: v.millis("train")?,
                test_ms: v.millis("test")?,
                purge: v.text("purge")? == "yes",
                embargo_ms: v.millis("embargo")?,
            },
        }),
        Id::TaskList => Command::TaskList,
        Id::TaskShow => Command::TaskShow(v.task("id")?),
        Id::TaskCancel => Command::TaskCancel(v.task("id")?),
        Id::InspectActors => Command::InspectActors,
        Id::InspectMessages => Command::InspectMessages {
            filter: MessageFilter {
                limit: v.count("limit")?,
                actor: v.text("actor"),
                kind: match v.text("kind") {
                    Some(word) => Some(message_kind(&word)?),
                    None => None,
                },
                task: v.task("task"),
            },
        },
        Id::InspectTask => Command::InspectTask(v.task("id")?),
        Id::ScheduleList => Command::Schedule(ScheduleCommand::List),
        Id::ScheduleRun => Command::Schedule(ScheduleCommand::Run(v.text("name")?)),
        Id::SchedulePause => Command::Schedule(ScheduleCommand::Pause(v.text("name")?)),
        Id::ScheduleResume => Command::Schedule(ScheduleCommand::Resume(v.text("name")?)),
        Id::ScheduleSkip => Command::Schedule(ScheduleCommand::Skip(v.text("name")?)),
        Id::Pause => Command::Pause,
        Id::Resume => Command::Resume,
        Id::StopAll => Command::StopAll,
        Id::Doctor => Command::Doctor,
        Id::Status => Command::Status,
        Id::Help => Command::Help(v.text("command")),
        Id::Quit => Command::Quit,
    })
}

/// Takes a chat's code fence away: people paste configuration between three backticks.
fn unfenced(text: &str) -> &str {
    let Some(inner) = text.trim().strip_prefix("```").and_then(|t| t.strip_suffix("```")) else {
        return text;
    };
    // A language word may follow the opening fence on its line.
    match inner.split_once('\n') {
        Some((word, rest)) if word.trim().bytes().all(|b| b.is_ascii_alphanumeric()) => rest.trim(),
        _ => inner.trim(),
    }
}
