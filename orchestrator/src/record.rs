//! `betty import` and `betty record`: data into recordings of Betty's own.

use crate::app::market::Opened;
use betty_market::recorded::{RecordingWriter, SEGMENT_BYTES, SegmentWriter, open_recorded};
use betty_market::source::MarketEvent;
use betty_market::{Market, MarketFilter, MarketSource, SourceError, Timestamp, TokenId};
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

/// Where a recording goes.
enum Output {
    File(RecordingWriter),
    Folder(SegmentWriter),
}

impl Output {
    /// A `.bettyrec`, or whatever is a file already, is one; any other name is a folder of segments.
    fn open(out: &Path, source: &dyn MarketSource) -> Result<Self, SourceError> {
        let file = out.is_file() || !out.is_dir() && out.extension().is_some_and(|e| e == "bettyrec");
        if file {
            return writer(out, source).map(Self::File);
        }
        SegmentWriter::open(out, &source.label(), source.now(), SEGMENT_BYTES).map(Self::Folder)
    }

    fn write_markets(&mut self, at: Timestamp, markets: &[Market]) -> Result<(), SourceError> {
        match self {
            Self::File(file) => file.write_markets(at, markets),
            Self::Folder(folder) => folder.write_markets(at, markets),
        }
    }

    fn write_event(&mut self, at: Timestamp, event: &MarketEvent) -> Result<(), SourceError> {
        match self {
            Self::File(file) => file.write_event(at, event),
            Self::Folder(folder) => folder.write_event(at, event),
        }
    }

    fn sync(&mut self) -> Result<(), SourceError> {
        match self {
            Self::File(file) => file.sync(),
            Self::Folder(folder) => folder.sync(),
        }
    }

    /// Syncs and, in a folder, writes the index of the last segment.
    fn close(self) -> Result<(), SourceError> {
        match self {
            Self::File(mut file) => file.sync(),
            Self::Folder(folder) => folder.close(),
        }
    }
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
        // The instant the source stands at: a book's own stamp, which it keeps, may be long before that of the markets.
        recording.write_event(source.now(), &MarketEvent::Book(book))?;
        written.events += 1;
    }
    recording.sync()?;
    Ok(written)
}

/// Follows markets of a source and writes what happens, until `stop` or the given time: into a file when `out` names a `.bettyrec`,
/// else into a folder of segments.
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
    let mut recording = Output::open(out, source)?;
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
    recording.close()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::recorded::{ArchiveReader, open_history};
    use betty_market::sim::{SimConfig, SimulatedSource};
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_name_without_ending_is_a_folder_of_segments_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let source = SimulatedSource::start(SimConfig { speed: 60.0, ..SimConfig::default() }).await.unwrap();
        let opened = Opened { source: Arc::new(source), sim: None };
        let filter = MarketFilter { query: None, limit: Some(10) };
        let time = Some(Duration::from_millis(400));
        let mut events = 0;
        for run in 1..=2 {
            let out = folder.path().join("days");
            let written = record(&opened, &out, &filter, time, CancellationToken::new()).await.unwrap();
            assert_eq!(written.markets, 10);
            events += written.events;
            assert!(out.join(format!("00000{run}.bettyrec")).is_file());
            assert!(out.join(format!("00000{run}.bettyidx")).is_file());
            assert_eq!(ArchiveReader::open(&out).unwrap().count() as u64, events + run, "a list of markets each run");
            assert_eq!(open_recorded(&out).unwrap().markets(&MarketFilter::default()).await.unwrap().len(), 10);
            assert!(open_history(&out).unwrap().records().all(|r| r.is_ok()));
        }
        assert!(events > 0);
        let out = folder.path().join("one.bettyrec");
        record(&opened, &out, &filter, time, CancellationToken::new()).await.unwrap();
        assert!(out.is_file());
    }
}
