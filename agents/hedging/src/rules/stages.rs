//! R9: nested stages of one competition. Whoever has the later stage has had the earlier one.
//!
//! What follows from what is a small table of structures, `NESTINGS`, each with its reason. No team stands in it.

use super::{Draft, Failure, Obligation, both_rules};
use crate::certificate::{Certificate, Field};
use crate::facts::Reading;
use crate::facts::date::{DateFact, Role, When};
use crate::facts::item::Item;
use crate::facts::stage::{Stage, StageKind, season_of};
use crate::facts::text::{Polarity, polarity, sentence_of, words_at};
use crate::relation::{Evidence, Relation, RuleId};
use betty_market::Timestamp;

/// A kind of stage, without its name or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Title,
    Conference,
    Final,
    Semi,
    Quarter,
    Top,
    Qualify,
}

const fn kind_of(kind: &StageKind) -> Kind {
    match kind {
        StageKind::Title => Kind::Title,
        StageKind::Conference(_) => Kind::Conference,
        StageKind::Final => Kind::Final,
        StageKind::SemiFinal => Kind::Semi,
        StageKind::QuarterFinal => Kind::Quarter,
        StageKind::Top(_) => Kind::Top,
        StageKind::Qualify => Kind::Qualify,
    }
}

/// Which competitions a nesting holds in, by the words of their name.
#[derive(Debug, Clone, Copy)]
enum In {
    /// Wherever both stages exist under one name.
    Any,
    /// Unless one of these words stands in the name.
    Except(&'static [&'static str]),
    /// Only under these names.
    Only(&'static [&'static str]),
}

struct Nesting {
    from: Kind,
    to: Kind,
    competitions: In,
    reason: &'static str,
}

/// Leagues that crown conference champions without seeding the final with them: college sports, where the national title
/// is a tournament of its own, and the WNBA, which seeds its playoffs over the whole league.
const NO_CONFERENCE_FINAL: &[&str] = &["ncaa", "college", "wnba", "ncaab", "ncaaf", "cup"];

/// Competitions that seed some entrants past the earlier rounds.
const SEEDED_PAST_ROUNDS: &[&str] = &["america's", "america’s", "eurovision"];

/// The structures, with the reason in words.
const NESTINGS: [Nesting; 10] = [
    Nesting {
        from: Kind::Title,
        to: Kind::Conference,
        competitions: In::Except(NO_CONFERENCE_FINAL),
        reason: "the finals of a league of conferences are played between the conference champions",
    },
    Nesting { from: Kind::Title, to: Kind::Final, competitions: In::Any, reason: "the title is won in the final" },
    Nesting {
        from: Kind::Title,
        to: Kind::Semi,
        competitions: In::Except(SEEDED_PAST_ROUNDS),
        reason: "the way to the title leads through the semi-finals",
    },
    Nesting {
        from: Kind::Title,
        to: Kind::Quarter,
        competitions: In::Except(SEEDED_PAST_ROUNDS),
        reason: "the way to the title leads through the quarter-finals",
    },
    Nesting {
        from: Kind::Final,
        to: Kind::Semi,
        competitions: In::Except(SEEDED_PAST_ROUNDS),
        reason: "the way to the final leads through the semi-finals",
    },
    Nesting {
        from: Kind::Final,
        to: Kind::Quarter,
        competitions: In::Except(SEEDED_PAST_ROUNDS),
        reason: "the way to the final leads through the quarter-finals",
    },
    Nesting {
        from: Kind::Semi,
        to: Kind::Quarter,
        competitions: In::Except(SEEDED_PAST_ROUNDS),
        reason: "the way to the semi-finals leads through the quarter-finals",
    },
    Nesting {
        from: Kind::Title,
        to: Kind::Top,
        competitions: In::Any,
        reason: "first place is among the first N places",
    },
    Nesting {
        from: Kind::Top,
        to: Kind::Top,
        competitions: In::Any,
        reason: "the first N places are among the first M where N is at most M",
    },
    Nesting {
        from: Kind::Title,
        to: Kind::Qualify,
        competitions: In::Only(&["fifa world cup"]),
        reason: "only teams that have qualified take part",
    },
];

