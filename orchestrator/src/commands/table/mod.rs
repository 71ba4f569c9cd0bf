//! The one table of commands. A command that is not here does not exist; one that is here exists at every door.
//!
//! One file for each group, in the order help shows them.

mod admin;
mod ask;
mod auto;
mod backtest;
mod general;
mod hedge;
mod paper;

pub use super::arg::{
    CONFIDENCES, LATENCY_MS_MAX, LIST_ROWS_MAX, MESSAGE_KINDS, MESSAGES_MAX, POINTS_MAX, POSITION_STATES,
    RANDOM_SETS_MAX, SCAN_MARKETS_MAX, TEMPLATES, THREADS_MAX,
};
use super::spec::{Arg, Group, Id, Row, Who};

const fn row(
    id: Id,
    name: &'static str,
    args: &'static [Arg],
    help: &'static str,
    example: &'static str,
    group: Group,
) -> Row {
    let who = match group {
        Group::Admin => Who::Admin,
        _ => Who::Everyone,
    };
    Row { id, name, sub: None, form: None, aliases: &[], args, who, cooldown_s: 0, help, example, group }
}

impl Row {
    const fn sub(mut self, sub: &'static str) -> Self {
        self.sub = Some(sub);
        self
    }
    const fn aka(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
    const fn wait(mut self, cooldown_s: u32) -> Self {
        self.cooldown_s = cooldown_s;
        self
    }
    const fn form(mut self, form: &'static str) -> Self {
        self.form = Some(form);
        self
    }
    const fn who(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
}

/// The groups, in the order help shows them.
const GROUPS: [&[Row]; 7] =
    [ask::ROWS, hedge::ROWS, paper::ROWS, auto::ROWS, backtest::ROWS, general::ROWS, admin::ROWS];

const fn len() -> usize {
    let (mut group, mut len) = (0, 0);
    while group < GROUPS.len() {
        len += GROUPS[group].len();
        group += 1;
    }
    len
}

const fn all() -> [Row; len()] {
    let mut out = [GROUPS[0][0]; len()];
    let (mut group, mut at) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            out[at] = GROUPS[group][row];
            row += 1;
            at += 1;
        }
        group += 1;
    }
    out
}

/// Every command, in the order help shows them.
pub static TABLE: &[Row] = &all();
