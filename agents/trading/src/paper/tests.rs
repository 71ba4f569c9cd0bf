//! Opening: the worked example to the cent, every refusal, the limits, and that order changes nothing.

use super::fixtures::{NOW, Scene, account, level, request};
use super::*;
use crate::auto::{Candidate, EntryDecision, EntryReason, decide_entries};
use crate::cost::{CostKind, GasOperation, GasPrice, GasQuote};
use crate::ledger::{LedgerEvent, PriceMark};
use crate::sizing::SizeLimit;
use crate::strategy::{Strategy, template};
use betty_hedging::{Evidence, Hedge, RuleId, TextHash, Tier};
use betty_market::book::BookFault;
use betty_market::{Depth, Market, MarketId, MarketStatus, Outcome, Price, SourceLabel};
use proptest::prelude::*;

fn open_scene(scene: &Scene, request: &OpenRequest<'_>) -> Result<OpenDecision, TradeRefusal> {
    open(&scene.desk(), Some(1), &scene.hedge, &scene.legs(), request)
}

fn shares(n: i64) -> Option<SizeRequest> {
    Some(SizeRequest::Shares(Shares::whole(n)))
}

fn opened(decision: &OpenDecision) -> &crate::ledger::HedgeOpened {
    match &decision.event {
        LedgerEvent::HedgeOpened(e) => e,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_worked_example_to_the_cent() {
    let scene = Scene::worked_example().without_caps();
    let decision = open_scene(&scene, &OpenRequest { size: shares(500), ..request() }).unwrap();
    assert_eq!(decision.sizing.shares, Shares::whole(120));
    assert_eq!(decision.capital.cents(), "118.70");
    let event = opened(&decision);
    let worst = Usdc::whole(120) - decision.capital;
    // 56.80 + 28.80 + 31.20 and fees 0.98144 + 0.92352 are 118.70496; at least 120 come back.
    assert_eq!(decision.capital, "118.70496".parse().unwrap());
    assert_eq!(worst, "1.29504".parse().unwrap());
    // 1.29504 / 118.70496 = 1.0909…%
    assert_eq!(decision.net_edge_ppm, 10_909);
    assert_eq!(decision.sizing.decisive(), Some(SizeLimit::Depth));
    assert_eq!(event.legs[0].walk.fills.len(), 2);
    assert!(event.legs.iter().all(|l| l.walk.shares == Shares::whole(120)));
    // 40 shares of A at 0.72 instead of 0.71.
    assert_eq!(decision.costs.slippage, "0.40".parse().unwrap());
    // Bid to ask: 120 × 0.01 on each leg.
    assert_eq!(decision.costs.spread, Some("2.40".parse().unwrap()));
    assert_eq!(decision.costs.total, "2.30496".parse().unwrap());
    assert_eq!(event.certificate.as_deref(), Some("A by March implies A by June."));
    assert_eq!((event.prices, event.label.as_str()), (PriceMark::Book, "R4 date ladder, T0"));
    assert_eq!(event.snapshot.len(), 2);
    assert!(decision.costs.lines.iter().any(|l| l.kind == CostKind::Gas && l.source.ends_with("(default)")));
}

#[test]
fn the_caps_bind_a_named_size_too_and_say_so() {
    let scene = Scene::worked_example();
    let decision = open_scene(&scene, &OpenRequest { size: shares(500), ..request() }).unwrap();
    assert!(decision.capital <= Usdc::whole(100));
    assert!(decision.notes[0].contains("the cap per hedge"), "{:?}", decision.notes);
    let aggressive = template("aggressive").unwrap();
    let decision = open_scene(&scene, &OpenRequest { strategy: Some(&aggressive), ..request() }).unwrap();
    assert!(decision.notes.iter().any(|n| n.contains("15%") && n.contains("10%")), "{:?}", decision.notes);
    assert_eq!(opened(&decision).strategy, Some(aggressive.reference()));
}

#[test]
fn confidence_scales_the_kelly_stake() {
    // The failure rate of 0.5% leaves Kelly about half of the bankroll at this edge: a quarter of it and less is below the cap.
    let mut scene = Scene::worked_example();
    scene.limits.kelly_fraction_pct = 15;
    let size = |confidence| {
        let decision = open_scene(&scene, &OpenRequest { confidence, ..request() }).unwrap();
        decision.sizing.derivation[0].allowed.unwrap().micros()
    };
    let (high, medium, low) = (size(Confidence::High), size(Confidence::Medium), size(Confidence::Low));
    assert!((medium * 10 - high * 7).abs() <= 10_000 && (low * 2 - high).abs() <= 2_000, "{high} {medium} {low}");
}

#[test]
fn gas_and_leg_risk_are_charged_and_can_take_the_edge() {
    let mut scene = Scene::worked_example().without_caps();
    scene.costs.leg_risk_ppm = 1_000;
    scene.costs.proxy = Some("0.10".parse().unwrap());
    scene.costs.gas = GasQuote::eoa(&[GasOperation::Redeem; 2], &GasPrice::dated_default()).unwrap();
    let decision = open_scene(&scene, &OpenRequest { size: shares(120), ..request() }).unwrap();
    // Dearest leg 85.60, a thousandth of it; gas 0.00513 and a fifth on top.
    assert_eq!(decision.costs.leg_risk, "0.0856".parse().unwrap());
    assert_eq!(decision.costs.gas_all(), "0.006156".parse().unwrap());
    assert_eq!(decision.capital, "118.896716".parse().unwrap());
    scene.costs.proxy = Some(Usdc::whole(2));
    let refusal = open_scene(&scene, &OpenRequest { size: shares(120), ..request() }).unwrap_err();
    assert!(matches!(refusal, TradeRefusal::CostsTakeEdge { .. }), "{refusal}");
}

/// Spoils a scene and expects one refusal; its sentence must say what to do.
fn refused(spoil: impl FnOnce(&mut Scene), request: &OpenRequest<'_>, wanted: impl Fn(&TradeRefusal) -> bool) {
    let mut scene = Scene::worked_example();
    spoil(&mut scene);
    let refusal = open_scene(&scene, request).unwrap_err();
    assert!(wanted(&refusal), "{refusal:?}");
    let json = serde_json::to_string(&refusal).unwrap();
    assert_eq!(serde_json::from_str::<TradeRefusal>(&json).unwrap(), refusal);
    assert!(refusal.to_string().len() > 40, "{refusal}");
}

#[test]
fn a_proof_over_a_market_between_needs_its_text_of_now() {
    let mut scene = Scene::worked_example();
    let between = Market { id: MarketId::new("between").unwrap(), ..scene.markets[0].clone() };
    let certificate = &mut scene.hedge.certificate;
    (certificate.rule, certificate.text_hashes) = (RuleId::Chain, Vec::new());
    certificate.markets.push(between.id.clone());
    certificate.text_hashes = scene.markets.iter().chain([&between]).map(TextHash::of).collect();
    let opened = |between: &[&Market]| open_scene(&scene, &OpenRequest { between, ..request() });
    assert!(opened(&[&between]).is_ok());
    assert!(matches!(opened(&[]), Err(TradeRefusal::ProofVoided)));
    let edited = Market { question: "Something else?".to_owned(), ..between.clone() };
    assert!(matches!(opened(&[&edited]), Err(TradeRefusal::ProofVoided)));
}

#[test]
fn each_refusal_to_open() {
    use TradeRefusal as R;
    let plain = request();
    refused(|s| drop(s.markets.pop()), &plain, |r| matches!(r, R::ProofVoided));
    refused(|s| s.markets.swap(0, 1), &plain, |r| matches!(r, R::LegMismatch { .. }));
    refused(|s| s.hedge.legs[0].outcome = Outcome::Yes, &plain, |r| matches!(r, R::LegMismatch { .. }));
    refused(|s| s.books.swap(0, 1), &plain, |r| matches!(r, R::LegMismatch { .. }));
    refused(
        |s| s.hedge.certificate.evidence = Evidence::Hypothesis,
        &plain,
        |r| matches!(r, R::EvidenceTooWeak { evidence: Evidence::Hypothesis, .. }),
    );
    refused(
        |s| s.hedge.certificate.evidence = Evidence::Presumed,
        &plain,
        |r| matches!(r, R::EvidenceTooWeak { evidence: Evidence::Presumed, .. }),
    );
    refused(|s| s.markets[0].description = Some("New rules.".to_owned()), &plain, |r| matches!(r, R::ProofVoided));
    refused(
        |s| s.markets[1].status = MarketStatus::Disputed,
        &plain,
        |r| matches!(r, R::NotTradable { status: MarketStatus::Disputed, .. }),
    );
    refused(|s| s.books[1] = None, &plain, |r| matches!(r, R::NoBook { market } if market.as_str() == "b"));
    refused(|s| s.markets[0].fee = None, &plain, |r| matches!(r, R::NoFeeSchedule { .. }));
    refused(
        |s| s.now = NOW.plus_millis(120_001),
        &plain,
        |r| matches!(r, R::BadBook { fault: BookFault::Stale { .. }, .. }),
    );
    refused(
        |s| s.books[0].as_mut().unwrap().in_sync = false,
        &plain,
        |r| matches!(r, R::BadBook { fault: BookFault::Gap, .. }),
    );
    refused(
        |s| s.set_bids(0, vec![level(7_100, 1)]),
        &plain,
        |r| matches!(r, R::BadBook { fault: BookFault::Crossed { .. }, .. }),
    );
    refused(|s| s.set_asks(0, vec![]), &plain, |r| matches!(r, R::BadBook { fault: BookFault::OneSided { .. }, .. }));
    refused(
        |s| s.books[0].as_mut().unwrap().at = NOW.plus_millis(-60_001),
        &plain,
        |r| matches!(r, R::LegGap { gap_ms: 60_001, max_ms: 60_000 }),
    );
    refused(|s| s.set_asks(0, vec![level(7_500, 80)]), &plain, |r| matches!(r, R::NoEdge { .. }));
    refused(|s| s.hedge.worlds.clear(), &plain, |r| matches!(r, R::NoEdge { .. }));
    refused(|s| s.hedge.coverage.lower = 0.5, &plain, |r| matches!(r, R::KellyZero { .. }));
    refused(|s| s.hedge.coverage.lower = f64::NAN, &plain, |r| matches!(r, R::KellyZero { .. }));
    refused(
        |s| s.set_asks(0, vec![level(7_100, 4)]),
        &plain,
        |r| matches!(r, R::TooSmall { limit: SizeLimit::Depth, .. }),
    );
    refused(
        |s| s.account = account(30, SourceLabel::Live),
        &plain,
        |r| matches!(r, R::TooSmall { limit: SizeLimit::HedgeCap, .. }),
    );
    let named = |size| OpenRequest { size: Some(size), ..request() };
    refused(|_| (), &named(SizeRequest::Shares(Shares::ZERO)), |r| matches!(r, R::BadSize));
    refused(|_| (), &named(SizeRequest::Capital(Usdc::whole(-5))), |r| matches!(r, R::BadSize));
    refused(
        |_| (),
        &named(SizeRequest::Capital(Usdc::whole(2))),
        |r| matches!(r, R::TooSmall { limit: SizeLimit::Asked, .. }),
    );
}

#[test]
fn presumed_relations_trade_on_recorded_data_only_and_say_so() {
    let mut scene = Scene::worked_example();
    scene.hedge.certificate.evidence = Evidence::Presumed;
    scene.account = account(1_000, SourceLabel::Recorded { as_of: NOW, name: "x".to_owned() });
    scene.books[0].as_mut().unwrap().depth = Depth::Unknown;
    let decision = open_scene(&scene, &request()).unwrap();
    assert!(decision.notes.iter().any(|n| n.contains("presumed")));
    assert!(decision.notes.iter().any(|n| n.contains("assumptions")));
}

#[test]
fn positions_and_exposures_count() {
    let mut scene = Scene::worked_example();
    scene.limits.open_positions_max = 1;
    let decision = open_scene(&scene, &request()).unwrap();
    scene.account.apply(&decision.event).unwrap();
    scene.set_asks(0, vec![level(7_100, 90)]);
    scene.set_asks(1, vec![level(2_600, 90)]);
    assert!(matches!(open_scene(&scene, &request()).unwrap_err(), TradeRefusal::PositionsFull { open: 1, max: 1 }));

    // Two hedges of 10% fill the event's 20%; the books are fresh each time, so depth is not what stops the third.
    let mut scene = Scene::worked_example();
    for round in 0..3_u16 {
        // Another hedge each time, on the same events.
        scene.hedge.key = format!("R4:a:b:{round}");
        scene.set_asks(0, vec![level(7_100 - round, 400)]);
        scene.set_asks(1, vec![level(2_500 + round, 400)]);
        scene.set_bids(1, vec![level(2_400, 500)]);
        let big = OpenRequest { size: shares(400), ..request() };
        match open_scene(&scene, &big) {
            Ok(decision) => {
                assert!(round < 2);
                scene.account.apply(&decision.event).unwrap();
            }
            Err(refusal) => {
                assert_eq!(round, 2);
                assert!(matches!(refusal, TradeRefusal::TooSmall { limit: SizeLimit::EventCap, .. }), "{refusal:?}");
            }
        }
    }
    assert_eq!(scene.account.open_count(), 2);
}

#[test]
fn what_was_taken_stays_taken_until_the_level_changes() {
    let mut scene = Scene::worked_example().without_caps();
    let ask = |n| OpenRequest { size: shares(n), ..request() };
    let first = open_scene(&scene, &ask(100)).unwrap();
    scene.account.apply(&first.event).unwrap();
    // 120 kept the edge, 100 are gone.
    let second = open_scene(&scene, &ask(100)).unwrap();
    assert_eq!(second.sizing.shares, Shares::whole(20));
    scene.account.apply(&second.event).unwrap();
    assert!(matches!(open_scene(&scene, &ask(5)).unwrap_err(), TradeRefusal::NoEdge { .. }));
    // B's first level shows another size: it is new. A's second still lacks what was taken from it.
    scene.set_asks(1, vec![level(2_600, 121)]);
    let third = open_scene(&scene, &ask(300)).unwrap();
    assert_eq!(third.sizing.shares, Shares::whole(121));
    assert_eq!(opened(&third).legs[0].walk.fills[0].price, Price::from_e4(7_200).unwrap());
}

#[test]
fn a_haircut_believes_less_depth() {
    let mut scene = Scene::worked_example().without_caps();
    scene.limits.depth_haircut_pct = 50;
    // Half of 80 + 300 on A and of 120 on B keep the edge: 60.
    let decision = open_scene(&scene, &OpenRequest { size: shares(500), ..request() }).unwrap();
    assert_eq!(decision.sizing.shares, Shares::whole(60));
}

fn manual<'a>(scene: &'a Scene, target: u16, cover: u16) -> ManualOpen<'a> {
    let price = |e4| Price::from_e4(e4).unwrap();
    ManualOpen {
        target: ManualLeg { market: &scene.markets[0], outcome: Outcome::No, price: price(target) },
        cover: ManualLeg { market: &scene.markets[1], outcome: Outcome::Yes, price: price(cover) },
        coverage_ppm: 990_000,
        tier: Tier::T1,
    }
}

