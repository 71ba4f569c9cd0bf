//! What the reader makes of the venue's wordings: dates, numbers, comparisons, with their places.

mod common;

use betty_hedging::certificate::Field;
use betty_hedging::facts::date::{DateFact, Deadline, Role, When};
use betty_hedging::facts::number::{Direction, Unit};
use betty_hedging::facts::{Facts, Reading};
use betty_market::{EventId, EventRef};
use common::bare;

fn facts(question: &str) -> Facts {
    Reading::of(&bare("1", question, None)).facts()
}

#[track_caller]
fn date(question: &str) -> DateFact {
    let facts = facts(question);
    assert_eq!(facts.dates.len(), 1, "{question}: {:?}", facts.dates);
    facts.dates[0].0
}

#[test]
fn dates_and_their_roles() {
    let day = |year, month, day| When::Day { year, month, day };
    let cases = [
        ("Ceasefire by June 30?", day(None, 6, 30), Role::By),
        ("Ceasefire by June 30, 2026?", day(Some(2026), 6, 30), Role::By),
        ("Airdrop by Sept 1st 2026?", day(Some(2026), 9, 1), Role::By),
        ("Hit (HIGH) by end of June?", When::Month { year: None, month: 6 }, Role::ByEndOf),
        ("Out by the end of 2026?", When::Year(2026), Role::ByEndOf),
        ("Out before 2027?", When::Year(2027), Role::Before),
        ("Released before June 2026?", When::Month { year: Some(2026), month: 6 }, Role::Before),
        ("Reach it in March?", When::Month { year: None, month: 3 }, Role::In),
        ("Above on April 4?", day(None, 4, 4), Role::On),
        ("Oak FC win on 2026-04-12?", day(Some(2026), 4, 12), Role::On),
        ("Touch it week of April 6 2026?", day(Some(2026), 4, 6), Role::WeekOf),
        ("Dip March 30-April 5?", When::Days { year: None, from: (3, 30), to: (4, 5) }, Role::Bare),
        ("Dip March 23–29?", When::Days { year: None, from: (3, 23), to: (3, 29) }, Role::Bare),
        ("Win the 2025–26 Cup?", When::Season(2026), Role::Bare),
        ("Win the 2025-2026 Cup?", When::Season(2026), Role::Bare),
    ];
    for (question, when, role) in cases {
        let found = date(question);
        assert_eq!((found.when, found.role), (when, role), "{question}");
    }
}

#[test]
fn what_is_no_date() {
    for question in [
        "Will they march on may be?",
        "Pay $2026 or more?",
        "Score 2-1?",
        "Rate above 2026%?",
        "Version 13.13?",
        "May they win?",
        "February 30?",
    ] {
        let dates = facts(question).dates;
        assert!(dates.is_empty(), "{question}: {dates:?}");
    }
}

#[test]
fn deadlines_are_calendar_days() {
    let at = |year, month, day| Some(Deadline { year, month, day });
    assert_eq!(date("X by end of February?").deadline(), at(None, 2, 28));
    assert_eq!(date("X by end of February 2028?").deadline(), at(Some(2028), 2, 29));
    assert_eq!(date("X by the end of 2026?").deadline(), at(Some(2026), 12, 31));
    assert_eq!(date("X before June 2026?").deadline(), at(Some(2026), 6, 1));
    // Whether "by June" means its first or its last day is not said.
    assert_eq!(date("X by June 2026?").deadline(), None);
    assert_eq!(date("X in June 2026?").deadline(), None);
}

