//! What a model may say: the order of questions, what overrules it, which pairs it is asked about.

mod candidates;
#[path = "../common/mod.rs"]
mod common;
mod machine;
mod verdicts;

use betty_market::{Market, Timestamp};

/// A market that ends with the year 2026.
pub(crate) fn market(id: &str, question: &str, rules: &str) -> Market {
    let mut m = common::bare(id, question, Timestamp::parse("2026-12-31"));
    m.description = Some(rules.to_owned());
    m
}

/// Two markets that no rule ties: who wins the cup must have reached its last match.
pub(crate) fn pair() -> [Market; 2] {
    [
        market(
            "1",
            "Will Lorn lift the Halden Cup in 2026?",
            "This market resolves to Yes if Lorn is handed the Halden Cup in 2026.",
        ),
        market(
            "2",
            "Will Lorn play the deciding match of the Halden Cup in 2026?",
            "This market resolves to Yes if Lorn takes the field in the deciding match of the 2026 Halden Cup.",
        ),
    ]
}
