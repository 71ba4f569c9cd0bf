//! Segments: round trips, cuts, flipped bytes, full disks, indices, random access.

use super::archive::{segment_path, segments};
use super::format::{Kind, frame, pack};
use super::index::{Index, index_path};
use super::random::{MARKETS, market, records, token};
use super::seek::Filter;
use super::standing::Standing;
use super::writer::{Groups, full_disk};
use super::*;
use crate::history::History;
use crate::market::{Market, MarketStatus};
use crate::source::{MarketEvent, MarketFilter, MarketSource};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

const LABEL: SourceLabel = SourceLabel::Live;
/// Groups so short that small recordings have several.
const SHORT: Groups = Groups { bytes_min: 1, per_key: 1 };

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn open(folder: &Path, now: Timestamp, segment_bytes: u64) -> SegmentWriter {
    SegmentWriter::open_with(folder, &LABEL, now, segment_bytes, SHORT).unwrap()
}

fn write(writer: &mut SegmentWriter, record: &Record) -> Result<(), SourceError> {
    match record {
        Record::Markets { at, markets } => writer.write_markets(*at, markets),
        Record::Event { at, event } => writer.write_event(*at, event),
    }
}

/// What can be read of a recording.
fn read(path: &Path) -> Vec<Record> {
    ArchiveReader::open(path).map_or_else(|_| Vec::new(), Iterator::collect)
}

/// A recorder's runs: how many records each writes, and after how many it syncs.
fn runs() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((1_usize..40, 1_usize..9), 1..5)
}

/// Writes records run by run into a folder.
fn record(folder: &Path, records: &[Record], runs: &[(usize, usize)], segment_bytes: u64) {
    let mut left = records;
    let mut runs = runs.iter().cycle();
    while let Some(first) = left.first() {
        let (count, sync) = runs.next().unwrap();
        let (now, rest) = left.split_at(left.len().min(*count));
        let mut writer = open(folder, first.at(), segment_bytes);
        for (i, record) in now.iter().enumerate() {
            write(&mut writer, record).unwrap();
            if (i + 1) % sync == 0 {
                writer.sync().unwrap();
            }
        }
        left = rest;
    }
}

fn some(count: usize) -> Vec<Record> {
    // One fixed draw, the same in every run.
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut found = records(count..count + 1).new_tree(&mut runner).unwrap().current();
    found.retain(|r| !matches!(r, Record::Markets { markets, .. } if markets.is_empty()));
    found.insert(0, Record::Markets { at: found[0].at(), markets: (1..=MARKETS).map(market).collect() });
    found
}

/// A file of the first version, a block for every few events.
fn old_file(path: &Path, records: &[Record]) {
    let header = serde_json::json!({"version": 1, "label": LABEL, "created": 0});
    let mut bytes = format::MAGIC.to_vec();
    bytes.extend(frame(Kind::Header, header.to_string().as_bytes()).unwrap());
    let mut block: Vec<(Timestamp, MarketEvent)> = Vec::new();
    let flush = |block: &mut Vec<(Timestamp, MarketEvent)>, bytes: &mut Vec<u8>| {
        if !block.is_empty() {
            bytes.extend(frame(Kind::Events, &pack(&std::mem::take(block)).unwrap()).unwrap());
        }
    };
    for record in records {
        match record {
            Record::Markets { at, markets } => {
                flush(&mut block, &mut bytes);
                let markets = format::MarketsBlock { at: *at, markets: markets.clone() };
                bytes.extend(frame(Kind::Markets, &pack(&markets).unwrap()).unwrap());
            }
            Record::Event { at, event } => {
                block.push((*at, event.clone()));
                if block.len() == 5 {
                    flush(&mut block, &mut bytes);
                }
            }
        }
    }
    flush(&mut block, &mut bytes);
    std::fs::write(path, bytes).unwrap();
}

type Found = (Vec<Market>, Vec<Book>, Vec<Record>);

/// A seek by reading everything from the beginning.
fn linear(path: &Path, at: Timestamp, tokens: &BTreeSet<TokenId>) -> Found {
    linear_of(&read(path), at, tokens)
}

