//! `betty backtest`: from arguments to an exit code.
//!
//! 0 done, also when nothing was traded: an empty result is a result. 1 no usable result: a comparison of unlike runs, a sweep or
//! a walk-forward with nothing to choose. 2 usage or configuration. 3 data that cannot be replayed. 130 interrupted.

use super::args::{BacktestCommand, ExportArgs, JobArgs, SearchArgs};
use super::connect;
use super::driver::{Finding, Lab, Outcome, Reach, perform};
use super::export::Exports;
use super::failure::{EXIT_INTERRUPTED, Failure};
use super::meter::Meter;
use crate::app::start::prepare_data_dir;
use crate::app::trading::trading_setup;
use crate::commands::spec::Kind;
use crate::commands::value::{Value, span_ms};
use crate::config::Config;
use crate::console::style_here;
use crate::program::{EXIT_DONE, EXIT_FINDING, fail, stop_on_signal};
use crate::render;
use betty_bus::task::{BacktestJob, BacktestSearch, BacktestStrategy, BacktestTask, BacktestWindows};
use betty_market::Timestamp;
use betty_market::time::{Clock, SystemClock};
use betty_storage::{Store, StoreConfig};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Longest strategy file read, in bytes; the strategy's own limit is below it.
const STRATEGY_BYTES_MAX: u64 = 1 << 20;

/// What a command line comes to before anything is opened.
struct Asked {
    task: BacktestTask,
    exports: Exports,
    resume: Option<PathBuf>,
}

/// Runs the command and gives its exit code.
pub(crate) async fn run(config: Config, data_dir: PathBuf, json: bool, command: &BacktestCommand) -> u8 {
    let asked = match read(command) {
        Ok(asked) => asked,
        Err(failure) => return fail(json, failure.exit_code(), &failure.to_string()),
    };
    match work(&config, &data_dir, json, asked).await {
        Ok(code) => code,
        Err(failure) => fail(json, failure.exit_code(), &failure.to_string()),
    }
}

async fn work(config: &Config, data_dir: &Path, json: bool, asked: Asked) -> Result<u8, Failure> {
    asked.exports.check()?;
    let usage = |e: &dyn std::fmt::Display| Failure::Usage(e.to_string());
    prepare_data_dir(data_dir).map_err(|e| usage(&e))?;
    let store = Store::open(&StoreConfig::file(data_dir.join("betty.db"))).await.map_err(|e| usage(&e))?;
    let clock = SystemClock;
    let trading = trading_setup(config, clock.now()).await.map_err(|e| usage(&e))?;
    if let Some(warning) = &trading.gas_warning {
        eprintln!("betty: {warning}");
    }
    let lab = Lab::of(config, &trading, data_dir).map_err(|e| usage(&e))?;
    let meter = Arc::new(Meter::here());
    let shown = meter.clone();
    let stop = stop_on_signal();
    let reach = Reach { stop: stop.clone(), tell: Arc::new(move |p| shown.show(p)), resume: asked.resume };
    // A panic is a defect of the computation: told like any other end, and nothing of it is stored.
    let ended = AssertUnwindSafe(perform(&lab, &store, asked.task, &reach)).catch_unwind().await;
    meter.clear();
    let Outcome { finding, effects } = match ended {
        Ok(result) => result?,
        Err(panic) => {
            return Err(Failure::Defect(crate::runtime::supervisor::panic_text(panic.as_ref())));
        }
    };
    if stop.is_cancelled() {
        return Ok(EXIT_INTERRUPTED);
    }
    if !effects.is_empty() {
        store.write_backtest(effects, clock.now()).await?;
    }
    let written = match &finding {
        Finding::Run(report) | Finding::Stored(report, _) => asked.exports.write(report).map_err(|failure| {
            let again = format!("the run is stored: betty backtest show {} writes the files again", report.run_id);
            Failure::Usage(format!("{failure}; {again}"))
        })?,
        _ => Vec::new(),
    };
    Ok(print(finding, &written, json))
}

/// Prints a finding and gives the exit code.
fn print(finding: Finding, written: &[PathBuf], json: bool) -> u8 {
    if json {
        crate::say!("{}", render::finding_json(&finding));
        return code(&finding);
    }
    let code = code(&finding);
    let more = match &finding {
        Finding::Run(report) | Finding::Stored(report, _) => Some(connect::text(report)),
        _ => None,
    };
    let card = render::backtest_card(&finding.into_report());
    crate::say!("{}", crate::console::render(&card, style_here()));
    if let Some(more) = more {
        crate::say!("{more}");
    }
    for path in written {
        crate::say!("written: {}", path.display());
    }
    code
}

const fn code(finding: &Finding) -> u8 {
    let usable = match finding {
        Finding::Comparison(c) => c.unlike.is_none(),
        Finding::Sweep(s) => s.usable,
        Finding::WalkForward(w) => w.usable,
        Finding::Run(_) | Finding::Stored(..) | Finding::List(_) => true,
    };
    if usable { EXIT_DONE } else { EXIT_FINDING }
}

