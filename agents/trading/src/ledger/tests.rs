//! The account against random and broken sequences of events.

use super::*;
use crate::cost::CostBreakdown;
use crate::exit::ExitReason;
use crate::limits::Confidence;
use betty_hedging::{Tier, World};
use betty_market::{Fill, MarketId, Outcome, Price, Resolution, Shares, SourceLabel, Timestamp, TokenId, Usdc, Walk};
use proptest::prelude::*;

fn opening(dollars: i64) -> LedgerEvent {
    LedgerEvent::AccountOpened(AccountOpened {
        starting: Usdc::whole(dollars),
        source: SourceLabel::Simulated { seed: 7 },
        at: Timestamp::default(),
    })
}

fn walk(price_e4: u16, shares: Shares, buy: bool, fee: Usdc) -> Walk {
    let price = Price::from_e4(price_e4).unwrap();
    let amount = if buy { price.cost_of(shares) } else { price.proceeds_of(shares) };
    Walk { fills: vec![Fill { price, shares, amount, fee }], shares, amount, fee }
}

fn costs(fee: i64, gas: i64, leg_risk: i64) -> CostBreakdown {
    CostBreakdown {
        fee: Usdc::from_micros(fee),
        gas: Usdc::from_micros(gas),
        leg_risk: Usdc::from_micros(leg_risk),
        ..CostBreakdown::default()
    }
}

fn leg(number: u32, outcome: Outcome, walk: Walk) -> LegEntry {
    LegEntry {
        market: MarketId::new(format!("m{number}")).unwrap(),
        question: "Will it?".to_owned(),
        event: None,
        outcome,
        token: TokenId::new(format!("t{number}")).unwrap(),
        best: walk.fills[0].price,
        walk,
        book_at: Timestamp::default(),
    }
}

/// Two legs at 0.60 and 0.30, one cent and two cents of fee, 5,000 micro-dollars of gas and 1,000 of leg risk.
fn opened(id: u64, shares: Shares, prices: [u16; 2]) -> HedgeOpened {
    let fees = [10_000, 20_000];
    let walks = [0, 1].map(|i| walk(prices[i], shares, true, Usdc::from_micros(fees[i])));
    let [a, b] = walks;
    HedgeOpened {
        position: PositionId::new(id),
        hedge_id: Some(1),
        hedge_key: "k".to_owned(),
        label: "R4 date ladder, T0".to_owned(),
        strategy: None,
        strategy_toml: None,
        confidence: Confidence::High,
        entry_reason: "test".to_owned(),
        legs: vec![leg(1, Outcome::No, a), leg(2, Outcome::Yes, b)],
        shares,
        costs: costs(30_000, 5_000, 1_000),
        tier: Tier::T0,
        evidence: None,
        coverage_ppm: 1_000_000,
        coverage_lower_ppm: 1_000_000,
        net_edge_ppm: 0,
        certificate: None,
        prices: PriceMark::Book,
        source: SourceLabel::Simulated { seed: 7 },
        worlds: vec![World { name: "any".to_owned(), payoff: Usdc::whole(1), void: false }],
        settles_at: None,
        at: Timestamp::from_secs(1),
        snapshot: Vec::new(),
    }
}

fn open_event(id: u64, shares: i64) -> LedgerEvent {
    LedgerEvent::HedgeOpened(Box::new(opened(id, Shares::whole(shares), [6_000, 3_000])))
}

fn closed(position: &HedgeOpened, prices: [u16; 2]) -> HedgeClosed {
    let exit = |i: usize| LegExit {
        market: position.legs[i].market.clone(),
        token: position.legs[i].token.clone(),
        walk: walk(prices[i], position.shares, false, Usdc::from_micros(10)),
        best: Price::from_e4(prices[i]).unwrap(),
        book_at: Timestamp::default(),
    };
    HedgeClosed {
        position: position.position,
        at_cost: position.at_cost(),
        legs: vec![exit(0), exit(1)],
        costs: costs(20, 3, 4),
        reason: ExitReason::Manual,
        rule: "by hand".to_owned(),
        prices: PriceMark::Book,
        at: Timestamp::from_secs(9),
        snapshot: Vec::new(),
    }
}

