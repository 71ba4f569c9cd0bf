//! A picture as SVG text. Presentation attributes hold the colours of one theme; the classes let a page put its own in their place.

use super::scene::{Anchor, Point, Scene, Shape, Theme, Tone, WIDTH};
use crate::words::is_deceptive;
use std::fmt::Write as _;

/// Fonts named in SVG and pages, the embedded one first.
pub(crate) const FONTS: &str = "Inter, system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif";

/// Text for an element or attribute: the five markup characters as entities, deceptive characters as U+FFFD, so that they show.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if is_deceptive(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// At most two decimals, none where none is needed.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn path_data(paths: &[Vec<Point>], closed: bool) -> String {
    let mut d = String::new();
    for path in paths {
        for (i, (x, y)) in path.iter().enumerate() {
            d.push(if i == 0 { 'M' } else { 'L' });
            let _ = write!(d, "{} {}", number(*x), number(*y));
        }
        if closed {
            d.push('Z');
        }
    }
    d
}

fn opacity(value: f64) -> String {
    if value >= 1.0 { String::new() } else { format!(" opacity=\"{}\"", number(value)) }
}

fn shape(out: &mut String, shape: &Shape, theme: Theme) {
    match shape {
        Shape::Fill { paths, tone, opacity: o, tip } => {
            let (class, hex, d) = (tone.name(), tone.hex(theme), path_data(paths, true));
            let _ = write!(out, "<path class=\"f-{class}\" fill=\"{hex}\"{} d=\"{d}\"", opacity(*o));
            match tip {
                Some(tip) => {
                    let _ = writeln!(out, "><title>{}</title></path>", escape(tip));
                }
                None => out.push_str("/>\n"),
            }
        }
        Shape::Stroke { paths, tone, width, dashed, opacity: o } => {
            let (class, hex, d) = (tone.name(), tone.hex(theme), path_data(paths, false));
            let dash = if *dashed { " stroke-dasharray=\"8 6\"" } else { "" };
            let _ = writeln!(
                out,
                "<path class=\"s-{class}\" fill=\"none\" stroke=\"{hex}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}{} d=\"{d}\"/>",
                number(*width),
                opacity(*o),
            );
        }
        Shape::Text { at, size, anchor, tone, opacity: o, text } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let _ = writeln!(
                out,
                "<text class=\"f-{}\" fill=\"{}\"{} x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}>{}</text>",
                tone.name(),
                tone.hex(theme),
                opacity(*o),
                number(at.0),
                number(at.1),
                number(*size),
                escape(text),
            );
        }
    }
}

/// The scene as an element. `id` makes the ids of its title and description; `ground` paints the paper under it.
pub(crate) fn svg(scene: &Scene, theme: Theme, id: &str, title: &str, summary: &str, ground: bool) -> String {
    let (w, h) = (number(WIDTH), number(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\" font-family=\"{FONTS}\" font-weight=\"500\">\n<title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n",
        escape(title),
        escape(summary),
    );
    if ground {
        let _ = writeln!(
            out,
            "<path class=\"f-paper\" fill=\"{}\" d=\"M0 0L{w} 0L{w} {h}L0 {h}Z\"/>",
            Tone::Paper.hex(theme)
        );
    }
    for s in &scene.shapes {
        shape(&mut out, s, theme);
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a text holds, the picture stays well-formed, and the text is read back as it was but for deceptive characters.
        #[test]
        fn any_text_keeps_the_picture_well_formed(text in any::<String>()) {
            let mut scene = Scene::new(10.0);
            scene.text((1.0, 2.0), 3.0, Anchor::Start, Tone::Text, text.clone());
            scene.told((0.0, 0.0), (1.0, 1.0), Tone::Blue, 0.5, text.clone());
            let written = svg(&scene, Theme::Dark, "x", &text, &text, true);
            let read = roxmltree::Document::parse(&written).unwrap();
            let shown = read.descendants().find(|n| n.has_tag_name("text")).unwrap().text().unwrap_or("").to_owned();
            let expected: String = text.chars().map(|c| match c {
                '\n' | '\t' => c,
                c if is_deceptive(c) => '\u{fffd}',
                c => c,
            }).collect();
            prop_assert_eq!(shown, expected);
        }
    }
}
