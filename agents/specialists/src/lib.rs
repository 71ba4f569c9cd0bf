//! The eight specialists, one file each.
