//! The table and what is made from it.

use super::command::{Command, MessageFilter, ScheduleCommand};
use super::help::{help_card, topic_rows, usage_card};
use super::parse::{LINE_CHARS_MAX, ParseContext, parse, row_of};
use super::slash::{SlashKind, slash_commands, slash_line};
use super::spec::{Group, Id, Kind, Row, Who};
use super::table::{MESSAGE_KINDS, TABLE};
use super::usage::UsageKind;
use crate::card::Card;
use crate::console::{Style, render};
use betty_bus::task::{
    AutoTask, BacktestJob, BacktestSearch, BacktestStrategy, BacktestTask, BacktestWindows, CodeTask, CostTask,
    HedgeTask, PaperTask, ResearchTask, SizeTask,
};
use betty_bus::{Envelope, HedgeId, MessageKind, Task, TaskId};
use betty_market::{MarketId, Price, Timestamp, Usdc};
use proptest::prelude::*;
use std::collections::HashSet;

const USER: ParseContext = ParseContext { admin: false, console: false };
const ADMIN: ParseContext = ParseContext { admin: true, console: false };
const LOCAL: ParseContext = ParseContext { admin: true, console: true };

fn hedge(id: i64) -> HedgeId {
    HedgeId::new(id).unwrap()
}
fn market(id: &str) -> MarketId {
    MarketId::new(id).unwrap()
}
fn price(e4: u16) -> Price {
    Price::from_e4(e4).unwrap()
}
fn open(id: i64, confidence: Option<&str>, strategy: Option<&str>, size: Option<i64>) -> Command {
    Command::Task(Task::Paper(PaperTask::Open {
        hedge: hedge(id),
        confidence: confidence.map(Into::into),
        strategy: strategy.map(Into::into),
        size: size.map(Usdc::whole),
    }))
}
fn scan(limit: Option<u32>, query: Option<&str>) -> Command {
    Command::Task(Task::Hedge(HedgeTask::Scan { query: query.map(Into::into), limit, min_edge_ppm: 0 }))
}
fn find(coverage_ppm: u32, limit: u32) -> Command {
    Command::Task(Task::Hedge(HedgeTask::Find { coverage_ppm, limit }))
}
fn paper(task: PaperTask) -> Command {
    Command::Task(Task::Paper(task))
}
fn auto(task: AutoTask) -> Command {
    Command::Task(Task::Auto(task))
}

fn backtest(task: BacktestTask) -> Command {
    Command::Task(Task::Backtest(Box::new(task)))
}
fn run_of(job: BacktestJob) -> Command {
    backtest(BacktestTask::Run { job })
}
fn job(strategy: Option<&str>) -> BacktestJob {
    BacktestJob::new(strategy.map_or(BacktestStrategy::Active, |name| BacktestStrategy::Named(name.into())))
}
fn search(axes: &[&str], random: Option<u32>, held_out_pct: u32) -> BacktestSearch {
    BacktestSearch { axes: axes.iter().map(|a| (*a).to_owned()).collect(), random, held_out_pct }
}

