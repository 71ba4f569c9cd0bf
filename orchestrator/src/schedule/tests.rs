//! Timetables and decisions against an enumeration of every minute, and the two nights of the year on which clocks are changed.

use super::decide::{Decision, LATE_MS, MISSED_MAX, decide};
use super::timetable::Timetable;
use betty_bus::Missed;
use betty_market::Timestamp;
use chrono::{DateTime, Datelike, NaiveDate, TimeZone as _, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap_or_else(|| panic!("{text}"))
}

fn table(text: &str, zone: &str) -> Timetable {
    Timetable::parse(text, zone).unwrap()
}

/// Every slot in `(from, to]`, one after the other.
fn slots(table: &Timetable, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    std::iter::successors(table.next(from), |s| table.next(*s)).take_while(|s| *s <= to).collect()
}

fn utc(slots: &[Timestamp]) -> Vec<String> {
    slots.iter().map(ToString::to_string).collect()
}

#[test]
fn a_fixed_time_is_due_once_on_the_day_its_hour_is_missing_and_once_on_the_day_it_comes_twice() {
    let night = table("30 2 * * *", "Europe/Berlin");
    // 2026-03-29: 02:00 is followed by 03:00. 2026-10-25: 02:00 to 03:00 comes twice.
    let spring = slots(&night, at("2026-03-27T12:00:00Z"), at("2026-03-31T12:00:00Z"));
    let due = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"];
    assert_eq!(utc(&spring), due);
    let autumn = slots(&night, at("2026-10-23T12:00:00Z"), at("2026-10-27T12:00:00Z"));
    let due = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"];
    assert_eq!(utc(&autumn), due);
    // Whoever looks every minute through both nights does the work once a night, also with a restart in between.
    for (from, to) in [("2026-03-28T12:00:00Z", 1), ("2026-10-24T12:00:00Z", 1)] {
        let (from, mut after, mut runs) = (at(from), at(from), 0);
        for minute in 0..24 * 60 {
            let now = from.plus_millis(minute * MINUTE_MS + 1_234);
            if let Decision::Fire { slot, missed } = decide(&night, after, now, Missed::RunOnce) {
                (after, runs) = (slot, runs + 1);
                assert_eq!(missed, 0);
            }
        }
        assert_eq!(runs, to, "{from}");
    }
}

#[test]
fn every_six_hours_is_four_times_a_day_in_utc() {
    let day = slots(&table("0 */6 * * *", "UTC"), at("2026-02-06T23:59:00Z"), at("2026-02-07T23:59:59Z"));
    let due = ["00", "06", "12", "18"].map(|h| format!("2026-02-07T{h}:00:00Z"));
    assert_eq!(utc(&day), due);
}

#[test]
fn an_interval_is_cron_text_where_cron_can_say_it() {
    for (minutes, text) in [
        (0, ""),
        (1, "* * * * *"),
        (30, "*/30 * * * *"),
        (60, "0 * * * *"),
        (120, "0 */2 * * *"),
        (1_440, "0 0 * * *"),
        (45, "every 45 min"),
        (90, "every 90 min"),
        (300, "every 300 min"),
    ] {
        assert_eq!(Timetable::of_interval(minutes), text);
    }
    // And means that: each minute count up to a day gives slots so far apart, at the multiples since 1970.
    for minutes in 1..=1_440_u64 {
        let table = table(&Timetable::of_interval(minutes), "UTC");
        let step = i64::try_from(minutes).unwrap() * MINUTE_MS;
        let first = table.next(at("2026-02-07T13:01:00Z")).unwrap();
        assert_eq!(first.millis() % step, 0, "{minutes}");
        assert_eq!(table.next(first).unwrap().since(first), step, "{minutes}");
    }
}

#[test]
fn what_cannot_be_read_says_what_it_must_be() {
    for (text, zone, says) in [
        ("0 6 * *", "UTC", "five fields"),
        ("0 0 6 * * *", "UTC", "five fields"),
        ("61 * * * *", "UTC", "five fields"),
        ("0 0 1 1 * 2026", "UTC", "five fields"),
        ("tomorrow", "UTC", "five fields"),
        ("every 0 min", "UTC", "1 to 1440"),
        ("every 1441 min", "UTC", "1 to 1440"),
        ("0 6 * * *", "Mars/Olympus", "Europe/Berlin"),
        ("", "CEST+2", "not a time zone"),
    ] {
        let why = Timetable::parse(text, zone).unwrap_err();
        assert!(why.contains(says), "{text} {zone}: {why}");
    }
    assert!(Timetable::parse("@daily", "UTC").is_ok());
}

