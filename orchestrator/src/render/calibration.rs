//! How often relations have held.

use super::num::{UNKNOWN, count, percent_or};
use super::words::{quoted, small_print};
use crate::card::{Card, Table};
use betty_bus::TaskId;
use betty_bus::report::{CalibrationReport, CalibrationRow};
use betty_hedging::calibration::CaseEnd;

/// Events without a failure that a 95% and a 98% bound need.
const REFERENCE: &str = "A bound of 95% needs 59 events without a failure, one of 98% needs 149. T1, T2 and T3 begin at bounds of 95%, 90% and 85%; T0 is for proofs, whose bound comes from logic.";

pub(super) fn calibration(task: TaskId, r: &CalibrationReport) -> Card {
    small_print(body(r).hint("!hedge_status"), Some(&r.source), Some(r.at), task)
}

/// The same of a whole history, of which there is no task.
#[must_use]
pub fn calibration_card(r: &CalibrationReport) -> Card {
    let card = body(r).text(
        "Each market's first text is read, without its result; the relations are those of all listed together, whenever they were.",
    );
    card.footer(format!("PAPER · {}", quoted(&r.source.to_string())))
}

fn body(r: &CalibrationReport) -> Card {
    let mut card = Card::new("Calibration: how often relations written down before they ended have held");
    if r.rows.is_empty() {
        card = card
            .text("Nothing is written down yet. A scan writes down what it shows, the monitor follows it to its end.");
    } else {
        let header = [
            "rule", "known as", "open", "held", "failed", "untested", "void", "events", "failures", "share", "at least",
        ];
        card.table = Some(Table {
            header: header.map(str::to_owned).to_vec(),
            rows: r.rows.iter().map(row).collect(),
            right: (2..11).collect(),
        });
        card = card.text("An event counts once, whatever number of pairs it has, and fails with any of them. \"At least\" is the 95% one-sided lower bound of Clopper and Pearson, lowered by failures of other rules known as well.");
    }
    if r.followed > 0 {
        card = card.text(format!(
            "{} that should have ended were looked at just now; they are counted from the next time on.",
            count(r.followed)
        ));
    }
    card.text(REFERENCE)
}

fn row(r: &CalibrationRow) -> Vec<String> {
    let pairs = |end: CaseEnd| count(r.pairs.iter().filter(|(e, _)| *e == end).map(|(_, n)| n).sum());
    let share = |of: fn(&betty_hedging::Coverage) -> f64| {
        // Shares of a whole, in millionths.
        #[allow(clippy::cast_possible_truncation)]
        percent_or(r.coverage.as_ref().map(|c| (of(c) * 1e6).floor() as i64))
    };
    vec![
        format!("{} {}", r.class.rule, r.class.rule.title()),
        r.class.basis.name().to_owned(),
        pairs(CaseEnd::Open),
        pairs(CaseEnd::Held),
        pairs(CaseEnd::Failed),
        pairs(CaseEnd::Untested),
        pairs(CaseEnd::Void),
        count(r.tally.held + r.tally.failed),
        count(r.tally.failed),
        if r.coverage.is_some() { share(|c| c.point) } else { UNKNOWN.to_owned() },
        if r.coverage.is_some() { share(|c| c.lower) } else { UNKNOWN.to_owned() },
    ]
}
