//! Threshold ladders on one number read at one instant or over one period, and touch questions in two directions.

use crate::sim::calendar::{deadline, eastern, long_date, month_end, month_name, plus_days, short_date};
use crate::sim::draft::{Category, EventDraft, FamilyDraft, MarketDraft, PairKind, Workshop};
use crate::sim::latent::Condition;
use crate::sim::names::{self, CITIES, COMMODITIES, COUNTRIES, TOKENS_TO_COME, TOKENS_TRADED};
use crate::sim::rng::mix;
use chrono::{Datelike, NaiveDate};

/// A number with thousands separators.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Probability of each interval between `rungs` thresholds, lowest first: a bell around a random centre.
fn bell(shop: &mut Workshop<'_>, intervals: usize) -> Vec<f64> {
    let centre = 0.3 + 0.4 * shop.rng.unit();
    let width = 0.22 + 0.2 * shop.rng.unit();
    (0..intervals)
        .map(|k| {
            let x = ((k as f64 + 0.5) / intervals as f64 - centre) / width;
            crate::sim::rng::exp(-x * x / 2.0) + 0.01
        })
        .collect()
}

/// States at or above rung k, of a variable with one more state than rungs.
const fn above(k: usize, rungs: usize) -> u64 {
    ((1 << (rungs + 1)) - 1) & !((1 << (k + 1)) - 1)
}

struct Ladder {
    topic: String,
    title: String,
    category: Category,
    series: Option<String>,
    /// Question, rule text, label; the lowest number first.
    rungs: Vec<(String, String, String)>,
    source: String,
    answered: i64,
    end: i64,
}

fn ladder(shop: &mut Workshop<'_>, l: Ladder) -> FamilyDraft {
    let n = l.rungs.len();
    let prior = bell(shop, n + 1);
    let variable = shop.instant(prior, l.answered);
    let markets = l
        .rungs
        .into_iter()
        .enumerate()
        .map(|(k, (question, description, group_title))| MarketDraft {
            question,
            description,
            group_title,
            source: l.source.clone(),
            end: l.end,
            conditions: vec![Condition { variable: 0, mask: above(k, n) }],
            other: false,
        })
        .collect();
    FamilyDraft {
        topic: l.topic,
        listed: shop.listed,
        variables: vec![variable],
        events: vec![EventDraft {
            title: l.title,
            category: l.category,
            series: l.series,
            neg_risk: false,
            augmented: false,
            fine_tick: shop.rng.chance(0.25),
            markets,
        }],
        pairs: (1..n).map(|k| (k, k - 1, PairKind::ThresholdLadder)).collect(),
    }
}

/// "Will Aurix be above $1,200 on January 16, 2026?": the close of one candle at noon.
pub(crate) fn token_at_noon(shop: &mut Workshop<'_>, days_ahead: u64) -> FamilyDraft {
    let (name, symbol) = names::token(shop.rng, TOKENS_TRADED);
    let date = plus_days(shop.today, days_ahead);
    // One token keeps to one price range, whoever asks.
    let own = symbol.bytes().fold(0, |h, b| mix(h, u64::from(b)));
    let step = [5, 10, 50, 100, 500][(own % 5) as usize];
    let base = step * (12 + (own >> 8) as i64 % 29);
    let at = eastern(date, 12, 0);
    let count = shop.rng.between(5, 7);
    let rungs = (0..count)
        .map(|k| {
            let price = grouped(base + k * step);
            (
                format!("Will the price of {name} be above ${price} on {}?", long_date(date)),
                format!(
                    "This market will resolve to \"Yes\" if the Halcyon Exchange 1 minute candle for {symbol}/USDT 12:00 in the ET timezone (noon) on {} has a final \"Close\" price higher than ${price}. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market is Halcyon Exchange, specifically the {symbol}/USDT \"Close\" prices with \"1m\" and \"Candles\" selected.\n\nPlease note that this market is about the price according to Halcyon Exchange {symbol}/USDT, not according to other sources or spot markets.",
                    long_date(date)
                ),
                format!("${price}"),
            )
        })
        .collect();
    let slug = name.to_lowercase().replace(' ', "-");
    ladder(
        shop,
        Ladder {
            topic: format!("{name} on {date}"),
            title: format!("{name} above ___ on {}?", short_date(date)),
            category: Category::Crypto,
            series: Some(format!("{slug}-multi-strikes-daily")),
            rungs,
            source: "https://halcyon-exchange.example/".to_owned(),
            answered: at,
            end: at,
        },
    )
}

