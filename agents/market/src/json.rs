//! Tolerant reading of single JSON fields. The venue writes numbers as strings, lists as JSON inside a string, and nulls.
//!
//! Every reader answers `None` for what is absent, null, empty or of the wrong type; none of them panics.

use crate::money::{Price, Shares};
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// A text, trimmed; a number becomes its own text. Empty counts as absent.
pub(crate) fn text(object: &Object, key: &str) -> Option<String> {
    scalar_text(object.get(key)?)
}

/// The text of a string or number, trimmed; empty counts as absent.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => {
            let s = s.trim();
            (!s.is_empty()).then(|| s.to_owned())
        }
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A truth value, also when written as text.
pub(crate) fn boolean(object: &Object, key: &str) -> Option<bool> {
    match object.get(key)? {
        Value::Bool(b) => Some(*b),
        Value::String(s) => match s.trim() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A finite number, also when written as text.
pub(crate) fn number(object: &Object, key: &str) -> Option<f64> {
    scalar_number(object.get(key)?)
}

/// The finite number in a JSON number or a text.
pub(crate) fn scalar_number(value: &Value) -> Option<f64> {
    let n = match value {
        Value::Number(n) => n.as_f64()?,
        Value::String(s) => s.trim().parse().ok()?,
        _ => return None,
    };
    n.is_finite().then_some(n)
}

/// A list: an array, or an array written as JSON inside a string.
pub(crate) fn list<'a>(object: &'a Object, key: &str) -> Option<Cow<'a, [Value]>> {
    match object.get(key)? {
        Value::Array(items) => Some(Cow::Borrowed(items)),
        Value::String(s) => serde_json::from_str::<Vec<Value>>(s).ok().map(Cow::Owned),
        _ => None,
    }
}

/// A price; numbers are rounded to the ten-thousandth, and 0 and 1 are kept.
pub(crate) fn price(value: &Value) -> Option<Price> {
    match value {
        Value::String(s) => s.trim().parse().ok().or_else(|| Price::from_f64(scalar_number(value)?)),
        _ => Price::from_f64(scalar_number(value)?),
    }
}

/// A price somebody can trade at: strictly between 0 and 1. The venue writes 0 and 1 where a side is empty.
pub(crate) fn open_price(value: &Value) -> Option<Price> {
    price(value).filter(|p| *p > Price::ZERO && *p < Price::ONE)
}

/// Shares, exact where written as text, rounded to the micro-share where a number. Never negative.
pub(crate) fn shares(value: &Value) -> Option<Shares> {
    let shares = match value {
        Value::String(s) => s.trim().parse::<Shares>().ok()?,
        _ => {
            let micros = (scalar_number(value)? * 1e6).round();
            #[allow(clippy::cast_possible_truncation)]
            let exact = (micros.abs() < 9e18).then_some(micros as i64)?;
            Shares::from_micros(exact)
        }
    };
    (!shares.is_negative()).then_some(shares)
}

/// Whole dollars, rounded down. Never negative.
pub(crate) fn whole_dollars(object: &Object, key: &str) -> Option<u64> {
    let n = number(object, key)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (0.0..1e15).contains(&n).then_some(n as u64)
}

/// An RFC 3339 instant or a bare date.
pub(crate) fn instant(object: &Object, key: &str) -> Option<Timestamp> {
    Timestamp::parse(object.get(key)?.as_str()?.trim())
}

/// Milliseconds since the epoch, as the order book service writes them: digits in a string or a number.
pub(crate) fn millis(object: &Object, key: &str) -> Option<Timestamp> {
    let millis = match object.get(key)? {
        Value::String(s) => s.trim().parse::<i64>().ok()?,
        Value::Number(n) => n.as_i64()?,
        _ => return None,
    };
    (millis > 0).then(|| Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn reads_every_spelling() {
        let o = object(
            json!({"a": " x ", "b": 7, "c": "7.5", "d": "[\"1\",\"0\"]", "e": [1], "f": "true", "g": "1766789469958"}),
        );
        assert_eq!(text(&o, "a").as_deref(), Some("x"));
        assert_eq!(text(&o, "b").as_deref(), Some("7"));
        assert_eq!(number(&o, "c"), Some(7.5));
        assert_eq!(list(&o, "d").unwrap().len(), 2);
        assert_eq!(list(&o, "e").unwrap().len(), 1);
        assert_eq!(boolean(&o, "f"), Some(true));
        assert_eq!(millis(&o, "g"), Some(Timestamp::from_millis(1_766_789_469_958)));
    }

    #[test]
    fn absent_null_empty_and_wrong_types_are_none() {
        let o = object(json!({"null": null, "empty": "  ", "object": {}, "nan": "NaN", "inf": "inf", "cut": "[\"1\""}));
        for key in ["missing", "null", "empty", "object", "nan", "inf", "cut"] {
            assert_eq!(number(&o, key), None, "{key}");
            assert_eq!(boolean(&o, key), None, "{key}");
            assert!(list(&o, key).is_none(), "{key}");
            assert_eq!(instant(&o, key), None, "{key}");
            assert_eq!(millis(&o, key), None, "{key}");
        }
        assert_eq!(text(&o, "empty"), None);
    }

    #[test]
    fn prices_and_shares_keep_their_range() {
        assert_eq!(price(&json!("0.154")).unwrap().e4(), 1_540);
        assert_eq!(price(&json!(0.1545)).unwrap().e4(), 1_545);
        assert_eq!(price(&json!(1.2)), None);
        assert_eq!(price(&json!(-0.1)), None);
        assert_eq!(open_price(&json!(0)), None);
        assert_eq!(open_price(&json!("1")), None);
        assert_eq!(shares(&json!("6094.58")), Some(Shares::from_micros(6_094_580_000)));
        assert_eq!(shares(&json!(5)), Some(Shares::whole(5)));
        assert_eq!(shares(&json!("-5")), None);
        assert_eq!(shares(&json!(1e30)), None);
    }
}
