//! Baskets over more than two markets, as a scan tells them.

use super::num::{UNKNOWN, count, counted, days, money, percent, pnl, pnl_or, until};
use super::words::{self, ROWS_MAX, cut, depth_note, quoted};
use crate::card::{Section, Table};
use betty_bus::report::ScanReport;
use betty_hedging::basket::FoundBasket;
use betty_market::{Depth, Outcome};
use std::cmp::Reverse;

/// Most legs of the best basket that are written out.
const LEGS_SHOWN: usize = 8;
/// Most characters of the first question beside the relation in the table.
const QUESTION_CHARS_MAX: usize = 75;

/// What a basket is not yet.
const NOT_TRADED: &str = "Baskets are told and not paper-traded: no command opens one, no strategy enters one, and none is stored or watched. Each is priced by itself; what shares a market with another basket or hedge shares its book.";

/// One line where sets were priced and none pays.
pub(super) fn none_pays(r: &ScanReport) -> Option<String> {
    if r.sets_priced == 0 || !r.baskets.is_empty() {
        return None;
    }
    let reasons = refused(r).map_or_else(String::new, |words| format!(": {words}"));
    Some(format!("{} of more than two markets priced, none pays{reasons}.", counted(r.sets_priced, "set", "sets")))
}

/// The table of baskets with the best one in full; `None` without any.
pub(super) fn section(r: &ScanReport) -> Option<Section> {
    let best = r.baskets.first()?;
    let found = r.baskets.len() as u64;
    let title = format!(
        "Baskets over more than two markets: {} of {} {}",
        count(found),
        counted(r.sets_priced, "set", "sets"),
        if found == 1 { "pays" } else { "pay" }
    );
    let rows = r.baskets.iter().take(ROWS_MAX);
    let table = Table {
        header: [
            "basket",
            "net edge",
            "tier",
            "legs",
            "shares",
            "capital",
            "guaranteed profit",
            "worst with voids",
            "days",
            "what holds",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: rows.enumerate().map(|(i, b)| row(i, b)).collect(),
        right: vec![1, 4, 5, 6, 7, 8],
    };
    let mut after = block(best);
    if r.baskets.iter().take(ROWS_MAX).any(|b| b.depth == Depth::Unknown) {
        after.push(depth_note());
    }
    if r.baskets.len() > ROWS_MAX {
        after.push(format!("{} more are not shown; `betty scan --json` has all.", count(found - ROWS_MAX as u64)));
    }
    after.extend(refused(r).map(|words| format!("Sets refused: {words}.")));
    after.push(NOT_TRADED.to_owned());
    Some(Section { title, table, after })
}

/// A basket has no number, and a letter cannot be taken for one.
fn letter(i: usize) -> String {
    u8::try_from(i).ok().filter(|i| *i < 26).map_or_else(|| UNKNOWN.to_owned(), |i| char::from(b'A' + i).to_string())
}

fn row(i: usize, found: &FoundBasket) -> Vec<String> {
    let (c, b) = (&found.certificate, &found.basket);
    let first = found.legs.first().map_or("", |l| l.question.as_str());
    vec![
        letter(i),
        percent(b.net_edge_ppm()),
        found.tier.to_string(),
        sides(found),
        format!("{}{}", shares(found), if found.depth == Depth::Unknown { "*" } else { "" }),
        money(b.capital),
        pnl(b.worst),
        pnl_or(b.worst_with_voids),
        days(found.days),
        format!(
            "of {} {} ({}, {}): “{}” …",
            counted(c.markets.len() as u64, "market", "markets"),
            words::relation(c.relation),
            c.rule,
            words::evidence(c.evidence),
            cut(first, QUESTION_CHARS_MAX)
        ),
    ]
}

/// `3 NO`, `1 YES + 2 NO`.
fn sides(found: &FoundBasket) -> String {
    let of = |side: Outcome| found.legs.iter().filter(|l| l.outcome == side).count();
    let parts = [Outcome::Yes, Outcome::No].map(|side| (of(side), side));
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, side)| format!("{n} {side}")).collect();
    parts.join(" + ")
}