#[test]
fn lines_mean_what_they_say() {
    let manual = |confidence: Option<&str>, strategy: Option<&str>| {
        paper(PaperTask::OpenManual {
            target: market("553857"),
            target_price: price(6_200),
            cover: market("561234"),
            cover_price: price(3_100),
            coverage_ppm: 950_000,
            tier: "T1".into(),
            confidence: confidence.map(Into::into),
            strategy: strategy.map(Into::into),
        })
    };
    let messages = |limit, actor: Option<&str>, kind, task| Command::InspectMessages {
        filter: MessageFilter { limit, actor: actor.map(Into::into), kind, task },
    };
    let cases: Vec<(&str, Command)> = vec![
        ("!hedge_scan", scan(None, None)),
        ("!hedge_scan 50", scan(Some(50), None)),
        ("!hedge_scan 50 bitcoin etf", scan(Some(50), Some("bitcoin etf"))),
        ("!hedge_scan bitcoin etf", scan(None, Some("bitcoin etf"))),
        ("!hedge_scan \"2028 election\"", scan(None, Some("2028 election"))),
        ("!hedge_scan query=\"2028 election\" limit=7", scan(Some(7), Some("2028 election"))),
        ("!hedge_scan bitcoin limit=7 etf", scan(Some(7), Some("bitcoin etf"))),
        ("!hedge_scan 5 $100k by June", scan(Some(5), Some("$100k by June"))),
        ("!HEDGE_SCAN 50", scan(Some(50), None)),
        ("!scan 50", scan(Some(50), None)),
        ("  !  hedge_scan   50  ", scan(Some(50), None)),
        ("!he\u{200b}dge_scan 50", scan(Some(50), None)),
        ("!find_hedges", find(850_000, 10)),
        ("!find_hedges 0.95", find(950_000, 10)),
        ("!find_hedges 95", find(950_000, 10)),
        ("!find_hedges 95%", find(950_000, 10)),
        ("!find_hedges 95% 3", find(950_000, 3)),
        ("!find_hedges limit=3", find(850_000, 3)),
        ("!hedge_db", find(0, 20)),
        ("!hedge_monitor", Command::Task(Task::Hedge(HedgeTask::Monitor { threshold_ppm: 50_000 }))),
        ("!hedge_monitor 0.02", Command::Task(Task::Hedge(HedgeTask::Monitor { threshold_ppm: 20_000 }))),
        ("!hedge_status", Command::Task(Task::Hedge(HedgeTask::Status { limit: 5 }))),
        ("!hedge_why #3", Command::Task(Task::Hedge(HedgeTask::Why { hedge: hedge(3) }))),
        ("!scan_markets 5 fed", Command::Task(Task::Hedge(HedgeTask::Markets { query: Some("fed".into()), limit: 5 }))),
        ("!analyze 1 2", Command::Task(Task::Hedge(HedgeTask::Analyze { a: market("1"), b: market("2") }))),
        ("!cost 3", Command::Task(Task::Cost(CostTask { hedge: hedge(3) }))),
        (
            "!size 3 low swing",
            Command::Task(Task::Size(SizeTask {
                hedge: hedge(3),
                confidence: Some("LOW".into()),
                strategy: Some("swing".into()),
            })),
        ),
        (
            "!size 3 swing",
            Command::Task(Task::Size(SizeTask { hedge: hedge(3), confidence: None, strategy: Some("swing".into()) })),
        ),
        ("!paper_trade open 1", open(1, None, None, None)),
        ("!paper_trade open 1 HIGH balanced 50", open(1, Some("HIGH"), Some("balanced"), Some(50))),
        ("!paper_trade open 1 $50", open(1, None, None, Some(50))),
        ("!paper_trade open 1 high 50", open(1, Some("HIGH"), None, Some(50))),
        ("!paper_trade open hedge=1 size=50", open(1, None, None, Some(50))),
        ("!paper_trade open 553857 0.62 561234 0.31 95% T1", manual(None, None)),
        ("!paper_trade open 553857 $0.62 561234 31c 0.95 1 HIGH balanced", manual(Some("HIGH"), Some("balanced"))),
        (
            "!paper_trade open target=553857 target_price=0.62 cover=561234 cover_price=0.31 coverage=95 tier=T1",
            manual(None, None),
        ),
        ("!paper_trade open_manual 553857 0.62 561234 0.31 95 tier1", manual(None, None)),
        ("!paper_trade close 2", paper(PaperTask::Close { position: 2, manual: None })),
        (
            "!paper_trade close #2 0.7 1",
            paper(PaperTask::Close { position: 2, manual: Some([price(7_000), Price::ONE]) }),
        ),
        ("!paper_trade settle", paper(PaperTask::Settle)),
        ("!paper_trade positions", paper(PaperTask::Positions { open: None })),
        ("!paper_trade positions OPEN", paper(PaperTask::Positions { open: Some(true) })),
        ("!paper_trade positions closed", paper(PaperTask::Positions { open: Some(false) })),
        ("!paper_trade ledger", paper(PaperTask::Ledger { limit: 20 })),
        ("!auto_trade open", auto(AutoTask::Open { hedge: None, strategy: None })),
        ("!auto_trade open balanced", auto(AutoTask::Open { hedge: None, strategy: Some("balanced".into()) })),
        (
            "!auto_strategy save ```toml\nname = \"x\"\nsize_pct = 5\n```",
            auto(AutoTask::StrategySave { toml: "name = \"x\"\nsize_pct = 5".into() }),
        ),
        ("!auto_strategy save name = \"x\"", auto(AutoTask::StrategySave { toml: "name = \"x\"".into() })),
        (
            "!auto_strategy diff Mine@1 mine@2",
            auto(AutoTask::StrategyDiff { left: "mine@1".into(), right: "mine@2".into() }),
        ),
        (
            "!strategy diff balanced swing",
            auto(AutoTask::StrategyDiff { left: "balanced".into(), right: "swing".into() }),
        ),
        ("!auto_strategy show mine@3", auto(AutoTask::StrategyShow { name: Some("mine@3".into()) })),
        ("!auto_strategy performance", auto(AutoTask::Performance { strategy: None })),
        ("!auto_strategy stats balanced", auto(AutoTask::Stats { strategy: Some("balanced".into()) })),
        ("!auto_strategy history", auto(AutoTask::History { limit: 10 })),
        ("!auto_strategy history limit=3", auto(AutoTask::History { limit: 3 })),
        ("!auto_strategy reasons swing", auto(AutoTask::Reasons { strategy: Some("swing".into()) })),
        ("!auto_strategy template SWING", auto(AutoTask::StrategyTemplate { name: "swing".into() })),
        (
            "!research limit=5 \"quoted\" text",
            Command::Task(Task::Research(ResearchTask { question: "limit=5 \"quoted\" text".into() })),
        ),
        ("!code say \"hi", Command::Task(Task::Code(CodeTask { instruction: "say \"hi".into() }))),
        ("!betty !help me", Command::Free("!help me".into())),
        ("!backtest run", backtest(BacktestTask::Run { job: job(None) })),
        ("!bt run swing", backtest(BacktestTask::Run { job: job(Some("swing")) })),
        (
            "!backtest run swing recorded:day 2026-02-01 2026-02-14 $500 250 fed cut",
            run_of(BacktestJob {
                source: Some("recorded:day".into()),
                from: Timestamp::parse("2026-02-01"),
                to: Timestamp::parse("2026-02-14"),
                bankroll: Some(Usdc::whole(500)),
                latency_ms: Some(250),
                query: Some("fed cut".into()),
                ..job(Some("swing"))
            }),
        ),
        (
            "!backtest run set=\"limits.hedge_cap_pct=5; costs.leg_risk_ppm=0\" seed=9 threads=2",
            run_of(BacktestJob {
                set: vec!["limits.hedge_cap_pct=5".into(), "costs.leg_risk_ppm=0".into()],
                seed: Some(9),
                threads: Some(2),
                ..job(None)
            }),
        ),
        ("!backtest list", backtest(BacktestTask::List { limit: 7 })),
        ("backtests", backtest(BacktestTask::List { limit: 7 })),
        ("!backtest show 00AA11", backtest(BacktestTask::Show { run: "00aa11".into() })),
        (
            "!backtest compare 00aa 11bb 22cc",
            backtest(BacktestTask::Compare { runs: vec!["00aa".into(), "11bb".into(), "22cc".into()] }),
        ),
        (
            "!backtest sweep size_pct=5,10 entry.max_days=30,60",
            backtest(BacktestTask::Sweep {
                job: job(None),
                search: search(&["size_pct=5,10", "entry.max_days=30,60"], None, 25),
            }),
        ),
        (
            "!backtest sweep swing held_out=0 random=40 grid=\"size_pct=5..15; exits[0].pct=1..9\"",
            backtest(BacktestTask::Sweep {
                job: job(Some("swing")),
                search: search(&["size_pct=5..15", "exits[0].pct=1..9"], Some(40), 0),
            }),
        ),
        (
            "!backtest walk-forward train=14d test=12h embargo=0d size_pct=5,10",
            backtest(BacktestTask::WalkForward {
                job: job(None),
                search: search(&["size_pct=5,10"], None, 0),
                windows: BacktestWindows { train_ms: 14 * 86_400_000, test_ms: 43_200_000, purge: true, embargo_ms: 0 },
            }),
        ),
        // A word with an unknown name is text, never the number of the argument before it.
        ("!hedge_scan foo=7", scan(None, Some("foo=7"))),
        ("!task cancel #12", Command::TaskCancel(TaskId::new(12).unwrap())),
        ("!inspect messages", messages(20, None, None, None)),
        (
            "!inspect messages 5 betty kind=run task=#3",
            messages(5, Some("betty"), Some(MessageKind::Run), TaskId::new(3)),
        ),
        ("!schedule list", Command::Schedule(ScheduleCommand::List)),
        ("schedules", Command::Schedule(ScheduleCommand::List)),
        ("!schedule run SCAN", Command::Schedule(ScheduleCommand::Run("scan".into()))),
        ("!schedule pause note", Command::Schedule(ScheduleCommand::Pause("note".into()))),
        ("!schedule resume note", Command::Schedule(ScheduleCommand::Resume("note".into()))),
        ("!schedule skip monitor", Command::Schedule(ScheduleCommand::Skip("monitor".into()))),
        ("schedule a scan every night", Command::Free("schedule a scan every night".into())),
        ("!stop_all", Command::StopAll),
        ("!help", Command::Help(None)),
        ("!help Paper_Trade Open", Command::Help(Some("paper_trade open".into()))),
        ("!hedge_dashboard", Command::Dashboard),
        // Without "!": commands where the first word is one and the rest fits, else plain words.
        ("why 1", Command::Task(Task::Hedge(HedgeTask::Why { hedge: hedge(1) }))),
        ("paper 1", open(1, None, None, None)),
        ("paper portfolio", paper(PaperTask::Portfolio)),
        ("portfolio", paper(PaperTask::Portfolio)),
        ("strategy", auto(AutoTask::StrategyList)),
        ("strategy show swing", auto(AutoTask::StrategyShow { name: Some("swing".into()) })),
        ("help", Command::Help(None)),
        ("quit", Command::Quit),
        ("find_hedges 95", find(950_000, 10)),
        ("<@123456> find_hedges 95", find(950_000, 10)),
        ("<@!123456> !find_hedges 95", find(950_000, 10)),
        ("scan 50 bitcoin", scan(Some(50), Some("bitcoin"))),
        ("help me find hedges with 95% coverage", Command::Free("help me find hedges with 95% coverage".into())),
        ("analyze market trends", Command::Free("analyze market trends".into())),
        ("code review of src/bot.rs", Command::Free("code review of src/bot.rs".into())),
        ("scan for hedges", Command::Free("scan for hedges".into())),
        ("the quick brown fox", Command::Free("the quick brown fox".into())),
    ];
    for (line, want) in cases {
        assert_eq!(parse(line, &LOCAL).as_ref(), Ok(&want), "{line}");
    }
}

