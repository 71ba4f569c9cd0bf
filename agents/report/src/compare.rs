//! Several runs beside each other: their numbers with the difference to the first, and what differs in their rules.

use crate::text::figures;
use crate::words::{self, Form, UNKNOWN, badge, count, money, one_line, signed_ppm, wrap};
use betty_market::Usdc;
use betty_trading::backtest::RunReport;
use betty_trading::backtest::report::Summary;
use betty_trading::dollars;
use std::collections::{BTreeMap, BTreeSet};

/// One number of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number, with its interval where it has one.
    pub value: String,
    /// How much more than the first run's; `None` for the first and where either is unknown.
    pub delta: Option<String>,
    /// 1 when the difference is for the better, -1 when for the worse, 0 where it is neither.
    pub better: i8,
}

impl Entry {
    /// `, better` or `, worse`, or nothing.
    pub(crate) const fn judged(&self) -> &'static str {
        match self.better {
            1 => ", better",
            -1 => ", worse",
            _ => "",
        }
    }
}

/// One number over all runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// One entry a run.
    pub entries: Vec<Entry>,
}

/// A rule that is not the same in all runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name: `strategy.entry.min_net_edge`, `settings.latency`.
    pub name: String,
    /// Its value in each run; `None` where the run has no such rule.
    pub values: Vec<Option<String>>,
}

/// Runs beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What the runs are called here, `A: deep-value v3, run 0123456789abcdef`, in the order given.
    pub runs: Vec<String>,
    /// The mark of each run.
    pub badges: Vec<String>,
    /// Their numbers.
    pub metrics: Vec<Metric>,
    /// What differs in their rules, data and code.
    pub differences: Vec<Difference>,
    /// What makes a comparison unfair, in words.
    pub warnings: Vec<String>,
}

/// The letter of a run: `A` … `Z`, then numbers.
pub(crate) fn letter(i: usize) -> String {
    u8::try_from(i).ok().filter(|i| *i < 26).map_or_else(|| (i + 1).to_string(), |i| char::from(b'A' + i).to_string())
}

/// Sets runs beside each other; differences are to the first.
#[must_use]
pub fn compare(reports: &[&RunReport]) -> Comparison {
    let name = |(i, r): (usize, &&RunReport)| format!("{}: {}, run {}", letter(i), r.strategy, one_line(&r.run_id));
    Comparison {
        runs: reports.iter().enumerate().map(name).collect(),
        badges: reports.iter().map(|r| badge(&r.source)).collect(),
        metrics: metrics(reports),
        differences: differences(reports),
        warnings: warnings(reports),
    }
}

/// Which way a number is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    More,
    Less,
    Neither,
}

impl Better {
    fn judge(self, difference: f64) -> i8 {
        let sign = i8::from(difference > 0.0) - i8::from(difference < 0.0);
        match self {
            Self::More => sign,
            Self::Less => -sign,
            Self::Neither => 0,
        }
    }
}

type Runs<'a> = [Option<&'a Summary>];

/// The metric of a whole number: how to get it, write it and write a difference.
fn exact(
    name: &'static str,
    runs: &Runs<'_>,
    better: Better,
    get: fn(&Summary) -> i64,
    [write, change]: [fn(i64) -> String; 2],
) -> Metric {
    let first = runs.first().copied().flatten().map(get);
    let entry = |(i, s): (usize, &Option<&Summary>)| {
        let value = s.map(get);
        let delta = value.zip(first).filter(|_| i > 0).map(|(v, f)| v.saturating_sub(f));
        Entry {
            value: value.map_or_else(|| UNKNOWN.to_owned(), write),
            delta: delta.map(change),
            #[allow(clippy::cast_precision_loss)]
            better: delta.map_or(0, |d| better.judge(d as f64)),
        }
    };
    Metric { name, entries: runs.iter().enumerate().map(entry).collect() }
}

