//! Relations are written down by a scan, followed when they are due, and counted.

mod support;

use betty_bus::report::CalibrationReport;
use betty_bus::task::HedgeTask;
use betty_bus::{Report, Task};
use betty_hedging::RuleId;
use betty_hedging::calibration::{Basis, CaseEnd, Tally};
use betty_market::{MarketStatus, Resolution};
use betty_specialists::hedge::HedgeSpecialist;
use support::{NOW, World};

async fn counted(world: &World) -> CalibrationReport {
    let specialist = HedgeSpecialist::new(world.setup.clone());
    let done = world.run(&specialist, Task::Hedge(HedgeTask::Calibration)).await.unwrap();
    match done.report {
        Report::Calibration(report) => report,
        other => panic!("{other:?}"),
    }
}

async fn scanned(world: &World) {
    let specialist = HedgeSpecialist::new(world.setup.clone());
    let scan = HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 };
    world.run(&specialist, Task::Hedge(scan)).await.unwrap();
}

fn resolve(world: &World, id: &str, how: Resolution) {
    world.change(id, |m| {
        m.status = MarketStatus::Resolved;
        m.resolution = Some(how);
    });
}

#[tokio::test]
async fn what_a_scan_shows_is_written_down_once_followed_and_counted_by_event() {
    let world = World::new();
    scanned(&world).await;
    scanned(&world).await;
    let first = counted(&world).await;
    assert_eq!(first.rows.len(), 1, "{first:?}");
    let class = first.rows[0].class;
    assert_eq!((class.rule, class.basis), (RuleId::R4, Basis::Proven));
    assert_eq!(first.rows[0].pairs, [(CaseEnd::Open, 2)]);
    assert_eq!((first.rows[0].coverage, first.followed), (None, 0), "neither is due before its last market ends");

    // Both ladders have ended: one was put to the test and held, the other was not put to the test.
    for case in &mut world.desk.0.lock().unwrap().cases {
        case.2 = Some(NOW);
    }
    resolve(&world, "101", Resolution::Yes);
    resolve(&world, "102", Resolution::Yes);
    resolve(&world, "201", Resolution::No);
    let second = counted(&world).await;
    assert_eq!(second.followed, 2);
    resolve(&world, "202", Resolution::No);
    // One market had not resolved: its relation is looked at again a day later, not at once.
    let third = counted(&world).await;
    assert_eq!((third.followed, third.rows[0].tally), (0, Tally { held: 1, failed: 0 }));
    assert_eq!(third.rows[0].pairs, [(CaseEnd::Open, 1), (CaseEnd::Held, 1)]);
    let bound = third.rows[0].coverage.unwrap();
    assert!((bound.lower - 0.05).abs() < 1e-9 && bound.n == 1, "one event without a failure: {bound:?}");
    let later = world.desk.0.lock().unwrap().cases.iter().filter_map(|c| c.2).max().unwrap();
    assert_eq!(later.since(NOW), 86_400_000);
}

#[tokio::test]
async fn a_relation_whose_end_is_unknown_is_never_due_and_a_missing_market_ends_nothing() {
    let world = World::new();
    world.change("102", |m| m.end = None);
    scanned(&world).await;
    for case in world.desk.0.lock().unwrap().cases.iter_mut().filter(|c| c.2.is_some()) {
        case.2 = Some(NOW);
    }
    world.source.0.lock().unwrap().markets.retain(|m| m.id.as_str() != "202");
    let report = counted(&world).await;
    assert_eq!(report.followed, 1);
    assert_eq!(counted(&world).await.rows[0].pairs, [(CaseEnd::Open, 2)]);
    assert!(world.desk.0.lock().unwrap().cases.iter().any(|c| c.2.is_none()));
}
