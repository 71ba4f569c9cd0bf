//! Breakers by their boundaries, and against a slow account of what they should say.

use super::*;
use crate::auto::{Candidate, EntryReason, decide_guarded};
use crate::exit::ExitReason;
use crate::ledger::LedgerEvent;
use crate::limits::Confidence;
use crate::paper::fixtures::{NOW, Scene, level, request};
use crate::paper::{SizeRequest, close, open};
use crate::strategy::template;
use crate::units::HOUR_MS;
use betty_market::Shares;
use proptest::prelude::{prop, prop_assert_eq, proptest};

/// A position that was sold with this net result.
fn sold(template: &Position, number: u64, net: Usdc, reason: ExitReason, at: Timestamp) -> Position {
    let mut position = template.clone();
    position.opened.position = PositionId::new(number);
    position.opened.hedge_key = format!("key-{number}");
    let Some(PositionEnd::Closed(closed)) = &mut position.end else { panic!("a closed position") };
    closed.position = PositionId::new(number);
    closed.reason = reason;
    closed.at = at;
    let off = net - template.real_pnl().unwrap();
    closed.legs[0].walk.amount += off;
    assert_eq!(position.real_pnl(), Some(net));
    position
}

/// A position of 120 shares that was bought and sold.
fn traded() -> (Scene, Position) {
    let mut scene = Scene::worked_example().without_caps();
    let size = Some(SizeRequest::Shares(Shares::whole(120)));
    let bought = crate::paper::OpenRequest { size, ..request() };
    let opened = open(&scene.desk(), Some(4), &scene.hedge, &scene.legs(), &bought).unwrap();
    scene.account.apply(&opened.event).unwrap();
    let one = PositionId::new(1);
    let closed = close(&scene.desk(), one, &scene.legs(), ExitReason::StopLoss, "a stop").unwrap();
    scene.account.apply(&closed.event).unwrap();
    let position = scene.account.position(one).unwrap().clone();
    (scene, position)
}

fn dollar(n: i64) -> Usdc {
    Usdc::whole(n)
}

fn after(hours: i64) -> Timestamp {
    NOW.plus_millis(hours * HOUR_MS)
}

fn of(breakers: &Breakers, breaker: Breaker, now: Timestamp) -> Standing {
    breakers.standings(now).into_iter().find(|s| s.breaker == breaker).unwrap()
}

#[test]
fn three_stops_in_a_row_pause_entries_for_the_cooldown() {
    let (_, template) = traded();
    let mut breakers = Breakers::new(dollar(1_000), &Limits::default());
    for (n, reason) in
        [ExitReason::StopLoss, ExitReason::TargetProfitPct, ExitReason::TrailingStop, ExitReason::ProofVoided]
            .into_iter()
            .enumerate()
    {
        breakers.ended(&sold(&template, n as u64 + 1, dollar(1), reason, after(n as i64)));
        assert_eq!(breakers.tripped(after(n as i64)), None, "{n}: another exit breaks the row");
    }
    breakers.ended(&sold(&template, 5, dollar(-1), ExitReason::LiquidityStop, after(4)));
    let trip = breakers.tripped(after(4)).unwrap();
    assert_eq!((trip.breaker, trip.position, trip.at), (Breaker::StopStreak, PositionId::new(5), after(4)));
    assert_eq!(trip.until, after(28));
    assert!(trip.to_string().contains("3 trades in a row ended by a stop, 3 are the limit"), "{trip}");
    assert!(trip.to_string().contains(&trip.until.to_string()), "it says when it ends: {trip}");
    assert!(breakers.tripped(after(28).plus_millis(-1)).is_some());
    assert_eq!(breakers.tripped(after(28)), None);
    assert_eq!(of(&breakers, Breaker::StopStreak, after(28)).words(), "3 in a row, trips at 3");
    // One more stop after the pause is a row of four.
    breakers.ended(&sold(&template, 6, dollar(1), ExitReason::StopLoss, after(30)));
    assert_eq!(breakers.tripped(after(31)).map(|t| t.until), Some(after(54)));
}

