//! The one retry layer: what is worth another try, and when.

use std::time::Duration;

/// Tries of one call.
pub(super) const TRIES_MAX: u32 = 3;
/// Wait before the second try, without jitter; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Longest wait of our own making.
const WAIT_MAX: Duration = Duration::from_secs(8);

/// How long to wait before the next try, or that there is none. `tried` counts from 1; `dice` is in 0 to 1.
///
/// Full jitter: anywhere between nothing and the backoff. An endpoint that names a time is given that time, if there is so much left.
pub(super) fn wait(tried: u32, retry_after: Option<Duration>, left: Duration, dice: f64) -> Option<Duration> {
    if tried >= TRIES_MAX {
        return None;
    }
    let backoff = FIRST_WAIT.saturating_mul(1 << (tried - 1).min(8)).min(WAIT_MAX);
    let wait = match retry_after {
        Some(asked) => asked,
        None => backoff.mul_f64(if dice.is_finite() { dice.clamp(0.0, 1.0) } else { 1.0 }),
    };
    (wait < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_and_never_past_the_deadline() {
        let ms = Duration::from_millis;
        let long = Duration::from_secs(60);
        assert_eq!(wait(1, None, long, 1.0), Some(ms(500)));
        assert_eq!(wait(2, None, long, 1.0), Some(ms(1_000)));
        assert_eq!(wait(2, None, long, 0.5), Some(ms(500)));
        assert_eq!(wait(3, None, long, 1.0), None);
        assert_eq!(wait(1, Some(Duration::from_secs(5)), long, 0.0), Some(Duration::from_secs(5)));
        assert_eq!(wait(1, Some(long), long, 0.0), None, "what is asked for does not fit");
        assert_eq!(wait(1, None, ms(400), 1.0), None);
        assert_eq!(wait(1, None, long, f64::NAN), Some(ms(500)));
    }
}
