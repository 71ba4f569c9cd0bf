//! One entry: the legs of a hedge as separate orders that arrive at different moments, one of which may stay alone.
//!
//! The same machine runs in the live paper account, for the auto-trader and in a replay; only who tells it the time and the books differs.
//! Each leg is a fill-and-kill order at the worst price the decision counted on. When the legs come in unequal, the hedge stands on one
//! leg: until a deadline the missing shares are bought at a price at most a band worse, then what is too much is sold at the bids. The
//! hedge that opens has the same share count on every leg; what was given up again is booked apart, with its loss.
//!
//! * [`Entry`]: the machine, event in, decision out. `split`: parting a walk.

mod split;

use crate::cost::{CostInputs, CostLeg, CostSettings};
use crate::ledger::account::payout;
use crate::ledger::{Account, BookSnapshot, HedgeOpened, LedgerEvent, LegOut, LegUnwound};
use crate::limits::Limits;
use crate::paper::least_payoff;
use crate::units::{PPM, part_floor, ratio_ppm};
use betty_market::book::BookFault;
use betty_market::{Book, BookSide, FeeSchedule, Market, Price, Resolution, Shares, Timestamp, Usdc, Walk};
use serde::{Deserialize, Serialize};
use split::{join, split};

/// How long and how dearly a missing leg is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPolicy {
    /// Milliseconds a hedge may stand on one leg before the excess is sold.
    pub deadline_ms: i64,
    /// How much worse than planned the missing shares may be, millionths of the planned price.
    pub band_ppm: i64,
}

impl Default for EntryPolicy {
    /// Thirty seconds and two percent: a book refills within seconds or not at all, and two percent is what a hedge earns at best.
    fn default() -> Self {
        Self { deadline_ms: 30_000, band_ppm: 20_000 }
    }
}

/// The book of a leg when it is looked at.
#[derive(Debug, Clone)]
pub struct LegView<'a> {
    /// As displayed.
    pub shown: &'a Book,
    /// Less what the account took already and does not believe.
    pub tradable: Book,
    /// What a taker pays.
    pub fee: FeeSchedule,
}

impl<'a> LegView<'a> {
    /// A leg's book as an order may meet it; `None` when it cannot be traded on: the market takes no orders or states no fee, or the book
    /// is missing, unknown after a gap, too old or crossed. A missing side is no fault: an order may need the other one.
    #[must_use]
    pub fn new(
        market: &Market,
        book: Option<&'a Book>,
        account: &Account,
        limits: &Limits,
        now: Timestamp,
    ) -> Option<Self> {
        let shown = book.filter(|_| market.is_tradable())?;
        match shown.check(now, limits.book_age_ms_max, BookSide::Ask) {
            Ok(()) | Err(BookFault::OneSided { .. }) => {}
            Err(_) => return None,
        }
        let tradable = account.tradable(shown, limits.depth_haircut_pct);
        Some(Self { shown, tradable, fee: market.fee? })
    }
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryHow {
    /// Every leg came in whole.
    Opened,
    /// Every leg came in, with fewer shares than planned.
    OpenedSmaller,
    /// No share count was to be had on every leg; what was bought was given up.
    Unwound,
    /// Nothing was bought.
    Unfilled,
}

/// The end of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryEnd {
    /// What to journal and apply, in order.
    pub events: Vec<LedgerEvent>,
    /// How it ended.
    pub how: EntryHow,
    /// Milliseconds on one leg.
    pub naked_ms: i64,
    /// Whether a missing leg was completed within the band.
    pub completed: bool,
    /// What giving up cost, above zero for a loss.
    pub loss: Usdc,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Leg {
    limit: Price,
    fee: FeeSchedule,
    arrived: bool,
    walk: Walk,
    best: Option<Price>,
    opposite: Option<Price>,
    book_at: Option<Timestamp>,
    snapshot: Option<BookSnapshot>,
    /// What was given up, with its way out.
    given_up: Option<(Walk, LegOut, Vec<BookSnapshot>)>,
}

impl Leg {
    /// The tradable book less what this order has taken from levels that have not changed since.
    fn untaken(&self, view: &LegView<'_>) -> Book {
        let mut book = view.tradable.clone();
        let Some(before) = &self.snapshot else { return book };
        for fill in &self.walk.fills {
            let size = |levels: &[betty_market::Level]| levels.iter().find(|l| l.price == fill.price).map(|l| l.size);
            let unchanged = size(view.shown.levels(BookSide::Ask)) == before.size_at(BookSide::Ask, fill.price);
            if let (true, Some(there)) = (unchanged, size(book.levels(BookSide::Ask))) {
                book.set(BookSide::Ask, fill.price, there - fill.shares.min(there));
            }
        }
        book
    }
}

/// An entry on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    draft: HedgeOpened,
    policy: EntryPolicy,
    legs: Vec<Leg>,
    /// When the first share was bought.
    first_fill: Option<Timestamp>,
    completed: bool,
}

