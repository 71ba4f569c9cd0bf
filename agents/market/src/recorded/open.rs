//! Which kind of recording a path is.

use super::archive::segments;
use super::format::MAGIC;
use super::{DailyBars, GammaDump, QuotesSet, RecordedSource, RecordingHistory, quotes_csv, unusable};
use crate::history::History;
use crate::source::{MarketSource, SourceError};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// What can be opened, told with every refusal.
const KINDS: &str = "Give a saved Gamma answer (.json or .json.gz), a folder with quotes.csv.gz and markets.csv.gz, a .bettyrec, or a folder of them; to replay, a folder with candles_1d.parquet too";

/// Daily bars of all markets, the file by which a folder of them is known.
pub(super) const CANDLES: &str = "candles_1d.parquet";

enum Kind {
    Quotes,
    Bars,
    Recording,
    Dump,
}

/// Tells the kind by content rather than by name.
fn kind(path: &Path) -> Result<Kind, SourceError> {
    let kind = std::fs::metadata(path).map_err(|e| unusable(path, format!("it cannot be found ({e}). {KINDS}")))?;
    if kind.is_dir() {
        if path.join(CANDLES).is_file() {
            return Ok(Kind::Bars);
        }
        if quotes_csv::find(path, "quotes").is_none() || quotes_csv::find(path, "markets").is_none() {
            return match segments(path) {
                Ok(found) if !found.is_empty() => Ok(Kind::Recording),
                _ => Err(unusable(path, format!("the folder holds no quotes and markets, and no recording. {KINDS}"))),
            };
        }
        return Ok(Kind::Quotes);
    }
    let mut magic = Vec::new();
    let read = File::open(path).and_then(|f| f.take(MAGIC.len() as u64).read_to_end(&mut magic));
    read.map_err(|e| unusable(path, format!("it cannot be read ({e}). Check its permissions")))?;
    let named = path.extension().is_some_and(|e| e == "bettyrec");
    if named || magic == MAGIC {
        return Ok(Kind::Recording);
    }
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let json = magic.iter().find(|b| !b.is_ascii_whitespace()).is_none_or(|b| matches!(b, b'[' | b'{'));
    if !gzip && !json {
        return Err(unusable(path, format!("it is no recording Betty knows. {KINDS}")));
    }
    Ok(Kind::Dump)
}

/// Opens whatever kind of recording a path is, told by its content rather than its name. Reads files: not for an async context.
///
/// # Errors
/// [`SourceError::Recording`] that says what is wrong and what can be opened instead; daily bars, which are no market that stands at an
/// instant, too.
pub fn open_recorded(path: impl AsRef<Path>) -> Result<Arc<dyn MarketSource>, SourceError> {
    let path = path.as_ref();
    Ok(match kind(path)? {
        Kind::Quotes => Arc::new(QuotesSet::open(path)?),
        Kind::Recording => Arc::new(RecordedSource::open(path)?),
        Kind::Dump => Arc::new(GammaDump::open(path)?),
        Kind::Bars => {
            return Err(unusable(
                path,
                "it holds daily bars of markets that have ended: they can be replayed (betty backtest), and there is nothing to \
                 trade in them now. Give a folder of quotes or a .bettyrec",
            ));
        }
    })
}

/// Opens a recording to be replayed from its beginning: a folder of quotes, a folder of daily bars, a `.bettyrec` or a folder of them. Reads files
/// through: not for an async context.
///
/// # Errors
/// [`SourceError::Recording`] that says what is wrong and what can be opened instead; a saved Gamma answer, which is one instant, too.
pub fn open_history(path: impl AsRef<Path>) -> Result<Arc<dyn History>, SourceError> {
    let path = path.as_ref();
    Ok(match kind(path)? {
        Kind::Quotes => Arc::new(QuotesSet::open(path)?),
        Kind::Bars => Arc::new(DailyBars::open(path)?),
        Kind::Recording => Arc::new(RecordingHistory::open(path)?),
        Kind::Dump => {
            return Err(unusable(
                path,
                "it is one saved answer, a single instant with nothing to replay. Give a folder with quotes.csv.gz and \
                 markets.csv.gz, or a .bettyrec",
            ));
        }
    })
}
