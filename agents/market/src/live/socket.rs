//! The task that owns the websocket, and the subscription that listens to it.

use super::Venue;
use super::http::jittered;
use super::keeper::Keeper;
use super::outbox::Outbox;
use crate::book::Book;
use crate::clob::ws;
use crate::ids::TokenId;
use crate::source::{MarketEvent, SourceError, Subscription};
use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Events waiting in the channel between task and consumer; what is more waits merged in the task.
pub const EVENTS_MAX: usize = 256;
/// Changes of the token set waiting for the task.
const COMMANDS_MAX: usize = 8;
/// Tokens named in one subscription message; more go in further messages.
pub const SUBSCRIBE_BATCH: usize = 500;
/// First wait before a new connection; doubles up to [`RECONNECT_MAX`], and starts anew once a message arrived.
pub const RECONNECT_MIN: Duration = Duration::from_secs(1);
/// Longest wait before a new connection.
pub const RECONNECT_MAX: Duration = Duration::from_secs(60);
/// Largest frame or message read, in bytes; a full book is below 1 MB.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longest wait for the server to take a message.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// How often lost books are fetched, at most.
const REFETCH_INTERVAL: Duration = Duration::from_millis(250);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A running subscription to books.
#[derive(Debug)]
pub(crate) struct LiveSubscription {
    events: mpsc::Receiver<MarketEvent>,
    commands: mpsc::Sender<Vec<TokenId>>,
}

#[async_trait]
impl Subscription for LiveSubscription {
    async fn next(&mut self) -> Option<MarketEvent> {
        self.events.recv().await
    }

    async fn set_tokens(&mut self, tokens: &[TokenId]) -> Result<(), SourceError> {
        self.commands.send(tokens.to_vec()).await.map_err(|_| SourceError::Unavailable {
            what: "the subscription".to_owned(),
            reason: "its task has ended".to_owned(),
        })
    }
}

/// Why a connection, or the whole task, came to its end.
enum End {
    /// The subscription was dropped.
    Dropped,
    /// The connection is unusable.
    Lost(String),
}

/// The task's state.
struct Task {
    venue: Arc<Venue>,
    url: Url,
    connect_timeout: Duration,
    ping_interval: Duration,
    keeper: Keeper,
    outbox: Outbox,
    events: mpsc::Sender<MarketEvent>,
    commands: mpsc::Receiver<Vec<TokenId>>,
    /// Fetches under way: at most one. Dropping the set ends it.
    fetches: JoinSet<Result<Vec<Book>, SourceError>>,
    /// Messages arrived on this connection.
    heard: bool,
}

/// Starts the task. Must be called within a tokio runtime.
pub(crate) fn spawn(
    venue: Arc<Venue>,
    url: Url,
    connect_timeout: Duration,
    ping_interval: Duration,
    tokens: &[TokenId],
) -> LiveSubscription {
    let (events_tx, events) = mpsc::channel(EVENTS_MAX);
    let (commands, commands_rx) = mpsc::channel(COMMANDS_MAX);
    let mut keeper = Keeper::default();
    keeper.follow(tokens);
    let task = Task {
        venue,
        url,
        connect_timeout,
        ping_interval,
        keeper,
        outbox: Outbox::default(),
        events: events_tx,
        commands: commands_rx,
        fetches: JoinSet::new(),
        heard: false,
    };
    // Not joined: it ends by itself when the subscription's channel closes.
    tokio::spawn(task.run());
    LiveSubscription { events, commands }
}

impl Task {
    async fn run(mut self) {
        let mut delay = RECONNECT_MIN;
        loop {
            self.heard = false;
            let end = match self.connect().await {
                Ok(socket) => self.serve(socket).await,
                Err(end) => end,
            };
            let End::Lost(reason) = end else { return };
            if self.heard {
                delay = RECONNECT_MIN;
            }
            let wait = jittered(delay);
            tracing::warn!(%reason, wait_ms = wait.as_millis() as u64, "the market channel is down; books are unknown until it is back");
            delay = (delay * 2).min(RECONNECT_MAX);
            self.fetches.abort_all();
            for event in self.keeper.disconnected() {
                self.outbox.push(event);
            }
            if self.pause(wait).await.is_none() {
                return;
            }
        }
    }

