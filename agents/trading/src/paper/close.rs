//! Selling a position by walking the bids of every leg. A leg without enough bids is a refusal; a price is never made up.

use crate::cost::CostBreakdown;
use crate::exit::ExitReason;
use crate::ledger::{Account, BookSnapshot, HedgeClosed, LedgerEvent, LegExit, Position, PositionId, PriceMark};
use crate::paper::Desk;
use crate::paper::basket::{Basket, LegMarket};
use crate::paper::refusal::TradeRefusal;
use crate::units::ratio_ppm;
use betty_market::{BookSide, Usdc};
use serde::{Deserialize, Serialize};

/// A position to be sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseDecision {
    /// What to journal and apply: always [`LedgerEvent::HedgeClosed`].
    pub event: LedgerEvent,
    /// What the fills bring, before costs.
    pub proceeds: Usdc,
    /// Every cost of selling.
    pub costs: CostBreakdown,
    /// Profit before any cost.
    pub gross_pnl: Usdc,
    /// Profit after every cost of entry and exit.
    pub real_pnl: Usdc,
    /// Real profit over everything put in, millionths.
    pub roi_ppm: i64,
    /// What holding to resolution would leave at least, for comparison; `None` without worlds.
    pub hold_worst_case: Option<Usdc>,
}

/// Decides to sell every leg of a position. `legs` are the markets and books of its legs, in its order; `rule` says in words what
/// fired.
///
/// # Errors
/// [`TradeRefusal`]: an unknown or ended position, a market or book that cannot be traded on, too few bids.
pub fn close(
    desk: &Desk<'_>,
    position: PositionId,
    legs: &[LegMarket<'_>],
    reason: ExitReason,
    rule: &str,
) -> Result<CloseDecision, TradeRefusal> {
    let held = held(desk.account, position)?;
    let shares = held.opened.shares;
    let tokens = held.opened.legs.iter().map(|l| &l.token);
    let basket = match Basket::new(desk, legs, tokens, BookSide::Bid) {
        // One-sided on the side that is needed: there is nobody to sell to.
        Err(TradeRefusal::BadBook { market, fault: betty_market::book::BookFault::OneSided { .. } }) => {
            return Err(TradeRefusal::NoBid { market, need: shares, there: betty_market::Shares::ZERO });
        }
        other => other?,
    };
    let walks = basket.walks(shares);
    for (leg, walk) in basket.legs.iter().zip(&walks) {
        if walk.shares < shares {
            return Err(TradeRefusal::NoBid { market: leg.market.id.clone(), need: shares, there: walk.shares });
        }
    }
    let costs = basket.costs(&walks, desk.costs, desk.now);
    let snapshot = basket.legs.iter().zip(&walks).map(|(l, w)| BookSnapshot::of(l.shown, w.fills.len() + 1)).collect();
    let exits = held.opened.legs.iter().zip(basket.legs.iter().zip(walks));
    let event = HedgeClosed {
        position,
        at_cost: held.at_cost(),
        legs: exits
            .map(|(entry, (leg, walk))| LegExit {
                market: entry.market.clone(),
                token: entry.token.clone(),
                walk,
                best: leg.book.best_bid().map(|l| l.price).unwrap_or_default(),
                book_at: leg.shown.at,
            })
            .collect(),
        costs,
        reason,
        rule: rule.to_owned(),
        prices: PriceMark::Book,
        at: desk.now,
        snapshot,
    };
    decided_close(desk, held, event)
}

/// A position that is open.
pub(crate) fn held(account: &Account, position: PositionId) -> Result<&Position, TradeRefusal> {
    let found = account.position(position).ok_or(TradeRefusal::UnknownPosition { position })?;
    if found.is_open() { Ok(found) } else { Err(TradeRefusal::NotOpen { position }) }
}

/// Computes the result of a sale and tries it on the account's books, so that a decision can always be applied.
pub(crate) fn decided_close(
    desk: &Desk<'_>,
    held: &Position,
    event: HedgeClosed,
) -> Result<CloseDecision, TradeRefusal> {
    let (proceeds, costs) = (event.proceeds(), event.costs.clone());
    let cash = desk.account.cash();
    if cash + proceeds < costs.charged() {
        return Err(TradeRefusal::CostsExceedCash { costs: costs.charged(), proceeds, cash });
    }
    let gross_pnl = proceeds - held.at_cost();
    let real_pnl = gross_pnl - held.opened.costs.charged() - costs.charged();
    let event = LedgerEvent::HedgeClosed(Box::new(event));
    desk.account.accepts(&event).map_err(|e| TradeRefusal::Ledger { reason: e.to_string() })?;
    Ok(CloseDecision {
        event,
        proceeds,
        costs,
        gross_pnl,
        real_pnl,
        roi_ppm: ratio_ppm(real_pnl, held.capital()).unwrap_or(0),
        hold_worst_case: held.worst_case(),
    })
}
