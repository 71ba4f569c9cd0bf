//! What a taker paid when, for data that carries no fee schedule.
//!
//! The venue's published history: nothing before January 2026; then only some crypto and sports markets, which price-only data cannot tell
//! apart; from 30 March 2026 every category by its own rate; sports raised in July 2026. An assumption by category and date, so a report on
//! such data says so. A market that states its own schedule is charged by that and nothing else.

use betty_market::{FeeSchedule, Timestamp};
use serde::{Deserialize, Serialize};

/// 2026-03-30T00:00:00Z: fees by category begin.
const BY_CATEGORY_FROM: Timestamp = Timestamp::from_secs(1_774_828_800);
/// 2026-07-10T00:00:00Z: sports at their present rate, crypto at its present one.
const PRESENT_FROM: Timestamp = Timestamp::from_secs(1_783_641_600);

/// Whose rates are charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeBasis {
    /// Those of the trade's date.
    OfDate,
    /// Today's, whenever the trade was.
    Today,
}

/// The assumed schedule of a market in a category, as guessed by the data.
#[must_use]
pub fn assumed(category: Option<&str>, at: Timestamp, basis: FeeBasis) -> FeeSchedule {
    let at = if basis == FeeBasis::Today { PRESENT_FROM } else { at };
    if at < BY_CATEGORY_FROM {
        return FeeSchedule::FREE;
    }
    let present = at >= PRESENT_FROM;
    FeeSchedule::linear(match category.unwrap_or("other") {
        "crypto" if present => 70_000,
        "crypto" => 72_000,
        "sports" if present => 50_000,
        "sports" => 30_000,
        "politics" | "finance" | "tech" | "social_media" => 40_000,
        "geopolitics" => 0,
        // Economics, culture, weather and everything else.
        _ => 50_000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dates_are_the_days_they_name() {
        assert_eq!(BY_CATEGORY_FROM.to_string(), "2026-03-30T00:00:00Z");
        assert_eq!(PRESENT_FROM.to_string(), "2026-07-10T00:00:00Z");
    }

    #[test]
    fn rates_follow_the_calendar_unless_todays_are_asked_for() {
        let rate = |category, at: &str, basis| assumed(category, Timestamp::parse(at).unwrap(), basis).rate_ppm;
        assert_eq!(rate(Some("sports"), "2026-03-29", FeeBasis::OfDate), 0);
        assert_eq!(rate(Some("sports"), "2026-03-30", FeeBasis::OfDate), 30_000);
        assert_eq!(rate(Some("sports"), "2026-07-10", FeeBasis::OfDate), 50_000);
        assert_eq!(rate(Some("sports"), "2026-03-01", FeeBasis::Today), 50_000);
        assert_eq!(rate(Some("geopolitics"), "2026-04-02", FeeBasis::OfDate), 0);
        assert_eq!(rate(None, "2026-04-02", FeeBasis::OfDate), 50_000);
    }
}
