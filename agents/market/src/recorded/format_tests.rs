//! The `.bettyrec` format: round trips, cuts at every byte, flipped bits, torn tails.

use super::*;
use crate::book::BookSide;
use crate::gamma::parse_market;
use crate::ids::MarketId;
use crate::market::{Market, MarketStatus, Resolution};
use crate::source::{MarketEvent, MarketFilter, MarketSource, SourceError, SourceLabel};
use proptest::prelude::*;
use serde_json::json;
use std::path::PathBuf;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn market(id: u32) -> Market {
    parse_market(&json!({"id": id, "conditionId": "0x1", "question": "Q?", "outcomes": ["Yes", "No"],
        "clobTokenIds": [format!("{id}1"), format!("{id}2")], "acceptingOrders": true}))
    .unwrap()
}

fn token(text: &str) -> TokenId {
    TokenId::new(text).unwrap()
}

fn book(name: &str, ms: i64, bid: u16, ask: u16) -> MarketEvent {
    let level = |e4| Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(3) };
    MarketEvent::Book(Book::from_levels(token(name), at(ms), Depth::Full, [level(bid)], [level(ask)]))
}

/// Every kind of record.
fn records() -> Vec<Record> {
    let price = Price::from_e4(5_000).unwrap();
    let events = [
        book("11", 10, 4_000, 6_000),
        MarketEvent::Trade { token: token("11"), price, at: at(20) },
        MarketEvent::Gap { token: token("11") },
        MarketEvent::Tick { token: token("11"), tick: Price::from_e4(10).unwrap() },
        book("21", 50, 1_000, 2_000),
        MarketEvent::Resolved { market: MarketId::new("2").unwrap(), resolution: Resolution::No },
    ];
    let mut records = vec![Record::Markets { at: at(1), markets: vec![market(1), market(2)] }];
    records
        .extend(events.into_iter().enumerate().map(|(i, event)| Record::Event { at: at(10 * (i as i64 + 1)), event }));
    records
}

struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("test.bettyrec")
    }

    /// Writes records, each in a frame of its own.
    fn record(&self, records: &[Record]) -> Vec<u8> {
        let path = self.path();
        let _ = std::fs::remove_file(&path);
        let mut writer = RecordingWriter::create(&path, &SourceLabel::Live, at(0)).unwrap();
        append(&mut writer, records);
        drop(writer);
        std::fs::read(path).unwrap()
    }

    fn with(&self, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.path(), bytes).unwrap();
        self.path()
    }
}

fn append(writer: &mut RecordingWriter, records: &[Record]) {
    for record in records {
        match record {
            Record::Markets { at, markets } => writer.write_markets(*at, markets).unwrap(),
            Record::Event { at, event } => writer.write_event(*at, event).unwrap(),
        }
        writer.flush_block().unwrap();
    }
}

