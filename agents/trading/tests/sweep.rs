//! Sweeps: the same bytes whatever the threads and stops, bounded memory, honest choices, and training that never sees the test.

use betty_market::Timestamp;
use betty_trading::stats::{Moments, SplitMix64};
use betty_trading::sweep::{
    Axis, Choice, Life, Plateau, PlateauVerdict, Progress, Purged, Schedule, Scored, Space, SpaceError, Sweep,
    WalkForwardError, Window, hold_out, split, walk_forward,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Score {
    #[serde(with = "betty_trading::stats::exact")]
    value: f64,
    defined: bool,
}

impl Scored for Score {
    fn objective(&self) -> Option<f64> {
        self.defined.then_some(self.value)
    }

    fn moments(&self) -> Option<Moments> {
        self.defined.then_some(Moments { n: 100, mean: self.value, stdev: 1.3, skewness: 0.1, kurtosis: 3.5 })
    }
}

/// An arbitrary pure function of the set, with ties and with undefined values.
fn score(set: &[i64]) -> Score {
    let hash = set.iter().fold(17_u64, |h, v| SplitMix64::for_item(h, *v as u64).next());
    Score { value: (hash % 101) as f64 / 7.0 - 5.0, defined: !hash.is_multiple_of(11) }
}

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn space(a: i64, b: i64, random: Option<(u64, u64)>) -> Space {
    let axes = vec![Axis::new("a", -3, a, 2).unwrap(), Axis::fixed("c", 9), Axis::new("b", 0, b, 1).unwrap()];
    match random {
        None => Space::grid(axes).unwrap(),
        Some((count, seed)) => Space::random(axes, count, seed).unwrap(),
    }
}

fn bytes(sweep: &Sweep<Score>) -> String {
    serde_json::to_string(sweep).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn threads_and_stops_do_not_show(
        a in 0_i64..40, b in 0_i64..40, random in prop::option::of((0_u64..900, any::<u64>())),
        keep in 1_usize..9, stop_after in 1_usize..6, n in 2_usize..5,
    ) {
        let space = space(a, b, random);
        let mut one = Sweep::new(space.clone(), keep);
        prop_assert!(one.run(threads(1), score, on));

        let mut many = Sweep::new(space.clone(), keep);
        let mut last = 0;
        let finished = many.run(threads(n), score, |p| {
            assert!(p.done > last && p.done <= p.total);
            last = p.done;
            ControlFlow::Continue(())
        });
        prop_assert!(finished && last == space.len());
        prop_assert_eq!(bytes(&many), bytes(&one));

        // Stopped again and again, written out and read back each time, with another number of threads each time.
        let mut resumed = Sweep::new(space.clone(), keep);
        let mut round = 0;
        loop {
            let mut calls = 0;
            round += 1;
            let finished = resumed.run(threads(1 + round % 3), score, |_| {
                calls += 1;
                if calls >= stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let text = bytes(&resumed);
            resumed = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&bytes(&resumed), &text);
            if finished {
                break;
            }
        }
        prop_assert_eq!(bytes(&resumed), bytes(&one));

        // Against everything kept and sorted.
        let all: Vec<(u64, Vec<i64>, Score)> = (0..space.len()).map(|k| (k, space.set(k), score(&space.set(k)))).collect();
        let mut ranked: Vec<_> = all.iter().filter(|t| t.2.defined).collect();
        ranked.sort_by(|x, y| y.2.value.total_cmp(&x.2.value).then(x.0.cmp(&y.0)));
        let best: Vec<u64> = one.best().iter().map(|t| t.index).collect();
        prop_assert_eq!(best, ranked.iter().take(keep).map(|t| t.0).collect::<Vec<_>>());
        prop_assert!(one.best().iter().all(|t| t.set == space.set(t.index) && t.result == score(&t.set)));
        prop_assert_eq!(one.undefined(), space.len() - ranked.len() as u64);
        if ranked.len() > 1 {
            let mean = ranked.iter().map(|t| t.2.value).sum::<f64>() / ranked.len() as f64;
            let variance = ranked.iter().map(|t| (t.2.value - mean).powi(2)).sum::<f64>() / (ranked.len() - 1) as f64;
            prop_assert!((one.objectives().mean().unwrap() - mean).abs() < 1e-9);
            prop_assert!((one.objectives().variance().unwrap() - variance).abs() < 1e-9);
            prop_assert!((one.sharpes().variance().unwrap() - variance / 1.69).abs() < 1e-9);
        }
    }

    #[test]
    fn the_last_part_is_held_out(start in -1_000_i64..1_000, length in 0_i64..5_000, ppm in 0_u32..1_200_000) {
        let (train, held) = hold_out(start..start + length, ppm);
        prop_assert_eq!((train.start, train.end, held.end), (start, held.start, start + length));
        let asked = length as f64 * f64::from(ppm.min(1_000_000)) / 1e6;
        prop_assert!((held.end - held.start) as f64 >= asked - 1e-9 && ((held.end - held.start) as f64) < asked + 1.0);
    }
}

#[test]
fn a_grid_is_every_combination_once_and_draws_stay_on_it() {
    let grid = space(3, 2, None);
    let sets: Vec<Vec<i64>> = (0..grid.len()).map(|k| grid.set(k)).collect();
    let expected: Vec<Vec<i64>> = [-3, -1, 1, 3].into_iter().flat_map(|a| [0, 1, 2].map(|b| vec![a, 9, b])).collect();
    assert_eq!(sets, expected);
    let random = space(3, 2, Some((3_000, 5)));
    let mut seen = std::collections::BTreeMap::new();
    for k in 0..random.len() {
        *seen.entry(random.set(k)).or_insert(0) += 1;
    }
    assert_eq!(seen.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(seen.values().all(|n| (170..340).contains(n)), "{seen:?}");
    assert_eq!(grid.neighbours(&[-3, 9, 1]), [vec![-1, 9, 1], vec![-3, 9, 0], vec![-3, 9, 2]]);
    assert_eq!(grid.describe(&[1, 9, 0]), "a 1, c 9, b 0");
}

#[test]
fn spaces_that_make_no_sense_are_refused_also_when_read_back() {
    assert!(matches!(Axis::new("a", 0, 10, 0), Err(SpaceError::Range { .. })));
    assert!(matches!(Axis::new("a", 1, 0, 1), Err(SpaceError::Range { .. })));
    assert!(matches!(Axis::new("a", i64::MIN, i64::MAX, 1), Err(SpaceError::Values { .. })));
    assert_eq!(Space::grid(vec![]), Err(SpaceError::Axes(0)));
    assert_eq!(Space::grid(vec![Axis::fixed("a", 1), Axis::fixed("a", 2)]), Err(SpaceError::Twice("a".into())));
    let wide = |i: i64| Axis::new(format!("x{i}"), 0, 999_999, 1).unwrap();
    assert_eq!(Space::grid((0..4).map(wide).collect()), Err(SpaceError::TooLarge));
    assert_eq!(Space::random((0..4).map(wide).collect(), 5, 1).unwrap().len(), 5);
    let text = serde_json::to_string(&space(3, 2, None)).unwrap();
    assert!(serde_json::from_str::<Space>(&text).is_ok());
    assert!(serde_json::from_str::<Space>(&text.replace("\"step\":2", "\"step\":0")).is_err());
}

#[test]
fn a_panic_in_a_set_reaches_the_caller_and_loses_nothing_before() {
    for n in [1, 3] {
        let mut sweep = Sweep::new(space(40, 40, None), 4);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            sweep.run(
                threads(n),
                |set| {
                    assert!(set != [19, 9, 7], "no such luck");
                    score(set)
                },
                on,
            )
        }));
        let message = *caught.unwrap_err().downcast::<&str>().unwrap();
        assert!(message.contains("no such luck"));
        assert!(!sweep.is_finished());
        let mut whole = Sweep::new(space(40, 40, None), 4);
        whole.run(threads(2), score, on);
        sweep.run(threads(n), score, on);
        assert_eq!(bytes(&sweep), bytes(&whole));
    }
}

