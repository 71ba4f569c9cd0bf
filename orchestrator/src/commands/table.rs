//! The one table of commands. A command that is not here does not exist; one that is here exists at every door.

use super::arg::{
    BANKROLL, CONFIDENCE, FROM, GRID, HEDGE, LATENCY, LEG, ONE_STRATEGY, QUERY, RUN, SEED, SET, SOURCE, STRATEGY,
    THREADS, TO, def, opt, req, rows,
};
pub use super::arg::{
    CONFIDENCES, LATENCY_MS_MAX, LIST_ROWS_MAX, MESSAGE_KINDS, MESSAGES_MAX, POSITION_STATES, RANDOM_SETS_MAX,
    SCAN_MARKETS_MAX, TEMPLATES, THREADS_MAX,
};
use super::spec::{Arg, Group, Id, Kind, Row, Who};
const fn row(
    id: Id,
    name: &'static str,
    args: &'static [Arg],
    help: &'static str,
    example: &'static str,
    group: Group,
) -> Row {
    let who = match group {
        Group::Admin => Who::Admin,
        _ => Who::Everyone,
    };
    Row { id, name, sub: None, form: None, aliases: &[], args, who, cooldown_s: 0, help, example, group }
}

impl Row {
    const fn sub(mut self, sub: &'static str) -> Self {
        self.sub = Some(sub);
        self
    }
    const fn aka(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
    const fn wait(mut self, cooldown_s: u32) -> Self {
        self.cooldown_s = cooldown_s;
        self
    }
    const fn form(mut self, form: &'static str) -> Self {
        self.form = Some(form);
        self
    }
    const fn who(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
}

/// Every command, in the order help shows them.
pub static TABLE: &[Row] = &[
    // Ask Betty
    row(
        Id::Betty,
        "betty",
        &[req("task", Kind::Rest, "what you want, in plain words")],
        "route a task in plain words to the specialist who owns it",
        "!betty find hedges with 95% coverage",
        Group::Ask,
    )
    .aka(&["ask"])
    .wait(3),
    row(
        Id::Research,
        "research",
        &[req("question", Kind::Rest, "the question")],
        "ask the Researcher; needs a web search and a model in the configuration",
        "!research Polymarket competitors",
        Group::Ask,
    )
    .wait(10),
    row(
        Id::Review,
        "review",
        &[req("subject", Kind::Rest, "a file, a diff or a directory of the workspace")],
        "ask the CodeReviewer; needs a model in the configuration",
        "!review src/bot.rs",
        Group::Ask,
    )
    .wait(10),
    row(
        Id::Code,
        "code",
        &[req("instruction", Kind::Rest, "what to implement, with its acceptance checks")],
        "ask the Coder; needs a model in the configuration",
        "!code add a --json flag to the report",
        Group::Ask,
    )
    .wait(10),
    // Hedges
    row(
        Id::HedgeScan,
        "hedge_scan",
        &[
            opt("limit", Kind::Count { min: 1, max: SCAN_MARKETS_MAX }, "markets to scan, by volume; all when absent"),
            QUERY,
        ],
        "prove and price hedges over the markets now, and store what was found",
        "!hedge_scan 50 bitcoin",
        Group::Hedge,
    )
    .aka(&["scan"])
    .wait(30),
    row(
        Id::ScanMarkets,
        "scan_markets",
        &[rows("10"), QUERY],
        "browse markets by volume",
        "!scan_markets 10 election",
        Group::Hedge,
    )
    .aka(&["markets"])
    .wait(5),
    row(
        Id::FindHedges,
        "find_hedges",
        &[
            def("coverage", Kind::Coverage, "85%", "least coverage (lower bound); 0.95, 95 and 95% all mean 95%"),
            rows("10"),
        ],
        "known hedges at or above a coverage",
        "!find_hedges 95% 10",
        Group::Hedge,
    )
    .aka(&["find", "hedges"])
    .wait(3),
    row(
        Id::HedgeMonitor,
        "hedge_monitor",
        &[def("threshold", Kind::Edge, "5%", "report hedges whose net edge is at least this")],
        "re-price active hedges now; report those past the threshold, resolved, disputed or changed",
        "!hedge_monitor 5%",
        Group::Hedge,
    )
    .aka(&["monitor"])
    .wait(15),
    row(
        Id::HedgeStatus,
        "hedge_status",
        &[rows("5")],
        "the last scan, counts by tier, the best hedges",
        "!hedge_status",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::HedgeDb,
        "hedge_db",
        &[rows("20")],
        "stored hedges of every tier, best first",
        "!hedge_db 20",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::HedgeWhy,
        "hedge_why",
        &[HEDGE],
        "the full reasoning of one hedge: proof, rule texts, prices, worst case",
        "!hedge_why 1",
        Group::Hedge,
    )
    .aka(&["why"])
    .wait(3),
    row(
        Id::Analyze,
        "analyze",
        &[req("a", Kind::Market, "the first market's id"), req("b", Kind::Market, "the second market's id")],
        "what logically holds between two markets, and why or why not",
        "!analyze 553857 561234",
        Group::Hedge,
    )
    .aka(&["analyse"])
    .wait(5),
    row(
        Id::Cost,
        "cost",
        &[HEDGE],
        "what a paper trade of a hedge would cost: fee, slippage, gas, each with its source",
        "!cost 1",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::Size,
        "size",
        &[HEDGE, CONFIDENCE, STRATEGY],
        "the size a hedge would get, and what each limit allows",
        "!size 1 HIGH balanced",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::HedgeDashboard,
        "hedge_dashboard",
        &[],
        "says where the dashboard is; this version has none",
        "!hedge_dashboard",
        Group::Hedge,
    )
    .aka(&["dashboard"]),
    row(Id::HedgeHelp, "hedge_help", &[], "help on the hedge commands", "!hedge_help", Group::Hedge),
    // Paper trading
    row(
        Id::PaperOpen,
        "paper_trade",
        &[HEDGE, CONFIDENCE, STRATEGY, opt("size", Kind::Money, "dollars to put in; the sizer decides when absent")],
        "open a paper position from a stored hedge at the live book",
        "!paper_trade open 1 HIGH balanced 50",
        Group::Paper,
    )
    .sub("open")
    .aka(&["paper"])
    .wait(3),
    row(
        Id::PaperOpenManual,
        "paper_trade",
        &[
            req("target", Kind::Market, "the target market's id"),
            req("target_price", LEG, "price of the target leg, in dollars"),
            req("cover", Kind::Market, "id of the market that covers it"),
            req("cover_price", LEG, "price of the cover leg, in dollars"),
            req("coverage", Kind::Coverage, "coverage you claim; 0.95, 95 and 95% all mean 95%"),
            req("tier", Kind::Tier, "tier you claim: T0 to T3, or WATCH"),
            CONFIDENCE,
            STRATEGY,
        ],
        "open at prices you type; marked as manual everywhere",
        "!paper_trade open 553857 0.62 561234 0.31 95% T1 HIGH balanced",
        Group::Paper,
    )
    .sub("open")
    .form("manual")
    .wait(3),
    row(
        Id::PaperClose,
        "paper_trade",
        &[
            req("position", Kind::Position, "number of an open position"),
            opt(
                "target_price",
                Kind::Price { ends: true },
                "price of the target leg; marked as manual; needs cover_price too",
            ),
            opt("cover_price", Kind::Price { ends: true }, "price of the cover leg; marked as manual"),
        ],
        "close a paper position at the live bids, or at two prices you type",
        "!paper_trade close 1",
        Group::Paper,
    )
    .sub("close")
    .wait(3),
    row(
        Id::PaperSettle,
        "paper_trade",
        &[],
        "pay out every position whose markets have resolved",
        "!paper_trade settle",
        Group::Paper,
    )
    .sub("settle")
    .wait(10),
    row(
        Id::PaperPortfolio,
        "paper_trade",
        &[],
        "cash, positions and result of the paper account",
        "!paper_trade portfolio",
        Group::Paper,
    )
    .sub("portfolio")
    .aka(&["portfolio"])
    .wait(3),
    row(
        Id::PaperPositions,
        "paper_trade",
        &[opt("state", Kind::Choice(POSITION_STATES), "only open or only closed ones")],
        "positions of the paper account",
        "!paper_trade positions open",
        Group::Paper,
    )
    .sub("positions")
    .aka(&["positions"])
    .wait(3),
    row(
        Id::PaperLedger,
        "paper_trade",
        &[rows("20")],
        "the last entries of the ledger",
        "!paper_trade ledger 20",
        Group::Paper,
    )
    .sub("ledger")
    .aka(&["ledger"])
    .wait(3),
    row(Id::PaperHelp, "paper_help", &[], "help on paper trading", "!paper_help", Group::Paper),
    // Strategies and automatic paper trading
    row(
        Id::StrategyList,
        "auto_strategy",
        &[],
        "list strategies and say which one is loaded",
        "!auto_strategy list",
        Group::Auto,
    )
    .sub("list")
    .aka(&["strategy", "strategies"])
    .wait(3),
    row(
        Id::StrategyShow,
        "auto_strategy",
        &[opt("name", Kind::Version, "the strategy, or one version of it (mine@2); the loaded one when absent")],
        "show a strategy's rules",
        "!auto_strategy show balanced",
        Group::Auto,
    )
    .sub("show")
    .wait(3),
    row(
        Id::StrategyLoad,
        "auto_strategy",
        &[req("name", Kind::Name, "the strategy")],
        "make a strategy the active one",
        "!auto_strategy load balanced",
        Group::Auto,
    )
    .sub("load")
    .wait(3),
    row(
        Id::StrategySave,
        "auto_strategy",
        &[req("toml", Kind::Rest, "the strategy as TOML, as !auto_strategy template prints it")],
        "save a strategy written as TOML under its name",
        "!auto_strategy save name = \"mine\"",
        Group::Auto,
    )
    .sub("save")
    .wait(3),
    row(
        Id::StrategyDelete,
        "auto_strategy",
        &[req("name", Kind::Name, "the strategy; never the active one")],
        "delete a strategy",
        "!auto_strategy delete mine",
        Group::Auto,
    )
    .sub("delete")
    .wait(3),
    row(
        Id::StrategyTemplate,
        "auto_strategy",
        &[req("name", Kind::Choice(TEMPLATES), "the template")],
        "print a template as TOML, to change and save",
        "!auto_strategy template balanced",
        Group::Auto,
    )
    .sub("template")
    .wait(3),
    row(
        Id::StrategyDiff,
        "auto_strategy",
        &[
            req("left", Kind::Version, "a strategy, or one version of it such as mine@1"),
            req("right", Kind::Version, "the one to compare it with, such as mine@2"),
        ],
        "what differs between two strategies, line by line",
        "!auto_strategy diff balanced swing",
        Group::Auto,
    )
    .sub("diff")
    .wait(3),
    row(
        Id::StrategyPerformance,
        "auto_strategy",
        &[ONE_STRATEGY],
        "win rate, return and holding time by strategy",
        "!auto_strategy performance",
        Group::Auto,
    )
    .sub("performance")
    .wait(3),
    row(
        Id::StrategyStats,
        "auto_strategy",
        &[ONE_STRATEGY],
        "win rate, return and holding time by scenario and by exit reason",
        "!auto_strategy stats balanced",
        Group::Auto,
    )
    .sub("stats")
    .wait(3),
    row(
        Id::StrategyHistory,
        "auto_strategy",
        &[rows("10")],
        "ended trades with why they were entered and why they ended",
        "!auto_strategy history 10",
        Group::Auto,
    )
    .sub("history")
    .wait(3),
    row(
        Id::StrategyReasons,
        "auto_strategy",
        &[ONE_STRATEGY],
        "decisions by rule, counted by reason, refusals too",
        "!auto_strategy reasons",
        Group::Auto,
    )
    .sub("reasons")
    .wait(3),
    row(
        Id::AutoStatus,
        "auto_trade",
        &[],
        "switches, breakers, and what trading by rule would do now and why, without doing it",
        "!auto_trade status",
        Group::Auto,
    )
    .sub("status")
    .aka(&["auto"])
    .wait(5),
    row(
        Id::AutoOpen,
        "auto_trade",
        &[opt("hedge", Kind::Hedge, "one stored hedge; the best that pass the rules when absent"), STRATEGY],
        "enter paper positions by rule",
        "!auto_trade open 1 balanced",
        Group::Auto,
    )
    .sub("open")
    .wait(5),
    row(
        Id::AutoCheck,
        "auto_trade",
        &[],
        "check every open position against its exits, and close what a rule says",
        "!auto_trade check",
        Group::Auto,
    )
    .sub("check")
    .wait(10),
    row(
        Id::AutoClose,
        "auto_trade",
        &[req("position", Kind::Position, "number of an open position")],
        "close one position now",
        "!auto_trade close 1",
        Group::Auto,
    )
    .sub("close")
    .wait(3),
    row(
        Id::AutoOn,
        "auto_trade",
        &[],
        "follow every scan and monitor by a round of exits and entries by rule",
        "!auto_trade on",
        Group::Auto,
    )
    .sub("on")
    .wait(3),
    row(
        Id::AutoOff,
        "auto_trade",
        &[],
        "nothing follows a scan any more; !auto_trade check still exits",
        "!auto_trade off",
        Group::Auto,
    )
    .sub("off")
    .wait(3),
    row(Id::AutoHelp, "auto_help", &[], "help on strategies and automatic paper trading", "!auto_help", Group::Auto),
    row(
        Id::BacktestRun,
        "backtest",
        &[
            opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent"),
            SOURCE,
            FROM,
            TO,
            BANKROLL,
            LATENCY,
            THREADS,
            SEED,
            SET,
            QUERY,
        ],
        "replay history through the rules that trade on paper",
        "!backtest run balanced from=2026-02-01 to=2026-02-14",
        Group::Auto,
    )
    .sub("run")
    .aka(&["bt"])
    .wait(30),
    row(Id::BacktestList, "backtest", &[rows("7")], "stored backtests, newest first", "!backtest list 7", Group::Auto)
        .sub("list")
        .aka(&["backtests"])
        .wait(3),
    row(
        Id::BacktestShow,
        "backtest",
        &[req("run", Kind::Run, RUN)],
        "one stored backtest",
        "!backtest show 00aa11bb",
        Group::Auto,
    )
    .sub("show")
    .wait(3),
    row(
        Id::BacktestCompare,
        "backtest",
        &[
            req("a", Kind::Run, RUN),
            req("b", Kind::Run, RUN),
            opt("c", Kind::Run, RUN),
            opt("d", Kind::Run, RUN),
            opt("e", Kind::Run, RUN),
        ],
        "two to five stored backtests side by side",
        "!backtest compare 00aa11bb 22cc33dd",
        Group::Auto,
    )
    .sub("compare")
    .wait(3),
    row(
        Id::BacktestSweep,
        "backtest",
        &[
            opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent"),
            SOURCE,
            FROM,
            TO,
            def("held_out", Kind::Count { min: 0, max: 50 }, "25", "the end of the data no set is chosen by, percent"),
            opt("random", Kind::Count { min: 1, max: RANDOM_SETS_MAX }, "random sets instead of every combination"),
            GRID,
        ],
        "try many sets of parameters on the same data; every set counts as a trial",
        "!backtest sweep balanced size_pct=5,10,15 entry.min_net_edge_pct=0.25,0.5,1",
        Group::Auto,
    )
    .sub("sweep")
    .wait(30),
    row(
        Id::BacktestWalkForward,
        "backtest",
        &[
            opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent"),
            SOURCE,
            FROM,
            TO,
            def("train", Kind::Span, "7d", "sets are chosen on this much"),
            def("test", Kind::Span, "3d", "and tried on this much after it"),
            def("purge", Kind::Choice(&["yes", "no"]), "yes", "leave out of the choice what is still open then"),
            def("embargo", Kind::Span, "1d", "left out between the two"),
            GRID,
        ],
        "choose sets of parameters on one window, try them on the next, again and again",
        "!backtest walk-forward balanced train=7d test=3d size_pct=5,10,15",
        Group::Auto,
    )
    .sub("walk-forward")
    .wait(30),
    // Tasks and help
    row(Id::TaskList, "task", &[], "your tasks; admins see all", "!task list", Group::General)
        .sub("list")
        .aka(&["tasks"])
        .wait(3),
    row(
        Id::TaskShow,
        "task",
        &[req("id", Kind::Task, "number of the task")],
        "one task: state, attempts, result",
        "!task show 12",
        Group::General,
    )
    .sub("show")
    .wait(3),
    row(
        Id::TaskCancel,
        "task",
        &[req("id", Kind::Task, "number of the task")],
        "cancel a task of yours; admins cancel any",
        "!task cancel 12",
        Group::General,
    )
    .sub("cancel")
    .aka(&["cancel"]),
    row(Id::Status, "status", &[], "is Betty well: specialists, market data, running tasks", "!status", Group::General)
        .wait(3),
    row(
        Id::Help,
        "help",
        &[opt("command", Kind::Topic, "a command, or one of: ask, hedge, paper, auto, general")],
        "all commands, or one of them in full",
        "!help paper_trade open",
        Group::General,
    )
    .aka(&["commands"]),
    row(Id::Quit, "quit", &[], "leave the console; Betty finishes what she holds", "!quit", Group::General)
        .aka(&["exit"])
        .who(Who::Console),
    // Administration
    row(
        Id::InspectActors,
        "inspect",
        &[],
        "actors: state, queue, restarts, last error",
        "!inspect actors",
        Group::Admin,
    )
    .sub("actors")
    .aka(&["actors"]),
    row(
        Id::InspectMessages,
        "inspect",
        &[
            def("limit", Kind::Count { min: 1, max: MESSAGES_MAX }, "20", "at most this many, newest kept"),
            opt("actor", Kind::Word, "only from or to this actor"),
            opt("kind", Kind::Choice(MESSAGE_KINDS), "only this kind of message"),
            opt("task", Kind::Task, "only of this task"),
        ],
        "messages between actors, redacted and cut",
        "!inspect messages 20 actor=betty kind=run",
        Group::Admin,
    )
    .sub("messages"),
    row(
        Id::InspectTask,
        "inspect",
        &[req("id", Kind::Task, "number of the task")],
        "all messages of one task as a tree",
        "!inspect task 12",
        Group::Admin,
    )
    .sub("task"),
    row(Id::Pause, "pause", &[], "start no new work; what runs ends", "!pause", Group::Admin),
    row(Id::Resume, "resume", &[], "start work again, and lift the kill switch", "!resume", Group::Admin),
    row(
        Id::StopAll,
        "stop_all",
        &[],
        "kill switch: cancel every task, stop every entry until !resume; exits go on",
        "!stop_all",
        Group::Admin,
    ),
    row(Id::Doctor, "doctor", &[], "check configuration, storage, market data and doors", "!doctor", Group::Admin),
];
