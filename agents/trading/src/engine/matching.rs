//! Matching: an order that takes from the book, and resting orders that others reach.
//!
//! This account's own orders never meet each other: the feed's book does not show them.

use super::book::{BookStatus, LOT};
use super::config::QueueModel;
use super::core::Core;
use super::event::{Event, OrderFill, OrderNews, OrderReport};
use super::fees::fee_micros;
use super::instrument::InstrumentId;
use super::order::{NIL, OrderId, OrderRequest, Quantity, Side, TimeInForce};
use super::reject::CancelReason;
use betty_market::{Price, Shares, Usdc};

impl Core {
    /// Matches an order at the venue, then rests or drops what is left.
    pub(super) fn execute(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(id) else { return };
        let (request, left) = (order.request, order.left_lots);
        if request.time_in_force == TimeInForce::Fok && !self.is_fillable(&request, left) {
            return self.end(id, CancelReason::NotFillable);
        }
        let done = self.take(id, &request, left);
        match request.time_in_force {
            _ if done => {
                self.release(id);
            }
            TimeInForce::Fak | TimeInForce::Fok => self.end(id, CancelReason::Killed),
            TimeInForce::Gtc | TimeInForce::Gtd { .. } => self.rest(id),
        }
    }

    /// Whether the book holds all of an order within its worst price.
    fn is_fillable(&mut self, request: &OrderRequest, lots: i64) -> bool {
        let market = &self.markets[request.instrument.index()];
        let side = request.side.takes();
        let worst = market.rank(side, request.limit);
        let mut left = Left::of(request, lots);
        let mut rank = market.book.first_available(side);
        while rank != 0 && rank >= worst {
            self.work.levels += 1;
            let e4 = i64::from(market.book.e4(side, rank));
            let next = market.book.next_available(side, rank);
            left.fill(left.part(market.book.available_lots(side, rank), e4), e4);
            if left.is_nothing(e4, i64::from(market.book.e4(side, next)), next >= worst) {
                return true;
            }
            rank = next;
        }
        false
    }

    /// Fills an order level by level, at most down to its worst price. Returns whether nothing is left to fill.
    fn take(&mut self, id: OrderId, request: &OrderRequest, lots: i64) -> bool {
        let now = self.now;
        let OrderRequest { instrument, side, tag, limit, .. } = *request;
        let market = &mut self.markets[instrument.index()];
        let (takes, fees) = (side.takes(), market.fees);
        let worst = market.rank(takes, limit);
        let mut left = Left::of(request, lots);
        let mut rank = market.book.first_available(takes);
        let (mut paid, mut done) = (0, false);
        while rank != 0 && rank >= worst && !done {
            self.work.levels += 1;
            let e4 = market.book.e4(takes, rank);
            let price_e4 = i64::from(e4);
            let lots = left.part(market.book.available_lots(takes, rank), price_e4);
            if lots == 0 {
                break;
            }
            market.book.side_mut(takes).consume_lots(rank, lots);
            left.fill(lots, price_e4);
            let (micro_shares, amount) = (lots * LOT, lots * price_e4);
            let fee = fee_micros(fees, e4, lots);
            match side {
                Side::Buy => {
                    self.ledger.bought(now, instrument, micro_shares, amount, fee);
                    paid += amount + fee;
                }
                Side::Sell => self.ledger.sold(now, instrument, micro_shares, amount, fee),
            }
            let next = market.book.next_available(takes, rank);
            done = left.is_nothing(price_e4, i64::from(market.book.e4(takes, next)), next >= worst);
            let fill = OrderFill {
                price: Price::from_e4(e4).unwrap_or(Price::ONE),
                shares: Shares::from_micros(micro_shares),
                amount: Usdc::from_micros(amount),
                fee: Usdc::from_micros(fee),
                maker: false,
            };
            let shares_left = if done { Shares::ZERO } else { Shares::from_micros(left.lots * LOT) };
            let news = OrderNews::Filled { fill, left: shares_left };
            self.outbox.push_back(Event::Order(OrderReport { id, instrument, side, tag, news }));
            rank = next;
        }
        if let Some(order) = self.orders.get_mut(id) {
            order.left_lots = left.lots;
            if side == Side::Buy {
                // What was paid came out of what was reserved: neither the price nor the fee of a fill exceeds its part.
                order.reserved -= paid;
                self.ledger.reserve(-paid, 0);
            }
        }
        done
    }

    /// Fills resting orders that the other side of the book has come to.
    pub(super) fn match_resting(&mut self, id: InstrumentId) {
        let strictly = u32::from(self.config.queue == QueueModel::TradeThrough);
        for side in [Side::Buy, Side::Sell] {
            let takes = side.takes();
            loop {
                let market = &self.markets[id.index()];
                let own = market.resting(side);
                let slot = own.first(own.ranks.best());
                if slot == NIL {
                    break;
                }
                let (order, ladder) = (self.orders.at(slot), market.book.side(takes));
                let worst = market.rank(takes, order.request.limit) + strictly;
                let mut rank = ladder.present.best();
                let mut lots = 0;
                while rank >= worst && rank != 0 && lots == 0 {
                    self.work.levels += 1;
                    lots = market.book.available_lots(takes, rank).min(order.left_lots);
                    if lots == 0 {
                        rank = ladder.present.below(rank);
                    }
                }
                self.work.resting += 1;
                if lots == 0 {
                    break;
                }
                self.markets[id.index()].book.side_mut(takes).consume_lots(rank, lots);
                self.fill_maker(slot, lots);
            }
        }
    }

