//! Stages of competitions: who, in what, which season, how far.

use super::date::When;
use super::item::Item;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far in a competition.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Wins it all.
    Title,
    /// Wins a conference: "eastern".
    Conference(String),
    /// Reaches the final.
    Final,
    /// Reaches the semi-finals.
    SemiFinal,
    /// Reaches the quarter-finals.
    QuarterFinal,
    /// Finishes among the first N.
    Top(u32),
    /// Takes part at all.
    Qualify,
}

impl fmt::Display for StageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title => f.write_str("winning the title"),
            Self::Conference(name) => write!(f, "winning the {name} conference"),
            Self::Final => f.write_str("reaching the final"),
            Self::SemiFinal => f.write_str("reaching the semi-finals"),
            Self::QuarterFinal => f.write_str("reaching the quarter-finals"),
            Self::Top(n) => write!(f, "finishing in the top {n}"),
            Self::Qualify => f.write_str("qualifying"),
        }
    }
}

/// A question about a stage of a competition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Who, in lower case, without article.
    pub entity: String,
    /// Which competition, in lower case, without article, season and stage.
    pub competition: String,
    /// The year the season ends in, where the question says.
    pub season: Option<i32>,
    /// How far.
    pub kind: StageKind,
    /// Bytes of the entity in the question.
    pub entity_at: (usize, usize),
    /// Bytes of competition and stage in the question.
    pub stage_at: (usize, usize),
}

/// Most words of an entity or a competition's name: longer ones are sentences.
const NAME_WORDS_MAX: usize = 8;

/// What conferences are called after.
const CONFERENCES: [&str; 10] =
    ["eastern", "western", "northern", "southern", "east", "west", "north", "south", "american", "national"];

/// Competitions whose conferences go by names of their own: (how the question ends, competition, conference).
const NAMED_CONFERENCES: [(&str, &str, &str); 2] =
    [("afc championship", "super bowl", "afc"), ("nfc championship", "super bowl", "nfc")];

/// Titles that go by a name of their own: (title, competition its conferences are named with).
const NAMED_TITLES: [(&str, &str); 2] = [("stanley cup", "nhl"), ("mls cup", "mls")];

/// The season of a date that names one: the year it ends in.
pub(crate) const fn season_of(when: When) -> Option<i32> {
    match when {
        When::Year(year) | When::Season(year) => Some(year),
        _ => None,
    }
}

fn lower(items: &[Item<'_>]) -> Option<Vec<String>> {
    items.iter().map(|i| i.word().map(|t| t.text.to_lowercase())).collect()
}

fn skip<'i, 't>(items: &'i [Item<'t>], words: &[&str]) -> &'i [Item<'t>] {
    match items.split_first() {
        Some((Item::Word(t), rest)) if words.iter().any(|w| t.is(w)) => rest,
        _ => items,
    }
}

/// Reads a question of the form "Will [the] E win [the] 2026 C?" and its kin. `None` for anything else.
pub(crate) fn of_question(text: &str, question: &[Item<'_>]) -> Option<Stage> {
    let (first, rest) = question.split_first()?;
    if !first.word()?.is("will") {
        return None;
    }
    let rest = skip(rest, &["the"]);
    const VERBS: [&str; 5] = ["win", "reach", "advance", "finish", "qualify"];
    let verb_at = rest.iter().position(|i| i.word().is_some_and(|t| VERBS.iter().any(|v| t.is(v))))?;
    let (who, after) = rest.split_at(verb_at);
    let (verb, what) = after.split_first()?;
    let verb = verb.word()?.text.to_lowercase();
    if who.is_empty() || who.len() > NAME_WORDS_MAX {
        return None;
    }
    // Names may hold numbers ("Philadelphia 76ers", "Schalke 04"): the text itself is the name.
    let entity_at = (who[0].span().0, who[who.len() - 1].span().1);
    let entity = text.get(entity_at.0..entity_at.1)?.to_lowercase();

    let (what, top) = match verb.as_str() {
        "finish" => top_of(what)?,
        "qualify" => (skip(what, &["for"]), None),
        "advance" => (skip(what, &["to"]), None),
        _ => (what, None),
    };
    let what = skip(what, &["the"]);
    let stage_at = (what.first()?.span().0, what.last()?.span().1);
    let mut season = None;
    let mut names: Vec<Item<'_>> = Vec::with_capacity(what.len());
    for item in what {
        match item {
            Item::Word(_) => names.push(*item),
            Item::Date(date, _) if season.is_none() => season = Some(season_of(date.when)?),
            _ => return None,
        }
    }
    let mut words = lower(&names)?;
    if words.is_empty() || words.len() > NAME_WORDS_MAX {
        return None;
    }
    let kind = match (verb.as_str(), top) {
        ("finish", Some(n)) => StageKind::Top(n),
        ("qualify", _) => StageKind::Qualify,
        ("win", _) => title_or_conference(&mut words),
        ("reach" | "advance", _) => round(&mut words)?,
        _ => return None,
    };
    if words.is_empty() {
        return None;
    }
    let competition = words.join(" ");
    Some(Stage { entity, competition, season, kind, entity_at, stage_at })
}

/// "[in] [the] top 4 of|in …": what follows, and the number.
fn top_of<'i, 't>(what: &'i [Item<'t>]) -> Option<(&'i [Item<'t>], Option<u32>)> {
    let rest = skip(skip(what, &["in"]), &["the"]);
    let after_top = skip(rest, &["top"]);
    if after_top.len() == rest.len() {
        return None;
    }
    let (Item::Number(number), rest) = after_top.split_first()? else { return None };
    let whole = (number.value % 1_000_000 == 0).then_some(number.value / 1_000_000)?;
    let n = u32::try_from(whole).ok().filter(|n| *n > 0)?;
    let named = skip(rest, &["of", "in"]);
    (named.len() < rest.len()).then_some((named, Some(n)))
}

