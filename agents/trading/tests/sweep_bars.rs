//! The kernel over bars against the rule written out, bar by bar, on random bars and parameters.

use betty_trading::stats::{DAYS_PER_YEAR, ReturnStats, SplitMix64};
use betty_trading::sweep::{BarExit, BarRule, BarTrade, BarsError, PairBars};
use proptest::prelude::*;

/// The rule as its definition states it, with integers: entry when flat, then target, stop, time, in this order, never on the bar of an
/// exit. Also the bar of entry of a position left open.
fn signals(edges: &[i64], rule: &BarRule) -> (Vec<BarTrade>, Option<usize>) {
    let (mut trades, mut held) = (Vec::new(), None);
    for (t, &edge) in edges.iter().enumerate() {
        match held {
            None if edge >= rule.entry_mills => held = Some((t, edge)),
            None => {}
            Some((t0, e0)) => {
                let exit = if edge <= e0 - rule.take_mills {
                    BarExit::Target
                } else if edge >= e0 + rule.stop_mills {
                    BarExit::Stop
                } else if (t - t0) as i64 >= rule.hold_bars {
                    BarExit::Time
                } else {
                    continue;
                };
                trades.push(BarTrade { entered: t0 as u32, left: t as u32, gain_mills: (e0 - edge) as i32, exit });
                held = None;
            }
        }
    }
    (trades, held.map(|h| h.0))
}

/// Returns of equity per bar, reinvested whole and valued on every bar.
fn equity_returns(edges: &[i64], trades: &[BarTrade], open: Option<usize>) -> Vec<f64> {
    let mut returns = vec![0.0; edges.len() - 1];
    let last = edges.len() - 1;
    let spans = trades.iter().map(|t| (t.entered as usize, t.left as usize)).chain(open.map(|t0| (t0, last)));
    for (t0, t1) in spans {
        for t in t0 + 1..=t1 {
            returns[t - 1] = (1_000 - edges[t]) as f64 / (1_000 - edges[t - 1]) as f64 - 1.0;
        }
    }
    returns
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-12
}

fn check(a: &[u16], b: &[u16], rule: &BarRule) -> Result<usize, TestCaseError> {
    let bars = PairBars::new(a, b).unwrap();
    let edges: Vec<i64> = a.iter().zip(b).map(|(a, b)| i64::from(*a) - i64::from(*b)).collect();
    let (trades, open) = signals(&edges, rule);
    prop_assert_eq!(bars.trades(rule), trades.clone(), "{:?}", rule);
    let returns = equity_returns(&edges, &trades, open);
    prop_assert!(bars.returns(rule).iter().zip(&returns).all(|(a, b)| (a - b).abs() < 1e-12 + 1e-12 * b.abs()));
    prop_assert_eq!(bars.returns(rule).len(), returns.len());
    let stats = ReturnStats::of_known(&returns, DAYS_PER_YEAR);
    for result in [bars.evaluate(rule), bars.evaluate_plain(rule)] {
        let count = |exit| trades.iter().filter(|t| t.exit == exit).count() as u32;
        prop_assert_eq!(result.trades as usize, trades.len());
        prop_assert_eq!(result.exits, [count(BarExit::Target), count(BarExit::Stop), count(BarExit::Time)]);
        prop_assert_eq!(result.wins as usize, trades.iter().filter(|t| t.gain_mills > 0).count());
        prop_assert_eq!(result.gain_mills, trades.iter().map(|t| i64::from(t.gain_mills)).sum::<i64>());
        prop_assert_eq!(result.open, open.is_some());
        if edges.len() > 1 {
            prop_assert!(close(result.total_return, stats.total_return.unwrap()), "{:?} {:?}", result, stats);
            prop_assert!(close(result.max_drawdown, stats.max_drawdown.unwrap()), "{:?} {:?}", result, stats);
            if let (Ok(ours), Ok(theirs)) = (result.sharpe(), stats.sharpe) {
                prop_assert!(close(ours * 365_f64.sqrt(), theirs), "{:?} {:?}", result, stats);
            }
            let moved = stats.stdev.is_ok_and(|s| s > 1e-9);
            prop_assert_eq!(result.moments.is_some(), moved, "{:?} {:?}", result, stats);
        } else {
            prop_assert_eq!((result.total_return, result.max_drawdown, result.moments), (0.0, 0.0, None));
        }
    }
    Ok(trades.len())
}

