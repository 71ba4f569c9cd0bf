//! Closing, settling, marking, and what the account shows afterwards.

use super::fixtures::{NOW, Scene, level, opening, request};
use super::*;
use crate::auto::{Marked, check};
use crate::exit::ExitReason;
use crate::ledger::{LedgerEvent, PositionId, PriceMark};
use crate::portfolio::{Marks, Portfolio, PositionFilter, positions};
use crate::strategy::template;
use betty_market::{MarketId, Outcome, Price, Resolution};
use proptest::prelude::*;

const ONE: PositionId = PositionId::new(1);

/// The worked example with 120 shares of each leg held.
fn held() -> Scene {
    let mut scene = Scene::worked_example().without_caps();
    let size = Some(SizeRequest::Shares(Shares::whole(120)));
    let decision =
        open(&scene.desk(), Some(4), &scene.hedge, &scene.legs(), &OpenRequest { size, ..request() }).unwrap();
    scene.account.apply(&decision.event).unwrap();
    scene
}

fn resolutions(a: Resolution, b: Resolution) -> Vec<(MarketId, Resolution)> {
    // Another market first: order and company do not matter.
    [("z", Resolution::No), ("b", b), ("a", a)].map(|(m, r)| (MarketId::new(m).unwrap(), r)).to_vec()
}

#[test]
fn a_close_walks_the_bids_of_every_leg() {
    let mut scene = held();
    scene.set_bids(0, vec![level(7_050, 100), level(7_000, 100)]);
    scene.set_bids(1, vec![level(2_550, 120)]);
    scene.now = NOW.plus_millis(3_600_000);
    for book in scene.books.iter_mut().flatten() {
        book.at = scene.now;
    }
    let decision = close(&scene.desk(), ONE, &scene.legs(), ExitReason::Manual, "by hand").unwrap();
    // 70.50 + 14.00 + 30.60 back for 116.80.
    assert_eq!(decision.proceeds, "115.10".parse().unwrap());
    assert_eq!(decision.gross_pnl, "-1.70".parse().unwrap());
    // Fees 0.83190 + 0.16800 and 0.91188 now, 1.90496 before.
    assert_eq!(decision.costs.fee, "1.91178".parse().unwrap());
    assert_eq!(decision.real_pnl, "-5.51674".parse().unwrap());
    assert_eq!(decision.hold_worst_case, Some("1.29504".parse().unwrap()));
    scene.account.apply(&decision.event).unwrap();
    let rows = positions(&scene.account, PositionFilter::Closed, &Marks::new(), scene.now);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].exit_reason, rows[0].held_ms), (Some(ExitReason::Manual), 3_600_000));
    assert_eq!((rows[0].real_pnl, rows[0].hedge_id), (Some(decision.real_pnl), Some(4)));
    assert!(positions(&scene.account, PositionFilter::Open, &Marks::new(), scene.now).is_empty());
    let again = close(&scene.desk(), ONE, &scene.legs(), ExitReason::Manual, "").unwrap_err();
    assert!(matches!(again, TradeRefusal::NotOpen { position: ONE }));
}

/// Property 3, as far as this crate goes: the journal of a session, written and read back, makes the same account.
#[test]
fn a_session_replays_from_its_journal() {
    let mut scene = Scene::worked_example();
    let mut journal = vec![serde_json::to_string(&opening(1_000, scene.account.source().clone())).unwrap()];
    let balanced = template("balanced").unwrap();
    for round in 0..4_i64 {
        scene.set_asks(0, vec![level(7_100, 80 + round), level(7_200, 300)]);
        scene.set_asks(1, vec![level(2_600, 120 + round)]);
        let chosen = OpenRequest { strategy: Some(&balanced), ..request() };
        let opened = open(&scene.desk(), Some(round), &scene.hedge, &scene.legs(), &chosen).unwrap();
        scene.account.apply(&opened.event).unwrap();
        journal.push(serde_json::to_string(&opened.event).unwrap());
        let id = opened.event.position().unwrap();
        let ended = if round % 2 == 0 {
            close(&scene.desk(), id, &scene.legs(), ExitReason::TimeBasedExit, "48 h held").unwrap().event
        } else {
            settle(&scene.desk(), id, &resolutions(Resolution::Void, Resolution::Yes)).unwrap().event
        };
        scene.account.apply(&ended).unwrap();
        journal.push(serde_json::to_string(&ended).unwrap());
    }
    let events: Vec<LedgerEvent> = journal.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let replayed = Account::replay(&events).unwrap();
    assert_eq!(replayed, scene.account);
    assert_eq!(replayed.next_position(), PositionId::new(5));
    let again: Vec<String> = events.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
    assert_eq!(again, journal);
}

