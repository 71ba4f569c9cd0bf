//! A [`Card`] as plain text for a terminal or a pipe.

use super::width::{columns, wrap};
use crate::card::{Card, Table, Tone};
use crate::clean::{clean, clean_line};

/// Narrowest terminal laid out for, in columns. Below it lines are as long as this.
pub const COLUMNS_MIN: usize = 20;
/// Widest a line of prose gets, in columns: longer lines are hard to read.
pub const PROSE_COLUMNS_MAX: usize = 100;
/// Narrowest a text column of a table is squeezed to, in columns, before the table becomes one block per row.
const CELL_COLUMNS_MIN: usize = 10;
/// Narrowest the last text column of a table is squeezed to beside the others, in columns; below, it gets lines of its own under its row.
const LAST_COLUMNS_MIN: usize = 30;
/// Widest a column is aligned to in a pipe, where there is no terminal to fit, in columns. Longer cells stand out.
const PIPE_CELL_COLUMNS_MAX: usize = 200;
/// Columns between two columns of a table.
const GAP: usize = 2;

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal; `None` for a pipe, where lines are not broken.
    pub columns: Option<usize>,
    /// Whether to colour. Every coloured thing also carries a sign or a word.
    pub colour: bool,
}

impl Style {
    /// A pipe: no colour, no line breaking.
    pub const PIPE: Self = Self { columns: None, colour: false };

    /// Chooses from what the program found: whether it writes to a terminal, how wide that is, and `NO_COLOR` (set and
    /// not empty means no colour, as no-color.org has it).
    #[must_use]
    pub fn new(is_terminal: bool, terminal_columns: Option<usize>, no_color: Option<&str>) -> Self {
        if !is_terminal {
            return Self::PIPE;
        }
        Self {
            columns: Some(terminal_columns.unwrap_or(80).max(COLUMNS_MIN)),
            colour: no_color.is_none_or(str::is_empty),
        }
    }
}

#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Dim,
    Gain,
    Loss,
    Refused,
}

impl Ink {
    // Blue for gains and orange (yellow where there are eight colours) for losses: told apart by nearly everyone.
    const fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Gain => "1;34",
            Self::Loss => "1;33",
            Self::Refused => "1;35",
        }
    }
}

fn paint(text: &str, ink: Ink, style: Style) -> String {
    if style.colour && !text.trim().is_empty() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code())
    } else {
        text.to_owned()
    }
}

/// Prints a card. Everything in it is cleaned: no text can send the terminal an escape. Ends with a line feed.
#[must_use]
pub fn render(card: &Card, style: Style) -> String {
    let mut out = Vec::new();
    let (sign, ink) = match card.tone {
        Tone::Plain => ("", Ink::Bold),
        Tone::Good => ("+ good: ", Ink::Gain),
        Tone::Bad => ("! look: ", Ink::Loss),
        Tone::Refused => ("x refused: ", Ink::Refused),
    };
    let title = clean_line(&card.title);
    // The sign says it already.
    let title =
        if ink_says(card.tone, &title) { sign.trim_end_matches(": ").to_owned() } else { format!("{sign}{title}") };
    out.extend(prose(&title, "", style).iter().map(|line| paint(line, ink, style)));
    for paragraph in &card.text {
        out.extend(prose(&clean(paragraph), "", style));
    }
    fields(card, style, &mut out);
    if let Some(table) = &card.table {
        lay_out(table, style, &mut out);
    }
    for paragraph in &card.after {
        out.extend(prose(&clean(paragraph), "", style));
    }
    if let Some(section) = &card.below {
        out.extend(prose(&clean_line(&section.title), "", style).iter().map(|line| paint(line, Ink::Bold, style)));
        lay_out(&section.table, style, &mut out);
        for paragraph in &section.after {
            out.extend(prose(&clean(paragraph), "", style));
        }
    }
    if !card.hints.is_empty() {
        let hints: Vec<String> = card.hints.iter().map(|h| clean_line(h)).collect();
        out.extend(prose(&format!("Try: {}", hints.join(" · ")), "", style));
    }
    if !card.footer.trim().is_empty() {
        out.extend(prose(&clean_line(&card.footer), "", style).iter().map(|line| paint(line, Ink::Dim, style)));
    }
    let mut text = out.join("\n");
    text.push('\n');
    text
}

/// Whether the word of a tone is the whole title.
fn ink_says(tone: Tone, title: &str) -> bool {
    tone == Tone::Refused && title.eq_ignore_ascii_case("refused")
}

