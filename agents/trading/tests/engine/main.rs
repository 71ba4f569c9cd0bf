//! The order-level engine: plain cases, properties, brute force.

mod support;

mod brute;
mod chaos;
mod lifecycle;
mod monotone;
mod orders;
mod resting;
mod vectors;
