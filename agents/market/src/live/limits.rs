//! The venue's published rate limits, kept on our side so that it never has to queue us.

use governor::clock::QuantaClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Jitter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;

/// The window all published limits speak of.
pub const LIMIT_WINDOW: Duration = Duration::from_secs(10);
/// Part of a limit that may be used at once; the rest is spread over the window, so that no window can exceed the limit.
const BURST_DIVISOR: u32 = 10;
/// Spread of the waits, so that several waiters do not wake together.
const WAIT_JITTER: Duration = Duration::from_millis(20);

/// A class of routes that share a published limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Route {
    /// Gamma `/markets…`.
    GammaMarkets,
    /// Gamma `/events…`.
    GammaEvents,
    /// `/books` and the other plural forms.
    ClobBooks,
    /// `/prices-history`.
    ClobHistory,
}

impl Route {
    /// Requests per [`LIMIT_WINDOW`] (venue documentation, October 2026).
    pub(crate) const fn per_window(self) -> u32 {
        match self {
            Self::GammaMarkets => 300,
            Self::GammaEvents | Self::ClobBooks => 500,
            Self::ClobHistory => 1_000,
        }
    }
}

/// Gamma's listings together, per [`LIMIT_WINDOW`].
const GAMMA_LISTINGS_PER_WINDOW: u32 = 900;
/// The order book service as a whole, per [`LIMIT_WINDOW`].
const CLOB_PER_WINDOW: u32 = 9_000;

type Limiter = RateLimiter<NotKeyed, InMemoryState, QuantaClock>;

/// All limits of one client.
#[derive(Debug)]
pub(crate) struct Limits {
    gamma_markets: Limiter,
    gamma_events: Limiter,
    gamma_listings: Limiter,
    clob_books: Limiter,
    clob_history: Limiter,
    clob: Limiter,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            gamma_markets: limiter(Route::GammaMarkets.per_window()),
            gamma_events: limiter(Route::GammaEvents.per_window()),
            gamma_listings: limiter(GAMMA_LISTINGS_PER_WINDOW),
            clob_books: limiter(Route::ClobBooks.per_window()),
            clob_history: limiter(Route::ClobHistory.per_window()),
            clob: limiter(CLOB_PER_WINDOW),
        }
    }

    /// Waits until a request of this class may be sent.
    pub(crate) async fn ready(&self, route: Route) {
        let (own, shared) = match route {
            Route::GammaMarkets => (&self.gamma_markets, &self.gamma_listings),
            Route::GammaEvents => (&self.gamma_events, &self.gamma_listings),
            Route::ClobBooks => (&self.clob_books, &self.clob),
            Route::ClobHistory => (&self.clob_history, &self.clob),
        };
        own.until_ready_with_jitter(Jitter::up_to(WAIT_JITTER)).await;
        shared.until_ready_with_jitter(Jitter::up_to(WAIT_JITTER)).await;
    }
}

/// Burst of a tenth and refill of nine tenths per window: any window sees at most the limit.
fn quota(per_window: u32) -> Quota {
    let burst = NonZeroU32::new((per_window / BURST_DIVISOR).max(1)).expect("at least one");
    let refill = (per_window - burst.get()).max(1);
    Quota::with_period(LIMIT_WINDOW / refill).expect("the period is above zero").allow_burst(burst)
}

fn limiter(per_window: u32) -> Limiter {
    RateLimiter::direct(quota(per_window))
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    #[test]
    fn no_window_exceeds_the_published_limit() {
        for limit in [300, 500, 900, 1_000, 9_000] {
            let clock = FakeRelativeClock::default();
            let limiter = RateLimiter::direct_with_clock(quota(limit), clock.clone());
            // Greedy: ask at every millisecond of two windows, as often as it lets us.
            let mut allowed = Vec::new();
            for ms in 0..20_000_u64 {
                while limiter.check().is_ok() {
                    allowed.push(ms);
                }
                clock.advance(Duration::from_millis(1));
            }
            let window = LIMIT_WINDOW.as_millis() as u64;
            let most = (0..10_000)
                .map(|from| allowed.iter().filter(|t| (from..from + window).contains(*t)).count())
                .step_by(97);
            let most = most.max().unwrap();
            assert!(most <= limit as usize, "{most} in one window, {limit} allowed");
            assert!(most as f64 > f64::from(limit) * 0.9, "{most}: the limit of {limit} is hardly used");
        }
    }
}
