//! Money over time, and the fall from the highest point on the same axis.

use super::{Chart, LABEL, mark, nothing, of_case};
use crate::draw::Tone;
use crate::draw::axis::{Scale, extent, round_ticks, time_ticks};
use crate::draw::scene::{Anchor, Point, Scene, WIDTH};
use crate::words::{self, money, percent, signed_ppm};
use betty_market::{Timestamp, Usdc};
use betty_trading::backtest::{Case, CaseName, RunReport};
use betty_trading::dollars;

const LEFT: f64 = 96.0;
const RIGHT: f64 = 200.0;
const TOP: f64 = 12.0;
const MIDDLE: f64 = 300.0;
const FALL_TOP: f64 = 336.0;
const FALL_BOTTOM: f64 = 414.0;
const HEIGHT: f64 = 446.0;

/// Instants and equity of a case, beginning with the cash at the start of the data.
fn series(report: &RunReport, case: &Case) -> Vec<(Timestamp, Usdc)> {
    let mut points: Vec<(Timestamp, Usdc)> = Vec::with_capacity(case.equity.len() + 1);
    let from = report.coverage.from;
    // Data without a known start begins at its first point.
    if from.millis() > 0 && case.equity.first().is_some_and(|p| from < p.at) {
        points.push((from, case.summary.starting));
    }
    points.extend(case.equity.iter().map(|p| (p.at, p.equity)));
    points
}

/// At most four points for each unit of the picture: the first, lowest, highest and last, so that no peak and no fall is lost.
fn thinned(points: Vec<Point>) -> Vec<Point> {
    if points.len() <= 2 * WIDTH as usize {
        return points;
    }
    let mut out: Vec<Point> = Vec::new();
    for column in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let index = |by: fn(&f64, &f64) -> std::cmp::Ordering| {
            (0..column.len()).max_by(|a, b| by(&column[*a].1, &column[*b].1)).unwrap_or(0)
        };
        let mut kept = [0, index(f64::total_cmp), index(|a, b| b.total_cmp(a)), column.len() - 1];
        kept.sort_unstable();
        for (i, k) in kept.iter().enumerate() {
            if i == 0 || kept[i - 1] != *k {
                out.push(column[*k]);
            }
        }
    }
    out
}

/// Equity with the range of the cases, drawdown below, one time axis.
#[must_use]
pub fn equity(report: &RunReport) -> Chart {
    let title = format!("Equity and drawdown of {}", report.strategy);
    let Some(case) = report.main_case().filter(|c| !c.equity.is_empty()) else {
        let why = "no equity: the run has no day";
        return Chart::new(report, "equity", title, format!("— ({why})."), nothing(why));
    };
    let summary = sentence(report, case);
    Chart::new(report, "equity", title, summary, picture(report, case))
}

fn sentence(report: &RunReport, case: &Case) -> String {
    let s = &case.summary;
    let change = |c: &Case| Usdc::from_micros(c.summary.ending.micros().saturating_sub(c.summary.starting.micros()));
    let range = match (of(report, CaseName::Pessimistic), of(report, CaseName::Optimistic)) {
        (Some(low), Some(high)) => {
            format!("; range {} (pessimistic) to {} (optimistic)", money(change(low)), money(change(high)))
        }
        _ => String::new(),
    };
    let fall = words::value(&s.max_drawdown, words::Form::Rate);
    format!(
        "From {} to {}, {} or {}{}{range}; largest fall {fall}; {} ended, {} open.",
        dollars(s.starting),
        dollars(s.ending),
        money(change(case)),
        signed_ppm(s.roi_ppm),
        of_case(report, case),
        words::counted(s.ended, "trade"),
        words::count(s.open),
    )
}

fn of(report: &RunReport, name: CaseName) -> Option<&Case> {
    report.cases.iter().find(|c| c.name == name)
}

