//! From a lane's books to the numbers of a report.

use crate::backtest::lane::Lane;
use crate::backtest::report::{Case, Figure, GroupRow, RunReport, Summary, TradeRow};
use crate::stats::{
    Bootstrap, Estimate, Level, Reported, Verdict, daily_returns, jeffreys, mean_by_event, mean_verdict,
};
use crate::units::{DAY_MS, PPM, ratio_ppm};
use betty_market::{Depth, Usdc};
use std::collections::BTreeMap;

/// Seed of the resampling: intervals are part of the result and must be the same every time.
const BOOTSTRAP_SEED: u64 = 1;
/// Fewest resolved trades a group is named in a warning for.
const FEW: u64 = 20;

fn ended(trades: &[TradeRow]) -> impl Iterator<Item = (usize, &TradeRow)> {
    trades.iter().enumerate().filter(|(_, t)| t.net.is_some())
}

fn return_of(trade: &TradeRow) -> f64 {
    trade.net.unwrap_or_default().to_f64() / trade.capital.to_f64()
}

fn group<'a>(trades: impl Iterator<Item = (usize, &'a TradeRow)>, events: &[String]) -> GroupRow {
    let trades: Vec<_> = trades.collect();
    let n = trades.len() as u64;
    let wins = trades.iter().filter(|(_, t)| t.net.is_some_and(Usdc::is_positive)).count() as u64;
    let returns = trades.iter().map(|(i, t)| (events[*i].as_str(), return_of(t)));
    GroupRow {
        n,
        net: trades.iter().filter_map(|(_, t)| t.net).sum(),
        win_rate: Figure::from(jeffreys(wins, n, Level::NINETY)),
        return_per_trade: Figure::from(mean_by_event(returns, Bootstrap::seeded(BOOTSTRAP_SEED))),
    }
}

/// The headline numbers of a lane.
pub(super) fn summary(lane: &Lane<'_>, trials: u64) -> Summary {
    let starting = lane.account.starting();
    let ending = lane.equity();
    let days: Vec<Option<Usdc>> = lane.equity.iter().map(|p| Some(p.equity)).collect();
    let daily = daily_returns(starting, &days);
    let reported = Reported::of(&daily, Bootstrap::seeded(BOOTSTRAP_SEED));
    let all = group(ended(&lane.trades), &lane.events);
    let held: Vec<i64> = ended(&lane.trades).filter_map(|(_, t)| Some(t.ended_at?.since(t.opened_at))).collect();
    // A day's return of the variance of an estimated Sharpe ratio without skill: 1 / (T − 1).
    let variance = 1.0 / (daily.len().max(2) - 1) as f64;
    let deflated: Estimate = reported.deflated(variance, trials.max(1));
    Summary {
        starting,
        ending,
        gross: ended(&lane.trades).filter_map(|(_, t)| t.gross).sum(),
        net: all.net - lane.naked.loss,
        roi_ppm: ratio_ppm(ending - starting, starting).unwrap_or(0),
        opened: lane.trades.len() as u64,
        ended: all.n,
        open: u64::from(lane.account.open_count()),
        wins: ended(&lane.trades).filter(|(_, t)| t.net.is_some_and(Usdc::is_positive)).count() as u64,
        win_rate: all.win_rate,
        return_per_trade: all.return_per_trade,
        sharpe: reported.sharpe.into(),
        sortino: reported.sortino.into(),
        max_drawdown: reported.max_drawdown.into(),
        cagr: reported.cagr.into(),
        calmar: reported.calmar.into(),
        profit_factor: profit_factor(&lane.trades),
        psr: reported.psr.into(),
        deflated_sharpe: deflated.into(),
        exposure_ppm: lane.exposure_ppm(),
        held_ms_mean: (!held.is_empty()).then(|| held.iter().sum::<i64>() / held.len() as i64),
        return_per_day_ppm: return_per_day(&lane.trades),
    }
}

/// Gains over losses of ended trades.
fn profit_factor(trades: &[TradeRow]) -> Figure {
    let sum =
        |gain: bool| -> Usdc { ended(trades).filter_map(|(_, t)| t.net).filter(|n| n.is_positive() == gain).sum() };
    let (gains, losses) = (sum(true), sum(false));
    let n = ended(trades).count() as u64;
    let (value, undefined) = match (n, losses.is_negative()) {
        (0, _) => (None, Some("no trade has ended".to_owned())),
        (_, false) => (None, Some("no losses yet".to_owned())),
        (_, true) => (Some(gains.to_f64() / -losses.to_f64()), None),
    };
    Figure { value, interval: None, n, undefined }
}

/// Net profit per dollar and day locked, from the first leg to the end, millionths.
fn return_per_day(trades: &[TradeRow]) -> Option<i64> {
    let (mut net, mut dollar_days) = (0_i128, 0_i128);
    for (_, t) in ended(trades) {
        net += i128::from(t.net?.micros());
        dollar_days += i128::from(t.capital.micros()) * i128::from(t.ended_at?.since(t.decided_at).max(1));
    }
    let scaled = net * i128::from(DAY_MS) * i128::from(PPM);
    (dollar_days > 0).then(|| crate::units::clamp(scaled.div_euclid(dollar_days)))
}

