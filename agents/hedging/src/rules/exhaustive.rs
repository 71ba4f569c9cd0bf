//! R3: a complete neg-risk event. Exactly one of its markets resolves YES.

use super::{Draft, Failure, Obligation};
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::relation::{Evidence, Relation, RuleId};
use std::collections::BTreeSet;

/// Labels that catch every outcome not named.
const CATCH_ALL: [&str; 9] =
    ["other", "others", "none", "no one", "nobody", "someone else", "any other", "none of the above", "field"];

/// Nouns of placeholders: "Candidate A", "Team 12".
const PLACEHOLDERS: [&str; 12] = [
    "person",
    "candidate",
    "team",
    "player",
    "option",
    "party",
    "country",
    "company",
    "club",
    "artist",
    "film",
    "other",
];

fn label<'m>(r: &Reading<'m>) -> &'m str {
    r.market.group_title.as_deref().unwrap_or(&r.market.question).trim()
}

fn is_placeholder(label: &str) -> bool {
    let mut words = label.split_whitespace();
    let (Some(noun), Some(mark), None) = (words.next(), words.next(), words.next()) else { return false };
    let short = mark.len() <= 2 && mark.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    short && PLACEHOLDERS.iter().any(|p| noun.eq_ignore_ascii_case(p))
}

/// Certifies that exactly one of an event's markets resolves YES. `members` are all markets seen of the event.
///
/// # Errors
/// [`Failure`] unless all stand in one neg-risk group and one event, as many were seen as the event has, none can be
/// added, each is named, and one of them catches the rest.
pub fn prove(members: &[&Reading<'_>]) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R3);
    let Some((first, rest)) = members.split_first() else {
        return draft.fail(Obligation::Form, "no market");
    };
    if rest.is_empty() {
        return draft.fail(Obligation::Form, "a single market");
    }
    let (Some(group), Some(event)) = (&first.market.neg_risk, &first.market.event) else {
        return draft.fail(Obligation::Form, "no neg-risk event");
    };
    let ids: BTreeSet<_> = members.iter().map(|r| &r.market.condition).collect();
    if ids.len() != members.len() {
        return draft.fail(Obligation::Distinct, "a market stands there twice");
    }
    draft.met(Obligation::Distinct);
    for r in members {
        if r.market.neg_risk.as_ref().is_none_or(|n| n.group != group.group)
            || r.market.event.as_ref().is_none_or(|e| e.id != event.id)
        {
            return draft.fail(Obligation::SameGroup, format!("\"{}\" belongs elsewhere", label(r)));
        }
    }
    draft.met(Obligation::SameGroup);
    match event.market_count {
        Some(count) if count as usize == members.len() => {
            draft.met_with(Obligation::Complete, &format!("{count} of {count}"));
        }
        Some(count) => {
            return draft.fail(Obligation::Complete, format!("{} of {count} were seen", members.len()));
        }
        None => return draft.fail(Obligation::Complete, "the source does not say how many there are"),
    }
    if members.iter().any(|r| r.market.neg_risk.as_ref().is_some_and(|n| n.augmented)) {
        return draft.fail(Obligation::NotAugmented, "the event is augmented");
    }
    draft.met(Obligation::NotAugmented);
    if let Some(r) = members.iter().find(|r| label(r).is_empty() || is_placeholder(label(r))) {
        return draft.fail(Obligation::NoPlaceholder, format!("\"{}\" is a placeholder", label(r)));
    }
    draft.met(Obligation::NoPlaceholder);
    let catches = |r: &&&Reading<'_>| {
        r.market.neg_risk.as_ref().is_some_and(|n| n.other)
            || CATCH_ALL.iter().any(|c| label(r).eq_ignore_ascii_case(c))
    };
    let Some(other) = members.iter().find(catches) else {
        return draft.fail(Obligation::CatchAll, "no \"Other\" among them");
    };
    draft.met_with(Obligation::CatchAll, label(other));
    draft.set("event", event.id.as_str());
    draft.set("group", group.group.as_str());
    draft.set("members", members.len().to_string());
    let proven = members.iter().all(|r| r.rules().is_some());
    let sentence = format!(
        "The {} questions of \"{}\" are all there is, at most one of them resolves YES, and \"{}\" catches the rest: exactly one does.",
        members.len(),
        event.title,
        label(other)
    );
    let evidence = if proven { Evidence::Proven } else { Evidence::Presumed };
    Ok(draft.finish(Relation::Partition, evidence, members, sentence))
}
