//! The proof of a relation: what was read where, under which obligations, and the texts it stands on.

use crate::relation::{Evidence, Relation, RuleId};
use betty_market::{Market, MarketId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The part of a market a span was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The question.
    Question,
    /// The label inside the event.
    GroupTitle,
    /// The rule text.
    Description,
    /// The event's title.
    EventTitle,
}

/// The piece of text a parameter came from, byte offsets into the field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Whose text.
    pub market: MarketId,
    /// Which text.
    pub field: Field,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// SHA-256 over everything a proof may rest on: identity, question, rule text, dates and flags. Any change voids the proof.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextHash(String);

impl TextHash {
    /// Hashes what a proof may rest on: a market's identity and tokens, texts, its event's title, dates and neg-risk flags. Each field carries its length,
    /// so that none can run into the next, and an absent one differs from an empty one.
    ///
    /// Left out is how many markets an event has: the venue tells it with some answers only, and a proof must not fall because it was
    /// asked for another way.
    #[must_use]
    pub fn of(market: &Market) -> Self {
        let mut hash = Sha256::new();
        let mut add = |part: Option<&str>| {
            hash.update(part.map_or(u64::MAX, |p| p.len() as u64).to_le_bytes());
            hash.update(part.unwrap_or_default().as_bytes());
        };
        let time = |at: Option<Timestamp>| at.map(|t| t.millis().to_string());
        add(Some(market.condition.as_str()));
        add(Some(market.yes.as_str()));
        add(Some(market.no.as_str()));
        add(Some(&market.question));
        add(market.description.as_deref());
        add(market.resolution_source.as_deref());
        add(market.group_title.as_deref());
        add(market.event.as_ref().map(|e| e.title.as_str()));
        add(time(market.start).as_deref());
        add(time(market.end).as_deref());
        add(market.neg_risk.as_ref().map(|n| format!("{}|{}|{}", n.group, n.augmented, n.other)).as_deref());
        let mut hex = String::with_capacity(64);
        for byte in hash.finalize() {
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// The 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The rule that fired.
    pub rule: RuleId,
    /// What it shows.
    pub relation: Relation,
    /// How well.
    pub evidence: Evidence,
    /// The markets, antecedent first for [`Relation::Implies`].
    pub markets: Vec<MarketId>,
    /// What was extracted, by name (`entity`, `competition`, `date_a`, …).
    pub parameters: BTreeMap<String, String>,
    /// Where it was extracted.
    pub spans: Vec<Span>,
    /// One per market, in the order of `markets`.
    pub text_hashes: Vec<TextHash>,
    /// Each obligation that was checked and holds, in words.
    pub obligations: Vec<String>,
    /// The whole proof in one sentence a trader can check.
    pub sentence: String,
}

impl Certificate {
    /// Whether the proof still stands on the texts it was made from. `markets` may be in any order; a missing one voids it.
    #[must_use]
    pub fn still_holds(&self, markets: &[&Market]) -> bool {
        self.markets
            .iter()
            .zip(&self.text_hashes)
            .all(|(id, hash)| markets.iter().any(|m| m.id == *id && TextHash::of(m) == *hash))
    }
}