#[test]
fn never_is_never_and_the_rare_is_found() {
    let now = at("2026-11-27T08:00:00Z");
    for text in ["", "0 0 31 2 *"] {
        let never = table(text, "UTC");
        assert_eq!((never.next(now), never.latest(now)), (None, None), "{text}");
        assert_eq!(decide(&never, Timestamp::default(), now, Missed::RunOnce), Decision::Wait { until: None });
    }
    let leap = table("0 0 29 2 *", "UTC");
    assert_eq!(leap.latest(now), Some(at("2024-02-29")));
    assert_eq!(leap.latest(at("2104-02-28")), Some(at("2096-02-29")), "2100 has none");
    assert_eq!(leap.next(now), Some(at("2028-02-29")));
}

#[test]
fn words_and_the_clock_of_the_zone() {
    let note = table("0 8 * * *", "Europe/Berlin");
    assert!(note.describe().contains("08:00"), "{}", note.describe());
    assert_eq!(note.local(at("2026-07-01T06:00:00Z")), "2026-07-01 08:00 CEST");
    assert!(table("every 45 min", "UTC").describe().contains("45 minutes"));
}

#[test]
fn what_was_missed_follows_the_rule() {
    let table = table("0 * * * *", "UTC");
    let (after, slot) = (at("2026-02-07T00:00:00Z"), at("2026-02-07T05:00:00Z"));
    let on_time = slot.plus_millis(LATE_MS);
    let late = slot.plus_millis(LATE_MS + 1);
    for (now, rule, expected) in [
        (on_time, Missed::Skip, Decision::Fire { slot, missed: 4 }),
        (on_time, Missed::RunOnce, Decision::Fire { slot, missed: 4 }),
        (late, Missed::RunOnce, Decision::Fire { slot, missed: 4 }),
        (late, Missed::Skip, Decision::Pass { slot, missed: 5 }),
    ] {
        assert_eq!(decide(&table, after, now, rule), expected);
    }
    // A clock that was set back waits until it has caught up.
    let wait = Decision::Wait { until: Some(at("2026-02-07T01:00:00Z")) };
    assert_eq!(decide(&table, after, at("2026-02-03T10:00:00Z"), Missed::RunOnce), wait);
    // Counting ends somewhere.
    let decided = decide(&table, Timestamp::default(), slot, Missed::RunOnce);
    assert_eq!(decided, Decision::Fire { slot, missed: MISSED_MAX });
}

/// A field of cron with what it means, written down independently of the library.
fn field(min: u32, max: u32) -> impl Strategy<Value = (String, BTreeSet<u32>)> {
    let one = (min..=max).prop_map(|n| (n.to_string(), BTreeSet::from([n])));
    let all = Just(("*".to_owned(), (min..=max).collect()));
    let list = prop::collection::btree_set(min..=max, 2..4)
        .prop_map(|s| (s.iter().map(ToString::to_string).collect::<Vec<_>>().join(","), s));
    let range = (min..=max, min..=max).prop_map(|(a, b)| {
        let (a, b) = (a.min(b), a.max(b));
        (format!("{a}-{b}"), (a..=b).collect())
    });
    let step = (2..=max.max(3) / 2)
        .prop_map(move |n| (format!("*/{n}"), (min..=max).step_by(usize::try_from(n).unwrap()).collect()));
    prop_oneof![3 => one, 2 => all, 1 => list, 1 => range, 2 => step]
}

#[derive(Debug, Clone)]
struct Naive {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: BTreeSet<u32>,
    weekdays: BTreeSet<u32>,
}

/// Cron text and its meaning. Day and weekday are never both narrowed: what that means differs between programs.
fn cron() -> impl Strategy<Value = (String, Naive)> {
    let day = prop_oneof![
        2 => Just(("*".to_owned(), (1..=31).collect::<BTreeSet<u32>>(), "*".to_owned(), (0..=6).collect::<BTreeSet<u32>>())),
        1 => field(1, 31).prop_map(|(t, s)| (t, s, "*".to_owned(), (0..=6).collect())),
        1 => field(0, 6).prop_map(|(t, s)| ("*".to_owned(), (1..=31).collect(), t, s)),
    ];
    (field(0, 59), field(0, 23), day).prop_map(|((mt, minutes), (ht, hours), (dt, days, wt, weekdays))| {
        (format!("{mt} {ht} {dt} * {wt}"), Naive { minutes, hours, days, weekdays })
    })
}

impl Naive {
    fn on_day(&self, day: NaiveDate) -> bool {
        self.days.contains(&day.day()) && self.weekdays.contains(&day.weekday().num_days_from_sunday())
    }

