//! Does what a backtest task says: opens the data, counts the trials, computes on threads, and says what is to be written.
//!
//! The command line and the specialist both end here. Nothing here writes to the database: the result carries its effects.

use super::connect::{self, NO_LIVE_HISTORY};
use super::failure::Failure;
use super::resume::Resume;
use super::search::Search;
use super::settings::{configure, experiment};
use super::tried::{self, Searched, SweepInput};
use crate::app::trading::TradingSetup;
use crate::config::resolve::SourceChoice;
use crate::config::{Config, ConfigError};
use betty_bus::effect::BacktestTrials;
use betty_bus::report::{BacktestReport, BacktestsReport, ComparisonReport, SweepReport, SweepRow, WalkForwardReport};
use betty_bus::task::{BacktestJob, BacktestSearch, BacktestStrategy, BacktestTask, BacktestWindows};
use betty_bus::{Desk, Effect, Report, TaskErrorKind};
use betty_market::{History, SourceLabel, Timestamp, Usdc};
use betty_trading::backtest::{Progress, RunConfig, RunReport};
use betty_trading::{CostSettings, Limits, Strategy};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Rows of a sweep in a report, best first; the file of `--resume` has all of them.
pub const SWEEP_ROWS_MAX: usize = 50;
/// Runs that are listed when a beginning of a run id is ambiguous.
const AMBIGUOUS_SHOWN: u32 = 5;
/// Fewest and most runs side by side.
pub const COMPARE_RUNS: std::ops::RangeInclusive<usize> = 2..=5;
/// The folder of the data directory in which a recording is found by its name alone.
pub const RECORDINGS: &str = "recordings";

/// What all backtests of this Betty share.
#[derive(Debug, Clone)]
pub struct Lab {
    /// The configured limits.
    pub limits: Limits,
    /// The configured costs.
    pub costs: CostSettings,
    /// The configured source.
    pub source: SourceChoice,
    /// Where recordings are found by name.
    pub recordings: PathBuf,
}

impl Lab {
    /// Out of the configuration.
    ///
    /// # Errors
    /// [`ConfigError`] naming the setting.
    pub fn of(config: &Config, trading: &TradingSetup, data_dir: &Path) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: trading.limits.clone(),
            costs: trading.costs.clone(),
            source: config.get("market.source")?,
            recordings: data_dir.join(RECORDINGS),
        })
    }

    /// What a job replays. A recording's bare name is looked for in the folder of recordings first.
    fn source_of(&self, job: &BacktestJob) -> Result<SourceChoice, Failure> {
        let choice = match &job.source {
            Some(text) => text.parse().map_err(|why: String| Failure::Usage(format!("source {text:?}: {why}")))?,
            None => self.source.clone(),
        };
        match choice {
            SourceChoice::Live => Err(Failure::Usage(NO_LIVE_HISTORY.to_owned())),
            SourceChoice::Recorded(path) if is_name(&path) && self.recordings.join(&path).exists() => {
                Ok(SourceChoice::Recorded(self.recordings.join(path)))
            }
            choice => Ok(choice),
        }
    }
}

/// Whether a path is one plain name.
fn is_name(path: &Path) -> bool {
    let mut parts = path.components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if !name.to_string_lossy().starts_with('.'))
}

/// Keeps a job that comes from a chat to the folder of recordings: nobody looks around on this machine by typing paths.
///
/// # Errors
/// One sentence for the one who typed.
pub fn confine(task: &mut BacktestTask, recordings: &Path) -> Result<(), String> {
    let job = match task {
        BacktestTask::Run { job } | BacktestTask::Sweep { job, .. } | BacktestTask::WalkForward { job, .. } => job,
        BacktestTask::List { .. } | BacktestTask::Show { .. } | BacktestTask::Compare { .. } => return Ok(()),
    };
    let Some(path) = job.source.as_deref().and_then(|s| s.strip_prefix("recorded:")) else { return Ok(()) };
    if !is_name(Path::new(path)) || path.contains('\\') {
        return Err(format!(
            "here a recording is named without a path: put it into the folder {RECORDINGS} of the data directory, then give source=recorded:NAME"
        ));
    }
    job.source = Some(format!("recorded:{}", recordings.join(path).display()));
    Ok(())
}

