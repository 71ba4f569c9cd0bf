//! Reading the two files of a quotes folder into columns.

use super::gamma_dump::{open_maybe_gzip, read_error};
use super::unusable;
use crate::ids::{ConditionId, MarketId, NegRiskId, TokenId};
use crate::market::Resolution;
use crate::money::Price;
use crate::source::SourceError;
use crate::time::Timestamp;
use csv::{ByteRecord, ReaderBuilder};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A price that was not recorded.
const NONE: u16 = u16::MAX;
/// Most quotes read: sixteen bytes each, so 1.6 GB.
const QUOTES_MAX: usize = 100_000_000;

/// What `markets.csv` says of one market.
#[derive(Debug, Clone)]
pub(super) struct MarketRow {
    pub(super) id: MarketId,
    /// A stand-in: the recording has no condition ids.
    pub(super) condition: ConditionId,
    pub(super) yes: TokenId,
    pub(super) no: TokenId,
    pub(super) question: String,
    pub(super) end: Option<Timestamp>,
    pub(super) group: Option<NegRiskId>,
    pub(super) resolution: Option<Resolution>,
    pub(super) resolved_at: Option<Timestamp>,
}

/// One quote, unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) at: Timestamp,
    pub(super) mid: Option<Price>,
    pub(super) bid: Option<Price>,
    pub(super) ask: Option<Price>,
    pub(super) volume_24h: Option<u32>,
}

/// All quotes, column by column, by market and then by time.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Quotes of market `i` are at `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    secs: Vec<u32>,
    mids: Vec<u16>,
    bids: Vec<u16>,
    asks: Vec<u16>,
    volumes: Vec<u32>,
}

/// A folder, read.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Markets with at least one quote.
    pub(super) markets: Vec<MarketRow>,
    pub(super) columns: Columns,
    /// Rows that could not be used, of either file.
    pub(super) rejected: usize,
    /// The last quote of all.
    pub(super) last: Timestamp,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.secs.len()
    }

    pub(super) fn range(&self, market: usize) -> std::ops::Range<usize> {
        self.starts[market]..self.starts[market + 1]
    }

    pub(super) fn get(&self, i: usize) -> Quote {
        let price = |e4: u16| Price::from_e4(e4).ok();
        Quote {
            at: Timestamp::from_secs(i64::from(self.secs[i])),
            mid: price(self.mids[i]),
            bid: price(self.bids[i]),
            ask: price(self.asks[i]),
            volume_24h: Some(self.volumes[i]).filter(|v| *v != u32::MAX),
        }
    }

    /// The last quote of a market at or before an instant.
    pub(super) fn last_at(&self, market: usize, at: Timestamp) -> Option<Quote> {
        let range = self.range(market);
        let secs = at.millis().div_euclid(1_000);
        let after = self.secs[range.clone()].partition_point(|s| i64::from(*s) <= secs);
        (after > 0).then(|| self.get(range.start + after - 1))
    }
}

/// The file of a folder, packed or plain.
pub(super) fn find(folder: &Path, stem: &str) -> Option<PathBuf> {
    ["csv.gz", "csv"].iter().map(|end| folder.join(format!("{stem}.{end}"))).find(|p| p.is_file())
}

/// Reads a folder.
pub(super) fn load(folder: &Path) -> Result<Loaded, SourceError> {
    let file = |stem| {
        let missing = || {
            unusable(
                folder,
                format!("the folder has no {stem}.csv.gz. Put quotes.csv.gz and markets.csv.gz into one folder"),
            )
        };
        find(folder, stem).ok_or_else(missing)
    };
    let (quotes, markets) = (file("quotes")?, file("markets")?);
    let (mut rows, mut rejected) = read_markets(&markets)?;
    let index: HashMap<String, u32> = rows
        .iter()
        .enumerate()
        .map(|(i, m)| (m.id.as_str().to_owned(), u32::try_from(i).unwrap_or(u32::MAX)))
        .collect();
    let (mut flat, bad) = read_quotes(&quotes, &index)?;
    rejected += bad;
    if flat.is_empty() {
        return Err(unusable(&quotes, "it holds no usable quote of a known market. Get the file again"));
    }
    flat.sort_by_key(|q| (q.market, q.secs));
    let mut columns = Columns { starts: vec![0], ..Columns::default() };
    let mut kept = Vec::new();
    let mut current = None;
    for quote in &flat {
        if current != Some(quote.market) {
            if current.is_some() {
                columns.starts.push(columns.secs.len());
            }
            current = Some(quote.market);
            kept.push(quote.market as usize);
        }
        columns.secs.push(quote.secs);
        columns.mids.push(quote.mid);
        columns.bids.push(quote.bid);
        columns.asks.push(quote.ask);
        columns.volumes.push(quote.volume);
    }
    columns.starts.push(columns.secs.len());
    let last = columns.secs.iter().max().map_or(0, |s| i64::from(*s));
    let mut wanted = kept.into_iter().peekable();
    let mut i = 0;
    rows.retain(|_| {
        let keep = wanted.next_if_eq(&i).is_some();
        i += 1;
        keep
    });
    Ok(Loaded { markets: rows, columns, rejected, last: Timestamp::from_secs(last) })
}

