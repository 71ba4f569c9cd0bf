//! Reading the two files of a quotes folder into columns.

use super::gamma_dump::read_error;
use super::hashed::HashedFile;
use super::unusable;
use crate::ids::{ConditionId, MarketId, NegRiskId, TokenId};
use crate::market::Resolution;
use crate::money::Price;
use crate::source::SourceError;
use crate::time::Timestamp;
use csv::{ByteRecord, ReaderBuilder};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// The result, where one was reported; last prices taken for a result are not.
    pub(super) resolution: Option<Resolution>,
    pub(super) resolved_at: Option<Timestamp>,
    /// A guess of the recorder.
    pub(super) category: Option<Arc<str>>,
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
    /// SHA-256 over the SHA-256 of the markets file and that of the quotes file, as they are on disk.
    pub(super) hash: [u8; 32],
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
    let mut file = HashedFile::open(&markets)?;
    let (mut rows, mut rejected) = read_markets(&markets, &mut file)?;
    let mut hash = Sha256::new_with_prefix(file.finish(&markets)?);
    let index: HashMap<String, u32> = rows
        .iter()
        .enumerate()
        .map(|(i, m)| (m.id.as_str().to_owned(), u32::try_from(i).unwrap_or(u32::MAX)))
        .collect();
    let mut file = HashedFile::open(&quotes)?;
    let (mut flat, bad) = read_quotes(&quotes, &mut file, &index)?;
    hash.update(file.finish(&quotes)?);
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
    Ok(Loaded { markets: rows, columns, rejected, last: Timestamp::from_secs(last), hash: hash.finalize().into() })
}

struct Flat {
    market: u32,
    secs: u32,
    mid: u16,
    bid: u16,
    ask: u16,
    volume: u32,
}

type Csv<'a> = csv::Reader<Box<dyn Read + 'a>>;

/// Opens a table and finds its columns by name. The optional ones lie past every row where the table does not have them.
fn table<'a, const N: usize, const M: usize>(
    path: &Path,
    file: &'a mut HashedFile,
    names: [&str; N],
    optional: [&str; M],
) -> Result<(Csv<'a>, [usize; N], [usize; M]), SourceError> {
    let mut table = ReaderBuilder::new().flexible(true).from_reader(file.unpacked());
    let header = table.byte_headers().map_err(|e| broken(path, e))?.clone();
    let find = |name: &str| header.iter().position(|h| h.trim_ascii() == name.as_bytes());
    let mut columns = [0; N];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = find(name)
            .ok_or_else(|| unusable(path, format!("it has no column {name}. Expected: {}", names.join(", "))))?;
    }
    Ok((table, columns, optional.map(|name| find(name).unwrap_or(usize::MAX))))
}

fn broken(path: &Path, error: csv::Error) -> SourceError {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => read_error(path, &e),
        other => unusable(path, format!("it is no readable CSV ({other:?}). Get the file again")),
    }
}

fn each(
    path: &Path,
    table: &mut Csv<'_>,
    mut row: impl FnMut(&ByteRecord) -> Option<()>,
) -> Result<usize, SourceError> {
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

/// What `outcome_source` says where the outcome is only the last price, at 0 or 1: likely, but not a result.
const INFERRED: &str = "inferred";

fn read_markets(path: &Path, file: &mut HashedFile) -> Result<(Vec<MarketRow>, usize), SourceError> {
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
    let (mut table, columns, optional) = table(path, file, names, ["category_guess", "outcome_source"])?;
    let mut rows = Vec::new();
    let mut categories: HashMap<String, Arc<str>> = HashMap::new();
    let rejected = each(path, &mut table, |record| {
        let [id, question, end, yes, no, group, outcome, resolved] = columns.map(|c| text(record, c));
        let [category, outcome_source] = optional.map(|c| text(record, c));
        let reported = !outcome_source.is_some_and(|s| s.contains(INFERRED));
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
                Some("Yes") if reported => Some(Resolution::Yes),
                Some("No") if reported => Some(Resolution::No),
                _ => None,
            },
            resolved_at: resolved.and_then(Timestamp::parse),
            category: category.map(|c| match categories.get(c) {
                Some(known) => Arc::clone(known),
                None => Arc::clone(categories.entry(c.to_owned()).or_insert_with(|| Arc::from(c))),
            }),
        });
        Some(())
    })?;
    Ok((rows, rejected))
}

fn read_quotes(
    path: &Path,
    file: &mut HashedFile,
    index: &HashMap<String, u32>,
) -> Result<(Vec<Flat>, usize), SourceError> {
    let names = ["ts", "market_id", "yes_mid", "yes_bid", "yes_ask", "volume_24h"];
    let (mut table, columns, []) = table(path, file, names, [])?;
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
