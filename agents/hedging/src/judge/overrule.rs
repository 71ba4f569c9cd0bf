//! Where dates and numbers can be read, they outrank what a model says.

use super::claim::{Claim, World};
use super::verdict::Doubt;
use crate::discover::analyze;
use crate::facts::Reading;
use crate::facts::date::Deadline;
use crate::facts::item::Item;
use crate::relation::Evidence;
use betty_market::{Market, Outcome};

/// A claim that dates, numbers or groups contradict, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict(pub String);

/// Whether the rules say something else of two markets than a claim does.
///
/// First with all obligations; then on the questions alone, where what is compared is only how dates and numbers order them. A rule that
/// does not speak contradicts nothing.
#[must_use]
pub fn overruled(a: &Market, b: &Market, claim: Claim) -> Option<Conflict> {
    let bare = |m: &Market| Market { description: None, resolution_source: None, ..m.clone() };
    let shown = analyze(a, b).relation.or_else(|| analyze(&bare(a), &bare(b)).relation)?;
    let claims = Claim::all_of(&shown, &a.id, &b.id);
    if claims.is_empty() || claims.iter().any(|c| c.covers(claim)) {
        return None;
    }
    let words = if shown.evidence == Evidence::Proven { "is proven" } else { "follows from dates and numbers" };
    Some(Conflict(format!(
        "{} was claimed, but by {} ({}) {} {words}: {}",
        claim.name(),
        shown.rule,
        shown.rule.title(),
        claims[0].name(),
        shown.sentence
    )))
}

/// A doubt that dates raise: what may still happen after the last day of the other market.
pub(super) fn doubt(a: &Market, b: &Market, claim: Claim) -> Option<Doubt> {
    let [da, db] = [a, b].map(deadline);
    let (da, db) = (da?, db?);
    // YES on one with NO on the other cannot be ruled out by the questions when the one has longer time.
    let late = claim.excluded().into_iter().any(|World { a, b }| match (a, b) {
        (Outcome::Yes, Outcome::No) => da > db,
        (Outcome::No, Outcome::Yes) => db > da,
        _ => false,
    });
    late.then_some(Doubt::Dates)
}

/// The last deadline that a question names with its year.
fn deadline(market: &Market) -> Option<Deadline> {
    let reading = Reading::of(market);
    let last = reading.question.iter().rev().find_map(|item| match item {
        Item::Date(date, _) => date.deadline(),
        _ => None,
    })?;
    let (dated, _) = reading.dated(last);
    dated.year.is_some().then_some(dated)
}
