//! R7 on two markets: ranges and thresholds of one quantity. What lies between 60 and 70 lies above 50, and not under 40.
//!
//! The two questions may differ in the range only, or one of them leaves a date out that the rule texts, alike but for the range, both name.
//! The range is what the rule text states, with its edges; where there is no rule text, the question's, with edges open where it does not say.

use super::thresholds::{names_a_year, same_end, turned_by_a_count};
use super::{Draft, Failure, Obligation, both_rules, quote_item};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::item::Item;
use crate::facts::range::{Piece, Range, Stated, pieces};
use crate::facts::subject::one_of_several;
use crate::facts::text::{Polarity, polarity, sentence_of, threshold_ladder_breaker, words_at, zones};
use crate::relation::{Evidence, Relation, RuleId};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most pairs of one block that are looked at: twenty ranges have 190, and thresholds beside them come to more.
pub(crate) const PAIRS_MAX: usize = 400;

/// Two ranges of one quantity.
pub(super) struct Ground {
    pub(super) ranges: [Range; 2],
    pub(super) evidence: Evidence,
}

/// Certifies what two ranges of one quantity make of two markets. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R7);
    let Ground { ranges: [x, y], evidence } = ground(&mut draft, a, b)?;
    let Some((relation, turned)) = relation(&x, &y) else {
        return draft.fail(
            Obligation::KnownEdges,
            "the ranges overlap in part, or meet at an edge of which the texts do not say where it belongs",
        );
    };
    let (first, second) = if turned { (b, a) } else { (a, b) };
    draft.met(Obligation::KnownEdges);
    one_quantity(&draft, a, relation)?;
    if matches!(relation, Relation::Exhausts | Relation::Partition) {
        always_counted(&mut draft, &[a, b])?;
    }
    for (name, r) in [("range_a", first), ("range_b", second)] {
        draft.set(name, shown(r).unwrap_or_default());
    }
    let [p, q] = [first, second].map(|r| shown(r).unwrap_or_default());
    let (fq, sq) = (&first.market.question, &second.market.question);
    let sentence = match relation {
        Relation::Implies => {
            format!("One number, read once: what is {p} is also {q}, so YES on \"{fq}\" forces YES on \"{sq}\".")
        }
        Relation::Equivalent => {
            format!("One number, read once: {p} and {q} are the same, so \"{fq}\" and \"{sq}\" resolve alike.")
        }
        Relation::Excludes => {
            format!("One number, read once, cannot be {p} and {q}: at most one of \"{fq}\" and \"{sq}\" resolves YES.")
        }
        Relation::Exhausts => {
            format!("One number, read once, is {p} or {q}: at least one of \"{fq}\" and \"{sq}\" resolves YES.")
        }
        _ => format!("One number, read once, is either {p} or {q}: exactly one of \"{fq}\" and \"{sq}\" resolves YES."),
    };
    Ok(draft.finish(relation, evidence, &[first, second], sentence))
}

/// The questions speak of one quantity. "A team wins exactly four" and "a team wins exactly five" may both be true, of two teams: then
/// only that one range lies within the other says something.
pub(super) fn one_quantity(draft: &Draft, a: &Reading<'_>, relation: Relation) -> Result<(), Failure> {
    match one_of_several(&a.question) {
        Some(item) if !matches!(relation, Relation::Implies | Relation::Equivalent) => {
            let found = quote_item(a, Field::Question, Some(item));
            draft.fail(Obligation::SameEntity, format!("{found} leaves open which of several numbers it is"))
        }
        _ => Ok(()),
    }
}

/// What certainly holds between two ranges of one quantity, and whether the second comes first in it.
pub(super) fn relation(x: &Range, y: &Range) -> Option<(Relation, bool)> {
    let covering = x.cover(y);
    Some(match (x.within(y), y.within(x), x.apart(y)) {
        (true, true, _) => (Relation::Equivalent, false),
        (true, false, _) => (Relation::Implies, false),
        (false, true, _) => (Relation::Implies, true),
        (false, false, true) if covering => (Relation::Partition, false),
        (false, false, true) => (Relation::Excludes, false),
        (false, false, false) if covering => (Relation::Exhausts, false),
        _ => return None,
    })
}

