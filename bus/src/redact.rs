//! Secrets leave a text here, before it enters a log, the tap, a message or a row.

use std::sync::{OnceLock, RwLock};

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Shortest value that is treated as a secret; shorter ones would blank out ordinary words.
pub const SECRET_BYTES_MIN: usize = 8;

/// Shortest run of mixed letters and digits that is taken for a key.
const MIXED_BYTES_MIN: usize = 40;

fn known() -> &'static RwLock<Vec<String>> {
    static KNOWN: OnceLock<RwLock<Vec<String>>> = OnceLock::new();
    KNOWN.get_or_init(RwLock::default)
}

/// Registers a secret value of this process, so that it is removed wherever it appears. Values under 8 bytes are ignored.
///
/// # Panics
/// If another thread panicked while registering.
pub fn register_secret(value: &str) {
    if value.len() >= SECRET_BYTES_MIN {
        let mut known = known().write().expect("secret list poisoned");
        if !known.iter().any(|k| k == value) {
            known.push(value.to_owned());
        }
    }
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

/// A run of word characters and dots that has the shape of a credential.
fn looks_secret(run: &str) -> bool {
    let hex = run.strip_prefix("0x").unwrap_or(run);
    // A private key is 64 hex digits. Condition ids of markets have the same shape; nobody types those, so both go.
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return true;
    }
    // Tokens of webhooks and keys in addresses: long, and mixed as no word and no number is. Token ids of markets are digits only.
    let has = |test: fn(&u8) -> bool| run.as_bytes().iter().any(test);
    if run.len() >= MIXED_BYTES_MIN
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
    {
        return true;
    }
    for prefix in ["sk-", "ghp_", "gho_", "ghs_", "github_pat_", "xoxb-", "xoxp-"] {
        if run.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 16) {
            return true;
        }
    }
    let mut parts = run.split('.');
    if let (Some(a), Some(b), Some(c), None) = (parts.next(), parts.next(), parts.next(), parts.next()) {
        let word = |s: &str| s.bytes().all(is_word);
        // Discord bot tokens, and JSON web tokens (which begin with `{"` in base64).
        let discord = (23..=28).contains(&a.len()) && (6..=7).contains(&b.len()) && c.len() >= 27;
        let jwt = a.starts_with("eyJ") && b.len() >= 8 && c.len() >= 8;
        return word(a) && word(b) && word(c) && (discord || jwt);
    }
    false
}

/// The text without known secret values, without anything that has the shape of one, and without credentials in addresses.
///
/// # Panics
/// If another thread panicked while registering a secret.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut text = text.to_owned();
    for secret in known().read().expect("secret list poisoned").iter() {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), REDACTED);
        }
    }
    let text = without_url_credentials(&text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.bytes().position(is_word) {
        out.push_str(&rest[..start]);
        let tail = &rest[start..];
        let len = tail.bytes().position(|b| !is_word(b) && b != b'.').unwrap_or(tail.len());
        let run = tail[..len].trim_end_matches('.');
        if looks_secret(run) {
            out.push_str(REDACTED);
        } else {
            out.push_str(run);
        }
        rest = &tail[run.len()..];
        // Dots that were trimmed are copied by the next round, which starts before them.
        if let Some(dots) = rest.bytes().position(|b| b != b'.').or((!rest.is_empty()).then_some(rest.len())) {
            out.push_str(&rest[..dots]);
            rest = &rest[dots..];
        }
    }
    out.push_str(rest);
    out
}

/// `scheme://user:password@host` loses what stands before the `@`.
fn without_url_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(i) = rest.find("://") {
        let (head, tail) = rest.split_at(i + 3);
        out.push_str(head);
        // A password may hold a slash, so what counts is the last `@` of the whole address.
        let end = tail.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(tail.len());
        match tail[..end].rfind('@') {
            Some(at) if tail[..at].contains(':') => {
                out.push_str(REDACTED);
                rest = &tail[at..];
            }
            _ => rest = tail,
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn removes_shapes_and_known_values() {
        register_secret("correct horse battery");
        // Made of pieces so that no whole credential stands in the source.
        let token = ["MTIzNDU2Nzg5MDEyMzQ1Njc4OQ", "GabcdE", "abcdefghijklmnopqrstuvwxyz01234"].join(".");
        let key = ["sk", "abcdefghijklmnop1234"].join("-");
        let private = "ab".repeat(32);
        let hook = "aB3-".repeat(16);
        for (text, secret) in [
            (format!("token={token} end"), token.as_str()),
            (format!("use {key}."), key.as_str()),
            (format!("({private})"), private.as_str()),
            ("it is correct horse battery!".to_owned(), "correct horse battery"),
            ("postgres://betty:hunter22@db/x".to_owned(), "hunter22"),
            ("postgres://betty:hun/ter22@db/x".to_owned(), "ter22"),
            (format!("0x{private}"), private.as_str()),
            (format!("https://discord.test/api/webhooks/12/{hook}"), hook.as_str()),
        ] {
            let clean = redact(&text);
            assert!(!clean.contains(secret), "{clean}");
            assert!(clean.contains(REDACTED), "{clean}");
        }
    }

    #[test]
    fn leaves_ordinary_text_and_public_ids_alone() {
        let token_id = "7".repeat(78);
        let texts =
            ["Will it... rain by 3.5.2026?", "a.b.c", "see https://example.org/a@b", token_id.as_str(), "...", ""];
        for text in texts {
            assert_eq!(redact(text), text);
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_is_stable(text in "\\PC{0,80}") {
            let once = redact(&text);
            prop_assert_eq!(redact(&once), once);
        }
    }
}
