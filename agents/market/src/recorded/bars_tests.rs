//! Daily bars as history: order, no look-ahead, ends, assumptions, damage.

use super::*;
use crate::history::{History, HistoryEvent, HistoryRecord};
use crate::ids::MarketId;
use crate::test_data;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::Arc;
use std::time::Instant;

const DAY: i64 = 86_400;

/// A column to be written; a row without a value is null.
enum Cells {
    Text(Vec<Option<String>>),
    Int(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
}

/// Writes a table with the same compression and nullable columns as real ones have, in groups of `per_group` rows.
fn write(path: &Path, per_group: usize, columns: &[(&str, Cells)]) {
    let fields: Vec<String> = columns
        .iter()
        .map(|(name, cells)| match cells {
            Cells::Text(_) => format!("optional binary {name} (STRING);"),
            Cells::Int(_) => format!("optional int64 {name};"),
            Cells::Float(_) => format!("optional double {name};"),
        })
        .collect();
    let schema = Arc::new(parse_message_type(&format!("message rows {{ {} }}", fields.concat())).unwrap());
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    let rows = columns.first().map_or(0, |(_, cells)| match cells {
        Cells::Text(v) => v.len(),
        Cells::Int(v) => v.len(),
        Cells::Float(v) => v.len(),
    });
    fn levels<T>(cells: &[Option<T>]) -> Vec<i16> {
        cells.iter().map(|c| i16::from(c.is_some())).collect()
    }
    for from in (0..rows).step_by(per_group) {
        let range = from..rows.min(from + per_group);
        let mut group = writer.next_row_group().unwrap();
        for (_, cells) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match cells {
                Cells::Text(v) => {
                    let v = &v[range.clone()];
                    let values: Vec<ByteArray> = v.iter().flatten().map(|t| t.as_str().into()).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels(v)), None).unwrap();
                }
                Cells::Int(v) => {
                    let v = &v[range.clone()];
                    let values: Vec<i64> = v.iter().flatten().copied().collect();
                    column.typed::<Int64Type>().write_batch(&values, Some(&levels(v)), None).unwrap();
                }
                Cells::Float(v) => {
                    let v = &v[range.clone()];
                    let values: Vec<f64> = v.iter().flatten().copied().collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&levels(v)), None).unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

/// Market, outcome, token (blank for none), when, close.
type Row = (&'static str, &'static str, &'static str, i64, f64);

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn write_bars(folder: &Path, rows: &[Row]) {
    let columns = [
        ("market_id", Cells::Text(rows.iter().map(|r| some(r.0)).collect())),
        ("outcome_label", Cells::Text(rows.iter().map(|r| some(r.1)).collect())),
        ("token_id", Cells::Text(rows.iter().map(|r| some(r.2)).collect())),
        ("observed_at", Cells::Int(rows.iter().map(|r| Some(r.3)).collect())),
        ("open", Cells::Float(rows.iter().map(|_| None).collect())),
        ("close", Cells::Float(rows.iter().map(|r| Some(r.4).filter(|p| !p.is_nan())).collect())),
    ];
    write(&folder.join("candles_1d.parquet"), 15, &columns);
}

fn write_ends(folder: &Path, rows: &[(&str, &str, Option<i64>)]) {
    let columns = [
        ("market_id", Cells::Text(rows.iter().map(|r| some(r.0)).collect())),
        ("winning_outcome_label", Cells::Text(rows.iter().map(|r| some(r.1)).collect())),
        ("resolved_at", Cells::Int(rows.iter().map(|r| r.2).collect())),
    ];
    write(&folder.join("resolutions.parquet"), 1_000, &columns);
}

fn write_titles(folder: &Path, rows: &str) {
    let header = "market_id,gamma_market_id,condition_id,question";
    std::fs::write(folder.join("titles.csv"), format!("{header}\n{rows}")).unwrap();
}

fn all(history: &dyn History) -> Vec<HistoryRecord> {
    history.records().collect::<Result<_, _>>().unwrap()
}

fn ordered(records: &[HistoryRecord]) {
    assert!(records.windows(2).all(|w| w[0].order() < w[1].order()));
}

/// A record in few words, its instant in days.
fn short(record: &HistoryRecord) -> String {
    let price = |p: Option<Price>| p.map_or("-".to_owned(), |p| p.to_string());
    let what = match &record.event {
        HistoryEvent::Market(m) => {
            assert_eq!(m.as_of(), record.at);
            let m = m.market();
            assert_eq!((m.resolution, m.fee, m.end, &m.description), (None, None, None, &None));
            format!("market {} {} {} {} {}/{}", m.id, m.yes, m.no, m.question, price(m.best_bid), price(m.best_ask))
        }
        HistoryEvent::Book(b) => {
            assert_eq!((b.at, b.depth), (record.at, Depth::Unknown));
            let price = |l: Option<Level>| {
                assert!(l.is_none_or(|l| l.size == TOP_OF_BOOK_ASSUMED_SHARES));
                price(l.map(|l| l.price))
            };
            format!("book {} {}/{}", b.token, price(b.best_bid()), price(b.best_ask()))
        }
        HistoryEvent::Ended { market, ending } => {
            assert_eq!((ending.public_at(), ending.reveal(record.at.plus_millis(-1))), (record.at, None));
            format!("ended {market} {:?}", ending.reveal(record.at).unwrap())
        }
        other => panic!("{other:?}"),
    };
    #[allow(clippy::cast_precision_loss)]
    let days = record.at.millis() as f64 / (1_000 * DAY) as f64;
    format!("{days} {what}")
}

/// A made-up folder with one of everything.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_titles(
        folder.path(),
        "a,1,0xa,Will A?\nb,2,0xb,Will B?\nc,3,0xc,\"C, or not?\"\nd,4,0xd,Lakers vs. Heat\ne,5,0xe,Over before?\nf,6,0xf,Never?\n\
         g,7,0x1,Unclear?\nh,8,0x2,Open?\ni,1,0x3,the id of another\n,9,0x4,no key\nj,,0x5,no id\n",
    );
    write_bars(
        folder.path(),
        &[
            // At the very beginning of its day, in the middle of it, twice in it, and after a hole of a day.
            ("a", "No", "12", 10 * DAY, 0.4),
            ("a", "Yes", "11", 10 * DAY, 0.5),
            ("a", "Yes", "11", 11 * DAY + 7, 0.6),
            ("a", "Yes", "11", 11 * DAY + DAY / 2, 0.61),
            ("a", "Yes", "11", 13 * DAY + DAY - 1, 0.995),
            ("a", "Yes", "11", 14 * DAY, 0.999),
            // NO alone, and tokens without ids.
            ("b", "No", "", 11 * DAY + 3, 0.985),
            ("b", "No", "", 12 * DAY + 3, 0.0),
            ("b", "Yes", "", 13 * DAY + 3, 0.123_4),
            ("c", "Yes", "31", 11 * DAY, 0.5),
            ("d", "Lakers", "41", 11 * DAY, 0.5),
            ("d", "Heat", "42", 11 * DAY, 0.5),
            ("e", "Yes", "51", 11 * DAY, 0.5),
            ("g", "Yes", "71", 11 * DAY, 0.5),
            ("g", "Yes", "71", 12 * DAY, 0.5),
            ("h", "Yes", "81", 19 * DAY, 0.5),
            ("nobody", "Yes", "91", 11 * DAY, 0.5),
            ("nobody", "No", "92", 11 * DAY, 0.5),
            // Rows that cannot be used.
            ("", "Yes", "", 11 * DAY, 0.5),
            ("c", "", "", 11 * DAY, 0.5),
            ("c", "Yes", "31", -1, 0.5),
            ("c", "Yes", "31", i64::MAX, 0.5),
            ("c", "Yes", "31", 12 * DAY, 1.5),
            ("c", "Yes", "31", 12 * DAY, f64::INFINITY),
            ("c", "Yes", "31", 12 * DAY, f64::NAN),
        ],
    );
    write_ends(
        folder.path(),
        &[
            ("a", "Yes", Some(14 * DAY + DAY / 2)),
            ("b", "50-50", Some(14 * DAY)),
            ("c", "No", Some(12 * DAY)),
            ("d", "Heat", Some(13 * DAY)),
            ("e", "Yes", Some(12 * DAY - 1)),
            ("g", "Too early", Some(12 * DAY + DAY / 2)),
            ("h", "Yes", None),
            ("a", "No", Some(15 * DAY)),
        ],
    );
    folder
}