/// A size beyond every cap, so that the caps decide.
const EVERYTHING: Option<SizeRequest> = Some(SizeRequest::Capital(Usdc::whole(10_000)));

#[test]
fn a_trade_keeps_the_whole_strategy_it_was_opened_with() {
    let scene = Scene::worked_example();
    let strategy = template("aggressive").unwrap();
    let decision = open_scene(&scene, &OpenRequest { strategy: Some(&strategy), ..request() }).unwrap();
    let text = opened(&decision).strategy_toml.as_deref().expect("a snapshot");
    assert_eq!(Strategy::from_toml(text).unwrap(), strategy);
    assert_eq!(opened(&open_scene(&scene, &request()).unwrap()).strategy_toml, None);
    // Entries written before snapshots were kept are read all the same.
    let mut old = serde_json::to_value(opened(&decision)).unwrap();
    old.as_object_mut().unwrap().remove("strategy_toml").unwrap();
    let read: crate::ledger::HedgeOpened = serde_json::from_value(old).unwrap();
    assert_eq!(read.strategy_toml, None);
    assert_eq!(read.strategy, Some(strategy.reference()));
}

#[test]
fn the_cap_per_hedge_is_not_per_order() {
    let mut scene = Scene::worked_example().without_caps();
    scene.limits.hedge_cap_pct = 10;
    let first = open_scene(&scene, &OpenRequest { size: shares(60), ..request() }).unwrap();
    scene.account.apply(&first.event).unwrap();
    let second = open_scene(&scene, &OpenRequest { size: EVERYTHING, ..request() }).unwrap();
    assert_eq!(second.sizing.decisive(), Some(SizeLimit::HedgeCap));
    scene.account.apply(&second.event).unwrap();
    // Costs count for the bankroll, so 10% of it is a little less than $100 by now.
    let held: Usdc = scene.account.open_positions().map(crate::ledger::Position::capital).sum();
    assert!(held <= Usdc::whole(100) && held > Usdc::whole(97), "{held}");
    let third = open_scene(&scene, &OpenRequest { size: EVERYTHING, ..request() }).unwrap_err();
    assert!(matches!(third, TradeRefusal::TooSmall { limit: SizeLimit::HedgeCap, .. }), "{third}");
}

