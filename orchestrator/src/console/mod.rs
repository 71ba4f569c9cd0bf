//! The console: a card as text. [`text`] lays it out, [`width`] counts columns.

pub mod door;
pub mod text;
pub mod width;

pub use text::{Style, render};
