//! Finding and understanding hedges.

use super::row;
use crate::commands::arg::{
    CONFIDENCE, HEDGE, MARKET, POINTS_MAX, QUERY, SCAN_MARKETS_MAX, STRATEGY, def, opt, req, rows,
};
use crate::commands::spec::{Group, Id, Kind, Row};

pub(super) const ROWS: &[Row] = &[
    row(
        Id::HedgeScan,
        "hedge_scan",
        &[
            opt("limit", Kind::Count { min: 1, max: SCAN_MARKETS_MAX }, "markets to scan, by volume; all when absent"),
            QUERY,
        ],
        "prove and price hedges over the markets now, and store what was found",
        "!hedge_scan 50 bitcoin",
        Group::Hedge,
    )
    .aka(&["scan"])
    .wait(30),
    row(
        Id::ScanMarkets,
        "scan_markets",
        &[rows("10"), QUERY],
        "browse markets by volume",
        "!scan_markets 10 election",
        Group::Hedge,
    )
    .aka(&["markets"])
    .wait(5),
    row(
        Id::FindHedges,
        "find_hedges",
        &[
            def("coverage", Kind::Coverage, "85%", "least coverage (lower bound); 0.95, 95 and 95% all mean 95%"),
            rows("10"),
        ],
        "known hedges at or above a coverage",
        "!find_hedges 95% 10",
        Group::Hedge,
    )
    .aka(&["find", "hedges"])
    .wait(3),
    row(
        Id::HedgeMonitor,
        "hedge_monitor",
        &[def("threshold", Kind::Edge, "5%", "report hedges whose net edge is at least this")],
        "re-price active hedges now; say which pay, resolved, are disputed, changed or beat their entry",
        "!hedge_monitor 5%",
        Group::Hedge,
    )
    .aka(&["monitor"])
    .wait(15),
    row(
        Id::HedgeStatus,
        "hedge_status",
        &[rows("5")],
        "the last scan, counts by tier, the best hedges",
        "!hedge_status",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::HedgeDb,
        "hedge_db",
        &[rows("20")],
        "stored hedges of every tier, best first",
        "!hedge_db 20",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::HedgeWhy,
        "hedge_why",
        &[HEDGE],
        "the full reasoning of one hedge: proof, marked texts, books, worlds, costs",
        "!hedge_why 1",
        Group::Hedge,
    )
    .aka(&["why"])
    .wait(3),
    row(Id::HedgeShow, "hedge_show", &[HEDGE], "one stored hedge as it was last priced", "!hedge_show 1", Group::Hedge)
        .wait(3),
    row(
        Id::HedgeHistory,
        "hedge_history",
        &[HEDGE, def("limit", Kind::Count { min: 1, max: POINTS_MAX }, "48", "at most this many points, the newest")],
        "what a stored hedge has cost over time",
        "!hedge_history 1",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::Calibration,
        "knowledge",
        &[],
        "how often relations written down before they ended have held: n, failures, lower bound",
        "!knowledge calibration",
        Group::Hedge,
    )
    .sub("calibration")
    .wait(15),
    row(Id::MarketShow, "market", &[MARKET], "one market with its rule text", "!market show 553857", Group::Hedge)
        .sub("show")
        .wait(3),
    row(
        Id::MarketBook,
        "market",
        &[MARKET],
        "the order books of both sides of a market",
        "!market book 553857",
        Group::Hedge,
    )
    .sub("book")
    .wait(3),
    row(
        Id::MarketLadder,
        "market",
        &[MARKET],
        "the ladder or event a market stands on: asks, and what is proven between neighbours",
        "!market ladder 553857",
        Group::Hedge,
    )
    .sub("ladder")
    .wait(10),
    row(
        Id::MarketRelated,
        "market",
        &[MARKET, rows("20")],
        "what is proven between a market and all others, and what failed",
        "!market related 553857",
        Group::Hedge,
    )
    .sub("related")
    .wait(10),
    row(
        Id::Analyze,
        "analyze",
        &[req("a", Kind::Market, "the first market's id"), req("b", Kind::Market, "the second market's id")],
        "what logically holds between two markets, and why or why not",
        "!analyze 553857 561234",
        Group::Hedge,
    )
    .aka(&["analyse"])
    .wait(5),
    row(
        Id::Cost,
        "cost",
        &[HEDGE],
        "what a paper trade of a hedge would cost: fee, slippage, gas, each with its source",
        "!cost 1",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::Size,
        "size",
        &[HEDGE, CONFIDENCE, STRATEGY],
        "the size a hedge would get, and what each limit allows",
        "!size 1 HIGH balanced",
        Group::Hedge,
    )
    .wait(3),
    row(
        Id::HedgeDashboard,
        "hedge_dashboard",
        &[],
        "says where the dashboard is; this version has none",
        "!hedge_dashboard",
        Group::Hedge,
    )
    .aka(&["dashboard"]),
    row(Id::HedgeHelp, "hedge_help", &[], "help on the hedge commands", "!hedge_help", Group::Hedge),
];