fn prose(text: &str, indent: &str, style: Style) -> Vec<String> {
    let lines: Vec<String> = match style.columns {
        Some(c) => wrap(text, c.clamp(COLUMNS_MIN, PROSE_COLUMNS_MAX).saturating_sub(indent.len())),
        None => text.split('\n').map(|l| l.trim_end().to_owned()).collect(),
    };
    lines.into_iter().map(|line| if line.is_empty() { line } else { format!("{indent}{line}") }).collect()
}

/// Name and value pairs, the values in one column where the names leave room for it.
fn fields(card: &Card, style: Style, out: &mut Vec<String>) {
    /// Longest name that others are aligned to, in columns.
    const NAME_COLUMNS_MAX: usize = 24;
    let pairs: Vec<(String, String)> = card.fields.iter().map(|(n, v)| (clean_line(n), clean(v))).collect();
    let short = |(n, v): &(String, String)| columns(n) <= NAME_COLUMNS_MAX && !v.contains('\n');
    let name_width = pairs.iter().filter(|p| short(p)).map(|(n, _)| columns(n)).max().unwrap_or(0);
    let room = style.columns.map_or(usize::MAX, |c| c.clamp(COLUMNS_MIN, PROSE_COLUMNS_MAX));
    let side_by_side = name_width + GAP + 2 * CELL_COLUMNS_MIN <= room;
    for pair in &pairs {
        let (name, value) = pair;
        if side_by_side && short(pair) {
            let left = name_width + GAP;
            let lines =
                if style.columns.is_some() { wrap(value, room - left) } else { vec![value.trim_end().to_owned()] };
            for (i, line) in lines.iter().enumerate() {
                let head = if i == 0 { pad(name, left, false) } else { " ".repeat(left) };
                let text = format!("{}{}", paint(&head, Ink::Dim, style), signed(line, style));
                out.push(text.trim_end().to_owned());
            }
        } else {
            out.extend(prose(name, "", style).iter().map(|l| paint(l, Ink::Bold, style)));
            out.extend(prose(value, "  ", style));
        }
    }
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(columns(text)));
    if right { format!("{fill}{text}") } else { format!("{text}{fill}") }
}

/// Colours a value that carries its sign.
fn signed(text: &str, style: Style) -> String {
    let body = text.trim_start();
    let mut chars = body.chars();
    let ink = match chars.next() {
        Some('+') => Ink::Gain,
        Some('-' | '−') => Ink::Loss,
        _ => return text.to_owned(),
    };
    let amount = chars.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '$' | '.'));
    if amount { paint(text, ink, style) } else { text.to_owned() }
}

fn lay_out(table: &Table, style: Style, out: &mut Vec<String>) {
    let count = table.rows.iter().map(Vec::len).chain([table.header.len()]).max().unwrap_or(0);
    if count == 0 {
        return;
    }
    let cells = |row: &Vec<String>| -> Vec<String> {
        (0..count).map(|i| row.get(i).map(|c| clean_line(c)).unwrap_or_default()).collect()
    };
    let header = cells(&table.header);
    let rows: Vec<Vec<String>> = table.rows.iter().map(cells).collect();
    let is_right = |i: usize| table.right.contains(&i);
    let room = style.columns.map(|c| c.max(COLUMNS_MIN));
    let mut widths: Vec<usize> = (0..count)
        .map(|i| rows.iter().map(|r| columns(&r[i])).chain([columns(&header[i])]).max().unwrap_or(0))
        .map(|w| if room.is_none() { w.min(PIPE_CELL_COLUMNS_MAX) } else { w })
        .collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * (count - 1);
    if let Some(room) = room {
        if let Some(last) = hanging(&widths, room).filter(|i| !is_right(*i)) {
            if header.iter().any(|h| !h.is_empty()) {
                out.extend(table_row(&header[..last], &widths[..last], &is_right, style, true));
            }
            let indent = " ".repeat((widths[0] + GAP).min(room / 3));
            for row in &rows {
                out.extend(table_row(&row[..last], &widths[..last], &is_right, style, false));
                out.extend(prose(&row[last], &indent, style));
            }
            return;
        }
        // Numbers keep their width; the widest text column gives first.
        while total(&widths) > room {
            let widest =
                (0..count).filter(|i| !is_right(*i) && widths[*i] > CELL_COLUMNS_MIN).max_by_key(|i| widths[*i]);
            let Some(i) = widest else { return blocks(&header, &rows, style, out) };
            widths[i] -= 1;
        }
    }
    if header.iter().any(|h| !h.is_empty()) {
        for line in table_row(&header, &widths, &is_right, style, true) {
            out.push(line);
        }
    }
    for row in &rows {
        out.extend(table_row(row, &widths, &is_right, style, false));
    }
}

