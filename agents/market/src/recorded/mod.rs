//! Recordings as sources: they stand at one instant and answer as of then.
//!
//! * [`GammaDump`]: a saved Gamma `/markets` answer. Tops of book only.
//! * [`QuotesSet`]: a folder with `quotes.csv.gz` and `markets.csv.gz`. Tops of book over weeks, no rule texts.
//! * [`DailyBars`]: a folder with `candles_1d.parquet`. Closes over years, no rule texts; to be replayed only.
//! * [`RecordingWriter`], [`RecordingReader`]: a file of Betty's own format, `.bettyrec`. [`SegmentWriter`], [`ArchiveReader`]: a
//!   folder of such files, and the records of either. [`Recording`]: either at any instant, without reading from the beginning.
//!   [`RecordedSource`]: either as a source.
//! * [`open_recorded`]: whichever of these a path is. [`open_history`]: the same for a replay from the beginning.
//!
//! Where a recording has prices without sizes, books carry [`TOP_OF_BOOK_ASSUMED_SHARES`] and [`crate::book::Depth::Unknown`].

mod archive;
mod bars;
mod bars_load;
mod bars_parquet;
mod format;
mod gamma_dump;
mod hashed;
mod index;
mod open;
mod packed;
mod quotes;
mod quotes_csv;
mod quotes_history;
mod reader;
mod recording_history;
mod seek;
mod segments;
mod source;
mod standing;
mod writer;

pub use archive::ArchiveReader;
pub use bars::{BAR_HALF_SPREAD_E4, BarsLeftOut, DailyBars};
pub use format::{BLOCK_EVENTS_MAX, FORMAT_VERSION, FRAME_BYTES_MAX, Record, Truncation};
pub use gamma_dump::{DUMP_BYTES_MAX, GammaDump};
pub use open::{open_history, open_recorded};
pub use quotes::{QUOTE_FRESH_MS, QuotesSet};
pub use reader::RecordingReader;
pub use recording_history::RecordingHistory;
pub use seek::{Recording, Seek, SeekRecords};
pub use segments::{SEGMENT_BYTES, SegmentWriter};
pub use source::{HISTORY_STEP_MS, RecordedSource};
pub use writer::{CLOCK_BACK_MS_MAX, RecordingWriter};

use crate::book::{Book, Depth, Level};
use crate::ids::TokenId;
use crate::money::{Price, Shares};
use crate::source::{SourceError, SourceLabel};
use crate::time::Timestamp;
use std::path::Path;

/// Shares assumed at the best prices where a recording has prices without sizes. An ASSUMPTION, not data: twenty times the usual
/// smallest order. Books that rest on it say so by [`Depth::Unknown`].
pub const TOP_OF_BOOK_ASSUMED_SHARES: Shares = Shares::whole(100);
/// Longest name of a recording, in characters.
pub const NAME_CHARS_MAX: usize = 48;

/// A short name for a recording: the stem of its file or folder in `a-z`, `0-9` and `-`, never a path.
///
/// A file with a name that says nothing (`markets.json`) is called after its folder.
#[must_use]
pub fn recording_name(path: &Path) -> String {
    let stem = |p: &Path| p.file_name().map(|n| slug(n.to_string_lossy().split('.').next().unwrap_or_default()));
    let own = stem(path).unwrap_or_default();
    let name = match own.as_str() {
        "markets" | "" => path.parent().and_then(stem).filter(|n| !n.is_empty()).unwrap_or(own),
        _ => own,
    };
    if name.is_empty() { "recording".to_owned() } else { name }
}

/// What a recording is called: its short name, with the seed when it is of a simulation, which must not pass for one of the venue.
fn source_name(path: &Path, label: &SourceLabel) -> String {
    let stem = recording_name(path);
    match label {
        SourceLabel::Simulated { seed } => format!("simulated-{seed}-{stem}"),
        SourceLabel::Live | SourceLabel::Recorded { .. } => stem,
    }
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().take(NAME_CHARS_MAX) {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The error of an unusable recording, under the name of its file.
fn unusable(path: &Path, reason: impl Into<String>) -> SourceError {
    let name = path.file_name().map_or_else(|| "?".to_owned(), |n| n.to_string_lossy().into_owned());
    SourceError::Recording { name, reason: reason.into() }
}

/// The YES book that best prices alone allow; `None` without any.
fn top_of_book(token: TokenId, at: Timestamp, bid: Option<Price>, ask: Option<Price>) -> Option<Book> {
    let tradable = |p: Option<Price>| p.filter(|p| *p > Price::ZERO && *p < Price::ONE);
    let level = |price| Level { price, size: TOP_OF_BOOK_ASSUMED_SHARES };
    let (bid, ask) = (tradable(bid).map(level), tradable(ask).map(level));
    (bid.is_some() || ask.is_some()).then(|| Book::from_levels(token, at, Depth::Unknown, bid, ask))
}

/// What a recording says when asked to follow books.
fn stands_still() -> SourceError {
    SourceError::Unsupported(
        "a recording stands at one instant and has nothing to follow; ask for its books, or follow --source simulated"
            .to_owned(),
    )
}

#[cfg(test)]
mod test_names {
    use super::*;

    #[test]
    fn names_are_short_plain_and_never_paths() {
        for (path, name) in [
            ("/home/me/Secret Plans/gamma 2026_02.json.gz", "gamma-2026-02"),
            ("x/gamma-2026-02-07/markets.json.gz", "gamma-2026-02-07"),
            ("markets.json", "markets"),
            ("/", "recording"),
            ("..", "recording"),
            ("/tmp/ÄÖ.bettyrec", "tmp"),
            ("a--b__c.bettyrec", "a-b-c"),
        ] {
            assert_eq!(recording_name(Path::new(path)), name, "{path}");
        }
        assert!(recording_name(Path::new(&"x".repeat(500))).len() <= NAME_CHARS_MAX);
    }
}

#[cfg(test)]
mod bars_tests;
#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod random;
#[cfg(test)]
mod segment_tests;
#[cfg(test)]
mod tests;
