//! Kelly fractions. Statistics, so floating point; what becomes of them is integer again in [`crate::sizing`].

/// One outcome of a bet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payout {
    /// Its probability, 0 to 1.
    pub p: f64,
    /// Dollars returned per dollar staked, 0 or more.
    pub per_dollar: f64,
}

/// Bisection steps: halving the unit interval more often than a double has bits changes nothing.
const BISECTIONS: u32 = 64;

/// How far the probabilities of a table may miss 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// `f = (p − c) / (1 − c)` for a share that costs `cost` all-in and pays a dollar with probability `p`, never below 0.
///
/// Nothing (0) for a cost of a dollar or more, and for numbers that are no probability or no cost.
#[must_use]
pub fn kelly_binary(p: f64, cost: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || !(0.0..1.0).contains(&cost) {
        return 0.0;
    }
    ((p - cost) / (1.0 - cost)).max(0.0)
}

/// The stake between 0 and 1 that maximises expected log wealth `Σ p·ln(1 + f·(x − 1))` over the payoff table.
///
/// The derivative falls in `f`, so its root is found by bisection. `None` when the table is no probability table: negative or
/// undefined entries, or a sum that misses 1.
#[must_use]
pub fn kelly_multi(table: &[Payout]) -> Option<f64> {
    let sane = table.iter().all(|o| o.p >= 0.0 && o.per_dollar >= 0.0 && o.p.is_finite() && o.per_dollar.is_finite());
    let sum: f64 = table.iter().map(|o| o.p).sum();
    if !sane || (sum - 1.0).abs() > SUM_TOLERANCE {
        return None;
    }
    let slope = |f: f64| -> f64 {
        let terms = table.iter().filter(|o| o.p > 0.0);
        terms.map(|o| o.p * (o.per_dollar - 1.0) / (1.0 + f * (o.per_dollar - 1.0))).sum()
    };
    if slope(0.0) <= 0.0 {
        return Some(0.0);
    }
    if slope(1.0) >= 0.0 {
        return Some(1.0);
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..BISECTIONS {
        let middle = low.midpoint(high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nonsense_stakes_nothing() {
        for (p, c) in [(f64::NAN, 0.5), (0.5, f64::NAN), (1.1, 0.5), (0.9, 1.0), (0.9, -0.1)] {
            assert!(kelly_binary(p, c) <= 0.0, "{p} {c}");
        }
        assert_eq!(kelly_multi(&[Payout { p: 0.5, per_dollar: 2.0 }]), None);
        assert_eq!(kelly_multi(&[Payout { p: f64::NAN, per_dollar: 2.0 }]), None);
        assert_eq!(kelly_multi(&[]), None);
    }

    #[test]
    fn a_sure_gain_stakes_everything_and_a_sure_loss_nothing() {
        assert_eq!(kelly_multi(&[Payout { p: 1.0, per_dollar: 1.01 }]), Some(1.0));
        assert_eq!(kelly_multi(&[Payout { p: 1.0, per_dollar: 0.99 }]), Some(0.0));
    }

    proptest! {
        #[test]
        fn two_outcomes_agree_with_the_closed_form(p in 0.01_f64..0.99, c in 0.01_f64..0.99) {
            let table = [Payout { p, per_dollar: 1.0 / c }, Payout { p: 1.0 - p, per_dollar: 0.0 }];
            prop_assert!((kelly_multi(&table).unwrap() - kelly_binary(p, c)).abs() < 1e-9);
        }

        #[test]
        fn no_other_stake_grows_faster(p in 0.5_f64..0.98, q in 0.0_f64..0.02, c in 0.5_f64..0.99, g in 0.0_f64..0.999) {
            let table = [
                Payout { p, per_dollar: 1.0 / c }, Payout { p: q, per_dollar: 0.5 / c },
                Payout { p: 1.0 - p - q, per_dollar: 0.0 },
            ];
            let growth = |f: f64| table.iter().map(|o| o.p * (1.0 + f * (o.per_dollar - 1.0)).ln()).sum::<f64>();
            let best = kelly_multi(&table).unwrap();
            prop_assert!(growth(best) >= growth(g) - 1e-12);
        }

        #[test]
        fn order_of_outcomes_does_not_matter(p in 0.5_f64..0.98, q in 0.0_f64..0.02, c in 0.5_f64..0.99) {
            let mut table = [
                Payout { p, per_dollar: 1.0 / c }, Payout { p: q, per_dollar: 0.5 / c },
                Payout { p: 1.0 - p - q, per_dollar: 0.0 },
            ];
            let forward = kelly_multi(&table).unwrap();
            table.reverse();
            prop_assert!((forward - kelly_multi(&table).unwrap()).abs() < 1e-12);
        }
    }
}
