//! Identifiers that people type and read.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps a row number. `None` below 1.
            #[must_use]
            pub const fn new(id: i64) -> Option<Self> {
                if id >= 1 { Some(Self(id)) } else { None }
            }

            /// The row number, at least 1.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = String;
            /// Accepts `12` and `#12`.
            fn from_str(text: &str) -> Result<Self, String> {
                let digits = text.strip_prefix('#').unwrap_or(text);
                digits.parse().ok().and_then(Self::new).ok_or_else(|| format!("{text:?} is not a number from 1 up"))
            }
        }
    };
}

number_id!(
    /// A task, numbered from 1 in each data directory.
    TaskId
);
number_id!(
    /// A stored hedge, numbered from 1 in each data directory. The same hedge found again keeps its number.
    HedgeId
);

/// A paper account. One per kind of market data, so that simulated and real prices never share a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountName(String);

/// Longest account name, in bytes.
pub const ACCOUNT_NAME_BYTES_MAX: usize = 64;

impl AccountName {
    /// Checks a name: 1 to 64 of `a-z 0-9 -`.
    ///
    /// # Errors
    /// A sentence naming the rule.
    pub fn new(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        let ok = !text.is_empty()
            && text.len() <= ACCOUNT_NAME_BYTES_MAX
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(text))
        } else {
            Err(format!("an account name is 1 to {ACCOUNT_NAME_BYTES_MAX} of a-z, 0-9 and -"))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(text)
    }
}

impl From<AccountName> for String {
    fn from(name: AccountName) -> Self {
        name.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_start_at_one() {
        assert_eq!("#12".parse::<TaskId>().unwrap().get(), 12);
        for bad in ["0", "-1", "#", "1.5", "12x", ""] {
            assert!(bad.parse::<HedgeId>().is_err(), "{bad:?}");
        }
        assert!(AccountName::new("Live").is_err());
        assert!(AccountName::new("simulated-7").is_ok());
    }
}
