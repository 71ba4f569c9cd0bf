//! Parting a walk at a share count, and joining two walks of one leg. Amounts and fees are neither lost nor made.

use betty_market::{FeeSchedule, Fill, Shares, Walk};

/// The first `keep` shares of a buyer's walk and the rest. What was bought last, and so dearest, is in the rest.
pub(super) fn split(walk: &Walk, keep: Shares, schedule: FeeSchedule) -> (Walk, Walk) {
    let (mut kept, mut rest) = (Walk::default(), Walk::default());
    let mut left = keep;
    for fill in &walk.fills {
        let here = fill.shares.min(left);
        left -= here;
        if here == fill.shares {
            push(&mut kept, *fill);
        } else if here.is_positive() {
            // Rounding up an amount and down a fee is subadditive, so neither rest is below zero.
            let amount = fill.price.cost_of(here).min(fill.amount);
            let fee = schedule.fee(fill.price, here).min(fill.fee);
            push(&mut kept, Fill { price: fill.price, shares: here, amount, fee });
            push(
                &mut rest,
                Fill {
                    price: fill.price,
                    shares: fill.shares - here,
                    amount: fill.amount - amount,
                    fee: fill.fee - fee,
                },
            );
        } else {
            push(&mut rest, *fill);
        }
    }
    (kept, rest)
}

/// Appends the fills of a second walk.
pub(super) fn join(walk: &mut Walk, more: Walk) {
    for fill in more.fills {
        push(walk, fill);
    }
}

fn push(walk: &mut Walk, fill: Fill) {
    walk.shares += fill.shares;
    walk.amount += fill.amount;
    walk.fee += fill.fee;
    walk.fills.push(fill);
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::{Price, Usdc};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_or_made(
            fills in prop::collection::vec((1_u16..9_999, 1_i64..50_000), 1..6), part in 0_i64..=1_000, rate in 0_u32..80_000,
        ) {
            let schedule = FeeSchedule::linear(rate);
            let mut walk = Walk::default();
            for (e4, lots) in fills {
                let (price, shares) = (Price::from_e4(e4).unwrap(), Shares::from_micros(lots * Shares::LOT.micros()));
                push(&mut walk, Fill { price, shares, amount: price.cost_of(shares), fee: schedule.fee(price, shares) });
            }
            let keep = Shares::from_micros(walk.shares.micros() / 1_000 * part).floor_to_lot();
            let (kept, rest) = split(&walk, keep, schedule);
            prop_assert_eq!(kept.shares, keep);
            prop_assert_eq!(kept.shares + rest.shares, walk.shares);
            prop_assert_eq!(kept.amount + rest.amount, walk.amount);
            prop_assert_eq!(kept.fee + rest.fee, walk.fee);
            for fill in kept.fills.iter().chain(&rest.fills) {
                prop_assert!(fill.shares.is_positive() && fill.amount >= Usdc::ZERO && fill.fee >= Usdc::ZERO);
            }
            let mut again = kept.clone();
            join(&mut again, rest);
            prop_assert_eq!((again.shares, again.amount, again.fee), (walk.shares, walk.amount, walk.fee));
        }
    }
}
