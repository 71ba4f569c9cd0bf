//! From a decision to fills. Each leg is an order that takes time and meets the book of the moment it arrives, not the one that was seen;
//! a leg may stay alone. The machine is [`betty_trading::entry`], the same as in a replay; here the venue's books and real waiting drive it.

use crate::Setup;
use crate::legs::Fresh;
use betty_bus::TaskError;
use betty_bus::specialist::Attempt;
use betty_market::{MarketId, SourceLabel, TokenId};
use betty_trading::Account;
use betty_trading::entry::{Entry, EntryEnd, EntryHow, EntryPolicy, LegView};
use betty_trading::ledger::HedgeOpened;
use betty_trading::stats::SplitMix64;
use std::time::Duration;

/// Longest latency that may be configured, milliseconds.
pub const LATENCY_MS_MAX: u64 = 60_000;
/// Pause between two looks at the books while a hedge stands on one leg, milliseconds.
const LOOK_MS: u64 = 500;
/// How long the shares of a lonely leg are offered after the deadline before they count as lost, milliseconds of the market's time.
const GIVE_UP_MS: i64 = 60_000;
/// Looks at the books in all, whatever the market's clock says: bounds the attempt.
const LOOKS_MAX: u32 = 400;

/// How orders travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// Milliseconds from a decision to the match of a leg.
    pub latency_ms: u64,
    /// At most this much more, drawn per leg.
    pub jitter_ms: u64,
    /// What happens on one leg.
    pub policy: EntryPolicy,
}

impl Default for Execution {
    /// A quarter of a second and up to a quarter more: wire, venue delay and match as measured for a program far from the venue.
    fn default() -> Self {
        Self { latency_ms: 250, jitter_ms: 250, policy: EntryPolicy::default() }
    }
}

impl Execution {
    /// The latency of a leg, drawn from the task and the leg, so that the same attempt draws the same.
    fn of_leg(&self, attempt: &Attempt, position: u64, leg: usize) -> u64 {
        let of_attempt = attempt.task.get().unsigned_abs() ^ (u64::from(attempt.number) << 56);
        let drawn = SplitMix64::for_item(of_attempt, (position << 20) ^ leg as u64).next();
        self.latency_ms + drawn % (self.jitter_ms + 1)
    }
}

/// Waits, or ends with the attempt.
async fn wait(attempt: &Attempt, ms: u64) -> Result<(), TaskError> {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(ms)) => {}
        () = attempt.cancel.cancelled() => {}
    }
    attempt.check()
}

/// Sends a decision's orders and follows them to their end. Nothing is booked here: the end carries the events, so an attempt that is
/// killed on the way leaves nothing behind.
///
/// # Errors
/// When the source does not answer or the attempt is cancelled.
pub(crate) async fn execute(
    attempt: &Attempt,
    setup: &Setup,
    account: &Account,
    draft: HedgeOpened,
) -> Result<EntryEnd, TaskError> {
    let legs: Vec<(MarketId, TokenId)> = draft.legs.iter().map(|l| (l.market.clone(), l.token.clone())).collect();
    // A recording stands still: waiting would change nothing.
    let stands_still = matches!(attempt.market.label(), SourceLabel::Recorded { .. });
    let position = draft.position.get();
    let mut arrivals: Vec<(u64, usize)> = (0..legs.len())
        .map(|leg| (if stands_still { 0 } else { setup.execution.of_leg(attempt, position, leg) }, leg))
        .collect();
    arrivals.sort_unstable();
    let mut entry = Entry::new(draft, setup.execution.policy);
    let mut passed = 0;
    for (at, leg) in arrivals {
        if at > passed {
            wait(attempt, at - passed).await?;
            passed = at;
        }
        let fresh = Fresh::fetch(attempt, &legs[leg..=leg]).await?;
        let now = attempt.market.now();
        let view = view(&fresh, &legs[leg], account, setup, now);
        entry.arrive(leg, view.as_ref(), now);
    }
    for look in 0..LOOKS_MAX {
        if look > 0 {
            (attempt.progress)("one leg is in, the other is not: looking for the rest");
            if !stands_still {
                wait(attempt, LOOK_MS).await?;
            }
        }
        let fresh = Fresh::fetch(attempt, &legs).await?;
        let now = attempt.market.now();
        let late = entry.deadline().is_some_and(|d| now.since(d) > GIVE_UP_MS);
        if late || look + 1 == LOOKS_MAX || (stands_still && look > 0) {
            entry.write_off();
        }
        let views: Vec<Option<LegView<'_>>> = legs.iter().map(|leg| view(&fresh, leg, account, setup, now)).collect();
        if let Some(end) = entry.advance(&views, &setup.costs, now) {
            return Ok(end);
        }
    }
    Err(TaskError::new(
        betty_bus::TaskErrorKind::Internal,
        "an entry did not end although everything alone was given up; nothing was booked. This is a defect",
    ))
}

fn view<'a>(
    fresh: &'a Fresh,
    (market, token): &(MarketId, TokenId),
    account: &Account,
    setup: &Setup,
    now: betty_market::Timestamp,
) -> Option<LegView<'a>> {
    LegView::new(fresh.market(market)?, fresh.books().get(token), account, &setup.limits, now)
}

/// What a person should know of how the orders went; nothing when every leg came in whole and at once.
pub(crate) fn words(end: &EntryEnd, planned: betty_market::Shares) -> Option<String> {
    let loss = betty_trading::dollars(end.loss);
    match end.how {
        EntryHow::Opened if !end.completed => None,
        EntryHow::Opened => Some(format!(
            "one leg came in short; the rest was bought within the band after {} ms on one leg",
            end.naked_ms
        )),
        EntryHow::OpenedSmaller => Some(format!(
            "fewer than the planned {planned} shares were to be had on both legs; what stood alone was sold again at a loss of {loss}"
        )),
        EntryHow::Unwound => Some(format!(
            "one leg came in and the other was not to be had for {} ms, so it was given up again at a loss of {loss}. Nothing is held",
            end.naked_ms
        )),
        EntryHow::Unfilled => {
            Some("the books had moved when the orders arrived: nothing was bought. Scan again, or try again".to_owned())
        }
    }
}
