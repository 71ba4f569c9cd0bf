//! Being paid: every leg resolved, a dollar for the outcome held, nothing for the other, 50 cents for a void, which says so.

use crate::exit::ExitReason;
use crate::ledger::account::payout;
use crate::ledger::{HedgeSettled, LedgerEvent, LegSettlement, Position, PositionId};
use crate::paper::Desk;
use crate::paper::close::held;
use crate::paper::open::least_payoff;
use crate::paper::refusal::TradeRefusal;
use crate::units::{part_floor, ratio_ppm};
use betty_market::{MarketId, Resolution, Usdc};
use serde::{Deserialize, Serialize};

/// A position to be settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleDecision {
    /// What to journal and apply: always [`LedgerEvent::HedgeSettled`].
    pub event: LedgerEvent,
    /// What all legs pay.
    pub payout: Usdc,
    /// Held to resolution, void, or logic wrong.
    pub reason: ExitReason,
    /// Profit before any cost.
    pub gross_pnl: Usdc,
    /// Profit after every cost of entry.
    pub real_pnl: Usdc,
    /// Real profit over everything put in, millionths.
    pub roi_ppm: i64,
    /// In words; says so when a leg was void or the proof was wrong.
    pub words: String,
}

/// Decides what a position is paid. `resolutions` may hold other markets too and come in any order.
///
/// # Errors
/// [`TradeRefusal`]: an unknown or ended position, or a leg that has not resolved.
pub fn settle(
    desk: &Desk<'_>,
    position: PositionId,
    resolutions: &[(MarketId, Resolution)],
) -> Result<SettleDecision, TradeRefusal> {
    let held = held(desk.account, position)?;
    let shares = held.opened.shares;
    let mut legs = Vec::with_capacity(held.opened.legs.len());
    for leg in &held.opened.legs {
        let Some((_, resolution)) = resolutions.iter().find(|(m, _)| *m == leg.market) else {
            return Err(TradeRefusal::Unresolved { market: leg.market.clone() });
        };
        legs.push(LegSettlement {
            market: leg.market.clone(),
            outcome: leg.outcome,
            resolution: *resolution,
            payout: payout(leg.outcome, *resolution, shares),
        });
    }
    let payout: Usdc = legs.iter().map(|l| l.payout).sum();
    let (reason, words) = judge(held, &legs, payout);
    let event = LedgerEvent::HedgeSettled(Box::new(HedgeSettled {
        position,
        at_cost: held.at_cost(),
        legs,
        payout,
        reason,
        words: words.clone(),
        at: desk.now,
    }));
    desk.account.accepts(&event).map_err(|e| TradeRefusal::Ledger { reason: e.to_string() })?;
    let gross_pnl = payout - held.at_cost();
    let real_pnl = payout - held.capital();
    let roi_ppm = ratio_ppm(real_pnl, held.capital()).unwrap_or(0);
    Ok(SettleDecision { event, payout, reason, gross_pnl, real_pnl, roi_ppm, words })
}

/// The proof is wrong when less is paid than any world it allows pays.
fn judge(held: &Position, legs: &[LegSettlement], payout: Usdc) -> (ExitReason, String) {
    let voided = legs.iter().filter(|l| l.resolution == Resolution::Void).count();
    let promised = part_floor(least_payoff(&held.opened.worlds, voided > 0), held.opened.shares.micros());
    let paid: Vec<String> = legs
        .iter()
        .map(|l| match l.resolution {
            Resolution::Void => format!("market {} VOID: 0.50 a share = {}", l.market, l.payout),
            Resolution::Yes | Resolution::No => {
                let side = if l.resolution == Resolution::Yes { "YES" } else { "NO" };
                format!("market {} resolved {side}, held {}: {}", l.market, l.outcome, l.payout)
            }
        })
        .collect();
    let paid = paid.join("; ");
    if payout < promised {
        let words = format!("LOGIC WRONG: paid {payout}, the proof promised at least {promised}; {paid}");
        return (ExitReason::LogicWrong, words);
    }
    let reason = if voided > 0 { ExitReason::Void } else { ExitReason::HoldToResolution };
    (reason, format!("paid {payout}; {paid}"))
}
