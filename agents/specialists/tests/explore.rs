//! One market, its books, its ladder and what is related to it.

mod support;

use betty_bus::report::LadderKind;
use betty_bus::task::HedgeTask;
use betty_bus::{Report, Task, TaskErrorKind};
use betty_hedging::Evidence;
use betty_market::{MarketId, Outcome, Price};
use betty_specialists::hedge::HedgeSpecialist;
use support::World;

fn id(text: &str) -> MarketId {
    MarketId::new(text).unwrap()
}

async fn look(world: &World, task: HedgeTask) -> Report {
    world.run(&HedgeSpecialist::new(world.setup.clone()), Task::Hedge(task)).await.unwrap().report
}

#[tokio::test]
async fn a_ladder_goes_from_the_strongest_claim_to_the_weakest() {
    let world = World::new();
    for asked in ["101", "102"] {
        let Report::Ladder(r) = look(&world, HedgeTask::Ladder { market: id(asked) }).await else { panic!("a ladder") };
        let rungs: Vec<&str> = r.rungs.iter().map(|r| r.market.id.as_str()).collect();
        assert_eq!((r.kind, rungs), (LadderKind::Chain, vec!["101", "102"]), "by March is the stronger claim");
        let link = r.rungs[0].next.as_ref().expect("a proof");
        assert_eq!((link.relation.as_str(), link.evidence), ("a_implies_b", Evidence::Proven));
        assert_eq!(r.rungs[1].next, None);
        // Only the books that are there have asks.
        assert_eq!((r.rungs[0].yes_ask, r.rungs[0].no_ask), (None, Price::from_e4(7_100).ok()));
        assert_eq!((r.rungs[1].yes_ask, r.rungs[1].no_ask), (Price::from_e4(2_500).ok(), None));
    }
    // Other words in the rule: no chain any more, but still one event.
    world.change("102", |m| m.description = Some("It is decided by a coin.".to_owned()));
    let Report::Ladder(r) = look(&world, HedgeTask::Ladder { market: id("101") }).await else { panic!("a ladder") };
    assert_eq!((r.kind, r.rungs.len(), r.rungs[0].next.clone()), (LadderKind::Event, 2, None));
    world.change("102", |m| m.event = None);
    world.change("102", |m| m.question = "Will a coin fall?".to_owned());
    let Report::Ladder(r) = look(&world, HedgeTask::Ladder { market: id("101") }).await else { panic!("a ladder") };
    assert_eq!((r.kind, r.rungs.len()), (LadderKind::Alone, 1));
}

#[tokio::test]
async fn what_is_related_is_said_from_the_side_of_the_market_asked_about() {
    let world = World::new();
    for (asked, other, relation) in [("101", "102", "a_implies_b"), ("102", "101", "b_implies_a")] {
        let task = HedgeTask::Related { market: id(asked), limit: 10 };
        let Report::Related(r) = look(&world, task).await else { panic!("relations") };
        let rows: Vec<_> = r.rows.iter().map(|r| (r.market.as_str(), r.link.relation.as_str())).collect();
        assert_eq!((rows, r.found, r.failed), (vec![(other, relation)], 1, 0), "{asked}");
    }
    world.change("102", |m| m.description = Some("It is decided by a coin.".to_owned()));
    let task = HedgeTask::Related { market: id("101"), limit: 10 };
    let Report::Related(r) = look(&world, task).await else { panic!("relations") };
    assert!(r.rows.is_empty() && r.unproven.len() == 1 && !r.unproven[0].why.is_empty(), "{r:?}");
}

#[tokio::test]
async fn a_market_comes_with_its_books_only_when_they_are_asked_for() {
    let world = World::new();
    world.book("101-yes", 2_800, 2_900);
    let Report::Market(r) = look(&world, HedgeTask::Market { market: id("101") }).await else { panic!("a market") };
    assert!(r.books.is_none() && r.market.id.as_str() == "101");
    let Report::Market(r) = look(&world, HedgeTask::Book { market: id("101") }).await else { panic!("a market") };
    let sides: Vec<Outcome> = r.books.unwrap().into_iter().map(|(side, _)| side).collect();
    assert_eq!(sides, [Outcome::Yes, Outcome::No]);
    let Report::Market(r) = look(&world, HedgeTask::Book { market: id("202") }).await else { panic!("a market") };
    let sides: Vec<Outcome> = r.books.unwrap().into_iter().map(|(side, _)| side).collect();
    assert_eq!(sides, [Outcome::Yes], "a book that is not there is not made up");
    for task in [
        HedgeTask::Market { market: id("9") },
        HedgeTask::Book { market: id("9") },
        HedgeTask::Ladder { market: id("9") },
        HedgeTask::Related { market: id("9"), limit: 3 },
    ] {
        let specialist = HedgeSpecialist::new(world.setup.clone());
        let error = world.run(&specialist, Task::Hedge(task)).await.unwrap_err();
        assert_eq!(error.kind, TaskErrorKind::Refused);
        assert!(error.message.contains("market 9"), "{error:?}");
    }
}
