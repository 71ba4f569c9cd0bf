//! From arguments to an exit code. Reads markets, writes nothing.

use super::file::{FILE_BYTES_MAX, Pair, parse};
use super::verdict::{Row, row, unknown};
use crate::app::market::Opened;
use betty_hedging::analyze;
use betty_market::{Market, MarketId, SourceError};
use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

/// Reads a file of pairs; `-` is standard input. Reads files: not for an async context.
///
/// # Errors
/// One sentence that names the file and what to do.
pub fn read(path: &Path) -> Result<Vec<Pair>, String> {
    let shown = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let failed = |why: String| format!("the pairs of {shown} cannot be read: {why}");
    let reader: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(|e| failed(e.to_string()))?)
    };
    let mut bytes = Vec::new();
    reader.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| failed(e.to_string()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(failed(format!("it is longer than {} MiB: split it", FILE_BYTES_MAX >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|e| failed(format!("it is no UTF-8 text: {e}")))?;
    parse(&text).map_err(failed)
}

/// Analyses every pair in its order. A market is asked for once; one that the source does not know makes a row, not an end.
///
/// # Errors
/// The source's error when it cannot answer at all.
pub async fn rows(opened: &Opened, pairs: &[Pair]) -> Result<Vec<Row>, SourceError> {
    let mut markets: HashMap<&MarketId, Result<Market, String>> = HashMap::new();
    for id in pairs.iter().flatten() {
        if markets.contains_key(id) {
            continue;
        }
        let found = match opened.source.market(id).await {
            Ok(market) => Ok(market),
            Err(e @ SourceError::Unavailable { .. }) => return Err(e),
            Err(e) => Err(e.to_string()),
        };
        markets.insert(id, found);
    }
    let analysed = |[a, b]: &Pair| match (&markets[a], &markets[b]) {
        (Ok(x), Ok(y)) => row(a, b, &analyze(x, y)),
        (Err(why), _) | (_, Err(why)) => unknown(a, b, why),
    };
    Ok(pairs.iter().map(analysed).collect())
}
