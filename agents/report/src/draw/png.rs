//! A picture as PNG bytes. Solid fills and strokes without vector instructions and a compressor without settings of the machine:
//! the same bytes everywhere.

use super::glyphs::{Step, begin, em, glyph};
use super::scene::{Point, Scene, Shape, Theme, Tone, WIDTH};
use ::png::{BitDepth, ColorType, Compression, Encoder};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Stroke, StrokeDash,
    Transform,
};

/// Largest scale: pixels to a unit.
const SCALE_MAX: u32 = 4;

/// Why a picture could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// No picture has this size.
    #[error("a picture of {width} by {height} pixels cannot be drawn: choose a scale from 1 to {SCALE_MAX}")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The pixels could not be written.
    #[error("the picture could not be written as PNG: {0}")]
    Encode(#[from] ::png::EncodingError),
}

/// Draws the scene, `scale` pixels to the unit, on the theme's ground.
///
/// # Errors
/// [`DrawError::Size`] when the scale is 0 or above 4.
pub fn png(scene: &Scene, theme: Theme, scale: u32) -> Result<Vec<u8>, DrawError> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (units_wide, units_high) = (WIDTH as u32, scene.height.clamp(0.0, 10_000.0).ceil() as u32);
    let (width, height) = (units_wide.saturating_mul(scale), units_high.saturating_mul(scale));
    let size = DrawError::Size { width, height };
    if scale > SCALE_MAX {
        return Err(size);
    }
    let mut pixels = Pixmap::new(width, height).ok_or(size)?;
    let [r, g, b] = Tone::Paper.rgb(theme);
    pixels.fill(Color::from_rgba8(r, g, b, 255));
    #[allow(clippy::cast_precision_loss)]
    let at = Transform::from_scale(scale as f32, scale as f32);
    for shape in &scene.shapes {
        draw(&mut pixels, shape, theme, at);
    }
    encode(&pixels)
}

/// The pixels as PNG, three bytes each before compression.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, DrawError> {
    // The ground is opaque and stays so: there is no alpha to keep.
    let rgb: Vec<u8> =
        pixels.pixels().iter().flat_map(|p: &PremultipliedColorU8| [p.red(), p.green(), p.blue()]).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(ColorType::Rgb);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}

#[allow(clippy::cast_possible_truncation)]
fn polygon(paths: &[Vec<Point>], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for path in paths {
        for (i, (x, y)) in path.iter().enumerate() {
            if i == 0 { builder.move_to(*x as f32, *y as f32) } else { builder.line_to(*x as f32, *y as f32) }
        }
        if closed {
            builder.close();
        }
    }
    builder.finish()
}

#[allow(clippy::cast_possible_truncation)]
fn lettering(at: Point, size: f64, text: &str) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let scale = size / em();
    let mut left = at.0;
    for c in text.chars() {
        let glyph = glyph(c);
        let x = |v: f64| (left + v * scale) as f32;
        let y = |v: f64| (at.1 - v * scale) as f32;
        for step in &glyph.steps {
            match *step {
                Step::Move(a, b) => builder.move_to(x(a), y(b)),
                Step::Line(a, b) => builder.line_to(x(a), y(b)),
                Step::Quad(a, b, c, d) => builder.quad_to(x(a), y(b), x(c), y(d)),
                Step::Close => builder.close(),
            }
        }
        left += glyph.advance * scale;
    }
    builder.finish()
}

fn draw(pixels: &mut Pixmap, shape: &Shape, theme: Theme, at: Transform) {
    let paint = |tone: Tone, opacity: f64| {
        let [r, g, b] = tone.rgb(theme);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
        let mut paint = Paint::default();
        paint.set_color_rgba8(r, g, b, alpha);
        paint
    };
    match shape {
        Shape::Fill { paths, tone, opacity, .. } => {
            if let Some(path) = polygon(paths, true) {
                pixels.fill_path(&path, &paint(*tone, *opacity), FillRule::Winding, at, None);
            }
        }
        Shape::Stroke { paths, tone, width, dashed, opacity } => {
            if let Some(path) = polygon(paths, false) {
                #[allow(clippy::cast_possible_truncation)]
                let stroke = Stroke {
                    width: *width as f32,
                    line_cap: LineCap::Butt,
                    line_join: LineJoin::Round,
                    dash: dashed.then(|| StrokeDash::new(vec![8.0, 6.0], 0.0)).flatten(),
                    ..Stroke::default()
                };
                pixels.stroke_path(&path, &paint(*tone, *opacity), &stroke, at, None);
            }
        }
        Shape::Text { at: point, size, anchor, tone, opacity, text } => {
            let left = begin(point.0, *anchor, text, *size);
            if let Some(path) = lettering((left, point.1), *size, text) {
                pixels.fill_path(&path, &paint(*tone, *opacity), FillRule::Winding, at, None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Anchor;
    use super::*;

    /// Pixels of a PNG, row by row.
    fn decode(bytes: &[u8]) -> (usize, Vec<[u8; 3]>) {
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut buffer).unwrap();
        assert_eq!(info.color_type, ColorType::Rgb);
        (info.width as usize, buffer.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect())
    }

    #[test]
    fn ink_is_where_it_was_put_and_nowhere_else() {
        let mut scene = Scene::new(100.0);
        scene.rect((100.0, 20.0), (50.0, 30.0), Tone::Blue, 1.0);
        scene.line((300.0, 60.0), (900.0, 60.0), Tone::Orange, 4.0);
        for theme in [Theme::Light, Theme::Dark] {
            for scale in [1_usize, 2] {
                let (width, pixels) = decode(&png(&scene, theme, scale as u32).unwrap());
                assert_eq!((width, pixels.len()), (1000 * scale, 1000 * 100 * scale * scale));
                let at = |x: usize, y: usize| pixels[y * scale * width + x * scale];
                assert_eq!(at(125, 35), Tone::Blue.rgb(theme));
                assert_eq!(at(600, 60), Tone::Orange.rgb(theme));
                for (x, y) in [(99, 35), (151, 35), (125, 18), (125, 51), (600, 50), (299, 60), (5, 5)] {
                    assert_eq!(at(x, y), Tone::Paper.rgb(theme), "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn text_has_ink_within_its_measure() {
        let mut scene = Scene::new(60.0);
        scene.text((500.0, 40.0), 30.0, Anchor::Middle, Tone::Text, "Profit 12");
        let (width, pixels) = decode(&png(&scene, Theme::Light, 1).unwrap());
        let inked: Vec<usize> = (0..pixels.len()).filter(|i| pixels[*i] != [255; 3]).map(|i| i % width).collect();
        let half = super::super::glyphs::width("Profit 12", 30.0) / 2.0;
        let (first, last) = (*inked.iter().min().unwrap() as f64, *inked.iter().max().unwrap() as f64);
        assert!((first - (500.0 - half)).abs() < 5.0 && (last - (500.0 + half)).abs() < 5.0, "{first} {last} {half}");
        assert!(pixels.contains(&Tone::Text.rgb(Theme::Light)));
    }

    #[test]
    fn sizes_that_cannot_be_drawn_are_refused() {
        assert!(matches!(png(&Scene::new(10.0), Theme::Light, 0), Err(DrawError::Size { .. })));
        assert!(matches!(png(&Scene::new(10.0), Theme::Light, 5), Err(DrawError::Size { .. })));
        assert!(matches!(png(&Scene::new(0.0), Theme::Light, 1), Err(DrawError::Size { .. })));
        assert!(matches!(png(&Scene::new(f64::NAN), Theme::Light, 1), Err(DrawError::Size { .. })));
    }
}
