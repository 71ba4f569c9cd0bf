//! The venue as a client sees it: over HTTP and websocket, with the real client and without.

use super::calendar::{DAY_MS, GENESIS};
use super::fault::Fault;
use super::source::SimulatedSource;
use super::venue::{MARK, MARK_HEADER, SimConfig, SimVenue};
use super::world::World;
use crate::book::{Book, BookSide};
use crate::ids::{MarketId, TokenId};
use crate::live::{LiveConfig, LiveSource};
use crate::market::{Market, MarketStatus, Resolution};
use crate::source::{MarketEvent, MarketFilter, MarketSource, SourceError, SourceLabel};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

/// Longest wait for anything in these tests.
const PATIENCE: Duration = Duration::from_secs(20);

fn config(seed: u64, speed: f64) -> SimConfig {
    SimConfig { seed, speed, ..SimConfig::default() }
}

async fn venue(seed: u64) -> SimVenue {
    SimVenue::start(config(seed, 0.0)).await.unwrap()
}

fn client() -> reqwest::Client {
    crate::live::init_tls();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn get(url: String) -> (u16, Value) {
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.headers()[MARK_HEADER], MARK);
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn keyset_pages_cover_every_market_exactly_once_in_any_order() {
    let venue = venue(7).await;
    let base = venue.gamma_url();
    for (what, extra, total) in [
        ("markets", "", 1_240),
        ("markets", "&order=volumeNum&ascending=false", 1_240),
        ("markets", "&order=endDate", 1_240),
    ] {
        let mut seen = BTreeSet::new();
        let mut cursor = String::new();
        let mut pages = 0;
        loop {
            let (status, page) = get(format!("{base}/{what}/keyset?limit=500{extra}{cursor}")).await;
            assert_eq!(status, 200);
            let page_ids = ids(&page[what]);
            assert!(page_ids.len() <= 100, "limit is clamped");
            for id in &page_ids {
                assert!(seen.insert(*id), "{id} twice with {extra:?}");
            }
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&after_cursor={next}"),
                None => break,
            }
        }
        assert_eq!((seen.len(), pages), (total, 13));
    }
    let (status, _) = get(format!("{base}/markets/keyset?offset=5")).await;
    assert_eq!(status, 422);
    let (status, _) = get(format!("{base}/markets?offset=2001")).await;
    assert_eq!(status, 422);
    let (_, first) = get(format!("{base}/markets?limit=3&offset=1")).await;
    assert_eq!(ids(&first), [600_002, 600_003, 600_004]);
}

#[tokio::test]
async fn events_hold_their_markets_and_single_rows_are_found() {
    let venue = venue(7).await;
    let base = venue.gamma_url();
    let (mut markets, mut cursor) = (0, String::new());
    loop {
        let (_, page) = get(format!("{base}/events/keyset?limit=100{cursor}")).await;
        markets +=
            page["events"].as_array().unwrap().iter().map(|e| e["markets"].as_array().unwrap().len()).sum::<usize>();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&after_cursor={next}"),
            None => break,
        }
    }
    assert_eq!(markets, 1_240);
    let (_, market) = get(format!("{base}/markets/600010")).await;
    let (_, by_slug) = get(format!("{base}/markets/slug/{}", market["slug"].as_str().unwrap())).await;
    assert_eq!(market, by_slug);
    let (_, event) = get(format!("{base}/events/{}?x=1", market["events"][0]["id"].as_str().unwrap())).await;
    assert!(ids(&event["markets"]).contains(&600_010));
    assert_eq!(get(format!("{base}/markets/1")).await.0, 404);
    assert_eq!(get(format!("{base}/events/nope")).await.0, 404);
    // What the venue writes as JSON inside a string stays that way.
    let tokens: Vec<String> = serde_json::from_str(market["clobTokenIds"].as_str().unwrap()).unwrap();
    let (_, found) = get(format!("{base}/markets?clob_token_ids={}", tokens[1])).await;
    assert_eq!(ids(&found), [600_010]);
    let prices: Vec<String> = serde_json::from_str(market["outcomePrices"].as_str().unwrap()).unwrap();
    assert!((prices.iter().map(|p| p.parse::<f64>().unwrap()).sum::<f64>() - 1.0).abs() < 1e-9);
}