fn nesting(from: &Stage, to: &Stage) -> Option<&'static Nesting> {
    if let (StageKind::Top(n), StageKind::Top(m)) = (&from.kind, &to.kind)
        && n >= m
    {
        return None;
    }
    NESTINGS.iter().find(|n| {
        let name = &from.competition;
        let listed = |words: &[&str]| words.iter().any(|w| name.split(' ').any(|part| part == *w));
        n.from == kind_of(&from.kind)
            && n.to == kind_of(&to.kind)
            && match n.competitions {
                In::Any => true,
                In::Except(words) => !listed(words),
                In::Only(names) => names.contains(&name.as_str()),
            }
    })
}

/// Whether the two questions are a pair this rule would look at: same entity and competition, one stage nested in the other.
pub(crate) fn is_candidate(a: &Stage, b: &Stage) -> bool {
    a.entity == b.entity && same_competition(a, b) && (nesting(a, b).is_some() || nesting(b, a).is_some())
}

/// The same name; a league's title may also go by "… Championship".
fn same_competition(a: &Stage, b: &Stage) -> bool {
    let bare = |s: &Stage| match (&s.kind, s.competition.strip_suffix(" championship")) {
        (StageKind::Title, Some(bare)) => Some(bare.to_owned()),
        _ => None,
    };
    let conference = matches!(a.kind, StageKind::Conference(_)) || matches!(b.kind, StageKind::Conference(_));
    a.competition == b.competition
        || conference && (bare(a).is_some_and(|x| x == b.competition) || bare(b).is_some_and(|x| x == a.competition))
}

/// Words on which the two texts must not part ways: what they say about them decides the nesting.
const PARTING: [&str; 14] = [
    "tie",
    "tied",
    "ties",
    "dead-heat",
    "walkover",
    "walk-over",
    "walkovers",
    "forfeit",
    "forfeits",
    "disqualified",
    "disqualification",
    "withdraws",
    "vacated",
    "co-champions",
];

/// Certifies that one stage implies the other. The order is found, not given.
///
/// # Errors
/// [`Failure`] with the first obligation that does not hold.
pub fn prove<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    let mut draft = Draft::new(RuleId::R9);
    let (Some(sa), Some(sb)) = (a.stage(), b.stage()) else {
        return draft.fail(Obligation::Form, "not both ask for a stage of a competition");
    };
    if a.market.id == b.market.id || a.market.condition == b.market.condition {
        return draft.fail(Obligation::Distinct, "it is one market");
    }
    if sa.entity != sb.entity {
        return draft.fail(Obligation::SameEntity, format!("\"{}\" against \"{}\"", sa.entity, sb.entity));
    }
    draft.met(Obligation::SameEntity);
    if !same_competition(sa, sb) {
        return draft
            .fail(Obligation::SameCompetition, format!("\"{}\" against \"{}\"", sa.competition, sb.competition));
    }
    draft.met_with(Obligation::SameCompetition, &sa.competition);
    let (from, to, s1, s2, nested) = match (nesting(sa, sb), nesting(sb, sa)) {
        (Some(n), _) => (a, b, sa, sb, n),
        (None, Some(n)) => (b, a, sb, sa, n),
        (None, None) => {
            return draft.fail(Obligation::Nested, format!("{} and {} are not nested", sa.kind, sb.kind));
        }
    };
    draft.met_with(Obligation::Nested, nested.reason);
    let seasons = (season(from, s1), season(to, s2));
    let season = match seasons {
        (Season::One(x), Season::One(y)) if x == y => x,
        (x, y) => return draft.fail(Obligation::SameSeason, format!("{x} against {y}")),
    };
    draft.met_with(Obligation::SameSeason, &format!("ends in {season}"));
    let evidence = match both_rules(from, to) {
        Some((r1, r2)) => {
            on_rules(&mut draft, (from, s1, r1), (to, s2, r2))?;
            Evidence::Proven
        }
        None => Evidence::Presumed,
    };
    draft.set("entity", &s1.entity);
    draft.set("competition", &s1.competition);
    draft.set("season", season.to_string());
    draft.set("stage_a", s1.kind.to_string());
    draft.set("stage_b", s2.kind.to_string());
    for (r, s) in [(from, s1), (to, s2)] {
        draft.span(r.span(Field::Question, s.entity_at));
        draft.span(r.span(Field::Question, s.stage_at));
    }
    let proviso = draft.parameter("cut_off_b").map_or_else(String::new, |day| {
        format!(" (the second question asks for a result by {day}; it is due before that)")
    });
    let sentence = format!(
        "In the {} season ending {season}, {} needs {} first, because {}: YES on \"{}\" forces YES on \"{}\"{proviso}.",
        s1.competition.to_uppercase(),
        s1.kind,
        s2.kind,
        nested.reason,
        from.market.question,
        to.market.question
    );
    Ok(draft.finish(Relation::Implies, evidence, &[from, to], sentence))
}

