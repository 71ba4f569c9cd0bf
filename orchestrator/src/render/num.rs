//! Numbers as people read them. Unknown is "—", never 0; rounding never flatters.

use betty_market::{Price, Shares, Timestamp, Usdc};

/// What stands for a value nobody knows.
pub const UNKNOWN: &str = "—";

/// Micro-units in one.
const MICRO: i128 = 1_000_000;
/// Below this many millionths (0.01%) a percentage gets four decimals, so that something is never shown as nothing.
const FINE_PPM: u64 = 100;

/// Millionths as a percentage with sign, rounded down: `+1.09%`, `-0.50%`; four decimals under 0.01%.
#[must_use]
pub fn percent(ppm: i64) -> String {
    let fine = ppm != 0 && ppm.unsigned_abs() < FINE_PPM;
    // Hundredths of a percent are 100 millionths. Rounded towards minus infinity: a loss is not made smaller, nor a gain larger.
    let (units, scale, width) = if fine { (ppm, 10_000, 4) } else { (ppm.div_euclid(100), 100, 2) };
    let (sign, magnitude) = (if units < 0 { '-' } else { '+' }, units.unsigned_abs());
    format!("{sign}{}.{:0width$}%", magnitude / scale, magnitude % scale)
}

/// [`percent`], or "—".
#[must_use]
pub fn percent_or(ppm: Option<i64>) -> String {
    ppm.map_or_else(|| UNKNOWN.to_owned(), percent)
}

/// A probability from 0 to 1 as a percentage rounded down to a tenth: `96.2%`, `100%`. Not a number is "—".
#[must_use]
pub fn probability(p: f64) -> String {
    if !p.is_finite() {
        return UNKNOWN.to_owned();
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let tenths = (p.clamp(0.0, 1.0) * 1_000.0 + 1e-9).floor() as u64;
    if tenths.is_multiple_of(10) { format!("{}%", tenths / 10) } else { format!("{}.{}%", tenths / 10, tenths % 10) }
}

/// A count with thousands separators: `1,240`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 hedge`, `1,240 markets`.
#[must_use]
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Separators in the whole part of a decimal without sign: `1,000.00`.
fn grouped(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, part)) => whole.parse().map_or_else(|_| text.to_owned(), |n| format!("{}.{part}", count(n))),
        None => text.parse().map_or_else(|_| text.to_owned(), count),
    }
}

/// An amount: `$1,118.70`. Under a cent it keeps every digit it needs, so that a small cost is not shown as none.
#[must_use]
pub fn money(amount: Usdc) -> String {
    let text = if amount != Usdc::ZERO && amount.micros().unsigned_abs() < 10_000 {
        amount.to_string()
    } else {
        amount.cents()
    };
    match text.strip_prefix('-') {
        Some(rest) => format!("-${}", grouped(rest)),
        None => format!("${}", grouped(&text)),
    }
}

/// [`money`], or "—".
#[must_use]
pub fn money_or(amount: Option<Usdc>) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), money)
}

/// A profit or loss with sign and two decimals: `+$1.30`.
#[must_use]
pub fn pnl(amount: Usdc) -> String {
    let text = amount.signed();
    let (sign, rest) = text.split_at(1);
    format!("{sign}${}", grouped(rest))
}

/// [`pnl`], or "—".
#[must_use]
pub fn pnl_or(amount: Option<Usdc>) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), pnl)
}

/// Dollars per share to four decimals, rounded up: what one share of every leg costs. "—" without shares.
#[must_use]
pub fn per_share(cost: Usdc, shares: Shares) -> String {
    if !shares.is_positive() {
        return UNKNOWN.to_owned();
    }
    let e4 = i128::from(cost.micros()) * 10_000;
    let (whole, part) = (e4.div_euclid(i128::from(shares.micros())), e4.rem_euclid(i128::from(shares.micros())));
    let e4 = if part > 0 { whole + 1 } else { whole };
    let (sign, magnitude) = (if e4 < 0 { "-" } else { "" }, e4.unsigned_abs());
    format!("{sign}{}.{:04}", magnitude / 10_000, magnitude % 10_000)
}

