//! The best set of a sweep as it must be shown: what it did on data it was not chosen on comes first, then how its neighbours did, then
//! what is left after counting the trials.

use super::run::Sweep;
use super::space::Space;
use super::tally::{Scored, Trial, objective_of};
use crate::stats::{Estimate, Undefined, deflated_sharpe};
use crate::units::PPM;
use std::fmt;
use std::ops::Range;

/// Neighbours that do at least this part as well make a plateau.
pub const PLATEAU_MIN: f64 = 0.80;
/// Neighbours that do less than this part as well make a peak, which is most likely luck.
pub const PEAK_MAX: f64 = 0.50;

/// Sets the last part aside: positions or milliseconds from `all.start` to `all.end`, of which the last `held_ppm` millionths, rounded
/// up, are held out. What spans the border must be purged, see [`super::walk_forward::split`].
///
/// Returns the training part and the held-out part. With `held_ppm` above a million all is held out.
#[must_use]
pub fn hold_out(all: Range<i64>, held_ppm: u32) -> (Range<i64>, Range<i64>) {
    let length = (i128::from(all.end) - i128::from(all.start)).max(0);
    let ppm = i128::from(held_ppm).min(i128::from(PPM));
    let held = (length * ppm + i128::from(PPM) - 1) / i128::from(PPM);
    // Between the ends, so it fits.
    let border = (i128::from(all.start) + length - held) as i64;
    (all.start..border, border..all.end.max(border))
}

/// What the neighbours of a set say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlateauVerdict {
    /// Neighbours do nearly as well.
    Plateau,
    /// Neighbours do clearly worse.
    Slope,
    /// Neighbours do less than half as well: most likely luck.
    Peak,
    /// The best set does not gain, so there is nothing to compare with.
    NoGain,
    /// There is no neighbour.
    Alone,
}

/// A set among its neighbours, each one step away along one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Plateau {
    /// Objective of the set itself.
    pub best: f64,
    /// Each neighbour and its objective.
    pub neighbours: Vec<(Vec<i64>, Option<f64>)>,
    /// Median objective of the neighbours; one without an objective counts as 0, as it gained nothing.
    pub median: Option<f64>,
    /// Median over best, where the best is above 0.
    pub ratio: Option<f64>,
    /// In words.
    pub verdict: PlateauVerdict,
}

impl Plateau {
    /// Evaluates the neighbours of `set`, whose own objective is `best`.
    pub fn around<R: Scored>(space: &Space, set: &[i64], best: f64, evaluate: impl Fn(&[i64]) -> R) -> Self {
        let score = |neighbour: Vec<i64>| {
            let objective = objective_of(&evaluate(&neighbour));
            (neighbour, objective)
        };
        let neighbours: Vec<_> = space.neighbours(set).into_iter().map(score).collect();
        let mut values: Vec<f64> = neighbours.iter().map(|(_, o)| o.unwrap_or(0.0)).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() {
            0 => None,
            n if n % 2 == 1 => Some(values[middle]),
            _ => Some(f64::midpoint(values[middle - 1], values[middle])),
        };
        let ratio = median.filter(|_| best > 0.0).map(|m| m / best);
        let verdict = match (median, ratio) {
            (None, _) => PlateauVerdict::Alone,
            (_, None) => PlateauVerdict::NoGain,
            (_, Some(r)) if r >= PLATEAU_MIN => PlateauVerdict::Plateau,
            (_, Some(r)) if r < PEAK_MAX => PlateauVerdict::Peak,
            _ => PlateauVerdict::Slope,
        };
        Self { best, neighbours, median, ratio, verdict }
    }
}

impl fmt::Display for Plateau {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.neighbours.len();
        let percent = self.ratio.unwrap_or(0.0) * 100.0;
        match self.verdict {
            PlateauVerdict::Plateau => write!(f, "a plateau: the {n} neighbours do {percent:.0}% as well (median)"),
            PlateauVerdict::Slope => write!(f, "a slope: the {n} neighbours do only {percent:.0}% as well (median)"),
            PlateauVerdict::Peak => {
                write!(f, "a lone peak, most likely luck: the {n} neighbours do {percent:.0}% as well (median)")
            }
            PlateauVerdict::NoGain => f.write_str("the best set does not gain, so its neighbours say nothing"),
            PlateauVerdict::Alone => f.write_str("the set has no neighbours: only one value on every axis"),
        }
    }
}

/// The chosen set. The field that counts stands first, and is shown first.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice<R> {
    /// What the set did on data it was not chosen on.
    pub held_out: R,
    /// The set, and what it did on the data it was chosen on.
    pub chosen: Trial<R>,
    /// Its neighbours, on the data it was chosen on.
    pub plateau: Plateau,
    /// Sets tried on this data, earlier sweeps included.
    pub trials: u64,
    /// Probability that its Sharpe ratio is above what the best of so many trials without skill would show.
    pub deflated: Estimate,
}

impl<R: Scored + Clone + Send> Sweep<R> {
    /// The best set of this sweep, shown on held-out data. `earlier_trials` are those run on the same data before. `None` before any set
    /// has an objective.
    pub fn choose(
        &self,
        earlier_trials: u64,
        on_training: impl Fn(&[i64]) -> R,
        on_held_out: impl Fn(&[i64]) -> R,
    ) -> Option<Choice<R>> {
        let chosen = self.best().first()?.clone();
        let best = objective_of(&chosen.result)?;
        let trials = self.progress().done.saturating_add(earlier_trials);
        // With one trial there is no variance, and none is needed.
        let variance = self.sharpes().variance().unwrap_or(0.0);
        let deflated = match chosen.result.moments() {
            Some(moments) => deflated_sharpe(&moments, variance, trials),
            None => Estimate::undefined(Undefined::NoVariation, 0),
        };
        Some(Choice {
            held_out: on_held_out(&chosen.set),
            plateau: Plateau::around(self.space(), &chosen.set, best, on_training),
            trials,
            deflated,
            chosen,
        })
    }
}

impl<R: Scored> fmt::Display for Choice<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |o: Option<f64>| o.map_or_else(|| "undefined".to_owned(), |o| format!("{o:.4}"));
        write!(f, "held out {}; ", told(objective_of(&self.held_out)))?;
        write!(f, "on the data it was chosen on {}; {}; ", told(objective_of(&self.chosen.result)), self.plateau)?;
        match self.deflated.value {
            Ok(p) => write!(f, "deflated Sharpe {p:.2} after {} trials", self.trials),
            Err(why) => write!(f, "no deflated Sharpe ({why}) after {} trials", self.trials),
        }
    }
}
