//! What a study says: plain values, serialised as they stand.

use crate::backtest::report::DataCoverage;
use betty_hedging::{Relation, RuleId};
use betty_market::{MarketId, Outcome, Price, SourceLabel, Timestamp, Usdc};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What became of a gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both books were fresh at that moment: it could have been bought.
    Together,
    /// Both books were fresh, one of them without bids or without asks: refused by every scan.
    OneSided,
    /// One quote was stale, and the gain was still there when both were fresh next.
    Held,
    /// One quote was stale, and the gain was gone with the next quote or when both were fresh next.
    Gone,
    /// One quote was stale, and both were never fresh together again.
    NeverTogether,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Together => "both books fresh",
            Self::OneSided => "one side of a book was empty",
            Self::Held => "stale quote; still there when both were fresh",
            Self::Gone => "stale quote; gone when looked at again",
            Self::NeverTogether => "stale quote; never confirmed",
        }
    }
}

/// A pair that seemed to cost less than it pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// When.
    pub at: Timestamp,
    /// The rule the pair rests on.
    pub rule: RuleId,
    /// What holds between the two.
    pub relation: Relation,
    /// Which markets.
    pub markets: [MarketId; 2],
    /// Their questions.
    pub questions: [String; 2],
    /// What is bought of each.
    pub outcomes: [Outcome; 2],
    /// Best asks.
    pub asks: [Price; 2],
    /// Dollars gained on 100 shares of each leg before fees, in the worst normal world.
    pub before_fees: Usdc,
    /// The same after the fees of the date; `None` where the books were of different moments.
    pub after_fees: Option<Usdc>,
    /// Milliseconds since each quote.
    pub ages_ms: [i64; 2],
    /// What became of it.
    pub verdict: Verdict,
}

/// Counts of one relation. A look is a pair at an instant at which one of its books changed, with an ask on both legs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationCounts {
    /// Pairs found; the same pair after a change of its texts counts again.
    pub pairs: u64,
    /// Of these, proven on their rule texts.
    pub proven: u64,
    /// Looks in all.
    pub looks: u64,
    /// Looks at which both books were fresh and of one moment.
    pub together: u64,
    /// Pairs with at least one such look.
    pub pairs_together: u64,
    /// Looks together at which the asks cost less than the pair pays and a book had one side only.
    pub one_sided: u64,
    /// Looks together, all books with both sides, at which the asks cost less than the pair pays.
    pub before_fees: u64,
    /// Pairs with at least one of those.
    pub pairs_before_fees: u64,
    /// The same after the fees of the date.
    pub after_fees: u64,
    /// Pairs with at least one of those.
    pub pairs_after_fees: u64,
    /// The same after today's fees.
    pub todays_fees: u64,
    /// Pairs with at least one of those.
    pub pairs_todays_fees: u64,
    /// Gains that rested on a stale quote, each counted from its first sight to its end.
    pub apparent: u64,
    /// Of these, still there when both books were fresh.
    pub apparent_held: u64,
    /// Of these, gone when looked at again.
    pub apparent_gone: u64,
    /// Of these, never seen with both books fresh.
    pub apparent_never_together: u64,
}

/// What a history offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryStudy {
    /// What kind of data.
    pub source: SourceLabel,
    /// SHA-256 of the data in hexadecimal.
    pub data_hash: String,
    /// Oldest book that counted as fresh, milliseconds.
    pub book_age_ms_max: i64,
    /// Widest gap between two books that counted as one moment, milliseconds.
    pub leg_gap_ms_max: i64,
    /// Counts by relation, by its name in JSON.
    pub relations: BTreeMap<String, RelationCounts>,
    /// The largest gains with both books fresh, one per pair.
    pub executable: Vec<Offer>,
    /// The largest gains that rested on a stale quote or on a book with one side, one per pair.
    pub apparent: Vec<Offer>,
    /// What the data held.
    pub coverage: DataCoverage,
    /// What a reader must know, in words.
    pub warnings: Vec<String>,
}

/// A relation's name as JSON has it.
pub(super) const fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::Implies => "implies",
        Relation::Excludes => "excludes",
        Relation::Exhausts => "exhausts",
        Relation::Partition => "partition",
        Relation::Equivalent => "equivalent",
        Relation::Union => "union",
    }
}

/// The largest offers so far, one per pair of markets and sides.
pub(super) struct Best {
    most: usize,
    offers: Vec<Offer>,
}

impl Best {
    pub(super) const fn new(most: usize) -> Self {
        Self { most, offers: Vec::new() }
    }

    pub(super) fn add(&mut self, offer: Offer) {
        self.offers.push(offer);
        // Sorted now and then, not each time.
        if self.offers.len() > self.most.saturating_mul(8).max(64) {
            self.keep();
        }
    }

    fn keep(&mut self) {
        self.offers.sort_by(|a, b| {
            let key = |o: &Offer| (Reverse(o.after_fees.unwrap_or(o.before_fees)), o.at);
            key(a).cmp(&key(b)).then_with(|| a.markets.cmp(&b.markets))
        });
        let mut seen = std::collections::HashSet::new();
        self.offers.retain(|o| seen.insert((o.markets.clone(), o.outcomes.map(|x| x as u8))));
        self.offers.truncate(self.most);
    }

    pub(super) fn largest(mut self) -> Vec<Offer> {
        self.keep();
        self.offers
    }
}
