//! A key that shows nowhere.

use std::fmt;

/// The endpoint's key. Neither `Debug` nor `Display` shows it, and texts from the endpoint are cleaned of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Shortest key that is looked for in texts; a shorter one would blot out ordinary words.
const CLEANED_BYTES_MIN: usize = 6;

impl ApiKey {
    /// Takes a key as it was read; white space around it is no part of it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// For the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// A text without the key.
    pub(crate) fn clean(&self, text: &str) -> String {
        if self.0.len() < CLEANED_BYTES_MIN { text.to_owned() } else { text.replace(&self.0, "[key]") }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([hidden])")
    }
}
