//! Starts everything in order and stops it again.

use super::market::{OpenError, Opened, elapsed_key, open};
use super::model::{ModelState, model_setup};
use super::trading::{TradingSetup, trading_setup};
use crate::config::{Config, ConfigError};
use crate::owner::{Owner, is_dead, others};
use crate::runtime::handle::{Betty, Parts};
use betty_bus::{Desk, Journal, JournalError, Specialist};
use betty_market::MarketSource;
use betty_market::sim::SimulatedSource;
use betty_market::time::{Clock, SystemClock};
use betty_specialists::Setup;
use betty_storage::{Store, StoreConfig, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often a simulated venue's age is stored. A kill loses at most this much of its time.
const SIM_SAVE_INTERVAL: Duration = Duration::from_secs(5);
/// How long a stop waits for running attempts.
pub const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Why Betty does not start: one sentence each, with what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory.
    #[error(
        "the data directory {path} cannot be used: {reason}. Check the rights on it, or name another with --data-dir"
    )]
    DataDir {
        /// The directory.
        path: String,
        /// Why.
        reason: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal, once open.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The market source.
    #[error(transparent)]
    Market(#[from] OpenError),
}

/// What this start is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A service: takes up what a killed Betty left, now and from time to time.
    Serve,
    /// One command: takes up what a killed Betty left, unless another one runs.
    OneShot,
    /// Only looks: claims nothing, recovers nothing.
    Look,
}

/// How often a service looks for tasks whose process has died meanwhile.
const SWEEP_INTERVAL: Duration = Duration::from_secs(15);

/// Betty, running.
pub struct App {
    /// The actors.
    pub betty: Betty,
    /// The database.
    pub store: Arc<Store>,
    /// Market data.
    pub source: Arc<dyn MarketSource>,
    /// Limits and costs.
    pub trading: Arc<TradingSetup>,
    /// All settings.
    pub config: Arc<Config>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Tasks of a killed Betty that were taken up again.
    pub recovered: usize,
    /// Whether Discord is served, and why not, in words.
    pub discord: String,
    /// Whether a language model is asked, and what it may cost, or why not.
    pub model: ModelState,
    sim: Option<Arc<SimulatedSource>>,
    saver: Option<tokio::task::JoinHandle<()>>,
    owner: Owner,
    sweeper: Option<tokio::task::JoinHandle<()>>,
}

/// Makes the data directory, private to its owner.
///
/// # Errors
/// [`StartError::DataDir`].
pub fn prepare_data_dir(path: &Path) -> Result<(), StartError> {
    let bad = |e: std::io::Error| StartError::DataDir { path: path.display().to_string(), reason: e.to_string() };
    let made = !path.exists();
    std::fs::create_dir_all(path).map_err(bad)?;
    #[cfg(unix)]
    if made {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(bad)?;
    }
    Ok(())
}

impl App {
    /// Starts everything. Must be called on an actix system over tokio's multi-thread runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left half-started that a next start would not clean up.
    pub async fn start(config: Config, data_dir: PathBuf, discord: String, mode: Mode) -> Result<Self, StartError> {
        prepare_data_dir(&data_dir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(Store::open(&StoreConfig::file(data_dir.join("betty.db"))).await?);
        let owner = Owner::register(&data_dir, clock.now())
            .map_err(|e| StartError::DataDir { path: data_dir.display().to_string(), reason: e.to_string() })?;
        let Opened { source, sim } = open(&config, store.as_ref()).await?;
        let trading = Arc::new(trading_setup(&config, clock.now()).await?);
        let (model, model_state) = model_setup(&config, &store, &clock, &|name| std::env::var(name).ok())?;
        let setup =
            Setup { limits: trading.limits.clone(), costs: trading.costs.clone(), execution: trading.execution, model };
        let lab = crate::backtest::driver::Lab::of(&config, &trading, &data_dir)?;
        let specialists: Vec<Arc<dyn Specialist>> =
            crate::backtest::specialist::employ(betty_specialists::all(&setup), &lab);
        let betty = Betty::start(Parts {
            journal: store.clone(),
            desk: store.clone(),
            market: source.clone(),
            clock: clock.clone(),
            specialists,
            owner: owner.name().to_owned(),
        });
        let recovered = match mode {
            Mode::Look => 0,
            Mode::Serve | Mode::OneShot => recover(store.as_ref(), &data_dir, owner.name(), clock.as_ref()).await?,
        };
        // What waits belongs to whoever runs; with another Betty at work it is hers, except what was just recovered.
        if mode == Mode::Serve || recovered > 0 || mode == Mode::OneShot && others(&data_dir, &owner).is_empty() {
            betty.reload();
        }
        let sweeper = (mode == Mode::Serve).then(|| {
            let (store, betty, data_dir, me) =
                (store.clone(), betty.clone(), data_dir.clone(), owner.name().to_owned());
            tokio::spawn(sweep(store, betty, data_dir, me))
        });
        let saver = sim.as_ref().map(|sim| tokio::spawn(save_age(store.clone(), sim.clone())));
        Ok(Self {
            betty,
            store,
            source,
            trading,
            config: Arc::new(config),
            data_dir,
            recovered,
            discord,
            model: model_state,
            sim,
            saver,
            owner,
            sweeper,
        })
    }

    /// This process, as the journal names it.
    #[must_use]
    pub fn owner_name(&self) -> &str {
        self.owner.name()
    }

    /// Waits for running attempts and stores what must be stored. What still runs after the patience is left to the next start.
    /// Returns how many attempts that were.
    pub async fn stop(&self) -> usize {
        let left = self.betty.drain(STOP_PATIENCE).await;
        for task in [&self.saver, &self.sweeper].into_iter().flatten() {
            task.abort();
        }
        if let Some(sim) = &self.sim {
            save_age_once(&self.store, sim).await;
        }
        left
    }
}

async fn recover(store: &Store, data_dir: &Path, me: &str, clock: &dyn Clock) -> Result<usize, JournalError> {
    let mut tasks = 0;
    for owner in store.owners().await? {
        if owner != me && is_dead(data_dir, &owner) {
            tasks += store.recover(&owner, clock.now()).await?.len();
        }
    }
    Ok(tasks)
}

/// Takes up what processes leave behind that die while this one lives. A claim is won by one, so asking twice is harmless.
async fn sweep(store: Arc<Store>, betty: Betty, data_dir: PathBuf, me: String) {
    let mut every = tokio::time::interval(SWEEP_INTERVAL);
    every.tick().await;
    loop {
        every.tick().await;
        match recover(&store, &data_dir, &me, betty.clock.as_ref()).await {
            Ok(_) => betty.reload(),
            Err(error) => tracing::warn!(%error, "tasks of dead processes could not be looked for"),
        }
    }
}

async fn save_age_once(store: &Store, sim: &SimulatedSource) {
    let seed = match sim.label() {
        betty_market::SourceLabel::Simulated { seed } => seed,
        _ => return,
    };
    // Another process may be further: the venue's time never goes back.
    let stored = store.setting(&elapsed_key(seed)).await.ok().flatten().and_then(|e| e.parse().ok()).unwrap_or(0);
    if let Err(error) = store.set_setting(&elapsed_key(seed), &sim.elapsed_ms().max(stored).to_string()).await {
        tracing::warn!(%error, "the simulated venue's age could not be stored");
    }
}

async fn save_age(store: Arc<Store>, sim: Arc<SimulatedSource>) {
    let mut every = tokio::time::interval(SIM_SAVE_INTERVAL);
    every.tick().await;
    loop {
        every.tick().await;
        save_age_once(&store, &sim).await;
    }
}