#[test]
fn the_cap_per_hedge_counts_the_same_markets_typed_in() {
    let mut scene = Scene::worked_example().without_caps();
    scene.limits.hedge_cap_pct = 10;
    let everything = OpenRequest { size: EVERYTHING, ..request() };
    let typed = open_manual(&scene.desk(), &manual(&scene, 6_000, 3_000), &everything).unwrap();
    scene.account.apply(&typed.event).unwrap();
    let full = |r: TradeRefusal| matches!(r, TradeRefusal::TooSmall { limit: SizeLimit::HedgeCap, .. });
    assert!(full(open_manual(&scene.desk(), &manual(&scene, 5_900, 3_000), &everything).unwrap_err()));
    // Target and cover the other way round are the same pair, and so is the proven hedge on it.
    let there = manual(&scene, 6_000, 3_000);
    let back = ManualOpen { target: there.cover, cover: there.target, ..there };
    assert!(full(open_manual(&scene.desk(), &back, &everything).unwrap_err()));
    assert!(full(open_scene(&scene, &everything).unwrap_err()));
}

#[test]
fn manual_prices_are_marked_and_never_called_safe() {
    let scene = Scene::worked_example();
    let decision = open_manual(&scene.desk(), &manual(&scene, 6_000, 3_000), &request()).unwrap();
    let event = opened(&decision);
    assert_eq!((event.prices, event.evidence, event.hedge_id), (PriceMark::Manual, None, None));
    assert!(decision.notes[0].starts_with("MANUAL PRICES"));
    assert!(event.snapshot.is_empty() && event.certificate.is_none());
    // A sure loss in the worst world is never tiered; what the person stated stays in words.
    assert_eq!((event.tier, event.label.as_str()), (Tier::Watch, "manual, stated T1"));
    assert!(decision.notes[1].contains("not tiered"), "{:?}", decision.notes);
    // The worst case is everything, whatever the coverage.
    assert_eq!(event.net_edge_ppm, -1_000_000);
    let mut account = scene.account.clone();
    account.apply(&decision.event).unwrap();
    let position = account.position(event.position).unwrap();
    assert_eq!(position.worst_case(), Some(-decision.capital));
    assert!(position.has_manual_price());
    // The fee is the market's own all the same.
    assert!(decision.costs.fee.is_positive());
}

