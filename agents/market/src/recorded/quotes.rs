//! A folder of quotes over weeks: tops of book at any instant, without sizes and without rule texts.

use super::quotes_csv::{Columns, Loaded, MarketRow, Quote, load};
use super::{recording_name, stands_still, top_of_book};
use crate::book::Book;
use crate::filter::filter_markets;
use crate::gamma::MIN_SIZE_FALLBACK;
use crate::ids::{MarketId, TokenId};
use crate::market::{Market, MarketStatus, NegRisk, Outcome};
use crate::money::Price;
use crate::source::{MarketFilter, MarketSource, PricePoint, SourceError, SourceLabel, Subscription};
use crate::time::Timestamp;
use async_trait::async_trait;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A market without a quote for so long before the instant counts as halted, in milliseconds: six hours, several rounds of the
/// recorder. Nobody knows then whether it still traded.
pub const QUOTE_FRESH_MS: i64 = 6 * 3_600_000;
/// The venue's price steps that occur in quotes, in ten-thousandths, coarsest first.
const TICKS_E4: [u16; 3] = [100, 10, 1];

/// Recorded quotes, standing at an instant. Clones share the data.
///
/// Only markets with at least one quote are in it. What the recording does not have: rule texts, events, fee schedules (`None`, so
/// nothing trades without a stated assumption), condition ids (`unrecorded:<market>` stands in), sizes. `volume_usd` is the last
/// 24 hours' volume, which is the least that was traded so far. Neg-risk groups count as augmented, since nothing says they are
/// complete. The price step is the coarsest usual one that the quotes so far fit.
#[derive(Debug, Clone)]
pub struct QuotesSet {
    pub(super) name: String,
    at: Timestamp,
    pub(super) data: Arc<Data>,
}

#[derive(Debug)]
pub(super) struct Data {
    pub(super) markets: Vec<MarketRow>,
    pub(super) columns: Columns,
    pub(super) by_id: HashMap<MarketId, usize>,
    by_token: HashMap<TokenId, (usize, Outcome)>,
    rejected: usize,
    pub(super) last: Timestamp,
    pub(super) hash: [u8; 32],
}

impl QuotesSet {
    /// Reads a folder with `quotes.csv.gz` and `markets.csv.gz`; stands at the last quote.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when a file is missing, cut off, or lacks a column.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, SourceError> {
        let folder = folder.as_ref();
        let Loaded { markets, columns, rejected, last, hash } = load(folder)?;
        let mut by_id = HashMap::new();
        let mut by_token = HashMap::new();
        for (i, market) in markets.iter().enumerate() {
            by_id.insert(market.id.clone(), i);
            by_token.insert(market.yes.clone(), (i, Outcome::Yes));
            by_token.insert(market.no.clone(), (i, Outcome::No));
        }
        let data = Arc::new(Data { markets, columns, by_id, by_token, rejected, last, hash });
        Ok(Self { name: recording_name(&folder.join("markets")), at: last, data })
    }

    /// The same quotes at another instant. Nothing quoted later is known then.
    #[must_use]
    pub fn standing_at(&self, at: Timestamp) -> Self {
        Self { name: self.name.clone(), at, data: Arc::clone(&self.data) }
    }

    /// The last quote of all.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.data.last
    }

    /// How many quotes were read.
    #[must_use]
    pub fn quote_count(&self) -> usize {
        self.data.columns.len()
    }

    /// How many rows of either file could not be used.
    #[must_use]
    pub fn rejected_rows(&self) -> usize {
        self.data.rejected
    }

    /// A market as of the instant; `None` before its first quote.
    fn market_at(&self, i: usize) -> Option<Market> {
        let row = &self.data.markets[i];
        let quote = self.data.columns.last_at(i, self.at)?;
        let ended = row.resolved_at.is_some_and(|t| t <= self.at);
        let resolution = row.resolution.filter(|_| ended);
        let status = match (ended, resolution) {
            (_, Some(_)) => MarketStatus::Resolved,
            (false, _) if self.at.since(quote.at) <= QUOTE_FRESH_MS => MarketStatus::Open,
            _ => MarketStatus::Halted,
        };
        let quotes = self.data.columns.range(i).map(|i| self.data.columns.get(i)).take_while(|q| q.at <= self.at);
        let tick = quotes.fold(Price::ONE, finer);
        Some(Market { status, resolution, tick, ..row.quoted(quote) })
    }

    fn book(&self, token: &TokenId) -> Option<Book> {
        let (i, outcome) = *self.data.by_token.get(token)?;
        let Quote { at, bid, ask, .. } = self.data.columns.last_at(i, self.at)?;
        let yes = top_of_book(self.data.markets[i].yes.clone(), at, bid, ask)?;
        Some(match outcome {
            Outcome::Yes => yes,
            Outcome::No => yes.mirrored(token.clone()),
        })
    }
}

