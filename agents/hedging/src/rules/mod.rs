//! The rules: each turns facts into a certificate, or names the obligation that failed.
//!
//! One file a rule: [`complement`] R1, [`exclusivity`] R2, [`exhaustive`] R3, [`dates`] R4, [`thresholds`] R5, [`stages`]
//! R9; the table's: [`touch`] R6, [`brackets`] and [`tiles`] R7, [`counts`] R8, [`conjunction`] R10, [`match_book`] R11, [`twins`] R12. A rule proves only on rule texts that every market involved has; on
//! questions alone it presumes.

pub mod brackets;
pub mod complement;
pub mod conjunction;
pub mod counts;
pub mod dates;
pub mod exclusivity;
pub mod exhaustive;
pub mod match_book;
pub mod stages;
pub(crate) mod table;
pub mod thresholds;
pub mod tiles;
pub mod touch;
pub mod twins;

use crate::certificate::{Certificate, Field, Span, TextHash};
use crate::facts::Reading;
use crate::facts::item::{Item, align};
use crate::facts::text::{sources, zones};
use crate::relation::{Evidence, Relation, RuleId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a rule demands before it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obligation {
    /// The questions have the rule's form at all.
    Form,
    /// Two different markets.
    Distinct,
    /// The questions agree but for the one open slot.
    SameTemplate,
    /// "By" or "before", not "in", "on" or "week of".
    CumulativeWording,
    /// No word that turns the ladder round.
    NoTurn,
    /// Both deadlines are known as calendar days, in an order.
    KnownDates,
    /// One deadline is not after the other.
    Order,
    /// Both windows open together, or the later one no later.
    SameStart,
    /// The direction of the threshold is said.
    Direction,
    /// Strict or inclusive alike.
    SameEdge,
    /// Read at the same instant or over the same period.
    SameInstant,
    /// The same source.
    SameSource,
    /// The same time zone.
    SameZone,
    /// The rule texts agree but for what the questions differ in.
    SameRules,
    /// The rule text states the slot the question names.
    StatedInRules,
    /// In the rule text, the differing slot works towards YES the way the question says.
    Polarity,
    /// The same entity.
    SameEntity,
    /// The same competition.
    SameCompetition,
    /// The same season.
    SameSeason,
    /// One stage lies on the way to the other.
    Nested,
    /// No clause on ties, walk-overs, withdrawals or disqualification that could part the two.
    TiesAndWalkovers,
    /// A cut-off clause does not fall before the stage is due to be decided.
    CutOff,
    /// The same neg-risk group.
    SameGroup,
    /// Every member of the event was seen.
    Complete,
    /// No outcome can be added later.
    NotAugmented,
    /// No member without a name of its own.
    NoPlaceholder,
    /// A member catches everything else.
    CatchAll,
    /// Ranges lie within each other, apart, or side by side, whichever side of their edges counts.
    KnownEdges,
    /// No clause but "otherwise" leads to NO, so that some value is always counted.
    AlwaysCounted,
    /// The same question, word for word.
    SameQuestion,
    /// The same rule text, letter for letter but for white space and the shape of quotation marks.
    SameText,
    /// No member of a neg-risk group, whose contract has its own say.
    OutsideGroups,
    /// What the words point at beside themselves (label, event) is the same.
    SamePlace,
    /// The days of one lie within the days of the other.
    InWindow,
    /// No clause but the condition and its "otherwise" leads to an answer.
    NoOtherClause,
    /// The same match.
    SameMatch,
    /// The same part of it: 90 minutes, or with overtime.
    SamePeriod,
    /// The score ties the two: not every combination of answers has one.
    ByScore,
}

impl Obligation {
    /// The obligation in words, as the certificate and a refusal state it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Form => "the questions have the form of this rule",
            Self::Distinct => "two different markets",
            Self::SameTemplate => "the questions agree but for one slot",
            Self::CumulativeWording => "cumulative wording (\"by\" or \"before\", not a window)",
            Self::NoTurn => "no word turns the ladder round",
            Self::KnownDates => "both deadlines are known calendar days",
            Self::Order => "one deadline is the earlier",
            Self::SameStart => "the later window opens no later than the earlier one",
            Self::Direction => "the direction of the threshold is stated",
            Self::SameEdge => "strict or inclusive in both alike",
            Self::SameInstant => "read at the same instant or over the same period",
            Self::SameSource => "same resolution source",
            Self::SameZone => "same time zone",
            Self::SameRules => "the rule texts agree but for the slot",
            Self::StatedInRules => "the rule text states what the question names",
            Self::Polarity => "the slot works the same way in the rule text",
            Self::SameEntity => "same entity",
            Self::SameCompetition => "same competition",
            Self::SameSeason => "same season",
            Self::Nested => "one stage cannot be had without the other",
            Self::TiesAndWalkovers => "no clause on ties or walk-overs parts the two",
            Self::CutOff => "no cut-off before the stage is due to be decided",
            Self::SameGroup => "same neg-risk group",
            Self::Complete => "every member of the event was seen",
            Self::NotAugmented => "no outcome can be added later",
            Self::NoPlaceholder => "every member has a name",
            Self::CatchAll => "a member catches everything else",
            Self::KnownEdges => "no edge whose side is not said decides",
            Self::AlwaysCounted => "no clause but \"otherwise\" leads to NO",
            Self::SameQuestion => "the same question",
            Self::SameText => "the same rule text, word for word",
            Self::OutsideGroups => "neither belongs to a neg-risk group",
            Self::SamePlace => "label and event point at the same thing",
            Self::InWindow => "the days of one lie within those of the other",
            Self::ByScore => "the score of a match ties the two",
            Self::SameMatch => "same match",
            Self::SamePeriod => "the same part of the match counts",
            Self::NoOtherClause => "no clause but the condition leads to an answer",
        }
    }
}

