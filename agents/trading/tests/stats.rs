//! Statistics of returns: properties, definitions by brute force, and intervals held to what they promise in simulations.

use betty_market::Usdc;
use betty_trading::backtest::report::Figure;
use betty_trading::stats::enough::{EVENTS_MIN, POWER};
use betty_trading::stats::{
    Bootstrap, DAYS_MIN, DAYS_PER_YEAR, Estimate, Level, Reported, ReturnStats, SplitMix64, Undefined, Verdict,
    benjamini_hochberg, cluster_bootstrap, daily_returns, jeffreys, mean_by_event, mean_verdict, rate_verdict,
    ratio_by_event, wilson,
};
use proptest::prelude::*;

/// The 95% point of the normal distribution.
const Z_95: f64 = 1.644_853_626_951_472_6;

/// Standard normal by the sum of twelve uniforms.
fn normal(dice: &mut SplitMix64) -> f64 {
    (0..12).map(|_| dice.unit()).sum::<f64>() - 6.0
}

fn all_values(s: &ReturnStats) -> [Result<f64, Undefined>; 12] {
    [
        s.mean,
        s.stdev,
        s.sharpe,
        s.downside_deviation,
        s.sortino,
        s.max_drawdown,
        s.total_return,
        s.cagr,
        s.calmar,
        s.volatility,
        s.profit_factor,
        s.win_rate,
    ]
}

proptest! {
    #[test]
    fn no_input_makes_infinity_or_a_panic(returns in prop::collection::vec(prop::option::of(any::<f64>()), 0..40)) {
        let stats = ReturnStats::of(&returns, DAYS_PER_YEAR);
        for value in all_values(&stats) {
            prop_assert!(value.is_err() || value.unwrap().is_finite());
        }
        let reported = Reported::of(&returns, Bootstrap { resamples: 20, ..Bootstrap::seeded(1) });
        for e in [reported.sharpe, reported.total_return, reported.max_drawdown, reported.psr, reported.deflated(1e-4, 5)] {
            let figure = Figure::from(e);
            prop_assert_eq!(figure.value.is_none(), figure.undefined.is_some());
            prop_assert!(figure.value.is_none_or(f64::is_finite));
            prop_assert!(figure.interval.is_none_or(|(a, b)| a <= b && a.is_finite() && b.is_finite()));
        }
    }

    #[test]
    fn leverage_leaves_ratios_alone(
        returns in prop::collection::vec(-0.02_f64..0.02, 2..60), factor in 0.1_f64..3.0,
    ) {
        let scaled: Vec<f64> = returns.iter().map(|r| r * factor).collect();
        let (a, b) = (ReturnStats::of_known(&returns, DAYS_PER_YEAR), ReturnStats::of_known(&scaled, DAYS_PER_YEAR));
        for (x, y) in [(a.sharpe, b.sharpe), (a.sortino, b.sortino), (a.profit_factor, b.profit_factor)] {
            if let (Ok(x), Ok(y)) = (x, y) {
                prop_assert!((x - y).abs() <= 1e-7 * x.abs().max(1.0), "{} {}", x, y);
            }
        }
        prop_assert_eq!(a.win_rate, b.win_rate);
    }

    #[test]
    fn drawdown_and_return_are_those_of_the_equity(
        steps in prop::collection::vec(-40_000_i64..45_000, 1..50),
    ) {
        let start = 1_000_000_i64;
        let mut equity = vec![start];
        for s in &steps {
            equity.push((equity.last().unwrap() + s).max(1));
        }
        let days: Vec<Option<Usdc>> = equity[1..].iter().map(|e| Some(Usdc::from_micros(*e))).collect();
        let stats = ReturnStats::of(&daily_returns(Usdc::from_micros(start), &days), DAYS_PER_YEAR);
        let worst = (0..equity.len())
            .flat_map(|i| (i..equity.len()).map(move |j| (i, j)))
            .map(|(i, j)| 1.0 - equity[j] as f64 / equity[i] as f64)
            .fold(0.0, f64::max);
        let total = *equity.last().unwrap() as f64 / start as f64 - 1.0;
        prop_assert!((stats.max_drawdown.unwrap() - worst).abs() < 1e-12);
        prop_assert!((stats.total_return.unwrap() - total).abs() < 1e-12);
    }

    #[test]
    fn kept_findings_are_those_of_the_definition(
        p in prop::collection::vec((0_u32..=40).prop_map(|p| f64::from(p) / 400.0), 0..14), q in 0.01_f64..0.5,
    ) {
        let kept = benjamini_hochberg(&p, q).unwrap();
        // The definition, tried for every k.
        let mut sorted = p.clone();
        sorted.sort_by(f64::total_cmp);
        let m = p.len() as f64;
        let k = (1..=p.len()).filter(|k| sorted[k - 1] * m <= *k as f64 * q).max().unwrap_or(0);
        for (given, finding) in p.iter().zip(&kept) {
            prop_assert_eq!(finding.kept, k > 0 && *given <= sorted[k - 1]);
            prop_assert!(finding.adjusted >= *given && finding.adjusted <= 1.0);
            // Kept at q exactly when the adjusted value is at most q, up to the rounding of a product and a quotient.
            prop_assert!((finding.adjusted - q).abs() < 1e-12 || finding.kept == (finding.adjusted <= q));
        }
    }
}