#[test]
fn the_row_of_a_line_is_the_command_it_runs() {
    for (line, id) in [
        ("!paper_trade open 1", Id::PaperOpen),
        ("!paper_trade open 553857 0.62 561234 0.31 95 T1", Id::PaperOpenManual),
        ("why 1", Id::HedgeWhy),
        ("help me find hedges", Id::Betty),
        ("scan for hedges", Id::Betty),
        ("!scan", Id::HedgeScan),
    ] {
        assert_eq!(row_of(line).map(|r| r.id), Some(id), "{line}");
    }
    assert_eq!(row_of("!nothing"), None);
}

#[test]
fn wrong_lines_say_what_was_wrong() {
    let cases = [
        ("", UsageKind::Empty, "nothing was typed"),
        ("!", UsageKind::Empty, "!help"),
        ("!hedge_scna", UsageKind::Unknown, "the nearest is `!hedge_scan`"),
        ("!spend", UsageKind::Unknown, "not in this version"),
        ("!schedule", UsageKind::Argument, "needs one of list, run, pause, resume, skip"),
        ("!schedule run", UsageKind::Argument, "`name` is missing"),
        ("!schedule run everything", UsageKind::Argument, "one of backup, monitor, note, scan"),
        ("!backtest", UsageKind::Argument, "needs one of run, list, show, compare, sweep, walk-forward"),
        ("!backtest shwo", UsageKind::Argument, "the nearest is `!backtest show`"),
        ("!backtest show", UsageKind::Argument, "`run` is missing"),
        ("!backtest show 12", UsageKind::Argument, "first 4 digits"),
        ("!backtest compare 00aa", UsageKind::Argument, "`b` is missing"),
        ("!backtest run from=yesterday", UsageKind::Argument, "a date such as"),
        ("!backtest run source=live", UsageKind::Argument, "simulated:SEED or recorded:NAME"),
        ("!backtest run threads=65", UsageKind::Argument, "from 1 to 64"),
        ("!backtest run set=hedge_cap_pct=5", UsageKind::Argument, "limits.hedge_cap_pct=5"),
        ("!backtest sweep held_out=60 size_pct=5", UsageKind::Argument, "from 0 to 50"),
        ("!backtest walk-forward train=7", UsageKind::Argument, "a span such as 7d"),
        ("!qqqqqq", UsageKind::Unknown, "!help"),
        ("!paper_trade opne 1", UsageKind::Argument, "the nearest is `!paper_trade open`"),
        ("!paper_trade", UsageKind::Argument, "needs one of open, close"),
        ("!inspect tail", UsageKind::Unknown, "not in this version"),
        ("!find_hedges 0", UsageKind::Argument, "at most 100%"),
        ("!find_hedges 101", UsageKind::Argument, "at most 100%"),
        ("!find_hedges -5", UsageKind::Argument, "`-5` is not a valid coverage"),
        ("!find_hedges 95 0", UsageKind::Argument, "from 1 to 50"),
        ("!find_hedges 95 5 5", UsageKind::Argument, "one argument too many"),
        ("!find_hedges cov=95", UsageKind::Argument, "takes no `cov`"),
        ("!find_hedges limit=3 limit=4", UsageKind::Argument, "given twice"),
        ("!hedge_scan 0", UsageKind::Argument, "from 1 to"),
        ("!hedge_scan -5", UsageKind::Argument, "from 1 to"),
        ("!hedge_scan 1.5", UsageKind::Argument, "from 1 to"),
        ("!hedge_scan \"open", UsageKind::Argument, "never closed"),
        ("!hedge_why", UsageKind::Argument, "`hedge` is missing"),
        ("!hedge_why abc", UsageKind::Argument, "a hedge's number"),
        ("!analyze market trends", UsageKind::Argument, "the id of a market"),
        ("!paper_trade open 1 HUGE ../../etc", UsageKind::Argument, "not a valid"),
        ("!paper_trade open 1 HIGH balanced -50", UsageKind::Argument, "dollars above 0"),
        ("!paper_trade open 1 HIGH balanced 0", UsageKind::Argument, "dollars above 0"),
        ("!paper_trade open 553857 0.62 561234", UsageKind::Argument, "`cover_price` is missing"),
        ("!paper_trade open 553857 1.62 561234 0.3 95 T1", UsageKind::Argument, "a price above 0"),
        ("!paper_trade open 553857 0.62 561234 0.3 95 T9", UsageKind::Argument, "T0, T1"),
        ("!paper_trade close 1 0.5", UsageKind::Argument, "both prices or none"),
        ("!pause now", UsageKind::Argument, "takes no arguments"),
        ("!research", UsageKind::Argument, "`question` is missing"),
        ("!help nonsense", UsageKind::Argument, "there is no help on `nonsense`"),
        ("!auto_strategy delete ../x", UsageKind::Argument, "a name of"),
        ("!auto_strategy diff mine", UsageKind::Argument, "`right` is missing"),
        ("!auto_strategy diff mine@0 mine", UsageKind::Argument, "one version of it such as mine@2"),
        ("!auto_strategy history 0", UsageKind::Argument, "from 1 to 50"),
        ("!auto_strategy performance a b", UsageKind::Argument, "one argument too many"),
        ("!auto_strategy reason", UsageKind::Argument, "the nearest is `!auto_strategy reasons`"),
    ];
    for (line, kind, part) in cases {
        let error = parse(line, &LOCAL).expect_err(line);
        assert_eq!(error.kind, kind, "{line}: {error}");
        assert!(error.what.contains(part), "{line}: {error}");
    }
    let long = format!("!research {}", "x".repeat(LINE_CHARS_MAX));
    assert_eq!(parse(&long, &USER).unwrap_err().kind, UsageKind::TooLong);
}

