//! Saved answers and quote folders: as recorded, by hand, cut and spoiled.

use super::*;
use crate::book::{BookFault, BookSide};
use crate::fee::FeeSchedule;
use crate::ids::MarketId;
use crate::market::{MarketStatus, Resolution};
use crate::source::{MarketFilter, MarketSource, SourceError, SourceLabel};
use crate::test_data;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn dump() -> Value {
    json!([
        {"id": "1", "conditionId": "0x1", "question": "A?", "outcomes": "[\"Yes\",\"No\"]", "clobTokenIds": "[\"11\",\"12\"]",
         "bestBid": 0.4, "bestAsk": 0.45, "acceptingOrders": true, "feesEnabled": false, "updatedAt": "2026-02-07T20:00:00Z"},
        {"id": "2", "conditionId": "0x2", "question": "B?", "outcomes": "[\"Yes\",\"No\"]", "clobTokenIds": "[\"21\",\"22\"]",
         "bestBid": 0, "bestAsk": 0.02, "updatedAt": "2026-02-07T21:00:00Z"},
        {"id": "3", "conditionId": "0x3", "question": "C?", "outcomes": "[\"Yes\",\"No\"]", "clobTokenIds": "[\"31\",\"32\"]"},
        {"id": "4", "question": "no condition"},
    ])
}

fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn token(text: &str) -> TokenId {
    TokenId::new(text).unwrap()
}

fn reason<T: std::fmt::Debug>(result: Result<T, SourceError>) -> String {
    match result.unwrap_err() {
        SourceError::Recording { name, reason } => {
            assert!(!name.contains('/'), "{name}");
            reason
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_dump_stands_at_its_latest_update_and_mirrors_its_tops() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "Some dump.json", dump().to_string().as_bytes());
    let source = GammaDump::open(&path).unwrap();
    let as_of = Timestamp::parse("2026-02-07T21:00:00Z").unwrap();
    assert_eq!(source.label(), SourceLabel::Recorded { as_of, name: "some-dump".to_owned() });
    assert_eq!((source.now(), source.rejected().len()), (as_of, 1));
    assert_eq!(source.markets(&MarketFilter::default()).await.unwrap().len(), 3);
    let all: Vec<_> = ["11", "12", "21", "22", "31", "99"].map(token).into();
    let books = source.books(&all).await.unwrap();
    // Market 3 has no prices and token 99 no market.
    assert_eq!(books.iter().map(|b| b.token.as_str()).collect::<Vec<_>>(), ["11", "12", "21", "22"]);
    let touch = |i: usize, side| books[i].levels(side).iter().map(|l| l.price.e4()).collect::<Vec<_>>();
    assert_eq!((touch(0, BookSide::Bid), touch(0, BookSide::Ask)), (vec![4_000], vec![4_500]));
    assert_eq!((touch(1, BookSide::Bid), touch(1, BookSide::Ask)), (vec![5_500], vec![6_000]));
    // No bid for YES is no ask for NO.
    assert_eq!((touch(2, BookSide::Bid), touch(2, BookSide::Ask)), (vec![], vec![200]));
    assert_eq!((touch(3, BookSide::Bid), touch(3, BookSide::Ask)), (vec![9_800], vec![]));
    for book in &books {
        assert_eq!((book.depth, book.at, book.in_sync), (Depth::Unknown, as_of, true));
        let levels = [BookSide::Bid, BookSide::Ask].into_iter().flat_map(|s| book.levels(s));
        assert!(levels.clone().all(|l| l.size == TOP_OF_BOOK_ASSUMED_SHARES));
        assert!(levels.count() > 0);
    }
    assert_eq!(books[2].check(as_of, 0, BookSide::Bid), Err(BookFault::OneSided { missing: BookSide::Bid }));
    assert!(matches!(source.subscribe(&all).await, Err(SourceError::Unsupported(_))));
    assert!(matches!(source.price_history(&all[0], as_of, as_of).await, Err(SourceError::Unsupported(_))));
    let missing = source.market(&MarketId::new("9").unwrap()).await.unwrap_err();
    assert!(matches!(missing, SourceError::NotFound { .. }));
}

#[tokio::test]
async fn packed_and_plain_and_misnamed_dumps_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = json!({"as_of": "2026-03-01T00:00:00Z", "data": dump()}).to_string();
    for (name, bytes) in
        [("d.json", text.clone().into_bytes()), ("d.json.gz", gzip(text.as_bytes())), ("d", gzip(text.as_bytes()))]
    {
        let source = open_recorded(write(&folder, name, &bytes)).unwrap();
        assert_eq!(source.now(), Timestamp::parse("2026-03-01").unwrap(), "{name}");
        assert_eq!(source.markets(&MarketFilter::default()).await.unwrap().len(), 3, "{name}");
    }
}