impl fmt::Display for Obligation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// Why a rule does not speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{rule} ({}) refuses: {obligation} fails: {detail}", rule.title())]
pub struct Failure {
    /// The rule.
    pub rule: RuleId,
    /// The first obligation that failed.
    pub obligation: Obligation,
    /// What was found instead.
    pub detail: String,
}

impl Failure {
    pub(crate) fn new(rule: RuleId, obligation: Obligation, detail: impl Into<String>) -> Self {
        Self { rule, obligation, detail: detail.into() }
    }
}

/// A certificate in the making.
pub(crate) struct Draft {
    rule: RuleId,
    parameters: BTreeMap<String, String>,
    spans: Vec<Span>,
    obligations: Vec<String>,
}

impl Draft {
    pub(crate) fn new(rule: RuleId) -> Self {
        Self { rule, parameters: BTreeMap::new(), spans: Vec::new(), obligations: Vec::new() }
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.parameters.insert(name.to_owned(), value.into());
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    pub(crate) fn span(&mut self, span: Span) {
        self.spans.push(span);
    }

    /// Records an obligation that was checked and holds.
    pub(crate) fn met(&mut self, obligation: Obligation) {
        self.obligations.push(obligation.title().to_owned());
    }

    /// Records an obligation with what was found.
    pub(crate) fn met_with(&mut self, obligation: Obligation, found: &str) {
        self.obligations.push(format!("{}: {found}", obligation.title()));
    }

    pub(crate) fn fail<T>(&self, obligation: Obligation, detail: impl Into<String>) -> Result<T, Failure> {
        Err(Failure::new(self.rule, obligation, detail))
    }

    pub(crate) fn finish(
        self,
        relation: Relation,
        evidence: Evidence,
        markets: &[&Reading<'_>],
        sentence: String,
    ) -> Certificate {
        Certificate {
            rule: self.rule,
            relation,
            evidence,
            markets: markets.iter().map(|r| r.market.id.clone()).collect(),
            parameters: self.parameters,
            spans: self.spans,
            text_hashes: markets.iter().map(|r| r.text_hash().clone()).collect(),
            obligations: self.obligations,
            sentence,
        }
    }
}

/// Both rule texts, or `None` where one is missing: then the rule can only presume.
pub(crate) fn both_rules<'r, 'm>(a: &'r Reading<'m>, b: &'r Reading<'m>) -> Option<(&'r [Item<'m>], &'r [Item<'m>])> {
    Some((a.rules()?, b.rules()?))
}

/// A short quotation of an item for a refusal.
pub(crate) fn quote_item(reading: &Reading<'_>, field: Field, item: Option<&Item<'_>>) -> String {
    let text = match field {
        Field::Question => Some(reading.market.question.as_str()),
        Field::Description => reading.market.description.as_deref(),
        _ => None,
    };
    let piece = item.and_then(|i| text.and_then(|t| t.get(i.span().0..i.span().1)));
    piece
        .map_or_else(|| "the end of the text".to_owned(), |p| format!("\"{}\"", p.chars().take(40).collect::<String>()))
}

/// Checks what every ladder owes on the rule texts: same zone, same source, same words. Gives back where they differ.
pub(crate) fn same_rules<'m>(
    draft: &mut Draft,
    a: &Reading<'m>,
    b: &Reading<'m>,
    rules: (&[Item<'_>], &[Item<'_>]),
) -> Result<crate::facts::item::Alignment, Failure> {
    let (ra, rb) = rules;
    let (za, zb) = (zones(ra), zones(rb));
    if za != zb {
        return draft.fail(Obligation::SameZone, format!("{} against {}", za.join(", "), zb.join(", ")));
    }
    if a.market.resolution_source != b.market.resolution_source {
        return draft.fail(Obligation::SameSource, "the venue names different sources");
    }
    let (sa, sb) = (sources(ra), sources(rb));
    let alike = sa.len() == sb.len() && sa.iter().zip(&sb).all(|(x, y)| align(&ra[x.clone()], &rb[y.clone()]).is_ok());
    if !alike {
        let first = sb.first().and_then(|r| rb.get(r.start)).or_else(|| rb.first());
        let found = quote_item(b, Field::Description, first);
        return draft.fail(Obligation::SameSource, format!("the sentences on the source differ, from {found} on"));
    }
    let alignment = align(ra, rb).or_else(|at| {
        let (x, y) = (quote_item(a, Field::Description, ra.get(at)), quote_item(b, Field::Description, rb.get(at)));
        draft.fail(Obligation::SameRules, format!("{x} against {y}"))
    })?;
    draft.met_with(Obligation::SameZone, if za.is_empty() { "none named" } else { za[0] });
    draft.met(Obligation::SameSource);
    for (reading, items, ranges) in [(a, ra, &sa), (b, rb, &sb)] {
        for range in ranges {
            let ends = (items[range.start].span().0, items[range.end - 1].span().1);
            draft.span(reading.span(Field::Description, ends));
        }
    }
    draft.met(Obligation::SameRules);
    Ok(alignment)
}

impl Reading<'_> {
    /// The market's text hash, made once.
    pub(crate) fn text_hash(&self) -> &TextHash {
        self.hash.get_or_init(|| TextHash::of(self.market))
    }
}