fn settled(position: &HedgeOpened, resolutions: [Resolution; 2]) -> HedgeSettled {
    let end = |i: usize| LegSettlement {
        market: position.legs[i].market.clone(),
        outcome: position.legs[i].outcome,
        resolution: resolutions[i],
        payout: account::payout(position.legs[i].outcome, resolutions[i], position.shares),
    };
    let legs = vec![end(0), end(1)];
    HedgeSettled {
        position: position.position,
        at_cost: position.at_cost(),
        payout: legs.iter().map(|l| l.payout).sum(),
        legs,
        reason: ExitReason::HoldToResolution,
        words: String::new(),
        at: Timestamp::from_secs(9),
    }
}

fn close_event(c: HedgeClosed) -> LedgerEvent {
    LedgerEvent::HedgeClosed(Box::new(c))
}

fn settle_event(s: HedgeSettled) -> LedgerEvent {
    LedgerEvent::HedgeSettled(Box::new(s))
}

/// The law of the books, to the last micro-dollar.
fn assert_balanced(account: &Account) {
    assert_eq!(LedgerAccount::ALL.iter().map(|a| account.balance(*a)).sum::<Usdc>(), Usdc::ZERO);
    assert_eq!(account.cash() + account.positions_at_cost(), account.starting() + account.realised_real());
    assert!(!account.cash().is_negative());
}

#[test]
fn an_open_and_a_close_by_hand() {
    let mut account = Account::replay(&[opening(1_000), open_event(1, 100)]).unwrap();
    // 100 × 0.60 + 100 × 0.30 = 90; costs 0.03 + 0.005 + 0.001 = 0.036.
    assert_eq!(account.cash(), "909.964".parse().unwrap());
    assert_eq!(account.positions_at_cost(), Usdc::whole(90));
    assert_eq!(account.bankroll(), "999.964".parse().unwrap());
    let position = account.position(PositionId::new(1)).unwrap().clone();
    // Pays at least a dollar a share: 100 − 90.036.
    assert_eq!(position.worst_case(), Some("9.964".parse().unwrap()));
    account.apply(&close_event(closed(&position.opened, [6_500, 3_100]))).unwrap();
    // 96 back, 0.000027 of costs.
    assert_eq!(account.cash(), "1005.963973".parse().unwrap());
    assert_eq!(account.realised_gross(), Usdc::whole(6));
    assert_eq!(account.realised_real(), "5.963973".parse().unwrap());
    let ended = account.position(PositionId::new(1)).unwrap();
    assert_eq!((ended.gross_pnl(), ended.real_pnl()), (Some(Usdc::whole(6)), Some("5.963973".parse().unwrap())));
    // 5.963973 / 90.036 = 6.6239…%
    assert_eq!(ended.roi_ppm(), Some(66_239));
    assert_eq!(ended.held_ms(Timestamp::from_secs(99)), 8_000);
    assert_balanced(&account);
}

