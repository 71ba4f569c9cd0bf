//! Splitting a text into tokens that remember where they stood. No allocation per token, no regular expressions.

/// A piece of text: a word, a number, a symbol that carries meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    /// As written.
    pub(crate) text: &'t str,
    /// First byte in the text.
    pub(crate) start: usize,
    /// Number of the sentence it stands in.
    pub(crate) sentence: u32,
    /// A dash stood between the previous token and this one: a range, a score, a minus.
    pub(crate) dash: bool,
    /// White space stood directly before.
    pub(crate) spaced: bool,
}

impl Token<'_> {
    /// One past the last byte.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Equal to an ASCII word, whatever the case.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// Symbols that mean something; everything else that is no letter or digit separates.
fn is_symbol(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '%' | '°' | '>' | '<' | '≥' | '≤' | '+' | '#' | '=' | '&')
}

/// Dashes in all the widths the venue writes.
pub(crate) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '−' | '‑')
}

/// Characters that join two letters or digits into one token: `U.S.`, `11:59`, `1,000`, `O'Neal`.
fn joins(c: char) -> bool {
    matches!(c, '.' | ',' | ':' | '\'' | '’' | '/')
}

/// Whether `c`, between `before` and `after`, belongs to the token.
fn is_inner(before: char, c: char, after: char) -> bool {
    if !joins(c) {
        return false;
    }
    match c {
        ',' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => before.is_alphanumeric() && after.is_alphanumeric(),
    }
}

/// Abbreviations whose full stop ends no sentence. Taking one for an end would cut a clause off its answer.
const ABBREVIATIONS: [&str; 20] = [
    "inc", "jr", "sr", "vs", "dr", "st", "mr", "mrs", "ms", "co", "corp", "ltd", "gen", "sen", "rep", "gov", "approx",
    "est", "etc", "fig",
];

fn is_abbreviation(word: &str) -> bool {
    // "U.S.", "J.", "e.g.": the last part is a single letter.
    let last = word.rsplit('.').next().unwrap_or(word);
    let letter = last.chars().count() == 1 && last.chars().all(char::is_alphabetic);
    letter || ABBREVIATIONS.iter().any(|a| word.eq_ignore_ascii_case(a))
}

/// Splits a text into tokens.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(text.len() / 5 + 4);
    let mut sentence = 0;
    let (mut dash, mut spaced) = (false, false);
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_alphanumeric() {
            let mut end = start + c.len_utf8();
            let mut last = c;
            while let Some(&(i, c)) = chars.peek() {
                if c.is_alphanumeric() {
                    end = i + c.len_utf8();
                } else {
                    let after = text[i + c.len_utf8()..].chars().next().unwrap_or(' ');
                    if !is_inner(last, c, after) {
                        break;
                    }
                    end = i + c.len_utf8();
                }
                last = c;
                chars.next();
            }
            out.push(Token { text: &text[start..end], start, sentence, dash, spaced });
            (dash, spaced) = (false, false);
        } else if is_symbol(c) {
            out.push(Token { text: &text[start..start + c.len_utf8()], start, sentence, dash, spaced });
            (dash, spaced) = (false, false);
        } else if is_dash(c) {
            dash = true;
            // Whether white space stood before the dash is what tells a minus from a range.
        } else if c.is_whitespace() {
            spaced |= !dash;
            if c == '\n' {
                sentence += 1;
            }
        } else if matches!(c, '.' | '!' | '?' | ';') {
            let after = text[start + c.len_utf8()..].chars().find(|c| !matches!(c, '"' | '”' | '’' | ')' | '\''));
            let abbreviated = c == '.' && out.last().is_some_and(|t| t.end() == start && is_abbreviation(t.text));
            if after.is_none_or(char::is_whitespace) && !abbreviated {
                sentence += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|t| t.text).collect()
    }

    #[test]
    fn keeps_what_belongs_together() {
        assert_eq!(words("Will U.S. forces pay $1,000,000.50?"), ["Will", "U.S", "forces", "pay", "$", "1,000,000.50"]);
        assert_eq!(words("by 11:59 PM ET, March 31"), ["by", "11:59", "PM", "ET", "March", "31"]);
        assert_eq!(words("hit (HIGH) >$6B, 46-47°F"), ["hit", "HIGH", ">", "$", "6B", "46", "47", "°", "F"]);
        assert_eq!(words("“Yes” ≥5%"), ["Yes", "≥", "5", "%"]);
    }

    #[test]
    fn marks_dashes_and_sentences() {
        let t = tokens("2025–26 season. Second one");
        assert!(t[1].dash && !t[0].dash);
        assert_eq!(t.iter().map(|t| t.sentence).collect::<Vec<_>>(), [0, 0, 0, 1, 1]);
        assert_eq!(tokens("If the U.S. rate of Acme Inc. rises").last().unwrap().sentence, 0);
        assert_eq!(tokens("resolves to \"No.\" Next").last().unwrap().sentence, 1);
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_match(text in "\\PC{0,200}") {
            for t in tokens(&text) {
                prop_assert_eq!(&text[t.start..t.end()], t.text);
            }
        }
    }
}
