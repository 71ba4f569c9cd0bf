//! How numbers and words are written for people: money with sign and two decimals, probabilities with their count and interval,
//! and a dash with its reason, never a zero, for what is not known.

use betty_market::{SourceLabel, Timestamp, Usdc};
use betty_trading::backtest::report::Figure;
use betty_trading::dollars;

/// What is written for an unknown number.
pub const UNKNOWN: &str = "—";

/// Below this many trades a cell of a table or map is marked as thin.
pub const THIN: u64 = 20;

/// A change of money: `+$1,234.50`, `-$0.02`, and `$0.00` for what rounds to nothing.
#[must_use]
pub fn money(amount: Usdc) -> String {
    let text = dollars(amount);
    if text.starts_with('-') || text == "$0.00" { text } else { format!("+{text}") }
}

/// [`money`], or a dash.
#[must_use]
pub fn money_or_dash(amount: Option<Usdc>) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), money)
}

/// A count with thousands: `12,400`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 trade`, `12 trades`.
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A fixed number of decimals, without the sign of a zero.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    if zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// A fraction as a signed percentage with two decimals: `+1.25%`.
#[must_use]
pub fn signed_percent(fraction: f64) -> String {
    let text = fixed(fraction * 100.0, 2);
    let plus = if text.starts_with('-') || text == "0.00" { "" } else { "+" };
    format!("{plus}{text}%")
}

/// Millionths as a signed percentage with two decimals.
#[must_use]
pub fn signed_ppm(ppm: i64) -> String {
    #[allow(clippy::cast_precision_loss)]
    signed_percent(ppm as f64 / 1e6)
}

/// A fraction as a percentage with one decimal: `62.5%`.
#[must_use]
pub fn percent(fraction: f64) -> String {
    format!("{}%", fixed(fraction * 100.0, 1))
}

/// A span of milliseconds: `6.5 d`, `3.2 h`, `12 min`, `4.5 s`, `250 ms`.
#[must_use]
pub fn span(ms: i64) -> String {
    #[allow(clippy::cast_precision_loss)]
    let of = |unit: f64, name: &str| format!("{} {name}", fixed(ms as f64 / unit, 1));
    match ms.unsigned_abs() {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => of(1_000.0, "s"),
        60_000..3_600_000 => of(60_000.0, "min"),
        3_600_000..172_800_000 => of(3_600_000.0, "h"),
        _ => of(86_400_000.0, "d"),
    }
}

/// The day in UTC, `2026-02-07`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('T').map_or(text.clone(), |(date, _)| date.to_owned())
}

/// Day and minute in UTC, `2026-02-07 20:57`.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('T') {
        Some((date, time)) => format!("{date} {}", time.get(..5).unwrap_or(time)),
        None => text,
    }
}

/// The mark on everything: paper, and what kind of data.
#[must_use]
pub fn badge(source: &SourceLabel) -> String {
    match source {
        SourceLabel::Recorded { as_of, name } => format!("PAPER · RECORDED {} as of {}", one_line(name), day(*as_of)),
        _ => format!("PAPER · {}", one_line(&source.to_string())),
    }
}

/// The same in two words, for the background of a picture.
#[must_use]
pub fn watermark(source: &SourceLabel) -> &'static str {
    match source {
        SourceLabel::Simulated { .. } => "PAPER · SIMULATED",
        SourceLabel::Recorded { .. } => "PAPER · RECORDED",
        SourceLabel::Live => "PAPER · LIVE DATA",
    }
}

/// Whether a character can change how the text around it reads: controls, bidirectional and other invisible marks.
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Any text on one line: every run of white space is one space, deceptive characters are gone.
#[must_use]
pub fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let kept: String = spaced.chars().filter(|c| !is_deceptive(*c)).collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most `most` characters, the last one an ellipsis where something is cut.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(most.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// How the value of a [`Figure`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A share or probability: `62.5%`.
    Rate,
    /// A gain or loss: `+1.25%`.
    Return,
    /// A plain ratio: `1.42`.
    Ratio,
}

impl Form {
    /// The value; a dash where it is no number.
    #[must_use]
    pub fn write(self, value: f64) -> String {
        if !value.is_finite() {
            return UNKNOWN.to_owned();
        }
        match self {
            Self::Rate => percent(value),
            Self::Return => signed_percent(value),
            Self::Ratio => fixed(value, 2),
        }
    }
}

/// Why the figure has no value; `None` when it has one.
#[must_use]
pub fn why_undefined(figure: &Figure) -> Option<String> {
    match figure.value {
        Some(value) if value.is_finite() => None,
        Some(_) => Some("not a finite number".to_owned()),
        None => Some(figure.undefined.as_deref().map_or_else(|| "no reason given".to_owned(), one_line)),
    }
}

