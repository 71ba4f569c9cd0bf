//! Nested stages of a competition, in the venue's wording.

use crate::sim::calendar::{eastern, long_date};
use crate::sim::draft::{Category, EventDraft, FamilyDraft, MarketDraft, PairKind, Workshop};
use crate::sim::latent::Condition;
use crate::sim::names;
use chrono::{Datelike, NaiveDate};

/// A month and a day of it, of the season's year.
type MonthDay = (u32, u32);

/// A league of two conferences.
pub(crate) struct League {
    /// Short name, as in titles.
    pub(crate) short: &'static str,
    pub(crate) name: &'static str,
    /// Teams of one conference.
    pub(crate) teams: usize,
    /// When the conferences, then the title are decided.
    pub(crate) conference_day: MonthDay,
    pub(crate) title_day: MonthDay,
}

/// Two-conference leagues with seasons under way at genesis.
pub(crate) const LEAGUES: [League; 5] = [
    League { short: "MBL", name: "Meridian Basketball League", teams: 12, conference_day: (5, 30), title_day: (6, 18) },
    League {
        short: "NHA",
        name: "Northern Hockey Association",
        teams: 12,
        conference_day: (5, 26),
        title_day: (6, 14),
    },
    League { short: "CLL", name: "Continental Lacrosse League", teams: 12, conference_day: (4, 18), title_day: (5, 2) },
    League {
        short: "TVL",
        name: "Twin Coast Volleyball League",
        teams: 12,
        conference_day: (3, 14),
        title_day: (3, 29),
    },
    League { short: "AGL", name: "Atlas Gridiron League", teams: 12, conference_day: (1, 25), title_day: (2, 8) },
];

fn day(year: i32, (month, day): MonthDay) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MAX)
}

/// Champion, Eastern and Western conference champions of one league.
///
/// Winning the finals is: winning one's conference, and that conference winning. Three hidden variables, so that a title
/// always costs at most the conference.
pub(crate) fn league(shop: &mut Workshop<'_>, l: &League) -> FamilyDraft {
    let year = shop.today.year();
    let season = format!("{}–{:02}", year - 1, year % 100);
    let teams = names::teams(shop.rng, 2 * l.teams);
    let (conference_at, title_at) =
        (eastern(day(year, l.conference_day), 23, 0), eastern(day(year, l.title_day), 23, 0));
    let mut variables = Vec::new();
    for _ in 0..2 {
        let prior = shop.strengths(l.teams, 1.3);
        variables.push(shop.instant(prior, conference_at));
    }
    let strong = 0.74 + 0.12 * shop.rng.unit();
    let east = if shop.rng.chance(0.5) { strong } else { 1.0 - strong };
    variables.push(shop.instant(vec![east, 1.0 - east], title_at));
    let last_day = long_date(day(year, (10, 1)));
    let source = format!("The resolution source for this market will be information from the {}.", l.short);
    let market = |team: &String, prize: &str, ask: &str, extra: &str, end: i64, conditions: Vec<Condition>| {
        MarketDraft {
            question: format!("Will the {team} win {ask}?"),
            description: format!(
                "This market will resolve to \"Yes\" if the {team} win {prize}. Otherwise, this market will resolve to \"No\".\n\n{extra}If at any point it becomes impossible for this team to win {prize} based on the rules of the {}, this market will resolve to \"No\".\n\nIf the winner of {prize} is not announced by {last_day}, 11:59 PM ET, this market will resolve to \"No\".\n\n{source}",
                l.short
            ),
            group_title: team.clone(),
            source: String::new(),
            end,
            conditions,
            other: false,
        }
    };
    let seat = |i: usize| Condition { variable: i / l.teams, mask: 1 << (i % l.teams) };
    let titles = teams
        .iter()
        .enumerate()
        .map(|(i, team)| {
            let extra = format!(
                "The {year} {} Finals are contested by the champions of the Eastern Conference and the Western Conference of the {}.\n\n",
                l.short, l.name
            );
            let prize = format!("the {year} {} Finals", l.short);
            let side = Condition { variable: 2, mask: 1 << (i / l.teams) };
            market(team, &prize, &prize, &extra, title_at, vec![seat(i), side])
        })
        .collect();
    let mut events = vec![EventDraft {
        title: format!("{year} {} Champion", l.short),
        category: Category::Sports,
        series: Some(l.short.to_lowercase()),
        neg_risk: true,
        augmented: false,
        fine_tick: true,
        markets: titles,
    }];
    for (c, conference) in ["Eastern", "Western"].into_iter().enumerate() {
        let markets = (c * l.teams..(c + 1) * l.teams)
            .map(|i| {
                let prize = format!("the {season} {} {conference} Conference Finals", l.short);
                let ask = format!("the {} {conference} Conference Finals", l.short);
                market(&teams[i], &prize, &ask, "", conference_at, vec![seat(i)])
            })
            .collect();
        events.push(EventDraft {
            title: format!("{} {conference} Conference Champion", l.short),
            category: Category::Sports,
            series: Some(l.short.to_lowercase()),
            neg_risk: true,
            augmented: true,
            fine_tick: true,
            markets,
        });
    }
    FamilyDraft {
        topic: l.name.to_owned(),
        listed: shop.listed,
        variables,
        events,
        // The conference events follow the title event in the same order of teams.
        pairs: (0..2 * l.teams).map(|i| (i, 2 * l.teams + i, PairKind::NestedStage)).collect(),
    }
}

