//! The door's only randomness: jitter that keeps many clients from coming back at the same moment.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A fraction from 0 to 1, from the standard library's own random keys.
pub(super) fn jitter() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1u64 << 53) as f64
}
