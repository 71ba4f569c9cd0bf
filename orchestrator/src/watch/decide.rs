//! Which change of a book could change what a rule decides: a cheap look that may say yes too often, never a decision. The round that
//! follows reads everything afresh.

use betty_bus::task::BookEvent;
use betty_bus::{HedgeId, StoredHedge};
use betty_hedging::worlds::least_payoffs;
use betty_market::source::MarketEvent;
use betty_market::{Book, Market, MarketId, Price, Shares, Timestamp, TokenId, Usdc};
use betty_specialists::auto::interest::{Held, Interest};
use betty_trading::strategy::{PositionView, evaluate};
use betty_trading::{CostSettings, Desk, LegMarket, Limits, PositionId, paper};
use std::collections::{BTreeMap, BTreeSet};

/// Stored hedges followed, the best.
pub const HEDGES_MAX: u32 = 40;
/// Tokens followed; open positions come first.
pub const TOKENS_MAX: usize = 100;
/// How far a mark must move from where it was last looked at, millionths of the position's price. Exits that hold count at any move.
pub const MARK_MOVED_PPM: i64 = 10_000;
/// Milliseconds before the same state of a hedge or an exit is worth another round: depth, cash and breakers may have changed.
pub const ASK_AGAIN_MS: i64 = 600_000;
/// Millionths in one.
const PPM: i128 = 1_000_000;

/// The present, twice.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The market's time.
    pub market: Timestamp,
    /// The machine's.
    pub machine: Timestamp,
}

/// What was last seen of an open position.
#[derive(Debug, Clone)]
struct Seen {
    /// The mark that a move is measured from.
    value: Usdc,
    /// The exit that held then, and when it was told.
    exit: Option<(String, Timestamp)>,
}

/// What was last decided about a stored hedge.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// Tells a hedge that was priced again.
    priced_at: Timestamp,
    /// What the best asks cost then; `None` since they cost too much.
    cost: Option<Usdc>,
    at: Timestamp,
}

/// Books of interest, and what they could change.
#[derive(Debug)]
pub struct Watch {
    limits: Limits,
    costs: CostSettings,
    interest: Option<Interest>,
    tokens: BTreeSet<TokenId>,
    markets: BTreeMap<MarketId, Market>,
    /// Books that are known to be those of now.
    books: BTreeMap<TokenId, Book>,
    seen: BTreeMap<PositionId, Seen>,
    asked: BTreeMap<HedgeId, Asked>,
    /// Markets whose resolution was told.
    told: BTreeSet<MarketId>,
}

/// What one share of every leg costs at these asks.
fn cost_of(asks: impl Iterator<Item = Option<Price>>) -> Option<Usdc> {
    asks.map(|price| price.map(|p| p.cost_of(Shares::whole(1)))).sum()
}

/// The asks of the price a hedge was stored with.
fn stored_cost(stored: &StoredHedge) -> Option<Usdc> {
    cost_of(stored.hedge.quote.legs.iter().map(|l| Some(l.best_ask)))
}

