//! How a backtest looks: charts, pages, tables and lines, made from the values of [`betty_trading::backtest::RunReport`].
//!
//! * [`words`]: how a number is written. One place, so that every surface writes it alike.
//! * [`draw`]: a picture as values, written as SVG for pages and drawn as PNG for chats.
//! * [`mod@charts`]: the pictures of one run.
//! * [`html`]: the page that needs nothing else. [`text`]: lines for a chat and a terminal. [`data`]: CSV and JSON.
//! * [`mod@compare`]: several runs beside each other.
//!
//! Everything is a function of its arguments: no file, no clock, no locale, the same bytes every time.

pub mod charts;
pub mod compare;
pub mod data;
pub mod draw;
pub mod html;
pub mod text;
pub mod words;

pub use charts::{Chart, charts};
pub use compare::{Comparison, compare};
pub use draw::{DrawError, Theme};
pub use html::{Section, page};