/// The last column, when all the others fit as they are and it would be squeezed to a few words a line beside them.
fn hanging(widths: &[usize], room: usize) -> Option<usize> {
    let (last, others) = widths.split_last()?;
    let left = room.checked_sub(others.iter().sum::<usize>() + GAP * others.len().saturating_sub(1))?;
    (!others.is_empty() && *last > LAST_COLUMNS_MIN && left < LAST_COLUMNS_MIN + GAP).then_some(others.len())
}

fn table_row(
    row: &[String],
    widths: &[usize],
    is_right: &dyn Fn(usize) -> bool,
    style: Style,
    header: bool,
) -> Vec<String> {
    let fits = |cell: &str, width: usize| style.columns.is_none() || columns(cell) <= width;
    let wrapped: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .map(|(cell, w)| if fits(cell, *w) { vec![cell.clone()] } else { wrap(cell, *w) })
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
    (0..height)
        .map(|line| {
            let mut text = String::new();
            for (i, (cell, width)) in wrapped.iter().zip(widths).enumerate() {
                if i > 0 {
                    text.push_str(&" ".repeat(GAP));
                }
                let part = cell.get(line).map_or("", String::as_str);
                // The last column of a left-aligned table needs no fill.
                let last = i + 1 == widths.len() && !is_right(i);
                let part = if last { part.to_owned() } else { pad(part, *width, is_right(i)) };
                text.push_str(&if header { paint(&part, Ink::Dim, style) } else { signed(&part, style) });
            }
            text.trim_end().to_owned()
        })
        .collect()
}

