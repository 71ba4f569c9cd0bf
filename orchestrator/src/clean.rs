//! Text from outside (questions, names, chat, web pages), made safe to show: nothing in it can move the cursor,
//! change direction, hide or pile up.

/// Combining marks kept after one character. Real scripts need up to three; more is decoration that spills over lines.
pub const MARKS_PER_CHAR_MAX: usize = 4;

/// Whether a character is invisible or changes how its neighbours are shown: controls other than line feed and tab,
/// bidirectional and zero-width marks, tags, fillers and supplementary variation selectors.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        _ => {
            matches!(c, '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}')
                || matches!(c,
                    '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
                    | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                    | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0D}' | '\u{FEFF}'
                    | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
                    | '\u{E0000}'..='\u{E0FFF}')
        }
    }
}

/// Whether a character is drawn over the one before it.
#[must_use]
pub const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}'
        | '\u{05C4}'..='\u{05C5}' | '\u{05C7}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}'
        | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06E4}' | '\u{06E7}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}'
        | '\u{0900}'..='\u{0902}' | '\u{093A}' | '\u{093C}' | '\u{0941}'..='\u{0948}' | '\u{094D}'
        | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{302A}'..='\u{302D}' | '\u{3099}'..='\u{309A}'
        | '\u{FE0E}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}')
}

/// Cleans text and keeps its lines: hidden characters go, tabs and other spaces become a space, every line break
/// becomes a line feed, and marks beyond [`MARKS_PER_CHAR_MAX`] go.
///
/// Cleaning twice is cleaning once.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => '\n',
            '\n' => '\n',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if is_hidden(c) {
            continue;
        }
        if is_mark(c) {
            marks += 1;
            if marks > MARKS_PER_CHAR_MAX {
                continue;
            }
        } else {
            marks = 0;
        }
        out.push(c);
    }
    out
}

/// Cleans text onto one line: as [`clean`], with every run of spaces and line breaks one space, and none at the ends.
#[must_use]
pub fn clean_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cleans text onto one line and cuts it to `chars_max` characters, the last of them `…` when something was cut.
#[must_use]
pub fn clean_cut(text: &str, chars_max: usize) -> String {
    let line = clean_line(text);
    if line.chars().count() <= chars_max {
        return line;
    }
    let mut cut: String = line.chars().take(chars_max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_go_and_the_rest_stays() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}"), "a[31mb");
        assert_eq!(clean("safe\u{202e}txt.exe\u{2066}!"), "safetxt.exe!");
        assert_eq!(clean("pay\u{200b}pal\u{feff}"), "paypal");
        assert_eq!(clean("tag\u{e0041}\u{e0042}s"), "tags");
        assert_eq!(clean("one\r\ntwo\rthree\u{2028}four\tfive\u{a0}six"), "one\ntwo\nthree\nfour five six");
        assert_eq!(clean("Zürich ≥ 5 % 日本 ⚠️"), "Zürich ≥ 5 % 日本 ⚠️");
        assert_eq!(clean_line("  a \n\n b\t "), "a b");
    }

    #[test]
    fn piles_of_marks_are_cut() {
        let zalgo = format!("e{}x", "\u{301}".repeat(50));
        assert_eq!(clean(&zalgo), format!("e{}x", "\u{301}".repeat(MARKS_PER_CHAR_MAX)));
    }

    #[test]
    fn cuts_at_a_character() {
        assert_eq!(clean_cut("日本語", 2), "日…");
        assert_eq!(clean_cut("日本語", 3), "日本語");
        assert_eq!(clean_cut("abc", 0), "…");
    }

    proptest! {
        #[test]
        fn cleaning_is_safe_and_idempotent(text in any::<String>()) {
            let once = clean(&text);
            prop_assert!(!once.chars().any(|c| is_hidden(c) || (c.is_control() && c != '\n')));
            prop_assert_eq!(clean(&once), once.clone());
            let line = clean_line(&text);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(clean_line(&line), line);
        }
    }
}
