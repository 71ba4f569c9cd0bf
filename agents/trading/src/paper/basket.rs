//! Legs with the books they are bought from, and what a share count costs.

use crate::cost::{CostBreakdown, CostInputs, CostLeg, CostSettings, FixedCosts};
use crate::limits::Limits;
use crate::paper::Desk;
use crate::paper::refusal::TradeRefusal;
use crate::units::PPM;
use betty_market::{Book, BookSide, FeeSchedule, Market, Shares, Timestamp, TokenId, Usdc, Walk};

/// A leg's market and the book of the token the leg is about. No book, no trade.
#[derive(Debug, Clone, Copy)]
pub struct LegMarket<'a> {
    /// The market.
    pub market: &'a Market,
    /// The book, when the source has one.
    pub book: Option<&'a Book>,
}

/// One leg ready to be walked.
pub(crate) struct BasketLeg<'a> {
    pub(crate) market: &'a Market,
    /// The book as displayed.
    pub(crate) shown: &'a Book,
    /// The book less what the account took and does not believe.
    pub(crate) book: Book,
    pub(crate) schedule: FeeSchedule,
}

/// Every leg of a hedge, checked, for one side.
pub(crate) struct Basket<'a> {
    pub(crate) legs: Vec<BasketLeg<'a>>,
    pub(crate) side: BookSide,
}

impl<'a> Basket<'a> {
    /// Checks markets and books and readies them for a walk.
    pub(crate) fn new(
        desk: &Desk<'_>,
        legs: &[LegMarket<'a>],
        tokens: impl ExactSizeIterator<Item = &'a TokenId>,
        side: BookSide,
    ) -> Result<Self, TradeRefusal> {
        let limits = desk.limits;
        if tokens.len() != legs.len() {
            let what = format!("{} legs, {} markets", tokens.len(), legs.len());
            return Err(TradeRefusal::LegMismatch { what });
        }
        let mut ready = Vec::with_capacity(legs.len());
        for (leg, token) in legs.iter().zip(tokens) {
            let market = leg.market.id.clone();
            if *token != leg.market.yes && *token != leg.market.no {
                return Err(TradeRefusal::LegMismatch { what: format!("token {token} is not of market {market}") });
            }
            if !leg.market.is_tradable() {
                return Err(TradeRefusal::NotTradable { market, status: leg.market.status });
            }
            let Some(schedule) = leg.market.fee else { return Err(TradeRefusal::NoFeeSchedule { market }) };
            let Some(shown) = leg.book else { return Err(TradeRefusal::NoBook { market }) };
            if shown.token != *token {
                return Err(TradeRefusal::LegMismatch {
                    what: format!("the book of market {market} is of another token"),
                });
            }
            if let Err(fault) = shown.check(desk.now, limits.book_age_ms_max, side) {
                return Err(TradeRefusal::BadBook { market, fault });
            }
            let book = desk.account.tradable(shown, limits.depth_haircut_pct);
            ready.push(BasketLeg { market: leg.market, shown, book, schedule });
        }
        let basket = Self { legs: ready, side };
        basket.check_gap(limits)?;
        Ok(basket)
    }

    fn check_gap(&self, limits: &Limits) -> Result<(), TradeRefusal> {
        let stamps = || self.legs.iter().map(|l| l.shown.at);
        let (Some(first), Some(last)) = (stamps().min(), stamps().max()) else { return Ok(()) };
        let gap_ms = last.since(first);
        if gap_ms > limits.leg_gap_ms_max {
            return Err(TradeRefusal::LegGap { gap_ms, max_ms: limits.leg_gap_ms_max });
        }
        Ok(())
    }

    /// Walks every leg for the same shares.
    pub(crate) fn walks(&self, shares: Shares) -> Vec<Walk> {
        self.legs.iter().map(|l| l.book.take(self.side, shares, l.schedule)).collect()
    }

    /// What buying that many shares of every leg takes, every cost in. Does not fall as shares grow.
    pub(crate) fn capital(&self, shares: Shares, settings: &CostSettings) -> Usdc {
        let walks = self.walks(shares);
        let fixed = FixedCosts::of(settings, walks.iter().map(|w| w.amount)).total(settings);
        walks.iter().map(Walk::cost).sum::<Usdc>() + fixed
    }

    /// The costs of walks through this basket.
    pub(crate) fn costs(&self, walks: &[Walk], settings: &CostSettings, now: Timestamp) -> CostBreakdown {
        let leg = |(leg, walk): (&BasketLeg<'_>, &Walk)| {
            let (bid, ask) = (leg.book.best_bid().map(|l| l.price), leg.book.best_ask().map(|l| l.price));
            let (best, opposite) = if self.side == BookSide::Ask { (ask, bid) } else { (bid, ask) };
            CostLeg {
                label: leg.market.id.to_string(),
                side: self.side,
                walk: walk.clone(),
                best: best.unwrap_or_default(),
                opposite,
                book_at: leg.shown.at,
            }
        };
        let legs = self.legs.iter().zip(walks).map(leg).collect();
        CostInputs { legs, settings: settings.clone(), manual_prices: false }.calculate(now)
    }

    /// Shares on every leg at which the marginal basket still earns `min_edge_ppm` per dollar, against `payoff` per share; fees in,
    /// fixed costs not. Asks only rise, so the first piece that fails ends the walk.
    pub(crate) fn depth_keeping_edge(&self, payoff: Usdc, min_edge_ppm: i64) -> Shares {
        let mut cursors = vec![(0_usize, Shares::ZERO); self.legs.len()];
        let mut total = Shares::ZERO;
        loop {
            let mut piece: Option<Shares> = None;
            for (leg, (level, used)) in self.legs.iter().zip(&cursors) {
                let Some(l) = leg.book.levels(self.side).get(*level) else { return total };
                let left = l.size - *used;
                piece = Some(piece.map_or(left, |p| p.min(left)));
            }
            let Some(piece) = piece else { return total };
            let level = |leg: &BasketLeg<'_>, i: usize| leg.book.levels(self.side)[i].price;
            let legs = self.legs.iter().zip(&cursors);
            let cost: Usdc =
                legs.map(|(l, (i, _))| level(l, *i).cost_of(piece) + l.schedule.fee(level(l, *i), piece)).sum();
            let due = i128::from(payoff.micros()) * i128::from(piece.micros());
            if due < i128::from(cost.micros()) * i128::from(PPM + min_edge_ppm) {
                return total;
            }
            total += piece;
            for (leg, (i, used)) in self.legs.iter().zip(&mut cursors) {
                *used += piece;
                if *used >= leg.book.levels(self.side)[*i].size {
                    *i += 1;
                    *used = Shares::ZERO;
                }
            }
        }
    }

    /// First share of every leg, fees in; `None` when a leg has nothing left.
    pub(crate) fn first_share(&self) -> Option<Usdc> {
        let one = Shares::whole(1);
        let price = |l: &BasketLeg<'_>| {
            let best = l.book.levels(self.side).first()?.price;
            Some(best.cost_of(one) + l.schedule.fee(best, one))
        };
        self.legs.iter().map(price).sum()
    }

    /// The venue's minimum, the larger one of the legs, in whole lots.
    pub(crate) fn min_size(&self) -> Shares {
        self.legs.iter().map(|l| l.market.min_size).max().unwrap_or(Shares::LOT).max(Shares::LOT)
    }
}
