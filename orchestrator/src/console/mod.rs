//! The console: a card as text. [`text`] lays it out, [`width`] counts columns.

pub mod door;
pub mod text;
pub mod width;

pub use text::{Style, render};

/// The style for this standard output: the terminal's width, colour unless `NO_COLOR` says otherwise, plain lines for a pipe.
#[must_use]
pub fn style_here() -> Style {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let no_color = std::env::var("NO_COLOR").ok();
    Style::new(std::io::IsTerminal::is_terminal(&std::io::stdout()), columns, no_color.as_deref())
}
