//! Questions that hang on nothing else: the noise a scan has to see through.

use super::ladders;
use crate::sim::calendar::{eastern, long_date, plus_days};
use crate::sim::draft::{Category, EventDraft, FamilyDraft, MarketDraft, Workshop};
use crate::sim::latent::Condition;
use crate::sim::names;

/// A match, or a deadline of its own.
pub(crate) fn single(shop: &mut Workshop<'_>) -> FamilyDraft {
    if shop.rng.chance(0.6) { ladders::lone_deadline(shop) } else { fixture(shop) }
}

/// One game between two teams, one market.
fn fixture(shop: &mut Workshop<'_>) -> FamilyDraft {
    let teams = names::teams(shop.rng, 2);
    let ahead = shop.rng.between(1, 45) as u64;
    let date = plus_days(shop.today, ahead);
    let at = eastern(date, 22, 0);
    let p = 0.2 + 0.6 * shop.rng.unit();
    let variable = shop.instant(vec![p, 1.0 - p], at);
    let (home, away) = (&teams[0], &teams[1]);
    let market = MarketDraft {
        question: format!("Will the {home} beat the {away} on {}?", long_date(date)),
        description: format!(
            "This market refers to the game between the {home} and the {away} scheduled for {}.\n\nThis market will resolve to \"Yes\" if the {home} win, overtime included. Otherwise, this market will resolve to \"No\". If the game is postponed, this market will remain open until it has been completed. If the game is canceled entirely, with no make-up game, this market will resolve 50-50.\n\nThe resolution source for this market will be official information from the league.",
            long_date(date)
        ),
        group_title: String::new(),
        source: String::new(),
        end: at,
        conditions: vec![Condition { variable: 0, mask: 1 }],
        other: false,
    };
    FamilyDraft {
        topic: format!("{home} vs. {away}"),
        listed: shop.listed,
        variables: vec![variable],
        events: vec![EventDraft {
            title: format!("{home} vs. {away}"),
            category: Category::Sports,
            series: None,
            neg_risk: false,
            augmented: false,
            fine_tick: false,
            markets: vec![market],
        }],
        pairs: Vec::new(),
    }
}
