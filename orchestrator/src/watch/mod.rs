//! Book events: while entries by rule are on or positions are open, the books of interest are followed, and a change that could change
//! a decision leads to a round of the AutoTrader. While entries are off, the best stored hedges are followed all the same, and one that
//! has become cheap enough for the monitor is priced again and reported.
//!
//! * [`decide`]: which change could change a decision. [`pace`]: when a round is asked for. Both plain: event in, decision out.
//! * [`driver`]: the subscription, the clock and the journal around them.
//!
//! A round is a task like any other. Its answer is told only when it did something, or ended by a defect: see [`is_quiet`].

pub mod decide;
pub mod driver;
pub mod pace;

use crate::app::App;
use crate::config::ConfigError;
use crate::render::End;
use betty_bus::Report;
use betty_bus::journal::Origin;
use betty_market::SourceLabel;
use driver::Watcher;
pub(crate) use driver::nobody_told;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Who asks for these rounds, as the journal names askers. No door names a person so.
pub const ASKER: &str = "book events";
/// The door of rounds that nobody can be told of.
const NOWHERE: &str = "nowhere";

/// Where the answers of rounds go that did something.
#[derive(Debug, Clone, PartialEq)]
pub struct Tell {
    door: &'static str,
    reply_to: serde_json::Value,
}

impl Tell {
    /// The console of a process, by the process's name in the journal.
    #[must_use]
    pub fn console(process: &str) -> Self {
        Self { door: crate::console::door::DOOR, reply_to: serde_json::json!({ "process": process }) }
    }

    /// A channel of Discord.
    #[must_use]
    pub fn channel(channel: u64) -> Self {
        Self { door: crate::discord::DOOR, reply_to: serde_json::json!({ "channel": channel.to_string() }) }
    }

    /// Whether nobody can be told.
    #[must_use]
    pub(crate) fn is_nobody(&self) -> bool {
        self.door == NOWHERE
    }

    /// The door of the answer, as the journal names it.
    pub(crate) const fn door(&self) -> &'static str {
        self.door
    }

    /// Where behind that door.
    pub(crate) const fn reply_to(&self) -> &serde_json::Value {
        &self.reply_to
    }

    /// Nobody: the ledger and the stored decisions say what was done.
    #[must_use]
    pub const fn nobody() -> Self {
        Self { door: NOWHERE, reply_to: serde_json::Value::Null }
    }
}

/// Whether an answer needs no telling: that of a round after book events which neither entered nor ended anything, or was kept from
/// it by something outside, which is logged and tried again; or to scheduled work without news. Such answers are marked as delivered without being shown.
#[must_use]
pub fn is_quiet(origin: &Origin, end: &End) -> bool {
    let acted = match end {
        Ok(Report::Auto(report)) => report.rows.iter().any(|r| matches!(r.decision.as_str(), "enter" | "exit")),
        Ok(Report::Monitor(report)) => crate::monitor::has_news(report),
        Ok(_) => true,
        Err(error) => error.kind.is_dead_letter(),
    };
    origin.asker == ASKER && !acted || crate::schedule::is_quiet(&origin.asker, end)
}

/// Starts following for as long as `stop` is not cancelled; `None` when `auto.book_events` is off or the source is a recording, which
/// stands still.
///
/// # Errors
/// [`ConfigError`] naming the setting.
pub fn start(
    app: &Arc<App>,
    tell: Tell,
    stop: CancellationToken,
) -> Result<Option<tokio::task::JoinHandle<()>>, ConfigError> {
    let recorded = matches!(app.source.label(), SourceLabel::Recorded { .. });
    if recorded || !app.config.get::<bool>("auto.book_events")? {
        return Ok(None);
    }
    let monitor = crate::monitor::Settings::read(&app.config)?;
    let watcher = Watcher {
        betty: app.betty.clone(),
        limits: app.trading.limits.clone(),
        costs: app.trading.costs.clone(),
        interval: Duration::from_secs(app.config.get("auto.book_interval_s")?),
        report_ppm: app.config.get::<bool>("monitor.book_events")?.then_some(monitor.threshold_ppm),
        deadline: Duration::from_secs(app.config.get("betty.deadline_s")?),
        tell,
    };
    Ok(Some(tokio::spawn(watcher.run(stop))))
}
