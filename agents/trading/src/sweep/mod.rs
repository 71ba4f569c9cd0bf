//! Many parameter sets over the same data.