/// What the texts say about the season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Season {
    One(i32),
    Several,
    Unnamed,
}

impl std::fmt::Display for Season {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(year) => write!(f, "season ending {year}"),
            Self::Several => f.write_str("several seasons"),
            Self::Unnamed => f.write_str("no season named"),
        }
    }
}

/// The competition's name as words of a text.
fn name_words(stage: &Stage) -> Vec<&str> {
    stage.competition.split(' ').collect()
}

/// The season in the question and wherever the rule text writes one directly before or after the competition's name.
fn season(reading: &Reading<'_>, stage: &Stage) -> Season {
    let rules = reading.rules().unwrap_or_default();
    let name = name_words(stage);
    let year = |i: Option<&Item<'_>>| match i {
        Some(Item::Date(d, _)) => season_of(d.when),
        _ => None,
    };
    let written = (0..rules.len()).filter(|at| words_at(rules, *at, &name)).filter_map(|at| {
        let before = at.checked_sub(1).and_then(|k| rules.get(k));
        year(before).or_else(|| year(rules.get(at + name.len())))
    });
    let mut all = stage.season.into_iter().chain(written);
    match all.next() {
        None => Season::Unnamed,
        Some(first) if all.all(|y| y == first) => Season::One(first),
        Some(_) => Season::Several,
    }
}

/// Words that say a stage is had.
const VERBS: [&str; 14] = [
    "win",
    "wins",
    "winner",
    "won",
    "crowned",
    "reach",
    "reaches",
    "advance",
    "advances",
    "finish",
    "finishes",
    "qualify",
    "qualifies",
    "champion",
];

