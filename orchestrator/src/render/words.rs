//! Words several cards share: legs, fills, coverage, refusals, costs, sizes and the small print.

use super::num::{UNKNOWN, age_or, count, money, probability, until};
use crate::card::{Card, Table};
use betty_bus::TaskId;
use betty_hedging::{Coverage, Evidence, Hedge, Leg, LegQuote, RefusalReason, Relation, Tier};
use betty_market::{Depth, Outcome, SourceLabel, Timestamp, Usdc, Walk};
use betty_trading::{CostBreakdown, CostLine, Sizing};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Most characters of a question or another text from outside in one place.
pub(crate) const TEXT_CHARS_MAX: usize = 200;
/// Most fills listed of one leg.
pub(crate) const FILLS_SHOWN: usize = 12;
/// Most rows of a table.
pub(crate) const ROWS_MAX: usize = 25;
/// What a size rests on when only the best prices are known.
pub(crate) const DEPTH_UNKNOWN: &str = "depth unknown: size is an assumption";

/// Text from outside on one line, cut to [`TEXT_CHARS_MAX`] characters. Doors clean it further for their own medium.
pub(crate) fn quoted(text: &str) -> String {
    cut(text, TEXT_CHARS_MAX)
}

/// Text on one line, cut to `max` characters, the last of them `…` when something was cut.
pub(crate) fn cut(text: &str, max: usize) -> String {
    let mut out = String::new();
    let (mut chars, mut space) = (0, false);
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = !out.is_empty();
            continue;
        }
        if chars + usize::from(space) >= max {
            // Makes room for the mark.
            out.pop();
            out.push('…');
            break;
        }
        if std::mem::take(&mut space) {
            out.push(' ');
            chars += 1;
        }
        out.push(c);
        chars += 1;
    }
    out
}

/// A reason that stands as a sentence of its own begins like one. A first word that is a name, such as `llm.base_url`, stays as it is.
pub(crate) fn sentence(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if word.chars().all(char::is_alphabetic) => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// `NO “Will it happen by March?”`.
pub(crate) fn side(outcome: Outcome, question: &str) -> String {
    format!("{outcome} “{}”", quoted(question))
}

/// A leg kept as `NO Will it happen by March?`, with the question in quotation marks.
pub(crate) fn quoted_leg(leg: &str) -> String {
    match leg.split_once(' ') {
        Some((side @ ("YES" | "NO"), question)) => format!("{side} “{}”", quoted(question)),
        _ => quoted(leg),
    }
}

/// A question cut to where it differs from another one of the same form, with a word on each side: `… above $1,650 by …` beside `Will it
/// be above $1,700 by June?`.
pub(crate) fn difference(of: &str, from: &str, max: usize) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (of.split_whitespace().collect(), from.split_whitespace().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    if head + tail == a.len() || head + tail < 3 {
        return cut(of, max);
    }
    let (start, end) = (head.saturating_sub(1), a.len() - tail.saturating_sub(1));
    let piece = cut(&a[start..end].join(" "), max);
    format!("{}{piece}{}", if start > 0 { "… " } else { "" }, if end < a.len() { " …" } else { "" })
}

/// A leg with its ask: `NO “…” at 0.42 (market 12)`.
pub(crate) fn leg(leg: &Leg, quote: Option<&LegQuote>) -> String {
    let ask = quote.map_or_else(|| UNKNOWN.to_owned(), |q| q.best_ask.to_string());
    format!("{} at {ask} (market {})", side(leg.outcome, &leg.question), leg.market)
}

/// The evidence in one word.
pub(crate) const fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Proven => "proven",
        Evidence::Presumed => "presumed (no rule text to check it against)",
        Evidence::Verified => "verified by a model",
        Evidence::Hypothesis => "hypothesis, never traded",
    }
}

/// A relation in words.
pub(crate) const fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Implies => "the first resolving YES forces the second to resolve YES",
        Relation::Excludes => "at most one resolves YES",
        Relation::Exhausts => "at least one resolves YES",
        Relation::Partition => "exactly one resolves YES",
        Relation::Equivalent => "all resolve alike",
        Relation::Union => "the first resolves YES exactly when one of the others does",
    }
}

/// The relation of an analysis in words, from its name in data; a name of another version as it is.
pub(crate) fn analysed(name: &str) -> String {
    match name {
        "a_implies_b" => relation(Relation::Implies).to_owned(),
        "b_implies_a" => "the second resolving YES forces the first to resolve YES".to_owned(),
        "mutually_exclusive" => relation(Relation::Excludes).to_owned(),
        "exhaustive" => relation(Relation::Exhausts).to_owned(),
        "equivalent" => relation(Relation::Equivalent).to_owned(),
        other => quoted(other),
    }
}

