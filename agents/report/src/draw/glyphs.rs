//! The embedded font: Inter Medium as a table of outlines (`assets/inter`, SIL Open Font License 1.1), for pixels and for widths.
//!
//! A page names its fonts and lets the browser draw; only pixels need outlines. Letters the table lacks are drawn as a box.

use super::scene::Anchor;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Units to the em.
const EM: f64 = 2048.0;

/// A step of an outline, in units of the em, y upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Move(f64, f64),
    Line(f64, f64),
    Quad(f64, f64, f64, f64),
    Close,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) advance: f64,
    pub(crate) steps: Vec<Step>,
}

static GLYPHS: LazyLock<BTreeMap<char, Glyph>> = LazyLock::new(|| {
    let lines = include_str!("../../assets/inter/medium.glyphs").lines();
    lines.filter(|l| !l.starts_with('#')).filter_map(read).collect()
});

/// What stands for a letter the table lacks.
static BOX: LazyLock<Glyph> = LazyLock::new(|| {
    let outer = [(150.0, 0.0), (150.0, 1400.0), (1050.0, 1400.0), (1050.0, 0.0)];
    let inner = [(270.0, 120.0), (930.0, 120.0), (930.0, 1280.0), (270.0, 1280.0)];
    let mut steps = Vec::new();
    for ring in [outer, inner] {
        steps.push(Step::Move(ring[0].0, ring[0].1));
        steps.extend(ring[1..].iter().map(|(x, y)| Step::Line(*x, *y)));
        steps.push(Step::Close);
    }
    Glyph { advance: 1200.0, steps }
});

/// One line of the table: code point, advance, path.
fn read(line: &str) -> Option<(char, Glyph)> {
    let mut parts = line.splitn(3, ' ');
    let c = char::from_u32(u32::from_str_radix(parts.next()?, 16).ok()?)?;
    let advance: i32 = parts.next()?.parse().ok()?;
    Some((c, Glyph { advance: f64::from(advance), steps: outline(parts.next().unwrap_or(""))? }))
}

/// Path data with the commands M, L, H, V, Q and Z, all absolute.
fn outline(data: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let (mut x, mut y) = (0.0, 0.0);
    let mut rest = data;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |i| i + 1);
        let mut numbers = Vec::new();
        for word in rest[1..end].split(' ').filter(|w| !w.is_empty()) {
            numbers.push(f64::from(word.parse::<i32>().ok()?));
        }
        match command {
            'M' | 'L' => {
                for (i, pair) in numbers.chunks_exact(2).enumerate() {
                    (x, y) = (pair[0], pair[1]);
                    steps.push(if command == 'M' && i == 0 { Step::Move(x, y) } else { Step::Line(x, y) });
                }
            }
            'H' => {
                x = *numbers.last()?;
                steps.push(Step::Line(x, y));
            }
            'V' => {
                y = *numbers.last()?;
                steps.push(Step::Line(x, y));
            }
            'Q' => {
                for q in numbers.chunks_exact(4) {
                    (x, y) = (q[2], q[3]);
                    steps.push(Step::Quad(q[0], q[1], x, y));
                }
            }
            'Z' => steps.push(Step::Close),
            _ => return None,
        }
        rest = &rest[end..];
    }
    Some(steps)
}

/// The outline of a letter.
pub(crate) fn glyph(c: char) -> &'static Glyph {
    GLYPHS.get(&c).unwrap_or(&BOX)
}

/// Units to the em, for drawing.
pub(crate) const fn em() -> f64 {
    EM
}

/// Width of a text at a size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| glyph(c).advance).sum::<f64>() / EM * size
}

/// Where a text of this anchor begins.
pub(crate) fn begin(x: f64, anchor: Anchor, text: &str, size: f64) -> f64 {
    match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width(text, size) / 2.0,
        Anchor::End => x - width(text, size),
    }
}

/// A text cut to a width, with an ellipsis where something is cut.
pub(crate) fn cut(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while !kept.is_empty() {
        kept.pop();
        let shorter: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if width(&shorter, size) <= most {
            return shorter;
        }
    }
    "…".to_owned()
}

/// Words into lines no wider than a width. A word wider than that stands alone.
pub(crate) fn wrap(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let table = include_str!("../../assets/inter/medium.glyphs");
        let lines: Vec<&str> = table.lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(GLYPHS.len(), lines.len());
        for (c, glyph) in GLYPHS.iter() {
            assert!(glyph.advance > 0.0, "{c:?}");
            let opened = glyph.steps.iter().filter(|s| matches!(s, Step::Move(..))).count();
            let closed = glyph.steps.iter().filter(|s| matches!(s, Step::Close)).count();
            assert_eq!(opened, closed, "{c:?}");
            assert_eq!(opened == 0, c.is_whitespace(), "{c:?}");
        }
    }

    #[test]
    fn the_letters_charts_use_are_there() {
        for c in (' '..='~').chain("—–·…±−°".chars()) {
            assert!(GLYPHS.contains_key(&c), "{c:?}");
        }
        assert!(!GLYPHS.contains_key(&'中'));
        assert_eq!(glyph('中'), &*BOX);
    }

    #[test]
    fn a_cut_text_fits() {
        let text = "Partition of a title race, tier one, and more words than fit";
        for most in [20.0, 80.0, 150.0, 400.0, 1000.0] {
            assert!(width(&cut(text, 18.0, most), 18.0) <= most, "{most}");
        }
        assert_eq!(cut(text, 18.0, 10_000.0), text);
        assert!(wrap(text, 18.0, 200.0).iter().all(|l| width(l, 18.0) <= 200.0));
    }
}
