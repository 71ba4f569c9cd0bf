//! Money, shares and prices as integers. Floating point never holds an amount.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Micro-units in one dollar or one share.
pub const MICRO: i64 = 1_000_000;

/// Why an amount cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The text is not a plain decimal number.
    #[error("{0:?} is not a decimal number")]
    NotANumber(String),
    /// More decimals than the unit holds.
    #[error("{text:?} has more than {decimals} decimals")]
    TooPrecise {
        /// The text as given.
        text: String,
        /// Decimals the unit can hold.
        decimals: u32,
    },
    /// Outside the unit's range.
    #[error("{0:?} is out of range")]
    OutOfRange(String),
}

/// Parses `[-]digits[.digits]` into an integer scaled by `10^decimals`. Trailing zeros beyond the scale are allowed.
fn parse_scaled(text: &str, decimals: u32) -> Result<i64, MoneyError> {
    let bad = || MoneyError::NotANumber(text.chars().take(40).collect());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty()
        || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        || fraction.contains('.')
    {
        return Err(bad());
    }
    let kept = fraction.get(..decimals as usize).unwrap_or(fraction);
    if fraction[kept.len()..].bytes().any(|b| b != b'0') {
        return Err(MoneyError::TooPrecise { text: text.to_owned(), decimals });
    }
    let range = || MoneyError::OutOfRange(text.chars().take(40).collect());
    let mut value: i64 = 0;
    for b in whole.bytes().chain(kept.bytes()) {
        value = value.checked_mul(10).and_then(|v| v.checked_add(i64::from(b - b'0'))).ok_or_else(range)?;
    }
    for _ in kept.len()..decimals as usize {
        value = value.checked_mul(10).ok_or_else(range)?;
    }
    Ok(if negative { -value } else { value })
}

/// Writes `value / 10^decimals` with at least `keep` decimals and no trailing zeros beyond them.
fn write_scaled(f: &mut fmt::Formatter<'_>, value: i64, decimals: u32, keep: usize) -> fmt::Result {
    let scale = 10_u64.pow(decimals);
    let magnitude = value.unsigned_abs();
    let mut fraction = format!("{:0width$}", magnitude % scale, width = decimals as usize);
    while fraction.len() > keep && fraction.ends_with('0') {
        fraction.pop();
    }
    let sign = if value < 0 { "-" } else { "" };
    if fraction.is_empty() {
        write!(f, "{sign}{}", magnitude / scale)
    } else {
        write!(f, "{sign}{}.{fraction}", magnitude / scale)
    }
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident, $keep:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Wraps micro-units (millionths).
            #[must_use]
            pub const fn from_micros(micros: i64) -> Self {
                Self(micros)
            }

            /// Wraps whole units, saturating.
            #[must_use]
            pub const fn whole(units: i64) -> Self {
                Self(units.saturating_mul(MICRO))
            }

            /// Micro-units (millionths).
            #[must_use]
            pub const fn micros(self) -> i64 {
                self.0
            }

            /// Sum, or `None` on overflow.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(v) => Some(Self(v)),
                    None => None,
                }
            }

            /// Difference, or `None` on overflow.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(v) => Some(Self(v)),
                    None => None,
                }
            }

            /// True when above zero.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// True when below zero.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }

            /// The value as a float, for statistics and charts only.
            #[must_use]
            #[allow(clippy::cast_precision_loss)]
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / MICRO as f64
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            /// # Panics
            /// On overflow: an amount above nine trillion is a defect, never data.
            fn add(self, other: Self) -> Self {
                self.checked_add(other).expect("amount overflow")
            }
        }

        impl std::ops::Sub for $name {
            type Output = Self;
            /// # Panics
            /// On overflow.
            fn sub(self, other: Self) -> Self {
                self.checked_sub(other).expect("amount overflow")
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.checked_neg().expect("amount overflow"))
            }
        }

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl std::ops::SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, |a, b| a + b)
            }
        }

        impl FromStr for $name {
            type Err = MoneyError;
            fn from_str(text: &str) -> Result<Self, MoneyError> {
                parse_scaled(text, 6).map(Self)
            }
        }

        impl fmt::Display for $name {
            /// A plain decimal with all the digits it needs and no sign for plus.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_scaled(f, self.0, 6, $keep)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

amount!(
    /// Dollars in micro-dollars, signed. One dollar is one USDC or pUSD. Serialises as a decimal string.
    Usdc, 2
);
amount!(
    /// Shares in micro-shares. Serialises as a decimal string.
    Shares, 0
);

impl Usdc {
    /// With sign and two decimals, rounded half away from zero: `+1.30`, `-0.02`. For people, never for sums.
    #[must_use]
    pub fn signed(self) -> String {
        let cents = (self.0.unsigned_abs() + 5_000) / 10_000;
        let sign = if self.0 < 0 && cents > 0 { '-' } else { '+' };
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }

    /// With two decimals, rounded half away from zero, for people: `118.70`.
    #[must_use]
    pub fn cents(self) -> String {
        let cents = (self.0.unsigned_abs() + 5_000) / 10_000;
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl Shares {
    /// The venue's lot: sizes have two decimals.
    pub const LOT: Self = Self(10_000);

    /// Rounded down to the venue's lot of 0.01 share.
    #[must_use]
    pub const fn floor_to_lot(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::LOT.0))
    }

    /// What these shares pay at one dollar each.
    #[must_use]
    pub const fn at_par(self) -> Usdc {
        Usdc(self.0)
    }

    /// What these shares pay at 50 cents each (a void market), rounded down.
    #[must_use]
    pub const fn at_half(self) -> Usdc {
        Usdc(self.0 / 2)
    }
}

/// A price of one share in ten-thousandths of a dollar, from 0 to 1 inclusive.
///
/// The venue's finest tick is 0.0001, so every price on a book is exact. Serialises as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Price(u16);

impl Price {
    /// Ten-thousandths in a dollar.
    pub const SCALE: u16 = 10_000;
    /// Worth nothing.
    pub const ZERO: Self = Self(0);
    /// Worth a dollar.
    pub const ONE: Self = Self(Self::SCALE);

    /// Wraps ten-thousandths.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] above 1.0000.
    pub fn from_e4(e4: u16) -> Result<Self, MoneyError> {
        if e4 <= Self::SCALE { Ok(Self(e4)) } else { Err(MoneyError::OutOfRange(e4.to_string())) }
    }

    /// Rounds a float to the nearest ten-thousandth. For data whose prices are JSON numbers.
    #[must_use]
    pub fn from_f64(price: f64) -> Option<Self> {
        let scaled = (price * f64::from(Self::SCALE)).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        (scaled.is_finite() && (0.0..=f64::from(Self::SCALE)).contains(&scaled)).then_some(Self(scaled as u16))
    }

    /// Ten-thousandths of a dollar.
    #[must_use]
    pub const fn e4(self) -> u16 {
        self.0
    }

    /// One dollar less this price: the price of the other token in a mirrored book.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(Self::SCALE - self.0)
    }

    /// `shares × price`, rounded up: what a buyer pays.
    #[must_use]
    pub fn cost_of(self, shares: Shares) -> Usdc {
        let e10 = i128::from(shares.0) * i128::from(self.0);
        Usdc(
            i64::try_from((e10 + i128::from(Self::SCALE) - 1).div_euclid(i128::from(Self::SCALE)))
                .expect("amount overflow"),
        )
    }

    /// `shares × price`, rounded down: what a seller gets.
    #[must_use]
    pub fn proceeds_of(self, shares: Shares) -> Usdc {
        let e10 = i128::from(shares.0) * i128::from(self.0);
        Usdc(i64::try_from(e10.div_euclid(i128::from(Self::SCALE))).expect("amount overflow"))
    }

    /// The price as a float, for statistics and charts only.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / f64::from(Self::SCALE)
    }
}

