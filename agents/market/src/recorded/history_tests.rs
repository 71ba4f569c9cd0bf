//! History from quotes folders and recordings: order, sealing, holes, hashes.

use super::*;
use crate::gamma::parse_market;
use crate::history::{History, HistoryEvent, HistoryRecord};
use crate::ids::MarketId;
use crate::market::{Market, MarketStatus, Resolution};
use crate::source::MarketEvent;
use crate::test_data;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn id(text: &str) -> MarketId {
    MarketId::new(text).unwrap()
}

fn token(text: &str) -> TokenId {
    TokenId::new(text).unwrap()
}

fn quotes(markets: &str, quotes: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let header = "market_id,question,category_guess,end_date,yes_token_id,no_token_id,neg_risk_group_id,outcome,outcome_source,resolved_at";
    std::fs::write(folder.path().join("markets.csv"), format!("{header}\n{markets}")).unwrap();
    let header = "ts,market_id,yes_mid,yes_bid,yes_ask,volume_24h";
    std::fs::write(folder.path().join("quotes.csv"), format!("{header}\n{quotes}")).unwrap();
    folder
}

fn all(history: &dyn History) -> Vec<HistoryRecord> {
    history.records().collect::<Result<_, _>>().unwrap()
}

/// A record in few words.
fn short(record: &HistoryRecord) -> String {
    let what = match &record.event {
        HistoryEvent::Market(m) => {
            let m = m.market();
            format!("market {} {:?} {:?} tick {}", m.id, m.status, m.resolution, m.tick)
        }
        HistoryEvent::Book(b) => {
            let price = |l: Option<Level>| l.map_or("-".to_owned(), |l| l.price.to_string());
            format!("book {} {}/{}", b.token, price(b.best_bid()), price(b.best_ask()))
        }
        HistoryEvent::Gap { token } => format!("gap {token}"),
        HistoryEvent::Tick { token, tick } => format!("tick {token} {tick}"),
        HistoryEvent::Trade { token, price, shares } => format!("trade {token} {price} {shares:?}"),
        HistoryEvent::Ended { market, ending } => {
            let early = ending.reveal(ending.public_at().plus_millis(-1));
            format!("ended {market} {:?} {early:?}", ending.reveal(ending.public_at()))
        }
    };
    format!("{} {what}", record.at.millis() / 1_000)
}

fn ordered(records: &[HistoryRecord]) {
    assert!(records.windows(2).all(|w| w[0].order() < w[1].order()));
}

#[test]
fn quotes_replay_in_the_order_of_time_with_results_sealed() {
    let folder = quotes(
        "1,A?,sports,2026-04-01,11,12,0xg,Yes,reported,1970-01-01T00:03:20Z\n\
         2,B?,,,21,22,,No,inferred_last_price,1970-01-01T00:04:00Z\n\
         3,C vs. D,crypto,,31,32,,C,reported,1970-01-01T00:04:00Z\n\
         4,never quoted,x,,41,42,,Yes,reported,1970-01-01T00:04:00Z\n\
         5,ended before its first quote,sports,,51,52,,No,reported,1970-01-01T00:00:01Z\n",
        "300,5,0.5,0.4,0.6,\n100,1,0.5,,,10\n200,1,0.5,0.45,0.5,20\n200,2,0.5,0.5,,\n250,2,0.5,0.51,0.525,\n260,2,0.5,0.5101,0.525,\n\
         270,2,0.5,0.51,0.52,\n300,3,0.5,0,1,\n",
    );
    let set = QuotesSet::open(folder.path()).unwrap();
    let records = all(&set);
    ordered(&records);
    assert_eq!(
        records.iter().map(short).collect::<Vec<_>>(),
        [
            "100 market 1 Open None tick 0.01",
            "200 book 11 0.45/0.50",
            "200 market 2 Open None tick 0.01",
            "200 book 21 0.50/-",
            "200 ended 1 Some(Yes) None",
            "250 tick 21 0.001",
            "250 book 21 0.51/0.525",
            "260 tick 21 0.0001",
            "260 book 21 0.5101/0.525",
            "270 book 21 0.51/0.52",
            // Prices of 0 and 1 are no orders.
            "300 market 3 Open None tick 0.01",
            "300 market 5 Open None tick 0.01",
            "300 book 51 0.40/0.60",
            "300 ended 5 Some(No) None",
        ]
    );
    assert_eq!(all(&set), records, "the same every time");
    assert_eq!(all(&set.standing_at(at(0))), records, "whatever instant the set stands at");
    assert_eq!((set.depth(), set.mirrors()), (Depth::Unknown, true));
    assert_eq!(set.span(), (at(100_000), at(300_000)));
    let category = |market| History::category(&set, &id(market)).map(str::to_owned);
    assert_eq!(category("1").as_deref(), Some("sports"));
    assert_eq!((category("2"), category("9")), (None, None));
    let Some(HistoryEvent::Market(first)) = records.first().map(|r| r.event.clone()) else { panic!() };
    assert_eq!((first.market().fee, first.market().volume_usd, first.as_of()), (None, Some(10), at(100_000)));
}

