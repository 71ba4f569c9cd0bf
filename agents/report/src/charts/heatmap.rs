//! Months against exits or scenarios: where the return came from, how many trades say so, and which cells are too thin to say anything.

use super::{Chart, LABEL, nothing, of_case};
use crate::draw::axis::{calendar, month_name};
use crate::draw::scene::{Anchor, Scene, WIDTH};
use crate::draw::{Tone, glyphs};
use crate::words::{self, THIN, UNKNOWN, one_line, signed_percent};
use betty_market::Timestamp;
use betty_trading::backtest::report::TradeRow;
use betty_trading::backtest::{Case, RunReport};
use std::collections::{BTreeMap, BTreeSet};

/// Most columns and rows that can be read.
const MOST: usize = 8;
const LEFT: f64 = 210.0;
const HEAD: f64 = 34.0;
const ROW: f64 = 58.0;

/// What the rows of a heat map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeatBy {
    /// Exit reasons.
    Exit,
    /// Scenarios, the labels of the trades.
    Scenario,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Month,
    Quarter,
    Year,
}

impl Period {
    /// The number of the period an instant lies in.
    fn of(self, at: Timestamp) -> Option<i64> {
        let (year, month, ..) = calendar(at)?;
        let month = i64::from(month) - 1;
        Some(match self {
            Self::Month => year * 12 + month,
            Self::Quarter => year * 4 + month / 3,
            Self::Year => year,
        })
    }

