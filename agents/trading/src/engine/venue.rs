//! The venue's side of an order: its checks on the way in, the wire, the delay, the cancel.

use super::book::{BookStatus, LOT};
use super::core::{Command, Core};
use super::event::{Event, OrderNews, OrderReport};
use super::fees::{fee_micros_max, fee_micros_max_of_spend};
use super::instrument::Phase;
use super::order::{
    GTD_AHEAD_MIN_NS, GTD_ENDS_EARLY_NS, ORDER_SHARES_MAX, Order, OrderId, OrderRequest, OrderState, Quantity, Side,
    TimeInForce,
};
use super::queue::Due;
use super::reject::{CancelReason, CancelRefusal, Rejection};
use super::time::TimeNs;
use betty_market::{Price, Shares, Usdc};

const NS_PER_MS: i64 = 1_000_000;

/// What an order binds while it is alive.
struct Bound {
    /// Cash, micro-dollars.
    cash: i64,
    /// Lots to buy or sell at most.
    lots: i64,
}

impl Core {
    /// Carries out one command of the strategy.
    pub(super) fn carry_out(&mut self, command: Command) {
        self.work.commands += 1;
        match command {
            Command::Submit(id) => self.send(id),
            Command::Cancel(id) => {
                let at = self.now.plus_nanos(self.latency.sample());
                self.queue.push(at, Due::Cancel(id));
            }
            Command::Wake { at, tag } => self.queue.push(at.max(self.now), Due::Wake(tag)),
        }
    }

    /// Lets the next pending item happen at its instant.
    pub(super) fn next_due(&mut self) {
        let Some((time, due)) = self.queue.pop() else { return };
        self.work.due += 1;
        self.now = self.now.max(time);
        match due {
            Due::Arrive(id) => self.arrive(id),
            Due::Match(id) => self.leave_delay(id),
            Due::Cancel(id) => self.cancel_arrives(id),
            Due::Expire(id) => self.end(id, CancelReason::Expired),
            Due::Payout { instrument, round } => self.pay(instrument, round),
            Due::Wake(tag) => self.outbox.push_back(Event::Timer { tag }),
        }
    }

    pub(super) fn report(&mut self, order: &OrderRequest, id: OrderId, news: OrderNews) {
        let OrderRequest { instrument, side, tag, .. } = *order;
        self.outbox.push_back(Event::Order(OrderReport { id, instrument, side, tag, news }));
    }

    /// The decision leaves the account: checked against what is known here, its cash or shares set aside, put on the wire.
    fn send(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(id) else { return };
        let request = order.request;
        let bound = match self.check(&request) {
            Ok(bound) => bound,
            Err(rejection) => {
                self.orders.remove(id);
                self.report(&request, id, OrderNews::Rejected(rejection));
                return;
            }
        };
        match request.side {
            Side::Buy => self.ledger.reserve(bound.cash, bound.lots * LOT),
            Side::Sell => self.ledger.offer(request.instrument, bound.lots * LOT),
        }
        if let Some(order) = self.orders.get_mut(id) {
            (order.state, order.left_lots, order.reserved) = (OrderState::InFlight, bound.lots, bound.cash);
        }
        let at = self.now.plus_nanos(self.latency.sample());
        self.queue.push(at, Due::Arrive(id));
    }

