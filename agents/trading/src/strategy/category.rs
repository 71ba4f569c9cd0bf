//! Categories of markets, for entry filters.
//!
//! The venue's answers carry no category that holds for every market, so a category is what can be read off the event itself: whole
//! words of its series, slug or title. `crypto` matches the slug `crypto-prices-june`; `premier-league` matches the title
//! "Premier League winner"; `rain` does not match "Ukraine".

use betty_market::Market;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest category, bytes.
pub const CATEGORY_BYTES_MAX: usize = 32;

/// A category: words of `a-z` and `0-9`, joined by `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Category(Box<str>);

/// A text that is no category.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no category: use words of a-z and 0-9 joined by -, 1 to {CATEGORY_BYTES_MAX} characters, such as \"crypto\" or \"premier-league\""
)]
pub struct CategoryError(String);

impl Category {
    /// Checks and wraps a category.
    ///
    /// # Errors
    /// [`CategoryError`] when the text is empty, too long, or not words joined by single hyphens.
    pub fn new(text: &str) -> Result<Self, CategoryError> {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if text.len() <= CATEGORY_BYTES_MAX && text.split('-').all(word) {
            Ok(Self(text.into()))
        } else {
            Err(CategoryError(text.chars().take(40).collect()))
        }
    }

    /// The category.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a market's event names this category. A market without an event names none.
    #[must_use]
    pub fn matches(&self, market: &Market) -> bool {
        let Some(event) = &market.event else { return false };
        let wanted = format!("-{}-", self.0);
        let texts = [event.series.as_deref(), Some(event.slug.as_str()), Some(event.title.as_str())];
        texts.into_iter().flatten().any(|text| words(text).contains(&wanted))
    }
}

/// A text as its lower-case words between hyphens: `-premier-league-winner-`.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('-');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    if !out.ends_with('-') {
        out.push('-');
    }
    out
}

impl TryFrom<String> for Category {
    type Error = CategoryError;
    fn try_from(text: String) -> Result<Self, CategoryError> {
        Self::new(&text)
    }
}

impl From<Category> for String {
    fn from(category: Category) -> Self {
        category.0.into_string()
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::fixtures::market;

    #[test]
    fn whole_words_of_the_event_match() {
        let mut m = market("a", "e1");
        let event = m.event.as_mut().unwrap();
        event.title = "Premier League: Ukraine derby".to_owned();
        event.slug = "epl-2027".to_owned();
        event.series = Some("Soccer--Weekly".to_owned());
        for (text, wanted) in [
            ("premier-league", true),
            ("league", true),
            ("ukraine", true),
            ("rain", false),
            ("league-derby", false),
            ("epl-2027", true),
            ("epl-202", false),
            ("soccer-weekly", true),
            ("derby", true),
        ] {
            assert_eq!(Category::new(text).unwrap().matches(&m), wanted, "{text}");
        }
        m.event = None;
        assert!(!Category::new("ukraine").unwrap().matches(&m));
    }

    #[test]
    fn categories_are_checked() {
        for bad in ["", "-", "a-", "a--b", "A", "a b", "é", &"x".repeat(33)] {
            assert!(Category::new(bad).is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<Category>("\"Crypto\"").is_err());
    }
}
