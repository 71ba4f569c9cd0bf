//! R1: the two tokens of one binary market. YES and NO together pay a dollar, void included.

use super::{Draft, Failure, Obligation};
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::relation::{Evidence, Relation, RuleId};

/// Certifies that a market's own tokens are complements.
///
/// The books of one market mirror each other, so this never shows a profit by itself: it is a building block and a check,
/// not something a scan looks for.
///
/// # Errors
/// [`Failure`] when both outcomes name the same token, or no rule text is there to say what YES means.
pub fn prove(market: &Reading<'_>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R1);
    if market.market.yes == market.market.no {
        return draft.fail(Obligation::Form, "both outcomes are the same token");
    }
    draft.met_with(Obligation::Form, "binary, one condition");
    draft.set("condition", market.market.condition.as_str());
    let evidence = if market.rules().is_some() { Evidence::Proven } else { Evidence::Presumed };
    let sentence =
        "One condition pays YES or NO: a share of each pays a dollar together, also when it is void.".to_owned();
    Ok(draft.finish(Relation::Partition, evidence, &[market], sentence))
}
