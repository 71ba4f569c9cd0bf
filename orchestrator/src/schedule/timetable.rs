//! When something is due: cron text in a time zone, or a number of minutes. Pure; the present enters as an instant.

use betty_market::Timestamp;
use chrono::{DateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// One minute, milliseconds.
const MINUTE_MS: i64 = 60_000;
/// Most minutes of the form for intervals: a day.
const EVERY_MINUTES_MAX: i64 = 1_440;
/// How far back a slot is looked for, in steps, milliseconds: an hour, a day, eight days, 32 days, a year, nine years (one for each
/// 29 February, over a century that has none).
const BACK_MS: [i64; 6] = [3_600_000, 86_400_000, 691_200_000, 2_764_800_000, 31_622_400_000, 9 * 31_622_400_000];

/// Instants at which something is due, to the minute.
#[derive(Debug, Clone)]
pub enum Timetable {
    /// Five fields of cron. Times that the clock skips or repeats in spring and autumn: a fixed time of the day is due once on each of its days
    /// (in spring at the first moment after the gap); one with lists or steps of hours or minutes is due at each clock time that there is.
    Cron(Box<Cron>, Tz),
    /// The multiples of so many minutes since 1970, whatever the zone.
    Every(i64),
    /// Never.
    Off,
}

impl Timetable {
    /// Reads cron text of five fields (or `@daily` and the like), `every 45 min`, or nothing, which is never.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str, zone: &str) -> Result<Self, String> {
        let tz: Tz = zone.parse().map_err(|_| {
            format!("{zone:?} is not a time zone; it must be a name such as UTC, Europe/Berlin or America/New_York")
        })?;
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Off);
        }
        if let Some(minutes) = text.strip_prefix("every ").and_then(|t| t.strip_suffix(" min")) {
            let minutes = minutes.parse().ok().filter(|m| (1..=EVERY_MINUTES_MAX).contains(m));
            return minutes.map(Self::Every).ok_or_else(|| {
                format!("{text:?} is no interval; it must be \"every N min\" with N from 1 to {EVERY_MINUTES_MAX}")
            });
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|e| {
            format!(
                "{text:?} is not cron text ({e}); it must have five fields, minute hour day month weekday, such as \"0 */6 * * *\""
            )
        })?;
        Ok(Self::Cron(Box::new(cron), tz))
    }

    /// The text of an interval in minutes, as cron where cron can say it; 0 is never.
    #[must_use]
    pub fn of_interval(minutes: u64) -> String {
        match minutes {
            0 => String::new(),
            1_440 => "0 0 * * *".to_owned(),
            60 => "0 * * * *".to_owned(),
            1 => "* * * * *".to_owned(),
            m if m < 60 && 60 % m == 0 => format!("*/{m} * * * *"),
            m if m > 60 && 1_440 % m == 0 && m % 60 == 0 => format!("0 */{} * * *", m / 60),
            m => format!("every {m} min"),
        }
    }

    /// The first instant after `after` at which it is due; `None` when there is none within what a calendar can say.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Off => None,
            Self::Every(minutes) => {
                let every = minutes * MINUTE_MS;
                let n = after.millis().div_euclid(every).checked_add(1)?;
                n.checked_mul(every).map(Timestamp::from_millis)
            }
            Self::Cron(cron, tz) => {
                let local = tz.from_utc_datetime(&after.to_datetime()?.naive_utc());
                let next = cron.find_next_occurrence(&local, false).ok()?;
                let next = Timestamp::from_millis(next.with_timezone(&Utc).timestamp_millis());
                // A calendar that goes back would keep a loop busy for ever.
                (next > after).then_some(next)
            }
        }
    }

    /// The last instant up to `now` at which it was due; `None` when there was none in nine years. It is one that [`Self::next`] names.
    #[must_use]
    pub fn latest(&self, now: Timestamp) -> Option<Timestamp> {
        BACK_MS.iter().find_map(|back| {
            let mut last = None;
            let mut at = Timestamp::from_millis(now.millis().saturating_sub(*back));
            while let Some(slot) = self.next(at).filter(|slot| *slot <= now) {
                (last, at) = (Some(slot), slot);
            }
            last
        })
    }

    /// In words: `At 08:00`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Off => "never: off in the configuration".to_owned(),
            Self::Every(minutes) => format!("Every {minutes} minutes."),
            Self::Cron(cron, _) => cron.describe(),
        }
    }

    /// An instant as the clock of its zone shows it, with the zone's name of that moment.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> String {
        let form = "%Y-%m-%d %H:%M %Z";
        match (self, at.to_datetime()) {
            (Self::Cron(_, tz), Some(utc)) => utc.with_timezone(tz).format(form).to_string(),
            (_, Some(utc)) => DateTime::<Utc>::format(&utc, form).to_string(),
            (_, None) => at.to_string(),
        }
    }
}