fn linear_of(records: &[Record], at: Timestamp, tokens: &BTreeSet<TokenId>) -> Found {
    let mut filter = Filter { tokens: tokens.clone(), standing: Standing::default() };
    let (mut stood, mut later) = (None, Vec::new());
    for record in records.iter().cloned() {
        if record.at() > at && stood.is_none() {
            stood = Some(filter.standing.clone());
        }
        let when = record.at();
        later.extend(filter.pass(record).filter(|_| when > at));
    }
    let stood = stood.unwrap_or(filter.standing);
    (stood.markets.into_values().collect(), stood.books.into_values().collect(), later)
}

fn sought(path: &Path, at: Timestamp, tokens: &BTreeSet<TokenId>) -> Result<Found, SourceError> {
    let recording = Recording::open(path)?;
    let Seek { markets, books, records } = recording.seek(at, tokens)?;
    let later: Result<_, _> = records.collect();
    Ok((markets, books, later?))
}

/// What two answers differ in, in few words.
fn difference(found: &Found, expected: &Found) -> String {
    let ids = |f: &Found| f.0.iter().map(|m| format!("{} {}", m.id, m.tick)).collect::<Vec<_>>();
    let books = |f: &Found| f.1.iter().map(|b| serde_json::to_string(b).unwrap()).collect::<Vec<_>>();
    let first = found.2.iter().zip(&expected.2).position(|(a, b)| a != b);
    let counts = (found.2.len(), expected.2.len());
    format!("{:?} {:?}; {:?} {:?}; {counts:?} {first:?}", ids(found), ids(expected), books(found), books(expected))
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

fn reason<T>(result: Result<T, SourceError>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_recorded_in_any_number_of_runs_is_read(
        mut records in records(1..120), runs in runs(), segment_bytes in 300_u64..6_000,
    ) {
        records.retain(|r| !matches!(r, Record::Markets { markets, .. } if markets.is_empty()));
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), &records, &runs, segment_bytes);
        prop_assert_eq!(&read(folder.path()), &records);
        // Every segment is closed: its index is there and is the one that a scan makes.
        for (_, segment) in segments(folder.path()).unwrap() {
            let scanned = Index::scan(&segment).unwrap();
            if !scanned.entries.is_empty() {
                prop_assert!(index_path(&segment).exists());
            }
            prop_assert_eq!(Index::of(&segment).unwrap(), scanned);
        }
    }

    #[test]
    fn random_access_equals_a_linear_scan(
        mut records in records(1..150), runs in runs(), segment_bytes in 300_u64..20_000,
        tokens in prop::collection::btree_set(token(), 0..5),
        instants in prop::collection::vec((any::<prop::sample::Index>(), -1_i64..=1), 1..6), form in 0..3,
    ) {
        records.retain(|r| !matches!(r, Record::Markets { markets, .. } if markets.is_empty()));
        let folder = tempfile::tempdir().unwrap();
        let mut path = folder.path().to_owned();
        match form {
            0 => record(folder.path(), &records, &runs, segment_bytes),
            1 => {
                path = path.join("one.bettyrec");
                let mut writer = RecordingWriter::create(&path, &LABEL, at(0)).unwrap().with_groups(SHORT);
                for (i, record) in records.iter().enumerate() {
                    match record {
                        Record::Markets { at, markets } => writer.write_markets(*at, markets).unwrap(),
                        Record::Event { at, event } => writer.write_event(*at, event).unwrap(),
                    }
                    if i % runs[0].1 == 0 {
                        writer.flush_block().unwrap();
                    }
                }
            }
            _ => {
                path = path.join("old.bettyrec");
                old_file(&path, &records);
            }
        }
        for (pick, off) in instants {
            let at = pick.get(&records).at().plus_millis(off);
            let (found, expected) = (sought(&path, at, &tokens).unwrap(), linear(&path, at, &tokens));
            prop_assert!(found == expected, "at {at:?}: {}", difference(&found, &expected));
        }
    }

    #[test]
    fn damage_anywhere_never_invents_a_record(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<(bool, prop::sample::Index, prop::sample::Index)>(),
        tokens in prop::collection::btree_set(token(), 1..3), pick in any::<prop::sample::Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let whole = some(60);
        record(folder.path(), &whole, &[(30, 4)], 1_500);
        let now = pick.get(&whole).at();
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
        files.retain(|f| f.metadata().unwrap().len() > 0);
        files.sort();
        for (file, at, value) in damage {
            let file = file.get(&files);
            let mut bytes = std::fs::read(file).unwrap();
            let i = at.index(bytes.len());
            bytes[i] = value;
            std::fs::write(file, bytes).unwrap();
        }
        if let (true, file, at) = cut {
            let file = file.get(&files);
            let bytes = std::fs::read(file).unwrap();
            std::fs::write(file, &bytes[..at.index(bytes.len() - 1) + 1]).unwrap();
        }
        let found = read(folder.path());
        prop_assert_eq!(&found[..], &whole[..found.len()]);
        // What is found by the index is what was recorded up to some point, or an error.
        if let Ok(found) = sought(folder.path(), now, &tokens) {
            let mut lengths = (0..=whole.len()).rev();
            let same = lengths.any(|n| found == linear_of(&whole[..n], now, &tokens));
            prop_assert!(same, "at {now:?}: {}", difference(&found, &linear_of(&whole, now, &tokens)));
        }
        let _ = RecordingHistory::open(folder.path());
        let _ = RecordedSource::open(folder.path());
        let _ = SegmentWriter::open(folder.path(), &LABEL, at(i64::MAX / 2), SEGMENT_BYTES);
    }
}

