//! Single fields of a TOML table, each fault with its path.

use super::{Parsed, fault};
use crate::units::pct_number;
use toml::{Table, Value};

/// Furthest edit distance, as likeness from 0 to 1, at which a name is suggested.
const LIKENESS_MIN: f64 = 0.6;

/// Most characters of a mistyped name that an error repeats.
const SHOWN_CHARS_MAX: usize = 40;

pub(super) fn string<'a>(table: &'a Table, prefix: &str, key: &str) -> Parsed<&'a str> {
    let path = format!("{prefix}{key}");
    match table.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => fault(&path, "must be a text in quotes"),
        None => fault(&path, "is missing"),
    }
}

/// An optional text of one line; empty when it is not there.
pub(super) fn line<'a>(table: &'a Table, key: &str, chars_max: usize) -> Parsed<&'a str> {
    let text = if table.contains_key(key) { string(table, "", key)? } else { "" };
    if text.chars().count() > chars_max || text.chars().any(char::is_control) {
        return fault(key, format!("must be one line of at most {chars_max} characters"));
    }
    Ok(text)
}

/// A number from `low` to `high` with at most `decimals` decimals, scaled by `10^decimals`.
pub(super) fn number(table: &Table, prefix: &str, key: &str, decimals: u32, low: i64, high: i64) -> Parsed<i64> {
    let path = format!("{prefix}{key}");
    let range = format!("must be from {low} to {high}");
    let scale = 10_i64.pow(decimals);
    let scaled = match table.get(key) {
        None => return fault(&path, format!("is missing: a number from {low} to {high}")),
        Some(Value::Integer(whole)) => match whole.checked_mul(scale) {
            Some(scaled) => scaled,
            None => return fault(&path, range),
        },
        Some(Value::Float(value)) => {
            #[allow(clippy::cast_precision_loss)]
            let exact = value * scale as f64;
            // Inside the range first: beyond it a float has no decimals to speak of.
            #[allow(clippy::cast_precision_loss)]
            if !(low as f64..=high as f64).contains(value) {
                return fault(&path, format!("is {value}, {range}"));
            }
            if (exact - exact.round()).abs() > 1e-4 {
                return fault(&path, format!("has more than {decimals} decimals"));
            }
            #[allow(clippy::cast_possible_truncation)]
            {
                exact.round() as i64
            }
        }
        Some(_) => return fault(&path, "must be a number without quotes"),
    };
    if (low * scale..=high * scale).contains(&scaled) {
        Ok(scaled)
    } else {
        fault(&path, format!("is {}, {range}", pct_number(scaled.saturating_mul(10_000 / scale))))
    }
}

/// Refuses keys that are not known, with the nearest known one.
pub(super) fn only_keys(table: &Table, prefix: &str, known: &[&str]) -> Parsed<()> {
    match table.keys().find(|k| !known.contains(&k.as_str())) {
        None => Ok(()),
        Some(key) => {
            let shown = shown(key);
            fault(&format!("{prefix}{shown}"), format!("{} Known here: {}", unknown(&shown, known), known.join(", ")))
        }
    }
}

/// A mistyped name as an error repeats it.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(SHOWN_CHARS_MAX).collect()
}

pub(super) fn unknown(name: &str, known: &[&str]) -> String {
    match near(name, known) {
        Some(best) => format!("{name:?} is not known; did you mean {best:?}?"),
        None => format!("{name:?} is not known."),
    }
}

/// The known name most like a mistyped one, when there is one. A name that contains the other counts as alike.
pub(super) fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |k: &str| {
        let name = name.to_ascii_lowercase();
        let contains = name.len() >= 4 && (k.contains(&name) || name.contains(k));
        strsim::jaro_winkler(&name, k).max(if contains { 1.0 } else { 0.0 })
    };
    let scored = known.iter().map(|k| (likeness(k), *k));
    let best = scored.fold((0.0_f64, None), |best, (score, k)| if score > best.0 { (score, Some(k)) } else { best });
    best.1.filter(|_| best.0 >= LIKENESS_MIN)
}
