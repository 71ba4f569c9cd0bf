//! R2: two members of one neg-risk group cannot both resolve YES.

use super::{Draft, Failure, Obligation, both_rules};
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::relation::{Evidence, Relation, RuleId};

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