/// The coarsest usual step that fits one more quote and those so far, whose step is `tick`. Without quotes so far: [`Price::ONE`].
pub(super) fn finer(tick: Price, quote: Quote) -> Price {
    let fits = |e4: u16| [quote.bid, quote.ask].into_iter().flatten().all(|p| p.e4().is_multiple_of(e4));
    let step = TICKS_E4.into_iter().find(|e4| *e4 <= tick.e4() && fits(*e4)).unwrap_or(1);
    Price::from_e4(step).unwrap_or(tick)
}

impl MarketRow {
    /// The market as a quote shows it, open and without a result.
    pub(super) fn quoted(&self, quote: Quote) -> Market {
        let tradable = |p: Option<Price>| p.filter(|p| *p > Price::ZERO && *p < Price::ONE);
        Market {
            id: self.id.clone(),
            condition: self.condition.clone(),
            yes: self.yes.clone(),
            no: self.no.clone(),
            question: self.question.clone(),
            description: None,
            resolution_source: None,
            group_title: None,
            event: None,
            neg_risk: self.group.clone().map(|group| NegRisk { group, augmented: true, other: false }),
            start: None,
            end: self.end,
            status: MarketStatus::Open,
            resolution: None,
            fee: None,
            tick: finer(Price::ONE, quote),
            min_size: MIN_SIZE_FALLBACK,
            best_bid: tradable(quote.bid),
            best_ask: tradable(quote.ask),
            volume_usd: quote.volume_24h.map(u64::from),
            liquidity_usd: None,
            updated: Some(quote.at),
        }
    }
}

#[async_trait]
impl MarketSource for QuotesSet {
    fn label(&self) -> SourceLabel {
        SourceLabel::Recorded { as_of: self.at, name: self.name.clone() }
    }

    fn now(&self) -> Timestamp {
        self.at
    }

    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        let known = (0..self.data.markets.len()).filter_map(|i| self.market_at(i));
        Ok(filter_markets(known.filter(|m| m.status != MarketStatus::Resolved).collect(), filter))
    }

    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        let found = self.data.by_id.get(id).and_then(|i| self.market_at(*i));
        found.ok_or_else(|| SourceError::NotFound { what: format!("market {id} at {}", self.at) })
    }

    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        Ok(tokens.iter().filter_map(|t| self.book(t)).collect())
    }

    /// Recorded mids, mirrored for NO; never later than the instant.
    async fn price_history(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError> {
        let Some((i, outcome)) = self.data.by_token.get(token) else {
            return Err(SourceError::NotFound { what: format!("token {token}") });
        };
        let to = to.min(self.at);
        let quotes = self.data.columns.range(*i).map(|i| self.data.columns.get(i));
        let point = |q: Quote| {
            let price = match outcome {
                Outcome::Yes => q.mid?,
                Outcome::No => q.mid?.complement(),
            };
            Some(PricePoint { at: q.at, price })
        };
        Ok(quotes.filter(|q| q.at >= from && q.at <= to).filter_map(point).collect())
    }

    async fn subscribe(&self, _: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        Err(stands_still())
    }
}