#[test]
fn missing_days_and_a_ruined_account() {
    let d = |x: i64| Some(Usdc::whole(x));
    let returns = daily_returns(Usdc::whole(100), &[d(110), None, d(121), d(0), d(50)]);
    assert_eq!(returns[1], None);
    assert!((returns[2].unwrap() - 0.1).abs() < 1e-12);
    // After equity zero there is nothing to earn a return on.
    assert_eq!(returns[3..], [Some(-1.0), None]);
    assert_eq!(ReturnStats::of(&returns, DAYS_PER_YEAR).total_return, Ok(-1.0));
    let ruined = ReturnStats::of(&[Some(-1.5)], DAYS_PER_YEAR);
    assert_eq!((ruined.total_return, ruined.cagr), (Ok(-1.5), Err(Undefined::Ruined)));
}

#[test]
fn nothing_is_annualised_under_thirty_days() {
    let mut dice = SplitMix64::new(3);
    let series: Vec<Option<f64>> = (0..DAYS_MIN).map(|_| Some(0.001 + 0.01 * normal(&mut dice))).collect();
    let settings = Bootstrap::seeded(9);
    let mut short = series.clone();
    short[7] = None;
    let refused = Reported::of(&short, settings);
    let why = Undefined::TooShort { days: DAYS_MIN - 1, need: DAYS_MIN };
    for e in [refused.sharpe, refused.sortino, refused.cagr, refused.calmar, refused.volatility, refused.psr] {
        assert_eq!(e, Estimate::undefined(why, DAYS_MIN - 1));
    }
    assert_eq!(refused.deflated(1e-3, 10).value, Err(why));
    let figure = Figure::from(refused.sharpe);
    assert_eq!(figure.value, None);
    assert!(figure.undefined.unwrap().starts_with("only 29 days of history"));
    // What is not annualised is told at once.
    assert!(refused.total_return.value.is_ok() && refused.total_return.interval.is_some());

    let told = Reported::of(&series, settings);
    let raw = ReturnStats::of(&series, DAYS_PER_YEAR);
    let pairs = [(told.sharpe, raw.sharpe), (told.cagr, raw.cagr), (told.volatility, raw.volatility)];
    for (e, value) in pairs {
        assert_eq!(e.value, value);
        assert!(e.interval.unwrap().contains(value.unwrap()), "{e:?}");
    }
    assert_eq!(told, Reported::of(&series, settings), "one seed, one result");
    assert_ne!(told.sharpe.interval, Reported::of(&series, Bootstrap::seeded(10)).sharpe.interval);
}

/// `∫₀ˣ t^(a−1) (1 − t)^(b−1) dt`, up to a factor, by Simpson's rule after t = sin²θ, which is smooth for a, b ≥ ½.
fn beta_mass(a: f64, b: f64, x: f64) -> f64 {
    let end = x.sqrt().asin();
    let steps = 20_000;
    let f = |theta: f64| theta.sin().powf(2.0 * a - 1.0) * theta.cos().max(0.0).powf(2.0 * b - 1.0);
    let h = end / f64::from(steps);
    let sum: f64 = (0..=steps)
        .map(|i| {
            let weight = if i == 0 || i == steps {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            };
            weight * f(h * f64::from(i))
        })
        .sum();
    sum * h / 3.0
}