fn picture(report: &RunReport, case: &Case) -> Scene {
    let mut scene = Scene::new(HEIGHT);
    let all: Vec<(&Case, Vec<(Timestamp, Usdc)>)> = report.cases.iter().map(|c| (c, series(report, c))).collect();
    let start = case.summary.starting.to_f64();
    let values = all.iter().flat_map(|(_, s)| s.iter().map(|(_, e)| e.to_f64())).chain([start]);
    let money_extent = extent(values, 0.06);
    let instants = || all.iter().flat_map(|(_, s)| s.iter().map(|(t, _)| *t));
    let (from, to) = (instants().min().unwrap_or_default(), instants().max().unwrap_or_default());
    let right = WIDTH - RIGHT;
    #[allow(clippy::cast_precision_loss)]
    let across = Scale { from: (0.0, to.since(from) as f64), to: (LEFT, right) };
    #[allow(clippy::cast_precision_loss)]
    let x = |t: Timestamp| across.at(t.since(from) as f64);
    let up = Scale { from: money_extent, to: (MIDDLE, TOP) };

    mark(&mut scene, report, (LEFT, right), (TOP, MIDDLE));
    let (ticks, decimals) = round_ticks(money_extent, 5);
    for tick in ticks {
        let y = up.at(tick);
        scene.line((LEFT, y), (right, y), Tone::Grid, 1.0);
        scene.text((LEFT - 10.0, y + 6.0), 16.0, Anchor::End, Tone::Muted, dollar_tick(tick, decimals));
    }
    time_axis(&mut scene, from, to, &x, right);

    // The ground of the result: what was there at the start.
    scene.dashed(vec![(LEFT, up.at(start)), (right, up.at(start))], Tone::Muted, 1.5);
    let path = |s: &[(Timestamp, Usdc)]| thinned(s.iter().map(|(t, e)| (x(*t), up.at(e.to_f64()))).collect());
    let line_of = |name| all.iter().find(|(c, _)| c.name == name).map(|(_, s)| path(s));
    if let (Some(low), Some(mut high)) = (line_of(CaseName::Pessimistic), line_of(CaseName::Optimistic)) {
        high.reverse();
        let band: Vec<Point> = low.iter().copied().chain(high).collect();
        scene.fill(vec![band], Tone::Blue, 0.16);
    }
    for (c, s) in all.iter().filter(|(c, s)| c.name != case.name && !s.is_empty()) {
        let tone = if c.name == CaseName::Pessimistic { Tone::Orange } else { Tone::Blue };
        scene.dashed(path(s), tone, 1.8);
    }
    if let Some((_, s)) = all.iter().find(|(c, _)| c.name == case.name) {
        scene.stroke(path(s), Tone::Blue, 3.0);
    }
    end_labels(&mut scene, report, &all, &up, right);
    falls(&mut scene, case, &x, right);
    scene
}

fn dollar_tick(value: f64, decimals: usize) -> String {
    let decimals = if decimals == 0 { 0 } else { decimals.max(2) };
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), String::new()), |(w, r)| (w, format!(".{r}")));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), words::count);
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}${whole}{rest}")
}

fn time_axis(scene: &mut Scene, from: Timestamp, to: Timestamp, x: &dyn Fn(Timestamp) -> f64, right: f64) {
    scene.line((LEFT, FALL_BOTTOM), (right, FALL_BOTTOM), Tone::Muted, 1.0);
    for (t, label) in time_ticks(from, to, 7) {
        let at = x(t);
        scene.line((at, TOP), (at, MIDDLE), Tone::Grid, 1.0);
        scene.line((at, FALL_TOP), (at, FALL_BOTTOM + 6.0), Tone::Grid, 1.0);
        scene.text((at, FALL_BOTTOM + 24.0), 16.0, Anchor::Middle, Tone::Muted, label);
    }
}

