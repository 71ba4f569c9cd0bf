//! Rounds after a scan, what stops entries and what nothing stops, decisions as they are stored, and how strategies did.

mod support;

use betty_bus::effect::DECISIONS_KEPT_MAX;
use betty_bus::report::{AutoReport, DiffReport, HistoryReport, PerformanceReport, ReasonsReport, SizeReport};
use betty_bus::specialist::Done;
use betty_bus::task::{AutoTask, HedgeTask, PaperTask, RoundAfter, SizeTask};
use betty_bus::{DecisionRow, Desk, Effect, HedgeId, Report, Task, TaskError, TaskErrorKind, TaskId, Verdict};
use betty_market::{MarketStatus, Resolution};
use betty_specialists::Setup;
use betty_specialists::auto::{AutoTrader, KILL_SWITCH, follow_up, kill_switch};
use betty_specialists::hedge::HedgeSpecialist;
use betty_specialists::paper::PaperTrader;
use betty_specialists::size::PositionSizer;
use betty_trading::{ExitReason, Limits};
use std::sync::Arc;
use support::{NOW, World};

/// Takes anything and leaves at a loss of 1%, which the spread alone makes.
const NERVOUS: &str = r#"
name = "nervous"
author = "Ada"
size_pct = 10
exits = [{ use = "out" }]

[conditions.out]
type = "stop_loss"
pct = 1

[entry]
max_tier = "T3"
min_coverage_pct = 0
min_net_edge_pct = 0
min_depth_shares = 1
"#;

async fn done(world: &World, task: AutoTask) -> Result<Done, TaskError> {
    world.run(&AutoTrader::new(world.setup.clone()), Task::Auto(task)).await
}

async fn auto(world: &World, task: AutoTask) -> AutoReport {
    match done(world, task).await.unwrap().report {
        Report::Auto(r) => r,
        other => panic!("{other:?}"),
    }
}

async fn paper(world: &World, task: PaperTask) -> Result<Report, TaskError> {
    world.run(&PaperTrader::new(world.setup.clone()), Task::Paper(task)).await.map(|d| d.report)
}

fn scan() -> HedgeTask {
    HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 }
}

/// A world with two stored hedges and the nervous strategy loaded.
async fn world() -> World {
    let world = World::new();
    world.run(&HedgeSpecialist::new(world.setup.clone()), Task::Hedge(scan())).await.unwrap();
    done(&world, AutoTask::StrategySave { toml: NERVOUS.to_owned() }).await.unwrap();
    done(&world, AutoTask::StrategyLoad { name: "nervous".to_owned() }).await.unwrap();
    world
}

fn stored(world: &World) -> Vec<DecisionRow> {
    world.desk.0.lock().unwrap().decisions.clone()
}

fn round() -> AutoTask {
    AutoTask::Round { after: RoundAfter::Task(TaskId::new(7).unwrap()) }
}

fn counts(report: &AutoReport) -> [usize; 4] {
    ["enter", "refuse", "exit", "hold"].map(|d| report.rows.iter().filter(|r| r.decision == d).count())
}

fn stop_all(world: &World) {
    let since = "since 2027-01-15T08:00:00Z by local".to_owned();
    world.desk.0.lock().unwrap().settings.insert(KILL_SWITCH.to_owned(), since);
}

#[tokio::test]
async fn only_a_scan_or_a_monitor_leads_to_a_round_and_only_while_entries_are_on() {
    let world = world().await;
    let id = TaskId::new(7).unwrap();
    let looks = [Task::Hedge(scan()), Task::Hedge(HedgeTask::Monitor { threshold_ppm: 0 })];
    let others = [Task::Hedge(HedgeTask::Status { limit: 3 }), Task::Auto(round()), Task::Paper(PaperTask::Settle)];
    for task in &looks {
        assert_eq!(follow_up(world.desk.as_ref(), id, task).await.unwrap(), None, "before anybody said so");
    }
    done(&world, AutoTask::On).await.unwrap();
    for task in &looks {
        assert_eq!(follow_up(world.desk.as_ref(), id, task).await.unwrap(), Some(Task::Auto(round())));
    }
    for task in &others {
        assert_eq!(follow_up(world.desk.as_ref(), id, task).await.unwrap(), None, "{task:?}");
    }
    done(&world, AutoTask::Off).await.unwrap();
    assert_eq!(follow_up(world.desk.as_ref(), id, &looks[0]).await.unwrap(), None);
    assert!(Task::Auto(round()).writes_account());
}

