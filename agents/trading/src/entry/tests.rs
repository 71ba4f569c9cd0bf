//! Entries whose legs come in whole, in part, late, or not at all.

use super::*;
use crate::paper::fixtures::{NOW, Scene, level, request};
use crate::paper::{SizeRequest, open};
use betty_market::Level;
use proptest::prelude::*;

/// Sends the worked example's hedge at 120 shares: limits 0.72 on leg 0 and 0.26 on leg 1.
fn sent(policy: EntryPolicy) -> (Scene, Entry) {
    let scene = Scene::worked_example().without_caps();
    let mut ask = request();
    ask.size = Some(SizeRequest::Shares(Shares::whole(120)));
    let decision = open(&scene.desk(), None, &scene.hedge, &scene.legs(), &ask).unwrap();
    let LedgerEvent::HedgeOpened(draft) = decision.event else { panic!("an open") };
    (scene, Entry::new(*draft, policy))
}

fn view(scene: &Scene, leg: usize) -> LegView<'_> {
    let shown = scene.books[leg].as_ref().unwrap();
    LegView { shown, tradable: scene.account.tradable(shown, 0), fee: scene.markets[leg].fee.unwrap() }
}

fn both(scene: &Scene) -> Vec<Option<LegView<'_>>> {
    vec![Some(view(scene, 0)), Some(view(scene, 1))]
}

fn at(ms: i64) -> Timestamp {
    NOW.plus_millis(ms)
}

/// The end's events are ones an account takes, and the money adds up.
fn book_all(scene: &Scene, end: &EntryEnd) -> Account {
    let mut account = scene.account.clone();
    for event in &end.events {
        account.apply(event).unwrap();
    }
    assert_eq!(account.cash() + account.positions_at_cost(), account.starting() + account.realised_real());
    account
}

#[test]
fn whole_legs_open_what_was_decided() {
    let (scene, mut entry) = sent(EntryPolicy::default());
    let decided = entry.draft().clone();
    entry.arrive(0, Some(&view(&scene, 0)), at(100));
    assert_eq!(entry.advance(&both(&scene), &scene.costs, at(100)), None, "the second leg is still on its way");
    entry.arrive(1, Some(&view(&scene, 1)), at(140));
    let end = entry.advance(&both(&scene), &scene.costs, at(140)).unwrap();
    assert_eq!((end.how, end.naked_ms, end.loss), (EntryHow::Opened, 40, Usdc::ZERO));
    let account = book_all(&scene, &end);
    let opened = &account.open_positions().next().unwrap().opened;
    // Nothing moved between decision and match: the fills are the decision's.
    assert_eq!(
        (opened.shares, opened.at_cost(), opened.costs.fee),
        (decided.shares, decided.at_cost(), decided.costs.fee)
    );
    assert_eq!(opened.at, at(140));
}

#[test]
fn a_leg_that_is_gone_is_unwound_at_the_deadline() {
    let (mut scene, mut entry) = sent(EntryPolicy { deadline_ms: 1_000, band_ppm: 20_000 });
    entry.arrive(0, Some(&view(&scene, 0)), at(0));
    // The second leg's asks have moved beyond the limit and the band: 0.26 × 1.02 = 0.2652.
    scene.set_asks(1, vec![level(2_660, 500)]);
    entry.arrive(1, Some(&view(&scene, 1)), at(50));
    assert_eq!(entry.advance(&both(&scene), &scene.costs, at(999)), None);
    let end = entry.advance(&both(&scene), &scene.costs, at(1_000)).unwrap();
    assert_eq!((end.how, end.naked_ms, end.completed), (EntryHow::Unwound, 1_000, false));
    // Bought 80 at 0.71 and 40 at 0.72, sold 120 at 0.70: 1.60 and the fees of both ways.
    let fee = scene.markets[0].fee.unwrap();
    let at_price = |e4, shares| fee.fee(Price::from_e4(e4).unwrap(), Shares::whole(shares));
    let fees = at_price(7_100, 80) + at_price(7_200, 40) + at_price(7_000, 120);
    assert_eq!(end.loss, "1.60".parse::<Usdc>().unwrap() + fees);
    let account = book_all(&scene, &end);
    assert_eq!((account.open_count(), account.cash()), (0, account.starting() - end.loss));
}

#[test]
fn a_leg_a_little_dearer_is_completed_within_the_band() {
    let (mut scene, mut entry) = sent(EntryPolicy::default());
    entry.arrive(0, Some(&view(&scene, 0)), at(0));
    scene.set_asks(1, vec![level(2_650, 500)]);
    entry.arrive(1, Some(&view(&scene, 1)), at(50));
    let end = entry.advance(&both(&scene), &scene.costs, at(60)).unwrap();
    assert_eq!((end.how, end.completed, end.naked_ms), (EntryHow::Opened, true, 60));
    let account = book_all(&scene, &end);
    assert_eq!(account.open_positions().next().unwrap().opened.legs[1].walk.fills[0].price.e4(), 2_650);
}

#[test]
fn half_a_leg_opens_half_a_hedge() {
    let (mut scene, mut entry) = sent(EntryPolicy { deadline_ms: 0, band_ppm: 0 });
    entry.arrive(0, Some(&view(&scene, 0)), at(0));
    scene.set_asks(1, vec![level(2_600, 50)]);
    entry.arrive(1, Some(&view(&scene, 1)), at(0));
    let end = entry.advance(&both(&scene), &scene.costs, at(0)).unwrap();
    assert_eq!(end.how, EntryHow::OpenedSmaller);
    let account = book_all(&scene, &end);
    let opened = &account.open_positions().next().unwrap().opened;
    assert_eq!(opened.shares, Shares::whole(50));
    // The dearest shares were given up: what is kept was bought at 0.71.
    assert_eq!(opened.legs[0].walk.amount, "35.50".parse().unwrap());
}

