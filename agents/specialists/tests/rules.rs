//! What one bad market, one bad text, or a strategy changed later may not do to the rest of the account and of the stored hedges.

mod support;

use betty_bus::port::StoredStrategy;
use betty_bus::report::{AutoReport, MonitorReport, SettledReport};
use betty_bus::task::{AutoTask, HedgeTask, PaperTask};
use betty_bus::{HedgeId, Report, Task, TaskError, TaskErrorKind};
use betty_market::{BookSide, MarketId, MarketStatus, Price, Resolution, Shares, TokenId};
use betty_specialists::auto::AutoTrader;
use betty_specialists::hedge::HedgeSpecialist;
use betty_specialists::paper::PaperTrader;
use support::{NOW, Venue, World};

const EAGER: &str = r#"
name = "eager"
description = "Leaves at the first profit"
size_pct = 10
exits = [{ type = "target_profit_pct", pct = 5 }]

[entry]
max_tier = "T3"
min_coverage_pct = 0
min_net_edge_pct = 0
min_depth_shares = 1
"#;

async fn auto(world: &World, task: AutoTask) -> Result<Report, TaskError> {
    world.run(&AutoTrader::new(world.setup.clone()), Task::Auto(task)).await.map(|d| d.report)
}

async fn paper(world: &World, task: PaperTask) -> Result<Report, TaskError> {
    world.run(&PaperTrader::new(world.setup.clone()), Task::Paper(task)).await.map(|d| d.report)
}

async fn hedge(world: &World, task: HedgeTask) -> Report {
    world.run(&HedgeSpecialist::new(world.setup.clone()), Task::Hedge(task)).await.unwrap().report
}

async fn scan(world: &World) -> usize {
    match hedge(world, HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 }).await {
        Report::Scan(r) => r.hedges.len(),
        other => panic!("{other:?}"),
    }
}

async fn monitor(world: &World) -> MonitorReport {
    match hedge(world, HedgeTask::Monitor { threshold_ppm: 500_000 }).await {
        Report::Monitor(r) => r,
        other => panic!("{other:?}"),
    }
}

async fn check(world: &World) -> AutoReport {
    match auto(world, AutoTask::Check).await.unwrap() {
        Report::Auto(r) => r,
        other => panic!("{other:?}"),
    }
}

/// The stored hedge on a market.
fn on(world: &World, market: &str) -> HedgeId {
    let stored = world.desk.0.lock().unwrap();
    stored.hedges.values().find(|s| s.hedge.legs.iter().any(|l| l.market.as_str() == market)).unwrap().id
}

fn gone(world: &World, id: HedgeId) -> bool {
    world.desk.0.lock().unwrap().hedges[&id].gone.is_some()
}

async fn open(world: &World, market: &str, strategy: Option<&str>) {
    let hedge = on(world, market);
    let task = PaperTask::Open {
        hedge,
        confidence: None,
        strategy: strategy.map(str::to_owned),
        size: Some("40".parse().unwrap()),
    };
    paper(world, task).await.unwrap();
}

/// Bids far above what was paid, on every leg.
fn rise(world: &World) {
    for (token, bid) in [("101-no", 8_500), ("102-yes", 4_000), ("201-no", 8_500), ("202-yes", 4_000)] {
        world.book(token, bid, bid + 100);
    }
}

#[tokio::test]
async fn exits_are_those_of_the_strategy_as_it_was_at_entry() {
    let world = World::new();
    assert_eq!(scan(&world).await, 2);
    auto(&world, AutoTask::StrategySave { toml: EAGER.to_owned() }).await.unwrap();
    open(&world, "101", Some("eager")).await;
    open(&world, "201", None).await;
    // Changed since, and beyond reading: neither touches what is held.
    world.desk.0.lock().unwrap().strategies =
        vec![StoredStrategy { name: "eager".to_owned(), version: 2, toml: "no strategy".to_owned() }];
    let report = check(&world).await;
    assert!(report.rows.iter().all(|r| r.decision == "hold"), "{report:?}");
    rise(&world);
    let report = check(&world).await;
    let decision = |n: u64| report.rows.iter().find(|r| r.about == format!("position {n}")).unwrap();
    assert_eq!(decision(1).decision, "exit", "{report:?}");
    assert_eq!(decision(2).decision, "hold", "the active strategy would have taken this profit");
    assert!(decision(2).reason.contains("held to resolution"), "{report:?}");
}

#[tokio::test]
async fn a_saved_strategy_with_a_templates_name_is_a_later_version() {
    let world = World::new();
    for (name, first) in [("balanced", 2), ("eager", 1)] {
        let toml = EAGER.replace("\"eager\"", &format!("{name:?}"));
        for version in first..first + 2 {
            auto(&world, AutoTask::StrategySave { toml: toml.clone() }).await.unwrap();
            let show = AutoTask::StrategyShow { name: Some(name.to_owned()) };
            let Report::Strategy(shown) = auto(&world, show).await.unwrap() else { panic!("a strategy") };
            assert_eq!(shown.version, version, "{name}");
            assert!(shown.toml.contains(&format!("version = {version}\n")), "{}", shown.toml);
        }
    }
}

