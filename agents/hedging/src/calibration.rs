//! How often relations of a kind have held: what a tier below the top rests on.
//!
//! The unit is a pair whose relation was written down from its texts before it ended, and whose excluded outcome was put to the test:
//! for "A forces B" that A resolved YES (or B NO). Cases of one event hang together, so an event counts once, and fails when any of its
//! cases fails.

use crate::certificate::Certificate;
use crate::hedge::Coverage;
use crate::relation::{Evidence, Relation, RuleId};
use betty_market::{Market, Resolution};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a written-down relation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseEnd {
    /// Not all markets have resolved.
    Open,
    /// Put to the test, and it held.
    Held,
    /// An outcome came about that it excludes.
    Failed,
    /// Ended without a test: "A forces B" where A resolved NO.
    Untested,
    /// A market was void.
    Void,
}

impl CaseEnd {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Held, Self::Failed, Self::Untested, Self::Void];

    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Untested => "untested",
            Self::Void => "void",
        }
    }

    /// How a relation between two markets, in the certificate's order, stands by their results.
    #[must_use]
    pub fn of(relation: Relation, a: Option<Resolution>, b: Option<Resolution>) -> Self {
        let (Some(a), Some(b)) = (a, b) else { return Self::Open };
        let (a, b) = match (a, b) {
            (Resolution::Void, _) | (_, Resolution::Void) => return Self::Void,
            (a, b) => (a == Resolution::Yes, b == Resolution::Yes),
        };
        let (holds, tested) = match relation {
            // An antecedent that did not come true tests nothing.
            Relation::Implies => (!a || b, a),
            Relation::Excludes => (!(a && b), a || b),
            Relation::Exhausts => (a || b, !(a && b)),
            Relation::Partition => (a != b, true),
            Relation::Equivalent | Relation::Union => (a == b, true),
        };
        match (holds, tested) {
            (false, _) => Self::Failed,
            (true, true) => Self::Held,
            (true, false) => Self::Untested,
        }
    }
}

/// The event a case counts under: the antecedent's, so that a ladder is one observation.
#[must_use]
pub fn cluster_of(first: &Market) -> String {
    match &first.event {
        Some(event) => format!("event:{}", event.id),
        None => format!("market:{}", first.id),
    }
}

/// What relations are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class {
    /// The rule, or the model.
    pub rule: RuleId,
    /// How well it was known when it was written down.
    pub basis: Basis,
}

/// How well a relation was known when it was written down. Rejected ones are followed too: they tell whether rejecting was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Proposed by a model, and rejected.
    Rejected,
    /// A model's word with something against it.
    Hypothesis,
    /// A model's word that withstood its questions.
    Verified,
    /// A rule on questions alone.
    Presumed,
    /// A rule with every obligation met.
    Proven,
}

impl Basis {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rejected, Self::Hypothesis, Self::Verified, Self::Presumed, Self::Proven];

    /// The name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Hypothesis => "hypothesis",
            Self::Verified => "verified",
            Self::Presumed => "presumed",
            Self::Proven => "proven",
        }
    }
}

impl From<Evidence> for Basis {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Hypothesis => Self::Hypothesis,
            Evidence::Verified => Self::Verified,
            Evidence::Presumed => Self::Presumed,
            Evidence::Proven => Self::Proven,
        }
    }
}

/// Ended cases of one class, by event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Events in which every tested case held.
    pub held: u64,
    /// Events in which a case failed.
    pub failed: u64,
}

/// One class with its bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// What is counted.
    pub class: Class,
    /// The counts.
    pub tally: Tally,
    /// Share held and its lower bound; `None` without a tested event.
    pub coverage: Option<Coverage>,
}

/// Strength of the pool in events: how much the failures of other rules with the same basis weigh on one with few cases.
const POOL_EVENTS: f64 = 10.0;
/// The bound's one-sided error.
const ALPHA: f64 = 0.05;

/// The coverage known of each class: what the tiers below the top are given from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration(BTreeMap<Class, Coverage>);

impl Calibration {
    /// From the counts of ended cases.
    #[must_use]
    pub fn of(tallies: &BTreeMap<Class, Tally>) -> Self {
        Self(calibrate(tallies).into_iter().filter_map(|c| Some((c.class, c.coverage?))).collect())
    }

