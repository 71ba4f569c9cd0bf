//! Market texts that speak to whoever reads them instead of saying how a market resolves. Such a market is not shown to a model at all.

use betty_market::Market;

/// Phrases no rule text needs, without case. Names of models and of companies are not here: markets ask about those.
const PHRASES: [&str; 24] = [
    "ignore previous",
    "ignore all previous",
    "ignore the above",
    "ignore any previous",
    "ignore your instructions",
    "disregard previous",
    "disregard the above",
    "disregard all",
    "always answer",
    "always respond",
    "always reply",
    "always say",
    "you must answer",
    "you must respond",
    "you should answer",
    "your answer must",
    "respond with",
    "reply with",
    "answer with",
    "system prompt",
    "you are an ai",
    "as an ai",
    "new instructions",
    "output json",
];

/// Soft hyphens, joiners, marks of direction and the like: a reader does not see them, a model does.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The phrase with which a market's texts speak to the reader, if they do. Names of the answer's fields count too.
#[must_use]
pub fn speaks_to_the_reader(market: &Market) -> Option<&'static str> {
    const FIELDS: [&str; 5] = ["a_implies_b", "b_implies_a", "mutually_exclusive", "<<<", ">>>"];
    let event = market.event.as_ref().map(|e| e.title.as_str());
    let fields = [
        Some(market.question.as_str()),
        market.description.as_deref(),
        market.group_title.as_deref(),
        market.resolution_source.as_deref(),
        event,
    ];
    fields.into_iter().flatten().find_map(|text| {
        // White space and signs between the words do not hide them, nor signs inside a word that nobody sees.
        if text.contains(|c| matches!(c, '\u{e0020}'..='\u{e007e}')) {
            return Some("letters that nobody sees");
        }
        let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let words: Vec<&str> = seen.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '_')).collect();
        let plain = words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase();
        PHRASES
            .into_iter()
            .find(|p| plain.contains(p))
            .or_else(|| FIELDS.into_iter().find(|f| seen.to_lowercase().contains(f)))
    })
}
