//! The live client against a small venue on loopback.

use super::*;
use crate::source::MarketEvent;
use crate::test_data;
use axum::extract::ws::{Message as Ws, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Long enough for a busy machine, short enough to fail.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the fake does and what it saw.
#[derive(Default)]
struct Fake {
    /// Whether `order` is answered with a 422.
    refuses_order: bool,
    /// Rows of `/markets/keyset`, paged by `page_rows`.
    markets: Vec<Value>,
    page_rows: usize,
    /// Statuses answered first, before real answers.
    failures: Mutex<VecDeque<u16>>,
    /// Waits before answering, once each.
    delays: Mutex<VecDeque<Duration>>,
    /// Path and query of every request, with the size of a list body.
    seen: Mutex<Vec<Seen>>,
    /// Books by token, as sent.
    books: Mutex<HashMap<String, Value>>,
    /// Frames the websocket sends after each `book` request of a client, per connection.
    scripts: Mutex<VecDeque<Vec<Script>>>,
    /// Texts the websocket received.
    heard: Mutex<Vec<String>>,
    /// Whether `PING` stays unanswered.
    mute: bool,
    /// Websockets open now.
    open: AtomicUsize,
}

/// A request: path, query, rows of a list body.
type Seen = (String, HashMap<String, String>, usize);

/// One step of the fake's websocket.
#[derive(Clone)]
enum Script {
    Send(Value),
    /// Wait until the client sent a text with this in it.
    Await(&'static str),
    Close,
}

type Shared = Arc<Fake>;

impl Fake {
    async fn enter(&self, path: &str, query: HashMap<String, String>, rows: usize) -> Result<(), StatusCode> {
        self.seen.lock().unwrap().push((path.to_owned(), query, rows));
        let delay = self.delays.lock().unwrap().pop_front();
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        match self.failures.lock().unwrap().pop_front() {
            Some(status) => Err(StatusCode::from_u16(status).unwrap()),
            None => Ok(()),
        }
    }

    fn count(&self, path: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(p, ..)| p == path).count()
    }
}

async fn keyset(State(fake): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    if let Err(status) = fake.enter("/markets/keyset", query.clone(), 0).await {
        return status.into_response();
    }
    if fake.refuses_order && query.contains_key("order") {
        return (StatusCode::UNPROCESSABLE_ENTITY, "order fields are not valid").into_response();
    }
    let from: usize = query.get("after_cursor").map_or(0, |c| c.parse().unwrap());
    let rows: Vec<_> = fake.markets.iter().skip(from).take(fake.page_rows).collect();
    let next = from + rows.len();
    let mut answer = json!({"markets": rows});
    if next < fake.markets.len() {
        answer["next_cursor"] = json!(next.to_string());
    }
    Json(answer).into_response()
}

async fn one_market(State(fake): State<Shared>, Path(id): Path<String>) -> Response {
    if let Err(status) = fake.enter("/markets/{id}", HashMap::new(), 0).await {
        return status.into_response();
    }
    match fake.markets.iter().find(|m| m["id"] == id.as_str()) {
        Some(market) => Json(market.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, "{\"error\":\"not found\"}").into_response(),
    }
}

async fn one_event(State(fake): State<Shared>, Path(id): Path<String>) -> Response {
    if let Err(status) = fake.enter("/events/{id}", HashMap::new(), 0).await {
        return status.into_response();
    }
    let rows: Vec<_> = fake.markets.iter().filter(|m| m["events"][0]["id"] == id.as_str()).collect();
    Json(json!({"id": id, "markets": rows})).into_response()
}

async fn books(State(fake): State<Shared>, Json(body): Json<Vec<Value>>) -> Response {
    if let Err(status) = fake.enter("/books", HashMap::new(), body.len()).await {
        return status.into_response();
    }
    let books = fake.books.lock().unwrap();
    let found: Vec<_> = body.iter().filter_map(|b| books.get(b["token_id"].as_str()?)).cloned().collect();
    Json(found).into_response()
}

async fn history(State(fake): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    if let Err(status) = fake.enter("/prices-history", query.clone(), 0).await {
        return status.into_response();
    }
    let (from, to): (i64, i64) = (query["startTs"].parse().unwrap(), query["endTs"].parse().unwrap());
    if to - from > 15 * 86_400 {
        return (StatusCode::BAD_REQUEST, "interval is too long").into_response();
    }
    // A point at every full day.
    let days =
        (from.div_euclid(86_400)..=to.div_euclid(86_400)).map(|d| d * 86_400).filter(|t| (from..=to).contains(t));
    let points: Vec<_> = days.map(|t| json!({"t": t, "p": 0.25})).collect();
    Json(json!({"history": points})).into_response()
}

async fn upgrade(State(fake): State<Shared>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        fake.open.fetch_add(1, Ordering::SeqCst);
        serve(&fake, socket).await;
        fake.open.fetch_sub(1, Ordering::SeqCst);
    })
}

