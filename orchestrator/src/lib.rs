//! Betty: supervision, routing, commands and front doors.
//!
//! * [`card`]: what a door shows. [`front`]: what a door needs of Betty. [`reception`]: Betty as doors see her.
//! * [`commands`]: the one table of commands, its parser, its help, and the grammar for plain words.
//! * [`console`], [`discord`]: the doors. [`render`]: reports as cards and as JSON. [`clean`]: text from outside, made safe to show.
//! * [`config`]: settings with their origin. [`owner`]: who runs in a data directory. [`cli`], [`program`]: the command line.
//! * [`backtest`]: history replayed, from the command line and from chat. [`analyze`]: files of pairs, analysed.
//! * [`watch`]: the books of interest, followed. [`runtime`]: actors, supervision and tasks. [`app`]: everything put together. [`doctor`], [`record`]: what their names say.

/// Prints a line on standard output. A reader that has gone away (`betty … | head`) is its choice and no error of ours: the program
/// goes on to its orderly end.
#[macro_export]
macro_rules! say {
    ($($arg:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout().lock(), $($arg)*);
    }};
}

pub mod analyze;
pub mod app;
pub mod backtest;
pub mod card;
pub mod clean;
pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod discord;
pub mod doctor;
pub mod front;
pub mod monitor;
pub mod owner;
pub mod program;
pub mod reception;
pub mod record;
pub mod render;
pub mod runtime;
pub mod schedule;
pub mod watch;
