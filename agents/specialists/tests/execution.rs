//! Orders meet the books of the moment they arrive: whole, short, gone, or with nobody to sell a lonely leg to.

#[allow(dead_code)] // Each test uses its part of it.
mod support;

use betty_bus::report::NoteReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::{HedgeTask, PaperTask};
use betty_bus::{Effect, HedgeId, Report, Specialist, Task, TaskError, TaskId};
use betty_market::{Book, Depth, Shares, TokenId, Usdc};
use betty_specialists::hedge::HedgeSpecialist;
use betty_specialists::paper::PaperTrader;
use betty_specialists::{Execution, Setup};
use betty_trading::entry::EntryPolicy;
use std::sync::Arc;
use support::{NOW, Venue, World, level};
use tokio_util::sync::CancellationToken;

/// A world whose orders give up a lonely leg at once, with its hedge on markets 101 and 102 stored.
async fn world() -> (World, HedgeId) {
    let mut world = World::new();
    let policy = EntryPolicy { deadline_ms: 0, band_ppm: 0 };
    world.setup =
        Arc::new(Setup { execution: Execution { latency_ms: 20, jitter_ms: 20, policy }, ..(*world.setup).clone() });
    let scan = Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 });
    world.run(&HedgeSpecialist::new(world.setup.clone()), scan).await.unwrap();
    let stored = world.desk.0.lock().unwrap();
    let hedge = stored.hedges.values().find(|s| s.hedge.legs.iter().any(|l| l.market.as_str() == "101")).unwrap().id;
    drop(stored);
    (world, hedge)
}

fn put(venue: &mut Venue, token: &str, bids: &[(u16, i64)], asks: &[(u16, i64)]) {
    let token = TokenId::new(token).unwrap();
    let levels = |l: &[(u16, i64)]| l.iter().map(|(p, s)| level(*p, *s)).collect::<Vec<_>>();
    venue.books.insert(token.clone(), Book::from_levels(token, NOW, Depth::Full, levels(bids), levels(asks)));
}

/// Opens the hedge while the venue changes between the decision and the arrival of the orders.
async fn open(
    world: &World,
    hedge: HedgeId,
    change: impl Fn(&mut Venue) + Send + Sync + 'static,
) -> Result<Done, TaskError> {
    let source = world.source.clone();
    let attempt = Attempt {
        task: TaskId::new(1).unwrap(),
        number: 1,
        cancel: CancellationToken::new(),
        market: world.source.clone(),
        desk: world.desk.clone(),
        progress: Arc::new(move |what| {
            if what.contains("on their way") {
                change(&mut source.0.lock().unwrap());
            }
        }),
    };
    let task = PaperTask::Open { hedge, confidence: None, strategy: None, size: Some(Usdc::whole(48)) };
    PaperTrader::new(world.setup.clone()).run(&attempt, Task::Paper(task)).await
}

fn kinds(done: &Done) -> Vec<String> {
    let rows = done.effects.iter().filter_map(|e| match e {
        Effect::Ledger { rows, .. } => Some(rows),
        _ => None,
    });
    rows.flatten().map(|r| r.kind.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn books_that_stay_fill_what_was_decided() {
    let (world, hedge) = world().await;
    let done = open(&world, hedge, |_| {}).await.unwrap();
    assert_eq!(kinds(&done), ["account_opened", "hedge_opened"]);
    let Report::Opened(report) = &done.report else { panic!("{:?}", done.report) };
    assert_eq!(report.opened.shares, report.sizing.shares);
    assert!(!report.notes.iter().any(|n| n.contains("one leg")), "{:?}", report.notes);
}

#[tokio::test(start_paused = true)]
async fn a_leg_that_is_gone_leaves_a_booked_loss_and_no_position() {
    let (world, hedge) = world().await;
    let done = open(&world, hedge, |v| put(v, "102-yes", &[(2_400, 500)], &[(2_900, 500)])).await.unwrap();
    assert_eq!(kinds(&done), ["account_opened", "leg_unwound"]);
    let Report::Note(NoteReport { title, text }) = &done.report else { panic!("{:?}", done.report) };
    assert!(title.contains("one leg stayed alone") && text.contains("at a loss of $"), "{title}: {text}");
    world.desk.write(done.effects);
    let rows = world.desk.0.lock().unwrap().ledger.clone();
    assert!(rows.iter().all(|r| r.postings.iter().map(|p| p.amount).sum::<Usdc>() == Usdc::ZERO));
}

#[tokio::test(start_paused = true)]
async fn half_a_leg_opens_half_the_hedge_and_says_so() {
    let (world, hedge) = world().await;
    let done = open(&world, hedge, |v| put(v, "102-yes", &[(2_400, 500)], &[(2_500, 20)])).await.unwrap();
    assert_eq!(kinds(&done), ["account_opened", "leg_unwound", "hedge_opened"]);
    let Report::Opened(report) = &done.report else { panic!("{:?}", done.report) };
    assert_eq!(report.opened.shares, Shares::whole(20));
    assert!(report.notes.iter().any(|n| n.contains("fewer than the planned")), "{:?}", report.notes);
}

#[tokio::test(start_paused = true)]
async fn both_legs_gone_is_a_refusal_that_writes_nothing() {
    let (world, hedge) = world().await;
    let refused = open(&world, hedge, |v| {
        put(v, "101-no", &[(7_000, 500)], &[(7_900, 500)]);
        put(v, "102-yes", &[(2_400, 500)], &[(2_900, 500)]);
    })
    .await
    .unwrap_err();
    assert!(refused.message.contains("nothing was bought"), "{}", refused.message);
    assert!(world.desk.0.lock().unwrap().ledger.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_lonely_leg_without_bids_counts_as_lost() {
    let (world, hedge) = world().await;
    let done = open(&world, hedge, |v| {
        put(v, "101-no", &[], &[(7_100, 500)]);
        put(v, "102-yes", &[], &[(2_900, 500)]);
    })
    .await
    .unwrap();
    assert_eq!(kinds(&done), ["account_opened", "leg_unwound"]);
    let Report::Note(NoteReport { text, .. }) = &done.report else { panic!("{:?}", done.report) };
    // About forty-eight dollars were planned for both legs; the dear one is most of it.
    assert!(text.contains("at a loss of $3"), "{text}");
}
