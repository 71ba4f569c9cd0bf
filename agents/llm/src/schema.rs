//! Whether an answer has the form asked for. A small part of JSON schema, which is all that Betty's prompts use: `type`, `properties`,
//! `required`, `additionalProperties: false`, `items`, `enum`.

use serde_json::Value;

/// Levels of nesting looked into.
const DEPTH_MAX: u32 = 16;

/// Checks a value.
///
/// # Errors
/// The first thing that is not as the schema says, with its place.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    at(schema, value, "the answer", 0)
}

fn at(schema: &Value, value: &Value, place: &str, depth: u32) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("{place} is nested too deep"));
    }
    if let Some(kind) = schema.get("type").and_then(Value::as_str) {
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            other => return Err(format!("the schema of {place} names the type {other:?}, which is not known here")),
        };
        if !fits {
            return Err(format!("{place} is no {kind}"));
        }
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        return Err(format!("{place} is none of {}", names.join(", ")));
    }
    if let Some(object) = value.as_object() {
        let known = schema.get("properties").and_then(Value::as_object);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return Err(format!("{place} has no {name:?}"));
            }
        }
        for (name, item) in object {
            match known.and_then(|k| k.get(name)) {
                Some(inner) => at(inner, item, &format!("{name:?} of {place}"), depth + 1)?,
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    return Err(format!("{place} has a field that was not asked for"));
                }
                None => {}
            }
        }
    }
    if let (Some(items), Some(inner)) = (value.as_array(), schema.get("items")) {
        for (i, item) in items.iter().enumerate() {
            at(inner, item, &format!("entry {i} of {place}"), depth + 1)?;
        }
    }
    Ok(())
}

/// The JSON object in a text: the whole of it, or what stands between the first brace and the last. Models put words and fences around it.
#[must_use]
pub fn object_in(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return value.is_object().then_some(value);
    }
    let (start, end) = (text.find('{')?, text.rfind('}')?);
    serde_json::from_str::<Value>(text.get(start..=end)?).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn says_what_is_wrong_and_where() {
        let schema = json!({
            "type": "object",
            "properties": {
                "name": {"type": "string", "enum": ["a", "b"]},
                "list": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}
            },
            "required": ["name", "list"],
            "additionalProperties": false
        });
        assert_eq!(check(&schema, &json!({"name": "a", "list": [{"n": 1, "free": true}]})), Ok(()));
        for (value, words) in [
            (json!([]), "no object"),
            (json!({"list": []}), "no \"name\""),
            (json!({"name": "c", "list": []}), "none of"),
            (json!({"name": 1, "list": []}), "no string"),
            (json!({"name": "a", "list": [{"n": 1.5}]}), "\"n\" of entry 0"),
            (json!({"name": "a", "list": [], "more": 1}), "not asked for"),
        ] {
            let error = check(&schema, &value).unwrap_err();
            assert!(error.contains(words), "{value}: {error}");
        }
        assert!(check(&json!({"type": "date"}), &json!("x")).is_err());
    }

    #[test]
    fn finds_the_object_among_words() {
        assert_eq!(object_in(" {\"a\": 1} "), Some(json!({"a": 1})));
        assert_eq!(object_in("Here:\n```json\n{\"a\": {\"b\": 2}}\n```"), Some(json!({"a": {"b": 2}})));
        for text in ["", "[1]", "none", "}{", "{\"a\": ", "\"{}\""] {
            assert_eq!(object_in(text), None, "{text}");
        }
    }
}