/// Names of football leagues, with the day their tables are final.
pub(crate) const TABLES: [(&str, MonthDay); 5] = [
    ("Valdorian Premier League", (5, 24)),
    ("Kestovian First Division", (5, 17)),
    ("Aramore Superliga", (5, 31)),
    ("Belmark Championship", (6, 7)),
    ("Orlenian National League", (4, 26)),
];

/// Clubs of one table.
const CLUBS: usize = 16;

/// Final tables imagined for one league: each is a state of the hidden variable.
const TABLES_IMAGINED: usize = 64;

/// League winner and top four: winning implies the top four.
pub(crate) fn table(shop: &mut Workshop<'_>, name: &str, last: MonthDay) -> FamilyDraft {
    let year = shop.today.year();
    let season = format!("{}–{:02}", year - 1, year % 100);
    let clubs = names::clubs(shop.rng, CLUBS);
    let strengths = shop.strengths(CLUBS, 1.2);
    let (mut first, mut top) = ([0_u64; CLUBS], [0_u64; CLUBS]);
    for state in 0..TABLES_IMAGINED {
        // Plackett-Luce: each place goes to one of those left, in proportion to strength.
        let mut left = strengths.clone();
        for place in 0..4 {
            let club = shop.rng.weighted(&left);
            left[club] = 0.0;
            top[club] |= 1 << state;
            if place == 0 {
                first[club] |= 1 << state;
            }
        }
    }
    let at = eastern(day(year, last), 20, 0);
    let variable = shop.instant(vec![1.0; TABLES_IMAGINED], at);
    let last_day = long_date(day(year, (10, 1)));
    let market = |club: &String, question: String, clause: String, impossible: &str, mask: u64| MarketDraft {
        question,
        description: format!(
            "This market will resolve to \"Yes\" if {clause}. Otherwise, this market will resolve to \"No\".\n\nIf at any point it becomes impossible for {club} to {impossible}, this market will resolve to \"No\".\n\nIf the {season} {name} season is canceled or not completed by {last_day}, 11:59 PM ET, this market will resolve to \"No\".\n\nThe primary resolution source will be official information from the {name}. A consensus of credible reporting may also be used."
        ),
        group_title: club.clone(),
        source: String::new(),
        end: at,
        conditions: vec![Condition { variable: 0, mask }],
        other: false,
    };
    let winners = (0..CLUBS)
        .map(|i| {
            let club = &clubs[i];
            let clause = format!("{club} is officially crowned the winner of the {season} {name}, having finished in 1st place of its final standings");
            market(club, format!("Will {club} win the {season} {name}?"), clause, &format!("win the {season} {name}"), first[i])
        })
        .collect();
    let tops = (0..CLUBS)
        .map(|i| {
            let club = &clubs[i];
            let clause = format!("{club} finishes in the top 4 places of the final standings of the {season} {name}");
            let impossible = format!("finish in the top 4 of the {season} {name}");
            market(
                club,
                format!("Will {club} finish in the top 4 of the {season} {name}?"),
                clause,
                &impossible,
                top[i],
            )
        })
        .collect();
    let event = |title: String, neg_risk: bool, markets: Vec<MarketDraft>| EventDraft {
        title,
        category: Category::Sports,
        series: None,
        neg_risk,
        augmented: neg_risk,
        fine_tick: true,
        markets,
    };
    FamilyDraft {
        topic: name.to_owned(),
        listed: shop.listed,
        variables: vec![variable],
        events: vec![
            event(format!("{name} Winner"), true, winners),
            event(format!("{name}: Top 4 Finish"), false, tops),
        ],
        pairs: (0..CLUBS).map(|i| (i, CLUBS + i, PairKind::NestedStage)).collect(),
    }
}