/// The sentence of the rule text that resolves on this stage: the competition by name, the stage, and the entity (or the
/// listed one), leading to YES.
fn statement(stage: &Stage, rules: &[Item<'_>]) -> Option<(usize, usize)> {
    let name = name_words(stage);
    let entity: Vec<&str> = stage.entity.split_whitespace().collect();
    (0..rules.len()).filter(|at| words_at(rules, *at, &name)).find_map(|at| {
        let range = sentence_of(rules, at);
        let sentence = &rules[range.clone()];
        let has = |words: &[&str]| sentence.iter().any(|i| i.word().is_some_and(|t| words.iter().any(|w| t.is(w))));
        let says_stage = match &stage.kind {
            StageKind::Title => !has(&["conference", "semifinals", "semi"]),
            StageKind::Conference(c) => conference_said(rules, at + name.len(), c),
            StageKind::Final => has(&["final", "finals"]),
            StageKind::SemiFinal => has(&["semifinal", "semifinals", "semi"]),
            StageKind::QuarterFinal => has(&["quarterfinal", "quarterfinals", "quarter"]),
            StageKind::Top(n) => top_said(sentence, *n),
            StageKind::Qualify => has(&["qualify", "qualifies"]),
        };
        let named = (0..sentence.len()).any(|k| entity_at(&sentence[k..], &entity)) || names_the_listed(sentence);
        let forward = polarity(rules, at) == Polarity::Forward && !has(&["impossible"]);
        (says_stage && named && has(&VERBS) && forward)
            .then(|| (sentence[0].span().0, sentence[sentence.len() - 1].span().1))
    })
}

/// "this team", "the listed club": the one the question names.
fn names_the_listed(sentence: &[Item<'_>]) -> bool {
    const POINTERS: [&str; 5] = ["this", "the", "listed", "national", "which"];
    const NOUNS: [&str; 6] = ["team", "teams", "club", "clubs", "country", "player"];
    let is = |item: &Item<'_>, list: &[&str]| item.word().is_some_and(|t| list.iter().any(|w| t.is(w)));
    sentence.windows(2).any(|w| is(&w[0], &POINTERS) && is(&w[1], &NOUNS))
}

/// "Eastern Conference" right after the league's name.
fn conference_said(rules: &[Item<'_>], at: usize, conference: &str) -> bool {
    words_at(rules, at, &[conference, "conference"]) || words_at(rules, at, &[conference, "championship"])
}

fn top_said(sentence: &[Item<'_>], n: u32) -> bool {
    sentence.windows(2).any(|w| {
        w[0].word().is_some_and(|t| t.is("top"))
            && matches!(w[1], Item::Number(number) if number.value == i128::from(n) * 1_000_000)
    })
}

/// The entity's words; numbers in a name are compared by what the reader made of them.
fn entity_at(items: &[Item<'_>], entity: &[&str]) -> bool {
    entity.iter().enumerate().all(|(k, word)| match items.get(k) {
        Some(Item::Word(t)) => t.is(word) || t.text.to_lowercase() == *word,
        Some(Item::Number(_) | Item::Date(..)) => word.starts_with(|c: char| c.is_ascii_digit()),
        None => false,
    })
}

/// Obligations on the rule texts.
fn on_rules<'m>(
    draft: &mut Draft,
    (from, s1, r1): (&Reading<'m>, &Stage, &[Item<'_>]),
    (to, s2, r2): (&Reading<'m>, &Stage, &[Item<'_>]),
) -> Result<(), Failure> {
    for (reading, stage, rules) in [(from, s1, r1), (to, s2, r2)] {
        let Some(at) = statement(stage, rules) else {
            let asked = format!("no sentence resolves on {} of \"{}\"", stage.kind, stage.competition);
            return draft.fail(Obligation::StatedInRules, asked);
        };
        draft.span(reading.span(Field::Description, at));
    }
    draft.met(Obligation::StatedInRules);
    for rules in [r1, r2] {
        let found = rules.iter().filter_map(Item::word).find(|t| PARTING.iter().any(|p| t.is(p)));
        if let Some(token) = found {
            return draft.fail(Obligation::TiesAndWalkovers, format!("\"{}\"", token.text));
        }
    }
    draft.met(Obligation::TiesAndWalkovers);
    if let Some(day) = cut_off(r2) {
        let due = to.market.end;
        if due.is_none_or(|end| end > day) {
            return draft.fail(Obligation::CutOff, format!("the second question ends unanswered on {day}"));
        }
        let day = day.to_string();
        let day = day.split('T').next().unwrap_or_default();
        draft.met_with(Obligation::CutOff, day);
        draft.set("cut_off_b", day);
    } else {
        draft.met_with(Obligation::CutOff, "none written");
    }
    Ok(())
}

/// The earliest day by which the rule text wants a result, else it answers NO or "Other".
fn cut_off(rules: &[Item<'_>]) -> Option<Timestamp> {
    let mut days = rules.iter().filter_map(|item| match item {
        Item::Date(
            DateFact {
                when: When::Day { year: Some(year), month, day },
                role: Role::By | Role::Before | Role::Until,
                ..
            },
            _,
        ) => Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T23:59:59Z")),
        _ => None,
    });
    let first = days.next()?;
    Some(days.fold(first, Ord::min))
}