fn metrics(reports: &[&RunReport]) -> Vec<Metric> {
    let runs: Vec<Option<&Summary>> = reports.iter().map(|r| r.main_case().map(|c| &c.summary)).collect();
    let usd: fn(i64) -> String = |m| money(Usdc::from_micros(m));
    let balance: fn(i64) -> String = |m| dollars(Usdc::from_micros(m));
    let plain: fn(i64) -> String = |n| count(n.unsigned_abs());
    let more: fn(i64) -> String = |n| {
        let sign = ["-", "", "+"][usize::try_from(n.signum() + 1).unwrap_or(1)];
        format!("{sign}{}", count(n.unsigned_abs()))
    };
    let mut out = vec![
        exact("net profit", &runs, Better::More, |s| s.net.micros(), [usd, usd]),
        exact("gross profit", &runs, Better::More, |s| s.gross.micros(), [usd, usd]),
        exact("equity at the end", &runs, Better::More, |s| s.ending.micros(), [balance, usd]),
        exact("return on the starting cash", &runs, Better::More, |s| s.roi_ppm, [signed_ppm, points_ppm]),
        exact("trades ended", &runs, Better::Neither, |s| whole_count(s.ended), [plain, more]),
        exact("trades still open", &runs, Better::Neither, |s| whole_count(s.open), [plain, more]),
    ];
    let Some(any) = runs.iter().copied().flatten().next() else { return out };
    for (i, (name, _, form)) in figures(any).into_iter().enumerate() {
        let figure = |s: &Option<&Summary>| s.map(|s| figures(s)[i].1.clone());
        let number = |s: &Option<&Summary>| figure(s).and_then(|f| f.value).filter(|v| v.is_finite());
        let first = runs.first().and_then(number);
        let better = if name == "largest drawdown" { Better::Less } else { Better::More };
        let change = |d: f64| match form {
            Form::Ratio => format!("{}{}", if d >= 0.005 { "+" } else { "" }, form.write(d)),
            Form::Rate | Form::Return => points(d),
        };
        let entry = |(run, s): (usize, &Option<&Summary>)| {
            let delta = number(s).zip(first).filter(|_| run > 0).map(|(v, f)| v - f);
            Entry {
                value: figure(s).map_or_else(|| UNKNOWN.to_owned(), |f| words::figure(&f, form)),
                delta: delta.map(change),
                better: delta.map_or(0, |d| better.judge(d)),
            }
        };
        out.push(Metric { name, entries: runs.iter().enumerate().map(entry).collect() });
    }
    out
}

fn whole_count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A difference of fractions in percentage points.
fn points(difference: f64) -> String {
    words::signed_percent(difference).replace('%', " pp")
}

fn points_ppm(difference: i64) -> String {
    signed_ppm(difference).replace('%', " pp")
}

/// The rules of a run by name.
fn rules(report: &RunReport) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    out.insert("strategy".to_owned(), report.strategy.to_string());
    out.insert("source".to_owned(), one_line(&report.source.to_string()));
    out.insert("data".to_owned(), shortened_hash(&report.data_hash));
    out.insert("code".to_owned(), one_line(&report.code));
    for (name, value) in &report.settings {
        out.insert(format!("settings.{}", one_line(name)), one_line(value));
    }
    match report.strategy_toml.parse::<toml::Table>() {
        Ok(table) => flatten("strategy", &toml::Value::Table(table), &mut out),
        // A text that is no TOML is compared line by line.
        Err(_) => {
            for (i, line) in report.strategy_toml.lines().enumerate() {
                out.insert(format!("strategy.line {:03}", i + 1), one_line(line));
            }
        }
    }
    out
}

fn shortened_hash(hash: &str) -> String {
    one_line(hash).chars().take(16).collect()
}

fn flatten(path: &str, value: &toml::Value, out: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(k, v)| flatten(&format!("{path}.{}", one_line(k)), v, out))
        }
        toml::Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, v)| flatten(&format!("{path}[{i}]"), v, out));
        }
        toml::Value::String(text) => drop(out.insert(path.to_owned(), one_line(text))),
        other => drop(out.insert(path.to_owned(), other.to_string())),
    }
}

fn differences(reports: &[&RunReport]) -> Vec<Difference> {
    let all: Vec<BTreeMap<String, String>> = reports.iter().map(|r| rules(r)).collect();
    let names: BTreeSet<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    let row = |name: &&String| Difference {
        name: (*name).clone(),
        values: all.iter().map(|rules| rules.get(*name).cloned()).collect(),
    };
    let differs = |d: &Difference| d.values.iter().any(|v| *v != d.values[0]);
    names.iter().map(row).filter(differs).collect()
}

