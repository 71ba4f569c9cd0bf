//! Betty: supervision, routing, commands and front doors.
//!
//! * [`card`]: what a door shows. [`render`]: from a report to a card or to JSON. [`front`]: what a door needs of Betty.
//! * [`runtime`]: actors, supervision and tasks.

pub mod card;
pub mod config;
pub mod front;
pub mod owner;
pub mod render;
pub mod runtime;
