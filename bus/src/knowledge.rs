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
    /// When its markets should have ended, and are looked at again; `None` where no end is known.
    pub due: Option<Timestamp>,
}

/// What became of a relation written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEnded {
    /// Its key.
    pub key: String,
    /// How it ended; [`CaseEnd::Open`] when it has not.
    pub end: CaseEnd,
    /// When to look again, if it has not.
    pub due: Timestamp,
}

/// Relations of one class that stand at one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCount {
    /// What they count under.
    pub class: Class,
    /// How they ended.
    pub end: CaseEnd,
    /// How many pairs.
    pub pairs: u64,
}

impl CaseRow {
    /// A case of a class.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "a row of a table")]
    pub fn new(
        source: AccountName,
        class: Class,
        relation: Relation,
        markets: [MarketId; 2],
        cluster: String,
        at: Timestamp,
        due: Option<Timestamp>,
    ) -> Self {
        let key = format!("{}:{}:{relation:?}:{}-{}", class.rule, class.basis.name(), markets[0], markets[1]);
        Self { source, key, class, relation, markets, cluster, at, due }
    }
}