#[test]
fn the_last_segment_cut_at_every_byte_yields_a_prefix_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = some(40);
    record(folder.path(), &whole, &[(20, 3)], 100_000);
    let found = segments(folder.path()).unwrap();
    let (_, last) = found.last().unwrap();
    let before = read(&folder.path().join("000001.bettyrec")).len();
    let bytes = std::fs::read(last).unwrap();
    let mut lengths = Vec::new();
    for cut in 0..bytes.len() {
        std::fs::write(last, &bytes[..cut]).unwrap();
        let records = read(folder.path());
        assert_eq!(records[..], whole[..records.len()], "cut at {cut}");
        assert!(records.len() >= before);
        lengths.push(records.len());
        let tokens = BTreeSet::from([TokenId::new("11").unwrap(), TokenId::new("22").unwrap()]);
        let now = records.last().unwrap().at();
        // The index beside it is that of the whole segment, and is not believed.
        assert_eq!(sought(folder.path(), now, &tokens).unwrap(), linear(folder.path(), now, &tokens), "cut at {cut}");
        if cut % 17 != 0 {
            continue;
        }
        // A cut between the header and the end of the key frames is a rotation that a crash ended.
        let again = copy(folder.path());
        let rest = &whole[records.len()..];
        record(again.path(), rest, &[(usize::MAX, 4)], 100_000);
        assert_eq!(read(again.path()), whole, "cut at {cut}");
        let history = RecordingHistory::open(again.path()).unwrap();
        assert!(history.records().all(|r| r.is_ok()));
        assert_eq!(sought(again.path(), now, &tokens).unwrap(), linear(again.path(), now, &tokens));
        assert_eq!(sought(again.path(), now, &tokens).unwrap(), {
            std::fs::write(last, &bytes).unwrap();
            linear(folder.path(), now, &tokens)
        });
    }
    assert!(lengths.is_sorted());
    assert!(lengths.contains(&before) && *lengths.last().unwrap() > before);
}