    /// Waits while still serving the consumer; `None` when it has gone.
    async fn pause(&mut self, wait: Duration) -> Option<()> {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Some(()),
                () = self.events.closed() => return None,
                tokens = self.commands.recv() => { self.follow(&tokens?); }
                permit = self.events.clone().reserve_owned(), if !self.outbox.is_empty() => {
                    let permit = permit.ok()?;
                    if let Some(event) = self.outbox.pop() { permit.send(event); }
                }
                // A fetch that was cut short leaves its end here.
                Some(_) = self.fetches.join_next() => {}
            }
        }
    }

    fn follow(&mut self, tokens: &[TokenId]) -> (Vec<TokenId>, Vec<TokenId>) {
        let (new, gone) = self.keeper.follow(tokens);
        self.outbox.forget(&gone);
        (new, gone)
    }

    async fn connect(&mut self) -> Result<Socket, End> {
        let config =
            WebSocketConfig::default().max_message_size(Some(FRAME_BYTES_MAX)).max_frame_size(Some(FRAME_BYTES_MAX));
        let connecting = connect_async_with_config(self.url.as_str(), Some(config), true);
        let connected = tokio::select! {
            connected = timeout(self.connect_timeout, connecting) => connected,
            () = self.events.closed() => return Err(End::Dropped),
        };
        match connected {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(e)) => Err(End::Lost(e.to_string())),
            Err(_) => Err(End::Lost(format!("no connection within {} s", self.connect_timeout.as_secs_f32()))),
        }
    }

    async fn serve(&mut self, mut socket: Socket) -> End {
        match self.serve_inner(&mut socket).await {
            Ok(never) => match never {},
            Err(end) => {
                // A farewell is polite and may fail; the connection is dropped either way.
                let _ = timeout(SEND_TIMEOUT, socket.close(None)).await;
                end
            }
        }
    }

    async fn serve_inner(&mut self, socket: &mut Socket) -> Result<std::convert::Infallible, End> {
        for message in subscription(&self.keeper.tokens()) {
            send(socket, message.to_string()).await?;
        }
        let mut ping = interval(self.ping_interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        let mut refetch = interval(REFETCH_INTERVAL);
        refetch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pong_due = false;
        loop {
            tokio::select! {
                // In this order: what is known is told before more is read, and a busy stream cannot starve the PING.
                biased;
                () = self.events.closed() => return Err(End::Dropped),
                permit = self.events.clone().reserve_owned(), if !self.outbox.is_empty() => {
                    let permit = permit.map_err(|_| End::Dropped)?;
                    if let Some(event) = self.outbox.pop() { permit.send(event); }
                }
                tokens = self.commands.recv() => {
                    let (new, gone) = self.follow(&tokens.ok_or(End::Dropped)?);
                    for (operation, tokens) in [("unsubscribe", gone), ("subscribe", new)] {
                        for batch in tokens.chunks(SUBSCRIBE_BATCH) {
                            send(socket, operation_message(operation, batch).to_string()).await?;
                        }
                    }
                }
                _ = ping.tick() => {
                    if pong_due {
                        return Err(End::Lost("a PING stayed unanswered".to_owned()));
                    }
                    send(socket, "PING".to_owned()).await?;
                    pong_due = true;
                    self.keeper.want_missing();
                }
                _ = refetch.tick() => self.fetch_wanting(),
                Some(fetched) = self.fetches.join_next() => self.fetched(fetched),
                received = socket.next() => {
                    let text = match received {
                        Some(Ok(WsMessage::Text(text))) => text,
                        Some(Ok(WsMessage::Close(_))) | None => return Err(End::Lost("the venue closed the connection".to_owned())),
                        Some(Ok(_)) => continue,
                        Some(Err(e)) => return Err(End::Lost(e.to_string())),
                    };
                    match text.as_str().trim() {
                        "PONG" => pong_due = false,
                        text => self.receive(text),
                    }
                }
            }
        }
    }

    fn receive(&mut self, text: &str) {
        let frame = ws::parse_frame(text);
        if frame.malformed > 0 {
            tracing::warn!(
                messages = frame.malformed,
                tokens = frame.doubtful.len(),
                "messages of the market channel could not be read"
            );
        }
        self.heard |= !frame.messages.is_empty();
        for event in self.keeper.frame(frame) {
            self.outbox.push(event);
        }
    }

    fn fetch_wanting(&mut self) {
        if !self.fetches.is_empty() {
            return;
        }
        let tokens = self.keeper.take_wanting();
        if !tokens.is_empty() {
            let venue = Arc::clone(&self.venue);
            self.fetches.spawn(async move { venue.books(&tokens).await });
        }
    }

    /// Tokens that got no book want it again at the next ping.
    fn fetched(&mut self, fetched: Result<Result<Vec<Book>, SourceError>, tokio::task::JoinError>) {
        match fetched {
            Ok(Ok(books)) => {
                for event in books.into_iter().flat_map(|b| self.keeper.fetched(b)).collect::<Vec<_>>() {
                    self.outbox.push(event);
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "lost books could not be fetched"),
            Err(error) => tracing::warn!(%error, "the fetch of lost books ended early"),
        }
    }
}

async fn send(socket: &mut Socket, text: String) -> Result<(), End> {
    match timeout(SEND_TIMEOUT, socket.send(WsMessage::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) => Err(End::Lost(e.to_string())),
        Err(_) => Err(End::Lost("the venue does not take messages".to_owned())),
    }
}

/// The messages that open a channel: the first names its type, further ones add tokens.
fn subscription(tokens: &[TokenId]) -> Vec<Value> {
    let mut batches = tokens.chunks(SUBSCRIBE_BATCH);
    let first = names(batches.next().unwrap_or_default());
    let open = json!({"assets_ids": first, "type": "market", "custom_feature_enabled": true});
    std::iter::once(open).chain(batches.map(|batch| operation_message("subscribe", batch))).collect()
}

fn operation_message(operation: &str, tokens: &[TokenId]) -> Value {
    json!({"operation": operation, "assets_ids": names(tokens)})
}

fn names(tokens: &[TokenId]) -> Vec<&str> {
    tokens.iter().map(TokenId::as_str).collect()
}
