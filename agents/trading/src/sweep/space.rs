//! Which parameter sets: numbered, so that set `k` is the same whoever asks and in whatever order.

use crate::stats::SplitMix64;
use serde::{Deserialize, Serialize};

/// Most values on an axis: more is a mistake in the step.
pub const AXIS_VALUES_MAX: u64 = 1_000_000;
/// Most axes.
pub const AXES_MAX: usize = 32;

/// Why a space cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// No axis at all, or too many.
    #[error("a sweep needs 1 to {AXES_MAX} axes, not {0}")]
    Axes(usize),
    /// An axis without a value, or with too many.
    #[error("axis `{name}` has {values} values; give it 1 to {AXIS_VALUES_MAX}")]
    Values {
        /// The axis.
        name: String,
        /// How many values it would have.
        values: u64,
    },
    /// Upside down, or a step that leads nowhere.
    #[error(
        "axis `{name}` runs from {from} to {to} in steps of {step}; give a step above 0 and an end not below the start"
    )]
    Range {
        /// The axis.
        name: String,
        /// First value.
        from: i64,
        /// Last value.
        to: i64,
        /// Step.
        step: i64,
    },
    /// Two axes of one name.
    #[error("two axes are named `{0}`; rename one")]
    Twice(String),
    /// More sets than can be numbered.
    #[error("the grid has more sets than can be counted; take fewer values, or draw at random")]
    TooLarge,
}

/// One parameter: values from `from` in steps of `step`, in the unit its name says (`entry_mills`, `hold_bars`). Integers, so that a set
/// reads back exactly as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "AxisEnds", try_from = "AxisEnds")]
pub struct Axis {
    name: String,
    from: i64,
    step: i64,
    values: u64,
}

/// An axis as it is written down; read back through the same checks.
#[derive(Serialize, Deserialize)]
struct AxisEnds {
    name: String,
    from: i64,
    to: i64,
    step: i64,
}

impl From<Axis> for AxisEnds {
    fn from(axis: Axis) -> Self {
        Self { from: axis.from, to: axis.value(axis.values - 1), step: axis.step, name: axis.name }
    }
}

impl TryFrom<AxisEnds> for Axis {
    type Error = SpaceError;

    fn try_from(ends: AxisEnds) -> Result<Self, SpaceError> {
        Self::new(ends.name, ends.from, ends.to, ends.step)
    }
}

impl Axis {
    /// From `from` to at most `to`, both included.
    ///
    /// # Errors
    /// [`SpaceError::Range`] for a step not above 0 or an end below the start, [`SpaceError::Values`] for more than
    /// [`AXIS_VALUES_MAX`].
    pub fn new(name: impl Into<String>, from: i64, to: i64, step: i64) -> Result<Self, SpaceError> {
        let name = name.into();
        if step <= 0 || to < from {
            return Err(SpaceError::Range { name, from, to, step });
        }
        let values = (i128::from(to) - i128::from(from)) / i128::from(step) + 1;
        match u64::try_from(values) {
            Ok(values) if values <= AXIS_VALUES_MAX => Ok(Self { name, from, step, values }),
            many => Err(SpaceError::Values { name, values: many.unwrap_or(u64::MAX) }),
        }
    }

    /// A parameter that stays as it is.
    #[must_use]
    pub fn fixed(name: impl Into<String>, value: i64) -> Self {
        Self { name: name.into(), from: value, step: 1, values: 1 }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many values.
    #[must_use]
    pub const fn values(&self) -> u64 {
        self.values
    }

    /// Value number `at`, which is below [`Self::values`].
    const fn value(&self, at: u64) -> i64 {
        self.from + self.step * at as i64
    }

    fn contains(&self, value: i64) -> bool {
        let last = self.value(self.values - 1);
        (self.from..=last).contains(&value)
    }
}

/// A numbered set of parameter sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "SpaceText", try_from = "SpaceText")]
pub struct Space {
    axes: Vec<Axis>,
    /// `None` is the whole grid.
    draws: Option<Draws>,
    len: u64,
}

/// Random sets of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Draws {
    count: u64,
    seed: u64,
}