#[tokio::test]
async fn books_ascend_and_descend_to_the_touch_and_batches_are_bounded() {
    let venue = venue(7).await;
    let (_, market) = get(format!("{}/markets/600300", venue.gamma_url())).await;
    let tokens: Vec<String> = serde_json::from_str(market["clobTokenIds"].as_str().unwrap()).unwrap();
    let clob = venue.clob_url();
    let (_, book) = get(format!("{clob}/book?token_id={}", tokens[0])).await;
    let prices = |side: &str| -> Vec<f64> {
        book[side].as_array().unwrap().iter().map(|l| l["price"].as_str().unwrap().parse().unwrap()).collect()
    };
    let (bids, asks) = (prices("bids"), prices("asks"));
    assert!(bids.is_sorted() && asks.is_sorted_by(|a, b| a >= b), "{bids:?} {asks:?}");
    assert_eq!(book["market"], market["conditionId"]);
    if let (Some(bid), Some(shown)) = (bids.last(), market["bestBid"].as_f64()) {
        assert!((bid - shown).abs() < 1e-12);
    }
    let post = async |rows: Vec<Value>| {
        let answer = client().post(format!("{clob}/books")).json(&rows).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let both =
        vec![json!({"token_id": tokens[0]}), json!({"token_id": tokens[1]}), json!({"token_id": "404"}), json!(7)];
    assert_eq!(post(both).await.1.as_array().unwrap().len(), 2);
    assert_eq!(post(vec![json!({"token_id": "1"}); 501]).await.0, 400);
    assert_eq!(get(format!("{clob}/book?token_id=404")).await.0, 404);
    assert_eq!(get(format!("{clob}/book")).await.0, 400);
}

#[tokio::test]
async fn the_real_client_reads_every_market_and_book() {
    let started = Instant::now();
    let source = SimulatedSource::start(config(7, 0.0)).await.unwrap();
    let ready = started.elapsed();
    let markets = source.markets(&MarketFilter::default()).await.unwrap();
    let listed = started.elapsed();
    assert_eq!(markets.len(), 1_240);
    assert_eq!(source.label(), SourceLabel::Simulated { seed: 7 });
    assert_eq!(source.now(), GENESIS);
    let world = World::new(7);
    let by_id: HashMap<&str, usize> = world.markets.iter().enumerate().map(|(i, m)| (m.id.as_str(), i)).collect();
    for m in &markets {
        let i = by_id[m.id.as_str()];
        let event = &world.events[world.markets[i].event];
        assert_eq!(m.status, MarketStatus::Open, "{}", m.question);
        assert_eq!(m.fee, Some(event.category.fee()), "{}", m.question);
        assert_eq!(m.tick.e4(), world.tick_e4(i, GENESIS.millis()));
        assert_eq!(m.description.as_deref(), Some(world.markets[i].text.description.as_str()));
        assert_eq!(m.question, world.markets[i].text.question);
        assert_eq!(m.neg_risk.is_some(), event.neg_risk.is_some());
        assert_eq!(m.neg_risk.as_ref().is_some_and(|n| n.augmented), event.neg_risk.is_some() && event.augmented);
        if m.neg_risk.is_some() {
            assert_eq!(m.event.as_ref().and_then(|e| e.market_count), Some(event.markets.len() as u32));
        }
    }
    let tokens: Vec<TokenId> = markets.iter().flat_map(|m| [m.yes.clone(), m.no.clone()]).collect();
    let books: BTreeMap<TokenId, Book> =
        source.books(&tokens).await.unwrap().into_iter().map(|b| (b.token.clone(), b)).collect();
    let done = started.elapsed();
    eprintln!("venue ready {ready:?}, 1,240 markets {listed:?}, 2,480 books {done:?}");
    assert_eq!(books.len(), 2_480);
    for m in &markets {
        assert_eq!(books[&m.yes].mirrored(m.no.clone()), books[&m.no]);
        assert!(books[&m.yes].check(source.now(), 1_000, BookSide::Ask).is_ok() || books[&m.yes].best_ask().is_none());
    }
    source.shutdown().await;
}

#[tokio::test]
async fn history_ends_in_the_present_and_lies_between_zero_and_one() {
    let source = SimulatedSource::start(SimConfig { start_elapsed_ms: 86_400_000, ..config(7, 0.0) }).await.unwrap();
    let market = source.market(&MarketId::new("600250").unwrap()).await.unwrap();
    let now = source.now();
    let from = now.plus_millis(-10 * DAY_MS);
    let yes = source.price_history(&market.yes, from, now).await.unwrap();
    let no = source.price_history(&market.no, from, now).await.unwrap();
    assert!(yes.len() > 100 && yes.len() == no.len(), "{} {}", yes.len(), no.len());
    for (y, n) in yes.iter().zip(&no) {
        assert!(y.at >= from && y.at <= now && y.at == n.at);
        assert_eq!(y.price.complement(), n.price);
    }
    let distinct: BTreeSet<_> = yes.iter().map(|p| p.price).collect();
    assert!(distinct.len() > 5, "the price moves");
}

/// A websocket client without any of the crate's own code.
struct Raw(tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>);

impl Raw {
    async fn open(venue: &SimVenue) -> Self {
        Self(tokio_tungstenite::connect_async(format!("{}/ws/market", venue.ws_url())).await.unwrap().0)
    }

    async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::Text(text.into().into())).await.unwrap();
    }

    async fn text(&mut self) -> Option<String> {
        match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a frame in time") {
            Some(Ok(Message::Text(text))) => Some(text.as_str().to_owned()),
            _ => None,
        }
    }

    /// The messages of the next frame.
    async fn messages(&mut self) -> Vec<Value> {
        let text = self.text().await.expect("a text frame");
        match serde_json::from_str(&text).unwrap() {
            Value::Array(list) => list,
            one => vec![one],
        }
    }
}