/// A lane as a case of the report. Observations that never reached it are counted in.
pub(super) fn case(lane: Lane<'_>, refused: &BTreeMap<String, u64>, trials: u64) -> Case {
    let summary = summary(&lane, trials);
    let mut exits = BTreeMap::new();
    let mut scenarios = BTreeMap::new();
    for (_, trade) in ended(&lane.trades) {
        if let Some(reason) = trade.exit {
            exits
                .entry(reason)
                .or_insert_with(|| group(ended(&lane.trades).filter(|(_, t)| t.exit == Some(reason)), &lane.events));
        }
        scenarios
            .entry(trade.label.clone())
            .or_insert_with(|| group(ended(&lane.trades).filter(|(_, t)| t.label == trade.label), &lane.events));
    }
    let ledger_hash = lane.ledger_hash();
    let mut all = lane.refused;
    for (reason, n) in refused {
        *all.entry(reason.clone()).or_default() += n;
    }
    Case {
        name: lane.kind.case,
        summary,
        equity: lane.equity,
        waterfall: lane.waterfall,
        trades: lane.trades,
        exits,
        scenarios,
        naked: lane.naked,
        refused: all,
        ledger_hash,
    }
}

/// What a reader must know before the numbers.
pub(super) fn warnings(
    report: &RunReport,
    depth: Depth,
    presumed_cases: Option<u64>,
    fees_assumed: bool,
) -> Vec<String> {
    let mut out = Vec::new();
    let coverage = &report.coverage;
    if depth == Depth::Unknown {
        out.push(
            "The data holds prices without sizes: the result is a range, and its ends rest on assumed sizes."
                .to_owned(),
        );
    }
    if fees_assumed {
        out.push("The data states no fees: the venue's rates by date and guessed category were assumed.".to_owned());
    }
    let Some(case) = report.main_case() else { return out };
    if let Some(cases) = presumed_cases {
        out.push(format!(
            "Relations were read from questions alone. Their coverage rests on an assumption of {cases} cases without a failure, not on counted ones."
        ));
    }
    let days = coverage.to.since(coverage.from) / DAY_MS;
    if days < 30 {
        out.push(format!("Only {days} days of data: nothing is annualised."));
    }
    if case.summary.ended < FEW {
        let n = case.summary.ended;
        let have = if n == 1 { "trade has" } else { "trades have" };
        out.push(format!("Only {n} {have} ended: the intervals are what counts."));
    }
    if case.summary.open > 0 {
        let n = case.summary.open;
        let words = if n == 1 {
            "position was still open at the end and stands"
        } else {
            "positions were still open at the end and stand"
        };
        out.push(format!("{n} {words} at what the bids paid last."));
    }
    if let [first, .., last] = &report.cases[..]
        && first.summary.roi_ppm > last.summary.roi_ppm
    {
        out.push(
            "The cases differ in sizes and prices, not in luck: here the larger size of the optimistic case lost more."
                .to_owned(),
        );
    }
    for (start, length) in coverage.holes.iter().take(3) {
        out.push(format!("No record for {} from {start}.", crate::units::hours(*length)));
    }
    if case.naked.unwound > 0 {
        out.push(format!(
            "{} of {} entries were unwound on one leg, at a loss of {}.",
            case.naked.unwound,
            case.naked.entries,
            crate::units::dollars(case.naked.loss)
        ));
    }
    if case.trades.iter().any(|t| t.exit == Some(crate::exit::ExitReason::LogicWrong)) {
        out.push("A relation was wrong: see the trades that ended so.".to_owned());
    }
    out
}

/// What the numbers allow to say, in one line.
pub(super) fn verdict(case: &Case, events: &[String]) -> String {
    let mut by_event: BTreeMap<&str, f64> = BTreeMap::new();
    for (i, trade) in ended(&case.trades) {
        *by_event.entry(events.get(i).map_or("", String::as_str)).or_default() +=
            trade.net.unwrap_or_default().to_f64();
    }
    let sums: Vec<f64> = by_event.into_values().collect();
    if sums.is_empty() {
        return "NOT ENOUGH DATA: no trade has ended, so nothing can be said".to_owned();
    }
    let judged = mean_verdict(&sums, Level::NINETY);
    match judged.verdict {
        Verdict::Above => "KEEP: profit per independent event is above zero, and its 90% interval says so".to_owned(),
        Verdict::Below => "STOP: profit per independent event is below zero, and its 90% interval says so".to_owned(),
        not_enough => {
            let words = not_enough.to_string();
            let words = words.strip_prefix("not enough data, ").unwrap_or(&words);
            format!("NOT ENOUGH DATA: {} independent events, {words}", sums.len())
        }
    }
}