#[test]
fn each_refusal_of_manual_prices() {
    use TradeRefusal as R;
    let scene = Scene::worked_example();
    let try_it = |m: &ManualOpen<'_>| open_manual(&scene.desk(), m, &request()).unwrap_err();
    // The first system called a pair that cost 1.02 for a dollar "Tier 1".
    assert!(matches!(try_it(&manual(&scene, 7_000, 3_200)), R::NoEdge { .. }));
    assert!(matches!(try_it(&manual(&scene, 0, 3_200)), R::BadPrice { .. }));
    assert!(matches!(try_it(&manual(&scene, 10_000, 3_200)), R::BadPrice { .. }));
    let bad = ManualOpen { coverage_ppm: 1_000_001, ..manual(&scene, 6_000, 3_000) };
    assert!(matches!(try_it(&bad), R::BadCoverage { ppm: 1_000_001 }));
    assert_eq!(try_it(&ManualOpen { tier: Tier::T0, ..manual(&scene, 6_000, 3_000) }), R::StatedProof);
    let watched = ManualOpen { tier: Tier::Watch, ..manual(&scene, 6_000, 3_000) };
    assert!(open_manual(&scene.desk(), &watched, &request()).is_ok());
    let unlikely = ManualOpen { coverage_ppm: 800_000, ..manual(&scene, 6_000, 3_000) };
    assert!(matches!(try_it(&unlikely), R::KellyZero { .. }));
    let leg = manual(&scene, 4_000, 3_000).target;
    assert!(matches!(try_it(&ManualOpen { cover: leg, ..manual(&scene, 4_000, 3_000) }), R::LegMismatch { .. }));
    let mut free = scene.clone();
    free.markets[1].fee = None;
    assert!(matches!(
        open_manual(&free.desk(), &manual(&free, 6_000, 3_000), &request()),
        Err(R::NoFeeSchedule { .. })
    ));
    free.markets[0].status = MarketStatus::Resolved;
    assert!(matches!(open_manual(&free.desk(), &manual(&free, 6_000, 3_000), &request()), Err(R::NotTradable { .. })));
}

