//! Tables: a caption, headers for columns and rows, and a frame that scrolls by itself where the screen is narrow.

use crate::draw::svg::escape;
use crate::words::{self, UNKNOWN};
use betty_market::Usdc;
use std::fmt::Write as _;

/// A cell, escaped when written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// Words that need room; a line feed is kept.
    Wide(String),
    /// A short word that stays on one line.
    Key(String),
    /// A word that may be long without a space, like a hash.
    Long(String),
    /// A number with a note below it: its interval and count.
    Noted(String, String),
    /// A number, set to the right.
    Number(String),
    /// A gain or loss with its arrow.
    Money(Option<Usdc>),
    /// A signed return in millionths with its arrow.
    Return(Option<i64>),
}

/// An amount with an arrow for its sign, so that colour says nothing alone.
pub(crate) fn signed(text: &str, sign: i64) -> String {
    match sign.signum() {
        1 => format!("<span class=\"up\"><span aria-hidden=\"true\">▲ </span>{}</span>", escape(text)),
        -1 => format!("<span class=\"down\"><span aria-hidden=\"true\">▼ </span>{}</span>", escape(text)),
        _ => escape(text),
    }
}

/// Money as HTML.
pub(crate) fn money(amount: Option<Usdc>) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), |a| signed(&words::money(a), a.micros()))
}

impl Cell {
    fn class(&self) -> &'static str {
        match self {
            Self::Text(_) => "",
            Self::Wide(_) => " class=\"w\"",
            Self::Key(_) => " class=\"k\"",
            Self::Long(_) => " class=\"x\"",
            Self::Noted(..) | Self::Number(_) | Self::Money(_) | Self::Return(_) => " class=\"n\"",
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Text(t) | Self::Wide(t) | Self::Key(t) | Self::Long(t) | Self::Number(t) => escape(t),
            Self::Noted(value, note) => format!("{}<small>{}</small>", escape(value), escape(note)),
            Self::Money(amount) => money(*amount),
            Self::Return(ppm) => ppm.map_or_else(|| UNKNOWN.to_owned(), |p| signed(&words::signed_ppm(p), p)),
        }
    }
}

/// A table. The first cell of each row is its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) caption: String,
    /// Headers; those that begin with `#` head columns of numbers.
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        Self { caption: caption.into(), head: head.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub(crate) fn html(&self) -> String {
        let caption = escape(&self.caption);
        let mut out =
            format!("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n<table>\n");
        let _ = writeln!(out, "<caption>{caption}</caption>\n<thead><tr>");
        for head in &self.head {
            let (class, text) = head.strip_prefix('#').map_or(("", head.as_str()), |text| (" class=\"n\"", text));
            let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(text));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for (i, cell) in row.iter().enumerate() {
                let (open, close) = if i == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
                let _ = write!(out, "<{open}{}>{}</{close}>", cell.class(), cell.html());
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n</div>\n");
        out
    }
}
