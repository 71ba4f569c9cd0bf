//! One rule over bars of a pair where the first outcome implies the second: buy "no" of the first and "yes" of the second when that is
//! cheap, sell when it no longer is.
//!
//! With prices in mills (0.001 dollar), `edge = a − b` and the pair is worth `1000 − edge`. Flat and `edge ≥ entry`: enter at this bar.
//! Holding, from the next bar on and in this order: `edge ≤ entered edge − take` is the target, `edge ≥ entered edge + stop` the stop,
//! `bars held ≥ hold` the time. No entry on the bar of an exit. Edges are integers and compared exactly; a comparison of rounded
//! floating-point prices can differ from this where an edge meets a level exactly, and is then wrong.
//!
//! Equity is reinvested whole and valued at the mids on every bar: holding, it moves with the worth of the pair; flat, it stays. The
//! statistics are those of [`crate::stats::ReturnStats`] on its returns per bar, from the second bar to the last. A position still open
//! after the last bar is valued but is no trade.
//!
//! [`PairBars::evaluate`] visits trades, not bars: sums of powers of returns come from running totals, exits from an index, falls from
//! blocks. [`PairBars::evaluate_plain`] visits every bar. Both find the same trades; statistics agree to rounding.

use super::bars_index::{EdgeIndex, INDEX_BYTES_MAX};
use super::fall::{Equity, Falls};
use super::tally::Scored;
use crate::stats::{Estimate, Level, Moments, Undefined, exact, jeffreys};
use serde::{Deserialize, Serialize};

/// Mills in a dollar, which a pair pays.
const DOLLAR: i32 = 1_000;
/// Most bars: they are numbered in 32 bits.
pub const BARS_MAX: usize = 1 << 30;

/// Why bars cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// The two series differ in length.
    #[error("{a} prices of the first outcome but {b} of the second; give one of each a bar")]
    Lengths {
        /// Of the first.
        a: usize,
        /// Of the second.
        b: usize,
    },
    /// No bar, or more than [`BARS_MAX`].
    #[error("{0} bars; give 1 to {BARS_MAX}")]
    Count(usize),
    /// A price outside 0 to 1 dollar, or a pair worth nothing.
    #[error("bar {bar}: prices of {a} and {b} mills; each must be 0 to 1000, and the pair worth at least a mill")]
    Price {
        /// Number of the bar, from 0.
        bar: usize,
        /// First outcome.
        a: u16,
        /// Second outcome.
        b: u16,
    },
    /// So many levels over so many bars that the index would not fit.
    #[error("the index over these bars would take {bytes} bytes, more than {INDEX_BYTES_MAX}; split the bars")]
    IndexTooLarge {
        /// What it would take.
        bytes: usize,
    },
}

/// Parameters of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarRule {
    /// Least edge to enter at, mills.
    pub entry_mills: i64,
    /// Gain that is taken, mills.
    pub take_mills: i64,
    /// Loss that is stopped, mills.
    pub stop_mills: i64,
    /// Longest holding, bars; at least one bar is always held.
    pub hold_bars: i64,
}

impl BarRule {
    /// From a set of a sweep: entry, take, stop, hold. Missing values are 0, further ones are ignored.
    #[must_use]
    pub fn from_set(set: &[i64]) -> Self {
        let at = |i: usize| set.get(i).copied().unwrap_or(0);
        Self { entry_mills: at(0), take_mills: at(1), stop_mills: at(2), hold_bars: at(3) }
    }

    /// Edges at which a position entered at `edge` is left: at most the first, at least the second.
    const fn levels(&self, edge: i32) -> (i64, i64) {
        let edge = edge as i64;
        (edge.saturating_sub(self.take_mills), edge.saturating_add(self.stop_mills))
    }

    /// The bar on which time is up for a position entered at `bar`.
    fn last(&self, bar: usize) -> usize {
        bar.saturating_add(usize::try_from(self.hold_bars.max(1)).unwrap_or(usize::MAX))
    }
}

/// Why a position was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarExit {
    /// The gain was reached.
    Target,
    /// The loss was reached.
    Stop,
    /// Held as long as allowed.
    Time,
}

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarTrade {
    /// Number of the bar of entry.
    pub entered: u32,
    /// Number of the bar of exit.
    pub left: u32,
    /// Gain of one pair, mills.
    pub gain_mills: i32,
    /// Why it was left.
    pub exit: BarExit,
}