/// A coverage with what stands behind it: counted cases, the proof, or nothing.
pub(crate) fn coverage(c: Coverage, by: Evidence) -> String {
    match c.n {
        0 if by == Evidence::Proven && c.lower > 0.0 => format!("{} by proof", probability(c.lower)),
        0 => format!("{UNKNOWN} (no counted cases)"),
        n => format!("{} [at least {}, n {}]", probability(c.point), probability(c.lower), count(u64::from(n))),
    }
}

/// A tier as it may be shown: with net edge, size and days.
pub(crate) fn tier(tier: Tier, net_edge: &str, size: &str, days: Option<u32>) -> String {
    format!("tier {tier}, net edge {net_edge}, size {size}, {}", until(days))
}

/// Whether any leg was priced on the best prices alone.
pub(crate) fn depth_unknown(hedge: &Hedge) -> bool {
    hedge.quote.legs.iter().any(|l| l.depth == Depth::Unknown)
}

/// What the star beside a size means.
pub(crate) fn depth_note() -> String {
    format!("* top of book only, {DEPTH_UNKNOWN}.")
}

/// Fills level by level with their sum: `80 at 0.71 = $56.80, 20 at 0.72 = $14.40; in all 100 for $71.20, fee $0.81`.
pub(crate) fn fills(walk: &Walk) -> String {
    let mut parts: Vec<String> = walk
        .fills
        .iter()
        .take(FILLS_SHOWN)
        .map(|f| format!("{} at {} = {}", f.shares, f.price, money(f.amount)))
        .collect();
    if walk.fills.len() > FILLS_SHOWN {
        parts.push(format!("{} more levels", walk.fills.len() - FILLS_SHOWN));
    }
    // One fill is its own sum.
    if walk.fills.len() == 1 {
        return format!("{}, fee {}", parts.join(", "), money(walk.fee));
    }
    let listed = if parts.is_empty() { "nothing filled".to_owned() } else { parts.join(", ") };
    format!("{listed}; in all {} for {}, fee {}", walk.shares, money(walk.amount), money(walk.fee))
}

/// The reasons of refusals in words, most frequent first; `None` when there were none.
pub(crate) fn refusals(refused: &BTreeMap<String, u64>) -> Option<String> {
    let mut counts: Vec<(&String, u64)> = refused.iter().map(|(r, n)| (r, *n)).filter(|(_, n)| *n > 0).collect();
    counts.sort_by_key(|(reason, n)| (Reverse(*n), *reason));
    let words: Vec<String> = counts.iter().map(|(r, n)| format!("{} × {}", count(*n), reason(r))).collect();
    (!words.is_empty()).then(|| format!("Refused: {}.", words.join("; ")))
}

/// One reason in words, whether it came as a name of the closed set or as words already.
pub(crate) fn reason(name: &str) -> String {
    match serde_json::from_value::<RefusalReason>(name.into()) {
        Ok(reason) => reason.title().to_owned(),
        Err(_) => quoted(&name.replace('_', " ")),
    }
}

/// How old a cost line's source is. A dated default may lie ahead of a simulated or recorded present: then its date is what tells.
fn line_age(line: &CostLine) -> String {
    match (line.age_ms, line.as_of) {
        (Some(ms), Some(as_of)) if ms < 0 => {
            format!("of {}", as_of.to_string().split('T').next().unwrap_or_default())
        }
        (age, _) => age_or(age),
    }
}

/// The lines of a cost breakdown as a table, with source and age.
pub(crate) fn cost_table(costs: &CostBreakdown) -> Table {
    let mut rows: Vec<Vec<String>> = costs
        .lines
        .iter()
        .map(|l| vec![l.kind.title().to_owned(), money(l.amount), quoted(&l.source), line_age(l)])
        .collect();
    rows.push(vec![
        "total".to_owned(),
        money(costs.total),
        format!("of it on top of the prices: {}", money(costs.charged())),
        String::new(),
    ]);
    Table { header: ["cost", "amount", "source", "age"].map(str::to_owned).to_vec(), rows, right: vec![1, 3] }
}