#[test]
fn what_the_order_took_is_not_there_again() {
    let (mut scene, mut entry) = sent(EntryPolicy::default());
    entry.arrive(0, Some(&view(&scene, 0)), at(0));
    scene.set_asks(1, vec![level(2_600, 50)]);
    entry.arrive(1, Some(&view(&scene, 1)), at(0));
    // The same fifty are still displayed: they are ours already.
    assert_eq!(entry.advance(&both(&scene), &scene.costs, at(10)), None);
    // Now somebody offers more at that price.
    scene.set_asks(1, vec![level(2_600, 90)]);
    let end = entry.advance(&both(&scene), &scene.costs, at(20)).unwrap();
    assert_eq!((end.how, end.completed), (EntryHow::Opened, true));
}

#[test]
fn nothing_bought_is_nothing_booked() {
    let (scene, mut entry) = sent(EntryPolicy::default());
    entry.arrive(0, None, at(5));
    entry.arrive(1, None, at(6));
    let end = entry.advance(&[None, None], &scene.costs, at(6)).unwrap();
    assert_eq!((end.how, end.events.len(), end.naked_ms), (EntryHow::Unfilled, 0, 0));
}

#[test]
fn without_bids_the_leg_waits_until_its_market_pays() {
    let (mut scene, mut entry) = sent(EntryPolicy { deadline_ms: 0, band_ppm: 0 });
    entry.arrive(0, Some(&view(&scene, 0)), at(0));
    entry.arrive(1, None, at(0));
    scene.set_bids(0, Vec::new());
    assert_eq!(entry.advance(&[Some(view(&scene, 0)), None], &scene.costs, at(9_000)), None);
    entry.ended(0, Resolution::No);
    let end = entry.advance(&[None, None], &scene.costs, at(10_000)).unwrap();
    // NO was held: a dollar a share against 85.60 and its fees.
    assert_eq!(end.how, EntryHow::Unwound);
    assert!(end.loss < Usdc::ZERO);
    let account = book_all(&scene, &end);
    assert_eq!(account.cash(), account.starting() - end.loss);
}

#[test]
fn what_nobody_bids_for_is_counted_as_lost() {
    let (scene, mut entry) = sent(EntryPolicy { deadline_ms: 0, band_ppm: 0 });
    entry.arrive(0, Some(&view(&scene, 0)), at(0));
    entry.arrive(1, None, at(0));
    entry.write_off();
    let end = entry.advance(&[None, None], &scene.costs, at(60_000)).unwrap();
    // Everything paid for 80 at 0.71 and 40 at 0.72 with their fees.
    assert_eq!((end.how, end.loss), (EntryHow::Unwound, "86.58144".parse().unwrap()));
    book_all(&scene, &end);
}

#[test]
fn a_book_that_cannot_be_traded_on_is_no_view() {
    let scene = Scene::worked_example();
    let seen = |scene: &Scene, ms: i64| {
        LegView::new(&scene.markets[0], scene.books[0].as_ref(), &scene.account, &scene.limits, at(ms)).is_some()
    };
    assert!(seen(&scene, 0));
    assert!(!seen(&scene, scene.limits.book_age_ms_max + 1));
    let mut one_sided = scene.clone();
    one_sided.set_asks(0, Vec::new());
    assert!(seen(&one_sided, 0), "bids alone are enough to sell into");
    let mut halted = scene.clone();
    halted.markets[0].status = betty_market::MarketStatus::Halted;
    assert!(!seen(&halted, 0));
    let mut crossed = scene;
    crossed.set_bids(0, vec![level(7_200, 5)]);
    assert!(!seen(&crossed, 0));
}

fn asks() -> impl Strategy<Value = Vec<Level>> {
    prop::collection::vec((2_500_u16..7_400, 1_i64..200), 0..4)
        .prop_map(|l| l.into_iter().map(|(p, s)| level(p, s)).collect())
}

proptest! {
    /// Whatever the books do, the entry ends with equal legs, every dollar is accounted for, and no price is beyond limit and band.
    #[test]
    fn every_entry_ends_equal_and_to_the_cent(
        first in asks(), second in asks(), later in prop::collection::vec((0_usize..2, asks(), 0_i64..900), 0..6), deadline in 0_i64..2_000,
    ) {
        let (mut scene, mut entry) = sent(EntryPolicy { deadline_ms: deadline, band_ppm: 20_000 });
        scene.set_asks(0, first);
        scene.set_asks(1, second);
        entry.arrive(0, Some(&view(&scene, 0)), at(0));
        entry.arrive(1, Some(&view(&scene, 1)), at(30));
        let mut now = 30;
        let mut end = entry.advance(&both(&scene), &scene.costs, at(now));
        for (leg, asks, wait) in later {
            if end.is_some() { break; }
            now += wait;
            scene.set_asks(leg, asks);
            end = entry.advance(&both(&scene), &scene.costs, at(now));
        }
        // Bids for everything stand throughout, so that the end comes at the deadline at the latest.
        let end = end.or_else(|| entry.advance(&both(&scene), &scene.costs, at(now + 3_000))).unwrap();
        let account = book_all(&scene, &end);
        prop_assert_eq!(account.bankroll() + end.loss, account.starting() - account.open_positions().map(|p| p.costs()).sum::<Usdc>());
        for position in account.open_positions() {
            for (leg, limit) in position.opened.legs.iter().zip([7_344_u16, 2_652]) {
                prop_assert_eq!(leg.walk.shares, position.opened.shares);
                prop_assert!(leg.walk.fills.iter().all(|f| f.price.e4() <= limit));
            }
        }
        prop_assert_eq!(end.how == EntryHow::Unfilled, end.events.is_empty());
    }
}
