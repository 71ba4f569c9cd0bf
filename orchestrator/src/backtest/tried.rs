//! Searches: many sets over one piece of the data, chosen honestly. The sweeping itself is [`betty_trading::sweep`]; here sets become
//! configurations and results become rows.

use super::connect::failure;
use super::failure::Failure;
use super::resume::Resume;
use super::search::Search;
use betty_bus::report::{SweepRow, WindowRow};
use betty_bus::task::BacktestWindows;
use betty_market::{History, MarketId, Usdc};
use betty_trading::backtest::report::Case;
use betty_trading::backtest::{Progress, RunConfig, Watcher, lives, run_cases};
use betty_trading::stats::{Moments, daily_returns, deflated_sharpe};
use betty_trading::sweep::{self, Axis, Life, Plateau, PlateauVerdict, Schedule, Scored, Space, Sweep, hold_out};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Sets that share one pass of the data: enough that reading it does not count, few enough that progress moves.
const SETS_PER_PASS: usize = 32;
/// Sets tried on the held-out part, the best ones where they were chosen.
const HELD_OUT_SETS: usize = super::driver::SWEEP_ROWS_MAX;
/// Millionths in one percent.
const PPM_PER_PCT: u32 = 10_000;

/// What a sweep works on.
#[derive(Clone, Copy)]
pub(crate) struct SweepInput<'a> {
    /// The data.
    pub(crate) history: &'a dyn History,
    /// What every set shares. Its `trials` already count every set.
    pub(crate) base: &'a RunConfig,
    /// The sets.
    pub(crate) search: &'a Search,
    /// The end of the data that no set is chosen by, percent.
    pub(crate) held_out_pct: u32,
    /// Where its state is kept, and what it was.
    pub(crate) resume: Option<&'a Resume>,
    /// Told how far it is; answers whether to go on.
    pub(crate) watcher: &'a Watcher<'a>,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Searched<Row> {
    /// The rows: the best sets in any order, windows in time.
    pub(crate) rows: Vec<Row>,
    /// What a reader must know.
    pub(crate) warnings: Vec<String>,
    /// Whether anything is worth a second look.
    pub(crate) usable: bool,
    /// One line.
    pub(crate) verdict: String,
}

/// What one set came to on one piece of the data. Only trades that ended within it count, so nothing that is still open when another
/// piece begins has a say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Tried {
    /// Net profit of ended trades over the starting cash, millionths; `None` without an ended trade, or for values that do not go together.
    roi_ppm: Option<i64>,
    net: Usdc,
    ended: u64,
    sharpe: Option<f64>,
    max_drawdown_ppm: Option<i64>,
    moments: Option<Moments>,
}

const NOTHING: Tried =
    Tried { roi_ppm: None, net: Usdc::ZERO, ended: 0, sharpe: None, max_drawdown_ppm: None, moments: None };

impl Tried {
    fn of(case: &Case) -> Self {
        let s = &case.summary;
        let ppm = i128::from(s.net.micros()) * 1_000_000 / i128::from(s.starting.micros().max(1));
        let days: Vec<Option<Usdc>> = case.equity.iter().map(|p| Some(p.equity)).collect();
        let daily: Vec<f64> = daily_returns(s.starting, &days).into_iter().flatten().collect();
        #[allow(clippy::cast_possible_truncation)]
        let drawdown = s.max_drawdown.value.map(|d| (d * 1e6).round() as i64);
        Self {
            roi_ppm: (s.ended > 0).then(|| i64::try_from(ppm).unwrap_or(i64::MAX)),
            net: s.net,
            ended: s.ended,
            sharpe: s.sharpe.value,
            max_drawdown_ppm: drawdown,
            moments: Moments::of(&daily).ok().filter(|m| m.stdev > 0.0),
        }
    }
}

impl Scored for Tried {
    #[allow(clippy::cast_precision_loss)]
    fn objective(&self) -> Option<f64> {
        self.roi_ppm.map(|r| r as f64 / 1e6)
    }

    fn moments(&self) -> Option<Moments> {
        self.moments
    }
}

/// The sets of a search as a space: places in the lists of values where every combination is tried, so that neighbours are known; else
/// the numbers of the sets.
fn space(search: &Search) -> Result<Space, Failure> {
    let bad = |e: sweep::SpaceError| Failure::Usage(e.to_string());
    let axis = |name: &str, n: usize| Axis::new(name, 0, i64::try_from(n).unwrap_or(i64::MAX) - 1, 1).map_err(bad);
    let all: u128 = search.axes().iter().map(|a| a.values.len() as u128).product();
    let axes = if search.axes().is_empty() || all != u128::from(search.len()) {
        vec![axis("set", usize::try_from(search.len()).unwrap_or(usize::MAX))?]
    } else {
        search.axes().iter().map(|a| axis(&a.name, a.values.len())).collect::<Result<_, _>>()?
    };
    Space::grid(axes).map_err(bad)
}