#[test]
fn no_bid_is_a_refusal_and_never_a_price() {
    let mut scene = held();
    let try_it = |scene: &Scene| close(&scene.desk(), ONE, &scene.legs(), ExitReason::StopLoss, "").unwrap_err();
    let value = |scene: &Scene| mark(&scene.desk(), scene.account.position(ONE).unwrap(), &scene.legs());
    assert!(value(&scene).value.is_some());
    scene.set_bids(1, vec![level(2_550, 119)]);
    let thin = try_it(&scene);
    assert!(matches!(&thin, TradeRefusal::NoBid { there, .. } if *there == Shares::whole(119)), "{thin}");
    assert_eq!(value(&scene).value, None);
    assert!(value(&scene).missing.unwrap().contains("market b"));
    assert!(value(&scene).legs[0].value.is_some());
    scene.set_bids(1, vec![]);
    assert!(matches!(try_it(&scene), TradeRefusal::NoBid { there: Shares::ZERO, .. }));
    assert_eq!(value(&scene).value, None);
    scene.books[1] = None;
    assert!(matches!(try_it(&scene), TradeRefusal::NoBook { .. }));
    assert_eq!(value(&scene).value, None);
    let unknown = close(&scene.desk(), PositionId::new(7), &scene.legs(), ExitReason::Manual, "").unwrap_err();
    assert!(matches!(unknown, TradeRefusal::UnknownPosition { .. }));
}

#[test]
fn a_mark_is_what_the_bids_pay_after_fees() {
    let scene = held();
    // 120 × 0.70 − 0.04·120·0.21 and 120 × 0.25 − 0.04·120·0.1875.
    let mark = mark(&scene.desk(), scene.account.position(ONE).unwrap(), &scene.legs());
    assert_eq!(mark.value, Some("112.092".parse().unwrap()));
    assert_eq!(mark.missing, None);
}

#[test]
fn manual_closes_are_marked_and_checked() {
    let scene = held();
    let prices = |a: u16, b: u16| {
        [(0, a), (1, b)].map(|(i, e4)| ManualPrice { market: &scene.markets[i], price: Price::from_e4(e4).unwrap() })
    };
    let decision = close_manual(&scene.desk(), ONE, &prices(7_200, 2_800), "prices given").unwrap();
    // 120 × (0.72 + 0.28)
    assert_eq!(decision.proceeds, Usdc::whole(120));
    let LedgerEvent::HedgeClosed(event) = &decision.event else { panic!() };
    assert_eq!((event.prices, event.reason), (PriceMark::Manual, ExitReason::Manual));
    let bad = close_manual(&scene.desk(), ONE, &prices(0, 2_800), "").unwrap_err();
    assert!(matches!(bad, TradeRefusal::BadPrice { .. }));
    let mismatch = close_manual(&scene.desk(), ONE, &prices(7_200, 2_800)[..1], "").unwrap_err();
    assert!(matches!(mismatch, TradeRefusal::LegMismatch { .. }));
    let mut costly = scene.clone();
    costly.costs.proxy = Some(Usdc::whole(5_000));
    let refusal = close_manual(&costly.desk(), ONE, &prices(7_200, 2_800), "").unwrap_err();
    assert!(matches!(refusal, TradeRefusal::CostsExceedCash { .. }), "{refusal}");
}