/// What a set of parameters did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarResult {
    /// Trades.
    pub trades: u32,
    /// Of them, those that gained.
    pub wins: u32,
    /// Left at the target, at the stop, by time.
    pub exits: [u32; 3],
    /// Gain of one pair a trade, mills, all trades together.
    pub gain_mills: i64,
    /// Whether a position was open after the last bar.
    pub open: bool,
    /// Return on equity over all bars.
    #[serde(with = "exact")]
    pub total_return: f64,
    /// Largest fall of equity from a peak, fraction.
    #[serde(with = "exact")]
    pub max_drawdown: f64,
    /// Moments of returns per bar; `None` without variation.
    pub moments: Option<Moments>,
}

impl BarResult {
    /// Part of trades that gained, with its 90% Jeffreys interval. Neighbouring trades of one pair are not independent, so the interval
    /// is the narrowest that can be true.
    #[must_use]
    pub fn win_rate(&self) -> Estimate {
        jeffreys(u64::from(self.wins), u64::from(self.trades), Level::NINETY)
    }

    /// Sharpe ratio per bar.
    ///
    /// # Errors
    /// No variation, as without trades.
    pub fn sharpe(&self) -> Result<f64, Undefined> {
        self.moments.map(|m| m.sharpe()).ok_or(Undefined::NoVariation)
    }
}

impl Scored for BarResult {
    fn objective(&self) -> Option<f64> {
        self.sharpe().ok()
    }

    fn moments(&self) -> Option<Moments> {
        self.moments
    }
}

/// Bars of a pair with everything that is worked out once for all sets.
#[derive(Debug, Clone)]
pub struct PairBars {
    edges: Vec<i32>,
    falls: Falls,
    index: EdgeIndex,
    /// Return of each bar while holding, 0 for the first.
    returns: Vec<f64>,
    /// Sums of the first four powers of the returns of the bars up to and with each.
    powers: Vec<[f64; 4]>,
}

impl PairBars {
    /// From mid prices in mills of the first outcome and of the second, which it implies.
    ///
    /// # Errors
    /// See [`BarsError`].
    pub fn new(a_mills: &[u16], b_mills: &[u16]) -> Result<Self, BarsError> {
        let (a, b) = (a_mills.len(), b_mills.len());
        if a != b {
            return Err(BarsError::Lengths { a, b });
        }
        if a == 0 || a > BARS_MAX {
            return Err(BarsError::Count(a));
        }
        for (bar, (&a, &b)) in a_mills.iter().zip(b_mills).enumerate() {
            let dollar = DOLLAR as u16;
            if a > dollar || b > dollar || a == dollar && b == 0 {
                return Err(BarsError::Price { bar, a, b });
            }
        }
        let edges: Vec<i32> = a_mills.iter().zip(b_mills).map(|(a, b)| i32::from(*a) - i32::from(*b)).collect();
        let (least, greatest) = edges.iter().fold((i32::MAX, i32::MIN), |(l, g), e| (l.min(*e), g.max(*e)));
        let bytes = EdgeIndex::bytes(edges.len(), least, greatest);
        if bytes > INDEX_BYTES_MAX {
            return Err(BarsError::IndexTooLarge { bytes });
        }
        let values: Vec<i32> = edges.iter().map(|e| DOLLAR - e).collect();
        let returns: Vec<f64> =
            std::iter::once(0.0).chain(values.windows(2).map(|w| f64::from(w[1] - w[0]) / f64::from(w[0]))).collect();
        let mut sums = [0.0; 4];
        let powers = returns.iter().map(|r| {
            add_powers(&mut sums, *r);
            sums
        });
        let powers = powers.collect();
        Ok(Self { index: EdgeIndex::new(&edges), falls: Falls::new(values), edges, returns, powers })
    }