    /// What is known of relations like a certificate's.
    #[must_use]
    pub fn coverage(&self, certificate: &Certificate) -> Option<Coverage> {
        let class = Class { rule: certificate.rule, basis: certificate.evidence.into() };
        self.0.get(&class).copied()
    }
}

/// Counts cases by class and event.
#[must_use]
pub fn tallies<'c>(cases: impl IntoIterator<Item = (Class, &'c str, CaseEnd)>) -> BTreeMap<Class, Tally> {
    let mut events: BTreeMap<(Class, &str), bool> = BTreeMap::new();
    for (class, cluster, end) in cases {
        let failed = match end {
            CaseEnd::Held => false,
            CaseEnd::Failed => true,
            CaseEnd::Open | CaseEnd::Untested | CaseEnd::Void => continue,
        };
        *events.entry((class, cluster)).or_default() |= failed;
    }
    let mut out: BTreeMap<Class, Tally> = BTreeMap::new();
    for ((class, _), failed) in events {
        let tally = out.entry(class).or_default();
        if failed { tally.failed += 1 } else { tally.held += 1 }
    }
    out
}

/// The bounds of all classes.
///
/// The lower bound is the 5% quantile of Beta(held, failed + 1): Clopper and Pearson's (Biometrika 26, 1934), under which 59 events
/// without a failure give 95% and 149 give 98%. The failures of the other rules with the same basis are pooled in with the weight of
/// ten events, so that a young rule among failing ones is trusted less; the pool never raises a bound.
#[must_use]
pub fn calibrate(tallies: &BTreeMap<Class, Tally>) -> Vec<Calibrated> {
    tallies
        .iter()
        .map(|(class, tally)| {
            let others = tallies.iter().filter(|(other, _)| other.basis == class.basis && *other != class);
            let (mut failed, mut all) = (0_u64, 0_u64);
            for (_, other) in others {
                failed += other.failed;
                all += other.failed + other.held;
            }
            let pooled = if all == 0 { 0.0 } else { POOL_EVENTS * failed as f64 / all as f64 };
            Calibrated { class: *class, tally: *tally, coverage: coverage(*tally, pooled) }
        })
        .collect()
}

/// Share held with its lower bound; `pooled` failures are added to those counted.
#[must_use]
pub fn coverage(tally: Tally, pooled: f64) -> Option<Coverage> {
    let n = tally.held + tally.failed;
    if n == 0 {
        return None;
    }
    let lower = match tally.held {
        0 => 0.0,
        held => statrs::function::beta::inv_beta_reg(held as f64, tally.failed as f64 + 1.0 + pooled, ALPHA),
    };
    Some(Coverage {
        point: tally.held as f64 / n as f64,
        lower: if lower.is_finite() { lower.clamp(0.0, 1.0) } else { 0.0 },
        n: u32::try_from(n).unwrap_or(u32::MAX),
    })
}

