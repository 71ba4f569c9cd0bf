//! One connection of the websocket market channel.

use super::clob::best_text;
use super::fault::Fault;
use super::venue::Shared;
use super::world::{Announcement, MarketIx, VenueEvent};
use crate::book::Book;
use axum::extract::ws::{Message, WebSocket};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Messages in one frame of a dump: keeps frames far below the size clients accept.
const DUMP_CHUNK: usize = 100;
/// How often a connection looks whether it should be dropped.
const FAULT_POLL: Duration = Duration::from_millis(50);

/// What a client may send, besides `PING`.
#[derive(Debug, Deserialize)]
struct Request {
    #[serde(default)]
    assets_ids: Vec<String>,
    #[serde(default)]
    operation: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    custom_feature_enabled: Option<bool>,
    #[serde(default)]
    initial_dump: Option<bool>,
}

/// A market somebody follows.
struct Followed {
    /// Which of its two tokens.
    tokens: [bool; 2],
    /// The YES book the client knows.
    known: Book,
}

/// What one client follows.
#[derive(Default)]
struct Feed {
    followed: BTreeMap<MarketIx, Followed>,
    custom: bool,
}

/// Serves one client until it leaves, the venue shuts down, or a fault drops it.
pub(crate) async fn serve(mut socket: WebSocket, shared: Arc<Shared>) {
    let mut events = shared.events.subscribe();
    let mut feed = Feed::default();
    let mut poll = tokio::time::interval(FAULT_POLL);
    loop {
        let out = tokio::select! {
            biased;
            () = shared.shutdown.cancelled() => break,
            _ = poll.tick() => {
                if shared.faults.has(Fault::DropWebsocket) {
                    // No closing handshake: the line is cut.
                    return;
                }
                continue;
            }
            event = events.recv() => match event {
                Ok(batch) => feed.on_events(&shared, &batch),
                // Too slow to hear every event: whole books bring the client up to date.
                Err(RecvError::Lagged(_)) => feed.resync(&shared),
                Err(RecvError::Closed) => break,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => match feed.on_text(&shared, text.as_str()) {
                    Some(out) => out,
                    None => {
                        if socket.send(Message::Text("PONG".into())).await.is_err() {
                            return;
                        }
                        continue;
                    }
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        for frame in out {
            let mut text = frame.to_string();
            if shared.faults.has(Fault::MalformedJson) {
                text.truncate(text.floor_char_boundary(text.len() / 2));
            }
            if socket.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
    }
}

impl Feed {
    /// Frames that answer a client's message; `None` asks for a `PONG`. What cannot be read is passed over, as the venue does.
    fn on_text(&mut self, shared: &Shared, text: &str) -> Option<Vec<Value>> {
        if text == "PING" {
            return None;
        }
        let Ok(request) = serde_json::from_str::<Request>(text) else { return Some(Vec::new()) };
        self.custom = request.custom_feature_enabled.unwrap_or(self.custom);
        match (request.operation.as_deref(), request.kind.as_deref()) {
            (Some("unsubscribe"), _) => {
                self.unsubscribe(shared, &request.assets_ids);
                Some(Vec::new())
            }
            (Some("subscribe"), _) | (None, Some("market" | "MARKET")) => {
                Some(self.subscribe(shared, &request.assets_ids, request.initial_dump.unwrap_or(true)))
            }
            _ => Some(Vec::new()),
        }
    }

    fn subscribe(&mut self, shared: &Shared, tokens: &[String], dump: bool) -> Vec<Value> {
        let world = shared.sync();
        let mut books = Vec::new();
        for token in tokens {
            let Some((ix, side)) = world.trading(token) else { continue };
            let Some(known) = world.book(ix.at(), 0) else { continue };
            let followed = self.followed.entry(ix).or_insert_with(|| Followed { tokens: [false; 2], known });
            followed.tokens[side] = true;
            if dump {
                books.extend(world.book_json(ix, side, &shared.faults, true));
            }
        }
        chunked(books)
    }

    fn unsubscribe(&mut self, shared: &Shared, tokens: &[String]) {
        let world = shared.sync();
        for token in tokens {
            if let Some((ix, side)) = world.by_token.get(token)
                && let Some(followed) = self.followed.get_mut(ix)
            {
                followed.tokens[*side] = false;
                if followed.tokens == [false; 2] {
                    self.followed.remove(ix);
                }
            }
        }
    }

    /// Whole books of everything followed.
    fn resync(&mut self, shared: &Shared) -> Vec<Value> {
        let world = shared.sync();
        let mut books = Vec::new();
        self.followed.retain(|ix, f| {
            let Some((_, known)) = world.trading(&world.markets[ix.at()].tokens[0]).zip(world.book(ix.at(), 0)) else {
                return false;
            };
            f.known = known;
            let sides = (0..2).filter(|s| f.tokens[*s]);
            books.extend(sides.filter_map(|s| world.book_json(*ix, s, &shared.faults, true)));
            true
        });
        chunked(books)
    }

    fn on_events(&mut self, shared: &Shared, batch: &[VenueEvent]) -> Vec<Value> {
        let world = shared.world();
        let mut out = Vec::new();
        for event in batch {
            let (ix, at) = (event.market, event.at.millis());
            if event.what == Announcement::Listed && self.custom {
                out.push(world.listed_json(ix, at));
            }
            let Some(followed) = self.followed.get_mut(&ix) else { continue };
            match event.what {
                Announcement::Repriced => {
                    // Resolved within the same step: the end of the story follows.
                    let Some((_, new)) = world.trading(&world.markets[ix.at()].tokens[0]).zip(world.book(ix.at(), 0))
                    else {
                        continue;
                    };
                    out.extend(world.changes_json(ix, &followed.known, &new, &shared.faults));
                    if self.custom && best_text(&followed.known) != best_text(&new) {
                        let mirrored = new.mirrored(new.token.clone());
                        let books = [&new, &mirrored];
                        let sides = (0..2).filter(|s| followed.tokens[*s]);
                        out.extend(sides.map(|s| world.touch_json(ix, s, books[s])));
                    }
                    followed.known = new;
                }
                Announcement::Traded { price, lots, buy } => out.push(world.trade_json(ix, at, price, lots, buy)),
                Announcement::TickChanged => {
                    out.extend((0..2).filter(|s| followed.tokens[*s]).map(|s| world.tick_json(ix, s, at)))
                }
                Announcement::Resolved(resolution) => {
                    if self.custom {
                        out.push(world.resolved_json(ix, at, resolution));
                    }
                    self.followed.remove(&ix);
                }
                Announcement::Listed | Announcement::Proposed | Announcement::Disputed => {}
            }
        }
        out
    }
}

/// Messages in arrays of a bounded length.
fn chunked(messages: Vec<Value>) -> Vec<Value> {
    messages.chunks(DUMP_CHUNK).map(|c| Value::Array(c.to_vec())).collect()
}