    /// Number of bars.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.edges.len()
    }

    /// Whether there is no bar, which [`Self::new`] refuses.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The edge of every bar, mills.
    #[must_use]
    pub fn edges(&self) -> &[i32] {
        &self.edges
    }

    /// The trades of a rule.
    #[must_use]
    pub fn trades(&self, rule: &BarRule) -> Vec<BarTrade> {
        let mut trades = Vec::new();
        self.walk(rule, |entered, left, exit| {
            let gain_mills = self.edges[entered] - self.edges[left];
            // Bars are numbered below BARS_MAX.
            trades.push(BarTrade { entered: entered as u32, left: left as u32, gain_mills, exit });
        });
        trades
    }

    /// Returns of equity per bar under a rule, from the second bar on: what a comparison of whole series needs, as for
    /// [`crate::stats::probability_of_overfitting`].
    #[must_use]
    pub fn returns(&self, rule: &BarRule) -> Vec<f64> {
        let mut out = vec![0.0; self.edges.len() - 1];
        let mut hold = |entered: usize, left: usize| {
            out[entered..left].copy_from_slice(&self.returns[entered + 1..=left]);
        };
        let open = self.walk(rule, |entered, left, _| hold(entered, left));
        if let Some(entered) = open {
            hold(entered, self.edges.len() - 1);
        }
        out
    }

    /// Calls `visit` for every trade, in order; returns the bar at which a position still open at the end was entered.
    fn walk(&self, rule: &BarRule, mut visit: impl FnMut(usize, usize, BarExit)) -> Option<usize> {
        let entries = self.index.entries(rule.entry_mills);
        let mut from = 0;
        while let Some(entered) = entries.next(from) {
            let (target, stop) = rule.levels(self.edges[entered]);
            let Some((left, exit)) = self.index.exit(entered, target, stop, rule.last(entered)) else {
                return Some(entered);
            };
            visit(entered, left, exit);
            from = left + 1;
        }
        None
    }

    /// Trades and statistics of a rule, at a cost that grows with its trades.
    #[must_use]
    pub fn evaluate(&self, rule: &BarRule) -> BarResult {
        let mut tally = BarTally::default();
        let mut equity = Equity::START;
        let mut sums = [0.0; 4];
        let mut hold = |entered: usize, left: usize| {
            let (target, stop) = rule.levels(self.edges[entered]);
            // Before the exit the edge stays above the target and below the stop.
            let dollar = i64::from(DOLLAR);
            let between =
                (dollar.saturating_sub(stop).saturating_add(1), dollar.saturating_sub(target).saturating_sub(1));
            equity.hold(&self.falls, entered, left, between);
            let (before, after) = (&self.powers[entered], &self.powers[left]);
            sums.iter_mut().zip(after.iter().zip(before)).for_each(|(s, (a, b))| *s += a - b);
        };
        let open = self.walk(rule, |entered, left, exit| {
            tally.take(self.edges[entered] - self.edges[left], exit);
            hold(entered, left);
        });
        if let Some(entered) = open {
            hold(entered, self.edges.len() - 1);
        }
        self.result(tally, open.is_some(), equity.now, equity.fall, sums)
    }

    /// The same, bar by bar, as the rule is written.
    #[must_use]
    pub fn evaluate_plain(&self, rule: &BarRule) -> BarResult {
        let mut tally = BarTally::default();
        let (mut equity, mut peak, mut fall, mut sums) = (1.0_f64, 1.0_f64, 0.0_f64, [0.0; 4]);
        let mut held: Option<(usize, f64)> = None;
        for (bar, &edge) in self.edges.iter().enumerate() {
            let Some((entered, per_mill)) = held else {
                if i64::from(edge) >= rule.entry_mills {
                    held = Some((bar, equity / f64::from(DOLLAR - edge)));
                }
                continue;
            };
            equity = per_mill * f64::from(DOLLAR - edge);
            if equity > peak {
                peak = equity;
            } else {
                fall = fall.max((peak - equity) / peak);
            }
            add_powers(&mut sums, self.returns[bar]);
            let ((target, stop), at) = (rule.levels(self.edges[entered]), i64::from(edge));
            let exit = if at <= target {
                BarExit::Target
            } else if at >= stop {
                BarExit::Stop
            } else if bar >= rule.last(entered) {
                BarExit::Time
            } else {
                continue;
            };
            tally.take(self.edges[entered] - edge, exit);
            held = None;
        }
        self.result(tally, held.is_some(), equity, fall, sums)
    }

    fn result(&self, tally: BarTally, open: bool, equity: f64, fall: f64, sums: [f64; 4]) -> BarResult {
        BarResult {
            trades: tally.exits.iter().sum(),
            wins: tally.wins,
            exits: tally.exits,
            gain_mills: tally.gain_mills,
            open,
            total_return: equity - 1.0,
            max_drawdown: fall,
            moments: Moments::of_sums(self.edges.len() as u64 - 1, sums).ok(),
        }
    }
}

fn add_powers(sums: &mut [f64; 4], r: f64) {
    let square = r * r;
    sums.iter_mut().zip([r, square, square * r, square * square]).for_each(|(s, p)| *s += p);
}

/// Counts of trades.
#[derive(Default)]
struct BarTally {
    wins: u32,
    exits: [u32; 3],
    gain_mills: i64,
}

impl BarTally {
    fn take(&mut self, gain_mills: i32, exit: BarExit) {
        self.wins += u32::from(gain_mills > 0);
        self.exits[exit as usize] += 1;
        self.gain_mills += i64::from(gain_mills);
    }
}
