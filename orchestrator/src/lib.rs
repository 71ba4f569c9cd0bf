//! Betty: supervision, routing, commands and front doors.
//!
//! * [`card`]: what a door shows. [`front`]: what a door needs of Betty.
//! * [`commands`]: the one table of commands, its parser, its help, and the grammar for plain words.
//! * [`console`]: a card as text for a terminal or a pipe. [`clean`]: text from outside, made safe to show.

pub mod card;
pub mod clean;
pub mod commands;
pub mod console;
pub mod front;
