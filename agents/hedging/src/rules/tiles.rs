//! R7 on sets: ranges that lie side by side without gap or overlap. From end to end they are a partition; from a threshold on they are
//! together what the threshold is.

use super::brackets::{Ground, always_counted, asked, ground, shown};
use super::{Draft, Obligation};
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::facts::range::{Cut, Range};
use crate::facts::subject::one_of_several;
use crate::relation::{Evidence, Relation, RuleId};
use std::collections::BTreeMap;

/// Most ranges of one set.
const PARTS_MAX: usize = 40;
/// Fewest markets of a set: with two the rule on pairs speaks.
const MEMBERS_MIN: usize = 3;

/// A market of the block with its range.
struct Tile<'r, 'm> {
    reading: &'r Reading<'m>,
    range: Range,
}

/// Every partition and every threshold that ranges add up to, among markets whose questions agree but for the range.
pub(crate) fn prove(block: &[&Reading<'_>]) -> Vec<Certificate> {
    let mut out = Vec::new();
    let mut left: Vec<&Reading<'_>> = block.iter().copied().filter(|r| asked(r).is_some()).collect();
    // Rule texts may part a block: each round takes those that agree with the first.
    while let Some((first, rest)) = left.split_first() {
        let mut tiles: Vec<Tile<'_, '_>> = Vec::new();
        let mut evidence = Evidence::Proven;
        let mut others = Vec::new();
        for r in rest {
            match ground(&mut Draft::new(RuleId::R7), first, r) {
                Ok(Ground { ranges: [own, range], evidence: known }) => {
                    if tiles.is_empty() {
                        tiles.push(Tile { reading: first, range: own });
                    }
                    evidence = evidence.min(known);
                    tiles.push(Tile { reading: r, range });
                }
                Err(_) => others.push(*r),
            }
        }
        // Of one quantity only: of two teams, one may lie in each range.
        if tiles.len() >= MEMBERS_MIN && one_of_several(&first.question).is_none() {
            sets(&tiles, evidence, &mut out);
        }
        left = others;
    }
    out
}

/// Ranges by where they begin; of two that begin and end alike, the first is taken.
struct Line<'t, 'r, 'm> {
    from: BTreeMap<Cut, Vec<&'t Tile<'r, 'm>>>,
}

impl<'t, 'r, 'm> Line<'t, 'r, 'm> {
    fn of(tiles: &'t [Tile<'r, 'm>]) -> Self {
        let mut from: BTreeMap<Cut, Vec<_>> = BTreeMap::new();
        for tile in tiles {
            if let Some(cut) = tile.range.low.and_then(|e| e.exact()) {
                from.entry(cut).or_default().push(tile);
            }
        }
        Self { from }
    }

    /// Ranges from a cut upwards, side by side, up to another cut or to the end of the line.
    fn chain(&self, start: Cut, stop: Option<Cut>, without: &Tile<'r, 'm>) -> Option<Vec<&'t Tile<'r, 'm>>> {
        let mut parts: Vec<&Tile<'_, '_>> = Vec::new();
        let mut at = start;
        loop {
            if parts.len() == PARTS_MAX {
                return None;
            }
            let here = self.from.get(&at)?.iter().filter(|t| !std::ptr::eq(**t, without));
            // The narrowest range first: the whole rest of the line is a part of its own only where nothing narrower goes on.
            let (tile, next) = here
                .filter_map(|t| match t.range.high {
                    Some(end) => end.exact().map(|cut| (*t, Some(cut))),
                    None => stop.is_none().then_some((*t, None)),
                })
                .min_by_key(|(_, cut)| cut.map_or((true, at), |c| (false, c)))?;
            parts.push(tile);
            match next {
                None => return Some(parts),
                Some(cut) if Some(cut) == stop => return Some(parts),
                Some(cut) if cut <= at || stop.is_some_and(|s| cut > s) => return None,
                Some(cut) => at = cut,
            }
        }
    }
}

fn sets(tiles: &[Tile<'_, '_>], evidence: Evidence, out: &mut Vec<Certificate>) {
    let line = Line::of(tiles);
    let exact = |end: Option<crate::facts::range::End>| end.and_then(|e| e.exact());
    for tile in tiles {
        match (tile.range.low, tile.range.high) {
            // A threshold, and what lies above it.
            (Some(_), None) => {
                let parts = exact(tile.range.low).and_then(|cut| line.chain(cut, None, tile));
                out.extend(parts.filter(|p| p.len() >= 2).and_then(|p| union(tile, &p, evidence)));
            }
            // The lowest range: with what lies above it, everything.
            (None, Some(_)) => {
                if let Some(parts) = exact(tile.range.high).and_then(|cut| line.chain(cut, None, tile))
                    && parts.len() + 1 >= MEMBERS_MIN
                {
                    out.extend(partition(tile, &parts, evidence));
                }
                out.extend(below(tile, tiles, &line, evidence));
            }
            _ => {}
        }
    }
}

/// A threshold from below: the lowest range and those between it and the threshold.
fn below<'r, 'm>(
    top: &Tile<'r, 'm>,
    tiles: &[Tile<'r, 'm>],
    line: &Line<'_, 'r, 'm>,
    evidence: Evidence,
) -> Option<Certificate> {
    let stop = top.range.high.and_then(|e| e.exact())?;
    let mut lowest: Vec<_> = tiles
        .iter()
        .filter(|t| t.range.low.is_none())
        .filter_map(|t| Some((t.range.high?.exact()?, t)))
        .filter(|(cut, _)| *cut < stop)
        .collect();
    lowest.sort_by_key(|(cut, _)| *cut);
    let (cut, first) = lowest.first()?;
    let mut parts = vec![*first];
    parts.extend(line.chain(*cut, Some(stop), top)?);
    union(top, &parts, evidence)
}

fn draft(members: &[&Reading<'_>]) -> Draft {
    let mut draft = Draft::new(RuleId::R7);
    draft.met(Obligation::SameTemplate);
    draft.met(Obligation::KnownEdges);
    draft.set("members", members.len().to_string());
    draft
}

fn list(parts: &[&Tile<'_, '_>]) -> String {
    parts.iter().map(|t| shown(t.reading).unwrap_or_default()).collect::<Vec<_>>().join(", ")
}

fn union<'m>(whole: &Tile<'_, 'm>, parts: &[&Tile<'_, 'm>], evidence: Evidence) -> Option<Certificate> {
    let members: Vec<&Reading<'m>> = std::iter::once(whole).chain(parts.iter().copied()).map(|t| t.reading).collect();
    let sentence = format!(
        "One number, read once: {} is the same as one of {}, which have no gap and no overlap, so \"{}\" resolves YES exactly when one of them does.",
        shown(whole.reading)?,
        list(parts),
        whole.reading.market.question
    );
    Some(draft(&members).finish(Relation::Union, evidence, &members, sentence))
}

fn partition<'m>(lowest: &Tile<'_, 'm>, parts: &[&Tile<'_, 'm>], evidence: Evidence) -> Option<Certificate> {
    let all: Vec<&Tile<'_, 'm>> = std::iter::once(lowest).chain(parts.iter().copied()).collect();
    let members: Vec<&Reading<'m>> = all.iter().map(|t| t.reading).collect();
    let mut draft = draft(&members);
    always_counted(&mut draft, &members).ok()?;
    let sentence = format!(
        "One number, read once, is one of {}: they have no gap and no overlap, so exactly one of the {} questions like \"{}\" resolves YES.",
        list(&all),
        all.len(),
        lowest.reading.market.question
    );
    Some(draft.finish(Relation::Partition, evidence, &members, sentence))
}
