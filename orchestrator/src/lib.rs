//! Betty: supervision, routing, commands and front doors.