/// "Will Northwind Motors close above $180 on January 16, 2026?".
pub(crate) fn share_close(shop: &mut Workshop<'_>, days_ahead: u64) -> FamilyDraft {
    let company = names::company(shop.rng);
    let mut date = plus_days(shop.today, days_ahead);
    while date.weekday().number_from_monday() > 5 {
        date = plus_days(date, 1);
    }
    let step = [5, 10, 20][shop.rng.below(3) as usize];
    let base = step * shop.rng.between(6, 30);
    let at = eastern(date, 16, 0);
    let count = shop.rng.between(4, 6);
    let rungs = (0..count)
        .map(|k| {
            let price = grouped(base + k * step);
            (
                format!("Will {company} close above ${price} on {}?", long_date(date)),
                format!(
                    "This market will resolve to \"Yes\" if the official closing price of {company} on {} is above ${price}. Otherwise, this market will resolve to \"No\".\n\nIf the primary exchange has no regular session on that day, the most recent official closing price will be used.\n\nThe resolution source for this market is the primary listing exchange of {company}.",
                    long_date(date)
                ),
                format!("${price}"),
            )
        })
        .collect();
    ladder(
        shop,
        Ladder {
            topic: company.clone(),
            title: format!("{company} closes above ___ on {}?", short_date(date)),
            category: Category::Finance,
            series: None,
            rungs,
            source: "https://exchange.example/closing-prices".to_owned(),
            answered: at,
            end: at,
        },
    )
}

/// "Kiteline FDV above $500M one day after launch?".
pub(crate) fn launch_valuation(shop: &mut Workshop<'_>) -> FamilyDraft {
    let (name, _) = names::token(shop.rng, TOKENS_TO_COME);
    let date = shop.month_ends(1)[0];
    // In millions of dollars.
    let rungs = [200, 500, 1_000, 2_000]
        .into_iter()
        .map(|millions| {
            let short = if millions >= 1_000 { format!("${}B", millions / 1_000) } else { format!("${millions}M") };
            (
                format!("{name} FDV above {short} one day after launch?"),
                format!(
                    "This market will resolve to \"Yes\" if the Fully Diluted Valuation of {name}'s token is greater than ${} 1 day after launch. Otherwise, the market will resolve to \"No\".\n\n\"1 day after launch\" is defined as 24 hours after launch. For the purposes of this market \"locked\" tokens or non-swappable tokens will not be considered a launch.\n\nIf {name} doesn't launch a token by {}, 11:59 PM ET, this market will resolve to \"No\".\n\nThe resolution source is the most liquid price source available.",
                    grouped(millions * 1_000_000),
                    long_date(date)
                ),
                format!(">{short}"),
            )
        })
        .collect();
    ladder(
        shop,
        Ladder {
            topic: format!("{name} market cap"),
            title: format!("{name} market cap (FDV) one day after launch?"),
            category: Category::Crypto,
            series: None,
            rungs,
            source: String::new(),
            answered: deadline(date),
            end: deadline(date),
        },
    )
}

