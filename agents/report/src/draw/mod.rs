//! A picture as values, written as SVG text and drawn as PNG bytes.
//!
//! * [`Scene`]: filled and stroked polygons and texts, in units of a picture 1000 wide. Colours are [`Tone`]s, not values.
//! * `svg`: the scene as text. Pages recolour it by class. [`png()`]: the scene as pixels, the same on every machine.
//! * `glyphs`: the one embedded font, as outlines and widths.
//! * `axis`: round numbers and dates along an axis.
//!
//! A chart is a handful of polygons and labels, so both forms are written here. A library of charts would decide on the looks and still
//! know no themes, and one that reads SVG back would bring a shaping engine for text that has none to shape.

pub(crate) mod axis;
pub(crate) mod glyphs;
mod png;
pub(crate) mod scene;
pub(crate) mod svg;

pub use png::{DrawError, png};
pub use scene::{Scene, Theme, Tone};