#[test]
fn a_settlement_pays_each_outcome_and_half_for_a_void() {
    for (resolutions, paid) in [
        ([Resolution::Yes, Resolution::Yes], 100_i64),
        ([Resolution::No, Resolution::Yes], 200),
        ([Resolution::Yes, Resolution::No], 0),
        ([Resolution::Void, Resolution::Void], 100),
        ([Resolution::Void, Resolution::No], 50),
    ] {
        let mut account = Account::replay(&[opening(1_000), open_event(1, 100)]).unwrap();
        let position = account.position(PositionId::new(1)).unwrap().opened.clone();
        account.apply(&settle_event(settled(&position, resolutions))).unwrap();
        assert_eq!(account.cash(), "909.964".parse::<Usdc>().unwrap() + Usdc::whole(paid), "{resolutions:?}");
        assert_eq!(account.realised_gross(), Usdc::whole(paid - 90));
        assert_balanced(&account);
    }
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let mut account = Account::replay(&[opening(1_000), open_event(1, 100), open_event(2, 100)]).unwrap();
    let one = account.position(PositionId::new(1)).unwrap().opened.clone();
    let two = account.position(PositionId::new(2)).unwrap().opened.clone();
    account.apply(&close_event(closed(&one, [6_000, 3_000]))).unwrap();
    let before = account.clone();

    let mut refuse = |event: LedgerEvent, wanted: &str| {
        let error = account.apply(&event).unwrap_err();
        assert_eq!(account.accepts(&event), Err(error.clone()));
        assert!(error.to_string().contains(wanted), "{error} is not about {wanted}");
        assert_eq!(account, before);
    };
    refuse(opening(5), "already open");
    refuse(open_event(2, 1), "exists already");
    refuse(open_event(3, 2_000), "dollars are needed");
    refuse(close_event(closed(&one, [6_000, 3_000])), "has ended already");
    refuse(settle_event(settled(&one, [Resolution::Yes; 2])), "has ended already");
    refuse(close_event(HedgeClosed { position: PositionId::new(9), ..closed(&two, [1, 1]) }), "no position 9");

    let open = |change: fn(&mut HedgeOpened)| {
        let mut e = opened(3, Shares::whole(10), [6_000, 3_000]);
        change(&mut e);
        LedgerEvent::HedgeOpened(Box::new(e))
    };
    refuse(open(|e| drop(e.legs.pop())), "legs");
    refuse(open(|e| e.legs[1] = e.legs[0].clone()), "two legs");
    refuse(open(|e| e.shares = Shares::whole(11)), "every leg must have");
    refuse(open(|e| e.legs[0].walk = walk(6_000, Shares::whole(9), true, Usdc::from_micros(10_000))), "every leg must");
    refuse(open(|e| e.legs[0].walk.amount = Usdc::whole(1)), "add up");
    refuse(open(|e| e.legs[0].walk.fills.clear()), "0 fills");
    refuse(open(|e| e.legs[0].walk.fills[0].fee = Usdc::from_micros(-1)), "out of range");
    refuse(open(|e| e.legs[0].walk.fills[0].amount = Usdc::from_micros(i64::MAX)), "out of range");
    refuse(open(|e| e.shares = Shares::from_micros(i64::MAX)), "out of range");
    refuse(open(|e| e.costs.fee = Usdc::ZERO), "fees of the fills");
    refuse(open(|e| e.costs.gas = Usdc::from_micros(i64::MAX)), "out of range");
    refuse(open(|e| e.worlds[0].payoff = Usdc::from_micros(-1)), "payoff");

    let close = |change: fn(&mut HedgeClosed)| {
        let mut e = closed(&two, [6_000, 3_000]);
        change(&mut e);
        close_event(e)
    };
    refuse(close(|e| e.at_cost = Usdc::whole(1)), "stands at 90");
    refuse(close(|e| e.legs.reverse()), "legs are not those");
    refuse(close(|e| drop(e.legs.pop())), "legs are not those");
    refuse(close(|e| e.costs.proxy = Usdc::from_micros(-1)), "out of range");
    refuse(close(|e| e.costs.proxy = Usdc::whole(100_000)), "dollars are needed");

    let settle = |change: fn(&mut HedgeSettled)| {
        let mut e = settled(&two, [Resolution::Yes; 2]);
        change(&mut e);
        settle_event(e)
    };
    refuse(settle(|e| e.payout = Usdc::whole(101)), "legs pay 100");
    refuse(settle(|e| e.legs[0].payout = Usdc::whole(1)), "pays 0");
    refuse(settle(|e| e.legs[0].outcome = Outcome::Yes), "pays 0");
}

#[test]
fn an_account_opens_once_with_money() {
    assert_eq!(Account::replay(&[]), Err(LedgerError::NotOpened));
    assert_eq!(Account::replay(&[open_event(1, 1)]), Err(LedgerError::NotOpened));
    for dollars in [0, -5, 2_000_000_000] {
        assert!(matches!(Account::replay(&[opening(dollars)]), Err(LedgerError::Inconsistent(_))), "{dollars}");
    }
}

#[test]
fn events_survive_the_journal() {
    let position = opened(1, Shares::whole(100), [6_000, 3_000]);
    for event in [
        opening(1_000),
        open_event(1, 100),
        close_event(closed(&position, [6_500, 3_100])),
        settle_event(settled(&position, [Resolution::Void, Resolution::Yes])),
    ] {
        let json = serde_json::to_string(&event).unwrap();
        assert!(json.contains(&format!("\"event\":\"{}\"", event.name())), "{json}");
        assert_eq!(serde_json::from_str::<LedgerEvent>(&json).unwrap(), event);
    }
    let json = serde_json::to_value(open_event(1, 100)).unwrap();
    assert_eq!(json["shares"], "100");
    assert_eq!(json["legs"][0]["walk"]["amount"], "60.00");
}

#[test]
fn position_numbers_are_read_and_refused() {
    assert_eq!("#12".parse(), Ok(PositionId::new(12)));
    assert_eq!("12".parse(), Ok(PositionId::new(12)));
    assert!("-1".parse::<PositionId>().is_err() && "".parse::<PositionId>().is_err());
}

