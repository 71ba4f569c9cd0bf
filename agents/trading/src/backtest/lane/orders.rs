//! Entries on their way: orders sent, legs arriving, one leg alone.

use super::{Due, Held, InFlight, Lane};
use crate::backtest::error::BacktestError;
use crate::backtest::scene::Scene;
use crate::entry::{Entry, EntryEnd, EntryHow, EntryPolicy, LegView};
use crate::ledger::{HedgeOpened, LedgerEvent};
use betty_market::{Ending, MarketId, Timestamp};
use std::cmp::Reverse;

/// How long an order may wait for the next quote of price-only data, milliseconds: two of its usual rounds.
pub(super) const NEXT_QUOTE_MS_MAX: i64 = 3 * crate::units::HOUR_MS;

impl Lane<'_> {
    /// Milliseconds from now to the match, drawn from the lane's dice.
    pub(super) fn latency(&mut self) -> i64 {
        let spread = u64::try_from(self.config.latency_jitter_ms).unwrap_or(0) + 1;
        let drawn = i64::try_from(self.dice.next() % spread).unwrap_or(0);
        (self.config.latency_ms + drawn) * self.kind.latency
    }

    /// Sends the orders of a decision.
    pub(super) fn send(&mut self, draft: HedgeOpened, now: Timestamp) {
        self.naked.entries += 1;
        let number = self.naked.entries;
        let next_quote = self.assumption.is_some_and(|a| a.next_quote);
        let mut policy: EntryPolicy = self.config.entry;
        if next_quote {
            policy.deadline_ms = policy.deadline_ms.max(NEXT_QUOTE_MS_MAX);
            self.later(now.plus_millis(NEXT_QUOTE_MS_MAX), Due::Look(number));
        }
        let legs = draft.legs.iter().map(|l| (l.market.clone(), l.token.clone(), l.outcome)).collect::<Vec<_>>();
        if !next_quote {
            for leg in 0..legs.len() {
                let at = now.plus_millis(self.latency());
                self.later(at, Due::Leg(number, leg));
            }
        }
        let entry = Entry::new(draft, policy);
        self.entry = Some(InFlight { entry, decided_at: now, legs, next_quote, number, look_at: None });
    }

    /// Does what is due before an instant, in order.
    pub(in crate::backtest) fn run_due(&mut self, scene: &Scene, before: Timestamp) -> Result<(), BacktestError> {
        while let Some(Reverse((at, _, due))) = self.queue.peek().copied() {
            if at >= before {
                break;
            }
            self.queue.pop();
            match due {
                Due::Leg(number, leg) if self.is_number(number) => self.arrive(scene, leg, at)?,
                Due::Look(number) if self.is_number(number) => self.look(scene, at)?,
                // Of an entry that ended before its orders were all there.
                Due::Leg(..) | Due::Look(_) => {}
                Due::Exit(position) => self.exit_arrives(scene, position, at)?,
                Due::Payout(position) => self.pay_out(position, at)?,
            }
        }
        Ok(())
    }

    fn is_number(&self, number: u64) -> bool {
        self.entry.as_ref().is_some_and(|f| f.number == number)
    }

    /// A new book of a token: orders that wait for it meet it, and a leg alone looks again.
    pub(in crate::backtest) fn entry_sees(
        &mut self,
        scene: &Scene,
        market: &MarketId,
        now: Timestamp,
    ) -> Result<(), BacktestError> {
        let Some(flight) = &self.entry else { return Ok(()) };
        let Some(leg) = flight.legs.iter().position(|(m, _, _)| m == market) else { return Ok(()) };
        if flight.next_quote && flight.entry.is_waiting_for(leg) && now > flight.decided_at {
            return self.arrive(scene, leg, now);
        }
        self.advance(scene, now)
    }

    fn arrive(&mut self, scene: &Scene, leg: usize, now: Timestamp) -> Result<(), BacktestError> {
        let Some(mut flight) = self.entry.take() else { return Ok(()) };
        if let Some((market, _, outcome)) = flight.legs.get(leg) {
            let seen = scene.slot(market).and_then(|slot| self.leg(scene, slot, *outcome, now));
            let view = seen.as_ref().and_then(|l| l.view(self, now));
            flight.entry.arrive(leg, view.as_ref(), now);
        }
        self.entry = Some(flight);
        self.advance(scene, now)
    }

    fn look(&mut self, scene: &Scene, now: Timestamp) -> Result<(), BacktestError> {
        let Some(flight) = &mut self.entry else { return Ok(()) };
        if flight.next_quote && now.since(flight.decided_at) >= NEXT_QUOTE_MS_MAX {
            // No quote came: the orders found nothing.
            for leg in 0..flight.legs.len() {
                flight.entry.arrive(leg, None, now);
            }
        }
        self.advance(scene, now)
    }

    fn advance(&mut self, scene: &Scene, now: Timestamp) -> Result<(), BacktestError> {
        let Some(mut flight) = self.entry.take() else { return Ok(()) };
        let legs: Vec<_> = flight
            .legs
            .iter()
            .map(|(id, _, outcome)| scene.slot(id).and_then(|slot| self.leg(scene, slot, *outcome, now)))
            .collect();
        let views: Vec<Option<LegView<'_>>> = legs.iter().map(|l| l.as_ref().and_then(|l| l.view(self, now))).collect();
        let end = flight.entry.advance(&views, &self.costs, now);
        match end {
            Some(end) => self.entered(&flight, end, now),
            None => {
                let deadline = flight.entry.deadline().filter(|d| *d > now);
                if let (Some(at), true) = (deadline, flight.look_at != deadline) {
                    flight.look_at = deadline;
                    self.later(at, Due::Look(flight.number));
                }
                self.entry = Some(flight);
                Ok(())
            }
        }
    }

    fn entered(&mut self, flight: &InFlight, end: EntryEnd, now: Timestamp) -> Result<(), BacktestError> {
        let naked = &mut self.naked;
        naked.one_legged += u64::from(end.naked_ms > 0);
        naked.completed += u64::from(end.completed);
        naked.unwound += u64::from(end.events.iter().any(|e| matches!(e, LedgerEvent::LegUnwound(_))));
        naked.unfilled += u64::from(end.how == EntryHow::Unfilled);
        naked.total_ms += end.naked_ms;
        naked.longest_ms = naked.longest_ms.max(end.naked_ms);
        naked.loss += end.loss;
        self.waterfall.leg_risk -= end.loss;
        self.waterfall.net -= end.loss;
        if end.how == EntryHow::Unfilled {
            self.refuse("gone before the orders arrived");
        }
        if end.how == EntryHow::Unwound {
            self.refuse("unwound on one leg");
        }
        for event in end.events {
            self.book(&event, now)?;
            if let LedgerEvent::HedgeOpened(opened) = event {
                self.held.insert(opened.position, Held::default());
                self.opened(&opened, flight.decided_at, end.naked_ms);
            }
        }
        Ok(())
    }

    /// A leg's market ended while the entry was on its way.
    pub(super) fn entry_ends(
        &mut self,
        scene: &Scene,
        market: &MarketId,
        ending: &Ending,
        now: Timestamp,
    ) -> Result<(), BacktestError> {
        let Some(flight) = &mut self.entry else { return Ok(()) };
        let Some(leg) = flight.legs.iter().position(|(m, _, _)| m == market) else { return Ok(()) };
        let Some(resolution) = ending.reveal(now) else { return Ok(()) };
        flight.entry.ended(leg, resolution);
        for other in 0..flight.legs.len() {
            // An order for half a hedge that cannot be completed any more is called back.
            flight.entry.arrive(other, None, now);
        }
        self.advance(scene, now)
    }
}