#[tokio::test]
async fn a_finer_step_to_come_is_not_known_before() {
    use crate::source::MarketSource;
    let folder = quotes("1,A?,x,,11,12,,,,\n", "100,1,0.5,0.4,0.5,\n200,1,0.5,0.405,0.5,\n");
    let set = QuotesSet::open(folder.path()).unwrap();
    for (secs, tick) in [(199, 100), (200, 10)] {
        let market = set.standing_at(Timestamp::from_secs(secs)).market(&id("1")).await.unwrap();
        assert_eq!(market.tick.e4(), tick);
    }
}

#[test]
fn equal_files_have_equal_hashes_and_a_byte_makes_another() {
    let rows = ("1,A?,x,,11,12,,,,\n", "100,1,0.5,0.4,0.5,\n");
    let hash = |folder: &tempfile::TempDir| QuotesSet::open(folder.path()).unwrap().data_hash();
    let folder = quotes(rows.0, rows.1);
    let file = |name: &str| Sha256::digest(std::fs::read(folder.path().join(name)).unwrap());
    let expected = Sha256::digest([file("markets.csv"), file("quotes.csv")].concat());
    assert_eq!(hash(&folder), format!("{expected:x}"));
    assert_eq!(hash(&folder), hash(&quotes(rows.0, rows.1)));
    assert_ne!(hash(&folder), hash(&quotes(rows.0, "100,1,0.5,0.4,0.5,1\n")));
}

#[test]
fn the_recorded_quotes_replay_whole() {
    let Some(folder) = test_data::find("quotes-2026-03-22_04-11", "the recorded quotes as history") else { return };
    let began = Instant::now();
    let history = open_history(&folder).unwrap();
    let opened = began.elapsed();
    let mut counts = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut last = None;
    for record in history.records() {
        let record = record.unwrap();
        assert!(last < Some(record.order()));
        last = Some(record.order());
        let kind = match &record.event {
            HistoryEvent::Market(m) => {
                assert!(seen.insert(m.market().id.clone()) && m.market().resolution.is_none());
                "markets"
            }
            HistoryEvent::Book(b) => {
                assert_eq!(b.at, record.at);
                "books"
            }
            HistoryEvent::Ended { market, ending } => {
                assert!(seen.contains(market) && ending.public_at() == record.at);
                "ends"
            }
            _ => "others",
        };
        *counts.entry(kind).or_insert(0) += 1;
    }
    eprintln!("{counts:?}: opened in {opened:?}, with the replay {:?}", began.elapsed());
    // Counted in the files as text: rows with a bid or ask, markets, outcomes of Yes or No.
    let text = String::from_utf8(test_data::read(&folder.join("quotes.csv.gz"))).unwrap();
    let priced = text.lines().skip(1).filter(|l| l.split(',').skip(3).take(2).any(|p| !p.is_empty())).count();
    let text = String::from_utf8(test_data::read(&folder.join("markets.csv.gz"))).unwrap();
    let ended = text.lines().filter(|l| l.contains(",Yes,") || l.contains(",No,")).count();
    assert_eq!((counts["books"], counts["markets"], counts["ends"]), (priced, text.lines().count() - 1, ended));
    assert_eq!(history.category(seen.first().unwrap()).map(str::is_empty), Some(false));
}

fn market(id: u32, resolution: Option<Resolution>) -> Market {
    let mut market = parse_market(&json!({"id": id, "conditionId": "0x1", "question": "Q?", "outcomes": ["Yes", "No"],
        "clobTokenIds": [format!("{id}1"), format!("{id}2")], "acceptingOrders": true}))
    .unwrap();
    if resolution.is_some() {
        (market.status, market.resolution) = (MarketStatus::Resolved, resolution);
    }
    market
}

fn book(name: &str, ms: i64) -> MarketEvent {
    let level = |e4| Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(3) };
    MarketEvent::Book(Book::from_levels(token(name), at(ms), Depth::Full, [level(4_000)], [level(6_000)]))
}

fn ended(market: &str, resolution: Resolution) -> MarketEvent {
    MarketEvent::Resolved { market: id(market), resolution }
}

fn record(folder: &tempfile::TempDir, write: impl FnOnce(&mut RecordingWriter)) -> PathBuf {
    let path = folder.path().join("test.bettyrec");
    let _ = std::fs::remove_file(&path);
    let mut writer = RecordingWriter::create(&path, &SourceLabel::Live, at(0)).unwrap();
    write(&mut writer);
    drop(writer);
    path
}