    fn check(&self, request: &OrderRequest) -> Result<Bound, Rejection> {
        let market = self.markets.get(request.instrument.index()).ok_or(Rejection::UnknownInstrument)?;
        if market.phase != Phase::Open {
            return Err(Rejection::MarketEnded);
        }
        if self.now < market.spec.opens {
            return Err(Rejection::NotOpenYet { opens: market.spec.opens });
        }
        check_tick(request.limit, market.tick)?;
        let at_once = matches!(request.time_in_force, TimeInForce::Fak | TimeInForce::Fok);
        if request.post_only && at_once {
            return Err(Rejection::PostOnlyMustRest);
        }
        if let TimeInForce::Gtd { until } = request.time_in_force
            && until.since(self.now) < GTD_AHEAD_MIN_NS
        {
            return Err(Rejection::ExpiryTooSoon { until });
        }
        let e4 = i64::from(request.limit.e4());
        let (lots, cash) = match request.quantity {
            Quantity::Shares(shares) => {
                if shares > ORDER_SHARES_MAX {
                    return Err(Rejection::TooLarge);
                }
                if shares.floor_to_lot() != shares {
                    return Err(Rejection::OffLot { shares });
                }
                check_minimum(shares, market.spec.min_size)?;
                let lots = shares.micros() / LOT;
                // A lot at a price in ten-thousandths costs that many micro-dollars.
                (lots, lots * e4 + fee_micros_max(market.fees, request.limit.e4(), lots))
            }
            Quantity::Spend(dollars) => {
                if request.side == Side::Sell || !at_once {
                    return Err(Rejection::SpendMustBuyAtOnce);
                }
                let at_worst = (dollars.micros() / e4).clamp(0, i64::MAX / LOT);
                check_minimum(Shares::from_micros(at_worst * LOT), market.spec.min_size)?;
                // At the lowest price on the grid it buys the most.
                let lots = dollars.micros() / i64::from(market.book.e4(betty_market::BookSide::Bid, 1));
                if lots > ORDER_SHARES_MAX.micros() / LOT {
                    return Err(Rejection::TooLarge);
                }
                (lots, dollars.micros() + fee_micros_max_of_spend(market.fees, dollars.micros()))
            }
        };
        match request.side {
            Side::Buy => {
                if !self.ledger.has_room_for(lots * LOT) {
                    return Err(Rejection::TooLarge);
                }
                let free = self.ledger.free_micros();
                if cash > free {
                    let (needed, free) = (Usdc::from_micros(cash), Usdc::from_micros(free));
                    return Err(Rejection::InsufficientCash { needed, free });
                }
                Ok(Bound { cash, lots })
            }
            Side::Sell => {
                let position = self.ledger.position(request.instrument);
                let (needed, free) = (Shares::from_micros(lots * LOT), position.shares - position.for_sale);
                if needed > free {
                    return Err(Rejection::InsufficientShares { needed, free });
                }
                Ok(Bound { cash: 0, lots })
            }
        }
    }

    /// The order is at the venue.
    fn arrive(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(id) else { return };
        let request = order.request;
        if let Err(rejection) = self.check_at_venue(&request) {
            return self.refuse(id, rejection);
        }
        let market = &self.markets[request.instrument.index()];
        let takes = request.side.takes();
        let best = market.book.side(takes).present.best();
        let would_take = best != 0 && best >= market.rank(takes, request.limit);
        if request.post_only && would_take {
            let best = market.book.price(takes, best);
            return self.refuse(id, Rejection::WouldTake { best });
        }
        let delay_ns = market.spec.venue_delay_ns;
        if would_take && delay_ns > 0 {
            if let Some(order) = self.orders.get_mut(id) {
                order.state = OrderState::Delayed;
            }
            self.queue.push(self.now.plus_nanos(delay_ns), Due::Match(id));
            return self.report(&request, id, OrderNews::Delayed);
        }
        self.execute(id);
    }

    fn leave_delay(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(id) else { return };
        let request = order.request;
        match self.check_at_venue(&request) {
            Ok(()) => self.execute(id),
            Err(rejection) => self.refuse(id, rejection),
        }
    }

    /// What may have changed since the order was sent. A market that ended cancelled it already.
    fn check_at_venue(&self, request: &OrderRequest) -> Result<(), Rejection> {
        let market = &self.markets[request.instrument.index()];
        check_tick(request.limit, market.tick)?;
        if let TimeInForce::Gtd { until } = request.time_in_force
            && until.plus_nanos(-GTD_ENDS_EARLY_NS) <= self.now
        {
            return Err(Rejection::ExpiryTooSoon { until });
        }
        match market.book.status() {
            BookStatus::Unknown => return Err(Rejection::BookUnknown),
            BookStatus::Crossed => return Err(Rejection::BookCrossed),
            BookStatus::Good => {}
        }
        let (age_ns, max_ns) = (self.now.since(market.book.changed()), self.config.book_age_ns_max);
        if age_ns > max_ns {
            return Err(Rejection::BookStale { age_ms: age_ns / NS_PER_MS, max_ms: max_ns / NS_PER_MS });
        }
        Ok(())
    }