/// Whether two markets have the rule's shape and could be tied by it, from their questions alone. Ladders with one comparison are
/// another rule's, and so are the members of a neg-risk group, of which at most one resolves YES anyway.
pub(crate) fn is_candidate(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    let (Some(x), Some(y)) = (asked(a), asked(b)) else { return false };
    let (x, y) = (x.range, y.range);
    let ladder = x.low.is_some() == y.low.is_some() && x.high.is_some() == y.high.is_some();
    let same_edge = |p: Option<crate::facts::range::End>, q: Option<crate::facts::range::End>| {
        p.zip(q).is_none_or(|(p, q)| p.least.after == q.least.after && p.most.after == q.most.after)
    };
    let half = x.low.is_none() || x.high.is_none();
    if ladder && half && same_edge(x.low, y.low) && same_edge(x.high, y.high) {
        return false;
    }
    let grouped = a.market.neg_risk.as_ref().zip(b.market.neg_risk.as_ref()).is_some_and(|(p, q)| p.group == q.group);
    let related = x.within(&y) || y.within(&x) || x.cover(&y) || x.apart(&y) || near(&x, &y);
    related && !grouped && x.unit == y.unit
}

/// Whether edges that the question leaves open could make one range lie within the other.
fn near(x: &Range, y: &Range) -> bool {
    let open = |r: &Range| [r.low, r.high].into_iter().flatten().any(|e| e.exact().is_none());
    let shares = [x.low, x.high]
        .into_iter()
        .flatten()
        .any(|p| [y.low, y.high].into_iter().flatten().any(|q| p.least.value == q.least.value));
    shares && (open(x) || open(y))
}

/// Keys of the blocks a market belongs to: its question without the range, and the same without its dates on one day of ending.
pub(crate) fn keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    let row = pieces(&reading.question);
    if row.iter().filter(|p| matches!(p, Piece::Range(_))).count() != 1 {
        return;
    }
    let hashed = |dates: bool, day: i64| {
        let mut hash = DefaultHasher::new();
        (dates, day).hash(&mut hash);
        for piece in &row {
            match piece {
                Piece::Item(Item::Word(token)) => {
                    token.text.chars().for_each(|c| c.to_ascii_lowercase().hash(&mut hash))
                }
                Piece::Item(Item::Number(n)) => n.value.hash(&mut hash),
                Piece::Item(Item::Date(d, _)) if dates => (d.role, d.when).hash(&mut hash),
                Piece::Item(Item::Date(..)) => {}
                Piece::Range(stated) => stated.range.unit.hash(&mut hash),
            }
        }
        hash.finish()
    };
    out.push(hashed(true, 0));
    if let Some(end) = reading.market.end {
        out.push(hashed(false, end.millis().div_euclid(86_400_000)));
    }
}

/// The key under which sets are looked for: the question without the range.
pub(crate) fn set_keys(reading: &Reading<'_>, out: &mut Vec<u64>) {
    keys(reading, out);
    out.truncate(1);
}

/// The one range of a question.
pub(super) fn asked(reading: &Reading<'_>) -> Option<Stated> {
    let mut found = None;
    let mut i = 0;
    while i < reading.question.len() {
        match crate::facts::range::stated(&reading.question, i) {
            Some(_) if found.is_some() => return None,
            Some(stated) => (found, i) = (Some(stated), stated.to),
            None => i += 1,
        }
    }
    found
}

/// The words of a question's range.
pub(super) fn shown<'m>(reading: &Reading<'m>) -> Option<&'m str> {
    let stated = asked(reading)?;
    let (start, end) = (reading.question[stated.from].span().0, reading.question[stated.to - 1].span().1);
    reading.market.question.get(start..end)
}

