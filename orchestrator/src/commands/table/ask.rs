//! Plain words and the three text specialists.

use super::row;
use crate::commands::arg::req;
use crate::commands::spec::{Group, Id, Kind, Row};

pub(super) const ROWS: &[Row] = &[
    row(
        Id::Betty,
        "betty",
        &[req("task", Kind::Rest, "what you want, in plain words")],
        "route a task in plain words to the specialist who owns it",
        "!betty find hedges with 95% coverage",
        Group::Ask,
    )
    .aka(&["ask"])
    .wait(3),
    row(
        Id::Research,
        "research",
        &[req("question", Kind::Rest, "the question")],
        "ask the Researcher; needs a web search and a model in the configuration",
        "!research Polymarket competitors",
        Group::Ask,
    )
    .wait(10),
    row(
        Id::Review,
        "review",
        &[req("subject", Kind::Rest, "a file, a diff or a directory of the workspace")],
        "ask the CodeReviewer; needs a model in the configuration",
        "!review src/bot.rs",
        Group::Ask,
    )
    .wait(10),
    row(
        Id::Code,
        "code",
        &[req("instruction", Kind::Rest, "what to implement, with its acceptance checks")],
        "ask the Coder; needs a model in the configuration",
        "!code add a --json flag to the report",
        Group::Ask,
    )
    .wait(10),
];
