//! What an account looks like to people: a view, computed from the account and the marks of the moment.

use crate::exit::ExitReason;
use crate::ledger::account::settlement_day;
use crate::ledger::{Account, Position, PositionId, PositionStatus, PriceMark};
use crate::strategy::StrategyRef;
use crate::units::ratio_ppm;
use betty_hedging::Tier;
use betty_market::{EventId, Shares, SourceLabel, Timestamp, Usdc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Marks by position: what the bids pay for it now, `None` where a leg has no bid for the held size.
pub type Marks = BTreeMap<PositionId, Option<Usdc>>;

/// Which positions to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionFilter {
    /// All of them.
    #[default]
    All,
    /// Those held.
    Open,
    /// Those ended, sold or settled.
    Closed,
}

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no filter: give open, closed or all")]
pub struct PositionFilterError(String);

impl FromStr for PositionFilter {
    type Err = PositionFilterError;
    fn from_str(text: &str) -> Result<Self, PositionFilterError> {
        match text {
            "all" => Ok(Self::All),
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(PositionFilterError(text.chars().take(40).collect())),
        }
    }
}

/// One position as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionRow {
    /// Its number.
    pub position: PositionId,
    /// The stored hedge, when it came from one.
    pub hedge_id: Option<i64>,
    /// The scenario in words.
    pub label: String,
    /// Each leg in words: outcome and question. Untrusted text.
    pub legs: Vec<String>,
    /// Where it is in its life.
    pub status: PositionStatus,
    /// The strategy, when one was used.
    pub strategy: Option<StrategyRef>,
    /// Tier at entry.
    pub tier: Tier,
    /// Prices at entry: from the book or by hand.
    pub entry_prices: PriceMark,
    /// True when any price, of entry or exit, was typed in.
    pub manual: bool,
    /// Shares of every leg.
    pub shares: Shares,
    /// What the shares cost.
    pub at_cost: Usdc,
    /// Costs of trading so far.
    pub costs: Usdc,
    /// Everything put in.
    pub capital: Usdc,
    /// The least a resolution without voids leaves.
    pub worst_case: Option<Usdc>,
    /// The most a resolution without voids leaves.
    pub best_case: Option<Usdc>,
    /// The least any resolution leaves, voids included.
    pub worst_case_void: Option<Usdc>,
    /// While open: what the bids pay now. `None` without bids, and once ended.
    pub mark: Option<Usdc>,
    /// While open: mark less cost of the shares. `None` without a mark.
    pub unrealised: Option<Usdc>,
    /// Once ended: profit before costs.
    pub gross_pnl: Option<Usdc>,
    /// Once ended: profit after every cost.
    pub real_pnl: Option<Usdc>,
    /// Once ended: real profit over everything put in, millionths.
    pub roi_ppm: Option<i64>,
    /// Once ended: the one reason.
    pub exit_reason: Option<ExitReason>,
    /// Once ended: the rule that fired, or what the resolution paid.
    pub exit_words: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Milliseconds held so far or in all.
    pub held_ms: i64,
    /// End date of the last leg, where known.
    pub settles_at: Option<Timestamp>,
}

impl PositionRow {
    /// The row of a position; `mark` matters only while it is open.
    #[must_use]
    pub fn of(position: &Position, mark: Option<Usdc>, now: Timestamp) -> Self {
        let opened = &position.opened;
        let mark = mark.filter(|_| position.is_open());
        Self {
            position: position.id(),
            hedge_id: opened.hedge_id,
            label: opened.label.clone(),
            legs: opened.legs.iter().map(|l| format!("{} {}", l.outcome, l.question)).collect(),
            status: position.status(),
            strategy: opened.strategy.clone(),
            tier: opened.tier,
            entry_prices: opened.prices,
            manual: position.has_manual_price(),
            shares: opened.shares,
            at_cost: position.at_cost(),
            costs: position.costs(),
            capital: position.capital(),
            worst_case: position.worst_case(),
            best_case: position.best_case(),
            worst_case_void: position.worst_case_void(),
            mark,
            unrealised: mark.map(|m| m - position.at_cost()),
            gross_pnl: position.gross_pnl(),
            real_pnl: position.real_pnl(),
            roi_ppm: position.roi_ppm(),
            exit_reason: position.exit_reason(),
            exit_words: position.exit_words().map(str::to_owned),
            opened_at: opened.at,
            ended_at: position.ended_at(),
            held_ms: position.held_ms(now),
            settles_at: opened.settles_at,
        }
    }
}

