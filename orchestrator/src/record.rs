//! `betty import` and `betty record`: data into recordings of Betty's own.

use crate::app::market::Opened;
use betty_market::recorded::{RecordingWriter, open_recorded};
use betty_market::source::MarketEvent;
use betty_market::{Market, MarketFilter, MarketSource, SourceError, TokenId};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Events between two syncs to disk.
const SYNC_EVERY: u64 = 256;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Markets.
    pub markets: u64,
    /// Books and other events.
    pub events: u64,
}

fn writer(out: &Path, source: &dyn MarketSource) -> Result<RecordingWriter, SourceError> {
    if out.exists() {
        RecordingWriter::open_append(out)
    } else {
        RecordingWriter::create(out, &source.label(), source.now())
    }
}

fn tokens(markets: &[Market]) -> Vec<TokenId> {
    markets.iter().flat_map(|m| [m.yes.clone(), m.no.clone()]).collect()
}

/// Writes a whole recorded source, markets and books, into a recording.
///
/// # Errors
/// [`SourceError`] when the source cannot be read or the recording not be written.
pub async fn import(path: &Path, out: &Path) -> Result<Written, SourceError> {
    let source = open_recorded(path)?;
    let markets = source.markets(&MarketFilter::default()).await?;
    let mut recording = writer(out, source.as_ref())?;
    recording.write_markets(source.now(), &markets)?;
    let mut written = Written { markets: markets.len() as u64, events: 0 };
    for book in source.books(&tokens(&markets)).await? {
        recording.write_event(book.at, &MarketEvent::Book(book))?;
        written.events += 1;
    }
    recording.sync()?;
    Ok(written)
}

/// Follows markets of a source and writes what happens, until `stop` or the given time.
///
/// # Errors
/// [`SourceError`] when the source does not answer or the recording cannot be written.
pub async fn record(
    opened: &Opened,
    out: &Path,
    filter: &MarketFilter,
    time: Option<Duration>,
    stop: CancellationToken,
) -> Result<Written, SourceError> {
    let source = opened.source.as_ref();
    let markets = source.markets(filter).await?;
    let mut recording = writer(out, source)?;
    recording.write_markets(source.now(), &markets)?;
    recording.sync()?;
    let mut written = Written { markets: markets.len() as u64, events: 0 };
    let mut events = source.subscribe(&tokens(&markets)).await?;
    let end = tokio::time::sleep(time.unwrap_or(Duration::from_secs(u64::from(u32::MAX))));
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = &mut end => break,
            event = events.next() => {
                let Some(event) = event else { break };
                recording.write_event(source.now(), &event)?;
                written.events += 1;
                if written.events.is_multiple_of(SYNC_EVERY) {
                    recording.sync()?;
                }
            }
        }
    }
    recording.sync()?;
    Ok(written)
}
