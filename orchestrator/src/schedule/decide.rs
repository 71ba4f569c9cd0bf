//! What is to be done about a schedule now: last slot taken, the present and the rule in, a decision out.

use super::timetable::Timetable;
use betty_bus::Missed;
use betty_market::Timestamp;

/// How late a slot may be begun and still counts as on time, milliseconds: longer than the driver sleeps.
pub const LATE_MS: i64 = 120_000;
/// Missed slots are counted up to here.
pub const MISSED_MAX: u32 = 1_000;

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is due.
    Wait {
        /// The next slot; `None` is never.
        until: Option<Timestamp>,
    },
    /// Take this slot and do its work.
    Fire {
        /// The latest slot due.
        slot: Timestamp,
        /// Slots before it that nothing was done for, up to [`MISSED_MAX`].
        missed: u32,
    },
    /// Take this slot without work: it is too late for it, and the rule makes up for nothing.
    Pass {
        /// The latest slot due.
        slot: Timestamp,
        /// Slots that nothing was done for, this one included, up to [`MISSED_MAX`].
        missed: u32,
    },
}

/// Decides. `after` is the last slot taken, or the instant from which slots count. One decision takes everything up to now: slots are never
/// made up for one by one.
#[must_use]
pub fn decide(table: &Timetable, after: Timestamp, now: Timestamp, rule: Missed) -> Decision {
    // A clock that was set back waits until it has caught up.
    let Some(slot) = table.latest(now).filter(|slot| *slot > after) else {
        return Decision::Wait { until: table.next(now.max(after)) };
    };
    let mut missed = 0;
    let mut at = after;
    while missed < MISSED_MAX
        && let Some(earlier) = table.next(at).filter(|s| *s < slot)
    {
        (missed, at) = (missed + 1, earlier);
    }
    let late = now.since(slot) > LATE_MS;
    match rule {
        Missed::Skip if late => Decision::Pass { slot, missed: (missed + 1).min(MISSED_MAX) },
        Missed::Skip | Missed::RunOnce => Decision::Fire { slot, missed },
    }
}
