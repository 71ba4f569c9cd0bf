//! Which questions are listed when: the opening set, and a few new ones every day.

use super::calendar::{DAY_MS, GENESIS, HOUR_MS, date_of};
use super::draft::{FamilyDraft, Workshop};
use super::rng::{Rng, mix};
use super::topics::{ladders, partitions, singles, stages, thresholds};
use std::collections::HashSet;

/// Markets open at genesis.
pub(crate) const MARKETS_AT_GENESIS: usize = 1_240;

/// How often a generator is asked again when its topic has been listed before.
const ATTEMPTS_MAX: usize = 40;

/// Topics already listed, and the dice of the moment.
pub(crate) struct Catalogue<'a> {
    pub(crate) seen: &'a mut HashSet<String>,
    rng: Rng,
    day: i64,
    out: Vec<FamilyDraft>,
}

impl<'a> Catalogue<'a> {
    fn new(seed: u64, day: i64, seen: &'a mut HashSet<String>) -> Self {
        Self { seen, rng: Rng::new(mix(seed, day as u64)), day, out: Vec::new() }
    }

    /// Adds a family on a new topic. `lead_days` is how long before the day it may have been listed.
    fn add(&mut self, lead_days: (i64, i64), mut make: impl FnMut(&mut Workshop<'_>) -> FamilyDraft) {
        let opens = GENESIS.millis() + self.day * DAY_MS;
        for _ in 0..ATTEMPTS_MAX {
            let lead = self.rng.between(lead_days.0 * DAY_MS, lead_days.1 * DAY_MS);
            let mut shop = Workshop { rng: &mut self.rng, today: date_of(opens), listed: opens - lead };
            let family = make(&mut shop);
            if self.seen.insert(family.topic.clone()) {
                self.out.push(family);
                return;
            }
        }
    }

    fn repeat(&mut self, times: usize, lead_days: (i64, i64), make: impl Fn(&mut Workshop<'_>) -> FamilyDraft) {
        for _ in 0..times {
            self.add(lead_days, &make);
        }
    }

    fn count(&self) -> usize {
        self.out.iter().flat_map(|f| &f.events).map(|e| e.markets.len()).sum()
    }
}

/// The opening set.
pub(crate) fn genesis(seed: u64, seen: &mut HashSet<String>) -> Vec<FamilyDraft> {
    /// Days a question may have been open at genesis.
    const LONG: (i64, i64) = (15, 100);
    const SHORT: (i64, i64) = (1, 5);
    let mut c = Catalogue::new(seed, 0, seen);
    for league in &stages::LEAGUES {
        c.add(LONG, |shop| stages::league(shop, league));
    }
    for (name, last) in stages::TABLES {
        c.add(LONG, |shop| stages::table(shop, name, last));
    }
    for (name, semi, last) in stages::CUPS {
        c.add(LONG, |shop| stages::cup(shop, name, semi, last));
    }
    c.repeat(55, LONG, ladders::date_ladder);
    c.repeat(10, LONG, ladders::month_windows);
    c.repeat(6, LONG, ladders::shifted_starts);
    c.repeat(6, LONG, ladders::two_sources);
    for days in [1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 21, 25, 30] {
        c.add(SHORT, |shop| thresholds::token_at_noon(shop, days));
    }
    for days in [1, 3, 5, 8, 11, 16, 25, 40] {
        c.add(SHORT, |shop| thresholds::share_close(shop, days));
    }
    c.repeat(7, LONG, thresholds::launch_valuation);
    c.repeat(10, LONG, thresholds::count_at_least);
    c.repeat(5, LONG, thresholds::touch_high_low);
    c.repeat(11, LONG, partitions::complete_race);
    c.repeat(7, LONG, partitions::augmented_race);
    for days in [1, 1, 2, 2, 3, 3] {
        c.add(SHORT, |shop| partitions::temperature(shop, days));
    }
    // Singles fill up; a long run of repeated topics ends the filling rather than the program.
    for _ in 0..MARKETS_AT_GENESIS {
        if c.count() >= MARKETS_AT_GENESIS {
            break;
        }
        c.add(LONG, singles::single);
    }
    c.out
}

/// What is listed on one day after genesis, at different hours of it.
pub(crate) fn daily(seed: u64, day: i64, seen: &mut HashSet<String>) -> Vec<FamilyDraft> {
    /// Negative lead: listed later the same day.
    const SAME_DAY: (i64, i64) = (-1, 0);
    let mut c = Catalogue::new(seed, day, seen);
    c.add(SAME_DAY, |shop| thresholds::token_at_noon(shop, 4));
    c.add(SAME_DAY, |shop| partitions::temperature(shop, 3));
    c.add(SAME_DAY, singles::single);
    match day % 7 {
        0 | 3 | 5 => c.add(SAME_DAY, ladders::date_ladder),
        1 => c.add(SAME_DAY, partitions::complete_race),
        2 => c.add(SAME_DAY, |shop| thresholds::share_close(shop, 10)),
        4 => c.add(SAME_DAY, thresholds::count_at_least),
        _ => c.add(SAME_DAY, partitions::augmented_race),
    }
    for family in &mut c.out {
        // On the hour, as listings are.
        family.listed -= family.listed % HOUR_MS;
    }
    c.out
}