/// Both sides of a book as the messages tell it, price text → size text.
type Levels = [BTreeMap<String, String>; 2];

fn levels(book: &Value) -> Levels {
    ["bids", "asks"].map(|side| {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        book[side].as_array().unwrap().iter().map(|l| (text(&l["price"]), text(&l["size"]))).collect()
    })
}

fn best(levels: &Levels) -> (f64, f64) {
    let prices = |i: usize| levels[i].keys().map(|p| p.parse::<f64>().unwrap());
    (prices(0).fold(0.0, f64::max), prices(1).fold(1.0, f64::min))
}

#[tokio::test]
async fn a_websocket_client_follows_the_books_by_changes_alone() {
    let venue = venue(11).await;
    let (_, page) = get(format!("{}/markets?limit=40&offset=500", venue.gamma_url())).await;
    let tokens: Vec<String> = page
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|m| serde_json::from_str::<Vec<String>>(m["clobTokenIds"].as_str().unwrap()).unwrap())
        .collect();
    let mut raw = Raw::open(&venue).await;
    raw.send(json!({"assets_ids": tokens, "type": "market", "custom_feature_enabled": true}).to_string()).await;
    let mut books: HashMap<String, Levels> = HashMap::new();
    for message in raw.messages().await {
        assert_eq!(message["event_type"], "book");
        books.insert(message["asset_id"].as_str().unwrap().to_owned(), levels(&message));
    }
    assert_eq!(books.len(), 80);
    raw.send("PING").await;
    assert_eq!(raw.text().await.as_deref(), Some("PONG"));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..30 {
        venue.sim_clock().advance_by(10 * 60_000);
        // A probe of the present: the answer comes after everything the step brought.
        tokio::time::sleep(Duration::from_millis(250)).await;
        raw.send("PING").await;
        loop {
            let text = raw.text().await.unwrap();
            if text == "PONG" {
                break;
            }
            let message: Value = serde_json::from_str(&text).unwrap();
            *kinds.entry(message["event_type"].as_str().unwrap().to_owned()).or_default() += 1;
            for change in message["price_changes"].as_array().into_iter().flatten() {
                let book = books.get_mut(change["asset_id"].as_str().unwrap()).unwrap();
                let side = usize::from(change["side"] == "SELL");
                let text = |key: &str| change[key].as_str().unwrap().to_owned();
                if text("size") == "0" {
                    assert!(book[side].remove(&text("price")).is_some(), "a removal of what was there: {change}");
                } else {
                    book[side].insert(text("price"), text("size"));
                }
                let told = (text("best_bid").parse::<f64>().unwrap(), text("best_ask").parse::<f64>().unwrap());
                assert_eq!(best(book), told, "{change}");
                assert!(told.0 < told.1, "never crossed on the way: {change}");
            }
        }
    }
    assert!(kinds["price_change"] > 100 && kinds["best_bid_ask"] > 10 && kinds["last_trade_price"] > 0, "{kinds:?}");
    // After all changes the kept books are the served ones.
    for token in &tokens {
        let (status, book) = get(format!("{}/book?token_id={token}", venue.clob_url())).await;
        assert!(status == 404 || levels(&book) == books[token], "{token}");
    }
}

