//! Walk-forward testing with purge and embargo (López de Prado, "Advances in Financial Machine Learning", 2018, chapter 7): parameters
//! are chosen on one window and tested on the next, and nothing that touches the test may have taught the choice.

use super::run::{Progress, Sweep};
use super::space::Space;
use super::tally::{Scored, Trial};
use betty_market::Timestamp;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};

/// Most windows: a schedule of milliseconds over years is a mistake.
pub const WINDOWS_MAX: i64 = 10_000;

/// Why there are no windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalkForwardError {
    /// A length is not above zero, or the embargo is below.
    #[error(
        "training and test must be longer than 0 ms and the embargo not below, not {train_ms}, {test_ms} and {embargo_ms}"
    )]
    Lengths {
        /// Of the training window.
        train_ms: i64,
        /// Of the test window.
        test_ms: i64,
        /// Between them.
        embargo_ms: i64,
    },
    /// The data is shorter than one window.
    #[error("{have_ms} ms of data hold no window: training, embargo and one test take {need_ms} ms; shorten them")]
    TooShort {
        /// The data.
        have_ms: i64,
        /// What one window takes.
        need_ms: i64,
    },
    /// More windows than [`WINDOWS_MAX`].
    #[error("{0} windows are too many, at most {WINDOWS_MAX}; lengthen the test window")]
    TooMany(i64),
}

/// How time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Length of the training window; of the first one if anchored.
    pub train_ms: i64,
    /// Length of a test window. Test windows follow one another without gap or overlap.
    pub test_ms: i64,
    /// Gap between the end of training and the start of the test.
    pub embargo_ms: i64,
    /// Whether every training window starts at the start of the data instead of rolling along.
    pub anchored: bool,
}

/// One step: ends are exclusive, `train.end + embargo = test.start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What parameters are chosen on.
    pub train: Range<Timestamp>,
    /// What they are tested on.
    pub test: Range<Timestamp>,
}

impl Schedule {
    /// The windows that fit whole between `from` and `to`; what is left at the end, shorter than a test, is in none.
    ///
    /// # Errors
    /// Lengths that make no sense, data shorter than one window, or too many windows.
    pub fn windows(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Window>, WalkForwardError> {
        let Self { train_ms, test_ms, embargo_ms, anchored } = *self;
        if train_ms <= 0 || test_ms <= 0 || embargo_ms < 0 {
            return Err(WalkForwardError::Lengths { train_ms, test_ms, embargo_ms });
        }
        let (start, have_ms) = (from.millis(), to.millis().saturating_sub(from.millis()));
        let lead_ms = train_ms.saturating_add(embargo_ms);
        let count = have_ms.saturating_sub(lead_ms).div_euclid(test_ms);
        if count <= 0 {
            return Err(WalkForwardError::TooShort { have_ms, need_ms: lead_ms.saturating_add(test_ms) });
        }
        if count > WINDOWS_MAX {
            return Err(WalkForwardError::TooMany(count));
        }
        let at = Timestamp::from_millis;
        // Everything below lies between `from` and `to`, so nothing overflows.
        let window = |k: i64| {
            let (shift, test) = (k * test_ms, start + lead_ms + k * test_ms);
            let train = if anchored { start } else { start + shift };
            Window { train: at(train)..at(test - embargo_ms), test: at(test)..at(test + test_ms) }
        };
        Ok((0..count).map(window).collect())
    }
}

/// Something observed and later decided: a hedge from its first quote to its resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life<K> {
    /// When it was first seen.
    pub from: Timestamp,
    /// When its result was known.
    pub to: Timestamp,
    /// The markets it stands on, or whatever else must not be on both sides, such as events.
    pub markets: Vec<K>,
}

/// Why something within the training window is not trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purged {
    /// Its result was not known before the test started.
    EndsInTest,
    /// Its result was known only within the embargo.
    EndsInEmbargo,
    /// One of its markets is in the test.
    SharesMarket,
}

/// Positions in the list that was split, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// To choose on.
    pub train: Vec<usize>,
    /// To test on.
    pub test: Vec<usize>,
    /// Left out of training, and why.
    pub purged: Vec<(usize, Purged)>,
}

/// Splits by a window. The test holds what was first seen within it. The training holds what was first seen within the training window,
/// had its result before that window ended, and stands on no market of the test.
#[must_use]
pub fn split<K: Ord>(window: &Window, lives: &[Life<K>]) -> Split {
    let mut out = Split::default();
    let mut tested: BTreeSet<&K> = BTreeSet::new();
    for (i, life) in lives.iter().enumerate() {
        if window.test.contains(&life.from) {
            out.test.push(i);
            tested.extend(&life.markets);
        }
    }
    for (i, life) in lives.iter().enumerate() {
        if !window.train.contains(&life.from) {
            continue;
        }
        let purged = if life.to >= window.test.start {
            Some(Purged::EndsInTest)
        } else if life.to >= window.train.end {
            Some(Purged::EndsInEmbargo)
        } else {
            life.markets.iter().any(|m| tested.contains(m)).then_some(Purged::SharesMarket)
        };
        match purged {
            Some(why) => out.purged.push((i, why)),
            None => out.train.push(i),
        }
    }
    out
}

/// One window walked.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold<R> {
    /// What the chosen set did on the test; `None` where no set had an objective on the training.
    pub out_of_sample: Option<R>,
    /// The set chosen on the training of this window, and what it did there.
    pub chosen: Option<Trial<R>>,
    /// The window.
    pub window: Window,
    /// What was trained on, tested on and left out.
    pub split: Split,
}

/// Walks the windows: on each, sweeps `space` over the training part alone, takes the best set and evaluates it on the test part.
/// `evaluate` is given a set and the positions in `lives` it may look at. Progress counts sets over all windows; breaking off returns
/// the windows finished so far.
pub fn walk_forward<K: Ord, R: Scored + Send>(
    windows: &[Window],
    lives: &[Life<K>],
    space: &Space,
    threads: NonZeroUsize,
    evaluate: impl Fn(&[i64], &[usize]) -> R + Sync,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Vec<Fold<R>> {
    let total = space.len().saturating_mul(windows.len() as u64);
    let mut folds = Vec::with_capacity(windows.len());
    for window in windows {
        let split = split(window, lives);
        let before = space.len().saturating_mul(folds.len() as u64);
        let mut sweep = Sweep::new(space.clone(), 1);
        let finished = sweep.run(
            threads,
            |set| evaluate(set, &split.train),
            |p| progress(Progress { done: before.saturating_add(p.done), total }),
        );
        if !finished {
            break;
        }
        let chosen = sweep.into_best();
        let out_of_sample = chosen.as_ref().map(|trial| evaluate(&trial.set, &split.test));
        folds.push(Fold { out_of_sample, chosen, window: window.clone(), split });
    }
    folds
}