    fn cancel_arrives(&mut self, id: OrderId) {
        let refusal = match self.orders.get(id) {
            None => CancelRefusal::NotOpen,
            Some(order) => match order.state {
                OrderState::New | OrderState::InFlight => CancelRefusal::NotArrived,
                OrderState::Delayed => CancelRefusal::InVenueDelay,
                OrderState::Resting => return self.end(id, CancelReason::Requested),
            },
        };
        self.outbox.push_back(Event::CancelRefused { id, refusal });
    }

    fn refuse(&mut self, id: OrderId, rejection: Rejection) {
        if let Some(order) = self.release(id) {
            self.report(&order.request, id, OrderNews::Rejected(rejection));
        }
    }

    /// Ends an alive order with something unfilled.
    pub(super) fn end(&mut self, id: OrderId, reason: CancelReason) {
        if let Some(order) = self.release(id) {
            let left = order.left();
            self.report(&order.request, id, OrderNews::Cancelled { reason, left });
        }
    }

    /// Takes an order out, off the book if it rests, and frees what it binds.
    pub(super) fn release(&mut self, id: OrderId) -> Option<Order> {
        let OrderRequest { instrument, side, limit, .. } = self.orders.get(id)?.request;
        if self.orders.get(id)?.state == OrderState::Resting {
            let market = &mut self.markets[instrument.index()];
            let rank = market.rank(side.rests(), limit);
            market.resting_mut(side).remove(&mut self.orders, rank, id.slot());
        }
        let order = self.orders.remove(id)?;
        match side {
            // A new order has reserved nothing yet; neither has it anything left to give back.
            Side::Buy if order.state != OrderState::New => self.ledger.reserve(-order.reserved, -order.left_lots * LOT),
            Side::Sell if order.state != OrderState::New => self.ledger.offer(instrument, -order.left_lots * LOT),
            Side::Buy | Side::Sell => {}
        }
        Some(order)
    }

    /// Puts what is left of an order on the book.
    pub(super) fn rest(&mut self, id: OrderId) {
        let now = self.now;
        let Some(order) = self.orders.get_mut(id) else { return };
        let request = order.request;
        let market = &mut self.markets[request.instrument.index()];
        let rank = market.rank(request.side.rests(), request.limit);
        order.state = OrderState::Resting;
        order.ahead = market.book.side(request.side.rests()).displayed(rank);
        if request.side == Side::Buy {
            // From here on it is a maker and pays no fee.
            let cash = order.left_lots * i64::from(request.limit.e4());
            self.ledger.reserve(cash - order.reserved, 0);
            order.reserved = cash;
        }
        let (left, queue_ahead) = (order.left(), order.queue_ahead());
        let top = market.book.top();
        market.resting_mut(request.side).push(&mut self.orders, top, rank, id.slot());
        if let TimeInForce::Gtd { until } = request.time_in_force {
            let ends: TimeNs = until.plus_nanos(-GTD_ENDS_EARLY_NS).max(now);
            self.queue.push(ends, Due::Expire(id));
        }
        self.report(&request, id, OrderNews::Rested { left, queue_ahead });
    }
}

fn check_tick(price: Price, tick: Price) -> Result<(), Rejection> {
    let inside = 0 < price.e4() && price < Price::ONE;
    if inside && price.e4().is_multiple_of(tick.e4()) { Ok(()) } else { Err(Rejection::OffTick { price, tick }) }
}

fn check_minimum(shares: Shares, minimum: Shares) -> Result<(), Rejection> {
    if shares < minimum { Err(Rejection::BelowMinimum { shares, minimum }) } else { Ok(()) }
}
