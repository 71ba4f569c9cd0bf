//! How strategies did: performance, history, and decisions counted by reason.

use super::record::after_events;
use crate::Setup;
use crate::account::{Books, account_name};
use betty_bus::effect::DECISIONS_KEPT_MAX;
use betty_bus::report::{HistoryReport, HistoryRow, PerformanceReport, PerformanceSection, ReasonsReport};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Report, TaskError};
use betty_trading::{Group, Performance, Position, PositionRow};

/// Decisions looked at for what led to them.
const NEWEST_MAX: u32 = 1_000;

fn section(by: &str, groups: Vec<Group>) -> PerformanceSection {
    PerformanceSection { by: by.to_owned(), groups }
}

/// Ended trades, divided by strategy; or, with `details`, by scenario and by exit reason.
pub(super) async fn performance(
    attempt: &Attempt,
    setup: &Setup,
    strategy: Option<String>,
    details: bool,
) -> Result<Done, TaskError> {
    let books = Books::read(attempt, &setup.limits).await?;
    let of = Performance::of(&books.account, strategy.as_deref());
    let sections = if details {
        vec![section("scenario", of.by_scenario), section("exit reason", of.by_exit)]
    } else {
        vec![section("strategy", of.by_strategy)]
    };
    let source = attempt.market.label();
    let report = PerformanceReport { source, strategy, total: of.total, sections, open: of.open };
    Ok(Done::read(Report::Performance(Box::new(report))))
}

/// Ended trades, newest end first.
pub(super) async fn history(attempt: &Attempt, setup: &Setup, limit: u32) -> Result<Done, TaskError> {
    let books = Books::read(attempt, &setup.limits).await?;
    let mut ended: Vec<&Position> = books.account.positions().filter(|p| !p.is_open()).collect();
    ended.sort_by_key(|p| std::cmp::Reverse((p.ended_at(), p.id())));
    let now = attempt.market.now();
    let rows = ended
        .iter()
        .take(limit as usize)
        .map(|p| HistoryRow { row: PositionRow::of(p, None, now), entry_reason: p.opened.entry_reason.clone() })
        .collect();
    let report = HistoryReport { source: attempt.market.label(), rows, ended: ended.len() as u64 };
    Ok(Done::read(Report::History(report)))
}

/// Stored decisions, counted by reason; of one strategy whatever its version when one is named.
pub(super) async fn reasons(attempt: &Attempt, strategy: Option<String>) -> Result<Done, TaskError> {
    let account = account_name(attempt)?;
    let newest = attempt.desk.decisions(&account, NEWEST_MAX).await?;
    let after_events = strategy.is_none().then(|| after_events(&newest));
    let mut rows = attempt.desk.decision_counts(&account).await?;
    if let Some(name) = &strategy {
        rows.retain(|r| r.strategy.as_ref().and_then(|s| s.split_once('@')).is_some_and(|(n, _)| n == name));
    }
    let kept_max = u64::from(DECISIONS_KEPT_MAX);
    let source = attempt.market.label();
    Ok(Done::read(Report::Reasons(ReasonsReport { source, strategy, rows, kept_max, after_events })))
}
