//! Reading the three files of a folder of daily bars.

use super::bars::{BarsLeftOut, DAY_MS};
use super::bars_parquet::{Kind, Table};
use super::gamma_dump::read_error;
use super::hashed::HashedFile;
use super::open::CANDLES;
use super::unusable;
use crate::ids::{ConditionId, MarketId, TokenId};
use crate::market::Resolution;
use crate::money::Price;
use crate::source::SourceError;
use crate::time::Timestamp;
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

const RESOLUTIONS: &str = "resolutions.parquet";
const DAY_SECS: i64 = DAY_MS / 1_000;

/// A market with at least one bar that was over before it ended.
#[derive(Debug)]
pub(super) struct BarMarket {
    pub(super) id: MarketId,
    pub(super) condition: ConditionId,
    pub(super) yes: TokenId,
    pub(super) no: TokenId,
    pub(super) question: String,
    /// By day, one for each.
    pub(super) bars: Vec<Bar>,
    pub(super) end: Option<(Timestamp, Resolution)>,
}

/// The YES close of a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    /// Days since 1970-01-01.
    day: u32,
    pub(super) close: Price,
}

impl Bar {
    /// When the day was over and the bar known.
    pub(super) fn known_at(self) -> Timestamp {
        Timestamp::from_secs((i64::from(self.day) + 1) * DAY_SECS)
    }
}

/// A folder, read.
#[derive(Debug)]
pub(super) struct Loaded {
    /// By id, as text.
    pub(super) markets: Vec<BarMarket>,
    pub(super) left_out: BarsLeftOut,
    /// SHA-256 over the SHA-256 of bars, resolutions and titles, as they are on disk.
    pub(super) hash: [u8; 32],
}

struct Title {
    id: MarketId,
    condition: ConditionId,
    question: String,
}

struct End {
    at: i64,
    result: String,
}

/// What the bars say of one market, day by day and outcome by outcome.
#[derive(Default)]
struct Draft {
    /// An outcome is called neither Yes nor No.
    named: bool,
    tokens: [Option<TokenId>; 2],
    /// For YES and for NO: when in the day, and the close.
    days: BTreeMap<u32, [Option<(i64, Price)>; 2]>,
}

/// Reads a folder.
pub(super) fn load(folder: &Path) -> Result<Loaded, SourceError> {
    let mut left_out = BarsLeftOut::default();
    let (titles, titles_hash) = read_titles(folder, &mut left_out)?;
    let (ends, ends_hash) = read_ends(&file(folder, &[RESOLUTIONS])?, &mut left_out)?;
    let candles = file(folder, &[CANDLES])?;
    let (drafts, candles_hash) = read_bars(&candles, &titles, &mut left_out)?;
    let mut markets = Vec::new();
    left_out.without_bars = titles.len() - drafts.len();
    for (key, draft) in drafts {
        if draft.named {
            left_out.named_outcomes += 1;
            continue;
        }
        let Some(title) = titles.get(&key) else { continue };
        let end = ends.get(&key);
        let mut bars: Vec<Bar> = draft.days.into_iter().filter_map(|(day, closes)| bar(day, closes)).collect();
        let all = bars.len();
        if all == 0 {
            left_out.without_bars += 1;
            continue;
        }
        bars.retain(|b| end.is_none_or(|e| b.known_at() <= Timestamp::from_secs(e.at)));
        left_out.bars_after_end += all - bars.len();
        if bars.is_empty() {
            left_out.ended_before_first_bar += 1;
            continue;
        }
        let result = end.and_then(|e| Some((Timestamp::from_secs(e.at), resolution(&e.result)?)));
        left_out.results += usize::from(end.is_some() && result.is_none());
        let [yes, no] = draft.tokens;
        let stand_in = |outcome: &str| TokenId::new(format!("bars:{}:{outcome}", title.id)).ok();
        let (Some(yes), Some(no)) = (yes.or_else(|| stand_in("yes")), no.or_else(|| stand_in("no"))) else {
            left_out.rows += 1;
            continue;
        };
        let Title { id, condition, question } = title;
        let (id, condition, question) = (id.clone(), condition.clone(), question.clone());
        markets.push(BarMarket { id, condition, yes, no, question, bars, end: result });
    }
    if markets.is_empty() {
        return Err(unusable(
            &candles,
            "it has no bar of a Yes/No market with a title that was over before the market ended. Put titles.csv.gz and \
             resolutions.parquet of the same collection beside it",
        ));
    }
    markets.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    let hash = Sha256::digest([candles_hash, ends_hash, titles_hash].concat()).into();
    Ok(Loaded { markets, left_out, hash })
}

/// YES as observed, else NO's other side: two sides of one mirrored book.
fn bar(day: u32, [yes, no]: [Option<(i64, Price)>; 2]) -> Option<Bar> {
    let close = yes.map(|(_, price)| price).or_else(|| no.map(|(_, price)| price.complement()))?;
    Some(Bar { day, close })
}

fn resolution(result: &str) -> Option<Resolution> {
    match result {
        "Yes" => Some(Resolution::Yes),
        "No" => Some(Resolution::No),
        "50-50" => Some(Resolution::Void),
        _ => None,
    }
}

