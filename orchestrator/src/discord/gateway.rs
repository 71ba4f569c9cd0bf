//! The gateway: one loop that polls the shard and never waits for anything else while connected.

use super::channel::{Incoming, Job};
use super::config::Endpoint;
use super::dice::jitter;
use super::guard::ReconnectGuard;
use super::permit::{Admission, Sender, admit};
use super::session::{IdentifyQueue, SESSION_KEY, Stored};
use super::{Door, DoorError};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use twilight_gateway::error::{ReceiveMessageError, ReceiveMessageErrorType};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, ShardState, StreamExt as _,
};
use twilight_model::channel::message::MessageType;
use twilight_model::gateway::payload::incoming::MessageCreate;

/// Messages of guilds and what they say; nothing about members, presence or direct messages.
const INTENTS: Intents = Intents::GUILD_MESSAGES.union(Intents::MESSAGE_CONTENT);
/// How long the goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
// The client itself waits without end for a server that accepts and then says nothing, and up to 255 s between attempts
// to connect. So a shard that is no session for too long is replaced by a new one.
/// How long a new connection may be silent.
const HELLO_TIMEOUT: Duration = Duration::from_secs(8);
/// How long it may take from the first word to a session; an identify may have to wait for 5 s of it.
const SESSION_TIMEOUT: Duration = Duration::from_secs(20);
/// How long there may be no connection at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// How often that is looked at while nothing arrives.
const LOOK: Duration = Duration::from_secs(2);
/// How often the session is stored while it moves.
const STORE_GAP: Duration = Duration::from_secs(5);

fn wanted() -> EventTypeFlags {
    EventTypeFlags::READY
        | EventTypeFlags::RESUMED
        | EventTypeFlags::MESSAGE_CREATE
        | EventTypeFlags::GATEWAY_HELLO
        | EventTypeFlags::GATEWAY_RECONNECT
        | EventTypeFlags::GATEWAY_INVALIDATE_SESSION
}

fn shard(
    door: &Door,
    gateway: Option<&str>,
    stored: Option<Stored>,
    budget_spent: &Arc<AtomicBool>,
) -> Shard<IdentifyQueue> {
    let queue = IdentifyQueue::start(Arc::clone(&door.front), Arc::clone(budget_spent));
    let mut config = ConfigBuilder::new(door.config.token.reveal().to_owned(), INTENTS).queue(queue);
    if let Some(gateway) = gateway {
        config = config.proxy_url(gateway.to_owned());
    }
    if let Some(stored) = stored {
        config = config.session(stored.session).resume_url(stored.resume_url);
    }
    Shard::with_config(ShardId::ONE, config.build())
}

/// The connection with what has to be remembered about it.
pub(super) struct Gateway {
    door: Arc<Door>,
    shard: Shard<IdentifyQueue>,
    gateway: Option<String>,
    guard: ReconnectGuard,
    /// The end of the present connection was counted already.
    ending: bool,
    last_close: Option<u16>,
    /// There was a connection when the shard was last polled.
    connected: bool,
    /// The present connection said its first word.
    greeted: bool,
    /// Since when there is no session on the connection.
    inactive_since: Option<Instant>,
    /// The day's identifies are spent: waiting is right.
    budget_spent: Arc<AtomicBool>,
    sessions: watch::Sender<Option<Stored>>,
}

impl Gateway {
    /// Prepares the shard with the session of the last run, if it still belongs here.
    pub(super) async fn new(door: Arc<Door>, endpoint: Option<&Endpoint>) -> Self {
        let gateway = endpoint.map(|e| e.gateway.clone());
        let stored = door.front.load(SESSION_KEY).await.and_then(|text| Stored::read(&text, gateway.as_deref()));
        door.learn_own(stored.as_ref().and_then(|stored| stored.own));
        let budget_spent = Arc::new(AtomicBool::new(false));
        let shard = shard(&door, gateway.as_deref(), stored, &budget_spent);
        let (sessions, _) = watch::channel(None);
        let guard = ReconnectGuard::new(Instant::now());
        Self {
            door,
            shard,
            gateway,
            guard,
            ending: false,
            last_close: None,
            connected: false,
            greeted: false,
            inactive_since: None,
            budget_spent,
            sessions,
        }
    }

    /// The task that stores the session while it moves; it ends with the gateway.
    pub(super) fn storer(&self) -> impl Future<Output = ()> + Send + use<> {
        let (front, mut sessions) = (Arc::clone(&self.door.front), self.sessions.subscribe());
        async move {
            while sessions.changed().await.is_ok() {
                let stored = sessions.borrow_and_update().clone();
                let text = stored.and_then(|s| serde_json::to_string(&s).ok()).unwrap_or_default();
                front.store(SESSION_KEY, &text).await;
                sleep(STORE_GAP).await;
            }
        }
    }

