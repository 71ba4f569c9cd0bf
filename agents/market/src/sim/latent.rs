//! What is true behind the prices.
//!
//! A family of markets hangs on a few hidden variables. Each has finitely many states, a prior, and a true state drawn from
//! that prior once. Traders see noisy evidence: per state one channel `Y_s = τ·[s is true] + B_s(τ)`, whose exact posterior is
//! `π_s·exp(Y_s)` up to scale. So the latent probability is a martingale and calibrated by construction, and every market of
//! the family reads the same posterior: ladders stay monotone, partitions sum to one, stages stay nested at every instant.
//! Evaluating a path needs no path before it, which is what makes a restart at any moment cheap.

use super::rng::{brownian, exp, mix};

/// Most states of a variable: sets of states are bit masks.
pub(crate) const STATES_MAX: usize = 64;

/// When a variable's true state becomes public.
#[derive(Debug, Clone)]
pub(crate) enum When {
    /// All at once, at this instant (milliseconds).
    At(i64),
    /// State k happens at some instant of span k; the last state is "none of them".
    During {
        /// One span per state but the last, in order, half-open, in milliseconds.
        spans: Vec<(i64, i64)>,
        /// The instant it happens, when it does.
        event_at: Option<i64>,
    },
}

/// A hidden variable.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) seed: u64,
    /// Evidence starts (milliseconds).
    pub(crate) from: i64,
    /// Evidence ends (milliseconds).
    pub(crate) to: i64,
    /// Evidence gathered over the whole life, as the variance of one channel.
    pub(crate) evidence: f64,
    pub(crate) prior: Vec<f64>,
    pub(crate) truth: usize,
    pub(crate) when: When,
}

impl Variable {
    /// The probability of each state as of `t`.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn posterior(&self, t: i64) -> Vec<f64> {
        let known = match &self.when {
            When::At(at) => t >= *at,
            When::During { event_at, .. } => event_at.is_some_and(|e| t >= e),
        };
        if known {
            return (0..self.prior.len()).map(|s| if s == self.truth { 1.0 } else { 0.0 }).collect();
        }
        let u = ((t - self.from) as f64 / (self.to - self.from).max(1) as f64).clamp(0.0, 1.0);
        let tau = self.evidence * u;
        let scale = self.evidence.sqrt();
        let mut weights: Vec<f64> = self
            .prior
            .iter()
            .enumerate()
            .map(|(s, prior)| {
                let left = match &self.when {
                    When::At(_) => 1.0,
                    When::During { spans, .. } => spans.get(s).map_or(1.0, |(a, b)| {
                        // The part of the span in which it can still happen.
                        ((b - t.max(*a)) as f64 / (b - a).max(1) as f64).clamp(0.0, 1.0)
                    }),
                };
                if left == 0.0 {
                    return 0.0;
                }
                let signal = if s == self.truth { tau } else { 0.0 };
                prior * left * exp(signal + scale * brownian(mix(self.seed, s as u64), u))
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        for w in &mut weights {
            *w /= sum;
        }
        weights
    }

    /// When it is known whether the true state lies in `mask`, and whether it does.
    pub(crate) fn known(&self, mask: u64) -> (i64, bool) {
        let inside = mask >> self.truth & 1 == 1;
        let at = match &self.when {
            When::At(at) => *at,
            When::During { spans, event_at } => {
                let end = |wanted: bool| {
                    let spans = spans.iter().enumerate();
                    spans.filter(|(s, _)| (mask >> s & 1 == 1) == wanted).map(|(_, (_, b))| *b).max()
                };
                // Out once every span inside the mask has passed; in once every span outside it has.
                let passed = end(!inside).unwrap_or(self.from);
                let never_inside = mask >> spans.len() & 1 == 1;
                match event_at {
                    Some(e) if never_inside == inside => (*e).min(passed),
                    Some(e) => *e,
                    None => passed,
                }
            }
        };
        (at, inside)
    }
}

/// One requirement of a market: the variable's true state lies in the mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Index of the variable in its family.
    pub(crate) variable: usize,
    /// Bit s is set when state s fulfils it.
    pub(crate) mask: u64,
}