/// Results alive at the same time do not grow with the number of sets, even when the first chunk is slow.
#[test]
fn results_in_flight_are_bounded() {
    static ALIVE: AtomicU64 = AtomicU64::new(0);
    static MOST: AtomicU64 = AtomicU64::new(0);
    struct Counted(f64);
    impl Counted {
        fn new(value: f64) -> Self {
            MOST.fetch_max(ALIVE.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Self(value)
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }
    impl Scored for Counted {
        fn objective(&self) -> Option<f64> {
            Some(self.0)
        }
        fn moments(&self) -> Option<Moments> {
            None
        }
    }
    let axes = vec![Axis::new("x", 0, 99_999, 1).unwrap()];
    let mut sweep = Sweep::new(Space::grid(axes).unwrap(), 10);
    let work = |set: &[i64]| {
        if set[0] == 0 {
            // Long enough for the other thread to run ahead as far as it may.
            (0..3_000_000_u64).fold(0, |a, b| std::hint::black_box(a ^ b));
        }
        Counted::new((set[0] % 977) as f64)
    };
    assert!(sweep.run(threads(2), work, on));
    // Six chunks of 256 in flight, one being taken in, ten kept, one more.
    assert!(MOST.load(Ordering::SeqCst) <= 8 * 256 + 11, "{}", MOST.load(Ordering::SeqCst));
}

fn hill(set: &[i64]) -> Score {
    let x = (set[0] - 5) as f64;
    Score { value: 10.0 - x * x / 4.0, defined: true }
}

#[test]
fn a_plateau_is_told_from_a_peak() {
    let line = Space::grid(vec![Axis::new("x", 0, 10, 1).unwrap()]).unwrap();
    let flat = Plateau::around(&line, &[5], 10.0, hill);
    assert_eq!((flat.verdict, flat.median), (PlateauVerdict::Plateau, Some(9.75)));
    let needle = |set: &[i64]| Score { value: if set[0] == 5 { 10.0 } else { 1.0 }, defined: set[0] != 4 };
    let peak = Plateau::around(&line, &[5], 10.0, needle);
    // One neighbour at 1, one undefined, which counts as 0.
    assert_eq!((peak.verdict, peak.median, peak.ratio), (PlateauVerdict::Peak, Some(0.5), Some(0.05)));
    assert!(peak.to_string().starts_with("a lone peak, most likely luck: the 2 neighbours do 5%"), "{peak}");
    let slope = Plateau::around(&line, &[0], 10.0, |_| Score { value: 6.0, defined: true });
    assert_eq!((slope.verdict, slope.neighbours.len()), (PlateauVerdict::Slope, 1));
    assert_eq!(Plateau::around(&line, &[5], -1.0, hill).verdict, PlateauVerdict::NoGain);
    let point = Space::grid(vec![Axis::fixed("x", 5)]).unwrap();
    assert_eq!(Plateau::around(&point, &[5], 10.0, hill).verdict, PlateauVerdict::Alone);
}

#[test]
fn the_held_out_result_is_shown_first_and_trials_count() {
    let line = Space::grid(vec![Axis::new("x", 0, 10, 1).unwrap()]).unwrap();
    let mut sweep = Sweep::new(line, 3);
    assert!(sweep.choose(0, hill, hill).is_none());
    sweep.run(threads(2), hill, on);
    let held = |_: &[i64]| Score { value: -2.0, defined: true };
    let choose = |earlier| -> Choice<Score> { sweep.choose(earlier, hill, held).unwrap() };
    let (few, many) = (choose(0), choose(1_000_000));
    assert_eq!((few.chosen.set.as_slice(), few.trials, many.trials), (&[5][..], 11, 1_000_011));
    assert!(few.deflated.value.unwrap() > many.deflated.value.unwrap());
    assert!(few.to_string().starts_with("held out -2.0000; on the data it was chosen on 10.0000; a plateau"), "{few}");
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn lives(raw: &[(i64, i64, u8, u8)]) -> Vec<Life<u8>> {
    raw.iter().map(|(from, len, a, b)| Life { from: at(*from), to: at(from + len), markets: vec![*a, *b] }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn training_never_touches_the_test(
        raw in prop::collection::vec((0_i64..1_000, 0_i64..200, 0_u8..60, 0_u8..60), 0..80),
        train_ms in 1_i64..300, test_ms in 1_i64..200, embargo_ms in 0_i64..80, anchored in any::<bool>(),
    ) {
        let schedule = Schedule { train_ms, test_ms, embargo_ms, anchored };
        let lives = lives(&raw);
        let windows = schedule.windows(at(0), at(1_000)).unwrap_or_default();
        for pair in windows.windows(2) {
            prop_assert_eq!(pair[0].test.end, pair[1].test.start);
        }
        if let Some(last) = windows.last() {
            prop_assert!(last.test.end <= at(1_000) && last.test.end.plus_millis(test_ms) > at(1_000));
        }
        for window in &windows {
            prop_assert_eq!(window.train.end.plus_millis(embargo_ms), window.test.start);
            prop_assert!(anchored || window.train.end.since(window.train.start) == train_ms);
            prop_assert!(!anchored || window.train.start == at(0));
            let parts = split(window, &lives);
            for &t in &parts.train {
                prop_assert!(lives[t].from >= window.train.start);
                prop_assert!(lives[t].to.plus_millis(embargo_ms) < window.test.start, "the embargo holds for results too");
                for &u in &parts.test {
                    prop_assert!(lives[t].to < lives[u].from);
                    prop_assert!(!lives[t].markets.iter().any(|m| lives[u].markets.contains(m)));
                }
            }
            // Everything seen in a window is somewhere, once, and left out only for its reason.
            for (i, life) in lives.iter().enumerate() {
                let purged = parts.purged.iter().find(|p| p.0 == i).map(|p| p.1);
                let places = [parts.train.contains(&i), parts.test.contains(&i), purged.is_some()];
                let seen = window.train.contains(&life.from) || window.test.contains(&life.from);
                prop_assert_eq!(places.iter().filter(|p| **p).count(), usize::from(seen));
                let shares = parts.test.iter().any(|u| life.markets.iter().any(|m| lives[*u].markets.contains(m)));
                match purged {
                    Some(Purged::EndsInTest) => prop_assert!(life.to >= window.test.start),
                    Some(Purged::EndsInEmbargo) => prop_assert!(life.to >= window.train.end && life.to < window.test.start),
                    Some(Purged::SharesMarket) => prop_assert!(shares),
                    None => {}
                }
            }
        }
    }

    /// What happens in a test window changes neither its choice nor an earlier one.
    #[test]
    fn a_choice_comes_from_its_training_alone(
        raw in prop::collection::vec((0_i64..1_000, 0_i64..60, 0_u8..200, 0_u8..200), 10..60), changed in any::<u64>(),
    ) {
        let lives = lives(&raw);
        let windows = Schedule { train_ms: 300, test_ms: 150, embargo_ms: 20, anchored: false }
            .windows(at(0), at(1_000))
            .unwrap();
        let space = Space::grid(vec![Axis::new("x", 0, 20, 1).unwrap()]).unwrap();
        // The result of a life under a set, by its number; `twist` changes those first seen at or after an instant.
        let walk = |twist: Option<Timestamp>| {
            walk_forward(&windows, &lives, &space, threads(2), |set, which| {
                let hash = |i: &usize| {
                    let other = twist.is_some_and(|t| lives[*i].from >= t);
                    SplitMix64::for_item(set[0] as u64 ^ if other { changed } else { 0 }, *i as u64).next() % 1_000
                };
                Score { value: which.iter().map(hash).sum::<u64>() as f64, defined: !which.is_empty() }
            }, on)
        };
        let plain = walk(None);
        prop_assert_eq!(plain.len(), windows.len());
        for (k, window) in windows.iter().enumerate() {
            let twisted = walk(Some(window.test.start));
            for fold in 0..=k {
                prop_assert_eq!(&twisted[fold].chosen, &plain[fold].chosen);
            }
        }
    }
}

#[test]
fn the_embargo_and_each_purge_by_hand() {
    let window = Window { train: at(0)..at(100), test: at(120)..at(200) };
    let lives = lives(&[
        (0, 99, 1, 2),     // trained on
        (0, 100, 3, 4),    // known only within the embargo
        (50, 70, 5, 6),    // known only as the test starts
        (10, 5, 7, 8),     // stands on a market of the test
        (110, 1, 9, 10),   // first seen in the embargo: nowhere
        (120, 500, 8, 11), // tested
        (200, 1, 1, 2),    // after the test: nowhere
    ]);
    let parts = split(&window, &lives);
    assert_eq!((parts.train, parts.test), (vec![0], vec![5]));
    assert_eq!(parts.purged, [(1, Purged::EndsInEmbargo), (2, Purged::EndsInTest), (3, Purged::SharesMarket)]);
    let bad = Schedule { train_ms: 0, test_ms: 1, embargo_ms: 0, anchored: false };
    assert!(matches!(bad.windows(at(0), at(9)), Err(WalkForwardError::Lengths { .. })));
    let long = Schedule { train_ms: 8, test_ms: 2, embargo_ms: 0, anchored: true };
    assert_eq!(long.windows(at(0), at(9)), Err(WalkForwardError::TooShort { have_ms: 9, need_ms: 10 }));
    assert_eq!(long.windows(at(0), at(10)).unwrap().len(), 1);
    assert!(matches!(long.windows(at(0), at(i64::MAX)), Err(WalkForwardError::TooMany(_))));
    assert!(long.windows(at(i64::MAX), at(i64::MIN)).is_err());
}

#[test]
fn a_walk_that_is_broken_off_keeps_the_windows_it_finished() {
    let space = Space::grid(vec![Axis::new("x", 0, 20, 1).unwrap()]).unwrap();
    let windows =
        Schedule { train_ms: 300, test_ms: 100, embargo_ms: 0, anchored: true }.windows(at(0), at(900)).unwrap();
    let lives = lives(&[(10, 20, 1, 2), (350, 20, 3, 4)]);
    let mut last = Progress { done: 0, total: 0 };
    let folds = walk_forward(
        &windows,
        &lives,
        &space,
        threads(1),
        |set, _| hill(set),
        |p| {
            last = p;
            if p.done >= 50 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    assert_eq!((folds.len(), last), (2, Progress { done: 50, total: 126 }));
    assert_eq!(folds[0].split.test, [1]);
    assert!(folds.iter().all(|f| f.chosen.as_ref().unwrap().set == [5] && f.out_of_sample.is_some()));
}