fn read(command: &BacktestCommand) -> Result<Asked, Failure> {
    let plain = |task| Asked { task, exports: Exports::default(), resume: None };
    Ok(match command {
        BacktestCommand::Run { job, exports } => {
            Asked { task: BacktestTask::Run { job: job_of(job)? }, exports: exports_of(exports), resume: None }
        }
        BacktestCommand::List { limit } => plain(BacktestTask::List { limit: *limit }),
        BacktestCommand::Show { run, exports } => {
            Asked { task: BacktestTask::Show { run: run_of(run)? }, exports: exports_of(exports), resume: None }
        }
        BacktestCommand::Compare { runs } => {
            let runs = runs.iter().map(|r| run_of(r)).collect::<Result<_, _>>()?;
            plain(BacktestTask::Compare { runs })
        }
        BacktestCommand::Sweep { job, search, held_out, resume } => {
            let search = search_of(search, percent(held_out)?);
            let task = BacktestTask::Sweep { job: job_of(job)?, search };
            Asked { task, exports: Exports::default(), resume: resume.clone() }
        }
        BacktestCommand::WalkForward { job, search, train, test, purge, embargo } => plain(BacktestTask::WalkForward {
            job: job_of(job)?,
            search: search_of(search, 0),
            windows: BacktestWindows {
                train_ms: span("--train", train)?,
                test_ms: span("--test", test)?,
                purge: *purge,
                embargo_ms: span("--embargo", embargo)?,
            },
        }),
    })
}

fn bad(flag: &str, text: &str, kind: Kind) -> Failure {
    Failure::Usage(format!("{flag} {text:?} cannot be used: it must be {}", kind.describe()))
}

fn span(flag: &str, text: &str) -> Result<i64, Failure> {
    span_ms(text).ok_or_else(|| bad(flag, text, Kind::Span))
}

fn date(flag: &str, text: Option<&String>) -> Result<Option<Timestamp>, Failure> {
    text.map(|t| Timestamp::parse(t).ok_or_else(|| bad(flag, t, Kind::Date))).transpose()
}

fn run_of(text: &str) -> Result<String, Failure> {
    match Kind::Run.read(text) {
        Some(Value::Text(run)) => Ok(run),
        _ => Err(bad("the run", text, Kind::Run)),
    }
}

/// `25%` or `25`.
fn percent(text: &str) -> Result<u32, Failure> {
    text.strip_suffix('%').unwrap_or(text).parse().map_err(|_| {
        Failure::Usage(format!("--held-out {text:?} cannot be used: it must be a whole percentage such as 25%"))
    })
}

fn search_of(args: &SearchArgs, held_out_pct: u32) -> BacktestSearch {
    let axes = args.grid.iter().chain(&args.range).cloned().collect();
    BacktestSearch { axes, random: args.random, held_out_pct }
}

fn exports_of(args: &ExportArgs) -> Exports {
    Exports { out: args.out.clone(), html: args.html.clone(), csv: args.csv.clone(), png: args.png.clone() }
}

fn job_of(args: &JobArgs) -> Result<BacktestJob, Failure> {
    let bankroll = match args.bankroll.as_deref().map(|text| (text, Kind::Money.read(text))) {
        None => None,
        Some((_, Some(Value::Money(amount)))) => Some(amount),
        Some((text, _)) => return Err(bad("--bankroll", text, Kind::Money)),
    };
    Ok(BacktestJob {
        strategy: strategy_of(args.strategy.as_deref())?,
        // The global --source is the configured source of this run.
        source: None,
        from: date("--from", args.from.as_ref())?,
        to: date("--to", args.to.as_ref())?,
        query: args.query.clone(),
        category: args.category.clone(),
        bankroll,
        latency_ms: args.latency_ms,
        threads: args.threads,
        seed: args.seed,
        set: args.set.clone(),
    })
}

/// A name, or the text of a file: whatever ends in `.toml` or has a folder in it.
fn strategy_of(text: Option<&str>) -> Result<BacktestStrategy, Failure> {
    let Some(text) = text else { return Ok(BacktestStrategy::Active) };
    let path = Path::new(text);
    let is_file = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) || path.components().count() > 1;
    if !is_file {
        return match Kind::Name.read(text) {
            Some(Value::Text(name)) => Ok(BacktestStrategy::Named(name)),
            _ => Err(Failure::Usage(format!(
                "--strategy {text:?} is neither a name nor a TOML file: a name is {}",
                Kind::Name.describe()
            ))),
        };
    }
    let failed = |why: String| Failure::Usage(format!("the strategy file {text} cannot be read: {why}"));
    let long = std::fs::metadata(path).map_err(|e| failed(e.to_string()))?.len();
    if long > STRATEGY_BYTES_MAX {
        return Err(failed(format!("it is {long} bytes long, at most {STRATEGY_BYTES_MAX} are read")));
    }
    Ok(BacktestStrategy::Toml(std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?))
}
