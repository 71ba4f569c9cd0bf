//! What a judgement comes to, and the key under which it is kept.

use super::ask::SCHEMA_VERSION;
use super::claim::{Claim, Side};
use super::screen::speaks_to_the_reader;
use crate::certificate::{Certificate, Field, Span, TextHash};
use crate::relation::{Evidence, RuleId};
use betty_market::{Market, MarketId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where a claim stands at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// No relation was proposed.
    None,
    /// A world that breaks it was described, or dates and numbers contradict it.
    Rejected,
    /// Something disagrees. Never traded.
    Hypothesis,
    /// Both orders, the turned-round question and the search for a counter-example agree.
    Verified,
}

impl Standing {
    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rejected => "rejected",
            Self::Hypothesis => "hypothesis",
            Self::Verified => "verified",
        }
    }
}

/// What keeps a claim from being verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// With the markets exchanged the model said something else.
    Order,
    /// Turned round, the model did not hold to it.
    Contrapositive,
    /// A quote stands in neither text.
    Quote,
    /// Nothing was quoted.
    NoQuote,
    /// A rule text is missing.
    NoRules,
    /// What may make the first YES can come after the last day of the second.
    Dates,
}

impl Doubt {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Order => "with the markets exchanged the model said something else",
            Self::Contrapositive => "asked the other way round, the model did not hold to it",
            Self::Quote => "a quote stands in neither text",
            Self::NoQuote => "nothing was quoted",
            Self::NoRules => "a rule text is missing",
            Self::Dates => "one market runs longer than the other",
        }
    }
}

/// The end of a judgement. Markets stand in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The two markets.
    pub markets: [MarketId; 2],
    /// The texts judged.
    pub hashes: [TextHash; 2],
    /// What was claimed.
    pub claim: Option<Claim>,
    /// Where it stands.
    pub standing: Standing,
    /// The proposal's reason. Written by a model: data.
    pub reason: String,
    /// A world that breaks the claim, as described. Written by a model: data.
    pub world: Option<String>,
    /// What disagrees.
    pub doubts: Vec<Doubt>,
    /// What dates and numbers say against it.
    pub conflict: Option<String>,
    /// The proposal's quotes that were found, with their market: 0 or 1.
    pub quotes: Vec<(u8, String)>,
    /// Questions it took.
    pub questions: u32,
}

/// The name of a verdict in the store: equal exactly when nothing it rests on has changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerdictKey(String);

impl VerdictKey {
    /// Of two markets, the hashes of the prompts used and the model asked. The order of the markets does not matter, that of the
    /// prompts does.
    #[must_use]
    pub fn of(a: &Market, b: &Market, prompts: &[&str], model: &str) -> Self {
        let [first, second] = ordered(a, b);
        let mut hash = Sha256::new();
        hash.update(SCHEMA_VERSION.to_le_bytes());
        let (p, q) = (TextHash::of(first), TextHash::of(second));
        // The label and the event are shown to the model too.
        let event = |m: &Market| m.event.as_ref().map(|e| e.title.clone()).unwrap_or_default();
        let (ea, eb) = (event(first), event(second));
        let parts = [first.id.as_str(), p.as_str(), &ea, second.id.as_str(), q.as_str(), &eb, model];
        for part in parts.into_iter().chain(prompts.iter().copied()) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
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

/// The two markets in the order of their ids: a pair has one verdict.
pub(super) fn ordered<'m>(a: &'m Market, b: &'m Market) -> [&'m Market; 2] {
    if a.id <= b.id { [a, b] } else { [b, a] }
}

impl Verdict {
    /// The certificate of a claim that stands, for pricing; `None` for one that does not, and when the texts have changed since.
    #[must_use]
    pub fn certificate(&self, markets: [&Market; 2], model: &str) -> Option<Certificate> {
        let evidence = match self.standing {
            Standing::Verified => Evidence::Verified,
            Standing::Hypothesis => Evidence::Hypothesis,
            Standing::None | Standing::Rejected => return None,
        };
        let [first, second] = ordered(markets[0], markets[1]);
        let same = |i: usize, m: &Market| self.markets[i] == m.id && self.hashes[i] == TextHash::of(m);
        if !same(0, first) || !same(1, second) || [first, second].into_iter().any(|m| speaks_to_the_reader(m).is_some())
        {
            return None;
        }
        let claim = self.claim?;
        let (relation, exchanged) = claim.relation();
        let (x, y) = if exchanged { (second, first) } else { (first, second) };
        let spans = self.quotes.iter().filter_map(|(i, text)| {
            let m = if *i == 0 { first } else { second };
            span(m, text)
        });
        let said = if evidence == Evidence::Verified {
            vec![
                "both orders agree".to_owned(),
                "no counter-example was found".to_owned(),
                "the question turned round agrees".to_owned(),
                "dates and numbers do not contradict".to_owned(),
            ]
        } else {
            Vec::new()
        };
        let doubts: Vec<&str> = self.doubts.iter().map(|d| d.title()).collect();
        Some(Certificate {
            rule: RuleId::Model,
            relation,
            evidence,
            markets: vec![x.id.clone(), y.id.clone()],
            parameters: BTreeMap::from([
                ("model".to_owned(), model.to_owned()),
                ("questions".to_owned(), self.questions.to_string()),
                ("doubts".to_owned(), doubts.join("; ")),
            ]),
            spans: spans.collect(),
            text_hashes: vec![TextHash::of(x), TextHash::of(y)],
            obligations: said,
            sentence: format!("A model says: {}", self.reason),
        })
    }
}

/// Where a quote stands in a market's question or rules, letter for letter; a quote that does so in neither has no place.
fn span(market: &Market, text: &str) -> Option<Span> {
    let fields =
        [(Field::Question, Some(market.question.as_str())), (Field::Description, market.description.as_deref())];
    fields.into_iter().find_map(|(field, whole)| {
        let start = whole?.find(text)?;
        Some(Span { market: market.id.clone(), field, start, end: start + text.len() })
    })
}

/// The number of a side in the order of ids.
pub(super) const fn index(side: Side, exchanged: bool) -> u8 {
    match (side, exchanged) {
        (Side::A, false) | (Side::B, true) => 0,
        _ => 1,
    }
}
