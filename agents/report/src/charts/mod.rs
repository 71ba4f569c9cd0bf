//! The pictures of one run. Each has a title, one sentence that says what it shows, and the mark of paper and kind of data.
//!
//! * `equity`: money over time with the range of the cases, and the fall from the highest point below it.
//! * `waterfall`: from the profit at the middle of the books to what is left. `exits`: why trades ended.
//! * `results`: every trade as a mark. `heatmap`: months against exits or scenarios. `coverage`: where the data has holes.

mod coverage;
mod equity;
mod exits;
mod heatmap;
mod results;
mod waterfall;

pub use coverage::coverage;
pub(crate) use coverage::holes;
pub use equity::equity;
pub use exits::exits;
pub use heatmap::{HeatBy, heatmap};
pub use results::results;
pub(crate) use waterfall::costs;
pub use waterfall::waterfall;

use crate::draw::scene::{Anchor, Shape, WIDTH};
use crate::draw::{DrawError, Scene, Theme, Tone, glyphs, png, svg};
use crate::words::{badge, one_line, watermark};
use betty_trading::backtest::{Case, RunReport};

/// Left and right margin of text in a picture.
const MARGIN: f64 = 24.0;

/// Size of labels.
const LABEL: f64 = 17.0;

/// A picture with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its name in a page, `equity`.
    pub id: &'static str,
    /// What it shows, a few words.
    pub title: String,
    /// What can be read from it, one sentence, with the numbers.
    pub summary: String,
    /// PAPER and the kind of data.
    pub badge: String,
    /// The run it belongs to.
    pub run: String,
    /// The drawing without title, summary and mark.
    scene: Scene,
}

impl Chart {
    fn new(report: &RunReport, id: &'static str, title: String, summary: String, scene: Scene) -> Self {
        let run = format!("{} · run {}", report.strategy, one_line(&report.run_id));
        Self { id, title, summary, badge: badge(&report.source), run, scene }
    }

    /// The picture with title, summary and mark, as a file that stands alone.
    #[must_use]
    pub fn svg(&self, theme: Theme) -> String {
        svg::svg(&self.framed(), theme, self.id, &self.title, &self.summary, true)
    }

    /// The drawing alone, for a page that writes title, summary and mark beside it. A page may recolour it: fills have the classes
    /// `f-paper`, `f-text`, `f-muted`, `f-grid`, `f-blue` and `f-orange`, strokes the same with `s-`.
    #[must_use]
    pub fn inline_svg(&self) -> String {
        svg::svg(&self.scene, Theme::Light, self.id, &self.title, &self.summary, false)
    }

    /// The picture with title, summary and mark, as pixels: 1000 across at scale 1.
    ///
    /// # Errors
    /// [`DrawError::Size`] when the scale is 0 or above 4.
    pub fn png(&self, theme: Theme, scale: u32) -> Result<Vec<u8>, DrawError> {
        png(&self.framed(), theme, scale)
    }

    fn framed(&self) -> Scene {
        let inner = WIDTH - 2.0 * MARGIN;
        let sentence = glyphs::wrap(&self.summary, LABEL, inner);
        let head = 56.0 + 23.0 * sentence.len() as f64 + 8.0;
        let mut scene = Scene::new(head + self.scene.height + 42.0);
        scene.text((MARGIN, 44.0), 28.0, Anchor::Start, Tone::Text, glyphs::cut(&self.title, 28.0, inner));
        for (i, line) in sentence.iter().enumerate() {
            scene.text((MARGIN, 72.0 + 23.0 * i as f64), LABEL, Anchor::Start, Tone::Muted, line.clone());
        }
        scene.place(&self.scene, head);
        let base = scene.height - 18.0;
        let mark = glyphs::cut(&self.badge, 16.0, inner / 2.0);
        let width = glyphs::width(&mark, 16.0) + 20.0;
        let (left, top, right, bottom) = (MARGIN, base - 19.0, MARGIN + width, base + 7.0);
        let frame = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        scene.stroke(frame, Tone::Text, 1.5);
        scene.text((left + 10.0, base), 16.0, Anchor::Start, Tone::Text, mark);
        let run = glyphs::cut(&self.run, 16.0, inner - width - 20.0);
        scene.text((WIDTH - MARGIN, base), 16.0, Anchor::End, Tone::Muted, run);
        scene
    }
}

/// Every picture of a run, in the order of a report. Empty when the report has no case.
#[must_use]
pub fn charts(report: &RunReport) -> Vec<Chart> {
    let Some(case) = report.main_case() else { return vec![coverage(report)] };
    vec![
        equity(report),
        waterfall(report, case),
        exits(report, case),
        results(report, case),
        heatmap(report, case, HeatBy::Exit),
        heatmap(report, case, HeatBy::Scenario),
        coverage(report),
    ]
}

/// ` (expected case)` for data that has more than one.
fn of_case(report: &RunReport, case: &Case) -> String {
    if report.cases.len() > 1 { format!(" ({} case)", case.name) } else { String::new() }
}

/// The mark in the background of a plot, across the middle of the given box.
fn mark(scene: &mut Scene, report: &RunReport, x: (f64, f64), y: (f64, f64)) {
    let text = watermark(&report.source);
    let size = (56.0_f64).min((x.1 - x.0) * 0.8 / glyphs::width(text, 1.0));
    let at = ((x.0 + x.1) / 2.0, (y.0 + y.1) / 2.0 + size * 0.36);
    scene.shapes.push(Shape::Text {
        at,
        size,
        anchor: Anchor::Middle,
        tone: Tone::Muted,
        opacity: 0.13,
        text: text.to_owned(),
    });
}

/// A drawing that says why there is nothing to draw.
fn nothing(why: &str) -> Scene {
    let mut scene = Scene::new(80.0);
    scene.hatch((MARGIN, 8.0), (WIDTH - 2.0 * MARGIN, 64.0), Tone::Grid, 1.0);
    let width = glyphs::width(why, LABEL) + 24.0;
    scene.rect(((WIDTH - width) / 2.0, 22.0), (width, 36.0), Tone::Paper, 1.0);
    scene.text((WIDTH / 2.0, 46.0), LABEL, Anchor::Middle, Tone::Text, why);
    scene
}
