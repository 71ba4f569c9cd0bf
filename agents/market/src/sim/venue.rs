//! The server: Gamma, the order book service and the market channel on one loopback port.

use super::clob::BOOKS_MAX;
use super::clock::SimClock;
use super::fault::{Fault, Faults};
use super::gamma::{Query, Refusal};
use super::socket;
use super::world::{VenueEvent, World};
use crate::time::Clock;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, extract};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The header every answer carries, and its value.
pub const MARK_HEADER: &str = "x-betty-venue";
/// See [`MARK_HEADER`].
pub const MARK: &str = "simulated";
/// How often the world follows the clock when nobody asks.
const PUMP: Duration = Duration::from_millis(100);
/// Steps a slow websocket client may fall behind before it gets whole books instead.
const EVENTS_BEHIND_MAX: usize = 256;
/// Largest request body.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// How to start a simulated venue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimConfig {
    /// Everything follows from it.
    pub seed: u64,
    /// Simulated milliseconds per millisecond; 0 stands still until moved by hand.
    pub speed: f64,
    /// Milliseconds since genesis to start at: what [`SimVenue::elapsed_ms`] said before a restart.
    pub start_elapsed_ms: u64,
    /// Where to listen. Port 0 picks a free one.
    pub listen: SocketAddr,
}

impl Default for SimConfig {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { seed: 7, speed: 1.0, start_elapsed_ms: 0, listen }
    }
}

/// What handlers, sockets and the handle share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    clock: Arc<SimClock>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) events: broadcast::Sender<Arc<Vec<VenueEvent>>>,
    /// Ends every task of the venue.
    pub(crate) shutdown: CancellationToken,
}

impl Shared {
    /// The world as it stands.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panic while the world was held left it between two steps at worst: it says nothing wrong.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world, brought up to the clock. Whoever does it first tells the sockets, in order, under the lock.
    pub(crate) fn sync(&self) -> MutexGuard<'_, World> {
        let mut world = self.world();
        let events = world.advance(self.clock.now());
        if !events.is_empty() {
            // Nobody listening is no error.
            let _ = self.events.send(Arc::new(events));
        }
        world
    }
}

/// A running simulated venue. Dropping it stops it.
#[derive(Debug)]
pub struct SimVenue {
    shared: Arc<Shared>,
    seed: u64,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl SimVenue {
    /// Builds the world, brings it to where it left off, and listens.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(config: SimConfig) -> std::io::Result<Self> {
        let clock = Arc::new(SimClock::new(config.start_elapsed_ms, 0.0));
        let start = clock.now();
        let build = move || {
            let mut world = World::new(config.seed);
            world.advance(start);
            world
        };
        let world = tokio::task::spawn_blocking(build).await.map_err(std::io::Error::other)?;
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        // Time runs once the world is ready, not while it is being made.
        clock.set_speed(config.speed);
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            clock,
            faults: Arc::default(),
            events: broadcast::channel(EVENTS_BEHIND_MAX).0,
            shutdown: CancellationToken::new(),
        });
        let stop = shared.shutdown.clone().cancelled_owned();
        let server = axum::serve(listener, routes(Arc::clone(&shared))).with_graceful_shutdown(stop);
        let serving = tokio::spawn(async move {
            // Ends by the shutdown: an error of the listener would show as connections refused.
            let _ = server.await;
        });
        let pumped = Arc::clone(&shared);
        let pump = tokio::spawn(async move {
            let mut every = tokio::time::interval(PUMP);
            every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = pumped.shutdown.cancelled() => return,
                    _ = every.tick() => drop(pumped.sync()),
                }
            }
        });
        Ok(Self { shared, seed: config.seed, address, tasks: vec![serving, pump] })
    }

    /// Base address of Gamma.
    #[must_use]
    pub fn gamma_url(&self) -> String {
        format!("http://{}/gamma", self.address)
    }

    /// Base address of the order book service.
    #[must_use]
    pub fn clob_url(&self) -> String {
        format!("http://{}/clob", self.address)
    }

    /// Base address of the websocket service; the market channel is at `/ws/market` below it.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The seed it runs on.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The venue's clock, for whoever only reads it.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock) as Arc<dyn Clock>
    }

    /// The venue's clock, with its speed and its jumps.
    #[must_use]
    pub fn sim_clock(&self) -> Arc<SimClock> {
        Arc::clone(&self.shared.clock)
    }

    /// Milliseconds since genesis: keep it to continue after a restart.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.shared.clock.elapsed_ms()
    }

    /// The switches of the venue's bad days.
    #[must_use]
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.shared.faults)
    }

    /// Stops listening and ends every connection.
    pub async fn shutdown(mut self) {
        self.shared.shutdown.cancel();
        for task in self.tasks.drain(..) {
            // A task that panicked has ended, too.
            let _ = task.await;
        }
    }
}

