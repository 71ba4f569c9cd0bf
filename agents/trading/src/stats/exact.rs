//! Floating point written as text that reads back to the same bits. Checkpoints need it: common JSON readers may be off in the last
//! digit, and a resumed computation must give the same bytes as one that never stopped.
//!
//! For `#[serde(with = "…::exact")]` on fields of type `f64`.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The shortest text that reads back to the same value.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// The text is not a number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not a number")))
}
