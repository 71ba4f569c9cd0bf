//! A hedge that follows from two proofs is found, shown, watched, sized and opened; each step reads the market between too.

mod support;

use betty_bus::report::{MonitorWhy, ScanReport};
use betty_bus::task::{HedgeTask, PaperTask, SizeTask};
use betty_bus::{HedgeId, Report, Task, TaskError};
use betty_hedging::{Relation, RuleId};
use betty_market::{MarketStatus, NegRisk, NegRiskId, Outcome, Price};
use betty_specialists::hedge::HedgeSpecialist;
use betty_specialists::paper::PaperTrader;
use betty_specialists::size::PositionSizer;
use support::World;

/// The Bridge by June 30 and the Dam by June 30 cannot both come, by their group; so the Bridge by March 31 and the Dam by June 30
/// cannot either. Between them stands a spread of 20 cents.
fn tied() -> World {
    let world = World::new();
    for (id, bid, ask) in [("101", 5_500, 5_600), ("102", 4_500, 6_500), ("202", 5_500, 5_700)] {
        world.change(id, |m| {
            (m.best_bid, m.best_ask) = (Price::from_e4(bid).ok(), Price::from_e4(ask).ok());
            if id != "101" {
                m.neg_risk = Some(NegRisk { group: NegRiskId::new("g").unwrap(), augmented: false, other: false });
            }
        });
        world.book(&format!("{id}-yes"), bid, ask);
        world.book(&format!("{id}-no"), 10_000 - ask, 10_000 - bid);
    }
    world.book("201-no", 7_900, 8_000);
    world
}

async fn hedge(world: &World, task: HedgeTask) -> Report {
    world.run(&HedgeSpecialist::new(world.setup.clone()), Task::Hedge(task)).await.unwrap().report
}

async fn scan(world: &World) -> ScanReport {
    match hedge(world, HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 }).await {
        Report::Scan(r) => r,
        other => panic!("{other:?}"),
    }
}

async fn open(world: &World, id: HedgeId) -> Result<Report, TaskError> {
    let open = PaperTask::Open { hedge: id, confidence: None, strategy: None, size: Some("40".parse().unwrap()) };
    world.run(&PaperTrader::new(world.setup.clone()), Task::Paper(open)).await.map(|d| d.report)
}

async fn refused_size(world: &World, id: HedgeId) -> Option<String> {
    let task = SizeTask { hedge: id, confidence: None, strategy: None };
    match world.run(&PositionSizer::new(world.setup.clone()), Task::Size(task)).await.unwrap().report {
        Report::Size(r) => r.refusal,
        other => panic!("{other:?}"),
    }
}

async fn monitored(world: &World, id: HedgeId) -> Vec<MonitorWhy> {
    match hedge(world, HedgeTask::Monitor { threshold_ppm: 1_000_000 }).await {
        Report::Monitor(r) => r.rows.iter().find(|r| r.id == id).map(|r| r.why.clone()).unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

fn only(world: &World) -> HedgeId {
    let stored = world.desk.0.lock().unwrap();
    let mut chains = stored.hedges.values().filter(|s| s.hedge.certificate.rule == RuleId::Chain);
    let found = chains.next().expect("a chain");
    assert!(chains.next().is_none());
    let bought: Vec<_> = found.hedge.legs.iter().map(|l| (l.market.as_str(), l.outcome)).collect();
    assert_eq!(bought, [("101", Outcome::No), ("202", Outcome::No)]);
    assert_eq!(found.hedge.certificate.relation, Relation::Excludes);
    found.id
}

#[tokio::test]
async fn a_chain_is_found_watched_sized_and_opened() {
    let world = tied();
    assert_eq!(scan(&world).await.hedges.len(), 1, "no proof pays by itself");
    let id = only(&world);
    assert!(monitored(&world, id).await.is_empty());
    assert_eq!(refused_size(&world, id).await, None);
    match hedge(&world, HedgeTask::Why { hedge: id }).await {
        Report::Why(why) => {
            assert!(why.holds);
            let shown: Vec<_> = why.markets.iter().map(|m| m.id.as_str()).collect();
            assert_eq!(shown, ["101", "202", "102"]);
        }
        other => panic!("{other:?}"),
    }
    open(&world, id).await.unwrap();
    let stored = world.desk.0.lock().unwrap();
    assert!(!stored.ledger.is_empty());
}

#[tokio::test]
async fn a_change_of_the_market_between_ends_it_everywhere() {
    let world = tied();
    scan(&world).await;
    let id = only(&world);
    world.change("102", |m| m.description.as_mut().unwrap().push_str(" Or so."));
    let refusal = refused_size(&world, id).await.expect("no size on a proof that fell");
    assert!(refusal.contains("proof"), "{refusal}");
    assert!(open(&world, id).await.unwrap_err().message.contains("not opened"));
    assert!(world.desk.0.lock().unwrap().ledger.is_empty());
    assert_eq!(monitored(&world, id).await, [MonitorWhy::RulesChanged]);
    assert!(world.desk.0.lock().unwrap().hedges[&id].gone.is_some());
}

#[tokio::test]
async fn a_market_between_that_is_gone_or_disputed_is_told() {
    let world = tied();
    scan(&world).await;
    let id = only(&world);
    world.change("102", |m| m.status = MarketStatus::Disputed);
    assert_eq!(monitored(&world, id).await, [MonitorWhy::Disputed]);
    world.source.0.lock().unwrap().markets.retain(|m| m.id.as_str() != "102");
    assert!(refused_size(&world, id).await.is_some(), "its text cannot be read");
    assert_eq!(monitored(&world, id).await, [MonitorWhy::Missing]);
}