#[test]
fn an_index_cut_or_spoiled_at_every_byte_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let whole = some(40);
    record(folder.path(), &whole, &[(usize::MAX, 3)], 100_000);
    let segment = segment_path(folder.path(), 1);
    let (index, path) = (Index::scan(&segment).unwrap(), index_path(&segment));
    let bytes = std::fs::read(&path).unwrap();
    for i in 0..bytes.len() {
        std::fs::write(&path, &bytes[..i]).unwrap();
        assert_eq!(Index::of(&segment).unwrap(), index, "cut at {i}");
        let mut flipped = bytes.clone();
        flipped[i] ^= 1 << (i % 8);
        std::fs::write(&path, flipped).unwrap();
        assert_eq!(Index::of(&segment).unwrap(), index, "flipped at {i}");
    }
    // A crash before the index was renamed, and one before it was written.
    std::fs::rename(&path, path.with_extension("bettyidx-new")).unwrap();
    assert_eq!(Index::of(&segment).unwrap(), index);
    // The index of an earlier state of the file, and that of another file of the same length.
    let short = tempfile::tempdir().unwrap();
    record(short.path(), &whole[..20], &[(usize::MAX, 3)], 100_000);
    std::fs::copy(index_path(&segment_path(short.path(), 1)), &path).unwrap();
    assert_eq!(Index::of(&segment).unwrap(), index);
}

#[test]
fn a_full_disk_at_every_byte_leaves_what_was_written_and_recording_goes_on() {
    let whole = some(24);
    for room in 0..6_000 {
        let folder = tempfile::tempdir().unwrap();
        full_disk::ROOM.set(Some(room));
        let mut stopped = false;
        if let Ok(mut writer) = SegmentWriter::open_with(folder.path(), &LABEL, whole[0].at(), 1_500, SHORT) {
            for (i, record) in whole.iter().enumerate() {
                let written = write(&mut writer, record);
                stopped |= written.and_then(|()| if i % 3 == 0 { writer.sync() } else { Ok(()) }).is_err();
                if stopped {
                    break;
                }
            }
            stopped |= writer.close().is_err();
        } else {
            stopped = true;
        }
        full_disk::ROOM.set(None);
        let found = read(folder.path());
        assert_eq!(found[..], whole[..found.len()], "room for {room}");
        if !stopped {
            assert_eq!(found, whole);
            assert!(room > 1_500, "the disk was never full");
            return;
        }
        if room % 41 == 0 {
            record(folder.path(), &whole[found.len()..], &[(usize::MAX, 2)], 1_500);
            assert_eq!(read(folder.path()), whole, "room for {room}");
        }
    }
    panic!("the recording never fitted");
}

#[test]
fn a_failed_write_does_not_spoil_what_the_same_writer_writes_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.bettyrec");
    let whole = some(40);
    let event = |w: &mut RecordingWriter, record: &Record| match record {
        Record::Markets { at, markets } => w.write_markets(*at, markets),
        Record::Event { at, event } => w.write_event(*at, event).and_then(|()| w.flush_block()),
    };
    let mut writer = RecordingWriter::create(&path, &LABEL, at(0)).unwrap();
    whole[..15].iter().for_each(|r| event(&mut writer, r).unwrap());
    full_disk::ROOM.set(Some(5));
    let failed = event(&mut writer, &whole[15]).unwrap_err().to_string();
    full_disk::ROOM.set(None);
    assert!(failed.contains("Free some space"), "{failed}");
    whole[16..].iter().for_each(|r| event(&mut writer, r).unwrap());
    drop(writer);
    let mut expected = whole;
    expected.remove(15);
    assert_eq!(read(&path), expected, "all but the one that was refused");
}

#[test]
fn two_recorders_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), at(0), 1_000);
    let second = reason(SegmentWriter::open(folder.path(), &LABEL, at(0), 1_000));
    assert!(second.contains("another program"), "{second}");
    drop(first);
    assert!(SegmentWriter::open(folder.path(), &LABEL, at(0), 1_000).is_ok());
}

#[test]
fn folders_of_others_and_clocks_set_back_are_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "").unwrap();
    let other = reason(SegmentWriter::open(folder.path(), &LABEL, at(0), 1_000));
    assert!(other.contains("something else"), "{other}");
    let other = reason(SegmentWriter::open(folder.path().join("a/b"), &LABEL, at(0), 1_000));
    assert!(other.contains("folder above"), "{other}");

    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path(), at(100_000), 10_000);
    writer.write_markets(at(100_000), &[market(1)]).unwrap();
    // A corrected clock: the last instant stands.
    writer.write_markets(at(100_000 - CLOCK_BACK_MS_MAX), &[market(2)]).unwrap();
    assert!(reason(writer.write_markets(at(99_999 - CLOCK_BACK_MS_MAX), &[market(3)])).contains("already reaches"));
    writer.close().unwrap();
    assert_eq!(read(folder.path()).iter().map(Record::at).collect::<Vec<_>>(), [at(100_000); 2]);
    let back = reason(SegmentWriter::open(folder.path(), &LABEL, at(0), 1_000));
    assert!(back.contains("already reaches") && back.contains("another folder"), "{back}");
    let simulated = SourceLabel::Simulated { seed: 1 };
    let label = reason(SegmentWriter::open(folder.path(), &simulated, at(200_000), 1_000));
    assert!(label.contains("LIVE") && label.contains("SIMULATED"), "{label}");
}

