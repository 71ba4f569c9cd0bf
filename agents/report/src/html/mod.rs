//! A report as one page that needs nothing else: no script, no image, no font, no request.
//!
//! * [`page`]: the whole document. [`sections`]: its parts, for a page that has a frame of its own; later parts join as [`Section`]s.
//! * `table`: real tables with headers and captions. `run`: the parts of one run. `versus`: runs beside each other.
//!
//! Every text from outside is escaped where it is written. The document is well-formed XML too, so that a test can parse it.

mod run;
pub(crate) mod table;
mod versus;

pub use run::{TRADES_MOST, sections};
pub use versus::{compare_page, compare_section};

use crate::draw::svg::escape;
use crate::words::{badge, one_line};
use betty_trading::backtest::RunReport;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The style sheet of reports, for a page that frames [`sections`] itself. It styles charts by their classes in both themes.
pub const STYLE: &str = include_str!("style.css");

/// A part of a page. The title is text; the body is HTML made by this crate or with equal care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its anchor, `a-z`, digits and `-`.
    pub id: String,
    /// Its heading, any text.
    pub title: String,
    /// Its body, well-formed HTML, trusted.
    pub html: String,
}

impl Section {
    fn new(id: &str, title: &str, html: String) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), html }
    }
}

/// The content security policy a report keeps to: nothing but its own style sheet, named by its hash.
#[must_use]
pub fn content_security_policy() -> String {
    let hash = base64(&Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Base64 with padding, RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let block = chunk.iter().fold(0_u32, |b, x| b << 8 | u32::from(*x)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(block >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// The report of a run as one document. `more` follows the run's own parts: held-out results, a sweep.
#[must_use]
pub fn page(report: &RunReport, more: &[Section]) -> String {
    let mut parts = sections(report);
    parts.extend_from_slice(more);
    let heading = format!("Backtest of {}", report.strategy);
    document(&heading, &badge(&report.source), &run::opening(report), &parts, &run::closing(report))
}

/// A document: the mark, the heading, the opening, a list of the parts, the parts.
pub(crate) fn document(heading: &str, mark: &str, opening: &str, parts: &[Section], closing: &str) -> String {
    let (heading, mark) = (escape(&one_line(heading)), escape(mark));
    let mut out = String::with_capacity(64 * 1024);
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
    let policy = escape(&content_security_policy());
    let _ = writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\"/>");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    out.push_str("<meta name=\"referrer\" content=\"no-referrer\"/>\n");
    let _ = writeln!(out, "<title>{heading} · {mark}</title>\n<style>{STYLE}</style>\n</head>\n<body>");
    out.push_str("<a class=\"skip\" href=\"#report\">Skip to the report</a>\n");
    let _ = writeln!(out, "<header><div class=\"bar\">{mark} · no real order was placed</div></header>");
    let _ = writeln!(out, "<main id=\"report\">\n<h1>{heading}</h1>\n{opening}");
    out.push_str("<nav aria-label=\"Parts of this report\"><ul>\n");
    for part in parts {
        let _ = writeln!(out, "<li><a href=\"#{}\">{}</a></li>", escape(&part.id), escape(&part.title));
    }
    out.push_str("</ul></nav>\n");
    for part in parts {
        let (id, title) = (escape(&part.id), escape(&part.title));
        let _ =
            writeln!(out, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n{}</section>", part.html);
    }
    let _ = writeln!(out, "<footer>{closing}</footer>\n</main>\n</body>\n</html>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::scene::{TONES, Theme};

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (text, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text.as_bytes()), coded);
        }
    }

    #[test]
    fn the_sheet_has_the_colours_of_the_pictures() {
        let (light, dark) = STYLE.split_once("prefers-color-scheme:dark").unwrap();
        for tone in TONES {
            for (part, theme) in [(light, Theme::Light), (dark, Theme::Dark)] {
                let hex = tone.hex(theme).replace("#ffffff", "#fff");
                assert!(part.contains(&format!("--{}:{hex}", tone.name())), "{tone:?} {theme:?}");
            }
            assert!(STYLE.contains(&format!(".f-{0}{{fill:var(--{0})}}", tone.name())));
            assert!(STYLE.contains(&format!(".s-{0}{{stroke:var(--{0})}}", tone.name())));
        }
        // The sheet stands inside an element unescaped.
        assert!(!STYLE.contains(['<', '&', '>']));
    }
}