/// Capital at one settlement date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateExposure {
    /// The UTC date, `2026-12-31`; `None` for positions without a known end.
    pub date: Option<String>,
    /// Capital that settles then.
    pub capital: Usdc,
}

/// The account at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portfolio {
    /// What kind of data it trades on.
    pub source: SourceLabel,
    /// Cash put in at the start.
    pub starting: Usdc,
    /// Dollars at hand.
    pub cash: Usdc,
    /// What the shares held have cost.
    pub positions_at_cost: Usdc,
    /// Cash plus positions at cost.
    pub bankroll: Usdc,
    /// What the bids pay for everything held; `None` while a position has no mark.
    pub mark_value: Option<Usdc>,
    /// Positions held that have no mark now.
    pub unmarked: Vec<PositionId>,
    /// Mark value less cost; `None` while a position has no mark.
    pub unrealised: Option<Usdc>,
    /// Cash plus mark value; `None` while a position has no mark.
    pub equity: Option<Usdc>,
    /// Profit of positions ended, before costs.
    pub realised_gross: Usdc,
    /// Every cost paid so far, those of positions still open included.
    pub costs_paid: Usdc,
    /// Realised profit after every cost paid so far.
    pub realised_real: Usdc,
    /// `realised_real / starting`, millionths.
    pub roi_ppm: Option<i64>,
    /// Positions held.
    pub open: u32,
    /// Positions ended.
    pub ended: u32,
    /// Capital per event, most first.
    pub by_event: Vec<(EventId, Usdc)>,
    /// Capital per settlement date, soonest first, unknown ones last.
    pub by_date: Vec<DateExposure>,
}

impl Portfolio {
    /// Looks at an account. A position missing from `marks` counts as one without a mark.
    #[must_use]
    pub fn of(account: &Account, marks: &Marks) -> Self {
        let mut mark_value = Some(Usdc::ZERO);
        let mut unmarked = Vec::new();
        for position in account.open_positions() {
            let mark = marks.get(&position.id()).copied().flatten();
            if mark.is_none() {
                unmarked.push(position.id());
            }
            mark_value = mark_value.zip(mark).map(|(sum, m)| sum + m);
        }
        let mut by_event: Vec<(EventId, Usdc)> = account.exposure_by_event().into_iter().collect();
        by_event.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (unknown, known): (Vec<_>, Vec<_>) = account.exposure_by_day().into_iter().partition(|(d, _)| d.is_none());
        let by_date = known.into_iter().chain(unknown);
        let ended = account.positions().count() - account.open_positions().count();
        Self {
            source: account.source().clone(),
            starting: account.starting(),
            cash: account.cash(),
            positions_at_cost: account.positions_at_cost(),
            bankroll: account.bankroll(),
            mark_value,
            unmarked,
            unrealised: mark_value.map(|m| m - account.positions_at_cost()),
            equity: mark_value.map(|m| m + account.cash()),
            realised_gross: account.realised_gross(),
            costs_paid: account.costs_paid(),
            realised_real: account.realised_real(),
            roi_ppm: ratio_ppm(account.realised_real(), account.starting()),
            open: account.open_count(),
            ended: u32::try_from(ended).unwrap_or(u32::MAX),
            by_event,
            by_date: by_date.map(|(day, capital)| DateExposure { date: day.map(day_text), capital }).collect(),
        }
    }
}

/// The positions an account lists, newest first.
#[must_use]
pub fn positions(account: &Account, filter: PositionFilter, marks: &Marks, now: Timestamp) -> Vec<PositionRow> {
    let wanted = |p: &&Position| match filter {
        PositionFilter::All => true,
        PositionFilter::Open => p.is_open(),
        PositionFilter::Closed => !p.is_open(),
    };
    let row = |p: &Position| PositionRow::of(p, marks.get(&p.id()).copied().flatten(), now);
    account.positions().rev().filter(wanted).map(row).collect()
}

/// A UTC day as a date.
pub(crate) fn day_text(day: i64) -> String {
    let text = Timestamp::from_millis(day.saturating_mul(crate::units::DAY_MS)).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// A settlement instant as a date, or words for a missing one.
pub(crate) fn date_text(at: Option<Timestamp>) -> String {
    settlement_day(at).map_or_else(|| "an unknown date".to_owned(), day_text)
}
