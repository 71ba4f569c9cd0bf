//! Decisions as rows: what people read now, and what is stored with its numbers.

use crate::strategies::at_version;
use betty_bus::report::AutoRow;
use betty_bus::{DecisionRow, Verdict};
use betty_market::Timestamp;
use betty_trading::strategy::{PositionView, StrategyRef};
use betty_trading::{EntryDecision, EntryReason, ExitReason, PositionId, dollars};
use serde_json::{Value, json};

/// Reasons a position is held for that are no exit's name.
pub(super) mod held {
    /// No exit fired.
    pub(crate) const NO_EXIT: &str = "no_exit";
    /// No exit fired, and no leg-by-leg bid took the held size.
    pub(crate) const NO_BID: &str = "no_bid";
    /// It was opened without a strategy.
    pub(crate) const NO_STRATEGY: &str = "no_strategy";
    /// The strategy it was opened with cannot be read.
    pub(crate) const NO_RULES: &str = "strategy_unreadable";
    /// A market of it did not answer.
    pub(crate) const UNREADABLE: &str = "market_unreadable";
    /// An exit fired, and it could not be sold.
    pub(crate) const CANNOT_SELL: &str = "cannot_sell";
}

/// The reason under which the kill switch is stored.
pub(super) const KILLED: &str = "kill_switch";

/// The reason under which a taken hedge is stored whose orders did not come in.
pub(super) const NOT_FILLED: &str = "not_filled";

/// What came of the orders of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    /// Whether a position is held.
    pub(super) held: bool,
    /// What a person should know of how they went.
    pub(super) words: Option<String>,
}

/// Decisions in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Record {
    rows: Vec<DecisionRow>,
    /// What led to them, kept with the numbers of each.
    after: Option<String>,
}

/// The number that says what led to a decision.
const AFTER: &str = "after";

/// Of the newest decisions, how many there are and how many of them were made after book events.
pub(super) fn after_events(rows: &[DecisionRow]) -> (u64, u64) {
    let after = rows.iter().filter(|r| r.numbers[AFTER].as_str().is_some_and(|a| a.starts_with("book events")));
    (rows.len() as u64, after.count() as u64)
}

fn named(strategy: &StrategyRef) -> String {
    at_version(strategy.name.as_str(), strategy.version)
}

/// The reason's name in data: of a refused trade, the refusal's own.
pub(super) fn entry_kind(reason: &EntryReason) -> String {
    let EntryReason::Refused { refusal } = reason else { return reason.name().to_owned() };
    let value = serde_json::to_value(refusal).unwrap_or_default();
    value["refusal"].as_str().unwrap_or("refused").to_owned()
}

fn row(at: Timestamp, subject: String, verdict: Verdict, kind: &str, words: String, numbers: Value) -> DecisionRow {
    DecisionRow { at, subject, strategy: None, verdict, kind: kind.to_owned(), words, numbers }
}

impl Record {
    /// Says what led to the decisions that follow.
    pub(super) fn after(&mut self, after: String) {
        self.after = Some(after);
    }

    /// Keeps a decision and gives it as people read it.
    fn push(&mut self, strategy: Option<&StrategyRef>, mut row: DecisionRow) -> AutoRow {
        if let Some(after) = &self.after {
            match &mut row.numbers {
                Value::Object(numbers) => {
                    numbers.insert(AFTER.to_owned(), json!(after));
                }
                numbers if numbers.is_null() => *numbers = json!({ AFTER: after }),
                _ => {}
            }
        }
        // People read "enter" for a hedge that is taken.
        let word = if row.verdict == Verdict::Take { "enter" } else { row.verdict.name() };
        let shown = AutoRow {
            about: row.subject.clone(),
            decision: word.to_owned(),
            reason: row.words.clone(),
            kind: row.kind.clone(),
        };
        self.rows.push(DecisionRow { strategy: strategy.map(named), ..row });
        shown
    }

    /// A candidate that was decided, with what came of its orders when they were sent.
    pub(super) fn entry(
        &mut self,
        at: Timestamp,
        strategy: &StrategyRef,
        decision: &EntryDecision,
        sent: Option<&Sent>,
    ) -> AutoRow {
        let subject = decision.hedge_id.map_or_else(|| decision.hedge_key.clone(), |id| format!("hedge {id}"));
        let mut words = decision.reason.to_string();
        let mut numbers = serde_json::to_value(&decision.reason).unwrap_or_default();
        if let Some(open) = &decision.open {
            words = format!("{words}; {} shares for {}", open.sizing.shares, dollars(open.capital));
            numbers = json!({
                "reason": decision.reason.name(),
                "shares": open.sizing.shares,
                "capital": open.capital,
                "net_edge_ppm": open.net_edge_ppm,
                "limited_by": open.sizing.decisive(),
            });
        }
        if let Some(what) = sent.and_then(|s| s.words.as_deref()) {
            words = format!("{words}; {what}");
        }
        let came_in = sent.is_none_or(|s| s.held);
        let verdict = if decision.take && came_in { Verdict::Take } else { Verdict::Refuse };
        let kind = if came_in { entry_kind(&decision.reason) } else { NOT_FILLED.to_owned() };
        self.push(Some(strategy), row(at, subject, verdict, &kind, words, numbers))
    }

    /// A candidate whose market is gone from the source.
    pub(super) fn unreadable_hedge(&mut self, at: Timestamp, strategy: &StrategyRef, hedge: i64, why: &str) -> AutoRow {
        let (subject, words) = (format!("hedge {hedge}"), why.to_owned());
        self.push(Some(strategy), row(at, subject, Verdict::Refuse, held::UNREADABLE, words, Value::Null))
    }

    /// No candidate was looked at, because every entry is stopped.
    pub(super) fn killed(&mut self, at: Timestamp, strategy: &StrategyRef, since: &str) -> AutoRow {
        let words = format!("every entry is stopped ({since}); `!resume` in the admin channel lifts it");
        let numbers = json!({ "since": since });
        self.push(Some(strategy), row(at, "entries".to_owned(), Verdict::Refuse, KILLED, words, numbers))
    }

    /// A position that ended.
    pub(super) fn exit(
        &mut self,
        at: Timestamp,
        position: PositionId,
        strategy: Option<&StrategyRef>,
        reason: ExitReason,
        words: &str,
        numbers: Value,
    ) -> AutoRow {
        let subject = format!("position {position}");
        self.push(strategy, row(at, subject, Verdict::Exit, reason.name(), words.to_owned(), numbers))
    }

    /// A position that stays.
    pub(super) fn hold(
        &mut self,
        at: Timestamp,
        position: PositionId,
        strategy: Option<&StrategyRef>,
        kind: &str,
        words: String,
        view: Option<&PositionView>,
    ) -> AutoRow {
        let numbers = serde_json::to_value(view).unwrap_or_default();
        self.push(strategy, row(at, format!("position {position}"), Verdict::Hold, kind, words, numbers))
    }

    /// Everything decided, to be stored.
    pub(super) fn into_rows(self) -> Vec<DecisionRow> {
        self.rows
    }
}
