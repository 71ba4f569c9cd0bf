//! A word into a typed value, by the kind of its argument.

use super::spec::Kind;
use crate::clean::clean_cut;
use crate::config::resolve::SourceChoice;
use betty_bus::{HedgeId, TaskId};
use betty_market::{MarketId, Price, Timestamp, Usdc};

/// Millionths in one.
pub const PPM: u32 = 1_000_000;
/// Most dollars one typed size may name. Far above any paper account; it catches a slipped key.
pub const SIZE_USD_MAX: i64 = 1_000_000;
/// Longest strategy name, in bytes.
pub const NAME_BYTES_MAX: usize = 32;
/// Longest single word, in characters.
pub const WORD_CHARS_MAX: usize = 64;
/// Characters of a typed word that an error repeats.
pub const ECHO_CHARS_MAX: usize = 40;

/// Longest span of time one may name, in days: ten years.
pub const SPAN_DAYS_MAX: i64 = 3_650;
/// Fewest digits of a run id that name a run.
pub const RUN_DIGITS_MIN: usize = 4;
/// Most digits of a run id.
pub const RUN_DIGITS_MAX: usize = 64;
/// Longest text of settings or of a source, in characters.
pub const SETTINGS_CHARS_MAX: usize = 400;

/// A checked value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // named as their kinds
pub enum Value {
    Count(u32),
    Ppm(u32),
    Hedge(HedgeId),
    Task(TaskId),
    Position(u64),
    Market(MarketId),
    Price(Price),
    Money(Usdc),
    At(Timestamp),
    Millis(i64),
    Text(String),
}

impl Kind {
    /// What a value of this kind looks like, for errors and help.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Count { min, max } => format!("a whole number from {min} to {max}"),
            Self::Coverage => "above 0% and at most 100%, as 95%, 95 or 0.95".into(),
            Self::Edge => "0% to 100%, as 5%, 5 or 0.05".into(),
            Self::Hedge => "a hedge's number such as 3 or #3".into(),
            Self::Task => "a task's number such as 12 or #12".into(),
            Self::Position => "a position's number such as 2 or #2".into(),
            Self::Market => "the id of a market such as 553857".into(),
            Self::Price { ends: false } => "a price above 0 and below 1 dollar such as 0.62".into(),
            Self::Price { ends: true } => "a price from 0 to 1 dollar such as 0.62".into(),
            Self::Money => format!("dollars above 0, at most {SIZE_USD_MAX}, such as 50 or $50"),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Tier => "T0, T1, T2, T3 or WATCH".into(),
            Self::Name => format!("a name of 1 to {NAME_BYTES_MAX} of a-z, 0-9, _ and -, with at least one letter"),
            Self::Version => "a strategy's name, or one version of it such as mine@2".into(),
            Self::Topic => "a command's name, or a group of commands".into(),
            Self::Word => format!("one word of at most {WORD_CHARS_MAX} characters"),
            Self::Date => "a date such as 2026-02-07, or an instant such as 2026-02-07T12:00:00Z".into(),
            Self::Span => format!("a span such as 7d, 12h, 30min or 45s, at most {SPAN_DAYS_MAX}d"),
            Self::Run => format!("a run id, or its first {RUN_DIGITS_MIN} digits or more, from !backtest list"),
            Self::History => "simulated, simulated:SEED or recorded:NAME".into(),
            Self::Settings => "settings such as limits.hedge_cap_pct=5, separated by ;".into(),
            Self::Rest => "text to the end of the line".into(),
        }
    }

    /// Whether a quoted word can be of this kind: quoting says "this is text".
    #[must_use]
    pub const fn takes_quoted(self) -> bool {
        matches!(
            self,
            Self::Market
                | Self::Choice(_)
                | Self::Name
                | Self::Version
                | Self::Topic
                | Self::Word
                | Self::History
                | Self::Settings
                | Self::Rest
        )
    }

    /// Reads a word as this kind; `None` when it is not one.
    #[must_use]
    pub fn read(self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self {
            Self::Count { min, max } => {
                let n: u32 = digits(text)?.parse().ok()?;
                (min..=max).contains(&n).then_some(Value::Count(n))
            }
            Self::Coverage => coverage_ppm(text).map(Value::Ppm),
            Self::Edge => edge_ppm(text).map(Value::Ppm),
            Self::Hedge => numbered(text)?.parse().ok().map(Value::Hedge),
            Self::Task => numbered(text)?.parse().ok().map(Value::Task),
            Self::Position => numbered(text)?.parse().ok().filter(|n| *n >= 1).map(Value::Position),
            Self::Market => {
                let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
                let number = text.bytes().any(|b| b.is_ascii_digit());
                (plain && number).then(|| MarketId::new(text).ok().map(Value::Market)).flatten()
            }
            Self::Price { ends } => {
                price(text).filter(|p| ends || (*p != Price::ZERO && *p != Price::ONE)).map(Value::Price)
            }
            Self::Money => money(text).map(Value::Money),
            Self::Choice(words) => {
                words.iter().find(|w| w.eq_ignore_ascii_case(text)).map(|w| Value::Text((*w).into()))
            }
            Self::Tier => tier(text).map(|t| Value::Text(t.into())),
            Self::Name => name(text).map(Value::Text),
            Self::Version => match text.split_once('@') {
                None => name(text).map(Value::Text),
                Some((of, number)) => {
                    let number: u32 = digits(number)?.parse().ok().filter(|n| *n >= 1)?;
                    name(of).map(|of| Value::Text(format!("{of}@{number}")))
                }
            },
            Self::Topic => (!text.is_empty() && text.chars().count() <= WORD_CHARS_MAX)
                .then(|| Value::Text(text.trim_start_matches('!').to_lowercase())),
            Self::Word => {
                (!text.is_empty() && text.chars().count() <= WORD_CHARS_MAX && !text.contains(char::is_whitespace))
                    .then(|| Value::Text(text.into()))
            }
            Self::Date => Timestamp::parse(text).map(Value::At),
            Self::Span => span_ms(text).map(Value::Millis),
            Self::Run => run_digits(text).map(Value::Text),
            Self::History => (text.chars().count() <= SETTINGS_CHARS_MAX)
                .then(|| text.parse::<SourceChoice>().ok())
                .flatten()
                .filter(|choice| *choice != SourceChoice::Live)
                .map(|_| Value::Text(text.into())),
            Self::Settings => (text.chars().count() <= SETTINGS_CHARS_MAX && text.split(';').all(is_setting))
                .then(|| Value::Text(text.into())),
            Self::Rest => (!text.is_empty()).then(|| Value::Text(text.into())),
        }
    }
}

