//! Which kind of recording a path is.

use super::format::MAGIC;
use super::{GammaDump, QuotesSet, RecordedSource, quotes_csv, unusable};
use crate::source::{MarketSource, SourceError};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// What can be opened, told with every refusal.
const KINDS: &str =
    "Give a saved Gamma answer (.json or .json.gz), a folder with quotes.csv.gz and markets.csv.gz, or a .bettyrec";

/// Opens whatever kind of recording a path is, told by its content rather than its name. Reads files: not for an async context.
///
/// # Errors
/// [`SourceError::Recording`] that says what is wrong and what can be opened instead.
pub fn open_recorded(path: impl AsRef<Path>) -> Result<Arc<dyn MarketSource>, SourceError> {
    let path = path.as_ref();
    let kind = std::fs::metadata(path).map_err(|e| unusable(path, format!("it cannot be found ({e}). {KINDS}")))?;
    if kind.is_dir() {
        if quotes_csv::find(path, "quotes").is_none() || quotes_csv::find(path, "markets").is_none() {
            return Err(unusable(path, format!("the folder holds no quotes and markets. {KINDS}")));
        }
        return Ok(Arc::new(QuotesSet::open(path)?));
    }
    let mut magic = Vec::new();
    let read = File::open(path).and_then(|f| f.take(MAGIC.len() as u64).read_to_end(&mut magic));
    read.map_err(|e| unusable(path, format!("it cannot be read ({e}). Check its permissions")))?;
    let named = path.extension().is_some_and(|e| e == "bettyrec");
    if named || magic == MAGIC {
        return Ok(Arc::new(RecordedSource::open(path)?));
    }
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let json = magic.iter().find(|b| !b.is_ascii_whitespace()).is_none_or(|b| matches!(b, b'[' | b'{'));
    if !gzip && !json {
        return Err(unusable(path, format!("it is no recording Betty knows. {KINDS}")));
    }
    Ok(Arc::new(GammaDump::open(path)?))
}
