//! Acceptance tests, emulators, fault injection and benchmarks.
//!
//! * [`mod@bench`]: the inputs of the benchmarks and how they are measured.

pub mod bench;