/// Whether a word begins like a number, a price or an amount: decides between forms of one subcommand.
#[must_use]
pub fn looks_numeric(text: &str) -> bool {
    let text = text.strip_prefix(['$', '-']).unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
}

/// A typed word as an error repeats it: clean, short, and unable to end a code span.
#[must_use]
pub fn echo(text: &str) -> String {
    clean_cut(text, ECHO_CHARS_MAX).replace('`', "'")
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn numbered(text: &str) -> Option<&str> {
    digits(text.strip_prefix('#').unwrap_or(text))
}

/// Milliseconds of a span: a whole number and its unit.
#[must_use]
pub fn span_ms(text: &str) -> Option<i64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let number: i64 = digits(&text[..split])?.parse().ok()?;
    let unit = match &text[split..] {
        "s" => 1_000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|ms| *ms <= SPAN_DAYS_MAX * 86_400_000)
}

fn run_digits(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let ok = (RUN_DIGITS_MIN..=RUN_DIGITS_MAX).contains(&lower.len()) && lower.bytes().all(|b| b.is_ascii_hexdigit());
    ok.then_some(lower)
}

/// `section.name=value`.
fn is_setting(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| name.trim().contains('.') && !value.trim().is_empty())
}

/// A plain decimal and whether a `%` followed, in millionths of what is written: `95%` is 95,000,000 and true.
fn decimal(text: &str) -> Option<(i64, bool)> {
    let (number, percent) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end(), true),
        None => (text, false),
    };
    number.parse::<Usdc>().ok().map(|n| (n.micros(), percent))
}

/// Coverage in millionths. With `%` the number is per cent; without, up to 1 it is a fraction (`1` is 100%) and above
/// 1 it is per cent. Finer than a millionth is refused, never rounded.
#[must_use]
pub fn coverage_ppm(text: &str) -> Option<u32> {
    let (micros, percent) = decimal(text)?;
    let fraction = !percent && micros <= i64::from(PPM);
    proportion(micros, fraction).filter(|ppm| *ppm > 0)
}

/// A net edge in millionths. With `%` the number is per cent; without, below 1 it is a fraction (`0.05` is 5%) and
/// from 1 on it is per cent (`1` is 1%).
#[must_use]
pub fn edge_ppm(text: &str) -> Option<u32> {
    let (micros, percent) = decimal(text)?;
    let fraction = !percent && micros < i64::from(PPM);
    proportion(micros, fraction)
}

