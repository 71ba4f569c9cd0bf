//! What a lane keeps for the report: rows of trades, the waterfall, equity by day.

use super::Lane;
use crate::backtest::report::{EquityPoint, TradeLeg, TradeRow};
use crate::ledger::account::payout;
use crate::ledger::position::PositionEnd;
use crate::ledger::{HedgeOpened, Position, PositionId};
use crate::units::{PPM, ratio_ppm};
use betty_hedging::Evidence;
use betty_market::{Ending, MarketId, Timestamp, Usdc};

/// What a trade's result hangs on: the venue's event, else the question without its numbers, so that the rungs of a ladder are one.
fn event_of(opened: &HedgeOpened) -> String {
    let Some(leg) = opened.legs.first() else { return String::new() };
    match &leg.event {
        Some(event) => event.to_string(),
        None => leg.question.chars().filter(|c| !c.is_ascii_digit()).collect(),
    }
}

impl Lane<'_> {
    /// A hedge came in.
    pub(super) fn opened(&mut self, opened: &HedgeOpened, decided_at: Timestamp, naked_ms: i64) {
        let leg = |l: &crate::ledger::LegEntry| TradeLeg {
            market: l.market.clone(),
            question: l.question.clone(),
            outcome: l.outcome,
            entry: l.best,
            exit: None,
        };
        let worst = crate::paper::least_payoff(&opened.worlds, false);
        let capital = opened.capital();
        self.presumed |= opened.evidence == Some(Evidence::Presumed);
        self.events.push(event_of(opened));
        self.trades.push(TradeRow {
            position: opened.position.get(),
            label: opened.label.clone(),
            legs: opened.legs.iter().map(leg).collect(),
            shares: opened.shares,
            decided_at,
            opened_at: opened.at,
            ended_at: None,
            capital,
            worst_case: Some(crate::units::part_floor(worst, opened.shares.micros()) - capital),
            gross: None,
            net: None,
            roi_ppm: None,
            exit: None,
            entry_reason: opened.entry_reason.clone(),
            exit_words: String::new(),
            naked_ms,
            held_net: None,
        });
    }

    /// A position ended: its row is completed and the account forgets it.
    pub(super) fn finished(&mut self, id: PositionId) {
        let Some(position) = self.account.take_ended(id) else { return };
        self.held.remove(&id);
        self.breakers.ended(&position);
        self.pour(&position);
        let Some(index) = self.trades.iter().rposition(|t| t.position == id.get()) else { return };
        let row = &mut self.trades[index];
        row.ended_at = position.ended_at();
        row.gross = position.gross_pnl();
        row.net = position.real_pnl();
        row.roi_ppm = position.roi_ppm();
        row.exit = position.exit_reason();
        row.exit_words = position.exit_words().unwrap_or_default().to_owned();
        match &position.end {
            Some(PositionEnd::Closed(closed)) => {
                for (leg, exit) in row.legs.iter_mut().zip(&closed.legs) {
                    leg.exit = Some(exit.best);
                }
                for leg in &position.opened.legs {
                    self.watched.entry(leg.market.clone()).or_default().push(index);
                }
            }
            _ => row.held_net = row.net,
        }
    }

    /// A market ended: trades that had left it learn what holding would have paid.
    pub(super) fn watched_ends(&mut self, market: &MarketId, ending: Ending, now: Timestamp) {
        for index in self.watched.remove(market).unwrap_or_default() {
            let Some(row) = self.trades.get_mut(index) else { continue };
            let endings = self.watched_endings.entry(index).or_default();
            endings.insert(market.clone(), ending);
            if endings.len() < row.legs.len() {
                continue;
            }
            let paid: Option<Usdc> = row
                .legs
                .iter()
                .map(|l| Some(payout(l.outcome, endings.get(&l.market)?.reveal(now)?, row.shares)))
                .sum();
            row.held_net = paid.map(|p| p - row.capital);
            self.watched_endings.remove(&index);
        }
    }

    /// Adds an ended position to the waterfall. Half of each spread lies between the middle and the best price.
    fn pour(&mut self, position: &Position) {
        let exit = match &position.end {
            Some(PositionEnd::Closed(closed)) => Some(&closed.costs),
            _ => None,
        };
        let w = &mut self.waterfall;
        let mut at_mid = position.gross_pnl().unwrap_or(Usdc::ZERO);
        for costs in std::iter::once(&position.opened.costs).chain(exit) {
            let spread = Usdc::from_micros(costs.spread.map_or(0, |s| s.micros() / 2));
            at_mid += spread + costs.slippage;
            w.spread -= spread;
            w.slippage -= costs.slippage;
            w.fee -= costs.fee;
            w.gas -= costs.gas_all();
            w.leg_risk -= costs.leg_risk;
            w.other -= costs.proxy;
        }
        w.at_mid += at_mid;
        w.net += position.real_pnl().unwrap_or(Usdc::ZERO);
    }

    /// Cash plus what the bids paid last for what is held; a position that never had bids for its size counts at cost.
    pub(in crate::backtest) fn equity(&self) -> Usdc {
        let held = |p: &Position| self.held.get(&p.id()).and_then(|h| h.mark).unwrap_or_else(|| p.at_cost());
        self.account.cash() + self.account.open_positions().map(held).sum::<Usdc>()
    }

    /// Notes the equity at the end of a day.
    pub(in crate::backtest) fn day_ends(&mut self, at: Timestamp) {
        let equity = self.equity();
        self.peak_equity = self.peak_equity.max(equity);
        let drawdown_ppm = ratio_ppm(self.peak_equity - equity, self.peak_equity).unwrap_or(0);
        let cash = self.account.cash();
        self.exposure_sum_ppm += PPM - ratio_ppm(cash, equity).unwrap_or(PPM).min(PPM);
        self.equity.push(EquityPoint { at, equity, cash, drawdown_ppm, open: self.account.open_count() });
    }

    /// Mean share of equity in positions over the days, millionths.
    pub(in crate::backtest) fn exposure_ppm(&self) -> i64 {
        let days = i64::try_from(self.equity.len()).unwrap_or(i64::MAX).max(1);
        self.exposure_sum_ppm / days
    }
}
