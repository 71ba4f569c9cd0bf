//! R11: markets on the score of one match, by arithmetic on the score. Who wins by two wins; a match that ends 2 - 1 has three goals.
//!
//! The rule texts must speak of the same match and the same part of it, and state what the questions ask; what each pays when the match
//! is not played is a world of its own, in which the relation must hold too.

use super::thresholds::{names_a_year, same_end};
use super::{Draft, Failure, Obligation, both_rules, quote_item};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::item::Item;
use crate::facts::match_text::{MatchText, Period, Unread, read};
use crate::facts::score::{Claim, Frame, MatchQuestion, Worth, frame, relation, scores};
use crate::relation::{Evidence, Relation, RuleId};
use chrono::{Datelike, NaiveDate};
use std::hash::{DefaultHasher, Hasher};

/// Most pairs of one side's questions that are looked at.
pub(crate) const PAIRS_MAX: usize = 400;

/// How far the end of a market may lie from the day that a question names, in days: kick-off and end of day, in whatever zone.
const DAY_SLACK: i32 = 1;

/// The key of a question on a match: its two sides, in whatever order.
pub(crate) fn keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    let Some(found) = reading.score() else { return };
    let side = |name: &str| {
        let mut hash = DefaultHasher::new();
        name.bytes().for_each(|b| hash.write_u8(b.to_ascii_lowercase()));
        hash.finish()
    };
    if let [Some(one), Some(two)] = found.teams {
        out.push(side(one).wrapping_add(side(two)));
    }
}

/// Two questions on what may be one match, related by some arithmetic. Members of one neg-risk group exclude each other anyway.
pub(crate) fn is_candidate(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    let (Some(x), Some(y)) = (a.score(), b.score()) else { return false };
    let grouped = a.market.neg_risk.as_ref().zip(b.market.neg_risk.as_ref()).is_some_and(|(p, q)| p.group == q.group);
    !grouped && near(a, b) && frame(&x, &y).is_some_and(|f| over_scores(&f, None).is_some())
}

/// The days of two questions do not part them: named days, else the ends of the markets.
fn near(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    day_of(a).zip(day_of(b)).is_some_and(|(p, q)| (p - q).abs() <= DAY_SLACK)
}

/// The day of a question, counted: the one it names, else that of its market's end.
fn day_of(reading: &Reading<'_>) -> Option<i32> {
    let day = match reading.score()?.day {
        Some((year, month, day)) => NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day))?,
        None => reading.market.end?.to_datetime()?.date_naive(),
    };
    Some(day.num_days_from_ce())
}

/// What holds at every score, and in the world where the match is not played if that is one more.
fn over_scores(frame: &Frame<'_>, not_played: Option<(Worth, Worth)>) -> Option<(Relation, bool)> {
    let [a, b] = frame.claims;
    let played = scores(a, b)?.into_iter().map(|(one, two)| (a.worth(one, two), b.worth(one, two)));
    relation(&played.chain(not_played).collect::<Vec<_>>())
}

/// Certifies what the score of one match makes of two markets. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R11);
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    let (Some(x), Some(y)) = (a.score(), b.score()) else {
        return draft.fail(
            Obligation::Form,
            "not both ask for the score of a match of which question or event names both sides",
        );
    };
    draft.met(Obligation::Form);
    let Some(lines) = frame(&x, &y) else {
        return draft.fail(Obligation::SameMatch, "the questions do not name one pair of sides");
    };
    let Some(mut found) = over_scores(&lines, None) else {
        return draft.fail(Obligation::ByScore, "there are scores for every combination of answers");
    };
    draft.met(Obligation::ByScore);
    if !near(a, b) {
        return draft.fail(Obligation::SameMatch, "the days differ or are unknown");
    }
    if a.market.resolution_source != b.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    let evidence = match both_rules(a, b) {
        Some(rules) => {
            found = on_rules(&mut draft, (a, &x), (b, &y), &lines, rules)?;
            Evidence::Proven
        }
        None => {
            presumed(&draft, (a, &x), (b, &y))?;
            Evidence::Presumed
        }
    };
    draft.met(Obligation::SameMatch);
    let (relation, turned) = found;
    let ((first, p), (second, q)) = if turned { ((b, y), (a, x)) } else { ((a, x), (b, y)) };
    for (name, r, found) in [("claim_a", first, p), ("claim_b", second, q)] {
        draft.set(name, words(found.claim));
        draft.span(r.span(Field::Question, (0, r.market.question.len())));
    }
    draft.set("sides", lines.teams.into_iter().flatten().collect::<Vec<_>>().join(" – "));
    let (fq, sq) = (&first.market.question, &second.market.question);
    let sentence = match relation {
        Relation::Implies => format!("Whatever the score of the match: YES on \"{fq}\" forces YES on \"{sq}\"."),
        Relation::Equivalent => format!("Whatever the score of the match, \"{fq}\" and \"{sq}\" resolve alike."),
        Relation::Excludes => format!("No score of the match makes both \"{fq}\" and \"{sq}\" resolve YES."),
        Relation::Exhausts => format!("Every score of the match makes \"{fq}\" or \"{sq}\" resolve YES."),
        _ => format!("Every score of the match makes exactly one of \"{fq}\" and \"{sq}\" resolve YES."),
    };
    Ok(draft.finish(relation, evidence, &[first, second], sentence))
}