/// Takes the stage words off a "win …" question.
fn title_or_conference(words: &mut Vec<String>) -> StageKind {
    let joined = words.join(" ");
    if let Some((_, competition, conference)) = NAMED_CONFERENCES.iter().find(|(ends, ..)| joined == *ends) {
        *words = vec![(*competition).to_owned()];
        return StageKind::Conference((*conference).to_owned());
    }
    if let Some((_, league)) = NAMED_TITLES.iter().find(|(title, _)| joined == *title) {
        *words = vec![(*league).to_owned()];
        return StageKind::Title;
    }
    let n = words.len();
    let ends = |word: &str, list: &[&str]| list.contains(&word);
    if n >= 4
        && ends(&words[n - 1], &["finals", "final", "championship", "title"])
        && words[n - 2] == "conference"
        && ends(&words[n - 3], &CONFERENCES)
    {
        let conference = words[n - 3].clone();
        words.truncate(n - 3);
        return StageKind::Conference(conference);
    }
    if n >= 2 && ends(&words[n - 1], &["finals", "final"]) {
        words.truncate(n - 1);
    }
    StageKind::Title
}

/// Takes the round's name off a "reach …" question.
fn round(words: &mut Vec<String>) -> Option<StageKind> {
    const ROUNDS: [(&[&str], StageKind); 10] = [
        (&["semi", "final"], StageKind::SemiFinal),
        (&["semi", "finals"], StageKind::SemiFinal),
        (&["semifinal"], StageKind::SemiFinal),
        (&["semifinals"], StageKind::SemiFinal),
        (&["quarter", "final"], StageKind::QuarterFinal),
        (&["quarter", "finals"], StageKind::QuarterFinal),
        (&["quarterfinal"], StageKind::QuarterFinal),
        (&["quarterfinals"], StageKind::QuarterFinal),
        (&["final"], StageKind::Final),
        (&["finals"], StageKind::Final),
    ];
    for (name, kind) in ROUNDS {
        if words.len() > name.len()
            && words[words.len() - name.len()..].iter().map(String::as_str).eq(name.iter().copied())
        {
            words.truncate(words.len() - name.len());
            return Some(kind);
        }
        // "reach the final of the 2026 Cup"
        let lead = name.len() + 1;
        if words.len() > lead
            && words[..name.len()].iter().map(String::as_str).eq(name.iter().copied())
            && ["of", "in", "at"].contains(&words[name.len()].as_str())
        {
            words.drain(..lead);
            if words.first().is_some_and(|w| w == "the") {
                words.remove(0);
            }
            return Some(kind);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::item::items;
    use super::*;

    fn read(text: &str) -> Option<(String, String, Option<i32>, StageKind)> {
        of_question(text, &items(text)).map(|s| (s.entity, s.competition, s.season, s.kind))
    }

    #[test]
    fn reads_the_venues_wordings() {
        let is = |text: &str, entity: &str, competition: &str, season: Option<i32>, kind: StageKind| {
            assert_eq!(read(text), Some((entity.to_owned(), competition.to_owned(), season, kind)), "{text}");
        };
        is("Will the Harbor Owls win the 2026 XBA Finals?", "harbor owls", "xba", Some(2026), StageKind::Title);
        let east = StageKind::Conference("eastern".to_owned());
        is("Will the Harbor Owls win the XBA Eastern Conference Finals?", "harbor owls", "xba", None, east);
        is(
            "Will Italia 90 win the 2025–26 First Division?",
            "italia 90",
            "first division",
            Some(2026),
            StageKind::Title,
        );
        is(
            "Will Oak FC finish in the top 4 of the 2025–26 First Division?",
            "oak fc",
            "first division",
            Some(2026),
            StageKind::Top(4),
        );
        is("Will Oak FC reach the 2026 Oak Cup final?", "oak fc", "oak cup", Some(2026), StageKind::Final);
        is(
            "Will Oak FC reach the semi-finals of the 2026 Oak Cup?",
            "oak fc",
            "oak cup",
            Some(2026),
            StageKind::SemiFinal,
        );
        is("Will Oakland qualify for the 2026 Oak Cup?", "oakland", "oak cup", Some(2026), StageKind::Qualify);
        is("Will the Harbor Owls win Super Bowl 2026?", "harbor owls", "super bowl", Some(2026), StageKind::Title);
    }

    #[test]
    fn leaves_everything_else_alone() {
        for text in [
            "Will Oak FC win on 2026-04-12?",
            "Will the Owls win more than 50 games in 2026?",
            "Harbor Owls to win?",
            "Will the Owls win?",
            "Will win the 2026 Cup?",
            "",
            "Will Oak FC finish above Elm FC?",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