/// Prices that move by small steps, so that levels are met exactly and often.
fn walk(seed: u64, bars: usize, step: u64, start: (u16, u16)) -> (Vec<u16>, Vec<u16>) {
    let mut dice = SplitMix64::new(seed);
    let mut at = [i64::from(start.0), i64::from(start.1)];
    let mut out = (Vec::new(), Vec::new());
    for _ in 0..bars {
        out.0.push(at[0] as u16);
        out.1.push(at[1] as u16);
        for price in &mut at {
            *price = (*price + dice.below(2 * step + 1) as i64 - step as i64).clamp(1, 999);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_kernel_is_the_rule(
        seed in any::<u64>(), bars in 1_usize..700, step in 1_u64..6,
        entry in -30_i64..40, take in -3_i64..25, stop in -3_i64..25, hold in -2_i64..200,
    ) {
        let (a, b) = walk(seed, bars, step, (500, 500));
        check(&a, &b, &BarRule { entry_mills: entry, take_mills: take, stop_mills: stop, hold_bars: hold })?;
    }

    #[test]
    fn the_kernel_is_the_rule_for_any_prices_and_parameters(
        prices in prop::collection::vec((0_u16..=1_000, 1_u16..=1_000), 1..200),
        entry in -1_200_i64..1_200, take in -1_000_i64..2_000, stop in -1_000_i64..2_000, hold in 0_i64..300,
    ) {
        let (a, b): (Vec<u16>, Vec<u16>) = prices.into_iter().unzip();
        check(&a, &b, &BarRule { entry_mills: entry, take_mills: take, stop_mills: stop, hold_bars: hold })?;
    }
}

#[test]
fn long_holdings_and_many_trades_are_both_met() {
    let (a, b) = walk(1, 6_000, 2, (510, 500));
    let mut trades = 0;
    for (take, stop, hold) in [(2, 2, 10), (30, 30, 3_000), (60, 500, 100_000), (1, 400, 700), (400, 1, 700)] {
        for entry in [-1_000, -20, 0, 15, 60] {
            let rule = BarRule { entry_mills: entry, take_mills: take, stop_mills: stop, hold_bars: hold };
            trades += check(&a, &b, &rule).unwrap();
        }
    }
    assert!(trades > 3_000, "{trades}");
}

#[test]
fn a_pair_entered_on_the_last_bar_has_moved_nothing() {
    // 1 / v * v is not 1 for every v, 823 among them.
    for v in 1..=1_999_u16 {
        let (a, b) = if v <= 1_000 { (1_000 - v, 0) } else { (0, v - 1_000) };
        if (a, b) != (1_000, 0) {
            check(&[a], &[b], &BarRule { entry_mills: -1_000, take_mills: 0, stop_mills: 0, hold_bars: 0 }).unwrap();
        }
    }
}

#[test]
fn extreme_parameters_neither_overflow_nor_panic() {
    let (a, b) = walk(2, 300, 3, (500, 500));
    let bars = PairBars::new(&a, &b).unwrap();
    for x in [i64::MIN, i64::MAX, 0] {
        for y in [i64::MIN, i64::MAX] {
            for rule in [
                BarRule { entry_mills: x, take_mills: y, stop_mills: x, hold_bars: y },
                BarRule { entry_mills: -500, take_mills: y, stop_mills: x, hold_bars: x },
            ] {
                assert_eq!(bars.evaluate(&rule).exits, bars.evaluate_plain(&rule).exits, "{rule:?}");
            }
        }
    }
    assert_eq!(BarRule::from_set(&[1, 2]), BarRule { entry_mills: 1, take_mills: 2, stop_mills: 0, hold_bars: 0 });
}

#[test]
fn bars_that_make_no_sense_are_refused() {
    assert_eq!(PairBars::new(&[1], &[]).unwrap_err(), BarsError::Lengths { a: 1, b: 0 });
    assert_eq!(PairBars::new(&[], &[]).unwrap_err(), BarsError::Count(0));
    assert_eq!(PairBars::new(&[500, 1_001], &[1, 1]).unwrap_err(), BarsError::Price { bar: 1, a: 1_001, b: 1 });
    assert_eq!(PairBars::new(&[1_000], &[0]).unwrap_err(), BarsError::Price { bar: 0, a: 1_000, b: 0 });
    // Edges over 1,999 mills for a million bars: 250 MB and more.
    let many = 1_100_000;
    let (mut a, mut b) = (vec![500; many], vec![500; many]);
    (a[0], b[0], a[1], b[1]) = (999, 0, 0, 1_000);
    assert!(matches!(PairBars::new(&a, &b), Err(BarsError::IndexTooLarge { .. })));
}
