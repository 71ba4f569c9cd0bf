//! What a language model may say about two markets, and what its word is worth.
//!
//! * `candidate`: which pairs are worth a question: near in words and time, and paying at today's prices if related.
//! * `claim`: the relations asked for. `ask`: the questions and the form of their answers. `screen`: texts that speak to the reader.
//! * `machine`: the order of questions. Propose, propose again with the markets exchanged, look for a world that breaks the claim,
//!   turn it round, turn it against itself. Plain decisions: an answer in, the next question or the verdict out.
//! * `overrule`: dates and numbers outrank the model. `verdict`: what comes out, and the key under which it is kept.
//!
//! A model's word is [`crate::Evidence::Verified`] at best, and [`crate::Evidence::Hypothesis`] when anything disagrees. It proves nothing.

mod ask;
mod candidate;
mod claim;
mod machine;
mod overrule;
mod screen;
mod verdict;

pub use ask::{Answer, Ask, AskKind, Quote, SCHEMA_VERSION, WrongAnswer, describe};
pub use candidate::{Candidate, Candidates, Hunt, candidates};
pub use claim::{Claim, Side, World};
pub use machine::{Judge, Step};
pub use overrule::{Conflict, overruled};
pub use screen::speaks_to_the_reader;
pub use verdict::{Doubt, Standing, Verdict, VerdictKey};