#[test]
fn a_drawdown_trips_at_its_limit_and_is_then_measured_anew() {
    let (_, template) = traded();
    let limits = Limits { day_loss_pct: 0, stop_streak: 0, ..Limits::default() };
    let hand = ExitReason::Manual;
    let mut breakers = Breakers::new(dollar(900), &limits);
    breakers.ended(&sold(&template, 1, dollar(100), hand, after(0)));
    // 15% of the peak of $1,000.
    breakers.ended(&sold(&template, 2, Usdc::from_micros(-149_999_999), hand, after(1)));
    assert_eq!(breakers.tripped(after(1)), None);
    assert_eq!(of(&breakers, Breaker::Drawdown, after(1)).measured, 149_999);
    breakers.ended(&sold(&template, 3, Usdc::from_micros(-1), hand, after(2)));
    let trip = breakers.tripped(after(2)).unwrap();
    assert_eq!((trip.breaker, trip.until), (Breaker::Drawdown, after(26)));
    assert!(trip.words.contains("fell 15% from $1,000.00 to $850.00, 15% is the limit"), "{}", trip.words);
    assert!(of(&breakers, Breaker::Drawdown, after(3)).words().starts_with("TRIPPED at "));
    // $127.49 below $850 is under 15%; measured from the old peak it would be more.
    breakers.ended(&sold(&template, 4, Usdc::from_micros(-127_490_000), hand, after(30)));
    assert_eq!(breakers.tripped(after(30)), None);
    breakers.ended(&sold(&template, 5, dollar(-1), hand, after(31)));
    assert!(breakers.tripped(after(31)).is_some());
}

#[test]
fn a_day_that_loses_too_much_ends_at_midnight() {
    let (_, template) = traded();
    let limits = Limits { drawdown_pct: 0, stop_streak: 0, ..Limits::default() };
    let mut breakers = Breakers::new(dollar(1_000), &limits);
    let midnight = Timestamp::parse("2027-01-16T00:00:00Z").unwrap();
    breakers.ended(&sold(&template, 1, dollar(-49), ExitReason::Manual, midnight.plus_millis(-2)));
    assert_eq!(breakers.tripped(midnight.plus_millis(-2)), None);
    assert_eq!(of(&breakers, Breaker::DayLoss, midnight.plus_millis(-1)).words(), "4.9% lost today (UTC), trips at 5%");
    breakers.ended(&sold(&template, 2, dollar(-1), ExitReason::Manual, midnight.plus_millis(-1)));
    let trip = breakers.tripped(midnight.plus_millis(-1)).unwrap();
    assert_eq!((trip.breaker, trip.until), (Breaker::DayLoss, midnight));
    assert_eq!(breakers.tripped(midnight), None);
    assert_eq!(of(&breakers, Breaker::DayLoss, midnight).measured, 0, "a new day");
    // The next day is measured on what is left: 5% of $950.
    breakers.ended(&sold(&template, 3, Usdc::from_micros(-47_499_999), ExitReason::Manual, midnight));
    assert_eq!(breakers.tripped(midnight), None);
    breakers.ended(&sold(&template, 4, Usdc::from_micros(-1), ExitReason::Manual, midnight));
    assert!(breakers.tripped(midnight).is_some());
}

#[test]
fn a_limit_of_zero_is_off() {
    let (_, template) = traded();
    let limits =
        Limits { drawdown_pct: 0, stop_streak: 0, day_loss_pct: 0, reentry_cooldown_ms: 0, ..Limits::default() };
    let mut breakers = Breakers::new(dollar(1_000), &limits);
    for n in 1..=9 {
        breakers.ended(&sold(&template, n, dollar(-100), ExitReason::StopLoss, NOW));
    }
    assert_eq!(breakers.tripped(NOW), None);
    assert_eq!(breakers.cooling("key-9", NOW), None);
    assert!(breakers.standings(NOW).iter().all(|s| s.words().ends_with("off")));
}

/// Entries pause, with the breaker's numbers as the reason; what is held can be sold all the same.
#[test]
fn while_tripped_every_entry_is_refused_and_exits_go_through() {
    let (mut scene, _) = traded();
    let strategy = template("balanced").unwrap();
    let decide = |scene: &Scene, breakers: &Breakers| {
        let legs = scene.legs();
        let candidates = [Candidate { hedge_id: Some(4), hedge: &scene.hedge, legs: &legs, between: &[] }];
        decide_guarded(&scene.desk(), breakers, &strategy, Confidence::High, &candidates).into_iter().next().unwrap()
    };
    // What the account took stays taken until the levels change.
    let renew = |scene: &mut Scene, n: i64| {
        scene.set_asks(0, vec![level(7_100, 80 + n), level(7_200, 300)]);
        scene.set_asks(1, vec![level(2_600, 120 + n)]);
    };
    renew(&mut scene, 1);
    let free = Breakers::new(dollar(1_000), &scene.limits);
    assert!(decide(&scene, &free).take);
    // Just sold: not at once again, and after the pause it is.
    let breakers = Breakers::of(&scene.account, &scene.limits);
    let cooled = decide(&scene, &breakers);
    assert!(matches!(cooled.reason, EntryReason::Cooling { until, .. } if until == after(6)), "{:?}", cooled.reason);
    assert_eq!((cooled.reason.name(), cooled.take), ("cooling", false));
    assert_eq!(breakers.cooling(&scene.hedge.key, after(6)), None);

    let limits = Limits { stop_streak: 1, ..scene.limits.clone() };
    let tripped = Breakers::of(&scene.account, &limits);
    let refused = decide(&scene, &tripped);
    assert!(matches!(&refused.reason, EntryReason::Halted { trip } if trip.breaker == Breaker::StopStreak));
    assert_eq!((refused.take, refused.open, refused.reason.name()), (false, None, "halted_stop_streak"));
    assert!(refused.reason.to_string().contains("1 trades in a row ended by a stop"), "{}", refused.reason);

    renew(&mut scene, 2);
    // A person may still buy by hand, and whatever is held can be sold while the breaker is tripped.
    let opened = open(&scene.desk(), Some(4), &scene.hedge, &scene.legs(), &request()).unwrap();
    scene.account.apply(&opened.event).unwrap();
    let two = PositionId::new(2);
    let closed = close(&scene.desk(), two, &scene.legs(), ExitReason::StopLoss, "a stop").unwrap();
    scene.account.apply(&closed.event).unwrap();
    assert!(!scene.account.position(two).unwrap().is_open());
}

