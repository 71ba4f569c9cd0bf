//! Where an answer belongs: goes with the line and comes back with the answer, perhaps in another run.

use serde::{Deserialize, Serialize};

/// What the door needs to answer later, as it goes with the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReplyTo {
    #[serde(with = "id_text")]
    pub(super) channel: u64,
    /// The message that asked. Absent for answers that nobody asked for, such as digests.
    #[serde(default, with = "id_text_option", skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<u64>,
}

/// Ids as text, as Discord writes them: JSON numbers lose their last digits in other programs.
mod id_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("not a Discord id"))
    }
}

/// The same where there may be none.
mod id_text_option {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => serializer.collect_str(id),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(|_| serde::de::Error::custom("not a Discord id"))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_text_and_nothing_else_is_taken() {
        let to = ReplyTo { channel: u64::MAX, message: Some(7) };
        let value = serde_json::to_value(&to).unwrap();
        assert_eq!(value, json!({ "channel": "18446744073709551615", "message": "7" }));
        assert_eq!(serde_json::from_value::<ReplyTo>(value).unwrap(), to);
        let digest = serde_json::from_value::<ReplyTo>(json!({ "channel": "12" })).unwrap();
        assert_eq!(digest, ReplyTo { channel: 12, message: None });
        for bad in [
            json!(null),
            json!({}),
            json!({ "channel": 12 }),
            json!({ "channel": "general" }),
            json!({ "channel": "1", "message": "x" }),
        ] {
            assert!(serde_json::from_value::<ReplyTo>(bad.clone()).is_err(), "{bad}");
        }
    }
}
