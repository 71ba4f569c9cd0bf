//! Gamma's answers, parsed tolerantly into [`crate::market::Market`].
//!
//! * `row`: one market object; what is identity and what is optional.
//! * `answer`: whole answers: arrays, pages, event objects that list their markets.
//!
//! A row whose identity fields are missing is left out with a typed reason and counted. Everything else is optional, and
//! unknown fields are ignored. Nothing here panics on any input.

mod answer;
mod row;

pub use answer::{ParseError, Parsed, Rejected, parse_event_markets, parse_markets, parse_markets_value};
pub use row::{MIN_SIZE_FALLBACK, RowError, TICK_FALLBACK_E4, parse_market};

#[cfg(test)]
mod tests;
