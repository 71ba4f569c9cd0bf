//! The statistics of every reference series, to 1e-9. The series are read where they lie and skipped, by name, where they do not.

use betty_trading::stats::{DAYS_PER_YEAR, ReturnStats, Undefined};
use serde_json::Value;
use std::path::PathBuf;

/// Absolute or relative, whichever is wider, as the file states it.
const TOLERANCE: f64 = 1e-9;

fn data() -> Option<Value> {
    let root = std::env::var_os("BETTY_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    match std::fs::read_to_string(root.join("vectors/statistics.json")) {
        Ok(text) => Some(serde_json::from_str(&text).expect("a recorded file is JSON")),
        Err(_) => {
            eprintln!("skipped: recorded data not found (every_reference_series_matches)");
            None
        }
    }
}

#[test]
fn every_reference_series_matches() {
    let Some(data) = data() else { return };
    let series = data["series"].as_array().unwrap();
    assert_eq!(series.len(), 12);
    let (mut defined, mut undefined) = (0, 0);
    for case in series {
        let name = case["name"].as_str().unwrap();
        let returns: Vec<Option<f64>> = case["returns"].as_array().unwrap().iter().map(Value::as_f64).collect();
        let days = case["step_ns"].as_u64().unwrap() / 86_400_000_000_000;
        assert_eq!(days, 1, "{name} is not daily");
        let stats = ReturnStats::of(&returns, DAYS_PER_YEAR);
        let reference = &case["reference"];
        assert_eq!(Some(stats.n), reference["n"].as_u64(), "{name}");
        let pairs: [(&str, Result<f64, Undefined>); 12] = [
            ("mean", stats.mean),
            ("stdev_ddof1", stats.stdev),
            ("sharpe", stats.sharpe),
            ("downside_dev_all_obs", stats.downside_deviation),
            ("sortino", stats.sortino),
            ("max_drawdown", stats.max_drawdown),
            ("total_return", stats.total_return),
            ("cagr", stats.cagr),
            ("calmar", stats.calmar),
            ("volatility_annual", stats.volatility),
            ("profit_factor", stats.profit_factor),
            ("win_rate_nonzero", stats.win_rate),
        ];
        for (key, ours) in pairs {
            match (&reference[key], ours) {
                (Value::Null, Err(why)) => {
                    undefined += 1;
                    assert!(!why.to_string().is_empty());
                }
                (expected, Ok(value)) if expected.is_number() => {
                    defined += 1;
                    let expected = expected.as_f64().unwrap();
                    assert!(
                        (value - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
                        "{name} {key}: {value} against {expected}"
                    );
                    // Values far below the tolerance must be right in their own size too.
                    if expected.abs() > 1e-14 {
                        assert!((value / expected - 1.0).abs() <= TOLERANCE, "{name} {key}: {value} for {expected}");
                    }
                }
                (expected, ours) => panic!("{name} {key}: {ours:?} against {expected}"),
            }
        }
    }
    assert_eq!(defined + undefined, 144);
    assert!(undefined > 20, "{undefined}");
}