/// A table too wide for the terminal: one block per row, `title: value · title: value`, each pair whole where it fits on a line.
fn blocks(header: &[String], rows: &[Vec<String>], style: Style, out: &mut Vec<String>) {
    for (n, row) in rows.iter().enumerate() {
        if n > 0 {
            out.push(String::new());
        }
        let mut started = false;
        for (title, cell) in header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let pair = if title.is_empty() { cell.clone() } else { format!("{title}: {cell}") };
            let width = style.columns.map_or(usize::MAX, |c| c.clamp(COLUMNS_MIN, PROSE_COLUMNS_MAX));
            match out.last_mut() {
                Some(line) if started && columns(line) + columns(&pair) + 3 <= width => {
                    line.push_str(" · ");
                    line.push_str(&pair);
                }
                _ => out.extend(prose(&pair, "", style)),
            }
            started = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn terminal(columns: usize) -> Style {
        Style { columns: Some(columns), colour: false }
    }

    fn card() -> Card {
        Card {
            table: Some(Table {
                header: vec!["id".into(), "hedge".into(), "net".into()],
                rows: vec![
                    vec!["1".into(), "NO by March + YES by June".into(), "+1.1%".into()],
                    vec!["12".into(), "日本 + YES".into(), "-0.3%".into()],
                ],
                right: vec![0, 2],
            }),
            after: vec!["two hedges".into()],
            ..Card::new("Scan")
                .text("1,240 markets")
                .field("source", "SIMULATED")
                .field("at", "12:00")
                .hint("why 1")
                .hint("paper 1")
                .footer("PAPER")
        }
    }

    #[test]
    fn a_pipe_gets_plain_aligned_lines() {
        let want = "\
Scan
1,240 markets
source  SIMULATED
at      12:00
id  hedge                        net
 1  NO by March + YES by June  +1.1%
12  日本 + YES                 -0.3%
two hedges
Try: why 1 · paper 1
PAPER
";
        assert_eq!(render(&card(), Style::PIPE), want);
        assert_eq!(render(&card(), terminal(80)), want);
    }

    #[test]
    fn a_narrow_terminal_wraps_cells_and_a_very_narrow_one_stacks_them() {
        let text = render(&card(), terminal(30));
        assert!(text.contains(" 1  NO by March + YES    +1.1%\n    by June\n"), "{text}");
        let text = render(&card(), terminal(20));
        assert!(text.contains("id: 1\nhedge: NO by March +\nYES by June\nnet: +1.1%\n\nid: 12\n"), "{text}");
    }

    #[test]
    fn a_long_last_column_that_would_be_squeezed_gets_lines_of_its_own() {
        let legs = "NO “Will the river freeze by March 3?” + YES “… by June 30”";
        let table = Table {
            header: ["id", "net edge", "legs"].map(str::to_owned).to_vec(),
            rows: vec![vec!["1".into(), "+1.1%".into(), legs.into()], vec!["12".into(), "-0.3%".into(), legs.into()]],
            right: vec![0, 1],
        };
        let card = Card { table: Some(table), ..Card::new("Scan") };
        // Beside the others it would have 26 columns.
        let want = "\
Scan
id  net edge
 1     +1.1%
    NO “Will the river freeze by March
    3?” + YES “… by June 30”
12     -0.3%
    NO “Will the river freeze by March
    3?” + YES “… by June 30”
";
        assert_eq!(render(&card, terminal(40)), want);
        // With room for it, it stays beside them.
        assert!(render(&card, terminal(60)).contains(" 1     +1.1%  NO “Will the river freeze by March 3?”"));
    }

    #[test]
    fn blocks_fill_their_lines_with_whole_pairs() {
        let names = ["position", "net edge", "all-in per pair", "worst case", "worst with voids"];
        let table = Table {
            header: names.map(str::to_owned).to_vec(),
            rows: vec![vec!["1".into(), "+0.40%".into(), "0.9960".into(), "+$0.40".into(), "-$49.60".into()]],
            right: vec![0, 1, 2, 3, 4],
        };
        let card = Card { table: Some(table), ..Card::new("Scan") };
        let want = "\
Scan
position: 1 · net edge: +0.40%
all-in per pair: 0.9960
worst case: +$0.40
worst with voids: -$49.60
";
        assert_eq!(render(&card, terminal(40)), want);
    }

    #[test]
    fn the_tone_is_a_word_with_and_without_colour() {
        for (tone, word) in [(Tone::Good, "+ good: "), (Tone::Bad, "! look: "), (Tone::Refused, "x refused: ")] {
            let card = Card::new("T").tone(tone);
            assert_eq!(render(&card, Style::PIPE), format!("{word}T\n"));
            let coloured = render(&card, Style { columns: Some(80), colour: true });
            assert!(coloured.contains(word) && coloured.contains("\u{1b}["), "{coloured:?}");
        }
    }

    #[test]
    fn colour_only_on_a_terminal_that_wants_it() {
        assert!(Style::new(true, Some(100), None).colour);
        assert!(Style::new(true, Some(100), Some("")).colour);
        assert!(!Style::new(true, Some(100), Some("1")).colour);
        assert_eq!(Style::new(false, Some(100), None), Style::PIPE);
        assert_eq!(Style::new(true, Some(3), None).columns, Some(COLUMNS_MIN));
        assert!(!render(&card(), Style::PIPE).contains('\u{1b}'));
    }

    /// Takes this renderer's own escapes away.
    fn without_colour(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("\u{1b}[") {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            rest = &rest[rest.find('m').expect("an escape ends") + 1..];
        }
        out + rest
    }

    #[test]
    fn colour_does_not_move_columns() {
        let coloured = render(&card(), Style { columns: Some(80), colour: true });
        let plain: Vec<String> = without_colour(&coloured).lines().map(|l| l.trim_end().to_owned()).collect();
        assert_eq!(plain.join("\n") + "\n", render(&card(), terminal(80)));
    }

    fn any_card() -> impl Strategy<Value = Card> {
        let text = || any::<String>();
        let list = || proptest::collection::vec(any::<String>(), 0..4);
        let rows = proptest::collection::vec(list(), 0..4);
        let fields = proptest::collection::vec((text(), text()), 0..4);
        (text(), list(), fields, list(), rows, list(), text()).prop_map(
            |(title, text, fields, header, rows, hints, footer)| Card {
                title,
                text,
                fields,
                table: Some(Table { header, rows, right: vec![0, 9] }),
                hints,
                footer,
                ..Card::default()
            },
        )
    }

    proptest! {
        /// Whatever a card holds, with uneven rows too: no escape but our own, no line wider than the terminal.
        #[test]
        fn nothing_escapes_and_nothing_is_too_wide(card in any_card(), width in COLUMNS_MIN..140, colour in any::<bool>()) {
            let text = render(&card, Style { columns: Some(width), colour });
            let plain = without_colour(&text);
            for line in plain.lines() {
                prop_assert!(columns(line) <= width, "{line:?}");
            }
            prop_assert!(!plain.chars().any(crate::clean::is_hidden));
            let piped = render(&card, Style::PIPE);
            prop_assert!(!piped.chars().any(crate::clean::is_hidden));
        }
    }
}
