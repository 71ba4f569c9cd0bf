//! Matching against the plainest venue there is: it hands over one lot at a time, always the best it has within the worst price.

use crate::support::*;
use betty_market::{BookSide, FeeSchedule, Price, Shares, Usdc};
use betty_trading::engine::{
    EngineConfig, FeedKind, Instrument, LatencyModel, OrderNews, OrderRequest, Rejection, Side, TimeInForce,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const LOT: i64 = Shares::LOT.micros();

/// Shown and taken lots by price, bids and asks.
#[derive(Default)]
struct Brute([BTreeMap<u16, (i64, i64)>; 2]);

#[derive(Debug, Clone, Copy)]
enum Want {
    Lots(i64),
    Spend(i64),
}

impl Brute {
    fn set(&mut self, side: BookSide, e4: u16, lots: i64) {
        let levels = &mut self.0[side as usize];
        if lots == 0 {
            levels.remove(&e4);
        } else if levels.get(&e4).is_none_or(|(shown, _)| *shown != lots) {
            levels.insert(e4, (lots, 0));
        }
    }

    fn is_crossed(&self) -> bool {
        let (bid, ask) = (self.0[0].keys().next_back(), self.0[1].keys().next());
        matches!((bid, ask), (Some(b), Some(a)) if b >= a)
    }

    fn best_left(&mut self, side: Side, limit: u16) -> Option<(u16, &mut i64)> {
        let mut levels: Vec<_> = self.0[side.takes() as usize].iter_mut().collect();
        if side == Side::Sell {
            levels.reverse();
        }
        let within = |e4: u16| if side == Side::Buy { e4 <= limit } else { e4 >= limit };
        levels
            .into_iter()
            .find(|(e4, (shown, taken))| within(**e4) && taken < shown)
            .map(|(e4, (_, taken))| (*e4, taken))
    }

    /// Lots by price in the order taken, and whether nothing was left to fill.
    fn take(&mut self, side: Side, want: Want, limit: u16, all_or_nothing: bool) -> (Vec<(u16, i64)>, bool) {
        let before = self.0.clone();
        let (mut fills, mut want): (Vec<(u16, i64)>, _) = (Vec::new(), want);
        loop {
            let done = match want {
                Want::Lots(lots) => lots == 0,
                // Nothing more to fill once another lot at the price last paid is out of reach.
                Want::Spend(left) => fills.last().is_some_and(|(e4, _)| left < i64::from(*e4)),
            };
            if done {
                return (fills, true);
            }
            let Some((e4, taken)) = self.best_left(side, limit) else { break };
            match &mut want {
                Want::Lots(lots) => *lots -= 1,
                // The money ends between two levels.
                Want::Spend(left) if *left < i64::from(e4) => return (fills, true),
                Want::Spend(left) => *left -= i64::from(e4),
            }
            *taken += 1;
            match fills.last_mut() {
                Some((last, lots)) if *last == e4 => *lots += 1,
                _ => fills.push((e4, 1)),
            }
        }
        if all_or_nothing {
            self.0 = before;
            fills.clear();
        }
        (fills, false)
    }
}

#[derive(Debug, Clone)]
enum Step {
    Set { bid: bool, cents: u16, lots: i64 },
    Order { buy: bool, spend: bool, amount: i64, cents: u16, fok: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let set = (any::<bool>(), 0_u16..10, 0_i64..600).prop_map(|(bid, depth, lots)| Step::Set {
        bid,
        cents: if bid { 45 - depth } else { 44 + depth },
        lots: if lots < 150 { 0 } else { lots },
    });
    let order = (any::<bool>(), prop::bool::weighted(0.3), 1_i64..2_000, 30_u16..60, any::<bool>())
        .prop_map(|(buy, spend, amount, cents, fok)| Step::Order { buy, spend: spend && buy, amount, cents, fok });
    prop::collection::vec(prop_oneof![2 => set, 1 => order], 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn matching_equals_one_lot_at_a_time(steps in steps(), rate in 0_u32..100_000) {
        let fees = FeeSchedule::linear(rate);
        let spec = Instrument { min_size: Shares::LOT, ..instrument() }.with_fees(fees);
        let config = EngineConfig::new(Usdc::whole(10_000));
        let mut venue = Venue::with(config, LatencyModel::zero(), [spec]);
        let mut brute = Brute::default();
        // Something to sell: 300 shares at a cent, gone from the book afterwards.
        venue.book(&[], &[("0.01", "300")]);
        venue.submit(buy("300", "0.01"));
        venue.book(&[], &[]);
        let mut cash = venue.cash();
        for step in steps {
            match step {
                Step::Set { bid, cents, lots } => {
                    let side = if bid { BookSide::Bid } else { BookSide::Ask };
                    brute.set(side, cents * 100, lots);
                    let (price, size) = (Price::from_e4(cents * 100).unwrap(), Shares::from_micros(lots * LOT));
                    venue.event(FeedKind::Level { side, price, size, last: true });
                }
                Step::Order { buy, spend, amount, cents, fok } => {
                    let (side, limit) = (if buy { Side::Buy } else { Side::Sell }, Price::from_e4(cents * 100).unwrap());
                    let (mut request, want) = if spend {
                        let micros = amount * 3_001;
                        (OrderRequest::spend(YES, Usdc::from_micros(micros), limit), Want::Spend(micros))
                    } else {
                        let size = Shares::from_micros(amount * LOT);
                        (OrderRequest::market(YES, side, size, limit), Want::Lots(amount))
                    };
                    if fok {
                        request = request.lasting(TimeInForce::Fok);
                    }
                    let held = venue.held();
                    let id = venue.submit(request);
                    if let OrderNews::Rejected(why) = venue.last_news(id) {
                        let expected = match why {
                            Rejection::BookCrossed => brute.is_crossed(),
                            Rejection::InsufficientShares { .. } => !buy && Shares::from_micros(amount * LOT) > held,
                            Rejection::BelowMinimum { .. } => spend && amount * 3_001 < i64::from(cents) * 100,
                            _ => false,
                        };
                        prop_assert!(expected, "{why:?}");
                        continue;
                    }
                    prop_assert!(!brute.is_crossed());
                    let (fills, done) = brute.take(side, want, cents * 100, fok);
                    let got: Vec<_> =
                        venue.fills(id).iter().map(|f| (f.price.e4(), f.shares.micros() / LOT)).collect();
                    prop_assert_eq!(&got, &fills);
                    let filled = matches!(venue.last_news(id), OrderNews::Filled { left: Shares::ZERO, .. });
                    prop_assert_eq!(filled, done && !fills.is_empty());
                    for (e4, lots) in fills {
                        let (price, size) = (Price::from_e4(e4).unwrap(), Shares::from_micros(lots * LOT));
                        let (amount, fee) = (price.cost_of(size), fees.fee(price, size));
                        cash = if buy { cash - amount - fee } else { cash + amount - fee };
                    }
                    prop_assert_eq!(venue.cash(), cash);
                    prop_assert!(venue.engine.ledger().adds_up());
                }
            }
        }
    }
}