/// The places of a set of a [`space`] in the lists of values.
fn places(search: &Search, space: &Space, set: &[i64]) -> Vec<usize> {
    let at = |v: &i64| usize::try_from(*v).unwrap_or(0);
    if space.axes().len() == search.axes().len()
        && space.axes().iter().zip(search.axes()).all(|(a, b)| a.name() == b.name)
    {
        return set.iter().map(at).collect();
    }
    search.places(set.first().map_or(0, |v| u64::try_from(*v).unwrap_or(0))).unwrap_or_default()
}

/// Evaluates sets on one piece of the data, in one pass. What cannot be computed is kept for the caller and ends the search.
struct Bench<'a> {
    history: &'a dyn History,
    search: &'a Search,
    space: &'a Space,
    watcher: &'a Watcher<'a>,
    failed: &'a Mutex<Option<Failure>>,
    /// Sets done, as last told.
    done: AtomicU64,
}

impl Bench<'_> {
    fn fail(&self, failure: Failure) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    fn evaluate(&self, sets: &[Vec<i64>], base: &RunConfig) -> Vec<Tried> {
        let mut out = vec![NOTHING; sets.len()];
        let mut configs = Vec::new();
        let mut slots = Vec::new();
        for (i, set) in sets.iter().enumerate() {
            // Values that are fine alone may not go together: such a set tries nothing.
            if let Ok(config) = self.search.config_at(&places(self.search, self.space, set), base) {
                configs.push(config);
                slots.push(i);
            }
        }
        // How far the search is, is told by its sets and not by its passes.
        let go_on = |_: Progress| {
            let done = self.done.load(Ordering::Relaxed);
            (self.watcher)(Progress { done, total: self.space.len(), what: "sets" })
        };
        match run_cases(self.history, &configs, &go_on) {
            Ok(cases) => slots.iter().zip(&cases).for_each(|(i, case)| out[*i] = Tried::of(case)),
            Err(e) => self.fail(failure(e)),
        }
        out
    }
}

fn threads(base: &RunConfig) -> NonZeroUsize {
    NonZeroUsize::new(base.threads).unwrap_or(NonZeroUsize::MIN)
}

/// The failure that ended a search, if any.
fn ended(failed: &Mutex<Option<Failure>>) -> Result<(), Failure> {
    failed.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}

/// The period of a run within its data, milliseconds.
fn period(history: &dyn History, base: &RunConfig) -> std::ops::Range<i64> {
    let (first, last) = history.span();
    let from = base.from.map_or(first, |f| f.max(first));
    let to = base.to.map_or(last, |t| t.min(last));
    from.millis()..to.millis()
}