async fn serve(fake: &Fake, mut socket: WebSocket) {
    let mut script: VecDeque<Script> = fake.scripts.lock().unwrap().pop_front().unwrap_or_default().into();
    let mut awaited: Option<&'static str> = Some("\"type\":\"market\"");
    loop {
        while awaited.is_none() {
            match script.pop_front() {
                Some(Script::Send(value)) => drop(socket.send(Ws::text(value.to_string())).await),
                Some(Script::Await(text)) => awaited = Some(text),
                Some(Script::Close) => return,
                None => break,
            }
        }
        let Some(Ok(Ws::Text(text))) = socket.recv().await else { return };
        if text.as_str() == "PING" && !fake.mute {
            drop(socket.send(Ws::text("PONG")).await);
        }
        if awaited.is_some_and(|wanted| text.contains(wanted)) {
            awaited = None;
        }
        fake.heard.lock().unwrap().push(text.to_string());
    }
}

/// Starts the fake and a source that speaks to it.
async fn start(fake: Fake) -> (Shared, LiveSource) {
    let fake = Arc::new(fake);
    let app = Router::new()
        .route("/markets/keyset", get(keyset))
        .route("/markets/{id}", get(one_market))
        .route("/events/{id}", get(one_event))
        .route("/books", post(books))
        .route("/prices-history", get(history))
        .route("/ws/market", get(upgrade))
        .with_state(Arc::clone(&fake));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let source = LiveSource::connect(config(&address.to_string())).unwrap();
    (fake, source)
}

fn config(address: &str) -> LiveConfig {
    LiveConfig {
        gamma: format!("http://{address}"),
        clob: format!("http://{address}/"),
        ws: format!("ws://{address}"),
        label: SourceLabel::Simulated { seed: 1 },
        request_timeout: Duration::from_millis(1_500),
        ping_interval: Duration::from_millis(200),
        ..LiveConfig::default()
    }
}

fn row(n: usize, volume: u64) -> Value {
    json!({"id": n.to_string(), "conditionId": "0xc", "question": format!("Question {n}?"), "outcomes": ["Yes", "No"],
        "clobTokenIds": [format!("{n}1"), format!("{n}2")], "volumeNum": volume, "acceptingOrders": true,
        "negRisk": true, "negRiskMarketID": "0xg", "events": [{"id": (n % 3).to_string(), "title": "T", "slug": "t"}]})
}

fn book(token: &str, at: i64, bid: &str) -> Value {
    json!({"event_type": "book", "asset_id": token, "timestamp": at.to_string(),
        "bids": [{"price": "0.1", "size": "5"}, {"price": bid, "size": "5"}], "asks": [{"price": "0.9", "size": "7"}]})
}

fn change(token: &str, at: i64, bid: &str, best_bid: &str) -> Value {
    json!({"event_type": "price_change", "timestamp": at.to_string(), "price_changes": [
        {"asset_id": token, "side": "BUY", "price": bid, "size": "3", "best_bid": best_bid, "best_ask": "0.9"}]})
}

fn token(text: &str) -> TokenId {
    TokenId::new(text).unwrap()
}

async fn event(subscription: &mut Box<dyn Subscription>) -> MarketEvent {
    timeout(PATIENCE, subscription.next()).await.expect("an event in time").expect("the subscription is open")
}

