//! Work by the clock.
//!
//! * [`timetable`]: when something is due. [`decide`]: what is to be done about it now.

pub mod decide;
pub mod timetable;
#[cfg(test)]
mod tests;
