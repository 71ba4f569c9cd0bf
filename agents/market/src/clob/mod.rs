//! The order book service's answers and messages.
//!
//! * `books`: book objects, as `/book`, `/books` and the websocket send them.
//! * `history`: past prices.
//! * [`ws`]: messages of the websocket market channel.
//!
//! Bids arrive ascending and asks descending, so the best level is the last one; [`crate::book::Book`] turns that around. A book with
//! one unreadable level is refused whole: a book that lacks a level would look cheaper or dearer than it is.

mod books;
mod history;
pub mod ws;

pub use books::{BOOK_LEVELS_MAX, BookError, LEVEL_SHARES_MAX, parse_book, parse_books};
pub use history::parse_history;
pub(crate) use history::sort_points;

#[cfg(test)]
mod tests;
