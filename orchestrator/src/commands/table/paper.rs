//! The paper account.

use super::row;
use crate::commands::arg::{CONFIDENCE, HEDGE, LEG, POSITION_STATES, STRATEGY, opt, req, rows};
use crate::commands::spec::{Group, Id, Kind, Row};

pub(super) const ROWS: &[Row] = &[
    row(
        Id::PaperOpen,
        "paper_trade",
        &[HEDGE, CONFIDENCE, STRATEGY, opt("size", Kind::Money, "dollars to put in; the sizer decides when absent")],
        "open a paper position from a stored hedge at the live book",
        "!paper_trade open 1 HIGH balanced 50",
        Group::Paper,
    )
    .sub("open")
    .aka(&["paper"])
    .wait(3),
    row(
        Id::PaperOpenManual,
        "paper_trade",
        &[
            req("target", Kind::Market, "the target market's id"),
            req("target_price", LEG, "price of the target leg, in dollars"),
            req("cover", Kind::Market, "id of the market that covers it"),
            req("cover_price", LEG, "price of the cover leg, in dollars"),
            req("coverage", Kind::Coverage, "coverage you claim; 0.95, 95 and 95% all mean 95%"),
            req("tier", Kind::Tier, "tier you claim: T0 to T3, or WATCH"),
            CONFIDENCE,
            STRATEGY,
        ],
        "open at prices you type; marked as manual everywhere",
        "!paper_trade open 553857 0.62 561234 0.31 95% T1 HIGH balanced",
        Group::Paper,
    )
    .sub("open")
    .form("manual")
    .wait(3),
    row(
        Id::PaperClose,
        "paper_trade",
        &[
            req("position", Kind::Position, "number of an open position"),
            opt(
                "target_price",
                Kind::Price { ends: true },
                "price of the target leg; marked as manual; needs cover_price too",
            ),
            opt("cover_price", Kind::Price { ends: true }, "price of the cover leg; marked as manual"),
        ],
        "close a paper position at the live bids, or at two prices you type",
        "!paper_trade close 1",
        Group::Paper,
    )
    .sub("close")
    .wait(3),
    row(
        Id::PaperSettle,
        "paper_trade",
        &[],
        "pay out every position whose markets have resolved",
        "!paper_trade settle",
        Group::Paper,
    )
    .sub("settle")
    .wait(10),
    row(
        Id::PaperPortfolio,
        "paper_trade",
        &[],
        "cash, positions and result of the paper account",
        "!paper_trade portfolio",
        Group::Paper,
    )
    .sub("portfolio")
    .aka(&["portfolio"])
    .wait(3),
    row(
        Id::PaperPositions,
        "paper_trade",
        &[opt("state", Kind::Choice(POSITION_STATES), "only open or only closed ones")],
        "positions of the paper account",
        "!paper_trade positions open",
        Group::Paper,
    )
    .sub("positions")
    .aka(&["positions"])
    .wait(3),
    row(
        Id::PaperLedger,
        "paper_trade",
        &[rows("20")],
        "the last entries of the ledger",
        "!paper_trade ledger 20",
        Group::Paper,
    )
    .sub("ledger")
    .aka(&["ledger"])
    .wait(3),
    row(Id::PaperHelp, "paper_help", &[], "help on paper trading", "!paper_help", Group::Paper),
];