struct Flat {
    market: u32,
    secs: u32,
    mid: u16,
    bid: u16,
    ask: u16,
    volume: u32,
}

type Csv = csv::Reader<Box<dyn std::io::Read>>;

/// Opens a table and finds its columns by name.
fn table<const N: usize>(path: &Path, names: [&str; N]) -> Result<(Csv, [usize; N]), SourceError> {
    let mut table = ReaderBuilder::new().flexible(true).from_reader(open_maybe_gzip(path)?);
    let header = table.byte_headers().map_err(|e| broken(path, e))?.clone();
    let mut columns = [0; N];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = header
            .iter()
            .position(|h| h.trim_ascii() == name.as_bytes())
            .ok_or_else(|| unusable(path, format!("it has no column {name}. Expected: {}", names.join(", "))))?;
    }
    Ok((table, columns))
}

fn broken(path: &Path, error: csv::Error) -> SourceError {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => read_error(path, &e),
        other => unusable(path, format!("it is no readable CSV ({other:?}). Get the file again")),
    }
}

fn each(path: &Path, table: &mut Csv, mut row: impl FnMut(&ByteRecord) -> Option<()>) -> Result<usize, SourceError> {
    let mut record = ByteRecord::new();
    let mut rejected = 0;
    while table.read_byte_record(&mut record).map_err(|e| broken(path, e))? {
        rejected += usize::from(row(&record).is_none());
    }
    Ok(rejected)
}

fn text(record: &ByteRecord, column: usize) -> Option<&str> {
    std::str::from_utf8(record.get(column)?).ok().map(str::trim).filter(|t| !t.is_empty())
}

fn read_markets(path: &Path) -> Result<(Vec<MarketRow>, usize), SourceError> {
    let names = [
        "market_id",
        "question",
        "end_date",
        "yes_token_id",
        "no_token_id",
        "neg_risk_group_id",
        "outcome",
        "resolved_at",
    ];
    let (mut table, columns) = table(path, names)?;
    let mut rows = Vec::new();
    let rejected = each(path, &mut table, |record| {
        let [id, question, end, yes, no, group, outcome, resolved] = columns.map(|c| text(record, c));
        rows.push(MarketRow {
            id: MarketId::new(id?).ok()?,
            condition: ConditionId::new(format!("unrecorded:{}", id?)).ok()?,
            yes: TokenId::new(yes?).ok()?,
            no: TokenId::new(no?).ok().filter(|no| Some(no.as_str()) != yes)?,
            question: question?.to_owned(),
            end: end.and_then(Timestamp::parse),
            group: group.and_then(|g| NegRiskId::new(g).ok()),
            // A winner's name does not tell which token it is: such a market ends without a known result.
            resolution: match outcome {
                Some("Yes") => Some(Resolution::Yes),
                Some("No") => Some(Resolution::No),
                _ => None,
            },
            resolved_at: resolved.and_then(Timestamp::parse),
        });
        Some(())
    })?;
    Ok((rows, rejected))
}

fn read_quotes(path: &Path, index: &HashMap<String, u32>) -> Result<(Vec<Flat>, usize), SourceError> {
    let (mut table, columns) = table(path, ["ts", "market_id", "yes_mid", "yes_bid", "yes_ask", "volume_24h"])?;
    let mut quotes = Vec::new();
    let rejected = each(path, &mut table, |record| {
        let [secs, id, mid, bid, ask, volume] = columns.map(|c| text(record, c));
        let price = |text: Option<&str>| match text {
            None => Some(NONE),
            Some(text) => Price::from_f64(text.parse().ok()?).map(Price::e4),
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let volume = volume.and_then(|v| v.parse::<f64>().ok()).filter(|v| *v >= 0.0).map_or(u32::MAX, |v| v as u32);
        quotes.push(Flat {
            market: *index.get(id?)?,
            secs: secs?.parse().ok()?,
            mid: price(mid)?,
            bid: price(bid)?,
            ask: price(ask)?,
            volume,
        });
        Some(())
    })?;
    if quotes.len() > QUOTES_MAX {
        return Err(unusable(path, format!("it holds more than {QUOTES_MAX} quotes. Split it by time")));
    }
    Ok((quotes, rejected))
}