#[test]
fn a_day_and_a_full_segment_each_begin_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let day = 86_400_000;
    let mut writer = open(folder.path(), at(day - 10), u64::MAX);
    writer.write_markets(at(day - 5), &[market(1)]).unwrap();
    writer.write_markets(at(day), &[market(2)]).unwrap();
    writer.write_markets(at(2 * day + 7), &[market(3)]).unwrap();
    drop(writer);
    assert_eq!(segments(folder.path()).unwrap().len(), 3);
    let second = read(&segment_path(folder.path(), 2));
    let Record::Markets { markets, .. } = &second[0] else { panic!("{second:?}") };
    assert_eq!(markets, &[market(1)], "a segment alone begins with what stood");
    assert_eq!(second[1], Record::Markets { at: at(day), markets: vec![market(2)] });

    // Without the oldest segment the rest is a recording that begins later.
    std::fs::remove_file(segment_path(folder.path(), 1)).unwrap();
    let rest = RecordingHistory::open(folder.path()).unwrap();
    assert_eq!((rest.span().0, rest.records().count()), (at(day), 3));
    let tokens = BTreeSet::from([TokenId::new("11").unwrap()]);
    for now in [at(0), at(day), at(3 * day)] {
        assert_eq!(sought(folder.path(), now, &tokens).unwrap(), linear(folder.path(), now, &tokens));
    }
}

#[tokio::test]
async fn a_folder_is_a_source_and_a_history_like_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("day");
    let whole = some(80);
    record(&parts, &whole, &[(30, 4)], 2_000);
    assert!(segments(&parts).unwrap().len() > 3);
    let file = folder.path().join("day.bettyrec");
    let mut writer = RecordingWriter::create(&file, &LABEL, at(0)).unwrap();
    for record in &whole {
        match record {
            Record::Markets { at, markets } => writer.write_markets(*at, markets).unwrap(),
            Record::Event { at, event } => writer.write_event(*at, event).unwrap(),
        }
    }
    drop(writer);
    let sources = [open_recorded(&parts).unwrap(), open_recorded(&file).unwrap()];
    assert_eq!(sources[0].label(), sources[1].label());
    let mut answers = Vec::new();
    for source in &sources {
        let markets = source.markets(&MarketFilter::default()).await.unwrap();
        assert!(markets.iter().all(|m| m.status != MarketStatus::Resolved));
        let tokens: Vec<_> = (1..=MARKETS).flat_map(|id| [market(id).yes, market(id).no]).collect();
        answers.push((markets, source.books(&tokens).await.unwrap()));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(!answers[0].1.is_empty());

    // Random results contradict each other; without them the recording has no hole.
    let calm: Vec<_> = whole
        .iter()
        .filter(|r| match r {
            Record::Markets { markets, .. } => markets.iter().all(|m| m.resolution.is_none()),
            Record::Event { event, .. } => !matches!(event, MarketEvent::Resolved { .. }),
        })
        .cloned()
        .collect();
    let parts = folder.path().join("calm");
    record(&parts, &calm, &[(30, 4)], 2_000);
    let history = open_history(&parts).unwrap();
    assert_eq!(history.records().map(|r| r.unwrap().at).max(), Some(calm.last().unwrap().at()));
    assert_eq!(history.data_hash().len(), 64);
    let again = copy(&parts);
    assert_eq!(open_history(again.path()).unwrap().data_hash(), history.data_hash(), "whatever the folder is called");
    std::fs::remove_file(segment_path(again.path(), 2)).unwrap();
    let missing = reason(open_history(again.path()));
    assert!(missing.contains("segment 2 is missing") && missing.contains("Put the missing file back"), "{missing}");
    let second = segment_path(&parts, 2);
    let bytes = std::fs::read(&second).unwrap();
    std::fs::write(&second, &bytes[..bytes.len() - 1]).unwrap();
    let short = reason(open_history(&parts));
    assert!(short.contains("segment 3 was begun after"), "{short}");
}

