//! Proofs between markets: facts read from texts, rules that turn them into certificates, and what a hedge costs at the asks.
//!
//! * [`relation`], [`certificate`]: what can hold between markets, and the proof of it.
//! * [`facts`]: what the texts say, with places. [`rules`]: from facts to certificates, or the obligation that failed.
//! * [`walk`]: the hot path through two books. [`worlds`]: joint outcomes and what they pay. [`quote`]: cost, size, worst case.
//!   [`tier`]: coverage and tier.
//! * [`discover`]: candidates and proofs over many markets. [`graph`]: the same kept up to date, and what follows from several proofs.
//!   [`chain`]: pairs worth a look that follow from several. [`mod@scan`]: each of them priced or refused.
//! * [`calibration`]: how often relations of a kind have held.
//! * [`judge`]: what a language model may say, and what its word is worth.
//! * [`basket`]: more than two legs, by a linear programme. [`hedge`]: a basket of legs with its quote and tier. [`refusal`]: why a candidate is not one.
//!
//! No I/O of any kind: markets and books come in as values, results go out as values.

pub mod basket;
pub mod calibration;
pub mod certificate;
pub mod chain;
pub mod discover;
pub mod facts;
pub mod graph;
pub mod hedge;
pub mod judge;
pub mod quote;
pub mod refusal;
pub mod relation;
pub mod rules;
pub mod scan;
pub mod tier;
pub mod walk;
pub mod worlds;

pub use certificate::{Certificate, Span, TextHash};
pub use chain::{chains, discover_all};
pub use discover::{
    Analysis, Discovery, Proof, Refused, analyze, block_keys, proofs_of, prove_all, prove_among, tokens_to_price,
};
pub use graph::{Change, Deduction, Graph};
pub use hedge::{Coverage, Hedge, HedgeQuote, Leg, LegQuote, Tier, World};
pub use quote::{LegInput, NotQuoted, QuoteConfig, quote_pair};
pub use refusal::RefusalReason;
pub use relation::{Evidence, Relation, RuleId};
pub use rules::{Failure, Obligation};
pub use scan::{ScanConfig, ScanInput, ScanReport, price_legs, price_proof, scan, scan_proofs};
pub use walk::{SizeWalk, largest_common_size};