fn words(claim: Claim) -> String {
    match claim {
        Claim::Win(_) => "the side wins".to_owned(),
        Claim::Moneyline(_) => "the first side wins, or else the second".to_owned(),
        Claim::Draw => "a draw".to_owned(),
        Claim::Exact(a, b) => format!("{a} - {b}"),
        Claim::Total(least) => format!("at least {least} in all"),
        Claim::Margin(_, least) => format!("the side wins by at least {least}"),
        Claim::BothScore => "both sides score".to_owned(),
    }
}

/// Without rule texts: both name the two sides, end at one instant, and what they ask is asked of the same part of the match by custom.
/// A question with two sides and no draw may count overtime where the others do not.
fn presumed<'m>(
    draft: &Draft,
    (a, x): (&Reading<'m>, &MatchQuestion<'m>),
    (b, y): (&Reading<'m>, &MatchQuestion<'m>),
) -> Result<(), Failure> {
    if [x, y].iter().any(|q| matches!(q.claim, Claim::Moneyline(_))) {
        return draft.fail(Obligation::SamePeriod, "no rule text says whether overtime counts");
    }
    // Two matches of the same two sides on one day end at two times.
    if a.market.end.is_none() || a.market.end != b.market.end {
        return draft.fail(Obligation::SameMatch, "the markets end at two times, and there may be two matches");
    }
    Ok(())
}

/// Obligations on the rule texts: one match, one part of it, what the questions ask, and the same relation when it is not played.
fn on_rules<'m>(
    draft: &mut Draft,
    (a, x): (&Reading<'m>, &MatchQuestion<'m>),
    (b, y): (&Reading<'m>, &MatchQuestion<'m>),
    lines: &Frame<'m>,
    (ra, rb): (&[Item<'_>], &[Item<'_>]),
) -> Result<(Relation, bool), Failure> {
    let told = |r: &Reading<'m>, rules: &[Item<'_>], q: &MatchQuestion<'m>| {
        read(rules, q, lines.teams).or_else(|unread| {
            let at =
                |i: usize| format!("the sentence that begins with {}", quote_item(r, Field::Description, rules.get(i)));
            match unread {
                Unread::Period(i) => draft.fail(Obligation::SamePeriod, at(i)),
                Unread::Condition(i) => draft.fail(Obligation::StatedInRules, at(i)),
                Unread::NotPlayed(i) => draft.fail(Obligation::TiesAndWalkovers, at(i)),
                Unread::NoCondition => {
                    draft.fail(Obligation::StatedInRules, "a rule text does not say when the market resolves YES")
                }
            }
        })
    };
    let (ta, tb) = (told(a, ra, x)?, told(b, rb, y)?);
    if let Some((p, q)) = ta.unit.zip(tb.unit).filter(|(p, q)| p != q) {
        let detail = format!("one text counts {}, the other {}", p.name(), q.name());
        return draft.fail(Obligation::StatedInRules, detail);
    }
    draft.met(Obligation::StatedInRules);
    same_match(draft, (a, ra, &ta), (b, rb, &tb))?;
    match (ta.period, tb.period) {
        (Some(p), Some(q)) if p == q => draft.met_with(
            Obligation::SamePeriod,
            match p {
                Period::Regulation => "90 minutes and stoppage time",
                Period::WithOvertime => "the final score with overtime",
            },
        ),
        (Some(_), Some(_)) => {
            return draft.fail(Obligation::SamePeriod, "90 minutes in one, overtime too in the other");
        }
        _ => return draft.fail(Obligation::SamePeriod, "a rule text does not say what of the match counts"),
    }
    let alike = |x: &[std::ops::Range<usize>], y: &[std::ops::Range<usize>]| {
        x.len() == y.len() && x.iter().zip(y).all(|(p, q)| equal(&ra[p.clone()], &rb[q.clone()]))
    };
    if !alike(&ta.sources, &tb.sources) {
        return draft.fail(Obligation::SameSource, "the sentences on the source differ");
    }
    draft.met(Obligation::SameSource);
    if !alike(&ta.others, &tb.others) {
        return draft.fail(Obligation::SameRules, "a sentence that is not read stands in one text only");
    }
    draft.met(Obligation::SameRules);
    let found = not_played(draft, (ra, &ta), (rb, &tb), lines)?;
    for (r, rules, text) in [(a, ra, &ta), (b, rb, &tb)] {
        for range in &text.conditions {
            draft.span(r.span(Field::Description, (rules[range.start].span().0, rules[range.end - 1].span().1)));
        }
    }
    Ok(found)
}

