//! What is held: marked at the bids, checked against its exits, sold, or paid when its markets have ended. The settlement here is the only
//! place that opens an [`Ending`].

use super::{Due, Lane};
use crate::auto::{Marked, check};
use crate::backtest::error::BacktestError;
use crate::backtest::scene::Scene;
use crate::ledger::{LedgerEvent, PositionId};
use crate::paper::{self, LegMarket};
use betty_market::{Ending, MarketId, Resolution, Timestamp};

impl Lane<'_> {
    /// Marks and checks the positions that touch a market, or all of them at a tick.
    pub(in crate::backtest) fn watch(&mut self, scene: &Scene, market: Option<&MarketId>, now: Timestamp) {
        let touched: Vec<PositionId> = self
            .account
            .open_positions()
            .filter(|p| market.is_none_or(|m| p.opened.legs.iter().any(|l| l.market == *m)))
            .map(crate::ledger::Position::id)
            .collect();
        for id in touched {
            self.watch_one(scene, id, now);
        }
    }

    fn watch_one(&mut self, scene: &Scene, id: PositionId, now: Timestamp) {
        let Some(position) = self.account.position(id) else { return };
        let legs = self.legs_by_id(scene, position.opened.legs.iter().map(|l| (&l.market, l.outcome)), now);
        let mark = legs.and_then(|legs| {
            let markets: Vec<LegMarket<'_>> =
                legs.iter().map(|l| LegMarket { market: &l.market, book: Some(&l.book) }).collect();
            paper::mark(&self.desk(now), position, &markets).value
        });
        let Some(held) = self.held.get_mut(&id) else { return };
        held.mark = mark.or(held.mark);
        held.peak = held.peak.max(mark);
        if held.exit_sent.is_some() || !held.endings.is_empty() {
            return;
        }
        let marked = Marked { position, strategy: Some(&self.strategy), mark, peak: held.peak, resolved: false };
        let exit = check(&[marked], now).into_iter().find_map(|c| c.exit);
        if let Some(exit) = exit {
            held.exit_sent = Some((exit.reason, exit.words()));
            let at = now.plus_millis(self.latency());
            self.later(at, Due::Exit(id));
        }
    }

    /// An exit's orders reach the venue: every leg is sold whole, or none and the exit is tried again when it still holds.
    pub(super) fn exit_arrives(&mut self, scene: &Scene, id: PositionId, now: Timestamp) -> Result<(), BacktestError> {
        let Some(position) = self.account.position(id).filter(|p| p.is_open()) else { return Ok(()) };
        let Some(held) = self.held.get_mut(&id) else { return Ok(()) };
        let Some((reason, words)) = held.exit_sent.take() else { return Ok(()) };
        if !held.endings.is_empty() {
            return Ok(());
        }
        let legs = self.legs_by_id(scene, position.opened.legs.iter().map(|l| (&l.market, l.outcome)), now);
        let decision = legs.map(|legs| {
            let markets: Vec<LegMarket<'_>> =
                legs.iter().map(|l| LegMarket { market: &l.market, book: Some(&l.book) }).collect();
            paper::close(&self.desk(now), id, &markets, reason, &words)
        });
        match decision {
            Some(Ok(decision)) => {
                self.book(&decision.event, now)?;
                self.finished(id);
            }
            Some(Err(refusal)) => {
                let value = serde_json::to_value(&refusal).unwrap_or_default();
                let name = value.get("refusal").and_then(|r| r.as_str()).unwrap_or("unknown").to_owned();
                self.refuse(format!("exit: {name}"));
            }
            None => self.refuse("exit: no_book"),
        }
        Ok(())
    }

    /// A market ended. Positions on it wait for their other leg, then for the payout.
    pub(in crate::backtest) fn market_ends(
        &mut self,
        scene: &Scene,
        market: &MarketId,
        ending: Ending,
        now: Timestamp,
    ) -> Result<(), BacktestError> {
        self.entry_ends(scene, market, &ending, now)?;
        let mut due = Vec::new();
        for position in self.account.open_positions() {
            if !position.opened.legs.iter().any(|l| l.market == *market) {
                continue;
            }
            let Some(held) = self.held.get_mut(&position.id()) else { continue };
            held.endings.insert(market.clone(), ending);
            if held.endings.len() == position.opened.legs.len() {
                let last = held.endings.values().map(Ending::public_at).max().unwrap_or(now).max(now);
                due.push((last.plus_millis(self.config.payout_delay_ms), position.id()));
            }
        }
        for (at, position) in due {
            self.later(at, Due::Payout(position));
        }
        self.watched_ends(market, ending, now);
        Ok(())
    }

    pub(super) fn pay_out(&mut self, id: PositionId, now: Timestamp) -> Result<(), BacktestError> {
        let Some(held) = self.held.get(&id) else { return Ok(()) };
        let resolutions: Vec<(MarketId, Resolution)> =
            held.endings.iter().filter_map(|(m, e)| Some((m.clone(), e.reveal(now)?))).collect();
        match paper::settle(&self.desk(now), id, &resolutions) {
            Ok(decision) => {
                debug_assert!(matches!(decision.event, LedgerEvent::HedgeSettled(_)));
                self.book(&decision.event, now)?;
                self.finished(id);
            }
            Err(_) => self.refuse("settlement: unresolved"),
        }
        Ok(())
    }
}
