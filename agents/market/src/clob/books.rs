//! Book objects.

use crate::book::{Book, Depth, Level};
use crate::ids::TokenId;
use crate::json::{self, Object};
use crate::money::{Price, Shares};
use serde_json::Value;

/// Most shares believed at one level. Five hundred million is two hundred times the largest level seen, and every level of a
/// book with all ten thousand prices filled to it still adds up within the range of [`Shares`].
pub const LEVEL_SHARES_MAX: Shares = Shares::whole(500_000_000);
/// Most levels believed on one side: there are 9,999 prices between 0 and 1.
pub const BOOK_LEVELS_MAX: usize = 9_999;

/// Why a book object cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// Not a JSON object.
    #[error("the book is not an object")]
    NotAnObject,
    /// No usable token.
    #[error("the book names no token (asset_id)")]
    NoToken,
    /// No time stamp.
    #[error("the book carries no timestamp")]
    NoTime,
    /// A side is no list, or has more levels than there are prices.
    #[error("{side} is not a list of levels")]
    NoLevels {
        /// `bids` or `asks`.
        side: &'static str,
    },
    /// A level with a price outside 0 to 1, or an impossible size.
    #[error("{side} has a level that cannot be: {level}")]
    BadLevel {
        /// `bids` or `asks`.
        side: &'static str,
        /// The level, shortened.
        level: String,
    },
}

/// Parses one book object.
///
/// # Errors
/// [`BookError`] when token, time or any level is missing or impossible.
pub fn parse_book(value: &Value) -> Result<Book, BookError> {
    let book = value.as_object().ok_or(BookError::NotAnObject)?;
    let token = json::text(book, "asset_id").and_then(|t| TokenId::new(t).ok()).ok_or(BookError::NoToken)?;
    let at = json::millis(book, "timestamp").ok_or(BookError::NoTime)?;
    let (bids, asks) = (levels(book, "bids")?, levels(book, "asks")?);
    Ok(Book::from_levels(token, at, Depth::Full, bids, asks))
}

/// Parses the array `/books` answers with. Unreadable books are left out and returned with their reasons.
///
/// # Errors
/// A sentence when the answer is no JSON array.
pub fn parse_books(bytes: &[u8]) -> Result<(Vec<Book>, Vec<BookError>), String> {
    let rows: Vec<Value> = serde_json::from_slice(bytes).map_err(|e| format!("not a JSON list of books ({e})"))?;
    let (mut books, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        match parse_book(row) {
            Ok(book) => books.push(book),
            Err(e) => refused.push(e),
        }
    }
    Ok((books, refused))
}

fn levels(book: &Object, side: &'static str) -> Result<Vec<Level>, BookError> {
    let rows = match book.get(side) {
        // An empty side may be null or left out.
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(rows)) if rows.len() <= BOOK_LEVELS_MAX => rows,
        Some(_) => return Err(BookError::NoLevels { side }),
    };
    rows.iter()
        .map(|row| {
            level(row).ok_or_else(|| BookError::BadLevel { side, level: row.to_string().chars().take(80).collect() })
        })
        .collect()
}

fn level(row: &Value) -> Option<Level> {
    let (price, size) = (row.get("price")?, row.get("size")?);
    Some(Level { price: exact_price(price)?, size: level_size(size)? })
}

/// A level's price: exact, and strictly between 0 and 1.
pub(super) fn exact_price(value: &Value) -> Option<Price> {
    match value {
        // Rounding a price that is finer than the finest tick would invent one.
        Value::String(s) => s.trim().parse().ok().filter(|p| *p > Price::ZERO && *p < Price::ONE),
        _ => json::open_price(value),
    }
}

/// A level's size within [`LEVEL_SHARES_MAX`].
pub(super) fn level_size(value: &Value) -> Option<Shares> {
    json::shares(value).filter(|s| *s <= LEVEL_SHARES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn book(bids: Value, asks: Value) -> Value {
        json!({"asset_id": "7", "timestamp": "1000", "bids": bids, "asks": asks})
    }

    #[test]
    fn the_best_level_is_the_last_one_sent() {
        let sent = book(
            json!([{"price": "0.13", "size": "5"}, {"price": "0.154", "size": "555.09"}]),
            json!([{"price": "0.175", "size": "100"}, {"price": "0.155", "size": "1113.08"}]),
        );
        let book = parse_book(&sent).unwrap();
        assert_eq!(book.best_bid().unwrap().price.e4(), 1_540);
        assert_eq!(book.best_ask().unwrap().size, Shares::from_micros(1_113_080_000));
        assert_eq!(book.at.millis(), 1_000);
    }

    #[test]
    fn one_impossible_level_refuses_the_book() {
        for bad in [
            json!({"price": "0", "size": "5"}),
            json!({"price": "1", "size": "5"}),
            json!({"price": "0.00005", "size": "5"}),
            json!({"price": "0.5", "size": "-5"}),
            json!({"price": "0.5", "size": "500000000.1"}),
            json!({"price": "0.5"}),
            json!({"price": null, "size": "5"}),
            json!([0.5, 5]),
        ] {
            let refused = parse_book(&book(json!([bad.clone()]), json!([])));
            assert!(matches!(refused, Err(BookError::BadLevel { side: "bids", .. })), "{bad}: {refused:?}");
        }
    }

    #[test]
    fn names_what_is_missing() {
        assert_eq!(parse_book(&json!([])), Err(BookError::NotAnObject));
        assert_eq!(parse_book(&json!({"timestamp": "1"})), Err(BookError::NoToken));
        assert_eq!(parse_book(&json!({"asset_id": "7", "timestamp": "soon"})), Err(BookError::NoTime));
        assert_eq!(parse_book(&book(json!({}), json!([]))), Err(BookError::NoLevels { side: "bids" }));
        assert!(parse_book(&book(Value::Null, Value::Null)).unwrap().best_bid().is_none());
    }

    #[test]
    fn a_bad_book_does_not_spoil_the_others() {
        let answer = json!([book(json!([]), json!([])), {"asset_id": ""}]).to_string();
        let (books, refused) = parse_books(answer.as_bytes()).unwrap();
        assert_eq!((books.len(), refused), (1, vec![BookError::NoToken]));
        assert!(parse_books(b"{\"error\":\"x\"}").is_err());
        assert!(parse_books(&answer.as_bytes()[..answer.len() - 1]).is_err());
    }
}
