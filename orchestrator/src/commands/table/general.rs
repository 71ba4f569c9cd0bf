//! Tasks, state, help.

use super::row;
use crate::commands::arg::{opt, req};
use crate::commands::spec::{Group, Id, Kind, Row, Who};

pub(super) const ROWS: &[Row] = &[
    row(Id::TaskList, "task", &[], "your tasks; admins see all", "!task list", Group::General)
        .sub("list")
        .aka(&["tasks"])
        .wait(3),
    row(
        Id::TaskShow,
        "task",
        &[req("id", Kind::Task, "number of the task")],
        "one task: state, attempts, result",
        "!task show 12",
        Group::General,
    )
    .sub("show")
    .wait(3),
    row(
        Id::TaskCancel,
        "task",
        &[req("id", Kind::Task, "number of the task")],
        "cancel a task of yours; admins cancel any",
        "!task cancel 12",
        Group::General,
    )
    .sub("cancel")
    .aka(&["cancel"]),
    row(
        Id::ScheduleList,
        "schedule",
        &[],
        "what runs by the clock: when, last and next slot, state",
        "!schedule list",
        Group::General,
    )
    .sub("list")
    .aka(&["schedules"])
    .wait(3),
    row(Id::Status, "status", &[], "is Betty well: specialists, market data, running tasks", "!status", Group::General)
        .wait(3),
    row(
        Id::Help,
        "help",
        &[opt("command", Kind::Topic, "a command, or one of: ask, hedge, paper, auto, general")],
        "all commands, or one of them in full",
        "!help paper_trade open",
        Group::General,
    )
    .aka(&["commands"]),
    row(Id::Quit, "quit", &[], "leave the console; Betty finishes what she holds", "!quit", Group::General)
        .aka(&["exit"])
        .who(Who::Console),
];
