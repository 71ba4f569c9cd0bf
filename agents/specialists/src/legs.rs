//! Fresh markets and books of a set of legs.

use betty_bus::specialist::Attempt;
use betty_bus::{HedgeId, StoredHedge, TaskError};
use betty_hedging::Hedge;
use betty_market::{Book, Market, MarketId, TokenId};
use betty_trading::LegMarket;
use std::collections::HashMap;

/// Markets and books as they are now.
#[derive(Debug, Default)]
pub struct Fresh {
    markets: HashMap<MarketId, Market>,
    books: HashMap<TokenId, Book>,
}

impl Fresh {
    /// Asks the source for every market and every token's book. A market or book that does not exist is left out.
    ///
    /// # Errors
    /// When the source does not answer at all.
    pub async fn fetch(attempt: &Attempt, legs: &[(MarketId, TokenId)]) -> Result<Self, TaskError> {
        Self::read(attempt, legs.iter().map(|(id, _)| id), legs).await
    }

    /// The same for the legs of hedges, with every other market their proofs rest on.
    ///
    /// # Errors
    /// When the source does not answer at all.
    pub async fn of(attempt: &Attempt, hedges: impl IntoIterator<Item = &Hedge>) -> Result<Self, TaskError> {
        let hedges: Vec<&Hedge> = hedges.into_iter().collect();
        let legs: Vec<(MarketId, TokenId)> = hedges.iter().flat_map(|h| hedge_legs(h)).collect();
        let proofs = hedges.iter().flat_map(|h| &h.certificate.markets);
        Self::read(attempt, legs.iter().map(|(id, _)| id).chain(proofs), &legs).await
    }

    async fn read(
        attempt: &Attempt,
        markets: impl Iterator<Item = &MarketId>,
        legs: &[(MarketId, TokenId)],
    ) -> Result<Self, TaskError> {
        let mut fresh = Self::default();
        for id in markets {
            if !fresh.markets.contains_key(id) {
                attempt.check()?;
                match attempt.market.market(id).await {
                    Ok(market) => {
                        fresh.markets.insert(id.clone(), market);
                    }
                    Err(betty_market::SourceError::NotFound { .. }) => {}
                    Err(e) => return Err(e.into()),
                }
            }
        }
        let tokens: Vec<TokenId> = legs.iter().map(|(_, token)| token.clone()).collect();
        for book in attempt.market.books(&tokens).await? {
            fresh.books.insert(book.token.clone(), book);
        }
        Ok(fresh)
    }

    /// A market.
    #[must_use]
    pub fn market(&self, id: &MarketId) -> Option<&Market> {
        self.markets.get(id)
    }

    /// The markets beside its legs that the proof of a hedge rests on, as far as the source still has them.
    #[must_use]
    pub fn between(&self, hedge: &Hedge) -> Vec<&Market> {
        let is_leg = |id: &MarketId| hedge.legs.iter().any(|l| l.market == *id);
        hedge.certificate.markets.iter().filter(|id| !is_leg(id)).filter_map(|id| self.markets.get(id)).collect()
    }

    /// All books by token.
    #[must_use]
    pub const fn books(&self) -> &HashMap<TokenId, Book> {
        &self.books
    }

    /// The legs as the trading crate takes them.
    ///
    /// # Errors
    /// A refusal naming a market that the source no longer has.
    pub fn leg_markets<'a>(&'a self, legs: &[(MarketId, TokenId)]) -> Result<Vec<LegMarket<'a>>, TaskError> {
        legs.iter()
            .map(|(id, token)| match self.markets.get(id) {
                Some(market) => Ok(LegMarket { market, book: self.books.get(token) }),
                None => Err(TaskError::refused(format!(
                    "market {id} is not in this source any more, so its leg cannot be priced; nothing was traded"
                ))),
            })
            .collect()
    }
}

/// The legs of a stored hedge.
#[must_use]
pub fn hedge_legs(hedge: &Hedge) -> Vec<(MarketId, TokenId)> {
    hedge.legs.iter().map(|l| (l.market.clone(), l.token.clone())).collect()
}

/// A stored hedge of the attempt's own source.
///
/// # Errors
/// A refusal when there is none of that number, it belongs to another kind of data, or it is gone.
pub async fn stored_hedge(attempt: &Attempt, id: HedgeId) -> Result<StoredHedge, TaskError> {
    let Some(stored) = attempt.desk.hedge(id).await? else {
        return Err(TaskError::refused(format!(
            "there is no hedge {id}. `!hedge_db` lists the stored ones, `!hedge_scan` looks for new ones"
        )));
    };
    let here = crate::account::account_name(attempt)?;
    if stored.source != here {
        return Err(TaskError::refused(format!(
            "hedge {id} was found in {} data, and this session runs on {here}. Start Betty on that source, or scan here with `!hedge_scan`",
            stored.source
        )));
    }
    Ok(stored)
}