#[tokio::test]
async fn a_round_checks_exits_then_enters_and_stores_each_decision_with_its_numbers() {
    let world = world().await;
    done(&world, AutoTask::On).await.unwrap();
    let report = auto(&world, round()).await;
    assert_eq!(counts(&report), [2, 0, 0, 0], "{report:?}");
    assert!(report.title.contains("After task 7") && report.title.contains("2 of 2 stored hedges entered"));
    let rows = stored(&world);
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!((row.verdict, row.kind.as_str()), (Verdict::Take, "taken"));
        assert_eq!((row.strategy.as_deref(), row.at), (Some("nervous@1"), NOW));
        assert!(row.subject.starts_with("hedge ") && row.words.contains("shares for $"), "{row:?}");
        for number in ["shares", "capital", "net_edge_ppm", "limited_by"] {
            assert!(!row.numbers[number].is_null(), "{number}: {row:?}");
        }
    }
    // The books of both hedges cost more than they bring: the stop fires, and neither is bought back at once.
    let report = auto(&world, round()).await;
    assert_eq!(counts(&report), [0, 2, 2, 0], "{report:?}");
    assert!(report.rows[..2].iter().all(|r| r.decision == "exit"), "what was done comes first: {report:?}");
    assert!(report.rows[2..].iter().all(|r| r.kind == "cooling"), "{report:?}");
    let exit = stored(&world).into_iter().find(|d| d.verdict == Verdict::Exit).unwrap();
    assert_eq!((exit.kind.as_str(), exit.strategy.as_deref()), ("stop_loss", Some("nervous@1")));
    assert!(exit.numbers["view"]["pnl_ppm"].as_i64().unwrap() <= -10_000, "{exit:?}");
    assert!(exit.numbers["real_pnl"].as_str().unwrap().starts_with('-'), "{exit:?}");
    // Entries off in between: exits alone.
    done(&world, AutoTask::Off).await.unwrap();
    let report = auto(&world, round()).await;
    assert!(report.rows.is_empty() && !report.entries_on, "{report:?}");
}