/// What an attempt at a backtest may use beside the lab.
#[derive(Clone)]
pub struct Reach {
    /// Ends the work.
    pub stop: CancellationToken,
    /// Told how far it is, from any thread.
    pub tell: Arc<dyn Fn(Progress) + Send + Sync>,
    /// Keeps the sets of a sweep, and goes on with them.
    pub resume: Option<PathBuf>,
}

impl Reach {
    /// Tells how far it is, and ends the computation once it is stopped.
    fn watcher(&self) -> impl Fn(Progress) -> bool + Send + Sync + use<> {
        let (tell, stop) = (self.tell.clone(), self.stop.clone());
        move |progress| {
            tell(progress);
            !stop.is_cancelled()
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// A run, with its trades.
    Run(Box<RunReport>),
    /// A stored run, with its trades.
    Stored(Box<RunReport>, Timestamp),
    /// Stored runs.
    List(BacktestsReport),
    /// Runs side by side.
    Comparison(ComparisonReport),
    /// Many sets.
    Sweep(SweepReport),
    /// Many windows.
    WalkForward(WalkForwardReport),
}

impl Finding {
    /// For the bus: without trades.
    #[must_use]
    pub fn into_report(self) -> Report {
        match self {
            Self::Run(report) => Report::Backtest(Box::new(BacktestReport::of(*report, None))),
            Self::Stored(report, at) => Report::Backtest(Box::new(BacktestReport::of(*report, Some(at)))),
            Self::List(list) => Report::Backtests(list),
            Self::Comparison(comparison) => Report::Comparison(Box::new(comparison)),
            Self::Sweep(sweep) => Report::Sweep(Box::new(sweep)),
            Self::WalkForward(walk) => Report::WalkForward(Box::new(walk)),
        }
    }
}

/// A finding with what is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What came of it.
    pub finding: Finding,
    /// To be written in one transaction.
    pub effects: Vec<Effect>,
}

/// Does a task.
///
/// # Errors
/// [`Failure`] in one sentence that says what to do.
///
/// # Panics
/// When the computation panics: the panic goes on in the caller, who knows what to make of it.
pub async fn perform(lab: &Lab, desk: &dyn Desk, task: BacktestTask, reach: &Reach) -> Result<Outcome, Failure> {
    let read = |finding| Ok(Outcome { finding, effects: Vec::new() });
    match task {
        BacktestTask::Run { job } => run(lab, desk, &job, reach).await,
        BacktestTask::Sweep { job, search } => sweep(lab, desk, &job, search, reach).await,
        BacktestTask::WalkForward { job, search, windows } => {
            walk_forward(lab, desk, &job, search, windows, reach).await
        }
        BacktestTask::List { limit } => {
            let (rows, stored) = (desk.backtests("", limit).await?, desk.backtest_count().await?);
            read(Finding::List(BacktestsReport { rows, stored }))
        }
        BacktestTask::Show { run } => {
            let (report, at) = stored(desk, &run).await?;
            read(Finding::Stored(Box::new(report), at))
        }
        BacktestTask::Compare { runs } => read(Finding::Comparison(compare(desk, &runs).await?)),
    }
}

/// A stored run by the first digits of its id.
async fn stored(desk: &dyn Desk, run: &str) -> Result<(RunReport, Timestamp), Failure> {
    let found = desk.backtests(run, AMBIGUOUS_SHOWN).await?;
    let exact = found.iter().find(|r| r.run_id == run);
    let row = match (exact, &found[..]) {
        (Some(row), _) | (None, [row]) => row,
        (None, []) => {
            return Err(Failure::Usage(format!(
                "there is no backtest {run}: `!backtest list` (or `betty backtest list`) lists what is stored"
            )));
        }
        (None, several) => {
            let ids: Vec<&str> = several.iter().map(|r| r.run_id.as_str()).collect();
            return Err(Failure::Usage(format!(
                "{run} is the beginning of more than one run id ({}): give more digits",
                ids.join(", ")
            )));
        }
    };
    match desk.backtest_report(&row.run_id).await? {
        Some(report) => Ok((report, row.at)),
        None => Err(Failure::Usage(format!("backtest {} has just made room for a newer one", row.run_id))),
    }
}

async fn compare(desk: &dyn Desk, runs: &[String]) -> Result<ComparisonReport, Failure> {
    if !COMPARE_RUNS.contains(&runs.len()) {
        return Err(Failure::Usage(format!(
            "{} runs cannot be compared: give {} to {}",
            runs.len(),
            COMPARE_RUNS.start(),
            COMPARE_RUNS.end()
        )));
    }
    let mut found: Vec<BacktestReport> = Vec::new();
    for run in runs {
        let (report, at) = stored(desk, run).await?;
        if found.iter().any(|f| f.run.run_id == report.run_id) {
            return Err(Failure::Usage(format!("{run} is named twice: a run compared with itself says nothing")));
        }
        found.push(BacktestReport::of(report, Some(at)));
    }
    let unlike = unlike(&found);
    Ok(ComparisonReport { runs: found, unlike })
}

/// Why runs cannot be compared.
fn unlike(runs: &[BacktestReport]) -> Option<String> {
    let first = &runs.first()?.run;
    let differs = |f: &dyn Fn(&RunReport) -> bool| runs.iter().any(|r| f(&r.run));
    if differs(&|r| r.data_hash != first.data_hash) {
        return Some("they ran on different data, so their results answer different questions".to_owned());
    }
    let period = |r: &RunReport| (r.coverage.from, r.coverage.to);
    if differs(&|r| period(r) != period(first)) {
        return Some(
            "they ran on different periods of the data, so their results answer different questions".to_owned(),
        );
    }
    None
}

async fn strategy_of(desk: &dyn Desk, choice: &BacktestStrategy) -> Result<Strategy, Failure> {
    let named = match choice {
        BacktestStrategy::Toml(text) => {
            return Strategy::from_toml(text).map_err(|e| {
                Failure::Usage(format!(
                    "the strategy cannot be used: {e}. `!auto_strategy template balanced` prints one that works"
                ))
            });
        }
        BacktestStrategy::Active => None,
        BacktestStrategy::Named(name) => Some(name.as_str()),
    };
    betty_specialists::strategy_named(desk, named).await.map_err(|e| match e.kind {
        TaskErrorKind::Unavailable => Failure::Store(e.message),
        _ => Failure::Usage(e.message),
    })
}

/// Data that is there and holds something of the period asked for.
struct Opened {
    history: Arc<dyn History>,
    label: SourceLabel,
    hash: String,
}

/// Runs a computation on a thread of its own; ends at once when it is stopped, and the computation soon after.
async fn aside<T: Send + 'static>(
    stop: &CancellationToken,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let work = tokio::task::spawn_blocking(work);
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Failure::Stopped),
        ended = work => match ended {
            Ok(result) => result,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Failure::Stopped),
            },
        },
    }
}

