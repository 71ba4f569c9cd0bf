//! What the monitor reports, each with the word why, and what it leaves in the history of prices.

mod support;

use betty_bus::report::{MonitorReport, MonitorWhy};
use betty_bus::task::{HedgeTask, PaperTask};
use betty_bus::{HedgeId, PriceState, Report, Task};
use betty_market::{MarketStatus, Resolution};
use betty_specialists::hedge::HedgeSpecialist;
use betty_specialists::paper::PaperTrader;
use support::World;

async fn hedge(world: &World, task: HedgeTask) -> Report {
    world.run(&HedgeSpecialist::new(world.setup.clone()), Task::Hedge(task)).await.unwrap().report
}

async fn scanned() -> World {
    let world = World::new();
    hedge(&world, HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 }).await;
    assert_eq!(world.desk.0.lock().unwrap().hedges.len(), 2);
    world
}

async fn monitor(world: &World, threshold_ppm: i64) -> MonitorReport {
    match hedge(world, HedgeTask::Monitor { threshold_ppm }).await {
        Report::Monitor(r) => r,
        other => panic!("{other:?}"),
    }
}

fn on(world: &World, market: &str) -> HedgeId {
    let stored = world.desk.0.lock().unwrap();
    stored.hedges.values().find(|s| s.hedge.legs.iter().any(|l| l.market.as_str() == market)).unwrap().id
}

/// The words why of one hedge; none when it is not reported.
fn why(report: &MonitorReport, id: HedgeId) -> Vec<MonitorWhy> {
    report.rows.iter().find(|r| r.id == id).map(|r| r.why.clone()).unwrap_or_default()
}

fn states(world: &World, id: HedgeId) -> Vec<PriceState> {
    world.desk.0.lock().unwrap().prices.iter().filter(|p| p.hedge == id).map(|p| p.state).collect()
}

const NEVER: i64 = 1_000_000;

#[tokio::test]
async fn nothing_is_reported_of_hedges_that_stand_as_they_stood() {
    let world = scanned().await;
    let report = monitor(&world, NEVER).await;
    assert!(report.rows.is_empty() && report.watched == 2, "{report:?}");
    assert_eq!(states(&world, on(&world, "101")), [PriceState::Pays, PriceState::Pays], "the scan and the monitor");
}

#[tokio::test]
async fn past_the_threshold() {
    let world = scanned().await;
    let id = on(&world, "101");
    // 0.71 + 0.25 and 4% fees: 0.04 × (0.71 × 0.29 + 0.25 × 0.75) = 0.0157; the edge is (1 − 0.9757) / 0.9757 = 2.49%.
    assert_eq!(why(&monitor(&world, 20_000).await, id), [MonitorWhy::PastThreshold]);
    assert!(why(&monitor(&world, 30_000).await, id).is_empty());
}

#[tokio::test]
async fn resolved() {
    let world = scanned().await;
    let (id, other) = (on(&world, "101"), on(&world, "201"));
    world.change("101", |m| {
        m.status = MarketStatus::Resolved;
        m.resolution = Some(Resolution::No);
    });
    let report = monitor(&world, NEVER).await;
    assert_eq!(why(&report, id), [MonitorWhy::Resolved]);
    assert!(why(&report, other).is_empty());
    assert_eq!(states(&world, id), [PriceState::Pays, PriceState::Gone]);
    assert!(world.desk.0.lock().unwrap().hedges[&id].gone.is_some());
}

#[tokio::test]
async fn disputed() {
    let world = scanned().await;
    let id = on(&world, "101");
    world.change("102", |m| m.status = MarketStatus::Disputed);
    let report = monitor(&world, NEVER).await;
    assert_eq!(why(&report, id), [MonitorWhy::Disputed]);
    assert!(report.rows[0].words.contains("disputed"), "{report:?}");
    assert_eq!(states(&world, id), [PriceState::Pays, PriceState::Waits]);
    assert!(world.desk.0.lock().unwrap().hedges[&id].gone.is_none(), "it can come back");
}

#[tokio::test]
async fn changed_in_rules_by_any_text_and_at_once() {
    type Change = fn(&mut betty_market::Market);
    let changes: [(&str, Change); 4] = [
        ("question", |m| m.question.push('?')),
        ("rule text", |m| m.description.as_mut().unwrap().push(' ')),
        ("end", |m| m.end = m.end.map(|e| e.plus_millis(1))),
        ("source", |m| m.resolution_source = Some("elsewhere".to_owned())),
    ];
    for (what, change) in changes {
        let world = scanned().await;
        let (id, other) = (on(&world, "101"), on(&world, "201"));
        world.change("102", change);
        // It would be past the threshold, but there is no proof any more; the gravest comes first.
        let report = monitor(&world, 0).await;
        assert_eq!(why(&report, id), [MonitorWhy::RulesChanged], "{what}");
        assert_eq!(report.rows[0].id, id, "{what}");
        assert_eq!(why(&report, other), [MonitorWhy::PastThreshold], "{what}");
        assert!(world.desk.0.lock().unwrap().hedges[&id].gone.is_some(), "{what}");
    }
}

#[tokio::test]
async fn better_than_at_entry_to_leave_or_to_enter_again() {
    let world = scanned().await;
    let (id, other) = (on(&world, "101"), on(&world, "201"));
    let open = PaperTask::Open { hedge: id, confidence: None, strategy: None, size: Some("40".parse().unwrap()) };
    world.run(&PaperTrader::new(world.setup.clone()), Task::Paper(open)).await.unwrap();
    assert!(why(&monitor(&world, NEVER).await, id).is_empty(), "as at entry");
    // The asks fall: more of it costs less than at entry.
    world.book("101-no", 6_400, 6_500);
    let report = monitor(&world, NEVER).await;
    assert_eq!(why(&report, id), [MonitorWhy::BetterThanEntry, MonitorWhy::Better]);
    assert!(report.rows[0].words.contains("position 1: a pair costs 0."), "{report:?}");
    assert!(why(&report, other).is_empty(), "nothing is held of it");
    // The bids rise: it can be left with a gain, though it does not pay to enter any more. 0.79 + 0.29 = 1.08 less fees.
    world.book("101-no", 7_900, 8_000);
    world.book("102-yes", 2_900, 3_000);
    let report = monitor(&world, NEVER).await;
    assert_eq!(why(&report, id), [MonitorWhy::BetterThanEntry, MonitorWhy::PaysNot]);
    assert!(report.rows[0].words.contains("its bids pay $"), "{report:?}");
    assert_eq!(*states(&world, id).last().unwrap(), PriceState::PaysNot);
}
