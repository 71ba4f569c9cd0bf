//! Past prices.

use crate::json;
use crate::source::PricePoint;
use crate::time::Timestamp;
use serde_json::Value;

/// Parses `{"history": [{"t": seconds, "p": price}]}` into points by time. Points that cannot be read are left out; of two at
/// one instant the later in the answer stays.
///
/// # Errors
/// A sentence when the answer has no history in it.
pub fn parse_history(bytes: &[u8]) -> Result<Vec<PricePoint>, String> {
    let answer: Value = serde_json::from_slice(bytes).map_err(|e| format!("not JSON ({e})"))?;
    let rows = answer.get("history").and_then(Value::as_array).ok_or("it has no list named history")?;
    let mut points: Vec<PricePoint> = rows.iter().filter_map(point).collect();
    sort_points(&mut points);
    Ok(points)
}

/// By time; of equal instants the last one stays.
pub(crate) fn sort_points(points: &mut Vec<PricePoint>) {
    points.reverse();
    points.sort_by_key(|p| p.at);
    points.dedup_by_key(|p| p.at);
}

fn point(row: &Value) -> Option<PricePoint> {
    let secs = row.get("t")?;
    let secs = secs.as_i64().or_else(|| secs.as_str()?.trim().parse().ok()).filter(|s| *s > 0)?;
    Some(PricePoint { at: Timestamp::from_secs(secs), price: json::price(row.get("p")?)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_rounds_and_leaves_out_what_it_cannot_read() {
        let answer = br#"{"history":[{"t":20,"p":0.14155},{"t":10,"p":"0.5"},{"t":20,"p":0.2},{"t":null,"p":1},{"t":30,"p":7}]}"#;
        let points = parse_history(answer).unwrap();
        let seen: Vec<_> = points.iter().map(|p| (p.at.millis(), p.price.e4())).collect();
        assert_eq!(seen, [(10_000, 5_000), (20_000, 2_000)]);
    }

    #[test]
    fn an_answer_without_a_history_is_an_error() {
        for bad in ["[]", "{}", "{\"history\":null}", "", "{\"history\":["] {
            assert!(parse_history(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse_history(b"{\"history\":[]}").unwrap().is_empty());
    }
}
