//! Generators of questions with their rule texts.
//!
//! * [`ladders`]: "by March 31", "by June 30", and the windows that only look like them.
//! * [`thresholds`]: "above $N", "at least N", and the touch questions in two directions.
//! * [`stages`]: champion and conference, league and top four, cup and final.
//! * [`partitions`]: exactly one of many, complete or open-ended.
//! * [`singles`]: questions that hang on nothing else.

pub(crate) mod ladders;
pub(crate) mod partitions;
pub(crate) mod singles;
pub(crate) mod stages;
pub(crate) mod thresholds;
