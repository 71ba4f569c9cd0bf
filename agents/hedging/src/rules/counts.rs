//! R8: counts of one thing over one window. Exactly four is also at least three, and is not exactly five.
//!
//! An exact count is a range with one value, so what holds between two counts is what holds between two ranges. Ranges and thresholds
//! alone are the business of the rule on brackets; here at least one count is exact. What else the question names in numbers ("of
//! magnitude 7.0 or higher") must be the same.

use super::brackets::{always_counted, contradicts, one_quantity, relation};
use super::thresholds::{names_a_year, same_end};
use super::twins::same_opening;
use super::{Draft, Failure, Obligation, both_rules, quote_item};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::conjunction::is_verb;
use crate::facts::count::{ONE, asked, counted, same_but_for_number};
use crate::facts::item::Item;
use crate::facts::number::Unit;
use crate::facts::range::{Piece, Range, Stated, pieces_by};
use crate::facts::subject::{behind_a_name, behind_anybody};
use crate::facts::text::{Polarity, polarity_of, threshold_ladder_breaker, zones};
use crate::relation::{Evidence, Relation, RuleId};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most pairs of one block that are looked at.
pub(crate) const PAIRS_MAX: usize = 400;

/// The key of a counting question: its words without the count, the same for one and for several.
pub(crate) fn keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    let Some(count) = asked(&reading.question) else { return };
    let mut hash = DefaultHasher::new();
    for (i, item) in reading.question.iter().enumerate() {
        match item {
            _ if (count.from..count.to).contains(&i) => {}
            Item::Word(token) => {
                let text = token.text.trim_end_matches(['s', 'S']);
                text.trim_end_matches(['e', 'E']).chars().for_each(|c| c.to_ascii_lowercase().hash(&mut hash));
            }
            Item::Number(n) => n.value.hash(&mut hash),
            Item::Date(d, _) => (d.role, d.when).hash(&mut hash),
        }
    }
    out.push(hash.finish());
}

/// Whether two questions have the rule's shape and could be tied by it. Members of one neg-risk group exclude each other anyway.
pub(crate) fn is_candidate(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    let (Some(x), Some(y)) = (asked(&a.question), asked(&b.question)) else { return false };
    let (x, y) = (x.range, y.range);
    let grouped = a.market.neg_risk.as_ref().zip(b.market.neg_risk.as_ref()).is_some_and(|(p, q)| p.group == q.group);
    !grouped && is_exact(&x, &y) && relation(&x, &y).is_some()
}

/// Whose count it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Of one thing with a name, or of the world.
    One,
    /// Of whoever has it: then the count of one says nothing against that of another.
    Anybodys,
}