impl Watch {
    /// With the limits and costs that rounds use.
    #[must_use]
    pub const fn new(limits: Limits, costs: CostSettings) -> Self {
        Self {
            limits,
            costs,
            interest: None,
            tokens: BTreeSet::new(),
            markets: BTreeMap::new(),
            books: BTreeMap::new(),
            seen: BTreeMap::new(),
            asked: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Takes what is of interest from now on. What a hedge was last priced at counts as decided about: the round after that scan saw it.
    pub fn look(&mut self, mut interest: Interest, now: Moment) {
        let mut tokens = BTreeSet::new();
        for leg in interest.held.iter().flat_map(|h| &h.position.opened.legs) {
            if tokens.len() < TOKENS_MAX {
                tokens.insert(leg.token.clone());
            }
        }
        interest.hedges.retain(|s| {
            let new: Vec<_> = s.hedge.legs.iter().map(|l| &l.token).filter(|t| !tokens.contains(*t)).collect();
            let fits = tokens.len() + new.len() <= TOKENS_MAX;
            if fits {
                let new: Vec<TokenId> = new.into_iter().cloned().collect();
                tokens.extend(new);
            }
            fits
        });
        self.books.retain(|token, _| tokens.contains(token));
        let held_market =
            |id: &MarketId| interest.held.iter().flat_map(|h| &h.position.opened.legs).any(|leg| leg.market == *id);
        self.markets.retain(|id, _| held_market(id));
        self.told.retain(held_market);
        self.seen.retain(|id, _| interest.held.iter().any(|h| h.position.id() == *id));
        self.asked.retain(|id, _| interest.hedges.iter().any(|s| s.id == *id));
        for s in &interest.hedges {
            let before = self.asked.get(&s.id);
            if before.is_none_or(|a| a.priced_at != s.priced_at) {
                // A round saw all of them at this price; a report speaks of one when it has something to say of it.
                let at = if interest.entries { now.machine } else { before.map(|a| a.at).unwrap_or_default() };
                self.asked.insert(s.id, Asked { priced_at: s.priced_at, cost: stored_cost(s), at });
            }
        }
        self.tokens = tokens;
        self.interest = Some(interest);
    }

    /// Whether a hedge that has become cheap could be entered by rule; else it is only reported.
    #[must_use]
    pub fn entries(&self) -> bool {
        self.interest.as_ref().is_some_and(|i| i.entries)
    }

    /// The tokens whose books are to be followed, in order.
    #[must_use]
    pub fn tokens(&self) -> Vec<TokenId> {
        self.tokens.iter().cloned().collect()
    }

    /// Markets of open positions that are to be read: those never read and, with `silent`, those without a known book, which may have
    /// ended while nobody listened.
    #[must_use]
    pub fn unread(&self, silent: bool) -> BTreeSet<MarketId> {
        let legs = self.held().flat_map(|h| &h.position.opened.legs);
        legs.filter(|l| !self.markets.contains_key(&l.market) || silent && !self.books.contains_key(&l.token))
            .map(|l| l.market.clone())
            .collect()
    }

    /// A market of an open position was read.
    pub fn read(&mut self, market: Market) -> BTreeSet<BookEvent> {
        let ended = market.resolution.is_some();
        let id = market.id.clone();
        self.markets.insert(id.clone(), market);
        if ended { self.resolved(&id) } else { BTreeSet::new() }
    }

    /// No book is known any more: the subscription is gone.
    pub fn forget_books(&mut self) {
        self.books.clear();
    }

    /// Something happened on the venue. Returns what could change a decision.
    pub fn event(&mut self, event: MarketEvent, now: Moment) -> BTreeSet<BookEvent> {
        let token = match event {
            MarketEvent::Book(book) if !self.tokens.contains(&book.token) => return BTreeSet::new(),
            MarketEvent::Book(book) if book.in_sync => {
                let token = book.token.clone();
                self.books.insert(token.clone(), book);
                token
            }
            MarketEvent::Book(Book { token, .. }) | MarketEvent::Gap { token } => {
                self.books.remove(&token);
                return BTreeSet::new();
            }
            MarketEvent::Tick { token, .. } | MarketEvent::Trade { token, .. } => token,
            MarketEvent::Resolved { market, .. } => return self.resolved(&market),
        };
        self.touched(&token, now)
    }

    fn held(&self) -> impl Iterator<Item = &Held> {
        self.interest.iter().flat_map(|i| &i.held)
    }

    fn resolved(&mut self, id: &MarketId) -> BTreeSet<BookEvent> {
        let legs = || self.interest.iter().flat_map(|i| &i.held).flat_map(|h| &h.position.opened.legs);
        let gone: Vec<TokenId> = legs().filter(|l| l.market == *id).map(|l| l.token.clone()).collect();
        for token in &gone {
            self.books.remove(token);
        }
        let new = !gone.is_empty() && self.told.insert(id.clone());
        new.then(|| BookEvent::Resolved { market: id.clone() }).into_iter().collect()
    }

    fn touched(&mut self, token: &TokenId, now: Moment) -> BTreeSet<BookEvent> {
        let Some(interest) = self.interest.take() else { return BTreeSet::new() };
        let mut events = BTreeSet::new();
        for held in interest.held.iter().filter(|h| h.position.opened.legs.iter().any(|l| l.token == *token)) {
            events.extend(self.position(&interest, held, now));
        }
        for stored in interest.hedges.iter().filter(|s| s.hedge.legs.iter().any(|l| l.token == *token)) {
            events.extend(self.hedge(&interest, stored, now));
        }
        self.interest = Some(interest);
        events
    }

    /// What the bids pay, as a round would find it. A followed book is that of now, however long ago it changed.
    fn mark(&self, interest: &Interest, held: &Held, now: Moment) -> Option<Usdc> {
        let legs = &held.position.opened.legs;
        let books: Vec<Book> = legs
            .iter()
            .map(|l| {
                let mut book = self.books.get(&l.token)?.clone();
                book.at = now.market;
                Some(book)
            })
            .collect::<Option<_>>()?;
        let legs: Vec<LegMarket<'_>> = legs
            .iter()
            .zip(&books)
            .map(|(l, book)| Some(LegMarket { market: self.markets.get(&l.market)?, book: Some(book) }))
            .collect::<Option<_>>()?;
        let account = interest.account.as_ref()?;
        let desk = Desk { account, limits: &self.limits, costs: &self.costs, now: now.market };
        paper::mark(&desk, &held.position, &legs).value
    }

    fn position(&mut self, interest: &Interest, held: &Held, now: Moment) -> Option<BookEvent> {
        // Held to resolution: no book changes that.
        let strategy = held.strategy.as_ref()?;
        let (position, id) = (held.position.id().get(), held.position.id());
        let value = self.mark(interest, held, now)?;
        let view = PositionView::new(&held.position, Some(value), held.peak, false, now.market);
        let exit = evaluate(&strategy.exits, &view).map(|e| e.rule);
        let before = self.seen.get(&id);
        if let Some(rule) = exit {
            let again = |(told, at): &(String, Timestamp)| *told != rule || now.machine.since(*at) >= ASK_AGAIN_MS;
            if before.and_then(|b| b.exit.as_ref()).is_none_or(again) {
                self.seen.insert(id, Seen { value, exit: Some((rule, now.machine)) });
                return Some(BookEvent::ExitHolds { position });
            }
        } else if let Some(seen) = self.seen.get_mut(&id) {
            seen.exit = None;
        }
        let Some(seen) = self.seen.get_mut(&id) else {
            self.seen.insert(id, Seen { value, exit: None });
            return None;
        };
        let moved = i128::from((value - seen.value).micros().abs()) * PPM;
        let moved = moved >= i128::from(MARK_MOVED_PPM) * i128::from(held.position.at_cost().micros());
        if moved {
            seen.value = value;
        }
        moved.then_some(BookEvent::MarkMoved { position })
    }

    fn hedge(&mut self, interest: &Interest, stored: &StoredHedge, now: Moment) -> Option<BookEvent> {
        let books: Vec<&Book> = stored.hedge.legs.iter().map(|l| self.books.get(&l.token)).collect::<Option<_>>()?;
        let cost = cost_of(books.iter().map(|b| b.best_ask().map(|a| a.price)));
        let asked = self.asked.get_mut(&stored.id)?;
        let payoff = least_payoffs(&stored.hedge.worlds).0;
        let cheap = cost.filter(|cost| {
            let edge = i128::from((payoff - *cost).micros());
            edge > 0 && edge * PPM >= i128::from(interest.min_edge_ppm) * i128::from(cost.micros())
        });
        let Some(cost) = cheap else {
            asked.cost = None;
            return None;
        };
        // The same price again was decided about before; a lower one was not. A report has no depth, cash or breaker that may have
        // changed meanwhile, and a price that comes and goes is told once in that time.
        let rested = now.machine.since(asked.at) >= ASK_AGAIN_MS;
        let new = match asked.cost {
            Some(before) => cost < before || interest.entries && rested,
            None => interest.entries || rested,
        };
        if new {
            (asked.cost, asked.at) = (Some(cost), now.machine);
        }
        new.then_some(BookEvent::Cheap { hedge: stored.id })
    }
}

#[cfg(test)]
mod tests;