async fn open(choice: SourceChoice, config: &RunConfig, stop: &CancellationToken) -> Result<Opened, Failure> {
    let (from, to) = (config.from, config.to);
    aside(stop, move || {
        let history = connect::open(&choice)?;
        let label = history.label();
        let (first, last) = history.span();
        match history.records().next() {
            None => {
                return Err(Failure::Data(format!("{label} holds no records, so there is nothing to replay: record for longer, or name another source")));
            }
            Some(Err(e)) => return Err(Failure::Data(e.to_string())),
            Some(Ok(_)) => {}
        }
        if from.is_some_and(|from| from > last) || to.is_some_and(|to| to < first) {
            let asked = |at: Option<Timestamp>| at.map_or_else(|| "…".to_owned(), |at| at.to_string());
            return Err(Failure::Data(format!(
                "{label} covers {first} to {last}, and nothing of it lies in the period asked for ({} to {}): choose from and to within it",
                asked(from),
                asked(to)
            )));
        }
        let hash = history.data_hash();
        Ok(Opened { history, label, hash })
    })
    .await
}

fn trials(data_hash: &str, experiment: &str, sets: u64) -> Effect {
    Effect::BacktestTrials(BacktestTrials { data_hash: data_hash.to_owned(), experiment: experiment.to_owned(), sets })
}

