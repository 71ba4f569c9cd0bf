//! The sizing order against hand-made cases and a brute-force search.

use super::*;
use proptest::prelude::*;

/// 0.95 a share and half a dollar of fixed costs.
fn linear(shares: Shares) -> Usdc {
    part_floor(Usdc::from_micros(shares.micros()), 950_000) + Usdc::from_micros(500_000)
}

struct Case {
    limits: Limits,
    cash: Usdc,
    open: u32,
    held: Usdc,
    events: Vec<(EventId, Usdc)>,
    date: Usdc,
    want: Want,
    confidence: Confidence,
    depth: Option<Shares>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            cash: Usdc::whole(1_000),
            open: 0,
            held: Usdc::ZERO,
            events: Vec::new(),
            date: Usdc::ZERO,
            want: Want::Kelly { f_ppm: 1_000_000, strategy_ppm: None },
            confidence: Confidence::High,
            depth: Some(Shares::whole(10_000)),
        }
    }
}

impl Case {
    fn size(&self) -> Sizing {
        size(&SizingInputs {
            bankroll: Usdc::whole(1_000),
            cash: self.cash,
            open_positions: self.open,
            hedge_exposure: self.held,
            event_exposure: &self.events,
            date_exposure: (self.date, "2026-12-31"),
            want: self.want,
            confidence: self.confidence,
            depth: self.depth,
            min_size: Shares::whole(5),
            limits: &self.limits,
            capital: &linear,
        })
    }
}

fn event() -> EventId {
    EventId::new("e1").unwrap()
}

fn bound(case: &Case) -> Vec<SizeLimit> {
    case.size().bound().collect()
}

#[test]
fn the_cap_per_hedge_binds_a_certain_bet() {
    let sizing = Case::default().size();
    // A quarter of Kelly is $250, the cap $100: (100 − 0.5) / 0.95 = 104.7368… shares.
    assert_eq!(sizing.shares, "104.73".parse().unwrap());
    assert_eq!(sizing.capital, "99.9935".parse().unwrap());
    assert_eq!(sizing.words(), "size limited by the cap per hedge");
    assert_eq!(sizing.derivation[0].allowed, Some(Usdc::whole(250)));
}

#[test]
fn the_cap_per_hedge_counts_what_is_in_the_hedge_already() {
    let sizing = Case { held: Usdc::whole(60), ..Case::default() }.size();
    // The cap is $100, $60 is in: (40 − 0.5) / 0.95 = 41.5789… shares.
    assert_eq!(sizing.shares, "41.57".parse().unwrap());
    assert_eq!(sizing.decisive(), Some(SizeLimit::HedgeCap));
    let words = "at most 10% of the bankroll of $1,000.00 ($100.00), $60.00 is in already: $40.00";
    assert!(sizing.derivation.iter().any(|s| s.words == words), "{:?}", sizing.derivation);
    let over = Case { held: Usdc::whole(120), ..Case::default() }.size();
    assert_eq!((over.shares, over.capital), (Shares::ZERO, Usdc::ZERO));
    assert!(over.derivation.iter().any(|s| s.words.ends_with("$120.00 is in already: $0.00")));
}

#[test]
fn confidence_multiplies_the_kelly_stake() {
    for (confidence, dollars) in [(Confidence::High, 50), (Confidence::Medium, 35), (Confidence::Low, 25)] {
        let case = Case { want: Want::Kelly { f_ppm: 200_000, strategy_ppm: None }, confidence, ..Case::default() };
        let sizing = case.size();
        assert_eq!(sizing.derivation[0].allowed, Some(Usdc::whole(dollars)));
        // Nothing after it reduced the size, so Kelly itself is what bound.
        assert_eq!(bound(&case), [SizeLimit::Kelly]);
    }
}

#[test]
fn each_limit_binds_in_its_turn_and_says_so() {
    let full = Case::default;
    let strategy = Want::Kelly { f_ppm: 1_000_000, strategy_ppm: Some(50_000) };
    assert_eq!(bound(&Case { want: strategy, ..full() }), [SizeLimit::Strategy]);
    assert_eq!(bound(&Case { cash: Usdc::whole(250), ..full() }), [SizeLimit::HedgeCap, SizeLimit::Reserve]);
    assert_eq!(bound(&Case { depth: Some(Shares::whole(50)), ..full() }), [SizeLimit::HedgeCap, SizeLimit::Depth]);
    let events = vec![(event(), Usdc::whole(170))];
    assert_eq!(bound(&Case { events, ..full() }), [SizeLimit::HedgeCap, SizeLimit::EventCap]);
    assert_eq!(bound(&Case { date: Usdc::whole(240), ..full() }), [SizeLimit::HedgeCap, SizeLimit::DateCap]);
    let all = Case { open: 20, ..full() };
    assert_eq!(bound(&all), [SizeLimit::HedgeCap, SizeLimit::OpenPositions]);
    assert_eq!(all.size().shares, Shares::ZERO);
    assert_eq!(bound(&Case { open: 19, ..full() }), [SizeLimit::HedgeCap]);
    assert_eq!(bound(&Case { want: Want::Capital(Usdc::whole(40)), ..full() }), [SizeLimit::Asked]);
}