/// The name and result of each case at the end of its line, pushed apart where they would overlap.
fn end_labels(scene: &mut Scene, report: &RunReport, all: &[(&Case, Vec<(Timestamp, Usdc)>)], up: &Scale, right: f64) {
    let mut labels: Vec<(f64, String, String, Tone)> = all
        .iter()
        .filter_map(|(c, s)| {
            let (_, last) = s.last()?;
            let change = Usdc::from_micros(last.micros().saturating_sub(c.summary.starting.micros()));
            let tone = if c.name == CaseName::Pessimistic { Tone::Orange } else { Tone::Blue };
            let name = if report.cases.len() > 1 { c.name.to_string() } else { "equity".to_owned() };
            Some((up.at(last.to_f64()), name, money(change), tone))
        })
        .collect();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let apart = 46.0;
    let mut places: Vec<f64> = Vec::with_capacity(labels.len());
    for (y, ..) in &labels {
        let least = places.last().map_or(TOP + 16.0, |p| p + apart);
        places.push(y.max(least));
    }
    // What was pushed below the plot comes up again from the end.
    let mut limit = MIDDLE - 6.0;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - apart;
    }
    for ((y, name, amount, tone), place) in labels.iter().zip(places) {
        scene.line((right + 2.0, *y), (right + 16.0, place - 2.0), *tone, 1.5);
        scene.text((right + 20.0, place - 3.0), LABEL, Anchor::Start, *tone, name.clone());
        scene.text((right + 20.0, place + 17.0), LABEL, Anchor::Start, Tone::Text, amount.clone());
    }
}

fn falls(scene: &mut Scene, case: &Case, x: &dyn Fn(Timestamp) -> f64, right: f64) {
    #[allow(clippy::cast_precision_loss)]
    let depth = |ppm: i64| ppm.unsigned_abs() as f64 / 1e6;
    let deepest = case.equity.iter().max_by_key(|p| p.drawdown_ppm.unsigned_abs());
    let worst = deepest.map_or(0.0, |p| depth(p.drawdown_ppm));
    let scale = Scale { from: (0.0, if worst > 0.0 { worst } else { 1.0 }), to: (FALL_TOP, FALL_BOTTOM) };
    scene.line((LEFT, FALL_TOP), (right, FALL_TOP), Tone::Muted, 1.0);
    scene.text((LEFT - 10.0, FALL_TOP + 6.0), 16.0, Anchor::End, Tone::Muted, "0%");
    if worst > 0.0 {
        scene.text((LEFT - 10.0, FALL_BOTTOM), 16.0, Anchor::End, Tone::Muted, format!("-{}", percent(worst)));
    }
    let line = thinned(case.equity.iter().map(|p| (x(p.at), scale.at(depth(p.drawdown_ppm)))).collect());
    if let (Some(first), Some(last)) = (line.first().copied(), line.last().copied()) {
        let area = [(first.0, FALL_TOP)].into_iter().chain(line.iter().copied()).chain([(last.0, FALL_TOP)]).collect();
        scene.fill(vec![area], Tone::Orange, 0.22);
        scene.stroke(line, Tone::Orange, 2.0);
    }
    let (label, when) = match deepest.filter(|_| worst > 0.0) {
        Some(p) => (format!("drawdown -{}", percent(worst)), format!("on {}", words::day(p.at))),
        None => ("no drawdown".to_owned(), String::new()),
    };
    scene.text((right + 20.0, FALL_TOP + 20.0), LABEL, Anchor::Start, Tone::Orange, label);
    scene.text((right + 20.0, FALL_TOP + 42.0), LABEL, Anchor::Start, Tone::Text, when);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes_and_the_ends() {
        let mut points: Vec<Point> = (0..50_000).map(|i| (f64::from(i) / 50.0, 100.0)).collect();
        points[31_337].1 = 7.0;
        points[4_242].1 = 900.0;
        let thin = thinned(points.clone());
        assert!(thin.len() <= 4 * 1001, "{}", thin.len());
        assert_eq!((thin.first(), thin.last()), (points.first(), points.last()));
        assert!(thin.contains(&points[31_337]) && thin.contains(&points[4_242]));
        assert!(thin.windows(2).all(|w| w[0].0 <= w[1].0));
    }

    #[test]
    fn ticks_of_money_have_cents_or_none() {
        assert_eq!(dollar_tick(1_000.0, 0), "$1,000");
        assert_eq!(dollar_tick(-2.5, 1), "-$2.50");
        assert_eq!(dollar_tick(0.0, 0), "$0");
    }
}
