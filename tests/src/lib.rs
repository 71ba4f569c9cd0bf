//! Acceptance tests, emulators, fault injection and benchmarks.
