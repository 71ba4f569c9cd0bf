//! A leg that stayed alone: what it costs, and what an account refuses of it.

use super::event::{AccountOpened, LegOut, LegUnwound};
use super::{Account, LedgerAccount, LedgerError, LedgerEvent, postings};
use betty_market::{Fill, MarketId, Outcome, Price, Resolution, Shares, SourceLabel, Timestamp, TokenId, Usdc, Walk};

fn walk(e4: u16, shares: i64, fee_micros: i64, buy: bool) -> Walk {
    let (price, shares) = (Price::from_e4(e4).unwrap(), Shares::whole(shares));
    let amount = if buy { price.cost_of(shares) } else { price.proceeds_of(shares) };
    let fee = Usdc::from_micros(fee_micros);
    Walk { fills: vec![Fill { price, shares, amount, fee }], shares, amount, fee }
}

fn unwound(out: LegOut) -> LegUnwound {
    LegUnwound {
        hedge_key: "k".to_owned(),
        market: MarketId::new("1").unwrap(),
        outcome: Outcome::Yes,
        token: TokenId::new("t").unwrap(),
        bought: walk(4_000, 10, 70, true),
        out,
        naked_ms: 5,
        words: String::new(),
        at: Timestamp::from_secs(9),
        snapshot: Vec::new(),
    }
}

fn account() -> Account {
    Account::open(&LedgerEvent::AccountOpened(AccountOpened {
        starting: Usdc::whole(100),
        source: SourceLabel::Simulated { seed: 1 },
        at: Timestamp::default(),
    }))
    .unwrap()
}

fn event(e: LegUnwound) -> LedgerEvent {
    LedgerEvent::LegUnwound(Box::new(e))
}

#[test]
fn the_loss_is_what_buying_and_selling_lost() {
    let mut account = account();
    let e = event(unwound(LegOut::Sold { walk: walk(3_900, 10, 30, false) }));
    assert_eq!(postings(&e).iter().map(|p| p.amount).sum::<Usdc>(), Usdc::ZERO);
    account.apply(&e).unwrap();
    // Bought for 4.00 and 0.000070, sold for 3.90 less 0.000030.
    assert_eq!(account.cash(), "99.8999".parse().unwrap());
    assert_eq!(account.realised_gross(), "-0.10".parse().unwrap());
    assert_eq!(account.balance(LedgerAccount::Fees), Usdc::from_micros(100));
    assert_eq!(account.cash() + account.positions_at_cost(), account.starting() + account.realised_real());
    assert_eq!(account.open_count(), 0);
}

#[test]
fn a_market_that_ends_first_pays_by_its_outcome() {
    for (resolution, paid) in [(Resolution::Yes, 10), (Resolution::No, 0), (Resolution::Void, 5)] {
        let mut account = account();
        let e = unwound(LegOut::Paid { resolution, payout: Usdc::whole(paid) });
        account.apply(&event(e.clone())).unwrap();
        assert_eq!(account.cash(), "95.99993".parse::<Usdc>().unwrap() + Usdc::whole(paid), "{resolution:?}");
        let wrong = LegUnwound { out: LegOut::Paid { resolution, payout: Usdc::whole(7) }, ..e };
        assert!(matches!(account.apply(&event(wrong)), Err(LedgerError::Inconsistent(_))));
    }
}

#[test]
fn what_was_not_bought_cannot_be_sold() {
    let mut account = account();
    let before = account.clone();
    let e = event(unwound(LegOut::Sold { walk: walk(3_900, 11, 0, false) }));
    assert!(matches!(account.apply(&e), Err(LedgerError::Inconsistent(_))));
    assert_eq!(account, before);
}
