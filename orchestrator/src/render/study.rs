//! What a history offered, as cards and as JSON.

use super::num::{age, count, counted, money};
use crate::card::{Card, Table};
use crate::program::SCHEMA_VERSION;
use betty_trading::backtest::study::{HistoryStudy, Offer, RelationCounts, Verdict};
use serde_json::{Value, json};

/// Longest question shown in a row, in characters.
const QUESTION_CHARS_MAX: usize = 60;

/// The counts, the gains that could be bought, the gains that could not.
#[must_use]
pub(crate) fn study_cards(study: &HistoryStudy) -> Vec<Card> {
    let all = study.relations.values().copied().fold(RelationCounts::default(), add);
    let mut counts = Card::new(format!(
        "History: {} observed together {}, {} of them paying before fees, {} after",
        counted(all.pairs, "pair", "pairs"),
        counted(all.together, "time", "times"),
        count(all.before_fees),
        count(all.after_fees)
    ));
    let coverage = &study.coverage;
    counts = counts.text(format!(
        "{} and {} from {} to {}. A look is a pair at an instant at which one of its books changed; together means that both books were at most {} old and at most {} apart.",
        counted(coverage.markets, "market", "markets"),
        counted(coverage.records, "record", "records"),
        coverage.from,
        coverage.to,
        age(study.book_age_ms_max),
        age(study.leg_gap_ms_max)
    ));
    counts.table = Some(relation_table(study, &all));
    counts.after.push(format!(
        "Apparent gains on a stale quote: {}. Still there when both books were fresh: {}; gone when looked at again: {}; never confirmed: {}.",
        count(all.apparent),
        count(all.apparent_held),
        count(all.apparent_gone),
        count(all.apparent_never_together)
    ));
    if all.one_sided > 0 {
        counts.after.push(format!(
            "Not counted as paying: {} at which a book had one side only, as books of decided markets have.",
            counted(all.one_sided, "look", "looks")
        ));
    }
    counts.after.extend(study.warnings.iter().cloned());
    counts = counts.footer(study.source.to_string());
    let mut cards = vec![counts];
    for (title, offers) in [
        ("Largest gains with both books fresh", &study.executable),
        ("Largest gains that could not be bought", &study.apparent),
    ] {
        if !offers.is_empty() {
            let mut card = Card::new(format!("{title}, per 100 shares of each leg"));
            card.table = Some(offer_table(offers));
            cards.push(card.footer(study.source.to_string()));
        }
    }
    cards
}

const fn add(a: RelationCounts, b: RelationCounts) -> RelationCounts {
    RelationCounts {
        pairs: a.pairs + b.pairs,
        proven: a.proven + b.proven,
        looks: a.looks + b.looks,
        one_sided: a.one_sided + b.one_sided,
        together: a.together + b.together,
        pairs_together: a.pairs_together + b.pairs_together,
        before_fees: a.before_fees + b.before_fees,
        pairs_before_fees: a.pairs_before_fees + b.pairs_before_fees,
        after_fees: a.after_fees + b.after_fees,
        pairs_after_fees: a.pairs_after_fees + b.pairs_after_fees,
        todays_fees: a.todays_fees + b.todays_fees,
        pairs_todays_fees: a.pairs_todays_fees + b.pairs_todays_fees,
        apparent: a.apparent + b.apparent,
        apparent_held: a.apparent_held + b.apparent_held,
        apparent_gone: a.apparent_gone + b.apparent_gone,
        apparent_never_together: a.apparent_never_together + b.apparent_never_together,
    }
}

fn relation_table(study: &HistoryStudy, all: &RelationCounts) -> Table {
    let header =
        ["relation", "pairs", "looks", "together", "paying", "after fees", "after today's fees", "on a stale quote"];
    let row = |name: &str, c: &RelationCounts| {
        let of = |moments: u64, pairs: u64| match pairs {
            0 => "0".to_owned(),
            n => format!("{} ({})", count(moments), counted(n, "pair", "pairs")),
        };
        vec![
            name.to_owned(),
            count(c.pairs),
            count(c.looks),
            of(c.together, c.pairs_together),
            of(c.before_fees, c.pairs_before_fees),
            of(c.after_fees, c.pairs_after_fees),
            of(c.todays_fees, c.pairs_todays_fees),
            count(c.apparent),
        ]
    };
    let mut rows: Vec<_> = study.relations.iter().map(|(name, c)| row(name, c)).collect();
    if rows.len() > 1 {
        rows.push(row("all", all));
    }
    Table { header: header.map(str::to_owned).to_vec(), rows, right: (1..header.len()).collect() }
}

fn offer_table(offers: &[Offer]) -> Table {
    let header = ["gain", "after fees", "when", "asks", "quotes", "what it was", "legs"];
    let rows = offers.iter().map(|offer| {
        let [a, b] = [0, 1].map(|i| {
            let question: String = offer.questions[i].chars().take(QUESTION_CHARS_MAX).collect();
            format!("{} “{question}”", offer.outcomes[i])
        });
        vec![
            money(offer.before_fees),
            offer.after_fees.map_or_else(|| super::num::UNKNOWN.to_owned(), money),
            offer.at.to_string(),
            format!("{} + {}", offer.asks[0], offer.asks[1]),
            if matches!(offer.verdict, Verdict::Together | Verdict::OneSided) {
                "both fresh".to_owned()
            } else {
                format!("{} and {} old", age(offer.ages_ms[0]), age(offer.ages_ms[1]))
            },
            offer.verdict.words().to_owned(),
            format!("{} {a} + {b}", offer.rule),
        ]
    });
    Table { header: header.map(str::to_owned).to_vec(), rows: rows.collect(), right: vec![0, 1] }
}

/// The whole study, with its schema version.
#[must_use]
pub(crate) fn study_json(study: &HistoryStudy) -> Value {
    json!({ "schema_version": SCHEMA_VERSION, "kind": "history", "source": study.source.to_string(), "study": study })
}
