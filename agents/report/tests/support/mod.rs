//! Reports with invented numbers: what a run over four months of recorded prices, a run on the simulated venue, a run with hardly any
//! trade and a run over hostile texts would say. Sums are real sums over the invented trades.

#![allow(dead_code, missing_docs, unreachable_pub)]

use betty_market::{MarketId, Outcome, Price, Shares, SourceLabel, Timestamp, Usdc};
use betty_trading::backtest::report::*;
use betty_trading::exit::ExitReason;
use betty_trading::strategy::{StrategyName, StrategyRef};
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `n`.
    fn below(&mut self, n: i64) -> i64 {
        (self.next() % n as u64) as i64
    }
}

pub fn figure(value: f64, interval: Option<(f64, f64)>, n: u64) -> Figure {
    Figure { value: Some(value), interval, n, undefined: None }
}

pub fn undefined(n: u64, why: &str) -> Figure {
    Figure { value: None, interval: None, n, undefined: Some(why.to_owned()) }
}

fn at(day: &str) -> Timestamp {
    Timestamp::parse(day).unwrap()
}

/// Questions with what people and markup put into them.
const QUESTIONS: [&str; 5] = [
    "Will the Lakers win the 2026 finals?",
    "Will BTC trade above $150,000 on 30 June?",
    "Will the <b>mayor</b> & council agree by March?",
    "Wird Zürich im Mai über 30 °C warm?",
    "Fed: ≥ 2 cuts in 2026? (\"two or more\")",
];

fn trade(i: u64, dice: &mut Dice, opened: Timestamp, ended: bool, tilt: i64) -> TradeRow {
    let exits = [
        ExitReason::HoldToResolution,
        ExitReason::TargetProfitPct,
        ExitReason::TargetProfitPct,
        ExitReason::TimeBasedExit,
        ExitReason::TrailingStop,
        ExitReason::StopLoss,
        ExitReason::ProofVoided,
    ];
    let exit = exits[dice.below(if i.is_multiple_of(9) { 7 } else { 6 }) as usize];
    let capital = Usdc::from_micros(20_000_000 + dice.below(60_000_000));
    let loss = matches!(exit, ExitReason::StopLoss | ExitReason::TrailingStop | ExitReason::ProofVoided);
    let base = if loss { -dice.below(42_000) } else { dice.below(38_000) };
    let roi = base + tilt;
    let net = Usdc::from_micros(capital.micros() / 1_000 * roi / 1_000);
    let cost = 120_000 + dice.below(300_000);
    let leg = |n: usize, outcome, entry: u16, exit: Option<u16>| TradeLeg {
        market: MarketId::new(format!("{}", 500_000 + i * 2 + n as u64)).unwrap(),
        question: QUESTIONS[(i as usize + n) % QUESTIONS.len()].to_owned(),
        outcome,
        entry: Price::from_e4(entry).unwrap(),
        exit: exit.map(|e| Price::from_e4(e).unwrap()),
    };
    let p = 2_000 + dice.below(5_000) as u16;
    let paid = exit == ExitReason::HoldToResolution;
    TradeRow {
        position: i,
        label: ["deadline order, T0", "threshold ladder, T0", "title partition, T1", "stage of a series, T2"]
            [dice.below(4) as usize]
            .to_owned(),
        legs: vec![
            leg(0, Outcome::No, p, (!paid).then_some(p + 150)),
            leg(1, Outcome::Yes, 9_800 - p, (!paid).then_some(9_720 - p)),
        ],
        shares: Shares::from_micros(capital.micros() / 98 * 100),
        decided_at: opened,
        opened_at: opened.plus_millis(900),
        ended_at: ended.then(|| opened.plus_millis(DAY / 2 + dice.below(9 * DAY))),
        capital,
        worst_case: Some(Usdc::from_micros(capital.micros() / 100)),
        gross: ended.then(|| Usdc::from_micros(net.micros() + cost)),
        net: ended.then_some(net),
        roi_ppm: ended.then_some(roi),
        exit: ended.then_some(exit),
        entry_reason: "net edge 1.8% is at least 1.0%; depth 240 shares".to_owned(),
        exit_words: if ended { format!("{}: {roi} ppm on capital", exit.title()) } else { String::new() },
        naked_ms: dice.below(4_000),
        held_net: (!i.is_multiple_of(3)).then(|| Usdc::from_micros(net.micros() + 200_000)),
    }
}

