//! History replayed.

use super::row;
use crate::commands::arg::{
    BANKROLL, FROM, GRID, LATENCY, QUERY, RANDOM_SETS_MAX, RUN, SEED, SET, SOURCE, THREADS, TO, def, opt, req, rows,
};
use crate::commands::spec::{Group, Id, Kind, Row};

pub(super) const ROWS: &[Row] = &[
    row(
        Id::BacktestRun,
        "backtest",
        &[
            opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent"),
            SOURCE,
            FROM,
            TO,
            BANKROLL,
            LATENCY,
            THREADS,
            SEED,
            SET,
            QUERY,
        ],
        "replay history through the rules that trade on paper",
        "!backtest run balanced from=2026-02-01 to=2026-02-14",
        Group::Auto,
    )
    .sub("run")
    .aka(&["bt"])
    .wait(30),
    row(Id::BacktestList, "backtest", &[rows("7")], "stored backtests, newest first", "!backtest list 7", Group::Auto)
        .sub("list")
        .aka(&["backtests"])
        .wait(3),
    row(
        Id::BacktestShow,
        "backtest",
        &[req("run", Kind::Run, RUN)],
        "one stored backtest",
        "!backtest show 00aa11bb",
        Group::Auto,
    )
    .sub("show")
    .wait(3),
    row(
        Id::BacktestCompare,
        "backtest",
        &[
            req("a", Kind::Run, RUN),
            req("b", Kind::Run, RUN),
            opt("c", Kind::Run, RUN),
            opt("d", Kind::Run, RUN),
            opt("e", Kind::Run, RUN),
        ],
        "two to five stored backtests side by side",
        "!backtest compare 00aa11bb 22cc33dd",
        Group::Auto,
    )
    .sub("compare")
    .wait(3),
    row(
        Id::BacktestSweep,
        "backtest",
        &[
            opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent"),
            SOURCE,
            FROM,
            TO,
            def("held_out", Kind::Count { min: 0, max: 50 }, "25", "the end of the data no set is chosen by, percent"),
            opt("random", Kind::Count { min: 1, max: RANDOM_SETS_MAX }, "random sets instead of every combination"),
            GRID,
        ],
        "try many sets of parameters on the same data; every set counts as a trial",
        "!backtest sweep balanced size_pct=5,10,15 entry.min_net_edge_pct=0.25,0.5,1",
        Group::Auto,
    )
    .sub("sweep")
    .wait(30),
    row(
        Id::BacktestWalkForward,
        "backtest",
        &[
            opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent"),
            SOURCE,
            FROM,
            TO,
            def("train", Kind::Span, "7d", "sets are chosen on this much"),
            def("test", Kind::Span, "3d", "and tried on this much after it"),
            def("purge", Kind::Choice(&["yes", "no"]), "yes", "leave out of the choice what is still open then"),
            def("embargo", Kind::Span, "1d", "left out between the two"),
            GRID,
        ],
        "choose sets of parameters on one window, try them on the next, again and again",
        "!backtest walk-forward balanced train=7d test=3d size_pct=5,10,15",
        Group::Auto,
    )
    .sub("walk-forward")
    .wait(30),
];