fn warnings(reports: &[&RunReport]) -> Vec<String> {
    let Some(first) = reports.first() else { return vec!["there is no run to compare".to_owned()] };
    let mut out = Vec::new();
    let mut check = |same: bool, words: &str| {
        if !same {
            out.push(words.to_owned());
        }
    };
    let all = |f: &dyn Fn(&RunReport) -> bool| reports.iter().all(|r| f(r));
    check(all(&|r| r.data_hash == first.data_hash), "the runs are on different data: a difference may be the data's");
    check(
        all(&|r| r.source == first.source),
        "the runs are on different kinds of data: nothing can be concluded from a difference",
    );
    check(all(&|r| r.code == first.code), "the runs were made by different code");
    let case = |r: &RunReport| r.main_case().map(|c| c.name);
    check(all(&|r| case(r) == case(first)), "some runs have real depth and some a range: their headline cases differ");
    let starting = |r: &RunReport| r.main_case().map(|c| c.summary.starting);
    check(all(&|r| starting(r) == starting(first)), "the runs began with different cash: compare returns, not money");
    check(
        reports.len() < 3,
        "the best of several runs looks better than it is: believe the deflated figure and a test on data not yet used",
    );
    out
}

/// A comparison as plain lines, none wider than the width (at least 40): columns where they fit, else one block a metric.
#[must_use]
pub fn text(c: &Comparison, width: usize) -> Vec<String> {
    let width = width.max(40);
    let mut out = Vec::new();
    for (run, badge) in c.runs.iter().zip(&c.badges) {
        out.extend(wrap(&format!("{run} · {badge}"), width));
    }
    for warning in &c.warnings {
        out.extend(wrap(&format!("! {warning}"), width));
    }
    out.push(String::new());
    out.extend(wrap("NUMBERS; IN BRACKETS THE DIFFERENCE TO A", width));
    let cell =
        |e: &Entry| e.delta.as_ref().map_or_else(|| e.value.clone(), |d| format!("{} ({d}{})", e.value, e.judged()));
    let numbers: Vec<(String, Vec<String>)> =
        c.metrics.iter().map(|m| (m.name.to_owned(), m.entries.iter().map(cell).collect())).collect();
    columns(&numbers, width, &mut out);
    out.push(String::new());
    if c.differences.is_empty() {
        out.push("The rules are the same.".to_owned());
        return out;
    }
    out.push("WHAT DIFFERS".to_owned());
    let value = |v: &Option<String>| v.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    let rules: Vec<(String, Vec<String>)> =
        c.differences.iter().map(|d| (d.name.clone(), d.values.iter().map(value).collect())).collect();
    columns(&rules, width, &mut out);
    out
}

fn columns(rows: &[(String, Vec<String>)], width: usize, out: &mut Vec<String>) {
    let chars = |t: &str| t.chars().count();
    let label = rows.iter().map(|(name, _)| chars(name)).max().unwrap_or(0);
    let runs = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let wide: Vec<usize> = (0..runs)
        .map(|i| rows.iter().filter_map(|(_, c)| c.get(i)).map(|c| chars(c)).max().unwrap_or(0).max(1))
        .collect();
    if label + wide.iter().map(|w| w + 2).sum::<usize>() <= width {
        let mut line = format!("{:label$}", "");
        wide.iter().enumerate().for_each(|(i, w)| line.push_str(&format!("  {:w$}", letter(i))));
        out.push(line.trim_end().to_owned());
        for (name, cells) in rows {
            let mut line = format!("{name:label$}");
            cells.iter().zip(&wide).for_each(|(cell, w)| line.push_str(&format!("  {cell:w$}")));
            out.push(line.trim_end().to_owned());
        }
        return;
    }
    for (name, cells) in rows {
        out.extend(wrap(name, width));
        for (i, cell) in cells.iter().enumerate() {
            for (n, line) in wrap(cell, width - 5).into_iter().enumerate() {
                let before = if n == 0 { format!("  {}: ", letter(i)) } else { "     ".to_owned() };
                out.push(format!("{before}{line}"));
            }
        }
    }
}