#[test]
fn bars_are_known_when_their_day_is_over_and_ends_when_they_were_public() {
    let folder = folder();
    let bars = DailyBars::open(folder.path()).unwrap();
    let records = all(&bars);
    ordered(&records);
    assert_eq!(
        records.iter().map(short).collect::<Vec<_>>(),
        [
            "11 market 1 11 12 Will A? 0.49/0.51",
            "11 book 11 0.49/0.51",
            "12 book 11 0.60/0.62",
            "12 market 2 bars:2:yes bars:2:no Will B? 0.005/0.025",
            "12 book bars:2:yes 0.005/0.025",
            "12 market 3 31 bars:3:no C, or not? 0.49/0.51",
            "12 book 31 0.49/0.51",
            "12 market 7 71 bars:7:no Unclear? 0.49/0.51",
            "12 book 71 0.49/0.51",
            "12 ended 3 No",
            "13 book bars:2:yes 0.99/-",
            "14 book 11 0.985/-",
            "14 book bars:2:yes 0.1134/0.1334",
            "14 ended 2 Void",
            "14.5 ended 1 Yes",
            "20 market 8 81 bars:8:no Open? 0.49/0.51",
            "20 book 81 0.49/0.51",
        ]
    );
    assert_eq!(all(&bars), records, "the same every time");
    let left_out = BarsLeftOut {
        // Two titles without a key or an id and one with a known id; seven bars; an end without an instant and a second end.
        rows: 3 + 7 + 2,
        untitled: 1,
        without_bars: 1,
        named_outcomes: 1,
        ended_before_first_bar: 1,
        bars_after_end: 1 + 1 + 1,
        results: 1,
    };
    assert_eq!((bars.left_out(), left_out.total()), (left_out, 20));
    assert_eq!((bars.market_count(), bars.bar_count()), (5, 9));
    assert_eq!((bars.depth(), bars.mirrors()), (Depth::Unknown, true));
    let day = |n: i64| Timestamp::from_secs(n * DAY);
    assert_eq!(bars.span(), (day(11), day(20)));
    assert!(matches!(bars.label(), SourceLabel::Recorded { as_of, .. } if as_of == day(20)));
    assert_eq!(bars.category(&MarketId::new("1").unwrap()), None);
}

