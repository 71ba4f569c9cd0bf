//! The parts of one run: verdict first, then what a reader must know, then the numbers, then what they are made of.

use super::Section;
use super::table::{Cell, Table, money, signed};
use crate::charts::{self, Chart};
use crate::draw::svg::escape;
use crate::text::{figures, other_figures};
use crate::words::{self, Form, UNKNOWN, count, counted, one_line, percent, signed_ppm, span};
use betty_market::{Price, Usdc};
use betty_trading::backtest::report::{GroupRow, Summary, TradeRow};
use betty_trading::backtest::{Case, RunReport};
use betty_trading::dollars;
use std::fmt::Write as _;

/// Most trades a page lists; the rest are in the data.
pub const TRADES_MOST: usize = 500;

/// Verdict, warnings and the six numbers.
pub(super) fn opening(report: &RunReport) -> String {
    let mut out = format!(
        "<p class=\"muted\">{} · run <code>{}</code></p>\n<p class=\"verdict\">{}</p>\n",
        escape(&words::badge(&report.source)),
        escape(&report.run_id),
        escape(&one_line(&report.verdict)),
    );
    if !report.warnings.is_empty() {
        out.push_str("<section class=\"warnings\" aria-labelledby=\"warnings\">\n");
        let _ = writeln!(out, "<h2 id=\"warnings\">Read this first ({})</h2>\n<ul>", report.warnings.len());
        for warning in &report.warnings {
            let _ = writeln!(out, "<li>{}</li>", escape(&one_line(warning)));
        }
        out.push_str("</ul>\n</section>\n");
    }
    if let Some(case) = report.main_case() {
        out.push_str(&cards(report, case));
    }
    out
}

fn cards(report: &RunReport, case: &Case) -> String {
    let s = &case.summary;
    let which = if report.cases.len() > 1 { format!("{} case", case.name) } else { "after every cost".to_owned() };
    let figure = |f, form| (words::value(f, form), words::figure(f, form));
    let (win, win_words) = figure(&s.win_rate, Form::Rate);
    let (mean, mean_words) = figure(&s.return_per_trade, Form::Return);
    let (fall, fall_words) = figure(&s.max_drawdown, Form::Rate);
    let (psr, psr_words) = figure(&s.psr, Form::Rate);
    let about = |text: &str| escape(text.split_once(' ').map_or("", |(_, rest)| rest).trim_start_matches(','));
    let list = [
        ("Net profit", money(Some(s.net)), escape(&format!("{which}; gross {}", words::money(s.gross)))),
        ("Return", signed(&signed_ppm(s.roi_ppm), s.roi_ppm), escape(&format!("on {}", dollars(s.starting)))),
        ("Win rate", escape(&win), about(&win_words)),
        ("Return per trade", escape(&mean), about(&mean_words)),
        ("Largest drawdown", escape(&fall), about(&fall_words)),
        ("Sharpe above zero", escape(&psr), about(&psr_words)),
    ];
    let mut out = "<ul class=\"cards\">\n".to_owned();
    for (name, value, note) in list {
        let _ = writeln!(out, "<li><span class=\"t\">{name}</span><b>{value}</b><span class=\"t\">{note}</span></li>");
    }
    out.push_str("</ul>\n");
    out
}

/// What stands under everything.
pub(super) fn closing(report: &RunReport) -> String {
    format!(
        "{} · {} · run <code>{}</code> · {} so far on this data",
        escape(&words::badge(&report.source)),
        escape(&report.strategy.to_string()),
        escape(&report.run_id),
        escape(&counted(report.trials, "trial")),
    )
}

/// The parts of a run in reading order.
#[must_use]
pub fn sections(report: &RunReport) -> Vec<Section> {
    let mut out = Vec::new();
    if let Some(case) = report.main_case() {
        out.push(Section::new("numbers", "Headline numbers", headline(report, case)));
        if report.cases.len() > 1 {
            out.push(Section::new("range", "Range over the cases", range(report)));
        }
        out.push(Section::new("equity-over-time", "Equity and drawdown", figure(&charts::equity(report))));
        let waterfall = figure(&charts::waterfall(report, case)) + &costs(case);
        out.push(Section::new("costs", "From gross to net", waterfall));
        let exits = figure(&charts::exits(report, case)) + &groups(exit_rows(case), "exit reason");
        out.push(Section::new("exit-reasons", "Exit reasons", exits));
        out.push(Section::new("scenarios", "Scenarios", scenarios(report, case)));
        out.push(Section::new(
            "months",
            "By month and exit",
            figure(&charts::heatmap(report, case, charts::HeatBy::Exit)),
        ));
        let trades = figure(&charts::results(report, case)) + &trades(case);
        out.push(Section::new("trades", "Trades", trades));
        out.push(Section::new("refused", "Refused candidates", refused(case)));
        out.push(Section::new("naked", "One-legged moments", naked(case)));
    }
    if !report.variants.is_empty() {
        out.push(Section::new("variants", "The same run with one thing changed", variants(report)));
    }
    out.push(Section::new("data", "Data", data(report)));
    out.push(Section::new("rules", "Strategy and settings", rules(report)));
    out.push(Section::new("identity", "What was run", identity(report)));
    out
}

