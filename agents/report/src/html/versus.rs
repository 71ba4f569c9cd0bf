//! Runs beside each other as HTML.

use super::table::{Cell, Table};
use super::{Section, document};
use crate::compare::{Comparison, letter};
use crate::draw::svg::escape;
use crate::words::UNKNOWN;
use std::fmt::Write as _;

/// The tables of a comparison, for a page with a frame of its own.
#[must_use]
pub fn compare_section(c: &Comparison) -> Section {
    let mut out = "<ul>\n".to_owned();
    for (run, badge) in c.runs.iter().zip(&c.badges) {
        let _ = writeln!(out, "<li>{} <span class=\"mark\">{}</span></li>", escape(run), escape(badge));
    }
    out.push_str("</ul>\n");
    if !c.warnings.is_empty() {
        out.push_str("<div class=\"warnings\"><ul>\n");
        for warning in &c.warnings {
            let _ = writeln!(out, "<li>{}</li>", escape(warning));
        }
        out.push_str("</ul></div>\n");
    }
    out.push_str(&numbers(c));
    if c.differences.is_empty() {
        out.push_str("<p>The rules are the same.</p>\n");
    } else {
        let head: Vec<String> = ["rule".to_owned()].into_iter().chain((0..c.runs.len()).map(letter)).collect();
        let mut table = Table { caption: "What differs in rules, data and code".to_owned(), head, rows: Vec::new() };
        for d in &c.differences {
            let first = Cell::Text(d.name.clone());
            let values = d.values.iter().map(|v| Cell::Text(v.clone().unwrap_or_else(|| UNKNOWN.to_owned())));
            table.row([first].into_iter().chain(values).collect());
        }
        out.push_str(&table.html());
    }
    Section { id: "comparison".to_owned(), title: "Runs beside each other".to_owned(), html: out }
}

/// A number of each run, and for all but the first its difference to the first in a column of its own.
fn numbers(c: &Comparison) -> String {
    let caption = "Numbers of each run; differences are to A";
    let mut out = format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n<table>\n<caption>{caption}</caption>\n"
    );
    out.push_str("<thead><tr><th scope=\"col\">metric</th>");
    for i in 0..c.runs.len() {
        let _ = write!(out, "<th scope=\"col\">{}</th>", letter(i));
        if i > 0 {
            let _ = write!(out, "<th scope=\"col\" class=\"n\">{} less A</th>", letter(i));
        }
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for metric in &c.metrics {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", escape(metric.name));
        for (i, entry) in metric.entries.iter().enumerate() {
            let _ = write!(out, "<td>{}</td>", escape(&entry.value));
            if i > 0 {
                let class = ["down", "", "up"][usize::try_from(entry.better.signum() + 1).unwrap_or(1)];
                let delta = entry.delta.as_ref().map_or_else(
                    || UNKNOWN.to_owned(),
                    |d| format!("<span class=\"{class}\">{}{}</span>", escape(d), entry.judged()),
                );
                let _ = write!(out, "<td class=\"n\">{delta}</td>");
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

/// A comparison as one page that needs nothing else.
#[must_use]
pub fn compare_page(c: &Comparison) -> String {
    let mut badges: Vec<&str> = c.badges.iter().map(String::as_str).collect();
    badges.dedup();
    let mark = if badges.is_empty() { "PAPER".to_owned() } else { badges.join(" / ") };
    let heading = format!("Comparison of {} backtests", c.runs.len());
    document(&heading, &mark, "", &[compare_section(c)], &escape(&mark))
}