/// `payoff` of one share times `shares`, rounded down; `None` out of range.
#[must_use]
pub fn times(payoff: Usdc, shares: Shares) -> Option<Usdc> {
    let micros = (i128::from(payoff.micros()) * i128::from(shares.micros())).div_euclid(MICRO);
    i64::try_from(micros).ok().map(Usdc::from_micros)
}

/// `part / whole` in millionths, rounded down; `None` when the whole is not above zero.
#[must_use]
pub fn ratio_ppm(part: Usdc, whole: Usdc) -> Option<i64> {
    if !whole.is_positive() {
        return None;
    }
    i64::try_from((i128::from(part.micros()) * MICRO).div_euclid(i128::from(whole.micros()))).ok()
}

/// A price with the decimals of its tick: `0.710` at a tick of 0.001.
#[must_use]
pub fn price_at(price: Price, tick: Price) -> String {
    let decimals = tick.to_string().split('.').nth(1).map_or(2, str::len);
    let mut text = price.to_string();
    let have = text.split('.').nth(1).map_or(0, str::len);
    for _ in have..decimals {
        text.push('0');
    }
    text
}

/// Days: `112 d`, or "—".
#[must_use]
pub fn days(days: Option<u32>) -> String {
    days.map_or_else(|| UNKNOWN.to_owned(), |d| format!("{} d", count(u64::from(d))))
}

/// Days to settlement in a sentence: `146 days to settlement`.
#[must_use]
pub fn until(days: Option<u32>) -> String {
    days.map_or_else(
        || "days to settlement not known".to_owned(),
        |d| format!("{} to settlement", counted(u64::from(d), "day", "days")),
    )
}

/// A span of time in its largest whole unit: `3 s`, `5 min`, `2 h`, `4 d`. A negative one is said to lie ahead.
#[must_use]
pub fn age(ms: i64) -> String {
    let secs = ms.unsigned_abs() / 1_000;
    let text = match secs {
        0..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs / 60),
        3_600..86_400 => format!("{} h", secs / 3_600),
        _ => format!("{} d", count(secs / 86_400)),
    };
    if ms < 0 { format!("{text} ahead") } else { text }
}

/// [`age`], or "—".
#[must_use]
pub fn age_or(ms: Option<i64>) -> String {
    ms.map_or_else(|| UNKNOWN.to_owned(), age)
}