/// Names of knock-out cups, with the days of semi-finals and final.
pub(crate) const CUPS: [(&str, MonthDay, MonthDay); 3] =
    [("Meridian Cup", (5, 6), (5, 30)), ("Northern Shield", (3, 18), (4, 11)), ("Isles Trophy", (2, 19), (3, 7))];

/// Clubs in one half of a draw.
const HALF: usize = 8;

/// Cup winner and finalists: winning implies reaching the final.
pub(crate) fn cup(shop: &mut Workshop<'_>, name: &str, semi: MonthDay, last: MonthDay) -> FamilyDraft {
    let year = shop.today.year();
    let clubs = names::clubs(shop.rng, 2 * HALF);
    let (semi_at, final_at) = (eastern(day(year, semi), 18, 0), eastern(day(year, last), 18, 0));
    let mut variables = Vec::new();
    for _ in 0..2 {
        let prior = shop.strengths(HALF, 1.2);
        variables.push(shop.instant(prior, semi_at));
    }
    let strong = 0.72 + 0.12 * shop.rng.unit();
    variables.push(shop.instant(vec![strong, 1.0 - strong], final_at));
    let last_day = long_date(day(year, (12, 1)));
    let market = |club: &String, verb: &str, third: &str, prize: &str, end: i64, conditions: Vec<Condition>| {
        MarketDraft {
            question: format!("Will {club} {verb} {prize}?"),
            description: format!(
                "This market will resolve to \"Yes\" if {club} {verb}{third} {prize}. Otherwise, this market will resolve to \"No\".\n\nThe winner of the {year} {name} is the club that wins the final, including extra time and penalties. Only the two clubs that reach the final contest it.\n\nIf at any point it becomes impossible for this club to {verb} {prize} based on the rules of the {name}, this market will resolve to \"No\".\n\nIf the {year} {name} is canceled or not completed by {last_day}, 11:59 PM ET, this market will resolve to \"No\".\n\nThe primary resolution source will be official information from the {name}."
            ),
            group_title: club.clone(),
            source: String::new(),
            end,
            conditions,
            other: false,
        }
    };
    let seat = |i: usize| Condition { variable: i / HALF, mask: 1 << (i % HALF) };
    let prize = format!("the {year} {name}");
    let the_final = format!("the {year} {name} final");
    let winners = clubs.iter().enumerate().map(|(i, club)| {
        market(club, "win", "s", &prize, final_at, vec![seat(i), Condition { variable: 2, mask: 1 << (i / HALF) }])
    });
    let finalists =
        clubs.iter().enumerate().map(|(i, club)| market(club, "reach", "es", &the_final, semi_at, vec![seat(i)]));
    let event = |title: String, neg_risk: bool, markets: Vec<MarketDraft>| EventDraft {
        title,
        category: Category::Sports,
        series: None,
        neg_risk,
        augmented: false,
        fine_tick: true,
        markets,
    };
    FamilyDraft {
        topic: name.to_owned(),
        listed: shop.listed,
        variables,
        events: vec![
            event(format!("{year} {name} Winner"), true, winners.collect()),
            event(format!("{year} {name}: Which clubs reach the final?"), false, finalists.collect()),
        ],
        pairs: (0..2 * HALF).map(|i| (i, 2 * HALF + i, PairKind::NestedStage)).collect(),
    }
}
