//! Orders: what is asked for, and the slab of those that are alive.

use super::instrument::InstrumentId;
use super::time::TimeNs;
use betty_market::{BookSide, Price, Shares, Usdc};

/// A minute: the venue ends a good-till-date order this much before its date.
pub const GTD_ENDS_EARLY_NS: i64 = 60_000_000_000;
/// Three minutes: a good-till-date order's date lies at least this far ahead.
pub const GTD_AHEAD_MIN_NS: i64 = 180_000_000_000;
/// Largest order.
pub const ORDER_SHARES_MAX: Shares = Shares::whole(1_000_000_000);
/// End of a list of slots.
pub(super) const NIL: u32 = u32::MAX;

/// Buy or sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Takes asks, rests on the bids.
    Buy,
    /// Takes bids, rests on the asks.
    Sell,
}

impl Side {
    /// The side of the book it takes from.
    #[must_use]
    pub const fn takes(self) -> BookSide {
        match self {
            Self::Buy => BookSide::Ask,
            Self::Sell => BookSide::Bid,
        }
    }

    /// The side of the book it rests on.
    #[must_use]
    pub const fn rests(self) -> BookSide {
        match self {
            Self::Buy => BookSide::Bid,
            Self::Sell => BookSide::Ask,
        }
    }
}

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Shares, in whole lots of 0.01.
    Shares(Shares),
    /// Dollars before fees, for buying at once; as many whole lots as they pay for.
    Spend(Usdc),
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeInForce {
    /// Fill and kill: what matches at once; the rest is dropped.
    Fak,
    /// Fill or kill: all at once or nothing.
    Fok,
    /// Good till cancelled.
    Gtc,
    /// Good till a date; the venue ends it [`GTD_ENDS_EARLY_NS`] before.
    Gtd {
        /// The date.
        until: TimeNs,
    },
}

/// What a strategy asks for. All orders are limit orders; a market order is one whose limit is its worst acceptable price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRequest {
    /// What.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// The worst price, on the tick. The taker gets the maker's price.
    pub limit: Price,
    /// How long.
    pub time_in_force: TimeInForce,
    /// Refused where it would match on arrival.
    pub post_only: bool,
    /// The strategy's own mark; comes back in every report.
    pub tag: u64,
}

impl OrderRequest {
    /// Takes what there is down to a protective worst price, and drops the rest (FAK).
    #[must_use]
    pub const fn market(instrument: InstrumentId, side: Side, shares: Shares, worst: Price) -> Self {
        let quantity = Quantity::Shares(shares);
        Self { instrument, side, quantity, limit: worst, time_in_force: TimeInForce::Fak, post_only: false, tag: 0 }
    }

    /// Buys for an amount of dollars before fees, at most at `worst` a share (FAK).
    #[must_use]
    pub const fn spend(instrument: InstrumentId, dollars: Usdc, worst: Price) -> Self {
        let mut request = Self::market(instrument, Side::Buy, Shares::ZERO, worst);
        request.quantity = Quantity::Spend(dollars);
        request
    }

    /// Rests what does not match, until cancelled.
    #[must_use]
    pub const fn limit(instrument: InstrumentId, side: Side, shares: Shares, price: Price) -> Self {
        Self::market(instrument, side, shares, price).lasting(TimeInForce::Gtc)
    }

    /// The same with another time in force.
    #[must_use]
    pub const fn lasting(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = time_in_force;
        self
    }

    /// The same, refused where it would take.
    #[must_use]
    pub const fn post_only(mut self) -> Self {
        self.post_only = true;
        self
    }

    /// The same with a mark.
    #[must_use]
    pub const fn tagged(mut self, tag: u64) -> Self {
        self.tag = tag;
        self
    }
}

/// An order's number: rises by one with each order submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderId {
    serial: u64,
    slot: u32,
}

impl OrderId {
    pub(super) const fn new(serial: u64, slot: u32) -> Self {
        Self { serial, slot }
    }

    /// The number, from 1.
    #[must_use]
    pub const fn serial(self) -> u64 {
        self.serial
    }

    pub(super) const fn slot(self) -> u32 {
        self.slot
    }
}

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// Submitted, not yet carried out.
    New,
    /// On the wire.
    InFlight,
    /// Held back by the venue before its match.
    Delayed,
    /// On the book.
    Resting,
}

/// An order that is alive.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// What was asked for.
    pub request: OrderRequest,
    /// Where it is.
    pub state: OrderState,
    /// Lots still to fill; for an amount of dollars, the most it could buy.
    pub(super) left_lots: i64,
    /// Cash reserved for what is left, micro-dollars.
    pub(super) reserved: i64,
    /// Micro-shares of others before it in the queue at its price.
    pub(super) ahead: i64,
    pub(super) prev: u32,
    pub(super) next: u32,
}

impl Order {
    /// Shares still to fill; for an amount of dollars, the most it could buy.
    #[must_use]
    pub const fn left(&self) -> Shares {
        Shares::from_micros(self.left_lots * Shares::LOT.micros())
    }

    /// Cash reserved for it.
    #[must_use]
    pub const fn reserved(&self) -> Usdc {
        Usdc::from_micros(self.reserved)
    }

    /// Shares of others that are taken to stand before it at its price, while it rests.
    #[must_use]
    pub const fn queue_ahead(&self) -> Shares {
        Shares::from_micros(self.ahead)
    }
}

/// Alive orders in slots that are used again; an id with an old serial finds nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    slots: Vec<Option<Order>>,
    free: Vec<u32>,
    serial: u64,
}

impl Orders {
    pub(super) fn add(&mut self, request: OrderRequest) -> OrderId {
        self.serial += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        let id = OrderId::new(self.serial, slot);
        let left_lots = match request.quantity {
            Quantity::Shares(shares) => shares.micros() / Shares::LOT.micros(),
            Quantity::Spend(_) => 0,
        };
        self.slots[slot as usize] =
            Some(Order { id, request, state: OrderState::New, left_lots, reserved: 0, ahead: 0, prev: NIL, next: NIL });
        id
    }

    pub(super) fn get(&self, id: OrderId) -> Option<&Order> {
        self.slots.get(id.slot as usize)?.as_ref().filter(|o| o.id == id)
    }

    pub(super) fn get_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.slots.get_mut(id.slot as usize)?.as_mut().filter(|o| o.id == id)
    }

    /// The order in a slot of a list of resting orders, which only ever names alive ones.
    pub(super) fn at(&self, slot: u32) -> &Order {
        self.slots[slot as usize].as_ref().expect("a list names alive orders")
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> &mut Order {
        self.slots[slot as usize].as_mut().expect("a list names alive orders")
    }

    pub(super) fn remove(&mut self, id: OrderId) -> Option<Order> {
        let order = self.slots.get_mut(id.slot as usize)?.take_if(|o| o.id == id)?;
        self.free.push(id.slot);
        Some(order)
    }

    /// Alive orders in the order they were submitted.
    pub(super) fn alive(&self) -> Vec<OrderId> {
        let mut ids: Vec<OrderId> = self.slots.iter().flatten().map(|o| o.id).collect();
        ids.sort_unstable();
        ids
    }
}