/// The probability that all conditions hold, variables being independent, as of `t`.
pub(crate) fn probability(variables: &[Variable], conditions: &[Condition], t: i64) -> f64 {
    let held = |c: &Condition| -> f64 {
        let posterior = variables[c.variable].posterior(t);
        posterior.iter().enumerate().filter(|(s, _)| c.mask >> s & 1 == 1).map(|(_, p)| p).sum()
    };
    conditions.iter().map(held).product::<f64>().clamp(0.0, 1.0)
}

/// When a market's answer is known, and the answer: YES when the last condition is seen to hold, NO when the first fails.
pub(crate) fn answer(variables: &[Variable], conditions: &[Condition]) -> (i64, bool) {
    let known = || conditions.iter().map(|c| variables[c.variable].known(c.mask));
    match known().filter(|(_, holds)| !holds).map(|(at, _)| at).min() {
        Some(at) => (at, false),
        None => (known().map(|(at, _)| at).max().unwrap_or(0), true),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::*;

    fn ladder(truth: usize, event_at: Option<i64>) -> Variable {
        Variable {
            seed: 5,
            from: 0,
            to: 3_000,
            evidence: 2.0,
            prior: vec![0.2, 0.2, 0.1, 0.5],
            truth,
            when: When::During { spans: vec![(0, 1_000), (1_000, 2_000), (2_000, 3_000)], event_at },
        }
    }

    #[test]
    fn a_date_rung_is_answered_at_the_event_or_at_its_deadline() {
        let happened = ladder(1, Some(1_400));
        assert_eq!(happened.known(0b001), (1_000, false));
        assert_eq!(happened.known(0b011), (1_400, true));
        assert_eq!(happened.known(0b111), (1_400, true));
        let never = ladder(3, None);
        assert_eq!(never.known(0b001), (1_000, false));
        assert_eq!(never.known(0b111), (3_000, false));
        // A single span is out as soon as it happened in another one.
        assert_eq!(ladder(0, Some(200)).known(0b100), (200, false));
    }

    #[test]
    fn the_answer_is_certain_exactly_from_the_moment_it_is_known() {
        for (truth, event_at) in [(0, Some(10)), (1, Some(1_999)), (2, Some(2_500)), (3, None)] {
            let v = ladder(truth, event_at);
            for mask in 1..15_u64 {
                let (at, inside) = v.known(mask);
                let p = |t| probability(std::slice::from_ref(&v), &[Condition { variable: 0, mask }], t);
                let want = if inside { 1.0 } else { 0.0 };
                assert!((p(at) - want).abs() < 1e-12, "truth {truth} mask {mask:b}");
                assert!((p(at - 1) - want).abs() > 1e-12, "truth {truth} mask {mask:b} known before {at}");
            }
        }
    }

    #[test]
    fn prices_are_calibrated() {
        // Among all moments at which the posterior of state 0 is near q, state 0 is true about q of the time.
        let prior = vec![0.3, 0.25, 0.45];
        let (mut sum_p, mut sum_x, mut n) = ([0.0; 10], [0.0; 10], [0_u32; 10]);
        for seed in 0..6_000_u64 {
            let truth = Rng::new(mix(77, seed)).weighted(&prior);
            let v = Variable {
                seed: mix(3, seed),
                from: 0,
                to: 1_000,
                evidence: 3.0,
                prior: prior.clone(),
                truth,
                when: When::At(2_000),
            };
            let p = v.posterior(700)[0];
            let bin = ((p * 10.0) as usize).min(9);
            sum_p[bin] += p;
            sum_x[bin] += f64::from(u8::from(truth == 0));
            n[bin] += 1;
        }
        for bin in 0..10 {
            let count = f64::from(n[bin].max(1));
            let (p, x) = (sum_p[bin] / count, sum_x[bin] / count);
            // Four standard errors.
            let tolerance = 4.0 * (p * (1.0 - p) / count).sqrt() + 0.005;
            assert!(n[bin] < 50 || (p - x).abs() < tolerance, "bin {bin}: {p} against {x} over {count}");
        }
    }
}