#[tokio::test]
async fn unsubscribing_silences_and_resolutions_are_told() {
    let venue = venue(7).await;
    let world = World::new(7);
    // The earliest to resolve, and one that stays.
    let soon = world.markets.iter().min_by_key(|m| m.fate.resolved_at).unwrap();
    let stays = world.markets.iter().max_by_key(|m| m.fate.resolved_at).unwrap();
    let mut raw = Raw::open(&venue).await;
    let all = [&soon.tokens[0], &stays.tokens[0]];
    raw.send(json!({"assets_ids": all, "type": "market", "custom_feature_enabled": true}).to_string()).await;
    assert_eq!(raw.messages().await.len(), 2);
    raw.send(json!({"operation": "unsubscribe", "assets_ids": [stays.tokens[0]]}).to_string()).await;
    raw.send("PING").await;
    assert_eq!(raw.text().await.as_deref(), Some("PONG"));
    venue.sim_clock().advance_by((soon.fate.resolved_at - GENESIS.millis()) as u64);
    let end = loop {
        let message = raw.messages().await.remove(0);
        assert_ne!(message["market"], stays.condition_id, "{message}");
        if message["event_type"] == "market_resolved" {
            break message;
        }
    };
    assert_eq!(end["id"], soon.id);
    let winner = match soon.fate.resolution {
        Resolution::Yes => soon.tokens[0].as_str(),
        Resolution::No => soon.tokens[1].as_str(),
        Resolution::Void => "",
    };
    assert_eq!(end["winning_asset_id"], winner);
    // Gone from the open listing and from the books, found among the closed.
    assert_eq!(get(format!("{}/book?token_id={}", venue.clob_url(), soon.tokens[0])).await.0, 404);
    let (_, open) = get(format!("{}/markets?id={}", venue.gamma_url(), soon.id)).await;
    let (_, closed) = get(format!("{}/markets?id={}&closed=true", venue.gamma_url(), soon.id)).await;
    assert_eq!((open.as_array().unwrap().len(), closed.as_array().unwrap().len()), (0, 1));
}

#[tokio::test]
async fn new_markets_are_told_to_whoever_asked_for_it() {
    let venue = venue(7).await;
    let mut raw = Raw::open(&venue).await;
    raw.send(json!({"assets_ids": [], "type": "market", "custom_feature_enabled": true}).to_string()).await;
    // Not JSON, not a request, not a kind: passed over.
    for odd in ["{", "[]", "7", "{\"type\":\"user\"}", "{\"assets_ids\":[1]}", "ping"] {
        raw.send(odd).await;
    }
    raw.send("PING").await;
    assert_eq!(raw.text().await.as_deref(), Some("PONG"));
    venue.sim_clock().advance_by(2 * 86_400_000);
    let message = raw.messages().await.remove(0);
    assert_eq!(message["event_type"], "new_market");
    let (status, market) = get(format!("{}/markets/{}", venue.gamma_url(), message["id"].as_str().unwrap())).await;
    assert_eq!((status, &market["question"]), (200, &message["question"]));
    assert_eq!(message["clob_token_ids"].to_string(), market["clobTokenIds"].as_str().unwrap());
}

