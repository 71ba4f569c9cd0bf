//! What is kept of judgements: a model's verdicts by content, and relations followed until their markets resolve.

use crate::id::AccountName;
use betty_hedging::Relation;
use betty_hedging::calibration::{CaseEnd, Class};
use betty_hedging::judge::{Verdict, VerdictKey};
use betty_market::{MarketId, Timestamp};
use serde::{Deserialize, Serialize};

/// A verdict under the key of everything it rests on. A failed call leaves none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// Texts, prompts, schema and model.
    pub key: VerdictKey,
    /// The model asked.
    pub model: String,
    /// When, in the market's time.
    pub at: Timestamp,
    /// What it came to.
    pub verdict: Verdict,
}

/// A relation written down from the texts before it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Which kind of data it was found in.
    pub source: AccountName,
    /// Stable key: class, relation and markets.
    pub key: String,
    /// What it counts under.
    pub class: Class,
    /// The relation, between the markets in their order.
    pub relation: Relation,
    /// The two markets, antecedent first.
    pub markets: [MarketId; 2],
    /// The event it counts under.
    pub cluster: String,
    /// When it was written down, in the market's time.
    pub at: Timestamp,
    /// How it has ended.
    pub end: CaseEnd,
}

impl CaseRow {
    /// A case of a class that is still open.
    #[must_use]
    pub fn open(
        source: AccountName,
        class: Class,
        relation: Relation,
        markets: [MarketId; 2],
        cluster: String,
        at: Timestamp,
    ) -> Self {
        let key = format!("{}:{}:{relation:?}:{}-{}", class.rule, class.basis.name(), markets[0], markets[1]);
        Self { source, key, class, relation, markets, cluster, at, end: CaseEnd::Open }
    }
}