fn group<'a>(trades: impl Iterator<Item = &'a TradeRow>) -> GroupRow {
    let trades: Vec<&TradeRow> = trades.collect();
    let n = trades.len() as u64;
    let wins = trades.iter().filter(|t| t.net.is_some_and(|v| v.is_positive())).count() as f64;
    let rate = wins / n as f64;
    let mean = trades.iter().filter_map(|t| t.roi_ppm).sum::<i64>() as f64 / n as f64 / 1e6;
    GroupRow {
        n,
        net: trades.iter().filter_map(|t| t.net).sum(),
        win_rate: figure(rate, Some(((rate - 0.11).max(0.0), (rate + 0.11).min(1.0))), n),
        return_per_trade: if n < 5 {
            undefined(n, "fewer than 5 independent events")
        } else {
            figure(mean, Some((mean - 0.004, mean + 0.004)), n)
        },
    }
}

/// A case of `days` days from a first day, `per_day` trades opened a day, each return shifted by `tilt` millionths.
pub fn case(name: CaseName, seed: u64, first: &str, days: i64, per_day: u64, tilt: i64) -> Case {
    let mut dice = Dice(seed);
    let start = at(first);
    let starting = Usdc::whole(1_000);
    let mut trades = Vec::new();
    for day in 0..days {
        for _ in 0..per_day {
            let opened = start.plus_millis(day * DAY + dice.below(DAY));
            let number = trades.len() as u64 + 1;
            trades.push(trade(number, &mut dice, opened, day + 10 < days, tilt));
        }
    }
    let (mut equity, mut peak) = (Vec::new(), starting);
    for day in 1..=days {
        let now = start.plus_millis(day * DAY);
        let done: Usdc = trades.iter().filter(|t| t.ended_at.is_some_and(|e| e <= now)).filter_map(|t| t.net).sum();
        let open = trades.iter().filter(|t| t.opened_at <= now && t.ended_at.is_none_or(|e| e > now)).count() as u32;
        let noise = Usdc::from_micros(dice.below(4_000_000) - 2_000_000);
        let value = starting + done + noise;
        peak = peak.max(value);
        let fall = (peak - value).micros() as i128 * 1_000_000 / peak.micros() as i128;
        equity.push(EquityPoint { at: now, equity: value, cash: value, drawdown_ppm: fall as i64, open });
    }
    let ended: Vec<TradeRow> = trades.iter().filter(|t| t.ended_at.is_some()).cloned().collect();
    let (net, gross): (Usdc, Usdc) =
        (ended.iter().filter_map(|t| t.net).sum(), ended.iter().filter_map(|t| t.gross).sum());
    let ending = equity.last().map_or(starting, |p| p.equity);
    let wins = ended.iter().filter(|t| t.net.is_some_and(|v| v.is_positive())).count() as u64;
    let all = group(ended.iter());
    let costs = gross - net;
    let part = |percent: i64| Usdc::from_micros(-(costs.micros() / 100 * percent));
    let (spread, slippage, fee, gas, leg_risk) = (part(41), part(22), part(19), part(6), part(9));
    let at_mid = gross;
    let other = net - (at_mid + spread + slippage + fee + gas + leg_risk);
    let deepest = equity.iter().map(|p| p.drawdown_ppm).max().unwrap_or(0) as f64 / 1e6;
    let summary = Summary {
        starting,
        ending,
        gross,
        net,
        roi_ppm: (ending - starting).micros() * 1_000_000 / starting.micros(),
        opened: trades.len() as u64,
        ended: ended.len() as u64,
        open: (trades.len() - ended.len()) as u64,
        wins,
        win_rate: all.win_rate.clone(),
        return_per_trade: all.return_per_trade.clone(),
        sharpe: figure(1.37, Some((-0.21, 2.95)), days as u64),
        sortino: figure(1.92, None, days as u64),
        max_drawdown: figure(deepest, Some((deepest * 0.7, deepest * 1.9)), days as u64),
        cagr: figure(0.164, Some((-0.031, 0.412)), days as u64),
        calmar: figure(2.51, None, days as u64),
        profit_factor: figure(1.18, None, ended.len() as u64),
        psr: figure(0.913, None, days as u64),
        deflated_sharpe: figure(0.684, None, days as u64),
        exposure_ppm: 412_000,
        held_ms_mean: Some(5 * DAY),
        return_per_day_ppm: Some(930),
    };
    let mut exits: BTreeMap<ExitReason, GroupRow> = BTreeMap::new();
    for reason in ended.iter().filter_map(|t| t.exit) {
        exits.entry(reason).or_insert_with(|| group(ended.iter().filter(|t| t.exit == Some(reason))));
    }
    let mut scenarios: BTreeMap<String, GroupRow> = BTreeMap::new();
    for t in &ended {
        scenarios.entry(t.label.clone()).or_insert_with(|| group(ended.iter().filter(|o| o.label == t.label)));
    }
    let refused = [
        ("net edge below the strategy's least", 48_210),
        ("stale book", 9_334),
        ("depth below the strategy's least", 4_120),
        ("spread too wide", 1_877),
        ("size below the venue's minimum", 212),
        ("exposure by event", 41),
    ];
    Case {
        name,
        summary,
        equity,
        waterfall: Waterfall { at_mid, spread, slippage, fee, gas, leg_risk, other, net },
        trades,
        exits,
        scenarios,
        naked: NakedLegs {
            entries: 268,
            one_legged: 31,
            completed: 22,
            unwound: 7,
            unfilled: 2,
            total_ms: 91_400,
            longest_ms: 7_900,
            loss: Usdc::from_micros(-4_210_000),
        },
        refused: refused.map(|(reason, n)| (reason.to_owned(), n)).into(),
        ledger_hash: "f".repeat(64),
    }
}