#[test]
fn a_named_size_is_not_exceeded_and_still_capped() {
    let shares = Want::Shares(Shares::whole(20));
    assert_eq!(Case { want: shares, ..Case::default() }.size().shares, Shares::whole(20));
    let much = Case { want: Want::Shares(Shares::whole(5_000)), ..Case::default() };
    assert_eq!(bound(&much), [SizeLimit::HedgeCap]);
    let absurd = Case { want: Want::Shares(Shares::from_micros(i64::MAX)), ..Case::default() };
    assert_eq!(absurd.size().shares, much.size().shares);
    let negative = Case { want: Want::Shares(Shares::whole(-3)), ..Case::default() };
    assert_eq!(negative.size().shares, Shares::ZERO);
}

#[test]
fn nothing_left_is_zero_and_under_the_minimum() {
    let broke = Case { cash: Usdc::whole(200), ..Case::default() }.size();
    assert_eq!((broke.shares, broke.capital), (Shares::ZERO, Usdc::ZERO));
    assert_eq!(broke.decisive(), Some(SizeLimit::Reserve));
    assert!(broke.derivation.last().unwrap().words.starts_with("under the venue's minimum"));
    let none = Case { depth: Some(Shares::ZERO), ..Case::default() }.size();
    assert_eq!((none.shares, none.decisive()), (Shares::ZERO, Some(SizeLimit::Depth)));
}

#[test]
fn manual_prices_have_no_depth_to_check() {
    let sizing = Case { depth: None, ..Case::default() }.size();
    assert_eq!(sizing.shares, "104.73".parse().unwrap());
    assert!(sizing.derivation.iter().any(|s| s.limit == SizeLimit::Depth && s.allowed.is_none()));
}

#[test]
fn the_steps_come_in_the_documented_order() {
    let case = Case { events: vec![(event(), Usdc::ZERO)], ..Case::default() };
    let order: Vec<SizeLimit> = case.size().derivation.iter().map(|s| s.limit).collect();
    let wanted = [
        SizeLimit::Kelly,
        SizeLimit::HedgeCap,
        SizeLimit::Reserve,
        SizeLimit::Depth,
        SizeLimit::EventCap,
        SizeLimit::DateCap,
        SizeLimit::OpenPositions,
        SizeLimit::Lot,
        SizeLimit::Minimum,
    ];
    assert_eq!(order, wanted);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    /// The size is the largest lot count that satisfies every limit at once, found by trying all of them.
    #[test]
    fn the_size_is_the_largest_lot_within_every_limit(
        f in 0_i64..=1_000_000, strategy in prop::option::of(1_i64..=200_000), confidence in 0_usize..3,
        cash in 0_i64..=1_000, depth_lots in 0_i64..=3_000, event_in in 0_i64..=250, date_in in 0_i64..=350,
        cap in 1_u32..=100, reserve in 0_u32..=99, fixed in 0_i64..=900_000, cheap in 1_i64..=990_000, dear in 0_i64..=500_000,
        turn in 0_i64..=3_000,
    ) {
        let lot = Shares::LOT.micros();
        // A cheap level up to `turn` lots, a dearer one behind it, and fixed costs.
        let capital = |shares: Shares| {
            let lots = shares.micros() / lot;
            let micros = fixed + lots.min(turn) * cheap / 100 + (lots - turn).max(0) * (cheap + dear) / 100;
            Usdc::from_micros(micros)
        };
        let confidence = [Confidence::Low, Confidence::Medium, Confidence::High][confidence];
        let limits = Limits { hedge_cap_pct: cap, cash_reserve_pct: reserve, ..Limits::default() };
        let bankroll = Usdc::whole(1_000);
        let sizing = size(&SizingInputs {
            bankroll,
            cash: Usdc::whole(cash),
            open_positions: 0,
            hedge_exposure: Usdc::ZERO,
            event_exposure: &[(event(), Usdc::whole(event_in))],
            date_exposure: (Usdc::whole(date_in), "2026-12-31"),
            want: Want::Kelly { f_ppm: f, strategy_ppm: strategy },
            confidence,
            depth: Some(Shares::from_micros(depth_lots * lot)),
            min_size: Shares::whole(5),
            limits: &limits,
            capital: &capital,
        });
        let multiplier = match confidence { Confidence::Low => 5, Confidence::Medium => 7, Confidence::High => 10 };
        // Micro-dollars: $1,000 × 25% × f × confidence, with f in millionths; the stake is floored to a millionth of the bankroll.
        let kelly = f * 25 * multiplier / 1_000 * 1_000;
        let own = strategy.map_or(i64::MAX, |s| s * multiplier / 10 * 1_000);
        let rooms = [
            kelly, own, i64::from(cap) * 10_000_000, cash * 1_000_000 - i64::from(reserve) * 10_000_000,
            (200 - event_in) * 1_000_000, (300 - date_in) * 1_000_000,
        ];
        let room = Usdc::from_micros(rooms.into_iter().min().unwrap());
        let best = (1..=depth_lots).rev().map(|n| Shares::from_micros(n * lot)).find(|s| capital(*s) <= room);
        prop_assert_eq!(sizing.shares, best.unwrap_or(Shares::ZERO));
        prop_assert!(sizing.bound().next().is_some());
        if best.is_some() {
            prop_assert_eq!(sizing.capital, capital(sizing.shares));
        }
    }
}
