//! Sharpe ratios after selection, held to simulations: a wrong constant, a kurtosis off by three or a missing deviation would show.

use betty_trading::stats::{
    Level, Moments, SplitMix64, Undefined, deflated_sharpe, expected_best_sharpe, min_track_record,
    probabilistic_sharpe, probability_of_overfitting, sharpe_interval,
};

/// Standard normal by the sum of twelve uniforms: excess kurtosis −0.1.
fn normal(dice: &mut SplitMix64) -> f64 {
    (0..12).map(|_| dice.unit()).sum::<f64>() - 6.0
}

/// Exponential with mean 1: skewness 2, kurtosis 9.
fn exponential(dice: &mut SplitMix64) -> f64 {
    -(1.0 - dice.unit()).ln()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let m = mean(values);
    (values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

#[test]
fn moments_are_those_of_the_distribution_and_sums_give_the_same() {
    let mut dice = SplitMix64::new(1);
    let series: Vec<f64> = (0..400_000).map(|_| 0.01 * exponential(&mut dice)).collect();
    let m = Moments::of(&series).unwrap();
    assert!((m.mean - 0.01).abs() < 1e-4 && (m.stdev - 0.01).abs() < 1e-4, "{m:?}");
    assert!((m.skewness - 2.0).abs() < 0.1 && (m.kurtosis - 9.0).abs() < 0.8, "{m:?}");
    let sums = [1, 2, 3, 4].map(|p| series.iter().map(|r| r.powi(p)).sum::<f64>());
    let s = Moments::of_sums(series.len() as u64, sums).unwrap();
    for (a, b) in [(m.mean, s.mean), (m.stdev, s.stdev), (m.skewness, s.skewness), (m.kurtosis, s.kurtosis)] {
        assert!((a / b - 1.0).abs() < 1e-9, "{m:?} {s:?}");
    }
    assert_eq!(Moments::of(&[0.1; 9]), Err(Undefined::NoVariation));
    assert_eq!(Moments::of_sums(9, [0.9, 0.09, 0.009, 0.000_9]), Err(Undefined::NoVariation));
    assert_eq!(Moments::of(&[0.1]), Err(Undefined::OneObservation));
    assert_eq!(Moments::of_sums(0, [0.0; 4]), Err(Undefined::NoObservations));
}

/// Skewed returns both ways, where the term with kurtosis and the one with skewness are far from 1.
#[test]
fn the_standard_error_is_the_spread_of_the_sharpe_ratio() {
    for sign in [1.0, -1.0] {
        let (periods, worlds) = (300, 3_000);
        let (mut ratios, mut errors) = (Vec::new(), Vec::new());
        for world in 0..worlds {
            let mut dice = SplitMix64::for_item(2, world);
            // Deviation 1 and mean 0.8.
            let series: Vec<f64> = (0..periods).map(|_| 0.8 + sign * (exponential(&mut dice) - 1.0)).collect();
            let m = Moments::of(&series).unwrap();
            ratios.push(m.sharpe());
            errors.push(m.sharpe_error());
        }
        let (seen, said) = (deviation(&ratios), mean(&errors));
        // True: √(1 − γ₃ SR + (γ₄ − 1)/4 SR²) = √0.68 and √3.88. With the excess kurtosis it would be √−… and √3.4.
        assert!((said / seen - 1.0).abs() < 0.06, "sign {sign}: said {said}, seen {seen}");
    }
}

#[test]
fn the_probabilistic_sharpe_ratio_is_even_at_the_truth() {
    let (worlds, truth) = (2_000, 0.2);
    let mut below = [0_u32; 3];
    let mut covered = 0;
    for world in 0..worlds {
        let mut dice = SplitMix64::for_item(3, world);
        let series: Vec<f64> = (0..200).map(|_| truth + normal(&mut dice)).collect();
        let m = Moments::of(&series).unwrap();
        let p = probabilistic_sharpe(&m, truth).value.unwrap();
        for (count, mark) in below.iter_mut().zip([0.05, 0.5, 0.95]) {
            *count += u32::from(p < mark);
        }
        covered += u32::from(sharpe_interval(&m, Level::NINETY).interval.unwrap().contains(truth));
    }
    for (count, mark) in below.iter().zip([0.05, 0.5, 0.95]) {
        let rate = f64::from(*count) / worlds as f64;
        assert!((rate - mark).abs() < 0.035, "{rate} of the worlds below {mark}");
    }
    assert!((f64::from(covered) / worlds as f64 - 0.9).abs() < 0.025, "{covered}");
}

/// Worlds of `trials` strategies without skill, `periods` each: the best Sharpe ratio, the variance of all, the moments of the best.
fn worlds(count: u64, trials: usize, periods: usize) -> Vec<(f64, f64, Moments)> {
    (0..count)
        .map(|world| {
            let mut dice = SplitMix64::for_item(100 + trials as u64, world);
            let all: Vec<Moments> = (0..trials)
                .map(|_| Moments::of(&(0..periods).map(|_| normal(&mut dice)).collect::<Vec<_>>()).unwrap())
                .collect();
            let ratios: Vec<f64> = all.iter().map(Moments::sharpe).collect();
            let best = all.iter().copied().fold(all[0], |b, m| if m.sharpe() > b.sharpe() { m } else { b });
            (best.sharpe(), deviation(&ratios).powi(2), best)
        })
        .collect()
}

#[test]
fn the_best_of_many_without_skill_is_deflated_to_a_coin_toss() {
    for trials in [10_usize, 100] {
        let periods = 60;
        let worlds = worlds(250, trials, periods);
        let best = mean(&worlds.iter().map(|w| w.0).collect::<Vec<_>>());
        // The variance of a Sharpe ratio without skill is 1 / periods.
        let said = expected_best_sharpe(1.0 / periods as f64, trials as u64).unwrap();
        assert!((said / best - 1.0).abs() < 0.05, "{trials} trials: said {said}, seen {best}");

        let deflated: Vec<f64> =
            worlds.iter().map(|(_, v, m)| deflated_sharpe(m, *v, trials as u64).value.unwrap()).collect();
        let naive: Vec<f64> = worlds.iter().map(|(_, _, m)| probabilistic_sharpe(m, 0.0).value.unwrap()).collect();
        let above = |v: &[f64]| v.iter().filter(|p| **p > 0.95).count() as f64 / v.len() as f64;
        assert!((mean(&deflated) - 0.5).abs() < 0.08, "{trials} trials: mean {}", mean(&deflated));
        assert!(above(&deflated) < 0.08, "{}", above(&deflated));
        // Without deflation nearly every best looks like skill.
        assert!(above(&naive) > 0.35, "{}", above(&naive));
    }
}

#[test]
fn one_trial_is_no_selection_and_bad_inputs_are_reasons() {
    let m = Moments::of(&[0.01, -0.005, 0.02, 0.003]).unwrap();
    assert_eq!(deflated_sharpe(&m, 0.04, 1), probabilistic_sharpe(&m, 0.0));
    assert_eq!(deflated_sharpe(&m, 0.04, 0).value, Err(Undefined::NoObservations));
    assert!(matches!(expected_best_sharpe(-1.0, 5), Err(Undefined::Inconsistent(_))));
    assert_eq!(expected_best_sharpe(f64::NAN, 5), Err(Undefined::NotFinite));
    assert!(expected_best_sharpe(1.0, u64::MAX).unwrap() < 10.0);
    let mut last = 0.0;
    for trials in [2, 3, 10, 1_000, 1_000_000] {
        let best = expected_best_sharpe(1.0, trials).unwrap();
        assert!(best > last);
        last = best;
    }
}

#[test]
fn a_track_record_of_the_least_length_reaches_the_confidence() {
    let mut dice = SplitMix64::new(8);
    let series: Vec<f64> = (0..80).map(|_| 0.3 + exponential(&mut dice) - 1.0).collect();
    let m = Moments::of(&series).unwrap();
    let n = min_track_record(&m, 0.1, 0.95).unwrap();
    let reached = |n: f64| probabilistic_sharpe(&Moments { n: n as u64, ..m }, 0.1).value.unwrap();
    assert!(reached(n.floor()) < 0.95 && reached(n.ceil()) >= 0.95, "{n}");
    assert!(min_track_record(&m, m.sharpe(), 0.95).is_err());
}

/// Trials by periods.
fn noise(trials: usize, periods: usize, seed: u64) -> Vec<Vec<f64>> {
    (0..trials)
        .map(|t| {
            let mut dice = SplitMix64::for_item(seed, t as u64);
            (0..periods).map(|_| 0.01 * normal(&mut dice)).collect()
        })
        .collect()
}

/// The definition, written out: every way to choose half of the blocks, whole series put together, plain Sharpe ratios.
fn by_definition(trials: &[Vec<f64>], blocks: usize) -> (f64, f64) {
    let periods = trials[0].len();
    let ratio = |trial: &[f64], chosen: u32, inside: bool| {
        let mut series = Vec::new();
        for b in 0..blocks {
            if (chosen >> b & 1 == 1) == inside {
                series.extend_from_slice(&trial[periods * b / blocks..periods * (b + 1) / blocks]);
            }
        }
        mean(&series) / deviation(&series)
    };
    let (mut splits, mut below, mut lost) = (0.0, 0.0, 0.0);
    for chosen in (0..1_u32 << blocks).filter(|c| c.count_ones() as usize == blocks / 2) {
        let best = (0..trials.len())
            .max_by(|a, b| ratio(&trials[*a], chosen, true).total_cmp(&ratio(&trials[*b], chosen, true)))
            .unwrap();
        let mut outside: Vec<(f64, usize)> = (0..trials.len()).map(|t| (ratio(&trials[t], chosen, false), t)).collect();
        outside.sort_by(|a, b| a.0.total_cmp(&b.0));
        let rank = 1 + outside.iter().position(|o| o.1 == best).unwrap();
        splits += 1.0;
        below += f64::from(u8::from(2 * rank <= trials.len() + 1));
        lost += f64::from(u8::from(outside[rank - 1].0 < 0.0));
    }
    (below / splits, lost / splits)
}

#[test]
fn overfitting_is_what_its_definition_says() {
    for seed in 0..4 {
        let trials = noise(9 + seed as usize, 61, seed);
        let found = probability_of_overfitting(&trials, 8).unwrap();
        let (probability, loss) = by_definition(&trials, 8);
        assert_eq!(found.probability.n, 70);
        assert!((found.probability.value.unwrap() - probability).abs() < 1e-12, "{found:?} {probability}");
        assert!((found.loss.value.unwrap() - loss).abs() < 1e-12);
    }
}

#[test]
fn overfitting_tells_noise_skill_and_reversal_apart() {
    // Noise: about half of the choices are worse than the median, averaged over worlds.
    let worlds: Vec<f64> = (0..40)
        .map(|w| probability_of_overfitting(&noise(20, 160, 50 + w), 8).unwrap().probability.value.unwrap())
        .collect();
    assert!((mean(&worlds) - 0.5).abs() < 0.1, "{}", mean(&worlds));
    // One trial that earns all the time is chosen and stays best.
    let mut skilled = noise(20, 160, 1);
    skilled[3].iter_mut().for_each(|r| *r += 0.01);
    let found = probability_of_overfitting(&skilled, 8).unwrap();
    assert_eq!(found.probability.value, Ok(0.0));
    assert!(found.logit_median.value.unwrap() > 2.0);
    // What a trial wins in one block it loses in the others: the better inside, the worse outside.
    let reversed: Vec<Vec<f64>> = (0..10)
        .map(|t| {
            let mut dice = SplitMix64::for_item(77, t);
            (0..160).map(|i| 0.001 * normal(&mut dice) + if i / 20 == t % 8 { 0.07 } else { -0.01 }).collect()
        })
        .collect();
    assert!(probability_of_overfitting(&reversed, 8).unwrap().probability.value.unwrap() > 0.5);
}

#[test]
fn overfitting_refuses_what_it_cannot_rank() {
    let trials = noise(8, 40, 0);
    assert!(probability_of_overfitting(&trials, 4).is_ok());
    assert_eq!(
        probability_of_overfitting(&trials[1..], 4),
        Err(Undefined::TooFew { what: "trials", have: 7, need: 8 })
    );
    for blocks in [0, 3, 22] {
        assert!(matches!(probability_of_overfitting(&trials, blocks), Err(Undefined::Inconsistent(_))));
    }
    let mut uneven = trials.clone();
    uneven[2].pop();
    assert!(matches!(probability_of_overfitting(&uneven, 4), Err(Undefined::Inconsistent(_))));
    let mut broken = trials;
    broken[0][0] = f64::NAN;
    assert_eq!(probability_of_overfitting(&broken, 4), Err(Undefined::NotFinite));
    // Trials that never trade rank as neither won nor lost.
    assert!(probability_of_overfitting(&vec![vec![0.0; 40]; 8], 4).is_ok());
}
