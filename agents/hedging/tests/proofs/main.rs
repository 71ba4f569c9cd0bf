//! The rules of the table on invented markets in the venue's wording: what each proves, the counter-examples it must refuse, and
//! that no damage to a text makes or keeps a proof.

#[path = "../common/mod.rs"]
mod common;
mod conjunction;
mod counts;
mod match_book;
mod real;
mod support;
mod touch;
mod twins;
