//! Small integer arithmetic shared by the modules: shares of an amount in millionths, and millionths in words.

use betty_market::Usdc;

/// Millionths in a whole.
pub(crate) const PPM: i64 = 1_000_000;

/// Milliseconds in an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// Milliseconds in a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// `amount × ppm / 10^6`, rounded down for positive amounts; saturates at the ends of the range.
pub(crate) fn part_floor(amount: Usdc, ppm: i64) -> Usdc {
    Usdc::from_micros(clamp(i128::from(amount.micros()) * i128::from(ppm) / i128::from(PPM)))
}

/// `amount × ppm / 10^6`, rounded up for positive amounts; saturates at the ends of the range.
pub(crate) fn part_ceil(amount: Usdc, ppm: i64) -> Usdc {
    let scaled = i128::from(amount.micros()) * i128::from(ppm);
    Usdc::from_micros(clamp((scaled + i128::from(PPM) - 1).div_euclid(i128::from(PPM))))
}

/// `part / whole` in millionths, rounded towards minus infinity; `None` when the whole is not above zero.
pub(crate) fn ratio_ppm(part: Usdc, whole: Usdc) -> Option<i64> {
    whole
        .is_positive()
        .then(|| clamp((i128::from(part.micros()) * i128::from(PPM)).div_euclid(i128::from(whole.micros()))))
}

/// An `i128` cut to the range of `i64`.
pub(crate) fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// A probability or fraction as millionths, rounded down and cut to 0 … 1; not-a-number is 0.
pub(crate) fn fraction_ppm(value: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation)]
    if value.is_nan() { 0 } else { (value.clamp(0.0, 1.0) * 1e6).floor() as i64 }
}

/// Millionths as a percentage for people: `1.25%`, at most four decimals, no trailing zeros.
pub(crate) fn pct(ppm: i64) -> String {
    format!("{}%", pct_number(ppm))
}

/// Millionths as a percentage with an explicit sign: `+1.25%`.
pub(crate) fn signed_pct(ppm: i64) -> String {
    if ppm > 0 { format!("+{}", pct(ppm)) } else { pct(ppm) }
}

/// Millionths as the number of percent: `1.25`.
pub(crate) fn pct_number(ppm: i64) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let magnitude = ppm.unsigned_abs();
    let mut fraction = format!("{:04}", magnitude % 10_000);
    while fraction.ends_with('0') {
        fraction.pop();
    }
    let whole = magnitude / 10_000;
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Dollars for people: `$1,000.00`, `-$0.02`, rounded to the cent, half away from zero.
#[must_use]
pub fn dollars(amount: Usdc) -> String {
    let text = amount.cents();
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => ("-", magnitude),
        None => ("", text.as_str()),
    };
    let (whole, cents) = magnitude.split_once('.').unwrap_or((magnitude, "00"));
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{cents}")
}

/// Milliseconds as hours for people: `72 h`, `6.5 h`.
pub(crate) fn hours(ms: i64) -> String {
    let tenths = ms / (HOUR_MS / 10);
    if tenths % 10 == 0 { format!("{} h", tenths / 10) } else { format!("{}.{} h", tenths / 10, (tenths % 10).abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_against_the_account() {
        assert_eq!(part_floor(Usdc::from_micros(3), 500_000), Usdc::from_micros(1));
        assert_eq!(part_ceil(Usdc::from_micros(3), 500_000), Usdc::from_micros(2));
        assert_eq!(part_floor(Usdc::whole(1_000), 100_000), Usdc::whole(100));
        assert_eq!(part_ceil(Usdc::from_micros(i64::MAX), i64::MAX), Usdc::from_micros(i64::MAX));
    }

    #[test]
    fn dollars_have_a_sign_cents_and_thousands() {
        for (micros, text) in [
            (0, "$0.00"),
            (999_994_999, "$999.99"),
            (1_000_000_000, "$1,000.00"),
            (-1_234_567_891_234, "-$1,234,567.89"),
            (100_000_000_000, "$100,000.00"),
            (-4_999, "$0.00"),
        ] {
            assert_eq!(dollars(Usdc::from_micros(micros)), text);
        }
    }

    #[test]
    fn ratios_and_their_words() {
        assert_eq!(ratio_ppm(Usdc::whole(-1), Usdc::whole(3)), Some(-333_334));
        assert_eq!(ratio_ppm(Usdc::whole(1), Usdc::ZERO), None);
        assert_eq!(pct(12_500), "1.25%");
        assert_eq!(pct(-100_000), "-10%");
        assert_eq!(signed_pct(50_000), "+5%");
        assert_eq!(pct(1), "0.0001%");
        assert_eq!(hours(72 * HOUR_MS), "72 h");
        assert_eq!(hours(HOUR_MS / 2), "0.5 h");
        assert_eq!(fraction_ppm(f64::NAN), 0);
        assert_eq!(fraction_ppm(2.0), PPM);
    }
}
