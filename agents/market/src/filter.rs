//! What a [`MarketFilter`] means, the same for every source.

use crate::market::Market;
use crate::source::MarketFilter;
use std::cmp::Reverse;

/// Whether every word of the query occurs in the question, the label or the event's title. No query matches everything.
#[must_use]
pub fn matches(market: &Market, query: Option<&str>) -> bool {
    let Some(query) = query else { return true };
    let mut haystack = market.question.to_lowercase();
    let group = market.group_title.as_deref();
    let event = market.event.as_ref().map(|e| e.title.as_str());
    for extra in [group, event].into_iter().flatten() {
        haystack.push('\n');
        haystack.push_str(&extra.to_lowercase());
    }
    query.split_whitespace().all(|word| haystack.contains(&word.to_lowercase()))
}

/// Keeps what the filter asks for, by volume from the top; equal or unknown volumes keep the order of their ids.
#[must_use]
pub fn filter_markets(mut markets: Vec<Market>, filter: &MarketFilter) -> Vec<Market> {
    markets.retain(|m| matches(m, filter.query.as_deref()));
    markets.sort_by(|a, b| (Reverse(a.volume_usd), &a.id).cmp(&(Reverse(b.volume_usd), &b.id)));
    if let Some(limit) = filter.limit {
        markets.truncate(limit as usize);
    }
    markets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gamma::parse_market;
    use serde_json::json;

    fn market(id: &str, question: &str, title: &str, volume: Option<u64>) -> Market {
        parse_market(&json!({
            "id": id, "conditionId": "0x1", "question": question, "outcomes": ["Yes", "No"],
            "clobTokenIds": [format!("{id}1"), format!("{id}2")], "volumeNum": volume, "groupItemTitle": "June 30",
            "events": [{"id": "9", "title": title, "slug": "s"}],
        }))
        .unwrap()
    }

    fn ids(markets: &[Market]) -> Vec<&str> {
        markets.iter().map(|m| m.id.as_str()).collect()
    }

    #[test]
    fn every_word_must_occur_somewhere() {
        let market = market("1", "Will Élodie win?", "Mayor of Lyon", None);
        for query in ["", "  ", "will", "ÉLODIE lyon", "june mayor"] {
            assert!(matches(&market, Some(query)), "{query}");
        }
        assert!(matches(&market, None));
        assert!(!matches(&market, Some("élodie paris")));
    }

    #[test]
    fn the_limit_takes_the_largest_volumes_and_unknown_comes_last() {
        let all = vec![
            market("3", "a", "t", Some(5)),
            market("1", "a", "t", None),
            market("2", "a", "t", Some(9)),
            market("0", "a", "t", Some(5)),
        ];
        let sorted = filter_markets(all.clone(), &MarketFilter::default());
        assert_eq!(ids(&sorted), ["2", "0", "3", "1"]);
        let top = filter_markets(all.clone(), &MarketFilter { limit: Some(2), ..MarketFilter::default() });
        assert_eq!(ids(&top), ["2", "0"]);
        assert!(filter_markets(all, &MarketFilter { limit: Some(0), query: None }).is_empty());
    }
}
