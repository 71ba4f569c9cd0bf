//! What a picture consists of.

/// A point: x to the right, y downwards.
pub(crate) type Point = (f64, f64);

/// Width of every picture.
pub(crate) const WIDTH: f64 = 1000.0;

/// The colours of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white.
    Light,
    /// Light on near-black.
    Dark,
}

/// A colour by what it is for. Gain and loss differ in hue, in sign and in shape, never in hue alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The ground.
    Paper,
    /// Text.
    Text,
    /// Less important text and marks.
    Muted,
    /// Lines to read along.
    Grid,
    /// What was won, and the main series.
    Blue,
    /// What was lost or paid.
    Orange,
}

/// Every tone, in the order of the enum.
#[cfg(test)]
pub(crate) const TONES: [Tone; 6] = [Tone::Paper, Tone::Text, Tone::Muted, Tone::Grid, Tone::Blue, Tone::Orange];

impl Tone {
    /// Red, green, blue. Text and marks keep a contrast of at least 4.5 to the ground in both themes, which a test computes.
    #[must_use]
    pub const fn rgb(self, theme: Theme) -> [u8; 3] {
        match (theme, self) {
            (Theme::Light, Self::Paper) => [0xff, 0xff, 0xff],
            (Theme::Light, Self::Text) => [0x1a, 0x1f, 0x26],
            (Theme::Light, Self::Muted) => [0x56, 0x60, 0x6b],
            (Theme::Light, Self::Grid) => [0xdb, 0xe0, 0xe6],
            (Theme::Light, Self::Blue) => [0x0b, 0x5c, 0xad],
            (Theme::Light, Self::Orange) => [0xb3, 0x4f, 0x06],
            (Theme::Dark, Self::Paper) => [0x15, 0x19, 0x1f],
            (Theme::Dark, Self::Text) => [0xe8, 0xec, 0xf1],
            (Theme::Dark, Self::Muted) => [0x9d, 0xa8, 0xb5],
            (Theme::Dark, Self::Grid) => [0x33, 0x3b, 0x46],
            (Theme::Dark, Self::Blue) => [0x6a, 0xb1, 0xff],
            (Theme::Dark, Self::Orange) => [0xff, 0xa6, 0x4d],
        }
    }

    /// `#0b5cad`.
    #[must_use]
    pub fn hex(self, theme: Theme) -> String {
        let [r, g, b] = self.rgb(theme);
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// The end of its class names and style variables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Grid => "grid",
            Self::Blue => "blue",
            Self::Orange => "orange",
        }
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One thing to draw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Closed polygons.
    Fill { paths: Vec<Vec<Point>>, tone: Tone, opacity: f64, tip: Option<String> },
    /// Lines.
    Stroke { paths: Vec<Vec<Point>>, tone: Tone, width: f64, dashed: bool, opacity: f64 },
    /// One line of text; the point lies on its base line.
    Text { at: Point, size: f64, anchor: Anchor, tone: Tone, opacity: f64, text: String },
}

/// A picture, 1000 units wide.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub(crate) height: f64,
    pub(crate) shapes: Vec<Shape>,
}

impl Scene {
    pub(crate) fn new(height: f64) -> Self {
        Self { height, shapes: Vec::new() }
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, tone: Tone, width: f64) {
        self.shapes.push(Shape::Stroke { paths: vec![vec![from, to]], tone, width, dashed: false, opacity: 1.0 });
    }

    pub(crate) fn dashed(&mut self, path: Vec<Point>, tone: Tone, width: f64) {
        self.shapes.push(Shape::Stroke { paths: vec![path], tone, width, dashed: true, opacity: 1.0 });
    }

    pub(crate) fn stroke(&mut self, path: Vec<Point>, tone: Tone, width: f64) {
        self.shapes.push(Shape::Stroke { paths: vec![path], tone, width, dashed: false, opacity: 1.0 });
    }

    pub(crate) fn fill(&mut self, paths: Vec<Vec<Point>>, tone: Tone, opacity: f64) {
        self.shapes.push(Shape::Fill { paths, tone, opacity, tip: None });
    }

