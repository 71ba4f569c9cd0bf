//! Betty: supervision, routing, commands and front doors.
//!
//! * [`card`]: what a door shows. [`front`]: what a door needs of Betty.

pub mod card;
pub mod front;