#[test]
fn settlement_by_outcome() {
    let scene = held();
    let settle_with = |a, b| settle(&scene.desk(), ONE, &resolutions(a, b)).unwrap();
    let same = settle_with(Resolution::Yes, Resolution::Yes);
    assert_eq!((same.payout, same.reason), (Usdc::whole(120), ExitReason::HoldToResolution));
    assert_eq!(same.real_pnl, "1.29504".parse().unwrap());
    assert_eq!(settle_with(Resolution::No, Resolution::Yes).payout, Usdc::whole(240));
    // A YES and B NO is what the proof excludes.
    let wrong = settle_with(Resolution::Yes, Resolution::No);
    assert_eq!((wrong.payout, wrong.reason), (Usdc::ZERO, ExitReason::LogicWrong));
    assert!(wrong.words.starts_with("LOGIC WRONG"));
    let missing = settle(&scene.desk(), ONE, &resolutions(Resolution::No, Resolution::No)[..2]).unwrap_err();
    assert!(matches!(missing, TradeRefusal::Unresolved { market } if market.as_str() == "a"));
}

/// Property 7: a void settles both legs at 0.50 and says so.
#[test]
fn a_void_pays_half_and_says_so() {
    let scene = held();
    let both = settle(&scene.desk(), ONE, &resolutions(Resolution::Void, Resolution::Void)).unwrap();
    assert_eq!((both.payout, both.reason), (Usdc::whole(120), ExitReason::Void));
    assert_eq!(both.words.matches("VOID: 0.50 a share = 60.00").count(), 2, "{}", both.words);
    let one = settle(&scene.desk(), ONE, &resolutions(Resolution::Void, Resolution::No)).unwrap();
    assert_eq!((one.payout, one.reason), (Usdc::whole(60), ExitReason::Void));
    let LedgerEvent::HedgeSettled(event) = &one.event else { panic!() };
    assert_eq!(event.legs[0].payout, Usdc::whole(60));
}

#[test]
fn the_portfolio_adds_up_and_admits_what_it_does_not_know() {
    let mut scene = held();
    let marks: Marks = [(ONE, Some("112.092".parse().unwrap()))].into_iter().collect();
    let portfolio = Portfolio::of(&scene.account, &marks);
    assert_eq!(portfolio.cash, "881.29504".parse().unwrap());
    assert_eq!(portfolio.positions_at_cost, "116.80".parse().unwrap());
    assert_eq!(portfolio.unrealised, Some("-4.708".parse().unwrap()));
    assert_eq!(portfolio.equity, Some("993.38704".parse().unwrap()));
    assert_eq!((portfolio.realised_gross, portfolio.realised_real), (Usdc::ZERO, "-1.90496".parse().unwrap()));
    assert_eq!((portfolio.open, portfolio.ended), (1, 0));
    assert_eq!(portfolio.by_event.len(), 2);
    assert_eq!(portfolio.by_date[0].capital, "118.70496".parse().unwrap());
    // NOW is 2027-01-15; thirty days later.
    assert_eq!(portfolio.by_date[0].date.as_deref(), Some("2027-02-14"));
    let blind = Portfolio::of(&scene.account, &Marks::new());
    assert_eq!((blind.mark_value, blind.equity, blind.unmarked), (None, None, vec![ONE]));
    let json = serde_json::to_string(&portfolio).unwrap();
    assert_eq!(serde_json::from_str::<Portfolio>(&json).unwrap(), portfolio);

    let paid = settle(&scene.desk(), ONE, &resolutions(Resolution::No, Resolution::Yes)).unwrap();
    scene.account.apply(&paid.event).unwrap();
    let after = Portfolio::of(&scene.account, &Marks::new());
    assert_eq!((after.open, after.ended, after.mark_value), (0, 1, Some(Usdc::ZERO)));
    // 240 − 116.80, less 1.90496 of fees.
    assert_eq!((after.realised_gross, after.realised_real), ("123.20".parse().unwrap(), "121.29504".parse().unwrap()));
    assert_eq!(after.equity, Some("1121.29504".parse().unwrap()));
    assert!(after.by_event.is_empty() && after.by_date.is_empty());
}