/// Shares of each leg: one number where all are alike, else the least and the most.
fn shares(found: &FoundBasket) -> String {
    let all = || found.basket.legs.iter().map(|l| l.shares);
    match (all().min(), all().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => UNKNOWN.to_owned(),
    }
}

/// The best basket in a few lines.
fn block(found: &FoundBasket) -> Vec<String> {
    let (c, b) = (&found.certificate, &found.basket);
    let mut legs: Vec<String> = found
        .legs
        .iter()
        .zip(&b.legs)
        .take(LEGS_SHOWN)
        .map(|(leg, quote)| {
            let price = |p: Option<betty_market::Price>| p.map_or_else(|| UNKNOWN.to_owned(), |p| p.to_string());
            let (best, marginal) = (price(quote.best_ask()), price(quote.marginal()));
            let prices = if best == marginal { best } else { format!("{best} to {marginal}") };
            format!("{} {} at {prices} (market {})", quote.shares, words::side(leg.outcome, &leg.question), leg.market)
        })
        .collect();
    if found.legs.len() > LEGS_SHOWN {
        legs.push(counted((found.legs.len() - LEGS_SHOWN) as u64, "more leg", "more legs"));
    }
    let mut lines = vec![format!(
        "Basket A: tier {}, net edge {}, size {} shares of each leg, {}. Buy:",
        found.tier,
        percent(b.net_edge_ppm()),
        shares(found),
        until(found.days)
    )];
    lines.extend(legs.into_iter().map(|leg| format!("• {leg}")));
    lines.push(format!(
        "Why it pays ({} {}, {}): {}",
        c.rule,
        c.rule.title(),
        words::evidence(c.evidence),
        cut(&c.sentence, 1_000)
    ));
    lines.push(format!(
        "Capital {} (fees {}, gas {}); guaranteed profit {} in each of {} as long as that holds and every market resolves YES or NO; with voids {}.",
        money(b.capital),
        money(b.fee()),
        money(b.gas()),
        pnl(b.worst),
        counted(b.worlds.len() as u64, "world", "worlds"),
        pnl_or(b.worst_with_voids)
    ));
    lines
}

/// Why sets have no basket, most frequent first; `None` when each has one.
fn refused(r: &ScanReport) -> Option<String> {
    let mut counts: Vec<(&String, u64)> = r.sets_refused.iter().map(|(why, n)| (why, *n)).filter(|c| c.1 > 0).collect();
    counts.sort_by_key(|(why, n)| (Reverse(*n), *why));
    let words: Vec<String> = counts.iter().map(|(why, n)| format!("{} × {}", count(*n), reason(why))).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// One reason in words, from its name in data; a name of another version as it is.
fn reason(name: &str) -> String {
    match name {
        "nothing_pays" => "the asks cost at least the worst payout, fees in".to_owned(),
        "too_small" => "too small after rounding, smallest orders and gas".to_owned(),
        "not_proven" => "a text, date or flag changed".to_owned(),
        "not_open" => "a market takes no orders".to_owned(),
        "books_apart" => "books of different moments".to_owned(),
        "same_orders" => "the same orders as another basket".to_owned(),
        "too_many_worlds" => "too many joint outcomes to look at".to_owned(),
        "not_solved" => "the programme was not solved".to_owned(),
        other => quoted(&other.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_hedging::basket::{BasketRefusal, ProgrammeError, TooManyWorlds};
    use betty_market::Usdc;

    #[test]
    fn rows_have_letters_and_reasons_have_words() {
        assert_eq!([letter(0), letter(25), letter(26)], ["A", "Z", UNKNOWN]);
        assert_ne!(letter(ROWS_MAX - 1), UNKNOWN, "every row has a letter");
        assert_eq!(reason("some_new_reason"), "some new reason");
        use BasketRefusal::{Apart, NotOpen, NotProven, NothingPays, Programme, Same, TooSmall, Worlds};
        let worlds = Worlds(TooManyWorlds(1));
        let unsolved = Programme(ProgrammeError::NoWorld);
        for why in [NothingPays, TooSmall(Usdc::ZERO), NotProven, NotOpen, Apart, Same, worlds, unsolved] {
            assert_ne!(reason(why.name()), why.name().replace('_', " "), "{why}");
        }
    }
}