fn proportion(micros: i64, fraction: bool) -> Option<u32> {
    let ppm = if fraction {
        micros
    } else if micros % 100 == 0 {
        micros / 100
    } else {
        return None;
    };
    u32::try_from(ppm).ok().filter(|p| *p <= PPM)
}

fn price(text: &str) -> Option<Price> {
    if let Some(cents) = text.strip_suffix(['c', '¢']) {
        // 62c is 0.62; half cents exist (6.5c), finer than a ten-thousandth does not.
        let micros = cents.parse::<Usdc>().ok()?.micros();
        let e4 = (micros % 10_000 == 0).then_some(micros / 10_000)?;
        return Price::from_e4(u16::try_from(e4).ok()?).ok();
    }
    text.strip_prefix('$').unwrap_or(text).parse().ok()
}

fn money(text: &str) -> Option<Usdc> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    // A comma separates thousands; "1,5" is a slip or another country's decimal point, so it is refused.
    if !rest.is_empty() && (first.is_empty() || first.len() > 3 || rest.iter().any(|g| g.len() != 3)) {
        return None;
    }
    let mut plain = whole.replace(',', "");
    if let Some(fraction) = fraction {
        plain = format!("{plain}.{fraction}");
    }
    let amount: Usdc = plain.parse().ok()?;
    (amount.is_positive() && amount <= Usdc::whole(SIZE_USD_MAX)).then_some(amount)
}

fn tier(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let short = lower.strip_prefix("tier").map(|t| t.trim_start_matches(['_', '-', ' '])).unwrap_or(&lower);
    match short.strip_prefix('t').unwrap_or(short) {
        "0" => Some("T0"),
        "1" => Some("T1"),
        "2" => Some("T2"),
        "3" => Some("T3"),
        _ if lower == "watch" => Some("WATCH"),
        _ => None,
    }
}