#[test]
fn exits_are_checked_by_rule() {
    let scene = held();
    let position = scene.account.position(ONE).unwrap();
    let strategy = template("conservative").unwrap();
    let marked = |mark: &str| Marked {
        position,
        strategy: Some(&strategy),
        mark: Some(mark.parse().unwrap()),
        peak: None,
        resolved: false,
    };
    // Cost 116.80: +5% is 122.64, −10% is 105.12.
    for (mark, reason) in [
        ("122.64", Some(ExitReason::TargetProfitPct)),
        ("122.639", None),
        ("105.12", Some(ExitReason::StopLoss)),
        ("105.121", None),
    ] {
        let checks = check(&[marked(mark), marked(mark)], NOW);
        assert_eq!(checks.len(), 1, "a position is checked once");
        assert_eq!(checks[0].exit.as_ref().map(|e| e.reason), reason, "{mark}: {}", checks[0].words);
        assert_eq!(checks[0].view.peak, Some(mark.parse().unwrap()));
    }
    let aggressive = template("aggressive").unwrap();
    let fallen = Marked { strategy: Some(&aggressive), peak: Some(Usdc::whole(130)), ..marked("117") };
    assert_eq!(check(&[fallen], NOW)[0].exit.as_ref().unwrap().reason, ExitReason::TrailingStop);
    let blind = check(&[Marked { mark: None, ..marked("1") }], NOW);
    assert_eq!(blind[0].exit, None);
    assert!(blind[0].words.contains("no bid"));
    // Twice its cost, and nobody named a rule: it is held.
    let without = check(&[Marked { strategy: None, ..marked("233.60") }], NOW);
    assert_eq!(without[0].exit, None);
    assert!(without[0].words.starts_with("opened without a strategy, so held to resolution; "), "{}", without[0].words);
}

#[test]
fn filters_are_read_and_refused() {
    assert_eq!("open".parse(), Ok(PositionFilter::Open));
    assert!("opened".parse::<PositionFilter>().unwrap_err().to_string().contains("closed"));
}

proptest! {
    /// Property 5: a hedge whose worlds all pay at least its cost loses only when the logic was wrong (or a market void).
    #[test]
    fn a_proven_hedge_loses_only_by_logic_wrong(
        a in 5_000_u16..7_400, b in 1_000_u16..4_000, depth in 10_i64..400, asked in 5_i64..400, end in 0_usize..9,
        rate in 0_u32..70_000, leg_risk in 0_u32..3_000,
    ) {
        let bids = [vec![level(1, 1)], vec![level(1, 1)]];
        let mut scene = Scene::new(bids, [vec![level(a, depth)], vec![level(b, depth)]]).without_caps();
        scene.costs.leg_risk_ppm = leg_risk;
        for market in &mut scene.markets {
            market.fee = Some(betty_market::FeeSchedule::linear(rate));
        }
        let size = Some(SizeRequest::Shares(Shares::whole(asked)));
        let decision = open(&scene.desk(), None, &scene.hedge, &scene.legs(), &OpenRequest { size, ..request() });
        prop_assume!(decision.is_ok());
        scene.account.apply(&decision.unwrap().event).unwrap();
        let all = [Resolution::Yes, Resolution::No, Resolution::Void];
        let ends = resolutions(all[end / 3], all[end % 3]);
        let settled = settle(&scene.desk(), ONE, &ends).unwrap();
        let possible = (all[end / 3], all[end % 3]) != (Resolution::Yes, Resolution::No);
        if settled.real_pnl.is_negative() {
            prop_assert!(matches!(settled.reason, ExitReason::LogicWrong | ExitReason::Void), "{}", settled.words);
        }
        prop_assert_eq!(settled.reason == ExitReason::LogicWrong, !possible);
        scene.account.apply(&settled.event).unwrap();
        prop_assert_eq!(scene.account.cash(), scene.account.starting() + settled.real_pnl);
    }
}

#[test]
fn the_leg_held_is_named_in_the_listing() {
    let scene = held();
    let rows = positions(&scene.account, PositionFilter::All, &Marks::new(), NOW);
    assert_eq!(rows[0].legs[0], format!("{} {}", Outcome::No, scene.markets[0].question));
    assert_eq!((rows[0].mark, rows[0].unrealised), (None, None));
}