/// A chart with its words beside it, in a frame that scrolls on a narrow screen.
pub(crate) fn figure(chart: &Chart) -> String {
    format!(
        "<figure>\n<figcaption><strong>{}</strong>{} <span class=\"mark\">{}</span></figcaption>\n\
         <div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\">\n{}</div>\n</figure>\n",
        escape(&chart.title),
        escape(&chart.summary),
        escape(&chart.badge),
        chart.inline_svg(),
    )
}

fn headline(report: &RunReport, case: &Case) -> String {
    let s = &case.summary;
    let which = if report.cases.len() > 1 { format!(", {} case", case.name) } else { String::new() };
    let mut table = Table::new(
        format!("Headline numbers{which}; intervals are 90%"),
        &["metric", "#value", "#90% interval", "#n", "why unknown"],
    );
    let plain = |name: &str, cell: Cell, n: Option<u64>| {
        let n = n.map_or_else(|| UNKNOWN.to_owned(), count);
        vec![
            Cell::Text(name.to_owned()),
            cell,
            Cell::Number(UNKNOWN.to_owned()),
            Cell::Number(n),
            Cell::Text(String::new()),
        ]
    };
    table.row(plain("net profit of ended trades", Cell::Money(Some(s.net)), Some(s.ended)));
    table.row(plain("gross profit of ended trades", Cell::Money(Some(s.gross)), Some(s.ended)));
    table.row(plain("equity at the start", Cell::Number(dollars(s.starting)), None));
    table.row(plain("equity at the end", Cell::Number(dollars(s.ending)), None));
    table.row(plain("return on the starting cash", Cell::Return(Some(s.roi_ppm)), Some(s.opened)));
    for (name, f, form) in figures(s) {
        table.row(vec![
            Cell::Text(name.to_owned()),
            Cell::Number(words::value(f, form)),
            Cell::Number(words::interval(f, form)),
            Cell::Number(count(f.n)),
            Cell::Text(words::why_undefined(f).unwrap_or_default()),
        ]);
    }
    for (name, value, n) in other_figures(s) {
        table.row(plain(name, Cell::Number(value), n));
    }
    // A column of reasons only where something is unknown.
    if figures(s).iter().all(|(_, f, _)| words::why_undefined(f).is_none()) {
        table.head.pop();
        table.rows.iter_mut().for_each(|row| drop(row.pop()));
    }
    table.html()
}

/// One row a metric, one column a summary.
fn beside(caption: &str, columns: &[(String, &Summary)]) -> String {
    let head: Vec<String> =
        ["metric".to_owned()].into_iter().chain(columns.iter().map(|(name, _)| format!("#{name}"))).collect();
    let mut table = Table { caption: caption.to_owned(), head, rows: Vec::new() };
    let mut row = |name: &str, cell: &dyn Fn(&Summary) -> Cell| {
        let first = Cell::Text(name.to_owned());
        table.rows.push([first].into_iter().chain(columns.iter().map(|(_, s)| cell(s))).collect());
    };
    row("net profit", &|s| Cell::Money(Some(s.net)));
    row("gross profit", &|s| Cell::Money(Some(s.gross)));
    row("return on the starting cash", &|s| Cell::Return(Some(s.roi_ppm)));
    row("trades ended", &|s| Cell::Number(count(s.ended)));
    row("trades still open", &|s| Cell::Number(count(s.open)));
    let Some((_, first)) = columns.first() else { return String::new() };
    for (i, (name, _, form)) in figures(first).into_iter().enumerate() {
        row(name, &|s| {
            let (_, f, _) = figures(s)[i];
            let note = words::why_undefined(f).unwrap_or_else(|| words::interval(f, form));
            let note = if note == UNKNOWN { String::new() } else { format!("{note}; ") };
            Cell::Noted(words::value(f, form), format!("{note}n = {}", count(f.n)))
        });
    }
    table.html()
}

fn range(report: &RunReport) -> String {
    let columns: Vec<(String, &Summary)> = report.cases.iter().map(|c| (c.name.to_string(), &c.summary)).collect();
    let note = "<p>The data holds prices without sizes, so the result is a range. Pessimistic: thin books, each leg a tick worse. \
                Expected: the quoted price for a usual size. Optimistic: the quoted price for any size the caps allow.</p>\n";
    note.to_owned() + &beside("Each case of the run", &columns)
}