#[test]
fn jeffreys_ends_leave_a_twentieth_on_each_side() {
    for (successes, n) in [(1, 2), (0, 5), (5, 5), (3, 10), (9, 10), (1, 40), (33, 40), (250, 500), (497, 500)] {
        let estimate = jeffreys(successes, n, Level::NINETY);
        let interval = estimate.interval.unwrap();
        let (a, b) = (successes as f64 + 0.5, (n - successes) as f64 + 0.5);
        let whole = beta_mass(a, b, 1.0);
        if successes == 0 {
            assert_eq!(interval.low, 0.0);
        } else {
            assert!((beta_mass(a, b, interval.low) / whole - 0.05).abs() < 1e-8, "{successes} of {n}: {interval:?}");
        }
        if successes == n {
            assert_eq!(interval.high, 1.0);
        } else {
            assert!((beta_mass(a, b, interval.high) / whole - 0.95).abs() < 1e-8, "{successes} of {n}: {interval:?}");
        }
    }
    assert_eq!(jeffreys(0, 0, Level::NINETY).value, Err(Undefined::NoObservations));
    assert!(matches!(wilson(3, 2, Level::NINETY).value, Err(Undefined::Inconsistent(_))));
}

#[test]
fn wilson_ends_are_the_rates_the_score_test_just_allows() {
    for n in [1_u64, 2, 7, 40, 1_000, 1_000_000] {
        for successes in [0, 1, n / 3, n / 2, n - 1, n] {
            let interval = wilson(successes, n, Level::NINETY).interval.unwrap();
            let seen = successes as f64 / n as f64;
            for p in [interval.low, interval.high] {
                if p > 0.0 && p < 1.0 {
                    let score = (seen - p).abs() / (p * (1.0 - p) / n as f64).sqrt();
                    assert!((score - Z_95).abs() < 1e-6, "{successes} of {n}: {score} at {p}");
                }
            }
        }
    }
}

#[test]
fn both_rate_intervals_cover_about_what_they_promise_and_agree_for_many_trials() {
    let n = 50_u64;
    for method in [wilson, jeffreys] {
        let intervals: Vec<_> = (0..=n).map(|k| method(k, n, Level::NINETY).interval.unwrap()).collect();
        let (mut sum, mut count) = (0.0, 0.0);
        for step in 1..200 {
            let p = f64::from(step) / 200.0;
            let mut mass = (1.0 - p).powi(n as i32);
            for (k, interval) in intervals.iter().enumerate() {
                sum += if interval.contains(p) { mass } else { 0.0 };
                mass *= (n as f64 - k as f64) / (k as f64 + 1.0) * p / (1.0 - p);
            }
            count += 1.0;
        }
        assert!((0.89..0.92).contains(&(sum / count)), "mean coverage {}", sum / count);
    }
    let (a, b) = (wilson(700_000, 1_000_000, Level::NINETY), jeffreys(700_000, 1_000_000, Level::NINETY));
    let (a, b) = (a.interval.unwrap(), b.interval.unwrap());
    assert!((a.low - b.low).abs() < 1e-6 && (a.high - b.high).abs() < 1e-6, "{a:?} {b:?}");
}

#[test]
fn trades_of_one_event_count_once() {
    let mut dice = SplitMix64::new(4);
    let events: Vec<(u32, f64)> = (0..30).map(|e| (e, normal(&mut dice))).collect();
    let settings = Bootstrap::seeded(7);
    let once = mean_by_event(events.iter().copied(), settings);
    // Each trade five times within its event: nothing is known better.
    let repeated = events.iter().flat_map(|e| [*e; 5]);
    let many = mean_by_event(repeated, settings);
    assert_eq!((once.n, many.n), (30, 30));
    let (a, b) = (once.interval.unwrap(), many.interval.unwrap());
    assert!((a.low - b.low).abs() < 1e-12 && (a.high - b.high).abs() < 1e-12);
    // Taken as independent trades the interval would be narrower by √5.
    let independent = mean_by_event(events.iter().flat_map(|e| (0..5).map(|i| ((e.0, i), e.1))), settings);
    let c = independent.interval.unwrap();
    assert!((c.high - c.low) < 0.6 * (a.high - a.low), "{c:?} {a:?}");
    // The order in which observations come does not show.
    assert_eq!(once, mean_by_event(events.iter().rev().copied(), settings));
    assert_eq!(mean_by_event([(1, 2.0), (1, 4.0)], settings), Estimate::plain(Ok(3.0), 1));
    assert_eq!(mean_by_event::<u8>([], settings).value, Err(Undefined::NoObservations));
}

