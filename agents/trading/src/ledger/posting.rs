//! Double entry: what each event moves between the accounts of the books. Debits are positive, credits negative.

use crate::cost::CostBreakdown;
use crate::ledger::event::LedgerEvent;
use betty_market::Usdc;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The accounts of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerAccount {
    /// Dollars at hand.
    Cash,
    /// What the shares held have cost.
    PositionsAtCost,
    /// Venue fees paid.
    Fees,
    /// Gas paid, buffer included.
    Gas,
    /// Proxy and leg risk.
    OtherCosts,
    /// Proceeds less cost of positions ended; a profit is a credit, so negative.
    RealisedPnl,
    /// What was put in; a credit, so negative.
    Capital,
}

impl LedgerAccount {
    /// Every account, in order.
    pub const ALL: [Self; 7] =
        [Self::Cash, Self::PositionsAtCost, Self::Fees, Self::Gas, Self::OtherCosts, Self::RealisedPnl, Self::Capital];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::PositionsAtCost => "positions_at_cost",
            Self::Fees => "fees",
            Self::Gas => "gas",
            Self::OtherCosts => "other_costs",
            Self::RealisedPnl => "realised_pnl",
            Self::Capital => "capital",
        }
    }
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account.
    pub account: LedgerAccount,
    /// Debit when positive, credit when negative.
    pub amount: Usdc,
}

/// The entry of one event. Its amounts sum to zero; lines of nothing are left out.
///
/// # Panics
/// On amounts beyond the range of [`Usdc`]. Events that an [`Account`](crate::ledger::Account) accepts are far within it.
#[must_use]
pub fn postings(event: &LedgerEvent) -> Vec<Posting> {
    use LedgerAccount as A;
    let with_costs = |cash: Usdc, costs: &CostBreakdown, rest: &[(A, Usdc)]| {
        let mut lines = vec![
            (A::Cash, cash - costs.charged()),
            (A::Fees, costs.fee),
            (A::Gas, costs.gas_all()),
            (A::OtherCosts, costs.other()),
        ];
        lines.extend_from_slice(rest);
        lines
    };
    let lines = match event {
        LedgerEvent::AccountOpened(e) => vec![(A::Cash, e.starting), (A::Capital, -e.starting)],
        LedgerEvent::HedgeOpened(e) => {
            let amount = e.at_cost();
            with_costs(-amount, &e.costs, &[(A::PositionsAtCost, amount)])
        }
        LedgerEvent::HedgeClosed(e) => {
            let proceeds = e.proceeds();
            let rest = [(A::PositionsAtCost, -e.at_cost), (A::RealisedPnl, e.at_cost - proceeds)];
            with_costs(proceeds, &e.costs, &rest)
        }
        LedgerEvent::HedgeSettled(e) => {
            vec![(A::Cash, e.payout), (A::PositionsAtCost, -e.at_cost), (A::RealisedPnl, e.at_cost - e.payout)]
        }
        LedgerEvent::LegUnwound(e) => vec![
            (A::Cash, e.net()),
            (A::Fees, e.bought.fee + e.out.fee()),
            (A::RealisedPnl, e.bought.amount - e.out.returned()),
        ],
    };
    lines.into_iter().filter(|(_, a)| *a != Usdc::ZERO).map(|(account, amount)| Posting { account, amount }).collect()
}
