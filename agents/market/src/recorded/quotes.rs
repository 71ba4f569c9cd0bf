//! A folder of quotes over weeks: tops of book at any instant, without sizes and without rule texts.

use super::quotes_csv::{Columns, Loaded, MarketRow, Quote, load};
use super::{recording_name, stands_still, top_of_book};
use crate::book::Book;
use crate::filter::filter_markets;
use crate::gamma::{MIN_SIZE_FALLBACK, TICK_FALLBACK_E4};
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
/// The finer of the two usual price steps, in ten-thousandths.
const FINE_TICK_E4: u16 = 10;

/// Recorded quotes, standing at an instant. Clones share the data.
///
/// Only markets with at least one quote are in it. What the recording does not have: rule texts, events, fee schedules (`None`, so
/// nothing trades without a stated assumption), condition ids (`unrecorded:<market>` stands in), sizes. `volume_usd` is the last
/// 24 hours' volume, which is the least that was traded so far. Neg-risk groups count as augmented, since nothing says they are
/// complete.
#[derive(Debug, Clone)]
pub struct QuotesSet {
    name: String,
    at: Timestamp,
    data: Arc<Data>,
}

#[derive(Debug)]
struct Data {
    markets: Vec<MarketRow>,
    ticks: Vec<Price>,
    columns: Columns,
    by_id: HashMap<MarketId, usize>,
    by_token: HashMap<TokenId, (usize, Outcome)>,
    rejected: usize,
    last: Timestamp,
}

impl QuotesSet {
    /// Reads a folder with `quotes.csv.gz` and `markets.csv.gz`; stands at the last quote.
    ///
    /// # Errors
    /// [`SourceError::Recording`] when a file is missing, cut off, or lacks a column.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, SourceError> {
        let folder = folder.as_ref();
        let Loaded { markets, columns, rejected, last } = load(folder)?;
        let mut by_id = HashMap::new();
        let mut by_token = HashMap::new();
        for (i, market) in markets.iter().enumerate() {
            by_id.insert(market.id.clone(), i);
            by_token.insert(market.yes.clone(), (i, Outcome::Yes));
            by_token.insert(market.no.clone(), (i, Outcome::No));
        }
        let ticks = (0..markets.len()).map(|i| tick(&columns, i)).collect();
        let data = Arc::new(Data { markets, ticks, columns, by_id, by_token, rejected, last });
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
        let tradable = |p: Option<Price>| p.filter(|p| *p > Price::ZERO && *p < Price::ONE);
        Some(Market {
            id: row.id.clone(),
            condition: row.condition.clone(),
            yes: row.yes.clone(),
            no: row.no.clone(),
            question: row.question.clone(),
            description: None,
            resolution_source: None,
            group_title: None,
            event: None,
            neg_risk: row.group.clone().map(|group| NegRisk { group, augmented: true, other: false }),
            start: None,
            end: row.end,
            status,
            resolution,
            fee: None,
            tick: self.data.ticks[i],
            min_size: MIN_SIZE_FALLBACK,
            best_bid: tradable(quote.bid),
            best_ask: tradable(quote.ask),
            volume_usd: quote.volume_24h.map(u64::from),
            liquidity_usd: None,
            updated: Some(quote.at),
        })
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

/// The coarser usual step that all recorded bids and asks of a market fit, else the finer one.
fn tick(columns: &Columns, market: usize) -> Price {
    let quotes = columns.range(market).map(|i| columns.get(i));
    let coarse = quotes.flat_map(|q| [q.bid, q.ask]).flatten().all(|p| p.e4() % TICK_FALLBACK_E4 == 0);
    Price::from_e4(if coarse { TICK_FALLBACK_E4 } else { FINE_TICK_E4 }).unwrap_or(Price::ONE)
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