/// The dollars a hedge is worth on average, at worst, when its relation fails as often as the bound allows: it then pays nothing.
/// The leak state of the method, in micro-dollars rounded down.
#[must_use]
pub fn with_leak(quote: &crate::hedge::HedgeQuote, coverage: Coverage) -> betty_market::Usdc {
    let fails = (1.0 - coverage.lower).clamp(0.0, 1.0);
    let (gain, cost) = (quote.worst_case.micros() as f64, quote.cost.micros() as f64);
    let micros = ((1.0 - fails) * gain - fails * cost).floor();
    // Both are sums of at most a few million dollars: far inside what a float holds exactly.
    betty_market::Usdc::from_micros(micros as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const R4: Class = Class { rule: RuleId::R4, basis: Basis::Presumed };
    const R5: Class = Class { rule: RuleId::R5, basis: Basis::Presumed };
    const MODEL: Class = Class { rule: RuleId::Model, basis: Basis::Verified };

    fn lower(held: u64, failed: u64) -> f64 {
        coverage(Tally { held, failed }, 0.0).unwrap().lower
    }

    #[test]
    fn fifty_nine_and_a_hundred_and_forty_nine_events_without_failure() {
        // (1 − α)^(1/n): 0.05^(1/59) = 0.95050…, 0.05^(1/58) = 0.94966…; 0.05^(1/149) = 0.98009…, 0.05^(1/148) = 0.97996….
        assert!(lower(59, 0) >= 0.95 && lower(58, 0) < 0.95);
        assert!(lower(149, 0) >= 0.98 && lower(148, 0) < 0.98);
        for n in [1_u64, 7, 58, 59, 148, 149, 1_000] {
            assert!((lower(n, 0) - 0.05_f64.powf(1.0 / n as f64)).abs() < 1e-9, "{n}");
        }
    }

    #[test]
    fn the_bound_is_the_one_of_clopper_and_pearson() {
        // P(X ≥ held | n, bound) = 5%, summed directly.
        for (held, failed) in [(9_u64, 1_u64), (45, 5), (90, 3), (3, 7), (1, 1), (199, 1)] {
            let (n, p) = (held + failed, lower(held, failed));
            // From no failure upwards: the other end would underflow.
            let mut term = p.powi(i32::try_from(n).unwrap());
            let mut sum = 0.0;
            for k in 0..=failed {
                sum += term;
                term *= (n - k) as f64 / (k + 1) as f64 * (1.0 - p) / p;
            }
            assert!((sum - 0.05).abs() < 1e-6, "{held} {failed}: {sum}");
        }
        assert!(coverage(Tally::default(), 0.0).is_none());
        assert_eq!(lower(0, 3), 0.0);
    }

    #[test]
    fn an_event_counts_once_and_fails_with_any_of_its_cases() {
        let cases = [
            (R4, "e1", CaseEnd::Held),
            (R4, "e1", CaseEnd::Held),
            (R4, "e2", CaseEnd::Held),
            (R4, "e2", CaseEnd::Failed),
            (R4, "e3", CaseEnd::Untested),
            (R4, "e4", CaseEnd::Open),
            (R4, "e5", CaseEnd::Void),
            (R5, "e1", CaseEnd::Held),
        ];
        let found = tallies(cases);
        assert_eq!(found[&R4], Tally { held: 1, failed: 1 });
        assert_eq!(found[&R5], Tally { held: 1, failed: 0 });
    }

    #[test]
    fn the_pool_lowers_and_never_raises() {
        let alone = BTreeMap::from([(R4, Tally { held: 80, failed: 0 })]);
        let clean = BTreeMap::from([(R4, Tally { held: 80, failed: 0 }), (R5, Tally { held: 500, failed: 0 })]);
        let bad = BTreeMap::from([(R4, Tally { held: 80, failed: 0 }), (R5, Tally { held: 50, failed: 50 })]);
        let elsewhere = BTreeMap::from([(R4, Tally { held: 80, failed: 0 }), (MODEL, Tally { held: 1, failed: 99 })]);
        let of = |t: &BTreeMap<Class, Tally>| {
            calibrate(t).into_iter().find(|c| c.class == R4).unwrap().coverage.unwrap().lower
        };
        assert_eq!(of(&alone), of(&clean));
        assert!(of(&bad) < of(&alone));
        assert_eq!(of(&elsewhere), of(&alone), "another kind of evidence says nothing");
    }

    #[test]
    fn a_case_is_tested_only_where_it_could_have_failed() {
        use Resolution::{No, Void, Yes};
        let of = |relation, a, b| CaseEnd::of(relation, Some(a), Some(b));
        assert_eq!(of(Relation::Implies, Yes, Yes), CaseEnd::Held);
        assert_eq!(of(Relation::Implies, Yes, No), CaseEnd::Failed);
        assert_eq!(of(Relation::Implies, No, Yes), CaseEnd::Untested);
        assert_eq!(of(Relation::Excludes, No, No), CaseEnd::Untested);
        assert_eq!(of(Relation::Excludes, Yes, Yes), CaseEnd::Failed);
        assert_eq!(of(Relation::Exhausts, No, No), CaseEnd::Failed);
        assert_eq!(of(Relation::Exhausts, Yes, Yes), CaseEnd::Untested);
        assert_eq!(of(Relation::Equivalent, No, No), CaseEnd::Held);
        assert_eq!(of(Relation::Partition, Yes, Yes), CaseEnd::Failed);
        assert_eq!(of(Relation::Implies, Void, Yes), CaseEnd::Void);
        assert_eq!(CaseEnd::of(Relation::Implies, Some(No), None), CaseEnd::Open);
    }
}
