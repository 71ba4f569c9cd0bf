//! What the benchmarks under `benches/` run on and how they measure; in the library so that tests can check it.
//!
//! * [`feed`]: a synthetic feed of book changes. [`deltas`]: the rule that is replayed on it.
//! * [`pairs`]: pairs of 50-level books for the walk of two legs.
//! * [`bars`]: price bars of one pair for the sweep over parameter sets.
//! * [`measure`]: repeated runs, their spread and processor time. [`recorded`]: finds recorded data the project never contains.
//!
//! Everything made here follows from a seed: the same bytes on every machine, stated by their hash.

pub mod bars;
pub mod deltas;
pub mod feed;
pub mod measure;
pub mod pairs;
pub mod recorded;
