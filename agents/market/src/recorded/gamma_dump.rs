//! A saved Gamma `/markets` answer.

use super::{recording_name, stands_still, top_of_book, unusable};
use crate::book::Book;
use crate::filter::filter_markets;
use crate::gamma::{self, ParseError, Rejected};
use crate::ids::{MarketId, TokenId};
use crate::json;
use crate::market::{Market, MarketStatus, Outcome};
use crate::source::{MarketFilter, MarketSource, PricePoint, SourceError, SourceLabel, Subscription};
use crate::time::Timestamp;
use async_trait::async_trait;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Largest dump read, in bytes after unpacking: two hundred thousand markets of five kilobytes.
pub const DUMP_BYTES_MAX: u64 = 1 << 30;
/// How to get a whole dump, told with every refusal.
const GET_A_WHOLE_ONE: &str = "Save a whole answer of Gamma's /markets again, for example \
     curl -o markets.json 'https://gamma-api.polymarket.com/markets?limit=100&closed=false'";

/// The first bytes of a gzip file.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The markets of a dump, at the instant of its latest update.
#[derive(Debug)]
pub struct GammaDump {
    name: String,
    as_of: Timestamp,
    markets: Vec<Market>,
    rejected: Vec<Rejected>,
    by_id: HashMap<MarketId, usize>,
    by_token: HashMap<TokenId, (usize, Outcome)>,
}

impl GammaDump {
    /// Reads a dump, `.json` or gzipped. It stands at the file's own `as_of` (a top-level field), else at the latest `updatedAt`.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when the file is missing, empty, cut off, no JSON, or has no usable market in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let bytes = read_maybe_gzip(path)?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(unusable(path, format!("the file is empty. {GET_A_WHOLE_ONE}")));
        }
        let value: Value = serde_json::from_slice(&bytes).map_err(|e| {
            let kind = if e.is_eof() { "it is cut off: the JSON has no end" } else { "it is not JSON" };
            unusable(path, format!("{kind} ({e}). {GET_A_WHOLE_ONE}"))
        })?;
        let parsed = gamma::parse_markets_value(&value)
            .map_err(|e: ParseError| unusable(path, format!("{e}. {GET_A_WHOLE_ONE}")))?;
        if parsed.markets.is_empty() {
            let reason = parsed.rejected.first().map_or_else(
                || "it lists no market".to_owned(),
                |r| format!("none of its {} rows is a market (the first: {})", parsed.rejected.len(), r.reason),
            );
            return Err(unusable(path, format!("{reason}. {GET_A_WHOLE_ONE}")));
        }
        let stated = value.as_object().and_then(|o| json::instant(o, "as_of"));
        let as_of = stated.or_else(|| parsed.markets.iter().filter_map(|m| m.updated).max()).ok_or_else(|| {
            unusable(
                path,
                "no market says when it was updated, so the instant is unknown. Add a top-level \"as_of\" with it",
            )
        })?;
        Ok(Self::new(recording_name(path), as_of, parsed.markets, parsed.rejected))
    }

    fn new(name: String, as_of: Timestamp, rows: Vec<Market>, rejected: Vec<Rejected>) -> Self {
        let (mut markets, mut by_id, mut by_token) = (Vec::with_capacity(rows.len()), HashMap::new(), HashMap::new());
        for market in rows {
            // Pages saved while the listing moved can repeat a market: the first stays.
            if by_id.contains_key(&market.id) {
                continue;
            }
            let i = markets.len();
            by_id.insert(market.id.clone(), i);
            for outcome in [Outcome::Yes, Outcome::No] {
                by_token.insert(market.token(outcome).clone(), (i, outcome));
            }
            markets.push(market);
        }
        Self { name, as_of, markets, rejected, by_id, by_token }
    }

    /// Rows that were left out, each with its reason.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    fn book(&self, token: &TokenId) -> Option<Book> {
        let (i, outcome) = self.by_token.get(token)?;
        let market = &self.markets[*i];
        let yes = top_of_book(market.yes.clone(), self.as_of, market.best_bid, market.best_ask)?;
        Some(match outcome {
            Outcome::Yes => yes,
            Outcome::No => yes.mirrored(token.clone()),
        })
    }
}

#[async_trait]
impl MarketSource for GammaDump {
    fn label(&self) -> SourceLabel {
        SourceLabel::Recorded { as_of: self.as_of, name: self.name.clone() }
    }

    fn now(&self) -> Timestamp {
        self.as_of
    }

    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        let open = self.markets.iter().filter(|m| m.status != MarketStatus::Resolved).cloned().collect();
        Ok(filter_markets(open, filter))
    }

    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        let found = self.by_id.get(id).map(|i| self.markets[*i].clone());
        found.ok_or_else(|| SourceError::NotFound { what: format!("market {id}") })
    }

    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        Ok(tokens.iter().filter_map(|t| self.book(t)).collect())
    }

    async fn price_history(&self, _: &TokenId, _: Timestamp, _: Timestamp) -> Result<Vec<PricePoint>, SourceError> {
        Err(SourceError::Unsupported(format!(
            "the recording {} is one saved answer and has no price history; use a quotes folder or a .bettyrec",
            self.name
        )))
    }

    async fn subscribe(&self, _: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        Err(stands_still())
    }
}

/// Reads a file whole, unpacking gzip when its first bytes say so, whatever its name.
pub(super) fn read_maybe_gzip(path: &Path) -> Result<Vec<u8>, SourceError> {
    let reader = open_maybe_gzip(path)?;
    let mut bytes = Vec::new();
    reader.take(DUMP_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| read_error(path, &e))?;
    if bytes.len() as u64 > DUMP_BYTES_MAX {
        return Err(unusable(
            path,
            format!("it is larger than {DUMP_BYTES_MAX} bytes unpacked. Split it into several"),
        ));
    }
    Ok(bytes)
}

/// Opens a file, unpacking gzip when its first bytes say so.
pub(super) fn open_maybe_gzip(path: &Path) -> Result<Box<dyn Read>, SourceError> {
    let open =
        |e: &std::io::Error| unusable(path, format!("it cannot be opened ({e}). Check the path and its permissions"));
    let mut file = File::open(path).map_err(|e| open(&e))?;
    let mut magic = [0; 2];
    let gzip = file.read_exact(&mut magic).is_ok() && magic == GZIP_MAGIC;
    file.seek(SeekFrom::Start(0)).map_err(|e| open(&e))?;
    Ok(if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// What a failed read says: a cut gzip is told apart from a failing disk.
pub(super) fn read_error(path: &Path, error: &std::io::Error) -> SourceError {
    // Quotes and markets as CSV come from elsewhere than a Gamma answer.
    let csv = path.file_name().is_some_and(|n| n.to_string_lossy().contains(".csv"));
    let remedy = if csv { "Copy the whole file again" } else { GET_A_WHOLE_ONE };
    let reason = match error.kind() {
        std::io::ErrorKind::UnexpectedEof => format!("it is cut off: the gzip stream has no end. {remedy}"),
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
            format!("the gzip stream is damaged ({error}). {remedy}")
        }
        _ => format!("it cannot be read ({error}). Check the path and the disk"),
    };
    unusable(path, reason)
}
