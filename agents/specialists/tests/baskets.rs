//! Sets of more than two markets in a scan: what pays is told, what does not is counted, and nothing of it is stored.

mod support;

use betty_bus::report::ScanReport;
use betty_bus::task::HedgeTask;
use betty_bus::{Effect, Report, Task};
use betty_hedging::{Relation, Tier};
use betty_market::{ConditionId, MarketId, NegRisk, NegRiskId, Outcome, Price, Shares, Timestamp, TokenId};
use betty_specialists::hedge::HedgeSpecialist;
use support::World;

/// Three who cannot both win, listed with YES bids of 36 cents; their NO books ask for `no_ask`, in hundredths of a cent.
fn election(world: &World, group: &str, first: u32, no_ask: u16) {
    for i in first..first + 3 {
        let id = i.to_string();
        let mut market = world.source.0.lock().unwrap().markets[0].clone();
        market.id = MarketId::new(&id).unwrap();
        market.condition = ConditionId::new(format!("0x{id}")).unwrap();
        (market.yes, market.no) =
            (TokenId::new(format!("{id}-yes")).unwrap(), TokenId::new(format!("{id}-no")).unwrap());
        market.question = format!("Will candidate {i} win the {group} election?");
        market.description =
            Some(format!("This market resolves to \"Yes\" if candidate {i} wins the {group} election."));
        (market.group_title, market.event) = (None, None);
        market.neg_risk = Some(NegRisk { group: NegRiskId::new(group).unwrap(), augmented: false, other: false });
        market.end = Timestamp::parse("2027-01-20");
        (market.best_bid, market.best_ask) = (Price::from_e4(3_600).ok(), Price::from_e4(3_800).ok());
        world.source.0.lock().unwrap().markets.push(market);
        world.book(&format!("{id}-no"), no_ask - 100, no_ask);
    }
}

async fn scan(world: &World, min_edge_ppm: i64) -> (ScanReport, Vec<Effect>) {
    let task = HedgeTask::Scan { query: None, limit: None, min_edge_ppm };
    let done = world.run(&HedgeSpecialist::new(world.setup.clone()), Task::Hedge(task)).await.unwrap();
    match done.report {
        Report::Scan(report) => (report, done.effects),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_whose_noes_cost_less_than_they_must_pay_is_told_and_the_dear_one_is_counted() {
    let world = World::new();
    let (before, _) = scan(&world, 0).await;
    assert_eq!((before.hedges.len(), before.baskets.len(), before.sets_priced), (2, 0, 0));
    election(&world, "Lorn", 301, 6_400);
    // By its listing it would pay as well; by its books it does not.
    election(&world, "Marn", 401, 6_700);
    let (report, effects) = scan(&world, 0).await;
    assert_eq!((report.hedges.len(), report.sets_priced), (2, 2));
    assert_eq!(
        report.sets_refused.iter().map(|(why, n)| (why.as_str(), *n)).collect::<Vec<_>>(),
        [("nothing_pays", 1)]
    );
    let [found] = &report.baskets[..] else { panic!("{:?}", report.baskets) };
    assert_eq!(found.certificate.relation, Relation::Excludes);
    let bought: Vec<(&str, Outcome)> = found.legs.iter().map(|l| (l.market.as_str(), l.outcome)).collect();
    assert_eq!(bought, [("301", Outcome::No), ("302", Outcome::No), ("303", Outcome::No)]);
    assert!(found.basket.legs.iter().all(|l| l.shares == Shares::whole(500)));
    // Two of the three NOs pay at least: 2 × 500 − 3 × (500 × 0.64 + 500 × 0.04 × 0.64 × 0.36).
    assert_eq!(found.basket.worst, "26.176".parse().unwrap());
    // The end of 2027-01-20 as the venue has it, five days after the present rounded up, and two for a dispute.
    assert_eq!((found.tier, found.days), (Tier::T0, Some(7)));

    // It has no number, no stored row and no price history: nothing can open it.
    assert_eq!(world.desk.0.lock().unwrap().hedges.len(), 2);
    for effect in effects {
        let written = serde_json::to_string(&effect).unwrap();
        assert!(!written.contains("303-no"), "{written}");
    }
    let again = serde_json::from_value(serde_json::to_value(&report).unwrap()).unwrap();
    assert_eq!(report, again, "the journal keeps it whole");

    // 26.176 of 973.824 is 2.68%.
    let (report, _) = scan(&world, 30_000).await;
    assert_eq!((report.baskets.len(), report.sets_priced, report.sets_refused["nothing_pays"]), (0, 2, 2));

    // Far from paying by its listing: its other books are not read.
    world.change("402", |m| m.best_bid = Price::from_e4(2_000).ok());
    let (report, _) = scan(&world, 0).await;
    assert_eq!((report.baskets.len(), report.sets_priced, report.sets_refused.len()), (1, 1, 0));
}
