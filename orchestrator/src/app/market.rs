//! Opens the market source that the configuration names.

use crate::config::resolve::SourceChoice;
use crate::config::{Config, ConfigError};
use betty_bus::{Desk, PortError};
use betty_market::live::{LiveConfig, LiveSource};
use betty_market::recorded::open_recorded;
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::{MarketSource, SourceError};
use std::sync::Arc;

/// A source, with the simulated venue when that is what it is.
pub struct Opened {
    /// What everything else uses.
    pub source: Arc<dyn MarketSource>,
    /// The embedded venue, to store how far its time has come.
    pub sim: Option<Arc<SimulatedSource>>,
}

/// Why the source could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The source itself.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// How far a simulated venue had come could not be read.
    #[error(transparent)]
    Desk(#[from] PortError),
}

/// The setting under which a simulated venue's age is stored, so that a restart goes on where it was.
#[must_use]
pub fn elapsed_key(seed: u64) -> String {
    format!("sim.{seed}.elapsed_ms")
}

/// Opens the source.
///
/// # Errors
/// [`OpenError`] in one sentence that says what to do.
pub async fn open(config: &Config, desk: &dyn Desk) -> Result<Opened, OpenError> {
    match config.get::<SourceChoice>("market.source")? {
        SourceChoice::Simulated(seed) => {
            let elapsed = desk.setting(&elapsed_key(seed)).await?;
            let listen: std::net::SocketAddr = config.get("market.sim_listen")?;
            let sim = SimulatedSource::start(SimConfig {
                listen,
                seed,
                speed: config.get("market.sim_speed")?,
                start_elapsed_ms: elapsed.and_then(|e| e.parse().ok()).unwrap_or(0),
            })
            .await?;
            let sim = Arc::new(sim);
            Ok(Opened { source: sim.clone(), sim: Some(sim) })
        }
        SourceChoice::Recorded(path) => {
            // Unpacking and parsing a recording takes a while and no I/O of the runtime's kind.
            let source = tokio::task::spawn_blocking(move || open_recorded(&path)).await.map_err(|e| {
                SourceError::Recording { name: "given".to_owned(), reason: format!("reading it failed: {e}") }
            })??;
            Ok(Opened { source, sim: None })
        }
        SourceChoice::Live => {
            let text = |key: &str| config.text(key).unwrap_or_default().to_owned();
            let live = LiveConfig {
                gamma: text("market.gamma"),
                clob: text("market.clob"),
                ws: text("market.ws"),
                ..LiveConfig::default()
            };
            Ok(Opened { source: Arc::new(LiveSource::connect(live)?), sim: None })
        }
    }
}
