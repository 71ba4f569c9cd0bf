//! R6.

use crate::common::bare;
use crate::support::{market, proven, refused, with, with_rules, without_rules};
use betty_hedging::{Evidence, Obligation, Relation, RuleId, analyze, prove_all};
use betty_market::{Market, Timestamp};
use proptest::prelude::*;

const RULE: RuleId = RuleId::R6;

fn ends(mut m: Market, day: &str) -> Market {
    m.end = Timestamp::parse(day);
    m
}

/// "Will the price of Lorncoin be above … on March 18?", read off one candle of an invented exchange.
fn close(id: &str, asked: &str, day: &str) -> Market {
    let way = if asked.starts_with("above") { "higher" } else { "lower" };
    let m = market(
        id,
        &format!("Will the price of Lorncoin be {asked} on March {day}?"),
        &format!(
            "This market will resolve to \"Yes\" if the Halbourse 1 minute candle for LRN/USDT 12:00 in the ET timezone (noon) on the date specified in the title has a final \"Close\" price {way} than the price specified in the title. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market is Halbourse, specifically the LRN/USDT \"Close\" prices.\n\nPrice precision is that of the source."
        ),
    );
    ends(m, &format!("2026-03-{day}"))
}

/// "Will Lorncoin reach … March 16-22?", with the words before the level.
fn touch(id: &str, asked: &str, when: &str, end: &str) -> Market {
    let (field, way) = if asked.starts_with("reach") { ("High", "greater") } else { ("Low", "less") };
    let m = market(
        id,
        &format!("Will Lorncoin {asked} {when}?"),
        &format!(
            "This market will immediately resolve to \"Yes\" if any Halbourse 1-minute candle for Lorncoin (LRNUSDT) during the date range specified in the title has a final \"{field}\" price equal to or {way} than the price specified in the title. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market is Halbourse, specifically the LRNUSDT \"{field}\" prices. Days are days in the ET timezone.\n\nPrices from other exchanges will not be considered."
        ),
    );
    ends(m, end)
}

fn week(id: &str, asked: &str) -> Market {
    touch(id, asked, "March 16-22", "2026-03-23")
}

#[test]
fn a_close_beyond_a_level_has_reached_it() {
    let above = close("1", "above $72,000", "18");
    let found = proven(&above, &week("2", "reach $72,000"), RULE, Relation::Implies);
    assert!(found.sentence.contains("2026-03-18") && found.sentence.contains("2026-03-16"), "{}", found.sentence);
    proven(&above, &week("2", "reach $71,000"), RULE, Relation::Implies);
    proven(&above, &touch("2", "reach $72,000", "in March", "2026-04-01"), RULE, Relation::Implies);
    proven(&above, &touch("2", "reach $72,000", "on March 18", "2026-03-19"), RULE, Relation::Implies);
    proven(&close("1", "below $64,000", "16"), &week("2", "dip to $64,000"), RULE, Relation::Implies);
    proven(&close("1", "less than $64,000", "22"), &week("2", "dip to $65,000"), RULE, Relation::Implies);
}

#[test]
fn what_is_reached_in_a_week_is_reached_in_its_month() {
    let (day, week) = (touch("1", "reach $72,000", "on March 18", "2026-03-19"), week("2", "reach $72,000"));
    let month = touch("3", "reach $72,000", "in March", "2026-04-01");
    proven(&day, &week, RULE, Relation::Implies);
    proven(&week, &month, RULE, Relation::Implies);
    proven(&day, &month, RULE, Relation::Implies);
    // Weeks that only overlap say nothing on each other.
    let next = touch("4", "reach $72,000", "March 20-26", "2026-03-27");
    refused(&week, &next, RULE, Obligation::InWindow);
    let spill = touch("4", "reach $72,000", "March 30-April 5", "2026-04-06");
    refused(&spill, &month, RULE, Obligation::InWindow);
}

#[test]
fn explicit_days_and_levels_must_be_those_of_the_question() {
    let above = close("1", "above $72,000", "18");
    let dated = |from: &str, to: &str| {
        let m = with_rules(
            &week("2", "reach $72,000"),
            "during the date range specified in the title",
            &format!("between {from} and {to} in the ET timezone"),
        );
        with_rules(&m, "equal to or greater than the price specified in the title", "of $72,000.00 or higher")
    };
    proven(&above, &dated("March 16, 2026, 00:00", "March 22, 2026, 23:59"), RULE, Relation::Implies);
    refused(&above, &dated("March 17, 2026, 00:00", "March 22, 2026, 23:59"), RULE, Obligation::StatedInRules);
    refused(&above, &dated("March 16, 2026, 00:00", "March 21, 2026, 23:59"), RULE, Obligation::StatedInRules);
    refused(&above, &dated("March 16, 2025, 00:00", "March 22, 2025, 23:59"), RULE, Obligation::InWindow);
    refused(&above, &dated("March 16, 2026, 11:00", "March 22, 2026, 23:59"), RULE, Obligation::SameStart);
    let lower = with_rules(&dated("March 16, 2026, 00:00", "March 22, 2026, 23:59"), "$72,000.00", "$73,000.00");
    refused(&above, &lower, RULE, Obligation::StatedInRules);
}