#[test]
fn rights_come_from_the_door() {
    for row in TABLE {
        let plain = parse(row.example, &USER);
        match row.who {
            Who::Everyone => assert!(plain.is_ok(), "{}", row.example),
            Who::Admin | Who::Console => {
                let error = plain.expect_err(row.example);
                assert_eq!(error.kind, UsageKind::NotAllowed, "{}", row.example);
                assert_eq!(error.what.matches('.').count(), 0, "one sentence: {}", error.what);
                assert!(parse(row.example, &LOCAL).is_ok());
            }
        }
    }
    assert!(parse("!quit", &ADMIN).is_err(), "an admin in a chat cannot leave the console");
    // The text cannot claim rights.
    assert!(parse("!pause admin=true", &USER).is_err());
}

#[test]
fn every_row_holds_together() {
    let mut ids = HashSet::new();
    let mut shapes = HashSet::new();
    let mut aliases = HashSet::new();
    let names: HashSet<&str> = TABLE.iter().map(|r| r.name).collect();
    for row in TABLE {
        assert!(ids.insert(row.id), "{:?} twice", row.id);
        assert!(shapes.insert((row.name, row.sub_form())), "{} twice", row.title());
        assert!(parse(row.example, &LOCAL).is_ok(), "{}: {:?}", row.example, parse(row.example, &LOCAL));
        assert_eq!(row_of(row.example).map(|r| r.id), Some(row.id), "{}", row.example);
        assert!(row.example.starts_with(&row.title()), "{}", row.example);
        assert_eq!(row.who == Who::Admin, row.group == Group::Admin, "{}", row.title());
        for alias in row.aliases {
            assert!(aliases.insert(*alias) && !names.contains(alias), "{alias} means two things");
        }
        let mut optional = false;
        for (i, arg) in row.args.iter().enumerate() {
            assert!(!(optional && arg.required), "{}: required {} after an optional one", row.title(), arg.name);
            optional |= !arg.required;
            assert!(arg.default.is_none_or(|d| arg.kind.read(d).is_some()), "{}: default of {}", row.title(), arg.name);
            assert!(!(arg.required && arg.default.is_some()));
            assert!(
                arg.kind != Kind::Rest || i + 1 == row.args.len(),
                "{}: text takes the rest of the line",
                row.title()
            );
        }
    }
    for kind in MESSAGE_KINDS {
        assert!(parse(&format!("!inspect messages kind={kind}"), &ADMIN).is_ok(), "{kind}");
    }
}