fn name(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let ok = (1..=NAME_BYTES_MAX).contains(&lower.len())
        && lower.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
        && lower.bytes().any(|b| b.is_ascii_lowercase());
    ok.then_some(lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_ways_to_write_a_coverage_agree() {
        for text in ["0.95", "95", "95%", ".95", "95.0%", "95.00"] {
            assert_eq!(coverage_ppm(text), Some(950_000), "{text}");
        }
        for (text, ppm) in [
            ("1", 1_000_000),
            ("100", 1_000_000),
            ("100%", 1_000_000),
            ("1%", 10_000),
            ("97.5", 975_000),
            ("0.5%", 5_000),
        ] {
            assert_eq!(coverage_ppm(text), Some(ppm), "{text}");
        }
        for text in [
            "0",
            "0%",
            "0.0",
            "-5",
            "-0.95",
            "100.1",
            "101%",
            "95%%",
            "%",
            "",
            "NaN",
            "inf",
            "1e2",
            "95 %%",
            "0.9500001",
            "٩٥",
            "+95",
        ] {
            assert_eq!(coverage_ppm(text), None, "{text}");
        }
    }

    #[test]
    fn edges_below_one_are_fractions() {
        for (text, ppm) in [
            ("5", 50_000),
            ("5%", 50_000),
            ("0.05", 50_000),
            ("1", 10_000),
            ("1%", 10_000),
            ("0", 0),
            ("0.5%", 5_000),
            ("100", 1_000_000),
        ] {
            assert_eq!(edge_ppm(text), Some(ppm), "{text}");
        }
        assert_eq!(edge_ppm("-1%"), None);
        assert_eq!(edge_ppm("101"), None);
    }

    #[test]
    fn prices_money_tiers_and_names() {
        for (text, e4) in [("0.62", 6_200), ("$0.62", 6_200), ("62c", 6_200), ("6.5¢", 650), ("1", 10_000)] {
            assert_eq!(price(text).map(Price::e4), Some(e4), "{text}");
        }
        for text in ["1.01", "-0.1", "101c", "0.00001", "abc", "c", "62cc", "$"] {
            assert_eq!(price(text), None, "{text}");
        }
        assert_eq!(Kind::Price { ends: false }.read("1"), None);
        assert_eq!(Kind::Price { ends: false }.read("0"), None);
        for (text, micros) in [
            ("50", 50_000_000),
            ("$50", 50_000_000),
            ("$1,250.50", 1_250_500_000),
            ("0.01", 10_000),
            ("1,000,000", 1_000_000_000_000),
        ] {
            assert_eq!(money(text).map(Usdc::micros), Some(micros), "{text}");
        }
        for text in ["0", "-5", "$", "1,5", ",500", "1,0000", "1000001", "1e3", "5.0000001", "$$5"] {
            assert_eq!(money(text), None, "{text}");
        }
        for (text, want) in
            [("1", "T1"), ("T1", "T1"), ("tier1", "T1"), ("Tier_2", "T2"), ("t0", "T0"), ("watch", "WATCH")]
        {
            assert_eq!(tier(text), Some(want), "{text}");
        }
        for text in ["4", "T", "tt1", "", "tier", "watcher"] {
            assert_eq!(tier(text), None, "{text}");
        }
        assert_eq!(name("Balanced"), Some("balanced".into()));
        let version = |text: &str| match Kind::Version.read(text) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        assert_eq!(version("Mine@02"), Some("mine@2".into()));
        assert_eq!(version("mine"), Some("mine".into()));
        for text in ["mine@", "mine@0", "mine@x", "mine@1@2", "@1", "50@1", "mine@99999999999", "a b@1"] {
            assert_eq!(version(text), None, "{text}");
        }
        for text in ["", "../etc", "50", "a b", "é", &"a".repeat(33)] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn ids_are_digits_with_an_optional_hash() {
        assert_eq!(Kind::Position.read("#2"), Some(Value::Position(2)));
        for text in ["0", "#", "+1", "-1", "1.0", "##1", "99999999999999999999", "one"] {
            assert_eq!(Kind::Hedge.read(text), None, "{text}");
            assert_eq!(Kind::Position.read(text), None, "{text}");
        }
        assert_eq!(Kind::Market.read("market"), None, "a plain word is no market id");
        assert!(Kind::Market.read("553857").is_some());
    }

    #[test]
    fn spans_dates_runs_sources_and_settings() {
        for (text, ms) in [("7d", 604_800_000), ("12h", 43_200_000), ("30min", 1_800_000), ("45s", 45_000), ("0d", 0)] {
            assert_eq!(Kind::Span.read(text), Some(Value::Millis(ms)), "{text}");
        }
        for text in ["7", "d", "-1d", "1.5d", "3651d", "99999999999999999999d", "7 d", "7days", "٧d"] {
            assert_eq!(Kind::Span.read(text), None, "{text}");
        }
        assert_eq!(Kind::Date.read("1970-01-02"), Some(Value::At(Timestamp::from_secs(86_400))));
        assert_eq!(Kind::Date.read("1970-01-01T00:00:09Z"), Some(Value::At(Timestamp::from_secs(9))));
        assert_eq!(Kind::Date.read("1970-13-01"), None);
        assert_eq!(Kind::Run.read("00AAbb11"), Some(Value::Text("00aabb11".into())));
        for text in ["", "abc", "xyz1", "0x12", "12 34", &"a".repeat(65)] {
            assert_eq!(Kind::Run.read(text), None, "{text}");
        }
        for text in ["simulated", "simulated:9", "recorded:day.bettyrec"] {
            assert!(Kind::History.read(text).is_some(), "{text}");
        }
        for text in ["live", "recorded:", "simulated:x", "bitcoin", ""] {
            assert_eq!(Kind::History.read(text), None, "{text}: there is no history in it");
        }
        for text in ["limits.hedge_cap_pct=5", "limits.a=1; costs.b = 2"] {
            assert!(Kind::Settings.read(text).is_some(), "{text}");
        }
        for text in ["hedge_cap_pct=5", "limits.hedge_cap_pct", "limits.a=", "limits.a=1;", ""] {
            assert_eq!(Kind::Settings.read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn coverage_is_in_range_and_percent_equals_plain(whole in 2_u32..=100, hundredths in 0_u32..100) {
            let text = format!("{whole}.{hundredths:02}");
            let want = whole * 10_000 + hundredths * 100;
            let want = (want <= PPM).then_some(want);
            prop_assert_eq!(coverage_ppm(&text), want);
            prop_assert_eq!(coverage_ppm(&format!("{text}%")), want);
        }

        #[test]
        fn no_word_panics(text in any::<String>()) {
            let _ = (coverage_ppm(&text), edge_ppm(&text), price(&text), money(&text), tier(&text), name(&text), echo(&text));
            for kind in [Kind::Date, Kind::Span, Kind::Run, Kind::History, Kind::Settings] {
                let _ = kind.read(&text);
            }
        }
    }
}