fn decide(scene: &Scene, hedges: &[Hedge], strategy: &Strategy) -> Vec<EntryDecision> {
    let legs = scene.legs();
    let candidates: Vec<_> =
        hedges.iter().map(|hedge| Candidate { hedge_id: None, hedge, legs: &legs, between: &[] }).collect();
    decide_entries(strategy, Confidence::High, &candidates, &scene.account, &scene.limits, &scene.costs, NOW)
}

#[test]
fn entries_by_rule_with_every_refusal_as_data() {
    let scene = Scene::worked_example();
    let strategy = template("conservative").unwrap();
    type Spoil = fn(&mut Hedge, &mut Strategy);
    type Wanted = fn(&EntryReason) -> bool;
    let cases: [(Spoil, Wanted); 7] = [
        (|h, _| h.tier = Tier::T2, |r| matches!(r, EntryReason::Tier { tier: Tier::T2, max: Tier::T1 })),
        (|h, _| h.coverage.lower = 0.97, |r| matches!(r, EntryReason::Coverage { lower_ppm: 970_000, .. })),
        (|h, _| h.quote.net_edge_ppm = 9_999, |r| matches!(r, EntryReason::NetEdge { edge_ppm: 9_999, .. })),
        (|h, _| h.quote.max_shares = Shares::whole(49), |r| matches!(r, EntryReason::Depth { .. })),
        (|_, s| s.entry.max_days = Some(31), |r| matches!(r, EntryReason::Days { days: Some(32), max: 31 })),
        (
            |h, s| {
                h.quote.days = None;
                s.entry.max_days = Some(900);
            },
            |r| matches!(r, EntryReason::Days { days: None, .. }),
        ),
        (|_, s| s.entry.min_net_edge_ppm = 10_908, |r| matches!(r, EntryReason::Taken { .. })),
    ];
    for (spoil, wanted) in cases {
        let (mut hedge, mut strategy) = (scene.hedge.clone(), strategy.clone());
        spoil(&mut hedge, &mut strategy);
        let decisions = decide(&scene, &[hedge], &strategy);
        assert_eq!(decisions.len(), 1);
        assert!(wanted(&decisions[0].reason), "{:?}", decisions[0].reason);
        assert_eq!(decisions[0].take, decisions[0].open.is_some());
        assert!(!decisions[0].reason.to_string().is_empty());
    }
    // The same hedge twice: the second finds it held.
    let decisions = decide(&scene, &[scene.hedge.clone(), scene.hedge.clone()], &strategy);
    assert!(decisions[0].take);
    assert!(matches!(decisions[1].reason, EntryReason::AlreadyHeld { .. }));
}

