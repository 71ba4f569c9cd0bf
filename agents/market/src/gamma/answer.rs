//! Whole answers of Gamma: arrays, pages, and events that list their markets.

use super::row::{RowError, event_ref, parse_market};
use crate::json;
use crate::market::Market;
use serde_json::Value;

/// What the venue's older services write where there is no next page: -1 in base 64.
const LAST_CURSOR: &str = "LTE=";

/// An answer, row by row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Rows that are markets, in the order of the answer.
    pub markets: Vec<Market>,
    /// Rows that are not, each with its reason.
    pub rejected: Vec<Rejected>,
    /// Where the next page starts; `None` on the last one.
    pub next_cursor: Option<String>,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its id, when it had one.
    pub id: Option<String>,
    /// Why.
    pub reason: RowError,
}

/// Why a whole answer cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Not JSON, or cut off.
    #[error("the text is not whole JSON ({reason}); it was cut off or is something else")]
    NotJson {
        /// The JSON reader's words.
        reason: String,
    },
    /// JSON, but no list of rows in it.
    #[error("the JSON holds no list of markets: expected an array, or an object with markets, events or data")]
    NoRows,
}

/// Parses an answer that lists markets or events: a bare array, `{"markets": […]}`, `{"events": […]}`, `{"data": […]}`, a keyset
/// page with `next_cursor`, or a single market or event object.
///
/// # Errors
/// [`ParseError`] when the text is not whole JSON or lists nothing. Bad rows are not errors: see [`Parsed::rejected`].
pub fn parse_markets(bytes: &[u8]) -> Result<Parsed, ParseError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| ParseError::NotJson { reason: e.to_string() })?;
    parse_markets_value(&value)
}

/// [`parse_markets`] for an answer that is already a JSON value.
///
/// # Errors
/// [`ParseError::NoRows`] when it lists nothing.
pub fn parse_markets_value(value: &Value) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    match value {
        Value::Array(rows) => parsed.rows(rows),
        Value::Object(object) => {
            let rows = ["markets", "events", "data"].iter().find_map(|key| object.get(*key)?.as_array());
            if object.contains_key("conditionId") || object.contains_key("id") {
                parsed.row(value);
            } else {
                parsed.rows(rows.ok_or(ParseError::NoRows)?);
            }
            parsed.next_cursor = json::text(object, "next_cursor").filter(|c| c != LAST_CURSOR);
        }
        _ => return Err(ParseError::NoRows),
    }
    Ok(parsed)
}

/// The markets an event object lists, each with the event attached; empty when it lists none.
#[must_use]
pub fn parse_event_markets(event: &Value) -> Parsed {
    let mut parsed = Parsed::default();
    parsed.event(event);
    parsed
}

impl Parsed {
    fn rows(&mut self, rows: &[Value]) {
        for row in rows {
            self.row(row);
        }
    }

    /// A market, or an event with its markets: only markets have a condition, and only events have a list of markets.
    fn row(&mut self, row: &Value) {
        let is_event = row.get("conditionId").is_none() && row.get("markets").is_some_and(Value::is_array);
        if is_event { self.event(row) } else { self.market(row) }
    }

    fn market(&mut self, row: &Value) {
        match parse_market(row) {
            Ok(market) => self.markets.push(market),
            Err(reason) => {
                let id = row.as_object().and_then(|o| json::text(o, "id"));
                self.rejected.push(Rejected { id, reason });
            }
        }
    }

    fn event(&mut self, event: &Value) {
        let Some(event) = event.as_object() else { return };
        let Some(rows) = event.get("markets").and_then(Value::as_array) else { return };
        let reference = event_ref(event);
        // The rows of an event do not repeat it, and neg-risk facts stand on the event: give each row what it lacks.
        let head: json::Object =
            event.iter().filter(|(key, _)| *key != "markets").map(|(k, v)| (k.clone(), v.clone())).collect();
        for row in rows {
            let mut row = row.clone();
            if let Some(object) = row.as_object_mut() {
                object.insert("events".to_owned(), Value::Array(vec![Value::Object(head.clone())]));
            }
            let before = self.markets.len();
            self.market(&row);
            if let Some(market) = self.markets.get_mut(before) {
                market.event.clone_from(&reference);
            }
        }
    }
}