/// Tries every set on the first part of the data, and the best of them on the part that was held out.
///
/// # Errors
/// [`Failure`].
pub(crate) fn sweep(input: SweepInput<'_>) -> Result<Searched<SweepRow>, Failure> {
    let SweepInput { history, base, search, held_out_pct, resume, watcher } = input;
    let space = space(search)?;
    let failed = Mutex::new(None);
    let bench = Bench { history, search, space: &space, watcher, failed: &failed, done: AtomicU64::new(0) };
    let (train, held) = hold_out(period(history, base), held_out_pct.saturating_mul(PPM_PER_PCT));
    let at = betty_market::Timestamp::from_millis;
    let on =
        |part: &std::ops::Range<i64>| RunConfig { from: Some(at(part.start)), to: Some(at(part.end)), ..base.clone() };
    let training = on(&train);
    let kept = resume.and_then(|r| r.state.as_deref());
    let mut sweep: Sweep<Tried> = match kept {
        Some(state) => serde_json::from_str(state).map_err(|e| {
            Failure::Usage(format!(
                "the kept state of this sweep cannot be read ({e}): name another file with --resume"
            ))
        })?,
        None => Sweep::new(space.clone(), usize::try_from(search.len()).unwrap_or(usize::MAX)),
    };
    let each = usize::try_from(search.len()).unwrap_or(usize::MAX).div_ceil(threads(base).get());
    let batch = NonZeroUsize::new(each.min(SETS_PER_PASS)).unwrap_or(NonZeroUsize::MIN);
    while !sweep.is_finished() {
        let from = sweep.progress().done;
        let mut last = from;
        sweep.run_batches(
            threads(base),
            batch,
            |sets| bench.evaluate(sets, &training),
            |p| {
                last = p.done;
                bench.done.store(p.done, Ordering::Relaxed);
                let stopped = failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
                let go_on = watcher(Progress { done: p.done, total: p.total, what: "sets" });
                // A file to go on from is written between rounds of passes.
                let pause = resume.is_some() && p.done - from >= (batch.get() * threads(base).get()) as u64;
                if stopped || !go_on || pause { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        ended(&failed)?;
        if let Some(resume) = resume {
            resume.keep(&serde_json::to_string(&sweep).unwrap_or_default())?;
        }
        if !sweep.is_finished() && !watcher(Progress { done: last, total: search.len(), what: "sets" }) {
            return Err(Failure::Stopped);
        }
    }
    let results: BTreeMap<&[i64], &Tried> = sweep.best().iter().map(|t| (t.set.as_slice(), &t.result)).collect();
    let best: Vec<_> = sweep.best().iter().take(HELD_OUT_SETS).collect();
    let tried_later: Vec<Option<i64>> = if held_out_pct == 0 || best.is_empty() {
        vec![None; best.len()]
    } else {
        let sets: Vec<Vec<i64>> = best.iter().map(|t| t.set.clone()).collect();
        let later = bench.evaluate(&sets, &on(&held));
        ended(&failed)?;
        // A set that does not trade on the held-out part earned nothing there.
        later.into_iter().map(|t| Some(t.roi_ppm.unwrap_or(0))).collect()
    };
    let neighbours = |set: &[i64]| {
        let around: Vec<i64> = space
            .neighbours(set)
            .iter()
            .map(|n| results.get(n.as_slice()).and_then(|t| t.roi_ppm).unwrap_or(0))
            .collect();
        (!around.is_empty()).then(|| around.iter().sum::<i64>() / around.len() as i64)
    };
    let rows = best.iter().zip(&tried_later).map(|(trial, held_out)| SweepRow {
        set: trial.index,
        parameters: search.parameters_at(&places(search, &space, &trial.set)),
        roi_ppm: trial.result.roi_ppm.unwrap_or(0),
        net: trial.result.net,
        ended: trial.result.ended,
        sharpe: trial.result.sharpe,
        max_drawdown_ppm: trial.result.max_drawdown_ppm,
        held_out_roi_ppm: *held_out,
        neighbours_roi_ppm: neighbours(&trial.set),
    });
    let rows: Vec<SweepRow> = rows.collect();
    Ok(judge(rows, &sweep, &space, &results, base.trials, held_out_pct))
}

/// The verdict over a finished sweep: what the chosen set did where it was not chosen, what its neighbours say, what is left after
/// counting the trials.
fn judge(
    rows: Vec<SweepRow>,
    sweep: &Sweep<Tried>,
    space: &Space,
    results: &BTreeMap<&[i64], &Tried>,
    trials: u64,
    held_out_pct: u32,
) -> Searched<SweepRow> {
    let mut warnings = Vec::new();
    if sweep.undefined() > 0 {
        warnings.push(format!("{} of {} sets ended no trade and are not ranked", sweep.undefined(), space.len()));
    }
    let Some(chosen) = sweep.best().first() else {
        let verdict = "NOT ENOUGH DATA: no set ended a trade, so there is nothing to choose".to_owned();
        return Searched { rows, warnings, usable: false, verdict };
    };
    let objective = chosen.result.objective().unwrap_or(0.0);
    let plateau = Plateau::around(space, &chosen.set, objective, |set: &[i64]| **results.get(set).unwrap_or(&&NOTHING));
    let percent = |ppm: i64| format!("{:+.2}%", ppm as f64 / 1e4);
    let held_out = rows.first().and_then(|r| r.held_out_roi_ppm);
    let mut verdict = match held_out {
        Some(roi) => format!("held-out part {} ({held_out_pct}% of the data)", percent(roi)),
        None => "nothing was held out, so the best is only the best by hindsight".to_owned(),
    };
    verdict.push_str(&format!("; where it was chosen {}", percent(chosen.result.roi_ppm.unwrap_or(0))));
    verdict.push_str(&format!("; {plateau}"));
    let deflated =
        chosen.result.moments.map(|m| deflated_sharpe(&m, sweep.sharpes().variance().unwrap_or(0.0), trials));
    match deflated.map(|d| d.value) {
        Some(Ok(p)) => verdict.push_str(&format!("; deflated Sharpe {p:.2} after {trials} trials on this data")),
        Some(Err(why)) => verdict.push_str(&format!("; no deflated Sharpe ({why}) after {trials} trials on this data")),
        None => verdict.push_str(&format!("; {trials} trials on this data")),
    }
    if chosen.result.ended < 20 {
        warnings.push(format!(
            "the chosen set rests on {} ended trades: too few to tell it from luck",
            chosen.result.ended
        ));
    }
    let gains = held_out.map_or(objective > 0.0, |roi| roi > 0);
    let usable = gains && !matches!(plateau.verdict, PlateauVerdict::Peak | PlateauVerdict::NoGain);
    Searched { rows, warnings, usable, verdict }
}

/// Chooses on one window, tries on the next. No market is in both, and what ends after the test began did not teach the choice.
///
/// # Errors
/// [`Failure`].
pub(crate) fn walk_forward(
    history: &dyn History,
    base: &RunConfig,
    search: &Search,
    windows: BacktestWindows,
    watcher: &Watcher<'_>,
) -> Result<Searched<WindowRow>, Failure> {
    let BacktestWindows { train_ms, test_ms, purge, embargo_ms } = windows;
    let span = period(history, base);
    let at = betty_market::Timestamp::from_millis;
    let schedule = Schedule { train_ms, test_ms, embargo_ms, anchored: false };
    let cut = schedule.windows(at(span.start), at(span.end)).map_err(|e| Failure::Usage(e.to_string()))?;
    if !watcher(Progress { done: 0, total: cut.len() as u64, what: "lives of markets" }) {
        return Err(Failure::Stopped);
    }
    let seen = lives(history).map_err(failure)?;
    let all: Vec<Life<MarketId>> = seen
        .into_iter()
        .map(|(id, (from, to))| Life { from, to: if purge { to } else { from }, markets: vec![id] })
        .collect();
    let space = space(search)?;
    let failed = Mutex::new(None);
    let bench = Bench { history, search, space: &space, watcher, failed: &failed, done: AtomicU64::new(0) };
    let evaluate = |set: &[i64], positions: &[usize]| {
        let lives = || positions.iter().map(|i| &all[*i]);
        let (Some(from), Some(to)) = (lives().map(|l| l.from).min(), lives().map(|l| l.to).max()) else {
            return NOTHING;
        };
        let only: BTreeSet<MarketId> = lives().flat_map(|l| l.markets.iter().cloned()).collect();
        let config = RunConfig {
            from: Some(from.max(at(span.start))),
            to: Some(to.min(at(span.end)).max(from.plus_millis(1))),
            only: Some(Arc::new(only)),
            ..base.clone()
        };
        bench.evaluate(&[set.to_vec()], &config).pop().unwrap_or(NOTHING)
    };
    let folds = sweep::walk_forward(&cut, &all, &space, threads(base), evaluate, |p| {
        let stopped = failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let go_on = watcher(Progress { done: p.done, total: p.total, what: "sets over windows" });
        if stopped || !go_on { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    ended(&failed)?;
    if folds.len() < cut.len() {
        return Err(Failure::Stopped);
    }
    let purged: usize = folds.iter().map(|f| f.split.purged.len()).sum();
    let rows: Vec<WindowRow> = folds
        .iter()
        .filter_map(|fold| {
            let chosen = fold.chosen.as_ref()?;
            let tried = fold.out_of_sample.unwrap_or(NOTHING);
            Some(WindowRow {
                train_from: fold.window.train.start,
                test_from: fold.window.test.start,
                test_to: fold.window.test.end,
                parameters: search.parameters_at(&places(search, &space, &chosen.set)),
                train_roi_ppm: chosen.result.roi_ppm.unwrap_or(0),
                test_roi_ppm: tried.roi_ppm.unwrap_or(0),
                test_net: tried.net,
                ended: tried.ended,
            })
        })
        .collect();
    let mut warnings = vec![format!(
        "{purged} markets were left out of training because they ended too late or are in the test too{}",
        if purge { "" } else { "; purging by their end was switched off" }
    )];
    let idle = folds.len() - rows.len();
    if idle > 0 {
        warnings.push(format!("{idle} of {} windows had no trade to choose by and are not listed", folds.len()));
    }
    let (net, ended): (Usdc, u64) = (rows.iter().map(|r| r.test_net).sum(), rows.iter().map(|r| r.ended).sum());
    let gained = rows.iter().filter(|r| r.test_net.is_positive()).count();
    let verdict = match rows.len() {
        0 => "NOT ENOUGH DATA: no window had a trade to choose by".to_owned(),
        n => format!("out of sample {} over {n} windows, {gained} of them with a gain, {ended} trades", net.signed()),
    };
    Ok(Searched { usable: net.is_positive() && ended > 0, rows, warnings, verdict })
}
