//! How many terminal columns text takes.

use crate::clean::{is_hidden, is_mark};

/// Columns of one character: 0 for marks and hidden characters, 2 for East Asian wide ones and emoji, else 1.
#[must_use]
pub const fn char_columns(c: char) -> usize {
    if is_mark(c) || is_hidden(c) || matches!(c, '\n' | '\t') {
        return 0;
    }
    if is_wide(c) { 2 } else { 1 }
}

/// Columns of a line of text without escapes.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

// Wide and Fullwidth of Unicode's EastAsianWidth.txt, blocks joined where the gaps are unassigned.
const fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115F}' | '\u{231A}'..='\u{231B}' | '\u{2329}'..='\u{232A}' | '\u{23E9}'..='\u{23EC}' | '\u{23F0}'
        | '\u{23F3}' | '\u{25FD}'..='\u{25FE}' | '\u{2614}'..='\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267F}' | '\u{2693}'
        | '\u{26A1}' | '\u{26AA}'..='\u{26AB}' | '\u{26BD}'..='\u{26BE}' | '\u{26C4}'..='\u{26C5}' | '\u{26CE}' | '\u{26D4}'
        | '\u{26EA}' | '\u{26F2}'..='\u{26F3}' | '\u{26F5}' | '\u{26FA}' | '\u{26FD}' | '\u{2705}' | '\u{270A}'..='\u{270B}'
        | '\u{2728}' | '\u{274C}' | '\u{274E}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}' | '\u{27B0}'
        | '\u{27BF}' | '\u{2B1B}'..='\u{2B1C}' | '\u{2B50}' | '\u{2B55}' | '\u{2E80}'..='\u{303E}' | '\u{3041}'..='\u{33FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{A4CF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE10}'..='\u{FE19}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF01}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}' | '\u{16FE0}'..='\u{18DFF}' | '\u{1B000}'..='\u{1B2FF}' | '\u{1F004}' | '\u{1F0CF}'
        | '\u{1F18E}' | '\u{1F191}'..='\u{1F19A}' | '\u{1F200}'..='\u{1F320}' | '\u{1F32D}'..='\u{1F335}'
        | '\u{1F337}'..='\u{1F37C}' | '\u{1F37E}'..='\u{1F393}' | '\u{1F3A0}'..='\u{1F3CA}' | '\u{1F3CF}'..='\u{1F3D3}'
        | '\u{1F3E0}'..='\u{1F3F0}' | '\u{1F3F4}' | '\u{1F3F8}'..='\u{1F43E}' | '\u{1F440}' | '\u{1F442}'..='\u{1F4FC}'
        | '\u{1F4FF}'..='\u{1F53D}' | '\u{1F54B}'..='\u{1F54E}' | '\u{1F550}'..='\u{1F567}' | '\u{1F57A}'
        | '\u{1F595}'..='\u{1F596}' | '\u{1F5A4}' | '\u{1F5FB}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6C5}' | '\u{1F6CC}'
        | '\u{1F6D0}'..='\u{1F6D2}' | '\u{1F6D5}'..='\u{1F6D7}' | '\u{1F6DC}'..='\u{1F6DF}' | '\u{1F6EB}'..='\u{1F6EC}'
        | '\u{1F6F4}'..='\u{1F6FC}' | '\u{1F7E0}'..='\u{1F7F0}' | '\u{1F90C}'..='\u{1F93A}' | '\u{1F93C}'..='\u{1F945}'
        | '\u{1F947}'..='\u{1F9FF}' | '\u{1FA70}'..='\u{1FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

/// Breaks text into lines of at most `width` columns, at spaces where it can, inside a word where it must. Line feeds
/// stay; a line's leading spaces are repeated on the lines made from it, as far as they leave room.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.split('\n') {
        wrap_line(line, width.max(2), &mut out);
    }
    out
}

fn wrap_line(line: &str, width: usize, out: &mut Vec<String>) {
    let trimmed = line.trim_end();
    if columns(trimmed) <= width {
        out.push(trimmed.to_owned());
        return;
    }
    let body = trimmed.trim_start();
    let indent = " ".repeat((trimmed.len() - body.len()).min(width / 3));
    let mut current = indent.clone();
    let mut used = indent.len();
    let mut empty = true;
    for word in body.split(' ').filter(|w| !w.is_empty()) {
        let wide = columns(word);
        if !empty && used + 1 + wide > width {
            out.push(std::mem::replace(&mut current, indent.clone()));
            used = indent.len();
            empty = true;
        }
        if !empty {
            current.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = char_columns(c);
            if used + wide > width && used > indent.len() {
                out.push(std::mem::replace(&mut current, indent.clone()));
                used = indent.len();
            }
            current.push(c);
            used += wide;
        }
        empty = false;
    }
    out.push(current);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::clean;
    use proptest::prelude::*;

    #[test]
    fn counts_columns() {
        assert_eq!(columns("abc"), 3);
        assert_eq!(columns("日本"), 4);
        assert_eq!(columns("e\u{301}"), 1);
        assert_eq!(columns("✅ 🚀"), 5);
        assert_eq!(columns("≥ 5¢"), 4);
    }

    #[test]
    fn wraps_at_spaces_and_inside_long_words() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("  an indented line", 12), ["  an", "  indented", "  line"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("日本語", 3), ["日", "本", "語"]);
        assert_eq!(wrap("a\n\nb", 10), ["a", "", "b"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in any::<String>(), width in 2_usize..60) {
            let text = clean(&text);
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{line:?}");
            }
            let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
        }
    }
}
