//! From the end of trading to the money, and what changes while trading goes on.

use super::core::Core;
use super::error::EngineError;
use super::event::{Event, Settlement};
use super::fees::fee_micros_max;
use super::fees::fee_micros_max_of_spend;
use super::instrument::{InstrumentId, Phase, check_fees, check_tick, payout_of};
use super::order::{Order, OrderId, OrderState, Quantity, Side};
use super::queue::Due;
use super::reject::CancelReason;
use super::time::TimeNs;
use betty_market::{FeeSchedule, Price, Resolution};

impl Core {
    /// Checks what only these events can get wrong. Changes nothing.
    pub(super) fn check_lifecycle(&self, id: InstrumentId, change: &Change, at: TimeNs) -> Result<(), EngineError> {
        let market = &self.markets[id.index()];
        let phase = market.phase;
        let wrong = |what| Err(EngineError::WrongPhase { instrument: id, what, phase });
        match change {
            Change::Tick(tick) => check_tick(*tick),
            Change::Fees(fees) => check_fees(*fees),
            Change::Ended if phase != Phase::Open => wrong("its end"),
            Change::Outcome(_) if at < market.spec.opens => {
                Err(EngineError::OutcomeBeforeMarket { instrument: id, at, opens: market.spec.opens })
            }
            Change::Outcome(_) if matches!(phase, Phase::Resolved { .. } | Phase::Paid { .. }) => {
                wrong("another outcome without a dispute")
            }
            Change::Disputed if matches!(phase, Phase::Open | Phase::Paid { .. }) => wrong("a dispute"),
            Change::Ended | Change::Outcome(_) | Change::Disputed => Ok(()),
        }
    }

    /// Applies a change that was checked.
    pub(super) fn lifecycle(&mut self, id: InstrumentId, change: Change) {
        match change {
            Change::Tick(tick) => {
                let market = &mut self.markets[id.index()];
                market.tick = tick;
                // Resting orders off the new tick stay; only new ones are held to it.
                market.refine(tick);
                self.outbox.push_back(Event::Tick { instrument: id, tick });
            }
            Change::Fees(fees) => self.change_fees(id, fees),
            Change::Ended => self.end_trading(id),
            Change::Outcome(resolution) => self.resolve(id, resolution),
            Change::Disputed => {
                self.markets[id.index()].round += 1;
                self.enter_phase(id, Phase::Disputed);
            }
        }
    }

    fn enter_phase(&mut self, id: InstrumentId, phase: Phase) {
        self.markets[id.index()].phase = phase;
        self.outbox.push_back(Event::Phase { instrument: id, phase });
    }

    fn alive_of(&self, id: InstrumentId) -> Vec<OrderId> {
        let of = |o: &OrderId| self.orders.get(*o).is_some_and(|o| o.request.instrument == id);
        self.orders.alive().into_iter().filter(of).collect()
    }

    fn end_trading(&mut self, id: InstrumentId) {
        for order in self.alive_of(id) {
            // One that the strategy has only just submitted is refused when its command is carried out.
            if self.orders.get(order).is_some_and(|o| o.state != OrderState::New) {
                self.end(order, CancelReason::MarketEnded);
            }
        }
        self.enter_phase(id, Phase::Ended);
    }

    fn resolve(&mut self, id: InstrumentId, resolution: Resolution) {
        if self.markets[id.index()].phase == Phase::Open {
            self.end_trading(id);
        }
        let market = &mut self.markets[id.index()];
        market.round += 1;
        let round = market.round;
        let pays_at = self.now.plus_nanos(market.spec.payout_delay_ns.max(0));
        self.queue.push(pays_at, Due::Payout { instrument: id, round });
        self.enter_phase(id, Phase::Resolved { resolution, pays_at });
    }

    /// Releases the money of a settlement, unless a dispute revoked it.
    pub(super) fn pay(&mut self, id: InstrumentId, round: u32) {
        let market = &self.markets[id.index()];
        let Phase::Resolved { resolution, .. } = market.phase else { return };
        if market.round != round {
            return;
        }
        let position = self.ledger.position(id);
        let (shares, cost) = (position.shares, position.cost);
        let payout = payout_of(market.spec.outcome, resolution, shares);
        if shares.is_positive() {
            self.ledger.settled(self.now, id, payout.micros());
        }
        self.enter_phase(id, Phase::Paid { resolution });
        if shares.is_positive() {
            self.outbox.push_back(Event::Settled(Settlement { instrument: id, resolution, shares, cost, payout }));
        }
    }

    /// Orders that may still take are bound to their fee at the new schedule; where free cash does not cover it they end.
    fn change_fees(&mut self, id: InstrumentId, fees: FeeSchedule) {
        self.markets[id.index()].fees = fees;
        self.outbox.push_back(Event::Fees { instrument: id, fees });
        for order_id in self.alive_of(id) {
            let Some(order) = self.orders.get(order_id) else { continue };
            let waits = matches!(order.state, OrderState::InFlight | OrderState::Delayed);
            if !waits || order.request.side == Side::Sell {
                continue;
            }
            let more = bound_of(order, fees) - order.reserved;
            if more > self.ledger.free_micros() {
                self.end(order_id, CancelReason::FeeRaised);
                continue;
            }
            self.ledger.reserve(more, 0);
            if let Some(order) = self.orders.get_mut(order_id) {
                order.reserved += more;
            }
        }
    }
}

/// The most a buy order that has not matched yet can cost, micro-dollars.
fn bound_of(order: &Order, fees: FeeSchedule) -> i64 {
    let limit = order.request.limit.e4();
    match order.request.quantity {
        Quantity::Shares(_) => order.left_lots * i64::from(limit) + fee_micros_max(fees, limit, order.left_lots),
        Quantity::Spend(dollars) => dollars.micros() + fee_micros_max_of_spend(fees, dollars.micros()),
    }
}

/// A change in an instrument's life.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Tick(Price),
    Fees(FeeSchedule),
    Ended,
    Outcome(Resolution),
    Disputed,
}
