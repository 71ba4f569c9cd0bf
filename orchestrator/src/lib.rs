//! Betty: supervision, routing, commands and front doors.
//!
//! * [`card`]: what a door shows. [`front`]: what a door needs of Betty. [`discord`]: the Discord door.

pub mod card;
pub mod discord;
pub mod front;
