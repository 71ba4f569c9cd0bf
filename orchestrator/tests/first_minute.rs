//! The first minute of somebody who has just started Betty: no token, no model, no file, a pipe instead of a terminal.

mod support;

use std::time::Duration;
use support::{Ended, Home};

/// Until the first hedge is on the screen, as the product promises it; an unoptimised build gets more.
const FIRST_HEDGE_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 5 });

const LINES: [&str; 6] = [
    "!paper_trade open 1",
    "!paper_trade portfolio",
    "!hedge_why 1",
    "!betty find hedges with 95% coverage",
    "!help",
    "!quit",
];

/// Nothing that only a terminal understands: no escape, no carriage return, no prompt, no progress.
#[track_caller]
fn is_plain(ended: &Ended) {
    let odd = ended.out.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(odd, None, "{ended}");
    assert!(!ended.out.contains("betty>"), "{ended}");
    assert!(!ended.out.lines().any(|l| l.starts_with('…')), "{ended}");
    assert_eq!(ended.err, "", "a good run has nothing to complain about");
}

#[test]
fn the_first_hedge_is_found_explained_and_traded() {
    let home = Home::new();
    let mut betty = home.spawn::<&str>(&[]);
    let first = betty.until("Hedge 1: tier");
    assert!(first < FIRST_HEDGE_MAX, "{first:?}");
    betty.say(&LINES);
    let ended = betty.end();
    is_plain(ended.expect(0));
    // What runs, on what data, what is off and why.
    ended.says(&["SIMULATED", "PAPER", "no token", "Model: off (none configured", "no real orders"]);
    // The first hedge with everything that matters about it.
    ended.says(&[
        "net edge +",
        "all-in per pair",
        "All-in cost $",
        "worst case +$",
        "shares of each leg",
        "Why it pays",
    ]);
    ended.says(&["Position 1 opened", "1 open, 0 ended", "Why hedge 1", "The proof HOLDS"]);
    ended.says(&["coverage of at least 95%", "Betty's commands", "!hedge_scan"]);
    // Each line was answered before the next was read.
    let places: Vec<usize> =
        ["Scan: ", "Position 1 opened", "Portfolio: ", "Why hedge 1", "Hedges: ", "Betty's commands"]
            .iter()
            .map(|text| ended.out.find(text).unwrap_or_else(|| panic!("{text:?} is not in\n{ended}")))
            .collect();
    assert!(places.is_sorted(), "{places:?}\n{ended}");

    // The second start goes on where the first ended, and the end of input is as good as `!quit`.
    let again = home.console::<&str>(&[], &["!paper_trade portfolio", "!paper_trade positions"]);
    is_plain(again.expect(0));
    again.says(&["positions               1 open, 0 ended", "Positions: 1 open, 0 ended"]);
    assert!(!again.out.contains("opened\n"), "nothing is traded a second time\n{again}");
}

#[test]
fn the_end_of_input_ends_her_after_the_last_answer() {
    let home = Home::new();
    let ended = home.console::<&str>(&[], &["", "   ", "!paper_trade open 1"]);
    is_plain(ended.expect(0).says(&["Position 1 opened"]));
    let nothing = home.console::<&str>(&[], &[]);
    is_plain(nothing.expect(0).says(&["Hedge 1: tier"]));
}

#[test]
fn a_seed_is_a_world_of_its_own() {
    let home = Home::new();
    let best = |seed: &str| {
        let (code, scan) = home.json(&["scan", "--source", seed]);
        assert_eq!(code, 0, "{scan}");
        (scan["source"].clone(), scan["hedges"][0]["key"].clone())
    };
    let (seven, eight) = (best("simulated:7"), best("simulated:8"));
    assert_eq!(seven.0, "SIMULATED (seed 7)");
    assert_eq!(eight.0, "SIMULATED (seed 8)");
    assert_ne!(seven.1, eight.1);
}