fn file(folder: &Path, names: &[&str]) -> Result<PathBuf, SourceError> {
    let found = names.iter().map(|name| folder.join(name)).find(|p| p.is_file());
    found.ok_or_else(|| {
        let (name, all) = (names[0], format!("{CANDLES}, {RESOLUTIONS} and titles.csv.gz"));
        unusable(folder, format!("the folder has no {name}. Put {all} into one folder"))
    })
}

type Titles = BTreeMap<String, Title>;

fn read_titles(folder: &Path, left_out: &mut BarsLeftOut) -> Result<(Titles, [u8; 32]), SourceError> {
    let path = &file(folder, &["titles.csv.gz", "titles.csv"])?;
    let broken = |e: csv::Error| match e.into_kind() {
        ErrorKind::Io(e) => read_error(path, &e),
        other => unusable(path, format!("it is no readable CSV ({other:?}). Get the file again")),
    };
    let mut file = HashedFile::open(path)?;
    let mut titles = Titles::new();
    {
        let mut table = ReaderBuilder::new().flexible(true).from_reader(file.unpacked());
        let header = table.byte_headers().map_err(broken)?.clone();
        let names = ["market_id", "gamma_market_id", "condition_id", "question"];
        let mut columns = [0; 4];
        for (column, name) in columns.iter_mut().zip(names) {
            let found = header.iter().position(|h| h.trim_ascii() == name.as_bytes());
            let missing = || unusable(path, format!("it has no column {name}. Expected: {}", names.join(", ")));
            *column = found.ok_or_else(missing)?;
        }
        let mut record = ByteRecord::new();
        let mut ids = HashSet::new();
        while table.read_byte_record(&mut record).map_err(broken)? {
            let text = |c: usize| {
                std::str::from_utf8(record.get(c)?).ok().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
            };
            let [key, id, condition, question] = columns.map(text);
            let title = (|| {
                let (id, condition) = (MarketId::new(id?).ok()?, ConditionId::new(condition?).ok()?);
                Some((key?, Title { id, condition, question: question? }))
            })();
            // Of two rows with one id the first counts.
            match title {
                Some((key, title)) if !titles.contains_key(&key) && ids.insert(title.id.clone()) => {
                    titles.insert(key, title);
                }
                _ => left_out.rows += 1,
            }
        }
    }
    Ok((titles, file.finish(path)?))
}

type Ends = HashMap<String, End>;

fn read_ends(path: &Path, left_out: &mut BarsLeftOut) -> Result<(Ends, [u8; 32]), SourceError> {
    let columns = [("market_id", Kind::Text), ("winning_outcome_label", Kind::Text), ("resolved_at", Kind::Int)];
    let table = Table::open(path, columns)?;
    let mut ends = Ends::new();
    table.each(|[key, result, at], row| {
        let end = key.text(row).zip(result.text(row)).zip(at.int(row).filter(|s| (0..=SECS_MAX).contains(s)));
        match end {
            Some(((key, result), at)) if !ends.contains_key(key) => {
                ends.insert(key.to_owned(), End { at, result: result.to_owned() });
            }
            _ => left_out.rows += 1,
        }
    })?;
    Ok((ends, table.hash()))
}

/// The last second taken for an instant, 2106-02-07: later ones are damage.
const SECS_MAX: i64 = u32::MAX as i64;

type Drafts = BTreeMap<String, Draft>;

fn read_bars(path: &Path, titles: &Titles, left_out: &mut BarsLeftOut) -> Result<(Drafts, [u8; 32]), SourceError> {
    let columns = [
        ("market_id", Kind::Text),
        ("outcome_label", Kind::Text),
        ("token_id", Kind::Text),
        ("observed_at", Kind::Int),
        ("close", Kind::Float),
    ];
    let table = Table::open(path, columns)?;
    let mut drafts = Drafts::new();
    let mut untitled = HashSet::new();
    table.each(|[key, label, token, at, close], row| {
        let Some((key, label)) = key.text(row).zip(label.text(row)) else {
            left_out.rows += 1;
            return;
        };
        if !titles.contains_key(key) {
            if !untitled.contains(key) {
                untitled.insert(key.to_owned());
            }
            return;
        }
        if !drafts.contains_key(key) {
            drafts.insert(key.to_owned(), Draft::default());
        }
        let Some(draft) = drafts.get_mut(key) else { return };
        let outcome = match label {
            "Yes" => 0,
            "No" => 1,
            _ => {
                draft.named = true;
                return;
            }
        };
        if draft.tokens[outcome].is_none() {
            draft.tokens[outcome] = token.text(row).and_then(|t| TokenId::new(t).ok());
        }
        let secs = at.int(row).filter(|s| (0..=SECS_MAX).contains(s));
        let price = close.float(row).and_then(Price::from_f64);
        let (Some(secs), Some(price)) = (secs, price) else {
            left_out.rows += 1;
            return;
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 2106
        let day = (secs / DAY_SECS) as u32;
        let kept = &mut draft.days.entry(day).or_default()[outcome];
        // A day can have two rows: the later one is its close.
        if kept.is_none_or(|(at, _)| secs >= at) {
            *kept = Some((secs, price));
        }
    })?;
    left_out.untitled = untitled.len();
    Ok((drafts, table.hash()))
}
