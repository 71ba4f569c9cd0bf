//! Makes text safe and short enough to be posted: nobody is pinged, no link hides its target, no character is invisible,
//! no code block swallows what follows.

use betty_bus::redact::redact;

/// The mark of a code block.
const FENCE: &str = "```";

/// The length Discord's limits are measured in here: UTF-16 units, never less than characters.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Characters that show nothing, reorder what is shown, or hide text: format controls, bidirectional marks, fillers, tags.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && c != '\n' && c != '\t')
}

/// Text as it may be posted: secrets, hidden characters, mentions and masked links are gone. Line breaks stay.
pub(super) fn clean(text: &str) -> String {
    let visible: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !is_hidden(*c))
        .map(|c| if c == '\t' || (c.is_whitespace() && c != '\n') { ' ' } else { c })
        .collect();
    let mut out = redact(&visible);
    // `<@1>`, `<@&1>`, `<#1>` and `](` lose their meaning with a space in them.
    for (live, dead) in [("<@", "< @"), ("<#", "< #"), ("](", "] (")] {
        out = out.replace(live, dead);
    }
    for word in ["everyone", "here"] {
        out = without_broadcast(&out, word);
    }
    balanced(out.trim().to_owned())
}

/// `@word` becomes `@ word`, whatever its case.
fn without_broadcast(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)) {
            out.push(' ');
        }
    }
    out.push_str(rest);
    out
}

/// Closes a code block that is left open.
fn balanced(mut text: String) -> String {
    if !text.matches(FENCE).count().is_multiple_of(2) {
        text.push('\n');
        text.push_str(FENCE);
    }
    text
}

/// One line, without code blocks.
pub(super) fn clean_line(text: &str) -> String {
    let flat = text.replace(FENCE, "'''").split_whitespace().collect::<Vec<_>>().join(" ");
    clean(&flat)
}

/// One line to stand inside a code block: no backtick can end the block.
pub(super) fn cell(text: &str) -> String {
    clean_line(text).replace('`', "'")
}

/// At most `max` units, with an ellipsis where something was cut.
pub(super) fn cut(text: &str, max: usize) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1; // the ellipsis
    for c in text.chars() {
        used += c.len_utf16();
        if used > max {
            break;
        }
        out.push(c);
    }
    while out.ends_with(char::is_whitespace) {
        out.pop();
    }
    out.push('…');
    out
}

/// Pieces of at most `max` units, broken at paragraphs, else lines, else words; code blocks are closed and opened again.
///
/// # Panics
/// Below 32 units, where a piece could not hold a code block's marks; a limit of Discord never is.
pub(super) fn split(text: &str, max: usize) -> Vec<String> {
    assert!(max >= 32, "a piece must hold a code block");
    if units(text) <= max {
        return if text.trim().is_empty() { Vec::new() } else { vec![balanced(text.to_owned())] };
    }
    // Room for "```\n" before and "\n```" after; `balanced` may need the latter anywhere.
    let room = max - 8;
    let mut pieces = Vec::new();
    let mut open = false;
    let mut rest = text;
    while !rest.is_empty() {
        let end = break_at(rest, room);
        let (head, tail) = rest.split_at(end);
        rest = tail.trim_start_matches('\n');
        let body = head.trim_end();
        if body.trim().is_empty() {
            continue;
        }
        let raw = if open { format!("{FENCE}\n{body}") } else { body.to_owned() };
        open = !raw.matches(FENCE).count().is_multiple_of(2);
        pieces.push(balanced(raw));
    }
    pieces
}

