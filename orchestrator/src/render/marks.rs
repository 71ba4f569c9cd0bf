//! A long text with the places a proof was read from marked in it: `… by «March 31, 2027», 11:59 PM …`.

use super::words::cut;

/// Characters shown on either side of a marked place.
const AROUND: usize = 90;
/// Characters shown of a text in which nothing is marked.
const HEAD: usize = 400;
/// Characters after which further places are counted and not shown.
const SHOWN_MAX: usize = 1_500;

/// Marks byte ranges of a text with « and », and leaves out what lies far from them, saying how much. Ranges that do not fit the text are
/// passed over, overlapping ones become one. The text's own guillemets become ‹ and ›, so that a mark is always a mark.
pub(super) fn marked(text: &str, ranges: &[(usize, usize)]) -> String {
    let ranges = merged(text, ranges);
    let mut out = String::new();
    let (mut at, mut shown, mut hidden_places) = (0, 0, 0);
    for (i, (start, end)) in ranges.iter().enumerate() {
        if shown >= SHOWN_MAX {
            hidden_places = ranges.len() - i;
            break;
        }
        let before = &text[at..*start];
        // The place before has shown what follows it already.
        let from = before.len() - tail(before, AROUND).len();
        let after_last = if i == 0 { 0 } else { head(before, AROUND).len() };
        if after_last >= from {
            out.push_str(&plain(before));
        } else {
            out.push_str(&plain(&before[..after_last]));
            out.push_str(&left_out(&before[after_last..from]));
            out.push_str(&plain(&before[from..]));
        }
        let piece = &text[*start..*end];
        out.push('«');
        out.push_str(&plain(piece));
        out.push('»');
        shown += 2 * AROUND + piece.chars().count();
        at = *end;
    }
    let rest = &text[at..];
    let keep = head(rest, if ranges.is_empty() { HEAD } else { AROUND }).len();
    out.push_str(&plain(&rest[..keep]));
    out.push_str(&left_out(&rest[keep..]));
    if hidden_places > 0 {
        out.push_str(&format!(" [{hidden_places} more places are not shown]"));
    }
    cut(&out, usize::MAX)
}

/// The ranges that fit, in order, those that touch as one.
fn merged(text: &str, ranges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut sound: Vec<(usize, usize)> =
        ranges.iter().copied().filter(|(s, e)| s < e && text.get(*s..*e).is_some()).collect();
    sound.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::with_capacity(sound.len());
    for (start, end) in sound {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

fn plain(text: &str) -> String {
    text.replace('«', "‹").replace('»', "›")
}

/// The first characters of a text.
fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

/// The last characters of a text.
fn tail(text: &str, chars: usize) -> &str {
    match text.char_indices().rev().nth(chars.saturating_sub(1)) {
        Some((at, _)) if chars > 0 => &text[at..],
        _ if chars == 0 => "",
        _ => text,
    }
}

fn left_out(text: &str) -> String {
    match text.chars().count() {
        0 => String::new(),
        n => format!(" [… {n} characters left out …] "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_are_marked_where_they_stand() {
        assert_eq!(marked("by March 31, 2027.", &[(3, 11)]), "by «March 31», 2027.");
        assert_eq!(marked("abcdef", &[(3, 5), (0, 1), (4, 6)]), "«a»bc«def»");
        assert_eq!(marked("says «yes»", &[(0, 4)]), "«says» ‹yes›", "the text cannot mark itself");
        assert_eq!(marked("é", &[(0, 1), (0, 9), (2, 1)]), "é", "ranges of another text");
        assert_eq!(marked("", &[(0, 0)]), "");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let far = format!("{}MARK{}", "x".repeat(1_000), "y".repeat(500));
        let text = marked(&far, &[(1_000, 1_004)]);
        assert!(text.starts_with("[… 910 characters left out …] x"), "{text}");
        assert!(text.contains("x«MARK»y") && text.ends_with("y [… 410 characters left out …]"), "{text}");
        let unmarked = marked(&"z".repeat(1_000), &[]);
        assert!(unmarked.starts_with("zzz") && unmarked.ends_with("z [… 600 characters left out …]"), "{unmarked}");
        // Two places near each other share what lies between; two far ones do not.
        let near = marked(&format!("A{}B", "-".repeat(150)), &[(0, 1), (151, 152)]);
        assert_eq!(near, format!("«A»{}«B»", "-".repeat(150)));
        let two = marked(&format!("A{}B", "-".repeat(400)), &[(0, 1), (401, 402)]);
        assert!(two.contains("[… 220 characters left out …]"), "{two}");
        let many: Vec<(usize, usize)> = (0..100).map(|i| (i * 300, i * 300 + 1)).collect();
        let text = marked(&"x".repeat(30_000), &many);
        assert!(text.contains("more places are not shown") && text.chars().count() < 5_000, "{text}");
    }

    proptest! {
        #[test]
        fn any_text_and_ranges_are_safe(text in "\\PC{0,300}", ranges in prop::collection::vec((0_usize..400, 0_usize..400), 0..8)) {
            let out = marked(&text, &ranges);
            prop_assert_eq!(out.matches('«').count(), out.matches('»').count());
            prop_assert!(!out.contains('\n'));
            let sound = ranges.iter().filter(|(s, e)| s < e && text.get(*s..*e).is_some()).count();
            prop_assert!(out.matches('«').count() <= sound);
            prop_assert_eq!(sound > 0, out.contains('«'));
        }
    }
}
