//! R2: two members of one neg-risk group cannot both resolve YES.

use super::{Draft, Failure, Obligation, both_rules};
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::relation::{Evidence, Relation, RuleId};
use std::collections::BTreeSet;

/// Certifies that at most one of two markets resolves YES.
///
/// # Errors
/// [`Failure`] unless both carry the same neg-risk id. Markets that merely stand in one event are not exclusive.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R2);
    let (Some(na), Some(nb)) = (&a.market.neg_risk, &b.market.neg_risk) else {
        return draft.fail(Obligation::Form, "not both are neg-risk markets");
    };
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    if na.group != nb.group {
        return draft.fail(Obligation::SameGroup, "the groups differ");
    }
    draft.met(Obligation::Distinct);
    draft.met(Obligation::SameGroup);
    draft.set("group", na.group.as_str());
    let evidence = if both_rules(a, b).is_some() { Evidence::Proven } else { Evidence::Presumed };
    let sentence = format!(
        "\"{}\" and \"{}\" belong to one neg-risk group, whose contract lets at most one of its questions resolve YES.",
        a.market.question, b.market.question
    );
    Ok(draft.finish(Relation::Excludes, evidence, &[a, b], sentence))
}

/// Certifies that at most one of a group's markets seen resolves YES.
///
/// # Errors
/// [`Failure`] unless there are at least two different markets and all carry the same neg-risk id.
pub fn prove_set(members: &[&Reading<'_>]) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R2);
    let Some(group) = members.first().and_then(|r| r.market.neg_risk.as_ref()).map(|n| &n.group) else {
        return draft.fail(Obligation::Form, "not a neg-risk market");
    };
    let conditions: BTreeSet<_> = members.iter().map(|r| &r.market.condition).collect();
    if members.len() < 2 || conditions.len() != members.len() {
        return draft.fail(Obligation::Distinct, "a market stands alone or there twice");
    }
    draft.met(Obligation::Distinct);
    if members.iter().any(|r| r.market.neg_risk.as_ref().is_none_or(|n| n.group != *group)) {
        return draft.fail(Obligation::SameGroup, "the groups differ");
    }
    draft.met(Obligation::SameGroup);
    draft.set("group", group.as_str());
    draft.set("members", members.len().to_string());
    let proven = members.iter().all(|r| r.rules().is_some());
    let sentence = format!(
        "{} questions like \"{}\" belong to one neg-risk group, whose contract lets at most one of its questions resolve YES.",
        members.len(),
        members[0].market.question
    );
    let evidence = if proven { Evidence::Proven } else { Evidence::Presumed };
    Ok(draft.finish(Relation::Excludes, evidence, members, sentence))
}
