//! Round numbers and dates along an axis.

use betty_market::Timestamp;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// From values to units of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
}

impl Scale {
    /// A value's place; the middle when the values have no extent.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.from;
        let part = if high > low { (value - low) / (high - low) } else { 0.5 };
        self.to.0 + part * (self.to.1 - self.to.0)
    }
}

/// The extent of values with some air; one unit around a single value, 0 to 1 for none.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>, air: f64) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values.into_iter().filter(|v| v.is_finite()) {
        low = low.min(v);
        high = high.max(v);
    }
    if low > high {
        return (0.0, 1.0);
    }
    if high - low < 1e-9 {
        return (low - 1.0, high + 1.0);
    }
    let room = (high - low) * air;
    (low - room, high + room)
}

/// Multiples of 1, 2 or 5 times a power of ten in an extent, about as many as wanted, with the decimals they need.
pub(crate) fn round_ticks((low, high): (f64, f64), wanted: usize) -> (Vec<f64>, usize) {
    let rough = (high - low) / wanted.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return (Vec::new(), 0);
    }
    let power = 10_f64.powi(rough.log10().floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(10.0 * power);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let first = (low / step).ceil();
    let mut ticks = Vec::new();
    let mut i = first;
    while i * step <= high && ticks.len() <= 2 * wanted + 2 {
        ticks.push(i * step);
        i += 1.0;
    }
    (ticks, decimals)
}

/// The calendar of an instant: year, month, day, hour. `None` outside the calendar.
pub(crate) fn calendar(at: Timestamp) -> Option<(i64, u32, u32, u32)> {
    let text = at.to_string();
    let (date, time) = text.split_once('T')?;
    let mut parts = date.rsplitn(3, '-');
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    Some((parts.next()?.parse().ok()?, month, day, time.get(..2)?.parse().ok()?))
}

/// Short names of the months.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Nov 2026`.
pub(crate) fn month_name(year: i64, month: u32) -> String {
    format!("{} {year}", MONTHS.get(month.saturating_sub(1) as usize).copied().unwrap_or("?"))
}

/// Instants to write on a time axis, at most `most`, each with its label.
pub(crate) fn time_ticks(from: Timestamp, to: Timestamp, most: usize) -> Vec<(Timestamp, String)> {
    let span = to.since(from);
    let most = most.max(2);
    if span <= 0 {
        return vec![(from, crate::words::day(from))];
    }
    for step in [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY] {
        if span / step < most as i64 {
            return steps(from, to, step);
        }
    }
    for months in [1, 2, 3, 6, 12, 24, 60, 120] {
        let ticks = months_between(from, to, months);
        if ticks.len() <= most {
            return ticks;
        }
    }
    vec![(from, crate::words::day(from)), (to, crate::words::day(to))]
}

fn steps(from: Timestamp, to: Timestamp, step: i64) -> Vec<(Timestamp, String)> {
    let mut out = Vec::new();
    let mut next = from.millis().div_euclid(step).checked_mul(step);
    while let Some(at) = next.filter(|at| *at <= to.millis()) {
        let at = Timestamp::from_millis(at);
        if at >= from
            && let Some((_, month, day, hour)) = calendar(at)
        {
            let name = MONTHS[(month.clamp(1, 12) - 1) as usize];
            let label = if step < DAY && hour > 0 { format!("{hour:02}:00") } else { format!("{day} {name}") };
            out.push((at, label));
        }
        next = at.millis().checked_add(step);
    }
    out
}

fn months_between(from: Timestamp, to: Timestamp, every: i64) -> Vec<(Timestamp, String)> {
    let (Some((y0, m0, ..)), Some((y1, m1, ..))) = (calendar(from), calendar(to)) else { return Vec::new() };
    let (first, last) = (y0 * 12 + i64::from(m0) - 1, y1 * 12 + i64::from(m1) - 1);
    let mut out = Vec::new();
    let mut month = first.div_euclid(every) * every;
    // A span of centuries is no backtest: one tick more than asked for tells the caller to take a wider step.
    while month <= last && out.len() < 64 {
        let (year, number) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
        if let Some(at) = Timestamp::parse(&format!("{year:04}-{number:02}-01"))
            && at >= from
            && at <= to
        {
            out.push((at, month_name(year, number)));
        }
        month += every;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(round_ticks((0.0, 100.0), 5), (vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0], 0));
        // A step of at least 0.0103 is 0.02: -0.02 and 0.
        let (ticks, decimals) = round_ticks((-0.03, 0.011), 4);
        assert_eq!((ticks.len(), decimals), (2, 2));
        assert_eq!(round_ticks((1.0, 1.0), 4).0, Vec::<f64>::new());
        assert_eq!(round_ticks((0.0, f64::NAN), 4).0, Vec::<f64>::new());
    }

    #[test]
    fn months_are_named_with_their_year() {
        let at = |t: &str| Timestamp::parse(t).unwrap();
        let labels: Vec<String> =
            time_ticks(at("2025-11-20"), at("2026-03-10"), 6).into_iter().map(|(_, l)| l).collect();
        assert_eq!(labels, ["Dec 2025", "Jan 2026", "Feb 2026", "Mar 2026"]);
        let labels: Vec<String> =
            time_ticks(at("2026-03-01"), at("2026-03-05"), 6).into_iter().map(|(_, l)| l).collect();
        assert_eq!(labels, ["1 Mar", "2 Mar", "3 Mar", "4 Mar", "5 Mar"]);
    }

    proptest! {
        #[test]
        fn ticks_lie_in_their_span(from in any::<i64>(), length in 0_i64..400 * 365 * DAY, most in 2_usize..10) {
            let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(from).plus_millis(length));
            let ticks = time_ticks(from, to, most);
            prop_assert!(ticks.len() <= most + 1, "{} ticks", ticks.len());
            prop_assert!(ticks.iter().all(|(t, _)| *t >= from && *t <= to));
        }

        #[test]
        fn round_ticks_lie_in_their_extent(low in -1e9..1e9_f64, width in 1e-6..1e9_f64, wanted in 1_usize..12) {
            let (ticks, _) = round_ticks((low, low + width), wanted);
            prop_assert!(ticks.iter().all(|t| *t >= low - width * 1e-6 && *t <= low + width * (1.0 + 1e-6)));
            prop_assert!(ticks.len() <= 2 * wanted + 3);
        }
    }
}
