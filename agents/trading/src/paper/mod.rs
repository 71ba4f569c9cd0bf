//! The PaperTrader's decisions: open, close, settle, mark. Nothing here changes an account: a decision carries the
//! [`LedgerEvent`](crate::ledger::LedgerEvent) to journal and apply, a refusal says why not and what to do.
//!
//! * [`refusal`]: the closed set of refusals. `basket`: legs, books and what a share count costs.
//! * [`open`](open()), [`open_manual`]: buy. [`close`](close()), [`close_manual`]: sell. [`settle`](settle()): be paid. [`mark`](mark()): value.
//!
//! Every leg fills the same share count or nothing is traded at all.

mod basket;
mod close;
mod manual;
mod mark;
mod open;
pub mod refusal;
mod settle;

pub use basket::LegMarket;
pub use close::{CloseDecision, close};
pub use manual::{ManualLeg, ManualOpen, ManualPrice, close_manual, open_manual};
pub use mark::{LegMark, Mark, mark};
pub(crate) use open::least_payoff;
pub use open::{OpenDecision, open};
pub use refusal::TradeRefusal;
pub use settle::{SettleDecision, settle};

use crate::cost::CostSettings;
use crate::ledger::Account;
use crate::limits::{Confidence, Limits};
use crate::strategy::Strategy;
use betty_market::{Market, Shares, Timestamp, Usdc};
use serde::{Deserialize, Serialize};

/// What every decision looks at beside the trade itself.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// The account.
    pub account: &'a Account,
    /// The limits.
    pub limits: &'a Limits,
    /// The costs that do not depend on the book.
    pub costs: &'a CostSettings,
    /// The source's present.
    pub now: Timestamp,
}

/// A size named by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeRequest {
    /// Dollars of capital, every cost in.
    Capital(Usdc),
    /// Shares of every leg.
    Shares(Shares),
}

/// How to open.
#[derive(Debug, Clone)]
pub struct OpenRequest<'a> {
    /// How sure the trader is.
    pub confidence: Confidence,
    /// The strategy whose size and exits apply.
    pub strategy: Option<&'a Strategy>,
    /// A size instead of Kelly's; the caps bind all the same.
    pub size: Option<SizeRequest>,
    /// Why, in words.
    pub reason: String,
    /// The markets beside its legs that the proof of a hedge rests on, as they are now. Without them such a proof does not stand.
    pub between: &'a [&'a Market],
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_exit;