#[test]
fn the_account_says_the_same_as_trade_by_trade() {
    let (scene, position) = traded();
    let mut fed = Breakers::new(scene.account.starting(), &scene.limits);
    fed.ended(&position);
    let mut open = position.clone();
    open.end = None;
    fed.ended(&open);
    assert_eq!(fed, Breakers::of(&scene.account, &scene.limits));
    assert!(matches!(scene.account.positions().next().map(Position::is_open), Some(false)));
    let journal = serde_json::to_string(&LedgerEvent::HedgeOpened(Box::new(position.opened))).unwrap();
    assert!(!journal.contains("breaker"), "nothing of it is kept: it follows from the trades");
}

/// One trade of a random history: result in cents, whether a stop ended it, hours since the one before.
type Random = (i64, bool, i64);

/// What the breakers should say at the end of a history, worked out from scratch for every question.
fn slow(history: &[(Usdc, bool, Timestamp)], limits: &Limits, now: Timestamp) -> [bool; 3] {
    let start = dollar(1_000);
    let equity = |n: usize| history[..n].iter().fold(start, |sum, (net, ..)| sum + *net);
    let over = |fall: Usdc, base: Usdc, pct: u32| {
        i128::from(fall.micros()) * 100 >= i128::from(base.micros()) * i128::from(pct)
    };
    let cools = |at: Timestamp| now.since(at) < limits.breaker_cooldown_ms;
    let n = limits.stop_streak as usize;
    let streak = (0..history.len())
        .any(|k| k + 1 >= n && history[k + 1 - n..=k].iter().all(|(_, stop, _)| *stop) && cools(history[k].2));
    let (mut from, mut drawdown) = (0, false);
    for k in 1..=history.len() {
        let peak = (from..=k).map(equity).max().unwrap();
        if over(peak - equity(k), peak, limits.drawdown_pct) {
            drawdown |= cools(history[k - 1].2);
            from = k;
        }
    }
    let day = |at: Timestamp| at.millis().div_euclid(DAY_MS);
    let first = history.iter().position(|(.., at)| day(*at) == day(now));
    let lost = first.is_some_and(|first| {
        (first + 1..=history.len()).any(|k| over(equity(first) - equity(k), equity(first), limits.day_loss_pct))
    });
    [drawdown, streak, lost]
}

proptest! {
    #[test]
    fn breakers_agree_with_a_slow_account_of_them(
        trades in prop::collection::vec((-6_000_i64..5_000, prop::bool::ANY, 0_i64..20), 1..40), wait in 0_i64..40,
        streak in 1_u32..4, drawdown in 1_u32..20, day in 1_u32..10,
    ) {
        let trades: Vec<Random> = trades;
        let limits = Limits { stop_streak: streak, drawdown_pct: drawdown, day_loss_pct: day, ..Limits::default() };
        let (_, template) = traded();
        let mut breakers = Breakers::new(dollar(1_000), &limits);
        let (mut at, mut history) = (NOW, Vec::new());
        for (i, (cents, stop, hours)) in trades.into_iter().enumerate() {
            at = at.plus_millis(hours * HOUR_MS);
            let net = Usdc::from_micros(cents * 10_000);
            let reason = if stop { ExitReason::StopLoss } else { ExitReason::TargetProfitPct };
            breakers.ended(&sold(&template, i as u64 + 1, net, reason, at));
            history.push((net, stop, at));
        }
        let now = at.plus_millis(wait * HOUR_MS);
        let said = breakers.standings(now).iter().map(|s| s.trip.is_some()).collect::<Vec<_>>();
        prop_assert_eq!(said, slow(&history, &limits, now).to_vec());
        prop_assert_eq!(breakers.tripped(now).is_some(), slow(&history, &limits, now).contains(&true));
    }
}