#[test]
fn numbers_with_unit_magnitude_and_comparison() {
    use Direction::{Down, Up};
    let million = 1_000_000_i128;
    let cases = [
        ("FDV above $500M?", 500_000_000 * million, Unit::Dollar, Some((Up, true))),
        ("FDV >$6B one?", 6_000_000_000 * million, Unit::Dollar, Some((Up, true))),
        ("Close above $1,234.50?", 1_234_500_000, Unit::Dollar, Some((Up, true))),
        ("Deport 750,000 or more people?", 750_000 * million, Unit::None, Some((Up, false))),
        ("Cut by at least 10%?", 10 * million, Unit::Percent, Some((Up, false))),
        ("Be 15°C or higher?", 15 * million, Unit::Celsius, Some((Up, false))),
        ("Be 39°F or below?", 39 * million, Unit::Fahrenheit, Some((Down, false))),
        ("Be -5°C or below?", -5 * million, Unit::Celsius, Some((Down, false))),
        ("Reach 1.7M rials?", 1_700_000 * million, Unit::None, Some((Up, false))),
        ("Dip to $60k?", 60_000 * million, Unit::Dollar, Some((Down, false))),
        ("Crude hit (HIGH) $85?", 85 * million, Unit::Dollar, Some((Up, false))),
        ("Gas hit (Low) $3.50?", 3_500_000, Unit::Dollar, Some((Down, false))),
        ("Crude hit $85?", 85 * million, Unit::Dollar, None),
        ("More than 5 storms?", 5 * million, Unit::None, Some((Up, true))),
        ("Fewer than 5 storms?", 5 * million, Unit::None, Some((Down, true))),
        ("No more than 5 storms?", 5 * million, Unit::None, None),
        ("Cost $100+?", 100 * million, Unit::Dollar, Some((Up, false))),
        ("Views over 2 million?", 2 * million * million, Unit::None, Some((Up, true))),
        ("A move of 25 bps?", 25 * million, Unit::BasisPoint, None),
        ("A price equal to or greater than $3.20?", 3_200_000, Unit::Dollar, Some((Up, false))),
        ("A price less than or equal to $3.20?", 3_200_000, Unit::Dollar, Some((Down, false))),
        ("Be 12°C?", 12 * million, Unit::Celsius, None),
    ];
    for (question, value, unit, comparison) in cases {
        let facts = facts(question);
        assert_eq!(facts.numbers.len(), 1, "{question}");
        let (number, comparator, _) = &facts.numbers[0];
        assert_eq!((number.value, number.unit), (value, unit), "{question}");
        assert_eq!(comparator.map(|c| (c.direction, c.strict)), comparison, "{question}");
    }
}

#[test]
fn ranges_point_nowhere() {
    for question in
        ["Be between 46-47°F?", "Close at $330-$340?", "Cost between $330 and $340?", "Deport 250,000-500,000?"]
    {
        let facts = facts(question);
        assert_eq!(facts.numbers.len(), 2, "{question}");
        assert!(facts.numbers.iter().all(|(_, c, _)| c.is_none()), "{question}");
    }
}

#[test]
fn every_fact_knows_its_place() {
    let mut m = bare("1", "Will Oak FC reach $3.20 by June 30?", None);
    m.description =
        Some("Resolves to \"Yes\" by June 30, 2026, 11:59 PM ET. The resolution source is the Oak Gazette.".to_owned());
    m.group_title = Some("June 30".to_owned());
    m.event = Some(EventRef {
        id: EventId::new("1").unwrap(),
        title: "What by June 30?".to_owned(),
        slug: "s".to_owned(),
        series: None,
        market_count: None,
    });
    let facts = Reading::of(&m).facts();
    assert_eq!(facts.template, "Will Oak FC reach <number> by <date>");
    assert_eq!(facts.zones, ["ET"]);
    assert_eq!(facts.sources[0].0, "The resolution source is the Oak Gazette");
    let text = |field: Field| match field {
        Field::Question => m.question.as_str(),
        Field::GroupTitle => m.group_title.as_deref().unwrap(),
        Field::Description => m.description.as_deref().unwrap(),
        Field::EventTitle => m.event.as_ref().unwrap().title.as_str(),
    };
    let places: Vec<_> = facts.dates.iter().map(|(_, s)| (s.field, &text(s.field)[s.start..s.end])).collect();
    assert_eq!(
        places,
        [
            (Field::Question, "by June 30"),
            (Field::GroupTitle, "June 30"),
            (Field::Description, "by June 30, 2026"),
            (Field::EventTitle, "by June 30"),
        ]
    );
    let (_, _, span) = &facts.numbers[0];
    assert_eq!(&m.question[span.start..span.end], "$3.20");
}