    /// Every slot in `(from, to]` by looking at every minute.
    fn slots(&self, text: &str, tz: Tz, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let local =
            |ms: i64| -> DateTime<Tz> { tz.from_utc_datetime(&Utc.timestamp_millis_opt(ms).unwrap().naive_utc()) };
        let first = from.millis().div_euclid(MINUTE_MS) - 2 * 24 * 60;
        let minutes = (first..=to.millis().div_euclid(MINUTE_MS)).map(|m| m * MINUTE_MS);
        let single = |i: usize| text.split(' ').nth(i).unwrap().bytes().all(|b| b.is_ascii_digit());
        let due: Vec<i64> = if single(0) && single(1) {
            let (minute, hour) = (*self.minutes.first().unwrap(), *self.hours.first().unwrap());
            // Once on each day: when the clock first shows the time, or first shows a later one, whichever comes first.
            let mut by_day: BTreeMap<NaiveDate, i64> = BTreeMap::new();
            for ms in minutes {
                let now = local(ms);
                if self.on_day(now.date_naive()) && (now.hour(), now.minute()) >= (hour, minute) {
                    by_day.entry(now.date_naive()).or_insert(ms);
                }
            }
            by_day.into_values().collect()
        } else {
            minutes
                .filter(|ms| {
                    let now = local(*ms);
                    self.on_day(now.date_naive())
                        && self.hours.contains(&now.hour())
                        && self.minutes.contains(&now.minute())
                })
                .collect()
        };
        let within = |ms: &i64| *ms > from.millis() && *ms <= to.millis();
        due.into_iter().filter(within).map(Timestamp::from_millis).collect()
    }
}

/// Zones with a change on the hour, of half an hour, at midnight, and without one; a day near a change of each year.
fn night() -> impl Strategy<Value = (Tz, Timestamp)> {
    let zone = prop::sample::select(vec![
        ("UTC", "2026-03-29", "2026-12-31"),
        ("Europe/Berlin", "2026-03-28", "2026-10-24"),
        ("America/New_York", "2026-03-07", "2026-10-31"),
        ("Australia/Lord_Howe", "2026-04-03", "2026-10-02"),
        ("Asia/Kolkata", "2026-02-27", "2026-06-30"),
    ]);
    (zone, any::<bool>(), 0..2_880_i64).prop_map(|((zone, one, other), which, minute)| {
        let day = at(if which { one } else { other });
        (zone.parse().unwrap(), day.plus_millis(minute * MINUTE_MS))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn slots_are_those_of_every_minute_looked_at((text, naive) in cron(), (tz, from) in night(), hours in 1..60_i64) {
        let to = from.plus_millis(hours * HOUR_MS);
        let table = table(&text, tz.name());
        prop_assert_eq!(slots(&table, from, to), naive.slots(&text, tz, from, to), "{} {}", text, tz);
    }

    #[test]
    fn a_decision_takes_the_latest_slot_and_counts_the_others(
        (text, naive) in cron(), (tz, after) in night(), minutes in -300..3_000_i64, skip: bool,
    ) {
        let now = after.plus_millis(minutes * MINUTE_MS + 777);
        let rule = if skip { Missed::Skip } else { Missed::RunOnce };
        let due = naive.slots(&text, tz, after, now);
        let decided = decide(&table(&text, tz.name()), after, now, rule);
        match due.last() {
            None => {
                let Decision::Wait { until } = decided else { panic!("{text} {tz}: {decided:?} but nothing is due") };
                let soon = naive.slots(&text, tz, now.max(after), now.max(after).plus_millis(40 * HOUR_MS));
                prop_assert!(soon.is_empty() || until == soon.first().copied(), "{:?} {:?}", until, soon);
                prop_assert!(until.is_none_or(|u| u > now.max(after)));
            }
            Some(slot) => {
                let earlier = u32::try_from(due.len() - 1).unwrap().min(MISSED_MAX);
                let expected = if skip && now.since(*slot) > LATE_MS {
                    Decision::Pass { slot: *slot, missed: (earlier + 1).min(MISSED_MAX) }
                } else {
                    Decision::Fire { slot: *slot, missed: earlier }
                };
                prop_assert_eq!(decided, expected, "{} {}", text, tz);
            }
        }
    }

    /// However irregularly somebody looks, no slot is taken twice or out of order, and what is taken, missed and passed is all there was.
    #[test]
    fn every_slot_is_accounted_for_once((text, naive) in cron(), (tz, from) in night(), naps in prop::collection::vec(1..400_i64, 1..20), skip: bool) {
        let rule = if skip { Missed::Skip } else { Missed::RunOnce };
        let table = table(&text, tz.name());
        let (mut now, mut after, mut counted) = (from, from, 0_usize);
        for nap in naps {
            now = now.plus_millis(nap * MINUTE_MS);
            let (slot, n) = match decide(&table, after, now, rule) {
                Decision::Wait { .. } => continue,
                Decision::Fire { slot, missed } => (slot, missed + 1),
                Decision::Pass { slot, missed } => (slot, missed),
            };
            prop_assert!(slot > after && slot <= now);
            counted += usize::try_from(n).unwrap();
            after = slot;
        }
        prop_assert_eq!(counted, naive.slots(&text, tz, from, now).len(), "{} {}", text, tz);
    }
}