#[test]
fn what_is_no_whole_dump_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let text = dump().to_string();
    let refused = |name: &str, bytes: &[u8]| reason(GammaDump::open(write(&folder, name, bytes)));
    assert!(refused("a.json", b"").contains("empty"));
    assert!(refused("a.json", b" \n").contains("empty"));
    assert!(refused("a.json", b"<html>no</html>").contains("not JSON"));
    assert!(refused("a.json", b"[]").contains("no market"));
    assert!(refused("a.json", b"[{\"id\":\"1\"}]").contains("none of its 1 rows"));
    assert!(refused("a.json", b"{\"error\":\"x\"}").contains("no list of markets"));
    let undated = json!([dump()[2]]).to_string();
    assert!(refused("a.json", undated.as_bytes()).contains("as_of"));
    for cut in 1..text.len() {
        let reason = refused("a.json", &text.as_bytes()[..cut]);
        assert!(reason.contains("cut off") && reason.contains("curl"), "{cut}: {reason}");
    }
    let packed = gzip(text.as_bytes());
    for cut in 2..packed.len() {
        let reason = refused("a.json.gz", &packed[..cut]);
        assert!(reason.contains("cut off") || reason.contains("empty"), "{cut}: {reason}");
    }
    let mut flipped = packed.clone();
    flipped[packed.len() / 2] ^= 0x10;
    assert!(!refused("a.json.gz", &flipped).is_empty());
    assert!(reason(GammaDump::open(folder.path().join("absent.json"))).contains("cannot be opened"));
}

#[test]
fn the_opener_names_what_it_can_open() {
    let folder = tempfile::tempdir().unwrap();
    for path in
        [folder.path().join("absent"), folder.path().to_owned(), write(&folder, "photo.png", b"\x89PNG\r\n\x1a\n0000")]
    {
        let reason = match open_recorded(&path) {
            Err(SourceError::Recording { reason, .. }) => reason,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{} opened", path.display()),
        };
        assert!(reason.contains(".bettyrec") && reason.contains("quotes.csv.gz"), "{reason}");
    }
    let other = write(&folder, "x.bettyrec", b"[]");
    assert!(
        matches!(open_recorded(other), Err(SourceError::Recording { reason, .. }) if reason.contains("not a Betty recording"))
    );
}

#[tokio::test]
async fn the_recorded_dump_is_whole() {
    let Some(path) = test_data::find("gamma-2026-02-07/markets.json.gz", "the recorded dump as a source") else {
        return;
    };
    let began = Instant::now();
    let source = GammaDump::open(&path).unwrap();
    eprintln!("the dump of 500 markets opened in {:?}", began.elapsed());
    let raw: Vec<Value> = serde_json::from_slice(&test_data::read(&path)).unwrap();
    assert_eq!((raw.len(), source.rejected().len()), (500, 0));
    let markets = source.markets(&MarketFilter::default()).await.unwrap();
    assert_eq!(markets.len(), raw.len());
    assert!(markets.iter().all(|m| m.fee == Some(FeeSchedule::FREE)));
    let latest = raw.iter().map(|m| m["updatedAt"].as_str().unwrap()).max().unwrap();
    assert_eq!(source.now().to_string()[..19], latest[..19]);
    let SourceLabel::Recorded { name, .. } = source.label() else { panic!() };
    assert_eq!(name, "gamma-2026-02-07");
    let tokens: Vec<_> = markets.iter().flat_map(|m| [m.yes.clone(), m.no.clone()]).collect();
    let books = source.books(&tokens).await.unwrap();
    let with_bid = raw.iter().filter(|m| m["bestBid"].as_f64().unwrap_or(0.0) > 0.0).count();
    assert_eq!(books.len(), 2 * raw.len());
    let bids: usize = books.iter().map(|b| b.levels(BookSide::Bid).len()).sum();
    assert_eq!(bids, with_bid + raw.len(), "YES bids, and a NO bid for each YES ask");
}