/// The value alone, or a dash.
#[must_use]
pub fn value(figure: &Figure, form: Form) -> String {
    figure.value.map_or_else(|| UNKNOWN.to_owned(), |v| form.write(v))
}

/// The 90% interval, `48.1% to 75.0%`, or a dash.
#[must_use]
pub fn interval(figure: &Figure, form: Form) -> String {
    match figure.interval {
        Some((low, high)) if low.is_finite() && high.is_finite() => {
            format!("{} to {}", form.write(low), form.write(high))
        }
        _ => UNKNOWN.to_owned(),
    }
}

/// Everything about a figure in one go: `62.5% [48.1% to 75.0%], n = 40`, or `— (no losses yet), n = 3`.
#[must_use]
pub fn figure(figure: &Figure, form: Form) -> String {
    let n = count(figure.n);
    match why_undefined(figure) {
        Some(why) => format!("{UNKNOWN} ({why}), n = {n}"),
        None => {
            let range = interval(figure, form);
            let range = if range == UNKNOWN { String::new() } else { format!(" [{range}]") };
            format!("{}{range}, n = {n}", value(figure, form))
        }
    }
}

/// Words into lines of at most `width` characters. A longer word has a line of its own and is cut into pieces.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + rest.len() > width {
            lines.push(String::new());
            used = 0;
        }
        while !rest.is_empty() {
            if used == width {
                lines.push(String::new());
                used = 0;
            }
            let line = lines.last_mut().expect("there is always a line");
            if used > 0 && rest.len() == word.chars().count() {
                line.push(' ');
                used += 1;
            }
            let taken: Vec<char> = rest.drain(..rest.len().min(width - used)).collect();
            used += taken.len();
            line.extend(taken);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fig(value: Option<f64>, interval: Option<(f64, f64)>, n: u64, undefined: Option<&str>) -> Figure {
        Figure { value, interval, n, undefined: undefined.map(str::to_owned) }
    }

    #[test]
    fn money_has_a_sign_and_cents() {
        for (micros, text) in [
            (1_300_000, "+$1.30"),
            (-20_000, "-$0.02"),
            (0, "$0.00"),
            (4_999, "$0.00"),
            (-4_999, "$0.00"),
            (1_234_567_890_000, "+$1,234,567.89"),
        ] {
            assert_eq!(money(Usdc::from_micros(micros)), text);
        }
        assert_eq!(money_or_dash(None), "—");
    }

    #[test]
    fn unknown_is_a_dash_with_its_reason_and_never_a_zero() {
        let f = fig(None, None, 3, Some("no losses\nyet"));
        assert_eq!(figure(&f, Form::Ratio), "— (no losses yet), n = 3");
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let text = figure(&fig(Some(bad), None, 1, None), Form::Rate);
            assert_eq!(text, "— (not a finite number), n = 1");
        }
        let f = fig(Some(0.625), Some((0.481, 0.75)), 1_040, None);
        assert_eq!(figure(&f, Form::Rate), "62.5% [48.1% to 75.0%], n = 1,040");
        assert_eq!(figure(&fig(Some(0.0125), None, 9, None), Form::Return), "+1.25%, n = 9");
    }

    #[test]
    fn rounding_to_nothing_loses_the_sign() {
        assert_eq!(signed_percent(-0.000_001), "0.00%");
        assert_eq!(signed_percent(0.000_001), "0.00%");
        assert_eq!(signed_percent(-0.0125), "-1.25%");
        assert_eq!(percent(-0.0), "0.0%");
    }

    #[test]
    fn spans_and_instants() {
        for (ms, text) in [(250, "250 ms"), (4_500, "4.5 s"), (720_000, "12.0 min"), (11_520_000, "3.2 h")] {
            assert_eq!(span(ms), text);
        }
        assert_eq!(span(561_600_000), "6.5 d");
        let at = Timestamp::parse("2026-02-07T20:57:04Z").unwrap();
        assert_eq!((day(at).as_str(), minute(at).as_str()), ("2026-02-07", "2026-02-07 20:57"));
        let out_of_calendar = Timestamp::from_millis(i64::MAX);
        assert_eq!(day(out_of_calendar), out_of_calendar.to_string());
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_word_and_no_line_is_wider(text in "[a-z ]{0,200}", width in 1_usize..40) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|l| l.chars().count() <= width));
            let glued = |t: &str| t.split_whitespace().collect::<String>();
            prop_assert_eq!(glued(&lines.concat()), glued(&text));
        }

        #[test]
        fn one_line_is_one_line(text in any::<String>()) {
            prop_assert!(one_line(&text).chars().all(|c| !c.is_control() && !is_deceptive(c)));
        }
    }
}
