//! Reports about backtests, made by hand: no engine is needed to show what one would say.

use super::fixtures::{NOW, source};
use betty_bus::report::{
    BacktestReport, BacktestsReport, ComparisonReport, SweepReport, SweepRow, WalkForwardReport, WindowRow,
};
use betty_bus::{BacktestRow, Report};
use betty_market::{MarketId, Outcome, Price, Shares, Timestamp, Usdc};
use betty_trading::ExitReason;
use betty_trading::backtest::RunReport;
use betty_trading::backtest::report::{
    Case, CaseName, DataCoverage, EquityPoint, Figure, GroupRow, NakedLegs, REPORT_VERSION, Summary, TradeLeg,
    TradeRow, Variant, Waterfall,
};
use betty_trading::strategy::template;
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;

fn known(value: f64, low: f64, high: f64) -> Figure {
    Figure { value: Some(value), interval: Some((low, high)), n: 40, undefined: None }
}

fn unknown(why: &str) -> Figure {
    Figure { value: None, interval: None, n: 0, undefined: Some(why.to_owned()) }
}

pub(super) fn summary(roi_ppm: i64) -> Summary {
    let starting = Usdc::whole(1_000);
    Summary {
        starting,
        ending: Usdc::from_micros(1_000_000_000 + roi_ppm * 1_000),
        gross: Usdc::from_micros(40_000_000),
        net: Usdc::from_micros(32_000_000),
        roi_ppm,
        opened: 42,
        ended: 40,
        open: 2,
        wins: 31,
        win_rate: known(0.775, 0.65, 0.875),
        return_per_trade: known(0.0125, 0.005, 0.02),
        sharpe: known(1.25, 0.25, 2.125),
        sortino: unknown("no losses yet"),
        max_drawdown: known(0.0425, 0.02, 0.08),
        cagr: unknown("under 30 days of history"),
        calmar: unknown("under 30 days of history"),
        profit_factor: known(2.5, 1.25, 4.0),
        psr: known(0.875, 0.5, 0.95),
        deflated_sharpe: known(0.625, 0.25, 0.875),
        exposure_ppm: 310_000,
        held_ms_mean: Some(2 * DAY_MS),
        return_per_day_ppm: Some(400),
    }
}

fn trade(question: &str) -> TradeRow {
    let leg = |id: &str, outcome, entry| TradeLeg {
        market: MarketId::new(id).expect("an id"),
        question: question.to_owned(),
        outcome,
        entry: Price::from_e4(entry).expect("a price"),
        exit: None,
    };
    TradeRow {
        position: 1,
        label: "R4 T0".to_owned(),
        legs: vec![leg("101", Outcome::No, 7_100), leg("102", Outcome::Yes, 2_600)],
        shares: Shares::whole(120),
        decided_at: NOW,
        opened_at: NOW.plus_millis(500),
        ended_at: Some(NOW.plus_millis(DAY_MS)),
        capital: Usdc::whole(118),
        worst_case: Some(Usdc::whole(1)),
        gross: Some(Usdc::whole(2)),
        net: Some(Usdc::whole(1)),
        roi_ppm: Some(8_474),
        exit: Some(ExitReason::HoldToResolution),
        entry_reason: "net edge 1.09% at least 0.50%".to_owned(),
        exit_words: "paid out".to_owned(),
        naked_ms: 250,
        held_net: Some(Usdc::whole(1)),
    }
}