/// A value of a kind that its command accepts.
fn sample(kind: Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Count { min, max } => (min..=max).prop_map(|n| n.to_string()).boxed(),
        Kind::Coverage => (2_u32..=100).prop_map(|n| format!("{n}%")).boxed(),
        Kind::Edge => (0_u32..=100).prop_map(|n| format!("{n}%")).boxed(),
        Kind::Hedge | Kind::Task | Kind::Position => (1_i64..i64::MAX).prop_map(|n| format!("#{n}")).boxed(),
        Kind::Market => "[0-9]{1,12}".boxed(),
        Kind::Price { .. } => (1_u32..=9_999).prop_map(|n| format!("0.{n:04}")).boxed(),
        Kind::Money => (1_u32..=1_000_000).prop_map(|n| format!("${n}")).boxed(),
        Kind::Choice(words) => proptest::sample::select(words).prop_map(str::to_owned).boxed(),
        Kind::Tier => "T[0-3]".boxed(),
        Kind::Name => "[a-z][a-z0-9_-]{0,31}".boxed(),
        Kind::Version => "[a-z][a-z0-9_-]{0,31}(@[1-9][0-9]{0,3})?".boxed(),
        Kind::Topic => Just("hedge".to_owned()).boxed(),
        Kind::Word => "[a-z]{1,12}".boxed(),
        // To the 28th: every month has it.
        Kind::Date => "20[0-9]{2}-0[1-9]-[12][0-8]".boxed(),
        Kind::Span => "[1-9][0-9]{0,2}[dhs]".boxed(),
        Kind::Run => "[0-9a-f]{4,16}".boxed(),
        Kind::History => "(simulated:[0-9]{1,6}|recorded:[a-z]{1,9})".boxed(),
        Kind::Settings => "limits\\.[a-z_]{1,9}=[0-9]{1,3}".boxed(),
        Kind::Rest => "[a-z]{1,9}( [a-z=\"\\\\]{1,9}){0,3}".boxed(),
    }
}

