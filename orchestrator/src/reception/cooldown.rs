//! How often one person may use one command.

use crate::commands::Row;
use betty_market::Timestamp;
use std::collections::HashMap;
use std::sync::Mutex;

/// People and commands remembered; the oldest go first.
const REMEMBERED_MAX: usize = 10_000;

/// When each person last used each command.
#[derive(Debug, Default)]
pub(super) struct Cooldowns(Mutex<HashMap<(String, String), Timestamp>>);

impl Cooldowns {
    /// Takes one use.
    ///
    /// # Errors
    /// Seconds to wait, at least 1.
    pub(super) fn take(&self, asker: &str, row: &Row, now: Timestamp) -> Result<(), i64> {
        if row.cooldown_s == 0 {
            return Ok(());
        }
        let wait_ms = i64::from(row.cooldown_s) * 1_000;
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.len() >= REMEMBERED_MAX {
            last.retain(|_, at| now.since(*at) < 3_600_000);
        }
        let key = (asker.to_owned(), row.title());
        // A clock that was set back must not lock anybody out: only a time in the past counts.
        match last.get(&key).map(|at| now.since(*at)) {
            Some(age) if (0..wait_ms).contains(&age) => Err((wait_ms - age + 999) / 1_000),
            _ => {
                last.insert(key, now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::table::TABLE;

    #[test]
    fn waits_per_person_and_command() {
        let row = TABLE.iter().find(|r| r.cooldown_s > 0).expect("some command has a cooldown");
        let cooldowns = Cooldowns::default();
        let at = |s: i64| Timestamp::from_secs(1_000 + s);
        let wait = i64::from(row.cooldown_s);
        assert_eq!(cooldowns.take("a", row, at(0)), Ok(()));
        assert_eq!(cooldowns.take("a", row, at(1)), Err(wait - 1));
        assert_eq!(cooldowns.take("b", row, at(1)), Ok(()));
        assert_eq!(cooldowns.take("a", row, at(-500)), Ok(()), "a clock set back locks nobody out");
        assert_eq!(cooldowns.take("a", row, at(wait)), Ok(()));
        // Lines that come late and at once, as after a lost connection, count from when they were written.
        for late in 0..3 {
            assert_eq!(cooldowns.take("c", row, at(late * wait)), Ok(()), "{late}");
        }
    }
}