fn variants(report: &RunReport) -> String {
    let mut columns: Vec<(String, &Summary)> =
        report.main_case().map(|c| ("as run".to_owned(), &c.summary)).into_iter().collect();
    columns.extend(report.variants.iter().map(|v| (one_line(&v.name), &v.summary)));
    beside("The run and its variants", &columns)
}

fn costs(case: &Case) -> String {
    let w = &case.waterfall;
    let mut table = Table::new("Cost by cost, summed over ended trades", &["line", "#amount"]);
    let mut line = |name: &str, amount: Usdc| table.row(vec![Cell::Text(name.to_owned()), Cell::Money(Some(amount))]);
    line("profit at the middle of the books", w.at_mid);
    for (name, amount) in charts::costs(w) {
        line(name, amount);
    }
    line("net", w.net);
    table.html()
}

fn exit_rows(case: &Case) -> Vec<(String, &GroupRow)> {
    case.exits.iter().map(|(reason, row)| (reason.title().to_owned(), row)).collect()
}

fn groups(rows: Vec<(String, &GroupRow)>, what: &str) -> String {
    if rows.is_empty() {
        return "<p>No trade has ended.</p>\n".to_owned();
    }
    let head = [what, "#n", "#net", "win rate", "return per trade", "evidence"];
    let mut table = Table::new(format!("Ended trades by {what}; intervals are 90%"), &head);
    for (name, row) in rows {
        let evidence = if row.n < words::THIN { format!("thin, under {}", words::THIN) } else { String::new() };
        table.row(vec![
            Cell::Text(one_line(&name)),
            Cell::Number(count(row.n)),
            Cell::Money(Some(row.net)),
            Cell::Text(words::figure(&row.win_rate, Form::Rate)),
            Cell::Text(words::figure(&row.return_per_trade, Form::Return)),
            Cell::Text(evidence),
        ]);
    }
    table.html()
}

fn scenarios(report: &RunReport, case: &Case) -> String {
    let rows = case.scenarios.iter().map(|(name, row)| (name.clone(), row)).collect();
    figure(&charts::heatmap(report, case, charts::HeatBy::Scenario)) + &groups(rows, "scenario")
}

fn price_move(entry: Price, exit: Option<Price>) -> String {
    let cents = |p: Price| format!("{}¢", cents(p));
    format!("{} to {}", cents(entry), exit.map_or_else(|| "payout".to_owned(), cents))
}

