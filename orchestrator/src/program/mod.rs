//! What the command line does.
//!
//! * This file: from arguments to an exit code. `serve`: the console and Discord. `oneshot`: one task, then exit. `look`: hedges, markets, the monitor. `study`: what a history offered. `knowledge`: what it tells about the rules.
//! * [`logging`]: log lines without secrets. `discord`: whether Discord is served, and why not.

mod discord;
mod knowledge;
pub mod logging;
mod look;
mod oneshot;
mod serve;
mod study;

use crate::app::start::prepare_data_dir;
use crate::app::{App, Mode, StartError};
use crate::cli::{Cli, Command, ConfigCommand, KbCommand};
use crate::config::settings::Kind;
use crate::config::{Config, ConfigError, Sources};
use crate::{doctor, record};
use betty_bus::Task;
use betty_bus::task::{HedgeTask, SizeTask};
use betty_market::SourceError;
use betty_storage::{Store, StoreConfig};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Done.
pub const EXIT_DONE: u8 = 0;
/// A finding or a negative verdict.
pub const EXIT_FINDING: u8 = 1;
/// Usage or configuration.
pub const EXIT_USAGE: u8 = 2;
/// Something upstream did not answer.
pub const EXIT_UPSTREAM: u8 = 3;

/// The schema version of everything `--json` prints.
pub const SCHEMA_VERSION: u32 = 1;

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn load_config(cli: &Cli, data_dir: &Path) -> Result<Config, ConfigError> {
    let named = cli.global.config.clone();
    let flags = cli.global.source.iter().map(|s| ("market.source", s.clone(), "--source".to_owned())).collect();
    Config::load(&Sources {
        file_required: named.is_some(),
        file: Some(named.unwrap_or_else(|| data_dir.join("betty.toml"))),
        env: &env,
        flags,
    })
}

/// Prints an error for people on standard error, or as JSON on standard output, and gives the code.
pub(crate) fn fail(json: bool, code: u8, message: &str) -> u8 {
    let message = betty_bus::redact::redact(message);
    if json {
        crate::say!(
            "{}",
            json!({ "schema_version": SCHEMA_VERSION, "kind": "error", "error": { "message": message } })
        );
    } else {
        eprintln!("betty: {message}");
    }
    code
}

fn source_code(error: &SourceError) -> u8 {
    match error {
        SourceError::Unavailable { .. } | SourceError::Malformed { .. } => EXIT_UPSTREAM,
        _ => EXIT_USAGE,
    }
}

fn start_code(error: &StartError) -> u8 {
    match error {
        StartError::Market(crate::app::market::OpenError::Source(e)) => source_code(e),
        _ => EXIT_USAGE,
    }
}

/// Ends with the first of Ctrl-C and a termination signal.
pub(crate) fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            match signal(SignalKind::terminate()) {
                Ok(mut term) => tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = term.recv() => {}
                },
                Err(_) => {
                    let _ = tokio::signal::ctrl_c().await;
                }
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        token.cancel();
    });
    stop
}

/// Runs the program on the current actix system and gives its exit code.
pub async fn run(cli: Cli) -> u8 {
    let json = cli.global.json;
    let data_dir = cli.data_dir(&env);
    let config = match load_config(&cli, &data_dir) {
        Ok(config) => config,
        Err(e) => return fail(json, EXIT_USAGE, &e.to_string()),
    };
    logging::start(&config);
    match &cli.command {
        None => serve::serve(config, data_dir, serve::Doors { console: true, discord: false }).await,
        Some(Command::Run { discord, no_console }) => {
            serve::serve(config, data_dir, serve::Doors { console: !no_console, discord: *discord }).await
        }
        Some(Command::Scan { query, history: true, past, .. }) => study::run(&config, json, query.clone(), past).await,
        Some(Command::Scan { query, limit, min_edge, .. }) => {
            if !(0.0..=100.0).contains(min_edge) {
                return fail(json, EXIT_USAGE, "--min-edge is a percentage from 0 to 100");
            }
            #[allow(clippy::cast_possible_truncation)]
            let min_edge_ppm = (min_edge * 10_000.0).round() as i64;
            let task = Task::Hedge(HedgeTask::Scan { query: query.clone(), limit: *limit, min_edge_ppm });
            oneshot::task(config, data_dir, json, task, "betty scan").await
        }
        Some(Command::Analyze { pairs: Some(file), .. }) => analyze_pairs(&config, &data_dir, json, file).await,
        Some(Command::Analyze { a: Some(a), b: Some(b), .. }) => {
            let task = Task::Hedge(HedgeTask::Analyze { a: a.clone(), b: b.clone() });
            oneshot::task(config, data_dir, json, task, "betty analyze").await
        }
        Some(Command::Analyze { .. }) => fail(json, EXIT_USAGE, "give two market ids, or --pairs FILE"),
        Some(Command::Size { hedge, confidence, strategy }) => {
            let (confidence, strategy) = (confidence.clone(), strategy.clone());
            let task = Task::Size(SizeTask { hedge: *hedge, confidence, strategy });
            oneshot::task(config, data_dir, json, task, "betty size").await
        }
        Some(Command::Hedges { command }) => look::hedges(config, data_dir, json, command).await,
        Some(Command::Markets { command }) => look::markets(config, data_dir, json, command).await,
        Some(Command::Monitor { once, threshold }) => look::monitor(config, data_dir, json, *once, *threshold).await,
        Some(Command::Kb { command: KbCommand::Calibration { history: true } }) => knowledge::run(&config, json).await,
        Some(Command::Kb { command: KbCommand::Calibration { history: false } }) => {
            oneshot::task(config, data_dir, json, Task::Hedge(HedgeTask::Calibration), "betty kb").await
        }
        Some(Command::Schedule { command }) => oneshot::schedule(config, data_dir, json, command).await,
        Some(Command::Ask { line }) => oneshot::line(config, data_dir, json, line).await,
        Some(Command::Import { path, out }) => match record::import(path, out).await {
            Ok(written) => told(json, "import", out, written),
            Err(e) => fail(json, source_code(&e), &e.to_string()),
        },
        Some(Command::Record { out, query, limit, seconds }) => {
            let filter = betty_market::MarketFilter { query: query.clone(), limit: Some(*limit) };
            let time = seconds.map(Duration::from_secs);
            record_command(&config, &data_dir, json, out, &filter, time).await
        }
        Some(Command::Backtest { command }) => crate::backtest::command::run(config, data_dir, json, command).await,
        Some(Command::Config { command: ConfigCommand::Show { origin } }) => show(&config, json, *origin),
        Some(Command::Doctor) => examine(config, data_dir, json).await,
    }
}

