//! Typed tasks, results, envelopes, the specialist trait, the tap and dead letters.
