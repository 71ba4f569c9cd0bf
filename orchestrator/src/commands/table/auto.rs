//! Strategies and trading by rule.

use super::row;
use crate::commands::arg::{ONE_STRATEGY, STRATEGY, TEMPLATES, opt, req, rows};
use crate::commands::spec::{Group, Id, Kind, Row};

pub(super) const ROWS: &[Row] = &[
    row(
        Id::StrategyList,
        "auto_strategy",
        &[],
        "list strategies and say which one is loaded",
        "!auto_strategy list",
        Group::Auto,
    )
    .sub("list")
    .aka(&["strategy", "strategies"])
    .wait(3),
    row(
        Id::StrategyShow,
        "auto_strategy",
        &[opt("name", Kind::Version, "the strategy, or one version of it (mine@2); the loaded one when absent")],
        "show a strategy's rules",
        "!auto_strategy show balanced",
        Group::Auto,
    )
    .sub("show")
    .wait(3),
    row(
        Id::StrategyLoad,
        "auto_strategy",
        &[req("name", Kind::Name, "the strategy")],
        "make a strategy the active one",
        "!auto_strategy load balanced",
        Group::Auto,
    )
    .sub("load")
    .wait(3),
    row(
        Id::StrategySave,
        "auto_strategy",
        &[req("toml", Kind::Rest, "the strategy as TOML, as !auto_strategy template prints it")],
        "save a strategy written as TOML under its name",
        "!auto_strategy save name = \"mine\"",
        Group::Auto,
    )
    .sub("save")
    .wait(3),
    row(
        Id::StrategyDelete,
        "auto_strategy",
        &[req("name", Kind::Name, "the strategy; never the active one")],
        "delete a strategy",
        "!auto_strategy delete mine",
        Group::Auto,
    )
    .sub("delete")
    .wait(3),
    row(
        Id::StrategyTemplate,
        "auto_strategy",
        &[req("name", Kind::Choice(TEMPLATES), "the template")],
        "print a template as TOML, to change and save",
        "!auto_strategy template balanced",
        Group::Auto,
    )
    .sub("template")
    .wait(3),
    row(
        Id::StrategyDiff,
        "auto_strategy",
        &[
            req("left", Kind::Version, "a strategy, or one version of it such as mine@1"),
            req("right", Kind::Version, "the one to compare it with, such as mine@2"),
        ],
        "what differs between two strategies, line by line",
        "!auto_strategy diff balanced swing",
        Group::Auto,
    )
    .sub("diff")
    .wait(3),
    row(
        Id::StrategyPerformance,
        "auto_strategy",
        &[ONE_STRATEGY],
        "win rate, return and holding time by strategy",
        "!auto_strategy performance",
        Group::Auto,
    )
    .sub("performance")
    .wait(3),
    row(
        Id::StrategyStats,
        "auto_strategy",
        &[ONE_STRATEGY],
        "win rate, return and holding time by scenario and by exit reason",
        "!auto_strategy stats balanced",
        Group::Auto,
    )
    .sub("stats")
    .wait(3),
    row(
        Id::StrategyHistory,
        "auto_strategy",
        &[rows("10")],
        "ended trades with why they were entered and why they ended",
        "!auto_strategy history 10",
        Group::Auto,
    )
    .sub("history")
    .wait(3),
    row(
        Id::StrategyReasons,
        "auto_strategy",
        &[ONE_STRATEGY],
        "decisions by rule, counted by reason, refusals too",
        "!auto_strategy reasons",
        Group::Auto,
    )
    .sub("reasons")
    .wait(3),
    row(
        Id::AutoStatus,
        "auto_trade",
        &[],
        "switches, breakers, and what trading by rule would do now and why, without doing it",
        "!auto_trade status",
        Group::Auto,
    )
    .sub("status")
    .aka(&["auto"])
    .wait(5),
    row(
        Id::AutoOpen,
        "auto_trade",
        &[opt("hedge", Kind::Hedge, "one stored hedge; the best that pass the rules when absent"), STRATEGY],
        "enter paper positions by rule",
        "!auto_trade open 1 balanced",
        Group::Auto,
    )
    .sub("open")
    .wait(5),
    row(
        Id::AutoCheck,
        "auto_trade",
        &[],
        "check every open position against its exits, and close what a rule says",
        "!auto_trade check",
        Group::Auto,
    )
    .sub("check")
    .wait(10),
    row(
        Id::AutoClose,
        "auto_trade",
        &[req("position", Kind::Position, "number of an open position")],
        "close one position now",
        "!auto_trade close 1",
        Group::Auto,
    )
    .sub("close")
    .wait(3),
    row(
        Id::AutoOn,
        "auto_trade",
        &[],
        "follow every scan and monitor by a round of exits and entries by rule",
        "!auto_trade on",
        Group::Auto,
    )
    .sub("on")
    .wait(3),
    row(
        Id::AutoOff,
        "auto_trade",
        &[],
        "nothing follows a scan any more; !auto_trade check still exits",
        "!auto_trade off",
        Group::Auto,
    )
    .sub("off")
    .wait(3),
    row(Id::AutoHelp, "auto_help", &[], "help on strategies and automatic paper trading", "!auto_help", Group::Auto),
];