/// Where to break: a byte index in `1..=len` with at most `room` units before it.
fn break_at(text: &str, room: usize) -> usize {
    let mut used = 0;
    let mut hard = text.len();
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > room {
            hard = at;
            break;
        }
    }
    if hard == text.len() {
        return hard;
    }
    let head = &text[..hard];
    // A break in the first half would waste more than it helps.
    for mark in ["\n\n", "\n", " "] {
        if let Some(at) = head.rfind(mark)
            && at >= hard / 2
        {
            return at + mark.len();
        }
    }
    hard
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_is_pinged_and_nothing_hides() {
        for (dirty, expected) in [
            ("hi @everyone", "hi @ everyone"),
            ("@Here @HERE", "@ Here @ HERE"),
            ("@every\u{200b}one", "@ everyone"),
            ("<@123> <@!4> <@&5> <#6>", "< @123> < @!4> < @&5> < #6>"),
            ("<\u{2060}@1>", "< @1>"),
            ("[polymarket.com](https://evil.example)", "[polymarket.com] (https://evil.example)"),
            ("gnp\u{202e}exe", "gnpexe"),
            ("a\u{e0041}\u{feff}b", "ab"),
            ("a\tb\u{a0}c\u{0}", "a b c"),
            ("```rust\nlet a", "```rust\nlet a\n```"),
            ("  plain  ", "plain"),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty:?}");
        }
        assert_eq!(cell("a`b ```c\nd"), "a'b '''c d");
        let token = super::super::config::tests::token();
        assert!(!clean(&format!("my token: {}", token.reveal())).contains(token.reveal()));
    }

    #[test]
    fn cuts_and_splits_by_hand() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("😀😀😀😀", 6), "😀😀…"); // two units each, one for the ellipsis
        let text = format!("{}\n\n{}", "a".repeat(30), "b".repeat(30));
        assert_eq!(split(&text, 48), ["a".repeat(30), "b".repeat(30)]);
        let code = format!("```\n{}\n{}\n```", "a".repeat(30), "b".repeat(30));
        assert_eq!(
            split(&code, 48),
            [format!("```\n{}\n```", "a".repeat(30)), format!("```\n{}\n```", "b".repeat(30))]
        );
        assert!(split(" \n ", 40).is_empty());
    }

    /// Text of the kind that breaks naive code.
    pub(in crate::discord) fn nasty() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop_oneof![
                Just("```".to_owned()),
                Just("\n".to_owned()),
                Just("\n\n".to_owned()),
                Just("@everyone".to_owned()),
                Just("@".to_owned()),
                Just("here".to_owned()),
                Just("<@1>".to_owned()),
                Just("<".to_owned()),
                Just("](".to_owned()),
                Just("\u{200b}".to_owned()),
                Just("\u{202e}".to_owned()),
                Just("😀".to_owned()),
                Just(" ".to_owned()),
                "[a-z ]{0,60}",
                "\\PC{0,40}",
                "[a-z]{200,400}",
            ],
            0..12,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn clean_text_is_safe_and_stays_so(text in nasty()) {
            let once = clean(&text);
            let lower = once.to_lowercase();
            prop_assert!(!lower.contains("@everyone") && !lower.contains("@here") && !once.contains("<@") && !once.contains("]("), "{once}");
            prop_assert!(!once.chars().any(is_hidden));
            prop_assert!(once.matches(FENCE).count().is_multiple_of(2));
            prop_assert_eq!(clean(&once), once.clone());
            prop_assert!(!cell(&text).contains('`') && !cell(&text).contains('\n'));
        }

        #[test]
        fn pieces_fit_and_lose_no_word(text in nasty(), max in 40usize..2_000) {
            let text = clean(&text);
            let pieces = split(&text, max);
            for piece in &pieces {
                prop_assert!(units(piece) <= max, "{} > {max}", units(piece));
                prop_assert!(!piece.trim().is_empty());
                prop_assert!(piece.matches(FENCE).count().is_multiple_of(2), "{piece}");
            }
            let letters = |t: &str| t.chars().filter(|c| !c.is_whitespace() && *c != '`').collect::<String>();
            prop_assert_eq!(letters(&pieces.concat()), letters(&text));
            prop_assert!(units(&cut(&text, max)) <= max);
        }
    }
}