proptest! {
    /// Property 1: neither the order of worlds nor that of candidates changes a decision.
    #[test]
    fn shuffling_changes_no_decision(swaps in prop::collection::vec((0_usize..6, 0_usize..6), 0..12)) {
        let scene = Scene::worked_example();
        let mut shuffled = scene.clone();
        let mut keys = ["k0", "k1", "k2", "k3", "k4", "k5"];
        for (a, b) in &swaps {
            shuffled.hedge.worlds.swap(*a, *b);
            keys.swap(*a, *b);
        }
        let opened = |scene: &Scene| open_scene(scene, &request()).map(|d| (d.sizing, d.capital, d.costs, d.net_edge_ppm));
        prop_assert_eq!(opened(&scene), opened(&shuffled));

        let strategy = template("balanced").unwrap();
        let entries = |keys: &[&str]| {
            let hedges: Vec<_> = keys.iter().map(|key| {
                let mut hedge = scene.hedge.clone();
                hedge.key = (*key).to_owned();
                hedge
            }).collect();
            decide(&scene, &hedges, &strategy)
        };
        prop_assert_eq!(entries(&["k0", "k1", "k2", "k3", "k4", "k5"]), entries(&keys));
    }

    /// Part of property 4: less depth or a higher fee never improves the worst case.
    #[test]
    fn less_depth_or_more_fee_never_improves_the_worst_case(
        asks in prop::collection::vec((6_800_u16..7_400, 10_i64..200), 1..5), cut in 0_i64..200, rate in 0_u32..70_000, more in 0_u32..30_000,
    ) {
        let worst = |asks: &[(u16, i64)], rate: u32| {
            let mut scene = Scene::worked_example().without_caps();
            scene.set_bids(0, vec![level(6_000, 10)]);
            scene.set_asks(0, asks.iter().filter(|(_, n)| *n > 0).map(|(p, n)| level(*p, *n)).collect());
            for market in &mut scene.markets {
                market.fee = Some(betty_market::FeeSchedule::linear(rate));
            }
            match open_scene(&scene, &OpenRequest { size: shares(1_000), ..request() }) {
                Ok(d) => d.sizing.shares.at_par() - d.capital,
                Err(_) => Usdc::ZERO,
            }
        };
        let base = worst(&asks, rate);
        // Fees are floored per fill: two hundred-thousandths of a dollar for each of at most ten fills.
        let slack = Usdc::from_micros(200);
        prop_assert!(worst(&asks, rate + more) <= base + slack);
        let mut thinner = asks.clone();
        thinner[0].1 -= cut.min(thinner[0].1);
        if thinner.iter().any(|(_, n)| *n > 0) {
            prop_assert!(worst(&thinner, rate) <= base + slack);
        }
    }
}