/// That two markets ask for ranges of one quantity, and which.
pub(super) fn ground<'m>(draft: &mut Draft, a: &Reading<'m>, b: &Reading<'m>) -> Result<Ground, Failure> {
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    let (Some(qa), Some(qb)) = (asked(a), asked(b)) else {
        return draft.fail(Obligation::Form, "not both questions name one range or threshold");
    };
    if qa.range.unit != qb.range.unit {
        return draft.fail(Obligation::SameTemplate, "the units differ");
    }
    let rules = both_rules(a, b);
    same_question(draft, a, b, rules.is_some())?;
    draft.met(Obligation::SameTemplate);
    if let Some(item) = [a, b].into_iter().find_map(|r| threshold_ladder_breaker(&r.question)) {
        return draft.fail(Obligation::NoTurn, quote_item(a, Field::Question, Some(item)));
    }
    for (r, own) in [(a, &qa), (b, &qb)] {
        if let Some(item) = turned_by_a_count(&r.question, own.from..own.to) {
            let found = quote_item(r, Field::Question, Some(item));
            return draft.fail(Obligation::NoTurn, format!("{found} is counted among what lies in the range"));
        }
    }
    draft.met(Obligation::NoTurn);
    if a.market.resolution_source != b.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    let (ranges, evidence) = match rules {
        Some((ra, rb)) => (on_rules(draft, (a, &qa), (b, &qb), (ra, rb))?, Evidence::Proven),
        None => {
            same_end(draft, a, b)?;
            ([qa.range, qb.range], Evidence::Presumed)
        }
    };
    draft.met(Obligation::SameInstant);
    for (r, stated) in [(a, &qa), (b, &qb)] {
        let ends = (r.question[stated.from].span().0, r.question[stated.to - 1].span().1);
        draft.span(r.span(Field::Question, ends));
    }
    Ok(Ground { ranges, evidence })
}

/// The questions agree but for the range. With rule texts, which then must agree on every date, one question may leave dates out.
fn same_question(draft: &Draft, a: &Reading<'_>, b: &Reading<'_>, has_rules: bool) -> Result<(), Failure> {
    let (x, y) = (pieces(&a.question), pieces(&b.question));
    let Err((p, q)) = aligned(&x, &y) else { return Ok(()) };
    let quote = |r: &Reading<'_>, piece: Option<&Piece<'_, '_>>| match piece {
        Some(Piece::Item(item)) => quote_item(r, Field::Question, Some(item)),
        Some(Piece::Range(stated)) => quote_item(r, Field::Question, r.question.get(stated.from)),
        None => "the end of the question".to_owned(),
    };
    let refuse =
        || draft.fail(Obligation::SameTemplate, format!("{} against {}", quote(a, x.get(p)), quote(b, y.get(q))));
    if !has_rules {
        return refuse();
    }
    let dates = |row: &[Piece<'_, '_>]| -> Vec<_> {
        row.iter()
            .filter_map(|p| match p {
                Piece::Item(Item::Date(d, _)) => Some((d.when, d.role)),
                _ => None,
            })
            .collect()
    };
    let (da, db) = (dates(&x), dates(&y));
    let left_out = |few: &[_], many: &[_]| few.iter().all(|d| many.contains(d));
    if !left_out(&da, &db) && !left_out(&db, &da) {
        return draft.fail(Obligation::SameInstant, "the questions name different dates");
    }
    let bare = |row: &[Piece<'_, '_>]| row.iter().any(|p| matches!(p, Piece::Item(Item::Date(..))));
    if !bare(&x) && !bare(&y) {
        return refuse();
    }
    let dateless = |row: &mut Vec<Piece<'_, '_>>| row.retain(|p| !matches!(p, Piece::Item(Item::Date(..))));
    let (mut bare_x, mut bare_y) = (x.clone(), y.clone());
    dateless(&mut bare_x);
    dateless(&mut bare_y);
    if aligned(&bare_x, &bare_y).is_err() {
        return refuse();
    }
    same_end(draft, a, b)
}

/// Lays two rows beside each other: the pairs of ranges, or where they part.
fn aligned(x: &[Piece<'_, '_>], y: &[Piece<'_, '_>]) -> Result<Vec<(Stated, Stated)>, (usize, usize)> {
    let mut out = Vec::new();
    for (i, (p, q)) in x.iter().zip(y).enumerate() {
        match (p, q) {
            (Piece::Item(p), Piece::Item(q)) if p.same(q) => {}
            (Piece::Range(p), Piece::Range(q)) => out.push((*p, *q)),
            _ => return Err((i, i)),
        }
    }
    let shorter = x.len().min(y.len());
    if x.len() == y.len() { Ok(out) } else { Err((shorter, shorter)) }
}