    fn label(self, number: i64) -> String {
        match self {
            Self::Month => month_name(number.div_euclid(12), number.rem_euclid(12) as u32 + 1),
            Self::Quarter => format!("Q{} {}", number.rem_euclid(4) + 1, number.div_euclid(4)),
            Self::Year => number.to_string(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// Trades and their summed return, millionths.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    n: u64,
    sum_ppm: i128,
}

impl Cell {
    fn mean(self) -> f64 {
        #[allow(clippy::cast_precision_loss)]
        if self.n == 0 { 0.0 } else { self.sum_ppm as f64 / self.n as f64 / 1e6 }
    }
}

struct Map {
    period: Period,
    columns: Vec<i64>,
    rows: Vec<String>,
    cells: BTreeMap<(usize, i64), Cell>,
    /// Trades before the first column.
    earlier: u64,
}

fn row_name(trade: &TradeRow, by: HeatBy) -> Option<String> {
    match by {
        HeatBy::Exit => trade.exit.map(|reason| reason.title().to_owned()),
        HeatBy::Scenario => Some(one_line(&trade.label)),
    }
}

fn collect(case: &Case, by: HeatBy) -> Option<Map> {
    let ended: Vec<(Timestamp, i64, String)> = case
        .trades
        .iter()
        .filter_map(|t| Some((t.ended_at?, t.roi_ppm?, row_name(t, by)?)))
        .filter(|(at, ..)| calendar(*at).is_some())
        .collect();
    let periods = |p: Period| -> BTreeSet<i64> { ended.iter().filter_map(|(at, ..)| p.of(*at)).collect() };
    let narrow = [Period::Month, Period::Quarter].into_iter().find(|p| periods(*p).len() <= MOST);
    let period = narrow.unwrap_or(Period::Year);
    let all = periods(period);
    let columns: Vec<i64> = all.iter().copied().skip(all.len().saturating_sub(MOST)).collect();
    let first = *columns.first()?;

    let mut by_count: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, _, name) in &ended {
        *by_count.entry(name).or_default() += 1;
    }
    let mut names: Vec<(&str, u64)> = by_count.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let gathered = names.len() > MOST;
    let mut rows: Vec<String> =
        names.iter().take(if gathered { MOST - 1 } else { MOST }).map(|(name, _)| (*name).to_owned()).collect();
    if gathered {
        rows.push(format!("{} others", names.len() - rows.len()));
    }
    let mut cells: BTreeMap<(usize, i64), Cell> = BTreeMap::new();
    let mut earlier = 0;
    for (at, roi, name) in &ended {
        let Some(column) = period.of(*at) else { continue };
        if column < first {
            earlier += 1;
            continue;
        }
        let row = rows.iter().position(|r| r == name).unwrap_or(rows.len() - 1);
        let cell = cells.entry((row, column)).or_default();
        cell.n += 1;
        cell.sum_ppm += i128::from(*roi);
    }
    Some(Map { period, columns, rows, cells, earlier })
}

/// Mean net return of ended trades, month against exit or scenario, with the count in each cell and thin cells hatched.
#[must_use]
pub fn heatmap(report: &RunReport, case: &Case, by: HeatBy) -> Chart {
    let (id, what) = match by {
        HeatBy::Exit => ("heat-exit", "exit"),
        HeatBy::Scenario => ("heat-scenario", "scenario"),
    };
    let Some(map) = collect(case, by) else {
        let why = "no trade has ended";
        let title = format!("Return by {what} and month");
        return Chart::new(report, id, title, format!("— ({why})."), nothing(why));
    };
    let title = format!("Mean return per trade by {what} and {}{}", map.period.name(), of_case(report, case));
    let thin = map.cells.values().filter(|c| c.n < THIN).count() as u64;
    let earlier = if map.earlier > 0 {
        format!(" {} earlier are not shown.", words::counted(map.earlier, "trade"))
    } else {
        String::new()
    };
    let total: u64 = map.cells.values().map(|c| c.n).sum();
    let evidence = match thin {
        0 => format!("none with fewer than {THIN} trades"),
        1 => format!("1 of them with fewer than {THIN} trades and hatched: read nothing into it"),
        n => format!("{} of them with fewer than {THIN} trades and hatched: read nothing into those", words::count(n)),
    };
    let summary = format!(
        "{} in {}, {evidence}.{earlier}",
        words::counted(total, "trade"),
        words::counted(map.cells.len() as u64, "cell"),
    );
    Chart::new(report, id, title, summary, picture(&map))
}

fn picture(map: &Map) -> Scene {
    let mut scene = Scene::new(HEAD + ROW * map.rows.len() as f64 + 8.0);
    let wide = ((WIDTH - LEFT - 24.0) / map.columns.len() as f64).min(190.0);
    let strongest = map.cells.values().map(|c| c.mean().abs()).fold(0.0, f64::max);
    for (i, column) in map.columns.iter().enumerate() {
        let x = LEFT + wide * (i as f64 + 0.5);
        scene.text((x, HEAD - 12.0), 16.0, Anchor::Middle, Tone::Muted, map.period.label(*column));
    }
    for (r, name) in map.rows.iter().enumerate() {
        let y = HEAD + ROW * r as f64;
        let label = glyphs::cut(name, LABEL, LEFT - 40.0);
        scene.text((LEFT - 12.0, y + ROW / 2.0 + 6.0), LABEL, Anchor::End, Tone::Text, label);
        for (i, column) in map.columns.iter().enumerate() {
            let (x, size) = (LEFT + wide * i as f64 + 2.0, (wide - 4.0, ROW - 4.0));
            let middle = x + size.0 / 2.0;
            match map.cells.get(&(r, *column)) {
                None => {
                    scene.rect((x, y + 2.0), size, Tone::Grid, 0.3);
                    scene.text((middle, y + ROW / 2.0 + 6.0), 16.0, Anchor::Middle, Tone::Muted, UNKNOWN);
                }
                Some(cell) => {
                    let mean = cell.mean();
                    let tone = if mean < 0.0 { Tone::Orange } else { Tone::Blue };
                    let part = if strongest > 0.0 { mean.abs() / strongest } else { 0.0 };
                    let n = words::count(cell.n);
                    let value = signed_percent(mean);
                    let tip = format!("{name}, {}: {value}, n = {n}", map.period.label(*column));
                    scene.told((x, y + 2.0), size, tone, 0.10 + 0.32 * part, tip);
                    if cell.n < THIN {
                        scene.hatch((x, y + 2.0), size, Tone::Muted, 0.5);
                        let half =
                            glyphs::width(&value, 16.0).max(glyphs::width(&format!("n = {n}"), 14.0)) / 2.0 + 6.0;
                        scene.rect((middle - half, y + 7.0), (2.0 * half, ROW - 14.0), Tone::Paper, 0.9);
                    }
                    scene.text((middle, y + 27.0), 16.0, Anchor::Middle, Tone::Text, value);
                    scene.text((middle, y + 46.0), 14.0, Anchor::Middle, Tone::Text, format!("n = {n}"));
                }
            }
        }
    }
    scene
}