fn case(name: CaseName, roi_ppm: i64, question: &str) -> Case {
    let group = GroupRow {
        n: 40,
        net: Usdc::whole(32),
        win_rate: known(0.775, 0.65, 0.875),
        return_per_trade: known(0.0125, 0.005, 0.02),
    };
    Case {
        name,
        summary: summary(roi_ppm),
        equity: (0..3)
            .map(|day| EquityPoint {
                at: NOW.plus_millis(day * DAY_MS),
                equity: Usdc::whole(1_000 + day),
                cash: Usdc::whole(800),
                drawdown_ppm: 0,
                open: 2,
            })
            .collect(),
        waterfall: Waterfall {
            at_mid: Usdc::from_micros(52_000_000),
            spread: Usdc::from_micros(-10_000_000),
            slippage: Usdc::from_micros(-2_000_000),
            fee: Usdc::from_micros(-7_999_000),
            gas: Usdc::ZERO,
            leg_risk: Usdc::from_micros(-1_000),
            other: Usdc::ZERO,
            net: Usdc::from_micros(32_000_000),
        },
        trades: vec![trade(question)],
        exits: BTreeMap::from([(ExitReason::HoldToResolution, group.clone())]),
        scenarios: BTreeMap::from([("R4 T0".to_owned(), group)]),
        naked: NakedLegs { entries: 42, one_legged: 3, ..NakedLegs::default() },
        refused: BTreeMap::from([("spread".to_owned(), 1_200)]),
        ledger_hash: "f".repeat(64),
    }
}

/// A run on books with sizes.
pub(super) fn exact(run_id: &str, question: &str) -> RunReport {
    let strategy = template("balanced").expect("a template");
    RunReport {
        schema_version: REPORT_VERSION,
        run_id: run_id.to_owned(),
        data_hash: "d".repeat(64),
        rules_hash: "e".repeat(64),
        code: "0.1.0".to_owned(),
        source: source(),
        strategy: strategy.reference(),
        strategy_toml: strategy.to_toml(),
        settings: BTreeMap::from([("run.latency_ms".to_owned(), "500".to_owned())]),
        cases: vec![case(CaseName::Exact, 32_000, question)],
        variants: vec![Variant {
            name: "held to resolution".to_owned(),
            summary: summary(40_000),
            ledger_hash: "a".repeat(64),
        }],
        coverage: DataCoverage {
            from: NOW,
            to: NOW.plus_millis(14 * DAY_MS),
            records: 500_000,
            markets: 1_240,
            pairs: 57,
            priced: 31,
            observations: 812,
            holes: vec![(NOW.plus_millis(DAY_MS), 2 * DAY_MS)],
            ..DataCoverage::default()
        },
        trials: 3,
        warnings: vec![question.to_owned(), "few independent events".to_owned()],
        verdict: "Not enough data: about 60 more independent events are needed.".to_owned(),
    }
}

/// A run on prices alone: three cases.
pub(super) fn priced(run_id: &str, question: &str) -> RunReport {
    let cases = [(CaseName::Pessimistic, -12_000), (CaseName::Expected, 4_000), (CaseName::Optimistic, 70_000)];
    RunReport { cases: cases.map(|(name, roi)| case(name, roi, question)).to_vec(), ..exact(run_id, question) }
}

/// A run that traded nothing.
pub(super) fn idle(run_id: &str) -> RunReport {
    let mut report = exact(run_id, "");
    let none = || unknown("no trades");
    let case = &mut report.cases[0];
    case.summary = Summary {
        ending: case.summary.starting,
        gross: Usdc::ZERO,
        net: Usdc::ZERO,
        opened: 0,
        ended: 0,
        open: 0,
        wins: 0,
        win_rate: none(),
        return_per_trade: none(),
        sharpe: none(),
        max_drawdown: none(),
        profit_factor: none(),
        psr: none(),
        deflated_sharpe: none(),
        exposure_ppm: 0,
        held_ms_mean: None,
        return_per_day_ppm: None,
        ..summary(0)
    };
    case.waterfall = Waterfall::default();
    case.trades.clear();
    report.warnings.clear();
    report.verdict = "Nothing was traded.".to_owned();
    report
}