impl Drop for SimVenue {
    fn drop(&mut self) {
        self.shared.shutdown.cancel();
    }
}

type Params = extract::Query<Vec<(String, String)>>;
type Venue = State<Arc<Shared>>;

fn routes(shared: Arc<Shared>) -> Router {
    let gamma = Router::new()
        .route("/markets", get(async |State(s): Venue, q: Params| listing(s.sync().list_markets(&Query(q.0), false))))
        .route(
            "/markets/keyset",
            get(async |State(s): Venue, q: Params| listing(s.sync().list_markets(&Query(q.0), true))),
        )
        .route(
            "/markets/{id}",
            get(async |State(s): Venue, Path(id): Path<String>| found(s.sync().market_by(|m| m.id == id))),
        )
        .route(
            "/markets/slug/{slug}",
            get(async |State(s): Venue, Path(slug): Path<String>| found(s.sync().market_by(|m| m.slug == slug))),
        )
        .route("/events", get(async |State(s): Venue, q: Params| listing(s.sync().list_events(&Query(q.0), false))))
        .route(
            "/events/keyset",
            get(async |State(s): Venue, q: Params| listing(s.sync().list_events(&Query(q.0), true))),
        )
        .route(
            "/events/{id}",
            get(async |State(s): Venue, Path(id): Path<String>| found(s.sync().event_by(|e| e.id == id))),
        )
        .route(
            "/events/slug/{slug}",
            get(async |State(s): Venue, Path(slug): Path<String>| found(s.sync().event_by(|e| e.slug == slug))),
        );
    let clob = Router::new()
        .route("/ok", get(async || answer(&json!("OK"))))
        .route("/version", get(async || answer(&json!({"version": 2}))))
        .route("/time", get(async |State(s): Venue| answer(&json!(s.clock.now().millis() / 1_000))))
        .route("/book", get(book))
        .route("/books", post(books))
        .route("/prices-history", get(async |State(s): Venue, q: Params| listing(s.sync().history_json(&Query(q.0)))));
    Router::new()
        .nest("/gamma", gamma)
        .nest("/clob", clob)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), misbehave))
        .route("/ws/market", get(upgrade))
        .layer(middleware::map_response(mark))
        .layer(extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

/// Says on every answer that nothing in it is real.
async fn mark(mut response: Response) -> Response {
    response.headers_mut().insert(MARK_HEADER, HeaderValue::from_static(MARK));
    response
}

/// The faults of the REST side.
async fn misbehave(State(shared): Venue, request: Request, next: Next) -> Response {
    if shared.faults.has(Fault::Hang) {
        shared.shutdown.cancelled().await;
    }
    if shared.faults.has(Fault::ServerError) {
        return refuse((500, "internal server error"));
    }
    let response = next.run(request).await;
    if !shared.faults.has(Fault::MalformedJson) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(whole.slice(..whole.len() / 2)))
}

fn answer(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn refuse((status, message): Refusal) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, answer(&json!({"type": "validation error", "error": message}))).into_response()
}

fn listing(result: Result<Value, Refusal>) -> Response {
    result.map_or_else(refuse, |value| answer(&value))
}

fn found(value: Option<Value>) -> Response {
    value.map_or_else(|| refuse((404, "not found")), |value| answer(&value))
}

async fn book(State(shared): Venue, params: Params) -> Response {
    let query = Query(params.0);
    let Some(token) = query.get("token_id") else { return refuse((400, "token_id is required")) };
    let world = shared.sync();
    let row = world.trading(token).and_then(|(ix, side)| world.book_json(ix, side, &shared.faults, false));
    row.map_or_else(|| refuse((404, "No orderbook exists for the requested token id")), |row| answer(&row))
}

async fn books(State(shared): Venue, body: Bytes) -> Response {
    let Ok(Value::Array(rows)) = serde_json::from_slice(&body) else { return refuse((400, "Invalid payload")) };
    if rows.len() > BOOKS_MAX {
        return refuse((400, "Payload exceeds the limit"));
    }
    let world = shared.sync();
    let one = |row: &Value| {
        let (ix, side) = world.trading(row.get("token_id")?.as_str()?)?;
        world.book_json(ix, side, &shared.faults, false)
    };
    answer(&rows.iter().filter_map(one).collect())
}

async fn upgrade(State(shared): Venue, ws: WebSocketUpgrade) -> Response {
    if shared.faults.has(Fault::DropWebsocket) {
        return refuse((503, "service unavailable"));
    }
    ws.on_upgrade(move |socket| socket::serve(socket, shared))
}
