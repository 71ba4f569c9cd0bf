//! One row: what holds between two markets in the words of the labels, or the obligation that came nearest.

use betty_hedging::{Analysis, Evidence, Obligation, Relation, RuleId};
use betty_market::MarketId;
use serde::Serialize;

/// What holds, as the labels call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The first resolving YES forces the second.
    AImpliesB,
    /// The second resolving YES forces the first.
    BImpliesA,
    /// Both resolve alike.
    Equivalent,
    /// At most one resolves YES.
    MutuallyExclusive,
    /// At least one resolves YES.
    Exhaustive,
    /// No rule shows anything.
    None,
}

/// One pair of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The first market.
    pub a: MarketId,
    /// The second.
    pub b: MarketId,
    /// What holds.
    pub relation: Label,
    /// How well it is known; absent for none.
    pub evidence: Option<Evidence>,
    /// The rule that shows it; absent for none.
    pub rule: Option<RuleId>,
    /// The certificate's sentence, or why nothing is shown.
    pub reason: String,
}

/// The row of an analysed pair.
#[must_use]
pub fn row(a: &MarketId, b: &MarketId, analysis: &Analysis) -> Row {
    let plain = |relation, reason| Row { a: a.clone(), b: b.clone(), relation, evidence: None, rule: None, reason };
    if a == b {
        let reason = "one market twice: it resolves like itself".to_owned();
        return Row { evidence: Some(Evidence::Proven), ..plain(Label::Equivalent, reason) };
    }
    let Some(certificate) = &analysis.relation else {
        // The last of those that came furthest: the rules that fit the questions best are tried before the general ones.
        let told = analysis.failed.iter().max_by_key(|f| telling(f.obligation));
        return plain(
            Label::None,
            told.map_or_else(|| "no rule speaks about these two".to_owned(), ToString::to_string),
        );
    };
    let (relation, more) = match certificate.relation {
        Relation::Implies if certificate.markets.first() == Some(a) => (Label::AImpliesB, ""),
        Relation::Implies => (Label::BImpliesA, ""),
        Relation::Equivalent | Relation::Union => (Label::Equivalent, ""),
        Relation::Excludes => (Label::MutuallyExclusive, ""),
        Relation::Partition => (Label::MutuallyExclusive, " One of the two resolves YES: they are exhaustive as well."),
        Relation::Exhausts => (Label::Exhaustive, ""),
    };
    let reason = format!("{}{more}", certificate.sentence);
    Row { evidence: Some(certificate.evidence), rule: Some(certificate.rule), ..plain(relation, reason) }
}

/// The row of a pair of which a market could not be had.
#[must_use]
pub fn unknown(a: &MarketId, b: &MarketId, why: &str) -> Row {
    Row { a: a.clone(), b: b.clone(), relation: Label::None, evidence: None, rule: None, reason: why.to_owned() }
}

/// How much a failed obligation tells: a rule whose form the questions do not have tells nothing.
const fn telling(obligation: Obligation) -> u8 {
    match obligation {
        Obligation::Form | Obligation::SameGroup => 0,
        Obligation::Distinct
        | Obligation::SameTemplate
        | Obligation::SameQuestion
        | Obligation::SameEntity
        | Obligation::SameMatch
        | Obligation::SameCompetition => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_hedging::Failure;

    fn id(text: &str) -> MarketId {
        MarketId::new(text).unwrap()
    }

    #[test]
    fn the_most_telling_failure_is_the_reason() {
        let failure = |rule, obligation, detail: &str| Failure { rule, obligation, detail: detail.to_owned() };
        let failed = vec![
            failure(RuleId::R9, Obligation::Form, "no stage"),
            failure(RuleId::R4, Obligation::CumulativeWording, "a window"),
            failure(RuleId::R5, Obligation::SameTemplate, "other words"),
            failure(RuleId::R2, Obligation::SameGroup, "no group"),
        ];
        let found = row(&id("1"), &id("2"), &Analysis { relation: None, failed });
        assert_eq!((found.relation, found.evidence, found.rule), (Label::None, None, None));
        assert!(found.reason.contains("a window"), "{}", found.reason);
    }

    #[test]
    fn one_market_twice_is_equivalent_to_itself() {
        let found = row(&id("1"), &id("1"), &Analysis { relation: None, failed: Vec::new() });
        assert_eq!((found.relation, found.rule), (Label::Equivalent, None));
    }

    #[test]
    fn labels_have_the_names_of_the_format() {
        let labels = [
            Label::AImpliesB,
            Label::BImpliesA,
            Label::Equivalent,
            Label::MutuallyExclusive,
            Label::Exhaustive,
            Label::None,
        ];
        let names = serde_json::to_string(&labels).unwrap();
        assert_eq!(names, r#"["a_implies_b","b_implies_a","equivalent","mutually_exclusive","exhaustive","none"]"#);
    }
}