fn filled() -> impl Strategy<Value = (&'static Row, Vec<(&'static str, String)>)> {
    (0..TABLE.len()).prop_map(|i| &TABLE[i]).prop_flat_map(|row| {
        let values: Vec<_> = row.args.iter().map(|a| sample(a.kind)).collect();
        values.prop_map(move |values| (row, row.args.iter().map(|a| a.name).zip(values).collect()))
    })
}

proptest! {
    #[test]
    fn no_line_panics(line in any::<String>(), admin in any::<bool>(), console in any::<bool>()) {
        let ctx = ParseContext { admin, console };
        for line in [line.clone(), format!("!{line}")] {
            if let Err(error) = parse(&line, &ctx) {
                let text = render(&usage_card(&error), Style::PIPE);
                prop_assert!(!text.trim().is_empty());
            }
            let _ = row_of(&line);
        }
    }

    #[test]
    fn no_argument_panics(row in (0..TABLE.len()).prop_map(|i| &TABLE[i]), tail in "[ -~“”≥¢é\\n]{0,80}") {
        let line = format!("{} {tail}", row.title());
        if let Err(error) = parse(&line, &LOCAL) {
            prop_assert!(!error.what.is_empty());
        }
    }

    /// A slash command with all its options is the same command as the typed words in order.
    #[test]
    fn slash_and_text_mean_the_same((row, values) in filled()) {
        let slash = slash_line(row.name, row.sub_form().as_deref(), &values);
        let typed = values.iter().fold(row.title(), |line, (_, v)| format!("{line} {v}"));
        let slash = parse(&slash, &LOCAL);
        prop_assert!(slash.is_ok(), "{:?}", slash);
        // The typed form of free text with quotes in it reads differently by design.
        if row.takes_line() || !values.iter().any(|(_, v)| v.contains(['"', '=', '\\'])) {
            prop_assert_eq!(slash, parse(&typed, &LOCAL));
        }
    }

    /// No value of a slash option can become another argument.
    #[test]
    fn slash_values_stay_values(text in "[ -~]{1,60}") {
        let line = slash_line("hedge_scan", None, &[("query", text.clone())]);
        match parse(&line, &USER) {
            Ok(Command::Task(Task::Hedge(HedgeTask::Scan { query: Some(query), limit: None, .. }))) => prop_assert_eq!(query, text.trim()),
            other => prop_assert!(text.trim().is_empty(), "{other:?}"),
        }
    }
}