/// The UTC date of an instant: `2026-12-31`, or "—".
#[must_use]
pub fn date(at: Option<Timestamp>) -> String {
    at.map_or_else(|| UNKNOWN.to_owned(), |t| t.to_string().split('T').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Usdc {
        text.parse().expect("an amount")
    }

    #[test]
    fn percentages_round_down_and_keep_their_sign() {
        for (ppm, text) in [
            (10_989, "+1.09%"),
            (0, "+0.00%"),
            (-10_989, "-1.10%"),
            (40, "+0.0040%"),
            (-40, "-0.0040%"),
            (-1_000_000, "-100.00%"),
            (12_345_678, "+1234.56%"),
        ] {
            assert_eq!(percent(ppm), text, "{ppm}");
        }
        assert_eq!(percent_or(None), UNKNOWN);
        assert!(percent(i64::MIN).starts_with('-'));
    }

    #[test]
    fn probabilities_round_down_and_nonsense_is_unknown() {
        assert_eq!(probability(1.0), "100%");
        assert_eq!(probability(0.9999), "99.9%");
        assert_eq!(probability(0.962), "96.2%");
        assert_eq!(probability(f64::NAN), UNKNOWN);
        assert_eq!(probability(7.0), "100%");
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_240), "1,240");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(counted(1, "hedge", "hedges"), "1 hedge");
        assert_eq!(counted(0, "hedge", "hedges"), "0 hedges");
    }

    #[test]
    fn money_has_a_dollar_sign_and_small_costs_stay_visible() {
        assert_eq!(money(usd("118.7")), "$118.70");
        assert_eq!(money(usd("-3.5")), "-$3.50");
        assert_eq!(money(usd("0.00042")), "$0.00042");
        assert_eq!(money(usd("1000")), "$1,000.00");
        assert_eq!(money(usd("-1234567.891")), "-$1,234,567.89");
        assert_eq!(pnl(usd("1234.5")), "+$1,234.50");
        assert_eq!(money(Usdc::ZERO), "$0.00");
        assert_eq!(money_or(None), UNKNOWN);
        assert_eq!(pnl(usd("1.3")), "+$1.30");
        assert_eq!(pnl(usd("-0.5")), "-$0.50");
        assert_eq!(pnl_or(None), UNKNOWN);
    }

    #[test]
    fn a_pair_costs_its_share_rounded_up() {
        assert_eq!(per_share(usd("98.93"), Shares::whole(100)), "0.9893");
        // 10 / 3 = 3.33333…
        assert_eq!(per_share(usd("10"), Shares::whole(3)), "3.3334");
        assert_eq!(per_share(usd("10"), Shares::ZERO), UNKNOWN);
    }

    #[test]
    fn ratios_and_products_round_down_and_refuse_nonsense() {
        assert_eq!(ratio_ppm(usd("1"), usd("3")), Some(333_333));
        assert_eq!(ratio_ppm(usd("-1"), usd("3")), Some(-333_334));
        assert_eq!(ratio_ppm(usd("1"), Usdc::ZERO), None);
        assert_eq!(times(usd("0.5"), Shares::whole(7)), Some(usd("3.5")));
        assert_eq!(times(Usdc::from_micros(i64::MAX), Shares::from_micros(i64::MAX)), None);
    }

    #[test]
    fn prices_have_the_decimals_of_their_tick() {
        let price = |text: &str| text.parse::<Price>().expect("a price");
        assert_eq!(price_at(price("0.71"), price("0.001")), "0.710");
        assert_eq!(price_at(price("0.71"), price("0.01")), "0.71");
        assert_eq!(price_at(price("0.7105"), price("0.01")), "0.7105");
    }

    #[test]
    fn ages_and_dates() {
        for (ms, text) in [(3_999, "3 s"), (0, "0 s"), (60_000, "1 min"), (7_200_000, "2 h"), (-2_000, "2 s ahead")] {
            assert_eq!(age(ms), text);
        }
        assert_eq!(age(86_400_000 * 4), "4 d");
        assert_eq!(age_or(None), UNKNOWN);
        assert_eq!(days(Some(112)), "112 d");
        assert_eq!(days(None), UNKNOWN);
        assert_eq!(until(Some(1)), "1 day to settlement");
        assert_eq!(until(Some(1_200)), "1,200 days to settlement");
        assert!(until(None).contains("not known"));
        assert_eq!(date(Timestamp::parse("2026-12-31")), "2026-12-31");
        assert_eq!(date(None), UNKNOWN);
    }

    proptest! {
        #[test]
        fn any_number_renders(ppm: i64, micros: i64, shares: i64, p: f64, n: u64) {
            prop_assert!(percent(ppm).ends_with('%'));
            let sign = if ppm < 0 { '-' } else { '+' };
            prop_assert!(percent(ppm).starts_with(sign));
            prop_assert_eq!(count(n).replace(',', ""), n.to_string());
            let (amount, shares) = (Usdc::from_micros(micros), Shares::from_micros(shares));
            prop_assert!(money(amount).contains('$'));
            prop_assert!(!per_share(amount, shares).is_empty());
            prop_assert!(!probability(p).is_empty());
            prop_assert!(!age(micros).is_empty());
        }
    }
}
