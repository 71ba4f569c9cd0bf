//! Strategies: templates, TOML in and out, every fault by its path, every condition and its boundary.

use super::*;
use crate::exit::ExitReason;
use crate::strategy::ExitCondition as C;
use betty_market::Usdc;
use proptest::prelude::{Just, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Strategy2;

const GOOD: &str = r#"
name = "mine"
version = 3
description = "Hold, unless it pays early"
size_pct = 7.5
exits = [
    { type = "hold_to_resolution" },
    { combined_and = [ { type = "time_based_exit", hours = 72 }, { type = "target_profit_pct", pct = 20 } ] },
    { combined_or = [ { type = "stop_loss", pct = 10 }, { combined_and = [ { type = "trailing_stop", pct = 2.5 } ] } ] },
    { type = "target_roi_threshold", roi_pct = 0.25 },
]

[entry]
max_tier = "T2"
min_coverage_pct = 95
min_net_edge_pct = 0.5
min_depth_shares = 12.5
max_days = 90
"#;

#[test]
fn a_whole_strategy_is_read() {
    let strategy = parse(GOOD).unwrap();
    assert_eq!(strategy.reference().to_string(), "mine v3");
    assert_eq!(strategy.size_ppm, 75_000);
    assert_eq!(strategy.entry.min_depth, "12.5".parse().unwrap());
    assert_eq!((strategy.entry.min_coverage_ppm, strategy.entry.min_net_edge_ppm), (950_000, 5_000));
    let hours = 72 * 3_600_000;
    let both = vec![C::TimeBasedExit { held_ms: hours }, C::TargetProfitPct { pct_ppm: 200_000 }];
    assert_eq!(strategy.exits[1], C::CombinedAnd { of: both });
    assert_eq!(strategy.exits[3], C::TargetRoiThreshold { roi_ppm: 2_500 });
    assert_eq!(parse(&print(&strategy)).unwrap(), strategy);
}

#[test]
fn every_fault_is_named_by_its_path() {
    for (from, to, path, words) in [
        ("name = \"mine\"", "name = \"Mine!\"", "name", "a-z"),
        ("name = \"mine\"", "", "name", "missing"),
        ("version = 3", "version = 0", "version", "from 1"),
        ("version = 3", "version = 1.5", "version", "decimals"),
        ("version = 3", "verson = 3", "verson", "did you mean \"version\""),
        ("size_pct = 7.5", "size_pct = 101", "size_pct", "from 0 to 100"),
        ("size_pct = 7.5", "size_pct = 0", "size_pct", "stakes nothing"),
        ("size_pct = 7.5", "size_pct = \"7\"", "size_pct", "without quotes"),
        ("size_pct = 7.5", "size_pct = nan", "size_pct", "from 0"),
        ("size_pct = 7.5", "size_pct = 9223372036854775807", "size_pct", "from 0"),
        ("size_pct = 7.5", "size_pct = 1.23456", "size_pct", "more than 4 decimals"),
        ("hours = 72", "hours = 0", "exits[1].combined_and[0].hours", "above 0"),
        ("hours = 72", "hours = 1000000", "exits[1].combined_and[0].hours", "87600"),
        ("hours = 72", "hour = 72", "exits[1].combined_and[0].hour", "did you mean \"hours\""),
        (", hours = 72", "", "exits[1].combined_and[0].hours", "missing"),
        ("\"stop_loss\"", "\"stoploss\"", "exits[2].combined_or[0].type", "did you mean \"stop_loss\""),
        ("\"stop_loss\"", "\"profit\"", "exits[2].combined_or[0].type", "did you mean \"target_profit_pct\""),
        ("\"stop_loss\"", "\"zzz\"", "exits[2].combined_or[0].type", "The conditions are hold_to_resolution"),
        ("\"stop_loss\"", "5", "exits[2].combined_or[0].type", "in quotes"),
        ("\"stop_loss\"", "\"combined_or\"", "exits[2].combined_or[0].pct", "Known here"),
        ("type = \"hold_to_resolution\"", "typ = \"hold_to_resolution\"", "exits[0].typ", "did you mean \"type\""),
        ("{ type = \"hold_to_resolution\" }", "{}", "exits[0]", "has no type"),
        ("{ type = \"hold_to_resolution\" }", "5", "exits[0]", "must be a table"),
        ("type = \"hold_to_resolution\"", "type = \"hold_to_resolution\", pct = 3", "exits[0].pct", "Known here: type"),
        ("[ { type = \"trailing_stop\", pct = 2.5 } ]", "[]", "exits[2].combined_or[1].combined_and", "empty"),
        ("[ { type = \"trailing_stop\", pct = 2.5 } ]", "3", "exits[2].combined_or[1].combined_and", "must be a list"),
        (
            "\"trailing_stop\", pct = 2.5",
            "\"trailing_stop\", pct = -1",
            "exits[2].combined_or[1].combined_and[0].pct",
            "from 0",
        ),
        ("max_tier = \"T2\"", "max_tier = \"Watch\"", "entry.max_tier", "never traded"),
        ("max_tier = \"T2\"", "max_tier = \"T9\"", "entry.max_tier", "no tier"),
        ("min_coverage_pct = 95", "min_coverage_pct = 950", "entry.min_coverage_pct", "from 0 to 100"),
        ("max_days = 90", "max_day = 90", "entry.max_day", "did you mean \"max_days\""),
        ("[entry]", "[entri]", "entri", "did you mean \"entry\""),
        ("description = \"Hold", "description = \"\\nHold", "description", "one line"),
        ("name = \"mine\"", "name = ", "strategy", "not valid TOML"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.path, path, "{error}");
        assert!(error.problem.contains(words), "{error} does not say {words}");
        assert!(error.to_string().starts_with(&format!("{path}: ")));
    }
    let long = "#".repeat(parse::TEXT_BYTES_MAX + 1);
    assert_eq!(parse(&long).unwrap_err().path, "strategy");
}

#[test]
fn nesting_and_length_have_a_limit() {
    let nested = |depth: usize| {
        let mut inner = "{ type = \"stop_loss\", pct = 1 }".to_owned();
        for _ in 0..depth {
            inner = format!("{{ combined_and = [ {inner} ] }}");
        }
        GOOD.replacen("{ type = \"hold_to_resolution\" }", &inner, 1)
    };
    let deepest = parse(&nested(NESTING_MAX)).unwrap();
    assert_eq!(parse(&print(&deepest)).unwrap(), deepest);
    let error = parse(&nested(NESTING_MAX + 1)).unwrap_err();
    assert_eq!(error.path, "exits[0].combined_and[0].combined_and[0].combined_and[0].combined_and");
    let many = "{ type = \"hold_to_resolution\" }, ".repeat(CONDITIONS_MAX);
    let error = parse(&GOOD.replacen("{ type = \"hold_to_resolution\" }", &many, 1).replace(", ,", ",")).unwrap_err();
    assert_eq!(error.path, "exits");
}

#[test]
fn the_templates_are_the_documented_ones() {
    let percent = |p: i64| p * 10_000;
    let hour = 3_600_000;
    let profit = |p| C::TargetProfitPct { pct_ppm: percent(p) };
    let stop = |p| C::StopLoss { pct_ppm: percent(p) };
    let held = |h: i64| C::TimeBasedExit { held_ms: h * hour };
    let wanted = [
        ("conservative", 5, 98, Tier::T1, vec![profit(5), stop(10)]),
        ("balanced", 10, 95, Tier::T2, vec![C::CombinedOr { of: vec![profit(15), held(48)] }, stop(15)]),
        ("aggressive", 15, 90, Tier::T3, vec![profit(25), C::TrailingStop { pct_ppm: percent(10) }]),
        ("scalper", 8, 97, Tier::T1, vec![C::CombinedOr { of: vec![profit(3), held(6)] }]),
        ("swing", 12, 93, Tier::T2, vec![C::CombinedAnd { of: vec![profit(20), held(72)] }]),
    ];
    assert_eq!(templates().len(), wanted.len());
    for (strategy, (name, size, coverage, tier, exits)) in templates().into_iter().zip(wanted) {
        assert_eq!(strategy.name.as_str(), name);
        assert_eq!((strategy.size_ppm, strategy.entry.min_coverage_ppm), (percent(size), percent(coverage)));
        assert_eq!((strategy.entry.max_tier, &strategy.exits), (tier, &exits));
        assert!(strategy.entry.min_net_edge_ppm > 0 && strategy.entry.min_depth.is_positive());
        assert_eq!(parse(&print(&strategy)).unwrap(), strategy);
        let json = serde_json::to_string(&strategy).unwrap();
        assert_eq!(serde_json::from_str::<Strategy>(&json).unwrap(), strategy);
    }
    assert!(template("martingale").is_none());
}

#[test]
fn names_are_checked() {
    for good in ["a", "my-strategy_2", &"x".repeat(32)] {
        assert_eq!(StrategyName::new(good).unwrap().as_str(), good);
    }
    for bad in ["", "A", "a b", "ä", "a/b", &"x".repeat(33)] {
        assert!(StrategyName::new(bad).is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<StrategyName>("\"No\"").is_err());
}

#[test]
fn the_table_of_conditions_is_what_the_parser_reads() {
    for info in &CONDITIONS {
        let text = GOOD.replacen("{ type = \"hold_to_resolution\" }", info.example, 1);
        let strategy = parse(&text).unwrap_or_else(|e| panic!("{}: {e}", info.name));
        assert_eq!(strategy.exits[0].info().name, info.name);
        assert_eq!(strategy.exits[0].reason().name(), info.name);
    }
}

/// A position of $100 with $2 of costs in it.
fn view(value: Option<i64>, peak: i64, held_hours: i64) -> PositionView {
    let ratio = |base: i64| value.map(|v| (v - base * 1_000_000).div_euclid(base));
    let peak = peak.max(value.unwrap_or(0) / 1_000_000) * 1_000_000;
    PositionView {
        value: value.map(Usdc::from_micros),
        peak: Some(Usdc::from_micros(peak)),
        pnl_ppm: ratio(100),
        roi_ppm: ratio(102),
        fall_ppm: value.map(|v| ((peak - v) as i128 * 1_000_000 / i128::from(peak)) as i64),
        held_ms: held_hours * 3_600_000,
        resolved: false,
    }
}

fn fires(condition: &C, view: PositionView) -> bool {
    evaluate(std::slice::from_ref(condition), &view).is_some()
}

#[test]
fn each_condition_fires_at_its_boundary_and_not_before() {
    const DOLLAR: i64 = 1_000_000;
    let profit = C::TargetProfitPct { pct_ppm: 50_000 };
    assert!(fires(&profit, view(Some(105 * DOLLAR), 0, 0)));
    assert!(!fires(&profit, view(Some(105 * DOLLAR - 100), 0, 0)));
    let roi = C::TargetRoiThreshold { roi_ppm: 50_000 };
    // 102 × 1.05 = 107.10
    assert!(fires(&roi, view(Some(107_100_000), 0, 0)));
    assert!(!fires(&roi, view(Some(107_099_000), 0, 0)));
    let stop = C::StopLoss { pct_ppm: 100_000 };
    assert!(fires(&stop, view(Some(90 * DOLLAR), 0, 0)));
    assert!(!fires(&stop, view(Some(90 * DOLLAR + 100), 0, 0)));
    let trailing = C::TrailingStop { pct_ppm: 100_000 };
    assert!(fires(&trailing, view(Some(108 * DOLLAR), 120, 0)));
    assert!(!fires(&trailing, view(Some(108 * DOLLAR + 200), 120, 0)));
    let time = C::TimeBasedExit { held_ms: 48 * 3_600_000 };
    assert!(fires(&time, view(None, 0, 48)));
    assert!(!fires(&time, PositionView { held_ms: 48 * 3_600_000 - 1, ..view(None, 0, 48) }));
    assert!(!fires(&C::HoldToResolution, view(Some(200 * DOLLAR), 0, 9_999)));
    assert!(fires(&C::HoldToResolution, PositionView { resolved: true, ..view(None, 0, 0) }));
}

#[test]
fn without_a_bid_no_price_condition_fires() {
    let blind = view(None, 120, 1);
    for condition in [
        C::TargetProfitPct { pct_ppm: 1 },
        C::TargetRoiThreshold { roi_ppm: 1 },
        C::StopLoss { pct_ppm: 1 },
        C::TrailingStop { pct_ppm: 1 },
    ] {
        assert!(!fires(&condition, blind), "{condition}");
    }
    assert!(blind.words().contains("no bid"));
}

#[test]
fn combinations_nest_and_name_their_numbers() {
    let swing = template("swing").unwrap();
    assert_eq!(evaluate(&swing.exits, &view(Some(120_000_000), 0, 71)), None);
    assert_eq!(evaluate(&swing.exits, &view(Some(119_000_000), 0, 72)), None);
    let exit = evaluate(&swing.exits, &view(Some(120_000_000), 0, 72)).unwrap();
    assert_eq!(exit.reason, ExitReason::CombinedAnd);
    assert_eq!(exit.words(), "(+20% profit and 72 h held): profit +20%, held 72 h");

    let balanced = template("balanced").unwrap();
    let exit = evaluate(&balanced.exits, &view(Some(101_000_000), 0, 48)).unwrap();
    assert_eq!((exit.reason, exit.numbers.as_str()), (ExitReason::CombinedOr, "held 48 h"));
    let exit = evaluate(&balanced.exits, &view(Some(85_000_000), 0, 1)).unwrap();
    assert_eq!((exit.reason, exit.numbers.as_str()), (ExitReason::StopLoss, "profit -15%"));

    let profit = C::TargetProfitPct { pct_ppm: 50_000 };
    let deep = C::CombinedAnd {
        of: vec![C::CombinedOr { of: vec![profit, C::StopLoss { pct_ppm: 50_000 }] }, C::TimeBasedExit { held_ms: 1 }],
    };
    assert!(fires(&deep, view(Some(105_000_000), 0, 1)));
    assert!(fires(&deep, view(Some(95_000_000), 0, 1)));
    assert!(!fires(&deep, view(Some(100_000_000), 0, 1)));
    assert!(!fires(&deep, view(Some(105_000_000), 0, 0)));
    assert!(!fires(&C::CombinedAnd { of: Vec::new() }, view(None, 0, 1)));
    assert!(!fires(&C::CombinedOr { of: Vec::new() }, view(None, 0, 1)));
}

#[test]
fn the_first_condition_of_the_list_wins() {
    let exits = [C::TimeBasedExit { held_ms: 1 }, C::TargetProfitPct { pct_ppm: 1 }];
    assert_eq!(evaluate(&exits, &view(Some(150_000_000), 0, 5)).unwrap().reason, ExitReason::TimeBasedExit);
}

fn leaf() -> impl Strategy2<Value = C> {
    prop_oneof![
        Just(C::HoldToResolution),
        (1_i64..=10_000_000).prop_map(|p| C::TargetProfitPct { pct_ppm: p }),
        (1_i64..=10_000_000).prop_map(|p| C::TargetRoiThreshold { roi_ppm: p }),
        (1_i64..=8_760_000).prop_map(|h| C::TimeBasedExit { held_ms: h * 36_000 }),
        (1_i64..=1_000_000).prop_map(|p| C::StopLoss { pct_ppm: p }),
        (1_i64..=1_000_000).prop_map(|p| C::TrailingStop { pct_ppm: p }),
    ]
}

fn condition() -> impl Strategy2<Value = C> {
    leaf().prop_recursive(NESTING_MAX as u32, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|of| C::CombinedAnd { of }),
            prop::collection::vec(inner, 1..4).prop_map(|of| C::CombinedOr { of }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(
        exits in prop::collection::vec(condition(), 1..5), size in 1_i64..=1_000_000, coverage in 0_i64..=1_000_000,
        depth in 0_i64..=100_000_000, description in "[ -~\u{e4}\u{1f989}]{0,60}", days in prop::option::of(1_u32..=3_650),
    ) {
        let mut strategy = template("balanced").unwrap();
        strategy.exits = exits;
        strategy.size_ppm = size;
        strategy.description = description;
        strategy.entry.min_coverage_ppm = coverage;
        strategy.entry.min_depth = Shares::from_micros(depth * 10_000);
        strategy.entry.max_days = days;
        prop_assert_eq!(parse(&print(&strategy)), Ok(strategy));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}", cut in 0_usize..900) {
        let _ = parse(&text);
        let _ = parse(&GOOD.chars().take(cut).collect::<String>());
    }
}