/// How a size came about: what bound, then each limit with what it would have allowed.
pub(crate) fn sizing(sizing: &Sizing) -> Vec<String> {
    let mut out = vec![format!("How the size came about: {}.", sizing.words())];
    out.extend(sizing.derivation.iter().map(|step| {
        let mark = if step.bound { " ← this bound" } else { "" };
        let allowed = step.allowed.map_or_else(String::new, |a| format!(" (alone it allows {})", money(a)));
        format!("• {}: {}{allowed}{mark}", step.limit.title(), quoted(&step.words))
    }));
    out
}

/// An exact sum for a balance: never rounded to look balanced.
pub(crate) fn exact(amount: Usdc) -> String {
    amount.to_string()
}

/// The small print: PAPER, the kind of data, the market's time, the task.
pub(crate) fn small_print(card: Card, source: Option<&SourceLabel>, at: Option<Timestamp>, task: TaskId) -> Card {
    let mut parts = vec!["PAPER".to_owned()];
    // A label whose name came from a file is text from outside too.
    parts.extend(source.map(|s| quoted(&s.to_string())));
    parts.extend(at.map(|t| format!("market time {t}")));
    parts.push(format!("task {task}"));
    card.footer(parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_stays_on_one_short_line() {
        assert_eq!(quoted("a\n\tb\u{1b}[31m\u{0}c "), "a b [31m c");
        let long = quoted(&"é".repeat(10_000));
        assert_eq!(long.chars().count(), TEXT_CHARS_MAX);
        assert!(long.ends_with('…'));
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("ab cd", 4), "ab …");
        assert_eq!(cut("", 4), "");
    }

    #[test]
    fn a_reason_alone_begins_like_a_sentence_and_a_name_stays() {
        for (text, shown) in [
            ("there is no hedge 3", "There is no hedge 3"),
            ("ärgerlich", "Ärgerlich"),
            ("llm.base_url is not set", "llm.base_url is not set"),
            ("`!resume` lifts it", "`!resume` lifts it"),
            ("3 are open", "3 are open"),
            ("", ""),
        ] {
            assert_eq!(sentence(text), shown);
        }
    }

    #[test]
    fn the_second_of_two_alike_questions_is_cut_to_its_difference() {
        let of = |a, b| difference(a, b, 30);
        let first = "Will the price be above $1,700 on January 8?";
        assert_eq!(of("Will the price be above $1,650 on January 8?", first), "… above $1,650 on …");
        assert_eq!(of("Will the price be above $1,700 on January 9?", first), "… January 9?");
        assert_eq!(of("Shall the price be above $1,700 on January 8?", first), "Shall the …");
        assert_eq!(of(first, first), cut(first, 30), "nothing differs");
        assert_eq!(of("Is it so that nobody has ever seen it?", first), "Is it so that nobody has eve…");
        assert_eq!(of("", first), "");
        // A word that is repeated is counted once, from one side.
        assert_eq!(of("a b c c d", "a b c d"), "… c c d");
    }

    #[test]
    fn refusals_are_words_sorted_by_count() {
        let refused = BTreeMap::from([
            ("spread".to_owned(), 3),
            ("logic_not_proven".to_owned(), 1_200),
            ("some_new_reason".to_owned(), 3),
            ("fee".to_owned(), 0),
        ]);
        assert_eq!(
            refusals(&refused).as_deref(),
            Some("Refused: 1,200 × logic not proven; 3 × some new reason; 3 × asks cost at least the worst payout.")
        );
        assert_eq!(refusals(&BTreeMap::new()), None);
        assert_eq!(reason("asks cost at least the worst payout"), "asks cost at least the worst payout");
    }

    #[test]
    fn an_analysed_relation_is_a_sentence() {
        assert_eq!(analysed("a_implies_b"), "the first resolving YES forces the second to resolve YES");
        assert_eq!(analysed("b_implies_a"), "the second resolving YES forces the first to resolve YES");
        for name in ["mutually_exclusive", "exhaustive", "equivalent"] {
            assert!(!analysed(name).contains('_') && analysed(name) != name, "{name}");
        }
        assert_eq!(analysed("x\ny"), "x y");
    }

    #[test]
    fn a_probability_names_its_cases_or_the_proof() {
        let c = |point, lower, n| Coverage { point, lower, n };
        assert_eq!(coverage(c(1.0, 1.0, 0), Evidence::Proven), "100% by proof");
        assert!(coverage(c(1.0, 1.0, 0), Evidence::Presumed).starts_with(UNKNOWN));
        assert_eq!(coverage(c(0.97, 0.951, 1_400), Evidence::Verified), "97% [at least 95.1%, n 1,400]");
    }
}