const MARKETS_HEADER: &str =
    "market_id,question,category_guess,end_date,yes_token_id,no_token_id,neg_risk_group_id,outcome,resolved_at";
const QUOTES_HEADER: &str = "ts,market_id,yes_mid,yes_bid,yes_ask,volume_24h";

fn quotes_folder(markets: &str, quotes: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "markets.csv.gz", &gzip(format!("{MARKETS_HEADER}\n{markets}").as_bytes()));
    write(&folder, "quotes.csv", format!("{QUOTES_HEADER}\n{quotes}").as_bytes());
    folder
}

#[tokio::test]
async fn quotes_answer_as_of_the_chosen_instant() {
    let hour = 3_600;
    let folder = quotes_folder(
        "1,\"A, or B?\",x,2026-04-01,11,12,0xg,Yes,1970-01-02T00:00:00Z\n2,C?,x,,21,22,,Team,\n3,never quoted,x,,31,32,,,\n4,D?,x,,41,41,,,\n",
        &format!(
            "3600,1,0.5,,,10.9\n7200,1,0.45,0.4,0.5,20\n7200,2,0.0015,0.001,0.002,\n36000,1,0.9,0.85,0.95,30\nx,1,0.5,,,\n{},9,0.5,,,\n7300,1,7,,,\n",
            3 * hour
        ),
    );
    let last = QuotesSet::open(folder.path()).unwrap();
    // Bad: a market with one token twice; quotes with no time, an unknown market, an impossible price.
    assert_eq!((last.quote_count(), last.rejected_rows()), (4, 4));
    assert_eq!(last.last(), Timestamp::from_secs(10 * hour));
    let at = |secs| last.standing_at(Timestamp::from_secs(secs));
    let all = MarketFilter::default();
    assert!(at(3_599).markets(&all).await.unwrap().is_empty(), "nothing is known before the first quote");

    // Hour 1: a price and no book.
    let first = at(3_600);
    let market = first.markets(&all).await.unwrap().remove(0);
    assert_eq!((market.question.as_str(), market.description.clone(), market.fee), ("A, or B?", None, None));
    assert_eq!((market.status, market.volume_usd), (MarketStatus::Open, Some(10)));
    assert_eq!((market.condition.as_str(), market.tick.e4()), ("unrecorded:1", 100));
    assert!(market.neg_risk.unwrap().augmented);
    assert!(first.books(&[token("11")]).await.unwrap().is_empty());

    // Hour 2 and a bit: the book of hour 2, mirrored for NO, stamped with its own time.
    let second = at(2 * hour + 99);
    let books = second.books(&[token("11"), token("12"), token("31")]).await.unwrap();
    assert_eq!(books.len(), 2);
    assert_eq!((books[1].best_bid().unwrap().price.e4(), books[1].best_ask().unwrap().price.e4()), (5_000, 6_000));
    assert_eq!((books[0].at, books[0].depth), (Timestamp::from_secs(2 * hour), Depth::Unknown));
    let fine = second.market(&MarketId::new("2").unwrap()).await.unwrap();
    assert_eq!((fine.tick.e4(), fine.volume_usd), (10, None));

    // Hour 10: market 2 was last seen eight hours ago.
    assert_eq!(last.market(&MarketId::new("2").unwrap()).await.unwrap().status, MarketStatus::Halted);
    let history = last
        .price_history(&token("12"), Timestamp::from_secs(0), Timestamp::from_secs(i64::MAX / 2_000))
        .await
        .unwrap();
    assert_eq!(history.iter().map(|p| p.price.e4()).collect::<Vec<_>>(), [5_000, 5_500, 1_000]);
    let history = second.price_history(&token("11"), Timestamp::from_secs(0), last.now()).await.unwrap();
    assert_eq!(history.len(), 2, "nothing later than the instant");

    // A day later market 1 is resolved: gone from the open ones, its result known.
    let after = at(86_400);
    assert_eq!(after.market(&MarketId::new("1").unwrap()).await.unwrap().resolution, Some(Resolution::Yes));
    assert!(after.markets(&all).await.unwrap().iter().all(|m| m.id.as_str() != "1"));
    assert_eq!(at(86_399).market(&MarketId::new("1").unwrap()).await.unwrap().resolution, None);
}