#[test]
fn a_file_of_the_first_version_is_read_and_goes_on_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.bettyrec");
    let whole = some(40);
    old_file(&path, &whole[..25]);
    assert_eq!(read(&path), whole[..25]);
    let mut writer = RecordingWriter::open_append(&path).unwrap();
    for record in &whole[25..] {
        match record {
            Record::Markets { at, markets } => writer.write_markets(*at, markets).unwrap(),
            Record::Event { at, event } => writer.write_event(*at, event).unwrap(),
        }
    }
    drop(writer);
    assert_eq!(read(&path), whole);
    let index = Index::scan(&path).unwrap();
    assert!(index.entries.iter().all(|e| matches!(e.kind, Kind::Markets | Kind::Events)), "no frame it did not have");
}

/// Follows the simulated venue and writes what it says in both versions.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulated_recording_is_a_fraction_of_its_first_version() {
    use crate::sim::{SimConfig, SimulatedSource};
    use std::time::{Duration, Instant};
    let events: usize = std::env::var("BETTY_RECORD_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let venue = SimulatedSource::start(SimConfig { speed: 120.0, ..SimConfig::default() }).await.unwrap();
    let markets = venue.markets(&MarketFilter { query: None, limit: Some(50) }).await.unwrap();
    let tokens: Vec<_> = markets.iter().flat_map(|m| [m.yes.clone(), m.no.clone()]).collect();
    let mut whole = vec![Record::Markets { at: venue.now(), markets }];
    let mut feed = venue.subscribe(&tokens).await.unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while whole.len() < events && Instant::now() < end {
        let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(5), feed.next()).await else { break };
        whole.push(Record::Event { at: whole.last().unwrap().at().max(venue.now()), event });
    }
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.bettyrec");
    let mut writer = RecordingWriter::create(&old, &LABEL, at(0)).unwrap();
    let written = Instant::now();
    let parts = folder.path().join("parts");
    let mut segments = SegmentWriter::open(&parts, &LABEL, whole[0].at(), SEGMENT_BYTES).unwrap();
    for record in &whole {
        write(&mut segments, record).unwrap();
    }
    segments.close().unwrap();
    let written = written.elapsed();
    writer.force_first_version();
    for record in &whole {
        match record {
            Record::Markets { at, markets } => writer.write_markets(*at, markets).unwrap(),
            Record::Event { at, event } => writer.write_event(*at, event).unwrap(),
        }
    }
    drop(writer);
    let size = |path: &Path| std::fs::metadata(path).unwrap().len() as f64 / whole.len() as f64;
    let segment = segment_path(&parts, 1);
    let (before, after, index) = (size(&old), size(&segment), size(&index_path(&segment)));
    let began = Instant::now();
    assert_eq!(read(&parts), whole);
    let scanned = began.elapsed();
    let began = Instant::now();
    let recording = Recording::open(&parts).unwrap();
    let seek = recording.seek(whole[whole.len() * 9 / 10].at(), &tokens[..2].iter().cloned().collect()).unwrap();
    let sought = began.elapsed();
    eprintln!(
        "{} records of the simulated venue: {before:.1} bytes each in version 1, {after:.1} in version 2, {index:.2} in the index; \
         written in {written:?}, read in {scanned:?}; a seek for 2 of {} tokens: {sought:?}, {} of {} bytes",
        whole.len(),
        tokens.len(),
        seek.records.bytes_read(),
        std::fs::metadata(&segment).unwrap().len()
    );
    assert!(whole.len() > 1_000, "the venue fell silent");
    assert!(after + index < before / 3.0, "{after} and {index} against {before}");
}