/// Whose count stands at a place of a question: "Will <whose> <verb> <count> …", and nothing else in front of it. Of "few companies
/// make exactly four" or "avoids exactly four" it does not follow for three or more.
fn whose(question: &[Item<'_>], at: usize) -> Option<Whose> {
    let directly = |behind: Option<usize>| behind.is_some_and(|v| v + 1 == at && is_verb(&question[v]));
    if directly(behind_a_name(question)) {
        Some(Whose::One)
    } else if directly(behind_anybody(question)) {
        Some(Whose::Anybodys)
    } else {
        None
    }
}

fn is_exact(x: &Range, y: &Range) -> bool {
    x.point().or(y.point()).is_some()
}

/// Certifies what two counts of one thing make of two markets. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R8);
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    let (Some(qa), Some(qb)) = (asked(&a.question), asked(&b.question)) else {
        return draft.fail(Obligation::Form, "not both questions count something");
    };
    if !is_exact(&qa.range, &qb.range) {
        return draft.fail(Obligation::Form, "neither question asks for an exact count");
    }
    draft.met(Obligation::Form);
    let of_whom = [(a, &qa), (b, &qb)].map(|(r, count)| whose(&r.question, count.from));
    let Some(whose) = of_whom[0].filter(|w| of_whom[1] == Some(*w)) else {
        return draft.fail(Obligation::SameEntity, "the count is not that of one thing with a name, in plain words");
    };
    same_question(&draft, (a, &qa), (b, &qb))?;
    draft.met(Obligation::SameTemplate);
    // "Fewer than" as the count itself turns nothing.
    for (r, count) in [(a, &qa), (b, &qb)] {
        let around = [&r.question[..count.from], &r.question[count.to..]];
        if let Some(item) = around.into_iter().find_map(threshold_ladder_breaker) {
            return draft.fail(Obligation::NoTurn, quote_item(r, Field::Question, Some(item)));
        }
    }
    draft.met(Obligation::NoTurn);
    if a.market.resolution_source != b.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    let (x, y, evidence) = match both_rules(a, b) {
        Some(rules) => {
            let [x, y] = on_rules(&mut draft, (a, &qa), (b, &qb), rules)?;
            (x, y, Evidence::Proven)
        }
        None => {
            same_end(&draft, a, b)?;
            (qa.range, qb.range, Evidence::Presumed)
        }
    };
    draft.met(Obligation::SameInstant);
    let Some((relation, turned)) = relation(&x, &y) else {
        return draft.fail(Obligation::KnownEdges, "the counts overlap in part, or meet at an edge that is not said");
    };
    draft.met(Obligation::KnownEdges);
    if whose == Whose::Anybodys && !matches!(relation, Relation::Implies | Relation::Equivalent) {
        return draft.fail(Obligation::SameEntity, "the question leaves open whose number it is");
    }
    one_quantity(&draft, a, relation)?;
    if matches!(relation, Relation::Exhausts | Relation::Partition) {
        always_counted(&mut draft, &[a, b])?;
    }
    let ordered = if turned { [(b, &qb), (a, &qa)] } else { [(a, &qa), (b, &qb)] };
    for ((r, count), name) in ordered.iter().zip(["count_a", "count_b"]) {
        draft.set(name, words(r, count));
        draft.span(r.span(Field::Question, ends(r, count)));
    }
    let [first, second] = ordered.map(|(r, _)| r);
    let [p, q] = ordered.map(|(r, count)| words(r, count));
    let (fq, sq) = (&first.market.question, &second.market.question);
    let sentence = match relation {
        Relation::Implies => {
            format!("One count over one window: {p} is also {q}, so YES on \"{fq}\" forces YES on \"{sq}\".")
        }
        Relation::Equivalent => {
            format!("One count over one window: {p} and {q} are the same, so \"{fq}\" and \"{sq}\" resolve alike.")
        }
        Relation::Excludes => format!(
            "One count over one window cannot be {p} and {q}: at most one of \"{fq}\" and \"{sq}\" resolves YES."
        ),
        Relation::Exhausts => {
            format!("One count over one window is {p} or {q}: at least one of \"{fq}\" and \"{sq}\" resolves YES.")
        }
        _ => format!(
            "One count over one window is either {p} or {q}: exactly one of \"{fq}\" and \"{sq}\" resolves YES."
        ),
    };
    Ok(draft.finish(relation, evidence, &[first, second], sentence))
}

fn ends(r: &Reading<'_>, count: &Stated) -> (usize, usize) {
    (r.question[count.from].span().0, r.question[count.to - 1].span().1)
}

fn words<'m>(r: &Reading<'m>, count: &Stated) -> &'m str {
    let (start, end) = ends(r, count);
    r.market.question.get(start..end).unwrap_or_default()
}

/// Lays two rows beside each other: the pairs of ranges that differ, or the place at which the rows part. Words may differ in number where one
/// side counts one thing.
fn aligned(x: &[Piece<'_, '_>], y: &[Piece<'_, '_>], one: bool) -> Result<Vec<(Stated, Stated)>, usize> {
    let mut out = Vec::new();
    for i in 0..x.len().max(y.len()) {
        match (x.get(i), y.get(i)) {
            (Some(Piece::Item(p)), Some(Piece::Item(q))) if p.same(q) => {}
            (Some(Piece::Item(Item::Word(p))), Some(Piece::Item(Item::Word(q))))
                if one && same_but_for_number(p.text, q.text) => {}
            (Some(Piece::Range(p)), Some(Piece::Range(q))) if p.range == q.range => {}
            (Some(Piece::Range(p)), Some(Piece::Range(q))) => out.push((*p, *q)),
            _ => return Err(i),
        }
    }
    Ok(out)
}