fn equal(a: &[Item<'_>], b: &[Item<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.same(y))
}

/// Both texts name one day and time; where that leaves the year out, the venue's ends agree.
fn same_match<'m>(
    draft: &Draft,
    (a, ra, ta): (&Reading<'m>, &[Item<'_>], &MatchText),
    (b, rb, tb): (&Reading<'m>, &[Item<'_>], &MatchText),
) -> Result<(), Failure> {
    let (Some(p), Some(q)) = (&ta.scheduled, &tb.scheduled) else {
        return draft.fail(Obligation::SameMatch, "a rule text does not say when the match is scheduled");
    };
    let (p, q) = (&ra[p.clone()], &rb[q.clone()]);
    if !equal(p, q) || !p.iter().any(|i| matches!(i, Item::Date(..))) {
        let (x, y) = (quote_item(a, Field::Description, p.first()), quote_item(b, Field::Description, q.first()));
        return draft.fail(Obligation::SameMatch, format!("scheduled for {x} and for {y}"));
    }
    if names_a_year(p) { Ok(()) } else { same_end(draft, a, b) }
}

/// A match that is put off is waited for by both or by none. Gives back what holds at every score and also when the match is not played,
/// which may be less than what holds at every score.
fn not_played(
    draft: &mut Draft,
    (ra, ta): (&[Item<'_>], &MatchText),
    (rb, tb): (&[Item<'_>], &MatchText),
    lines: &Frame<'_>,
) -> Result<(Relation, bool), Failure> {
    let alike = match (&ta.waits, &tb.waits) {
        (Some(x), Some(y)) => equal(&ra[x.clone()], &rb[y.clone()]),
        (None, None) => true,
        _ => false,
    };
    if !alike {
        return draft
            .fail(Obligation::TiesAndWalkovers, "the texts differ in what they say of a match that is put off");
    }
    let canceled = match (&ta.canceled, &tb.canceled) {
        (None, None) => None,
        (Some((x, p)), Some((y, q))) => {
            // "Canceled entirely, with no make-up game" says no more than without the word.
            let plain = |items: &[Item<'_>]| -> Vec<String> {
                let words = items.iter().filter_map(Item::word).map(|t| t.text.to_lowercase());
                words.filter(|w| w != "entirely").map(|w| w.replace("cancelled", "canceled")).collect()
            };
            if plain(&ra[p.clone()]) != plain(&rb[q.clone()]) {
                return draft
                    .fail(Obligation::TiesAndWalkovers, "the texts differ in when a match counts as not played");
            }
            Some((*x, *y))
        }
        _ => return draft.fail(Obligation::TiesAndWalkovers, "one text does not say what a canceled match means"),
    };
    let Some(found) = over_scores(lines, canceled) else {
        let paid = |w: Worth| ["0", "50 cents", "1"].get(usize::from(w.0)).copied().unwrap_or("?");
        let (x, y) = canceled.map_or(("?", "?"), |(x, y)| (paid(x), paid(y)));
        let detail = format!("when the match is not played, one pays {x} and the other {y}");
        return draft.fail(Obligation::TiesAndWalkovers, detail);
    };
    draft.met(Obligation::TiesAndWalkovers);
    Ok(found)
}
