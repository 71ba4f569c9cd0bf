//! Betty: supervision, routing, commands and front doors.
//!
//! * [`card`]: what a door shows. [`front`]: what a door needs of Betty.
//! * [`commands`]: the one table of commands, its parser, its help, and the grammar for plain words.
//! * [`console`]: a card as text for a terminal or a pipe. [`clean`]: text from outside, made safe to show.
//! * [`config`]: settings with their origin. [`owner`]: who runs in a data directory. [`cli`]: the command line.
//! * [`runtime`]: actors, supervision and tasks. [`app`]: everything put together.

pub mod app;
pub mod card;
pub mod clean;
pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod front;
pub mod owner;
pub mod runtime;