pub(super) fn listed(report: &RunReport) -> BacktestRow {
    let s = &report.main_case().expect("a case").summary;
    BacktestRow {
        run_id: report.run_id.clone(),
        at: NOW,
        source: report.source.to_string(),
        strategy: report.strategy.to_string(),
        data_hash: report.data_hash.clone(),
        rules_hash: report.rules_hash.clone(),
        code: report.code.clone(),
        from: report.coverage.from,
        to: report.coverage.to,
        starting: s.starting,
        ending: s.ending,
        net: s.net,
        roi_ppm: s.roi_ppm,
        opened: s.opened,
        ended: s.ended,
        wins: s.wins,
        max_drawdown_ppm: None,
        trials: report.trials,
        pinned: false,
    }
}

fn parameters(size: u64) -> Vec<(String, String)> {
    vec![("size_pct".to_owned(), size.to_string()), ("entry.min_net_edge_pct".to_owned(), "0.5".to_owned())]
}

fn sweep(rows: u64, usable: bool, warning: &str) -> SweepReport {
    let row = |set| SweepRow {
        set,
        parameters: parameters(set),
        roi_ppm: 32_000,
        net: Usdc::whole(32),
        ended: 40,
        sharpe: Some(1.25),
        max_drawdown_ppm: Some(42_500),
        held_out_roi_ppm: Some(-1_000),
        neighbours_roi_ppm: None,
    };
    SweepReport {
        source: source(),
        strategy: "balanced v1".to_owned(),
        data_hash: "d".repeat(64),
        sets: rows,
        trials: rows + 3,
        rows: (0..rows).map(row).collect(),
        warnings: vec![warning.to_owned()],
        usable,
        verdict: "The best set loses where it was not chosen.".to_owned(),
    }
}

fn walk_forward(windows: i64, usable: bool) -> WalkForwardReport {
    let window = |n: i64| {
        let at = |days: i64| -> Timestamp { NOW.plus_millis(days * DAY_MS) };
        WindowRow {
            train_from: at(n * 3),
            test_from: at(n * 3 + 8),
            test_to: at(n * 3 + 11),
            parameters: parameters(5),
            train_roi_ppm: 20_000,
            test_roi_ppm: -3_000,
            test_net: Usdc::whole(-3),
            ended: 4,
        }
    };
    WalkForwardReport {
        source: source(),
        strategy: "balanced v1".to_owned(),
        data_hash: "d".repeat(64),
        trials: 12,
        windows: (0..windows).map(window).collect(),
        net: Usdc::whole(-3 * windows),
        warnings: Vec::new(),
        usable,
        verdict: "What was chosen did not hold.".to_owned(),
    }
}

/// Every report about backtests, the empty ones too.
pub(super) fn every_backtest(what: &str) -> Vec<Report> {
    let bus = |report: RunReport, at| BacktestReport::of(report, at);
    let (a, b) = (exact("00aa11bb22cc33dd", what), priced("11bb22cc33dd44ee", what));
    let like = ComparisonReport { runs: vec![bus(a.clone(), Some(NOW)), bus(b.clone(), Some(NOW))], unlike: None };
    let unlike = ComparisonReport { unlike: Some("they ran on different data".to_owned()), ..like.clone() };
    vec![
        Report::Backtest(Box::new(bus(a.clone(), None))),
        Report::Backtest(Box::new(bus(b.clone(), Some(NOW)))),
        Report::Backtest(Box::new(bus(idle("22cc33dd44ee55ff"), None))),
        Report::Backtest(Box::new(bus(RunReport { cases: Vec::new(), ..a.clone() }, None))),
        Report::Backtests(BacktestsReport { rows: Vec::new(), stored: 0 }),
        Report::Backtests(BacktestsReport { rows: vec![listed(&b), listed(&a)], stored: 9 }),
        Report::Comparison(Box::new(like)),
        Report::Comparison(Box::new(unlike)),
        Report::Sweep(Box::new(sweep(27, true, what))),
        Report::Sweep(Box::new(sweep(0, false, what))),
        Report::WalkForward(Box::new(walk_forward(9, true))),
        Report::WalkForward(Box::new(walk_forward(0, false))),
    ]
}