impl FromStr for Price {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let e4 = parse_scaled(text, 4)?;
        u16::try_from(e4).map_err(|_| MoneyError::OutOfRange(text.to_owned())).and_then(Self::from_e4)
    }
}

impl fmt::Display for Price {
    /// At least two decimals: `0.71`, `0.065`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, i64::from(self.0), 4, 2)
    }
}

impl Serialize for Price {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses_what_the_venue_writes_and_refuses_the_rest() {
        assert_eq!("7.042251".parse::<Shares>().unwrap().micros(), 7_042_251);
        assert_eq!("-0.5".parse::<Usdc>().unwrap().micros(), -500_000);
        assert_eq!(".5".parse::<Usdc>().unwrap().micros(), 500_000);
        assert_eq!("0.0650".parse::<Price>().unwrap().e4(), 650);
        for bad in ["", ".", "-", "1e5", "NaN", "1.2.3", " 1", "+1", "0x1"] {
            assert!(bad.parse::<Usdc>().is_err(), "{bad:?}");
        }
        assert!("0.00001".parse::<Price>().is_err());
        assert!("1.0001".parse::<Price>().is_err());
        assert!("-0.1".parse::<Price>().is_err());
        assert!("99999999999999999999".parse::<Usdc>().is_err());
        assert!("0.1é".parse::<Usdc>().is_err());
    }

    #[test]
    fn prints_for_people() {
        assert_eq!(Usdc::from_micros(1_295_000).signed(), "+1.30");
        assert_eq!(Usdc::from_micros(-4_999).signed(), "+0.00");
        assert_eq!(Usdc::from_micros(118_700_000).to_string(), "118.70");
        assert_eq!(Shares::whole(120).to_string(), "120");
        assert_eq!(Price::from_e4(7_100).unwrap().to_string(), "0.71");
    }

    proptest! {
        #[test]
        fn text_round_trips(micros in any::<i64>().prop_filter("min has no negation", |m| *m != i64::MIN)) {
            let amount = Usdc::from_micros(micros);
            prop_assert_eq!(amount.to_string().parse::<Usdc>().unwrap(), amount);
        }

        #[test]
        fn buyers_never_pay_less_than_sellers_get(shares in 0_i64..1_000_000_000_000, e4 in 0_u16..=10_000) {
            let price = Price::from_e4(e4).unwrap();
            let shares = Shares::from_micros(shares);
            let gap = price.cost_of(shares) - price.proceeds_of(shares);
            prop_assert!(gap.micros() == 0 || gap.micros() == 1);
            prop_assert_eq!(price.cost_of(shares.floor_to_lot()), price.proceeds_of(shares.floor_to_lot()));
        }
    }
}
