//! Replaying history through the code that trades on paper.
//!
//! * [`report`]: what a run says.

pub mod report;

pub use report::{Case, CaseName, RunReport};