    /// Others traded: what reaches this account's resting orders fills them, at their own price and at most for what was traded.
    pub(super) fn print(&mut self, id: InstrumentId, price: Price, size: Shares, taker: Option<Side>) {
        if self.markets[id.index()].book.status() != BookStatus::Good || !size.is_positive() {
            return;
        }
        for side in [Side::Buy, Side::Sell] {
            if self.markets[id.index()].resting(side).is_empty() {
                continue;
            }
            let lots = self.print_through(id, side, price, size.micros() / LOT);
            let hits_this_side = taker.is_some_and(|t| t != side);
            if hits_this_side {
                self.print_at(id, side, price, lots);
            }
        }
    }

    /// A print beyond an order's price would have met the order first, whoever took. Returns the lots that remain of the print.
    fn print_through(&mut self, id: InstrumentId, side: Side, price: Price, mut lots: i64) -> i64 {
        while lots > 0 {
            let own = self.markets[id.index()].resting(side);
            let slot = own.first(own.ranks.best());
            if slot == NIL {
                break;
            }
            let order = self.orders.at(slot);
            let beyond = match side {
                Side::Buy => price < order.request.limit,
                Side::Sell => price > order.request.limit,
            };
            self.work.resting += 1;
            if !beyond {
                break;
            }
            let part = lots.min(order.left_lots);
            lots -= part;
            self.fill_maker(slot, part);
        }
        lots
    }

    /// A print at an order's price moves its queue up: first those before it, then the order.
    fn print_at(&mut self, id: InstrumentId, side: Side, price: Price, lots: i64) {
        let market = &self.markets[id.index()];
        let own = market.resting(side);
        let mut slot = match market.book.rank(side.rests(), price) {
            Some(rank) if own.holds(rank) => own.first(rank),
            _ => NIL,
        };
        // What of the print is left for others and for the next of this account's orders at the price.
        let mut left = lots * LOT;
        while slot != NIL && left > 0 {
            self.work.resting += 1;
            let order = self.orders.at_mut(slot);
            let (next, reached) = (order.next, (left - order.ahead).max(0) / LOT);
            order.ahead = (order.ahead - left).max(0);
            let part = reached.min(order.left_lots);
            if part > 0 && self.config.queue == QueueModel::Position {
                left -= part * LOT;
                self.fill_maker(slot, part);
            }
            slot = next;
        }
    }

    /// Fills a resting order at its own price, without fee.
    fn fill_maker(&mut self, slot: u32, lots: i64) {
        let now = self.now;
        let order = self.orders.at_mut(slot);
        let (id, request) = (order.id, order.request);
        order.left_lots -= lots;
        let (left, amount) = (order.left(), lots * i64::from(request.limit.e4()));
        let micro_shares = lots * LOT;
        match request.side {
            Side::Buy => {
                order.reserved -= amount;
                self.ledger.reserve(-amount, 0);
                self.ledger.bought(now, request.instrument, micro_shares, amount, 0);
            }
            Side::Sell => self.ledger.sold(now, request.instrument, micro_shares, amount, 0),
        }
        let fill = OrderFill {
            price: request.limit,
            shares: Shares::from_micros(micro_shares),
            amount: Usdc::from_micros(amount),
            fee: Usdc::ZERO,
            maker: true,
        };
        self.report(&request, id, OrderNews::Filled { fill, left });
        if left == Shares::ZERO {
            self.release(id);
        }
    }
}

/// What an order may still take.
struct Left {
    lots: i64,
    /// Micro-dollars, for an order that spends.
    budget: Option<i64>,
}

impl Left {
    const fn of(request: &OrderRequest, lots: i64) -> Self {
        match request.quantity {
            Quantity::Shares(_) => Self { lots, budget: None },
            Quantity::Spend(dollars) => Self { lots, budget: Some(dollars.micros()) },
        }
    }

    /// Of the lots at a price, those the order takes. A lot costs the price's ten-thousandths in micro-dollars.
    fn part(&self, there: i64, e4: i64) -> i64 {
        let lots = there.min(self.lots);
        self.budget.map_or(lots, |budget| lots.min(budget / e4))
    }

    const fn fill(&mut self, lots: i64, e4: i64) {
        self.lots -= lots;
        if let Some(budget) = &mut self.budget {
            *budget -= lots * e4;
        }
    }

    /// Whether the order is done after a fill at `e4`: no lots to fill, or too little money for another at this price or at the
    /// next, if there is one.
    fn is_nothing(&self, e4: i64, next_e4: i64, has_next: bool) -> bool {
        let spent = |budget| budget < e4 || (has_next && budget < next_e4);
        self.lots == 0 || self.budget.is_some_and(spent)
    }
}