/// A price in cents with the precision of its tick: `71`, `6.5`, `0.25`.
fn cents(price: Price) -> String {
    let e4 = price.e4();
    let text = format!("{}.{:02}", e4 / 100, e4 % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn legs(trade: &TradeRow) -> String {
    let leg = |l: &betty_trading::backtest::report::TradeLeg| {
        let question = words::shortened(&one_line(&l.question), 160);
        format!("{} “{question}” {}", l.outcome.to_string().to_uppercase(), price_move(l.entry, l.exit))
    };
    trade.legs.iter().map(leg).collect::<Vec<_>>().join("\n")
}

fn trades(case: &Case) -> String {
    if case.trades.is_empty() {
        return "<p>No trade was opened.</p>\n".to_owned();
    }
    let shown = case.trades.len().min(TRADES_MOST);
    let caption = if shown < case.trades.len() {
        format!(
            "The first {} of {} trades; all of them are in the data",
            count(shown as u64),
            count(case.trades.len() as u64)
        )
    } else {
        counted(shown as u64, "trade")
    };
    let head = [
        "trade",
        "opened (UTC)",
        "held",
        "legs, from entry to exit",
        "scenario",
        "#shares",
        "#capital",
        "#net",
        "#return",
        "#gross",
        "exit",
        "why it ended",
        "why it was entered",
        "#if held",
    ];
    let mut table = Table::new(caption, &head);
    for t in case.trades.iter().take(TRADES_MOST) {
        let held = t.ended_at.map_or_else(|| "open".to_owned(), |end| span(end.since(t.opened_at)));
        table.row(vec![
            Cell::Key(t.position.to_string()),
            Cell::Key(words::minute(t.opened_at)),
            Cell::Key(held),
            Cell::Wide(legs(t)),
            Cell::Text(one_line(&t.label)),
            Cell::Number(t.shares.to_string()),
            Cell::Number(dollars(t.capital)),
            Cell::Money(t.net),
            Cell::Return(t.roi_ppm),
            Cell::Number(words::money_or_dash(t.gross)),
            Cell::Text(t.exit.map_or_else(|| UNKNOWN.to_owned(), |e| e.title().to_owned())),
            Cell::Wide(words::shortened(&one_line(&t.exit_words), 300)),
            Cell::Wide(words::shortened(&one_line(&t.entry_reason), 300)),
            Cell::Money(t.held_net),
        ]);
    }
    table.html()
}

fn refused(case: &Case) -> String {
    let mut rows: Vec<(&String, &u64)> = case.refused.iter().collect();
    rows.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let total: u64 = rows.iter().fold(0, |sum, (_, n)| sum.saturating_add(**n));
    if total == 0 {
        return "<p>No observation was refused.</p>\n".to_owned();
    }
    let mut table = Table::new(
        format!("{} refused; every priced observation is a trade or here", counted(total, "observation")),
        &["reason", "#n", "#share"],
    );
    for (reason, n) in rows {
        #[allow(clippy::cast_precision_loss)]
        let share = *n as f64 / total as f64;
        table.row(vec![Cell::Text(one_line(reason)), Cell::Number(count(*n)), Cell::Number(percent(share))]);
    }
    table.html()
}

fn naked(case: &Case) -> String {
    let n = &case.naked;
    let share = |part: u64| {
        #[allow(clippy::cast_precision_loss)]
        if n.entries == 0 { UNKNOWN.to_owned() } else { percent(part as f64 / n.entries as f64) }
    };
    let mut table =
        Table::new("How often and how long a hedge stood on one leg", &["event", "#n", "#share of entries"]);
    for (name, value) in [
        ("entries sent", n.entries),
        ("stood on one leg for a moment", n.one_legged),
        ("completed within the band", n.completed),
        ("unwound at a loss", n.unwound),
        ("nothing filled", n.unfilled),
    ] {
        table.row(vec![Cell::Text(name.to_owned()), Cell::Number(count(value)), Cell::Number(share(value))]);
    }
    let (total, longest) = (span(n.total_ms), span(n.longest_ms));
    format!(
        "{}<p>On one leg for {total} in all, {longest} at the longest; unwinding made {}.</p>\n",
        table.html(),
        money(Some(n.loss))
    )
}

fn data(report: &RunReport) -> String {
    let c = &report.coverage;
    let mut table = Table::new("What the data holds", &["what", "#n"]);
    for (name, n) in [
        ("records read", c.records),
        ("markets seen", c.markets),
        ("markets left out by the filters", c.filtered),
        ("markets whose end the data holds", c.ended),
        ("candidate pairs", c.candidates),
        ("pairs proven or presumed", c.pairs),
        ("pairs priced at least once", c.priced),
        ("observations with both books fresh", c.observations),
        ("books made unknown by a gap", c.gaps),
    ] {
        table.row(vec![Cell::Text(name.to_owned()), Cell::Number(count(n))]);
    }
    let mut out = figure(&charts::coverage(report)) + &table.html();
    let holes = charts::holes(report);
    if !holes.is_empty() {
        let mut table =
            Table::new("Spans without any record longer than a day", &["from (UTC)", "to (UTC)", "#length"]);
        for (a, b) in holes {
            table.row(vec![Cell::Key(words::minute(a)), Cell::Key(words::minute(b)), Cell::Number(span(b.since(a)))]);
        }
        out.push_str(&table.html());
    }
    out
}

fn rules(report: &RunReport) -> String {
    let mut out = format!(
        "<h3>{}</h3>\n<pre tabindex=\"0\" aria-label=\"The strategy as TOML\"><code>{}</code></pre>\n",
        escape(&report.strategy.to_string()),
        escape(&report.strategy_toml),
    );
    if !report.settings.is_empty() {
        let mut table = Table::new("Everything else configured", &["setting", "value"]);
        for (name, value) in &report.settings {
            table.row(vec![Cell::Long(one_line(name)), Cell::Long(one_line(value))]);
        }
        out.push_str(&table.html());
    }
    out
}

fn identity(report: &RunReport) -> String {
    let mut table = Table::new("The same data, rules and code give the same run", &["what", "value"]);
    for (name, value) in [
        ("run", report.run_id.clone()),
        ("data (SHA-256)", report.data_hash.clone()),
        ("rules (SHA-256)", report.rules_hash.clone()),
        ("code", report.code.clone()),
        ("kind of data", report.source.to_string()),
        ("strategy", report.strategy.to_string()),
        ("trials on this data, this one included", count(report.trials)),
        ("version of this report's data", report.schema_version.to_string()),
    ] {
        table.row(vec![Cell::Text(name.to_owned()), Cell::Long(one_line(&value))]);
    }
    table.html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_cents_with_the_precision_of_their_tick() {
        for (e4, text) in [(7_100, "71"), (650, "6.5"), (25, "0.25"), (9_999, "99.99"), (100, "1")] {
            assert_eq!(cents(Price::from_e4(e4).unwrap()), text);
        }
    }
}