#[tokio::test]
async fn one_unreadable_strategy_leaves_the_others_usable() {
    let world = World::new();
    world.desk.0.lock().unwrap().strategies =
        vec![StoredStrategy { name: "broken".to_owned(), version: 3, toml: "{".to_owned() }];
    auto(&world, AutoTask::StrategyShow { name: Some("balanced".to_owned()) }).await.unwrap();
    let refusal = auto(&world, AutoTask::StrategyShow { name: Some("broken".to_owned()) }).await.unwrap_err();
    assert!(refusal.message.contains("cannot be read"), "{refusal:?}");
    let Report::Strategies(list) = auto(&world, AutoTask::StrategyList).await.unwrap() else { panic!("a list") };
    let broken = list.rows.iter().find(|r| r.0 == "broken").unwrap();
    assert!(broken.1 == 3 && broken.2.contains("cannot be read"), "{broken:?}");
}

#[tokio::test]
async fn one_silent_market_keeps_only_its_own_position_waiting() {
    let world = World::new();
    scan(&world).await;
    open(&world, "101", None).await;
    open(&world, "201", None).await;
    for id in ["201", "202"] {
        world.change(id, |m| {
            m.status = MarketStatus::Resolved;
            m.resolution = Some(Resolution::Yes);
        });
    }
    world.source.0.lock().unwrap().silent.insert(MarketId::new("101").unwrap());
    let report = check(&world).await;
    let reasons: Vec<(&str, &str)> = report.rows.iter().map(|r| (r.about.as_str(), r.decision.as_str())).collect();
    assert_eq!(reasons, [("position 2", "exit"), ("position 1", "hold")], "{report:?}");
    assert!(report.rows[1].reason.contains("market 101"), "{report:?}");
    let Report::Settled(SettledReport { settled, waiting, .. }) = paper(&world, PaperTask::Settle).await.unwrap()
    else {
        panic!("a settlement")
    };
    assert!(settled.is_empty(), "the check has paid position 2 already");
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].0 == 1 && waiting[0].1.contains("market 101 cannot be read now"), "{waiting:?}");
}

#[tokio::test]
async fn a_scan_says_gone_only_on_books_it_can_believe() {
    let world = World::new();
    assert_eq!(scan(&world).await, 2);
    let (first, second) = (on(&world, "101"), on(&world, "201"));
    let token = TokenId::new("101-no").unwrap();
    let book = world.source.0.lock().unwrap().books[&token].clone();
    let stale = |mut b: betty_market::Book| {
        b.at = NOW.plus_millis(-86_400_000);
        b
    };
    let mut gap = book.clone();
    gap.in_sync = false;
    let mut crossed = book.clone();
    crossed.set(BookSide::Bid, Price::from_e4(7_200).unwrap(), Shares::whole(1));
    for (what, bad) in [("missing", None), ("stale", Some(stale(book))), ("gap", Some(gap)), ("crossed", Some(crossed))]
    {
        world.source.0.lock().unwrap().books.remove(&token);
        world.source.0.lock().unwrap().books.extend(bad.map(|b| (token.clone(), b)));
        // The other one is really too dear.
        world.book("202-yes", 4_900, 5_000);
        assert_eq!(scan(&world).await, 0, "{what}");
        assert!(!gone(&world, first), "{what}");
        assert!(gone(&world, second), "{what}");
    }
    world.book("101-no", 8_900, 9_000);
    scan(&world).await;
    assert!(gone(&world, first), "a fresh book that is too dear says it");
}

#[tokio::test]
async fn a_market_in_dispute_is_reported_and_not_gone_and_what_is_held_is_watched() {
    let world = World::new();
    scan(&world).await;
    let (first, second) = (on(&world, "101"), on(&world, "201"));
    for status in [MarketStatus::Proposed, MarketStatus::Disputed] {
        world.change("101", |m| m.status = status);
        let report = monitor(&world).await;
        assert!(report.rows.iter().any(|r| r.id == first && r.now_ppm.is_none()), "{report:?}");
        assert!(!gone(&world, first), "{status:?}");
    }
    open(&world, "201", None).await;
    world.book("202-yes", 4_900, 5_000);
    world.change("101", |m| m.status = MarketStatus::Resolved);
    scan(&world).await;
    assert!(gone(&world, second), "too dear to open now");
    let report = monitor(&world).await;
    assert!(report.rows.iter().any(|r| r.id == second), "it is held, so it is watched: {report:?}");
    assert!(gone(&world, first));
}

#[tokio::test]
async fn a_crossed_stale_or_missing_book_is_no_trade_and_says_why() {
    let world = World::new();
    assert_eq!(scan(&world).await, 2);
    let hedge = on(&world, "101");
    let token = TokenId::new("101-no").unwrap();
    type Spoil = fn(&mut Venue, &TokenId);
    let cases: [(Spoil, &str); 4] = [
        (|v, t| assert!(v.books.get_mut(t).unwrap().set(BookSide::Bid, price(7_200), Shares::whole(9))), "crossed"),
        (|v, t| v.books.get_mut(t).unwrap().at = NOW.plus_millis(-600_000), "stale"),
        (|v, t| v.books.get_mut(t).unwrap().in_sync = false, "missed"),
        (|v, t| drop(v.books.remove(t)), "no order book"),
    ];
    for (spoil, word) in cases {
        world.book("101-no", 7_000, 7_100);
        spoil(&mut world.source.0.lock().unwrap(), &token);
        let open = PaperTask::Open { hedge, confidence: None, strategy: None, size: None };
        let error = paper(&world, open).await.expect_err(word);
        assert_eq!(error.kind, TaskErrorKind::Refused);
        assert!(error.message.contains(word), "{word}: {}", error.message);
        assert!(world.desk.0.lock().unwrap().ledger.is_empty(), "{word}: nothing is written");
    }
}

fn price(e4: u16) -> Price {
    Price::from_e4(e4).unwrap()
}
