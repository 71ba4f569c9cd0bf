//! For admins only.

use super::row;
use crate::commands::arg::{MESSAGE_KINDS, MESSAGES_MAX, def, opt, req};
use crate::commands::spec::{Arg, Group, Id, Kind, Row};
use crate::schedule::NAMES;

const SCHEDULE: &[Arg] = &[req("name", Kind::Choice(NAMES), "name of the schedule: backup, monitor, note or scan")];

pub(super) const ROWS: &[Row] = &[
    row(
        Id::InspectActors,
        "inspect",
        &[],
        "actors: state, queue, restarts, last error",
        "!inspect actors",
        Group::Admin,
    )
    .sub("actors")
    .aka(&["actors"]),
    row(
        Id::InspectMessages,
        "inspect",
        &[
            def("limit", Kind::Count { min: 1, max: MESSAGES_MAX }, "20", "at most this many, newest kept"),
            opt("actor", Kind::Word, "only from or to this actor"),
            opt("kind", Kind::Choice(MESSAGE_KINDS), "only this kind of message"),
            opt("task", Kind::Task, "only of this task"),
        ],
        "messages between actors, redacted and cut",
        "!inspect messages 20 actor=betty kind=run",
        Group::Admin,
    )
    .sub("messages"),
    row(
        Id::InspectTask,
        "inspect",
        &[req("id", Kind::Task, "number of the task")],
        "all messages of one task as a tree",
        "!inspect task 12",
        Group::Admin,
    )
    .sub("task"),
    row(
        Id::ScheduleRun,
        "schedule",
        SCHEDULE,
        "do the work of the latest slot now, unless it was done",
        "!schedule run scan",
        Group::Admin,
    )
    .sub("run"),
    row(
        Id::SchedulePause,
        "schedule",
        SCHEDULE,
        "run it no more until it is resumed",
        "!schedule pause note",
        Group::Admin,
    )
    .sub("pause"),
    row(
        Id::ScheduleResume,
        "schedule",
        SCHEDULE,
        "run it again; what passed meanwhile is not made up for",
        "!schedule resume note",
        Group::Admin,
    )
    .sub("resume"),
    row(Id::ScheduleSkip, "schedule", SCHEDULE, "leave its next slot out", "!schedule skip scan", Group::Admin)
        .sub("skip"),
    row(Id::Pause, "pause", &[], "start no new work; what runs ends", "!pause", Group::Admin),
    row(Id::Resume, "resume", &[], "start work again, and lift the kill switch", "!resume", Group::Admin),
    row(
        Id::StopAll,
        "stop_all",
        &[],
        "kill switch: cancel every task, stop every entry until !resume; exits go on",
        "!stop_all",
        Group::Admin,
    ),
    row(Id::Doctor, "doctor", &[], "check configuration, storage, market data and doors", "!doctor", Group::Admin),
];