/// What can be read: records and how reading ended. A file that cannot be opened has none.
fn read(path: &Path) -> (Vec<Record>, Option<Truncation>) {
    match RecordingReader::open(path) {
        Ok(mut reader) => {
            let records: Vec<_> = reader.by_ref().collect();
            (records, reader.truncation())
        }
        Err(SourceError::Recording { .. }) => (Vec::new(), None),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn what_was_written_is_read() {
    let scratch = Scratch::new();
    scratch.record(&records());
    assert_eq!(read(&scratch.path()), (records(), None));
    let reader = RecordingReader::open(scratch.path()).unwrap();
    assert_eq!((reader.recorded_label(), reader.created()), (&SourceLabel::Live, at(0)));
}

#[test]
fn events_are_packed_and_reach_the_file_on_drop() {
    let scratch = Scratch::new();
    let events = BLOCK_EVENTS_MAX * 2 + 7;
    let mut writer = RecordingWriter::create(scratch.path(), &SourceLabel::Live, at(0)).unwrap();
    for i in 0..events {
        writer.write_event(at(i as i64), &book("11", i as i64, 4_000, 6_000)).unwrap();
    }
    drop(writer);
    let (found, cut) = read(&scratch.path());
    assert_eq!((found.len(), cut), (events, None));
    let bytes = std::fs::metadata(scratch.path()).unwrap().len();
    eprintln!("{} bytes per packed book event of two levels", bytes / events as u64);
}

#[test]
fn a_file_cut_at_every_byte_yields_a_prefix() {
    let scratch = Scratch::new();
    let records = records();
    let whole = scratch.record(&records);
    let mut lengths = Vec::new();
    for cut in 0..whole.len() {
        let path = scratch.with(&whole[..cut]);
        let (found, truncation) = read(&path);
        assert_eq!(found[..], records[..found.len()], "cut at {cut}");
        if let Some(t) = truncation {
            assert!(t.torn_tail && t.dropped_bytes > 0);
            assert_eq!(t.kept_bytes + t.dropped_bytes, cut as u64);
        }
        lengths.push(found.len());
        // Whatever could be read, appending goes on behind it. Not at every byte: each try waits for the disk.
        if cut % 7 != 0 {
            continue;
        }
        match RecordingWriter::open_append(&path) {
            Ok(mut writer) => {
                append(&mut writer, &records[found.len()..]);
                drop(writer);
                assert_eq!(read(&path), (records.clone(), None), "cut at {cut}");
            }
            Err(error) => assert!(found.is_empty() && error.to_string().contains("record anew"), "{error}"),
        }
    }
    assert!(lengths.is_sorted());
    assert_eq!(*lengths.last().unwrap(), records.len() - 1);
}

#[test]
fn every_flipped_bit_yields_a_prefix() {
    let scratch = Scratch::new();
    let records = records();
    let whole = scratch.record(&records);
    for i in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[i] ^= 1 << (i % 8);
        let (found, truncation) = read(&scratch.with(&bytes));
        assert_eq!(found[..], records[..found.len()], "flipped at {i}");
        assert!(found.len() < records.len(), "flipped at {i}: nothing noticed");
        if let Some(t) = truncation {
            assert_eq!(t.kept_bytes + t.dropped_bytes, whole.len() as u64);
        }
    }
}

#[test]
fn damage_in_the_middle_is_never_cut_off_by_a_writer() {
    let scratch = Scratch::new();
    let whole = scratch.record(&records());
    // The first bytes of the last frame but one, in its length and in its payload.
    let short = scratch.record(&records()[..records().len() - 2]).len();
    for i in [short, short + 1, short + 20] {
        let mut bytes = whole.clone();
        bytes[i] ^= 0xff;
        let path = scratch.with(&bytes);
        let error = RecordingWriter::open_append(&path).unwrap_err().to_string();
        assert!(error.contains("damaged") && error.contains("new file"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "untouched");
        assert_eq!(read(&path).1.map(|t| t.torn_tail), Some(false));
    }
    // Zeros behind the end are what a crashed machine leaves.
    let mut bytes = whole.clone();
    bytes.extend([0; 5_000]);
    let path = scratch.with(&bytes);
    assert_eq!(read(&path).1.map(|t| (t.torn_tail, t.dropped_bytes)), Some((true, 5_000)));
    drop(RecordingWriter::open_append(&path).unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

#[test]
fn a_newer_format_and_a_taken_name_are_refused() {
    let scratch = Scratch::new();
    let header = br#"{"version":3,"anything":[1,2,3]}"#;
    let mut bytes = b"BETTYREC".to_vec();
    bytes.extend(format::frame(format::Kind::Header, header).unwrap());
    let path = scratch.with(&bytes);
    let error = RecordingReader::open(&path).unwrap_err().to_string();
    assert!(error.contains("format 3") && error.contains("Update Betty"), "{error}");
    assert!(RecordingWriter::open_append(&path).is_err());
    let error = RecordingWriter::create(&path, &SourceLabel::Live, at(0)).unwrap_err().to_string();
    assert!(error.contains("already there"), "{error}");
}

#[test]
fn two_writers_do_not_share_a_file() {
    let scratch = Scratch::new();
    let first = RecordingWriter::create(scratch.path(), &SourceLabel::Live, at(0)).unwrap();
    let error = RecordingWriter::open_append(scratch.path()).unwrap_err().to_string();
    assert!(error.contains("another program"), "{error}");
    drop(first);
    assert!(RecordingWriter::open_append(scratch.path()).is_ok());
}

#[tokio::test]
async fn a_recording_is_a_source_at_any_instant() {
    let scratch = Scratch::new();
    scratch.record(&records());
    let last = RecordedSource::open(scratch.path()).unwrap();
    assert_eq!(last.label(), SourceLabel::Recorded { as_of: at(60), name: "test".to_owned() });
    let open = last.markets(&MarketFilter::default()).await.unwrap();
    assert_eq!(open.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!(open[0].tick.e4(), 10);
    let ended = last.market(&MarketId::new("2").unwrap()).await.unwrap();
    assert_eq!((ended.status, ended.resolution), (MarketStatus::Resolved, Some(Resolution::No)));
    let books = last.books(&[token("11"), token("21")]).await.unwrap();
    // The gap was never mended, and the ended market has no book.
    assert_eq!((books.len(), books[0].in_sync), (1, false));
    // One point per minute: the trade at 0.50 replaced the mid of 0.50.
    let points = last.price_history(&token("11"), at(0), at(60)).await.unwrap();
    assert_eq!(points.iter().map(|p| (p.at.millis(), p.price.e4())).collect::<Vec<_>>(), [(20, 5_000)]);

    let earlier = RecordedSource::open_at(scratch.path(), at(15)).unwrap();
    assert_eq!(earlier.now(), at(15));
    assert_eq!(earlier.markets(&MarketFilter::default()).await.unwrap().len(), 2);
    let book = earlier.books(&[token("11"), token("21")]).await.unwrap().remove(0);
    assert_eq!((book.in_sync, book.levels(BookSide::Bid)[0].price.e4()), (true, 4_000));
    let error = RecordedSource::open_at(scratch.path(), at(0)).unwrap_err().to_string();
    assert!(error.contains("nothing up to"), "{error}");

    let seen = open_recorded(scratch.path()).unwrap();
    assert_eq!(seen.label(), last.label());
}

#[test]
fn a_recorded_simulation_keeps_its_name() {
    let scratch = Scratch::new();
    let mut writer = RecordingWriter::create(scratch.path(), &SourceLabel::Simulated { seed: 7 }, at(0)).unwrap();
    writer.write_markets(at(5), &[market(1)]).unwrap();
    drop(writer);
    let source = RecordedSource::open(scratch.path()).unwrap();
    assert_eq!(source.label().account(), "recorded-simulated-7-test");
}

proptest! {
    #[test]
    fn random_damage_never_panics_and_yields_a_prefix(
        cut in any::<prop::sample::Index>(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let scratch = Scratch::new();
        let records = records();
        let mut bytes = scratch.record(&records);
        for (at, value) in damage {
            let i = at.index(bytes.len());
            bytes[i] = value;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        bytes.extend(tail);
        let path = scratch.with(&bytes);
        let (found, _) = read(&path);
        prop_assert_eq!(&found[..], &records[..found.len()]);
        let _ = RecordedSource::open(&path);
        if let Ok(writer) = RecordingWriter::open_append(&path) {
            drop(writer);
            prop_assert_eq!(read(&path), (found, None));
        }
    }
}
