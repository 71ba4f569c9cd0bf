//! Recordings as sources.