/// Shares on offer up to a price.
fn offered(book: &Book, limit: Price) -> Shares {
    book.levels(BookSide::Ask).iter().take_while(|l| l.price <= limit).map(|l| l.size).sum()
}

impl Entry {
    /// Sends the orders of a decision: for every leg its shares, at the worst price the decision's walk came to.
    #[must_use]
    pub fn new(draft: HedgeOpened, policy: EntryPolicy) -> Self {
        let leg = |walk: &Walk| Leg {
            limit: walk.fills.iter().map(|f| f.price).max().unwrap_or(Price::ZERO),
            fee: FeeSchedule::FREE,
            arrived: false,
            walk: Walk::default(),
            best: None,
            opposite: None,
            book_at: None,
            snapshot: None,
            given_up: None,
        };
        let legs = draft.legs.iter().map(|l| leg(&l.walk)).collect();
        Self { draft, policy, legs, first_fill: None, completed: false }
    }

    /// The planned position.
    #[must_use]
    pub const fn draft(&self) -> &HedgeOpened {
        &self.draft
    }

    /// Whether a leg's order has not reached the venue yet.
    #[must_use]
    pub fn is_waiting_for(&self, leg: usize) -> bool {
        self.legs.get(leg).is_some_and(|l| !l.arrived)
    }

