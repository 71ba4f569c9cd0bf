//! The probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado, Zhu, "The
//! Probability of Backtest Overfitting", Journal of Computational Finance 20, 2017): how often the best in one half of the data is in
//! the lower half of the ranking in the other.

use super::estimate::{Estimate, Undefined};

/// Fewest trials a ranking is worth making of.
pub const TRIALS_MIN: usize = 8;
/// Blocks unless asked otherwise: 12,870 ways to halve them.
pub const BLOCKS: u32 = 16;
/// Most blocks: 184,756 ways.
pub const BLOCKS_MAX: u32 = 20;
/// Fewest periods in a block: a deviation needs two.
const BLOCK_PERIODS_MIN: usize = 2;

/// What the cross-validation says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overfitting {
    /// Part of the splits in which the trial chosen in one half ranks at or below the median in the other; `n` counts splits. They
    /// share data, so there is no interval.
    pub probability: Estimate,
    /// Part of the splits in which the chosen trial loses money in the other half.
    pub loss: Estimate,
    /// Median of the logit of the chosen trial's relative rank in the other half; below zero is worse than the median trial.
    pub logit_median: Estimate,
}

/// Sums of one trial in one block.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    r: f64,
    r2: f64,
}

impl Sums {
    fn add(self, other: Self) -> Self {
        Self { n: self.n + other.n, r: self.r + other.r, r2: self.r2 + other.r2 }
    }

    /// Sharpe ratio per period; 0 for a trial that never moved, which neither won nor lost.
    fn sharpe(self, shift: f64) -> f64 {
        let mean = self.r / self.n;
        let variance = (self.r2 / self.n - mean * mean).max(0.0);
        let level = mean + shift;
        if variance > 0.0 { level / variance.sqrt() } else { 0.0 }
    }
}

/// From the returns per period of each trial, all of the same length and over the same periods. The measure of a trial is its Sharpe
/// ratio. The periods are cut into `blocks` runs of equal length up to one.
///
/// # Errors
/// Fewer than [`TRIALS_MIN`] trials, series of different length or too short for the blocks, an odd number of blocks, fewer than two or
/// more than [`BLOCKS_MAX`], or a return that is not finite.
pub fn probability_of_overfitting(trials: &[Vec<f64>], blocks: u32) -> Result<Overfitting, Undefined> {
    let periods = check(trials, blocks)?;
    let count = trials.len();
    // Sums are taken around each trial's mean, so that a small deviation keeps its digits.
    let shifts: Vec<f64> = trials.iter().map(|t| t.iter().sum::<f64>() / periods as f64).collect();
    let cut = |b: u32| periods * b as usize / blocks as usize;
    let table: Vec<Vec<Sums>> = (0..blocks)
        .map(|b| {
            let sums = |(trial, shift): (&Vec<f64>, &f64)| {
                trial[cut(b)..cut(b + 1)]
                    .iter()
                    .map(|r| r - shift)
                    .fold(Sums::default(), |s, r| s.add(Sums { n: 1.0, r, r2: r * r }))
            };
            trials.iter().zip(&shifts).map(sums).collect()
        })
        .collect();

    let (mut splits, mut below, mut lost) = (0_u64, 0_u64, 0_u64);
    let mut logits = Vec::new();
    let (mut inside, mut outside) = (vec![0.0; count], vec![0.0; count]);
    let mut half = (1_u32 << (blocks / 2)) - 1;
    while half < 1 << blocks {
        for trial in 0..count {
            let mut sums = [Sums::default(); 2];
            for (b, row) in table.iter().enumerate() {
                let side = usize::from(half >> b & 1 == 0);
                sums[side] = sums[side].add(row[trial]);
            }
            inside[trial] = sums[0].sharpe(shifts[trial]);
            outside[trial] = sums[1].sharpe(shifts[trial]);
        }
        let best = (1..count).fold(0, |best, t| if inside[t] > inside[best] { t } else { best });
        // Rank from the bottom, 1 to count; equal ones share the middle of their ranks.
        let lower = outside.iter().filter(|s| **s < outside[best]).count() as f64;
        let equal = outside.iter().filter(|s| **s == outside[best]).count() as f64;
        let relative = (lower + f64::midpoint(equal, 1.0)) / (count as f64 + 1.0);
        let logit = (relative / (1.0 - relative)).ln();
        splits += 1;
        below += u64::from(relative <= 0.5);
        lost += u64::from(outside[best] < 0.0);
        logits.push(logit);
        half = next_half(half);
    }
    logits.sort_by(f64::total_cmp);
    let middle = logits.len() / 2;
    // The number of splits is even for two blocks and more: C(2k, k) = 2 C(2k − 1, k).
    let logit_median = f64::midpoint(logits[middle - 1], logits[middle]);
    let part = |k: u64| Estimate::plain(Ok(k as f64 / splits as f64), splits);
    Ok(Overfitting {
        probability: part(below),
        loss: part(lost),
        logit_median: Estimate::plain(Ok(logit_median), splits),
    })
}

fn check(trials: &[Vec<f64>], blocks: u32) -> Result<usize, Undefined> {
    if trials.len() < TRIALS_MIN {
        return Err(Undefined::TooFew { what: "trials", have: trials.len() as u64, need: TRIALS_MIN as u64 });
    }
    if !blocks.is_multiple_of(2) || !(2..=BLOCKS_MAX).contains(&blocks) {
        return Err(Undefined::Inconsistent("the number of blocks must be even, from 2 to 20"));
    }
    let periods = trials[0].len();
    if trials.iter().any(|t| t.len() != periods) {
        return Err(Undefined::Inconsistent("the trials cover different numbers of periods"));
    }
    let need = BLOCK_PERIODS_MIN * blocks as usize;
    if periods < need {
        return Err(Undefined::TooFew { what: "periods", have: periods as u64, need: need as u64 });
    }
    if trials.iter().flatten().any(|r| !r.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    Ok(periods)
}

/// The next larger number with as many bits set (Gosper, HAKMEM item 175).
const fn next_half(bits: u32) -> u32 {
    let lowest = bits & bits.wrapping_neg();
    let ripple = bits + lowest;
    ripple | (((bits ^ ripple) >> 2) / lowest)
}