/// Obligations on the rule texts: alike but for the range that the question names, which works towards YES.
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
    let (x, y) = (pieces(ra), pieces(rb));
    let pairs = aligned(&x, &y).or_else(|(p, q)| {
        let at = |row: &[Piece<'_, '_>], k: usize, items: &[Item<'_>], r: &Reading<'_>| {
            let item = match row.get(k) {
                Some(Piece::Item(item)) => Some(**item),
                Some(Piece::Range(stated)) => items.get(stated.from).copied(),
                None => None,
            };
            quote_item(r, Field::Description, item.as_ref())
        };
        draft.fail(Obligation::SameRules, format!("{} against {}", at(&x, p, ra, a), at(&y, q, rb, b)))
    })?;
    draft.met(Obligation::SameRules);
    draft.met(Obligation::SameSource);
    if !names_a_year(ra) && !names_a_year(&a.question) {
        same_end(draft, a, b)?;
    }
    let mut found: Option<[Range; 2]> = None;
    for (p, q) in pairs.iter().filter(|(p, q)| p.range != q.range) {
        let quoted = quote_item(a, Field::Description, ra.get(p.from));
        if !p.range.names(&qa.range) || !q.range.names(&qb.range) {
            return draft
                .fail(Obligation::StatedInRules, format!("at {quoted} the rule texts differ in another range"));
        }
        if polarity(ra, p.from) != Polarity::Forward || polarity(rb, q.from) != Polarity::Forward {
            return draft.fail(Obligation::Polarity, format!("the sentence around {quoted}"));
        }
        if [(p, qa), (q, qb)].iter().any(|(told, asked)| contradicts(&told.range, &asked.range)) {
            return draft.fail(Obligation::SameEdge, format!("question and rule text say different edges at {quoted}"));
        }
        if found.is_some_and(|f| f != [p.range, q.range]) {
            return draft
                .fail(Obligation::SameEdge, format!("the rule text says two different edges, one at {quoted}"));
        }
        found = Some([p.range, q.range]);
        for (r, items, stated) in [(a, ra, p), (b, rb, q)] {
            draft.span(r.span(Field::Description, (items[stated.from].span().0, items[stated.to - 1].span().1)));
        }
    }
    let Some(ranges) = found else {
        return draft
            .fail(Obligation::StatedInRules, "the question's ranges do not stand at one place of the rule texts");
    };
    draft.met(Obligation::StatedInRules);
    draft.met(Obligation::Polarity);
    let (whole, higher) = (says_whole(ra), says_higher(ra));
    Ok(ranges.map(|r| {
        let r = if higher { r.to_the_higher() } else { r };
        if whole { r.whole() } else { r }
    }))
}

/// Whether two ranges say different sides of an edge.
pub(super) fn contradicts(told: &Range, asked: &Range) -> bool {
    let differ = |p: Option<crate::facts::range::End>, q: Option<crate::facts::range::End>| {
        p.zip(q).is_some_and(|(p, q)| p.exact().zip(q.exact()).is_some_and(|(p, q)| p != q))
    };
    differ(told.low, asked.low) || differ(told.high, asked.high)
}

/// "… measures temperatures to whole degrees …": only whole values occur.
fn says_whole(rules: &[Item<'_>]) -> bool {
    (0..rules.len()).any(|i| words_at(rules, i, &["to", "whole", "degrees"]))
}

/// "If the value falls exactly between two brackets, this market resolves to the higher bracket."
fn says_higher(rules: &[Item<'_>]) -> bool {
    (0..rules.len()).any(|i| {
        words_at(rules, i, &["exactly", "between", "two", "brackets"])
            && rules[sentence_of(rules, i)].iter().any(|item| item.word().is_some_and(|t| t.is("higher")))
    })
}

/// No clause but "otherwise" leads to NO: then some value is always counted.
pub(super) fn always_counted(draft: &mut Draft, members: &[&Reading<'_>]) -> Result<(), Failure> {
    for r in members {
        let rules = r.rules().unwrap_or_default();
        for (i, item) in rules.iter().enumerate() {
            let Some(token) = item.word().filter(|t| t.is("no")) else { continue };
            let sentence = &rules[sentence_of(rules, i)];
            let answers =
                i > 0 && rules[i - 1].word().is_some_and(|t| ["to", "a", "as", "resolve"].iter().any(|w| t.is(w)));
            let otherwise = sentence
                .iter()
                .take_while(|other| other.span().0 < token.start)
                .any(|other| other.word().is_some_and(|t| t.is("otherwise")));
            if answers && !otherwise {
                let found = quote_item(r, Field::Description, sentence.first());
                return draft.fail(Obligation::AlwaysCounted, format!("the sentence that begins with {found}"));
            }
        }
    }
    draft.met(Obligation::AlwaysCounted);
    Ok(())
}
