//! The order-level engine: plain cases, properties, brute force.

mod support;

mod lifecycle;
mod orders;
mod resting;
