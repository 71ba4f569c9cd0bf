//! The legs of a pair as this lane may see them: books under its assumption, fees on its basis.

use super::Lane;
use crate::backtest::fees::{FeeBasis, assumed};
use crate::backtest::scene::{Pair, Scene, Slot};
use crate::entry::LegView;
use betty_market::{Book, BookSide, Depth, Level, Market, MarketId, Outcome, Timestamp};

/// A leg's market and book.
pub(super) struct LaneLeg {
    pub(super) market: Market,
    pub(super) book: Book,
}

impl Lane<'_> {
    /// Both legs of a pair; `None` when a book is missing.
    pub(super) fn legs_of(&self, scene: &Scene, pair: &Pair, now: Timestamp) -> Option<Vec<LaneLeg>> {
        let legs = pair.markets.iter().zip(&pair.proof.legs);
        legs.map(|(slot, leg)| self.leg(scene, *slot, leg.outcome, now)).collect()
    }

    /// The legs of a position or entry, by market; `None` when one is gone or has no book.
    pub(super) fn legs_by_id<'a>(
        &self,
        scene: &Scene,
        legs: impl Iterator<Item = (&'a MarketId, Outcome)>,
        now: Timestamp,
    ) -> Option<Vec<LaneLeg>> {
        legs.map(|(id, outcome)| self.leg(scene, scene.slot(id)?, outcome, now)).collect()
    }

    pub(super) fn leg(&self, scene: &Scene, slot: Slot, outcome: Outcome, now: Timestamp) -> Option<LaneLeg> {
        let listed = scene.listed(slot)?;
        let shown = scene.book(slot, outcome)?;
        let book = match self.assumption {
            Some(assumption) if shown.depth == Depth::Unknown => {
                let side = |side: BookSide| {
                    let best = shown.levels(side).first().map(|l| l.price);
                    let price = best.and_then(|p| assumption.worse(p, listed.market.tick, side == BookSide::Ask));
                    price.map(|price| Level { price, size: assumption.size })
                };
                let (bids, asks) = (side(BookSide::Bid), side(BookSide::Ask));
                let mut book = Book::from_levels(shown.token.clone(), shown.at, shown.depth, bids, asks);
                book.in_sync = shown.in_sync;
                book
            }
            _ => shown.into_owned(),
        };
        let mut market = listed.market.clone();
        market.fee = match (market.fee, self.kind.fees) {
            (Some(own), FeeBasis::OfDate) => Some(own),
            // Today's rate of the category, and never less than what the market itself states.
            (Some(own), FeeBasis::Today) => {
                let today = assumed(listed.category.as_deref(), now, FeeBasis::Today);
                let known = listed.category.is_some() && today.rate_ppm > own.rate_ppm && own.exponent == 1;
                Some(if known { today } else { own })
            }
            (None, basis) => Some(assumed(listed.category.as_deref(), now, basis)),
        };
        Some(LaneLeg { market, book })
    }
}

impl LaneLeg {
    /// As an entry looks at it; `None` when the book cannot be traded on now.
    pub(super) fn view<'a>(&'a self, lane: &Lane<'_>, now: Timestamp) -> Option<LegView<'a>> {
        LegView::new(&self.market, Some(&self.book), &lane.account, &lane.limits, now)
    }
}