/// SplitMix64, so that one seed makes one long sequence.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn price(&mut self) -> u16 {
        u16::try_from(self.below(9_999) + 1).unwrap()
    }
}

/// Sequences, and events tried in each: 1.3 million in all, of which about four fifths are booked and the
/// rest refused.
const SEQUENCES: u32 = 80;
const EVENTS: usize = 16_500;

/// One event, most of them possible, some not: numbers are drawn from a small range so that ended and taken ones come up.
fn random_event(dice: &mut Dice, template: &HedgeOpened, held: &[HedgeOpened], next: u64) -> LedgerEvent {
    let resolutions = [Resolution::Yes, Resolution::No, Resolution::Void];
    let any = |dice: &mut Dice| {
        let index = usize::try_from(dice.below(held.len() as u64)).unwrap();
        &held[index]
    };
    match dice.below(16) {
        0..=6 => {
            let mut e = template.clone();
            e.position = PositionId::new(if dice.below(20) == 0 { dice.below(next + 1) } else { next });
            e.shares = Shares::from_micros(Shares::LOT.micros() * (dice.below(20_000) + 1) as i64);
            for leg in &mut e.legs {
                leg.walk = walk(dice.price(), e.shares, true, Usdc::from_micros(dice.below(9_999) as i64));
            }
            e.costs =
                costs(e.legs.iter().map(|l| l.walk.fee.micros()).sum(), dice.below(9) as i64, dice.below(99) as i64);
            LedgerEvent::HedgeOpened(Box::new(e))
        }
        7..=10 if !held.is_empty() => close_event(closed(any(dice), [dice.price(), dice.price()])),
        11..=14 if !held.is_empty() => {
            let mut draw = || resolutions[usize::try_from(dice.below(3)).unwrap()];
            let resolutions = [draw(), draw()];
            settle_event(settled(any(dice), resolutions))
        }
        15 if dice.below(50) == 0 => opening(1),
        _ => {
            let mut ghost = closed(template, [1, 1]);
            ghost.position = PositionId::new(dice.below(next + 5));
            close_event(ghost)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: SEQUENCES, ..ProptestConfig::default() })]
    #[test]
    fn a_million_random_events_never_lose_a_micro_dollar(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let template = opened(1, Shares::whole(1), [1, 1]);
        // Poor accounts overdraw often, rich ones never.
        let dollars = [500, 100_000, 100_000_000][usize::try_from(seed % 3).unwrap()];
        let mut account = Account::open(&opening(dollars)).unwrap();
        let mut held: Vec<HedgeOpened> = Vec::new();
        let (mut next, mut booked) = (1, 0_u32);
        for _ in 0..EVENTS {
            let event = random_event(&mut dice, &template, &held, next);
            let before = (account.cash(), account.positions_at_cost(), account.open_count(), account.event_count());
            match account.apply(&event) {
                Ok(()) => {
                    booked += 1;
                    let sum: Usdc = postings(&event).iter().map(|p| p.amount).sum();
                    prop_assert_eq!(sum, Usdc::ZERO);
                    match event {
                        LedgerEvent::HedgeOpened(e) => { next = next.max(e.position.get() + 1); held.push(*e); }
                        // Some ended ones stay in the list, to be ended again.
                        _ => if dice.below(10) > 0 || held.len() > 50 {
                            let gone = held.iter().position(|h| Some(h.position) == event.position());
                            drop(held.swap_remove(gone.unwrap()));
                        },
                    }
                }
                Err(_) => {
                    let after = (account.cash(), account.positions_at_cost(), account.open_count(), account.event_count());
                    prop_assert_eq!(before, after);
                }
            }
            prop_assert_eq!(account.cash() + account.positions_at_cost(), account.starting() + account.realised_real());
            prop_assert!(!account.cash().is_negative());
        }
        assert_balanced(&account);
        let at_cost: Usdc = account.open_positions().map(Position::at_cost).sum();
        prop_assert_eq!(at_cost, account.positions_at_cost());
        let realised: Usdc = account.positions().filter_map(Position::gross_pnl).sum();
        prop_assert_eq!(realised, account.realised_gross());
        // A sequence that books nothing proves nothing.
        prop_assert!(booked > 5_000, "{} booked", booked);
    }
}
