//! The replay workload: the feed of [`super::feed`] under one rule, and its result worked out the slow and plain way.

use super::feed::Row;
use betty_market::BookSide;
use std::collections::BTreeMap;

/// Rows of the published workload.
pub const REPLAY_ROWS: usize = 500_000;
/// Rows of the workload of many orders.
pub const CHURN_ROWS: usize = 100_000;
/// Lots of 0.01 share that an order buys: ten shares.
pub const ORDER_LOTS: i64 = 1_000;
/// The taker fee's rate, millionths.
pub const FEE_RATE_PPM: u32 = 50_000;
/// Starting cash in dollars.
pub const CASH: i64 = 10_000;
/// Bought while flat when the best ask lies between these, ten-thousandths of a dollar, both included.
pub const ENTRY_E4: [u16; 2] = [3_250, 3_550];
/// Sold when the best bid is at least this.
pub const TAKE_PROFIT_E4: u16 = 4_500;
/// Sold when the best bid is at most this.
pub const STOP_E4: u16 = 2_800;
/// Sold after this many further events.
pub const HELD_EVENTS_MAX: u32 = 50_000;
/// Worst price of a purchase and of a sale, ten-thousandths: anything the book holds.
pub const WORST_E4: [u16; 2] = [9_900, 100];
/// Ten-thousandths of a dollar in a tick of the feed.
const TICK_E4: i128 = 100;

/// What a run of the rule comes to. Money in micro-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleResult {
    /// Orders that were filled, at least in part.
    pub trades: u64,
    /// Fills, one for each level of each order.
    pub fills: u64,
    /// Fees paid.
    pub fees: i64,
    /// Cash at the end.
    pub cash: i64,
    /// Lots held at the end.
    pub held_lots: i64,
}

/// A level of the slow book: what it shows and what the rule has taken of it, in lots.
type Level = (i64, i64);

#[derive(Default)]
struct SlowBook([BTreeMap<u16, Level>; 2]);

impl SlowBook {
    /// Takes up to `lots` from the best price on; returns price in ticks and lots of each fill.
    fn take(&mut self, side: BookSide, mut lots: i64) -> Vec<(u16, i64)> {
        let mut fills = Vec::new();
        let levels = &mut self.0[usize::from(side == BookSide::Ask)];
        let order: Vec<u16> = match side {
            BookSide::Ask => levels.keys().copied().collect(),
            BookSide::Bid => levels.keys().rev().copied().collect(),
        };
        for ticks in order {
            let (shown, taken) = levels.get_mut(&ticks).expect("a key of the map");
            let part = lots.min(*shown - *taken);
            if part > 0 {
                *taken += part;
                lots -= part;
                fills.push((ticks, part));
            }
        }
        fills
    }
}

/// Replays the rule on sorted maps, allocating as it likes, in 128-bit sums.
#[must_use]
pub fn slow_reference(rows: &[Row]) -> RuleResult {
    let mut book = SlowBook::default();
    let (mut result, mut cash, mut held_events) = (RuleResult::default(), i128::from(CASH) * 1_000_000, 0);
    for row in rows {
        let levels = &mut book.0[usize::from(row.side == BookSide::Ask)];
        if row.size_centi == 0 {
            levels.remove(&row.price_ticks);
        } else if levels.get(&row.price_ticks).is_none_or(|(shown, _)| *shown != row.size_centi) {
            levels.insert(row.price_ticks, (row.size_centi, 0));
        }
        if !row.last {
            continue;
        }
        let bid = book.0[0].keys().next_back().map(|t| t * 100);
        let ask = book.0[1].keys().next().map(|t| t * 100);
        let (side, lots) = if result.held_lots == 0 {
            let enters = ask.is_some_and(|a| (ENTRY_E4[0]..=ENTRY_E4[1]).contains(&a));
            (BookSide::Ask, if enters { ORDER_LOTS } else { 0 })
        } else {
            held_events += 1;
            let leaves = held_events >= HELD_EVENTS_MAX || bid.is_some_and(|b| b >= TAKE_PROFIT_E4 || b <= STOP_E4);
            (BookSide::Bid, if leaves { result.held_lots } else { 0 })
        };
        let fills = book.take(side, lots);
        result.trades += u64::from(!fills.is_empty());
        for (ticks, lots) in fills {
            let (p, lots) = (i128::from(ticks) * TICK_E4, i128::from(lots));
            // lots / 1e2 × rate / 1e6 × p(1 − p) / 1e8, in whole 1e-5 dollars, then in micro-dollars.
            let fee = lots * i128::from(FEE_RATE_PPM) * p * (10_000 - p) / 10_i128.pow(11) * 10;
            let signed = if side == BookSide::Ask { lots } else { -lots };
            cash -= signed * p + fee;
            result.held_lots += signed as i64;
            result.fees += fee as i64;
            result.fills += 1;
            held_events = 0;
        }
    }
    result.cash = i64::try_from(cash).expect("the rule trades ten shares at a time");
    result
}