#[tokio::test]
async fn one_end_writes_trades_and_decisions_together_and_a_look_writes_nothing() {
    let world = world().await;
    let looked = done(&world, AutoTask::Status).await.unwrap();
    assert_eq!(looked.effects, []);
    assert!(stored(&world).is_empty());
    let opened = done(&world, AutoTask::Open { hedge: None, strategy: None }).await.unwrap();
    let kinds: Vec<bool> = opened
        .effects
        .iter()
        .map(|e| match e {
            Effect::Decisions { keep, rows, account } => {
                assert_eq!((*keep, rows.len(), account.as_str()), (DECISIONS_KEPT_MAX, 2, "simulated-7"));
                true
            }
            Effect::Ledger { .. } => false,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [true, false]);
}

#[tokio::test]
async fn the_kill_switch_stops_entries_by_rule_and_by_hand_and_nothing_else() {
    let world = world().await;
    done(&world, AutoTask::On).await.unwrap();
    auto(&world, round()).await;
    stop_all(&world);
    assert!(kill_switch(world.desk.as_ref()).await.unwrap().unwrap().contains("by local"));
    // By rule, asked for or after a scan; by hand from a hedge or at typed prices.
    let hedge = HedgeId::new(1).unwrap();
    let by_rule = done(&world, AutoTask::Open { hedge: None, strategy: None }).await.unwrap_err();
    let by_hand = PaperTask::Open { hedge, confidence: None, strategy: None, size: None };
    let by_hand = paper(&world, by_hand).await.unwrap_err();
    let typed = PaperTask::OpenManual {
        target: betty_market::MarketId::new("101").unwrap(),
        target_price: "0.3".parse().unwrap(),
        cover: betty_market::MarketId::new("102").unwrap(),
        cover_price: "0.3".parse().unwrap(),
        coverage_ppm: 950_000,
        tier: "T1".to_owned(),
        confidence: None,
        strategy: None,
    };
    let typed = paper(&world, typed).await.unwrap_err();
    for error in [by_rule, by_hand, typed] {
        assert_eq!(error.kind, TaskErrorKind::Refused);
        assert!(error.message.contains("every entry is stopped (since 2027"), "{}", error.message);
        assert!(error.message.contains("!resume"), "it says who can do what: {}", error.message);
    }
    let entries = world.desk.0.lock().unwrap().ledger.len();
    // Exits by rule: the stop fires for both, and the one entry decision is the switch.
    let report = auto(&world, round()).await;
    assert_eq!(counts(&report), [0, 1, 2, 0], "{report:?}");
    assert!(report.kill_switch.is_some());
    let last = stored(&world).pop().unwrap();
    assert_eq!((last.subject.as_str(), last.kind.as_str(), last.verdict), ("entries", "kill_switch", Verdict::Refuse));
    assert_eq!(world.desk.0.lock().unwrap().ledger.len(), entries + 2);
    // Lifted by a person, entries are possible again; what was just sold waits.
    world.desk.0.lock().unwrap().settings.insert(KILL_SWITCH.to_owned(), String::new());
    let report = auto(&world, AutoTask::Open { hedge: None, strategy: None }).await;
    assert!(report.kill_switch.is_none() && report.rows.iter().all(|r| r.kind == "cooling"), "{report:?}");
}

#[tokio::test]
async fn settlements_and_closes_by_hand_go_through_while_everything_is_stopped() {
    let mut world = world().await;
    let setup = Setup {
        limits: Limits { stop_streak: 1, ..Limits::default() },
        costs: world.setup.costs.clone(),
        execution: world.setup.execution,
        model: None,
    };
    world.setup = Arc::new(setup);
    auto(&world, AutoTask::Open { hedge: None, strategy: None }).await;
    stop_all(&world);
    for id in ["201", "202"] {
        world.change(id, |m| {
            m.status = MarketStatus::Resolved;
            m.resolution = Some(Resolution::Yes);
        });
    }
    // One pays out, the other is sold by its stop, which trips the breaker of one.
    let report = auto(&world, AutoTask::Check).await;
    assert_eq!(counts(&report), [0, 0, 2, 0], "{report:?}");
    let kinds: Vec<&str> = report.rows.iter().map(|r| r.kind.as_str()).collect();
    assert_eq!(kinds, [ExitReason::HoldToResolution.name(), ExitReason::StopLoss.name()]);
    let tripped: Vec<String> = report.breakers.iter().filter(|b| b.trip.is_some()).map(|b| b.words()).collect();
    assert!(tripped.len() == 1 && tripped[0].contains("1 trades in a row"), "{tripped:?}");

    // A breaker holds back rules and not people.
    world.desk.0.lock().unwrap().settings.clear();
    let report = auto(&world, AutoTask::Open { hedge: None, strategy: Some("balanced".to_owned()) }).await;
    assert!(report.rows.iter().all(|r| r.decision == "refuse"), "{report:?}");
    assert!(report.rows.iter().any(|r| r.kind == "halted_stop_streak"), "{report:?}");
    let refused = stored(&world).into_iter().rev().find(|d| d.kind == "halted_stop_streak").unwrap();
    assert_eq!(refused.numbers["trip"]["breaker"], "stop_streak");
    world.book("101-no", 6_900, 7_000);
    let hedge = HedgeId::new(1).unwrap();
    let by_hand = PaperTask::Open { hedge, confidence: None, strategy: None, size: Some("40".parse().unwrap()) };
    paper(&world, by_hand).await.unwrap();
    stop_all(&world);
    let close = done(&world, AutoTask::Close { position: 3 }).await.unwrap();
    assert!(matches!(close.report, Report::Closed(_)), "{close:?}");
}

#[tokio::test]
async fn refusals_of_a_trade_are_stored_under_their_own_name() {
    let world = world().await;
    world.book("102-yes", 3_900, 4_000);
    world.change("201", |m| m.status = MarketStatus::Halted);
    let report = auto(&world, AutoTask::Open { hedge: None, strategy: None }).await;
    let mut kinds: Vec<&str> = report.rows.iter().map(|r| r.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["no_edge", "not_tradable"], "{report:?}");
    for row in stored(&world) {
        assert_eq!(row.numbers["refusal"]["refusal"], row.kind.as_str(), "{row:?}");
    }
    let Report::Reasons(ReasonsReport { rows, .. }) =
        done(&world, AutoTask::Reasons { strategy: None }).await.unwrap().report
    else {
        panic!("reasons")
    };
    assert_eq!(rows.iter().map(|r| r.n).sum::<u64>(), 2);
    assert!(rows.iter().all(|r| r.verdict == Verdict::Refuse && r.strategy.as_deref() == Some("nervous@1")));
    let of = |name: &str| AutoTask::Reasons { strategy: Some(name.to_owned()) };
    for (name, n) in [("nervous", 2), ("nerv", 0), ("balanced", 0)] {
        let Report::Reasons(r) = done(&world, of(name)).await.unwrap().report else { panic!("reasons") };
        assert_eq!(r.rows.len(), n, "{name}");
    }
}

#[tokio::test]
async fn a_category_filter_looks_at_the_events_of_every_leg() {
    let world = world().await;
    let toml = NERVOUS.replace("nervous", "topical").replace("[entry]", "[entry]\ncategories = [\"when-77\"]");
    done(&world, AutoTask::StrategySave { toml }).await.unwrap();
    let report = auto(&world, AutoTask::Open { hedge: None, strategy: Some("topical".to_owned()) }).await;
    assert_eq!(counts(&report), [1, 1, 0, 0], "{report:?}");
    let refused = report.rows.iter().find(|r| r.decision == "refuse").unwrap();
    assert!(refused.kind == "category" && refused.reason.contains("categories (when-77)"), "{refused:?}");
}

#[tokio::test]
async fn versions_are_shown_and_compared_by_number() {
    let world = world().await;
    done(&world, AutoTask::StrategySave { toml: NERVOUS.replace("pct = 1\n", "pct = 2\n") }).await.unwrap();
    done(&world, AutoTask::StrategySave { toml: NERVOUS.replace("nervous", "balanced") }).await.unwrap();
    let diff = async |left: &str, right: &str| {
        let task = AutoTask::StrategyDiff { left: left.to_owned(), right: right.to_owned() };
        match done(&world, task).await.map(|d| d.report) {
            Ok(Report::Diff(DiffReport { left, right, lines })) => Ok((left, right, lines)),
            Ok(other) => panic!("{other:?}"),
            Err(e) => Err(e.message),
        }
    };
    let (left, right, lines) = diff("nervous@1", "nervous").await.unwrap();
    assert_eq!((left.as_str(), right.as_str()), ("nervous@1", "nervous@2"));
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].left.as_deref(), lines[0].right.as_deref()), (Some("-1% stop loss"), Some("-2% stop loss")));
    assert_eq!(diff("nervous@2", "nervous@2").await.unwrap().2, []);
    // The template is the first version of its name.
    let (left, right, lines) = diff("balanced@1", "balanced").await.unwrap();
    assert_eq!((left.as_str(), right.as_str()), ("balanced@1", "balanced@2"));
    assert!(lines.iter().any(|l| l.path == "author" && l.left.is_none()), "{lines:?}");
    for (bad, says) in [
        ("nervous@3", "the latest is nervous@2"),
        ("nervous@0", "the latest is nervous@2"),
        ("nobody@1", "there is no strategy"),
        ("nervous@x", "names no version"),
        ("balanced@3", "the latest is balanced@2"),
    ] {
        assert!(diff("swing", bad).await.unwrap_err().contains(says), "{bad}");
    }
    let show = AutoTask::StrategyShow { name: Some("nervous@1".to_owned()) };
    let Report::Strategy(shown) = done(&world, show).await.unwrap().report else { panic!("a strategy") };
    assert!(shown.version == 1 && shown.toml.contains("pct = 1 "), "{shown:?}");
}