/// A space as it is written down; read back through the same checks.
#[derive(Serialize, Deserialize)]
struct SpaceText {
    axes: Vec<Axis>,
    draws: Option<Draws>,
}

impl From<Space> for SpaceText {
    fn from(space: Space) -> Self {
        Self { axes: space.axes, draws: space.draws }
    }
}

impl TryFrom<SpaceText> for Space {
    type Error = SpaceError;

    fn try_from(text: SpaceText) -> Result<Self, SpaceError> {
        match text.draws {
            None => Self::grid(text.axes),
            Some(Draws { count, seed }) => Self::random(text.axes, count, seed),
        }
    }
}

impl Space {
    /// Every combination, the last axis moving fastest.
    ///
    /// # Errors
    /// No axis, too many, two of one name, or more combinations than can be numbered.
    pub fn grid(axes: Vec<Axis>) -> Result<Self, SpaceError> {
        Self::check(&axes)?;
        let len = axes.iter().try_fold(1_u64, |n, axis| n.checked_mul(axis.values)).ok_or(SpaceError::TooLarge)?;
        Ok(Self { axes, draws: None, len })
    }

    /// `count` sets drawn evenly from the grid, with replacement: a set drawn twice is evaluated and counted twice. Set `k` follows from
    /// seed and `k` alone.
    ///
    /// # Errors
    /// As [`Self::grid`], though the grid itself may be of any size.
    pub fn random(axes: Vec<Axis>, count: u64, seed: u64) -> Result<Self, SpaceError> {
        Self::check(&axes)?;
        Ok(Self { axes, draws: Some(Draws { count, seed }), len: count })
    }

    fn check(axes: &[Axis]) -> Result<(), SpaceError> {
        if axes.is_empty() || axes.len() > AXES_MAX {
            return Err(SpaceError::Axes(axes.len()));
        }
        let twice = axes.iter().enumerate().find(|(i, axis)| axes[..*i].iter().any(|a| a.name == axis.name));
        twice.map_or(Ok(()), |(_, axis)| Err(SpaceError::Twice(axis.name.clone())))
    }

    /// The axes, in the order of the values of a set.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many sets.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none: only a space of no draws.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Writes set `index` into `values`, one value an axis. An index past the end counts on from the start.
    pub fn fill(&self, index: u64, values: &mut Vec<i64>) {
        values.clear();
        if let Some(draws) = self.draws {
            let mut dice = SplitMix64::for_item(draws.seed, index);
            values.extend(self.axes.iter().map(|axis| axis.value(dice.below(axis.values))));
        } else {
            let mut left = index;
            values.extend(self.axes.iter().rev().map(|axis| {
                let at = left % axis.values;
                left /= axis.values;
                axis.value(at)
            }));
            values.reverse();
        }
    }

    /// Set `index`.
    #[must_use]
    pub fn set(&self, index: u64) -> Vec<i64> {
        let mut values = Vec::with_capacity(self.axes.len());
        self.fill(index, &mut values);
        values
    }

    /// The sets one step away along one axis, within the axes; at most two an axis.
    #[must_use]
    pub fn neighbours(&self, set: &[i64]) -> Vec<Vec<i64>> {
        let mut out = Vec::new();
        for (i, axis) in self.axes.iter().enumerate().take(set.len()) {
            for step in [-axis.step, axis.step] {
                if let Some(value) = set[i].checked_add(step).filter(|v| axis.contains(*v)) {
                    let mut neighbour = set.to_vec();
                    neighbour[i] = value;
                    out.push(neighbour);
                }
            }
        }
        out
    }

    /// A set in words: `entry_mills 12, take_mills 4`.
    #[must_use]
    pub fn describe(&self, set: &[i64]) -> String {
        let parts: Vec<String> = self.axes.iter().zip(set).map(|(axis, v)| format!("{} {v}", axis.name)).collect();
        parts.join(", ")
    }
}
