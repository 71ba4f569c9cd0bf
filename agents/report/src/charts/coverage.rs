//! Where the data has holes.

use super::{Chart, nothing};
use crate::draw::Tone;
use crate::draw::axis::{Scale, time_ticks};
use crate::draw::scene::{Anchor, Scene, WIDTH};
use crate::words::{self, span};
use betty_market::Timestamp;
use betty_trading::backtest::RunReport;

const LEFT: f64 = 24.0;
const RIGHT: f64 = 976.0;
const TOP: f64 = 12.0;
const TALL: f64 = 54.0;
const HEIGHT: f64 = 110.0;

/// Holes cut to the span of the data and merged where they overlap, in order of time.
pub(crate) fn holes(report: &RunReport) -> Vec<(Timestamp, Timestamp)> {
    let (from, to) = (report.coverage.from, report.coverage.to);
    let cut = report.coverage.holes.iter().map(|(at, ms)| ((*at).max(from), at.plus_millis((*ms).max(0)).min(to)));
    let mut found: Vec<(Timestamp, Timestamp)> = cut.filter(|(a, b)| a < b).collect();
    found.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(found.len());
    for (a, b) in found {
        match merged.last_mut() {
            Some(last) if a <= last.1 => last.1 = last.1.max(b),
            _ => merged.push((a, b)),
        }
    }
    merged
}

/// The span of the data as a strip, its holes hatched.
#[must_use]
pub fn coverage(report: &RunReport) -> Chart {
    let c = &report.coverage;
    let title = "Data coverage".to_owned();
    let length = c.to.since(c.from);
    if length <= 0 {
        let why = "the data has no extent in time";
        return Chart::new(report, "coverage", title, format!("— ({why})."), nothing(why));
    }
    let found = holes(report);
    let missing: i64 = found.iter().map(|(a, b)| b.since(*a)).sum();
    #[allow(clippy::cast_precision_loss)]
    let covered = 1.0 - missing as f64 / length as f64;
    let longest = found.iter().map(|(a, b)| b.since(*a)).max();
    let holes = match longest {
        Some(ms) => {
            format!("{} longer than a day, the longest {}", words::counted(found.len() as u64, "hole"), span(ms))
        }
        None => "no hole longer than a day".to_owned(),
    };
    let summary = format!(
        "{} to {}: {} covered, {holes}; {}, {}.",
        words::day(c.from),
        words::day(c.to),
        words::percent(covered),
        words::counted(c.records, "record"),
        words::counted(c.markets, "market"),
    );
    Chart::new(report, "coverage", title, summary, picture(c.from, c.to, &found))
}

fn picture(from: Timestamp, to: Timestamp, found: &[(Timestamp, Timestamp)]) -> Scene {
    let mut scene = Scene::new(HEIGHT);
    #[allow(clippy::cast_precision_loss)]
    let across = Scale { from: (0.0, to.since(from) as f64), to: (LEFT, RIGHT) };
    #[allow(clippy::cast_precision_loss)]
    let x = |t: Timestamp| across.at(t.since(from) as f64);
    scene.rect((LEFT, TOP), (WIDTH - 2.0 * LEFT, TALL), Tone::Blue, 0.62);
    for (a, b) in found {
        // A hole narrower than two units would not show.
        let wide = (x(*b) - x(*a)).max(2.0);
        let tip = format!("hole from {} for {}", words::minute(*a), span(b.since(*a)));
        scene.told((x(*a), TOP), (wide, TALL), Tone::Paper, 1.0, tip);
        scene.hatch((x(*a), TOP), (wide, TALL), Tone::Orange, 1.0);
    }
    let frame = [(LEFT, TOP), (RIGHT, TOP), (RIGHT, TOP + TALL), (LEFT, TOP + TALL), (LEFT, TOP)];
    scene.stroke(frame.to_vec(), Tone::Muted, 1.5);
    for (t, label) in time_ticks(from, to, 7) {
        scene.line((x(t), TOP + TALL), (x(t), TOP + TALL + 8.0), Tone::Muted, 1.0);
        let (at, anchor) = match x(t) {
            at if at < LEFT + 40.0 => (LEFT, Anchor::Start),
            at if at > RIGHT - 40.0 => (RIGHT, Anchor::End),
            at => (at, Anchor::Middle),
        };
        scene.text((at, TOP + TALL + 28.0), 16.0, anchor, Tone::Muted, label);
    }
    scene
}
