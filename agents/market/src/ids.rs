//! Identifiers of the venue. A private field and one constructor each, so that a token can never be passed where a market is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be 1 to {ID_BYTES_MAX} printable characters without spaces")]
pub struct IdError {
    kind: &'static str,
}

/// Longest identifier accepted, in bytes. Token ids are 78 digits; condition ids 66 characters.
pub const ID_BYTES_MAX: usize = 128;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks and wraps an identifier.
            ///
            /// # Errors
            /// [`IdError`] when the text is empty, too long, or has spaces or control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text: String = text.into();
                let ok = !text.is_empty()
                    && text.len() <= ID_BYTES_MAX
                    && !text.chars().any(|c| c.is_whitespace() || c.is_control());
                if ok { Ok(Self(text.into_boxed_str())) } else { Err(IdError { kind: $kind }) }
            }

            /// The identifier as the venue writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Gamma's market id, a decimal number in text form such as `553857`.
    MarketId, "a market id"
);
id!(
    /// Gamma's event id.
    EventId, "an event id"
);
id!(
    /// The condition on the conditional-tokens contract, `0x` and 64 hex digits.
    ConditionId, "a condition id"
);
id!(
    /// One outcome token of a market, the `asset_id` of the order book.
    TokenId, "a token id"
);
id!(
    /// The neg-risk group: markets that share it cannot resolve YES together.
    NegRiskId, "a neg-risk id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_identifier() {
        for bad in ["", " ", "a b", "a\nb", &"9".repeat(129)] {
            assert!(MarketId::new(bad).is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<TokenId>("\"\"").is_err());
        assert_eq!(MarketId::new("553857").unwrap().as_str(), "553857");
    }
}