#[test]
fn help_names_every_command_and_hides_the_admins() {
    let all = render(&help_card(None, LOCAL), Style::PIPE);
    let public = render(&help_card(None, USER), Style::PIPE);
    for row in TABLE {
        assert!(all.contains(&format!("`!{}", row.name)), "{} is not in help", row.name);
        if let Some(sub) = row.sub {
            assert!(all.contains(sub), "{} is not in help", row.title());
        }
        let open = TABLE.iter().any(|r| r.name == row.name && r.who == Who::Everyone);
        assert_eq!(public.contains(&format!("`!{}", row.name)), open, "{}", row.name);
        let topic = row.title();
        assert_eq!(topic_rows(&topic, USER).is_some(), row.who == Who::Everyone, "{topic}");
        let card = help_card(Some(&topic), LOCAL);
        let text = render(&card, Style::PIPE);
        assert!(text.contains(&row.usage()) && text.contains(row.example), "{text}");
    }
    for group in Group::ALL {
        assert!(topic_rows(group.key(), LOCAL).is_some());
    }
    assert!(topic_rows("admin", USER).is_none());
    let refused = help_card(Some("pause"), USER);
    assert!(render(&refused, Style::PIPE).contains("no help on `pause`"), "as if it did not exist");
}

#[test]
fn usage_shows_what_was_wrong_the_usage_line_and_an_example() {
    let error = parse("!find_hedges 101", &USER).unwrap_err();
    let text = render(&usage_card(&error), Style::PIPE);
    for part in ["101", "at most 100%", "!find_hedges [coverage] [limit]", "!find_hedges 95% 10", "!help find_hedges"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // Chat markup in a typed word cannot leave its code span.
    let error = parse("!x`@everyone`", &USER).unwrap_err();
    assert_eq!(error.what.matches('`').count() % 2, 0, "{}", error.what);
    assert!(!error.what.contains("x`"), "{}", error.what);
}

/// Discord's limits of an embed, in characters.
fn fits_discord(card: &Card) -> bool {
    let all = card.title.len() + card.footer.len() + card.fields.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>();
    card.title.chars().count() <= 256
        && card.fields.len() <= 25
        && all + card.text.iter().map(String::len).sum::<usize>() <= 6_000
        && card.fields.iter().all(|(n, v)| n.chars().count() <= 256 && v.chars().count() <= 1_024)
}

#[test]
fn help_fits_an_embed() {
    assert!(fits_discord(&help_card(None, LOCAL)));
    for group in Group::ALL {
        assert!(fits_discord(&help_card(Some(group.key()), LOCAL)), "{}", group.key());
    }
    for row in TABLE {
        assert!(fits_discord(&help_card(Some(&row.title()), LOCAL)), "{}", row.title());
    }
}

#[test]
fn slash_data_keeps_discords_limits() {
    let commands = slash_commands();
    let name = |n: &str| {
        (1..=32).contains(&n.len())
            && n.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    };
    assert!(commands.len() <= 100);
    let mut seen = HashSet::new();
    let mut rows = 0;
    for command in &commands {
        assert!(name(command.name) && seen.insert(command.name));
        assert!((1..=100).contains(&command.description.chars().count()));
        assert!(command.subs.len() <= 25 && (command.subs.is_empty() || command.options.is_empty()));
        rows += command.subs.len().max(1);
        let lists = std::iter::once(&command.options).chain(command.subs.iter().map(|s| &s.options));
        for options in lists {
            assert!(options.len() <= 25);
            assert!(options.is_sorted_by_key(|o| !o.required), "required options first");
            for option in options {
                assert!(
                    name(option.name) && (1..=100).contains(&option.description.chars().count()),
                    "{}",
                    option.name
                );
                if let SlashKind::Choice(words) = option.kind {
                    assert!(words.len() <= 25);
                }
            }
        }
        for sub in &command.subs {
            assert!(name(&sub.name) && (1..=100).contains(&sub.description.chars().count()), "{}", sub.name);
        }
    }
    assert_eq!(rows, TABLE.iter().filter(|r| r.who != Who::Console).count(), "every command but the console's");
    assert!(!seen.contains("quit"));
    assert!(TABLE.iter().any(|r| r.id == Id::Quit));
}

#[test]
fn message_filters_filter() {
    let at = Timestamp::from_millis(0);
    let task = TaskId::new(3).unwrap();
    let envelope = Envelope::new(at, "betty", "HedgeSpecialist", MessageKind::Run).task(task, Some(1));
    let all = MessageFilter { limit: 1, actor: None, kind: None, task: None };
    assert!(all.matches(&envelope));
    assert!(MessageFilter { actor: Some("hedgespecialist".into()), ..all.clone() }.matches(&envelope));
    assert!(!MessageFilter { actor: Some("coder".into()), ..all.clone() }.matches(&envelope));
    assert!(!MessageFilter { kind: Some(MessageKind::Ended), ..all.clone() }.matches(&envelope));
    assert!(!MessageFilter { task: TaskId::new(4), ..all.clone() }.matches(&envelope));
    assert!(MessageFilter { task: Some(task), ..all }.matches(&envelope));
}