fn told(json: bool, kind: &str, out: &Path, written: record::Written) -> u8 {
    if json {
        let value = json!({ "schema_version": SCHEMA_VERSION, "kind": kind, "markets": written.markets, "events": written.events });
        crate::say!("{value}");
    } else {
        crate::say!("{} markets and {} events written to {}", written.markets, written.events, out.display());
    }
    EXIT_DONE
}

/// Opens the configured source, for commands that need nothing else of the program. Gives the exit code of what was already told.
async fn open_source(config: &Config, data_dir: &Path, json: bool) -> Result<crate::app::market::Opened, u8> {
    prepare_data_dir(data_dir).map_err(|e| fail(json, start_code(&e), &e.to_string()))?;
    let store = Store::open(&StoreConfig::file(data_dir.join("betty.db"))).await;
    let store = store.map_err(|e| fail(json, EXIT_USAGE, &e.to_string()))?;
    crate::app::market::open(config, &store).await.map_err(|e| {
        let e = StartError::Market(e);
        fail(json, start_code(&e), &e.to_string())
    })
}

async fn analyze_pairs(config: &Config, data_dir: &Path, json: bool, file: &Path) -> u8 {
    // The file first: what is wrong with it is told before anything is opened.
    let pairs = match crate::analyze::command::read(file) {
        Ok(pairs) => pairs,
        Err(why) => return fail(json, EXIT_USAGE, &why),
    };
    let opened = match open_source(config, data_dir, json).await {
        Ok(opened) => opened,
        Err(code) => return code,
    };
    let stop = stop_on_signal();
    let rows = tokio::select! {
        rows = crate::analyze::command::rows(&opened, &pairs) => rows,
        () = stop.cancelled() => return crate::backtest::failure::EXIT_INTERRUPTED,
    };
    match rows {
        Ok(rows) => {
            crate::say!("{}", json!({ "pairs": rows }));
            EXIT_DONE
        }
        Err(e) => fail(json, source_code(&e), &e.to_string()),
    }
}

async fn record_command(
    config: &Config,
    data_dir: &Path,
    json: bool,
    out: &Path,
    filter: &betty_market::MarketFilter,
    time: Option<Duration>,
) -> u8 {
    let opened = match open_source(config, data_dir, json).await {
        Ok(opened) => opened,
        Err(code) => return code,
    };
    match record::record(&opened, out, filter, time, stop_on_signal()).await {
        Ok(written) => told(json, "record", out, written),
        Err(e) => fail(json, source_code(&e), &e.to_string()),
    }
}

fn show(config: &Config, json: bool, origin: bool) -> u8 {
    if json {
        let rows: Vec<_> = config
            .all()
            .map(|(s, r)| json!({ "key": s.key, "value": r.value, "origin": r.origin.to_string(), "help": s.help }))
            .collect();
        crate::say!("{}", json!({ "schema_version": SCHEMA_VERSION, "kind": "config", "settings": rows }));
        return EXIT_DONE;
    }
    let mut section = "";
    for (setting, resolved) in config.all() {
        let (name, key) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if name != section {
            crate::say!("{}[{name}]", if section.is_empty() { "" } else { "\n" });
            section = name;
        }
        let bare = matches!(setting.kind, Kind::Int(..) | Kind::Decimal(..) | Kind::Bool);
        let value = if bare { resolved.value.clone() } else { format!("{:?}", resolved.value) };
        if origin {
            crate::say!("{key} = {value}  # {}; {}", resolved.origin, setting.help);
        } else {
            crate::say!("{key} = {value}");
        }
    }
    EXIT_DONE
}

async fn examine(config: Config, data_dir: std::path::PathBuf, json: bool) -> u8 {
    let plan = discord::plan(&config, false);
    let app = match App::start(config, data_dir, plan.words(), Mode::Look).await {
        Ok(app) => app,
        Err(e) => return fail(json, start_code(&e), &e.to_string()),
    };
    let findings = doctor::examine(&app).await;
    if json {
        crate::say!("{}", json!({ "schema_version": SCHEMA_VERSION, "kind": "doctor", "findings": findings }));
    } else {
        crate::say!("{}", crate::console::render(&doctor::card(&findings), crate::console::style_here()));
    }
    app.stop().await;
    if doctor::worst(&findings) >= doctor::Severity::Warning { EXIT_FINDING } else { EXIT_DONE }
}