#[test]
fn the_day_must_lie_in_the_window() {
    for day in ["15", "23"] {
        refused(&close("1", "above $72,000", day), &week("2", "reach $72,000"), RULE, Obligation::InWindow);
    }
    refused(
        &close("1", "above $72,000", "18"),
        &touch("2", "reach $72,000", "in April", "2026-05-01"),
        RULE,
        Obligation::InWindow,
    );
    refused(
        &close("1", "above $72,000", "18"),
        &touch("2", "reach $72,000", "on March 19", "2026-03-20"),
        RULE,
        Obligation::InWindow,
    );
    // Neither text nor end date tells the year.
    let undated = ends(week("2", "reach $72,000"), "2026-09-01");
    refused(&close("1", "above $72,000", "18"), &undated, RULE, Obligation::KnownDates);
}

#[test]
fn a_window_that_opens_with_its_market_needs_the_first_day() {
    let by = |start: Option<&str>| {
        let mut m = touch("2", "reach $72,000", "by March 31, 2026", "2026-03-31");
        m.start = start.and_then(Timestamp::parse);
        m
    };
    let above = close("1", "above $72,000", "18");
    proven(&above, &by(Some("2026-03-17")), RULE, Relation::Implies);
    refused(&above, &by(None), RULE, Obligation::SameStart);
    refused(&above, &by(Some("2026-03-18T14:00:00Z")), RULE, Obligation::InWindow);
}

#[test]
fn low_and_high_are_two_directions() {
    let above = close("1", "above $72,000", "18");
    refused(&above, &week("2", "dip to $72,000"), RULE, Obligation::KnownEdges);
    refused(
        &week("1", "dip to $72,000"),
        &touch("2", "reach $72,000", "in March", "2026-04-01"),
        RULE,
        Obligation::Direction,
    );
    let hit = |id: &str, way: &str, level: &str, when: &str, end: &str| {
        ends(market(id, &format!("Will Lorn Oil (LO) hit ({way}) {level} {when}?"), "No text that is known."), end)
    };
    let (low, high) =
        (hit("1", "LOW", "$65", "on March 18", "2026-03-18"), hit("2", "HIGH", "$65", "in March", "2026-03-31"));
    refused(&low, &high, RULE, Obligation::Direction);
    // The level is not reached by closing short of it.
    refused(&close("1", "above $72,000", "18"), &week("2", "reach $72,500"), RULE, Obligation::KnownEdges);
    refused(&close("1", "below $72,000", "18"), &week("2", "dip to $71,500"), RULE, Obligation::KnownEdges);
    // Closing at the level is not passing it.
    let touched = with_rules(&week("2", "reach $72,000"), "equal to or greater than", "higher than");
    let at = with_rules(&close("1", "above $72,000", "18"), "higher than", "equal to or higher than");
    refused(&at, &touched, RULE, Obligation::KnownEdges);
    proven(&close("1", "above $72,000", "18"), &touched, RULE, Relation::Implies);
}

#[test]
fn an_official_close_is_not_read_off_the_candles() {
    let official = |id: &str| {
        ends(
            market(
                id,
                "Will Lorn Works (LRN) close above $380 on March 18?",
                "This market will resolve to \"Yes\" if the official closing price for Lorn Works (LRN) on the date specified in the title is higher than the listed price. Otherwise, this market will resolve to \"No\". Days are days in the ET timezone.",
            ),
            "2026-03-18",
        )
    };
    let feed = |id: &str| {
        let m = with(&touch(id, "reach $380", "in March", "2026-03-31"), "Lorncoin (LRNUSDT)", "Lorn Works (LRN)");
        with(&m, "Will Lorncoin", "Will Lorn Works (LRN)")
    };
    refused(&official("1"), &feed("2"), RULE, Obligation::StatedInRules);
    // Not even presumed: a close is what an exchange says it is.
    refused(&without_rules(&official("1")), &without_rules(&feed("2")), RULE, Obligation::SameSource);
}