    /// Polls until `stop`, or until Discord ends it for good. The session that may be resumed is given back.
    ///
    /// # Errors
    /// A sentence for each close code after which a reconnect is pointless.
    pub(super) async fn run(mut self, stop: &CancellationToken) -> Result<Option<Stored>, DoorError> {
        loop {
            let item = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                item = timeout(LOOK, self.next()) => item,
            };
            let Ok(item) = item else {
                self.look();
                continue;
            };
            let Some(item) = item else {
                tracing::info!("Discord: connection lost");
                self.greeted = false;
                let wait = if std::mem::take(&mut self.ending) {
                    Duration::ZERO
                } else {
                    self.guard.closed(Instant::now(), jitter())
                };
                self.pause(wait, stop).await;
                continue;
            };
            let wait = match item {
                None => return Err(DoorError::from_close(self.last_close)), // must not be polled again
                Some(Ok(event)) => self.event(event),
                Some(Err(error)) => {
                    // Never the event itself: it holds what people wrote.
                    match error.kind() {
                        ReceiveMessageErrorType::Deserializing { .. } => {
                            tracing::warn!("Discord sent an event this program cannot read; it is skipped");
                            if self.shard.state() == ShardState::Active {
                                self.guard.good(Instant::now());
                            }
                        }
                        // The client waits by itself after a connection that could not be opened.
                        kind => tracing::warn!(?kind, "Discord's gateway cannot be reached"),
                    }
                    Duration::ZERO
                }
            };
            self.note_session();
            self.pause(wait, stop).await;
        }
        let stored = self.stored();
        self.close().await;
        Ok(stored)
    }

    async fn pause(&mut self, wait: Duration, stop: &CancellationToken) {
        if wait.is_zero() {
            return;
        }
        tracing::warn!("Discord closed the connection; the next attempt is in {:.1} s", wait.as_secs_f64());
        _ = timeout(wait, stop.cancelled()).await;
        self.inactive_since = None;
    }

    /// The next event, or `None` when the connection was lost without one: the client would connect again unasked, as
    /// often as it happens.
    async fn next(&mut self) -> Option<Option<Result<Event, ReceiveMessageError>>> {
        poll_fn(|cx| {
            let polled = pin!(self.shard.next_event(wanted())).poll(cx);
            let connected = !matches!(self.shard.state(), ShardState::Disconnected { .. });
            let was = std::mem::replace(&mut self.connected, connected);
            match polled {
                Poll::Ready(item) => Poll::Ready(Some(item)),
                Poll::Pending if was && !connected => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Begins anew, with the same session, when the connection has been no session for too long.
    fn look(&mut self) {
        if self.shard.state() == ShardState::Active || self.budget_spent.load(Ordering::Relaxed) {
            self.inactive_since = None;
            return;
        }
        let now = Instant::now();
        let limit = match self.shard.state() {
            ShardState::Disconnected { .. } => CONNECT_TIMEOUT,
            _ if self.greeted => SESSION_TIMEOUT,
            _ => HELLO_TIMEOUT,
        };
        if now - *self.inactive_since.get_or_insert(now) < limit {
            return;
        }
        tracing::warn!("Discord's gateway says nothing; connecting anew");
        let stored = self.stored();
        self.shard = shard(&self.door, self.gateway.as_deref(), stored, &self.budget_spent);
        self.inactive_since = None;
        self.greeted = false;
        self.ending = false;
        self.guard.renewed(now);
    }

    /// Takes in an event; how long to wait before the shard is polled again.
    fn event(&mut self, event: Event) -> Duration {
        match event {
            Event::GatewayHello(_) => {
                self.ending = false;
                self.greeted = true;
            }
            Event::Ready(ready) => {
                self.guard.good(Instant::now());
                self.door.learn_own(Some(ready.user.id.get()));
                tracing::info!(guilds = ready.guilds.len(), "Discord: connected");
            }
            Event::Resumed => {
                self.guard.good(Instant::now());
                tracing::info!("Discord: session resumed");
            }
            Event::MessageCreate(message) => self.message(&message),
            Event::GatewayReconnect | Event::GatewayInvalidateSession(_) => {
                // The close that follows may not be told, so the end is counted here.
                self.ending = true;
                self.greeted = false;
                return self.guard.closed(Instant::now(), jitter());
            }
            Event::GatewayClose(frame) => {
                self.greeted = false;
                self.last_close = frame.as_ref().map(|f| f.code);
                tracing::info!(code = self.last_close, "Discord: connection closed");
                let fatal = self.shard.state() == ShardState::FatallyClosed;
                if !std::mem::take(&mut self.ending) && !fatal {
                    return self.guard.closed(Instant::now(), jitter());
                }
            }
            _ => {}
        }
        Duration::ZERO
    }

    fn message(&self, message: &MessageCreate) {
        let sender = Sender {
            guild: message.guild_id.map(|id| id.get()),
            channel: message.channel_id.get(),
            user: message.author.id.get(),
            bot: message.author.bot || message.author.system == Some(true),
            webhook: message.webhook_id.is_some(),
            roles: message.member.as_ref().map(|member| member.roles.iter().map(|role| role.get()).collect()),
        };
        let ordinary = matches!(message.kind, MessageType::Regular | MessageType::Reply);
        // Looked at here so that strangers do not fill the mailbox; decided again when it is carried out.
        if !ordinary || matches!(admit(&self.door.config, self.door.own(), &sender), Admission::Ignored(_)) {
            return;
        }
        let channel = sender.channel;
        let incoming = Incoming { message: message.id.get(), content: message.content.clone(), sender };
        if !self.door.hand(channel, Job::Line(incoming)) {
            tracing::warn!(channel, "Discord: too many messages at once; one was dropped");
        }
    }

    fn stored(&self) -> Option<Stored> {
        Some(Stored {
            session: self.shard.session()?.clone(),
            resume_url: self.shard.resume_url()?.to_owned(),
            own: self.door.own(),
            gateway: self.gateway.clone(),
        })
    }

    fn note_session(&self) {
        let stored = self.stored();
        self.sessions.send_if_modified(|last| {
            let moved = *last != stored && (stored.is_some() || last.is_some());
            *last = stored;
            moved
        });
    }

    /// Closes so that the session can be resumed.
    async fn close(&mut self) {
        self.shard.close(CloseFrame::RESUME);
        let goodbye = async {
            while let Some(item) = self.shard.next_event(EventTypeFlags::empty()).await {
                if matches!(item, Ok(Event::GatewayClose(_)) | Err(_)) {
                    break;
                }
            }
        };
        if timeout(CLOSE_TIMEOUT, goodbye).await.is_err() {
            tracing::debug!("Discord did not answer the goodbye");
        }
    }
}