    /// When the excess is sold, once a first share was bought.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.first_fill.map(|t| t.plus_millis(self.policy.deadline_ms))
    }

    /// A leg's order reaches the venue. Without a book it finds nothing and is killed.
    pub fn arrive(&mut self, leg: usize, view: Option<&LegView<'_>>, now: Timestamp) {
        let Some(order) = self.legs.get_mut(leg) else { return };
        if order.arrived {
            return;
        }
        order.arrived = true;
        let limit = order.limit;
        if let Some(view) = view {
            self.buy(leg, view, self.draft.shares, limit, now);
        }
    }

    /// Buys up to `shares` of a leg at up to `limit`; returns whether anything was bought.
    fn buy(&mut self, leg: usize, view: &LegView<'_>, shares: Shares, limit: Price, now: Timestamp) -> bool {
        let order = &mut self.legs[leg];
        let book = order.untaken(view);
        let take = shares.min(offered(&book, limit)).floor_to_lot();
        if !take.is_positive() {
            return false;
        }
        let walk = book.take(BookSide::Ask, take, view.fee);
        order.fee = view.fee;
        order.best = order.best.or(view.tradable.best_ask().map(|l| l.price));
        order.opposite = order.opposite.or(view.tradable.best_bid().map(|l| l.price));
        order.book_at = Some(view.shown.at);
        // What was taken is remembered against the book it was taken from last.
        order.snapshot = Some(BookSnapshot::of(view.shown, walk.fills.len() + 1));
        join(&mut order.walk, walk);
        self.first_fill.get_or_insert(now);
        true
    }

    fn filled(&self) -> impl Iterator<Item = Shares> + '_ {
        self.legs.iter().map(|l| l.walk.shares)
    }

    /// A leg's market ended while the entry was on its way. What stands alone there is paid by its outcome.
    pub fn ended(&mut self, leg: usize, resolution: Resolution) {
        let common = self.common();
        let outcome = self.draft.legs.get(leg).map(|l| l.outcome);
        let (Some(order), Some(outcome)) = (self.legs.get_mut(leg), outcome) else { return };
        order.arrived = true;
        if order.walk.shares > common && order.given_up.is_none() {
            let (kept, excess) = split(&order.walk, common, order.fee);
            let payout = payout(outcome, resolution, excess.shares);
            order.walk = kept;
            order.given_up = Some((excess, LegOut::Paid { resolution, payout }, Vec::new()));
        }
    }

    /// Counts as lost what stands alone and nobody bids for: for one who cannot wait any longer.
    pub fn write_off(&mut self) {
        let common = self.common();
        for order in &mut self.legs {
            order.arrived = true;
            if order.walk.shares > common && order.given_up.is_none() {
                let (kept, excess) = split(&order.walk, common, order.fee);
                order.walk = kept;
                order.given_up = Some((excess, LegOut::WrittenOff, Vec::new()));
            }
        }
    }

    fn common(&self) -> Shares {
        self.filled().min().unwrap_or(Shares::ZERO)
    }

    /// Looks at the books of now (one per leg, `None` where there is none that can be traded on) and goes on: buys what is missing before
    /// the deadline, sells what is too much after it. `None` while the entry goes on.
    pub fn advance(&mut self, views: &[Option<LegView<'_>>], costs: &CostSettings, now: Timestamp) -> Option<EntryEnd> {
        if self.legs.iter().any(|l| !l.arrived) {
            return None;
        }
        let top = self.filled().max().unwrap_or(Shares::ZERO);
        if !top.is_positive() && self.legs.iter().all(|l| l.given_up.is_none()) {
            return Some(self.end(costs, now));
        }
        if self.common() < top {
            if self.deadline().is_some_and(|d| now < d) {
                self.complete(views, top, now);
            } else {
                self.give_up(views);
            }
        }
        let common = self.common();
        self.filled().all(|s| s == common).then(|| self.end(costs, now))
    }

    fn complete(&mut self, views: &[Option<LegView<'_>>], top: Shares, now: Timestamp) {
        for leg in 0..self.legs.len() {
            let order = &self.legs[leg];
            let missing = top - order.walk.shares;
            let (true, None, Some(Some(view))) = (missing.is_positive(), &order.given_up, views.get(leg)) else {
                continue;
            };
            let worse = i64::from(order.limit.e4()) * (PPM + self.policy.band_ppm) / PPM;
            let limit = u16::try_from(worse.min(i64::from(Price::SCALE))).ok().and_then(|e4| Price::from_e4(e4).ok());
            self.completed |= self.buy(leg, view, missing, limit.unwrap_or(Price::ONE), now);
        }
    }

    fn give_up(&mut self, views: &[Option<LegView<'_>>]) {
        let common = self.common();
        for (order, view) in self.legs.iter_mut().zip(views) {
            let (true, Some(view)) = (order.walk.shares > common && order.given_up.is_none(), view) else { continue };
            let (kept, excess) = split(&order.walk, common, order.fee);
            let sold = view.tradable.take(BookSide::Bid, excess.shares, view.fee);
            // Bids for a part only: better bids are waited for, at the venue's mercy; the time on one leg is reported.
            if sold.shares == excess.shares {
                let snapshot = BookSnapshot::of(view.shown, sold.fills.len() + 1);
                order.walk = kept;
                order.given_up = Some((excess, LegOut::Sold { walk: sold }, vec![snapshot]));
            }
        }
    }

    fn end(&self, costs: &CostSettings, now: Timestamp) -> EntryEnd {
        let naked_ms = self.first_fill.map_or(0, |t| now.since(t));
        let shares = self.common();
        let mut events = Vec::new();
        let mut loss = Usdc::ZERO;
        for (order, leg) in self.legs.iter().zip(&self.draft.legs) {
            let Some((bought, out, snapshot)) = &order.given_up else { continue };
            let unwound = LegUnwound {
                hedge_key: self.draft.hedge_key.clone(),
                market: leg.market.clone(),
                outcome: leg.outcome,
                token: leg.token.clone(),
                bought: bought.clone(),
                out: out.clone(),
                naked_ms,
                words: format!(
                    "{} shares stood alone for {naked_ms} ms: their counterpart was not to be had",
                    bought.shares
                ),
                at: now,
                snapshot: snapshot.clone(),
            };
            loss -= unwound.net();
            events.push(LedgerEvent::LegUnwound(Box::new(unwound)));
        }
        let how = match (shares.is_positive(), events.is_empty()) {
            (true, _) if shares < self.draft.shares => EntryHow::OpenedSmaller,
            (true, _) => EntryHow::Opened,
            (false, false) => EntryHow::Unwound,
            (false, true) => EntryHow::Unfilled,
        };
        if shares.is_positive() {
            events.push(LedgerEvent::HedgeOpened(Box::new(self.opened(shares, costs, now))));
        }
        EntryEnd { events, how, naked_ms, completed: self.completed, loss }
    }

    /// The position as it came about: the decision's words, the orders' fills.
    fn opened(&self, shares: Shares, costs: &CostSettings, now: Timestamp) -> HedgeOpened {
        let mut opened = self.draft.clone();
        for (leg, order) in opened.legs.iter_mut().zip(&self.legs) {
            leg.walk = order.walk.clone();
            leg.best = order.best.unwrap_or(leg.best);
            leg.book_at = order.book_at.unwrap_or(leg.book_at);
        }
        let legs = opened.legs.iter().zip(&self.legs).map(|(leg, order)| CostLeg {
            label: leg.market.to_string(),
            side: BookSide::Ask,
            walk: leg.walk.clone(),
            best: leg.best,
            opposite: order.opposite,
            book_at: leg.book_at,
        });
        opened.costs =
            CostInputs { legs: legs.collect(), settings: costs.clone(), manual_prices: false }.calculate(now);
        opened.shares = shares;
        opened.snapshot = self.legs.iter().filter_map(|l| l.snapshot.clone()).collect();
        opened.at = now;
        let worst = part_floor(least_payoff(&opened.worlds, false), shares.micros()) - opened.capital();
        opened.net_edge_ppm = ratio_ppm(worst, opened.capital()).unwrap_or(0);
        opened
    }
}

#[cfg(test)]
mod tests;
