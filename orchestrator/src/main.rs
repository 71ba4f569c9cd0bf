//! The `betty` program.
fn main() {}
