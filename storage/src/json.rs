//! Documents and numbers on their way into and out of the database.

use betty_bus::JournalError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest stored document, in bytes: a report of ten thousand hedges fits, a runaway one is refused before it fills the disk.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// JSON text of a value.
pub(crate) fn text<T: Serialize>(value: &T, what: &str) -> Result<String, JournalError> {
    let text = serde_json::to_string(value).map_err(|e| JournalError::Invariant(format!("{what} has no JSON: {e}")))?;
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(JournalError::Invariant(format!(
            "{what} is {} bytes long, the most stored is {DOCUMENT_BYTES_MAX}",
            text.len()
        )));
    }
    Ok(text)
}

/// The value of a stored JSON text; the error names the row.
pub(crate) fn value<T: DeserializeOwned>(text: &str, row: impl FnOnce() -> String) -> Result<T, String> {
    serde_json::from_str(text).map_err(|e| format!("{} cannot be read: {e}", row()))
}

/// A count as SQL keeps it.
pub(crate) fn int(value: u64, what: &str) -> Result<i64, JournalError> {
    i64::try_from(value).map_err(|_| JournalError::Invariant(format!("{what} is {value}, more than {}", i64::MAX)))
}

/// A count as stored; the error names the row.
pub(crate) fn count<T: TryFrom<i64>>(value: i64, row: impl FnOnce() -> String) -> Result<T, String> {
    T::try_from(value).map_err(|_| format!("{} cannot be read: {value} is out of range", row()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_and_too_large_are_refused() {
        assert!(text(&"x".repeat(DOCUMENT_BYTES_MAX - 2), "it").is_ok());
        assert!(matches!(text(&"x".repeat(DOCUMENT_BYTES_MAX - 1), "it"), Err(JournalError::Invariant(_))));
        assert_eq!(int(i64::MAX as u64, "n").unwrap(), i64::MAX);
        assert!(int(i64::MAX as u64 + 1, "n").is_err());
        assert!(count::<u32>(-1, || "row".to_owned()).is_err());
        assert!(value::<u32>("no", || "task #7".to_owned()).unwrap_err().starts_with("task #7"));
    }
}
