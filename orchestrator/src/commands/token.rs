//! A line into words: quotes, `key=value`, and the rest of the line where a command wants it.

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The key of `key=value`, lower case.
    pub key: Option<String>,
    /// The word, quotes and escapes taken away.
    pub text: String,
    /// Whether any of it was quoted: then it is text, never a number.
    pub quoted: bool,
    /// First byte in the line.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// A double quote that never ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a quote is opened and never closed")]
pub struct OpenQuote;

/// Splits a line at spaces. `"…"` and `“…”` keep spaces together; inside them `\"` and `\\` are a quote and a
/// backslash. A quote opens only at the beginning of a word or of a value, so an inch sign or an apostrophe stays
/// what it is. A word `name=…` has a key when the name is made of letters and `_`.
///
/// # Errors
/// [`OpenQuote`].
pub fn tokens(line: &str) -> Result<Vec<Token>, OpenQuote> {
    let mut out = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some(&(start, c)) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut token = Token { key: None, text: String::new(), quoted: false, start, end: line.len() };
        while let Some(&(at, c)) = chars.peek() {
            if c.is_whitespace() {
                token.end = at;
                break;
            }
            chars.next();
            if matches!(c, '"' | '“' | '”') && token.text.is_empty() && !token.quoted {
                token.quoted = true;
                quoted(&mut chars, &mut token.text)?;
            } else if c == '=' && token.key.is_none() && !token.quoted && is_key(&token.text) {
                token.key = Some(token.text.to_lowercase());
                token.text.clear();
            } else {
                token.text.push(c);
            }
        }
        out.push(token);
    }
    Ok(out)
}

fn quoted(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, text: &mut String) -> Result<(), OpenQuote> {
    while let Some((_, c)) = chars.next() {
        match c {
            '"' | '“' | '”' => return Ok(()),
            '\\' => match chars.peek() {
                Some(&(_, next @ ('"' | '“' | '”' | '\\'))) => {
                    chars.next();
                    text.push(next);
                }
                _ => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    Err(OpenQuote)
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
}

/// Writes a value so that [`tokens`] reads it back as one quoted word.
#[must_use]
pub fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '“' | '”' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(line: &str) -> Vec<(Option<String>, String)> {
        tokens(line).unwrap().into_iter().map(|t| (t.key, t.text)).collect()
    }
    fn word(text: &str) -> (Option<String>, String) {
        (None, text.into())
    }
    fn pair(key: &str, text: &str) -> (Option<String>, String) {
        (Some(key.into()), text.into())
    }

    #[test]
    fn quotes_keys_and_plain_words() {
        assert_eq!(texts(r#"a "b c"  d"#), [word("a"), word("b c"), word("d")]);
        assert_eq!(texts(r#"Limit=5 query="b = c""#), [pair("limit", "5"), pair("query", "b = c")]);
        assert_eq!(texts("don't 6\" pipe"), [word("don't"), word("6\""), word("pipe")]);
        assert_eq!(texts(r#""a\"b\\""#), [word(r#"a"b\"#)]);
        assert_eq!(texts("a=b=c 1=2 =x"), [pair("a", "b=c"), word("1=2"), word("=x")]);
        assert_eq!(texts("“b c”"), [word("b c")]);
        assert_eq!(texts(r#""" x"#), [word(""), word("x")]);
        assert_eq!(tokens(r#"a "b"#), Err(OpenQuote));
    }

    proptest! {
        #[test]
        fn any_value_survives_quoting(value in any::<String>()) {
            let read = tokens(&format!("k={} z", quote(&value))).unwrap();
            prop_assert_eq!(read.len(), 2);
            prop_assert_eq!(&read[0].text, &value);
            prop_assert!(read[0].quoted);
        }

        #[test]
        fn spans_are_slices(line in any::<String>()) {
            for token in tokens(&line).unwrap_or_default() {
                prop_assert!(line.get(token.start..token.end).is_some());
            }
        }
    }
}