#[test]
fn the_spread_is_a_cent_either_way_where_that_is_an_order() {
    for close in (0..=10_000).step_by(5) {
        let assumed = bars::around(Price::from_e4(close).unwrap());
        let order = |e4: i32| Some(e4).filter(|e4| (1..10_000).contains(e4));
        let e4 = |p: Option<Price>| p.map(|p| i32::from(p.e4()));
        let close = i32::from(close);
        assert_eq!((e4(assumed.0), e4(assumed.1)), (order(close - 100), order(close + 100)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// What was recorded after an instant changes nothing before it: the history of the rows up to an instant is the beginning of
    /// the history of all rows.
    #[test]
    fn what_comes_later_changes_nothing_before(
        rows in prop::collection::vec((0..4_usize, 0..2_usize, 0..12 * DAY, 0..=10_000_u16), 1..60),
        ends in prop::collection::vec((0..15 * DAY, 0..3_usize), 4),
        until in 1..14_i64,
    ) {
        const KEYS: [&str; 4] = ["a", "b", "c", "d"];
        const TOKENS: [[&str; 2]; 4] = [["11", "12"], ["21", "22"], ["31", "32"], ["41", "42"]];
        let bars: Vec<Row> = rows
            .iter()
            .map(|(m, o, secs, e4)| (KEYS[*m], ["Yes", "No"][*o], TOKENS[*m][*o], *secs, f64::from(*e4) / 10_000.0))
            .collect();
        let ends: Vec<_> = (0..4).map(|m| (KEYS[m], ["Yes", "No", "?"][ends[m].1], Some(ends[m].0))).collect();
        let history = |before: i64| {
            let folder = tempfile::tempdir().unwrap();
            write_titles(folder.path(), "a,1,0x1,A?\nb,2,0x2,B?\nc,3,0x3,C?\nd,4,0x4,D?\n");
            // The ids of tokens are known from the start: a market has both.
            let mut known: Vec<Row> = Vec::new();
            for (m, o) in (0..4).flat_map(|m| [(m, 0), (m, 1)]) {
                known.push((KEYS[m], ["Yes", "No"][o], TOKENS[m][o], 0, f64::NAN));
            }
            known.extend(bars.iter().filter(|r| r.3 < before));
            write_bars(folder.path(), &known);
            write_ends(folder.path(), &ends.iter().filter(|e| e.2 <= Some(before)).copied().collect::<Vec<_>>());
            DailyBars::open(folder.path()).map(|b| all(&b)).unwrap_or_default()
        };
        let whole = history(i64::MAX);
        prop_assert!(whole.windows(2).all(|w| w[0].order() < w[1].order()));
        let until = until * DAY;
        let begun: Vec<_> = whole.into_iter().take_while(|r| r.at <= Timestamp::from_secs(until)).collect();
        prop_assert_eq!(history(until), begun);
    }
}

#[test]
fn equal_files_have_equal_hashes_and_a_byte_makes_another() {
    let hash = |folder: &tempfile::TempDir| DailyBars::open(folder.path()).unwrap().data_hash();
    let (one, other) = (folder(), folder());
    let file = |name: &str| Sha256::digest(std::fs::read(one.path().join(name)).unwrap());
    let expected =
        Sha256::digest([file("candles_1d.parquet"), file("resolutions.parquet"), file("titles.csv")].concat());
    assert_eq!(hash(&one), format!("{expected:x}"));
    assert_eq!(hash(&one), hash(&other));
    let titles = std::fs::read_to_string(other.path().join("titles.csv")).unwrap();
    std::fs::write(other.path().join("titles.csv"), titles.replace("Will B?", "Will B.")).unwrap();
    assert_ne!(hash(&one), hash(&other));
}

fn refused(folder: &Path) -> (String, String) {
    match open_history(folder).map(|_| ()) {
        Err(SourceError::Recording { name, reason }) => (name, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_folder_of_bars_is_known_by_its_file_and_is_to_be_replayed_only() {
    let folder = folder();
    assert_eq!(all(&*open_history(folder.path()).unwrap()).len(), 17);
    let error = open_recorded(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("daily bars") && error.contains("betty backtest"), "{error}");
}

#[test]
fn missing_files_and_columns_are_named() {
    for missing in ["resolutions.parquet", "titles.csv"] {
        let folder = folder();
        std::fs::remove_file(folder.path().join(missing)).unwrap();
        assert!(refused(folder.path()).1.contains(missing), "{missing}");
    }
    let folder = folder();
    let ids = || ("market_id", Cells::Text(vec![some("a")]));
    let path = folder.path().join("resolutions.parquet");
    let keep = std::fs::read(&path).unwrap();
    write(&path, 1, &[ids(), ("resolved_at", Cells::Int(vec![Some(1)]))]);
    let (name, reason) = refused(folder.path());
    assert_eq!(name, "resolutions.parquet");
    assert!(reason.contains("no column winning_outcome_label. Expected: market_id"), "{reason}");
    let result = || ("winning_outcome_label", Cells::Text(vec![some("Yes")]));
    write(&path, 1, &[ids(), result(), ("resolved_at", Cells::Float(vec![Some(1.0)]))]);
    let (_, reason) = refused(folder.path());
    assert!(reason.contains("column resolved_at is DOUBLE, and a plain INT64 is expected"), "{reason}");
    std::fs::write(&path, keep).unwrap();
    std::fs::write(folder.path().join("titles.csv"), "market_id,question\na,A?\n").unwrap();
    assert!(refused(folder.path()).1.contains("no column gamma_market_id"));
    write_titles(folder.path(), "nobody knows,1,0x1,A?\n");
    assert!(refused(folder.path()).1.contains("no bar of a Yes/No market with a title"));
}

/// A cut is refused by name. A byte that was changed is refused or makes other rows, which the hash tells; neither is a panic, and what
/// is read is in order.
#[test]
fn cut_and_damaged_files_are_refused_without_a_panic() {
    let folder = folder();
    for (file, step) in [("candles_1d.parquet", 5), ("resolutions.parquet", 2)] {
        let path = folder.path().join(file);
        let whole = std::fs::read(&path).unwrap();
        for cut in (0..whole.len()).step_by(step).chain(whole.len() - 8..whole.len()) {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (name, reason) = refused(folder.path());
            assert_eq!(name, file);
            assert!(reason.contains("cut off or damaged"), "cut at {cut}: {reason}");
        }
        let (mut named, mut read) = (0, 0);
        for (at, mask) in (0..whole.len()).step_by(step).zip([0x01, 0x80, 0xff].into_iter().cycle()) {
            let mut bytes = whole.clone();
            bytes[at] ^= mask;
            std::fs::write(&path, bytes).unwrap();
            match DailyBars::open(folder.path()) {
                Ok(bars) => {
                    ordered(&all(&bars));
                    read += 1;
                }
                Err(SourceError::Recording { name, reason }) => {
                    assert_eq!(name, file, "{reason}");
                    named += 1;
                }
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
        eprintln!("{file}: of {} changed bytes {named} were refused and {read} read as other data", named + read);
        assert!(named > (named + read) / 4, "{named} refused, {read} read");
        std::fs::write(&path, &whole).unwrap();
    }
    DailyBars::open(folder.path()).unwrap();
}

#[test]
fn the_recorded_bars_replay_whole() {
    let Some(folder) = test_data::find("daily-candles-2022-11_2026-06", "the recorded bars as history") else { return };
    let began = Instant::now();
    let bars = DailyBars::open(&folder).unwrap();
    let opened = began.elapsed();
    let mut counts = BTreeMap::new();
    let mut open = BTreeSet::new();
    let mut tokens = BTreeSet::new();
    let mut last = None;
    let mut middles = 0_u64;
    for record in bars.records() {
        let record = record.unwrap();
        assert!(last < Some(record.order()));
        last = Some(record.order());
        let kind = match &record.event {
            HistoryEvent::Market(m) => {
                assert!(open.insert(m.market().id.clone()) && tokens.insert(m.market().yes.clone()));
                "markets"
            }
            HistoryEvent::Book(b) => {
                assert!(tokens.contains(&b.token) && b.at == record.at);
                assert_eq!(record.at.millis() % (DAY * 1_000), 0, "at the end of a day");
                let (bid, ask) = (b.best_bid().map(|l| l.price.e4()), b.best_ask().map(|l| l.price.e4()));
                middles += u64::from(bid.map_or_else(|| ask.unwrap() - BAR_HALF_SPREAD_E4, |b| b + BAR_HALF_SPREAD_E4));
                "books"
            }
            HistoryEvent::Ended { market, ending } => {
                assert!(open.remove(market) && ending.public_at() == record.at);
                "ends"
            }
            other => panic!("{other:?}"),
        };
        *counts.entry(kind).or_insert(0) += 1;
    }
    eprintln!(
        "{counts:?}, left out {:?}: opened in {opened:?}, with the replay {:?}",
        bars.left_out(),
        began.elapsed()
    );
    // Counted and added up with another reader of Parquet, by the rules that the type's documentation states.
    assert_eq!((counts["markets"], counts["books"], counts["ends"], open.len()), (846, 78_953, 846, 0));
    assert_eq!((bars.market_count(), bars.bar_count(), middles), (846, 78_953, 109_784_420));
    let left_out = bars.left_out();
    assert_eq!((left_out.untitled, left_out.named_outcomes, left_out.without_bars), (6_422, 523, 62));
    assert_eq!((left_out.bars_after_end, left_out.ended_before_first_bar, left_out.rows), (654, 0, 0));
    assert_eq!(bars.span(), (Timestamp::from_secs(1_736_208_000), Timestamp::from_secs(1_779_247_027)));
}