async fn run(lab: &Lab, desk: &dyn Desk, job: &BacktestJob, reach: &Reach) -> Result<Outcome, Failure> {
    let choice = lab.source_of(job)?;
    let mut config = configure(job, strategy_of(desk, &job.strategy).await?, &lab.limits, &lab.costs)?;
    let opened = open(choice, &config, &reach.stop).await?;
    let experiment = experiment("run", &config, &[]);
    config.trials = desk.backtest_trials(&opened.hash, &experiment).await?.saturating_add(1);
    let (watcher, history) = (reach.watcher(), opened.history);
    let report = aside(&reach.stop, move || connect::replay(history.as_ref(), &config, &watcher)).await?;
    let effects = vec![Effect::Backtest(Box::new(report.clone())), trials(&opened.hash, &experiment, 1)];
    Ok(Outcome { finding: Finding::Run(Box::new(report)), effects })
}

/// A search, its data and its count of trials, ready to be computed.
struct Ready {
    config: RunConfig,
    search: Search,
    opened: Opened,
    experiment: String,
}

async fn ready(
    lab: &Lab,
    desk: &dyn Desk,
    job: &BacktestJob,
    search: &BacktestSearch,
    (kind, more): (&str, String),
    stop: &CancellationToken,
) -> Result<Ready, Failure> {
    let choice = lab.source_of(job)?;
    let mut config = configure(job, strategy_of(desk, &job.strategy).await?, &lab.limits, &lab.costs)?;
    let parsed = Search::parse(search, &config)?;
    let opened = open(choice, &config, stop).await?;
    let told: Vec<String> = search.axes.iter().cloned().chain([format!("{:?} {more}", search.random)]).collect();
    let experiment = experiment(kind, &config, &told);
    // Every set is a trial, whether or not anyone looks at it.
    config.trials = desk.backtest_trials(&opened.hash, &experiment).await?.saturating_add(parsed.len());
    Ok(Ready { config, search: parsed, opened, experiment })
}

async fn sweep(
    lab: &Lab,
    desk: &dyn Desk,
    job: &BacktestJob,
    asked: BacktestSearch,
    reach: &Reach,
) -> Result<Outcome, Failure> {
    const HELD_OUT_PCT_MAX: u32 = 50;
    if asked.axes.is_empty() {
        return Err(Failure::Usage(
            "a sweep needs at least one parameter with its values, such as size_pct=5,10,15".to_owned(),
        ));
    }
    let held_out_pct = asked.held_out_pct;
    if held_out_pct > HELD_OUT_PCT_MAX {
        return Err(Failure::Usage(format!("{held_out_pct}% cannot be held out: give 0 to {HELD_OUT_PCT_MAX}")));
    }
    let kind = ("sweep", format!("held out {held_out_pct}"));
    let Ready { config, search, opened, experiment } = ready(lab, desk, job, &asked, kind, &reach.stop).await?;
    let (sets, trials_now, strategy) = (search.len(), config.trials, config.strategy.reference().to_string());
    let resume = match &reach.resume {
        Some(path) => Some(Resume::open(path, &opened.hash, &experiment)?),
        None => None,
    };
    let (watcher, history) = (reach.watcher(), opened.history);
    let found: Searched<SweepRow> = aside(&reach.stop, move || {
        tried::sweep(SweepInput {
            history: history.as_ref(),
            base: &config,
            search: &search,
            held_out_pct,
            resume: resume.as_ref(),
            watcher: &watcher,
        })
    })
    .await?;
    let Searched { mut rows, warnings, usable, verdict } = found;
    sort(&mut rows);
    rows.truncate(SWEEP_ROWS_MAX);
    let report = SweepReport {
        source: opened.label,
        strategy,
        data_hash: opened.hash.clone(),
        sets,
        trials: trials_now,
        rows,
        warnings,
        usable,
        verdict,
    };
    Ok(Outcome { finding: Finding::Sweep(report), effects: vec![trials(&opened.hash, &experiment, sets)] })
}

/// Best first: by the part that was held out where every row has one, else by the part that sets were chosen by. Ties by number.
fn sort(rows: &mut [SweepRow]) {
    let held_out = rows.iter().all(|r| r.held_out_roi_ppm.is_some());
    rows.sort_by_key(|r| {
        let roi = if held_out { r.held_out_roi_ppm.unwrap_or(i64::MIN) } else { r.roi_ppm };
        (std::cmp::Reverse(roi), r.set)
    });
}

