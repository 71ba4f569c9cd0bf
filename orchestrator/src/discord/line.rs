//! From a message to a line for Betty.

/// Longest line that is handed in, in characters. Discord's own limit for people is 2,000, with a subscription 4,000.
const LINE_CHARS_MAX: usize = 4_000;

/// The line in a message: `!word …` as it is, a mention of the bot as `!betty …`. `None` when it is not for Betty.
pub(super) fn line_of(content: &str, own: Option<u64>) -> Option<String> {
    let content: String = content.trim().chars().take(LINE_CHARS_MAX).collect();
    if is_command(&content) {
        return Some(content);
    }
    let own = own?;
    let mut rest = content.clone();
    for mention in [format!("<@{own}>"), format!("<@!{own}>")] {
        rest = rest.replace(&mention, " ");
    }
    if rest == content {
        return None;
    }
    let rest = rest.trim();
    Some(if is_command(rest) { rest.to_owned() } else { format!("!betty {rest}").trim_end().to_owned() })
}

/// `!` and a letter. `!!!` and `!?` are just people talking.
fn is_command(text: &str) -> bool {
    text.strip_prefix('!').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_betty() {
        for (content, expected) in [
            ("!hedge_scan 5", Some("!hedge_scan 5")),
            ("  !help\n", Some("!help")),
            ("<@42> find a hedge", Some("!betty find a hedge")),
            ("<@!42>find a hedge", Some("!betty find a hedge")),
            ("please, <@42>, scan", Some("!betty please,  , scan")),
            ("<@42> !help", Some("!help")),
            ("<@42>", Some("!betty")),
            ("!auto_strategy save ```toml\na = 1\n```", Some("!auto_strategy save ```toml\na = 1\n```")),
            ("hello", None),
            ("!!!", None),
            ("!", None),
            ("", None),
            ("<@43> find a hedge", None),
            ("<@&42> find a hedge", None),
            ("42", None),
        ] {
            assert_eq!(line_of(content, Some(42)).as_deref(), expected, "{content:?}");
        }
        assert_eq!(line_of("<@42> hi", None), None, "its own id is not known yet");
        assert_eq!(line_of(&format!("!betty {}", "ä".repeat(9_000)), None).unwrap().chars().count(), LINE_CHARS_MAX);
    }
}