fn quote(r: &Reading<'_>, field: Field, items: &[Item<'_>], piece: Option<&Piece<'_, '_>>) -> String {
    match piece {
        Some(Piece::Item(item)) => quote_item(r, field, Some(item)),
        Some(Piece::Range(stated)) => quote_item(r, field, items.get(stated.from)),
        None => quote_item(r, field, None),
    }
}

/// One side counts one thing only, so that words around it stand for one.
fn counts_one(x: &Stated, y: &Stated) -> bool {
    [x, y].iter().any(|s| [s.range.low, s.range.high].into_iter().flatten().any(|e| e.least.value == ONE))
}

/// The questions agree but for the count, which is the first number of both.
fn same_question<'m>(
    draft: &Draft,
    (a, qa): (&Reading<'m>, &Stated),
    (b, qb): (&Reading<'m>, &Stated),
) -> Result<(), Failure> {
    let (x, y) = (pieces_by(&a.question, counted), pieces_by(&b.question, counted));
    let differ = aligned(&x, &y, counts_one(qa, qb)).or_else(|at| {
        let found = [(a, &x), (b, &y)].map(|(r, row)| quote(r, Field::Question, &r.question, row.get(at)));
        draft.fail(Obligation::SameTemplate, found.join(" against "))
    })?;
    match differ[..] {
        [(p, q)] if p == *qa && q == *qb => Ok(()),
        [] => draft.fail(Obligation::Form, "the questions name the same count"),
        _ => draft.fail(Obligation::SameTemplate, "more than the count differs"),
    }
}

/// Obligations on the rule texts: alike but for the count that the question names, which works towards YES.
fn on_rules<'m>(
    draft: &mut Draft,
    (a, qa): (&Reading<'m>, &Stated),
    (b, qb): (&Reading<'m>, &Stated),
    (ra, rb): (&[Item<'_>], &[Item<'_>]),
) -> Result<[Range; 2], Failure> {
    let (za, zb) = (zones(ra), zones(rb));
    if za != zb {
        return draft.fail(Obligation::SameZone, format!("{} against {}", za.join(", "), zb.join(", ")));
    }
    draft.met_with(Obligation::SameZone, if za.is_empty() { "none named" } else { za[0] });
    let (x, y) = (pieces_by(ra, counted), pieces_by(rb, counted));
    let differ = aligned(&x, &y, counts_one(qa, qb)).or_else(|at| {
        let found = [(a, ra, &x), (b, rb, &y)].map(|(r, items, row)| quote(r, Field::Description, items, row.get(at)));
        draft.fail(Obligation::SameRules, found.join(" against "))
    })?;
    draft.met(Obligation::SameRules);
    draft.met(Obligation::SameSource);
    if !names_a_year(ra) && !names_a_year(&a.question) {
        same_end(draft, a, b)?;
    }
    same_opening(draft, a, b, ra)?;
    let mut found: Option<[Range; 2]> = None;
    for (p, q) in differ {
        let quoted = quote_item(a, Field::Description, ra.get(p.from));
        if !p.range.names(&qa.range) || !q.range.names(&qb.range) {
            return draft
                .fail(Obligation::StatedInRules, format!("at {quoted} the rule texts differ in another count"));
        }
        if polarity_of(ra, p.from..p.to) != Polarity::Forward || polarity_of(rb, q.from..q.to) != Polarity::Forward {
            return draft.fail(Obligation::Polarity, format!("the sentence around {quoted}"));
        }
        if contradicts(&p.range, &qa.range) || contradicts(&q.range, &qb.range) {
            return draft
                .fail(Obligation::SameEdge, format!("question and rule text say different counts at {quoted}"));
        }
        if found.is_some_and(|f| f != [p.range, q.range]) {
            return draft
                .fail(Obligation::SameEdge, format!("the rule text says two different counts, one at {quoted}"));
        }
        found = Some([p.range, q.range]);
        for (r, items, stated) in [(a, ra, p), (b, rb, q)] {
            draft.span(r.span(Field::Description, (items[stated.from].span().0, items[stated.to - 1].span().1)));
        }
    }
    let Some(ranges) = found else {
        return draft
            .fail(Obligation::StatedInRules, "the question's counts do not stand at one place of the rule texts");
    };
    debug_assert!(ranges.iter().all(|r| r.unit == Unit::None));
    draft.met(Obligation::StatedInRules);
    draft.met(Obligation::Polarity);
    Ok(ranges)
}
