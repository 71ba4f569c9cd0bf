//! `betty analyze --pairs`: what holds between the two markets of each of many pairs.
//!
//! * [`mod@file`]: from a file to pairs of ids. [`verdict`]: from a pair's analysis to a row. [`command`]: from arguments to an exit code.

pub mod command;
pub mod file;
pub mod verdict;
