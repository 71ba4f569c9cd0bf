//! The five strategies that come with the program.
//!
//! A template may name a larger size than the account's cap per hedge; the cap still binds and the sizing says so.

use crate::strategy::{EntryFilters, ExitCondition, Strategy, StrategyName};
use crate::units::HOUR_MS;
use betty_hedging::Tier;
use betty_market::Shares;

/// Their names, most careful first.
pub const TEMPLATES: [&str; 5] = ["conservative", "balanced", "aggressive", "scalper", "swing"];

const fn profit(percent: i64) -> ExitCondition {
    ExitCondition::TargetProfitPct { pct_ppm: percent * 10_000 }
}

const fn stop(percent: i64) -> ExitCondition {
    ExitCondition::StopLoss { pct_ppm: percent * 10_000 }
}

const fn held(hours: i64) -> ExitCondition {
    ExitCondition::TimeBasedExit { held_ms: hours * HOUR_MS }
}

/// A template by name.
///
/// # Panics
/// Never: the names of the table are valid.
#[must_use]
pub fn template(name: &str) -> Option<Strategy> {
    use Tier::{T1, T2, T3};
    // Entry: tier, coverage in percent, net edge in ppm, depth in shares. Thinner edges are taken only by the bolder ones.
    let (description, (max_tier, coverage, edge_ppm, depth), size, exits) = match name {
        "conservative" => {
            ("Near-certain hedges, small size, tight exits", (T1, 98, 10_000, 50), 5, vec![profit(5), stop(10)])
        }
        "balanced" => (
            "A middle way: profit target or two days",
            (T2, 95, 5_000, 20),
            10,
            vec![ExitCondition::CombinedOr { of: vec![profit(15), held(48)] }, stop(15)],
        ),
        "aggressive" => (
            "Larger size and target behind a trailing stop",
            (T3, 90, 2_500, 10),
            15,
            vec![profit(25), ExitCondition::TrailingStop { pct_ppm: 100_000 }],
        ),
        "scalper" => (
            "Small profits within hours",
            (T1, 97, 2_500, 50),
            8,
            vec![ExitCondition::CombinedOr { of: vec![profit(3), held(6)] }],
        ),
        "swing" => (
            "A large profit, and three days for it",
            (T2, 93, 5_000, 20),
            12,
            vec![ExitCondition::CombinedAnd { of: vec![profit(20), held(72)] }],
        ),
        _ => return None,
    };
    Some(Strategy {
        name: StrategyName::new(name).expect("the table's names are valid"),
        version: 1,
        description: description.to_owned(),
        author: None,
        entry: EntryFilters {
            max_tier,
            min_coverage_ppm: coverage * 10_000,
            min_net_edge_ppm: edge_ppm,
            min_depth: Shares::whole(depth),
            max_days: None,
            categories: Vec::new(),
        },
        size_ppm: size * 10_000,
        exits,
    })
}

/// Every template.
#[must_use]
pub fn templates() -> Vec<Strategy> {
    TEMPLATES.iter().filter_map(|name| template(name)).collect()
}
