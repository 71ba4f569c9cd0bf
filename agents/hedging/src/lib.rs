//! Proofs between markets: facts read from texts, rules that turn them into certificates, and what a hedge costs at the asks.
//!
//! * [`relation`], [`certificate`]: what can hold between markets, and the proof of it.
//! * [`hedge`]: a basket of legs with its quote and tier. [`refusal`]: why a candidate is not one.
//!
//! No I/O of any kind: markets and books come in as values, results go out as values.

pub mod certificate;
pub mod hedge;
pub mod refusal;
pub mod relation;

pub use certificate::{Certificate, Span, TextHash};
pub use hedge::{Coverage, Hedge, HedgeQuote, Leg, LegQuote, Tier, World};
pub use refusal::RefusalReason;
pub use relation::{Evidence, Relation, RuleId};