    pub(crate) fn rect(&mut self, (x, y): Point, (w, h): Point, tone: Tone, opacity: f64) {
        self.fill(vec![corners((x, y), (w, h))], tone, opacity);
    }

    /// A rectangle that says what it is when pointed at.
    pub(crate) fn told(&mut self, at: Point, size: Point, tone: Tone, opacity: f64, tip: String) {
        self.shapes.push(Shape::Fill { paths: vec![corners(at, size)], tone, opacity, tip: Some(tip) });
    }

    /// Slanted lines in a rectangle: thin evidence, or none.
    pub(crate) fn hatch(&mut self, (x, y): Point, (w, h): Point, tone: Tone, opacity: f64) {
        let gap = 9.0;
        let mut paths = Vec::new();
        // The line x + y = c cut to the rectangle, for c from corner to corner.
        let mut c = gap;
        while c < w + h {
            let from = if c <= h { (x, y + c) } else { (x + c - h, y + h) };
            let to = if c <= w { (x + c, y) } else { (x + w, y + c - w) };
            paths.push(vec![from, to]);
            c += gap;
        }
        if !paths.is_empty() {
            self.shapes.push(Shape::Stroke { paths, tone, width: 1.5, dashed: false, opacity });
        }
    }

    pub(crate) fn text(&mut self, at: Point, size: f64, anchor: Anchor, tone: Tone, text: impl Into<String>) {
        self.shapes.push(Shape::Text { at, size, anchor, tone, opacity: 1.0, text: text.into() });
    }

    /// A triangle beside an amount, up for a gain and down for a loss, then the amount. Returns nothing for neither.
    pub(crate) fn arrow(&mut self, (x, y): Point, size: f64, up: bool) {
        let (h, w) = (size * 0.62, size * 0.62);
        let (tone, path) = if up {
            (Tone::Blue, vec![(x, y), (x + w, y), (x + w / 2.0, y - h)])
        } else {
            (Tone::Orange, vec![(x, y - h), (x + w, y - h), (x + w / 2.0, y)])
        };
        self.fill(vec![path], tone, 1.0);
    }

    /// Everything of another picture, moved down.
    pub(crate) fn place(&mut self, other: &Self, dy: f64) {
        let moved = |paths: &[Vec<Point>]| -> Vec<Vec<Point>> {
            paths.iter().map(|p| p.iter().map(|(x, y)| (*x, y + dy)).collect()).collect()
        };
        for shape in &other.shapes {
            let mut shape = shape.clone();
            match &mut shape {
                Shape::Fill { paths, .. } | Shape::Stroke { paths, .. } => *paths = moved(paths),
                Shape::Text { at, .. } => at.1 += dy,
            }
            self.shapes.push(shape);
        }
    }
}

fn corners((x, y): Point, (w, h): Point) -> Vec<Point> {
    vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast ratio of WCAG 2.2.
    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let luminance = |rgb: [u8; 3]| {
            let linear = rgb.map(|c| {
                let c = f64::from(c) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_marks_can_be_read_on_the_ground() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        for theme in [Theme::Light, Theme::Dark] {
            for tone in [Tone::Text, Tone::Muted, Tone::Blue, Tone::Orange] {
                let ratio = contrast(tone.rgb(theme), Tone::Paper.rgb(theme));
                assert!(ratio >= 4.5, "{tone:?} in {theme:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn a_hatch_stays_inside_its_rectangle() {
        for (w, h) in [(100.0, 40.0), (3.0, 40.0), (40.0, 100.0), (8.0, 8.0)] {
            let mut scene = Scene::new(100.0);
            scene.hatch((10.0, 20.0), (w, h), Tone::Muted, 1.0);
            for shape in &scene.shapes {
                let Shape::Stroke { paths, .. } = shape else { panic!("a hatch is lines") };
                for (x, y) in paths.iter().flatten() {
                    assert!((10.0..=10.0 + w).contains(x) && (20.0..=20.0 + h).contains(y), "{x} {y} in {w} × {h}");
                }
            }
        }
    }
}
