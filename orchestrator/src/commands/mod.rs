//! Commands: defined once, rendered by every door. Nothing here does I/O.
//!
//! * [`spec`]: what a row of the table holds. `arg`: arguments many rows share. [`table`]: the one table. Parser, help, usage errors and slash
//!   registration are made from it.
//! * [`token`]: a line into words. [`value`]: a word into a typed value. [`mod@parse`]: a line into a [`Command`].
//! * [`command`]: what a line can mean. [`usage`]: why a line means nothing.
//! * [`help`]: cards made from the table. [`slash`]: registration data for slash commands.
//! * [`mod@route`]: plain words into a task, a command or one short question.

mod arg;
pub mod command;
pub mod help;
pub mod parse;
pub mod route;
pub mod slash;
pub mod spec;
pub mod table;
#[cfg(test)]
mod tests;
pub mod token;
pub mod usage;
pub mod value;

pub use command::{Command, MessageFilter, ScheduleCommand};
pub use parse::{ParseContext, parse, row_of};
pub use route::{Routed, route};
pub use spec::Row;
pub use usage::UsageError;
