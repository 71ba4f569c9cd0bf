//! Dates as rule texts write them: "March 31, 2026, 11:59 PM ET".

use crate::time::Timestamp;
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, Weekday};

/// Milliseconds of a minute, an hour, a day.
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// 2026-01-05T00:00:00Z: where every simulated history begins.
pub(crate) const GENESIS: Timestamp = Timestamp::from_millis(1_767_571_200_000);

/// The UTC date of an instant.
pub(crate) fn date_of(ms: i64) -> NaiveDate {
    Timestamp::from_millis(ms).to_datetime().map_or(NaiveDate::MIN, |d| d.date_naive())
}

pub(crate) fn plus_days(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// The last day of the month `ahead` months after the one of `date`.
pub(crate) fn month_end(date: NaiveDate, ahead: u32) -> NaiveDate {
    let first = date.with_day(1).unwrap_or(date);
    let next = first.checked_add_months(Months::new(ahead + 1)).unwrap_or(NaiveDate::MAX);
    next.pred_opt().unwrap_or(next)
}

/// Eastern daylight time: from the second Sunday of March to the first Sunday of November (15 U.S.C. 260a).
fn is_daylight(date: NaiveDate) -> bool {
    let nth = |month, n| NaiveDate::from_weekday_of_month_opt(date.year(), month, Weekday::Sun, n);
    matches!((nth(3, 2), nth(11, 1)), (Some(from), Some(to)) if date >= from && date < to)
}

/// An hour and minute of a day in US Eastern time, in milliseconds since the epoch.
pub(crate) fn eastern(date: NaiveDate, hour: u32, minute: u32) -> i64 {
    let local = date.and_hms_opt(hour, minute, 0).unwrap_or(NaiveDateTime::MIN);
    let offset_hours = if is_daylight(date) { 4 } else { 5 };
    local.and_utc().timestamp_millis() + offset_hours * HOUR_MS
}

/// The deadline of "by March 31, 2026, 11:59 PM ET".
pub(crate) fn deadline(date: NaiveDate) -> i64 {
    eastern(date, 23, 59)
}

/// "March 31, 2026".
pub(crate) fn long_date(date: NaiveDate) -> String {
    format!("{}, {}", short_date(date), date.year())
}

/// "March 31".
pub(crate) fn short_date(date: NaiveDate) -> String {
    format!("{} {}", month_name(date), date.day())
}

/// "March".
pub(crate) fn month_name(date: NaiveDate) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES[date.month0() as usize]
}

/// RFC 3339 as Gamma writes it, `2026-03-31T00:00:00Z`.
pub(crate) fn iso(ms: i64) -> String {
    Timestamp::from_millis(ms).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eastern_time_follows_daylight_saving() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
        assert_eq!(iso(deadline(day(1, 31))), "2026-02-01T04:59:00Z");
        assert_eq!(iso(deadline(day(3, 7))), "2026-03-08T04:59:00Z");
        assert_eq!(iso(deadline(day(3, 8))), "2026-03-09T03:59:00Z");
        assert_eq!(iso(eastern(day(10, 31), 12, 0)), "2026-10-31T16:00:00Z");
        assert_eq!(iso(eastern(day(11, 1), 12, 0)), "2026-11-01T17:00:00Z");
        assert_eq!(GENESIS.to_string(), "2026-01-05T00:00:00Z");
    }

    #[test]
    fn month_ends_and_their_wording() {
        let d = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        assert_eq!(long_date(month_end(d, 0)), "January 31, 2026");
        assert_eq!(long_date(month_end(d, 1)), "February 28, 2026");
        assert_eq!(long_date(month_end(d, 13)), "February 28, 2027");
        assert_eq!(short_date(plus_days(d, 1)), "February 1");
    }
}
