//! Every ended trade as a mark: when it ended and what it made.

use super::{Chart, LABEL, mark, nothing, of_case};
use crate::draw::Tone;
use crate::draw::axis::{Scale, extent, round_ticks, time_ticks};
use crate::draw::scene::{Anchor, Point, Scene, WIDTH};
use crate::words::{self, money};
use betty_market::{Timestamp, Usdc};
use betty_trading::backtest::{Case, RunReport};
use std::collections::BTreeSet;

const LEFT: f64 = 96.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 344.0;
const HEIGHT: f64 = 380.0;

/// Net result of each ended trade over time.
#[must_use]
pub fn results(report: &RunReport, case: &Case) -> Chart {
    let title = format!("Result of each trade{}", of_case(report, case));
    let ended: Vec<(Timestamp, Usdc)> = case.trades.iter().filter_map(|t| Some((t.ended_at?, t.net?))).collect();
    let (Some(best), Some(worst)) = (ended.iter().map(|t| t.1).max(), ended.iter().map(|t| t.1).min()) else {
        let why = "no trade has ended";
        return Chart::new(report, "results", title, format!("— ({why})."), nothing(why));
    };
    let won = ended.iter().filter(|t| t.1.is_positive()).count() as u64;
    let lost = ended.iter().filter(|t| t.1.is_negative()).count() as u64;
    let summary = format!(
        "{} ended: {} won, {} lost, {} at zero; best {}, worst {}.",
        words::counted(ended.len() as u64, "trade"),
        words::count(won),
        words::count(lost),
        words::count(ended.len() as u64 - won - lost),
        money(best),
        money(worst),
    );
    Chart::new(report, "results", title, summary, picture(report, &ended))
}

fn picture(report: &RunReport, ended: &[(Timestamp, Usdc)]) -> Scene {
    let mut scene = Scene::new(HEIGHT);
    let right = WIDTH - 24.0;
    mark(&mut scene, report, (LEFT, right), (TOP, BOTTOM));
    let range = extent(ended.iter().map(|t| t.1.to_f64()).chain([0.0]), 0.08);
    let up = Scale { from: range, to: (BOTTOM, TOP) };
    let (ticks, decimals) = round_ticks(range, 5);
    for tick in ticks {
        let y = up.at(tick);
        scene.line((LEFT, y), (right, y), Tone::Grid, 1.0);
        let decimals = if decimals == 0 { 0 } else { decimals.max(2) };
        let sign = if tick > 1e-9 {
            "+"
        } else if tick < -1e-9 {
            "-"
        } else {
            ""
        };
        let label = format!("{sign}${:.decimals$}", tick.abs());
        scene.text((LEFT - 10.0, y + 6.0), 16.0, Anchor::End, Tone::Muted, label);
    }
    let (from, to) =
        (ended.iter().map(|t| t.0).min().unwrap_or_default(), ended.iter().map(|t| t.0).max().unwrap_or_default());
    #[allow(clippy::cast_precision_loss)]
    let across = Scale { from: (0.0, to.since(from) as f64), to: (LEFT + 12.0, right - 12.0) };
    #[allow(clippy::cast_precision_loss)]
    let x = |t: Timestamp| across.at(t.since(from) as f64);
    for (t, label) in time_ticks(from, to, 7) {
        scene.line((x(t), TOP), (x(t), BOTTOM + 6.0), Tone::Grid, 1.0);
        let (at, anchor) = if x(t) > right - 40.0 { (right, Anchor::End) } else { (x(t), Anchor::Middle) };
        scene.text((at, BOTTOM + 26.0), 16.0, anchor, Tone::Muted, label);
    }
    let ground = up.at(0.0);
    scene.line((LEFT, ground), (right, ground), Tone::Muted, 1.5);
    // Marks on the same unit of the picture are one mark, so a picture of any number of trades stays small.
    let mut marks: [BTreeSet<(i64, i64)>; 3] = Default::default();
    for (t, net) in ended {
        #[allow(clippy::cast_possible_truncation)]
        let at = (x(*t).round() as i64, up.at(net.to_f64()).round() as i64);
        let kind = if net.is_positive() {
            0
        } else if net.is_negative() {
            1
        } else {
            2
        };
        marks[kind].insert(at);
    }
    let size = if ended.len() > 400 { 4.0 } else { 6.5 };
    let [won, lost, even] = marks;
    let shapes = |of: &BTreeSet<(i64, i64)>, form: &[Point]| -> Vec<Vec<Point>> {
        #[allow(clippy::cast_precision_loss)]
        of.iter()
            .map(|(a, b)| form.iter().map(|(dx, dy)| (*a as f64 + dx * size, *b as f64 + dy * size)).collect())
            .collect()
    };
    for (of, form, tone) in [
        (&won, &[(-1.0, 0.8), (1.0, 0.8), (0.0, -1.0)][..], Tone::Blue),
        (&lost, &[(-1.0, -0.8), (1.0, -0.8), (0.0, 1.0)][..], Tone::Orange),
        (&even, &[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)][..], Tone::Muted),
    ] {
        if !of.is_empty() {
            scene.fill(shapes(of, form), tone, 0.75);
        }
    }
    legend(&mut scene);
    scene
}

/// What the marks mean, in words, above the plot.
fn legend(scene: &mut Scene) {
    scene.arrow((LEFT, 20.0), LABEL, true);
    scene.text((LEFT + 17.0, 20.0), LABEL, Anchor::Start, Tone::Text, "won");
    scene.arrow((LEFT + 80.0, 20.0), LABEL, false);
    scene.text((LEFT + 97.0, 20.0), LABEL, Anchor::Start, Tone::Text, "lost");
    let side = 9.0;
    scene.rect((LEFT + 160.0, 20.0 - side), (side, side), Tone::Muted, 1.0);
    scene.text((LEFT + 177.0, 20.0), LABEL, Anchor::Start, Tone::Text, "at zero");
}
