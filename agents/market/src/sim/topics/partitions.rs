//! Neg-risk events: exactly one of many, complete with a catch-all, in brackets, or open-ended.

use crate::sim::calendar::{deadline, eastern, long_date, plus_days, short_date};
use crate::sim::draft::{Category, EventDraft, FamilyDraft, MarketDraft, Workshop};
use crate::sim::latent::Condition;
use crate::sim::names::{self, CITIES, COUNTRIES};
use chrono::{Datelike, NaiveDate};

struct Contest {
    category: Category,
    title: String,
    /// "win the 2026 Valdoria presidential election", after "Will … ".
    verb: String,
    rule: String,
    source: String,
    date: NaiveDate,
}

fn contest(shop: &mut Workshop<'_>) -> Contest {
    let rng = &mut *shop.rng;
    let nation = rng.pick(COUNTRIES);
    let city = rng.pick(CITIES);
    let kind = rng.below(4);
    let ahead = rng.between(20, 240) as u64;
    let date = plus_days(shop.today, ahead);
    let year = date.year();
    match kind {
        0 => Contest {
            category: Category::Politics,
            title: format!("{nation} Presidential Election Winner"),
            verb: format!("win the {year} {nation} presidential election"),
            rule: format!(
                "according to the winner of the {year} {nation} presidential election, including any run-off"
            ),
            source: format!("the electoral commission of {nation}; a consensus of credible reporting may also be used"),
            date,
        },
        1 => Contest {
            category: Category::Politics,
            title: format!("Next Prime Minister of {nation}"),
            verb: format!("be the next Prime Minister of {nation}"),
            rule: format!(
                "to the next person to be sworn in as Prime Minister of {nation}; interim and caretaker holders do not count"
            ),
            source: format!("the government of {nation}; a consensus of credible reporting may also be used"),
            date,
        },
        2 => Contest {
            category: Category::Culture,
            title: format!("{city} Festival: Grand Prize {year}"),
            verb: format!("win the Grand Prize of the {year} {city} Festival"),
            rule: format!("according to the winner of the Grand Prize of the {year} {city} Festival"),
            source: format!("the {city} Festival"),
            date,
        },
        _ => Contest {
            category: Category::Politics,
            title: format!("{city} Mayoral Election Winner"),
            verb: format!("win the {year} {city} mayoral election"),
            rule: format!("according to the winner of the {year} {city} mayoral election"),
            source: format!("the city of {city}; a consensus of credible reporting may also be used"),
            date,
        },
    }
}

/// `named` candidates and "Other"; with `placeholders` the event is augmented and names may be added.
fn race(shop: &mut Workshop<'_>, named: usize, placeholders: usize) -> FamilyDraft {
    let c = contest(shop);
    let candidates = names::distinct(shop.rng, named, names::person);
    let mut prior = shop.strengths(named, 1.1);
    let total: f64 = prior.iter().sum();
    prior.extend(std::iter::repeat_n(total * 0.012, placeholders));
    prior.push(total * 0.05);
    let answered = eastern(c.date, 23, 0);
    let variable = shop.instant(prior, answered);
    let fallback = long_date(plus_days(c.date, 60));
    let augmented = placeholders > 0;
    let tail = format!(
        "\n\nIf no winner is declared by {fallback}, 11:59 PM ET, or anyone not listed wins, this market will resolve to \"Other\".\n\nThe resolution source for this market will be {}.",
        c.source
    );
    let rule = format!("This market will resolve {}.", c.rule);
    let more = if augmented {
        "\n\nCandidates may be added to this market after its launch; until then they are part of \"Other\"."
    } else {
        ""
    };
    let labels = candidates
        .into_iter()
        .chain((0..placeholders).map(|i| format!("Candidate {}", char::from(b'A' + i as u8))))
        .chain(std::iter::once("Other".to_owned()));
    let last = named + placeholders;
    let markets = labels
        .enumerate()
        .map(|(state, label)| MarketDraft {
            question: if state == last {
                format!("Will someone else {}?", c.verb)
            } else {
                format!("Will {label} {}?", c.verb)
            },
            description: format!("{rule}{more}{tail}"),
            group_title: label,
            source: String::new(),
            end: answered,
            conditions: vec![Condition { variable: 0, mask: 1 << state }],
            other: state == last,
        })
        .collect();
    let fine_tick = shop.rng.chance(0.6);
    FamilyDraft {
        topic: c.title.clone(),
        listed: shop.listed,
        variables: vec![variable],
        events: vec![EventDraft {
            title: c.title,
            category: c.category,
            series: None,
            neg_risk: true,
            augmented,
            fine_tick,
            markets,
        }],
        pairs: Vec::new(),
    }
}

/// A complete race: everyone else is "Other", and nobody will be added.
pub(crate) fn complete_race(shop: &mut Workshop<'_>) -> FamilyDraft {
    let named = shop.rng.between(4, 6) as usize;
    race(shop, named, 0)
}

/// An augmented race: today's set is not exhaustive.
pub(crate) fn augmented_race(shop: &mut Workshop<'_>) -> FamilyDraft {
    let named = shop.rng.between(4, 6) as usize;
    race(shop, named, 2)
}

/// Temperature brackets: contiguous, with open ends, so exactly one is right.
pub(crate) fn temperature(shop: &mut Workshop<'_>, days_ahead: u64) -> FamilyDraft {
    /// Brackets of one event, open ends included.
    const BRACKETS: i64 = 7;
    let city = shop.rng.pick(CITIES);
    let date = plus_days(shop.today, days_ahead);
    let low = shop.rng.between(-4, 18);
    let centre = shop.rng.between(1, BRACKETS - 2);
    let prior: Vec<f64> = (0..BRACKETS)
        .map(|k| {
            let x = (k - centre) as f64 / 1.4;
            crate::sim::rng::exp(-x * x / 2.0) + 0.004
        })
        .collect();
    let answered = deadline(date);
    let variable = shop.instant(prior, answered);
    let markets = (0..BRACKETS)
        .map(|k| {
            let degrees = low + k;
            let label = match k {
                0 => format!("{degrees}°C or below"),
                k if k == BRACKETS - 1 => format!("{degrees}°C or higher"),
                _ => format!("{degrees}°C"),
            };
            MarketDraft {
                question: format!("Will the highest temperature in {city} be {label} on {}?", long_date(date)),
                description: format!(
                    "This market will resolve to the temperature range that contains the highest temperature recorded at the {city} weather station in degrees Celsius on {}.\n\nTemperatures are measured in whole degrees Celsius (e.g. 9°C); that is the precision used to resolve this market.\n\nThe resolution source for this market will be information from the {city} Meteorological Office. Revisions made after the data of that day are final will not be considered.",
                    long_date(date)
                ),
                group_title: label,
                source: "https://weather.example/history".to_owned(),
                end: answered,
                conditions: vec![Condition { variable: 0, mask: 1 << k }],
                other: false,
            }
        })
        .collect();
    FamilyDraft {
        topic: format!("temperature in {city} on {date}"),
        listed: shop.listed,
        variables: vec![variable],
        events: vec![EventDraft {
            title: format!("Highest temperature in {city} on {}?", short_date(date)),
            category: Category::Weather,
            series: Some(format!("{}-daily-weather", city.to_lowercase().replace(' ', "-"))),
            neg_risk: true,
            augmented: false,
            fine_tick: true,
            markets,
        }],
        pairs: Vec::new(),
    }
}