/// "At least N": counts over one period.
pub(crate) fn count_at_least(shop: &mut Workshop<'_>) -> FamilyDraft {
    let date = shop.month_ends(1)[0];
    let city = shop.rng.pick(CITIES);
    let nation = shop.rng.pick(COUNTRIES);
    let artist = names::person(shop.rng);
    let kind = shop.rng.below(4);
    let (category, first, step, count) = match kind {
        0 => (Category::Culture, 20, 10, 5),
        1 => (Category::Weather, 2, 1, 5),
        2 => (Category::Economics, 1, 1, 4),
        _ => (Category::Politics, 100, 25, 5),
    };
    let day = long_date(date);
    let what = move |n: i64| match kind {
        0 => (
            format!("{artist}'s next video get at least {n} million views by {day}"),
            format!("the next video published by {artist} reaches at least {n},000,000 views by {day}, 11:59 PM ET"),
            format!("the view counter of the video on the channel of {artist}"),
        ),
        1 => (
            format!("at least {n} storms be named off {city} by {day}"),
            format!("at least {n} tropical storms are named in the {city} basin by {day}, 11:59 PM ET"),
            format!("the {city} Meteorological Office"),
        ),
        2 => (
            format!("the treasury of {nation} issue bonds at least {n} times by {day}"),
            format!(
                "the treasury of {nation} issues sovereign bonds on at least {n} separate days by {day}, 11:59 PM ET"
            ),
            format!("the treasury of {nation}"),
        ),
        _ => (
            format!("the {nation} opposition hold at least {n} seats on {day}"),
            format!(
                "parties outside the government hold at least {n} seats in the lower house of {nation} on {day}, 11:59 PM ET"
            ),
            format!("the parliament of {nation}"),
        ),
    };
    let rungs = (0..count)
        .map(|k| {
            let n = first + k * step;
            let (ask, clause, source) = what(n);
            (
                format!("Will {ask}?"),
                format!(
                    "This market will resolve to \"Yes\" if {clause}. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market will be {source}."
                ),
                if kind == 0 { format!("≥{n}M") } else { format!("≥{n}") },
            )
        })
        .collect::<Vec<_>>();
    let topic = what(0).2;
    let title = rungs[0].0.replacen(&format!("at least {first}"), "at least ___", 1);
    ladder(
        shop,
        Ladder {
            topic,
            title,
            category,
            series: None,
            rungs,
            source: String::new(),
            answered: deadline(date),
            end: deadline(date),
        },
    )
}

/// "Hit (HIGH) $85" and "hit (LOW) $65": two ladders in opposite directions under one title.
pub(crate) fn touch_high_low(shop: &mut Workshop<'_>) -> FamilyDraft {
    let name = shop.rng.pick(COMMODITIES);
    let last: NaiveDate = month_end(shop.today, shop.rng.between(1, 4) as u32);
    let month = format!("{} {}", month_name(last), last.year());
    let centre = 5 * shop.rng.between(10, 40);
    let end = deadline(last);
    let mut variables = Vec::new();
    let mut markets = Vec::new();
    for (v, (side, extreme, sign)) in [("HIGH", "High", 1), ("LOW", "Low", -1)].into_iter().enumerate() {
        let prior = vec![0.3, 0.3, 0.2 + 0.2 * shop.rng.unit(), 0.15];
        variables.push(shop.instant(prior, end));
        for k in 0..3_usize {
            let price = centre + sign * 5 * (k as i64 + 1);
            let relation = if sign > 0 { "equal to or above" } else { "equal to or below" };
            markets.push(MarketDraft {
                question: format!("Will {name} hit ({side}) ${price} in {month}?"),
                description: format!(
                    "This market will resolve to \"Yes\" if any 1 minute candle of {name} between {}, 12:00 AM ET and {}, 11:59 PM ET has a final \"{extreme}\" price {relation} ${price}. Otherwise, this market will resolve to \"No\".\n\nThe resolution source for this market is Halcyon Exchange, specifically the \"{extreme}\" prices of the front contract.",
                    long_date(last.with_day(1).unwrap_or(last)),
                    long_date(last)
                ),
                group_title: format!("{} ${price}", if sign > 0 { "↑" } else { "↓" }),
                source: "https://halcyon-exchange.example/".to_owned(),
                end,
                conditions: vec![Condition { variable: v, mask: above(k, 3) }],
                other: false,
            });
        }
    }
    FamilyDraft {
        topic: name.to_owned(),
        listed: shop.listed,
        variables,
        events: vec![EventDraft {
            title: format!("What will {name} hit in {month}?"),
            category: Category::Finance,
            series: None,
            neg_risk: false,
            augmented: false,
            fine_tick: false,
            markets,
        }],
        // Touching a further price means having touched a nearer one, on each side alone.
        pairs: [(1, 0), (2, 1), (4, 3), (5, 4)].map(|(a, b)| (a, b, PairKind::ThresholdLadder)).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rung_masks_nest() {
        // Four states of three rungs: above the lowest is states 1, 2, 3.
        assert_eq!(above(0, 3), 0b1110);
        assert_eq!(above(1, 3), 0b1100);
        assert_eq!(above(2, 3), 0b1000);
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
    }
}