/// The next book's best bid in ten-thousandths.
async fn best_bid(subscription: &mut Box<dyn Subscription>) -> u16 {
    match event(subscription).await {
        MarketEvent::Book(book) => book.best_bid().unwrap().price.e4(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pages_until_the_cursor_is_missing_and_counts_events() {
    let markets: Vec<_> = (0..250).map(|n| row(n, 1_000 - n as u64)).collect();
    let (fake, source) = start(Fake { markets, page_rows: 40, ..Fake::default() }).await;
    let all = source.markets(&MarketFilter::default()).await.unwrap();
    assert_eq!(all.len(), 250);
    // Seven short pages: the page size of the server is not the one asked for, and says nothing about the end.
    assert_eq!(fake.count("/markets/keyset"), 7);
    assert!(all.windows(2).all(|w| w[0].volume_usd >= w[1].volume_usd));
    let of_event =
        |id: &str| all.iter().find(|m| m.event.as_ref().unwrap().id.as_str() == id).unwrap().event.clone().unwrap();
    assert_eq!(of_event("0").market_count, Some(84));
    assert_eq!(of_event("2").market_count, Some(83));
    assert_eq!(fake.count("/events/{id}"), 3);
    let (_, query, _) = fake.seen.lock().unwrap()[1].clone();
    assert_eq!(
        (query["limit"].as_str(), query["closed"].as_str(), query["after_cursor"].as_str()),
        ("100", "false", "40")
    );
    assert_eq!(source.label(), SourceLabel::Simulated { seed: 1 });
}

#[tokio::test]
async fn a_limit_ends_the_paging_only_while_volumes_fall() {
    let markets: Vec<_> = (0..90).map(|n| row(n, 1_000 - n as u64)).collect();
    let (fake, source) = start(Fake { markets: markets.clone(), page_rows: 10, ..Fake::default() }).await;
    let top = source.markets(&MarketFilter { limit: Some(15), query: None }).await.unwrap();
    assert_eq!((top.len(), fake.count("/markets/keyset")), (15, 2));
    let one = source.markets(&MarketFilter { limit: None, query: Some("question 77?".to_owned()) }).await.unwrap();
    assert_eq!(one.len(), 1);

    // A venue that refuses the order is read to the end without it.
    let refusing = Fake { markets: markets.clone(), page_rows: 10, refuses_order: true, ..Fake::default() };
    let (fake, source) = start(refusing).await;
    let top = source.markets(&MarketFilter { limit: Some(15), query: None }).await.unwrap();
    assert_eq!((top.len(), fake.count("/markets/keyset")), (15, 10));

    // A venue that ignores the order is read to the end, and the top is still the top.
    let shuffled = markets.into_iter().rev().collect();
    let (fake, source) = start(Fake { markets: shuffled, page_rows: 10, ..Fake::default() }).await;
    let top = source.markets(&MarketFilter { limit: Some(2), query: None }).await.unwrap();
    assert_eq!(top.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["0", "1"]);
    assert_eq!(fake.count("/markets/keyset"), 9);
}

#[tokio::test]
async fn server_errors_are_tried_again_and_only_so_often() {
    let (fake, source) = start(Fake { markets: vec![row(1, 1)], page_rows: 10, ..Fake::default() }).await;
    fake.failures.lock().unwrap().extend([503, 429]);
    assert_eq!(source.market(&MarketId::new("1").unwrap()).await.unwrap().id.as_str(), "1");
    assert_eq!(fake.count("/markets/{id}"), 3);

    fake.failures.lock().unwrap().extend([500; 9]);
    let error = source.market(&MarketId::new("1").unwrap()).await.unwrap_err();
    assert!(matches!(&error, SourceError::Unavailable { reason, .. } if reason.contains("500")), "{error}");
    assert_eq!(fake.count("/markets/{id}"), 3 + REQUEST_TRIES_MAX as usize);
    fake.failures.lock().unwrap().clear();

    // A refusal and an absence will not change by asking again.
    fake.failures.lock().unwrap().push_back(403);
    assert!(matches!(source.market(&MarketId::new("1").unwrap()).await, Err(SourceError::Unavailable { .. })));
    let missing = source.market(&MarketId::new("2").unwrap()).await.unwrap_err();
    assert!(matches!(&missing, SourceError::NotFound { what } if what == "market 2"), "{missing}");
    assert_eq!(fake.count("/markets/{id}"), 8);
}

#[tokio::test]
async fn a_slow_answer_times_out_and_is_tried_again() {
    let (fake, source) = start(Fake { markets: vec![row(1, 1)], page_rows: 10, ..Fake::default() }).await;
    fake.delays.lock().unwrap().push_back(Duration::from_secs(60));
    let began = Instant::now();
    assert!(source.market(&MarketId::new("1").unwrap()).await.is_ok());
    assert!(began.elapsed() >= Duration::from_millis(1_500), "{:?}", began.elapsed());
    assert_eq!(fake.count("/markets/{id}"), 2);
}

#[tokio::test]
async fn nobody_at_home_is_unavailable_with_advice() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let source = LiveSource::connect(config(&port.to_string())).unwrap();
    let error = source.books(&[token("1")]).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("--source simulated"), "{error}");
    let bad = LiveSource::connect(LiveConfig { ws: "http://x".to_owned(), ..LiveConfig::default() }).unwrap_err();
    assert!(matches!(bad, SourceError::Unsupported(_)));
}

#[tokio::test]
async fn books_come_in_batches_and_none_is_made_up() {
    let (fake, source) = start(Fake::default()).await;
    let names: Vec<String> = (1..=1_100).map(|n| n.to_string()).collect();
    for name in &names[..1_000] {
        fake.books.lock().unwrap().insert(name.clone(), book(name, 5, "0.4"));
    }
    fake.books
        .lock()
        .unwrap()
        .insert("1".to_owned(), json!({"asset_id": "1", "timestamp": "5", "bids": [{"price": "9"}]}));
    let mut tokens: Vec<_> = names.iter().map(|n| token(n)).collect();
    tokens.extend(tokens.clone());
    let books = source.books(&tokens).await.unwrap();
    // 1,000 known, one of them unreadable.
    assert_eq!(books.len(), 999);
    let sizes: Vec<_> = fake.seen.lock().unwrap().iter().map(|(_, _, rows)| *rows).collect();
    assert_eq!(sizes, [500, 500, 100]);
    assert!(source.books(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn history_is_asked_for_in_windows_the_venue_allows() {
    let (fake, source) = start(Fake::default()).await;
    let (from, to) = (Timestamp::parse("2026-01-01").unwrap(), Timestamp::parse("2026-02-09").unwrap());
    let points = source.price_history(&token("1"), from, to).await.unwrap();
    // 1 January to 9 February, both ends in.
    assert_eq!(points.len(), 40);
    assert!(points.windows(2).all(|w| w[0].at < w[1].at));
    assert_eq!((points[0].at, points[39].at), (from, to));
    assert_eq!(fake.count("/prices-history"), 3);
    assert!(source.price_history(&token("1"), to, from).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_websocket_follows_finds_a_gap_and_mends_it() {
    let script = vec![
        Script::Send(json!([book("7", 10, "0.4")])),
        Script::Send(change("7", 11, "0.5", "0.5")),
        // The venue's best bid is 0.3 now: the removals of 0.5 and 0.4 never came.
        Script::Send(change("7", 12, "0.3", "0.3")),
    ];
    let fake = Fake { scripts: Mutex::new([script].into()), ..Fake::default() };
    let (fake, source) = start(fake).await;
    fake.books.lock().unwrap().insert("7".to_owned(), book("7", 12, "0.3"));
    let mut subscription = source.subscribe(&[token("7")]).await.unwrap();
    // A slow reader may find older states already replaced by the gap; the gap and the mended book always come, in order.
    loop {
        match event(&mut subscription).await {
            MarketEvent::Book(book) => assert!(matches!(book.at.millis(), 10 | 11), "{book:?}"),
            MarketEvent::Gap { token } => {
                assert_eq!(token.as_str(), "7");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let MarketEvent::Book(mended) = event(&mut subscription).await else { panic!("no book after the gap") };
    assert_eq!((mended.best_bid().unwrap().price.e4(), mended.at.millis(), mended.in_sync), (3_000, 12, true));
    assert_eq!(fake.count("/books"), 1);
}

#[tokio::test]
async fn tokens_change_in_place_and_dropping_ends_the_connection() {
    let script = vec![
        Script::Send(book("1", 1, "0.4")),
        Script::Await("\"subscribe\""),
        Script::Send(book("2", 2, "0.2")),
        Script::Send(book("1", 3, "0.45")),
        Script::Await("PING"),
    ];
    let (fake, source) = start(Fake { scripts: Mutex::new([script].into()), ..Fake::default() }).await;
    let mut subscription = source.subscribe(&[token("1")]).await.unwrap();
    assert_eq!(best_bid(&mut subscription).await, 4_000);
    subscription.set_tokens(&[token("2")]).await.unwrap();
    // The book of token 1 sent after its removal is not told of.
    assert_eq!(best_bid(&mut subscription).await, 2_000);
    let heard = fake.heard.lock().unwrap().clone();
    let find = |text: &str| heard.iter().find(|h| h.contains(text)).map(|h| serde_json::from_str::<Value>(h).unwrap());
    let first: Value = serde_json::from_str(&heard[0]).unwrap();
    assert_eq!(first, json!({"assets_ids": ["1"], "type": "market", "custom_feature_enabled": true}));
    assert_eq!(find("unsubscribe").unwrap(), json!({"operation": "unsubscribe", "assets_ids": ["1"]}));
    assert_eq!(find("\"subscribe\"").unwrap(), json!({"operation": "subscribe", "assets_ids": ["2"]}));
    assert_eq!(fake.open.load(Ordering::SeqCst), 1);
    drop(subscription);
    timeout(PATIENCE, async {
        while fake.open.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the connection closes with the subscription");
}

#[tokio::test]
async fn a_lost_connection_is_a_gap_and_comes_back_by_itself() {
    let scripts = [
        vec![Script::Send(book("1", 1, "0.4")), Script::Await("PING"), Script::Close],
        vec![Script::Send(book("1", 9, "0.2"))],
    ];
    let (fake, source) = start(Fake { scripts: Mutex::new(scripts.into()), ..Fake::default() }).await;
    let mut subscription = source.subscribe(&[token("1")]).await.unwrap();
    assert_eq!(best_bid(&mut subscription).await, 4_000);
    assert_eq!(event(&mut subscription).await, MarketEvent::Gap { token: token("1") });
    assert_eq!(best_bid(&mut subscription).await, 2_000);
    let opened = fake.heard.lock().unwrap().iter().filter(|h| h.contains("\"type\":\"market\"")).count();
    assert_eq!(opened, 2);
}

#[tokio::test]
async fn a_frame_beyond_the_cap_ends_the_connection() {
    let flood = json!({"event_type": "flood", "filler": "x".repeat(FRAME_BYTES_MAX)});
    let scripts =
        [vec![Script::Send(book("1", 1, "0.4")), Script::Send(flood)], vec![Script::Send(book("1", 9, "0.2"))]];
    let (_, source) = start(Fake { scripts: Mutex::new(scripts.into()), ..Fake::default() }).await;
    let mut subscription = source.subscribe(&[token("1")]).await.unwrap();
    assert_eq!(best_bid(&mut subscription).await, 4_000);
    assert_eq!(event(&mut subscription).await, MarketEvent::Gap { token: token("1") });
    assert_eq!(best_bid(&mut subscription).await, 2_000);
}

#[tokio::test]
async fn an_unanswered_ping_ends_the_connection() {
    let scripts = [vec![Script::Send(book("1", 1, "0.4"))], vec![Script::Send(book("1", 9, "0.2"))]];
    let (_, source) = start(Fake { scripts: Mutex::new(scripts.into()), mute: true, ..Fake::default() }).await;
    let mut subscription = source.subscribe(&[token("1")]).await.unwrap();
    assert_eq!(best_bid(&mut subscription).await, 4_000);
    assert_eq!(event(&mut subscription).await, MarketEvent::Gap { token: token("1") });
    assert_eq!(best_bid(&mut subscription).await, 2_000);
}

#[tokio::test]
async fn a_book_the_stream_does_not_send_is_fetched() {
    let (fake, source) = start(Fake::default()).await;
    fake.books.lock().unwrap().insert("5".to_owned(), book("5", 3, "0.3"));
    let mut subscription = source.subscribe(&[token("5")]).await.unwrap();
    assert_eq!(best_bid(&mut subscription).await, 3_000);
}

#[tokio::test]
async fn the_recorded_answers_pass_through_the_client() {
    let Some(folder) = test_data::find("api-2026-10/clob/venue", "recorded answers over HTTP") else { return };
    let read = |file: &str| serde_json::from_slice::<Value>(&test_data::read(&folder.join(file))).unwrap();
    let markets = read("gamma_markets.json").as_array().unwrap().clone();
    let raw_book = read("book.json");
    let (fake, source) = start(Fake { markets, page_rows: 10, ..Fake::default() }).await;
    let name = raw_book["asset_id"].as_str().unwrap().to_owned();
    fake.books.lock().unwrap().insert(name.clone(), raw_book);
    let market = source.markets(&MarketFilter::default()).await.unwrap().remove(0);
    assert_eq!(market.yes.as_str(), name);
    assert_eq!(source.market(&market.id).await.unwrap().question, market.question);
    let books = source.books(&[market.yes.clone(), market.no.clone()]).await.unwrap();
    assert_eq!(books.len(), 1);
    assert_eq!(books[0].best_ask().map(|l| l.price), market.best_ask);
}