#[tokio::test]
async fn a_bad_text_is_refused_with_its_path_and_nothing_is_written() {
    let world = world().await;
    let before = format!("{:?}", world.desk.0.lock().unwrap());
    for (from, to, says) in [
        ("type = \"stop_loss\"\npct = 1", "use = \"out\"", "conditions.out.use: a cycle of conditions: out → out"),
        (
            "\"stop_loss\"",
            "\"stop_los\"",
            "conditions.out.type: \"stop_los\" is not known; did you mean \"stop_loss\"?",
        ),
        ("size_pct = 10", "size_pct = -10", "size_pct: is -10, must be from 0 to 100"),
    ] {
        let toml = NERVOUS.replacen(from, to, 1);
        let error = done(&world, AutoTask::StrategySave { toml }).await.unwrap_err();
        assert_eq!(error.kind, TaskErrorKind::Refused);
        assert!(error.message.contains(says), "{}", error.message);
    }
    assert_eq!(format!("{:?}", world.desk.0.lock().unwrap()), before);
}

#[tokio::test]
async fn ended_trades_are_counted_and_listed_with_their_reasons() {
    let world = world().await;
    let performance = async |strategy: Option<&str>, details| {
        let strategy = strategy.map(str::to_owned);
        let task = if details { AutoTask::Stats { strategy } } else { AutoTask::Performance { strategy } };
        match done(&world, task).await.unwrap().report {
            Report::Performance(r) => *r,
            other => panic!("{other:?}"),
        }
    };
    let empty: PerformanceReport = performance(None, false).await;
    assert_eq!((empty.total.n, empty.total.wins.ppm, empty.total.roi_ppm), (0, None, None));
    assert!(empty.total.undefined.is_some());
    auto(&world, AutoTask::Open { hedge: None, strategy: None }).await;
    assert_eq!(performance(None, false).await.open, 2);
    auto(&world, AutoTask::Check).await;
    let by_strategy = performance(None, false).await;
    assert_eq!((by_strategy.total.n, by_strategy.total.wins.hits, by_strategy.open), (2, 0, 0));
    assert_eq!(by_strategy.sections[0].groups[0].name, "nervous v1");
    let details = performance(Some("nervous"), true).await;
    let names: Vec<(&str, &str)> =
        details.sections.iter().map(|s| (s.by.as_str(), s.groups[0].name.as_str())).collect();
    assert_eq!(names[1], ("exit reason", "stop loss"));
    assert!(names[0].0 == "scenario" && !names[0].1.contains("T0"), "{names:?}");
    assert_eq!(performance(Some("swing"), false).await.total.n, 0);
    let Report::History(HistoryReport { rows, ended, .. }) =
        done(&world, AutoTask::History { limit: 1 }).await.unwrap().report
    else {
        panic!("a history")
    };
    assert_eq!((rows.len(), ended), (1, 2));
    assert!(rows[0].entry_reason.contains("nervous v1") && rows[0].row.exit_reason == Some(ExitReason::StopLoss));
}

#[tokio::test]
async fn a_size_is_derived_as_the_trade_would_be() {
    let world = world().await;
    let hedge = HedgeId::new(1).unwrap();
    let task = SizeTask { hedge, confidence: Some("HIGH".to_owned()), strategy: Some("nervous".to_owned()) };
    let sizer = PositionSizer::new(world.setup.clone());
    let Report::Size(SizeReport { sizing: Some(sizing), .. }) =
        world.run(&sizer, Task::Size(task)).await.unwrap().report
    else {
        panic!("a size")
    };
    assert!(sizing.derivation.iter().any(|s| s.bound) && sizing.derivation.len() >= 8, "{sizing:?}");
    let open = PaperTask::Open {
        hedge,
        confidence: Some("HIGH".to_owned()),
        strategy: Some("nervous".to_owned()),
        size: None,
    };
    let Report::Opened(opened) = paper(&world, open).await.unwrap() else { panic!("a trade") };
    assert_eq!(opened.sizing, sizing);
    assert!(world.desk.decisions(&betty_bus::AccountName::new("simulated-7").unwrap(), 9).await.unwrap().is_empty());
}