#[test]
fn a_recording_replays_with_results_public_when_they_were_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = record(&folder, |w| {
        w.write_markets(at(1_000), &[market(1, None), market(2, Some(Resolution::Void))]).unwrap();
        w.write_event(at(2_000), &book("11", 1_900)).unwrap();
        w.write_event(at(2_000), &MarketEvent::Gap { token: token("11") }).unwrap();
        let price = Price::from_e4(10).unwrap();
        w.write_event(at(3_000), &MarketEvent::Tick { token: token("11"), tick: price }).unwrap();
        w.write_event(at(3_000), &MarketEvent::Trade { token: token("11"), price, at: at(2_990) }).unwrap();
        w.write_event(at(4_000), &ended("1", Resolution::No)).unwrap();
        w.write_markets(at(5_000), &[market(1, Some(Resolution::No))]).unwrap();
    });
    let history = RecordingHistory::open(&path).unwrap();
    let records = all(&history);
    ordered(&records);
    assert_eq!(
        records.iter().map(short).collect::<Vec<_>>(),
        [
            "1 market 1 Open None tick 0.01",
            "1 market 2 Halted None tick 0.01",
            "1 ended 2 Some(Void) None",
            "2 book 11 0.40/0.60",
            "2 gap 11",
            "3 tick 11 0.001",
            "3 trade 11 0.001 None",
            "4 ended 1 Some(No) None",
            "5 market 1 Halted None tick 0.01",
        ]
    );
    assert_eq!((history.span(), history.mirrors(), history.depth()), ((at(1_000), at(5_000)), false, Depth::Full));
    assert_eq!(history.label().account(), "recorded-test");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(history.data_hash(), format!("{:x}", Sha256::digest(&bytes)));

    // What is appended later is not part of a history that is open; a new one has it, and another hash.
    let mut writer = RecordingWriter::open_append(&path).unwrap();
    writer.write_event(at(6_000), &book("11", 6_000)).unwrap();
    drop(writer);
    assert_eq!(all(&history), records);
    let longer = RecordingHistory::open(&path).unwrap();
    assert_eq!(all(&longer).len(), records.len() + 1);
    assert_ne!(longer.data_hash(), history.data_hash());

    // A torn tail is left out.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let torn = RecordingHistory::open(&path).unwrap();
    assert!(torn.truncation().unwrap().torn_tail);
    assert_eq!((all(&torn), torn.data_hash()), (records, history.data_hash()));
}

#[test]
fn a_recording_with_a_hole_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &PathBuf| match RecordingHistory::open(path) {
        Err(SourceError::Recording { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    // A writer does not write time backwards; two files joined have it all the same.
    let mut parts = Vec::new();
    for ms in [2_000, 1_999] {
        let path = record(&folder, |w| w.write_event(at(ms), &book("11", 0)).unwrap());
        parts.push(std::fs::read(path).unwrap());
    }
    let header = std::fs::read(record(&folder, |_| {})).unwrap().len();
    let back = folder.path().join("joined.bettyrec");
    std::fs::write(&back, [&parts[0], &parts[1][header..]].concat()).unwrap();
    assert!(refused(&back).contains("backwards, from 2000 ms to 1999 ms"));
    let unseen = record(&folder, |w| w.write_event(at(1), &ended("7", Resolution::Yes)).unwrap());
    assert!(refused(&unseen).contains("market 7 ends in it and was never listed"));
    let twice = record(&folder, |w| {
        w.write_markets(at(1), &[market(1, Some(Resolution::Yes))]).unwrap();
        w.write_event(at(2), &ended("1", Resolution::No)).unwrap();
    });
    assert!(refused(&twice).contains("as Yes and later as No"));
    let empty = record(&folder, |_| {});
    assert!(refused(&empty).contains("no record"));
    let mut cut = 0;
    let damaged = record(&folder, |w| {
        w.write_event(at(1), &book("11", 0)).unwrap();
        w.sync().unwrap();
        cut = std::fs::metadata(folder.path().join("test.bettyrec")).unwrap().len() as usize;
        w.write_event(at(2), &book("11", 0)).unwrap();
        w.sync().unwrap();
        w.write_event(at(3), &book("11", 0)).unwrap();
    });
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[cut + 20] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    assert!(refused(&damaged).contains(&format!("damaged after {cut} bytes")));
    let dump = folder.path().join("dump.json");
    std::fs::write(&dump, "[]").unwrap();
    let error = open_history(&dump).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("single instant") && error.contains("quotes.csv.gz"), "{error}");
}