async fn walk_forward(
    lab: &Lab,
    desk: &dyn Desk,
    job: &BacktestJob,
    asked: BacktestSearch,
    windows: BacktestWindows,
    reach: &Reach,
) -> Result<Outcome, Failure> {
    if windows.train_ms <= 0 || windows.test_ms <= 0 || windows.embargo_ms < 0 {
        return Err(Failure::Usage(
            "the windows must be longer than nothing: give train and test as 7d and 3d".to_owned(),
        ));
    }
    let kind = ("walk", format!("{windows:?}"));
    let Ready { config, search, opened, experiment } = ready(lab, desk, job, &asked, kind, &reach.stop).await?;
    let (first, last) = opened.history.span();
    let (from, to) = (config.from.map_or(first, |f| f.max(first)), config.to.map_or(last, |t| t.min(last)));
    let needed = windows.train_ms.saturating_add(windows.embargo_ms).saturating_add(windows.test_ms);
    if to.since(from) < needed {
        return Err(Failure::Data(format!(
            "{} from {from} to {to} is shorter than one train, embargo and test window together: choose shorter windows or more data",
            opened.label
        )));
    }
    let (sets, trials_now, strategy) = (search.len(), config.trials, config.strategy.reference().to_string());
    let (watcher, history) = (reach.watcher(), opened.history);
    let found =
        aside(&reach.stop, move || tried::walk_forward(history.as_ref(), &config, &search, windows, &watcher)).await?;
    let net = found.rows.iter().map(|w| w.test_net.micros()).fold(0, i64::saturating_add);
    let report = WalkForwardReport {
        source: opened.label,
        strategy,
        data_hash: opened.hash.clone(),
        trials: trials_now,
        windows: found.rows,
        net: Usdc::from_micros(net),
        warnings: found.warnings,
        usable: found.usable,
        verdict: found.verdict,
    };
    Ok(Outcome { finding: Finding::WalkForward(report), effects: vec![trials(&opened.hash, &experiment, sets)] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(source: &str) -> BacktestTask {
        let job = BacktestJob { source: Some(source.to_owned()), ..BacktestJob::new(BacktestStrategy::Active) };
        BacktestTask::Run { job }
    }

    #[test]
    fn a_chat_names_recordings_and_not_paths() {
        let folder = Path::new("/data/recordings");
        for bad in [
            "recorded:/etc/passwd",
            "recorded:../betty.db",
            "recorded:a/b",
            "recorded:..",
            "recorded:.",
            "recorded:.hidden",
            "recorded:a\\b",
            "recorded:",
        ] {
            let told = confine(&mut task(bad), folder).unwrap_err();
            assert!(told.contains("without a path"), "{bad}: {told}");
        }
        let mut good = task("recorded:day.bettyrec");
        confine(&mut good, folder).unwrap();
        assert_eq!(good, task("recorded:/data/recordings/day.bettyrec"));
        let mut sim = task("simulated:3");
        confine(&mut sim, folder).unwrap();
        assert_eq!(sim, task("simulated:3"));
    }

    #[test]
    fn the_best_is_the_best_where_nothing_was_chosen() {
        let row = |set, roi_ppm, held_out_roi_ppm| SweepRow {
            set,
            parameters: Vec::new(),
            roi_ppm,
            net: Usdc::ZERO,
            ended: 1,
            sharpe: None,
            max_drawdown_ppm: None,
            held_out_roi_ppm,
            neighbours_roi_ppm: None,
        };
        let order = |mut rows: Vec<SweepRow>| {
            sort(&mut rows);
            rows.into_iter().map(|r| r.set).collect::<Vec<_>>()
        };
        assert_eq!(order(vec![row(0, 9, Some(1)), row(1, 1, Some(5)), row(2, 5, Some(5))]), [1, 2, 0]);
        assert_eq!(order(vec![row(0, 1, None), row(1, 9, None), row(2, 5, None)]), [1, 2, 0]);
        // One set without a held-out part: then none is judged by it.
        assert_eq!(order(vec![row(0, 1, Some(99)), row(1, 9, None)]), [1, 0]);
    }
}
