//! A file of pairs: a JSON array, JSON lines, or what the command itself prints. Two market ids a row are all that is read.

use betty_market::MarketId;
use serde_json::Value;

/// Most pairs of one file.
pub const PAIRS_MAX: usize = 100_000;
/// Largest file read, in bytes.
pub const FILE_BYTES_MAX: u64 = 64 << 20;
/// What a row looks like, for complaints.
const EXPECTED: &str = "a row is an object with two market ids, \"a\" and \"b\" or \"a_id\" and \"b_id\"";
/// Longest piece of a bad row that is quoted, in characters.
const QUOTED_MAX: usize = 60;

/// Two markets, in the order of the file.
pub type Pair = [MarketId; 2];

/// Reads the pairs of a file's text. An empty text has none.
///
/// # Errors
/// One sentence that names the row by its line or its place in the array, says what was found and what is expected.
pub fn parse(text: &str) -> Result<Vec<Pair>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let rows = match text.trim_start().chars().next() {
        None => Vec::new(),
        Some('[') => array(text)?,
        Some(_) => lines(text)?,
    };
    if rows.len() > PAIRS_MAX {
        return Err(format!("it holds {} pairs, at most {PAIRS_MAX} are analysed at once: split the file", rows.len()));
    }
    rows.iter().map(|(place, row)| pair(row).map_err(|why| format!("{place}: {why}; {EXPECTED}"))).collect()
}

type Placed = (String, Value);

fn placed(rows: Vec<Value>) -> Vec<Placed> {
    rows.into_iter().enumerate().map(|(i, row)| (format!("row {}", i + 1), row)).collect()
}

fn array(text: &str) -> Result<Vec<Placed>, String> {
    let rows: Vec<Value> = serde_json::from_str(text).map_err(|e| format!("this is no JSON array: {e}"))?;
    Ok(placed(rows))
}

fn lines(text: &str) -> Result<Vec<Placed>, String> {
    // What the command prints is one object with all rows in it.
    if let Ok(Value::Object(mut whole)) = serde_json::from_str::<Value>(text)
        && let Some(Value::Array(rows)) = whole.remove("pairs")
    {
        return Ok(placed(rows));
    }
    let mut rows = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let place = format!("line {}", i + 1);
        let row = serde_json::from_str(line).map_err(|e| {
            let quoted: String = line.chars().take(QUOTED_MAX).collect();
            format!("{place}: {quoted:?} is no JSON: {e}; {EXPECTED}")
        })?;
        rows.push((place, row));
    }
    Ok(rows)
}

fn pair(row: &Value) -> Result<Pair, String> {
    let Value::Object(row) = row else {
        let quoted: String = row.to_string().chars().take(QUOTED_MAX).collect();
        return Err(format!("{quoted} is no object"));
    };
    let id = |short: &str, long: &str| {
        let value = row.get(short).or_else(|| row.get(long)).ok_or_else(|| format!("it has no {short:?}"))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_u64() => number.to_string(),
            other => {
                let quoted: String = other.to_string().chars().take(QUOTED_MAX).collect();
                return Err(format!("{quoted} is no market id"));
            }
        };
        MarketId::new(text).map_err(|e| format!("{short:?} is no market id: {e}"))
    };
    Ok([id("a", "a_id")?, id("b", "b_id")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        parse(text).unwrap().iter().map(|[a, b]| format!("{a}-{b}")).collect()
    }

    #[test]
    fn arrays_lines_and_our_own_output_are_read_in_their_order() {
        let wanted = ["1-2", "4-3"];
        assert_eq!(ids(r#"[{"a":"1","b":"2","more":[1]},{"a":4,"b":"3"}]"#), wanted);
        assert_eq!(ids("{\"a_id\":\"1\",\"b_id\":\"2\"}\n\n {\"a\":\"4\",\"b_id\":\"3\"}\n"), wanted);
        assert_eq!(ids(r#"{"pairs":[{"a":"1","b":"2","relation":"none"},{"a":"4","b":"3"}]}"#), wanted);
        assert_eq!(ids("\u{feff}{\"a\":\"1\",\"b\":\"2\"}\r\n{\"a\":\"4\",\"b\":\"3\"}"), wanted);
        for empty in ["", "  \n", "[]", "{\"pairs\":[]}"] {
            assert!(parse(empty).unwrap().is_empty(), "{empty:?}");
        }
    }

    #[test]
    fn a_bad_row_is_named_with_what_was_expected() {
        for (text, parts) in [
            ("{\"a\":\"1\",\"b\":\"2\"}\nnot json", ["line 2", "not json"]),
            ("\n{\"a\":\"1\"}", ["line 2", "no \"b\""]),
            (r#"[{"a":"1","b":"2"},{"a":null,"b":"2"}]"#, ["row 2", "null is no market id"]),
            (r#"[{"a":"1","b":"2"},7]"#, ["row 2", "7 is no object"]),
            (r#"[{"a":1.5,"b":"2"}]"#, ["row 1", "1.5 is no market id"]),
            (r#"[{"a":"","b":"2"}]"#, ["row 1", "\"a\" is no market id"]),
            (r#"[{"a":"1","b":"2"}"#, ["no JSON array", "line 1"]),
        ] {
            let why = parse(text).unwrap_err();
            assert!(parts.iter().all(|p| why.contains(p)), "{text:?}: {why}");
        }
        assert!(
            parse(&format!("[{}]", vec!["{\"a\":1,\"b\":2}"; PAIRS_MAX + 1].join(","))).unwrap_err().contains("split")
        );
    }
}