#[test]
fn the_ratio_weighs_by_its_denominator_and_a_rarely_defined_statistic_has_no_interval() {
    let settings = Bootstrap::seeded(1);
    let ratio = ratio_by_event([(1, (1.0, 10.0)), (2, (5.0, 30.0)), (3, (0.0, 20.0))], settings);
    assert_eq!(ratio.value, Ok(0.1));
    assert!(ratio.interval.unwrap().contains(0.1));
    // Defined only when the one special event was drawn: in 1 − (2/3)³ of the resamples.
    let rare = cluster_bootstrap([(1, 0.0), (2, 0.0), (3, 1.0)], settings, |sample| {
        if sample.iter().sum::<f64>() > 0.0 { Ok(1.0) } else { Err(Undefined::NoLoss) }
    });
    assert_eq!(rare, Estimate::plain(Ok(1.0), 3));
}

#[test]
fn bootstrap_intervals_cover_what_they_promise_also_for_few_events() {
    for events in [6_u64, 25] {
        let worlds = 600;
        let mut covered = 0;
        for world in 0..worlds {
            let mut dice = SplitMix64::for_item(21, world);
            let trades: Vec<(u64, f64)> = (0..events)
                .flat_map(|e| {
                    let shared = normal(&mut dice);
                    [0.0; 3].map(|_| (e, 1.0 + shared + 0.3 * normal(&mut dice)))
                })
                .collect();
            let settings = Bootstrap { resamples: 300, level: Level::NINETY, seed: world };
            covered += u32::from(mean_by_event(trades, settings).interval.unwrap().contains(1.0));
        }
        let rate = f64::from(covered) / worlds as f64;
        // Three standard errors of 600 worlds, and a little for the resampling.
        assert!((0.85..0.95).contains(&rate), "{events} events: {rate}");
    }
}

#[test]
fn the_number_of_missing_events_is_enough_as_often_as_promised() {
    // A mean of 0.3 deviations: the first estimate says how many events settle it.
    let (mean, worlds) = (0.3, 400);
    let need = ((Z_95 + 0.841_621_233_572_914_4) / mean).powi(2).ceil() as u64;
    let settled = (0..worlds).filter(|world| {
        let mut dice = SplitMix64::for_item(5, *world);
        let series: Vec<f64> = (0..need).map(|_| mean + normal(&mut dice)).collect();
        mean_verdict(&series, Level::NINETY).verdict == Verdict::Above
    });
    let rate = settled.count() as f64 / worlds as f64;
    assert!((rate - POWER).abs() < 0.06, "{rate}");

    // Mean 0.5 and deviation 1, exactly: the number asked for is the formula's.
    let series = [1.5, -0.5].repeat(2);
    let deviation = (4.0_f64 / 3.0).sqrt();
    let need = ((Z_95 + 0.841_621_233_572_914_4) * deviation / 0.5).powi(2).ceil() as u64;
    let verdict = mean_verdict(&series, Level::NINETY).verdict;
    assert_eq!(verdict, Verdict::NotEnough { have: 4, more: need - 4 });
    assert_eq!(verdict.to_string(), format!("not enough data, need about {} more independent events", need - 4));
}

#[test]
fn few_events_never_make_a_verdict() {
    let certain = vec![1.0; EVENTS_MIN as usize];
    assert_eq!(mean_verdict(&certain, Level::NINETY).verdict, Verdict::Above);
    assert_eq!(mean_verdict(&certain[1..], Level::NINETY).verdict, Verdict::NotEnough { have: 19, more: 1 });
    assert_eq!(mean_verdict(&[], Level::NINETY).verdict, Verdict::NotEnough { have: 0, more: EVENTS_MIN });
    let nothing = mean_verdict(&[1.0, -1.0].repeat(50), Level::NINETY).verdict;
    assert!(nothing.to_string().contains("no effect to speak of"), "{nothing}");
    assert_eq!(rate_verdict(95, 100, 0.9, Level::NINETY).verdict, Verdict::Above);
    assert_eq!(rate_verdict(80, 100, 0.9, Level::NINETY).verdict, Verdict::Below);
    assert!(matches!(rate_verdict(91, 100, 0.9, Level::NINETY).verdict, Verdict::NotEnough { more: 1_000.., .. }));
    assert!(rate_verdict(1, 2, 1.5, Level::NINETY).estimate.value.is_err());
}