pub const STRATEGY_TOML: &str = "name = \"steady-ladder\"\nversion = 3\ndescription = \"Ladders & deadlines, <net> edge first\"\n\n\
    [entry]\nmax_tier = \"T1\"\nmin_net_edge = 0.01\nmin_depth = 50\nmax_days = 120\n\n[[exit]]\nkind = \"target_profit_pct\"\nvalue = 0.02\n\n\
    [[exit]]\nkind = \"stop_loss\"\nvalue = 0.05\n";

/// Four months of recorded prices without sizes: three cases.
pub fn recorded() -> RunReport {
    let case = |name, tilt| case(name, 7, "2025-11-14", 118, 2, tilt);
    let cases =
        vec![case(CaseName::Pessimistic, -4_400), case(CaseName::Expected, 2_600), case(CaseName::Optimistic, 7_900)];
    let mut held = cases[1].summary.clone();
    held.net = Usdc::from_micros(held.net.micros() + 11_340_000);
    let mut fees = cases[1].summary.clone();
    fees.net = Usdc::from_micros(fees.net.micros() - 6_120_000);
    fees.profit_factor = undefined(fees.ended, "no losses yet");
    let variant = |name: &str, summary| Variant { name: name.to_owned(), summary, ledger_hash: "f".repeat(64) };
    RunReport {
        schema_version: REPORT_VERSION,
        run_id: "9f2c4e11a07b38d5".to_owned(),
        data_hash: "5f".repeat(32),
        rules_hash: "c3".repeat(32),
        code: "0.1.0+3aba6f5".to_owned(),
        source: SourceLabel::Recorded { as_of: at("2026-03-12"), name: "winter-2026".to_owned() },
        strategy: StrategyRef { name: StrategyName::new("steady-ladder").unwrap(), version: 3 },
        strategy_toml: STRATEGY_TOML.to_owned(),
        settings: [("latency", "800 ms"), ("book age limit", "30 s"), ("cash", "$1,000.00"), ("seed", "7")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        variants: vec![
            variant("held to resolution", held),
            variant("today's fees", fees),
            variant("double latency", cases[0].summary.clone()),
        ],
        cases,
        coverage: DataCoverage {
            from: at("2025-11-14"),
            to: at("2026-03-12"),
            records: 18_442_107,
            markets: 4_211,
            filtered: 873,
            ended: 2_904,
            candidates: 11_402,
            pairs: 1_318,
            priced: 611,
            observations: 64_062,
            gaps: 148,
            holes: vec![(at("2025-12-24"), 3 * DAY + DAY / 3), (at("2026-01-19"), 2 * DAY), (at("2026-02-27"), DAY + DAY / 8)],
        },
        trials: 23,
        warnings: vec![
            "prices without sizes: the result is a range, not a number".to_owned(),
            "the pessimistic case loses money".to_owned(),
        ],
        verdict: "NOT ENOUGH DATA: the interval of the return per trade holds zero; about 140 more independent events are needed".to_owned(),
    }
}

/// A run on the simulated venue with real depth: one case.
pub fn simulated() -> RunReport {
    let mut report = recorded();
    report.run_id = "11aa22bb33cc44dd".to_owned();
    report.source = SourceLabel::Simulated { seed: 7 };
    report.cases = vec![case(CaseName::Exact, 11, "2026-02-01", 24, 3, 5_000)];
    report.variants.clear();
    report.coverage.from = at("2026-02-01");
    report.coverage.to = at("2026-02-25");
    report.coverage.holes.clear();
    report.warnings.clear();
    report.strategy.version = 4;
    report.strategy_toml =
        STRATEGY_TOML.replace("min_net_edge = 0.01", "min_net_edge = 0.015").replace("max_days = 120\n", "");
    report.settings.insert("latency".to_owned(), "1600 ms".to_owned());
    report.data_hash = "77".repeat(32);
    report.verdict = "KEEP: the return per trade is above zero at 90%".to_owned();
    report
}

/// Three trades: hardly a figure is defined.
pub fn few() -> RunReport {
    let mut report = simulated();
    let mut c = case(CaseName::Exact, 3, "2026-02-01", 13, 1, 9_000);
    let s = &mut c.summary;
    s.sharpe = undefined(13, "under 30 days of history");
    s.sortino = undefined(13, "under 30 days of history");
    s.cagr = undefined(13, "under 30 days of history");
    s.calmar = undefined(13, "no drawdown yet");
    s.profit_factor = Figure { value: Some(f64::INFINITY), interval: None, n: 3, undefined: None };
    s.psr = undefined(13, "under 30 days of history");
    s.deflated_sharpe = undefined(13, "under 30 days of history");
    s.held_ms_mean = None;
    s.return_per_day_ppm = None;
    report.cases = vec![c];
    report.coverage.to = at("2026-02-14");
    report
}

/// A run that did nothing at all.
pub fn empty() -> RunReport {
    let mut report = few();
    let c = &mut report.cases[0];
    c.trades.clear();
    c.equity.clear();
    c.exits.clear();
    c.scenarios.clear();
    c.refused.clear();
    c.waterfall = Waterfall::default();
    c.naked = NakedLegs::default();
    c.summary.ended = 0;
    report.coverage = DataCoverage::default();
    report.settings.clear();
    report.strategy_toml = String::new();
    report
}

/// What a hostile market, recording or setting could put into every text.
pub const HOSTILE: &str =
    "</script><img src=x onerror=alert(1)>\"'&<!-- ]]> \u{202e}gnp.exe \u{0}\u{1b}[31m =HYPERLINK(\"x\")";

/// Every text of a report is hostile.
pub fn hostile() -> RunReport {
    let mut report = simulated();
    let h = || HOSTILE.to_owned();
    report.run_id = h();
    report.data_hash = h();
    report.rules_hash = h();
    report.code = h();
    report.source = SourceLabel::Recorded { as_of: at("2026-03-12"), name: h() };
    report.strategy_toml = h();
    report.settings = [(h(), h())].into();
    report.warnings = vec![h(), h()];
    report.verdict = h();
    let summary = report.cases[0].summary.clone();
    report.variants = vec![Variant { name: h(), summary, ledger_hash: h() }];
    for t in &mut report.cases[0].trades {
        t.label = h();
        t.entry_reason = h();
        t.exit_words = h();
        for leg in &mut t.legs {
            leg.question = h();
        }
    }
    let c = &mut report.cases[0];
    c.scenarios = [(h(), c.scenarios.values().next().unwrap().clone())].into();
    c.refused = [(h(), 3)].into();
    c.summary.psr = undefined(1, HOSTILE);
    report
}