#[test]
fn quotes_that_cannot_be_used_are_refused_with_advice() {
    let good = "1,A?,x,,11,12,,,\n";
    let refused = |folder: &tempfile::TempDir| reason(QuotesSet::open(folder.path()));
    assert!(refused(&quotes_folder(good, "")).contains("no usable quote"));
    assert!(refused(&quotes_folder("", "1,1,0.5,,,\n")).contains("no usable quote"));
    let folder = quotes_folder(good, "1,1,0.5,,,\n");
    assert!(QuotesSet::open(folder.path()).is_ok());
    write(&folder, "quotes.csv", b"ts,market,price\n");
    assert!(refused(&folder).contains("no column market_id"));
    let whole = std::fs::read(folder.path().join("markets.csv.gz")).unwrap();
    write(&folder, "markets.csv.gz", &whole[..whole.len() - 9]);
    assert!(refused(&folder).contains("cut off"));
    std::fs::remove_file(folder.path().join("markets.csv.gz")).unwrap();
    assert!(refused(&folder).contains("markets.csv.gz"));
}

#[tokio::test]
async fn the_recorded_quotes_load_quickly_and_agree_with_the_file() {
    let Some(folder) = test_data::find("quotes-2026-03-22_04-11", "the recorded quotes") else { return };
    let began = Instant::now();
    let set = QuotesSet::open(&folder).unwrap();
    eprintln!("{} quotes loaded in {:?} (unoptimised build)", set.quote_count(), began.elapsed());
    assert_eq!(set.rejected_rows(), 0);
    // Read again, as text, without the code under test.
    let text = String::from_utf8(test_data::read(&folder.join("quotes.csv.gz"))).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    assert_eq!(set.quote_count(), rows.len());
    let mut by_market: BTreeMap<&str, Vec<&Vec<&str>>> = BTreeMap::new();
    for row in &rows {
        by_market.entry(row[1]).or_default().push(row);
    }
    let last = rows.iter().map(|r| r[0].parse::<i64>().unwrap()).max().unwrap();
    assert_eq!(set.now(), Timestamp::from_secs(last));
    // A handful of markets at a handful of instants, by a linear search through the text.
    for (n, (id, quotes)) in by_market.iter().enumerate().filter(|(n, _)| n % 23 == 0) {
        for pick in [0, quotes.len() / 2, quotes.len() - 1] {
            let secs: i64 = quotes[pick][0].parse().unwrap();
            let at = set.standing_at(Timestamp::from_secs(secs + n as i64 % 7));
            let expected =
                quotes.iter().rev().find(|q| q[0].parse::<i64>().unwrap() <= at.now().millis() / 1_000).unwrap();
            let market = at.market(&MarketId::new(*id).unwrap()).await.unwrap();
            let number = |text: &str| text.parse::<f64>().ok().filter(|p| *p > 0.0 && *p < 1.0);
            assert_eq!(market.best_bid.map(|p| p.to_f64()), number(expected[3]));
            assert_eq!(market.best_ask.map(|p| p.to_f64()), number(expected[4]));
            let books = at.books(&[market.yes.clone(), market.no.clone()]).await.unwrap();
            let priced = number(expected[3]).is_some() || number(expected[4]).is_some();
            assert_eq!(books.len(), if priced { 2 } else { 0 });
            assert!(books.iter().all(|b| b.depth == Depth::Unknown && b.at <= at.now()));
            assert!(market.description.is_none());
        }
    }
}