#[test]
fn another_series_zone_or_clause_is_refused() {
    let (above, week) = (close("1", "above $72,000", "18"), week("2", "reach $72,000"));
    refused(&above, &with_rules(&week, "any Halbourse", "any Vanebourse"), RULE, Obligation::SameSource);
    refused(&above, &with_rules(&week, "LRNUSDT", "LRNUSDC"), RULE, Obligation::SameSource);
    refused(&above, &with_rules(&week, "1-minute", "5-minute"), RULE, Obligation::SameSource);
    refused(
        &above,
        &with_rules(&week, "source for this market is Halbourse", "source for this market is Vanebourse"),
        RULE,
        Obligation::SameSource,
    );
    refused(&above, &with_rules(&week, "in the ET timezone", "in the UTC timezone"), RULE, Obligation::SameZone);
    refused(&above, &with_rules(&week, " Days are days in the ET timezone.", ""), RULE, Obligation::SameZone);
    refused(&above, &with_rules(&week, "any Halbourse", "the Halbourse"), RULE, Obligation::Direction);
    refused(&above, &with_rules(&week, "final \"High\"", "final \"Low\""), RULE, Obligation::Direction);
    refused(&above, &with_rules(&week, "to \"Yes\" if any", "to \"No\" if any"), RULE, Obligation::StatedInRules);
    let clause = with_rules(&week, "Prices from", "If trading halts, this market will resolve to \"No\". Prices from");
    refused(&above, &clause, RULE, Obligation::NoOtherClause);
    let twice = with_rules(
        &week,
        "than the price specified in the title.",
        "than the price specified in the title on two days.",
    );
    refused(&above, &twice, RULE, Obligation::StatedInRules);
    let mut elsewhere = week.clone();
    elsewhere.resolution_source = Some("https://vanebourse.example/".to_owned());
    refused(&above, &elsewhere, RULE, Obligation::SameSource);
    refused(&with(&above, "of Lorncoin", "of Vanecoin"), &week, RULE, Obligation::SameEntity);
}

#[test]
fn bare_questions_are_presumed_where_they_name_everything() {
    let plain = |m: &Market| without_rules(m);
    let week = plain(&week("2", "reach $62,000"));
    for asked in ["above $62,000", "between $62,000 and $64,000", "greater than $63,000"] {
        let found = analyze(&plain(&close("1", asked, "18")), &week).relation.unwrap();
        assert_eq!((found.rule, found.relation, found.evidence), (RULE, Relation::Implies, Evidence::Presumed));
    }
    let dip = plain(&super::touch::week("2", "dip to $64,000"));
    let found = analyze(&dip, &plain(&close("1", "between $62,000 and $64,000", "18"))).relation.unwrap();
    assert_eq!(found.markets[0].as_str(), "1");
    refused(&plain(&close("1", "between $61,000 and $64,000", "18")), &week, RULE, Obligation::KnownEdges);
    refused(&plain(&close("1", "above $62,000", "23")), &week, RULE, Obligation::InWindow);
    // What is reached "by" a day may have opened late.
    let by = bare("2", "Will Lorncoin reach $62,000 by March 31, 2026?", Timestamp::parse("2026-03-31"));
    refused(&plain(&close("1", "above $62,000", "18")), &by, RULE, Obligation::SameStart);
}

#[test]
fn the_search_leaves_far_levels_to_the_ladders() {
    let far = [close("1", "above $72,000", "18"), week("2", "reach $62,000")];
    assert!(analyze(&far[0], &far[1]).relation.is_some_and(|c| c.rule == RULE));
    assert!(prove_all(&far).proofs.is_empty());
}

proptest! {
    /// A change of one character of the touch's texts may end the proof; what is still proven is a level and a window that hold.
    #[test]
    fn no_proof_survives_damage(at in 0_usize..600, letter in "[a-z0-9%$€]", in_rules in any::<bool>()) {
        let (a, mut b) = (close("1", "above $72,000", "18"), week("2", "reach $72,000"));
        let damage = |text: &str| {
            let at = at % text.len();
            let old = text[at..].chars().next()?;
            let same = old.to_string().eq_ignore_ascii_case(&letter) || !old.is_alphanumeric();
            (!same).then(|| format!("{}{letter}{}", &text[..at], &text[at + 1..]))
        };
        let plain = b.description.clone().unwrap();
        // The sentences behind the condition and its "otherwise" decide nothing but the source and the zone.
        let said = plain.find("Otherwise").unwrap();
        let damaged = if in_rules {
            damage(&plain[..said]).map(|t| b.description = Some(format!("{t}{}", &plain[said..])))
        } else {
            damage(&b.question.clone()).map(|t| b.question = t)
        };
        if damaged.is_some()
            && let Some(found) = analyze(&a, &b).relation
            && found.evidence == Evidence::Proven
        {
            // Still true: a lower level, a longer week, a word that says no more than the one before.
            let level: f64 = b.question.split('$').nth(1).unwrap().split(' ').next().unwrap().replace(',', "").parse().unwrap();
            let days = b.question.split("March ").nth(1).unwrap_or_default().trim_end_matches('?');
            let (from, to) = days.split_once('-').unwrap_or((days, days));
            let (from, to): (u32, u32) = (from.parse().unwrap(), to.parse().unwrap());
            prop_assert!(level <= 72_000.0 && from <= 18 && to >= 18, "{} | {}", b.question, found.sentence);
            let text = b.description.unwrap();
            for word in ["if any Halbourse 1-minute candle for", "final \"High\" price", "equal to or greater than the price"] {
                prop_assert!(text.contains(word), "{text}");
            }
        }
    }
}