#[tokio::test]
async fn the_client_learns_of_proposals_disputes_and_every_kind_of_end() {
    let source = SimulatedSource::start(config(4, 0.0)).await.unwrap();
    let mut world = World::new(4);
    let disputed = world.markets.iter().min_by_key(|m| m.fate.disputed_at.unwrap_or(i64::MAX)).unwrap();
    let (id, at) = (disputed.id.clone(), disputed.fate.disputed_at.unwrap());
    let proposed_at = disputed.fate.proposed_at;
    let read = async |id: &str| source.market(&MarketId::new(id).unwrap()).await.unwrap();
    let clock = source.venue().sim_clock();
    let mut go = |to: i64| {
        clock.advance_by((to - GENESIS.millis()) as u64 - clock.elapsed_ms());
        world.advance(crate::time::Timestamp::from_millis(to));
    };
    assert_eq!(read(&id).await.status, MarketStatus::Open);
    go(proposed_at);
    assert_eq!(read(&id).await.status, MarketStatus::Proposed);
    go(at);
    assert_eq!(read(&id).await.status, MarketStatus::Disputed);
    go(GENESIS.millis() + 200 * DAY_MS);
    let mut seen = BTreeSet::new();
    for m in world.markets.iter().filter(|m| m.fate.resolved_at <= world.now) {
        if seen.insert(format!("{:?}", m.fate.resolution)) {
            let market: Market = read(&m.id).await;
            assert_eq!(
                (market.status, market.resolution),
                (MarketStatus::Resolved, Some(m.fate.resolution)),
                "{}",
                m.id
            );
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[tokio::test]
async fn a_restart_continues_where_it_left_off() {
    let first = SimVenue::start(config(9, 0.0)).await.unwrap();
    first.sim_clock().advance_by(5 * 86_400_000 + 4_321);
    let listing = async |venue: &SimVenue| get(format!("{}/markets?limit=100&order=volume", venue.gamma_url())).await.1;
    let before = listing(&first).await;
    let elapsed = first.elapsed_ms();
    first.shutdown().await;
    let second = SimVenue::start(SimConfig { start_elapsed_ms: elapsed, ..config(9, 0.0) }).await.unwrap();
    assert_eq!(before, listing(&second).await);
    assert_eq!(second.elapsed_ms(), 5 * 86_400_000 + 4_321);
}

fn impatient(venue: &SimVenue) -> LiveSource {
    LiveSource::connect(LiveConfig {
        gamma: venue.gamma_url(),
        clob: venue.clob_url(),
        ws: venue.ws_url(),
        clock: venue.clock(),
        request_timeout: Duration::from_millis(200),
        ..LiveConfig::default()
    })
    .unwrap()
}

#[tokio::test]
async fn rest_faults_reach_the_client_as_what_they_are() {
    let venue = venue(7).await;
    let source = impatient(&venue);
    let faults = venue.faults();
    let id = MarketId::new("600300").unwrap();
    let market = source.market(&id).await.unwrap();
    for fault in [Fault::ServerError, Fault::Hang] {
        faults.start(fault);
        let error = source.market(&id).await.unwrap_err();
        assert!(matches!(error, SourceError::Unavailable { .. }), "{fault:?}: {error}");
        faults.stop(fault);
    }
    faults.start(Fault::MalformedJson);
    let error = source.market(&id).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{error}");
    faults.clear();
    let check = async || {
        let books = source.books(std::slice::from_ref(&market.yes)).await.unwrap();
        books[0].check(source.now(), 60_000, BookSide::Ask)
    };
    assert_eq!(check().await, Ok(()));
    faults.start(Fault::CrossedBook);
    assert!(matches!(check().await, Err(crate::book::BookFault::Crossed { .. })), "{:?}", check().await);
    faults.clear();
    faults.start(Fault::StaleBook);
    assert!(
        matches!(check().await, Err(crate::book::BookFault::Stale { age_ms: 3_600_000, .. })),
        "{:?}",
        check().await
    );
    faults.clear();
    assert_eq!(check().await, Ok(()));
}

/// Moves the venue on until the subscription yields what is wanted.
async fn until(
    venue: &SimVenue,
    subscription: &mut Box<dyn crate::source::Subscription>,
    wanted: impl Fn(&MarketEvent) -> bool,
) {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        venue.sim_clock().advance_by(30_000);
        while let Ok(event) = tokio::time::timeout(Duration::from_millis(20), subscription.next()).await {
            if wanted(&event.expect("the subscription lives")) {
                return;
            }
        }
    }
    panic!("not seen in time");
}

#[tokio::test]
async fn the_client_notices_omitted_removals_and_dropped_connections() {
    let venue = venue(7).await;
    let source = impatient(&venue);
    let markets = source.markets(&MarketFilter { limit: Some(30), query: None }).await.unwrap();
    let tokens: Vec<TokenId> = markets.iter().map(|m| m.yes.clone()).collect();
    let mut subscription = source.subscribe(&tokens).await.unwrap();
    until(&venue, &mut subscription, |e| matches!(e, MarketEvent::Book(b) if b.in_sync)).await;
    // A venue without faults never looks like one with a gap.
    for _ in 0..30 {
        venue.sim_clock().advance_by(120_000);
        while let Ok(event) = tokio::time::timeout(Duration::from_millis(40), subscription.next()).await {
            assert!(!matches!(event, Some(MarketEvent::Gap { .. }) | None), "{event:?}");
        }
    }
    let faults = venue.faults();
    faults.start(Fault::OmitRemovals);
    until(&venue, &mut subscription, |e| matches!(e, MarketEvent::Gap { .. })).await;
    faults.clear();
    until(&venue, &mut subscription, |e| matches!(e, MarketEvent::Book(_))).await;
    faults.start(Fault::DropWebsocket);
    until(&venue, &mut subscription, |e| matches!(e, MarketEvent::Gap { .. })).await;
    faults.clear();
    until(&venue, &mut subscription, |e| matches!(e, MarketEvent::Book(b) if b.in_sync)).await;
}

#[tokio::test]
async fn a_stopped_venue_answers_nothing() {
    let venue = venue(7).await;
    let url = format!("{}/ok", venue.clob_url());
    assert_eq!(get(url.clone()).await.0, 200);
    venue.shutdown().await;
    assert!(client().get(url).send().await.is_err());
}

#[tokio::test]
async fn an_occupied_address_is_an_error_that_says_so() {
    let first = venue(7).await;
    let address = first.ws_url().trim_start_matches("ws://").parse().unwrap();
    let error = SimulatedSource::start(SimConfig { listen: address, ..config(8, 0.0) }).await.unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}
