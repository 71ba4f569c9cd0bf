//! The Discord door. It knows Betty only as a [`Front`]: it hands lines in, acknowledges, shows progress and answers.
//!
//! * `config`: settings, token, addresses. `permit`: who is heard and who is an admin. `line`: what in a message is for Betty.
//! * `gateway`: the connection. `guard`: how often it may be opened. `session`: what survives a restart.
//! * `channel`: one worker per channel. `outbox`: brings it answers and progress. `acks`: which message stands for which task.
//!   `reply`: where an answer belongs.
//! * `page`: a card as embeds. `text`: safe and short text. `rest`: posting with limits and retries. `dice`: jitter.
//!
//! Events never wait for Betty: the gateway loop hands them to bounded mailboxes and drops what finds no room.

mod acks;
mod channel;
mod config;
mod dice;
mod gateway;
mod guard;
mod line;
mod outbox;
mod page;
mod permit;
mod reply;
mod rest;
mod session;
mod text;

pub use config::{ConfigError, DiscordConfig, Token};

use crate::front::Front;
use acks::Acks;
use channel::{Job, Outcome, Worker};
use gateway::Gateway;
use rest::{Rest, RestError};
use session::SESSION_KEY;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The door's name in lines and in the outbox.
pub const DOOR: &str = "discord";
/// How long lines that arrived may take to be handed in when the door closes.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// Why the door closed for good. The rest of Betty goes on without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// The settings are wrong.
    #[error("Discord is off: {0}")]
    Config(#[from] ConfigError),
    /// Close code 4004, or status 401.
    #[error(
        "Discord is off: the token is refused; create a new one in the developer portal (page Bot, Reset Token) and start Betty again"
    )]
    TokenRefused,
    /// Close code 4014.
    #[error(
        "Discord is off: switch on the Message Content Intent in the developer portal (page Bot, Privileged Gateway Intents) and start Betty again"
    )]
    IntentOff,
    /// Another close code after which Discord wants no reconnect.
    #[error("Discord is off: the gateway closed with code {code} ({meaning}); this needs a newer Betty")]
    Gateway {
        /// The code; 0 if none was given.
        code: u16,
        /// In words.
        meaning: &'static str,
    },
}

impl DoorError {
    fn from_close(code: Option<u16>) -> Self {
        let meaning = match code {
            Some(4004) => return Self::TokenRefused,
            Some(4014) => return Self::IntentOff,
            Some(4010) => "invalid shard",
            Some(4011) => "too many guilds for one connection",
            Some(4012) => "outdated gateway version",
            Some(4013) => "invalid intents",
            _ => "no reason given",
        };
        Self::Gateway { code: code.unwrap_or(0), meaning }
    }
}

/// Per channel: its worker's mailbox and the worker.
type Workers = HashMap<u64, (mpsc::Sender<Job>, JoinHandle<()>)>;

/// What all parts of the door share.
struct Door {
    config: DiscordConfig,
    front: Arc<dyn Front>,
    rest: Rest,
    acks: Acks,
    /// The bot's own user id; 0 while unknown.
    own: AtomicU64,
    /// 401 was seen.
    refused: AtomicBool,
    /// Closes the gateway: asked from outside, or after a 401.
    leave: CancellationToken,
    /// Ends the workers, after the gateway.
    stop: CancellationToken,
    workers: Mutex<Workers>,
    /// Unbounded, but each outbox row is in it once at most.
    outcomes: mpsc::UnboundedSender<(i64, Outcome)>,
}

impl Door {
    fn own(&self) -> Option<u64> {
        Some(self.own.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    fn learn_own(&self, own: Option<u64>) {
        if let Some(own) = own {
            self.own.store(own, Ordering::Relaxed);
        }
    }

    fn token_refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
        self.leave.cancel();
    }

    /// Gives a job to a served channel's worker without waiting. False when it has no room.
    fn hand(self: &Arc<Self>, channel: u64, job: Job) -> bool {
        if !self.config.serves_channel(channel) {
            return false;
        }
        let Ok(mut workers) = self.workers.lock() else { return false };
        if workers.get(&channel).is_some_and(|(sender, _)| sender.is_closed()) {
            tracing::error!(channel, "Discord: the worker of a channel ended by a defect; it is started again");
            workers.remove(&channel);
        }
        let (sender, _) = workers.entry(channel).or_insert_with(|| Worker::start(Arc::clone(self), channel));
        sender.try_send(job).is_ok()
    }
}

/// Opens the door until `stop`, on the runtime it is called on.
///
/// With nothing allowed it says so, serves nobody and waits for `stop`.
///
/// # Errors
/// [`DoorError`]: one sentence saying what to do. Anything that may pass is waited out instead.
pub async fn run(config: DiscordConfig, front: Arc<dyn Front>, stop: CancellationToken) -> Result<(), DoorError> {
    let endpoint = config.endpoint()?;
    for notice in config.notices() {
        tracing::warn!("{notice}");
    }
    if !config.serves_anything() {
        stop.cancelled().await;
        return Ok(());
    }
    // Both clients take the process's provider; it may have been installed before.
    _ = rustls::crypto::ring::default_provider().install_default();
    let (outcomes, outcomes_seen) = mpsc::unbounded_channel();
    let door = Arc::new(Door {
        rest: Rest::new(&config, endpoint.as_ref()),
        acks: Acks::load(Arc::clone(&front)).await,
        config,
        front: Arc::clone(&front),
        own: AtomicU64::new(0),
        refused: AtomicBool::new(false),
        leave: stop.child_token(),
        stop: CancellationToken::new(),
        workers: Mutex::default(),
        outcomes,
    });
    match door.rest.me().await {
        Ok(own) => door.learn_own(Some(own)),
        Err(RestError::Unauthorized) => return Err(DoorError::TokenRefused),
        Err(error) => tracing::warn!(?error, "Discord does not answer yet"),
    }
    let gateway = Gateway::new(Arc::clone(&door), endpoint.as_ref()).await;
    // Subscribed before the first look, so that no answer falls between.
    let helpers = [
        tokio::spawn(gateway.storer()),
        tokio::spawn(outbox::follow(Arc::clone(&door), front.progress())),
        tokio::spawn(outbox::deliver(Arc::clone(&door), front.outbox_changed(), outcomes_seen)),
    ];
    let leave = door.leave.clone();
    let ended = gateway.run(&leave).await;
    door.stop.cancel();
    for helper in helpers {
        helper.abort();
    }
    let workers = door.workers.lock().map(|mut workers| std::mem::take(&mut *workers)).unwrap_or_default();
    let drained = timeout(DRAIN_TIMEOUT, async {
        for (sender, worker) in workers.into_values() {
            drop(sender);
            _ = worker.await;
        }
    })
    .await
    .is_ok();
    if door.refused.load(Ordering::Relaxed) {
        front.store(SESSION_KEY, "").await;
        return Err(DoorError::TokenRefused);
    }
    match ended {
        // A session that moved past lines nobody handed in must not be resumed there: the older one in the store replays them.
        Ok(Some(stored)) if drained => {
            if let Ok(text) = serde_json::to_string(&stored) {
                front.store(SESSION_KEY, &text).await;
            }
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(error) => {
            front.store(SESSION_KEY, "").await;
            Err(error)
        }
    }
}
