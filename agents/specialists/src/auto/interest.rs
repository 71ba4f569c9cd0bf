//! What of the venue could change a decision now: the open positions with their exits, and the best stored hedges while entries are
//! possible. Read at once and handed to whoever follows the books.

use super::round::{peak_key, snapshot};
use crate::account::{account_of, event_of};
use crate::strategies::{entries, kill_switch, strategy_named};
use betty_bus::port::Desk;
use betty_bus::{AccountName, StoredHedge, TaskError, TaskErrorKind};
use betty_hedging::Tier;
use betty_market::{SourceLabel, Usdc};
use betty_trading::auto::filter;
use betty_trading::{Account, EntryReason, Position, Strategy};

/// An open position.
#[derive(Debug, Clone)]
pub struct Held {
    /// The position.
    pub position: Position,
    /// The strategy whose exits apply; `None` when it is held to resolution, or its strategy cannot be read.
    pub strategy: Option<Strategy>,
    /// The highest mark recorded.
    pub peak: Option<Usdc>,
}

/// What a round would look at.
#[derive(Debug, Clone)]
pub struct Interest {
    /// The paper account of the source.
    pub name: AccountName,
    /// The account; `None` before its first trade.
    pub account: Option<Account>,
    /// Open positions, by number.
    pub held: Vec<Held>,
    /// Stored hedges that are not held, best net edge first: those that could be entered, or while entries are off or stopped all of them
    /// where price changes are to be reported, else none.
    pub hedges: Vec<StoredHedge>,
    /// The net edge from which they are of interest, millionths: the least of the active strategy, or that of the report.
    pub min_edge_ppm: i64,
    /// Whether entries by rule are on and not stopped.
    pub entries: bool,
}

impl Interest {
    /// Whether there is nothing a book could change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty() && self.hedges.is_empty()
    }
}

/// Whether a fresh price could make the strategy take a hedge: what does not follow from its price must pass already.
fn could_pass(strategy: &Strategy, stored: &StoredHedge) -> bool {
    match filter(strategy, &stored.hedge) {
        Some(EntryReason::Tier { tier, .. }) => tier == Tier::Watch,
        Some(EntryReason::Coverage { .. }) => false,
        _ => true,
    }
}

/// Reads what a round would look at: every open position and, while entries are on and not stopped, at most `hedges_max` of the best
/// stored hedges that are not held. While they are off, the best stored hedges all the same where `report_ppm`, the net edge from which
/// one is reported, is given.
///
/// # Errors
/// When storage does not answer, the ledger cannot be replayed, or the active strategy cannot be read.
pub async fn interest(
    desk: &dyn Desk,
    label: &SourceLabel,
    hedges_max: u32,
    report_ppm: Option<i64>,
) -> Result<Interest, TaskError> {
    let name = account_of(label)?;
    let events = desk.ledger(&name).await?.iter().map(event_of).collect::<Result<Vec<_>, _>>()?;
    let account = match events.is_empty() {
        true => None,
        false => Some(Account::replay(&events).map_err(|e| {
            TaskError::new(TaskErrorKind::Internal, format!("the ledger of {name} cannot be replayed: {e}"))
        })?),
    };
    let mut held = Vec::new();
    for position in account.iter().flat_map(Account::open_positions) {
        let peak = desk.setting(&peak_key(&name, position.id())).await?.and_then(|p| p.parse().ok());
        held.push(Held { position: position.clone(), strategy: snapshot(position).ok().flatten(), peak });
    }
    let entries = entries(desk).await? == Some(true) && kill_switch(desk).await?.is_none();
    let strategy = if entries { Some(strategy_named(desk, None).await?) } else { None };
    let mut hedges = Vec::new();
    if entries || report_ppm.is_some() {
        // As many more as could be held already.
        let read_max = hedges_max.saturating_add(u32::try_from(held.len()).unwrap_or(u32::MAX));
        hedges = desk.hedges(&name, read_max).await?;
        hedges.retain(|s| {
            strategy.as_ref().is_none_or(|strategy| could_pass(strategy, s))
                && !held.iter().any(|h| h.position.opened.hedge_key == s.hedge.key)
        });
        hedges.truncate(hedges_max as usize);
    }
    let min_edge_ppm = strategy.map(|s| s.entry.min_net_edge_ppm).or(report_ppm).unwrap_or_default();
    Ok(Interest { name, account, held, hedges, min_edge_ppm, entries })
}
